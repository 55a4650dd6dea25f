"""What the page says about the policies a reader may try: guardrails, measures, ends of sliders.

Where a guardrail stands in law is as docs/policies.md has it, which names the sources; a test holds
the two together. A guardrail that is not known here is shown by its label alone.
"""

from dataclasses import dataclass
from typing import Final

LAW, PRACTICE, PROPOSAL = "law", "practice", "proposal"
STANDINGS: Final = {
    LAW: "A statute asks for it",
    PRACTICE: "It was done, or a choice had to be made about it",
    PROPOSAL: "Nobody does it yet",
}


@dataclass(frozen=True)
class RailWords:
    """One guardrail in a plain sentence, and whether it is law, practice or a proposal."""

    sentence: str
    standing: str


RAILS: Final = {
    "address_required": RailWords("A request without any address is rejected.", LAW),
    "placeholders_rejected": RailWords(
        "A request with a filler such as “UNKNOWN ADDRESS” is rejected.", PROPOSAL
    ),
    "detention_facilities_rejected": RailWords(
        "A request that gives a detention facility as the address is rejected.", PROPOSAL
    ),
    "address_check": RailWords("The address of a request must pass a check.", LAW),
    "max_requests_per_address": RailWords(
        "Requests are rejected when too many of them share one address.", PROPOSAL
    ),
    "birth_date_required": RailWords("A request without a birth date is rejected.", PROPOSAL),
    "period_required": RailWords("A request must name the tax years it is about.", LAW),
    "statute_required": RailWords("A request must name the law the person is pursued under.", LAW),
    "reason_required": RailWords("A request must say why the information is needed.", LAW),
    "min_order_age": RailWords("An order of removal must have stood for some time.", LAW),
    "removable_class_required": RailWords(
        "A request about an order must name a class the criminal law covers.", LAW
    ),
    "wilfulness_evidence_required": RailWords(
        "There must be evidence that this very person stayed on purpose.", LAW
    ),
    "officer_required": RailWords("A request must name the officer working on the case.", LAW),
    "sole_purpose_required": RailWords(
        "A request must attest that it serves a criminal case alone.", LAW
    ),
    "court_order": RailWords("Every request needs the order of a court.", LAW),
    "batch_cap": RailWords("Only so many requests of a batch are answered.", PROPOSAL),
    "cases_per_officer": RailWords(
        "Only so many requests of any one officer are answered.", PROPOSAL
    ),
    "no_transfer": RailWords("A court forbids that anything is handed over.", PRACTICE),
    "tin_name_check": RailWords(
        "A match by taxpayer number must agree on the surname too.", PRACTICE
    ),
    "tin_address": RailWords("A match by taxpayer number must agree on the address too.", PROPOSAL),
    "last_four": RailWords("The last four digits of the numbers must agree.", PROPOSAL),
    "birth_date_compared": RailWords("Birth dates must agree.", PROPOSAL),
    "itin_accounts_only": RailWords(
        "Only accounts under an ITIN, the number of those without an SSN, are searched.", PROPOSAL
    ),
    "known_status": RailWords(
        "Accounts of people known to be here lawfully are held back.", PROPOSAL
    ),
    "max_address_age": RailWords("Addresses from old returns are held back.", PROPOSAL),
    "units_required": RailWords(
        "Addresses in apartment buildings are held back where no unit is given.", PROPOSAL
    ),
    "shared_addresses": RailWords(
        "Addresses from which somebody else files too are held back.", PROPOSAL
    ),
    "review": RailWords("A person looks at matches before anything is released.", PROPOSAL),
    "joint_filers_suppressed": RailWords("The spouse on a joint return is blacked out.", PROPOSAL),
    "dependants_suppressed": RailWords("Dependants on a return are blacked out.", PROPOSAL),
    "unique_only": RailWords(
        "Nothing is released when more than one account matches a request.", PROPOSAL
    ),
}


@dataclass(frozen=True)
class Shown:
    """A measure of the explorer: its name, what it is counted per, the factor from stored."""

    name: str
    unit: str
    factor: float = 1000.0


_REQUESTS, _RELEASED = "per 1,000 requests", "per 1,000 accounts released"
MEASURES: Final = {
    "over_disclosed_residents_per_1000_requests": Shown("Lawful residents exposed", _REQUESTS, 1.0),
    "over_disclosed_residents_direct_per_1000_requests": Shown(
        "… through their own account", _REQUESTS, 1.0
    ),
    "over_disclosed_residents_collateral_per_1000_requests": Shown(
        "… through somebody else's account", _REQUESTS, 1.0
    ),
    "false_discovery_rate": Shown("Accounts of a wrong person", _RELEASED),
    "false_negative_identification_rate": Shown(
        "Missed", "per 1,000 requests for a person on the roll"
    ),
    "false_positive_identification_rate": Shown(
        "Somebody found although nobody is there", "per 1,000 requests for a person not on the roll"
    ),
    "yield": Shown("Answered", _REQUESTS),
    "fate_found": Shown("Found the person only", _REQUESTS),
    "fate_found_with_others": Shown("Found the person, with others", _REQUESTS),
    "fate_wrong_person": Shown("Found a wrong person only", _REQUESTS),
    "fate_nobody": Shown("Found nobody", _REQUESTS),
    "fate_not_unique": Shown("Several accounts, none released", _REQUESTS),
    "fate_withheld": Shown("Withheld after matching", _REQUESTS),
    "fate_rejected": Shown("Rejected before matching", _REQUESTS),
    "fate_unanswered": Shown("Valid but left unanswered", _REQUESTS),
    "disclosures_intended_per_1000_requests": Shown("Disclosures as intended", _REQUESTS, 1.0),
    "disclosures_listing_error_per_1000_requests": Shown(
        "Disclosures after a listing error", _REQUESTS, 1.0
    ),
    "disclosures_wrong_person_lawful_per_1000_requests": Shown(
        "Disclosures of a wrong person, lawful", _REQUESTS, 1.0
    ),
    "disclosures_wrong_person_other_per_1000_requests": Shown(
        "Disclosures of a wrong person, other", _REQUESTS, 1.0
    ),
    "wrong_address_rate": Shown("Wrong door", "per 1,000 addresses disclosed"),
    "deficient_disclosure_rate": Shown("On a deficient request", _RELEASED),
}
"""What the explorer shows of everybody, in its order; a table may lack some."""
BY_GROUP: Final = "over_disclosed_residents_per_1000_requests"
"""What it shows by group: legal status and origin of the person exposed."""
GROUP_KINDS: Final = {"status": "Legal status", "region": "Group or region of birth"}
CARDS: Final = {
    BY_GROUP: ("lawful residents exposed for every 1,000 requests", "lawful residents exposed"),
    "false_discovery_rate": (
        "of every 1,000 accounts released belonged to a wrong person",
        "of 1,000 released are wrong",
    ),
    "false_negative_identification_rate": (
        "of every 1,000 requests for a person on the roll missed that person",
        "of 1,000 on the roll missed",
    ),
}
"""The numbers of which two policies are compared, replicate by replicate, in words and briefly."""
CUT_ENDS: Final = {
    "thresholds": ("How alike names must be", "a likeness is enough", "letter for letter the same"),
    "points": ("Least sum of points", "weak evidence is enough", "only strong evidence"),
    "fellegi_sunter": ("Least match weight", "weak evidence is enough", "only strong evidence"),
}
"""Name of the slider, and words at its loose and its strict end, by decision rule."""
DIFFERENCE: Final[dict[str, str | dict[str, str]]] = {
    "same": {
        "own": "This is the scenario as it was run. Change something to see what it would change.",
        "other": "Both policies are the same: there is no difference to show.",
    },
    "more": "{value} more ({low} to {high} more)",
    "fewer": "{value} fewer ({low} to {high} fewer)",
    "open": "no clear difference ({low} fewer to {high} more)",
    "alone": "{value} {direction} (no interval: too few replicates)",
    "equal": "no difference seen (at most {high} either way)",
    "none": "no difference seen",
    "missing": "difference not available",
}
"""How a difference of two policies is said; its interval is paired by replicate."""
