"""The command ``scale``: what it asks for, prints and refuses."""

from pathlib import Path

import pytest

from simulator.cli import main

SCENARIO = """\
title: By name
matching: {address_threshold: any, name_threshold: 0.85}
guardrails: {address_required: false, address_check: none, placeholders_rejected: false}
"""
SIZES = ["--sizes", "2000,4000", "--densities", "0.02", "--replicates", "2", "--workers", "1"]


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(SCENARIO, encoding="utf-8")
    return "s.yaml"


def test_scale_prints_laws_nation_and_check(
    scenario: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scale", scenario, *SIZES, "--check", "6000", "--check-replicates", "2"]) == 0
    said = capsys.readouterr().out
    for text in (
        "By name",
        "closed to the rule",
        "Foretold for 330,000,000 people and 1,280,000 requests",
        "Check at 6,000 people, 2 replicates",
        "By chance, anywhere",
        "Results: results/s-scaling",
    ):
        assert text in said
    names = {path.name for path in Path("results/s-scaling").iterdir()}
    assert {"scaling.csv", "laws.csv", "extrapolation.csv", "manifest.json", "figures"} <= names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--sizes", "many"], "--sizes takes numbers with commas between them"),
        (["--sizes", "2000.5,9000"], "--sizes takes whole numbers of people"),
        (["--sizes", "2000"], "s.yaml: --sizes needs two sizes at least"),
        (["--check", "1000"], "--check must be larger than every size"),
        (["--densities", "nan"], "--densities must lie above 0"),
        (["--sizes", "inf,2000"], "--sizes takes whole numbers of people"),
    ],
)
def test_mistakes_are_said_in_one_sentence(
    scenario: str, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scale", scenario, *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not Path("results/s-scaling").exists()
