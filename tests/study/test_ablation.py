"""Plans of sets of guardrails, and the tables and figure made of what replicates say of them.

Counts are made up here, by a rule simple enough to know the answer; that they are those of whole
runs is the business of ``test_relaxed``.
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.report.ablated import read_ablation
from simulator.report.ablation_figure import ablation_figure, write_figure
from simulator.report.stored import ReportError
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import MatchingPart, Scenario
from simulator.study.ablation_plan import (
    EXACT_UP_TO,
    ORDERS,
    GuardrailError,
    Plan,
    drawn_orders,
    plan_of,
    positions,
)
from simulator.study.ablation_results import (
    ALL_TOGETHER,
    AVOIDED,
    LOST,
    PER_LOST,
    SPARED,
    effects_table,
    shapley_table,
    subsets_table,
    write_ablation,
)
from simulator.study.relaxed import Ablated

REQUESTS = 2_000
REVIEW, UNIQUE = 1 << Guardrail.REVIEW, 1 << Guardrail.UNIQUE_ONLY
ADDRESS, REASON = 1 << Guardrail.ADDRESS_REQUIRED, 1 << Guardrail.REASON_REQUIRED
SCENARIO = Scenario(title="Made up", replicates=3, matching=MatchingPart(tin_path=True))


def counts(standing: int, replicate: int) -> list[float]:
    """Return people exposed, wrong lawful persons and intended disclosures under a set.

    Without any guardrail 100, 40 and 500, and 10 more of each per replicate. Address required
    spares 6 and costs 4; review spares 20, 8 of them wrong persons, and costs nothing; reason
    required spares 12 and costs 24, but only 6 and 12 where review stands too.
    """
    exposed, wrong, intended = (first + 10.0 * replicate for first in (100.0, 40.0, 500.0))
    if standing & ADDRESS:
        exposed, intended = exposed - 6.0, intended - 4.0
    if standing & REVIEW:
        exposed, wrong = exposed - 20.0, wrong - 8.0
    if standing & REASON:
        half = 0.5 if standing & REVIEW else 1.0
        exposed, intended = exposed - 12.0 * half, intended - 24.0 * half
    return [exposed, wrong, intended]


def replicates(plan: Plan, number: int = 3) -> list[Ablated]:
    return [
        Ablated(np.array([counts(one, replicate) for one in plan.sets()]), REQUESTS)
        for replicate in range(number)
    ]


def at(table: pd.DataFrame, guardrail: str, measure: str) -> pd.Series:
    rows = table[(table["guardrail"] == guardrail) & (table["measure"] == measure)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_plan_asks_about_each_guardrail_alone_and_every_subset() -> None:
    plan = plan_of(SCENARIO, ["on", "review"])
    own = [rail for rail in plan.guardrails if plan.own >> rail & 1]
    assert Guardrail.REVIEW not in own
    assert Guardrail.ADDRESS_REQUIRED in own
    assert plan.guardrails[: len(own)] == tuple(own)
    assert plan.players == (*own, Guardrail.REVIEW)
    sets = set(plan.sets())
    assert plan.own in sets
    assert {plan.own & ~ADDRESS, plan.own | REVIEW, plan.own | UNIQUE} <= sets
    assert {plan.with_players(subset) for subset in range(1 << len(plan.players))} <= sets
    assert plan.with_players(0) == 0
    assert plan.with_players((1 << len(plan.players)) - 1) == plan.own | REVIEW


def test_guardrails_that_are_no_players_stay_as_they_are() -> None:
    plan = plan_of(SCENARIO, ["review", "unique_only"])
    assert plan.subsets() == [
        plan.own,
        plan.own | REVIEW,
        plan.own | UNIQUE,
        plan.own | REVIEW | UNIQUE,
    ]


def test_many_players_are_introduced_in_some_orders() -> None:
    names = [rail.name.lower() for rail in Guardrail if 10 <= rail <= 20]
    plan = plan_of(SCENARIO, names)
    assert len(plan.players) == EXACT_UP_TO + 1
    assert len(plan.orders) == ORDERS
    assert plan.orders == drawn_orders(len(plan.players), SCENARIO.seed)
    assert plan.orders != drawn_orders(len(plan.players), SCENARIO.seed + 1)
    first, second = plan.orders[:2]
    assert first == second[::-1]
    assert sorted(first) == list(range(len(plan.players)))
    assert set(plan.along(first)) <= set(plan.sets())


def test_an_unknown_guardrail_is_named_with_what_is_allowed() -> None:
    with pytest.raises(GuardrailError, match=r"no .reviews.; did you mean review.*allowed: on"):
        plan_of(SCENARIO, ["on", "reviews"])


def test_a_guardrail_with_nothing_to_strike_is_turned_nowhere() -> None:
    without_path = SCENARIO.model_copy(update={"matching": MatchingPart()})
    beside_number = {Guardrail.TIN_NAME_CHECK, Guardrail.TIN_ADDRESS}
    plan, other = plan_of(SCENARIO), plan_of(without_path)
    assert set(plan.guardrails) - set(other.guardrails) == beside_number
    assert Guardrail.TIN_NAME_CHECK not in other.players
    with pytest.raises(GuardrailError, match="tin_name_check does nothing in this scenario"):
        plan_of(without_path, ["tin_name_check"])


def test_positions_are_those_of_an_ascending_list() -> None:
    assert positions([3, 5, 9], [9, 3, 9]).tolist() == [2, 0, 2]


def test_beside_caps_and_selections_signs_are_not_taken_for_granted() -> None:
    """Reason required changed 0, 0 and 3 people: a count, unless a cap may let others through."""

    def rare(plan: Plan) -> list[Ablated]:
        return [
            Ablated(
                np.array([[100.0 - (0.0 if one & REASON else gone), 40.0, 500.0] for one in sets]),
                REQUESTS,
            )
            for gone in (0.0, 0.0, -3.0)
            for sets in [plan.sets()]
        ]

    plain = SCENARIO
    capped = Scenario.model_validate({**plain.model_dump(), "guardrails": {"batch_cap": 500}})
    best = Scenario.model_validate({**plain.model_dump(), "matching": {"selection": "best"}})
    unique = Scenario.model_validate({**plain.model_dump(), "matching": {"selection": "unique"}})
    for scenario, is_count in ((plain, True), (capped, False), (best, False), (unique, False)):
        plan = plan_of(scenario, ["on", "reason_required"])
        for table in (effects_table, shapley_table):
            found = at(table(scenario, plan, rare(plan)), "reason_required", SPARED)
            assert found["estimate"] > 0.0
            assert (found["ci_low"] > 0.0) == is_count


def test_effects_are_what_a_guardrail_does_beside_the_others() -> None:
    plan = plan_of(SCENARIO, ["on"])
    table = effects_table(SCENARIO, plan, replicates(plan))
    address = at(table, "address_required", SPARED)
    assert (address["in_scenario"], address["estimate"]) == ("on", 3.0)  # 6 of 2,000
    # The scenario has address and reason on: 82, 92 and 102 exposed, 6 more without the address.
    assert (address["without"], address["with"]) == (49.0, 46.0)
    assert (address["numerator"], address["denominator"]) == (18.0, 6_000.0)
    assert at(table, "address_required", LOST)["estimate"] == 2.0
    review = at(table, "review", SPARED)
    # Turned on beside the reason, it spares 20 of its own and 6 less by the reason: 14.
    assert (review["in_scenario"], review["estimate"]) == ("off", 7.0)
    assert at(table, "review", AVOIDED)["estimate"] == 4.0
    assert at(table, "review", LOST)["estimate"] == -6.0  # the reason costs 12 fewer beside it
    assert at(table, "review", PER_LOST)["note"] == "matches gained"
    ratio = at(table, "address_required", PER_LOST)
    assert (ratio["estimate"], ratio["numerator"], ratio["denominator"]) == (1.5, 18.0, 12.0)


def test_a_guardrail_that_changes_nothing_says_so_and_how_sure_that_is() -> None:
    plan = plan_of(SCENARIO, ["on"])
    table = effects_table(SCENARIO, plan, replicates(plan))
    unique = at(table, "unique_only", SPARED)
    assert (unique["estimate"], unique["note"]) == (0.0, "none seen")
    assert unique["ci_high"] == -unique["ci_low"] == pytest.approx(-math.log(0.025) / 6.0)
    assert at(table, "unique_only", PER_LOST)["note"] == "no change"


def test_shapley_values_share_out_what_overlaps_and_add_up() -> None:
    plan = plan_of(SCENARIO, ["reason_required", "review"])
    table = shapley_table(SCENARIO, plan, replicates(plan))
    # Reason alone 12, review alone 20, both 26: (12 + 6) / 2 and (20 + 14) / 2, of 2,000.
    assert at(table, "reason_required", SPARED)["estimate"] == pytest.approx(4.5)
    assert at(table, "review", SPARED)["estimate"] == pytest.approx(8.5)
    assert at(table, ALL_TOGETHER, SPARED)["estimate"] == pytest.approx(13.0)
    assert at(table, "reason_required", LOST)["estimate"] == pytest.approx(9.0)
    assert at(table, "review", LOST)["estimate"] == pytest.approx(-3.0)
    assert (table["sampling_error"] == 0.0).all()
    assert (table["orders"] == "all").all()


def test_shapley_values_over_some_orders_add_up_and_state_their_error() -> None:
    names = [rail.name.lower() for rail in Guardrail if 11 <= rail <= 20]
    plan = plan_of(SCENARIO, ["reason_required", "review", *names])
    table = shapley_table(SCENARIO, plan, replicates(plan))
    parts = table[table["guardrail"] != ALL_TOGETHER]
    for measure in (SPARED, AVOIDED, LOST):
        worth = parts[parts["measure"] == measure]["estimate"].sum()
        assert worth == pytest.approx(at(table, ALL_TOGETHER, measure)["estimate"])
    # An order and its reverse see the two overlap once each way: nothing is left to chance.
    reason = at(table, "reason_required", SPARED)
    assert (reason["estimate"], reason["sampling_error"]) == pytest.approx((4.5, 0.0))
    assert (table["orders"] == ORDERS).all()


def test_subsets_hold_the_outcome_of_each() -> None:
    plan = plan_of(SCENARIO, ["reason_required", "review"])
    table = subsets_table(SCENARIO, plan, replicates(plan))
    rows = table[table["measure"] == "over_disclosed_residents_per_1000_requests"]
    # Beside the address: 104 exposed on average, less 12, 20 and 26.
    assert dict(zip(rows["guardrails"], rows["estimate"], strict=True)) == pytest.approx(
        {"none": 52.0, "reason_required": 46.0, "review": 42.0, "reason_required+review": 39.0}
    )


def test_what_is_written_is_the_same_every_time(tmp_path: Path) -> None:
    plan = plan_of(SCENARIO, ["on", "review"])
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_ablation(SCENARIO, plan, replicates(plan), tmp_path / name)
        write_figure(tmp_path / name)
    first, second = (
        {path.relative_to(tmp_path / name): path for path in (tmp_path / name).rglob("*.*")}
        for name in ("a", "b")
    )
    assert {str(path) for path in first} == {
        "ablation.csv",
        "shapley.csv",
        "subsets.csv",
        "manifest.json",
        *(f"figures/ablation.{kind}" for kind in ("svg", "pdf", "png", "csv")),
    }
    for path, file in first.items():
        assert file.read_bytes() == second[path].read_bytes(), path
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scenario_sha256"] == scenario_sha256(SCENARIO)
    assert manifest["ablated"]["shapley"] == [rail.name.lower() for rail in plan.players]


def test_a_figure_has_a_row_a_guardrail_and_no_number_that_is_not_stored(tmp_path: Path) -> None:
    plan = plan_of(SCENARIO, ["on", "review"])
    write_ablation(SCENARIO, plan, replicates(plan), tmp_path)
    ablation = read_ablation(tmp_path)
    figure = ablation_figure(ablation)
    assert [row["in_scenario"] for row in figure.rows] == sorted(
        (row["in_scenario"] for row in figure.rows), reverse=True
    )
    rows = {row["guardrail"]: row for row in figure.rows}
    assert set(rows) == {rail.name.lower() for rail in plan.guardrails}
    assert (rows["address_required"]["spared"], rows["address_required"]["lost"]) == (3.0, 2.0)
    assert rows["address_required"]["spared_shapley"] == pytest.approx(3.0)
    assert rows["unique_only"]["spared_shapley"] is None
    assert rows["unique_only"]["spared_per_lost_shown"] == "no change"
    assert rows["review"]["spared_per_lost_shown"] == "matches gained"
    assert "Address required (on): 3" in figure.description


def test_a_table_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    plan = plan_of(SCENARIO)
    write_ablation(SCENARIO, plan, replicates(plan), tmp_path)
    path = tmp_path / "ablation.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("49,46", "many,46"), encoding="utf-8")
    with pytest.raises(ReportError, match=r"ablation.csv:\d+: not a number: 'many'"):
        read_ablation(tmp_path)
