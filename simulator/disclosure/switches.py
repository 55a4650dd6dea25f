"""Every guardrail as a switch of the scenario: where it is written, and what on and off mean.

Turning a guardrail off sets its field to what stops nobody. Turning one on that is off sets it to
the value in this table; one that is on keeps what the scenario says. The values for those that are
off by default are proposals, chosen to bind on samples of any size where they are caps: a
twentieth of the list heard, and a tenth of an even share of it per officer [assumption].

A guardrail that is on may have nothing to strike (a check on a TIN path that is closed, a joint
filer blacked out of a bare address); it is on all the same, and ``has_work`` says so.

Limits: only what other choices of the scenario rule out altogether is known here, not what is so
rare that a small sample shows none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from simulator.disclosure.guardrails import Guardrail
from simulator.scenario.schema import (
    AccountsSearched,
    AddressCheck,
    AddressThreshold,
    BirthDateThreshold,
    Injunction,
    KnownStatus,
    LastFourCheck,
    Scenario,
    Scope,
    Selection,
    TinNameCheck,
)


@dataclass(frozen=True)
class Switch:
    """The field of one guardrail, its value when off, and its value when turned on.

    ``on`` is a value or a function of the scenario. ``only`` says that the guardrail is on at the
    value ``on`` alone, where the field has further values of another meaning.
    """

    path: tuple[str, ...]
    off: Any
    on: Any
    only: bool = False

    def turned_on(self, scenario: Scenario) -> Any:
        """Return the value of the field when the guardrail is turned on in a scenario."""
        return self.on(scenario) if callable(self.on) else self.on


def _twentieth(scenario: Scenario) -> int:
    return max(1, scenario.listing.requests // 20)


def _tenth_of_a_share(scenario: Scenario) -> int:
    return max(1, scenario.listing.requests // (10 * scenario.listing.officers))


def _flag(*path: str) -> Switch:
    return Switch(path, False, True)


def _part(name: str) -> Callable[..., Switch]:
    def within(field: str, off: Any, on: Any, *, only: bool = False) -> Switch:
        return Switch((name, *field.split(".")), off, on, only)

    return within


_of_requests, _of_matching = _part("guardrails"), _part("matching")
_of_release, _of_recipient = _part("disclosure"), _part("recipient")

SWITCHES: dict[Guardrail, Switch] = {
    Guardrail.ADDRESS_REQUIRED: _flag("guardrails", "address_required"),
    Guardrail.PLACEHOLDERS_REJECTED: _flag("guardrails", "placeholders_rejected"),
    Guardrail.DETENTION_FACILITIES_REJECTED: _flag("guardrails", "detention_facilities_rejected"),
    Guardrail.ADDRESS_CHECK: _of_requests(
        "address_check", AddressCheck.NONE, AddressCheck.DELIVERABLE
    ),
    Guardrail.MAX_REQUESTS_PER_ADDRESS: _of_requests("max_requests_per_address", None, 20),
    Guardrail.BIRTH_DATE_REQUIRED: _flag("guardrails", "birth_date_required"),
    Guardrail.PERIOD_REQUIRED: _flag("guardrails", "period_required"),
    Guardrail.STATUTE_REQUIRED: _flag("guardrails", "statute_required"),
    Guardrail.REASON_REQUIRED: _flag("guardrails", "reason_required"),
    Guardrail.MIN_ORDER_AGE: _of_requests("min_order_age_days", None, 90),
    Guardrail.REMOVABLE_CLASS_REQUIRED: _flag("guardrails", "removable_class_required"),
    Guardrail.WILFULNESS_EVIDENCE_REQUIRED: _flag("guardrails", "wilfulness_evidence_required"),
    Guardrail.OFFICER_REQUIRED: _flag("guardrails", "officer_required"),
    Guardrail.SOLE_PURPOSE_REQUIRED: _flag("guardrails", "sole_purpose_required"),
    Guardrail.COURT_ORDER: _flag("guardrails", "court_order", "required"),
    Guardrail.BATCH_CAP: _of_requests("batch_cap", None, _twentieth),
    Guardrail.CASES_PER_OFFICER: _of_recipient("cases_per_officer", None, _tenth_of_a_share),
    Guardrail.NO_TRANSFER: _of_recipient(
        "injunction", Injunction.NONE, Injunction.NO_TRANSFER, only=True
    ),
    Guardrail.TIN_NAME_CHECK: _of_matching(
        "tin_name_check", TinNameCheck.NONE, TinNameCheck.NAME_CONTROL
    ),
    Guardrail.TIN_ADDRESS: _of_matching(
        "tin_address_threshold", AddressThreshold.ANY, AddressThreshold.BUILDING
    ),
    Guardrail.LAST_FOUR: _of_matching(
        "last_four_check", LastFourCheck.NONE, LastFourCheck.IF_PRESENT
    ),
    Guardrail.BIRTH_DATE_COMPARED: _of_matching(
        "birth_date_threshold", BirthDateThreshold.ANY, BirthDateThreshold.EXACT
    ),
    Guardrail.ITIN_ACCOUNTS_ONLY: _of_matching(
        "accounts_searched", AccountsSearched.ALL, AccountsSearched.ITIN
    ),
    Guardrail.KNOWN_STATUS: _of_release(
        "known_status.withheld", KnownStatus.NONE, KnownStatus.CITIZENS_AND_RESIDENTS
    ),
    Guardrail.MAX_ADDRESS_AGE: _of_release("max_address_age_years", None, 1),
    Guardrail.UNITS_REQUIRED: _flag("disclosure", "units_required"),
    Guardrail.SHARED_ADDRESSES: _flag("disclosure", "shared_addresses_withheld"),
    Guardrail.REVIEW: _of_release("review.reviewed_share", 0.0, 1.0),
    Guardrail.JOINT_FILERS_SUPPRESSED: _flag("disclosure", "joint_filers_suppressed"),
    Guardrail.DEPENDANTS_SUPPRESSED: _flag("disclosure", "dependants_suppressed"),
    Guardrail.UNIQUE_ONLY: _of_matching("selection", Selection.ALL, Selection.UNIQUE, only=True),
}
ABLATABLE = tuple(SWITCHES)
"""Every guardrail, in the order in which reasons are named."""


def _value(scenario: Scenario, path: tuple[str, ...]) -> Any:
    found: Any = scenario
    for step in path:
        found = getattr(found, step)
    return found


def _with(scenario: Scenario, path: tuple[str, ...], value: Any) -> Scenario:
    values = scenario.model_dump()
    inner = values
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return Scenario.model_validate(values)


def _opens_tin_path(scenario: Scenario) -> bool:
    return scenario.matching.tin_path


def _releases_names(scenario: Scenario) -> bool:
    return scenario.disclosure.scope != Scope.ADDRESS


def _lists_facilities(scenario: Scenario) -> bool:
    return scenario.listing.detained_share > 0.0 and scenario.requests.facility_given > 0.0


_NEEDS: dict[Guardrail, Callable[[Scenario], bool]] = {
    Guardrail.DETENTION_FACILITIES_REJECTED: _lists_facilities,
    Guardrail.TIN_NAME_CHECK: _opens_tin_path,
    Guardrail.TIN_ADDRESS: _opens_tin_path,
    Guardrail.JOINT_FILERS_SUPPRESSED: _releases_names,
    Guardrail.DEPENDANTS_SUPPRESSED: _releases_names,
}


def has_work(scenario: Scenario, guardrail: Guardrail) -> bool:
    """Say whether a scenario's other choices leave a guardrail (not NONE) anything to strike."""
    needed = _NEEDS.get(guardrail)
    return needed is None or needed(scenario)


def is_on(scenario: Scenario, guardrail: Guardrail) -> bool:
    """Say whether a guardrail (not NONE) is on in a scenario."""
    switch = SWITCHES[guardrail]
    value = _value(scenario, switch.path)
    return bool(value == switch.on if switch.only else value != switch.off)


def switched(scenario: Scenario, guardrail: Guardrail, on: bool) -> Scenario:
    """Return the scenario with a guardrail (not NONE) turned on or off, validated.

    It comes back unchanged where the guardrail is as wanted, and where it cannot be turned on
    because what it asks for is never there (birth dates that no request gives, ITINs on a voter
    roll): ``is_on`` then says that it is still off.
    """
    if is_on(scenario, guardrail) == on:
        return scenario
    switch = SWITCHES[guardrail]
    value = switch.turned_on(scenario) if on else switch.off
    try:
        return _with(scenario, switch.path, value)
    except ValidationError:
        return scenario
