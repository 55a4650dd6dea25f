"""Build the figures: each one chart object and the rows behind it.

The same chart is the paper's picture and the page's interactive view. A chart holds rows rounded by
nobody: the numbers of the tables as stored, and beside them the words a reader sees. Charts name no
colours and no sizes but their own shape; the theme gives the rest.
"""

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from simulator.report import shapes
from simulator.report.results import (
    ALL_GROUPS,
    Estimate,
    ReportError,
    Results,
    ThresholdEstimate,
)
from simulator.report.theme import LIGHT, chart_theme
from simulator.report.wording import (
    FATES,
    KINDS,
    group_label,
    level_words,
    measure_words,
    show,
)

VerticalAxis = Literal["labels", "numbers", "none"]
Row = dict[str, Any]  # Any: text, number or None, as JSON holds them
STATUS = "status"
EXPOSED = "over_disclosed_residents_per_1000_requests"
PATHS = {
    "Own account": "over_disclosed_residents_direct_per_1000_requests",
    "Somebody else's account": "over_disclosed_residents_collateral_per_1000_requests",
}
TITLE_LINE = 84
NOTE_LINE = 112


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
    chart: alt.LayerChart | alt.VConcatChart
    rows: tuple[Row, ...]
    controls: tuple[str, ...] = ()

    def page_specification(self) -> dict[str, Any]:
        """Return the chart as Vega-Lite without colours or title, which the page gives."""
        return _specification(self.chart)

    def file_specification(self, results: Results) -> dict[str, Any]:
        """Return the chart on white with its title above and its source below."""
        titled = alt.VConcatChart(
            vconcat=[self.chart],
            # Legends stay inside, below the title.
            resolve=alt.Resolve(
                scale=alt.ScaleResolveMap(color="independent", shape="independent"),
                legend=alt.LegendResolveMap(color="independent", shape="independent"),
            ),
            title=alt.TitleParams(
                textwrap.wrap(self.title, TITLE_LINE),
                subtitle=textwrap.wrap(_subtitle(results), NOTE_LINE),
                anchor="start",
                frame="bounds",
                fontSize=15,
                subtitlePadding=5,
                offset=16,
            ),
        )
        framed = alt.VConcatChart(
            vconcat=[titled],
            title=alt.TitleParams(
                [*textwrap.wrap(self.caption, NOTE_LINE), _source(results)],
                orient="bottom",
                anchor="start",
                frame="bounds",
                fontSize=10.5,
                fontWeight="normal",
                color=LIGHT["soft"],
                lineHeight=15,
                offset=14,
            ),
            padding=16,
        )
        specification = _specification(framed)
        specification["config"] = chart_theme(LIGHT)
        return specification


def _specification(chart: alt.LayerChart | alt.VConcatChart) -> dict[str, Any]:
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


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _group_row(estimate: Estimate, label: str, series: str) -> Row:
    words = show(estimate)
    seen = "none seen" if estimate.none_seen else "seen"
    return {
        "series": series,
        "group": estimate.group,
        "label": label,
        "estimate": _finite(estimate.estimate),
        "ci_low": _finite(estimate.ci_low),
        "ci_high": _finite(estimate.ci_high),
        "shown": words.short,
        "seen": seen if estimate.available else "not available",
        "measure": estimate.measure,
    }


def over_disclosure(results: Results) -> Figure:
    """Draw over-disclosed lawful residents per 1,000 requests by origin, status and TIN kind."""
    panels: dict[str, list[Row]] = {}
    for kind, heading in KINDS.items():
        panel = [
            _group_row(results.get(EXPOSED, group), group_label(group), heading)
            for group in results.groups(EXPOSED, kind)
        ]
        if kind == "origin":
            panel.sort(key=lambda row: (-(row["estimate"] or 0.0), row["label"]))
        if panel:
            panels[heading] = panel
    if not panels:
        raise ReportError(f"estimates.csv: {EXPOSED} is given for no group.")
    rows = [row for panel in panels.values() for row in panel]
    return Figure(
        name="over_disclosure",
        title="Lawful residents exposed for every 1,000 requests, by who they are",
        caption=(
            "Distinct lawful residents whose information a disclosure revealed, directly or "
            "through a joint return or household. Origins from most to fewest; a hollow dot means "
            "none was seen, and its bar ends at the upper bound."
        ),
        description=_list_rows("Lawful residents exposed for every 1,000 requests", rows),
        axis="labels",
        chart=shapes.dot_panels(panels),
        rows=tuple(rows),
    )


def collateral(results: Results) -> Figure:
    """Draw direct and collateral exposure side by side, for all and by legal status."""
    groups = (ALL_GROUPS, *results.groups(next(iter(PATHS.values())), STATUS))
    rows = [
        _group_row(results.get(measure, group), group_label(group), series)
        for group in groups
        for series, measure in PATHS.items()
    ]
    return Figure(
        name="collateral",
        title="Exposed through their own account or through somebody else's",
        caption=(
            "Lawful residents per 1,000 requests: those whose own account was released, and those "
            "whom a spouse's, parent's or co-resident's account revealed. Hollow: none was seen."
        ),
        description=_list_rows("Lawful residents exposed for every 1,000 requests", rows),
        axis="labels",
        chart=shapes.paired_panel(rows, tuple(PATHS)),
        rows=tuple(rows),
    )


def fates(results: Results) -> Figure:
    """Draw where each request ended, of every 1,000."""
    rows: list[Row] = []
    for measure in FATES:
        estimate = results.get(measure)
        words = measure_words(measure)
        rows.append(
            {
                "label": words.name,
                "estimate": _thousand(estimate.estimate),
                "ci_low": _thousand(estimate.ci_low),
                "ci_high": _thousand(estimate.ci_high),
                "shown": show(estimate, words.factor).short,
                "kind": shapes.FATE_KINDS[measure],
                "measure": measure,
            }
        )
    return Figure(
        name="fates",
        title="Where 1,000 requests end",
        caption=(
            "Each request ends in exactly one place. “Found” means that the account of the person "
            "requested was released, whether or not that person was rightly listed."
        ),
        description=_list_rows("Of every 1,000 requests", rows),
        axis="none",
        chart=shapes.bar_rows(rows),
        rows=tuple(rows),
    )


def _thousand(value: float) -> float | None:
    return value * 1000.0 if math.isfinite(value) else None


def _threshold_row(row: ThresholdEstimate) -> Row:
    words = show(
        Estimate(
            row.measure,
            row.selection,
            "",
            ALL_GROUPS,
            row.estimate,
            row.std_error,
            row.ci_low,
            row.ci_high,
            row.numerator,
            row.denominator,
            row.replicates,
        ),
        100.0,
    )
    return {
        "measure": row.measure,
        "selection": row.selection,
        "address_threshold": row.address_threshold,
        "name_threshold": row.name_threshold,
        "estimate": _finite(row.estimate),
        "ci_low": _finite(row.ci_low),
        "ci_high": _finite(row.ci_high),
        "shown": words.with_unit("%"),
    }


def thresholds(results: Results) -> Figure:
    """Draw false discovery and missed matches against the name threshold.

    The picture shows the scenario's own selection rule and address threshold; the page's controls
    reach the others.
    """
    manifest = results.manifest
    panels = tuple(shapes.THRESHOLD_PANELS)
    rows = [_threshold_row(row) for row in results.thresholds if row.measure in panels]
    rows.sort(key=lambda row: (row["measure"], row["selection"], row["name_threshold"]))
    own = [
        row
        for row in rows
        if row["selection"] == manifest.selection
        and row["address_threshold"] == manifest.address_threshold
    ]
    if not own:
        raise ReportError(
            "thresholds.parquet holds nothing at the scenario's selection rule "
            f"{manifest.selection} and address threshold {manifest.address_threshold}."
        )
    marked = [row for row in own if abs(row["name_threshold"] - manifest.name_threshold) < 5e-3]
    return Figure(
        name="thresholds",
        title="Wrong persons and missed persons, by how alike the names must be",
        caption=(
            "Raising the threshold only removes links: the wrong ones among those left usually "
            "become fewer, and more right ones are missed. The vertical line marks the scenario's "
            "own threshold; a gap means that nothing was released there."
        ),
        description=_list_thresholds(marked),
        axis="numbers",
        chart=shapes.threshold_panels(
            rows,
            name_threshold=manifest.name_threshold,
            address_threshold=manifest.address_threshold,
            selection=manifest.selection,
        ),
        rows=tuple(own),
        controls=shapes.THRESHOLD_CONTROLS,
    )


def _list_rows(start: str, rows: Sequence[Row]) -> str:
    parts = (f"{row.get('series', '')} {row['label']}: {row['shown']}".strip() for row in rows)
    return f"{start}. {'; '.join(parts)}."


def _list_thresholds(rows: Sequence[Row]) -> str:
    parts = (f"{shapes.THRESHOLD_PANELS[row['measure']]}: {row['shown']}" for row in rows)
    return f"At the scenario's own thresholds. {'; '.join(parts)}."


FIGURES: tuple[Callable[[Results], Figure], ...] = (fates, thresholds, over_disclosure, collateral)


def all_figures(results: Results) -> tuple[Figure, ...]:
    """Build every figure of the report, in the order of the page.

    Raises ReportError where the tables lack a measure that a figure shows.
    """
    return tuple(build(results) for build in FIGURES)
