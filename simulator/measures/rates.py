"""Every measure as data: what is counted, against what, in which unit, for which groups.

Definitions follow ISO/IEC 19795 for one-to-many search and the record-linkage literature; docs/
measures.md states them in words. A measure is a ratio of two quantities per replicate, estimated
by ``measures.estimates``; disparity is a ratio of such ratios.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from simulator.matching.grid import policy_cell
from simulator.measures import groups
from simulator.measures.challenges import challenge_rows
from simulator.measures.detail_rates import detail_rows
from simulator.measures.policies import steps, threshold_text
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from simulator.measures.rated import Rated, rated_rows
from simulator.randomness import FloatArray
from simulator.scenario.schema import Scenario, SearchedRoll

Q = Quantity


class Breakdown(StrEnum):
    """For which groups a measure is reported."""

    NONE = "none"
    REQUESTED = "requested"
    EXPOSED = "exposed"


@dataclass(frozen=True)
class Measure:
    """One measure: ``scale`` x numerator / denominator.

    ``units`` is the quantity whose members may be taken as struck independently of each other.
    Without it, ``struck`` counts the requests that caused any event: events come in clumps of
    numerator / struck, and the denominator is divided by that.
    """

    name: str
    numerator: Quantity
    denominator: Quantity
    scale: float = 1.0
    proportion: bool = True
    breakdown: Breakdown = Breakdown.NONE
    units: Quantity | None = None
    struck: Quantity = Q.LINKED_REQUESTS


def _per_thousand_requests(
    name: str,
    numerator: Quantity,
    breakdown: Breakdown = Breakdown.NONE,
    struck: Quantity = Q.LINKED_REQUESTS,
) -> Measure:
    return Measure(
        f"{name}_per_1000_requests", numerator, Q.REQUESTS, 1000.0, False, breakdown, struck=struck
    )


def _of_requests(name: str, numerator: Quantity) -> Measure:
    return Measure(name, numerator, Q.REQUESTS, units=Q.REQUESTS)


def _of_links(name: str, numerator: Quantity, breakdown: Breakdown = Breakdown.NONE) -> Measure:
    return Measure(name, numerator, Q.LINKS, units=Q.LINKED_REQUESTS, breakdown=breakdown)


def _missed(name: str, numerator: Quantity) -> Measure:
    return Measure(
        f"missed_{name}", numerator, Q.MATED, units=Q.MATED, breakdown=Breakdown.REQUESTED
    )


def _of_wrong_pairs(name: str, numerator: Quantity) -> Measure:
    return Measure(
        f"wrong_pairs_{name}", numerator, Q.WRONG_CANDIDATES, units=Q.WRONG_CANDIDATE_REQUESTS
    )


MEASURES: tuple[Measure, ...] = (
    _of_links("false_discovery_rate", Q.WRONG_PERSON, Breakdown.REQUESTED),
    _of_links("precision", Q.RIGHT_PERSON),
    Measure("recall", Q.FOUND_MATED, Q.MATED, units=Q.MATED),
    Measure(
        "false_match_rate_per_pair", Q.WRONG_PERSON, Q.NON_MATCHING_PAIRS, struck=Q.WRONGED_REQUESTS
    ),
    Measure(
        "false_positive_identification_rate",
        Q.LINKED_UNMATED,
        Q.UNMATED,
        units=Q.UNMATED,
        breakdown=Breakdown.REQUESTED,
    ),
    Measure(
        "false_negative_identification_rate",
        Q.MISSED_MATED,
        Q.MATED,
        units=Q.MATED,
        breakdown=Breakdown.REQUESTED,
    ),
    Measure("selectivity", Q.WRONG_PERSON, Q.REQUESTS, proportion=False, struck=Q.WRONGED_REQUESTS),
    _of_requests("yield", Q.LINKED_REQUESTS),
    _per_thousand_requests("over_disclosed_residents", Q.EXPOSED, Breakdown.EXPOSED),
    _per_thousand_requests("over_disclosed_residents_direct", Q.EXPOSED_DIRECT, Breakdown.EXPOSED),
    _per_thousand_requests(
        "over_disclosed_residents_collateral", Q.EXPOSED_COLLATERAL, Breakdown.EXPOSED
    ),
    Measure(
        "over_disclosed_residents_per_100000_lawful_residents",
        Q.EXPOSED,
        Q.LAWFUL_RESIDENTS,
        100_000.0,
        breakdown=Breakdown.EXPOSED,
    ),
    Measure(
        "over_disclosed_residents_per_intended_disclosure", Q.EXPOSED, Q.INTENDED, proportion=False
    ),
    _of_links("wrong_address_rate", Q.WRONG_ADDRESS),
    _of_links("borrowed_wages_rate", Q.BORROWED_WAGES),
    _of_links("deficient_disclosure_rate", Q.DEFICIENT),
    _of_requests("fate_found", Q.FATE_FOUND),
    _of_requests("fate_found_with_others", Q.FATE_FOUND_WITH_OTHERS),
    _of_requests("fate_wrong_person", Q.FATE_WRONG_PERSON),
    _of_requests("fate_nobody", Q.FATE_NOBODY),
    _of_requests("fate_not_unique", Q.FATE_NOT_UNIQUE),
    _of_requests("fate_withheld", Q.FATE_WITHHELD),
    _of_requests("fate_rejected", Q.FATE_REJECTED),
    _of_requests("fate_unanswered", Q.FATE_UNANSWERED),
    _per_thousand_requests("disclosures_intended", Q.INTENDED),
    _per_thousand_requests("disclosures_listing_error", Q.LISTING_ERROR),
    _per_thousand_requests(
        "disclosures_wrong_person_lawful", Q.WRONG_PERSON_LAWFUL, struck=Q.WRONGED_REQUESTS
    ),
    _per_thousand_requests(
        "disclosures_wrong_person_other", Q.WRONG_PERSON_OTHER, struck=Q.WRONGED_REQUESTS
    ),
    _missed("rejected", Q.MISSED_REJECTED),
    _missed("blocking", Q.MISSED_BLOCKING),
    _missed("comparison", Q.MISSED_COMPARISON),
    _missed("rule", Q.MISSED_RULE),
    _missed("withheld", Q.MISSED_WITHHELD),
    _missed("selection", Q.MISSED_SELECTION),
    _of_wrong_pairs("linked", Q.WRONG_PERSON),
    _of_wrong_pairs("rule", Q.WRONG_PAIRS_RULE),
    _of_wrong_pairs("withheld", Q.WRONG_PAIRS_WITHHELD),
    _of_wrong_pairs("selection", Q.WRONG_PAIRS_SELECTION),
)
DISPARITY = "disparity"
# Requests and their denominators belong to the person requested, residents to themselves: a
# breakdown by exposed person is against all requests.
_OVER_ALL = (Q.REQUESTS, Q.INTENDED)


def _columns(breakdown: Breakdown, values: FloatArray, denominator: Quantity) -> list[int]:
    """Return the group columns to report: everybody, and the groups that exist at all."""
    if breakdown == Breakdown.NONE:
        return [groups.ALL]
    present = values[:, denominator].sum(axis=0) > 0
    return [column for column in range(present.size) if column == groups.ALL or present[column]]


def _units(
    measure: Measure, values: FloatArray, denominators: FloatArray, columns: list[int]
) -> FloatArray:
    """Return how many of each denominator may be struck independently, summed over replicates.

    Clumping is taken from everybody: a single group has too few events to show its own.
    """
    if measure.units is not None:
        return np.asarray(values[:, measure.units].sum(axis=0)[columns])
    everybody = values[:, :, groups.ALL].sum(axis=0)
    per_request = clump(everybody[measure.numerator], everybody[measure.struck])
    return np.asarray(denominators.sum(axis=0) / per_request)


def clump(events: FloatArray, struck: FloatArray) -> FloatArray:
    """Return how many events come with one request that caused any, at least 1."""
    return np.asarray(np.maximum(1.0, events / np.maximum(1.0, struck)))


def _rated(measure: Measure, values: FloatArray, columns: list[int]) -> Rated:
    """Return one measure for some groups; ``values`` has shape (replicates, Q, groups)."""
    against_all = measure.breakdown == Breakdown.EXPOSED and measure.denominator in _OVER_ALL
    below = [groups.ALL] * len(columns) if against_all else columns
    denominators = values[:, measure.denominator][:, below]
    return Rated(
        name=measure.name,
        labels=tuple(groups.labels()[column] for column in columns),
        numerators=values[:, measure.numerator][:, columns],
        denominators=denominators,
        units=_units(measure, values, denominators, columns),
        scale=measure.scale,
        proportion=measure.proportion,
    )


def _disparities(values: FloatArray) -> Iterator[Rated]:
    """Yield each group's risk of exposure over that of the reference group of its kind."""
    labels = groups.labels()
    exposed, lawful = values[:, Q.EXPOSED], values[:, Q.LAWFUL_RESIDENTS]
    columns = [
        column
        for column, label in enumerate(labels)
        if column != groups.ALL
        and lawful[:, column].sum() > 0
        and column != groups.reference_column(label)
    ]
    reference = [groups.reference_column(labels[column]) for column in columns]
    if columns:
        struck = Measure(DISPARITY, Q.EXPOSED, Q.LAWFUL_RESIDENTS)
        names = tuple(labels[column] for column in columns)

        def risk(at: list[int]) -> Rated:
            units = _units(struck, values, lawful[:, at], at)
            return Rated(DISPARITY, names, exposed[:, at], lawful[:, at], units)

        yield replace(risk(columns), reference=risk(reference))


def rated_quantities(values: FloatArray) -> Iterator[Rated]:
    """Yield every measure of the grid for every group that exists.

    ``values`` holds every ``Quantity`` of each replicate, shape (replicates, Quantity, groups).
    """
    yield from _disparities(values)
    for measure in MEASURES:
        present = Q.LAWFUL_RESIDENTS if measure.breakdown == Breakdown.EXPOSED else Q.REQUESTS
        yield _rated(measure, values, _columns(measure.breakdown, values, present))


def own_values(counts: ReplicateCounts, selection: int, scenario: Scenario) -> FloatArray:
    """Return every quantity at the scenario's own policy, shape (quantities, groups).

    ``selection`` is the place of a selection rule in ``SELECTIONS``.
    """
    own = policy_cell(counts.grid, scenario.matching)
    first, second, _ = steps(counts.grid, own)
    values = counts.group_values[selection, :, first, second].astype(np.float64)
    values[:, groups.ALL] = counts.grid_values[selection, :, own]
    return values


def estimate_table(replicates: Sequence[ReplicateCounts], scenario: Scenario) -> pd.DataFrame:
    """Return every measure and group at the scenario's thresholds, for each selection rule.

    Those of the ledger, and of challenges where another roll than the tax roll is searched, are of
    the scenario's own selection alone.
    """
    threshold = threshold_text(replicates[0].grid, scenario.matching)
    frames = []
    for number, selection in enumerate(SELECTIONS):
        values = np.stack([own_values(counts, number, scenario) for counts in replicates])
        tables = rated_rows(rated_quantities(values), scenario.confidence)
        if selection == scenario.matching.selection:
            details = [counts.details for counts in replicates]
            tables.append(detail_rows(details, scenario.confidence))
            if scenario.searched_roll != SearchedRoll.TAX:
                challenges = [counts.challenges for counts in replicates]
                tables.append(challenge_rows(challenges, scenario.confidence))
        frame = pd.concat(tables, ignore_index=True)
        frame.insert(1, "policy", str(selection))
        frame.insert(2, "threshold", threshold)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
