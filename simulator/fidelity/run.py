"""The whole comparison: replicates over the workers, verdicts, results put in place at once."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.fidelity.counts import Statistics
from simulator.fidelity.examples import examples
from simulator.fidelity.figure import figure_rows, figure_specification
from simulator.fidelity.replicate import run_replicate
from simulator.fidelity.targets import targets, targets_sha256
from simulator.fidelity.verdicts import Comparison, compare_all
from simulator.report.rendering import pdf_file, png_file, svg_file
from simulator.report.write import csv_file
from simulator.scenario.schema import Scenario
from simulator.study.executors import worker_pool
from simulator.study.kind import Kind
from simulator.study.manifests import scenario_in
from simulator.study.results import rounded, write_manifest
from simulator.study.run import RunError, replacing

Progress = Callable[[int, int], None]
TABLE, PEOPLE, FIGURE = "fidelity.csv", "people.csv", "figures/fidelity"


def run_replicates(
    scenario: Scenario, executor: Executor, *, progress: Progress
) -> list[Statistics]:
    """Return the statistics of every replicate, in order; ``progress`` hears (done, total).

    Raises RunError where a worker dies.
    """
    total = scenario.replicates
    progress(0, total)
    found: dict[int, Statistics] = {}
    try:
        waiting = {executor.submit(run_replicate, scenario, n): n for n in range(total)}
        for future in as_completed(waiting):
            found[waiting[future]] = future.result()
            progress(len(found), total)
    except BrokenProcessPool as error:
        raise RunError(
            "a worker process died, perhaps for want of memory; try fewer --workers"
        ) from error
    return [found[number] for number in range(total)]


def run_fidelity(
    scenario: Scenario, output: Path, *, workers: int, progress: Progress
) -> list[Comparison]:
    """Compare a scenario's population with every target and leave the results in ``output``.

    Returns the comparisons in the order of the targets. Raises RunError, or OSError where results
    cannot be written; earlier results stay.
    """
    with worker_pool(min(workers, scenario.replicates)) as executor:
        replicates = run_replicates(scenario, executor, progress=progress)
    compared = compare_all(targets(), replicates, scenario.confidence)
    with replacing(output) as fresh:
        write_results(scenario, compared, fresh)
    return compared


def table(compared: Sequence[Comparison]) -> pd.DataFrame:
    """Return the table of results, one row a target; figures are rounded to eight digits."""
    return pd.DataFrame(
        {
            "id": row.target.id,
            "area": row.target.area,
            "statistic": row.target.statistic,
            "unit": row.target.unit,
            "published": rounded(row.target.published),
            "mark": row.target.mark,
            "year": row.target.year,
            "source": row.target.source,
            "simulated": rounded(row.simulated),
            "ci_low": rounded(row.ci_low),
            "ci_high": rounded(row.ci_high),
            "tolerance": row.target.tolerance,
            "tolerance_kind": row.target.kind.value,
            "reason": row.target.reason,
            "verdict": row.verdict.value,
            "interval_crosses_tolerance": row.crosses,
            "explanation": row.target.explanation,
            "expected": row.target.expected,
            "expected_tolerance": row.target.expected_tolerance,
        }
        for row in compared
    )


def write_results(scenario: Scenario, compared: Sequence[Comparison], directory: Path) -> None:
    """Write tables, figure and manifest into an existing folder; same input, same bytes."""
    specification = figure_specification(scenario, compared)
    written = {
        TABLE: table(compared).to_csv(index=False, lineterminator="\n").encode("utf-8"),
        PEOPLE: csv_file(tuple(examples(scenario))),
        f"{FIGURE}.svg": svg_file(specification),
        f"{FIGURE}.pdf": pdf_file(specification),
        f"{FIGURE}.png": png_file(specification),
        f"{FIGURE}.csv": csv_file(tuple(figure_rows(compared))),
    }
    for name, data in written.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(data)
    write_manifest(
        Kind.FIDELITY,
        scenario,
        (TABLE, PEOPLE),
        directory,
        replicates=scenario.replicates,
        targets_sha256=targets_sha256(),
        verdicts=dict(sorted(Counter(row.verdict.value for row in compared).items())),
    )


def remake_fidelity(
    manifest: Mapping[str, Any],  # Any: JSON
    directory: Path,
    *,
    workers: int,
    progress: Progress,
) -> None:
    """Compare again from a manifest, figure included; raise ManifestError or RunError."""
    run_fidelity(scenario_in(manifest), directory, workers=workers, progress=progress)
