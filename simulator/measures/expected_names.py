"""Who is on the list and on the roll, by origin, and how common each name is among them.

Rests on the scenario and the reference tables; shares no code with the stages that draw.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.reference import tables
from simulator.scenario.choices import ListedFrom
from simulator.scenario.schema import Scenario

FloatArray = npt.NDArray[np.float64]

ADULT_SHARE_OF_2000S = 0.73
"""Share of those born 2000 to 2009 aged 18 and over on 7 April 2025 [computed]."""


def accounts_by_origin(scenario: Scenario) -> FloatArray:
    """Return the expected accounts of adults by origin: people * adults * filing.

    The population is taken to have the nation's composition by origin and legal status.
    """
    origins = tables.origins()
    filing = np.array([getattr(scenario.roll.filing_rate, status) for status in tables.STATUSES])
    people = scenario.population.size * origins.population / origins.population.sum()
    return np.asarray(people * _adult_shares() * (origins.status_shares @ filing))


def listed_by_origin(scenario: Scenario) -> FloatArray:
    """Return the expected requests by origin, second requests for one person apart.

    The wrongly listed follow the origins of adults of the legal statuses named, all others the mix
    that the list is drawn to, or the origins of unauthorized residents.
    """
    listing = scenario.listing
    wrongly = listing.requests * listing.wrongly_listed_share
    mix = {
        ListedFrom.FINAL_ORDERS: listing.nationality_mix,
        ListedFrom.OVERSTAYS: listing.overstay_mix,
        ListedFrom.ALL_UNAUTHORIZED: {"other": 1.0},
    }[listing.drawn_from]
    by_origin = (listing.requests - wrongly) * _nationality_shares(mix)
    origins = tables.origins()
    adults = origins.population * _adult_shares()
    for status, share in listing.wrongly_listed_status.model_dump().items():
        holders = adults * origins.status_shares[:, tables.STATUSES.index(status)]
        by_origin = by_origin + wrongly * share * holders / holders.sum()
    return np.asarray(by_origin)


def _adult_shares() -> FloatArray:
    """Return the share aged 18 and over by origin, from the ages of its group and nativity."""
    cohorts = np.array([1.0] * 7 + [ADULT_SHARE_OF_2000S, 0.0, 0.0])
    origins = tables.origins()
    ages = tables.population_by_age()[origins.name_group, origins.foreign_born.astype(np.int64)]
    return np.asarray(ages @ cohorts)


def _nationality_shares(mix: dict[str, float]) -> FloatArray:
    """Return the mix as shares of origins; "other" goes to those not named, by unauthorized."""
    origins = tables.origins()
    weights = np.array([mix.get(name, 0.0) for name in origins.names])
    unauthorized = origins.population * origins.status_shares[:, -1]
    unnamed = np.array(
        [
            abroad and name not in mix
            for name, abroad in zip(origins.names, origins.foreign_born, strict=True)
        ]
    )
    others = np.where(unnamed, unauthorized, 0.0)
    if others.sum() > 0.0:
        weights = weights + mix.get("other", 0.0) * others / others.sum()
    return np.asarray(weights / weights.sum())


@cache
def surname_shares() -> FloatArray:
    """Return the share of every surname by origin, shape (origins, surnames); rows sum to 1."""
    table = tables.surnames()
    return np.stack([column.shares(len(table.names)) for column in table.by_origin])


@cache
def given_shares() -> FloatArray:
    """Return the share of every given name by origin and sex, all birth cohorts together.

    Shape (origins, sexes, given names); the last axis sums to 1.
    """
    table, origins = tables.given_names(), tables.origins()
    bearers = np.zeros((len(origins.names), len(tables.SEXES), len(table.names)))
    for origin, sex in np.ndindex(bearers.shape[:2]):
        columns = [table.foreign(origin, sex)]
        if not origins.foreign_born[origin]:
            group = int(origins.name_group[origin])
            cohorts = range(len(tables.COHORT_FIRST_YEARS))
            columns = [table.native(group, sex, cohort) for cohort in cohorts]
        for column in columns:
            bearers[origin, sex, column.rows] += column.people
    return np.asarray(bearers / bearers.sum(axis=2, keepdims=True))
