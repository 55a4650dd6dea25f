"""A whole run: every replicate over the workers, then tables, then results put in place at once."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from simulator.matching.weights import Weights
from simulator.measures.quantities import ReplicateCounts
from simulator.scenario.schema import Matcher, Scenario
from simulator.study.checkpoints import (
    checkpoint_directory,
    discard,
    load,
    store,
    work_directory,
)
from simulator.study.executors import worker_pool
from simulator.study.matchers import NO_WEIGHTS, refuse_unusable
from simulator.study.replicate import run_replicate
from simulator.study.results import write_log, write_tables
from simulator.study.training import learns, learnt_matcher_weights, learnt_weights

Progress = Callable[[int, int], None]
T = TypeVar("T")


class RunError(Exception):
    """The run failed for a reason that is not the scenario's; one sentence for the user."""


def collect(
    submit: Callable[[int], Future[T]],
    numbers: Iterable[int],
    take: Callable[[int, T], None],
    sparing: str,
) -> None:
    """Hand in the work on replicates ``numbers`` and take what comes of each as it is done.

    Raises RunError where a worker dies or memory does not suffice; ``sparing`` says what would need
    less of it.
    """
    waiting: dict[Future[T], int] = {}
    try:
        for number in numbers:
            future = submit(number)
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
    except MemoryError as error:
        raise RunError(f"memory did not suffice for a replicate; try {sparing}") from error


def run_replicates(
    scenario: Scenario,
    executor: Executor,
    *,
    progress: Progress,
    kept: Path | None = None,
    weights: Weights | None = None,
    matcher_weights: Mapping[Matcher, Weights] = NO_WEIGHTS,
    explored: bool = False,
    threads: int = 1,
) -> list[ReplicateCounts]:
    """Return the counts of every replicate, in order.

    ``progress`` is called with (done, total). Finished replicates are stored under ``kept`` and
    taken from there; ``weights`` are those of the rule, ``matcher_weights`` those of the matchers
    beside it that learn them, and ``threads`` share the work of each. ``explored`` asks for every
    set of toggled guardrails too. Raises ListingError where the
    population cannot supply the list and RunError where a worker dies or memory does not suffice.
    """
    total = scenario.replicates
    done = (
        {}
        if kept is None
        else {
            number: counts
            for number in range(total)
            if (counts := load(kept, number)) is not None
            and (counts.explored.size > 0 or not explored)
        }
    )
    progress(len(done), total)

    def take(number: int, counts: ReplicateCounts) -> None:
        done[number] = counts
        if kept is not None:
            store(kept, number, counts)
        progress(len(done), total)

    def submit(number: int) -> Future[ReplicateCounts]:
        return executor.submit(
            run_replicate,
            scenario,
            number,
            weights,
            matcher_weights=dict(matcher_weights),
            explored=explored,
            threads=threads,
        )

    missing = [number for number in range(total) if number not in done]
    collect(submit, missing, take, "fewer --workers, a smaller population.size or fewer matchers")
    return [done[number] for number in range(total)]


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


def _unheard(notice: str) -> None:
    """Say nothing."""


def _learnt(
    scenario: Scenario, threads: int, notice: Callable[[str], None]
) -> tuple[Weights, dict[Matcher, Weights]]:
    """Return the weights of the rule and of the matchers beside it, learnt where they are."""
    if learns(scenario):
        notice("Learning weights from one more replicate.")
    weights = learnt_weights(scenario, threads=threads)
    beside = learnt_matcher_weights(scenario, threads=threads)
    named = [("the rule", weights), *((str(matcher), learnt) for matcher, learnt in beside.items())]
    for whose, learnt in named:
        if not learnt.converged:
            notice(
                f"The weights of {whose} were learnt by EM that did not settle; "
                "take what rests on them with caution."
            )
    return weights, beside


def run_scenario(
    scenario: Scenario,
    output: Path,
    *,
    workers: int,
    progress: Progress,
    finish: Callable[[Path], object] = _nothing,
    notice: Callable[[str], None] = _unheard,
) -> None:
    """Run a scenario and leave its results in ``output``, replacing earlier ones at once.

    ``finish`` is given the folder of tables before it is put in place, to add a report; ``notice``
    whatever the user should know meanwhile, a sentence each. Raises
    ListingError, RunError, ExtraMissingError or InexpressibleError where a matcher cannot run, or
    OSError where results cannot be written; earlier results stay.
    """
    refuse_unusable(scenario)
    started = time.monotonic()
    kept = checkpoint_directory(scenario, output)
    processes = max(1, min(workers, scenario.replicates))
    weights, beside = _learnt(scenario, workers, notice)
    with worker_pool(processes) as executor:
        replicates = run_replicates(
            scenario,
            executor,
            progress=progress,
            kept=kept,
            weights=weights,
            matcher_weights=beside,
            explored=True,
            threads=max(1, workers // processes),
        )
    with replacing(output) as fresh:
        write_tables(scenario, replicates, fresh, weights)
        finish(fresh)
        write_log(fresh, time.monotonic() - started, workers)
    discard(kept)
