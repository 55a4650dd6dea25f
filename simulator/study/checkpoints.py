"""Finished replicates on disk, so that an interrupted run resumes where it stopped.

Each is written whole or not at all, in a folder named by everything that determines it: the
scenario, the reference tables and the sources of this package. A file that cannot be read is worked
out again.
"""

import dataclasses
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np

from simulator.kernels import sources_digest
from simulator.measures.quantities import ReplicateCounts, Setting
from simulator.reference.tables import table_hashes
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario


def checkpoint_directory(scenario: Scenario, output: Path) -> Path:
    """Return the folder for finished replicates of this scenario, beside ``output``."""
    parts = [scenario_sha256(scenario), sources_digest(), json.dumps(table_hashes())]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return output.parent / ".work" / f"{output.name}-{digest}"


def _file(directory: Path, replicate: int) -> Path:
    return directory / f"replicate-{replicate:05d}.npz"


def store(directory: Path, replicate: int, counts: ReplicateCounts) -> None:
    """Write a finished replicate atomically."""
    directory.mkdir(parents=True, exist_ok=True)
    target = _file(directory, replicate)
    unfinished = target.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.savez_compressed(
            file,
            values=counts.values,
            comparisons=counts.comparisons,
            setting=np.array(dataclasses.astuple(counts.setting)),
        )
    unfinished.replace(target)


def load(directory: Path, replicate: int) -> ReplicateCounts | None:
    """Return a stored replicate, or None if there is none that can be read."""
    try:
        with np.load(_file(directory, replicate), allow_pickle=False) as stored:
            setting = Setting(*(float(value) for value in stored["setting"]))
            return ReplicateCounts(stored["values"], stored["comparisons"], setting)
    except (FileNotFoundError, ValueError, KeyError, zipfile.BadZipFile, EOFError):
        return None


def discard(directory: Path) -> None:
    """Remove the folder of a finished run, and its parent if that leaves it empty."""
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.parent.rmdir()
    except OSError:
        return  # another run is using it
