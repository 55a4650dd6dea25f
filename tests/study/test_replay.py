"""Replays: identical where nothing changed, and every change to a table is told."""

import json
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator.study.ablation import ablate_scenario
from simulator.study.ablation_plan import plan_of
from simulator.study.calibration_run import run_calibration
from simulator.study.kind import Kind
from simulator.study.manifests import ManifestError
from simulator.study.remaking import remake_ablation, remake_calibration, remake_count, remake_run
from simulator.study.replay import NoRemakeError, Replay, Verdict, replay
from simulator.study.results import LOG, MANIFEST, write_manifest
from simulator.study.run import Progress, run_scenario
from tests.study import test_calibration
from tests.study.tiny import quiet, tiny

REMAKES = {Kind.RUN: remake_run, Kind.COUNT: remake_count, Kind.ABLATION: remake_ablation}
ROWS = "measure,group,estimate\nprecision,all,0.5\nrecall,all,0.25\n"


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def written(directory: Path, text: str = ROWS, **further: Any) -> Path:
    """Write results of one table."""
    directory.mkdir(exist_ok=True)
    (directory / "estimates.csv").write_text(text, encoding="utf-8")
    write_manifest(Kind.RUN, tiny(), ("estimates.csv",), directory, **further)
    return directory


def making(text: str = ROWS, **further: Any) -> Mapping[Kind, Callable[..., None]]:
    """Return what makes results of one table again, as they are or otherwise."""

    def remake(
        manifest: Mapping[str, Any], directory: Path, *, workers: int, progress: Progress
    ) -> None:
        written(directory, text, **further)

    return {Kind.RUN: remake}


def replayed(directory: Path, remakes: Mapping[Kind, Callable[..., None]], **more: Any) -> Replay:
    before = files(directory)
    found = replay(directory, remakes, workers=1, progress=quiet, **more)
    assert files(directory) == before, "nothing is written into the folder replayed"
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("results") / "tiny"
    run_scenario(tiny(), output, workers=1, progress=quiet)
    return output


def test_a_run_made_again_is_identical(run: Path) -> None:
    found = replayed(run, REMAKES)
    assert found.identical
    assert len(found.tables) >= 4
    assert found.other_versions == ()


def test_tables_left_out_are_compared_by_their_hash(run: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("estimates.csv", MANIFEST, LOG):
        shutil.copy(run / name, few)
    found = replayed(few, REMAKES)
    assert found.identical
    assert [one.name for one in found.tables if one.stored] == ["estimates.csv"]


def test_a_run_of_another_seed_differs_in_named_columns(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(run, other)
    again = tmp_path / "again"
    run_scenario(tiny({"seed": 9}), again, workers=1, progress=quiet)
    shutil.copy(again / "estimates.csv", other)
    [found] = [one for one in replayed(other, REMAKES).tables if one.name == "estimates.csv"]
    assert found.verdict == Verdict.EDITED
    assert found.difference is not None
    assert {"estimate", "numerator"} <= {column.column for column in found.difference.columns}


def test_an_ablation_made_again_is_identical(tmp_path: Path) -> None:
    output, scenario = tmp_path / "ablation", tiny()
    plan = plan_of(scenario, ["unique_only", "address_required"])
    ablate_scenario(
        scenario, plan, output, workers=1, progress=quiet, finish=lambda directory: None
    )
    assert replayed(output, REMAKES).identical
    manifest = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
    manifest["ablated"]["shapley"] = ["a poem"]
    (output / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ManifestError, match="there is no 'a poem'"):
        replayed(output, REMAKES)


def test_a_changed_value_is_found(tmp_path: Path) -> None:
    found = replayed(written(tmp_path / "r"), making(ROWS.replace("0.25", "0.5")))
    assert not found.identical
    [table] = found.tables
    assert table.verdict == Verdict.DIFFERS
    assert table.difference is not None
    [column] = table.difference.columns
    assert (column.column, column.count, column.largest_relative) == ("estimate", 1, 1.0)


def test_a_table_edited_after_the_run_is_told_from_one_that_comes_out_otherwise(
    tmp_path: Path,
) -> None:
    folder = written(tmp_path / "r")
    (folder / "estimates.csv").write_text(ROWS.replace("0.5", "0.6"), encoding="utf-8")
    [table] = replayed(folder, making()).tables
    assert table.verdict == Verdict.EDITED
    (folder / "estimates.csv").write_bytes(b"\xff\x00")
    [table] = replayed(folder, making()).tables
    assert (table.verdict, table.difference) == (Verdict.EDITED, None)


def test_a_table_that_comes_or_goes_is_told(tmp_path: Path) -> None:
    folder = written(tmp_path / "r")
    (folder / "years.csv").write_text(ROWS, encoding="utf-8")
    write_manifest(Kind.RUN, tiny(), ("estimates.csv", "years.csv"), folder)
    assert [one.verdict for one in replayed(folder, making()).tables] == [
        Verdict.IDENTICAL,
        Verdict.NOT_MADE,
    ]

    def more(manifest: Mapping[str, Any], directory: Path, **how: Any) -> None:
        shutil.copytree(folder, directory, dirs_exist_ok=True)

    few = replayed(written(tmp_path / "few"), {Kind.RUN: more})
    assert [one.verdict for one in few.tables] == [Verdict.IDENTICAL, Verdict.NEW]
    assert not few.identical


def test_a_manifest_that_comes_out_otherwise_is_told(tmp_path: Path) -> None:
    found = replayed(written(tmp_path / "r", setting={"people": 2}), making(setting={"people": 3}))
    assert found.manifest == ("setting.people: 2 then, 3 now",)
    assert not found.identical


def test_other_versions_are_told_and_change_nothing_by_themselves(tmp_path: Path) -> None:
    folder = written(tmp_path / "r")
    values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    values["versions"]["numpy"] = "1.0"
    (folder / MANIFEST).write_text(json.dumps(values), encoding="utf-8")
    found = replayed(folder, making())
    assert found.identical
    [line] = found.other_versions
    assert line.startswith("numpy 1.0 then, ")


@pytest.mark.parametrize(
    ("stored", "verdict"),
    [
        ("drawn", Verdict.IDENTICAL),
        ("painted", Verdict.DIFFERS),
        (None, Verdict.NEW),
    ],
)
def test_figures_are_compared_by_their_bytes(
    tmp_path: Path, stored: str | None, verdict: Verdict
) -> None:
    def finish(directory: Path) -> None:
        (directory / "figures").mkdir()
        (directory / "figures" / "one.svg").write_text("drawn", encoding="utf-8")
        (directory / "report.html").write_text("page", encoding="utf-8")

    folder = written(tmp_path / "r")
    finish(folder)
    one = folder / "figures" / "one.svg"
    one.unlink() if stored is None else one.write_text(stored, encoding="utf-8")
    found = replayed(folder, making(), finishes={Kind.RUN: finish})
    assert found.figures == {"figures/one.svg": verdict, "report.html": Verdict.IDENTICAL}
    assert found.identical == (verdict == Verdict.IDENTICAL)
    bare = replayed(written(tmp_path / "bare"), making(), finishes={Kind.RUN: finish})
    assert (bare.figures, bare.identical) == ({}, True)


def test_a_kind_that_nothing_makes_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "r")
    with pytest.raises(NoRemakeError, match="results of kind run cannot be made again"):
        replay(folder, {}, workers=1, progress=quiet)
    with pytest.raises(NoRemakeError, match="figures of results of kind run"):
        replay(folder, making(), workers=1, progress=quiet, finishes={})


def test_estimates_are_known_by_their_leading_columns(run: Path) -> None:
    table = pd.read_csv(run / "estimates.csv")
    assert not table.duplicated(["measure", "policy", "threshold", "group"]).any()


def test_a_calibration_made_again_is_identical(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting_toys = partial(run_calibration, counting=test_calibration.toy)
    monkeypatch.setattr("simulator.study.remaking.run_calibration", counting_toys)
    backwards = dict(reversed(test_calibration.CALIBRATION["uncertain"].items()))
    scenario, output = test_calibration.scenario({"uncertain": backwards}), tmp_path / "r"
    counting_toys(scenario, output, workers=1, progress=quiet, finish=lambda *drawn: None)
    remakes = {Kind.CALIBRATION: remake_calibration}
    assert replayed(output, remakes).identical
    path = output / MANIFEST
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(values, sort_keys=True), encoding="utf-8")
    found = {one.name: one.verdict for one in replayed(output, remakes).tables}
    assert found["draws.csv"] == Verdict.DIFFERS, "draws follow the order of the file"
