"""The stored results of an ablation, typed and in words, for figure and command line alike."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.report.stored import fail
from simulator.report.wording import shown, shown_decimals
from simulator.study.ablation_results import (
    ALL_TOGETHER,
    AVOIDED,
    EFFECTS,
    LOST,
    PER_LOST,
    SHAPLEY,
    SPARED,
)
from simulator.study.results import MANIFEST

MEASURES = (SPARED, AVOIDED, LOST)
LABELS = {
    "address_required": "Address required",
    "placeholders_rejected": "Placeholders rejected",
    "detention_facilities_rejected": "Detention facilities rejected",
    "address_check": "Address checked",
    "max_requests_per_address": "Requests per address capped",
    "birth_date_required": "Birth date required",
    "period_required": "Taxable period required",
    "statute_required": "Statute required",
    "reason_required": "Reason required",
    "min_order_age": "Order of some age required",
    "removable_class_required": "Removable class required",
    "wilfulness_evidence_required": "Evidence of wilfulness",
    "officer_required": "Officer named",
    "sole_purpose_required": "Sole purpose attested",
    "court_order": "Court order",
    "batch_cap": "Batch capped",
    "cases_per_officer": "Cases per officer capped",
    "no_transfer": "Transfer enjoined",
    "tin_name_check": "TIN path: name checked",
    "tin_address": "TIN path: address checked",
    "last_four": "Last four digits checked",
    "birth_date_compared": "Birth date compared",
    "itin_accounts_only": "ITIN accounts only",
    "known_status": "Known lawful withheld",
    "max_address_age": "Old addresses withheld",
    "units_required": "Missing units withheld",
    "shared_addresses": "Shared addresses withheld",
    "review": "Manual review",
    "joint_filers_suppressed": "Joint filers suppressed",
    "dependants_suppressed": "Dependants suppressed",
    "unique_only": "Unique match only",
    ALL_TOGETHER: "All of these together",
}
_NUMBERS = ("without", "with", "estimate", "ci_low", "ci_high", "sampling_error")


@dataclass(frozen=True)
class Effect:
    """One number about one guardrail; NaN is "not available", ``note`` says why.

    ``without`` and ``with_`` are what is exposed, disclosed or found per 1,000 requests; the
    estimate is their difference. ``sampling_error`` is that of Shapley values over some orders.
    """

    guardrail: str
    in_scenario: str
    measure: str
    without: float
    with_: float
    estimate: float
    ci_low: float
    ci_high: float
    note: str
    sampling_error: float = 0.0

    @property
    def label(self) -> str:
        """Return the guardrail in words."""
        return LABELS.get(self.guardrail, self.guardrail.replace("_", " "))

    @property
    def words(self) -> str:
        """Return the number with its interval, or in words why there is none."""
        if self.measure == PER_LOST:
            return _ratio_words(self)
        if self.note == "none seen":
            return f"none seen (± {shown(self.ci_high, _digits(0.0, 0.0, self.ci_high))})"
        return _with_interval(self)


def _digits(value: float, low: float, high: float) -> int:
    return shown_decimals(value, low, high)


def _with_interval(effect: Effect) -> str:
    low, high = effect.ci_low, effect.ci_high
    decimals = _digits(effect.estimate, low, high)
    text = _signed(effect.estimate, decimals)
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    return f"{text} ({_signed(low, decimals)} to {_signed(high, decimals)})"


def _signed(value: float, decimals: int) -> str:
    """Return a number with a true minus sign."""
    return shown(value, decimals).replace("-", "−")  # a minus, as it is set


def _ratio_words(effect: Effect) -> str:
    decimals = _digits(effect.estimate, math.nan, math.nan)
    value = shown(effect.estimate, decimals)
    if effect.note == "bounded":
        return _with_interval(effect)
    if effect.note == "at least":
        return f"{value} (at least {shown(effect.ci_low, decimals)})"
    if effect.note == "unbounded":
        return f"{value} (no limits)"
    if effect.note == "one replicate":
        return f"{value} (no interval)"
    return effect.note


@dataclass(frozen=True)
class Ablation:
    """The stored results: effects by guardrail and measure, Shapley values alike, and the run."""

    effects: Mapping[tuple[str, str], Effect]
    shapley: Mapping[tuple[str, str], Effect]
    manifest: Mapping[str, Any]  # Any: JSON

    @property
    def guardrails(self) -> tuple[str, ...]:
        """Every guardrail turned alone, in the order of the table."""
        return tuple(dict.fromkeys(name for name, _ in self.effects))

    def is_on(self, guardrail: str) -> bool:
        """Say whether the scenario has a guardrail on."""
        return self.effects[guardrail, SPARED].in_scenario == "on"


def _number(text: str | None, place: str) -> float:
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        fail(f"{place}: not a number: {text!r}.")


def _rows(directory: Path, name: str) -> dict[tuple[str, str], Effect]:
    found: dict[tuple[str, str], Effect] = {}
    reader = csv.DictReader(io.StringIO((directory / name).read_text(encoding="utf-8")))
    for row in reader:
        place = f"{name}:{reader.line_num}"
        if not {"guardrail", "measure", "estimate", "ci_low", "ci_high", "note"} <= row.keys():
            fail(f"{place}: a column is missing.")
        numbers = {key: _number(row.get(key), place) for key in _NUMBERS}
        numbers["with_"] = numbers.pop("with")
        found[row["guardrail"], row["measure"]] = Effect(
            guardrail=row["guardrail"],
            in_scenario=row.get("in_scenario", ""),
            measure=row["measure"],
            note=row["note"],
            **numbers,
        )
    return found


def read_ablation(directory: Path) -> Ablation:
    """Read the stored results of an ablation.

    Raises ReportError where they are not what they should be, OSError where they cannot be read.
    """
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    if "ablated" not in manifest:
        fail(f"{directory} holds no ablation.")
    return Ablation(_rows(directory, EFFECTS), _rows(directory, SHAPLEY), manifest)
