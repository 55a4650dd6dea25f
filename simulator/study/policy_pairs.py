"""Keep the pairs of a replicate that any policy could link, and count every policy with them.

Each shard that a run generates is matched once more with the toggled guardrails relaxed: requests
that any set of toggles lets through are matched, pairs that a toggled check in matching would drop
are kept, and what would stop each is noted beside it. People, roll, list, errors and draws are
those of the run itself.

Limits: learnt weights are those learnt under the scenario's own guardrails, as in
``study.relaxed``.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.disclosure.caps import standing
from simulator.disclosure.court import court_stops
from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.disclosure.release import pair_stops
from simulator.disclosure.switches import switched
from simulator.disclosure.toggles import ALWAYS, Toggles
from simulator.disclosure.validity import request_stops
from simulator.matching.agreement import BIRTH_LEVELS
from simulator.matching.decision import decision
from simulator.matching.grid import policy_cell
from simulator.matching.linkage import candidate_pairs
from simulator.matching.weights import Weights
from simulator.measures import explored_groups
from simulator.measures.contenders import pack
from simulator.measures.ledger import Relation
from simulator.measures.policy_counts import (
    KeptPairs,
    KeptRequests,
    ShownPeople,
    count_policies,
)
from simulator.measures.tally import RequestSide, kinds_of
from simulator.population.facilities import facility_addresses
from simulator.randomness import IntArray
from simulator.records import (
    BoolArray,
    CandidatePairs,
    Frozen,
    Int8Array,
    Int32Array,
    Int64Array,
    joined,
    taken,
)
from simulator.scenario.schema import Scenario, Selection
from simulator.study.ledger import shown_of_household
from simulator.study.prepared import PreparedReplicate
from simulator.study.relaxed import matching_stops
from simulator.study.world import ShardRoll

IN_MATCHING: Final = (Guardrail.TIN_NAME_CHECK, Guardrail.TIN_ADDRESS, Guardrail.LAST_FOUR)
"""Toggles that matching applies by itself. Birth dates are an axis, and told by the step there."""
_WITHOUT_WAGES: Final = 7  # the bits of a kind but for borrowed wages


@dataclass(frozen=True)
class _Packed(Frozen):
    """What the pairs of a request are ordered by."""

    packed: Int64Array


@dataclass(frozen=True)
class _Groups(Frozen):
    """Group columns of the people shown, a row per person."""

    status: Int64Array
    region: Int64Array


def _request_reasons(toggles: Toggles, asked: PreparedReplicate) -> Int8Array:
    """Return why each request is not heard under each set, shape (sets, requests)."""
    strict = toggles.strict
    facilities = facility_addresses(asked.sample, strict.listing.facilities, rng=asked.rng)
    stops = request_stops(asked.requests, asked.grounds, strict.guardrails, facilities)
    stops |= court_stops(asked.truth, strict.guardrails, rng=asked.rng)
    return np.stack(
        [
            standing(
                stops, asked.grounds, strict.guardrails, strict.recipient, toggles.in_force(subset)
            )
            for subset in range(toggles.sets)
        ]
    )


class PolicyPairs:
    """Keeps the pairs of every policy as shards come, and whom their accounts show."""

    def __init__(
        self,
        scenario: Scenario,
        toggles: Toggles,
        asked: PreparedReplicate,
        side: RequestSide,
        weights: Weights | None,
        *,
        threads: int = 1,
    ) -> None:
        """Begin with no pairs."""
        relaxed = toggles.strict
        for guardrail in set(IN_MATCHING) & set(toggles.guardrails):
            relaxed = switched(relaxed, guardrail, on=False)
        self._relaxed = toggles.strict.model_copy(update={"matching": relaxed.matching})
        self._toggles, self._side, self._threads = toggles, side, threads
        self._rule = decision(self._relaxed.matching, weights)
        third = self._rule.grid.shape[2]
        self._own_birth = policy_cell(self._rule.grid, scenario.matching) % third
        self._lawful = lawful_statuses(scenario.population.lawful_statuses)
        self._reasons = _request_reasons(toggles, asked)
        any_heard = (self._reasons == Guardrail.NONE).any(axis=0)
        rejected = np.where(any_heard, Guardrail.NONE, Guardrail.ADDRESS_REQUIRED)
        self._asked = replace(asked, rejected=rejected.astype(np.int8))
        self._accounts = self._people = 0
        self._pairs: list[KeptPairs] = [_no_pairs()]
        self._packed = [_Packed(np.empty(0, np.int64))]
        self._shown: list[ShownPeople] = [_nobody()]
        self._groups = [_Groups(np.empty(0, np.int64), np.empty(0, np.int64))]

    def add(self, number: int, world: ShardRoll) -> None:
        """Match a shard and keep what any policy could link."""
        asked, relaxed, roll = self._asked, self._relaxed, world.roll
        # All pairs of the shard at once: they are kept anyway, and some checks read the whole roll.
        heard = asked.rejected == Guardrail.NONE
        pairs = candidate_pairs(
            asked.prepared, heard, roll, relaxed.matching, threads=self._threads
        )
        decided = self._rule.decided(pairs, asked.requests, roll)
        rows, birth = self._linkable(decided.cell)
        some = taken(pairs, rows)
        kind, packed = self._judged(some, decided.rank[rows], world, number)
        dropped = self._dropped(some, world)
        dropped |= np.where(birth[rows], np.int64(1 << Guardrail.BIRTH_DATE_COMPARED), 0)
        held = pair_stops(
            some,
            asked.prepared,
            asked.truth,
            roll,
            world.accounts,
            world.people,
            relaxed,
            rng=asked.rng,
        )
        _, second, third = self._rule.grid.shape
        account, at = np.unique(some.account, return_inverse=True)
        self._pairs.append(
            KeptPairs(
                request=some.request.copy(),
                account=(at + self._accounts).astype(np.int32),
                first=(decided.cell[rows] // (second * third)).astype(np.int64),
                second=(decided.cell[rows] // third % second).astype(np.int8),
                kind=kind,
                dropped=self._toggles.noted(dropped),
                held=self._toggles.noted(held),
            )
        )
        self._packed.append(_Packed(packed))
        self._show(account.astype(np.int64), world)
        self._accounts += account.size

    def _linkable(self, cell: Int32Array) -> tuple[IntArray, BoolArray]:
        """Return the rows that some policy links, and which pairs comparing birth dates drops."""
        step = cell % self._rule.grid.shape[2]
        if Guardrail.BIRTH_DATE_COMPARED not in self._toggles.guardrails:
            return np.flatnonzero((cell >= 0) & (step >= self._own_birth)), np.zeros(
                cell.size, np.bool_
            )
        least = BIRTH_LEVELS.index(self._toggles.strict.matching.birth_date_threshold)
        return np.flatnonzero(cell >= 0), np.asarray(step < least)

    def _judged(
        self, pairs: CandidatePairs, rank: Int64Array, world: ShardRoll, number: int
    ) -> tuple[Int8Array, Int64Array]:
        """Return the kind of each pair, and what the pairs of a request are ordered by."""
        judged = judge(pairs, world.accounts, world.people, self._side.truth, self._lawful)
        kind = kinds_of(judged)
        return kind & np.int8(_WITHOUT_WAGES), pack(rank, pairs.account, kind, number)

    def _dropped(self, pairs: CandidatePairs, world: ShardRoll) -> Int64Array:
        """Return by which toggles matching would drop each pair, birth dates apart."""
        toggled = set(IN_MATCHING) & set(self._toggles.guardrails)
        if not toggled:
            return np.zeros(len(pairs), np.int64)
        strict = self._toggles.strict.matching
        stops = matching_stops(pairs, self._asked.prepared, world.roll, strict, self._rule)
        return stops & np.int64(sum(1 << guardrail for guardrail in toggled))

    def _show(self, account: IntArray, world: ShardRoll) -> None:
        """Note the lawful people whom some accounts of a shard show."""
        numbered = self._accounts + np.arange(account.size, dtype=np.int64)
        shown = shown_of_household(world, account, numbered, self._toggles.strict)
        stops = self._toggles.noted(shown.stops)
        rows = np.flatnonzero(self._lawful[shown.status] & (stops & ALWAYS == 0))
        person, first, at = np.unique(shown.person[rows], return_index=True, return_inverse=True)
        order = np.argsort(at, kind="stable")
        someone = rows[first]
        rows, at = rows[order], at[order]
        self._shown.append(
            ShownPeople(
                person=(at + self._people).astype(np.int32),
                account=shown.account[rows].astype(np.int32),
                direct=shown.relation[rows] == Relation.HOLDER,
                stops=stops[rows],
            )
        )
        status, region = explored_groups.columns_of(shown.origin[someone], shown.status[someone])
        self._groups.append(_Groups(status, region))
        self._people += person.size

    def counts(self, mated: BoolArray) -> Int32Array:
        """Return the counts of every policy, as ``count_policies``; ``mated`` is of requests."""
        pairs = joined(KeptPairs, self._pairs)
        packed = joined(_Packed, self._packed).packed
        # Which pair is the better matters where a few are chosen; elsewhere requests suffice.
        few = self._toggles.loose in (Selection.BEST, Selection.TOP)
        keys = (-packed, pairs.request) if few else (pairs.request,)
        grid = self._rule.grid
        by = joined(_Groups, self._groups)
        return count_policies(
            taken(pairs, np.lexsort(keys)),
            joined(ShownPeople, self._shown),
            np.stack([by.status, by.region]),
            len(explored_groups.labels()),
            KeptRequests(self._reasons, mated, self._side.deficient),
            self._toggles,
            (grid.shape[0], grid.shape[1]),
        )


def _no_pairs() -> KeptPairs:
    whole, narrow = np.empty(0, np.int32), np.empty(0, np.int8)
    return KeptPairs(whole, whole, np.empty(0, np.int64), narrow, narrow, narrow, narrow)


def _nobody() -> ShownPeople:
    whole, narrow = np.empty(0, np.int32), np.empty(0, np.int8)
    return ShownPeople(whole, whole, np.empty(0, np.bool_), narrow)
