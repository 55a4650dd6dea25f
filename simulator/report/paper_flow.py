"""The printed figure of where requests go: bands from the list to every place where they end.

Stages from left to right: the list, heard or not, answered or not, and where each request ends.
Heights are shares of the list; nothing is drawn that is not in the table of estimates or a sum of
what is. The curves of bands are decoration: only their heights mean something.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import altair as alt

from simulator.report.figure import Row
from simulator.report.folder import Folder
from simulator.report.printed import DOUBLE, Printed
from simulator.report.results import Results, read_results
from simulator.report.shapes import inline, layered
from simulator.report.stored import Estimate, fail
from simulator.report.wording import level_words, measure_words, plain_name, show

WIDTH, HEIGHT, BAR = 500.0, 215.0, 7.0
GAP = 17.0
"""Least distance between the middles of two labels, in points."""
PLACES = (62.0, 166.0, 270.0, 374.0)
_CURVE = 24
_LIST, _HEARD, _ANSWERED = "On the list", "Heard", "Answered with an account"
REJECTED, UNANSWERED = "Rejected before matching", "Heard, left unanswered"
_RELEASED = ("fate_found", "fate_found_with_others", "fate_wrong_person")
_KEPT = ("fate_nobody", "fate_not_unique", "fate_withheld", "fate_unanswered")
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "address_required": "No address",
        "placeholders_rejected": "Placeholder for an address",
        "detention_facilities_rejected": "Detention facility",
        "address_check": "Address fails the check",
        "max_requests_per_address": "Too many at one address",
        "birth_date_required": "No birth date",
        "period_required": "No taxable period",
        "statute_required": "No statute",
        "reason_required": "No reason",
        "min_order_age": "Order too recent",
        "removable_class_required": "Not of a removable class",
        "wilfulness_evidence_required": "No evidence of wilfulness",
        "officer_required": "No officer named",
        "sole_purpose_required": "Purpose not attested",
        "court_order": "No court order",
    }
)
"""Why a request is rejected, by the guardrail that struck first."""
TONES: Mapping[str, str] = MappingProxyType(
    {
        "list": "#8a8782",
        "heard": "#8a8782",
        "found": "#0072b2",
        "wrong": "#d55e00",
        "nothing": "#c9c6c0",
        "rejected": "#e4e2dd",
    }
)


@dataclass(frozen=True)
class Node:
    """One bar of the flow: its stage, what it is, how many of 1,000 requests, and the words."""

    name: str
    stage: int
    value: float
    tone: str
    shown: str
    source: str
    measures: tuple[str, ...]


def fate_flow(folder: Folder) -> Printed:
    """Draw the flow of requests to where they end, in requests of every 1,000 on the list."""
    results = read_results(folder.directory, ())
    nodes = flow_nodes(results)
    rows: list[Row] = [
        {
            "from": node.source,
            "to": node.name,
            "stage": node.stage,
            "estimate": node.value,
            "shown": node.shown,
            "measures": " + ".join(node.measures),
        }
        for node in nodes
    ]
    return Printed(
        caption=(
            "Where 1,000 requests go. Every request ends in exactly one place at the right; the "
            "reasons for rejection are the first that struck. “Found” means that the account of "
            "the person requested was released, whether or not that person was rightly listed. "
            "Heights of bands are to scale; places that no request reached are left out."
        ),
        units="requests, of every 1,000 on the list.",
        intervals=(
            f"in brackets: {level_words(results.manifest.confidence)} over replicates. Bars that "
            "add up others have none of their own."
        ),
        chart=_chart(nodes),
        rows=tuple(rows),
        width=DOUBLE,
    )


def _of_thousand(results: Results, measures: Sequence[str]) -> tuple[float, str]:
    """Return a share of 1,000 and the same in words; the sum of several has no interval."""
    found = [results.get(measure) for measure in measures]
    if len(found) == 1:
        return 1000.0 * found[0].estimate, show(found[0], 1000.0).short
    value = 1000.0 * sum(estimate.estimate for estimate in found)
    return value, f"{value:,.1f}"


def _reasons(results: Results) -> list[tuple[str, str]]:
    """Return the reasons for rejection that struck, most first, as (name, measure)."""
    start = "rejected_by_"
    found: list[Estimate] = [
        row
        for measure in dict.fromkeys(row.measure for row in results.estimates)
        if measure.startswith(start)
        and (row := results.find(measure, policy="all")) is not None
        and row.numerator > 0
    ]
    found.sort(key=lambda row: -row.estimate)
    names = [row.measure.removeprefix(start) for row in found]
    return [
        (REASONS.get(name, plain_name(name)), row.measure)
        for name, row in zip(names, found, strict=True)
    ]


def flow_nodes(results: Results) -> list[Node]:
    """Return every bar of the flow, from left to right and from top to bottom.

    Raises ReportError where there was no request, or the fates do not add up.
    """
    every = (*_RELEASED, *_KEPT, "fate_rejected")
    total = sum(results.get(measure).estimate for measure in every)
    if not math.isfinite(total) or abs(total - 1.0) > 1e-6:
        fail(f"the fates of requests add up to {total:.6g}, not to 1.")
    nodes: list[Node] = []

    def add(name: str, stage: int, tone: str, source: str, measures: Sequence[str]) -> None:
        value, shown = _of_thousand(results, measures)
        if value > 0.0:
            nodes.append(Node(name, stage, value, tone, shown, source, tuple(measures)))

    nodes.append(Node(_LIST, 0, 1000.0, "list", "1,000", "", every))
    add(_HEARD, 1, "heard", _LIST, (*_RELEASED, *_KEPT))
    add(REJECTED, 1, "rejected", _LIST, ("fate_rejected",))
    add(_ANSWERED, 2, "heard", _HEARD, _RELEASED)
    for measure in _RELEASED:
        tone = "found" if measure == "fate_found" else "wrong"
        add(measure_words(measure).name, 3, tone, _ANSWERED, (measure,))
    for measure in _KEPT:
        add(measure_words(measure).name, 3, "nothing", _HEARD, (measure,))
    for label, measure in _reasons(results):
        add(label, 3, "rejected", REJECTED, (measure,))
    return nodes


def _spread(nodes: Sequence[Node], scale: float) -> dict[str, tuple[float, float]]:
    """Return top and bottom of the bars of one stage, far enough apart for their labels."""
    places, below, middle = {}, 0.0, -GAP
    for node in nodes:
        high = max(scale * node.value, 0.5)
        top = max(below, middle + GAP - high / 2.0)
        middle, below = top + high / 2.0, top + high + 3.0
        places[node.name] = (top, top + high)
    return places


def _layout(nodes: Sequence[Node]) -> dict[str, tuple[float, float]]:
    """Return top and bottom of every bar, the tallest stage filling the height."""
    stages = [[node for node in nodes if node.stage == stage] for stage in range(4)]
    scale, reach = HEIGHT / 1000.0, math.inf
    for _ in range(40):  # shrinks until the labels of the fullest stage fit
        placed = [_spread(stage, scale) for stage in stages if stage]
        reach = max(bottom for stage in placed for _, bottom in stage.values())
        if reach <= HEIGHT:
            break
        scale *= 0.97
    return {name: place for stage in placed for name, place in stage.items()}


def _bands(nodes: Sequence[Node], places: Mapping[str, tuple[float, float]]) -> list[Row]:
    """Return the points along both edges of every band, from its source to its bar."""
    left = {name: top for name, (top, _) in places.items()}
    rows: list[Row] = []
    stages = {node.name: node.stage for node in nodes}
    sizes = {node.name: node.value for node in nodes}
    for node in nodes:
        if not node.source:
            continue
        top, bottom = places[node.name]
        start, end = places[node.source]
        high = (end - start) * node.value / sizes[node.source]
        begin = left[node.source]
        left[node.source] += high
        x0, x1 = PLACES[stages[node.source]] + BAR, PLACES[node.stage]
        for step in range(_CURVE + 1):
            part = step / _CURVE
            smooth = part * part * (3.0 - 2.0 * part)
            rows.append(
                {
                    "band": f"{node.source} / {node.name}",
                    "tone": node.tone,
                    "x": x0 + part * (x1 - x0),
                    "y": begin + smooth * (top - begin),
                    "y2": begin + high + smooth * (bottom - begin - high),
                }
            )
    return rows


def _bars(nodes: Sequence[Node], places: Mapping[str, tuple[float, float]]) -> list[Row]:
    last = max(node.stage for node in nodes)
    return [
        {
            "tone": node.tone,
            "x": PLACES[node.stage],
            "x2": PLACES[node.stage] + BAR,
            "y": places[node.name][0],
            "y2": places[node.name][1],
            "middle": sum(places[node.name]) / 2.0,
            "label": node.name,
            "shown": node.shown,
            "last": node.stage == last,
        }
        for node in nodes
    ]


def _chart(nodes: Sequence[Node]) -> alt.LayerChart:
    places = _layout(nodes)
    across = alt.Scale(domain=[0, WIDTH], range=[0, WIDTH], nice=False, zero=False)
    down = alt.Scale(domain=[0, HEIGHT], range=[0, HEIGHT], nice=False, zero=False)
    x = alt.X("x:Q", scale=across, axis=None)
    y = alt.Y("y:Q", scale=down, axis=None)
    tone = alt.Fill(
        "tone:N", scale=alt.Scale(domain=list(TONES), range=list(TONES.values())), legend=None
    )
    bands = alt.Chart(inline(_bands(nodes, places)))
    bars = alt.Chart(inline(_bars(nodes, places)))
    layers = [
        bands.mark_area(opacity=0.55, line=False).encode(
            x=x, y=y, y2="y2:Q", detail="band:N", fill=tone
        ),
        bars.mark_rect(opacity=1, stroke="#1b1b1a", strokeWidth=0.5).encode(
            x=x, x2="x2:Q", y=y, y2="y2:Q", fill=tone
        ),
        *_labels(bars, across, down),
    ]
    return layered(layers, width=WIDTH, height=HEIGHT)


def _labels(bars: alt.Chart, across: alt.Scale, down: alt.Scale) -> list[alt.Chart]:
    """Write name and number right of the last bars, and left of the others."""
    sides: tuple[tuple[str, str, Literal["left", "right"], int], ...] = (
        ("datum.last", "x2", "left", 4),
        ("!datum.last", "x", "right", -4),
    )
    lines: tuple[tuple[str, float, Literal[400, 600]], ...] = (
        ("label", -3.5, 600),
        ("shown", 4, 400),
    )
    return [
        bars.transform_filter(test)
        .mark_text(align=align, dx=dx, dy=dy, fontWeight=weight, fontSize=6.5)
        .encode(
            x=alt.X(f"{edge}:Q", scale=across, axis=None),
            y=alt.Y("middle:Q", scale=down, axis=None),
            text=f"{text}:N",
        )
        for test, edge, align, dx in sides
        for text, dy, weight in lines
    ]
