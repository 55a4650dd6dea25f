"""The committed reference run belongs to this code, and the README shows its numbers."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from simulator.reference.tables import table_hashes
from simulator.report.headline import headline_lines
from simulator.report.paper_set import PAPER, write_paper
from simulator.report.rebuild import result_folders
from simulator.report.write import write_report
from simulator.scenario.files import load_scenario, scenario_sha256
from simulator.study.run import run_scenario

ROOT = Path(__file__).parents[1]
BASELINE = ROOT / "results" / "baseline"
REPLAY = ROOT / "results" / "mou-2025-calibration"


def _bytes(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != "run.log"
    }


def test_committed_baseline_is_of_the_committed_scenario_and_tables() -> None:
    manifest = json.loads((BASELINE / "manifest.json").read_text(encoding="utf-8"))
    scenario = load_scenario(ROOT / "scenarios" / "baseline.yaml")
    assert manifest["scenario_sha256"] == scenario_sha256(scenario)
    assert manifest["reference_tables"] == table_hashes()
    for name, digest in manifest["tables"].items():
        assert hashlib.sha256((BASELINE / name).read_bytes()).hexdigest() == digest


def test_committed_report_is_made_from_the_committed_tables(tmp_path: Path) -> None:
    copy = tmp_path / "baseline"
    copy.mkdir()
    for path in BASELINE.iterdir():
        if path.is_file() and path.suffix in {".csv", ".parquet", ".json"}:
            shutil.copy(path, copy)
    write_report(copy)
    assert _bytes(copy) == _bytes(BASELINE)


def test_readme_shows_the_numbers_of_the_committed_baseline() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- headline: baseline -->")[1].split("<!-- end of headline -->")[0]
    expected = [f"> - {line}" for line in headline_lines(BASELINE)]
    assert [line for line in shown.splitlines() if line.startswith("> - ")] == expected


def test_committed_replay_of_2025_is_of_the_committed_scenario_and_tables() -> None:
    manifest = json.loads((REPLAY / "manifest.json").read_text(encoding="utf-8"))
    scenario = load_scenario(ROOT / "scenarios" / "mou-2025.yaml")
    assert manifest["scenario_sha256"] == scenario_sha256(scenario)
    assert manifest["reference_tables"] == table_hashes()
    for name, digest in manifest["tables"].items():
        assert hashlib.sha256((REPLAY / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("prediction", ["wrong_person", "lawful"])
def test_the_page_about_2025_shows_the_committed_predictions(prediction: str) -> None:
    with (REPLAY / "predictions.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["prediction"]: row for row in csv.DictReader(stream)}
    many, low, high = (
        float(rows[prediction][name]) for name in ("accounts", "accounts_low", "accounts_high")
    )
    page = (ROOT / "docs" / "replay-2025.md").read_text(encoding="utf-8")
    assert f"**{many:,.0f}** ({low:,.0f} to {high:,.0f})" in page


def test_committed_paper_is_drawn_from_the_committed_tables(tmp_path: Path) -> None:
    for folder in result_folders(ROOT / "results"):
        (tmp_path / folder.name).symlink_to(folder)
    items = write_paper(tmp_path, result_folders(tmp_path), progress=lambda done, total: None)
    assert not [f"{item.name}: {item.reason}" for item in items if not item.made]
    assert _bytes(tmp_path / PAPER) == _bytes(ROOT / "results" / PAPER)


@pytest.mark.slow
def test_baseline_run_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    scenario = load_scenario(ROOT / "scenarios" / "baseline.yaml")
    output = tmp_path / "baseline"
    run_scenario(
        scenario, output, workers=2, progress=lambda done, total: None, finish=write_report
    )
    assert _bytes(output) == _bytes(BASELINE)
