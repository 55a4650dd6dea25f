"""Choose thresholds from budgets of harm, from the stored counts of a finished run.

Candidates are the policies of ``policies.parquet``: every threshold of names (or score) and of
addresses under the scenario's own guardrails or, if asked, under every set of those that the run
counted. ``measures.choice`` certifies them; what they cost in true matches is told beside it, on
the same certifying replicates.
"""

import hashlib
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.measures.ablation import paired_changes
from simulator.measures.choice import (
    Certificates,
    Harm,
    Status,
    TooFewReplicatesError,
    certify,
    choosing_replicates,
    replicates_to_pass,
)
from simulator.measures.estimates import Estimates, ratio_estimates
from simulator.measures.explored import (
    ALL,
    Policy,
    PolicyCounts,
    at_once,
    every_policy,
    measures,
    own_policy,
    policy_counts,
    ratios,
)
from simulator.measures.quantities import Quantity
from simulator.measures.rates import Measure
from simulator.scenario.problems import quoted, suggestion
from simulator.study.results import MANIFEST

POLICIES = "policies.parquet"
NO_GUARDRAIL = "none"
BENEFITS = ("recall", "precision", "yield", "fate_found", "disclosures_intended_per_1000_requests")
"""Measures of which more is better: no harm that a budget could bound from above."""
Row = dict[str, Any]  # Any: text or number, as a cell holds them
_BUDGET = re.compile(r"\s*(?P<measure>\w+)\s*(\[\s*(?P<group>[^\]]+?)\s*\])?\s*=(?P<limit>[^=]*)")


class ChoiceError(Exception):
    """Nothing can be chosen from what was given; the message is one sentence."""


@dataclass(frozen=True)
class Budget:
    """At most ``limit`` of a measure, in its own unit, for everybody or one group."""

    measure: str
    group: str
    limit: float

    @property
    def name(self) -> str:
        """The measure with its group, as the command line takes it."""
        return self.measure if self.group == ALL else f"{self.measure}[{self.group}]"


@dataclass(frozen=True)
class Stored:
    """The counts of a run at every candidate, and what its manifest says."""

    manifest: Mapping[str, Any]  # Any: JSON
    counts: PolicyCounts

    @property
    def own(self) -> int:
        """The candidate at which the scenario itself stands."""
        own = own_policy(self.manifest["explored"])
        return self.counts.policies.index(own)

    @property
    def guardrails(self) -> list[str]:
        """The guardrails that can be turned, in the order of the bits of a set."""
        return [str(name) for name in self.manifest["explored"]["guardrails"]]

    def standing(self, policy: Policy) -> str:
        """Return the guardrails of a policy that stand of those that can be turned."""
        names = [name for at, name in enumerate(self.guardrails) if policy.guardrails >> at & 1]
        return "+".join(names) or NO_GUARDRAIL


@dataclass(frozen=True)
class Choice:
    """What came of choosing: budgets, certificates, and the counts that they rest on."""

    stored: Stored
    budgets: tuple[Budget, ...]
    confidence: float
    every_guardrail: bool
    scales: tuple[float, ...]
    harms: tuple[Harm, ...]
    certificates: Certificates

    @property
    def chosen(self) -> int | None:
        """The certified candidate that finds most, None if none is certified."""
        certified = self.certificates.certified
        return certified[-1] if certified else None

    @property
    def nearest(self) -> int | None:
        """Where nothing is certified the safest candidate, which failed; None if there is none."""
        return None if self.certificates.certified else self.certificates.failed


def budget_from(text: str) -> Budget:
    """Read ``MEASURE=LIMIT`` or ``MEASURE[GROUP]=LIMIT``; raise ChoiceError where it is neither."""
    found = re.fullmatch(_BUDGET, text) or re.fullmatch(_BUDGET, text.replace(" ", ""))
    if found is None:
        raise ChoiceError(
            f"{quoted(text)} is no budget; give MEASURE=NUMBER, such as "
            "over_disclosed_residents_direct_per_1000_requests=1, or MEASURE[GROUP]=NUMBER"
        )
    known = [measure.name for measure in measures()]
    name, group = found["measure"], found["group"] or ALL
    if name not in known:
        hint = suggestion(name, known) or f"; allowed: {', '.join(known)}"
        raise ChoiceError(f"there is no measure {quoted(name)} at every policy{hint}")
    if name in BENEFITS:
        raise ChoiceError(f"{name} is no harm: more of it is better; a budget bounds a harm")
    try:
        limit = float(found["limit"])
    except ValueError:
        limit = math.nan
    if not (math.isfinite(limit) and limit > 0.0):
        given = quoted(found["limit"].strip())
        raise ChoiceError(f"the budget of {name} must be a number above 0; got {given}")
    return Budget(name, group, limit)


def read_stored(directory: Path, *, every_guardrail: bool) -> Stored:
    """Read the candidates of a finished run; raise ChoiceError where it holds none."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        content = (directory / POLICIES).read_bytes()
    except (OSError, ValueError) as error:
        raise ChoiceError(
            f"{directory} holds no {POLICIES} with a manifest; run its scenario (again)"
        ) from error
    if not isinstance(manifest, dict) or "explored" not in manifest:
        raise ChoiceError(f"{directory} does not say which policies it counted; run it again")
    if hashlib.sha256(content).hexdigest() != manifest["tables"].get(POLICIES):
        raise ChoiceError(f"{directory}: {POLICIES} is not the table that its manifest describes")
    explored = manifest["explored"]
    own = int(explored["own"])
    some = [one for one in every_policy(explored) if every_guardrail or one.guardrails == own]
    table = pd.read_parquet(io.BytesIO(content))
    return Stored(manifest, policy_counts(table, explored, some))


def _harm(budget: Budget, counts: PolicyCounts) -> tuple[Measure, Harm]:
    """Return what a budget limits; raise ChoiceError where its group is not counted."""
    groups = []
    for measure, group, events, against in ratios(counts):
        if measure.name != budget.measure:
            continue
        groups.append(group)
        if group == budget.group:
            limit = budget.limit / measure.scale
            clump = at_once(measure, counts)
            return measure, Harm(events, np.asarray(against), limit, measure.proportion, clump)
    raise ChoiceError(
        f"{budget.measure} is not counted for the group {quoted(budget.group)} at every policy; "
        f"allowed: {', '.join(groups)}"
    )


def choose(
    stored: Stored, budgets: Sequence[Budget], confidence: float, *, every_guardrail: bool
) -> Choice:
    """Certify the candidates of a run against budgets that must all hold.

    Raises ChoiceError where a group is not counted, there are too few replicates, or no budget.
    """
    if not budgets:
        raise ChoiceError("give at least one budget with --at-most")
    limited = [_harm(budget, stored.counts) for budget in budgets]
    found = stored.counts.of[Quantity.FOUND_MATED]
    pilot = int(stored.manifest.get("decided_by", {}).get("pilot", 0))
    try:
        choosing = choosing_replicates(found.shape[0], at_least=pilot)
    except TooFewReplicatesError as error:
        raise ChoiceError(str(error)) from error
    harms = tuple(harm for _, harm in limited)
    return Choice(
        stored,
        tuple(budgets),
        confidence,
        every_guardrail,
        tuple(measure.scale for measure, _ in limited),
        harms,
        certify(harms, found, choosing=choosing, confidence=confidence),
    )


def _interval(name: str, found: Estimates, at: int) -> Row:
    return {
        name: found.estimate[at],
        f"{name}_low": found.ci_low[at],
        f"{name}_high": found.ci_high[at],
    }


def _policy_cells(choice: Choice, at: int) -> Row:
    stored, policy = choice.stored, choice.stored.counts.policies[at]
    return {
        "guardrails": stored.standing(policy),
        str(stored.manifest["explored"]["axis"]): policy.cut,
        "address_threshold": policy.address,
        "status": str(choice.certificates.status[at]),
    }


def candidate_table(choice: Choice) -> pd.DataFrame:
    """Return a row per candidate: its status, how near the budgets it is and what it finds.

    ``place`` is its place in the order of testing. ``foreseen_over_budget`` is the largest upper
    limit over its budget by the choosing replicates, ``limit_over_budget`` by the certifying ones.
    What is found, and what is lost against the scenario's own policy, is of the certifying ones,
    with two-sided intervals at the level asked for.
    """
    tested, of = choice.certificates, choice.stored.counts.of
    rest, level = slice(tested.choosing, None), choice.confidence
    found, mated, asked = (
        np.ascontiguousarray(of[quantity][rest])
        for quantity in (Quantity.FOUND_MATED, Quantity.MATED, Quantity.REQUESTS)
    )
    of_mated = ratio_estimates(
        found, mated, confidence=level, proportion=True, independent_units=mated.sum(axis=0)
    )
    of_asked = ratio_estimates(
        found,
        asked,
        confidence=level,
        scale=1000.0,
        proportion=False,
        independent_units=asked.sum(axis=0),
    )
    fewer = found[:, [choice.stored.own]] - found
    lost = paired_changes(fewer, asked[:, 0], confidence=level, scale=1000.0, one_way=False)
    place = {int(one): number for number, one in enumerate(tested.order)}
    limits = np.array([[harm.limit] for harm in choice.harms])
    over = np.max(tested.upper / limits, axis=0)
    rows = [
        {
            **_policy_cells(choice, at),
            "place": place.get(at, math.nan),
            "chosen": "yes" if at == choice.chosen else "no",
            "own": "yes" if at == choice.stored.own else "no",
            "foreseen_over_budget": tested.foreseen[at],
            "limit_over_budget": over[at],
            **_interval("found_of_mated", of_mated, at),
            **_interval("found_per_1000_requests", of_asked, at),
            **_interval("lost_per_1000_requests", lost, at),
        }
        for at in range(found.shape[1])
    ]
    return pd.DataFrame(rows)


def harm_table(choice: Choice) -> pd.DataFrame:
    """Return a row per candidate and budget: rates of both parts, and the upper limit tested.

    All in the measure's unit; counts are of the certifying replicates. ``replicates_needed`` is
    about how many certifying replicates would let the same rate pass, empty where none would.
    """
    tested, rows = choice.certificates, []
    certifying = choice.harms[0].events.shape[0] - tested.choosing
    for number, (budget, harm) in enumerate(zip(choice.budgets, choice.harms, strict=True)):
        scale = choice.scales[number]
        seen, held = (
            harm.part(slice(None, tested.choosing)),
            harm.part(slice(tested.choosing, None)),
        )
        seen_rates, rates, upper = seen.rates, held.rates, tested.upper[number]
        events, against = held.events.sum(axis=0), held.against.sum(axis=0)
        for at in range(rates.size):
            needed = replicates_to_pass(
                rates[at], upper[at], harm.limit, certifying, events=events[at]
            )
            rows.append(
                {
                    **_policy_cells(choice, at),
                    "measure": budget.measure,
                    "group": budget.group,
                    "budget": budget.limit,
                    "estimate_choosing": seen_rates[at] * scale,
                    "estimate": rates[at] * scale,
                    "upper_limit": upper[at] * scale,
                    "holds": "yes" if upper[at] <= harm.limit else "no",
                    "numerator": events[at],
                    "denominator": against[at],
                    "replicates_needed": math.ceil(needed) if math.isfinite(needed) else math.nan,
                }
            )
    return pd.DataFrame(rows)


__all__ = [
    "Budget",
    "Choice",
    "ChoiceError",
    "Status",
    "Stored",
    "budget_from",
    "candidate_table",
    "choose",
    "harm_table",
    "read_stored",
]
