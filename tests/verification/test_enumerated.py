"""Rung 4: error rates enumerated over every comparison vector, and products over fields."""

import numpy as np
import pytest

from simulator.matching.agreement import ADDRESS_LEVELS, BIRTH_LEVELS
from simulator.matching.decision import decision
from simulator.measures.closed_forms import fellegi_sunter_error_rates
from simulator.measures.expected_linkage import score_rates
from simulator.randomness import FloatArray
from simulator.scenario.schema import DecisionRule
from tests.measures import test_expected_linkage as tables
from tests.verification.overlays import Axes
from tests.verification.theory import Held, Wrong, conclude, scaled, theory_check

pytestmark = pytest.mark.slow

LEAST_EVENTS = 20.0  # a replicate, below which a mean over 40 says little


def false_and_missed(threshold: float, m: tuple[FloatArray, ...]) -> tuple[float, float]:
    """Return false links and the share of mates missed, by the closed form."""
    rates = fellegi_sunter_error_rates(
        [field.tolist() for field in m],
        [field.tolist() for field in tables.U],
        threshold=threshold,
        match_share=tables.MATED / (tables.REQUESTS * tables.ACCOUNTS),
    )
    return rates.false_match_rate * tables.PAIRS.non_matching, rates.false_non_match_rate


def test_weighed_links_err_as_fellegi_and_sunter_enumerate() -> None:
    """The rule's weights are rounded to 1/64 bit; at whole thresholds hardly a vector notices."""
    rule = DecisionRule.FELLEGI_SUNTER
    thresholds, simulated = tables.scored(rule)
    exact = score_rates(tables.M, tables.U, tables.scores_of(rule), thresholds, tables.PAIRS)
    values = []
    for k, threshold in enumerate(thresholds.tolist()):
        false, missed = false_and_missed(threshold, tables.M)
        # Where rounding decides a vector the two enumerations part; the rule's own is held to.
        near = abs(false - exact.false_links[k]) < 1e-6 * max(false, 1.0)
        if near and false > LEAST_EVENTS:
            series = "false links among non-matches"
            share = simulated.false_links[:, k] / tables.PAIRS.non_matching
            theory = false / tables.PAIRS.non_matching
            values.append(Held(f"false, {threshold:g} bits", share, theory, threshold, series))
        if near and missed * tables.MATED > LEAST_EVENTS:
            series = "matches missed"
            share = 1.0 - simulated.true_links[:, k] / tables.MATED
            values.append(Held(f"missed, {threshold:g} bits", share, missed, threshold, series))
    assert {value.series for value in values} == {"false links among non-matches", "matches missed"}
    assert len(values) > 12
    values.sort(key=lambda value: (value.series, value.at))

    def other_m(value: Held) -> float:
        m = (*tables.M[:2], (tables.M[2] + 0.5 * tables.U[2]) / 1.5, tables.M[3])
        false, missed = false_and_missed(value.at, m)
        return missed if "missed" in value.series else false / tables.PAIRS.non_matching

    conclude(
        theory_check(
            "05-fellegi-sunter",
            "Error rates of a weighed rule at every threshold",
            "Links of the package's Fellegi-Sunter rule over 40 replicates of 200 requests and 500 "
            "accounts whose fields agree independently; lines: the rates enumerated over all "
            "comparison vectors. Thresholds at which a rate has few events are left out.",
            "enumeration over all comparison vectors",
        ),
        values,
        [Wrong("m of the address mixed with u", other_m), scaled(1.3)],
        Axes(x="threshold, bits", value="share", logarithmic=False),
        detectable=0.25,
    )


def test_strict_rules_link_as_the_product_over_fields_says() -> None:
    ready = decision(tables.part(DecisionRule.THRESHOLDS))
    _, addresses, births = ready.grid.shape
    grid = np.arange(ready.grid.size).reshape(ready.grid.shape)
    corners = [(i, j, k) for i in (0, 12) for j in range(addresses) for k in (0, births - 1)]
    simulated = tables.linked(ready, [grid[i:, j:, k:].reshape(-1) for i, j, k in corners])
    values = []
    for number, (i, j, k) in enumerate(corners):
        name = 80 + i <= tables.NAME_CODES
        address = np.arange(len(ADDRESS_LEVELS)) < len(ADDRESS_LEVELS) - j
        birth = np.arange(len(BIRTH_LEVELS)) < len(BIRTH_LEVELS) - k
        fields = (name, name, address, birth)
        theory = float(np.prod([m[level].sum() for m, level in zip(tables.M, fields, strict=True)]))
        found = simulated.true_links[:, number] / tables.MATED
        words = f"names at {80 + i}%" + (", birth date too" if k else "")
        values.append(Held(f"{words}, address level {j}", found, theory, j, words))
    conclude(
        theory_check(
            "06-independent-fields",
            "Matches that agree on every field asked for",
            "Share of matches linked when each field must reach a level, over 40 replicates of 120 "
            "matches whose fields agree independently, through the package's rule; lines: the "
            "product over fields of the chance to reach the level.",
            "∏ P(field reaches its level)",
        ),
        values,
        [Wrong("without the birth date's field", without_birth), scaled(1.1)],
        Axes(x="address level asked for, from any to exact", value="share of matches linked"),
        detectable=0.25,
    )


def without_birth(value: Held) -> float:
    """Return the product without its last factor, where one was asked for."""
    strictest = float(tables.M[3][0])
    return value.theory / strictest if "birth" in value.series else value.theory
