"""Show in the terminal what a replay found."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line
from simulator.study.replay import Replay, TableReplay, Verdict
from simulator.study.table_differences import ColumnDifference, Rows, TableDifference

WIDTH_WITHOUT_TERMINAL = 132


def print_replay(found: Replay, directory: str) -> None:
    """Print the verdict on every table, then what differs, then what it may come from."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    table = Table(box=SIMPLE, pad_edge=False)
    for heading in ("Table", "Made again", "What differs"):
        table.add_column(heading)
    for one in found.tables:
        table.add_row(Text(one_line(one.name)), str(one.verdict), Text(summary(one)))
    console.print(table)
    for line in _lines(found):
        typer.echo(line)
    typer.echo(conclusion(found, directory))


def conclusion(found: Replay, directory: str) -> str:
    """Return in one sentence whether the results are the same, and what may have changed them."""
    what = "tables and figures" if found.figures else "tables"
    if found.identical:
        return f"{directory}: all {what} are identical ({_many(len(found.tables), 'table')})."
    if found.other_versions:
        return f"{directory}: not identical; the differences may come from the other versions."
    return f"{directory}: not identical, although the versions are the same."


def summary(one: TableReplay) -> str:
    """Return in a few words what differs in one table."""
    if one.verdict == Verdict.IDENTICAL:
        return "" if one.stored else "compared by hash; not in the folder"
    if not one.stored:
        return "by hash; not in the folder" if one.verdict == Verdict.DIFFERS else ""
    if one.difference is None:
        return ""
    if one.difference.only_bytes:
        return "every value is the same; the file is written otherwise"
    return "; ".join(_counts(one.difference))


def _counts(found: TableDifference) -> Iterator[str]:
    if found.columns_gone:
        yield f"columns gone: {one_line(', '.join(found.columns_gone))}"
    if found.columns_added:
        yield f"columns added: {one_line(', '.join(found.columns_added))}"
    if found.retyped:
        yield f"other type: {one_line(', '.join(found.retyped))}"
    if found.rows_gone.count:
        yield f"{_many(found.rows_gone.count, 'row')} gone"
    if found.rows_added.count:
        yield f"{_many(found.rows_added.count, 'row')} added"
    if found.reordered:
        yield "rows in another order"
    if found.columns:
        values = sum(column.count for column in found.columns)
        yield f"{_many(values, 'value')} in {_many(len(found.columns), 'column')}"


def _many(count: int, thing: str) -> str:
    return f"1 {thing}" if count == 1 else f"{count:,} {thing}s"


def _lines(found: Replay) -> Iterator[str]:
    for one in found.tables:
        if one.difference is not None and not one.difference.only_bytes:
            yield from _of_table(one.name, one.difference)
    if found.figures is not None:
        yield from _of_figures(found.figures)
    if found.manifest:
        yield "manifest.json"
        yield from (f"  {one_line(line)}" for line in found.manifest)
    if found.other_versions:
        yield "Made by other versions"
        yield from (f"  {one_line(line)}" for line in found.other_versions)


def _of_table(name: str, found: TableDifference) -> Iterator[str]:
    yield one_line(name)
    yield from _of_rows("gone", found.rows_gone)
    yield from _of_rows("added", found.rows_added)
    for column in found.columns:
        yield f"  {one_line(column.column)}: {_values(column)}"
        for cell in column.first:
            yield f"    {one_line(cell.row)}: {one_line(cell.old)} then, {one_line(cell.new)} now"
        if column.count > len(column.first):
            yield f"    and {column.count - len(column.first):,} more"


def _values(column: ColumnDifference) -> str:
    values = f"{_many(column.count, 'value')} differ{'s' if column.count == 1 else ''}"
    largest = column.largest_relative
    if math.isnan(largest):
        return values
    far = "from nothing or 0" if math.isinf(largest) else f"by at most {largest:.2g} of the value"
    return f"{values}, {far}"


def _of_rows(what: str, rows: Rows) -> Iterator[str]:
    if rows.count:
        yield f"  {_many(rows.count, 'row')} {what}"
        yield from (f"    {one_line(row)}" for row in rows.first)
        if rows.count > len(rows.first):
            yield f"    and {rows.count - len(rows.first):,} more"


def _of_figures(verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    if not verdicts:
        yield "Figures: the folder holds none"
        return
    yield "Figures"
    yield from (
        f"  {one_line(name)}: {verdict}"
        for name, verdict in verdicts.items()
        if verdict != Verdict.IDENTICAL
    )
    same = Counter(verdicts.values())[Verdict.IDENTICAL]
    yield f"  {same} of {len(verdicts)} files identical"
