"""Printed figures of people: who is exposed, how unevenly, and through whom."""

import math
from collections.abc import Sequence

import altair as alt

from simulator.report.figure import Row, finite
from simulator.report.folder import Folder
from simulator.report.printed import DOUBLE, Printed
from simulator.report.results import Results, read_results
from simulator.report.shapes import in_order, inline, layered
from simulator.report.stored import Estimate, fail
from simulator.report.theme import LIGHT
from simulator.report.wording import CHALLENGED, group_label, level_words, show

EXPOSED = "over_disclosed_residents_per_1000_requests"
DISPARITY = "disparity"
RELATIONS = {
    "holder": "Account holder",
    "joint_filer": "Joint filer",
    "dependant": "Dependant",
    "co_resident": "Co-resident",
    "occupant": "Occupant",
    "neighbour": "Neighbour",
}
"""How somebody is revealed, the closest first; the last two are strangers to the return."""
LAWFUL = {"lawful": "lawful residents", "other": "other people"}
_STEP = 9.5
_COUNTED = "of rare counts exactly"


def _numbers(estimate: Estimate, key: str) -> Row:
    seen = "none seen" if estimate.none_seen else "seen"
    return {
        key: finite(estimate.estimate),
        f"{key}_low": finite(estimate.ci_low),
        f"{key}_high": finite(estimate.ci_high),
        f"{key}_shown": show(estimate).short,
        f"{key}_seen": seen if estimate.available else "not available",
    }


def _discloses(results: Results) -> None:
    if results.manifest.searched_roll in CHALLENGED:
        fail("on the roll it searched a match releases nothing: nobody is exposed.")


def over_disclosure_by_origin(folder: Folder) -> Printed:
    """Draw residents exposed by origin, and each origin's risk over the reference's."""
    results = read_results(folder.directory, ())
    _discloses(results)
    rows: list[Row] = [
        {"group": group, "label": group_label(group)}
        | _numbers(results.get(EXPOSED, group), "exposed")
        | _ratio(results, group)
        for group in results.groups(EXPOSED, "origin")
    ]
    if not rows:
        fail(f"estimates.csv gives {EXPOSED} for no origin.")
    rows.sort(key=lambda row: (-(row["exposed"] or 0.0), row["label"]))
    left = _log_dots(rows, "exposed", "exposed, per 1,000 requests", "Lawful residents exposed")
    right = _log_dots(
        rows, "ratio", "risk over the reference's (ratio)", "Disparity of risk", line=1.0
    )
    return Printed(
        caption=(
            "Lawful residents exposed by origin, from most to fewest, and the disparity of risk: "
            "the share of an origin's lawful residents who are exposed over that of the reference "
            f"origin ({_reference(rows)}, dotted line). A hollow dot means that nobody was seen; "
            "it stands at the upper limit."
        ),
        units=(
            "left: distinct lawful residents exposed by any disclosure, per 1,000 requests on the "
            "list; right: ratio of exposed per lawful resident; both scales are logarithmic."
        ),
        intervals=(
            f"{level_words(results.manifest.confidence)} over replicates, {_COUNTED}; numbers with "
            "their intervals at the right of each panel."
        ),
        chart=alt.HConcatChart(hconcat=[left, right], spacing=8),
        rows=tuple(rows),
        width=DOUBLE,
    )


def _ratio(results: Results, group: str) -> Row:
    """Return a group's disparity; the reference group has none and is 1 by definition."""
    found = results.find(DISPARITY, group)
    if found is not None:
        return _numbers(found, "ratio") | {"reference": False}
    empty = {"ratio": None, "ratio_low": None, "ratio_high": None}
    return empty | {"ratio_shown": "reference", "ratio_seen": "not available", "reference": True}


def _reference(rows: Sequence[Row]) -> str:
    return " and ".join(row["label"] for row in rows if row["reference"]) or "none"


def _log_dots(
    rows: Sequence[Row], key: str, unit: str, heading: str, *, line: float | None = None
) -> alt.LayerChart:
    """Draw dots with intervals on a logarithmic scale, numbers in words at the right."""
    ends = [row[name] for row in rows for name in (key, f"{key}_low", f"{key}_high") if row[name]]
    low, high = (min(ends), max(ends)) if ends else (0.1, 10.0)
    floor = 10.0 ** math.floor(math.log10(max(low, high / 1e5)))
    drawn = [row | _on_scale(row, key, floor) for row in rows]
    axis = alt.Axis(
        values=[10.0**power for power in range(-6, 7)], format=",~f", grid=True, labelFlush=False
    )
    scale = alt.Scale(type="log", domain=[floor, _above(high)], nice=False)
    names = alt.Axis(minExtent=88) if line is None else None
    base = alt.Chart(inline(drawn)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label"), axis=names)
    )
    x = alt.X("at:Q", title=unit, scale=scale, axis=axis)
    width = 116
    layers = [
        base.mark_rule(strokeWidth=1.1).encode(
            x=alt.X("from:Q", title=unit, scale=scale, axis=axis), x2="to:Q"
        ),
        *(
            base.transform_filter(f"datum.{key}_seen == '{kind}'")
            .mark_point(filled=filled, size=17, opacity=1, strokeWidth=1)
            .encode(x=x)
            for kind, filled in (("seen", True), ("none seen", False))
        ),
        base.mark_text(align="left", dx=5, fontSize=6).encode(
            x=alt.value(width), text=f"{key}_shown:N"
        ),
    ]
    if line is not None:
        layers.append(
            alt.Chart(inline([{"line": line}]))
            .mark_rule(strokeWidth=0.9, strokeDash=[2, 2], color=LIGHT["ink"])
            .encode(x=alt.X("line:Q", title=unit, scale=scale, axis=axis))
        )
    return layered(
        layers,
        width=width,
        height=alt.Step(_STEP),
        title=alt.TitleParams(heading, anchor="start", frame="group"),
    )


def _above(value: float) -> float:
    """Return the least 1, 2 or 5 times a power of ten that is not below a positive value."""
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1.0, 2.0, 5.0, 10.0) if step * unit >= value * 0.999999)


def _on_scale(row: Row, key: str, floor: float) -> Row:
    """Return where a row stands on a logarithmic scale; what was not seen stands at its bound."""
    at = row[f"{key}_high"] if row[f"{key}_seen"] == "none seen" else row[key]
    low = row[f"{key}_low"]
    return {
        "at": at if at else None,
        "from": None if low is None else max(low, floor),
        "to": row[f"{key}_high"],
    }


def collateral_exposure(folder: Folder) -> Printed:
    """Draw how many are revealed by relation to the account, lawful residents and others apart."""
    results = read_results(folder.directory, ())
    _discloses(results)
    rows: list[Row] = []
    for relation, label in RELATIONS.items():
        for part, series in LAWFUL.items():
            found = results.get(f"people_{relation}_{part}_per_1000_requests")
            row: Row = {"relation": relation, "label": label, "series": series}
            rows.append(row | _numbers(found, "estimate") | {"measure": found.measure})
    return Printed(
        caption=(
            "People revealed by disclosures, by their relation to the account released, each "
            "counted once in the closest. Lawful residents in the first four relations add up to "
            "the over-disclosed residents. Occupants (who live at an address that the holder has "
            "left) and neighbours (in the building of an address without its unit) are strangers "
            "to the return. Joint filers and dependants are revealed as such only where their "
            "names are released; else they count as co-residents."
        ),
        units="distinct people per 1,000 requests on the list.",
        intervals=f"{level_words(results.manifest.confidence)} over replicates, {_COUNTED}.",
        chart=_paired_bars(rows),
        rows=tuple(rows),
    )


def _paired_bars(rows: Sequence[Row]) -> alt.LayerChart:
    names = list(LAWFUL.values())
    ends = [row["estimate_high"] for row in rows if row["estimate_seen"] == "seen"]
    most = max([end for end in ends if end is not None], default=1.0)
    width = 118
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label")),
        yOffset=alt.YOffset("series:N", sort=names, scale=alt.Scale(paddingOuter=0.2)),
    )
    scale = alt.Scale(domain=[0, most], nice=True)
    title = "people, per 1,000 requests"
    x = alt.X("estimate:Q", title=title, scale=scale, axis=alt.Axis(tickCount=4))
    layers = [
        base.transform_filter("datum.estimate > 0")
        .mark_bar(strokeWidth=0.7, stroke=LIGHT["ink"], fillOpacity=0.7)
        .encode(
            x=x,
            fill=alt.Fill(
                "series:N",
                sort=names,
                scale=alt.Scale(domain=names, range=[LIGHT["first"], "#e3e1dc"]),
                legend=alt.Legend(
                    title=None,
                    symbolStrokeWidth=0.7,
                    symbolStrokeColor="#1b1b1a",
                    symbolOpacity=0.7,
                ),
            ),
        ),
        base.transform_filter("datum.estimate > 0")
        .mark_rule(strokeWidth=1.1, color=LIGHT["ink"])
        .encode(x=alt.X("estimate_low:Q", scale=scale), x2="estimate_high:Q"),
        base.mark_text(align="left", dx=4, fontSize=6).encode(
            x=alt.value(width), text="estimate_shown:N"
        ),
    ]
    return layered(layers, width=width, height=alt.Step(9))
