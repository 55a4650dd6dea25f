"""What the command leaves and says, with stand-ins for the population where that is enough."""

import json
from pathlib import Path

import pandas as pd
import pytest

from simulator.cli import main
from simulator.fidelity import run
from simulator.fidelity.counts import Statistics
from simulator.fidelity.replicate import count, run_replicate, statistics
from simulator.fidelity.targets import targets
from simulator.fidelity.world import worlds
from simulator.randomness import Streams
from simulator.scenario.schema import Scenario
from simulator.study.executors import SerialExecutor
from simulator.study.kind import Kind
from simulator.study.replay import replay

SMALL = Scenario.model_validate(
    {"population": {"size": 20_000}, "listing": {"requests": 1}, "replicates": 2}
)


def published(scenario: Scenario, replicate: int) -> Statistics:
    """Stand in for a replicate that meets every target, but for one."""
    found: Statistics = {target.id: target.published / target.scale for target in targets()}
    return found | {"group_quarters": 0.0}


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(run, "run_replicate", published)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results" / "fidelity"


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_every_target_is_computed_and_everything_computed_is_a_target() -> None:
    found = run_replicate(SMALL, 0)
    assert set(found) == {target.id for target in targets()}


def test_statistics_do_not_depend_on_the_order_of_the_shards() -> None:
    scenario = SMALL.model_copy(
        update={"population": SMALL.population.model_copy(update={"size": 210_000})}
    )
    first, *rest = [count(world) for world in worlds(scenario, Streams(1, 0))]
    assert rest
    one, other = rest[0] + first, first + rest[0]
    assert str(statistics(one)) == str(statistics(other))  # as text, since NaN equals nothing


def test_the_command_leaves_table_manifest_and_figure(
    stand_in: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fidelity", "--size", "20000", "--replicates", "2", "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert f"{len(targets())} rows: {len(targets()) - 1} within, 1 outside" in said
    assert "Results: results/fidelity" in said
    left = files(stand_in)
    assert set(left) == {
        "fidelity.csv",
        "people.csv",
        "manifest.json",
        *(f"figures/fidelity.{kind}" for kind in ("svg", "pdf", "png", "csv")),
    }
    table = pd.read_csv(stand_in / "fidelity.csv").set_index("id")
    assert list(table.index) == [target.id for target in targets()]
    assert table.loc["group_quarters", "verdict"] == "outside"
    assert (table.drop("group_quarters")["verdict"] == "within").all()
    assert table.loc["total_returns", "simulated"] == pytest.approx(163.5e6)
    manifest = json.loads(left["manifest.json"])
    assert manifest["verdicts"] == {"outside": 1, "within": len(targets()) - 1}
    assert manifest["scenario"]["population"]["size"] == 20_000


def test_the_same_run_leaves_the_same_bytes_in_place_of_the_old(
    stand_in: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        run.run_fidelity(SMALL, stand_in, workers=1, progress=lambda done, total: None)
        again = files(stand_in)
    run.run_fidelity(SMALL, tmp_path / "b", workers=1, progress=lambda done, total: None)
    assert files(tmp_path / "b") == again


def test_the_comparison_is_made_again_from_its_manifest(stand_in: Path) -> None:
    run.run_fidelity(SMALL, stand_in, workers=1, progress=lambda done, total: None)
    remakes = {Kind.FIDELITY: run.remake_fidelity}
    found = replay(
        stand_in,
        remakes,
        workers=1,
        progress=lambda done, total: None,
        finishes={Kind.FIDELITY: lambda directory: None},
    )
    assert found.identical
    assert [one.name for one in found.tables] == ["fidelity.csv", "people.csv"]
    assert found.figures is not None
    assert len(found.figures) == 4


def test_strict_fails_on_an_unexplained_row_outside(stand_in: Path) -> None:
    command = ["fidelity", "--size", "20000", "--replicates", "2", "--workers", "1", "--quiet"]
    assert main([*command, "--strict"]) == 1
    assert main(command) == 0


def test_progress_counts_replicates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "run_replicate", published)
    heard: list[tuple[int, int]] = []
    run.run_replicates(SMALL, SerialExecutor(), progress=lambda *at: heard.append(at))
    assert heard == [(0, 2), (1, 2), (2, 2)]


@pytest.mark.parametrize("arguments", ["--size 10", "--replicates 1", "--size 99999999999"])
def test_the_command_refuses_what_shows_nothing(
    stand_in: Path, capsys: pytest.CaptureFixture[str], arguments: str
) -> None:
    assert main(["fidelity", *arguments.split()]) == 2
    assert "overmatch: Invalid value" in capsys.readouterr().err
