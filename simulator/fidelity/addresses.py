"""Where households live: house numbers, buildings and streets, one count per occupied dwelling.

Buildings are known by their address and made up of the dwellings lived in, so that samples which
hold only part of each ZIP (under about 400,000 people) see them smaller than they are. Streets are
counted in all ZIPs of the nation, whose map every replicate shares: theirs is no sampling error.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator.fidelity.counts import Counts, Numbers, Proportion, Statistics, quantiles, share
from simulator.fidelity.world import World
from simulator.population.addresses import postal_addresses, streets_of
from simulator.randomness import IntArray
from simulator.records import HouseholdKind
from simulator.reference import tables

MOST = 100_000
NUMBER_SHARES = (10, 25, 50, 75, 90)
LARGE_BUILDING = 5
# The thirteen commonest street names, Census Bureau 1993 [seen]; some of them have a target.
COMMONEST_STREETS = (
    "SECOND",
    "THIRD",
    "FIRST",
    "FOURTH",
    "PARK",
    "FIFTH",
    "MAIN",
    "SIXTH",
    "OAK",
    "SEVENTH",
    "PINE",
    "MAPLE",
    "CEDAR",
)
COMPARED_STREETS = ("SECOND", "PARK", "MAIN", "OAK", "MAPLE", "CEDAR")


@dataclass(frozen=True)
class AddressCounts(Counts):
    """Dwellings by house number, and by kind: all, odd, with a unit, in a large building."""

    house_numbers: Numbers
    dwellings: Numbers


def count_addresses(world: World) -> AddressCounts:
    """Count the addresses of the households of a shard."""
    people = world.people
    head = (people.member == 0) & (people.household != HouseholdKind.QUARTERS)
    place = people.place[head].astype(np.int64)
    street, form, number, unit = postal_addresses(place, people.dwelling[head].astype(np.int64))
    _, building, homes = np.unique(
        _packed(place, street, form, number), return_inverse=True, return_counts=True
    )
    large = (homes[building] >= LARGE_BUILDING) & (unit > 0)
    return AddressCounts(
        np.bincount(np.minimum(number, MOST - 1), minlength=MOST),
        np.array([number.size, (number % 2).sum(), (unit > 0).sum(), large.sum()]),
    )


def _packed(place: IntArray, street: Numbers, form: Numbers, number: Numbers) -> IntArray:
    """Return one integer per building; house numbers stay below 2^20, forms below 2^12."""
    streets = len(tables.streets().names)
    return ((place * streets + street) << 32) | (form.astype(np.int64) << 20) | number


@cache
def national_streets() -> Numbers:
    """Return how many streets of the nation have each name; all replicates share its map."""
    places = np.arange(tables.zips().zip.size)
    return np.bincount(streets_of(places)[1], minlength=len(tables.streets().names))


def address_statistics(counts: AddressCounts) -> Statistics:
    """Return quantiles of house numbers, shares of dwellings, shares of the commonest streets."""
    levels = quantiles(counts.house_numbers, np.array(NUMBER_SHARES) / 100.0)
    found: Statistics = {
        f"house_number_p{level}": float(value)
        for level, value in zip(NUMBER_SHARES, levels, strict=True)
    }
    every, odd, units, large = (float(number) for number in counts.dwellings)
    found |= {
        "odd_house_numbers": Proportion(odd, every),
        "multi_unit_dwellings": Proportion(units, every),
        "large_building_dwellings": Proportion(large, every),
    }
    names = tables.streets().names
    counted = national_streets()
    streets = {name: float(counted[names.index(name)]) for name in COMMONEST_STREETS}
    for name in COMPARED_STREETS:
        found[f"street_{name.lower()}"] = share(streets[name], sum(streets.values()))
    return found
