"""Say measures, groups and numbers in plain words.

A number is rounded by the width of its interval, so that no digit is shown that the interval makes
meaningless. Names that are not known here (a new origin, say) are shown as they are written, with
spaces; nothing is hidden.
"""

import math
import re
from dataclasses import dataclass

from simulator.report.stored import Estimate

LABELS = {
    "all": "All lawful residents",
    "us_white": "US-born White",
    "us_black": "US-born Black",
    "us_hispanic": "US-born Hispanic",
    "us_api": "US-born Asian, Pacific",
    "us_other": "US-born, other groups",
    "us_asian_and_other": "US-born, other groups and Asian",
    "other_central_america": "Other Central America",
    "other_south_america": "Other South America",
    "other_caribbean": "Other Caribbean",
    "sub_saharan_africa": "Sub-Saharan Africa",
    "south_asia_other": "Other South Asia",
    "east_southeast_asia_other": "Other Asia, Pacific",
    "middle_east_north_africa": "Middle East, North Africa",
    "canada_oceania": "Canada, Oceania",
    "native_born_citizen": "Native-born citizen",
    "naturalised_citizen": "Naturalised citizen",
    "permanent_resident": "Permanent resident",
    "temporary_visa": "Temporary visa",
    "protected": "Protected status",
    "unauthorized": "Unauthorized",
    "ssn": "SSN",
    "itin": "ITIN",
    "borrowed_ssn": "Borrowed SSN",
    "invalid_ssn": "Invalid SSN",
    "none": "No number",
}
KINDS = {"origin": "Origin", "status": "Legal status", "tin_kind": "Taxpayer number"}
SELECTIONS = {
    "all": "every account that qualifies",
    "best": "the best account only",
    "unique": "only if one account qualifies",
    "top": "the best few accounts",
}
SELECTIONS_SHORT = {
    "all": "All that qualify",
    "best": "The best only",
    "unique": "Only if just one",
    "top": "The best few",
}
ADDRESS_THRESHOLDS = {
    "any": "address not compared",
    "state": "same state",
    "zip3": "same three-digit ZIP area",
    "zip5": "same ZIP",
    "street": "same street",
    "transposed": "same building, or two digits swapped",
    "building": "same building",
    "unit_compatible": "same building, no other unit",
    "exact": "same address and unit",
}
BIRTH_DATE_THRESHOLDS = {
    "any": "birth date not compared",
    "year": "same year of birth",
    "near": "birth date nearly the same",
    "swapped": "same birth date, or day and month swapped",
    "exact": "same birth date",
}


@dataclass(frozen=True)
class CutWords:
    """The threshold that moves under a decision rule, in words.

    ``title`` ends a title, ``axis`` names the axis, ``label`` the control; ``start`` begins a
    sentence before the number and ``end`` follows it.
    """

    title: str
    axis: str
    label: str
    start: str
    end: str


CUTS = {
    "thresholds": CutWords(
        "how alike the names must be",
        "least that names must count for (similarity of spelling, or a named agreement)",
        "Names at least",
        "Names at least",
        "alike",
    ),
    "points": CutWords(
        "the least sum of points",
        "least sum of points of a pair",
        "Points at least",
        "A sum of at least",
        "points",
    ),
    "fellegi_sunter": CutWords(
        "the least match weight",
        "least match weight of a pair, in bits (1 bit doubles the odds)",
        "Match weight at least",
        "A match weight of at least",
        "bits",
    ),
}
MATCHERS = {
    "thresholds": "A threshold for every field",
    "points": "Sum of points",
    "fellegi_sunter_given": "Match weights as given",
    "fellegi_sunter_oracle": "Match weights from the truth",
    "fellegi_sunter_em": "Match weights learnt without truth (EM)",
    "splink": "Splink, same weights",
    "splink_em": "Splink, its own EM",
    "screening": "List screening",
}
FIELDS = {
    "given_name": "Given name",
    "surname": "Surname",
    "address": "Address",
    "birth_date": "Birth date",
    "tin": "Taxpayer number",
}


@dataclass(frozen=True)
class ChallengeWords:
    """A roll from which people are removed, in words: itself, who is on it, who may be."""

    roll: str
    entries: str
    eligible: str


CHALLENGED = {
    "voter": ChallengeWords("voter roll", "registered voters", "eligible voters"),
    "benefit": ChallengeWords(
        "benefit roll", "people with benefits", "people eligible for benefits"
    ),
}


_ON_ROLLS = (
    ("Accounts", "Entries"),
    ("accounts", "entries"),
    ("Account", "Entry"),
    ("account", "entry"),
    ("Released", "Flagged"),
    ("released", "flagged"),
)


def on_roll(text: str, roll: str) -> str:
    """Return words about accounts released as they are of a roll on which people are flagged."""
    if roll not in CHALLENGED:
        return text
    for before, after in _ON_ROLLS:
        text = text.replace(before, after)
    return text


@dataclass(frozen=True)
class MeasureWords:
    """A measure in words: its name, what it counts, its unit and the factor from stored to shown.

    ``factor`` is 100 for shares (shown as percent), 1 for rates that carry their scale in the name.
    """

    name: str
    meaning: str
    unit: str
    factor: float = 1.0


def _percent(name: str, meaning: str) -> MeasureWords:
    return MeasureWords(name, meaning, "%", 100.0)


_EXPOSED = "Distinct lawful residents whose information was disclosed"
_MISSED = "Requests for a person on the roll who was missed"
_WRONG_PAIRS = "Of the compared pairs with a wrong person: those"
_FLAGGED = "Distinct people on the roll whom some request matched"
_WRONGLY_FLAGGED = "Distinct people flagged who are rightly on the roll"
MEASURES = {
    "false_discovery_rate": _percent(
        "Wrong person among accounts released", "Accounts of a wrong person, of all released"
    ),
    "precision": _percent(
        "Right person among accounts released", "Accounts of the person requested, of all released"
    ),
    "recall": _percent("Found", "Requests that found their person, of those who have an account"),
    "false_match_rate_per_pair": MeasureWords(
        "Wrong links per million pairs",
        "Pairs of different people that were linked, of all such pairs",
        "per million pairs",
        1e6,
    ),
    "false_positive_identification_rate": _percent(
        "Somebody found although nobody is there",
        "Requests for a person without an account that still released one, of all such requests",
    ),
    "false_negative_identification_rate": _percent(
        "Missed", "Requests that did not find their person, of those who have an account"
    ),
    "missed_rejected": _percent("Request rejected", f"{_MISSED} because it was rejected"),
    "missed_blocking": _percent("Never compared", f"{_MISSED} because blocking kept them apart"),
    "missed_comparison": _percent(
        "Names not alike", f"{_MISSED} because the names on both sides are not alike at all"
    ),
    "missed_rule": _percent(
        "Below the rule", f"{_MISSED} because the pair fell short of the decision rule"
    ),
    "missed_withheld": _percent(
        "Withheld", f"{_MISSED} because the disclosure policy withheld the account"
    ),
    "missed_selection": _percent("Not chosen", f"{_MISSED} because of which accounts are released"),
    "wrong_pairs_linked": _percent("Wrong pairs linked", f"{_WRONG_PAIRS} released"),
    "wrong_pairs_rule": _percent(
        "Wrong pairs below the threshold", f"{_WRONG_PAIRS} that the decision rule kept out"
    ),
    "wrong_pairs_withheld": _percent(
        "Wrong pairs withheld", f"{_WRONG_PAIRS} that the disclosure policy withheld"
    ),
    "wrong_pairs_selection": _percent(
        "Wrong pairs not chosen", f"{_WRONG_PAIRS} that the selection did not release"
    ),
    "selectivity": MeasureWords(
        "Wrong accounts per request", "Accounts of a wrong person, per request", "per request"
    ),
    "yield": _percent("Yield", "Requests that released at least one account, of all requests"),
    "over_disclosed_residents_per_1000_requests": MeasureWords(
        "Lawful residents exposed", _EXPOSED, "per 1,000 requests"
    ),
    "over_disclosed_residents_direct_per_1000_requests": MeasureWords(
        "Lawful residents exposed directly",
        f"{_EXPOSED} because their own account was released",
        "per 1,000 requests",
    ),
    "over_disclosed_residents_collateral_per_1000_requests": MeasureWords(
        "Lawful residents exposed collaterally",
        f"{_EXPOSED} through a spouse's, parent's or co-resident's account",
        "per 1,000 requests",
    ),
    "over_disclosed_residents_per_100000_lawful_residents": MeasureWords(
        "Risk of a lawful resident", _EXPOSED, "per 100,000 lawful residents"
    ),
    "over_disclosed_residents_per_intended_disclosure": MeasureWords(
        "Lawful residents exposed for each disclosure as intended",
        _EXPOSED,
        "per intended disclosure",
    ),
    "wrong_address_rate": _percent(
        "Wrong door",
        "Addresses disclosed at which the person requested does not live, of all disclosed",
    ),
    "borrowed_wages_rate": _percent(
        "Somebody else's wages",
        "Accounts released under whose number somebody else's wages are reported, of all released",
    ),
    "deficient_disclosure_rate": _percent(
        "Deficient request",
        "Accounts released for a request without a valid name and address, of all released",
    ),
    "disparity": MeasureWords(
        "Disparity",
        "The group's risk of exposure over the reference group's",
        "times the reference group",
    ),
    "fate_found": MeasureWords("Found the person only", "", "of every 1,000 requests", 1000.0),
    "fate_found_with_others": MeasureWords(
        "Found the person, with others", "", "of every 1,000 requests", 1000.0
    ),
    "fate_wrong_person": MeasureWords(
        "Found a wrong person only", "", "of every 1,000 requests", 1000.0
    ),
    "fate_nobody": MeasureWords("Found nobody", "", "of every 1,000 requests", 1000.0),
    "fate_not_unique": MeasureWords(
        "Several accounts, none released", "", "of every 1,000 requests", 1000.0
    ),
    "fate_withheld": MeasureWords("Withheld after matching", "", "of every 1,000 requests", 1000.0),
    "fate_rejected": MeasureWords(
        "Rejected before matching", "", "of every 1,000 requests", 1000.0
    ),
    "fate_unanswered": MeasureWords(
        "Valid but left unanswered", "", "of every 1,000 requests", 1000.0
    ),
    "disclosures_intended_per_1000_requests": MeasureWords(
        "Disclosures as intended",
        "Accounts released of the person requested, rightly listed",
        "per 1,000 requests",
    ),
    "disclosures_listing_error_per_1000_requests": MeasureWords(
        "Disclosures after a listing error",
        "Accounts released of the person requested, who is here lawfully and wrongly listed",
        "per 1,000 requests",
    ),
    "disclosures_wrong_person_lawful_per_1000_requests": MeasureWords(
        "Disclosures of a wrong person, lawful",
        "Accounts released of a wrong person who is here lawfully",
        "per 1,000 requests",
    ),
    "disclosures_wrong_person_other_per_1000_requests": MeasureWords(
        "Disclosures of a wrong person, other",
        "Accounts released of a wrong person who is not counted as lawful",
        "per 1,000 requests",
    ),
    "flagged_per_1000_requests": MeasureWords("Flagged", _FLAGGED, "per 1,000 requests"),
    "flagged_per_100000_on_roll": MeasureWords("Flagged", _FLAGGED, "per 100,000 on the roll"),
    "eligible_share_of_flagged": _percent(
        "Eligible among the flagged", "People rightly on the roll, of all flagged"
    ),
    "wrongly_flagged_per_1000_requests": MeasureWords(
        "Flagged wrongly", _WRONGLY_FLAGGED, "per 1,000 requests"
    ),
    "wrongly_flagged_per_100000_on_roll": MeasureWords(
        "Flagged wrongly", _WRONGLY_FLAGGED, "per 100,000 on the roll"
    ),
    "wrongly_flagged_listing_error_per_1000_requests": MeasureWords(
        "Flagged wrongly after a listing error",
        f"{_WRONGLY_FLAGGED}: the list names them",
        "per 1,000 requests",
    ),
    "wrongly_flagged_wrong_person_per_1000_requests": MeasureWords(
        "Flagged wrongly for somebody else",
        f"{_WRONGLY_FLAGGED}: they were taken for somebody on the list",
        "per 1,000 requests",
    ),
    "restored_after_notice": _percent(
        "Restored after notice", "Replied in time with proof, of those flagged wrongly"
    ),
    "removed_without_notice": _percent(
        "Removed, no notice", "Never got the notice, of those flagged wrongly"
    ),
    "removed_without_reply": _percent(
        "Removed, no reply", "Got the notice and did not reply in time, of those flagged wrongly"
    ),
    "wrongly_removed_per_1000_requests": MeasureWords(
        "Removed wrongly",
        "Distinct people rightly on the roll who were flagged and not restored",
        "per 1,000 requests",
    ),
}
LOST = (
    "missed_rejected",
    "missed_blocking",
    "missed_comparison",
    "missed_rule",
    "missed_withheld",
    "missed_selection",
)
FATES = (
    "fate_found",
    "fate_found_with_others",
    "fate_wrong_person",
    "fate_nobody",
    "fate_not_unique",
    "fate_withheld",
    "fate_rejected",
    "fate_unanswered",
)
RARE_FATES = ("fate_not_unique", "fate_withheld", "fate_unanswered")


def measure_words(measure: str) -> MeasureWords:
    """Return a measure in words; one that is not known here keeps its own name."""
    return MEASURES.get(measure) or MeasureWords(plain_name(measure), "", "")


def plain_name(name: str) -> str:
    """Return an identifier as words: ``el_salvador`` is El Salvador."""
    if name in LABELS:
        return LABELS[name]
    words = name.replace("_", " ").strip()
    return words.title() if re.fullmatch(r"[a-z ]+", words) else words


def group_label(group: str) -> str:
    """Return ``kind=value`` as the value in words, ``all`` as all lawful residents."""
    return plain_name(group.partition("=")[2] or group)


def shown_decimals(value: float, low: float, high: float) -> int:
    """Return how many decimals a number deserves: two digits of its interval's width at most.

    Without an interval, three digits of the number itself.
    """
    width = high - low
    if math.isfinite(width) and width > 0.0:
        size = width
    elif math.isfinite(value) and value != 0.0:
        size = abs(value) / 10.0
    else:
        return 0
    return max(0, min(6, 1 - math.floor(math.log10(size))))


def shown(value: float, decimals: int) -> str:
    """Return a number with thousands separators, a dash where it is not available."""
    if not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0.0 else text


@dataclass(frozen=True)
class ShownEstimate:
    """An estimate as text: the number, its interval's ends, all rounded alike."""

    value: str
    low: str
    high: str
    available: bool
    none_seen: bool
    has_interval: bool

    @property
    def range(self) -> str:
        """Return the interval as ``12.1 to 14.9``, empty where there is none."""
        return f"{self.low} to {self.high}" if self.has_interval else ""

    @property
    def short(self) -> str:
        """Return the number with its interval in brackets, as figures and tables show it."""
        return self.with_unit("")

    def with_unit(self, unit: str) -> str:
        """Return the number with its interval in brackets, each followed by ``unit``."""
        if not self.available:
            return "not available"
        if self.none_seen:
            return f"none seen; at most {self.high}{unit}" if self.has_interval else "none seen"
        value = f"{self.value}{unit}"
        return f"{value} ({self.range}{unit})" if self.has_interval else value


def show(estimate: Estimate, factor: float = 1.0) -> ShownEstimate:
    """Round an estimate and its interval for reading, times ``factor``."""
    value, low, high = (
        number * factor for number in (estimate.estimate, estimate.ci_low, estimate.ci_high)
    )
    decimals = shown_decimals(value, low, high)
    return ShownEstimate(
        value=shown(value, decimals),
        low=shown(low, decimals),
        high=shown(high, decimals),
        available=estimate.available,
        none_seen=estimate.none_seen,
        has_interval=estimate.has_interval,
    )


def level_words(confidence: float) -> str:
    """Return a confidence level in words: 0.95 is ``95% interval``."""
    return f"{100 * confidence:.4g}% interval"
