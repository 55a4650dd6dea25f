"""What fitted draws predict, how sure that is, and which inputs drive it.

The spread over draws is parameter uncertainty and Monte Carlo error together. Monte Carlo error of
one draw is estimated from its replicates, or, where each draw has one, as that of independent
accounts (requests whose accounts come several together make it a little too small); what is left
of the variance is the parameters'. The interval of the parameters alone is that over draws, drawn
in towards the mean by the share of the standard deviation that is theirs.

Quantiles over draws are such that one draw more would fall below the k-th of n with chance
k / (n + 1) (Weibull's plotting positions): those between the draws themselves would promise too
much. They end at the outermost draws, so that n draws cannot show more than (n - 1) / (n + 1).

Limits: a rank correlation over a few dozen draws tells large drivers from none, not their order; it
sees one input at a time. Monte Carlo error is that of lists as long as those simulated; the list
that was really sent was longer, so that intervals of the accounts published are too wide by it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from simulator.randomness import FloatArray
from simulator.scenario.choices import TargetMeasure
from simulator.scenario.schema import Scenario
from simulator.study.calibration import PREDICTED, Counted, Draw, share


def _shares(draws: Sequence[Draw], name: str) -> FloatArray:
    """Return one prediction of every draw, as a share of the accounts released."""
    return np.array([_share(draw.whole, name) for draw in draws])


def _share(counted: Counted, name: str) -> float:
    return PREDICTED[name](counted) / counted.released if counted.released > 0.0 else np.nan


def draw_table(draws: Sequence[Draw]) -> pd.DataFrame:
    """Return a row per draw: parameters, targets reached, predictions as shares of releases.

    ``target_*`` are the shares of the replicate that was fitted, which its own chance helped to
    reach; ``all_*`` are those of all replicates of the draw together.
    """
    return pd.DataFrame(
        {
            "draw": draw.number,
            "fitted": draw.is_fitted,
            "evaluations": draw.evaluations,
            **draw.uncertain,
            **draw.free,
            **{f"target_{name}": value for name, value in draw.reached.items()},
            **{f"all_{name}": share(draw.whole, TargetMeasure(name)) for name in draw.reached},
            "requests": draw.whole.requests,
            "released": draw.whole.released,
            **{f"share_{name}": _share(draw.whole, name) for name in PREDICTED},
        }
        for draw in draws
    )


def _monte_carlo_variance(draws: Sequence[Draw], name: str) -> float:
    """Return the variance of one draw's share that comes from its list being finite."""
    if len(draws[0].counted) > 1:
        within = [
            np.nanvar([_share(counted, name) for counted in draw.counted], ddof=1)
            / len(draw.counted)
            for draw in draws
        ]
        return float(np.nanmean(within))
    shares = _shares(draws, name)
    released = np.array([draw.whole.released for draw in draws])
    return float(np.nanmean(shares * (1.0 - shares) / np.maximum(released, 1.0)))


def prediction_table(draws: Sequence[Draw], scenario: Scenario) -> pd.DataFrame:
    """Return a row per prediction, over the fitted draws, with its uncertainty by source.

    ``estimate``: mean share of accounts released; ``ci_low`` and ``ci_high``: quantiles over
    draws at the scenario's confidence, all uncertainty (the outermost where draws are too few for
    it; of what was never seen, the exact upper limit over the accounts of all draws together);
    ``events``: how many were seen; ``parameters_low`` and ``_high``: that of the parameters alone;
    ``sd_*``: standard deviations of one draw; ``monte_carlo_error``: of the mean over
    draws. Columns ``accounts*`` are the same for the accounts published, where given. NaN where no
    draw was fitted.
    """
    fitted = [draw for draw in draws if draw.is_fitted and draw.whole.released > 0.0]
    return pd.DataFrame(list(_predictions(fitted, scenario)))


def _predictions(fitted: Sequence[Draw], scenario: Scenario) -> Iterator[dict[str, object]]:
    tail = (1.0 - scenario.confidence) / 2.0
    published = scenario.calibration.released
    for name in PREDICTED:
        shares = _shares(fitted, name) if fitted else np.array([np.nan])
        mean = float(shares.mean())
        ends = np.quantile(shares, [tail, 1.0 - tail], method="weibull")
        low, high = (float(end) for end in ends)
        events = sum(PREDICTED[name](draw.whole) for draw in fitted)
        if fitted and events == 0.0:
            high = _none_seen(fitted, tail)
        spread = float(np.var(shares, ddof=1)) if len(fitted) > 1 else np.nan
        chance = _monte_carlo_variance(fitted, name) if fitted else np.nan
        own = max(0.0, spread - chance) if np.isfinite(spread) else np.nan
        drawn_in = np.sqrt(own / spread) if spread > 0.0 else 0.0
        inner = (mean + (low - mean) * drawn_in, mean + (high - mean) * drawn_in)
        row: dict[str, object] = {
            "prediction": name,
            "estimate": mean,
            "ci_low": low,
            "ci_high": high,
            "parameters_low": inner[0],
            "parameters_high": inner[1],
            "sd_all": np.sqrt(spread),
            "sd_parameters": np.sqrt(own),
            "sd_monte_carlo": np.sqrt(chance),
            "monte_carlo_error": np.sqrt(chance / len(fitted)) if fitted else np.nan,
            "events": events,
            "draws": len(fitted),
        }
        if published is not None:
            scaled = {"accounts": mean, "accounts_low": low, "accounts_high": high}
            row |= {column: value * published for column, value in scaled.items()}
        yield row


def _none_seen(fitted: Sequence[Draw], tail: float) -> float:
    """Return the exact upper limit of a share of which no draw showed an event."""
    released = sum(draw.whole.released for draw in fitted)
    return float(stats.beta.ppf(1.0 - tail, 1.0, released))


def driver_table(draws: Sequence[Draw], scenario: Scenario) -> pd.DataFrame:
    """Return the rank correlation of every parameter with every prediction over fitted draws.

    ``variance_share`` is its square; the interval is Fisher's at the scenario's confidence. NaN
    where fewer than four draws were fitted or nothing varies.
    """
    fitted = [draw for draw in draws if draw.is_fitted and draw.whole.released > 0.0]
    reach = float(stats.norm.ppf(0.5 + scenario.confidence / 2.0))
    rows = []
    for name in PREDICTED:
        shares = _shares(fitted, name)
        for kind in ("uncertain", "free"):
            for path in getattr(scenario.calibration, kind):
                values = np.array([getattr(draw, kind)[path] for draw in fitted])
                rank = _rank_correlation(values, shares)
                wide = reach * 1.03 / np.sqrt(len(fitted) - 3.0) if len(fitted) > 3 else np.nan
                centre = np.arctanh(np.clip(rank, -0.999999, 0.999999))
                rows.append(
                    {
                        "prediction": name,
                        "parameter": path,
                        "kind": kind,
                        "rank_correlation": rank,
                        "ci_low": float(np.tanh(centre - wide)),
                        "ci_high": float(np.tanh(centre + wide)),
                        "variance_share": rank**2,
                    }
                )
    return pd.DataFrame(rows)


def _rank_correlation(one: FloatArray, other: FloatArray) -> float:
    if one.size < 4 or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return float("nan")
    ranked = np.corrcoef(stats.rankdata(one), stats.rankdata(other))
    return float(ranked[0, 1])
