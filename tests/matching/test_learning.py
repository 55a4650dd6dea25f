"""Weights from counts: every pair counted once, weights finite, unseen levels no evidence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.matching.learning import (
    VectorCounts,
    added_up,
    counted,
    em_weights,
    oracle_weights,
    shares,
    shares_of_matches,
)
from simulator.matching.vectors import FIELDS, level_names
from simulator.matching.weights import COLUMNS, Chances, given_weights
from simulator.randomness import FloatArray
from simulator.records import Int8Array
from tests.matching.samples import part

RULE = part(decision_rule="fellegi_sunter")
GIVEN = given_weights(RULE).fields
U = {field: GIVEN[field].u for field in FIELDS}
LEVELS = [GIVEN[field].m.size for field in FIELDS]


def drawn(pairs: int, share: float, seed: int, *, names_agree: bool) -> Int8Array:
    """Draw vectors of independent fields; with ``names_agree``, as candidates show them."""
    rng = np.random.default_rng(seed)
    match = rng.random(pairs) < share
    rows = []
    for field in FIELDS[:-1]:
        truth = GIVEN[field]
        m, u = truth.m.copy(), truth.u.copy()
        if names_agree and field in FIELDS[:2]:
            m[-1] = u[-1] = 0.0
        m, u = m / m.sum(), u / u.sum()
        ours, others = rng.choice(m.size, pairs, p=m), rng.choice(u.size, pairs, p=u)
        rows.append(np.where(match, ours, others))
    rows.append(np.full(pairs, LEVELS[-1]))  # numbers are not compared
    return np.array(rows, dtype=np.int8)


vectors = st.lists(
    st.tuples(*(st.integers(0, size) for size in LEVELS)), min_size=0, max_size=30
).map(lambda rows: np.array(rows, dtype=np.int8).reshape(-1, len(FIELDS)).T)


@settings(max_examples=50, deadline=None)
@given(vectors, st.integers(0, 30))
def test_counts_do_not_depend_on_how_pairs_were_cut(pairs: Int8Array, cut: int) -> None:
    whole = counted(pairs)
    parts = added_up([counted(pairs[:, :cut]), counted(pairs[:, cut:])])
    np.testing.assert_array_equal(whole.vectors, parts.vectors)
    np.testing.assert_array_equal(whole.counts, parts.counts)
    for vector, count in zip(whole.vectors.T, whole.counts, strict=True):
        assert count == (vector == pairs.T).all(axis=1).sum()
    assert whole.counts.sum() == pairs.shape[1]


def test_half_a_pair_is_added_to_every_level() -> None:
    np.testing.assert_allclose(shares(np.array([3.0, 0.0])), [3.5 / 4, 0.5 / 4])
    np.testing.assert_allclose(shares(np.zeros(4)), 0.25)


def test_a_level_that_no_match_shows_is_no_evidence_for_one() -> None:
    u = np.array([1e-6, 0.3, 0.699999])
    m = shares_of_matches(np.array([0.0, 100.0, 0.0]), u)
    bits = np.log2(m / u)
    assert bits[0] == pytest.approx(0.0, abs=0.01)
    assert bits[1] > 0.0
    assert bits[2] == pytest.approx(np.log2(0.005 / 0.699999), abs=0.01)
    np.testing.assert_allclose(shares_of_matches(np.zeros(3), u), u)


def test_the_oracle_counts_matches_and_leaves_numbers_that_are_not_compared() -> None:
    matches = counted(drawn(50_000, 1.0, 1, names_agree=False))
    weights = oracle_weights(RULE, matches, U)
    for field in FIELDS[:-1]:
        np.testing.assert_allclose(weights.fields[field].m, GIVEN[field].m, atol=0.01)
        np.testing.assert_allclose(weights.fields[field].u, U[field])
        assert weights.source[field] == "oracle"
    assert weights.source["tin"] == "given"
    assert weights.converged


def m_by_em(rule_m: FloatArray, seed: int) -> dict[str, FloatArray]:
    """Return m of every field by EM, started from another m of the surname than the true one."""
    start = part(decision_rule="fellegi_sunter", fields={"surname": {"m": rule_m.tolist()}})
    candidates = counted(drawn(200_000, 0.02, seed, names_agree=True))
    weights = em_weights(start, candidates, 8000, U)
    assert weights.converged
    return {field: chances.m for field, chances in weights.fields.items()}


def test_em_finds_m_where_candidates_show_it_and_keeps_it_where_they_cannot() -> None:
    away = np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    found = m_by_em(away, 1)
    assert found["surname"][-1] == pytest.approx(0.1, abs=1e-6), "none is as given"
    true = GIVEN["surname"].m[:-1] / GIVEN["surname"].m[:-1].sum()
    np.testing.assert_allclose(found["surname"][:-1], 0.9 * true, atol=0.02)
    for field in ("address", "birth_date"):
        np.testing.assert_allclose(found[field], GIVEN[field].m, atol=0.02)


def test_without_candidates_m_stays_and_the_rows_say_that_nothing_converged() -> None:
    nothing = VectorCounts(np.empty((len(FIELDS), 0), np.int8), np.empty(0, np.int64))
    weights = em_weights(RULE, nothing, 10, U)
    np.testing.assert_array_equal(weights.fields["address"].m, GIVEN["address"].m)
    rows = list(weights.to_rows(RULE.fields))
    assert len(rows) == sum(len(level_names(RULE.fields, field)) for field in FIELDS)
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert {row[-1] for row in rows} == {"em, not converged", "given"}
    for field, level, m, u, bits, _ in rows:
        place = level_names(RULE.fields, field).index(level)
        assert (m, u) == (GIVEN[field].m[place], U[field][place])
        assert 2.0**bits == pytest.approx(m / u)


def test_chances_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="positive and sum to 1"):
        Chances(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="differ in length"):
        Chances(np.array([0.5, 0.5]), np.array([0.5, 0.25, 0.25]))
