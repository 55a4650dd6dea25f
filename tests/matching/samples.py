"""Small hand-made and random tables of requests and accounts, from a handful of names."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from simulator import lexicon
from simulator.lexicon import ABSENT
from simulator.matching.agreement import FULL, AddressAgreement
from simulator.matching.linkage import NameSearch, name_search
from simulator.matching.plain import Pair
from simulator.records import (
    AddressKind,
    CandidatePairs,
    FilingStatus,
    Requests,
    Role,
    Roll,
    Suffix,
)
from simulator.reference import tables
from simulator.scenario.schema import (
    BlockingKey,
    MatchingPart,
    NamedAgreements,
    NameMeasure,
    NameOrder,
    SurnameTokens,
)
from simulator.taxpayer_digits import NOBODYS_NUMBER, neighbours, nine_digits

GIVEN = ("MARIA", "MARIE", "MARIANA", "MARIO", "MARTIN", "JOSE", "JOSEPH", "JO", "AL")
SURNAMES = (
    "GARCIA",
    "GARZA",
    "GONZALEZ",
    "GONZALES",
    "RODRIGUEZ",
    "LOPEZ",
    "LOPES",
    "MARTIN",
    "LI",
)
STREETS = ("FOURTH", "FOURTEENTH", "NORTH", "MILL", "HILL", "OAK")
BIRTHS = (19800312, 19801203, 19800313, 19810312, 19800401, 19750505, 19800229, 19800301)
# Of the last two, one is a digit off the first number and one is nobody's.
TINS = (
    ABSENT,
    7,
    8,
    (1 << 62) | 7,
    NOBODYS_NUMBER + int(neighbours(nine_digits(np.array([7])))[0, 40]),
    NOBODYS_NUMBER,
)
Rule = tuple[BlockingKey, ...]


@cache
def search() -> NameSearch:
    """Return the similarity caches that all tests share; they do not show in results."""
    return name_search()


@cache
def code(name: str) -> int:
    """Return the code of a name."""
    return lexicon.names().lexicon.texts.index(name)


@cache
def street(name: str) -> int:
    """Return the code of a street name."""
    return lexicon.street_names().texts.index(name)


@cache
def places() -> tuple[int, int, int, int]:
    """Return four ZIPs: a first one, then one that shares three digits, the state, nothing."""
    frame = tables.zips()
    zip3, state = frame.zip // 100, frame.state
    near = np.flatnonzero((zip3 == zip3[0]) & (state == state[0]))[1]
    same_state = np.flatnonzero((zip3 != zip3[0]) & (state == state[0]))[0]
    far = np.flatnonzero((zip3 != zip3[0]) & (state != state[0]))[0]
    return 0, int(near), int(same_state), int(far)


REQUEST: Mapping[str, int] = {
    "middle": ABSENT,
    "surname_2": ABSENT,
    "suffix": Suffix.NONE,
    "name_style": 0,
    "birth": 19800312,
    "address_kind": AddressKind.WRITTEN,
    "place": 0,
    "form": 3,
    "number": 12,
    "unit": 0,
    "style": 0,
    "tin": ABSENT,
}
ACCOUNT: Mapping[str, int] = {
    "middle": ABSENT,
    "surname_2": ABSENT,
    "suffix": Suffix.NONE,
    "name_style": 0,
    "birth": 19800312,
    "place": 0,
    "form": 3,
    "number": 12,
    "unit": 0,
    "style": 0,
    "tin": ABSENT,
    "role": Role.PRIMARY,
    "filing_status": FilingStatus.SINGLE,
    "years_since_filing": 0,
}


SMALL = {
    "suffix",
    "name_style",
    "address_kind",
    "style",
    "role",
    "filing_status",
    "years_since_filing",
}


def _table(kind: type[Any], defaults: Mapping[str, int], rows: Sequence[Mapping[str, int]]) -> Any:
    names = {"given": code("MARIA"), "surname_1": code("GARCIA"), "street": street("OAK")}
    filled = [{**names, **defaults, **row} for row in rows]
    columns = {}
    for field in fields(kind):
        small = field.name in SMALL
        dtype = np.int64 if field.name == "tin" else np.int8 if small else np.int32
        columns[field.name] = np.array([row[field.name] for row in filled], dtype=dtype)
    return kind(**columns)


def requests_table(rows: Sequence[Mapping[str, int]]) -> Requests:
    """Return requests, by default for Maria Garcia, born 12 March 1980, at an address on Oak."""
    table: Requests = _table(Requests, REQUEST, rows)
    return table


def roll_table(rows: Sequence[Mapping[str, int]]) -> Roll:
    """Return accounts, by default of Maria Garcia, born 12 March 1980, at an address on Oak."""
    table: Roll = _table(Roll, ACCOUNT, rows)
    return table


def part(**values: object) -> MatchingPart:
    """Return the matching part of a scenario."""
    return MatchingPart.model_validate(values)


def as_candidate_pairs(columns: npt.NDArray[np.integer], by_tin: bool) -> CandidatePairs:
    """Turn rows (request, account, given, surname, birth, address) into a table of pairs.

    Streets from level ``street`` on are the same; numbers are not compared.
    """
    size, levels = columns.shape[1], columns[2:].astype(np.int8)
    same_street = levels[3] >= AddressAgreement.STREET
    return CandidatePairs(
        request=columns[0].astype(np.int32),
        account=columns[1].astype(np.int32),
        given=levels[0],
        surname=levels[1],
        birth=levels[2],
        address=levels[3],
        street=np.where(same_street, FULL, 0).astype(np.int8),
        tin=np.zeros(size, np.int8),
        by_tin=np.full(size, by_tin),
    )


def rows_of(pairs: CandidatePairs) -> list[tuple[int, int, int, int, int, int]]:
    """Return (request, account, given, surname, birth, address) of each pair, sorted."""
    return [row[:6] for row in all_of(pairs)]


def all_of(pairs: CandidatePairs) -> list[Pair]:
    """Return (request, account, given, surname, birth, address, street, tin) of pairs, sorted."""
    columns = (
        pairs.request,
        pairs.account,
        pairs.given,
        pairs.surname,
        pairs.birth,
        pairs.address,
        pairs.street,
        pairs.tin,
    )
    return sorted(tuple(map(int, row)) for row in zip(*columns, strict=True))  # type: ignore[misc]


def _codes(names: Sequence[str], *, variants: bool) -> st.SearchStrategy[int]:
    size = lexicon.names().lexicon.size
    slots = st.integers(0, lexicon.SLOTS - 1) if variants else st.just(0)
    return st.builds(lambda name, slot: code(name) + size * slot, st.sampled_from(names), slots)


def _streets(*, variants: bool) -> st.SearchStrategy[int]:
    size = lexicon.street_names().size
    slots = st.integers(0, lexicon.VARIANTS) if variants else st.just(0)
    return st.builds(lambda name, slot: street(name) + size * slot, st.sampled_from(STREETS), slots)


def _address(*, variants: bool) -> dict[str, st.SearchStrategy[int]]:
    return {
        "place": st.sampled_from(places()),
        "street": _streets(variants=variants),
        "form": st.sampled_from((3, 4)),
        "number": st.sampled_from((12, 14, 21, 112)),
        "unit": st.sampled_from((0, 1, 2)),
    }


def _besides(*, variants: bool) -> dict[str, st.SearchStrategy[int]]:
    """Draw what carries no level: middle name, suffix and the style of the address."""
    middle = _codes(("M", "J", "MARIA", "MARIO", "JOSE"), variants=False)
    odd = _codes(("MARIA", "J"), variants=variants)
    return {
        "middle": st.one_of(st.just(ABSENT), middle, odd),
        "suffix": st.sampled_from((Suffix.NONE, *map(int, Suffix))),
        # Street type in full; direction in full, which shows nowhere here; unit designator.
        "style": st.sampled_from((0, 1, 2, 16)),
        "name_style": st.integers(0, lexicon.NAME_STYLES - 1),
    }


def accounts() -> st.SearchStrategy[dict[str, int]]:
    """Draw one account: names as in the lexicon, sometimes double, sometimes a dependant."""
    surname = st.one_of(_codes(SURNAMES[:4], variants=False), _codes(SURNAMES, variants=False))
    return st.fixed_dictionaries(
        {
            "given": st.one_of(_codes(GIVEN[:4], variants=False), _codes(GIVEN, variants=False)),
            "surname_1": surname,
            "surname_2": st.one_of(st.just(ABSENT), surname),
            "birth": st.sampled_from(BIRTHS),
            "role": st.sampled_from((*map(int, Role), int(Role.PRIMARY))),
            "tin": st.sampled_from(TINS),
            **_address(variants=False),
            **_besides(variants=False),
        }
    )


def _without_number(address: dict[str, int]) -> dict[str, int]:
    return {**address, "number": ABSENT, "unit": 0}


def _without_street(address: dict[str, int]) -> dict[str, int]:
    return {**_without_number(address), "street": ABSENT, "form": ABSENT}


def requested() -> st.SearchStrategy[dict[str, int]]:
    """Draw one request: any name in any field, with variants, missing parts, double surnames."""
    # Mostly names that agree with some account, so that pairs are common.
    anything = _codes(GIVEN + SURNAMES, variants=True)
    given = st.one_of(
        _codes(GIVEN[:4], variants=False), _codes(GIVEN[:4], variants=False), anything
    )
    surname = st.one_of(
        _codes(SURNAMES[:4], variants=False), _codes(SURNAMES[:4], variants=False), anything
    )
    blank = st.fixed_dictionaries(
        {name: st.just(ABSENT) for name in ("place", "street", "form", "number", "unit")}
    )
    whole = st.fixed_dictionaries(_address(variants=True))
    return st.builds(
        lambda names, address: {**names, **address},
        st.fixed_dictionaries(
            {
                "given": given,
                "surname_1": surname,
                "surname_2": st.one_of(st.just(ABSENT), surname),
                "birth": st.sampled_from((*BIRTHS, ABSENT)),
                "tin": st.sampled_from(TINS),
                **_besides(variants=True),
            }
        ),
        st.one_of(whole, whole.map(_without_number), whole.map(_without_street), blank),
    )


def rules() -> st.SearchStrategy[tuple[Rule, ...]]:
    """Draw blocking rules: mostly of one or two keys, sometimes none or many."""
    keys = st.lists(st.sampled_from(tuple(BlockingKey)), max_size=4, unique=True)
    few = st.lists(st.sampled_from(tuple(BlockingKey)), min_size=1, max_size=2, unique=True)
    return st.lists(st.one_of(few, few, keys).map(tuple), min_size=1, max_size=4).map(tuple)


def parts() -> st.SearchStrategy[MatchingPart]:
    """Draw how records are compared."""
    worth = {
        way: st.sampled_from((0.8, 0.9, 1.0) if field.default else (None, None, 0.8, 0.91, 1.0))
        for way, field in NamedAgreements.model_fields.items()
    }
    return st.builds(
        part,
        birth_date_days=st.sampled_from((0, 1, 30, 366)),
        name_order=st.sampled_from(tuple(NameOrder)),
        tin_compared=st.booleans(),
        decision_rule=st.just("points"),
        name_measure=st.sampled_from(tuple(NameMeasure)),
        name_agreements=st.one_of(st.just({}), st.fixed_dictionaries(worth)),
        surname_tokens=st.sampled_from(tuple(SurnameTokens)),
        search_dependants=st.booleans(),
        street_similarity=st.sampled_from((0.8, 0.82, 0.88, 0.92, 1.0)),
        suffix_conflict_rejects=st.booleans(),
        middle_conflict_rejects=st.booleans(),
        addresses_standardised=st.sampled_from((True, True, False)),
        blocking=rules(),
    )


def loose_parts() -> st.SearchStrategy[MatchingPart]:
    """Draw how records are compared where names need not agree."""
    asking = rules().filter(lambda some: all(some))
    return st.builds(
        lambda how, blocking: how.model_copy(
            update={"blocking": blocking, "dissimilar_names_compared": True}
        ),
        parts(),
        asking,
    )
