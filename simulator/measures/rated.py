"""Counts by replicate that make one measure, before they are estimated: what a run stores of it.

A rate is held as its two counts in every replicate, so that it can be estimated, or set against the
same rate of another run replicate by replicate, by the same lines. A measure that is itself a ratio
of two rates (disparity) holds the second as its ``reference``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from simulator.measures.estimates import Estimates, ratio_estimates, ratio_of_ratios
from simulator.randomness import FloatArray


@dataclass(frozen=True)
class Rated:
    """One measure of some groups: ``scale`` x numerator / denominator.

    ``numerators`` and ``denominators`` have shape (replicates, groups). ``units`` holds for each
    group how many of the things in the denominator may be taken as struck independently, summed
    over replicates. ``reference`` is what the rate is divided by, group by group.
    """

    name: str
    labels: tuple[str, ...]
    numerators: FloatArray
    denominators: FloatArray
    units: FloatArray
    scale: float = 1.0
    proportion: bool = True
    reference: Self | None = None

    def estimates(self, confidence: float) -> Estimates:
        """Estimate the measure over replicates, as ``ratio_estimates`` or ``ratio_of_ratios``."""
        if self.reference is None:
            return ratio_estimates(
                self.numerators,
                self.denominators,
                confidence=confidence,
                scale=self.scale,
                proportion=self.proportion,
                independent_units=self.units,
            )
        return ratio_of_ratios(
            self.numerators,
            self.denominators,
            self.reference.numerators,
            self.reference.denominators,
            confidence=confidence,
            proportion=self.proportion,
            group_units=self.units,
            reference_units=self.reference.units,
        )


def rated_rows(rated: Iterable[Rated], confidence: float) -> list[pd.DataFrame]:
    """Return the rows of each measure with its interval, in the columns of estimates.csv."""
    return [_rows(one.name, one.labels, one.estimates(confidence)) for one in rated]


def _rows(name: str, labels: Sequence[str], estimates: Estimates) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "measure": name,
            "group": list(labels),
            "estimate": estimates.estimate,
            "std_error": estimates.std_error,
            "ci_low": estimates.ci_low,
            "ci_high": estimates.ci_high,
            "numerator": estimates.numerator,
            "denominator": estimates.denominator,
            "replicates": estimates.replicates,
        }
    )


def row_units(units: FloatArray | float, rows: int) -> FloatArray:
    """Return one number of independent units per row."""
    return np.array(np.broadcast_to(np.asarray(units, dtype=np.float64), (rows,)))
