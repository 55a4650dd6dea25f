"""Agreement levels of the fields of a pair, and the thresholds they pass.

Names agree by Jaro-Winkler similarity in hundredths (0 below the floor). With double surnames the
best assignment of parts counts, an absent part being no evidence: where both records show two,
both must agree, in either order; where one shows one, it must agree with either of the other's.

Birth dates: 3 the same; 2 day and month swapped, or two of year, month and day the same and the
third one off; 1 the same year; 0 otherwise or missing. Addresses: 5 all the same; 4 the same but
for the unit and up to a similar street name; 3 a similar street name in the same ZIP; 2 the same
ZIP; 1 the same first three digits; 0 otherwise or missing. Where addresses are not standardised,
levels above 2 need the same written form on both sides.

Suffixes and middle names carry no level; a scenario may take them as grounds to drop a pair.
"""

from typing import Final

import numpy as np

from simulator.kernels import compiled
from simulator.matching.agreement import (
    ADDRESS_LEVELS,
    ADDRESS_STEPS,
    BIRTH_LEVELS,
    FLOOR,
    FULL,
    NAME_STEPS,
    passed_step,
)
from simulator.records import BoolArray, CandidatePairs, Int8Array, Suffix
from simulator.scenario.schema import AddressThreshold, BirthDateThreshold

_NO_SUFFIX: Final = int(Suffix.NONE)
CELLS: Final = NAME_STEPS * ADDRESS_STEPS


@compiled
def surname_similarity(
    first_first: int,
    first_second: int,
    second_first: int,
    second_second: int,
    request_double: bool,
    account_double: bool,
) -> int:
    """Return the similarity of two surnames by best assignment of their parts.

    Arguments are the similarities of request part and account part, 0 below the floor.
    """
    if request_double and account_double:
        straight = min(first_first, second_second)
        crossed = min(first_second, second_first)
        return max(straight, crossed)
    return max(max(first_first, first_second), max(second_first, second_second))


@compiled
def suffix_conflict(left: int, right: int) -> bool:
    """Say whether both records show a suffix and not the same one."""
    return left != _NO_SUFFIX and right != _NO_SUFFIX and left != right


@compiled
def middle_conflict(
    left: int, right: int, left_letter: int, right_letter: int, either_is_initial: bool
) -> bool:
    """Say whether two middle names, by code, cannot be one.

    An initial agrees with every name that begins with it.
    """
    return left != right and not (either_is_initial and left_letter == right_letter)


@compiled
def birth_level(left: int, right: int) -> int:
    """Return the ``BirthAgreement`` of two dates yyyymmdd; negative is missing."""
    if left < 0 or right < 0:
        return 0
    if left == right:
        return 5
    year_l, month_l, day_l = left // 10_000, left // 100 % 100, left % 100
    year_r, month_r, day_r = right // 10_000, right // 100 % 100, right % 100
    if year_l == year_r and month_l == day_r and day_l == month_r:
        return 4
    same = (year_l == year_r) + (month_l == month_r) + (day_l == day_r)
    off = abs(year_l - year_r) + abs(month_l - month_r) + abs(day_l - day_r)
    if same == 2 and off == 1:
        return 3
    return 2 if year_l == year_r else 1


@compiled
def address_level(
    same_zip3: bool,
    same_zip5: bool,
    street_agrees: bool,
    same_street: bool,
    same_form: bool,
    same_number: bool,
    same_unit: bool,
) -> int:
    """Return the ``AddressAgreement`` of two addresses from the agreement of their parts."""
    if not same_zip5:
        return 3 if same_zip3 else 1
    if not street_agrees:
        return 4
    if not (same_form and same_number):
        return 5
    return 9 if same_street and same_unit else 7


def name_cells(pairs: CandidatePairs) -> Int8Array:
    """Return for each pair the strictest name threshold it passes, in steps above the floor."""
    return (np.minimum(pairs.given, pairs.surname) - FLOOR).astype(np.int8)


def passes_birth_date(pairs: CandidatePairs, threshold: BirthDateThreshold) -> BoolArray:
    """Say which pairs pass the birth-date threshold; pairs by number are not asked."""
    return np.asarray(pairs.by_tin | (passed_step(pairs.birth) >= BIRTH_LEVELS.index(threshold)))


def name_step(threshold: float) -> int:
    """Return the step of a name threshold above the floor."""
    return round(threshold * FULL) - FLOOR


def address_step(threshold: AddressThreshold) -> int:
    """Return the step of an address threshold."""
    return ADDRESS_LEVELS.index(threshold)
