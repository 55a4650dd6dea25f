"""The chilling effect over years: the same list against a roll from which filers fall silent.

Year 0 is the run as it is. From then on filers stop at the scenario's rates plus, for the two
communities that disclosures are about, ``per_disclosure`` times the share of those still filing
whom the year before exposed. The roll of each year follows from the rates of all years so far
(``population.silence``); the list, its errors and the scenario's policy stay as they are.

Limits: those of ``population.silence``; rates follow the year before only; nobody answers to what
happened elsewhere in the country or to other news than ``cessation`` says.
"""

from collections.abc import Callable

import numpy as np

from simulator.measures.years import Disclosed, year_values
from simulator.population.filing import file_returns
from simulator.population.people import generate_people
from simulator.population.silence import Census, Community, Silence, census
from simulator.randomness import FloatArray
from simulator.records import Int64Array
from simulator.scenario.schema import CessationPart, Scenario
from simulator.study.prepared import PreparedReplicate

Rates = tuple[float, float, float]


def next_rates(part: CessationPart, counted: Census) -> Rates:
    """Return the shares of filers who stop in the next year, by ``Community``, 0 to 1 each."""
    exposed = counted.exposed / np.maximum(counted.filing, 1.0)
    added = part.per_disclosure * exposed
    touched = Community.UNAUTHORIZED, Community.MIXED_STATUS_HOUSEHOLD
    base = part.unauthorized, part.mixed_status_household
    first, second = (
        min(1.0, rate + float(added[community]))
        for rate, community in zip(base, touched, strict=True)
    )
    return first, second, part.others


def _counted(
    scenario: Scenario, asked: PreparedReplicate, silence: Silence, exposed: Int64Array
) -> Census:
    """Count the filers of all shards after the years of a silence."""
    found = []
    for places in asked.parts:
        people = generate_people(places, asked.sample, scenario.population, rng=asked.rng)
        filed = file_returns(people, scenario.roll, rng=asked.rng)
        found.append(census(people, filed, silence, exposed, rng=asked.rng))
    return Census(*np.sum(found, axis=0))


def years_of(
    scenario: Scenario,
    asked: PreparedReplicate,
    disclosed: Callable[[Silence], Disclosed],
) -> FloatArray:
    """Run the list of a replicate year by year, shape (years + 1, ``YearQuantity``, ``LABELS``).

    ``disclosed`` runs the list against the roll after the years of a silence.
    """
    part = scenario.chilling
    silence = Silence(kept_years=part.address_kept_years)
    before = np.zeros(len(Community))
    years = []
    for year in range(part.years + 1):
        found = disclosed(silence)
        counted = _counted(scenario, asked, silence, found.exposed)
        years.append(year_values(counted, before, found.details))
        before = counted.filing
        if year < part.years:
            silence = silence.after(next_rates(part.cessation, counted))
    return np.stack(years)
