"""Hold simulated means to a closed form along a curve, see a wrong form fail, and record both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from simulator.randomness import FloatArray
from tests.ladder import agreement
from tests.verification.overlays import Axes, Check, Verdict, mean_point, record, with_interval


@dataclass(frozen=True)
class Held:
    """One value per replicate, and the theory that their mean is held to."""

    label: str
    simulated: FloatArray
    theory: float
    at: float = float("nan")
    series: str = "simulated"


@dataclass(frozen=True)
class Wrong:
    """A theory that is wrong, in words and as a function of what is held to the right one."""

    words: str
    theory: Callable[[Held], float]


def noticed(values: Sequence[Held], detectable: float) -> float:
    """Assert that every mean agrees; return the largest relative error that a test would miss.

    Raises AssertionError where one does not, UnderpoweredError where one could not tell.
    """
    return max(
        agreement(value.simulated, value.theory, detectable=detectable).detects for value in values
    )


def must_fail(values: Sequence[Held], wrong: Wrong, detectable: float) -> None:
    """Assert that the same test refuses the wrong theory."""
    changed = [replace(value, theory=wrong.theory(value)) for value in values]
    with pytest.raises(AssertionError, match="theory"):
        noticed(changed, 2.0 * detectable)


def scaled(factor: float) -> Wrong:
    """Return the theory times a factor as the wrong one."""
    return Wrong(f"theory × {factor:g}", lambda value: factor * value.theory)


def conclude(
    check: Check, values: Sequence[Held], wrong: Sequence[Wrong], axes: Axes, *, detectable: float
) -> None:
    """Hold values to theory, show that wrong theories fail, and record what was found.

    The check's ``found``, ``detects``, ``wrong_input`` and ``verdict`` are filled in here; what it
    holds already is kept.
    """
    failed: AssertionError | None = None
    detects, verdict = detectable, Verdict.AGREES
    try:
        detects = noticed(values, detectable)
    except AssertionError as error:
        failed, verdict = error, Verdict.FAILS
    points = [
        mean_point(value.label, value.simulated, value.theory, at=value.at, series=value.series)
        for value in values
    ]
    told = [points[0], points[-1]] if len(points) > 1 else points
    text = "; ".join(f"{point.label}: {with_interval(point)}" for point in told)
    done = replace(
        check,
        found=check.found or text,
        detects=check.detects or f"{100.0 * detects:.2g}%",
        wrong_input=check.wrong_input or "; ".join(one.words for one in wrong),
        verdict=verdict,
    )
    record(done, points, axes)
    if failed is not None:
        raise failed
    for one in wrong:
        must_fail(values, one, detectable)


def theory_check(name: str, title: str, caption: str, against: str, facts: str = "") -> Check:
    """Return a check whose findings ``conclude`` fills in."""
    return Check(name, title, caption, against, "", "", "", Verdict.AGREES, facts)
