"""Read a results directory: manifest, estimates and thresholds, typed and checked.

Everything in the report rests on these three files and, where a run left them, the tables of
matchers, of weights and of years, so that it can be made again at any time. Tables are held to the
hashes in the manifest: one that was edited after the run is refused. What is not checked: whether
the manifest itself is the one that was written by the run.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from simulator.report.stored import (
    BIRTH_DATE_THRESHOLD,
    NAME_THRESHOLD,
    SCORE_THRESHOLD,
    Estimate,
    Precision,
    ThresholdEstimate,
    Weight,
    YearEstimate,
    fail,
    read_estimates,
    read_matchers,
    read_precision,
    read_thresholds,
    read_weights,
    read_years,
)
from simulator.report.stored import ReportError as ReportError
from simulator.scenario.choices import DecisionRule
from simulator.scenario.files import fields_sha256
from simulator.study.kind import Kind

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
MATCHERS, WEIGHTS, YEARS = "matchers.csv", "weights.csv", "years.csv"
PRECISION = "precision.csv"
POLICIES = "policies.parquet"
ERROR_MEASURES = (
    "false_discovery_rate",
    "false_negative_identification_rate",
    "false_positive_identification_rate",
    "precision",
    "recall",
)
"""What the report shows at every threshold."""


@dataclass(frozen=True)
class Manifest:
    """What was run: the resolved scenario, its hash, seed, versions and the hashes of tables.

    ``setting`` holds means per replicate: people, accounts, lawful residents, requests, mated
    requests and candidate pairs. ``explored`` says what policies.parquet holds, None where a run
    left none.
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
    explored: Mapping[str, Any] | None = None  # Any: JSON

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
            fail(f"manifest.json: the scenario has no field {path}.")
        value: Any = self.scenario
        for part in path.split("."):
            value = value[part]
        return value

    @property
    def selection(self) -> str:
        """The selection rule that gives the headline estimates: all, best, unique or top."""
        return str(self.scenario_value("matching.selection"))

    @property
    def searched_roll(self) -> str:
        """The roll that the list was run against: tax, voter or benefit."""
        at = "searched_roll"
        return str(self.scenario_value(at)) if self.has_scenario_value(at) else "tax"

    @property
    def rule(self) -> str:
        """The decision rule: thresholds, points or fellegi_sunter."""
        return str(self.scenario_value("matching.decision_rule"))

    @property
    def scored(self) -> bool:
        """Say whether pairs are linked by a score instead of a threshold for every field."""
        return self.rule != DecisionRule.THRESHOLDS

    @property
    def axis(self) -> str:
        """The threshold that moves along the axis of the figures: of names or of the score."""
        return SCORE_THRESHOLD if self.scored else NAME_THRESHOLD

    @property
    def cut(self) -> float:
        """That threshold's value in the scenario: 0.80 to 1.00, or points or bits."""
        return float(self.scenario_value(f"matching.{self.axis}"))

    @property
    def address_threshold(self) -> str:
        """The address threshold that gives the headline estimates; any under a score."""
        return "any" if self.scored else str(self.scenario_value("matching.address_threshold"))

    @property
    def birth_date_threshold(self) -> str:
        """The birth-date threshold that gives the headline estimates; any under a score."""
        at = f"matching.{BIRTH_DATE_THRESHOLD}"
        return "any" if self.scored else str(self.scenario_value(at))

    @property
    def own_threshold(self) -> str:
        """The scenario's thresholds as estimates.csv writes them."""
        if self.scored:
            return f"score>={self.cut:.2f}"
        return (
            f"name>={self.cut:.2f}, address>={self.address_threshold}, "
            f"birth_date>={self.birth_date_threshold}"
        )


@dataclass(frozen=True)
class Results:
    """A whole results directory; ``policies`` holds policies.parquet as stored."""

    manifest: Manifest
    estimates: tuple[Estimate, ...]
    thresholds: tuple[ThresholdEstimate, ...]
    matchers: tuple[ThresholdEstimate, ...] = ()
    weights: tuple[Weight, ...] = ()
    years: tuple[YearEstimate, ...] = ()
    precision: Precision | None = None
    policies: bytes | None = None

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], list[Estimate]]:
        """The estimates by measure, group and policy: a page asks for more than a thousand."""
        found: dict[tuple[str, str, str], list[Estimate]] = {}
        for row in self.estimates:
            found.setdefault((row.measure, row.group, row.policy), []).append(row)
        return found

    def find(
        self, measure: str, group: str = ALL_GROUPS, policy: str | None = None
    ) -> Estimate | None:
        """Return a measure at the scenario's own threshold, None if not stored.

        ``policy`` is the selection rule, by default the scenario's own.

        Raises ReportError where the table holds several and none of them is the scenario's.
        """
        rows = self._by_name.get((measure, group, policy or self.manifest.selection), [])
        if len(rows) > 1:
            own = self.manifest.own_threshold
            rows = [row for row in rows if row.threshold == own]
            if len(rows) != 1:
                fail(
                    f"estimates.csv: {measure} for group {group} is given more than once and "
                    "not exactly once at the scenario's thresholds."
                )
        return rows[0] if rows else None

    def get(self, measure: str, group: str = ALL_GROUPS) -> Estimate:
        """Return a measure as ``find`` does; raise ReportError if it is not stored."""
        row = self.find(measure, group)
        if row is None:
            fail(
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


def _read_bytes(directory: Path, name: str) -> bytes:
    try:
        return (directory / name).read_bytes()
    except FileNotFoundError:
        kept = ", or is kept with its short tables only" if name.endswith(".parquet") else ""
        fail(f"{directory} holds no {name}; it is not the directory of a finished run{kept}.")
    except NotADirectoryError:
        fail(f"{directory} is not a directory.")
    except OSError as problem:
        fail(f"{directory / name} cannot be read: {problem.strerror}.")


def _check_kind(directory: Path, kind: object, wanted: Kind) -> None:
    if kind != wanted:
        fail(
            f"{directory} holds results of kind {kind!r}, not of kind '{wanted}'; "
            "'overmatch figures' draws the figures of every kind."
        )


def _manifest(directory: Path, wanted: Kind) -> Manifest:
    try:
        raw = json.loads(_read_bytes(directory, "manifest.json"))
    except (ValueError, RecursionError):
        fail("manifest.json is not valid JSON.")
    if not isinstance(raw, dict):
        fail("manifest.json does not hold an object.")
    _check_kind(directory, raw.get("kind", wanted), wanted)
    tables = ("scenario", "versions", "reference_tables", "tables", "setting")
    plain = ("overmatch", "scenario_sha256", "seed", "replicates", "confidence")
    for name in (*tables, *plain):
        if name not in raw:
            fail(f"manifest.json has no field {name}.")
    for name in (*tables, "explored"):
        if not isinstance(raw.get(name, {}), dict):
            fail(f"manifest.json: {name} is not an object.")
    if fields_sha256(raw["scenario"]) != raw["scenario_sha256"]:
        fail("manifest.json was changed: its scenario is not the one whose sha256 it states.")
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
            explored=raw.get("explored"),
        )
    except KeyError as problem:
        fail(f"manifest.json: setting has no field {problem.args[0]}.")
    except (TypeError, ValueError) as problem:
        fail(f"manifest.json holds a value of the wrong kind: {problem}.")


def _table(directory: Path, manifest: Manifest, name: str) -> bytes:
    content = _read_bytes(directory, name)
    expected = manifest.tables.get(name)
    if expected is not None and hashlib.sha256(content).hexdigest() != expected:
        fail(f"{name} is not the table that manifest.json describes: its sha256 differs.")
    return content


def _optional(directory: Path, manifest: Manifest, name: str) -> bytes | None:
    """Return a table that only some runs leave, None if this one did not."""
    if name in manifest.tables or (directory / name).exists():
        return _table(directory, manifest, name)
    return None


def read_manifest(directory: Path, kind: Kind = Kind.RUN) -> Manifest:
    """Read a manifest of a kind; raise ReportError where it is none or was edited.

    That of a comparison holds its reference's fields, and is read by the same lines.
    """
    if not directory.is_dir():
        fail(f"{directory} is not a directory.")
    return _manifest(directory, kind)


def _thresholds(
    directory: Path, manifest: Manifest, measures: Sequence[str]
) -> tuple[ThresholdEstimate, ...]:
    if not measures:
        return ()
    return read_thresholds(
        _table(directory, manifest, "thresholds.parquet"),
        scored=manifest.scored,
        birth_date=manifest.birth_date_threshold,
        measures=measures,
    )


def read_results(directory: Path, measures: Sequence[str] = ERROR_MEASURES) -> Results:
    """Read manifest.json, estimates.csv and thresholds.parquet of a finished run.

    ``measures`` are those read of thresholds.parquet; without any, it and policies.parquet are
    left alone. Tables of matchers, weights, years, precision and policies are read where the run
    left them.

    Raises ReportError, in one sentence, where a file is missing, malformed or not the one that the
    manifest describes.
    """
    manifest = read_manifest(directory)
    matchers = _optional(directory, manifest, MATCHERS)
    weights = _optional(directory, manifest, WEIGHTS)
    years = _optional(directory, manifest, YEARS)
    precision = _optional(directory, manifest, PRECISION)
    return Results(
        manifest=manifest,
        estimates=read_estimates(_table(directory, manifest, "estimates.csv")),
        thresholds=_thresholds(directory, manifest, measures),
        matchers=() if matchers is None else read_matchers(matchers),
        weights=() if weights is None else read_weights(weights),
        years=() if years is None else read_years(years),
        precision=None if precision is None else read_precision(precision),
        policies=_optional(directory, manifest, POLICIES) if measures else None,
    )
