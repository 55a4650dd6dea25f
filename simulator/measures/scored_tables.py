"""Estimate every measure from counted links, with an interval that says what it is over.

Several replicates give the interval of ``measures.estimates`` over replicates. One replicate has no
replicates to spread over; there the requests are dealt at random into blocks, and blocks take the
place of replicates (random groups: K. M. Wolter, Introduction to Variance Estimation, 2nd ed.,
2007, chapter 2). All links of a request stay together. Requests of one surname do not: given the
roll, people are requested independently of each other, and that common surnames bring more false
links than rare ones is a difference between requests, which every new list has alike. Blocks of
surnames would take it for chance: among 10,000 requests matched by name, errors three times too
large.

Limits: an interval over blocks is given this one roll and population: how another list from them
would differ. Another roll would add, by false links that share an account, about the share of the
variance that the list is of the roll: where it is a third, 95% intervals cover 89% over new rolls.
It is never over pairs.
"""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pandas as pd

from simulator.measures import groups
from simulator.measures.estimates import Estimates, ratio_estimates
from simulator.measures.quantities import SELECTIONS, Quantity
from simulator.measures.rates import MEASURES, Breakdown, Measure
from simulator.measures.scored import NOT_COUNTED
from simulator.randomness import FloatArray, IntArray

BLOCKS = 40
COUNTED_MEASURES = tuple(
    measure for measure in MEASURES if not NOT_COUNTED & {measure.numerator, measure.denominator}
)
_OVER_ALL = (Quantity.REQUESTS, Quantity.INTENDED)


class IntervalOver(StrEnum):
    """What an interval is over."""

    REPLICATES = "replicates"
    BLOCKS = "random blocks of requests of one replicate"


def dealt(requests: int) -> IntArray:
    """Return the block of every request: dealt in turn, from requests in random order."""
    return np.arange(requests) % BLOCKS


def repetitions(counted: Sequence[FloatArray]) -> tuple[FloatArray, IntervalOver]:
    """Return counts by repetition, shape (repetitions, selections, quantities, cuts, groups).

    ``counted`` holds one array of ``count_scored`` per replicate. Blocks without requests are left
    out: they repeat nothing.
    """
    if len(counted) > 1:
        return np.stack([values.sum(axis=1) for values in counted]), IntervalOver.REPLICATES
    values = counted[0].swapaxes(0, 1)
    some = values[:, 0, Quantity.REQUESTS, 0, groups.ALL] > 0
    return values[some] if some.any() else values[:1], IntervalOver.BLOCKS


def _independent(measure: Measure, values: FloatArray, denominators: FloatArray) -> FloatArray:
    """Return how many of each denominator may be struck independently, summed."""
    if measure.units is not None:
        return np.asarray(values[:, measure.units].sum(axis=0))
    everybody = values[..., groups.ALL].sum(axis=0)
    clump = np.maximum(
        1.0, everybody[measure.numerator] / np.maximum(1.0, everybody[measure.struck])
    )
    return np.asarray(denominators.sum(axis=0) / clump[:, None])


def estimated(measure: Measure, values: FloatArray, confidence: float) -> Estimates:
    """Estimate one measure for every cut and group; ``values`` (repetitions, Q, cuts, groups)."""
    numerators, denominators = values[:, measure.numerator], values[:, measure.denominator]
    if measure.breakdown == Breakdown.EXPOSED and measure.denominator in _OVER_ALL:
        denominators = np.broadcast_to(denominators[..., [groups.ALL]], numerators.shape)
    units = _independent(measure, values, denominators)
    rows = (values.shape[0], -1)
    flat, below = numerators.reshape(rows), denominators.reshape(rows)
    return ratio_estimates(
        flat,
        below,
        confidence=confidence,
        scale=measure.scale,
        # A small block can hold more people exposed than its share of residents.
        proportion=measure.proportion and bool((flat <= below).all()),
        independent_units=units.ravel(),
    )


def _columns(estimates: Estimates, replicates: int) -> dict[str, object]:
    return {
        "estimate": estimates.estimate,
        "std_error": estimates.std_error,
        "ci_low": estimates.ci_low,
        "ci_high": estimates.ci_high,
        "numerator": estimates.numerator,
        "denominator": estimates.denominator,
        "replicates": replicates,
    }


def threshold_rows(
    values: FloatArray, cuts: FloatArray, confidence: float, replicates: int
) -> pd.DataFrame:
    """Return every measure for everybody at every cut and selection rule, one row each.

    ``values`` as from ``repetitions``; ``replicates`` is what the column of that name says.
    """
    frames = []
    for number, selection in enumerate(SELECTIONS):
        everybody = values[:, number][..., [groups.ALL]]
        for measure in COUNTED_MEASURES:
            estimates = estimated(measure, everybody, confidence)
            head = {"measure": measure.name, "selection": str(selection), "score_threshold": cuts}
            frames.append(pd.DataFrame({**head, **_columns(estimates, replicates)}))
    return pd.concat(frames, ignore_index=True)


def estimate_rows(
    values: FloatArray, threshold: str, confidence: float, replicates: int
) -> pd.DataFrame:
    """Return every measure and group at one cut, in the form of a run's estimates.

    ``values`` has one cut and all groups. Groups nobody belongs to are left out.
    """
    labels, frames = np.array(groups.labels()), []
    for number, selection in enumerate(SELECTIONS):
        counts = values[:, number]
        for measure in COUNTED_MEASURES:
            exposed = measure.breakdown == Breakdown.EXPOSED
            member = Quantity.LAWFUL_RESIDENTS if exposed else Quantity.REQUESTS
            present = counts[:, member, 0].sum(axis=0) > 0
            if measure.breakdown == Breakdown.NONE:
                present[:] = False
            present[groups.ALL] = True
            estimates = estimated(measure, counts[..., present], confidence)
            head = {
                "measure": measure.name,
                "policy": str(selection),
                "threshold": threshold,
                "group": labels[present],
            }
            frames.append(pd.DataFrame({**head, **_columns(estimates, replicates)}))
    return pd.concat(frames, ignore_index=True)
