"""overmatch compare: what it takes, what it refuses in one sentence, and what it leaves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.cli.entry import main
from simulator.study.results import MANIFEST

FAST = ["--set", "population.size=20000", "--set", "listing.requests=100", "--replicates", "2"]
QUIET = ["--workers", "1", "--quiet"]


def write(folder: Path, name: str, threshold: float) -> None:
    text = f"title: {name.title()}\nmatching: {{name_threshold: {threshold}}}\n"
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Work in a folder with two scenarios, compared once; not to be changed."""
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write(folder, "loose", 0.9)
        write(folder, "strict", 1.0)
        assert main(["compare", "loose.yaml", "strict.yaml", *FAST, *QUIET]) == 0
        yield folder


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("overmatch: ")
    assert said.err.count("\n") == 1
    return said.err


def test_scenarios_are_run_and_compared(place: Path) -> None:
    left = place / "results" / "loose-vs-strict"
    names = {path.name for path in left.iterdir()}
    assert names == {"comparison.csv", MANIFEST, "compare.html", "figures"}
    assert {path.name for path in (place / "results").iterdir()} == {
        "loose",
        "strict",
        "loose-vs-strict",
    }
    assert (place / "results" / "loose" / "report.html").exists()


def test_results_that_are_there_are_taken(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("ran again")

    monkeypatch.setattr("simulator.study.run.run_scenario", never)
    before = (place / "results" / "loose" / MANIFEST).stat().st_mtime_ns
    output = ["--output", "results/mixed"]
    assert main(["compare", "results/loose", "strict.yaml", *FAST, *output]) == 0
    assert (place / "results" / "loose" / MANIFEST).stat().st_mtime_ns == before
    said = capsys.readouterr().out
    assert said.startswith("strict compared with loose\n")
    assert "matching.name_threshold: 0.9 → 1" in said
    assert said.index("Lawful residents") < said.index("Missed") < said.index("Yield")
    assert "95% interval over 2 replicates" in said
    assert said.endswith("Results: results/mixed\n")


def test_the_same_folder_twice_shows_no_change(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "results/loose", "results/loose", "--output", "results/same"]) == 0
    said = capsys.readouterr().out
    assert "no change seen" in said
    assert "The same scenario as loose" in said


def test_what_is_no_run_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "takes two" in refused(["results/loose"], capsys)
    said = refused(["results/loose", "results/none"], capsys)
    assert "results/none is neither a results folder nor a scenario file." in said
    (place / "empty").mkdir(exist_ok=True)
    assert "empty is not a results folder" in refused(["results/loose", "empty"], capsys)
    said = refused(["results/loose", "results/loose-vs-strict"], capsys)
    assert "results of kind 'comparison'" in said


def test_options_without_a_scenario_are_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(["results/loose", "results/strict", "--replicates", "3"], capsys)
    assert "--set, --replicates and --seed apply to scenario files" in said


def test_another_seed_is_refused_before_anything_is_run(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(["results/loose", "strict.yaml", *FAST, "--seed", "5"], capsys)
    assert "loose and strict cannot be compared: their seeds differ" in said
    seed = json.loads((place / "results/strict" / MANIFEST).read_text(encoding="utf-8"))["seed"]
    assert seed != 5


def test_a_table_changed_afterwards_is_refused(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in (place / "results" / "strict").iterdir():
        if path.is_file():
            (changed / path.name).write_bytes(path.read_bytes())
    with (changed / "estimates.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert "it was changed afterwards" in refused(["results/loose", str(changed)], capsys)


def test_runs_are_not_replaced_by_what_compares_them(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["results/loose", "results/strict"]
    assert "is one of the runs" in refused([*both, "--output", "results/loose"], capsys)
    write(tmp_path, "loose", 0.8)
    said = refused([str(tmp_path / "loose.yaml"), "loose.yaml", *FAST], capsys)
    assert "would run into results/loose" in said
    said = refused(["results/loose", "loose.yaml", *FAST, "--set", "listing.requests=50"], capsys)
    assert "would replace results/loose" in said


def test_the_mistakes_of_a_scenario_are_told_as_ever(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["compare", "loose.yaml", "strict.yaml", "--set", "matching.name=1"]) == 2
    assert "matching.name" in capsys.readouterr().err
