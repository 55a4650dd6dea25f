"""Show closed-form expectations as a table for people or JSON for programs."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.measures.expectation import Expectation

WIDTH_WITHOUT_TERMINAL = 110


def as_json(expectations: Sequence[Expectation]) -> str:
    """Return the expectations as a JSON list; a value that is not a number becomes null."""
    rows = [asdict(expectation) for expectation in expectations]
    for row in rows:
        if not math.isfinite(row["value"]):
            row["value"] = None
    return json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False)


def print_table(title: str, expectations: Sequence[Expectation]) -> None:
    """Print one row an expectation: its value and unit, and what it is and leaves out."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    table = Table(box=SIMPLE, title=Text(title), title_justify="left", show_lines=True)
    table.add_column("Expected", justify="right", no_wrap=True)
    table.add_column("Unit", max_width=22)
    table.add_column("What it is, how it is computed, what it leaves out")
    for expectation in expectations:
        about = Text.assemble(
            (expectation.name, "bold"), "\n", expectation.formula, "\n", (expectation.note, "dim")
        )
        table.add_row(Text(_figure(expectation.value)), Text(expectation.unit), about)
    console.print(table)


def _figure(value: float) -> str:
    if not math.isfinite(value):
        return "not available"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
