"""How the roll writes names: each departure at its rate, nested, and none of another's."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import lexicon, relations
from simulator.lexicon import ABSENT, HYPHENATED, RUN_TOGETHER
from simulator.population.filed_names import (
    fathers_of_juniors,
    filed_name_styles,
    filed_names,
)
from simulator.records import (
    BoolArray,
    Int8Array,
    Int32Array,
    Names,
    People,
    Relationship,
    Suffix,
    taken,
)
from simulator.reference import tables
from simulator.relations import Relation
from simulator.scenario.schema import NamesAsFiled
from tests.population.world import assert_share, small_world

RATE = st.floats(0.0, 1.0)
AS_BORNE = dict.fromkeys(NamesAsFiled.model_fields, 0.0) | {"double_surname_share": 1.0}
COLUMNS = tuple(field.name for field in fields(Names))
SOME_GIVEN = ("MOHAMED", "MARYANN", "SERGEI", "JOSE", "WILLIAM", "DAVID")
SOME_SURNAMES = ("DELACRUZ", "LEE", "GONZALEZ", "DELEON", "LI", "CHEN")


def part(**rates: float) -> NamesAsFiled:
    """Return names as people bear them, but for the rates given."""
    return NamesAsFiled.model_validate(AS_BORNE | rates)


def people() -> People:
    return small_world().people


def codes(names: tuple[str, ...]) -> Int32Array:
    return np.array([lexicon.names().lexicon.texts.index(name) for name in names], dtype=np.int32)


@cache
def borne() -> Names:
    """Return names in which every departure finds something to strike."""
    own, rows = small_world().names, np.arange(len(small_world().names))
    return Names(
        given=np.where(rows % 5 == 0, codes(SOME_GIVEN)[rows // 5 % len(SOME_GIVEN)], own.given),
        middle=np.where(rows % 3 == 0, ABSENT, own.given[::-1]),
        surname_1=np.where(
            rows % 7 == 0, codes(SOME_SURNAMES)[rows // 7 % len(SOME_SURNAMES)], own.surname_1
        ),
        surname_2=own.surname_2,
        suffix=np.where(rows % 4 == 0, Suffix.JUNIOR, Suffix.NONE).astype(np.int8),
    )


def filed(rates: NamesAsFiled, rows: np.ndarray | None = None) -> Names:
    everybody = np.arange(len(people())) if rows is None else rows
    return filed_names(borne(), people(), rates, everybody, rng=small_world().rng)


def differs(left: Names, right: Names) -> BoolArray:
    unlike = np.zeros(len(left), np.bool_)
    for column in COLUMNS:
        unlike = unlike | (getattr(left, column) != getattr(right, column))
    return unlike


def has_two() -> BoolArray:
    return np.asarray(borne().surname_2 != ABSENT)


def has_middle() -> BoolArray:
    return np.asarray(borne().middle != ABSENT)


def has_form(known: Callable[[], Relation], *columns: str) -> Callable[[], BoolArray]:
    """Return the test for names with a related form in one of the columns."""

    def test() -> BoolArray:
        some = np.diff(known().starts) > 0
        held = [getattr(borne(), column) for column in columns]
        return np.asarray(np.logical_or.reduce([some[code] & (code != ABSENT) for code in held]))

    return test


def may_swap(*, family_name_first: bool) -> Callable[[], BoolArray]:
    def test() -> BoolArray:
        names, first = borne(), tables.origins().family_name_first[people().origin]
        may = relations.may_be_given()[names.surname_1] & relations.may_be_surname()[names.given]
        return np.asarray(may & (first == family_name_first) & (names.given != names.surname_1))

    return test


@dataclass(frozen=True)
class Case:
    """A rate, the columns it may change and whom it can strike."""

    rate: str
    columns: tuple[str, ...]
    can_strike: Callable[[], BoolArray]


BOTH = ("surname_1", "surname_2")
CASES = (
    Case("goes_by_middle", ("given", "middle"), has_middle),
    Case("nickname", ("given",), has_form(relations.nicknames, "given")),
    Case("given_shortened", ("given",), has_form(relations.first_parts, "given")),
    Case("given_romanised", ("given",), has_form(relations.given_romanisations, "given")),
    Case("surname_romanised", BOTH, has_form(relations.surname_romanisations, *BOTH)),
    Case("particle_dropped", BOTH, has_form(relations.without_particle, *BOTH)),
    Case("given_misspelt", ("given",), has_form(relations.given_slips, "given")),
    Case("names_swapped", ("given", "surname_1"), may_swap(family_name_first=False)),
    Case(
        "names_swapped_family_name_first", ("given", "surname_1"), may_swap(family_name_first=True)
    ),
    Case("middle_absent", ("middle",), has_middle),
    Case("middle_initial", ("middle",), has_form(relations.initials, "middle")),
    Case("suffix_left_out", ("suffix",), lambda: np.asarray(borne().suffix != Suffix.NONE)),
    Case(
        "senior_written",
        ("suffix",),
        lambda: fathers_of_juniors(borne(), people()) & (borne().suffix == Suffix.NONE),
    ),
)
OF_STYLES = {"names_run_together": RUN_TOGETHER, "surnames_hyphenated": HYPHENATED}
OF_SURNAMES = ("double_surname_share", "second_surname_alone", "surname_misspelt")
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rate)


def test_every_rate_has_a_case() -> None:
    found = {case.rate for case in CASES} | set(OF_SURNAMES) | set(OF_STYLES)
    assert found == set(NamesAsFiled.model_fields)


def test_without_departures_names_are_filed_as_borne() -> None:
    assert not differs(filed(part()), borne()).any()


@EACH
def test_a_rate_of_1_strikes_all_it_can_and_other_parts_never(case: Case) -> None:
    struck = filed(part(**{case.rate: 1.0}))
    np.testing.assert_array_equal(differs(struck, borne()), case.can_strike())
    for column in set(COLUMNS) - set(case.columns):
        np.testing.assert_array_equal(getattr(struck, column), getattr(borne(), column))


@EACH
def test_departures_strike_at_their_rate(case: Case) -> None:
    struck = differs(filed(part(**{case.rate: 0.3})), borne())
    assert_share(struck[case.can_strike()], 0.3)


@settings(max_examples=60, deadline=None)
@given(case=st.sampled_from(CASES), rates=st.tuples(RATE, RATE).map(sorted))
def test_a_higher_rate_keeps_every_departure_as_it_was(case: Case, rates: list[float]) -> None:
    low, high = (filed(part(**{case.rate: rate})) for rate in rates)
    struck = differs(low, borne())
    assert (struck <= differs(high, borne())).all()
    assert not (struck & differs(low, high)).any()


def test_of_two_surnames_an_account_shows_both_the_fathers_or_the_mothers() -> None:
    rates = part(double_surname_share=0.2, second_surname_alone=0.25)
    names, two = filed(rates), has_two()
    unlike = two & (borne().surname_1 != borne().surname_2)
    assert_share(names.surname_2[two] != ABSENT, 0.2)
    single = unlike & (names.surname_2 == ABSENT)
    brazilian = people().origin == tables.origins().names.index("brazil")
    mothers = np.where(brazilian, borne().surname_1, borne().surname_2)
    fathers = np.where(brazilian, borne().surname_2, borne().surname_1)
    assert (single & brazilian).sum() > 20
    alone = names.surname_1 == mothers
    assert_share(alone[single], 0.25)
    np.testing.assert_array_equal(names.surname_1[single & ~alone], fathers[single & ~alone])
    usual = filed(part(double_surname_share=0.0))
    np.testing.assert_array_equal(usual.surname_1[unlike], fathers[unlike])
    more = filed(part(double_surname_share=0.6, second_surname_alone=0.25))
    assert ((names.surname_2 != ABSENT) <= (more.surname_2 != ABSENT)).all()


def test_a_slip_strikes_one_surname_and_leaves_a_surname() -> None:
    names, known = filed(part(surname_misspelt=1.0)), relations.surname_slips()
    first, second = (getattr(names, c) != getattr(borne(), c) for c in BOTH)
    assert not (first & second).any()
    some = np.diff(known.starts) > 0
    either = some[borne().surname_1] & some[borne().surname_2] & has_two()
    assert_share(second[either], 0.5)
    single = some[borne().surname_1] & ~has_two()
    assert first[single].all()
    assert_share(
        filed(part(surname_misspelt=0.3)).surname_1[single] != borne().surname_1[single], 0.3
    )


def test_every_field_of_the_roll_holds_what_is_searched_there() -> None:
    rates = NamesAsFiled.model_validate(dict.fromkeys(NamesAsFiled.model_fields, 0.5))
    names = filed(rates)
    assert relations.may_be_given()[names.given].all()
    assert relations.may_be_surname()[names.surname_1].all()
    shown = names.surname_2[names.surname_2 != ABSENT]
    assert relations.may_be_surname()[shown].all()
    assert (names.middle < lexicon.names().lexicon.size).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 15_000), min_size=1, max_size=20, unique=True))
def test_a_name_filed_does_not_depend_on_who_else_files(rows: list[int]) -> None:
    rates = NamesAsFiled.model_validate(dict.fromkeys(NamesAsFiled.model_fields, 0.5))
    chosen = np.array(rows, dtype=np.int64)
    assert not differs(filed(rates, chosen), taken(filed(rates), chosen)).any()


def test_fathers_of_juniors_are_parents_with_the_childs_given_name() -> None:
    world = small_world()
    names = replace(
        world.names,
        suffix=np.where(people().relationship == Relationship.CHILD, Suffix.JUNIOR, 0).astype(
            np.int8
        ),
    )
    found = np.flatnonzero(fathers_of_juniors(names, people()))
    expected = set()
    for row in np.flatnonzero(people().relationship == Relationship.CHILD):
        head = row - people().member[row]
        for parent in (head, head + 1):
            if (
                people().relationship[parent] != Relationship.CHILD
                and people().sex[parent] == people().sex[row]
                and names.given[parent] == names.given[row]
            ):
                expected.add(int(parent))
    assert set(found.tolist()) == expected
    assert len(expected) > 20
    assert not fathers_of_juniors(
        replace(names, suffix=np.zeros(len(names), np.int8)), people()
    ).any()


def styles(rates: NamesAsFiled, rows: np.ndarray | None = None) -> Int8Array:
    everybody = np.arange(len(people())) if rows is None else rows
    return filed_name_styles(people(), rates, everybody, rng=small_world().rng)


@pytest.mark.parametrize(("rate", "bit"), OF_STYLES.items())
def test_names_are_written_in_a_style_at_its_rate(rate: str, bit: int) -> None:
    assert not styles(part()).any()
    assert (styles(part(**{rate: 1.0})) == bit).all()
    some, more = (styles(part(**{rate: share})) for share in (0.3, 0.5))
    assert_share(some == bit, 0.3)
    assert (some <= more).all()
    both = styles(part(**dict.fromkeys(OF_STYLES, 0.5)))
    assert_share(both[both & bit == 0] != 0, 0.5)


def test_a_style_of_names_does_not_depend_on_who_else_files() -> None:
    rows = np.array([3, 900, 17])
    rates = part(**dict.fromkeys(OF_STYLES, 0.5))
    np.testing.assert_array_equal(styles(rates, rows), styles(rates)[rows])


def test_styles_of_names_are_nobodys_habit_and_of_no_other_decision() -> None:
    struck = differs(filed(part(nickname=0.5)), borne())
    can = has_form(relations.nicknames, "given")()
    together = styles(part(names_run_together=0.5)) == RUN_TOGETHER
    assert_share((struck == together)[can], 0.5)
