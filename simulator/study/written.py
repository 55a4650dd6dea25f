"""Records as a reader would see them on paper: names, addresses, dates and numbers as text.

Nothing here decides anything; a field that a record lacks is the empty string.
"""

from dataclasses import dataclass

import numpy as np

from simulator import lexicon
from simulator.enforcement.errors import PLACEHOLDERS
from simulator.lexicon import ABSENT
from simulator.population.addresses import postal_addresses
from simulator.records import AddressKind, Requests, Roll
from simulator.reference import tables
from simulator.taxpayer_digits import nine_digits
from simulator.written_addresses import written_address


@dataclass(frozen=True)
class Paper:
    """What a record says, as written; ``birth_date`` is yyyy-mm-dd."""

    name: str
    given_name: str
    surname: str
    address: str
    birth_date: str
    tin: str


def _date(birth: int) -> str:
    return f"{birth // 10000:04d}-{birth // 100 % 100:02d}-{birth % 100:02d}" if birth > 0 else ""


def _zip(place: int) -> str:
    if place == ABSENT:
        return ""
    zips = tables.zips()
    return f"{zips.city[place].upper()}, {zips.states[zips.state[place]]} {zips.zip[place]:05d}"


def _line(street: int, form: int, number: int, unit: int, style: int) -> str:
    if street == ABSENT:
        return ""
    name = lexicon.street_names().text(street)
    if form == ABSENT:
        return name
    return written_address(name, form, number, max(unit, 0), style)


def written_at(table: Requests | Roll, row: int) -> str:
    """Return the address of a record, or the words that stand in its place."""
    if isinstance(table, Requests) and table.address_kind[row] != AddressKind.WRITTEN:
        kind = int(table.address_kind[row])
        return PLACEHOLDERS[kind - AddressKind.PLACEHOLDER] if kind > AddressKind.MISSING else ""
    line = _line(
        int(table.street[row]),
        int(table.form[row]),
        int(table.number[row]),
        int(table.unit[row]),
        int(table.style[row]),
    )
    return ", ".join(part for part in (line, _zip(int(table.place[row]))) if part)


def home(place: int, dwelling: int) -> str:
    """Return the postal address of a dwelling."""
    parts = postal_addresses(np.array([place]), np.array([dwelling]))[:, 0]
    street, form, number, unit = (int(part) for part in parts)
    return f"{_line(street, form, number, unit, 0)}, {_zip(place)}"


def in_letters(digits: int) -> str:
    """Return nine digits as letters, A for 0 to J for 9.

    The digits that are compared are drawn from all there are, and written out some would be
    somebody's number.
    """
    return "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{digits:09d}")


def on_paper(table: Requests | Roll, row: int) -> Paper:
    """Return what a record says."""
    words = lexicon.names().lexicon
    codes = [int(getattr(table, part)[row]) for part in ("given", "surname_1", "surname_2")]
    given, *surnames = (words.text(code) for code in codes)
    return Paper(
        name=lexicon.written_name(
            codes[0],
            int(table.middle[row]),
            codes[1],
            codes[2],
            int(table.suffix[row]),
            int(table.name_style[row]),
        ),
        given_name=given,
        surname=" ".join(surname for surname in surnames if surname),
        address=written_at(table, row),
        birth_date=_date(int(table.birth[row])),
        tin=in_letters(int(nine_digits(table.tin[[row]])[0])) if table.tin[row] >= 0 else "",
    )
