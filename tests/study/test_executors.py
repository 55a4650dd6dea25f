"""The same results wherever replicates are worked out."""

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

import pytest
from distributed import Client

from simulator.enforcement.listing import ListingError
from simulator.measures.quantities import ReplicateCounts
from simulator.study.executors import SerialExecutor, worker_pool
from simulator.study.replicate import run_replicate
from simulator.study.run import run_replicates
from tests.study.tiny import quiet, same, tiny


@pytest.fixture(scope="module")
def expected() -> list[ReplicateCounts]:
    return [run_replicate(tiny(), number) for number in range(2)]


def assert_same(found: list[ReplicateCounts], expected: list[ReplicateCounts]) -> None:
    assert len(found) == len(expected)
    assert all(same(one, other) for one, other in zip(found, expected, strict=True))


def test_one_worker(expected: list[ReplicateCounts]) -> None:
    with worker_pool(1) as executor:
        assert isinstance(executor, SerialExecutor)
        assert_same(run_replicates(tiny(), executor, progress=quiet), expected)


def test_two_workers(expected: list[ReplicateCounts]) -> None:
    with worker_pool(2) as executor:
        assert_same(run_replicates(tiny(), executor, progress=quiet), expected)
    assert no_process_is_left()


@pytest.fixture
def cluster() -> Iterator[Executor]:
    client: Any = Client(  # type: ignore[no-untyped-call]  # the library ships no types
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
    )
    with client, client.get_executor() as executor:
        yield executor


def test_dask(cluster: Executor, expected: list[ReplicateCounts]) -> None:
    assert_same(run_replicates(tiny(), cluster, progress=quiet), expected)


class Backwards(Executor):
    """Start nothing until asked for the last piece, then finish the last one first."""

    def __init__(self, total: int) -> None:
        self.waiting: list[tuple[Future[ReplicateCounts], tuple[object, ...]]] = []
        self.total = total

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN201
        future: Future[ReplicateCounts] = Future()
        self.waiting.append((future, (partial(fn, *args, **kwargs),)))
        if len(self.waiting) == self.total:
            for late, (function, *given) in reversed(self.waiting):
                late.set_result(function(*given))  # type: ignore[operator]
        return future


def test_replicates_come_in_order_whichever_finished_first(
    expected: list[ReplicateCounts],
) -> None:
    seen: list[tuple[int, int]] = []
    found = run_replicates(
        tiny(), Backwards(2), progress=lambda done, total: seen.append((done, total))
    )
    assert_same(found, expected)
    assert seen == [(0, 2), (1, 2), (2, 2)]


def no_process_is_left() -> bool:
    """Wait for terminated processes to be gone; the pool's own thread collects them."""
    patience = time.monotonic() + 30
    while multiprocessing.active_children() and time.monotonic() < patience:
        time.sleep(0.05)
    return not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_replicate_fails_the_run_and_leaves_no_process(workers: int) -> None:
    asks_too_much = tiny({"listing": {"requests": 1000}, "replicates": 4})
    with (
        pytest.raises(ListingError, match="the list asks for 770 removable residents"),
        worker_pool(workers) as executor,
    ):
        run_replicates(asks_too_much, executor, progress=quiet)
    assert no_process_is_left()
