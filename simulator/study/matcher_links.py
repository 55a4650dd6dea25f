"""The links of every matcher in one replicate, judged by one truth as shards go by.

Own rules and screening score the candidate pairs that the run itself matches, block by block;
Splink gets the whole roll once, as strings that are put on disk shard by shard. Only one shard of
people is in memory: what Splink links is judged on shards generated once more, unless the
replicate has only one.

Limits: a link at or above a matcher's lowest cut is kept, in 35 bytes, until the replicate is
counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import numpy as np
import pandas as pd

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.disclosure.release import released
from simulator.disclosure.revealing import NO_RETURN, reveals
from simulator.disclosure.validity import parseable
from simulator.exchange.written import written_requests, written_roll
from simulator.matching.external.screening import screening_scores
from simulator.matching.external.splink_run import (
    IDENTIFIER,
    RecordFiles,
    splink_links,
)
from simulator.matching.linkage import last_four_check, searchable
from simulator.matching.weights import Weights
from simulator.measures.exposure import named_of
from simulator.measures.scored import Members, ScoredLinks, ScoredRequests, World, count_scored
from simulator.randomness import FloatArray, IntArray
from simulator.records import (
    CandidatePairs,
    Int64Array,
    joined,
    person_number,
    rows_of_runs,
    taken,
)
from simulator.scenario.schema import Matcher, Scenario
from simulator.study.matchers import SPLINK, cut_points, own_rules, own_scores
from simulator.study.prepared import PreparedReplicate
from simulator.study.world import ShardRoll, shard_roll

SHARD_BITS: Final = 32


@dataclass(frozen=True)
class NumberedShard:
    """A shard and the number that tells its accounts from those of others."""

    number: int
    world: ShardRoll

    def keys(self, account: IntArray) -> Int64Array:
        """Return numbers over all shards of accounts given by their rows."""
        return np.asarray((np.int64(self.number) << SHARD_BITS) | account.astype(np.int64))


def scrambled(request: Int64Array, person: Int64Array) -> Int64Array:
    """Return a number per link that favours nobody, by which equal scores are ordered."""
    mixed = request.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + person.view(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((mixed >> np.uint64(1)).astype(np.int64))


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


def _no_links() -> ScoredLinks:
    rows, scores, flags = np.empty(0, np.int64), np.empty(0), np.empty(0, np.bool_)
    return ScoredLinks(rows, rows, scores, rows, np.empty(0, np.int8), flags, flags)


class _Judge:
    """Says of links what is true of them, and keeps them until all are counted."""

    def __init__(self, scenario: Scenario, asked: PreparedReplicate) -> None:
        self.scenario, self.asked = scenario, asked
        self.lawful = lawful_statuses(scenario.population.lawful_statuses)
        self.links = {matcher: [_no_links()] for matcher in scenario.matchers}
        self.households: list[Members] = []
        self._listed = np.empty(0, np.int64)

    def add(
        self, matcher: Matcher, shard: NumberedShard, pairs: CandidatePairs, scores: FloatArray
    ) -> None:
        """Judge a matcher's pairs that may be disclosed, those below its lowest cut left out.

        Last four digits are checked here once more: Splink finds its pairs by itself.
        """
        asked, world = self.asked, shard.world
        check = last_four_check(asked.requests, world.roll, self.scenario.matching)
        passes = check.passes(pairs.request, pairs.account)
        high = np.flatnonzero((scores >= cut_points(matcher)[0]) & passes)
        may = released(
            taken(pairs, high),
            asked.prepared,
            asked.truth,
            world.roll,
            world.accounts,
            world.people,
            self.scenario,
            rng=asked.rng,
        )
        kept = high[may]
        some, accounts = taken(pairs, kept), shard.world.accounts
        judged = judge(some, accounts, shard.world.people, self.asked.truth, self.lawful)
        request = some.request.astype(np.int64)
        self.links[matcher].append(
            ScoredLinks(
                request=request,
                account=shard.keys(some.account.astype(np.int64)),
                score=scores[kept].astype(np.float64),
                tie=scrambled(request, accounts.person[some.account]),
                outcome=judged.outcome,
                wrong_address=np.array(judged.wrong_address),
                borrowed_wages=np.array(judged.borrowed_wages),
            )
        )

    def list_households(self, shard: NumberedShard) -> None:
        """List the households behind the accounts linked in a shard, where not yet listed."""
        keys = [links.account for parts in self.links.values() for links in parts]
        every = np.unique(np.concatenate(keys))
        here = every[every >> SHARD_BITS == shard.number]
        here = here[~np.isin(here, self._listed)]
        self._listed = np.concatenate([self._listed, here])
        self.households.append(self._members(shard, here & ((1 << SHARD_BITS) - 1)))

    def _members(self, shard: NumberedShard, accounts: IntArray) -> Members:
        """List the lawful people whom the release of some accounts of a shard shows."""
        people = shard.world.people
        holder = shard.world.accounts.row[accounts].astype(np.int64)
        size = people.size[holder].astype(np.int64)
        row = rows_of_runs(holder - people.member[holder], size)
        shown = reveals(shard.world.roll, shard.world.accounts, people, self.scenario.disclosure)
        named = (
            np.repeat(shown.shown[accounts], size)
            == (named_of(people, shard.world.accounts, shown)[row])
        )
        named &= np.repeat(shown.shown[accounts], size) != NO_RETURN
        own = row == np.repeat(holder, size)
        kept = self.lawful[people.status[row]]
        kept &= own | named | np.repeat(shown.at_home[accounts], size)
        row = row[kept]
        return Members(
            reference=np.repeat(shard.keys(accounts), size)[kept],
            person=person_number(people.place[row], people.dwelling[row], people.member[row]),
            holder=own[kept],
        )

    def all_households(self) -> Members:
        """Return every listed household, by account."""
        households = joined(Members, self.households)
        return taken(households, np.argsort(households.reference, kind="stable"))


class _Splink:
    """Splink's share: the roll as strings on disk, and the links it makes of it."""

    def __init__(self, judge_: _Judge, folder: Path, *, threads: int) -> None:
        self._judge, self._threads = judge_, threads
        self._roll = RecordFiles(folder, "roll")
        self._only: NumberedShard | None = None

    def put(self, shard: NumberedShard) -> None:
        """Put the searched accounts of a shard on disk."""
        asked, part = self._judge.asked, self._judge.scenario.matching
        rows = np.flatnonzero(searchable(shard.world.roll, part))
        table = written_roll(taken(shard.world.roll, rows), rng=asked.rng)
        self._roll.add(table.assign(**{IDENTIFIER: shard.keys(rows)}))
        self._only = shard if len(asked.parts) == 1 else None

    def link(self, matchers: Sequence[Matcher]) -> None:
        """Let Splink link the whole roll once for each of its matchers, and judge the links."""
        asked, scenario = self._judge.asked, self._judge.scenario
        rows = np.flatnonzero(asked.rejected == Guardrail.NONE)
        requests = RecordFiles(self._roll.directory, "requests")
        table = written_requests(taken(asked.requests, rows), rng=asked.rng)
        requests.add(table.assign(**{IDENTIFIER: -1 - rows}))
        found = {
            matcher: splink_links(
                requests,
                self._roll,
                scenario.matching,
                em_seed=scenario.seed % 2**31 if matcher == Matcher.SPLINK_EM else None,
                threads=self._threads,
            )
            for matcher in matchers
        }
        for shard in self._shards():
            for matcher, links in found.items():
                here = np.flatnonzero(links.account >> SHARD_BITS == shard.number)
                account = links.account[here] & ((1 << SHARD_BITS) - 1)
                pairs = _pairs_of(-1 - links.request[here], account)
                self._judge.add(matcher, shard, pairs, links.weight[here])
            self._judge.list_households(shard)

    def _shards(self) -> Iterator[NumberedShard]:
        if self._only is not None:
            yield self._only
            return
        asked = self._judge.asked
        for number, places in enumerate(asked.parts):
            world = shard_roll(
                places, asked.sample, self._judge.scenario, asked.lent, rng=asked.rng
            )
            yield NumberedShard(number, world)


class MatcherCounter:
    """Collects the links of every matcher, shard by shard, and counts them at the end.

    It is a context: what Splink reads lies in a temporary folder until it is left.
    """

    def __init__(
        self,
        scenario: Scenario,
        asked: PreparedReplicate,
        weights: Mapping[Matcher, Weights],
        *,
        threads: int,
    ) -> None:
        """Begin without links; ``weights`` are those of own matchers that learn them."""
        self._judge = _Judge(scenario, asked)
        self._rules = own_rules(scenario, weights)
        self._mated: list[IntArray] = []
        self._residents = self._accounts = 0.0
        self._texts: pd.DataFrame | None = None
        self._by_splink = [matcher for matcher in scenario.matchers if matcher in SPLINK]
        self._folder = TemporaryDirectory(prefix="overmatch-") if self._by_splink else None
        self._splink = (
            None
            if self._folder is None
            else _Splink(self._judge, Path(self._folder.name), threads=threads)
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what lies on disk."""
        if self._folder is not None:
            self._folder.cleanup()

    def begin(self, shard: NumberedShard) -> None:
        """Count the residents and accounts of a shard, and find whose accounts it holds."""
        if not self._judge.links:
            return
        world, asked = shard.world, self._judge.asked
        searched = searchable(world.roll, self._judge.scenario.matching)
        person = asked.truth.person
        here = np.isin(person, world.accounts.person[searched]) & (person >= 0)
        self._mated.append(np.flatnonzero(here))
        self._accounts += float(searched.sum())
        self._residents += float(self._judge.lawful[world.people.status].sum())
        if self._splink is not None:
            self._splink.put(shard)

    def add(self, shard: NumberedShard, pairs: CandidatePairs) -> None:
        """Let every matcher that scores given pairs score a block of a shard's candidates."""
        for matcher in self._judge.links:
            if matcher == Matcher.SCREENING:
                self._judge.add(matcher, shard, pairs, self._screened(shard, pairs))
            elif matcher in self._rules:
                requests, roll = self._judge.asked.requests, shard.world.roll
                scores = own_scores(matcher, self._rules[matcher], pairs, requests, roll)
                self._judge.add(matcher, shard, pairs, scores)

    def end(self, shard: NumberedShard) -> None:
        """List the households behind what was linked, while the shard is there."""
        if self._judge.links:
            self._judge.list_households(shard)

    def _screened(self, shard: NumberedShard, pairs: CandidatePairs) -> FloatArray:
        """Return the screening score of every pair."""
        asked = self._judge.asked
        if self._texts is None:
            self._texts = written_requests(asked.requests, rng=asked.rng)
        account, at = np.unique(pairs.account, return_inverse=True)
        roll = taken(shard.world.roll, account.astype(np.int64))
        return screening_scores(self._texts, written_roll(roll, rng=asked.rng), (pairs.request, at))

    def counted(self) -> dict[str, FloatArray]:
        """Return the counts of every matcher by its name.

        Arrays have shape (selections, 1, quantities, cuts, 1), the cuts being those of
        ``cut_points``. Splink does its work here. Raises MemoryError where that does not fit.
        """
        if not self._judge.links:
            return {}
        if self._splink is not None:
            self._splink.link(self._by_splink)
        households = self._judge.all_households()
        world = World(
            requests=self._requests_side(),
            households=households,
            member_columns=np.zeros((1, len(households)), np.int64),
            lawful=np.array([self._residents]),
            accounts=self._accounts,
        )
        top = self._judge.scenario.matching.top
        return {
            str(matcher): count_scored(
                joined(ScoredLinks, links), world, cut_points(matcher), top=top
            )
            for matcher, links in self._judge.links.items()
        }

    def _requests_side(self) -> ScoredRequests:
        asked = self._judge.asked
        count = len(asked.requests)
        is_mated = np.zeros(count, np.bool_)
        is_mated[np.concatenate(self._mated)] = True
        return ScoredRequests(
            columns=np.zeros((1, count), np.int64),
            block=np.zeros(count, np.int64),
            heard=np.asarray(asked.rejected == Guardrail.NONE),
            mated=is_mated,
            deficient=np.asarray(~parseable(asked.requests)),
        )
