"""Which fields have no effect under a scenario's other choices, and the notes that say so.

A scenario may set a field that another choice leaves without work: the weights of court orders
where none is asked for, the share of stale addresses where their ages are given. That is no mistake
(a file is often varied by one switch), so the scenario stays valid and a note is made. Only what
the file itself or an override sets is told; what is inherited from a file it extends is not, nor
are defaults. Combinations that can only be meant otherwise are refused by the rules of the parts.

Limits: an entry speaks of the tables of ``overmatch run``; a field may still change a title, the
words of an export or what another command makes of the scenario.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simulator.scenario.choices import (
    AddressCheck,
    DecisionRule,
    KnownStatus,
    LastFourCheck,
    ListedFrom,
    Matcher,
    Scope,
    SearchedRoll,
    TinNameCheck,
)
from simulator.scenario.problems import dotted
from simulator.scenario.schema import Scenario
from simulator.scenario.unexplored import without_work
from simulator.scenario.validation import Settings


@dataclass(frozen=True)
class Note:
    """One field that was set and has no effect: where it stands and why it is idle."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """Return ``FILE:LINE: note: …``, without a line where there is none."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: note: {self.message}"


@dataclass(frozen=True)
class Idle:
    """A field, or a group with all its fields, and when it has no effect.

    ``because`` completes the sentence "FIELD has no effect …".
    """

    path: str
    when: Callable[[Scenario], bool]
    because: str

    def holds(self, path: str) -> bool:
        """Say whether the entry speaks about the field ``path``."""
        return path == self.path or path.startswith(f"{self.path}.")


_SPLINK = {Matcher.SPLINK, Matcher.SPLINK_EM}
_WEIGH_BITS = {
    Matcher.FELLEGI_SUNTER_GIVEN,
    Matcher.FELLEGI_SUNTER_ORACLE,
    Matcher.FELLEGI_SUNTER_EM,
    *_SPLINK,
}
_READ_STRINGS = {*_SPLINK, Matcher.SCREENING}


def _no_numbers(scenario: Scenario) -> bool:
    part = scenario.matching
    return not (
        part.tin_path or part.tin_compared or part.last_four_check != LastFourCheck.NONE
    ) and not _READ_STRINGS & set(scenario.matchers)


def _no_thresholds(scenario: Scenario) -> bool:
    ruled = scenario.matching.decision_rule != DecisionRule.THRESHOLDS
    return ruled and Matcher.THRESHOLDS not in scenario.matchers


def _no_name_threshold(scenario: Scenario) -> bool:
    part = scenario.matching
    by_number = part.tin_path and part.tin_name_check == TinNameCheck.NAME_THRESHOLD
    return part.decision_rule != DecisionRule.THRESHOLDS and not by_number


def _no_bits(scenario: Scenario) -> bool:
    ruled = scenario.matching.decision_rule == DecisionRule.FELLEGI_SUNTER
    return not ruled and not _WEIGH_BITS & set(scenario.matchers)


def _nobody_detained(scenario: Scenario) -> bool:
    return scenario.listing.detained_share == 0.0 or scenario.requests.facility_given == 0.0


def _no_proxy(scenario: Scenario) -> bool:
    part = scenario.guardrails
    return part.address_check != AddressCheck.ZIP_PROXY or part.placeholders_rejected


def _unread(scenario: Scenario) -> bool:
    return not _READ_STRINGS & set(scenario.matchers)


_NO_NUMBERS = (
    "while no number is used (matching.tin_path and tin_compared false, last_four_check none)"
)
_NO_YEARS = "while chilling.years is 0"
TIES = "but on how ties fall under selection best and top"
"""Ties are broken by all that records show, in an order that means nothing."""
_NO_WRITING = f"while matching.name_agreements.differently_written is 1, {TIES}"
_NO_MIDDLE = f"while matching.middle_conflict_rejects is false, {TIES}"
_NO_SUFFIX = f"while matching.suffix_conflict_rejects is false, {TIES}"


def _unless_asked(field: str, guardrail: str) -> Idle:
    """Return that what a request states has no effect unless a guardrail asks for it."""
    return Idle(
        f"requests.grounds.{field}",
        lambda scenario: not getattr(scenario.guardrails, guardrail),
        f"while guardrails.{guardrail} is false",
    )


def _of_both(field: str, when: Callable[[Scenario], bool], because: str) -> tuple[Idle, Idle]:
    """Return the same of how a name is written on the list and on the roll."""
    return (
        Idle(f"requests.{field}", when, because),
        Idle(f"roll.names_as_filed.{field}", when, because),
    )


_LISTING = (
    Idle(
        "listing.overstay_mix",
        lambda scenario: scenario.listing.drawn_from != ListedFrom.OVERSTAYS,
        "unless listing.drawn_from is overstays",
    ),
    Idle(
        "listing.nationality_mix",
        lambda scenario: scenario.listing.drawn_from != ListedFrom.FINAL_ORDERS,
        "unless listing.drawn_from is final_orders",
    ),
    Idle(
        "listing.wrongly_listed_status",
        lambda scenario: scenario.listing.wrongly_listed_share == 0.0,
        "while listing.wrongly_listed_share is 0",
    ),
    Idle(
        "listing.removable_class_share",
        lambda scenario: not scenario.guardrails.removable_class_required,
        "while guardrails.removable_class_required is false",
    ),
    Idle(
        "listing.wilful_share",
        lambda scenario: not scenario.guardrails.wilfulness_evidence_required,
        "while guardrails.wilfulness_evidence_required is false",
    ),
    Idle(
        "listing.years_since_order",
        lambda scenario: scenario.guardrails.min_order_age_days is None,
        "while guardrails.min_order_age_days is null",
    ),
    Idle(
        "listing.detained_share",
        lambda scenario: scenario.requests.facility_given == 0.0,
        "while requests.facility_given is 0",
    ),
    Idle(
        "listing.facilities",
        _nobody_detained,
        "while listing.detained_share or requests.facility_given is 0",
    ),
    Idle(
        "listing.officers",
        lambda scenario: scenario.recipient.cases_per_officer is None,
        "while recipient.cases_per_officer is null",
    ),
)
_REQUESTS = (
    _unless_asked("period_present", "period_required"),
    _unless_asked("statute_present", "statute_required"),
    _unless_asked("reason_present", "reason_required"),
    _unless_asked("class_present", "removable_class_required"),
    _unless_asked("evidence_present", "wilfulness_evidence_required"),
    _unless_asked("officer_named", "officer_required"),
    _unless_asked("civil_purpose", "sole_purpose_required"),
    Idle(
        "requests.grounds.order_date_present",
        lambda scenario: scenario.guardrails.min_order_age_days is None,
        "while guardrails.min_order_age_days is null",
    ),
    Idle(
        "requests.investigation",
        lambda scenario: scenario.listing.investigation_share == 0.0,
        "while listing.investigation_share is 0",
    ),
    Idle(
        "requests.facility_given",
        lambda scenario: scenario.listing.detained_share == 0.0,
        "while listing.detained_share is 0",
    ),
    Idle(
        "requests.shared_addresses",
        lambda scenario: scenario.requests.shared_address == 0.0,
        "while requests.shared_address is 0",
    ),
    Idle(
        "requests.stale_address",
        lambda scenario: bool(scenario.requests.years_since_address),
        "while requests.years_since_address is given",
    ),
    Idle(
        "requests.placeholder_with_number",
        lambda scenario: scenario.requests.address_placeholder == 0.0,
        "while requests.address_placeholder is 0",
    ),
    Idle(
        "requests.placeholder_with_number",
        _no_proxy,
        "unless guardrails.address_check is zip_proxy and placeholders_rejected false",
    ),
    *(
        Idle(f"requests.{field}", _no_numbers, _NO_NUMBERS)
        for field in (
            "tin_present",
            "tin_present_without_address",
            "tin_wrong",
            "tin_borrowed",
            "wrong_tin_is_somebodys",
            "investigation.tin_present",
        )
    ),
    Idle(
        "requests.wrong_tin_is_somebodys",
        lambda scenario: scenario.requests.tin_wrong == 0.0,
        "while requests.tin_wrong is 0",
    ),
)
_WRITING = tuple(
    entry
    for fields, when, because in (
        (
            ("names_run_together", "surnames_hyphenated"),
            lambda scenario: (
                scenario.matching.name_agreements.differently_written == 1.0 and _unread(scenario)
            ),
            _NO_WRITING,
        ),
        (
            ("middle_absent", "middle_initial"),
            lambda scenario: not scenario.matching.middle_conflict_rejects and _unread(scenario),
            _NO_MIDDLE,
        ),
        (
            ("suffix_left_out",),
            lambda scenario: not scenario.matching.suffix_conflict_rejects and _unread(scenario),
            _NO_SUFFIX,
        ),
    )
    for field in fields
    for entry in _of_both(field, when, because)
)
_MATCHING = (
    Idle(
        "roll.names_as_filed.senior_written",
        lambda scenario: not scenario.matching.suffix_conflict_rejects and _unread(scenario),
        _NO_SUFFIX,
    ),
    *(
        Idle(
            f"matching.{field}",
            lambda scenario: not scenario.matching.tin_path,
            "while matching.tin_path is false",
        )
        for field in ("tin_name_check", "tin_threshold", "tin_address_threshold")
    ),
    Idle(
        "matching.name_threshold",
        _no_name_threshold,
        "unless matching.decision_rule is thresholds or tin_name_check is name_threshold",
    ),
    *(
        Idle(f"matching.{field}", _no_thresholds, "unless matching.decision_rule is thresholds")
        for field in ("address_threshold", "birth_date_threshold")
    ),
    Idle(
        "matching.score_threshold",
        lambda scenario: scenario.matching.decision_rule == DecisionRule.THRESHOLDS,
        "under matching.decision_rule thresholds",
    ),
    *(
        Idle(
            f"matching.fields.{field}.{chance}",
            _no_bits,
            "unless matching.decision_rule is fellegi_sunter or one of matchers is of that kind",
        )
        for field in ("given_name", "surname", "address", "birth_date", "tin")
        for chance in ("m", "u")
    ),
    Idle(
        "matching.blocking",
        lambda scenario: not scenario.matching.name_address_path and not scenario.matchers,
        "while matching.name_address_path is false",
    ),
)
_GUARDRAILS = (
    *(
        Idle(
            f"guardrails.court_order.{field}",
            lambda scenario: not scenario.guardrails.court_order.required,
            "while guardrails.court_order.required is false",
        )
        for field in ("grant_rate", "grant_rate_listing_error")
    ),
    *(
        Idle(
            f"disclosure.review.{field}",
            lambda scenario: scenario.disclosure.review.reviewed_share == 0.0,
            "while disclosure.review.reviewed_share is 0",
        )
        for field in ("sensitivity", "specificity", "specificity_same_name")
    ),
    *(
        Idle(
            f"disclosure.known_status.{field}",
            lambda scenario: scenario.disclosure.known_status.withheld == KnownStatus.NONE,
            "while disclosure.known_status.withheld is none",
        )
        for field in ("known_share", "mistaken_share")
    ),
    *(
        Idle(
            f"disclosure.{field}",
            lambda scenario: scenario.disclosure.scope == Scope.ADDRESS,
            "while disclosure.scope is address",
        )
        for field in ("joint_filers_suppressed", "dependants_suppressed")
    ),
    Idle(
        "recipient.redisclosure_barred",
        lambda scenario: scenario.recipient.other_uses == 0,
        "while recipient.other_uses is 0",
    ),
)
_BEYOND = (
    *(
        Idle(
            f"roll.{field}",
            lambda scenario: scenario.searched_roll != SearchedRoll.TAX,
            "unless searched_roll is tax",
        )
        for field in (
            "filing_rate",
            "filing_ratio",
            "teenager_filing_rate",
            "years_since_filing",
            "joint_filing_share",
            "claimed",
        )
    ),
    Idle(
        "voter_roll",
        lambda scenario: scenario.searched_roll != SearchedRoll.VOTER,
        "unless searched_roll is voter",
    ),
    Idle(
        "benefit_roll",
        lambda scenario: scenario.searched_roll != SearchedRoll.BENEFIT,
        "unless searched_roll is benefit",
    ),
    Idle(
        "notice",
        lambda scenario: scenario.searched_roll == SearchedRoll.TAX,
        "unless searched_roll is voter or benefit",
    ),
    *(
        Idle(f"chilling.{field}", lambda scenario: scenario.chilling.years == 0, _NO_YEARS)
        for field in ("cessation", "address_kept_years", "revenue")
    ),
)

IDLE: tuple[Idle, ...] = (
    *_LISTING,
    *_REQUESTS,
    *_WRITING,
    *_MATCHING,
    *_GUARDRAILS,
    *_BEYOND,
)
"""Every known case. Of several that hold for one field the first is told."""


def idle_notes(settings: Settings, scenario: Scenario, since: int) -> Iterator[Note]:
    """Yield a note for each field that ``settings`` set for nothing, in the order they were given.

    ``since`` is the turn of the file that was asked for: what files it extends set is not told.
    """
    given = [(path, settings.place(path)) for path in settings.values]
    told = [(path, place) for path, place in given if place is not None and place.turn >= since]
    for path, place in sorted(told, key=lambda item: (item[1].turn, item[1].line or 0)):
        field = dotted(path)
        if field == "explore.guardrails":
            for name, because in without_work(scenario):
                yield Note(place.file, place.line, f"{field}: {name} has no effect {because}")
        for entry in IDLE:
            if entry.holds(field) and entry.when(scenario):
                yield Note(place.file, place.line, f"{field} has no effect {entry.because}")
                break
