"""Read the counts of every replicate of a finished run, checked against its manifest."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.measures.own_counts import OwnCounts, counts_from
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST, REPLICATES, digest


class StoredCountsError(Exception):
    """A folder without the counts of a run; the message is one sentence for the user."""


@dataclass(frozen=True)
class StoredCounts(OwnCounts):
    """The counts of a run at its own policy and selection, and the manifest beside them."""

    manifest: dict[str, Any]  # Any: JSON


def read_manifest(directory: Path) -> dict[str, Any]:  # Any: JSON
    """Return the manifest of a results folder.

    Raises StoredCountsError where there is none or it is none of ours.
    """
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise StoredCountsError(
            f"{directory} is not a results folder: it has no readable {MANIFEST}."
        ) from None
    except ValueError:
        raise StoredCountsError(f"{directory / MANIFEST} is not a manifest: no JSON.") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("tables"), dict):
        raise StoredCountsError(f"{directory / MANIFEST} is not a manifest: it names no tables.")
    return manifest


def check_tables(directory: Path, manifest: dict[str, Any]) -> None:  # Any: JSON
    """Raise StoredCountsError unless every table has the hash that the manifest states."""
    for name, stated in sorted(manifest["tables"].items()):
        path = directory / Path(name).name
        try:
            found = digest(path)
        except OSError:
            raise StoredCountsError(f"{path} is missing, and the manifest names it.") from None
        if found != stated:
            raise StoredCountsError(
                f"{path} is not the table that its manifest states: it was changed afterwards."
            )


def read_counts(directory: Path) -> StoredCounts:
    """Return the counts of every replicate in the results folder of a run.

    Raises StoredCountsError where the folder is not that of a run, was changed since, or was left
    by a version that did not store them.
    """
    manifest = read_manifest(directory)
    kind = manifest.get("kind", Kind.RUN)
    if kind != Kind.RUN:
        raise StoredCountsError(
            f"{directory} holds results of kind {kind!r}, not those of overmatch run."
        )
    if REPLICATES not in manifest["tables"]:
        raise StoredCountsError(
            f"{directory} was left by a version that stored no {REPLICATES}; run it again."
        )
    check_tables(directory, manifest)
    try:
        table = pq.read_table(directory / REPLICATES).to_pandas()
        counts = counts_from(table, int(manifest["replicates"]))
    except (pa.ArrowException, KeyError, TypeError, ValueError) as problem:
        raise StoredCountsError(f"{directory / REPLICATES} cannot be read: {problem}.") from problem
    return StoredCounts(counts.quantities, counts.details, counts.challenges, manifest)
