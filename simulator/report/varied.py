"""The stored results of a sweep, typed and in words, for figures and command line alike."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.measures.chosen import NAMED
from simulator.report.stored import fail
from simulator.report.wording import shown, shown_decimals
from simulator.scenario.vary import Design
from simulator.study.results import MANIFEST
from simulator.study.sensitivity_results import INDICES, TORNADO, UNCERTAINTY, VARIANTS

Cell = dict[str, str]
_PER_REQUESTS = "_per_1000_requests"
_PER_RESIDENTS = "_per_100000_lawful_residents"


@dataclass(frozen=True)
class Spoken:
    """A measure in words: its name, its unit, and the factor from the table to that unit."""

    name: str
    unit: str
    factor: float

    @property
    def title(self) -> str:
        """Name and unit in one line."""
        return f"{self.name}, {self.unit}"


def measure_words(name: str) -> Spoken:
    """Return a measure in words; shares are said in per cent."""
    for ending, unit in (
        (_PER_REQUESTS, "per 1,000 requests"),
        (_PER_RESIDENTS, "per 100,000 lawful residents"),
    ):
        if name.endswith(ending):
            return Spoken(_sentence(name.removesuffix(ending)), unit, 1.0)
    if NAMED[name].proportion and NAMED[name].scale == 1.0:
        return Spoken(_sentence(name), "%", 100.0)
    return Spoken(_sentence(name), "ratio", 1.0)


def _sentence(name: str) -> str:
    words = name.replace("_", " ").replace("over disclosed", "over-disclosed")
    return words[:1].upper() + words[1:]


def parameter_words(path: str, paths: tuple[str, ...]) -> str:
    """Return a dotted path in words: its last step, with the group where two end alike."""
    last = path.rpartition(".")[2]
    if sum(other.rpartition(".")[2] == last for other in paths) > 1:
        return path.replace("_", " ")
    return _sentence(last)


def value_words(value: str) -> str:
    """Return a value of a parameter as text, numbers to four digits."""
    try:
        number = float(value)
    except ValueError:
        return value
    return f"{number:.4g}" if math.isfinite(number) else value


@dataclass(frozen=True)
class Sweep:
    """The tables of a sweep as text by column, and its manifest; ``indices`` may be empty."""

    manifest: Mapping[str, Any]  # Any: JSON
    variants: tuple[Cell, ...]
    tornado: tuple[Cell, ...]
    indices: tuple[Cell, ...]
    uncertainty: tuple[Cell, ...]

    @property
    def part(self) -> Mapping[str, Any]:
        """The part of the scenario that says what was varied."""
        part: Mapping[str, Any] = self.manifest["scenario"]["vary"]
        return part

    @property
    def paths(self) -> tuple[str, ...]:
        """The parameters by dotted path, that with most values first: it goes along the axis."""
        values = self.part["parameters"]
        return tuple(sorted(values, key=lambda path: (-len(values[path]["values"]), path)))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures, by name."""
        return tuple(self.part["measures"])

    @property
    def is_sampled(self) -> bool:
        """Whether ranges were sampled, not a grid run."""
        return bool(self.part["design"] == Design.SOBOL)

    def words(self, path: str) -> str:
        """Return a parameter in words."""
        return parameter_words(path, self.paths)


def number(cell: str) -> float:
    """Return a cell as a number, NaN where it is empty."""
    return float(cell) if cell else math.nan


def with_interval(value: float, low: float, high: float, *, most_decimals: int = 6) -> str:
    """Return a number with its interval, all rounded alike and to ``most_decimals`` at most."""
    if not math.isfinite(value):
        return "not available"
    decimals = min(shown_decimals(value, low, high), most_decimals)
    said = shown(value, decimals)
    if not (math.isfinite(low) and math.isfinite(high)):
        return said
    return f"{said} ({shown(low, decimals)} to {shown(high, decimals)})"


def read_sweep(directory: Path) -> Sweep:
    """Return the results of a sweep; ReportError where they are missing or malformed."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        tables = {name: _rows(directory / name) for name in manifest["tables"]}
        sweep = Sweep(
            manifest,
            tables[VARIANTS],
            tables[TORNADO],
            tables.get(INDICES, ()),
            tables.get(UNCERTAINTY, ()),
        )
        for row in (*sweep.variants, *sweep.tornado):
            number(row["ci_low"]), number(row["ci_high"]), row["measure"]
        return sweep
    except (KeyError, TypeError, ValueError, OSError) as error:
        fail(f"{directory} holds no results of a sweep that can be read: {error}")


def _rows(path: Path) -> tuple[Cell, ...]:
    text = path.read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))
