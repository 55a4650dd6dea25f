"""The nine digits under which a taxpayer number is compared for typing errors.

Within the program a number is an integer of up to 63 bits whose neighbours are the same household;
its nine digits are scrambled from it (SplitMix64), so that being one digit off says nothing about
who lives with whom. Whether two numbers are the *same* is decided on the integers, never on the
digits: two of a hundred million people may share their nine.

A number with a digit got wrong is nobody's integer that carries its digits as they are written. A
roll that holds only the last four digits stores them as integers from ``LAST_FOUR_BASE`` on: equal
last four digits are evidence, never the same number.

Whether a number is an ITIN shows on it (real ones begin with 9): here it is a bit of the integer.

Limits: no digit tells SSN from ITIN, so that a number with a digit wrong never shows as an ITIN;
digits are drawn from all 10**9 rather than those issued.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.kernels import inlined
from simulator.randomness import FloatArray
from simulator.records import BoolArray, Int32Array, Int64Array

DIGITS: Final = 9
NUMBERS: Final = 10**DIGITS
NOBODYS_NUMBER: Final = 1 << 61
"""Numbers from here to ``NOBODYS_NUMBER + NUMBERS`` are written wrong: nobody has them."""
ITIN_BIT: Final = 1 << 62
"""Set in the integer of every ITIN."""
LAST_FOUR: Final = 10**4
LAST_FOUR_BASE: Final = 1 << 59
"""Numbers from here to ``LAST_FOUR_BASE + LAST_FOUR`` are four digits, and nobody's integer."""


def nine_digits(numbers: Int64Array) -> Int32Array:
    """Return the nine digits of each number as an integer; negative (none) stays -1."""
    words: npt.NDArray[np.uint64] = numbers.astype(np.int64).view(np.uint64)
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words = (words ^ (words >> np.uint64(31))) % np.uint64(NUMBERS)
    written = numbers - NOBODYS_NUMBER
    digits = np.where((written >= 0) & (written < NUMBERS), written, words.astype(np.int64))
    return np.where(numbers < 0, -1, digits).astype(np.int32)


def shows_itin(numbers: Int64Array) -> BoolArray:
    """Say which numbers show that they are ITINs; negative (none) does not."""
    return np.asarray((numbers >= 0) & (numbers & ITIN_BIT != 0))


def last_four(numbers: Int64Array) -> Int32Array:
    """Return the last four digits of each number as an integer; negative (none) stays -1.

    Numbers that are four digits alone (from ``LAST_FOUR_BASE`` on) give those.
    """
    four = numbers - LAST_FOUR_BASE
    alone = (four >= 0) & (four < LAST_FOUR)
    digits = np.where(alone, four, nine_digits(numbers) % LAST_FOUR)
    return np.where(numbers < 0, -1, digits).astype(np.int32)


def only_last_four(numbers: Int64Array) -> Int64Array:
    """Return what a roll that keeps the last four digits stores of each number, -1 for none."""
    four = last_four(numbers).astype(np.int64)
    return np.where(four < 0, -1, LAST_FOUR_BASE + four)


def neighbours(digits: Int32Array) -> Int32Array:
    """Return the 81 numbers that differ from each in exactly one digit: shape (numbers, 81)."""
    whole = digits.astype(np.int64)[:, None, None]
    place = 10 ** np.arange(DIGITS)[:, None]
    other = (whole // place + np.arange(1, 10)) % 10
    replaced = whole + (other - whole // place % 10) * place
    return replaced.reshape(digits.size, 9 * DIGITS).astype(np.int32)


def one_digit_wrong(numbers: Int64Array, u: FloatArray) -> Int64Array:
    """Return nobody's numbers with one digit of each number changed, by uniforms of shape (n,)."""
    near = neighbours(nine_digits(numbers))
    chosen = (u * near.shape[1]).astype(np.int64)
    return np.asarray(NOBODYS_NUMBER + near[np.arange(numbers.size), chosen].astype(np.int64))


@inlined
def one_digit_off(left: int, right: int) -> bool:
    """Say whether exactly one of nine digits differs."""
    differ = 0
    while left != right:
        differ += left % 10 != right % 10
        left //= 10
        right //= 10
    return differ == 1
