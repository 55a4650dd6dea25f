"""The list of reference runs: which scenario, by which command, and what of it is kept.

The list is data in a YAML file, read and refused like a scenario file. Its first entries are begun
first, so those that take longest should stand first.
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from simulator.scenario.files import load_scenario
from simulator.scenario.lines import MAX_BYTES, read_yaml
from simulator.scenario.problems import Problem, ScenarioError, dotted, quoted
from simulator.scenario.schema import Scenario

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class Command(StrEnum):
    """The command that makes an entry."""

    RUN = "run"
    COUNT = "count"
    ABLATE = "ablate"
    CALIBRATE = "calibrate"
    FIDELITY = "fidelity"
    VARY = "vary"
    SCALE = "scale"


class Artefact(StrEnum):
    """What of a results folder is kept; the manifest always is."""

    TABLES = "tables"
    LONG_TABLES = "long_tables"
    FIGURES = "figures"
    PAGE = "page"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Entry(_Strict):
    """One reference run; ``name`` is its folder's.

    ``scenario`` is a scenario file's name without its ending: None stands for the name of the
    entry, or for the defaults where the command needs no file. ``people`` is population.size, with
    listing.requests in proportion; ``set`` holds other fields by dotted path. None keeps what the
    scenario says. A ``spread`` entry takes all processes to itself, before the others. ``keeps``
    says which sorts of artefacts are kept, ``also`` names long tables that are kept beside them.
    """

    name: Name
    command: Annotated[Command, Field(strict=False)] = Command.RUN
    scenario: Name | None = None
    people: Annotated[int, Field(ge=1000, le=20_000_000)] | None = None
    replicates: Annotated[int, Field(ge=1, le=10_000)] | None = None
    set: dict[str, Any] = Field(default_factory=dict)  # Any: what a field holds
    spread: bool = False
    keeps: Annotated[tuple[Annotated[Artefact, Field(strict=False)], ...], Field(strict=False)] = (
        Artefact.TABLES,
    )
    also: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @property
    def scenario_name(self) -> str | None:
        """The scenario file's name without its ending, None where there is no file."""
        if self.scenario is None and self.command == Command.FIDELITY:
            return None
        return self.scenario or self.name

    @property
    def drawn(self) -> bool:
        """Say whether anything drawn is kept."""
        return Artefact.FIGURES in self.keeps or Artefact.PAGE in self.keeps


class ReferenceList(_Strict):
    """All reference runs; ``scenarios`` is the folder of their files, relative to the list."""

    scenarios: str = "../scenarios"
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, strict=False)]

    @field_validator("entries")
    @classmethod
    def _once_each(cls, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        names = [entry.name for entry in entries]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} stands in it more than once")
        return entries

    def named(self, names: Sequence[str]) -> tuple[Entry, ...]:
        """Return the entries of these names in the list's order, all without names.

        Raises KeyError with the first name that is not in the list.
        """
        known = {entry.name for entry in self.entries}
        for name in names:
            if name not in known:
                raise KeyError(name)
        return tuple(entry for entry in self.entries if not names or entry.name in names)


def load_list(path: Path) -> ReferenceList:
    """Read the list of reference runs in ``path``.

    Raises ScenarioError with the first mistake, at its line.
    """
    file = str(path) if str(path).isprintable() else quoted(str(path))
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES).decode("utf-8")
    except OSError as error:
        raise ScenarioError(
            [Problem(file, None, "", f"cannot be read: {error.strerror}")]
        ) from error
    except UnicodeDecodeError as error:
        raise ScenarioError([Problem(file, None, "", "is not UTF-8 text")]) from error
    document = read_yaml(text, file)
    if document.problems:
        raise ScenarioError(document.problems)
    try:
        return ReferenceList.model_validate(document.value)
    except ValidationError as error:
        first = error.errors()[0]
        at = tuple(first["loc"])
        line = next(
            (document.lines[at[:n]] for n in range(len(at), 0, -1) if at[:n] in document.lines), 1
        )
        message = first["msg"].removeprefix("Value error, ")
        problem = Problem(file, line, dotted(at), message)
        raise ScenarioError([problem]) from error


def entry_scenario(entry: Entry, scenarios: Path) -> Scenario:
    """Return the resolved scenario of an entry, its file taken from the folder ``scenarios``.

    Raises ScenarioError, whose problems name the entry where it sets a field wrongly.
    """
    name = entry.scenario_name
    path = None if name is None else scenarios / f"{name}.yaml"
    given = dict(entry.set)
    if entry.people is not None:
        own = load_scenario(path)
        given["population.size"] = entry.people
        asked = own.listing.requests * entry.people / own.population.size
        given["listing.requests"] = max(1, round(asked))
    if entry.replicates is not None:
        given["replicates"] = entry.replicates
    overrides = [f"{field}={json.dumps(value)}" for field, value in given.items()]
    try:
        return load_scenario(path, overrides)
    except ScenarioError as error:
        problems = [
            Problem(f"{entry.name}: {problem.file}", problem.line, problem.path, problem.message)
            for problem in error.problems
        ]
        raise ScenarioError(problems) from error


def scenario_files(path: Path) -> dict[str, Path]:
    """Return the scenario file of every entry of the list in ``path`` that has one, by its name.

    Raises ScenarioError with the first mistake.
    """
    read = load_list(path)
    folder = path.parent / read.scenarios
    return {
        entry.name: folder / f"{entry.scenario_name}.yaml"
        for entry in read.entries
        if entry.scenario_name is not None
    }
