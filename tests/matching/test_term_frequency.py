"""Rare names weigh more, by exactly as much as they are rarer."""

import numpy as np
import pytest

from simulator import lexicon
from simulator.matching.agreement import FULL
from simulator.matching.decision import decision
from simulator.matching.scoring import GIVEN_FREQUENCY, SURNAME_FREQUENCY
from simulator.matching.term_frequency import (
    RAREST,
    adjustment_bits,
    given_shares,
    surname_shares,
)
from tests.matching.pairs import pairs_table
from tests.matching.samples import code, part, requests_table, roll_table


def added(
    names: dict[str, int], other: dict[str, int] | None = None, agreement: int = FULL
) -> float:
    """Return what the frequency of surnames adds, by default of two records of the same names."""
    rule = part(decision_rule="fellegi_sunter", term_frequency=1.0)
    tables = (
        pairs_table([{"surname": agreement}]),
        requests_table([names]),
        roll_table([other or names]),
    )
    return float(decision(rule).contributions(*tables)[SURNAME_FREQUENCY][0])


@pytest.mark.parametrize("shares", [given_shares(), surname_shares()])
def test_averaged_over_the_people_the_adjusted_u_is_the_average_one(
    shares: np.ndarray,
) -> None:
    """Who bears a name of share f meets it by chance with f: over all, with the sum of f^2."""
    u = float((shares**2).sum())
    weight = np.log2(0.9 / u) + adjustment_bits(shares, u, 1.0)
    adjusted = 0.9 * 2.0**-weight
    floored = np.maximum(shares, RAREST)
    assert shares @ adjusted == pytest.approx(shares @ floored, rel=1e-12)
    assert shares @ adjusted == pytest.approx(u, rel=0.01)
    half = 0.9 * 2.0 ** -(np.log2(0.9 / u) + adjustment_bits(shares, u, 0.5))
    assert shares @ half != pytest.approx(u, rel=0.01)


def test_shares_are_of_all_people_and_names_nobody_bears_are_left_alone() -> None:
    for shares in (given_shares(), surname_shares()):
        assert shares.sum() == pytest.approx(1.0)
    initial = given_shares()[code("M")]
    assert initial == 0.0
    assert adjustment_bits(np.array([initial]), 0.01, 1.0)[0] == 0.0


def test_rare_names_add_and_common_ones_take_away() -> None:
    garcia, li = added({"surname_1": code("GARCIA")}), added({"surname_1": code("LI")})
    rare = int(np.argmin(np.where(surname_shares() > 0.0, surname_shares(), 1.0)))
    assert garcia < li < added({"surname_1": rare})
    assert garcia < 0.0


def test_no_adjustment_is_exactly_none() -> None:
    tables = (pairs_table([{}]), requests_table([{}]), roll_table([{}]))
    off = decision(part(decision_rule="fellegi_sunter", term_frequency=0.0))
    assert GIVEN_FREQUENCY not in off.contributions(*tables)
    on = decision(part(decision_rule="fellegi_sunter", term_frequency=1.0))
    half = decision(part(decision_rule="fellegi_sunter", term_frequency=0.5))
    full, less = (rule.contributions(*tables) for rule in (on, half))
    assert less[SURNAME_FREQUENCY] == pytest.approx(full[SURNAME_FREQUENCY] / 2, abs=1 / 64)
    plain = sum(full.values()) - full[GIVEN_FREQUENCY] - full[SURNAME_FREQUENCY]
    assert off.score(*tables) == plain


def test_only_identical_names_are_adjusted() -> None:
    garcia, gonzalez, lopez = (code(name) for name in ("GARCIA", "GONZALEZ", "LOPEZ"))
    assert added({"surname_1": garcia}, {"surname_1": gonzalez}) == 0.0
    assert added({"surname_1": garcia}, agreement=99) == 0.0
    variant = garcia + lexicon.names().lexicon.size
    assert added({"surname_1": variant}) == 0.0
    both = {"surname_1": garcia, "surname_2": lopez}
    assert added(both) == max(added({"surname_1": garcia}), added({"surname_1": lopez}))
    assert added(both, {"surname_1": lopez}) == added({"surname_1": lopez})
    assert added({"surname_1": garcia}, {"surname_1": garcia, "surname_2": -1}) == added(
        {"surname_1": garcia}
    )
