"""The rule that every matcher of benchmarks/matching.py applies; standard library only.

A pair is compared if it agrees on all fields of one blocking rule. Its weight is the sum of
log2(m/u) of the level each field reaches; it is a link from ``THRESHOLD`` bits on. Under our
``near``, dates that agree but for a year off by one reach the level of the same year.
"""

from itertools import product
from math import log2
from typing import NamedTuple

BLOCKING = (("surname", "state"), ("birth_date",))
THRESHOLD = 16.0


class Field(NamedTuple):
    """Levels of a field, strongest first, and chances of each and of none, last."""

    levels: tuple[float | str, ...]
    m: tuple[float, ...]
    u: tuple[float, ...]

    def weights(self) -> tuple[float, ...]:
        """Return the weight of every level in bits."""
        return tuple(log2(m / u) for m, u in zip(self.m, self.u, strict=True))


FIELDS = {
    "given_name": Field((1.0, 0.92, 0.88), (0.86, 0.05, 0.02, 0.07), (0.008, 0.003, 0.004, 0.985)),
    "surname": Field((1.0, 0.92, 0.88), (0.88, 0.05, 0.02, 0.05), (0.001, 0.0015, 0.003, 0.9945)),
    "address": Field(
        ("zip5", "zip3", "state"), (0.6, 0.05, 0.15, 0.2), (0.0001, 0.0029, 0.037, 0.96)
    ),
    "birth_date": Field(("exact", "year"), (0.95, 0.02, 0.03), (0.00004, 0.014, 0.98596)),
}

SQL_COLUMN = {"birth_date": "birth", "given_name": "given"}


def _sql_conditions(name: str, left: str, right: str) -> tuple[str, ...]:
    """Return the SQL condition of every level of a field but the last."""
    if name in ("given_name", "surname"):
        column = SQL_COLUMN.get(name, name)
        a, b = f"{left.format(column)}", f"{right.format(column)}"
        return tuple(
            f"{a} = {b}" if cut == 1.0 else f"jaro_winkler_similarity({a}, {b}) >= {cut}"
            for cut in FIELDS[name].levels
        )
    if name == "address":
        return tuple(f"{left.format(key)} = {right.format(key)}" for key in FIELDS[name].levels)
    (birth_l, birth_r), (year_l, year_r), (day_l, day_r) = (
        (left.format(column), right.format(column))
        for column in ("birth", "birth_year", "birth_day")
    )
    near = f"{day_l} = {day_r} AND abs({year_l} - {year_r}) = 1"
    return (f"{birth_l} = {birth_r}", f"{year_l} = {year_r} OR ({near})")


def sql_levels(left: str, right: str) -> dict[str, tuple[str, ...]]:
    """Return the SQL condition of every level, by field; '{}' in the sides is the column."""
    return {name: _sql_conditions(name, left, right) for name in FIELDS}


def sql_blocking(left: str, right: str) -> tuple[str, ...]:
    """Return the SQL condition of every blocking rule."""
    return tuple(
        " AND ".join(
            f"{left.format(column)} = {right.format(column)}"
            for column in (SQL_COLUMN.get(key, key) for key in rule)
        )
        for rule in BLOCKING
    )


def slack() -> float:
    """Return how near any sum of weights comes to the threshold, in bits.

    We add weights in steps of 1/64 bit, the others in full; sums this far off decide alike.
    """
    sums = (sum(weights) for weights in product(*(field.weights() for field in FIELDS.values())))
    return min(abs(total - THRESHOLD) for total in sums)
