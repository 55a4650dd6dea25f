"""Pairs found without the guardrails of matching, marked, are the pairs found with them."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.pair_checks import matching_stops
from simulator.matching.agreement import BIRTH_LEVELS, passed_step
from simulator.matching.linkage import candidate_pairs, prepare
from simulator.records import CandidatePairs, taken
from simulator.scenario.schema import BirthDateThreshold, LastFourCheck
from tests.matching import samples
from tests.matching.samples import code, part, requests_table, roll_table

Rows = Sequence[Mapping[str, int]]
OFF = {"tin_path": True, "tin_name_check": "none"}
ON: dict[Guardrail, dict[str, object]] = {
    Guardrail.TIN_NAME_CHECK: {"tin_name_check": "name_control"},
    Guardrail.TIN_ADDRESS: {"tin_address_threshold": "building"},
    Guardrail.LAST_FOUR: {"last_four_check": LastFourCheck.REQUIRED},
    Guardrail.ITIN_ACCOUNTS_ONLY: {"accounts_searched": "itin"},
}


def found(asked: Rows, held: Rows, **how: object) -> tuple[CandidatePairs, np.ndarray]:
    """Return the pairs found without guardrails and what ``how`` would stop of them."""
    requests, roll = requests_table(asked), roll_table(held)
    off = part(**{**OFF, "name_address_path": True})
    prepared = prepare(requests, off, samples.search())
    pairs = candidate_pairs(prepared, np.ones(len(requests), np.bool_), roll, off)
    return pairs, matching_stops(pairs, prepared, roll, part(**{**OFF, **how}))


def rows_of(pairs: CandidatePairs) -> list[tuple[int, int]]:
    """Return (request, account) of each pair."""
    return list(zip(pairs.request.tolist(), pairs.account.tolist(), strict=True))


def test_each_guardrail_marks_its_own() -> None:
    asked = [{"surname_1": code("GONZALEZ"), "tin": 7}]
    held = [
        {"surname_1": code("GONZALEZ"), "tin": 7},
        {"surname_1": code("LI"), "tin": 7},
        {"surname_1": code("GONZALEZ"), "tin": 7, "number": 700},
        {"surname_1": code("LI"), "tin": 7, "number": 700},
    ]
    name, address = 1 << Guardrail.TIN_NAME_CHECK, 1 << Guardrail.TIN_ADDRESS
    assert found(asked, held)[1].tolist() == [0, 0, 0, 0]
    marked = found(asked, held, tin_name_check="name_control", tin_address_threshold="building")
    assert marked[1].tolist() == [0, name, address, name | address]
    similar = [{"surname_1": code("GONZALES"), "tin": 7}]
    for least, stops in ((0.95, 0), (0.96, name)):
        check = {"tin_name_check": "name_threshold", "name_threshold": least}
        assert found(asked, similar, **check)[1].tolist() == [stops]


def test_birth_dates_bind_pairs_by_name_alone_and_under_thresholds_alone() -> None:
    held = [{"birth": 19800312}, {"birth": 19500312}, {"birth": 19500312, "tin": 7}]
    pairs, stops = found([{}, {"tin": 7}], held, birth_date_threshold="exact")
    by_pair = dict(zip(rows_of(pairs), stops.tolist(), strict=True))
    other = 1 << Guardrail.BIRTH_DATE_COMPARED
    assert by_pair == {(0, 0): 0, (0, 1): other, (0, 2): other, (1, 2): 0}
    weighed = {"birth_date_threshold": "exact", "decision_rule": "points"}
    assert not found([{}, {"tin": 7}], held, **weighed)[1].any()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(samples.requested(), max_size=6),
    st.lists(samples.accounts(), max_size=6),
    st.sets(st.sampled_from(list(ON))),
    st.sampled_from(list(BirthDateThreshold)),
)
def test_what_is_not_marked_is_what_is_found_with_the_guardrails_on(
    asked: Rows, held: Rows, on: set[Guardrail], birth: BirthDateThreshold
) -> None:
    how: dict[str, object] = {"birth_date_threshold": birth}
    for guardrail in on:
        how |= ON[guardrail]
    pairs, stops = found(asked, held, **how)
    kept = [row for row, bits in zip(rows_of(pairs), stops.tolist(), strict=True) if not bits]
    requests, roll, rules = requests_table(asked), roll_table(held), part(**{**OFF, **how})
    prepared = prepare(requests, rules, samples.search())
    direct = candidate_pairs(prepared, np.ones(len(requests), np.bool_), roll, rules)
    level = passed_step(direct.birth) >= BIRTH_LEVELS.index(birth)
    expected = rows_of(taken(direct, np.flatnonzero(level | direct.by_tin)))
    assert sorted(kept) == sorted(expected)
    assert not np.any(stops & ~sum(1 << g for g in {*on, Guardrail.BIRTH_DATE_COMPARED}))
