"""A whole sweep: every variant on the same replicates, then tables, put in place at once.

The work is cut by replicate and, within one, into blocks of variants, so that progress is seen and
an interrupted sweep resumes; what is alike is kept in one block. A process remembers what a
replicate's variants share from one block to the next.
"""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, Final

import numpy as np

from simulator.measures.chosen import chosen_measures, needs_ledger
from simulator.scenario.schema import Scenario
from simulator.study.checkpoints import checkpoint_directory, discard, read_whole, write_whole
from simulator.study.executors import worker_pool
from simulator.study.results import write_log
from simulator.study.run import Progress, collect, replacing
from simulator.study.sensitivity_results import write_sensitivity
from simulator.study.variants import VariantCounts, Wanted, count_variants, match_key
from simulator.study.variation import Variation, idle_parameters, variation

BLOCK: Final = 48
"""Matches in a block: some seconds to minutes of work."""


def _nothing(directory: Path) -> object:
    return directory


def _unheard(notice: str) -> None:
    """Say nothing."""


def wanted_of(scenario: Scenario) -> Wanted:
    """Return what has to be counted for the measures of a scenario.

    Raises UnknownMeasureError where one of them is none.
    """
    measures = chosen_measures(scenario.vary.measures)
    return Wanted(by_group=scenario.vary.by_group, details=needs_ledger(measures))


def blocks_of(plan: Variation, wanted: Wanted) -> list[list[int]]:
    """Return the numbers of all variants, cut into blocks; what one match serves stays together."""
    alike: dict[Hashable, list[int]] = {}
    for variant in plan.variants:
        alike.setdefault(match_key(variant.scenario, wanted), []).append(variant.number)
    matches = list(alike.values())
    return [
        [number for rows in matches[at : at + BLOCK] for number in rows]
        for at in range(0, len(matches), BLOCK)
    ]


def counted_variants(
    plan: Variation,
    wanted: Wanted,
    replicates: int,
    executor: Executor,
    *,
    progress: Progress,
    kept: Path | None = None,
    threads: int = 1,
) -> list[VariantCounts]:
    """Return what every replicate says of every variant, in the order of replicates.

    ``progress`` is called with (done, total) blocks; finished ones are stored under ``kept`` and
    taken from there. Raises ListingError where the population cannot supply a list and RunError
    where a worker dies or memory does not suffice.
    """
    blocks = blocks_of(plan, wanted)
    total = replicates * len(blocks)
    done = {} if kept is None else _stored(kept, total)
    progress(len(done), total)

    def take(number: int, counts: VariantCounts) -> None:
        done[number] = counts
        if kept is not None:
            write_whole(_file(kept, number), counts.to_bytes())
        progress(len(done), total)

    def submit(number: int) -> Future[VariantCounts]:
        replicate, block = divmod(number, len(blocks))
        scenarios = [plan.variants[row].scenario for row in blocks[block]]
        return executor.submit(count_variants, scenarios, replicate, wanted, threads=threads)

    missing = [number for number in range(total) if number not in done]
    collect(submit, missing, take, "fewer --workers or a smaller population.size")
    return [
        _joined([done[replicate * len(blocks) + at] for at in range(len(blocks))], blocks)
        for replicate in range(replicates)
    ]


def _file(kept: Path, number: int) -> Path:
    return kept / f"variants-{number:06d}.npz"


def _stored(kept: Path, total: int) -> dict[int, VariantCounts]:
    found = {number: read_whole(_file(kept, number)) for number in range(total)}
    return {
        number: VariantCounts.from_bytes(content)
        for number, content in found.items()
        if content is not None
    }


def _joined(parts: Sequence[VariantCounts], blocks: Sequence[Sequence[int]]) -> VariantCounts:
    """Put the blocks of one replicate together, variants in order of their numbers."""
    order = np.argsort(np.concatenate([np.array(block) for block in blocks]))
    return VariantCounts(
        np.concatenate([part.quantities for part in parts])[order],
        np.concatenate([part.details for part in parts])[order],
        parts[0].setting,
    )


def run_sensitivity(
    scenario: Scenario,
    output: Path,
    *,
    workers: int,
    progress: Progress,
    finish: Callable[[Path], object] = _nothing,
    notice: Callable[[str], None] = _unheard,
) -> None:
    """Run every variant of a scenario and leave the results in ``output``, replacing earlier ones.

    ``finish`` is given the folder of tables before it is put in place, to add figures; ``notice``
    what the user should know, a sentence each. Raises UnknownMeasureError or VariationError where
    the scenario cannot be varied as it says, ListingError, RunError, or OSError where results
    cannot be written; earlier results stay.
    """
    wanted, plan = wanted_of(scenario), variation(scenario)
    for sentence in idle_parameters(plan):
        notice(f"note: {sentence}.")
    started = time.monotonic()
    kept = checkpoint_directory(scenario, output)
    replicates = scenario.vary.replicates
    work = replicates * len(blocks_of(plan, wanted))
    processes = max(1, min(workers, work))
    with worker_pool(processes) as executor:
        counts = counted_variants(
            plan,
            wanted,
            replicates,
            executor,
            progress=progress,
            kept=kept,
            threads=max(1, workers // processes),
        )
    with replacing(output) as fresh:
        write_sensitivity(scenario, plan, counts, fresh)
        finish(fresh)
        write_log(fresh, time.monotonic() - started, workers)
    discard(kept)


def remake(
    manifest: Mapping[str, Any],  # Any: JSON
    directory: Path,
    *,
    workers: int,
    progress: Progress,
) -> None:
    """Make the tables of a manifest again in an existing folder; nothing is kept or resumed."""
    scenario = Scenario.model_validate(manifest["scenario"])
    wanted, plan = wanted_of(scenario), variation(scenario)
    with worker_pool(max(1, workers)) as executor:
        counts = counted_variants(
            plan, wanted, scenario.vary.replicates, executor, progress=progress
        )
    write_sensitivity(scenario, plan, counts, directory)
