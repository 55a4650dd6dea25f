"""How names stand to each other: which entry of the lexicon may be written for which.

A relation gives every name its related forms as codes, with the chance of each: nicknames, other
romanisations, the name without its particle, its initial, the first part of a compound given name,
and listed names one slip of the pen away. Records of both sides are written with the same
relations, so that what one of them says is an entry the other may say too.

Limits: a code that is itself a variant (see ``simulator.lexicon``) has no related forms. Nicknames
of a name are equally likely [assumption]; where several names compete otherwise, they do so in
proportion to their bearers [assumption], so that a slip rather turns a rare name into a common one
than the reverse.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from simulator import lexicon
from simulator.kernels import compiled
from simulator.randomness import FloatArray, IntArray
from simulator.records import BoolArray, Int32Array
from simulator.reference import tables
from simulator.slips import one_slip_away

FAMILIAR = 2_000  # bearers in the nation


class Relation(NamedTuple):
    """Related forms of every name: those of code c are ``codes[starts[c]:starts[c + 1]]``.

    ``cumulative`` holds their chances summed up, the last of each name being 1. A named tuple, so
    that compiled loops take it whole.
    """

    starts: IntArray
    codes: Int32Array
    cumulative: FloatArray


@compiled
def _summed(starts: IntArray, weights: FloatArray) -> FloatArray:
    """Return the running shares of weights within each run; the last of a run is exactly 1."""
    cumulative = np.empty(weights.size)
    for name in range(starts.size - 1):
        total, so_far = 0.0, 0.0
        for k in range(starts[name], starts[name + 1]):
            total += weights[k]
        for k in range(starts[name], starts[name + 1]):
            so_far += weights[k]
            cumulative[k] = so_far / total
        if starts[name + 1] > starts[name]:
            cumulative[starts[name + 1] - 1] = 1.0
    return cumulative


def relation(
    names: IntArray | Int32Array, forms: IntArray | Int32Array, weights: FloatArray | None = None
) -> Relation:
    """Return the relation of ``names[i]`` to ``forms[i]``; repeated pairs count once.

    ``weights`` (one per code of the lexicon, positive for every form) say how likely each form of a
    name is against the others; without them all are equally likely.
    """
    size = lexicon.names().lexicon.size
    pairs = np.unique(names.astype(np.int64) * size + forms)
    codes = pairs % size
    starts = np.searchsorted(pairs // size, np.arange(size + 1)).astype(np.int64)
    chances = np.ones(codes.size) if weights is None else weights[codes]
    return Relation(starts, codes.astype(np.int32), _summed(starts, chances))


@compiled
def _related(codes: Int32Array, known: Relation, u: FloatArray) -> Int32Array:
    found = codes.copy()
    for i in range(codes.size):
        code = codes[i]
        if code < 0 or code >= known.starts.size - 1:
            continue
        at, last = known.starts[code], known.starts[code + 1] - 1
        if at <= last:
            while at < last and u[i] >= known.cumulative[at]:
                at += 1
            found[i] = known.codes[at]
    return found


def related(codes: Int32Array, known: Relation, u: FloatArray) -> Int32Array:
    """Return a related form of every name, drawn by the uniforms ``u`` in [0, 1), shape (n,).

    Names without any, variants and ABSENT stay as they are.
    """
    return _related(codes, known, u)


def sole_form(codes: Int32Array, known: Relation) -> Int32Array:
    """Return the related form of every name by a relation that gives one at most."""
    return _related(codes, known, np.zeros(codes.size))


@cache
def _code() -> Mapping[str, int]:
    return {text: number for number, text in enumerate(lexicon.names().lexicon.texts)}


def _of_texts(
    pairs: Iterable[tuple[str, str]], bearers: FloatArray, *, weighted: bool = False
) -> Relation:
    """Return the relation of texts to texts that somebody bears; names outside the lexicon drop."""
    code = _code()
    known = [(code[a], code[b]) for a, b in pairs if a in code and b in code and a != b]
    columns = np.array(known, dtype=np.int64).reshape(-1, 2)
    columns = columns[bearers[columns[:, 1]] > 0.0]
    return relation(columns[:, 0], columns[:, 1], bearers if weighted else None)


def _people(columns: Iterable[tables.Bearers], codes: Int32Array) -> FloatArray:
    """Return the bearers of every name of the lexicon, by code; ``codes`` number the table's."""
    people = np.zeros(lexicon.names().lexicon.size)
    for column in columns:
        people[codes[column.rows]] += column.people
    return people


@cache
def _surname_bearers() -> FloatArray:
    return _people(tables.surnames().by_origin, lexicon.names().surname_codes)


@cache
def _given_bearers() -> FloatArray:
    return _people(tables.given_names().columns, lexicon.names().given_codes)


@cache
def nicknames() -> Relation:
    """Return the nicknames of formal given names."""
    return _of_texts(
        ((formal, short) for formal, shorts in tables.nicknames().items() for short in shorts),
        _given_bearers(),
    )


@cache
def initials() -> Relation:
    """Return the first letter of every name that has more than one."""
    texts, code = lexicon.names().lexicon.texts, _code()
    letters = np.array([code[text[0]] for text in texts])
    names = np.flatnonzero(letters != np.arange(letters.size))
    return relation(names, letters[names])


@cache
def without_particle() -> Relation:
    """Return names without their particle (DELACRUZ: CRUZ), where the rest is a name too."""
    pairs = ((whole, bare) for whole, (_, bare) in tables.particles().items())
    return _of_texts(pairs, _surname_bearers())


@cache
def first_parts() -> Relation:
    """Return the first of the two given names that are run together (MARIAGUADALUPE: MARIA)."""
    pairs = ((whole, parts[0]) for whole, parts in tables.compound_given().items())
    return _of_texts(pairs, _given_bearers())


@cache
def may_be_given() -> BoolArray:
    """Say which names a register may hold as a given name: given names and familiar surnames.

    Fields get swapped; that a rare surname stands as somebody's given name is left out, since every
    name a field may hold has to be searched.
    """
    return (_given_bearers() > 0.0) | (_surname_bearers() >= FAMILIAR)


@cache
def may_be_surname() -> BoolArray:
    """Say which names a register may hold as a surname: surnames and familiar given names."""
    return (_surname_bearers() > 0.0) | (_given_bearers() >= FAMILIAR)


def _romanisations(families: Iterable[tuple[str, ...]], bearers: FloatArray) -> Relation:
    pairs = ((a, b) for family in families for a in family for b in family)
    return _of_texts(pairs, bearers, weighted=True)


@cache
def surname_romanisations() -> Relation:
    """Return other spellings of a surname in Latin letters (LEE: LI, YI; GONZALEZ: GONZALES)."""
    return _romanisations(tables.romanisations()["surname"], _surname_bearers())


@cache
def given_romanisations() -> Relation:
    """Return other spellings of a given name in Latin letters (MOHAMED: MUHAMMAD, …)."""
    return _romanisations(tables.romanisations()["given"], _given_bearers())


def _slips(bearers: FloatArray) -> Relation:
    texts = lexicon.names().lexicon.texts
    borne = np.flatnonzero(bearers > 0.0).astype(np.int32)
    names, forms = one_slip_away(borne, [texts[code] for code in borne])
    return relation(names, forms, bearers)


@cache
def surname_slips() -> Relation:
    """Return listed surnames one slip away: a letter left out, doubled, transposed or beside it."""
    return _slips(_surname_bearers())


@cache
def given_slips() -> Relation:
    """Return listed given names one slip away: a letter left out, doubled, transposed or beside."""
    return _slips(_given_bearers())
