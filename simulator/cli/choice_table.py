"""Show a stored choice in the terminal: what was found in words, then the candidates tested."""

from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line, show_lines
from simulator.report.chosen import (
    Chosen,
    read_choice,
    verdict_lines,
    with_range,
)
from simulator.report.wording import level_words

WIDTH_WITHOUT_TERMINAL = 132
MOST_ROWS = 12


def print_choice(directory: Path) -> None:
    """Print the verdict and the candidates around it, from the tables in a folder."""
    chosen = read_choice(directory)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    if chosen.tested:
        console.print(_candidates(chosen))
        asked = chosen.asked
        console.print(
            Text(
                f"In the order fixed by {asked['choosing']} replicates, tested on the other "
                f"{asked['certifying']} until the first fails. In brackets the "
                f"{level_words(asked['confidence'])}. Limits are one-sided at the same level."
            )
        )
    show_lines(one_line(str(chosen.manifest["scenario"]["title"])), verdict_lines(chosen))


def _candidates(chosen: Chosen) -> Table:
    """Return the last of the certified and what follows them, at most ``MOST_ROWS``."""
    tested = chosen.tested
    first = max(0, min(len(chosen.certified) - MOST_ROWS + 3, len(tested) - MOST_ROWS))
    left_out = f"; the safest {first} are in the table" if first else ""
    table = Table(
        box=SIMPLE,
        title=f"Candidates that nobody beats, from the safest on{left_out}",
        title_justify="left",
        pad_edge=False,
    )
    table.add_column("Policy", overflow="fold")
    for harm in tested[0].harms:
        heading = f"{harm.name}{harm.unit.replace('%', ', %')}: seen, limit"
        table.add_column(heading, justify="right")
    table.add_column("Found, % of those on the roll", justify="right")
    table.add_column("Status")
    for one in tested[first : first + MOST_ROWS]:
        cells = [
            f"{harm.words(harm.estimate)}, {harm.words(harm.upper_limit)}" for harm in one.harms
        ]
        status = "chosen" if one.is_chosen else one.status
        found = with_range(one, "found_of_mated", 100.0)
        table.add_row(
            chosen.policy_words(one) + (" (own)" if one.is_own else ""), *cells, found, status
        )
    return table
