"""Requests made ready for matching: every name and street looked up once per distinct string.

A misspelling may be the right spelling of another name. Names and streets of requests are therefore
taken as the entry of the lexicon that has the same letters, where there is one, so that whatever
reads the same is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

import numpy as np

from simulator import lexicon, relations
from simulator.lexicon import ABSENT
from simulator.matching.name_agreement import AgreeingNames, agreeing
from simulator.matching.pair import Left, Right
from simulator.matching.similarity import (
    FLOOR,
    FULL,
    SimilarityCache,
    SimilarStrings,
    Vocabulary,
    similarity_store,
    vocabulary,
)
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int8Array, Int32Array, Requests, Role, Roll
from simulator.scenario.schema import (
    AccountsSearched,
    DecisionRule,
    MatchingPart,
    NameMeasure,
    NameOrder,
    SurnameTokens,
)
from simulator.taxpayer_digits import nine_digits, shows_itin

Field = Literal["given", "surname", "street"]


@dataclass(frozen=True)
class NameSearch:
    """Caches of similar names, kept over replicates: one per field and measure.

    ``vocabularies`` holds by field what a roll may hold there. Names less similar than ``floor``
    hundredths are not looked for.
    """

    vocabularies: dict[Field, Vocabulary]
    floor: int = FLOOR
    caches: dict[tuple[Field, NameMeasure], SimilarityCache] = field(default_factory=dict)

    def similar(
        self, name_field: Field, measure: NameMeasure, queries: Sequence[str], *, threads: int = 1
    ) -> SimilarStrings:
        """Return the strings of a field that are similar to each query."""
        key = (name_field, measure)
        if key not in self.caches:
            searched = self.vocabularies[name_field]
            floor = FLOOR if name_field == "street" else self.floor
            store = similarity_store(searched, measure=measure, floor=floor)
            self.caches[key] = SimilarityCache(searched, measure=measure, floor=floor, store=store)
        return self.caches[key].similar(queries, threads=threads)


@cache
def _entries(texts: tuple[str, ...]) -> dict[str, int]:
    return {text: code for code, text in enumerate(texts)}


def as_entries(codes: Int32Array, words: lexicon.Lexicon) -> Int32Array:
    """Return each code's entry of the lexicon with the same letters; the code if there is none."""
    distinct, rows = np.unique(codes, return_inverse=True)
    entries = _entries(words.texts)
    for i in np.flatnonzero(distinct >= words.size):
        code = int(distinct[i])
        distinct[i] = entries.get(words.text(code), code)
    return distinct[rows.reshape(codes.shape)].astype(np.int32)


def _vocabulary(words: lexicon.Lexicon, held: BoolArray) -> Vocabulary:
    codes = np.flatnonzero(held).astype(np.int32)
    return vocabulary([words.texts[code] for code in codes], codes)


@cache
def _vocabularies() -> dict[Field, Vocabulary]:
    names, streets = lexicon.names().lexicon, lexicon.street_names()
    return {
        "given": _vocabulary(names, relations.may_be_given()),
        "surname": _vocabulary(names, relations.may_be_surname()),
        "street": _vocabulary(streets, np.ones(streets.size, np.bool_)),
    }


def name_search(floor: int = FLOOR) -> NameSearch:
    """Return empty caches over the names and streets that a roll may hold in each field.

    Who only needs to know which names reach a higher similarity than the floor, in hundredths, may
    raise it: everything below then counts as no agreement.
    """
    return NameSearch(_vocabularies(), floor)


def told_apart_from(part: MatchingPart) -> int:
    """Return the least similarity, in hundredths, that tells any score of a scenario apart.

    Under rules that take pairs by their score alone, whatever their names, a name below the lowest
    level of its field is as good as another; under all others the floor decides what is compared.
    """
    scored = part.decision_rule != DecisionRule.THRESHOLDS and part.dissimilar_names_compared
    cuts = [*part.fields.given_name.at_least, *part.fields.surname.at_least]
    if not scored or not cuts or part.name_order != NameOrder.AS_WRITTEN:
        return FLOOR
    return max(FLOOR, round(min(cuts) * FULL))


@dataclass(frozen=True)
class PreparedRequests:
    """Requests ready for the kernel.

    ``given_rows`` and ``surname_rows``, shape (3, requests), are rows into the tables of agreeing
    names, -1 if absent or not asked for: the given name, first and second surname read as given
    names; first and second surname, the given name read as a surname. ``initials``: of the given
    name and both surnames, 0 if absent. ``written`` holds what the requests say, each name and
    street as the entry of the lexicon with the same letters.
    """

    requests: Requests
    written: Requests
    given_rows: IntArray
    surname_rows: IntArray
    given: AgreeingNames
    surname: AgreeingNames
    street_row: IntArray
    street: SimilarStrings
    initials: Int8Array
    middle_initial: Int8Array
    middle_single: BoolArray


def _distinct(codes: Int32Array, words: lexicon.Lexicon) -> tuple[IntArray, list[str]]:
    """Return each code's row among the distinct codes (-1 if absent), and their strings."""
    distinct, rows = np.unique(codes, return_inverse=True)
    absent = int(np.searchsorted(distinct, 0))
    texts = [words.text(int(code)) for code in distinct[absent:]]
    return np.maximum(rows.reshape(codes.shape) - absent, -1).astype(np.int64), texts


def _agreeing(
    codes: Int32Array, name_field: Field, part: MatchingPart, search: NameSearch, threads: int
) -> tuple[IntArray, AgreeingNames]:
    rows, texts = _distinct(codes, lexicon.names().lexicon)
    similar = search.similar(name_field, part.name_measure, texts, threads=threads)
    return rows, agreeing(similar, texts, search.vocabularies[name_field], name_field, part)


def _initials(codes: Int32Array) -> Int8Array:
    """Return the first letter of any names, 0 for none."""
    rows, texts = _distinct(codes, lexicon.names().lexicon)
    letters = np.array([*(ord(text[0]) for text in texts), 0], dtype=np.int8)
    return letters[rows]


def _named(requests: Requests, part: MatchingPart) -> tuple[Int32Array, Int32Array]:
    """Return the codes to be looked up as given names and as surnames, in the order of rows."""
    absent = np.full(len(requests), ABSENT, np.int32)
    second = requests.surname_2 if part.surname_tokens == SurnameTokens.BEST else absent
    either = part.name_order == NameOrder.EITHER
    turned = (requests.surname_1, second) if either else (absent, absent)
    return (
        np.stack([requests.given, *turned]),
        np.stack([requests.surname_1, second, requests.given if either else absent]),
    )


def prepare(
    requests: Requests, part: MatchingPart, search: NameSearch, *, threads: int = 1
) -> PreparedRequests:
    """Look up the strings that agree with every name and street of the requests.

    ``threads`` share the work of what the caches do not hold yet.
    """
    words, streets = lexicon.names().lexicon, lexicon.street_names()
    names = ("given", "middle", "surname_1", "surname_2")
    entries: dict[str, Any] = {name: as_entries(getattr(requests, name), words) for name in names}
    written = replace(requests, **entries, street=as_entries(requests.street, streets))
    given_codes, surname_codes = _named(written, part)
    given_rows, given = _agreeing(given_codes, "given", part, search, threads)
    surname_rows, surname = _agreeing(surname_codes, "surname", part, search, threads)
    street_row, street_texts = _distinct(written.street, streets)
    middle_row, middles = _distinct(written.middle, words)
    single = np.array([*(len(text) == 1 for text in middles), False], dtype=np.bool_)
    return PreparedRequests(
        requests,
        written,
        given_rows,
        surname_rows,
        given,
        surname,
        street_row,
        search.similar("street", NameMeasure.JARO_WINKLER, street_texts),
        _initials(np.stack([written.given, written.surname_1, written.surname_2])),
        _initials(written.middle),
        single[middle_row],
    )


def searchable(roll: Roll, part: MatchingPart) -> BoolArray:
    """Say which accounts are searched: those who filed, and dependants if the scenario says so.

    Where only ITIN accounts are searched, the number says which: an ITIN shows on it.
    """
    searched = np.asarray(part.search_dependants | (roll.role != Role.DEPENDANT))
    if part.accounts_searched == AccountsSearched.ITIN:
        searched = searched & shows_itin(roll.tin)
    return searched


def _ways(
    prepared: PreparedRequests, part: MatchingPart
) -> tuple[Int32Array, Int8Array, Int32Array]:
    """Return given names, their initials and surnames of each way of meeting a rule.

    As written with the first or second surname; in each other's place likewise.
    """
    requests, initials = prepared.written, prepared.initials
    second = prepared.surname_rows[1] >= 0
    other = np.where(second, requests.surname_2, ABSENT).astype(np.int32)
    given = [requests.given, np.where(second, requests.given, ABSENT).astype(np.int32)]
    letters = [initials[0], np.where(second, initials[0], 0).astype(np.int8)]
    surname = [requests.surname_1, other]
    if part.name_order == NameOrder.EITHER:
        given += [requests.surname_1, other]
        letters += [initials[1], np.where(second, initials[2], 0).astype(np.int8)]
        surname += [requests.given, np.where(second, requests.given, ABSENT).astype(np.int32)]
    return np.stack(given), np.stack(letters), np.stack(surname)


def _digits(table: Requests | Roll, part: MatchingPart) -> Int32Array:
    return nine_digits(table.tin) if part.tin_compared else np.empty(0, np.int32)


def left_of(prepared: PreparedRequests, part: MatchingPart) -> Left:
    """Return the requests as the kernel takes them."""
    requests = prepared.written
    given, letters, surname = _ways(prepared, part)
    return Left(
        birth=requests.birth,
        place=requests.place,
        street=requests.street,
        form=requests.form,
        number=requests.number,
        unit=requests.unit,
        style=requests.style,
        name_style=requests.name_style,
        suffix=requests.suffix,
        middle=requests.middle,
        middle_initial=prepared.middle_initial,
        middle_single=prepared.middle_single,
        tin=requests.tin,
        digits=_digits(requests, part),
        given_rows=prepared.given_rows,
        surname_rows=prepared.surname_rows,
        street_row=prepared.street_row,
        ways_given=given,
        ways_initial=letters,
        ways_surname=surname,
        given=prepared.given,
        surname=prepared.surname,
        similar_streets=prepared.street,
    )


def right_of(roll: Roll, part: MatchingPart) -> Right:
    """Return the accounts of a roll as the kernel takes them."""
    return Right(
        birth=roll.birth,
        place=roll.place,
        street=roll.street,
        form=roll.form,
        number=roll.number,
        unit=roll.unit,
        style=roll.style,
        name_style=roll.name_style,
        suffix=roll.suffix,
        middle=roll.middle,
        tin=roll.tin,
        digits=_digits(roll, part),
        given=roll.given,
        surname_1=roll.surname_1,
        surname_2=roll.surname_2,
    )
