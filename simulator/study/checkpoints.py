"""Finished replicates on disk, so that an interrupted run resumes where it stopped.

Each is written whole or not at all, in a folder named by everything that determines it: the
scenario, the reference tables and the sources of this package. A file begins with the hash of what
follows; one that cannot be read, or does not match its hash, is worked out again.
"""

import dataclasses
import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from simulator.kernels import sources_digest
from simulator.matching.grid import Axis, Grid
from simulator.measures.quantities import ReplicateCounts, Setting
from simulator.reference.tables import table_hashes
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario

_MATCHER = "matcher-"
_DIGEST_BYTES = hashlib.sha256().digest_size


def work_directory(output: Path) -> Path:
    """Return the folder beside ``output`` for everything that is not finished."""
    return output.parent / ".work"


def checkpoint_directory(scenario: Scenario, output: Path) -> Path:
    """Return the folder for finished replicates of this scenario, beside ``output``."""
    parts = [scenario_sha256(scenario), sources_digest(), json.dumps(table_hashes())]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return work_directory(output) / f"{output.name}-{digest}"


def _file(directory: Path, replicate: int) -> Path:
    return directory / f"replicate-{replicate:05d}.npz"


def _written(grid: Grid) -> bytes:
    return json.dumps([[axis.name, axis.steps] for axis in grid.axes]).encode()


def _grid(written: bytes) -> Grid:
    first, second, third = (Axis(name, tuple(steps)) for name, steps in json.loads(written))
    return Grid((first, second, third))


def store(directory: Path, replicate: int, counts: ReplicateCounts) -> None:
    """Write a finished replicate atomically."""
    directory.mkdir(parents=True, exist_ok=True)
    target = _file(directory, replicate)
    content = io.BytesIO()
    arrays: dict[str, Any] = {
        "grid": np.frombuffer(_written(counts.grid), np.uint8),
        "grid_values": counts.grid_values,
        "group_values": counts.group_values,
        "comparisons": counts.comparisons,
        "details": counts.details,
        "challenges": counts.challenges,
        "setting": np.array(dataclasses.astuple(counts.setting)),
        "years": counts.years,
        "explored": counts.explored,
        **{_MATCHER + name: values for name, values in counts.matchers.items()},
    }
    np.savez_compressed(content, **arrays)
    unfinished = target.with_suffix(f".{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(hashlib.sha256(content.getvalue()).digest() + content.getvalue())
        unfinished.replace(target)
    except FileNotFoundError:
        return  # a twin of this run finished and cleared the folder; nothing needs to be kept


def load(directory: Path, replicate: int) -> ReplicateCounts | None:
    """Return a stored replicate, or None if there is none that can be read."""
    try:
        stored = _file(directory, replicate).read_bytes()
    except OSError:
        return None
    digest, content = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        setting = Setting(*(float(value) for value in arrays["setting"]))
        return ReplicateCounts(
            _grid(arrays["grid"].tobytes()),
            arrays["grid_values"],
            arrays["group_values"],
            arrays["comparisons"],
            setting,
            {
                name.removeprefix(_MATCHER): arrays[name]
                for name in arrays.files
                if name.startswith(_MATCHER)
            },
            details=arrays["details"],
            challenges=arrays["challenges"],
            years=arrays["years"],
            explored=arrays["explored"],
        )


def discard(directory: Path) -> None:
    """Remove the folder of a finished run, and its parent if that leaves it empty."""
    shutil.rmtree(directory, ignore_errors=True)
    try:
        directory.parent.rmdir()
    except OSError:
        return  # another run is using it
