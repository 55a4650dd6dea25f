"""What can be wrong with a scenario file, said so that a person can mend it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_QUOTE = 60

FieldPath = tuple[str | int, ...]
"""Where a value stands in a scenario: the keys and list positions that lead to it."""


@dataclass(frozen=True)
class Problem:
    """One mistake: where it stands and what it is.

    ``line`` is None where there is no file, as for an override; ``path`` is the dotted path of the
    field, empty where the problem is the file itself.
    """

    file: str
    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        """Return ``FILE:LINE: path: what is wrong``, or ``FILE: what is wrong`` without a line."""
        if self.line is None:
            return f"{self.file}: {self.message}"
        return ": ".join(
            text for text in (f"{self.file}:{self.line}", self.path, self.message) if text
        )


class ScenarioError(Exception):
    """A scenario cannot be used; ``problems`` holds every reason, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def quoted(value: object) -> str:
    """Return ``value`` as one short printable line, as it would stand in a scenario file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a group of fields"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


def suggestion(word: str, allowed: Sequence[str]) -> str:
    """Return ``; did you mean X?`` for the closest of ``allowed``, or nothing if none is close."""
    close = get_close_matches(word.lower(), allowed, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def dotted(path: FieldPath) -> str:
    """Return a path as ``part.field[2]``, keys that are no plain words in quotes."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = step if step.isidentifier() and step.isascii() else quoted(step)
            text += f".{word}" if text else word
    return text
