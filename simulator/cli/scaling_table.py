"""Show the stored results of a scaling as tables in the terminal."""

import math
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line
from simulator.report.scaled import Scaling, StoredRow, read_scaling, span
from simulator.report.wording import level_words
from simulator.study.scaling_results import CHECK, CLOSED, FREE_POWER, LINEAR, NATION

WIDTH_WITHOUT_TERMINAL = 132
_DOUBTFUL = 0.01


def print_scaling(directory: Path) -> None:
    """Print the laws, what they foretell of the nation, and how the check came out."""
    scaling = read_scaling(directory)
    run = scaling.manifest
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    console.print(Text(one_line(str(run["scenario"]["title"])), style="bold"))
    console.print(_laws(scaling))
    console.print(_foretold(scaling))
    if scaling.at(CHECK, LINEAR):
        console.print(_check(scaling))
    for sentence in _sentences(scaling):
        console.print(Text(sentence))


def _laws(scaling: Scaling) -> Table:
    table = Table(
        box=SIMPLE, title="Laws, per 1,000 requests", title_justify="left", pad_edge=False
    )
    table.add_column("Wrong person found", no_wrap=True)
    for column in ("Links seen", "Constant", "Slope", "per", "Power of people", "Lack of fit, p"):
        table.add_column(column, justify="right")
    for row in scaling.laws:
        if row.words["note"] == CLOSED:
            table.add_row(row.label, CLOSED, "", "", "", "", "")
            continue
        numbers = row.numbers
        table.add_row(
            row.label,
            f"{numbers['events']:,.0f}",
            row.spanned("constant_per_1000", "constant_low", "constant_high")
            if math.isnan(numbers["slope_per_1000"])
            else span(numbers["constant_per_1000"], math.nan, math.nan),
            row.spanned("slope_per_1000", "slope_low", "slope_high"),
            row.words["slope_is_per"] if not math.isnan(numbers["slope_per_1000"]) else "",
            _power(row),
            "–" if math.isnan(numbers["lack_of_fit_p"]) else f"{numbers['lack_of_fit_p']:.3f}",
        )
    return table


def _open(scaling: Scaling, target: str) -> list[StoredRow]:
    """Return what is foretold of the parts that the rule can link."""
    closed = {row.words["part"] for row in scaling.laws if row.words["note"] == CLOSED}
    return [row for row in scaling.at(target, LINEAR) if row.words["part"] not in closed]


def _power(row: StoredRow) -> str:
    """Return the power by which links grow beyond the law, which claims 0, with its interval."""
    names = ("power_of_people_beyond_law", "power_of_people_low", "power_of_people_high")
    value, low, high = (row.numbers[name] for name in names)
    return "–" if math.isnan(value) else f"{value:+.2f} ({low:+.2f} to {high:+.2f})"


def _foretold(scaling: Scaling) -> Table:
    plan = scaling.manifest["scaling"]
    table = Table(
        box=SIMPLE,
        title=f"Foretold for {plan['people']:,} people and {plan['requests']:,} requests",
        title_justify="left",
        pad_edge=False,
    )
    table.add_column("Wrong person found", no_wrap=True)
    for column in ("Expected per 1,000 requests", "One list per 1,000", "One list, links"):
        table.add_column(column, justify="right")
    for row in _open(scaling, NATION):
        part_of = " *" if row.words["part"] == "zip" and not _is_added(row) else ""
        table.add_row(
            row.label + part_of,
            row.spanned("estimate", "ci_low", "ci_high"),
            row.spanned("estimate", "pi_low", "pi_high"),
            row.spanned("wrong_links", "wrong_links_low", "wrong_links_high"),
        )
    for row in scaling.at(NATION, FREE_POWER):
        table.add_row(
            f"{row.label}, power free", row.spanned("estimate", "ci_low", "ci_high"), "", ""
        )
    return table


def _check(scaling: Scaling) -> Table:
    rows = scaling.at(CHECK, LINEAR)
    people, replicates = rows[0].numbers["people"], scaling.manifest["scaling"]["check_replicates"]
    table = Table(
        box=SIMPLE,
        title=f"Check at {people:,.0f} people, {replicates} replicates, not fitted; per 1,000",
        title_justify="left",
        pad_edge=False,
    )
    table.add_column("Wrong person found", no_wrap=True)
    for column in ("Foretold (prediction interval)", "Seen (interval)", "Held"):
        table.add_column(column, justify="right")
    for row in _open(scaling, CHECK):
        table.add_row(
            row.label,
            row.spanned("estimate", "pi_low", "pi_high"),
            row.spanned("observed_estimate", "observed_ci_low", "observed_ci_high"),
            row.words["held"],
        )
    return table


def _is_added(row: StoredRow) -> bool:
    return row.words["in_total"] == "yes"


def _sentences(scaling: Scaling) -> list[str]:
    """Return what a reader must know to read the tables, and what speaks against the laws."""
    run = scaling.manifest
    brackets = f"{level_words(run['confidence'])} over {run['replicates']} replicates"
    said = [f"Per request on the list, heard or not. In brackets the {brackets} of worlds."]
    if any(row.words["part"] == "coincidence" for row in scaling.laws if _is_added(row)):
        said.append("* Part of those by chance, anywhere; not added again.")
    doubtful = [row.label for row in scaling.laws if row.numbers["lack_of_fit_p"] < _DOUBTFUL]
    if doubtful:
        said.append(
            f"The law does not fit well (p < {_DOUBTFUL}): {', '.join(doubtful)}. Read the "
            "extrapolation of it with caution."
        )
    return said
