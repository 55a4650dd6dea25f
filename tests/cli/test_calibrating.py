"""The command ``calibrate``: what it asks for, prints and refuses."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator.cli import main
from simulator.scenario.schema import Scenario
from simulator.study.calibration import CalibrationError, Draw

PROBLEMS = """\
title: X
calibration:
  targets:
    yeild: {value: 0.1, tolerance: 0.1, source: x}
    yield: {value: 1.5, tolerance: 0.1, source: x}
  free:
    requests.tin_presnt: {low: 0, high: 1, source: x}
  uncertain:
    population.size: {low: 2000, high: 3000, source: x}
    requests.tin_wrong: {low: 0.5, high: 0.2, source: x}
    listing.died_share: {low: 0.5, high: 2, source: x}
    requests.tin_borrowed: {low: 0.5, high: 1, sorce: x}
"""


def test_check_finds_every_mistake_of_a_calibration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(PROBLEMS, encoding="utf-8")
    assert main(["check", "x.yaml"]) == 2
    said = capsys.readouterr().err
    for text in (
        "x.yaml:4: calibration.targets.yeild: 'yeild' is unknown; allowed: pairs of a name (yield,",
        "x.yaml:5: calibration.targets.yield.value: 1.5 is too large",
        "x.yaml:7: calibration.free.'requests.tin_presnt': 'requests.tin_presnt' is no field",
        "x.yaml:9: calibration.uncertain.'population.size': population.size holds whole numbers",
        "x.yaml:10: calibration.uncertain.'requests.tin_wrong': low must be less than high",
        "x.yaml:11: calibration.uncertain.'listing.died_share': listing.died_share allows 0 to 1",
        "x.yaml:12: calibration.uncertain.'requests.tin_borrowed'.source: lacks a value",
        "x.yaml:12: calibration.uncertain.'requests.tin_borrowed'.sorce: unknown key; allowed:",
    ):
        assert text in said


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Stand in for the calibration, in an empty working directory with one scenario."""
    asked: dict[str, Any] = {}

    def run_calibration(scenario: Scenario, output: Path, **options: Any) -> list[Draw]:
        asked.update(scenario=scenario, output=output, **options)
        if isinstance(asked.get("ends_with"), Exception):
            raise asked["ends_with"]
        output.mkdir(parents=True)
        shares = {"estimate": 0.02, "ci_low": 0.01, "ci_high": 0.04}
        scaled = {"accounts": 946.4, "accounts_low": 473.0, "accounts_high": 1_892.0}
        rows = [
            {"prediction": name, "draws": 1, **shares, **scaled}
            for name in ("wrong_person", "lawful")
        ]
        pd.DataFrame(rows).to_csv(output / "predictions.csv", index=False)
        return [Draw(number, {}, {}, {}, number == 0, 3, ()) for number in range(2)]

    monkeypatch.setattr("simulator.study.calibration_run.run_calibration", run_calibration)
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text("title: My scenario\n", encoding="utf-8")
    return asked


def test_calibrate_says_how_many_draws_fit_and_what_they_predict(
    ran: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "s.yaml", "--workers", "2", "--seed", "5"]) == 0
    said = capsys.readouterr()
    assert (ran["output"], ran["workers"], ran["scenario"].seed) == (
        Path("results/s-calibration"),
        2,
        5,
    )
    assert "1 of 2 draws reach every target. Not draws 1." in said.out
    assert "20.0 (10.0 to 40.0 over draws) belonged to a different person." in said.out
    assert "47,300" not in said.out
    assert said.out.endswith("Results: results/s-calibration\n")
    assert said.err == ""


def test_shares_are_applied_to_the_number_released(
    ran: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "s.yaml", "--set", "calibration.released=47300"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "belonged to a different person: of the 47,300 released, 946 (473 to 1,892)." in told


def test_what_cannot_be_calibrated_is_one_sentence_and_2(
    ran: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    ran["ends_with"] = CalibrationError("the scenario has no calibration.targets")
    assert main(["calibrate", "s.yaml", "--quiet"]) == 2
    assert (
        capsys.readouterr().err == "overmatch: s.yaml: the scenario has no calibration.targets.\n"
    )
