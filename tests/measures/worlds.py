"""Small random worlds as plain objects, their tables, and a plain count of every quantity.

``plain_counts`` shares no code with tallies and counts: it walks the list of pairs for every
policy. Scores within a request are made distinct, so that the best pair is nobody's choice.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import lawful_statuses
from simulator.disclosure.revealing import Reveals
from simulator.matching.decision import Decided
from simulator.matching.grid import Axis, Grid, threshold_grid
from simulator.measures import groups
from simulator.measures.losses import Loss
from simulator.measures.policies import Policies, is_scored
from simulator.measures.quantities import Quantity, ReplicateCounts, count_replicate
from simulator.measures.tally import RequestSide, Searched, ShardCounter, ShardTally
from simulator.records import (
    STATUSES,
    AccountTruth,
    BoolArray,
    CandidatePairs,
    Listed,
    People,
    RequestTruth,
    taken,
)
from simulator.reference import tables
from simulator.scenario.schema import LegalStatus

TIN_NAMES = ("ssn", "itin", "borrowed_ssn", "invalid_ssn", "none")
NO_NUMBER = TIN_NAMES.index("none")
LAWFUL = tuple(LegalStatus)[:5]
NOT_LISTED = -1


@dataclass(frozen=True)
class Person:
    """A person in a dwelling, with an account or none.

    ``shown`` numbers the return released with the account and ``named`` the one that names the
    person, within the household; -1 is none.
    """

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
    po_box: bool
    shown: int
    named: int

    @property
    def at_home(self) -> bool:
        filed = (self.filed_place, self.filed_dwelling)
        return filed == (self.place, self.dwelling) and not self.po_box

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
    unanswered: bool
    deficient: bool


@dataclass(frozen=True)
class Pair:
    """A candidate pair of a request and the account of a person, both by index.

    ``birth`` and ``address`` are agreements, of which the two lowest pass ``any`` alone.
    """

    request: int
    person: int
    given: int
    surname: int
    birth: int
    address: int
    by_tin: bool
    withheld: bool

    @property
    def score(self) -> int:
        return self.given + self.surname - 160 + 5 * self.address + 10 * self.birth


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
                po_box=bool(rng.random() < 0.2),
                shown=int(rng.integers(-1, 2)),
                named=int(rng.integers(-1, 2)),
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
    unanswered = not heard and bool(rng.random() < 0.4)
    deficient = bool(rng.random() < 0.3)
    return Request(about, int(kind), origin, status, tin_kind, not heard, unanswered, deficient)


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
                    int(rng.integers(6)),
                    int(rng.integers(10)),
                    bool(rng.random() < 0.1),
                    bool(rng.random() < 0.15),
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
        key=_column(range(len(about)), np.int64),
        kind=_column([request.kind for request in world.requests], np.int8),
        group=_column([0 for _ in about], np.int8),
        origin=_column([request.origin for request in world.requests], np.int8),
        status=_column([request.status for request in world.requests], np.int8),
        tin_kind=_column([request.tin_kind for request in world.requests], np.int8),
        place=_column([-1 if person is None else person.place for person in about], np.int32),
        dwelling=_column([-1 if person is None else person.dwelling for person in about], np.int32),
    )


THRESHOLDS = Policies(threshold_grid(), threshold_grid().cell(5, 1, 1), 3)
# Cells 0 ... 49 of a score: pairs below 20 are a link at no policy.
SCORES = Policies(
    Grid(
        (
            Axis("score_threshold", tuple(np.arange(20.0, 120.0, 2.0).tolist())),
            Axis("address_threshold", ("any",)),
            Axis("birth_date_threshold", ("any",)),
        )
    ),
    10,
    2,
)


def cell_of(pair: Pair, grid: Grid) -> int:
    """Return the strictest policy that links a pair, -1 if none does."""
    if is_scored(grid):
        return -1 if pair.score < 20 else min((pair.score - 20) // 2, grid.size - 1)
    name = min(pair.given, pair.surname) - 80
    return grid.cell(name, max(pair.address - 1, 0), max(pair.birth - 1, 0))


def _tally(
    world: World,
    number: int,
    homes: Sequence[tuple[int, ...]],
    lawful: BoolArray,
    order: int,
    policies: Policies,
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
        street=_column([0 for _ in here], np.int8),
        tin=_column([0 for _ in here], np.int8),
        by_tin=_column([pair.by_tin for pair in here], np.bool_),
    )
    searched = _column([world.people[i].searched for _, i in held], np.bool_)
    shows = Reveals(
        at_home=_column([world.people[i].at_home for _, i in held], np.bool_),
        shown=_column([world.people[i].shown for _, i in held], np.int64),
        named=_column([world.people[i].named for _, i in held], np.int64),
    )
    counter = ShardCounter(
        Searched(number, people, accounts, searched, lawful, shows), side_of(world), policies
    )
    released = _column([not pair.withheld for pair in here], np.bool_)
    decided = Decided(
        _column([cell_of(pair, policies.grid) for pair in here], np.int32),
        _column([pair.score for pair in here], np.int64),
    )
    for rows in np.array_split(np.arange(len(here)), 2):  # in blocks, as they come
        counter.add(
            taken(pairs, rows), Decided(decided.cell[rows], decided.rank[rows]), released[rows]
        )
    requests, _ = counter.uncompared_mates()
    reasons = [why_no_pair(world.requests[number]) for number in requests.tolist()]
    return counter.tally(_column(reasons, np.int8))


def why_no_pair(request: Request) -> Loss:
    """Return why a request and its mate were no candidate pair; any rule will do."""
    return Loss.BLOCKING if request.deficient else Loss.COMPARISON


def tallies(
    world: World, shards: int, *, order: int = 0, policies: Policies = THRESHOLDS
) -> list[ShardTally]:
    """Return the tallies of a world cut into so many shards; ``order`` shuffles rows."""
    cuts = np.array_split(np.arange(len(world.households)), shards)
    lawful = lawful_statuses(LAWFUL)
    return [
        _tally(world, number, [world.households[k] for k in cut.tolist()], lawful, order, policies)
        for number, cut in enumerate(cuts)
    ]


def _reason(request: Request) -> Guardrail:
    if request.unanswered:
        return Guardrail.NO_TRANSFER
    return Guardrail.ADDRESS_REQUIRED if request.rejected else Guardrail.NONE


def side_of(world: World) -> RequestSide:
    """Return what the measures know of the requests."""
    return RequestSide(
        truth_of(world),
        _column([_reason(request) for request in world.requests], np.int8),
        _column([request.deficient for request in world.requests], np.bool_),
    )


def counted(
    world: World, shards: int = 1, *, order: int = 0, policies: Policies = THRESHOLDS
) -> ReplicateCounts:
    """Return the counts of a world cut into so many shards."""
    parts = tallies(world, shards, order=order, policies=policies)
    return count_replicate(parts, side_of(world), 0.25, policies)


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


def _passes(pair: Pair, cell: int, grid: Grid) -> bool:
    """Say whether a policy links a pair."""
    strictest = cell_of(pair, grid)
    if strictest < 0:
        return False
    steps = np.unravel_index((strictest, cell), grid.shape)
    return all(int(reached) >= int(asked) for reached, asked in steps)


def _released(world: World, cell: int, selection: str, policies: Policies) -> dict[int, list[Pair]]:
    """Return the pairs that one policy releases, by request."""
    chosen: dict[int, list[Pair]] = {number: [] for number in range(len(world.requests))}
    for pair in world.pairs:
        if not pair.withheld and _passes(pair, cell, policies.grid):
            chosen[pair.request].append(pair)
    if selection == "unique":
        return {number: pairs if len(pairs) == 1 else [] for number, pairs in chosen.items()}
    most = {"best": 1, "top": policies.top, "all": len(world.pairs)}[selection]
    return {
        number: sorted(pairs, key=lambda pair: pair.score, reverse=True)[:most]
        for number, pairs in chosen.items()
    }


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


def _empty_fate(request: Request, linked: Sequence[Pair]) -> str:
    """Return why nothing was released; ``linked`` are the pairs that pass the policy."""
    if request.rejected:
        return "FATE_UNANSWERED" if request.unanswered else "FATE_REJECTED"
    if not linked:
        return "FATE_NOBODY"
    return "FATE_WITHHELD" if all(pair.withheld for pair in linked) else "FATE_NOT_UNIQUE"


def _request_counts(
    world: World, request: Request, pairs: Sequence[Pair], linked: Sequence[Pair]
) -> Iterator[str]:
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
        yield _empty_fate(request, linked)


def _loss(world: World, number: int, cell: int, policies: Policies) -> str:
    """Return where a mated request lost its mate, which the policy does not release."""
    request = world.requests[number]
    if request.rejected:
        return "MISSED_REJECTED"
    pairs = [
        pair for pair in world.pairs if pair.request == number and pair.person == request.about
    ]
    if not pairs:
        return f"MISSED_{why_no_pair(request).name}"
    [pair] = pairs
    if not _passes(pair, cell, policies.grid):
        return "MISSED_RULE"
    return "MISSED_WITHHELD" if pair.withheld else "MISSED_SELECTION"


def _fates_of_wrong_pairs(
    world: World, released: dict[int, list[Pair]], cell: int, policies: Policies
) -> Iterator[str]:
    """Yield what became of every candidate pair with a wrong person, linked ones apart."""
    requests = set()
    for pair in world.pairs:
        if pair.person == world.requests[pair.request].about:
            continue
        yield "WRONG_CANDIDATES"
        requests.add(pair.request)
        if not _passes(pair, cell, policies.grid):
            yield "WRONG_PAIRS_RULE"
        elif pair.withheld:
            yield "WRONG_PAIRS_WITHHELD"
        elif pair not in released[pair.request]:
            yield "WRONG_PAIRS_SELECTION"
    yield from ("WRONG_CANDIDATE_REQUESTS" for _ in requests)


def _shown_by(world: World, home: Sequence[int], holder: int) -> set[int]:
    """Return whom the release of one account shows, its holder among them."""
    account = world.people[holder]

    def shows(i: int) -> bool:
        other = world.people[i]
        named = other.has_account and other.named != -1 and other.named == account.shown
        return i == holder or account.at_home or named

    return {i for i in home if shows(i)}


def plain_counts(
    world: World, cell: int, selection: str, policies: Policies = THRESHOLDS
) -> np.ndarray:
    """Count every quantity under one policy; shape (quantities, groups)."""
    counts: Counter[tuple[str, str]] = Counter()
    home_of = {i: home for home in world.households for i in home}
    direct: set[int] = set()
    reached: set[int] = set()
    released = _released(world, cell, selection, policies)
    for number, pairs in released.items():
        request = world.requests[number]
        labels = _labels(request.origin, request.status, request.tin_kind)
        linked = [
            pair
            for pair in world.pairs
            if pair.request == number and _passes(pair, cell, policies.grid)
        ]
        found = list(_request_counts(world, request, pairs, linked))
        if "MISSED_MATED" in found:
            found.append(_loss(world, number, cell, policies))
        for pair in pairs:
            found += _link_counts(world, request, pair)
            direct.add(pair.person)
            reached.update(_shown_by(world, home_of[pair.person], pair.person))
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
    counts.update((name, "all") for name in _fates_of_wrong_pairs(world, released, cell, policies))
    values = np.zeros((len(Quantity), len(groups.labels())))
    for (quantity, label), number in counts.items():
        values[Quantity[quantity], groups.labels().index(label)] = number
    return values
