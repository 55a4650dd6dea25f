"""Pages find each other: every link points to something that is there, and every page is linked."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.cli.application import COMMANDS
from simulator.report.paper import FIGURES, LIBRARY, TABLES
from tests.docs.blocks import PAGES, ROOT, without_blocks

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(\s*([^)\s]+)\s*\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
NAMED = re.compile(r'<a id="([^"]+)">')
ELSEWHERE = ("http://", "https://", "mailto:")
# Made by `make verify`, which a checkout may not have been through.
MADE = DOCS / "verification"


def anchors(page: Path) -> set[str]:
    """Return what a link into a page can name: its headings, as addressed, and its marks."""
    text = without_blocks(page.read_text(encoding="utf-8"))
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in headings} | set(NAMED.findall(text))


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield the links of a page within the repository: as written, to where, at which mark."""
    for written in LINK.findall(without_blocks(page.read_text(encoding="utf-8"))):
        if not written.startswith(ELSEWHERE):
            path, _, mark = written.partition("#")
            yield written, (page.parent / path).resolve() if path else page, mark


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    found = []
    for written, target, mark in links(page):
        if target.is_relative_to(MADE) and not target.exists():
            continue
        lost = mark and target.suffix == ".md" and target.exists() and mark not in anchors(target)
        if not target.exists() or lost:
            found.append(written)
    return found


def reachable(start: Path) -> set[Path]:
    """Return every page that can be reached from a page by its links."""
    seen, waiting = set[Path](), [start]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists() or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [target for _, target, _ in links(page)]
    return seen


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_points_to_something(page: Path) -> None:
    assert not broken(page)


def test_every_page_is_reached_from_the_readme() -> None:
    assert set(PAGES) - reachable(ROOT / "README.md") == set()


def test_every_page_is_in_the_index() -> None:
    listed = {target for _, target, _ in links(DOCS / "README.md")}
    assert {page for page in PAGES if page.parent == DOCS} - listed == {DOCS / "README.md"}


def test_a_link_to_nothing_and_a_page_without_a_link_are_found(tmp_path: Path) -> None:
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    page.write_text("# A\n[one](none.md) [two](#a) [three](#b)\n```text\n[x](y)\n```\n")
    other.write_text("# Alone\n")
    assert broken(page) == ["none.md", "#b"]
    assert reachable(page) == {page}


def test_the_page_on_figures_names_all_of_them_and_no_others() -> None:
    text = (DOCS / "figures.md").read_text(encoding="utf-8")
    figures, tables = text.split("\n## The tables\n")
    row = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
    assert row.findall(figures) == [figure.name for figure in FIGURES]
    listed = row.findall(tables)
    assert listed == [*(table.name for table in TABLES), LIBRARY]


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md", "docs/scenarios.md"])
def test_the_library_is_said_to_hold_as_many_scenarios_as_it_does(page: str) -> None:
    many = len(list((ROOT / "scenarios").glob("*.yaml")))
    assert f"{many} scenarios" in (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_named_in_the_text_are_there(page: Path) -> None:
    text = without_blocks(page.read_text(encoding="utf-8"))
    named = {" ".join(found.split()) for found in re.findall(r"`overmatch\s+([a-z]+)\b", text)}
    assert named <= set(COMMANDS)
