"""What guardrails change: paired differences, residents spared per match lost, Shapley values.

Every number is a difference of two outcomes of one replicate, so that people, roll and list cancel;
the interval is over replicates. The denominator is every request on the list, heard or not: it does
not move with the guardrails. Three things follow.

* A difference of which only one sign is possible is a count of what a guardrail stopped and gets
  the interval of a rate (``measures.estimates``): Student's t, or the exact one where little was
  seen. A difference that might have either (caps and selection may release one account because
  another was stopped) gets Student's t, whatever signs were seen: a few replicates share one by
  chance. Where nothing changed at all, either way is bounded.
* Spared per lost is a ratio of two differences that are seen together. Its interval is Fieller's
  (E. C. Fieller, JRSS B 16, 1954): the ratios that t does not reject. Where the interval of what is
  lost holds 0, no upper limit exists, and none is given.
* The Shapley value (L. S. Shapley, 1953) of a guardrail is what it changes on average over all
  orders in which the guardrails could be introduced. The values add up to what all change together.

Limits. Replicates carry the variation of simulated worlds alone. Fieller's interval takes sums over
replicates as normal; with few matches lost that is rough, and mostly unbounded.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from simulator.measures.estimates import Estimates, FloatArray, ratio_estimates

_ROUNDING = 1e-12  # relative; spread this small is rounding


class Known(StrEnum):
    """What is known of a ratio of spared to lost."""

    BOUNDED = "bounded"
    AT_LEAST = "at least"  # the interval of what is lost holds 0: there is no upper limit
    UNBOUNDED = "unbounded"  # neither limit exists
    NONE_LOST = "none lost"
    NONE_SPARED = "none spared"
    MATCHES_GAINED = "matches gained"
    NO_CHANGE = "no change"
    ONE_REPLICATE = "one replicate"


@dataclass(frozen=True)
class SparedPerLost:
    """Residents spared per true match lost; NaN is "not available", ``known`` says why."""

    estimate: float
    ci_low: float
    ci_high: float
    spared: float
    lost: float
    known: Known


def paired_changes(
    changed: FloatArray,
    requests: FloatArray,
    *,
    confidence: float,
    scale: float = 1.0,
    one_way: bool = True,
    clumps: FloatArray | float = 1.0,
) -> Estimates:
    """Estimate differences per request, each taken within its replicate, with intervals.

    Args:
        changed: differences, shape (replicates, rows), of any sign.
        requests: every request on the list of each replicate, shape (replicates,), positive.
        confidence: level of the two-sided interval, inside (0, 1).
        scale: factor on estimate, error and interval, such as 1000 for "per 1,000 requests".
        one_way: whether each row can differ in one direction only; rows in which both signs were
            seen are taken for ones that can differ in either.
        clumps: how many events come together, at least 1, one number or one per row: a household
            is spared by one request. Exact intervals count clumps.

    ``numerator`` holds the sum of the differences and ``denominator`` that of the requests. With
    one replicate there is no interval but where nothing changed.

    Raises:
        ValueError: shapes differ, a difference is not finite or a number of requests not positive;
            confidence or scale is out of range.
    """
    if changed.ndim != 2 or requests.shape != changed.shape[:1]:
        raise ValueError(
            f"differences of shape {changed.shape} do not fit requests of {requests.shape}"
        )
    if not np.isfinite(changed).all() or not (requests > 0.0).all():
        raise ValueError("differences must be finite and requests positive")
    asked = np.broadcast_to(requests[:, None], changed.shape)
    never = (changed == 0.0).all(axis=0)
    up = never | (one_way & (changed >= 0.0).all(axis=0))
    down = never | (one_way & (changed <= 0.0).all(axis=0))
    counted = ratio_estimates(
        np.where(up | down, np.abs(changed), 0.0),
        asked,
        confidence=confidence,
        scale=scale,
        proportion=False,
        independent_units=asked.sum(axis=0) / clumps,
    )
    estimate, error, low, high = _student(changed, requests, confidence, scale)
    ends = [
        (never, -counted.ci_high, counted.ci_high),
        (down & ~up, -counted.ci_high, -counted.ci_low),
        (up & ~down, counted.ci_low, counted.ci_high),
    ]
    return Estimates(
        estimate=estimate,
        std_error=error,
        ci_low=np.select([where for where, _, _ in ends], [end for _, end, _ in ends], low),
        ci_high=np.select([where for where, _, _ in ends], [end for _, _, end in ends], high),
        numerator=changed.sum(axis=0),
        denominator=asked.sum(axis=0),
        replicates=changed.shape[0],
    )


def _student(
    changed: FloatArray, requests: FloatArray, confidence: float, scale: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return estimate, error and Student's interval of differences per request."""
    replicates, total = changed.shape[0], float(requests.sum())
    ratio = changed.sum(axis=0) / total
    if replicates < 2:
        nothing = np.full(ratio.shape, np.nan)
        return ratio * scale, nothing, nothing, nothing
    residuals = changed - ratio * requests[:, None]
    spread = np.sqrt(replicates / (replicates - 1) * np.square(residuals).sum(axis=0))
    spread = np.where(spread <= _ROUNDING * np.abs(changed).sum(axis=0), 0.0, spread)
    error = spread / total
    reach = stats.t.ppf(0.5 + confidence / 2.0, replicates - 1) * error
    return ratio * scale, error * scale, (ratio - reach) * scale, (ratio + reach) * scale


def spared_per_lost(
    spared: FloatArray, lost: FloatArray, *, confidence: float, one_way: bool = True
) -> SparedPerLost:
    """Estimate sum(spared) / sum(lost) with Fieller's interval over replicates.

    Args:
        spared: lawful residents spared by a guardrail, one number per replicate.
        lost: true matches lost to it, in the same replicates.
        confidence: level of the interval, inside (0, 1).
        one_way: whether the guardrail can only spare and only lose.

    Where it can, and neither was negative in any replicate, the ratio is none either: limits are
    cut at 0, and where what is lost cannot be told from 0 but what is spared can, a lower limit
    is left (``Known.AT_LEAST``). There is no estimate where nothing is lost or matches are gained,
    and no interval where nobody is spared in any replicate.

    Raises:
        ValueError: shapes differ, are not one-dimensional or empty.
    """
    if spared.shape != lost.shape or spared.ndim != 1 or spared.size == 0:
        raise ValueError(f"spared and lost differ in shape: {spared.shape} and {lost.shape}")
    total_spared, total_lost = float(spared.sum()), float(lost.sum())

    def found(known: Known, low: float = math.nan, high: float = math.nan) -> SparedPerLost:
        estimate = total_spared / total_lost if total_lost > 0.0 else math.nan
        return SparedPerLost(estimate, low, high, total_spared, total_lost, known)

    if total_lost < 0.0:
        return found(Known.MATCHES_GAINED)
    if total_lost == 0.0:
        changed = bool(np.any(spared != 0.0))
        return found(Known.NONE_LOST if changed else Known.NO_CHANGE)
    if not np.any(spared != 0.0):
        return found(Known.NONE_SPARED)
    if spared.size < 2:
        return found(Known.ONE_REPLICATE)
    only_less = bool(one_way and (spared >= 0.0).all() and (lost >= 0.0).all())
    return found(*_fieller(spared, lost, confidence, only_less=only_less))


def _fieller(
    spared: FloatArray, lost: FloatArray, confidence: float, *, only_less: bool
) -> tuple[Known, float, float]:
    """Return the ratios r at which mean(spared - r lost) is within t errors of 0."""
    n = spared.size
    t = float(stats.t.ppf(0.5 + confidence / 2.0, n - 1))
    mean_spared, mean_lost = float(spared.mean()), float(lost.mean())
    around_spared, around_lost = spared - mean_spared, lost - mean_lost
    factor = t * t / (n * (n - 1))
    # The ratios r with a r^2 - 2 b r + c <= 0.
    a = mean_lost**2 - factor * float(around_lost @ around_lost)
    b = mean_spared * mean_lost - factor * float(around_spared @ around_lost)
    c = mean_spared**2 - factor * float(around_spared @ around_spared)
    root = math.sqrt(max(b * b - a * c, 0.0))
    if a > _ROUNDING * mean_lost**2:
        low, high = (b - root) / a, (b + root) / a
        return Known.BOUNDED, max(low, 0.0) if only_less else low, high
    if only_less and c > 0.0 and a < 0.0:
        # Outside of two roots of different sign; the negative side is impossible.
        return Known.AT_LEAST, (b - root) / a, math.inf
    return Known.UNBOUNDED, math.nan, math.nan


def shapley(values: FloatArray) -> FloatArray:
    """Return what each of k players is worth on average over all orders, shape (k, ...).

    ``values`` has shape (2**k, ...): the outcome of every subset, in which player i is if bit i of
    the row number is set. The worths add up to the outcome of all less that of none.

    Raises:
        ValueError: the number of rows is no power of 2.
    """
    rows = values.shape[0]
    players = rows.bit_length() - 1
    if rows != 1 << players:
        raise ValueError(f"{rows} outcomes are not those of all subsets of some players")
    subsets = np.arange(rows)
    sizes = np.array([int(subset).bit_count() for subset in subsets])
    # Whole numbers up to the last division: counts of people add up without rounding.
    orders = [
        float(math.factorial(size) * math.factorial(players - size - 1)) for size in range(players)
    ]
    worth = np.zeros((players, *values.shape[1:]))
    for player in range(players):
        without = subsets[subsets >> player & 1 == 0]
        gained = values[without | 1 << player] - values[without]
        worth[player] = np.tensordot(np.array(orders)[sizes[without]], gained, axes=1)
    return np.asarray(worth / math.factorial(players))


def shapley_of_orders(
    values: FloatArray, orders: Sequence[Sequence[int]]
) -> tuple[FloatArray, FloatArray]:
    """Return what each player is worth on average over some orders, and in each of them.

    ``values`` has shape (orders, k + 1, ...): the outcome before the first player of each order and
    after each. The first result has shape (k, ...), the second (orders, k, ...). The worths of each
    order add up to the outcome of all less that of none.

    Raises:
        ValueError: an order does not hold every player once.
    """
    players = values.shape[1] - 1
    if len(orders) != values.shape[0] or any(
        sorted(order) != list(range(players)) for order in orders
    ):
        raise ValueError(f"each of {values.shape[0]} orders must hold {players} players once")
    gained = np.diff(values, axis=1)
    place = np.argsort(np.asarray(orders), axis=1)
    by_player = np.stack([gained[row, place[row]] for row in range(len(orders))])
    return by_player.mean(axis=0), by_player


def sampling_error(by_order: FloatArray) -> FloatArray:
    """Return the standard error that comes from taking some orders instead of all.

    ``by_order`` has shape (orders, ...) and holds an order and its reverse in turn; each two count
    as one draw. NaN where there is one draw.
    """
    pairs = by_order.reshape(by_order.shape[0] // 2, 2, *by_order.shape[1:]).mean(axis=1)
    if pairs.shape[0] < 2:
        return np.full(by_order.shape[1:], np.nan)
    return np.asarray(pairs.std(axis=0, ddof=1) / math.sqrt(pairs.shape[0]))
