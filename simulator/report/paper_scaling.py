"""The printed figure of scaling: wrong-person links against people, part by part, to the nation."""

import math
from collections.abc import Hashable, Mapping, Sequence

import altair as alt

from simulator.report.figure import Row
from simulator.report.folder import Folder
from simulator.report.printed import DOUBLE, Printed
from simulator.report.shapes import in_order, inline, layered
from simulator.report.stored import fail
from simulator.report.wording import level_words, plain_name

SCALING, EXTRAPOLATION = "scaling.csv", "extrapolation.csv"
TOTAL = "total"
_NUMBERS = ("estimate", "ci_low", "ci_high")
PARTS = {
    "coincidence": "Coincidence: grows with the product",
    "number": "By number",
    "zip": "Same ZIP",
    "elsewhere": "Elsewhere",
    "building": "Building: does not grow",
    "household": "Household: does not grow",
    TOTAL: "All parts together",
}
_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_DASHES = ([1, 0], [5, 2], [2, 2], [6, 2, 1, 2], [1, 1], [8, 2])
_LEAST = 1e-4


def scaling(folder: Folder) -> Printed:
    """Draw links per 1,000 requests against people, each part with what is foretold of a nation."""
    runs = folder.table(SCALING, "people", "requests", "part", *_NUMBERS)
    ahead = folder.table(EXTRAPOLATION, "people", "requests", "part", *_NUMBERS)
    if "in_total" in runs.columns:
        runs = runs[(runs["in_total"] == "yes") | (runs["part"] == TOTAL)]
    if "model" in ahead.columns:
        ahead = ahead[ahead["model"] == "law"]
    if "target" in ahead.columns:
        ahead = ahead[ahead["target"] == "nation"]
    known = set(runs["part"])
    rows = [_row(row, str(row.get("role", "fit"))) for row in runs.to_dict("records")]
    rows += [_row(row, "nation") for row in ahead.to_dict("records") if row["part"] in known]
    if not any(row["kind"] == "nation" for row in rows):
        fail(f"{EXTRAPOLATION} foretells nothing of the parts that {SCALING} holds.")
    order = [PARTS.get(str(part), plain_name(str(part))) for part in [*PARTS, *sorted(known)]]
    order = [name for name in dict.fromkeys(order) if name in in_order(rows, "series")]
    rows.sort(key=lambda row: (order.index(row["series"]), row["people"], row["requests"]))
    return Printed(
        caption=(
            "Wrong-person links against the number of people. Filled: runs to which the laws were "
            "fitted; crosses: a larger run kept out of the fit, where there is one; large and "
            "hollow: what the laws foretell at national size, joined to the largest run by a line. "
            "A small hollow mark stands at the upper limit of a part of which no link was seen."
        ),
        units=(
            "wrong-person links per 1,000 requests on the list against people in the population; "
            "both scales are logarithmic."
        ),
        intervals=(
            f"{level_words(float(folder.manifest['confidence']))}: over replicates at the sizes "
            "run, of the mean under the fitted law at national size; limits below the axis are cut "
            "off."
        ),
        chart=_chart(rows, order),
        rows=tuple(rows),
        width=DOUBLE,
    )


def _row(row: Mapping[Hashable, object], kind: str) -> Row:
    part = str(row["part"])
    found: Row = {
        "part": part,
        "series": PARTS.get(part, plain_name(part)),
        "kind": kind,
        "people": float(str(row["people"])),
        "requests": float(str(row["requests"])),
    }
    for name in _NUMBERS:
        value = float(str(row[name]))
        found[name] = value if math.isfinite(value) else None
    found["seen"] = "seen" if found["estimate"] else "none seen"
    return found


def _placed(rows: Sequence[Row]) -> tuple[list[Row], float, float]:
    """Return the rows with their places on a logarithmic axis, and its two ends."""
    ends = [
        value
        for row in rows
        for value in (row["estimate"], row["ci_high"])
        if value is not None and value > 0.0
    ]
    low = max(_LEAST, 10.0 ** math.floor(math.log10(min(ends, default=0.1))))
    high = 10.0 ** math.ceil(math.log10(max(ends, default=1.0)))
    placed = []
    for row in rows:
        at = row["estimate"] if row["seen"] == "seen" else row["ci_high"]
        below = row["ci_low"]
        placed.append(
            row
            | {
                "at": at if at and at >= low else None,
                "from": None if below is None else max(below, low),
                "to": row["ci_high"] if row["ci_high"] and row["ci_high"] > low else None,
            }
        )
    return placed, low, max(high, 10.0 * low)


def _joined(rows: Sequence[Row]) -> list[Row]:
    """Return the ends of the line from each part's largest fitted run to the nation."""
    found = []
    for name in in_order(rows, "series"):
        some = [row for row in rows if row["series"] == name and row["at"] is not None]
        runs = [row for row in some if row["kind"] == "fit" and row["seen"] == "seen"]
        nation = [row for row in some if row["kind"] == "nation"]
        if runs and nation:
            found += [max(runs, key=lambda row: row["people"]), nation[0]]
    return found


def _chart(rows: Sequence[Row], names: Sequence[str]) -> alt.LayerChart:
    placed, low, high = _placed(rows)
    log = alt.Scale(type="log", nice=False, padding=8)
    x = alt.X("people:Q", title="people", scale=log, axis=alt.Axis(format="~s", tickCount=6))
    up = alt.Scale(type="log", domain=[low, high], nice=False)
    title = "wrong-person links, per 1,000 requests"
    marks = alt.Axis(values=[10.0**power for power in range(-5, 5)], format=",~f")
    y = alt.Y("at:Q", title=title, scale=up, axis=marks)
    legend = alt.Legend(
        title=None, orient="right", direction="vertical", symbolStrokeWidth=0, symbolOpacity=1
    )
    domain = alt.Scale(domain=list(names))
    colour = alt.Color("series:N", sort=list(names), scale=domain, legend=legend)
    forms = alt.Scale(domain=list(names), range=list(_SHAPES[: len(names)]))
    shape = alt.Shape("series:N", sort=list(names), scale=forms, legend=legend)
    dashes = alt.Scale(domain=list(names), range=[list(dash) for dash in _DASHES[: len(names)]])
    base = alt.Chart(inline(placed)).encode(x=x, color=colour)
    lines = alt.Chart(inline(_joined(placed))).encode(x=x, color=colour)
    layers = [
        lines.mark_line(strokeWidth=0.9).encode(
            y=y, strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=None)
        ),
        base.mark_rule(strokeWidth=0.9).encode(
            y=alt.Y("from:Q", title=title, scale=up, axis=marks), y2="to:Q"
        ),
        _points(base, "datum.kind == 'fit' && datum.seen == 'seen'", 20, filled=True).encode(
            y=y, shape=shape
        ),
        _points(base, "datum.kind != 'nation' && datum.seen != 'seen'", 14, filled=False).encode(
            y=y, shape=shape
        ),
        base.transform_filter("datum.kind == 'check' && datum.seen == 'seen'")
        .mark_point(shape="cross", filled=False, size=34, opacity=1, strokeWidth=1.1)
        .encode(y=y),
        _points(base, "datum.kind == 'nation'", 52, filled=False).encode(y=y, shape=shape),
    ]
    return layered(layers, width=335, height=190)


def _points(base: alt.Chart, test: str, size: int, *, filled: bool) -> alt.Chart:
    some: alt.Chart = base.transform_filter(test).mark_point(
        filled=filled, size=size, opacity=1, strokeWidth=1.1
    )
    return some
