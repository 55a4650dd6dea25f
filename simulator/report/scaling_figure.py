"""The figure of a scaling: wrong-person links against people, part by part, up to the nation.

Both scales are logarithmic, so that what grows in proportion to people rises at 45 degrees and what
does not lies level. Sizes where a part was not seen have no point: 0 has no place on such a scale.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import altair as alt

from simulator.report.figure import Figure, Row, finite
from simulator.report.scaled import LABELS, Scaling, StoredRow, read_scaling
from simulator.report.shapes import inline
from simulator.report.wording import level_words
from simulator.report.write import FIGURES, drawn_files, replace_file
from simulator.study.scaling_results import CHECK, FIT, LINEAR, NATION

WIDTH, HEIGHT = 480, 340
_SPREAD = 0.035  # of the logarithm, by which points of one size stand apart
_MARKS = {"fit": "circle", "check": "diamond", "nation": "square"}
_Y_TITLE = "wrong-person links per 1,000 requests"
_DASHES: dict[str, list[float]] = {
    "household": [1, 0],
    "number": [2, 3],
    "building": [6, 3],
    "zip": [1.5, 3],
    "coincidence": [10, 3, 2, 3],
}


def _parts(scaling: Scaling) -> list[str]:
    """Return the parts that were seen, as a reader meets them: without those that are closed."""
    return [row.words["part"] for row in scaling.laws if row.numbers["events"] > 0.0]


def _points(scaling: Scaling, parts: Sequence[str]) -> list[Row]:
    """Return a row per size, density and part, the check's and the nation's among them."""
    densities = sorted(
        {row.numbers["density"] for row in scaling.cells if row.words["role"] == FIT}
    )
    rows = []
    for row in scaling.cells:
        if row.words["part"] not in parts:
            continue
        place = densities.index(row.numbers["density"]) if row.words["role"] == FIT else 0
        apart = _SPREAD * (place - (len(densities) - 1) / 2.0) if row.words["role"] == FIT else 0.0
        rows.append(_point(row, row.words["role"], row.numbers["people"] * math.exp(apart)))
    nation = [row for row in scaling.at(NATION, LINEAR) if row.words["part"] in parts]
    return [*rows, *(_point(row, NATION, row.numbers["people"]) for row in nation)]


def _point(row: StoredRow, kind: str, at: float) -> Row:
    ends = ("pi_low", "pi_high") if kind == NATION else ("ci_low", "ci_high")
    low, high = (row.numbers[end] for end in ends)
    estimate = row.numbers["estimate"]
    return {
        "kind": kind,
        "part": row.label,
        "people": row.numbers["people"],
        "density": finite(row.numbers.get("density", math.nan)),
        "at": at,
        "estimate": _above_zero(estimate),
        "low": _above_zero(low),
        "high": _above_zero(high),
    }


def _above_zero(value: float) -> float | None:
    return value if math.isfinite(value) and value > 0.0 else None


def _lines(scaling: Scaling, parts: Sequence[str]) -> list[Row]:
    """Return the fitted laws: at the sizes that were run, and at the nation."""
    rows: list[Row] = []
    for part in parts:
        seen: dict[float, Row] = {}
        for row in scaling.cells:
            if row.words["part"] == part and row.words["role"] in (FIT, CHECK):
                names = ("law", "law_low", "law_high")
                seen.setdefault(row.numbers["people"], _line(row, names))
        for row in scaling.at(NATION, LINEAR):
            if row.words["part"] == part:
                seen[row.numbers["people"]] = _line(row, ("estimate", "ci_low", "ci_high"))
        rows += [seen[people] for people in sorted(seen)]
    return [row for row in rows if row["estimate"] is not None]


def _line(row: StoredRow, names: tuple[str, str, str]) -> Row:
    estimate, low, high = (row.numbers[name] for name in names)
    return {
        "kind": "law",
        "part": row.label,
        "people": row.numbers["people"],
        "density": None,
        "at": row.numbers["people"],
        "estimate": _above_zero(estimate),
        "low": _above_zero(low),
        "high": _above_zero(high),
    }


def _floor(points: Sequence[Row], lines: Sequence[Row]) -> float:
    """Return where the scale begins: a tenth of the least estimate; what lies below is cut."""
    return float(min((row["estimate"] for row in (*points, *lines)), default=1.0)) / 10.0


def _cut(rows: Sequence[Row], floor: float) -> list[Row]:
    return [row | {"low": max(row["low"] or floor, floor)} for row in rows]


def _people_axis() -> alt.X:
    return alt.X(
        "at:Q",
        title="people in the country",
        scale=alt.Scale(type="log", nice=False, padding=14),
        axis=alt.Axis(
            values=[10.0**power for power in range(4, 10)],
            labelExpr="datum.value >= 1e6 ? format(datum.value / 1e6, ',') + ' million' "
            ": format(datum.value, ',')",
            grid=False,
        ),
    )


def _chart(points: Sequence[Row], lines: Sequence[Row], parts: Sequence[str]) -> alt.LayerChart:
    points = [row for row in points if row["estimate"] is not None]
    floor = _floor(points, lines)
    scale = alt.Scale(type="log", domainMin=floor, nice=False)
    axis = alt.Axis(
        values=[10.0**power for power in range(-6, 9)],
        labelExpr="datum.value >= 1 ? format(datum.value, ',') : format(datum.value, '~g')",
        minExtent=64,
    )
    x, y = _people_axis(), alt.Y("estimate:Q", title=_Y_TITLE, scale=scale, axis=axis)
    low = alt.Y("low:Q", title=_Y_TITLE, scale=scale, axis=axis)
    labels = [LABELS[part] for part in parts]
    dashes: list[Sequence[float]] = [_DASHES[part] for part in parts]
    colour = alt.Color("part:N", scale=alt.Scale(domain=labels), legend=None)
    dash = alt.StrokeDash("part:N", scale=alt.Scale(domain=labels, range=dashes), legend=None)
    law = alt.Chart(inline(_cut(lines, floor)))
    seen = alt.Chart(inline(_cut(points, floor)))
    return alt.LayerChart(
        layer=[
            law.mark_area(opacity=0.16).encode(x=x, y=low, y2="high:Q", color=colour),
            law.mark_line(strokeWidth=1.5).encode(x=x, y=y, color=colour, strokeDash=dash),
            seen.mark_rule(strokeWidth=1.3).encode(x=x, y=low, y2="high:Q", color=colour),
            seen.mark_point(filled=True, size=52, opacity=1).encode(
                x=x, y=y, color=colour, shape=_shapes(points)
            ),
            seen.transform_filter(f"datum.kind == '{NATION}'")
            .mark_text(align="left", dx=9, fontSize=11)
            .encode(x=x, y=y, text="part:N"),
        ],
        width=WIDTH,
        height=HEIGHT,
    )


def _shapes(points: Sequence[Row]) -> alt.Shape:
    kinds = list(dict.fromkeys(row["kind"] for row in points))
    return alt.Shape(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=kinds, range=[_MARKS[kind] for kind in kinds]),
        legend=alt.Legend(
            labelExpr="{'fit': 'fitted size', 'check': 'larger size, not fitted', "
            "'nation': 'nation, foretold'}[datum.label]"
        ),
    )


def scaling_figure(scaling: Scaling) -> Figure:
    """Draw how wrong-person links grow with people, by where the stranger stands."""
    parts = _parts(scaling)
    points, lines = _points(scaling, parts), _lines(scaling, parts)
    run = scaling.manifest
    plan = run["scaling"]
    densities = ", ".join(f"{density:.2%}" for density in plan["densities"])
    nation = "; ".join(
        f"{row.label.lower()} {row.spanned('estimate', 'pi_low', 'pi_high')}"
        for row in scaling.at(NATION, LINEAR)
    )
    level = level_words(run["confidence"])
    return Figure(
        name="scaling",
        title="How wrong-person links grow with the country",
        caption=(
            "Released links to somebody other than the person requested, per 1,000 requests on the "
            "list, by where that stranger stands to the person requested; same ZIP is a part of by "
            f"chance, anywhere. Circles: {run['replicates']} replicates each, side by side by list "
            f"density ({densities} of people listed), with the {level}. Lines: fitted law with its "
            f"band. Diamonds: a larger size that was not fitted. Squares: {plan['people']:,} "
            f"people and {plan['requests']:,} requests, with the interval for one such list. "
            "Samples under about 400,000 people hold parts of buildings and ZIPs, so those parts "
            "rise to there and stay. Parts never seen are left out; their bounds are in the tables."
        ),
        description=f"Foretold for the nation, per 1,000 requests: {nation}.",
        axis="numbers",
        chart=_chart(points, lines, parts),
        rows=(*points, *lines),
    )


def scaling_figures(directory: Path) -> tuple[Figure, ...]:
    """Return the figures of a folder with a scaling; raise ReportError where it is malformed."""
    return (scaling_figure(read_scaling(directory)),)


def _subtitle(scaling: Scaling) -> str:
    run, plan = scaling.manifest, scaling.manifest["scaling"]
    return (
        f"{run['scenario']['title']} · fitted at {plan['sizes'][0]:,} to {plan['sizes'][-1]:,} "
        f"people, {run['replicates']} replicates each · {level_words(run['confidence'])}"
    )


def _source(scaling: Scaling) -> str:
    run = scaling.manifest
    return (
        f"Source: Overmatch {run['overmatch']}, synthetic people, seed {run['seed']}, "
        f"scenario {run['scenario_sha256'][:12]}."
    )


def write_figure(directory: Path) -> None:
    """Write figures/ of a folder with a scaling from its stored data.

    Raises ReportError where they are malformed, OSError where the folder cannot be written.
    """
    scaling = read_scaling(directory)
    figure = scaling_figure(scaling)
    specification = figure.framed_specification(_subtitle(scaling), _source(scaling))
    (directory / FIGURES).mkdir(exist_ok=True)
    for name, content in drawn_files(figure, specification).items():
        replace_file(directory / FIGURES / name, content)
