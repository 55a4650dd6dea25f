"""Write compare.html: several runs beside each other in one file that needs nothing else.

The page has no script at all: its pictures are drawn with style sheets, so that they follow the
width of the screen and light or dark by themselves, and every number in them stands beside them as
text. Whatever comes from a scenario or a table is text and stays text.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from simulator.report import tables
from simulator.report.compared import (
    CALIBRATION,
    NO_CHANGE,
    ComparedRun,
    Comparison,
    Difference,
    Side,
    read_comparison,
)
from simulator.report.comparison_figure import write_figure
from simulator.report.rendering import font_faces
from simulator.report.results import ALL_GROUPS
from simulator.report.wording import (
    CHALLENGED,
    KINDS,
    group_label,
    level_words,
    measure_words,
    shown,
    shown_decimals,
)
from simulator.report.write import replace_file

COMPARE_PAGE = "compare.html"
_MISSED = ("false_negative_identification_rate", 1000.0)
_PER_REQUEST = "for every 1,000 requests"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("simulator.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> Markup:
    folder = resources.files("simulator.report") / "templates"
    sheets = [(folder / name).read_text(encoding="utf-8") for name in ("page.css", "compare.css")]
    return Markup(font_faces() + "".join(sheets))  # noqa: S704  # the package's own files


@dataclass(frozen=True)
class _Told:
    """A measure as the headline tells it: factor, what is counted, and the words after it."""

    measure: str
    factor: float
    counted: str
    end: str


def _told(comparison: Comparison) -> tuple[_Told, ...]:
    """Return the three measures of the headline sentences."""
    missed = _Told(*_MISSED, "persons missed", "of every 1,000 requests for a person on the roll")
    other = CHALLENGED.get(comparison.manifest.searched_roll)
    if other is None:
        return (
            _Told(
                "over_disclosed_residents_per_1000_requests",
                1.0,
                "lawful residents exposed",
                _PER_REQUEST,
            ),
            _Told(
                "false_discovery_rate",
                1000.0,
                "accounts of a wrong person",
                "among every 1,000 released",
            ),
            missed,
        )
    return (
        _Told("wrongly_removed_per_1000_requests", 1.0, f"{other.eligible} removed", _PER_REQUEST),
        _Told(
            "eligible_share_of_flagged",
            1000.0,
            other.eligible,
            f"among every 1,000 {other.entries} flagged",
        ),
        missed,
    )


def _level_sentence(told: _Told, side: Side, one: Difference) -> str:
    """Say what one run comes to by itself."""
    value, low, high = (told.factor * part for part in (side.estimate, side.low, side.high))
    if not math.isfinite(value):
        return f"{told.counted} {told.end}: not available"
    decimals = shown_decimals(value, low, high)
    limits = math.isfinite(low) and math.isfinite(high)
    if one.side_words(side).none_seen:
        bound = f" (none seen; at most {shown(high, decimals)})" if limits else ""
        return f"no {told.counted} {told.end}{bound}"
    interval = f" ({shown(low, decimals)} to {shown(high, decimals)})" if limits else ""
    return f"{shown(value, decimals)}{interval} {told.counted} {told.end}"


def _change_sentence(told: _Told, one: Difference) -> str:
    """Say by how much a run differs, or that nobody can say."""
    value, low, high = (told.factor * part for part in (one.difference, one.low, one.high))
    end = f"{told.counted} {told.end}"
    if not math.isfinite(value):
        return f"{end}: not available"
    decimals = shown_decimals(value, low, high)
    if one.note == NO_CHANGE:
        bound = f" (at most {shown(high, decimals)} more or fewer)" if math.isfinite(high) else ""
        return f"no change seen{bound} in {end}"
    more = "more" if value > 0.0 else "fewer"
    size = shown(abs(value), decimals)
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{size} {more} {end} (no interval)"
    if one.direction:
        ends = sorted((abs(low), abs(high)))
        limits = f"{shown(ends[0], decimals)} to {shown(ends[1], decimals)}"
        return f"{size} {more} ({limits}) {end}"
    return (
        f"no clear difference in {end}: anything from {shown(abs(low), decimals)} fewer to "
        f"{shown(high, decimals)} more"
    )


def headline_sentences(comparison: Comparison) -> list[dict[str, Any]]:
    """Return for every run, the reference first, its name, title and what it comes to in words."""
    level, told = level_words(comparison.manifest.confidence), _told(comparison)
    first = comparison.others[0]
    found = []
    for run in comparison.runs:
        whose = first if run is comparison.reference else run
        ones = [comparison.get(whose.name, one.measure) for one in told]
        reference = run is comparison.reference
        sides = [one.reference_side if reference else one.compared_side for one in ones]
        levels = [_level_sentence(*three) for three in zip(told, sides, ones, strict=True)]
        changes = (
            [] if reference else [_change_sentence(*two) for two in zip(told, ones, strict=True)]
        )
        found.append(
            {
                "name": run.name,
                "title": run.title,
                "levels": f"{_joined(levels)}; in brackets the {level}.",
                "changes": [] if reference else changes,
            }
        )
    return found


def _joined(parts: list[str]) -> str:
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _forest(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield the picture of each headline measure: places in percent of a scale about zero."""
    for measure in comparison.headline:
        ones = [comparison.get(run.name, measure) for run in comparison.others]
        ends = [abs(end) for one in ones for end in (one.difference, one.low, one.high)]
        reach = max((end for end in ends if math.isfinite(end) and end > 0.0), default=1.0)
        words = measure_words(measure)
        yield {
            "name": words.name,
            "meaning": words.meaning,
            "unit": ones[0].unit,
            "rows": [{"one": one, **_places(one, reach)} for one in ones],
        }


def _places(one: Difference, reach: float) -> dict[str, Any]:
    def place(value: float) -> float | None:
        return 50.0 + 48.0 * value / reach if math.isfinite(value) else None

    low, high, at = place(one.low), place(one.high), place(one.difference)
    bar = None if low is None or high is None else (low, max(high - low, 0.4))
    return {"bar": bar, "at": at, "open": one.direction == 0}


def _table(comparison: Comparison, measures: tuple[str, ...], group: str) -> list[dict[str, Any]]:
    """Return rows of measures side by side: the reference, then each run with its difference."""
    rows = []
    for measure in measures:
        keys = [(run.name, measure, group) for run in comparison.others]
        ones = [comparison.rows[key] for key in keys if key in comparison.rows]
        if not ones:
            continue
        words = measure_words(measure)
        rows.append(
            {
                "name": words.name,
                "meaning": words.meaning,
                "unit": words.unit,
                "difference_unit": ones[0].unit,
                "reference": ones[0].side_words(ones[0].reference_side).short,
                "runs": [
                    {"one": one, "estimate": one.side_words(one.compared_side).short}
                    for one in ones
                ],
            }
        )
    return rows


def _by_group(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield for each measure and run the differences of every group."""
    for measure in comparison.measures:
        words = measure_words(measure)
        for run in comparison.others:
            groups = comparison.groups(run.name, measure)
            lines = [
                {
                    "group": f"{KINDS.get(kind, kind)}: {group_label(group)}",
                    "one": (one := comparison.get(run.name, measure, group)),
                    "reference": one.side_words(one.reference_side).short,
                    "estimate": one.side_words(one.compared_side).short,
                }
                for group in groups
                for kind in [group.partition("=")[0]]
            ]
            if lines:
                unit = words.unit
                yield {"name": words.name, "run": run.name, "unit": unit, "lines": lines}


def _changes(run: ComparedRun, *, calibration: bool) -> list[tuple[str, str, str]]:
    """Return the fields that differ, those that only steer a calibration or all others."""
    return [
        (path, tables.value_text(ours), tables.value_text(theirs))
        for path, ours, theirs in run.differs
        if path.startswith(CALIBRATION) == calibration
    ]


def compare_html(comparison: Comparison) -> str:
    """Return the whole page.

    Raises ReportError where the tables lack something that the page shows.
    """
    manifest = comparison.manifest
    others = tuple(one for one in comparison.measures if one not in comparison.headline)
    names = [run.name for run in comparison.others]
    return (
        _environment()
        .get_template("compare.html")
        .render(
            title=f"{' and '.join(names)} compared with {comparison.reference.name}",
            manifest=manifest,
            reference=comparison.reference,
            runs=comparison.others,
            level=level_words(manifest.confidence),
            headline=headline_sentences(comparison),
            changes={run.name: _changes(run, calibration=False) for run in comparison.others},
            calibrations={run.name: _changes(run, calibration=True) for run in comparison.others},
            forest=list(_forest(comparison)),
            main=_table(comparison, comparison.headline, ALL_GROUPS),
            every=_table(comparison, others, ALL_GROUPS),
            groups=list(_by_group(comparison)),
            parts=tables.assumption_parts(manifest),
            marks=tables.MARKS,
            people=shown(manifest.setting["people"], 0),
            requests=shown(manifest.setting["requests"], 0),
            style=_style(),
        )
    )


def write_comparison_report(directory: Path) -> Path:
    """Write figures/ and compare.html of a folder with a comparison, from its stored data.

    Returns the path of the page. Raises ReportError where the stored data are malformed, OSError
    where the folder cannot be written.
    """
    page = compare_html(read_comparison(directory)).encode("utf-8")
    write_figure(directory)
    replace_file(directory / COMPARE_PAGE, page)
    return directory / COMPARE_PAGE
