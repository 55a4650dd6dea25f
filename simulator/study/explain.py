"""One request of a finished run, told again: its candidates, the decisions, and the truth.

The request is regenerated from the scenario, so that what is explained is what was matched, and
only it is matched; shards of the roll are generated one after another. Where the mate was lost is
said in the order in which the measures say it (``measures.losses``).

Truth and decisions meet here for one request, after everything is decided.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from simulator.disclosure.guardrails import Guardrail, first_reason
from simulator.disclosure.release import pair_stops
from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    BIRTH_LEVELS,
    FULL,
    AddressAgreement,
    BirthAgreement,
    NamedAgreement,
    TinAgreement,
    passed_step,
)
from simulator.matching.decision import Decision, decision
from simulator.matching.grid import policy_cell
from simulator.matching.linkage import candidate_pairs, compare, searchable
from simulator.matching.vectors import effective_address
from simulator.records import (
    STATUSES,
    TIN_KINDS,
    CandidatePairs,
    Listed,
    RequestTruth,
    Role,
)
from simulator.reference import tables
from simulator.scenario.schema import DecisionRule, MatchingPart, Scenario, Selection
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.training import learnt_weights
from simulator.study.world import ShardRoll, shard_roll
from simulator.study.written import Paper, home, on_paper

Progress = Callable[[int, int], None]
COUNTED_AS_SAME = "counted_as_same"
"""Agreement of what was not looked at, since the pair was found by number."""
NOT_ON_ROLL, NOT_SEARCHED, SEARCHED = "not_on_roll", "not_searched", "searched"


@dataclass(frozen=True)
class FieldShown:
    """One field of a pair: how it agrees and what that adds to the score, in points or bits.

    ``agreement`` is a similarity ("0.93") or the name of an agreement; ``passes`` says whether it
    meets its own threshold, None where none is asked of it.
    """

    field: str
    asked: str
    held: str
    agreement: str
    adds: float
    passes: bool | None


@dataclass(frozen=True)
class Candidate:
    """One account beside the request, what was decided about it, and whose it truly is.

    ``links``: the rule says it is the person; ``withheld``: the guardrail that keeps it back,
    empty if none does; ``released``: it was disclosed. ``score`` is the sum of what the fields add.
    The mate is shown with ``compared`` False where it was no candidate.
    """

    account: str
    paper: Paper
    role: str
    years_since_filing: int
    fields: tuple[FieldShown, ...]
    score: float
    rank: int
    compared: bool
    by_number: bool
    links: bool
    withheld: str
    released: bool
    is_mate: bool
    holder_status: str
    holder_origin: str


@dataclass(frozen=True)
class Person:
    """Who the request is truly about; ``lives_at`` is empty for people who left the country."""

    listed: str
    status: str
    origin: str
    tin_kind: str
    lives_at: str
    on_roll: str


@dataclass(frozen=True)
class Explanation:
    """Everything about one request.

    ``candidates`` are the best ones (released first, then links, then by score), ``others`` how
    many more there are. ``mate`` is the person's own account, None if there is none that is
    searched; ``lost`` the step that lost it: rejected, blocking, comparison, rule, withheld or
    selection; empty where nothing was lost. ``threshold`` is the least score, NaN where the rule
    asks for no score.
    """

    title: str
    request: int
    replicate: int
    rule: str
    selection: str
    thresholds: Mapping[str, str]
    threshold: float | None
    paper: Paper
    person: Person
    rejection: str
    candidates: tuple[Candidate, ...]
    others: int
    mate: Candidate | None
    lost: str

    @property
    def unit(self) -> str:
        """What scores are counted in."""
        return "bits" if self.rule == DecisionRule.FELLEGI_SUNTER else "points"


class NoSuchRequestError(Exception):
    """The list of a replicate holds fewer requests; ``count`` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(f"the list of this replicate holds {count} requests")
        self.count = count


def explain_request(
    scenario: Scenario, request: int, replicate: int, *, limit: int, progress: Progress
) -> Explanation:
    """Regenerate a request of a replicate, duplicates included, and say all that became of it.

    ``limit`` candidates are shown at most; ``progress`` is called with (shards done, shards).
    Raises ListingError where the population cannot supply the list and NoSuchRequestError where
    the list is shorter: how many duplicates it holds is known only once it is drawn.
    """
    asked = prepared_replicate(scenario, replicate)
    if request >= len(asked.requests):
        raise NoSuchRequestError(len(asked.requests))
    rule = decision(scenario.matching, learnt_weights(scenario))
    mated = int(asked.truth.person[request]) >= 0
    found: list[Candidate] = []
    lost, on_roll = "", NOT_ON_ROLL
    progress(0, len(asked.parts))
    for number, places in enumerate(asked.parts):
        shard = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
        told = _Telling(scenario, asked, request, rule, number, shard)
        found += told.candidates()
        row = told.own_account() if mated else -1
        if row >= 0:
            is_searched = bool(searchable(shard.roll, scenario.matching)[row])
            on_roll = SEARCHED if is_searched else NOT_SEARCHED
            if is_searched and not any(candidate.is_mate for candidate in found):
                lost = told.why_no_candidate(row)
                found.append(told.uncompared(row))
        progress(number + 1, len(asked.parts))
    return _told(scenario, asked, request, replicate, found, lost, on_roll, limit)


@dataclass(frozen=True)
class _Telling:
    """The request beside the roll of one shard."""

    scenario: Scenario
    asked: PreparedReplicate
    request: int
    rule: Decision
    number: int
    shard: ShardRoll

    @property
    def part(self) -> MatchingPart:
        return self.scenario.matching

    def _pairs(self, part: MatchingPart) -> CandidatePairs:
        only = np.zeros(len(self.asked.requests), np.bool_)
        only[self.request] = self.asked.rejected[self.request] == Guardrail.NONE
        return candidate_pairs(self.asked.prepared, only, self.shard.roll, part)

    def candidates(self) -> list[Candidate]:
        """Return the candidate pairs of the request in this shard."""
        return self._shown(self._pairs(self.part), compared=True)

    def own_account(self) -> int:
        """Return the row of the person's own account, -1 if it is not in this shard."""
        rows = np.flatnonzero(self.shard.accounts.person == self.asked.truth.person[self.request])
        return int(rows[0]) if rows.size else -1

    def why_no_candidate(self, row: int) -> str:
        """Say why the person's own account was no candidate, as the measures do."""
        if self.asked.rejected[self.request] != Guardrail.NONE:
            return "rejected"
        open_door = self.part.model_copy(update={"blocking": ((),)})
        if all(self.part.blocking) and row in self._pairs(open_door).account:
            return "blocking"
        return "comparison"

    def uncompared(self, row: int) -> Candidate:
        """Return the person's own account as it would have been compared."""
        rows = np.array([self.request]), np.array([row])
        pairs = compare(self.asked.prepared, *rows, self.shard.roll, self.part).pairs
        return self._shown(pairs, compared=False)[0]

    def _shown(self, pairs: CandidatePairs, *, compared: bool) -> list[Candidate]:
        if not len(pairs):
            return []
        requests, roll, accounts = self.asked.requests, self.shard.roll, self.shard.accounts
        decided = self.rule.decided(pairs, requests, roll)
        steps = np.array(np.unravel_index(np.maximum(decided.cell, 0), self.rule.grid.shape))
        own = np.unravel_index(policy_cell(self.rule.grid, self.part), self.rule.grid.shape)
        links = (decided.cell >= 0) & (steps >= np.array(own)[:, None]).all(axis=0)
        asked, people = self.asked, self.shard.people
        stops = pair_stops(
            pairs, asked.prepared, asked.truth, roll, accounts, people, self.scenario, rng=asked.rng
        )
        reasons = [Guardrail(reason).name.lower() for reason in first_reason(stops).tolist()]
        score = self.rule.score(pairs, requests, roll)
        fields = self._fields(pairs)
        shown = []
        for i, row in enumerate(pairs.account.tolist()):
            holder = accounts.row[row]
            shown.append(
                Candidate(
                    account=f"{self.number}.{row}",
                    paper=on_paper(roll, row),
                    role=Role(int(roll.role[row])).name.lower(),
                    years_since_filing=int(roll.years_since_filing[row]),
                    fields=fields[i],
                    score=float(score[i]),
                    rank=int(decided.rank[i]),
                    compared=compared,
                    by_number=bool(pairs.by_tin[i]),
                    links=bool(links[i]) and compared,
                    withheld="" if stops[i] == 0 else reasons[i],
                    released=False,
                    is_mate=bool(accounts.person[row] == self.asked.truth.person[self.request]),
                    holder_status=STATUSES[self.shard.people.status[holder]],
                    holder_origin=tables.origins().names[self.shard.people.origin[holder]],
                )
            )
        return shown

    def _fields(self, pairs: CandidatePairs) -> list[tuple[FieldShown, ...]]:
        """Return the fields of each pair, those first that every record has."""
        added = self.rule.contributions(pairs, self.asked.requests, self.shard.roll)
        left = on_paper(self.asked.requests, self.request)
        address = effective_address(pairs, self.part)
        shown = []
        for i, row in enumerate(pairs.account.tolist()):
            right = on_paper(self.shard.roll, row)
            said = {
                "given_name": (left.given_name, right.given_name, _name(pairs.given[i])),
                "surname": (left.surname, right.surname, _name(pairs.surname[i])),
                "address": (left.address, right.address, AddressAgreement(address[i]).name),
                "birth_date": (
                    left.birth_date,
                    right.birth_date,
                    BirthAgreement(pairs.birth[i]).name,
                ),
                "tin": (left.tin, right.tin, TinAgreement(pairs.tin[i]).name),
            }
            if pairs.by_tin[i]:  # neither was looked at; the rule counts both as the same
                for field in ("address", "birth_date"):
                    said[field] = (*said[field][:2], COUNTED_AS_SAME)
            passes = self._passes(pairs, i, int(address[i]))
            shown.append(
                tuple(
                    FieldShown(
                        field,
                        *said.get(field, ("", "", ""))[:2],
                        said.get(field, ("", "", ""))[2].lower(),
                        float(adds[i]),
                        passes.get(field),
                    )
                    for field, adds in added.items()
                    if field != "tin" or self.part.tin_compared or pairs.by_tin[i]
                )
            )
        return shown

    def _passes(self, pairs: CandidatePairs, i: int, address: int) -> dict[str, bool]:
        """Say which fields meet their own thresholds, where the rule asks for that."""
        part = self.part
        if part.decision_rule != DecisionRule.THRESHOLDS or pairs.by_tin[i]:
            return {}
        least = round(part.name_threshold * FULL)
        steps = passed_step(np.array([address, pairs.birth[i]], np.int8))
        return {
            "given_name": bool(self.rule.counts_for[pairs.given[i]] >= least),
            "surname": bool(self.rule.counts_for[pairs.surname[i]] >= least),
            **_meets("address", steps[0], ADDRESS_LEVELS.index(part.address_threshold)),
            **_meets("birth_date", steps[1], BIRTH_LEVELS.index(part.birth_date_threshold)),
        }


def _meets(field: str, step: int, least: int) -> dict[str, bool]:
    """Say whether a field meets its threshold, nothing where every pair would."""
    return {field: bool(step >= least)} if least else {}


def _name(code: int) -> str:
    if code > FULL:
        return NamedAgreement(code).name
    return f"{code / FULL:.2f}" if code else "none"


def chosen(candidates: Sequence[Candidate], part: MatchingPart) -> list[Candidate]:
    """Return the candidates with ``released`` as the selection rule has it."""
    qualify = [c.links and not c.withheld for c in candidates]
    ranked = sorted((c.rank for c, q in zip(candidates, qualify, strict=True) if q), reverse=True)
    most = {Selection.ALL: len(ranked), Selection.BEST: 1, Selection.TOP: part.top}
    if part.selection == Selection.UNIQUE:
        kept = set(ranked) if len(ranked) == 1 else set()
    else:
        kept = set(ranked[: most[part.selection]])
    return [
        replace(c, released=q and c.rank in kept) for c, q in zip(candidates, qualify, strict=True)
    ]


def _lost(mate: Candidate | None, before: str) -> str:
    """Return the step that lost the mate, empty if it was released or there is none."""
    if mate is None or mate.released:
        return ""
    if not mate.compared:
        return before
    if not mate.links:
        return "rule"
    return "withheld" if mate.withheld else "selection"


def _person(truth: RequestTruth, request: int, on_roll: str) -> Person:
    place, dwelling = int(truth.place[request]), int(truth.dwelling[request])
    return Person(
        listed=Listed(int(truth.kind[request])).name.lower(),
        status=STATUSES[truth.status[request]],
        origin=tables.origins().names[truth.origin[request]],
        tin_kind=TIN_KINDS[truth.tin_kind[request]],
        lives_at=home(place, dwelling) if place >= 0 else "",
        on_roll=on_roll,
    )


def _thresholds(part: MatchingPart, paper: Paper) -> dict[str, str]:
    """Return what is asked on the path that the request takes."""
    if part.tin_path and paper.tin:
        return {
            "number": str(part.tin_threshold),
            "names": str(part.tin_name_check).replace("_", " "),
            "address": str(part.tin_address_threshold),
        }
    if part.decision_rule != DecisionRule.THRESHOLDS:
        return {"score_threshold": f"{part.score_threshold:.2f}"}
    return {
        "name_threshold": f"{part.name_threshold:.2f}",
        "address_threshold": str(part.address_threshold),
        "birth_date_threshold": str(part.birth_date_threshold),
    }


def _told(
    scenario: Scenario,
    asked: PreparedReplicate,
    request: int,
    replicate: int,
    found: Sequence[Candidate],
    lost: str,
    on_roll: str,
    limit: int,
) -> Explanation:
    part, paper = scenario.matching, on_paper(asked.requests, request)
    judged = chosen(found, part)
    mate = next((candidate for candidate in judged if candidate.is_mate), None)
    compared = [candidate for candidate in judged if candidate.compared]
    compared.sort(key=lambda c: (c.released, c.links, c.rank), reverse=True)
    scored = part.decision_rule != DecisionRule.THRESHOLDS
    return Explanation(
        title=scenario.title,
        request=request,
        replicate=replicate,
        rule=str(part.decision_rule),
        selection=str(part.selection),
        thresholds=_thresholds(part, paper),
        threshold=part.score_threshold if scored else None,
        paper=paper,
        person=_person(asked.truth, request, on_roll),
        rejection=Guardrail(int(asked.rejected[request])).name.lower(),
        candidates=tuple(compared[:limit]),
        others=max(len(compared) - limit, 0),
        mate=mate,
        lost=_lost(mate, lost),
    )


def as_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON holds it."""
    return asdict(explanation) | {"unit": explanation.unit}
