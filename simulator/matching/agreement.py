"""How two records can agree in each field, as small integers: the vocabulary of comparison.

A name agreement is 0 (none), 80 to 100 (similarity in hundredths; 100: the same letters) or one of
``NamedAgreement``. What it *counts for* on the scale of hundredths is the scenario's choice and
held in a ``Scale``, so that one cut point orders similarities and named agreements alike. The other
fields have ordered levels; MISSING is apart from DIFFERENT because only the latter is evidence.
"""

from enum import IntEnum
from typing import Final

import numpy as np

from simulator.records import Int8Array
from simulator.scenario.schema import AddressThreshold, BirthDateThreshold, TinThreshold
from simulator.scenario.schema import NamedAgreements as NamedAgreementsPart

FLOOR: Final = 80
FULL: Final = 100
NAME_CODES: Final = 128


class NamedAgreement(IntEnum):
    """Ways in which names agree otherwise than by spelling; names as in the scenario."""

    DIFFERENTLY_WRITTEN = 101
    NICKNAME = 102
    ROMANISATION = 103
    INITIAL = 104
    DOUBLE_METAPHONE = 105
    NYSIIS = 106
    NAME_CONTROL = 107


class BirthAgreement(IntEnum):
    """Agreement of birth dates."""

    MISSING = 0
    DIFFERENT = 1
    YEAR = 2
    NEAR = 3
    SWAPPED = 4
    EXACT = 5


class AddressAgreement(IntEnum):
    """Agreement of addresses; see ``AddressThreshold`` for what each level asks."""

    MISSING = 0
    DIFFERENT = 1
    STATE = 2
    ZIP3 = 3
    ZIP5 = 4
    STREET = 5
    TRANSPOSED = 6
    BUILDING = 7
    UNIT_COMPATIBLE = 8
    EXACT = 9


class TinAgreement(IntEnum):
    """Agreement of taxpayer numbers."""

    MISSING = 0
    DIFFERENT = 1
    ONE_DIGIT_OFF = 2
    EXACT = 3


BIRTH_LEVELS: Final = tuple(BirthDateThreshold)
ADDRESS_LEVELS: Final = tuple(AddressThreshold)
TIN_LEVELS: Final = tuple(TinThreshold)
NAME_STEPS: Final = FULL - FLOOR + 1
ADDRESS_STEPS: Final = len(ADDRESS_LEVELS)
BIRTH_STEPS: Final = len(BIRTH_LEVELS)


def scale(part: NamedAgreementsPart) -> Int8Array:
    """Return what every name agreement counts for, in hundredths: shape (128,), 0 if not used."""
    values = np.zeros(NAME_CODES, np.int8)
    values[FLOOR : FULL + 1] = np.arange(FLOOR, FULL + 1)
    for named in NamedAgreement:
        value = getattr(part, named.name.lower())
        if value is not None:
            values[named] = round(value * FULL)
    return values


def passed_step(level: Int8Array) -> Int8Array:
    """Return the strictest threshold that a level passes, counted from ``any`` = 0.

    MISSING and DIFFERENT both pass ``any`` alone.
    """
    return np.maximum(level - 1, 0).astype(np.int8)
