"""Returns, filing statuses and taxpayer numbers; totals are shares of the people simulated.

The returns of a year are those of people who file every year, some of whom have not yet filed this
season: accounts whose latest return is at most a year old. Numbers are those of the whole roll.
"""

from dataclasses import dataclass

import numpy as np

from simulator.fidelity.counts import Counts, Numbers, Proportion, Statistics
from simulator.fidelity.households import ADULT, has_status
from simulator.fidelity.world import GROUPS, World
from simulator.lexicon import ABSENT
from simulator.population.taxpayer_numbers import taxpayer_numbers
from simulator.records import FilingStatus, Role, TinKind

LATEST_SEASONS = 1
COUNTED = (
    "people",
    "returns",
    "itin_returns",
    "active_itins",
    "dependants",
    "unauthorized_adults",
    "unauthorized_on_roll",
    "hispanic_accounts",
    "double_surnames",
    "without_status",
    "with_ssn_like_number",
)


@dataclass(frozen=True)
class RollCounts(Counts):
    """Numbers as in COUNTED, and returns by filing status."""

    numbers: Numbers
    statuses: Numbers


def count_roll(world: World) -> RollCounts:
    """Count the accounts of a shard."""
    people, roll, accounts = world.people, world.roll, world.accounts
    annual = roll.years_since_filing <= LATEST_SEASONS
    primary = annual & (roll.role == Role.PRIMARY)
    itin = accounts.tin_kind == TinKind.ITIN
    # A joint return counts once, whichever of the two has the number.
    filer = annual & itin & (roll.role != Role.DEPENDANT)
    with_itin = np.where(roll.role == Role.PRIMARY, accounts.person, accounts.primary)[filer]
    # Students and teenagers with a return of their own are claimed on that of another all the same.
    claimed = (accounts.primary != accounts.person) & (roll.role != Role.SPOUSE)
    adult = (people.age >= ADULT) & has_status(people, ("unauthorized", "protected"))
    on_roll = np.zeros(len(people), np.bool_)
    on_roll[accounts.row] = True
    hispanic = (world.group == GROUPS.index("hispanic"))[accounts.row]
    numbers = (
        len(people),
        primary.sum(),
        np.unique(with_itin).size,
        itin.sum(),
        (annual & claimed).sum(),
        adult.sum(),
        (adult & on_roll).sum(),
        hispanic.sum(),
        (hispanic & (roll.surname_2 != ABSENT)).sum(),
        *_social_security_numbers(world),
    )
    return RollCounts(
        np.array(numbers),
        np.bincount(roll.filing_status[primary], minlength=len(FilingStatus)),
    )


def _social_security_numbers(world: World) -> tuple[int, int]:
    """Return unauthorized adults, and those with a number of the form of an SSN, anybody's."""
    people = world.people
    rows = np.flatnonzero((people.age >= ADULT) & has_status(people, ("unauthorized",)))
    numbers = taxpayer_numbers(people, world.sample, world.scenario.roll, rows, rng=world.rng)
    own = np.isin(numbers.kind, (TinKind.SSN, TinKind.BORROWED_SSN, TinKind.INVALID_SSN))
    return rows.size, int((own | (numbers.borrowed >= 0)).sum())


def roll_statistics(counts: RollCounts) -> Statistics:
    """Return returns and numbers per person, returns by filing status, unauthorized filers."""
    number = dict(zip(COUNTED, (float(count) for count in counts.numbers), strict=True))
    returns = number["returns"]
    totals = ("returns", "itin_returns", "active_itins", "dependants")
    found: Statistics = {
        f"total_{name}": Proportion(number[name], number["people"]) for name in totals
    }
    found["unauthorized_on_roll"] = Proportion(
        number["unauthorized_on_roll"], number["unauthorized_adults"]
    )
    found["double_surname_hispanic"] = Proportion(
        number["double_surnames"], number["hispanic_accounts"]
    )
    found["ssn_like_numbers"] = Proportion(number["with_ssn_like_number"], number["without_status"])
    for status in FilingStatus:
        found[f"returns_{status.name.lower()}"] = Proportion(
            float(counts.statuses[status]), returns
        )
    return found
