"""The published side: one row of data for each statistic, with its source and its tolerance.

Tolerances follow from the precision of the source by the rules in `docs/population.md`, which also
says what had been seen when they were set; they are never moved for a result's sake. A row that the
model cannot meet stays, and says why.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_FILE = "targets.csv"


class Tolerance(StrEnum):
    """What a tolerance is a number of: parts of the published value, or its unit."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


@dataclass(frozen=True)
class Target:
    """One published figure.

    ``scale`` is the national population that a share of people is multiplied by, 1 where
    the statistic is compared as it is. ``mark`` is seen, recalled or computed. ``explanation`` says
    why a row is not met, empty where nothing is known to stand in the way; what is then simulated
    instead is ``expected``, give or take ``expected_tolerance`` (in the unit of the row): an
    explanation is no licence to drift. Rows without an explanation have neither.
    """

    id: str
    area: str
    label: str
    statistic: str
    unit: str
    published: float
    mark: str
    year: str
    source: str
    scale: float
    tolerance: float
    kind: Tolerance
    rule: str
    reason: str
    explanation: str
    expected: float | None
    expected_tolerance: float | None

    @property
    def allowed(self) -> float:
        """How far from the published value a result may lie, in its unit."""
        relative = self.kind is Tolerance.RELATIVE
        return self.tolerance * abs(self.published) if relative else self.tolerance


@cache
def targets() -> tuple[Target, ...]:
    """Return every target, by area and in the order they are shown."""
    rows = csv.DictReader(io.StringIO(_bytes().decode("utf-8")))
    return tuple(
        Target(
            id=row["id"],
            area=row["area"],
            label=row["label"],
            statistic=row["statistic"],
            unit=row["unit"],
            published=float(row["published"]),
            mark=row["mark"],
            year=row["year"],
            source=row["source"],
            scale=float(row["scale"] or 1.0),
            tolerance=float(row["tolerance"]),
            kind=Tolerance(row["tolerance_kind"]),
            rule=row["rule"],
            reason=row["reason"],
            explanation=row["explanation"],
            expected=_number(row["expected"]),
            expected_tolerance=_number(row["expected_tolerance"]),
        )
        for row in rows
    )


def _number(text: str) -> float | None:
    return float(text) if text else None


def targets_sha256() -> str:
    """Return the sha256 of the file of targets."""
    return hashlib.sha256(_bytes()).hexdigest()


def _bytes() -> bytes:
    return files(__package__).joinpath("data", _FILE).read_bytes()
