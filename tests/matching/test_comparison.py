import itertools

import numpy as np
import pytest

from simulator.matching import comparison
from simulator.matching.blocking import KEYS, admitted, agreement_mask, rule_masks
from simulator.matching.comparison import (
    address_level,
    birth_level,
    name_cells,
    name_step,
    passes_birth_date,
    surname_similarity,
)
from simulator.records import CandidatePairs
from simulator.scenario.schema import AddressThreshold, BirthDateThreshold, BlockingKey


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (19800312, 19800312, 3),
        (19800312, 19801203, 2),  # day and month swapped
        (19800312, 19810312, 2),  # a year off
        (19800312, 19800412, 2),  # a month off
        (19800312, 19800311, 2),  # a day off
        (19800312, 19800310, 1),
        (19800312, 19800411, 1),  # month and day one off each
        (19800312, 19811203, 0),  # swapped and a year off
        (19800312, 19820312, 0),
        (19800312, -1, 0),
        (-1, -1, 0),
    ],
)
def test_birth_dates_agree_at_the_level_the_docs_state(left: int, right: int, level: int) -> None:
    assert birth_level(left, right) == level
    assert birth_level(right, left) == level


def test_addresses_agree_at_the_level_the_docs_state() -> None:
    for agreed in itertools.product((False, True), repeat=7):
        zip3, zip5, similar, street, form, number, unit = agreed
        level = address_level(*agreed)
        if zip5 and similar and form and number:
            assert level == (5 if street and unit else 4)
        elif zip5 and similar:
            assert level == 3
        elif zip5:
            assert level == 2
        else:
            assert level == int(zip3)


@pytest.mark.parametrize(
    ("similarities", "doubles", "expected"),
    [
        ((90, 0, 0, 85), (True, True), 85),  # straight: both must agree
        ((0, 99, 97, 0), (True, True), 97),  # crossed
        ((90, 99, 0, 0), (True, True), 0),  # one part agrees with both, the other with none
        ((90, 95, 80, 88), (True, True), 88),  # the better of 88 and 80
        ((0, 96, 0, 0), (False, True), 96),  # single against double: either part will do
        ((0, 0, 96, 0), (True, False), 96),
        ((88, 0, 0, 0), (False, False), 88),
    ],
)
def test_double_surnames_take_the_best_assignment(
    similarities: tuple[int, int, int, int], doubles: tuple[bool, bool], expected: int
) -> None:
    assert surname_similarity(*similarities, *doubles) == expected


def candidate_pairs(rows: list[tuple[int, int, int, int, bool]]) -> CandidatePairs:
    given, surname, birth, address, by_tin = zip(*rows, strict=True)
    zeros = np.zeros(len(rows), np.int32)
    return CandidatePairs(
        request=zeros,
        account=zeros.copy(),
        given=np.array(given, np.int8),
        surname=np.array(surname, np.int8),
        birth=np.array(birth, np.int8),
        address=np.array(address, np.int8),
        by_tin=np.array(by_tin),
    )


def test_a_pair_passes_the_name_threshold_of_its_weaker_name() -> None:
    pairs = candidate_pairs([(80, 100, 0, 0, False), (97, 92, 0, 0, False), (100, 100, 0, 0, True)])
    assert name_cells(pairs).tolist() == [0, 12, 20]


@pytest.mark.parametrize(
    ("threshold", "passing"),
    [
        (BirthDateThreshold.ANY, [True, True, True, True, True]),
        (BirthDateThreshold.YEAR, [False, True, True, True, True]),
        (BirthDateThreshold.NEAR, [False, False, True, True, True]),
        (BirthDateThreshold.EXACT, [False, False, False, True, True]),
    ],
)
def test_birth_dates_decide_except_on_the_tin_path(
    threshold: BirthDateThreshold, passing: list[bool]
) -> None:
    pairs = candidate_pairs([(90, 90, birth, 0, False) for birth in range(4)])
    by_number = candidate_pairs([(90, 90, 0, 5, True)])
    assert passes_birth_date(pairs, threshold).tolist() == passing[:4]
    assert passes_birth_date(by_number, threshold).tolist() == passing[4:]


def test_every_threshold_of_a_scenario_is_a_step_of_the_grid() -> None:
    assert [name_step(k / 100) for k in range(80, 101)] == list(range(comparison.NAME_STEPS))
    assert [comparison.address_step(level) for level in AddressThreshold] == list(range(6))


def test_a_rule_admits_a_pair_that_agrees_on_all_its_fields() -> None:
    rules = [(BlockingKey.STATE, BlockingKey.BIRTH_YEAR), (BlockingKey.ZIP5,)]
    masks = rule_masks(rules)
    for agreed in itertools.product((False, True), repeat=len(KEYS)):
        fields = {key for key, agrees in zip(KEYS, agreed, strict=True) if agrees}
        expected = any(set(rule) <= fields for rule in rules)
        assert admitted(agreement_mask(*agreed), masks) == expected


def test_the_empty_rule_admits_every_pair() -> None:
    assert admitted(0, rule_masks([()]))
    assert not admitted(0, rule_masks([(BlockingKey.ZIP3,)]))
