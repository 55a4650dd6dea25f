"""Make the tables of a results folder again from its manifest, and say whether they are the same.

Which function makes which kind of results again is handed in (``remakes``), since some kinds live
in rooms that stand after this one. Everything is made in a folder of its own; the folder replayed
is only read.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from simulator.study.kind import Kind
from simulator.study.manifests import (
    Stored,
    manifest_differences,
    read_stored,
    version_differences,
)
from simulator.study.results import LOG, MANIFEST
from simulator.study.run import Progress
from simulator.study.table_differences import SHOWN, TableDifference, compare_tables

Finish = Callable[[Path], object]


class Remake(Protocol):
    """Makes the tables and the manifest of one kind of results again."""

    def __call__(
        self,
        manifest: dict[str, Any],  # Any: JSON
        directory: Path,
        *,
        workers: int,
        progress: Progress,
    ) -> None:
        """Fill the empty folder ``directory`` with what ``manifest`` describes."""


class Verdict(StrEnum):
    """What became of one table or file."""

    IDENTICAL = "identical"
    DIFFERS = "differs"
    NOT_MADE = "not made again"
    NEW = "new"
    EDITED = "edited after the run"
    """Made again it is what the manifest says; the file in the folder is not."""


@dataclass(frozen=True)
class TableReplay:
    """One table: ``stored`` says whether the folder holds it, or only its hash stands there."""

    name: str
    verdict: Verdict
    stored: bool
    difference: TableDifference | None = None


@dataclass(frozen=True)
class Replay:
    """What a replay found.

    ``other_versions`` says what is installed otherwise than when the results were made,
    ``manifest`` which other fields of the manifest came out otherwise. ``figures`` holds the
    verdict on each drawn file, and is None where they were not asked for.
    """

    stored: Stored
    tables: tuple[TableReplay, ...]
    other_versions: tuple[str, ...]
    manifest: tuple[str, ...]
    figures: Mapping[str, Verdict] | None

    @property
    def identical(self) -> bool:
        """Say whether every table, field of the manifest and figure asked for is the same."""
        verdicts = [table.verdict for table in self.tables] + list((self.figures or {}).values())
        return not self.manifest and all(one == Verdict.IDENTICAL for one in verdicts)


class NoRemakeError(Exception):
    """This kind of results cannot be made again; one sentence without its full stop."""


def replay(
    directory: Path,
    remakes: Mapping[Kind, Remake],
    *,
    workers: int,
    progress: Progress,
    finishes: Mapping[Kind, Finish] | None = None,
    shown: int = SHOWN,
) -> Replay:
    """Make the results in ``directory`` again and compare them, table by table.

    ``finishes`` draw the figures of each kind into a folder of tables; without them figures are
    not compared. Raises ManifestError where the folder cannot be used, NoRemakeError where nothing
    makes its kind again, and whatever making it raises.
    """
    stored = read_stored(directory)
    if stored.kind not in remakes:
        raise NoRemakeError(f"results of kind {stored.kind} cannot be made again")
    if finishes is not None and stored.kind not in finishes:
        raise NoRemakeError(f"figures of results of kind {stored.kind} cannot be made again")
    with tempfile.TemporaryDirectory(prefix="overmatch-replay-") as work:
        again = Path(work) / directory.resolve().name
        again.mkdir()
        remakes[stored.kind](stored.manifest, again, workers=workers, progress=progress)
        if finishes is not None:
            finishes[stored.kind](again)
        return compared(stored, directory, again, figures=finishes is not None, shown=shown)


def compared(
    stored: Stored, directory: Path, again: Path, *, figures: bool = False, shown: int = SHOWN
) -> Replay:
    """Return how the results in ``again`` differ from those ``stored`` in ``directory``."""
    now = read_stored(again)
    names = dict.fromkeys([*stored.tables, *now.tables])
    return Replay(
        stored=stored,
        tables=tuple(_table(name, stored, now, directory, again, shown) for name in names),
        other_versions=tuple(version_differences(stored.manifest)),
        manifest=tuple(manifest_differences(stored.manifest, now.manifest)),
        figures=_figures(directory, again, names) if figures else None,
    )


def _table(
    name: str, stored: Stored, now: Stored, directory: Path, again: Path, shown: int
) -> TableReplay:
    old, new = directory / name, again / name
    there = old.is_file()
    if name not in now.tables:
        return TableReplay(name, Verdict.NOT_MADE, there)
    if name not in stored.tables:
        return TableReplay(name, Verdict.NEW, there)
    as_stated = stored.tables[name] == now.tables[name]
    untouched = not there or _digest(old) == stored.tables[name]
    if as_stated and untouched:
        return TableReplay(name, Verdict.IDENTICAL, there)
    verdict = Verdict.EDITED if as_stated else Verdict.DIFFERS
    difference = _difference(old, new, shown) if there else None
    return TableReplay(name, verdict, there, difference)


def _difference(old: Path, new: Path, shown: int) -> TableDifference | None:
    """Return how two tables differ, None where the old file is no table any more."""
    try:
        return compare_tables(old, new, shown)
    except (OSError, ValueError):
        return None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _figures(directory: Path, again: Path, tables: Mapping[str, object]) -> dict[str, Verdict]:
    """Return the verdict on every file that is no table, by its path in the folder.

    A folder of tables alone, as of reference runs, has none and lacks none.
    """
    apart = {*tables, MANIFEST, LOG}
    old, new = (_files(folder, apart) for folder in (directory, again))
    verdicts: dict[str, Verdict] = {}
    if not old:
        return verdicts
    for name in sorted({*old, *new}):
        if name not in new:
            verdicts[name] = Verdict.NOT_MADE
        elif name not in old:
            verdicts[name] = Verdict.NEW
        else:
            same = old[name].read_bytes() == new[name].read_bytes()
            verdicts[name] = Verdict.IDENTICAL if same else Verdict.DIFFERS
    return verdicts


def _files(directory: Path, apart: set[str]) -> dict[str, Path]:
    found = (path for path in directory.rglob("*") if path.is_file())
    named = {path.relative_to(directory).as_posix(): path for path in found}
    return {name: path for name, path in named.items() if name not in apart}
