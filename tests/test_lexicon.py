from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import lexicon
from simulator.lexicon import ABSENT, SLOTS, VARIANTS, Lexicon, misspell, transcribe, variant
from simulator.records import Suffix
from simulator.reference import tables

KINDS = VARIANTS + 1
WORDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=15)
SLOT = st.integers(1, VARIANTS)


@pytest.fixture(scope="module")
def names() -> Lexicon:
    return lexicon.names().lexicon


@pytest.fixture(scope="module")
def some_texts(names: Lexicon) -> list[str]:
    chosen = np.random.default_rng(5).choice(names.size, 400, replace=False)
    short = [text for text in names.texts if len(text) <= 2][:100]
    return [names.texts[code] for code in chosen] + short + ["AA", "OTTO"]


def test_a_string_in_both_name_tables_has_one_code(names: Lexicon) -> None:
    everything = lexicon.names()
    assert list(names.texts) == sorted(set(names.texts))
    for table, codes in (
        (tables.surnames().names, everything.surname_codes),
        (tables.given_names().names, everything.given_codes),
    ):
        assert [names.texts[code] for code in codes] == list(table)


def test_slot_0_is_the_entry_and_absent_is_empty(names: Lexicon) -> None:
    assert names.text(names.texts.index("GARCIA")) == "GARCIA"
    assert names.text(ABSENT) == ""
    assert names.control(ABSENT) == 0


def test_all_variant_codes_fit_their_type(names: Lexicon) -> None:
    assert SLOTS == 289
    assert names.size * SLOTS < 2**31


def test_every_variant_differs_from_its_text(some_texts: list[str]) -> None:
    streets = lexicon.street_names().texts[::10]
    for text in (*some_texts, *streets):
        for slot in range(1, KINDS):
            for changed in (misspell(text, slot), transcribe(text, slot)):
                assert changed
                assert changed != text, (text, slot)


@settings(deadline=None)
@given(text=WORDS, slot=SLOT)
def test_any_word_has_variants_that_differ(text: str, slot: int) -> None:
    assert misspell(text, slot) not in ("", text)
    assert transcribe(text, slot) not in ("", text)


@settings(deadline=None)
@given(text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=15), slot=SLOT)
def test_a_slot_says_which_slip_it_is(text: str, slot: int) -> None:
    changed, kind = misspell(text, slot), slot % VARIANTS
    if kind < 3:
        assert any(changed == text[:at] + text[at + 1 :] for at in range(len(text)))
    elif kind < 6:
        assert any(changed == text[: at + 1] + text[at:] for at in range(len(text)))
    elif kind < 9 and len(set(text)) > 1:
        assert any(
            changed == text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            for at in range(len(text) - 1)
        )
    else:
        [(old, new)] = [pair for pair in zip(text, changed, strict=True) if pair[0] != pair[1]]
        near = tables.confusions()["keyboard"].get(old, ())
        assert new in near or not near


def test_slips_come_in_the_stated_numbers() -> None:
    changes = [len(misspell("HERNANDEZ", slot)) - len("HERNANDEZ") for slot in range(1, KINDS)]
    assert (changes.count(-1), changes.count(1), changes.count(0)) == (3, 3, 10)
    same_letters = [sorted(misspell("HERNANDEZ", s)) == sorted("HERNANDEZ") for s in range(1, 17)]
    assert sum(same_letters) == 3


def test_variants_are_pinned() -> None:
    """Committed results rest on these: a change of any is a change of every result."""
    pinned = {
        ("GARCIA", 1): "GACIA",
        ("GARCIA", 4): "GARCIAA",
        ("GARCIA", 7): "GRACIA",
        ("GARCIA", 12): "GADCIA",
        ("GARCIA", KINDS): "KARCIA",
        ("GARCIA", 2 * KINDS): "GARCLA",
        ("GARCIA", KINDS + 1): "GASIA",
        ("GARCIA", SLOTS - 1): "QRCIA",
        ("LI", 16): "LII",
        ("WASHINGTON", SLOTS - 1): "VVASHINTON",
    }
    assert {key: variant(*key) for key in pinned} == pinned


def test_codes_compose_misspelling_and_transcription(names: Lexicon) -> None:
    base = np.array([names.texts.index("GARCIA"), names.texts.index("LI")], dtype=np.int32)
    for misspelling, transcription in ((0, 0), (3, 0), (0, 4), (16, 16), (1, 16), (9, 2)):
        codes = lexicon.with_misspelling(base, np.full(2, misspelling, np.int32), names.size)
        codes = lexicon.with_transcription(codes, np.full(2, transcription, np.int32), names.size)
        assert codes.dtype == np.int32
        assert (codes % names.size).tolist() == base.tolist()
        assert set((codes // names.size).tolist()) == {misspelling + KINDS * transcription}
        expected = []
        for text in ("GARCIA", "LI"):
            slipped = misspell(text, misspelling) if misspelling else text
            expected.append(transcribe(slipped, transcription) if transcription else slipped)
        assert [names.text(int(code)) for code in codes] == expected


def test_the_order_of_the_two_errors_does_not_change_the_code(names: Lexicon) -> None:
    codes = np.arange(5, dtype=np.int32)
    slip = np.array([0, 1, 2, 3, 16], dtype=np.int32)
    misread = np.array([5, 0, 1, 16, 16], dtype=np.int32)
    one = lexicon.with_transcription(
        lexicon.with_misspelling(codes, slip, names.size), misread, names.size
    )
    other = lexicon.with_misspelling(
        lexicon.with_transcription(codes, misread, names.size), slip, names.size
    )
    assert one.tolist() == other.tolist()


def test_codes_name_their_variants_one_to_one(names: Lexicon) -> None:
    base = np.repeat(np.array([0, names.size - 1], dtype=np.int32), SLOTS)
    slots = np.tile(np.arange(SLOTS, dtype=np.int32), 2)
    codes = lexicon.with_transcription(
        lexicon.with_misspelling(base, (slots % KINDS).astype(np.int32), names.size),
        (slots // KINDS).astype(np.int32),
        names.size,
    )
    assert np.unique(codes).size == codes.size
    assert (codes // names.size).tolist() == slots.tolist()


@pytest.mark.parametrize(
    ("surname", "control"),
    [
        ("GARZA", "GARZ"),
        ("GARZAMORALES", "GARZ"),
        ("LI", "LI"),
        ("OBAMA", "OBAM"),
        ("ROSS", "ROSS"),
    ],
)
def test_name_control_is_the_first_four_letters(surname: str, control: str) -> None:
    assert lexicon.name_control(surname) == control


@settings(deadline=None)
@given(left=WORDS, right=WORDS)
def test_packed_controls_are_equal_just_when_controls_are(left: str, right: str) -> None:
    same = lexicon.name_control(left) == lexicon.name_control(right)
    assert (lexicon.pack_control(left) == lexicon.pack_control(right)) == same


def test_packed_controls_keep_a_short_name_apart_from_a_longer_one() -> None:
    packed = {name: lexicon.pack_control(name) for name in ("L", "LI", "LIA", "LIAN", "ALI")}
    assert len(set(packed.values())) == 5
    assert lexicon.pack_control("LIANG") == packed["LIAN"]
    assert lexicon.pack_control("AZ") != lexicon.pack_control("B")


def test_no_two_controls_of_the_lexicon_are_packed_alike(names: Lexicon) -> None:
    controls = {lexicon.name_control(text) for text in names.texts}
    assert np.unique(names.controls).size == len(controls)
    assert (names.controls > 0).all()


def test_the_control_of_a_variant_is_that_of_its_text(names: Lexicon) -> None:
    code = names.texts.index("GARZA")
    for slot in range(SLOTS):
        variant_code = code + names.size * slot
        assert names.control(variant_code) == lexicon.pack_control(names.text(variant_code))
    assert names.control(code) != names.control(code + names.size * 17)
    sampled = np.arange(0, names.size, 997)
    assert [int(names.controls[at]) for at in sampled] == [
        lexicon.pack_control(names.texts[at]) for at in sampled
    ]


def test_the_letters_are_entries(names: Lexicon) -> None:
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        assert names.texts[names.texts.index(letter)] == letter


@pytest.mark.parametrize(
    ("name", "suffix", "written"),
    [
        (("MARIA", None, "GARCIA", None), Suffix.NONE, "MARIA GARCIA"),
        (("JAMES", "R", "SMITH", None), Suffix.JUNIOR, "JAMES R SMITH JR"),
        (("JAMES", None, "SMITH", None), Suffix.THIRD, "JAMES SMITH III"),
        (("JAMES", None, "OBRIEN", None), Suffix.SENIOR, "JAMES O'BRIEN SR"),
        (("MARYANN", "LEE", "VANDYKE", None), Suffix.NONE, "MARY ANN LEE VAN DYKE"),
    ],
)
def test_names_as_people_write_them(
    names: Lexicon, name: tuple[str | None, ...], suffix: Suffix, written: str
) -> None:
    given, middle, first, second = (
        ABSENT if text is None else names.texts.index(text) for text in name
    )
    assert lexicon.written_name(given, middle, first, second, int(suffix)) == written


STYLED = (
    (("MARYANN", None, "GARCIA", "DELACRUZ"), 0, "MARY ANN GARCIA DE LA CRUZ"),
    (("MARYANN", None, "GARCIA", "DELACRUZ"), 1, "MARYANN GARCIA DELACRUZ"),
    (("MARYANN", None, "GARCIA", "DELACRUZ"), 2, "MARY ANN GARCIA-DE LA CRUZ"),
    (("MARYANN", None, "GARCIA", "DELACRUZ"), 3, "MARYANN GARCIA-DELACRUZ"),
    (("JAMES", None, "OBRIEN", None), 3, "JAMES OBRIEN"),
    (("JAMES", "MARYANN", "SMITH", None), 1, "JAMES MARYANN SMITH"),
)


@pytest.mark.parametrize(("name", "style", "written"), STYLED)
def test_styles_of_names(
    names: Lexicon, name: tuple[str | None, ...], style: int, written: str
) -> None:
    given, middle, first, second = (
        ABSENT if text is None else names.texts.index(text) for text in name
    )
    assert lexicon.written_name(given, middle, first, second, 0, style) == written


def reads_otherwise(codes: tuple[int, int, int], one: int, other: int) -> bool:
    given, first, second = codes
    return lexicon.written_name(given, ABSENT, first, second, 0, one) != lexicon.written_name(
        given, ABSENT, first, second, 0, other
    )


def test_two_styles_differ_just_where_the_names_read_differently(names: Lexicon) -> None:
    codes = [names.texts.index(text) for text in ("MARYANN", "JOSE", "GARCIA", "DELACRUZ")]
    in_given, in_surname = lexicon.given_in_two_ways(), lexicon.surname_in_two_ways()
    styles, unlike = range(lexicon.NAME_STYLES), 0
    for code, second, one, other in product(codes, [ABSENT, *codes], styles, styles):
        given = lexicon.differently_written(one, other, bool(in_given[code]), False)
        assert given == reads_otherwise((code, ABSENT, ABSENT), one, other)
        two_ways = any(in_surname[part] for part in (code, second) if part != ABSENT)
        surname = lexicon.differently_written(one, other, two_ways, second != ABSENT)
        assert surname == reads_otherwise((ABSENT, code, second), one, other)
        unlike += surname
    assert unlike > 50


def test_names_in_two_ways_have_the_same_letters_in_both(names: Lexicon) -> None:
    for two_ways, place in ((lexicon.given_in_two_ways(), 0), (lexicon.surname_in_two_ways(), 1)):
        found = np.flatnonzero(two_ways)
        assert found.size > 100
        for code in found.tolist():
            parts = [ABSENT, ABSENT]
            parts[place] = code
            apart, together = (
                lexicon.written_name(parts[0], ABSENT, parts[1], ABSENT, 0, style)
                for style in (0, lexicon.RUN_TOGETHER)
            )
            assert apart != together == "".join(filter(str.isalpha, apart))
