"""Which runs are compared and which refused, what is left, and that it can be made again."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator.scenario.schema import Scenario
from simulator.study.comparability import (
    IncomparableError,
    Run,
    distinct_names,
    field_changes,
    notes,
    read_run,
    refuse_incomparable,
    up_to_date,
)
from simulator.study.comparing import (
    COMPARISON,
    compare_folders,
    compare_runs,
    comparison_table,
    remake,
)
from simulator.study.results import ESTIMATES, MANIFEST, rounded
from simulator.study.run import run_scenario
from simulator.study.stored_counts import StoredCountsError
from tests.study.tiny import manifest, quiet, tiny

LAWFUL = {
    "population": {
        "lawful_statuses": [
            *("native_born_citizen", "naturalised_citizen", "permanent_resident", "protected"),
        ]
    }
}
NAMES_ALONE = {"matching": {"address_threshold": "any"}}


def ran(folder: Path, change: dict[str, Any] | None = None) -> Path:
    run_scenario(tiny(change), folder, workers=1, progress=quiet)
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with runs; not to be written to."""
    folder = tmp_path_factory.mktemp("runs") / "results"
    ran(folder / "both")
    ran(folder / "names", NAMES_ALONE)
    ran(folder / "more", {"replicates": 3})
    return folder


@pytest.fixture(scope="module")
def compared(results: Path) -> pd.DataFrame:
    compare_folders([results / "both", results / "names"], results / "both-vs-names")
    return pd.read_csv(results / "both-vs-names" / COMPARISON, keep_default_na=False)


def test_both_sides_are_those_of_the_runs(results: Path, compared: pd.DataFrame) -> None:
    for name, side in (("both", "reference"), ("names", "compared")):
        written = pd.read_csv(results / name / ESTIMATES, dtype=str, keep_default_na=False)
        own = written[written["policy"] == str(tiny().matching.selection)]
        left = own.set_index(["measure", "group"])
        right = compared.astype(str).set_index(["measure", "group"])
        assert set(left.index) <= set(right.index)
        for ours, theirs in (
            ("estimate", f"{side}_estimate"),
            ("ci_low", f"{side}_low"),
            ("numerator", f"{side}_numerator"),
        ):
            assert (left[ours] == right.loc[left.index, theirs]).all()
    assert set(compared["pair"]) == {"names vs both"}


def test_differences_are_of_the_counts_in_each_replicate(
    results: Path, compared: pd.DataFrame
) -> None:
    first, second = (read_run("", results / name).counts for name in ("both", "names"))
    row = compared[(compared["measure"] == "yield") & (compared["group"] == "all")].iloc[0]
    assert (pd.to_numeric(compared["difference"], errors="coerce").abs() > 0.0).any()
    change = (second.quantities[:, 12, 0] - first.quantities[:, 12, 0]).sum()  # linked requests
    assert float(row["difference"]) == rounded(change / first.quantities[:, 0, 0].sum())


def test_the_manifest_says_what_was_compared(results: Path, compared: pd.DataFrame) -> None:
    said = manifest(results / "both-vs-names")
    assert said["kind"] == "comparison"
    assert set(said["tables"]) == {COMPARISON}
    assert [one["name"] for one in said["compared"]] == ["both", "names"]
    thresholds = [one["scenario"]["matching"]["address_threshold"] for one in said["compared"]]
    assert thresholds == ["building", "any"]
    assert said["compared"][1]["differs"] == [["matching.address_threshold", "building", "any"]]
    assert said["compared"][1]["notes"] == []


def test_a_comparison_is_made_again_with_and_without_its_runs(
    results: Path, compared: pd.DataFrame, tmp_path: Path
) -> None:
    said = manifest(results / "both-vs-names")
    stored = (results / "both-vs-names" / COMPARISON).read_bytes()
    for folder, beside in ((tmp_path / "a", results), (tmp_path / "b", None)):
        folder.mkdir()
        remake(said, folder, workers=1, progress=quiet, beside=beside)
        assert (folder / COMPARISON).read_bytes() == stored
        assert manifest(folder) == said


def test_the_same_run_twice_differs_in_nothing(results: Path, tmp_path: Path) -> None:
    compare_folders([results / "both", results / "both"], tmp_path / "same")
    table = pd.read_csv(tmp_path / "same" / COMPARISON, keep_default_na=False)
    assert set(table["compared"]) == {"both (2)"}
    known = table[table["note"] != "not available"]
    assert set(known["note"]) == {"no change seen"}
    assert (known["difference"].astype(float) == 0.0).all()
    assert (known["difference_high"].astype(float) > 0.0).all()


def test_runs_of_other_lengths_share_their_first_replicates(results: Path) -> None:
    runs = [read_run(name, results / name) for name in ("both", "more")]
    table = comparison_table(runs)
    assert set(table["replicates"]) == {2}
    assert set(table["note"]) <= {"no change seen", "not available"}
    (note,) = notes(runs[0], runs[1], 2)
    assert "both has 2 replicates and more has 3; the first 2 of both" in note


def changed(run: Run, change: dict[str, Any]) -> Run:
    return replace(run, name="other", scenario=tiny(change))


def other_manifest(run: Run, **change: Any) -> Run:
    return replace(run, name="other", manifest={**run.manifest, **change})


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda run: changed(run, {"seed": 5}), r"their seeds differ \(20250407 and 5\)"),
        (lambda run: changed(run, {"searched_roll": "voter"}), "the tax roll, the other the voter"),
        (
            lambda run: changed(run, LAWFUL),
            r"different legal statuses as lawful \(temporary_visa\)",
        ),
        (lambda run: other_manifest(run, overmatch="0.0"), "different versions .overmatch"),
        (
            lambda run: other_manifest(run, versions={**run.manifest["versions"], "numpy": "1.0"}),
            "numpy .* and 1.0",
        ),
        (
            lambda run: other_manifest(
                run, reference_tables={**run.manifest["reference_tables"], "surnames.csv": "0"}
            ),
            "different reference tables .*surnames.csv",
        ),
    ],
    ids=["seed", "roll", "lawful", "overmatch", "library", "tables"],
)
def test_what_cannot_be_paired_is_refused(
    results: Path, tmp_path: Path, other: Callable[[Run], Run], words: str
) -> None:
    run = read_run("both", results / "both")
    with pytest.raises(IncomparableError, match=words) as refusal:
        refuse_incomparable(run, other(run))
    assert str(refusal.value).startswith("both and other cannot be compared: ")
    assert str(refusal.value).count(".") - str(refusal.value).count("0.") <= 4  # one sentence
    with pytest.raises(IncomparableError):
        compare_runs([run, other(run)], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_libraries_that_only_draw_do_not_matter(results: Path) -> None:
    run = read_run("both", results / "both")
    versions = {**run.manifest["versions"], "altair": "0"}
    refuse_incomparable(run, other_manifest(run, versions=versions))


def test_other_sizes_are_compared_with_a_note(results: Path) -> None:
    run = read_run("both", results / "both")
    other = changed(run, {"population": {"size": 4000}, "listing": {"requests": 60}})
    refuse_incomparable(run, other)
    people, requests = notes(run, other, 2)
    assert "2,000 people and other 4,000" in people
    assert "30 requests and other 60" in requests


def test_fields_that_differ_are_named_by_path() -> None:
    changes = field_changes(tiny({"title": "One"}), tiny({"title": "Two", **NAMES_ALONE}))
    assert [(one.path, one.reference, one.compared) for one in changes] == [
        ("matching.address_threshold", "building", "any")
    ]
    assert field_changes(tiny(), tiny()) == []


def test_results_are_taken_where_they_are_those_of_the_scenario(
    results: Path, tmp_path: Path
) -> None:
    assert up_to_date(results / "both", tiny())
    assert not up_to_date(results / "both", tiny(NAMES_ALONE))
    assert not up_to_date(tmp_path / "none", tiny())


def test_an_edited_manifest_is_refused(results: Path, tmp_path: Path) -> None:
    for path in (results / "both").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    said = manifest(tmp_path)
    said["scenario"]["matching"]["name_threshold"] = 0.8
    (tmp_path / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(StoredCountsError, match="not the one whose hash"):
        read_run("edited", tmp_path)
    said["scenario"]["matching"]["no_such_field"] = 1
    (tmp_path / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(StoredCountsError, match="left by another version"):
        read_run("edited", tmp_path)


def test_names_are_kept_apart() -> None:
    assert distinct_names(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]


def test_one_run_is_no_comparison(results: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two runs"):
        compare_runs([read_run("both", results / "both")], tmp_path / "out")


def test_a_scenario_is_what_runs_hold(results: Path) -> None:
    assert isinstance(read_run("both", results / "both").scenario, Scenario)
