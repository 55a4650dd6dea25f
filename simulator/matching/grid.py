"""The grid of policies of one run: every threshold that is evaluated at once.

A *cell* is one combination of steps, one along each axis: the strictest thresholds a pair passes. A
policy links the pairs of all cells at or above its own along every axis. Under rule ``thresholds``
the axes are name, address and birth date; under a rule that scores pairs the first axis holds
scores and the others have a single step.

Scores are cut every 0.25 from the lowest to the highest that a pair can reach; where that would
make more than 1,000 steps, at the least multiple of 0.25 that does not. The scenario's own
threshold is always one of the cuts, beyond the attainable scores if need be.
"""

import math
from dataclasses import dataclass

import numpy as np

from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    ADDRESS_STEPS,
    BIRTH_LEVELS,
    BIRTH_STEPS,
    FLOOR,
    FULL,
)
from simulator.randomness import FloatArray
from simulator.records import Int32Array, Int64Array
from simulator.scenario.schema import MatchingPart

SCORE_STEP = 0.25
MOST_SCORE_STEPS = 1000
_ANY = ("any",)


@dataclass(frozen=True)
class Axis:
    """One threshold that moves: its name and its steps, the loosest first."""

    name: str
    steps: tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Three axes; cell (i, j, k) has the number (i * axes[1] + j) * axes[2] + k."""

    axes: tuple[Axis, Axis, Axis]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of steps of each axis."""
        first, second, third = (len(axis.steps) for axis in self.axes)
        return first, second, third

    @property
    def size(self) -> int:
        """Number of cells."""
        first, second, third = self.shape
        return first * second * third

    def cell(self, first: int, second: int = 0, third: int = 0) -> int:
        """Return the number of a cell."""
        return (first * self.shape[1] + second) * self.shape[2] + third


def threshold_grid() -> Grid:
    """Return the grid of rule thresholds: name x address x birth date."""
    return Grid(
        (
            Axis("name_threshold", tuple(k / FULL for k in range(FLOOR, FULL + 1))),
            Axis("address_threshold", tuple(str(level) for level in ADDRESS_LEVELS)),
            Axis("birth_date_threshold", tuple(str(level) for level in BIRTH_LEVELS)),
        )
    )


def score_cuts(lowest: float, highest: float, threshold: float) -> tuple[float, ...]:
    """Return the thresholds of a score that are evaluated, ascending, ``threshold`` among them.

    Every score from ``lowest`` on reaches the first; none lies above ``highest`` unless it is
    ``threshold`` itself. All are exact in binary, as ``threshold`` is a multiple of 0.25.
    """
    multiple = 1
    while True:
        step = multiple * SCORE_STEP
        below = max(math.ceil((threshold - lowest) / step), 0)
        above = max(math.floor((highest - threshold) / step), 0)
        if below + above < MOST_SCORE_STEPS:
            return tuple(threshold + step * k for k in range(-below, above + 1))
        multiple += 1


def score_grid(lowest: float, highest: float, threshold: float) -> Grid:
    """Return the grid of a rule whose scores lie between ``lowest`` and ``highest``."""
    return Grid(
        (
            Axis("score_threshold", score_cuts(lowest, highest, threshold)),
            Axis("address_threshold", _ANY),
            Axis("birth_date_threshold", _ANY),
        )
    )


def score_cells(scores: FloatArray, grid: Grid) -> Int32Array:
    """Return the cell of each score: the highest cut it reaches, -1 below the lowest."""
    cuts = np.asarray(grid.axes[0].steps, dtype=np.float64)
    return (np.searchsorted(cuts, scores, side="right") - 1).astype(np.int32)


def threshold_cells(name: Int64Array, address: Int64Array, birth: Int64Array) -> Int32Array:
    """Return the cells of pairs that pass these steps of name, address and birth date."""
    return ((name * ADDRESS_STEPS + address) * BIRTH_STEPS + birth).astype(np.int32)


def policy_cell(grid: Grid, part: MatchingPart) -> int:
    """Return the cell of the scenario's own thresholds."""
    if grid.axes[0].name == "score_threshold":
        cuts = np.asarray(grid.axes[0].steps, dtype=np.float64)
        return int(np.searchsorted(cuts, part.score_threshold))
    return grid.cell(
        round(part.name_threshold * FULL) - FLOOR,
        ADDRESS_LEVELS.index(part.address_threshold),
        BIRTH_LEVELS.index(part.birth_date_threshold),
    )
