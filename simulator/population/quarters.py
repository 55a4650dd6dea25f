"""People in group quarters: dormitories, prisons, nursing homes, barracks and other institutions.

Each place holds one person. All places of a facility are of one kind, drawn from the national
shares; ages and sex follow the kind. People in quarters by kind, 2020 Census: college housing 2.8
million, adult correctional 1.9, nursing 1.6, military .33, other 1.6 of 8.2 [recalled]; ages and
sexes within them [assumption].

Limits: which kinds of facility a ZIP has is drawn, not counted; origins in them are the ZIP's.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from simulator.inversion import Guided, category, guided
from simulator.kernels import inlined
from simulator.population.ages import OLDEST, bracket_shares
from simulator.randomness import FloatArray, Stage, Word, uniforms

FACILITY_SLOT = 3  # of the household stage: the kind of a facility, by its number in the ZIP
_HOUSEHOLD = int(Stage.HOUSEHOLD)
COLLEGE, PRISON, NURSING, MILITARY, OTHER = range(5)
# By kind of facility: people in it, share of women, and ages (first and last year, share).
PEOPLE = (2.8, 1.9, 1.6, 0.33, 1.6)
WOMEN = (0.54, 0.07, 0.68, 0.15, 0.40)
AGES = (
    ((18, 19, 0.55), (20, 22, 0.45)),
    ((18, 24, 0.12), (25, 34, 0.31), (35, 44, 0.28), (45, 59, 0.25), (60, 75, 0.04)),
    ((55, 64, 0.10), (65, 74, 0.19), (75, 84, 0.31), (85, 99, 0.40)),
    ((18, 24, 0.70), (25, 35, 0.30)),
    ((10, 17, 0.12), (18, 34, 0.25), (35, 54, 0.30), (55, 64, 0.20), (65, 85, 0.13)),
)


class Quarters(NamedTuple):
    """What people in group quarters are drawn from: a row of ``ages`` and of ``women`` a kind."""

    kinds: Guided
    ages: Guided
    women: FloatArray


@cache
def quarters_tables() -> Quarters:
    """Return what people in group quarters are drawn from."""
    people = np.array(PEOPLE)
    ages = np.stack([bracket_shares(brackets, 0, OLDEST) for brackets in AGES])
    return Quarters(
        guided(np.cumsum(people / people.sum())[None, :]),
        guided(np.cumsum(ages, axis=1)),
        np.array(WOMEN),
    )


@inlined
def facility_kind(
    seed: Word, replicate: Word, zip_code: int, facility: int, quarters: Quarters
) -> int:
    """Return the kind of a facility of a ZIP."""
    u = uniforms(seed, replicate, _HOUSEHOLD, FACILITY_SLOT, zip_code, facility)[0]
    return category(quarters.kinds, 0, u)


@inlined
def resident(kind: int, u_sex: float, u_age: float, quarters: Quarters) -> tuple[int, int]:
    """Return (age, sex) of somebody who lives in a facility of a kind; sex 1 is a woman."""
    sex = 1 if u_sex < quarters.women[kind] else 0
    return category(quarters.ages, kind, u_age), sex
