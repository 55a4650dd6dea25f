"""Say in the terminal what was drawn and what was not, and why."""

from collections.abc import Sequence

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line
from simulator.cli.input import shown
from simulator.report.paper_set import Item
from simulator.report.rebuild import Outcome

WIDTH_WITHOUT_TERMINAL = 132


def print_drawn(
    outcomes: Sequence[Outcome], items: Sequence[Item], *, strict: bool, quiet: bool
) -> None:
    """Print a table of folders and one of the paper; what failed also on standard error.

    Under ``strict`` a figure of the paper that is missing is a failure.
    """
    for outcome in outcomes:
        if outcome.failed:
            typer.echo(
                f"overmatch: {shown(outcome.directory)} was not drawn: {one_line(outcome.reason)}",
                err=True,
            )
    for item in items:
        if strict and not item.made:
            reason = f"from {item.source}: {one_line(item.reason)}"
            typer.echo(f"overmatch: {item.what} {item.name} is missing, {reason}", err=True)
    if quiet:
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    console.print(_folders(outcomes))
    if items:
        console.print(_paper(items))


def _folders(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE, title="Folders of results", title_justify="left", pad_edge=False)
    for heading in ("Folder", "Kind", "Figures"):
        table.add_column(heading)
    for outcome in outcomes:
        said = "drawn" if outcome.drawn else one_line(outcome.reason)
        table.add_row(
            Text(one_line(outcome.directory.name)), outcome.kind, Text(said, style=_style(outcome))
        )
    return table


def _style(outcome: Outcome) -> str:
    return "bold red" if outcome.failed else "" if outcome.drawn else "dim"


def _paper(items: Sequence[Item]) -> Table:
    table = Table(box=SIMPLE, title="The paper", title_justify="left", pad_edge=False)
    for heading in ("Figure or table", "From", "Made"):
        table.add_column(heading)
    for item in items:
        said = "yes" if item.made else one_line(item.reason)
        table.add_row(
            f"{item.what} {item.name}", item.source, Text(said, style="" if item.made else "yellow")
        )
    return table
