"""From counts of comparison vectors to match weights, with or without knowing which pairs match.

*u* comes from random pairs of a request and an account, few of which match: no truth is needed,
and none of the pairs that blocking leaves is needed either. *m* comes from the pairs known to match
(oracle) or, by EM, from the candidate pairs. Candidates cannot show every level: pairs
whose names agree less than 0.80 are not among them, nor, under blocking, are weaker agreements of
the blocked field. Of a level that no candidate shows, although by u some should, EM knows nothing:
it keeps the m that the scenario gives, and the others share the rest.

EM starts from u of random pairs but fits one of its own: candidates of two people were brought
together by similar names, so that they agree more than random pairs do, in names and, being
relatives now and then, in addresses. Held to u of random pairs, EM takes the excess for matches: on
the baseline it found twice as many as there are, and m of the same birth date at 0.46 where the
truth is 0.97; left to fit, 0.96. The weights divide by u of random pairs all the same, which is
what a candidate has to be told from.

So that every weight is finite, half a drawn pair is added to u at every level, and a level that no match
shows gets the m of half a match, or u if that is less: what was never seen is no evidence for a
match.

Limits: random pairs hold the matches too. That raises u where agreement by chance is as rare as a
match (the same address, the same number), and lowers the weights of EM there; the oracle leaves
the matches out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.matching import em
from simulator.matching.vectors import FIELDS, weighed_fields
from simulator.matching.weights import Chances, Weights, given_chances
from simulator.randomness import FloatArray
from simulator.records import BoolArray, Int8Array, Int64Array
from simulator.scenario.schema import MatchingPart, WeightsFrom

_LEVEL_BITS = 4  # at most ten levels, none and missing
HALF_A_PAIR = 0.5


@dataclass(frozen=True)
class VectorCounts:
    """Distinct comparison vectors, shape (5, vectors), and how many pairs show each."""

    vectors: Int8Array
    counts: Int64Array


def counted(vectors: Int8Array) -> VectorCounts:
    """Count the distinct columns of ``vectors``, shape (5, pairs)."""
    return _merged(vectors, np.ones(vectors.shape[1], np.int64))


def added_up(parts: Sequence[VectorCounts]) -> VectorCounts:
    """Add up counts of several sets of pairs."""
    empty = VectorCounts(np.empty((len(FIELDS), 0), np.int8), np.empty(0, np.int64))
    together = [empty, *parts]
    return _merged(
        np.concatenate([part.vectors for part in together], axis=1),
        np.concatenate([part.counts for part in together]),
    )


def _merged(vectors: Int8Array, counts: Int64Array) -> VectorCounts:
    key = np.zeros(vectors.shape[1], np.int64)
    for levels in vectors:
        key = key << _LEVEL_BITS | levels
    distinct, first, place = np.unique(key, return_index=True, return_inverse=True)
    totals = np.zeros(distinct.size, np.int64)
    np.add.at(totals, place, counts)
    return VectorCounts(vectors[:, first], totals)


def shares(counts: FloatArray, half: float = HALF_A_PAIR) -> FloatArray:
    """Return the shares of counted levels, each with ``half`` a pair more."""
    return np.asarray((counts + half) / (counts + half).sum())


def shares_of_matches(counts: FloatArray, u: FloatArray) -> FloatArray:
    """Return m from the matches counted at each level (whole or not): max(n, min(1/2, N u)) / N.

    ``u`` itself where no match is counted. The result is brought to sum 1.
    """
    least = np.minimum(HALF_A_PAIR, counts.sum() * u)
    kept = np.maximum(counts, least) if counts.sum() > 0.0 else u
    return np.asarray(kept / kept.sum())


def _level_counts(counted_pairs: VectorCounts, row: int, levels: int) -> FloatArray:
    """Return how many pairs show each of a field's levels; those that lack it drop out."""
    of_field = counted_pairs.vectors[row]
    return np.bincount(of_field, counted_pairs.counts, levels + 1)[:levels].astype(np.float64)


def oracle_weights(
    part: MatchingPart, matches: VectorCounts, u: Mapping[str, FloatArray]
) -> Weights:
    """Return weights from the pairs that truly match and the chances u among those that do not."""
    fields = {field: given_chances(part, field) for field in FIELDS}
    for field in weighed_fields(part):
        levels = u[field].size
        m = shares_of_matches(_level_counts(matches, FIELDS.index(field), levels), u[field])
        fields[field] = Chances(m, u[field])
    return Weights(fields, _sources(part, WeightsFrom.ORACLE))


def _sources(part: MatchingPart, learnt: WeightsFrom) -> dict[str, WeightsFrom]:
    weighed = weighed_fields(part)
    return {field: learnt if field in weighed else WeightsFrom.GIVEN for field in FIELDS}


def _showable(shown: FloatArray, u: FloatArray) -> BoolArray:
    """Say which levels candidates can show: those they do, and those too rare to tell."""
    return np.asarray((shown > 0.0) | (u * shown.sum() < 1.0))


def _among(chances: FloatArray, showable: BoolArray) -> FloatArray:
    """Return chances of the levels that candidates can show, given that they show one of them."""
    kept = np.where(showable, chances, 0.0)
    return np.asarray(kept / kept.sum())


def _m_of_all(
    fitted: FloatArray, given: FloatArray, u: FloatArray, showable: BoolArray, matches: float
) -> FloatArray:
    """Return m over all levels from its shares among the levels that candidates can show."""
    m = given.copy()
    rest = given[showable].sum()
    m[showable] = rest * shares_of_matches(
        fitted[showable] * matches, _among(u, showable)[showable]
    )
    return np.asarray(m / m.sum())


def _start(
    given: Sequence[FloatArray],
    u: Sequence[FloatArray],
    showable: Sequence[BoolArray],
    share: float,
) -> em.Mixture:
    return em.Mixture(
        share,
        tuple(_among(m, can) for m, can in zip(given, showable, strict=True)),
        tuple(_among(chances, can) for chances, can in zip(u, showable, strict=True)),
    )


def em_weights(
    part: MatchingPart, candidates: VectorCounts, requests: int, u: Mapping[str, FloatArray]
) -> Weights:
    """Return weights by EM from candidate pairs, over the chances ``u`` of random pairs.

    EM starts from the scenario's m, ``u`` and one match for every two of ``requests``; the u that
    it finds among candidates of two people is not used. Without any candidate pair, m stays as the
    scenario gives it, and the weights are not converged.
    """
    weighed = weighed_fields(part)
    rows = [FIELDS.index(field) for field in weighed]
    given, chance = [given_chances(part, f).m for f in weighed], [u[f] for f in weighed]
    total = int(candidates.counts.sum())
    fields = {field: given_chances(part, field) for field in FIELDS}
    source = _sources(part, WeightsFrom.EM)
    if total == 0:
        fields.update({f: Chances(fields[f].m, u[f]) for f in weighed})
        return Weights(fields, source, converged=False)
    can = [
        _showable(_level_counts(candidates, row, of_field.size), of_field)
        for row, of_field in zip(rows, chance, strict=True)
    ]
    start = _start(given, chance, can, min(0.5, 0.5 * requests / total))
    counts = candidates.counts.astype(np.float64)
    found = em.fit(candidates.vectors[rows], counts, start, hold_u=False)
    matches = found.mixture.share * total
    for k, field in enumerate(weighed):
        m = _m_of_all(found.mixture.m[k], given[k], chance[k], can[k], matches)
        fields[field] = Chances(m, u[field])
    return Weights(fields, source, found.converged)
