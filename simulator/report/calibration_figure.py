"""The picture of a calibration: what is predicted, and which inputs drive it."""

import math
import textwrap
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
from pydantic import ValidationError

from simulator.report.figure import NOTE_LINE
from simulator.report.folder import read_folder
from simulator.report.rendering import pdf_file, png_file, svg_file
from simulator.report.stored import fail
from simulator.report.theme import LIGHT, chart_theme
from simulator.report.write import csv_file, replace_file
from simulator.scenario.schema import Scenario

Row = dict[str, Any]  # Any: text, number or None, as JSON holds them
FIGURE = "figures/predictions"
_NAMES = {
    "wrong_person": "a different person",
    "wrong_person_by_tin": "… found by number",
    "wrong_person_by_name_and_address": "… found by name and address",
    "lawful": "a lawful resident",
    "wrong_person_lawful": "… who was not the one requested",
    "listing_error": "… who should not have been listed",
}
_DRIVEN = ("wrong_person", "lawful")
_WIDTH = 400


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def prediction_rows(predictions: pd.DataFrame) -> list[Row]:
    """Return what the upper panel shows, as percentages of the accounts released."""
    columns = ("estimate", "ci_low", "ci_high", "parameters_low", "parameters_high")
    stored = {row["prediction"]: row for row in _rows(predictions)}
    return [
        {"label": label, **{name: _finite(100.0 * stored[key][name]) for name in columns}}
        for key, label in _NAMES.items()
    ]


def driver_rows(drivers: pd.DataFrame) -> list[Row]:
    """Return what the lower panels show: rank correlations of uncertain inputs."""
    return [
        {
            "panel": _NAMES[row["prediction"]],
            "label": row["parameter"],
            "estimate": _finite(row["rank_correlation"]),
            "ci_low": _finite(row["ci_low"]),
            "ci_high": _finite(row["ci_high"]),
        }
        for row in _rows(drivers)
        if row["kind"] == "uncertain" and row["prediction"] in _DRIVEN
    ]


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _predictions(rows: list[Row]) -> alt.LayerChart:
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=[row["label"] for row in rows],
            axis=alt.Axis(labelLimit=250, minExtent=250),
        )
    )
    title = "of 100 accounts released"
    layers = [
        base.mark_rule(strokeWidth=1.5).encode(x=alt.X("ci_low:Q", title=title), x2="ci_high:Q"),
        base.mark_rule(strokeWidth=6, opacity=0.4).encode(
            x="parameters_low:Q", x2="parameters_high:Q"
        ),
        base.mark_point(filled=True, size=50, opacity=1).encode(x="estimate:Q"),
    ]
    return alt.LayerChart(layer=layers, width=_WIDTH, height=alt.Step(22))


def _drivers(name: str, rows: list[Row]) -> alt.LayerChart:
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=[row["label"] for row in rows],
            axis=alt.Axis(labelLimit=250, minExtent=250),
        )
    )
    scale = alt.Scale(domain=[-1, 1])
    layers = [
        base.mark_rule(strokeWidth=1.5).encode(
            x=alt.X("ci_low:Q", title="rank correlation over draws", scale=scale), x2="ci_high:Q"
        ),
        base.mark_point(filled=True, size=50, opacity=1).encode(x="estimate:Q"),
    ]
    return alt.LayerChart(
        layer=layers, width=_WIDTH, height=alt.Step(16), title=f"What drives: {name}"
    )


def figure_specification(
    scenario: Scenario, upper: list[Row], lower: list[Row], fitted: int
) -> dict[str, Any]:
    """Return the picture as Vega-Lite, titled and with a key to its marks."""
    panels = [
        _drivers(name, [row for row in lower if row["panel"] == name])
        for name in dict.fromkeys(row["panel"] for row in lower)
    ]
    key = (
        f"{fitted} of {scenario.calibration.draws} draws of the uncertain parameters could be "
        f"fitted to the targets; seed {scenario.seed}. Thin bar: {scenario.confidence:.0%} of "
        "draws. Thick bar: the parameters' part of it, without Monte Carlo error."
    )
    chart = alt.VConcatChart(
        vconcat=[_predictions(upper), *panels],
        spacing=18,
        padding=16,
        title=alt.TitleParams(
            f"Predicted: whose accounts were released ({scenario.title})",
            subtitle=textwrap.wrap(key, NOTE_LINE),
            anchor="start",
            frame="bounds",
            fontSize=15,
            offset=14,
        ),
    )
    specification: dict[str, Any] = chart.to_dict()
    specification["config"] = chart_theme(LIGHT)
    return specification


def write_figure(directory: Path) -> None:
    """Write figures/ of a calibration from its stored tables and manifest.

    Raises ReportError where they are malformed, OSError where the folder cannot be written.
    """
    folder = read_folder(directory)
    try:
        scenario = Scenario.model_validate(folder.manifest.get("scenario"))
    except ValidationError:
        fail("manifest.json: this version does not read its scenario; calibrate it again.")
    write_calibration_figure(directory, scenario)


def write_calibration_figure(directory: Path, scenario: Scenario) -> None:
    """Draw the predictions of the tables in ``directory`` as SVG, PDF and PNG, with their rows."""
    predictions = pd.read_csv(directory / "predictions.csv")
    upper = prediction_rows(predictions)
    lower = driver_rows(pd.read_csv(directory / "drivers.csv"))
    fitted = int(predictions["draws"].max())
    specification = figure_specification(scenario, upper, lower, fitted)
    written = {
        f"{FIGURE}.svg": svg_file(specification),
        f"{FIGURE}.pdf": pdf_file(specification),
        f"{FIGURE}.png": png_file(specification),
        f"{FIGURE}.csv": csv_file((*[{"panel": "predictions", **row} for row in upper], *lower)),
    }
    for name, data in written.items():
        (directory / name).parent.mkdir(exist_ok=True)
        replace_file(directory / name, data)
