"""Every folder is drawn by its kind; what cannot be drawn is named and the rest is done."""

import json
import shutil
from pathlib import Path

import pytest

from simulator.report.folder import read_folder
from simulator.report.rebuild import UNDRAWN, WRITERS, Outcome, rebuild, result_folders, writer_of
from simulator.report.stored import ReportError
from simulator.study.kind import Kind
from tests.report.papers import ablation, calibration, matchers, write_folder


def heard(done: int, total: int) -> None:
    assert 0 <= done <= total


def outcome(directory: Path) -> Outcome:
    [found] = rebuild([directory], {}, progress=heard)
    return found


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_every_kind_of_results_is_drawn_or_said_not_to_be() -> None:
    assert {*WRITERS, *UNDRAWN, Kind.FIDELITY} == set(Kind), "fidelity is handed in"


@pytest.mark.parametrize(
    "kind", [Kind.RUN, Kind.ABLATION, Kind.CALIBRATION, Kind.SENSITIVITY, Kind.SCALING]
)
def test_the_writers_named_are_there(kind: Kind) -> None:
    assert callable(writer_of(kind, {}))


def test_a_kind_without_a_writer_is_refused() -> None:
    with pytest.raises(ReportError, match="no figure for results of kind fidelity"):
        writer_of(Kind.FIDELITY, {})


def test_folders_are_those_with_a_manifest(tmp_path: Path) -> None:
    ablation(tmp_path / "b")
    ablation(tmp_path / "a")
    (tmp_path / ".work").mkdir()
    (tmp_path / "paper").mkdir()
    assert [path.name for path in result_folders(tmp_path)] == ["a", "b"]
    assert result_folders(tmp_path / "a") == [tmp_path / "a"]


def test_drawing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    for make in (ablation, calibration):
        folder = make(tmp_path / make.__name__)
        assert outcome(folder).drawn
        first = files(folder)
        assert any(name.startswith("figures/") for name in first)
        shutil.rmtree(folder / "figures")
        assert outcome(folder).drawn
        assert files(folder) == first


def test_what_is_handed_in_draws_its_kind(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "f", "fidelity", {"fidelity.csv": "id\n"})
    seen: list[Path] = []
    [found] = rebuild([folder], {Kind.FIDELITY: seen.append}, progress=heard)
    assert found.drawn
    assert seen == [folder]


def test_one_folder_that_cannot_be_drawn_does_not_keep_the_others(tmp_path: Path) -> None:
    good, bad = ablation(tmp_path / "good"), ablation(tmp_path / "bad")
    (bad / "ablation.csv").write_text("edited\n")
    found = list(rebuild([bad, good], {}, progress=heard))
    assert [one.drawn for one in found] == [False, True]
    assert found[0].failed
    assert "ablation.csv is not the table" in found[0].reason


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "guess"}, "'guess' is no kind of results"),
        ({"kind": None}, "is no kind of results"),
        ({"tables": 3}, "names no tables"),
        ({"scenario": {"seed": "x"}}, "does not read its scenario"),
        ({"draws_fitted": []}, ""),
    ],
)
def test_a_manifest_that_is_wrong_is_a_reason_never_a_traceback(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    folder = calibration(tmp_path / "c")
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    found = outcome(folder)
    assert why in found.reason
    assert found.failed == bool(why)


def test_a_manifest_without_a_kind_or_that_is_none_is_a_reason(tmp_path: Path) -> None:
    folder = calibration(tmp_path / "c")
    path = folder / "manifest.json"
    raw = json.loads(path.read_text())
    del raw["kind"]
    path.write_text(json.dumps(raw))
    assert "does not say what kind" in outcome(folder).reason
    path.write_text("[" * 100_000)
    assert "not valid JSON" in outcome(folder).reason


def test_results_kept_without_long_tables_and_figures_have_nothing_to_draw(
    tmp_path: Path,
) -> None:
    folder = matchers(tmp_path / "m")
    assert read_folder(folder).left_out == ("thresholds.parquet",)
    found = outcome(folder)
    assert (found.drawn, found.failed) == (False, False)
    assert "kept without thresholds.parquet" in found.reason
    (folder / "figures").mkdir()
    assert outcome(folder).failed, "figures were kept, and what they are drawn from was not"


def test_counts_have_nothing_to_draw(tmp_path: Path) -> None:
    found = outcome(write_folder(tmp_path / "n", "count", {"counts.csv": "a\n"}))
    assert (found.drawn, found.failed) == (False, False)
