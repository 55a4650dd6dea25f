import numpy as np
import pytest

from simulator.enforcement.listing import DEPARTED_PLACE
from simulator.records import (
    HOUSEHOLD_BITS,
    MEMBER_BITS,
    Names,
    joined,
    person_number,
    taken,
)
from simulator.reference import tables


def names(*rows: tuple[int, int, int]) -> Names:
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3).T.copy()
    absent, plain = np.full(len(rows), -1, np.int32), np.zeros(len(rows), np.int8)
    return Names(columns[0], absent, columns[1], columns[2], plain)


def test_a_table_cannot_be_changed() -> None:
    table = names((1, 2, 3), (4, 5, 6))
    assert len(table) == 2
    for column in (table.given, table.surname_1, table.surname_2):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 9


def test_columns_must_be_equally_long() -> None:
    with pytest.raises(ValueError, match=r"columns of Names differ in length"):
        Names(
            given=np.zeros(2, np.int32),
            middle=np.zeros(2, np.int32),
            surname_1=np.zeros(3, np.int32),
            surname_2=np.zeros(2, np.int32),
            suffix=np.zeros(2, np.int8),
        )


def test_tables_join_end_to_end_and_rows_are_taken_in_order() -> None:
    first, second = names((1, 2, 3)), names((4, 5, 6), (7, 8, 9))
    whole = joined(Names, [first, names(), second])
    assert whole.given.tolist() == [1, 4, 7]
    assert whole.surname_2.tolist() == [3, 6, 9]
    assert whole.given.dtype == np.int32
    chosen = taken(whole, np.array([2, 0, 2]))
    assert chosen.surname_1.tolist() == [8, 2, 8]
    assert whole.given.tolist() == [1, 4, 7]
    with pytest.raises(ValueError, match="read-only"):
        chosen.given[0] = 0


def test_person_numbers_keep_place_dwelling_and_member_apart() -> None:
    most = (DEPARTED_PLACE + 100, 2**HOUSEHOLD_BITS - 1, 2**MEMBER_BITS - 1)
    corners = [
        (place, dwelling, member)
        for place in (0, 1, tables.zips().zip.size - 1, most[0])
        for dwelling in (0, 1, int(tables.zips().households.max()), most[1])
        for member in (0, 1, 6, most[2])
    ]
    numbers = person_number(*(np.array(column) for column in zip(*corners, strict=True)))
    assert np.unique(numbers).size == len(corners)
    assert (numbers >= 0).all()
    assert numbers.max() < 1 << 61  # numbers that nobody has, and ITINs, are marked from there on
    back = [
        (
            int(number >> (HOUSEHOLD_BITS + MEMBER_BITS)),
            int(number >> MEMBER_BITS) % 2**HOUSEHOLD_BITS,
            int(number) % 2**MEMBER_BITS,
        )
        for number in numbers
    ]
    assert back == corners
