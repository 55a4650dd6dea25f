"""The printed figure of scaling: wrong-person links against people, part by part, to the nation."""

import math
from collections.abc import Hashable, Mapping, Sequence

import altair as alt

from simulator.report.figure import Row
from simulator.report.folder import Folder
from simulator.report.printed import DOUBLE, Printed, points
from simulator.report.shapes import in_order, inline, layered
from simulator.report.stored import fail
from simulator.report.theme import LIGHT
from simulator.report.wording import level_words, plain_name

SCALING, EXTRAPOLATION = "scaling.csv", "extrapolation.csv"
TOTAL = "total"
FIT, CHECK, NATION = "fit", "check", "nation"
_NUMBERS = ("estimate", "ci_low", "ci_high")
PARTS = {
    "coincidence": "Coincidence",
    "zip": "Same ZIP",
    "building": "Same building",
    "household": "Same household",
    "number": "By number",
    TOTAL: "All together",
}
_LEAST, _GAP, _AXIS = 1e-3, 12.0, 60.0


def scaling(folder: Folder) -> Printed:
    """Draw links per 1,000 requests against people, a panel a part, with what a nation is told."""
    rows = _rows(folder)
    seen = {row["part"] for row in rows if row["estimate"]}
    unseen = [name for name in in_order(rows, "part") if name not in seen]
    drawn = [row for row in rows if row["part"] in seen]
    if not any(row["kind"] == NATION for row in drawn):
        fail(f"{EXTRAPOLATION} foretells nothing of the parts of which {SCALING} saw links.")
    left_out = ", ".join(PARTS.get(part, plain_name(part)).lower() for part in unseen)
    return Printed(
        caption=(
            "Wrong-person links against the number of people, by where the stranger stands to the "
            "person requested. Dots: runs to which the laws were fitted, at one or more "
            "densities of the list; diamonds: a larger run "
            "kept out of the fit, where there is one; ring: what the law foretells at national "
            "size. Line: the law. Small hollow marks stand at the upper limit where no link was "
            "seen." + (f" No link was seen at any size of: {left_out}." if left_out else "")
        ),
        units=(
            "wrong-person links per 1,000 requests on the list against people in the population; "
            "both scales are logarithmic; k: thousand, M: million."
        ),
        intervals=(
            f"{level_words(float(folder.manifest['confidence']))}: over replicates at the sizes "
            "run, of the mean under the fitted law at national size; limits below the axis are cut "
            "off."
        ),
        chart=_chart(drawn),
        rows=tuple(rows),
        width=DOUBLE,
    )


def _rows(folder: Folder) -> list[Row]:
    """Return the sizes run and the nation, of every part that is one of the total."""
    runs = folder.table(SCALING, "people", "requests", "part", *_NUMBERS)
    ahead = folder.table(EXTRAPOLATION, "people", "requests", "part", *_NUMBERS)
    if "in_total" in runs.columns:
        runs = runs[(runs["in_total"] == "yes") | (runs["part"] == TOTAL)]
    if "model" in ahead.columns:
        ahead = ahead[ahead["model"] == "law"]
    if "target" in ahead.columns:
        ahead = ahead[ahead["target"] == NATION]
    known = list(dict.fromkeys(str(part) for part in runs["part"]))
    rows = [_row(row, str(row.get("role", FIT))) for row in runs.to_dict("records")]
    rows += [_row(row, NATION) for row in ahead.to_dict("records") if row["part"] in known]
    order = [part for part in [*PARTS, *known] if part in known]
    rows.sort(key=lambda row: (order.index(row["part"]), row["people"], row["requests"]))
    return rows


def _row(row: Mapping[Hashable, object], kind: str) -> Row:
    part = str(row["part"])
    found: Row = {
        "part": part,
        "kind": kind,
        "people": float(str(row["people"])),
        "requests": float(str(row["requests"])),
    }
    for name in (*_NUMBERS, "law"):
        value = float(str(row.get(name, "nan")))
        found[name] = value if math.isfinite(value) else None
    if kind == NATION:
        found["law"] = found["estimate"]
    found["seen"] = "seen" if found["estimate"] else "none seen"
    return found


def _placed(rows: Sequence[Row]) -> tuple[list[Row], float, float]:
    """Return the rows with their places on a logarithmic axis, and its two ends."""
    ends = [row["estimate"] for row in rows if row["estimate"]]
    tops = [row["ci_high"] for row in rows if row["ci_high"]]
    low = max(_LEAST, 10.0 ** math.floor(math.log10(min(ends))))
    high = 10.0 ** math.ceil(math.log10(max([*ends, *tops])))
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
                "line": row["law"] if row["law"] and row["law"] >= low else None,
            }
        )
    return placed, low, max(high, 10.0 * low)


def _chart(rows: Sequence[Row]) -> alt.HConcatChart:
    placed, low, high = _placed(rows)
    names = in_order(placed, "part")
    width = (points(DOUBLE) - _AXIS - _GAP * (len(names) - 1)) / len(names)
    people = [row["people"] for row in placed]
    panels = [
        _panel(
            [row for row in placed if row["part"] == name],
            ends=(min(people) / 2.0, max(people) * 2.0, low, high),
            heading=PARTS.get(name, plain_name(name)),
            width=width,
            first=number == 0,
        )
        for number, name in enumerate(names)
    ]
    return alt.HConcatChart(hconcat=panels, spacing=_GAP)


def _panel(
    rows: Sequence[Row],
    *,
    ends: tuple[float, float, float, float],
    heading: str,
    width: float,
    first: bool,
) -> alt.LayerChart:
    """Draw one part: law, points and intervals; the first panel names the axis."""
    left, right, low, high = ends
    steps = range(-3, 10, 2 if high / low > 1e5 else 1)
    powers = [10.0**power for power in steps if 10.0**power < 0.9 * high]
    x = alt.X(
        "people:Q",
        title="people",
        scale=alt.Scale(type="log", domain=[left, right], nice=False),
        axis=alt.Axis(values=[1e3, 1e4, 1e6, 1e8], format="~s"),
    )
    up = alt.Scale(type="log", domain=[low, high], nice=False)
    axis = alt.Axis(
        values=powers,
        format=",~r",
        labels=first,
        ticks=first,
        minExtent=36 if first else 0,
        maxExtent=36 if first else 0,
    )
    title = "wrong-person links, per 1,000 requests" if first else None
    y = alt.Y("at:Q", title=title, scale=up, axis=axis)
    base = alt.Chart(inline(rows)).encode(x=x)
    layers = [
        base.mark_line(strokeWidth=0.9, strokeDash=[3, 2], color=LIGHT["third"]).encode(
            y=alt.Y("line:Q", title=title, scale=up, axis=axis)
        ),
        base.mark_rule(strokeWidth=0.9).encode(
            y=alt.Y("from:Q", title=title, scale=up, axis=axis), y2="to:Q"
        ),
        *(layer.encode(y=y) for layer in _points(base)),
    ]
    return layered(
        layers,
        width=width,
        height=165,
        title=alt.TitleParams(heading, anchor="start", frame="group"),
    )


def _points(base: alt.Chart) -> list[alt.Chart]:
    """Return the marks of runs, of the check and of the nation, filled where links were seen."""
    return [
        base.transform_filter(f"datum.kind == '{kind}' && datum.seen == '{seen}'").mark_point(
            shape=shape, filled=seen == "seen" and kind != NATION, size=size, opacity=1
        )
        for kind, shape, size in (
            (FIT, "circle", 20),
            (CHECK, "diamond", 34),
            (NATION, "circle", 52),
        )
        for seen in ("seen", "none seen")
    ]
