"""What a reader of a run may ask after it: which guardrails are counted on and off.

Every threshold is evaluated in a run anyway. For each guardrail named here the run also counts what
comes of it turned the other way, alone and with the others, at every threshold; each one named
doubles the policies that are counted and stored.

The default holds the four that change most in the baseline and can be had with what was exchanged
in 2025: a real address, known citizens and residents withheld, shared homes withheld, and silence
where several accounts fit. Birth dates, which change as much, were not exchanged. Four guardrails
at all thresholds are 3,024 policies, 1.4 MB for 20 replicates [computed].

Limits: a guardrail that changes who can be found at all (accounts searched) has to be a scenario of
its own. Where one cannot be answered exactly in a scenario, it is left out, and the manifest of the
run says why.
"""

from collections.abc import Iterator
from enum import StrEnum

from simulator.scenario.fields import Fault, Part, parameter, rule


class Explorable(StrEnum):
    """A guardrail that can be turned on and off after a run."""

    ADDRESS_REQUIRED = "address_required"
    PLACEHOLDERS_REJECTED = "placeholders_rejected"
    DETENTION_FACILITIES_REJECTED = "detention_facilities_rejected"
    ADDRESS_CHECK = "address_check"
    MAX_REQUESTS_PER_ADDRESS = "max_requests_per_address"
    BIRTH_DATE_REQUIRED = "birth_date_required"
    PERIOD_REQUIRED = "period_required"
    STATUTE_REQUIRED = "statute_required"
    REASON_REQUIRED = "reason_required"
    MIN_ORDER_AGE = "min_order_age"
    REMOVABLE_CLASS_REQUIRED = "removable_class_required"
    WILFULNESS_EVIDENCE_REQUIRED = "wilfulness_evidence_required"
    OFFICER_REQUIRED = "officer_required"
    SOLE_PURPOSE_REQUIRED = "sole_purpose_required"
    COURT_ORDER = "court_order"
    BATCH_CAP = "batch_cap"
    CASES_PER_OFFICER = "cases_per_officer"
    NO_TRANSFER = "no_transfer"
    TIN_NAME_CHECK = "tin_name_check"
    TIN_ADDRESS = "tin_address"
    LAST_FOUR = "last_four"
    BIRTH_DATE_COMPARED = "birth_date_compared"
    KNOWN_STATUS = "known_status"
    MAX_ADDRESS_AGE = "max_address_age"
    UNITS_REQUIRED = "units_required"
    SHARED_ADDRESSES = "shared_addresses"
    REVIEW = "review"
    JOINT_FILERS_SUPPRESSED = "joint_filers_suppressed"
    DEPENDANTS_SUPPRESSED = "dependants_suppressed"
    UNIQUE_ONLY = "unique_only"


class ExplorePart(Part):
    """Which guardrails a reader of the results can turn on and off."""

    guardrails: tuple[Explorable, ...] = parameter(
        (
            Explorable.ADDRESS_CHECK,
            Explorable.KNOWN_STATUS,
            Explorable.SHARED_ADDRESSES,
            Explorable.UNIQUE_ONLY,
        ),
        "Guardrails that can be turned on and off after the run, at every threshold of names "
        "(or score) and addresses; what the scenario has off is turned on as in an ablation. "
        "An empty list leaves the thresholds alone.",
        unit="list of guardrails",
        source="a choice",
        max_length=6,
    )

    @rule("guardrails")
    def guardrails_differ(self) -> Iterator[Fault]:
        """Hold each guardrail once."""
        for guardrail in Explorable:
            if self.guardrails.count(guardrail) > 1:
                yield Fault(f"explore.guardrails names {guardrail} twice")
