"""Read a results directory: manifest, estimates and thresholds, typed and checked.

Everything in the report rests on these three files and on nothing else, so that it can be made
again at any time. The two tables are held to the hashes in the manifest: a table that was edited
after the run is refused. What is not checked: whether the manifest itself is the one that was
written by the run.
"""

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.scenario.files import fields_sha256

ESTIMATE_COLUMNS = (
    "measure",
    "policy",
    "threshold",
    "group",
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "numerator",
    "denominator",
    "replicates",
)
THRESHOLD_COLUMNS = (
    "measure",
    "selection",
    "name_threshold",
    "address_threshold",
    "estimate",
    "std_error",
    "ci_low",
    "ci_high",
    "numerator",
    "denominator",
    "replicates",
)
SETTING_FIELDS = (
    "people",
    "accounts",
    "lawful_residents",
    "requests",
    "mated_requests",
    "candidate_pairs",
    "mix_shortfall",
)
ALL_GROUPS = "all"


class ReportError(Exception):
    """A results directory that cannot be reported; the message is one sentence for the user."""


@dataclass(frozen=True)
class Estimate:
    """One measure with its interval; NaN where it was not available.

    ``estimate``, ``std_error`` and the interval are in the measure's own unit; ``numerator`` and
    ``denominator`` are counts summed over replicates.
    """

    measure: str
    policy: str
    threshold: str
    group: str
    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    numerator: float
    denominator: float
    replicates: int

    @property
    def available(self) -> bool:
        """Say whether there is an estimate at all."""
        return math.isfinite(self.estimate)

    @property
    def has_interval(self) -> bool:
        """Say whether both ends of the interval are known."""
        return math.isfinite(self.ci_low) and math.isfinite(self.ci_high)

    @property
    def none_seen(self) -> bool:
        """Say whether there was something to count but no event among it."""
        return self.available and self.numerator == 0


@dataclass(frozen=True)
class ThresholdEstimate:
    """One measure at one name threshold (0.80 to 1.00), address threshold and selection rule."""

    measure: str
    selection: str
    name_threshold: float
    address_threshold: str
    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    numerator: float
    denominator: float
    replicates: int


@dataclass(frozen=True)
class Manifest:
    """What was run: the resolved scenario, its hash, seed, versions and the hashes of tables.

    ``setting`` holds means per replicate: people, accounts, lawful residents, requests, mated
    requests and candidate pairs.
    """

    overmatch: str
    scenario: Mapping[str, Any]  # Any: resolved scenario as JSON
    scenario_sha256: str
    seed: int
    replicates: int
    confidence: float
    versions: Mapping[str, str]
    reference_tables: Mapping[str, str]
    tables: Mapping[str, str]
    setting: Mapping[str, float]

    def has_scenario_value(self, path: str) -> bool:
        """Say whether the stored scenario has a value at a dotted path."""
        value: Any = self.scenario
        for part in path.split("."):
            if not isinstance(value, Mapping) or part not in value:
                return False
            value = value[part]
        return True

    def scenario_value(self, path: str) -> Any:  # Any: JSON
        """Return the scenario's value at a dotted path; raise ReportError if it has none."""
        if not self.has_scenario_value(path):
            _fail(f"manifest.json: the scenario has no field {path}.")
        value: Any = self.scenario
        for part in path.split("."):
            value = value[part]
        return value

    @property
    def selection(self) -> str:
        """The selection rule that gives the headline estimates: all, best or unique."""
        return str(self.scenario_value("matching.selection"))

    @property
    def name_threshold(self) -> float:
        """The name threshold that gives the headline estimates, 0.80 to 1.00."""
        return float(self.scenario_value("matching.name_threshold"))

    @property
    def address_threshold(self) -> str:
        """The address threshold that gives the headline estimates."""
        return str(self.scenario_value("matching.address_threshold"))


@dataclass(frozen=True)
class Results:
    """A whole results directory."""

    manifest: Manifest
    estimates: tuple[Estimate, ...]
    thresholds: tuple[ThresholdEstimate, ...]

    def find(self, measure: str, group: str = ALL_GROUPS) -> Estimate | None:
        """Return a measure at the scenario's own selection and threshold, None if not stored.

        Raises ReportError where the table holds several and none of them is the scenario's.
        """
        manifest = self.manifest
        rows = [
            row
            for row in self.estimates
            if row.measure == measure and row.group == group and row.policy == manifest.selection
        ]
        if len(rows) > 1:
            own = f"name>={manifest.name_threshold:.2f}, address>={manifest.address_threshold}"
            rows = [row for row in rows if row.threshold == own]
            if len(rows) != 1:
                _fail(
                    f"estimates.csv: {measure} for group {group} is given more than once and "
                    "not exactly once at the scenario's thresholds."
                )
        return rows[0] if rows else None

    def get(self, measure: str, group: str = ALL_GROUPS) -> Estimate:
        """Return a measure as ``find`` does; raise ReportError if it is not stored."""
        row = self.find(measure, group)
        if row is None:
            _fail(
                f"estimates.csv: no {measure} for group {group} under the selection rule "
                f"{self.manifest.selection}."
            )
        return row

    def groups(self, measure: str, kind: str) -> tuple[str, ...]:
        """Return the groups ``kind=...`` a measure is given for, in the order of the table."""
        found = (
            row.group
            for row in self.estimates
            if row.measure == measure and row.group.startswith(f"{kind}=")
        )
        return tuple(dict.fromkeys(found))


def _fail(message: str) -> NoReturn:
    raise ReportError(message)


def _read_bytes(directory: Path, name: str) -> bytes:
    try:
        return (directory / name).read_bytes()
    except FileNotFoundError:
        _fail(f"{directory} holds no {name}; it is not the directory of a finished run.")
    except NotADirectoryError:
        _fail(f"{directory} is not a directory.")
    except OSError as problem:
        _fail(f"{directory / name} cannot be read: {problem.strerror}.")


def _manifest(directory: Path) -> Manifest:
    try:
        raw = json.loads(_read_bytes(directory, "manifest.json"))
    except (ValueError, RecursionError):
        _fail("manifest.json is not valid JSON.")
    if not isinstance(raw, dict):
        _fail("manifest.json does not hold an object.")
    tables = ("scenario", "versions", "reference_tables", "tables", "setting")
    plain = ("overmatch", "scenario_sha256", "seed", "replicates", "confidence")
    for name in (*tables, *plain):
        if name not in raw:
            _fail(f"manifest.json has no field {name}.")
    for name in tables:
        if not isinstance(raw[name], dict):
            _fail(f"manifest.json: {name} is not an object.")
    if fields_sha256(raw["scenario"]) != raw["scenario_sha256"]:
        _fail("manifest.json was changed: its scenario is not the one whose sha256 it states.")
    try:
        return Manifest(
            overmatch=str(raw["overmatch"]),
            scenario=raw["scenario"],
            scenario_sha256=str(raw["scenario_sha256"]),
            seed=int(raw["seed"]),
            replicates=int(raw["replicates"]),
            confidence=float(raw["confidence"]),
            versions={str(key): str(value) for key, value in raw["versions"].items()},
            reference_tables={str(k): str(v) for k, v in raw["reference_tables"].items()},
            tables={str(key): str(value) for key, value in raw["tables"].items()},
            setting={name: float(raw["setting"][name]) for name in SETTING_FIELDS},
        )
    except KeyError as problem:
        _fail(f"manifest.json: setting has no field {problem.args[0]}.")
    except (TypeError, ValueError) as problem:
        _fail(f"manifest.json holds a value of the wrong kind: {problem}.")


def _table(directory: Path, manifest: Manifest, name: str) -> bytes:
    content = _read_bytes(directory, name)
    expected = manifest.tables.get(name)
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        _fail(f"{name} is not the table that manifest.json describes: its sha256 differs.")
    return content


def _number(text: str, name: str, line: int) -> float:
    if text == "":
        return math.nan
    try:
        return float(text)
    except ValueError:
        _fail(f"estimates.csv:{line}: {name} is not a number: {text!r}.")


def _estimates(content: bytes) -> tuple[Estimate, ...]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8")), strict=True)
        header = tuple(reader.fieldnames or ())
        missing = [name for name in ESTIMATE_COLUMNS if name not in header]
        if missing:
            _fail(f"estimates.csv has no column {', '.join(missing)}.")
        rows = [_estimate(row, reader.line_num) for row in reader]
    except (UnicodeDecodeError, csv.Error) as problem:
        _fail(f"estimates.csv is not a readable table: {problem}.")
    return tuple(rows)


def _estimate(row: dict[str, str | None], line: int) -> Estimate:
    if any(row[name] is None for name in ESTIMATE_COLUMNS):
        _fail(f"estimates.csv:{line}: the row is cut short.")
    text = {name: str(row[name]) for name in ESTIMATE_COLUMNS}
    number = {name: _number(text[name], name, line) for name in ESTIMATE_COLUMNS[4:]}
    if not math.isfinite(number["replicates"]):
        _fail(f"estimates.csv:{line}: replicates is empty.")
    return Estimate(
        measure=text["measure"],
        policy=text["policy"],
        threshold=text["threshold"],
        group=text["group"],
        estimate=number["estimate"],
        std_error=number["std_error"],
        ci_low=number["ci_low"],
        ci_high=number["ci_high"],
        numerator=number["numerator"],
        denominator=number["denominator"],
        replicates=int(number["replicates"]),
    )


def _thresholds(content: bytes) -> tuple[ThresholdEstimate, ...]:
    try:
        table = pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError) as problem:
        _fail(f"thresholds.parquet is not a readable Parquet file: {str(problem).splitlines()[0]}")
    missing = [name for name in THRESHOLD_COLUMNS if name not in table.column_names]
    if missing:
        _fail(f"thresholds.parquet has no column {', '.join(missing)}.")
    try:
        return tuple(_threshold(row) for row in table.select(THRESHOLD_COLUMNS).to_pylist())
    except (TypeError, ValueError) as problem:
        _fail(f"thresholds.parquet holds a value of the wrong kind: {problem}.")


def _threshold(row: dict[str, Any]) -> ThresholdEstimate:  # Any: whatever the file holds
    def number(name: str) -> float:
        return math.nan if row[name] is None else float(row[name])

    return ThresholdEstimate(
        measure=str(row["measure"]),
        selection=str(row["selection"]),
        name_threshold=round(float(row["name_threshold"]), 2),
        address_threshold=str(row["address_threshold"]),
        estimate=number("estimate"),
        std_error=number("std_error"),
        ci_low=number("ci_low"),
        ci_high=number("ci_high"),
        numerator=number("numerator"),
        denominator=number("denominator"),
        replicates=int(row["replicates"]),
    )


def read_results(directory: Path) -> Results:
    """Read manifest.json, estimates.csv and thresholds.parquet of a finished run.

    Raises ReportError, in one sentence, where a file is missing, malformed or not the one that the
    manifest describes.
    """
    if not directory.is_dir():
        _fail(f"{directory} is not a directory.")
    manifest = _manifest(directory)
    return Results(
        manifest=manifest,
        estimates=_estimates(_table(directory, manifest, "estimates.csv")),
        thresholds=_thresholds(_table(directory, manifest, "thresholds.parquet")),
    )
