"""Any folder of results, whatever its kind: its manifest, and its tables held to their hashes.

A table that is not the one that the manifest describes is refused; whether the manifest is the one
that was written is not checked. What a kind of results says beyond this is read where it is drawn.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.report.stored import fail
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST


@dataclass(frozen=True)
class Folder:
    """A folder of results: its kind and its manifest as stored."""

    directory: Path
    kind: Kind
    manifest: Mapping[str, Any]  # Any: JSON

    def holds(self, name: str) -> bool:
        """Say whether the manifest names a table."""
        return name in self.manifest["tables"]

    def content(self, name: str) -> bytes:
        """Return the bytes of a table; raise ReportError where it is missing or was edited."""
        if not self.holds(name) or name in self.left_out:
            fail(f"it holds no {name}.")
        try:
            found = (self.directory / name).read_bytes()
        except OSError as problem:
            fail(f"{self.directory / name} cannot be read: {problem.strerror}.")
        if hashlib.sha256(found).hexdigest() != self.manifest["tables"][name]:
            fail(f"{name} is not the table that manifest.json describes: its sha256 differs.")
        return found

    def table(self, name: str, *columns: str) -> pd.DataFrame:
        """Return a CSV table as stored; raise ReportError where it lacks one of ``columns``."""
        try:
            found = pd.read_csv(io.BytesIO(self.content(name)))
        except (ValueError, UnicodeDecodeError) as problem:
            fail(f"{name} is not a readable table: {str(problem).splitlines()[0]}.")
        missing = [column for column in columns if column not in found.columns]
        if missing:
            fail(f"{name} has no column {', '.join(missing)}.")
        return found

    @property
    def title(self) -> str:
        """The title of its scenario, as written there: untrusted text."""
        scenario = self.manifest.get("scenario")
        title = scenario.get("title") if isinstance(scenario, Mapping) else None
        return str(title or self.directory.name)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The tables that the manifest names and the folder no longer holds."""
        return tuple(
            name for name in self.manifest["tables"] if not (self.directory / name).exists()
        )

    def verify(self) -> None:
        """Raise ReportError if any table that is there was edited."""
        for name in self.manifest["tables"]:
            if name not in self.left_out:
                self.content(name)


def read_folder(directory: Path) -> Folder:
    """Read what a folder of results says of itself.

    Raises ReportError, in one sentence, where it has no manifest, or one that names no kind.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except OSError as problem:
        fail(f"{MANIFEST} cannot be read: {problem.strerror}.")
    except (ValueError, RecursionError):
        fail(f"{MANIFEST} is not valid JSON.")
    if not isinstance(manifest, dict) or not isinstance(manifest.get("tables"), dict):
        fail(f"{MANIFEST} names no tables.")
    if "kind" not in manifest:
        fail(f"{MANIFEST} does not say what kind of results these are; make them again.")
    try:
        return Folder(directory, Kind(manifest["kind"]), manifest)
    except ValueError:
        kinds = ", ".join(Kind)
        fail(f"{MANIFEST}: {manifest['kind']!r} is no kind of results; known are {kinds}.")
