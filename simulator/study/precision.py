"""Make as many replicates as a run's precision asks for, and say what came of it.

What is decided is a function of the pilot, which is the first replicates in order: neither the
number of workers nor an interruption changes it, and a run that resumes decides the same again.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from simulator.measures import groups
from simulator.measures.estimates import Estimates
from simulator.measures.precision import Asked, Controlled, Plan, controlled, planned
from simulator.measures.quantities import SELECTIONS, ReplicateCounts
from simulator.measures.rates import MEASURES, Measure, own_values, rated
from simulator.randomness import FloatArray
from simulator.scenario.schema import Scenario

PRECISION = "precision.csv"
Make = Callable[[int, Sequence[ReplicateCounts]], list[ReplicateCounts]]


def enough_replicates(
    scenario: Scenario, make: Make, notice: Callable[[str], None]
) -> list[ReplicateCounts]:
    """Return the replicates of a run, as many as its scenario states or its precision asks for.

    ``make`` is given how many to make in all and the first ones if they are made already;
    ``notice`` what was decided.
    """
    part = scenario.precision
    if not part.is_asked:
        return make(scenario.replicates, ())
    pilot = make(part.pilot, ())
    plan = precision_plan(pilot, scenario)
    notice(f"After a pilot of {plan.pilot} replicates, {plan.replicates} are made in all.")
    return make(plan.replicates, pilot)


def precision_plan(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> Plan:
    """Return what the pilot, the first of ``replicates``, decided; a pure function of it."""
    part, measure = scenario.precision, _measure(scenario)
    pilot = _values(replicates[: part.pilot], scenario)
    return planned(
        pilot[:, measure.numerator, groups.ALL],
        pilot[:, measure.denominator, groups.ALL],
        _estimate(pilot, scenario),
        Asked(part.half_width, part.relative, part.cap),
        confidence=scenario.confidence,
        scale=measure.scale,
        proportion=measure.proportion,
    )


def controlled_estimate(
    plan: Plan, replicates: Sequence[ReplicateCounts], scenario: Scenario
) -> Controlled:
    """Return the measure's estimate with the interval that the rule makes valid."""
    over = _estimate(_values(replicates[plan.first :], scenario), scenario)
    proportion = _measure(scenario).proportion
    return controlled(plan, over, confidence=scenario.confidence, proportion=proportion)


def precision_table(
    plan: Plan, replicates: Sequence[ReplicateCounts], scenario: Scenario
) -> pd.DataFrame:
    """Return one row: what was asked, what was decided and the interval that came of it.

    ``aimed_half_width`` and what follows are in the measure's unit; ``first_replicate`` is the
    first that the interval rests on. ``kept`` says whether the interval is as narrow as asked.
    """
    part, found = scenario.precision, controlled_estimate(plan, replicates, scenario)
    wanted = part.half_width * (found.estimate if part.relative else 1.0)
    return pd.DataFrame(
        [
            {
                "measure": str(part.measure),
                "rule": str(plan.rule),
                "half_width_asked": part.half_width,
                "relative": "yes" if part.relative else "no",
                "aimed_half_width": plan.half_width,
                "pilot": plan.pilot,
                "cap": part.cap,
                "replicates": plan.replicates,
                "first_replicate": plan.first,
                "estimate": found.estimate,
                "ci_low": found.ci_low,
                "ci_high": found.ci_high,
                "half_width": found.half_width,
                "kept": "yes" if found.half_width <= wanted else "no",
            }
        ]
    )


def _measure(scenario: Scenario) -> Measure:
    return next(one for one in MEASURES if one.name == scenario.precision.measure)


def _values(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> FloatArray:
    """Return counts at the scenario's own policy, shape (replicates, quantities, groups)."""
    selection = SELECTIONS.index(scenario.matching.selection)
    return np.stack([own_values(counts, selection, scenario) for counts in replicates])


def _estimate(values: FloatArray, scenario: Scenario) -> Estimates:
    return rated(_measure(scenario), values, [groups.ALL]).estimates(scenario.confidence)
