"""Taxpayer numbers: whose they are, and whose wages are reported under whose number.

A number has a kind. An SSN or ITIN is the holder's own; a borrowed SSN is that of the head of a
household elsewhere in the sample; an invalid SSN was never issued to anybody. Unauthorized
residents draw their kind; some protected people and those who came on another's visa have ITINs;
everybody else has an SSN. An unauthorized adult may also file under an ITIN and work under a
borrowed SSN. Wages are reported under the number whether or not the borrower files, so the owner's
account carries them either way.

Internally a number is an integer that no authority ever issued: that of the person, marked by a bit
if it is an ITIN or invalid. Nine-digit forms are made only where records are exported.

Limits: lenders are drawn without looking at them, in O(1). Where the head drawn has no SSN of their
own, the borrowed number is nobody's in effect, and no account carries the wages. Invalid numbers
never agree with one another. ITIN holders abroad, spouses and children of residents here, are out
of scope.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simulator.kernels import compiled
from simulator.population.places import Sample
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import (
    HOUSEHOLD_BITS,
    MEMBER_BITS,
    STATUSES,
    UNAUTHORIZED,
    BoolArray,
    Int8Array,
    Int32Array,
    Int64Array,
    People,
    Relationship,
    TinKind,
    person_number,
)
from simulator.reference import tables
from simulator.scenario.schema import RollPart
from simulator.taxpayer_digits import ITIN_BIT

ADULT = 18
INVALID_BIT = 1 << 60
# Draws of the roll stage: slot 2 x member is about the number, 2 x member + 1 about filing, and
# RETURN_SLOT + member about how a return is written.
RETURN_SLOT = 1 << (MEMBER_BITS + 1)
_WITHIN_PLACE = (1 << (HOUSEHOLD_BITS + MEMBER_BITS)) - 1
_ROLL = int(Stage.ROLL)
_SSN, _ITIN, _NONE = int(TinKind.SSN), int(TinKind.ITIN), int(TinKind.NONE)
_BORROWED, _INVALID = int(TinKind.BORROWED_SSN), int(TinKind.INVALID_SSN)
_UNAUTHORIZED, _TEMPORARY = UNAUTHORIZED, STATUSES.index("temporary_visa")
_VISA_DEPENDANT = len(STATUSES)  # a row of its own in the table of kinds
_PARTNER, _RELATIVE = int(Relationship.PARTNER), int(Relationship.RELATIVE)


@dataclass(frozen=True)
class Numbers:
    """Taxpayer numbers of people: their kind and the number, -1 where there is none.

    ``borrowed`` is the number of somebody else under which wages are reported, -1 if there is none.
    """

    kind: Int8Array
    tin: Int64Array
    borrowed: Int64Array


class Holders(NamedTuple):
    """What numbers depend on in people; a named tuple for compiled loops."""

    zip_of: Int32Array  # by place
    place: Int32Array
    dwelling: Int32Array
    member: Int8Array
    status: Int8Array
    relationship: Int8Array
    age: Int8Array


def number_kinds(part: RollPart) -> FloatArray:
    """Return the cumulative shares of number kinds among unauthorized adults."""
    shares = part.unauthorized_tin
    return np.cumsum(
        [shares.ssn, shares.itin, shares.borrowed_ssn, shares.invalid_ssn, shares.none]
    )


def _kinds_by_status(part: RollPart) -> FloatArray:
    """Return cumulative shares of kinds, one row per status and one for visa dependants."""
    shares = np.ones((len(STATUSES) + 1, len(TinKind)))
    shares[STATUSES.index("protected"), _SSN] = 1.0 - part.protected_itin
    shares[_VISA_DEPENDANT, _SSN] = 1.0 - part.visa_dependant_itin
    shares[_UNAUTHORIZED] = number_kinds(part)
    return shares


@compiled
def _draw_kinds(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    people: Holders,
    shares: FloatArray,
    itin_borrowed: float,
) -> tuple[Int8Array, BoolArray, FloatArray]:
    """Return kinds, who works under a borrowed number, and the draws of their lenders."""
    kinds, borrows = np.zeros(rows.size, np.int8), np.zeros(rows.size, np.bool_)
    lenders = np.zeros((2, rows.size))
    for i in range(rows.size):
        row = rows[i]
        status, kin = people.status[row], people.relationship[row]
        if status == _TEMPORARY and _PARTNER <= kin <= _RELATIVE:
            status = _VISA_DEPENDANT
        if shares[status, _SSN] >= 1.0:
            continue
        u0, u1, u2, u3 = uniforms(
            seed,
            replicate,
            _ROLL,
            2 * people.member[row],
            people.zip_of[people.place[row]],
            people.dwelling[row],
        )
        kind = _SSN
        while kind < _NONE and u0 >= shares[status, kind]:
            kind += 1
        adult = people.age[row] >= ADULT
        if not adult and kind in (_BORROWED, _INVALID):
            kind = _ITIN
        works = adult and status == _UNAUTHORIZED and kind == _ITIN and u3 < itin_borrowed
        kinds[i], borrows[i] = kind, works or kind == _BORROWED
        lenders[0, i], lenders[1, i] = u1, u2
    return kinds, borrows, lenders


def lender_numbers(sample: Sample, draws: FloatArray, borrowers: Int64Array) -> Int64Array:
    """Return numbers of random heads of household of the sample, other than the borrowers' own.

    ``draws`` has shape (2, n), ``borrowers`` holds person numbers, shape (n,), -1 where the
    borrower lives nowhere here. Whoever would draw the own household takes the next one.
    """
    rows, households = sample.places.rows, sample.places.households
    which = np.searchsorted(sample.cumulative, draws[0], side="right")
    which = np.minimum(which, rows.size - 1)
    dwelling = (draws[1] * households[which]).astype(np.int64)
    same = person_number(rows[which], dwelling, 0) >> MEMBER_BITS == borrowers >> MEMBER_BITS
    last = same & (dwelling + 1 == households[which])
    dwelling = np.where(last, 0, dwelling + same)
    which = np.where(last, (which + 1) % rows.size, which)
    return person_number(rows[which], dwelling, 0)


def numbers_for(kinds: Int8Array, own: Int64Array, lent: Int64Array) -> Int64Array:
    """Return the number that goes with each kind: one's own, a lender's, nobody's, or -1."""
    tin = own.copy()
    for kind, number in (
        (_ITIN, own | ITIN_BIT),
        (_BORROWED, lent),
        (_INVALID, own | INVALID_BIT),
        (_NONE, np.full_like(own, -1)),
    ):
        np.copyto(tin, number, where=kinds == kind)
    return tin


def taxpayer_numbers(
    people: People, sample: Sample, part: RollPart, rows: IntArray, *, rng: Streams
) -> Numbers:
    """Return the numbers of the people in ``rows``, whether or not they file."""
    holders = Holders(
        tables.zips().zip.astype(np.int32),
        people.place,
        people.dwelling,
        people.member,
        people.status,
        people.relationship,
        people.age,
    )
    kinds, borrows, draws = _draw_kinds(
        *rng.key, rows, holders, _kinds_by_status(part), part.itin_borrowed_wages
    )
    own = person_number(people.place[rows], people.dwelling[rows], people.member[rows])
    tin, borrowed = own.copy(), np.full(rows.size, -1, np.int64)
    borrows_at = np.flatnonzero(borrows)
    borrowed[borrows_at] = lender_numbers(sample, draws[:, borrows_at], own[borrows_at])
    special = np.flatnonzero(kinds)
    tin[special] = numbers_for(kinds[special], own[special], borrowed[special])
    return Numbers(kinds, tin, borrowed)


def lent_numbers(people: People, sample: Sample, part: RollPart, *, rng: Streams) -> Int64Array:
    """Return, sorted, the numbers under which unauthorized adults among ``people`` borrow."""
    rows = np.flatnonzero((people.status == UNAUTHORIZED) & (people.age >= ADULT))
    borrowed = taxpayer_numbers(people, sample, part, rows, rng=rng).borrowed
    return np.unique(borrowed[borrowed >= 0])


@compiled
def owners_of(numbers: Int64Array, lent: Int64Array) -> BoolArray:
    """Return which of ``numbers`` are in ``lent``, which is sorted.

    A merge, linear where ``numbers`` mostly ascend, as people do within a ZIP.
    """
    found = np.zeros(numbers.size, np.bool_)
    at, before, place_end = 0, np.int64(-1), np.int64(-1)
    for i in range(numbers.size):
        number = numbers[i]
        if number < before or number > place_end:
            at = np.searchsorted(lent, number)
            place_end = number | _WITHIN_PLACE
        while at < lent.size and lent[at] < number:
            at += 1
        found[i] = at < lent.size and lent[at] == number
        before = number
    return found
