"""Read scenario files: YAML with ``extends`` and overrides becomes a validated Scenario.

A scenario file is data. It is read with its lines, never evaluated, and bounded in size, depth and
number of values (see ``simulator.scenario.lines``); whatever is wrong with it is raised as one
ScenarioError that names file, line and field of every problem.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.scenario.documentation import (
    FieldDoc,
    allowed_by_path,
    field_documentation,
    json_schema,
)
from simulator.scenario.idle import Note, idle_notes
from simulator.scenario.lines import MAX_BYTES, Document, read_yaml
from simulator.scenario.problems import (
    Problem,
    ScenarioError,
    dotted,
    quoted,
)
from simulator.scenario.schema import Scenario
from simulator.scenario.validation import Place, Settings, groups, scenario_of

__all__ = [
    "FieldDoc",
    "Note",
    "Problem",
    "ScenarioError",
    "field_documentation",
    "json_schema",
    "load_scenario",
    "load_with_notes",
    "scenario_sha256",
]

MAX_CHAIN = 10


def load_scenario(path: Path | None, overrides: Sequence[str] = ()) -> Scenario:
    """Return the scenario of the file ``path``; ``overrides`` read ``matching.tin_path=true``.

    Without a file every field has its default. The files it ``extends`` come first, each set over
    by the next, the overrides last. Groups are merged field by field; a field's value, list and
    mapping included, is replaced as a whole.

    Raises ScenarioError with every problem of the file, the files it extends and the overrides.
    """
    scenario, _ = load_with_notes(path, overrides)
    return scenario


def load_with_notes(
    path: Path | None, overrides: Sequence[str] = ()
) -> tuple[Scenario, tuple[Note, ...]]:
    """Return the scenario as ``load_scenario`` does, and notes about what it sets for nothing.

    Told are fields that the file ``path`` or an override sets and that have no effect under the
    scenario's other choices (``simulator.scenario.idle``). Raises ScenarioError as above.
    """
    settings = Settings()
    chain, found = ([], ()) if path is None else _chain(path)
    problems = list(found)
    for turn, (file, document) in enumerate(reversed(chain)):
        problems.extend(document.problems)
        places = {step: Place(file, line, turn) for step, line in document.lines.items()}
        settings.set((), document.value, places)
    for turn, override in enumerate(overrides, start=len(chain)):
        problems.extend(_override(settings, override, turn))
    scenario = scenario_of(settings, problems)
    return scenario, tuple(idle_notes(settings, scenario, len(chain) - 1))


def scenario_sha256(scenario: Scenario) -> str:
    """Return the SHA-256 of the resolved scenario as canonical JSON, in hexadecimal."""
    return fields_sha256(scenario.model_dump(mode="json"))


def fields_sha256(fields: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the fields of a resolved scenario, as they stand in a manifest."""
    text = json.dumps(
        fields,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _chain(path: Path) -> tuple[list[tuple[str, Document]], Sequence[Problem]]:
    """Return the documents from ``path`` to the one that extends nothing, or as far as it goes.

    A base that cannot be used is a problem of the file that names it, which is still read whole.
    Raises ScenarioError if ``path`` itself cannot be used.
    """
    chain: list[tuple[str, Document]] = []
    seen: list[Path] = []
    cited = Problem(_shown(path), 1, "", "")
    while True:
        try:
            if chain:
                _follow(path, seen, cited)
            document = _document(path, cited)
            seen.append(_resolved(path, cited))
        except ScenarioError as error:
            if not chain:
                raise
            return chain, error.problems
        chain.append((_shown(path), document))
        fields = document.value
        if not isinstance(fields, dict) or "extends" not in fields:
            return chain, ()
        base = fields.pop("extends")
        cited = Problem(_shown(path), document.lines["extends",], "extends", "")
        if not isinstance(base, str) or not base.strip() or not base.isprintable():
            return chain, _refused(
                cited, f"{quoted(base)} is not the name of a scenario file"
            ).problems
        path = path.parent / base


def _document(path: Path, cited: Problem) -> Document:
    file = _shown(path)
    document = read_yaml(_text(path, cited), file)
    if not isinstance(document.value, dict):
        message = "is empty" if document.value is None else f"holds {quoted(document.value)}"
        raise ScenarioError([Problem(file, 1, "", f"{message}; a scenario has fields")])
    return document


def _follow(path: Path, seen: Sequence[Path], cited: Problem) -> None:
    """Raise ScenarioError where a base leads round in a circle or too far."""
    if _resolved(path, cited) in seen:
        raise _refused(cited, f"{quoted(path.name)} leads back to a file already read: a cycle")
    if len(seen) >= MAX_CHAIN:
        raise _refused(cited, f"more than {MAX_CHAIN} files extend one another")


def _resolved(path: Path, cited: Problem) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        raise _refused(cited, f"{_shown(path)} cannot be found: {error}") from error


def _shown(path: Path) -> str:
    text = os.path.normpath(path)
    return text if text.isprintable() else quoted(text)


def _refused(cited: Problem, message: str) -> ScenarioError:
    return ScenarioError([Problem(cited.file, cited.line, cited.path, message)])


def _text(path: Path, cited: Problem) -> str:
    """Return the text of the file ``path``; problems with the file are reported at ``cited``."""
    what = f"{_shown(path)} " if cited.path else ""
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise _refused(cited, f"{what}is a directory, not a scenario file")
        if not stat.S_ISREG(kind):
            raise _refused(cited, f"{what}is not a regular file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _refused(cited, f"{what}does not exist") from error
    except OSError as error:
        raise _refused(cited, f"{what}cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise _refused(cited, f"{what}is larger than {MAX_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 text (byte {error.start + 1:,})"
        raise ScenarioError([Problem(_shown(path), line, "", message)]) from error


def _override(settings: Settings, override: str, turn: int) -> list[Problem]:
    """Set one override, such as ``population.size=20000``; return what is wrong with its form."""
    name, equals, text = override.partition("=")
    name = name.strip()
    file = f"--set {name if name.isprintable() else quoted(name)}"
    steps = tuple(name.split("."))
    if not equals or not name:
        return [Problem(file, None, name, "must read FIELD=VALUE, as in population.size=20000")]
    if steps == ("extends",):
        return [Problem(file, None, name, "extends can stand in a file only")]
    for length in range(1, len(steps)):
        whole = dotted(steps[:length])
        if whole in allowed_by_path() and steps[:length] not in groups():
            message = f"{whole} is set as a whole; allowed: {allowed_by_path()[whole]}"
            return [Problem(file, None, name, message)]
    try:
        document = read_yaml(text, file)
    except ScenarioError as error:
        return [Problem(file, None, name, problem.message) for problem in error.problems]
    settings.set(steps, document.value, {(): Place(file, None, turn)})
    return [Problem(file, None, name, problem.message) for problem in document.problems]
