"""Addresses of detention facilities and of shelters: existing, without units, in a fixed order."""

from collections.abc import Callable

import numpy as np
import pytest

from simulator.population.addresses import find_buildings, postal_addresses
from simulator.population.buildings import FACILITY_SIZES, facilities
from simulator.population.facilities import facility_addresses, shared_addresses
from simulator.population.places import Places, Sample
from simulator.population.quarters import OTHER, PRISON, quarters_tables
from simulator.randomness import Stage, Streams
from simulator.records import Int32Array
from simulator.reference import tables
from tests.population.world import SEED, sample_of, small_sample

Addresses = Callable[..., Int32Array]
BOTH = pytest.mark.parametrize("addresses", [facility_addresses, shared_addresses])
RNG = Streams(SEED, 0)


def of_kind(sample: Sample, kind: int) -> set[tuple[int, ...]]:
    """Return the addresses of all facilities of a kind, one resident after the other."""
    found = set()
    frame, kinds = tables.zips(), quarters_tables().kinds.cumulative[0]
    for row, residents in zip(sample.places.rows, sample.places.quarters, strict=True):
        dwelling = frame.households[row] + np.arange(residents)
        place = np.full(residents, row)
        number = facilities(place, dwelling)
        zips = np.full(residents, int(frame.zip[row]))
        u = RNG.columns(Stage.HOUSEHOLD, np.full(residents, 3), zips, number)[0]
        chosen = np.searchsorted(kinds, u, side="right") == kind
        written = postal_addresses(place[chosen], dwelling[chosen])[:3]
        found |= {(int(row), *map(int, line)) for line in written.T}
    return found


@BOTH
def test_they_exist_and_differ(addresses: Addresses) -> None:
    found = addresses(small_sample(), 30, rng=RNG)
    assert found.shape == (4, 30)
    assert found.dtype == np.int32
    written = np.vstack([found[1:], np.zeros((1, 30), np.int32)])
    assert (find_buildings(found[0].astype(np.int64), written) == 1).all()
    assert np.unique(found, axis=1).shape[1] == 30
    assert np.isin(found[0], small_sample().places.rows).all()


@BOTH
@pytest.mark.parametrize("sample", [small_sample(), sample_of(np.array([100]), np.array([50]))])
def test_more_of_them_begin_with_the_same(addresses: Addresses, sample: Sample) -> None:
    many = addresses(sample, 200, rng=RNG)
    for few in (1, 7, 60):
        np.testing.assert_array_equal(addresses(sample, few, rng=RNG), many[:, :few])


def test_prisons_come_first_and_shelters_are_none() -> None:
    """The sample's own prisons, found resident by resident, then other buildings."""
    sample = small_sample(100_000)
    held, others = of_kind(sample, PRISON), of_kind(sample, OTHER)
    assert min(len(held), len(others)) > 3
    used = facility_addresses(sample, len(held) + 5, rng=RNG)
    assert {tuple(map(int, line)) for line in used.T[: len(held)]} == held
    assert not {tuple(map(int, line)) for line in used.T[len(held) :]} & (held | others)
    shelters = shared_addresses(sample, len(others), rng=RNG)
    assert {tuple(map(int, line)) for line in shelters.T} == others


def test_a_sample_without_quarters_uses_houses() -> None:
    sample = sample_of(np.array([100, 2_000]), np.array([400, 400]))
    found = facility_addresses(sample, 20, rng=RNG)
    assert np.unique(found, axis=1).shape[1] == 20
    assert set(found[0].tolist()) == {100, 2_000}


def test_a_sample_of_one_house_repeats_it() -> None:
    one = Sample(
        Places(np.array([100]), np.array([1]), np.zeros(1, np.int64)),
        np.ones(1),
        np.ones((len(tables.NAME_GROUPS), 1)),
    )
    found = facility_addresses(one, 3, rng=RNG)
    assert np.unique(found, axis=1).shape[1] == 1


def test_no_facility_is_shorter_than_the_step_that_finds_it() -> None:
    assert min(FACILITY_SIZES) == 40
