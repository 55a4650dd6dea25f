"""Say how two versions of one table differ: by column and by row, not only by their bytes.

Rows are known by the leading columns that tell them all apart, as every tidy table here has them
(measure, policy, group before the estimate); where no leading columns do, by their position. A
value that changed among those columns is therefore a row that is gone and a row that came.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

SHOWN = 5
"""Differences kept of each column, and rows kept of those gone or added; all are counted."""
PARQUET = ".parquet"


@dataclass(frozen=True)
class CellDifference:
    """One value that is another now; ``row`` names its row by the columns that know it."""

    row: str
    old: str
    new: str


@dataclass(frozen=True)
class ColumnDifference:
    """How many values of a column differ, the first of them, and the largest relative difference.

    ``largest_relative`` is |new - old| / |old| and infinite where 0 or nothing became a number; NaN
    where nothing that differs is a number.
    """

    column: str
    count: int
    largest_relative: float
    first: tuple[CellDifference, ...]


@dataclass(frozen=True)
class Rows:
    """How many rows, and the names of the first of them."""

    count: int
    first: tuple[str, ...]


@dataclass(frozen=True)
class TableDifference:
    """All that differs between two versions of a table.

    ``known_by`` are the columns that know a row, empty where rows are compared by position.
    ``retyped`` names columns whose values are stored in another type.
    """

    known_by: tuple[str, ...]
    columns_gone: tuple[str, ...]
    columns_added: tuple[str, ...]
    retyped: tuple[str, ...]
    rows_gone: Rows
    rows_added: Rows
    reordered: bool
    columns: tuple[ColumnDifference, ...]

    @property
    def only_bytes(self) -> bool:
        """Say whether every value is the same, in the same place."""
        return not (
            self.columns_gone
            or self.columns_added
            or self.retyped
            or self.rows_gone.count
            or self.rows_added.count
            or self.reordered
            or self.columns
        )


def compare_tables(old: Path, new: Path, shown: int = SHOWN) -> TableDifference:
    """Return how the table in file ``new`` differs from that in ``old``, both CSV or both Parquet.

    Of each kind of difference the first ``shown`` are kept. Raises OSError or ValueError where a
    file is no table.
    """
    before, after = _read(old), _read(new)
    shared = [name for name in before.columns if name in set(after.columns)]
    known_by = _known_by(before[shared], after[shared])
    retyped = tuple(name for name in shared if before[name].dtype != after[name].dtype)
    left, right = _indexed(before[shared], known_by), _indexed(after[shared], known_by)
    both = left.index[left.index.isin(right.index)]
    gone, added = left.index.difference(both, sort=False), right.index.difference(both, sort=False)
    moved = not both.equals(right.index[right.index.isin(left.index)])
    found = _columns(left.loc[both], right.loc[both], known_by, shown)
    return TableDifference(
        known_by=known_by,
        columns_gone=tuple(name for name in before.columns if name not in set(shared)),
        columns_added=tuple(name for name in after.columns if name not in set(shared)),
        retyped=retyped,
        rows_gone=_rows(gone, known_by, shown),
        rows_added=_rows(added, known_by, shown),
        reordered=moved,
        columns=tuple(found),
    )


def _read(path: Path) -> pd.DataFrame:
    """Return a table, text of a CSV as it stands; what is missing is NaN or empty text."""
    if path.suffix != PARQUET:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    table: pd.DataFrame = pq.read_table(path).to_pandas()
    texts = {
        name: table[name].astype(str)
        for name in table.columns
        if isinstance(table[name].dtype, pd.CategoricalDtype)
    }
    return table.assign(**texts)


def _known_by(before: pd.DataFrame, after: pd.DataFrame) -> tuple[str, ...]:
    names = [str(name) for name in before.columns]
    for length in range(1, len(names) + 1):
        leading = names[:length]
        if not (before.duplicated(leading).any() or after.duplicated(leading).any()):
            return tuple(leading)
    return ()


def _indexed(table: pd.DataFrame, known_by: Sequence[str]) -> pd.DataFrame:
    if not known_by:
        return table.reset_index(drop=True)
    return table.set_index(list(known_by), drop=True)


def _name(key: object, known_by: Sequence[str]) -> str:
    if not known_by:
        return f"row {key}"
    values = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{name}={value}" for name, value in zip(known_by, values, strict=True))


def _rows(index: pd.Index, known_by: Sequence[str], shown: int) -> Rows:
    return Rows(len(index), tuple(_name(key, known_by) for key in index[:shown]))


def _columns(
    left: pd.DataFrame, right: pd.DataFrame, known_by: Sequence[str], shown: int
) -> Iterator[ColumnDifference]:
    for name in left.columns:
        old, new = left[name], right[name]
        empty = (old.isna() & new.isna()).to_numpy()
        differs = ~empty & np.asarray(old.to_numpy() != new.to_numpy(), dtype=bool)
        if differs.any():
            at = np.flatnonzero(differs)
            first = tuple(
                CellDifference(
                    _name(old.index[row], known_by), _text(old.iloc[row]), _text(new.iloc[row])
                )
                for row in at[:shown]
            )
            largest = _largest_relative(old.iloc[at], new.iloc[at])
            yield ColumnDifference(str(name), len(at), largest, first)


def _text(value: object) -> str:
    missing = value is None or value == "" or value != value  # NaN
    return "nothing" if missing else str(value)


def _largest_relative(old: pd.Series, new: pd.Series) -> float:
    before, after = (
        pd.to_numeric(side, errors="coerce").to_numpy(np.float64) for side in (old, new)
    )
    either = np.isfinite(before) | np.isfinite(after)
    if not either.any():
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.abs(after - before) / np.abs(before)
    return float(np.max(np.where(np.isfinite(relative), relative, np.inf)[either]))
