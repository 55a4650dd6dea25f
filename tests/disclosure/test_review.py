"""The reviewer: who passes at which rate, against the closed form, and what never changes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.review import names_seen, review_stops, specificity
from simulator.matching.agreement import NamedAgreement
from simulator.matching.linkage import prepare
from simulator.randomness import Streams
from simulator.records import CandidatePairs, taken
from simulator.scenario.schema import ReviewPart, Scenario
from tests.disclosure.tables import accounts_table, all_pairs, truth_table
from tests.matching import samples
from tests.matching.pairs import pairs_table
from tests.matching.samples import code, part, requests_table, roll_table

RNG = Streams(5, 2)
SIDE = 150  # requests and accounts: every pair of them is looked at


def scenario(**review: object) -> Scenario:
    return Scenario.model_validate({"disclosure": {"review": {"reviewed_share": 1.0, **review}}})


def stopped(pairs: CandidatePairs, rules: Scenario, *, same_person: bool) -> np.ndarray:
    """Return which pairs are stopped, where all are of the right person or none is."""
    requests, roll = requests_table([{}] * SIDE), roll_table([{}] * SIDE)
    person = [{"person": 0} if same_person else {"person": -1, "key": key} for key in range(SIDE)]
    truth = truth_table([{**row, "key": key} for key, row in enumerate(person)])
    # Accounts of one person are told apart by the request alone: as many as there are requests.
    accounts = accounts_table([{"person": 0 if same_person else a + 1} for a in range(SIDE)])
    prepared = prepare(requests, rules.matching, samples.search())
    return review_stops(pairs, prepared, truth, roll, accounts, rules, rng=RNG)


@pytest.mark.parametrize(
    ("similarity", "chance"), [(0, 0.8), (80, 0.8), (85, 0.7), (90, 0.6), (95, 0.5), (100, 0.4)]
)
def test_specificity_falls_in_a_straight_line_to_that_of_the_same_names(
    similarity: int, chance: float
) -> None:
    found = specificity(np.array([similarity], np.int8), ReviewPart())
    assert found.tolist() == pytest.approx([chance])


def departs(found: np.ndarray, rate: float) -> bool:
    return bool(abs(found.mean() - rate) > 4 * np.sqrt(rate * (1 - rate) / found.size))


@pytest.mark.parametrize(
    ("given", "surname", "rate"),
    [(100, 100, 0.4), (100, 90, 0.6), (84, 97, 0.72), (80, 80, 0.8)],
)
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_wrong_persons_are_stopped_at_the_closed_form(
    given: int, surname: int, rate: float, share: float
) -> None:
    pairs = all_pairs(SIDE, SIDE, given=given, surname=surname)
    found = stopped(pairs, scenario(reviewed_share=share), same_person=False)
    assert not departs(found, share * rate)
    assert departs(found, share * (rate - 0.08)), "the check would see names four points off"


def test_named_agreements_are_seen_as_what_they_count_for() -> None:
    rules = Scenario.model_validate(
        {
            "matching": {"name_agreements": {"nickname": 0.9}},
            "disclosure": {"review": {"reviewed_share": 1.0}},
        }
    )
    pairs = all_pairs(SIDE, SIDE, given=int(NamedAgreement.NICKNAME))
    assert not departs(stopped(pairs, rules, same_person=False), 0.6)


def test_the_right_person_passes_with_the_sensitivity() -> None:
    requests = 20_000
    pairs = pairs_table([{"request": r, "account": 0} for r in range(requests)])
    rules = scenario(sensitivity=0.9, specificity=1.0, specificity_same_name=1.0)
    truth = truth_table([{"person": 0, "key": key} for key in range(requests)])
    prepared = prepare(requests_table([{}] * requests), rules.matching, samples.search())
    accounts = accounts_table([{"person": 0}])
    found = review_stops(pairs, prepared, truth, roll_table([{}]), accounts, rules, rng=RNG)
    assert not departs(found, 0.1)
    assert departs(found, 0.12), "the check would see a sensitivity two points off"


def test_nobody_is_stopped_where_nothing_is_reviewed() -> None:
    rules = scenario(reviewed_share=0.0, sensitivity=0.0, specificity=1.0)
    for same_person in (True, False):
        assert not stopped(all_pairs(SIDE, SIDE), rules, same_person=same_person).any()


steps = st.fixed_dictionaries(
    {
        name: st.floats(0, 1)
        for name in ("reviewed_share", "sensitivity", "specificity", "specificity_same_name")
    }
)


@settings(deadline=None, max_examples=20)
@given(steps, st.floats(0, 1), st.sampled_from((True, False)))
def test_more_review_keeps_every_stop(
    rates: dict[str, float], more: float, same_person: bool
) -> None:
    pairs = all_pairs(30, 30, given=91)
    for name, value in rates.items():
        stricter = min(value, more) if name == "sensitivity" else max(value, more)
        fewer, all_of = (
            stopped(pairs, scenario(**{**rates, name: rate}), same_person=same_person)
            for rate in (value, stricter)
        )
        assert all_of[fewer].all(), name


def test_a_pair_is_judged_alike_in_any_company() -> None:
    pairs = all_pairs(20, 20, given=91)
    whole = stopped(pairs, scenario(), same_person=False)
    some = np.random.default_rng(1).permutation(len(pairs))[:150]
    alone = stopped(taken(pairs, some), scenario(), same_person=False)
    np.testing.assert_array_equal(alone, whole[some])
    assert 0 < whole.mean() < 1


@pytest.mark.parametrize(("surname", "seen"), [("GONZALEZ", 100), ("GONZALES", 95), ("LI", 0)])
def test_names_of_pairs_found_by_number_are_looked_at(surname: str, seen: int) -> None:
    how: Any = part(tin_path=True, tin_name_check="none")
    requests = requests_table([{"surname_1": code("GONZALEZ"), "tin": 7}])
    roll = roll_table([{"surname_1": code(surname), "tin": 7}])
    # The path looked at no name and counts them as the same.
    pairs = pairs_table([{"by_tin": True}])
    prepared = prepare(requests, how, samples.search())
    assert names_seen(pairs, np.arange(1), prepared, roll, how).tolist() == [seen]
    by_name = pairs_table([{"surname": 91}])
    assert names_seen(by_name, np.arange(1), prepared, roll, how).tolist() == [91]
