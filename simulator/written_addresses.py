"""How people write an address: abbreviations, unit designators, order.

An address is made of codes that mean the same however they are written; a ``style`` numbers one way
to write it. A style is a number of seven bits: street type in full, direction in full, ordinal in
figures, direction behind the name, two bits for the unit designator, unit in front. Not every bit
shows in every address: ``shown_bits`` says which do, so that two records of one address are written
alike if their styles agree in the bits shown.

The shares are assumptions but that most people abbreviate, as the postal standard asks
(USPS Publication 28 [recalled]).
"""

from functools import cache

import numpy as np

from simulator.inversion import Guided, categories, guided
from simulator.kernels import inlined
from simulator.randomness import FloatArray
from simulator.records import Int8Array
from simulator.reference import tables
from simulator.reference.place_tables import PO_BOX, ordinal

STREET_TYPES = (
    *("ST", "AVE", "RD", "DR", "LN", "CT", "BLVD", "WAY"),
    *("PL", "CIR", "TER", "PKWY", "TRL", "HWY"),
)
DIRECTIONS = ("", "N", "S", "E", "W", "NE", "NW", "SE", "SW")
TYPES_IN_FULL = (
    *("STREET", "AVENUE", "ROAD", "DRIVE", "LANE", "COURT", "BOULEVARD", "WAY"),
    *("PLACE", "CIRCLE", "TERRACE", "PARKWAY", "TRAIL", "HIGHWAY"),
)
DIRECTIONS_IN_FULL = (
    *("", "NORTH", "SOUTH", "EAST", "WEST"),
    *("NORTHEAST", "NORTHWEST", "SOUTHEAST", "SOUTHWEST"),
)
DESIGNATORS = ("APT ", "#", "UNIT ", "")
TYPE_IN_FULL, DIRECTION_IN_FULL, IN_FIGURES, DIRECTION_BEHIND, UNIT_IN_FRONT = 1, 2, 4, 8, 64
DESIGNATOR_SHIFT = 4
# Chances of each bit being set, and of each designator [assumption].
TYPE_IN_FULL_SHARE = 0.25
DIRECTION_IN_FULL_SHARE = 0.15
IN_FIGURES_SHARE = 0.8
DIRECTION_BEHIND_SHARE = 0.05
UNIT_IN_FRONT_SHARE = 0.03
DESIGNATOR_SHARES = (0.60, 0.20, 0.15, 0.05)
STYLES = 128

LETTERED = 10_000
LETTERS = 26
_WAY = STREET_TYPES.index("WAY")  # has no abbreviation
_SMALL, _LARGE = 5, 50
_UNITS_PER_FLOOR, _UNITS_PER_LARGE_FLOOR = 4, 10


@inlined
def unit_code(unit: int, units: int, naming: float) -> int:
    """Return the code of a unit, counted from 0, of a building with so many units.

    Buildings of fewer than five count (1, 2) or use letters (A, B); larger ones count, number by
    floor (101, 102, 201) or give a floor and a letter (1A), as the uniform ``naming`` says
    [assumption]. A code below ``LETTERED`` is the number; beyond, floor and letter.
    """
    if units < _SMALL:
        return 1 + unit if naming < 0.6 else LETTERED + unit
    if naming < 0.25:
        return 1 + unit
    floor_units = _UNITS_PER_FLOOR if units < _LARGE else _UNITS_PER_LARGE_FLOOR
    floor, along = 1 + unit // floor_units, unit % floor_units
    return 100 * floor + 1 + along if naming < 0.75 else LETTERED + LETTERS * floor + along


def unit_text(code: int) -> str:
    """Return how a unit code reads: "7", "B" or "2C"; the empty string for none."""
    if code < LETTERED:
        return str(code) if code else ""
    floor, letter = divmod(code - LETTERED, LETTERS)
    return f"{floor or ''}{chr(ord('A') + letter)}"


@cache
def _style_shares() -> Guided:
    """Return the cumulative shares of all styles."""
    style = np.arange(STYLES)
    shares = np.array(DESIGNATOR_SHARES)[(style >> DESIGNATOR_SHIFT) & 3]
    for bit, share in (
        (TYPE_IN_FULL, TYPE_IN_FULL_SHARE),
        (DIRECTION_IN_FULL, DIRECTION_IN_FULL_SHARE),
        (IN_FIGURES, IN_FIGURES_SHARE),
        (DIRECTION_BEHIND, DIRECTION_BEHIND_SHARE),
        (UNIT_IN_FRONT, UNIT_IN_FRONT_SHARE),
    ):
        shares = shares * np.where(style & bit, share, 1.0 - share)
    return guided((np.cumsum(shares) / shares.sum())[None, :])


def written_styles(u: FloatArray) -> Int8Array:
    """Return the styles (0 to 127) that uniforms choose."""
    return categories(_style_shares(), u).astype(np.int8)


@inlined
def shown_bits(street: int, form: int, unit: int, numbered: int, po_box: int) -> int:
    """Return the bits of a style that show in an address.

    ``street`` is a code of the street lexicon, ``numbered`` the number of ordinals at its beginning
    and ``po_box`` its last entry.
    """
    if street == po_box:
        return TYPE_IN_FULL
    shown = 0 if form % len(STREET_TYPES) == _WAY else TYPE_IN_FULL
    if form >= len(STREET_TYPES):
        shown |= DIRECTION_IN_FULL | DIRECTION_BEHIND
    if street < numbered:
        shown |= IN_FIGURES
    if unit > 0:
        shown |= 3 << DESIGNATOR_SHIFT | UNIT_IN_FRONT
    return shown


def po_box_street() -> int:
    """Return the code of the street lexicon that stands for a PO box."""
    return len(tables.streets().names) - 1


@cache
def _figures() -> dict[str, str]:
    """Return ordinals in figures by the word: SECOND is 2ND."""
    ends = {1: "ST", 2: "ND", 3: "RD"}
    numbers = range(1, int(tables.streets().numbered.sum()) + 1)
    return {
        ordinal(number): f"{number}{'TH' if 10 < number < 20 else ends.get(number % 10, 'TH')}"
        for number in numbers
    }


def written_address(name: str, form: int, number: int, unit: int, style: int = 0) -> str:
    """Return the delivery line of an address in a style, for people to read.

    ``name`` is the street's, misspelt or not, ``unit`` a unit code; a negative number is none.
    Style 0 is the postal standard but for ordinals in words: "12 N OAK ST APT 7".
    """
    full, shown_number = bool(style & TYPE_IN_FULL), str(number) if number >= 0 else ""
    if name == PO_BOX:
        return f"{'P.O. BOX' if full else 'PO BOX'} {shown_number}".rstrip()
    heading, kind = divmod(form, len(STREET_TYPES))
    direction = (DIRECTIONS_IN_FULL if style & DIRECTION_IN_FULL else DIRECTIONS)[heading]
    street = _figures().get(name, name) if style & IN_FIGURES else name
    street = f"{street} {(TYPES_IN_FULL if full else STREET_TYPES)[kind]}"
    words = [street, direction] if style & DIRECTION_BEHIND else [direction, street]
    line = " ".join(word for word in [shown_number, *words] if word)
    if not unit:
        return line
    shown = DESIGNATORS[(style >> DESIGNATOR_SHIFT) & 3] + unit_text(unit)
    return f"{shown}, {line}" if style & UNIT_IN_FRONT else f"{line} {shown}"
