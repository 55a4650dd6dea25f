"""A scenario that runs in a fraction of a second, and what the tests compare of its results."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulator.measures.quantities import ReplicateCounts
from simulator.scenario.schema import Scenario
from simulator.study.results import MANIFEST, MATCHERS, TABLES, YEARS

Values = dict[str, Any]
# Nobody who died, never existed, is investigated or detained, and no second requests: as many rows
# as people, and the same errors in all.
LISTED: Values = {
    "requests": 30,
    "died_share": 0.0,
    "never_existed_share": 0.0,
    "duplicate_share": 0.0,
    "investigation_share": 0.0,
    "detained_share": 0.0,
}
MIXES = "nationality_mix", "overstay_mix"


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> Values:
    """Return ``base`` with ``change`` over it, group by group; mixes of origins as a whole."""
    result = dict(base)
    for key, value in change.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both and key not in MIXES else value
    return result


def tiny(change: Mapping[str, Any] | None = None) -> Scenario:
    """Return a scenario of 2,000 people, 30 requests and 2 replicates, with changes."""
    base = {"population": {"size": 2000}, "listing": LISTED, "replicates": 2}
    return Scenario.model_validate(merged(base, change or {}))


def quiet(done: int, total: int) -> None:
    """Take progress and say nothing."""


def digests(results: Path) -> dict[str, str]:
    """Return the SHA-256 of every table of a results folder and of its manifest."""
    return {
        name: hashlib.sha256((results / name).read_bytes()).hexdigest()
        for name in (*TABLES, MATCHERS, YEARS, MANIFEST)
        if (results / name).exists()
    }


def manifest(results: Path) -> Values:
    """Return the manifest of a results folder."""
    read: Values = json.loads((results / MANIFEST).read_text(encoding="utf-8"))
    return read


def same(left: ReplicateCounts, right: ReplicateCounts) -> bool:
    """Say whether two replicates agree in every count."""
    return (
        same_grid(left, right)
        and np.array_equal(left.details, right.details)
        and np.array_equal(left.challenges, right.challenges)
        and np.array_equal(left.years, right.years)
        and np.array_equal(left.explored, right.explored)
    )


def same_grid(left: ReplicateCounts, right: ReplicateCounts) -> bool:
    """Say whether two replicates agree in all that is counted whatever the point of operation."""
    return (
        left.grid == right.grid
        and np.array_equal(left.grid_values, right.grid_values)
        and np.array_equal(left.group_values, right.group_values)
        and np.array_equal(left.comparisons, right.comparisons)
        and left.setting == right.setting
        and left.matchers.keys() == right.matchers.keys()
        and all(
            np.array_equal(values, right.matchers[name]) for name, values in left.matchers.items()
        )
    )
