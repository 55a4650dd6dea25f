"""Say measures, groups and numbers in plain words.

A number is rounded by the width of its interval, so that no digit is shown that the interval makes
meaningless. Names that are not known here (a new origin, say) are shown as they are written, with
spaces; nothing is hidden.
"""

import math
import re
from dataclasses import dataclass

from simulator.report.results import Estimate

LABELS = {
    "all": "All lawful residents",
    "us_white": "US-born White",
    "us_black": "US-born Black",
    "us_hispanic": "US-born Hispanic",
    "us_api": "US-born Asian, Pacific",
    "us_other": "US-born, other groups",
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
}
ADDRESS_THRESHOLDS = {
    "any": "address not compared",
    "zip3": "same three-digit ZIP area",
    "zip5": "same ZIP",
    "street": "same street",
    "building": "same building",
    "exact": "same address and unit",
}


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
    "fate_rejected": MeasureWords(
        "Rejected before matching", "", "of every 1,000 requests", 1000.0
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
}
FATES = (
    "fate_found",
    "fate_found_with_others",
    "fate_wrong_person",
    "fate_nobody",
    "fate_rejected",
)


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
