"""Matching by taxpayer number: no address comparison, and a choice of what the name must show.

This is one of the two processes of 2025; where a request carries a number, it is the only one it
goes through. A pair found here passes every address threshold; it passes every name threshold
unless the scenario compares names at the threshold.

Limits: at the name threshold the first surnames are compared, whatever the other parts say; the
name control of a spouse is the spouse's own, not the primary filer's.
"""

import numpy as np
from rapidfuzz.distance import JaroWinkler

from simulator import lexicon
from simulator.matching.linkage import as_candidate_pairs, searchable
from simulator.matching.similarity import FLOOR, FULL, hundredths
from simulator.randomness import IntArray
from simulator.records import BoolArray, CandidatePairs, Int32Array, Requests, Roll, rows_of_runs
from simulator.scenario.schema import MatchingPart, TinNameCheck

_TOP_BIRTH, _TOP_ADDRESS = 5, 9


def uses_tin_path(requests: Requests, part: MatchingPart) -> BoolArray:
    """Say which requests are matched by number, and so by nothing else."""
    return np.asarray((requests.tin != lexicon.ABSENT) & part.tin_path)


def _same_number(
    requests: Requests, active: IntArray, roll: Roll, part: MatchingPart
) -> tuple[IntArray, IntArray]:
    """Return (request, account) of every searched account that carries a request's number."""
    rows = np.flatnonzero(searchable(roll, part) & (roll.tin != lexicon.ABSENT))
    rows = rows[np.argsort(roll.tin[rows], kind="stable")]
    held = roll.tin[rows]
    low = np.searchsorted(held, requests.tin[active], side="left")
    high = np.searchsorted(held, requests.tin[active], side="right")
    request = np.repeat(active, high - low)
    return request, rows[rows_of_runs(low, high - low)]


def _controls(codes: Int32Array) -> Int32Array:
    words = lexicon.names().lexicon
    return np.array([words.control(int(code)) for code in codes], dtype=np.int32)


def _similarity(left: Int32Array, right: Int32Array) -> IntArray:
    words = lexicon.names().lexicon
    values = [
        JaroWinkler.similarity(words.text(int(a)), words.text(int(b)))
        for a, b in zip(left, right, strict=True)
    ]
    return hundredths(np.array(values)).astype(np.int64)


def tin_pairs(
    requests: Requests, active: IntArray, roll: Roll, part: MatchingPart
) -> CandidatePairs:
    """Return the pairs with the same number whose names pass the check."""
    request, account = _same_number(requests, active, roll, part)
    given = np.full(request.size, FULL)
    surname = np.full(request.size, FULL)
    if part.tin_name_check == TinNameCheck.NAME_CONTROL:
        agree = _controls(requests.surname_1[request]) == _controls(roll.surname_1[account])
    elif part.tin_name_check == TinNameCheck.NAME_THRESHOLD:
        given = _similarity(requests.given[request], roll.given[account])
        surname = _similarity(requests.surname_1[request], roll.surname_1[account])
        agree = (given >= FLOOR) & (surname >= FLOOR)
    else:
        agree = np.ones(request.size, np.bool_)
    columns = np.stack(
        [
            request,
            account,
            given,
            surname,
            np.full(request.size, _TOP_BIRTH),
            np.full(request.size, _TOP_ADDRESS),
        ]
    )
    return as_candidate_pairs(columns[:, agree], True)
