"""A deposit holds what it says it holds: read back with the library that describes it."""

import hashlib
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rocrate.rocrate import ROCrate

from simulator.report import deposit
from simulator.report.deposit import (
    METADATA,
    DepositError,
    Material,
    loose_files,
    read_citation,
    results_folders,
    write_deposit,
)
from simulator.study.kind import Kind
from simulator.study.results import write_manifest
from tests.study.tiny import tiny

CITATION = """\
title: A study
abstract: >-
  What it
  says.
authors:
  - name: The authors
  - {given-names: Ann, name-particle: van, family-names: Other, affiliation: A place}
license: MIT
version: 1.2.3
keywords: [privacy, simulation]
date-released: "2026-11-22"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a citation, a licence, scenarios and two folders of results."""
    for name, title in (("one", "The <b>first</b>"), ("two", "Second")):
        folder = tmp_path / "results" / name
        (folder / "figures").mkdir(parents=True)
        (folder / "estimates.csv").write_text(f"measure\n{name}\n", "utf-8")
        (folder / "figures" / "a.svg").write_text("<svg/>", "utf-8")
        (folder / "run.log").write_text("seconds: 1", "utf-8")
        write_manifest(Kind.RUN, tiny({"title": title}), ("estimates.csv",), folder)
    (tmp_path / "results" / "figures").mkdir()
    (tmp_path / "results" / "figures" / "paper.pdf").write_bytes(b"%PDF")
    (tmp_path / "scenarios").mkdir()
    for name in ("one", "unused"):
        (tmp_path / "scenarios" / f"{name}.yaml").write_text("title: One\n", "utf-8")
    (tmp_path / "CITATION.cff").write_text(CITATION, "utf-8")
    (tmp_path / "LICENSE").write_text("Do as you like.", "utf-8")
    return tmp_path


def material(place: Path) -> Material:
    folders = results_folders([place / "results"])
    return Material(
        folders=folders,
        citation=place / "CITATION.cff",
        scenario_files={"one": place / "scenarios" / "one.yaml"},
        loose=loose_files([place / "results"], folders),
    )


def read_back(place: Path, output: Path) -> Any:
    count = write_deposit(material(place), output)
    crate = ROCrate(output)
    held = {entity.id for entity in crate.data_entities if entity.type == "File"}
    assert count == len(held) + 1, "every file but the metadata is described"
    return crate


@pytest.mark.parametrize("name", ["deposit.zip", "deposit"])
def test_every_file_is_described_with_its_size_and_hash(place: Path, name: str) -> None:
    crate = read_back(place, place / name)
    files = [entity for entity in crate.data_entities if entity.type == "File"]
    assert {entity.id for entity in files} == {
        "CITATION.cff",
        "LICENSE",
        "results/figures/paper.pdf",
        "scenarios/one.yaml",
        "scenarios/unused.yaml",
        *(
            f"results/{folder}/{file}"
            for folder in ("one", "two")
            for file in ("manifest.json", "estimates.csv", "figures/a.svg")
        ),
    }
    for entity in files:
        content = (Path(crate.source) / entity.id).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))
    assert crate.get("results/one/figures/a.svg")["encodingFormat"] == "image/svg+xml"


def test_title_licence_authors_and_date_come_from_the_citation(place: Path) -> None:
    root = read_back(place, place / "deposit.zip").root_dataset
    assert root["name"] == "A study: results"
    assert root["description"] == "What it says."
    assert root["keywords"] == "privacy, simulation"
    assert (root["version"], root["datePublished"]) == ("1.2.3", "2026-11-22")
    assert root["license"].id == "https://spdx.org/licenses/MIT"
    assert [(one.type, one["name"]) for one in root["author"]] == [
        ("Organization", "The authors"),
        ("Person", "Ann van Other"),
    ]


def test_results_say_what_made_them(place: Path) -> None:
    crate = read_back(place, place / "deposit.zip")
    folder = crate.get("results/one/")
    assert folder["name"] == "The <b>first</b>"
    assert {part.id for part in folder["hasPart"]} >= {"results/one/estimates.csv"}
    made = crate.get("#made-one")
    assert made.type == "CreateAction"
    assert {one.id for one in made["object"]} == {
        "results/one/manifest.json",
        "scenarios/one.yaml",
    }
    assert {one.id for one in made["result"]} == {
        "results/one/estimates.csv",
        "results/one/figures/a.svg",
    }
    program = made["instrument"]
    assert program.type == "SoftwareApplication"
    assert any(line.startswith("numpy 2.") for line in program["softwareRequirements"])
    assert crate.get("#made-two")["instrument"].id == program.id
    assert crate.get("results/two/")["name"] == "Second"


def test_the_same_results_give_the_same_bytes(place: Path) -> None:
    for name in ("a.zip", "b.zip"):
        write_deposit(material(place), place / name)
    assert (place / "a.zip").read_bytes() == (place / "b.zip").read_bytes()
    with zipfile.ZipFile(place / "a.zip") as archive:
        assert METADATA in archive.namelist()
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_the_date_can_be_given(place: Path) -> None:
    write_deposit(material(place), place / "a.zip", published=date(2030, 1, 2))
    assert ROCrate(place / "a.zip").root_dataset["datePublished"] == "2030-01-02"


def test_a_deposit_takes_the_place_of_an_earlier_one_as_a_whole(place: Path) -> None:
    write_deposit(material(place), place / "deposit")
    (place / "deposit" / "stray").write_text("x", "utf-8")
    write_deposit(material(place), place / "deposit")
    assert not (place / "deposit" / "stray").exists()
    assert not (place / ".work").exists()


def test_a_table_that_is_not_the_manifests_is_refused(place: Path) -> None:
    (place / "results" / "one" / "estimates.csv").write_text("measure\nother\n", "utf-8")
    with pytest.raises(DepositError, match=r"estimates.csv is not the table"):
        write_deposit(material(place), place / "deposit.zip")
    assert not (place / "deposit.zip").exists()


def test_a_table_that_was_left_out_is_no_fault(place: Path) -> None:
    (place / "results" / "one" / "estimates.csv").unlink()
    crate = read_back(place, place / "deposit.zip")
    assert crate.get("results/one/estimates.csv") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: A study\n", "does not say abstract, authors, license, date-released"),
        ("- a list\n", "does not say title"),
        ("{", "is not a citation file"),
        (CITATION.replace("name: The authors", "email: a@b.org"), "every author needs a name"),
        (CITATION.replace("2026-11-22", "soon"), "date-released must read YYYY-MM-DD"),
    ],
)
def test_a_citation_that_says_too_little_is_refused(place: Path, text: str, said: str) -> None:
    (place / "CITATION.cff").write_text(text, "utf-8")
    with pytest.raises(DepositError, match=said):
        read_citation(place / "CITATION.cff")


def test_places_without_results_and_names_met_twice_are_refused(place: Path) -> None:
    with pytest.raises(DepositError, match="holds no results"):
        results_folders([place / "scenarios"])
    one = place / "results" / "one"
    assert results_folders([one]) == (one,)
    with pytest.raises(DepositError, match="two of the results folders are called one"):
        results_folders([place / "results", one])


def test_without_the_library_the_extra_is_named(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deposit, "find_spec", lambda name: None)
    with pytest.raises(DepositError, match=r"pip install 'overmatch\[deposit\]'"):
        write_deposit(material(place), place / "deposit.zip")
