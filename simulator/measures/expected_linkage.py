"""Error rates of a linkage rule by enumeration, for records whose fields agree independently.

Given the chances of every level of every field among matches (m) and among non-matches (u), every
comparison vector has a known chance in either kind of pair and a known score (Fellegi and Sunter,
JASA 64, 1969, section 2). Summing over all vectors gives the share of matches that a threshold
misses and the false links it makes. Shares no code with the stages it checks.

Limits: fields of real records are not independent (relatives share surname and address), and
errors of one request strike all its pairs at once; this is the yardstick for tables where neither
holds. The false discovery rate is a ratio of expectations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Who is compared: every request with every account; ``mated`` requests have one match each."""

    requests: int
    accounts: int
    mated: int

    @property
    def non_matching(self) -> int:
        """Pairs of two people."""
        return self.requests * self.accounts - self.mated


@dataclass(frozen=True)
class ExpectedRates:
    """Expected error rates at each threshold, arrays of one shape.

    ``miss_share``: matches not linked; ``false_links``: their number; ``false_discovery_rate``:
    false links among links, NaN where no link is expected; ``unmated_hit_share``: unmated requests
    with at least one link.
    """

    miss_share: FloatArray
    false_links: FloatArray
    false_discovery_rate: FloatArray
    unmated_hit_share: FloatArray


def _over_all_vectors(by_field: Sequence[FloatArray], combine: np.ufunc) -> FloatArray:
    """Combine one value per level of every field for all vectors, the last field fastest."""
    values = np.asarray(by_field[0], dtype=np.float64)
    for of_field in by_field[1:]:
        values = combine.outer(values, of_field).reshape(-1)
    return values


def _rates(linked_matches: FloatArray, linked_others: FloatArray, pairs: Pairs) -> ExpectedRates:
    true_links = pairs.mated * linked_matches
    false_links = pairs.non_matching * linked_others
    links = true_links + false_links
    rate = np.full(links.shape, np.nan)
    np.divide(false_links, links, out=rate, where=links > 0.0)
    hit = -np.expm1(pairs.accounts * np.log1p(-np.minimum(linked_others, 1.0 - 1e-16)))
    return ExpectedRates(1.0 - linked_matches, false_links, rate, np.asarray(hit))


def score_rates(
    m: Sequence[FloatArray],
    u: Sequence[FloatArray],
    scores: Sequence[FloatArray],
    thresholds: FloatArray,
    pairs: Pairs,
) -> ExpectedRates:
    """Return the rates of a rule that links where the scores of the fields sum to a threshold.

    ``m``, ``u`` and ``scores`` have one array per field, one entry per level; chances sum to 1.
    Scores should be exact in binary, so that sums meet thresholds exactly.
    """
    total = _over_all_vectors(scores, np.add)
    match, other = _over_all_vectors(m, np.multiply), _over_all_vectors(u, np.multiply)
    order = np.argsort(total, kind="stable")
    from_here = np.searchsorted(total[order], thresholds, side="left")

    def reached(chances: FloatArray) -> FloatArray:
        tail = np.append(np.cumsum(chances[order][::-1])[::-1], 0.0)
        return np.asarray(np.minimum(tail[from_here], 1.0))

    return _rates(reached(match), reached(other), pairs)


def conjunctive_rates(
    m: Sequence[FloatArray], u: Sequence[FloatArray], passing: Sequence[BoolArray], pairs: Pairs
) -> ExpectedRates:
    """Return the rates of a rule that links where every field is at a level that passes."""

    def linked(chances: Sequence[FloatArray]) -> FloatArray:
        shares = [of_field[ok].sum() for of_field, ok in zip(chances, passing, strict=True)]
        return np.asarray(np.prod(shares))

    return _rates(linked(m), linked(u), pairs)
