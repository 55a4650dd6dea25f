"""The code blocks of the documentation: where they stand, and how a command is made small.

Every fenced block names its language. ``console`` holds commands, one a line; ``python`` and
``yaml`` are run and loaded; ``diff`` is a change to the package, applied to a copy of it on which
the programs of the page then run; ``text`` is a picture or what a program prints.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = ("console", "python", "yaml", "diff", "text")
_FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$", re.MULTILINE)

_PEOPLE = ("population.size=10000", "listing.requests=100")
_SET = tuple(word for one in _PEOPLE for word in ("--set", one))
# No fewer than a choice of thresholds needs.
_RUN = (*_SET, "--replicates", "8")
_FEW = (*_SET, "--replicates", "2")
SMALLER: dict[str, tuple[str, ...]] = {
    "run": (*_RUN, "--workers", "1", "--quiet"),
    "ablate": (*_FEW, "--workers", "1", "--quiet"),
    "count": (*_FEW, "--workers", "1", "--quiet"),
    "vary": (*_SET, "--set", "vary.base=8", "--replicates", "3", "--workers", "1", "--quiet"),
    "scale": ("--sizes", "8000,16000,24000", "--replicates", "2", "--workers", "1", "--quiet"),
    "reference": ("--workers", "1", "--quiet"),
    "deposit": ("--quiet",),
    "compare": ("--workers", "1", "--quiet"),
    "replay": ("--workers", "1", "--quiet"),
    "choose": ("--quiet",),
    "figures": ("--quiet",),
    "calibrate": (
        *_SET,
        *("--set", "calibration.draws=2", "--set", "calibration.replicates=1"),
        *("--workers", "1", "--quiet"),
    ),
    "fidelity": ("--size", "20000", "--replicates", "2", "--workers", "1", "--quiet"),
    "export": (*_SET, "--quiet"),
    "explain": ("--quiet",),
    "evaluate": ("--quiet",),
}
"""What is added to a command of the documentation so that it takes a second."""
_ALONE = ("--set", "--replicates", "--workers", "--size", "--sizes", "--check")
_SWITCHES = ("--strict",)  # about results that a test does not make


@dataclass(frozen=True)
class Block:
    """One fenced block: its page, line, language and text."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Return page and line, as errors name them."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def commands(self) -> list[list[str]]:
        """Return the commands of a block, as words, without comments; ``\\`` joins lines."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [words for line in lines if (words := shlex.split(line, comments=True))]


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in its order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[1].strip(), found[2])
        for found in _FENCE.finditer(text)
    ]


def without_blocks(text: str) -> str:
    """Return the text of a page without what stands in fences."""
    return _FENCE.sub("", text)


def smaller(words: list[str]) -> list[str]:
    """Return the words after ``overmatch`` of a command, made small enough for a test."""
    added = SMALLER.get(words[0], ())
    fixed = {one.partition("=")[0] for one in added if "=" in one}
    options = {word for word in added if word.startswith("--")}
    kept: list[str] = []
    given = iter(words)
    for word in given:
        if word in _SWITCHES:
            continue
        if word not in _ALONE or (word == "--check" and words[0] != "scale"):
            kept.append(word)
            continue
        value = next(given)
        replaced = value.partition("=")[0] in fixed if word == "--set" else word in options
        replaced |= word == "--check"
        kept += [] if replaced else [word, value]
    if "matchers" in " ".join(words):  # the other matchers take long, and none chooses a threshold
        added = tuple("2" if word == "8" else word for word in added)
    return [*kept, *(word for word in added if word != "--quiet" or "--quiet" not in kept)]
