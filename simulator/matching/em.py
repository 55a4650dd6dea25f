"""Learn match weights without any truth: expectation and maximisation over comparison vectors.

Candidate pairs are a mixture of matches, share p, and non-matches; within either kind the levels of
the fields are independent. Given counts of comparison vectors, EM (Dempster, Laird and Rubin, JRSS
B 39, 1977; for record linkage Winkler, 1988, and Jaro, JASA 84, 1989) finds m, and u unless it is
held, by turns of guessing which vectors are matches and of counting. The likelihood never falls.

What it can know: with three fields or more, none of them constant, the mixture is identified up to
which kind is called the matches; the kind in which the strongest levels are more likely is. Levels
of different fields that go together for another reason (relatives at one address) are taken for
matches: that is a limit of the model, not of the sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.randomness import FloatArray
from simulator.records import Int8Array

STEPS: Final = 2000
TOLERANCE: Final = 1e-7
"""Largest change of a chance or of the share of matches at which EM has converged."""
_LEAST: Final = 1e-12


@dataclass(frozen=True)
class Mixture:
    """Share of matches, and by field the chances m and u of its levels: shape (L + 1,) each."""

    share: float
    m: tuple[FloatArray, ...]
    u: tuple[FloatArray, ...]


@dataclass(frozen=True)
class Fit:
    """What EM found: ``log_likelihood`` before each step and after the last."""

    mixture: Mixture
    log_likelihood: FloatArray
    converged: bool


def _log_chances(vectors: Int8Array, chances: Sequence[FloatArray]) -> FloatArray:
    """Return the log chance of each vector; a missing field says nothing."""
    total = np.zeros(vectors.shape[1])
    for levels, of_field in zip(vectors, chances, strict=True):
        total += np.append(np.log(np.maximum(of_field, _LEAST)), 0.0)[levels]
    return total


def log_odds(vectors: Int8Array, mixture: Mixture) -> FloatArray:
    """Return the natural log odds that pairs of each vector, shape (fields, vectors), match."""
    prior = np.log(mixture.share) - np.log1p(-mixture.share)
    return np.asarray(prior + _log_chances(vectors, mixture.m) - _log_chances(vectors, mixture.u))


def log_likelihood(vectors: Int8Array, counts: FloatArray, mixture: Mixture) -> float:
    """Return the log likelihood of ``counts`` pairs of each vector."""
    match = np.log(mixture.share) + _log_chances(vectors, mixture.m)
    other = np.log1p(-mixture.share) + _log_chances(vectors, mixture.u)
    return float(counts @ np.logaddexp(match, other))


def _counted(
    vectors: Int8Array, weights: FloatArray, held: Sequence[FloatArray]
) -> tuple[FloatArray, ...]:
    """Return the shares of the levels of each field among weighted pairs that do not lack it.

    ``held`` gives their number and stands where no pair shows the field at all.
    """
    shares = []
    for levels, before in zip(vectors, held, strict=True):
        counted = np.bincount(levels, weights, before.size + 1)[: before.size]
        total = counted.sum()
        shares.append(counted / total if total > 0.0 else before)
    return tuple(shares)


def _step(vectors: Int8Array, counts: FloatArray, now: Mixture, hold_u: bool) -> Mixture:
    """Return the mixture after one turn of expectation and maximisation."""
    odds = log_odds(vectors, now)
    match = 1.0 / (1.0 + np.exp(-np.clip(odds, -700.0, 700.0)))
    share = float(counts @ match / counts.sum())
    u = now.u if hold_u else _counted(vectors, counts * (1.0 - match), now.u)
    share = min(max(share, _LEAST), 1.0 - _LEAST)
    return Mixture(share, _counted(vectors, counts * match, now.m), u)


def _change(one: Mixture, other: Mixture) -> float:
    pairs = zip((*one.m, *one.u), (*other.m, *other.u), strict=True)
    return max(abs(one.share - other.share), *(float(np.abs(a - b).max()) for a, b in pairs))


def _matches_named(mixture: Mixture) -> Mixture:
    """Call that kind of pairs the matches in which the strongest levels are more likely."""
    pairs = zip(mixture.m, mixture.u, strict=True)
    evidence = sum(np.log(max(m[0], _LEAST) / max(u[0], _LEAST)) for m, u in pairs)
    if evidence >= 0.0:
        return mixture
    return Mixture(1.0 - mixture.share, mixture.u, mixture.m)


def fit(vectors: Int8Array, counts: FloatArray, start: Mixture, *, hold_u: bool) -> Fit:
    """Fit a mixture to comparison vectors, shape (fields, vectors), and their counts.

    Levels are numbered as in ``matching.vectors``. With ``hold_u`` u stays as in ``start`` and so
    says which kind of pairs the matches are. Stops when nothing changes by more than ``TOLERANCE``,
    or after ``STEPS`` steps, unconverged.

    Raises ValueError where there is no pair at all.
    """
    if counts.sum() <= 0.0:
        raise ValueError("EM needs at least one candidate pair")
    now, trace = start, [log_likelihood(vectors, counts, start)]
    converged = False
    for _ in range(STEPS):
        after = _step(vectors, counts, now, hold_u)
        trace.append(log_likelihood(vectors, counts, after))
        converged = _change(now, after) <= TOLERANCE
        now = after
        if converged:
            break
    return Fit(now if hold_u else _matches_named(now), np.array(trace), converged)
