"""Which variants of a scenario are run: the scenario itself, each parameter alone, and the design.

The plan is drawn up before any replicate, from the scenario alone; every variant is validated then,
so that nothing runs where one of them breaks a rule. Parameters stand in the order of the alphabet,
so that a scenario read back from a manifest has the same variants. A sample is Saltelli's: two
independent samples A and B of the ranges, and A with one parameter at a time from B (AB), all from
one scrambled Sobol' sequence.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from pydantic import ValidationError
from scipy.stats import qmc

from simulator.randomness import FloatArray, IntArray, Stage, Streams
from simulator.scenario.idle import IDLE
from simulator.scenario.leaves import number_at
from simulator.scenario.schema import Scenario
from simulator.scenario.vary import Design, Varied, called
from simulator.study.training import learns

_REPLICATE = 2**31 - 3  # of the stream that scrambles samples; runs never come near it
_SCRAMBLE_SLOT = 0
Fields = Mapping[str, Any]  # Any: whatever a field holds


class VariationError(Exception):
    """A scenario cannot be varied as it says; one sentence for the user."""


class Role(StrEnum):
    """What a variant is for."""

    BASE = "base"
    LOW = "low"
    HIGH = "high"
    GRID = "grid"
    SAMPLE_A = "A"
    SAMPLE_B = "B"
    SAMPLE_AB = "AB"


@dataclass(frozen=True)
class Variant:
    """One scenario of a sweep: values by path, what they are called, and the scenario itself.

    ``parameter`` is the one that a tornado moves or an AB sample takes from B.
    """

    number: int
    role: Role
    parameter: str
    shown: Mapping[str, float | str]
    scenario: Scenario


@dataclass(frozen=True)
class Variation:
    """All variants, in order: the scenario as it is, then the tornado, then the design."""

    paths: tuple[str, ...]
    variants: tuple[Variant, ...]

    def numbers(self, role: Role, parameter: str | None = None) -> IntArray:
        """Return the numbers of the variants of a role, of one parameter if one is named."""
        return np.array(
            [
                variant.number
                for variant in self.variants
                if variant.role == role and parameter in (None, variant.parameter)
            ],
            np.int64,
        )


@dataclass(frozen=True)
class _Point:
    role: Role
    parameter: str
    values: Fields
    shown: Mapping[str, float | str]


def variation(scenario: Scenario) -> Variation:
    """Return the variants of a scenario, every one of them valid.

    Raises VariationError where nothing is varied, where a variant breaks a rule of the scenario
    (naming its values), or where one learns its weights, which no two variants could share.
    """
    part = scenario.vary
    if not part.parameters:
        raise VariationError("the scenario has no vary.parameters to vary anything by")
    points = [_Point(Role.BASE, "", {}, {}), *_ends(scenario), *_design(scenario)]
    own = {path: _label(value_at(scenario, path), one) for path, one in part.ordered.items()}
    plain = _stripped(scenario)
    variants = []
    for number, point in enumerate(points):
        made = _with_values(plain, point, number)
        variants.append(Variant(number, point.role, point.parameter, {**own, **point.shown}, made))
    for variant in variants:
        if learns(variant.scenario):
            raise VariationError("a rule that learns its weights cannot be varied")
    return Variation(tuple(part.ordered), tuple(variants))


def value_at(scenario: Scenario, path: str) -> Any:  # Any: whatever a field holds
    """Return what a scenario holds at a dotted path."""
    found: Any = scenario
    for step in path.split("."):
        found = getattr(found, step)
    return found


def _label(value: Any, varied: Varied) -> float | str:  # Any: whatever a field holds
    """Return what a value of a parameter is called, by its label if it is one of the grid's."""
    same = [k for k, one in enumerate(varied.values) if _plain(one) == _plain(value)]
    return varied.shown[same[0]] if same else called(value)


def _plain(value: Any) -> object:
    """Return a value so that 1 and 1.0 are the same, but 1 and true are not."""
    if isinstance(value, tuple | list):
        return tuple(_plain(one) for one in value)
    return (isinstance(value, bool), value)


def _stripped(scenario: Scenario) -> dict[str, Any]:
    """Return the fields of a scenario without what changes no measure here."""
    fields = scenario.model_dump()
    for name in ("vary", "calibration", "chilling", "matchers"):
        fields.pop(name)
    return fields


def _with_values(plain: dict[str, Any], point: _Point, number: int) -> Scenario:
    fields = dict(plain)
    for path, value in point.values.items():
        *groups, name = path.split(".")
        inner = fields
        for step in groups:
            inner[step] = dict(inner[step])
            inner = inner[step]
        inner[name] = value
    try:
        return Scenario.model_validate(fields)
    except ValidationError as error:
        why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        said = ", ".join(f"{path}={shown}" for path, shown in point.shown.items())
        what = f"variant {number} ({said})" if said else "the scenario without its vary part"
        raise VariationError(f"{what} breaks a rule of the scenario: {why}") from error


def _ends(scenario: Scenario) -> Iterator[_Point]:
    """Yield each parameter at its low and high end, the others as they are."""
    part = scenario.vary
    for path, varied in part.ordered.items():
        if part.design == Design.GRID:
            ends = [(varied.values[at], varied.shown[at]) for at in (0, -1)]
        else:
            fitting = [_fitting(scenario, path, end) for end in (varied.low, varied.high)]
            ends = [(end, end) for end in fitting]
        for role, (value, shown) in zip((Role.LOW, Role.HIGH), ends, strict=True):
            yield _Point(role, path, {path: value}, {path: shown})


def _design(scenario: Scenario) -> Iterator[_Point]:
    part = scenario.vary
    if part.design == Design.SOBOL:
        yield from _sampled(scenario)
        return
    paths = tuple(part.ordered)
    each = [range(len(varied.values)) for varied in part.ordered.values()]
    for at in itertools.product(*each):
        chosen = list(zip(paths, at, strict=True))
        values = {path: part.parameters[path].values[k] for path, k in chosen}
        shown = {path: part.parameters[path].shown[k] for path, k in chosen}
        yield _Point(Role.GRID, "", values, shown)


def _sampled(scenario: Scenario) -> Iterator[_Point]:
    """Yield the sampled variants, base sample by base sample: A, B, then an AB per parameter.

    What a base sample's variants share is thus wanted close together.
    """
    paths = tuple(scenario.vary.ordered)
    first, second = samples(scenario)
    for a, b in zip(first, second, strict=True):
        yield _point(scenario, Role.SAMPLE_A, "", a)
        yield _point(scenario, Role.SAMPLE_B, "", b)
        for column, path in enumerate(paths):
            mixed = a.copy()
            mixed[column] = b[column]
            yield _point(scenario, Role.SAMPLE_AB, path, mixed)


def _point(scenario: Scenario, role: Role, parameter: str, row: FloatArray) -> _Point:
    values = {
        path: _fitting(scenario, path, float(value))
        for path, value in zip(scenario.vary.ordered, row, strict=True)
    }
    return _Point(role, parameter, values, values)


def _fitting(scenario: Scenario, path: str, value: float | None) -> float:
    """Return a number as the field holds it: whole ones rounded."""
    if value is None:
        raise VariationError(f"{path} has no range")
    whole, _ = number_at(type(scenario), path)
    return round(value) if whole else value


def samples(scenario: Scenario) -> tuple[FloatArray, FloatArray]:
    """Return the two independent samples of the ranges, shape (base, parameters) each.

    One scrambled Sobol' sequence over twice the parameters, keyed by the scenario's seed.
    """
    part = scenario.vary
    count = len(part.parameters)
    rng = Streams(scenario.seed, _REPLICATE)
    drawn = rng.table(Stage.SENSITIVITY, _SCRAMBLE_SLOT, np.zeros(1, np.int64))[0, 0]
    sequence = qmc.Sobol(2 * count, scramble=True, rng=int(drawn * 2**53))
    unit = sequence.random_base2(part.base.bit_length() - 1)
    columns = [
        _in_range(unit[:, at], varied)
        for at, varied in zip(range(2 * count), [*part.ordered.values()] * 2, strict=True)
    ]
    both = np.stack(columns, axis=1)
    return both[:, :count], both[:, count:]


def _in_range(unit: FloatArray, varied: Varied) -> FloatArray:
    low, high = varied.low or 0.0, varied.high or 0.0
    if varied.log:
        return np.asarray(low * (high / low) ** unit)
    return np.asarray(low + (high - low) * unit)


def idle_parameters(plan: Variation) -> Iterator[str]:
    """Yield a sentence for every parameter that has no effect in any variant."""
    for path in plan.paths:
        for entry in IDLE:
            if entry.holds(path) and all(entry.when(one.scenario) for one in plan.variants):
                yield f"{path} has no effect {entry.because}"
                break
