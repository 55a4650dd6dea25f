"""One replicate, from the sample of places to the counts of every policy.

The one place where all stages meet. Shards are worked through one after another, twice: first to
see who may be listed, then to match the finished list against each shard's roll; no more than one
shard of people is in memory, and nothing depends on how the sample was cut.
"""

from functools import cache

import numpy as np

from simulator.disclosure.guardrails import Rejection, parseable, reject
from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.disclosure.release import released
from simulator.enforcement.listing import draw_listing, list_candidates
from simulator.enforcement.requests import write_requests
from simulator.matching.comparison import passes_birth_date
from simulator.matching.linkage import (
    NameSearch,
    PreparedRequests,
    candidate_pairs,
    name_search,
    prepare,
    searchable,
)
from simulator.matching.ranking import ranks
from simulator.measures.quantities import ReplicateCounts, RequestSide, count_replicate
from simulator.measures.tally import ShardTally, tally_shard
from simulator.population.names import generate_names
from simulator.population.people import generate_people
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.population.roll import generate_roll
from simulator.randomness import Streams
from simulator.records import (
    BoolArray,
    Int64Array,
    RequestTruth,
    taken,
)
from simulator.scenario.schema import Scenario


@cache
def _search() -> NameSearch:
    """Return the similarity caches of this process; they hold no state that shows in results."""
    return name_search()


def _match_shard(
    number: int,
    places: Places,
    sample: Sample,
    scenario: Scenario,
    prepared: PreparedRequests,
    heard: BoolArray,
    truth: RequestTruth,
    lent: Int64Array,
    *,
    rng: Streams,
) -> ShardTally:
    """Generate one shard, match every request against its roll and tally what comes of it."""
    people = generate_people(places, sample, scenario.population, rng=rng)
    everybody = np.arange(len(people))
    names = generate_names(people, scenario.names, everybody, rng=rng)
    roll, accounts = generate_roll(
        people, names, sample, scenario.roll, scenario.population.po_box_share, lent, rng=rng
    )
    compared = candidate_pairs(prepared, heard, roll, scenario.matching)
    passing = passes_birth_date(compared, scenario.matching.birth_date_threshold)
    passing = passing & released(compared, roll, scenario.disclosure)
    pairs = taken(compared, np.flatnonzero(passing))
    lawful = lawful_statuses(scenario.population.lawful_statuses)
    judged = judge(pairs, accounts, people, truth, lawful)
    return tally_shard(
        number,
        pairs,
        ranks(pairs, prepared.requests, roll, scenario.matching),
        judged,
        people,
        accounts,
        searchable(roll, scenario.matching),
        truth.person,
        lawful,
        len(compared),
    )


def run_replicate(scenario: Scenario, replicate: int) -> ReplicateCounts:
    """Run one replicate of a scenario; a pure function of its arguments.

    Raises ListingError where the population cannot supply the list.
    """
    rng = Streams(scenario.seed, replicate)
    sample = draw_sample(scenario.population.size, scenario.population.group_quarters, rng=rng)
    parts = shards(sample)
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
    rejected = reject(requests, scenario.guardrails)
    prepared = prepare(requests, scenario.matching, _search())
    tallies = [
        _match_shard(
            number,
            places,
            sample,
            scenario,
            prepared,
            rejected == Rejection.NONE,
            truth,
            drawn.lent,
            rng=rng,
        )
        for number, places in enumerate(parts)
    ]
    side = RequestSide(truth, rejected, ~parseable(requests))
    return count_replicate(tallies, side, drawn.mix_shortfall)
