"""Buildings of several units, unit by unit, against every dwelling of a ZIP."""

import numpy as np

from simulator.population.addresses import postal_addresses
from simulator.population.neighbours import buildings_dwellings, units_in
from simulator.reference import tables

PLACE = int(np.argmax(tables.zips().households))


def test_the_dwellings_of_a_building_are_those_that_share_its_street_number() -> None:
    count = int(tables.zips().households[PLACE])
    dwellings = np.arange(count)
    places = np.full(count, PLACE)
    street, form, number, _ = postal_addresses(places, dwellings)
    address = list(zip(street.tolist(), form.tolist(), number.tolist(), strict=True))
    by_address: dict[tuple[int, int, int], set[int]] = {}
    for dwelling, where in enumerate(address):
        by_address.setdefault(where, set()).add(dwelling)
    of, found = buildings_dwellings(places, dwellings)
    for asked in range(0, count, 977):
        mine = set(found[of == asked].tolist())
        assert asked in mine
        assert mine == by_address[address[asked]]
        assert units_in(places[:1], dwellings[asked : asked + 1]).tolist() == [len(mine)]
    assert units_in(places, dwellings).max() > 2


def test_places_in_group_quarters_stand_alone() -> None:
    dwelling = np.array([int(tables.zips().households[PLACE])])
    of, found = buildings_dwellings(np.array([PLACE]), dwelling)
    assert of.tolist() == [0]
    assert found.tolist() == dwelling.tolist()
