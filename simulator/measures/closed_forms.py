"""Closed forms that the simulation must agree with: pure formulas, no stage of the simulation.

They rest on elementary probability, with the source beside each. They share no code with the
stages they check, and know nothing of scenarios. Limits: every one of them assumes independence
of some kind, named in its docstring; where the simulated world breaks it, the closed form is the
yardstick and not the truth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]

MOST_VECTORS = 4_000_000
"""Most comparison vectors enumerated; a model with more raises rather than exhausts memory."""

_TIE = 1e-9  # bits; weights this close to the threshold count as reaching it


@dataclass(frozen=True)
class FellegiSunterRates:
    """Error rates of a Fellegi-Sunter rule.

    ``false_match_rate`` is P(link | non-match), ``false_non_match_rate`` P(non-link | match),
    ``false_discovery_rate`` P(non-match | link), NaN if nothing can be linked.
    """

    false_match_rate: float
    false_non_match_rate: float
    false_discovery_rate: float


def birthday_collision_probability(people: int, days: int) -> float:
    """Return the chance that at least two of ``people`` share one of ``days`` equal keys.

    1 - prod over i < people of (1 - i / days). Keys are equally likely and independent. Source:
    von Mises 1939; published uses: McDonald and Levitt 2008.

    Raises:
        ValueError: people below 0 or days below 1.
    """
    _require_count(people, "people", least=0)
    _require_count(days, "days", least=1)
    if people > days:
        return 1.0
    return float(-np.expm1(np.log1p(-np.arange(people, dtype=np.float64) / days).sum()))


def two_list_pairs(first: int, second: int, keys: int) -> float:
    """Return the expected pairs across two lists that share a key: first * second / keys.

    Keys are equally likely and independent between the lists. Source: linearity of expectation.

    Raises:
        ValueError: a list below 0 or keys below 1.
    """
    _require_lists(first, second, keys)
    return first * second / keys


def two_list_matched(first: int, second: int, keys: int) -> float:
    """Return how many of ``first`` are expected to share a key with anybody on the second list.

    first * (1 - (1 - 1 / keys)^second). Keys are equally likely and independent. Source: linearity
    of expectation.

    Raises:
        ValueError: a list below 0 or keys below 1.
    """
    _require_lists(first, second, keys)
    if second == 0:
        return 0.0
    if keys == 1:
        return float(first)
    return float(-first * np.expm1(second * np.log1p(-1.0 / keys)))


def coincidental_agreements(listed: float, enrolled: float, shares: FloatArray) -> float:
    """Return the expected pairs that agree by chance: listed * enrolled * sum of shares squared.

    ``shares`` holds the share of people with each value, shape (values,), sum at most 1; what is
    missing from 1 never agrees. Values are drawn independently in both lists and no pair is the
    same person. Source: linearity of expectation; sum p^2 is Simpson's index (1949).

    Raises:
        ValueError: a list below 0, or shares negative or summing to more than 1.
    """
    return coincidental_agreements_between(
        np.array([listed], dtype=np.float64),
        np.array([enrolled], dtype=np.float64),
        shares[np.newaxis, :],
        shares[np.newaxis, :],
    )


def coincidental_agreements_between(
    listed: FloatArray,
    enrolled: FloatArray,
    listed_shares: FloatArray,
    enrolled_shares: FloatArray,
) -> float:
    """Return the expected chance agreements between two lists made of groups.

    sum over g, h of listed_g * enrolled_h * sum over k of listed_shares_gk * enrolled_shares_hk.
    ``listed`` has shape (g,), ``enrolled`` (h,), the shares (g, values) and (h, values), each row
    summing to at most 1. Values are drawn independently within groups and no pair is the same
    person. Source: linearity of expectation.

    Raises:
        ValueError: shapes do not fit, a list below 0, shares negative or summing to more than 1.
    """
    for people, shares, name in (
        (listed, listed_shares, "listed"),
        (enrolled, enrolled_shares, "enrolled"),
    ):
        if shares.ndim != 2 or people.shape != shares.shape[:1]:
            raise ValueError(f"{name} of shape {people.shape} does not fit {shares.shape} shares")
        if not (np.isfinite(people).all() and (people >= 0.0).all()):
            raise ValueError(f"{name} must be finite and at least 0")
        _require_shares(shares, f"{name} shares")
    if listed_shares.shape[1] != enrolled_shares.shape[1]:
        raise ValueError("the two lists' shares are over different numbers of values")
    return float((listed @ listed_shares) @ (enrolled @ enrolled_shares))


def expected_duplicates(people: int, shares: FloatArray) -> float:
    """Return how many of ``people`` are expected to repeat a key that another already has.

    people - sum over k of (1 - (1 - p_k)^people): the people less the distinct keys among them.
    ``shares`` has shape (keys,) and sums to 1. Keys are drawn independently. Source: expected
    occupancy (Feller, An Introduction to Probability Theory, volume 1, chapter IV).

    Raises:
        ValueError: people below 0, shares negative or not summing to 1.
    """
    _require_count(people, "people", least=0)
    _require_shares(shares[np.newaxis, :], "shares")
    if abs(float(shares.sum()) - 1.0) > 1e-9:
        raise ValueError(f"shares must sum to 1, not {shares.sum():.9g}")
    if people == 0:
        return 0.0
    with np.errstate(divide="ignore"):
        distinct = -np.expm1(people * np.log1p(-np.minimum(shares, 1.0))).sum()
    return float(people - distinct)


def poisson_probability(count: int, mean: float) -> float:
    """Return the chance of exactly ``count`` events: exp(-mean) mean^count / count!.

    Events are rare and independent (Poisson 1837).

    Raises:
        ValueError: count below 0, or mean below 0 or not finite.
    """
    _require_count(count, "count", least=0)
    if not (math.isfinite(mean) and mean >= 0.0):
        raise ValueError(f"mean must be finite and at least 0, not {mean}")
    return float(np.exp(special.xlogy(count, mean) - mean - special.gammaln(count + 1)))


def positive_predictive_value(true_pairs: int, pairs: int) -> float:
    """Return the share of pairs reported that are true: true_pairs / pairs; NaN without pairs.

    Raises:
        ValueError: a count below 0 or more true pairs than pairs.
    """
    _require_pairs(true_pairs, pairs)
    return true_pairs / pairs if pairs else math.nan


def people_in_false_pairs(true_pairs: int, pairs: int) -> int:
    """Return the people in pairs wrongly reported, two a pair, if nobody is in two of them.

    Raises:
        ValueError: a count below 0 or more true pairs than pairs.
    """
    _require_pairs(true_pairs, pairs)
    return 2 * (pairs - true_pairs)


def address_still_current(annual_move_rate: float, years: float) -> float:
    """Return the share of addresses still current after some years: (1 - annual_move_rate)^years.

    Moves are independent from year to year, everybody's chance is the same and nobody moves back.

    Raises:
        ValueError: a rate outside [0, 1] or years below 0.
    """
    _require_share(annual_move_rate, "annual_move_rate")
    if not (math.isfinite(years) and years >= 0.0):
        raise ValueError(f"years must be finite and at least 0, not {years}")
    return float((1.0 - annual_move_rate) ** years)


def exact_match_recall(error_rates: Sequence[float]) -> float:
    """Return the share of records without any error: the product of 1 - rate.

    Errors are independent and each breaks exact agreement.

    Raises:
        ValueError: a rate outside [0, 1].
    """
    for rate in error_rates:
        _require_share(rate, "error rate")
    return math.prod(1.0 - rate for rate in error_rates)


def fellegi_sunter_error_rates(
    m: Sequence[Sequence[float]],
    u: Sequence[Sequence[float]],
    *,
    threshold: float,
    match_share: float,
) -> FellegiSunterRates:
    """Return the error rates of linking all pairs whose match weight reaches the threshold.

    ``m[f][l]`` and ``u[f][l]`` are the chances that field f falls on agreement level l in matches
    and in non-matches; each field's sum to 1. The weight of a comparison vector is the sum over
    fields of log2(m / u); a level that no non-match reaches weighs plus infinity, one that no
    match reaches minus infinity. ``match_share`` is the share of matches among the pairs compared.
    All vectors are enumerated; fields are independent given match or non-match. A weight within
    1e-9 bits of the threshold reaches it. Source: Fellegi and Sunter, JASA 64, 1969.

    Raises:
        ValueError: m and u differ in shape, do not sum to 1 or are negative; match_share is
            outside [0, 1]; threshold is NaN; there are more than ``MOST_VECTORS`` vectors.
    """
    _require_share(match_share, "match_share")
    if math.isnan(threshold):
        raise ValueError("threshold must be a number, not NaN")
    fields = _checked_fields(m, u)
    in_matches, in_non_matches, weight = np.ones(1), np.ones(1), np.zeros(1)
    for m_field, u_field in fields:
        possible = (m_field > 0.0) | (u_field > 0.0)
        with np.errstate(divide="ignore"):
            level_weight = np.log2(m_field[possible]) - np.log2(u_field[possible])
        with np.errstate(invalid="ignore"):  # plus and minus infinity: seen in no pair at all
            weight = np.add.outer(weight, level_weight).ravel()
        in_matches = np.multiply.outer(in_matches, m_field[possible]).ravel()
        in_non_matches = np.multiply.outer(in_non_matches, u_field[possible]).ravel()
    linked = weight >= threshold - _TIE
    found, false = float(in_matches[linked].sum()), float(in_non_matches[linked].sum())
    false_links = (1.0 - match_share) * false
    links = false_links + match_share * found
    return FellegiSunterRates(
        false_match_rate=false,
        false_non_match_rate=float(in_matches[~linked].sum()),
        false_discovery_rate=false_links / links if links > 0.0 else math.nan,
    )


def _checked_fields(
    m: Sequence[Sequence[float]], u: Sequence[Sequence[float]]
) -> list[tuple[FloatArray, FloatArray]]:
    if [len(levels) for levels in m] != [len(levels) for levels in u] or not m:
        raise ValueError("m and u must list the same fields, at least one, with the same levels")
    if math.prod(len(levels) for levels in m) > MOST_VECTORS:
        raise ValueError(f"more than {MOST_VECTORS} comparison vectors to enumerate")
    fields = []
    for number, pair in enumerate(zip(m, u, strict=True)):
        arrays = [np.asarray(levels, dtype=np.float64) for levels in pair]
        for name, levels in zip("mu", arrays, strict=True):
            if not ((levels >= 0.0).all() and abs(float(levels.sum()) - 1.0) <= 1e-9):
                raise ValueError(f"{name} of field {number} must be at least 0 and sum to 1")
        fields.append((arrays[0], arrays[1]))
    return fields


def _require_count(value: int, name: str, *, least: int) -> None:
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")


def _require_lists(first: int, second: int, keys: int) -> None:
    _require_count(first, "first", least=0)
    _require_count(second, "second", least=0)
    _require_count(keys, "keys", least=1)


def _require_pairs(true_pairs: int, pairs: int) -> None:
    _require_count(true_pairs, "true_pairs", least=0)
    if true_pairs > pairs:
        raise ValueError(f"true_pairs, {true_pairs}, exceed pairs, {pairs}")


def _require_share(value: float, name: str) -> None:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in [0, 1], not {value}")


def _require_shares(shares: FloatArray, name: str) -> None:
    if not (np.isfinite(shares).all() and (shares >= 0.0).all()):
        raise ValueError(f"{name} must be finite and at least 0")
    if (shares.sum(axis=1) > 1.0 + 1e-9).any():
        raise ValueError(f"{name} must sum to at most 1")
