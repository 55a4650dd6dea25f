"""Names of a generated population: whose they are, and that nothing but people decides on them."""

import numpy as np
import pytest

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.population.alias import CLASSES
from simulator.population.names import DRAWS_OF_A_NAME, HISPANIC, draw_names, generate_names
from simulator.population.people import generate_people
from simulator.population.places import draw_sample, shards
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import Names, Relationship
from simulator.reference import tables
from simulator.reference.tables import Bearers
from simulator.scenario.schema import NamesPart, Scenario
from tests.ladder import agreement
from tests.population.homes import FEMALE, FIELDS, MALE, Member, code, homes, names_of
from tests.population.world import SEED, assert_share, changed_world, small_world

BIRTH = 19800615
MEXICAN = Member(Relationship.HEAD, FEMALE, 1980, "mexico")


def assert_equal(found: Names, wanted: Names) -> None:
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))


def rows_of(names: Names, rows: IntArray) -> Names:
    return Names(**{name: getattr(names, name)[rows] for name in FIELDS})


@pytest.mark.parametrize("rows", ["some", "one", "backwards", "none"])
def test_a_name_does_not_depend_on_which_rows_are_asked_for(rows: str) -> None:
    world = small_world()
    count = len(world.people)
    asked = {
        "some": np.random.default_rng(1).permutation(count)[:500],
        "one": np.array([count - 1]),
        "backwards": np.arange(count)[::-1],
        "none": np.empty(0, np.int64),
    }[rows]
    found = generate_names(world.people, world.scenario.names, asked, rng=world.rng)
    assert_equal(found, rows_of(world.names, asked))


def test_everybody_has_names_and_two_surnames_by_the_custom_of_their_origin() -> None:
    people, names = small_world().people, small_world().names
    assert (names.given != ABSENT).all()
    assert (names.surname_1 != ABSENT).all()
    custom = np.array(tables.origins().surname_custom)[people.origin]
    np.testing.assert_array_equal(names.surname_2 != ABSENT, custom != "one")
    hispanic = tables.origins().name_group[people.origin] == HISPANIC
    assert (custom[hispanic] == "paternal_maternal").all()
    assert hispanic.sum() > 2_000


@pytest.mark.parametrize(
    "field",
    sorted(set(NamesPart.model_fields) - {"double_surname_share", "middle_name"}),
)
def test_a_rate_changes_no_name_it_is_not_about(field: str) -> None:
    """Raising a rate leaves most names alone, and those of people living alone but for its own."""
    people = small_world().people
    low, high = (changed_world(names={field: rate}).names for rate in (0.1, 0.2))
    changed = np.zeros(len(people), np.bool_)
    for name in FIELDS:
        changed |= getattr(low, name) != getattr(high, name)
    assert changed.mean() < 0.15
    if field not in ("given_surname_dependence", "child_named_after_parent", "suffix_share"):
        assert not changed[people.size == 1].any()


def mass_by_class(bearers: Bearers) -> FloatArray:
    """Return the part of every name's share that lies in each class, shape (names, classes)."""
    order = np.argsort(-bearers.people, kind="stable")
    ends = np.empty(order.size)
    ends[order] = np.cumsum(bearers.people[order]) / bearers.people.sum()
    starts = ends - bearers.people / bearers.people.sum()
    edges = np.arange(CLASSES + 1) / CLASSES
    inside = np.minimum(ends[:, None], edges[1:]) - np.maximum(starts[:, None], edges[:-1])
    return np.asarray(np.clip(inside, 0.0, None))


@pytest.mark.parametrize("dependence", [0.0, 0.5, 1.0])
def test_given_names_follow_surnames_by_the_closed_form_and_keep_their_shares(
    dependence: float,
) -> None:
    """P(given, surname) = (1 - d) p q + d K sum over K classes of their parts of p and q."""
    (names,) = names_of(homes(MEXICAN, count=60_000), given_surname_dependence=dependence)
    given = tables.given_names().foreign(code("mexico"), FEMALE)
    surname = tables.surnames().by_origin[code("mexico")]
    p, q = mass_by_class(given), mass_by_class(surname)
    given_codes = lexicon.names().given_codes[given.rows]
    surname_codes = lexicon.names().surname_codes[surname.rows]
    for i in np.argsort(-given.people)[[0, 1, 5, 60]]:
        has_given = names.given == given_codes[i]
        assert_share(has_given, float(p[i].sum()))  # whatever the dependence
        for j in np.argsort(-surname.people)[[0, 1, 20, 200]]:
            apart, together = p[i].sum() * q[j].sum(), CLASSES * (p[i] * q[j]).sum()
            pair = has_given & (names.surname_1 == surname_codes[j])
            assert_share(pair, float((1.0 - dependence) * apart + dependence * together))


def test_common_surnames_go_with_common_given_names() -> None:
    people = homes(MEXICAN, count=60_000)
    surnames = tables.surnames().by_origin[code("mexico")]
    commonest = lexicon.names().surname_codes[surnames.rows[np.argmax(surnames.people)]]
    maria = lexicon.names().lexicon.texts.index("MARIA")
    rates = []
    for dependence in (0.0, 0.3, 1.0):
        (names,) = names_of(people, given_surname_dependence=dependence)
        rates.append((names.given[names.surname_1 == commonest] == maria).mean())
    assert rates[0] < 0.8 * rates[1] < 0.5 * rates[2]


def concentration(codes: np.ndarray) -> float:
    """Return the unbiased estimate of sum p^2: the share of pairs that agree."""
    counts = np.unique(codes, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1.0)).sum() / (codes.size * (codes.size - 1.0)))


def departed(origin: str, count: int, part: NamesPart, replicate: int = 0) -> Names:
    """Return the names of people of one origin who belong to no household."""
    rng, records = Streams(5, replicate), np.arange(count)
    draws = np.concatenate([rng.table(Stage.NAME, slot, records) for slot in (0, 1)])
    men, births = np.full(count, MALE), np.full(count, BIRTH)
    return draw_names(np.full(count, code(origin)), men, births, draws[:DRAWS_OF_A_NAME], part)


@pytest.mark.parametrize("origin", ["mexico", "us_white"])
def test_drawn_surnames_concentrate_as_the_table_does(origin: str) -> None:
    """Twenty draws of 100,000 people, to within 3% of sum p^2; 10% off would not pass."""
    bearers = tables.surnames().by_origin[code(origin)].people
    theory = float(((bearers / bearers.sum()) ** 2).sum())
    drawn = [departed(origin, 100_000, NamesPart(), replicate) for replicate in range(20)]
    first = np.array([concentration(names.surname_1) for names in drawn])
    agreement(first, theory, detectable=0.03)
    with pytest.raises(AssertionError, match="theory"):
        agreement(first, 1.1 * theory, detectable=0.03)
    if origin == "mexico":
        second = np.array([concentration(names.surname_2) for names in drawn])
        agreement(second, theory, detectable=0.03)
    else:
        assert all((names.surname_2 == ABSENT).all() for names in drawn)


def test_surnames_in_households_concentrate_as_the_table_does() -> None:
    found = []
    for origin in ("us_white", "mexico"):
        (names,) = names_of(homes(Member(Relationship.HEAD, MALE, origin=origin), count=60_000))
        bearers = tables.surnames().by_origin[code(origin)].people
        theory = float(((bearers / bearers.sum()) ** 2).sum())
        assert concentration(names.surname_1) == pytest.approx(theory, rel=0.03)
        found.append(theory)
    assert found[1] > 3 * found[0], "the test tells origins apart"


def test_nobody_bears_a_surname_that_the_lists_of_the_own_group_lack() -> None:
    people, names = small_world().people, small_world().names
    group = tables.origins().name_group[people.origin]
    for number in range(len(tables.NAME_GROUPS)):
        lists = [
            bearers.rows
            for bearers, of in zip(
                tables.surnames().by_origin, tables.origins().name_group, strict=True
            )
            if of == number
        ]
        known = np.append(lexicon.names().surname_codes[np.concatenate(lists)], ABSENT)
        assert np.isin(names.surname_1[group == number], known).all()
        assert np.isin(names.surname_2[group == number], known).all()


def test_surnames_of_every_group_concentrate_as_its_lists_do() -> None:
    """A million people, sum p^2 to within 4%; handed on between groups, Asian names miss by 7%.

    The lists are weighed by who hands a surname on: children and grandchildren born here bear that
    of a head of household born elsewhere.
    """
    rng, sample = Streams(SEED, 0), draw_sample(1_000_000, 1.0, rng=Streams(SEED, 0))
    surnames, origin = tables.surnames(), tables.origins()
    lines = np.zeros(len(origin.names))
    borne = np.zeros((len(tables.NAME_GROUPS), lexicon.names().lexicon.size))
    for places in shards(sample):
        people = generate_people(places, sample, Scenario().population, rng=rng)
        names = generate_names(people, NamesPart(), np.arange(len(people)), rng=rng)
        descends = np.isin(people.relationship, (Relationship.CHILD, Relationship.GRANDCHILD))
        from_head = people.origin[np.arange(len(people)) - people.member]
        lines += np.bincount(np.where(descends, from_head, people.origin), minlength=lines.size)
        np.add.at(borne, (origin.name_group[people.origin], names.surname_1), 1.0)
    listed = np.zeros(borne.shape[1], np.bool_)
    listed[lexicon.names().surname_codes[~surnames.synthetic]] = True
    expected = np.zeros(borne.shape)
    for number, bearers in enumerate(surnames.by_origin):
        codes = lexicon.names().surname_codes[bearers.rows]
        expected[origin.name_group[number], codes] += (
            lines[number] * bearers.people / bearers.people.sum()
        )
    for group in range(borne.shape[0] - 1):  # the fifth, other, has 30,000 people
        counts, mix = borne[group, listed], expected[group, listed]
        same = (counts * (counts - 1.0)).sum() / (counts.sum() * (counts.sum() - 1.0))
        assert same == pytest.approx(((mix / mix.sum()) ** 2).sum(), rel=0.04)


def test_people_from_elsewhere_take_the_names_of_their_origin_and_sex() -> None:
    for origin in ("guatemala", "china", "brazil", "us_black"):
        names = departed(origin, 3_000, NamesPart())
        given = tables.given_names()
        men = (
            given.native(1, MALE, 5) if origin == "us_black" else given.foreign(code(origin), MALE)
        )
        assert np.isin(names.given, lexicon.names().given_codes[men.rows]).all()
        surnames = lexicon.names().surname_codes[tables.surnames().by_origin[code(origin)].rows]
        assert np.isin(names.surname_1, surnames).all()
        two = tables.origins().surname_custom[code(origin)] != "one"
        assert ((names.surname_2 != ABSENT) == two).all()
        assert (names.suffix == 0).all()


def test_people_from_elsewhere_have_middle_names_and_dependence_at_the_rates() -> None:
    rates = {"us_born": 0, "latin_american": 0.4, "east_asian": 0, "elsewhere": 0}
    part = NamesPart.model_validate({"middle_name": rates, "given_surname_dependence": 1.0})
    names = departed("mexico", 20_000, part)
    assert_share((names.middle != ABSENT)[names.middle != names.given], 0.4)
    independent = departed("mexico", 20_000, NamesPart(given_surname_dependence=0.0))
    np.testing.assert_array_equal(names.surname_1, independent.surname_1)
    pairs = [each.given.astype(np.int64) << 32 | each.surname_1 for each in (names, independent)]
    assert concentration(pairs[0]) > 3 * concentration(pairs[1])
