"""What the digits of a number show, and what they do not."""

import numpy as np

from simulator.records import person_number
from simulator.taxpayer_digits import (
    ITIN_BIT,
    LAST_FOUR,
    LAST_FOUR_BASE,
    NOBODYS_NUMBER,
    last_four,
    nine_digits,
    one_digit_wrong,
    only_last_four,
    shows_itin,
)

NUMBERS = np.concatenate(
    [
        np.arange(1_000, dtype=np.int64),
        person_number(np.full(50, 41_000), np.arange(50), 3),
        person_number(np.full(50, 41_000), np.arange(50), 3) | ITIN_BIT,
    ]
)


def test_a_written_number_has_the_last_four_of_its_nine_digits() -> None:
    written = np.array([NOBODYS_NUMBER + 123_456_789, NOBODYS_NUMBER + 42, -1])
    assert nine_digits(written).tolist() == [123_456_789, 42, -1]
    assert last_four(written).tolist() == [6_789, 42, -1]
    np.testing.assert_array_equal(last_four(NUMBERS), nine_digits(NUMBERS) % 10_000)


def test_four_digits_alone_are_compared_as_such_and_are_nobodys_number() -> None:
    alone = only_last_four(np.append(NUMBERS, -1))
    np.testing.assert_array_equal(last_four(alone), last_four(np.append(NUMBERS, -1)))
    assert alone[-1] == -1
    assert (alone[:-1] >= LAST_FOUR_BASE).all()
    assert (alone < LAST_FOUR_BASE + LAST_FOUR).all()
    assert not np.isin(NUMBERS, alone).any()
    np.testing.assert_array_equal(only_last_four(alone), alone)


def test_only_itins_show_as_such_and_none_with_a_wrong_digit() -> None:
    np.testing.assert_array_equal(shows_itin(NUMBERS), NUMBERS >= ITIN_BIT)
    assert not shows_itin(np.array([-1, NOBODYS_NUMBER, LAST_FOUR_BASE])).any()
    itins = NUMBERS[NUMBERS >= ITIN_BIT]
    assert not shows_itin(one_digit_wrong(itins, np.linspace(0.0, 0.99, itins.size))).any()
