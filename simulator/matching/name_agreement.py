"""How the names of requests agree with those of accounts, as a sparse table of codes."""

from collections.abc import Sequence
from typing import NamedTuple

from simulator.matching.similarity import SimilarStrings, Vocabulary
from simulator.randomness import IntArray
from simulator.records import Int8Array, Int32Array
from simulator.scenario.schema import MatchingPart


class AgreeingNames(NamedTuple):
    """For each query the codes that agree with it, and how (``matching.agreement``).

    Those of query q are at ``starts[q]:starts[q + 1]``. A named tuple for compiled loops.
    """

    starts: IntArray
    codes: Int32Array
    agreement: Int8Array


def agreeing(
    similar: SimilarStrings,
    queries: Sequence[str],
    searched: Vocabulary,
    field: str,
    part: MatchingPart,
) -> AgreeingNames:
    """Return for each query the names of a vocabulary that agree with it in a field."""
    return AgreeingNames(similar.starts, similar.codes, similar.hundredths)
