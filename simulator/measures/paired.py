"""What one run has more or less of than another: differences and ratios, paired by replicate.

Two runs from the same seed draw the same people, roll, list and errors wherever their scenarios say
the same (common random numbers). A measure is compared within each replicate, so that what both
share cancels; the interval is over replicates. With n events of d in replicate i of the first run
(a) and of the second (b), r = N / D their sums' ratios and R replicates:

* Difference r_b - r_a. Its linearised residuals are e_i = (n_bi - r_b d_bi) / D_b -
  (n_ai - r_a d_ai) / D_a, its standard error s = sqrt(R / (R - 1) sum of e_i^2), its interval
  Student's t with R - 1 degrees of freedom (W. G. Cochran, Sampling Techniques, 3rd ed., 1977,
  chapter 6, for the difference of two ratios). Where every replicate changes the same way and that
  interval leaves out 0, it is taken on the logarithm of the difference's size, error s / |r_b -
  r_a|: rates are skew (see ``estimates``), and so is what one run alone adds or takes away.
* Ratio r_b / r_a by the delta method on the logarithm, as ``estimates.ratio_of_ratios``.

The t interval fails where little was seen. Three cases have another one (``Known``):

* Few changes. The difference is exactly sum of c_i / D with c_i = (n_bi - n_ai) - r (d_bi - d_ai),
  r and D being the means of both runs. Where denominators are nearly the same (``CLOSE``) and fewer
  than ``FEW_EVENTS`` changes that can strike independently add up over replicates, or all residuals
  are 0, the ups and the downs among the c_i are each counted with their exact interval (Garwood's,
  see ``estimates``) at (1 + confidence) / 2, and the lowest ups less the highest downs to the
  reverse hold both (Bonferroni). The ratio is then 1 + difference / r_a, each at its outermost.
* Few events (or few non-events of a proportion) behind either side, and denominators that differ:
  from the lower limit of one less the upper limit of the other to the reverse, each at
  (1 + confidence) / 2. This holds whatever ties the runs together, and gains nothing from it.
* No change seen: all counts are the same in every replicate. The difference is 0 without any
  spread, and what is known is a bound: the most changes per independent thing that leave none seen
  with probability (1 - confidence) / 2. Where the scenarios decide alike by construction nothing
  could change; the bound does not know that.

For a measure that is a ratio of two rates (disparity) the residuals are those of its logarithm
times the measure, and whenever too little was seen the second case is taken.

Limits. Changes that come in larger clumps than events do are counted as more than they are worth.
The spread is that of simulated worlds; parameters are taken as true.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy import stats

from simulator.measures.estimates import (
    FEW_EVENTS,
    BoolArray,
    Estimates,
    ratio_estimates,
    ratio_of_ratios,
)
from simulator.measures.rated import Rated
from simulator.randomness import FloatArray

CLOSE = 0.1
"""Denominators that differ by no more than this share of their size count as nearly the same."""
_ROUNDING = 1e-12  # relative; spread this small is rounding of equal counts
Limits = tuple[FloatArray, FloatArray]


class Known(StrEnum):
    """How much is known of a comparison; empty where nothing need be said."""

    WELL = ""
    NO_CHANGE = "no change seen"
    FEW_CHANGES = "few changes"
    FEW_EVENTS = "few events"
    ONE_REPLICATE = "one replicate"
    NOT_AVAILABLE = "not available"


@dataclass(frozen=True)
class Paired:
    """One measure of two runs side by side, an entry per group; NaN is "not available".

    ``first`` and ``second`` are the estimates of each run alone. Differences are second less first
    in the measure's own unit, ratios second over first.
    """

    first: Estimates
    second: Estimates
    difference: FloatArray
    std_error: FloatArray
    low: FloatArray
    high: FloatArray
    ratio: FloatArray
    ratio_low: FloatArray
    ratio_high: FloatArray
    known: tuple[Known, ...]


def paired(first: Rated, second: Rated, confidence: float) -> Paired:
    """Compare a measure of two runs over the same groups, replicate by replicate.

    ``first`` and ``second`` have the same groups and replicates in the same order. A row whose
    denominator is 0 on either side is NaN; with one replicate so are limits, but where no change
    was seen.

    Raises:
        ValueError: names, groups or shapes differ; confidence is not inside (0, 1).
    """
    same = (first.name, first.labels, first.numerators.shape, first.scale)
    if same != (second.name, second.labels, second.numerators.shape, second.scale):
        raise ValueError(f"{first.name} and {second.name} are not one measure of the same groups")
    sides = _Sides(replace(first, scale=1.0), replace(second, scale=1.0), confidence)
    low, high = sides.difference_limits()
    ratio, ratio_low, ratio_high = sides.ratio_limits()
    return Paired(
        first=first.estimates(confidence),
        second=second.estimates(confidence),
        difference=sides.difference * first.scale,
        std_error=sides.error * first.scale,
        low=low * first.scale,
        high=high * first.scale,
        ratio=ratio,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        known=sides.known(low),
    )


class _Sides:
    """Both sides of a comparison, unscaled, and which kind of interval each row deserves."""

    def __init__(self, first: Rated, second: Rated, confidence: float) -> None:
        self.first, self.second, self.confidence = first, second, confidence
        self.wide = (1.0 + confidence) / 2.0
        self.a, self.b = first.estimates(self.wide), second.estimates(self.wide)
        self.itself = _same(first, second)
        self.available = np.isfinite(self.a.estimate) & np.isfinite(self.b.estimate)
        self.difference = np.where(self.itself, 0.0, self.b.estimate - self.a.estimate)
        self.difference = np.where(self.available, self.difference, np.nan)
        residuals = _residuals(second, self.b) - _residuals(first, self.a)
        # Where both sides agree in every replicate rounding leaves nothing either.
        size = np.abs(self.a.estimate) + np.abs(self.b.estimate)
        self.error = np.where(self.available, _error(residuals, size), np.nan)
        no_spread = self.error == 0.0
        plain = first.reference is None
        close = _close(first, second) & plain
        few = (_struck(first) < FEW_EVENTS) | (_struck(second) < FEW_EVENTS)
        changes = self._independent_changes()
        self.few_changes = close & ((changes < FEW_EVENTS) | no_spread) & ~self.itself
        self.few_events = ~close & (few | no_spread | ~np.isfinite(self.error)) & ~self.itself
        self.few_events |= self.itself & (not plain)
        if self.a.replicates == 1:
            self.few_events &= self.itself

    def _changes(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return changes c_i, denominators, and independent units per row."""
        n_a, d_a = self.first.numerators, self.first.denominators
        n_b, d_b = self.second.numerators, self.second.denominators
        rate = np.nan_to_num((self.a.estimate + self.b.estimate) / 2.0)
        below = (d_a + d_b) / 2.0
        units = (self.first.units + self.second.units) / 2.0
        units = np.where(units > 0.0, units, np.maximum(below.sum(axis=0), 1.0))
        return (n_b - n_a) - rate * (d_b - d_a), below, units

    def _independent_changes(self) -> FloatArray:
        changed, below, units = self._changes()
        share = np.minimum(1.0, units / np.maximum(below.sum(axis=0), 1e-300))
        return np.asarray(np.abs(changed).sum(axis=0) * share)

    def _change_limits(self, level: float) -> Limits:
        """Return limits of the difference from its ups and downs, both at once at ``level``."""
        changed, below, units = self._changes()

        def counted(events: FloatArray, at: float) -> Estimates:
            return ratio_estimates(
                events, below, confidence=at, proportion=False, independent_units=units
            )

        each = (1.0 + level) / 2.0
        ups, downs = (counted(np.maximum(sign * changed, 0.0), each) for sign in (1.0, -1.0))
        never = counted(np.zeros(changed.shape), level).ci_high
        low = np.where(self.itself, -never, ups.ci_low - downs.ci_high)
        high = np.where(self.itself, never, ups.ci_high - downs.ci_low)
        return low, high

    def difference_limits(self) -> Limits:
        """Return the limits of the difference."""
        reach = _quantile(self.a.replicates, self.confidence) * self.error
        low, high = self.difference - reach, self.difference + reach
        low, high = self._one_way_limits(reach, low, high)
        exact_low, exact_high = self._change_limits(self.confidence)
        by_change = self.few_changes | (self.itself & ~self.few_events)
        low = np.where(by_change, exact_low, low)
        high = np.where(by_change, exact_high, high)
        low = np.where(self.few_events, self.b.ci_low - self.a.ci_high, low)
        high = np.where(self.few_events, self.b.ci_high - self.a.ci_low, high)
        if self.first.proportion and self.first.reference is None:
            low, high = np.maximum(low, -1.0), np.minimum(high, 1.0)
        return np.where(self.available, low, np.nan), np.where(self.available, high, np.nan)

    def _one_way_limits(self, reach: FloatArray, low: FloatArray, high: FloatArray) -> Limits:
        """Return limits on the logarithm of the size where all replicates change one way.

        ``reach`` is half the width of the t interval from ``low`` to ``high``, which others keep.
        """
        if self.first.reference is not None:
            return low, high
        changes = _over(self.second.numerators, self.second.denominators)
        changes = changes - _over(self.first.numerators, self.first.denominators)
        size = np.abs(self.difference)
        one_way = (changes > 0.0).all(axis=0) | (changes < 0.0).all(axis=0)
        one_way &= (reach > 0.0) & (reach < size)
        factor = np.exp(np.where(one_way, _over(reach, size), 0.0))
        nearer, farther = size / factor, size * factor
        up = self.difference > 0.0
        return (
            np.where(one_way, np.where(up, nearer, -farther), low),
            np.where(one_way, np.where(up, farther, -nearer), high),
        )

    def ratio_limits(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the ratio and its limits."""
        ratio, low, high = self._log_ratio()
        apart = self.few_events | (ratio == 0.0)
        low = np.where(apart, _over(self.b.ci_low, self.a.ci_high), low)
        high = np.where(apart, _over(self.b.ci_high, self.a.ci_low), high)
        down, up = self._change_limits(self.wide)
        least = 1.0 + np.fmin(_over(down, self.a.ci_low), _over(down, self.a.ci_high))
        most = 1.0 + np.fmax(_over(up, self.a.ci_low), _over(up, self.a.ci_high))
        by_change = self.few_changes | (self.itself & ~self.few_events)
        low = np.where(by_change, np.maximum(least, 0.0), low)
        high = np.where(by_change, np.where(self.a.ci_low > 0.0, most, np.nan), high)
        known = np.isfinite(ratio)
        return ratio, np.where(known, low, np.nan), np.where(known, high, np.nan)

    def _log_ratio(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        first, second = self.first, self.second
        if first.reference is None:
            found = ratio_of_ratios(
                second.numerators,
                second.denominators,
                first.numerators,
                first.denominators,
                confidence=self.confidence,
                proportion=first.proportion,
                group_units=second.units,
                reference_units=first.units,
            )
            return found.estimate, found.ci_low, found.ci_high
        ratio = _over(self.b.estimate, self.a.estimate)
        pull = _over(_residuals(second, self.b), self.b.estimate)
        pull = pull - _over(_residuals(first, self.a), self.a.estimate)
        reach = _quantile(self.a.replicates, self.confidence) * _error(pull, np.ones(ratio.shape))
        return ratio, ratio * np.exp(-reach), ratio * np.exp(reach)

    def known(self, low: FloatArray) -> tuple[Known, ...]:
        """Say of each row how much is known."""
        cases = (
            (~self.available, Known.NOT_AVAILABLE),
            (self.itself, Known.NO_CHANGE),
            (~np.isfinite(low) & (self.a.replicates == 1), Known.ONE_REPLICATE),
            (self.few_changes, Known.FEW_CHANGES),
            (self.few_events, Known.FEW_EVENTS),
        )
        rows = range(self.available.size)
        return tuple(next((known for at, known in cases if at[row]), Known.WELL) for row in rows)


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide with NaN where the divisor is 0, negative or NaN, or too small for a number."""
    result = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    with np.errstate(over="ignore"):
        np.divide(above, below, out=result, where=below > 0.0)
    return np.where(np.isfinite(result), result, np.nan)


def _same(first: Rated, second: Rated) -> BoolArray:
    """Say which rows have the same counts in every replicate."""
    same = (first.numerators == second.numerators) & (first.denominators == second.denominators)
    rows: BoolArray = same.all(axis=0)
    if first.reference is not None and second.reference is not None:
        rows &= _same(first.reference, second.reference)
    return rows


def _close(first: Rated, second: Rated) -> BoolArray:
    below = (first.denominators + second.denominators).sum(axis=0) / 2.0
    apart = np.abs(second.denominators - first.denominators).sum(axis=0)
    return np.asarray(apart <= CLOSE * below)


def _residuals(rated: Rated, found: Estimates) -> FloatArray:
    """Return what each replicate adds to the measure's deviation, shape (replicates, groups)."""
    if rated.reference is None:
        residual = rated.numerators - found.estimate * rated.denominators
        return _over(residual, rated.denominators.sum(axis=0))
    pull = _pull(rated) - _pull(rated.reference)
    return np.asarray(found.estimate * pull)


def _pull(rated: Rated) -> FloatArray:
    """Return the residuals of the logarithm of a rate."""
    events = rated.numerators.sum(axis=0)
    rate = _over(events, rated.denominators.sum(axis=0))
    return _over(rated.numerators - rate * rated.denominators, events)


def _error(residuals: FloatArray, size: FloatArray) -> FloatArray:
    """Return the standard error of a sum of residuals; NaN with one replicate."""
    replicates = residuals.shape[0]
    if replicates < 2:
        return np.full(residuals.shape[1], np.nan)
    spread = np.sqrt(replicates / (replicates - 1) * np.square(residuals).sum(axis=0))
    return np.where(spread <= _ROUNDING * size, 0.0, spread)


def _quantile(replicates: int, confidence: float) -> float:
    if replicates < 2:
        return float("nan")
    return float(stats.t.ppf(0.5 + confidence / 2.0, replicates - 1))


def _struck(rated: Rated) -> FloatArray:
    """Return how many events, or non-events if fewer, could have struck independently."""
    total = rated.denominators.sum(axis=0)
    events = rated.numerators.sum(axis=0)
    share = np.minimum(1.0, np.nan_to_num(_over(rated.units, total)))
    struck = events * share
    if rated.reference is not None:
        return np.asarray(np.fmin(struck, _struck(rated.reference)))
    if rated.proportion:
        struck = np.fmin(struck, (total - events) * share)
    return np.asarray(struck)


def aligned(first: Sequence[Rated], second: Sequence[Rated]) -> list[tuple[Rated, Rated]]:
    """Return the measures that both runs have, over every group that either has.

    A group that a run does not have has counts of 0 there, and is not available in it.
    """
    others = {one.name: one for one in second}
    pairs = []
    for one in first:
        if one.name in others:
            other = others[one.name]
            labels = tuple(dict.fromkeys((*one.labels, *other.labels)))
            pairs.append((_over_groups(one, labels), _over_groups(other, labels)))
    return pairs


def _over_groups(rated: Rated, labels: tuple[str, ...]) -> Rated:
    """Return a measure over ``labels``, which hold all of its own."""
    if rated.labels == labels:
        return rated
    at = [labels.index(label) for label in rated.labels]
    replicates = rated.numerators.shape[0]
    numerators, denominators = (np.zeros((replicates, len(labels))) for _ in range(2))
    units = np.zeros(len(labels))
    numerators[:, at], denominators[:, at] = rated.numerators, rated.denominators
    units[at] = rated.units
    reference = rated.reference and _over_groups(rated.reference, labels)
    return replace(
        rated,
        labels=labels,
        numerators=numerators,
        denominators=denominators,
        units=units,
        reference=reference,
    )


def paired_table(
    first: Sequence[Rated], second: Sequence[Rated], confidence: float
) -> pd.DataFrame:
    """Return every measure and group of two runs compared, a row each.

    ``first`` is the reference: differences are second less first, ratios second over first.
    """
    return pd.concat(
        [_rows(one, paired(one, other, confidence)) for one, other in aligned(first, second)],
        ignore_index=True,
    )


def _rows(rated: Rated, found: Paired) -> pd.DataFrame:
    sides = {
        f"{side}_{name}": getattr(estimates, attribute)
        for side, estimates in (("reference", found.first), ("compared", found.second))
        for name, attribute in (
            ("estimate", "estimate"),
            ("low", "ci_low"),
            ("high", "ci_high"),
            ("numerator", "numerator"),
            ("denominator", "denominator"),
        )
    }
    return pd.DataFrame(
        {
            "measure": rated.name,
            "group": list(rated.labels),
            "difference": found.difference,
            "difference_std_error": found.std_error,
            "difference_low": found.low,
            "difference_high": found.high,
            "ratio": found.ratio,
            "ratio_low": found.ratio_low,
            "ratio_high": found.ratio_high,
            **sides,
            "replicates": found.first.replicates,
            "note": [str(known) for known in found.known],
        }
    )
