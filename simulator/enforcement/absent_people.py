"""Listed people who are not here: those who left, those who died and those who never existed.

Each has a name of the origin, a birth date and an address here. Who left or died had a home at it
and a number drawn as an unauthorized adult's is; whoever never existed is a made-up or garbled
identity: the dwelling is that of others, and the number is missing, nobody's or somebody's. People
are drawn by origin, one after the other, each kind from streams of its own: more of them never
change those there were.

Limits: none of them has an account, though a return of somebody who died lately would still be on a
roll, and so would the widow's. Ages at which people left or died, and how often a made-up identity
comes with a number, are [assumption]s. They move no more: their former home is the last one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator import lexicon
from simulator.enforcement.orders import nothing_on_file
from simulator.population.ages import REFERENCE_YEAR
from simulator.population.names import draw_names
from simulator.population.places import Sample, zip_of_group
from simulator.population.taxpayer_numbers import lender_numbers, number_kinds, numbers_for
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import (
    ABSENT_KINDS,
    UNAUTHORIZED,
    Int8Array,
    Int64Array,
    Listed,
    Listing,
    TinKind,
    joined,
    person_number,
)
from simulator.reference import tables
from simulator.scenario.schema import NamesPart, RollPart

DEPARTED_PLACE = 1 << 20  # beyond any ZIP row: numbers of people who left are nobody's here
_PLACES_OF_A_KIND = 1 << 8  # more than there are origins
_ABSENT_KEY = np.int64(1) << np.int64(62)  # beyond the number of any resident
_KEYS_OF_A_KIND = np.int64(40)
# Of made-up identities half have no number; of nine-digit numbers about half are issued [recalled].
_MADE_UP_NUMBERS = {TinKind.NONE: 0.5, TinKind.INVALID_SSN: 0.25, TinKind.BORROWED_SSN: 0.25}


@dataclass(frozen=True)
class _Kind:
    """What is drawn about absent people of a kind: ages, from and below, and the streams' place."""

    youngest: int
    oldest: int
    place: int


_KINDS: Mapping[Listed, _Kind] = {
    Listed.DEPARTED: _Kind(20, 60, 0),
    Listed.DIED: _Kind(40, 90, 1),
    Listed.NEVER_EXISTED: _Kind(20, 60, 2),
}


@dataclass(frozen=True)
class _Numbers:
    kind: Int8Array
    tin: Int64Array
    borrowed: Int64Array


def _numbers(
    u: FloatArray, lender: FloatArray, own: Int64Array, sample: Sample, roll: RollPart
) -> _Numbers:
    """Draw the numbers of people who lived and worked here."""
    kind = np.searchsorted(number_kinds(roll), u, side="right")
    kinds = kind.clip(0, len(TinKind) - 1).astype(np.int8)
    worked = (kinds == TinKind.ITIN) & (lender[2] < roll.itin_borrowed_wages)
    borrows = worked | (kinds == TinKind.BORROWED_SSN)
    borrowed = np.where(borrows, lender_numbers(sample, lender[:2], own), lexicon.ABSENT)
    return _Numbers(kinds, numbers_for(kinds, own, borrowed), borrowed)


def _made_up_numbers(
    u: FloatArray, lender: FloatArray, own: Int64Array, sample: Sample
) -> _Numbers:
    """Draw the numbers of people who never existed; nobody ever worked under them."""
    edges = np.cumsum(list(_MADE_UP_NUMBERS.values()))
    at = np.searchsorted(edges, u, side="right").clip(0, edges.size - 1)
    kind = np.array([int(name) for name in _MADE_UP_NUMBERS], np.int8)[at]
    tin = numbers_for(kind, own, lender_numbers(sample, lender[:2], own))
    return _Numbers(kind, tin, np.full(own.size, lexicon.ABSENT, np.int64))


def _births(u: FloatArray, ages: _Kind) -> IntArray:
    """Return birth dates, yyyymmdd, even over the ages; ``u`` has shape (3 or more, n)."""
    age = ages.youngest + (u[0] * (ages.oldest - ages.youngest)).astype(np.int64)
    month, day = 1 + (u[1] * 12).astype(np.int64), 1 + (u[2] * 28).astype(np.int64)
    return np.asarray((REFERENCE_YEAR - age) * 10_000 + month * 100 + day)


def _of_kind(
    kind: Listed,
    wanted: IntArray,
    sample: Sample,
    naming: NamesPart,
    roll: RollPart,
    *,
    rng: Streams,
) -> Listing:
    """Make absent people of one kind, ``wanted`` of each origin."""
    about = _KINDS[kind]
    origin = np.repeat(np.arange(wanted.size), wanted)
    within = np.concatenate([np.arange(count) for count in wanted])
    record = (origin.astype(np.int64) << 32) | within.astype(np.int64)
    u = [rng.table(Stage.DEPARTED, slot, record, place=about.place) for slot in range(6)]
    birth = _births(u[1], about)
    of_names = np.concatenate([u[0][1:], u[5][:3]])
    names = draw_names(origin, (u[0][0] < 0.5).astype(np.int64), birth, of_names, naming)
    which = zip_of_group(sample, tables.origins().name_group[origin].astype(np.int64), u[2][0])
    place = sample.places.rows[which].astype(np.int32)
    dwelling = (u[2][1] * sample.places.households[which]).astype(np.int32)
    own = person_number(DEPARTED_PLACE + about.place * _PLACES_OF_A_KIND + origin, within, 0)
    if kind == Listed.NEVER_EXISTED:
        numbers = _made_up_numbers(u[2][2], u[3], own, sample)
    else:
        numbers = _numbers(u[2][2], u[3], own, sample, roll)
    count = origin.size
    return Listing(
        person=np.full(count, lexicon.ABSENT, np.int64),
        key=_ABSENT_KEY + (np.int64(about.place) << _KEYS_OF_A_KIND) + record,
        kind=np.full(count, kind, np.int8),
        **nothing_on_file(count),
        given=names.given,
        middle=names.middle,
        surname_1=names.surname_1,
        surname_2=names.surname_2,
        suffix=names.suffix,
        birth=birth.astype(np.int32),
        origin=origin.astype(np.int8),
        status=np.full(count, UNAUTHORIZED, np.int8),
        place=place,
        dwelling=dwelling,
        recency=u[4][0],
        years_since_move=np.zeros(count, np.int8),
        former_place=place,
        former_dwelling=dwelling,
        tin_kind=numbers.kind,
        tin=numbers.tin,
        borrowed=numbers.borrowed,
    )


def absent_people(
    wanted: Mapping[Listed, IntArray],
    sample: Sample,
    naming: NamesPart,
    roll: RollPart,
    *,
    rng: Streams,
) -> Listing:
    """Make the people of each of ``ABSENT_KINDS`` in turn, ``wanted[kind]`` counting origins.

    ``person`` is -1, the legal status the one they had or would have had: unauthorized.
    """
    return joined(
        Listing,
        [_of_kind(kind, wanted[kind], sample, naming, roll, rng=rng) for kind in ABSENT_KINDS],
    )
