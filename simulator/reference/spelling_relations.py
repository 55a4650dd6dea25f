"""Relate spellings of one name: romanisations, particles and given names run together.

Rests on hand-written families and particles, and on rules applied to the listed names, so that
every spelling named exists in the tables. The Census strips spaces and signs: DELACRUZ is DE LA
CRUZ. Limits: which spellings belong together is an assumption, and a rule can pair two names that
merely look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.reference.hand_written import Row
from simulator.reference.tables import NAME_GROUPS
from simulator.reference.vocabularies import Vocabularies

FloatArray = npt.NDArray[np.float64]

# (group that bears both names most, pattern, replacement): applied to listed surnames.
_RULES = (
    ("hispanic", re.compile("EZ$"), "ES"),
    ("hispanic", re.compile("Z(?=[AEIOU])"), "S"),
    ("hispanic", re.compile("V(?=[AEIOU])"), "B"),
    ("white", re.compile("SKI$"), "SKY"),
    ("white", re.compile("OV$"), "OFF"),
    ("white", re.compile("YAN$"), "IAN"),
    ("white", re.compile("^SCH(?=[AEIOU])"), "SH"),
    ("api", re.compile("OO"), "U"),
    ("api", re.compile("EE"), "I"),
)
_SHORTEST = 4  # letters of a name that a rule may relate; shorter ones look alike by chance
RARER_THAN_FIRST = 3.0
"""A pair of given names is one name run together if it is this many times rarer than the first."""
_PLACES = ("first", "second")
VOCABULARY_ORIGINS = ("middle_east_north_africa", "sub_saharan_africa", "haiti", "brazil")


def romanisation_table(
    rows: Sequence[Row], surnames: Mapping[str, FloatArray], given: AbstractSet[str]
) -> pa.Table:
    """List the families of spellings: kind, family (numbered within the kind) and name.

    rows: hand-written families. surnames: bearers by group of each listed surname. given: the
    listed given names. Names that are not listed are left out, as are families of one; a name
    belongs to the first family that has it. Sorted.
    """
    by_rule = list(_related_surnames(surnames))
    written: dict[str, list[list[str]]] = {"surname": [], "given": []}
    for row in rows:
        written[row["kind"]].append(row["names"].split())
    families = [
        (kind, family)
        for kind, found, listed in (
            ("surname", written["surname"] + by_rule, surnames.keys()),
            ("given", written["given"], given),
        )
        for family in _distinct(found, listed)
    ]
    cells = [
        (kind, number, name)
        for number, (kind, family) in enumerate(sorted(families))
        for name in family
    ]
    kinds, numbers, names = zip(*cells, strict=True)
    return pa.table(
        {
            "kind": pa.array(kinds),
            "family": pa.array(numbers, pa.int32()),
            "name": pa.array(names),
        }
    )


def _related_surnames(surnames: Mapping[str, FloatArray]) -> Iterable[list[str]]:
    for name, bearers in surnames.items():
        group = NAME_GROUPS[int(bearers.argmax())]
        for wanted, pattern, replacement in _RULES:
            other = pattern.sub(replacement, name, count=1)
            if group != wanted or len(name) < _SHORTEST or other == name or other not in surnames:
                continue
            if NAME_GROUPS[int(surnames[other].argmax())] == group:
                yield [name, other]


def _distinct(families: Iterable[Sequence[str]], listed: AbstractSet[str]) -> list[tuple[str, ...]]:
    """Keep the listed names of each family, each name once."""
    taken: set[str] = set()
    kept = []
    for family in families:
        names = tuple(sorted({name for name in family if name in listed and name not in taken}))
        if len(names) > 1:
            taken.update(names)
            kept.append(names)
    return kept


def particle_table(
    rows: Sequence[Row], surnames: Mapping[str, FloatArray], known: Vocabularies
) -> pa.Table:
    """List the listed surnames that begin with a particle: compact, written, bare.

    The first particle that fits counts; `bare` is the rest if that is listed, else "". What the
    rest must be: listed; commoner than the compact name; or in the vocabulary of an origin that
    has the particle; or the name must be one of those named.
    """
    typical = {
        word
        for origin in VOCABULARY_ORIGINS
        for kind in ("surname", "male")
        if (origin, kind) in known
        for word in known[(origin, kind)].by_hand
    }
    found = []
    for compact in sorted(surnames):
        for row in rows:
            rest = compact.removeprefix(row["particle"])
            if rest != compact and _fits(row, compact, rest, surnames, typical):
                bare = rest if rest in surnames and row["rest"] != "named" else ""
                found.append((compact, row["written"] + rest, bare))
                break
    return _words_table(("compact", "written", "bare"), found)


def _fits(
    row: Row,
    compact: str,
    rest: str,
    surnames: Mapping[str, FloatArray],
    typical: AbstractSet[str],
) -> bool:
    if row["rest"] == "named":
        return compact in row["names"].split()
    group = NAME_GROUPS[int(surnames[compact].argmax())]
    if group not in row["name_groups"].split() or len(rest) < _SHORTEST or rest not in surnames:
        return False
    if row["rest"] == "vocabulary":
        return rest in typical
    return row["rest"] == "listed" or surnames[rest].sum() > surnames[compact].sum()


def compound_table(rows: Sequence[Row], given: Mapping[str, float]) -> pa.Table:
    """List the listed given names that are two names run together: compact, first, second.

    rows: names that stand first or second in such pairs. given: bearers of each listed name. A
    name counts if both parts are listed and the first is at least three times as common.
    """
    parts = {place: [r["name"] for r in rows if r["place"] == place] for place in _PLACES}
    found = []
    for first in parts["first"]:
        for second in parts["second"]:
            if not {first, second, first + second} <= given.keys():
                continue
            if given[first] >= RARER_THAN_FIRST * given[first + second]:
                found.append((first + second, first, second))
    return _words_table(("compact", "first", "second"), sorted(set(found)))


def _words_table(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return pa.table(
        {name: pa.array(list(v), pa.string()) for name, v in zip(columns, values, strict=True)}
    )
