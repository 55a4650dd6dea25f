"""What the user gives on the command line, checked before any work begins."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulator.scenario.files import Note, ScenarioError, load_with_notes
from simulator.scenario.problems import quoted
from simulator.scenario.schema import Scenario


class InputError(Exception):
    """What the user gave cannot be used; the message is one sentence."""


class FailedError(Exception):
    """The run failed for a reason that is not the user's; the message is one sentence."""


def scenario_from(
    path: Path | None,
    overrides: Sequence[str],
    *,
    replicates: int | None = None,
    seed: int | None = None,
) -> Scenario:
    """Return the scenario of ``path`` under the overrides and the two options that are overrides.

    Without a path, fields that are not set over have their defaults.

    Raises ScenarioError whose problems name the option as it was typed.
    """
    scenario, _ = scenario_with_notes(path, overrides, replicates=replicates, seed=seed)
    return scenario


def scenario_with_notes(
    path: Path | None,
    overrides: Sequence[str],
    *,
    replicates: int | None = None,
    seed: int | None = None,
) -> tuple[Scenario, tuple[Note, ...]]:
    """Return the scenario as ``scenario_from`` does, and notes about what it sets for nothing."""
    options = {"replicates": replicates, "seed": seed}
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return load_with_notes(
            path, [*overrides, *(f"{key}={value}" for key, value in given.items())]
        )
    except ScenarioError as error:
        problems = [
            replace(problem, file=f"--{problem.path}")
            if problem.line is None and problem.path in given
            else problem
            for problem in error.problems
        ]
        raise ScenarioError(problems) from error


def output_directory(scenario: Path, output: Path | None) -> Path:
    """Return where the results go: ``output``, or results/ and the name of the scenario file.

    Raises InputError if results cannot be put there: it is a file, it holds something else than
    results, or nothing can be written beside it.
    """
    directory = output if output is not None else Path("results") / scenario.stem
    try:
        _refuse_unusable(directory)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(f"cannot write results to {shown(directory)}: {why}.") from error
    return directory


def _refuse_unusable(directory: Path) -> None:
    if directory.is_symlink() and not directory.exists():
        raise InputError(f"cannot write results to {shown(directory)}: it is a broken link.")
    if directory.exists() and not directory.is_dir():
        raise InputError(f"cannot write results to {shown(directory)}: it is a file.")
    if directory.is_dir():
        entries = {entry.name for entry in directory.iterdir()}
        if entries and "manifest.json" not in entries:
            raise InputError(
                f"will not replace {shown(directory)}: it holds files but no results "
                "(no manifest.json)."
            )
    parent = directory.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise InputError(f"cannot write results to {shown(directory)}: {shown(parent)} is a file.")
    with tempfile.TemporaryFile(dir=parent) as probe:
        probe.write(bytes(4096))
        probe.flush()


def available_cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shown(path: Path) -> str:
    """Return ``path`` as one printable word or in quotes."""
    text = str(path)
    return text if text.isprintable() else quoted(text)
