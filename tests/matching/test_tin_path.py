"""Matching by number against a nested loop."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.lexicon import ABSENT
from simulator.matching.agreement import TinAgreement
from simulator.matching.linkage import prepare, searchable
from simulator.matching.plain import plain_tin_pairs
from simulator.matching.tin_path import tin_pairs, uses_tin_path
from simulator.records import CandidatePairs, Role
from simulator.scenario.schema import (
    AccountsSearched,
    AddressThreshold,
    MatchingPart,
    TinNameCheck,
    TinThreshold,
)
from simulator.taxpayer_digits import ITIN_BIT, neighbours, nine_digits
from tests.matching import samples
from tests.matching.samples import all_of, code, part, requests_table, roll_table

Rows = Sequence[dict[str, int]]


def found_by_number(asked: Rows, held: Rows, how: MatchingPart) -> CandidatePairs:
    requests, roll = requests_table(asked), roll_table(held)
    active = np.flatnonzero(uses_tin_path(requests, how))
    return tin_pairs(prepare(requests, how, samples.search()), active, roll, how)


def near_numbers() -> list[int]:
    """Return four pairs of numbers, one after another, that are one of nine digits apart."""
    digits = nine_digits(np.arange(20_000, dtype=np.int64))
    of_digits = {int(nine): number for number, nine in enumerate(digits)}
    near = neighbours(digits)
    pairs = [
        (number, of_digits[int(near[number, column])])
        for number, column in np.argwhere(np.isin(near, digits))
    ]
    return [int(number) for pair in [p for p in pairs if p[0] < p[1]][:4] for number in pair]


def numbered(rows: Any) -> Any:
    numbers = st.sampled_from((ABSENT, (1 << 62) | 7, 1 << 61, *near_numbers()))
    return st.lists(st.builds(lambda row, tin: {**row, "tin": tin}, rows, numbers), max_size=10)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    numbered(samples.requested()),
    numbered(samples.accounts()),
    samples.parts(),
    st.sampled_from(tuple(TinNameCheck)),
    st.sampled_from((TinThreshold.EXACT, TinThreshold.ONE_DIGIT_OFF)),
    st.sampled_from((AddressThreshold.ANY, *AddressThreshold)),
    st.sampled_from((AccountsSearched.ALL, AccountsSearched.ITIN)),
)
def test_pairs_by_number_equal_a_nested_loop(
    asked: Rows,
    held: Rows,
    how: MatchingPart,
    check: TinNameCheck,
    least: TinThreshold,
    address: AddressThreshold,
    searched: AccountsSearched,
) -> None:
    changes = {
        "tin_path": True,
        "tin_name_check": check,
        "tin_threshold": least,
        "tin_address_threshold": address,
        "accounts_searched": searched,
    }
    how = how.model_copy(update=changes)
    found = found_by_number(asked, held, how)
    assert all_of(found) == plain_tin_pairs(requests_table(asked), roll_table(held), how)
    assert found.by_tin.all()


def test_neighbours_are_the_numbers_one_digit_off() -> None:
    rng = np.random.default_rng(2)
    for number in rng.integers(0, 10**9, 20).tolist():
        near = neighbours(np.array([number], np.int32))[0].tolist()
        assert len(set(near)) == 81
        for other in near:
            text, changed = f"{number:09}", f"{other:09}"
            assert sum(a != b for a, b in zip(text, changed, strict=True)) == 1


def test_a_number_one_digit_off_is_found_where_the_scenario_says_so() -> None:
    number, other, far = near_numbers()[:3]
    asked, held = [{"tin": number}], [{"tin": other}, {"tin": number}, {"tin": far}]
    exact = found_by_number(asked, held, part(tin_path=True))
    near = found_by_number(asked, held, part(tin_path=True, tin_threshold="one_digit_off"))
    assert exact.account.tolist() == [1]
    assert dict(zip(near.account.tolist(), near.tin.tolist(), strict=True)) == {
        0: TinAgreement.ONE_DIGIT_OFF,
        1: TinAgreement.EXACT,
    }


@pytest.mark.parametrize(
    ("check", "accounts"),
    [
        (TinNameCheck.NONE, [0, 1, 2]),
        (TinNameCheck.NAME_CONTROL, [0, 1]),
        (TinNameCheck.NAME_THRESHOLD, [0]),
    ],
)
def test_each_check_admits_what_it_says(check: TinNameCheck, accounts: list[int]) -> None:
    asked = requests_table([{"surname_1": code("GONZALEZ"), "tin": 7}])
    roll = roll_table(
        [
            {"surname_1": code("GONZALES"), "tin": 7, "place": 5, "birth": 19500101},
            # The same four letters, another given name.
            {"surname_1": code("GONZALEZ"), "given": code("AL"), "tin": 7},
            {"surname_1": code("LI"), "tin": 7},
            {"surname_1": code("GONZALEZ"), "tin": 8},
            {"surname_1": code("GONZALEZ"), "tin": ABSENT},
        ]
    )
    how = part(tin_path=True, tin_name_check=check)
    found = tin_pairs(prepare(asked, how, samples.search()), np.arange(1), roll, how)
    assert found.account.tolist() == accounts


def test_names_on_the_tin_path_keep_their_similarity_at_the_threshold_only() -> None:
    asked, held = (
        [{"surname_1": code("GONZALEZ"), "tin": 7}],
        [{"surname_1": code("GONZALES"), "tin": 7}],
    )
    for check, surname in ((TinNameCheck.NAME_THRESHOLD, 95), (TinNameCheck.NONE, 100)):
        how = part(tin_path=True, tin_name_check=check)
        assert all_of(found_by_number(asked, held, how)) == [(0, 0, 100, surname, 5, 9, 100, 3)]


def test_the_path_is_taken_by_requests_with_a_number_where_it_is_open() -> None:
    requests = requests_table([{"tin": 7}, {"tin": ABSENT}])
    assert uses_tin_path(requests, part(tin_path=True)).tolist() == [True, False]
    assert uses_tin_path(requests, part()).tolist() == [False, False]


def test_nobody_asked_gives_no_pairs() -> None:
    how = part(tin_path=True, tin_name_check=TinNameCheck.NAME_THRESHOLD)
    assert len(found_by_number([], [{"tin": 7}], how)) == 0
    assert len(found_by_number([{"tin": 7}], [], how)) == 0


@pytest.mark.parametrize(
    ("least", "accounts"),
    [
        ("any", [0, 1, 2, 3, 4]),
        ("zip5", [0, 1, 2, 3]),
        ("street", [0, 1, 2]),
        ("building", [0, 1]),
        ("exact", [0]),
    ],
)
def test_addresses_below_the_threshold_of_the_path_are_dropped(
    least: str, accounts: list[int]
) -> None:
    asked = [{"tin": 7, "unit": 1}, {"tin": 7, "place": ABSENT, "street": ABSENT}]
    held = [
        {"tin": 7, "unit": 1},
        {"tin": 7, "unit": 2},
        {"tin": 7, "number": 700},
        {"tin": 7, "street": samples.street("MILL")},
        {"tin": 7, "place": samples.places()[3]},
    ]
    found = found_by_number(asked, held, part(tin_path=True, tin_address_threshold=least))
    assert found.account[found.request == 0].tolist() == accounts
    # A request without an address passes where none is asked for, and there alone.
    assert (found.request == 1).sum() == (5 if least == "any" else 0)
    assert set(found.address.tolist()) == {9}, "no threshold of the other path binds them"


def test_only_itin_accounts_are_searched_where_the_scenario_says_so() -> None:
    asked = [{"tin": 7 | ITIN_BIT}, {"tin": 7}]
    held = [{"tin": 7}, {"tin": 7 | ITIN_BIT}, {"tin": ABSENT}]
    every = found_by_number(asked, held, part(tin_path=True))
    assert all_of(every) == [(0, 1, 100, 100, 5, 9, 100, 3), (1, 0, 100, 100, 5, 9, 100, 3)]
    itin = part(tin_path=True, accounts_searched="itin")
    assert found_by_number(asked, held, itin).account.tolist() == [1]
    assert searchable(roll_table(held), itin).tolist() == [False, True, False]
    dependants = roll_table([{"tin": 7 | ITIN_BIT, "role": role} for role in Role])
    assert searchable(dependants, itin).tolist() == [True, True, False]
