"""Read which names are typical of an origin: hand-written lists and a fake-data package's locales.

Rests on `origin_names.csv` and on the person providers of faker, whose modules are parsed and
never imported. They are vocabularies: what is a name there, not how often. Names in Cyrillic are
romanised letter by letter, those in other scripts left out. Limits: a locale is one country of
many, and chosen by whoever wrote it.
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from simulator.reference.archives import BuildError, Member
from simulator.reference.hand_written import LETTERS, Row

KINDS = ("surname", "male", "female")
ENGLISH = "english"
"""Stands among the origins for everybody in the United States: names of the locale en_US."""
_LOCALES = {
    ENGLISH: ("en_US",),
    "mexico": ("es_MX",),
    "colombia": ("es_CO",),
    "other_south_america": ("es_AR", "es_CL", "es_ES"),
    "haiti": ("fr_FR",),
    "sub_saharan_africa": ("en_NG", "yo_NG", "ig_NG", "ha_NG", "tw_GH", "en_KE", "sw"),
    "china": ("zh_CN", "zh_TW"),
    "india": ("en_IN",),
    "vietnam": ("vi_VN",),
    "south_asia_other": ("en_PK",),
    "east_southeast_asia_other": ("ja_JP", "id_ID", "en_TH"),
    "brazil": ("pt_BR", "pt_PT"),
    "europe": ("ru_RU", "uk_UA", "pl_PL", "ro_RO", "de_DE", "it_IT"),
    "middle_east_north_africa": ("fr_DZ", "tr_TR"),
}
_ATTRIBUTES = {
    "surname": (
        *("last_names", "last_names_male", "last_names_female", "last_names_common"),
        *("unisex_last_names", "male_last_names", "last_romanized_names", "last_name_pairs"),
    ),
    "male": ("first_names_male", "first_romanized_names_male", "first_name_male_pairs"),
    "female": ("first_names_female", "first_romanized_names_female", "first_name_female_pairs"),
}
_CYRILLIC = dict(
    zip(
        "АБВГҐДЕЄЁЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
        (
            *("A", "B", "V", "G", "G", "D", "E", "YE", "E", "ZH", "Z", "I", "I", "YI", "Y"),
            *("K", "L", "M", "N", "O", "P", "R", "S", "T", "U", "F", "KH", "TS", "CH", "SH"),
            *("SHCH", "", "Y", "", "E", "YU", "YA"),
        ),
        strict=True,
    )
)
_LATIN = {"Đ": "D", "Ł": "L", "Ø": "O", "Æ": "AE", "Œ": "OE", "İ": "I", "Ð": "D", "Þ": "TH"}
_DROPPED = " -'’.ʻ"
FREQUENT_IN_BRAZIL = 20_000
"""Fewest bearers in Brazil's census of 2010 of a typical given name [assumption]."""


@dataclass(frozen=True)
class Vocabulary:
    """Hold the typical names of one origin and kind: written by hand, and found in locales."""

    by_hand: frozenset[str]
    found: frozenset[str]

    @property
    def words(self) -> list[str]:
        """All names in alphabetical order."""
        return sorted(self.by_hand | self.found)


Vocabularies = Mapping[tuple[str, str], Vocabulary]
"""Vocabularies by origin, or `ENGLISH`, and kind."""


def vocabularies(
    rows: Sequence[Row], origins: Sequence[str], read: Callable[[Member], bytes]
) -> dict[tuple[str, str], Vocabulary]:
    """Gather the vocabularies of every origin and kind that has one.

    `rows` are those of `origin_names.csv`; `read` reads a file of an archive. Raises BuildError if
    a row names an unknown origin or kind, or a name that is not made of the letters A-Z.
    """
    by_hand: dict[tuple[str, str], frozenset[str]] = {}
    for row in rows:
        key = (row["origin"], row["kind"])
        names = row["names"].split()
        wrong = [name for name in names if not LETTERS.fullmatch(name)]
        if row["origin"] not in origins or row["kind"] not in KINDS or key in by_hand or wrong:
            raise BuildError(f"origin_names.csv: {key} is unknown or repeated, or {wrong} are odd")
        by_hand[key] = frozenset(names)
    found = {
        (origin, kind): _in_locales(locales, kind, read)
        for origin, locales in _LOCALES.items()
        for kind in KINDS
    }
    nobody: frozenset[str] = frozenset()
    return {
        key: Vocabulary(by_hand.get(key, nobody), found.get(key, nobody))
        for key in sorted(by_hand.keys() | found.keys())
    }


def with_brazil(
    known: Vocabularies, frequencies: Mapping[str, Mapping[str, float]]
) -> dict[tuple[str, str], Vocabulary]:
    """Add the frequent given names of Brazil, by sex, to its vocabularies.

    frequencies: by name, the people `frequency_male` and `frequency_female`.
    """
    added = dict(known)
    for kind in ("male", "female"):
        names = {
            name
            for name, people in frequencies.items()
            if people[f"frequency_{kind}"] >= FREQUENT_IN_BRAZIL and LETTERS.fullmatch(name)
        }
        old = added[("brazil", kind)]
        added[("brazil", kind)] = Vocabulary(old.by_hand, old.found | names)
    return added


def _in_locales(
    locales: Iterable[str], kind: str, read: Callable[[Member], bytes]
) -> frozenset[str]:
    names = set()
    for locale in locales:
        source = read(Member("faker", f"faker/providers/person/{locale}/__init__.py"))
        names |= provider_names(source.decode("utf-8"), _ATTRIBUTES[kind])
    return frozenset(names)


def provider_names(source: str, attributes: Sequence[str]) -> set[str]:
    """Collect the romanised names that a provider class assigns to the attributes named.

    Only literal strings are read; nothing of the source runs. Names that cannot be romanised, and
    those of one letter, are left out.
    """
    names = set()
    classes = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    for statement in (line for body in classes for line in body.body):
        if isinstance(statement, ast.Assign):
            targets: list[ast.expr] = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        else:
            continue
        if statement.value is None or not any(
            isinstance(target, ast.Name) and target.id in attributes for target in targets
        ):
            continue
        for node in ast.walk(statement.value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(romanise(node.value))
    return {name for name in names if len(name) > 1}


def romanise(name: str) -> str:
    """Write a name in the letters A-Z without accents, spaces and signs; "" if it cannot be."""
    letters = []
    for letter in unicodedata.normalize("NFC", name).upper():
        if letter in _CYRILLIC:
            letters.append(_CYRILLIC[letter])
        elif letter in _LATIN:
            letters.append(_LATIN[letter])
        else:
            letters.append(_bare(letter))
    plain = "".join(letters)
    return plain if LETTERS.fullmatch(plain) else ""


def _bare(letter: str) -> str:
    """Strip the accents of a Latin letter; drop signs; keep what is neither."""
    if letter in _DROPPED:
        return ""
    decomposed = unicodedata.normalize("NFD", letter)
    return "".join(part for part in decomposed if not unicodedata.combining(part))
