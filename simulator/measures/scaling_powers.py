"""Put the laws of growth to the test: the powers of people and density by which links depart.

Links are fitted as a claimed rate times a power of people and a power of list density, both 0 where
the claim holds; and as a power of reach without any claim, whose extrapolation says what becomes of
a prediction if linearity is not taken for granted. Log-linear regression with variance in
proportion to the mean (McCullagh and Nelder, Generalized Linear Models, 1989, chapter 9); errors
clustered by replicate as in ``measures.scaling_laws``.

Limits: a departure that is no power (a bend at one size only) shows weakly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from simulator.measures.estimates import FEW_EVENTS
from simulator.measures.scaling_laws import Observed, sandwich
from simulator.randomness import FloatArray

LEAST_REPLICATES = 6
_LEAST_RANGE = 0.1  # of the logarithm of density: below, it counts as one density
_NEWTON_STEPS, _SETTLED, _LONGEST_STEP = 60, 1e-10, 2.0


@dataclass(frozen=True)
class Departure:
    """Powers of people and of density by which links depart from a claimed rate, with intervals.

    ``p_value`` is of all of them being 0 (Hotelling's T squared). NaN where it cannot be told.
    """

    people: float
    people_low: float
    people_high: float
    density: float
    density_low: float
    density_high: float
    p_value: float


UNTOLD = Departure(*(math.nan,) * 7)


def departure(observed: Observed, claimed: FloatArray, confidence: float) -> Departure:
    """Return by which powers links depart from ``claimed``, the rate per request up to a factor.

    ``claimed`` has the shape of the links, (replicates, cells). All is NaN with fewer than
    ``FEW_EVENTS`` links or ``LEAST_REPLICATES``, and a power NaN where its base does not vary.
    """
    replicates = observed.links.shape[0]
    seen = observed.links.sum() >= FEW_EVENTS and (observed.links.sum(axis=1) > 0.0).sum() > 2
    if not seen or replicates < LEAST_REPLICATES or not (claimed > 0.0).all():
        return UNTOLD
    bases = [np.log(base / base.min()) for base in (observed.people, observed.density)]
    varied = [number for number, base in enumerate(bases) if np.ptp(base) > _LEAST_RANGE]
    if not varied:
        return UNTOLD
    found, covariance = _log_linear(observed, claimed, [bases[number] for number in varied])
    powers, covariance = found[1:], covariance[1:, 1:]
    reached = stats.t.ppf(0.5 + confidence / 2.0, replicates - 1) * np.sqrt(np.diag(covariance))
    spans = {
        number: (float(powers[i]), float(powers[i] - reached[i]), float(powers[i] + reached[i]))
        for i, number in enumerate(varied)
    }
    nothing = (math.nan, math.nan, math.nan)
    return Departure(
        *spans.get(0, nothing),
        *spans.get(1, nothing),
        p_value=_hotelling(powers, covariance, replicates),
    )


def _hotelling(powers: FloatArray, covariance: FloatArray, replicates: int) -> float:
    """Return the chance of such powers if all are 0."""
    count = powers.size
    squared = float(powers @ np.linalg.solve(covariance, powers))
    statistic = squared * (replicates - count) / (count * (replicates - 1))
    return float(stats.f.sf(statistic, count, replicates - count))


def _log_linear(
    observed: Observed, claimed: FloatArray, terms: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return level and powers of the terms, with their covariance."""
    shape = observed.links.shape
    columns = [np.ones(shape), *(np.broadcast_to(term, shape) for term in terms)]
    rows = np.stack(columns, axis=-1).reshape(-1, len(columns))
    links, offset = observed.links.ravel(), (observed.requests * claimed).ravel()
    found = np.zeros(rows.shape[1])
    found[0] = math.log(links.sum() / offset.sum())
    for _ in range(_NEWTON_STEPS):
        expected = offset * np.exp(rows @ found)
        step = np.linalg.solve(rows.T @ (rows * expected[:, None]), rows.T @ (links - expected))
        found = found + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < _SETTLED:
            break
    expected = offset * np.exp(rows @ found)
    bread: FloatArray = np.linalg.inv(rows.T @ (rows * expected[:, None])).astype(np.float64)
    scores = (rows * (links - expected)[:, None]).reshape(*shape, -1).sum(axis=1)
    return found, sandwich(bread, np.asarray(scores, dtype=np.float64))


@dataclass(frozen=True)
class FreePower:
    """Links per request as a factor times a power of reach, whatever the law claims."""

    power: float
    power_low: float
    power_high: float
    found: FloatArray
    covariance: FloatArray
    student: float
    unit: float

    def expected(self, reach: float) -> tuple[float, float, float]:
        """Return the expected links per request at a reach, with its interval."""
        at = np.array([1.0, math.log(reach / self.unit)])
        centre = float(at @ self.found)
        error = self.student * math.sqrt(max(float(at @ self.covariance @ at), 0.0))
        return math.exp(centre), math.exp(centre - error), math.exp(centre + error)


def free_power(observed: Observed, confidence: float) -> FreePower | None:
    """Fit a power of reach; None with too few links or replicates, as for ``departure``."""
    replicates = observed.links.shape[0]
    if observed.links.sum() < FEW_EVENTS or replicates < LEAST_REPLICATES:
        return None
    unit = float(observed.reach.mean())
    terms = [np.log(observed.reach / unit)]
    found, covariance = _log_linear(observed, np.ones_like(observed.reach), terms)
    student = float(stats.t.ppf(0.5 + confidence / 2.0, replicates - 1))
    power, error = float(found[1]), math.sqrt(covariance[1, 1])
    return FreePower(
        power, power - student * error, power + student * error, found, covariance, student, unit
    )
