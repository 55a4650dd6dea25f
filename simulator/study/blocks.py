"""The candidate pairs of a shard, block by block: how the rule decides them, what stops them.

Whoever runs the list against a roll begins here, so that a replicate and the years after it, whose
rolls differ, disclose by the same steps.
"""

from collections.abc import Iterator

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.release import pair_stops
from simulator.matching.decision import Decided, Decision
from simulator.matching.linkage import candidate_blocks
from simulator.records import CandidatePairs, Int64Array
from simulator.scenario.schema import Scenario
from simulator.study.prepared import PreparedReplicate
from simulator.study.world import ShardRoll

Block = tuple[CandidatePairs, Decided, Int64Array]


def decided_blocks(
    shard: ShardRoll,
    scenario: Scenario,
    asked: PreparedReplicate,
    rule: Decision,
    *,
    threads: int = 1,
) -> Iterator[Block]:
    """Match every request that is heard against a shard's roll.

    Each block holds pairs, how the rule decides each and the bits of guardrails that stop each.
    """
    heard = asked.rejected == Guardrail.NONE
    blocks = candidate_blocks(asked.prepared, heard, shard.roll, scenario.matching, threads=threads)
    for pairs in blocks:
        stops = pair_stops(
            pairs,
            asked.prepared,
            asked.truth,
            shard.roll,
            shard.accounts,
            shard.people,
            scenario,
            rng=asked.rng,
        )
        yield pairs, rule.decided(pairs, asked.requests, shard.roll), stops
