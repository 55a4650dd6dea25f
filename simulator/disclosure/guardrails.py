"""The guardrails: everything that may stop a request, a link or an exposure, each with its bit.

What stops a row is an integer with one bit per guardrail (1 << number), so that the outcome under
any set of guardrails can be read off one run: a row stands under a set if no bit of the set is in
it. Numbers are the order in which reasons are named: the lowest that applies is the reason.
"""

from collections.abc import Mapping
from enum import IntEnum, auto

import numpy as np

from simulator.records import BoolArray, Int8Array, Int64Array


class Guardrail(IntEnum):
    """One guardrail; NONE is no reason at all."""

    NONE = 0
    # of requests
    ADDRESS_REQUIRED = auto()
    PLACEHOLDERS_REJECTED = auto()
    DETENTION_FACILITIES_REJECTED = auto()
    ADDRESS_CHECK = auto()
    MAX_REQUESTS_PER_ADDRESS = auto()
    BIRTH_DATE_REQUIRED = auto()
    PERIOD_REQUIRED = auto()
    STATUTE_REQUIRED = auto()
    REASON_REQUIRED = auto()
    MIN_ORDER_AGE = auto()
    REMOVABLE_CLASS_REQUIRED = auto()
    WILFULNESS_EVIDENCE_REQUIRED = auto()
    OFFICER_REQUIRED = auto()
    SOLE_PURPOSE_REQUIRED = auto()
    COURT_ORDER = auto()
    # of requests that depend on which others are valid: they leave the rest unanswered
    BATCH_CAP = auto()
    CASES_PER_OFFICER = auto()
    NO_TRANSFER = auto()
    # of pairs, in matching
    TIN_NAME_CHECK = auto()
    TIN_ADDRESS = auto()
    LAST_FOUR = auto()
    BIRTH_DATE_COMPARED = auto()
    ITIN_ACCOUNTS_ONLY = auto()
    # of links, before release
    KNOWN_STATUS = auto()
    MAX_ADDRESS_AGE = auto()
    UNITS_REQUIRED = auto()
    SHARED_ADDRESSES = auto()
    REVIEW = auto()
    # of what a link reveals
    JOINT_FILERS_SUPPRESSED = auto()
    DEPENDANTS_SUPPRESSED = auto()
    # of a request's links together
    UNIQUE_ONLY = auto()


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
