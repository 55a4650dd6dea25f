"""Keys without effect: told with their line, only where the file sets them, and never wrongly."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import main
from simulator.scenario.files import Note, field_documentation, load_with_notes
from simulator.scenario.idle import IDLE
from simulator.scenario.schema import Scenario

LIBRARY = Path(__file__).parents[2] / "scenarios"


def notes(text: str, tmp_path: Path, *overrides: str) -> list[str]:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    _, found = load_with_notes(path, overrides)
    return [str(note).replace(str(path), "x.yaml") for note in found]


STALE = """\
title: X
requests:
  years_since_address: [0.5, 0.5]
  # a comment
  stale_address: 0.3
"""


def test_a_key_without_effect_is_told_with_its_line(tmp_path: Path) -> None:
    [told] = notes(STALE, tmp_path)
    because = "while requests.years_since_address is given"
    assert told == f"x.yaml:5: note: requests.stale_address has no effect {because}"


def test_check_and_run_show_notes_on_standard_error_and_end_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(STALE, encoding="utf-8")
    said = "x.yaml:5: note: requests.stale_address has no effect while "
    assert main(["check", "x.yaml"]) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith(said)
    assert shown.err.count("\n") == 1
    assert shown.out.startswith("x.yaml: valid")
    monkeypatch.setattr("simulator.study.run.run_scenario", lambda *given, **options: None)
    monkeypatch.setattr("simulator.report.headline.headline_lines", lambda directory: [])
    assert main(["run", "x.yaml"]) == 0
    assert capsys.readouterr().err.startswith(said)
    assert main(["run", "x.yaml", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_an_override_for_nothing_is_told_once_however_many_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml"):
        Path(name).write_text("title: X\n", encoding="utf-8")
    assert main(["check", "a.yaml", "b.yaml", "--set", "requests.tin_wrong=0.1"]) == 0
    told = capsys.readouterr().err
    assert told.startswith("--set requests.tin_wrong: note: requests.tin_wrong has no effect ")
    assert told.count("\n") == 1


def test_an_override_that_gives_a_key_work_takes_the_note_away(tmp_path: Path) -> None:
    assert notes(STALE, tmp_path, "requests.years_since_address=[]") == []


def test_defaults_and_what_an_extended_file_sets_are_not_told(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(STALE, encoding="utf-8")
    assert notes("extends: base.yaml\ntitle: Y\n", tmp_path) == []
    again = "extends: base.yaml\nrequests:\n  stale_address: 0.1\n"
    assert [note.partition(" has")[0] for note in notes(again, tmp_path)] == [
        "x.yaml:3: note: requests.stale_address"
    ]


def test_a_field_of_an_idle_group_is_told_by_its_own_name(tmp_path: Path) -> None:
    text = (
        "title: X\nchilling:\n  cessation:\n    others: 0.1\n"
        "voter_roll:\n  registered:\n    protected: 0.1\n"
    )
    first, second = notes(text, tmp_path)
    field = "chilling.cessation.others"
    assert first == f"x.yaml:4: note: {field} has no effect while chilling.years is 0"
    field = "voter_roll.registered.protected"
    assert second == f"x.yaml:7: note: {field} has no effect unless searched_roll is voter"


def test_several_notes_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "disclosure:\n  review:\n    sensitivity: 1.0\nrequests:\n  tin_wrong: 0.1\n"
    assert [note.split(":")[1] for note in notes(text, tmp_path)] == ["3", "5"]


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_scenario_that_ships_sets_a_key_for_nothing(path: Path) -> None:
    _, found = load_with_notes(path)
    assert found == ()


def test_every_entry_speaks_of_fields_that_exist_and_ends_its_sentence() -> None:
    fields = {field.path for field in field_documentation()}
    for entry in IDLE:
        assert any(entry.holds(path) for path in fields), entry.path
        assert entry.because.startswith(("while ", "unless ", "under ")), entry.path
        assert not entry.because.endswith(".")
    assert not IDLE[0].holds(f"{IDLE[0].path}_more"), "names that merely begin alike are others"


# Per entry that is not idle by default, choices under which it is; all others are by default.
AWAY: Mapping[str, dict[str, Any]] = {
    "listing.nationality_mix": {"listing": {"drawn_from": "overstays"}},
    "listing.wrongly_listed_status": {"listing": {"wrongly_listed_share": 0.0}},
    "listing.detained_share": {"requests": {"facility_given": 0.0}},
    "listing.facilities": {"listing": {"detained_share": 0.0}},
    "requests.facility_given": {"listing": {"detained_share": 0.0}},
    "requests.grounds.period_present": {"guardrails": {"period_required": False}},
    "requests.grounds.statute_present": {"guardrails": {"statute_required": False}},
    "requests.grounds.reason_present": {"guardrails": {"reason_required": False}},
    "requests.investigation": {"listing": {"investigation_share": 0.0}},
    "requests.shared_addresses": {"requests": {"shared_address": 0.0}},
    "requests.stale_address": {"requests": {"years_since_address": [1.0]}},
    "matching.name_threshold": {"matching": {"decision_rule": "points"}},
    "matching.address_threshold": {"matching": {"decision_rule": "points"}},
    "matching.birth_date_threshold": {"matching": {"decision_rule": "points"}},
    "matching.blocking": {"matching": {"tin_path": True, "name_address_path": False}},
    **{
        f"roll.{field}": {"searched_roll": "voter"}
        for field in (
            "filing_rate",
            "filing_ratio",
            "teenager_filing_rate",
            "years_since_filing",
            "joint_filing_share",
            "claimed",
        )
    },
    "requests.wrong_tin_is_somebodys while requests.tin_wrong is 0": {
        "requests": {"tin_wrong": 0.0}
    },
    "requests.placeholder_with_number while requests.address_placeholder is 0": {
        "requests": {"address_placeholder": 0.0}
    },
}


@pytest.mark.parametrize("entry", IDLE, ids=lambda entry: f"{entry.path} {entry.because}")
def test_every_entry_is_idle_under_some_choice_and_not_under_another(entry: Any) -> None:
    away = AWAY.get(f"{entry.path} {entry.because}", AWAY.get(entry.path, {}))
    assert entry.when(Scenario.model_validate(away)), "idle as the table of this test says"


def test_a_guardrail_to_explore_that_has_no_work_is_told(tmp_path: Path) -> None:
    text = "title: X\nexplore:\n  guardrails: [known_status, tin_address]\n"
    [told] = notes(text, tmp_path)
    because = "while matching.tin_path is false"
    assert told == f"x.yaml:3: note: explore.guardrails: tin_address has no effect {because}"
    assert notes("title: X\n", tmp_path, "matching.decision_rule=points") == [], "not asked for"
    assert notes(text, tmp_path, "matching.tin_path=true") == []


def test_notes_are_plain_sentences() -> None:
    assert str(Note("a.yaml", 3, "x has no effect")) == "a.yaml:3: note: x has no effect"
    assert str(Note("--set x", None, "x has no effect")) == "--set x: note: x has no effect"
