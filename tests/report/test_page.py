"""The page as a file: whole, self-contained, everything from a scenario escaped."""

import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from simulator.report.figures import all_figures
from simulator.report.page import embedded_json
from simulator.report.results import read_results
from simulator.report.rule_words import rule_words
from simulator.report.stored import ReportError
from simulator.report.tables import assumption_parts, value_text
from simulator.report.write import write_report
from simulator.scenario.files import field_documentation
from simulator.scenario.schema import Scenario

LOADING = {"src", "href", "srcset", "data", "action", "poster"}


class Collector(HTMLParser):
    """Collect elements, text and everything that a browser could load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in LOADING]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def page(report_directory: Path) -> str:
    return (report_directory / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(page: str) -> Collector:
    collector = Collector()
    collector.feed(page)
    return collector


def test_the_page_is_one_small_file(page: str, read: Collector) -> None:
    assert len(page.encode()) < 5_000_000
    assert {load for load in read.loads if not load.startswith("#")} == {"data:,"}
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy.group(1).startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy.group(1)
    assert "script-src 'unsafe" not in policy.group(1)


def test_markup_in_a_scenario_stays_text(page: str, read: Collector, hostile: str) -> None:
    assert hostile not in page
    assert read.tags.count("script") == 5
    assert "".join(read.text).count(hostile) >= 2


def test_every_field_of_the_scenario_is_listed(page: str) -> None:
    for field in field_documentation():
        if field.path not in ("title", "question", "description"):
            assert f"<code>{field.path}</code>" in page


def test_assumptions_carry_value_unit_source_and_mark(fabricate: Callable[..., Path]) -> None:
    manifest = read_results(fabricate(scenario={"seed": 7})).manifest
    fields = {f.path: f for part in assumption_parts(manifest) for f in part.fields}
    moved = fields["population.annual_move_rate"]
    assert (moved.value, moved.unit, moved.marks) == (
        "0.12",
        "share per year",
        ("recalled", "seen"),
    )
    assert moved.source == "ACS 2023, about 12% [recalled]; CPS 2021 says 8.4% [seen]"
    assert fields["population.same_zip_move_share"].source == "no source"
    assert fields["population.same_zip_move_share"].marks == ("assumption",)
    assert fields["matching.selection"].marks == ("choice",)
    assert [f.path for f in fields.values() if f.changed] == ["seed"]


def test_a_field_that_an_earlier_version_lacked_is_said_so(fabricate: Callable[..., Path]) -> None:
    manifest = read_results(fabricate(scenario={"disclosure": {}})).manifest
    fields = {f.path: f for part in assumption_parts(manifest) for f in part.fields}
    assert fields["disclosure.max_address_age_years"].value == "not in this scenario"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "true"),
        (1_000_000, "1,000,000"),
        (0.82, "0.82"),
        ([0.8, 0.2], "0.8, 0.2"),
        ([[]], "(empty rule)"),
        ({"el_salvador": 203_822.0}, "El Salvador 203,822"),
    ],
)
def test_values_are_written_as_a_reader_would(value: Any, text: str) -> None:
    assert value_text(value) == text


def test_json_inside_a_script_cannot_leave_it() -> None:
    text = embedded_json({"a": "</script><!-- &"})
    assert not set("<>&") & set(text)


def test_a_run_without_requests_still_has_a_page(
    fabricate: Callable[..., Path],
    rows: list[tuple[Any, ...]],
    grid: list[tuple[Any, ...]],
) -> None:
    nothing = (*(math.nan,) * 4, 0, 0, 20)
    directory = fabricate(
        estimates=[(*row[:4], *nothing) for row in rows],
        thresholds=[(*row[:5], *nothing) for row in grid],
    )
    page = write_report(directory).read_text(encoding="utf-8")
    assert "not available" in page
    assert ">nan<" not in page.lower()


def test_nothing_is_written_where_the_data_are_wrong(results_directory: Path) -> None:
    page = results_directory / "report.html"
    page.write_text("the earlier page")
    (results_directory / "thresholds.parquet").write_bytes(b"junk")
    with pytest.raises(ReportError, match=r"thresholds\.parquet is not the table"):
        write_report(results_directory)
    assert page.read_text() == "the earlier page"
    assert not (results_directory / "figures").exists()


def test_every_rule_is_said_in_words(report_directory: Path, scored_directory: Path) -> None:
    page = (report_directory / "report.html").read_text(encoding="utf-8")
    assert "at least 0.92 alike (1 is identical); same building; birth date not compared." in page
    scored = (scored_directory / "report.html").read_text(encoding="utf-8")
    assert "sum of their match weights, in bits, reaches 12.00." in scored
    assert "Each matcher at the threshold that misses fewest" in scored
    assert "Each matcher at the threshold" not in page
    assert len(scored.encode()) < 5_000_000


@pytest.mark.parametrize(
    ("matching", "said"),
    [
        (
            {"tin_path": True, "tin_name_check": "name_control"},
            (
                "Requests with a taxpayer number are matched by it, if the first four letters of "
                "the surname agree; address not compared; birth date not compared. Without a "
                "number two records match when their names"
            ),
        ),
        (
            {"tin_path": True, "name_address_path": False, "tin_name_check": "none"},
            (
                "matched by it, whatever the names; address not compared; birth date not compared. "
                "Requests without a number are not matched. Released: every account that qualifies."
            ),
        ),
        (
            {
                "tin_path": True,
                "tin_threshold": "one_digit_off",
                "tin_name_check": "name_threshold",
                "tin_address_threshold": "building",
            },
            "by it (one digit may differ), if the names are at least 0.92 alike; same building; ",
        ),
        ({"accounts_searched": "itin"}, " Only accounts filed under an ITIN are searched. "),
        ({"last_four_check": "required"}, " The last four digits of the numbers must agree. "),
    ],
)
def test_paths_and_checks_beside_the_thresholds_are_said(
    fabricate: Callable[..., Path], matching: dict[str, Any], said: str
) -> None:
    part = Scenario.model_validate({"matching": matching}).model_dump(mode="json")["matching"]
    assert said in rule_words(read_results(fabricate(scenario={"matching": part})).manifest)


def test_nothing_is_released_from_a_roll_of_voters(fabricate: Callable[..., Path]) -> None:
    manifest = read_results(fabricate(scenario={"searched_roll": "voter"})).manifest
    assert rule_words(manifest).endswith("Flagged: every entry that qualifies.")


def test_people_exposed_are_drawn_only_where_something_is_released(
    fabricate: Callable[..., Path],
) -> None:
    exposed = {"over_disclosure", "collateral"}
    for roll in ("tax", "voter", "benefit"):
        results = read_results(fabricate(roll, scenario={"searched_roll": roll}))
        names = {figure.name for figure in all_figures(results)}
        assert names & exposed == (exposed if roll == "tax" else set())
