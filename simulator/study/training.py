"""Learn match weights on one more replicate, which is used for nothing else.

Its number lies beyond those of any run, so that nobody is judged on the records that the weights
were fitted to. The oracle knows who is who there, and so takes m from all true matches, those that
blocking would lose included; EM sees what a matcher would see. Both learn from the requests that
are heard and matched by name.

Weights are a pure function of the scenario, learnt once, before any replicate.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.matching.compared import compare
from simulator.matching.learning import (
    VectorCounts,
    added_up,
    counted,
    em_weights,
    oracle_weights,
)
from simulator.matching.linkage import name_address_blocks
from simulator.matching.prepared import searchable
from simulator.matching.tin_path import uses_tin_path
from simulator.matching.vectors import comparison_vectors
from simulator.matching.weights import Weights, given_weights
from simulator.randomness import IntArray
from simulator.records import AccountTruth, BoolArray, Int8Array, Roll
from simulator.scenario.schema import DecisionRule, Matcher, Scenario, WeightsFrom
from simulator.study.matchers import LEARNING, as_ruled
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.random_pairs import (
    EVERYBODY,
    SAME_YEAR,
    SAME_ZIP,
    Agreements,
    Sides,
    nothing_counted,
    stratum_counts,
    with_counts,
)
from simulator.study.world import shard_roll

REPLICATE: Final = 2**31 - 1
"""Number of the replicate that weights are learnt on; runs have at most 10,000, from 0."""


@dataclass(frozen=True)
class Lesson:
    """The requests of the training replicate and the roll of one of its shards.

    ``active`` are the requests that are matched by name.
    """

    scenario: Scenario
    asked: PreparedReplicate
    active: IntArray
    shard: int
    roll: Roll
    accounts: AccountTruth
    threads: int = 1

    def vectors(self, request: IntArray, account: IntArray) -> Int8Array:
        """Return the comparison vectors of pairs of rows, whether blocked or not."""
        part = self.scenario.matching
        compared = compare(self.asked.prepared, request, account, self.roll, part)
        return comparison_vectors(compared.pairs, self.asked.requests, self.roll, part)

    def matches(self, request: IntArray, account: IntArray) -> BoolArray:
        """Say which pairs truly are of one person."""
        person = self.asked.truth.person[request]
        return np.asarray((person == self.accounts.person[account]) & (person >= 0))

    def mates(self) -> tuple[IntArray, IntArray]:
        """Return all searched pairs that truly are of one person, as rows."""
        held = np.flatnonzero(searchable(self.roll, self.scenario.matching))
        held = held[np.argsort(self.accounts.person[held])]
        persons = self.asked.truth.person[self.active]
        at = np.searchsorted(self.accounts.person[held], persons)
        account = held[np.minimum(at, held.size - 1)] if held.size else at
        found = np.zeros(self.active.size, np.bool_)
        if held.size:
            found = self.matches(self.active, account)
        return self.active[found], account[found]

    def mate_vectors(self) -> VectorCounts:
        """Count the comparison vectors of all true matches."""
        return counted(self.vectors(*self.mates()))

    def candidate_vectors(self) -> VectorCounts:
        """Count the comparison vectors of the candidate pairs."""
        part = self.scenario.matching
        blocks = name_address_blocks(
            self.asked.prepared, self.active, self.roll, part, threads=self.threads
        )
        return added_up(
            [
                counted(comparison_vectors(pairs, self.asked.requests, self.roll, part))
                for pairs in blocks
            ]
        )

    def random_agreements(self, so_far: Agreements, *, without_matches: bool) -> Agreements:
        """Return agreements with those of random pairs of this shard."""
        part = self.scenario.matching
        held = np.flatnonzero(searchable(self.roll, part))
        sides = Sides(self.asked.requests, self.active, self.roll, held)
        for stratum in (EVERYBODY, SAME_ZIP, SAME_YEAR):
            pairs = sides.drawn(stratum, self.shard, rng=self.asked.rng)
            if without_matches:
                apart = ~self.matches(pairs.request, pairs.account)
                pairs = pairs._replace(request=pairs.request[apart], account=pairs.account[apart])
            vectors = self.vectors(pairs.request, pairs.account)
            counts = stratum_counts(part.fields, vectors, pairs, stratum, sides)
            so_far = with_counts(so_far, counts, pairs.weight)
        return so_far


def _lessons(scenario: Scenario, threads: int) -> Iterator[Lesson]:
    asked = prepared_replicate(scenario, REPLICATE, threads=threads)
    heard = asked.rejected == Guardrail.NONE
    active = np.flatnonzero(heard & ~uses_tin_path(asked.requests, scenario.matching))
    for shard, places in enumerate(asked.parts):
        world = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
        yield Lesson(scenario, asked, active, shard, world.roll, world.accounts, threads)


def _rule_learns(scenario: Scenario) -> bool:
    part = scenario.matching
    adds_up = part.decision_rule == DecisionRule.FELLEGI_SUNTER
    return adds_up and part.weights_from != WeightsFrom.GIVEN


def learns(scenario: Scenario) -> bool:
    """Say whether the rule of a scenario, or a matcher beside it, learns its weights."""
    return _rule_learns(scenario) or any(matcher in LEARNING for matcher in scenario.matchers)


def learnt_weights(scenario: Scenario, *, threads: int = 1) -> Weights:
    """Return the weights of a scenario's rule, learnt if it asks for that.

    ``threads`` share the search for candidates and change nothing. Raises ListingError where the
    population cannot supply the list of the training replicate.
    """
    part = scenario.matching
    if not _rule_learns(scenario):
        return given_weights(part)
    oracle = part.weights_from == WeightsFrom.ORACLE
    seen, requests = [], 0
    agreements = nothing_counted(part.fields)
    for lesson in _lessons(scenario, threads):
        agreements = lesson.random_agreements(agreements, without_matches=oracle)
        seen.append(lesson.mate_vectors() if oracle else lesson.candidate_vectors())
        requests = lesson.active.size
    if oracle:
        return oracle_weights(part, added_up(seen), agreements.chances())
    return em_weights(part, added_up(seen), requests, agreements.chances())


def learnt_matcher_weights(scenario: Scenario, *, threads: int = 1) -> dict[Matcher, Weights]:
    """Return the weights of every own matcher beside the rule that learns them.

    Raises as ``learnt_weights``.
    """
    return {
        matcher: learnt_weights(as_ruled(scenario, matcher), threads=threads)
        for matcher in scenario.matchers
        if matcher in LEARNING
    }
