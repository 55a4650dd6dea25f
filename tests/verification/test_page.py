"""The committed page of the verification suite belongs to the rows that lie beside it."""

from pathlib import Path

import pytest

from tests.verification.overlays import (
    CHECKS,
    COLUMNS,
    FOLDER,
    PAGE,
    Axes,
    Check,
    Point,
    Verdict,
    page,
    read_table,
    record,
)

ITEMS = tuple(f"7.{number}" for number in range(1, 9))
PUBLISHED = (
    *(".5073", ".5045", ".9902", "43.48", "42.55", "3.575", "2.80%", "21.33%"),
    *("10.07%", "115,276", "7.64", ".681", ".551", ".66", "3.7%", "90.3%"),
    *("Don't Care 12345", "00000", "Unknown Address"),
    # Shares of the ten commonest surnames, name control, other surnames under one control.
    *("0.163", "0.045", "0.13", "0.136", "0.005996", "0.000983", "0.003856", "0.004709"),
    *("0.208", "0.413", "0.175", "0.068"),
)


def checks() -> list[dict[str, str]]:
    return read_table(FOLDER / CHECKS)


def test_the_page_is_what_its_rows_say() -> None:
    assert (FOLDER / PAGE).read_text(encoding="utf-8") == page(checks())


def test_every_check_has_its_figure_and_rows_and_nothing_else_lies_there() -> None:
    wanted = {CHECKS, PAGE}
    for line in checks():
        assert tuple(line) == COLUMNS
        assert all(line[name] for name in COLUMNS if name != "facts"), line["name"]
        assert read_table(FOLDER / f"{line['name']}.csv")
        wanted |= {f"{line['name']}.csv", f"{line['name']}.svg"}
    assert {path.name for path in FOLDER.iterdir()} == wanted


def test_every_published_item_and_number_has_a_row() -> None:
    covered = {line["facts"] for line in checks()}
    assert covered >= set(ITEMS)
    held_to = " ".join(line["against"] for line in checks() if line["facts"])
    assert not [number for number in PUBLISHED if number not in held_to]


def test_no_committed_check_fails() -> None:
    verdicts = {line["name"]: line["verdict"] for line in checks()}
    assert set(verdicts.values()) <= set(Verdict) - {Verdict.FAILS}


def recorded(folder: Path, caption: str) -> dict[str, bytes]:
    check = Check("a", "Title", caption, "theory", "1", "1%", "2", Verdict.AGREES, "7.1")
    record(check, [Point("one", 1.0, 1.1, 0.9, 1.3)], Axes(value="value"), folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_check_gives_the_same_bytes_and_another_caption_another_page(
    tmp_path: Path,
) -> None:
    first, again = (recorded(tmp_path / name, "What is shown.") for name in ("one", "two"))
    assert first == again
    assert recorded(tmp_path / "three", "Something else.") != first


@pytest.mark.parametrize("text", ["a | b", "<b>"])
def test_a_row_stays_one_row_whatever_its_words(tmp_path: Path, text: str) -> None:
    check = Check("a", "Title", "Shown.", text, "1", "1%", "2", Verdict.AGREES)
    record(check, [Point("one", 1.0, 1.1, 0.9, 1.3)], Axes(value="value"), tmp_path)
    rows = [line for line in (tmp_path / PAGE).read_text().splitlines() if line.startswith("|")]
    assert len(rows) == 3
