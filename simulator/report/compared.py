"""The stored results of a comparison, typed and in words, for page, figure and command line."""

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.report.results import ALL_GROUPS, Manifest, read_manifest
from simulator.report.stored import Estimate, fail
from simulator.report.wording import (
    CHALLENGED,
    ShownEstimate,
    measure_words,
    show,
    shown,
    shown_decimals,
)
from simulator.study.comparing import COMPARISON
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST

_NUMBERS = (
    *("difference", "difference_low", "difference_high"),
    *("ratio", "ratio_low", "ratio_high"),
    *(
        f"{side}_{name}"
        for side in ("reference", "compared")
        for name in ("estimate", "low", "high", "numerator", "denominator")
    ),
)
_TEXTS = ("reference", "compared", "measure", "group", "note")
NO_CHANGE = "no change seen"
CALIBRATION = "calibration."
"""Fields below this decide what a calibration does, and nothing in a run."""
LARGEST_RATIO = 1000.0
"""An upper limit of a ratio beyond this says nothing, and is not shown."""
MINUS = "−"

HEADLINE = (
    "over_disclosed_residents_per_1000_requests",
    "false_discovery_rate",
    "disclosures_wrong_person_lawful_per_1000_requests",
    "false_negative_identification_rate",
    "disclosures_intended_per_1000_requests",
    "wrong_address_rate",
    "deficient_disclosure_rate",
    "yield",
)
"""The headline measures of a match on the tax roll, most important first."""
HEADLINE_OTHER_ROLLS = (
    "wrongly_removed_per_1000_requests",
    "eligible_share_of_flagged",
    "wrongly_flagged_per_1000_requests",
    "flagged_per_1000_requests",
    "false_negative_identification_rate",
)


@dataclass(frozen=True)
class Side:
    """One run's own estimate in a comparison, in the measure's stored unit."""

    estimate: float
    low: float
    high: float
    numerator: float
    denominator: float


@dataclass(frozen=True)
class Difference:
    """One measure and group of one run against the reference; NaN is "not available"."""

    compared: str
    measure: str
    group: str
    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    reference_side: Side
    compared_side: Side
    replicates: int
    note: str

    @property
    def factor(self) -> float:
        """Return the factor from stored to shown."""
        return measure_words(self.measure).factor

    @property
    def unit(self) -> str:
        """Return the unit of the difference: of two percentages it is percentage points."""
        unit = measure_words(self.measure).unit
        return "percentage points" if unit == "%" else unit

    @property
    def direction(self) -> int:
        """Return 1 where the run has more than the reference, -1 less, 0 where nobody can say."""
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            return 0
        return int(self.low > 0.0) - int(self.high < 0.0)

    @property
    def words(self) -> str:
        """Return the difference with its interval, or in words why there is none."""
        if not math.isfinite(self.difference):
            return "not available"
        value, low, high = (self.factor * part for part in (self.difference, self.low, self.high))
        decimals = shown_decimals(value, low, high)
        if self.note == NO_CHANGE:
            bound = f" (at most ±{shown(high, decimals)})" if math.isfinite(high) else ""
            return f"{NO_CHANGE}{bound}"
        if not (math.isfinite(low) and math.isfinite(high)):
            return f"{signed(value, decimals)} (no interval)"
        limits = f"{signed(low, decimals)} to {signed(high, decimals)}"
        return f"{signed(value, decimals)} ({limits})"

    @property
    def ratio_words(self) -> str:
        """Return the ratio with its interval."""
        if not math.isfinite(self.ratio):
            return "–"
        bounded = math.isfinite(self.ratio_high) and self.ratio_high <= LARGEST_RATIO
        upper = self.ratio_high if bounded else math.nan
        decimals = min(shown_decimals(self.ratio, self.ratio_low, upper), 3)
        value = shown(self.ratio, decimals)
        low = shown(self.ratio_low, decimals)
        if math.isfinite(self.ratio_low) and bounded:
            return f"{value} ({low} to {shown(upper, decimals)})"
        if math.isfinite(self.ratio_low) and self.ratio_low > 0.0:
            return f"{value} (at least {low})"
        return f"{value} (no limits)"

    def side_words(self, side: Side) -> ShownEstimate:
        """Return one run's own estimate in words."""
        return show(
            Estimate(
                self.measure,
                "",
                "",
                self.group,
                side.estimate,
                math.nan,
                side.low,
                side.high,
                side.numerator,
                side.denominator,
                self.replicates,
            ),
            self.factor,
        )


def signed(value: float, decimals: int) -> str:
    """Return a number with its sign, a true minus where it is negative."""
    text = shown(value, decimals)
    if text.startswith("-"):
        return MINUS + text[1:]
    return f"+{text}" if any(digit in text for digit in "123456789") else text


@dataclass(frozen=True)
class ComparedRun:
    """One run of a comparison, as the manifest describes it."""

    name: str
    title: str
    question: str
    replicates: int
    notes: tuple[str, ...]
    differs: tuple[tuple[str, Any, Any], ...]  # Any: JSON


@dataclass(frozen=True)
class Comparison:
    """The stored results of a comparison: its runs, the reference first, and every difference."""

    manifest: Manifest
    runs: tuple[ComparedRun, ...]
    rows: Mapping[tuple[str, str, str], Difference]

    @property
    def reference(self) -> ComparedRun:
        """Return the run that all others are compared with."""
        return self.runs[0]

    @property
    def others(self) -> tuple[ComparedRun, ...]:
        """Return the runs that are compared with it."""
        return self.runs[1:]

    @property
    def headline(self) -> tuple[str, ...]:
        """Return the headline measures that are there, most important first."""
        tax = self.manifest.searched_roll not in CHALLENGED
        names = HEADLINE if tax else HEADLINE_OTHER_ROLLS
        first = self.others[0].name
        return tuple(name for name in names if (first, name, ALL_GROUPS) in self.rows)

    @property
    def measures(self) -> tuple[str, ...]:
        """Return every measure compared, the headline first."""
        return tuple(dict.fromkeys((*self.headline, *(measure for _, measure, _ in self.rows))))

    def get(self, run: str, measure: str, group: str = ALL_GROUPS) -> Difference:
        """Return one difference; raise ReportError where it is not stored."""
        try:
            return self.rows[run, measure, group]
        except KeyError:
            fail(f"{COMPARISON}: no {measure} of {run} for group {group}.")

    def groups(self, run: str, measure: str) -> tuple[str, ...]:
        """Return the groups of a measure, everybody left out."""
        return tuple(
            group
            for name, one, group in self.rows
            if (name, one) == (run, measure) and group != ALL_GROUPS
        )


def _number(text: str | None, place: str) -> float:
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        fail(f"{place}: not a number: {text!r}.")


def _difference(row: Mapping[str, str], place: str) -> Difference:
    numbers = {name: _number(row.get(name), place) for name in _NUMBERS}
    sides = {
        f"{side}_side": Side(
            *(
                numbers[f"{side}_{name}"]
                for name in ("estimate", "low", "high", "numerator", "denominator")
            )
        )
        for side in ("reference", "compared")
    }
    return Difference(
        compared=row["compared"],
        measure=row["measure"],
        group=row["group"],
        difference=numbers["difference"],
        low=numbers["difference_low"],
        high=numbers["difference_high"],
        ratio=numbers["ratio"],
        ratio_low=numbers["ratio_low"],
        ratio_high=numbers["ratio_high"],
        replicates=int(_number(row.get("replicates"), place)),
        note=row["note"],
        reference_side=sides["reference_side"],
        compared_side=sides["compared_side"],
    )


def _rows(content: bytes) -> dict[tuple[str, str, str], Difference]:
    found = {}
    reader = csv.DictReader(io.StringIO(content.decode("utf-8")))
    for row in reader:
        place = f"{COMPARISON}:{reader.line_num}"
        if not {*_TEXTS, *_NUMBERS, "replicates"} <= row.keys() or None in row.values():
            fail(f"{place}: a column is missing.")
        one = _difference(row, place)
        found[one.compared, one.measure, one.group] = one
    return found


def _described(one: Mapping[str, Any]) -> ComparedRun:  # Any: JSON
    return ComparedRun(
        name=str(one["name"]),
        title=str(one["scenario"]["title"]),
        question=str(one["scenario"].get("question", "")),
        replicates=int(one["replicates"]),
        notes=tuple(str(note) for note in one.get("notes", ())),
        differs=tuple((str(path), a, b) for path, a, b in one.get("differs", ())),
    )


def read_comparison(directory: Path) -> Comparison:
    """Read the stored results of a comparison.

    Raises ReportError where they are not what they should be, OSError where they cannot be read.
    """
    manifest = read_manifest(directory, Kind.COMPARISON)
    raw = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    content = (directory / COMPARISON).read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest.tables.get(COMPARISON):
        fail(f"{COMPARISON} is not the table that manifest.json describes: its sha256 differs.")
    try:
        runs = tuple(_described(one) for one in raw["compared"])
    except (KeyError, TypeError, ValueError):
        fail(f"{directory} holds no comparison.")
    if len(runs) < 2:
        fail(f"{directory} holds no comparison.")
    return Comparison(manifest, runs, _rows(content))
