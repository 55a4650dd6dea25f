"""Surnames against the Census lists, name by name as the Census would have printed them.

The Census strips spaces: whoever writes two surnames is one token, GARCIALOPEZ, mostly rare enough
to stay off the list. So a Hispanic person with two surnames writes both with the chance that the
reference tables give, and the token counts as listed only if it is one of the listed doubles.
Everybody else shows one surname, of two the father's.
"""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from simulator import lexicon
from simulator.fidelity.counts import (
    Counts,
    Numbers,
    Proportion,
    Statistics,
    agreement,
    commonest,
    share,
)
from simulator.fidelity.world import GROUPS, World
from simulator.population.name_channels import paternal_last
from simulator.randomness import IntArray, Stage
from simulator.records import BoolArray, Int32Array
from simulator.reference import tables

UNLISTED = -1


class Listed(NamedTuple):
    """The tokens of the list: single surnames by lexicon code, then doubles from ``size`` on.

    ``pairs`` holds code * size + code of the listed doubles, rising; ``controls`` numbers the name
    control of every token.
    """

    size: int
    single: BoolArray
    pairs: IntArray
    controls: IntArray


@cache
def listed_tokens() -> Listed:
    """Return the tokens of the published list."""
    names = lexicon.names()
    size = names.lexicon.size
    table = tables.surnames()
    single = np.zeros(size, np.bool_)
    single[names.surname_codes[~table.synthetic]] = True
    code = {text: number for number, text in enumerate(names.lexicon.texts)}
    listed = {name for name, tail in zip(table.names, table.synthetic, strict=True) if not tail}
    doubles = sorted(
        (code[token[:cut]] * size + code[token[cut:]], token)
        for token in tables.listed_double_surnames()
        for cut in range(1, len(token))
        if token[:cut] in listed and token[cut:] in listed
    )
    packed = [lexicon.pack_control(text) for _, text in doubles]
    controls = np.concatenate([names.lexicon.controls, np.array(packed, dtype=np.int64)])
    return Listed(
        size,
        single,
        np.array([pair for pair, _ in doubles], dtype=np.int64),
        np.unique(controls, return_inverse=True)[1].astype(np.int64),
    )


def tokens(world: World) -> IntArray:
    """Return the token under which the Census would list each person, UNLISTED for the tail."""
    people, names, listed = world.people, world.names, listed_tokens()
    zips = tables.zips().zip[people.place].astype(np.int64)
    member = people.member.astype(np.int64)
    u = world.rng.columns(Stage.CENSUS, member, zips, people.dwelling.astype(np.int64))[0]
    writes_both = tables.constants()["hispanic_double_share"]
    hispanic = world.group == GROUPS.index("hispanic")
    both = hispanic & (names.surname_2 != lexicon.ABSENT) & (u < writes_both)
    # Of two surnames the father's is shown alone: the second where the mother's comes first.
    second = paternal_last(people.origin) & (names.surname_2 != lexicon.ABSENT)
    shown = np.where(second, names.surname_2, names.surname_1)
    single = np.where(listed.single[shown], shown, UNLISTED)
    return np.where(both, _doubles(names.surname_1, names.surname_2, listed), single)


def _doubles(first: Int32Array, second: Int32Array, listed: Listed) -> IntArray:
    pairs = first.astype(np.int64) * listed.size + second
    at = np.searchsorted(listed.pairs, pairs)
    found = np.append(listed.pairs, UNLISTED)[at] == pairs
    return np.where(found, listed.size + at, UNLISTED)


@dataclass(frozen=True)
class SurnameCounts(Counts):
    """Bearers of every token (name groups, tokens) and people (name groups)."""

    bearers: Numbers
    people: Numbers


def count_surnames(world: World, token: IntArray) -> SurnameCounts:
    """Count who bears each of the tokens of a shard, by name group."""
    groups, size = len(tables.NAME_GROUPS), listed_tokens().controls.size
    known = token != UNLISTED
    bearers = np.bincount(world.group[known] * size + token[known], minlength=groups * size)
    return SurnameCounts(bearers.reshape(groups, size), np.bincount(world.group, minlength=groups))


def surname_statistics(counts: SurnameCounts) -> Statistics:
    """Return concentration, commonest names, name controls and the tail, by group."""
    found: Statistics = {}
    for number, group in enumerate(GROUPS):
        bearers, people = counts.bearers[number], int(counts.people[number])
        same = agreement(bearers)
        control = agreement(np.bincount(listed_tokens().controls, weights=bearers).astype(np.int64))
        found |= {
            f"surname_effective_{group}": share(1.0, same),
            f"surname_top10_{group}": commonest(bearers, 10, people),
            f"surname_top26_{group}": commonest(bearers, 26, int(bearers.sum())),
            f"control_concentration_{group}": control,
            f"other_surname_given_control_{group}": 1.0 - share(same, control),
            f"surname_outside_list_{group}": Proportion(float(people - bearers.sum()), people),
        }
    everybody = counts.bearers.sum(axis=0)
    found["surname_effective_all"] = share(1.0, agreement(everybody))
    total = float(counts.people.sum())
    found["surname_outside_list_all"] = Proportion(total - float(everybody.sum()), total)
    return found
