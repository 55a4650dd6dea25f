"""Manifests of any kind: what is refused, in one sentence each, and what versions differ."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.files import fields_sha256
from simulator.study.kind import Kind
from simulator.study.manifests import (
    ManifestError,
    manifest_differences,
    read_stored,
    version_differences,
)
from simulator.study.results import MANIFEST, write_manifest
from tests.study.tiny import tiny

Values = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "estimates.csv").write_text("measure,estimate\nprecision,1\n", encoding="utf-8")
    write_manifest(Kind.RUN, tiny(), ("estimates.csv",), tmp_path, replicates=2)
    return tmp_path


def changed(folder: Path, change: Callable[[Values], object], *, honest: bool = False) -> None:
    """Change the manifest of a folder; an ``honest`` one states the hash of its new scenario."""
    path = folder / MANIFEST
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    if honest:
        values["scenario_sha256"] = fields_sha256(values["scenario"])
    path.write_text(json.dumps(values), encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(ManifestError) as error:
        read_stored(folder)
    text = str(error.value)
    assert "\n" not in text
    assert not text.endswith(".")
    return text


def test_a_folder_says_kind_scenario_and_tables(folder: Path) -> None:
    stored = read_stored(folder)
    assert stored.kind == Kind.RUN
    assert stored.scenario == tiny()
    assert list(stored.tables) == ["estimates.csv"]
    assert version_differences(stored.manifest) == []


def test_a_scenario_edited_by_hand_is_said(folder: Path) -> None:
    changed(folder, lambda values: values["scenario"].update(seed=9))
    assert "was changed by hand" in refused(folder)


def test_a_scenario_with_a_field_this_version_lacks_is_said(folder: Path) -> None:
    def change(values: Values) -> None:
        values["overmatch"] = "0.0.9"
        values["scenario"]["matching"]["soundex"] = True

    changed(folder, change, honest=True)
    said = refused(folder)
    assert "made by Overmatch 0.0.9 of another schema" in said
    assert "scenario.matching.soundex: this version has no such field" in said


def test_a_scenario_without_a_field_this_version_asks_is_said(folder: Path) -> None:
    changed(folder, lambda values: values["scenario"]["matching"].pop("tin_path"), honest=True)
    assert "it has no scenario.matching.tin_path, which this version asks" in refused(folder)


def test_a_value_out_of_range_is_said(folder: Path) -> None:
    changed(folder, lambda values: values["scenario"].update(replicates=0), honest=True)
    assert "scenario.replicates" in refused(folder)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("\udcff", "not valid JSON"),
        ("[]", "does not hold an object"),
        ("{}", "has no field scenario"),
        ('{"scenario": 3}', "has no field scenario that is an object"),
    ],
)
def test_what_is_no_manifest_is_said(folder: Path, text: str, said: str) -> None:
    (folder / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert said in refused(folder)


def test_what_is_no_results_folder_is_said(tmp_path: Path) -> None:
    assert "holds no results" in refused(tmp_path)
    assert "is not a directory" in refused(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda values: values.pop("kind"), "does not say of what kind"),
        (lambda values: values.update(kind="poem"), "there is no kind 'poem'; allowed: run, count"),
        (lambda values: values["tables"].update({"../x": "0"}), "no usable table '../x'"),
        (lambda values: values["tables"].update(x=1), "no usable table 'x'"),
        (lambda values: values["scenario"].update(seed=float("nan")), "a number that is none"),
    ],
)
def test_a_manifest_that_cannot_be_followed_is_said(
    folder: Path, change: Callable[[Values], object], said: str
) -> None:
    changed(folder, change)
    assert said in refused(folder)


def test_other_versions_and_reference_tables_are_named(folder: Path) -> None:
    def change(values: Values) -> None:
        values["overmatch"] = "0.0.9"
        values["versions"]["numpy"] = "1.0"
        values["versions"].pop("scipy")
        values["reference_tables"]["zips.parquet"] = "0"

    changed(folder, change)
    said = version_differences(read_stored(folder).manifest)
    assert any(line.startswith("overmatch 0.0.9 then, ") for line in said)
    assert any(line.startswith("numpy 1.0 then, ") for line in said)
    assert any(line.startswith("scipy none then, ") for line in said)
    assert said[-1] == "other reference tables: zips.parquet"


def test_what_two_manifests_say_otherwise_is_named() -> None:
    before = {"seed": 1, "setting": {"people": 5, "pairs": 2}, "versions": {"numpy": "1"}}
    after = {"seed": 1, "setting": {"people": 6}, "versions": {"numpy": "2"}}
    assert manifest_differences(before, after) == [
        "setting.people: 5 then, 6 now",
        "setting.pairs: 2 then, nothing now",
    ]
    assert manifest_differences(before, before) == []
