"""The shapes of the charts of errors: curves of one error against another, bars of parts.

Curves are told apart by colour, shape and words. Where lines are steps of one scale (address
levels) their colours are steps too; otherwise (matchers, selections) they are categories.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import altair as alt

from simulator.report.shapes import LABELLED_WIDTH, WIDTH, Row, dot_panel, in_order, inline, layered

SHAPES = (
    *("circle", "square", "triangle-up", "diamond", "cross"),
    *("triangle-down", "triangle-right", "triangle-left", "stroke"),
)
LEAST = 0.00001
_TICKS = (
    *(LEAST, 0.0001, 0.001, 0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45),
    *(0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.99, 0.999, 1.0 - LEAST),
)
_NUMBER_SIDES: tuple[tuple[str, Literal["left", "right"], int], ...] = (
    ("for", "left", 4),
    ("against", "right", -4),
)
_NORMAL = NormalDist()


def deviate(share: float | None) -> float | None:
    """Return the normal deviate of a share, None within ``LEAST`` of 0 and 1: off the axis."""
    if share is None or not LEAST <= share <= 1.0 - LEAST:
        return None
    return _NORMAL.inv_cdf(share)


@dataclass(frozen=True)
class CurveAxis:
    """One axis of a curve: its title, and whether it is a scale of normal deviates."""

    title: str
    deviates: bool


def curve_scale(axis: CurveAxis, values: Sequence[float | None]) -> dict[str, Any]:
    """Return scale and ticks: shares from 0 to 1, or the deviates between round shares."""
    if not axis.deviates:
        return {
            "scale": alt.Scale(domain=[0, 1]),
            "axis": alt.Axis(format="~%", tickCount=5, grid=True),
        }
    found = [value for value in values if value is not None]
    ticks = [_NORMAL.inv_cdf(share) for share in _TICKS]
    low = max((tick for tick in ticks[:-1] if found and tick <= min(found)), default=ticks[0])
    high = min((tick for tick in ticks[1:] if found and tick >= max(found)), default=ticks[-1])
    texts = " ".join(
        f"abs(datum.value - ({tick:.6f})) < 0.001 ? '{100 * share:.5g}%' :"
        for tick, share in zip(ticks, _TICKS, strict=True)
    )
    shown = [tick for tick in ticks if low <= tick <= high]
    return {
        "scale": alt.Scale(domain=[low, high], nice=False, zero=False, clamp=True),
        "axis": alt.Axis(
            values=shown,
            labelExpr=f"{texts} ''",
            labelOverlap="greedy",
            labelSeparation=5,
            grid=True,
            gridOpacity=0.6,
        ),
    }


def _across(
    base: alt.Chart, x: alt.X, y: alt.Y, axes: Sequence[dict[str, Any]], title: str
) -> list[alt.Chart]:
    """Return the intervals of the operating point in both directions and a ring around it."""
    own = base.transform_filter("datum.operating")
    return [
        own.mark_rule(strokeWidth=1.5).encode(
            x=alt.X("x_low:Q", title=title, **axes[0]), x2="x_high:Q", y=y
        ),
        own.mark_rule(strokeWidth=1.5).encode(
            y=alt.Y("y_low:Q", title=None, **axes[1]), y2="y_high:Q", x=x
        ),
        own.mark_point(
            filled=False, shape="circle", size=190, strokeWidth=2, opacity=1, style="operating"
        ).encode(x=x, y=y),
    ]


def _limits(rows: Sequence[Row], axis: str) -> list[float | None]:
    """Return the interval of the operating point, the only one that is drawn."""
    return [row[f"{axis}_{end}"] for row in rows if row["operating"] for end in ("low", "high")]


def seen(rows: Sequence[Row], axis: str) -> list[float | None]:
    """Return the places along an axis of the points that are drawn: those that have both."""
    return [row[axis] for row in rows if row["x"] is not None and row["y"] is not None]


def curves(
    rows: Sequence[Row],
    *,
    x: CurveAxis,
    y: CurveAxis,
    ordered: bool,
    legend_columns: int,
) -> alt.LayerChart:
    """Draw one line per ``series`` through the points (x, y) of its thresholds, in their order.

    Rows hold series, cut, x, y and their limits as they are plotted, the same in words, ``own`` for
    the scenario's line and ``operating`` for its point. ``ordered``: series are steps of one scale.
    """
    names = in_order(rows, "series")
    axes = (
        curve_scale(x, [*seen(rows, "x"), *_limits(rows, "x")]),
        curve_scale(y, [*seen(rows, "y"), *_limits(rows, "y")]),
    )
    across = alt.X("x:Q", title=x.title, **axes[0])
    up = alt.Y("y:Q", title=None, **axes[1])
    legend = alt.Legend(title=None, columns=legend_columns, symbolOpacity=1)
    # Nominal in any case: a shape knows no order, and legends merge only where types agree.
    colours = alt.Scale(domain=names, range="ordinal" if ordered else "category")
    colour = alt.Color("series:N", sort=names, scale=colours, legend=legend)
    shape = alt.Shape(
        "series:N",
        sort=names,
        scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
        legend=legend,
    )
    base = alt.Chart(inline(rows)).encode(
        tooltip=[
            alt.Tooltip("series:N", title="Line"),
            alt.Tooltip("cut:Q", title="Threshold", format=".2f"),
            alt.Tooltip("shown_x:N", title=x.title),
            alt.Tooltip("shown_y:N", title=y.title),
        ],
    )
    lines = base.encode(x=across, y=up, color=colour, order=alt.Order("cut:Q"))
    layers = [
        lines.mark_line(strokeWidth=1.25),
        lines.transform_filter("datum.own").mark_line(strokeWidth=3),
        base.mark_point(filled=True, size=15, opacity=1).encode(
            x=across, y=up, color=colour, shape=shape
        ),
        *_across(base, across, up, axes, x.title),
    ]
    return layered(layers, width=WIDTH - 40, height=330, title=y.title)


def stacked_bars(rows: Sequence[Row], own: Sequence[Row], heading: str) -> alt.VConcatChart:
    """Draw a bar of parts per ``series``, and below it the parts of ``own`` with intervals."""
    parts = in_order(rows, "label")
    domain = alt.Scale(domain=parts)
    legend = alt.Legend(title=None, columns=3)
    bars = (
        alt.Chart(inline(rows))
        .mark_bar(height=17)
        .encode(
            y=alt.Y("series:N", title=None, sort=in_order(rows, "series")),
            x=alt.X("estimate:Q", title=None, stack="zero", axis=alt.Axis(tickCount=6)),
            color=alt.Color("label:N", sort=parts, scale=domain, legend=legend),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("series:N", title="Released"),
                alt.Tooltip("label:N", title="Lost"),
                alt.Tooltip("shown:N", title="Of every 1,000"),
            ],
        )
    )
    top = layered(
        [bars], width=LABELLED_WIDTH, height=alt.Step(27), title="By which accounts are released"
    )
    title = "requests, of every 1,000 for a person on the roll"
    below = dot_panel(own, heading, title, counted="Of every 1,000")
    return alt.VConcatChart(vconcat=[top, below])


def weight_panels(panels: Sequence[tuple[str, Sequence[Row]]]) -> alt.VConcatChart:
    """Draw a bar per level of each field: what it weighs, for or against."""
    charts = []
    for number, (heading, rows) in enumerate(panels):
        title = "match weight in bits: each adds a factor 2 to the odds"
        base = alt.Chart(inline(rows)).encode(
            y=alt.Y("label:N", title=None, sort=in_order(rows, "label")),
            tooltip=[
                alt.Tooltip("label:N", title=heading),
                alt.Tooltip("shown:N", title="Weight, bits"),
            ],
        )
        # Room for the numbers beside the longest bars.
        room = alt.Scale(padding=34)
        bits = alt.X("estimate:Q", title=title if number + 1 == len(panels) else None, scale=room)
        signs = alt.Scale(domain=["for", "against"])
        bars = base.mark_bar(height=11).encode(
            x=bits, color=alt.Color("side:N", scale=signs, legend=None)
        )
        numbers = [
            base.transform_filter(f"datum.side == '{side}'")
            .mark_text(align=align, dx=dx)
            .encode(x=bits, text="shown:N")
            for side, align, dx in _NUMBER_SIDES
            if any(row["side"] == side for row in rows)
        ]
        zero = base.mark_rule(strokeWidth=1).encode(x=alt.datum(0))
        charts.append(
            layered(
                [bars, zero, *numbers], width=LABELLED_WIDTH, height=alt.Step(19), title=heading
            )
        )
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(x="shared"))
    return alt.VConcatChart(vconcat=charts, resolve=resolve)
