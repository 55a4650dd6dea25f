"""What one check of the verification suite found: a figure, its rows, and a line of the page.

A check lays simulated values over those of a theory or a publication. ``record`` writes its rows
(CSV), its figure (SVG) and its line into ``docs/verification/``, and makes the page there anew from
what lies beside it; the same input gives the same bytes. A check that fails is recorded too, before
it is asserted: the page then says so.
"""

import csv
import io
import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
from scipy import stats

from simulator.randomness import FloatArray
from simulator.report.figure import Figure, Row
from simulator.report.rendering import svg_file
from simulator.report.shapes import inline, layered
from simulator.report.theme import LIGHT

FOLDER = Path(__file__).parents[2] / "docs" / "verification"
CHECKS = "checks.csv"
PAGE = "README.md"
CURVE_SIZE, ROW_WIDTH, ROW_STEP, SERIES_APART = (430, 300), 400, 26, 7.0
LABEL_LIMIT = 270
DIGITS = 6


class Verdict(StrEnum):
    """What came of a check."""

    AGREES = "agrees"
    CONSERVATIVE = "conservative"
    DIFFERS_AS_EXPLAINED = "differs, as explained"
    FAILS = "fails"


@dataclass(frozen=True)
class Point:
    """One simulated value with its interval beside what it should be.

    ``at`` is where it stands on the axis of a curve; ``label`` names it in a list. Values that
    should not hold (``series`` other than the first) show that the check can fail.
    """

    label: str
    theory: float
    simulated: float
    low: float
    high: float
    series: str = "simulated"
    at: float = math.nan


@dataclass(frozen=True)
class Check:
    """One check: what was simulated, what it is held to, and how it was shown able to fail.

    ``facts`` names the published items it covers ("7.1"). ``detects`` is the relative error of the
    theory that the check would notice with a chance of 99%, in words where it is not one number.
    """

    name: str
    title: str
    caption: str
    against: str
    found: str
    detects: str
    wrong_input: str
    verdict: Verdict
    facts: str = ""

    def line(self) -> dict[str, str]:
        """Return the check as a row of the table of checks."""
        return {name: str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Axes:
    """How points are drawn: a curve over ``x``, or a list of labels against ``value``.

    ``ratio`` draws every value divided by its theory, for lists of different units. ``band`` shades
    what is promised.
    """

    value: str
    x: str = ""
    ratio: bool = False
    logarithmic: bool = False
    band: tuple[float, float] | None = None
    theory: str = "theory"


def mean_point(
    label: str,
    simulated: FloatArray,
    theory: float,
    *,
    at: float = math.nan,
    series: str = "simulated",
) -> Point:
    """Return the mean over replicates with its 95% t interval."""
    mean = float(simulated.mean())
    error = float(simulated.std(ddof=1) / np.sqrt(simulated.size))
    reach = float(stats.t.ppf(0.975, simulated.size - 1)) * error
    return Point(label, theory, mean, mean - reach, mean + reach, series, at)


def shown(value: float) -> str:
    """Return a number as the page prints it: four significant digits."""
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def with_interval(point: Point) -> str:
    """Return a simulated value with its interval."""
    return f"{shown(point.simulated)} ({shown(point.low)} to {shown(point.high)})"


def record(check: Check, points: Sequence[Point], axes: Axes, folder: Path = FOLDER) -> None:
    """Write a check's rows, figure and line, and the page anew."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [_rounded(point) for point in points]
    points = [read_point(row) for row in rows]  # so that the figure shows what the rows say
    _write_table(folder / f"{check.name}.csv", rows)
    (folder / f"{check.name}.svg").write_bytes(svg_file(_specification(check, points, axes)))
    lines = [line for line in read_table(folder / CHECKS) if line["name"] != check.name]
    lines = sorted([*lines, check.line()], key=lambda line: line["name"])
    _write_table(folder / CHECKS, lines)
    (folder / PAGE).write_text(page(lines), encoding="utf-8")


def _rounded(point: Point) -> dict[str, str]:
    def text(value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        return f"{value:.{DIGITS}g}" if math.isfinite(value) else ""

    return {name: text(value) for name, value in asdict(point).items()}


def read_point(row: dict[str, str]) -> Point:
    """Return a point from its row in a check's table."""
    theory, simulated, low, high, at = (
        float(row[name] or "nan") for name in ("theory", "simulated", "low", "high", "at")
    )
    return Point(row["label"], theory, simulated, low, high, row["series"], at)


def _write_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    written = io.StringIO()
    table = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    path.write_text(written.getvalue(), encoding="utf-8")


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table, none where it was not written yet."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


INTRODUCTION = """\
# Verification

Made by `make verify`; not edited by hand. Each line is one check: what was simulated is held to a
closed form that shares no code with it, to a published number, or to what a stated interval
promises. The check says which relative error it would notice with a chance of 99%, and on which
wrong input it was seen to fail. The numbers behind each figure lie beside it as CSV.

Checks against theory are tests at level 0.0001 over replicates; intervals shown are 95%. *Differs,
as explained* marks a published number that the simulation does not reproduce, with the reason.
*Conservative* marks intervals that hold the truth more often than they promise, which exact
intervals on few events do.
"""


def page(lines: Iterable[dict[str, str]]) -> str:
    """Return the page that lists the checks, then each with its figure and caption."""
    lines = list(lines)
    columns = (
        ("Check", lambda line: f"[{line['title']}](#{line['name']})"),
        ("Published item", lambda line: line["facts"]),
        ("Held to", lambda line: line["against"]),
        ("Simulated (95% interval)", lambda line: line["found"]),
        ("Notices", lambda line: line["detects"]),
        ("Fails on", lambda line: line["wrong_input"]),
        ("Verdict", lambda line: line["verdict"]),
    )
    parts = [INTRODUCTION]
    parts.append("| " + " | ".join(name for name, _ in columns) + " |")
    parts.append("|" + "---|" * len(columns))
    for line in lines:
        cells = (cell(line).replace("|", "\\|") for _, cell in columns)
        parts.append("| " + " | ".join(cells) + " |")
    for line in lines:
        name, title = line["name"], line["title"]
        parts += ["", f'<a id="{name}"></a>', "", f"## {title}", "", f"![{title}]({name}.svg)", ""]
        parts += textwrap.wrap(line["caption"], 100)
        parts += ["", f"Numbers: [{name}.csv]({name}.csv)."]
    return "\n".join(parts) + "\n"


def _specification(check: Check, points: Sequence[Point], axes: Axes) -> dict[str, object]:
    chart = _curve(points, axes) if axes.x else _list(points, axes)
    figure = Figure(
        name=check.name,
        title=check.title,
        caption=check.caption,
        description=check.title,
        axis="numbers" if axes.x else "labels",
        chart=chart,
        rows=tuple(asdict(point) for point in points),
    )
    return figure.framed_specification("Bars: 95% intervals", "Source: Overmatch, make verify.")


def _drawn(points: Sequence[Point], axes: Axes) -> list[Row]:
    rows: list[Row] = []
    for point in points:
        below = point.theory if axes.ratio else 1.0
        values: Row = {
            name: value / below if math.isfinite(value) else None
            for name, value in (
                ("theory", point.theory),
                ("simulated", point.simulated),
                ("low", point.low),
                ("high", point.high),
            )
        }
        at = point.at if math.isfinite(point.at) else None
        rows.append({"label": point.label, "series": point.series, "at": at} | values)
    return rows


def _ordered(points: Sequence[Point], name: str) -> list[str]:
    return list(dict.fromkeys(str(getattr(point, name)) for point in points))


def _colour(points: Sequence[Point]) -> dict[str, Any]:
    """Return colour and shape by series, with a legend where there are several."""
    series = _ordered(points, "series")
    legend = alt.Legend(title=None, symbolOpacity=1.0) if len(series) > 1 else None
    scale = alt.Scale(domain=series)
    return {
        "color": alt.Color("series:N", scale=scale, legend=legend),
        "shape": alt.Shape("series:N", scale=scale, legend=legend),
    }


def _curve(points: Sequence[Point], axes: Axes) -> alt.LayerChart:
    scale = alt.Scale(type="log") if axes.logarithmic else alt.Scale(zero=False)
    decades = [first * 10.0**power for power in range(-3, 10) for first in (1, 2, 5)]
    # Any: options of an axis
    steps: dict[str, Any] = {"values": decades, "format": "~s"} if axes.logarithmic else {}
    x = alt.X("at:Q", title=axes.x, scale=scale, axis=alt.Axis(grid=False, **steps))

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=axes.value, scale=scale, axis=alt.Axis(**steps))

    rows, coded = inline(_drawn(points, axes)), _colour(points)
    kinds = ["color", "shape"]
    theory = alt.Chart(rows).mark_line(strokeWidth=1.5)
    theory = theory.encode(x=x, y=y("theory"), color=coded["color"], detail="series:N")
    bars = alt.Chart(rows).mark_rule(strokeWidth=1.5)
    bars = bars.encode(x=x, y=y("low"), y2="high:Q", color=coded["color"])
    marks = alt.Chart(rows).mark_point(size=45, filled=True, opacity=1.0)
    marks = marks.encode(x=x, y=y("simulated"), **{kind: coded[kind] for kind in kinds})
    width, height = CURVE_SIZE
    return layered([theory, bars, marks], width=width, height=height)


def _list(points: Sequence[Point], axes: Axes) -> alt.LayerChart:
    labels, series = _ordered(points, "label"), _ordered(points, "series")
    rows, coded = inline(_drawn(points, axes)), _colour(points)
    title = f"{axes.value} / {axes.theory}" if axes.ratio else axes.value

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", title=title, scale=alt.Scale(zero=False))

    y = alt.Y("label:N", sort=labels, title=None, axis=alt.Axis(labelLimit=LABEL_LIMIT))
    layers = []
    if axes.band is not None:
        low, high = axes.band
        band = alt.Chart(inline([{"from": low, "to": high}]))
        shade = band.mark_rect(color=LIGHT["third"], opacity=0.25)
        layers.append(shade.encode(x=alt.X("from:Q", title=title), x2="to:Q"))
    ticks = alt.Chart(rows).mark_tick(thickness=2, size=14, color=LIGHT["ink"])
    layers.append(ticks.encode(x=x("theory"), y=y))
    for number, name in enumerate(series):
        apart = SERIES_APART * (number - (len(series) - 1) / 2.0)
        mine = alt.Chart(rows).transform_filter(alt.FieldEqualPredicate(name, field="series"))
        bars = mine.mark_rule(strokeWidth=1.5, yOffset=apart)
        layers.append(bars.encode(x=x("low"), x2="high:Q", y=y, color=coded["color"]))
        marks = mine.mark_point(size=40, filled=True, opacity=1.0, yOffset=apart)
        layers.append(marks.encode(x=x("simulated"), y=y, **coded))
    return layered(layers, width=ROW_WIDTH, height=alt.Step(ROW_STEP))


COLUMNS = tuple(one.name for one in fields(Check))
