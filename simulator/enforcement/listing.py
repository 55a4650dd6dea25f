"""Who is on the enforcement list, and whether rightly.

Most listed people are unauthorized adults in the country, drawn to a mix of nationalities; some
have left it; a stated share lives here lawfully and is listed by mistake. Each person carries one
uniform key and the smallest keys of each origin are listed, so a longer list contains the shorter.

Limits: one request per person; where an origin has fewer removable adults than its share of the
list asks for, other origins fill the gap (``Drawn.mix_shortfall`` says how much).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator import lexicon
from simulator.population.ages import REFERENCE_YEAR
from simulator.population.movement import last_move_recency
from simulator.population.names import draw_names, generate_names
from simulator.population.places import Sample, zip_of_group
from simulator.population.taxpayer_numbers import (
    ADULT,
    lender_numbers,
    number_kinds,
    numbers_for,
    taxpayer_numbers,
)
from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.records import (
    STATUSES,
    UNAUTHORIZED,
    BoolArray,
    Int64Array,
    Listed,
    Listing,
    People,
    TinKind,
    joined,
    person_number,
    taken,
)
from simulator.reference import tables
from simulator.scenario.schema import ListingPart, NamesPart, RollPart

DEPARTED_PLACE = 1 << 20  # beyond any ZIP row: numbers of people who left are nobody's here
_DEPARTED_KEY = np.int64(1) << np.int64(62)  # beyond the number of any resident
_DEPARTED_YOUNGEST, _DEPARTED_OLDEST = 20, 60


class ListingError(ValueError):
    """The list asks for more people of a kind than the population holds."""


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
    adults of all shards, and listed people who have left.
    """

    listing: Listing
    mix_shortfall: float
    lent: Int64Array


@dataclass(frozen=True)
class Quotas:
    """How many people of each kind a list holds."""

    removable: IntArray  # per origin
    departed: IntArray  # per origin
    wrongly: IntArray  # per legal status


def _largest_remainder(weights: FloatArray, total: int) -> IntArray:
    """Split ``total`` in proportion to ``weights`` so that the parts sum to it."""
    exact = weights / weights.sum() * total
    parts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - parts), kind="stable")
    parts[order[: total - int(parts.sum())]] += 1
    return np.asarray(parts)


def mix_weights(part: ListingPart) -> FloatArray:
    """Return the weight of every origin; 'other' is split by unauthorized residents.

    Raises ListingError where no origin has any weight.
    """
    table = tables.origins()
    weights = np.array([part.nationality_mix.get(name, 0.0) for name in table.names])
    named = np.array([name in part.nationality_mix for name in table.names])
    rest = table.population * table.status_shares[:, UNAUTHORIZED]
    rest = np.where(named | ~table.foreign_born.astype(bool), 0.0, rest)
    other = part.nationality_mix.get("other", 0.0)
    if other > 0 and rest.sum() > 0:
        weights = weights + other * rest / rest.sum()
    if weights.sum() <= 0.0:
        raise ListingError(
            "the nationality mix gives weight to 'other' alone, but names every origin that has "
            "unauthorized residents; give one of those weight or leave it out"
        )
    return np.asarray(weights)


def quotas(part: ListingPart) -> Quotas:
    """Return how many people of each origin and status the list asks for."""
    departed = round(part.requests * part.departed_share)
    # Both shares may round up; together they leave no less than nobody.
    wrongly = min(round(part.requests * part.wrongly_listed_share), part.requests - departed)
    weights = mix_weights(part)
    status = part.wrongly_listed_status.model_dump()
    status_weights = np.array([status.get(name, 0.0) for name in STATUSES])
    return Quotas(
        _largest_remainder(weights, part.requests - departed - wrongly),
        _largest_remainder(weights, departed),
        _largest_remainder(status_weights, wrongly),
    )


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
    listing = Listing(
        person=person_number(people.place[rows], people.dwelling[rows], people.member[rows]),
        key=person_number(people.place[rows], people.dwelling[rows], people.member[rows]),
        kind=np.where(unauthorized, Listed.REMOVABLE, Listed.WRONGLY_LISTED).astype(np.int8),
        **_no_order(rows.size),
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


def _removable_rows(listing: Listing, key: FloatArray, wanted: IntArray) -> tuple[IntArray, int]:
    """Return rows to list by origin, and how many come from other origins than asked for."""
    removable = listing.kind == Listed.REMOVABLE
    if removable.sum() < wanted.sum():
        raise ListingError(
            f"the list asks for {wanted.sum():,} removable residents, but the population holds "
            f"{removable.sum():,}; lower listing.requests or raise population.size"
        )
    by_origin = [
        _smallest(removable & (listing.origin == origin), key, int(count))
        for origin, count in enumerate(wanted)
    ]
    rows = np.concatenate(by_origin)
    missing = int(wanted.sum()) - rows.size
    left = removable.copy()
    left[rows] = False
    return np.concatenate([rows, _smallest(left, key, missing)]), missing


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


def _no_order(count: int) -> dict[str, np.ndarray]:
    return {
        "group": np.zeros(count, np.int8),
        "order_days": np.zeros(count, np.int32),
        "removable_class": np.ones(count, np.bool_),
        "wilful": np.ones(count, np.bool_),
        "facility": np.full(count, -1, np.int32),
    }


def _departed(
    wanted: IntArray, sample: Sample, naming: NamesPart, roll: RollPart, *, rng: Streams
) -> Listing:
    """Make people who left the country: a name, a last home here, a number nobody here has."""
    origin = np.repeat(np.arange(wanted.size), wanted)
    within = np.concatenate([np.arange(count) for count in wanted] or [np.empty(0, np.int64)])
    record = (origin.astype(np.int64) << 32) | within.astype(np.int64)
    u = [rng.table(Stage.DEPARTED, slot, record) for slot in range(3)]
    groups = tables.origins().name_group[origin].astype(np.int64)
    age = _DEPARTED_YOUNGEST + (u[1][0] * (_DEPARTED_OLDEST - _DEPARTED_YOUNGEST)).astype(int)
    birth = (REFERENCE_YEAR - age) * 10_000 + (1 + (u[1][1] * 12).astype(int)) * 100
    birth = birth + 1 + (u[1][2] * 28).astype(int)
    of_names = np.concatenate([u[0][1:], rng.table(Stage.DEPARTED, 5, record)[:3]])
    names = draw_names(origin, (u[0][0] < 0.5).astype(np.int64), birth, of_names, naming)
    which = zip_of_group(sample, groups, u[2][0])
    place = sample.places.rows[which].astype(np.int32)
    dwelling = (u[2][1] * sample.places.households[which]).astype(np.int32)
    kind = np.searchsorted(number_kinds(roll), u[2][2], side="right")
    kind = kind.clip(0, len(TinKind) - 1).astype(np.int8)
    own = person_number(DEPARTED_PLACE + origin, within, 0)
    lender = rng.table(Stage.DEPARTED, 3, record)
    worked = (kind == TinKind.ITIN) & (lender[2] < roll.itin_borrowed_wages)
    borrows = worked | (kind == TinKind.BORROWED_SSN)
    borrowed = np.where(borrows, lender_numbers(sample, lender[:2], own), lexicon.ABSENT)
    count = origin.size
    return Listing(
        person=np.full(count, lexicon.ABSENT, np.int64),
        key=_DEPARTED_KEY + record,
        kind=np.full(count, Listed.DEPARTED, np.int8),
        **_no_order(count),
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
        recency=rng.table(Stage.DEPARTED, 4, record)[0],
        years_since_move=np.zeros(count, np.int8),
        former_place=place,
        former_dwelling=dwelling,
        tin_kind=kind,
        tin=numbers_for(kind, own, borrowed),
        borrowed=borrowed,
    )


def draw_listing(
    candidates: Sequence[Candidates],
    sample: Sample,
    naming: NamesPart,
    part: ListingPart,
    roll: RollPart,
    *,
    rng: Streams,
) -> Drawn:
    """Draw the list from the candidates of all shards.

    Raises ListingError where the population holds too few people of a kind.
    """
    everyone = joined(Listing, [candidate.listing for candidate in candidates])
    key = np.concatenate([candidate.key for candidate in candidates])
    wanted = quotas(part)
    removable, missing = _removable_rows(everyone, key, wanted.removable)
    wrongly = _wrongly_listed_rows(everyone, key, wanted.wrongly)
    departed = _departed(wanted.departed, sample, naming, roll, rng=rng)
    listing = joined(
        Listing,
        [
            taken(everyone, removable),
            departed,
            taken(everyone, wrongly),
        ],
    )
    shortfall = missing / max(1, int(wanted.removable.sum()))
    lent = [candidate.lent for candidate in candidates]
    lent.append(departed.borrowed[departed.borrowed >= 0])
    return Drawn(listing, shortfall, np.unique(np.concatenate(lent)))
