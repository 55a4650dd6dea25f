"""Fit how wrong-person links grow with the country, part by part, and extrapolate.

The law of a part is: expected links = requests * (constant + slope * reach), both at least 0, reach
being how many strangers the part can find (``measures.scaling.Reach``). Worlds of several sizes and
list densities are fitted together by least squares weighted by the inverse of the expected links.

The unit of uncertainty is the replicate number: worlds of one number share people, so that all its
cells count as one cluster (sandwich variance; Liang and Zeger, Biometrika 73, 1986), with Student's
t on replicates - 1 degrees of freedom. Intervals are those of the law without the bounds at 0,
which are honest where a bound binds, and are stretched to hold the estimate. Under ``FEW_EVENTS``
links a constant and a slope cannot be told apart: the interval then reaches from the lower limit of
a constant rate or of one in proportion to reach to the higher upper limit of the two.

What one list would give varies about the expectation by as much per request as worlds of the
largest size do: a larger list of a larger country averages it out. Whether the law holds at all is
the business of ``measures.scaling_powers``.

Limits: intervals are over simulated worlds; the uncertainty of the scenario's own parameters is not
in them.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from simulator.measures.estimates import FEW_EVENTS, Estimates, ratio_estimates
from simulator.randomness import FloatArray

LEAST_SPREAD = 1.2
"""Reach must differ by this factor between cells for a slope to be fitted."""
_ROUNDS = 4


@dataclass(frozen=True)
class Observed:
    """Links of one part: by replicate and cell, shape (replicates, cells), all three.

    ``people`` and ``density`` (requests per person) are those of the cells, shape (cells,).
    """

    links: FloatArray
    requests: FloatArray
    reach: FloatArray
    people: FloatArray
    density: FloatArray


@dataclass(frozen=True)
class Predicted:
    """Links per request: what is expected, its interval, and that of what one list would give."""

    rate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float


@dataclass(frozen=True)
class Law:
    """The law of one part, fitted; rates are per request.

    ``is_closed`` says that the rule cannot link this part: everything is 0. ``slope`` is NaN where
    none was fitted. ``clump`` is the variance of a world's rate over its square, times requests.
    """

    is_closed: bool
    is_few: bool
    events: float
    constant: float
    slope: float
    confidence: float
    replicates: int
    free: FloatArray
    covariance: FloatArray
    clump: float
    as_constant: Estimates | None
    in_proportion: Estimates | None

    def rate(self, reach: float) -> float:
        """Return the expected links per request at a reach."""
        return self.constant + (0.0 if math.isnan(self.slope) else self.slope * reach)

    def expected(self, reach: float) -> tuple[float, float, float]:
        """Return the expected links per request at a reach, with its interval."""
        if self.is_closed:
            return 0.0, 0.0, 0.0
        rate = self.rate(reach)
        low, high = self._limits(reach)
        if math.isnan(low) or math.isnan(high):
            return rate, math.nan, math.nan
        return rate, min(rate, max(low, 0.0)), max(rate, high)

    def _limits(self, reach: float) -> tuple[float, float]:
        ends = [] if self.as_constant is None else [_ends(self.as_constant)]
        if self.in_proportion is not None:
            low, high = _ends(self.in_proportion)
            ends.append((low * reach, high * reach))
        if ends:
            return min(low for low, _ in ends), max(high for _, high in ends)
        at = np.array([1.0, reach])
        error = math.sqrt(max(float(at @ self.covariance @ at), 0.0))
        centre = float(at @ self.free)
        return centre - self.student() * error, centre + self.student() * error

    def student(self) -> float:
        """Return how many standard errors an interval reaches; NaN with one replicate."""
        if self.replicates < 2:
            return math.nan
        return float(stats.t.ppf(0.5 + self.confidence / 2.0, self.replicates - 1))

    def predict(self, reach: float, requests: float) -> Predicted:
        """Return what a list of so many requests would give at a reach."""
        rate, low, high = self.expected(reach)
        if self.is_closed:
            return Predicted(0.0, 0.0, 0.0, 0.0, 0.0)
        reached = self.student() ** 2
        noise = max(self.clump * rate * rate, rate) / requests
        above = max(noise, high / requests) if self.is_few else noise
        return Predicted(
            rate,
            low,
            high,
            max(rate - math.sqrt((rate - low) ** 2 + reached * noise), 0.0),
            rate + math.sqrt((high - rate) ** 2 + reached * above),
        )


def _ends(found: Estimates) -> tuple[float, float]:
    return float(found.ci_low[0]), float(found.ci_high[0])


def total(parts: list[Predicted]) -> Predicted:
    """Return the sum of parts, their errors taken as independent (Zou and Donner 2008)."""
    rate = sum(part.rate for part in parts)

    def reach(low: bool, interval: str) -> float:
        name = f"{interval}_{'low' if low else 'high'}"
        return math.sqrt(sum((getattr(part, name) - part.rate) ** 2 for part in parts))

    return Predicted(
        rate,
        max(rate - reach(True, "ci"), 0.0),
        rate + reach(False, "ci"),
        max(rate - reach(True, "pi"), 0.0),
        rate + reach(False, "pi"),
    )


def closed_law(observed: Observed, confidence: float) -> Law:
    """Return the law of a part that the rule cannot link; raise ValueError if it did."""
    if observed.links.any():
        raise ValueError("links were seen in a part that the rule cannot link")
    nothing = np.zeros(2)
    return Law(
        True, False, 0.0, 0.0, 0.0, confidence, observed.links.shape[0],
        nothing, np.zeros((2, 2)), 0.0, None, None,
    )  # fmt: skip


def fitted_law(observed: Observed, *, grows: bool, confidence: float) -> Law:
    """Fit the law of one part.

    ``grows`` says whether the rate may depend on reach; it is constant too where the reach of all
    cells is within ``LEAST_SPREAD``. Raises ValueError where shapes differ or there are no
    requests.
    """
    _check(observed)
    events = float(observed.links.sum())
    ends = observed.reach.mean(axis=0)
    sloped = grows and ends.max() >= LEAST_SPREAD * ends.min()
    few = events < FEW_EVENTS
    as_constant = _ratio(observed, np.ones_like(observed.reach), confidence)
    in_proportion = _ratio(observed, observed.reach, confidence) if sloped else None
    constant, slope = float(as_constant.estimate[0]), math.nan
    free, covariance = np.array([constant, 0.0]), np.zeros((2, 2))
    if sloped:
        bounded, free, covariance = _weighted(observed)
        constant, slope = bounded
    return Law(
        is_closed=False,
        is_few=few,
        events=events,
        constant=constant,
        slope=slope,
        confidence=confidence,
        replicates=observed.links.shape[0],
        free=free,
        covariance=covariance,
        clump=_clump(observed),
        as_constant=as_constant if few or not sloped else None,
        in_proportion=in_proportion if few else None,
    )


def _check(observed: Observed) -> None:
    shape = observed.links.shape
    if len(shape) != 2 or observed.requests.shape != shape or observed.reach.shape != shape:
        raise ValueError("links, requests and reach must have one shape, (replicates, cells)")
    if observed.people.shape != shape[1:] or observed.density.shape != shape[1:]:
        raise ValueError("people and density must have one value per cell")
    if not (observed.requests > 0.0).all():
        raise ValueError("every world must have requests")


def _ratio(observed: Observed, reach: FloatArray, confidence: float) -> Estimates:
    """Estimate links per request and unit of reach over all cells."""
    trials = (observed.requests * reach).sum(axis=1, keepdims=True)
    return ratio_estimates(
        observed.links.sum(axis=1, keepdims=True),
        trials,
        confidence=confidence,
        proportion=False,
        independent_units=float(trials.sum()),
    )


def _weighted(observed: Observed) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return constant and slope at least 0, the same without that bound, and its covariance."""
    unit = float(observed.reach.mean())
    columns = np.stack([observed.requests, observed.requests * observed.reach / unit], axis=-1)
    rows, links = columns.reshape(-1, 2), observed.links.ravel()
    expected = observed.requests.ravel() * max(links.sum(), 1.0) / observed.requests.sum()
    bounded = np.zeros(2)
    for _ in range(_ROUNDS):
        root = 1.0 / np.sqrt(expected)
        bounded, _ = optimize.nnls(rows * root[:, None], links * root)
        least = 1e-3 * max(links.sum(), 1.0) / links.size
        expected = np.maximum(rows @ bounded, least)
    weighted = rows / expected[:, None]
    bread = np.linalg.inv(weighted.T @ rows)
    free = bread @ (weighted.T @ links)
    residual = (links - rows @ free)[:, None] * weighted
    scores = residual.reshape(*observed.links.shape, 2).sum(axis=1)
    scale = np.diag([1.0, 1.0 / unit])
    return scale @ bounded, scale @ free, scale @ sandwich(bread, scores) @ scale


def sandwich(bread: FloatArray, scores: FloatArray) -> FloatArray:
    """Return the covariance of a fit whose scores are summed by replicate; NaN if there is one."""
    replicates = scores.shape[0]
    factor = replicates / (replicates - 1) if replicates > 1 else math.nan
    return np.asarray(factor * bread @ (scores.T @ scores) @ bread)


def _clump(observed: Observed) -> float:
    """Return variance over square of the rate of a world, times its requests.

    From the cells of most people, and the list density of which it is largest: what worlds of one
    replicate share is the same however long the list, and must not be taken to average out with it.
    """
    if observed.links.shape[0] < 2:
        return math.nan
    cells = observed.people == observed.people.max()
    rates = observed.links[:, cells] / observed.requests[:, cells]
    mean = rates.mean()
    if mean == 0.0:
        return 0.0
    spread = rates.var(axis=0, ddof=1) * observed.requests[:, cells].mean(axis=0)
    return float(spread.max() / mean**2)
