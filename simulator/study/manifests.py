"""Read the manifest of any kind of results and say whether this installation can follow it.

A manifest holds the resolved scenario and its hash, so that one edited by hand is noticed, and one
of another schema is refused instead of being filled up with defaults. What is not checked: whether
somebody changed scenario and hash together.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.reference.tables import table_hashes
from simulator.scenario.files import fields_sha256
from simulator.scenario.problems import quoted
from simulator.scenario.schema import Scenario
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST, package_version, package_versions

Fields = Mapping[str, Any]  # Any: JSON
_OBJECTS = ("scenario", "versions", "reference_tables", "tables")
_TEXTS = ("overmatch", "scenario_sha256")


class ManifestError(Exception):
    """A results folder cannot be used; the message is one sentence without its full stop."""


@dataclass(frozen=True)
class Stored:
    """What a results folder says of itself: kind, validated scenario and the hash of each table.

    ``manifest`` is the whole of manifest.json as it was read.
    """

    kind: Kind
    scenario: Scenario
    tables: Mapping[str, str]
    manifest: dict[str, Any]


def read_stored(directory: Path) -> Stored:
    """Return what the results folder ``directory`` holds.

    Raises ManifestError where it holds no results, they were edited by hand, or this version does
    not understand them.
    """
    where = _said(directory)
    raw = _read(directory, where)
    for name in (*_OBJECTS, *_TEXTS):
        wanted = dict if name in _OBJECTS else str
        if not isinstance(raw.get(name), wanted):
            what = "an object" if wanted is dict else "text"
            raise ManifestError(f"{where}: manifest.json has no field {name} that is {what}")
    for name, digest in raw["tables"].items():
        if not isinstance(digest, str) or Path(name).name != name:
            raise ManifestError(f"{where}: manifest.json names no usable table {quoted(name)}")
    return Stored(_kind(raw, where), scenario_in(raw, where), raw["tables"], raw)


def scenario_in(manifest: Fields, where: str = MANIFEST) -> Scenario:
    """Return the scenario of a manifest, validated like that of any file.

    Raises ManifestError where it was edited by hand or is of another schema; ``where`` is named.
    """
    fields = manifest["scenario"]
    try:
        digest = fields_sha256(fields)
    except ValueError as error:  # NaN and infinity are no JSON
        raise ManifestError(f"{where}: manifest.json holds a number that is none") from error
    if digest != manifest["scenario_sha256"]:
        raise ManifestError(
            f"{where}: manifest.json was changed by hand: its scenario is not the one whose sha256 "
            "it states"
        )
    made_by = f"{where} was made by Overmatch {manifest['overmatch']} of another schema"
    try:
        scenario = Scenario.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        unknown = first["type"] == "extra_forbidden"
        why = "this version has no such field" if unknown else first["msg"]
        raise ManifestError(f"{made_by}: scenario.{place}: {why}; run it again") from error
    missing = next(_missing(scenario.model_dump(mode="json"), fields, "scenario"), None)
    if missing is not None:
        raise ManifestError(
            f"{made_by}: it has no {missing}, which this version asks; run it again"
        )
    return scenario


def version_differences(manifest: Fields) -> list[str]:
    """Say in which versions and reference tables results differ from this installation."""
    now = {"overmatch": package_version(), **package_versions()}
    before = {"overmatch": manifest["overmatch"], **manifest["versions"]}
    found = [
        f"{name} {before.get(name, 'none')} then, {now.get(name, 'none')} now"
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]
    tables, held = manifest["reference_tables"], table_hashes()
    other = [name for name in sorted({*tables, *held}) if tables.get(name) != held.get(name)]
    if other:
        found.append(f"other reference tables: {', '.join(other)}")
    return found


def manifest_differences(before: Fields, after: Fields) -> list[str]:
    """Return the fields, dotted, with which two manifests disagree on what was run and found.

    Versions, reference tables and tables are left out: they are compared by themselves.
    """
    apart = {"versions", "reference_tables", "tables", "overmatch"}
    old, new = (dict(_leaves(_without(fields, apart), "")) for fields in (before, after))
    return [
        f"{name}: {old.get(name, 'nothing')} then, {new.get(name, 'nothing')} now"
        for name in dict.fromkeys([*old, *new])
        if name not in old or name not in new or old[name] != new[name]
    ]


def _said(directory: Path) -> str:
    text = str(directory)
    return text if text.isprintable() else quoted(text)


def _read(directory: Path, where: str) -> dict[str, Any]:
    if not directory.is_dir():
        raise ManifestError(f"{where} is not a directory")
    try:
        raw = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ManifestError(f"{where} holds no results (no manifest.json)") from error
    except OSError as error:
        raise ManifestError(f"{where}: manifest.json cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{where}: manifest.json is not valid JSON") from error
    if not isinstance(raw, dict):
        raise ManifestError(f"{where}: manifest.json does not hold an object")
    return raw


def _kind(raw: Fields, where: str) -> Kind:
    if "kind" not in raw:
        raise ManifestError(
            f"{where}: manifest.json does not say of what kind the results are; an older version "
            "made them, run them again"
        )
    try:
        return Kind(raw["kind"])
    except ValueError as error:
        raise ManifestError(
            f"{where}: manifest.json: there is no kind {quoted(raw['kind'])}; allowed: "
            f"{', '.join(Kind)}"
        ) from error


def _missing(wanted: object, given: object, at: str) -> Iterator[str]:
    """Yield the dotted names that ``wanted`` has and ``given`` lacks."""
    if not isinstance(wanted, dict) or not isinstance(given, dict):
        return
    for name, value in wanted.items():
        if name in given:
            yield from _missing(value, given[name], f"{at}.{name}")
        else:
            yield f"{at}.{name}"


def _without(fields: Fields, names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _leaves(value: object, at: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, f"{at}.{name}" if at else name)
    else:
        yield at, value
