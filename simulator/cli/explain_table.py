"""Show one request, its candidates and the truth as text and tables for the terminal."""

import json
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.report.explained import (
    FIELD_WORDS,
    LISTED,
    LOST,
    ON_ROLL,
    REJECTIONS,
    agreement_words,
    decision_words,
    holder_words,
    outcome_sentence,
    signed,
)
from simulator.report.waterfall import thresholds_text
from simulator.report.wording import SELECTIONS, plain_name
from simulator.study.explain import Candidate, Explanation, as_json
from simulator.study.written import Paper

WIDTH_WITHOUT_TERMINAL = 100
_RULES = {
    "thresholds": "every field at its threshold",
    "points": "sum of points",
    "fellegi_sunter": "sum of match weights, in bits",
}
_STYLES = {True: "green", False: "red", None: ""}


def json_text(explanation: Explanation) -> str:
    """Return the explanation as JSON."""
    return json.dumps(as_json(explanation), indent=2, ensure_ascii=False, allow_nan=False)


def print_explanation(explanation: Explanation, *, width: int | None = None) -> None:
    """Print who is asked for, what was decided about each account, and the truth."""
    console = Console(width=width) if width else Console()
    if not console.is_terminal and not width:
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    for part in _parts(explanation):
        console.print(part, highlight=False, soft_wrap=False)


def _parts(explanation: Explanation) -> Iterator[Text | Group]:
    yield Text.assemble(
        (f"Request {explanation.request}", "bold"),
        f" of replicate {explanation.replicate}: {explanation.title}\n",
        (outcome_sentence(explanation), "bold"),
        "\n",
    )
    yield _labelled("The list says", _record(explanation.paper))
    person = explanation.person
    truth = [
        f"{plain_name(person.status)}, {plain_name(person.origin)}; {LISTED[person.listed]}",
        f"lives at {person.lives_at}" if person.lives_at else "lives nowhere in the country",
        ON_ROLL[person.on_roll],
    ]
    yield _labelled("Truly", truth)
    yield _labelled("Guardrails", [REJECTIONS[explanation.rejection]])
    released = SELECTIONS.get(explanation.selection, explanation.selection)
    asked = "by number" if "number" in explanation.thresholds else _RULES[explanation.rule]
    rule = f"{asked} ({thresholds_text(explanation)}); released: {released}"
    yield _labelled("Rule", [rule])
    yield Text()
    if not explanation.candidates:
        yield Text("No account was compared with this request.\n")
    for number, candidate in enumerate(explanation.candidates, start=1):
        yield _candidate(f"Account {number}", candidate, explanation)
    if explanation.others:
        few = explanation.others == 1
        yield Text(
            f"{explanation.others} more {'account was' if few else 'accounts were'} compared.\n"
        )
    mate = explanation.mate
    if mate is not None and mate not in explanation.candidates:
        yield _candidate("The person's own account", mate, explanation)
    if explanation.lost:
        yield Text.assemble(("Lost: ", "bold red"), f"{LOST[explanation.lost]}.")


def _labelled(label: str, lines: list[str]) -> Group:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True, min_width=13)
    grid.add_column()
    grid.add_row(Text(label), Text("\n".join(lines)))
    return Group(grid)


def _record(paper: Paper) -> list[str]:
    lines = [paper.name, paper.address or "(no address)"]
    extra = [
        f"{name} {value}"
        for name, value in (("born", paper.birth_date), ("number (a letter a digit)", paper.tin))
        if value
    ]
    return [*lines, ", ".join(extra)] if extra else lines


def _candidate(heading: str, candidate: Candidate, explanation: Explanation) -> Group:
    decided = decision_words(candidate)
    style = "bold green" if candidate.released else "bold"
    years = candidate.years_since_filing
    filed = "this year" if years == 0 else f"{years} {'year' if years == 1 else 'years'} ago"
    head = Text.assemble(
        (f"{heading}: ", "bold"),
        (decided, style),
        "; truly ",
        (holder_words(candidate), "green" if candidate.is_mate else "yellow"),
    )
    about = Text(
        f"{candidate.paper.name}, {candidate.paper.address}; {candidate.role}, filed {filed}"
        + ("; found by number" if candidate.by_number else ""),
        style="dim",
    )
    return Group(head, Padding(about, (0, 0, 0, 2)), _fields(candidate, explanation))


def _fields(candidate: Candidate, explanation: Explanation) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=True, padding=(0, 1))
    table.add_column("Field", no_wrap=True, overflow="ellipsis")
    table.add_column("List", overflow="fold", ratio=3)
    table.add_column("Account", overflow="fold", ratio=3)
    table.add_column("Agreement", overflow="fold", ratio=2)
    asked = any(field.passes is not None for field in candidate.fields)
    if asked:
        table.add_column("Meets", no_wrap=True)
    unit = "Bits" if explanation.unit == "bits" else "Points"
    table.add_column(unit, justify="right", no_wrap=True)
    for field in candidate.fields:
        said = {None: "not asked", True: "yes", False: "no"}[field.passes]
        cells = [
            Text(FIELD_WORDS[field.field]),
            Text(field.asked or "–"),
            Text(field.held or "–"),
            Text(agreement_words(field)),
            *([Text(said, style=_STYLES[field.passes])] if asked else []),
            Text(signed(field.adds)),
        ]
        table.add_row(*cells)
    table.add_section()
    last = [Text("Sum", style="bold"), Text(), Text(), Text(_sum_words(candidate, explanation))]
    table.add_row(*last, *([Text()] if asked else []), Text(signed(candidate.score), style="bold"))
    return table


def _sum_words(candidate: Candidate, explanation: Explanation) -> str:
    if explanation.threshold is None:
        return "ranks only"
    sign = "≥" if candidate.score >= explanation.threshold else "<"
    return f"{sign} {explanation.threshold:g}"
