"""The comparison vector of a pair: for each field, which of the scenario's levels it reaches.

Level 0 is the strongest that the scenario declares, the next ones follow, then comes *none*, and
last *missing*: a field that either record leaves out is no evidence. Every rule that adds up
evidence, and all learning of weights, starts from these vectors.

Limits: a name that agrees less than 0.80 counts as none, however close it comes.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from simulator.lexicon import ABSENT
from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    BIRTH_LEVELS,
    FULL,
    TIN_LEVELS,
    AddressAgreement,
    TinAgreement,
    passed_step,
    scale,
)
from simulator.records import BoolArray, CandidatePairs, Int8Array, Requests, Roll
from simulator.scenario.schema import MatchingPart, WeighedFields

FIELDS: Final = ("given_name", "surname", "address", "birth_date", "tin")
NONE: Final = "none"


def weighed_fields(part: MatchingPart) -> tuple[str, ...]:
    """Return the fields that are weighed: taxpayer numbers only where they are compared."""
    return FIELDS if part.tin_compared else FIELDS[:-1]


def level_names(fields: WeighedFields, field: str) -> tuple[str, ...]:
    """Return the names of a field's levels, strongest first, ``none`` last."""
    declared = getattr(fields, field)
    if field in ("given_name", "surname"):
        return (*(f"{cut:.2f}" for cut in declared.at_least), NONE)
    return (*(str(level) for level in declared.levels), NONE)


def _reached(step: Int8Array, cuts: Sequence[int]) -> Int8Array:
    """Return the first of descending ``cuts`` that each step reaches, else their number."""
    return np.asarray((step[:, np.newaxis] < np.asarray(cuts)).sum(axis=1), dtype=np.int8)


def _name_levels(part: MatchingPart, at_least: Sequence[float]) -> Int8Array:
    """Return the level of every name agreement."""
    return _reached(scale(part.name_agreements), [round(cut * FULL) for cut in at_least])


def _ordered_levels(size: int, order: Sequence[str], levels: Sequence[str]) -> Int8Array:
    """Return the level of each of ``size`` agreements whose first, 0, is MISSING."""
    codes = np.arange(size, dtype=np.int8)
    reached = _reached(passed_step(codes), [order.index(level) for level in levels])
    reached[0] = len(levels) + 1
    return reached


def effective_address(pairs: CandidatePairs, part: MatchingPart) -> Int8Array:
    """Return the ``AddressAgreement`` of each pair at the scenario's similarity of streets."""
    cut = round(part.street_similarity * FULL)
    apart = (pairs.address >= AddressAgreement.STREET) & (pairs.street < cut)
    return np.where(apart, AddressAgreement.ZIP5, pairs.address).astype(np.int8)


def _without_names(
    pairs: CandidatePairs, requests: Requests, roll: Roll
) -> tuple[BoolArray, BoolArray]:
    """Say of each pair whether either record lacks a given name, and whether a surname."""
    nameless = (requests.surname_1 == ABSENT) & (requests.surname_2 == ABSENT)
    unnamed = (roll.surname_1 == ABSENT) & (roll.surname_2 == ABSENT)
    given = (requests.given == ABSENT)[pairs.request] | (roll.given == ABSENT)[pairs.account]
    return given, nameless[pairs.request] | unnamed[pairs.account]


def agreement_levels(part: MatchingPart) -> dict[str, Int8Array]:
    """Return for each field the level of every agreement, ``matching.agreement``'s codes in order.

    A name that either record lacks is not among the codes of names.
    """
    fields = part.fields
    return {
        "given_name": _name_levels(part, fields.given_name.at_least),
        "surname": _name_levels(part, fields.surname.at_least),
        "address": _ordered_levels(len(ADDRESS_LEVELS) + 1, ADDRESS_LEVELS, fields.address.levels),
        "birth_date": _ordered_levels(
            len(BIRTH_LEVELS) + 1, BIRTH_LEVELS, fields.birth_date.levels
        ),
        "tin": _ordered_levels(len(TIN_LEVELS) + 1, TIN_LEVELS, fields.tin.levels),
    }


def comparison_vectors(
    pairs: CandidatePairs, requests: Requests, roll: Roll, part: MatchingPart
) -> Int8Array:
    """Return the level that each pair reaches in each of ``FIELDS``: shape (5, pairs).

    Of a field with L levels, 0 to L - 1 are those, L is none and L + 1 missing. Taxpayer numbers
    are missing unless the scenario compares them or the pair was found by them.
    """
    fields, levels = part.fields, agreement_levels(part)
    no_given, no_surname = _without_names(pairs, requests, roll)
    given = levels["given_name"][pairs.given]
    given[no_given] = len(fields.given_name.at_least) + 1
    surname = levels["surname"][pairs.surname]
    surname[no_surname] = len(fields.surname.at_least) + 1
    number = np.where(part.tin_compared | pairs.by_tin, pairs.tin, np.int8(TinAgreement.MISSING))
    return np.stack(
        [
            given,
            surname,
            levels["address"][effective_address(pairs, part)],
            levels["birth_date"][pairs.birth],
            levels["tin"][number],
        ]
    )
