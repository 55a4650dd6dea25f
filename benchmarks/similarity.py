"""Time the similarity join: all pairs of list surnames and vocabulary at or above the floor.

Prints, for each measure, the median of three runs: brute force with rapidfuzz on a sample of the
queries, extrapolated to all; the join on one thread and on ``--threads``; and the same answer from
the store on disk, read by a cache made anew. Compiling is not timed. On a machine with other work
the processor time, printed beside, says more than the clock.

    python benchmarks/similarity.py --queries 33000 --vocabulary 150000 --threads 2
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.process import cdist

from simulator import lexicon, relations
from simulator.matching.agreement import FLOOR, FULL
from simulator.matching.similarity import (
    SimilarityCache,
    Vocabulary,
    similar_strings,
    similarity_store,
    vocabulary,
)
from simulator.scenario.schema import NameMeasure

RUNS = 3
SAMPLE = 200  # queries measured by brute force
SCORERS: dict[NameMeasure, Any] = {  # rapidfuzz's own types do not fit its compiled scorers
    NameMeasure.JARO_WINKLER: JaroWinkler.normalized_similarity,
    NameMeasure.DAMERAU_LEVENSHTEIN: DamerauLevenshtein.normalized_similarity,
}


def median(run: Callable[[], object], share: float = 1.0) -> tuple[float, float]:
    """Return the median seconds by the clock and of the processor; ``share`` of the work is run."""
    clock, processor = [], []
    for _ in range(RUNS):
        start, used = time.perf_counter(), time.process_time()
        run()
        clock.append((time.perf_counter() - start) / share)
        processor.append((time.process_time() - used) / share)
    return statistics.median(clock), statistics.median(processor)


def surnames(queries: int, size: int) -> tuple[list[str], Vocabulary]:
    """Return surnames to look up, some misspelt, and those to search."""
    names = lexicon.names().lexicon
    codes = np.flatnonzero(relations.may_be_surname())
    rng = np.random.default_rng(1)
    chosen = np.sort(rng.choice(codes, min(size, codes.size), replace=False)).astype(np.int32)
    slots = np.where(rng.random(4 * queries) < 0.1, 1, 0)
    texts = [
        names.text(int(code + names.size * slot))
        for code, slot in zip(rng.choice(chosen, 4 * queries), slots, strict=True)
    ]
    distinct = list(dict.fromkeys(texts))[:queries]
    return distinct, vocabulary([names.texts[code] for code in chosen], chosen)


def report(what: str, seconds: tuple[float, float], pairs: int) -> None:
    """Print one line of results."""
    clock, processor = seconds
    rate = f"{pairs / clock / 1e6:9,.0f} M pairs/s"
    sys.stdout.write(f"  {what:32s} {clock:8.3f} s  {processor:8.3f} s CPU  {rate}\n")


def compare(queries: Sequence[str], searched: Vocabulary, measure: NameMeasure, most: int) -> None:
    """Time one measure."""
    pairs = len(queries) * len(searched.texts)
    table = similar_strings(queries[:1], searched, measure=measure)  # compiled from here on
    sample = queries[:SAMPLE]

    def brute_force() -> None:
        cdist(
            sample,
            searched.texts,
            scorer=SCORERS[measure],
            score_cutoff=FLOOR / FULL,
            dtype=np.float32,
        )

    sys.stdout.write(f"{measure}\n")
    report(
        "rapidfuzz, one thread, by sample", median(brute_force, len(sample) / len(queries)), pairs
    )
    for threads in sorted({1, most}):
        table = similar_strings(queries, searched, measure=measure, threads=threads)
        seconds = median(
            lambda n=threads: similar_strings(queries, searched, measure=measure, threads=n)  # type: ignore[misc]  # mypy infers no lambda with a default
        )
        report(f"join, {threads} thread(s)", seconds, pairs)
    with tempfile.TemporaryDirectory() as folder:

        def from_disk() -> None:
            store = similarity_store(searched, measure=measure, base=Path(folder))
            SimilarityCache(searched, measure=measure, threads=most, store=store).similar(queries)

        from_disk()
        report("from disk", median(from_disk), pairs)
    sys.stdout.write(f"  {table.codes.size:,} of {pairs:,} pairs at or above the floor\n")


def main() -> None:
    """Read the arguments and time both measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--queries", type=int, default=33_000)
    parser.add_argument("--vocabulary", type=int, default=150_000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    queries, searched = surnames(arguments.queries, arguments.vocabulary)
    sys.stdout.write(f"{len(queries):,} queries, {len(searched.texts):,} strings\n")
    for measure in NameMeasure:
        compare(queries, searched, measure, arguments.threads)


if __name__ == "__main__":
    main()
