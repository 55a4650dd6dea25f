"""How the names of a pair agree: dense tables of one request, and the better of its readings.

Tables hold the agreement of every name of the lexicon with a name of the request; they are filled
for one request and cleared after it, so that comparing a name with another is one look-up. Rows of
``given``: the given name, and where names may stand in each other's place also both surnames, read
as given names. Rows of ``surname``: both surnames, and the given name read as a surname.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled, inlined
from simulator.matching.comparison import code_of, surname_strength, value_of
from simulator.matching.pair import Frame, Left, Right
from simulator.records import Int8Array

NAME_ROWS = 3
Int8Matrix = npt.NDArray[np.int8]


class Tables(NamedTuple):
    """Agreement of every name with those of one request, and similarity of every street."""

    given: Int8Matrix
    surname: Int8Matrix
    street: Int8Array


@compiled
def empty_tables(names: int, streets: int) -> Tables:
    """Return tables in which nothing agrees."""
    return Tables(
        np.zeros((NAME_ROWS, names), np.int8),
        np.zeros((NAME_ROWS, names), np.int8),
        np.zeros(streets, np.int8),
    )


@inlined
def _set_names(r: int, left: Left, tables: Tables, keep: int) -> None:
    for slot in range(NAME_ROWS):
        row = left.given_rows[slot, r]
        if row >= 0:
            for k in range(left.given.starts[row], left.given.starts[row + 1]):
                tables.given[slot, left.given.codes[k]] = keep * left.given.agreement[k]
        row = left.surname_rows[slot, r]
        if row >= 0:
            for k in range(left.surname.starts[row], left.surname.starts[row + 1]):
                tables.surname[slot, left.surname.codes[k]] = keep * left.surname.agreement[k]


@inlined
def set_tables(r: int, left: Left, tables: Tables, keep: int) -> None:
    """Fill the tables for a request (``keep`` 1) or clear them after it (``keep`` 0)."""
    _set_names(r, left, tables, keep)
    row = left.street_row[r]
    if row >= 0:
        streets = left.similar_streets
        for k in range(streets.starts[row], streets.starts[row + 1]):
            tables.street[streets.codes[k]] = keep * streets.hundredths[k]


@inlined
def _straight(r: int, a: int, left: Left, right: Right, frame: Frame, tables: Tables) -> int:
    """Return the strength of the surnames as written."""
    first, second = right.surname_1[a], right.surname_2[a]
    first_first = int(frame.strength[tables.surname[0, first]])
    if not frame.best:
        return first_first
    double, account_double = left.surname_rows[1, r] >= 0, second >= 0
    first_second, second_first, second_second = 0, 0, 0
    if account_double:
        first_second = int(frame.strength[tables.surname[0, second]])
    if double:
        second_first = int(frame.strength[tables.surname[1, first]])
    if double and account_double:
        second_second = int(frame.strength[tables.surname[1, second]])
    return surname_strength(
        first_first, first_second, second_first, second_second, double, account_double
    )


@inlined
def _crossed(a: int, right: Right, frame: Frame, tables: Tables) -> tuple[int, int]:
    """Return the strengths of given name and surname read in each other's place."""
    held, first, second = right.given[a], right.surname_1[a], right.surname_2[a]
    given = max(
        int(frame.strength[tables.given[1, held]]), int(frame.strength[tables.given[2, held]])
    )
    surname = int(frame.strength[tables.surname[2, first]])
    if frame.best and second >= 0:
        surname = max(surname, int(frame.strength[tables.surname[2, second]]))
    return given, surname


@inlined
def _better(given: int, surname: int, other_given: int, other_surname: int) -> bool:
    """Say whether the other reading is better: by its weaker name, then by the sum of both."""
    weaker = min(value_of(given), value_of(surname))
    other_weaker = min(value_of(other_given), value_of(other_surname))
    if weaker != other_weaker:
        return other_weaker > weaker
    total = value_of(given) + value_of(surname)
    return value_of(other_given) + value_of(other_surname) > total


@inlined
def name_codes(
    r: int, a: int, left: Left, right: Right, frame: Frame, tables: Tables
) -> tuple[int, int]:
    """Return the agreements of given name and surname in the better reading of a pair."""
    given = int(frame.strength[tables.given[0, right.given[a]]])
    surname = _straight(r, a, left, right, frame, tables)
    if frame.swapped:
        other_given, other_surname = _crossed(a, right, frame, tables)
        if _better(given, surname, other_given, other_surname):
            given, surname = other_given, other_surname
    return code_of(given), code_of(surname)
