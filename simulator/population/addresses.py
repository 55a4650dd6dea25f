"""The postal address of a dwelling, as a pure function of (ZIP, index).

Somebody who moved across the country has a real former address without anybody generating the
place it lies in. Within a ZIP the map from households' dwellings is one to one, and its inverse is
cheap: ``find_buildings`` says whether a written address exists, which is all that an address check
may know. Where a dwelling lies is the business of ``buildings``, what its street is called and how
it is numbered that of ``streets``, how people write it that of ``written_addresses``.

In a ZIP, dwelling indexes below its households are households' dwellings; those from there on are
places in group quarters, whose residents share the address of their facility.

Some households get their mail at a PO box of the ZIP. Every dwelling has one box number of its own,
and whether it is rented is one uniform draw per dwelling, compared with the national share times a
ratio: ``BOX_RATIOS`` by density and ``BOX_RATIO_UNITS`` in buildings with units [assumption],
scaled so that the national share comes out. Limits: box numbers run up to the ZIP's dwellings,
rented or not; nobody in group quarters has a box.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled, inlined
from simulator.population.buildings import (
    DWELLINGS,
    MULTIPLIER,
    OFFSET,
    STREETS,
    BuildingFrame,
    building_frame,
    building_of,
    find_unit,
    has_units,
    house_of,
)
from simulator.population.streets import (
    FORMS,
    StreetFrame,
    find_house,
    find_street,
    house_number,
    numbering,
    street_frame,
    street_name,
)
from simulator.population.written_addresses import unit_code
from simulator.randomness import FloatArray, IntArray, Stage, uniforms
from simulator.records import Int8Array, Int32Array
from simulator.reference import tables

# In ZIPs of at least 1,000, at least 100 and fewer people per square mile [assumption].
BOX_RATIOS = (0.6, 1.0, 2.5)
BOX_RATIO_UNITS = 0.5
_ADDRESS = int(Stage.ADDRESS)
_BOX_SLOT = 3


class PostalFrame(NamedTuple):
    """What the address functions need of every ZIP.

    ``boxes``: how many times likelier than the national average a dwelling in a single house of the
    ZIP is to have a PO box.
    """

    zips: Int32Array
    buildings: BuildingFrame
    streets: StreetFrame
    boxes: FloatArray


def _box_ratios() -> FloatArray:
    frame = tables.zips()
    dense = [frame.density >= 1_000.0, frame.density >= 100.0]
    ratio = np.select(dense, BOX_RATIOS[:2], BOX_RATIOS[2])
    by_building = 1.0 - frame.share_multi_unit * (1.0 - BOX_RATIO_UNITS)
    mean = (ratio * by_building * frame.households).sum() / frame.households.sum()
    return np.asarray(ratio / mean)


@cache
def postal_frame() -> PostalFrame:
    """Return the frame of all ZIPs of the reference table."""
    buildings = building_frame()
    streets = street_frame(np.ascontiguousarray(buildings.layout[:, STREETS]))
    return PostalFrame(tables.zips().zip.astype(np.int32), buildings, streets, _box_ratios())


@inlined
def _address(frame: PostalFrame, place: int, dwelling: int) -> tuple[int, int, int, int]:
    """Return (street name, form, house number, unit) of one dwelling; unit 0 means none."""
    building, unit, units = find_unit(frame.buildings, place, dwelling)
    street, house = house_of(frame.buildings, place, building)
    name, form = street_name(frame.streets, place, street)
    lowest, step, side, naming = numbering(frame.zips[place], street)
    number = house_number(lowest, step, side, house)
    return name, form, number, unit_code(unit, units, naming) if units > 1 else 0


@inlined
def _box(frame: PostalFrame, place: int, dwelling: int, unit: int, share: float) -> int:
    """Return the number of a dwelling's PO box, or 0 if it has none."""
    layout = frame.buildings.layout
    if dwelling >= layout[place, DWELLINGS]:
        return 0
    chance = share * frame.boxes[place] * (BOX_RATIO_UNITS if unit > 0 else 1.0)
    if uniforms(0, 0, _ADDRESS, _BOX_SLOT, frame.zips[place], dwelling)[0] >= chance:
        return 0
    scattered = layout[place, MULTIPLIER] * dwelling + layout[place, OFFSET]
    return int(1 + scattered % layout[place, DWELLINGS])


@inlined
def _find(frame: PostalFrame, place: int, name: int, form: int, number: int) -> int:
    """Return 0 if no such building or box exists, 1 for one without units, 2 for one with."""
    if name == frame.streets.cumulative.size - 1:
        return 1 if form == 0 and 1 <= number <= frame.buildings.layout[place, DWELLINGS] else 0
    street = find_street(frame.streets, place, name, form)
    if street < 0:
        return 0
    lowest, step, side, _ = numbering(frame.zips[place], street)
    house = find_house(lowest, step, side, number)
    if house < 0:
        return 0
    building = building_of(frame.buildings, place, street, house)
    if building < 0:
        return 0
    return 2 if has_units(frame.buildings, place, building) else 1


@compiled
def _addresses(
    frame: PostalFrame, places: IntArray, dwellings: IntArray, share: float
) -> Int32Array:
    written = np.empty((4, places.size), np.int32)
    po_box = frame.streets.cumulative.size - 1
    for i in range(places.size):
        name, form, number, unit = _address(frame, places[i], dwellings[i])
        box = _box(frame, places[i], dwellings[i], unit, share) if share > 0.0 else 0
        if box > 0:
            name, form, number, unit = po_box, 0, box, 0
        written[0, i], written[1, i], written[2, i], written[3, i] = name, form, number, unit
    return written


@compiled
def _find_all(frame: PostalFrame, places: IntArray, written: Int32Array) -> Int8Array:
    found = np.zeros(places.size, np.int8)
    names = frame.streets.cumulative.size
    for i in range(places.size):
        known = 0 <= written[0, i] < names and 0 <= written[1, i] < FORMS
        if places[i] >= 0 and known and written[2, i] >= 0:
            found[i] = _find(frame, places[i], written[0, i], written[1, i], written[2, i])
    return found


@compiled
def _street_table(frame: PostalFrame, places: IntArray) -> Int32Array:
    total = 0
    for place in places:
        total += frame.buildings.layout[place, STREETS]
    table, row = np.empty((3, total), np.int32), 0
    for place in places:
        for street in range(frame.buildings.layout[place, STREETS]):
            table[0, row] = place
            table[1, row], table[2, row] = street_name(frame.streets, place, street)
            row += 1
    return table


def postal_addresses(places: IntArray, dwellings: IntArray) -> Int32Array:
    """Return the addresses of dwellings as an array (4, n): street name, form, number, unit.

    ``places`` are rows of the ZIP table, ``dwellings`` indexes within each: below the ZIP's
    households a household's dwelling, from there on a place in group quarters. ``unit`` is a code
    that ``written_addresses`` renders, 0 where the building has no units.
    """
    return np.asarray(_addresses(postal_frame(), places, dwellings, 0.0))


def mailing_addresses(places: IntArray, dwellings: IntArray, po_box_share: float) -> Int32Array:
    """Return where the mail of dwellings goes, as ``postal_addresses`` but for those with a PO box.

    Their street is ``po_box_street()``, form 0, the box number of the dwelling, no unit.
    ``po_box_share`` is the national share of households with a box. Raising it keeps all boxes.
    """
    return np.asarray(_addresses(postal_frame(), places, dwellings, po_box_share))


def find_buildings(places: IntArray, written: npt.NDArray[np.int32]) -> Int8Array:
    """Say of written addresses whether they exist: 0 no, 1 without units, 2 with several units.

    ``written`` is an array (4, n) as from ``postal_addresses`` or ``mailing_addresses``; a misspelt
    street, an unknown form, a missing number or a negative place is never found. Units are not
    looked up, nor who rents a PO box.
    """
    return np.asarray(_find_all(postal_frame(), places, written))


def streets_of(places: IntArray) -> Int32Array:
    """Return all streets of ZIPs as an array (3, n): place, street name, form."""
    return np.asarray(_street_table(postal_frame(), places))


def po_box_street() -> int:
    """Return the code of the street lexicon that stands for a PO box."""
    return len(tables.streets().names) - 1
