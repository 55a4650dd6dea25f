"""How the command line shows things: progress, tables, single lines."""

import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_BAR = 52
"""Characters a line of progress takes beside its title."""


@contextmanager
def progress_bar(text: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, total) that draws a bar if standard error is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(shortened(text, max(20, console.width - _BAR)), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def shortened(text: str, most: int) -> str:
    """Return ``text`` cut to ``most`` characters, so that a long title leaves room for the rest."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def notices(*, quiet: bool) -> Callable[[str], None]:
    """Return a function that shows a sentence on standard error, unless nothing is to be said."""

    def show(text: str) -> None:
        if not quiet:
            typer.echo(text, err=True)

    return show


def one_line(text: str) -> str:
    """Return ``text`` with white space and characters that do not print run together."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def show_lines(title: str, lines: Sequence[str]) -> None:
    """Print a title and a list of sentences, wrapped to the terminal if there is one."""
    typer.echo(title)
    width = min(Console().width, 100) if sys.stdout.isatty() else 0
    for line in lines:
        text = f"  - {line}"
        typer.echo(textwrap.fill(text, width, subsequent_indent="    ") if width else text)
