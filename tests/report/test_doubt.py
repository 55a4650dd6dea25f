"""Where a run is too small for a conclusion, its headline says so in plain words."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.report.doubt import HEADLINE, doubt_lines, too_much_unseen, too_wide
from simulator.report.headline import headline_lines
from simulator.report.results import read_results
from simulator.report.stored import Estimate, ReportError

Rows = list[tuple[Any, ...]]
COLUMNS = (
    "measure,rule,half_width_asked,relative,aimed_half_width,pilot,cap,replicates,first_replicate,"
    "estimate,ci_low,ci_high,half_width,kept\n"
)
ROW = (
    "false_discovery_rate,stein,{asked},no,{asked},20,200,{made},0,0.031,0.026,0.036,0.005,{kept}\n"
)


def with_numbers(rows: Rows, measure: str, *numbers: float) -> Rows:
    return [(*row[:4], *numbers, 20) if row[0] == measure else row for row in rows]


def estimate(value: float, low: float, high: float, events: float = 5.0) -> Estimate:
    return Estimate(
        "false_discovery_rate", "all", "", "all", value, 0.0, low, high, events, 1e4, 20
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "wide"),
    [
        (2.0, 1.1, 3.0, False),
        (2.0, 1.0, 3.1, True),
        (2.0, 0.0, 9.0, True),
        (2.0, math.nan, math.nan, False),
        (math.nan, math.nan, math.nan, False),
    ],
)
def test_an_interval_wider_than_its_number_is_too_wide(
    value: float, low: float, high: float, wide: bool
) -> None:
    assert too_wide(estimate(value, low, high)) == wide


def test_a_bound_on_what_was_never_seen_may_be_too_high() -> None:
    assert not too_much_unseen(estimate(0.0, 0.0, 0.00099, 0.0))
    assert too_much_unseen(estimate(0.0, 0.0, 0.00101, 0.0))
    assert too_much_unseen(estimate(0.0, math.nan, math.nan, 0.0)), "no bound at all"
    assert not too_much_unseen(estimate(0.1, 0.0, 0.2))


def test_a_large_run_is_not_doubted(results_directory: Path) -> None:
    assert doubt_lines(read_results(results_directory)) == []


def test_each_number_in_doubt_is_named(fabricate: Callable[..., Path], rows: Rows) -> None:
    rows = with_numbers(rows, "false_discovery_rate", 0.031, 0.02, 0.002, 0.09, 3, 97)
    rows = with_numbers(rows, "deficient_disclosure_rate", 0.0, 0.0, 0.0, 0.0037, 0, 997)
    wide, unseen = headline_lines(fabricate(estimates=rows))[-2:]
    assert wide == (
        "Too uncertain after 20 replicates to rest a conclusion on, as the interval is wider than "
        "the number itself: wrong person among accounts released, 31 (2 to 90) per 1,000."
    )
    assert unseen == (
        "None seen in 20 replicates does not mean that there are none; more than 1 in 1,000 may "
        "have been missed of: deficient request, at most 3.7 per 1,000."
    )


def test_one_replicate_supports_nothing(fabricate: Callable[..., Path]) -> None:
    directory = fabricate()
    path = directory / "manifest.json"
    stated = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**stated, "replicates": 1}), encoding="utf-8")
    [line] = doubt_lines(read_results(directory))
    assert line.startswith("One replicate says nothing about how sure these numbers are")


def test_every_number_of_the_headline_is_looked_at(results_directory: Path) -> None:
    results = read_results(results_directory)
    assert [name for name in HEADLINE if results.find(name) is None] == []


@pytest.mark.parametrize(
    ("asked", "made", "kept", "end"),
    [
        (0.005, 57, "yes", "is known as well as was asked for (± 0.5)."),
        (
            0.001,
            200,
            "no",
            "is not known as well as was asked for (± 0.1): it was stopped at the most allowed.",
        ),
    ],
)
def test_a_precision_asked_for_is_told(
    fabricate: Callable[..., Path], asked: float, made: int, kept: str, end: str
) -> None:
    directory = fabricate()
    text = COLUMNS + ROW.format(asked=asked, made=made, kept=kept)
    (directory / "precision.csv").write_text(text, encoding="utf-8")
    line = headline_lines(directory)[-1]
    assert line == (
        f"The run made {made} replicates, as its first 20 asked for: wrong person among accounts "
        f"released, 3.10% (95% interval 2.60 to 3.60, ± 0.50), {end}"
    )


def test_a_precision_that_is_no_table_is_refused(fabricate: Callable[..., Path]) -> None:
    directory = fabricate()
    (directory / "precision.csv").write_text(COLUMNS, encoding="utf-8")
    with pytest.raises(ReportError, match=r"precision\.csv has 0 rows"):
        headline_lines(directory)
