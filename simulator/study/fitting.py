"""Fit a few parameters to as many published shares, on random numbers that stay the same.

Damped Gauss-Newton (Levenberg-Marquardt) steps with a slope matrix that is measured once, by moving
each parameter a little, and then kept up to date from the steps themselves (Broyden 1965). Both
sides are on the logit scale, parameters within their range and shares between 0 and 1, where most
targets are nearly linear in most parameters and no step leaves the range.

Limits: shares are counts of a finite list, so that nothing is fitted closer than one request; a
target that no value of the parameters reaches ends in ``Fit.reached`` false with what came nearest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.randomness import FloatArray

MOST_EVALUATIONS: Final = 20
_EDGE: Final = 1e-4  # of the range, next to which a parameter stays
_FURTHEST: Final = 1.5  # on the logit scale, the longest step of one parameter
_MOVED: Final = 0.5
_DAMPING: Final = 0.02


@dataclass(frozen=True)
class Aim:
    """The shares to be reached: value and tolerance of each, in the order of ``measured``."""

    values: FloatArray
    tolerances: FloatArray


@dataclass(frozen=True)
class Bounds:
    """The ranges of the parameters."""

    low: FloatArray
    high: FloatArray

    def inside(self, position: FloatArray) -> FloatArray:
        """Return parameters at a position on the logit scale."""
        return np.asarray(self.low + (self.high - self.low) / (1.0 + np.exp(-position)))

    def position(self, values: FloatArray) -> FloatArray:
        """Return the position of parameters, those at an edge a little inside."""
        part = np.clip((values - self.low) / (self.high - self.low), _EDGE, 1.0 - _EDGE)
        return logit(part)


@dataclass(frozen=True)
class Fit:
    """The parameters that came nearest, the shares there, and how it went.

    ``slopes`` is the last slope matrix, to start another fit from; ``evaluations`` counts how often
    shares were measured.
    """

    reached: bool
    parameters: FloatArray
    shares: FloatArray
    slopes: FloatArray
    evaluations: int


def logit(share: FloatArray) -> FloatArray:
    """Return log odds; shares of 0 and 1 count as a millionth inside."""
    inside = np.clip(share, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(inside / (1.0 - inside)))


def fit(
    measured: Callable[[FloatArray], FloatArray],
    aim: Aim,
    bounds: Bounds,
    start: Sequence[float] | FloatArray,
    slopes: FloatArray | None = None,
) -> Fit:
    """Return the parameters at which ``measured`` comes within tolerance of every aim.

    ``measured`` takes parameters, shape (parameters,), and returns shares, shape (aims,), as many;
    the same parameters must give the same shares. Without ``slopes``, shape (aims, parameters),
    they are measured first. Stops after ``MOST_EVALUATIONS``.
    """
    search = _Search(measured, aim, bounds)
    position = bounds.position(np.asarray(start, dtype=np.float64))
    here = search.off(position)
    if search.is_done():
        return search.fit(np.eye(position.size) if slopes is None else slopes)
    known = search.measured_slopes(position, here) if slopes is None else slopes
    damping = _DAMPING
    while not search.is_done() and search.evaluations < MOST_EVALUATIONS:
        step = _step(known, here, damping)
        if not np.any(step):
            break
        there = search.off(position + step)
        known = known + np.outer(there - here - known @ step, step) / (step @ step)
        if np.square(there).sum() < np.square(here).sum():
            position, here, damping = position + step, there, max(damping / 4.0, _DAMPING)
        else:
            damping *= 8.0
    return search.fit(known)


def _step(slopes: FloatArray, off: FloatArray, damping: float) -> FloatArray:
    """Return the damped step that would bring ``off`` to nothing, cut to the furthest allowed."""
    scale = np.trace(slopes.T @ slopes) / off.size
    normal = slopes.T @ slopes + damping * max(scale, 1e-12) * np.eye(off.size)
    step = np.linalg.solve(normal, -slopes.T @ off)
    longest = np.abs(step).max()
    return np.asarray(step * min(1.0, _FURTHEST / longest) if longest > 0.0 else step)


class _Search:
    """Measures shares, and remembers what came nearest."""

    def __init__(
        self, measured: Callable[[FloatArray], FloatArray], aim: Aim, bounds: Bounds
    ) -> None:
        self._measured, self._aim, self._bounds = measured, aim, bounds
        self.evaluations = 0
        self._nearest = np.inf
        self._parameters = bounds.low
        self._shares = np.full(aim.values.size, np.nan)

    def is_done(self) -> bool:
        """Whether every aim has been reached."""
        return bool(self._nearest <= 1.0)

    def off(self, position: FloatArray) -> FloatArray:
        """Return how far off the aims a position is, on the logit scale, in tolerances."""
        parameters = self._bounds.inside(position)
        shares = self._measured(parameters)
        self.evaluations += 1
        furthest = float(np.max(np.abs(shares - self._aim.values) / self._aim.tolerances))
        if furthest < self._nearest or self.evaluations == 1:
            self._nearest, self._parameters, self._shares = furthest, parameters, shares
        spread = self._aim.values * (1.0 - self._aim.values) / self._aim.tolerances
        return np.asarray((logit(shares) - logit(self._aim.values)) * spread)

    def measured_slopes(self, position: FloatArray, here: FloatArray) -> FloatArray:
        """Return the slopes at a position, each parameter moved towards the middle of its range."""
        columns = []
        for number in range(position.size):
            moved = position.copy()
            moved[number] += -_MOVED if position[number] > 0.0 else _MOVED
            columns.append((self.off(moved) - here) / (moved[number] - position[number]))
        return np.stack(columns, axis=1)

    def fit(self, slopes: FloatArray) -> Fit:
        """Return what came nearest."""
        return Fit(self.is_done(), self._parameters, self._shares, slopes, self.evaluations)
