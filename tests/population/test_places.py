import numpy as np
import pytest

from simulator.population import places as places_module
from simulator.population.names import generate_names
from simulator.population.people import generate_people
from simulator.population.places import (
    LEAST_ZIPS,
    PEOPLE_PER_SHARD,
    Places,
    Sample,
    draw_sample,
    shards,
    zip_of_group,
)
from simulator.population.roll import generate_roll
from simulator.population.taxpayer_numbers import lent_numbers
from simulator.randomness import Stage, Streams
from simulator.records import Names, People, Relationship, Roll, joined
from simulator.reference import tables
from simulator.scenario.schema import Scenario
from tests.population.world import SEED, assert_share, sample_of, small_sample, small_world

BLACK = tables.NAME_GROUPS.index("black")


def people_expected(places: Places) -> float:
    frame = tables.zips()
    homes = frame.population[places.rows] - frame.quarters[places.rows]
    in_homes = homes * places.households / frame.households[places.rows]
    return float(in_homes.sum() + places.quarters.sum())


def test_a_sample_is_a_function_of_seed_and_replicate() -> None:
    first, again = (draw_sample(20_000, 1.0, rng=Streams(SEED, 0)) for _ in range(2))
    np.testing.assert_array_equal(first.places.rows, again.places.rows)
    np.testing.assert_array_equal(first.places.households, again.places.households)
    # The best of many candidates may be the same one now and then.
    others = [Streams(SEED, 1), Streams(SEED, 2), Streams(SEED + 1, 0), Streams(SEED + 2, 0)]
    drawn = {tuple(sorted(draw_sample(20_000, 1.0, rng=rng).places.rows)) for rng in others}
    assert len(drawn) >= 3


@pytest.mark.parametrize("size", [1_000, 10_000, 250_000, 320_000, 330_000, 1_000_000, 10_000_000])
def test_the_size_is_reached_to_within_half_a_household_per_cut_zip(size: int) -> None:
    frame = tables.zips()
    sample = draw_sample(size, 1.0, rng=Streams(SEED, 3))
    rows, households = sample.places.rows, sample.places.households
    assert np.unique(rows).size == rows.size
    assert (households >= 1).all()
    assert (households <= frame.households[rows]).all()
    homes = frame.population[rows] - frame.quarters[rows]
    per_household = homes / frame.households[rows] + 1.0  # and a place in quarters
    cut = households < frame.households[rows]
    raised = households == 1  # a small part of a small ZIP is at least one household
    slack = float((per_household * (0.5 * cut + 0.5 * raised)).sum())
    assert abs(people_expected(sample.places) - size) <= slack + 3.0


def test_only_the_last_zip_of_a_large_sample_is_cut() -> None:
    frame = tables.zips()
    sample = draw_sample(1_000_000, 1.0, rng=Streams(SEED, 1))
    whole = frame.households[sample.places.rows]
    assert sample.places.rows.size > LEAST_ZIPS
    np.testing.assert_array_equal(sample.places.households[:-1], whole[:-1])
    assert sample.places.households[-1] < whole[-1]


def test_a_small_sample_takes_the_same_part_of_each_zip() -> None:
    frame = tables.zips()
    sample = small_sample()
    rows, households = sample.places.rows, sample.places.households
    assert rows.size == LEAST_ZIPS
    part = small_sample(40_000)
    np.testing.assert_array_equal(part.places.rows, rows)
    wanted = households.sum() / frame.households[rows].sum() * frame.households[rows]
    assert np.abs(households - wanted).max() <= 1.01


def test_more_people_than_the_frame_holds_are_the_whole_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places_module, "CANDIDATES", 1)
    frame = tables.zips()
    sample = draw_sample(10**9, 1.0, rng=Streams(SEED, 0))
    assert sorted(sample.places.rows) == list(range(frame.zip.size))
    assert sample.places.households.sum() == frame.households.sum()
    assert sample.places.quarters.sum() == frame.quarters.sum()
    assert max(people_expected(part) for part in shards(sample)) < 2 * PEOPLE_PER_SHARD


@pytest.mark.parametrize("size", [20_000, 1_000_000])
def test_a_part_of_a_zip_takes_the_same_part_of_households_and_quarters(size: int) -> None:
    frame, places = tables.zips(), draw_sample(size, 1.0, rng=Streams(SEED, 0)).places
    part = places.households / frame.households[places.rows]
    slack = 0.5 + 0.5 * frame.quarters[places.rows] / frame.households[places.rows]
    raised = places.households == 1
    wanted = part * frame.quarters[places.rows]
    assert (np.abs(places.quarters - wanted) <= slack)[~raised].all()
    assert places.quarters.sum() > 0


def test_a_share_of_group_quarters_in_use_makes_room_for_households() -> None:
    whole, none = (draw_sample(20_000, share, rng=Streams(SEED, 0)).places for share in (1.0, 0.0))
    assert none.quarters.sum() == 0
    assert people_expected(none) == pytest.approx(20_000, rel=0.01)
    half = draw_sample(20_000, 0.5, rng=Streams(SEED, 0)).places
    assert 0 < half.quarters.sum() < whole.quarters.sum() < 20_000


def test_cumulative_shares_are_of_households() -> None:
    sample = small_sample()
    households = sample.places.households
    np.testing.assert_allclose(
        np.diff(sample.cumulative, prepend=0.0), households / households.sum(), atol=1e-12
    )


def test_each_group_is_spread_by_the_composition_of_the_zips() -> None:
    sample = small_sample()
    places = sample.places
    members = places.households[:, None] * tables.zips().group_shares[places.rows]
    assert sample.by_group.shape == (len(tables.NAME_GROUPS), places.rows.size)
    np.testing.assert_allclose(
        np.diff(sample.by_group, axis=1, prepend=0.0),
        (members / members.sum(axis=0)).T,
        atol=1e-12,
    )
    assert (sample.by_group[:, -1] == 1.0).all()


def test_a_group_that_lives_nowhere_in_the_sample_is_spread_evenly() -> None:
    frame = tables.zips()
    rows = np.flatnonzero(frame.group_shares[:, BLACK] == 0.0)[:4].astype(np.int64)
    assert rows.size == 4
    places = Places(rows, frame.households[rows] * 0 + 7, frame.quarters[rows])
    sample = places_module._spread(places)
    np.testing.assert_array_equal(sample.by_group[BLACK], [0.25, 0.5, 0.75, 1.0])


def test_draws_fall_into_the_zip_whose_share_they_reach() -> None:
    places = Places(np.array([5, 6, 7]), np.array([1, 1, 1]), np.zeros(3, np.int64))
    by_group = np.array([[0.25, 0.5, 1.0], [0.0, 1.0, 1.0]])
    sample = Sample(places, np.array([1.0, 2.0, 3.0]) / 3.0, by_group)
    draws = np.array([0.0, 0.24, 0.25, 0.49, 0.5, 0.999])
    zeros, ones = np.zeros(6, np.int64), np.ones(6, np.int64)
    assert zip_of_group(sample, zeros, draws).tolist() == [0, 0, 1, 1, 2, 2]
    assert zip_of_group(sample, ones, draws).tolist() == [1] * 6
    mixed = np.array([0, 1, 0, 1, 0, 1])
    assert zip_of_group(sample, mixed, draws).tolist() == [0, 1, 1, 1, 2, 1]
    assert zip_of_group(sample, zeros[:0], draws[:0]).tolist() == []


@pytest.mark.parametrize("group", range(len(tables.NAME_GROUPS)))
def test_a_groups_zips_are_drawn_by_its_weights(group: int) -> None:
    sample = small_sample()
    draws = Streams(3, group).table(Stage.DEPARTED, 2, np.arange(50_000))[0]
    index = zip_of_group(sample, np.full(50_000, group), draws)
    shares = np.diff(sample.by_group[group], prepend=0.0)
    for at, share in enumerate(shares):
        assert_share(index == at, float(share))


@pytest.mark.parametrize(("size", "tolerance"), [(20_000, 0.15), (1_000_000, 0.12)])
def test_every_sample_resembles_the_nation(size: int, tolerance: float) -> None:
    """Relative error of every name group's share of households and of the multi-unit share."""
    frame = tables.zips()
    described = np.column_stack(
        [frame.group_shares, frame.share_multi_unit, frame.population / frame.households]
    )
    nation = frame.households @ described / frame.households.sum()
    for replicate in range(5):
        chosen = draw_sample(size, 1.0, rng=Streams(SEED, replicate)).places
        here = chosen.households @ described[chosen.rows] / chosen.households.sum()
        assert np.abs(here / nation - 1.0).max() < tolerance


@pytest.mark.parametrize("per_shard", [1, 300, 5_000, 100_000, 10**9])
def test_shards_are_the_sample_in_order(monkeypatch: pytest.MonkeyPatch, per_shard: int) -> None:
    monkeypatch.setattr(places_module, "PEOPLE_PER_SHARD", per_shard)
    sample = small_sample()
    parts = shards(sample)
    np.testing.assert_array_equal(np.concatenate([p.rows for p in parts]), sample.places.rows)
    np.testing.assert_array_equal(
        np.concatenate([p.households for p in parts]), sample.places.households
    )
    np.testing.assert_array_equal(
        np.concatenate([p.quarters for p in parts]), sample.places.quarters
    )
    assert all(part.rows.size for part in parts)
    # A ZIP is never cut: a shard exceeds its size by less than the ZIP it begins with.
    rest = [
        people_expected(Places(part.rows[1:], part.households[1:], part.quarters[1:]))
        for part in parts
    ]
    assert max(rest) < per_shard
    assert (len(parts) == 1) == (per_shard > people_expected(sample.places))


def everything(parts: list[Places], sample: Sample) -> tuple[People, Names, Roll]:
    scenario, rng = Scenario(), Streams(SEED, 0)
    crowd, named, rolls = [], [], []
    for part in parts:
        people = generate_people(part, sample, scenario.population, rng=rng)
        names = generate_names(people, scenario.names, np.arange(len(people)), rng=rng)
        lent = lent_numbers(people, sample, scenario.roll, rng=rng)
        roll, _ = generate_roll(
            people, names, sample, scenario.roll, scenario.population.po_box_share, lent, rng=rng
        )
        crowd.append(people)
        named.append(names)
        rolls.append(roll)
    return joined(People, crowd), joined(Names, named), joined(Roll, rolls)


@pytest.mark.parametrize("per_shard", [1_000, 6_000])
def test_people_do_not_depend_on_the_shards(
    monkeypatch: pytest.MonkeyPatch, per_shard: int
) -> None:
    world = small_world()
    monkeypatch.setattr(places_module, "PEOPLE_PER_SHARD", per_shard)
    parts = shards(world.sample)
    assert len(parts) > 1
    for whole, cut in zip(
        (world.people, world.names, world.roll), everything(parts, world.sample), strict=True
    ):
        for column in vars(whole):
            np.testing.assert_array_equal(getattr(cut, column), getattr(whole, column))


def test_people_of_a_zip_are_the_same_wherever_it_stands_in_the_order() -> None:
    world = small_world()
    rows, households = world.sample.places.rows, world.sample.places.households
    order = np.random.default_rng(2).permutation(rows.size)
    shuffled = Places(rows[order], households[order], world.sample.places.quarters[order])
    people = generate_people(shuffled, world.sample, world.scenario.population, rng=world.rng)
    back = np.argsort(np.searchsorted(rows, people.place, sorter=np.argsort(rows)), kind="stable")
    original = np.argsort(
        np.searchsorted(rows, world.people.place, sorter=np.argsort(rows)), kind="stable"
    )
    for column in vars(people):
        np.testing.assert_array_equal(
            getattr(people, column)[back], getattr(world.people, column)[original]
        )


def test_who_lives_in_a_zip_does_not_depend_on_which_others_were_drawn() -> None:
    """Only former homes do: they lie in the sample."""
    world = small_world()
    rows, households = world.sample.places.rows[:3], world.sample.places.households[:3]
    alone = sample_of(rows, households)
    people = generate_people(alone.places, alone, world.scenario.population, rng=world.rng)
    at_home = world.people.relationship != Relationship.QUARTERS  # the sample by hand has none
    same = np.flatnonzero(np.isin(world.people.place, rows) & at_home)
    free = {"former_place", "former_dwelling"}
    for column in set(vars(people)) - free:
        np.testing.assert_array_equal(getattr(people, column), getattr(world.people, column)[same])
    assert np.isin(people.former_place, rows).all()


def test_a_shorter_zip_holds_the_first_of_its_households() -> None:
    """Only former homes within the ZIP differ: they lie among its households."""
    world = small_world()
    places = world.sample.places
    half = np.maximum(1, places.households // 2)
    shorter = Places(places.rows, half, places.quarters // 2)
    people = generate_people(shorter, world.sample, world.scenario.population, rng=world.rng)
    limit = np.zeros(tables.zips().zip.size, np.int64)
    limit[shorter.rows] = shorter.households
    kept = world.people.dwelling < limit[world.people.place]
    beds = np.zeros(tables.zips().zip.size, np.int64)
    beds[shorter.rows] = tables.zips().households[shorter.rows] + shorter.quarters
    in_quarters = world.people.relationship == Relationship.QUARTERS
    kept |= in_quarters & (world.people.dwelling < beds[world.people.place])
    for column in set(vars(people)) - {"former_place", "former_dwelling"}:
        np.testing.assert_array_equal(getattr(people, column), getattr(world.people, column)[kept])
