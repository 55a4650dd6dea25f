r"""Tables as LaTeX in the style of booktabs, and a strict check that they would compile.

Text comes from scenario files and is escaped: nothing in it can be a command. What a plain LaTeX
with UTF-8 input and T1 fonts cannot set is written in words or as a question mark. The check does
not run LaTeX: it reads the few constructions that are written here and refuses all others.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # At the start of a row these would be read as an option of the line before.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "−": "$-$",  # a minus
    "–": "--",  # an en dash
    "—": "---",
    "…": r"\ldots{}",
    "×": r"$\times$",  # a multiplication sign
    "±": r"$\pm$",
    "÷": r"$\div$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "·": r"$\cdot$",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "\N{NO-BREAK SPACE}": "~",
}
_LAST_SET = 0x17F  # Latin Extended-A: what T1 fonts have
Alignment = Literal["l", "r", "c"]


def escaped(text: str) -> str:
    """Return any text so that LaTeX sets it as it reads, on one line."""
    return "".join(_character(char) for char in " ".join(text.split()))


def _character(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if ord(char) < 128:
        return char if char.isprintable() else ""
    if unicodedata.category(char)[0] == "L" and ord(char) <= _LAST_SET:
        return char
    return "?"


@dataclass(frozen=True)
class Column:
    """One column: its heading, and on which side its cells stand."""

    heading: str
    alignment: Alignment = "l"


def tabular(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, comments: Sequence[str] = ()
) -> str:
    r"""Return a tabular with booktabs rules; cells are plain text, escaped here.

    ``comments`` stand above it, a line each. A row of one cell spans the table, as a heading of
    the rows below. Raises ValueError where a row has another number of cells.
    """
    count = len(columns)
    lines = [f"% {' '.join(comment.split())}" for comment in comments]
    lines.append(
        f"\\begin{{tabular}}{{@{{}}{''.join(column.alignment for column in columns)}@{{}}}}"
    )
    lines += ["\\toprule", _line([column.heading for column in columns]), "\\midrule"]
    for number, row in enumerate(rows):
        if len(row) == 1 and count > 1:
            if number:
                lines.append("\\addlinespace")
            cell = f"\\multicolumn{{{count}}}{{@{{}}l}}{{\\textit{{{escaped(row[0])}}}}}"
            lines.append(f"{cell} \\\\")
            continue
        if len(row) != count:
            raise ValueError(f"row {number} has {len(row)} cells in a table of {count} columns")
        lines.append(_line(row))
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def _line(cells: Sequence[str]) -> str:
    return f"{' & '.join(escaped(cell) for cell in cells)} \\\\"


_COMMANDS = frozenset(
    (
        *("begin", "end", "toprule", "midrule", "bottomrule", "addlinespace", "multicolumn"),
        *("textit", "textbackslash", "textasciitilde", "textasciicircum", "textless"),
        *("textgreater", "textbar", "textquotedbl", "textasciigrave", "ldots", "times", "pm"),
        *("div", "geq", "leq", "cdot"),
    )
)
_ESCAPED = frozenset("&%$#_{}")
_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|(.)", re.DOTALL)


def faults(text: str) -> list[str]:
    """Return why a table would not compile, a sentence each; nothing where it is sound.

    Held are: braces and mathematics close, commands are those that are written here, no character
    stands bare that LaTeX would act upon, every row has as many cells as the tabular has columns,
    and rules stand between rows.
    """
    lines = [line for line in text.splitlines() if line and not line.startswith("%")]
    head = re.fullmatch(r"\\begin\{tabular\}\{@\{\}([lrc]+)@\{\}\}", lines[0] if lines else "")
    if head is None or lines[-1] != "\\end{tabular}":
        return ["it is not one tabular"]
    found = []
    for line in lines[1:-1]:
        if line in ("\\toprule", "\\midrule", "\\bottomrule", "\\addlinespace"):
            continue
        found += [f"{why}: {line}" for why in _line_faults(line, len(head.group(1)))]
    if [line for line in lines if line.endswith("rule")] != [
        "\\toprule",
        "\\midrule",
        "\\bottomrule",
    ]:
        found.append("its rules are not top, middle and bottom")
    return found


def _line_faults(line: str, columns: int) -> list[str]:
    """Return what is wrong with one row."""
    spanned = re.match(r"\\multicolumn\{(\d+)\}", line)
    body = line.removesuffix(" \\\\")
    tokens = _TOKEN.findall(body)
    bare = [char for _, _, char in tokens if char]
    cells = bare.count("&") + 1
    found = [f"unknown command {name}" for name, _, _ in tokens if name and name not in _COMMANDS]
    found += [f"unknown escape {char}" for _, char, _ in tokens if char and char not in _ESCAPED]
    found += [f"bare {char}" for char in bare if char in "%#_^"]
    if body == line:
        found.append("the row does not end")
    if re.match(r"\s*[\[*]", body):
        found.append("the row starts like an option")
    if not _closes(bare) or bare.count("$") % 2:
        found.append("braces or mathematics do not close")
    if cells != (1 if spanned else columns) or (spanned and int(spanned[1]) != columns):
        found.append(f"{cells} cells in {columns} columns")
    return found


def _closes(bare: Sequence[str]) -> bool:
    """Say whether every brace that opens closes, and none closes that did not open."""
    depth = 0
    for char in bare:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0
