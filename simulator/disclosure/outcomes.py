"""What a disclosure truly is: the join of a decision with who the records belong to.

Only this module and the measures see both sides. Outcomes are exhaustive and exclusive; beside
them, never mixed with them, stand whether the person requested lives at the address disclosed and
whether somebody else's wages are reported under the account's number.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from simulator.records import (
    STATUSES,
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Int8Array,
    Listed,
    People,
    RequestTruth,
)
from simulator.scenario.schema import LegalStatus


class Outcome(IntEnum):
    """Whose account was disclosed."""

    INTENDED = 0
    LISTING_ERROR = 1
    WRONG_PERSON_LAWFUL = 2
    WRONG_PERSON_OTHER = 3


OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


@dataclass(frozen=True)
class Judged:
    """The truth about each pair, row by row."""

    outcome: Int8Array
    wrong_address: BoolArray
    borrowed_wages: BoolArray


def lawful_statuses(statuses: tuple[LegalStatus, ...]) -> BoolArray:
    """Return for each status code whether the scenario counts it as lawful."""
    return np.array([name in statuses for name in STATUSES])


def judge(
    pairs: CandidatePairs,
    accounts: AccountTruth,
    people: People,
    requests: RequestTruth,
    lawful: BoolArray,
) -> Judged:
    """Return the outcome of disclosing each pair and whether the address is the wrong door.

    ``lawful`` is indexed by status code. The person requested is the account's holder if their
    person numbers agree; somebody who left the country is never found at any address here.
    """
    same = requests.person[pairs.request] == accounts.person[pairs.account]
    wrongly = requests.kind[pairs.request] == Listed.WRONGLY_LISTED
    holder_lawful = lawful[people.status[accounts.row[pairs.account]]]
    outcome = np.where(
        same,
        np.where(wrongly, Outcome.LISTING_ERROR, Outcome.INTENDED),
        np.where(holder_lawful, Outcome.WRONG_PERSON_LAWFUL, Outcome.WRONG_PERSON_OTHER),
    )
    lives_there = (requests.place[pairs.request] == accounts.filed_place[pairs.account]) & (
        requests.dwelling[pairs.request] == accounts.filed_dwelling[pairs.account]
    )
    return Judged(
        outcome.astype(np.int8),
        np.asarray(~lives_there),
        accounts.carries_borrowed_wages[pairs.account],
    )
