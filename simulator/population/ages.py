"""Ages and birth dates: of adults by stage of life, of partners, children and grandchildren.

Adults who head a household draw an age from the profile of their stage of life (alone, in a couple,
a parent, ...), weighted by decade of birth for their name group and nativity, so that all residents
together follow the published age structure (``age_weights``). Partners follow the couple's gap,
children the mother: she was 18 to 42 years old at each birth. Sisters and brothers are at least
300 days apart unless they are twins, who share a birth date.

A year has 365 days here: nobody is born on 29 February, and an age in days is 365 times the age in
years plus the days since the last birthday.

Limits: the chance that a child still lives at home depends on its age alone; parents' mortality,
divorce and remarriage are not modelled; ages stop at 99.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.inversion import Guided, category, guided
from simulator.kernels import inlined
from simulator.population import age_weights
from simulator.randomness import FloatArray, IntArray
from simulator.reference import tables

REFERENCE_YEAR, REFERENCE_DAY = 2025, 97  # 7 April 2025, the day of the memorandum
ADULT, OLDEST = 18, 99
LEAST_GAP, LARGEST_GAP = 18, 42
YEAR = 365
ALONE, COUPLE, PARENT, MIDDLE, GRANDPARENT, RELATIVE, HOUSEMATE = range(7)
# Age of heads by stage of life: first and last year, share. CPS 2023 and ACS 2022, householders by
# age and type of household, rounded [recalled]; grandparents, relatives, housemates [assumption].
PROFILES: tuple[tuple[tuple[int, int, float], ...], ...] = (
    (
        (18, 24, 0.04),
        (25, 34, 0.14),
        (35, 44, 0.11),
        (45, 54, 0.12),
        (55, 64, 0.20),
        (65, 74, 0.20),
        (75, 84, 0.13),
        (85, 99, 0.06),
    ),
    (
        (18, 24, 0.03),
        (25, 34, 0.15),
        (35, 44, 0.08),
        (45, 54, 0.12),
        (55, 64, 0.23),
        (65, 74, 0.24),
        (75, 84, 0.12),
        (85, 94, 0.03),
    ),
    (
        (19, 24, 0.02),
        (25, 34, 0.18),
        (35, 44, 0.34),
        (45, 54, 0.27),
        (55, 64, 0.13),
        (65, 79, 0.06),
    ),
    ((20, 24, 0.03), (25, 34, 0.24), (35, 44, 0.37), (45, 54, 0.28), (55, 61, 0.08)),
    ((42, 49, 0.10), (50, 59, 0.36), (60, 69, 0.35), (70, 79, 0.15), (80, 87, 0.04)),
    (
        (18, 24, 0.12),
        (25, 34, 0.20),
        (35, 44, 0.15),
        (45, 54, 0.16),
        (55, 64, 0.20),
        (65, 79, 0.17),
    ),
    (
        (18, 24, 0.25),
        (25, 34, 0.38),
        (35, 44, 0.14),
        (45, 54, 0.09),
        (55, 64, 0.08),
        (65, 79, 0.06),
    ),
)
# Chance that a child of an age still lives at home, by first year of age; falls linearly between:
# 57% of people aged 18 to 24 and 16% of those of 25 to 34 live with their parents, CPS 2022
# [recalled], those in college dormitories among the former.
AT_HOME = (
    (0, 0.85),
    (10, 1.0),
    (18, 1.0),
    (19, 0.76),
    (22, 0.58),
    (25, 0.28),
    (30, 0.12),
    (40, 0.05),
    (66, 0),
)
# Years by which the man of a couple is older: first and last, share, CPS 2022 [recalled].
COUPLE_GAPS = ((-6, -2, 0.14), (-1, 1, 0.34), (2, 5, 0.34), (6, 11, 0.18))
LEAST_COUPLE_GAP = COUPLE_GAPS[0][0]
CLASSES = 2 * len(tables.NAME_GROUPS)  # name group and nativity
DECADES = len(tables.COHORT_FIRST_YEARS)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TODAY = REFERENCE_YEAR * YEAR + REFERENCE_DAY - 1


class Ages(NamedTuple):
    """What ages are drawn from; a named tuple for compiled loops.

    ``heads`` has row ``CLASSES`` x stage + class; ``gaps`` one row; ``at_home`` (ages + 1,) is the
    cumulative weight of children younger than each age; ``dates`` (days of the year) is month and
    day.
    """

    heads: Guided
    gaps: Guided
    at_home: FloatArray
    dates: npt.NDArray[np.int32]


def decades_of(ages: IntArray) -> IntArray:
    """Return the row of ``COHORT_FIRST_YEARS`` in which most people of an age were born.

    As of the reference day, when those born in the 2020s are up to 5.3 years old.
    """
    return np.clip(DECADES - 2 - (ages - (REFERENCE_YEAR - 2020)) // 10, 0, DECADES - 1)


def bracket_shares(
    brackets: tuple[tuple[int, int, float], ...], lowest: int, highest: int
) -> FloatArray:
    """Return the share of every year from ``lowest`` to ``highest``, brackets spread evenly."""
    shares = np.zeros(highest - lowest + 1)
    for first, last, share in brackets:
        shares[first - lowest : last - lowest + 1] = share / (last - first + 1)
    return shares


@cache
def head_age_shares() -> FloatArray:
    """Return the shares of ages 0 to ``OLDEST`` of heads, (stages, classes, ages).

    Class 2 g + f is name group g, f being 1 for the foreign-born.
    """
    base = np.stack([bracket_shares(profile, 0, OLDEST) for profile in PROFILES])
    weights = np.array(age_weights.AGE_WEIGHTS)[:, decades_of(np.arange(OLDEST + 1))]
    shares = base[:, None, :] * weights[None, :, :]
    return np.asarray(shares / shares.sum(axis=2, keepdims=True))


@cache
def age_tables() -> Ages:
    """Return what ages are drawn from."""
    heads = np.cumsum(head_age_shares(), axis=2).reshape(-1, OLDEST + 1)
    gaps = np.cumsum(bracket_shares(COUPLE_GAPS, LEAST_COUPLE_GAP, COUPLE_GAPS[-1][1]))
    points, chances = np.array(AT_HOME).T
    at_home = np.interp(np.arange(OLDEST + 1), points, chances)
    dates = [(month + 1) * 100 + day + 1 for month, n in enumerate(_MONTHS) for day in range(n)]
    return Ages(
        guided(heads),
        guided(gaps[None, :]),
        np.concatenate([[0.0], np.cumsum(at_home)]),
        np.array(dates, dtype=np.int32),
    )


@inlined
def birth_date(days: int, ages: Ages) -> int:
    """Return the birth date yyyymmdd of somebody who is so many days old on the reference day."""
    born = _TODAY - days
    return int(born // YEAR * 10_000 + ages.dates[born % YEAR])


@inlined
def days_old(age: int, u: float) -> int:
    """Return an age in days from one in years."""
    return age * YEAR + int(u * YEAR)


@inlined
def head_age(stage: int, origin_class: int, u: float, ages: Ages) -> int:
    """Return the age of somebody who heads a household in a stage of life."""
    return category(ages.heads, CLASSES * stage + origin_class, u)


@inlined
def partner_age(age: int, sex: int, u: float, ages: Ages) -> int:
    """Return the age of the partner of a head of this age and sex (0 a man)."""
    gap = LEAST_COUPLE_GAP + category(ages.gaps, 0, u)
    return int(min(OLDEST, max(ADULT, age - gap if sex == 0 else age + gap)))


@inlined
def parent_age(age: int, u: float) -> int:
    """Return the age of a parent of somebody of this age."""
    span = min(LARGEST_GAP, OLDEST - age) - LEAST_GAP + 1
    return age + LEAST_GAP + int(u * max(1, span))


@inlined
def near_age(age: int, spread: int, u: float) -> int:
    """Return the age of an adult at most ``spread`` years older or younger."""
    return min(OLDEST, max(ADULT, age - spread + int(u * (2 * spread + 1))))
