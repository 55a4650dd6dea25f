"""Similar strings: once per distinct pair, as a sparse table, kept on disk between runs.

A similarity is kept in hundredths, rounded down: the largest k with k / 100 <= s, so that a cut
point at a multiple of 0.01 decides exactly as it would on the real number. Pairs below the floor
are absent. ``similarity_measures`` says what the measures are, ``similarity_join`` why none above
the floor is lost, ``similarity_store`` how results outlive the process.

Limits: strings are 1 to 62 letters A-Z. A floor below 0.72 is refused: nothing needs one, and
tests hold none to brute force.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import JaroWinkler

# FLOOR and FULL are defined there; those who compare similarities find them here too.
from simulator.matching.agreement import FLOOR as FLOOR
from simulator.matching.agreement import FULL as FULL
from simulator.matching.similarity_join import Found, Strings, joined, strings
from simulator.matching.similarity_measures import (
    LONGEST,
    Requirements,
    requirements,
)
from simulator.matching.similarity_measures import hundredths as hundredths
from simulator.matching.similarity_measures import pairwise_hundredths as pairwise_hundredths
from simulator.matching.similarity_store import (
    Segment,
    SimilarityStore,
    Texts,
    as_texts,
    located,
    merged,
    taken,
)
from simulator.randomness import IntArray
from simulator.records import Int8Array, Int32Array
from simulator.scenario.schema import NameMeasure

LEAST_FLOOR = 72
MOST_REMEMBERED = 50_000  # queries not on disk, about 75 MB
_MOST_SEGMENTS = 16  # in memory
_AT_ONCE = 4_096  # queries handed to a thread at most
_PIECES = 4  # for each thread, so that none waits long for another


@dataclass(frozen=True)
class Vocabulary:
    """Strings to be searched, sorted by length and letters, and their codes."""

    texts: tuple[str, ...]
    codes: Int32Array
    strings: Strings
    runs: IntArray  # strings of length n are those at runs[n]:runs[n + 1]


class SimilarStrings(NamedTuple):
    """For each query the codes at or above the floor and their similarity in hundredths.

    Those of query q are at ``starts[q]:starts[q + 1]``. A named tuple for compiled loops.
    """

    starts: IntArray
    codes: Int32Array
    hundredths: Int8Array


def vocabulary(texts: Sequence[str], codes: Int32Array) -> Vocabulary:
    """Prepare strings of 1 to 62 letters A-Z for searching; else raises ``ValueError``."""
    order = sorted(range(len(texts)), key=lambda i: (len(texts[i]), texts[i]))
    ordered = tuple(texts[i] for i in order)
    ready = strings(ordered)
    runs = np.searchsorted(np.diff(ready.starts), np.arange(LONGEST + 2)).astype(np.int64)
    held = np.asarray(codes)[np.array(order, dtype=np.int64)].astype(np.int32)
    return Vocabulary(ordered, held, ready, runs)


@dataclass(frozen=True)
class _Search:
    """One search: all that every piece of it needs."""

    queries: Sequence[str]
    asked: Strings
    searched: Vocabulary
    required: Requirements
    measure: NameMeasure
    floor: int

    def piece(self, first: int, past: int) -> tuple[IntArray, Int32Array, Int8Array]:
        """Return how many each query of a piece found, their codes and levels."""
        by_edits = self.measure == NameMeasure.DAMERAU_LEVENSHTEIN
        searched = self.searched
        found = joined(
            self.asked,
            first,
            past,
            searched.strings,
            searched.runs,
            self.required,
            self.floor,
            by_edits,
        )
        self._decide(found, first)
        above = found.levels >= self.floor
        if not above.all():
            query = np.repeat(np.arange(past - first), found.counts)
            counts = np.bincount(query[above], minlength=past - first)
            return counts, searched.codes[found.rows[above]], found.levels[above]
        return found.counts, searched.codes[found.rows], found.levels

    def _decide(self, found: Found, first: int) -> None:
        """Let rapidfuzz decide what lies on a cut point, once for each similarity."""
        cut = np.flatnonzero(found.levels < 0)
        _, examples, which = np.unique(found.keys[cut], return_index=True, return_inverse=True)
        places = cut[examples]
        rows = np.searchsorted(np.cumsum(found.counts), places, side="right") + first
        values = [
            JaroWinkler.similarity(self.queries[query], self.searched.texts[row])
            for query, row in zip(rows.tolist(), found.rows[places].tolist(), strict=True)
        ]
        found.levels[cut] = hundredths(np.array(values, dtype=np.float64))[which]


def _check_floor(floor: int) -> None:
    if not LEAST_FLOOR <= floor <= FULL:
        raise ValueError(f"floor must be {LEAST_FLOOR} to {FULL} hundredths, not {floor}")


def similar_strings(
    queries: Sequence[str],
    searched: Vocabulary,
    *,
    measure: NameMeasure = NameMeasure.JARO_WINKLER,
    floor: int = FLOOR,
    threads: int = 1,
) -> SimilarStrings:
    """Find every string of the vocabulary whose similarity to a query is at least the floor.

    ``floor`` is in hundredths, 72 to 100; queries are 1 to 62 letters A-Z, else it raises
    ``ValueError``. What it returns does not depend on the number of threads.
    """
    _check_floor(floor)
    required = requirements(measure, floor)
    search = _Search(queries, strings(queries), searched, required, measure, floor)
    size = max(1, min(_AT_ONCE, -(-len(queries) // (_PIECES * threads))))
    firsts = range(0, len(queries), size)
    pasts = [min(first + size, len(queries)) for first in firsts]
    if threads > 1 and len(firsts) > 1:
        with ThreadPoolExecutor(threads) as pool:
            pieces = list(pool.map(search.piece, firsts, pasts))
    else:
        pieces = [search.piece(*ends) for ends in zip(firsts, pasts, strict=True)]
    starts = np.zeros(len(queries) + 1, np.int64)
    np.cumsum(
        np.concatenate([np.empty(0, np.int64), *(piece[0] for piece in pieces)]), out=starts[1:]
    )
    return SimilarStrings(
        starts,
        np.concatenate([np.empty(0, np.int32), *(piece[1] for piece in pieces)]),
        np.concatenate([np.empty(0, np.int8), *(piece[2] for piece in pieces)]),
    )


def similarity_store(
    searched: Vocabulary,
    *,
    measure: NameMeasure = NameMeasure.JARO_WINKLER,
    floor: int = FLOOR,
    base: Path | None = None,
) -> SimilarityStore | None:
    """Return where similar strings of a vocabulary are kept on disk, None if switched off.

    ``base`` is the user's cache unless given. ``OVERMATCH_CACHE=off`` in the environment switches
    it off.
    """
    return SimilarityStore.of(searched.texts, searched.codes, f"{measure} {floor}", base)


class SimilarityCache:
    """Remembers the similar strings of every query it has seen, for one vocabulary."""

    def __init__(
        self,
        searched: Vocabulary,
        *,
        measure: NameMeasure = NameMeasure.JARO_WINKLER,
        floor: int = FLOOR,
        store: SimilarityStore | None = None,
    ) -> None:
        """Start with what the store holds; without one, empty. ``floor`` is in hundredths.

        The store must be that of the same vocabulary, measure and floor.
        """
        _check_floor(floor)
        self._searched = searched
        self._measure = measure
        self._floor = floor
        self._store = store
        self._own: list[Segment] = []  # what is not on disk

    def similar(self, queries: Sequence[str], *, threads: int = 1) -> SimilarStrings:
        """Return the same as ``similar_strings``, computing only queries not seen before."""
        texts = as_texts(queries)
        distinct, which = np.unique(texts, return_inverse=True)
        segments = self._segments()
        segment, row = located(distinct, segments)
        missing = distinct[segment < 0]
        if missing.size:
            segments = [*segments, self._computed(missing, threads)]
            segment, row = located(distinct, segments)
        return SimilarStrings(*taken(segments, segment[which], row[which]))

    def _segments(self) -> list[Segment]:
        return self._own + (self._store.segments() if self._store else [])

    def _computed(self, missing: Texts, threads: int) -> Segment:
        """Compute what is missing and remember it."""
        table = similar_strings(
            [text.decode("ascii") for text in missing.tolist()],
            self._searched,
            measure=self._measure,
            floor=self._floor,
            threads=threads,
        )
        segment = Segment(missing, *table)
        if self._store and self._store.add(segment):
            return segment
        if sum(own.texts.size for own in self._own) > MOST_REMEMBERED:
            self._own.clear()
        self._own.append(segment)
        if len(self._own) > _MOST_SEGMENTS:
            self._own = [merged(self._own)]
        return segment
