"""Say the main results in a few plain sentences, each number with its interval.

Rests on the stored estimates only and draws nothing, so that the command line stays quick.
"""

from pathlib import Path

from simulator.report.doubt import doubt_lines, precision_lines
from simulator.report.results import Results, read_results
from simulator.report.stored import Estimate
from simulator.report.wording import CHALLENGED, ChallengeWords, level_words, show
from simulator.scenario.choices import Injunction


def _phrase(estimate: Estimate, level: str, factor: float) -> str:
    words = show(estimate, factor)
    if not words.available:
        return "an unknown number (not available)"
    if words.none_seen:
        return f"none (none seen; at most {words.high})" if words.has_interval else "none seen"
    if not words.has_interval:
        return f"{words.value} (no interval: too few replicates)"
    return f"{words.value} ({level} {words.range})"


def _sentence(start: str, estimate: Estimate, end: str, level: str, factor: float) -> str:
    """Return one sentence about one number, or why there is none."""
    if not estimate.available:
        reason = "nothing to count" if estimate.denominator == 0 else "no estimate"
        return f"{start}: how many {end} is not available ({reason})."
    return f"{start}, {_phrase(estimate, level, factor)} {end}."


_RARE_ENDINGS = {
    "fate_not_unique": "matched several accounts, so that none was released",
    "fate_withheld": "found accounts that were all withheld",
    "fate_unanswered": "were valid and stayed unanswered",
}


def _rare_endings(results: Results, level: str) -> list[str]:
    """Say how many requests ended as only some policies let them, where any did."""
    return [
        _sentence("Of every 1,000 requests", found, end, level, 1000.0)
        for measure, end in _RARE_ENDINGS.items()
        if (found := results.find(measure)) is not None and found.numerator > 0
    ]


def _after_release(results: Results, level: str) -> list[str]:
    """Say what the recipient did, where the scenario has it do anything but act on all."""
    manifest = results.manifest

    def value(field: str, usual: object) -> object:
        at = f"recipient.{field}"
        return manifest.scenario_value(at) if manifest.has_scenario_value(at) else usual

    if value("injunction", Injunction.NONE) == Injunction.NO_USE:
        return ["Nobody was acted on and nothing was passed on: a court forbids the use."]
    sentences = []
    acted_on = results.find("acted_on_share_of_links")
    if value("recalled_share", 0.0) != 0.0 and acted_on is not None:
        start = "Of every 1,000 accounts released"
        sentences.append(_sentence(start, acted_on, "were acted on", level, 1000.0))
    copies = results.find("copies_passed_on_per_1000_requests")
    if value("other_uses", 0) != 0 and copies is not None:
        if value("redisclosure_barred", usual=False):
            sentences.append("Nothing was passed on to other bodies: redisclosure is barred.")
        else:
            end = "copies of addresses were passed on to other bodies"
            sentences.append(_sentence("For every 1,000 requests", copies, end, level, 1.0))
    return sentences


def _over_years(results: Results, level: str) -> list[str]:
    """Say how the last year differs from the first and what it costs, where a run had years."""
    found = {(row.measure, row.group, row.year): row for row in results.years}
    last = max((row.year for row in results.years), default=0)
    door = found.get(("wrong_address_rate", "all", last))
    points = found.get(("compliance_points_lost", "unauthorized", last))
    lost = [
        found.get((f"revenue_lost{end}", "unauthorized", last)) for end in ("", "_low", "_high")
    ]
    sentences = []
    if door is not None:
        sentences.append(
            _sentence(
                f"In year {last}, of every 1,000 addresses disclosed",
                door,
                "were not where the person requested lives",
                level,
                1000.0,
            )
        )
    centre, low, high = lost
    if points is not None and centre is not None and low is not None and high is not None:
        sentences.append(
            f"By year {last}, filing by unauthorized adults fell by "
            f"{_phrase(points, level, 1.0)} percentage points, which is "
            f"${_phrase(centre, level, 1.0)} billion a year in revenue, or "
            f"${show(low).value} to ${show(high).value} billion by the published range."
        )
    return sentences


def _challenged(results: Results, roll: ChallengeWords) -> list[str]:
    """Say what comes of running the list against a roll from which people are removed."""
    level = level_words(results.manifest.confidence)

    def phrase(measure: str, factor: float = 1.0) -> str:
        return _phrase(results.get(measure), level, factor)

    def of_thousand(start: str, measure: str, end: str) -> str:
        return _sentence(start, results.get(measure), end, level, 1000.0)

    flagged = f"Of every 1,000 {roll.eligible} flagged"
    return [
        (
            f"For every 1,000 requests, {phrase('flagged_per_1000_requests')} {roll.entries} were "
            "flagged for removal."
        ),
        of_thousand(
            f"Of every 1,000 {roll.entries} flagged",
            "eligible_share_of_flagged",
            f"were {roll.eligible}",
        ),
        (
            "For every 1,000 requests, "
            f"{phrase('wrongly_flagged_listing_error_per_1000_requests')} {roll.eligible} were "
            "flagged because the list names them, and "
            f"{phrase('wrongly_flagged_wrong_person_per_1000_requests')} because they were taken "
            "for somebody else."
        ),
        of_thousand(flagged, "restored_after_notice", "replied to a notice and were restored"),
        of_thousand(
            flagged, "removed_without_notice", "were removed because no notice reached them"
        ),
        of_thousand(flagged, "removed_without_reply", "were removed because they did not reply"),
        (
            f"For every 1,000 requests, {phrase('wrongly_removed_per_1000_requests')} "
            f"{roll.eligible} were removed from the roll."
        ),
        of_thousand(
            "Of every 1,000 requests for a person on the roll",
            "false_negative_identification_rate",
            "missed that person",
        ),
    ]


def headline_from(results: Results) -> list[str]:
    """Return the headline of results already read, one sentence a line; doubts come last."""
    roll = CHALLENGED.get(results.manifest.searched_roll)
    told = _disclosed(results) if roll is None else _challenged(results, roll)
    return [*told, *precision_lines(results), *doubt_lines(results)]


def _endings(results: Results, level: str) -> list[str]:
    """Say where the requests ended."""

    def phrase(measure: str) -> str:
        return _phrase(results.get(measure), level, 1000.0)

    return [
        (
            f"Of every 1,000 requests, {phrase('fate_found')} found the person and nobody else, "
            f"and {phrase('fate_found_with_others')} found the person together with others."
        ),
        (
            f"Of every 1,000 requests, {phrase('fate_wrong_person')} found only a wrong person, "
            f"{phrase('fate_nobody')} found nobody, and {phrase('fate_rejected')} were rejected "
            "before any matching."
        ),
        *_rare_endings(results, level),
    ]


def _exposed(results: Results, level: str) -> str:
    """Say how many lawful residents were exposed, directly and through others."""
    every, own, others = (
        _phrase(results.get(f"over_disclosed_residents{kind}_per_1000_requests"), level, 1.0)
        for kind in ("", "_direct", "_collateral")
    )
    return (
        f"For every 1,000 requests, {every} lawful residents had their information disclosed: "
        f"{own} through their own account, {others} through somebody else's."
    )


def _behind_wrong_doors(results: Results, level: str) -> list[str]:
    """Say who lives at wrong doors, where the run counted them."""
    behind = results.find("people_at_wrong_doors_lawful_per_1000_requests")
    if behind is None:
        return []
    people = _phrase(behind, level, 1.0)
    there = "lawful people live at an address disclosed where the person requested does not"
    return [f"For every 1,000 requests, {people} {there}."]


def _disclosed(results: Results) -> list[str]:
    """Say what comes of running the list against the tax roll."""
    level = level_words(results.manifest.confidence)

    def of_thousand(what: str, measure: str, end: str) -> str:
        start = f"Of every 1,000 {what}"
        return _sentence(start, results.get(measure), end, level, 1000.0)

    return [
        *_endings(results, level),
        of_thousand("accounts released", "false_discovery_rate", "belonged to a wrong person"),
        of_thousand(
            "requests for a person on the roll",
            "false_negative_identification_rate",
            "missed that person",
        ),
        _exposed(results, level),
        of_thousand(
            "addresses disclosed", "wrong_address_rate", "were not where the person requested lives"
        ),
        *_behind_wrong_doors(results, level),
        of_thousand(
            "accounts released",
            "deficient_disclosure_rate",
            "answered a request without a valid name and address",
        ),
        *_after_release(results, level),
        *_over_years(results, level),
    ]


def headline_lines(directory: Path) -> list[str]:
    """Return the headline of a results directory: a few plain sentences.

    Raises ReportError where the directory's tables are missing or malformed.
    """
    return headline_from(read_results(directory))
