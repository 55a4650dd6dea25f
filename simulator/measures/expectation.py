"""One value that a scenario should give, by a closed form."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Expectation:
    """One expected value, its unit, the formula behind it and what the formula ignores."""

    name: str
    value: float
    unit: str
    formula: str
    note: str
