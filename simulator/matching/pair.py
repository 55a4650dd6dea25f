"""What a request and an account show of each other: rules met, conflicts and levels of one pair.

The columns of both sides, and what they share, as the pair kernel takes them.
"""

from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator import lexicon
from simulator.kernels import inlined
from simulator.matching.agreement import AddressAgreement, scale
from simulator.matching.blocking import (
    BIRTH_DATE,
    BIRTH_YEAR,
    BUILDING,
    GIVEN_INITIAL,
    GIVEN_NAME,
    PLACES,
    STATE,
    SURNAME,
    ZIP3,
    ZIP5,
    rule_masks,
)
from simulator.matching.comparison import (
    area_level,
    birth_level,
    house_level,
    middle_conflict,
    strengths,
    suffix_conflict,
    tin_level,
)
from simulator.matching.name_agreement import AgreeingNames
from simulator.matching.similarity import SimilarStrings
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int8Array, Int32Array, Int64Array
from simulator.reference import tables
from simulator.scenario.schema import MatchingPart, NameOrder, SurnameTokens
from simulator.written_addresses import po_box_street, shown_bits

_ZIP5_LEVEL: Final = int(AddressAgreement.ZIP5)
_NAMES: Final = GIVEN_NAME | GIVEN_INITIAL | SURNAME
_BIRTHS: Final = BIRTH_DATE | BIRTH_YEAR
Int16Array = npt.NDArray[np.int16]


class Left(NamedTuple):
    """The requests, as the kernel takes them; rows as in ``PreparedRequests``.

    ``ways_given``, ``ways_initial`` and ``ways_surname`` hold the names of each way of meeting a
    rule (see ``matching.blocking``), shape (ways, requests), absent -1 (initial: 0).
    """

    birth: Int32Array
    place: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    style: Int8Array
    name_style: Int8Array
    suffix: Int8Array
    middle: Int32Array
    middle_initial: Int8Array
    middle_single: BoolArray
    tin: Int64Array
    digits: Int32Array
    given_rows: IntArray
    surname_rows: IntArray
    street_row: IntArray
    ways_given: Int32Array
    ways_initial: Int8Array
    ways_surname: Int32Array
    given: AgreeingNames
    surname: AgreeingNames
    similar_streets: SimilarStrings


class Right(NamedTuple):
    """The accounts of a roll, as the kernel takes them."""

    birth: Int32Array
    place: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    style: Int8Array
    name_style: Int8Array
    suffix: Int8Array
    middle: Int32Array
    tin: Int64Array
    digits: Int32Array
    given: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array


class Frame(NamedTuple):
    """What both sides share: names, places and the rules of the scenario.

    ``initials`` and ``single`` hold the first letter of every name and whether it is all there is;
    ``strength`` that of every name agreement; ``ordinals`` and ``po_box`` tell streets apart as
    ``written_addresses`` does. ``best``: either surname counts. ``swapped``: names are also read in
    each other's place. ``given_in_two_ways`` and ``surname_in_two_ways`` say which names can be
    written apart and together; ``tells_writing``: that counts for less than the same.
    """

    initials: Int8Array
    single: BoolArray
    zip3: Int32Array
    states: Int32Array
    strength: Int16Array
    given_in_two_ways: BoolArray
    surname_in_two_ways: BoolArray
    tells_writing: bool
    rules: IntArray
    best: bool
    swapped: bool
    any_names: bool
    suffix_rejects: bool
    middle_rejects: bool
    standardised: bool
    compares_tin: bool
    birth_days: int
    ordinals: int
    po_box: int
    streets: int


@cache
def lexicon_initials() -> Int8Array:
    """Return the first letter of every name of the lexicon."""
    return np.array([ord(text[0]) for text in lexicon.names().lexicon.texts], dtype=np.int8)


@cache
def _single_letters() -> BoolArray:
    """Say which entries of the lexicon are initials."""
    return np.array([len(text) == 1 for text in lexicon.names().lexicon.texts], dtype=np.bool_)


def frame_of(part: MatchingPart) -> Frame:
    """Return what both sides share, for the rules of a scenario."""
    zips = tables.zips()
    return Frame(
        initials=lexicon_initials(),
        single=_single_letters(),
        zip3=(zips.zip // 100).astype(np.int32),
        states=zips.state.astype(np.int32),
        strength=strengths(scale(part.name_agreements)),
        given_in_two_ways=lexicon.given_in_two_ways(),
        surname_in_two_ways=lexicon.surname_in_two_ways(),
        tells_writing=part.name_agreements.differently_written < 1.0,
        rules=rule_masks(part.blocking),
        best=part.surname_tokens == SurnameTokens.BEST,
        swapped=part.name_order == NameOrder.EITHER,
        any_names=part.dissimilar_names_compared,
        suffix_rejects=part.suffix_conflict_rejects,
        middle_rejects=part.middle_conflict_rejects,
        standardised=part.addresses_standardised,
        compares_tin=part.tin_compared,
        birth_days=part.birth_date_days,
        ordinals=int(tables.streets().numbered.sum()),
        po_box=po_box_street(),
        streets=lexicon.street_names().size,
    )


@inlined
def conflict(r: int, a: int, left: Left, right: Any, frame: Frame) -> bool:
    """Say whether suffixes or middle names, ``right``'s in row ``a``, forbid a pair."""
    if frame.suffix_rejects and suffix_conflict(left.suffix[r], right.suffix[a]):
        return True
    if not frame.middle_rejects:
        return False
    held, asked = right.middle[a], left.middle[r]
    if held < 0 or asked < 0:
        return False
    either = frame.single[held] or left.middle_single[r]
    return middle_conflict(asked, held, left.middle_initial[r], frame.initials[held], either)


@inlined
def _meets_place(
    mask: int, r: int, a: int, there: int, left: Left, right: Right, frame: Frame
) -> bool:
    """Say whether a pair agrees on all keys about places that a rule asks for."""
    here = left.place[r]
    if here < 0 or there < 0:
        return False
    if mask & (ZIP5 | BUILDING) and here != there:
        return False
    if mask & ZIP3 and frame.zip3[here] != frame.zip3[there]:
        return False
    if mask & STATE and frame.states[here] != frame.states[there]:
        return False
    if mask & BUILDING == 0:
        return True
    written = left.street[r] >= 0 and left.form[r] >= 0 and left.number[r] >= 0
    house = left.form[r] == right.form[a] and left.number[r] == right.number[a]
    return bool(written and house and left.street[r] == right.street[a])


@inlined
def _meets_birth(mask: int, birth: int, other: int) -> bool:
    """Say whether two dates agree on the key about them that a rule asks for."""
    if birth < 0 or other < 0:
        return False
    return birth == other if mask & BIRTH_DATE else birth // 10_000 == other // 10_000


@inlined
def _meets_names(
    mask: int, way: int, r: int, at: int, left: Left, shown: Any, frame: Frame
) -> bool:
    """Say whether a pair agrees in a way on all keys about names that a rule asks for."""
    if mask & SURNAME:
        surname, second = left.ways_surname[way, r], frame.best and shown.surname_2[at] >= 0
        same = surname == shown.surname_1[at] or (second and surname == shown.surname_2[at])
        if surname < 0 or not same:
            return False
    if mask & (GIVEN_NAME | GIVEN_INITIAL) == 0:
        return True
    given, held = left.ways_given[way, r], shown.given[at]
    if given < 0 or held < 0 or (mask & GIVEN_NAME and given != held):
        return False
    return bool(mask & GIVEN_INITIAL == 0 or left.ways_initial[way, r] == frame.initials[held])


@inlined
def admits(
    rule: int,
    way: int,
    r: int,
    at: int,
    a: int,
    left: Left,
    shown: Any,
    right: Right,
    frame: Frame,
) -> bool:
    """Say whether a pair meets a rule (by number) in a way.

    ``shown`` holds names, birth date and place of account ``a`` in row ``at``: the accounts as they
    are laid out for reading, or ``right`` itself.
    """
    mask = frame.rules[rule]
    if mask & _NAMES and not _meets_names(mask, way, r, at, left, shown, frame):
        return False
    if mask & _BIRTHS and not _meets_birth(mask, left.birth[r], shown.birth[at]):
        return False
    if mask & PLACES == 0:
        return True
    return _meets_place(mask, r, a, shown.place[at], left, right, frame)


@inlined
def first_admits(
    rule: int,
    way: int,
    r: int,
    at: int,
    a: int,
    left: Left,
    shown: Any,
    right: Right,
    frame: Frame,
) -> bool:
    """Say whether a pair meets a rule in a way, and neither an earlier rule nor in an earlier."""
    ways = left.ways_given.shape[0]
    last = rule * ways + way
    for step in range(last + 1):
        if admits(step // ways, step % ways, r, at, a, left, shown, right, frame):
            return bool(step == last)
    return False


@inlined
def any_admits(r: int, a: int, left: Left, right: Right, frame: Frame) -> bool:
    """Say whether a pair meets any rule in any way."""
    ways = left.ways_given.shape[0]
    for step in range(frame.rules.size * ways):
        if admits(step // ways, step % ways, r, a, a, left, right, right, frame):
            return True
    return False


@inlined
def _written_alike(r: int, a: int, left: Left, right: Right, frame: Frame) -> bool:
    """Say whether the request's address would read the same in the style of the account's."""
    shown = shown_bits(left.street[r], left.form[r], left.unit[r], frame.ordinals, frame.po_box)
    return bool((left.style[r] ^ right.style[a]) & shown == 0)


@inlined
def pair_address(
    r: int, a: int, there: int, left: Left, right: Right, frame: Frame, streets: Int8Array
) -> tuple[int, int]:
    """Return the address level of a pair and the similarity of its street names.

    ``there`` is the place of the account; ``streets`` holds the similarity of every street name to
    that of the request.
    """
    here = left.place[r]
    if here != there or here < 0:
        known = here >= 0 and there >= 0
        same_zip3 = known and frame.zip3[here] == frame.zip3[there]
        same_state = known and frame.states[here] == frame.states[there]
        return area_level(known, same_zip3, same_state), 0
    street = streets[right.street[a]] if right.street[a] >= 0 else 0
    if street == 0 or not (frame.standardised or _written_alike(r, a, left, right, frame)):
        return _ZIP5_LEVEL, 0
    level = house_level(
        left.street[r] == right.street[a],
        left.form[r] == right.form[a],
        left.number[r],
        right.number[a],
        left.unit[r],
        right.unit[a],
    )
    return level, street


@inlined
def pair_birth(r: int, a: int, left: Left, right: Any, frame: Frame) -> int:
    """Return the birth-date level of a pair."""
    return birth_level(left.birth[r], right.birth[a], frame.birth_days)


@inlined
def pair_tin(r: int, a: int, left: Left, right: Right, frame: Frame) -> int:
    """Return the level of the numbers of a pair; 0 where they are not compared."""
    if not frame.compares_tin:
        return 0
    return tin_level(left.tin[r], right.tin[a], left.digits[r], right.digits[a])
