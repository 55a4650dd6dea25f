"""How the names of a pair agree: dense tables of one request, and the better of its readings.

Tables hold the agreement of every name of the lexicon with a name of the request; they are filled
for one request and cleared after it, so that comparing a name with another is one look-up. Where
names are not normalised, the same letters written differently agree as that and not in full; a name
read in the other field is taken to be written as in the account's. Rows of
``given``: the given name, and where names may stand in each other's place also both surnames, read
as given names. Rows of ``surname``: both surnames, and the given name read as a surname.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled, inlined
from simulator.lexicon import differently_written
from simulator.matching.agreement import FULL, NamedAgreement
from simulator.matching.comparison import code_of, surname_strength, value_of
from simulator.matching.pair import Frame, Left
from simulator.records import Int8Array

NAME_ROWS = 3
_DIFFERENTLY: Final = int(NamedAgreement.DIFFERENTLY_WRITTEN)
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
def _told_apart(
    two_ways: bool, both_double: bool, r: int, a: int, left: Left, right: Any, frame: Frame
) -> bool:
    """Say whether a name of the same letters is written differently, to a rule that looks."""
    asked, held = left.name_style[r], right.name_style[a]
    return frame.tells_writing and differently_written(asked, held, two_ways, both_double)


@inlined
def _written(
    agreement: int, two_ways: bool, r: int, a: int, left: Left, right: Any, frame: Frame
) -> int:
    """Return the strength of an agreement, of names that can be written in two ways or not."""
    if agreement == FULL and _told_apart(two_ways, False, r, a, left, right, frame):
        return int(frame.strength[_DIFFERENTLY])
    return int(frame.strength[agreement])


@inlined
def _given(slot: int, r: int, a: int, left: Left, right: Any, frame: Frame, tables: Tables) -> int:
    """Return the strength of a row of given names and the account's."""
    held = right.given[a]
    two_ways = frame.given_in_two_ways[held]
    return _written(tables.given[slot, held], two_ways, r, a, left, right, frame)


@inlined
def _surname(
    slot: int, code: int, r: int, a: int, left: Left, right: Any, frame: Frame, tables: Tables
) -> int:
    """Return the strength of a row of surnames and one of the account's."""
    two_ways = frame.surname_in_two_ways[code]
    return _written(tables.surname[slot, code], two_ways, r, a, left, right, frame)


@inlined
def _straight(r: int, a: int, left: Left, right: Any, frame: Frame, tables: Tables) -> int:
    """Return the strength of the surnames as written."""
    first, second = right.surname_1[a], right.surname_2[a]
    first_first = _surname(0, first, r, a, left, right, frame, tables)
    if not frame.best:
        return first_first
    double, account_double = left.surname_rows[1, r] >= 0, second >= 0
    first_second, second_first, second_second = 0, 0, 0
    if account_double:
        first_second = _surname(0, second, r, a, left, right, frame, tables)
    if double:
        second_first = _surname(1, first, r, a, left, right, frame, tables)
    if double and account_double:
        second_second = _surname(1, second, r, a, left, right, frame, tables)
    strength = surname_strength(
        first_first, first_second, second_first, second_second, double, account_double
    )
    both = double and account_double
    if code_of(strength) == FULL and _told_apart(False, both, r, a, left, right, frame):
        return int(frame.strength[_DIFFERENTLY])
    return strength


@inlined
def _crossed(
    r: int, a: int, left: Left, right: Any, frame: Frame, tables: Tables
) -> tuple[int, int]:
    """Return the strengths of given name and surname read in each other's place."""
    first, second = right.surname_1[a], right.surname_2[a]
    given = max(
        _given(1, r, a, left, right, frame, tables), _given(2, r, a, left, right, frame, tables)
    )
    surname = _surname(2, first, r, a, left, right, frame, tables)
    if frame.best and second >= 0:
        surname = max(surname, _surname(2, second, r, a, left, right, frame, tables))
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
    r: int, a: int, left: Left, right: Any, frame: Frame, tables: Tables
) -> tuple[int, int]:
    """Return the agreements of given name and surname in the better reading of a pair.

    ``right`` shows the names of the account in row ``a``: any table with those columns will do.
    """
    given = _given(0, r, a, left, right, frame, tables)
    surname = _straight(r, a, left, right, frame, tables)
    if frame.swapped:
        other_given, other_surname = _crossed(r, a, left, right, frame, tables)
        if _better(given, surname, other_given, other_surname):
            given, surname = other_given, other_surname
    return code_of(given), code_of(surname)
