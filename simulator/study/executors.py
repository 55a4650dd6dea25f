"""Where replicates are worked out: any ``concurrent.futures.Executor``.

One worker works in this process; several are a process pool; a cluster brings its own executor
(``dask.distributed.Client(...).get_executor()``). Results do not depend on which.
"""

import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


class SerialExecutor(Executor):
    """Do each piece of work at once, in this process."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # a future carries whatever went wrong
            future.set_exception(error)
        return future


def _die_quietly() -> None:
    """Let Ctrl-C end a worker at once and without a traceback; the parent reports it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def worker_pool(workers: int) -> Iterator[Executor]:
    """Open an executor of so many processes and leave none of them running behind."""
    if workers <= 1:
        yield SerialExecutor()
        return
    context = multiprocessing.get_context("spawn")
    others = multiprocessing.active_children()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_die_quietly)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()
        raise
    pool.shutdown()
