"""Lay estimates, assumptions and provenance out as rows of text for the page's tables."""

import json
import re
from dataclasses import dataclass
from typing import Any

from simulator.report.results import ALL_GROUPS, Manifest, Results
from simulator.report.stored import Estimate
from simulator.report.wording import (
    CHALLENGED,
    FATES,
    KINDS,
    MEASURES,
    RARE_FATES,
    SELECTIONS,
    group_label,
    measure_words,
    on_roll,
    plain_name,
    show,
    shown,
)
from simulator.scenario.files import FieldDoc, field_documentation

MARKS = {
    "seen": "the source's own text or data was read",
    "recalled": "from knowledge of the named publication, not checked against it",
    "computed": "derived from the figures named",
    "assumption": "no source was found; vary it before relying on a result",
    "choice": "set by whoever writes the scenario",
}
_MARK = re.compile(r"\s*\[(seen|recalled|computed|assumption)\]")
_SETTINGS = "general"


@dataclass(frozen=True)
class EstimateLine:
    """One row of a table of estimates."""

    name: str
    meaning: str
    value: str
    range: str
    unit: str
    numerator: str
    denominator: str


@dataclass(frozen=True)
class EstimateTable:
    """A table of estimates with its heading."""

    heading: str
    lines: tuple[EstimateLine, ...]


@dataclass(frozen=True)
class Assumption:
    """One scenario field as the page shows it; ``changed`` says that it is not the default."""

    path: str
    description: str
    value: str
    unit: str
    source: str
    marks: tuple[str, ...]
    changed: bool


@dataclass(frozen=True)
class AssumptionPart:
    """The fields of one part of the scenario."""

    name: str
    fields: tuple[Assumption, ...]

    @property
    def summary(self) -> str:
        """Say how many fields there are, how many are assumptions, how many were changed."""
        assumed = sum("assumption" in field.marks for field in self.fields)
        changed = sum(field.changed for field in self.fields)
        count = len(self.fields)
        parts = [f"{count} {'field' if count == 1 else 'fields'}"]
        if assumed:
            parts.append(f"{assumed} resting on an assumption")
        if changed:
            parts.append(f"{changed} not at the default")
        return ", ".join(parts)


def _line(results: Results, estimate: Estimate, name: str) -> EstimateLine:
    roll = results.manifest.searched_roll
    words = measure_words(estimate.measure)
    text = show(estimate, words.factor)
    interval = text.range
    if text.none_seen and text.has_interval:
        interval = f"at most {text.high}"
    value = text.value if text.available else "not available"
    return EstimateLine(
        name=on_roll(name, roll),
        meaning=on_roll(words.meaning, roll),
        value="none seen" if text.none_seen else value,
        range=interval or "–",
        unit=words.unit,
        numerator=shown(estimate.numerator, 0),
        denominator=shown(estimate.denominator, 0),
    )


def _whole(results: Results, policy: str) -> tuple[EstimateLine, ...]:
    """List the measures of everybody together, in the order of the vocabulary."""
    known = list(MEASURES)
    rows = [row for row in results.estimates if row.group == ALL_GROUPS and row.policy == policy]
    if policy == results.manifest.selection:
        rows = [results.get(name) for name in dict.fromkeys(row.measure for row in rows)]
    rows.sort(key=lambda row: known.index(row.measure) if row.measure in known else len(known))
    return tuple(_line(results, row, measure_words(row.measure).name) for row in rows)


def _heading(results: Results, selection: str) -> str:
    released = f"Released: {SELECTIONS.get(selection, plain_name(selection))}"
    return on_roll(released, results.manifest.searched_roll)


def main_estimates(results: Results) -> EstimateTable:
    """Return the estimates at the scenario's own selection rule and thresholds."""
    selection = results.manifest.selection
    return EstimateTable(_heading(results, selection), _whole(results, selection))


def other_estimates(results: Results) -> tuple[EstimateTable, ...]:
    """Return the estimates of the other selection rules, then those by group."""
    policies = dict.fromkeys(row.policy for row in results.estimates)
    others = tuple(
        EstimateTable(_heading(results, policy), lines)
        for policy in policies
        if policy != results.manifest.selection and (lines := _whole(results, policy))
    )
    return others + tuple(_by_group(results))


def _by_group(results: Results) -> list[EstimateTable]:
    tables = []
    for measure in dict.fromkeys(row.measure for row in results.estimates):
        lines = tuple(
            _line(results, results.get(measure, group), f"{heading}: {group_label(group)}")
            for kind, heading in KINDS.items()
            for group in results.groups(measure, kind)
            if results.find(measure, group) is not None
        )
        if lines:
            tables.append(EstimateTable(f"{measure_words(measure).name}, by group", lines))
    return tables


_FATE_COLOURS = {
    "fate_found": "found",
    "fate_found_with_others": "mixed",
    "fate_wrong_person": "wrong",
    "fate_nobody": "nobody",
    "fate_not_unique": "not-unique",
    "fate_withheld": "withheld",
    "fate_rejected": "rejected",
    "fate_unanswered": "unanswered",
}


def fates_seen(results: Results) -> tuple[str, ...]:
    """Return the fates to show: of those that only some scenarios know, the ones that occurred."""
    return tuple(
        measure
        for measure in FATES
        if measure not in RARE_FATES
        or ((found := results.find(measure)) is not None and found.numerator > 0)
    )


def fate_lines(results: Results) -> list[tuple[EstimateLine, float, str]]:
    """Return where requests end: a line, its share of all, and the name of its colour."""
    lines = []
    for measure in fates_seen(results):
        estimate = results.get(measure)
        line = _line(results, estimate, measure_words(measure).name)
        share = estimate.estimate if estimate.available else 0.0
        lines.append((line, share, _FATE_COLOURS[measure]))
    return lines


@dataclass(frozen=True)
class ErrorCard:
    """One kind of error: its heading, its number, and what it is in a sentence."""

    heading: str
    line: EstimateLine
    meaning: str

    @property
    def number(self) -> str:
        """Return the number as the card shows it, in percent where there is one."""
        said = self.line.value in ("none seen", "not available")
        return self.line.value.capitalize() if said else f"{self.line.value}%"

    @property
    def range(self) -> str:
        """Return its interval alike."""
        return self.line.range if self.line.range == "–" else f"{self.line.range}%"


_ERRORS = (
    (
        "false_discovery_rate",
        "Wrong person",
        "The account of somebody other than the person requested was released: a false match.",
    ),
    (
        "deficient_disclosure_rate",
        "Deficient request",
        (
            "The request carried no valid name and address, so nothing should have been released "
            "for it, whoever it matched."
        ),
    ),
    (
        "false_negative_identification_rate",
        "Missed match",
        "The person requested has an account, and it was not released.",
    ),
)


def error_cards(results: Results) -> list[ErrorCard]:
    """Return the kinds of error, which are never added up.

    Deficient requests are about disclosures: they are left out where people are flagged.
    """
    roll = results.manifest.searched_roll
    return [
        ErrorCard(
            heading,
            _line(results, results.get(measure), measure_words(measure).name),
            on_roll(meaning, roll),
        )
        for measure, heading, meaning in _ERRORS
        if roll not in CHALLENGED or measure != "deficient_disclosure_rate"
    ]


def value_text(value: Any) -> str:  # Any: JSON
    """Return a scenario's value as a reader would write it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, dict):
        return "; ".join(f"{plain_name(str(k))} {value_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(value_text(item) for item in value) if value else "(empty rule)"
    return str(value)


def _assumption(field: FieldDoc, manifest: Manifest) -> Assumption:
    stored = manifest.has_scenario_value(field.path)
    value = manifest.scenario_value(field.path) if stored else None
    marks = tuple(dict.fromkeys(_MARK.findall(field.source))) or ("choice",)
    text = str(value) if field.path == "seed" else value_text(value)
    if not stored:
        text = "not in this scenario"
    return Assumption(
        path=field.path,
        description=field.description,
        value=text,
        unit=field.unit,
        # The marks stay in the text: where there are several, each belongs to its own figure.
        source=field.source if _MARK.sub("", field.source).strip(" ;-") else "no source",
        marks=marks,
        changed=stored and value != field.default,
    )


def assumption_parts(manifest: Manifest) -> list[AssumptionPart]:
    """Return every field of the scenario with value, unit, source and mark, by part.

    Texts that only name the scenario are left out: they decide nothing. A field that the stored
    scenario lacks, because an earlier version wrote it, is said to be lacking.
    """
    parts: dict[str, list[Assumption]] = {}
    for field in field_documentation():
        if field.path in ("title", "question", "description"):
            continue
        part = field.path.split(".")[0] if "." in field.path else _SETTINGS
        parts.setdefault(part, []).append(_assumption(field, manifest))
    return [AssumptionPart(plain_name(name), tuple(fields)) for name, fields in parts.items()]


def scenario_file(manifest: Manifest) -> str:
    """Return the whole scenario as a file that a run accepts (JSON is YAML)."""
    return json.dumps(manifest.scenario, indent=2, ensure_ascii=False)
