"""Where people come from and under which legal status, so that the nation's totals come out.

Heads of household are drawn from the national mix of origins of their name group. Children of
foreign-born heads are mostly native-born, so the foreign-born must be commoner among heads than
among residents: with f their share of a name group's residents, c the share of its residents who
are children or grandchildren of a head and n the share of those who are native-born although the
head is not, heads are foreign-born with chance f / (1 - c n). c follows from the households
themselves (``households.nation`` and ``kind_shares``). The older a child of the foreign-born, the
likelier it came along: born here with chance s^((a + 4) / 13) at age a, s being the share
that a scenario states for those under 18. Whoever is born abroad has the legal status
shares of the origin; children born abroad have the head's.

Limits: origins within a group do not cluster in space; children of couples of two groups are of
the head's; parents of the native-born are native-born.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

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
# Years in that exponent, so that children under 18 come to the stated share and the few born
# abroad are as old as published [computed].
CAME_ALONG, TYPICAL = 4.0, 13.0
# Ages of children of heads, first and last year with share: of a generated population [computed].
CHILD_AGES = ((0, 4, 0.20), (5, 9, 0.20), (10, 17, 0.34), (18, 24, 0.16), (25, 50, 0.10))


class Makeup(NamedTuple):
    """What origins and statuses are drawn from; cumulative shares, for compiled loops."""

    heads: Guided  # a row a name group: the commonest origin first
    origins: IntArray  # (name groups, most origins in a group): which origin
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
    siblings: FloatArray  # children less one, where there are any


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
                counts[0, size - 1, kind] += chance * children
                counts[1, size - 1, kind] += chance * max(0, members.grandchildren)
                counts[2, size - 1, kind] += chance * max(0, children - 1)
    return Generations(*counts)


@cache
def households_by_kind() -> FloatArray:
    """Return the households of the nation by name group, size and kind, of those shapes."""
    return np.asarray(nation().sizes[:, :, None] * kind_shares())


def _native_by_age(native_children: float) -> FloatArray:
    """Return the chance that a child of foreign-born parents was born here, by age."""
    return np.asarray(native_children ** ((np.arange(OLDEST + 1) + CAME_ALONG) / TYPICAL))


def _second_generation(native_children: float) -> FloatArray:
    """Return c n of the module's text, by name group."""
    homes, of = households_by_kind(), generations()
    children = (homes * of.children).sum(axis=(1, 2))
    grandchildren = (homes * of.grandchildren).sum(axis=(1, 2))
    sizes = np.arange(1, LARGEST + 1)
    residents = (nation().sizes * sizes).sum(axis=1) + nation().quarters
    ages = bracket_shares(CHILD_AGES, 0, OLDEST)
    native = float((ages * _native_by_age(native_children)).sum() / ages.sum())
    # A grandchild is native-born if its parent is, else about as often as a child under 18.
    either = native + (1.0 - native) * native_children
    return np.asarray((children * native + grandchildren * either) / residents)


def head_mix(native_children: float) -> FloatArray:
    """Return the shares of origins among heads of household, (name groups, origins)."""
    origin = tables.origins()
    groups = len(tables.NAME_GROUPS)
    weights = np.zeros((groups, len(origin.names)))
    weights[origin.name_group, np.arange(len(origin.names))] = origin.population
    weights /= weights.sum(axis=1, keepdims=True)
    foreign = origin.foreign_born.astype(bool)
    weights[:, foreign] /= 1.0 - _second_generation(native_children)[:, None]
    abroad = weights[:, foreign].sum(axis=1, keepdims=True)
    weights[:, foreign] *= np.minimum(1.0, MOST_FOREIGN_HEADS / np.maximum(abroad, 1e-12))
    rest = 1.0 - weights[:, foreign].sum(axis=1, keepdims=True)
    weights[:, ~foreign] *= rest / weights[:, ~foreign].sum(axis=1, keepdims=True)
    return weights


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
    """Return the chance that a child is the twin of its elder sibling.

    So that ``twin_share`` of all children are twins, only children included: they are twins as
    well, half as often as there are twins, in families with one sibling or more.
    """
    homes, of = households_by_kind(), generations()
    children, siblings = (homes * of.children).sum(), (homes * of.siblings).sum()
    return float(min(1.0, twin_share * children / (2.0 * siblings)))


@cache
def _makeup(
    same_origin: float, native_children: float, same_status: float, twin_share: float
) -> Makeup:
    origin = tables.origins()
    heads, origins = _compact(head_mix(native_children))
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
def drawn_origin(group: int, u: float, makeup: Makeup) -> int:
    """Return the origin of an adult of a name group."""
    return int(makeup.origins[group, category(makeup.heads, group, u)])


@inlined
def drawn_status(origin: int, u: float, makeup: Makeup) -> int:
    """Return the legal status of somebody of an origin."""
    return category(makeup.statuses, origin, u)
