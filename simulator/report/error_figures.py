"""Figures of errors: one against another, of a rule or of matchers, and where people are lost.

Limits: a share of exactly 0 or 1 has no normal deviate; such points are in the table behind the
figure but not on the curve.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.report.error_shapes import (
    LEAST,
    CurveAxis,
    curves,
    deviate,
    stacked_bars,
    weight_panels,
)
from simulator.report.figure import Figure, Row, finite
from simulator.report.matcher_points import FALSE_ALARM, MISSED, WRONG, matcher_points
from simulator.report.results import Results
from simulator.report.shapes import thinned
from simulator.report.stored import Estimate, ThresholdEstimate
from simulator.report.wording import (
    ADDRESS_THRESHOLDS,
    BIRTH_DATE_THRESHOLDS,
    FIELDS,
    LOST,
    MATCHERS,
    SELECTIONS,
    SELECTIONS_SHORT,
    measure_words,
    plain_name,
    show,
)

RIGHT, FOUND = "precision", "recall"
_FALSE_ALARM_AXIS = "somebody found although nobody is there, of all such requests (FPIR)"
_MISSED_AXIS = "Missed, of all requests whose person has an account (FNIR)"
_FOUND_AXIS = "found, of all requests whose person has an account (recall)"
_RIGHT_AXIS = "Right person, of all accounts released (precision)"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _series(row: ThresholdEstimate, *, scored: bool) -> str:
    """Return the line a row belongs to: its matcher, address threshold or selection rule."""
    if row.matcher:
        return MATCHERS.get(row.matcher, plain_name(row.matcher))
    if scored:
        return f"Released: {SELECTIONS.get(row.policy, row.policy)}"
    return _capital(ADDRESS_THRESHOLDS.get(row.address_threshold, row.address_threshold))


def curve_points(
    rows: Sequence[ThresholdEstimate], x: str, y: str, *, scored: bool, own: tuple[str, str, float]
) -> list[Row]:
    """Return one row a point: both shares with intervals, line by line, loosest cut first."""
    pairs: dict[tuple[str, str, str, float], dict[str, ThresholdEstimate]] = {}
    for row in rows:
        if row.measure in (x, y):
            at = (row.matcher, row.address_threshold, row.policy, row.cut)
            pairs.setdefault(at, {})[row.measure] = row
    lines: dict[str, list[Row]] = {}
    for (_, address, policy, cut), both in pairs.items():
        if len(both) < 2:
            continue
        series = _series(both[x], scored=scored)
        is_own = (policy, address) == own[:2]
        point: Row = {"series": series, "cut": cut}
        for measure in (x, y):
            estimate = both[measure]
            point |= {
                measure: finite(estimate.estimate),
                f"{measure}_low": finite(estimate.ci_low),
                f"{measure}_high": finite(estimate.ci_high),
            }
        point |= {
            "shown_x": show(both[x], 100.0).with_unit("%"),
            "shown_y": show(both[y], 100.0).with_unit("%"),
            "own": is_own,
            "operating": is_own and abs(cut - own[2]) < 5e-3,
        }
        lines.setdefault(series, []).append(point)
    return [row for line in lines.values() for row in sorted(line, key=lambda row: row["cut"])]


def plotted(rows: Sequence[Row], x: str, y: str, *, deviates: bool) -> list[Row]:
    """Return the rows with their places on the axes; a limit beyond the axis is left at its end."""

    def place(value: float | None, *, limit: bool) -> float | None:
        if not deviates or value is None:
            return value
        return deviate(min(max(value, LEAST), 1.0 - LEAST)) if limit else deviate(value)

    return [
        row
        | {
            f"{axis}{end}": place(row[f"{measure}{end}"], limit=bool(end))
            for axis, measure in (("x", x), ("y", y))
            for end in ("", "_low", "_high")
        }
        for row in rows
    ]


@dataclass(frozen=True)
class _Curve:
    """What a figure of curves shows: measures, axes and the words around it."""

    name: str
    title: str
    caption: str
    x: str
    y: str
    axes: tuple[CurveAxis, CurveAxis]
    legend_columns: int = 2


def _curve_figure(
    curve: _Curve, rows: Sequence[ThresholdEstimate], results: Results, *, scored: bool
) -> Figure | None:
    manifest = results.manifest
    own = (manifest.selection, manifest.address_threshold, manifest.cut)
    points = curve_points(rows, curve.x, curve.y, scored=scored, own=own)
    if not points:
        return None
    marked = [row for row in points if row["operating"] and not rows[0].matcher]
    if rows[0].matcher:
        points = [row | {"own": False, "operating": False} for row in points]
    said = "; ".join(
        f"{measure_words(curve.x).name}: {row['shown_x']}, "
        f"{measure_words(curve.y).name}: {row['shown_y']}"
        for row in marked
    )
    lines = ", ".join(dict.fromkeys(row["series"] for row in points))
    across, up = curve.axes
    return Figure(
        name=curve.name,
        title=curve.title,
        caption=curve.caption,
        description=f"Lines: {lines}."
        + (f" At the scenario's own thresholds. {said}." * bool(said)),
        axis="numbers",
        chart=curves(
            plotted(points, curve.x, curve.y, deviates=across.deviates),
            x=across,
            y=up,
            ordered=not scored,
            legend_columns=curve.legend_columns,
        ),
        rows=tuple(points),
    )


def _own_rows(results: Results) -> tuple[list[ThresholdEstimate], str]:
    """Return the rows that curves show and what their lines are."""
    manifest = results.manifest
    rows = thinned(results.thresholds, manifest.cut)
    if manifest.scored:
        return rows, "One line for each way of choosing among accounts; it runs over the scores."
    birth = BIRTH_DATE_THRESHOLDS.get(manifest.birth_date_threshold, manifest.birth_date_threshold)
    released = SELECTIONS.get(manifest.selection, manifest.selection)
    rows = [row for row in rows if row.policy == manifest.selection]
    return rows, (
        "One line for each address threshold; it runs over the name thresholds. "
        f"{_capital(birth)}; released: {released}."
    )


def tradeoff(results: Results) -> Figure | None:
    """Draw missed persons against false alarms (a DET curve) on normal-deviate axes."""
    rows, lines = _own_rows(results)
    curve = _Curve(
        name="error_tradeoff",
        title="What fewer false alarms cost in persons missed",
        caption=(
            f"{lines} Down and left is better. The ring with its intervals is the scenario's own "
            "threshold, the thick line its own line. Both axes are normal deviates, on which rare "
            "errors stay legible; points where no such error was seen lie beyond the axis."
        ),
        x=FALSE_ALARM,
        y=MISSED,
        axes=(CurveAxis(_FALSE_ALARM_AXIS, True), CurveAxis(_MISSED_AXIS, True)),
    )
    return _curve_figure(curve, rows, results, scored=results.manifest.scored)


def precision_recall(results: Results) -> Figure | None:
    """Draw the share of right persons among the released against the share found."""
    rows, lines = _own_rows(results)
    curve = _Curve(
        name="precision_recall",
        title="How many are found, and how many of those released are right",
        caption=(
            f"{lines} Up and right is better. The ring with its intervals is the scenario's own "
            "threshold, the thick line its own line."
        ),
        x=FOUND,
        y=RIGHT,
        axes=(CurveAxis(_FOUND_AXIS, False), CurveAxis(_RIGHT_AXIS, False)),
    )
    return _curve_figure(curve, rows, results, scored=results.manifest.scored)


def matchers(results: Results) -> Figure | None:
    """Draw the trade-off of every matcher that was run beside the scenario's own, if any was."""
    selection = results.manifest.selection
    rows = [row for row in results.matchers if row.policy == selection]
    if not rows:
        return None
    cuts: list[ThresholdEstimate] = []
    for matcher in dict.fromkeys(row.matcher for row in rows):
        of_one = [row for row in rows if row.matcher == matcher]
        cuts += thinned(of_one, of_one[0].cut)
    curve = _Curve(
        name="matchers",
        title="Matchers beside each other: what fewer false alarms cost in persons missed",
        caption=(
            "One line for each matcher, over the thresholds of its own score; the same people, "
            f"list and pairs. Released: {SELECTIONS.get(selection, selection)}. Down and left is "
            "better; points where no such error was seen lie beyond the axes (normal deviates)."
        ),
        x=FALSE_ALARM,
        y=MISSED,
        axes=(CurveAxis(_FALSE_ALARM_AXIS, True), CurveAxis(_MISSED_AXIS, True)),
    )
    return _curve_figure(curve, cuts, results, scored=True)


@dataclass(frozen=True)
class MatcherTable:
    """Matchers beside each other at thresholds that can be compared."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def matcher_table(results: Results) -> MatcherTable | None:
    """Return each matcher at its loosest threshold with no more false alarms than the scenario's.

    None without matchers.
    """
    points = matcher_points(results)
    if not points:
        return None
    allowed = results.get(FALSE_ALARM).estimate
    measures = (FALSE_ALARM, MISSED, WRONG)
    lines = []
    for point in points:
        name = MATCHERS.get(point.matcher, plain_name(point.matcher))
        if not point.found:
            lines.append((name, "none so strict", *("–" for _ in measures)))
            continue
        shown = (
            show(point.at[measure], 100.0).with_unit("%") if measure in point.at else "–"
            for measure in measures
        )
        lines.append((name, f"{point.cut:.2f}", *shown))
    return MatcherTable(
        "Each matcher at the threshold that misses fewest, with no more false alarms than the "
        f"scenario's own rule ({100 * allowed:.3g}%), chosen on the same replicates",
        ("Matcher", "Threshold", "False alarms (FPIR)", "Missed (FNIR)", "Wrong person (FDR)"),
        tuple(lines),
    )


def _lost_row(estimate: Estimate, series: str, place: int) -> Row:
    return {
        "series": series,
        "label": measure_words(estimate.measure).name,
        "estimate": _thousand(estimate.estimate),
        "ci_low": _thousand(estimate.ci_low),
        "ci_high": _thousand(estimate.ci_high),
        "shown": show(estimate, 1000.0).short,
        "seen": "none seen" if estimate.none_seen else "seen",
        "place": place,
        "selection": estimate.policy,
        "measure": estimate.measure,
    }


def _thousand(value: float) -> float | None:
    return value * 1000.0 if math.isfinite(value) else None


def lost(results: Results) -> Figure | None:
    """Draw at which step the people who have an account were lost, by selection rule."""
    own = results.manifest.selection
    rows = []
    for selection in (own, *(name for name in SELECTIONS if name != own)):
        series = SELECTIONS_SHORT.get(selection, selection)
        for place, measure in enumerate(LOST):
            estimate = results.find(measure, policy=selection)
            if estimate is None:
                return None
            rows.append(_lost_row(estimate, series, place))
    chosen = [row for row in rows if row["selection"] == own]
    listed = "; ".join(f"{row['label']}: {row['shown']}" for row in chosen)
    return Figure(
        name="lost",
        title="Where the people who are missed are lost",
        caption=(
            "Requests for a person who has an account that was not released, by the first step at "
            "which the two records parted. Below, the scenario's own way of choosing accounts, "
            "with intervals; a hollow dot means that none was seen."
        ),
        description=f"Of every 1,000 requests for a person on the roll. {listed}.",
        axis="labels",
        chart=stacked_bars(rows, chosen, f"Released: {SELECTIONS.get(own, own)}"),
        rows=tuple(rows),
    )


_LEVELS = {"address": ADDRESS_THRESHOLDS, "birth_date": BIRTH_DATE_THRESHOLDS}
_SHORT_LEVELS = {
    ("address", "transposed"): "Building, digits swapped",
    ("birth_date", "swapped"): "Day and month swapped",
}
"""Levels whose words are longer than the labels of an axis can be."""


def level_label(field: str, level: str) -> str:
    """Return a level of agreement in words."""
    if level in ("none", "different", ""):
        return "None of these"
    if level.replace(".", "").isdigit():
        return f"Counts for {float(level):.2f} or more"
    return _capital(_LEVELS.get(field, {}).get(level, level.replace("_", " ")))


def _short_label(field: str, level: str) -> str:
    return _SHORT_LEVELS.get((field, level)) or level_label(field, level)


NOT_CONVERGED = "not converged"
"""How the source of weights ends that EM did not settle on (``matching.weights``)."""
UNSETTLED = (
    " These weights were learnt without knowing who is who, by steps that were stopped before they "
    "settled (EM did not converge): take what rests on them with caution."
)


def _bits(value: float) -> str:
    """Return a weight to a tenth, with its sign if it is not 0.0."""
    text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
    return "0.0" if text[1:] == "0.0" else text


def weights(results: Results) -> Figure | None:
    """Draw what every level of every field weighs, if the run left weights."""
    panels: dict[str, list[Row]] = {}
    for weight in results.weights:
        heading = FIELDS.get(weight.field, plain_name(weight.field))
        panels.setdefault(heading, []).append(
            {
                "series": heading,
                "label": _short_label(weight.field, weight.level),
                "m": finite(weight.m),
                "u": finite(weight.u),
                "estimate": finite(weight.weight_bits),
                "shown": _bits(weight.weight_bits),
                "side": "for" if weight.weight_bits >= 0.0 else "against",
                "source": weight.source,
            }
        )
    if not panels:
        return None
    unsettled = any(weight.source.endswith(NOT_CONVERGED) for weight in results.weights)
    rows = [row for panel in panels.values() for row in panel]
    listed = "; ".join(f"{row['series']}, {row['label']}: {row['shown']}" for row in rows)
    return Figure(
        name="weights",
        title="What each level of agreement weighs",
        caption=(
            "log2(m / u): m is the chance of the level among pairs of one person, u among pairs of "
            "two. Bars to the right speak for one person, bars to the left against. A field that "
            "is missing on either side weighs nothing." + (UNSETTLED if unsettled else "")
        ),
        description=f"Match weights in bits. {listed}.",
        axis="labels",
        chart=weight_panels(list(panels.items())),
        rows=tuple(rows),
    )
