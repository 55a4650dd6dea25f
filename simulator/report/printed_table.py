"""A table as a paper prints it: LaTeX in words beside a CSV of the numbers as stored."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.report.figure import Row
from simulator.report.latex import Column, tabular
from simulator.report.stored import Estimate
from simulator.report.write import csv_file

NEEDS = "needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}"
_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator", "replicates")


@dataclass(frozen=True)
class PrintedTable:
    """One table: its columns and cells in words, the rows behind them, and its caption in parts.

    A line of one cell is a heading for the lines below it.
    """

    caption: str
    units: str
    intervals: str
    columns: tuple[Column, ...]
    lines: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]


def table_files(name: str, table: PrintedTable, source: str) -> dict[str, bytes]:
    """Return a table's files by name: LaTeX and CSV; ``source`` is said in a comment."""
    comments = (table.caption, f"Source: {source}", NEEDS)
    text = tabular(table.columns, table.lines, comments=comments)
    return {f"{name}.tex": text.encode("utf-8"), f"{name}.csv": csv_file(table.rows)}


def numbers_of(estimate: Estimate) -> Row:
    """Return an estimate's numbers as stored, None where there is none."""
    found = {name: getattr(estimate, name) for name in _NUMBERS}
    return {
        name: value if isinstance(value, int) or math.isfinite(value) else None
        for name, value in found.items()
    }


def right(*headings: str) -> tuple[Column, ...]:
    """Return columns of numbers."""
    return tuple(Column(heading, "r") for heading in headings)


def with_headings(
    groups: Sequence[tuple[str, Sequence[tuple[str, ...]]]],
) -> tuple[tuple[str, ...], ...]:
    """Return lines under the heading of their group; groups without lines are left out."""
    lines: list[tuple[str, ...]] = []
    for heading, some in groups:
        if some:
            lines += [(heading,), *some]
    return tuple(lines)
