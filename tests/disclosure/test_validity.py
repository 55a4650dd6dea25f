"""Request validity against tables by hand: each guardrail stops just its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.guardrails import Guardrail, first_reason
from simulator.disclosure.validity import (
    deliverable,
    parseable,
    passes_zip_proxy,
    request_stops,
    sharing_address,
)
from simulator.enforcement.errors import PLACEHOLDERS
from simulator.lexicon import ABSENT, street_names
from simulator.population.addresses import postal_addresses
from simulator.records import AddressKind, Grounds, Int8Array, Int32Array, Purpose, Requests, taken
from simulator.reference import tables
from simulator.scenario.schema import AddressCheck, GuardrailsPart

OPEN = {
    "address_required": False,
    "address_check": "none",
    "placeholders_rejected": False,
    "birth_date_required": False,
    "period_required": False,
    "statute_required": False,
    "reason_required": False,
}
NO_FACILITIES = np.empty((4, 0), np.int32)


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


# What a request states that lacks nothing, and what it states in the place of each thing it lacks.
FLAWLESS: Mapping[str, int] = {
    "purpose": Purpose.CRIMINAL,
    "officer": 0,
    "officer_named": True,
    "states_period": True,
    "states_statute": True,
    "states_reason": True,
    "about_order": True,
    "order_days": 400,
    "removable_class": True,
    "wilfulness_evidence": True,
}


def grounds(rows: Sequence[Mapping[str, int]]) -> Grounds:
    """Return what requests state, by default everything, about an order 400 days old."""
    kinds = {"purpose": np.int8, "officer": np.int32, "order_days": np.int32}
    return Grounds(
        **{
            name: np.array([{**FLAWLESS, **row}[name] for row in rows], kinds.get(name, np.bool_))
            for name in FLAWLESS
        }
    )


def reject(asked: Requests, guardrails: GuardrailsPart) -> Int8Array:
    """Return the reason for each request, whose grounds are flawless."""
    stops = request_stops(asked, grounds([{}] * len(asked)), guardrails, NO_FACILITIES)
    return first_reason(stops)


def reasons(guardrails: GuardrailsPart) -> dict[str, Guardrail]:
    """Return the reason for each row of the table that is rejected."""
    rows = table()
    found = reject(requests(rows), guardrails)
    named = {row.name: Guardrail(reason) for row, reason in zip(rows, found, strict=True)}
    return {name: reason for name, reason in named.items() if reason != Guardrail.NONE}


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
        ({"address_required": True}, MISSING, Guardrail.ADDRESS_REQUIRED),
        ({"placeholders_rejected": True}, TEXTS, Guardrail.PLACEHOLDERS_REJECTED),
        (
            {"address_check": "zip_proxy"},
            {"unknown", "unknown, no birth date"},
            Guardrail.ADDRESS_CHECK,
        ),
        ({"address_check": "parseable"}, UNPARSEABLE, Guardrail.ADDRESS_CHECK),
        ({"address_check": "deliverable"}, UNDELIVERABLE, Guardrail.ADDRESS_CHECK),
        ({"birth_date_required": True}, BIRTHLESS, Guardrail.BIRTH_DATE_REQUIRED),
    ],
)
def test_each_guardrail_rejects_just_its_own(
    switch: dict[str, object], rejected: set[str], reason: Guardrail
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
    expected = dict.fromkeys(BIRTHLESS, Guardrail.BIRTH_DATE_REQUIRED)
    expected |= dict.fromkeys(UNDELIVERABLE, Guardrail.ADDRESS_CHECK)
    expected |= dict.fromkeys(TEXTS, Guardrail.PLACEHOLDERS_REJECTED)
    expected |= dict.fromkeys(MISSING, Guardrail.ADDRESS_REQUIRED)
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
@given(fields=switches, tighter=st.sampled_from(list(OPEN)[:4]))
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


@pytest.mark.parametrize(
    ("switch", "flaw", "guardrail"),
    [
        ({"period_required": True}, {"states_period": False}, Guardrail.PERIOD_REQUIRED),
        ({"statute_required": True}, {"states_statute": False}, Guardrail.STATUTE_REQUIRED),
        ({"reason_required": True}, {"states_reason": False}, Guardrail.REASON_REQUIRED),
        ({"min_order_age_days": 90}, {"order_days": 89}, Guardrail.MIN_ORDER_AGE),
        ({"min_order_age_days": 0}, {"order_days": ABSENT}, Guardrail.MIN_ORDER_AGE),
        (
            {"removable_class_required": True},
            {"removable_class": False},
            Guardrail.REMOVABLE_CLASS_REQUIRED,
        ),
        (
            {"wilfulness_evidence_required": True},
            {"wilfulness_evidence": False},
            Guardrail.WILFULNESS_EVIDENCE_REQUIRED,
        ),
        ({"officer_required": True}, {"officer_named": False}, Guardrail.OFFICER_REQUIRED),
        (
            {"sole_purpose_required": True},
            {"purpose": Purpose.CIVIL_TOO},
            Guardrail.SOLE_PURPOSE_REQUIRED,
        ),
    ],
)
def test_each_guardrail_of_grounds_stops_what_lacks_just_that(
    switch: dict[str, object], flaw: dict[str, int], guardrail: Guardrail
) -> None:
    flaws: list[dict[str, int]] = [
        {},
        {"states_period": False},
        {"states_statute": False},
        {"states_reason": False},
        {"order_days": 89},
        {"order_days": ABSENT},
        {"order_days": 90},
        {"removable_class": False},
        {"wilfulness_evidence": False},
        {"officer_named": False},
        {"purpose": Purpose.CIVIL_TOO},
    ]
    asked = requests([table()[0]] * len(flaws))
    stops = request_stops(asked, grounds(flaws), part(**switch), NO_FACILITIES)
    stopped = [other for other, bits in zip(flaws, stops.tolist(), strict=True) if bits]
    expected = [flaw]
    if switch == {"min_order_age_days": 90}:
        expected.append({"order_days": ABSENT})
    assert stopped == expected
    assert set(stops.tolist()) == {0, 1 << guardrail}
    assert not request_stops(asked, grounds(flaws), part(), NO_FACILITIES).any()


def test_investigations_need_no_order_but_state_all_the_rest() -> None:
    bare = {"order_days": ABSENT, "removable_class": False, "wilfulness_evidence": False}
    strict = part(
        min_order_age_days=90, removable_class_required=True, wilfulness_evidence_required=True
    )
    asked = requests([table()[0]] * 2)
    stated = grounds([{**bare, "about_order": True}, {**bare, "about_order": False}])
    stops = request_stops(asked, stated, strict, NO_FACILITIES)
    assert first_reason(stops).tolist() == [Guardrail.MIN_ORDER_AGE, Guardrail.NONE]
    assert bin(stops[0]).count("1") == 3
    officer = grounds([{"officer_named": False, "about_order": False}] * 2)
    stops = request_stops(asked, officer, part(officer_required=True), NO_FACILITIES)
    assert (stops == 1 << Guardrail.OFFICER_REQUIRED).all()


def test_facilities_are_known_by_their_address_whatever_the_unit() -> None:
    place, (street, form, number, _) = busy_zip(), table()[0].address
    facilities: Int32Array = np.array([[place], [street], [form], [number]], np.int32)
    rows = [
        table()[0],
        Row("cell", 0, place, (street, form, number, 12), 19_800_101),
        Row("next door", 0, place, (street, form, number + 2, 0), 19_800_101),
        Row("other ZIP", 0, place + 1, (street, form, number, 0), 19_800_101),
        next(row for row in table() if row.name == "blank"),
    ]
    on = part(detention_facilities_rejected=True)
    for switched, expected in ((on, [True, True, False, False, False]), (part(), [False] * 5)):
        stops = request_stops(requests(rows), grounds([{}] * 5), switched, facilities)
        assert (stops != 0).tolist() == expected
        assert set(stops.tolist()) <= {0, 1 << Guardrail.DETENTION_FACILITIES_REJECTED}
    nowhere = request_stops(requests(rows), grounds([{}] * 5), on, NO_FACILITIES)
    assert not nowhere.any()


def test_a_crowded_address_is_counted_over_the_whole_list() -> None:
    place, (street, form, number, _) = busy_zip(), table()[0].address

    def at(house: int, unit: int = 0, zip_row: int = place) -> Row:
        return Row("", 0, zip_row, (street, form, house, unit), 19_800_101)

    blank = next(row for row in table() if row.name == "blank")
    unknown = next(row for row in table() if row.name == "unknown")
    rows = [at(number), at(number + 2), at(number, 3), at(number), at(number, 0, place + 1)]
    rows += [blank, unknown] * 4
    asked = requests(rows)
    assert sharing_address(asked).tolist() == [3, 1, 3, 3, 1] + [0] * 8
    flawless = grounds([{}] * len(rows))
    for most, stopped in ((3, []), (2, [0, 2, 3]), (1, [0, 2, 3])):
        stops = request_stops(asked, flawless, part(max_requests_per_address=most), NO_FACILITIES)
        assert np.flatnonzero(stops).tolist() == stopped
        assert set(stops[stopped].tolist()) <= {1 << Guardrail.MAX_REQUESTS_PER_ADDRESS}


def test_no_order_of_the_list_changes_who_is_stopped() -> None:
    flaws = [
        {"states_period": i % 2, "order_days": 60 * i, "purpose": i % 3 == 0} for i in range(14)
    ]
    strict = part(
        address_required=True,
        address_check="deliverable",
        placeholders_rejected=True,
        birth_date_required=True,
        max_requests_per_address=2,
        period_required=True,
        min_order_age_days=90,
        sole_purpose_required=True,
    )
    asked, stated = requests(table()), grounds(flaws)
    stops = request_stops(asked, stated, strict, NO_FACILITIES)
    shuffled = np.random.default_rng(5).permutation(14)
    again = request_stops(taken(asked, shuffled), taken(stated, shuffled), strict, NO_FACILITIES)
    np.testing.assert_array_equal(again, stops[shuffled])
    assert (stops != 0).sum() > 8, "not every request is flawless"
