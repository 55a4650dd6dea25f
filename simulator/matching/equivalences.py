"""Names that agree otherwise than by spelling: what two names must have in common.

Every way of agreeing is written as keys: two names agree if they share one. Who is called by a
short name shares the formal name's key, spellings of one name share that of their family, names
that sound alike their codes. An initial agrees with the names that begin with it but not these with
each other, so there alone a name asks for other keys than it answers to.

All of it goes by text: a misspelt name that is spelt like a listed one agrees as that one does.

Limits: what the reference tables do not list as a nickname or a romanisation is none; phonetic
codes are of English.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from simulator.lexicon import name_control
from simulator.matching.agreement import NamedAgreement
from simulator.matching.phonetic_codes import Codes, double_metaphone_codes, nysiis_codes
from simulator.randomness import IntArray
from simulator.records import Int32Array
from simulator.reference import tables
from simulator.scenario.schema import NamedAgreements

_NONE: Codes = frozenset()


class NameField(StrEnum):
    """The fields that hold names."""

    GIVEN = "given"
    SURNAME = "surname"


class Way(NamedTuple):
    """A way of agreeing in a field: the keys a name asks for and those it answers to."""

    agreement: NamedAgreement
    asked: Callable[[str], Codes]
    answered: Callable[[str], Codes]


def _families(groups: Iterable[Iterable[str]]) -> Mapping[str, Codes]:
    """Return for every name the numbers, as text, of the groups that hold it."""
    found: dict[str, Codes] = {}
    for number, group in enumerate(groups):
        for name in group:
            found[name] = found.get(name, _NONE) | {str(number)}
    return found


@cache
def _formal_names() -> Mapping[str, Codes]:
    return _families((formal, *shorts) for formal, shorts in tables.nicknames().items())


@cache
def _spellings(field: NameField) -> Mapping[str, Codes]:
    return _families(tables.romanisations()[field])


def _formal(text: str) -> Codes:
    return _formal_names().get(text, _NONE)


def _given_family(text: str) -> Codes:
    return _spellings(NameField.GIVEN).get(text, _NONE)


def _surname_family(text: str) -> Codes:
    return _spellings(NameField.SURNAME).get(text, _NONE)


def _initial_asked(text: str) -> Codes:
    return frozenset({f"{text}…" if len(text) == 1 else text[:1]})


def _initial_answered(text: str) -> Codes:
    return frozenset({text if len(text) == 1 else f"{text[:1]}…"})


def _control(text: str) -> Codes:
    return frozenset({name_control(text)})


def _mutual(agreement: NamedAgreement, keys: Callable[[str], Codes]) -> Way:
    return Way(agreement, keys, keys)


_SOUND = (
    _mutual(NamedAgreement.DOUBLE_METAPHONE, double_metaphone_codes),
    _mutual(NamedAgreement.NYSIIS, nysiis_codes),
)
WAYS: Mapping[NameField, tuple[Way, ...]] = {
    NameField.GIVEN: (
        _mutual(NamedAgreement.NICKNAME, _formal),
        _mutual(NamedAgreement.ROMANISATION, _given_family),
        Way(NamedAgreement.INITIAL, _initial_asked, _initial_answered),
        *_SOUND,
    ),
    NameField.SURNAME: (
        _mutual(NamedAgreement.ROMANISATION, _surname_family),
        *_SOUND,
        _mutual(NamedAgreement.NAME_CONTROL, _control),
    ),
}
"""The ways of agreeing that each field knows."""


def ways_of(field: NameField, part: NamedAgreements) -> list[Way]:
    """Return the ways of agreeing in a field that a scenario looks at."""
    return [way for way in WAYS[field] if getattr(part, way.agreement.name.lower()) is not None]


class Holders(NamedTuple):
    """Who answers to each key: rows of the searched strings at ``starts[k]:starts[k + 1]``."""

    number: Mapping[str, int]
    starts: IntArray
    rows: Int32Array


@lru_cache(maxsize=32)
def holders(texts: tuple[str, ...], answered: Callable[[str], Codes]) -> Holders:
    """Return the strings that answer to each key, rows in ascending order."""
    number: dict[str, int] = {}
    rows: list[int] = []
    keys: list[int] = []
    for row, text in enumerate(texts):
        for key in answered(text):
            rows.append(row)
            keys.append(number.setdefault(key, len(number)))
    order = np.argsort(np.array(keys, dtype=np.int64), kind="stable")
    starts = np.searchsorted(np.array(keys, dtype=np.int64)[order], np.arange(len(number) + 1))
    return Holders(number, starts.astype(np.int64), np.array(rows, dtype=np.int32)[order])
