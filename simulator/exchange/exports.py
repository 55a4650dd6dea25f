"""Read an export back: what it is, and the truth that links are judged against."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from simulator.exchange import layout
from simulator.scenario.schema import Scenario


class ExportError(Exception):
    """A folder is no export, or not the one it says it is; the message is one sentence."""


@dataclass(frozen=True)
class Export:
    """One exported replicate: its scenario and its truth, tables in the order of the files."""

    directory: Path
    scenario: Scenario
    replicate: int
    requests: pd.DataFrame
    accounts: pd.DataFrame
    residents: pd.DataFrame


def _about(directory: Path) -> dict[str, Any]:
    path = directory / layout.ABOUT
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ExportError(
            f"{directory} is no export: it has no {layout.ABOUT}; make one with overmatch export."
        ) from error
    except ValueError as error:
        raise ExportError(f"{path} cannot be read: it is not JSON.") from error
    if not isinstance(about, dict) or about.get("kind") != layout.KIND:
        raise ExportError(f"{path} does not describe an export of overmatch.")
    if about.get("version") != layout.VERSION:
        raise ExportError(
            f"{path} describes an export of version {about.get('version')}, this overmatch reads "
            f"version {layout.VERSION}; export again."
        )
    return about


def _table(directory: Path, name: str, hashes: Mapping[str, object]) -> pd.DataFrame:
    """Return a table of the truth, checked against its hash."""
    path = directory / name
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ExportError(f"{path} is missing; export again.") from error
    if hashes.get(name) != digest:
        raise ExportError(f"{path} is not what was exported (its hash differs); export again.")
    table: pd.DataFrame = pq.read_table(path).to_pandas(types_mapper=_strings)
    return table


def _strings(kind: Any) -> Any:
    return pd.StringDtype("pyarrow") if kind == pa.string() else None


def load_export(directory: Path) -> Export:
    """Return one exported replicate. Raises ExportError."""
    about = _about(directory)
    files = about.get("files")
    hashes: Mapping[str, object] = files if isinstance(files, dict) else {}
    try:
        scenario = Scenario.model_validate(about.get("scenario"))
    except ValidationError as error:
        raise ExportError(
            f"{directory / layout.ABOUT} holds a scenario that this overmatch does not know; "
            "export again."
        ) from error
    return Export(
        directory,
        scenario,
        int(about.get("replicate", 0)),
        _table(directory, layout.TRUTH_REQUESTS, hashes),
        _table(directory, layout.TRUTH_ACCOUNTS, hashes),
        _table(directory, layout.TRUTH_RESIDENTS, hashes),
    )


def export_directories(directory: Path) -> list[Path]:
    """Return the folders of the replicates of an export: itself, or ``replicate-000`` on.

    Raises ExportError if there are none.
    """
    if not directory.is_dir():
        raise ExportError(f"{directory} is not a folder; give one made by overmatch export.")
    several = sorted(directory.glob("replicate-*"))
    if several and not (directory / layout.ABOUT).exists():
        return several
    return [directory]


def numbers_of(ids: pd.Series, known: pd.Series) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the row in ``known`` of every id, -1 where it is unknown."""
    return np.asarray(pd.Index(known).get_indexer(ids), dtype=np.int64)
