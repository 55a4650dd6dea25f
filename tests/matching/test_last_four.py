"""The check of last four digits, on both paths, against text."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.lexicon import ABSENT
from simulator.matching.linkage import candidate_pairs, prepare
from simulator.records import CandidatePairs
from simulator.scenario.schema import LastFourCheck, MatchingPart
from simulator.taxpayer_digits import NOBODYS_NUMBER, nine_digits, only_last_four
from tests.matching import samples
from tests.matching.samples import all_of, part, requests_table, roll_table

Rows = Sequence[Mapping[str, int]]
# Numbers with a digit wrong say which nine digits they have.
ONE, SAME_END, OTHER = (NOBODYS_NUMBER + nine for nine in (123_456_789, 999_996_789, 123_456_780))


def found(asked: Rows, held: Rows, how: MatchingPart) -> CandidatePairs:
    requests, roll = requests_table(asked), roll_table(held)
    prepared = prepare(requests, how, samples.search())
    return candidate_pairs(prepared, np.ones(len(requests), np.bool_), roll, how)


@pytest.mark.parametrize(
    ("check", "accounts"),
    [("none", [0, 1, 2, 3, 4]), ("if_present", [0, 1, 3, 4]), ("required", [0, 1, 4])],
)
def test_the_check_lets_pass_what_it_says(check: str, accounts: list[int]) -> None:
    alone = int(only_last_four(np.array([ONE]))[0])
    held = [{"tin": tin} for tin in (ONE, SAME_END, OTHER, ABSENT, alone)]
    pairs = found([{"tin": ONE}], held, part(last_four_check=check))
    assert sorted(pairs.account.tolist()) == accounts


@pytest.mark.parametrize(("check", "count"), [("none", 2), ("if_present", 2), ("required", 0)])
def test_a_request_without_a_number_passes_unless_numbers_are_required(
    check: str, count: int
) -> None:
    pairs = found([{"tin": ABSENT}], [{"tin": ONE}, {"tin": 7}], part(last_four_check=check))
    assert len(pairs) == count


def test_a_wrong_digit_among_the_last_four_fails_on_the_path_by_number_too() -> None:
    digits = int(nine_digits(np.array([7]))[0])
    first = NOBODYS_NUMBER + (digits + 10**8) % 10**9
    last = NOBODYS_NUMBER + digits - digits % 10 + (digits + 1) % 10
    how = part(tin_path=True, tin_threshold="one_digit_off")
    asked = [{"tin": first}, {"tin": last}]
    assert found(asked, [{"tin": 7}], how).request.tolist() == [0, 1]
    checked = how.model_copy(update={"last_four_check": LastFourCheck.IF_PRESENT})
    assert found(asked, [{"tin": 7}], checked).request.tolist() == [0]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(samples.requested(), max_size=6),
    st.lists(samples.accounts(), max_size=6),
    samples.parts(),
    st.sampled_from(("if_present", "required")),
    st.booleans(),
)
def test_the_check_removes_just_the_pairs_whose_digits_disagree(
    asked: Rows, held: Rows, how: MatchingPart, check: str, by_number: bool
) -> None:
    how = how.model_copy(update={"tin_path": by_number})
    every = all_of(found(asked, held, how))

    def ends(tin: int) -> str:
        return f"{int(nine_digits(np.array([tin]))[0]):09}"[-4:] if tin >= 0 else ""

    def passes(request: int, account: int) -> bool:
        left, right = ends(asked[request]["tin"]), ends(held[account]["tin"])
        if not (left and right):
            return check == "if_present"
        return left == right

    how = how.model_copy(update={"last_four_check": LastFourCheck(check)})
    assert all_of(found(asked, held, how)) == [row for row in every if passes(row[0], row[1])]
