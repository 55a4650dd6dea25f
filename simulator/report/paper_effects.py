"""Printed figures of effects: what guardrails do, what assumptions do, what 2025 is predicted."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from simulator.report.ablated import read_ablation
from simulator.report.ablation_figure import HEADINGS, figure_rows
from simulator.report.figure import Row
from simulator.report.folder import Folder
from simulator.report.printed import DOUBLE, SINGLE, Printed
from simulator.report.shapes import in_order, inline, layered
from simulator.report.stored import fail
from simulator.report.theme import LIGHT
from simulator.report.wording import level_words

_STEP = 9.5
_PANEL = 96
_LABELS = 104
PREDICTED = {
    "wrong_person": ("Somebody else", "A different person"),
    "wrong_person_by_tin": ("Somebody else", "… found by number"),
    "wrong_person_by_name_and_address": ("Somebody else", "… found by name and address"),
    "wrong_person_lawful": ("Somebody else", "… and a lawful resident"),
    "lawful": ("Lawful residents", "A lawful resident"),
    "listing_error": ("Lawful residents", "… wrongly listed"),
    "wrong_address": ("Wrong door", "The person does not live there"),
}


def guardrail_ablation(folder: Folder) -> Printed:
    """Draw what every guardrail spares and costs, those on above those off."""
    ablation = read_ablation(folder.directory)
    rows = figure_rows(ablation)
    panels: list[alt.LayerChart] = []
    for on, heading in HEADINGS.items():
        some = [row for row in rows if (row["in_scenario"] == "on") == on]
        if some:
            panels += [
                _effects(some, rows, "spared", "Lawful residents spared", heading),
                _effects(some, rows, "lost", "True matches lost", ""),
            ]
    return Printed(
        caption=(
            "What each guardrail does where it stands, against its absence, the others as in the "
            "scenario, on the same people and list: lawful residents spared and true matches lost. "
            "Bars: the effect alone. Diamonds: the Shapley value, the average over the orders in "
            "which the guardrails of the chosen set can be introduced. Where none was seen, no "
            "more is known than the bound in the CSV."
        ),
        units=(
            "distinct lawful residents exposed, and accounts released of the person meant and "
            "rightly listed, per 1,000 requests on the list, heard or not."
        ),
        intervals=(
            f"whiskers and brackets: {level_words(ablation.manifest['confidence'])} over "
            f"{ablation.manifest['replicates']} replicates, paired."
        ),
        chart=alt.VConcatChart(
            vconcat=[alt.ConcatChart(concat=panels, columns=2, align="each", spacing=8)]
        ),
        rows=tuple(rows),
        width=DOUBLE,
    )


def _effects(
    rows: Sequence[Row], every: Sequence[Row], key: str, title: str, heading: str
) -> alt.LayerChart:
    """Draw one measure of some guardrails: bars, whiskers, diamonds and numbers."""
    seen = [row for row in every if row[f"{key}_shown"] != "none seen"]
    names = (key, f"{key}_low", f"{key}_high", f"{key}_shapley")
    ends = [0.0, *(row[name] for row in seen for name in names if row[name] is not None)]
    low, high = min(ends), max(ends)
    scale = alt.Scale(domain=[low, high if high > low else low + 1.0], nice=True)
    labels = alt.Axis(minExtent=_LABELS) if key == "spared" else None
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label"), axis=labels)
    )
    unit = "per 1,000 requests"
    x = alt.X(f"{key}:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=4, format="~f"))
    dots = base.transform_filter(f"datum.{key}_shown != 'none seen'")
    layers = [
        dots.mark_bar(height=5.5, opacity=0.65, color=LIGHT["first"]).encode(x=x),
        dots.mark_rule(strokeWidth=1).encode(
            x=alt.X(f"{key}_low:Q", title=unit, scale=scale), x2=f"{key}_high:Q"
        ),
        base.transform_filter(f"isValid(datum.{key}_shapley)")
        .mark_point(shape="diamond", filled=True, size=20, opacity=1, strokeWidth=0.8)
        .encode(
            x=alt.X(f"{key}_shapley:Q", title=unit, scale=scale),
            fill=alt.value("white"),
            stroke=alt.value(LIGHT["ink"]),
        ),
        base.mark_text(align="left", dx=5, fontSize=6).encode(
            x=alt.value(_PANEL), text=f"{key}_shown:N"
        ),
    ]
    return layered(layers, width=_PANEL, height=alt.Step(_STEP), title=_titled(heading, title))


def _titled(heading: str, title: str) -> alt.TitleParams:
    if not heading:
        return alt.TitleParams(title, anchor="start", frame="group")
    return alt.TitleParams(
        heading,
        subtitle=title,
        anchor="start",
        frame="group",
        subtitleFontWeight=600,
        subtitleFontSize=7.5,
        subtitleColor=LIGHT["ink"],
        subtitlePadding=3,
    )


def _records(table: pd.DataFrame) -> list[Mapping[Hashable, Any]]:
    return [dict(row) for row in table.to_dict("records")]


def replay_2025(folder: Folder) -> Printed:
    """Draw whose accounts the replay of 2025 says were released, by wide and narrow limits."""
    columns = ("estimate", "ci_low", "ci_high", "parameters_low", "parameters_high")
    counts = ("accounts", "accounts_low", "accounts_high")
    table = folder.table("predictions.csv", "prediction", *columns, *counts)
    stored = {str(row["prediction"]): row for row in _records(table)}
    missing = [name for name in PREDICTED if name not in stored]
    if missing:
        fail(f"predictions.csv does not hold {', '.join(missing)}.")
    rows: list[Row] = []
    for name, (panel, label) in PREDICTED.items():
        row: Row = {"prediction": name, "panel": panel, "label": label}
        for column in columns:
            row[column] = _finite(100.0 * float(stored[name][column]))
        for column in counts:
            row[column] = _finite(float(stored[name][column]))
        rows.append(row | {"shown": _counted(stored[name])})
    scenario = folder.manifest["scenario"]
    known = scenario["calibration"]["released"]
    released = "those released" if known is None else f"{float(known):,.0f}"
    addresses = "addresses released" if known is None else f"about {released} addresses released"
    level = f"{100 * float(folder.manifest['confidence']):.4g}%"
    return Printed(
        caption=(
            f"What the replay of 2025 predicts of the {addresses}: whose accounts they were. "
            "Free parameters were fitted to what was published in every one of "
            f"{folder.manifest['draws_fitted']} draws of the uncertain ones that could be fitted. "
            "The panels have scales of their own; dots that share an account overlap, they do not "
            "add up."
        ),
        units=f"percent of the accounts released; at the right, accounts of {released}.",
        intervals=(
            f"thin bar and brackets: {level} of draws, parameters and Monte Carlo error together; "
            "thick bar: the parameters' part of it."
        ),
        chart=_stacked_panels(rows),
        rows=tuple(rows),
        width=SINGLE,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _counted(row: Mapping[Hashable, Any]) -> str:
    """Return accounts with their limits, to two digits, as no more of them is known."""
    value, low, high = (float(row[f"accounts{end}"]) for end in ("", "_low", "_high"))
    return f"{_two_digits(value)} ({_two_digits(low)} to {_two_digits(high)})"


def _two_digits(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{float(f'{value:.2g}'):,.0f}"


def _stacked_panels(rows: Sequence[Row]) -> alt.VConcatChart:
    charts = []
    panels = in_order(rows, "panel")
    for name in panels:
        some = [row for row in rows if row["panel"] == name]
        base = alt.Chart(inline(some)).encode(
            y=alt.Y(
                "label:N",
                title=None,
                sort=in_order(some, "label"),
                axis=alt.Axis(minExtent=90, labelLimit=110),
            )
        )
        title = "of 100 accounts released (%)" if name == panels[-1] else None
        scale = alt.Scale(domainMin=0.0, nice=True)
        axis = alt.Axis(tickCount=4)
        width = 78
        layers = [
            base.mark_rule(strokeWidth=0.9).encode(
                x=alt.X("ci_low:Q", title=title, scale=scale, axis=axis), x2="ci_high:Q"
            ),
            base.mark_rule(strokeWidth=4, opacity=0.4, color=LIGHT["first"]).encode(
                x="parameters_low:Q", x2="parameters_high:Q"
            ),
            base.mark_point(filled=True, size=17, opacity=1).encode(x="estimate:Q"),
            base.mark_text(align="left", dx=4, fontSize=6).encode(
                x=alt.value(width), text="shown:N"
            ),
        ]
        charts.append(
            layered(
                layers,
                width=width,
                height=alt.Step(11),
                title=alt.TitleParams(name, anchor="start", frame="group"),
            )
        )
    return alt.VConcatChart(vconcat=charts, spacing=6)
