"""Every measure at every policy of the grid, and the error trade-off along each of its axes.

Under selection ``all`` raising any threshold only removes links: links, wrong links, exposed
people, linked requests, the false positive identification rate, selectivity and recall never rise,
missed mates never fall, whichever axis moves. Under ``best`` and ``top`` linked requests and with
them the false positive identification rate and yield never rise; recall may, because a stranger
who outranked the mate can drop out first. Under ``unique`` nothing is monotone: of two links one
may drop out and the other become the only one. Precision and the false discovery rate are ratios
of two falling numbers and monotone under no rule.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.matching.grid import Grid, policy_cell
from simulator.measures.estimates import Estimates, ratio_estimates
from simulator.measures.policies import is_scored, steps
from simulator.measures.quantities import SELECTIONS, ReplicateCounts
from simulator.measures.rates import MEASURES, Measure, clump
from simulator.randomness import FloatArray, IntArray
from simulator.scenario.schema import Scenario

TRADED = (
    "false_positive_identification_rate",
    "false_negative_identification_rate",
    "precision",
    "recall",
)
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator")


def _units(measure: Measure, values: FloatArray) -> FloatArray:
    """Return how many of each denominator may be struck independently, summed over replicates."""
    if measure.units is not None:
        return np.asarray(values[:, measure.units].sum(axis=0))
    numerators, struck = values[:, measure.numerator], values[:, measure.struck]
    per_request = clump(numerators.sum(axis=0), struck.sum(axis=0))
    return np.asarray(values[:, measure.denominator].sum(axis=0) / per_request)


def _cell_estimates(measure: Measure, values: FloatArray, confidence: float) -> Estimates:
    """Estimate one measure at every cell; ``values`` has shape (replicates, Q, cells).

    Cells with the same counts are estimated once: strict policies often differ in nothing.
    """
    columns = np.concatenate(
        [
            values[:, measure.numerator],
            values[:, measure.denominator],
            _units(measure, values)[None],
        ]
    )
    distinct, where = np.unique(columns, axis=1, return_inverse=True)
    where, replicates = where.reshape(-1), values.shape[0]
    found = ratio_estimates(
        distinct[:replicates],
        distinct[replicates:-1],
        confidence=confidence,
        scale=measure.scale,
        proportion=measure.proportion,
        independent_units=distinct[-1],
    )
    numbers = {name: getattr(found, name)[where] for name in _NUMBERS}
    return Estimates(**numbers, replicates=found.replicates)


def _named(codes: IntArray, names: Sequence[str]) -> pd.Series:
    """Return a column of names that is stored as numbers."""
    return pd.Series(np.array(names, dtype=object)[codes]).astype("category")


def _thresholds(grid: Grid) -> dict[str, pd.Series]:
    """Return the columns that say where each cell stands."""
    axes = grid.axes[:1] if is_scored(grid) else grid.axes
    at = np.unravel_index(np.arange(grid.size), grid.shape)
    return {
        axis.name: (
            pd.Series(np.array(axis.steps, np.float64)[step])
            if isinstance(axis.steps[0], float)
            else _named(step, [str(name) for name in axis.steps])
        )
        for axis, step in zip(axes, at, strict=False)
    }


def threshold_table(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> pd.DataFrame:
    """Return every measure for everybody at every policy of the grid and selection rule."""
    grid = replicates[0].grid
    frames = []
    for number in range(len(SELECTIONS)):
        values = np.stack([counts.grid_values[number] for counts in replicates])
        for measure in MEASURES:
            estimates = _cell_estimates(measure, values, scenario.confidence)
            frames.append(
                pd.DataFrame({name: getattr(estimates, name) for name in _NUMBERS}).assign(
                    replicates=np.int32(estimates.replicates)
                )
            )
    tables = len(frames)
    which = np.repeat(np.arange(tables), grid.size)
    head = {
        "measure": _named(which % len(MEASURES), [measure.name for measure in MEASURES]),
        "selection": _named(which // len(MEASURES), [str(name) for name in SELECTIONS]),
    }
    where = pd.concat([pd.DataFrame(_thresholds(grid))] * tables, ignore_index=True)
    numbers = pd.concat(frames, ignore_index=True)
    return pd.concat([pd.DataFrame(head), where, numbers], axis=1)


def _along(grid: Grid, own: int, axis: int) -> IntArray:
    """Return the cells along one axis through the scenario's own policy."""
    at = list(steps(grid, own))
    cells = []
    for step in range(grid.shape[axis]):
        at[axis] = step
        cells.append(grid.cell(*at))
    return np.array(cells)


def _text(step: float | str) -> str:
    return step if isinstance(step, str) else f"{step:.2f}"


def tradeoff_table(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> pd.DataFrame:
    """Return the errors along each axis of the grid, one row per selection, axis and step.

    The data of DET curves (false positive against false negative identification rate) and of
    precision against recall, each with its interval; the other axes stand at the scenario's own
    steps.
    """
    grid = replicates[0].grid
    own, traded = policy_cell(grid, scenario.matching), {m.name: m for m in MEASURES}
    frames = []
    for number, selection in enumerate(SELECTIONS):
        for which, axis in enumerate(grid.axes[:1] if is_scored(grid) else grid.axes):
            cells = _along(grid, own, which)
            values = np.stack([counts.grid_values[number][:, cells] for counts in replicates])
            columns: dict[str, object] = {
                "selection": str(selection),
                "axis": axis.name,
                "threshold": [_text(step) for step in axis.steps],
                "position": np.arange(cells.size),
            }
            for name in TRADED:
                found = _cell_estimates(traded[name], values, scenario.confidence)
                columns[name] = found.estimate
                columns[f"{name}_low"], columns[f"{name}_high"] = found.ci_low, found.ci_high
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
