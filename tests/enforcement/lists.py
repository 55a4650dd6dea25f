"""Lists drawn from the small world, for tests of the list and of its errors."""

from functools import cache

import numpy as np

from simulator.enforcement.listing import Candidates, Drawn, draw_listing, list_candidates
from simulator.population.people import generate_people
from simulator.population.places import Places
from simulator.scenario.schema import ListingPart, Scenario
from tests.population.world import small_world

MIX = {"mexico": 6.0, "guatemala": 1.0, "india": 1.0}
# Nobody who died, never existed, is investigated or detained, and no second requests, unless a test
# asks for them.
PLAIN = {
    "died_share": 0.0,
    "never_existed_share": 0.0,
    "duplicate_share": 0.0,
    "investigation_share": 0.0,
    "detained_share": 0.0,
}


def listing_part(**fields: object) -> ListingPart:
    """Return a small list of three nationalities, unless ``fields`` say otherwise."""
    defaults: dict[str, object] = {"requests": 100, "nationality_mix": MIX, **PLAIN}
    return Scenario.model_validate(
        {"population": {"size": 1_000_000}, "listing": defaults | fields}
    ).listing


def candidates(part: ListingPart, cuts: int = 1) -> list[Candidates]:
    """Return the candidates of the small world, cut into so many shards."""
    world = small_world()
    places = world.sample.places
    columns = (places.rows, places.households, places.quarters)
    parts = zip(*(np.array_split(column, cuts) for column in columns), strict=True)
    return [
        list_candidates(
            generate_people(
                Places(*part_of_places), world.sample, world.scenario.population, rng=world.rng
            ),
            world.sample,
            world.scenario.names,
            world.scenario.roll,
            part,
            rng=world.rng,
        )
        for part_of_places in parts
    ]


def draw(part: ListingPart, people: list[Candidates] | None = None) -> Drawn:
    """Draw the list that ``part`` asks for from the small world."""
    world = small_world()
    naming, roll = world.scenario.names, world.scenario.roll
    found = people or candidates(part)
    return draw_listing(found, world.sample, naming, part, roll, rng=world.rng)


@cache
def mixed_list() -> Drawn:
    """Return a list of 400 with residents, people who left and wrongly listed people."""
    return draw(listing_part(requests=400, departed_share=0.3, wrongly_listed_share=0.3))
