"""`overmatch vary` through the command line: what it prints, refuses and leaves."""

import csv
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.cli.variation_table import print_variation

SCENARIO = """title: A small one
population: {size: 6_000}
listing: {requests: 60}
matching: {name_threshold: 0.9, address_threshold: zip5}
vary:
  replicates: 2
  measures: [false_discovery_rate, wrong_address_rate]
  parameters:
    matching.name_threshold: {values: [0.8, 1.0], source: x}
"""
SAMPLE = SCENARIO.replace("replicates: 2", "design: sobol\n  base: 8\n  replicates: 3").replace(
    "matching.name_threshold: {values: [0.8, 1.0], source: x}",
    "requests.stale_address: {low: 0.1, high: 0.9, source: x}",
)
COMMON = {"variants.csv", "differences.csv", "tornado.csv", "manifest.json", "run.log", "figures"}


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_a_grid_is_printed_and_left(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "vary", scenario, "--workers", "1")
    assert (code, err) == (0, "")
    assert "A small one" in out
    assert "Name threshold" in out
    assert "False discovery rate, %" in out
    assert "5 variants on the same 2 replicates" in out
    assert "Results: results/small-sensitivity" in out
    left = tmp_path / "results" / "small-sensitivity"
    assert {path.name for path in left.iterdir()} == COMMON
    assert {path.name for path in (left / "figures").iterdir()} == {
        f"grid.{kind}" for kind in ("svg", "pdf", "png", "csv")
    }
    assert said(capsys, "vary", scenario, "--workers", "1", "--quiet") == (0, "", "")


def test_a_sample_is_printed_and_left(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.write_text(SAMPLE, encoding="utf-8")
    code, out, err = said(capsys, "vary", scenario, "--workers", "1", "--output", "here")
    assert (code, err) == (0, "")
    assert "With interactions" in out
    assert "by chance alone" in out
    left = tmp_path / "here"
    assert {path.name for path in left.iterdir()} == COMMON | {"indices.csv", "uncertainty.csv"}
    assert (left / "figures" / "indices.svg").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--set", "vary.measures=[recal]"], "no measure 'recal'; did you mean recall"),
        (["--set", "vary.parameters={}"], "the scenario has no vary.parameters"),
        (["--replicates", "0"], "vary.replicates"),
        (
            ["--set", "vary.parameters={matching.name_threshold: {values: [0.805], source: x}}"],
            "variant 1 (matching.name_threshold=0.805) breaks a rule of the scenario",
        ),
        (
            ["--set", "vary.parameters={matching.nme: {values: [1], source: x}}"],
            "'matching.nme' is no field that holds a value",
        ),
        (["--set", "listing.requests=4000"], "the list asks for"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(
    given: list[str],
    message: str,
    scenario: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = said(capsys, "vary", scenario, "--workers", "1", *given)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    assert not (tmp_path / "results" / "small-sensitivity").exists()


def test_check_knows_the_measures(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "check", scenario)[0] == 0
    code, out, err = said(capsys, "check", scenario, "--set", "vary.measures=[recal, yeild]")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 2
    assert "vary.measures: there is no measure 'recal'; did you mean recall" in err


def test_help_teaches_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "vary", "--help")
    assert code == 0
    assert "overmatch vary scenarios/vary-address-age.yaml" in out


def test_indices_that_say_nothing_are_said_to_say_nothing(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interval wider than the whole variance is named; a narrow one is not."""
    scenario.write_text(SAMPLE, encoding="utf-8")
    assert main(["vary", str(scenario), "--workers", "1", "--output", "here", "--quiet"]) == 0
    stored = tmp_path / "here" / "indices.csv"
    with stored.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    capsys.readouterr()
    for high, expected in (("0.9", False), ("1.2", True)):
        for row in rows:
            row |= {"estimate": "0.1", "ci_low": "0.0", "ci_high": high}
        with stored.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        print_variation(tmp_path / "here")
        assert ("Too uncertain to say" in capsys.readouterr().out) == expected
