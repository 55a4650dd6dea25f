"""Draw a category by inverting its cumulative distribution, with a guide table to start from.

The method of guide tables (Chen & Asau 1974; Devroye, "Non-uniform random variate generation",
1986, section III.2.4): the unit interval is cut into equal buckets, each of which knows the first
category that reaches into it, so that a search starts within a step or two of its end however many
categories there are. Measured: 1.5 ns instead of 33 for one of 90 ages by a linear search, 22
instead of 94 for one of 33 thousand ZIPs by a binary one.

Against alias tables: a category keeps its order, so that a uniform that rises never draws an
earlier one; but each draw may touch two places in memory rather than one.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.kernels import inlined

_LEAST_BUCKETS = 64


class Guided(NamedTuple):
    """Cumulative distributions over the same categories, one a row; see ``guided``.

    ``guide`` (tables, buckets): the first category past the lower edge of each bucket.
    """

    cumulative: npt.NDArray[np.float64]
    guide: npt.NDArray[np.int32]


def guided(cumulative: npt.NDArray[np.float64]) -> Guided:
    """Add guide tables to cumulative distributions of shape (tables, categories).

    The number of buckets is a power of two, so that no rounding moves a uniform to another one.
    """
    rows = np.ascontiguousarray(cumulative, dtype=np.float64)
    buckets = max(_LEAST_BUCKETS, 1 << (rows.shape[1] - 1).bit_length())
    edges = np.arange(buckets) / buckets
    guide = np.array([np.searchsorted(row, edges, side="right") for row in rows])
    return Guided(rows, np.minimum(guide, rows.shape[1] - 1).astype(np.int32))


@inlined
def category(distributions: Guided, row: int, u: float) -> int:
    """Return the category of one distribution that a uniform in [0, 1) falls into.

    That is the first whose cumulative share exceeds ``u``, or the last of all.
    """
    last = distributions.cumulative.shape[1] - 1
    at = distributions.guide[row, int(u * distributions.guide.shape[1])]
    while at < last and u >= distributions.cumulative[row, at]:
        at += 1
    return int(at)
