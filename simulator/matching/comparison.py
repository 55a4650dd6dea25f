"""Agreement levels of the fields of a pair.

Names agree by a code (``matching.agreement``); codes are ordered by their *strength*: what they
count for; of those that count the same, the same letters come first, then the named agreement of
lowest number, then similarity. With double surnames the best assignment of parts counts, an
absent part being no evidence: where both records show two, both must agree, in either order, and
the weaker decides; where one shows one, the better of the other's decides.

A three-digit area may lie in two states: it counts as ``zip3`` even across their border, and so
passes threshold ``state`` there. Levels above ``zip5`` need a similar street name; where addresses
are not standardised they also need the same written form on both sides.

Suffixes and middle names carry no level; a scenario may take them as grounds to drop a pair.
"""

from typing import Final

import numpy as np

from simulator.kernels import inlined
from simulator.matching.agreement import (
    FULL,
    NAME_CODES,
    AddressAgreement,
    BirthAgreement,
    TinAgreement,
)
from simulator.records import Int8Array, Suffix
from simulator.taxpayer_digits import one_digit_off

_NO_SUFFIX: Final = int(Suffix.NONE)
_CODE_BITS: Final = 7
_LAST: Final = NAME_CODES - 1
_B_MISSING, _B_DIFFERENT = int(BirthAgreement.MISSING), int(BirthAgreement.DIFFERENT)
_B_YEAR, _B_NEAR = int(BirthAgreement.YEAR), int(BirthAgreement.NEAR)
_B_SWAPPED, _B_EXACT = int(BirthAgreement.SWAPPED), int(BirthAgreement.EXACT)
_A_MISSING, _A_DIFFERENT = int(AddressAgreement.MISSING), int(AddressAgreement.DIFFERENT)
_A_STATE, _A_ZIP3 = int(AddressAgreement.STATE), int(AddressAgreement.ZIP3)
_A_STREET, _A_TRANSPOSED = int(AddressAgreement.STREET), int(AddressAgreement.TRANSPOSED)
_A_BUILDING, _A_EXACT = int(AddressAgreement.BUILDING), int(AddressAgreement.EXACT)
_A_COMPATIBLE = int(AddressAgreement.UNIT_COMPATIBLE)
_T_MISSING, _T_DIFFERENT = int(TinAgreement.MISSING), int(TinAgreement.DIFFERENT)
_T_OFF, _T_EXACT = int(TinAgreement.ONE_DIGIT_OFF), int(TinAgreement.EXACT)


def strengths(counts_for: Int8Array) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the strength of every name agreement: what it counts for, then its place among equals.

    ``counts_for``: shape (128,), hundredths. 0 for codes that count for nothing. Strengths are
    positive int16 otherwise; ``code_of`` and ``value_of`` undo them.
    """
    place = np.zeros(NAME_CODES, np.int64)
    place[FULL:] = _LAST - np.arange(FULL, NAME_CODES)
    place[FULL] = _LAST
    packed = counts_for.astype(np.int64) * NAME_CODES + place
    return np.where(counts_for > 0, packed, 0).astype(np.int16)


@inlined
def code_of(strength: int) -> int:
    """Return the agreement of a strength; 0 for none."""
    place = strength & _LAST
    if place == _LAST:
        return FULL
    return _LAST - place if place > 0 else strength >> _CODE_BITS


@inlined
def value_of(strength: int) -> int:
    """Return what an agreement of this strength counts for, in hundredths."""
    return strength >> _CODE_BITS


@inlined
def surname_strength(
    first_first: int,
    first_second: int,
    second_first: int,
    second_second: int,
    request_double: bool,
    account_double: bool,
) -> int:
    """Return the strength of two surnames by best assignment of their parts.

    Arguments are the strengths of request part and account part, 0 where they do not agree.
    """
    if request_double and account_double:
        straight = min(first_first, second_second)
        crossed = min(first_second, second_first)
        return max(straight, crossed)
    return max(max(first_first, first_second), max(second_first, second_second))


@inlined
def suffix_conflict(left: int, right: int) -> bool:
    """Say whether both records show a suffix and not the same one."""
    return left != _NO_SUFFIX and right != _NO_SUFFIX and left != right


@inlined
def middle_conflict(
    left: int, right: int, left_letter: int, right_letter: int, either_is_initial: bool
) -> bool:
    """Say whether two middle names, by code, cannot be one.

    An initial agrees with every name that begins with it.
    """
    return left != right and not (either_is_initial and left_letter == right_letter)


@inlined
def _day_number(date: int) -> int:
    """Return the day of a date yyyymmdd, counted in the Gregorian calendar.

    The year is counted from March, so that the leap day is its last; 153 days make five months.
    """
    year, month, day = date // 10_000, date // 100 % 100, date % 100
    year -= month <= 2
    month = (month + 9) % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day


@inlined
def birth_level(left: int, right: int, days: int) -> int:
    """Return the ``BirthAgreement`` of two dates yyyymmdd; negative is missing.

    ``days``: how far apart by the calendar dates may lie that still agree as near.
    """
    if left < 0 or right < 0:
        return _B_MISSING
    if left == right:
        return _B_EXACT
    year_l, month_l, day_l = left // 10_000, left // 100 % 100, left % 100
    year_r, month_r, day_r = right // 10_000, right // 100 % 100, right % 100
    if year_l == year_r and month_l == day_r and day_l == month_r:
        return _B_SWAPPED
    off = abs(year_l - year_r) + abs(month_l - month_r) + abs(day_l - day_r)
    if off == 1:
        return _B_NEAR
    if abs(year_l - year_r) <= 2 and abs(_day_number(left) - _day_number(right)) <= days:
        return _B_NEAR
    return _B_YEAR if year_l == year_r else _B_DIFFERENT


@inlined
def area_level(known: bool, same_zip3: bool, same_state: bool) -> int:
    """Return the ``AddressAgreement`` of two addresses in different five-digit areas."""
    if not known:
        return _A_MISSING
    if same_zip3:
        return _A_ZIP3
    return _A_STATE if same_state else _A_DIFFERENT


@inlined
def digits_transposed(left: int, right: int) -> bool:
    """Say whether two house numbers differ by two neighbouring digits exchanged."""
    if left == right:
        return False
    while left % 10 == right % 10:
        left //= 10
        right //= 10
    exchanged = left % 10 == right // 10 % 10 and left // 10 % 10 == right % 10
    return exchanged and left // 100 == right // 100 and min(left, right) >= 10


@inlined
def house_level(
    same_street: bool, same_form: bool, number: int, other_number: int, unit: int, other_unit: int
) -> int:
    """Return the ``AddressAgreement`` of two addresses on similar streets of one ZIP.

    Units of 0 and less are missing. A negative number is missing: it agrees with none, not even
    with one that is missing too.
    """
    if not same_form or number < 0 or other_number < 0:
        return _A_STREET
    if number != other_number:
        return _A_TRANSPOSED if digits_transposed(number, other_number) else _A_STREET
    if max(unit, 0) == max(other_unit, 0):
        return _A_EXACT if same_street else _A_COMPATIBLE
    return _A_BUILDING if unit > 0 and other_unit > 0 else _A_COMPATIBLE


@inlined
def tin_level(left: int, right: int, left_digits: int, right_digits: int) -> int:
    """Return the ``TinAgreement`` of two numbers, negative being missing, and their nine digits."""
    if left < 0 or right < 0:
        return _T_MISSING
    if left == right:
        return _T_EXACT
    return _T_OFF if one_digit_off(left_digits, right_digits) else _T_DIFFERENT
