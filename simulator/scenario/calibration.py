"""What calibration aims at, with what it may move, and what it does not know.

Targets are published figures; free parameters are fitted to them, as many as targets; uncertain
parameters have ranges, stated as assumptions, from which they are drawn. What a run alone does
(``overmatch run``) none of this changes.
"""

from collections.abc import Iterator
from itertools import chain

from simulator.scenario.choices import TargetMeasure
from simulator.scenario.fields import Fault, Integer, Number, Part, Text, parameter, rule


class Target(Part):
    """One figure to be reached: the measure comes within ``tolerance`` of ``value``."""

    value: Number = parameter(..., "The figure.", unit="of the measure", source="-", ge=0.0, le=1.0)
    tolerance: Number = parameter(
        ..., "How far off still counts as reached.", unit="of the measure", source="-", gt=0, le=1.0
    )
    source: Text = parameter(..., "Where it stands.", unit="text", source="-", min_length=1)


class Between(Part):
    """The range of a parameter."""

    low: Number = parameter(..., "Least value.", unit="of the field", source="-")
    high: Number = parameter(..., "Greatest value.", unit="of the field", source="-")
    source: Text = parameter(..., "Why this range.", unit="text", source="-", min_length=1)


class CalibrationPart(Part):
    """What ``overmatch calibrate`` fits, to what, and over which ranges of the rest."""

    draws: Integer = parameter(
        40,
        "Draws of the uncertain parameters; for each the free ones are fitted anew.",
        unit="draws",
        source="the outermost of n draws hold another with chance (n - 1) / (n + 1), here 95% "
        "[computed]",
        ge=2,
        le=10_000,
    )
    replicates: Integer = parameter(
        1,
        "Replicates of each draw, of its own; the first also serves the fit.",
        unit="replicates",
        source="design choice",
        ge=1,
        le=100,
    )
    released: Integer | None = parameter(
        None,
        "Accounts that were released in fact, to which predicted shares are applied; null: none.",
        unit="accounts",
        source="the scenario says",
        ge=1,
        le=1_000_000_000,
    )
    targets: dict[TargetMeasure, Target] = parameter(
        {}, "What is to be reached, by measure.", unit="targets", source="the scenario says"
    )
    free: dict[str, Between] = parameter(
        {},
        "Fields that are fitted, within these ranges; as many as targets.",
        unit="ranges by dotted path",
        source="the scenario says",
    )
    uncertain: dict[str, Between] = parameter(
        {},
        "Fields that are drawn, evenly, from these ranges.",
        unit="ranges by dotted path",
        source="the scenario says",
    )

    @rule("targets", "free")
    def as_many_free_as_targets(self) -> Iterator[Fault]:
        """Have one answer: neither too few parameters to reach the targets nor too many."""
        if len(self.targets) != len(self.free):
            yield Fault(
                f"calibration has {len(self.targets)} targets and {len(self.free)} free "
                "parameters; it needs as many of one as of the other"
            )

    @rule()
    def ranges_have_room(self) -> Iterator[Fault]:
        """Have something between low and high."""
        for part, ranges in (("free", self.free), ("uncertain", self.uncertain)):
            for path, between in ranges.items():
                if between.low >= between.high:
                    yield Fault(
                        f"low must be less than high; got {between.low} and {between.high}",
                        (part, path),
                    )

    @rule("free", "uncertain")
    def no_field_is_both(self) -> Iterator[Fault]:
        """Fit a field or draw it."""
        for path in self.free:
            if path in self.uncertain:
                yield Fault(f"{path} is both free and uncertain")


def ranges_of(part: CalibrationPart) -> Iterator[tuple[str, Between]]:
    """Yield every field that calibration moves, with its range."""
    yield from chain(part.free.items(), part.uncertain.items())
