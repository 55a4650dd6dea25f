"""Small generated populations that several tests share, and an exact test of a share."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import stats

from simulator.population.movement import HISPANIC, move_rates
from simulator.population.people import generate_people
from simulator.population.places import Places, Sample, draw_sample
from simulator.population.taxpayer_numbers import lent_numbers
from simulator.randomness import FloatArray, IntArray, Streams
from simulator.records import STATUSES, AccountTruth, BoolArray, Names, People, Relationship, Roll
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart, Scenario
from simulator.study.world import roll_of

SEED = 20_250_407
PEOPLE = 20_000
# Ratios of a scenario's population with which everybody moves at the same rate.
ALIKE: dict[str, object] = {
    "hispanic_move_ratio": 1.0,
    "quarters_move_ratio": 1.0,
    "move_ratio_by_status": dict.fromkeys(STATUSES, 1.0),
    "move_ratio_by_age": dict.fromkeys(("under_35", "from_35_to_64", "from_65"), 1.0),
}


@dataclass(frozen=True)
class World:
    """One generated population with its roll, and what it was made from."""

    scenario: Scenario
    rng: Streams
    sample: Sample
    people: People
    names: Names
    roll: Roll
    accounts: AccountTruth


def build(scenario: Scenario, sample: Sample, rng: Streams, places: Places | None = None) -> World:
    """Generate everybody in ``places``, by default all of the sample."""
    people = generate_people(places or sample.places, sample, scenario.population, rng=rng)
    lent = lent_numbers(people, sample, scenario.roll, rng=rng)
    shard = roll_of(people, sample, scenario, lent, rng=rng)
    return World(scenario, rng, sample, people, shard.names, shard.roll, shard.accounts)


@cache
def small_sample(people: int = PEOPLE, replicate: int = 0) -> Sample:
    return draw_sample(people, 1.0, rng=Streams(SEED, replicate))


@cache
def small_world() -> World:
    """Return a population of about ``PEOPLE`` with the defaults of a scenario."""
    return build(Scenario(), small_sample(), Streams(SEED, 0))


@cache
def big_people() -> People:
    """Return a population of about 300,000, for shares of what is rare."""
    rng, sample = Streams(SEED, 0), small_sample(300_000)
    return generate_people(sample.places, sample, Scenario().population, rng=rng)


def sample_of(rows: IntArray, households: IntArray) -> Sample:
    """Return a sample made by hand, in which every name group lives where the households are."""
    cumulative = np.cumsum(households) / households.sum()
    by_group = np.tile(cumulative, (len(tables.NAME_GROUPS), 1))
    return Sample(Places(rows, households, np.zeros(rows.size, np.int64)), cumulative, by_group)


def changed_world(**parts: dict[str, object]) -> World:
    """Return the same population with other parameters of the scenario."""
    return build(Scenario.model_validate(parts), small_sample(), Streams(SEED, 0))


def heads_of(people: People) -> np.ndarray:
    """Return for every person the row of the head of the household."""
    return np.arange(len(people)) - people.member


def rates_of(people: People, part: PopulationPart) -> FloatArray:
    """Return the yearly chance of moving of everybody's household."""
    head = heads_of(people)
    hispanic = tables.origins().name_group[people.origin[head]] == HISPANIC
    bracket = np.searchsorted([35, 65], people.age[head], side="right")
    rates = move_rates(part)
    table = rates[:-1].reshape(2, len(STATUSES), 3)
    by_head = table[hispanic.astype(int), people.status[head], bracket]
    in_quarters = people.relationship == Relationship.QUARTERS
    return np.asarray(np.where(in_quarters, rates[-1], by_head), dtype=np.float64)


def assert_share(hits: BoolArray, share: float, *, alpha: float = 1e-6) -> None:
    """Assert that independent trials succeed with chance ``share``: exact binomial test."""
    count = int(np.asarray(hits).sum())
    assert hits.size > 0
    if hits.size * share < 1e-9:  # also keeps the test from shares too small to compute with
        share = 0.0
    p_value = stats.binomtest(count, hits.size, share).pvalue
    assert p_value >= alpha, (
        f"{count} of {hits.size} ({count / hits.size:.4f}), expected {share:.4f}: p = {p_value:.2g}"
    )
