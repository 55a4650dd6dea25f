"""EM over comparison vectors: the likelihood never falls, and known chances are found again."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.matching.em import STEPS, Mixture, fit, log_likelihood
from simulator.randomness import FloatArray
from simulator.records import Int8Array
from tests.ladder import UnderpoweredError, agreement

M = (
    np.array([0.80, 0.12, 0.08]),
    np.array([0.85, 0.15]),
    np.array([0.60, 0.25, 0.15]),
    np.array([0.90, 0.10]),
)
U = (
    np.array([0.05, 0.15, 0.80]),
    np.array([0.10, 0.90]),
    np.array([0.02, 0.18, 0.80]),
    np.array([0.20, 0.80]),
)
SHARE = 0.2
TRUTH = Mixture(SHARE, M, U)
EVEN = tuple(np.full(m.size, 1.0 / m.size) for m in M)


def all_vectors(sizes: tuple[int, ...]) -> Int8Array:
    return np.array(list(product(*(range(size) for size in sizes))), dtype=np.int8).T


VECTORS = all_vectors(tuple(m.size for m in M))


def chances(mixture: Mixture) -> FloatArray:
    """Return the chance of every vector, written apart from the code under test."""
    values = []
    for vector in VECTORS.T:
        match = np.prod([m[k] for m, k in zip(mixture.m, vector, strict=True)])
        other = np.prod([u[k] for u, k in zip(mixture.u, vector, strict=True)])
        values.append(mixture.share * match + (1.0 - mixture.share) * other)
    return np.array(values)


def simulated(seed: int, pairs: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return rng.multinomial(pairs, chances(TRUTH)).astype(np.float64)


def start(hold_u: bool) -> Mixture:
    """Start far from the truth: matches agree a little more often than not."""
    m = tuple(np.linspace(2.0, 1.0, of_field.size) for of_field in M)
    even_m = tuple(of_field / of_field.sum() for of_field in m)
    return Mixture(0.5, even_m, U if hold_u else tuple(of_field[::-1] for of_field in even_m))


@pytest.mark.parametrize("hold_u", [True, False])
def test_exact_counts_give_the_mixture_they_come_from(hold_u: bool) -> None:
    found = fit(VECTORS, 1e6 * chances(TRUTH), start(hold_u), hold_u=hold_u)
    assert found.converged
    assert found.mixture.share == pytest.approx(SHARE, abs=1e-4)
    for ours, known in zip((*found.mixture.m, *found.mixture.u), (*M, *U), strict=True):
        np.testing.assert_allclose(ours, known, atol=1e-4)


def estimates(hold_u: bool, replicates: int = 30) -> FloatArray:
    """Return share, first m and first u of every field, for each simulated sample of pairs."""
    rows = []
    for seed in range(replicates):
        mixture = fit(VECTORS, simulated(seed, 100_000), start(hold_u), hold_u=hold_u).mixture
        rows.append([mixture.share, *(m[0] for m in mixture.m), *(u[0] for u in mixture.u)])
    return np.array(rows)


@pytest.mark.parametrize("hold_u", [True, False])
def test_known_chances_are_found_again_in_samples(hold_u: bool) -> None:
    found = estimates(hold_u)
    known = [SHARE, *(m[0] for m in M), *([] if hold_u else (u[0] for u in U))]
    for column, theory in enumerate(known):
        # Notices a chance that is wrong by a twentieth; alpha shared by nine comparisons.
        agreement(found[:, column], theory, alpha=1e-4 / 9, detectable=0.05)


def test_chances_that_are_wrong_are_noticed() -> None:
    found = estimates(False)
    for column, theory in ((0, SHARE), (1, M[0][0]), (5, U[0][0])):
        with pytest.raises(AssertionError, match="theory"):
            agreement(found[:, column], 1.06 * theory, alpha=1e-4 / 9, detectable=0.05)
    with pytest.raises(UnderpoweredError):
        agreement(found[:, 5], U[0][0], alpha=1e-4 / 9, detectable=1e-4)


@st.composite
def counted_vectors(draw: st.DrawFn) -> tuple[Int8Array, FloatArray, Mixture]:
    sizes = tuple(draw(st.lists(st.integers(2, 4), min_size=1, max_size=4)))
    vectors = all_vectors(tuple(size + 1 for size in sizes))  # missing, last, included
    counts = draw(
        st.lists(st.integers(0, 50), min_size=vectors.shape[1], max_size=vectors.shape[1]).filter(
            lambda values: sum(values) > 0
        )
    )
    weight = st.floats(0.05, 1.0)

    def drawn() -> tuple[FloatArray, ...]:
        raw = [np.array([draw(weight) for _ in range(size)]) for size in sizes]
        return tuple(of_field / of_field.sum() for of_field in raw)

    mixture = Mixture(draw(st.floats(0.05, 0.95)), drawn(), drawn())
    return vectors, np.array(counts, dtype=np.float64), mixture


@settings(max_examples=60, deadline=None)
@given(counted_vectors(), st.booleans())
def test_the_likelihood_never_falls_and_chances_stay_chances(
    drawn: tuple[Int8Array, FloatArray, Mixture], hold_u: bool
) -> None:
    vectors, counts, mixture = drawn
    found = fit(vectors, counts, mixture, hold_u=hold_u)
    rise = np.diff(found.log_likelihood)
    assert rise.min() >= -1e-9 * max(1.0, abs(found.log_likelihood[0]))
    assert found.log_likelihood[0] == log_likelihood(vectors, counts, mixture)
    assert 0.0 < found.mixture.share < 1.0
    for of_field in (*found.mixture.m, *found.mixture.u):
        assert of_field.min() >= 0.0
        assert of_field.sum() == pytest.approx(1.0)
    assert found.converged or found.log_likelihood.size == STEPS + 1


def test_the_kind_that_agrees_is_called_the_matches_whatever_the_start() -> None:
    turned = Mixture(1.0 - SHARE, U, M)
    found = fit(VECTORS, 1e6 * chances(TRUTH), turned, hold_u=False)
    assert found.mixture.share == pytest.approx(SHARE, abs=1e-4)
    np.testing.assert_allclose(found.mixture.m[0], M[0], atol=1e-4)


def test_a_missing_field_says_nothing() -> None:
    """Pairs that lack a field leave its chances as they are without those pairs."""
    counts = 1e6 * chances(TRUTH)
    blank = VECTORS.copy()
    blank[0] = M[0].size
    both = np.concatenate([VECTORS, blank], axis=1)
    found = fit(both, np.concatenate([counts, counts]), start(False), hold_u=False).mixture
    for ours, known in zip((*found.m, *found.u), (*M, *U), strict=True):
        np.testing.assert_allclose(ours, known, atol=1e-3)


def test_no_pair_at_all_is_an_error_and_too_few_steps_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValueError, match="at least one candidate pair"):
        fit(VECTORS, np.zeros(VECTORS.shape[1]), TRUTH, hold_u=True)
    monkeypatch.setattr("simulator.matching.em.STEPS", 2)
    assert not fit(VECTORS, simulated(1, 1000), start(False), hold_u=False).converged
