"""How often stated intervals hold the truth, by drawing runs from a pool of replicates.

A run is so many replicates drawn from the pool, each draw independent of the others. The pool is
then the law that replicates come from, its own value of a measure is the truth exactly, and the
only error left is that of counting: ``DRAWS`` runs give a coverage of 95% to within 0.35 points
(one standard error). Measures, their independent units and their intervals are made by the very
lines that a run's tables are made by.

Limits: the pool stands for the law of replicates as well as its own size allows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from simulator.measures.detail_rates import rated_details
from simulator.measures.estimates import FEW_EVENTS
from simulator.measures.paired import paired
from simulator.measures.rated import Rated
from simulator.measures.rates import rated_quantities
from simulator.randomness import FloatArray, IntArray
from simulator.records import BoolArray

DRAWS = 4_000
CONFIDENCE = 0.95
SEED = 20_250_807
LARGE_GROUP = "origin=us_hispanic"
HEADLINE: dict[tuple[str, str], str] = {
    ("false_discovery_rate", "all"): "False discovery rate",
    ("false_negative_identification_rate", "all"): "Missed matches",
    ("over_disclosed_residents_per_1000_requests", "all"): "Lawful residents exposed",
    ("over_disclosed_residents_direct_per_1000_requests", "all"): "… by their own account",
    ("over_disclosed_residents_collateral_per_1000_requests", "all"): "… through somebody else's",
    ("wrong_address_rate", "all"): "Wrong addresses",
    ("people_at_wrong_doors_lawful_per_1000_requests", "all"): "Lawful people at wrong doors",
    ("deficient_disclosure_rate", "all"): "Deficient requests answered",
    ("yield", "all"): "Yield",
    ("fate_found", "all"): "Fate: the person alone",
    ("fate_found_with_others", "all"): "Fate: the person and others",
    ("fate_wrong_person", "all"): "Fate: a wrong person only",
    ("fate_nobody", "all"): "Fate: nobody",
    ("fate_rejected", "all"): "Fate: rejected",
    ("disparity", LARGE_GROUP): "Disparity, US Hispanic",
    ("disparity", "status=permanent_resident"): "Disparity, permanent residents",
}
"""The measures of the headline and of the page's first screen, with the words of the figure."""
Runs = dict[tuple[str, str], Rated]


@dataclass(frozen=True)
class Coverage:
    """How often intervals held the truth, and how many events a run had to judge by, on average.

    ``below`` and ``above`` are the shares of runs whose interval lay wholly on that side of it.
    """

    covered: float
    below: float
    above: float
    events: float
    draws: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return the exact 95% interval of the coverage (Clopper and Pearson)."""
        hits, draws = round(self.covered * self.draws), self.draws
        low = stats.beta.ppf(0.025, hits, draws - hits + 1) if hits else 0.0
        high = stats.beta.ppf(0.975, hits + 1, draws - hits) if hits < draws else 1.0
        return float(low), float(high)


def drawn(pool_size: int, replicates: int, draws: int = DRAWS) -> IntArray:
    """Return which replicates each run holds, shape (draws, replicates); always the same ones."""
    rng = np.random.default_rng((SEED, replicates))
    return np.asarray(rng.integers(0, pool_size, (draws, replicates)))


def measures_of(quantities: FloatArray, details: FloatArray | None) -> Runs:
    """Return the headline's measures of one run, one group each."""
    found: Runs = {}
    rated = [*rated_quantities(quantities)]
    rated += [] if details is None else [*rated_details(details)]
    for one in rated:
        for name, group in HEADLINE:
            if one.name == name and group in one.labels:
                found[name, group] = _column(one, one.labels.index(group))
    return found


def _column(rated: Rated, at: int) -> Rated:
    reference = None if rated.reference is None else _column(rated.reference, at)
    return replace(
        rated,
        labels=(rated.labels[at],),
        numerators=rated.numerators[:, [at]],
        denominators=rated.denominators[:, [at]],
        units=rated.units[[at]],
        reference=reference,
    )


def _side_by_side(runs: Sequence[Rated]) -> Rated:
    """Return many runs of one measure as one whose groups are the runs."""
    references = [run.reference for run in runs if run.reference is not None]
    return replace(
        runs[0],
        labels=tuple(str(number) for number in range(len(runs))),
        numerators=np.concatenate([run.numerators for run in runs], axis=1),
        denominators=np.concatenate([run.denominators for run in runs], axis=1),
        units=np.concatenate([run.units for run in runs]),
        reference=_side_by_side(references) if references else None,
    )


def many_runs(quantities: FloatArray, details: FloatArray | None, which: IntArray) -> Runs:
    """Return every measure over all runs; a measure absent from a run is left out of all."""
    runs = [
        measures_of(quantities[rows], None if details is None else details[rows]) for rows in which
    ]
    shared = [key for key in HEADLINE if all(key in run for run in runs)]
    return {key: _side_by_side([run[key] for run in runs]) for key in shared}


def truths(quantities: FloatArray, details: FloatArray | None) -> dict[tuple[str, str], float]:
    """Return the pool's own value of each measure."""
    found = measures_of(quantities, details)
    return {key: float(one.estimates(CONFIDENCE).estimate[0]) for key, one in found.items()}


def held(low: FloatArray, high: FloatArray, truth: float, events: float) -> Coverage:
    """Count how often limits hold the truth; a limit that is not available holds nothing."""
    inside: BoolArray = (low <= truth) & (truth <= high)
    return Coverage(
        float(inside.mean()),
        float((high < truth).mean()),
        float((low > truth).mean()),
        events,
        low.size,
    )


def events_of(rated: Rated) -> float:
    """Return how many events or non-events, whichever are fewer, a run has on average.

    Events that come together count as one.
    """
    total, events = rated.denominators.sum(axis=0), rated.numerators.sum(axis=0)
    fewer = np.minimum(events, total - events) if rated.proportion else events
    share = np.minimum(1.0, rated.units / np.maximum(total, 1.0))
    found = float((fewer * share).mean())
    return found if rated.reference is None else min(found, events_of(rated.reference))


def stated(rated: Rated, truth: float) -> Coverage:
    """Return the coverage of the interval that the package states."""
    found = rated.estimates(CONFIDENCE)
    return held(found.ci_low, found.ci_high, truth, events_of(rated))


def binomial(rated: Rated, truth: float) -> Coverage:
    """Return the coverage of Wilson's interval over the things counted, as if independent.

    For a rate that is no proportion, Garwood's over its events.
    """
    events, total = rated.numerators.sum(axis=0), rated.denominators.sum(axis=0)
    if rated.proportion:
        z = stats.norm.ppf(0.5 + CONFIDENCE / 2.0)
        share, weight = events / total, z**2 / total
        middle = (share + weight / 2.0) / (1.0 + weight)
        reach = z * np.sqrt(share * (1.0 - share) / total + weight / (4.0 * total)) / (1.0 + weight)
        low, high = middle - reach, middle + reach
    else:
        low = stats.chi2.ppf(0.025, 2.0 * events) / 2.0 / total
        high = stats.chi2.ppf(0.975, 2.0 * (events + 1.0)) / 2.0 / total
    return held(low * rated.scale, high * rated.scale, truth, events_of(rated))


def unlinearised(rated: Rated, truth: float) -> Coverage:
    """Return the coverage of a t interval whose error takes the denominator for a constant.

    The numerator's spread alone, over the mean denominator: what is left when the residuals of
    the ratio estimator are not taken.
    """
    replicates = rated.numerators.shape[0]
    below = rated.denominators.mean(axis=0)
    middle = rated.numerators.mean(axis=0) / below
    error = rated.numerators.std(axis=0, ddof=1) / np.sqrt(replicates) / below
    reach = stats.t.ppf(0.975, replicates - 1) * error
    low, high = (middle - reach) * rated.scale, (middle + reach) * rated.scale
    return held(low, high, truth, events_of(rated))


def difference(first: Rated, second: Rated, truth: float) -> Coverage:
    """Return the coverage of the paired difference of two policies or worlds."""
    found = paired(first, second, CONFIDENCE)
    events = min(events_of(first), events_of(second))
    return held(found.low, found.high, truth, events)


def unpaired(first: Rated, second: Rated, truth: float) -> Coverage:
    """Return the coverage of the difference where both runs are taken for independent."""
    one, two = first.estimates(CONFIDENCE), second.estimates(CONFIDENCE)
    middle = two.estimate - one.estimate
    error = np.hypot(one.std_error, two.std_error)
    reach = stats.t.ppf(0.975, one.replicates - 1) * error
    return held(middle - reach, middle + reach, truth, min(events_of(first), events_of(second)))


Interval = Callable[[Rated, float], Coverage]


def enough(found: Coverage) -> bool:
    """Say whether a run has events enough for the interval to be Student's nearly always.

    Twice what calls for an exact one, for the events of single runs vary.
    """
    return found.events >= 2.0 * FEW_EVENTS
