"""Read YAML into plain values and remember the line of each.

Only what a scenario needs is read: mappings with text keys, lists, and plain scalars. Anchors,
aliases, tags and further documents are refused, so that no file can expand or construct anything;
size, depth and number of values are bounded. Scalars follow the YAML 1.2 core schema with two
differences that suit figures typed by hand: 1_000_000 is a number, and a number with a leading zero
(octal to some readers, decimal to others) stays text, which no number field accepts. Hence yes, no,
on and off are text, 1:30 is text, and 1e6 is a number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from simulator.scenario.problems import FieldPath, Problem, ScenarioError, dotted, quoted

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_VALUES = 20_000
MAX_DIGITS = 400

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*|(?=\.[0-9]))(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass
class Document:
    """The values of one file, the line of each path in it, and what is wrong with its shape."""

    value: object = None
    lines: dict[FieldPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_yaml(text: str, file: str) -> Document:
    """Read one YAML document from ``text``; ``file`` is the name used in problems.

    Mistakes that leave the rest readable (a key twice, an infinite number) are collected in the
    document. Raises ScenarioError where reading cannot go on.
    """
    reader = _Reader(file)
    line = 1
    try:
        loader = yaml.SafeLoader(text)
        try:
            reader.read(loader)
        finally:
            line = loader.line + 1
            loader.dispose()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = f"U+{ord(text[error.position]):04X}"
        raise reader.refusal(line, f"holds the control character {code}; is it text?") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = line if mark is None else mark.line + 1
        raise reader.refusal(line, f"is not valid YAML: {_said(error)}") from error
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF" is no character
        raise reader.refusal(line, f"is not valid YAML: {error}") from error
    return reader.document


def _said(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return " ".join(", ".join(parts).split()) or "it cannot be read"


def _line(event: yaml.Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1


class _Reader:
    """One pass over the events of a document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.document = Document()
        self.events: Iterator[yaml.Event] = iter(())
        self.values = 0

    def refusal(self, line: int, message: str, path: FieldPath = ()) -> ScenarioError:
        """Return the error that ends reading, behind the problems found before it."""
        problem = Problem(self.file, line, dotted(path), message)
        return ScenarioError([*self.document.problems, problem])

    def read(self, loader: yaml.SafeLoader) -> None:
        """Fill the document from the loader's events."""
        self.events = iter(loader.get_event, None)
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.values:
                    line = _line(event)
                    raise self.refusal(line, "begins a second document; one file is one scenario")
                self.document.value = self.node(next(self.events), ())

    def node(self, event: yaml.Event, path: FieldPath) -> object:
        """Return the value that begins with ``event`` and note its line and those within it."""
        line = _line(event)
        self.document.lines.setdefault(path, line)
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.refusal(line, f"holds more than {MAX_VALUES:,} values")
        if len(path) > MAX_DEPTH:
            raise self.refusal(line, f"is nested more than {MAX_DEPTH} levels deep")
        anchored = isinstance(event, yaml.NodeEvent) and event.anchor is not None
        if isinstance(event, yaml.AliasEvent) or anchored:
            message = "anchors and aliases (& and *) are not allowed; write the value out"
            raise self.refusal(line, message, path)
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            raise self.refusal(line, f"tags are not allowed; got {quoted(event.tag)}", path)
        match event:
            case yaml.MappingStartEvent():
                return self.mapping(path)
            case yaml.SequenceStartEvent():
                return self.sequence(path)
            case yaml.ScalarEvent():
                return self.scalar(event)
            case _:
                raise self.refusal(line, "holds no value", path)

    def sequence(self, path: FieldPath) -> list[object]:
        """Return the list whose start was just read."""
        entries: list[object] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            entries.append(self.node(event, (*path, len(entries))))
        return entries

    def mapping(self, path: FieldPath) -> dict[str, object]:
        """Return the mapping whose start was just read; the first of equal keys counts."""
        entries: dict[str, object] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            key = self.key(event, path, line)
            place = (*path, key)
            if key in entries:
                first = self.document.lines[place]
                message = f"is given twice; first on line {first}"
                self.document.problems.append(Problem(self.file, line, dotted(place), message))
                self.node(next(self.events), (*path, key, ""))
                continue
            self.document.lines[place] = line
            entries[key] = self.node(next(self.events), place)
        return entries

    def key(self, event: yaml.Event, path: FieldPath, line: int) -> str:
        """Return the key that ``event`` is, which must be plain text."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self.refusal(line, "a key must be a word; got a list, a group or an alias", path)
        if event.tag is not None or event.anchor is not None:
            raise self.refusal(line, "a key can carry neither a tag nor an anchor", path)
        return str(event.value)

    def scalar(self, event: yaml.ScalarEvent) -> object:
        """Return the value of a scalar; only a plain one can be anything but text.

        Infinite numbers and those that are none pass: every number field refuses them.
        """
        text = str(event.value)
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if len(text) <= MAX_DIGITS:
            if _INTEGER.fullmatch(text):
                return int(text.replace("_", ""))
            if _FLOAT.fullmatch(text):
                return float(text.replace("_", ""))
        if _NOT_FINITE.fullmatch(text):
            return float(text.replace(".", ""))
        return text
