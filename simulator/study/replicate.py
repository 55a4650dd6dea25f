"""One replicate, from the sample of places to the counts of every policy.

The one place where all stages meet. Shards are worked through one after another, twice: first to
see who may be listed, then to match the finished list against each shard's roll; no more than one
shard of people is in memory, and nothing depends on how the sample was cut.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator.disclosure.guardrails import Rejection, parseable, reject
from simulator.disclosure.outcomes import lawful_statuses
from simulator.disclosure.release import released
from simulator.enforcement.listing import draw_listing, list_candidates
from simulator.enforcement.requests import write_requests
from simulator.matching.decision import Decision, decision
from simulator.matching.linkage import (
    NameSearch,
    PreparedRequests,
    candidate_blocks,
    compare,
    name_search,
    prepare,
    searchable,
    uses_tin_path,
)
from simulator.matching.weights import Weights
from simulator.measures.losses import Loss
from simulator.measures.policies import policies
from simulator.measures.quantities import ReplicateCounts, count_replicate
from simulator.measures.tally import RequestSide, Searched, ShardCounter, ShardTally
from simulator.population.people import generate_people
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.randomness import IntArray, Streams
from simulator.records import (
    Int8Array,
    Int64Array,
    Requests,
    RequestTruth,
    Roll,
)
from simulator.scenario.schema import MatchingPart, Scenario
from simulator.study.world import shard_roll


@dataclass(frozen=True)
class PreparedReplicate:
    """The list of one replicate, ready to be matched against every shard of its sample.

    ``parts`` are the shards; ``rejected`` holds a ``Rejection`` per request; ``lent`` the numbers
    under which people on the list work beside their holders. ``truth`` is for whoever judges, never
    for matching.
    """

    rng: Streams
    sample: Sample
    parts: tuple[Places, ...]
    requests: Requests
    truth: RequestTruth
    rejected: Int8Array
    prepared: PreparedRequests
    lent: Int64Array
    mix_shortfall: float


@cache
def _search() -> NameSearch:
    """Return the similarity caches of this process; they hold no state that shows in results."""
    return name_search()


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
    blocked = comparable & ~compared.admitted
    return np.where(blocked, Loss.BLOCKING, Loss.COMPARISON).astype(np.int8)


def _match_shard(
    number: int,
    places: Places,
    scenario: Scenario,
    asked: PreparedReplicate,
    rule: Decision,
    side: RequestSide,
    threads: int,
) -> ShardTally:
    """Generate one shard, match every request against its roll and tally what comes of it."""
    part = scenario.matching
    shard = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
    searched = Searched(
        number,
        shard.people,
        shard.accounts,
        searchable(shard.roll, part),
        lawful_statuses(scenario.population.lawful_statuses),
    )
    counter = ShardCounter(searched, side, policies(rule.grid, part))
    heard = asked.rejected == Rejection.NONE
    blocks = candidate_blocks(asked.prepared, heard, shard.roll, part, threads=threads)
    for pairs in blocks:
        counter.add(
            pairs,
            rule.decided(pairs, asked.requests, shard.roll),
            released(pairs, shard.roll, scenario.disclosure),
        )
    request, account = counter.uncompared_mates()
    return counter.tally(_why_no_pair(asked.prepared, request, account, shard.roll, part))


def prepared_replicate(
    scenario: Scenario, replicate: int, *, threads: int = 1
) -> PreparedReplicate:
    """Draw the sample and write the list of one replicate; a pure function of scenario and number.

    Raises ListingError where the population cannot supply the list.
    """
    rng = Streams(scenario.seed, replicate)
    sample = draw_sample(scenario.population.size, scenario.population.group_quarters, rng=rng)
    parts = tuple(shards(sample))
    candidates = [
        list_candidates(
            generate_people(places, sample, scenario.population, rng=rng),
            sample,
            scenario.names,
            scenario.roll,
            scenario.listing,
            rng=rng,
        )
        for places in parts
    ]
    drawn = draw_listing(
        candidates, sample, scenario.names, scenario.listing, scenario.roll, rng=rng
    )
    requests, truth = write_requests(
        drawn.listing, sample, scenario.requests, scenario.population.po_box_share, rng=rng
    )
    return PreparedReplicate(
        rng=rng,
        sample=sample,
        parts=parts,
        requests=requests,
        truth=truth,
        rejected=reject(requests, scenario.guardrails),
        prepared=prepare(requests, scenario.matching, _search(), threads=threads),
        lent=drawn.lent,
        mix_shortfall=drawn.mix_shortfall,
    )


def run_replicate(
    scenario: Scenario, replicate: int, weights: Weights | None = None, *, threads: int = 1
) -> ReplicateCounts:
    """Run one replicate of a scenario; a pure function of scenario, number and weights.

    ``weights`` are as from ``study.training.learnt_weights``; without them those of the scenario
    count. ``threads`` share the work of matching and change no result. Raises ListingError where
    the population cannot supply the list and ValueError where weights must be learnt and are not
    given.
    """
    asked = prepared_replicate(scenario, replicate, threads=threads)
    rule = decision(scenario.matching, weights)
    side = RequestSide(asked.truth, asked.rejected, ~parseable(asked.requests))
    tallies = (
        _match_shard(number, places, scenario, asked, rule, side, threads)
        for number, places in enumerate(asked.parts)
    )
    return count_replicate(
        tallies, side, asked.mix_shortfall, policies(rule.grid, scenario.matching)
    )
