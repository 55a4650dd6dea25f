"""Which runs may be compared replicate by replicate, what differs between them, what to mind.

Runs pair where replicate i of one drew its people, roll and list from the same streams as replicate
i of the other, by the same code and tables, and where a measure counts the same thing in both. Only
the libraries that numbers pass through count (``NUMERIC``); those that draw or write do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.measures.own_counts import OwnCounts
from simulator.reference.tables import table_hashes
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.results import package_version, package_versions
from simulator.study.stored_counts import StoredCounts, StoredCountsError, read_counts

NUMERIC = ("numpy", "scipy", "numba", "rapidfuzz")
TEXTS = ("title", "question", "description")
"""Fields of a scenario that decide nothing."""
Manifest = Mapping[str, Any]  # Any: JSON


class IncomparableError(Exception):
    """Two runs that cannot be paired; the message is one sentence that says why."""


@dataclass(frozen=True)
class Run:
    """One finished run to compare, under the name it is shown by."""

    name: str
    directory: Path
    scenario: Scenario
    counts: OwnCounts
    manifest: Manifest


@dataclass(frozen=True)
class FieldChange:
    """A field of the scenario that two runs have differently, by its dotted path."""

    path: str
    reference: Any  # Any: JSON
    compared: Any


def read_run(name: str, directory: Path) -> Run:
    """Return the run in a results folder.

    Raises StoredCountsError where there is none, or its scenario is not one of today's.
    """
    counts: StoredCounts = read_counts(directory)
    try:
        scenario = Scenario.model_validate(counts.manifest["scenario"])
        stated = counts.manifest["scenario_sha256"]
    except (KeyError, ValidationError):
        raise StoredCountsError(
            f"{directory} was left by another version: its scenario is not valid today; "
            "run it again."
        ) from None
    if scenario_sha256(scenario) != stated:
        raise StoredCountsError(
            f"{directory} states a scenario that is not the one whose hash it states."
        )
    return Run(name, directory, scenario, counts, counts.manifest)


def up_to_date(directory: Path, scenario: Scenario) -> bool:
    """Say whether a folder holds what running ``scenario`` here and now would leave."""
    try:
        run = read_run("", directory)
    except StoredCountsError:
        return False
    current = {"overmatch": package_version(), "reference_tables": table_hashes()}
    same = all(run.manifest.get(name) == value for name, value in current.items())
    versions = run.manifest.get("versions", {})
    same &= all(versions.get(name) == package_versions()[name] for name in NUMERIC)
    return same and scenario_sha256(run.scenario) == scenario_sha256(scenario)


def _versions_apart(first: Manifest, second: Manifest) -> Iterator[str]:
    """Yield what of the versions behind the numbers differs, in words."""
    named = [("overmatch", first.get("overmatch"), second.get("overmatch"))]
    ours, theirs = first.get("versions", {}), second.get("versions", {})
    named += [(name, ours.get(name), theirs.get(name)) for name in NUMERIC]
    for name, one, other in named:
        if one != other:
            yield f"{name} {one} and {other}"


def _tables_apart(first: Manifest, second: Manifest) -> list[str]:
    ours, theirs = first.get("reference_tables", {}), second.get("reference_tables", {})
    names = sorted({*ours, *theirs})
    return [name for name in names if ours.get(name) != theirs.get(name)]


def refuse_incomparable(reference: Run, other: Run) -> None:
    """Raise IncomparableError where ``other`` cannot be paired with ``reference``."""
    both = f"{reference.name} and {other.name} cannot be compared"
    if apart := list(_versions_apart(reference.manifest, other.manifest)):
        raise IncomparableError(
            f"{both}: they were run by different versions ({'; '.join(apart)}); run both again."
        )
    if tables := _tables_apart(reference.manifest, other.manifest):
        raise IncomparableError(
            f"{both}: they rest on different reference tables ({', '.join(tables)}); "
            "run both again."
        )
    refuse_scenarios(reference.name, reference.scenario, other.name, other.scenario)


def refuse_scenarios(first: str, one: Scenario, second: str, two: Scenario) -> None:
    """Raise IncomparableError where runs of two scenarios, by their names, could not be paired."""
    both = f"{first} and {second} cannot be compared"
    if one.seed != two.seed:
        raise IncomparableError(
            f"{both}: their seeds differ ({one.seed} and {two.seed}), so that their replicates "
            "are not the same draws; run one again with the other's --seed."
        )
    if one.searched_roll != two.searched_roll:
        raise IncomparableError(
            f"{both}: one searches the {one.searched_roll} roll, the other the "
            f"{two.searched_roll} roll, and a match means something else on each."
        )
    ours, theirs = ({str(status) for status in of.population.lawful_statuses} for of in (one, two))
    if ours != theirs:
        raise IncomparableError(
            f"{both}: they count different legal statuses as lawful "
            f"({', '.join(sorted(ours ^ theirs))}), so that a lawful resident is somebody else."
        )


def notes(reference: Run, other: Run, replicates: int) -> list[str]:
    """Return what to mind when two comparable runs are compared, a sentence each."""
    one, two = reference.scenario, other.scenario
    found = []
    if reference.counts.replicates != other.counts.replicates:
        found.append(
            f"{reference.name} has {reference.counts.replicates} replicates and {other.name} has "
            f"{other.counts.replicates}; the first {replicates} of both are compared, and "
            "estimates are those of these alone."
        )
    for what, ours, theirs in (
        ("people", one.population.size, two.population.size),
        ("requests", one.listing.requests, two.listing.requests),
    ):
        if ours != theirs:
            found.append(
                f"{reference.name} has {ours:,} {what} and {other.name} {theirs:,}: rates per "
                "request can be compared, counts and links that grow with the size cannot, and "
                "pairing gains less."
            )
    if one.confidence != two.confidence:
        found.append(
            f"{other.name} asks for intervals at {two.confidence:g}; all are at the "
            f"{one.confidence:g} of {reference.name}."
        )
    if replicates == 1:
        found.append("With one replicate there are no intervals.")
    return found


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # Any: JSON
    """Yield the fields of a scenario by dotted path; lists count as one value."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def field_changes(reference: Scenario, other: Scenario) -> list[FieldChange]:
    """Return the fields in which two scenarios differ, but for the texts that decide nothing.

    Those that only steer a calibration, not a run, come last.
    """
    ours, theirs = (
        dict(_leaves(scenario.model_dump(mode="json"))) for scenario in (reference, other)
    )
    paths = sorted(
        dict.fromkeys((*ours, *theirs)), key=lambda path: path.startswith("calibration.")
    )
    return [
        FieldChange(path, ours.get(path), theirs.get(path))
        for path in paths
        if path not in TEXTS and ours.get(path) != theirs.get(path)
    ]


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return names of which no two are the same: the second of its name gets a number."""
    result: list[str] = []
    for name in names:
        number, free = 1, name
        while free in result:
            number += 1
            free = f"{name} ({number})"
        result.append(free)
    return result
