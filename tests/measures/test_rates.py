"""The tables of measures: what is divided by what, for whom, and how sure."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from simulator.measures import groups
from simulator.measures.detail_rates import DETAIL_MEASURES
from simulator.measures.quantities import Quantity, ReplicateCounts
from simulator.measures.rates import MEASURES, Breakdown, estimate_table
from simulator.measures.threshold_tables import TRADED, threshold_table, tradeoff_table
from simulator.scenario.schema import AddressThreshold, BirthDateThreshold, Scenario
from tests.measures.worlds import SCORES, THRESHOLDS, counted, random_world

NAME, ADDRESS, OWN = 5, 1, THRESHOLDS.own  # 0.85, state and year, the scenario's own
SCENARIO = Scenario.model_validate(
    {
        "matching": {
            "name_threshold": 0.85,
            "address_threshold": "state",
            "birth_date_threshold": "year",
        }
    }
)
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator", "replicates"]
COLUMNS = ["measure", "policy", "threshold", "group", *NUMBERS]
ADDRESSES = [str(level) for level in AddressThreshold]
BIRTH_DATES = [str(level) for level in BirthDateThreshold]
SELECTION_NAMES = ["all", "best", "unique", "top"]
PER_LAWFUL = "over_disclosed_residents_per_100000_lawful_residents"

# Written out anew: numerator, denominator and scale of every measure.
DEFINITIONS = {
    "false_discovery_rate": ("WRONG_PERSON", "LINKS", 1),
    "precision": ("RIGHT_PERSON", "LINKS", 1),
    "recall": ("FOUND_MATED", "MATED", 1),
    "false_match_rate_per_pair": ("WRONG_PERSON", "NON_MATCHING_PAIRS", 1),
    "false_positive_identification_rate": ("LINKED_UNMATED", "UNMATED", 1),
    "false_negative_identification_rate": ("MISSED_MATED", "MATED", 1),
    "selectivity": ("WRONG_PERSON", "REQUESTS", 1),
    "yield": ("LINKED_REQUESTS", "REQUESTS", 1),
    "over_disclosed_residents_per_1000_requests": ("EXPOSED", "REQUESTS", 1000),
    "over_disclosed_residents_direct_per_1000_requests": ("EXPOSED_DIRECT", "REQUESTS", 1000),
    "over_disclosed_residents_collateral_per_1000_requests": (
        "EXPOSED_COLLATERAL",
        "REQUESTS",
        1000,
    ),
    PER_LAWFUL: ("EXPOSED", "LAWFUL_RESIDENTS", 100_000),
    "over_disclosed_residents_per_intended_disclosure": ("EXPOSED", "INTENDED", 1),
    "wrong_address_rate": ("WRONG_ADDRESS", "LINKS", 1),
    "borrowed_wages_rate": ("BORROWED_WAGES", "LINKS", 1),
    "deficient_disclosure_rate": ("DEFICIENT", "LINKS", 1),
    "fate_found": ("FATE_FOUND", "REQUESTS", 1),
    "fate_found_with_others": ("FATE_FOUND_WITH_OTHERS", "REQUESTS", 1),
    "fate_wrong_person": ("FATE_WRONG_PERSON", "REQUESTS", 1),
    "fate_nobody": ("FATE_NOBODY", "REQUESTS", 1),
    "fate_not_unique": ("FATE_NOT_UNIQUE", "REQUESTS", 1),
    "fate_withheld": ("FATE_WITHHELD", "REQUESTS", 1),
    "fate_rejected": ("FATE_REJECTED", "REQUESTS", 1),
    "fate_unanswered": ("FATE_UNANSWERED", "REQUESTS", 1),
    "disclosures_intended_per_1000_requests": ("INTENDED", "REQUESTS", 1000),
    "disclosures_listing_error_per_1000_requests": ("LISTING_ERROR", "REQUESTS", 1000),
    "disclosures_wrong_person_lawful_per_1000_requests": ("WRONG_PERSON_LAWFUL", "REQUESTS", 1000),
    "disclosures_wrong_person_other_per_1000_requests": ("WRONG_PERSON_OTHER", "REQUESTS", 1000),
    "missed_rejected": ("MISSED_REJECTED", "MATED", 1),
    "missed_blocking": ("MISSED_BLOCKING", "MATED", 1),
    "missed_comparison": ("MISSED_COMPARISON", "MATED", 1),
    "missed_rule": ("MISSED_RULE", "MATED", 1),
    "missed_withheld": ("MISSED_WITHHELD", "MATED", 1),
    "missed_selection": ("MISSED_SELECTION", "MATED", 1),
    "wrong_pairs_linked": ("WRONG_PERSON", "WRONG_CANDIDATES", 1),
    "wrong_pairs_rule": ("WRONG_PAIRS_RULE", "WRONG_CANDIDATES", 1),
    "wrong_pairs_withheld": ("WRONG_PAIRS_WITHHELD", "WRONG_CANDIDATES", 1),
    "wrong_pairs_selection": ("WRONG_PAIRS_SELECTION", "WRONG_CANDIDATES", 1),
}
PROPORTIONS = [
    name
    for name, (_, _, scale) in DEFINITIONS.items()
    if scale == 1
    and name not in ("selectivity", "over_disclosed_residents_per_intended_disclosure")
]


@cache
def replicates() -> tuple[ReplicateCounts, ...]:
    """Return counts of five random worlds."""
    return tuple(counted(random_world(seed, requests=30), 2) for seed in range(10, 15))


@cache
def estimates() -> pd.DataFrame:
    return estimate_table(replicates(), SCENARIO)


@cache
def thresholds() -> pd.DataFrame:
    return threshold_table(replicates(), SCENARIO)


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    """Return the one row with these values."""
    found = table
    for column, value in wanted.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


def everybody(quantity: str, group: int = groups.ALL) -> float:
    """Sum a quantity over replicates at the operating point of the rule "all"."""
    return float(
        sum(
            counts.grid_values[0, Quantity[quantity], OWN]
            if group == groups.ALL
            else counts.group_values[0, Quantity[quantity], NAME, ADDRESS, group]
            for counts in replicates()
        )
    )


def test_the_columns_are_those_of_the_documentation() -> None:
    assert list(estimates().columns) == COLUMNS
    assert set(estimates()["threshold"]) == {"name>=0.85, address>=state, birth_date>=year"}
    assert list(estimates()["policy"].unique()) == SELECTION_NAMES
    assert (estimates()["replicates"] == 5).all()
    assert not estimates().duplicated(["measure", "policy", "group"]).any()


def test_every_measure_is_reported_for_everybody_under_every_rule() -> None:
    whole = estimates()[estimates()["group"] == "all"]
    assert {measure.name for measure in MEASURES} == set(DEFINITIONS)
    for policy in SELECTION_NAMES:
        reported = set(whole[whole["policy"] == policy]["measure"])
        own = policy == SCENARIO.matching.selection
        assert reported == set(DEFINITIONS) | (
            {one.name for one in DETAIL_MEASURES} if own else set()
        )


@pytest.mark.parametrize("measure", DEFINITIONS)
def test_each_measure_divides_what_it_says(measure: str) -> None:
    above, below, scale = DEFINITIONS[measure]
    found = row(estimates(), measure=measure, policy="all", group="all")
    numerator = sum(c.grid_values[0, Quantity[above], OWN] for c in replicates())
    denominator = sum(c.grid_values[0, Quantity[below], OWN] for c in replicates())
    assert (found["numerator"], found["denominator"]) == (numerator, denominator)
    assert denominator > 0
    assert found["estimate"] == pytest.approx(scale * numerator / denominator, rel=1e-12)


@pytest.mark.parametrize("policy", SELECTION_NAMES)
def test_the_operating_point_is_the_same_in_both_tables(policy: str) -> None:
    for measure in DEFINITIONS:
        one = row(estimates(), measure=measure, policy=policy, group="all")
        other = row(
            thresholds(),
            measure=measure,
            selection=policy,
            name_threshold=0.85,
            address_threshold="state",
            birth_date_threshold="year",
        )
        np.testing.assert_array_equal(
            one[NUMBERS].to_numpy(float), other[NUMBERS].to_numpy(float), err_msg=measure
        )


def test_the_threshold_table_holds_every_policy_once() -> None:
    table = thresholds()
    assert len(table) == len(DEFINITIONS) * 4 * 945
    axes = ["name_threshold", "address_threshold", "birth_date_threshold"]
    keys = ["measure", "selection", *axes]
    assert list(table.columns) == [*keys, *NUMBERS]
    assert not table.duplicated(keys).any()
    assert sorted(table["name_threshold"].unique()) == [k / 100 for k in range(80, 101)]
    assert set(table["address_threshold"]) == set(ADDRESSES)


def test_a_few_cells_of_the_threshold_table_by_hand() -> None:
    for selection, name, address, birth in (
        (0, 0, 0, 0),
        (1, 10, 2, 1),
        (2, 3, 4, 2),
        (3, 1, 1, 4),
    ):
        found = row(
            thresholds(),
            measure="false_discovery_rate",
            selection=SELECTION_NAMES[selection],
            name_threshold=(80 + name) / 100,
            address_threshold=ADDRESSES[address],
            birth_date_threshold=BIRTH_DATES[birth],
        )
        at = (selection, slice(None), THRESHOLDS.grid.cell(name, address, birth))
        values = np.array([counts.grid_values[at] for counts in replicates()]).sum(axis=0)
        assert found["numerator"] == values[Quantity.WRONG_PERSON]
        assert found["denominator"] == values[Quantity.LINKS]


def test_intervals_hold_their_estimate_and_stay_in_range() -> None:
    known = estimates()[estimates()["estimate"].notna()]
    assert (known["ci_low"] <= known["estimate"] * (1 + 1e-9)).all()
    assert (known["ci_high"] >= known["estimate"] * (1 - 1e-9)).all()
    assert (known["ci_low"] >= 0).all()
    assert (known[known["measure"].isin(PROPORTIONS)]["ci_high"] <= 1).all()


def groups_of(measure: str) -> set[str]:
    table = estimates()
    return set(table[(table["measure"] == measure) & (table["policy"] == "all")]["group"])


def test_measures_are_broken_down_for_the_groups_that_exist() -> None:
    labels = groups.labels()

    def existing(quantity: str) -> set[str]:
        return {label for k, label in enumerate(labels) if everybody(quantity, k) > 0} | {"all"}

    for measure in MEASURES:
        if measure.breakdown == Breakdown.NONE:
            assert groups_of(measure.name) == {"all"}
    for name in (
        "false_discovery_rate",
        "false_positive_identification_rate",
        "false_negative_identification_rate",
    ):
        assert groups_of(name) == existing("REQUESTS")
    for name in (PER_LAWFUL, "over_disclosed_residents_per_1000_requests"):
        assert groups_of(name) == existing("LAWFUL_RESIDENTS")
    assert "status=unauthorized" in existing("REQUESTS") - existing("LAWFUL_RESIDENTS")


def test_exposure_by_group_is_against_all_requests_or_the_groups_residents() -> None:
    label = "status=permanent_resident"
    column = groups.labels().index(label)
    per_request = row(
        estimates(),
        measure="over_disclosed_residents_per_1000_requests",
        policy="all",
        group=label,
    )
    assert per_request["numerator"] == everybody("EXPOSED", column) > 0
    assert per_request["denominator"] == everybody("REQUESTS")
    per_resident = row(estimates(), measure=PER_LAWFUL, policy="all", group=label)
    assert per_resident["denominator"] == everybody("LAWFUL_RESIDENTS", column)


def test_exposures_of_the_groups_of_a_kind_add_up() -> None:
    table = estimates()
    chosen = table[
        (table["measure"] == "over_disclosed_residents_per_1000_requests")
        & (table["policy"] == "all")
    ]
    for kind in ("origin=", "status=", "tin_kind="):
        parts = chosen[chosen["group"].str.startswith(kind)]["numerator"].sum()
        assert parts == row(chosen, group="all")["numerator"]


def test_disparity_is_a_groups_risk_over_that_of_its_reference() -> None:
    table = estimates()
    disparity = table[(table["measure"] == "disparity") & (table["policy"] == "all")]
    reference = {"status=native_born_citizen", "origin=us_white", "tin_kind=ssn"}
    assert not reference & set(disparity["group"])
    assert set(disparity["group"]) == groups_of(PER_LAWFUL) - reference - {"all"}
    for group in disparity["group"]:
        kind = group.split("=")[0]
        [base] = [label for label in reference if label.startswith(kind)]
        risk = row(table, measure=PER_LAWFUL, policy="all", group=group)["estimate"]
        other = row(table, measure=PER_LAWFUL, policy="all", group=base)["estimate"]
        found = row(disparity, group=group)["estimate"]
        assert found == pytest.approx(risk / other, rel=1e-9)


def test_a_group_struck_like_its_reference_has_a_disparity_of_one() -> None:
    label = groups.labels().index
    twins = []
    for counts in replicates():
        values = counts.group_values.copy()
        values[..., label("status=protected")] = values[..., label("status=native_born_citizen")]
        twins.append(replace(counts, group_values=values))
    found = row(
        estimate_table(twins, SCENARIO),
        measure="disparity",
        policy="all",
        group="status=protected",
    )
    assert found[["estimate", "ci_low", "ci_high", "std_error"]].tolist() == [1.0, 1.0, 1.0, 0.0]


def without_requests() -> Sequence[ReplicateCounts]:
    return [counted(random_world(seed, requests=0)) for seed in (1, 2)]


def test_nothing_in_the_denominator_is_nan_beside_its_counts() -> None:
    table = estimate_table(without_requests(), SCENARIO)
    against_residents = table["measure"] == PER_LAWFUL
    for name in ("estimate", "std_error", "ci_low", "ci_high"):
        assert table[~against_residents][name].isna().all(), name
    assert (table[~against_residents]["denominator"].fillna(0) == 0).all()
    assert (table["numerator"] == 0).all()
    # Residents exist all the same: none of them is exposed.
    assert (table[against_residents]["estimate"] == 0).all()
    assert (table[against_residents]["denominator"] > 0).all()
    grid = threshold_table(without_requests(), SCENARIO)
    assert grid[grid["measure"] != PER_LAWFUL]["estimate"].isna().all()


def test_where_nothing_links_rates_over_links_are_nan_and_others_are_not() -> None:
    worlds = [replace(random_world(seed, requests=30), pairs=()) for seed in (1, 2)]
    table = estimate_table([counted(world) for world in worlds], SCENARIO)
    for measure, (_, below, _) in DEFINITIONS.items():
        found = row(table, measure=measure, policy="best", group="all")
        if below in ("LINKS", "INTENDED", "WRONG_CANDIDATES"):
            assert np.isnan(found["estimate"])
            assert (found["numerator"], found["denominator"]) == (0, 0)
        else:
            assert (
                found["estimate"]
                == found["numerator"] / found["denominator"] * (DEFINITIONS[measure][2])
            )
    assert row(table, measure="recall", policy="best", group="all")["estimate"] == 0


def test_no_events_have_an_exact_upper_bound_over_independent_requests() -> None:
    worlds = [replace(random_world(seed, requests=30), pairs=()) for seed in (1, 2)]
    table = estimate_table([counted(world) for world in worlds], SCENARIO)

    def upper(measure: str) -> float:
        return float(row(table, measure=measure, policy="all", group="all")["ci_high"])

    # Clopper and Pearson's bound for none of n, Garwood's for none at all, both 95% two-sided.
    none_of_60 = 1 - 0.025 ** (1 / 60)
    none = -np.log(0.025)
    assert upper("yield") == pytest.approx(none_of_60, rel=1e-9)
    assert upper("selectivity") == pytest.approx(none / 60, rel=1e-9)
    assert upper("disclosures_intended_per_1000_requests") == pytest.approx(
        1000 * none / 60, rel=1e-9
    )
    residents = row(table, measure=PER_LAWFUL, policy="all", group="all")["denominator"]
    assert upper(PER_LAWFUL) == pytest.approx(1e5 * (1 - 0.025 ** (1 / residents)), rel=1e-9)


def test_zero_events_are_never_without_an_upper_bound() -> None:
    for table in (estimates(), thresholds()):
        nothing = table[(table["estimate"] == 0) & (table["measure"] != "disparity")]
        assert len(nothing) > 0
        assert (nothing["ci_high"] > 0).all()
        assert (nothing["ci_low"] == 0).all()


def test_clumped_events_count_as_the_requests_that_caused_them() -> None:
    """No spread over replicates: the interval is exact, over requests struck, not over events."""

    def upper(clump: int) -> float:
        counts = replicates()[0]
        values = np.zeros_like(counts.grid_values)
        values[:, Quantity.REQUESTS] = 1000
        values[:, Quantity.NON_MATCHING_PAIRS] = values[:, Quantity.WRONG_CANDIDATES] = 1e6
        values[:, Quantity.WRONG_CANDIDATE_REQUESTS] = 1000
        values[:, Quantity.LINKS] = values[:, Quantity.WRONG_PERSON] = 4 * clump
        values[:, Quantity.LINKED_REQUESTS] = values[:, Quantity.WRONGED_REQUESTS] = 4
        nobody = np.zeros_like(counts.group_values)
        same = [replace(counts, grid_values=values, group_values=nobody)] * 2
        return float(
            row(estimate_table(same, SCENARIO), measure="selectivity", policy="all", group="all")[
                "ci_high"
            ]
        )

    assert upper(50) == pytest.approx(50 * upper(1), rel=1e-9)
    assert upper(1) > 8 / 2000


def test_the_trade_off_moves_one_axis_through_the_scenarios_own_policy() -> None:
    table = tradeoff_table(replicates(), SCENARIO)
    assert len(table) == 4 * (21 + 9 + 5)
    steps = {"name_threshold": "0.90", "address_threshold": "zip5", "birth_date_threshold": "exact"}
    own = {"name_threshold": 0.85, "address_threshold": "state", "birth_date_threshold": "year"}
    for axis, step in steps.items():
        found = row(table, selection="best", axis=axis, threshold=step)
        moved = own | {axis: float(step) if axis == "name_threshold" else step}
        for name in TRADED:
            cell = row(thresholds(), measure=name, selection="best", **moved)
            wanted = [cell["estimate"], cell["ci_low"], cell["ci_high"]]
            assert found[[name, f"{name}_low", f"{name}_high"]].tolist() == wanted


def test_errors_trade_off_along_every_axis_when_all_links_are_released() -> None:
    table = tradeoff_table(replicates(), SCENARIO)
    for _, curve in table[table["selection"] == "all"].groupby("axis"):
        inner = curve.sort_values("position")
        assert (np.diff(inner["false_positive_identification_rate"]) <= 0).all()
        assert (np.diff(inner["false_negative_identification_rate"]) >= 0).all()
        assert (np.diff(inner["recall"]) <= 0).all()


def test_a_score_has_one_axis_in_every_table() -> None:
    scenario = Scenario.model_validate(
        {"matching": {"decision_rule": "points", "score_threshold": 40.0}}
    )
    scored = [counted(random_world(seed, requests=30), 2, policies=SCORES) for seed in (1, 2, 3)]
    assert set(estimate_table(scored, scenario)["threshold"]) == {"score>=40.00"}
    table = threshold_table(scored, scenario)
    assert list(table.columns[:4]) == ["measure", "selection", "score_threshold", "estimate"]
    assert len(table) == 4 * len(MEASURES) * SCORES.grid.size
    assert set(tradeoff_table(scored, scenario)["axis"]) == {"score_threshold"}
