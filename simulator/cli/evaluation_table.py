"""How evaluated links are shown on the command line."""

import json
import math

import pandas as pd

from simulator.study.evaluation import Evaluation

_SHOWN = (
    "false_discovery_rate",
    "false_negative_identification_rate",
    "false_positive_identification_rate",
    "selectivity",
    "over_disclosed_residents_per_1000_requests",
    "wrong_address_rate",
    "yield",
)


def _everybody(evaluation: Evaluation) -> pd.DataFrame:
    table = evaluation.estimates
    return table[table["group"] == "all"]


def _number(value: float) -> str:
    return "not available" if math.isnan(value) else f"{value:.4g}"


def _line(name: str, row: pd.Series) -> str:
    text = f"{name.replace('_', ' ')}: {_number(row['estimate'])}"
    if math.isnan(row["ci_low"]):
        return text
    return f"{text} ({_number(row['ci_low'])} to {_number(row['ci_high'])})"


def summary(evaluation: Evaluation) -> tuple[str, list[str]]:
    """Return a title and a line per headline measure, for selection all."""
    table = _everybody(evaluation)
    rows = table[table["policy"] == "all"]
    lines = [_line(name, rows[rows["measure"] == name].iloc[0]) for name in _SHOWN]
    threshold = str(rows["threshold"].iloc[0])
    lines.append(f"Intervals are over {evaluation.over}.")
    return f"All links with {threshold}", [*lines, *evaluation.notices]


def as_json(evaluation: Evaluation) -> str:
    """Return the estimates for everybody under every selection, and what to know of them."""
    table = _everybody(evaluation).astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    return json.dumps(
        {
            "interval_over": str(evaluation.over),
            "notices": list(evaluation.notices),
            "estimates": rows,
        },
        indent=2,
        ensure_ascii=False,
    )
