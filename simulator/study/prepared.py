"""The list of one replicate, drawn, written, checked and ready to be matched.

Everything that matches, exports, explains or trains begins here, so that all see the same requests.
"""

from dataclasses import dataclass
from functools import cache

from simulator.disclosure.caps import standing
from simulator.disclosure.court import court_stops
from simulator.disclosure.validity import request_stops
from simulator.enforcement.listing import Drawn, draw_listing, list_candidates
from simulator.enforcement.requests import sites_of, write_requests
from simulator.matching.linkage import NameSearch, PreparedRequests, name_search, prepare
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.randomness import Streams
from simulator.records import Grounds, Int8Array, Int64Array, Requests, RequestTruth
from simulator.scenario.schema import Scenario
from simulator.study.memory import NO_MEMORY, Depends, Memory
from simulator.study.world import shard_people


@dataclass(frozen=True)
class PreparedReplicate:
    """The list of one replicate, ready to be matched against every shard of its sample.

    ``parts`` are the shards; ``stops`` holds the guardrails that stop each request by itself, as
    bits, and ``rejected`` the one that is named as the reason (NONE if it is heard), caps and
    injunction among them; ``lent`` the numbers
    under which people on the list work beside their holders. ``truth`` is for whoever judges, never
    for matching.
    """

    rng: Streams
    sample: Sample
    parts: tuple[Places, ...]
    requests: Requests
    grounds: Grounds
    truth: RequestTruth
    stops: Int64Array
    rejected: Int8Array
    prepared: PreparedRequests
    lent: Int64Array
    mix_shortfall: float


@cache
def _search() -> NameSearch:
    """Return the similarity caches of this process; they hold no state that shows in results."""
    return name_search()


def prepared_replicate(
    scenario: Scenario, replicate: int, *, threads: int = 1, memory: Memory = NO_MEMORY
) -> PreparedReplicate:
    """Draw the sample and write the list of one replicate; a pure function of scenario and number.

    What ``memory`` holds of another variant of the scenario is taken from there. Raises
    ListingError where the population cannot supply the list.
    """
    rng, depends = Streams(scenario.seed, replicate), Depends(scenario)
    sample = memory.remembered(
        lambda: depends.sample(replicate),
        lambda: draw_sample(scenario.population.size, scenario.population.group_quarters, rng=rng),
    )
    parts = tuple(shards(sample))
    drawn = memory.remembered(
        lambda: depends.listing(replicate), lambda: _drawn(scenario, parts, sample, memory, rng=rng)
    )
    sites = memory.remembered(
        lambda: depends.sites(replicate),
        lambda: sites_of(sample, scenario.requests, scenario.listing, rng=rng),
    )
    requests, grounds, truth = memory.remembered(
        lambda: depends.requests(replicate),
        lambda: write_requests(
            drawn.listing,
            sample,
            scenario.requests,
            scenario.listing,
            scenario.population.po_box_share,
            sites,
            rng=rng,
        ),
    )
    stops = request_stops(requests, grounds, scenario.guardrails, sites[0])
    stops |= court_stops(truth, scenario.guardrails, rng=rng)
    return PreparedReplicate(
        rng=rng,
        sample=sample,
        parts=parts,
        requests=requests,
        grounds=grounds,
        truth=truth,
        stops=stops,
        rejected=standing(stops, grounds, scenario.guardrails, scenario.recipient),
        prepared=memory.remembered(
            lambda: depends.prepared(replicate),
            lambda: prepare(requests, scenario.matching, _search(), threads=threads),
        ),
        lent=drawn.lent,
        mix_shortfall=drawn.mix_shortfall,
    )


def _drawn(
    scenario: Scenario, parts: tuple[Places, ...], sample: Sample, memory: Memory, *, rng: Streams
) -> Drawn:
    """Draw who is on the list from the people of all shards."""
    candidates = [
        list_candidates(
            shard_people(places, sample, scenario, memory, rng=rng),
            sample,
            scenario.names,
            scenario.roll,
            scenario.listing,
            rng=rng,
        )
        for places in parts
    ]
    return draw_listing(
        candidates, sample, scenario.names, scenario.listing, scenario.roll, rng=rng
    )
