import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simulator.population.households import (
    LARGEST,
    MOST_YEARS,
    SIZE_SHARES,
    last_move_recency,
)
from simulator.population.people import (
    LEAST_GAP,
    OLDEST_CHILD,
    REFERENCE_DAY,
    REFERENCE_YEAR,
    generate_people,
)
from simulator.randomness import FloatArray, IntArray, Streams
from simulator.records import STATUSES, UNAUTHORIZED, BoolArray, People, Relationship
from simulator.reference import tables
from tests.population.world import (
    assert_share,
    changed_world,
    heads_of,
    sample_of,
    small_sample,
    small_world,
)

HISPANIC = tables.NAME_GROUPS.index("hispanic")
RATE = st.floats(0.0, 1.0)


@pytest.fixture(scope="module")
def people() -> People:
    return small_world().people


def by_head(people: People) -> np.ndarray:
    """Return the rows of heads of household."""
    return np.flatnonzero(people.member == 0)


def head_group(people: People) -> np.ndarray:
    """Return the name group of every household's head, one per household."""
    return np.asarray(tables.origins().name_group[people.origin[by_head(people)]])


def test_households_stand_in_order_head_first_and_complete(people: People) -> None:
    sample = small_world().sample.places
    head = by_head(people)
    np.testing.assert_array_equal(people.place[head], np.repeat(sample.rows, sample.households))
    np.testing.assert_array_equal(
        people.dwelling[head], np.concatenate([np.arange(count) for count in sample.households])
    )
    np.testing.assert_array_equal(np.diff(np.append(head, len(people))), people.size[head])
    expected = np.concatenate([np.arange(size) for size in people.size[head]])
    np.testing.assert_array_equal(people.member, expected)
    for column in ("place", "dwelling", "size", "years_since_move", "former_place"):
        values = getattr(people, column)
        np.testing.assert_array_equal(values, values[heads_of(people)])
    np.testing.assert_array_equal(people.former_dwelling, people.former_dwelling[heads_of(people)])


def test_relationships_fit_the_place_in_the_household(people: People) -> None:
    relationship, member = people.relationship, people.member
    np.testing.assert_array_equal(relationship == Relationship.HEAD, member == 0)
    assert (member[relationship == Relationship.PARTNER] == 1).all()
    head = heads_of(people)
    others = np.zeros(len(people), np.bool_)
    others[head[relationship == Relationship.HOUSEMATE]] = True
    family = np.isin(relationship, [Relationship.PARTNER, Relationship.CHILD])
    assert not others[head[family]].any()  # housemates are not mixed with families
    kinds = (
        Relationship.HEAD,
        Relationship.PARTNER,
        Relationship.CHILD,
        Relationship.HOUSEMATE,
    )
    assert {int(kind) for kind in np.unique(relationship)} == set(kinds)


def test_sizes_follow_the_zips_mean(people: People) -> None:
    assert people.size.min() == 1
    assert people.size.max() == LARGEST
    assert len(people) == pytest.approx(20_000, rel=0.02)
    national = (SIZE_SHARES * np.arange(1, LARGEST + 1)).sum() / SIZE_SHARES.sum()
    assert people.size[by_head(people)].mean() == pytest.approx(national, rel=0.1)
    frame, head = tables.zips(), by_head(people)
    mean = frame.population / frame.households
    # Regression through the ZIPs' means: the slope is 1 if sizes follow them.
    wanted = mean[people.place[head]]
    slope = np.polyfit(wanted, people.size[head], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.15)


def test_ages_fit_the_place_in_the_household(people: People) -> None:
    head = heads_of(people)
    age, head_age = people.age.astype(int), people.age[head].astype(int)
    adult = np.isin(
        people.relationship, [Relationship.HEAD, Relationship.PARTNER, Relationship.HOUSEMATE]
    )
    assert age[adult].min() >= 18
    assert age.max() <= 89
    partner = people.relationship == Relationship.PARTNER
    assert np.abs(age - head_age)[partner].max() <= 4
    child = people.relationship == Relationship.CHILD
    assert age[child].min() == 0
    assert age[child].max() == OLDEST_CHILD
    assert (head_age - age)[child].min() >= LEAST_GAP
    assert head_age[child].max() <= 62


def test_births_are_real_dates_that_give_the_age_on_the_reference_day(people: People) -> None:
    reference = date(2025, 4, 7)
    assert (reference.year, reference.timetuple().tm_yday) == (REFERENCE_YEAR, REFERENCE_DAY)
    for birth, age in zip(people.birth[:5000].tolist(), people.age[:5000].tolist(), strict=True):
        born = date(birth // 10_000, birth // 100 % 100, birth % 100)
        had_birthday = (reference.month, reference.day) >= (born.month, born.day)
        assert reference.year - born.year - (not had_birthday) == age
    days = people.birth % 10_000
    assert 229 not in days
    assert np.unique(days).size == 365
    assert_share(days <= 407, 97 / 365)


def test_statuses_are_possible_for_the_origin(people: People) -> None:
    origins = tables.origins()
    native = ~origins.foreign_born[people.origin]
    np.testing.assert_array_equal(native, people.status == STATUSES.index("native_born_citizen"))
    assert (origins.status_shares[people.origin, people.status] > 0).all()
    assert set(people.status.tolist()) == set(range(len(STATUSES)))


def test_heads_have_the_status_mix_of_their_origin(people: People) -> None:
    origins, head = tables.origins(), by_head(people)
    mexico = origins.names.index("mexico")
    for status in range(1, len(STATUSES)):
        statuses = people.status[head][people.origin[head] == mexico]
        assert_share(statuses == status, origins.status_shares[mexico, status])


def test_partners_share_origin_and_status_at_the_stated_rates() -> None:
    people = changed_world(
        population={"partner_same_origin": 1.0, "partner_same_status": 1.0}
    ).people
    couple = np.flatnonzero(people.relationship == Relationship.PARTNER)
    head = heads_of(people)[couple]
    np.testing.assert_array_equal(people.origin[couple], people.origin[head])
    np.testing.assert_array_equal(people.status[couple], people.status[head])
    assert (people.status[couple] == UNAUTHORIZED).any()


def test_a_higher_rate_keeps_every_partner_of_the_same_origin() -> None:
    same = []
    for rate in (0.0, 0.4, 0.8, 1.0):
        people = changed_world(population={"partner_same_origin": rate}).people
        couple = np.flatnonzero(people.relationship == Relationship.PARTNER)
        same.append(people.origin[couple] == people.origin[heads_of(people)[couple]])
    for low, high in itertools.pairwise(same):
        assert (low <= high).all()
    assert same[0].mean() < same[1].mean() < same[2].mean()


def test_children_of_the_foreign_born_are_native_at_the_stated_rate() -> None:
    origins = tables.origins()
    for rate in (0.0, 0.85, 1.0):
        people = changed_world(population={"native_born_children": rate}).people
        head = heads_of(people)
        child = people.relationship == Relationship.CHILD
        abroad = child & origins.foreign_born[people.origin[head]]
        native = ~origins.foreign_born[people.origin[abroad]]
        assert_share(native, rate)
        np.testing.assert_array_equal(
            origins.name_group[people.origin[child]], origins.name_group[people.origin[head[child]]]
        )
        born_abroad = abroad & origins.foreign_born[people.origin]
        np.testing.assert_array_equal(people.status[born_abroad], people.status[head[born_abroad]])
        at_home = child & ~origins.foreign_born[people.origin[head]]
        np.testing.assert_array_equal(people.origin[at_home], people.origin[head[at_home]])


def test_name_groups_follow_the_zips_composition(people: People) -> None:
    """Heads by group against the expected number over ZIPs: z within 4.5."""
    places = small_world().sample.places
    shares = tables.zips().group_shares[places.rows]
    expected = places.households @ shares
    variance = places.households @ (shares * (1.0 - shares))
    counted = np.bincount(head_group(people), minlength=5)
    assert (np.abs(counted - expected) < 4.5 * np.sqrt(variance)).all()


def test_residents_of_each_group_are_foreign_born_about_as_often_as_in_the_nation(
    people: People,
) -> None:
    """The mix of heads is raised so that residents, children included, come out right."""
    origins = tables.origins()
    group = origins.name_group[people.origin]
    abroad = origins.foreign_born[people.origin]
    for name in ("white", "hispanic", "api"):
        code = tables.NAME_GROUPS.index(name)
        members = origins.name_group == code
        nation = np.average(origins.foreign_born[members], weights=origins.population[members])
        assert abroad[group == code].mean() == pytest.approx(nation, abs=0.05)


@pytest.mark.parametrize("years", [1, 2, 5, 10])
def test_households_stay_for_k_years_with_chance_1_minus_m_to_the_k(
    people: People, years: int
) -> None:
    part = small_world().scenario.population
    stayed = people.years_since_move[by_head(people)] >= years
    hispanic = head_group(people) == HISPANIC
    assert_share(stayed[~hispanic], (1.0 - part.annual_move_rate) ** years)
    rate = part.annual_move_rate * part.hispanic_move_ratio
    assert_share(stayed[hispanic], (1.0 - rate) ** years)


def recency(people: People, rows: IntArray) -> FloatArray:
    return last_move_recency(people, rows, rng=small_world().rng)


def test_recency_ranks_households_by_the_year_of_their_move(people: People) -> None:
    """Below 1 - (1 - m)^t stand exactly those who moved within the last t years."""
    part, ranks = small_world().scenario.population, recency(people, np.arange(len(people)))
    hispanic = (tables.origins().name_group[people.origin] == HISPANIC)[heads_of(people)]
    rate = part.annual_move_rate * np.where(hispanic, part.hispanic_move_ratio, 1.0)
    for years in range(1, 20):
        np.testing.assert_array_equal(
            ranks < 1.0 - (1.0 - rate) ** years, people.years_since_move < years
        )
    np.testing.assert_array_equal(ranks, ranks[heads_of(people)])


def test_recency_is_uniform_and_does_not_depend_on_who_is_asked_for(people: People) -> None:
    whole = recency(people, np.arange(len(people)))
    assert stats.kstest(whole[by_head(people)], "uniform").pvalue > 1e-6
    rows = np.random.default_rng(5).permutation(len(people))[:300]
    np.testing.assert_array_equal(recency(people, rows), whole[rows])
    restless = changed_world(population={"annual_move_rate": 0.9}).people
    np.testing.assert_array_equal(recency(restless, rows), whole[rows])


def test_nobody_moves_or_everybody_does() -> None:
    still = changed_world(population={"annual_move_rate": 0.0}).people
    assert (still.years_since_move == MOST_YEARS).all()
    restless = changed_world(population={"annual_move_rate": 1.0}).people
    assert (restless.years_since_move == 0).all()


@settings(max_examples=25, deadline=None)
@given(rates=st.tuples(RATE, RATE).map(sorted), ratio=st.floats(0.0, 5.0))
def test_whoever_had_moved_still_has_when_the_rate_rises(rates: list[float], ratio: float) -> None:
    less, more = (
        changed_world(population={"annual_move_rate": rate, "hispanic_move_ratio": ratio}).people
        for rate in rates
    )
    assert (more.years_since_move <= less.years_since_move).all()
    np.testing.assert_array_equal(more.former_place, less.former_place)
    np.testing.assert_array_equal(more.former_dwelling, less.former_dwelling)
    for column in ("birth", "sex", "origin", "status"):
        np.testing.assert_array_equal(getattr(more, column), getattr(less, column))


def test_former_homes_are_other_dwellings_of_the_sample(people: People) -> None:
    places = small_world().sample.places
    households = np.zeros(tables.zips().zip.size, np.int64)
    households[places.rows] = places.households
    assert (people.former_dwelling >= 0).all()
    assert (people.former_dwelling < households[people.former_place]).all()
    same = (people.former_place == people.place) & (people.former_dwelling == people.dwelling)
    nowhere_else = (households[people.place] == 1) & (people.former_place == people.place)
    assert not same[~nowhere_else].any()


def zip_shares() -> FloatArray:
    """Return the share of each group's households in each ZIP, (groups, ZIPs), from the frame."""
    places = small_sample().places
    members = places.households[:, None] * tables.zips().group_shares[places.rows]
    return np.asarray((members / members.sum(axis=0)).T)


def assert_sum(hits: BoolArray, chances: FloatArray) -> None:
    """Assert that independent trials, each with its own chance, succeed as often: z within 4.5."""
    deviation = float(hits.sum() - chances.sum())
    assert abs(deviation) <= 4.5 * float(np.sqrt((chances * (1.0 - chances)).sum()))


@pytest.mark.parametrize("group", ["white", "black", "hispanic", "api"])
def test_moves_come_from_where_households_of_the_group_live(group: str) -> None:
    people = changed_world(population={"same_zip_move_share": 0.0}).people
    code = tables.NAME_GROUPS.index(group)
    former = people.former_place[by_head(people)][head_group(people) == code]
    assert former.size > 300
    for row, share in zip(small_sample().places.rows, zip_shares()[code], strict=True):
        assert_share(former == row, float(share))


def test_hispanic_households_come_from_more_hispanic_zips() -> None:
    """The mean Hispanic share of former ZIPs is that of the weights, for Hispanics and others."""
    places = small_sample().places
    people = changed_world(population={"same_zip_move_share": 0.0}).people
    hispanic = tables.zips().group_shares[:, HISPANIC]
    former = hispanic[people.former_place[by_head(people)]]
    group = head_group(people)
    means = {}
    for name in ("hispanic", "white"):
        code = tables.NAME_GROUPS.index(name)
        weights, here = zip_shares()[code], hispanic[places.rows]
        expected = float(weights @ here)
        spread = float(np.sqrt(weights @ (here - expected) ** 2))
        drawn = former[group == code]
        assert abs(drawn.mean() - expected) < 4.5 * spread / np.sqrt(drawn.size)
        means[name] = drawn.mean()
    by_households = float(places.households @ hispanic[places.rows] / places.households.sum())
    assert means["hispanic"] > by_households + 0.1
    assert means["white"] < by_households - 0.02


def test_moves_stay_in_the_zip_at_the_stated_rate() -> None:
    places = small_world().sample.places
    in_zip = {}
    for rate in (0.0, 0.3, 1.0):
        people = changed_world(population={"same_zip_move_share": rate}).people
        head = by_head(people)
        in_zip[rate] = people.former_place[head] == people.place[head]
        # The ZIP drawn for a move from elsewhere may be the own one.
        own = np.repeat(np.arange(places.rows.size), places.households)
        by_chance = zip_shares()[head_group(people), own]
        assert_sum(in_zip[rate], rate + (1.0 - rate) * by_chance)
    assert (in_zip[0.0] <= in_zip[0.3]).all()
    assert (in_zip[0.3] <= in_zip[1.0]).all()


def test_a_zip_of_one_household_can_be_lived_in() -> None:
    frame = tables.zips()
    rows = np.flatnonzero(frame.households == 1)[:1]
    alone = sample_of(rows, np.array([1]))
    people = generate_people(
        alone.places, alone, small_world().scenario.population, rng=Streams(1, 0)
    )
    assert (people.dwelling == 0).all()
    assert (people.former_dwelling == 0).all()
    assert people.size[0] == len(people)
