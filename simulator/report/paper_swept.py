"""Printed figures of sweeps: a measure against a field, list and people, and the assumptions.

Drawn from the tables of ``overmatch vary`` and ``overmatch scale``. Limits: of a grid, the first
field goes along the axis and a second becomes the lines; a third is refused.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from simulator.report.figure import Row
from simulator.report.folder import Folder
from simulator.report.printed import DOUBLE, Printed
from simulator.report.shapes import in_order, inline, layered
from simulator.report.stored import fail
from simulator.report.theme import LIGHT, LIGHT_MORE, LIGHT_STEPS
from simulator.report.wording import level_words, measure_words, plain_name
from simulator.scenario.files import field_documentation

VARIANTS, TORNADO, INDICES = "variants.csv", "tornado.csv", "indices.csv"
_NUMBERS = ("estimate", "ci_low", "ci_high")
_DASHES = ([1, 0], [5, 2], [2, 2], [6, 2, 1, 2], [1, 1], [8, 3], [3, 1], [4, 4])
_SHAPES = (
    *("circle", "square", "triangle-up", "diamond"),
    *("cross", "triangle-down", "triangle-right", "triangle-left"),
)
_WIDTH, _HEIGHT, _TORNADO = 206, 108, 16


@dataclass(frozen=True)
class Response:
    """How measures follow a field: which goes along the axis, a panel a measure, and the words.

    Another field of the grid becomes the lines.
    """

    across: str
    measures: tuple[str, ...]
    caption: str


AXES = {
    "requests.years_since_address": "age of the addresses on the list (years)",
    "disclosure.max_address_age_years": "age of the addresses released",
    "requests.surname_misspelt": "surnames misspelt on the list (share of requests)",
    "matching.name_threshold": "name threshold (similarity)",
}
"""What fields are called on an axis or above a legend; others have their own name and unit."""
WRONG_DOOR = Response(
    "requests.years_since_address",
    ("wrong_address_rate", "false_negative_identification_rate"),
    "Wrong doors against the age of addresses: the share of addresses disclosed at which the "
    "person requested does not live, and what withholding old addresses costs in persons missed.",
)
LIST_ERROR = Response(
    "requests.surname_misspelt",
    ("false_discovery_rate", "false_negative_identification_rate"),
    "What errors on the list do: wrong persons among the accounts released, and persons missed, "
    "against the rate of errors in the names of the list.",
)


def wrong_door_by_address_age(folder: Folder) -> Printed:
    """Draw the wrong-door rate against the age of addresses."""
    return _response(folder, WRONG_DOOR)


def list_error_against_false_match(folder: Folder) -> Printed:
    """Draw wrong and missed persons against the errors of the list."""
    return _response(folder, LIST_ERROR)


def parameters(folder: Folder) -> tuple[str, ...]:
    """Return the dotted paths that a sweep varied, in its order: the columns of its variants."""
    columns = [str(name) for name in folder.table(VARIANTS, "parameter", "measure").columns]
    return tuple(columns[columns.index("parameter") + 1 : columns.index("measure")])


def _response(folder: Folder, response: Response) -> Printed:
    paths = sorted(parameters(folder), key=lambda path: path != response.across)
    table = folder.table(VARIANTS, "role", "measure", "group", *paths, *_NUMBERS)
    if not 1 <= len(paths) <= 2:
        fail(f"it varies {len(paths)} fields; this figure shows one, or one by another.")
    rows = _response_rows(table, paths, response.measures)
    names = ", ".join(
        f"{measure_words(name).name.lower()}: {_meant(name)}" for name in response.measures
    )
    return Printed(
        caption=(
            f"{response.caption} All points are of the same people and lists, as far as the field "
            f"varied leaves them the same. Varied: {' and '.join(paths)}."
        ),
        units=f"across: {_axis_title(paths[0])}; up: {names}.",
        intervals=(
            f"bars: {level_words(float(folder.manifest['confidence']))} over replicates of each "
            "point; a hollow point means that none was seen."
        ),
        chart=_response_panels(rows, paths, response.measures),
        rows=tuple(rows),
    )


def _meant(measure: str) -> str:
    words = measure_words(measure)
    meaning = words.meaning or plain_name(measure)
    return f"{meaning[0].lower()}{meaning[1:]} ({words.unit})" if words.unit else meaning


def _response_rows(table: pd.DataFrame, paths: Sequence[str], measures: Sequence[str]) -> list[Row]:
    """Return the points of a grid, everybody together, in the units that are shown."""
    some = table[(table["role"] == "grid") & (table["group"] == "all")]
    rows: list[Row] = []
    for measure in measures:
        points = some[some["measure"] == measure]
        if points.empty:
            fail(f"{VARIANTS} holds no grid of {measure}.")
        factor = measure_words(measure).factor
        for point in points.to_dict("records"):
            row: Row = {"measure": measure, "x": point[paths[0]]}
            row["series"] = _value_words(point[paths[1]]) if len(paths) > 1 else ""
            row |= {name: _finite(factor * float(point[name])) for name in _NUMBERS}
            none = row["estimate"] == 0.0
            rows.append(row | {"seen": "none seen" if none else "seen"})
    return rows


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _axis_title(path: str) -> str:
    """Return a field in words with its unit."""
    if path in AXES:
        return AXES[path]
    words = plain_name(path.rpartition(".")[2]).lower()
    unit = {field.path: field.unit for field in field_documentation()}.get(path, "")
    return f"{words} ({unit})" if unit and unit != "-" else words


def _response_panels(
    rows: Sequence[Row], paths: Sequence[str], measures: Sequence[str]
) -> alt.VConcatChart:
    charts = []
    for measure in measures:
        some = [row for row in rows if row["measure"] == measure]
        last = measure == measures[-1]
        charts.append(_response_panel(some, paths, measure, last=last))
    return alt.VConcatChart(vconcat=charts, spacing=10)


def _response_panel(
    rows: Sequence[Row], paths: Sequence[str], measure: str, *, last: bool
) -> alt.LayerChart:
    """Draw one measure against a field: line, points and intervals."""
    words = measure_words(measure)
    title = _axis_title(paths[0]) if last else None
    numeric = all(_is_number(str(row["x"])) for row in rows)
    x: alt.X = (
        alt.X("at:Q", title=title, scale=alt.Scale(zero=False, nice=False, padding=6))
        if numeric
        else alt.X("x:N", title=title, sort=in_order(rows, "x"), axis=alt.Axis(labelAngle=0))
    )
    up = alt.Y("estimate:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4))
    names = in_order(rows, "series")
    legend = (
        alt.Legend(title=_axis_title(paths[1]), columns=6, symbolStrokeWidth=0, titleLimit=200)
        if len(names) > 1
        else None
    )
    scale = alt.Scale(domain=names, range=_colours(names))
    colour = alt.Color("series:N", sort=names, scale=scale, legend=legend)
    dashes = alt.Scale(domain=names, range=[list(dash) for dash in _DASHES[: len(names)]])
    shapes = alt.Scale(domain=names, range=list(_SHAPES[: len(names)]))
    drawn = _apart(rows, names) if numeric else rows
    base = alt.Chart(inline(drawn)).encode(x=x, color=colour)
    layers = [
        base.mark_line(strokeWidth=1).encode(
            y=up, strokeDash=alt.StrokeDash("series:N", scale=dashes, legend=None)
        ),
        base.mark_rule(strokeWidth=1).encode(y=alt.Y("ci_low:Q", title=None), y2="ci_high:Q"),
        *(
            base.transform_filter(f"datum.seen == '{kind}'")
            .mark_point(filled=filled, size=20, opacity=1, strokeWidth=1)
            .encode(y=up, shape=alt.Shape("series:N", scale=shapes, legend=legend))
            for kind, filled in (("seen", True), ("none seen", False))
        ),
    ]
    heading = f"{words.name} ({words.unit})" if words.unit else words.name
    return layered(
        layers,
        width=_WIDTH,
        height=_HEIGHT,
        title=alt.TitleParams(heading, anchor="start", frame="group"),
    )


def _apart(rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Return the rows with places along the axis at which no line's points hide another's."""
    values = [float(row["x"]) for row in rows]
    step = 0.008 * (max(values) - min(values))
    middle = (len(names) - 1) / 2.0
    return [
        row | {"at": float(row["x"]) + step * (names.index(row["series"]) - middle)} for row in rows
    ]


def _colours(names: Sequence[str]) -> list[str]:
    """Return colours of lines: steps of lightness where they are steps of a number."""
    if len(names) > 1 and all(_is_number(name) for name in names):
        last = len(LIGHT_STEPS) - 1
        return [LIGHT_STEPS[round(last * at / (len(names) - 1))] for at in range(len(names))]
    return [LIGHT["first"], LIGHT["second"], LIGHT["third"], *LIGHT_MORE][: len(names)]


def sensitivity(folder: Folder) -> Printed:
    """Draw what each assumption changes alone, and its share of what all do, one measure a row."""
    paths = parameters(folder)
    tornado = folder.table(
        TORNADO, "measure", "parameter", "end", "value", "difference", "ci_low", "ci_high"
    )
    indices = (
        folder.table(INDICES, "measure", "parameter", "index", *_NUMBERS)
        if folder.holds(INDICES)
        else None
    )
    measure = str(tornado["measure"].iloc[0])
    bars = _tornado_rows(tornado, measure)
    parts = [] if indices is None else _index_rows(indices, measure)
    order = _by_reach(bars)
    words_of = _parameter_words(bars, paths)
    bars, parts = (
        [row | {"label": words_of[row["parameter"]]} for row in rows] for rows in (bars, parts)
    )
    words = measure_words(measure)
    labels = [words_of[name] for name in order]
    panels = [_tornado_panel(bars, labels, words.unit)]
    if parts:
        panels.append(_index_panel(parts, labels))
    return Printed(
        caption=(
            f"What rests on which assumption: {words.name.lower()}. Left: how far it moves when "
            "one parameter alone goes to the low or the high end of its range, the others as in "
            "the scenario; the ends stand behind its name. "
            + (
                "Right: first-order and total Sobol indices, the share of the variance over all "
                "ranges that a parameter explains alone, and with all its interactions."
                if parts
                else "Indices were not estimated: the design is a grid."
            )
            + f" Parameters: {len(paths)}."
        ),
        units=f"left: {words.unit or 'the measure'}, as a difference; right: share of variance.",
        intervals=(
            f"{level_words(float(folder.manifest['confidence']))}; left: over replicates, paired; "
            "right: over resamples of the sampled variants."
        ),
        chart=alt.HConcatChart(
            hconcat=panels,
            spacing=14,
            resolve=alt.Resolve(
                scale=alt.ScaleResolveMap(
                    color="independent", fill="independent", shape="independent"
                ),
                legend=alt.LegendResolveMap(
                    color="independent", fill="independent", shape="independent"
                ),
            ),
        ),
        rows=(*bars, *parts),
        width=DOUBLE,
    )


def _tornado_rows(tornado: pd.DataFrame, measure: str) -> list[Row]:
    factor = measure_words(measure).factor
    return [
        {
            "panel": "tornado",
            "measure": measure,
            "parameter": row["parameter"],
            "kind": row["end"],
            "value": row["value"],
            "estimate": _finite(factor * float(row["difference"])),
            "ci_low": _finite(factor * float(row["ci_low"])),
            "ci_high": _finite(factor * float(row["ci_high"])),
        }
        for row in tornado[tornado["measure"] == measure].to_dict("records")
    ]


def _index_rows(indices: pd.DataFrame, measure: str) -> list[Row]:
    return [
        {
            "panel": "indices",
            "measure": measure,
            "parameter": row["parameter"],
            "kind": row["index"],
            "value": None,
            **{name: _finite(float(row[name])) for name in _NUMBERS},
        }
        for row in indices[indices["measure"] == measure].to_dict("records")
    ]


def _parameter_words(bars: Sequence[Row], paths: Sequence[str]) -> dict[str, str]:
    """Return parameters in words with their ends: the last name, or all of it if two share it."""
    last = [path.rpartition(".")[2] for path in paths]
    words = {}
    for path, name in zip(paths, last, strict=True):
        ends = [_value_words(row["value"]) for row in bars if row["parameter"] == path]
        plain = plain_name(name if last.count(name) == 1 else path).capitalize()
        words[path] = f"{plain} ({' to '.join(ends)})"
    return words


def _by_reach(bars: Sequence[Row]) -> list[str]:
    """Return the parameters, those first that move the measure most."""
    reach: dict[str, float] = {}
    for row in bars:
        size = abs(row["estimate"] or 0.0)
        reach[row["parameter"]] = max(reach.get(row["parameter"], 0.0), size)
    return sorted(reach, key=lambda name: -reach[name])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _value_words(value: object) -> str:
    """Return an end of a range in few characters."""
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)


def _rows_of(
    rows: Sequence[Row], order: Sequence[str], kinds: Sequence[str], axis: alt.Axis | None
) -> alt.Chart:
    """Return what the marks of both panels share: a row a parameter, two kinds in each."""
    return alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=list(order), axis=axis),
        yOffset=alt.YOffset("kind:N", sort=list(kinds), scale=alt.Scale(paddingOuter=0.3)),
    )


def _tornado_panel(rows: Sequence[Row], order: Sequence[str], unit: str) -> alt.LayerChart:
    kinds = ("low", "high")
    base = _rows_of(rows, order, kinds, alt.Axis(minExtent=140, labelLimit=160))
    title = f"change, {'percentage points' if unit == '%' else unit}" if unit else "change"
    ends = alt.Scale(domain=list(kinds), range=["#9ac7e0", LIGHT["first"]])
    fill = alt.Fill("kind:N", sort=list(kinds), scale=ends, legend=alt.Legend(title="end moved to"))
    x = alt.X("estimate:Q", title=title, axis=alt.Axis(tickCount=5))
    bars = base.mark_bar(height=4.5, stroke=LIGHT["ink"], strokeWidth=0.4).encode(x=x, fill=fill)
    whiskers = base.mark_rule(strokeWidth=0.8).encode(
        x=alt.X("ci_low:Q", title=title), x2="ci_high:Q"
    )
    zero = alt.Chart(inline([{"at": 0}])).mark_rule(strokeWidth=0.8).encode(x="at:Q")
    return layered([bars, whiskers, zero], width=185, height=_TORNADO * len(order))


def _index_panel(rows: Sequence[Row], order: Sequence[str]) -> alt.LayerChart:
    kinds = ("first", "total")
    scale = alt.Scale(domain=list(kinds))
    legend = alt.Legend(title="Sobol index", symbolStrokeWidth=0)
    base = _rows_of(rows, order, kinds, None).encode(
        color=alt.Color("kind:N", sort=list(kinds), scale=scale, legend=legend)
    )
    title = "share of variance"
    axis = alt.Axis(tickCount=5)
    shapes = alt.Scale(domain=list(kinds), range=["circle", "diamond"])
    shape = alt.Shape("kind:N", sort=list(kinds), scale=shapes, legend=legend)
    layers = [
        base.mark_rule(strokeWidth=1).encode(
            x=alt.X("ci_low:Q", title=title, axis=axis), x2="ci_high:Q"
        ),
        base.mark_point(filled=True, size=19, opacity=1).encode(
            x=alt.X("estimate:Q", title=title, axis=axis), shape=shape
        ),
    ]
    return layered(layers, width=130, height=_TORNADO * len(order))
