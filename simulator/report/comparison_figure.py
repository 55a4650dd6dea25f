"""The figure of a comparison: by how much each run differs from the reference, with intervals.

One panel a headline measure, each with a scale of its own about zero, one row a run. An interval
that crosses zero leaves open which run has more.
"""

from collections.abc import Sequence
from pathlib import Path

import altair as alt

from simulator.report.compared import Comparison, read_comparison
from simulator.report.figure import Figure, Row, finite
from simulator.report.shapes import in_order, inline
from simulator.report.theme import LABEL_WIDTH, LIGHT
from simulator.report.wording import level_words, measure_words
from simulator.report.write import FIGURES, drawn_files, replace_file

PANEL, STEP = 300, 20


def figure_rows(comparison: Comparison) -> list[Row]:
    """Return one row a headline measure and run, in the unit shown."""
    rows: list[Row] = []
    for measure in comparison.headline:
        for run in comparison.others:
            one = comparison.get(run.name, measure)
            rows.append(
                {
                    "measure": measure,
                    "label": measure_words(measure).name,
                    "run": run.name,
                    "unit": one.unit,
                    "difference": finite(one.difference * one.factor),
                    "low": finite(one.low * one.factor),
                    "high": finite(one.high * one.factor),
                    "shown": one.words,
                    "apart": "apart" if one.direction else "open",
                }
            )
    return rows


def _scale(rows: Sequence[Row]) -> alt.Scale:
    """Return a scale that is the same on both sides of zero."""
    ends = [abs(row[name]) for row in rows for name in ("difference", "low", "high") if row[name]]
    reach = max(ends, default=1.0)
    return alt.Scale(domain=[-reach, reach], nice=True)


def _panel(rows: Sequence[Row]) -> alt.LayerChart:
    title, unit = rows[0]["label"], rows[0]["unit"]
    scale = _scale(rows)
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y(
            "run:N",
            title=None,
            sort=in_order(rows, "run"),
            axis=alt.Axis(minExtent=LABEL_WIDTH),
        )
    )
    x = alt.X("difference:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=5))
    zero = alt.Chart(inline([{"zero": 0.0}])).mark_rule(strokeWidth=1, strokeDash=[3, 3])
    layers = [
        zero.encode(x=alt.X("zero:Q", title=unit, scale=scale)),
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", title=unit, scale=scale), x2="high:Q"
        ),
        base.mark_point(size=64, filled=True, opacity=1)
        .encode(x=x)
        .transform_filter("datum.apart == 'apart'"),
        base.mark_point(size=64, filled=True, opacity=1, strokeWidth=1.5)
        .encode(x=x, fill=alt.value(LIGHT["ground"]), stroke=alt.value(LIGHT["ink"]))
        .transform_filter("datum.apart == 'open'"),
        base.mark_text(align="left", dx=10, fontSize=10).encode(x=alt.value(PANEL), text="shown:N"),
    ]
    return alt.LayerChart(
        layer=layers,
        width=PANEL,
        height=alt.Step(STEP),
        title=alt.TitleParams(title, anchor="start", frame="group"),
    )


def comparison_figure(comparison: Comparison) -> Figure:
    """Draw the headline differences."""
    rows = figure_rows(comparison)
    by_measure = [
        [row for row in rows if row["measure"] == measure] for measure in comparison.headline
    ]
    said = "; ".join(f"{row['label']}, {row['run']}: {row['shown']} {row['unit']}" for row in rows)
    return Figure(
        name="comparison",
        title=f"Differences from {comparison.reference.name}",
        caption=(
            "Points: the run less the reference, in the unit below each panel; right of zero the "
            "run has more. Full where the interval leaves out zero, open where it does not. "
            "Differences are taken within each replicate, on the same draws of people and list."
        ),
        description=f"Differences from {comparison.reference.name}. {said}.",
        axis="labels",
        chart=alt.VConcatChart(vconcat=[_panel(some) for some in by_measure], spacing=18),
        rows=tuple(rows),
    )


def _subtitle(comparison: Comparison) -> str:
    run = comparison.manifest
    return (
        f"Reference: {comparison.reference.title} · {run.setting['people']:,.0f} people, "
        f"{run.setting['requests']:,.0f} requests, {run.replicates} replicates · "
        f"lines: {level_words(run.confidence)}, paired by replicate"
    )


def _source(comparison: Comparison) -> str:
    run = comparison.manifest
    return f"Source: Overmatch {run.overmatch}, synthetic people, seed {run.seed}."


def write_figure(directory: Path) -> None:
    """Write figures/ of a folder with a comparison from its stored data.

    Raises ReportError where they are malformed, OSError where the folder cannot be written.
    """
    comparison = read_comparison(directory)
    figure = comparison_figure(comparison)
    specification = figure.framed_specification(_subtitle(comparison), _source(comparison))
    (directory / FIGURES).mkdir(exist_ok=True)
    for name, content in drawn_files(figure, specification).items():
        replace_file(directory / FIGURES / name, content)
