"""Matching by taxpayer number: a choice of what name and address must show beside it.

This is one of the two processes of 2025; where a request carries a number, it is the only one it
goes through. Addresses are not compared, unless the scenario gives a threshold of their own here:
then pairs below it are dropped. Pairs that remain pass every address and birth-date threshold; they
pass every name threshold unless the scenario compares names at the threshold. Numbers one digit off
are found by looking up the 81 neighbours of a request's nine digits (``taxpayer_digits``).

Names at the threshold are compared as everywhere else: surname parts, order of names and named
agreements as the scenario says. Limits: the name control of a spouse is the spouse's own, not the
primary filer's.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from simulator import lexicon
from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    FULL,
    AddressAgreement,
    BirthAgreement,
    TinAgreement,
    passed_step,
)
from simulator.matching.compared import compare
from simulator.matching.prepared import PreparedRequests, searchable
from simulator.matching.vectors import effective_address
from simulator.randomness import IntArray
from simulator.records import (
    BoolArray,
    CandidatePairs,
    Int8Array,
    Int32Array,
    Requests,
    Roll,
    rows_of_runs,
)
from simulator.scenario.schema import (
    AddressThreshold,
    MatchingPart,
    TinNameCheck,
    TinThreshold,
)
from simulator.taxpayer_digits import neighbours, nine_digits

_AT_ONCE: Final = 100_000  # requests whose neighbours are in memory together


def uses_tin_path(requests: Requests, part: MatchingPart) -> BoolArray:
    """Say which requests are matched by number, and so by nothing else."""
    return np.asarray((requests.tin != lexicon.ABSENT) & part.tin_path)


def _found(
    held: npt.NDArray[np.integer], rows: IntArray, asked: npt.NDArray[np.integer]
) -> tuple[IntArray, IntArray]:
    """Return (position in ``asked``, row) of everything in the sorted ``held`` that is asked."""
    low = np.searchsorted(held, asked, side="left")
    size = np.searchsorted(held, asked, side="right") - low
    return np.repeat(np.arange(asked.size), size), rows[rows_of_runs(low, size)]


def _same_number(
    requests: Requests, active: IntArray, roll: Roll, rows: IntArray
) -> tuple[IntArray, IntArray]:
    """Return (request, account) of every account that carries a request's number."""
    rows = rows[np.argsort(roll.tin[rows], kind="stable")]
    at, account = _found(roll.tin[rows], rows, requests.tin[active])
    return active[at], account


def _one_digit_off(
    requests: Requests, active: IntArray, roll: Roll, rows: IntArray
) -> tuple[IntArray, IntArray]:
    """Return (request, account) of every account whose number is one digit off a request's."""
    digits = nine_digits(roll.tin[rows])
    order = np.argsort(digits, kind="stable")
    rows, held = rows[order], digits[order]
    request, account = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for first in range(0, active.size, _AT_ONCE):
        some = active[first : first + _AT_ONCE]
        near = neighbours(nine_digits(requests.tin[some]))
        at, found = _found(held, rows, near.reshape(-1))
        request.append(some[at // near.shape[1]])
        account.append(found)
    return np.concatenate(request), np.concatenate(account)


def _numbered(
    requests: Requests, active: IntArray, roll: Roll, part: MatchingPart
) -> tuple[IntArray, IntArray, Int8Array]:
    """Return (request, account, ``TinAgreement``) of every searched account whose number agrees."""
    rows = np.flatnonzero(searchable(roll, part) & (roll.tin != lexicon.ABSENT))
    request, account = _same_number(requests, active, roll, rows)
    level = np.full(request.size, TinAgreement.EXACT, np.int8)
    if part.tin_threshold == TinThreshold.ONE_DIGIT_OFF:
        near, other = _one_digit_off(requests, active, roll, rows)
        request, account = np.concatenate([request, near]), np.concatenate([account, other])
        level = np.concatenate([level, np.full(near.size, TinAgreement.ONE_DIGIT_OFF, np.int8)])
    order = np.lexsort((account, request))
    return request[order], account[order], level[order]


def _controls(codes: Int32Array) -> Int32Array:
    words = lexicon.names().lexicon
    return np.array([words.control(int(code)) for code in codes], dtype=np.int32)


def same_control(requests: Requests, request: IntArray, roll: Roll, account: IntArray) -> BoolArray:
    """Say which pairs, given by their rows, agree in the name control of the first surname."""
    return np.asarray(_controls(requests.surname_1[request]) == _controls(roll.surname_1[account]))


def addresses_agree(pairs: CandidatePairs, part: MatchingPart) -> BoolArray:
    """Say which compared pairs reach the threshold of addresses of the TIN path."""
    step = passed_step(effective_address(pairs, part))
    return np.asarray(step >= ADDRESS_LEVELS.index(part.tin_address_threshold))


def tin_pairs(
    prepared: PreparedRequests, active: IntArray, roll: Roll, part: MatchingPart
) -> CandidatePairs:
    """Return the pairs whose numbers agree and whose names and addresses pass, by request.

    ``address`` is EXACT in all of them, so that no threshold of the other path binds them.
    """
    requests = prepared.requests
    request, account, level = _numbered(requests, active, roll, part)
    given = np.full(request.size, FULL, np.int8)
    surname, agree = given.copy(), np.ones(request.size, np.bool_)
    if part.tin_name_check == TinNameCheck.NAME_CONTROL:
        agree = same_control(requests, request, roll, account)
    elif part.tin_name_check == TinNameCheck.NAME_THRESHOLD:
        names = compare(prepared, request, account, roll, part)
        given, surname, agree = names.pairs.given, names.pairs.surname, names.similar
    if part.tin_address_threshold != AddressThreshold.ANY:
        addresses = compare(prepared, request, account, roll, part).pairs
        agree = agree & addresses_agree(addresses, part)
    found = int(agree.sum())
    return CandidatePairs(
        request=request[agree].astype(np.int32),
        account=account[agree].astype(np.int32),
        given=given[agree],
        surname=surname[agree],
        birth=np.full(found, BirthAgreement.EXACT, np.int8),
        address=np.full(found, AddressAgreement.EXACT, np.int8),
        street=np.full(found, FULL, np.int8),
        tin=level[agree],
        by_tin=np.ones(found, np.bool_),
    )
