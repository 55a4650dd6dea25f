"""The page about policies names every switch, where it stands, and scenarios that exist."""

import re
from pathlib import Path

import pytest

from simulator.scenario.files import field_documentation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "policies.md"
PARTS = (
    "guardrails",
    "disclosure",
    "recipient",
    "notice",
    "chilling",
    "voter_roll",
    "benefit_roll",
)
PATHS = (
    "matching.name_address_path",
    "matching.tin_path",
    "matching.tin_name_check",
    "matching.tin_threshold",
    "matching.tin_address_threshold",
    "matching.address_threshold",
    "matching.birth_date_threshold",
    "matching.last_four_check",
    "matching.accounts_searched",
    "matching.selection",
    "listing.requests",
    "listing.drawn_from",
    "listing.overstay_mix",
    "searched_roll",
)
STANDINGS = {"law", "practice", "proposal", "assumption"}


def switches() -> set[str]:
    """Return every field that the page must name."""
    fields = {field.path for field in field_documentation()}
    return {path for path in fields if path.partition(".")[0] in PARTS} | set(PATHS)


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of every row of a table by the switch it is about."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if match := re.fullmatch(r"\|? ?`([a-z0-9_.]+)`", cells[0]):
            found[match[1]] = cells
    return found


def missing(text: str) -> set[str]:
    return switches() - set(rows(text))


def unknown(text: str) -> set[str]:
    return set(rows(text)) - {field.path for field in field_documentation()}


def scenarios_without_a_file(text: str) -> set[str]:
    named = {
        name for cells in rows(text).values() for name in re.findall(r"`([a-z0-9-]+)`", cells[5])
    }
    return {name for name in named if not (ROOT / "scenarios" / f"{name}.yaml").is_file()}


def without_standing(text: str) -> set[str]:
    return {path for path, cells in rows(text).items() if cells[2] not in STANDINGS}


def test_every_switch_is_on_the_page_and_nothing_else() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert missing(text) == set()
    assert unknown(text) == set()
    assert without_standing(text) == set()


def test_every_scenario_named_exists() -> None:
    assert scenarios_without_a_file(PAGE.read_text(encoding="utf-8")) == set()


def test_every_switch_names_a_scenario_or_any() -> None:
    for path, cells in rows(PAGE.read_text(encoding="utf-8")).items():
        assert len(cells) == 6, path
        assert cells[5].rstrip(" |") == "any" or "`" in cells[5], path


@pytest.mark.parametrize("path", ["guardrails.batch_cap", "chilling.years"])
def test_a_row_left_out_is_seen(path: str) -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    shortened = "\n".join(line for line in lines if not line.startswith(f"| `{path}`"))
    assert missing(shortened) == {path}


def test_a_scenario_that_does_not_exist_is_seen() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("`court-order`", "`court-ordre`")
    assert scenarios_without_a_file(text) == {"court-ordre"}
