"""Draw the figures of folders of results again, each by what its kind of results is drawn with.

The dispatch is one table, ``WRITERS``. A kind of results that comes later in the flow than reports
(fidelity) is handed in by whoever calls. Nothing is simulated; the same tables give the same bytes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from simulator.report.folder import Folder, read_folder
from simulator.report.stored import ReportError, fail
from simulator.report.write import FIGURES
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST

Writer = Callable[[Path], object]
Progress = Callable[[int, int], None]
WRITERS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.RUN: "write:write_report",
        Kind.ABLATION: "ablation_figure:write_figure",
        Kind.CALIBRATION: "calibration_figure:write_figure",
        Kind.SENSITIVITY: "sensitivity_figure:write_figure",
        Kind.SCALING: "scaling_figure:write_figure",
        Kind.COMPARISON: "comparison_figure:write_figure",
        Kind.CHOICE: "choice_figure:write_figure",
    }
)
"""Kind of results -> module of ``simulator.report`` and the function there that is given a folder.

A module is imported when a folder of its kind is met, so that one kind can be drawn without the
others.
"""
UNDRAWN = (Kind.COUNT,)
"""Kinds of results that are tables only."""


@dataclass(frozen=True)
class Outcome:
    """What became of one folder: drawn, or why not.

    ``failed`` says that figures are missing that there should be, not that there is nothing to
    draw.
    """

    directory: Path
    kind: str
    drawn: bool = True
    reason: str = ""
    failed: bool = False


def result_folders(directory: Path) -> list[Path]:
    """Return the folders with a manifest: ``directory`` itself, or those in it, by name."""
    if (directory / MANIFEST).exists():
        return [directory]
    return sorted(
        entry
        for entry in directory.iterdir()
        if entry.is_dir() and not entry.name.startswith(".") and (entry / MANIFEST).exists()
    )


def writer_of(kind: Kind, further: Mapping[Kind, Writer]) -> Writer:
    """Return what draws a kind of results; raise ReportError where nothing does."""
    if kind in further:
        return further[kind]
    module, _, name = WRITERS.get(kind, "").partition(":")
    place = f"{__package__}.{module}"
    if not module or find_spec(place) is None:
        fail(f"this version of Overmatch has no figure for results of kind {kind}.")
    found: Writer = getattr(import_module(place), name)
    return found


def rebuild(
    folders: Sequence[Path], further: Mapping[Kind, Writer], *, progress: Progress
) -> Iterator[Outcome]:
    """Draw every folder's figures from its stored tables, one after the other.

    A folder that cannot be drawn yields its reason, in one sentence; the others are done all the
    same. Raises OSError where a folder cannot be written.
    """
    progress(0, len(folders))
    for number, folder in enumerate(folders, 1):
        yield _drawn(folder, further)
        progress(number, len(folders))


def _drawn(directory: Path, further: Mapping[Kind, Writer]) -> Outcome:
    kind = ""
    try:
        folder = read_folder(directory)
        kind = str(folder.kind)
        nothing = _nothing_to_draw(folder)
        if nothing:
            return Outcome(directory, kind, drawn=False, reason=nothing)
        folder.verify()
        writer_of(folder.kind, further)(directory)
    except ReportError as problem:
        return Outcome(directory, kind, drawn=False, reason=str(problem), failed=True)
    except (KeyError, IndexError, TypeError, ValueError) as problem:
        # Tables have the hashes that the manifest states, so what is wrong is the manifest, or the
        # results are those of another version.
        what = f"{type(problem).__name__}: {problem}".splitlines()[0]
        reason = f"its stored data are not what this version draws ({what})."
        return Outcome(directory, kind, drawn=False, reason=reason, failed=True)
    return Outcome(directory, kind)


def _nothing_to_draw(folder: Folder) -> str:
    """Return why a folder has no figures and should have none, empty where it should."""
    if folder.kind in UNDRAWN:
        return "tables only, nothing to draw."
    # Results may be kept without their long tables and without what is drawn from them.
    if folder.left_out and not (folder.directory / FIGURES).exists():
        return f"kept without {', '.join(folder.left_out)} and without figures."
    return ""
