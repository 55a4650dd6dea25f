"""One replicate, from the sample of places to the counts of every policy.

The one place where all stages meet. Shards are worked through one after another, twice: first to
see who may be listed, then to match the finished list against each shard's roll; no more than one
shard of people is in memory, and nothing depends on how the sample was cut.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from simulator.disclosure.outcomes import lawful_statuses
from simulator.disclosure.revealing import reveals
from simulator.disclosure.toggles import toggles_of
from simulator.disclosure.validity import parseable
from simulator.matching.decision import Decision, decision
from simulator.matching.linkage import (
    PreparedRequests,
    compare,
    last_four_check,
    searchable,
    uses_tin_path,
)
from simulator.matching.weights import Weights
from simulator.measures.challenges import challenges_of
from simulator.measures.ledger import Ledger
from simulator.measures.ledger_counts import evaluate
from simulator.measures.losses import Loss
from simulator.measures.policies import policies
from simulator.measures.policy_counts import thresholds_alone
from simulator.measures.quantities import ReplicateCounts, count_replicate
from simulator.measures.tally import RequestSide, Searched, ShardCounter, ShardTally
from simulator.population.places import Places
from simulator.randomness import IntArray
from simulator.records import Int8Array, Roll
from simulator.scenario.schema import Matcher, MatchingPart, Scenario
from simulator.study.blocks import decided_blocks
from simulator.study.chilling import run_years
from simulator.study.ledger import LedgerBuilder
from simulator.study.matcher_links import MatcherCounter, NumberedShard
from simulator.study.matchers import NO_WEIGHTS
from simulator.study.policy_pairs import PolicyPairs
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.world import shard_roll


def _why_no_pair(
    prepared: PreparedRequests, request: IntArray, account: IntArray, roll: Roll, part: MatchingPart
) -> Int8Array:
    """Return as a ``Loss`` why each of these pairs was no candidate pair.

    Blocking is to blame for what would be one if every pair were admitted; requests matched by
    number are never compared by name and address.
    """
    compared = compare(prepared, request, account, roll, part)
    comparable = (compared.similar | part.dissimilar_names_compared) & ~compared.conflict
    comparable &= part.name_address_path & ~uses_tin_path(prepared.requests, part)[request]
    comparable &= last_four_check(prepared.requests, roll, part).passes(request, account)
    blocked = comparable & ~compared.admitted
    return np.where(blocked, Loss.BLOCKING, Loss.COMPARISON).astype(np.int8)


def _match_shard(
    number: int,
    places: Places,
    scenario: Scenario,
    asked: PreparedReplicate,
    rule: Decision,
    side: RequestSide,
    beside: MatcherCounter,
    ledger: LedgerBuilder,
    explored: PolicyPairs | None,
    threads: int,
) -> ShardTally:
    """Generate one shard, match every request against its roll and tally what comes of it."""
    part = scenario.matching
    shard = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
    numbered = NumberedShard(number, shard)
    beside.begin(numbered)
    searched = Searched(
        number,
        shard.people,
        shard.accounts,
        searchable(shard.roll, part),
        lawful_statuses(scenario.population.lawful_statuses),
        reveals(shard.roll, shard.accounts, shard.people, scenario.disclosure),
    )
    counter = ShardCounter(searched, side, policies(rule.grid, part))
    for pairs, decided, stops in decided_blocks(shard, scenario, asked, rule, threads=threads):
        counter.add(pairs, decided, stops == 0)
        ledger.add(number, shard, pairs, decided, stops)
        beside.add(numbered, pairs)
    beside.end(numbered)
    ledger.end(number, shard)
    if explored is not None:
        explored.add(number, shard)
    request, account = counter.uncompared_mates()
    return counter.tally(_why_no_pair(asked.prepared, request, account, shard.roll, part))


def replicate_with_ledger(
    scenario: Scenario,
    replicate: int,
    weights: Weights | None = None,
    *,
    matcher_weights: Mapping[Matcher, Weights] = NO_WEIGHTS,
    explored: bool = False,
    threads: int = 1,
) -> tuple[ReplicateCounts, Ledger]:
    """Run one replicate as ``run_replicate`` does; return its ledger beside its counts.

    The ledger is that of the first year, whatever years follow it.
    """
    asked = prepared_replicate(scenario, replicate, threads=threads)
    rule = decision(scenario.matching, weights)
    side = RequestSide(asked.truth, asked.rejected, ~parseable(asked.requests))
    builder = LedgerBuilder(scenario, asked, side, rule.grid)
    toggles = toggles_of(scenario)
    kept = None
    if explored and toggles.guardrails:
        kept = PolicyPairs(scenario, toggles, asked, side, weights, threads=threads)
    with MatcherCounter(scenario, asked, matcher_weights, threads=threads) as beside:
        tallies = (
            _match_shard(
                number, places, scenario, asked, rule, side, beside, builder, kept, threads
            )
            for number, places in enumerate(asked.parts)
        )
        counts = count_replicate(
            tallies, side, asked.mix_shortfall, policies(rule.grid, scenario.matching)
        )
        ledger = builder.ledger()
        counts = replace(
            counts,
            matchers=beside.counted(),
            details=evaluate(ledger, scenario),
            challenges=challenges_of(ledger, scenario, int(counts.setting.accounts)),
            years=run_years(scenario, asked, rule, side, ledger, threads=threads),
        )
        if kept is not None:
            counts = replace(counts, explored=kept.counts(ledger.mated))
        elif explored:
            counts = replace(counts, explored=thresholds_alone(counts, scenario))
        return counts, ledger


def run_replicate(
    scenario: Scenario,
    replicate: int,
    weights: Weights | None = None,
    *,
    matcher_weights: Mapping[Matcher, Weights] = NO_WEIGHTS,
    explored: bool = False,
    threads: int = 1,
) -> ReplicateCounts:
    """Run one replicate of a scenario; a pure function of scenario, number and weights.

    ``weights`` are as from ``study.training.learnt_weights``; without them those of the scenario
    count; ``matcher_weights`` are those of the matchers beside the rule that learn them.
    ``explored`` asks for every set of toggled guardrails too (``measures.policy_counts``).
    ``threads`` share the work of matching and change no result. Raises ListingError where the
    population cannot supply the list, ValueError where weights must be learnt and are not given,
    and ExtraMissingError, InexpressibleError or MemoryError where a matcher cannot run.
    """
    counts, _ = replicate_with_ledger(
        scenario,
        replicate,
        weights,
        matcher_weights=matcher_weights,
        explored=explored,
        threads=threads,
    )
    return counts
