"""The guardrails: everything that may stop a request, a link or an exposure, each with its bit.

What stops a row is an integer with one bit per guardrail (1 << number), so that the outcome under
any set of guardrails can be read off one run: a row stands under a set if no bit of the set is in
it. Numbers are the order in which reasons are named: the lowest that applies is the reason.
"""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from simulator.records import BoolArray, Int8Array, Int64Array


class Guardrail(IntEnum):
    """One guardrail; NONE is no reason at all."""

    NONE = 0
    # of requests
    ADDRESS_REQUIRED = 1
    PLACEHOLDERS_REJECTED = 2
    DETENTION_FACILITIES_REJECTED = 3
    ADDRESS_CHECK = 4
    MAX_REQUESTS_PER_ADDRESS = 5
    BIRTH_DATE_REQUIRED = 6
    PERIOD_REQUIRED = 7
    STATUTE_REQUIRED = 8
    REASON_REQUIRED = 9
    MIN_ORDER_AGE = 10
    REMOVABLE_CLASS_REQUIRED = 11
    WILFULNESS_EVIDENCE_REQUIRED = 12
    OFFICER_REQUIRED = 13
    SOLE_PURPOSE_REQUIRED = 14
    COURT_ORDER = 15
    # of requests that depend on which others are valid: they leave the rest unanswered
    BATCH_CAP = 16
    CASES_PER_OFFICER = 17
    NO_TRANSFER = 18
    # of pairs, in matching
    TIN_NAME_CHECK = 19
    TIN_ADDRESS = 20
    LAST_FOUR = 21
    BIRTH_DATE_COMPARED = 22
    ITIN_ACCOUNTS_ONLY = 23
    # of links, before release
    KNOWN_STATUS = 24
    MAX_ADDRESS_AGE = 25
    UNITS_REQUIRED = 26
    SHARED_ADDRESSES = 27
    REVIEW = 28
    # of what a link reveals
    JOINT_FILERS_SUPPRESSED = 29
    DEPENDANTS_SUPPRESSED = 30
    # of a request's links together
    UNIQUE_ONLY = 31


UNANSWERED = (Guardrail.BATCH_CAP, Guardrail.CASES_PER_OFFICER, Guardrail.NO_TRANSFER)
"""What leaves a valid request without an answer."""


def bits(stopped: Mapping[Guardrail, BoolArray], rows: int) -> Int64Array:
    """Return for each of ``rows`` rows the bits of the guardrails that stop it."""
    stops = np.zeros(rows, np.int64)
    for guardrail, struck in stopped.items():
        stops |= np.where(struck, np.int64(1) << np.int64(guardrail), 0)
    return stops


def first_reason(stops: Int64Array) -> Int8Array:
    """Return the lowest guardrail among the bits of each row, NONE where there is none."""
    reasons = np.full(stops.size, Guardrail.NONE, np.int8)
    for guardrail in sorted(Guardrail, reverse=True):
        if guardrail != Guardrail.NONE:
            reasons[(stops >> np.int64(guardrail)) & 1 == 1] = guardrail
    return reasons
