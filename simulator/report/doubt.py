"""Say when a run is too small for a conclusion, and how its number of replicates was decided.

A headline number supports no conclusion in three cases, which are told in plain words:

* its interval is wider than the number itself: the truth may be several times it, or next to none;
* nothing was seen, and yet more than ``MOST_UNSEEN`` in a thousand may have been missed;
* there is one replicate, so that nothing says how sure the number is.

Limits. This is about too few or too small replicates. What no number of them can tell, whether the
scenario's own parameters are right, is not looked at.
"""

from collections.abc import Sequence

from simulator.report.results import Results
from simulator.report.stored import Estimate, Precision
from simulator.report.wording import level_words, measure_words, show, shown, shown_decimals

MOST_UNSEEN = 1.0
"""Per thousand; a bound on what was never seen that is above it supports no conclusion."""
HEADLINE = (
    "fate_found",
    "fate_found_with_others",
    "fate_wrong_person",
    "fate_nobody",
    "fate_rejected",
    "false_discovery_rate",
    "false_negative_identification_rate",
    "over_disclosed_residents_per_1000_requests",
    "over_disclosed_residents_direct_per_1000_requests",
    "over_disclosed_residents_collateral_per_1000_requests",
    "wrong_address_rate",
    "deficient_disclosure_rate",
)
CHALLENGED_HEADLINE = (
    "flagged_per_1000_requests",
    "eligible_share_of_flagged",
    "wrongly_flagged_listing_error_per_1000_requests",
    "wrongly_flagged_wrong_person_per_1000_requests",
    "restored_after_notice",
    "removed_without_notice",
    "removed_without_reply",
    "wrongly_removed_per_1000_requests",
    "false_negative_identification_rate",
)
"""What the headline tells, where the tax roll is searched and where another is."""


def too_wide(estimate: Estimate) -> bool:
    """Say whether an interval is wider than the number it is about."""
    if not (estimate.available and estimate.has_interval) or estimate.none_seen:
        return False
    return estimate.ci_high - estimate.ci_low > estimate.estimate


def too_much_unseen(estimate: Estimate) -> bool:
    """Say whether nothing was seen and more than ``MOST_UNSEEN`` per thousand may have been."""
    return estimate.none_seen and not _per_thousand(estimate) * estimate.ci_high <= MOST_UNSEEN


def doubt_lines(results: Results) -> list[str]:
    """Return what the headline's numbers cannot support, a sentence a case; none is no doubt."""
    names = HEADLINE if results.manifest.searched_roll == "tax" else CHALLENGED_HEADLINE
    rows = [row for name in names if (row := results.find(name)) is not None]
    count = results.manifest.replicates
    if count == 1:
        return [
            (
                "One replicate says nothing about how sure these numbers are: another might "
                "differ widely. No conclusion should rest on them."
            )
        ]
    lines, over = [], f"{count} replicates"
    if wide := [row for row in rows if too_wide(row)]:
        lines.append(
            f"Too uncertain after {over} to rest a conclusion on, as the interval is wider than "
            f"the number itself: {_listed(wide)}."
        )
    if unseen := [row for row in rows if too_much_unseen(row)]:
        lines.append(
            f"None seen in {over} does not mean that there are none; more than "
            f"{shown(MOST_UNSEEN, 0)} in 1,000 may have been missed of: {_listed(unseen)}."
        )
    return lines


def _per_thousand(estimate: Estimate) -> float:
    """Return the factor that makes a share one of a thousand; other rates are so already."""
    return 1.0 if "_per_" in estimate.measure else 1000.0


def _listed(rows: Sequence[Estimate]) -> str:
    return "; ".join(f"{_name(row.measure)}, {_words(row)}" for row in rows)


def _name(measure: str) -> str:
    name = measure_words(measure).name
    return name[:1].lower() + name[1:]


def _words(row: Estimate) -> str:
    words = show(row, _per_thousand(row))
    if row.none_seen:
        return f"at most {words.high} per 1,000" if words.has_interval else "without any bound"
    return f"{words.value} ({words.range}) per 1,000"


def precision_lines(results: Results) -> list[str]:
    """Say how the number of replicates was decided and what came of it, where the run did so."""
    found = results.precision
    if found is None:
        return []
    words = measure_words(found.measure)
    decimals = shown_decimals(
        found.estimate * words.factor, found.ci_low * words.factor, found.ci_high * words.factor
    )
    value, low, high, half = (
        shown(number * words.factor, decimals)
        for number in (found.estimate, found.ci_low, found.ci_high, found.half_width)
    )
    level = level_words(results.manifest.confidence)
    unit = words.unit if words.unit.startswith("%") else f" {words.unit}"
    start = (
        f"The run made {found.replicates:.0f} replicates, as its first {found.pilot:.0f} asked "
        f"for: {_name(found.measure)}, {value}{unit} ({level} {low} to {high}, ± {half})"
    )
    if found.kept == "yes":
        return [f"{start}, is known as well as was asked for ({_asked(found, words.factor)})."]
    why = "it was stopped at the most allowed" if found.replicates >= found.cap else "by chance"
    return [
        f"{start}, is not known as well as was asked for ({_asked(found, words.factor)}): {why}."
    ]


def _asked(found: Precision, factor: float) -> str:
    if found.relative == "yes":
        return f"± {100 * found.half_width_asked:.3g}% of the number"
    return f"± {found.half_width_asked * factor:.3g}"
