"""Printed figures of errors: matchers on one DET curve, and the map of both thresholds.

Limits: a share of exactly 0 or 1 has no normal deviate; such points are in the CSV behind the curve
and not on it. The map shows a part of the name thresholds; the CSV holds those that are shown.
"""

import math
from collections.abc import Sequence

import altair as alt

from simulator.report.error_figures import curve_points, plotted
from simulator.report.error_shapes import SHAPES, CurveAxis, curve_scale, seen
from simulator.report.figure import Row, finite
from simulator.report.folder import Folder
from simulator.report.matcher_points import FALSE_ALARM, MISSED, matcher_points
from simulator.report.printed import DOUBLE, Printed
from simulator.report.results import Results, read_results
from simulator.report.shapes import in_order, inline, layered, thinned
from simulator.report.stored import ThresholdEstimate, fail
from simulator.report.wording import (
    ADDRESS_THRESHOLDS,
    BIRTH_DATE_THRESHOLDS,
    MATCHERS,
    SELECTIONS,
    level_words,
    plain_name,
    shown_decimals,
)

EXPOSED = "over_disclosed_residents_per_1000_requests"
_TICKS = tuple(step * 10.0**power for power in range(-2, 7) for step in (1, 2, 5))
_DASHES = ([1, 0], [5, 2], [2, 2], [6, 2, 1, 2], [1, 1], [8, 2], [3, 1], [4, 4])
_COLUMNS = 11
"""Name thresholds that the map has room for."""
_CELL, _ROW = 34, 21


def det_by_matcher(folder: Folder) -> Printed:
    """Draw the trade-off of every matcher on normal-deviate axes, one point with intervals each."""
    results = read_results(folder.directory, ())
    rows = _matcher_rows(results)
    axes = (CurveAxis("", True), CurveAxis("", True))
    drawn = plotted(rows, FALSE_ALARM, MISSED, deviates=True)
    return Printed(
        caption=(
            "Detection error trade-off of every matcher on the same people, list and candidate "
            "pairs, over the thresholds of its own score. Down and left is better. Each mark is "
            "the loosest threshold of a matcher with no more false alarms than the scenario's own "
            "rule, chosen on the same replicates. Released: "
            f"{SELECTIONS.get(results.manifest.selection, results.manifest.selection)}."
        ),
        units=(
            "across: requests for people without an account that release one, of all such "
            "requests (FPIR), in percent; up: requests that do not find their person, of all whose "
            "person has an account (FNIR), in percent; both axes are normal deviates."
        ),
        intervals=(
            f"{level_words(results.manifest.confidence)} over replicates, in both directions at "
            "each mark; cut off at the edge of the axes. Those of every point are in the CSV."
        ),
        chart=_det_chart(drawn, axes),
        rows=tuple(rows),
    )


def _matcher_rows(results: Results) -> list[Row]:
    """Return the points of every matcher, those chosen for comparison marked ``chosen``."""
    selection = results.manifest.selection
    stored = [row for row in results.matchers if row.policy == selection]
    if not stored:
        fail("the run left no matchers.csv: it had no matchers beside its own rule.")
    chosen, kept = {}, []
    for point in matcher_points(results):
        chosen[MATCHERS.get(point.matcher, plain_name(point.matcher))] = point.cut
        of_one = [row for row in stored if row.matcher == point.matcher]
        kept += thinned(of_one, point.cut if point.found else of_one[0].cut)
    found = curve_points(kept, FALSE_ALARM, MISSED, scored=True, own=(selection, "any", math.nan))
    return [
        {key: value for key, value in row.items() if key not in ("own", "operating")}
        | {"chosen": row["cut"] == chosen[row["series"]]}
        for row in found
    ]


def _det_chart(rows: Sequence[Row], axes: tuple[CurveAxis, CurveAxis]) -> alt.LayerChart:
    names = in_order(rows, "series")
    across = alt.X(
        "x:Q",
        title="false alarms, of requests for nobody on the roll (FPIR)",
        **curve_scale(axes[0], _reach(rows, "x")),
    )
    up = alt.Y(
        "y:Q",
        title="missed, of requests for somebody on the roll (FNIR)",
        **curve_scale(axes[1], _reach(rows, "y")),
    )
    legend = alt.Legend(title=None, columns=1, symbolOpacity=1, symbolStrokeWidth=0)
    colour = alt.Color("series:N", sort=names, scale=alt.Scale(domain=names), legend=legend)
    dashes = alt.StrokeDash(
        "series:N",
        sort=names,
        scale=alt.Scale(domain=names, range=[list(dash) for dash in _DASHES[: len(names)]]),
        legend=None,
    )
    shape = alt.Shape(
        "series:N",
        sort=names,
        scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
        legend=legend,
    )
    base = alt.Chart(inline(rows)).encode(color=colour)
    own = base.transform_filter("datum.chosen")
    layers = [
        base.mark_line(strokeWidth=1.1).encode(
            x=across, y=up, order=alt.Order("cut:Q"), strokeDash=dashes
        ),
        own.mark_rule(strokeWidth=0.9).encode(x=across.copy(), x2="x_high:Q", y=up),
        own.mark_rule(strokeWidth=0.9).encode(x=alt.X("x_low:Q"), x2="x:Q", y=up),
        own.mark_rule(strokeWidth=0.9).encode(y=alt.Y("y_low:Q"), y2="y_high:Q", x=across),
        own.mark_point(filled=True, size=30, opacity=1).encode(x=across, y=up, shape=shape),
    ]
    return layered(layers, width=204, height=180)


def _reach(rows: Sequence[Row], axis: str) -> list[float | None]:
    """Return what an axis has to show: every point drawn, and the upper limits of those chosen.

    A lower limit near 0 would take up half of an axis of deviates; it is cut off.
    """
    limits = [
        row[f"{axis}_high"]
        for row in rows
        if row["chosen"] and row["x"] is not None and row["y"] is not None
    ]
    return [*seen(rows, axis), *limits]


def threshold_map(folder: Folder) -> Printed:
    """Draw over-disclosure at every address threshold and a part of the name thresholds."""
    results = read_results(folder.directory, (EXPOSED,))
    manifest = results.manifest
    if manifest.scored:
        fail("its rule has one threshold, of a score: there is no map of two thresholds.")
    rows = _map_rows(results)
    if not rows:
        fail(f"thresholds.parquet holds no {EXPOSED} at the scenario's selection rule.")
    birth = BIRTH_DATE_THRESHOLDS.get(manifest.birth_date_threshold, manifest.birth_date_threshold)
    return Printed(
        caption=(
            "Lawful residents exposed at every address threshold (rows, from loosest to "
            "strictest) and name threshold (columns). The framed cell is the scenario's own "
            f"policy. Birth dates: {birth}; released: "
            f"{SELECTIONS.get(manifest.selection, manifest.selection)}. Every cell is of the same "
            "people and the same list."
        ),
        units=(
            "distinct lawful residents exposed by any disclosure, direct or collateral, per 1,000 "
            "requests on the list; shade: the same, logarithmic; k: thousands."
        ),
        intervals=(
            f"second line of each cell: {level_words(manifest.confidence)} over replicates."
        ),
        chart=_map_chart(rows),
        rows=tuple(rows),
        width=DOUBLE,
    )


def _map_rows(results: Results) -> list[Row]:
    manifest = results.manifest
    stored = [
        row
        for row in results.thresholds
        if row.measure == EXPOSED and row.policy == manifest.selection
    ]
    cuts = sorted({row.cut for row in stored} | {manifest.cut})
    step = -(-len(cuts) // _COLUMNS)
    kept = set(cuts[cuts.index(manifest.cut) % step :: step])
    order = list(ADDRESS_THRESHOLDS)
    rows = [_cell(row, results) for row in stored if row.cut in kept]
    rows.sort(key=lambda row: (order.index(row["address_threshold"]), row["name_threshold"]))
    return rows


def _cell(row: ThresholdEstimate, results: Results) -> Row:
    words = ADDRESS_THRESHOLDS.get(row.address_threshold, row.address_threshold)
    own = row.address_threshold == results.manifest.address_threshold
    return {
        "name_threshold": row.cut,
        "address_threshold": row.address_threshold,
        "label": words[0].upper() + words[1:],
        "estimate": finite(row.estimate),
        "ci_low": finite(row.ci_low),
        "ci_high": finite(row.ci_high),
        "shown": _compact(row.estimate, row),
        "range": f"{_compact(row.ci_low, row)}–{_compact(row.ci_high, row)}",
        "own": own and abs(row.cut - results.manifest.cut) < 5e-3,
    }


def _compact(value: float, row: ThresholdEstimate) -> str:
    """Return a number in the fewest characters that its interval deserves."""
    if not math.isfinite(value):
        return "n/a"
    large = max(abs(row.estimate), abs(row.ci_high)) >= 2000.0
    unit, end = (1000.0, "k") if large else (1.0, "")
    decimals = shown_decimals(
        *(number / unit for number in (row.estimate, row.ci_low, row.ci_high))
    )
    return f"{value / unit:,.{min(decimals, 1)}f}{end}"


def _map_chart(rows: Sequence[Row]) -> alt.LayerChart:
    values = [row["estimate"] for row in rows if row["estimate"]]
    low, high = (min(values), max(values)) if values else (1.0, 10.0)
    # Above this place on the scale the ground is dark enough for white letters.
    dark = math.exp(math.log(low) + 0.5 * (math.log(high) - math.log(low)))
    base = alt.Chart(inline(rows)).encode(
        x=alt.X(
            "name_threshold:O",
            title="least that names must count for (similarity of spelling, 0 to 1)",
            axis=alt.Axis(format=".2f", labelAngle=0, orient="bottom", domain=False, ticks=False),
        ),
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label")),
    )
    scale = alt.Scale(type="log", domain=[low, high], scheme="blues", interpolate="lab")
    legend = alt.Legend(
        title="lawful residents exposed, per 1,000 requests",
        orient="top",
        gradientLength=140,
        gradientThickness=7,
        titleLimit=220,
        values=[tick for tick in _TICKS if low <= tick <= high],
        format=",~f",
        labelOverlap="greedy",
    )
    ink = f"datum.estimate !== null && datum.estimate > {dark:.6g}"
    layers = [
        base.mark_rect(stroke="white", strokeWidth=0.6).encode(
            color=alt.Color("estimate:Q", scale=scale, legend=legend)
        )
    ]
    for text, offset, size in (("shown", -4, 6.5), ("range", 5, 5.2)):
        layers += [
            base.transform_filter(test)
            .mark_text(dy=offset, fontSize=size)
            .encode(text=f"{text}:N", color=alt.value(colour))
            for test, colour in ((ink, "white"), (f"!({ink})", "#1b1b1a"))
        ]
    layers.append(
        base.transform_filter("datum.own").mark_rect(
            fill=None, fillOpacity=0, stroke="#1b1b1a", strokeWidth=1.6
        )
    )
    return layered(layers, width=alt.Step(_CELL), height=alt.Step(_ROW))
