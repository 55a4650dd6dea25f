"""Variance-based sensitivity of a simulated measure, apart from the noise of simulating it.

First-order and total Sobol' indices from a Saltelli design (Saltelli et al., "Variance based
sensitivity analysis of model output", Computer Physics Communications 181 (2010), 259-270): first
order by their estimator (b), total by Jansen's, as ``scipy.stats.sobol_indices`` has them.

Every variant of the design runs on the same replicates. What a replicate adds to all variants alike
cancels; what it adds to each differently is noise, which makes all variances too large, total
indices with them, and first-order indices too small. Variance and numerators are all quadratic in
the outputs, so each is taken over pairs of *different* replicates instead, whose noise is
independent (a U-statistic): with Q(f) of the mean of R replicates and Q(f_r) of each,
(R Q(f) - mean of Q(f_r)) / (R - 1) has no noise in it on average.

Intervals: the variance over bootstrap samples of base samples, as in ``scipy.stats``, plus that of
a jackknife over replicates. The noise of single variants is in both, so that they err on the wide
side.

Limits: the outputs of a ratio are linearised, which leaves a bias of the order of one over the
events. Base samples are resampled as if independent, which a Sobol' sequence beats: intervals are
wide for smooth models. An estimate can fall below 0 where the index is near 0.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from simulator.randomness import FloatArray, Stage, Streams

RESAMPLES: Final = 400
_AT_ONCE: Final = 50
_BOOTSTRAP_SLOT: Final = 1
_NO_VARIANCE: Final = 1e-24
"""Of the squared size of the outputs: below it a variance is rounding."""


@dataclass(frozen=True)
class Outputs:
    """What a Saltelli design gave, by replicate.

    ``first`` and ``second`` are the two samples, shape (replicates, base); ``mixed`` the first with
    one parameter from the second, shape (replicates, parameters, base).
    """

    first: FloatArray
    second: FloatArray
    mixed: FloatArray

    def rows(self, at: FloatArray) -> "Outputs":
        """Return the base samples ``at``, whose shape stands in place of the last axis."""
        return Outputs(self.first[..., at], self.second[..., at], self.mixed[..., at])

    def without(self, replicate: int) -> "Outputs":
        """Return all replicates but one."""
        return Outputs(
            *(np.delete(part, replicate, axis=0) for part in (self.first, self.second, self.mixed))
        )


@dataclass(frozen=True)
class Indices:
    """Sobol' indices of each parameter, shape (parameters,), with limits of their intervals.

    ``uncorrected`` are the indices with the noise of replicates still in them.
    """

    estimate: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    uncorrected: FloatArray


def _quadratic(first: FloatArray, second: FloatArray, mixed: FloatArray) -> FloatArray:
    """Return variance, first-order and total numerators, each quadratic in the outputs.

    Arguments end in base samples, ``mixed`` in (parameters, base). Shape of the result:
    (…, 1 + 2 x parameters).
    """
    both = np.concatenate([first, second], axis=-1)
    centre = both.mean(axis=-1, keepdims=True)
    variance = np.square(both - centre).mean(axis=-1, keepdims=True)
    moved = mixed - first[..., None, :]
    order_one = ((second - centre)[..., None, :] * moved).mean(axis=-1)
    total = 0.5 * np.square(moved).mean(axis=-1)
    return np.concatenate([variance, order_one, total], axis=-1)


def _parts(outputs: Outputs) -> tuple[FloatArray, FloatArray]:
    """Return the quadratic forms of the mean over replicates, and those without its noise."""
    parts = (outputs.first, outputs.second, outputs.mixed)
    of_mean = _quadratic(*(part.mean(axis=0) for part in parts))
    count = outputs.first.shape[0]
    if count < 2:
        return of_mean, np.full(of_mean.shape, np.nan)
    of_each = _quadratic(*parts).mean(axis=0)
    return of_mean, (count * of_mean - of_each) / (count - 1)


def _ratios(parts: FloatArray, least: float) -> FloatArray:
    """Return indices (…, 2 x parameters); NaN where there is no variance to share out."""
    variance = parts[..., :1]
    ratios = np.full(parts[..., 1:].shape, np.nan)
    np.divide(parts[..., 1:], variance, out=ratios, where=variance > least)
    return ratios


def _least(outputs: Outputs) -> float:
    return _NO_VARIANCE * float(np.square(outputs.first).mean() + 1e-300)


def _resampled(outputs: Outputs, least: float, *, rng: Streams) -> FloatArray:
    """Return indices over bootstrap samples of base samples, shape (resamples, indices)."""
    base, found = outputs.first.shape[-1], []
    drawn = rng.table(Stage.SENSITIVITY, _BOOTSTRAP_SLOT, np.arange(RESAMPLES * base))[0]
    rows = (drawn.reshape(RESAMPLES, base) * base).astype(np.int64)
    for start in range(0, RESAMPLES, _AT_ONCE):
        some = outputs.rows(rows[start : start + _AT_ONCE])
        mixed = np.moveaxis(some.mixed, 1, 2)  # (replicates, resamples, parameters, base)
        _, clean = _parts(Outputs(some.first, some.second, mixed))
        found.append(_ratios(clean, least))
    return np.concatenate(found)


def sobol_indices(
    outputs: Outputs, confidence: float, *, rng: Streams
) -> tuple[Indices, Indices, float]:
    """Return first-order and total indices, and the share of variance that is noise.

    The share is of the variance over draws of a mean over the replicates. Indices are NaN where
    nothing varies beyond noise; intervals are NaN with fewer than three replicates. Raises
    ValueError where shapes do not fit together.
    """
    replicates, base = outputs.first.shape
    if outputs.second.shape != (replicates, base) or outputs.mixed.shape[::2] != (replicates, base):
        raise ValueError("first, second and mixed must have the same replicates and base samples")
    parameters, least = outputs.mixed.shape[1], _least(outputs)
    noisy, clean = _parts(outputs)
    estimate, uncorrected = _ratios(clean, least), _ratios(noisy, least)
    variance = np.full(2 * parameters, np.nan)
    if replicates > 2 and np.isfinite(estimate).all():
        over_rows = np.nanvar(_resampled(outputs, least, rng=rng), axis=0, ddof=1)
        left = [_ratios(_parts(outputs.without(r))[1], least) for r in range(replicates)]
        over_replicates = (replicates - 1) * np.nanvar(np.stack(left), axis=0)
        variance = over_rows + over_replicates
    reach = float(stats.norm.ppf(0.5 + confidence / 2.0)) * np.sqrt(variance)
    halves = (slice(0, parameters), slice(parameters, 2 * parameters))
    first, total = (
        Indices(estimate[at], (estimate - reach)[at], (estimate + reach)[at], uncorrected[at])
        for at in halves
    )
    noise = float(1.0 - clean[0] / noisy[0]) if noisy[0] > least else np.nan
    return first, total, noise


@dataclass(frozen=True)
class Uncertainty:
    """How sure a measure is: over chance, over parameters, over both; standard deviations.

    ``estimate`` is the mean over draws of the parameters. Chance is that of one variant's
    replicates together; limits are pairs (low, high).
    """

    estimate: float
    chance: float
    parameters: float
    over_chance: tuple[float, float]
    over_parameters: tuple[float, float]
    over_both: tuple[float, float]


def uncertainty(outputs: Outputs, std_errors: FloatArray, confidence: float) -> Uncertainty:
    """Tell parameter uncertainty from Monte Carlo error over the draws of a Saltelli design.

    ``std_errors`` are the Monte Carlo errors of the draws, first sample then second. The variance
    over draws less that of the noise that differs between draws is the parameters'. Limits over
    parameters are quantiles over draws (Weibull's positions), drawn in towards the mean by the
    share of the standard deviation that is theirs; those over both are the same drawn out by what
    chance adds; those over chance alone are by Student's t.
    """
    draws = np.concatenate([outputs.first, outputs.second], axis=-1)
    replicates, mean = draws.shape[0], draws.mean(axis=0)
    centre, spread = float(mean.mean()), float(mean.var(ddof=1))
    chance = float(np.sqrt(np.square(std_errors).mean()))
    own = np.nan
    if replicates > 1:
        noise = (draws - draws.mean(axis=-1, keepdims=True)).var(axis=0, ddof=1).mean() / replicates
        own = max(0.0, spread - float(noise))
    tail = (1.0 - confidence) / 2.0
    ends = np.quantile(mean, [tail, 1.0 - tail], method="weibull") - centre

    def at(variance: float) -> tuple[float, float]:
        factor = np.sqrt(variance / spread) if spread > 0.0 else 0.0
        return float(centre + ends[0] * factor), float(centre + ends[1] * factor)

    reach = float(stats.t.ppf(1.0 - tail, replicates - 1)) * chance if replicates > 1 else np.nan
    low, high = at(own)
    return Uncertainty(
        centre,
        chance,
        float(np.sqrt(own)),
        (centre - reach, centre + reach),
        (low, high),
        (
            centre - float(np.hypot(centre - low, reach)),
            centre + float(np.hypot(high - centre, reach)),
        ),
    )


@dataclass(frozen=True)
class Differences:
    """Differences of ratios, paired by replicate; arrays of shape (rows,)."""

    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray


def linearised(numerators: FloatArray, denominators: FloatArray, scale: float) -> FloatArray:
    """Return by replicate what a ratio of sums is the mean of, shape (replicates, rows).

    Replicate r stands at R + (numerator_r - R denominator_r) / mean denominator, R being the ratio
    of the sums: the mean is R itself, and the spread its Monte Carlo error. NaN where the
    denominators sum to 0.
    """
    below = denominators.mean(axis=0)
    ratio = np.full(below.shape, np.nan)
    np.divide(numerators.mean(axis=0), below, out=ratio, where=below > 0.0)
    residual = numerators - ratio * denominators
    return np.asarray(scale * (ratio + residual / np.where(below > 0.0, below, 1.0)))


def paired_differences(values: FloatArray, base: FloatArray, confidence: float) -> Differences:
    """Return differences to a base seen in the same replicates, both as from ``linearised``.

    The interval is Student's t over replicates. Where no replicate shows any difference, or there
    is one replicate only, there is none to say how sure that is: the limits are NaN.
    """
    difference = values - base
    replicates = difference.shape[0]
    estimate = difference.mean(axis=0)
    if replicates < 2:
        nothing = np.full(estimate.shape, np.nan)
        return Differences(estimate, nothing, nothing, nothing)
    error = difference.std(axis=0, ddof=1) / np.sqrt(replicates)
    size = np.abs(values).mean(axis=0) + np.abs(base).mean(axis=0)
    flat = error <= 1e-12 * size
    error = np.where(flat & np.isfinite(estimate), 0.0, error)
    reach = np.where(flat, np.nan, stats.t.ppf(0.5 + confidence / 2.0, replicates - 1) * error)
    return Differences(estimate, error, estimate - reach, estimate + reach)
