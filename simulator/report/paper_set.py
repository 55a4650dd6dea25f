"""Write the figures and tables of a paper from folders of results, with their captions.

What cannot be drawn, because its results are not there or lack a table, is skipped and named; all
that is drawn is put in place at once. The same stored tables give the same bytes.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.report.folder import Folder, read_folder
from simulator.report.paper import (
    BASELINE,
    FIGURES,
    LIBRARY,
    TABLES,
    PaperFigure,
    PaperTable,
    library,
)
from simulator.report.printed import Printed, printed_files
from simulator.report.printed_table import PrintedTable, table_files
from simulator.report.stored import ReportError
from simulator.study.kind import Kind
from simulator.study.run import replacing

FIGURES_IN, TABLES_IN, CAPTIONS = "figures", "tables", "captions.md"
PAPER = "paper"
Progress = Callable[[int, int], None]
_HEAD = (
    "Made by `overmatch figures` from the stored tables of the folders named, and made again by it "
    "to the byte. All people are synthetic."
)
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|&~$])")


@dataclass(frozen=True)
class Item:
    """One figure or table of the paper: where it comes from, and why it is missing if it is."""

    name: str
    what: str
    source: str
    files: tuple[str, ...] = ()
    entry: str = ""
    reason: str = ""

    @property
    def made(self) -> bool:
        """Say whether it was drawn."""
        return bool(self.files)


def write_paper(
    results: Path,
    folders: Sequence[Path],
    *,
    progress: Progress,
    figures: Sequence[PaperFigure] = FIGURES,
    tables: Sequence[PaperTable] = TABLES,
) -> list[Item]:
    """Write ``results``/paper from the folders of ``results``; return what was made and what not.

    ``folders`` are those whose runs the table of the library lists. Nothing is written, and what
    was there stays, where nothing can be drawn. Raises OSError where it cannot be written.
    """
    total, made = len(figures) + len(tables) + 1, list[Item]()
    content: dict[str, bytes] = {}
    progress(0, total)
    every: tuple[PaperFigure | PaperTable, ...] = (*figures, *tables)
    for planned in every:
        item, files = _made(planned, _source(results, planned.source))
        made.append(item)
        content |= files
        progress(len(made), total)
    item, files = _library(folders)
    made.append(item)
    content |= files
    progress(total, total)
    if content:
        content[CAPTIONS] = _captions(made).encode("utf-8")
        with replacing(results / PAPER) as fresh:
            for name, data in content.items():
                (fresh / name).parent.mkdir(exist_ok=True)
                (fresh / name).write_bytes(data)
    return made


def _source(results: Path, name: str) -> Path:
    """Return the folder of a source: of its name, or as the commands name what they make of it."""
    names = (name, f"{name}-{Kind.SENSITIVITY}", f"{BASELINE}-{name}")
    return next((at for one in names if (at := results / one).is_dir()), results / name)


def _made(planned: PaperFigure | PaperTable, source: Path) -> tuple[Item, dict[str, bytes]]:
    """Return one figure or table and its files; none, and the reason, where it cannot be made."""
    what = "figure" if isinstance(planned, PaperFigure) else "table"
    missing = Item(planned.name, what, source.name)
    if not source.is_dir():
        return _without(missing, "no such results."), {}
    try:
        folder = read_folder(source)
        note = source_note(folder)
        if isinstance(planned, PaperFigure):
            printed = planned.draw(folder)
            files = _in(FIGURES_IN, printed_files(planned.name, printed))
            size = f"made for a column of {printed.width:g} mm"
            return _done(missing, printed, note, files, size), files
        table = planned.lay_out(folder)
        files = _in(TABLES_IN, table_files(planned.name, table, note))
        return _done(missing, table, note, files), files
    except ReportError as problem:
        return _without(missing, str(problem)), {}
    except (KeyError, IndexError, TypeError, ValueError) as problem:
        what = f"{type(problem).__name__}: {problem}".splitlines()[0]
        return _without(missing, f"its stored data are not what is drawn ({what})."), {}


def _library(folders: Sequence[Path]) -> tuple[Item, dict[str, bytes]]:
    missing = Item(LIBRARY, "table", "every run")
    runs = []
    for directory in folders:
        try:
            if read_folder(directory).kind == Kind.RUN:
                runs.append(directory)
        except ReportError:  # said where the folder itself is drawn
            continue
    try:
        table = library(runs)
    except ReportError as problem:
        return _without(missing, str(problem)), {}
    note = f"Overmatch, synthetic people; runs: {', '.join(run.name for run in runs)}."
    files = _in(TABLES_IN, table_files(LIBRARY, table, note))
    return _done(missing, table, note, files), files


def _in(folder: str, files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{folder}/{name}": data for name, data in files.items()}


def _without(item: Item, reason: str) -> Item:
    return Item(item.name, item.what, item.source, reason=reason)


def _done(
    item: Item, made: Printed | PrintedTable, note: str, files: dict[str, bytes], size: str = ""
) -> Item:
    """Return the item with its files and its entry in captions.md."""
    names = ", ".join(f"`{name}`" for name in files)
    entry = "\n\n".join(
        (
            f"## {item.what.capitalize()} `{item.name}`",
            in_markdown(made.caption),
            f"Units: {in_markdown(made.units)}",
            f"Intervals: {in_markdown(made.intervals)}",
            f"Source: {in_markdown(note)}",
            f"Files: {names}" + (f"; {size}" if size else "") + ".",
        )
    )
    return Item(item.name, item.what, item.source, tuple(files), entry)


def in_markdown(text: str) -> str:
    """Return any text so that Markdown shows it as it reads, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def source_note(folder: Folder) -> str:
    """Say what a folder's results rest on: version, scenario, seed, sizes and replicates."""
    manifest = folder.manifest
    parts = [f"Overmatch {manifest.get('overmatch', 'unknown')}, synthetic people"]
    sha = str(manifest.get("scenario_sha256", ""))[:12]
    parts.append(f"scenario “{folder.title}”" + (f" ({sha})" if sha else ""))
    if "seed" in manifest:
        parts.append(f"seed {manifest['seed']}")
    setting = manifest.get("setting")
    if isinstance(setting, dict) and {"people", "requests"} <= setting.keys():
        parts.append(f"{setting['people']:,.0f} people, {setting['requests']:,.0f} requests")
    if isinstance(manifest.get("replicates"), int):
        parts.append(f"{manifest['replicates']} replicates")
    return f"{'; '.join(parts)}; folder {folder.directory.name}."


def _captions(items: Sequence[Item]) -> str:
    """Return captions.md: every figure and table that was made, then those that were not."""
    parts = [
        "# Figures and tables",
        _HEAD,
        *(item.entry for item in items if item.made),
    ]
    missing = [item for item in items if not item.made]
    if missing:
        lines = [
            f"- {item.what} `{item.name}`, from {in_markdown(item.source)}: "
            f"{in_markdown(item.reason)}"
            for item in missing
        ]
        parts += ["## Not made", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"
