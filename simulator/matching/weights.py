"""Match weights: how likely each level of each field is for one person, and for two.

The weight of a level is log2(m / u), in bits (Fellegi and Sunter, "A theory for record linkage",
JASA 64, 1969): m is its chance among pairs of one person, u among pairs of two people. Fields are
taken as independent within either kind of pair; where they are not (relatives share surname and
address), the sum of weights overstates the evidence.

Chances are of pairs in which neither record lacks the field, so that a missing field weighs
nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from simulator.matching.vectors import FIELDS, level_names
from simulator.randomness import FloatArray
from simulator.scenario.schema import MatchingPart, WeighedFields, WeightsFrom

COLUMNS = ("field", "level", "m", "u", "weight_bits", "source")


@dataclass(frozen=True)
class Chances:
    """Chances m and u of the levels of one field, strongest first and none last, shape (L + 1,)."""

    m: FloatArray
    u: FloatArray

    def __post_init__(self) -> None:
        """Freeze both; raise ValueError unless all are positive and each sums to 1."""
        for values in (self.m, self.u):
            values.setflags(write=False)
            if values.min() <= 0.0 or abs(values.sum() - 1.0) > 1e-5:
                raise ValueError(f"chances must be positive and sum to 1, not {values.tolist()}")
        if self.m.shape != self.u.shape:
            raise ValueError("m and u differ in length")

    @property
    def bits(self) -> FloatArray:
        """Weight of each level in bits; missing, last, weighs 0: shape (L + 2,)."""
        return np.append(np.log2(self.m / self.u), 0.0)


@dataclass(frozen=True)
class Weights:
    """The chances of every field of ``FIELDS`` and where they come from.

    ``source`` says it per field: ``given``, ``oracle`` or ``em``; ``converged`` is False where EM
    stopped at its limit of steps.
    """

    fields: Mapping[str, Chances]
    source: Mapping[str, WeightsFrom]
    converged: bool = True

    def to_rows(self, levels: WeighedFields) -> Iterator[tuple[str, str, float, float, float, str]]:
        """Yield a row of ``COLUMNS`` for every level of every field."""
        for field in FIELDS:
            chances = self.fields[field]
            source = str(self.source[field])
            if source == WeightsFrom.EM and not self.converged:
                source += ", not converged"
            names = level_names(levels, field)
            for name, m, u, bits in zip(names, chances.m, chances.u, chances.bits, strict=False):
                yield field, name, float(m), float(u), float(bits), source


def given_chances(part: MatchingPart, field: str) -> Chances:
    """Return the chances of a field as the scenario gives them."""
    levels = getattr(part.fields, field)
    return Chances(np.array(levels.m), np.array(levels.u))


def given_weights(part: MatchingPart) -> Weights:
    """Return the weights that the scenario itself gives."""
    return Weights(
        {field: given_chances(part, field) for field in FIELDS},
        dict.fromkeys(FIELDS, WeightsFrom.GIVEN),
    )
