"""Every name has an integer code; strings appear only at the edges.

A code is ``base + size * slot``. ``base`` numbers an entry of the reference tables; ``slot`` 0 is
the entry itself and slots 1 to 288 are its closed table of variants: ``slot = misspelling +
17 * transcription`` with 16 variants of each kind, either of which may be absent. An error channel
is thus a map from codes to codes that composes with the others and never touches a string; the
string of a variant is a pure function of its code, made when somebody asks for it.

A name is written in a style: a number of two bits, ``RUN_TOGETHER`` for particles, apostrophes and
compound given names that are not set apart (DELACRUZ, OBRIEN, MARYANN), and ``HYPHENATED`` for two
surnames with a hyphen between them and not a space. A code means the same in every style.

Limits: at most one misspelling and one transcription per field; variants are drawn uniformly.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from simulator.kernels import inlined
from simulator.records import Suffix
from simulator.reference import tables

CodeArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

VARIANTS = 16
_KINDS = VARIANTS + 1
SLOTS = _KINDS * _KINDS
ABSENT = -1
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAME_CONTROL_LENGTH = 4
RUN_TOGETHER = 1
HYPHENATED = 2
NAME_STYLES = 4
_SUFFIXES = {Suffix.NONE: "", Suffix.JUNIOR: "JR", Suffix.SENIOR: "SR", Suffix.THIRD: "III"}


def name_control(surname: str) -> str:
    """Return the first four characters of a surname, as the tax authority keeps them."""
    return surname[:NAME_CONTROL_LENGTH]


def pack_control(surname: str) -> int:
    """Return the name control as one integer in base 27, so that kernels can compare it."""
    packed = 0
    for letter in name_control(surname).ljust(NAME_CONTROL_LENGTH):
        packed = packed * 27 + (_LETTERS.find(letter) + 1)
    return packed


def _choices(purpose: str, text: str, slot: int) -> tuple[int, int, int]:
    """Return three large integers that depend on the arguments alone."""
    digest = hashlib.blake2b(f"{purpose}:{slot}:{text}".encode(), digest_size=24).digest()
    first, second, third = (int.from_bytes(digest[i : i + 8], "little") for i in (0, 8, 16))
    return first, second, third


def misspell(text: str, slot: int) -> str:
    """Return variant ``slot`` (1 to 16) of a text with one typing slip.

    A slip is a neighbouring key (7 of 16 slots), a letter left out, doubled, or two letters
    transposed (3 each). The result always differs from ``text``.
    """
    where, which, _ = _choices("misspell", text, slot)
    position = where % len(text)
    kind = slot % VARIANTS
    if kind < 3 and len(text) > 2:
        return text[:position] + text[position + 1 :]
    if kind < 6:
        return text[: position + 1] + text[position] + text[position + 1 :]
    if kind < 9 and len(set(text)) > 1:
        while text[position] == text[(position + 1) % len(text)] or position + 1 == len(text):
            position = (position + 1) % len(text)
        return text[:position] + text[position + 1] + text[position] + text[position + 2 :]
    near = tables.confusions()["keyboard"].get(text[position], ())
    options = [key for key in near if key != text[position]] or [
        letter for letter in _LETTERS if letter != text[position]
    ]
    return text[:position] + options[which % len(options)] + text[position + 1 :]


def transcribe(text: str, slot: int) -> str:
    """Return variant ``slot`` (1 to 16) of a text as misread or misheard.

    Even slots confuse letters of similar shape, odd slots of similar sound; where no confusion
    applies the text is misspelt instead, so the result always differs from ``text``.
    """
    where, which, _ = _choices("transcribe", text, slot)
    for channel in ("ocr", "phonetic") if slot % 2 == 0 else ("phonetic", "ocr"):
        options = [
            text[:at] + replacement + text[at + len(original) :]
            for original, replacements in tables.confusions()[channel].items()
            for at in range(len(text) - len(original) + 1)
            if text.startswith(original, at)
            for replacement in replacements
            if replacement != original
        ]
        options = [option for option in options if option and option != text]
        if options:
            return options[(where ^ which) % len(options)]
    return misspell(text, slot)


def variant(text: str, slot: int) -> str:
    """Return the text of a variant slot; slot 0 is the text itself."""
    misspelling, transcription = slot % _KINDS, slot // _KINDS
    if misspelling:
        text = misspell(text, misspelling)
    if transcription:
        text = transcribe(text, transcription)
    return text


def with_misspelling(codes: CodeArray, kinds: CodeArray, size: int) -> CodeArray:
    """Return base codes with misspelling ``kinds`` (1 to 16) set where positive."""
    return np.where(kinds > 0, codes + size * kinds, codes).astype(np.int32)


def with_transcription(codes: CodeArray, kinds: CodeArray, size: int) -> CodeArray:
    """Return codes with transcription ``kinds`` (1 to 16) set where positive."""
    return np.where(kinds > 0, codes + size * _KINDS * kinds, codes).astype(np.int32)


def drawn_variants(strikes: npt.NDArray[np.bool_], u: npt.NDArray[np.float64]) -> CodeArray:
    """Return a variant number 1 to 16, drawn by ``u``, where an error strikes, else 0."""
    return np.where(strikes, 1 + (u * VARIANTS).astype(np.int32), 0).astype(np.int32)


@dataclass(frozen=True)
class Lexicon:
    """Numbered strings; ``controls`` holds the packed name control of every entry."""

    texts: tuple[str, ...]
    controls: npt.NDArray[np.int32]

    @property
    def size(self) -> int:
        """Number of entries, variants not counted."""
        return len(self.texts)

    def text(self, code: int) -> str:
        """Return the string of any code, variants included; ABSENT is the empty string."""
        if code < 0:
            return ""
        return variant(self.texts[code % self.size], code // self.size)

    def control(self, code: int) -> int:
        """Return the packed name control of any code; 0 for ABSENT."""
        if code < 0:
            return 0
        if code < self.size:
            return int(self.controls[code])
        return pack_control(self.text(code))


def _lexicon(texts: tuple[str, ...]) -> Lexicon:
    controls = np.array([pack_control(text) for text in texts], dtype=np.int32)
    controls.setflags(write=False)
    return Lexicon(texts, controls)


@dataclass(frozen=True)
class NameLexicon:
    """One lexicon of all names, with the code of every row of the two name tables."""

    lexicon: Lexicon
    surname_codes: CodeArray
    given_codes: CodeArray


@cache
def names() -> NameLexicon:
    """Return the lexicon of surnames and given names; a string in both tables has one code.

    The 26 letters are entries too: records show initials in place of names.
    """
    surnames, given = tables.surnames().names, tables.given_names().names
    texts = tuple(sorted({*surnames, *given, *_LETTERS}))
    code = {text: number for number, text in enumerate(texts)}
    surname_codes = np.array([code[text] for text in surnames], dtype=np.int32)
    given_codes = np.array([code[text] for text in given], dtype=np.int32)
    for array in (surname_codes, given_codes):
        array.setflags(write=False)
    return NameLexicon(_lexicon(texts), surname_codes, given_codes)


@cache
def street_names() -> Lexicon:
    """Return the lexicon of street names, in the order of the reference table."""
    return _lexicon(tables.streets().names)


def name_styles(run_together: BoolArray, hyphenated: BoolArray) -> npt.NDArray[np.int8]:
    """Return the styles (0 to 3) of names from what is done in each, shape (n,) all."""
    return (RUN_TOGETHER * run_together + HYPHENATED * hyphenated).astype(np.int8)


@cache
def given_in_two_ways() -> BoolArray:
    """Say which names are compound given names, by code: they can be run together or not."""
    return _among(tables.compound_given())


@cache
def surname_in_two_ways() -> BoolArray:
    """Say which names hold a particle or an apostrophe as surnames, by code."""
    return _among(tables.particles())


def _among(listed: Mapping[str, object]) -> BoolArray:
    found = np.array([text in listed for text in names().lexicon.texts], dtype=np.bool_)
    found.setflags(write=False)
    return found


@inlined
def differently_written(left: int, right: int, two_ways: bool, both_double: bool) -> bool:
    """Say whether a name shows otherwise in one style than in the other.

    ``two_ways``: it is one that can be run together or not; ``both_double``: it is two surnames in
    either record.
    """
    differ = left ^ right
    return bool((two_ways and differ & RUN_TOGETHER) or (both_double and differ & HYPHENATED))


def written_name(
    given: int, middle: int, surname_1: int, surname_2: int, suffix: int, style: int = 0
) -> str:
    """Return a name as people write it, from its codes: ABSENT parts are left out.

    In style 0 particles and apostrophes come back (DELACRUZ: DE LA CRUZ, OBRIEN: O'BRIEN), compound
    given names fall apart, and two surnames stand with a space between them.
    """
    words, apart = names().lexicon, not style & RUN_TOGETHER
    particles = tables.particles() if apart else {}
    compound = tables.compound_given() if apart else {}
    surnames = [
        particles[text][0] if text in particles else text
        for text in map(words.text, (surname_1, surname_2))
        if text
    ]
    own = [" ".join(compound.get(text, (text,))) for text in map(words.text, (given, middle))]
    joined = ("-" if style & HYPHENATED else " ").join(surnames)
    return " ".join(part for part in (*own, joined, _SUFFIXES[Suffix(suffix)]) if part)
