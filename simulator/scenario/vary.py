"""Which fields ``overmatch vary`` moves, and how: a grid of values, or ranges that are sampled.

What a run alone does (``overmatch run``) none of this changes. A grid shows how a measure follows
a field; ranges, each with its source, show how much of a result rests on which assumption.
"""

from collections.abc import Iterator
from enum import StrEnum
from math import prod
from typing import Final

from simulator.scenario.fields import (
    Fault,
    Integer,
    Number,
    Part,
    Switch,
    Text,
    parameter,
    rule,
)
from simulator.scenario.leaves import field_at, number_at, why_refused
from simulator.scenario.problems import quoted

MOST_VARIANTS: Final = 2000
LEAST_REPLICATES: Final = 3
_NOT_VARIED: Final = (
    *("title", "question", "description", "seed", "replicates", "confidence", "matchers"),
    *("calibration", "chilling", "vary"),
)

Value = Switch | Integer | Number | Text | tuple[Number | Text, ...] | None


class Design(StrEnum):
    """How values are put together: every combination, or a sample of ranges."""

    GRID = "grid"
    SOBOL = "sobol"


class Varied(Part):
    """One field that is varied: values of a grid, or the range of a sample."""

    values: tuple[Value, ...] = parameter(
        (),
        "Values of a grid, in the order in which they are shown.",
        unit="of the field",
        source="-",
        max_length=100,
    )
    labels: tuple[Number | Text, ...] = parameter(
        (),
        "What the values are called in tables and figures; empty: as they are written.",
        unit="numbers or texts",
        source="-",
        max_length=100,
    )
    low: Number | None = parameter(None, "Least value of a range.", unit="of the field", source="-")
    high: Number | None = parameter(
        None, "Greatest value of a range.", unit="of the field", source="-"
    )
    log: Switch = parameter(
        False,
        "Draw the logarithm evenly from the range, not the value.",
        unit="true or false",
        source="-",
    )
    source: Text = parameter(..., "Why these values.", unit="text", source="-", min_length=1)

    @property
    def shown(self) -> tuple[float | str, ...]:
        """What the values of a grid are called."""
        return self.labels or tuple(called(value) for value in self.values)


def called(value: object) -> float | str:
    """Return what a value is called in tables and figures."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, tuple) and not value:
        return "empty"
    if isinstance(value, tuple):
        return " ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value)
    return value if isinstance(value, int | float) else str(value)


class VaryPart(Part):
    """What ``overmatch vary`` moves, over which values, and what it looks at."""

    design: Design = parameter(
        Design.GRID,
        "Every combination of the values given (grid), or a sample of the ranges from which "
        "indices of sensitivity are estimated (sobol).",
        unit="grid or sobol",
        source="a choice",
    )
    base: Integer = parameter(
        32,
        "Base samples of the sampled design, a power of two; with d parameters it runs base x "
        "(d + 2) variants, and each parameter's low and high alone.",
        unit="samples",
        source="Saltelli et al. 2010 [recalled]; more samples, narrower intervals",
        ge=8,
        le=1024,
    )
    replicates: Integer = parameter(
        4,
        "Replicates of every variant, the same for all. The sampled design needs at least 3, to "
        "tell what parameters do from chance.",
        unit="replicates",
        source="a choice: four replicates leave three degrees of freedom",
        ge=1,
        le=1000,
    )
    measures: tuple[Text, ...] = parameter(
        ("false_discovery_rate", "over_disclosed_residents_per_1000_requests"),
        "Measures that are reported, by name (docs/measures.md).",
        unit="names of measures",
        source="a choice",
        min_length=1,
        max_length=20,
    )
    by_group: Switch = parameter(
        False,
        "Report measures by group too, where they are told apart by group.",
        unit="true or false",
        source="a choice",
    )
    parameters: dict[str, Varied] = parameter(
        {},
        "Fields that are varied, by dotted path, each with why these values.",
        unit="values or ranges by dotted path",
        source="the scenario says",
        max_length=20,
    )

    @property
    def ordered(self) -> dict[str, Varied]:
        """The parameters by path, in the order of the alphabet: that of a file says nothing."""
        return dict(sorted(self.parameters.items()))

    @property
    def count(self) -> int:
        """How many variants the design itself has, those of the tornado apart."""
        if self.design == Design.SOBOL:
            return self.base * (len(self.parameters) + 2)
        return prod(len(varied.values) for varied in self.parameters.values())

    @rule("base", "design")
    def base_is_a_power_of_two(self) -> Iterator[Fault]:
        """Be balanced: a Sobol sequence is so at powers of two only."""
        if self.base & (self.base - 1):
            nearest = 1 << self.base.bit_length() - 1
            yield Fault(
                f"base must be a power of two, such as {nearest} or {2 * nearest}; got {self.base}"
            )

    @rule("replicates", "design")
    def chance_is_told_apart(self) -> Iterator[Fault]:
        """See how much a variant varies by chance, and how well that is known."""
        if self.design == Design.SOBOL and self.replicates < LEAST_REPLICATES:
            yield Fault(
                f"design sobol needs at least {LEAST_REPLICATES} replicates; got {self.replicates}"
            )

    @rule("parameters", "design", "base")
    def variants_can_be_run(self) -> Iterator[Fault]:
        """Stay within what can be run and read."""
        if self.parameters and self.count > MOST_VARIANTS:
            how = (
                f"base {self.base} x ({len(self.parameters)} + 2)"
                if self.design == Design.SOBOL
                else " x ".join(str(len(varied.values)) for varied in self.parameters.values())
            )
            yield Fault(
                f"vary asks for {self.count:,} variants ({how}); at most {MOST_VARIANTS:,} are run"
            )

    @rule("measures")
    def measures_differ(self) -> Iterator[Fault]:
        """Hold each measure once."""
        for name in dict.fromkeys(self.measures):
            if self.measures.count(name) > 1:
                yield Fault(f"measures names {quoted(name)} twice")

    @rule()
    def parameters_fit_the_design(self) -> Iterator[Fault]:
        """Give values to a grid and ranges to a sample."""
        for path, varied in self.parameters.items():
            for message in _unfit(varied, self.design):
                yield Fault(message, ("parameters", path))


def _unfit(varied: Varied, design: Design) -> Iterator[str]:
    """Yield what one parameter lacks for a design, or has without need."""
    return _unfit_for_grid(varied) if design == Design.GRID else _unfit_for_sample(varied)


def _unfit_for_grid(varied: Varied) -> Iterator[str]:
    if not varied.values:
        yield "design grid needs values"
    if varied.low is not None or varied.high is not None or varied.log:
        yield "low, high and log are of design sobol; design grid takes values"
    if varied.labels and len(varied.labels) != len(varied.values):
        yield f"{len(varied.values)} values need as many labels; got {len(varied.labels)}"
    for name, given in (("values", varied.values), ("labels", varied.shown)):
        if len({repr(one) for one in given}) != len(given):
            yield f"{name} holds the same twice"


def _unfit_for_sample(varied: Varied) -> Iterator[str]:
    low, high = varied.low, varied.high
    if varied.values or varied.labels:
        yield "values and labels are of design grid; design sobol takes low and high"
    if low is None or high is None:
        yield "design sobol needs low and high"
    elif low >= high:
        yield f"low must be less than high; got {low:g} and {high:g}"
    elif varied.log and low <= 0.0:
        yield f"log needs low above 0; got {low:g}"


def varied_faults(part: VaryPart, model: type[Part]) -> Iterator[Fault]:
    """Find fault with paths that lead to no field of ``model`` and values that it cannot hold."""
    for path, varied in part.parameters.items():
        where = ("vary", "parameters", path)
        if path.split(".", 1)[0] in _NOT_VARIED:
            yield Fault(f"{quoted(path)} cannot be varied: it changes no measure", where)
            continue
        try:
            field = field_at(model, path)
            _, limits = (False, None) if part.design == Design.GRID else number_at(model, path)
        except KeyError:
            kind = "a value" if part.design == Design.GRID else "one number"
            yield Fault(f"{quoted(path)} is no field that holds {kind}", where)
            continue
        for value in varied.values:
            refused = why_refused(field, value)
            if refused is not None:
                given = quoted(value) if isinstance(value, str) else called(value)
                yield Fault(f"{path} cannot be {given}: {refused}", where)
        for end in (varied.low, varied.high):
            if limits is not None and end is not None and not limits[0] <= end <= limits[1]:
                yield Fault(f"{path} allows {limits[0]:g} to {limits[1]:g}; got {end:g}", where)
