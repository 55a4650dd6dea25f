"""Make the reference runs of a list: one task each over a pool, put in place one by one.

A task works in one process, so that all cores are busy to the end whatever the entries are; the few
entries that take as long as all others together spread their own replicates instead. Each works in
a folder of its own; what an entry does not keep is left out before it is put in place, while its
hash stays in the manifest.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

from simulator.scenario.schema import Scenario
from simulator.study.manifests import ManifestError, read_stored
from simulator.study.reference_list import Artefact, Command, Entry
from simulator.study.replay import Replay, compared
from simulator.study.results import COMPARISONS, LOG, MANIFEST, MATCHERS, THRESHOLDS
from simulator.study.run import RunError, replacing

LONG_TABLES = (THRESHOLDS, COMPARISONS, MATCHERS, "policies.parquet")
"""Tables of a row for every policy, pattern or cut point, left out unless asked for."""
_PAGE, _FIGURES = "report.html", "figures"


class Build(Protocol):
    """Makes the results of a scenario; ``drawn`` says whether with figures."""

    def __call__(self, scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
        """Leave the results in ``output``."""


@dataclass(frozen=True)
class Built:
    """One entry made again: ``replay`` compares it with what was there, None where nothing was.

    ``unusable`` says why results that were there could not be compared.
    """

    entry: Entry
    seconds: float
    replay: Replay | None
    unusable: str = ""

    @property
    def identical(self) -> bool:
        """Say whether every table is the one that was there."""
        return self.replay is not None and self.replay.identical


def artefact(name: str) -> Artefact | None:
    """Return what a file or folder in a results folder is; None for what is never left out."""
    if name == MANIFEST:
        return None
    if name == _FIGURES:
        return Artefact.FIGURES
    if name == _PAGE:
        return Artefact.PAGE
    return Artefact.LONG_TABLES if name in LONG_TABLES else Artefact.TABLES


def is_kept(entry: Entry, name: str) -> bool:
    """Say whether an entry keeps a file or folder of its results; never the log of a machine."""
    what = artefact(name)
    return name != LOG and (what is None or what in entry.keeps or name in entry.also)


def build_entry(
    build: Build, entry: Entry, scenario: Scenario, staging: Path, workers: int = 1
) -> float:
    """Make an entry in ``staging``/name/results, leave out what is not kept, return the seconds."""
    started = monotonic()
    output = staging / entry.name / "results"
    output.parent.mkdir()
    build(scenario, output, workers=workers, drawn=entry.drawn)
    for path in output.iterdir():
        if not is_kept(entry, path.name):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return monotonic() - started


def build_reference(
    asked: Sequence[tuple[Entry, Scenario]],
    builds: Mapping[Command, Build],
    results: Path,
    executor: Executor,
    *,
    workers: int,
    progress: Callable[[int, int, Built | None], None],
    keep: bool = True,
) -> list[Built]:
    """Make entries over an executor and put each in the place of ``results``/name.

    Those that say ``spread`` come first, one after another in this process, each over ``workers``
    processes of its own; the others are begun in the order given. ``progress`` hears (done, total,
    what was made last). Without ``keep`` results are compared and thrown away. Raises RunError
    where a worker dies, and whatever making an entry raises; entries put in place by then stay.
    """
    total, made = len(asked), list[Built]()
    progress(0, total, None)

    def take(entry: Entry, seconds: float, staging: Path) -> None:
        made.append(_taken(entry, seconds, staging, results, keep=keep))
        progress(len(made), total, made[-1])

    with _staging(results) as staging:
        waiting: dict[Future[float], Entry] = {}
        try:
            for entry, scenario in asked:
                if entry.spread:
                    build = builds[entry.command]
                    take(entry, build_entry(build, entry, scenario, staging, workers), staging)
            for entry, scenario in asked:
                if entry.spread:
                    continue
                build = builds[entry.command]
                future = executor.submit(build_entry, build, entry, scenario, staging)
                if future.done():  # an executor without workers; show each before the next begins
                    take(entry, future.result(), staging)
                else:
                    waiting[future] = entry
            for future in as_completed(waiting):
                take(waiting[future], future.result(), staging)
        except BrokenProcessPool as error:
            raise RunError(
                "a worker process died, perhaps for want of memory; try fewer --workers"
            ) from error
    order = [entry.name for entry, _ in asked]
    return sorted(made, key=lambda one: order.index(one.entry.name))


def _taken(entry: Entry, seconds: float, staging: Path, results: Path, *, keep: bool) -> Built:
    """Compare an entry with what was there and put it in its place."""
    built, place = staging / entry.name / "results", results / entry.name
    replay, unusable = None, ""
    if place.exists():
        try:
            replay = compared(read_stored(place), place, built)
        except ManifestError as error:
            unusable = str(error)
    if keep:
        with replacing(place) as fresh:
            for path in built.iterdir():
                path.rename(fresh / path.name)
    shutil.rmtree(staging / entry.name)
    return Built(entry, seconds, replay, unusable)


@contextmanager
def _staging(results: Path) -> Iterator[Path]:
    """Give a folder beside the results, on the same disk, and remove it afterwards."""
    work = results / ".work"
    work.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix="reference-", dir=work))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        with suppress(OSError):  # it holds other work
            work.rmdir()
