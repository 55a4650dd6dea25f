"""The streets of a ZIP: their names, directions and types, and how their houses are numbered.

A ZIP's streets are a systematic sample of the street table by weight, with a random start of its
own, so that over the nation every name is as frequent as in the table. Numbered streets cluster:
some ZIPs have a grid, with ``GRID_RATIO`` times the share of numbered streets of the others, and
the shares are scaled so that the nation keeps the table's. Streets of one name in one ZIP differ in
form (direction and type): the forms of a name are dealt from an order drawn without replacement by
weight, whose first entry is stratified, so that first streets have exactly the stated shares.

The lowest house number of a street is drawn from a distribution such that the numbers of all
dwellings have the published quantiles; it climbs by the street's own step, on both sides in turn
but for streets with houses on the even side only, which make odd numbers as rare as published.

Shares of types, directions and grids are assumptions; their order (Street, Drive, Road, Avenue,
Lane, Court; a fifth of streets with a direction) follows the national road files [recalled].
Limits: streets do not cross ZIPs, names do not cluster by region, and numbers do not follow a grid.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.randomness import FloatArray, IntArray, Stage, Streams, uniforms
from simulator.records import Int32Array
from simulator.reference import tables

STREET_TYPES = (
    *("ST", "AVE", "RD", "DR", "LN", "CT", "BLVD", "WAY"),
    *("PL", "CIR", "TER", "PKWY", "TRL", "HWY"),
)
DIRECTIONS = ("", "N", "S", "E", "W", "NE", "NW", "SE", "SW")
FORMS = len(DIRECTIONS) * len(STREET_TYPES)
# Shares of named and of numbered streets; forms are direction by type, drawn apart [assumption].
TYPE_SHARES = np.array(
    [
        [0.18, 0.12, 0.16, 0.18, 0.12, 0.10, 0.012, 0.03, 0.025, 0.035, 0.012, 0.004, 0.016, 0.006],
        [0.52, 0.39, 0.01, 0.01, 0.01, 0.02, 0.002, 0.01, 0.02, 0.002, 0.003, 0.001, 0.001, 0.001],
    ]
)
DIRECTION_SHARES = np.array(
    [
        [0.80, 0.05, 0.05, 0.045, 0.045, 0.003, 0.003, 0.002, 0.002],
        [0.50, 0.08, 0.08, 0.11, 0.11, 0.03, 0.03, 0.03, 0.03],
    ]
)
GRID_RATIO = 20.0
# Chance of a grid in ZIPs of at least 1,000, at least 100 and fewer people per square mile.
GRID_CHANCES = (0.25, 0.12, 0.10)
# Distribution of the lowest number of a street. The five middle values are chosen so that the
# numbers of all dwellings have the published quantiles (p10, p25, p50, p75, p90: 91, 402, 1,814,
# 5,725, 12,462 in a sample of open address data); the ends are assumptions.
NUMBER_SHARES = np.array([0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 1.0])
NUMBER_QUANTILES = np.array([2.0, 35.0, 94.0, 1597.0, 5526.0, 12240.0, 29998.0])
EVEN_ONLY = 0.03
STEPS = 4
_ADDRESS = int(Stage.ADDRESS)
_SHAPE_SLOT, _NUMBERING_SLOT, _FORM_SLOT = 1, 2, 4
_FORM_ROWS = 512
_FORM_STRIDE = 37
_GUIDE = 1 << 15
# Columns of StreetFrame.layout and StreetFrame.shape.
_STREETS, _FORM_ROW = 0, 1
_PHASE, _INVERSE, _GRID, _NUMBERED_SLOPE, _NAMED_SLOPE = 0, 1, 2, 3, 4


class StreetFrame(NamedTuple):
    """What the street functions need.

    One row per ZIP: ``layout`` (streets; offset into the orders of forms) and ``shape`` (start of
    the systematic sample; 1 / streets; share of numbered streets; slopes of the map from the ZIP's
    shares to the nation's, for numbered and for other streets). ``cumulative`` is the distribution
    of the nation's street names, numbered ones first up to ``numbered_share``; its last entry lies
    beyond 1. ``guide`` is the first name at each of ``_GUIDE`` equal steps. ``form_order`` (kind,
    row, place) holds orders of all forms, ``form_place`` (kind, row, form) their inverses.
    """

    layout: IntArray
    shape: FloatArray
    cumulative: FloatArray
    guide: Int32Array
    numbered: int
    numbered_share: float
    form_order: Int32Array
    form_place: Int32Array


@compiled
def _zip_draws(zips: Int32Array) -> FloatArray:
    draws = np.empty((zips.size, 3))
    for row in range(zips.size):
        draws[row, 0], draws[row, 1], draws[row, 2], _ = uniforms(
            0, 0, _ADDRESS, _SHAPE_SLOT, zips[row], 0
        )
    return draws


@compiled
def _draw_orders(weights: FloatArray, draws: FloatArray) -> Int32Array:
    """Draw orders of all forms, each place by weight among the forms not yet drawn.

    ``weights`` (kinds, forms), ``draws`` (kinds, rows, forms). The first places of the rows of a
    kind are a systematic sample.
    """
    kinds, rows, forms = draws.shape
    orders = np.empty((kinds, rows, forms), np.int32)
    left = np.empty(forms)
    for kind in range(kinds):
        for row in range(rows):
            left[:] = weights[kind]
            for place in range(forms):
                u = (row + 0.5) / rows if place == 0 else draws[kind, row, place]
                wanted, chosen, passed = u * left.sum(), -1, 0.0
                for form in range(forms):
                    if left[form] > 0.0:
                        chosen = form
                        passed += left[form]
                        if passed > wanted:
                            break
                orders[kind, row, place] = chosen
                left[chosen] = 0.0
    return orders


@cache
def _form_orders() -> tuple[Int32Array, Int32Array]:
    """Return the orders of forms of named (0) and numbered (1) streets, and their inverses."""
    shares = (DIRECTION_SHARES[:, :, None] * TYPE_SHARES[:, None, :]).reshape(2, FORMS)
    rng, records = Streams(0, 0), np.arange(_FORM_ROWS * FORMS)
    draws = np.stack([rng.table(Stage.ADDRESS, _FORM_SLOT, records, place=k)[0] for k in range(2)])
    order = _draw_orders(shares, draws.reshape(2, _FORM_ROWS, FORMS))
    return order, np.argsort(order, axis=2).astype(np.int32)


def _grid_shares(draws: FloatArray, streets: IntArray, numbered_share: float) -> FloatArray:
    """Return each ZIP's share of numbered streets; over all streets their mean is the nation's."""
    chance = np.select(
        [tables.zips().density >= 1_000.0, tables.zips().density >= 100.0],
        GRID_CHANCES[:2],
        GRID_CHANCES[2],
    )
    ratio = np.where(draws < chance, GRID_RATIO, 1.0)
    return np.asarray(ratio * numbered_share / ((ratio * streets).sum() / streets.sum()))


def street_frame(streets: IntArray) -> StreetFrame:
    """Return the frame of all ZIPs of the reference table, which have so many ``streets`` each."""
    table, draws = tables.streets(), _zip_draws(tables.zips().zip.astype(np.int32))
    cumulative = np.cumsum(table.weights) / table.weights.sum()
    numbered = int(table.numbered.sum())
    share = float(cumulative[numbered - 1])
    cumulative[-2:] = 2.0  # the last street; behind it stands the entry that names none
    guide = np.searchsorted(cumulative, np.arange(_GUIDE + 1) / _GUIDE, side="right")
    grid = _grid_shares(draws[:, 1], streets, share)
    shape = np.zeros((streets.size, 8))
    shape[:, _PHASE], shape[:, _INVERSE], shape[:, _GRID] = draws[:, 0], 1.0 / streets, grid
    shape[:, _NUMBERED_SLOPE] = share / grid
    shape[:, _NAMED_SLOPE] = (1.0 - share) / (1.0 - grid)
    layout = np.stack([streets, (draws[:, 2] * _FORM_ROWS).astype(np.int64)], axis=1)
    return StreetFrame(
        layout, shape, cumulative, guide.astype(np.int32), numbered, share, *_form_orders()
    )


@inlined
def _position(frame: StreetFrame, place: int, street: int) -> float:
    """Return where a street of a ZIP lies in the nation's distribution of names.

    The map and its inverse both compare this very expression with the edges of a name, so that
    rounding cannot make them disagree. It rises with ``street``.
    """
    x = (street + frame.shape[place, _PHASE]) * frame.shape[place, _INVERSE]
    grid = frame.shape[place, _GRID]
    if x < grid:
        return float(x * frame.shape[place, _NUMBERED_SLOPE])
    return float(frame.numbered_share + (x - grid) * frame.shape[place, _NAMED_SLOPE])


@inlined
def _lower_edge(frame: StreetFrame, name: int) -> float:
    return float(frame.cumulative[name - 1]) if name > 0 else 0.0


@inlined
def _form_row(frame: StreetFrame, place: int, name: int) -> tuple[int, int]:
    """Return kind and row of the order of forms of a name in a ZIP."""
    kind = 1 if name < frame.numbered else 0
    return kind, (frame.layout[place, _FORM_ROW] + _FORM_STRIDE * name) % _FORM_ROWS


@inlined
def street_name(frame: StreetFrame, place: int, street: int) -> tuple[int, int]:
    """Return name and form of a street of a ZIP."""
    position = _position(frame, place, street)
    name = frame.guide[min(int(position * _GUIDE), _GUIDE)]
    while frame.cumulative[name] <= position:
        name += 1
    edge, occurrence = _lower_edge(frame, name), 0
    while street > occurrence and _position(frame, place, street - occurrence - 1) >= edge:
        occurrence += 1
    kind, row = _form_row(frame, place, name)
    return name, frame.form_order[kind, row, occurrence]


@inlined
def find_street(frame: StreetFrame, place: int, name: int, form: int) -> int:
    """Return the street of a ZIP that has this name and form, or -1."""
    streets, edge = frame.layout[place, _STREETS], _lower_edge(frame, name)
    if name < frame.numbered:
        x = edge / frame.shape[place, _NUMBERED_SLOPE]
    else:
        x = (
            frame.shape[place, _GRID]
            + (edge - frame.numbered_share) / frame.shape[place, _NAMED_SLOPE]
        )
    street = max(0, int(x * streets - frame.shape[place, _PHASE]) - 1)
    while street < streets and _position(frame, place, street) < edge:
        street += 1
    kind, row = _form_row(frame, place, name)
    street += frame.form_place[kind, row, form]
    if street >= streets or _position(frame, place, street) >= frame.cumulative[name]:
        return -1
    return int(street)


@inlined
def numbering(zip_code: int, street: int) -> tuple[int, int, int, float]:
    """Return how the houses of a street are numbered.

    These are the lowest even number, the step between houses of one side, the side of the first
    house (0 even, 1 odd, 2 all on the even side) and a uniform draw for how units are named.
    """
    u0, u1, u2, u3 = uniforms(0, 0, _ADDRESS, _NUMBERING_SLOT, zip_code, street)
    level = 0
    while u0 >= NUMBER_SHARES[level + 1]:
        level += 1
    within = (u0 - NUMBER_SHARES[level]) / (NUMBER_SHARES[level + 1] - NUMBER_SHARES[level])
    low, high = NUMBER_QUANTILES[level], NUMBER_QUANTILES[level + 1]
    lowest = int(low + within * (high - low))
    side = 2 if u2 < EVEN_ONLY else int(u2 * 1024.0) & 1
    return lowest - (lowest & 1), 1 + int(u1 * STEPS), side, u3


@inlined
def house_number(lowest: int, step: int, side: int, house: int) -> int:
    """Return the number of the house-th house of a street, counted from 0."""
    if side == 2:
        return lowest + 2 * step * house
    return lowest + 2 * step * (house >> 1) + ((house & 1) ^ side)


@inlined
def find_house(lowest: int, step: int, side: int, number: int) -> int:
    """Return which house of a street has this number, or -1."""
    offset = number - lowest
    if offset < 0 or (offset >> 1) % step:
        return -1
    if side == 2:
        return -1 if offset & 1 else (offset >> 1) // step
    return 2 * ((offset >> 1) // step) + ((offset & 1) ^ side)
