"""The years after disclosures began: who still files, what the same list finds, what it costs.

A measure of a year is a ratio of two quantities per replicate, as in ``measures.rates``, at the
scenario's own policy. Intervals are over replicates only: that the low and high ends of the revenue
elasticity have rows of their own is parameter uncertainty, kept apart from Monte Carlo error.
What is 0 by definition in the first year (filers lost, points, revenue) begins in the second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd

from simulator.measures.detail import Detail
from simulator.measures.estimates import Estimates, ratio_estimates
from simulator.measures.ledger import Ledger, Relation
from simulator.measures.ledger_counts import evaluate, revealed, standing
from simulator.measures.rates import clump
from simulator.measures.revenue import POINTS, elasticities, revenue_lost
from simulator.population.silence import COMMUNITIES, Census, Community
from simulator.randomness import FloatArray
from simulator.records import Int64Array
from simulator.scenario.schema import RevenuePart, Scenario

ALL = "all"
LABELS = (*COMMUNITIES, ALL)
_ALL = len(COMMUNITIES)
_PER_RETURN = 2.0  # filers who stop as one, at most


class YearQuantity(IntEnum):
    """What is counted in a year: filers by community, what the list finds for everybody."""

    REPLICATES = 0
    ADULTS = 1
    FILERS = 2
    FILING = 3
    FILING_BEFORE = 4
    STOPPED = 5
    LOST = 6
    FILERS_EXPOSED = 7
    ACCOUNTS = 8
    OUTDATED = 9
    REQUESTS = 10
    LINKED_REQUESTS = 11
    FOUND = 12
    LINKS = 13
    WRONG_ADDRESS = 14
    WRONG_PERSON = 15
    EXPOSED = 16


Q = YearQuantity
_OFF_THE_LEDGER = {
    Q.REQUESTS: Detail.REQUESTS,
    Q.LINKED_REQUESTS: Detail.LINKED_REQUESTS,
    Q.FOUND: Detail.FOUND_MATED,
    Q.LINKS: Detail.LINKS,
    Q.WRONG_ADDRESS: Detail.LINKS_WRONG_ADDRESS,
    Q.WRONG_PERSON: Detail.LINKS_WRONG_PERSON,
    Q.EXPOSED: Detail.OVER_DISCLOSED_RESIDENTS,
}


@dataclass(frozen=True)
class Disclosed:
    """What one run of the list disclosed at the scenario's own policy.

    ``details`` are the counts by ``Detail``; ``exposed`` holds the distinct person numbers of
    everybody whom an account released reveals, lawful or not.
    """

    details: FloatArray
    exposed: Int64Array


def disclosed(ledger: Ledger, scenario: Scenario) -> Disclosed:
    """Read off a ledger what was disclosed at the scenario's own policy, and about whom."""
    rows = revealed(ledger, standing(ledger, scenario))
    through_account = rows[ledger.exposures.relation[rows] <= Relation.CO_RESIDENT]
    persons = np.unique(ledger.exposures.person[through_account])
    return Disclosed(evaluate(ledger, scenario), persons)


@dataclass(frozen=True)
class YearMeasure:
    """One measure of a year: ``scale`` x numerator / denominator.

    ``units`` is the quantity whose members may be struck independently; without it they are the
    denominator's over ``clump``. ``groups`` are the labels it is given for, ``first`` the first
    year.
    """

    name: str
    numerator: YearQuantity
    denominator: YearQuantity
    scale: float = 1.0
    proportion: bool = True
    groups: tuple[str, ...] = (ALL,)
    units: YearQuantity | None = None
    first: int = 0


_UNAUTHORIZED = (COMMUNITIES[Community.UNAUTHORIZED],)
MEASURES = (
    YearMeasure("accounts_on_roll", Q.ACCOUNTS, Q.REPLICATES, proportion=False, groups=LABELS),
    YearMeasure("outdated_address_rate", Q.OUTDATED, Q.ACCOUNTS, groups=LABELS),
    YearMeasure("filing_rate", Q.FILING, Q.ADULTS, groups=LABELS),
    YearMeasure("cessation_rate", Q.STOPPED, Q.FILING_BEFORE, groups=LABELS, first=1),
    YearMeasure("filers_lost", Q.LOST, Q.FILERS, groups=LABELS, first=1),
    YearMeasure("filers_exposed", Q.FILERS_EXPOSED, Q.FILING, groups=LABELS),
    YearMeasure("yield", Q.LINKED_REQUESTS, Q.REQUESTS, units=Q.REQUESTS),
    YearMeasure("found_per_1000_requests", Q.FOUND, Q.REQUESTS, 1000.0, units=Q.REQUESTS),
    YearMeasure("wrong_address_rate", Q.WRONG_ADDRESS, Q.LINKS, units=Q.LINKED_REQUESTS),
    YearMeasure("false_discovery_rate", Q.WRONG_PERSON, Q.LINKS, units=Q.LINKED_REQUESTS),
    YearMeasure("over_disclosed_residents_per_1000_requests", Q.EXPOSED, Q.REQUESTS, 1000.0, False),
    YearMeasure("compliance_points_lost", Q.LOST, Q.ADULTS, POINTS, groups=_UNAUTHORIZED, first=1),
)


def _with_revenue(part: RevenuePart) -> Iterator[YearMeasure]:
    yield from MEASURES
    for name, per_ten_points in elasticities(part).items():
        scale = revenue_lost(POINTS, per_ten_points)
        if scale > 0.0:
            yield YearMeasure(name, Q.LOST, Q.ADULTS, scale, groups=_UNAUTHORIZED, first=1)


def year_values(counted: Census, before: FloatArray, details: FloatArray) -> FloatArray:
    """Return every quantity of a year, shape (quantities, ``LABELS``).

    ``before`` are filers by community who still filed the year before, ``details`` the counts by
    ``Detail`` of what the list finds, which is for everybody only and 0 elsewhere.
    """
    values = np.zeros((len(Q), len(LABELS)))
    by_community = {
        Q.ADULTS: counted.adults,
        Q.FILERS: counted.filers,
        Q.FILING: counted.filing,
        Q.FILING_BEFORE: before,
        Q.STOPPED: counted.stopped,
        Q.LOST: counted.filers - counted.filing,
        Q.FILERS_EXPOSED: counted.exposed,
        Q.ACCOUNTS: counted.accounts,
        Q.OUTDATED: counted.outdated,
    }
    for quantity, found in by_community.items():
        values[quantity, :_ALL], values[quantity, _ALL] = found, found.sum()
    values[Q.REPLICATES] = 1.0
    for quantity, detail in _OFF_THE_LEDGER.items():
        values[quantity, _ALL] = details[detail]
    return values


def _units(measure: YearMeasure, values: FloatArray, columns: list[int]) -> FloatArray | None:
    """Return how many of each denominator may be struck independently, over all replicates."""
    whole = values.sum(axis=0)
    if measure.denominator == Q.REPLICATES:
        return None
    if measure.units is not None:
        return np.asarray(whole[measure.units, columns])
    if measure.numerator == Q.EXPOSED:
        per_request = clump(whole[Q.EXPOSED, _ALL], whole[Q.LINKED_REQUESTS, _ALL])
        return np.asarray(whole[measure.denominator, columns] / per_request)
    return np.asarray(whole[measure.denominator, columns] / _PER_RETURN)


def _rows(year: int, measure: YearMeasure, estimates: Estimates) -> pd.DataFrame:
    columns = ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator")
    return pd.DataFrame(
        {
            "year": year,
            "measure": measure.name,
            "group": list(measure.groups),
            **{name: getattr(estimates, name) for name in columns},
            "replicates": estimates.replicates,
        }
    )


def year_table(years: Sequence[FloatArray], part: RevenuePart, confidence: float) -> pd.DataFrame:
    """Return every measure of every year, a row each and community.

    ``years`` holds an array (years, quantities, ``LABELS``) per replicate, the first year first.
    """
    stacked = np.stack(years)
    frames = []
    for year in range(stacked.shape[1]):
        values = stacked[:, year]
        for measure in _with_revenue(part):
            if year < measure.first:
                continue
            columns = [LABELS.index(label) for label in measure.groups]
            estimates = ratio_estimates(
                values[:, measure.numerator][:, columns],
                values[:, measure.denominator][:, columns],
                confidence=confidence,
                scale=measure.scale,
                proportion=measure.proportion,
                independent_units=_units(measure, values, columns),
            )
            frames.append(_rows(year, measure, estimates))
    return pd.concat(frames, ignore_index=True)
