"""The stored results of a scaling, typed and in words, for figure and command line alike."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.report.stored import fail
from simulator.report.wording import shown, shown_decimals
from simulator.study.results import MANIFEST
from simulator.study.scaling_results import EXTRAPOLATION, LAW, SCALING

LABELS = {
    "household": "Same household",
    "number": "Found by number",
    "building": "Same building",
    "zip": "Same ZIP",
    "coincidence": "By chance, anywhere",
    "total": "All wrong persons",
}
_WIDE = 1000.0
_TEXT = {
    "role",
    "part",
    "in_total",
    "slope_is_per",
    "note",
    "target",
    "model",
    "held",
}
_NEEDED = {
    SCALING: {"role", "people", "density", "part", "estimate", "ci_low", "ci_high", "law"},
    LAW: {"part", "in_total", "constant_per_1000", "lack_of_fit_p", "note"},
    EXTRAPOLATION: {"target", "model", "part", "estimate", "ci_low", "pi_low", "wrong_links"},
}


@dataclass(frozen=True)
class StoredRow:
    """One row of a table: words and numbers by column, NaN where a number is not available."""

    words: Mapping[str, str]
    numbers: Mapping[str, float]

    @property
    def label(self) -> str:
        """Return the part in words."""
        return LABELS.get(self.words["part"], self.words["part"].replace("_", " "))

    def spanned(self, value: str, low: str, high: str) -> str:
        """Return a number with its interval, in words."""
        return span(self.numbers[value], self.numbers[low], self.numbers[high])


@dataclass(frozen=True)
class Scaling:
    """The stored tables and the manifest."""

    cells: Sequence[StoredRow]
    laws: Sequence[StoredRow]
    foretold: Sequence[StoredRow]
    manifest: Mapping[str, Any]  # Any: JSON

    def at(self, target: str, model: str) -> list[StoredRow]:
        """Return what is foretold of a target by a model."""
        return [
            row
            for row in self.foretold
            if (row.words["target"], row.words["model"]) == (target, model)
        ]


def span(value: float, low: float, high: float) -> str:
    """Return a number with its interval; the number alone where there is none.

    Numbers in the thousands are rounded, too: to three digits of the interval's width.
    """
    if not math.isfinite(value):
        return "–"
    width = high - low
    if math.isfinite(width) and width >= _WIDE:
        places = 2 - math.floor(math.log10(width))
        value, low, high = (round(number, places) for number in (value, low, high))
    decimals = shown_decimals(value, low, high)
    text = shown(value, decimals)
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    if value == 0.0 and high == 0.0:
        return "0"
    if value == 0.0:
        return f"none seen (at most {shown(high, shown_decimals(high, math.nan, math.nan))})"
    return f"{text} ({shown(low, decimals)} to {shown(high, decimals)})"


def _rows(directory: Path, name: str) -> list[StoredRow]:
    found = []
    reader = csv.DictReader(io.StringIO((directory / name).read_text(encoding="utf-8")))
    for row in reader:
        place = f"{name}:{reader.line_num}"
        if not _NEEDED[name] <= row.keys() or None in row.values():
            fail(f"{place}: a column is missing.")
        words = {key: value for key, value in row.items() if key in _TEXT}
        numbers = {key: _number(value, place) for key, value in row.items() if key not in _TEXT}
        found.append(StoredRow(words, numbers))
    return found


def _number(text: str, place: str) -> float:
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        fail(f"{place}: not a number: {text!r}.")


def read_scaling(directory: Path) -> Scaling:
    """Read the stored results of a scaling.

    Raises ReportError where they are not what they should be, OSError where they cannot be read.
    """
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    if "scaling" not in manifest:
        fail(f"{directory} holds no scaling.")
    cells, laws = _rows(directory, SCALING), _rows(directory, LAW)
    return Scaling(cells, laws, _rows(directory, EXTRAPOLATION), manifest)
