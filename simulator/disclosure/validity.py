"""Request validity: which guardrails turn a request away before any matching.

A guardrail is one plain function from what is observed to the requests it stops; it knows no truth.
Whether an address is deliverable is asked of the postal frame, as a mail service could answer it.
Which addresses are detention facilities is public. Each looks at the request by itself, but for
``max_requests_per_address``, which counts the whole list, valid or not: no order of the list or of
the guardrails changes who is stopped by what.

Limits: a facility or a crowded address is known by its place, street, form and number as written;
one that is misspelt is another address. What is stated is taken at its word: nobody checks that the
order is as old, or the purpose as criminal, as the request says.
"""

import re

import numpy as np

from simulator.disclosure.guardrails import Guardrail, bits
from simulator.enforcement.errors import PLACEHOLDERS
from simulator.lexicon import ABSENT
from simulator.population.addresses import find_buildings
from simulator.randomness import IntArray
from simulator.records import (
    AddressKind,
    BoolArray,
    Grounds,
    Int32Array,
    Int64Array,
    Purpose,
    Requests,
)
from simulator.scenario.schema import AddressCheck, GuardrailsPart

_ZIP_PROXY = re.compile(r"(?<!\d)(\d{5}|\d{9}|\d{5}-\d{4})(?!\d)")
_SEVERAL_UNITS = 2


def passes_zip_proxy(text: str) -> bool:
    """Say whether a text holds a five- or nine-digit number, which passed for a ZIP in 2025."""
    return _ZIP_PROXY.search(text) is not None


def _zip_proxy(requests: Requests) -> BoolArray:
    """Say which address fields hold a five- or nine-digit number; a written one has its ZIP."""
    proxy = np.array([True, False, *(passes_zip_proxy(text) for text in PLACEHOLDERS)])
    return np.asarray(proxy[requests.address_kind])


def parseable(requests: Requests) -> BoolArray:
    """Say which requests give a street, a house number and a ZIP."""
    return np.asarray(
        (requests.address_kind == AddressKind.WRITTEN)
        & (requests.street != ABSENT)
        & (requests.number != ABSENT)
        & (requests.place != ABSENT)
    )


def deliverable(requests: Requests) -> BoolArray:
    """Say which addresses exist as written, with a unit where the building has several."""
    written = np.stack([requests.street, requests.form, requests.number, requests.unit])
    found = find_buildings(requests.place.astype(np.int64), written)
    has_unit = (found != _SEVERAL_UNITS) | (requests.unit > 0)
    return np.asarray(parseable(requests) & (found > 0) & has_unit)


def _address_check(requests: Requests, check: AddressCheck) -> BoolArray:
    if check == AddressCheck.ZIP_PROXY:
        return _zip_proxy(requests)
    if check == AddressCheck.PARSEABLE:
        return parseable(requests)
    if check == AddressCheck.DELIVERABLE:
        return deliverable(requests)
    return np.ones(len(requests), np.bool_)


def _numbered(addresses: Int32Array) -> IntArray:
    """Return the same number for the same address: columns of shape (4, n)."""
    _, number = np.unique(addresses, axis=1, return_inverse=True)
    return np.asarray(number.reshape(-1).astype(np.int64))


def _written(requests: Requests) -> tuple[IntArray, Int32Array]:
    """Return the rows that give a whole address and those: place, street, form, number.

    City and ZIP alone are no address that requests could share, nor is a street without a number.
    """
    rows = np.flatnonzero(parseable(requests))
    columns = (requests.place, requests.street, requests.form, requests.number)
    return rows, np.stack([column[rows] for column in columns])


def at_facility(requests: Requests, facilities: Int32Array) -> BoolArray:
    """Say which requests give one of some addresses: place, street, form, number, shape (4, n)."""
    rows, addresses = _written(requests)
    number = _numbered(np.concatenate([addresses, facilities], axis=1))
    found = np.zeros(len(requests), np.bool_)
    found[rows] = np.isin(number[: rows.size], number[rows.size :])
    return found


def sharing_address(requests: Requests) -> IntArray:
    """Return for each request how many give its address, itself among them; 0 without address."""
    rows, addresses = _written(requests)
    number = _numbered(addresses)
    sharing = np.zeros(len(requests), np.int64)
    sharing[rows] = np.bincount(number)[number]
    return sharing


def _of_addresses(
    requests: Requests, part: GuardrailsPart, facilities: Int32Array
) -> dict[Guardrail, BoolArray]:
    """Return the requests that each guardrail of addresses stops."""
    missing = requests.address_kind == AddressKind.MISSING
    placeholder = requests.address_kind >= AddressKind.PLACEHOLDER
    stopped = {
        Guardrail.ADDRESS_REQUIRED: part.address_required & missing,
        Guardrail.PLACEHOLDERS_REJECTED: part.placeholders_rejected & placeholder,
        # A blank address is the business of address_required; the check is of what is written.
        Guardrail.ADDRESS_CHECK: ~missing & ~_address_check(requests, part.address_check),
    }
    if part.detention_facilities_rejected:
        stopped[Guardrail.DETENTION_FACILITIES_REJECTED] = at_facility(requests, facilities)
    if part.max_requests_per_address is not None:
        crowded = sharing_address(requests) > part.max_requests_per_address
        stopped[Guardrail.MAX_REQUESTS_PER_ADDRESS] = crowded
    return stopped


def _of_grounds(grounds: Grounds, part: GuardrailsPart) -> dict[Guardrail, BoolArray]:
    """Return the requests that each guardrail of what they state stops."""
    order = grounds.about_order
    civil = grounds.purpose != Purpose.CRIMINAL
    stopped = {
        Guardrail.PERIOD_REQUIRED: part.period_required & ~grounds.states_period,
        Guardrail.STATUTE_REQUIRED: part.statute_required & ~grounds.states_statute,
        Guardrail.REASON_REQUIRED: part.reason_required & ~grounds.states_reason,
        Guardrail.REMOVABLE_CLASS_REQUIRED: part.removable_class_required
        & order
        & ~grounds.removable_class,
        Guardrail.WILFULNESS_EVIDENCE_REQUIRED: part.wilfulness_evidence_required
        & order
        & ~grounds.wilfulness_evidence,
        Guardrail.OFFICER_REQUIRED: part.officer_required & ~grounds.officer_named,
        Guardrail.SOLE_PURPOSE_REQUIRED: part.sole_purpose_required & civil,
    }
    if part.min_order_age_days is not None:
        dated = grounds.order_days != ABSENT
        old = dated & (grounds.order_days >= part.min_order_age_days)
        stopped[Guardrail.MIN_ORDER_AGE] = order & ~old
    return stopped


def request_stops(
    requests: Requests, grounds: Grounds, part: GuardrailsPart, facilities: Int32Array
) -> Int64Array:
    """Return for each request the guardrails that turn it away, as bits of ``Guardrail``.

    Only those that are on in ``part`` stop anybody. ``facilities`` holds the addresses of detention
    facilities: place, street, form and number, shape (4, n).
    """
    birthless = part.birth_date_required & (requests.birth == ABSENT)
    return bits(
        {
            **_of_addresses(requests, part, facilities),
            Guardrail.BIRTH_DATE_REQUIRED: birthless,
            **_of_grounds(grounds, part),
        },
        len(requests),
    )
