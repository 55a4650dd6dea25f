"""The stored results of a choice, typed and in words, for figure and command line alike."""

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.report.stored import fail
from simulator.report.wording import ADDRESS_THRESHOLDS, CUTS, group_label, measure_words, shown
from simulator.study.choice_run import CHOICE, HARMS
from simulator.study.results import MANIFEST

CERTIFIED, FAILED = "certified", "failed"
_COSTS = ("found_of_mated", "found_per_1000_requests", "lost_per_1000_requests")
_NUMBERS = (
    "place",
    "limit_over_budget",
    *(f"{cost}{end}" for cost in _COSTS for end in ("", "_low", "_high")),
)
_HARM_NUMBERS = ("budget", "estimate", "upper_limit", "numerator", "replicates_needed")


@dataclass(frozen=True)
class Limited:
    """One harm of one candidate by the certifying replicates, in the measure's unit.

    NaN is "not available"; ``replicates_needed`` is NaN where no number of them would do.
    """

    measure: str
    group: str
    budget: float
    estimate: float
    upper_limit: float
    numerator: float
    replicates_needed: float

    @property
    def name(self) -> str:
        """The measure in words, with its group if it is of one."""
        words = measure_words(self.measure).name
        return words if self.group == "all" else f"{words}: {group_label(self.group)}"

    @property
    def unit(self) -> str:
        """The unit in words, after the number."""
        unit = measure_words(self.measure).unit
        return unit if not unit or unit.startswith("%") else f" {unit}"

    def words(self, value: float) -> str:
        """Return a number of this measure with three digits or its unit's percent."""
        return number_words(value * measure_words(self.measure).factor)


@dataclass(frozen=True)
class Candidate:
    """One policy: where it stands, its status, and what it finds."""

    guardrails: str
    cut: float
    address: str
    status: str
    is_chosen: bool
    is_own: bool
    numbers: Mapping[str, float]
    harms: tuple[Limited, ...]

    @property
    def order(self) -> float:
        """The place in the order of testing, NaN where it was not tested."""
        return self.numbers["place"]


@dataclass(frozen=True)
class Chosen:
    """The stored results: every candidate, and the manifest."""

    candidates: tuple[Candidate, ...]
    manifest: Mapping[str, Any]  # Any: JSON

    @property
    def asked(self) -> Mapping[str, Any]:
        """What was asked for: budgets, confidence, guardrails, parts of the replicates."""
        asked: Mapping[str, Any] = self.manifest["choice"]
        return asked

    @property
    def tested(self) -> tuple[Candidate, ...]:
        """The candidates in the order of testing."""
        some = [one for one in self.candidates if math.isfinite(one.order)]
        return tuple(sorted(some, key=lambda one: one.order))

    @property
    def certified(self) -> tuple[Candidate, ...]:
        """The certified candidates, the one that finds most last."""
        return tuple(one for one in self.tested if one.status == CERTIFIED)

    @property
    def failed(self) -> Candidate | None:
        """The first candidate that failed, None if none did."""
        return next((one for one in self.tested if one.status == FAILED), None)

    @property
    def chosen(self) -> Candidate | None:
        """The certified candidate that finds most."""
        return next((one for one in self.candidates if one.is_chosen), None)

    @property
    def own(self) -> Candidate:
        """The scenario's own policy."""
        return next(one for one in self.candidates if one.is_own)

    def policy_words(self, one: Candidate) -> str:
        """Return the thresholds of a policy, and its guardrails where several sets are searched."""
        rule = str(self.manifest["scenario"]["matching"]["decision_rule"])
        start = CUTS[rule].start
        cut = f"{start[0].lower()}{start[1:]} {one.cut:.2f}"
        where = "" if one.address == "any" and rule != "thresholds" else one.address
        parts = [cut, ADDRESS_THRESHOLDS.get(where, where)]
        if self.asked["every_guardrail"]:
            parts.append(f"guardrails: {one.guardrails.replace('+', ', ')}")
        return ", ".join(part for part in parts if part)


def number_words(value: float) -> str:
    """Return a number with three digits, a dash where it is not available."""
    if not math.isfinite(value):
        return "–"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return shown(value, max(0, min(6, digits)))


def with_range(one: Candidate, name: str, factor: float = 1.0) -> str:
    """Return a number of a candidate with its interval in brackets."""
    value, *ends = (one.numbers[f"{name}{end}"] * factor for end in ("", "_low", "_high"))
    low, high = sorted(ends)
    if not math.isfinite(low):
        return number_words(value)
    decimals = max(0, min(6, 1 - math.floor(math.log10(high - low)))) if high > low else 0
    text = f"{shown(value, decimals)} ({shown(low, decimals)} to {shown(high, decimals)})"
    return text.replace("-", "−")  # a minus, as it is set


def _table(directory: Path, name: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO((directory / name).read_text(encoding="utf-8")))
    return list(reader)


def _number(row: Mapping[str, str], name: str, place: str) -> float:
    text = row.get(name)
    if text is None:
        fail(f"{place}: the column {name} is missing.")
    if text == "":
        return math.nan
    try:
        return float(text)
    except ValueError:
        fail(f"{place}: not a number: {text!r}.")


def _text(row: Mapping[str, str], name: str, place: str) -> str:
    text = row.get(name)
    if text is None:
        fail(f"{place}: the column {name} is missing.")
    return text


def read_choice(directory: Path) -> Chosen:
    """Read the stored results of a choice.

    Raises ReportError where they are not what they should be, OSError where they cannot be read.
    """
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    if "choice" not in manifest:
        fail(f"{directory} holds no choice.")
    axis = str(manifest["choice"]["axis"])
    harms: dict[tuple[str, ...], list[Limited]] = {}
    for line, row in enumerate(_table(directory, HARMS), start=2):
        place = f"{HARMS}:{line}"
        numbers = {name: _number(row, name, place) for name in _HARM_NUMBERS}
        limited = Limited(_text(row, "measure", place), _text(row, "group", place), **numbers)
        harms.setdefault(_key(row, axis, place), []).append(limited)
    candidates = []
    for line, row in enumerate(_table(directory, CHOICE), start=2):
        place = f"{CHOICE}:{line}"
        key = _key(row, axis, place)
        candidates.append(
            Candidate(
                guardrails=key[0],
                cut=_number(row, axis, place),
                address=key[2],
                status=_text(row, "status", place),
                is_chosen=_text(row, "chosen", place) == "yes",
                is_own=_text(row, "own", place) == "yes",
                numbers={name: _number(row, name, place) for name in _NUMBERS},
                harms=tuple(harms.get(key, ())),
            )
        )
    return Chosen(tuple(candidates), manifest)


def _key(row: Mapping[str, str], axis: str, place: str) -> tuple[str, str, str]:
    names = ("guardrails", axis, "address_threshold")
    first, second, third = (_text(row, name, place) for name in names)
    return first, second, third


def budget_words(chosen: Chosen) -> str:
    """Return what was asked for as a part of a sentence."""
    return " and ".join(
        f"at most {one.budget * measure_words(one.measure).factor:g}{one.unit} of "
        f"{_lower(one.name)}"
        for one in chosen.candidates[0].harms
    )


def verdict_lines(chosen: Chosen) -> list[str]:
    """Say in plain sentences what was found, what it costs, and how sure that is."""
    asked = chosen.asked
    sure = f"{100 * asked['confidence']:.4g}% confidence"
    best, failed = chosen.chosen, chosen.failed
    if best is None:
        return _none_lines(chosen, failed, sure)
    lines = [
        (
            f"{len(chosen.certified)} of {asked['candidates']:,} policies keep "
            f"{budget_words(chosen)}, all of them together with {sure}."
        ),
        (
            f"Of these, {chosen.policy_words(best)} finds most: "
            f"{with_range(best, 'found_of_mated', 100.0)} of every 100 people sought who are on "
            f"the roll, {with_range(best, 'found_per_1000_requests')} per 1,000 requests."
        ),
        _against_own(chosen, best),
    ]
    if failed is not None:
        lines.append(
            f"The next, {chosen.policy_words(failed)}, could not be certified: {_why(failed)}."
        )
    return lines


def _against_own(chosen: Chosen, best: Candidate) -> str:
    if best.is_own:
        return "That is the scenario's own policy."
    gained = best.numbers["lost_per_1000_requests"] < 0.0
    more = with_range(best, "lost_per_1000_requests", -1.0 if gained else 1.0)
    what = "more" if gained else "fewer"
    keeps = "keeps the budget too" if chosen.own.status == CERTIFIED else "is not certified"
    return (
        f"Against the scenario's own policy ({chosen.policy_words(chosen.own)}), which {keeps}, "
        f"that is {more} true matches {what} per 1,000 requests."
    )


def _none_lines(chosen: Chosen, failed: Candidate | None, sure: str) -> list[str]:
    asked = chosen.asked
    none = (
        f"None of {asked['candidates']:,} policies can be said to keep {budget_words(chosen)} "
        f"with {sure}."
    )
    if failed is None:
        return [none, "No policy found anybody in the replicates that choose."]
    return [
        none,
        (
            f"The nearest is {chosen.policy_words(failed)}: {_why(failed)}. It finds "
            f"{with_range(failed, 'found_of_mated', 100.0)} of every 100 people sought who are on "
            "the roll."
        ),
        _more_replicates(failed, int(asked["certifying"])),
    ]


def _why(one: Candidate) -> str:
    """Say which budgets a candidate did not keep, with estimate and upper limit."""
    broken = [harm for harm in one.harms if not harm.upper_limit <= harm.budget]
    return "; ".join(
        f"{_lower(harm.name)} may be as many as {harm.words(harm.upper_limit)}{harm.unit} "
        f"({harm.words(harm.estimate)} seen)"
        for harm in broken
    )


def _more_replicates(one: Candidate, certifying: int) -> str:
    broken = [harm for harm in one.harms if not harm.upper_limit <= harm.budget]
    if any(not math.isfinite(harm.replicates_needed) for harm in broken):
        return (
            "More replicates could not change that for this policy unless they showed less harm "
            "than was seen: what was seen is above the budget already."
        )
    needed = max(harm.replicates_needed for harm in broken)
    return (
        f"About {needed:,.0f} certifying replicates in place of {certifying} (some "
        f"{1.5 * needed:,.0f} in all) would let the same harm pass; more harm may show instead."
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
