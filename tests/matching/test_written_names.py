"""Named agreements and the written form of names in the search, against its plain twin."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.lexicon import HYPHENATED, NAME_STYLES, RUN_TOGETHER
from simulator.matching import plain
from simulator.matching.agreement import FULL, NamedAgreement
from simulator.matching.linkage import name_address_pairs, prepare
from simulator.matching.tin_path import tin_pairs
from simulator.scenario.schema import MatchingPart
from tests.matching import samples
from tests.matching.samples import all_of, code, part, requests_table, roll_table, rows_of

Row = Mapping[str, int]
GIVEN = ("MARYANN", "MARYANNE", "ALMAROSA", "WILLIAM", "BILL", "WILL", "MOHAMED")
SURNAMES = ("DELACRUZ", "CRUZ", "OBRIEN", "GONZALEZ", "GONZALES", "THOMPSON", "TOMPSON", "DELEON")
SWITCHES = tuple(way.name.lower() for way in NamedAgreement)[1:]
DIFFERENTLY = int(NamedAgreement.DIFFERENTLY_WRITTEN)
small = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def named(
    rows: st.SearchStrategy[dict[str, int]], given: Sequence[str]
) -> st.SearchStrategy[dict[str, int]]:
    """Put names that agree in other ways than by spelling into rows."""
    surname = st.sampled_from(SURNAMES).map(code)
    names = st.fixed_dictionaries(
        {
            "given": st.sampled_from(given).map(code),
            "surname_1": surname,
            "surname_2": st.one_of(st.just(-1), surname),
        }
    )
    return st.builds(lambda row, own: {**row, **own}, rows, names)


def parts() -> st.SearchStrategy[MatchingPart]:
    """Draw how records are compared, with named agreements."""
    worth = st.sampled_from((None, 0.8, 0.9, 0.95, 1.0))
    ways = st.fixed_dictionaries(
        {"differently_written": st.sampled_from((0.8, 0.9, 1.0)), **dict.fromkeys(SWITCHES, worth)}
    )
    return st.builds(
        lambda how, worths: part(**(how.model_dump() | {"name_agreements": worths})),
        samples.parts(),
        ways,
    )


some_requests = st.lists(named(samples.requested(), (*GIVEN, "W")), min_size=1, max_size=5)
some_accounts = st.lists(named(samples.accounts(), GIVEN), min_size=3, max_size=12)


@small
@given(some_requests, some_accounts, parts())
def test_the_search_by_names_that_agree_in_any_way_equals_its_twin(
    asked: Sequence[Row], held: Sequence[Row], how: MatchingPart
) -> None:
    requests, roll = requests_table(asked), roll_table(held)
    prepared = prepare(requests, how, samples.search())
    found = name_address_pairs(prepared, np.arange(len(requests)), roll, how)
    assert all_of(found) == plain.plain_pairs(requests, roll, how)


def agreements(asked: Row, held: Row, **how: object) -> list[tuple[int, int]]:
    """Return agreement of given name and surname of one request and one account, if a pair."""
    rules, roll = part(**how), roll_table([held])
    prepared = prepare(requests_table([asked]), rules, samples.search())
    found = name_address_pairs(prepared, np.array([0]), roll, rules)
    return [(row[2], row[3]) for row in rows_of(found)]


UNLIKE = {"name_agreements": {"differently_written": 0.9}}


@pytest.mark.parametrize("styles", list(product(range(NAME_STYLES), repeat=2)))
def test_names_written_differently_are_told_apart_where_it_shows(styles: tuple[int, int]) -> None:
    differ = styles[0] ^ styles[1]
    asked, held = ({"name_style": style} for style in styles)
    apart = {"given": code("MARYANN"), "surname_1": code("DELACRUZ")}
    expected = DIFFERENTLY if differ & RUN_TOGETHER else FULL
    assert agreements(asked | apart, held | apart, **UNLIKE) == [(expected, expected)]
    double = {"surname_2": code("GONZALEZ")}
    expected = DIFFERENTLY if differ & HYPHENATED else FULL
    assert agreements(asked | double, held | double, **UNLIKE) == [(FULL, expected)]
    assert agreements(asked | double, held, **UNLIKE) == [(FULL, FULL)], "one shows one"
    both = apart | double
    expected = DIFFERENTLY if differ else FULL
    assert agreements(asked | both, held | both, **UNLIKE)[0][1] == expected
    for row in ({}, apart, double, both):
        assert agreements(asked | row, held | row) == [(FULL, FULL)], "normalised by default"


def test_the_same_letters_written_differently_are_no_other_agreement() -> None:
    """What counts is how they are written, even where their sound would count for more."""
    asked, held = ({"surname_1": code("DELACRUZ"), "name_style": style} for style in (0, 1))
    ways = {"differently_written": 0.85, "nysiis": 1.0}
    assert agreements(asked, held, name_agreements=ways) == [(FULL, DIFFERENTLY)]


def test_names_are_told_apart_on_the_path_by_number_at_the_name_threshold() -> None:
    asked, held = (
        {"surname_1": code("DELACRUZ"), "name_style": style, "tin": 7} for style in (0, 1)
    )
    for check, expected in (("name_threshold", DIFFERENTLY), ("name_control", FULL)):
        how = part(tin_path=True, tin_name_check=check, **UNLIKE)
        roll, requests = roll_table([held]), requests_table([asked])
        found = tin_pairs(prepare(requests, how, samples.search()), np.array([0]), roll, how)
        assert found.surname.tolist() == [expected]
        assert all_of(found) == plain.plain_tin_pairs(requests, roll, how)
