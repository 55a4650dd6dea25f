"""A run makes as many replicates as its precision asks for, whoever works and however often."""

import csv
from pathlib import Path
from typing import Any

import pytest

from simulator.measures.quantities import ReplicateCounts
from simulator.measures.rates import MEASURES, Breakdown, estimate_table
from simulator.report.headline import headline_lines
from simulator.scenario.precision import ControlledMeasure
from simulator.scenario.schema import Scenario
from simulator.study import run
from simulator.study.precision import PRECISION, enough_replicates
from simulator.study.replicate import run_replicate
from simulator.study.run import RunError, run_scenario
from tests.study.tiny import Values, digests, manifest, merged, quiet, tiny

ASKED: Values = {
    "measure": "fate_nobody",
    "half_width": 0.12,
    "relative": False,
    "pilot": 6,
    "cap": 24,
}


def asking(change: Values | None = None) -> Scenario:
    return tiny({"precision": merged(ASKED, change or {})})


def row(directory: Path) -> dict[str, str]:
    with (directory / PRECISION).open(encoding="utf-8") as file:
        [only] = csv.DictReader(file)
    return only


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that decided on its replicates."""
    directory = tmp_path_factory.mktemp("precision") / "run"
    run_scenario(asking(), directory, workers=1, progress=quiet)
    return directory


def test_the_interval_is_as_narrow_as_asked_and_the_manifest_says_how(made: Path) -> None:
    found, stated = row(made), manifest(made)
    replicates = int(found["replicates"])
    assert 6 < replicates < 24, "the rule decides, neither pilot nor cap"
    assert stated["replicates"] == replicates
    assert stated["decided_by"] == {"rule": "stein", "pilot": 6}
    assert stated["scenario"]["precision"]["half_width"] == 0.12
    assert PRECISION in stated["tables"]
    assert float(found["half_width"]) <= 0.12
    assert found["kept"] == "yes"
    start = f"The run made {replicates} replicates, as its first 6 asked for: found nobody"
    [line] = [line for line in headline_lines(made) if line.startswith(start)]
    assert "is known as well as was asked for (± 120)." in line


def test_workers_and_interruptions_change_nothing(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedError(Exception):
        pass

    real, calls = run_replicate, []

    def stops(scenario: Scenario, number: int, *rest: Any, **named: Any) -> ReplicateCounts:
        calls.append(number)
        if len(calls) == 8:
            raise StoppedError
        return real(scenario, number, *rest, **named)

    monkeypatch.setattr(run, "run_replicate", stops)
    with pytest.raises(StoppedError):
        run_scenario(asking(), tmp_path / "run", workers=1, progress=quiet)
    assert not (tmp_path / "run").exists()
    monkeypatch.setattr(run, "run_replicate", real)
    run_scenario(asking(), tmp_path / "run", workers=2, progress=quiet)
    assert digests(tmp_path / "run") == digests(made)
    assert row(tmp_path / "run") == row(made)
    assert calls == list(range(8)), "the pilot is not made twice"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("measure", "yield"),
        ("half_width", 0.12),
        ("relative", True),
        ("pilot", 8),
        ("cap", 13),
    ],
)
def test_every_field_changes_what_is_made(field: str, value: object, made: Path) -> None:
    """The counts of the first run's replicates are enough to see what another would decide."""
    scenario = asking({"half_width": 0.1, field: value})
    before, after = (replicates_of(asking({"half_width": 0.1})), replicates_of(scenario))
    assert before != after


CACHE: dict[int, ReplicateCounts] = {}


def replicates_of(scenario: Scenario) -> int:
    """Return how many replicates a scenario makes, each worked out once for all tests."""

    def make(total: int, already: object) -> list[ReplicateCounts]:
        for number in range(total):
            if number not in CACHE:
                CACHE[number] = run_replicate(tiny(), number)
        return [CACHE[number] for number in range(total)]

    return len(enough_replicates(scenario, make, lambda notice: None))


def test_without_a_measure_the_scenarios_own_number_is_made() -> None:
    assert replicates_of(tiny()) == 2
    assert replicates_of(asking({"measure": "none"})) == 2


def test_a_cap_that_is_reached_is_told(tmp_path: Path) -> None:
    run_scenario(
        asking({"half_width": 0.001, "pilot": 4, "cap": 8}),
        tmp_path / "run",
        workers=1,
        progress=quiet,
    )
    assert row(tmp_path / "run")["kept"] == "no"
    told = " ".join(headline_lines(tmp_path / "run"))
    assert "is not known as well as was asked for (± 1): it was stopped at the most" in told


def test_what_the_pilot_decided_is_said(tmp_path: Path) -> None:
    heard: list[str] = []
    run_scenario(
        asking({"half_width": 0.5, "pilot": 4}),
        tmp_path / "run",
        workers=1,
        progress=quiet,
        notice=heard.append,
    )
    assert heard == ["After a pilot of 4 replicates, 4 are made in all."]


def test_a_failure_after_the_pilot_leaves_earlier_results(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **named: Any) -> list[ReplicateCounts]:
        raise RunError("a worker process died")

    monkeypatch.setattr(run, "run_replicates", dies)
    with pytest.raises(RunError):
        run_scenario(asking(), made, workers=1, progress=quiet)
    assert (made / PRECISION).exists()


def test_every_measure_that_can_be_asked_for_is_one_of_everybody() -> None:
    known = {measure.name: measure for measure in MEASURES}
    for measure in set(ControlledMeasure) - {ControlledMeasure.NONE}:
        assert measure in known
        assert known[measure].breakdown in Breakdown
    table = estimate_table([run_replicate(tiny(), number) for number in range(2)], tiny())
    assert set(ControlledMeasure) - {ControlledMeasure.NONE} <= set(table["measure"])


def test_a_cap_below_two_pilots_is_refused() -> None:
    with pytest.raises(ValueError, match="cap must be twice the pilot or more: 40; got 20"):
        asking({"pilot": 20, "cap": 20})
