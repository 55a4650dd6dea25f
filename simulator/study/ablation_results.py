"""What an ablation leaves: tidy tables of effects, Shapley values and subsets, and a manifest.

Every effect is what a guardrail does where it stands against where it does not: residents spared,
wrong persons avoided, true matches lost. The same input gives the same bytes.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.disclosure.guardrails import Guardrail
from simulator.measures.ablation import (
    paired_changes,
    sampling_error,
    shapley,
    shapley_of_orders,
    spared_per_lost,
)
from simulator.measures.estimates import Estimates
from simulator.randomness import FloatArray
from simulator.scenario.schema import Scenario, Selection
from simulator.study.ablation_plan import Plan, name_of, positions
from simulator.study.kind import Kind
from simulator.study.relaxed import Ablated, Counted
from simulator.study.results import rounded, write_manifest

EFFECTS, SHAPLEY, SUBSETS = "ablation.csv", "shapley.csv", "subsets.csv"
SPARED = "residents_spared_per_1000_requests"
AVOIDED = "wrong_person_lawful_avoided_per_1000_requests"
LOST = "true_matches_lost_per_1000_requests"
PER_LOST = "residents_spared_per_true_match_lost"
ALL_TOGETHER = "all together"
NONE_STANDS = "none"
_EFFECTS = {Counted.EXPOSED: SPARED, Counted.WRONG_LAWFUL: AVOIDED, Counted.INTENDED: LOST}
_LEVELS = {
    Counted.EXPOSED: "over_disclosed_residents_per_1000_requests",
    Counted.WRONG_LAWFUL: "disclosures_wrong_person_lawful_per_1000_requests",
    Counted.INTENDED: "disclosures_intended_per_1000_requests",
}
_SCALE = 1000.0
_REARRANGING = (Guardrail.BATCH_CAP, Guardrail.CASES_PER_OFFICER, Guardrail.UNIQUE_ONLY)
"""Guardrails beside which stopping one request or link may let another through."""
Row = dict[str, Any]  # Any: text or number, as a cell holds them


class _Seen:
    """The counts of all replicates by set of guardrails."""

    def __init__(self, scenario: Scenario, plan: Plan, replicates: Sequence[Ablated]) -> None:
        self._sets = plan.sets()
        self.counts = np.stack([one.counts for one in replicates])
        self.requests = np.array([one.requests for one in replicates], dtype=np.float64)
        self.confidence = scenario.confidence
        self._chooses = scenario.matching.selection in (Selection.BEST, Selection.TOP)
        self._clumps = np.ones(len(Counted))
        self._clumps[Counted.EXPOSED] = self._exposed_together()

    def _exposed_together(self) -> float:
        """Return how many residents one release exposes, under the set that exposes most."""
        totals = self.counts.sum(axis=0)
        most = totals[np.argmax(totals[:, Counted.EXPOSED])]
        released = most[Counted.WRONG_LAWFUL] + most[Counted.INTENDED]
        return float(max(1.0, most[Counted.EXPOSED] / max(1.0, released)))

    def only_takes_away(self, others: int) -> bool:
        """Say whether a guardrail can only take away from what stands beside ``others``."""
        return not self._chooses and not any(others >> rail & 1 for rail in _REARRANGING)

    def under(self, asked: Sequence[int]) -> FloatArray:
        """Return counts, shape (replicates, sets asked, Counted)."""
        return np.asarray(self.counts[:, positions(self._sets, asked)])

    def per_request(self, counts: FloatArray, *, one_way: bool = True) -> Estimates:
        """Estimate counts or differences of shape (replicates, Counted) per 1,000 requests.

        ``one_way`` says whether they can have one sign only.
        """
        return paired_changes(
            counts,
            self.requests,
            confidence=self.confidence,
            scale=_SCALE,
            one_way=one_way,
            clumps=self._clumps,
        )


def _cells(found: Estimates, row: int) -> Row:
    note = ""
    if found.numerator[row] == 0.0 and found.estimate[row] == 0.0 and found.std_error[row] == 0.0:
        note = "none seen"
    elif not np.isfinite(found.ci_low[row]):
        note = "one replicate"
    return {
        "estimate": found.estimate[row],
        "std_error": found.std_error[row],
        "ci_low": found.ci_low[row],
        "ci_high": found.ci_high[row],
        "numerator": found.numerator[row],
        "denominator": found.denominator[row],
        "replicates": found.replicates,
        "note": note,
    }


def _rows_of(guardrail: Guardrail, plan: Plan, seen: _Seen) -> list[Row]:
    """Return the rows of one guardrail: three differences, and the ratio of two of them."""
    bit = 1 << guardrail
    both = seen.under([plan.own & ~bit, plan.own | bit])
    without, with_it = (seen.per_request(both[:, side]).estimate for side in (0, 1))
    effect = both[:, 0] - both[:, 1]
    one_way = seen.only_takes_away(plan.own & ~bit)
    estimates = seen.per_request(effect, one_way=one_way)
    start = {"guardrail": name_of(guardrail), "in_scenario": "on" if plan.own & bit else "off"}
    rows = [
        {
            **start,
            "measure": _EFFECTS[counted],
            "without": without[counted],
            "with": with_it[counted],
            **_cells(estimates, counted),
        }
        for counted in Counted
    ]
    return [*rows, {**start, **_ratio_cells(effect, seen, one_way=one_way)}]


def _ratio_cells(effect: FloatArray, seen: _Seen, *, one_way: bool) -> Row:
    """Return residents spared per true match lost as a row has it."""
    ratio = spared_per_lost(
        effect[:, Counted.EXPOSED],
        effect[:, Counted.INTENDED],
        confidence=seen.confidence,
        one_way=one_way,
    )
    return {
        "measure": PER_LOST,
        "without": math.nan,
        "with": math.nan,
        "estimate": ratio.estimate,
        "std_error": math.nan,
        "ci_low": ratio.ci_low,
        "ci_high": ratio.ci_high,
        "numerator": ratio.spared,
        "denominator": ratio.lost,
        "replicates": len(seen.requests),
        "note": str(ratio.known),
    }


def effects_table(scenario: Scenario, plan: Plan, replicates: Sequence[Ablated]) -> pd.DataFrame:
    """Return what each guardrail does alone, beside the others as the scenario has them."""
    seen = _Seen(scenario, plan, replicates)
    return pd.DataFrame([row for rail in plan.guardrails for row in _rows_of(rail, plan, seen)])


def shapley_table(scenario: Scenario, plan: Plan, replicates: Sequence[Ablated]) -> pd.DataFrame:
    """Return what each of the players does on average over all orders, and all do together.

    ``sampling_error`` is the standard error that comes from some orders instead of all, 0 where
    every order counts; the interval is over replicates and leaves it out.
    """
    seen = _Seen(scenario, plan, replicates)
    worth, error = _worth(plan, seen)
    every = plan.with_players((1 << len(plan.players)) - 1)
    ends = seen.under([plan.with_players(0), every])
    names = [*(name_of(player) for player in plan.players), ALL_TOGETHER]
    changed = np.concatenate([worth, (ends[:, 0] - ends[:, 1])[:, None]], axis=1)
    one_way, rows = seen.only_takes_away(every), list[Row]()
    for number, name in enumerate(names):
        estimates = seen.per_request(changed[:, number], one_way=one_way)
        rows += [
            {
                "guardrail": name,
                "measure": _EFFECTS[counted],
                **_cells(estimates, counted),
                "sampling_error": error[number, counted],
                "orders": len(plan.orders) or "all",
            }
            for counted in Counted
        ]
    return pd.DataFrame(rows)


def _worth(plan: Plan, seen: _Seen) -> tuple[FloatArray, FloatArray]:
    """Return worths (replicates, players, Counted) and their errors from taking some orders.

    The errors are per 1,000 requests, shape (players + 1, Counted), the last of all together.
    """
    error = np.zeros((len(plan.players) + 1, len(Counted)))
    if not plan.orders:
        values = np.moveaxis(seen.under(plan.subsets()), 1, 0)
        return np.moveaxis(-shapley(values), 0, 1), error
    met = np.stack([seen.under(plan.along(order)) for order in plan.orders])
    values = np.moveaxis(met, 2, 1)  # (orders, k + 1, replicates, Counted)
    worth, by_order = shapley_of_orders(-values, plan.orders)
    total = by_order.sum(axis=2) * (_SCALE / seen.requests.sum())
    error[:-1] = sampling_error(total)
    return np.moveaxis(worth, 0, 1), error


def subsets_table(scenario: Scenario, plan: Plan, replicates: Sequence[Ablated]) -> pd.DataFrame:
    """Return the outcome under every subset of the players, the others as in the scenario."""
    seen = _Seen(scenario, plan, replicates)
    rows: list[Row] = []
    counts = seen.under(plan.subsets())
    for subset in range(1 << len(plan.players)):
        names = [name_of(one) for at, one in enumerate(plan.players) if subset >> at & 1]
        estimates = seen.per_request(counts[:, subset])
        rows += [
            {
                "guardrails": "+".join(names) or NONE_STANDS,
                "standing": len(names),
                "measure": _LEVELS[counted],
                **_cells(estimates, counted),
            }
            for counted in Counted
        ]
    return pd.DataFrame(rows)


def _cell(value: object) -> object:
    if not isinstance(value, float):
        return value
    short = rounded(value)
    if short == math.inf:
        return "inf"
    if not np.isfinite(short):
        return ""
    return int(short) if short == int(short) and abs(short) < 2.0**53 else repr(short)


def _csv(table: pd.DataFrame) -> bytes:
    cells = {name: [_cell(value) for value in table[name].tolist()] for name in table.columns}
    return pd.DataFrame(cells).to_csv(index=False, lineterminator="\n").encode("utf-8")


def write_ablation(
    scenario: Scenario, plan: Plan, replicates: Sequence[Ablated], directory: Path
) -> None:
    """Write every table and the manifest into an existing folder.

    The table of subsets is left out where Shapley values are averaged over some orders.
    """
    tables = {
        EFFECTS: _csv(effects_table(scenario, plan, replicates)),
        SHAPLEY: _csv(shapley_table(scenario, plan, replicates)),
    }
    if not plan.orders:
        tables[SUBSETS] = _csv(subsets_table(scenario, plan, replicates))
    for name, content in tables.items():
        (directory / name).write_bytes(content)
    write_manifest(
        Kind.ABLATION,
        scenario,
        tables,
        directory,
        replicates=len(replicates),
        ablated={
            "on_in_scenario": [name_of(one) for one in plan.guardrails if plan.own >> one & 1],
            "shapley": [name_of(player) for player in plan.players],
            "orders": len(plan.orders) or "all",
        },
        setting={
            "people": scenario.population.size,
            "requests": sum(one.requests for one in replicates) / len(replicates),
        },
    )
