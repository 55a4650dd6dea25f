"""The figure of one pair: what each field adds, bar by bar, up to the score.

Every bar begins where the one above it ends; the last one is the sum. Where the rule asks for a
least score, a dashed line marks it; where it asks a threshold of every field, points only rank the
accounts that pass, and below each bar stands whether the field does.
"""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import altair as alt

from simulator.report.explained import (
    FIELD_WORDS,
    agreement_words,
    decision_words,
    holder_words,
    signed,
)
from simulator.report.figure import Row, caption_below
from simulator.report.rendering import pdf_file, png_file, svg_file
from simulator.report.shapes import LABELLED_WIDTH, in_order, inline, layered
from simulator.report.theme import LIGHT, chart_theme
from simulator.report.write import replace_file
from simulator.study.explain import Candidate, Explanation

WRITERS = {".svg": svg_file, ".png": png_file, ".pdf": pdf_file}
SUM = "Sum"
_LINE = 92
_LEFT: Literal["left"] = "left"
_RIGHT: Literal["right"] = "right"


def waterfall_rows(candidate: Candidate) -> list[Row]:
    """Return one row a field, from where to where its bar goes, and the sum last."""
    rows: list[Row] = []
    reached = 0.0
    for field in candidate.fields:
        mark = {None: "", True: ": enough", False: ": not enough"}[field.passes]
        rows.append(
            {
                "label": FIELD_WORDS[field.field],
                "agreement": f"{agreement_words(field)}{mark}",
                "from": reached,
                "to": reached + field.adds,
                "side": "for" if field.adds >= 0.0 else "against",
                "shown": signed(field.adds),
                "asked": field.asked or "–",
                "held": field.held or "–",
            }
        )
        reached += field.adds
    if not math.isclose(reached, candidate.score, abs_tol=1e-9):
        raise ValueError(f"contributions add up to {reached}, not to {candidate.score}")
    rows.append(
        {
            "label": SUM,
            "agreement": decision_words(candidate),
            "from": 0.0,
            "to": reached,
            "side": "sum",
            "shown": signed(reached),
            "asked": "",
            "held": "",
        }
    )
    return rows


def _under_bars(base: alt.Chart, rows: Sequence[Row], title: str) -> list[alt.Chart]:
    """Write how fields agree below their bars, towards the middle of the plot."""
    ends = [row[key] for row in rows for key in ("from", "to")]
    middle = (min(ends) + max(ends)) / 2.0
    left = base.transform_calculate(at="min(datum.from, datum.to)")
    right = base.transform_calculate(at="max(datum.from, datum.to)")
    return [
        chart.transform_filter(where)
        .mark_text(align=align, dy=10)
        .encode(x=alt.X("at:Q", title=title), text="agreement:N")
        for chart, where, align in (
            (left, f"datum.at <= {middle!r}", _LEFT),
            (right, f"min(datum.from, datum.to) > {middle!r}", _RIGHT),
        )
    ]


def _chart(rows: list[Row], explanation: Explanation) -> alt.LayerChart:
    sides = alt.Scale(domain=["for", "against", "sum"])
    title = "points" if explanation.unit == "points" else "match weight in bits"
    ends = [row[key] for row in rows for key in ("from", "to")]
    if explanation.threshold is not None:
        ends.append(explanation.threshold)
    room = 0.12 * (max(ends) - min(ends) or 1.0)
    reach = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False)
    base = alt.Chart(inline(rows)).encode(
        y=alt.Y("label:N", title=None, sort=in_order(rows, "label")),
        tooltip=[alt.Tooltip("label:N"), alt.Tooltip("agreement:N"), alt.Tooltip("shown:N")],
    )
    layers = [
        base.mark_bar(height=14, yOffset=-6).encode(
            x=alt.X("from:Q", title=title, scale=reach),
            x2="to:Q",
            color=alt.Color("side:N", scale=sides, legend=None),
        ),
        base.transform_calculate(end="max(datum.from, datum.to)")
        .mark_text(align="left", dx=4, dy=-6, fontWeight=600)
        .encode(x=alt.X("end:Q", title=title), text="shown:N"),
        *_under_bars(base, rows, title),
        alt.Chart(inline([{}])).mark_rule(strokeWidth=1).encode(x=alt.datum(0.0)),
    ]
    if explanation.threshold is not None:
        least = alt.datum(explanation.threshold)
        line = alt.Chart(inline([{}]))
        layers.append(line.mark_rule(strokeWidth=1.5, strokeDash=[5, 3]).encode(x=least))
        text = f"threshold {explanation.threshold:g}"
        layers.append(
            line.mark_text(align="center", baseline="bottom", text=text).encode(
                x=least, y=alt.value(-4)
            )
        )
    return layered(layers, width=LABELLED_WIDTH, height=alt.Step(38))


def waterfall(explanation: Explanation, candidate: Candidate) -> dict[str, Any]:
    """Return the figure as Vega-Lite on white, with its title above and its notes below."""
    notes = [
        f"The list says: {explanation.paper.name}, {explanation.paper.address or 'no address'}.",
        f"The account says: {candidate.paper.name}, {candidate.paper.address}.",
        f"Decided: {decision_words(candidate)}. Truly the account of {holder_words(candidate)}.",
    ]
    if explanation.threshold is None:
        notes.append(
            "Points only rank the accounts; a pair is a link where every field agrees enough for "
            f"its own threshold: {thresholds_text(explanation)}."
        )
    chart = alt.VConcatChart(
        vconcat=[
            alt.VConcatChart(
                vconcat=[_chart(waterfall_rows(candidate), explanation)],
                title=alt.TitleParams(
                    f"Request {explanation.request}: what speaks for and against one account",
                    subtitle=textwrap.wrap(
                        f"{explanation.title} · replicate {explanation.replicate} · "
                        "synthetic people",
                        _LINE,
                    ),
                    anchor="start",
                    frame="bounds",
                    fontSize=15,
                    offset=22,
                ),
            )
        ],
        title=caption_below([line for note in notes for line in textwrap.wrap(note, _LINE)]),
        padding=16,
    )
    specification: dict[str, Any] = chart.to_dict()
    specification["config"] = chart_theme(LIGHT)
    return specification


def thresholds_text(explanation: Explanation) -> str:
    """Return the thresholds of the rule: ``name 0.92, address building, birth date any``."""
    words = explanation.thresholds.items()
    return ", ".join(
        f"{name.removesuffix('_threshold').replace('_', ' ')} {at}" for name, at in words
    )


def write_waterfall(path: Path, explanation: Explanation, candidate: Candidate) -> None:
    """Write the figure as the suffix of ``path`` says, whole or not at all.

    Raises OSError where it cannot be written.
    """
    replace_file(path, WRITERS[path.suffix.lower()](waterfall(explanation, candidate)))
