"""A figure as a paper prints it: no title or note inside, a column wide, its words beside it.

A pixel of the chart is a point (1/72 inch) on paper, so that sizes of type are what they say. What
is drawn can be read without colour: series differ in shape, dash, place or number as well. The
caption, with what is shown, units, intervals and source, stands in captions.md, for the paper to
set in its own type.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt

from simulator.report.figure import Row
from simulator.report.rendering import (
    PRINTED_PNG_SCALE,
    pdf_file,
    png_file,
    printed_svg_file,
)
from simulator.report.theme import print_theme
from simulator.report.write import csv_file

MILLIMETRE = 72.0 / 25.4
SINGLE, DOUBLE = 89.0, 183.0
"""Widths of one and of two columns of print, in millimetres."""
EDGE = 3
"""Points left free around a figure."""
Chart = alt.LayerChart | alt.VConcatChart | alt.HConcatChart | alt.ConcatChart


@dataclass(frozen=True)
class Printed:
    """One figure of a paper: its chart, the rows drawn, and its caption in parts.

    ``caption`` says what is shown, ``units`` in what, ``intervals`` how sure. ``width`` is the
    column it is made for, in millimetres; a chart is never wider.
    """

    caption: str
    units: str
    intervals: str
    chart: Chart
    rows: tuple[Row, ...]
    width: float = SINGLE


def points(width: float) -> float:
    """Return millimetres as points, less the free edges: what a chart may take up."""
    return width * MILLIMETRE - 2 * EDGE


def printed_specification(figure: Printed) -> dict[str, Any]:
    """Return the chart as Vega-Lite on white, as it is printed."""
    specification: dict[str, Any] = figure.chart.to_dict()
    specification["config"] = print_theme()
    specification["padding"] = EDGE
    return specification


def printed_files(name: str, figure: Printed) -> dict[str, bytes]:
    """Return a figure's files by name: SVG, PDF, PNG at 300 dots per inch, and its rows as CSV."""
    specification = printed_specification(figure)
    return {
        f"{name}.svg": printed_svg_file(specification),
        f"{name}.pdf": pdf_file(specification),
        f"{name}.png": png_file(specification, scale=PRINTED_PNG_SCALE),
        f"{name}.csv": csv_file(figure.rows),
    }
