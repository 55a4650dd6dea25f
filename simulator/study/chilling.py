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

from simulator.matching.decision import Decision
from simulator.measures.ledger import Ledger
from simulator.measures.tally import RequestSide
from simulator.measures.years import Disclosed, disclosed, year_values
from simulator.population.filing import file_returns
from simulator.population.people import generate_people
from simulator.population.silence import Census, Community, Silence, census
from simulator.randomness import FloatArray
from simulator.records import Int64Array
from simulator.scenario.schema import CessationPart, Scenario
from simulator.study.blocks import decided_blocks
from simulator.study.ledger import LedgerBuilder
from simulator.study.prepared import PreparedReplicate
from simulator.study.world import shard_roll

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
    disclosed_after: Callable[[Silence], Disclosed],
) -> FloatArray:
    """Run the list of a replicate year by year, shape (years + 1, ``YearQuantity``, ``LABELS``).

    ``disclosed_after`` runs the list against the roll after the years of a silence.
    """
    part = scenario.chilling
    silence = Silence(kept_years=part.address_kept_years)
    before = np.zeros(len(Community))
    years = []
    for year in range(part.years + 1):
        found = disclosed_after(silence)
        counted = _counted(scenario, asked, silence, found.exposed)
        years.append(year_values(counted, before, found.details))
        before = counted.filing
        if year < part.years:
            silence = silence.after(next_rates(part.cessation, counted))
    return np.stack(years)


def ledger_after(
    silence: Silence,
    scenario: Scenario,
    asked: PreparedReplicate,
    rule: Decision,
    side: RequestSide,
    *,
    threads: int = 1,
) -> Ledger:
    """Return the ledger of a replicate's list against its roll after the years of a silence."""
    builder = LedgerBuilder(scenario, asked, side, rule.grid)
    for number, places in enumerate(asked.parts):
        shard = shard_roll(places, asked.sample, scenario, asked.lent, silence, rng=asked.rng)
        for pairs, decided, stops in decided_blocks(shard, scenario, asked, rule, threads=threads):
            builder.add(number, shard, pairs, decided, stops)
        builder.end(number, shard)
    return builder.ledger()


def run_years(
    scenario: Scenario,
    asked: PreparedReplicate,
    rule: Decision,
    side: RequestSide,
    first: Ledger,
    *,
    threads: int = 1,
) -> FloatArray:
    """Return the years of a replicate as ``years_of`` does, empty where none follow the first.

    ``first`` is the ledger of the run itself, of which year 0 is read.
    """
    if scenario.chilling.years == 0:
        return np.zeros((0, 0, 0))

    def disclosed_after(silence: Silence) -> Disclosed:
        if not silence.rates:
            return disclosed(first, scenario)
        after = ledger_after(silence, scenario, asked, rule, side, threads=threads)
        return disclosed(after, scenario)

    return years_of(scenario, asked, disclosed_after)
