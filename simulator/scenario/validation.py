"""Turn the values of a scenario file into a Scenario, or into every problem they have.

A field that is wrong by itself is reported, set aside and replaced by its default, so that the
rules that span fields still speak about all the others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from simulator.scenario.documentation import allowed_by_path
from simulator.scenario.fields import RULES_LATER, Part, parts
from simulator.scenario.problems import (
    FieldPath,
    Problem,
    ScenarioError,
    dotted,
    quoted,
    suggestion,
)
from simulator.scenario.schema import Scenario


@dataclass(frozen=True)
class Place:
    """Where a value was given: a file and line, or an override without a line.

    ``turn`` counts the files and overrides in the order in which they were read.
    """

    file: str
    line: int | None
    turn: int


@dataclass(frozen=True)
class Settings:
    """What files and overrides set: a value per field, and the place of each path.

    Keys of ``values`` lead to fields that hold values, never into them; a key that is no field, and
    a group given as something else, stand there too, for validation to refuse.
    """

    values: dict[FieldPath, object] = field(default_factory=dict)
    places: dict[FieldPath, Place] = field(default_factory=dict)

    def set(self, path: FieldPath, value: object, places: Mapping[FieldPath, Place]) -> None:
        """Set ``value`` at ``path`` over what is there; ``places`` are relative to ``path``."""
        for length in range(len(path)):
            self.places.setdefault(path[:length], places[()])
        self.places.update({(*path, *step): place for step, place in places.items()})
        self._put(path, value)

    def _put(self, path: FieldPath, value: object) -> None:
        if path in groups() and isinstance(value, dict):
            self.values.pop(path, None)
            for key, inner in value.items():
                self._put((*path, key), inner)
            return
        for other in [key for key in self.values if _overlap(key, path)]:
            del self.values[other]
        self.values[path] = value

    def place(self, path: FieldPath) -> Place | None:
        """Return the place of ``path`` or of the nearest group around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return None


@cache
def groups() -> dict[FieldPath, type[Part]]:
    """Return every part of a scenario by its path."""
    return dict(parts(Scenario))


def scenario_of(settings: Settings, earlier: Iterable[Problem] = ()) -> Scenario:
    """Return the scenario that ``settings`` describe.

    Raises ScenarioError with the problems found ``earlier`` and every one found here.
    """
    problems = list(earlier)
    values = dict(settings.values)
    invalid: set[FieldPath] = set()
    while True:
        try:
            scenario = Scenario.model_validate(_nested(values), context=RULES_LATER)
            break
        except ValidationError as error:
            for details in _first_causes(error.errors()):
                problems.append(_problem(details, settings))
                entry = details["loc"][: len(_field_of(details["loc"])) + 1]
                if entry not in invalid:  # one entry may be wrong in several ways
                    invalid.add(_set_aside(values, details["loc"]))
    problems.extend(_broken_rules(scenario, settings, invalid))
    if problems:
        raise ScenarioError(sorted(problems, key=_in_order))
    return scenario


def _first_causes(errors: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Leave out that a list is too short where what it lacks are its own refused entries."""
    refused = [details["loc"] for details in errors]
    for details in errors:
        place = details["loc"]
        inside = any(len(other) > len(place) and other[: len(place)] == place for other in refused)
        if not (details["type"] == "too_short" and inside):
            yield details


def _set_aside(values: dict[FieldPath, object], location: FieldPath) -> FieldPath:
    """Take the wrong value at ``location`` out of ``values``; return the path of what was taken."""
    path = _field_of(location)
    pairs = values.get(path)
    if isinstance(pairs, dict) and len(location) > len(path):
        rest = {key: value for key, value in pairs.items() if key != location[len(path)]}
        if rest and len(rest) < len(pairs):
            values[path] = rest
            return location[: len(path) + 1]
    for given in [key for key in values if key[: len(path)] == path]:
        del values[given]
    return path


def _in_order(problem: Problem) -> tuple[bool, str, int]:
    return problem.line is None, problem.file, problem.line or 0


def _nested(values: Mapping[FieldPath, object]) -> dict[str | int, object]:
    nested: dict[str | int, object] = {}
    for path, value in values.items():
        inner = nested
        for step in path[:-1]:
            deeper = inner.setdefault(step, {})
            assert isinstance(deeper, dict), "a field cannot hold fields"  # noqa: S101
            inner = deeper
        inner[path[-1]] = value
    return nested


def _field_of(location: FieldPath) -> FieldPath:
    """Return the part of ``location`` that leads to a field, without the steps into its value."""
    length = 1
    while location[:length] in groups() and length < len(location):
        length += 1
    return location[:length]


def _problem(details: ErrorDetails, settings: Settings) -> Problem:
    location = tuple(step for step in details["loc"] if step != "[key]")
    place = settings.place(location) or Place("scenario", None, 0)
    return Problem(place.file, place.line, dotted(location), _message(details, location))


def _message(details: ErrorDetails, location: FieldPath) -> str:
    kind, given = details["type"], details["input"]
    if kind == "extra_forbidden":
        return _unknown_key(location)
    allowed = allowed_by_path().get(dotted(_field_of(location)), "")
    saying = _SAYINGS.get(kind)
    text = saying(given) if saying else f"{quoted(given)} is refused: {details['msg']}"
    hint = ""
    if kind == "enum" and isinstance(given, str):
        hint = suggestion(given, [word.strip() for word in allowed.split(":")[-1].split(",")])
    if kind == "bool_type" and isinstance(given, str) and given.lower() in _SWITCHES:
        hint = f"; did you mean {_SWITCHES[given.lower()]}?"
    return f"{text}; allowed: {allowed}{hint}" if allowed else f"{text}{hint}"


def _unknown_key(location: FieldPath) -> str:
    if location[:-1] not in groups():  # inside a value, such as a target of calibration
        return f"unknown key; allowed: {allowed_by_path()[dotted(_field_of(location))]}"
    siblings = list(groups()[location[:-1]].model_fields)
    if len(location) == 1:
        siblings.insert(0, "extends")
    word = str(location[-1])
    hint = suggestion(word, siblings)
    if not hint:
        elsewhere = {path.rpartition(".")[2]: path for path in allowed_by_path()}
        hint = f"; did you mean {elsewhere[word]}?" if word in elsewhere else ""
    return f"unknown key; allowed: {', '.join(siblings)}{hint}"


def _count(given: object) -> str:
    number = len(given) if isinstance(given, (str, list, tuple, dict)) else 0
    noun = "character" if isinstance(given, str) else "entry"
    if number != 1:
        noun = "characters" if isinstance(given, str) else "entries"
    return f"has {number:,} {noun}"


def _is_no(thing: str) -> Callable[[object], str]:
    def saying(given: object) -> str:
        return f"{'the text ' if isinstance(given, str) else ''}{quoted(given)} is not {thing}"

    return saying


_SWITCHES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

_SAYINGS: dict[str, Callable[[object], str]] = {
    "bool_type": _is_no("true or false"),
    "dict_type": _is_no("a set of name: value pairs"),
    "enum": lambda given: f"{quoted(given)} is unknown",
    "finite_number": lambda given: f"{quoted(given)} is not a finite number",
    "float_type": _is_no("a number"),
    "greater_than": lambda given: f"{quoted(given)} is too small",
    "greater_than_equal": lambda given: f"{quoted(given)} is too small",
    "int_from_float": _is_no("a whole number"),
    "int_parsing_size": lambda given: f"{quoted(given)} is too large",
    "int_type": _is_no("a whole number"),
    "less_than_equal": lambda given: f"{quoted(given)} is too large",
    "missing": lambda given: "lacks a value",
    "model_type": _is_no("a group of fields"),
    "string_too_long": lambda given: f"is too long: it {_count(given)}",
    "string_too_short": lambda given: f"is too short: it {_count(given)}",
    "string_type": lambda given: f"{quoted(given)} is not text; put it in quotes",
    "string_unicode": lambda given: f"{quoted(given)} holds a character that is none",
    "too_long": lambda given: f"is too long: it {_count(given)}",
    "too_short": lambda given: f"is too short: it {_count(given)}",
    "tuple_type": _is_no("a list"),
}


def _broken_rules(
    scenario: Scenario, settings: Settings, invalid: set[FieldPath]
) -> Iterator[Problem]:
    for path, part in _instances(scenario):
        for rule in part.rules():
            reads = [(*path, *read.split(".")) for read in rule.reads]
            if any(_overlap(read, wrong) for read in reads for wrong in invalid):
                continue
            for fault in rule.faults(part):
                blamed = (*path, *fault.path) if fault.path else _blamed(reads, settings)
                place = settings.place(blamed) or Place("scenario", None, 0)
                yield Problem(place.file, place.line, dotted(blamed), fault.message)


def _instances(scenario: Scenario) -> Iterator[tuple[tuple[str, ...], Part]]:
    for path in groups():
        part: Part = scenario
        for step in path:
            part = getattr(part, str(step))
        yield tuple(map(str, path)), part


def _overlap(one: Sequence[str | int], other: Sequence[str | int]) -> bool:
    shared = min(len(one), len(other))
    return tuple(one[:shared]) == tuple(other[:shared])


def _blamed(reads: Sequence[FieldPath], settings: Settings) -> FieldPath:
    """Return what was set in the last file or override that set any; the first of those."""
    given = [(path, settings.places[path]) for path in reads if path in settings.places]
    return max(given, key=lambda item: item[1].turn)[0] if given else reads[0]
