"""The tax roll: who filed, on which return, under which number, from which address.

Adults file at a rate of their legal status. The head and the partner of a household who both file
may do so jointly; minors become dependants on the head's return, or the partner's. The address on
the roll is where the household lived in the year of its latest return: (1 - m)^t of the addresses
from t years ago are still current.

Numbers: an SSN or ITIN is the holder's own; a borrowed SSN is that of a random head of household
elsewhere in the sample, who may well be on the roll too. Internally a number is an integer that no
authority ever issued; nine-digit forms are made only where records are exported.

Limits: dependants carry the number of their own kind; one account per
person.
"""

from dataclasses import dataclass

import numpy as np

from simulator.kernels import compiled
from simulator.population.addresses import postal_addresses
from simulator.population.filed_names import filed_names
from simulator.population.places import Sample
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import (
    MEMBER_BITS,
    UNAUTHORIZED,
    AccountTruth,
    FilingStatus,
    Int8Array,
    Int32Array,
    Int64Array,
    Names,
    People,
    Relationship,
    Role,
    Roll,
    TinKind,
    person_number,
)
from simulator.reference import tables
from simulator.scenario.schema import RollPart

ADULT = 18
_ROLL = int(Stage.ROLL)
_HEAD, _PARTNER = int(Relationship.HEAD), int(Relationship.PARTNER)
_PRIMARY, _SPOUSE, _DEPENDANT = int(Role.PRIMARY), int(Role.SPOUSE), int(Role.DEPENDANT)
_NOT_ON_ROLL = -1
ITIN_BIT = 1 << 62
_SSN, _ITIN = int(TinKind.SSN), int(TinKind.ITIN)
_BORROWED, _NONE = int(TinKind.BORROWED_SSN), int(TinKind.NONE)


@dataclass(frozen=True)
class Numbers:
    """Taxpayer numbers of people: their kind and the number, -1 where there is none."""

    kind: Int8Array
    tin: Int64Array


@compiled
def _number_rows(
    seed: Word,
    replicate: Word,
    rows: IntArray,
    zips: Int32Array,
    dwelling: Int32Array,
    member: Int8Array,
    status: Int8Array,
    shares: FloatArray,
    unauthorized: int,
) -> tuple[Int8Array, FloatArray]:
    kinds = np.empty(rows.size, np.int8)
    lenders = np.empty((2, rows.size))
    for i in range(rows.size):
        row = rows[i]
        u0, u1, u2, _ = uniforms(seed, replicate, _ROLL, 2 * member[row], zips[row], dwelling[row])
        kind = _SSN
        if status[row] == unauthorized:
            while kind < _NONE and u0 >= shares[kind]:
                kind += 1
        kinds[i], lenders[0, i], lenders[1, i] = kind, u1, u2
    return kinds, lenders


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


def number_kinds(part: RollPart) -> FloatArray:
    """Return the cumulative shares of number kinds among unauthorized residents."""
    shares = part.unauthorized_tin
    return np.cumsum([shares.ssn, shares.itin, shares.borrowed_ssn, shares.none])


def numbers_for(kinds: Int8Array, own: Int64Array, draws: FloatArray, sample: Sample) -> Int64Array:
    """Return the number that goes with each kind: one's own, a lender's, or -1."""
    tin = np.where(kinds == _ITIN, own | ITIN_BIT, own)
    tin = np.where(kinds == _BORROWED, lender_numbers(sample, draws, own), tin)
    return np.asarray(np.where(kinds == _NONE, -1, tin), dtype=np.int64)


def taxpayer_numbers(
    people: People, sample: Sample, part: RollPart, rows: IntArray, *, rng: Streams
) -> Numbers:
    """Return the numbers of the people in ``rows``, whether or not they file."""
    kinds, draws = _number_rows(
        *rng.key,
        rows,
        tables.zips().zip[people.place].astype(np.int32),
        people.dwelling,
        people.member,
        people.status,
        number_kinds(part),
        UNAUTHORIZED,
    )
    own = person_number(people.place[rows], people.dwelling[rows], people.member[rows])
    return Numbers(kinds, numbers_for(kinds, own, draws, sample))


@compiled
def _filers(
    seed: Word,
    replicate: Word,
    zips: Int32Array,
    dwelling: Int32Array,
    member: Int8Array,
    size: Int8Array,
    relationship: Int8Array,
    age: Int8Array,
    status: Int8Array,
    filing_rate: FloatArray,
    years: FloatArray,
    joint_share: float,
) -> tuple[Int8Array, Int8Array]:
    """Return role (-1: not on the roll) and years since filing."""
    count = zips.size
    role, lag = np.full(count, _NOT_ON_ROLL, np.int8), np.zeros(count, np.int8)
    joint = 0.0
    for row in range(count):
        u0, u1, u2, _ = uniforms(
            seed, replicate, _ROLL, 2 * member[row] + 1, zips[row], dwelling[row]
        )
        if member[row] == 0:
            joint = u2
        head = row - member[row]
        if age[row] >= ADULT:
            if u0 >= filing_rate[status[row]]:
                continue
            role[row] = _PRIMARY
            while lag[row] < years.size - 1 and u1 >= years[lag[row]]:
                lag[row] += 1
            if relationship[row] == _PARTNER and role[head] == _PRIMARY and joint < joint_share:
                role[row], lag[row] = _SPOUSE, lag[head]
        else:
            partner = head + 1 if size[row] > 1 else head
            for claimant in (head, partner):
                filed = role[claimant] == _PRIMARY or role[claimant] == _SPOUSE
                if filed and relationship[claimant] <= _PARTNER and claimant < row:
                    role[row], lag[row] = _DEPENDANT, lag[claimant]
                    break
    return role, lag


def _filing_status(role: Int8Array, people: People, rows: IntArray) -> Int8Array:
    """Return joint for couples on one return and their dependants, else single."""
    joint = np.zeros(role.size, np.bool_)
    spouse = np.flatnonzero(role == _SPOUSE)
    joint[spouse - people.member[spouse]] = True
    head = rows - people.member[rows]
    shared = joint[head] & (people.relationship[rows] <= Relationship.CHILD)
    return np.where(shared, FilingStatus.JOINT, FilingStatus.SINGLE).astype(np.int8)


def generate_roll(
    people: People,
    names: Names,
    sample: Sample,
    part: RollPart,
    *,
    rng: Streams,
) -> tuple[Roll, AccountTruth]:
    """Return the accounts of everybody on the roll, and apart from them who they truly are.

    ``names`` must name all of ``people``, row by row.
    """
    rates = np.array(list(part.filing_rate.model_dump().values()))
    role, lag = _filers(
        *rng.key,
        tables.zips().zip[people.place].astype(np.int32),
        people.dwelling,
        people.member,
        people.size,
        people.relationship,
        people.age,
        people.status,
        rates,
        np.cumsum(part.years_since_filing),
        part.joint_filing_share,
    )
    rows = np.flatnonzero(role != _NOT_ON_ROLL)
    moved = people.years_since_move[rows] < lag[rows]
    place = np.where(moved, people.former_place[rows], people.place[rows]).astype(np.int32)
    dwelling = np.where(moved, people.former_dwelling[rows], people.dwelling[rows])
    written = postal_addresses(place.astype(np.int64), dwelling.astype(np.int64))
    numbers = taxpayer_numbers(people, sample, part, rows, rng=rng)
    filed = filed_names(names, people, part.names_as_filed, rows, rng=rng)
    roll = Roll(
        given=filed.given,
        middle=filed.middle,
        surname_1=filed.surname_1,
        surname_2=filed.surname_2,
        suffix=filed.suffix,
        birth=people.birth[rows],
        place=place,
        street=written[0],
        form=written[1],
        number=written[2],
        unit=written[3],
        style=np.zeros(rows.size, np.int8),
        tin=numbers.tin,
        role=role[rows],
        filing_status=_filing_status(role, people, rows),
        years_since_filing=lag[rows],
    )
    truth = AccountTruth(
        row=rows.astype(np.int32),
        person=person_number(people.place[rows], people.dwelling[rows], people.member[rows]),
        tin_kind=numbers.kind,
        filed_place=place,
        filed_dwelling=dwelling.astype(np.int32),
    )
    return roll, truth
