"""How the names of requests agree with those of accounts: the best of spelling and equivalence.

The similarity table says which names are spelt alike; the ways of ``matching.equivalences`` that a
scenario looks at add others. Of the ways in which a pair of names agrees, that stands which is the
stronger (``comparison.strengths``): which counts for more; between equals the same letters come
first, then the named agreement of lowest number, then similarity.

Names of the same letters that are *written* differently are told apart where the records' styles
are at hand, in the pair kernel.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled
from simulator.matching.agreement import scale
from simulator.matching.comparison import strengths
from simulator.matching.equivalences import NameField, Way, holders, ways_of
from simulator.matching.similarity import SimilarStrings, Vocabulary
from simulator.randomness import IntArray
from simulator.records import Int8Array, Int32Array
from simulator.scenario.schema import MatchingPart

Int16Array = npt.NDArray[np.int16]


class AgreeingNames(NamedTuple):
    """For each query the codes that agree with it, and how (``matching.agreement``).

    Those of query q are at ``starts[q]:starts[q + 1]``, each code once, in no particular order. A
    named tuple for compiled loops.
    """

    starts: IntArray
    codes: Int32Array
    agreement: Int8Array


class _Asked(NamedTuple):
    """What queries ask for: query q the runs ``first`` and ``size`` at ``starts[q]:...``.

    Runs are of ``codes``; ``agreement`` says by which way each was reached.
    """

    starts: IntArray
    first: IntArray
    size: IntArray
    agreement: Int8Array
    codes: Int32Array


def _asked(queries: Sequence[str], ways: Sequence[Way], searched: Vocabulary) -> _Asked:
    """Look up which runs of the searched names answer to the keys of every query."""
    query: list[int] = []
    first: list[int] = []
    last: list[int] = []
    agreement: list[int] = []
    before, rows = 0, []
    for way in ways:
        known = holders(searched.texts, way.answered)
        starts = known.starts.tolist()
        for at, text in enumerate(queries):
            for key in way.asked(text):
                number = known.number.get(key)
                if number is not None:
                    query.append(at)
                    first.append(before + starts[number])
                    last.append(before + starts[number + 1])
                    agreement.append(way.agreement)
        rows.append(known.rows)
        before += known.rows.size
    of_query = np.array(query, dtype=np.int64)
    order = np.argsort(of_query, kind="stable")
    begin = np.array(first, dtype=np.int64)[order]
    return _Asked(
        np.searchsorted(of_query[order], np.arange(len(queries) + 1)).astype(np.int64),
        begin,
        np.array(last, dtype=np.int64)[order] - begin,
        np.array(agreement, dtype=np.int8)[order],
        searched.codes[np.concatenate(rows)],
    )


@compiled
def _best(
    similar: SimilarStrings, asked: _Asked, strength: Int16Array, size: int, most: int
) -> tuple[IntArray, Int32Array, Int8Array]:
    """Return for each query the codes reached and how each agrees best; ``most`` bounds them."""
    queries = similar.starts.size - 1
    starts = np.zeros(queries + 1, np.int64)
    codes, agreement = np.empty(most, np.int32), np.empty(most, np.int8)
    held = np.zeros(size, np.int8)
    found = 0
    for q in range(queries):
        begin = found
        for k in range(similar.starts[q], similar.starts[q + 1]):
            codes[found] = similar.codes[k]
            held[codes[found]] = similar.hundredths[k]
            found += 1
        for run in range(asked.starts[q], asked.starts[q + 1]):
            named = asked.agreement[run]
            for k in range(asked.first[run], asked.first[run] + asked.size[run]):
                code = asked.codes[k]
                if held[code] == 0:
                    codes[found] = code
                    found += 1
                if strength[named] > strength[held[code]]:
                    held[code] = named
        for k in range(begin, found):
            agreement[k] = held[codes[k]]
            held[codes[k]] = 0
        starts[q + 1] = found
    return starts, codes[:found].copy(), agreement[:found].copy()


def agreeing(
    similar: SimilarStrings,
    queries: Sequence[str],
    searched: Vocabulary,
    field: str,
    part: MatchingPart,
) -> AgreeingNames:
    """Return for each query the names of a vocabulary that agree with it in a field, and how.

    ``similar`` is the table of the same queries over the same vocabulary; ``field`` is a
    ``NameField``, that which the vocabulary is of. Raises ``ValueError`` if it is none.
    """
    ways = ways_of(NameField(field), part.name_agreements)
    if not ways or not searched.texts:
        return AgreeingNames(similar.starts, similar.codes, similar.hundredths)
    asked = _asked(queries, ways, searched)
    size = int(searched.codes.max()) + 1
    most = similar.codes.size + int(asked.size.sum())
    strength = strengths(scale(part.name_agreements))
    return AgreeingNames(*_best(similar, asked, strength, size, most))
