"""Say whether a simulated figure is within the tolerance of the published one.

The unit of uncertainty is the replicate: the interval is Student's t over replicates. The rule:

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

from simulator.fidelity.counts import Statistics
from simulator.fidelity.targets import Target


class Verdict(StrEnum):
    """How a simulated figure stands to the published one."""

    WITHIN = "within"
    OUTSIDE = "outside"
    TOO_WIDE = "interval too wide to say"


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


def compare(target: Target, values: Sequence[float], confidence: float) -> Comparison:
    """Judge one target by the statistic of every replicate, at least two of them.

    A statistic that some replicate could not give has no interval: too wide to say.
    """
    scaled = np.array(values, dtype=np.float64) * target.scale
    estimate = float(scaled.mean())
    error = float(scaled.std(ddof=1)) / math.sqrt(scaled.size)
    half = error * float(stats.t.ppf(0.5 + confidence / 2.0, scaled.size - 1))
    low, high = estimate - half, estimate + half
    lower, upper = target.published - target.allowed, target.published + target.allowed
    if not math.isfinite(half):
        verdict = Verdict.TOO_WIDE
    elif high < lower or low > upper:
        verdict = Verdict.OUTSIDE
    elif half > target.allowed:
        verdict = Verdict.TOO_WIDE
    else:
        verdict = Verdict.WITHIN if lower <= estimate <= upper else Verdict.OUTSIDE
    crosses = low < lower <= high or low <= upper < high
    return Comparison(target, estimate, low, high, verdict, crosses)


def compare_all(
    targets: Sequence[Target], replicates: Sequence[Statistics], confidence: float
) -> list[Comparison]:
    """Judge every target, in their order; raises KeyError for one that nothing computes."""
    return [
        compare(target, [found[target.id] for found in replicates], confidence)
        for target in targets
    ]
