"""Caps and injunction: a small list by hand, and that each request has exactly one reason."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.caps import standing
from simulator.disclosure.guardrails import UNANSWERED, Guardrail, bits, first_reason
from simulator.records import Grounds, Int8Array
from simulator.scenario.schema import GuardrailsPart, RecipientPart

PERIOD, COURT = 1 << Guardrail.PERIOD_REQUIRED, 1 << Guardrail.COURT_ORDER
NO = Guardrail.NONE


def of_officers(officers: list[int]) -> Grounds:
    count = len(officers)
    yes = np.ones(count, np.bool_)
    return Grounds(
        purpose=np.zeros(count, np.int8),
        officer=np.array(officers, np.int32),
        officer_named=yes,
        states_period=yes.copy(),
        states_statute=yes.copy(),
        states_reason=yes.copy(),
        about_order=yes.copy(),
        order_days=np.zeros(count, np.int32),
        removable_class=yes.copy(),
        wilfulness_evidence=yes.copy(),
    )


def caps(
    stops: list[int],
    officers: list[int],
    *,
    batch: int | None = None,
    cases: int | None = None,
    injunction: str = "none",
    force: int = -1,
) -> Int8Array:
    return standing(
        np.array(stops, np.int64),
        of_officers(officers),
        GuardrailsPart.model_validate({"batch_cap": batch}),
        RecipientPart.model_validate({"cases_per_officer": cases, "injunction": injunction}),
        force,
    )


STOPS = [0, PERIOD, 0, 0, COURT | PERIOD, 0, 0, 0]
OFFICERS = [1, 1, 1, 2, 2, 1, 2, 1]


def test_a_small_list_by_hand() -> None:
    batch, officer = Guardrail.BATCH_CAP, Guardrail.CASES_PER_OFFICER
    period = Guardrail.PERIOD_REQUIRED
    assert caps(STOPS, OFFICERS).tolist() == [NO, period, NO, NO, period, NO, NO, NO]
    # Four valid ones are heard, and of those no more than two of one officer.
    assert caps(STOPS, OFFICERS, batch=4).tolist() == [
        NO, period, NO, NO, period, NO, batch, batch,
    ]  # fmt: skip
    assert caps(STOPS, OFFICERS, cases=2).tolist() == [
        NO, period, NO, NO, period, officer, NO, officer,
    ]  # fmt: skip
    assert caps(STOPS, OFFICERS, batch=4, cases=2).tolist() == [
        NO, period, NO, NO, period, officer, batch, batch,
    ]  # fmt: skip


def test_nothing_is_heard_under_a_cap_of_nought_or_an_injunction_against_transfer() -> None:
    period = Guardrail.PERIOD_REQUIRED
    for found, reason in (
        (caps(STOPS, OFFICERS, batch=0), Guardrail.BATCH_CAP),
        (caps(STOPS, OFFICERS, cases=0), Guardrail.CASES_PER_OFFICER),
        (caps(STOPS, OFFICERS, injunction="no_transfer"), Guardrail.NO_TRANSFER),
    ):
        expected = [reason, period, reason, reason, period, reason, reason, reason]
        assert found.tolist() == expected
    assert caps(STOPS, OFFICERS, injunction="no_use").tolist() == caps(STOPS, OFFICERS).tolist()


def test_only_guardrails_in_force_count() -> None:
    limits = {"batch": 2, "cases": 1, "injunction": "no_transfer"}
    every = dict(zip(range(8), caps(STOPS, OFFICERS, **limits), strict=True))  # type: ignore[arg-type]
    assert NO not in every.values()
    assert (caps(STOPS, OFFICERS, **limits, force=0) == NO).all()  # type: ignore[arg-type]
    without = -1 & ~PERIOD & ~sum(1 << g for g in UNANSWERED)
    found = caps(STOPS, OFFICERS, **limits, force=without)  # type: ignore[arg-type]
    assert found.tolist() == [NO, NO, NO, NO, Guardrail.COURT_ORDER, NO, NO, NO]


lists = st.lists(st.tuples(st.sampled_from([0, 0, PERIOD, COURT]), st.integers(0, 3)), max_size=30)
limit = st.none() | st.integers(0, 8)


@settings(deadline=None)
@given(lists, limit, limit, st.sampled_from(["none", "no_transfer", "no_use"]))
def test_each_request_has_one_reason_and_caps_hold(
    rows: list[tuple[int, int]], batch: int | None, cases: int | None, injunction: str
) -> None:
    stops, officers = [row[0] for row in rows], [row[1] for row in rows]
    found = caps(stops, officers, batch=batch, cases=cases, injunction=injunction)
    own = first_reason(np.array(stops, np.int64))
    np.testing.assert_array_equal(found[own != NO], own[own != NO])
    unanswered = (own == NO) & (found != NO)
    assert np.isin(found[unanswered], UNANSWERED).all()
    heard = np.flatnonzero(found == NO)
    assert heard.size <= (batch if batch is not None else len(rows))
    if cases is not None and heard.size:
        assert np.bincount(np.array(officers)[heard]).max() <= cases
    assert injunction != "no_transfer" or heard.size == 0


@settings(deadline=None)
@given(lists, st.integers(0, 8), st.integers(0, 8))
def test_a_higher_cap_of_the_batch_keeps_whoever_was_heard(
    rows: list[tuple[int, int]], low: int, more: int
) -> None:
    stops, officers = [row[0] for row in rows], [row[1] for row in rows]
    fewer, most = (caps(stops, officers, batch=cap) == NO for cap in (low, low + more))
    assert most[fewer].all()
    fewer, most = (caps(stops, officers, cases=cap) == NO for cap in (low, low + more))
    assert most[fewer].all()


def test_reasons_are_named_in_their_order() -> None:
    every = {g: np.array([True]) for g in Guardrail if g != NO}
    stops = bits(every, 1)
    for guardrail in sorted(every):
        assert first_reason(stops).tolist() == [guardrail]
        stops = stops & ~(np.int64(1) << np.int64(guardrail))
    assert first_reason(stops).tolist() == [NO]
