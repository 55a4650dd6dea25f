"""Certify policies against a budget of harm, so that what is promised of the chosen one holds.

Whoever tries many thresholds and keeps one that looks safe enough keeps, too often, one that was
lucky: the number it was chosen for is then too good. Two things are done about it.

* **Replicates are held out.** The first part of them only puts the candidates in an order; the rest
  only certifies. The order is fixed before a certifying replicate is looked at.
* **Candidates are tested one after another in that order, each at the full level, until the first
  fails** (fixed-sequence testing; W. Maurer, L. Hothorn and W. Lehmacher, 1995; for limits on risk
  A. Angelopoulos, S. Bates, E. Candes, M. Jordan and L. Lei, Learn then Test, 2021). For anything
  to be certified wrongly the first candidate in the order that breaks a budget must pass its test,
  and that happens in at most 1 - confidence of cases, however the tests depend on each other and
  however many candidates there are. So all that are certified keep their budgets together, and any
  of them may be picked. Several budgets must all hold: each is tested at the full level, and a
  candidate that breaks one passes all of them no more often than that one.

A test compares an upper limit with the budget. The limit is the larger of two: Student's t over
replicates on the reciprocal of the rate (to second order), since with skewed counts the spread is
underestimated just where the rate is, and on the rate or its logarithm t then covers too seldom;
and Garwood's limit of a Poisson mean (1936) with events counted in clumps. How strongly events
clump is the variance over replicates against the Poisson's; where a candidate shows few events it
cannot show that, and the clumping of the next candidate with enough of them is used, from the
choosing part. It is at least what one request brings at once (``Harm.clump``), since few replicates
show a variance badly.

Limits. Replicates must be independent and their number not depend on the certifying ones. By
simulation a limit lies below the truth in at most 5% of cases for 95% where the expected counts of
replicates differ by up to 80%; where denominators differ as much between them, in up to 6%. What
is limited is the rate on average over worlds, not what one list will do. The scenario's own
parameters are taken as given, and budgets as set before anything was looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from simulator.measures.estimates import BoolArray, FloatArray
from simulator.randomness import IntArray

CHOOSING_SHARE = 1.0 / 3.0
FEWEST_CHOOSING, FEWEST_CERTIFYING = 3, 5
FEWEST = FEWEST_CHOOSING + FEWEST_CERTIFYING
ENOUGH_EVENTS = 20.0
"""As many events of a candidate show how they clump."""


class Status(StrEnum):
    """What is known of a candidate."""

    CERTIFIED = "certified"
    FAILED = "failed"  # the first whose upper limit is above a budget; nothing after it is tested
    NOT_REACHED = "not reached"
    BEATEN = "beaten"  # another finds at least as many at no more harm, by the choosing part
    FINDS_NOBODY = "finds nobody"


class TooFewReplicatesError(ValueError):
    """There are too few replicates to hold some out; the message is one sentence."""


@dataclass(frozen=True)
class Harm:
    """What one budget limits: ``events`` / ``against`` of each candidate, at most ``limit``.

    Both arrays have shape (replicates, candidates); ``limit`` is in counts per count, unscaled,
    above 0. ``proportion`` says that the rate cannot exceed 1. ``clump`` is how many events one
    request brings at once, at least 1, shape (candidates,); None for one.
    """

    events: FloatArray
    against: FloatArray
    limit: float
    proportion: bool
    clump: FloatArray | None = None

    def part(self, rows: slice) -> "Harm":
        """Return some of the replicates."""
        return Harm(self.events[rows], self.against[rows], self.limit, self.proportion, self.clump)

    @property
    def rates(self) -> FloatArray:
        """The rate of each candidate, NaN where there is nothing to count against."""
        total = self.against.sum(axis=0)
        return _divided(self.events.sum(axis=0), total)


@dataclass(frozen=True)
class Certificates:
    """What came of certifying, by candidate.

    ``order`` lists the candidates in the order of testing. ``upper`` holds the upper limits of the
    certifying part, shape (budgets, candidates), unscaled; ``foreseen`` the largest upper limit of
    the choosing part over its budget. ``choosing`` is the number of choosing replicates.
    """

    status: tuple[Status, ...]
    order: IntArray
    upper: FloatArray
    foreseen: FloatArray
    choosing: int

    @property
    def certified(self) -> list[int]:
        """The certified candidates in the order of testing."""
        return [int(one) for one in self.order if self.status[one] == Status.CERTIFIED]

    @property
    def failed(self) -> int | None:
        """The first candidate that failed, None if none did."""
        return next((int(i) for i in self.order if self.status[i] == Status.FAILED), None)


def choosing_replicates(replicates: int, *, at_least: int = 0) -> int:
    """Return how many of the first replicates choose: a third of them, or ``at_least``.

    ``at_least`` is for runs that decided on their number by looking at their first replicates.
    Raises TooFewReplicatesError where fewer than ``FEWEST_CERTIFYING`` would be left.
    """
    choosing = max(FEWEST_CHOOSING, round(replicates * CHOOSING_SHARE), at_least)
    if replicates - choosing < FEWEST_CERTIFYING:
        beside = f" beside the {at_least} of the pilot" if at_least > FEWEST_CHOOSING else ""
        least = max(FEWEST_CHOOSING, at_least) + FEWEST_CERTIFYING
        raise TooFewReplicatesError(
            f"{replicates} replicates are too few to choose on some and certify on the others"
            f"{beside}: it takes at least {least}"
        )
    return choosing


def dispersion(events: FloatArray, against: FloatArray) -> FloatArray:
    """Return the variance of events over replicates in that of a Poisson count, at least 1.

    It is that of the residuals of the ratio, so that a larger list explains more events.
    """
    variance = np.square(_residuals(events, against)).sum(axis=0) / (events.shape[0] - 1)
    return np.fmax(1.0, _divided(variance, events.mean(axis=0)))


def borrowed_dispersion(events: FloatArray, against: FloatArray) -> FloatArray:
    """Return for each candidate the dispersion of the next that has ``ENOUGH_EVENTS`` events.

    That is the candidate itself, or the one with the fewest events above its own; where none has
    enough, 1.
    """
    return _borrowed(events.sum(axis=0), dispersion(events, against))


def least_clump(harm: Harm, choosing: int) -> FloatArray:
    """Return how strongly events of each candidate are taken to clump at least.

    That is the dispersion the choosing part shows of it or of its lender, and no less than what one
    request of either brings at once.
    """
    seen = harm.part(slice(None, choosing))
    shown = borrowed_dispersion(seen.events, seen.against)
    if harm.clump is None:
        return shown
    at_once = _borrowed(harm.events.sum(axis=0), harm.clump)
    return np.maximum(shown, np.maximum(at_once, harm.clump))


def _borrowed(total: FloatArray, own: FloatArray) -> FloatArray:
    by_events = np.argsort(total, kind="stable")
    at = np.searchsorted(total[by_events], np.maximum(total, ENOUGH_EVENTS))
    known = at < total.size
    lender = by_events[np.where(known, at, 0)]
    lent = np.where(known, own[lender], 1.0)
    return np.where(total >= ENOUGH_EVENTS, np.maximum(own, lent), lent)


def upper_limits(harm: Harm, confidence: float, least_dispersion: FloatArray) -> FloatArray:
    """Return a one-sided upper limit of the rate of each candidate, NaN without a denominator.

    ``least_dispersion`` is how strongly events are taken to clump at least, shape (candidates,).
    Raises ValueError where there are fewer than two replicates or the level is not inside (0, 1).
    """
    replicates = harm.events.shape[0]
    if replicates < 2:
        raise ValueError("an upper limit needs at least two replicates")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie inside (0, 1), not {confidence}")
    total, rate = harm.against.sum(axis=0), harm.rates
    # A replicate with much of the denominator draws the ratio to itself, and its residual to 0
    # (MacKinnon and White 1985, HC2); with equal denominators the factor is the usual n / (n - 1).
    rest = 1.0 - np.nan_to_num(_divided(harm.against, np.broadcast_to(total, harm.against.shape)))
    squares = _divided(np.square(_residuals(harm.events, harm.against)), rest)
    error = np.sqrt(np.nansum(squares, axis=0)) / np.where(total > 0, total, np.nan)
    reach = stats.t.ppf(confidence, replicates - 1) * _divided(error, rate)
    beyond = np.minimum(reach + np.square(reach) / 2.0, 50.0)  # of -log(1 - reach), second order
    skewed = np.where(rate > 0.0, rate * np.exp(beyond), 0.0)
    clump = np.maximum(dispersion(harm.events, harm.against), least_dispersion)
    clumps = harm.events.sum(axis=0) / clump
    poisson = _divided(stats.chi2.ppf(confidence, 2.0 * (clumps + 1.0)) / 2.0 * clump, total)
    upper = np.where(np.isnan(rate), np.nan, np.fmax(skewed, poisson))
    return np.minimum(upper, 1.0) if harm.proportion else upper


def foreseen_limits(harm: Harm, confidence: float) -> FloatArray:
    """Return the upper limits by which candidates are put in order, NaN without a denominator.

    Events of all are taken to clump as those of the median candidate with enough of them: the
    spread that few replicates show of each would make the order one of luck.
    """
    total = harm.events.sum(axis=0)
    enough = total >= ENOUGH_EVENTS
    own = dispersion(harm.events, harm.against)
    clump = float(np.median(own[enough])) if enough.any() else 1.0
    limit = stats.chi2.ppf(confidence, 2.0 * (total / clump + 1.0)) / 2.0 * clump
    return _divided(limit, harm.against.sum(axis=0))


def certify(
    harms: Sequence[Harm], found: FloatArray, *, choosing: int, confidence: float
) -> Certificates:
    """Order candidates by the first ``choosing`` replicates and certify them by the others.

    Args:
        harms: what each budget limits; all have the same replicates and candidates.
        found: true matches, shape (replicates, candidates).
        choosing: how many replicates choose, from ``choosing_replicates``.
        confidence: how sure every certificate is that all budgets hold, all of them together.

    The order goes from the safest candidate to the one that finds most: one follows another only
    if it finds more. Raises ValueError where no budget is given or a limit is not positive.
    """
    if not harms or not all(harm.limit > 0.0 for harm in harms):
        raise ValueError("give at least one budget, each above 0")
    first, rest = slice(None, choosing), slice(choosing, None)
    foreseen, uppers = [], []
    for harm in harms:
        seen, held = harm.part(first), harm.part(rest)
        foreseen.append(foreseen_limits(seen, confidence) / harm.limit)
        uppers.append(upper_limits(held, confidence, least_clump(harm, choosing)))
    worst = np.max(foreseen, axis=0)
    finds = found[first].sum(axis=0)
    order = _frontier(worst, finds)
    upper = np.stack(uppers)
    holds = np.all(upper <= np.array([[harm.limit] for harm in harms]), axis=0)
    status = np.full(finds.size, Status.BEATEN, dtype=object)
    status[finds <= 0.0] = Status.FINDS_NOBODY
    passed = np.cumprod(holds[order]).astype(np.bool_)
    status[order] = Status.NOT_REACHED
    status[order[passed]] = Status.CERTIFIED
    if not passed.all():
        status[order[passed.sum()]] = Status.FAILED
    return Certificates(tuple(status.tolist()), order, upper, worst, choosing)


def replicates_to_pass(
    rate: float, upper: float, limit: float, replicates: int, *, events: float
) -> float:
    """Return about how many certifying replicates would bring an upper limit down to a budget.

    The same rate is taken to be seen again; without ``events`` the limit shrinks with their
    number, else the distance of limit and rate with its root. Infinite where the rate itself is
    not below the budget.
    """
    if not rate < limit:
        return np.inf
    if events == 0.0:
        return float(replicates * upper / limit)
    return float(replicates * ((upper - rate) / (limit - rate)) ** 2)


def _frontier(worst: FloatArray, finds: FloatArray) -> IntArray:
    """Return the candidates that nobody beats, safest first, each finding more than the last."""
    able: BoolArray = (finds > 0.0) & np.isfinite(worst)
    kept, most = [], 0.0
    for one in np.lexsort((-finds, worst)):
        if able[one] and finds[one] > most:
            kept.append(one)
            most = finds[one]
    return np.array(kept, dtype=np.int64)


def _divided(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0.0, above / below, np.nan)


def _residuals(events: FloatArray, against: FloatArray) -> FloatArray:
    ratio = _divided(events.sum(axis=0), against.sum(axis=0))
    return np.asarray(events - np.nan_to_num(ratio) * against)
