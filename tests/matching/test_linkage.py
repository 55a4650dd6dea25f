"""The pair kernel against its plain twin, and what must hold of the pairs it returns."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.matching.linkage import name_address_pairs, name_search, prepare
from simulator.matching.plain import plain_pairs
from simulator.records import CandidatePairs, Role, Suffix
from simulator.scenario.schema import BlockingKey, MatchingPart, SurnameTokens
from tests.matching import samples
from tests.matching.samples import all_of, code, part, requests_table, roll_table, rows_of, street

Rows = Sequence[Mapping[str, int]]
# The first draw reads the lexicon, which is no fault of the strategy.
small = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
some_requests = st.lists(samples.requested(), min_size=3, max_size=6)
some_accounts = st.lists(samples.accounts(), min_size=8, max_size=14)


def pairs_of(asked: Rows, held: Rows, how: MatchingPart) -> CandidatePairs:
    requests, roll = requests_table(asked), roll_table(held)
    prepared = prepare(requests, how, samples.search())
    return name_address_pairs(prepared, np.arange(len(requests)), roll, how)


def test_the_random_tables_hold_pairs_of_every_level() -> None:
    """Show that the test above is not satisfied by empty tables."""
    rng = np.random.default_rng(5)
    asked = [
        {
            "given": code(str(rng.choice(samples.GIVEN))),
            "surname_1": code(str(rng.choice(samples.SURNAMES))),
            "surname_2": code(str(rng.choice(samples.SURNAMES))) if rng.random() < 0.5 else ABSENT,
            "birth": int(rng.choice(samples.BIRTHS)),
            "place": int(rng.choice(samples.places())),
            "street": street(str(rng.choice(samples.STREETS))),
            "number": int(rng.choice((12, 14, 21))),
            "unit": int(rng.choice((0, 1, 2))),
        }
        for _ in range(120)
    ]
    pairs = pairs_of(asked[:40], asked[40:], part(street_similarity=0.8))
    assert all_of(pairs) == plain_pairs(
        requests_table(asked[:40]), roll_table(asked[40:]), part(street_similarity=0.8)
    )
    assert len(pairs) > 200
    assert set(pairs.birth.tolist()) == {1, 2, 3, 4, 5}
    assert set(pairs.address.tolist()) == set(range(1, 10))
    assert {87, 92, 95, 100} <= set(pairs.surname.tolist())


@small
@given(some_requests, some_accounts, samples.parts(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    asked: Rows, held: Rows, how: MatchingPart, random: object
) -> None:
    shuffle = random.sample  # type: ignore[attr-defined]  # a random.Random
    new_asked, new_held = (
        shuffle(range(len(asked)), len(asked)),
        shuffle(range(len(held)), len(held)),
    )
    found = rows_of(pairs_of([asked[i] for i in new_asked], [held[i] for i in new_held], how))
    renamed = sorted((new_asked[r], new_held[a], *levels) for r, a, *levels in found)
    assert renamed == rows_of(pairs_of(asked, held, how))


@small
@given(some_requests, some_accounts, samples.parts(), st.data())
def test_only_active_requests_are_matched(
    asked: Rows, held: Rows, how: MatchingPart, data: st.DataObject
) -> None:
    active = [row for row in range(len(asked)) if data.draw(st.booleans())]
    requests, roll = requests_table(asked), roll_table(held)
    prepared = prepare(requests, how, samples.search())
    found = rows_of(name_address_pairs(prepared, np.array(active, dtype=np.int64), roll, how))
    assert found == [row for row in rows_of(pairs_of(asked, held, how)) if row[0] in active]


def test_unique_people_written_without_error_meet_themselves_alone() -> None:
    people = [
        {"given": code(given), "surname_1": code(surname), "number": 2 * number}
        for number, (given, surname) in enumerate(
            zip(("MARIA", "JOSE", "AL"), ("GARCIA", "LOPEZ", "LI"), strict=True)
        )
    ]
    assert rows_of(pairs_of(people, people, part())) == [
        (row, row, 100, 100, 5, 9) for row in range(3)
    ]


def test_a_roll_without_accounts_and_a_list_without_requests_give_no_pairs() -> None:
    assert len(pairs_of([{}], [], part())) == 0
    assert len(pairs_of([], [{}], part())) == 0


@pytest.mark.parametrize(
    ("asked", "held", "tokens", "surname"),
    [
        (("GARCIA", "LOPEZ"), ("LOPEZ", "GARCIA"), SurnameTokens.BEST, 100),
        (("GARCIA", "LOPEZ"), ("LOPEZ", "GARCIA"), SurnameTokens.FIRST, None),
        (("GARCIA", "LOPEZ"), ("LOPEZ", None), SurnameTokens.BEST, 100),
        (("GARCIA", "LOPEZ"), ("LOPEZ", None), SurnameTokens.FIRST, None),
        (("GARCIA", None), ("LOPEZ", "GARCIA"), SurnameTokens.BEST, 100),
        (("GARCIA", "LI"), ("GARCIA", "LOPEZ"), SurnameTokens.BEST, None),
        (("GARCIA", "LI"), ("GARCIA", "LOPEZ"), SurnameTokens.FIRST, 100),
        (("GARCIA", "GARCIA"), ("GARCIA", "GARCIA"), SurnameTokens.BEST, 100),
        (("GARCIA", "GARCIA"), ("GARCIA", "LOPEZ"), SurnameTokens.BEST, None),
    ],
)
def test_double_surnames(
    asked: tuple[str, str | None],
    held: tuple[str, str | None],
    tokens: SurnameTokens,
    surname: int | None,
) -> None:
    def row(names: tuple[str, str | None]) -> dict[str, int]:
        second = ABSENT if names[1] is None else code(names[1])
        return {"surname_1": code(names[0]), "surname_2": second}

    found = rows_of(pairs_of([row(asked)], [row(held)], part(surname_tokens=tokens)))
    assert found == ([] if surname is None else [(0, 0, 100, surname, 5, 9)])


def test_dependants_are_searched_only_when_the_scenario_says_so() -> None:
    held = [{"role": Role.DEPENDANT}, {"role": Role.SPOUSE}]
    assert [row[1] for row in rows_of(pairs_of([{}], held, part()))] == [1]
    both = part(search_dependants=True)
    assert [row[1] for row in rows_of(pairs_of([{}], held, both))] == [0, 1]


SAME: list[tuple[int, ...]] = [(0, 0, 100, 100, 5, 9)]
CONFLICT: list[tuple[int, ...]] = []


@pytest.mark.parametrize(
    ("asked", "held", "found"),
    [
        (Suffix.JUNIOR, Suffix.SENIOR, CONFLICT),
        (Suffix.JUNIOR, Suffix.THIRD, CONFLICT),
        (Suffix.JUNIOR, Suffix.JUNIOR, SAME),
        (Suffix.JUNIOR, Suffix.NONE, SAME),
        (Suffix.NONE, Suffix.SENIOR, SAME),
    ],
)
def test_different_suffixes_drop_a_pair_where_the_scenario_says_so(
    asked: Suffix, held: Suffix, found: list[tuple[int, ...]]
) -> None:
    left, right = [{"suffix": int(asked)}], [{"suffix": int(held)}]
    assert rows_of(pairs_of(left, right, part())) == SAME
    assert rows_of(pairs_of(left, right, part(middle_conflict_rejects=True))) == SAME
    assert rows_of(pairs_of(left, right, part(suffix_conflict_rejects=True))) == found


@pytest.mark.parametrize(
    ("asked", "held", "found"),
    [
        ("MARIA", "MARIO", CONFLICT),
        ("MARIA", "MARIA", SAME),
        ("MARIA", "M", SAME),
        ("M", "MARIO", SAME),
        ("M", "M", SAME),
        ("J", "MARIA", CONFLICT),
        ("JOSE", "M", CONFLICT),
        ("J", "M", CONFLICT),
        (None, "MARIA", SAME),
        ("J", None, SAME),
    ],
)
def test_middle_names_that_cannot_be_one_drop_a_pair_where_the_scenario_says_so(
    asked: str | None, held: str | None, found: list[tuple[int, ...]]
) -> None:
    left, right = ([{"middle": ABSENT if name is None else code(name)}] for name in (asked, held))
    assert rows_of(pairs_of(left, right, part())) == SAME
    assert rows_of(pairs_of(left, right, part(suffix_conflict_rejects=True))) == SAME
    assert rows_of(pairs_of(left, right, part(middle_conflict_rejects=True))) == found


def test_a_misspelt_middle_name_agrees_with_an_initial_alone() -> None:
    size = lexicon.names().lexicon.size
    names = [lexicon.names().lexicon.text(code("MARIA") + size * slot) for slot in range(17)]
    slot = next(k for k in range(1, 17) if names[k][0] == "M")
    asked, rejects = [{"middle": code("MARIA") + size * slot}], part(middle_conflict_rejects=True)
    assert rows_of(pairs_of(asked, [{"middle": code("M")}], rejects)) == SAME
    assert rows_of(pairs_of(asked, [{"middle": code("MARIA")}], rejects)) == CONFLICT


def test_addresses_in_different_styles_agree_by_their_zip_unless_standardised() -> None:
    held = [{"style": 0}, {"style": 1}, {"style": 1, "place": samples.places()[1]}]
    plain, raw = part(), part(addresses_standardised=False)
    assert [row[5] for row in rows_of(pairs_of([{"style": 0}], held, plain))] == [9, 9, 3]
    assert [row[5] for row in rows_of(pairs_of([{"style": 0}], held, raw))] == [9, 4, 3]
    # A direction in full does not show where there is no direction, nor APT where there is no unit.
    assert [row[5] for row in rows_of(pairs_of([{"style": 2}], held, raw))] == [9, 4, 3]
    units = [{"style": 16, "unit": 0}, {"style": 16, "unit": 3}]
    asked = [{"style": 0, "unit": 0}, {"style": 0, "unit": 3}]
    levels = {row[:2]: row[5] for row in rows_of(pairs_of(asked, units, raw))}
    assert levels == {(0, 0): 9, (0, 1): 8, (1, 0): 4, (1, 1): 4}


def test_a_given_name_filed_as_a_surname_is_found_there() -> None:
    """A register that swaps names is searched for the familiar ones in either field."""
    swapped = {"given": code("MARTIN"), "surname_1": code("MARIA")}
    assert rows_of(pairs_of([swapped], [swapped], part())) == SAME
    assert rows_of(pairs_of([{**swapped, "surname_1": code("MARIE")}], [swapped], part()))


def test_a_missing_address_agrees_with_nothing_and_fails_rules_about_places() -> None:
    blank = dict.fromkeys(("place", "street", "form", "number", "unit"), ABSENT)
    assert rows_of(pairs_of([blank], [{}], part())) == [(0, 0, 100, 100, 5, 0)]
    for key in (BlockingKey.ZIP3, BlockingKey.ZIP5, BlockingKey.STATE, BlockingKey.BUILDING):
        assert len(pairs_of([blank], [{}], part(blocking=((key,),)))) == 0
        assert len(pairs_of([{}], [{}], part(blocking=((key,),)))) == 1


def test_a_missing_birth_date_fails_rules_about_the_year() -> None:
    rule = part(blocking=((BlockingKey.BIRTH_YEAR,),))
    assert len(pairs_of([{"birth": ABSENT}], [{}], rule)) == 0
    assert len(pairs_of([{"birth": 19801203}], [{}], rule)) == 1
    assert len(pairs_of([{"birth": 19810312}], [{}], rule)) == 0


def test_a_misspelt_street_of_the_same_house_is_the_building_at_best() -> None:
    size = lexicon.street_names().size
    names = [lexicon.street_names().text(street("FOURTEENTH") + size * k) for k in range(17)]
    slot = next(k for k in range(1, 17) if names[k][:6] == names[0][:6])
    asked = {"street": street("FOURTEENTH") + size * slot}
    held = [{"street": street("FOURTEENTH")}, {"street": street("FOURTEENTH"), "unit": 1}]
    assert [row[5] for row in rows_of(pairs_of([asked], held, part()))] == [8, 8]
    # The cut is made later: levels take streets as similar from the floor on.
    cut = pairs_of([asked], held, part(street_similarity=1.0))
    assert [row[5] for row in rows_of(cut)] == [8, 8]
    assert set(cut.street.tolist()) < set(range(80, 100))


def test_what_was_searched_before_does_not_show() -> None:
    """A fresh cache and one that has answered other requests give the same pairs."""
    asked, held = [{}, {"given": code("MARIO")}], [{"given": code("MARIE")}, {}]
    requests, roll = requests_table(asked), roll_table(held)
    fresh = name_search()
    prepared = prepare(requests, part(), fresh)
    first = rows_of(name_address_pairs(prepared, np.arange(2), roll, part()))
    assert first == rows_of(pairs_of(asked, held, part()))
