"""Which ZIPs a replicate lives in, and how they are cut into shards.

ZIPs are drawn with equal probability by systematic sampling along the national frame sorted by
composition and, within it, by population (a serpentine order), so that every sample resembles the
nation. The ZIPs drawn are put in random order and taken whole until the wanted number of people is
reached; only the last is cut short. Several such samples are drawn and the one best balanced is
used. A sample too small for ``LEAST_ZIPS`` whole ZIPs takes the same
part of each of that many, since a town or two would not resemble anything.

Who lives in a ZIP does not depend on which others were drawn nor on the shards; only where people
lived before does, since former homes lie in the sample.

Limits: closeness of ZIPs is not sampled. A three-digit ZIP area or a state holds few of its ZIPs,
so coincidences within one (address threshold or blocking key zip3, key state) are far rarer than in
the nation; those within a five-digit ZIP or closer are not, except that samples under about 400,000
people hold only part of each ZIP.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from simulator.inversion import Guided, guided
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.reference import tables

LEAST_ZIPS = 40
COMPOSITION_STRATA = 10
SPARE = 1.25
CANDIDATES = 128
PEOPLE_PER_SHARD = 100_000
# Group quarters lie in few ZIPs: a sample misses their number more than any other, and would be
# chosen for it alone.
QUARTERS_BALANCE = 0.02


@dataclass(frozen=True)
class Places:
    """ZIPs with the number of occupied dwellings in each; the unit of a shard.

    ``rows`` number the ZIP table; dwellings 0 … ``households`` - 1 of each are lived in by
    households. Its first ``quarters`` places in group quarters are lived in too; place k is
    dwelling ``zips().households[row] + k``.
    """

    rows: IntArray
    households: IntArray
    quarters: IntArray


@dataclass(frozen=True)
class Sample:
    """The ZIPs of one replicate and how its households are spread over them.

    ``cumulative`` is the cumulative share of households; ``by_group`` (name groups, ZIPs) the
    same for the households of each name group, by the composition of the ZIPs.
    """

    places: Places
    cumulative: FloatArray
    by_group: FloatArray

    @cached_property
    def homes(self) -> Guided:
        """Return ``by_group`` as compiled loops draw from it."""
        return guided(self.by_group)


def people_in(places: Places) -> FloatArray:
    """Return the people expected in each ZIP of ``places``."""
    frame = tables.zips()
    homes = frame.population[places.rows] - frame.quarters[places.rows]
    per_household = homes / frame.households[places.rows]
    return np.asarray(per_household * places.households + places.quarters)


@cache
def _national_order() -> IntArray:
    """Return ZIP rows sorted by composition stratum, then by population, back and forth."""
    frame = tables.zips()
    # County regression of the foreign-born share on composition (2006-10), in per cent.
    foreign = 0.87 + 37.7 * frame.group_shares[:, 2] + 87.9 * frame.group_shares[:, 3]
    by_composition = np.argsort(foreign, kind="stable")
    people = np.cumsum(frame.population[by_composition].astype(np.float64))
    strata = np.minimum(
        (people / people[-1] * COMPOSITION_STRATA).astype(int), COMPOSITION_STRATA - 1
    )
    order = []
    for stratum in range(COMPOSITION_STRATA):
        rows = by_composition[strata == stratum]
        rows = rows[np.argsort(frame.population[rows], kind="stable")]
        order.append(rows if stratum % 2 == 0 else rows[::-1])
    return np.concatenate(order).astype(np.int64)


def draw_sample(size: int, group_quarters: float, *, rng: Streams) -> Sample:
    """Draw the ZIPs that hold ``size`` people, or the whole frame if it holds fewer.

    ``group_quarters`` is the share of places in group quarters that are in use. Of ``CANDIDATES``
    such draws the one closest to the national composition is used (rejective sampling, Fuller
    2009), since a hundred ZIPs drawn once miss it by a fifth.
    """
    everybody = float(_people_per_zip(group_quarters).sum())
    draws = 1 if size >= everybody else CANDIDATES
    candidates = [_draw_once(size, group_quarters, number, rng=rng) for number in range(draws)]
    distances = [_imbalance(places) for places in candidates]
    return _spread(candidates[int(np.argmin(distances))])


def _people_per_zip(group_quarters: float) -> FloatArray:
    frame = tables.zips()
    return np.asarray(frame.population - (1.0 - group_quarters) * frame.quarters)


def _draw_once(size: int, group_quarters: float, candidate: int, *, rng: Streams) -> Places:
    order = _national_order()
    population = _people_per_zip(group_quarters)
    share = min(1.0, SPARE * size / population.sum())
    wanted = min(order.size, max(LEAST_ZIPS, int(np.ceil(share * order.size))))
    step = order.size / wanted
    start = rng.table(Stage.SAMPLE, 2 * candidate, np.zeros(1, dtype=np.int64))[0, 0]
    drawn = order[np.minimum(((np.arange(wanted) + start) * step).astype(int), order.size - 1)]
    shuffle = rng.table(Stage.SAMPLE, 2 * candidate + 1, drawn)[0]
    drawn = drawn[np.argsort(shuffle, kind="stable")]
    return _cut(drawn, size, group_quarters)


def _composition(rows: IntArray, weights: FloatArray) -> FloatArray:
    """Return group shares, multi-unit share, people and quarters per household."""
    frame = tables.zips()
    described = np.column_stack(
        [
            frame.group_shares[rows],
            frame.share_multi_unit[rows],
            (frame.population[rows] - frame.quarters[rows]) / frame.households[rows],
            frame.quarters[rows] / frame.households[rows],
        ]
    )
    # Summed column by column: a matrix product may round differently on another machine.
    return np.asarray((weights[:, None] * described).sum(axis=0) / weights.sum())


@cache
def _national_composition() -> FloatArray:
    frame = tables.zips()
    rows = np.arange(frame.households.size)
    return _composition(rows, frame.households.astype(np.float64))


def _imbalance(places: Places) -> float:
    """Return the weighted sum of squared relative differences from the national composition."""
    nation = _national_composition()
    here = _composition(places.rows, places.households.astype(np.float64))
    squares = ((here - nation) / nation) ** 2
    squares[-1] *= QUARTERS_BALANCE
    return round(float(squares.sum()), 12)


def _cut(rows: IntArray, size: int, group_quarters: float) -> Places:
    """Keep ZIPs until ``size`` people are reached, or thin all of them if they are few."""
    frame = tables.zips()
    population = _people_per_zip(group_quarters)[rows]
    if rows.size <= LEAST_ZIPS:
        part = np.full(rows.size, min(1.0, size / population.sum()))
        fewest = 1
    else:
        before = np.cumsum(population) - population
        part = np.clip((size - before) / population, 0.0, 1.0)
        fewest = 0
    households = np.round(frame.households[rows] * part).astype(np.int64)
    households = np.maximum(households, fewest)
    quarters = np.round(frame.quarters[rows] * part * group_quarters).astype(np.int64)
    used = households > 0
    return Places(rows[used], households[used], quarters[used])


def _spread(places: Places) -> Sample:
    """Return a sample with how its households are spread over the ZIPs, in all and by group."""
    weights = places.households.astype(np.float64)
    composition = tables.zips().group_shares[places.rows].T
    return Sample(
        places,
        _cumulative(weights),
        np.stack([_cumulative(weights * share) for share in composition]),
    )


def _cumulative(weights: FloatArray) -> FloatArray:
    """Return cumulative shares; equal ones where nothing has weight."""
    total = np.cumsum(weights if weights.sum() > 0.0 else np.ones(weights.size))
    return np.asarray(total / total[-1])


def zip_of_group(sample: Sample, groups: IntArray, draws: FloatArray) -> IntArray:
    """Return indexes of ZIPs of the sample, by where the households of each name group live."""
    index = np.empty(groups.size, np.int64)
    for group, cumulative in enumerate(sample.by_group):
        mine = groups == group
        index[mine] = np.searchsorted(cumulative, draws[mine], side="right")
    return np.minimum(index, sample.places.rows.size - 1)


def shards(sample: Sample) -> list[Places]:
    """Cut a sample into runs of whole ZIPs of about ``PEOPLE_PER_SHARD`` people each."""
    places = sample.places
    number = (np.cumsum(people_in(places)) / PEOPLE_PER_SHARD).astype(int)
    edges = np.flatnonzero(np.diff(number, prepend=-1))[1:]
    columns = (places.rows, places.households, places.quarters)
    parts = zip(*(np.split(column, edges) for column in columns), strict=True)
    return [Places(*part) for part in parts]
