"""Matching by number against a nested loop."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.matching.tin_path import tin_pairs, uses_tin_path
from simulator.records import Requests, Role, Roll
from simulator.scenario.schema import MatchingPart, TinNameCheck
from tests.matching import samples
from tests.matching.samples import code, part, requests_table, roll_table, rows_of

Rows = Sequence[dict[str, int]]
NUMBERS = (ABSENT, 7, 8, (1 << 62) | 7, 1 << 61)


def with_number(row: dict[str, int], tin: int) -> dict[str, int]:
    return {**row, "tin": tin}


numbered_requests = st.lists(
    st.builds(with_number, samples.requested(), st.sampled_from(NUMBERS)), max_size=8
)
numbered_accounts = st.lists(
    st.builds(with_number, samples.accounts(), st.sampled_from(NUMBERS)), max_size=12
)


def plain_tin_pairs(
    requests: Requests, roll: Roll, how: MatchingPart
) -> list[tuple[int, int, int, int, int, int]]:
    """Compare every request with every account, name by name."""
    text = lexicon.names().lexicon.text

    def level(left: int, right: int) -> int:
        similarity = JaroWinkler.similarity(text(left), text(right))
        return max(k for k in range(101) if k / 100 <= similarity)

    pairs = []
    for r in range(len(requests)):
        for a in range(len(roll)):
            if requests.tin[r] == ABSENT or requests.tin[r] != roll.tin[a]:
                continue
            if roll.role[a] == Role.DEPENDANT and not how.search_dependants:
                continue
            first, other = int(requests.surname_1[r]), int(roll.surname_1[a])
            given = surname = 100
            if how.tin_name_check == TinNameCheck.NAME_CONTROL:
                if text(first)[:4] != text(other)[:4]:
                    continue
            elif how.tin_name_check == TinNameCheck.NAME_THRESHOLD:
                given = level(int(requests.given[r]), int(roll.given[a]))
                surname = level(first, other)
                if given < 80 or surname < 80:
                    continue
            pairs.append((r, a, given, surname, 3, 5))
    return sorted(pairs)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    numbered_requests,
    numbered_accounts,
    st.sampled_from(tuple(TinNameCheck)),
    st.booleans(),
)
def test_pairs_by_number_equal_a_nested_loop(
    asked: Rows, held: Rows, check: TinNameCheck, dependants: bool
) -> None:
    how = part(tin_path=True, tin_name_check=check, search_dependants=dependants)
    requests, roll = requests_table(asked), roll_table(held)
    active = np.flatnonzero(uses_tin_path(requests, how))
    found = tin_pairs(requests, active, roll, how)
    assert rows_of(found) == plain_tin_pairs(requests, roll, how)
    assert found.by_tin.all()


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
    found = tin_pairs(asked, np.arange(1), roll, part(tin_path=True, tin_name_check=check))
    assert found.account.tolist() == accounts


def test_names_on_the_tin_path_keep_their_similarity_at_the_threshold_only() -> None:
    asked = requests_table([{"surname_1": code("GONZALEZ"), "tin": 7}])
    roll = roll_table([{"surname_1": code("GONZALES"), "tin": 7}])
    for check, surname in ((TinNameCheck.NAME_THRESHOLD, 95), (TinNameCheck.NONE, 100)):
        how = part(tin_path=True, tin_name_check=check)
        assert rows_of(tin_pairs(asked, np.arange(1), roll, how)) == [(0, 0, 100, surname, 3, 5)]


def test_the_path_is_taken_by_requests_with_a_number_where_it_is_open() -> None:
    requests = requests_table([{"tin": 7}, {"tin": ABSENT}])
    assert uses_tin_path(requests, part(tin_path=True)).tolist() == [True, False]
    assert uses_tin_path(requests, part()).tolist() == [False, False]


def test_nobody_asked_gives_no_pairs() -> None:
    how = part(tin_path=True, tin_name_check=TinNameCheck.NAME_THRESHOLD)
    none = np.empty(0, np.int64)
    assert len(tin_pairs(requests_table([]), none, roll_table([{"tin": 7}]), how)) == 0
    assert len(tin_pairs(requests_table([{"tin": 7}]), np.arange(1), roll_table([]), how)) == 0
