"""Which building of a ZIP a dwelling lies in, and where on its streets the building stands.

The households' dwellings of a ZIP are put in a scattered order by an affine permutation, so that
any prefix of them is a fair sample. Single houses come first, then buildings of several units by
size, the largest first. Behind the households' dwellings lie the places in group quarters, in
facilities of ``FACILITY_SIZES`` residents in turn; all residents of one share its street number.

Buildings are dealt to the streets: ``SHORT`` to every street, ``FURTHER`` more to every fourth, and
what is left to every sixteenth. Most streets are thus short, a few long, and buildings with many
units and facilities stand on the long ones.

``UNIT_SHARES`` are the shares of dwellings in buildings of 2, 3-4, 5-9, 10-19, 20-49 and 50 and
more units among all in buildings of two and more: ACS 2022, units in structure [recalled]; sizes
within a class, the lengths of streets and the sizes of facilities are assumptions.
Limits: the mixture of sizes is the same in every ZIP, dense or not.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from simulator.kernels import compiled, inlined
from simulator.randomness import FloatArray, IntArray, Stage, uniforms
from simulator.records import Int32Array
from simulator.reference import tables

HOUSES_PER_STREET = 28
SHORT, FURTHER = 14, 24
FOURTH, SIXTEENTH = 4, 16
UNIT_SIZES = np.array([150, 70, 32, 14, 7, 4, 3, 2])
UNIT_SHARES = np.array([0.115, 0.12, 0.15, 0.158, 0.17, 0.079, 0.079, 0.129])
FACILITY_SIZES = (40, 90, 180, 400)
_FACILITY_ENDS = np.cumsum(np.array(FACILITY_SIZES))
_ROUND = int(_FACILITY_ENDS[-1])
_ADDRESS = int(Stage.ADDRESS)
_LAYOUT_SLOT, _SIZES_SLOT = 0, 5
# Columns of BuildingFrame.layout.
DWELLINGS, SINGLE, HOUSEHOLD_BUILDINGS, BUILDINGS, STREETS = 0, 1, 2, 3, 4
MULTIPLIER, OFFSET, LONG, SHIFT = 5, 6, 7, 8


class BuildingFrame(NamedTuple):
    """What the building functions need; one row per ZIP.

    ``layout`` columns: households' dwellings, single houses, buildings of households, all
    buildings, streets, multiplier and offset of the permutation, first long street, residents
    before the first facility begins. ``blocks`` counts buildings of each of ``UNIT_SIZES``.
    """

    layout: IntArray
    blocks: Int32Array


@compiled
def _coprime(wanted: int, modulus: int) -> int:
    candidate = max(1, wanted % modulus)
    while True:
        left, right = candidate, modulus
        while right:
            left, right = right, left % right
        if left == 1:
            return candidate
        candidate += 1


@inlined
def _facility(shift: int, resident: int) -> int:
    """Return which facility of a ZIP, from 0, a place in group quarters belongs to."""
    rounds, within = (resident + shift) // _ROUND, (resident + shift) % _ROUND
    facility, first = 0, 0
    while within >= _FACILITY_ENDS[facility]:
        facility += 1
    while shift >= _FACILITY_ENDS[first]:
        first += 1
    return rounds * _FACILITY_ENDS.size + facility - first


@compiled
def _count_blocks(units: int, draw: float, blocks: Int32Array) -> int:
    """Fill in how many buildings of each size hold ``units`` dwellings; return those left over.

    Counts are rounded up with the chance of their fraction; whatever the shares leave goes to the
    smallest buildings, and at most one dwelling to none.
    """
    left = units
    for size in range(UNIT_SIZES.size - 1):
        wanted = int(UNIT_SHARES[size] * units / UNIT_SIZES[size] + draw)
        blocks[size] = min(wanted, left // UNIT_SIZES[size])
        left -= blocks[size] * UNIT_SIZES[size]
    if left % 2 == 1 and left >= 3:
        blocks[-2] += 1
        left -= 3
    elif left == 1 and blocks[-2] > 0:
        blocks[-2] -= 1
        left = 4
    blocks[-1] = left // 2
    return left % 2


@compiled
def _lay_out(
    zips: Int32Array, households: IntArray, quarters: IntArray, multi: FloatArray
) -> BuildingFrame:
    layout = np.zeros((zips.size, 9), np.int64)
    blocks = np.zeros((zips.size, UNIT_SIZES.size), np.int32)
    for row in range(zips.size):
        u0, u1, u2, u3 = uniforms(0, 0, _ADDRESS, _LAYOUT_SLOT, zips[row], 0)
        draw = uniforms(0, 0, _ADDRESS, _SIZES_SLOT, zips[row], 0)[0]
        dwellings = households[row]
        single = int(dwellings * (1.0 - multi[row]) + 0.5)
        single += _count_blocks(dwellings - single, draw, blocks[row])
        buildings = single + blocks[row].sum()
        layout[row, DWELLINGS], layout[row, SINGLE] = dwellings, single
        layout[row, HOUSEHOLD_BUILDINGS] = buildings
        layout[row, SHIFT] = int(u0 * _ROUND)
        if quarters[row] > 0:
            buildings += _facility(layout[row, SHIFT], quarters[row] - 1) + 1
        streets = (buildings + HOUSES_PER_STREET - 1) // HOUSES_PER_STREET
        layout[row, BUILDINGS], layout[row, STREETS] = buildings, streets
        layout[row, MULTIPLIER] = _coprime(int((0.3 + 0.4 * u1) * dwellings), dwellings)
        layout[row, OFFSET] = int(u2 * dwellings)
        layout[row, LONG] = int(u3 * min(streets, SIXTEENTH))
    return BuildingFrame(layout, blocks)


@cache
def building_frame() -> BuildingFrame:
    """Return the layout of every ZIP of the reference table."""
    frame = tables.zips()
    return _lay_out(
        frame.zip.astype(np.int32), frame.households, frame.quarters, frame.share_multi_unit
    )


@inlined
def find_unit(frame: BuildingFrame, place: int, dwelling: int) -> tuple[int, int, int]:
    """Return building, unit from 0 and units of the building of a dwelling.

    A single house and a facility have 1 unit.
    """
    layout, dwellings = frame.layout, frame.layout[place, DWELLINGS]
    if dwelling >= dwellings:
        resident = dwelling - dwellings
        facility = _facility(layout[place, SHIFT], resident)
        return layout[place, HOUSEHOLD_BUILDINGS] + facility, 0, 1
    scattered = (layout[place, MULTIPLIER] * dwelling + layout[place, OFFSET]) % dwellings
    building = layout[place, SINGLE]
    if scattered < building:
        return scattered, 0, 1
    left, kind = scattered - building, 0
    while left >= frame.blocks[place, kind] * UNIT_SIZES[kind]:
        left -= frame.blocks[place, kind] * UNIT_SIZES[kind]
        building += frame.blocks[place, kind]
        kind += 1
    size = UNIT_SIZES[kind]
    return building + left // size, left % size, size


@inlined
def _with_remainder(count: int, remainder: int, modulus: int) -> int:
    """Return how many of 0 … count - 1 have this remainder."""
    return (count - remainder + modulus - 1) // modulus


@inlined
def house_of(frame: BuildingFrame, place: int, building: int) -> tuple[int, int]:
    """Return the street a building stands on and which of its houses it is, from 0."""
    streets, long = frame.layout[place, STREETS], frame.layout[place, LONG]
    if building < SHORT * streets:
        return building % streets, building // streets
    building -= SHORT * streets
    fourth = _with_remainder(streets, long % FOURTH, FOURTH)
    if building < FURTHER * fourth:
        return FOURTH * (building % fourth) + long % FOURTH, SHORT + building // fourth
    building -= FURTHER * fourth
    sixteenth = _with_remainder(streets, long, SIXTEENTH)
    street = SIXTEENTH * (building % sixteenth) + long
    return street, SHORT + FURTHER + building // sixteenth


@inlined
def building_of(frame: BuildingFrame, place: int, street: int, house: int) -> int:
    """Return the building that is this house of a street, or -1 if there is none."""
    streets, long = frame.layout[place, STREETS], frame.layout[place, LONG]
    building = house * streets + street
    if house >= SHORT:
        if street % FOURTH != long % FOURTH:
            return -1
        fourth = _with_remainder(streets, long % FOURTH, FOURTH)
        building = SHORT * streets + (house - SHORT) * fourth + street // FOURTH
        if house >= SHORT + FURTHER:
            if street % SIXTEENTH != long:
                return -1
            sixteenth = _with_remainder(streets, long, SIXTEENTH)
            building = SHORT * streets + FURTHER * fourth + street // SIXTEENTH
            building += (house - SHORT - FURTHER) * sixteenth
    return building if building < frame.layout[place, BUILDINGS] else -1


@inlined
def has_units(frame: BuildingFrame, place: int, building: int) -> bool:
    """Say whether a building has several units."""
    first, end = frame.layout[place, SINGLE], frame.layout[place, HOUSEHOLD_BUILDINGS]
    return bool(first <= building < end)


@compiled
def _facilities(frame: BuildingFrame, places: IntArray, dwellings: IntArray) -> IntArray:
    numbers = np.empty(places.size, np.int64)
    for i in range(places.size):
        resident = dwellings[i] - frame.layout[places[i], DWELLINGS]
        numbers[i] = _facility(frame.layout[places[i], SHIFT], resident)
    return numbers


def facilities(places: IntArray, dwellings: IntArray) -> IntArray:
    """Return which facility of its ZIP, from 0, each place in group quarters belongs to.

    ``dwellings`` are indexes from the ZIP's ``households`` on.
    """
    return np.asarray(_facilities(building_frame(), places, dwellings))
