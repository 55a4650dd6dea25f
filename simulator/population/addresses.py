"""The postal address of a dwelling, as a pure function of (ZIP, index).

Somebody who moved across the country has a real former address without anybody generating the
place it lies in. Within a ZIP the map is one to one, and its inverse is cheap: ``find_building``
says whether a written address exists, which is all that an address check may know.

The dwellings of a ZIP are put in a scattered order by an affine permutation, so that any prefix of
them is a fair sample. Single houses come first, then buildings of several units; buildings are
dealt in turn to the ZIP's streets. Streets are a systematic sample of the street table by weight,
so that common names recur in nearly every ZIP and a name that recurs within one has another form
(type and direction). House numbers start at a draw from the published quantiles and climb by a
step of the street's own, odd and even sides in turn.

Limits: one building size per ZIP, no PO boxes, streets do not cross ZIPs.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled
from simulator.randomness import FloatArray, IntArray, Stage, uniforms
from simulator.reference import tables

FORMS = 64
STREET_TYPES = ("ST", "AVE", "RD", "DR", "LN", "CT", "BLVD", "WAY")
DIRECTIONS = ("", "N", "S", "E", "W", "NE", "NW", "SE")
HOUSES_PER_STREET = 28
UNITS_PER_BUILDING = (4, 8, 12, 24)
# House-number quantiles at these shares; the ends are assumptions, the five between are from
# a sample of open address data (p10, p25, p50, p75, p90).
NUMBER_SHARES = np.array([0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 1.0])
NUMBER_QUANTILES = np.array([2.0, 91.0, 402.0, 1814.0, 5725.0, 12462.0, 29998.0])
_ADDRESS = int(Stage.ADDRESS)


@dataclass(frozen=True)
class PostalFrame:
    """What the address function needs of every ZIP; all arrays have one entry per ZIP.

    ``layout`` columns: dwellings, single houses, units per building, buildings, streets,
    multiplier and offset of the permutation, offset of street forms. ``phase`` shifts the
    systematic sample of street names; ``weights`` is their cumulative distribution.
    """

    zips: npt.NDArray[np.int32]
    layout: IntArray
    phase: FloatArray
    weights: FloatArray


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


@compiled
def _lay_out(
    zips: npt.NDArray[np.int32], households: IntArray, multi: FloatArray, sizes: IntArray
) -> tuple[IntArray, FloatArray]:
    layout = np.empty((zips.size, 8), np.int64)
    phase = np.empty(zips.size)
    for row in range(zips.size):
        u0, u1, u2, u3 = uniforms(0, 0, _ADDRESS, 0, zips[row], 0)
        dwellings = households[row]
        units = sizes[int(u0 * sizes.size)]
        single = int(dwellings * (1.0 - multi[row]) + 0.5)
        buildings = single + (dwellings - single + units - 1) // units
        layout[row, 0] = dwellings
        layout[row, 1] = single
        layout[row, 2] = units
        layout[row, 3] = buildings
        layout[row, 4] = max(1, (buildings + HOUSES_PER_STREET - 1) // HOUSES_PER_STREET)
        layout[row, 5] = _coprime(int((0.3 + 0.4 * u1) * dwellings), dwellings)
        layout[row, 6] = int(u2 * dwellings)
        layout[row, 7] = int(u3 * FORMS)
        phase[row] = uniforms(0, 0, _ADDRESS, 1, zips[row], 0)[0]
    return layout, phase


@cache
def postal_frame() -> PostalFrame:
    """Return the layout of every ZIP of the reference table."""
    frame = tables.zips()
    weights = np.cumsum(tables.streets().weights)
    layout, phase = _lay_out(
        frame.zip.astype(np.int32),
        frame.households.astype(np.int64),
        frame.share_multi_unit.astype(np.float64),
        np.array(UNITS_PER_BUILDING, dtype=np.int64),
    )
    return PostalFrame(frame.zip.astype(np.int32), layout, phase, weights / weights[-1])


@compiled
def _first_street(edge: float, phase: float, streets: int) -> int:
    """Return the first street of a ZIP whose position in the street table is at or past ``edge``.

    Position of street s is (s + phase) / streets; computed by the same expression everywhere so
    that rounding cannot make the map and its inverse disagree.
    """
    first = max(0, int(edge * streets - phase) - 1)
    while first < streets and (first + phase) / streets < edge:
        first += 1
    return first


@compiled
def _numbering(zip_code: int, street: int) -> tuple[int, int, int]:
    """Return the lowest even number of a street, the step between houses, and the odd side."""
    u0, u1, u2, _ = uniforms(0, 0, _ADDRESS, 2, zip_code, street)
    level = 0
    while u0 >= NUMBER_SHARES[level + 1]:
        level += 1
    within = (u0 - NUMBER_SHARES[level]) / (NUMBER_SHARES[level + 1] - NUMBER_SHARES[level])
    low, high = NUMBER_QUANTILES[level], NUMBER_QUANTILES[level + 1]
    step = 1 + int(u1 * 4)
    # Half a street below the draw, so that its middle house has the number drawn.
    start = max(0, int(low + within * (high - low)) - step * HOUSES_PER_STREET // 2)
    return start - start % 2 + 2, step, int(u2 * 2)


@compiled
def _address(
    place: int,
    dwelling: int,
    zips: npt.NDArray[np.int32],
    layout: IntArray,
    phase: FloatArray,
    weights: FloatArray,
) -> tuple[int, int, int, int]:
    """Return (street name, form, house number, unit) of one dwelling; unit 0 is a single house."""
    scattered = (layout[place, 5] * dwelling + layout[place, 6]) % layout[place, 0]
    single, units, streets = layout[place, 1], layout[place, 2], layout[place, 4]
    building, unit = scattered, 0
    if scattered >= single:
        building = single + (scattered - single) // units
        unit = 1 + (scattered - single) % units
    street, house = building % streets, building // streets
    name = np.searchsorted(weights, (street + phase[place]) / streets, side="right")
    edge = weights[name - 1] if name > 0 else 0.0
    occurrence = street - _first_street(edge, phase[place], streets)
    form = (layout[place, 7] + 37 * name + occurrence) % FORMS
    start, step, side = _numbering(zips[place], street)
    number = start + 2 * step * (house >> 1) + ((house & 1) ^ side)
    return name, form, number, unit


@compiled
def _building(
    place: int,
    name: int,
    form: int,
    number: int,
    zips: npt.NDArray[np.int32],
    layout: IntArray,
    phase: FloatArray,
    weights: FloatArray,
) -> int:
    """Return 0 if no such building exists, 1 for a single house, 2 for one with units."""
    single, buildings, streets = layout[place, 1], layout[place, 3], layout[place, 4]
    edge = weights[name - 1] if name > 0 else 0.0
    occurrence = (form - layout[place, 7] - 37 * name) % FORMS
    street = _first_street(edge, phase[place], streets) + occurrence
    if street >= streets or (street + phase[place]) / streets >= weights[name]:
        return 0
    start, step, side = _numbering(zips[place], street)
    offset = number - start
    if offset < 0 or (offset >> 1) % step:
        return 0
    house = 2 * ((offset >> 1) // step) + ((offset & 1) ^ side)
    building = house * streets + street
    if building >= buildings:
        return 0
    return 1 if building < single else 2


@compiled
def _addresses(
    places: IntArray,
    dwellings: IntArray,
    zips: npt.NDArray[np.int32],
    layout: IntArray,
    phase: FloatArray,
    weights: FloatArray,
) -> npt.NDArray[np.int32]:
    written = np.empty((4, places.size), np.int32)
    for i in range(places.size):
        name, form, number, unit = _address(places[i], dwellings[i], zips, layout, phase, weights)
        written[0, i], written[1, i], written[2, i], written[3, i] = name, form, number, unit
    return written


@compiled
def _buildings(
    places: IntArray,
    written: npt.NDArray[np.int32],
    size: int,
    zips: npt.NDArray[np.int32],
    layout: IntArray,
    phase: FloatArray,
    weights: FloatArray,
) -> npt.NDArray[np.int8]:
    found = np.zeros(places.size, np.int8)
    for i in range(places.size):
        known = 0 <= written[0, i] < size and 0 <= written[1, i] < FORMS
        if places[i] >= 0 and known and written[2, i] >= 0:
            found[i] = _building(
                places[i],
                written[0, i],
                written[1, i],
                written[2, i],
                zips,
                layout,
                phase,
                weights,
            )
    return found


def postal_addresses(places: IntArray, dwellings: IntArray) -> npt.NDArray[np.int32]:
    """Return the addresses of dwellings as an array (4, n): street name, form, number, unit.

    ``places`` are rows of the ZIP table, ``dwellings`` indexes within each.
    """
    frame = postal_frame()
    return _addresses(places, dwellings, frame.zips, frame.layout, frame.phase, frame.weights)


def find_buildings(places: IntArray, written: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
    """Say of written addresses whether they exist: 0 no, 1 a single house, 2 several units.

    ``written`` is an array (4, n) as from ``postal_addresses``; a misspelt street, an
    unknown form, a missing number or a negative place is never found. Units are not looked up.
    """
    frame = postal_frame()
    return _buildings(
        places, written, frame.weights.size, frame.zips, frame.layout, frame.phase, frame.weights
    )


def written_address(name: str, form: int, number: int, unit: int) -> str:
    """Return the delivery line of an address, for people to read."""
    direction, kind = DIRECTIONS[form // 8], STREET_TYPES[form % 8]
    parts = [str(number), direction, name, kind, f"APT {unit}" if unit else ""]
    return " ".join(part for part in parts if part)
