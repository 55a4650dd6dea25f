"""The shapes of the charts: how rows become marks, axes and controls.

Everything is drawn from inline rows; nothing is aggregated here, so what is seen is what is stored.
Intervals are always drawn. Series differ in colour, shape and dash. Colours come from the styles
and ranges that the theme defines, never from here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from simulator.report.stored import NAME_THRESHOLD, ThresholdEstimate
from simulator.report.wording import ADDRESS_THRESHOLDS, SELECTIONS, CutWords

Row = dict[str, Any]  # Any: text, number or None, as JSON holds them
LABELLED_WIDTH = 470
WIDTH = 640
THRESHOLD_PANELS = {
    "false_discovery_rate": "Wrong person, of all accounts released",
    "false_negative_identification_rate": "Missed, of all requests whose person has an account",
}
_CUT_CONTROL, _ADDRESS_CONTROL, _SELECTION_CONTROL = "cut_at", "address_at", "selection_at"
MOST_CUTS = 101
"""Scores drawn at most: every step of 0.25 would make the page many times larger."""
FATE_KINDS = {
    "fate_found": "the person only",
    "fate_found_with_others": "somebody else",
    "fate_wrong_person": "somebody else",
    "fate_nobody": "nothing released",
    "fate_not_unique": "nothing released",
    "fate_withheld": "nothing released",
    "fate_rejected": "nothing released",
    "fate_unanswered": "nothing released",
}
_EXPOSED_TITLE = "lawful residents exposed, per 1,000 requests"


def inline(rows: Sequence[Row]) -> alt.InlineData:
    """Return rows as a chart carries them."""
    return alt.InlineData(values=list(rows))


def layered(layers: Sequence[alt.Chart], **properties: Any) -> alt.LayerChart:
    """Lay charts over each other."""
    return alt.LayerChart(layer=list(layers), **properties)


def in_order(rows: Sequence[Row], field: str) -> list[str]:
    """Return the values of a field, each once, as they come."""
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


def dot_panel(
    rows: Sequence[Row],
    heading: str,
    axis_title: str | None,
    *,
    counted: str = "Per 1,000 requests",
) -> alt.LayerChart:
    """Draw one dot and interval per row; a hollow dot where no event was seen."""
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label")),
        tooltip=[
            alt.Tooltip("label:N", title=heading),
            alt.Tooltip("shown:N", title=counted),
        ],
    )
    axis = alt.Axis(tickCount=6)
    bars = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("ci_low:Q", title=axis_title, axis=axis), x2="ci_high:Q"
    )
    layers = [bars, *(dots.encode(x="estimate:Q") for dots in _dots(base, rows))]
    return layered(layers, width=LABELLED_WIDTH, height=alt.Step(21), title=heading)


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
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label")),
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
    return layered([bars, *dots], width=LABELLED_WIDTH, height=alt.Step(17))


def bar_rows(rows: Sequence[Row]) -> alt.LayerChart:
    """Draw one bar per row, its name and number above it, on a scale of 1,000 requests."""
    kinds = list(dict.fromkeys(FATE_KINDS.values()))
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", sort=in_order(rows, "label"), axis=None),
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
    return layered([bars, whiskers, names, numbers], width=WIDTH, height=alt.Step(46))


def controls(*, scored: bool) -> tuple[str, ...]:
    """Return the page's controls of the threshold figure; a score knows no address threshold."""
    if scored:
        return (_CUT_CONTROL, _SELECTION_CONTROL)
    return (_CUT_CONTROL, _ADDRESS_CONTROL, _SELECTION_CONTROL)


def thinned(rows: Sequence[ThresholdEstimate], own: float) -> list[ThresholdEstimate]:
    """Keep at most about ``MOST_CUTS`` cuts, evenly spaced, the scenario's own among them."""
    cuts = sorted({row.cut for row in rows} | {own})
    step = -(-len(cuts) // MOST_CUTS)
    kept = set(cuts[cuts.index(own) % step :: step])
    return [row for row in rows if row.cut in kept]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _chosen_from(name: str, value: str, choices: Mapping[str, str], label: str) -> alt.Parameter:
    labels = [_capital(words) for words in choices.values()]
    binding = alt.binding_select(options=list(choices), labels=labels, name=label)
    return alt.param(name=name, value=value, bind=binding)


def _slider(rows: Sequence[Row], axis: str, label: str, own: float) -> alt.Parameter:
    cuts = sorted({row[axis] for row in rows} | {own})
    step = round(cuts[1] - cuts[0], 2) if len(cuts) > 1 else 0.01
    binding = alt.binding_range(min=cuts[0], max=cuts[-1], step=step, name=label)
    return alt.param(name=_CUT_CONTROL, value=own, bind=binding)


def threshold_panels(
    rows: Sequence[Row],
    *,
    axis: str,
    words: CutWords,
    cut: float,
    address_threshold: str,
    selection: str,
) -> alt.VConcatChart:
    """Draw one panel per error with its band, the chosen threshold marked and its number shown.

    ``axis`` is the column of the threshold that moves, ``words`` say what it is.
    """
    drawn = [row for row in rows if row["estimate"] is not None] or list(rows)
    domain = [min(row[axis] for row in drawn), max(row[axis] for row in drawn)]
    if axis == NAME_THRESHOLD:
        domain = [0.8, 1.0]
    wrong, missed = THRESHOLD_PANELS
    panels = (
        _threshold_panel(wrong, axis, domain, None, dash=[1, 0], shape="circle"),
        _threshold_panel(missed, axis, domain, words.axis, dash=[6, 3], shape="square"),
    )
    parameters = [
        _slider(rows, axis, words.label, cut),
        _chosen_from(_SELECTION_CONTROL, selection, SELECTIONS, "Released"),
    ]
    address = _chosen_from(_ADDRESS_CONTROL, address_threshold, ADDRESS_THRESHOLDS, "Addresses")
    if axis == NAME_THRESHOLD:
        parameters.insert(1, address)
    else:  # one level, which the panels ask for
        parameters.insert(1, alt.param(name=_ADDRESS_CONTROL, value=address_threshold))
    return alt.VConcatChart(vconcat=list(panels), data=inline(rows)).add_params(*parameters)


def _panel_base(
    measure: str, axis: str, domain: Sequence[float], axis_title: str | None
) -> alt.Chart:
    names = axis == NAME_THRESHOLD
    labels = alt.Axis(format=".2f" if names else "~f", tickCount=5 if names else 8, grid=False)
    return (
        alt.Chart()
        .transform_filter(f"datum.measure == '{measure}'")
        .transform_filter(f"datum.selection == {_SELECTION_CONTROL}")
        .transform_filter(f"datum.address_threshold == {_ADDRESS_CONTROL}")
        .encode(
            x=alt.X(
                f"{axis}:Q",
                title=axis_title,
                scale=alt.Scale(domain=list(domain), nice=False),
                axis=labels,
            ),
            tooltip=[
                alt.Tooltip(f"{axis}:Q", title="Threshold", format=".2f"),
                alt.Tooltip("shown:N", title=THRESHOLD_PANELS[measure].split(",")[0]),
            ],
        )
    )


def _threshold_panel(
    measure: str,
    axis: str,
    domain: Sequence[float],
    axis_title: str | None,
    *,
    dash: list[int],
    shape: str,
) -> alt.LayerChart:
    """Draw one error against the threshold, its number written above the chosen one."""
    base = _panel_base(measure, axis, domain, axis_title)
    names = list(THRESHOLD_PANELS)
    colour = alt.Color("measure:N", scale=alt.Scale(domain=names), legend=None)
    share = alt.Y("estimate:Q", title=None, axis=alt.Axis(format="~%", tickCount=4))
    chosen = base.transform_filter(f"abs(datum.{axis} - {_CUT_CONTROL}) < 0.005")
    # Towards the middle, so that the number stays inside a narrow screen.
    side = {"expr": f"{_CUT_CONTROL} > {sum(domain) / 2:.4g} ? 'right' : 'left'"}
    size = 22 if axis == NAME_THRESHOLD else 9
    layers = (
        base.mark_area(opacity=0.22, line=False).encode(
            y=alt.Y("ci_low:Q", title=None), y2="ci_high:Q", color=colour
        ),
        base.mark_line(strokeWidth=2, strokeDash=dash).encode(y=share, color=colour),
        base.mark_point(filled=True, size=size, shape=shape, opacity=1).encode(
            y=share, color=colour
        ),
        chosen.mark_rule(strokeWidth=1),
        chosen.mark_point(filled=True, size=95, shape=shape, opacity=1).encode(
            y=share, color=colour
        ),
        chosen.mark_text(align=side, baseline="bottom", fontWeight=600).encode(
            y=alt.value(-5), text="shown:N"
        ),
        base.mark_rule(opacity=0, strokeWidth=16 if axis == NAME_THRESHOLD else 4),
    )
    return layered(layers, width=WIDTH - 40, height=150, title=THRESHOLD_PANELS[measure])
