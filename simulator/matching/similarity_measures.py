"""How alike two spellings are: the measures, and what a pair must show to reach a floor.

Jaro-Winkler is rapidfuzz's (prefix weight 0.1, up to four letters, bonus above 0.7). It depends on
a pair only through both lengths, the matching letters, the transposed ones and the common prefix;
where its value lies so near a hundredth that rounding could decide, rapidfuzz is asked.
Damerau-Levenshtein is 1 - d / (letters of the longer), d the least number of insertions, deletions,
substitutions and exchanges of neighbours (unrestricted: a part may be edited again); d is an
integer, and hundredths are rounded down from it exactly.

What ``requirements`` states is necessary for a pair at the floor, whatever its letters:

- *Jaro-Winkler.* The m matches pair equal letters one to one, each within the window from the
  other. Jaro is at most (m/|a| + m/|b| + 1) / 3 and rises with m, and so does Winkler's bonus.
- *Damerau-Levenshtein.* Follow the letters through a script of d operations. An exchange loses
  none; any other loses at most one letter of a and brings at most one of b. So at least
  max(|a|, |b|) - d letters of a arrive in b, one to one; each operation moves a letter by at most
  one place, so none by more than d.

Hence both need at least ``letters`` equal letters paired one to one, no two more than ``window``
places apart. The floor is lowered by a margin far above rounding first.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.process import cpdist

from simulator.kernels import compiled, inlined, population_count
from simulator.matching.agreement import FULL
from simulator.randomness import IntArray
from simulator.records import Int8Array
from simulator.scenario.schema import NameMeasure

LONGEST = 62  # positions in a 64-bit set, and one beyond
PREFIX = 4
IMPOSSIBLE = 255
MARGIN = 1e-9
_BOOST_ABOVE = 0.7  # Winkler's bonus applies to Jaro similarities above this
_NEAR_CUT = 1e-6  # in hundredths
_STEPS = np.arange(FULL + 1) / FULL
UInt8Array = npt.NDArray[np.uint8]
WordArray = npt.NDArray[np.uint64]


def hundredths(similarities: npt.NDArray[np.floating]) -> Int8Array:
    """Return the largest k in 0..100 with k / 100 <= s, for each similarity s in 0..1."""
    doubles = np.asarray(similarities, dtype=np.float64)
    return (np.searchsorted(_STEPS, doubles, side="right") - 1).astype(np.int8)


def pairwise_hundredths(
    left: Sequence[str], right: Sequence[str], measure: NameMeasure = NameMeasure.JARO_WINKLER
) -> Int8Array:
    """Return the similarity of each left string to its right one, in hundredths rounded down.

    Strings may hold anything; two empty ones are equal (100). Exact at every hundredth. Raises
    ``ValueError`` if the sequences differ in length.
    """
    if len(left) != len(right):
        raise ValueError(f"{len(left)} strings on the left, {len(right)} on the right")
    if not left:
        return np.empty(0, np.int8)
    if measure == NameMeasure.JARO_WINKLER:
        scorer = JaroWinkler.similarity
        return hundredths(cpdist(left, right, scorer=scorer, dtype=np.float64))
    distances = cpdist(left, right, scorer=DamerauLevenshtein.distance, dtype=np.int64)
    longer = np.maximum([len(text) for text in left], [len(text) for text in right])
    longer = np.maximum(longer, 1)  # nothing differs from nothing by nothing
    return np.asarray((longer - distances) * FULL // longer, dtype=np.int8)


class Requirements(NamedTuple):
    """What a pair must show to reach a floor, by the lengths of both, each (63, 63) or more.

    A named tuple for compiled loops.
    """

    letters: IntArray  # (63, 63, 5): by common prefix too; IMPOSSIBLE if nothing suffices
    window: IntArray


def _fewest_letters(a: IntArray, b: IntArray, prefix: IntArray, floor: float) -> IntArray:
    """Return the fewest matches with which Jaro-Winkler can reach the floor."""
    fewest = np.full(np.broadcast_shapes(a.shape, b.shape, prefix.shape), IMPOSSIBLE, np.int64)
    for matches in range(LONGEST, -1, -1):
        jaro = (matches / a + matches / b + 1.0) / 3.0
        bonus = np.where(jaro > _BOOST_ABOVE - MARGIN, 0.1 * prefix * (1.0 - jaro), 0.0)
        fewest[(matches <= np.minimum(a, b)) & (jaro + bonus >= floor)] = matches
    return fewest


@cache
def requirements(measure: NameMeasure, floor: int) -> Requirements:
    """Return what pairs at or above the floor (hundredths, 72 to 100) must show; only to read."""
    lengths = np.maximum(np.arange(LONGEST + 1), 1)  # no string is empty: its row is never read
    a, b = lengths[:, None], lengths[None, :]
    longer, prefix = np.maximum(a, b), np.arange(PREFIX + 1)
    if measure == NameMeasure.JARO_WINKLER:
        least = floor / FULL - MARGIN
        letters = _fewest_letters(a[..., None], b[..., None], prefix, least)
        return Requirements(letters, np.maximum(longer // 2 - 1, 0))
    edits_at_floor = longer * (FULL - floor) // FULL
    fewest = np.where(np.abs(a - b) <= edits_at_floor, longer - edits_at_floor, IMPOSSIBLE)
    return Requirements(np.repeat(fewest[..., None], prefix.size, axis=2), edits_at_floor)


@inlined
def shared_prefix(a: UInt8Array, at_a: int, b: UInt8Array, at_b: int, shorter: int) -> int:
    """Return how many of the first four letters agree in a row."""
    prefix = 0
    while prefix < min(PREFIX, shorter) and a[at_a + prefix] == b[at_b + prefix]:
        prefix += 1
    return prefix


@inlined
def jaro_matches(
    a: UInt8Array,
    at_a: int,
    positions: WordArray,
    length_a: int,
    b: UInt8Array,
    at_b: int,
    length_b: int,
    window: int,
) -> tuple[int, int]:
    """Return how many letters match and how many of them stand in another order.

    ``positions`` are those of the letters of a, a bit set for each.
    """
    one = np.uint64(1)
    taken, matched = np.uint64(0), np.uint64(0)
    for j in range(length_b):
        low = max(0, j - window)
        if low >= length_a:
            break
        reach = (one << np.uint64(min(63, j + window + 1))) - one
        within = reach >> np.uint64(low) << np.uint64(low)
        free = positions[b[at_b + j]] & ~taken & within
        if free:
            taken |= free & (~free + one)
            matched |= one << np.uint64(j)
    matches, moved = population_count(taken), 0
    while taken:
        in_a = population_count((taken & (~taken + one)) - one)
        in_b = population_count((matched & (~matched + one)) - one)
        if a[at_a + in_a] != b[at_b + in_b]:
            moved += 1
        taken &= taken - one
        matched &= matched - one
    return matches, moved


@inlined
def jaro_winkler(length_a: int, length_b: int, matches: int, moved: int, prefix: int) -> float:
    """Return the similarity, up to rounding, of a pair that has at least one match.

    Where rounding decides whether the bonus applies, it is given: 0.7 with it is 0.73, 0.76, 0.79
    or 0.82, a cut point, so that rapidfuzz is asked.
    """
    jaro = (matches / length_a + matches / length_b + (matches - moved // 2) / matches) / 3.0
    return jaro + 0.1 * prefix * (1.0 - jaro) if jaro > _BOOST_ABOVE - MARGIN else jaro


@inlined
def near_cut(value: float) -> bool:
    """Say whether rounding could decide on which side of a hundredth a similarity lies."""
    return abs(value * FULL - int(value * FULL + 0.5)) < _NEAR_CUT


@compiled
def edits(
    a: UInt8Array,
    at_a: int,
    length_a: int,
    b: UInt8Array,
    at_b: int,
    length_b: int,
    table: IntArray,
) -> int:
    """Return the Damerau-Levenshtein distance; ``table`` is room to work in, (64, 64).

    After Lowrance and Wagner (1975), "An extension of the string-to-string correction problem".
    """
    while length_a and length_b and a[at_a + length_a - 1] == b[at_b + length_b - 1]:
        length_a, length_b = length_a - 1, length_b - 1
    while length_a and length_b and a[at_a] == b[at_b]:
        at_a, at_b, length_a, length_b = at_a + 1, at_b + 1, length_a - 1, length_b - 1
    for i in range(length_a + 1):
        table[i, 0] = i
    for j in range(length_b + 1):
        table[0, j] = j
    for i in range(1, length_a + 1):
        last_in_b = 0  # where b held this letter of a last
        for j in range(1, length_b + 1):
            same = a[at_a + i - 1] == b[at_b + j - 1]
            best = table[i - 1, j - 1] + (0 if same else 1)
            best = min(best, table[i - 1, j] + 1, table[i, j - 1] + 1)
            last_in_a = i - 1
            while last_in_a and a[at_a + last_in_a - 1] != b[at_b + j - 1]:
                last_in_a -= 1
            if last_in_a and last_in_b:
                crossed = (i - last_in_a - 1) + (j - last_in_b - 1) + 1
                best = min(best, table[last_in_a - 1, last_in_b - 1] + crossed)
            table[i, j] = best
            if same:
                last_in_b = j
    return int(table[length_a, length_b])
