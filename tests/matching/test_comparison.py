import itertools

import pytest

from simulator.matching.agreement import AddressAgreement, BirthAgreement, scale
from simulator.matching.blocking import KEYS, meets, rule_masks
from simulator.matching.comparison import (
    area_level,
    birth_level,
    code_of,
    digits_transposed,
    house_level,
    strengths,
    surname_strength,
    value_of,
)
from simulator.scenario.schema import (
    BlockingKey,
    NamedAgreements,
)


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (19800312, 19800312, BirthAgreement.EXACT),
        (19800312, 19801203, BirthAgreement.SWAPPED),
        (19800203, 19800302, BirthAgreement.SWAPPED),  # and a month apart
        (19800312, 19810312, BirthAgreement.NEAR),  # a year off
        (19800312, 19800412, BirthAgreement.NEAR),  # a month off
        (19800312, 19800311, BirthAgreement.NEAR),
        (19800312, 19800310, BirthAgreement.NEAR),  # two days
        (19800228, 19800301, BirthAgreement.NEAR),  # two days: a leap year
        (19810227, 19810301, BirthAgreement.NEAR),
        (19800227, 19800301, BirthAgreement.YEAR),  # three
        (19991231, 20000102, BirthAgreement.NEAR),
        (19991230, 20000102, BirthAgreement.DIFFERENT),
        (19800312, 19800411, BirthAgreement.YEAR),
        (19800312, 19811203, BirthAgreement.DIFFERENT),  # swapped and a year off
        (19800312, 19820312, BirthAgreement.DIFFERENT),
        (19800312, -1, BirthAgreement.MISSING),
        (-1, -1, BirthAgreement.MISSING),
    ],
)
def test_birth_dates_agree_at_the_level_the_docs_state(left: int, right: int, level: int) -> None:
    assert birth_level(left, right, 2) == level
    assert birth_level(right, left, 2) == level


@pytest.mark.parametrize(
    ("same_street", "same_form", "numbers", "units", "level"),
    [
        (True, True, (12, 12), (3, 3), AddressAgreement.EXACT),
        (True, True, (12, 12), (0, -1), AddressAgreement.EXACT),
        (False, True, (12, 12), (3, 3), AddressAgreement.UNIT_COMPATIBLE),
        (True, True, (12, 12), (0, 3), AddressAgreement.UNIT_COMPATIBLE),
        (True, True, (12, 12), (4, 3), AddressAgreement.BUILDING),
        (True, True, (12, 21), (3, 3), AddressAgreement.TRANSPOSED),
        (True, True, (1200, 2100), (3, 3), AddressAgreement.TRANSPOSED),
        (True, True, (1234, 1324), (3, 4), AddressAgreement.TRANSPOSED),
        (True, True, (1234, 4231), (3, 3), AddressAgreement.STREET),  # not neighbours
        (True, True, (1234, 2143), (3, 3), AddressAgreement.STREET),  # two exchanges
        (True, True, (10, 1), (3, 3), AddressAgreement.STREET),
        (True, False, (12, 12), (3, 3), AddressAgreement.STREET),
        (True, True, (-1, 12), (0, 3), AddressAgreement.STREET),  # no number on one side
        (True, True, (-1, -1), (0, 0), AddressAgreement.STREET),  # nor on either
    ],
)
def test_houses_agree_at_the_level_the_docs_state(
    same_street: bool,
    same_form: bool,
    numbers: tuple[int, int],
    units: tuple[int, int],
    level: AddressAgreement,
) -> None:
    assert house_level(same_street, same_form, *numbers, *units) == level
    assert house_level(same_street, same_form, *numbers[::-1], *units[::-1]) == level


def test_an_area_across_a_state_line_counts_as_the_area() -> None:
    assert area_level(True, True, False) == area_level(True, True, True) == AddressAgreement.ZIP3
    assert area_level(True, False, True) == AddressAgreement.STATE
    assert area_level(True, False, False) == AddressAgreement.DIFFERENT
    assert area_level(False, False, False) == AddressAgreement.MISSING


@pytest.mark.parametrize(
    ("parts", "doubles", "expected"),
    [
        ((90, 0, 0, 85), (True, True), 85),  # straight: both must agree
        ((0, 99, 97, 0), (True, True), 97),  # crossed
        ((90, 99, 0, 0), (True, True), 0),  # one part agrees with both, the other with none
        ((90, 95, 80, 88), (True, True), 88),  # the better of 88 and 80
        ((0, 96, 0, 0), (False, True), 96),  # single against double: either part will do
        ((0, 0, 96, 0), (True, False), 96),
        ((88, 0, 0, 0), (False, False), 88),
        # Nicknames count for 0.90: more than 89, less than 91, and before an equal similarity.
        ((102, 89, 0, 0), (False, True), 102),
        ((102, 91, 0, 0), (False, True), 91),
        ((102, 90, 0, 0), (False, True), 102),
        ((101, 100, 0, 0), (False, True), 100),  # the same letters before a way that counts as much
        ((91, 0, 0, 102), (True, True), 102),  # the weaker decides
    ],
)
def test_double_surnames_take_the_best_assignment(
    parts: tuple[int, int, int, int], doubles: tuple[bool, bool], expected: int
) -> None:
    strength = strengths(scale(NamedAgreements(nickname=0.9)))
    first, second, third, fourth = (int(strength[code]) for code in parts)
    assert code_of(surname_strength(first, second, third, fourth, *doubles)) == expected


def test_strengths_give_back_codes_and_what_they_count_for() -> None:
    counts_for = scale(NamedAgreements(nickname=0.9, initial=0.8))
    for code, strength in enumerate(strengths(counts_for).tolist()):
        if counts_for[code]:
            assert (code_of(strength), value_of(strength)) == (code, counts_for[code])
        else:
            assert code_of(strength) == 0


def test_a_rule_admits_a_pair_that_agrees_on_all_its_fields() -> None:
    rules = [(BlockingKey.STATE, BlockingKey.BIRTH_YEAR), (BlockingKey.ZIP5,)]
    masks = rule_masks(rules)
    for agreed in itertools.product((False, True), repeat=len(KEYS)):
        fields = {key for key, agrees in zip(KEYS, agreed, strict=True) if agrees}
        [mask] = rule_masks([tuple(fields)])
        assert [meets(mask, rule) for rule in masks] == [set(rule) <= fields for rule in rules]
    assert meets(0, rule_masks([()])[0])
    assert rule_masks([(BlockingKey.ZIP3,), (BlockingKey.ZIP3,)]).size == 1


@pytest.mark.parametrize(
    ("left", "right", "transposed"),
    [
        (12, 21, True),
        (21, 12, True),
        (1123, 1213, True),
        (1123, 1132, True),
        (10, 1, False),  # no number is written 01
        (12, 14, False),
        (12, 12, False),
        (112, 12, False),
        (123, 321, False),
        (1234, 2143, False),  # two pairs
        (5123, 6132, False),
    ],
)
def test_two_neighbouring_digits_exchanged(left: int, right: int, transposed: bool) -> None:
    assert digits_transposed(left, right) == transposed
