"""Several matchers on the same records: the scenario's own rules, Splink, list screening.

Every matcher of ``scenario.matchers`` gets the requests that are heard and the accounts that are
searched of each replicate, and gives links with scores. All are judged by one truth and counted by
``measures.scored`` at fixed cut points of their own score, so that replicates add up: bits of
evidence by ones, points by fives, names by hundredths, screening by two hundredths.

Rule ``thresholds`` is cut at its name threshold, address and birth date being held at the
scenario's. Own rules and screening see the candidate pairs of the scenario's blocking; Splink finds
the same pairs itself.

Limits: Splink gets a whole replicate's roll as strings in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pandas as pd

from simulator.disclosure.guardrails import Rejection, parseable
from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.disclosure.release import released
from simulator.exchange.written import written_requests, written_roll
from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    BIRTH_LEVELS,
    FULL,
    passed_step,
    scale,
)
from simulator.matching.decision import decision
from simulator.matching.external.extras import require_extras
from simulator.matching.external.screening import screening_scores
from simulator.matching.external.splink_run import IDENTIFIER, settings, splink_links
from simulator.matching.linkage import candidate_pairs, searchable
from simulator.matching.vectors import effective_address
from simulator.matching.weights import Weights
from simulator.measures.scored import Members, ScoredLinks, ScoredRequests, World, count_scored
from simulator.measures.scored_tables import threshold_rows
from simulator.randomness import FloatArray, IntArray
from simulator.records import (
    BoolArray,
    CandidatePairs,
    Int64Array,
    Requests,
    joined,
    person_number,
    rows_of_runs,
    taken,
)
from simulator.scenario.schema import DecisionRule, Matcher, MatchingPart, Scenario, WeightsFrom
from simulator.study.replicate import PreparedReplicate, prepared_replicate
from simulator.study.training import learnt_weights
from simulator.study.world import ShardRoll, shard_roll

SHARD_BITS: Final = 32
_SPLINK: Final = (Matcher.SPLINK, Matcher.SPLINK_EM)
_WEIGHTS_FROM: Final = {
    Matcher.FELLEGI_SUNTER_GIVEN: WeightsFrom.GIVEN,
    Matcher.FELLEGI_SUNTER_ORACLE: WeightsFrom.ORACLE,
    Matcher.FELLEGI_SUNTER_EM: WeightsFrom.EM,
}
_BITS = np.arange(-20.0, 61.0)
_POINTS = np.arange(-60.0, 205.0, 5.0)
_NAMES = np.arange(80, 101) / 100
_CONFIDENCES = np.arange(0, 101, 2) / 100


def cut_points(matcher: Matcher) -> FloatArray:
    """Return the scores at which a matcher is evaluated, ascending; the same in every replicate."""
    if matcher == Matcher.THRESHOLDS:
        return _NAMES
    if matcher == Matcher.POINTS:
        return _POINTS
    return _CONFIDENCES if matcher == Matcher.SCREENING else _BITS


def refuse_unusable(scenario: Scenario) -> None:
    """Raise ExtraMissingError or InexpressibleError if a matcher of the scenario cannot run."""
    require_extras(scenario.matchers)
    if any(matcher in _SPLINK for matcher in scenario.matchers):
        settings(scenario.matching)


def _as_ruled(scenario: Scenario, matcher: Matcher) -> Scenario:
    """Return the scenario under the rule that an own matcher stands for."""
    if matcher in _WEIGHTS_FROM:
        changed = {
            "decision_rule": DecisionRule.FELLEGI_SUNTER,
            "weights_from": _WEIGHTS_FROM[matcher],
        }
    else:
        changed = {"decision_rule": DecisionRule(matcher.value)}
    return scenario.model_copy(update={"matching": scenario.matching.model_copy(update=changed)})


@cache
def _learnt(scenario_json: str) -> Weights:
    """Return learnt weights once per process; a pure function of the scenario."""
    return learnt_weights(Scenario.model_validate_json(scenario_json))


def _weights(scenario: Scenario) -> Weights | None:
    if scenario.matching.weights_from == WeightsFrom.GIVEN:
        return None
    # What matchers stand beside does not matter to what is learnt.
    alone = scenario.model_copy(update={"matchers": ()})
    return _learnt(alone.model_dump_json())


@dataclass(frozen=True)
class _Shard:
    """One shard with its candidate pairs; ``number`` tells its accounts from those of others."""

    number: int
    world: ShardRoll
    pairs: CandidatePairs


def _threshold_scores(pairs: CandidatePairs, part: MatchingPart) -> FloatArray:
    """Return what the weaker name counts for; 0 where address or birth date fail."""
    counts_for = scale(part.name_agreements)
    name = np.minimum(counts_for[pairs.given], counts_for[pairs.surname]) / FULL
    address = passed_step(effective_address(pairs, part))
    passes = (address >= ADDRESS_LEVELS.index(part.address_threshold)) & (
        passed_step(pairs.birth) >= BIRTH_LEVELS.index(part.birth_date_threshold)
    )
    return np.where(passes | pairs.by_tin, name, 0.0)


def _own_scores(
    matcher: Matcher, scenario: Scenario, shard: _Shard, requests: Requests
) -> FloatArray:
    """Return the score of every candidate pair under one of the own rules."""
    ruled = _as_ruled(scenario, matcher)
    if matcher == Matcher.THRESHOLDS:
        return _threshold_scores(shard.pairs, ruled.matching)
    decided = decision(ruled.matching, _weights(ruled))
    scores = decided.score(shard.pairs, requests, shard.world.roll)
    return np.where(shard.pairs.by_tin, cut_points(matcher)[-1], scores)


def _account_keys(number: int, account: IntArray) -> Int64Array:
    return np.asarray((np.int64(number) << np.int64(SHARD_BITS)) | account.astype(np.int64))


def _links(
    scenario: Scenario, asked: PreparedReplicate, shard: _Shard, scores: FloatArray
) -> ScoredLinks:
    """Return the judged links of a shard that may be disclosed; ``scores`` one per pair."""
    kept = np.flatnonzero(released(shard.pairs, shard.world.roll, scenario.disclosure))
    pairs = taken(shard.pairs, kept)
    lawful = lawful_statuses(scenario.population.lawful_statuses)
    judged = judge(pairs, shard.world.accounts, shard.world.people, asked.truth, lawful)
    request = pairs.request.astype(np.int64)
    account = _account_keys(shard.number, pairs.account.astype(np.int64))
    person = shard.world.accounts.person[pairs.account]
    return ScoredLinks(
        request=request,
        account=account,
        score=scores[kept].astype(np.float64),
        tie=scrambled(request, person),
        outcome=judged.outcome,
        wrong_address=np.array(judged.wrong_address),
        borrowed_wages=np.array(judged.borrowed_wages),
    )


def scrambled(request: Int64Array, person: Int64Array) -> Int64Array:
    """Return a number per link that favours nobody, by which equal scores are ordered."""
    mixed = request.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + person.view(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((mixed >> np.uint64(1)).astype(np.int64))


def _households(shard: _Shard, accounts: IntArray, lawful: BoolArray) -> Members:
    """List the lawful members of the households behind some accounts of a shard, by account."""
    people = shard.world.people
    holder = shard.world.accounts.row[accounts].astype(np.int64)
    size = people.size[holder].astype(np.int64)
    row = rows_of_runs(holder - people.member[holder], size)
    kept = lawful[people.status[row]]
    row = row[kept]
    return Members(
        reference=np.repeat(_account_keys(shard.number, accounts), size)[kept],
        person=person_number(people.place[row], people.dwelling[row], people.member[row]),
        holder=row == np.repeat(holder, size)[kept],
    )


def _shards(scenario: Scenario, asked: PreparedReplicate) -> Iterator[_Shard]:
    heard = asked.rejected == Rejection.NONE
    for number, places in enumerate(asked.parts):
        world = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
        pairs = candidate_pairs(asked.prepared, heard, world.roll, scenario.matching)
        yield _Shard(number, world, pairs)


def _pairs_of(request: IntArray, account: IntArray) -> CandidatePairs:
    """Return pairs of which only the records are known."""
    unknown = ("given", "surname", "birth", "address", "street", "tin")
    columns = {name: np.zeros(request.size, np.int8) for name in unknown}
    return CandidatePairs(
        request=request.astype(np.int32),
        account=account.astype(np.int32),
        by_tin=np.zeros(request.size, np.bool_),
        **columns,
    )


@dataclass
class _Written:
    """Records as strings, with ids that say which they are: R12, A3-456."""

    requests: pd.DataFrame
    rolls: list[pd.DataFrame]


def _written_requests(asked: PreparedReplicate) -> pd.DataFrame:
    rows = np.flatnonzero(asked.rejected == Rejection.NONE)
    table = written_requests(taken(asked.requests, rows), rng=asked.rng)
    return table.assign(**{IDENTIFIER: [f"R{row}" for row in rows]})


def _written_accounts(shard: _Shard, part: MatchingPart, asked: PreparedReplicate) -> pd.DataFrame:
    rows = np.flatnonzero(searchable(shard.world.roll, part))
    table = written_roll(taken(shard.world.roll, rows), rng=asked.rng)
    return table.assign(**{IDENTIFIER: [f"A{shard.number}-{row}" for row in rows]})


def _screening(shard: _Shard, asked: PreparedReplicate) -> FloatArray:
    """Return the screening score of every candidate pair of a shard."""
    account, at = np.unique(shard.pairs.account, return_inverse=True)
    return screening_scores(
        written_requests(asked.requests, rng=asked.rng),
        written_roll(taken(shard.world.roll, account.astype(np.int64)), rng=asked.rng),
        (shard.pairs.request, at),
    )


def _splink_pairs(
    matcher: Matcher, written: _Written, scenario: Scenario
) -> dict[int, tuple[IntArray, IntArray, FloatArray]]:
    """Return request, account and weight of Splink's pairs by shard."""
    seed = scenario.seed % 2**31 if matcher == Matcher.SPLINK_EM else None
    roll = pd.concat(written.rolls, ignore_index=True)
    asked, held, weights = splink_links(written.requests, roll, scenario.matching, em_seed=seed)
    request = np.array([int(name[1:]) for name in asked], dtype=np.int64)
    parts = [name[1:].split("-") for name in held]
    shard = np.array([int(number) for number, _ in parts], dtype=np.int64)
    account = np.array([int(row) for _, row in parts], dtype=np.int64)
    return {
        int(number): (request[shard == number], account[shard == number], weights[shard == number])
        for number in np.unique(shard)
    }


def _requests_side(asked: PreparedReplicate, mated: IntArray) -> ScoredRequests:
    count = len(asked.requests)
    is_mated = np.zeros(count, np.bool_)
    is_mated[mated] = True
    return ScoredRequests(
        columns=np.zeros((1, count), np.int64),
        block=np.zeros(count, np.int64),
        heard=np.asarray(asked.rejected == Rejection.NONE),
        mated=is_mated,
        deficient=np.asarray(~parseable(asked.requests)),
    )


class _Gathered:
    """What the shards of a replicate add up to: the world, and the links of every matcher."""

    def __init__(self, scenario: Scenario, asked: PreparedReplicate) -> None:
        self.scenario, self.asked = scenario, asked
        self.lawful = lawful_statuses(scenario.population.lawful_statuses)
        self.links: dict[Matcher, list[ScoredLinks]] = {m: [] for m in scenario.matchers}
        self.households: list[Members] = []
        self.mated: list[IntArray] = []
        self.residents = self.accounts = 0.0

    def add_world(self, shard: _Shard) -> None:
        """Count the residents and accounts of a shard, and find whose accounts it holds."""
        world = shard.world
        searched = searchable(world.roll, self.scenario.matching)
        person = self.asked.truth.person
        here = np.isin(person, world.accounts.person[searched]) & (person >= 0)
        self.mated.append(np.flatnonzero(here))
        self.accounts += float(searched.sum())
        self.residents += float(self.lawful[world.people.status].sum())

    def add_links(self, matcher: Matcher, shard: _Shard, scores: FloatArray) -> None:
        """Judge a matcher's pairs of a shard, those below its lowest cut left out."""
        kept = np.flatnonzero(scores >= cut_points(matcher)[0])
        some = _Shard(shard.number, shard.world, taken(shard.pairs, kept))
        self.links[matcher].append(_links(self.scenario, self.asked, some, scores[kept]))

    def add_households(self, shard: _Shard) -> None:
        """List the households behind the accounts that any matcher links in a shard."""
        keys = [links.account for parts in self.links.values() for links in parts]
        every = np.unique(np.concatenate([np.zeros(0, np.int64), *keys]))
        rows = every[every >> SHARD_BITS == shard.number] & ((1 << SHARD_BITS) - 1)
        self.households.append(_households(shard, rows, self.lawful))

    def counted(self) -> dict[Matcher, FloatArray]:
        """Return the counts of every matcher: (selections, 1, quantities, cuts, 1)."""
        households = joined(Members, self.households)
        households = taken(households, np.argsort(households.reference, kind="stable"))
        world = World(
            requests=_requests_side(self.asked, np.concatenate(self.mated)),
            households=households,
            member_columns=np.zeros((1, len(households)), np.int64),
            lawful=np.array([self.residents]),
            accounts=self.accounts,
        )
        top = self.scenario.matching.top
        return {
            matcher: count_scored(joined(ScoredLinks, links), world, cut_points(matcher), top=top)
            for matcher, links in self.links.items()
        }


def _add_splink(
    matchers: Sequence[Matcher], written: _Written, shards: Sequence[_Shard], gathered: _Gathered
) -> None:
    for matcher in matchers:
        found = _splink_pairs(matcher, written, gathered.scenario)
        nothing = np.zeros(0, np.int64)
        for shard in shards:
            request, account, scores = found.get(shard.number, (nothing, nothing, np.zeros(0)))
            some = _Shard(shard.number, shard.world, _pairs_of(request, account))
            gathered.add_links(matcher, some, scores)


def matcher_counts(scenario: Scenario, replicate: int) -> dict[str, FloatArray]:
    """Count every matcher of a scenario in one replicate; a pure function of its arguments.

    Returns arrays of shape (selections, 1, quantities, cuts, 1) by matcher, the cuts being those of
    ``cut_points``. Raises ListingError, ExtraMissingError or InexpressibleError.
    """
    refuse_unusable(scenario)
    asked = prepared_replicate(scenario, replicate)
    gathered = _Gathered(scenario, asked)
    splink = [matcher for matcher in scenario.matchers if matcher in _SPLINK]
    written = _Written(_written_requests(asked), [])
    kept: list[_Shard] = []
    for shard in _shards(scenario, asked):
        gathered.add_world(shard)
        accounts = _written_accounts(shard, scenario.matching, asked) if splink else None
        for matcher in scenario.matchers:
            if matcher == Matcher.SCREENING:
                scores = _screening(shard, asked)
                gathered.add_links(matcher, shard, scores)
            elif matcher not in _SPLINK:
                scores = _own_scores(matcher, scenario, shard, asked.requests)
                gathered.add_links(matcher, shard, scores)
        if accounts is not None:
            written.rolls.append(accounts)
            kept.append(shard)
        else:
            gathered.add_households(shard)
    if splink:
        _add_splink(splink, written, kept, gathered)
        for shard in kept:
            gathered.add_households(shard)
    return {str(matcher): values for matcher, values in gathered.counted().items()}


def matcher_table(
    replicates: Sequence[Mapping[str, FloatArray]], scenario: Scenario
) -> pd.DataFrame:
    """Return every measure of every matcher at every cut and selection, a row each."""
    frames = []
    for matcher in scenario.matchers:
        values = np.stack([counts[str(matcher)][:, 0] for counts in replicates])
        rows = threshold_rows(values, cut_points(matcher), scenario.confidence, len(replicates))
        rows.insert(0, "matcher", str(matcher))
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)
