"""What a scaling leaves: links by size and part, the laws fitted to them, and what they foretell.

Rates are wrong-person links per 1,000 requests on the list, heard or not. The same input gives the
same bytes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.measures.estimates import ratio_estimates
from simulator.measures.scaling import (
    LAWS,
    REACH,
    links_by_law,
    national_reach,
    open_parts,
    summed,
)
from simulator.measures.scaling_laws import (
    Law,
    Observed,
    Predicted,
    closed_law,
    fitted_law,
    total,
)
from simulator.measures.scaling_powers import UNTOLD, departure, free_power
from simulator.measures.theory import SAME_FULL_NAME, expectations
from simulator.randomness import FloatArray
from simulator.records import BoolArray
from simulator.scenario.schema import AddressThreshold, DecisionRule, Scenario
from simulator.study.kind import Kind
from simulator.study.results import rounded, write_manifest
from simulator.study.scaled_worlds import WorldCounts
from simulator.study.scaling_plan import Cell, Plan, sized

SCALING, LAW, EXTRAPOLATION = "scaling.csv", "laws.csv", "extrapolation.csv"
TOTAL, COINCIDENCE = "total", "coincidence"
LINEAR, FREE_POWER = "law", "free power"
NATION, CHECK, FIT = "nation", "check", "fit"
CLOSED = "closed to the rule"
PER = 1000.0
Row = dict[str, Any]  # Any: text or number, as a cell holds them


@dataclass(frozen=True)
class Scaled:
    """The worlds of a plan: by replicate and cell, and those of the check apart."""

    cells: tuple[Cell, ...]
    worlds: tuple[tuple[WorldCounts, ...], ...]
    check: tuple[WorldCounts, ...]


class _Seen:
    """The counts of all worlds as arrays, and the laws fitted to them."""

    def __init__(self, scenario: Scenario, plan: Plan, scaled: Scaled) -> None:
        self.scenario, self.plan, self.cells = scenario, plan, scaled.cells
        self.is_open = open_parts(scenario.matching)
        self.requests, self.links, self.reach = _arrays(scaled.worlds, self.is_open)
        check = tuple((world,) for world in scaled.check)
        self.has_check = bool(check)
        if check:
            self.check_requests, self.check_links, self.check_reach = _arrays(check, self.is_open)
        self.summed = summed(self.is_open)
        self.observed = {name: self._observed(name) for name in LAWS}
        self.laws = {name: self._law(name) for name in LAWS}

    def _observed(self, name: str) -> Observed:
        return Observed(
            links=self.links[name],
            requests=self.requests,
            reach=self.reach[..., REACH[name]],
            people=np.array([float(cell.people) for cell in self.cells]),
            density=np.array([cell.density for cell in self.cells]),
        )

    def _law(self, name: str) -> Law:
        confidence = self.scenario.confidence
        if not self.is_open[REACH[name]]:
            return closed_law(self.observed[name], confidence)
        return fitted_law(self.observed[name], grows=name != "household", confidence=confidence)


def _arrays(
    worlds: tuple[tuple[WorldCounts, ...], ...], is_open: BoolArray
) -> tuple[FloatArray, dict[str, FloatArray], FloatArray]:
    """Return requests, links by law, and reach, all by replicate and cell."""
    requests = np.array([[float(world.requests) for world in row] for row in worlds])
    wrong = np.array([[world.wrong for world in row] for row in worlds])
    reach = np.array([[world.reach for world in row] for row in worlds])
    links = links_by_law(wrong, is_open)
    links[TOTAL] = wrong.sum(axis=-1)
    return requests, links, reach


def _rate_row(name: str, links: FloatArray, requests: FloatArray, confidence: float) -> Row:
    """Estimate links per 1,000 requests of worlds of one size, shape (replicates,)."""
    found = ratio_estimates(
        links[:, None],
        requests[:, None],
        confidence=confidence,
        scale=PER,
        proportion=False,
        independent_units=float(requests.sum()),
    )
    return {
        "part": name,
        "wrong_links_per_replicate": links.mean(),
        "estimate": found.estimate[0],
        "std_error": found.std_error[0],
        "ci_low": found.ci_low[0],
        "ci_high": found.ci_high[0],
        "numerator": found.numerator[0],
        "denominator": found.denominator[0],
        "replicates": found.replicates,
    }


def _closed_form(scenario: Scenario, cell: Cell) -> float:
    """Return the pairs of the same full name by chance per 1,000 requests, NaN with addresses."""
    part = scenario.matching
    by_name = part.decision_rule == DecisionRule.THRESHOLDS and part.name_address_path
    if not by_name or part.address_threshold != AddressThreshold.ANY:
        return math.nan
    found = {one.name: one.value for one in expectations(sized(scenario, cell))}
    return PER * found[SAME_FULL_NAME] / cell.requests


def _cell_rows(
    role: str,
    cell: Cell,
    requests: FloatArray,
    links: dict[str, FloatArray],
    reach: FloatArray,
    seen: _Seen,
) -> Iterator[Row]:
    """Yield the rows of worlds of one size; arrays are by replicate."""
    size = float(requests.sum())
    laws = {
        name: seen.laws[name].predict(float(reach[:, REACH[name]].mean()), size) for name in LAWS
    }
    laws[TOTAL] = total([laws[name] for name in seen.summed])
    for name in (*LAWS, TOTAL):
        yield {
            "role": role,
            "people": cell.people,
            "density": cell.density,
            "requests": requests.mean(),
            "reach": reach[:, REACH[name]].mean() if name in REACH else math.nan,
            **_rate_row(name, links[name], requests, seen.scenario.confidence),
            "law": laws[name].rate * PER,
            "law_low": laws[name].ci_low * PER,
            "law_high": laws[name].ci_high * PER,
            "closed_form": _closed_form(seen.scenario, cell) if name == COINCIDENCE else math.nan,
            "in_total": _added(name, seen),
        }


def _added(name: str, seen: _Seen) -> str:
    """Say whether a part is added to the total, nothing of the total itself."""
    return "" if name == TOTAL else _yes(name in seen.summed)


def _yes(value: bool) -> str:  # a word for a cell, nothing to name
    return "yes" if value else "no"


def scaling_table(seen: _Seen) -> pd.DataFrame:
    """Return links by size and part, those of the check last."""
    rows: list[Row] = []
    for number, cell in enumerate(seen.cells):
        links = {name: values[:, number] for name, values in seen.links.items()}
        rows += _cell_rows(FIT, cell, seen.requests[:, number], links, seen.reach[:, number], seen)
    check = seen.plan.check_cell()
    if check is not None and seen.has_check:
        links = {name: values[:, 0] for name, values in seen.check_links.items()}
        rows += _cell_rows(
            CHECK, check, seen.check_requests[:, 0], links, seen.check_reach[:, 0], seen
        )
    return pd.DataFrame(rows)


def _claimed(name: str, seen: _Seen) -> FloatArray:
    """Return what the law claims of the rate, up to a factor: in proportion, or as fitted."""
    reach, law = seen.observed[name].reach, seen.laws[name]
    if name == COINCIDENCE:
        return reach
    return np.asarray(np.vectorize(law.rate, otypes=[np.float64])(reach))


def law_table(seen: _Seen) -> pd.DataFrame:
    """Return the law of every part and how it fares against free powers, a row each."""
    rows: list[Row] = []
    for name in LAWS:
        law, observed = seen.laws[name], seen.observed[name]
        confidence = seen.scenario.confidence
        away = UNTOLD if law.is_closed else departure(observed, _claimed(name, seen), confidence)
        unit = 1.0 if name in ("household", "building") else 1_000_000.0
        rows.append(
            {
                "part": name,
                "in_total": _yes(name in seen.summed),
                "events": law.events,
                "constant_per_1000": law.constant * PER,
                "slope_per_1000": law.slope * PER * unit,
                "slope_is_per": {"household": "", "building": "whole building"}.get(
                    name, "million people"
                ),
                **_free_ends(law, unit),
                "power_of_people_beyond_law": away.people,
                "power_of_people_low": away.people_low,
                "power_of_people_high": away.people_high,
                "power_of_density": away.density,
                "power_of_density_low": away.density_low,
                "power_of_density_high": away.density_high,
                "lack_of_fit_p": away.p_value,
                "degrees_of_freedom": max(law.replicates - 1, 0),
                "note": _note(law),
            }
        )
    return pd.DataFrame(rows)


def _free_ends(law: Law, unit: float) -> Row:
    """Return the intervals of constant and slope without the bound at 0, NaN where not fitted."""
    names = ("constant_low", "constant_high", "slope_low", "slope_high")
    if law.is_closed or law.as_constant is not None:
        found = law.as_constant
        ends = (math.nan,) * 2 if found is None else (found.ci_low[0] * PER, found.ci_high[0] * PER)
        return dict(zip(names, (*ends, math.nan, math.nan), strict=True))
    errors = law.student() * np.sqrt(np.diag(law.covariance))
    scales = (PER, PER * unit)
    spans = [
        ((law.free[i] - errors[i]) * scale, (law.free[i] + errors[i]) * scale)
        for i, scale in enumerate(scales)
    ]
    return dict(zip(names, (*spans[0], *spans[1]), strict=True))


def _note(law: Law) -> str:
    if law.is_closed:
        return CLOSED
    if law.events == 0.0:
        return "none seen"
    if law.is_few:
        return "few seen: constant and slope not told apart"
    return "" if law.replicates > 1 else "one replicate"


def _row(found: Predicted, requests: float) -> Row:
    return {
        "estimate": found.rate * PER,
        "ci_low": found.ci_low * PER,
        "ci_high": found.ci_high * PER,
        "pi_low": found.pi_low * PER,
        "pi_high": found.pi_high * PER,
        "wrong_links": found.rate * requests,
        "wrong_links_low": found.pi_low * requests,
        "wrong_links_high": found.pi_high * requests,
    }


def _foretold(
    seen: _Seen, target: str, cell: tuple[int, float], reach: FloatArray, pooled: float
) -> Iterator[Row]:
    """Yield what laws foretell at a size; ``pooled`` requests average out what one list varies."""
    people, requests = cell
    parts = {name: seen.laws[name].predict(float(reach[REACH[name]]), pooled) for name in LAWS}
    parts[TOTAL] = total([parts[name] for name in seen.summed])
    head = {"target": target, "people": people, "requests": requests}
    for name, found in parts.items():
        in_total = _added(name, seen)
        yield {**head, "model": LINEAR, "part": name, "in_total": in_total, **_row(found, requests)}
    power = (
        free_power(seen.observed[COINCIDENCE], seen.scenario.confidence)
        if COINCIDENCE in seen.summed
        else None
    )
    if power is not None:
        found = Predicted(*power.expected(float(reach[REACH[COINCIDENCE]])), math.nan, math.nan)
        head |= {"model": FREE_POWER, "part": COINCIDENCE, "in_total": "no"}
        yield {**head, **_row(found, requests)}


def extrapolation_table(seen: _Seen) -> pd.DataFrame:
    """Return what the laws foretell of the nation, and of the check beside what was seen there."""
    plan = seen.plan
    nation = national_reach(float(plan.people), seen.scenario.population.group_quarters).values
    size = (plan.people, float(plan.requests))
    rows = list(_foretold(seen, NATION, size, nation, size[1]))
    cell = plan.check_cell()
    if cell is not None and seen.has_check:
        requests = float(seen.check_requests.mean())
        reach = seen.check_reach[:, 0].mean(axis=0)
        pooled = float(seen.check_requests.sum())
        for row in _foretold(seen, CHECK, (cell.people, requests), reach, pooled):
            links = seen.check_links[row["part"]][:, 0]
            found = _rate_row("", links, seen.check_requests[:, 0], seen.scenario.confidence)
            held = row["pi_low"] <= found["estimate"] <= row["pi_high"]
            row |= {f"observed_{end}": found[end] for end in ("estimate", "ci_low", "ci_high")}
            row["held"] = _yes(held) if row["model"] == LINEAR else ""
            rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    further = ["observed_estimate", "observed_ci_low", "observed_ci_high", "held"]
    columns += [name for name in further if name not in columns]
    return pd.DataFrame(rows, columns=columns)


def write_scaling(scenario: Scenario, plan: Plan, scaled: Scaled, directory: Path) -> None:
    """Write the tables and the manifest into an existing folder; the same input, the same bytes."""
    seen = _Seen(scenario, plan, scaled)
    tables = {
        SCALING: scaling_table(seen),
        LAW: law_table(seen),
        EXTRAPOLATION: extrapolation_table(seen),
    }
    for name, table in tables.items():
        floats = table.select_dtypes("float").columns
        short = table.assign(**{at: [rounded(value) for value in table[at]] for at in floats})
        content = short.to_csv(index=False, lineterminator="\n").encode("utf-8")
        (directory / name).write_bytes(content)
    write_manifest(
        Kind.SCALING,
        scenario,
        tables,
        directory,
        replicates=plan.replicates,
        scaling=plan.as_json(),
    )
