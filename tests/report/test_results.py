"""Reading a results directory: what is there comes back, what is wrong is said in one sentence."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.report.results import read_results
from simulator.report.stored import ReportError
from simulator.scenario.schema import Scenario


def test_estimates_come_back_as_stored(results_directory: Path) -> None:
    results = read_results(results_directory)
    found = results.get("false_discovery_rate")
    assert (found.estimate, found.numerator, found.denominator) == (0.031, 2046, 66_000)
    assert found.policy == results.manifest.selection == "all"
    assert results.groups("disparity", "tin_kind") == (
        "tin_kind=ssn",
        "tin_kind=itin",
        "tin_kind=borrowed_ssn",
        "tin_kind=invalid_ssn",
    )


def test_the_scenarios_selection_rule_gives_the_headline(fabricate: Callable[..., Path]) -> None:
    default = read_results(fabricate("default"))
    matching = dict(default.manifest.scenario_value("matching")) | {"selection": "unique"}
    unique = read_results(fabricate("unique", scenario={"matching": matching}))
    assert unique.get("yield").estimate == pytest.approx(0.8 * default.get("yield").estimate)


def test_an_empty_cell_is_not_a_number(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    blank = [(*row[:4], *(math.nan,) * 4, 0, 0, 20) if row[0] == "yield" else row for row in rows]
    found = read_results(fabricate(estimates=blank)).get("yield")
    assert not found.available
    assert not found.none_seen
    assert not found.has_interval


def test_several_thresholds_need_the_scenarios_own(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    other = [(*row[:2], "name>=0.80, address>=any, birth_date>=any", *row[3:]) for row in rows]
    own = read_results(fabricate("own", estimates=other + rows)).get("yield")
    assert own.threshold == "name>=0.92, address>=building, birth_date>=any"
    doubled = read_results(fabricate("doubled", estimates=rows + rows))
    with pytest.raises(ReportError, match=r"yield for group all is given more than once"):
        doubled.get("yield")


@pytest.mark.parametrize("name", ["manifest.json", "estimates.csv", "thresholds.parquet"])
def test_a_missing_file_is_named(results_directory: Path, name: str) -> None:
    (results_directory / name).unlink()
    with pytest.raises(ReportError, match=rf"holds no {name}; it is not the directory"):
        read_results(results_directory)


def test_what_is_no_directory_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("file", "absent"):
        with pytest.raises(ReportError, match=rf"{name} is not a directory"):
            read_results(tmp_path / name)


def test_an_edited_table_is_refused(results_directory: Path) -> None:
    path = results_directory / "estimates.csv"
    path.write_text(path.read_text().replace("0.031", "0.001", 1))
    with pytest.raises(ReportError, match=r"estimates\.csv is not the table that manifest\.json"):
        read_results(results_directory)


def _manifest_without(field: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        del manifest[field]

    return change


def _manifest_with(field: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest[field] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_manifest_without("seed"), r"manifest\.json has no field seed"),
        (_manifest_with("setting", {"people": 3}), r"setting has no field accounts"),
        (_manifest_with("tables", []), r"tables is not an object"),
        (
            _manifest_with("kind", "sensitivity"),
            r"results of kind .sensitivity., not of kind .run.",
        ),
        (_manifest_with("seed", "seven"), r"manifest\.json holds a value of the wrong kind"),
    ],
)
def test_a_malformed_manifest_is_explained(
    results_directory: Path, change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    path = results_directory / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    with pytest.raises(ReportError, match=sentence):
        read_results(results_directory)


@pytest.mark.parametrize("content", [b"", b"\xff\x00\x01", b"[1, 2]", b"{"])
def test_a_manifest_of_junk_is_one_sentence(results_directory: Path, content: bytes) -> None:
    (results_directory / "manifest.json").write_bytes(content)
    with pytest.raises(ReportError, match=r"^manifest\.json (is not valid JSON|does not hold)"):
        read_results(results_directory)


def _unhashed(directory: Path) -> None:
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"] = {}
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"measure,policy\n", r"estimates\.csv has no column threshold, group"),
        (b"\xff\xfe", r"estimates\.csv is not a readable table"),
        (b"", r"estimates\.csv has no column measure"),
    ],
)
def test_a_table_of_junk_is_one_sentence(
    results_directory: Path, content: bytes, sentence: str
) -> None:
    _unhashed(results_directory)
    (results_directory / "estimates.csv").write_bytes(content)
    with pytest.raises(ReportError, match=sentence):
        read_results(results_directory)


def test_a_bad_cell_is_placed(results_directory: Path) -> None:
    _unhashed(results_directory)
    path = results_directory / "estimates.csv"
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace("0.969", "many", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(ReportError, match=r"estimates\.csv:3: estimate is not a number: 'many'"):
        read_results(results_directory)


@pytest.mark.parametrize("content", [b"", b"PAR1 but not really PAR1", b"\x00" * 64])
def test_thresholds_of_junk_are_one_sentence(results_directory: Path, content: bytes) -> None:
    _unhashed(results_directory)
    (results_directory / "thresholds.parquet").write_bytes(content)
    with pytest.raises(ReportError, match=r"^thresholds\.parquet is not a readable Parquet file"):
        read_results(results_directory)


def test_an_optional_table_that_is_gone_is_missed(
    fabricate: Callable[..., Path], weights: list[tuple[Any, ...]]
) -> None:
    directory = fabricate("weighed", weights=weights)
    assert len(read_results(directory).weights) == len(weights)
    (directory / "weights.csv").unlink()
    with pytest.raises(ReportError, match=r"holds no weights\.csv"):
        read_results(directory)
    assert read_results(fabricate("plain")).weights == ()


def test_single_precision_is_read_as_the_decimal_it_was(results_directory: Path) -> None:
    path = results_directory / "thresholds.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("estimate")
    stored = pa.array([0.12345 for _ in range(len(table))], pa.float32())
    pq.write_table(table.set_column(at, "estimate", stored), path)
    _unhashed(results_directory)
    assert {row.estimate for row in read_results(results_directory).thresholds} == {0.12345}


def test_a_table_of_another_rule_is_refused(fabricate: Callable[..., Path]) -> None:
    matching = Scenario().matching.model_dump(mode="json") | {"decision_rule": "points"}
    with pytest.raises(ReportError, match=r"thresholds\.parquet has no column score_threshold"):
        read_results(fabricate("points", scenario={"matching": matching}))
