"""Calibrate a scenario: draw what is uncertain, fit what is free, predict what was never published.

For each draw of the uncertain parameters (a Latin hypercube from the scenario's seed) the free ones
are fitted (``study.fitting``) on replicates of the draw's own, until every target is within its
tolerance. What the fitted draws then predict differs for two reasons that are told apart: the
parameters (uncertain ones, and free ones that follow them) and the finite list (Monte Carlo). Draws
that cannot be fitted are reported, and left out of what is predicted.

Nothing depends on the order in which draws are worked out or on how many workers do it.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from simulator.randomness import FloatArray, Stage, Streams
from simulator.scenario.choices import TargetMeasure
from simulator.scenario.schema import Scenario
from simulator.study.fitting import Aim, Bounds, Fit, fit

_REPLICATE: Final = 2**31 - 2  # of the stream that draws parameters; runs never come near it


class CalibrationError(Exception):
    """A scenario cannot be calibrated; one sentence for the user."""


@dataclass(frozen=True)
class Counted:
    """What calibration looks at in replicates: requests, those answered, and accounts released.

    The others are of the accounts released; those with ``by_tin`` of these by number.
    """

    requests: float
    answered: float
    released: float
    by_tin: float
    deficient: float
    wrong_address: float
    wrong_person: float
    wrong_person_by_tin: float
    wrong_person_lawful: float
    listing_error: float

    def plus(self, other: "Counted") -> "Counted":
        """Return the sum."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Counted(*(one + two for one, two in pairs))


Counting = Callable[[Scenario, int], Counted]
"""Run one replicate of a scenario, by its number, and count."""

_EVENTS: Final[Mapping[TargetMeasure, tuple[str, str]]] = {
    TargetMeasure.YIELD: ("answered", "requests"),
    TargetMeasure.TIN_PATH_SHARE: ("by_tin", "released"),
    TargetMeasure.DEFICIENT_DISCLOSURE_RATE: ("deficient", "released"),
    TargetMeasure.FALSE_DISCOVERY_RATE: ("wrong_person", "released"),
    TargetMeasure.WRONG_ADDRESS_RATE: ("wrong_address", "released"),
}

PREDICTED: Final[Mapping[str, Callable[[Counted], float]]] = {
    "wrong_person": lambda c: c.wrong_person,
    "wrong_person_by_tin": lambda c: c.wrong_person_by_tin,
    "wrong_person_by_name_and_address": lambda c: c.wrong_person - c.wrong_person_by_tin,
    "lawful": lambda c: c.wrong_person_lawful + c.listing_error,
    "wrong_person_lawful": lambda c: c.wrong_person_lawful,
    "listing_error": lambda c: c.listing_error,
    "by_tin": lambda c: c.by_tin,
    "wrong_address": lambda c: c.wrong_address,
}
"""What is predicted of the accounts released, as events counted."""


def share(counted: Counted, measure: TargetMeasure) -> float:
    """Return the share that a target is about, 0 where nothing could be counted."""
    events, whole = (float(getattr(counted, name)) for name in _EVENTS[measure])
    return events / whole if whole > 0.0 else 0.0


@dataclass(frozen=True)
class Draw:
    """One draw: its uncertain parameters, the fit of the free ones, and what each replicate gave.

    ``uncertain`` and ``free`` are by path; ``counted`` holds a count per replicate.
    """

    number: int
    uncertain: Mapping[str, float]
    free: Mapping[str, float]
    reached: Mapping[str, float]
    is_fitted: bool
    evaluations: int
    counted: tuple[Counted, ...]

    @property
    def whole(self) -> Counted:
        """The counts of all replicates together."""
        total = Counted(*(0.0 for _ in fields(Counted)))
        for counted in self.counted:
            total = total.plus(counted)
        return total


def uncertain_draws(scenario: Scenario) -> FloatArray:
    """Return the uncertain parameters of every draw, shape (draws, parameters).

    Each parameter has one value in each of as many equal slices of its range as there are draws.
    """
    part = scenario.calibration
    rng = Streams(scenario.seed, _REPLICATE)
    numbers = np.arange(part.draws)
    columns = []
    for slot, between in enumerate(part.uncertain.values()):
        order, within = rng.table(Stage.CALIBRATION, slot, numbers)[:2]
        position = (np.argsort(np.argsort(order)) + within) / part.draws
        columns.append(between.low + (between.high - between.low) * position)
    return np.stack(columns, axis=1) if columns else np.zeros((part.draws, 0))


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return the scenario with fields set by dotted path; its calibration plays no part.

    Raises CalibrationError where the values break a rule of the scenario.
    """
    resolved = scenario.model_dump()
    resolved.pop("calibration")
    for path, value in values.items():
        *groups, name = path.split(".")
        inner: dict[str, Any] = resolved
        for step in groups:
            inner = inner[step]
        inner[name] = float(value)
    try:
        return Scenario.model_validate(resolved)
    except ValidationError as error:
        why = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        said = ", ".join(f"{path}={value:.4g}" for path, value in values.items())
        raise CalibrationError(f"a draw breaks a rule of the scenario: {why} ({said})") from error


def _fitted(
    scenario: Scenario,
    uncertain: Mapping[str, float],
    replicate: int,
    counting: Counting,
    start: Fit | None,
) -> Fit:
    """Fit the free parameters under the uncertain ones on one replicate."""
    part = scenario.calibration
    free = list(part.free)

    def measured(parameters: FloatArray) -> FloatArray:
        values = {**uncertain, **dict(zip(free, parameters, strict=True))}
        counted = counting(with_values(scenario, values), replicate)
        return np.array([share(counted, measure) for measure in part.targets])

    targets = part.targets.values()
    aim = Aim(
        np.array([target.value for target in targets]),
        np.array([target.tolerance for target in targets]),
    )
    ranges = part.free.values()
    bounds = Bounds(
        np.array([between.low for between in ranges]),
        np.array([between.high for between in ranges]),
    )
    if start is not None:
        return fit(measured, aim, bounds, start.parameters, start.slopes)
    return fit(measured, aim, bounds, [_own(scenario, path) for path in free])


def _own(scenario: Scenario, path: str) -> float:
    """Return the scenario's own value of a field, the middle of its range where that is null."""
    found: Any = scenario
    for step in path.split("."):
        found = getattr(found, step)
    between = scenario.calibration.free[path]
    return float(found) if found is not None else (between.low + between.high) / 2.0


def fitted_middle(scenario: Scenario, counting: Counting) -> Fit:
    """Fit the free parameters at the middle of every range: where the fits of draws begin."""
    part = scenario.calibration
    middle = {path: (one.low + one.high) / 2.0 for path, one in part.uncertain.items()}
    return _fitted(scenario, middle, part.draws * part.replicates, counting, None)


def one_draw(
    scenario: Scenario, number: int, uncertain: FloatArray, start: Fit, counting: Counting
) -> Draw:
    """Fit one draw and count all its replicates there."""
    part = scenario.calibration
    drawn = {path: float(value) for path, value in zip(part.uncertain, uncertain, strict=True)}
    first = number * part.replicates
    found = _fitted(scenario, drawn, first, counting, start)
    free = {path: float(value) for path, value in zip(part.free, found.parameters, strict=True)}
    at = with_values(scenario, {**drawn, **free})
    reached = {
        str(measure): float(value)
        for measure, value in zip(part.targets, found.shares, strict=True)
    }
    counted = tuple(counting(at, first + more) for more in range(part.replicates))
    return Draw(number, drawn, free, reached, found.reached, found.evaluations, counted)


def calibrate(
    scenario: Scenario,
    executor: Executor,
    counting: Counting,
    *,
    progress: Callable[[int, int], None],
) -> list[Draw]:
    """Return every draw, in order; ``progress`` is called with (done, total).

    ``counting`` must be a function that the executor can take to its workers. Raises
    CalibrationError where there is nothing to fit, or where a draw breaks a rule of the scenario.
    """
    part = scenario.calibration
    if not part.targets:
        raise CalibrationError("the scenario has no calibration.targets to fit anything to")
    total = part.draws + 1
    progress(0, total)
    start = executor.submit(fitted_middle, scenario, counting).result()
    progress(1, total)
    rows = uncertain_draws(scenario)
    work = partial(one_draw, scenario, start=start, counting=counting)
    waiting = [executor.submit(work, number, rows[number]) for number in range(part.draws)]
    for done, _ in enumerate(as_completed(waiting), start=2):
        progress(done, total)
    return [future.result() for future in waiting]
