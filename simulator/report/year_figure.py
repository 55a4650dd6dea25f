"""The figure of the years: who still files, what the list finds, which doors, what it costs.

Panels stand below each other on one axis of years, each on a scale of its own that need not begin
at 0. Bands are Monte Carlo intervals; the ends of the published revenue elasticity are lines of
their own, because they are no such error.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from simulator.report.figure import Figure, Row, finite
from simulator.report.results import ALL_GROUPS, Results
from simulator.report.shapes import WIDTH, in_order, inline, layered
from simulator.report.stored import YearEstimate
from simulator.report.wording import show

_DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2])
_ROOM = 1.22  # right of the last year, for the names of the lines
_SHAPES = ("circle", "square", "diamond")


@dataclass(frozen=True)
class _Panel:
    """One panel: its heading, its lines as (words, measure, group), factor and unit shown."""

    heading: str
    lines: tuple[tuple[str, str, str], ...]
    factor: float = 100.0
    unit: str = "%"


_UNAUTHORIZED = "unauthorized"
PANELS = (
    _Panel(
        "Adults who file, of all in their community, in percent",
        (
            ("Unauthorized", "filing_rate", _UNAUTHORIZED),
            ("Mixed status", "filing_rate", "mixed_status_household"),
            ("Everybody else", "filing_rate", "others"),
        ),
    ),
    _Panel(
        "Requests that release an account, in percent",
        (("Yield", "yield", ALL_GROUPS),),
    ),
    _Panel(
        "Wrong door: the person does not live there, in percent of addresses released",
        (("Wrong door", "wrong_address_rate", ALL_GROUPS),),
    ),
    _Panel(
        "Revenue lost, billion dollars a year, by the published range",
        (
            ("Centre", "revenue_lost", _UNAUTHORIZED),
            ("Low end", "revenue_lost_low", _UNAUTHORIZED),
            ("High end", "revenue_lost_high", _UNAUTHORIZED),
        ),
        1.0,
        "",
    ),
)


def _rows(stored: Sequence[YearEstimate], panel: _Panel) -> list[Row]:
    """Return the points of a panel, line by line; the numbers drawn are times the factor."""
    rows = []
    for series, measure, group in panel.lines:
        for found in stored:
            if (found.measure, found.group) != (measure, group):
                continue
            row: Row = {"panel": panel.heading, "series": series, "year": found.year}
            for name in ("estimate", "ci_low", "ci_high"):
                value = finite(getattr(found, name))
                row[name] = None if value is None else panel.factor * value
            row["shown"] = show(found, panel.factor).with_unit(panel.unit)
            rows.append(row | {"measure": measure, "group": group})
    return rows


def _base(panel: _Panel, rows: Sequence[Row], last: int) -> alt.Chart:
    """Return what all marks of a panel share; the lowest panel names the axis."""
    return alt.Chart(inline(rows)).encode(
        x=alt.X(
            "year:Q",
            title="years after the first disclosures" if panel is PANELS[-1] else None,
            scale=alt.Scale(domain=[0, _ROOM * last], nice=False),
            axis=alt.Axis(values=list(range(last + 1)), format="d", grid=False),
        ),
        tooltip=[
            alt.Tooltip("year:Q", title="Year"),
            alt.Tooltip("series:N", title="Line"),
            alt.Tooltip("shown:N", title="Estimate"),
        ],
    )


def _marks(base: alt.Chart, dash: list[int], shape: str) -> list[alt.Chart]:
    """Return band, line and points; colour comes from ``base`` or is the theme's first."""
    axis = alt.Axis(tickCount=4, grid=True)
    up = alt.Y("estimate:Q", title=None, scale=alt.Scale(zero=False), axis=axis)
    return [
        base.mark_area(opacity=0.22, line=False).encode(
            y=alt.Y("ci_low:Q", title=None), y2="ci_high:Q"
        ),
        base.mark_line(strokeWidth=2, strokeDash=dash).encode(y=up),
        base.mark_point(filled=True, size=45, opacity=1, shape=shape).encode(y=up),
    ]


def _chart(panel: _Panel, rows: Sequence[Row], last: int) -> alt.LayerChart:
    """Draw a panel; lines differ in colour, dash and shape, and are named where they end."""
    names, base, layers = in_order(rows, "series"), _base(panel, rows, last), []
    place = alt.Color("series:N", sort=names, scale=alt.Scale(domain=names), legend=None)
    for name, dash, shape in zip(names, _DASHES, _SHAPES, strict=False):
        line = base.transform_filter(f"datum.series == '{name}'").encode(color=place)
        layers += _marks(line, dash, shape)
        if len(names) > 1:
            layers.append(
                base.transform_filter(f"datum.year == {last} && datum.series == '{name}'")
                .mark_text(align="left", dx=9, fontWeight=600)
                .encode(y="estimate:Q", text="series:N")
            )
    return layered(layers, width=WIDTH - 40, height=130, title=panel.heading)


def _description(panels: Sequence[Sequence[Row]], last: int) -> str:
    parts = [
        f"{row['series']}, year {row['year']}: {row['shown']}"
        for rows in panels
        for row in rows
        if row["year"] in (0, last)
    ]
    return f"First and last year. {'; '.join(parts)}."


def years(results: Results) -> Figure | None:
    """Draw filing, yield, wrong doors and revenue over the years, if the run had more than one."""
    stored = [row for row in results.years if math.isfinite(row.estimate)]
    found = [(panel, _rows(stored, panel)) for panel in PANELS]
    found = [(panel, rows) for panel, rows in found if rows]
    if not found:
        return None
    last = max(row.year for row in stored)
    charts = [_chart(panel, rows, last) for panel, rows in found]
    independent = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    return Figure(
        name="years",
        title="Years of disclosures: fewer returns, and what the same list then finds",
        caption=(
            "The same list, run again each year against a roll from which filers have fallen "
            "silent. Mixed status: everybody else who shares a household with somebody "
            "unauthorized. Bands are over simulated worlds only; the low and high end of revenue "
            "are the published range, which is no such error. Scales need not begin at 0."
        ),
        description=_description([rows for _, rows in found], last),
        axis="numbers",
        chart=alt.VConcatChart(vconcat=charts, resolve=independent),
        rows=tuple(row for _, rows in found for row in rows),
    )
