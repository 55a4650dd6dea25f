"""The headline: plain sentences, every number with its interval."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.report.headline import headline_lines
from simulator.report.results import read_results
from simulator.report.stored import ReportError
from simulator.report.tables import fates_seen
from simulator.report.wording import plain_name, shown, shown_decimals
from simulator.scenario.schema import Scenario
from tests.report.conftest import write_results, year_rows

Rows = list[tuple[Any, ...]]


def _with(rows: Rows, measure: str, *numbers: float) -> Rows:
    return [(*row[:4], *numbers, 20) if row[0] == measure else row for row in rows]


def test_each_number_carries_its_interval(results_directory: Path) -> None:
    lines = headline_lines(results_directory)
    assert 5 <= len(lines) <= 8
    assert (
        "Of every 1,000 accounts released, 31.0 (95% interval 28.9 to 33.1) "
        "belonged to a wrong person." in lines
    )
    assert all(line.startswith(("Of every 1,000 ", "For every 1,000 ")) for line in lines)
    assert all(line.endswith(".") for line in lines)


def test_no_event_seen_is_no_zero(results_directory: Path) -> None:
    assert headline_lines(results_directory)[-1] == (
        "Of every 1,000 accounts released, none (none seen; at most 0.91) "
        "answered a request without a valid name and address."
    )


def test_what_is_not_available_is_said_so(fabricate: Callable[..., Path], rows: Rows) -> None:
    nothing = _with(rows, "false_discovery_rate", *(math.nan,) * 4, 0, 0)
    line = headline_lines(fabricate(estimates=nothing))[2]
    assert line == (
        "Of every 1,000 accounts released: how many belonged to a wrong person is not available "
        "(nothing to count)."
    )


def test_one_replicate_gives_no_interval(fabricate: Callable[..., Path], rows: Rows) -> None:
    single = _with(rows, "false_discovery_rate", 0.031, *(math.nan,) * 3, 102, 3_300)
    line = headline_lines(fabricate(estimates=single))[2]
    assert "31.0 (no interval: too few replicates) belonged" in line


def test_the_confidence_level_is_the_runs_own(fabricate: Callable[..., Path]) -> None:
    directory = fabricate()
    path = directory / "manifest.json"
    path.write_text(
        path.read_text().replace(
            '"confidence": 0.95,\n "versions"', '"confidence": 0.9,\n "versions"'
        )
    )
    assert "(90% interval " in headline_lines(directory)[0]


def test_a_measure_that_is_missing_is_named(fabricate: Callable[..., Path], rows: Rows) -> None:
    without = [row for row in rows if row[0] != "fate_nobody"]
    with pytest.raises(ReportError, match=r"estimates\.csv: no fate_nobody for group all"):
        headline_lines(fabricate(estimates=without))


def test_the_headline_needs_no_drawing_library() -> None:
    code = (
        "import sys, simulator.report.headline; "
        "print(sorted({'altair', 'vl_convert', 'pandas', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


CHALLENGES = {
    "flagged_per_1000_requests": (20.0, 4_000, 200_000),
    "eligible_share_of_flagged": (0.8, 3_200, 4_000),
    "wrongly_flagged_listing_error_per_1000_requests": (4.0, 800, 200_000),
    "wrongly_flagged_wrong_person_per_1000_requests": (12.0, 2_400, 200_000),
    "restored_after_notice": (0.4, 1_280, 3_200),
    "removed_without_notice": (0.25, 800, 3_200),
    "removed_without_reply": (0.35, 1_120, 3_200),
    "wrongly_removed_per_1000_requests": (9.6, 1_920, 200_000),
}


@pytest.mark.parametrize(
    ("roll", "entries", "eligible"),
    [
        ("voter", "registered voters", "eligible voters"),
        ("benefit", "people with benefits", "people eligible for benefits"),
    ],
)
def test_other_rolls_are_told_in_people_flagged_restored_and_removed(
    fabricate: Callable[..., Path], rows: Rows, roll: str, entries: str, eligible: str
) -> None:
    own = rows[0][1:4]
    challenged = [
        (name, *own, value, value / 20, 0.9 * value, 1.1 * value, *counts, 20)
        for name, (value, *counts) in CHALLENGES.items()
    ]
    scenario = Scenario.model_validate({"searched_roll": roll}).model_dump(mode="json")
    directory = fabricate(estimates=[*rows, *challenged], scenario=scenario)
    lines = headline_lines(directory)
    assert len(lines) == 8
    assert lines[0] == (
        f"For every 1,000 requests, 20.0 (95% interval 18.0 to 22.0) {entries} were flagged for "
        "removal."
    )
    assert lines[1] == (
        f"Of every 1,000 {entries} flagged, 800 (95% interval 720 to 880) were {eligible}."
    )
    assert lines[3].startswith(f"Of every 1,000 {eligible} flagged, 400 (95% interval 360 to 440)")
    assert lines[6].endswith(f"{eligible} were removed from the roll.")
    assert not any("released" in line or "disclosed" in line for line in lines)


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (13.4567, 12.1234, 14.9, "13.5"),
        (612.4, 590.0, 640.0, "612"),
        (0.012345, 0.0121, 0.0126, "0.01235"),
        (48_123.4, math.nan, math.nan, "48,123"),
        (0.0, 0.0, 0.34, "0.00"),
        (-0.0, 0.0, 4.0, "0.0"),
        (math.nan, math.nan, math.nan, "–"),
    ],
)
def test_no_digit_is_shown_that_the_interval_drowns(
    value: float, low: float, high: float, text: str
) -> None:
    assert shown(value, shown_decimals(value, low, high)) == text


def test_unknown_names_are_shown_as_written() -> None:
    assert plain_name("costa_rica") == "Costa Rica"
    assert plain_name("borrowed_ssn") == "Borrowed SSN"


def test_fates_that_only_some_scenarios_know_are_shown_where_they_occur(
    fabricate: Callable[..., Path], rows: Rows
) -> None:
    assert "fate_withheld" not in fates_seen(read_results(fabricate(estimates=rows)))
    some = _with(rows, "fate_withheld", 0.1, 0.01, 0.08, 0.12, 1_000, 10_000)
    assert "fate_withheld" in fates_seen(read_results(fabricate(estimates=some)))
    older = [row for row in rows if row[0] != "fate_withheld"]
    assert "fate_withheld" not in fates_seen(read_results(fabricate(estimates=older)))


def test_who_lives_behind_wrong_doors_is_said_where_it_is_known(
    fabricate: Callable[..., Path], rows: Rows
) -> None:
    doors = "people_at_wrong_doors_lawful_per_1000_requests"
    numbers = (7.0, 0.5, 6.0, 8.0, 70, 10_000, 20)
    own, group = rows[0][2:4]
    policies = sorted({row[1] for row in rows})
    known = [*rows, *((doors, policy, own, group, *numbers) for policy in policies)]
    said = " lawful people live at an address disclosed where the person requested does not."
    assert not any(line.endswith(said) for line in headline_lines(fabricate()))
    [line] = [line for line in headline_lines(fabricate(estimates=known)) if line.endswith(said)]
    assert line.startswith("For every 1,000 requests, 7")


def test_fates_that_only_some_policies_know_are_told_where_they_occur(
    fabricate: Callable[..., Path], rows: Rows
) -> None:
    withheld = _with(rows, "fate_withheld", 0.021, 0.001, 0.019, 0.023, 210, 10_000)
    lines = headline_lines(fabricate(estimates=withheld))
    told = "Of every 1,000 requests, 21.0 (95% interval 19.0 to 23.0) found accounts that were "
    assert f"{told}all withheld." in lines
    assert not any("unanswered" in line for line in lines)


def _recipient(**values: object) -> dict[str, Any]:
    scenario = Scenario.model_validate({"recipient": values})
    return {"recipient": scenario.model_dump(mode="json")["recipient"]}


def test_what_the_recipient_may_do_is_told(fabricate: Callable[..., Path], rows: Rows) -> None:
    after = [
        (name, "all", *rows[0][2:4], value, 0.1 * value, 0.9 * value, 1.1 * value, 90, 100, 20)
        for name, value in (
            ("acted_on_share_of_links", 0.9),
            ("copies_passed_on_per_1000_requests", 600.0),
        )
    ]
    stored = [*rows, *after]
    number = iter(range(9))

    def last_lines(**values: object) -> list[str]:
        name = f"recipient{next(number)}"
        found = fabricate(name, estimates=stored, scenario=_recipient(**values))
        return headline_lines(found)[-2:]

    assert "acted on" not in "".join(last_lines())
    forbidden = "Nobody was acted on and nothing was passed on: a court forbids the use."
    assert last_lines(injunction="no_use", other_uses=3)[-1] == forbidden
    recalled, copies = last_lines(recalled_share=0.5, other_uses=3)
    assert recalled.startswith("Of every 1,000 accounts released, 900 (")
    assert recalled.endswith(") were acted on.")
    assert copies.startswith("For every 1,000 requests, 600 (")
    assert copies.endswith(") copies of addresses were passed on to other bodies.")
    barred = last_lines(other_uses=3, redisclosure_barred=True)[-1]
    assert barred == "Nothing was passed on to other bodies: redisclosure is barred."


def test_a_run_of_several_years_tells_the_last_one(tmp_path: Path) -> None:
    points = ("compliance_points_lost", "unauthorized", 5, 18.9, 0.2, 18.5, 19.3, 1_700, 9_000, 20)
    stored = [*year_rows(), points]
    door, lost = headline_lines(write_results(tmp_path / "years", years=stored))[-2:]
    assert door.startswith("In year 5, of every 1,000 addresses disclosed, 250.0 (95% interval ")
    assert lost.startswith("By year 5, filing by unauthorized adults fell by 18.90 (95% interval ")
    assert ") percentage points, which is $17.92 (95% interval " in lost
    assert lost.endswith(" billion by the published range.")
