"""Who is on the enforcement list, and whether rightly.

Most listed people are unauthorized adults in the country, drawn to a mix of nationalities or alike;
some left it, died or never existed (``absent_people``); a stated share lives here lawfully and is
listed wrongly. Of these, naturalised citizens, permanent residents and protected people had their
status changed since they were listed (oath, adjustment, relief granted); native-born citizens and
holders of a visa are mistakes from the start. What is on everybody's file is drawn apart
(``orders``). Each person carries one uniform key and the smallest keys of each origin are listed,
so a longer list contains the shorter. Of some people there is a second request, which differs in
``Listing.key`` and therefore in its errors.

The list is in an order that says nothing about anybody: by a uniform of each row's key. Second
requests come at its end.

Limits: where an origin has fewer removable adults than its share of the list asks for, other
origins fill the gap (``Drawn.mix_shortfall`` says how much). Nobody has a third request. A second
request is about the same person with the same file: only its errors differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.enforcement.absent_people import DEPARTED_PLACE, absent_people
from simulator.enforcement.orders import nothing_on_file, with_files
from simulator.enforcement.quotas import ListingError, Quotas, mix_weights, quotas
from simulator.population.movement import last_move_recency
from simulator.population.names import generate_names
from simulator.population.places import Sample
from simulator.population.taxpayer_numbers import ADULT, taxpayer_numbers
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import (
    STATUSES,
    UNAUTHORIZED,
    BoolArray,
    Int64Array,
    Listed,
    Listing,
    People,
    joined,
    person_number,
    taken,
)
from simulator.reference import tables
from simulator.scenario.schema import ListingPart, NamesPart, RollPart

__all__ = [
    "DEPARTED_PLACE",
    "SECOND_REQUEST",
    "Candidates",
    "Drawn",
    "ListingError",
    "Quotas",
    "draw_listing",
    "list_candidates",
    "mix_weights",
    "quotas",
]

SECOND_REQUEST = np.int64(1) << np.int64(61)
"""Bit of ``Listing.key`` of a second request for one person; no other key has it."""
_LIST_SLOT = 0  # of the listing stage at place 0, where no ZIP is, by ``Listing.key``


@dataclass(frozen=True)
class Candidates:
    """People of one shard who may be listed, each with the key that orders them.

    ``lent`` holds the numbers of others that unauthorized adults of the shard work under.
    """

    listing: Listing
    key: FloatArray
    lent: Int64Array


@dataclass(frozen=True)
class Drawn:
    """A drawn list and the share of its nationality mix that the population could not supply.

    ``lent`` holds, sorted, the numbers of others that somebody works or worked under: unauthorized
    adults of all shards, and listed people who have left or died.
    """

    listing: Listing
    mix_shortfall: float
    lent: Int64Array


def _smallest(mask: BoolArray, key: FloatArray, count: int) -> IntArray:
    """Return the indexes within ``mask`` that have the ``count`` smallest keys, in key order."""
    rows = np.flatnonzero(mask)
    return np.asarray(rows[np.argsort(key[rows], kind="stable")[:count]])


def list_candidates(
    people: People,
    sample: Sample,
    naming: NamesPart,
    roll: RollPart,
    part: ListingPart,
    *,
    rng: Streams,
) -> Candidates:
    """Return those of a shard who may be listed: unauthorized adults, and lawful ones by key."""
    zips = tables.zips().zip[people.place].astype(np.int64)
    key = rng.columns(
        Stage.LISTING, people.member.astype(np.int64), zips, people.dwelling.astype(np.int64)
    )[0]
    adult = people.age >= ADULT
    wanted = quotas(part).wrongly
    chosen = [np.flatnonzero(adult & (people.status == UNAUTHORIZED))]
    chosen += [
        _smallest(adult & (people.status == status), key, int(count))
        for status, count in enumerate(wanted)
        if count and status != UNAUTHORIZED
    ]
    rows = np.concatenate(chosen).astype(np.int64)
    names = generate_names(people, naming, rows, rng=rng)
    numbers = taxpayer_numbers(people, sample, roll, rows, rng=rng)
    unauthorized = people.status[rows] == UNAUTHORIZED
    person = person_number(people.place[rows], people.dwelling[rows], people.member[rows])
    listing = Listing(
        person=person,
        key=person.copy(),
        kind=np.where(unauthorized, Listed.REMOVABLE, Listed.WRONGLY_LISTED).astype(np.int8),
        **nothing_on_file(rows.size),
        given=names.given,
        middle=names.middle,
        surname_1=names.surname_1,
        surname_2=names.surname_2,
        suffix=names.suffix,
        birth=people.birth[rows],
        origin=people.origin[rows],
        status=people.status[rows],
        place=people.place[rows],
        dwelling=people.dwelling[rows],
        recency=last_move_recency(people, rows, rng=rng),
        years_since_move=people.years_since_move[rows],
        former_place=people.former_place[rows],
        former_dwelling=people.former_dwelling[rows],
        tin_kind=numbers.kind,
        tin=numbers.tin,
        borrowed=numbers.borrowed,
    )
    borrows = unauthorized & (numbers.borrowed >= 0)
    return Candidates(listing, key[rows], numbers.borrowed[borrows])


def _removable_rows(listing: Listing, key: FloatArray, wanted: Quotas) -> tuple[IntArray, int]:
    """Return rows to list by origin, and how many come from other origins than asked for."""
    removable = listing.kind == Listed.REMOVABLE
    total = int(wanted.removable.sum()) + wanted.any_origin
    if removable.sum() < total:
        raise ListingError(
            f"the list asks for {total:,} removable residents, but the population holds "
            f"{removable.sum():,}; lower listing.requests or raise population.size"
        )
    by_origin = [
        _smallest(removable & (listing.origin == origin), key, int(count))
        for origin, count in enumerate(wanted.removable)
    ]
    rows = np.concatenate(by_origin)
    left = removable.copy()
    left[rows] = False
    missing = int(wanted.removable.sum()) - rows.size
    return np.concatenate([rows, _smallest(left, key, missing + wanted.any_origin)]), missing


def _wrongly_listed_rows(listing: Listing, key: FloatArray, wanted: IntArray) -> IntArray:
    chosen = [np.empty(0, np.int64)]
    for status, count in enumerate(wanted):
        rows = _smallest(
            (listing.status == status) & (listing.kind == Listed.WRONGLY_LISTED), key, int(count)
        )
        if rows.size < count:
            raise ListingError(
                f"the list asks for {count:,} wrongly listed people with status "
                f"{STATUSES[status]}, but the population holds {rows.size:,}; lower "
                "listing.wrongly_listed_share or raise population.size"
            )
        chosen.append(rows)
    return np.concatenate(chosen)


def _in_list_order(listing: Listing, u: FloatArray) -> Listing:
    """Return the rows by their uniforms: where somebody stands says nothing about them."""
    return taken(listing, np.lexsort((listing.key, u)))


def _with_second_requests(listing: Listing, share: float, *, rng: Streams) -> Listing:
    """Put the list in order, and at its end second requests for that share of the people."""
    u = rng.table(Stage.LISTING, _LIST_SLOT, listing.key)
    again = taken(listing, np.flatnonzero(u[1] < share))
    again = replace(again, key=again.key | SECOND_REQUEST)
    order = rng.table(Stage.LISTING, _LIST_SLOT, again.key)[0]
    return joined(Listing, [_in_list_order(listing, u[0]), _in_list_order(again, order)])


def draw_listing(
    candidates: Sequence[Candidates],
    sample: Sample,
    naming: NamesPart,
    part: ListingPart,
    roll: RollPart,
    *,
    rng: Streams,
) -> Drawn:
    """Draw the list from the candidates of all shards: ``part.requests`` people, and duplicates.

    Raises ListingError where the population holds too few people of a kind.
    """
    everyone = joined(Listing, [candidate.listing for candidate in candidates])
    key = np.concatenate([candidate.key for candidate in candidates])
    wanted = quotas(part)
    removable, missing = _removable_rows(everyone, key, wanted)
    wrongly = _wrongly_listed_rows(everyone, key, wanted.wrongly)
    absent = absent_people(wanted.absent, sample, naming, roll, rng=rng)
    listing = joined(Listing, [taken(everyone, removable), absent, taken(everyone, wrongly)])
    listing = _with_second_requests(
        with_files(listing, part, rng=rng), part.duplicate_share, rng=rng
    )
    shortfall = missing / max(1, int(wanted.removable.sum()))
    lent = [candidate.lent for candidate in candidates]
    lent.append(absent.borrowed[absent.borrowed >= 0])
    return Drawn(listing, shortfall, np.unique(np.concatenate(lent)))
