"""What is kept of a shard: counts that add up, so that no more than one shard is in memory.

Every area of the comparison has one table of counts and one function from counts to statistics.
Chances that two people agree are estimated without bias from counts: of all ordered pairs of two
different people, those that agree.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from simulator.randomness import FloatArray

Numbers = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Proportion:
    """A share with its counts, which say how much chance there is in it; NaN of nothing."""

    part: float
    whole: float

    def __float__(self) -> float:
        """Return part / whole."""
        return share(self.part, self.whole)


Statistics = dict[str, float | Proportion]
"""Every statistic by the id of its target."""


@dataclass(frozen=True)
class Counts:
    """Base of every table of counts; adding two adds their arrays."""

    def __add__(self, other: Self) -> Self:
        """Return the counts of both."""
        mine = {field.name: getattr(self, field.name) for field in fields(self)}
        return type(self)(**{name: mine[name] + getattr(other, name) for name in mine})


def share(part: float, whole: float) -> float:
    """Return part / whole, NaN where there is nothing to take a part of."""
    return float(part) / float(whole) if whole else float("nan")


def agreement(counts: Numbers, people: int | None = None) -> float:
    """Return the chance that two different people agree, from the number who bear each value.

    ``people`` are all who might be drawn, by default those counted; the others agree with nobody.
    """
    bearers = counts.astype(np.float64)
    total = float(bearers.sum()) if people is None else float(people)
    return share(float((bearers * (bearers - 1.0)).sum()), total * (total - 1.0))


def agreement_between(first: Numbers, second: Numbers, people: tuple[int, int]) -> float:
    """Return the chance that a person of one group agrees with one of another."""
    pairs = float((first.astype(np.float64) * second.astype(np.float64)).sum())
    return share(pairs, float(people[0]) * float(people[1]))


def commonest(counts: Numbers, ranks: int, people: int) -> float:
    """Return the share of ``people`` who bear one of the ``ranks`` commonest values."""
    return share(float(np.sort(counts)[::-1][:ranks].sum()), people)


def quantiles(histogram: Numbers, shares: FloatArray) -> FloatArray:
    """Return the least values that at least these shares of everybody do not exceed.

    ``histogram`` counts the values 0, 1, 2, …
    """
    cumulative = np.cumsum(histogram)
    return np.asarray(np.searchsorted(cumulative, shares * cumulative[-1]), dtype=np.float64)


def median_within(histogram: Numbers) -> float:
    """Return the median of values spread evenly over [i, i + 1) for every bin i; NaN if empty."""
    total = float(histogram.sum())
    if total == 0.0:
        return float("nan")
    cumulative = np.cumsum(histogram) / total
    return float(np.interp(0.5, np.concatenate([[0.0], cumulative]), np.arange(histogram.size + 1)))
