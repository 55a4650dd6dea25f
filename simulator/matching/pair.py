"""What a request and an account show of each other: conflicts and agreement levels of one pair.

The columns of both sides, and what they share, as the pair kernel takes them.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from simulator import lexicon
from simulator.kernels import compiled, inlined
from simulator.matching.blocking import admitted, agreement_mask, rule_masks
from simulator.matching.comparison import (
    address_level,
    birth_level,
    middle_conflict,
    suffix_conflict,
)
from simulator.matching.similarity import SimilarStrings
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int8Array, Int32Array
from simulator.reference import tables
from simulator.scenario.schema import MatchingPart


class Left(NamedTuple):
    """The requests, as the kernel takes them; rows as in ``PreparedRequests``."""

    birth: Int32Array
    place: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    given_row: IntArray
    surname_rows: IntArray
    street_row: IntArray
    similar_streets: SimilarStrings
    initial: Int8Array
    middle: Int32Array
    middle_initial: Int8Array
    suffix: Int8Array
    style: Int8Array


class Right(NamedTuple):
    """The accounts of a roll and their index by surname, as the kernel takes them."""

    birth: Int32Array
    place: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    given: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    middle: Int32Array
    suffix: Int8Array
    style: Int8Array
    starts: IntArray
    accounts: Int32Array


class Frame(NamedTuple):
    """What both sides share: names, places and the rules of the scenario.

    ``initials`` and ``single`` hold the first letter of every name and whether it is all there is.
    """

    initials: Int8Array
    single: BoolArray
    zips: Int32Array
    states: Int8Array
    rules: IntArray
    suffix_rejects: bool
    middle_rejects: bool
    standardised: bool


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
        lexicon_initials(),
        _single_letters(),
        zips.zip.astype(np.int32),
        zips.state.astype(np.int8),
        rule_masks(part.blocking),
        part.suffix_conflict_rejects,
        part.middle_conflict_rejects,
        part.addresses_standardised,
    )


@compiled
def conflict(r: int, a: int, left: Left, right: Right, frame: Frame) -> bool:
    """Say whether suffixes or middle names forbid a pair."""
    if frame.suffix_rejects and suffix_conflict(left.suffix[r], right.suffix[a]):
        return True
    held = right.middle[a]
    if not frame.middle_rejects or held < 0 or left.middle[r] < 0:
        return False
    asked, size = left.middle[r], frame.single.size
    either = frame.single[held] or (asked < size and frame.single[asked])
    return middle_conflict(asked, held, left.middle_initial[r], frame.initials[held], either)


@inlined
def _holds(similar: SimilarStrings, row: int, code: int) -> bool:
    """Say whether a code is among those similar to a query."""
    for k in range(similar.starts[row], similar.starts[row + 1]):
        if similar.codes[k] == code:
            return True
    return False


@compiled
def pair_levels(r: int, a: int, left: Left, right: Right, frame: Frame) -> tuple[int, int]:
    """Return birth-date and address level, or (-1, -1) for a pair that no rule admits."""
    here, there = left.place[r], right.place[a]
    known = here >= 0
    same_zip5 = known and here == there
    same_zip3 = known and frame.zips[here] // 100 == frame.zips[there] // 100
    same_state = known and frame.states[here] == frame.states[there]
    same_year = left.birth[r] >= 0 and left.birth[r] // 10_000 == right.birth[a] // 10_000
    same_initial = left.initial[r] == frame.initials[right.given[a]]
    mask = agreement_mask(same_zip3, same_zip5, same_state, same_year, same_initial)
    if not admitted(mask, frame.rules):
        return -1, -1
    row = left.street_row[r]
    legible = frame.standardised or left.style[r] == right.style[a]
    address = address_level(
        same_zip3,
        same_zip5,
        legible and same_zip5 and row >= 0 and _holds(left.similar_streets, row, right.street[a]),
        left.street[r] == right.street[a],
        left.form[r] == right.form[a],
        left.number[r] == right.number[a],
        left.unit[r] == right.unit[a],
    )
    return birth_level(left.birth[r], right.birth[a]), address
