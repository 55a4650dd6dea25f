"""Read links that somebody's matcher made, and say what is wrong with them, row by row.

A file of links is CSV or Parquet with a request id, an account id and, if wanted, a score. A file
without rows is valid: a matcher may link nobody. Rows are counted as an editor counts the lines of
a CSV whose fields hold no line breaks: the header is 1. Rows of Parquet count from 1.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.exchange.exports import numbers_of
from simulator.exchange.layout import ACCOUNT_ID, REQUEST_ID
from simulator.randomness import FloatArray
from simulator.records import BoolArray, Int64Array

SHOWN = 5
_OTHER_KINDS = (".xlsx", ".xls", ".ods", ".json", ".jsonl", ".feather", ".arrow", ".zip")
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


class LinksError(Exception):
    """Links that cannot be used; the message has a line per problem."""


@dataclass(frozen=True)
class LinkColumns:
    """Names of the columns; without a score every link counts as equally sure."""

    request: str = REQUEST_ID
    account: str = ACCOUNT_ID
    score: str | None = None


@dataclass(frozen=True)
class Links:
    """Links as rows of the export's requests and accounts, with their scores."""

    request: Int64Array
    account: Int64Array
    score: FloatArray


def _csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline()
        rows: pd.DataFrame = pd.read_csv(
            path,
            header=None,
            dtype=str,
            keep_default_na=False,
            encoding="utf-8-sig",
            skip_blank_lines=False,
        )
    except UnicodeDecodeError as error:
        raise LinksError(
            f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8 or as Parquet."
        ) from error
    except pd.errors.EmptyDataError as error:
        raise LinksError(
            f"{path} is empty; a file without links still needs a header such as "
            f"{REQUEST_ID},{ACCOUNT_ID}."
        ) from error
    except pd.errors.ParserError as error:
        for separator, name in _SEPARATORS.items():
            if separator in header:
                raise LinksError(f"{path} is separated by {name}; use commas.") from error
        raise LinksError(f"{path} is no table: {str(error).strip()}.") from error
    # Read with the rows, a header keeps a name that it gives twice.
    return rows.iloc[1:].set_axis([str(name) for name in rows.iloc[0]], axis=1)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        table: pd.DataFrame = pq.read_table(path).to_pandas()
    except pa.ArrowInvalid as error:
        raise LinksError(f"{path} is not a Parquet file, though its name says so.") from error
    return table


def _read(path: Path) -> tuple[pd.DataFrame, int]:
    """Return the table of a file and the number of its first row."""
    if not path.is_file():
        raise LinksError(f"{path} does not exist; give a CSV or Parquet file of links.")
    if path.suffix.lower() in (".parquet", ".pq"):
        return _parquet(path), 1
    if path.suffix.lower() in _OTHER_KINDS:
        raise LinksError(f"{path} is neither CSV nor Parquet; save it as one of them.")
    return _csv(path), 2


def _missing(table: pd.DataFrame, names: Sequence[str], path: Path) -> Iterator[str]:
    held = [str(name) for name in table.columns]
    if len(held) == 1:
        for separator, kind in _SEPARATORS.items():
            if separator in held[0]:
                yield f"{path} is separated by {kind}; use commas."
                return
    missing = [name for name in names if name not in held]
    if missing:
        near = [difflib.get_close_matches(name, held, n=1, cutoff=0.6) for name in missing]
        likely = [found[0] for found in near if found]
        hint = f" Did you mean {', '.join(likely)}?" if likely else ""
        yield (
            f"{path} has no column {' nor '.join(missing)}; it has {', '.join(held) or 'none'}."
            f"{hint}"
        )
    for name in names:
        if held.count(name) > 1:
            yield f"{path} has {held.count(name)} columns {name}; it needs one."


def _rows(wrong: BoolArray, first: int) -> str:
    at = np.flatnonzero(wrong) + first
    listed = ", ".join(str(row) for row in at[:SHOWN])
    more = f" and {at.size - SHOWN:,} more" if at.size > SHOWN else ""
    return f"{'row' if at.size == 1 else 'rows'} {listed}{more}"


def _scores(table: pd.DataFrame, columns: LinkColumns, first: int) -> tuple[FloatArray, list[str]]:
    if columns.score is None:
        return np.zeros(len(table)), []
    held = table[columns.score]
    values = np.asarray(pd.to_numeric(held, errors="coerce"), dtype=np.float64)
    wrong = ~np.isfinite(values)
    if not wrong.any():
        return values, []
    example = str(held[wrong].iloc[0])
    return values, [
        f"{_rows(wrong, first)}: {columns.score} must be a finite number; got {example!r}."
    ]


def _unknown(rows: Int64Array, ids: pd.Series, what: str, first: int) -> Iterator[str]:
    wrong = rows < 0
    if wrong.any():
        example = str(ids[wrong].iloc[0])
        yield (
            f"{_rows(wrong, first)}: no {what} of this export has the id {example!r}"
            f"{' (nor the others theirs)' if wrong.sum() > 1 else ''}."
        )


def read_links(path: Path, columns: LinkColumns, requests: pd.Series, accounts: pd.Series) -> Links:
    """Return the links of a file. Raises LinksError with every kind of mistake in it.

    ``requests`` and ``accounts`` hold the ids of the export, in the order of its truth.
    """
    table, first = _read(path)
    wanted = [columns.request, columns.account, *([columns.score] if columns.score else [])]
    problems = list(_missing(table, wanted, path))
    if problems:
        raise LinksError("\n".join(problems))
    asked, given = table[columns.request].astype(str), table[columns.account].astype(str)
    request, account = numbers_of(asked, requests), numbers_of(given, accounts)
    problems += _unknown(request, asked, "request", first)
    problems += _unknown(account, given, "account", first)
    repeated = np.asarray(pd.DataFrame({"r": asked, "a": given}).duplicated(), dtype=np.bool_)
    repeated = repeated & (request >= 0) & (account >= 0)
    if repeated.any():
        problems.append(
            f"{_rows(repeated, first)}: the same request and account as in a row before; "
            "give each link once."
        )
    score, wrong = _scores(table, columns, first)
    problems += wrong
    if problems:
        raise LinksError("\n".join(f"{path}: {problem}" for problem in problems))
    return Links(request, account, score)
