"""Compare finished runs with the first of them, and leave tables from which all is shown.

The table holds every measure and group of each run against the reference, paired by replicate
(``measures.paired``); the manifest holds the scenario of every run, so that the comparison can be
made again where the runs themselves are gone.
"""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.measures.paired import paired_table
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.comparability import (
    Run,
    distinct_names,
    field_changes,
    notes,
    read_run,
    refuse_incomparable,
)
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST, digest, rounded, write_manifest
from simulator.study.run import Progress, replacing, run_scenario
from simulator.study.stored_counts import StoredCountsError

COMPARISON = "comparison.csv"
Finish = Callable[[Path], object]


def comparison_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Return every run but the first against the first, over the replicates that all have."""
    replicates = common_replicates(runs)
    reference, confidence = runs[0], runs[0].scenario.confidence
    roll = reference.scenario.searched_roll
    base = list(reference.counts.first(replicates).rated(roll))
    frames = []
    for run in runs[1:]:
        rows = paired_table(base, list(run.counts.first(replicates).rated(roll)), confidence)
        rows.insert(0, "pair", f"{run.name} vs {reference.name}")
        rows.insert(1, "reference", reference.name)
        rows.insert(2, "compared", run.name)
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)


def common_replicates(runs: Sequence[Run]) -> int:
    """Return how many replicates all runs have."""
    return min(run.counts.replicates for run in runs)


def _cell(value: object) -> object:
    if not isinstance(value, float):
        return value
    short = rounded(value)
    if not math.isfinite(short):
        return ""
    return int(short) if short == int(short) and abs(short) < 2.0**53 else repr(short)


def _csv(table: pd.DataFrame) -> bytes:
    cells = {name: [_cell(value) for value in table[name].tolist()] for name in table.columns}
    return pd.DataFrame(cells).to_csv(index=False, lineterminator="\n").encode("utf-8")


def _described(run: Run, reference: Run, replicates: int) -> dict[str, Any]:  # Any: JSON
    """Return what the manifest says of one run; of the reference without what differs."""
    described: dict[str, Any] = {
        "name": run.name,
        "manifest_sha256": digest(run.directory / MANIFEST),
        "scenario": run.scenario.model_dump(mode="json"),
        "scenario_sha256": scenario_sha256(run.scenario),
        "replicates": run.counts.replicates,
    }
    if run is not reference:
        changes = field_changes(reference.scenario, run.scenario)
        described["notes"] = notes(reference, run, replicates)
        described["differs"] = [[one.path, one.reference, one.compared] for one in changes]
    return described


def write_comparison(runs: Sequence[Run], directory: Path) -> None:
    """Write the table and the manifest of a comparison into an existing folder.

    The first run is the reference. Raises IncomparableError where another cannot be paired with
    it, ValueError with fewer than two runs.
    """
    if len(runs) < 2:
        raise ValueError("a comparison takes two runs or more")
    reference = runs[0]
    for run in runs[1:]:
        refuse_incomparable(reference, run)
    replicates = common_replicates(runs)
    (directory / COMPARISON).write_bytes(_csv(comparison_table(runs)))
    write_manifest(
        Kind.COMPARISON,
        reference.scenario,
        [COMPARISON],
        directory,
        replicates=replicates,
        setting=dict(reference.manifest["setting"]),
        compared=[_described(run, reference, replicates) for run in runs],
    )


def _nothing(directory: Path) -> object:
    return directory


def compare_runs(runs: Sequence[Run], output: Path, *, finish: Finish = _nothing) -> None:
    """Compare runs with the first of them and leave the results in ``output``, whole or not.

    ``finish`` is given the folder of tables before it is put in place, to add page and figures.
    Raises IncomparableError, or OSError where results cannot be written.
    """
    with replacing(output) as fresh:
        write_comparison(runs, fresh)
        finish(fresh)


def compare_folders(
    directories: Sequence[Path], output: Path, *, finish: Finish = _nothing
) -> None:
    """Compare the runs in results folders as ``compare_runs``, named after their folders.

    Raises StoredCountsError too, where a folder does not hold a run as it was left.
    """
    names = distinct_names([directory.resolve().name for directory in directories])
    found = zip(names, directories, strict=True)
    compare_runs([read_run(name, directory) for name, directory in found], output, finish=finish)


def _run_of(described: Mapping[str, Any], beside: Path) -> Run | None:
    """Return the stored run that a comparison was made of, if it is there and still the same."""
    # The name may carry a number that keeps two apart; it is no path.
    folder = beside / Path(str(described["name"])).name
    try:
        if digest(folder / MANIFEST) != described["manifest_sha256"]:
            return None
        return read_run(str(described["name"]), folder)
    except (OSError, StoredCountsError):
        return None


def remake(
    manifest: Mapping[str, Any],  # Any: JSON
    directory: Path,
    *,
    workers: int,
    progress: Progress,
    beside: Path | None = None,
) -> None:
    """Write the tables of a comparison's manifest into the empty ``directory`` again.

    Runs are taken from the folders of their names in ``beside``, by default the folder that holds
    ``directory``, where these are still the runs that were compared; any other is run again from
    its scenario. Raises as ``run_scenario`` and ``compare_runs``.
    """
    around = directory.parent if beside is None else beside
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="overmatch-compared-") as scratch:
        for number, described in enumerate(manifest["compared"]):
            run = _run_of(described, around)
            if run is None:
                scenario = Scenario.model_validate(described["scenario"])
                folder = Path(scratch) / str(number)
                run_scenario(scenario, folder, workers=workers, progress=progress)
                run = read_run(str(described["name"]), folder)
            runs.append(run)
        write_comparison(runs, directory)
