"""Export and evaluate through the command line: from a scenario to measures and back."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from simulator.cli import main

TINY = str(Path(__file__).parents[1] / "goldens" / "tiny.yaml")


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("exported") / "e"
    assert main(["export", TINY, str(directory), "--quiet", "--format", "csv"]) == 0
    return directory


def truth(exported: Path, table: str) -> pd.DataFrame:
    frame: pd.DataFrame = pq.read_table(exported / "truth" / f"{table}.parquet").to_pandas()
    return frame


def test_the_observed_files_hold_no_truth(exported: Path) -> None:
    roll = pd.read_csv(exported / "roll.csv", dtype=str)
    accounts = truth(exported, "accounts")
    assert not set(roll.columns) & set(accounts.columns) - {"account_id"}
    assert roll["account_id"].tolist() == accounts["account_id"].tolist()
    assert roll["account_id"].is_unique
    known = pd.Index(accounts["person"].astype(str))
    assert not roll["tin"].dropna().isin(known).any(), "a number says whose it is"


def test_neighbours_in_the_roll_are_not_family(exported: Path) -> None:
    home = truth(exported, "accounts")["person"].to_numpy() >> 6
    together = (home[1:] == home[:-1]).mean()
    by_household = np.sort(home)
    assert together < 0.01 < (by_household[1:] == by_household[:-1]).mean()


def test_mates_are_the_accounts_of_the_people_requested(exported: Path) -> None:
    requests, accounts = truth(exported, "requests"), truth(exported, "accounts")
    person_of = accounts.set_index("account_id")["person"]
    mated = requests[requests["mate"].notna()]
    assert (person_of[mated["mate"]].to_numpy() == mated["person"].to_numpy()).all()
    others = requests[requests["mate"].isna()]["person"]
    assert not others.isin(accounts["person"]).any()


def test_perfect_links_have_no_false_discovery(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = truth(exported, "requests")
    found = requests[requests["mate"].notna() & requests["rejected"].isna()]
    links = found.rename(columns={"mate": "account_id"})[["request_id", "account_id"]]
    links.to_csv(tmp_path / "links.csv", index=False)
    output = tmp_path / "results"
    code, out, _ = said(
        capsys, "evaluate", exported, tmp_path / "links.csv", "--output", output, "--json"
    )
    assert code == 0
    shown = {row["measure"]: row for row in json.loads(out)["estimates"] if row["policy"] == "all"}
    assert shown["false_discovery_rate"]["estimate"] == 0
    assert 0 < shown["false_discovery_rate"]["ci_high"] < 0.2
    assert shown["recall"]["numerator"] == len(found)
    assert shown["recall"]["denominator"] == requests["mate"].notna().sum()
    assert {path.name for path in output.iterdir()} == {
        "curves.csv",
        "estimates.csv",
        "manifest.json",
        "thresholds.parquet",
    }


def test_no_links_are_a_result(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links = tmp_path / "links.csv"
    links.write_text("request_id,account_id\n", encoding="utf-8")
    code, out, _ = said(capsys, "evaluate", exported, links, "--output", tmp_path / "r")
    assert code == 0
    assert "false discovery rate: not available" in out
    assert "yield: 0 (0 to 0." in out
    assert "There are no links" in out


def test_links_of_rejected_requests_are_not_counted_and_that_is_said(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = truth(exported, "requests")
    rejected = requests[requests["rejected"].notna()]["request_id"]
    links = tmp_path / "links.csv"
    table = pd.DataFrame({"request_id": rejected, "account_id": "A000000001"})
    table.to_csv(links, index=False)
    code, out, _ = said(capsys, "evaluate", exported, links, "--output", tmp_path / "r")
    assert code == 0
    assert f"{len(rejected)} links belong to requests that the scenario's guardrails reject" in out


def test_a_truth_that_was_changed_is_refused(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "truth").mkdir()
    for path in exported.rglob("*.*"):
        if path.is_file():
            target = tmp_path / path.relative_to(exported)
            target.write_bytes(path.read_bytes())
    changed = tmp_path / "truth" / "accounts.parquet"
    changed.write_bytes(changed.read_bytes() + b" ")
    (tmp_path / "links.csv").write_text("request_id,account_id\n", encoding="utf-8")
    code, _, err = said(
        capsys, "evaluate", tmp_path, tmp_path / "links.csv", "--output", tmp_path / "r"
    )
    assert code == 2
    assert "accounts.parquet is not what was exported (its hash differs)" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "nowhere", "l.csv"], "nowhere is not a folder"),
        (["evaluate", ".", "l.csv"], "is no export: it has no about.json"),
        (["evaluate", ".", "l.csv", "--score-threshold", "1"], "needs --score-column"),
        (
            ["evaluate", ".", "l.csv", "--score-column", "s", "--score-threshold", "nan"],
            "--score-threshold nan is not a finite number",
        ),
        (["export", "s.yaml", "held"], "it holds files but no export"),
        (["export", "s.yaml", "file"], "cannot export to file: it is no folder."),
        (["export", "missing.yaml", "x"], "missing.yaml"),
    ],
)
def test_wrong_input_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("held").mkdir()
    Path("held/mine.txt").touch()
    Path("file").touch()
    Path("s.yaml").write_text("title: T\n", encoding="utf-8")
    code, _, err = said(capsys, *arguments)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_matcher_without_its_extra_stops_a_run_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from simulator.matching.external import extras
    from simulator.scenario.schema import Matcher

    monkeypatch.setattr(
        extras, "EXTRAS", {**extras.EXTRAS, Matcher.SPLINK: ("splink", ("no_such_module",))}
    )
    monkeypatch.setattr("simulator.study.run.run_replicates", lambda *a, **k: pytest.fail("ran"))
    code, _, err = said(
        capsys, "run", TINY, "--set", "matchers=[splink]", "--output", tmp_path / "r"
    )
    assert code == 2
    assert "pip install 'overmatch[splink]'" in err
