"""Show the stored results of a sweep as tables in the terminal."""

from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line
from simulator.report.sensitivity_figure import grid_cells
from simulator.report.varied import (
    Cell,
    Sweep,
    measure_words,
    number,
    read_sweep,
    value_words,
    with_interval,
)
from simulator.report.wording import level_words, shown, shown_decimals

WIDTH_WITHOUT_TERMINAL = 132
MOST_ROWS = 60
_EXPLAINED = "Explains alone", "With interactions"
_WHOLE = 1.0


def print_variation(directory: Path) -> None:
    """Print what a sweep found, from the tables in a folder."""
    sweep = read_sweep(directory)
    run = sweep.manifest
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    console.print(Text(one_line(str(run["scenario"]["title"])), style="bold"))
    cells = grid_cells(sweep)
    if cells and len(cells) <= MOST_ROWS * len(sweep.measures):
        console.print(_grid(sweep, cells))
    if len(sweep.paths) > 1 or not cells:
        for name in sweep.measures:
            console.print(_parameters(sweep, name))
    for row in sweep.uncertainty:
        console.print(Text(_sure(row)))
    if vague := [name for name in sweep.measures if _is_vague(sweep, name)]:
        console.print(Text(_too_uncertain(vague)))
    console.print(
        Text(
            f"{run['variants']:,} variants on the same {run['replicates']} replicates; in brackets "
            f"the {level_words(run['confidence'])}. Differences are paired by replicate."
        )
    )


def _grid(sweep: Sweep, cells: list[Cell]) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    for path in sweep.paths:
        table.add_column(Text(sweep.words(path)))
    for name in sweep.measures:
        table.add_column(Text(measure_words(name).title), justify="right")
    by_variant: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        by_variant.setdefault(cell["variant"], {})[cell["measure"]] = cell
    for some in by_variant.values():
        first = some[sweep.measures[0]]
        values = [Text(one_line(value_words(first[path]))) for path in sweep.paths]
        table.add_row(*values, *(_said(some[name]) for name in sweep.measures))
    return table


def _said(cell: Cell, column: str = "estimate") -> str:
    factor = measure_words(cell["measure"]).factor
    return with_interval(*(factor * number(cell[name]) for name in (column, "ci_low", "ci_high")))


def _parameters(sweep: Sweep, name: str) -> Table:
    """Return one measure's tornado, and beside it the indices of a sample."""
    rows = [row for row in sweep.tornado if row["measure"] == name]
    base = measure_words(name).factor * number(rows[0]["base_estimate"])
    title = f"{measure_words(name).title}: {base:.3g} in the scenario itself, changed by"
    table = Table(box=SIMPLE, title=title, title_justify="left", pad_edge=False)
    for column in ("Parameter", "Low", "High"):
        table.add_column(column)
    table.add_column("Change at low", justify="right")
    table.add_column("Change at high", justify="right")
    if sweep.is_sampled:
        for column in _EXPLAINED:
            table.add_column(column, justify="right")
    for path in sweep.paths:
        low, high = (row for row in rows if row["parameter"] == path)
        ends = [Text(one_line(value_words(row["value"]))) for row in (low, high)]
        cells = [_said(row, "difference") for row in (low, high)]
        table.add_row(sweep.words(path), *ends, *cells, *_indices(sweep, name, path))
    return table


def _indices(sweep: Sweep, name: str, path: str) -> list[str]:
    return [
        with_interval(
            *(number(row[column]) for column in ("estimate", "ci_low", "ci_high")), most_decimals=2
        )
        for row in sweep.indices
        if row["measure"] == name and row["parameter"] == path
    ]


def _is_vague(sweep: Sweep, name: str) -> bool:
    """Return whether some index of a measure might be anything from nothing to all."""
    ends = [
        (number(row["ci_low"]), number(row["ci_high"]))
        for row in sweep.indices
        if row["measure"] == name
    ]
    return any(high - low > _WHOLE for low, high in ends)


def _too_uncertain(names: list[str]) -> str:
    measures = ", ".join(measure_words(name).title for name in names)
    return (
        f"Too uncertain to say what they hang on (an interval is wider than the whole variance): "
        f"{measures}. More requests, replicates or rows (vary.base) would say more."
    )


def _sure(row: Cell) -> str:
    """Say how wide a measure is over parameters, over chance and over both."""
    spoken = measure_words(row["measure"])

    def between(what: str) -> str:
        low, high = (spoken.factor * number(row[f"{what}_{end}"]) for end in ("low", "high"))
        decimals = shown_decimals(low, low, high)
        return f"{shown(low, decimals)} to {shown(high, decimals)}"

    return (
        f"{spoken.title}: {between('parameters')} over the ranges, {between('chance')} by chance "
        f"alone, {between('both')} over both."
    )
