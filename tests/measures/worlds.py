"""Small random worlds as plain objects, their tables, and a plain count of every quantity.

``plain_counts`` shares no code with tallies and counts: it walks the list of pairs for every
policy. Scores within a request are made distinct, so that the best pair is nobody's choice.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.measures import groups
from simulator.measures.quantities import Quantity, ReplicateCounts, RequestSide, count_replicate
from simulator.measures.tally import ShardTally, tally_shard
from simulator.records import (
    STATUSES,
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Int64Array,
    Listed,
    People,
    RequestTruth,
)
from simulator.reference import tables
from simulator.scenario.schema import LegalStatus

TIN_NAMES = ("ssn", "itin", "borrowed_ssn", "invalid_ssn", "none")
NO_NUMBER = TIN_NAMES.index("none")
LAWFUL = tuple(LegalStatus)[:5]
NOT_LISTED = -1


@dataclass(frozen=True)
class Person:
    """A person in a dwelling, with an account or none."""

    place: int
    dwelling: int
    member: int
    origin: int
    status: int
    has_account: bool
    searched: bool
    tin_kind: int
    filed_place: int
    filed_dwelling: int
    carries_borrowed_wages: bool

    @property
    def number(self) -> int:
        return (self.place << 32) | (self.dwelling << 6) | self.member


@dataclass(frozen=True)
class Request:
    """A request about the person at an index of the world, or about nobody here."""

    about: int
    kind: int
    origin: int
    status: int
    tin_kind: int
    rejected: bool
    deficient: bool


@dataclass(frozen=True)
class Pair:
    """A candidate pair of a request and the account of a person, both by index."""

    request: int
    person: int
    given: int
    surname: int
    birth: int
    address: int
    by_tin: bool

    @property
    def score(self) -> int:
        return self.given + self.surname - 160 + 8 * self.address + 10 * self.birth


@dataclass(frozen=True)
class World:
    """Households (lists of person indexes, the head first), requests and candidate pairs."""

    people: tuple[Person, ...]
    households: tuple[tuple[int, ...], ...]
    requests: tuple[Request, ...]
    pairs: tuple[Pair, ...]


def _people(rng: np.random.Generator, households: int) -> Iterator[list[Person]]:
    for number in range(households):
        home = 3 * number
        place = 10 + number % 4
        yield [
            Person(
                place=place,
                dwelling=home,
                member=member,
                origin=int(rng.choice((0, 2, 5, 6))),
                status=int(rng.choice((0, 1, 2, 5, 5))),
                has_account=bool(rng.random() < 0.7),
                searched=bool(rng.random() < 0.8),
                tin_kind=int(rng.integers(len(TIN_NAMES))),
                filed_place=place,
                filed_dwelling=home if rng.random() < 0.6 else home + 1,
                carries_borrowed_wages=bool(rng.random() < 0.2),
            )
            for member in range(int(rng.integers(1, 5)))
        ]


def _request(rng: np.random.Generator, people: Sequence[Person]) -> Request:
    if rng.random() < 0.2:
        kind, about = Listed.DEPARTED, NOT_LISTED
        origin, status, tin_kind = 5, 5, int(rng.integers(len(TIN_NAMES)))
    else:
        about = int(rng.integers(len(people)))
        person = people[about]
        kind = Listed.REMOVABLE if person.status == 5 else Listed.WRONGLY_LISTED
        origin, status, tin_kind = person.origin, person.status, person.tin_kind
    heard = rng.random() < 0.85
    return Request(about, int(kind), origin, status, tin_kind, not heard, bool(rng.random() < 0.3))


def _pairs(
    rng: np.random.Generator, people: Sequence[Person], requests: Sequence[Request], most: int
) -> Iterator[Pair]:
    accounts = [i for i, person in enumerate(people) if person.has_account and person.searched]
    for number, request in enumerate(requests):
        if request.rejected or not accounts:
            continue
        chosen = rng.permutation(accounts)[: int(rng.integers(most + 1))].tolist()
        if request.about in accounts and rng.random() < 0.7 and request.about not in chosen:
            chosen.append(request.about)
        scores: set[int] = set()
        for person in chosen:
            while True:
                names = 100 - np.minimum(rng.geometric(0.12, 2) - 1, 20)
                pair = Pair(
                    number,
                    person,
                    int(names[0]),
                    int(names[1]),
                    int(rng.integers(4)),
                    int(rng.integers(6)),
                    bool(rng.random() < 0.1),
                )
                if pair.score not in scores:
                    break
            scores.add(pair.score)
            yield pair


def random_world(seed: int, *, households: int = 14, requests: int = 12, most: int = 6) -> World:
    """Draw a world; ``most`` bounds the pairs of one request with strangers."""
    rng = np.random.default_rng(seed)
    homes = list(_people(rng, households))
    people = [person for home in homes for person in home]
    edges = np.cumsum([0] + [len(home) for home in homes]).tolist()
    listed = [_request(rng, people) for _ in range(requests)] if people else []
    return World(
        people=tuple(people),
        households=tuple(tuple(range(low, high)) for low, high in pairwise(edges)),
        requests=tuple(listed),
        pairs=tuple(_pairs(rng, people, listed, most)),
    )


def _column(values: Sequence[int], dtype: type[np.generic]) -> np.ndarray:
    return np.array(list(values), dtype=dtype)


def _people_table(world: World, homes: Sequence[tuple[int, ...]]) -> People:
    rows = [(world.people[i], len(home)) for home in homes for i in home]
    zeros = [0] * len(rows)
    return People(
        place=_column([person.place for person, _ in rows], np.int32),
        dwelling=_column([person.dwelling for person, _ in rows], np.int32),
        member=_column([person.member for person, _ in rows], np.int8),
        size=_column([size for _, size in rows], np.int8),
        household=_column(zeros, np.int8),
        relationship=_column(zeros, np.int8),
        sex=_column(zeros, np.int8),
        age=_column(zeros, np.int8),
        birth=_column(zeros, np.int32),
        origin=_column([person.origin for person, _ in rows], np.int8),
        status=_column([person.status for person, _ in rows], np.int8),
        years_since_move=_column(zeros, np.int8),
        former_place=_column(zeros, np.int32),
        former_dwelling=_column(zeros, np.int32),
    )


def truth_of(world: World) -> RequestTruth:
    """Return whom each request is about."""
    about = [
        None if request.about == NOT_LISTED else world.people[request.about]
        for request in world.requests
    ]
    return RequestTruth(
        person=_column([-1 if person is None else person.number for person in about], np.int64),
        kind=_column([request.kind for request in world.requests], np.int8),
        origin=_column([request.origin for request in world.requests], np.int8),
        status=_column([request.status for request in world.requests], np.int8),
        tin_kind=_column([request.tin_kind for request in world.requests], np.int8),
        place=_column([-1 if person is None else person.place for person in about], np.int32),
        dwelling=_column([-1 if person is None else person.dwelling for person in about], np.int32),
    )


def _tally(
    world: World, number: int, homes: Sequence[tuple[int, ...]], lawful: BoolArray, order: int
) -> ShardTally:
    people = _people_table(world, homes)
    members = [i for home in homes for i in home]
    held = [(row, i) for row, i in enumerate(members) if world.people[i].has_account]
    shuffle = np.random.default_rng(order).permutation if order else np.arange
    held = [held[k] for k in shuffle(len(held)).tolist()]
    account_of = {i: account for account, (_, i) in enumerate(held)}
    accounts = AccountTruth(
        row=_column([row for row, _ in held], np.int32),
        person=_column([world.people[i].number for _, i in held], np.int64),
        primary=_column([world.people[i].number for _, i in held], np.int64),
        tin_kind=_column([world.people[i].tin_kind for _, i in held], np.int8),
        carries_borrowed_wages=_column(
            [world.people[i].carries_borrowed_wages for _, i in held], np.bool_
        ),
        filed_place=_column([world.people[i].filed_place for _, i in held], np.int32),
        filed_dwelling=_column([world.people[i].filed_dwelling for _, i in held], np.int32),
    )
    here = [pair for pair in world.pairs if pair.person in account_of]
    here = [here[k] for k in shuffle(len(here)).tolist()]
    pairs = CandidatePairs(
        request=_column([pair.request for pair in here], np.int32),
        account=_column([account_of[pair.person] for pair in here], np.int32),
        given=_column([pair.given for pair in here], np.int8),
        surname=_column([pair.surname for pair in here], np.int8),
        birth=_column([pair.birth for pair in here], np.int8),
        address=_column([pair.address for pair in here], np.int8),
        by_tin=_column([pair.by_tin for pair in here], np.bool_),
    )
    truth = truth_of(world)
    listed: Int64Array = truth.person
    return tally_shard(
        number,
        pairs,
        _column([pair.score for pair in here], np.int64),
        judge(pairs, accounts, people, truth, lawful),
        people,
        accounts,
        _column([world.people[i].searched for _, i in held], np.bool_),
        listed,
        lawful,
        len(here) + number,
    )


def tallies(world: World, shards: int, *, order: int = 0) -> list[ShardTally]:
    """Return the tallies of a world cut into so many shards; ``order`` shuffles rows."""
    cuts = np.array_split(np.arange(len(world.households)), shards)
    lawful = lawful_statuses(LAWFUL)
    return [
        _tally(world, number, [world.households[k] for k in cut.tolist()], lawful, order)
        for number, cut in enumerate(cuts)
    ]


def counted(world: World, shards: int = 1, *, order: int = 0) -> ReplicateCounts:
    """Return the counts of a world cut into so many shards."""
    side = RequestSide(
        truth_of(world),
        _column([int(request.rejected) for request in world.requests], np.int8),
        _column([request.deficient for request in world.requests], np.bool_),
    )
    return count_replicate(tallies(world, shards, order=order), side, 0.25)


def reordered(world: World, seed: int) -> World:
    """Return the same world with its requests in another order."""
    order = np.random.default_rng(seed).permutation(len(world.requests)).tolist()
    new = {old: position for position, old in enumerate(order)}
    return replace(
        world,
        requests=tuple(world.requests[old] for old in order),
        pairs=tuple(replace(pair, request=new[pair.request]) for pair in world.pairs),
    )


def _labels(origin: int, status: int, tin_kind: int) -> tuple[str, ...]:
    return (
        "all",
        f"origin={tables.origins().names[origin]}",
        f"status={STATUSES[status]}",
        f"tin_kind={TIN_NAMES[tin_kind]}",
    )


def _labels_of(person: Person) -> tuple[str, ...]:
    return _labels(
        person.origin, person.status, person.tin_kind if person.has_account else NO_NUMBER
    )


def _released(world: World, name: int, address: int, selection: str) -> dict[int, list[Pair]]:
    """Return the pairs that one policy releases, by request."""
    chosen: dict[int, list[Pair]] = {number: [] for number in range(len(world.requests))}
    for pair in world.pairs:
        if pair.given >= 80 + name and pair.surname >= 80 + name and pair.address >= address:
            chosen[pair.request].append(pair)
    if selection == "unique":
        return {number: pairs if len(pairs) == 1 else [] for number, pairs in chosen.items()}
    if selection == "best":
        return {
            number: [max(pairs, key=lambda pair: pair.score)] if pairs else []
            for number, pairs in chosen.items()
        }
    return chosen


def _is_lawful(person: Person) -> bool:
    return STATUSES[person.status] in {str(status) for status in LAWFUL}


def _link_counts(world: World, request: Request, pair: Pair) -> Iterator[str]:
    holder = world.people[pair.person]
    yield "LINKS"
    if pair.person == request.about:
        yield "RIGHT_PERSON"
        yield "LISTING_ERROR" if request.kind == Listed.WRONGLY_LISTED else "INTENDED"
    else:
        yield "WRONG_PERSON"
        yield "WRONG_PERSON_LAWFUL" if _is_lawful(holder) else "WRONG_PERSON_OTHER"
    home = None if request.about == NOT_LISTED else world.people[request.about]
    filed = (holder.filed_place, holder.filed_dwelling)
    if home is None or (home.place, home.dwelling) != filed:
        yield "WRONG_ADDRESS"
    if holder.carries_borrowed_wages:
        yield "BORROWED_WAGES"
    if request.deficient:
        yield "DEFICIENT"


def _is_mated(world: World, request: Request) -> bool:
    if request.about == NOT_LISTED:
        return False
    return world.people[request.about].has_account and world.people[request.about].searched


def _request_counts(world: World, request: Request, pairs: Sequence[Pair]) -> Iterator[str]:
    right = any(pair.person == request.about for pair in pairs)
    wrong = any(pair.person != request.about for pair in pairs)
    mated = _is_mated(world, request)
    yield "REQUESTS"
    yield "MATED" if mated else "UNMATED"
    if pairs:
        yield "LINKED_REQUESTS"
        if not mated:
            yield "LINKED_UNMATED"
    if mated:
        yield "FOUND_MATED" if right else "MISSED_MATED"
    if wrong:
        yield "WRONGED_REQUESTS"
    if right:
        yield "FATE_FOUND_WITH_OTHERS" if wrong else "FATE_FOUND"
    elif wrong:
        yield "FATE_WRONG_PERSON"
    else:
        yield "FATE_REJECTED" if request.rejected else "FATE_NOBODY"


def plain_counts(world: World, name: int, address: int, selection: str) -> np.ndarray:
    """Count every quantity under one policy; shape (quantities, groups)."""
    counts: Counter[tuple[str, str]] = Counter()
    home_of = {i: home for home in world.households for i in home}
    direct: set[int] = set()
    reached: set[int] = set()
    for number, pairs in _released(world, name, address, selection).items():
        request = world.requests[number]
        labels = _labels(request.origin, request.status, request.tin_kind)
        found = list(_request_counts(world, request, pairs))
        for pair in pairs:
            found += _link_counts(world, request, pair)
            direct.add(pair.person)
            reached.update(home_of[pair.person])
        counts.update((quantity, label) for quantity in found for label in labels)
    for i, person in enumerate(world.people):
        if not _is_lawful(person):
            continue
        for label in _labels_of(person):
            counts["LAWFUL_RESIDENTS", label] += 1
            counts["EXPOSED", label] += i in reached
            counts["EXPOSED_DIRECT", label] += i in direct
            counts["EXPOSED_COLLATERAL", label] += i in reached and i not in direct
    searched = sum(person.has_account and person.searched for person in world.people)
    mated = sum(_is_mated(world, request) for request in world.requests)
    counts["NON_MATCHING_PAIRS", "all"] = len(world.requests) * searched - mated
    values = np.zeros((len(Quantity), len(groups.labels())))
    for (quantity, label), number in counts.items():
        values[Quantity[quantity], groups.labels().index(label)] = number
    return values
