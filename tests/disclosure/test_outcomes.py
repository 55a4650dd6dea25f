"""A hand-made table with every outcome, and with every way to the wrong door."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.disclosure.outcomes import OUTCOMES, judge, lawful_statuses
from simulator.matching.agreement import AddressAgreement, BirthAgreement, TinAgreement
from simulator.records import (
    STATUSES,
    AccountTruth,
    CandidatePairs,
    Listed,
    People,
    RequestTruth,
    person_number,
)
from simulator.scenario.schema import LegalStatus

CITIZEN, RESIDENT, UNAUTHORIZED = 0, 2, 5
BUT_UNAUTHORIZED = tuple(LegalStatus)[:5]
# Row by row: who lives where, with what status, and where the account's address is.
STATUS = (UNAUTHORIZED, CITIZEN, RESIDENT, UNAUTHORIZED)
HOME = (100, 101, 102, 103)
FILED = (100, 101, 202, 103)
NOWHERE = -1


def people() -> People:
    columns: dict[str, Any] = {
        name: np.zeros(4, np.int8)
        for name in (
            "member",
            "household",
            "relationship",
            "sex",
            "age",
            "origin",
            "years_since_move",
        )
    }
    for name in ("birth", "former_place", "former_dwelling"):
        columns[name] = np.zeros(4, np.int32)
    return People(
        place=np.full(4, 7, np.int32),
        dwelling=np.array(HOME, np.int32),
        size=np.ones(4, np.int8),
        status=np.array(STATUS, np.int8),
        **columns,
    )


def accounts() -> AccountTruth:
    return AccountTruth(
        row=np.array([3, 2, 1, 0], np.int32),  # accounts stand in another order than people
        person=person_number(7, np.array([103, 102, 101, 100]), 0),
        primary=person_number(7, np.array([103, 102, 101, 100]), 0),
        tin_kind=np.zeros(4, np.int8),
        carries_borrowed_wages=np.zeros(4, np.bool_),
        filed_place=np.full(4, 7, np.int32),
        filed_dwelling=np.array([FILED[3], FILED[2], FILED[1], FILED[0]], np.int32),
    )


def truth(rows: list[tuple[int | None, Listed]]) -> RequestTruth:
    """Return requests about the people of these rows; None left the country."""
    here = [row is not None for row, _ in rows]
    homes = [0 if row is None else HOME[row] for row, _ in rows]
    zeros = np.zeros(len(rows), np.int8)
    return RequestTruth(
        person=np.where(here, person_number(7, np.array(homes), 0), NOWHERE),
        key=np.arange(len(rows), dtype=np.int64),
        kind=np.array([kind for _, kind in rows], np.int8),
        group=zeros.copy(),
        origin=zeros,
        status=zeros.copy(),
        tin_kind=zeros.copy(),
        place=np.where(here, 7, NOWHERE).astype(np.int32),
        dwelling=np.where(here, homes, NOWHERE).astype(np.int32),
    )


def pairs(rows: list[tuple[int, int]]) -> CandidatePairs:
    request, account = np.array(rows, np.int32).reshape(-1, 2).T
    level = np.full(len(rows), 100, np.int8)
    return CandidatePairs(
        request=request.copy(),
        account=account.copy(),
        given=level,
        surname=level.copy(),
        birth=np.full(len(rows), BirthAgreement.EXACT, np.int8),
        address=np.full(len(rows), AddressAgreement.EXACT, np.int8),
        street=level.copy(),
        tin=np.full(len(rows), TinAgreement.MISSING, np.int8),
        by_tin=np.zeros(len(rows), np.bool_),
    )


def account_of(row: int) -> int:
    return 3 - row


@pytest.mark.parametrize(
    ("listed", "found", "outcome", "wrong_address"),
    [
        ((0, Listed.REMOVABLE), 0, "intended", False),
        ((2, Listed.WRONGLY_LISTED), 2, "listing_error", True),  # an old address on the roll
        ((1, Listed.WRONGLY_LISTED), 1, "listing_error", False),
        ((0, Listed.REMOVABLE), 1, "wrong_person_lawful", True),
        ((0, Listed.REMOVABLE), 3, "wrong_person_other", True),
        ((1, Listed.WRONGLY_LISTED), 2, "wrong_person_lawful", True),
        ((None, Listed.DEPARTED), 0, "wrong_person_other", True),
        ((None, Listed.DEPARTED), 2, "wrong_person_lawful", True),
    ],
)
def test_each_outcome(
    listed: tuple[int | None, Listed], found: int, outcome: str, wrong_address: bool
) -> None:
    judged = judge(
        pairs([(0, account_of(found))]),
        accounts(),
        people(),
        truth([listed]),
        lawful_statuses(BUT_UNAUTHORIZED),
    )
    assert [OUTCOMES[code] for code in judged.outcome] == [outcome]
    assert judged.wrong_address.tolist() == [wrong_address]


def test_somebody_elses_account_can_still_hold_the_right_address() -> None:
    moved_in = accounts()
    filed = moved_in.filed_dwelling.copy()
    filed[account_of(1)] = HOME[0]
    shared = replace(moved_in, filed_dwelling=filed)
    judged = judge(
        pairs([(0, account_of(1))]),
        shared,
        people(),
        truth([(0, Listed.REMOVABLE)]),
        lawful_statuses(BUT_UNAUTHORIZED),
    )
    assert [OUTCOMES[code] for code in judged.outcome] == ["wrong_person_lawful"]
    assert judged.wrong_address.tolist() == [False]


def test_pairs_are_judged_row_by_row() -> None:
    listed = truth([(0, Listed.REMOVABLE), (None, Listed.DEPARTED), (2, Listed.WRONGLY_LISTED)])
    rows = [(2, account_of(2)), (0, account_of(1)), (1, account_of(3)), (0, account_of(0))]
    judged = judge(pairs(rows), accounts(), people(), listed, lawful_statuses(BUT_UNAUTHORIZED))
    assert [OUTCOMES[code] for code in judged.outcome] == [
        "listing_error",
        "wrong_person_lawful",
        "wrong_person_other",
        "intended",
    ]


def test_the_scenario_says_who_is_lawful() -> None:
    citizens = (LegalStatus.NATURALISED_CITIZEN, LegalStatus.NATIVE_BORN_CITIZEN)
    assert lawful_statuses(citizens).tolist() == [True, True, False, False, False, False]
    judged = judge(
        pairs([(0, account_of(2)), (0, account_of(1))]),
        accounts(),
        people(),
        truth([(0, Listed.REMOVABLE)]),
        lawful_statuses(citizens),
    )
    assert [OUTCOMES[code] for code in judged.outcome] == [
        "wrong_person_other",
        "wrong_person_lawful",
    ]


def test_statuses_of_the_tables_and_of_the_scenario_are_the_same() -> None:
    assert tuple(map(str, LegalStatus)) == STATUSES


def test_no_pairs_have_no_outcomes() -> None:
    judged = judge(pairs([]), accounts(), people(), truth([]), lawful_statuses(BUT_UNAUTHORIZED))
    assert judged.outcome.size == 0
    assert judged.wrong_address.size == 0
