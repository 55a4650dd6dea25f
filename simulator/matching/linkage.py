"""The pair kernel: every pair whose names agree at least at the floor, with its levels.

Accounts are indexed by surname code. For each request the kernel walks the codes similar to its
surname and, through the index, the accounts that bear them, so that no dissimilar surname costs
anything. All it reads are integers; ``matching.plain`` is its twin over strings.

A pair that several surname parts lead to is taken once, on the first combination that agrees.

Names of accounts are entries of the lexicon, never variants, and in each field of those that
``simulator.relations`` says it may hold.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator import lexicon, relations
from simulator.kernels import compiled
from simulator.matching.agreement import FULL, AddressAgreement
from simulator.matching.comparison import surname_similarity
from simulator.matching.pair import Frame, Left, Right, conflict, frame_of, pair_levels
from simulator.matching.similarity import SimilarityCache, SimilarStrings, Vocabulary, vocabulary
from simulator.randomness import IntArray
from simulator.records import (
    BoolArray,
    CandidatePairs,
    Int8Array,
    Int32Array,
    Requests,
    Role,
    Roll,
)
from simulator.scenario.schema import MatchingPart, SurnameTokens

_COLUMNS = 6


@dataclass(frozen=True)
class NameSearch:
    """Caches of similar names, kept over replicates: given names, surnames and street names."""

    given: SimilarityCache
    surname: SimilarityCache
    street: SimilarityCache


@dataclass(frozen=True)
class PreparedRequests:
    """Requests ready for the kernel: rows into the tables of similar strings, -1 if absent."""

    requests: Requests
    given_row: IntArray
    surname_rows: IntArray  # (2, requests)
    given: SimilarStrings
    surname: SimilarStrings
    street_row: IntArray
    street: SimilarStrings  # at or above the scenario's similarity
    initial: Int8Array
    middle_initial: Int8Array


def _vocabulary(words: lexicon.Lexicon, held: BoolArray) -> Vocabulary:
    codes = np.flatnonzero(held).astype(np.int32)
    return vocabulary([words.texts[code] for code in codes], codes)


def name_search() -> NameSearch:
    """Return empty caches over the names and streets that a roll may hold in each field."""
    names, streets = lexicon.names().lexicon, lexicon.street_names()
    return NameSearch(
        SimilarityCache(_vocabulary(names, relations.may_be_given())),
        SimilarityCache(_vocabulary(names, relations.may_be_surname())),
        SimilarityCache(_vocabulary(streets, np.ones(streets.size, np.bool_))),
    )


def _similar(
    codes: Int32Array, words: lexicon.Lexicon, cache: SimilarityCache
) -> tuple[IntArray, SimilarStrings]:
    """Return each code's row in the table of its distinct codes (-1 if absent), and the table."""
    distinct, rows = np.unique(codes, return_inverse=True)
    absent = int(np.searchsorted(distinct, 0))
    table = cache.similar([words.text(int(code)) for code in distinct[absent:]])
    return np.maximum(rows.reshape(codes.shape) - absent, -1).astype(np.int64), table


def _at_least(strings: SimilarStrings, hundredths: int) -> SimilarStrings:
    """Keep what is at least so similar."""
    near = np.flatnonzero(strings.hundredths >= hundredths)
    starts = np.searchsorted(near, strings.starts)
    return SimilarStrings(starts, strings.codes[near], strings.hundredths[near])


def _initials(codes: Int32Array) -> Int8Array:
    """Return the first letter of any names, 0 for none."""
    words = lexicon.names().lexicon
    return np.array([ord((words.text(int(code)) or "\0")[0]) for code in codes], dtype=np.int8)


def prepare(requests: Requests, part: MatchingPart, search: NameSearch) -> PreparedRequests:
    """Look up the strings similar to every name and street of the requests."""
    words, streets = lexicon.names().lexicon, lexicon.street_names()
    given_row, given = _similar(requests.given, words, search.given)
    surname_rows, surname = _similar(
        np.stack([requests.surname_1, requests.surname_2]), words, search.surname
    )
    street_row, street = _similar(requests.street, streets, search.street)
    street = _at_least(street, round(part.street_similarity * 100))
    return PreparedRequests(
        requests,
        given_row,
        surname_rows,
        given,
        surname,
        street_row,
        street,
        _initials(requests.given),
        _initials(requests.middle),
    )


@dataclass(frozen=True)
class AccountIndex:
    """Accounts of a roll by surname code: those of code c are ``accounts[starts[c]:...]``."""

    starts: IntArray
    accounts: Int32Array


def searchable(roll: Roll, part: MatchingPart) -> BoolArray:
    """Say which accounts are searched: those who filed, and dependants if the scenario says so."""
    return np.asarray(part.search_dependants | (roll.role != Role.DEPENDANT))


def index_accounts(roll: Roll, part: MatchingPart) -> AccountIndex:
    """Index the searched accounts by every surname part that counts."""
    rows = np.flatnonzero(searchable(roll, part)).astype(np.int32)
    codes = roll.surname_1[rows]
    if part.surname_tokens == SurnameTokens.BEST:
        second = rows[
            (roll.surname_2[rows] != lexicon.ABSENT)
            & (roll.surname_2[rows] != roll.surname_1[rows])
        ]
        codes = np.concatenate([codes, roll.surname_2[second]])
        rows = np.concatenate([rows, second])
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(lexicon.names().lexicon.size + 1))
    return AccountIndex(starts.astype(np.int64), rows[order])


@compiled
def _spread(row: int, similar: SimilarStrings, table: Int8Array) -> None:
    if row >= 0:
        for k in range(similar.starts[row], similar.starts[row + 1]):
            table[similar.codes[k]] = similar.hundredths[k]


@compiled
def _clear(row: int, similar: SimilarStrings, table: Int8Array) -> None:
    if row >= 0:
        for k in range(similar.starts[row], similar.starts[row + 1]):
            table[similar.codes[k]] = 0


@compiled
def _surname(
    token: int,
    code: int,
    first: int,
    second: int,
    double: bool,
    best: bool,
    table_1: Int8Array,
    table_2: Int8Array,
) -> int:
    """Return the surname similarity, or 0 if this is not the first way to reach the pair."""
    first_first = int(table_1[first])
    if not best:
        return first_first
    account_double = second >= 0
    first_second = table_1[second] if account_double else 0
    second_first = table_2[first] if double else 0
    second_second = table_2[second] if double and account_double else 0
    reached_token, reached = 1, second
    if first_first:
        reached_token, reached = 0, first
    elif first_second:
        reached_token, reached = 0, second
    elif second_first:
        reached = first
    if reached_token != token or reached != code:
        return 0
    return surname_similarity(
        first_first, first_second, second_first, second_second, double, account_double
    )


@compiled
def _wider(pairs: Int32Array) -> Int32Array:
    larger = np.empty((pairs.shape[0], 2 * pairs.shape[1]), np.int32)
    larger[:, : pairs.shape[1]] = pairs
    return larger


@compiled
def _pairs(
    active: IntArray,
    left: Left,
    right: Right,
    givens: SimilarStrings,
    surnames: SimilarStrings,
    frame: Frame,
    best: bool,
) -> Int32Array:
    """Return (request, account, given, surname, birth, address) of every candidate pair."""
    size = frame.initials.size
    given, table_1 = np.zeros(size, np.int8), np.zeros(size, np.int8)
    table_2 = np.zeros(size, np.int8)
    pairs, found = np.empty((_COLUMNS, 1 << 14), np.int32), 0
    for r in active:
        row_1, row_2 = left.surname_rows[0, r], left.surname_rows[1, r] if best else -1
        _spread(left.given_row[r], givens, given)
        _spread(row_1, surnames, table_1)
        _spread(row_2, surnames, table_2)
        for token in range(2 if row_2 >= 0 else 1):
            row = row_1 if token == 0 else row_2
            for k in range(surnames.starts[row], surnames.starts[row + 1]):
                code = surnames.codes[k]
                for a in right.accounts[right.starts[code] : right.starts[code + 1]]:
                    if given[right.given[a]] == 0:
                        continue
                    first, second = right.surname_1[a], right.surname_2[a]
                    surname = _surname(
                        token, code, first, second, row_2 >= 0, best, table_1, table_2
                    )
                    if surname == 0 or conflict(r, a, left, right, frame):
                        continue
                    birth, address = pair_levels(r, a, left, right, frame)
                    if birth < 0:
                        continue
                    if found == pairs.shape[1]:
                        pairs = _wider(pairs)
                    pairs[0, found], pairs[1, found] = r, a
                    pairs[2, found], pairs[3, found] = given[right.given[a]], surname
                    pairs[4, found], pairs[5, found] = birth, address
                    found += 1
        _clear(left.given_row[r], givens, given)
        _clear(row_1, surnames, table_1)
        _clear(row_2, surnames, table_2)
    return pairs[:, :found].copy()


def as_candidate_pairs(columns: npt.NDArray[np.integer], by_tin: bool) -> CandidatePairs:
    """Turn kernel columns (request, account, given, surname, birth, address) into a table."""
    levels = columns[2:].astype(np.int8)
    return CandidatePairs(
        request=columns[0].astype(np.int32),
        account=columns[1].astype(np.int32),
        given=levels[0],
        surname=levels[1],
        birth=levels[2],
        address=levels[3],
        street=np.where(levels[3] >= AddressAgreement.STREET, FULL, 0).astype(np.int8),
        tin=np.zeros(columns.shape[1], np.int8),
        by_tin=np.full(columns.shape[1], by_tin),
    )


def _left(prepared: PreparedRequests) -> Left:
    requests = prepared.requests
    return Left(
        requests.birth,
        requests.place,
        requests.street,
        requests.form,
        requests.number,
        requests.unit,
        prepared.given_row,
        prepared.surname_rows,
        prepared.street_row,
        prepared.street,
        prepared.initial,
        requests.middle,
        prepared.middle_initial,
        requests.suffix,
        requests.style,
    )


def _right(roll: Roll, part: MatchingPart) -> Right:
    index = index_accounts(roll, part)
    return Right(
        roll.birth,
        roll.place,
        roll.street,
        roll.form,
        roll.number,
        roll.unit,
        roll.given,
        roll.surname_1,
        roll.surname_2,
        roll.middle,
        roll.suffix,
        roll.style,
        index.starts,
        index.accounts,
    )


def name_address_pairs(
    prepared: PreparedRequests, active: IntArray, roll: Roll, part: MatchingPart
) -> CandidatePairs:
    """Return every pair of an active request and a searched account with similar names."""
    if active.size == 0 or len(roll) == 0:
        return as_candidate_pairs(np.empty((_COLUMNS, 0), np.int32), False)
    frame = frame_of(part)
    columns = _pairs(
        active,
        _left(prepared),
        _right(roll, part),
        prepared.given,
        prepared.surname,
        frame,
        part.surname_tokens == SurnameTokens.BEST,
    )
    return as_candidate_pairs(columns, False)


@dataclass(frozen=True)
class Compared:
    """Given pairs compared, whatever blocking or names say of them."""

    pairs: CandidatePairs


@compiled
def _agreement(similar: SimilarStrings, row: int, code: int) -> int:
    if row >= 0:
        for k in range(similar.starts[row], similar.starts[row + 1]):
            if similar.codes[k] == code:
                return int(similar.hundredths[k])
    return 0


@compiled
def _compare(
    request: IntArray,
    account: IntArray,
    left: Left,
    right: Right,
    givens: SimilarStrings,
    surnames: SimilarStrings,
    frame: Frame,
    best: bool,
) -> Int32Array:
    pairs = np.empty((_COLUMNS, request.size), np.int32)
    for i in range(request.size):
        r, a = request[i], account[i]
        row_1, row_2 = left.surname_rows[0, r], left.surname_rows[1, r] if best else -1
        first, second = right.surname_1[a], right.surname_2[a] if best else -1
        surname = surname_similarity(
            _agreement(surnames, row_1, first),
            _agreement(surnames, row_1, second),
            _agreement(surnames, row_2, first),
            _agreement(surnames, row_2, second),
            row_2 >= 0,
            second >= 0,
        )
        birth, address = pair_levels(r, a, left, right, frame)
        pairs[0, i], pairs[1, i] = r, a
        pairs[2, i], pairs[3, i] = _agreement(givens, left.given_row[r], right.given[a]), surname
        pairs[4, i], pairs[5, i] = birth, address
    return pairs


def compare(
    prepared: PreparedRequests,
    request: IntArray,
    account: IntArray,
    roll: Roll,
    part: MatchingPart,
) -> Compared:
    """Return the agreement of the given pairs of rows in every field."""
    frame = frame_of(part.model_copy(update={"blocking": ((),)}))
    columns = _compare(
        request,
        account,
        _left(prepared),
        _right(roll, part),
        prepared.given,
        prepared.surname,
        frame,
        part.surname_tokens == SurnameTokens.BEST,
    )
    return Compared(as_candidate_pairs(columns, False))
