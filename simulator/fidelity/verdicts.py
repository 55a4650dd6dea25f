"""Say whether a simulated figure is within the tolerance of the published one.

The unit of uncertainty is the replicate: the interval is Student's t over replicates. A share is
never surer than its counts: its interval takes in Wilson's (1927) on the counts of all replicates
together, without which two bearers of a name, both born abroad, would leave no doubt. The rule:

* outside, if the whole interval lies beyond the tolerance;
* interval too wide to say, if not, and the interval reaches further to either side than the
  tolerance does;
* otherwise within or outside, by where the estimate lies. Whether the interval reaches across the
  edge of the tolerance is said beside it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from simulator.fidelity.counts import Proportion, Statistics
from simulator.fidelity.targets import Target
from simulator.randomness import FloatArray

Interval = tuple[float, float]
NOWHERE: Interval = (math.nan, math.nan)


class Verdict(StrEnum):
    """How a simulated figure stands to the published one."""

    WITHIN = "within"
    OUTSIDE = "outside"
    TOO_WIDE = "interval too wide to say"


class Failure(StrEnum):
    """What a strict comparison does not let pass."""

    NOT_A_NUMBER = "not a number"
    UNEXPLAINED = "outside without explanation"
    UNDECIDED = "too wide to say, without explanation"
    DRIFTED = "explained, but not by so much"


@dataclass(frozen=True)
class Comparison:
    """One target with what was simulated; ``crosses`` says that the interval meets an edge."""

    target: Target
    simulated: float
    ci_low: float
    ci_high: float
    verdict: Verdict
    crosses: bool

    @property
    def unexplained(self) -> bool:
        """Whether the row is outside and nothing in the data says why."""
        return self.verdict is Verdict.OUTSIDE and not self.target.explanation

    def failure(self, *, undecided: bool) -> Failure | None:
        """Return why the row does not pass, None if it does.

        ``undecided`` says whether an interval too wide fails it as well, as it should in a
        population large enough to tell. An explained row passes while it is met or as far off as
        it is known to be.
        """
        if not math.isfinite(self.simulated):
            return Failure.NOT_A_NUMBER
        if self.unexplained:
            return Failure.UNEXPLAINED
        if self.verdict is not Verdict.WITHIN and self._drifted:
            return Failure.DRIFTED
        if undecided and self.verdict is Verdict.TOO_WIDE and not self.target.explanation:
            return Failure.UNDECIDED
        return None

    @property
    def _drifted(self) -> bool:
        expected, allowed = self.target.expected, self.target.expected_tolerance
        if expected is None or allowed is None:
            return False
        return abs(self.simulated - expected) > allowed


def compare(target: Target, values: Sequence[float | Proportion], confidence: float) -> Comparison:
    """Judge one target by the statistic of every replicate, at least two of them.

    A statistic that some replicate could not give has no interval: too wide to say.
    """
    scaled = np.array([float(value) for value in values]) * target.scale
    estimate = float(scaled.mean())
    low, high = _interval(values, scaled, target.scale, confidence)
    lower, upper = target.published - target.allowed, target.published + target.allowed
    if not (math.isfinite(low) and math.isfinite(high)):
        verdict = Verdict.TOO_WIDE
    elif high < lower or low > upper:
        verdict = Verdict.OUTSIDE
    elif max(estimate - low, high - estimate) > target.allowed:
        verdict = Verdict.TOO_WIDE
    else:
        verdict = Verdict.WITHIN if lower <= estimate <= upper else Verdict.OUTSIDE
    crosses = low < lower <= high or low <= upper < high
    return Comparison(target, estimate, low, high, verdict, crosses)


def _interval(
    values: Sequence[float | Proportion],
    scaled: FloatArray,
    scale: float,
    confidence: float,
) -> Interval:
    """Return Student's interval over replicates; of a share, one that takes in Wilson's too."""
    estimate, error = float(scaled.mean()), float(scaled.std(ddof=1)) / math.sqrt(scaled.size)
    half = error * float(stats.t.ppf(0.5 + confidence / 2.0, scaled.size - 1))
    low, high = estimate - half, estimate + half
    if not math.isfinite(half):
        return NOWHERE
    counted = [value for value in values if isinstance(value, Proportion)]
    if counted:
        pooled = wilson(
            sum(value.part for value in counted),
            sum(value.whole for value in counted),
            confidence,
        )
        low, high = min(low, pooled[0] * scale), max(high, pooled[1] * scale)
    return low, high


def wilson(part: float, whole: float, confidence: float) -> Interval:
    """Return the score interval of a proportion of counts (Wilson 1927); NaN where whole is 0."""
    if whole == 0.0:
        return NOWHERE
    z = float(stats.norm.ppf(0.5 + confidence / 2.0))
    observed, weight = part / whole, z * z / whole
    centre = (observed + weight / 2.0) / (1.0 + weight)
    half = math.sqrt(weight * (observed * (1.0 - observed) + weight / 4.0)) / (1.0 + weight)
    return centre - half, centre + half


def compare_all(
    targets: Sequence[Target], replicates: Sequence[Statistics], confidence: float
) -> list[Comparison]:
    """Judge every target, in their order; raises KeyError for one that nothing computes."""
    return [
        compare(target, [found[target.id] for found in replicates], confidence)
        for target in targets
    ]
