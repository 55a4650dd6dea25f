"""Rolls and requests as strings: what a matcher outside this package is given.

Each record is written twice: as on paper (``full_name``, ``address``), in the style of its writer,
and in parts brought to one form (capitals without accents, one word per name, the postal standard
for streets). A missing field is None. Only observed columns are read here, never the truth.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator import lexicon
from simulator.enforcement.errors import PLACEHOLDERS
from simulator.exchange.layout import COLUMNS
from simulator.randomness import Stage, Streams
from simulator.records import AddressKind, Int32Array, Int64Array, Requests, Roll, Suffix
from simulator.reference import tables
from simulator.written_addresses import (
    DIRECTIONS,
    STREET_TYPES,
    po_box_street,
    unit_text,
    written_address,
)

_SUFFIXES = {Suffix.NONE: None, Suffix.JUNIOR: "JR", Suffix.SENIOR: "SR", Suffix.THIRD: "III"}
_DIGITS, _NUMBER_SLOT = 15, 2
Texts = npt.NDArray[np.object_]


def _texts(values: npt.NDArray[Any], text: Callable[[int], str | None]) -> Texts:
    """Return the text of every value, worked out once per distinct one; '' is None."""
    distinct, where = np.unique(values, return_inverse=True)
    found = np.array([text(int(value)) or None for value in distinct], dtype=object)
    return np.asarray(found[where.reshape(values.shape)])


def _date(birth: int) -> str:
    return "" if birth < 0 else f"{birth // 10_000:04d}-{birth // 100 % 100:02d}-{birth % 100:02d}"


def shown_numbers(tin: Int64Array, *, rng: Streams) -> Int64Array:
    """Return the number that stands in the place of each taxpayer number, -1 for none.

    A number inside this package says whose it is. The one shown is a keyed hash of it, of fifteen
    digits: longer than any that is issued, so that it is nobody's.
    """
    drawn = rng.table(Stage.EXPORT, _NUMBER_SLOT, np.maximum(tin, 0))[0]
    return np.where(tin < 0, -1, (drawn * 10**_DIGITS).astype(np.int64))


def _tin(number: int) -> str:
    return "" if number < 0 else f"{number:0{_DIGITS}d}"


def _number(number: int) -> str:
    return "" if number < 0 else str(number)


def _type(form: int) -> str:
    return "" if form < 0 else STREET_TYPES[form % len(STREET_TYPES)]


def _direction(form: int) -> str:
    return "" if form < 0 else DIRECTIONS[form // len(STREET_TYPES)]


def _place_columns(place: Int32Array) -> dict[str, Texts]:
    zips = tables.zips()
    return {
        "city": _texts(place, lambda row: zips.city[row] if row >= 0 else ""),
        "state": _texts(place, lambda row: zips.states[zips.state[row]] if row >= 0 else ""),
        "zip": _texts(place, lambda row: f"{zips.zip[row]:05d}" if row >= 0 else ""),
    }


def _line(street: str | None, form: int, number: int, unit: int, style: int) -> str | None:
    if street is None:
        return _number(number) or None
    if form < 0:
        return street
    return written_address(street, form, number, max(unit, 0), style)


def _addresses(table: Requests | Roll) -> dict[str, Texts]:
    """Return the address columns of any records; what is behind a placeholder comes later."""
    street = _texts(table.street, lexicon.street_names().text)
    lines = zip(
        street,
        table.form.tolist(),
        table.number.tolist(),
        table.unit.tolist(),
        table.style.tolist(),
        strict=True,
    )
    box = np.where(table.street == po_box_street(), -1, table.form)
    address = np.array([None, *(_line(*parts) for parts in lines)], dtype=object)[1:]
    return {
        "address": address,
        "number": _texts(table.number, _number),
        "street": street,
        "street_type": _texts(box, _type),
        "street_direction": _texts(box, _direction),
        "unit": _texts(np.maximum(table.unit, 0), unit_text),
        **_place_columns(table.place),
    }


def _full_names(table: Requests | Roll) -> Texts:
    columns = (
        table.given,
        table.middle,
        table.surname_1,
        table.surname_2,
        table.suffix,
        table.name_style,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    names = [lexicon.written_name(*row) or None for row in rows]
    return np.array([None, *names], dtype=object)[1:]


def _written(table: Requests | Roll, rng: Streams) -> pd.DataFrame:
    words = lexicon.names().lexicon
    columns = {
        "full_name": _full_names(table),
        "given_name": _texts(table.given, words.text),
        "middle_name": _texts(table.middle, words.text),
        "surname_1": _texts(table.surname_1, words.text),
        "surname_2": _texts(table.surname_2, words.text),
        "suffix": _texts(table.suffix, lambda code: _SUFFIXES[Suffix(code)]),
        "birth_date": _texts(table.birth, _date),
        **_addresses(table),
        "tin": _texts(shown_numbers(table.tin, rng=rng), _tin),
    }
    return pd.DataFrame({name: pd.Series(columns[name], dtype=object) for name in COLUMNS})


def written_roll(roll: Roll, *, rng: Streams) -> pd.DataFrame:
    """Return the accounts as strings: columns ``COLUMNS``, one row per account, None if missing."""
    return _written(roll, rng)


def written_requests(requests: Requests, *, rng: Streams) -> pd.DataFrame:
    """Return the requests as strings, as ``written_roll``; placeholders stand in ``address``."""
    table = _written(requests, rng)
    kind = requests.address_kind.astype(np.int64)
    address = table["address"].to_numpy(copy=True)
    address[kind == AddressKind.MISSING] = None
    held = kind >= AddressKind.PLACEHOLDER
    address[held] = np.array(PLACEHOLDERS, dtype=object)[kind[held] - AddressKind.PLACEHOLDER]
    table["address"] = pd.Series(address, dtype=object)
    return table
