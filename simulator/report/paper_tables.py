"""The tables of a paper, each from the stored tables of one folder, or of every run.

Numbers are rounded by the width of their intervals as everywhere in the report; the CSV beside a
table holds them as stored.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from simulator.report.ablated import MEASURES as EFFECTS
from simulator.report.ablated import read_ablation
from simulator.report.ablation_figure import HEADINGS
from simulator.report.figure import Row, finite
from simulator.report.folder import Folder
from simulator.report.latex import Column
from simulator.report.matcher_points import FALSE_ALARM, MISSED, WRONG, matcher_points
from simulator.report.paper_effects import PREDICTED
from simulator.report.paper_swept import INDICES
from simulator.report.printed_table import PrintedTable, numbers_of, right, with_headings
from simulator.report.results import Results, read_results
from simulator.report.stored import Estimate, ReportError, fail
from simulator.report.tables import fates_seen
from simulator.report.wording import (
    CHALLENGED,
    KINDS,
    MATCHERS,
    group_label,
    level_words,
    measure_words,
    plain_name,
    show,
    shown,
    shown_decimals,
)
from simulator.study.ablation_results import PER_LOST

EXPOSED = "over_disclosed_residents_per_1000_requests"
HEADLINE = (
    "yield",
    WRONG,
    "deficient_disclosure_rate",
    MISSED,
    FALSE_ALARM,
    "wrong_address_rate",
    EXPOSED,
    "over_disclosed_residents_direct_per_1000_requests",
    "over_disclosed_residents_collateral_per_1000_requests",
    "over_disclosed_residents_per_100000_lawful_residents",
    "over_disclosed_residents_per_intended_disclosure",
    "disclosures_listing_error_per_1000_requests",
    "disclosures_wrong_person_lawful_per_1000_requests",
)
LIBRARY = ("yield", WRONG, MISSED, "wrong_address_rate", EXPOSED)
BY_GROUP = (EXPOSED, "over_disclosed_residents_per_100000_lawful_residents", "disparity")
_PATHS = {"by_tin": "Found by number"}
_OF_RELEASES = ("wrong_address_rate", EXPOSED)
"""Measures that a roll has only where a match releases something."""
ROUNDING = "no digit is shown that the interval makes meaningless"


def _replicates(results: Results) -> str:
    return (
        f"{level_words(results.manifest.confidence)} over {results.manifest.replicates} replicates"
    )


def _cells(estimate: Estimate | None, factor: float) -> tuple[str, str]:
    """Return a number and its interval in words."""
    if estimate is None or not estimate.available:
        return ("not available", "")
    words = show(estimate, factor)
    if words.none_seen:
        return ("none seen", f"at most {words.high}" if words.has_interval else "")
    return (words.value, words.range)


def _row(estimate: Estimate) -> Row:
    return {"measure": estimate.measure, "group": estimate.group} | numbers_of(estimate)


def headline(folder: Folder) -> PrintedTable:
    """Lay out the headline measures of a run with intervals, numerators and denominators."""
    results = read_results(folder.directory, ())
    found = [row for name in HEADLINE if (row := results.find(name)) is not None]
    if not found:
        fail("estimates.csv holds none of the headline measures.")
    lines = []
    for estimate in found:
        words = measure_words(estimate.measure)
        value, interval = _cells(estimate, words.factor)
        counts = (shown(estimate.numerator, 0), shown(estimate.denominator, 0))
        lines.append((words.name, value, interval, words.unit, *counts))
    return PrintedTable(
        caption="Headline measures at the scenario's own policy.",
        units="in the column of units; numerator and denominator are counts over all replicates.",
        intervals=f"{_replicates(results)}; {ROUNDING}.",
        columns=(
            Column("Measure"),
            *right("Estimate", "Interval"),
            Column("Unit"),
            *right("Numerator", "Denominator"),
        ),
        lines=tuple(lines),
        rows=tuple(_row(estimate) for estimate in found),
    )


def by_group(folder: Folder) -> PrintedTable:
    """Lay out over-disclosure by origin, legal status and taxpayer number."""
    results = read_results(folder.directory, ())
    groups: list[tuple[str, list[tuple[str, ...]]]] = []
    rows: list[Row] = []
    for kind, heading in KINDS.items():
        lines = []
        for group in results.groups(EXPOSED, kind):
            found = [results.find(measure, group) for measure in BY_GROUP]
            rows += [_row(estimate) for estimate in found if estimate is not None]
            cells = [_short(estimate) for estimate in found]
            lines.append((group_label(group), *cells))
        groups.append((heading, lines))
    if not rows:
        fail(f"estimates.csv gives {EXPOSED} for no group.")
    return PrintedTable(
        caption=(
            "Over-disclosure by group. Disparity is the group's risk over that of the reference "
            "group of its kind, which has none."
        ),
        units=(
            "distinct lawful residents exposed per 1,000 requests on the list; per 100,000 lawful "
            "residents of the group; ratio."
        ),
        intervals=f"in brackets: {_replicates(results)}; {ROUNDING}.",
        columns=(
            Column("Group"),
            *right("Per 1,000 requests", "Per 100,000 residents", "Disparity"),
        ),
        lines=with_headings(groups),
        rows=tuple(rows),
    )


def _short(estimate: Estimate | None, factor: float = 1.0) -> str:
    return "–" if estimate is None else show(estimate, factor).short


def fates(folder: Folder) -> PrintedTable:
    """Lay out where requests end, of every 1,000."""
    results = read_results(folder.directory, ())
    found = [results.get(measure) for measure in fates_seen(results)]
    lines = [
        (measure_words(row.measure).name, *_cells(row, 1000.0), shown(row.numerator, 0))
        for row in found
    ]
    return PrintedTable(
        caption="Where requests end; each ends in exactly one place.",
        units="requests, of every 1,000 on the list; counts over all replicates.",
        intervals=f"{_replicates(results)}; {ROUNDING}.",
        columns=(Column("Fate"), *right("Of every 1,000", "Interval", "Requests")),
        lines=tuple(lines),
        rows=tuple(_row(estimate) for estimate in found),
    )


def matchers(folder: Folder) -> PrintedTable:
    """Lay out every matcher at the threshold that is its own for comparison."""
    results = read_results(folder.directory, ())
    points = matcher_points(results)
    if not points:
        fail("the run left no matchers.csv: it had no matchers beside its own rule.")
    measures = (FALSE_ALARM, MISSED, WRONG)
    lines, rows = [], list[Row]()
    for point in points:
        name = MATCHERS.get(point.matcher, plain_name(point.matcher))
        found = [point.at.get(measure) for measure in measures]
        cut = f"{point.cut:.2f}" if point.found else "none so strict"
        lines.append((name, cut, *(_short(estimate, 100.0) for estimate in found)))
        rows += [
            {"matcher": point.matcher, "score_threshold": finite(point.cut)} | _row(estimate)
            for estimate in found
            if estimate is not None
        ]
    return PrintedTable(
        caption=(
            "Every matcher at the loosest threshold of its own score with no more false alarms "
            "than the scenario's own rule, chosen on the replicates that are shown."
        ),
        units="percent: of requests for nobody on the roll; of requests for somebody; of accounts.",
        intervals=f"in brackets: {_replicates(results)}; {ROUNDING}.",
        columns=(
            Column("Matcher"),
            *right("Threshold", "False alarms (FPIR)", "Missed (FNIR)", "Wrong person (FDR)"),
        ),
        lines=tuple(lines),
        rows=tuple(rows),
    )


def ablation(folder: Folder) -> PrintedTable:
    """Lay out what each guardrail spares and costs."""
    found = read_ablation(folder.directory)
    measures = (*EFFECTS, PER_LOST)
    groups, rows = [], list[Row]()
    for on, heading in HEADINGS.items():
        names = [name for name in found.guardrails if found.is_on(name) == on]
        lines = []
        for name in names:
            effects = [found.effects[name, measure] for measure in measures]
            lines.append((effects[0].label, *(effect.words for effect in effects)))
            rows += [
                {
                    "guardrail": name,
                    "in_scenario": effect.in_scenario,
                    "measure": effect.measure,
                    "estimate": finite(effect.estimate),
                    "ci_low": finite(effect.ci_low),
                    "ci_high": finite(effect.ci_high),
                    "note": effect.note,
                }
                for effect in effects
            ]
        groups.append((heading, lines))
    manifest = found.manifest
    return PrintedTable(
        caption=(
            "What each guardrail does where it stands, against its absence, the others as in the "
            "scenario: lawful residents spared, disclosures of wrong lawful persons avoided, true "
            "matches lost, and the first over the third."
        ),
        units="per 1,000 requests on the list, heard or not; the last column a ratio.",
        intervals=(
            f"in brackets: {level_words(manifest['confidence'])} over {manifest['replicates']} "
            "replicates, paired."
        ),
        columns=(
            Column("Guardrail"),
            *right("Spared", "Wrong persons avoided", "Matches lost", "Spared per match lost"),
        ),
        lines=with_headings(groups),
        rows=tuple(rows),
    )


def _limits(value: float, low: float, high: float) -> str:
    """Return a number with its interval, a minus as it is set."""
    if not math.isfinite(value):
        return "not available"
    decimals = shown_decimals(value, low, high)
    text = shown(value, decimals)
    if math.isfinite(low) and math.isfinite(high):
        text += f" ({shown(low, decimals)} to {shown(high, decimals)})"
    return text.replace("-", "\N{MINUS SIGN}")


def sensitivity_indices(folder: Folder) -> PrintedTable:
    """Lay out Sobol indices of every measure and parameter."""
    numbers = ("estimate", "ci_low", "ci_high")
    table = folder.table(INDICES, "measure", "parameter", "index", *numbers)
    groups = []
    for measure in dict.fromkeys(str(name) for name in table["measure"]):
        some = table[table["measure"] == measure]
        lines = []
        for parameter in dict.fromkeys(str(name) for name in some["parameter"]):
            at = some[some["parameter"] == parameter].set_index("index")
            cells = [
                _limits(*(float(str(at.loc[kind, name])) for name in numbers))
                if kind in at.index
                else "–"
                for kind in ("first", "total")
            ]
            lines.append((parameter, *cells))
        groups.append((measure_words(measure).name, lines))
    return PrintedTable(
        caption=(
            "First-order and total Sobol indices: the share of a measure's variance over all "
            "ranges that a parameter explains alone, and with all its interactions."
        ),
        units="share of variance; sampling error can take estimates below 0 or above 1.",
        intervals=f"in brackets: {level_words(float(folder.manifest['confidence']))}.",
        columns=(Column("Parameter"), *right("First order", "Total")),
        lines=with_headings(groups),
        rows=tuple(
            {str(key): _stored(value) for key, value in row.items()}
            for row in table.to_dict("records")
        ),
    )


def _stored(value: object) -> object:
    """Return a cell as it was read, None for an empty one."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def predictions(folder: Folder) -> PrintedTable:
    """Lay out what the replay of 2025 predicts, as shares and accounts."""
    shares = ("estimate", "ci_low", "ci_high")
    counts = ("accounts", "accounts_low", "accounts_high")
    table = folder.table("predictions.csv", "prediction", *shares, *counts)
    groups: dict[str, list[tuple[str, ...]]] = {heading: [] for heading, _ in PREDICTED.values()}
    for row in table.to_dict("records"):
        name = str(row["prediction"])
        heading, label = PREDICTED.get(name) or ("Path", _PATHS.get(name, plain_name(name)))
        percent = _limits(*(100.0 * float(row[column]) for column in shares))
        accounts = _limits(*(float(row[column]) for column in counts))
        groups.setdefault(heading, []).append((label, percent, accounts))
    return PrintedTable(
        caption="What the replay of 2025 predicts of the accounts released.",
        units="percent of the accounts released; accounts, of as many as were.",
        intervals=(
            f"in brackets: {100 * float(folder.manifest['confidence']):.4g}% of draws, parameters "
            "and Monte Carlo error together."
        ),
        columns=(Column("The account is of"), *right("Percent", "Accounts")),
        lines=with_headings(list(groups.items())),
        rows=tuple(
            {str(key): _stored(value) for key, value in row.items()}
            for row in table.to_dict("records")
        ),
    )


def library(folders: Sequence[Path]) -> PrintedTable:
    """Lay out one line for every run: its title and its headline measures.

    Runs that cannot be read are named in the caption. Raises ReportError where no run can.
    """
    lines, rows, levels, unread = [], list[Row](), set[str](), list[str]()
    for directory in folders:
        try:
            results = read_results(directory, ())
        except ReportError:
            unread.append(directory.name)
            continue
        title = str(results.manifest.scenario_value("title"))
        challenged = results.manifest.searched_roll in CHALLENGED
        found = [
            None if challenged and measure in _OF_RELEASES else results.find(measure)
            for measure in LIBRARY
        ]
        factors = [measure_words(measure).factor for measure in LIBRARY]
        cells = [_short(row, factor) for row, factor in zip(found, factors, strict=True)]
        lines.append((title, *cells))
        levels.add(level_words(results.manifest.confidence))
        for estimate in found:
            if estimate is not None:
                rows.append({"folder": directory.name, "title": title} | _row(estimate))
    if not lines:
        fail("no folder holds a run that can be read.")
    left_out = f" Could not be read: {', '.join(unread)}." if unread else ""
    return PrintedTable(
        caption=f"Every run at the policy of its scenario.{left_out}",
        units=(
            "percent of requests, of accounts released, of requests whose person is on the roll, "
            "of addresses released; lawful residents exposed per 1,000 requests on the list. A "
            "dash: on the roll that was searched a match releases nothing."
        ),
        intervals=f"in brackets: {', '.join(sorted(levels))} over replicates; {ROUNDING}.",
        columns=(
            Column("Scenario"),
            *right("Yield (%)", "Wrong person (%)", "Missed (%)", "Wrong door (%)", "Exposed"),
        ),
        lines=tuple(lines),
        rows=tuple(rows),
    )
