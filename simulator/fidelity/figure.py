"""One picture of the whole comparison: simulated over published, beside what is tolerated.

Every row is a dot with its interval on a band as wide as its tolerance. Rows without a meaningful
ratio (years of birth, residuals below none) stand in a panel of their own, as differences in
tolerances. Verdicts differ in colour and in shape.
"""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from simulator.fidelity.verdicts import Comparison, Verdict
from simulator.report.theme import LIGHT, chart_theme
from simulator.scenario.schema import Scenario
from simulator.study.results import rounded

Row = dict[str, Any]  # Any: text, number or None, as JSON holds them
LEAST, MOST = 0.5, 1.5
WIDTH, STEP, LABELS = 400, 15, 252
NO_RATIO = "differences, in tolerances"
_SHAPES = {Verdict.WITHIN: "circle", Verdict.OUTSIDE: "diamond", Verdict.TOO_WIDE: "cross"}


def figure_rows(compared: Sequence[Comparison]) -> list[Row]:
    """Return what the picture shows, row by row: positions, band and the words beside them."""
    return [_row(row) for row in compared]


def _row(row: Comparison) -> Row:
    target = row.target
    ratio = target.unit != "year" and target.published > 0.0
    zero, unit = (0.0, target.published) if ratio else (target.published, target.allowed)
    # As the table holds them, so that the figure can be drawn again from it to the byte.
    simulated, low, high = (rounded(value) for value in (row.simulated, row.ci_low, row.ci_high))

    def position(value: float) -> float | None:
        return (value - zero) / unit if math.isfinite(value) else None

    return {
        "panel": target.area if ratio else NO_RATIO,
        "label": target.label,
        "simulated": position(simulated),
        "ci_low": position(low),
        "ci_high": position(high),
        "tolerated_low": position(target.published - target.allowed),
        "tolerated_high": position(target.published + target.allowed),
        "verdict": row.verdict.value,
        "shown": f"{figure_text(simulated)}  ({figure_text(target.published)})",
    }


def figure_text(value: float) -> str:
    """Return a number as a reader wants it: four digits, thousands set apart, years whole."""
    if not math.isfinite(value):
        return "not available"
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f}M"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _clipped(rows: Sequence[Row], low: float, high: float) -> list[Row]:
    """Return the rows with positions kept inside the picture."""
    kept = []
    for row in rows:
        inside = {
            name: None if row[name] is None else min(max(row[name], low), high)
            for name in ("simulated", "ci_low", "ci_high", "tolerated_low", "tolerated_high")
        }
        kept.append({**row, **inside})
    return kept


def _panel(name: str, rows: Sequence[Row], *, last: bool) -> alt.LayerChart:
    ratio = name != NO_RATIO
    low, high = (LEAST, MOST) if ratio else (-3.0, 3.0)
    values = _clipped(rows, low, high)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y(
            "label:N",
            title=None,
            sort=[row["label"] for row in rows],
            axis=alt.Axis(labelLimit=LABELS, minExtent=LABELS, labelFontSize=10.5),
        )
    )
    title = ("simulated ÷ published" if ratio else "tolerances") if last or not ratio else None
    scale = alt.Scale(domain=[low, high], nice=False)
    ticks = [0.5, 0.75, 1.0, 1.25, 1.5] if ratio else [-3, -2, -1, 0, 1, 2, 3]
    axis = alt.Axis(values=ticks, format=".2~f", grid=True)
    verdicts = [verdict.value for verdict in _SHAPES]
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=verdicts), legend=None)
    shape = alt.Shape(
        "verdict:N", scale=alt.Scale(domain=verdicts, range=list(_SHAPES.values())), legend=None
    )
    x = alt.X("tolerated_low:Q", title=title, scale=scale, axis=axis)
    layers = [
        base.mark_bar(height=9, opacity=0.3).encode(
            x=x, x2="tolerated_high:Q", fill=alt.value(LIGHT["third"])
        ),
        base.mark_rule(strokeWidth=1.5).encode(x="ci_low:Q", x2="ci_high:Q", color=colour),
        base.mark_point(filled=True, size=46, opacity=1).encode(
            x="simulated:Q", color=colour, shape=shape
        ),
        base.mark_text(align="left", dx=8, fontSize=10).encode(x=alt.value(WIDTH), text="shown:N"),
    ]
    heading = f"{name[0].upper()}{name[1:]}"
    return alt.LayerChart(layer=layers, width=WIDTH, height=alt.Step(STEP), title=heading)


def _key(scenario: Scenario, compared: Sequence[Comparison]) -> list[str]:
    """Return the lines below the title: how it went, and what the marks mean."""
    counted = {verdict: sum(row.verdict is verdict for row in compared) for verdict in _SHAPES}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counted.items() if count)
    run = f"{scenario.replicates} replicates of {scenario.population.size:,} people"
    shapes = "Dot: within; diamond: outside; cross: interval too wide to say"
    return [
        f"{len(compared)} statistics: {said}. {run}, seed {scenario.seed}.",
        f"Grey band: tolerated. {shapes}. Bar: {scenario.confidence:.0%} interval.",
        "Right: simulated (published). What lies beyond the axis is drawn at its end.",
    ]


def figure_specification(scenario: Scenario, compared: Sequence[Comparison]) -> dict[str, Any]:
    """Return the picture as Vega-Lite, titled and with a key to its marks."""
    rows = figure_rows(compared)
    names = list(dict.fromkeys(row["panel"] for row in rows))
    names.sort(key=lambda name: name == NO_RATIO)  # stable: the areas keep their order
    ratios = [name for name in names if name != NO_RATIO]
    panels = [
        _panel(name, [row for row in rows if row["panel"] == name], last=name == ratios[-1])
        for name in names
    ]
    chart = alt.VConcatChart(
        vconcat=panels,
        spacing=14,
        padding=16,
        title=alt.TitleParams(
            "The simulated population beside published figures",
            subtitle=_key(scenario, compared),
            anchor="start",
            frame="bounds",
            fontSize=15,
            offset=14,
        ),
    )
    specification: dict[str, Any] = chart.to_dict()
    specification["config"] = chart_theme(LIGHT)
    return specification
