"""The committed results are those of the list, and what the list says is what git lets through."""

import json
import subprocess
from pathlib import Path

import pytest

from simulator.cli.kinds import BUILDS
from simulator.reference.tables import table_hashes
from simulator.report.paper_set import PAPER
from simulator.scenario.files import scenario_sha256
from simulator.study.executors import SerialExecutor
from simulator.study.reference import LONG_TABLES, build_reference, is_kept
from simulator.study.reference_list import Artefact, Entry, entry_scenario, load_list

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "results"
LIST = load_list(RESULTS / "reference.yaml")
SCENARIOS = RESULTS / LIST.scenarios


def test_every_scenario_of_the_library_has_a_reference_run() -> None:
    run = {entry.scenario_name for entry in LIST.entries}
    library = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
    assert library - run == set()


def test_git_keeps_the_folders_of_the_list_and_no_others() -> None:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.startswith("!/results/") and line.endswith("/")]
    folders = [line.removeprefix("!/results/").strip("/") for line in kept]
    named = {entry.name for entry in LIST.entries}
    assert {name for name in folders if "/" not in name} == named | {PAPER}


@pytest.mark.parametrize("entry", LIST.entries, ids=lambda entry: entry.name)
def test_git_keeps_of_each_what_the_list_keeps(entry: Entry) -> None:
    names = ["manifest.json", "estimates.csv", "replicates.parquet", *LONG_TABLES]
    names += ["figures/one.svg", "report.html", "run.log"]
    paths = [f"results/{entry.name}/{name}" for name in names]
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", *paths],  # noqa: S607  # whichever git is there
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode not in (0, 1):
        pytest.skip("this is no checkout")
    let_through = set(paths) - set(asked.stdout.splitlines())
    wanted = {
        f"results/{entry.name}/{name}" for name in names if is_kept(entry, name.split("/")[0])
    }
    if Artefact.TABLES not in entry.keeps:
        pytest.fail("every entry keeps its short tables")
    assert let_through == wanted


@pytest.mark.parametrize("entry", LIST.entries, ids=lambda entry: entry.name)
def test_the_results_of_each_are_there_and_of_its_scenario(entry: Entry) -> None:
    folder = RESULTS / entry.name
    assert folder.is_dir(), "make results, and commit what it leaves"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    scenario = entry_scenario(entry, SCENARIOS)
    assert manifest["scenario_sha256"] == scenario_sha256(scenario)
    assert manifest["reference_tables"] == table_hashes()
    held = {name for name in manifest["tables"] if (folder / name).exists()}
    assert held >= {name for name in manifest["tables"] if is_kept(entry, name)}


def test_a_reference_run_made_again_gives_the_committed_tables() -> None:
    [entry] = LIST.named(["smoke"])
    asked = [(entry, entry_scenario(entry, SCENARIOS))]
    [built] = build_reference(
        asked,
        BUILDS,
        RESULTS,
        SerialExecutor(),
        workers=1,
        progress=lambda done, total, last: None,
        keep=False,
    )
    assert built.replay is not None, built.unusable or "results/smoke is missing"
    assert [f"{one.name}: {one.verdict}" for one in built.replay.tables] == [
        f"{one.name}: identical" for one in built.replay.tables
    ]
