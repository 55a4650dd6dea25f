"""Say how much more often a name is borne by one origin of a group than by another.

Rests on the vocabularies of the origins, on the letters of a name, and on who else bears it. An
affinity is an odds: the share of an origin's people with the name, against that of the group's
other origins, before both margins are fitted. Every number here is an assumption; `SOURCES.md`
lists them. Limits: what no rule tells apart is shared alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simulator.reference.hand_written import Origins
from simulator.reference.tables import NAME_GROUPS
from simulator.reference.vocabularies import ENGLISH, Vocabularies, Vocabulary

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

STRENGTHS = {"hispanic": (2.0, 4.0), "white": (10.0, 40.0), "black": (10.0, 40.0)}
"""Affinity of a name found in a locale of the origin, and of one written by hand."""
OTHER_STRENGTHS = (20.0, 60.0)
MOST_BY_LETTERS = 10.0
"""The letters of a name speak for or against an origin by at most this factor."""
MOST_BY_LETTERS_IF_INVENTED = 2.0
"""The same for invented names, which stand for many rare ones and would crowd a small origin."""
SPANISH_SHARE = 0.2
SPANISH_IN_PHILIPPINES = 40.0
"""Affinity to the Philippines of an API name that is Hispanic for at least `SPANISH_SHARE`."""
MIXED = 4.0
"""A name all of whose bearers outside the group are white or Black is 1 + this times as much borne
by the US-born of the group."""
COMMON = 3_000
COMMON_WHITE = 0.3
"""One of the `COMMON` names of the white or Black group whose bearers are white for `COMMON_WHITE`
and more is English, unlike other names written by hand for an origin."""
ENGLISH_SHARE = 0.5
"""Least share of bearers who are white or Black of an English name of the US vocabulary."""
MOST_ENGLISH = 1.5
"""Largest share of an English given name among an origin's people, to that in its whole group."""
CLAIMED = 0.3
"""What letters may speak at most for an origin whose vocabulary lacks a name that another's has."""
OF_DESCENT = ("hispanic", "api")
"""Groups whose US-born have the names of the foreign-born; of the others they have the group's."""
_SMOOTHING = 2.0
_LETTERS = 27  # A-Z and the end of a name


def affinities(
    names: Sequence[str],
    invented: BoolArray,
    bearers: FloatArray,
    members: IntArray,
    origins: Origins,
    known: Vocabularies,
    kind: str,
) -> FloatArray:
    """Return the affinity of each name to each of the origins `members`, all of one group.

    invented: which names are. bearers: shape (names, groups). kind: surname, male or female.
    Returns shape (names, members), all above 0.
    """
    group = NAME_GROUPS[int(origins.group[members[0]])]
    strength = _strengths(names, [known.get((origins.names[o], kind)) for o in members], group)
    common = english(names, bearers, members, origins, known, kind)
    strength[common] = 1.0
    table = np.ones_like(strength)
    if group != "hispanic":
        spelt, average = [letters(name) for name in names], chain(names)
        for column, origin in enumerate(members):
            if (origins.names[origin], kind) in known:
                words = known[(origins.names[origin], kind)].words
                table[:, column] = by_letters(spelt, chain(words), average)
        claimed = (strength > 1.0).any(axis=1)
        table[claimed] = np.minimum(table[claimed], CLAIMED)
        most = MOST_BY_LETTERS_IF_INVENTED
        table[invented] = np.clip(table[invented], 1.0 / most, most)
    table[common] = np.minimum(table[common], 1.0)
    table = np.where(strength > 1.0, strength, table)
    table[:, ~origins.foreign[members]] = 1.0
    if group == "api":
        _spanish_names(table, bearers, [origins.names[origin] for origin in members])
    if group in OF_DESCENT:
        _descent(table, bearers, members, origins)
    return table


def english(
    names: Sequence[str],
    bearers: FloatArray,
    members: IntArray,
    origins: Origins,
    known: Vocabularies,
    kind: str,
) -> BoolArray:
    """Say which names are those of the English-speaking majority, of no origin more than of it.

    Arguments as of `affinities`. Of the US vocabulary, unless written by hand for an origin, those
    with enough white and Black bearers; of the white and Black groups also the common names.
    """
    group = NAME_GROUPS[int(origins.group[members[0]])]
    everybody = np.maximum(bearers.sum(axis=1), 1.0)
    mixed = bearers[:, [NAME_GROUPS.index("white"), NAME_GROUPS.index("black")]].sum(axis=1)
    listed = known[(ENGLISH, kind)].found if (ENGLISH, kind) in known else frozenset()
    vocabularies = [known.get((origins.names[origin], kind)) for origin in members]
    claimed = frozenset().union(*(v.by_hand for v in vocabularies if v is not None))
    found = np.array([name in listed and name not in claimed for name in names])
    found &= mixed / everybody >= ENGLISH_SHARE
    if group in ("white", "black"):
        found |= _everybodys(bearers, NAME_GROUPS.index(group))
    return found


def most_english(
    common: BoolArray, shares: FloatArray, members: IntArray, origins: Origins
) -> FloatArray:
    """Return the largest share of each name in each origin, infinite but for English names.

    shares: of the whole group, for each name. The US-born may have more.
    """
    bounded = common[:, np.newaxis] & origins.foreign[members]
    return np.where(bounded, shares[:, np.newaxis], np.inf)


def _strengths(
    names: Sequence[str], vocabularies: Sequence[Vocabulary | None], group: str
) -> FloatArray:
    """Return what the vocabularies say of each name, 1 where they lack it."""
    found, by_hand = STRENGTHS.get(group, OTHER_STRENGTHS)
    strength = np.ones((len(names), len(vocabularies)))
    for column, vocabulary in enumerate(vocabularies):
        if vocabulary is None:
            continue
        for row, name in enumerate(names):
            if name in vocabulary.by_hand:
                strength[row, column] = by_hand
            elif name in vocabulary.found:
                strength[row, column] = found
    return strength


def _everybodys(bearers: FloatArray, group: int) -> npt.NDArray[np.bool_]:
    """Say which names are common in a group and borne by white people as well."""
    least = np.sort(bearers[:, group])[-min(COMMON, len(bearers))]
    white = bearers[:, NAME_GROUPS.index("white")] / np.maximum(bearers.sum(axis=1), 1.0)
    return np.asarray((bearers[:, group] >= least) & (white >= COMMON_WHITE))


def _spanish_names(table: FloatArray, bearers: FloatArray, members: Sequence[str]) -> None:
    everybody = np.maximum(bearers.sum(axis=1), 1.0)
    spanish = bearers[:, NAME_GROUPS.index("hispanic")] / everybody >= SPANISH_SHARE
    column = members.index("philippines")
    table[spanish, column] = np.maximum(table[spanish, column], SPANISH_IN_PHILIPPINES)


def _descent(table: FloatArray, bearers: FloatArray, members: IntArray, origins: Origins) -> None:
    """Give the US-born the mean affinity of the foreign-born, more for names of other groups."""
    abroad = origins.foreign[members]
    if abroad.all():
        return
    people = origins.people[members[abroad]]
    mixed = bearers[:, NAME_GROUPS.index("white")] + bearers[:, NAME_GROUPS.index("black")]
    mixed = mixed / np.maximum(bearers.sum(axis=1), 1.0)
    descent = table[:, abroad] @ people / people.sum() * (1.0 + MIXED * mixed)
    table[:, ~abroad] = descent[:, np.newaxis]


def letters(name: str) -> IntArray:
    """Write a name as numbers of its letters, from 0, with ends (26) twice before and once after.

    Raises ValueError if the name has other letters than A-Z.
    """
    codes = [ord(letter) - ord("A") for letter in name]
    if any(not 0 <= code < _LETTERS - 1 for code in codes):
        raise ValueError(f"{name!r} must consist of the letters A-Z")
    return np.array([26, 26, *codes, 26])


def chain(words: Sequence[str]) -> FloatArray:
    """Return the logarithm of the chance of each letter after each two, shape (27, 27, 27).

    Counted over the words, each once, and smoothed towards the chance after one letter, and that
    towards an even one.
    """
    pairs = np.zeros((_LETTERS,) * 3)
    for word in words:
        code = letters(word)
        np.add.at(pairs, (code[:-2], code[1:-1], code[2:]), 1.0)
    single = pairs.sum(axis=0)
    after_one = (single + _SMOOTHING / _LETTERS) / (single.sum(axis=1) + _SMOOTHING)[:, np.newaxis]
    counted = pairs.sum(axis=2)[:, :, np.newaxis]
    return np.asarray(np.log((pairs + _SMOOTHING * after_one) / (counted + _SMOOTHING)))


def by_letters(spelt: Sequence[IntArray], origin: FloatArray, average: FloatArray) -> FloatArray:
    """Return how much likelier each name is in one chain than in another, within a tenth to ten.

    Rounded to three digits, so that it does not depend on a machine's logarithm.
    """
    odds = origin - average
    found = np.array([odds[code[:-2], code[1:-1], code[2:]].sum() for code in spelt])
    limit = np.log(MOST_BY_LETTERS)
    return np.asarray(np.round(np.exp(np.clip(found, -limit, limit)), 3))
