"""Show published and simulated figures side by side, area by area."""

import math
from collections import Counter
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.fidelity.figure import figure_text
from simulator.fidelity.targets import Tolerance
from simulator.fidelity.verdicts import Comparison, Failure, Verdict
from simulator.scenario.schema import Scenario

WIDTH_WITHOUT_TERMINAL = 120
LABEL = 42
FULL_SIZE = 3_000_000
"""People in a replicate by default, enough for every row to be told."""
WIDTH_OF_ALL = 112  # narrower terminals do without the tolerance, then without the interval
WIDTH_OF_INTERVAL = 96
_WORDS = {Verdict.WITHIN: "within", Verdict.OUTSIDE: "outside", Verdict.TOO_WIDE: "too wide"}
_STYLES = {Verdict.WITHIN: "green", Verdict.OUTSIDE: "bold red", Verdict.TOO_WIDE: "yellow"}


def print_comparisons(compared: Sequence[Comparison], scenario: Scenario) -> None:
    """Print one table an area, then what is known about the rows outside, then the counts.

    Rows that a strict comparison would not pass are named last, each with its reason.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    console.print(
        f"{scenario.replicates} replicates of {scenario.population.size:,} people, seed "
        f"{scenario.seed}; intervals at {scenario.confidence:.0%}. Marks: s seen, r recalled, "
        "c computed. Too wide: the interval is wider than the tolerance. * the interval crosses "
        "the edge of the tolerance.",
        highlight=False,
    )
    for area in dict.fromkeys(row.target.area for row in compared):
        rows = [row for row in compared if row.target.area == area]
        console.print(_area_table(area, rows, console.width))
    for explanation, labels in _explained(compared).items():
        console.print(Text.assemble((f"{'; '.join(labels)}: ", "bold"), explanation))
    counted = Counter(row.verdict for row in compared)
    said = ", ".join(f"{counted[verdict]} {verdict}" for verdict in Verdict)
    failing = failures(compared, scenario)
    console.print(f"{len(compared)} rows: {said}; {len(failing)} would not pass --strict.")
    for row, failure in failing:
        console.print(Text.assemble((f"{row.target.label}: ", "bold"), failure.value))


def failures(
    compared: Sequence[Comparison], scenario: Scenario
) -> list[tuple[Comparison, Failure]]:
    """Return the rows that a strict comparison does not pass, with the reason.

    Intervals too wide to say fail in a population of the default size or more; smaller ones are
    known to blur many rows.
    """
    undecided = scenario.population.size >= FULL_SIZE
    found = [(row, row.failure(undecided=undecided)) for row in compared]
    return [(row, failure) for row, failure in found if failure is not None]


def _explained(compared: Sequence[Comparison]) -> dict[str, list[str]]:
    """Return every explanation of rows that are not within, with the rows it is for."""
    labels: dict[str, list[str]] = {}
    for row in compared:
        if row.verdict is not Verdict.WITHIN and row.target.explanation:
            labels.setdefault(row.target.explanation, []).append(row.target.label)
    return labels


def _interval(row: Comparison) -> str:
    if not math.isfinite(row.ci_low):
        return "–"
    return f"{figure_text(row.ci_low)}–{figure_text(row.ci_high)}"


def _area_table(area: str, rows: Sequence[Comparison], width: int) -> Table:
    title = Text(f"{area[0].upper()}{area[1:]}", style="bold")
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    table.add_column("Statistic", width=LABEL)
    table.add_column("Published", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Simulated", justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    if width >= WIDTH_OF_INTERVAL:
        table.add_column("Interval", justify="right", no_wrap=True)
    if width >= WIDTH_OF_ALL:
        table.add_column("Tolerated", justify="right", no_wrap=True)
    for row in rows:
        target = row.target
        relative = target.kind is Tolerance.RELATIVE
        allowed = f"{target.tolerance:.1%}" if relative else f"{target.tolerance:g}"
        cells = (
            target.label,
            figure_text(target.published),
            target.mark[0],
            figure_text(row.simulated),
            Text(f"{_WORDS[row.verdict]}{' *' if row.crosses else ''}", style=_STYLES[row.verdict]),
            _interval(row),
            f"± {allowed}",
        )
        table.add_row(*cells[: len(table.columns)])
    return table
