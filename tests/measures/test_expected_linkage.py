"""Enumerated error rates against simulated tables of independent fields, at every threshold."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from simulator.lexicon import ABSENT
from simulator.matching.agreement import ADDRESS_LEVELS, BIRTH_LEVELS, BirthAgreement
from simulator.matching.decision import Decision, decision
from simulator.measures.expected_linkage import (
    ExpectedRates,
    Pairs,
    conjunctive_rates,
    score_rates,
)
from simulator.randomness import FloatArray
from simulator.records import CandidatePairs, Requests, Roll
from simulator.scenario.schema import DecisionRule, MatchingPart
from tests.ladder import agreement
from tests.matching.samples import requests_table, roll_table

REQUESTS, ACCOUNTS, MATED, REPLICATES = 200, 500, 120, 40
PAIRS = Pairs(REQUESTS, ACCOUNTS, MATED)
ALPHA = 1e-4
# Codes of agreement that stand for each level, strongest first, none last.
NAME_CODES = np.array([100, 96, 93, 89, 82, 0])
ADDRESS_CODES = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1])
BIRTH_CODES = np.array([5, 4, 3, 2, 1])
M = (
    np.array([0.70, 0.08, 0.06, 0.04, 0.04, 0.08]),
    np.array([0.75, 0.08, 0.06, 0.04, 0.04, 0.03]),
    np.array([0.40, 0.08, 0.04, 0.02, 0.06, 0.12, 0.10, 0.10, 0.08]),
    np.array([0.85, 0.02, 0.05, 0.03, 0.05]),
)
U = (
    np.array([0.04, 0.01, 0.02, 0.02, 0.05, 0.86]),
    np.array([0.03, 0.01, 0.01, 0.02, 0.04, 0.89]),
    np.array([0.01, 0.01, 0.02, 0.01, 0.02, 0.05, 0.10, 0.20, 0.58]),
    np.array([0.02, 0.01, 0.04, 0.08, 0.85]),
)


def part(rule: DecisionRule) -> MatchingPart:
    names = ("given_name", "surname", "address", "birth_date")
    fields = {
        name: {"m": m.tolist(), "u": u.tolist()} for name, m, u in zip(names, M, U, strict=True)
    }
    return MatchingPart.model_validate(
        {"decision_rule": rule, "fields": fields, "birth_date_threshold": "any"}
    )


@cache
def records() -> tuple[Requests, Roll]:
    return requests_table([{}] * REQUESTS), roll_table([{}] * ACCOUNTS)


def independent_pairs(seed: int, lacking: float) -> tuple[CandidatePairs, np.ndarray]:
    """Return all pairs with levels drawn field by field, and which of them match.

    A share ``lacking`` of pairs has no birth date to compare.
    """
    rng = np.random.default_rng(seed)
    count = REQUESTS * ACCOUNTS
    request, account = np.divmod(np.arange(count), ACCOUNTS)
    match = (request == account) & (request < MATED)
    levels = [
        np.where(match, rng.choice(m.size, count, p=m), rng.choice(u.size, count, p=u))
        for m, u in zip(M, U, strict=True)
    ]
    codes = (NAME_CODES, NAME_CODES, BIRTH_CODES, ADDRESS_CODES)
    given, surname, birth, address = (
        code[level].astype(np.int8)
        for code, level in zip(codes, (levels[0], levels[1], levels[3], levels[2]), strict=True)
    )
    birth[rng.random(count) < lacking] = BirthAgreement.MISSING
    pairs = CandidatePairs(
        request=request.astype(np.int32),
        account=account.astype(np.int32),
        given=given,
        surname=surname,
        birth=birth,
        address=address,
        street=np.where(address >= 5, 100, 0).astype(np.int8),
        tin=np.zeros(count, np.int8),
        by_tin=np.zeros(count, np.bool_),
    )
    return pairs, match


@dataclass(frozen=True)
class Simulated:
    """Per replicate and cell, from the strict end: matches and others linked, unmated hit."""

    true_links: FloatArray
    false_links: FloatArray
    unmated_hit: FloatArray


def linked(rule: Decision, cells: list[np.ndarray], lacking: float = 0.0) -> Simulated:
    """Count the links of every policy of the grid in replicates of independent pairs."""
    true, false, hit = [], [], []
    for seed in range(REPLICATES):
        pairs, match = independent_pairs(seed, lacking)
        cell = rule.decided(pairs, *records()).cell
        policies = [np.isin(cell, of_policy) for of_policy in cells]
        true.append([(ok & match).sum() for ok in policies])
        false.append([(ok & ~match).sum() for ok in policies])
        unmated = pairs.request >= MATED
        hit.append([np.unique(pairs.request[ok & unmated]).size for ok in policies])
    return Simulated(*(np.array(column, dtype=np.float64) for column in (true, false, hit)))


def holds(simulated: Simulated, theory: ExpectedRates, thresholds: int, detectable: float) -> int:
    """Assert agreement wherever enough is expected to notice ``detectable``; return how often."""
    alpha, told = ALPHA / (4 * thresholds), 0
    enough = 800.0 / REPLICATES  # events a replicate: a standard error of 1 in 28 or less
    for k in range(thresholds):
        missed = MATED - simulated.true_links[:, k]
        if theory.miss_share[k] * MATED > enough:
            agreement(missed / MATED, theory.miss_share[k], alpha=alpha, detectable=detectable)
            told += 1
        if theory.false_links[k] > enough:
            false = simulated.false_links[:, k]
            agreement(false, theory.false_links[k], alpha=alpha, detectable=detectable)
            links = false + simulated.true_links[:, k]
            pooled = false.sum() / links.sum()  # its spread by the delta method
            rate = pooled + (false - pooled * links) / links.mean()
            if np.ptp(links) == 0.0 and np.ptp(false) == 0.0:  # everything is linked
                assert pooled == pytest.approx(theory.false_discovery_rate[k])
            else:
                expected = theory.false_discovery_rate[k]
                agreement(rate, expected, alpha=alpha, detectable=detectable)
            told += 2
        hits = (REQUESTS - MATED) * theory.unmated_hit_share[k]
        if enough < hits < REQUESTS - MATED - enough:
            found = simulated.unmated_hit[:, k] / (REQUESTS - MATED)
            agreement(found, theory.unmated_hit_share[k], alpha=alpha, detectable=detectable)
            told += 1
    return told


def steps(rule: Decision) -> tuple[FloatArray, list[np.ndarray]]:
    """Return every fourth threshold of a score grid, and the cells that each links."""
    cuts = np.array(rule.grid.axes[0].steps, dtype=np.float64)
    return cuts[::4], [np.arange(k, cuts.size) for k in range(0, cuts.size, 4)]


def scores_of(rule: DecisionRule) -> list[FloatArray]:
    """Return what the levels of each field weigh, worked out apart from the rule under test."""
    if rule == DecisionRule.FELLEGI_SUNTER:
        return [np.round(np.log2(m / u) * 64) / 64 for m, u in zip(M, U, strict=True)]
    fields = part(rule).fields
    return [
        np.array(of_field.points)
        for of_field in (fields.given_name, fields.surname, fields.address, fields.birth_date)
    ]


@cache
def scored(rule: DecisionRule) -> tuple[FloatArray, Simulated]:
    ready = decision(part(rule))
    thresholds, cells = steps(ready)
    return thresholds, linked(ready, cells)


@pytest.mark.parametrize("rule", [DecisionRule.POINTS, DecisionRule.FELLEGI_SUNTER])
def test_scored_links_err_as_enumerated_at_every_threshold(rule: DecisionRule) -> None:
    thresholds, simulated = scored(rule)
    theory = score_rates(M, U, scores_of(rule), thresholds, PAIRS)
    assert holds(simulated, theory, thresholds.size, detectable=0.5) > thresholds.size
    # Where less is expected than that, the totals are as rare as they should be.
    rare = theory.false_links * REPLICATES
    excess = np.abs(simulated.false_links.sum(axis=0) - rare)
    assert (excess <= 8.0 * np.sqrt(rare) + 12.0).all()


@pytest.mark.parametrize("which", ["m", "u", "score", "threshold"])
def test_a_theory_that_is_wrong_is_noticed(which: str) -> None:
    thresholds, simulated = scored(DecisionRule.FELLEGI_SUNTER)
    m, u, scores = list(M), list(U), scores_of(DecisionRule.FELLEGI_SUNTER)
    if which == "m":
        m[2] = (M[2] + 0.3 * U[2]) / 1.3
    elif which == "u":
        u[0] = np.array([0.05, 0.01, 0.02, 0.02, 0.05, 0.85])
    elif which == "score":
        scores[1] = scores[1] + np.array([0, 0, 0, 0, 0, 0.5])
    else:
        thresholds = thresholds + 0.5
    theory = score_rates(m, u, scores, thresholds, PAIRS)
    with pytest.raises(AssertionError, match="theory"):
        holds(simulated, theory, thresholds.size, detectable=0.5)


LACKING = 0.15


def with_lacking(chances: tuple[FloatArray, ...]) -> list[FloatArray]:
    """Return chances in which a pair may lack the birth date, as one more level."""
    return [*chances[:3], np.append((1.0 - LACKING) * chances[3], LACKING)]


def test_a_missing_field_weighs_nothing_in_links_as_in_the_enumeration() -> None:
    rule = decision(part(DecisionRule.FELLEGI_SUNTER))
    thresholds, cells = steps(rule)
    simulated = linked(rule, cells, LACKING)
    m, u, known = with_lacking(M), with_lacking(U), scores_of(DecisionRule.FELLEGI_SUNTER)
    nothing = score_rates(m, u, [*known[:3], np.append(known[3], 0.0)], thresholds, PAIRS)
    assert holds(simulated, nothing, thresholds.size, detectable=0.5) > thresholds.size
    # Taken for two dates that differ, it would be noticed.
    differs = np.append(known[3], known[3][-1])
    wrong = score_rates(m, u, [*known[:3], differs], thresholds, PAIRS)
    with pytest.raises(AssertionError, match="theory"):
        holds(simulated, wrong, thresholds.size, detectable=0.5)


def test_conjunctive_links_err_as_enumerated_at_every_threshold() -> None:
    ready = decision(part(DecisionRule.THRESHOLDS))
    _, addresses, births = ready.grid.shape
    corners = [
        (name, address, birth)
        for name in (0, 5, 12, 20)
        for address in range(0, addresses, 2)
        for birth in range(births)
    ]
    grid = np.arange(ready.grid.size).reshape(ready.grid.shape)
    simulated = linked(ready, [grid[i:, j:, k:].reshape(-1) for i, j, k in corners])
    rates = []
    for i, j, k in corners:
        name = 80 + i <= NAME_CODES
        address = np.arange(len(ADDRESS_LEVELS)) < len(ADDRESS_LEVELS) - j
        birth = np.arange(len(BIRTH_LEVELS)) < len(BIRTH_LEVELS) - k
        rates.append(conjunctive_rates(M, U, (name, name, address, birth), PAIRS))
    theory = ExpectedRates(
        *(
            np.array([float(getattr(rate, name)) for rate in rates])
            for name in ExpectedRates.__dataclass_fields__
        )
    )
    assert holds(simulated, theory, len(corners), detectable=0.5) > len(corners)
    wrong = ExpectedRates(
        theory.miss_share, 1.2 * theory.false_links, *list(vars(theory).values())[2:]
    )
    with pytest.raises(AssertionError, match="theory"):
        holds(simulated, wrong, len(corners), detectable=0.5)


def test_enumeration_is_exact_where_it_can_be_done_by_hand() -> None:
    m, u = [np.array([0.9, 0.1])] * 2, [np.array([0.5, 0.5])] * 2
    scores = [np.array([1.0, 0.0])] * 2
    rates = score_rates(m, u, scores, np.array([0.0, 1.0, 2.0, 3.0]), Pairs(10, 20, 5))
    np.testing.assert_allclose(rates.miss_share, [0.0, 0.01, 0.19, 1.0], atol=1e-12)
    np.testing.assert_allclose(rates.false_links, [195.0, 146.25, 48.75, 0.0])
    np.testing.assert_allclose(rates.false_discovery_rate[2], 48.75 / (48.75 + 5 * 0.81))
    assert np.isnan(rates.false_discovery_rate[3])
    np.testing.assert_allclose(rates.unmated_hit_share, [1.0, 1 - 0.25**20, 1 - 0.75**20, 0.0])


def test_nobody_lacks_a_field_in_these_tables() -> None:
    requests, roll = records()
    assert (requests.given != ABSENT).all()
    assert (roll.surname_1 != ABSENT).all()
