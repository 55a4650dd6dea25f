"""Every measure at every policy a reader can ask for, from the stored counts of a run.

Definitions, units and intervals are those of ``measures.rates``, at the scenario's own policy to
the digit; the page of a run, which does the same in the browser, is held to this module. A policy
is a set of guardrails with a threshold of names (or score) and one of addresses; the selection is
the scenario's but where ``unique_only`` says otherwise.

Limits: requests are not told apart by whom they are for, residents only by status and region, and
those shown by their own account not at all. Measures of where matches are lost, of pairs and of the
ledger are in the other tables of a run, at its own policy.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from simulator.measures import explored_groups
from simulator.measures.ablation import paired_changes
from simulator.measures.estimates import Estimates, ratio_estimates, ratio_of_ratios
from simulator.measures.explored_table import EXPOSED
from simulator.measures.policy_counts import COUNTED
from simulator.measures.quantities import Quantity
from simulator.measures.rates import DISPARITY, MEASURES, Breakdown, Measure, clump
from simulator.randomness import FloatArray

Q = Quantity
Entry = Mapping[str, Any]  # Any: what the manifest of a run says under "explored", JSON
ALL: Final = "all"
_DERIVED: Final = (
    Q.UNMATED,
    Q.MISSED_MATED,
    Q.WRONG_PERSON,
    Q.RIGHT_PERSON,
    Q.EXPOSED_COLLATERAL,
    Q.LAWFUL_RESIDENTS,
)
_KNOWN: Final = frozenset((*COUNTED, *_DERIVED))
_OF_THE_LIST: Final = (Q.REQUESTS, Q.INTENDED)  # denominators that no group of residents has
_FIXED: Final = (Q.REQUESTS, Q.MATED, Q.UNMATED, Q.LAWFUL_RESIDENTS)  # the same at every policy


@dataclass(frozen=True, order=True)
class Policy:
    """A set of guardrails (bit i: the i-th stands), a cut of the first axis, an address level."""

    guardrails: int
    cut: float
    address: str


@dataclass(frozen=True)
class PolicyCounts:
    """The stored counts as arrays: ``of`` (replicates, policies) by quantity.

    ``exposed`` has shape (replicates, policies, groups), ``lawful`` (replicates, groups).
    """

    policies: tuple[Policy, ...]
    of: Mapping[Quantity, FloatArray]
    exposed: FloatArray
    lawful: FloatArray
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Evaluated:
    """Every measure at some policies: arrays of shape (policies, rows), a row by measure and group.

    Numerators and denominators are sums over replicates.
    """

    policies: tuple[Policy, ...]
    rows: tuple[tuple[str, str], ...]
    estimate: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    numerator: FloatArray
    denominator: FloatArray

    def table(self, number: int) -> pd.DataFrame:
        """Return the rows of one policy: measure, group, estimate, limits and counts."""
        columns = ("estimate", "ci_low", "ci_high", "numerator", "denominator")
        frame = pd.DataFrame(list(self.rows), columns=["measure", "group"])
        return frame.assign(**{name: getattr(self, name)[number] for name in columns})


def measures() -> tuple[Measure, ...]:
    """Return the measures that the stored counts suffice for, in the order of ``rates``."""

    def known(measure: Measure) -> bool:
        needed = {measure.numerator, measure.denominator, measure.units or measure.struck}
        return needed <= _KNOWN

    return tuple(measure for measure in MEASURES if known(measure))


def own_policy(explored: Entry) -> Policy:
    """Return the policy at which the scenario itself stands."""
    return Policy(
        int(explored["own"]),
        float(explored["cuts"][explored["own_cut"]]),
        str(explored["addresses"][explored["own_address"]]),
    )


def every_policy(explored: Entry) -> tuple[Policy, ...]:
    """Return all policies in the order of the table."""
    return tuple(
        Policy(subset, float(cut), str(address))
        for subset in range(1 << len(explored["guardrails"]))
        for cut in explored["cuts"]
        for address in explored["addresses"]
    )


def _number(explored: Entry, policy: Policy) -> int:
    """Return the place of a policy in the order of the table.

    Raises ValueError where there is none such.
    """
    cuts, addresses = [float(cut) for cut in explored["cuts"]], list(explored["addresses"])
    nearest = int(np.argmin(np.abs(np.array(cuts) - policy.cut)))
    sets = 1 << len(explored["guardrails"])
    if not 0 <= policy.guardrails < sets:
        raise ValueError(f"set {policy.guardrails} is none of the {sets} sets of guardrails")
    if abs(cuts[nearest] - policy.cut) > 1e-6:
        raise ValueError(f"{explored['axis']} {policy.cut} is no threshold of the table")
    if policy.address not in addresses:
        raise ValueError(f"{policy.address!r} is no level of addresses of the table")
    place = addresses.index(policy.address)
    return (policy.guardrails * len(cuts) + nearest) * len(addresses) + place


def policy_counts(
    table: pd.DataFrame, explored: Entry, some: Sequence[Policy] | None = None
) -> PolicyCounts:
    """Return the counts of some policies, all where none are named.

    ``table`` is ``policies.parquet`` as read, in its own order; ``explored`` what the manifest says
    of it. Raises ValueError where a policy is not in the table, or the table not the manifest's.
    """
    policies = every_policy(explored)
    replicates = len(explored["lawful_residents"][ALL])
    if len(table) != len(policies) * replicates:
        raise ValueError(
            f"the table has {len(table)} rows; its manifest speaks of {len(policies)} policies in "
            f"{replicates} replicates"
        )
    rows = slice(None) if some is None else [_number(explored, policy) for policy in some]

    def column(name: str) -> FloatArray:
        values = table[name].to_numpy(np.float64).reshape(len(policies), replicates)
        return np.ascontiguousarray(values[rows].T)

    of = {quantity: column(quantity.name.lower()) for quantity in COUNTED}
    groups = tuple(explored["groups"])
    everybody = np.array(explored["lawful_residents"][ALL], np.float64)[:, None]
    of |= {
        Q.UNMATED: of[Q.REQUESTS] - of[Q.MATED],
        Q.MISSED_MATED: of[Q.MATED] - of[Q.FOUND_MATED],
        Q.WRONG_PERSON: of[Q.WRONG_PERSON_LAWFUL] + of[Q.WRONG_PERSON_OTHER],
        Q.RIGHT_PERSON: of[Q.INTENDED] + of[Q.LISTING_ERROR],
        Q.EXPOSED_COLLATERAL: of[Q.EXPOSED] - of[Q.EXPOSED_DIRECT],
        Q.LAWFUL_RESIDENTS: np.broadcast_to(everybody, of[Q.REQUESTS].shape),
    }
    return PolicyCounts(
        policies if some is None else tuple(some),
        of,
        np.stack([column(EXPOSED + label) for label in groups], axis=-1),
        np.array([explored["lawful_residents"][label] for label in groups], np.float64).T,
        groups,
    )


def _events_per_request(measure: Measure, counts: PolicyCounts) -> FloatArray:
    """Return how many events come with one request that caused any, shape (policies,)."""
    events, struck = counts.of[measure.numerator], counts.of[measure.struck]
    return clump(events.sum(axis=0), struck.sum(axis=0))


def at_once(measure: Measure, counts: PolicyCounts) -> FloatArray:
    """Return how many events one independent thing brings at once, at least 1: (policies,)."""
    if measure.units is None:
        return _events_per_request(measure, counts)
    return clump(counts.of[measure.denominator].sum(axis=0), counts.of[measure.units].sum(axis=0))


def _estimated(
    measure: Measure,
    numerators: FloatArray,
    denominators: FloatArray,
    counts: PolicyCounts,
    confidence: float,
) -> Estimates:
    """Estimate one measure at every policy, for everybody or one group."""
    if measure.units is not None:
        units = counts.of[measure.units].sum(axis=0)
    else:
        units = denominators.sum(axis=0) / _events_per_request(measure, counts)
    return ratio_estimates(
        numerators,
        np.ascontiguousarray(denominators),
        confidence=confidence,
        scale=measure.scale,
        proportion=measure.proportion,
        independent_units=units,
    )


def _present(counts: PolicyCounts) -> list[int]:
    return [int(group) for group in np.flatnonzero(counts.lawful.sum(axis=0) > 0)]


def _of_group(counts: PolicyCounts, group: int) -> tuple[FloatArray, FloatArray]:
    """Return exposed and lawful residents of a group, shape (replicates, policies) each."""
    exposed = np.ascontiguousarray(counts.exposed[..., group])
    lawful = np.broadcast_to(counts.lawful[:, [group]], exposed.shape)
    return exposed, np.ascontiguousarray(lawful)


def ratios(counts: PolicyCounts) -> Iterator[tuple[Measure, str, FloatArray, FloatArray]]:
    """Yield what every measure divides by what, for everybody and groups of residents exposed."""
    for measure in measures():
        above, below = counts.of[measure.numerator], counts.of[measure.denominator]
        yield measure, ALL, above, below
        if measure.breakdown != Breakdown.EXPOSED or measure.numerator != Q.EXPOSED:
            continue
        for group in _present(counts):
            exposed, lawful = _of_group(counts, group)
            against = below if measure.denominator in _OF_THE_LIST else lawful
            yield measure, counts.groups[group], exposed, against


def _disparities(counts: PolicyCounts, confidence: float) -> Iterator[tuple[str, str, Estimates]]:
    """Yield each group's risk of exposure over that of the reference group of its kind."""
    struck = Measure(DISPARITY, Q.EXPOSED, Q.LAWFUL_RESIDENTS)
    per_request = _events_per_request(struck, counts)
    for group in _present(counts):
        kind, _, name = counts.groups[group].partition("=")
        if name == explored_groups.REFERENCE[kind]:
            continue
        reference = counts.groups.index(f"{kind}={explored_groups.REFERENCE[kind]}")
        exposed, lawful = _of_group(counts, group)
        beside, of_those = _of_group(counts, reference)
        found = ratio_of_ratios(
            exposed,
            lawful,
            beside,
            of_those,
            confidence=confidence,
            group_units=lawful.sum(axis=0) / per_request,
            reference_units=of_those.sum(axis=0) / per_request,
        )
        yield DISPARITY, counts.groups[group], found


def evaluated(counts: PolicyCounts, confidence: float) -> Evaluated:
    """Estimate every measure at every policy of some counts, with intervals."""
    found = [
        *(
            (measure.name, group, _estimated(measure, above, below, counts, confidence))
            for measure, group, above, below in ratios(counts)
        ),
        *_disparities(counts, confidence),
    ]

    def stacked(name: str) -> FloatArray:
        return np.stack([getattr(estimates, name) for _, _, estimates in found], axis=1)

    return Evaluated(
        counts.policies,
        tuple((measure, group) for measure, group, _ in found),
        estimate=stacked("estimate"),
        ci_low=stacked("ci_low"),
        ci_high=stacked("ci_high"),
        numerator=stacked("numerator"),
        denominator=stacked("denominator"),
    )


def all_policies(table: pd.DataFrame, explored: Entry, confidence: float) -> Evaluated:
    """Estimate every measure at every policy of a table; arguments as for ``policy_counts``."""
    return evaluated(policy_counts(table, explored), confidence)


def estimates_at(
    table: pd.DataFrame, explored: Entry, policy: Policy, confidence: float
) -> pd.DataFrame:
    """Estimate every measure at one policy: a row by measure and group, with limits and counts.

    Raises ValueError where the table has no such policy.
    """
    return evaluated(policy_counts(table, explored, [policy]), confidence).table(0)


def _moving(above: FloatArray, below: FloatArray, confidence: float) -> FloatArray:
    """Return the difference of two ratios and its limits, shape (3,); arrays (replicates, 2).

    Student's t over replicates on the differences of the linearised residuals.
    """
    total, replicates = below.sum(axis=0), above.shape[0]
    if not (total > 0.0).all():
        return np.full(3, np.nan)
    ratio = above.sum(axis=0) / total
    change = ratio[1] - ratio[0]
    if replicates < 2:
        return np.array([change, np.nan, np.nan])
    pull = np.diff((above - ratio * below) / total, axis=1)
    error = np.sqrt(replicates / (replicates - 1) * np.square(pull).sum())
    reach = stats.t.ppf(0.5 + confidence / 2.0, replicates - 1) * error
    return np.array([change, change - reach, change + reach])


def _change(
    measure: Measure, above: FloatArray, below: FloatArray, clumps: float, confidence: float
) -> FloatArray:
    """Return the change of a measure from the first to the second policy, and its limits."""
    if measure.denominator not in _FIXED or not (below > 0.0).all():
        return measure.scale * _moving(above, below, confidence)
    found = paired_changes(
        np.diff(above, axis=1),
        below[:, 0],
        confidence=confidence,
        scale=measure.scale,
        one_way=False,
        clumps=clumps,
    )
    return np.array([found.estimate[0], found.ci_low[0], found.ci_high[0]])


def difference_between(
    table: pd.DataFrame, explored: Entry, first: Policy, second: Policy, confidence: float
) -> pd.DataFrame:
    """Return by how much every measure changes from one policy to another, paired by replicate.

    Columns: measure, group, first, second, difference (second less first), ci_low, ci_high. Where
    the denominator is the same at every policy and nothing changed in any replicate, the interval
    is the exact bound; else it is Student's t over replicates, rough where little was seen. A
    policy beside itself differs by nothing. Disparities are left out. Raises ValueError where the
    table has no such policy.
    """
    counts = policy_counts(table, explored, [first, second])
    at_either = evaluated(counts, confidence)
    rows = []
    for number, (measure, group, above, below) in enumerate(ratios(counts)):
        clumps = 1.0
        if measure.units is None:
            clumps = float(_events_per_request(measure, counts).max())
        change = _change(measure, above, below, clumps, confidence)
        if first == second:
            change = np.zeros(3)
        rows.append((measure.name, group, *at_either.estimate[:, number], *change))
    names = ["measure", "group", "first", "second", "difference", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=names)
