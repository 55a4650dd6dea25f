"""The groups by which measures are broken down, as columns of every count.

Column 0 is everybody; then one column per origin, legal status and kind of taxpayer number. A
person counts in column 0 and in one column of each kind.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.randomness import FloatArray
from simulator.records import STATUSES, TIN_KINDS
from simulator.reference import tables

ALL = 0
REFERENCE = {"origin": "us_white", "status": "native_born_citizen", "tin_kind": "ssn"}


@cache
def labels() -> tuple[str, ...]:
    """Return the label of every column, such as 'all', 'origin=mexico' or 'tin_kind=itin'."""
    return (
        "all",
        *(f"origin={name}" for name in tables.origins().names),
        *(f"status={name}" for name in STATUSES),
        *(f"tin_kind={name}" for name in TIN_KINDS),
    )


def columns_of(
    origin: npt.NDArray[np.int8], status: npt.NDArray[np.int8], tin_kind: npt.NDArray[np.int8]
) -> npt.NDArray[np.int64]:
    """Return the four columns each person counts in, shape (4, people)."""
    origins = len(tables.origins().names)
    return np.stack(
        [
            np.zeros(origin.size, np.int64),
            1 + origin.astype(np.int64),
            1 + origins + status.astype(np.int64),
            1 + origins + len(STATUSES) + tin_kind.astype(np.int64),
        ]
    )


def count(columns: npt.NDArray[np.int64]) -> FloatArray:
    """Return how many people fall in each column, from ``columns_of``."""
    return np.bincount(columns.ravel(), minlength=len(labels())).astype(np.float64)


def reference_column(label: str) -> int:
    """Return the column of the reference group for a label's kind."""
    kind = label.split("=")[0]
    return labels().index(f"{kind}={REFERENCE[kind]}")
