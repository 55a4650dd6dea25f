"""One replicate, from the sample of places to the counts of every policy.

The one place where all stages meet. Shards are worked through one after another, twice: first to
see who may be listed, then to match the finished list against each shard's roll; no more than one
shard of people is in memory, and nothing depends on how the sample was cut.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator.disclosure.guardrails import Rejection, parseable, reject
from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.disclosure.release import released
from simulator.enforcement.listing import draw_listing, list_candidates
from simulator.enforcement.requests import write_requests
from simulator.matching.comparison import passes_birth_date
from simulator.matching.decision import decision
from simulator.matching.linkage import (
    NameSearch,
    PreparedRequests,
    candidate_pairs,
    name_search,
    prepare,
    searchable,
)
from simulator.measures.quantities import ReplicateCounts, RequestSide, count_replicate
from simulator.measures.tally import ShardTally, tally_shard
from simulator.population.people import generate_people
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.randomness import Streams
from simulator.records import (
    Int8Array,
    Int64Array,
    Requests,
    RequestTruth,
    taken,
)
from simulator.scenario.schema import Scenario
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


def _match_shard(
    number: int, places: Places, scenario: Scenario, asked: PreparedReplicate
) -> ShardTally:
    """Generate one shard, match every request against its roll and tally what comes of it."""
    shard = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
    heard = asked.rejected == Rejection.NONE
    compared = candidate_pairs(asked.prepared, heard, shard.roll, scenario.matching)
    passing = passes_birth_date(compared, scenario.matching.birth_date_threshold)
    passing = passing & released(compared, shard.roll, scenario.disclosure)
    pairs = taken(compared, np.flatnonzero(passing))
    lawful = lawful_statuses(scenario.population.lawful_statuses)
    judged = judge(pairs, shard.accounts, shard.people, asked.truth, lawful)
    return tally_shard(
        number,
        pairs,
        decision(scenario.matching).decided(pairs, asked.requests, shard.roll).rank,
        judged,
        shard.people,
        shard.accounts,
        searchable(shard.roll, scenario.matching),
        asked.truth.person,
        lawful,
        len(compared),
    )


def prepared_replicate(scenario: Scenario, replicate: int) -> PreparedReplicate:
    """Draw the sample and write the list of one replicate; a pure function of its arguments.

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
        prepared=prepare(requests, scenario.matching, _search()),
        lent=drawn.lent,
        mix_shortfall=drawn.mix_shortfall,
    )


def run_replicate(scenario: Scenario, replicate: int) -> ReplicateCounts:
    """Run one replicate of a scenario; a pure function of its arguments.

    Raises ListingError where the population cannot supply the list.
    """
    asked = prepared_replicate(scenario, replicate)
    tallies = [
        _match_shard(number, places, scenario, asked) for number, places in enumerate(asked.parts)
    ]
    side = RequestSide(asked.truth, asked.rejected, ~parseable(asked.requests))
    return count_replicate(tallies, side, asked.mix_shortfall)
