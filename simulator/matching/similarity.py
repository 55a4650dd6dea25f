"""Jaro-Winkler similarity once per distinct pair of strings, as a sparse table.

A similarity is kept in hundredths, rounded down: the largest k with k / 100 <= s, so that a cut
point at a multiple of 0.01 decides exactly as it would on the real number. Pairs below the floor
are absent. The measure is rapidfuzz's Jaro-Winkler (prefix weight 0.1, up to four letters): the
kernel computes it, and wherever its value lies so near a cut point that rounding could decide,
rapidfuzz is asked.

Most pairs cannot reach the floor, and a filter proves it from lengths and letters alone. With m
matching letters, Jaro is at most (m/|a| + m/|b| + 1) / 3, and m is at most the number of letters
the two strings share counted with repetition; Winkler's bonus depends on the common prefix, which
is read exactly. The bound is compared with the floor less a margin far above rounding, so no pair
at or above the floor is lost; a test holds the filter to brute force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from simulator.kernels import compiled, population_count
from simulator.randomness import FloatArray, IntArray, Word
from simulator.records import Int8Array, Int32Array

FLOOR = 80
FULL = 100
BOOST_ABOVE = 0.7  # Winkler's bonus applies to Jaro similarities above this
_AT_ONCE = 1_000  # queries per search; bounds the memory of one
MOST_REMEMBERED = 50_000  # queries, about 75 MB
_MARGIN = 1e-9
_NEAR_CUT = 1e-6
_STEPS = np.arange(FULL + 1) / FULL
_LONGEST = 62  # positions in a 64-bit set, and one beyond
UInt8Matrix = npt.NDArray[np.uint8]


def hundredths(similarities: npt.NDArray[np.floating]) -> Int8Array:
    """Return the largest k in 0..100 with k / 100 <= s, for each similarity s in 0..1."""
    doubles = np.asarray(similarities, dtype=np.float64)
    return (np.searchsorted(_STEPS, doubles, side="right") - 1).astype(np.int8)


@dataclass(frozen=True)
class Vocabulary:
    """Strings to be searched: letters as bytes, lengths and letter counts, and their codes."""

    texts: tuple[str, ...]
    codes: Int32Array
    letters: UInt8Matrix  # (strings, 62), zero past the end
    lengths: IntArray
    counts: UInt8Matrix  # (strings, 26)


class SimilarStrings(NamedTuple):
    """For each query the codes at or above the floor and their similarity in hundredths.

    Those of query q are at ``starts[q]:starts[q + 1]``. A named tuple for compiled loops.
    """

    starts: IntArray
    codes: Int32Array
    hundredths: Int8Array


def _letters(texts: Sequence[str]) -> tuple[UInt8Matrix, IntArray, UInt8Matrix]:
    letters = np.zeros((len(texts), _LONGEST), np.uint8)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    counts = np.zeros((len(texts), 26), np.uint8)
    for row, text in enumerate(texts):
        # The kernels number letters from A: any other byte would be read out of bounds.
        if not (0 < len(text) <= _LONGEST and text.isascii() and text.isalpha() and text.isupper()):
            raise ValueError(f"not 1 to {_LONGEST} letters A-Z: {text!r}")
        raw = np.frombuffer(text.encode("ascii"), np.uint8)
        letters[row, : raw.size] = raw
    for letter in range(26):
        counts[:, letter] = (letters == ord("A") + letter).sum(axis=1)
    return letters, lengths, counts


def vocabulary(texts: Sequence[str], codes: Int32Array) -> Vocabulary:
    """Prepare strings of A-Z for searching, sorted by length so that whole runs can be skipped."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    ordered = tuple(texts[i] for i in order)
    letters, lengths, counts = _letters(ordered)
    return Vocabulary(ordered, codes[order].astype(np.int32), letters, lengths, counts)


@compiled
def _bag(counts: npt.NDArray[np.uint8]) -> tuple[Word, Word]:
    """Return two 64-bit sets: each letter's first and second occurrence, and third and fourth."""
    low, high = np.uint64(0), np.uint64(0)
    one = np.uint64(1)
    for letter in range(26):
        if counts[letter] > 0:
            low |= one << np.uint64(2 * letter)
        if counts[letter] > 1:
            low |= one << np.uint64(2 * letter + 1)
        if counts[letter] > 2:
            high |= one << np.uint64(2 * letter)
        if counts[letter] > 3:
            high |= one << np.uint64(2 * letter + 1)
    return low, high


@compiled
def _bags(counts: UInt8Matrix) -> npt.NDArray[np.uint64]:
    bags = np.empty((2, counts.shape[0]), np.uint64)
    for row in range(counts.shape[0]):
        bags[0, row], bags[1, row] = _bag(counts[row])
    return bags


@compiled
def _needed(length_a: int, length_b: int, prefix: int, floor: float) -> int:
    """Return the fewest common letters with which a pair of these lengths can reach the floor."""
    for common in range(min(length_a, length_b) + 1):
        jaro = (common / length_a + common / length_b + 1.0) / 3.0
        if jaro + 0.1 * prefix * (1.0 - jaro) >= floor:
            return common
    return 255


@compiled
def _grown(array: npt.NDArray[Any], capacity: int) -> npt.NDArray[Any]:
    larger = np.empty(capacity, array.dtype)
    larger[: array.size] = array
    return larger


@compiled
def _jaro_winkler(
    query: UInt8Matrix,
    q: int,
    length_q: int,
    positions: npt.NDArray[np.uint64],
    letters: UInt8Matrix,
    v: int,
    length_v: int,
    prefix: int,
) -> float:
    """Return the similarity of two strings; ``positions`` are the query's, a bit set per letter."""
    window = max(0, max(length_q, length_v) // 2 - 1)
    one = np.uint64(1)
    taken, matched = np.uint64(0), np.uint64(0)
    for j in range(length_v):
        letter = letters[v, j] - 65
        if letter >= 26 or positions[letter] == 0:
            continue
        low = max(0, j - window)
        if low >= length_q:
            break
        reach = (one << np.uint64(min(63, j + window + 1))) - one
        free = positions[letter] & ~taken & (reach >> np.uint64(low) << np.uint64(low))
        if free:
            taken |= free & (~free + one)
            matched |= one << np.uint64(j)
    matches = int(population_count(taken))
    if matches == 0:
        return 0.0
    moved = 0
    while taken:
        at_query = population_count((taken & (~taken + one)) - one)
        at_other = population_count((matched & (~matched + one)) - one)
        if query[q, at_query] != letters[v, at_other]:
            moved += 1
        taken &= taken - one
        matched &= matched - one
    jaro = (matches / length_q + matches / length_v + (matches - moved // 2) / matches) / 3.0
    return jaro + 0.1 * prefix * (1.0 - jaro) if jaro > BOOST_ABOVE else jaro


@compiled
def _needed_letters(floor: float) -> IntArray:
    """Return the fewest common letters by length, length and common prefix."""
    needed = np.zeros((_LONGEST + 1, _LONGEST + 1, 5), np.int64)
    for a in range(1, _LONGEST + 1):
        for b in range(1, _LONGEST + 1):
            for prefix in range(5):
                needed[a, b, prefix] = _needed(a, b, prefix, floor)
    return needed


@compiled
def _shared_start(left: int, right: int) -> int:
    """Return how many of the first four letters, packed into one integer, agree in a row."""
    differ = left ^ right
    if differ == 0:
        return 4
    agree = 0
    while differ & 0xFF == 0:
        differ >>= 8
        agree += 1
    return agree


@compiled
def _packed_starts(letters: UInt8Matrix) -> IntArray:
    """Return the first four letters of every string, the first in the lowest byte."""
    starts = np.zeros(letters.shape[0], np.int64)
    for row in range(letters.shape[0]):
        for i in range(4):
            starts[row] |= np.int64(letters[row, i]) << (8 * i)
    return starts


@compiled
def _sieve(
    length: int,
    low: Word,
    high: Word,
    start: int,
    uncounted: bool,
    runs: IntArray,
    needed: IntArray,
    bags: npt.NDArray[np.uint64],
    starts: IntArray,
    many: npt.NDArray[np.bool_],
    kept: Int32Array,
) -> int:
    """Write the strings that share enough letters with a query into ``kept``; return how many.

    Letters that occur five times and more are not in the sets; if both strings hold such a one
    (``uncounted`` and ``many``), the sets prove nothing.
    """
    found = 0
    for other in range(1, _LONGEST + 1):
        row = needed[length, other]
        least = row[4]
        for v in range(runs[other], runs[other + 1]):
            common = population_count(low & bags[0, v])
            if high:
                common += population_count(high & bags[1, v])
            enough = common >= least and common >= row[_shared_start(start, starts[v])]
            if enough or (uncounted and many[v]):
                kept[found] = v
                found += 1
    return found


@compiled
def _common_prefix(query: UInt8Matrix, q: int, letters: UInt8Matrix, v: int) -> int:
    """Return the length of the common prefix, at most four; letters past the end are zero."""
    prefix = 0
    while prefix < 4 and query[q, prefix] == letters[v, prefix] and letters[v, prefix]:
        prefix += 1
    return prefix


@compiled
def _letter_positions(query: UInt8Matrix, q: int, length: int) -> npt.NDArray[np.uint64]:
    """Return for each letter the set of its positions in a query."""
    positions = np.zeros(26, np.uint64)
    for i in range(length):
        letter = query[q, i] - 65
        if letter < 26:
            positions[letter] |= np.uint64(1) << np.uint64(i)
    return positions


@compiled
def _search(
    query_letters: UInt8Matrix,
    query_lengths: IntArray,
    query_bags: npt.NDArray[np.uint64],
    query_many: npt.NDArray[np.bool_],
    letters: UInt8Matrix,
    lengths: IntArray,
    bags: npt.NDArray[np.uint64],
    many: npt.NDArray[np.bool_],
    floor: float,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return (query, string, similarity) of every pair at or above the floor."""
    needed = _needed_letters(floor)
    runs = np.searchsorted(lengths, np.arange(_LONGEST + 2))
    query_starts, starts = _packed_starts(query_letters), _packed_starts(letters)
    kept = np.empty(lengths.size, np.int32)
    capacity, found = 1 << 16, 0
    left, right = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    values = np.empty(capacity)
    for q in range(query_lengths.size):
        length, low, high = query_lengths[q], query_bags[0, q], query_bags[1, q]
        positions = _letter_positions(query_letters, q, length)
        count = _sieve(
            length,
            low,
            high,
            query_starts[q],
            query_many[q],
            runs,
            needed,
            bags,
            starts,
            many,
            kept,
        )
        for v in kept[:count]:
            prefix = _common_prefix(query_letters, q, letters, v)
            value = _jaro_winkler(
                query_letters, q, length, positions, letters, v, lengths[v], prefix
            )
            if value < floor:
                continue
            if found == capacity:
                capacity *= 2
                left, right = _grown(left, capacity), _grown(right, capacity)
                values = _grown(values, capacity)
            left[found], right[found], values[found] = q, v, value
            found += 1
    return left[:found].copy(), right[:found].copy(), values[:found].copy()


def _many(counts: UInt8Matrix) -> npt.NDArray[np.bool_]:
    return np.asarray((counts > 4).any(axis=1))


def _levels(
    values: FloatArray,
    left: IntArray,
    right: IntArray,
    queries: Sequence[str],
    searched: Vocabulary,
) -> Int8Array:
    """Return hundredths; where rounding could decide, rapidfuzz's own value does."""
    decided = values.copy()
    close = np.flatnonzero(np.abs(values * FULL - np.round(values * FULL)) < _NEAR_CUT)
    if close.size:
        decided[close] = cpdist(
            [queries[i] for i in left[close].tolist()],
            [searched.texts[i] for i in right[close].tolist()],
            scorer=JaroWinkler.similarity,
            dtype=np.float64,
        )
    return hundredths(decided)


def similar_strings(
    queries: Sequence[str], searched: Vocabulary, *, floor: int = FLOOR
) -> SimilarStrings:
    """Find every string of the vocabulary whose similarity to a query is at least the floor.

    ``floor`` is in hundredths, 72 to 100; queries and strings are 1 to 62 letters A-Z, else it
    raises ``ValueError``.
    """
    letters, lengths, counts = _letters(queries)
    left, right, values = _search(
        letters,
        lengths,
        _bags(counts),
        _many(counts),
        searched.letters,
        searched.lengths,
        _bags(searched.counts),
        _many(searched.counts),
        floor / FULL - _MARGIN,
    )
    levels = _levels(values, left, right, queries, searched)
    kept = levels >= floor
    starts = np.searchsorted(left[kept], np.arange(len(queries) + 1))
    return SimilarStrings(starts.astype(np.int64), searched.codes[right[kept]], levels[kept])


class SimilarityCache:
    """Remembers the similar strings of every query it has seen, for one vocabulary."""

    def __init__(self, searched: Vocabulary, *, floor: int = FLOOR) -> None:
        """Start empty for one vocabulary and floor (hundredths)."""
        self._searched = searched
        self._floor = floor
        self._known: dict[str, tuple[Int32Array, Int8Array]] = {}

    def similar(self, queries: Sequence[str]) -> SimilarStrings:
        """Return the same as ``similar_strings``, computing only queries not seen before."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        new = [text for text in dict.fromkeys(queries) if text not in self._known]
        for first in range(0, len(new), _AT_ONCE):
            some = new[first : first + _AT_ONCE]
            table = similar_strings(some, self._searched, floor=self._floor)
            for row, text in enumerate(some):
                run = slice(table.starts[row], table.starts[row + 1])
                self._known[text] = (table.codes[run].copy(), table.hundredths[run].copy())
        found = [self._known[text] for text in queries]
        starts = np.cumsum([0] + [codes.size for codes, _ in found])
        empty_codes, empty_levels = np.empty(0, np.int32), np.empty(0, np.int8)
        return SimilarStrings(
            starts.astype(np.int64),
            np.concatenate([codes for codes, _ in found] or [empty_codes]),
            np.concatenate([levels for _, levels in found] or [empty_levels]),
        )
