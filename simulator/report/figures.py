"""Build the figures: each one chart object and the rows behind it.

The same chart is the paper's picture and the page's interactive view.
"""

import math
from collections.abc import Callable, Sequence

from simulator.report import shapes
from simulator.report.error_figures import lost, matchers, precision_recall, tradeoff, weights
from simulator.report.figure import Figure, Row, finite
from simulator.report.results import ALL_GROUPS, Results
from simulator.report.stored import Estimate, ReportError, ThresholdEstimate
from simulator.report.tables import fates_seen
from simulator.report.wording import (
    CHALLENGED,
    CUTS,
    KINDS,
    group_label,
    measure_words,
    show,
)
from simulator.report.year_figure import years

STATUS = "status"
EXPOSED = "over_disclosed_residents_per_1000_requests"
PATHS = {
    "Own account": "over_disclosed_residents_direct_per_1000_requests",
    "Somebody else's account": "over_disclosed_residents_collateral_per_1000_requests",
}


def _group_row(estimate: Estimate, label: str, series: str) -> Row:
    words = show(estimate)
    seen = "none seen" if estimate.none_seen else "seen"
    return {
        "series": series,
        "group": estimate.group,
        "label": label,
        "estimate": finite(estimate.estimate),
        "ci_low": finite(estimate.ci_low),
        "ci_high": finite(estimate.ci_high),
        "shown": words.short,
        "seen": seen if estimate.available else "not available",
        "measure": estimate.measure,
    }


def over_disclosure(results: Results) -> Figure | None:
    """Draw over-disclosed lawful residents per 1,000 requests by origin, status and TIN kind."""
    if results.manifest.searched_roll in CHALLENGED:  # there a match releases nothing
        return None
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


def collateral(results: Results) -> Figure | None:
    """Draw direct and collateral exposure side by side, for all and by legal status."""
    if results.manifest.searched_roll in CHALLENGED:  # there a match releases nothing
        return None
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
    for measure in fates_seen(results):
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


def _threshold_row(row: ThresholdEstimate, axis: str) -> Row:
    return {
        "measure": row.measure,
        "selection": row.policy,
        "address_threshold": row.address_threshold,
        axis: row.cut,
        "estimate": finite(row.estimate),
        "ci_low": finite(row.ci_low),
        "ci_high": finite(row.ci_high),
        "shown": show(row, 100.0).with_unit("%"),
    }


def thresholds(results: Results) -> Figure:
    """Draw false discovery and missed matches against the threshold of names or of the score.

    The picture shows the scenario's own selection rule and address threshold; the page's controls
    reach the others. The birth-date threshold is the scenario's own.
    """
    manifest, axis = results.manifest, results.manifest.axis
    panels = tuple(shapes.THRESHOLD_PANELS)
    stored = shapes.thinned(results.thresholds, manifest.cut)
    rows = [_threshold_row(row, axis) for row in stored if row.measure in panels]
    rows.sort(key=lambda row: (row["measure"], row["selection"], row[axis]))
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
    words = CUTS[manifest.rule]
    marked = [row for row in own if abs(row[axis] - manifest.cut) < 5e-3]
    return Figure(
        name="thresholds",
        title=f"Wrong persons and missed persons, by {words.title}",
        caption=(
            "Raising the threshold only removes links: the wrong ones among those left usually "
            "become fewer, and more right ones are missed. The vertical line marks the scenario's "
            "own threshold; a gap means that nothing was released there."
        ),
        description=_list_thresholds(marked),
        axis="numbers",
        chart=shapes.threshold_panels(
            rows,
            axis=axis,
            words=words,
            cut=manifest.cut,
            address_threshold=manifest.address_threshold,
            selection=manifest.selection,
        ),
        rows=tuple(own),
        controls=shapes.controls(scored=manifest.scored),
    )


def _list_rows(start: str, rows: Sequence[Row]) -> str:
    parts = (f"{row.get('series', '')} {row['label']}: {row['shown']}".strip() for row in rows)
    return f"{start}. {'; '.join(parts)}."


def _list_thresholds(rows: Sequence[Row]) -> str:
    parts = (f"{shapes.THRESHOLD_PANELS[row['measure']]}: {row['shown']}" for row in rows)
    return f"At the scenario's own thresholds. {'; '.join(parts)}."


FIGURES: tuple[Callable[[Results], Figure | None], ...] = (
    fates,
    lost,
    thresholds,
    tradeoff,
    precision_recall,
    matchers,
    weights,
    over_disclosure,
    collateral,
    years,
)


def all_figures(results: Results) -> tuple[Figure, ...]:
    """Build every figure of the report, in the order of the page.

    Figures of tables that the run did not leave (matchers, weights, years) are left out, and those
    of people exposed where the roll searched releases nothing. Raises ReportError where the tables
    lack a measure that a figure shows.
    """
    built = (build(results) for build in FIGURES)
    return tuple(figure for figure in built if figure is not None)
