"""Where people come from and under which legal status, so that the nation's totals come out.

Heads of household are drawn from the national mix of origins of their name group. Children of
foreign-born heads are mostly native-born, so the foreign-born must be commoner among heads than
among residents; and their households are larger than others of their name group, by
``FOREIGN_BY_SIZE``. The share of heads born abroad is the one at which residents born abroad, head
and all who are not native-born children or grandchildren, come to the name group's; who lives with
heads follows from the households themselves (``households.nation`` and ``kind_shares``). The older
a child of the foreign-born, the likelier it came along: born here with chance s^((a + 4) / 13) at
age a, s being the share that a scenario states for those under 18; sisters and brothers share one
draw, so that the elder are the ones who came along. Whoever is born abroad has the legal status
shares of the origin; children born abroad have the head's.

Limits: origins within a group do not cluster in space; children of couples of two groups are of
the head's; parents of the native-born are native-born.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from simulator.inversion import Guided, category, guided
from simulator.kernels import inlined
from simulator.population.ages import OLDEST, bracket_shares
from simulator.population.households import (
    GRANDPARENT_HEADS,
    KINDS,
    LARGEST,
    kind_shares,
    members_of,
    nation,
)
from simulator.randomness import FloatArray, IntArray
from simulator.records import HouseholdKind
from simulator.reference import tables
from simulator.scenario.schema import PopulationPart

MOST_FOREIGN_HEADS = 0.99
# Odds that a head was born abroad by size of the household, within a name group, against the
# group's own: the foreign-born have about a fifth more people at home than others of their group
# (ACS 2022 [recalled]); the course over sizes is an [assumption].
FOREIGN_BY_SIZE = np.array([0.60, 0.85, 1.10, 1.35, 1.60, 1.80, 2.00])
ANY_SIZE = 0  # column of those who head no household, before those of sizes 1, 2, ...
# Years in that exponent, so that children under 18 come to the stated share and the few born
# abroad are as old as published [computed].
CAME_ALONG, TYPICAL = 4.0, 13.0
# Ages of children of heads, first and last year with share: of a generated population [computed].
CHILD_AGES = ((0, 4, 0.20), (5, 9, 0.20), (10, 17, 0.34), (18, 24, 0.16), (25, 50, 0.10))


class Makeup(NamedTuple):
    """What origins and statuses are drawn from; cumulative shares, for compiled loops."""

    heads: Guided  # row ``LARGEST`` + 1 x name group + size: the commonest origin first
    origins: IntArray  # (rows, most origins in one): which origin
    group_of: IntArray  # by origin
    foreign: npt.NDArray[np.bool_]  # by origin
    native_of: IntArray  # by name group: its native-born origin
    class_of: IntArray  # by origin: of the age tables
    statuses: Guided  # a row an origin
    native_by_age: FloatArray  # chance that a child of the foreign-born was born here
    same_origin: float
    same_status: float
    twin: float


class Generations(NamedTuple):
    """Expected members of a household, by size and kind, (sizes, kinds)."""

    children: FloatArray
    grandchildren: FloatArray
    siblings: FloatArray  # of both, those who have an elder sibling here


@cache
def generations() -> Generations:
    """Return how many children and grandchildren households of each size and kind hold."""
    counts = np.zeros((3, LARGEST, KINDS))
    for size in range(2, LARGEST + 1):
        for kind in range(KINDS):
            chances = [(0.0, 1.0)]
            if kind == HouseholdKind.THREE_GENERATIONS:
                chances = [(0.0, GRANDPARENT_HEADS), (GRANDPARENT_HEADS, 1.0 - GRANDPARENT_HEADS)]
            for variant, chance in chances:
                members = members_of(size, kind, variant)
                children = max(0, members.children)
                grandchildren = max(0, members.grandchildren)
                counts[0, size - 1, kind] += chance * children
                counts[1, size - 1, kind] += chance * grandchildren
                younger = max(0, children - 1) + max(0, grandchildren - 1)
                counts[2, size - 1, kind] += chance * younger
    return Generations(*counts)


@cache
def households_by_kind() -> FloatArray:
    """Return the households of the nation by name group, size and kind, of those shapes."""
    return np.asarray(nation().sizes[:, :, None] * kind_shares())


def _native_by_age(native_children: float) -> FloatArray:
    """Return the chance that a child of foreign-born parents was born here, by age."""
    return np.asarray(native_children ** ((np.arange(OLDEST + 1) + CAME_ALONG) / TYPICAL))


def _second_generation(native_children: float) -> FloatArray:
    """Return how many of a household of foreign-born heads are native-born, (groups, sizes)."""
    homes, of = households_by_kind(), generations()
    ages = bracket_shares(CHILD_AGES, 0, OLDEST)
    native = float((ages * _native_by_age(native_children)).sum() / ages.sum())
    # A grandchild is native-born if its parent is, else about as often as a child under 18.
    either = native + (1.0 - native) * native_children
    born_here = homes * (of.children * native + of.grandchildren * either)
    return np.asarray(born_here.sum(axis=2) / homes.sum(axis=2))


@cache
def foreign_heads(native_children: float) -> FloatArray:
    """Return the share born abroad of heads, (name groups, ``ANY_SIZE`` and sizes).

    Where even ``MOST_FOREIGN_HEADS`` leave residents short of the name group's share, it is that.
    """
    origin, homes, sizes = tables.origins(), nation().sizes, np.arange(1, LARGEST + 1)
    abroad = sizes - _second_generation(native_children)
    found = np.empty((homes.shape[0], LARGEST + 1))
    odds = np.append(1.0, FOREIGN_BY_SIZE)
    for group in range(homes.shape[0]):
        mine = np.where(origin.name_group == group, origin.population, 0)
        wanted = mine[origin.foreign_born.astype(bool)].sum() / mine.sum()
        holds = np.append(nation().quarters[group], homes[group] * abroad[group])
        residents = nation().quarters[group] + (homes[group] * sizes).sum()

        def shares(share: float) -> FloatArray:
            return np.asarray(share * odds / (1.0 - share + share * odds))

        def excess(share: float, holds: FloatArray, wanted: float) -> float:
            return float((shares(share) * holds).sum() - wanted)

        args = (holds, wanted * residents)
        short = excess(MOST_FOREIGN_HEADS, *args) <= 0.0
        share = MOST_FOREIGN_HEADS if short else brentq(excess, 0.0, MOST_FOREIGN_HEADS, args=args)
        found[group] = shares(share)
    return found


def head_mix(native_children: float) -> FloatArray:
    """Return the shares of origins among heads, (name groups, ``ANY_SIZE`` and sizes, origins)."""
    origin = tables.origins()
    groups = len(tables.NAME_GROUPS)
    weights = np.zeros((groups, 1, len(origin.names)))
    weights[origin.name_group, 0, np.arange(len(origin.names))] = origin.population
    foreign = origin.foreign_born.astype(bool)
    share = foreign_heads(native_children)[:, :, None]
    abroad, here = np.where(foreign, weights, 0.0), np.where(foreign, 0.0, weights)
    abroad /= np.maximum(abroad.sum(axis=2, keepdims=True), 1.0)
    return np.asarray(share * abroad + (1.0 - share) * here / here.sum(axis=2, keepdims=True))


def _compact(mix: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return cumulative shares with the commonest origin first, and which origins these are."""
    width = int((mix > 0.0).sum(axis=1).max())
    order = np.argsort(-mix, axis=1, kind="stable")[:, :width]
    cumulative = np.cumsum(np.take_along_axis(mix, order, axis=1), axis=1)
    last = (np.take_along_axis(mix, order, axis=1) > 0.0).sum(axis=1) - 1
    for group, end in enumerate(last):
        cumulative[group, end:] = 1.0
    return cumulative, order.astype(np.int64)


def native_origins() -> IntArray:
    """Return the native-born origin of every name group."""
    origin = tables.origins()
    native = np.flatnonzero(~origin.foreign_born.astype(bool))
    return native[np.argsort(origin.name_group[native], kind="stable")].astype(np.int64)


def second_twin_chance(twin_share: float) -> float:
    """Return the chance that a child or grandchild is the twin of its elder sibling.

    So that ``twin_share`` of them all are twins, only children included: they are twins as
    well, half as often as there are twins, in families with one sibling or more.
    """
    homes, of = households_by_kind(), generations()
    children = (homes * (of.children + of.grandchildren)).sum()
    siblings = (homes * of.siblings).sum()
    return float(min(1.0, twin_share * children / (2.0 * siblings)))


@cache
def _makeup(
    same_origin: float, native_children: float, same_status: float, twin_share: float
) -> Makeup:
    origin = tables.origins()
    mix = head_mix(native_children)
    heads, origins = _compact(mix.reshape(-1, mix.shape[2]))
    group_of, foreign = origin.name_group.astype(np.int64), origin.foreign_born.astype(np.bool_)
    return Makeup(
        heads=guided(heads),
        origins=origins,
        group_of=group_of,
        foreign=foreign,
        native_of=native_origins(),
        class_of=2 * group_of + foreign,
        statuses=guided(np.cumsum(origin.status_shares, axis=1)),
        native_by_age=_native_by_age(native_children),
        same_origin=same_origin,
        same_status=same_status,
        twin=second_twin_chance(twin_share),
    )


def makeup_of(part: PopulationPart) -> Makeup:
    """Return what origins and statuses are drawn from in a scenario."""
    return _makeup(
        part.partner_same_origin,
        part.native_born_children,
        part.partner_same_status,
        part.twin_share,
    )


@inlined
def drawn_origin(group: int, size: int, u: float, makeup: Makeup) -> int:
    """Return the origin of an adult of a name group who heads a household, or of ``ANY_SIZE``."""
    row = (LARGEST + 1) * group + size
    return int(makeup.origins[row, category(makeup.heads, row, u)])


@inlined
def drawn_status(origin: int, u: float, makeup: Makeup) -> int:
    """Return the legal status of somebody of an origin."""
    return category(makeup.statuses, origin, u)
