"""A whole run: every replicate over the workers, then tables, then results put in place at once."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path

from simulator.matching.weights import Weights
from simulator.measures.quantities import ReplicateCounts
from simulator.randomness import FloatArray
from simulator.scenario.schema import Scenario
from simulator.study.checkpoints import (
    checkpoint_directory,
    discard,
    load,
    store,
    work_directory,
)
from simulator.study.executors import worker_pool
from simulator.study.matchers import matcher_counts, matcher_table, refuse_unusable
from simulator.study.replicate import run_replicate
from simulator.study.results import add_matchers, write_log, write_tables
from simulator.study.training import learnt_weights

Progress = Callable[[int, int], None]


class RunError(Exception):
    """The run failed for a reason that is not the scenario's; one sentence for the user."""


def run_replicates(
    scenario: Scenario,
    executor: Executor,
    *,
    progress: Progress,
    kept: Path | None = None,
    weights: Weights | None = None,
    threads: int = 1,
) -> list[ReplicateCounts]:
    """Return the counts of every replicate, in order.

    ``progress`` is called with (done, total). Finished replicates are stored under ``kept`` and
    taken from there; ``weights`` are those of the rule, and ``threads`` share the work of each.
    Raises ListingError where the population cannot supply the list and RunError where a worker
    dies.
    """
    total = scenario.replicates
    done = (
        {}
        if kept is None
        else {
            number: counts for number in range(total) if (counts := load(kept, number)) is not None
        }
    )
    progress(len(done), total)

    def take(number: int, counts: ReplicateCounts) -> None:
        done[number] = counts
        if kept is not None:
            store(kept, number, counts)
        progress(len(done), total)

    waiting: dict[Future[ReplicateCounts], int] = {}
    try:
        for number in [number for number in range(total) if number not in done]:
            future = executor.submit(run_replicate, scenario, number, weights, threads=threads)
            if future.done():  # an executor without workers; keep it before starting the next
                take(number, future.result())
            else:
                waiting[future] = number
        for future in as_completed(waiting):
            take(waiting[future], future.result())
    except BrokenProcessPool as error:
        raise RunError(
            "a worker process died, perhaps for want of memory; try fewer --workers"
        ) from error
    return [done[number] for number in range(total)]


def run_matchers(scenario: Scenario, executor: Executor) -> list[dict[str, FloatArray]]:
    """Return the counts of every listed matcher by replicate, in order; nothing without matchers.

    Raises as ``run_replicates`` does.
    """
    if not scenario.matchers:
        return []
    try:
        futures = [
            executor.submit(matcher_counts, scenario, number)
            for number in range(scenario.replicates)
        ]
        return [future.result() for future in futures]
    except BrokenProcessPool as error:
        raise RunError(
            "a worker process died, perhaps for want of memory; try fewer --workers"
        ) from error


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """Give a new folder to fill and put it in the place of ``output`` only when all went well."""
    work = work_directory(output)
    work.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{output.name}-new-", dir=work))
    old = fresh.with_name(fresh.name.replace("-new-", "-old-"))
    try:
        fresh.chmod(0o777 & ~_umask())
        yield fresh
        if output.exists():
            output.rename(old)
        fresh.rename(output)
    finally:
        if old.exists() and not output.exists():  # interrupted between the two
            old.rename(output)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        with suppress(OSError):  # it holds finished replicates of other runs
            work.rmdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _nothing(directory: Path) -> object:
    return directory


def run_scenario(
    scenario: Scenario,
    output: Path,
    *,
    workers: int,
    progress: Progress,
    finish: Callable[[Path], object] = _nothing,
) -> None:
    """Run a scenario and leave its results in ``output``, replacing earlier ones at once.

    ``finish`` is given the folder of tables before it is put in place, to add a report. Raises
    ListingError, RunError, ExtraMissingError or InexpressibleError where a matcher cannot run, or
    OSError where results cannot be written; earlier results stay.
    """
    refuse_unusable(scenario)
    started = time.monotonic()
    kept = checkpoint_directory(scenario, output)
    processes = max(1, min(workers, scenario.replicates))
    weights = learnt_weights(scenario)
    with worker_pool(processes) as executor:
        replicates = run_replicates(
            scenario,
            executor,
            progress=progress,
            kept=kept,
            weights=weights,
            threads=max(1, workers // processes),
        )
        matched = run_matchers(scenario, executor)
    with replacing(output) as fresh:
        write_tables(scenario, replicates, fresh, weights)
        if matched:
            add_matchers(matcher_table(matched, scenario), fresh)
        finish(fresh)
        write_log(fresh, time.monotonic() - started, workers)
    discard(kept)
