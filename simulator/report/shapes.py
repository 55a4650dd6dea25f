"""The shapes of the charts: how rows become marks, axes and controls.

Everything is drawn from inline rows; nothing is aggregated here, so what is seen is what is stored.
Intervals are always drawn. Series differ in colour, shape and dash. Colours come from the styles
and ranges that the theme defines, never from here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from simulator.report.wording import ADDRESS_THRESHOLDS, SELECTIONS

Row = dict[str, Any]  # Any: text, number or None, as JSON holds them
LABELLED_WIDTH = 470
WIDTH = 640
THRESHOLD_PANELS = {
    "false_discovery_rate": "Wrong person, of all accounts released",
    "false_negative_identification_rate": "Missed, of all requests whose person has an account",
}
THRESHOLD_CONTROLS = ("name_at", "address_at", "selection_at")
FATE_KINDS = {
    "fate_found": "the person only",
    "fate_found_with_others": "somebody else",
    "fate_wrong_person": "somebody else",
    "fate_nobody": "nothing released",
    "fate_rejected": "nothing released",
}
_EXPOSED_TITLE = "lawful residents exposed, per 1,000 requests"


def _inline(rows: Sequence[Row]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


def _layered(layers: Sequence[alt.Chart], **properties: Any) -> alt.LayerChart:
    return alt.LayerChart(layer=list(layers), **properties)


def _in_order(rows: Sequence[Row], field: str) -> list[str]:
    return list(dict.fromkeys(str(row[field]) for row in rows))


def dot_panels(panels: Mapping[str, Sequence[Row]]) -> alt.VConcatChart:
    """Draw panels of dots with intervals below each other, all on one scale."""
    last = list(panels)[-1]
    charts = [
        dot_panel(rows, heading, _EXPOSED_TITLE if heading == last else None)
        for heading, rows in panels.items()
    ]
    resolve = alt.Resolve(scale=alt.ScaleResolveMap(x="shared"))
    return alt.VConcatChart(vconcat=charts, resolve=resolve)


def dot_panel(rows: Sequence[Row], heading: str, axis_title: str | None) -> alt.LayerChart:
    """Draw one dot and interval per row; a hollow dot where no event was seen."""
    base = alt.Chart(_inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=_in_order(rows, "label")),
        tooltip=[
            alt.Tooltip("label:N", title=heading),
            alt.Tooltip("shown:N", title="Per 1,000 requests"),
        ],
    )
    axis = alt.Axis(tickCount=6)
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("ci_low:Q", title=axis_title, axis=axis), x2="ci_high:Q"
    )
    layers = [bars, *(dots.encode(x="estimate:Q") for dots in _dots(base, rows))]
    return _layered(layers, width=LABELLED_WIDTH, height=alt.Step(21), title=heading)


def _dots(base: alt.Chart, rows: Sequence[Row]) -> list[alt.Chart]:
    """Return filled dots for what was seen and hollow ones for what was not, where there are any.

    An empty layer would leave its scale without an extent.
    """
    return [
        base.transform_filter(f"datum.seen == '{kind}'").mark_point(
            filled=filled, size=56, opacity=1, strokeWidth=1.5
        )
        for filled, kind in ((True, "seen"), (False, "none seen"))
        if any(row["seen"] == kind for row in rows)
    ]


def paired_panel(rows: Sequence[Row], series: Sequence[str]) -> alt.LayerChart:
    """Draw two series with intervals side by side in each row, told apart by colour and shape."""
    names = list(series)
    legend = alt.Legend(title=None)
    base = alt.Chart(_inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=_in_order(rows, "label")),
        yOffset=alt.YOffset("series:N", sort=names, scale=alt.Scale(paddingOuter=0.25)),
        color=alt.Color("series:N", sort=names, scale=alt.Scale(domain=names), legend=legend),
        tooltip=[
            alt.Tooltip("label:N", title="Legal status"),
            alt.Tooltip("series:N", title="Exposed through"),
            alt.Tooltip("shown:N", title="Per 1,000 requests"),
        ],
    )
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("ci_low:Q", title=_EXPOSED_TITLE, axis=alt.Axis(tickCount=6)),
        x2="ci_high:Q",
    )
    shape = alt.Shape(
        "series:N",
        sort=names,
        scale=alt.Scale(domain=names, range=["circle", "diamond"]),
        legend=legend,
    )
    dots = [layer.encode(x="estimate:Q", shape=shape) for layer in _dots(base, rows)]
    return _layered([bars, *dots], width=LABELLED_WIDTH, height=alt.Step(17))


def bar_rows(rows: Sequence[Row]) -> alt.LayerChart:
    """Draw one bar per row, its name and number above it, on a scale of 1,000 requests."""
    kinds = list(dict.fromkeys(FATE_KINDS.values()))
    base = alt.Chart(_inline(rows)).encode(
        y=alt.Y("label:N", sort=_in_order(rows, "label"), axis=None),
        tooltip=[
            alt.Tooltip("label:N", title="Request"),
            alt.Tooltip("shown:N", title="Of every 1,000"),
        ],
    )
    bars = base.mark_bar(height=13, yOffset=9).encode(
        x=alt.X(
            "estimate:Q",
            title="requests, of every 1,000",
            scale=alt.Scale(domain=[0, 1000]),
            axis=alt.Axis(tickCount=5, grid=False),
        ),
        color=alt.Color("kind:N", scale=alt.Scale(domain=kinds), legend=None),
    )
    whiskers = base.mark_rule(strokeWidth=1.5, yOffset=9, y2Offset=9).encode(
        x="ci_low:Q", x2="ci_high:Q"
    )
    names = base.mark_text(align="left", dy=-9, fontWeight=600).encode(
        x=alt.value(0), text="label:N"
    )
    numbers = base.mark_text(align="right", dy=-9).encode(x=alt.value("width"), text="shown:N")
    return _layered([bars, whiskers, names, numbers], width=WIDTH, height=alt.Step(46))


def _threshold_parameters(
    name_threshold: float, address_threshold: str, selection: str
) -> list[alt.Parameter]:
    name, address, selected = THRESHOLD_CONTROLS
    return [
        alt.param(
            name=name,
            value=name_threshold,
            bind=alt.binding_range(min=0.8, max=1.0, step=0.01, name="Names at least"),
        ),
        alt.param(
            name=address,
            value=address_threshold,
            bind=alt.binding_select(
                options=list(ADDRESS_THRESHOLDS),
                labels=[words[0].upper() + words[1:] for words in ADDRESS_THRESHOLDS.values()],
                name="Addresses",
            ),
        ),
        alt.param(
            name=selected,
            value=selection,
            bind=alt.binding_select(
                options=list(SELECTIONS),
                labels=[words[0].upper() + words[1:] for words in SELECTIONS.values()],
                name="Released",
            ),
        ),
    ]


def threshold_panels(
    rows: Sequence[Row], *, name_threshold: float, address_threshold: str, selection: str
) -> alt.VConcatChart:
    """Draw one panel per error with its band, the chosen threshold marked and its number shown."""
    wrong, missed = THRESHOLD_PANELS
    panels = (
        _threshold_panel(wrong, dash=[1, 0], shape="circle", last=False),
        _threshold_panel(missed, dash=[6, 3], shape="square", last=True),
    )
    parameters = _threshold_parameters(name_threshold, address_threshold, selection)
    return alt.VConcatChart(vconcat=list(panels), data=_inline(rows)).add_params(*parameters)


def _threshold_panel(measure: str, *, dash: list[int], shape: str, last: bool) -> alt.LayerChart:
    """Draw one error against the name threshold, its number written above the chosen one."""
    names = list(THRESHOLD_PANELS)
    base = (
        alt.Chart()
        .transform_filter(f"datum.measure == '{measure}'")
        .transform_filter("datum.selection == selection_at")
        .transform_filter("datum.address_threshold == address_at")
        .encode(
            x=alt.X(
                "name_threshold:Q",
                title="least similarity of names (Jaro–Winkler)" if last else None,
                scale=alt.Scale(domain=[0.8, 1.0], nice=False),
                axis=alt.Axis(format=".2f", tickCount=5, grid=False),
            ),
            tooltip=[
                alt.Tooltip("name_threshold:Q", title="Names at least", format=".2f"),
                alt.Tooltip("shown:N", title=THRESHOLD_PANELS[measure].split(",")[0]),
            ],
        )
    )
    colour = alt.Color("measure:N", scale=alt.Scale(domain=names), legend=None)
    share = alt.Y("estimate:Q", title=None, axis=alt.Axis(format="~%", tickCount=4))
    chosen = base.transform_filter("abs(datum.name_threshold - name_at) < 0.005")
    # Towards the middle, so that the number stays inside a narrow screen.
    side = {"expr": "name_at > 0.9 ? 'right' : 'left'"}
    layers = (
        base.mark_area(opacity=0.22, line=False).encode(
            y=alt.Y("ci_low:Q", title=None), y2="ci_high:Q", color=colour
        ),
        base.mark_line(strokeWidth=2, strokeDash=dash).encode(y=share, color=colour),
        base.mark_point(filled=True, size=22, shape=shape, opacity=1).encode(y=share, color=colour),
        chosen.mark_rule(strokeWidth=1),
        chosen.mark_point(filled=True, size=95, shape=shape, opacity=1).encode(
            y=share, color=colour
        ),
        chosen.mark_text(align=side, baseline="bottom", fontWeight=600).encode(
            y=alt.value(-5), text="shown:N"
        ),
        base.mark_rule(opacity=0, strokeWidth=16),
    )
    return _layered(layers, width=WIDTH - 40, height=150, title=THRESHOLD_PANELS[measure])
