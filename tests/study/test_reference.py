"""The list of reference runs, and what is kept of each and compared with what was there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.problems import ScenarioError
from simulator.scenario.schema import Scenario
from simulator.study.executors import SerialExecutor
from simulator.study.kind import Kind
from simulator.study.reference import Build, Built, build_reference
from simulator.study.reference_list import (
    Artefact,
    Command,
    Entry,
    entry_scenario,
    load_list,
    scenario_files,
)
from simulator.study.replay import Verdict
from simulator.study.results import write_manifest
from tests.study.tiny import tiny

SCENARIOS = Path(__file__).parents[2] / "scenarios"
TABLES = ("estimates.csv", "thresholds.parquet")


def made(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
    """Stand in for a run whose tables say how many replicates it has."""
    output.mkdir()
    for name in TABLES:
        (output / name).write_text(f"measure,estimate\nx,{scenario.replicates}\n", "utf-8")
    write_manifest(Kind.RUN, scenario, TABLES, output)
    (output / "run.log").write_text(f"workers: {workers}\n", "utf-8")
    if drawn:
        (output / "figures").mkdir()
        (output / "figures" / "one.svg").write_text("drawn", "utf-8")
        (output / "report.html").write_text("page", "utf-8")


def built(
    results: Path,
    *asked: tuple[Entry, Scenario],
    build: Build = made,
    keep: bool = True,
    progress: Callable[[int, int, Built | None], None] = lambda done, total, last: None,
) -> list[Built]:
    builds: Mapping[Command, Build] = {Command.RUN: build}
    return build_reference(
        asked, builds, results, SerialExecutor(), workers=3, progress=progress, keep=keep
    )


def entry(name: str = "one", **fields: Any) -> Entry:
    return Entry.model_validate({"name": name, **fields})


def names(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*")}


@pytest.mark.parametrize(
    ("keeps", "left"),
    [
        (["tables"], {"estimates.csv"}),
        (["long_tables"], {"thresholds.parquet"}),
        (["tables", "figures"], {"estimates.csv", "figures", "figures/one.svg"}),
        (["tables", "page"], {"estimates.csv", "report.html"}),
    ],
)
def test_only_what_is_kept_is_left(tmp_path: Path, keeps: list[str], left: set[str]) -> None:
    built(tmp_path, (entry(keeps=keeps), tiny()))
    assert names(tmp_path / "one") == {"manifest.json", *left}
    assert {path.name for path in tmp_path.iterdir()} == {"one"}, "no work is left behind"


def test_a_long_table_can_be_kept_by_its_name(tmp_path: Path) -> None:
    built(tmp_path, (entry(also=["thresholds.parquet"]), tiny()))
    assert names(tmp_path / "one") == {"manifest.json", *TABLES}


def test_what_was_there_is_compared_also_where_it_was_left_out(tmp_path: Path) -> None:
    [first] = built(tmp_path, (entry(), tiny()))
    assert (first.replay, first.identical) == (None, False)
    [same] = built(tmp_path, (entry(), tiny()))
    assert same.identical
    [other] = built(tmp_path, (entry(), tiny({"replicates": 3})), keep=False)
    assert other.replay is not None
    assert [one.verdict for one in other.replay.tables] == [Verdict.DIFFERS, Verdict.DIFFERS]
    assert not other.identical
    [still] = built(tmp_path, (entry(), tiny()))
    assert still.identical, "what is only checked replaces nothing"


def test_results_that_cannot_be_read_are_replaced_and_that_is_said(tmp_path: Path) -> None:
    built(tmp_path, (entry(), tiny()))
    (tmp_path / "one" / "manifest.json").write_text("{}", "utf-8")
    [one] = built(tmp_path, (entry(), tiny()))
    assert "has no field scenario" in one.unusable
    assert not one.identical
    [again] = built(tmp_path, (entry(), tiny()))
    assert again.identical


def test_a_failure_leaves_the_earlier_results(tmp_path: Path) -> None:
    def failing(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
        output.mkdir()
        raise OSError("disk full")

    built(tmp_path, (entry(), tiny()))
    with pytest.raises(OSError, match="disk full"):
        built(tmp_path, (entry(), tiny({"replicates": 3})), build=failing)
    [one] = built(tmp_path, (entry(), tiny()))
    assert one.identical


def test_entries_that_spread_come_first_and_have_all_workers(tmp_path: Path) -> None:
    met: list[tuple[int, int]] = []
    heard: list[str] = []

    def noting(scenario: Scenario, output: Path, *, workers: int, drawn: bool) -> None:
        met.append((scenario.replicates, workers))
        made(scenario, output, workers=workers, drawn=drawn)

    found = built(
        tmp_path,
        (entry("small"), tiny({"replicates": 2})),
        (entry("large", spread=True), tiny({"replicates": 5})),
        build=noting,
        progress=lambda done, total, last: heard.append(last.entry.name if last else "begun"),
    )
    assert met == [(5, 3), (2, 1)]
    assert heard == ["begun", "large", "small"]
    assert [one.entry.name for one in found] == ["small", "large"], "in the order of the list"


def test_people_scale_the_list_with_the_population() -> None:
    scenario = entry_scenario(entry("baseline", people=250_000, replicates=8), SCENARIOS)
    assert (scenario.population.size, scenario.listing.requests) == (250_000, 2_500)
    assert scenario.replicates == 8


def test_fields_are_set_over_the_file() -> None:
    asked = entry("mine", scenario="smoke", set={"matching.name_threshold": 0.88})
    assert entry_scenario(asked, SCENARIOS).matching.name_threshold == 0.88
    wrong = entry("mine", scenario="smoke", set={"matching.name_treshold": 0.88})
    with pytest.raises(ScenarioError, match=r"mine: --set matching.name_treshold.*did you mean"):
        entry_scenario(wrong, SCENARIOS)


def test_the_comparison_with_published_figures_needs_no_file() -> None:
    asked = entry("fidelity", command="fidelity", set={"population.size": 30_000})
    assert entry_scenario(asked, SCENARIOS).population.size == 30_000


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "reference.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_list_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = listed(tmp_path, "entries:\n  - name: one\n  - name: two\n    keeps: [page]\n")
    read = load_list(path)
    assert [one.command for one in read.entries] == [Command.RUN, Command.RUN]
    assert [one.keeps for one in read.entries] == [(Artefact.TABLES,), (Artefact.PAGE,)]
    assert [one.name for one in read.named(["two"])] == ["two"]
    assert read.named([]) == read.entries
    with pytest.raises(KeyError, match="three"):
        read.named(["three"])
    assert scenario_files(path)["one"] == tmp_path / "../scenarios/one.yaml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: "),
        ("entries: []\n", ":1: entries: "),
        ("entries:\n  - name: one\n  - name: ../up\n", ":3: entries[1].name: "),
        ("entries:\n  - name: one\n    keep: [page]\n", ":3: entries[0].keep: "),
        ("entries:\n  - name: one\n    command: dance\n", ":3: entries[0].command: "),
        ("entries:\n  - name: one\n    people: many\n", ":3: entries[0].people: "),
        ("entries:\n  - name: one\n  - name: one\n", "one stands in it more than once"),
        ("entries:\n  - name: !!python/name:os.system\n", ":2: "),
        ("entries: &a\n  - name: one\n", ":1: "),
    ],
)
def test_a_mistake_in_a_list_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        load_list(listed(tmp_path, text))
    assert said in str(error.value)


def test_a_list_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_list(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="is not UTF-8 text"):
        load_list(tmp_path / "bytes.yaml")
