"""One figure: a chart, the rows behind it, and how both become a file or a part of the page.

A chart holds rows rounded by nobody: the numbers of the tables as stored, and beside them the words
a reader sees. Charts name no colours and no sizes but their own shape; the theme gives the rest.
"""

import math
import textwrap
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from simulator.report.results import Results
from simulator.report.theme import LIGHT, chart_theme
from simulator.report.wording import level_words

VerticalAxis = Literal["labels", "numbers", "none"]
Row = dict[str, Any]  # Any: text, number or None, as JSON holds them
Chart = alt.LayerChart | alt.VConcatChart
TITLE_LINE = 84
NOTE_LINE = 112


def finite(value: float) -> float | None:
    """Return a number, None where it is not available."""
    return value if math.isfinite(value) else None


def caption_below(lines: list[str]) -> alt.TitleParams:
    """Return the caption of a file: small, soft, below the chart."""
    return alt.TitleParams(
        lines,
        orient="bottom",
        anchor="start",
        frame="bounds",
        fontSize=10.5,
        fontWeight="normal",
        color=LIGHT["soft"],
        lineHeight=15,
        offset=14,
    )


@dataclass(frozen=True)
class Figure:
    """One figure: its chart, the rows drawn, and the words around it.

    ``rows`` are what the picture shows (the CSV); a chart may hold more for the page's controls,
    which are the chart parameters named in ``controls``. ``axis`` says what stands left of the
    plot, so that the page can fit it to a narrow screen.
    """

    name: str
    title: str
    caption: str
    description: str
    axis: VerticalAxis
    chart: Chart
    rows: tuple[Row, ...]
    controls: tuple[str, ...] = ()

    def page_specification(self) -> dict[str, Any]:
        """Return the chart as Vega-Lite without colours or title, which the page gives."""
        return _specification(self.chart)

    def file_specification(self, results: Results) -> dict[str, Any]:
        """Return the chart on white with its title above and its source below."""
        return self.framed_specification(_subtitle(results), _source(results))

    def framed_specification(self, subtitle: str, source: str) -> dict[str, Any]:
        """Return the chart on white, title and ``subtitle`` above, caption and source below."""
        titled = alt.VConcatChart(
            vconcat=[self.chart],
            # Legends stay inside, below the title.
            resolve=alt.Resolve(
                scale=alt.ScaleResolveMap(color="independent", shape="independent"),
                legend=alt.LegendResolveMap(color="independent", shape="independent"),
            ),
            title=alt.TitleParams(
                textwrap.wrap(self.title, TITLE_LINE),
                subtitle=textwrap.wrap(subtitle, NOTE_LINE),
                anchor="start",
                frame="bounds",
                fontSize=15,
                subtitlePadding=5,
                offset=16,
            ),
        )
        framed = alt.VConcatChart(
            vconcat=[titled],
            title=caption_below([*textwrap.wrap(self.caption, NOTE_LINE), source]),
            padding=16,
        )
        specification = _specification(framed)
        specification["config"] = chart_theme(LIGHT)
        return specification


def _specification(chart: Chart) -> dict[str, Any]:
    specification: dict[str, Any] = chart.to_dict()
    # Whatever theme the caller has switched on in Altair stays out of the files.
    specification.pop("config", None)
    return specification


def _subtitle(results: Results) -> str:
    manifest = results.manifest
    return (
        f"{manifest.scenario_value('title')} · {manifest.setting['people']:,.0f} people, "
        f"{manifest.setting['requests']:,.0f} requests, {manifest.replicates} replicates · "
        f"bands and bars: {level_words(manifest.confidence)}"
    )


def _source(results: Results) -> str:
    manifest = results.manifest
    return (
        f"Source: Overmatch {manifest.overmatch}, synthetic people, seed {manifest.seed}, "
        f"scenario {manifest.scenario_sha256[:12]}."
    )
