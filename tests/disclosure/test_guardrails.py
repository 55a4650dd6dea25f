from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.guardrails import (
    Rejection,
    deliverable,
    parseable,
    passes_zip_proxy,
    reject,
)
from simulator.enforcement.errors import PLACEHOLDERS
from simulator.lexicon import ABSENT, street_names
from simulator.population.addresses import postal_addresses
from simulator.records import AddressKind, Requests
from simulator.reference import tables
from simulator.scenario.schema import AddressCheck, GuardrailsPart

OPEN = {
    "address_required": False,
    "address_check": "none",
    "placeholders_rejected": False,
    "birth_date_required": False,
}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Don't Care 12345", True),
        ("00000", True),
        ("Unknown Address", False),
        ("Failed to Provide", False),
        ("NA NA", False),
        ("", False),
        ("12 OAK ST 1234", False),
        ("123456", False),
        ("123456789", True),
        ("12345-6789", True),
        ("1234567890", False),
        ("12345 and 678", True),
        ("A12345B", True),
        ("12345678", False),
    ],
)
def test_the_zip_proxy_wants_a_number_of_five_or_nine_digits(text: str, passes: bool) -> None:
    assert passes_zip_proxy(text) is passes


def part(**fields: object) -> GuardrailsPart:
    """Return guardrails all open but for those given."""
    return GuardrailsPart.model_validate(OPEN | fields)


@cache
def busy_zip() -> int:
    """Return the row of a ZIP with both single houses and buildings of several units."""
    frame = tables.zips()
    return int(np.argmax((np.abs(frame.share_multi_unit - 0.5) < 0.1) * frame.households))


@dataclass(frozen=True)
class Row:
    """One request by hand; the address is street, form, number and unit."""

    name: str
    kind: int
    place: int
    address: tuple[int, int, int, int]
    birth: int


def addresses_of(place: int) -> list[tuple[int, int, int, int]]:
    """Return the addresses of all dwellings of a ZIP."""
    count = int(tables.zips().households[place])
    written = postal_addresses(np.full(count, place), np.arange(count))
    return [(street, form, number, unit) for street, form, number, unit in written.T.tolist()]


@cache
def table() -> tuple[Row, ...]:
    """Return fourteen requests: two flawless ones, each flaw by itself, and some flaws together."""
    place, real, born, gone = busy_zip(), int(AddressKind.WRITTEN), 19_800_229, ABSENT
    house = next(address for address in addresses_of(place) if address[3] == 0)
    flat = next(address for address in addresses_of(place) if address[3] > 0)
    street, form, number, _ = house
    wrong_number = (street, form, number + 100_000, 0)
    misspelt = (street + street_names().size * 5, form, number, 0)
    blank, text = (ABSENT, ABSENT, ABSENT, ABSENT), int(AddressKind.PLACEHOLDER)

    def placeholder(words: str) -> int:
        return text + PLACEHOLDERS.index(words)

    return (
        Row("house", real, place, house, born),
        Row("flat", real, place, flat, born),
        Row("flat without unit", real, place, (*flat[:3], 0), born),
        Row("misspelt street", real, place, misspelt, born),
        Row("wrong number", real, place, wrong_number, born),
        Row("no number", real, place, (street, form, gone, 0), born),
        Row("no birth date", real, place, house, gone),
        Row("blank", int(AddressKind.MISSING), gone, blank, born),
        Row("unknown", placeholder("UNKNOWN ADDRESS"), gone, blank, born),
        Row("number text", placeholder("DON'T CARE 12345"), gone, blank, born),
        Row("zeros", placeholder("00000"), gone, blank, born),
        Row("blank, no birth date", int(AddressKind.MISSING), gone, blank, gone),
        Row("unknown, no birth date", placeholder("UNKNOWN ADDRESS"), gone, blank, gone),
        Row("wrong number, no birth date", real, place, wrong_number, gone),
    )


def requests(rows: Sequence[Row]) -> Requests:
    name = np.zeros(len(rows), np.int32)
    written = np.array([row.address for row in rows], dtype=np.int32).reshape(-1, 4).T.copy()
    return Requests(
        given=name,
        middle=np.full(len(rows), ABSENT, np.int32),
        surname_1=name,
        surname_2=np.full(len(rows), ABSENT, np.int32),
        suffix=np.zeros(len(rows), np.int8),
        name_style=np.zeros(len(rows), np.int8),
        birth=np.array([row.birth for row in rows], dtype=np.int32),
        address_kind=np.array([row.kind for row in rows], dtype=np.int8),
        place=np.array([row.place for row in rows], dtype=np.int32),
        street=written[0],
        form=written[1],
        number=written[2],
        unit=written[3],
        style=np.zeros(len(rows), np.int8),
        tin=np.full(len(rows), ABSENT, np.int64),
    )


def reasons(guardrails: GuardrailsPart) -> dict[str, Rejection]:
    """Return the reason for each row of the table that is rejected."""
    rows = table()
    found = reject(requests(rows), guardrails)
    named = {row.name: Rejection(reason) for row, reason in zip(rows, found, strict=True)}
    return {name: reason for name, reason in named.items() if reason != Rejection.NONE}


MISSING = {"blank", "blank, no birth date"}
TEXTS = {"unknown", "number text", "zeros", "unknown, no birth date"}
BIRTHLESS = {
    "no birth date",
    "blank, no birth date",
    "unknown, no birth date",
    "wrong number, no birth date",
}
UNPARSEABLE = {"no number"} | TEXTS
UNDELIVERABLE = UNPARSEABLE | {
    "flat without unit",
    "misspelt street",
    "wrong number",
    "wrong number, no birth date",
}


def test_open_guardrails_hear_everybody() -> None:
    assert reasons(part()) == {}


@pytest.mark.parametrize(
    ("switch", "rejected", "reason"),
    [
        ({"address_required": True}, MISSING, Rejection.ADDRESS_MISSING),
        ({"placeholders_rejected": True}, TEXTS, Rejection.PLACEHOLDER),
        (
            {"address_check": "zip_proxy"},
            {"unknown", "unknown, no birth date"},
            Rejection.ADDRESS_CHECK,
        ),
        ({"address_check": "parseable"}, UNPARSEABLE, Rejection.ADDRESS_CHECK),
        ({"address_check": "deliverable"}, UNDELIVERABLE, Rejection.ADDRESS_CHECK),
        ({"birth_date_required": True}, BIRTHLESS, Rejection.BIRTH_DATE_MISSING),
    ],
)
def test_each_guardrail_rejects_just_its_own(
    switch: dict[str, object], rejected: set[str], reason: Rejection
) -> None:
    assert reasons(part(**switch)) == dict.fromkeys(rejected, reason)


def test_the_first_reason_is_given() -> None:
    found = reasons(
        part(
            address_required=True,
            placeholders_rejected=True,
            address_check="deliverable",
            birth_date_required=True,
        )
    )
    expected = dict.fromkeys(BIRTHLESS, Rejection.BIRTH_DATE_MISSING)
    expected |= dict.fromkeys(UNDELIVERABLE, Rejection.ADDRESS_CHECK)
    expected |= dict.fromkeys(TEXTS, Rejection.PLACEHOLDER)
    expected |= dict.fromkeys(MISSING, Rejection.ADDRESS_MISSING)
    assert found == expected
    assert [row.name for row in table() if row.name not in found] == ["house", "flat"]


switches = st.fixed_dictionaries(
    {
        "address_required": st.booleans(),
        "address_check": st.sampled_from([check.value for check in AddressCheck]),
        "placeholders_rejected": st.booleans(),
        "birth_date_required": st.booleans(),
    }
)


@settings(deadline=None)
@given(fields=switches)
def test_together_they_reject_whatever_any_rejects_alone(fields: dict[str, object]) -> None:
    alone = [set(reasons(part(**{name: value}))) for name, value in fields.items()]
    assert set(reasons(part(**fields))) == set().union(*alone)


@settings(deadline=None)
@given(fields=switches, tighter=st.sampled_from(list(OPEN)))
def test_a_tighter_guardrail_only_rejects_more(fields: dict[str, object], tighter: str) -> None:
    order = [check.value for check in AddressCheck]
    tightest = order[-1] if tighter == "address_check" else True
    assert set(reasons(part(**fields))) <= set(reasons(part(**(fields | {tighter: tightest}))))


def test_the_order_of_requests_does_not_matter() -> None:
    rows, guardrails = table(), part(address_required=True, address_check="deliverable")
    backwards = reject(requests(rows[::-1]), guardrails)[::-1]
    np.testing.assert_array_equal(backwards, reject(requests(rows), guardrails))


def test_every_dwelling_is_deliverable_at_its_address_and_nowhere_else() -> None:
    place = busy_zip()

    def asked(at: int) -> Requests:
        return requests([Row("", 0, at, address, 19_800_101) for address in addresses_of(place)])

    assert deliverable(asked(place)).all()
    assert deliverable(asked((place + 1) % tables.zips().zip.size)).mean() < 0.05
    assert parseable(asked(place)).all()


def test_no_requests_give_no_reasons() -> None:
    assert reject(requests([]), part(address_required=True, address_check="deliverable")).size == 0
