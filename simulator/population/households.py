"""Households: how many people live together, and what they are to each other.

Every dwelling in use holds one household. The head's name group is drawn so that people, not
households, follow the ZIP's composition; the size follows the national distribution tilted to the
mean of that ZIP and group; the kind of household is drawn given size and group. Shares of kinds
are national targets: they hold whatever the groups' ratios, since these are fitted to them.

Published, and what the model is held to [recalled unless marked]:

* sizes 1 to 7 and more: .282 .346 .152 .128 .058 .021 .013 (ACS 2022), 2.45 people on average; the
  frame's mean is 2.57 [computed]. Sizes 1 to 4 come out within a tenth of these shares, and what
  is left makes 5 and more .104 of households (``NATIONAL_SIZES``);
* a couple with children 23-24% of households, a couple alone 25%, one parent 10-11%, alone 28-29%
  (CPS 2023, children of any age at home; couples married or not: 54% of households, about one in
  eight of them unmarried);
* three generations 4.7% of all households and 7.2% of family households (Census 2020), while the
  18% of people in "multigenerational" homes (Pew 2021) counts two adult generations as well;
* relatives only 4%; unrelated housemates 3.4%, which with unmarried couples without children make
  the 6.9% of non-family households of two and more (CPS 2023).

Limits: marriage is not a column; no lodgers in families, no children without parent or grandparent.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from simulator.inversion import Guided, category, guided
from simulator.kernels import compiled, inlined
from simulator.population.places import Places
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import HouseholdKind, Relationship
from simulator.reference import tables

LARGEST = 7
# The nation's shares of sizes: the published ones moved to the frame's mean [computed].
NATIONAL_SIZES = (0.265, 0.327, 0.166, 0.138, 0.052, 0.024, 0.028)
# What is tilted to each ZIP's mean. A mixture of tilts is wider than what is tilted, so this is
# narrower than the nation's shares, which come out of it [computed by proportional fitting].
SIZE_SHARES = np.array([0.2899, 0.3518, 0.1665, 0.1241, 0.0399, 0.0146, 0.0132])
# People per household by name group of the head, relative to each other: ACS 2022, households of
# White, Black, Hispanic, Asian or other householders [recalled].
SIZE_OF_GROUP = np.array([2.35, 2.45, 3.2, 2.6, 2.8])
# Shares of kinds by size: couple, couple with children, one parent, three generations, relatives,
# housemates. From the national shares above, split over sizes by judgement [assumption].
KINDS_BY_SIZE = np.array(
    [
        [0.725, 0.000, 0.140, 0.000, 0.065, 0.070],
        [0.000, 0.575, 0.210, 0.065, 0.090, 0.060],
        [0.000, 0.705, 0.130, 0.075, 0.050, 0.040],
        [0.000, 0.690, 0.105, 0.125, 0.045, 0.035],
        [0.000, 0.585, 0.105, 0.240, 0.040, 0.030],
        [0.000, 0.525, 0.085, 0.330, 0.035, 0.025],
    ]
)
# How much commoner one parent, three generations and relatives are by name group of the head: ACS
# 2022 on family types, Pew 2021 on generations (White 13% of people, Black 26%, Hispanic 26%,
# Asian 24%) [recalled]. Only ratios count.
KIND_OF_GROUP = np.array(
    [
        [1.0, 1.0, 0.75, 0.65, 0.8, 1.0],
        [0.5, 0.5, 2.0, 1.4, 1.5, 1.0],
        [0.9, 0.75, 1.2, 1.5, 2.4, 1.8],
        [1.0, 0.66, 0.5, 1.6, 2.2, 1.8],
        [0.8, 0.9, 1.5, 1.4, 1.3, 1.2],
    ]
)
# Of households of three generations, those headed by the grandparent; of relatives, those with a
# parent of the head [assumption].
GRANDPARENT_HEADS = 0.5
PARENT_AMONG_RELATIVES = 0.3
_ROUNDS = 40
_MEANS = np.linspace(1.0, 6.5, 111)
_STEP = 0.05
_HOUSEHOLD = int(Stage.HOUSEHOLD)
_ALONE, _COUPLE = int(HouseholdKind.ALONE), int(HouseholdKind.COUPLE)
_FAMILY, _LONE = int(HouseholdKind.COUPLE_WITH_CHILDREN), int(HouseholdKind.ONE_PARENT)
_THREE, _KIN = int(HouseholdKind.THREE_GENERATIONS), int(HouseholdKind.RELATIVES)
_HEAD, _PARTNER = int(Relationship.HEAD), int(Relationship.PARTNER)
_CHILD, _GRANDCHILD = int(Relationship.CHILD), int(Relationship.GRANDCHILD)
_PARENT, _RELATIVE = int(Relationship.PARENT), int(Relationship.RELATIVE)
_HOUSEMATE = int(Relationship.HOUSEMATE)
KINDS = int(HouseholdKind.HOUSEMATES) + 1


class Sizes(NamedTuple):
    """What households of some ZIPs are drawn from; a named tuple for compiled loops.

    ``groups`` (a row a ZIP) are name groups of heads; ``rows`` (ZIPs, name groups) says which row
    of ``table`` sizes are drawn from; ``kinds`` has row ``LARGEST`` x name group + size - 1.
    """

    groups: Guided
    rows: IntArray
    table: Guided
    kinds: Guided


class Nation(NamedTuple):
    """Households of the whole frame, and people in quarters, by name group of the head."""

    sizes: FloatArray  # (name groups, sizes)
    quarters: FloatArray  # (name groups,)


class Members(NamedTuple):
    """How many of a household are what to the head; whoever is left is a housemate."""

    partners: int
    children: int
    grandchildren: int
    parents: int
    relatives: int


@cache
def _tilted_sizes() -> FloatArray:
    sizes = np.arange(1, LARGEST + 1)

    def shares(tilt: float) -> FloatArray:
        weights = SIZE_SHARES * np.exp(tilt * (sizes - 2.5))
        return np.asarray(weights / weights.sum())

    def excess(tilt: float, mean: float) -> float:
        return float((shares(tilt) * sizes).sum()) - mean

    means = np.clip(_MEANS, 1.02, 6.5)
    tilts = [brentq(excess, -12.0, 12.0, args=(mean,)) for mean in means]
    table = np.array([np.cumsum(shares(tilt)) for tilt in tilts])
    table[:, -1] = 1.0
    return table


def _heads(rows: IntArray) -> tuple[FloatArray, IntArray]:
    """Return shares of heads by name group, and rows of the size table, of ZIPs and groups.

    With s the shares of people and r the groups' ratios of size, heads go as s / r and the mean of
    a group is r times the ZIP's mean times the sum of s / r, so that people go as s.
    """
    frame = tables.zips()
    mean = (frame.population[rows] - frame.quarters[rows]) / frame.households[rows]
    heads = frame.group_shares[rows] / SIZE_OF_GROUP
    total = heads.sum(axis=1, keepdims=True)
    means = mean[:, None] * total * SIZE_OF_GROUP
    index = np.rint((means - _MEANS[0]) / _STEP).astype(np.int64)
    return heads / total, np.clip(index, 0, _MEANS.size - 1)


@cache
def nation() -> Nation:
    """Return the households of the frame by group and size, and its people in group quarters."""
    frame = tables.zips()
    heads, index = _heads(np.arange(frame.zip.size))
    table = np.diff(_tilted_sizes(), axis=1, prepend=0.0)
    sizes = np.empty((heads.shape[1], LARGEST))
    for group in range(heads.shape[1]):
        weights = heads[:, group] * frame.households
        by_row = np.bincount(index[:, group], weights, minlength=_MEANS.size)
        sizes[group] = (by_row[:, None] * table).sum(axis=0)
    quarters = (frame.quarters[:, None] * frame.group_shares).sum(axis=0)
    return Nation(sizes, quarters)


@cache
def kind_shares() -> FloatArray:
    """Return the shares of kinds by name group of the head and size, (groups, sizes, kinds).

    The ratios of ``KIND_OF_GROUP`` are kept up to one factor for each size and kind, found by
    iterative proportional fitting so that the nation has the shares of ``KINDS_BY_SIZE``.
    """
    sizes = nation().sizes
    shares = np.zeros((sizes.shape[0], LARGEST, KINDS))
    shares[:, 0, _ALONE] = 1.0
    several = KIND_OF_GROUP[:, None, :] * KINDS_BY_SIZE[None, :, :]
    weights = (sizes / sizes.sum(axis=0))[:, 1:, None]
    for _ in range(_ROUNDS):
        several = several / several.sum(axis=2, keepdims=True)
        reached = (weights * several).sum(axis=0)
        several = several * KINDS_BY_SIZE / np.maximum(reached, 1e-12)
    shares[:, 1:, _ALONE + 1 :] = several / several.sum(axis=2, keepdims=True)
    return shares


@cache
def _size_and_kind() -> tuple[Guided, Guided]:
    kinds = np.cumsum(kind_shares(), axis=2).reshape(-1, KINDS)
    return guided(_tilted_sizes()), guided(kinds)


def sizes_in(places: Places) -> Sizes:
    """Return what the households of ``places`` are drawn from."""
    heads, rows = _heads(places.rows)
    table, kinds = _size_and_kind()
    return Sizes(guided(np.cumsum(heads, axis=1)), rows, table, kinds)


@compiled
def _draw_sizes(
    seed: Word, replicate: Word, zips: npt.NDArray[np.int32], households: IntArray, sizes: Sizes
) -> npt.NDArray[np.int8]:
    drawn = np.empty(households.sum(), np.int8)
    at = 0
    for p in range(zips.size):
        for dwelling in range(households[p]):
            u_size, u_group, _, _ = uniforms(seed, replicate, _HOUSEHOLD, 0, zips[p], dwelling)
            group = category(sizes.groups, p, u_group)
            drawn[at] = 1 + category(sizes.table, sizes.rows[p, group], u_size)
            at += 1
    return drawn


def household_sizes(places: Places, sizes: Sizes, *, rng: Streams) -> npt.NDArray[np.int8]:
    """Return the size of every household, place by place and dwelling by dwelling."""
    zips = tables.zips().zip[places.rows].astype(np.int32)
    return _draw_sizes(*rng.key, zips, places.households, sizes)


@inlined
def members_of(size: int, kind: int, u_variant: float) -> Members:
    """Return who lives in a household of a size and kind.

    ``u_variant`` decides who heads three generations, and whether relatives include a parent.
    """
    if kind in (_FAMILY, _COUPLE):
        return Members(1, size - 2, 0, 0, 0)
    if kind == _LONE:
        return Members(0, size - 1, 0, 0, 0)
    if kind == _THREE:
        if u_variant < GRANDPARENT_HEADS:
            return Members(1, 1, size - 3, 0, 0) if size > 4 else Members(0, 1, size - 2, 0, 0)
        return Members(1, size - 3, 0, 1, 0) if size > 3 else Members(0, 1, 0, 1, 0)
    if kind == _KIN:
        parents = 1 if u_variant < PARENT_AMONG_RELATIVES else 0
        return Members(0, 0, 0, parents, size - 1 - parents)
    return Members(0, 0, 0, 0, 0)


@inlined
def relationship_of(member: int, of: Members) -> int:
    """Return what a member is to the head; they stand in the order of ``Members``."""
    if member == 0:
        return _HEAD
    last = of.partners
    if member <= last:
        return _PARTNER
    last += of.children
    if member <= last:
        return _CHILD
    last += of.grandchildren
    if member <= last:
        return _GRANDCHILD
    last += of.parents
    if member <= last:
        return _PARENT
    last += of.relatives
    return _RELATIVE if member <= last else _HOUSEMATE
