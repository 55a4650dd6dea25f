"""The figures of a sweep: what each parameter alone does, what it explains, and grids as curves.

A tornado shows each parameter at its ends alone, the longest bars above; indices share out the
variance of a sample of all ranges; a grid of one or two parameters is drawn as lines with bands, or
as a map where the second has many values.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import altair as alt

from simulator.report.figure import Chart, Figure, Row, finite
from simulator.report.shapes import in_order, inline
from simulator.report.theme import LIGHT
from simulator.report.varied import (
    Cell,
    Sweep,
    measure_words,
    number,
    read_sweep,
    value_words,
    with_interval,
)
from simulator.report.wording import level_words, shown, shown_decimals
from simulator.report.write import FIGURES, drawn_files, replace_file
from simulator.scenario.vary import Design

WIDTH, HEIGHT, STEP = 380, 180, 30
LABELS = 236
MOST_LINES = 4
_ENDS_OF = ("estimate", "low", "high")
_ENDS = {"low": "at its low end", "high": "at its high end"}
_KINDS = {"first": "alone (first order)", "total": "with interactions (total)"}


def tornado_rows(sweep: Sweep) -> list[Row]:
    """Return a row per measure, parameter and end; within a measure the widest parameter first."""
    rows: list[Row] = []
    for name in sweep.measures:
        spoken = measure_words(name)
        cells = [row for row in sweep.tornado if row["measure"] == name]
        some = [_tornado_row(sweep, cell, cells) for cell in cells]
        widest = {
            label: max(abs(row["difference"] or 0.0) for row in some if row["label"] == label)
            for label in in_order(some, "label")
        }
        some.sort(key=lambda row, widest=widest: -widest[row["label"]])  # type: ignore[misc]
        rows += [{"panel": spoken.title, **row} for row in some]
    return rows


def _tornado_row(sweep: Sweep, cell: Cell, cells: Sequence[Cell]) -> Row:
    factor = measure_words(cell["measure"]).factor
    ends = [value_words(row["value"]) for row in cells if row["parameter"] == cell["parameter"]]
    return {
        "label": f"{sweep.words(cell['parameter'])} ({' to '.join(ends)})",
        "parameter": cell["parameter"],
        "end": _ENDS[cell["end"]],
        "value": value_words(cell["value"]),
        **{
            key: finite(factor * number(cell[column]))
            for key, column in (
                ("difference", "difference"),
                ("low", "ci_low"),
                ("high", "ci_high"),
                ("base", "base_estimate"),
            )
        },
    }


def index_rows(sweep: Sweep) -> list[Row]:
    """Return a row per measure, parameter and kind of index, the largest total first."""
    rows: list[Row] = []
    for name in sweep.measures:
        some: list[Row] = [
            {
                "panel": measure_words(name).name,
                "label": sweep.words(cell["parameter"]),
                "kind": _KINDS[cell["index"]],
                "estimate": finite(number(cell["estimate"])),
                "low": finite(number(cell["ci_low"])),
                "high": finite(number(cell["ci_high"])),
                "uncorrected": finite(number(cell["uncorrected"])),
                "noise_share": finite(number(cell["noise_share"])),
            }
            for cell in sweep.indices
            if cell["measure"] == name
        ]
        total = {
            row["label"]: row["estimate"] or 0.0 for row in some if row["kind"] == _KINDS["total"]
        }
        some.sort(key=lambda row, total=total: -total[row["label"]])  # type: ignore[misc]
        rows += some
    return rows


def _panels(
    rows: Sequence[Row], value: str, series: str, order: list[str], x: str, scale: alt.Scale | None
) -> Chart:
    """Draw one panel of paired bars with whiskers per measure, below each other."""
    titles = in_order(rows, "panel")
    charts = []
    for panel in titles:
        some = [row for row in rows if row["panel"] == panel]
        base = alt.Chart(inline(some)).encode(
            y=alt.Y(
                "label:N",
                title=None,
                sort=in_order(some, "label"),
                axis=alt.Axis(minExtent=LABELS, labelLimit=LABELS - 8),
            ),
            yOffset=alt.YOffset(f"{series}:N", sort=order),
        )
        on = alt.X(f"{value}:Q", title=x, scale=scale or alt.Scale(nice=True, zero=True))
        # Where a bar stands and how dark it is says which it is, in a grey print too.
        shades = alt.Scale(domain=order, range=[0.45, 1.0])
        shade = alt.Opacity(f"{series}:N", scale=shades, legend=None)
        colour = alt.Color(f"{series}:N", scale=alt.Scale(domain=order), legend=None)
        layers = [
            base.mark_bar().encode(x=on, color=colour, opacity=shade),
            base.mark_rule(strokeWidth=1.2).encode(x=alt.X("low:Q", title=x), x2="high:Q"),
        ]
        key = f"upper, pale bar: {order[0]} · lower, dark bar: {order[1]}"
        heading = alt.TitleParams(
            panel,
            subtitle=key if panel == titles[0] else "",
            anchor="start",
            frame="group",
            subtitlePadding=4,
        )
        count = len(in_order(some, "label"))
        charts.append(alt.LayerChart(layer=layers, width=WIDTH, height=STEP * count, title=heading))
    return alt.VConcatChart(vconcat=charts, spacing=20)


def tornado_figure(sweep: Sweep) -> Figure:
    """Draw what moving each parameter alone to its ends changes."""
    rows = tornado_rows(sweep)
    said = (
        f"{row['panel']}: {row['label']}, {row['end']}: "
        f"{with_interval(*(_number(row[key]) for key in ('difference', 'low', 'high')))}"
        for row in rows
    )
    return Figure(
        name="tornado",
        title="What each assumption alone changes",
        caption=(
            "Bars: the measure with one parameter at the end of its range, the others as in the "
            "scenario, less the measure of the scenario itself; per cent are percentage points. "
            "All variants run on the same people, roll and list wherever they agree, so that "
            "differences are paired by replicate. No whisker: no replicate differed, or there was "
            "one only."
        ),
        description=f"Differences to the scenario's own values. {'; '.join(said)}.",
        axis="labels",
        chart=_panels(rows, "difference", "end", list(_ENDS.values()), "difference", None),
        rows=tuple(rows),
    )


def index_figure(sweep: Sweep) -> Figure:
    """Draw how the variance over all ranges is shared out."""
    rows = index_rows(sweep)
    said = (
        f"{row['panel']}: {row['label']}, {row['kind']}: "
        f"{with_interval(*(_number(row[key]) for key in _ENDS_OF), most_decimals=2)}"
        for row in rows
    )
    noise = {row["panel"]: _number(row["noise_share"]) for row in rows}
    shares = "; ".join(f"{panel} {100 * share:.0f}%" for panel, share in noise.items())
    scale = alt.Scale(domain=[-0.25, 1.25], nice=False, clamp=True)
    return Figure(
        name="indices",
        title="Which assumptions the results hang on",
        caption=(
            "Sobol' indices: the share of a measure's variance over all ranges together that a "
            "parameter explains alone, and with all its interactions. Chance is taken out: it made "
            f"up so much of the variance seen: {shares}. Whiskers hold both the finite sample of "
            "the ranges and the finite number of replicates, and are cut at the edge; a whisker "
            "over 0 means that the parameter may not matter at all."
        ),
        description=f"Sobol' indices. {'; '.join(said)}.",
        axis="labels",
        chart=_panels(rows, "estimate", "kind", list(_KINDS.values()), "share of variance", scale),
        rows=tuple(rows),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def grid_rows(sweep: Sweep) -> list[Row]:
    """Return a row per measure and cell of a grid, everybody alone."""
    return [_grid_row(sweep, cell) for cell in grid_cells(sweep)]


def grid_cells(sweep: Sweep) -> list[Cell]:
    """Return the stored rows of a grid's own variants, everybody alone; none of a sample."""
    return [
        cell
        for cell in sweep.variants
        if cell["role"] == Design.GRID.value and cell["group"] == "all"
    ]


def _grid_row(sweep: Sweep, cell: Cell) -> Row:
    spoken = measure_words(cell["measure"])
    values = [value_words(cell[path]) for path in sweep.paths]
    row: Row = {"panel": spoken.title, "first": values[0], "second": (values[1:] or [""])[0]}
    try:
        row["at"] = float(values[0])
    except ValueError:
        row["at"] = None
    estimate, low, high = (
        spoken.factor * number(cell[name]) for name in ("estimate", "ci_low", "ci_high")
    )
    said = shown(estimate, shown_decimals(estimate, low, high)) if math.isfinite(estimate) else "–"
    return row | {
        "estimate": finite(estimate),
        "low": finite(low),
        "high": finite(high),
        "shown": said,
    }


def _curves(rows: Sequence[Row], sweep: Sweep) -> alt.LayerChart:
    """Draw one measure against the first parameter, a line for each value of the second."""
    words = sweep.words(sweep.paths[0])
    numbers = all(row["at"] is not None for row in rows)
    x: alt.X = (
        alt.X("at:Q", title=words, scale=alt.Scale(zero=False, nice=False, padding=8))
        if numbers
        else alt.X(
            "first:N", title=words, sort=in_order(rows, "first"), axis=alt.Axis(labelAngle=0)
        )
    )
    seconds = in_order(rows, "second")
    legend = None
    if len(seconds) > 1:
        legend = alt.Legend(title=sweep.words(sweep.paths[1]), symbolSize=90, symbolOpacity=1)
    scale = alt.Scale(domain=seconds)
    colour = alt.Color("second:N", scale=scale, legend=legend)
    base = alt.Chart(inline(rows)).encode(x=x)
    if not numbers and len(seconds) > 1:
        base = base.encode(xOffset=alt.XOffset("second:N", sort=seconds))
    y = alt.Y("estimate:Q", title=None, scale=alt.Scale(zero=True, nice=True))
    dots = base.mark_point(filled=True, size=48, opacity=1).encode(
        y=y, color=colour, shape=alt.Shape("second:N", scale=scale, legend=legend)
    )
    if numbers:
        layers = [
            base.mark_area(opacity=0.2, line=False).encode(
                y=alt.Y("low:Q", title=None), y2="high:Q", color=colour
            ),
            base.mark_line(strokeWidth=2).encode(
                y=y,
                color=colour,
                strokeDash=alt.StrokeDash("second:N", scale=scale, legend=None),
            ),
            dots,
        ]
    else:
        whisker = base.mark_rule(strokeWidth=1.4).encode(
            y=alt.Y("low:Q", title=None), y2="high:Q", color=colour
        )
        layers = [whisker, dots]
    return alt.LayerChart(layer=layers, width=WIDTH + 90, height=HEIGHT, title=_heading(rows))


def _heading(rows: Sequence[Row]) -> alt.TitleParams:
    return alt.TitleParams(str(rows[0]["panel"]), anchor="start", frame="group")


def _map(rows: Sequence[Row], sweep: Sweep) -> alt.LayerChart:
    """Draw one measure over two parameters as a map with its numbers."""
    seen = [row["estimate"] for row in rows if row["estimate"] is not None]
    low, high = (min(seen), max(seen)) if seen else (0.0, 1.0)
    middle = low + (high - low) / 3.0
    drawn = [{**row, "deep": (row["estimate"] or 0.0) > middle} for row in rows]
    base = alt.Chart(inline(drawn)).encode(
        x=alt.X(
            "second:N",
            title=sweep.words(sweep.paths[1]),
            sort=in_order(rows, "second"),
            axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
        ),
        y=alt.Y(
            "first:N",
            title=sweep.words(sweep.paths[0]),
            sort=in_order(rows, "first"),
            axis=alt.Axis(minExtent=60, domain=False, ticks=False),
        ),
    )
    shade = alt.Scale(type="quantize", domain=[low, high if high > low else low + 1.0])
    shade.range = "ordinal"
    layers = [
        base.mark_rect().encode(color=alt.Color("estimate:Q", scale=shade, legend=None)),
        base.mark_text(fontSize=10.5).encode(
            text="shown:N",
            color=alt.condition("datum.deep", alt.value(LIGHT["ground"]), alt.value(LIGHT["ink"])),
        ),
    ]
    height = 30 * len(in_order(rows, "first"))
    return alt.LayerChart(layer=layers, width=WIDTH + 90, height=height, title=_heading(rows))


def grid_figure(sweep: Sweep) -> Figure:
    """Draw each measure over a grid of one or two parameters."""
    rows = grid_rows(sweep)
    as_lines = len(in_order(rows, "second")) <= MOST_LINES
    panel = _curves if as_lines else _map
    charts = [
        panel([row for row in rows if row["panel"] == title], sweep)
        for title in in_order(rows, "panel")
    ]
    words = [sweep.words(path) for path in sweep.paths]
    how = (
        "Bands and whiskers: intervals over replicates, which all variants share"
        if as_lines
        else "Darker is more; intervals of every cell are in variants.csv"
    )
    said = (
        f"{row['panel']} at {row['first']} {row['second']}: {row['shown']}".replace(" :", ":")
        for row in rows
    )
    return Figure(
        name="grid",
        title=f"How results follow {' and '.join(_lower(word) for word in words)}",
        caption=(
            f"Each measure at every combination of the values of {' and '.join(sweep.paths)}, all "
            f"else as in the scenario. {how}."
        ),
        description=f"Measures over a grid. {'; '.join(said)}.",
        axis="numbers" if as_lines else "labels",
        chart=alt.VConcatChart(
            vconcat=charts,
            spacing=20,
            resolve=alt.Resolve(
                scale=alt.ScaleResolveMap(color="independent" if not as_lines else "shared")
            ),
        ),
        rows=tuple(rows),
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def sensitivity_figures(directory: Path) -> tuple[Figure, ...]:
    """Return the figures of a sweep's folder, from its stored data.

    The tornado where several parameters vary, indices of a sample, curves or maps of a grid of one
    or two. Raises ReportError where the data are malformed.
    """
    sweep = read_sweep(directory)
    if sweep.is_sampled:
        return tornado_figure(sweep), index_figure(sweep)
    figures = [grid_figure(sweep)] if len(sweep.paths) <= 2 else []
    if len(sweep.paths) > 1:
        figures.append(tornado_figure(sweep))
    return tuple(figures)


def subtitle(directory: Path) -> str:
    """Return the line below the title of every figure of a sweep."""
    run = read_sweep(directory).manifest
    return (
        f"{run['scenario']['title']} · {run['setting']['people']:,.0f} people, "
        f"{run['setting']['requests']:,.0f} requests, {run['variants']:,} variants on the same "
        f"{run['replicates']} replicates · {level_words(run['confidence'])}s"
    )


def source(directory: Path) -> str:
    """Return the line that says where the numbers of a sweep come from."""
    run = read_sweep(directory).manifest
    return (
        f"Source: Overmatch {run['overmatch']}, synthetic people, seed {run['seed']}, "
        f"scenario {run['scenario_sha256'][:12]}."
    )


def write_figure(directory: Path) -> None:
    """Write figures/ of a folder with a sweep from its stored data.

    Raises ReportError where they are malformed, OSError where the folder cannot be written.
    """
    above, below = subtitle(directory), source(directory)
    files: dict[str, bytes] = {}
    for figure in sensitivity_figures(directory):
        files |= drawn_files(figure, figure.framed_specification(above, below))
    (directory / FIGURES).mkdir(exist_ok=True)
    for name, content in files.items():
        replace_file(directory / FIGURES / name, content)
