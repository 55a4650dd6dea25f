"""Request validity: which requests are turned away before any matching.

A guardrail is one plain function from the observed requests to those it rejects; it knows no truth.
Whether an address is deliverable is asked of the postal frame, as a mail service could answer it.
"""

import re
from enum import IntEnum

import numpy as np

from simulator.enforcement.errors import PLACEHOLDERS
from simulator.lexicon import ABSENT
from simulator.population.addresses import find_buildings
from simulator.records import AddressKind, BoolArray, Int8Array, Requests
from simulator.scenario.schema import AddressCheck, GuardrailsPart

_ZIP_PROXY = re.compile(r"(?<!\d)(\d{5}|\d{9}|\d{5}-\d{4})(?!\d)")
_SEVERAL_UNITS = 2


class Rejection(IntEnum):
    """Why a request was turned away; the first reason that applies."""

    NONE = 0
    ADDRESS_MISSING = 1
    PLACEHOLDER = 2
    ADDRESS_CHECK = 3
    BIRTH_DATE_MISSING = 4


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


def reject(requests: Requests, part: GuardrailsPart) -> Int8Array:
    """Return for each request the reason it is turned away, Rejection.NONE if it is heard."""
    missing = requests.address_kind == AddressKind.MISSING
    placeholder = requests.address_kind >= AddressKind.PLACEHOLDER
    # A blank address is the business of address_required; the check is of what is written.
    fails = ~missing & ~_address_check(requests, part.address_check)
    rules = (
        (Rejection.ADDRESS_MISSING, part.address_required & missing),
        (Rejection.PLACEHOLDER, part.placeholders_rejected & placeholder),
        (Rejection.ADDRESS_CHECK, fails),
        (Rejection.BIRTH_DATE_MISSING, part.birth_date_required & (requests.birth == ABSENT)),
    )
    reasons = np.full(len(requests), Rejection.NONE, np.int8)
    for reason, broken in reversed(rules):
        reasons[broken] = reason
    return reasons
