"""`overmatch replay`, `reference` and `deposit` through the command line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import main
from simulator.scenario.schema import Scenario
from simulator.study.kind import Kind
from simulator.study.reference_list import Command
from simulator.study.results import write_manifest
from simulator.study.run import Progress, RunError
from tests.study.tiny import tiny

ROWS = "measure,group,estimate\n" + "".join(f"precision,g{at},0.{at}\n" for at in range(1, 9))


def written(directory: Path, text: str = ROWS, scenario: Scenario | None = None) -> None:
    directory.mkdir(exist_ok=True, parents=True)
    (directory / "estimates.csv").write_text(text, "utf-8")
    write_manifest(Kind.RUN, scenario or tiny(), ("estimates.csv",), directory)


class Maker:
    """Makes the one table again as ``text`` says, or fails."""

    text = ROWS

    def remake(
        self, manifest: Mapping[str, Any], directory: Path, *, workers: int, progress: Progress
    ) -> None:
        if not self.text:
            raise RunError("a worker process died")
        written(directory, self.text)

    def build(self, scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
        if not self.text:
            raise RunError("a worker process died")
        written(output, self.text, scenario)


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Maker:
    made = Maker()
    monkeypatch.setattr("simulator.cli.kinds.REMAKES", {Kind.RUN: made.remake})
    monkeypatch.setattr("simulator.cli.kinds.FINISHES", {Kind.RUN: lambda directory: None})
    monkeypatch.setattr("simulator.cli.kinds.BUILDS", {Command.RUN: made.build})
    monkeypatch.chdir(tmp_path)
    return made


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


Capture = pytest.CaptureFixture[str]


def test_an_identical_replay_exits_with_0(maker: Maker, capsys: Capture) -> None:
    written(Path("r"))
    code, out, err = said(capsys, "replay", "r", "--workers", "1")
    assert (code, err) == (0, "")
    assert "estimates.csv   identical" in out
    assert "r: all tables are identical (1 table)." in out
    assert said(capsys, "replay", "r", "--quiet") == (0, "", "")
    code, out, _ = said(capsys, "replay", "r", "--figures", "--workers", "1")
    assert code == 0
    assert "Figures: the folder holds none" in out


def test_differences_are_listed_by_table_column_and_row(maker: Maker, capsys: Capture) -> None:
    written(Path("r"))
    maker.text = ROWS.replace("0.", "1.").replace("precision,g8", "recall,g8")
    code, out, _ = said(capsys, "replay", "r", "--workers", "1", "--rows", "2")
    assert code == 1
    assert "1 row gone; 1 row added; 7 values in 1 column" in out
    assert "  estimate: 7 values differ, by at most 10 of the value" in out
    assert "    measure=precision, group=g1: 0.1 then, 1.1 now" in out
    assert "    and 5 more" in out
    assert "    measure=recall, group=g8" in out
    assert "r: not identical, although the versions are the same." in out
    assert said(capsys, "replay", "r", "--quiet") == (1, "", "")


def test_other_versions_are_named(maker: Maker, capsys: Capture) -> None:
    written(Path("r"))
    path = Path("r/manifest.json")
    values = json.loads(path.read_text("utf-8"))
    values["versions"]["numpy"] = "1.0"
    path.write_text(json.dumps(values), "utf-8")
    code, out, _ = said(capsys, "replay", "r", "--workers", "1")
    assert code == 0, "other versions are no difference by themselves"
    assert "Made by other versions\n  numpy 1.0 then, 2." in out
    maker.text = ROWS.replace("0.1", "0.2")
    code, out, _ = said(capsys, "replay", "r", "--workers", "1")
    assert code == 1
    assert "the differences may come from the other versions." in out


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_results_exits_with_2(maker: Maker, capsys: Capture, name: str) -> None:
    Path("empty").mkdir()
    code, out, err = said(capsys, "replay", name)
    assert (code, out) == (2, "")
    assert err.startswith(f"overmatch: {name} ")
    assert err.count("\n") == 1


def test_a_replay_that_fails_exits_with_1_and_one_sentence(maker: Maker, capsys: Capture) -> None:
    written(Path("r"))
    maker.text = ""
    code, out, err = said(capsys, "replay", "r", "--workers", "1")
    assert (code, out) == (1, "")
    assert err == "overmatch: the replay failed: a worker process died.\n"


@pytest.fixture
def listed(maker: Maker, tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    for name in ("one", "two"):
        text = "population: {size: 2000}\nlisting: {requests: 30}\nreplicates: 2\n"
        (tmp_path / "scenarios" / f"{name}.yaml").write_text(text, "utf-8")
    path = tmp_path / "results" / "reference.yaml"
    path.parent.mkdir()
    path.write_text("entries:\n  - name: one\n  - name: two\n", "utf-8")
    return path


def test_reference_runs_are_made_and_compared(listed: Path, maker: Maker, capsys: Capture) -> None:
    code, out, err = said(capsys, "reference", "--workers", "1")
    assert (code, err) == (0, "")
    assert "1/2  one  " in out
    assert "2/2  two  " in out
    assert "0 identical, 0 different, 2 new." in out
    assert out.endswith("Results: results\n")
    maker.text = ROWS.replace("0.1", "0.2")
    code, out, _ = said(capsys, "reference", "two", "--check", "--workers", "1")
    assert code == 1
    assert "  estimates.csv: differs; 1 value in 1 column" in out
    assert "1 different, 0 new. Nothing was replaced." in out
    code, out, _ = said(capsys, "reference", "two", "--workers", "1")
    assert code == 0, "what is replaced is no failure"
    assert said(capsys, "reference", "two", "--check", "--quiet") == (0, "", "")
    assert said(capsys, "reference", "one", "--check", "--quiet", "--workers", "1")[0] == 1


def test_reference_runs_that_are_not_listed_are_refused(listed: Path, capsys: Capture) -> None:
    code, _, err = said(capsys, "reference", "three")
    assert code == 2
    assert "lists no 'three'; allowed: one, two." in err
    listed.write_text("entries:\n  - name: one\n    command: vary\n", "utf-8")
    code, _, err = said(capsys, "reference")
    assert (code, err) == (
        2,
        "overmatch: results/reference.yaml: one: vary makes no reference runs.\n",
    )
    listed.write_text("entries:\n  - name: nothing\n", "utf-8")
    code, _, err = said(capsys, "reference")
    assert code == 2
    assert "nothing.yaml:1: does not exist" in err


def test_a_reference_run_that_fails_exits_with_1(
    listed: Path, maker: Maker, capsys: Capture
) -> None:
    maker.text = ""
    code, _, err = said(capsys, "reference", "--workers", "1")
    assert (code, err) == (1, "overmatch: a reference run failed: a worker process died.\n")
    assert {path.name for path in listed.parent.iterdir()} == {"reference.yaml"}


def test_a_deposit_is_written_and_says_where(listed: Path, capsys: Capture) -> None:
    Path("CITATION.cff").write_text(
        "title: A study\nabstract: x\nauthors: [{name: A}]\nlicense: MIT\n"
        "date-released: 2026-11-22\n",
        "utf-8",
    )
    assert said(capsys, "deposit")[0] == 2
    assert said(capsys, "reference", "--workers", "1", "--quiet")[0] == 0
    code, out, err = said(capsys, "deposit")
    assert (code, err) == (0, "")
    assert "Results folders: 2; files with ro-crate-metadata.json: 9." in out
    assert out.endswith("Deposit: overmatch-deposit.zip\n")
    first = Path("overmatch-deposit.zip").read_bytes()
    assert said(capsys, "deposit", "--quiet") == (0, "", "")
    assert Path("overmatch-deposit.zip").read_bytes() == first
    code, _, _ = said(capsys, "deposit", "results/one", "--output", "crate", "--date", "2030-01-01")
    assert code == 0
    assert '"datePublished": "2030-01-01"' in Path("crate/ro-crate-metadata.json").read_text(
        "utf-8"
    )


def test_a_deposit_replaces_nothing_else(listed: Path, capsys: Capture) -> None:
    code, _, err = said(capsys, "deposit", "--output", "scenarios")
    assert code == 2
    assert "will not replace scenarios: it holds files but no deposit." in err
    Path("file").write_text("x", "utf-8")
    assert said(capsys, "deposit", "--output", "file")[0] == 2
    Path("folder.zip").mkdir()
    assert said(capsys, "deposit", "--output", "folder.zip")[0] == 2
