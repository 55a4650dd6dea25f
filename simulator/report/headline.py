"""Say the main results in a few plain sentences, each number with its interval.

Rests on the stored estimates only and draws nothing, so that the command line stays quick.
"""

from pathlib import Path

from simulator.report.doubt import doubt_lines, precision_lines
from simulator.report.results import Results, read_results
from simulator.report.sentences import Find, Sentence, Slot, of_each, phrase, say
from simulator.report.stored import Estimate
from simulator.report.wording import CHALLENGED, ChallengeWords, level_words, show
from simulator.scenario.choices import Injunction

_EXPOSED = "over_disclosed_residents{}_per_1000_requests"
_OF_REQUESTS = "Of every 1,000 requests"
ANSWERED = of_each(
    _OF_REQUESTS, "yield", "were answered with at least one person's account", key=True
)
"""The first sentence of the page, before any other number."""
DISCLOSED = (
    Sentence(
        (
            f"{_OF_REQUESTS}, ",
            Slot("fate_found"),
            " found the person and nobody else, and ",
            Slot("fate_found_with_others"),
            " found the person together with others.",
        )
    ),
    Sentence(
        (
            f"{_OF_REQUESTS}, ",
            Slot("fate_wrong_person"),
            " found only a wrong person, ",
            Slot("fate_nobody"),
            " found nobody, and ",
            Slot("fate_rejected"),
            " were rejected before any matching.",
        )
    ),
    *(
        of_each(_OF_REQUESTS, measure, end, only_if_seen=True)
        for measure, end in (
            ("fate_not_unique", "matched several accounts, so that none was released"),
            ("fate_withheld", "found accounts that were all withheld"),
            ("fate_unanswered", "were valid and stayed unanswered"),
        )
    ),
    of_each(
        "Of every 1,000 accounts released", "false_discovery_rate", "belonged to a wrong person"
    ),
    of_each(
        "Of every 1,000 requests for a person on the roll",
        "false_negative_identification_rate",
        "missed that person",
    ),
    Sentence(
        (
            "For every 1,000 requests, ",
            Slot(_EXPOSED.format(""), 1.0),
            " lawful residents had their information disclosed: ",
            Slot(_EXPOSED.format("_direct"), 1.0),
            " through their own account, ",
            Slot(_EXPOSED.format("_collateral"), 1.0),
            " through somebody else's.",
        ),
        key=True,
    ),
    of_each(
        "Of every 1,000 addresses disclosed",
        "wrong_address_rate",
        "were not where the person requested lives",
    ),
    Sentence(
        (
            "For every 1,000 requests, ",
            Slot("people_at_wrong_doors_lawful_per_1000_requests", 1.0),
            " lawful people live at an address disclosed where the person requested does not.",
        )
    ),
    of_each(
        "Of every 1,000 accounts released",
        "deficient_disclosure_rate",
        "answered a request without a valid name and address",
    ),
)
"""What comes of running the list against the tax roll; a run may not have counted all of it."""
_NOT_ALWAYS_THERE = {
    "fate_not_unique",
    "fate_withheld",
    "fate_unanswered",
    "people_at_wrong_doors_lawful_per_1000_requests",
}


def headline_at(find: Find, level: str) -> list[str]:
    """Return what the headline says of a policy's estimates alone, for those that are there."""
    lines = (say(sentence, find, level) for sentence in DISCLOSED)
    return [line for line in lines if line is not None]


def lead_sentence(results: Results) -> str:
    """Return the first sentence of the page: how many requests had an answer."""
    roll = CHALLENGED.get(results.manifest.searched_roll)
    sentence = ANSWERED
    if roll is not None:
        flagged = f"led to at least one person on the {roll.roll} being flagged"
        sentence = of_each(_OF_REQUESTS, "yield", flagged)
    return say(sentence, results.find, level_words(results.manifest.confidence)) or ""


def _sentence(start: str, estimate: Estimate, end: str, level: str, factor: float) -> str:
    """Return one sentence about one number, or why there is none."""
    sentence = of_each(start, estimate.measure, end, factor)
    return say(sentence, lambda _: estimate, level) or ""


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
            f"{phrase(points, level, 1.0)} percentage points, which is "
            f"${phrase(centre, level, 1.0)} billion a year in revenue, or "
            f"${show(low).value} to ${show(high).value} billion by the published range."
        )
    return sentences


def _challenged(results: Results, roll: ChallengeWords) -> list[str]:
    """Say what comes of running the list against a roll from which people are removed."""
    level = level_words(results.manifest.confidence)

    def number(measure: str) -> str:
        return phrase(results.get(measure), level, 1.0)

    def of_thousand(start: str, measure: str, end: str) -> str:
        return _sentence(start, results.get(measure), end, level, 1000.0)

    flagged = f"Of every 1,000 {roll.eligible} flagged"
    return [
        (
            f"For every 1,000 requests, {number('flagged_per_1000_requests')} {roll.entries} were "
            "flagged for removal."
        ),
        of_thousand(
            f"Of every 1,000 {roll.entries} flagged",
            "eligible_share_of_flagged",
            f"were {roll.eligible}",
        ),
        (
            "For every 1,000 requests, "
            f"{number('wrongly_flagged_listing_error_per_1000_requests')} {roll.eligible} were "
            "flagged because the list names them, and "
            f"{number('wrongly_flagged_wrong_person_per_1000_requests')} because they were taken "
            "for somebody else."
        ),
        of_thousand(flagged, "restored_after_notice", "replied to a notice and were restored"),
        of_thousand(
            flagged, "removed_without_notice", "were removed because no notice reached them"
        ),
        of_thousand(flagged, "removed_without_reply", "were removed because they did not reply"),
        (
            f"For every 1,000 requests, {number('wrongly_removed_per_1000_requests')} "
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


def _disclosed(results: Results) -> list[str]:
    """Say what comes of running the list against the tax roll."""
    level = level_words(results.manifest.confidence)

    def find(measure: str) -> Estimate | None:
        return results.find(measure) if measure in _NOT_ALWAYS_THERE else results.get(measure)

    return [
        *headline_at(find, level),
        *_after_release(results, level),
        *_over_years(results, level),
    ]


def headline_lines(directory: Path) -> list[str]:
    """Return the headline of a results directory: a few plain sentences.

    Raises ReportError where the directory's tables are missing or malformed.
    """
    return headline_from(read_results(directory))
