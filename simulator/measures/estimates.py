"""Estimate rates and ratios of rates over replicates, each with an honest interval.

The unit of uncertainty is the replicate: one independent population, roll and list. Pairs are not
independent (they share records, and a common name produces false links by the dozen), so a binomial
interval over pairs is far too narrow. Two things follow.

* Where there is enough to see, the interval is Student's t on the linearised residuals of the ratio
  estimator over replicates (W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 6), on the
  scale of the logit for a proportion and of the logarithm for any other rate, as is usual for
  clustered samples (Korn and Graubard 1998). Wrong links come in clusters of namesakes, so that
  rates are skew to the right, and a run that happens to see few of them sees little spread too:
  a t interval on the rate itself then holds the truth in only 92% of runs of five replicates and
  ends too low eight times as often as it begins too high (docs/verification).
* Where there is little to see (few events, no events, nothing but events, or no spread at all over
  replicates), the t interval fails: it is too short, runs below zero or has no width. There the
  interval is the exact one of Clopper and Pearson at an effective sample size (E. L. Korn and
  B. I. Graubard, Survey Methodology 24, 1998), or Garwood's for a rate that is no proportion. Its
  sample size comes from the spread over replicates and never exceeds the number of things that may
  honestly be called independent, which the caller states (``independent_units``).

Limits. Replicates carry the variation of the simulated worlds only: the uncertainty of the
scenario's own parameters is not in these intervals. An exact bound holds only as far as its units
are independent and one unit's share of the events does not exceed its share of the denominator.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special, stats

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

FEW_EVENTS = 20.0
"""Fewer effective events (or effective non-events) than this get an exact interval.

Chosen by simulation of clumped and unclumped counts over 3, 5 and 20 replicates: above it Student's
t covers within about one point of what it promises, below it as little as 87% for 95%.
"""

_ROUNDING = 1e-12  # relative; residuals this small are rounding of equal counts, not spread


@dataclass(frozen=True)
class Estimates:
    """Rates with their uncertainty; arrays hold one entry per row and cannot be written.

    ``estimate``, ``std_error``, ``ci_low`` and ``ci_high`` are in the scale asked for;
    ``numerator`` and ``denominator`` are sums over replicates, unscaled; NaN is "not available".
    """

    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    numerator: FloatArray
    denominator: FloatArray
    replicates: int

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for name in ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator"):
            frozen = np.array(getattr(self, name), dtype=np.float64)
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)


def ratio_estimates(
    numerators: FloatArray,
    denominators: FloatArray,
    *,
    confidence: float,
    scale: float = 1.0,
    proportion: bool,
    independent_units: FloatArray | float | None = None,
) -> Estimates:
    """Estimate sum(numerators) / sum(denominators) per row, with an interval over replicates.

    Args:
        numerators: events, shape (replicates, rows), at least 0.
        denominators: what they are counted against, same shape, at least 0.
        confidence: level of the two-sided interval, inside (0, 1).
        scale: factor on estimate, error and interval, such as 1000 for "per 1,000 requests".
        proportion: whether every event is one of the things in the denominator, so that the ratio
            cannot exceed 1. Other rates are only kept from going below 0.
        independent_units: how many of the things in the denominator, summed over replicates, can
            be struck independently of one another; one number or one per row. For a false
            discovery rate it is the number of requests with a link, not the number of links. It
            is cut to the denominator. None trusts the replicates alone: the bound for a
            proportion without events is then valid whatever the dependence within a replicate,
            and wide (0.168 for 20 replicates at 95%); a rate that is no proportion has none.

    The standard error is sqrt(n / (n - 1) * sum of (numerator_i - R denominator_i)^2) over the
    sum of the denominators, R being the estimate, n the replicates. The interval is that of the
    logit of R, error s / (R (1 - R)), for a proportion and of log R, error s / R, for another
    rate, plus or minus Student's t with n - 1 degrees of freedom times the error, s being the
    standard error, and transformed back. It is exact instead (see the module) if there are
    no events, nothing but events, no spread over replicates, or fewer than ``FEW_EVENTS``
    effective events or non-events.

    A row whose denominators sum to 0 is NaN beside its counts. With one replicate the error is
    NaN, and so is the interval unless there are no events or, in a proportion, only events. The
    standard error of a row without spread is 0: what was seen, not how sure we are; read its
    interval.

    Raises:
        ValueError: shapes differ or are not (replicates >= 1, rows); a value is negative or not
            finite; a proportion has more events than its denominator; confidence, scale or
            independent_units is out of range.
    """
    _check_counts(numerators, denominators, proportion=proportion)
    _check_level(confidence)
    if not (np.isfinite(scale) and scale > 0.0):
        raise ValueError(f"scale must be a positive number, not {scale}")
    replicates = numerators.shape[0]
    events, total = numerators.sum(axis=0), denominators.sum(axis=0)
    units = _independent_units(independent_units, total)
    ratio = _divide(events, total)
    error = _linearised_error(numerators, denominators, ratio)
    low, high = _transformed_interval(ratio, error, replicates, confidence, proportion=proportion)
    if proportion:
        exact, exact_low, exact_high = _exact_proportion(
            ratio, error, total, units, replicates, confidence
        )
    else:
        exact, exact_low, exact_high = _exact_rate(
            ratio, error, events, total, units, replicates, confidence
        )
    return Estimates(
        estimate=ratio * scale,
        std_error=error * scale,
        ci_low=np.where(exact, exact_low, low) * scale,
        ci_high=np.where(exact, exact_high, high) * scale,
        numerator=events,
        denominator=total,
        replicates=replicates,
    )


def ratio_of_ratios(
    group_numerators: FloatArray,
    group_denominators: FloatArray,
    reference_numerators: FloatArray,
    reference_denominators: FloatArray,
    *,
    confidence: float,
    proportion: bool = True,
    group_units: FloatArray | float | None = None,
    reference_units: FloatArray | float | None = None,
) -> Estimates:
    """Estimate a group's risk over the reference group's, both seen in the same replicates.

    The arrays have shape (replicates, rows); a reference of shape (replicates, 1) serves all
    rows. Both risks are ratio estimators. The interval is exp(log estimate plus or minus t s), t
    Student's with n - 1 degrees of freedom and s the standard error of the log ratio by the delta
    method, its linearised residuals taken as differences within replicates so that what group and
    reference share cancels. ``std_error`` is estimate times s. ``numerator`` holds the group's
    events, ``denominator`` the events it would have at the reference's risk.

    Where the logarithm or the spread fails (a group without events, no spread over replicates, or
    fewer than ``FEW_EVENTS`` events that can be struck independently in either), the interval
    runs from the lower limit of the group's risk over the upper limit of the reference's to the
    reverse, each by ``ratio_estimates`` at confidence (1 + confidence) / 2 so
    that both hold together (Bonferroni); ``group_units`` and ``reference_units`` are passed on as
    ``independent_units``. A group that is the reference itself has ratio 1 without any error.

    NaN, with counts, where the reference has no events or no denominator, or the group no
    denominator. With one replicate the error is NaN, and so is the interval unless the group has
    no events; a limit that does not exist is NaN.

    Raises:
        ValueError: as ``ratio_estimates``.
    """
    shape = group_numerators.shape
    if reference_numerators.shape != reference_denominators.shape:
        raise ValueError("reference numerators and denominators differ in shape")
    try:
        reference_n = np.broadcast_to(reference_numerators, shape)
        reference_d = np.broadcast_to(reference_denominators, shape)
    except ValueError as error:
        raise ValueError(
            f"reference of shape {reference_numerators.shape} does not fit groups of {shape}"
        ) from error
    wide = (1.0 + confidence) / 2.0
    group = ratio_estimates(
        group_numerators,
        group_denominators,
        confidence=wide,
        proportion=proportion,
        independent_units=group_units,
    )
    reference = ratio_estimates(
        reference_n,
        reference_d,
        confidence=wide,
        proportion=proportion,
        independent_units=reference_units,
    )
    _check_level(confidence)
    replicates = group.replicates
    estimate = _divide(group.estimate, reference.estimate)
    log_error = _log_ratio_error(
        group_numerators, group_denominators, reference_n, reference_d, group, reference
    )
    log_error = np.where(np.isnan(estimate), np.nan, log_error)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.exp(_student_interval(np.log(estimate), log_error, replicates, confidence))
    itself = np.all((group_numerators == reference_n) & (group_denominators == reference_d), axis=0)
    few = (_struck(group, group_units) < FEW_EVENTS) | (
        _struck(reference, reference_units) < FEW_EVENTS
    )
    apart = (estimate == 0.0) | ((few | (log_error == 0.0)) & ~itself)
    apart &= np.isfinite(estimate)
    if replicates == 1:
        apart &= estimate == 0.0
    return Estimates(
        estimate=estimate,
        std_error=np.where(estimate == 0.0, np.nan, estimate * log_error),
        ci_low=np.where(apart, _divide(group.ci_low, reference.ci_high), low),
        ci_high=np.where(apart, _divide(group.ci_high, reference.ci_low), high),
        numerator=group.numerator,
        denominator=group.denominator * reference.estimate,
        replicates=replicates,
    )


def _struck(risk: Estimates, units: FloatArray | float | None) -> FloatArray:
    """Return how many events could have struck independently: events per thing times units."""
    if units is None:
        return risk.numerator
    return np.fmin(risk.numerator, risk.estimate * np.asarray(units, dtype=np.float64))


def _check_level(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")


def _check_counts(numerators: FloatArray, denominators: FloatArray, *, proportion: bool) -> None:
    if numerators.shape != denominators.shape:
        raise ValueError(
            f"numerators and denominators differ in shape: {numerators.shape} and "
            f"{denominators.shape}"
        )
    if numerators.ndim != 2 or numerators.shape[0] < 1:
        raise ValueError(f"shape must be (replicates >= 1, rows), not {numerators.shape}")
    for name, values in (("numerators", numerators), ("denominators", denominators)):
        if not (np.isfinite(values).all() and (values >= 0.0).all()):
            raise ValueError(f"{name} must be finite and at least 0")
    if proportion and (numerators > denominators * (1.0 + _ROUNDING)).any():
        raise ValueError("a proportion has more events than its denominator")


def _independent_units(
    independent_units: FloatArray | float | None, total: FloatArray
) -> FloatArray | None:
    """Return the independent units behind each row, cut to the denominator."""
    if independent_units is None:
        return None
    units = np.asarray(independent_units, dtype=np.float64)
    if units.shape not in ((), total.shape):
        raise ValueError(f"independent_units must be one number or {total.shape[0]}, one per row")
    filled = np.broadcast_to(units, total.shape)
    if not (np.isfinite(filled) & (filled > 0.0))[total > 0.0].all():
        raise ValueError("independent_units must be positive wherever the denominator is")
    return np.minimum(filled, total)


def _divide(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide with NaN, not infinity or a warning, where the denominator is 0 or NaN."""
    result = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0.0)
    return result


def _linearised_error(
    numerators: FloatArray, denominators: FloatArray, ratio: FloatArray
) -> FloatArray:
    """Return the standard error of each ratio; NaN with one replicate, 0 without spread."""
    replicates = numerators.shape[0]
    if replicates < 2:
        return np.full(ratio.shape, np.nan)
    residuals = numerators - ratio * denominators
    spread = np.sqrt(replicates / (replicates - 1) * np.square(residuals).sum(axis=0))
    spread = np.where(spread <= _ROUNDING * numerators.sum(axis=0), 0.0, spread)
    return np.where(np.isnan(ratio), np.nan, _divide(spread, denominators.sum(axis=0)))


def _log_ratio_error(
    group_numerators: FloatArray,
    group_denominators: FloatArray,
    reference_numerators: FloatArray,
    reference_denominators: FloatArray,
    group: Estimates,
    reference: Estimates,
) -> FloatArray:
    """Return the standard error of log(group risk / reference risk), paired by replicate."""
    if group.replicates < 2:
        return np.full(group.estimate.shape, np.nan)
    pull = _divide(group_numerators - group.estimate * group_denominators, group.numerator)
    pull -= _divide(
        reference_numerators - reference.estimate * reference_denominators, reference.numerator
    )
    variance = group.replicates / (group.replicates - 1) * np.square(pull).sum(axis=0)
    error = np.sqrt(variance)
    return np.where(error <= _ROUNDING, 0.0, error)


def _student_interval(
    centre: FloatArray, error: FloatArray, replicates: int, confidence: float
) -> tuple[FloatArray, FloatArray]:
    if replicates < 2:
        nothing = np.full(centre.shape, np.nan)
        return nothing, nothing
    reach = stats.t.ppf(0.5 + confidence / 2.0, replicates - 1) * error
    return centre - reach, centre + reach


def _transformed_interval(
    ratio: FloatArray,
    error: FloatArray,
    replicates: int,
    confidence: float,
    *,
    proportion: bool,
) -> tuple[FloatArray, FloatArray]:
    """Return Student's t limits taken on the logit of a proportion or the log of a rate.

    NaN where the estimate has no such transform: 0, 1 or not available.
    """
    odds = _divide(ratio, 1.0 - ratio) if proportion else ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.log(odds)
        spread = error / (ratio * (1.0 - ratio)) if proportion else error / ratio
    low, high = _student_interval(middle, spread, replicates, confidence)
    if proportion:
        return special.expit(low), special.expit(high)
    with np.errstate(over="ignore"):  # a spread beyond all numbers has no upper limit
        return np.exp(low), np.exp(high)


def _degrees_of_freedom_factor(replicates: int, confidence: float) -> float:
    """Return the factor on an effective size whose variance was estimated from few replicates."""
    upper = 0.5 + confidence / 2.0
    if replicates < 2:
        return 1.0
    return float((stats.norm.ppf(upper) / stats.t.ppf(upper, replicates - 1)) ** 2)


def _exact_proportion(
    ratio: FloatArray,
    error: FloatArray,
    total: FloatArray,
    units: FloatArray | None,
    replicates: int,
    confidence: float,
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return where the exact interval rules, and its limits (Korn and Graubard 1998)."""
    one_sided = (ratio == 0.0) | (ratio == 1.0)
    without_spread = one_sided | (error == 0.0)
    most = total if units is None else units
    size = _divide(ratio * (1.0 - ratio), np.square(error))
    size = np.fmin(size * _degrees_of_freedom_factor(replicates, confidence), most)
    trusted = np.full(ratio.shape, float(replicates)) if units is None else units
    size = np.where(without_spread, trusted, size)
    events = ratio * size
    few = np.fmin(events, size - events) < FEW_EVENTS
    rules = without_spread | (few & np.isfinite(error))
    tail = (1.0 - confidence) / 2.0
    low, high = np.zeros(ratio.shape), np.ones(ratio.shape)
    some, not_all = rules & (ratio > 0.0), rules & (ratio < 1.0)
    low[some] = stats.beta.ppf(tail, events[some], (size - events + 1.0)[some])
    high[not_all] = stats.beta.ppf(1.0 - tail, (events + 1.0)[not_all], (size - events)[not_all])
    return rules, low, high


def _exact_rate(
    ratio: FloatArray,
    error: FloatArray,
    events: FloatArray,
    total: FloatArray,
    units: FloatArray | None,
    replicates: int,
    confidence: float,
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Return where the exact interval rules, and its limits (Garwood 1936, effective events)."""
    without_spread = (ratio == 0.0) | (error == 0.0)
    most = events if units is None else events * _divide(units, total)
    effective = _divide(np.square(ratio), np.square(error))
    effective = np.fmin(effective * _degrees_of_freedom_factor(replicates, confidence), most)
    effective = np.where(without_spread, most if units is not None else np.nan, effective)
    rules = without_spread | ((effective < FEW_EVENTS) & np.isfinite(error))
    tail = (1.0 - confidence) / 2.0
    low = stats.chi2.ppf(tail, 2.0 * effective) / 2.0
    high = stats.chi2.ppf(1.0 - tail, 2.0 * (effective + 1.0)) / 2.0
    per_event = _divide(ratio, effective)
    if units is not None:
        per_event = np.where(ratio == 0.0, _divide(np.ones(ratio.shape), units), per_event)
    return rules, np.where(ratio == 0.0, 0.0, low * per_event), high * per_event
