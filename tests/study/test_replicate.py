"""One replicate, whole: exact cases, purity, and lists or rolls with nothing on them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.matching.agreement import scale
from simulator.matching.grid import policy_cell
from simulator.measures import comparisons
from simulator.measures.comparisons import unpack
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from simulator.measures.rates import estimate_table
from simulator.randomness import FloatArray
from simulator.scenario.schema import Scenario
from simulator.study.replicate import run_replicate
from tests.enforcement.rates import SHARES
from tests.study.tiny import LISTED, Values, merged, same, tiny

Q = Quantity
STATUSES = tuple(Scenario().roll.filing_rate.model_dump())
NO_ERRORS: Values = {
    name: 0.0
    for name in SHARES
    if name not in ("tin_present", "placeholder_with_number", "wrong_tin_is_somebodys")
} | {"grounds": dict.fromkeys(("period_present", "statute_present", "reason_present"), 1.0)}
# Everybody on the roll at today's address, everybody listed in the country, nothing miswritten.
PERFECT: Values = {
    "population": {"size": 6000, "annual_move_rate": 0.0, "po_box_share": 0.0},
    "roll": {
        "filing_rate": dict.fromkeys(STATUSES, 1.0),
        "years_since_filing": [1.0],
        "filing_ratio": {"age_18_24": 1.0, "age_45_64": 1.0, "age_65_over": 1.0, "partner": 1.0},
        "unit_missing": 0.0,
        "names_as_filed": dict.fromkeys(Scenario().roll.names_as_filed.model_dump(), 0.0)
        | {"double_surname_share": 1.0},
        "unauthorized_tin": {
            "ssn": 0.0,
            "itin": 1.0,
            "borrowed_ssn": 0.0,
            "invalid_ssn": 0.0,
            "none": 0.0,
        },
    },
    "listing": LISTED | {"requests": 120, "departed_share": 0.0, "wrongly_listed_share": 0.3},
    "requests": NO_ERRORS,
    "matching": {
        "name_threshold": 1.0,
        "address_threshold": "exact",
        "birth_date_threshold": "exact",
    },
}


def perfect(change: dict[str, Any] | None = None) -> ReplicateCounts:
    return run_replicate(Scenario.model_validate(merged(PERFECT, change or {})), 0)


def total(counts: ReplicateCounts, quantity: Quantity, *, strict: bool = True) -> float:
    """Return a quantity for everybody under "all", at the strictest or the loosest thresholds."""
    return float(counts.grid_values[0, quantity, -1 if strict else 0])


def cube(counts: ReplicateCounts, selection: int, quantity: Quantity) -> FloatArray:
    """Return a quantity for everybody by step along the three axes."""
    return np.asarray(counts.grid_values[selection, quantity].reshape(counts.grid.shape))


def test_without_errors_and_with_unique_records_every_mate_is_found_and_nobody_else() -> None:
    counts = perfect()
    assert total(counts, Q.WRONG_PERSON) == 0
    assert total(counts, Q.WRONG_ADDRESS) == 0
    assert total(counts, Q.FATE_FOUND) == total(counts, Q.MATED) == 120
    assert total(counts, Q.LINKS) == 120
    assert total(counts, Q.LISTING_ERROR) == 36
    assert total(counts, Q.WRONG_PERSON, strict=False) >= 0


def test_without_errors_numbers_find_every_mate_and_nobody_else() -> None:
    counts = perfect({"requests": {"tin_present": 1.0}, "matching": {"tin_path": True}})
    assert total(counts, Q.FATE_FOUND) == total(counts, Q.LINKS) == 120
    assert total(counts, Q.WRONG_PERSON, strict=False) == 0, "numbers pass every threshold"


def test_without_other_errors_a_wrong_digit_is_forgiven_where_the_scenario_says_so() -> None:
    wrong = {"tin_present": 1.0, "tin_wrong": 1.0, "wrong_tin_is_somebodys": 0.0}
    rule = {"tin_path": True, "tin_threshold": "one_digit_off"}
    off = perfect({"requests": wrong, "matching": rule})
    assert total(off, Q.FATE_FOUND) == total(off, Q.LINKS) == 120
    exact = perfect({"requests": wrong, "matching": {"tin_path": True}})
    assert total(exact, Q.LINKS) == 0


def test_the_exact_case_can_fail() -> None:
    """A single kind of error, alone, is seen."""
    misspelt = perfect({"requests": {"surname_misspelt": 0.5}})
    assert 0 < total(misspelt, Q.FATE_FOUND) < 120
    wrong = {"requests": {"tin_present": 1.0, "tin_wrong": 0.5, "wrong_tin_is_somebodys": 1.0}}
    numbers = perfect(merged(wrong, {"matching": {"tin_path": True, "tin_name_check": "none"}}))
    assert total(numbers, Q.WRONG_PERSON) > 0


@pytest.mark.parametrize("departed", [0.0, 1.0])
def test_whoever_a_borrowed_number_finds_carries_the_borrowers_wages(departed: float) -> None:
    counts = perfect(
        {
            "roll": {"itin_borrowed_wages": 1.0},
            "listing": {"departed_share": departed, "wrongly_listed_share": 0.0},
            "requests": {"tin_present": 1.0, "tin_borrowed": 1.0},
            "matching": {"tin_path": True, "tin_name_check": "none"},
        }
    )
    assert total(counts, Q.LINKS) > 60
    assert total(counts, Q.WRONG_PERSON) == total(counts, Q.LINKS)
    assert total(counts, Q.BORROWED_WAGES) == total(counts, Q.LINKS)


def test_only_people_at_home_are_revealed_by_a_perfect_match() -> None:
    """What a perfect match reveals of lawful people: those listed wrongly, and households."""
    counts = perfect()
    assert total(counts, Q.EXPOSED_DIRECT) == total(counts, Q.LISTING_ERROR)
    assert total(counts, Q.EXPOSED_COLLATERAL) > 0


def test_an_empty_list_runs_and_every_ratio_over_requests_is_nan() -> None:
    scenario = tiny({"listing": {"requests": 0}})
    counts = [run_replicate(scenario, number) for number in range(2)]
    assert counts[0].setting.requests == 0
    assert counts[0].setting.accounts > 0
    table = estimate_table(counts, scenario)
    residents = table["measure"].str.endswith("lawful_residents")
    assert table[~residents]["estimate"].isna().all()
    assert (table["numerator"] == 0).all()
    assert (table[residents]["estimate"] == 0).all()


def test_a_roll_without_accounts_finds_nobody() -> None:
    nobody = {"filing_rate": dict.fromkeys(STATUSES, 0.0), "teenager_filing_rate": 0.0}
    scenario = tiny({"roll": nobody})
    counts = [run_replicate(scenario, number) for number in range(2)]
    assert counts[0].setting.accounts == 0
    assert counts[0].setting.mated_requests == 0
    table = estimate_table(counts, scenario)
    everybody = table[(table["group"] == "all") & (table["policy"] == "all")]
    estimate = everybody.set_index("measure")["estimate"]
    assert estimate["yield"] == 0
    assert estimate["fate_nobody"] + estimate["fate_rejected"] == 1
    for measure in ("false_discovery_rate", "recall", "false_match_rate_per_pair"):
        assert np.isnan(estimate[measure]), measure


def test_a_list_of_people_who_left_has_no_mates() -> None:
    scenario = tiny({"listing": {"departed_share": 1.0, "wrongly_listed_share": 0.0}})
    counts = run_replicate(scenario, 0)
    assert counts.setting.requests == 30
    assert total(counts, Q.MATED, strict=False) == 0
    assert total(counts, Q.RIGHT_PERSON, strict=False) == 0


def test_a_replicate_is_a_pure_function_of_scenario_and_number() -> None:
    scenario = tiny()
    first, other = run_replicate(scenario, 0), run_replicate(scenario, 1)
    assert same(run_replicate(scenario, 0), first)
    assert same(run_replicate(scenario.model_copy(deep=True), 1), other)
    assert not same(first, other)
    assert not same(run_replicate(tiny({"seed": 1}), 0), first)


def test_comparing_replicates_notices_one_count() -> None:
    counts = run_replicate(tiny(), 0)
    for name in ("grid_values", "group_values", "details"):
        values = getattr(counts, name).copy()
        values.flat[7] += 1
        assert not same(replace(counts, **{name: values}), counts)


@pytest.fixture(scope="module")
def loose() -> ReplicateCounts:
    """Return counts of a run with many links: names only, everybody heard."""
    return run_replicate(
        Scenario.model_validate(
            {
                "population": {"size": 30_000},
                "listing": {"requests": 300},
                "guardrails": {
                    "address_required": False,
                    "address_check": "none",
                    "placeholders_rejected": False,
                },
            }
        ),
        0,
    )


def test_thresholds_only_remove_links_in_a_whole_run(loose: ReplicateCounts) -> None:
    for quantity in (Q.LINKS, Q.WRONG_PERSON, Q.EXPOSED, Q.EXPOSED_DIRECT, Q.LINKED_REQUESTS):
        grid = cube(loose, 0, quantity)
        assert grid[0, 0, 0] > grid[-1, -1, -1]
        for axis in range(3):
            assert (np.diff(grid, axis=axis) <= 0).all()


def test_comparison_vectors_add_up_to_the_links_of_the_loosest_policy(
    loose: ReplicateCounts,
) -> None:
    vector, pairs = loose.comparisons
    outcome = np.bincount(unpack(vector, "outcome"), weights=pairs, minlength=4)
    links = [Q.INTENDED, Q.LISTING_ERROR, Q.WRONG_PERSON_LAWFUL, Q.WRONG_PERSON_OTHER]
    np.testing.assert_array_equal(outcome, loose.grid_values[0, links, 0])
    assert outcome.sum() == loose.setting.candidate_pairs > 300


def test_all_releases_at_least_what_best_releases_in_a_whole_run(loose: ReplicateCounts) -> None:
    everything, best, unique, top = (
        loose.grid_values[SELECTIONS.index(name)] for name in ("all", "best", "unique", "top")
    )
    for quantity in (Q.LINKS, Q.EXPOSED, Q.WRONG_PERSON):
        assert (everything[quantity] >= top[quantity]).all()
        assert (top[quantity] >= best[quantity]).all()
        assert (best[quantity] >= unique[quantity]).all()


def test_blocking_loses_links_and_adds_none() -> None:
    open_door = {
        "population": {"size": 6000},
        "listing": {"requests": 100},
        "guardrails": {"address_check": "none"},
    }
    every = run_replicate(Scenario.model_validate(open_door), 0)
    blocked = run_replicate(
        Scenario.model_validate({**open_door, "matching": {"blocking": [["zip3"]]}}), 0
    )
    assert (blocked.grid_values[0, Q.LINKS] <= every.grid_values[0, Q.LINKS]).all()
    assert total(blocked, Q.LINKS, strict=False) < total(every, Q.LINKS, strict=False)
    # Addresses that agree at least in three digits cannot be lost by a rule about them.
    zip3 = every.grid.axes[1].steps.index("zip3")
    np.testing.assert_array_equal(
        cube(blocked, 0, Q.LINKS)[:, zip3:], cube(every, 0, Q.LINKS)[:, zip3:]
    )
    # What is missed more at the loosest policy is laid at the door of blocking, and nothing else.
    assert total(every, Q.MISSED_BLOCKING) == 0
    lost = total(blocked, Q.MISSED_MATED, strict=False) - total(every, Q.MISSED_MATED, strict=False)
    assert total(blocked, Q.MISSED_BLOCKING) == lost > 0
    assert total(blocked, Q.MISSED_COMPARISON) == total(every, Q.MISSED_COMPARISON)


def test_an_age_limit_withholds_mates_and_says_so() -> None:
    last_year = {"roll": {"years_since_filing": [0.0, 1.0]}}
    limited = perfect({**last_year, "disclosure": {"max_address_age_years": 0}})
    assert total(limited, Q.MISSED_WITHHELD) == total(limited, Q.MISSED_MATED) == 120
    assert total(perfect(last_year), Q.MISSED_WITHHELD) == 0


def moved(table: pd.DataFrame, name: int, street: int) -> pd.DataFrame:
    """Return the links of a policy with other cut points, from the comparison counts alone."""
    enough = np.minimum(table["given"], table["surname"]) >= name
    beyond = ["street", "transposed", "building", "unit_compatible", "exact"]
    return table[enough & table["address"].isin(beyond) & (table["street"] >= street)]


@pytest.mark.parametrize(("name", "street"), [(80, 80), (88, 95), (95, 100)])
def test_cut_points_move_after_the_run(name: int, street: int) -> None:
    """Links and wrong links of another policy, from counts alone, equal a run of that policy."""
    base: Values = {"population": {"size": 6000}, "listing": {"requests": 150}}
    policy = {
        "name_threshold": name / 100,
        "address_threshold": "street",
        "street_similarity": street / 100,
    }
    first = run_replicate(Scenario.model_validate(base), 0)
    scenario = Scenario.model_validate({**base, "matching": policy})
    again = run_replicate(scenario, 0)
    own = policy_cell(again.grid, scenario.matching)
    counts = comparisons.columns(first.comparisons, scale(scenario.matching.name_agreements))
    links = moved(pd.DataFrame(counts), name, street)
    assert links["pairs"].sum() == again.grid_values[0, Q.LINKS, own] > 0
    wrong = links[links["outcome"].str.startswith("wrong_person")]
    assert wrong["pairs"].sum() == again.grid_values[0, Q.WRONG_PERSON, own]
