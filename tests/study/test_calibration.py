"""Calibration: known solutions found, unreachable targets reported, uncertainty told apart.

The replicate is a toy with closed forms, so that every fit can be worked out by hand.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.report.calibration_figure import write_calibration_figure
from simulator.scenario.choices import TargetMeasure
from simulator.scenario.schema import Scenario
from simulator.study.calibration import (
    CalibrationError,
    Counted,
    calibrate,
    share,
    uncertain_draws,
    with_values,
)
from simulator.study.calibration_run import (
    DRAWS,
    DRIVERS,
    PREDICTIONS,
    run_calibration,
    write_calibration,
)
from simulator.study.executors import SerialExecutor
from simulator.study.fitting import Aim, Bounds, fit
from simulator.study.predictions import driver_table, prediction_table
from tests.study.tiny import manifest, quiet

N = 1e7  # requests of the toy: shares are exact to well below any tolerance
ON_ROLL = 0.5


def toy(scenario: Scenario, replicate: int) -> Counted:
    """Answer by number or by address, as in 2025, without chance.

    Of those in the country half are on the roll; numbers always find, addresses in four of ten.
    Of accounts by number the share requests.tin_wrong is of wrong persons, of others one in ten.
    """
    del replicate
    here = 1.0 - scenario.listing.departed_share
    without = scenario.requests.street_missing
    number = scenario.requests.tin_present_without_address or 0.0
    by_tin = N * here * ON_ROLL * without * number
    by_address = N * here * ON_ROLL * (1.0 - without) * 0.4
    wrong = by_tin * scenario.requests.tin_wrong
    released = by_tin + by_address
    return Counted(
        requests=N,
        answered=released,
        released=released,
        by_tin=by_tin,
        deficient=by_tin,
        wrong_address=0.0,
        wrong_person=wrong + 0.1 * by_address,
        wrong_person_by_tin=wrong,
        wrong_person_lawful=wrong,
        listing_error=scenario.listing.wrongly_listed_share * released,
    )


def between(low: float, high: float) -> dict[str, Any]:
    return {"low": low, "high": high, "source": "a test"}


def target(value: float, tolerance: float) -> dict[str, Any]:
    return {"value": value, "tolerance": tolerance, "source": "a test"}


CALIBRATION: dict[str, Any] = {
    "draws": 16,
    "released": 1000,
    "targets": {"yield": target(0.037, 1e-5), "tin_path_share": target(0.903, 1e-4)},
    "free": {
        "requests.tin_present_without_address": between(0.0, 1.0),
        "requests.street_missing": between(0.3, 1.0),
    },
    "uncertain": {
        "listing.departed_share": between(0.1, 0.5),
        "requests.tin_wrong": between(0.0, 0.2),
    },
}


def scenario(change: Mapping[str, Any] | None = None) -> Scenario:
    return Scenario.model_validate(
        {
            "listing": {"requests": 100},
            "requests": {
                "tin_present_without_address": 0.5,
                "street_missing": 0.8,
                "number_missing": 0.0,
            },
            "calibration": {**CALIBRATION, **(change or {})},
        }
    )


def by(table: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the rows of a table by what they are about."""
    rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    return {tuple(row[key] for key in keys): row for row in rows}


def test_free_parameters_are_those_worked_out_by_hand() -> None:
    for draw in calibrate(scenario(), SerialExecutor(), toy, progress=quiet):
        here = (1.0 - draw.uncertain["listing.departed_share"]) * ON_ROLL
        # yield by address: 0.097 x 0.037 = here x (1 - street_missing) x 0.4
        street_missing = 1.0 - 0.097 * 0.037 / (0.4 * here)
        number = 0.903 * 0.037 / (here * street_missing)
        assert draw.is_fitted
        assert draw.free["requests.street_missing"] == pytest.approx(street_missing, abs=1e-4)
        found = draw.free["requests.tin_present_without_address"]
        assert found == pytest.approx(number, rel=1e-2)
        assert draw.reached["yield"] == pytest.approx(0.037, abs=1e-5)
        assert draw.reached["tin_path_share"] == pytest.approx(0.903, abs=1e-4)


def test_a_target_out_of_reach_is_reported_and_predicts_nothing() -> None:
    # Half of the draws or so leave too few people in the country for this yield.
    targets = {"yield": target(0.42, 1e-3)}
    free = {"requests.tin_present_without_address": between(0.0, 1.0)}
    uncertain = {"listing.departed_share": between(0.0, 0.5)}
    part = {"targets": targets, "free": free, "uncertain": uncertain}
    base = scenario(part)
    draws = calibrate(base, SerialExecutor(), toy, progress=quiet)
    for draw in draws:
        # all with an address found in 0.4 of cases (0.2 of requests), all others by number (0.8)
        most = (1.0 - draw.uncertain["listing.departed_share"]) * ON_ROLL * (0.2 * 0.4 + 0.8)
        assert draw.is_fitted == (most >= 0.419), "reached wherever it can be"
        if not draw.is_fitted:
            assert draw.reached["yield"] == pytest.approx(most, rel=1e-2), "what came nearest"
    fitted = sum(draw.is_fitted for draw in draws)
    assert 0 < fitted < len(draws)
    assert (prediction_table(draws, base)["draws"] == fitted).all()


def test_nothing_reachable_leaves_predictions_empty_not_wrong() -> None:
    part = {
        "targets": {"yield": target(0.9, 1e-3)},
        "free": {"requests.tin_present_without_address": between(0.0, 1.0)},
    }
    base = scenario(part)
    draws = calibrate(base, SerialExecutor(), toy, progress=quiet)
    table = prediction_table(draws, base)
    assert (table["draws"] == 0).all()
    assert table["estimate"].isna().all()
    assert driver_table(draws, base)["rank_correlation"].isna().all()


def test_predictions_are_means_of_the_draws_and_drivers_what_moves_them() -> None:
    base = scenario()
    draws = calibrate(base, SerialExecutor(), toy, progress=quiet)
    table = by(prediction_table(draws, base), "prediction")
    # by hand: tin_wrong is even over 0 to 0.2, so 0.1 of 0.903, and a tenth of 0.097
    wrong = table["wrong_person",]
    assert wrong["estimate"] == pytest.approx(0.1, abs=0.003)
    assert table["wrong_person_by_tin",]["estimate"] == pytest.approx(0.0903, abs=0.003)
    assert wrong["accounts"] == pytest.approx(100.0, abs=3.0)
    assert table["listing_error",]["ci_high"] == pytest.approx(0.03, abs=1e-6)
    assert wrong["sd_monte_carlo"] < 0.001
    assert wrong["sd_parameters"] == pytest.approx(0.0521, rel=0.05)
    drivers = by(driver_table(draws, base), "prediction", "parameter")
    strong = drivers["wrong_person", "requests.tin_wrong"]
    weak = drivers["wrong_person", "listing.departed_share"]
    assert strong["rank_correlation"] > 0.99
    assert strong["ci_low"] > 0.9
    assert weak["ci_low"] < 0.0 < weak["ci_high"]


def test_what_no_draw_shows_has_an_exact_upper_limit() -> None:
    base = scenario()
    draws = calibrate(base, SerialExecutor(), toy, progress=quiet)
    row = by(prediction_table(draws, base), "prediction")["wrong_address",]
    released = sum(draw.whole.released for draw in draws)
    assert (row["events"], row["estimate"]) == (0.0, 0.0)
    assert row["ci_high"] == pytest.approx(1.0 - 0.025 ** (1.0 / released), rel=1e-6)


def noisy(scenario: Scenario, replicate: int) -> Counted:
    """Return the toy with a number of wrong persons that hangs on the replicate alone."""
    plain = toy(scenario, replicate)
    wrong = plain.released * (0.05 + 0.04 * (pow(replicate + 3, 17, 101) / 50.0 - 1.0))
    return Counted(**{**vars(plain), "wrong_person": wrong})


def test_chance_is_not_taken_for_uncertainty_of_parameters() -> None:
    base = scenario({"replicates": 4})
    draws = calibrate(base, SerialExecutor(), noisy, progress=quiet)
    row = by(prediction_table(draws, base), "prediction")["wrong_person",]
    assert row["sd_monte_carlo"] == pytest.approx(0.04 / np.sqrt(3.0) / 2.0, rel=0.25)
    assert row["sd_parameters"] < row["sd_monte_carlo"]
    whole, inner = row["ci_high"] - row["ci_low"], row["parameters_high"] - row["parameters_low"]
    assert inner < whole


def test_draws_are_even_over_every_range_and_their_own() -> None:
    base = scenario()
    rows = uncertain_draws(base)
    assert rows.shape == (16, 2)
    slices = np.floor((rows[:, 0] - 0.1) / 0.4 * 16).astype(int)
    assert sorted(slices) == list(range(16)), "one in each slice"
    assert not np.array_equal(np.argsort(rows[:, 0]), np.argsort(rows[:, 1]))
    other = base.model_copy(update={"seed": 1})
    assert not np.array_equal(uncertain_draws(other), rows)
    assert np.array_equal(uncertain_draws(scenario()), rows)


def test_slopes_kept_from_another_fit_save_evaluations() -> None:
    aim = Aim(np.array([0.2, 0.6]), np.array([1e-3, 1e-3]))
    bounds = Bounds(np.zeros(2), np.ones(2))

    def measured(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.array([x[0] * x[1], 1.0 - x[0] / 2.0])

    first = fit(measured, aim, bounds, [0.5, 0.5])
    assert first.reached
    assert first.parameters == pytest.approx([0.8, 0.25], abs=0.01)
    again = fit(measured, aim, bounds, [0.7, 0.3], first.slopes)
    assert again.reached
    assert again.evaluations < first.evaluations


def test_a_start_that_is_right_is_left_alone() -> None:
    aim = Aim(np.array([0.3]), np.array([0.01]))
    found = fit(lambda x: x, aim, Bounds(np.zeros(1), np.ones(1)), [0.305])
    assert (found.reached, found.evaluations) == (True, 1)


def test_values_that_break_a_rule_are_one_sentence() -> None:
    with pytest.raises(CalibrationError, match="exceed 1"):
        with_values(scenario(), {"listing.departed_share": 1.0})


def test_a_scenario_without_targets_is_refused() -> None:
    with pytest.raises(CalibrationError, match="to fit anything to"):
        calibrate(Scenario(), SerialExecutor(), toy, progress=quiet)


def test_every_target_measure_is_a_share_of_what_is_counted() -> None:
    counted = toy(scenario(), 0)
    assert all(0.0 <= share(counted, measure) <= 1.0 for measure in TargetMeasure)
    assert share(counted, TargetMeasure.TIN_PATH_SHARE) == counted.by_tin / counted.released


def test_results_are_tables_manifest_and_a_figure_the_same_each_time(tmp_path: Path) -> None:
    base = scenario()
    read = []
    for name in ("one", "two"):
        run_calibration(
            base,
            tmp_path / name,
            workers=1,
            progress=quiet,
            finish=write_calibration_figure,
            counting=toy,
        )
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.is_file())
        read.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert read[0] == read[1]
    names = {str(name) for name in read[0]}
    assert {DRAWS, PREDICTIONS, DRIVERS, "manifest.json", "figures/predictions.svg"} <= names
    assert manifest(tmp_path / "one")["draws_fitted"] == 16
    table = pd.read_csv(tmp_path / "one" / DRAWS)
    assert len(table) == 16
    assert {"requests.street_missing", "target_yield", "share_wrong_person"} <= set(table.columns)


@pytest.mark.parametrize(
    "change",
    [
        {"draws": 5},
        {"replicates": 2},
        {"released": 2000},
        {"targets": {**CALIBRATION["targets"], "yield": target(0.03, 1e-5)}},
        {
            "free": {
                "requests.tin_present_without_address": between(0.0, 1.0),
                "listing.died_share": between(0.0, 0.3),
            },
            "targets": {"yield": target(0.037, 1e-5), "tin_path_share": target(0.903, 0.9)},
        },
        {"uncertain": {"requests.tin_wrong": between(0.0, 0.1)}},
    ],
    ids=["draws", "replicates", "released", "targets", "free", "uncertain"],
)
def test_every_field_of_the_part_changes_the_tables(
    change: Mapping[str, Any], tmp_path: Path
) -> None:
    tables = []
    for name, part in (("before", {}), ("after", change)):
        directory = tmp_path / name
        directory.mkdir()
        base = scenario(part)
        draws = calibrate(base, SerialExecutor(), toy, progress=quiet)
        write_calibration(base, draws, directory)
        files = (DRAWS, PREDICTIONS, DRIVERS)
        tables.append([(directory / file).read_text(encoding="utf-8") for file in files])
    assert tables[0] != tables[1]
