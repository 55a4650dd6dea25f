"""Rules decide: cells, scores and ranks of any pairs under any rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    BIRTH_LEVELS,
    FULL,
    NAME_CODES,
    TIN_LEVELS,
    scale,
)
from simulator.matching.decision import decision
from simulator.matching.grid import (
    MOST_SCORE_STEPS,
    policy_cell,
    score_cells,
    score_cuts,
    score_grid,
)
from simulator.matching.ranking import LEAST_TIE_BITS, RANK_BITS, ranking
from simulator.matching.vectors import comparison_vectors
from simulator.records import CandidatePairs, Requests, Roll
from simulator.scenario.schema import DecisionRule, MatchingPart
from tests.matching.pairs import compared, pairs_table, rules
from tests.matching.samples import part, requests_table, roll_table

Compared = tuple[CandidatePairs, Requests, Roll]


def plain_vector(
    pairs: CandidatePairs, i: int, requests: Requests, roll: Roll, rule: MatchingPart
) -> tuple[int, ...]:
    """Return the comparison vector of one pair, level by level in plain Python."""
    r, a, fields = pairs.request[i], pairs.account[i], rule.fields
    counts = scale(rule.name_agreements)

    def first(reaches: list[bool], missing: bool) -> int:
        return len(reaches) + 1 if missing else [*reaches, True].index(True)

    def name(agreement: int, at_least: tuple[float, ...], missing: bool) -> int:
        return first([counts[agreement] >= round(100 * cut) for cut in at_least], missing)

    no_given = requests.given[r] < 0 or roll.given[a] < 0
    no_surname = max(requests.surname_1[r], requests.surname_2[r]) < 0
    no_surname |= max(roll.surname_1[a], roll.surname_2[a]) < 0
    address = int(pairs.address[i])
    if address >= 5 and pairs.street[i] < round(100 * rule.street_similarity):
        address = 4
    tin = int(pairs.tin[i]) if rule.tin_compared or pairs.by_tin[i] else 0
    ordered = (
        (address, ADDRESS_LEVELS, fields.address.levels),
        (int(pairs.birth[i]), BIRTH_LEVELS, fields.birth_date.levels),
        (tin, TIN_LEVELS, fields.tin.levels),
    )
    return (
        name(pairs.given[i], fields.given_name.at_least, bool(no_given)),
        name(pairs.surname[i], fields.surname.at_least, bool(no_surname)),
        *(
            first([level - 1 >= order.index(at) for at in levels], level == 0)
            for level, order, levels in ordered
        ),
    )


@settings(max_examples=60, deadline=None)
@given(compared(), rules())
def test_vectors_equal_their_plain_twin(tables: Compared, rule: MatchingPart) -> None:
    pairs, requests, roll = tables
    vectors = comparison_vectors(pairs, requests, roll, rule)
    for i in range(len(pairs)):
        assert tuple(vectors[:, i]) == plain_vector(pairs, i, requests, roll, rule)


@settings(max_examples=60, deadline=None)
@given(compared(), rules())
def test_contributions_add_up_to_the_score_to_the_last_bit(
    tables: Compared, rule: MatchingPart
) -> None:
    ready = decision(rule)
    added, score = ready.contributions(*tables), ready.score(*tables)
    for order in (list(added.values()), list(added.values())[::-1]):
        np.testing.assert_array_equal(sum(order), score)
    np.testing.assert_array_equal(score * 64, np.round(score * 64))
    lowest, highest = ready.scoring.bounds
    assert ((score * 64 >= lowest) & (score * 64 <= highest)).all()


@settings(max_examples=60, deadline=None)
@given(compared(), rules())
def test_a_pair_links_exactly_where_its_score_reaches_the_threshold(
    tables: Compared, rule: MatchingPart
) -> None:
    ready = decision(rule)
    pairs = tables[0]
    decided = ready.decided(*tables)
    if rule.decision_rule == DecisionRule.THRESHOLDS:
        return
    cuts = np.array(ready.grid.axes[0].steps)
    score = ready.score(*tables)
    for k, cut in enumerate(cuts):
        linked = decided.cell >= k
        np.testing.assert_array_equal(linked, pairs.by_tin | (score >= cut))
    assert cuts[policy_cell(ready.grid, rule)] == rule.score_threshold


@settings(max_examples=60, deadline=None)
@given(compared(), rules())
def test_no_pair_ranks_above_one_of_a_higher_cell_or_score(
    tables: Compared, rule: MatchingPart
) -> None:
    ready = decision(rule)
    decided = ready.decided(*tables)
    assert decided.rank.min() >= 0
    assert decided.rank.max() < 1 << RANK_BITS
    score = ready.score(*tables)
    order = np.argsort(decided.rank)
    quarters = np.floor(score[order] * 4)
    assert (np.diff(quarters) >= 0).all()
    if rule.decision_rule != DecisionRule.THRESHOLDS:
        cells = decided.cell[order][~tables[0].by_tin[order]]
        assert (np.diff(cells) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(
    compared(),
    st.sampled_from((0.8, 0.88, 0.97, 1.0)),
    st.sampled_from(ADDRESS_LEVELS),
    st.sampled_from(BIRTH_LEVELS),
)
def test_thresholds_link_pairs_that_pass_each(
    tables: Compared, name: float, address: str, birth: str
) -> None:
    rule = part(name_threshold=name, address_threshold=address, birth_date_threshold=birth)
    ready, pairs = decision(rule), tables[0]
    policy = policy_cell(ready.grid, rule)
    first, second, third = np.unravel_index(policy, ready.grid.shape)
    cell = ready.decided(*tables).cell
    at = np.unravel_index(np.maximum(cell, 0), ready.grid.shape)
    linked = (cell >= 0) & (at[0] >= first) & (at[1] >= second) & (at[2] >= third)
    counts = scale(rule.name_agreements)
    for i in range(len(pairs)):
        level = int(pairs.address[i])
        if level >= 5 and pairs.street[i] < 88:
            level = 4
        passes = (
            min(counts[pairs.given[i]], counts[pairs.surname[i]]) >= round(100 * name)
            and max(level - 1, 0) >= ADDRESS_LEVELS.index(address)
            and max(int(pairs.birth[i]) - 1, 0) >= BIRTH_LEVELS.index(birth)
        )
        assert linked[i] == passes


def test_birth_dates_order_accounts_under_thresholds_only_where_they_are_compared() -> None:
    tables = (pairs_table([{}, {"birth": 1}]), requests_table([{}] * 2), roll_table([{}] * 2))
    compares = decision(part(birth_date_threshold="year")).score(*tables)
    ignores = decision(part(birth_date_threshold="any")).score(*tables)
    assert compares[0] - compares[1] == 30.0
    assert ignores[0] == ignores[1]


def test_a_missing_field_weighs_nothing() -> None:
    blank = {"given": 0, "surname": 0, "birth": 0, "address": 0}
    nameless = {"given": -1, "surname_1": -1}
    tables = (pairs_table([blank]), requests_table([nameless]), roll_table([{}]))
    for rule in ("points", "fellegi_sunter"):
        assert decision(part(decision_rule=rule)).score(*tables) == [0.0]


@settings(max_examples=200, deadline=None)
@given(st.integers(-40_000, 40_000), st.integers(0, 80_000), st.integers(-800, 1200))
def test_score_cuts_span_what_is_attainable_and_hold_the_threshold(
    low: int, width: int, quarters: int
) -> None:
    lowest, highest, threshold = low / 64, (low + width) / 64, quarters / 4
    cuts = np.array(score_cuts(lowest, highest, threshold))
    assert cuts.size <= MOST_SCORE_STEPS
    assert threshold in cuts
    assert cuts[0] <= lowest
    assert cuts[-1] <= max(highest, threshold)
    step = cuts[1] - cuts[0] if cuts.size > 1 else 0.25
    assert (np.diff(cuts) == step).all()
    assert step % 0.25 == 0.0
    assert step == 0.25 or (max(highest, threshold) - min(lowest, threshold)) > 248.0
    assert max(highest, threshold) - cuts[-1] < step


def test_a_score_on_a_cut_reaches_it_and_one_unit_less_does_not() -> None:
    grid = score_grid(-10.0, 30.0, 12.0)
    cuts = np.array(grid.axes[0].steps)
    np.testing.assert_array_equal(score_cells(cuts, grid), np.arange(cuts.size))
    np.testing.assert_array_equal(score_cells(cuts - 1 / 64, grid), np.arange(cuts.size) - 1)


def test_ranks_give_up_fractions_before_they_give_up_quarters() -> None:
    assert ranking((0, 2047)).shift == 0
    assert ranking((0, 2048)).shift == 1
    assert ranking((-3200, 3200)).shift == 2
    wide = ranking((0, 64 * 2047))
    assert (wide.shift, wide.tie_bits) == (4, LEAST_TIE_BITS)
    with pytest.raises(ValueError, match="do not fit a rank"):
        ranking((0, 64 * 2048))


def test_the_widest_range_that_a_scenario_may_have_fits_a_rank() -> None:
    fields = {
        "given_name": {"m": [1e-9] * 5 + [1 - 5e-9], "u": [1 - 5e-9] + [1e-9] * 5},
        "surname": {"m": [1 - 5e-9] + [1e-9] * 5, "u": [1e-9] * 5 + [1 - 5e-9]},
        "address": {"m": [1 - 8e-9] + [1e-9] * 8, "u": [1e-9] * 8 + [1 - 8e-9]},
        "birth_date": {"m": [1 - 4e-9] + [1e-9] * 4, "u": [1e-9] * 4 + [1 - 4e-9]},
        "tin": {"m": [1 - 2e-9] + [1e-9] * 2, "u": [1e-9] * 2 + [1 - 2e-9]},
    }
    rule = part(
        decision_rule="fellegi_sunter", term_frequency=1.0, tin_compared=True, fields=fields
    )
    assert decision(rule).ranking.tie_bits >= LEAST_TIE_BITS
    most = {
        name: {"points": [100.0] + [-100.0] * (len(of_field["m"]) - 1)}
        for name, of_field in fields.items()
    }
    rule = part(decision_rule="points", tin_compared=True, fields=most)
    assert decision(rule).ranking.tie_bits >= LEAST_TIE_BITS


def test_every_name_agreement_has_a_level() -> None:
    assert NAME_CODES > FULL
    rule = part(decision_rule="points", name_agreements={"nickname": 0.95})
    tables = (pairs_table([{"given": 102}]), requests_table([{}]), roll_table([{}]))
    assert comparison_vectors(*tables, rule)[0].tolist() == [1]
