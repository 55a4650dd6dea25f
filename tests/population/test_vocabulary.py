"""Every origin, sex and decade draws from its own names, each at its share of bearers."""

import numpy as np
import pytest

from simulator import lexicon
from simulator.population.alias import CLASSES, AliasTables
from simulator.population.vocabulary import (
    COHORTS,
    SEXES,
    given_alias,
    given_table,
    surname_alias,
    vocabulary,
)
from simulator.randomness import FloatArray
from simulator.records import Relationship
from simulator.reference import tables
from simulator.reference.tables import Bearers
from tests.population.world import changed_world, heads_of, small_world

ORIGINS = tables.origins().names
FOREIGN = [name for name, born in zip(ORIGINS, tables.origins().foreign_born, strict=True) if born]


def probabilities(table: AliasTables, number: int) -> FloatArray:
    """Work out the chance of every lexicon code from the words of a table's cells."""
    chance = np.zeros(lexicon.names().lexicon.size)
    for at in range(number * CLASSES, (number + 1) * CLASSES):
        words = table.cells[table.starts[at] : table.starts[at + 1]].astype(object)
        own = (words >> 44).astype(np.int64)
        other = ((words >> 24) % 2**20).astype(np.int64)
        coin = (words % 2**24).astype(np.float64) / 2**24
        np.add.at(chance, own, coin / (words.size * CLASSES))
        np.add.at(chance, other, (1.0 - coin) / (words.size * CLASSES))
    return chance


def expected(bearers: Bearers, codes: np.ndarray) -> FloatArray:
    chance = np.zeros(lexicon.names().lexicon.size)
    chance[codes[bearers.rows]] = bearers.people / bearers.people.sum()
    return chance


def assert_same(found: FloatArray, wanted: FloatArray) -> None:
    """A cell's coin has 24 bits, so a chance may be off by 2^-25 of a cell for each of its cells.

    Rare names have one cell of a large class: they are exact to a millionth of themselves.
    """
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("origin", ["us_white", "us_hispanic", "mexico", "china", "brazil"])
def test_surname_tables_give_every_name_its_share(origin: str) -> None:
    number = ORIGINS.index(origin)
    wanted = expected(tables.surnames().by_origin[number], lexicon.names().surname_codes)
    assert_same(probabilities(surname_alias(), number), wanted)


@pytest.mark.parametrize(("group", "sex", "cohort"), [(0, 0, 0), (2, 1, 6), (4, 0, 9)])
def test_given_names_of_the_us_born_have_the_shares_of_their_decade(
    group: int, sex: int, cohort: int
) -> None:
    birth = (tables.COHORT_FIRST_YEARS[cohort] + 3) * 10_000 + 101
    native = ORIGINS.index(f"us_{tables.NAME_GROUPS[group]}")
    number = given_table(native, sex, birth, vocabulary())
    wanted = expected(tables.given_names().native(group, sex, cohort), lexicon.names().given_codes)
    assert_same(probabilities(given_alias(), number), wanted)


@pytest.mark.parametrize("origin", ["mexico", "korea", "middle_east_north_africa"])
@pytest.mark.parametrize("sex", range(SEXES))
def test_given_names_of_the_foreign_born_are_those_of_the_origin(origin: str, sex: int) -> None:
    number = ORIGINS.index(origin)
    wanted = expected(tables.given_names().foreign(number, sex), lexicon.names().given_codes)
    at = {given_table(number, sex, year * 10_000, vocabulary()) for year in (1935, 1988, 2024)}
    assert len(at) == 1, "whatever their age"
    assert_same(probabilities(given_alias(), at.pop()), wanted)


def test_everybody_finds_a_table_with_names() -> None:
    words = vocabulary()
    for origin in range(len(ORIGINS)):
        assert (
            words.surnames.starts[(origin + 1) * CLASSES] > words.surnames.starts[origin * CLASSES]
        )
        for sex in range(SEXES):
            for year in (1900, *tables.COHORT_FIRST_YEARS, 2030):
                at = given_table(origin, sex, year * 10_000 + 101, words) * CLASSES
                assert words.given.starts[at + CLASSES] > words.given.starts[at]


def test_tables_of_two_cells_are_never_confused() -> None:
    seen = {
        given_table(origin, sex, (1930 + 10 * cohort) * 10_000, vocabulary())
        for origin in range(len(ORIGINS))
        for sex in range(SEXES)
        for cohort in range(COHORTS)
    }
    natives = len(ORIGINS) - len(FOREIGN)
    assert len(seen) == natives * SEXES * COHORTS + len(FOREIGN) * SEXES


def test_old_names_are_borne_by_the_old() -> None:
    world = small_world()
    texts = lexicon.names().lexicon.texts
    native = ~tables.origins().foreign_born[world.people.origin]
    bearers = {
        name: world.people.age[native & (world.names.given == texts.index(name))]
        for name in ("LINDA", "EMMA", "NANCY", "TYLER")
    }
    assert min(ages.size for ages in bearers.values()) >= 10
    assert min(bearers["LINDA"].mean(), bearers["NANCY"].mean()) > 50
    assert max(bearers["EMMA"].mean(), bearers["TYLER"].mean()) < 35


def test_people_bear_names_of_their_origin_and_sex() -> None:
    """No given name has no bearers among people of that origin, sex and age; nor a surname."""
    people = small_world().people
    names = changed_world(names={"child_named_after_parent": 0.0}).names
    alone = people.size == 1  # nobody else's surname, of another origin, by marriage
    given = tables.given_names()
    cohort = np.clip((people.birth // 10_000 - 1930) // 10, 0, COHORTS - 1)
    for row in np.random.default_rng(3).choice(len(people), 2_000, replace=False):
        origin, sex = int(people.origin[row]), int(people.sex[row])
        if tables.origins().foreign_born[origin]:
            bearers = given.foreign(origin, sex)
        else:
            group = int(tables.origins().name_group[origin])
            bearers = given.native(group, sex, int(cohort[row]))
        assert names.given[row] in lexicon.names().given_codes[bearers.rows]
        if alone[row]:
            of_origin = tables.surnames().by_origin[origin].rows
            assert names.surname_1[row] in lexicon.names().surname_codes[of_origin]


def test_housemates_do_not_share_surnames() -> None:
    people, names = small_world().people, small_world().names
    other = np.flatnonzero(people.relationship == Relationship.HOUSEMATE)
    assert other.size > 300
    same = names.surname_1[other] == names.surname_1[heads_of(people)[other]]
    assert same.mean() < 0.01
