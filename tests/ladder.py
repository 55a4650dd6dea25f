"""Hold a simulated mean against a closed form, and refuse to call a weak test agreement."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

FloatArray = npt.NDArray[np.float64]

POWER = 0.99


class UnderpoweredError(ValueError):
    """The replicates could not tell the theory from one that is wrong by what matters."""


@dataclass(frozen=True)
class Agreement:
    """A simulated mean that agrees with theory, and the relative error the test would detect.

    ``detects`` is the relative error of the theory that the test notices with power ``POWER``.
    """

    mean: float
    theory: float
    std_error: float
    statistic: float
    p_value: float
    detects: float


def agreement(
    simulated: FloatArray, theory: float, *, alpha: float = 1e-4, detectable: float
) -> Agreement:
    """Assert that the mean over replicates agrees with theory: Student's t, two-sided.

    ``simulated`` has one value per replicate, shape (replicates,). ``detectable`` is the relative
    error of the theory that the test must notice with power ``POWER``; the error it does notice
    comes from the noncentral t distribution at the spread seen.

    Raises:
        AssertionError: the mean differs from theory at level alpha.
        UnderpoweredError: the test would not notice a relative error of ``detectable``.
        ValueError: fewer than two replicates, values not finite, or theory 0 or not finite.
    """
    if simulated.ndim != 1 or simulated.size < 2 or not np.isfinite(simulated).all():
        raise ValueError("simulated must hold at least two replicates, all finite")
    if not np.isfinite(theory) or theory == 0.0:
        raise ValueError(f"theory must be finite and not 0 for a relative error, not {theory}")
    mean = float(simulated.mean())
    error = float(simulated.std(ddof=1) / np.sqrt(simulated.size))
    detects = _shift_noticed(simulated.size - 1, alpha) * error / abs(theory)
    if detects > detectable:
        raise UnderpoweredError(
            f"notices a relative error of {detects:.3g}, asked for {detectable:.3g}: more "
            "replicates or larger ones are needed"
        )
    if error > 0.0:
        statistic = (mean - theory) / error
    else:  # without spread only equality, up to rounding, agrees
        statistic = 0.0 if np.isclose(mean, theory, rtol=1e-12) else np.inf
    p_value = float(2.0 * stats.t.sf(abs(statistic), simulated.size - 1))
    assert p_value >= alpha, (
        f"simulated {mean:.6g} (standard error {error:.2g}), theory {theory:.6g}: "
        f"t = {statistic:.2f}, p = {p_value:.2g} < {alpha:.2g}"
    )
    return Agreement(mean, theory, error, float(statistic), p_value, detects)


def _shift_noticed(degrees: int, alpha: float) -> float:
    """Return the shift, in standard errors, that a t test notices with power ``POWER``."""
    critical = stats.t.isf(alpha / 2.0, degrees)

    def shortfall(shift: float) -> float:
        return float(stats.nct.sf(critical, degrees, shift)) - POWER

    most = 10.0
    while shortfall(most) < 0.0:
        most *= 2.0
    return float(optimize.brentq(shortfall, 0.0, most))
