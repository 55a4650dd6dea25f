"""Addresses at which many people are reached: detention facilities, shelters, lawyers.

Each is an existing, deliverable address of the sample without a unit, so that every request that
names it names one and the same. Detention facilities are the sample's prisons first, then its other
group quarters but for shelters; shared addresses are its quarters of other kinds (shelters and
reception centres among them). Where a sample holds too few, houses stand in for them.

Limits: which agency runs a facility is not modelled, nor how many it holds; a house that stands in
for one is somebody's home too. A sample with fewer buildings than are asked for repeats them.
"""

import numpy as np

from simulator.inversion import categories
from simulator.population.addresses import postal_addresses
from simulator.population.buildings import FACILITY_SIZES, facilities
from simulator.population.places import Sample
from simulator.population.quarters import FACILITY_SLOT, OTHER, PRISON, quarters_tables
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import Int32Array, rows_of_runs
from simulator.reference import tables

# Of the household stage, by facility or by number of the house: their order of use.
_ORDER_SLOT, _DETENTION_HOUSE_SLOT, _SHARED_HOUSE_SLOT = 4, 5, 6
# Houses are looked for among so many draws, however many are wanted, so that more of them begin
# with the same ones.
_DRAWS = 40_000


def _facilities_of(sample: Sample, *, rng: Streams) -> tuple[IntArray, IntArray, IntArray]:
    """Return place, first dwelling found and kind of all facilities in use, in random order."""
    in_use = np.flatnonzero(sample.places.quarters > 0)
    places, residents = sample.places.rows[in_use], sample.places.quarters[in_use]
    # No facility but the first and the last of a ZIP is shorter than a step.
    step = min(FACILITY_SIZES)
    steps = -(-(residents - 1) // step) + 1
    at = rows_of_runs(np.zeros(in_use.size, np.int64), steps) * step
    place = np.repeat(places, steps).astype(np.int64)
    dwelling = np.minimum(at, np.repeat(residents, steps) - 1) + tables.zips().households[place]
    number = facilities(place, dwelling)
    _, first = np.unique(np.stack([place, number]), axis=1, return_index=True)
    place, dwelling, number = place[first], dwelling[first], number[first]
    zips = tables.zips().zip[place].astype(np.int64)

    def drawn(slot: int) -> FloatArray:
        return np.asarray(rng.columns(Stage.HOUSEHOLD, np.full(place.size, slot), zips, number)[0])

    kind = categories(quarters_tables().kinds, drawn(FACILITY_SLOT)).astype(np.int64)
    order = np.argsort(drawn(_ORDER_SLOT), kind="stable")
    return place[order], dwelling[order], kind[order]


def _at(place: IntArray, dwelling: IntArray) -> Int32Array:
    """Return place, street, form, number and unit of dwellings, shape (5, n)."""
    return np.vstack([place[None, :].astype(np.int32), postal_addresses(place, dwelling)])


def _houses(sample: Sample, slot: int, *, rng: Streams) -> Int32Array:
    """Return addresses without a unit, drawn all over the sample, shape (5, n)."""
    u = rng.table(Stage.HOUSEHOLD, slot, np.arange(_DRAWS))
    which = np.searchsorted(sample.cumulative, u[0], side="right")
    which = np.minimum(which, sample.places.rows.size - 1)
    dwelling = (u[1] * sample.places.households[which]).astype(np.int64)
    found = _at(sample.places.rows[which].astype(np.int64), dwelling)
    house = found[:, found[4] == 0]
    return house if house.size else found


def _first(
    sample: Sample, rows: IntArray, of: Int32Array, slot: int, *, count: int, rng: Streams
) -> Int32Array:
    """Return ``count`` different addresses: rows of ``of``, then houses, then again."""
    found = of[:, rows]
    if rows.size < count:
        found = np.hstack([found, _houses(sample, slot, rng=rng)])
        _, first = np.unique(found[:4], axis=1, return_index=True)
        found = found[:, np.sort(first)]
    return np.ascontiguousarray(found[:4, np.arange(count) % found.shape[1]], dtype=np.int32)


def facility_addresses(sample: Sample, count: int, *, rng: Streams) -> Int32Array:
    """Return the addresses of detention facilities: place, street, form, number, shape (4, count).

    They stand in order of use: more facilities begin with the same ones. None has a unit.
    """
    place, dwelling, kind = _facilities_of(sample, rng=rng)
    held = np.flatnonzero(kind == PRISON)
    others = np.flatnonzero((kind != PRISON) & (kind != OTHER))
    rows = np.concatenate([held, others])
    at = _at(place, dwelling)
    return _first(sample, rows, at, _DETENTION_HOUSE_SLOT, count=count, rng=rng)


def shared_addresses(sample: Sample, count: int, *, rng: Streams) -> Int32Array:
    """Return addresses of shelters, reception centres and the like, as ``facility_addresses``."""
    place, dwelling, kind = _facilities_of(sample, rng=rng)
    rows = np.flatnonzero(kind == OTHER)
    at = _at(place, dwelling)
    return _first(sample, rows, at, _SHARED_HOUSE_SLOT, count=count, rng=rng)
