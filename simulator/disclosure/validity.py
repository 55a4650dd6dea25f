"""Request validity: which guardrails turn a request away before any matching.

A guardrail is one plain function from what is observed to the requests it stops; it knows no truth.
Whether an address is deliverable is asked of the postal frame, as a mail service could answer it.
"""

import re
from collections.abc import Mapping

import numpy as np

from simulator.disclosure.guardrails import Guardrail, bits
from simulator.enforcement.errors import PLACEHOLDERS
from simulator.lexicon import ABSENT
from simulator.population.addresses import find_buildings
from simulator.records import AddressKind, BoolArray, Grounds, Int64Array, Requests
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


def request_stops(requests: Requests, grounds: Grounds, part: GuardrailsPart) -> Int64Array:
    """Return for each request the guardrails that turn it away, as bits of ``Guardrail``.

    Only those that are on in ``part`` stop anybody.
    """
    missing = requests.address_kind == AddressKind.MISSING
    placeholder = requests.address_kind >= AddressKind.PLACEHOLDER
    stopped: Mapping[Guardrail, BoolArray] = {
        Guardrail.ADDRESS_REQUIRED: part.address_required & missing,
        Guardrail.PLACEHOLDERS_REJECTED: part.placeholders_rejected & placeholder,
        # A blank address is the business of address_required; the check is of what is written.
        Guardrail.ADDRESS_CHECK: ~missing & ~_address_check(requests, part.address_check),
        Guardrail.BIRTH_DATE_REQUIRED: part.birth_date_required & (requests.birth == ABSENT),
    }
    return bits(stopped, len(requests))
