"""The policies of one run: the grid, what the scenario itself stands at, and sums over the grid.

A policy links the pairs of all cells at or above its own along every axis, so sums taken from the
strict end evaluate all policies at once. Groups are told apart only on a *plane* of the grid: first
axis x second axis at the scenario's own step of the third.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.matching.grid import Grid, policy_cell
from simulator.scenario.schema import MatchingPart

IntGrid = npt.NDArray[np.integer]
SCORE = "score_threshold"


@dataclass(frozen=True)
class Policies:
    """A grid, the scenario's own cell of it, and how many accounts selection ``top`` releases."""

    grid: Grid
    own: int
    top: int

    @property
    def third(self) -> int:
        """The scenario's own step along the third axis, at which groups are told apart."""
        return self.own % self.grid.shape[2]

    @property
    def plane(self) -> tuple[int, int]:
        """Steps of the first and the second axis."""
        return self.grid.shape[:2]


def policies(grid: Grid, part: MatchingPart) -> Policies:
    """Return the policies of a run."""
    return Policies(grid, policy_cell(grid, part), part.top)


def steps(grid: Grid, cell: int) -> tuple[int, int, int]:
    """Return the steps of a cell along the three axes."""
    _, second, third = grid.shape
    return cell // (second * third), cell // third % second, cell % third


def from_strict(values: IntGrid, shape: tuple[int, ...]) -> IntGrid:
    """Sum over all cells at or above each; the last axis of ``values`` is a grid of ``shape``."""
    summed = values.reshape(*values.shape[:-1], *shape)
    for axis in range(-len(shape), 0):
        summed = np.flip(np.flip(summed, axis).cumsum(axis=axis, dtype=values.dtype), axis)
    return np.asarray(summed.reshape(values.shape))


def is_scored(grid: Grid) -> bool:
    """Say whether policies are cuts of a score, not thresholds of fields."""
    return grid.axes[0].name == SCORE


def threshold_text(grid: Grid, part: MatchingPart) -> str:
    """Return the scenario's own thresholds in one line, as in the tables."""
    if is_scored(grid):
        return f"score>={part.score_threshold:.2f}"
    return (
        f"name>={part.name_threshold:.2f}, address>={part.address_threshold}, "
        f"birth_date>={part.birth_date_threshold}"
    )
