"""How fields are compared: names that count as agreeing, and levels of agreement with weights.

Levels are written strongest first; a pair takes the first it reaches. ``points``, ``m`` and ``u``
have one entry per level and a last one for pairs that reach none. A field that is missing on either
side weighs nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from simulator.scenario.choices import AddressThreshold, BirthDateThreshold, TinThreshold
from simulator.scenario.fields import (
    Fault,
    Number,
    Part,
    Share,
    group,
    parameter,
    rule,
    sums_to_one,
)

_POINTS = "Points of each level under decision_rule points, and of pairs that reach none, last."
_M = "Chance of each level, and of none, last, among pairs of one person."
_U = "Chance of each level, and of none, last, among pairs of two people."
_STEPS = "levels, strongest first"
LEAST_CHANCE = 1e-9
Points = Annotated[float, Field(strict=True, ge=-100.0, le=100.0)]
Cut = Annotated[float, Field(strict=True, ge=0.80, le=1.0)]
_MEASURED = (
    "weights_from: oracle on the baseline, rounded; a level that no true match showed has m = u "
    "[computed]"
)


def _hundredths(values: Sequence[float], name: str) -> Iterator[Fault]:
    if any(abs(value * 100 - round(value * 100)) > 1e-9 for value in values):
        yield Fault(f"{name} must be multiples of 0.01")


def _as_many(part: "FieldLevels", levels: int) -> Iterator[Fault]:
    for name in ("points", "m", "u"):
        values = getattr(part, name)
        if len(values) != levels + 1:
            yield Fault(
                f"{name} needs {levels + 1} numbers, one per level and one for none; "
                f"got {len(values)}"
            )
    for name in ("m", "u"):
        values = getattr(part, name)
        yield from sums_to_one(values, name)
        if min(values, default=0.0) < LEAST_CHANCE:
            yield Fault(
                f"{name} must be at least {LEAST_CHANCE:g} each, so that weights are finite"
            )


class FieldLevels(Part):
    """Points and chances of the levels of one field."""

    points: tuple[Points, ...]
    m: tuple[Share, ...]
    u: tuple[Share, ...]


class NameLevels(FieldLevels):
    """Levels of agreement of a given name: cut points on what it counts for."""

    at_least: tuple[Cut, ...] = parameter(
        (1.0, 0.95, 0.92, 0.88, 0.80),
        "Cut points of the levels: least similarity, or what a named agreement counts for.",
        unit="similarity, steps of 0.01, descending",
        source="a choice",
        min_length=1,
        max_length=10,
    )
    points: tuple[Points, ...] = parameter(
        (20.0, 15.0, 12.0, 8.0, 0.0, -20.0), _POINTS, unit="points", source="a choice"
    )
    m: tuple[Share, ...] = parameter(
        (0.932, 0.014, 0.014, 0.008, 0.008, 0.024), _M, unit="shares", source=_MEASURED
    )
    u: tuple[Share, ...] = parameter(
        (0.001, 0.0003, 0.0007, 0.0009, 0.0053, 0.9918), _U, unit="shares", source=_MEASURED
    )

    @rule("at_least", "points", "m", "u")
    def levels_fit(self) -> Iterator[Fault]:
        """Descend from 1 to no less than 0.80, with a number for each level and for none."""
        if any(a <= b for a, b in pairwise(self.at_least)):
            yield Fault("at_least must descend")
        yield from _hundredths(self.at_least, "at_least")
        yield from _as_many(self, len(self.at_least))


class SurnameLevels(NameLevels):
    """Levels of agreement of a surname: cut points on what it counts for."""

    m: tuple[Share, ...] = parameter(
        (0.94, 0.015, 0.011, 0.009, 0.004, 0.021), _M, unit="shares", source=_MEASURED
    )
    u: tuple[Share, ...] = parameter(
        (0.001, 0.0002, 0.0002, 0.0003, 0.0032, 0.9951), _U, unit="shares", source=_MEASURED
    )


def _descends(levels: Sequence[str], order: Sequence[str]) -> Iterator[Fault]:
    ranks = [order.index(level) for level in levels]
    if any(a <= b for a, b in pairwise(ranks)):
        yield Fault("levels must go from the strongest to the weakest, each once")
    if order[0] in levels:
        yield Fault(f"levels cannot hold {order[0]}: every pair reaches it")


class AddressLevels(FieldLevels):
    """Levels of agreement of an address."""

    levels: tuple[AddressThreshold, ...] = parameter(
        ("exact", "unit_compatible", "building", "transposed", "street", "zip5", "zip3", "state"),
        "The levels told apart.",
        unit=_STEPS,
        source="a choice",
        min_length=1,
    )
    points: tuple[Points, ...] = parameter(
        (40.0, 36.0, 32.0, 28.0, 24.0, 16.0, 8.0, 4.0, 0.0),
        _POINTS,
        unit="points",
        source="a choice",
    )
    m: tuple[Share, ...] = parameter(
        (0.556, 0.006, 0.00002, 0.0027, 0.0035, 0.164, 0.00006, 0.034, 0.23372),
        _M,
        unit="shares",
        source=_MEASURED,
    )
    u: tuple[Share, ...] = parameter(
        (0.000005, 0.000001, 0.00002, 0.000002, 0.0005, 0.035, 0.00006, 0.06, 0.904412),
        _U,
        unit="shares",
        source=_MEASURED,
    )

    @rule("levels", "points", "m", "u")
    def levels_fit(self) -> Iterator[Fault]:
        """Descend, with a number for each level and for none."""
        yield from _descends(self.levels, tuple(AddressThreshold))
        yield from _as_many(self, len(self.levels))


class BirthDateLevels(FieldLevels):
    """Levels of agreement of a birth date."""

    levels: tuple[BirthDateThreshold, ...] = parameter(
        ("exact", "swapped", "near", "year"),
        "The levels told apart.",
        unit=_STEPS,
        source="a choice",
        min_length=1,
    )
    points: tuple[Points, ...] = parameter(
        (30.0, 20.0, 20.0, 10.0, 0.0), _POINTS, unit="points", source="a choice"
    )
    m: tuple[Share, ...] = parameter(
        (0.968, 0.0033, 0.0285, 0.0001, 0.0001), _M, unit="shares", source=_MEASURED
    )
    u: tuple[Share, ...] = parameter(
        (0.000045, 0.000016, 0.00025, 0.016, 0.983689), _U, unit="shares", source=_MEASURED
    )

    @rule("levels", "points", "m", "u")
    def levels_fit(self) -> Iterator[Fault]:
        """Descend, with a number for each level and for none."""
        yield from _descends(self.levels, tuple(BirthDateThreshold))
        yield from _as_many(self, len(self.levels))


class TinLevels(FieldLevels):
    """Levels of agreement of a taxpayer number; compared only with matching.tin_compared."""

    levels: tuple[TinThreshold, ...] = parameter(
        ("exact", "one_digit_off"),
        "The levels told apart.",
        unit=_STEPS,
        source="a choice",
        min_length=1,
    )
    points: tuple[Points, ...] = parameter(
        (40.0, 20.0, -20.0), _POINTS, unit="points", source="a choice"
    )
    m: tuple[Share, ...] = parameter(
        (0.88, 0.000001, 0.119999), _M, unit="shares", source=_MEASURED
    )
    u: tuple[Share, ...] = parameter(
        (0.0000005, 0.000001, 0.9999985), _U, unit="shares", source=_MEASURED
    )

    @rule("levels", "points", "m", "u")
    def levels_fit(self) -> Iterator[Fault]:
        """Descend, with a number for each level and for none."""
        yield from _descends(self.levels, tuple(TinThreshold))
        yield from _as_many(self, len(self.levels))


class WeighedFields(Part):
    """The levels of every field, with what each weighs."""

    given_name: NameLevels = group(NameLevels, "Levels of the given name.", unit="part", source="-")
    surname: SurnameLevels = group(SurnameLevels, "Levels of the surname.", unit="part", source="-")
    address: AddressLevels = group(AddressLevels, "Levels of the address.", unit="part", source="-")
    birth_date: BirthDateLevels = group(
        BirthDateLevels, "Levels of the birth date.", unit="part", source="-"
    )
    tin: TinLevels = group(TinLevels, "Levels of the taxpayer number.", unit="part", source="-")


def _counts_for(what: str, *, source: str = "a choice") -> Any:
    return parameter(
        None,
        f"What {what} count for at least; null: not looked at.",
        unit="similarity, steps of 0.01",
        source=source,
        ge=0.80,
        le=1.0,
    )


class NamedAgreements(Part):
    """Names that agree in another way than by spelling, and what each way counts for.

    A pair of names counts for its similarity or the best of the ways in which it agrees, whichever
    is more.
    """

    differently_written: Number = parameter(
        1.0,
        "What two names count for that differ only in spaces, hyphens and apostrophes "
        "(DE LA CRUZ, DELACRUZ): 1.00 if names are normalised first, less if not.",
        unit="similarity, steps of 0.01",
        source="a choice; normalised first is the rule of every matcher known [assumption]",
        ge=0.80,
        le=1.0,
    )
    nickname: Number | None = _counts_for("a given name and its nickname")
    romanisation: Number | None = _counts_for("two Latin spellings of one name")
    initial: Number | None = _counts_for("a given name and its initial")
    double_metaphone: Number | None = _counts_for("names with a Double Metaphone code in common")
    nysiis: Number | None = _counts_for("names with the same NYSIIS code")
    name_control: Number | None = _counts_for("surnames with the same first four letters")

    @rule(
        "differently_written",
        "nickname",
        "romanisation",
        "initial",
        "double_metaphone",
        "nysiis",
        "name_control",
    )
    def values_are_steps(self) -> Iterator[Fault]:
        """Fall on the steps at which similarities are counted."""
        for name, value in self.model_dump().items():
            if value is not None:
                yield from _hundredths((value,), name)
