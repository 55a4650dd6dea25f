"""Show the stored results of a comparison as tables in the terminal."""

from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.cli.display import one_line
from simulator.report.compared import CALIBRATION, ComparedRun, Comparison, read_comparison
from simulator.report.tables import value_text
from simulator.report.wording import level_words, measure_words

WIDTH_WITHOUT_TERMINAL = 140
_FIELDS_SHOWN = 12


def print_comparison(directory: Path) -> None:
    """Print what differs and the headline measures of each run against the reference."""
    comparison = read_comparison(directory)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    for run in comparison.others:
        title = f"{run.name} compared with {comparison.reference.name}"
        console.print(Text(one_line(title), style="bold"))
        for note in run.notes:
            console.print(Text(f"note: {one_line(note)}"))
        console.print(Text(_fields(run, comparison.reference.name)))
        console.print(_table(comparison, run))
    run_level = level_words(comparison.manifest.confidence)
    console.print(
        Text(
            f"In brackets the {run_level} over {comparison.manifest.replicates} replicates, the "
            "differences and ratios paired: the run less, or over, the reference. Every measure "
            "and group is in comparison.csv, the page in compare.html."
        )
    )


def _fields(run: ComparedRun, reference: str) -> str:
    """Say which fields differ, at most a few of them."""
    differs = [one for one in run.differs if not one[0].startswith(CALIBRATION)]
    if not differs:
        return f"The same scenario as {one_line(reference)} in every field that decides anything."
    lines = [
        f"  {path}: {one_line(value_text(ours))} → {one_line(value_text(theirs))}"
        for path, ours, theirs in differs[:_FIELDS_SHOWN]
    ]
    if len(differs) > _FIELDS_SHOWN:
        lines.append(f"  and {len(differs) - _FIELDS_SHOWN} more, listed in compare.html")
    return "\n".join(["Fields that differ:", *lines])


def _table(comparison: Comparison, run: ComparedRun) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("Measure")
    table.add_column("Unit")
    for heading in (comparison.reference.name, run.name, "Difference", "Ratio"):
        table.add_column(Text(one_line(heading)), justify="right")
    for measure in comparison.headline:
        one = comparison.get(run.name, measure)
        words = measure_words(measure)
        table.add_row(
            words.name,
            words.unit,
            one.side_words(one.reference_side).short,
            one.side_words(one.compared_side).short,
            one.words,
            one.ratio_words,
        )
    return table
