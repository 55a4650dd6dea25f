from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import lexicon, relations
from simulator.enforcement import address_errors, errors, name_errors
from simulator.enforcement.drafts import Channel, Draft
from simulator.enforcement.errors import CHANNELS, PLACEHOLDERS
from simulator.lexicon import ABSENT, VARIANTS
from simulator.population.addresses import mailing_addresses, postal_addresses
from simulator.population.facilities import facility_addresses, shared_addresses
from simulator.population.taxpayer_numbers import taxpayer_numbers
from simulator.randomness import Stage
from simulator.records import (
    MEMBER_BITS,
    AddressKind,
    BoolArray,
    Int32Array,
    Listed,
    Listing,
    Requests,
    Suffix,
    TinKind,
    person_number,
    taken,
)
from simulator.reference import tables
from simulator.relations import Relation
from simulator.scenario.schema import RequestsPart
from simulator.taxpayer_digits import NOBODYS_NUMBER, nine_digits, one_digit_off
from simulator.written_addresses import po_box_street
from tests.enforcement.lists import mixed_list
from tests.enforcement.rates import NO_ERRORS, SHARES, under_orders
from tests.population.world import assert_share, small_world

RATE = st.floats(0.0, 1.0)
ROWS = 4_000
SOME_GIVEN = ("MOHAMED", "MARYANN", "SERGEI", "JOSE", "WILLIAM")
SOME_SURNAMES = ("DELACRUZ", "LEE", "GONZALEZ", "DELEON")
PO_BOX_SHARE = 0.2
COLUMNS = tuple(field.name for field in fields(Requests))


def part(**rates: float) -> RequestsPart:
    """Return rates of 0 but for those given."""
    return RequestsPart.model_validate(NO_ERRORS | rates)


@cache
def listing() -> Listing:
    """Return listed people many times over: enough rows for shares, each with its own uniforms."""
    listed = under_orders(mixed_list().listing)
    many = taken(listed, np.arange(ROWS) % len(listed))
    rows = np.arange(ROWS)
    return replace(
        many,
        given=np.where(rows % 5 == 0, codes(SOME_GIVEN)[rows // 5 % len(SOME_GIVEN)], many.given),
        middle=np.where(rows % 3 == 0, ABSENT, many.given[::-1]),
        surname_1=np.where(
            rows % 7 == 0, codes(SOME_SURNAMES)[rows // 7 % len(SOME_SURNAMES)], many.surname_1
        ),
        suffix=(rows % 4).astype(np.int8),
        recency=uniforms(CHANNELS[address_errors.stale_address])[0],
        facility=(rows % 4 - 1).astype(np.int32),
    )


def codes(names: Sequence[str]) -> Int32Array:
    """Return the codes of names."""
    return np.array([lexicon.names().lexicon.texts.index(name) for name in names], dtype=np.int32)


@cache
def uniforms(slot: int) -> np.ndarray:
    return small_world().rng.table(Stage.REQUEST, slot, np.arange(ROWS))


@cache
def true_draft() -> Draft:
    """Return requests without any error, all with the listed person's number."""
    whole = listing()
    written = postal_addresses(whole.place.astype(np.int64), whole.dwelling.astype(np.int64))
    return Draft(
        Requests(
            given=whole.given,
            middle=whole.middle,
            surname_1=whole.surname_1,
            surname_2=whole.surname_2,
            suffix=whole.suffix,
            name_style=np.zeros(ROWS, np.int8),
            birth=whole.birth,
            address_kind=np.full(ROWS, AddressKind.WRITTEN, np.int8),
            place=whole.place,
            street=written[0],
            form=written[1],
            number=written[2],
            unit=written[3],
            style=np.zeros(ROWS, np.int8),
            tin=whole.tin,
        ),
        whole.dwelling,
        PO_BOX_SHARE,
        facilities=facility_addresses(small_world().sample, 3, rng=small_world().rng),
        shared=shared_addresses(small_world().sample, 4, rng=small_world().rng),
    )


def applied(channel: Channel, rates: RequestsPart) -> Draft:
    """Put the true draft through one channel, with the uniforms of its slot."""
    u = uniforms(CHANNELS[channel])
    return channel(true_draft(), listing(), rates, small_world().sample, u)


def differs(left: Draft, right: Draft, columns: tuple[str, ...] = COLUMNS) -> BoolArray:
    """Say in which rows two drafts differ in any of the columns."""
    unlike = left.dwelling != right.dwelling
    for column in columns:
        unlike = unlike | (getattr(left.requests, column) != getattr(right.requests, column))
    return np.asarray(unlike)


def has_two(draft: Draft) -> BoolArray:
    return np.asarray(draft.requests.surname_2 != ABSENT)


def two_unlike(draft: Draft) -> BoolArray:
    unlike = draft.requests.surname_1 != draft.requests.surname_2
    return np.asarray(has_two(draft) & unlike)


def can_be(column: str, known: Callable[[], Relation]) -> Callable[[Draft], BoolArray]:
    """Return the test for names that have a related form in a column of the requests."""

    def can_strike(draft: Draft) -> BoolArray:
        has_form = np.diff(known().starts) > 0
        codes = getattr(draft.requests, column)
        return np.asarray(has_form[codes] & (codes != ABSENT))

    return can_strike


def has_middle(draft: Draft) -> BoolArray:
    return np.asarray(draft.requests.middle != ABSENT)


def either(*tests: Callable[[Draft], BoolArray]) -> Callable[[Draft], BoolArray]:
    return lambda draft: np.logical_or.reduce([test(draft) for test in tests])


def writes_family_name_first(draft: Draft) -> BoolArray:
    """Say who comes from where the family name stands first, and bears two unlike names."""
    first = tables.origins().family_name_first[listing().origin]
    return np.asarray(first & (draft.requests.given != draft.requests.surname_1))


def writes_given_name_first(draft: Draft) -> BoolArray:
    first = tables.origins().family_name_first[listing().origin]
    return np.asarray(~first & (draft.requests.given != draft.requests.surname_1))


def can_transpose(draft: Draft) -> BoolArray:
    """Say which house numbers have neighbouring digits whose exchange gives another number."""
    return np.array(
        [
            any(
                digits[at] != digits[at + 1] and not (at == 0 and digits[1] == "0")
                for at in range(len(digits) - 1)
            )
            for digits in map(str, draft.requests.number.tolist())
        ]
    )


def lived_elsewhere(draft: Draft) -> BoolArray:
    people = listing()
    moved = people.former_dwelling != people.dwelling
    return np.asarray(moved | (people.former_place != people.place))


def works_under_another_number(draft: Draft) -> BoolArray:
    borrowed, tin = listing().borrowed, draft.requests.tin
    return np.asarray((borrowed != ABSENT) & (tin != ABSENT) & (tin != borrowed))


def everybody(draft: Draft) -> BoolArray:
    return np.ones(ROWS, np.bool_)


@dataclass(frozen=True)
class Case:
    """A channel, the rate that drives it, the columns it may change and where it can strike."""

    channel: Channel
    rate: str
    columns: tuple[str, ...]
    can_strike: Callable[[Draft], BoolArray]


CASES = (
    Case(address_errors.stale_address, "stale_address", ("place",), lived_elsewhere),
    Case(name_errors.surnames_swapped, "surnames_swapped", ("surname_1", "surname_2"), two_unlike),
    Case(name_errors.surname_dropped, "first_surname_dropped", ("surname_1", "surname_2"), has_two),
    Case(
        name_errors.surname_dropped, "second_surname_dropped", ("surname_1", "surname_2"), has_two
    ),
    Case(name_errors.nickname, "nickname", ("given",), can_be("given", relations.nicknames)),
    Case(
        name_errors.given_shortened,
        "given_shortened",
        ("given",),
        can_be("given", relations.first_parts),
    ),
    Case(
        name_errors.given_romanised,
        "given_romanised",
        ("given",),
        can_be("given", relations.given_romanisations),
    ),
    Case(
        name_errors.surname_romanised,
        "surname_romanised",
        ("surname_1", "surname_2"),
        either(
            can_be("surname_1", relations.surname_romanisations),
            can_be("surname_2", relations.surname_romanisations),
        ),
    ),
    Case(
        name_errors.particle_dropped,
        "particle_dropped",
        ("surname_1", "surname_2"),
        either(
            can_be("surname_1", relations.without_particle),
            can_be("surname_2", relations.without_particle),
        ),
    ),
    Case(name_errors.goes_by_middle, "goes_by_middle", ("given", "middle"), has_middle),
    Case(name_errors.middle_written, "middle_absent", ("middle",), has_middle),
    Case(
        name_errors.middle_written,
        "middle_initial",
        ("middle",),
        can_be("middle", relations.initials),
    ),
    Case(
        name_errors.suffix_left_out,
        "suffix_left_out",
        ("suffix",),
        lambda draft: draft.requests.suffix != Suffix.NONE,
    ),
    Case(
        name_errors.given_initial,
        "given_initial",
        ("given",),
        can_be("given", relations.initials),
    ),
    Case(name_errors.given_misspelt, "given_misspelt", ("given",), everybody),
    Case(name_errors.given_transcribed, "given_transcribed", ("given",), everybody),
    Case(name_errors.surname_misspelt, "surname_misspelt", ("surname_1", "surname_2"), everybody),
    Case(
        name_errors.surname_transcribed,
        "surname_transcribed",
        ("surname_1", "surname_2"),
        everybody,
    ),
    Case(
        name_errors.names_swapped,
        "names_swapped",
        ("given", "surname_1"),
        writes_given_name_first,
    ),
    Case(
        name_errors.names_swapped,
        "names_swapped_family_name_first",
        ("given", "surname_1"),
        writes_family_name_first,
    ),
    Case(name_errors.write_names, "names_run_together", ("name_style",), everybody),
    Case(name_errors.write_names, "surnames_hyphenated", ("name_style",), everybody),
    Case(address_errors.street_misspelt, "street_misspelt", ("street",), everybody),
    Case(address_errors.number_transposed, "number_transposed", ("number",), can_transpose),
    Case(
        address_errors.unit_missing,
        "unit_missing",
        ("unit",),
        lambda draft: draft.requests.unit > 0,
    ),
    Case(
        address_errors.no_address,
        "address_missing",
        ("address_kind", "place", "street", "form", "number", "unit"),
        everybody,
    ),
    Case(
        address_errors.no_address,
        "address_placeholder",
        ("address_kind", "place", "street", "form", "number", "unit"),
        everybody,
    ),
    Case(
        address_errors.facility_address,
        "facility_given",
        ("place", "street", "form", "number", "unit"),
        lambda draft: listing().facility != ABSENT,
    ),
    Case(
        address_errors.shared_address,
        "shared_address",
        ("place", "street", "form", "number", "unit"),
        everybody,
    ),
    Case(
        address_errors.partly_written,
        "street_missing",
        ("street", "form", "number", "unit"),
        everybody,
    ),
    Case(address_errors.partly_written, "number_missing", ("number", "unit"), everybody),
    Case(errors.birth_date, "birth_date_wrong", ("birth",), everybody),
    Case(errors.birth_date, "birth_date_missing", ("birth",), everybody),
    Case(errors.tin_wrong, "tin_wrong", ("tin",), lambda draft: draft.requests.tin != ABSENT),
    Case(errors.tin_borrowed, "tin_borrowed", ("tin",), works_under_another_number),
)
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rate)


def test_every_channel_and_every_rate_has_a_case() -> None:
    without_errors = {address_errors.write_address, errors.tin_given}
    assert {case.channel for case in CASES} | without_errors == set(CHANNELS)
    shares_within = {
        *("placeholder_with_number", "wrong_tin_is_somebodys", "tin_present", "po_box_given"),
        "error_clustering",
    }
    assert {case.rate for case in CASES} | shares_within == set(SHARES)


@EACH
def test_a_rate_of_0_leaves_the_truth(case: Case) -> None:
    assert not differs(applied(case.channel, part()), true_draft()).any()


@EACH
def test_a_rate_of_1_strikes_all_it_can_and_other_fields_never(case: Case) -> None:
    struck = applied(case.channel, part(**{case.rate: 1.0}))
    np.testing.assert_array_equal(differs(struck, true_draft()), case.can_strike(true_draft()))
    for column in set(COLUMNS) - set(case.columns):
        np.testing.assert_array_equal(
            getattr(struck.requests, column), getattr(true_draft().requests, column)
        )
    for column in COLUMNS:
        before = getattr(true_draft().requests, column)
        assert getattr(struck.requests, column).dtype == before.dtype


@EACH
def test_errors_strike_at_their_rate(case: Case) -> None:
    struck = differs(applied(case.channel, part(**{case.rate: 0.3})), true_draft())
    assert_share(struck[case.can_strike(true_draft())], 0.3)


@settings(max_examples=150, deadline=None)
@given(case=st.sampled_from(CASES), rates=st.tuples(RATE, RATE).map(sorted))
def test_a_higher_rate_keeps_every_error_as_it_was(case: Case, rates: list[float]) -> None:
    low, high = (applied(case.channel, part(**{case.rate: rate})) for rate in rates)
    struck = differs(low, true_draft())
    assert (struck <= differs(high, true_draft())).all()
    assert not (struck & differs(low, high)).any()


@settings(max_examples=30, deadline=None)
@given(missing=RATE, placeholder=RATE, numbered=RATE)
def test_missing_and_placeholder_texts_share_out_the_addresses(
    missing: float, placeholder: float, numbered: float
) -> None:
    placeholder *= 1.0 - missing
    rates = part(
        address_missing=missing, address_placeholder=placeholder, placeholder_with_number=numbered
    )
    kind = applied(address_errors.no_address, rates).requests.address_kind
    assert_share(kind == AddressKind.MISSING, missing)
    assert_share(kind >= AddressKind.PLACEHOLDER, placeholder)
    assert kind.max() < AddressKind.PLACEHOLDER + len(PLACEHOLDERS)
    texts = [
        PLACEHOLDERS[k - AddressKind.PLACEHOLDER] for k in kind[kind >= AddressKind.PLACEHOLDER]
    ]
    if texts:
        assert_share(np.array([any(c.isdigit() for c in text) for text in texts]), numbered)


def test_every_placeholder_text_occurs() -> None:
    rates = part(address_placeholder=1.0, placeholder_with_number=0.5)
    kind = applied(address_errors.no_address, rates).requests.address_kind
    counts = np.bincount(kind - AddressKind.PLACEHOLDER, minlength=len(PLACEHOLDERS))
    for text, count in zip(PLACEHOLDERS, counts, strict=True):
        expected = ROWS / 4 if any(c.isdigit() for c in text) else ROWS / 6
        assert count == pytest.approx(expected, rel=0.15), text


def test_a_blank_address_is_blank_throughout() -> None:
    requests = applied(address_errors.no_address, part(address_missing=0.4)).requests
    blank = requests.address_kind == AddressKind.MISSING
    for column in ("place", "street", "form", "number", "unit"):
        assert (getattr(requests, column)[blank] == ABSENT).all()
        assert (getattr(requests, column)[~blank] >= 0).all()


def test_wrong_birth_dates_are_dates_and_near_the_truth() -> None:
    wrong = applied(errors.birth_date, part(birth_date_wrong=1.0)).requests.birth
    kinds = {"swapped": 0, "day": 0, "year": 0}
    for told, true in zip(wrong.tolist(), true_draft().requests.birth.tolist(), strict=True):
        told_date, true_date = (
            date(birth // 10_000, birth // 100 % 100, birth % 100) for birth in (told, true)
        )
        assert told_date != true_date
        if told_date.year != true_date.year:
            assert abs(told_date.year - true_date.year) == 1
            assert (told_date.month, told_date.day) == (true_date.month, true_date.day)
            kinds["year"] += 1
        elif told_date.month != true_date.month:
            assert (told_date.month, told_date.day) == (true_date.day, true_date.month)
            kinds["swapped"] += 1
        else:
            assert abs(told_date.day - true_date.day) == 1
            kinds["day"] += 1
    assert kinds["year"] / ROWS == pytest.approx(1 / 3, abs=0.04)
    # A third are to be swapped, which 11 of 30 days allow; the others are a day off.
    assert kinds["swapped"] / ROWS == pytest.approx(11 / 30 / 3, abs=0.04)


@settings(deadline=None)
@given(
    year=st.integers(1930, 2007), day=st.integers(1, 365), u=st.tuples(*[st.floats(0.0, 0.999)] * 3)
)
def test_any_birth_date_can_be_wrong(year: int, day: int, u: tuple[float, float, float]) -> None:
    true = date.fromordinal(date(2001, 1, 1).toordinal() + day - 1).replace(year=year)
    birth = true.year * 10_000 + true.month * 100 + true.day
    one = taken(true_draft().requests, np.array([0]))
    columns = {column: getattr(one, column) for column in COLUMNS}
    columns["birth"] = np.array([birth], dtype=np.int32)
    draft = replace(true_draft(), requests=Requests(**columns))
    drawn = np.array([[0.0], [u[0]], [u[1]], [u[2]]])
    told = errors.birth_date(
        draft,
        taken(listing(), np.array([0])),
        part(birth_date_wrong=1.0),
        small_world().sample,
        drawn,
    ).requests.birth[0]
    assert told != birth
    date(told // 10_000, told // 100 % 100, told % 100)


def test_names_and_streets_change_to_variants_of_their_own() -> None:
    names, streets = lexicon.names().lexicon.size, lexicon.street_names().size
    for channel, rate, column, size, step in (
        (name_errors.given_misspelt, "given_misspelt", "given", names, 1),
        (name_errors.given_transcribed, "given_transcribed", "given", names, VARIANTS + 1),
        (address_errors.street_misspelt, "street_misspelt", "street", streets, 1),
    ):
        before = getattr(true_draft().requests, column)
        after = getattr(applied(channel, part(**{rate: 1.0})).requests, column)
        np.testing.assert_array_equal(after % size, before)
        slots = after // size
        assert set(slots.tolist()) == {step * slot for slot in range(1, VARIANTS + 1)}
        counts = np.bincount(slots // step)[1:]
        assert counts == pytest.approx(np.full(VARIANTS, ROWS / VARIANTS), rel=0.35)


def test_surname_errors_strike_one_surname_of_two_at_even_odds() -> None:
    for channel, rate in (
        (name_errors.surname_misspelt, "surname_misspelt"),
        (name_errors.surname_transcribed, "surname_transcribed"),
    ):
        before, after = true_draft().requests, applied(channel, part(**{rate: 1.0})).requests
        first = after.surname_1 != before.surname_1
        second = after.surname_2 != before.surname_2
        assert (first ^ second).all()
        two = has_two(true_draft())
        assert not second[~two].any()
        assert_share(second[two], 0.5)


def test_swapped_and_dropped_surnames_are_the_persons_own() -> None:
    before = true_draft().requests
    two = has_two(true_draft())
    swapped = applied(name_errors.surnames_swapped, part(surnames_swapped=1.0)).requests
    np.testing.assert_array_equal(swapped.surname_1[two], before.surname_2[two])
    np.testing.assert_array_equal(swapped.surname_2[two], before.surname_1[two])
    brazilian = listing().origin == tables.origins().names.index("brazil")
    mothers = np.where(brazilian, before.surname_1, before.surname_2)
    fathers = np.where(brazilian, before.surname_2, before.surname_1)
    assert (brazilian & two).sum() > 5
    for rate, kept in (("first_surname_dropped", mothers), ("second_surname_dropped", fathers)):
        alone = applied(name_errors.surname_dropped, part(**{rate: 1.0})).requests
        np.testing.assert_array_equal(alone.surname_1[two], kept[two])
        assert (alone.surname_2 == ABSENT).all()
    both = part(first_surname_dropped=0.2, second_surname_dropped=0.5)
    mixed = applied(name_errors.surname_dropped, both).requests
    unlike = two & (before.surname_1 != before.surname_2)
    fathers_gone = (mixed.surname_1 == mothers) & (mixed.surname_2 == ABSENT)
    assert_share(fathers_gone[unlike], 0.2)
    assert_share(mixed.surname_2[two] == ABSENT, 1.0 - 0.8 * 0.5)


def test_nicknames_are_nicknames_of_the_name() -> None:
    texts = lexicon.names().lexicon.texts
    before = true_draft().requests.given
    after = applied(name_errors.nickname, part(nickname=1.0)).requests.given
    struck = np.flatnonzero(before != after)
    assert struck.size > 100
    for row in struck:
        assert texts[after[row]] in tables.nicknames()[texts[before[row]]]


def test_a_stream_belongs_to_one_channel_and_keeps_its_number() -> None:
    """Committed results rest on these: a channel that takes another stream changes them all."""
    assert sorted(CHANNELS.values()) == list(range(len(CHANNELS)))
    pinned = {
        address_errors.stale_address: 0,
        name_errors.nickname: 4,
        name_errors.names_swapped: 9,
        errors.tin_wrong: 17,
        name_errors.goes_by_middle: 18,
        name_errors.suffix_left_out: 24,
    }
    assert {channel: CHANNELS[channel] for channel in pinned} == pinned


def test_middle_names_are_left_out_or_shrink_to_initials() -> None:
    texts, before = lexicon.names().lexicon.texts, true_draft().requests.middle
    rates = part(middle_absent=0.4, middle_initial=0.5)
    after = applied(name_errors.middle_written, rates).requests.middle
    had = before != ABSENT
    assert_share(after[had] == ABSENT, 0.4)
    given = had & (after != ABSENT)
    assert_share(after[given] != before[given], 0.5)
    for row in np.flatnonzero(given & (after != before)):
        assert texts[after[row]] == texts[before[row]][0]


def test_who_goes_by_the_middle_name_shows_no_other() -> None:
    before = true_draft().requests
    after = applied(name_errors.goes_by_middle, part(goes_by_middle=1.0)).requests
    has_one = before.middle != ABSENT
    np.testing.assert_array_equal(after.given[has_one], before.middle[has_one])
    np.testing.assert_array_equal(after.given[~has_one], before.given[~has_one])
    assert (after.middle == ABSENT).all()


def test_swapped_names_stand_in_each_others_field() -> None:
    before = true_draft().requests
    always = part(names_swapped=1.0, names_swapped_family_name_first=1.0)
    after = applied(name_errors.names_swapped, always).requests
    np.testing.assert_array_equal(after.given, before.surname_1)
    np.testing.assert_array_equal(after.surname_1, before.given)


@pytest.mark.parametrize(
    ("number", "told"),
    [(12, 21), (1814, 1841), (1177, 1717), (10, 10), (100, 100), (101, 110), (7, 7), (220, 202),
     (300, 300), (55, 55), (1_000_001, 1_000_010)],
)  # fmt: skip
def test_the_last_two_digits_that_differ_are_transposed(number: int, told: int) -> None:
    one = taken(true_draft().requests, np.array([0]))
    columns = {column: getattr(one, column) for column in COLUMNS}
    columns["number"] = np.array([number], dtype=np.int32)
    draft = replace(true_draft(), requests=Requests(**columns))
    changed = address_errors.number_transposed(
        draft,
        taken(listing(), np.array([0])),
        part(number_transposed=1.0),
        small_world().sample,
        np.zeros((4, 1)),
    )
    assert changed.requests.number.tolist() == [told]


def test_those_with_a_po_box_give_it_at_the_stated_rate() -> None:
    homes = listing().place.astype(np.int64), listing().dwelling.astype(np.int64)
    street, mail = postal_addresses(*homes), mailing_addresses(*homes, PO_BOX_SHARE)
    has_box = mail[0] == po_box_street()
    given_at = {}
    for rate in (0.0, 0.3, 1.0):
        requests = applied(address_errors.write_address, part(po_box_given=rate)).requests
        said = np.stack([requests.street, requests.form, requests.number, requests.unit])
        given_at[rate] = requests.street == po_box_street()
        np.testing.assert_array_equal(said, np.where(given_at[rate], mail, street))
        assert_share(given_at[rate][has_box], rate)
    assert (given_at[0.3] <= given_at[1.0]).all()
    assert np.unique(requests.style).size > 30


def test_a_po_box_is_not_misspelt() -> None:
    draft = applied(address_errors.write_address, part(po_box_given=1.0))
    slot = CHANNELS[address_errors.street_misspelt]
    rates, world = part(street_misspelt=1.0), small_world()
    after = address_errors.street_misspelt(draft, listing(), rates, world.sample, uniforms(slot))
    boxes = draft.requests.street == po_box_street()
    assert boxes.any()
    np.testing.assert_array_equal(after.requests.street != draft.requests.street, ~boxes)


def test_stale_addresses_are_those_of_the_former_home() -> None:
    stale = applied(address_errors.stale_address, part(stale_address=1.0))
    np.testing.assert_array_equal(stale.requests.place, listing().former_place)
    np.testing.assert_array_equal(stale.dwelling, listing().former_dwelling)


def test_numbers_are_given_at_the_stated_rate_where_there_are_any() -> None:
    given_at = {}
    for rate in (0.0, 0.3, 1.0):
        tin = applied(errors.tin_given, part(tin_present=rate)).requests.tin
        given_at[rate] = tin != ABSENT
        np.testing.assert_array_equal(tin[tin != ABSENT], listing().tin[tin != ABSENT])
        assert_share(given_at[rate][listing().tin != ABSENT], rate)
    assert (given_at[0.0] <= given_at[0.3]).all()
    assert (given_at[0.3] <= given_at[1.0]).all()


def test_wrong_numbers_are_somebodys_or_nobodys_as_stated() -> None:
    has_one = listing().tin != ABSENT
    for share in (0.0, 0.5, 1.0):
        rates = part(tin_wrong=1.0, wrong_tin_is_somebodys=share)
        tin = applied(errors.tin_wrong, rates).requests.tin[has_one]
        nobodys = tin >= NOBODYS_NUMBER
        assert_share(~nobodys, share)
        assert not np.isin(tin[nobodys], small_world().roll.tin).any()
        assert not np.isin(tin[nobodys], listing().tin).any()
        people = small_world().people
        households = people.place.astype(np.int64) << 26 | people.dwelling
        assert np.isin(tin[~nobodys] >> MEMBER_BITS, households).all()
        assert (tin[~nobodys] % (1 << MEMBER_BITS) == 0).all()
        right, written = nine_digits(listing().tin[has_one]), nine_digits(tin)
        off = [one_digit_off(*both) for both in zip(right, written, strict=True)]
        np.testing.assert_array_equal(off, nobodys)


def test_a_borrowed_number_is_the_one_the_person_works_under() -> None:
    whole = listing()
    tin = applied(errors.tin_borrowed, part(tin_borrowed=1.0)).requests.tin
    works = (whole.borrowed != ABSENT) & (whole.tin != ABSENT)
    for kind in (Listed.REMOVABLE, Listed.DEPARTED):
        assert (works & (whole.kind == kind) & (whole.tin_kind == TinKind.ITIN)).sum() > 100
    assert not works[whole.kind == Listed.WRONGLY_LISTED].any()
    np.testing.assert_array_equal(tin, np.where(works, whole.borrowed, whole.tin))
    assert np.isin(tin[works], mixed_list().lent).all()
    people = small_world().people
    row_of = {
        int(number): row
        for row, number in enumerate(person_number(people.place, people.dwelling, people.member))
    }
    here = np.flatnonzero(works & (whole.person >= 0))
    rows = np.array([row_of[int(person)] for person in whole.person[here]])
    numbers = taxpayer_numbers(
        people, small_world().sample, small_world().scenario.roll, rows, rng=small_world().rng
    )
    np.testing.assert_array_equal(tin[here], numbers.borrowed)


def test_channels_do_not_share_randomness() -> None:
    """Each channel strikes by uniforms of its own: the first ones are all but uncorrelated."""
    first = np.stack([uniforms(slot)[0] for slot in range(len(CHANNELS))])
    assert np.abs(np.corrcoef(first) - np.eye(len(CHANNELS))).max() < 0.1
