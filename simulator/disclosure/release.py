"""What is withheld although the records agree: the age limit on the last known address."""

import numpy as np

from simulator.records import BoolArray, CandidatePairs, Roll
from simulator.scenario.schema import DisclosurePart


def released(pairs: CandidatePairs, roll: Roll, part: DisclosurePart) -> BoolArray:
    """Say which pairs may be disclosed; the others are answered with silence."""
    if part.max_address_age_years is None:
        return np.ones(len(pairs), np.bool_)
    age = roll.years_since_filing[pairs.account]
    return np.asarray(age <= part.max_address_age_years)
