"""A whole choice: from the folder of a run to tables and a manifest, put in place at once.

The same run and the same budgets give the same bytes. The manifest holds the scenario of the run,
so that everything can be made again from it alone.
"""

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.scenario.schema import Scenario
from simulator.study.choice import (
    POLICIES,
    Budget,
    Choice,
    candidate_table,
    choose,
    harm_table,
    read_stored,
)
from simulator.study.kind import Kind
from simulator.study.results import rounded, write_manifest
from simulator.study.run import Progress, replacing, run_scenario

CHOICE, HARMS = "choice.csv", "harms.csv"


def choose_from(
    source: Path,
    budgets: Sequence[Budget],
    output: Path,
    *,
    confidence: float | None = None,
    every_guardrail: bool = False,
    finish: Callable[[Path], object] = lambda directory: directory,
) -> Choice:
    """Choose from the run in ``source`` and leave the tables in ``output``.

    ``confidence`` is that of the run by default. ``finish`` is given the folder before it is put
    in place, to add a figure. Raises ChoiceError where nothing can be chosen, or OSError where
    results cannot be written; earlier results stay.
    """
    stored = read_stored(source, every_guardrail=every_guardrail)
    level = float(stored.manifest["confidence"]) if confidence is None else confidence
    choice = choose(stored, budgets, level, every_guardrail=every_guardrail)
    with replacing(output) as fresh:
        write_choice(choice, fresh)
        finish(fresh)
    return choice


def write_choice(choice: Choice, directory: Path) -> None:
    """Write the tables and the manifest into an existing folder."""
    for name, table in ((CHOICE, candidate_table(choice)), (HARMS, harm_table(choice))):
        (directory / name).write_bytes(_csv(table))
    run, tested = choice.stored.manifest, choice.certificates
    replicates = int(run["replicates"])
    write_manifest(
        Kind.CHOICE,
        Scenario.model_validate(run["scenario"]),
        (CHOICE, HARMS),
        directory,
        replicates=replicates,
        setting=run["setting"],
        choice={
            "budgets": [
                {"measure": one.measure, "group": one.group, "limit": one.limit}
                for one in choice.budgets
            ],
            "confidence": choice.confidence,
            "every_guardrail": choice.every_guardrail,
            "guardrails": choice.stored.guardrails,
            "axis": run["explored"]["axis"],
            "choosing": tested.choosing,
            "certifying": replicates - tested.choosing,
            "candidates": len(tested.status),
            "certified": len(tested.certified),
            "policies_sha256": run["tables"][POLICIES],
        },
    )


def remake(
    manifest: Mapping[str, Any], directory: Path, *, workers: int, progress: Progress
) -> None:
    """Run the scenario of a choice's manifest again and choose again, into an empty folder.

    Raises what ``study.run.run_scenario`` and ``choose_from`` raise.
    """
    asked = manifest["choice"]
    budgets = [Budget(one["measure"], one["group"], one["limit"]) for one in asked["budgets"]]
    scenario = Scenario.model_validate(manifest["scenario"])
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        run_scenario(scenario, run, workers=workers, progress=progress)
        stored = read_stored(run, every_guardrail=asked["every_guardrail"])
        choice = choose(
            stored, budgets, asked["confidence"], every_guardrail=asked["every_guardrail"]
        )
        write_choice(choice, directory)


def _cell(value: object) -> object:
    """Return a number rounded as in every table, nothing where it is not available."""
    if not isinstance(value, float):
        return value
    short = rounded(value)
    if math.isnan(short):
        return ""
    return int(short) if abs(short) < 2.0**53 and short == int(short) else repr(short)


def _csv(table: pd.DataFrame) -> bytes:
    cells = {name: [_cell(value) for value in table[name].tolist()] for name in table.columns}
    return pd.DataFrame(cells).to_csv(index=False, lineterminator="\n").encode("utf-8")
