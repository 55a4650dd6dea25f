"""Given name and surname together: how often whole names coincide, and two pairs well known.

Keys are kept of every person, eight bytes each, since which names will recur is known only at the
end: 24 MB for three million people.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np

from simulator import lexicon
from simulator.fidelity import given_names, surnames
from simulator.fidelity.counts import Counts, Numbers, Proportion, Statistics, agreement, share
from simulator.fidelity.counts import agreement_between as between
from simulator.fidelity.world import GROUPS, World
from simulator.randomness import IntArray
from simulator.reference import tables

BILLION = 1e9
PAIRS = (("MARIA", "GARCIA"), ("JAMES", "SMITH"))


@dataclass(frozen=True)
class FullNameCounts(Counts):
    """One key for each person of the four groups whose names are both listed, in any order.

    A key is full name x 4 + group. ``people`` (groups) are all, listed or not. ``pairs`` has shape
    (PAIRS, 4): bearers of both, of the given name, of the surname, and everybody.
    """

    keys: IntArray
    people: Numbers
    pairs: Numbers

    def __add__(self, other: Self) -> Self:
        """Return the counts of both; keys stand end to end."""
        keys = np.concatenate([self.keys, other.keys])
        return type(self)(keys, self.people + other.people, self.pairs + other.pairs)


def count_full_names(world: World, token: IntArray, given: IntArray) -> FullNameCounts:
    """Count the full names of a shard, as the Census would list each part."""
    size = len(tables.given_names().names)
    group = world.group
    kept = (token != surnames.UNLISTED) & (given != given_names.UNLISTED) & (group < len(GROUPS))
    keys = (token[kept] * size + given[kept]) * len(GROUPS) + group[kept]
    code = {name: lexicon.names().lexicon.texts.index(name) for _, name in PAIRS}  # its token
    pairs = []
    for first, last in PAIRS:
        is_first = given == given_names.row_of(first)
        is_last = token == code[last]
        pairs.append([(is_first & is_last).sum(), is_first.sum(), is_last.sum(), given.size])
    people = np.bincount(group, minlength=len(tables.NAME_GROUPS))[: len(GROUPS)]
    return FullNameCounts(keys, people, np.array(pairs))


def full_name_statistics(counts: FullNameCounts) -> Statistics:
    """Return coincidences per billion pairs within and between groups, and the two pairs."""
    keys, bearers = np.unique(counts.keys, return_counts=True)
    names, group = keys // len(GROUPS), keys % len(GROUPS)
    column = np.unique(names, return_inverse=True)[1]
    people = [int(number) for number in counts.people]
    found: Statistics = {}
    dense = []
    for number, label in enumerate(GROUPS):
        mine = group == number
        of_group = np.zeros(column.max(initial=-1) + 1, np.int32)
        of_group[column[mine]] = bearers[mine]
        dense.append(of_group)
        found[f"full_name_within_{label}"] = BILLION * agreement(of_group, people[number])
    for one, other in combinations(range(len(GROUPS)), 2):
        chance = between(dense[one], dense[other], (people[one], people[other]))
        found[f"full_name_between_{GROUPS[one]}_{GROUPS[other]}"] = BILLION * chance
    for (first, last), (both, given, family, total) in zip(PAIRS, counts.pairs, strict=True):
        name = f"{first}_{last}".lower()
        found[f"ratio_{name}"] = share(float(both) * float(total), float(given) * float(family))
        found[f"bearers_{name}"] = Proportion(float(both), float(total))
    return found
