"""A small fabricated results directory: plausible numbers, no simulation behind them."""

import csv
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from selenium import webdriver

from simulator.report.stored import (
    ESTIMATE_COLUMNS,
    MATCHER_COLUMNS,
    SCORE_COLUMNS,
    THRESHOLD_COLUMNS,
    WEIGHT_COLUMNS,
    YEAR_COLUMNS,
)
from simulator.report.wording import FATES, LOST
from simulator.report.write import write_report
from simulator.scenario.files import fields_sha256
from simulator.scenario.schema import AddressThreshold, BirthDateThreshold, Scenario, Selection
from tests.report.browsing import started
from tests.report.explored_tables import explored_part, policies_table

Row = tuple[Any, ...]
REPLICATES = 20
OWN = "name>=0.92, address>=building, birth_date>=any"
EXPOSED = "over_disclosed_residents"
SHARES = {
    "false_discovery_rate": (0.031, 3_300.0),
    "precision": (0.969, 3_300.0),
    "recall": (0.412, 7_900.0),
    "false_match_rate_per_pair": (1.1e-8, 1e10),
    "false_positive_identification_rate": (0.004, 2_100.0),
    "false_negative_identification_rate": (0.588, 7_900.0),
    "yield": (0.33, 10_000.0),
    "wrong_address_rate": (0.21, 3_300.0),
    "borrowed_wages_rate": (0.02, 3_300.0),
    "deficient_disclosure_rate": (0.0, 3_300.0),
}
FATE_SHARES = dict(zip(FATES, (0.3204, 0.0052, 0.0044, 0.4212, 0.0, 0.0, 0.2488, 0.0), strict=True))
LOST_SHARES = dict(zip(LOST, (0.21, 0.02, 0.11, 0.2, 0.0, 0.048), strict=True))
RATES = {
    f"{EXPOSED}_per_1000_requests": 23.1,
    f"{EXPOSED}_direct_per_1000_requests": 12.4,
    f"{EXPOSED}_collateral_per_1000_requests": 11.2,
    f"{EXPOSED}_per_100000_lawful_residents": 24.9,
    f"{EXPOSED}_per_intended_disclosure": 0.0731,
    "selectivity": 0.0104,
    "disclosures_intended_per_1000_requests": 316.0,
    "disclosures_listing_error_per_1000_requests": 9.6,
    "disclosures_wrong_person_lawful_per_1000_requests": 7.7,
    "disclosures_wrong_person_other_per_1000_requests": 2.4,
}
GROUPS = {
    "origin=us_white": 0.055,
    "origin=us_black": 0.012,
    "origin=us_hispanic": 0.262,
    "origin=us_api": 0.004,
    "origin=mexico": 0.271,
    "origin=guatemala": 0.082,
    "origin=honduras": 0.094,
    "origin=el_salvador": 0.077,
    "origin=other_south_america": 0.041,
    "origin=vietnam": 0.0,
    "origin=europe": 0.006,
    "status=native_born_citizen": 0.40,
    "status=naturalised_citizen": 0.19,
    "status=permanent_resident": 0.26,
    "status=temporary_visa": 0.01,
    "status=protected": 0.14,
    "tin_kind=ssn": 0.88,
    "tin_kind=itin": 0.11,
    "tin_kind=borrowed_ssn": 0.0,
    "tin_kind=invalid_ssn": 0.0,
}


def _row(measure: str, policy: str, group: str, estimate: float, denominator: float) -> Row:
    events = estimate * denominator * REPLICATES
    error = math.sqrt(max(estimate, 0.0) / denominator) / 3.0
    low, high = max(0.0, estimate - 2.09 * error), estimate + 2.09 * error
    if events == 0.0:
        low, high = 0.0, 3.0 / denominator
    counts = (round(events), round(denominator * REPLICATES), REPLICATES)
    return (measure, policy, OWN, group, estimate, error, low, high, *counts)


def _rate_row(measure: str, policy: str, group: str, estimate: float) -> Row:
    row = _row(measure, policy, group, estimate / 1000.0, 10_000.0)
    return (*row[:4], *(1000.0 * number for number in row[4:8]), *row[8:])


def estimate_rows() -> list[Row]:
    rows: list[Row] = []
    for policy, factor in (("all", 1.0), ("best", 0.9), ("unique", 0.8), ("top", 0.95)):
        for measure, (estimate, units) in SHARES.items():
            rows.append(_row(measure, policy, "all", estimate * factor, units))
        for measure, estimate in FATE_SHARES.items():
            rows.append(_row(measure, policy, "all", estimate, 10_000.0))
        for measure, estimate in LOST_SHARES.items():
            rows.append(_row(measure, policy, "all", estimate * factor, 7_900.0))
        for measure, estimate in RATES.items():
            rows.append(_rate_row(measure, policy, "all", estimate * factor))
        for group, part in GROUPS.items():
            rows += [
                _rate_row(measure, policy, group, RATES[measure] * part * factor)
                for measure in list(RATES)[:4]
            ]
            rows.append(_rate_row("disparity", policy, group, 5.0 * part))
    return rows


def _errors(wrong: float, missed: float) -> list[tuple[str, float, float]]:
    return [
        ("false_discovery_rate", wrong, 3_300.0),
        ("false_negative_identification_rate", missed, 7_900.0),
        ("false_positive_identification_rate", 0.4 * wrong, 2_100.0),
        ("precision", 1.0 - wrong, 3_300.0),
        ("recall", 1.0 - missed, 7_900.0),
        ("yield", 0.3, 10_000.0),
    ]


def threshold_rows() -> list[Row]:
    rows: list[Row] = []
    for selection in Selection:
        for depth, address in enumerate(AddressThreshold):
            for birth, date in enumerate(BirthDateThreshold):
                for step in range(80, 101):
                    name = step / 100.0
                    wrong = 0.9 * math.exp(-0.8 * depth - 9.0 * (name - 0.8) - birth)
                    missed = 0.2 + 0.04 * depth + 0.6 * (name - 0.8) + 0.02 * birth
                    for measure, share, units in _errors(wrong, missed):
                        row = _row(measure, selection, "all", share, units)
                        at = (str(selection), name, str(address), str(date))
                        rows.append((measure, *at, *row[4:]))
    return rows


def _scored(first: float, last: float, shift: float) -> list[tuple[float, Row]]:
    rows = []
    for step in range(int((last - first) * 4) + 1):
        score = first + step / 4.0
        wrong = 0.9 / (1.0 + math.exp(0.35 * (score - 4.0 + shift)))
        missed = 0.1 + 0.8 / (1.0 + math.exp(-0.3 * (score - 18.0)))
        for measure, share, units in _errors(wrong, missed):
            rows.append((score, _row(measure, "all", "all", share, units)))
    return rows


def score_rows() -> list[Row]:
    return [
        (row[0], str(selection), score, *row[4:])
        for number, selection in enumerate(Selection)
        for score, row in _scored(-30.0, 45.0, float(number))
    ]


def matcher_rows() -> list[Row]:
    """Return rows of matchers.csv: three matchers of which one has a single threshold."""
    rows: list[Row] = [
        (matcher, row[0], str(selection), score, *row[4:])
        for number, matcher in enumerate(("fellegi_sunter_given", "splink_em", "ours_own"))
        for selection in Selection
        for score, row in _scored(-5.0, 30.0, 2.0 * number)
    ]
    single = [row for row in rows if row[0] == "splink_em" and row[3] == 12.0]
    return rows + [("screening", *row[1:]) for row in single]


def weight_rows() -> list[Row]:
    """Return rows of weights.csv."""
    return [
        ("given_name", "1.00", 0.82, 0.008, math.log2(0.82 / 0.008), "given"),
        ("given_name", "none", 0.18, 0.992, math.log2(0.18 / 0.992), "given"),
        ("address", "building", 0.5, 0.00005, math.log2(0.5 / 0.00005), "given"),
        ("address", "none", 0.5, 0.99995, math.log2(0.5 / 0.99995), "given"),
    ]


def year_rows(last: int = 5) -> list[Row]:
    """Return rows of years.csv: filing of three communities, yield, wrong doors, revenue."""
    rows: list[Row] = []
    for year in range(last + 1):
        left = 0.93**year
        shares = {
            ("filing_rate", "unauthorized"): 0.62 * left,
            ("filing_rate", "mixed_status_household"): 0.80 * 0.96**year,
            ("filing_rate", "others"): 0.86,
            ("yield", "all"): 0.33 - 0.01 * year,
            ("wrong_address_rate", "all"): 0.21 + 0.008 * year,
        }
        for (measure, group), share in shares.items():
            rows.append((*_row(measure, "", group, share, 9_000.0), year))
        for name, each in (("", 9.5), ("_low", 4.6), ("_high", 14.8)):
            points = _row(f"revenue_lost{name}", "", "unauthorized", 0.62 * (1.0 - left), 9_000.0)
            scaled = tuple(10.0 * each * number for number in points[4:8])
            if year:
                rows.append((*points[:4], *scaled, *points[8:], year))
    return [(row[0], row[3], row[-1], *row[4:-1]) for row in rows]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.10g}"
    return str(value)


def _write_csv(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(value) for value in row])


def write_results(
    directory: Path,
    *,
    estimates: list[Row] | None = None,
    thresholds: list[Row] | None = None,
    scenario: dict[str, Any] | None = None,
    matchers: list[Row] | None = None,
    weights: list[Row] | None = None,
    years: list[Row] | None = None,
    explored: dict[str, Any] | None = None,
) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    rows = estimate_rows() if estimates is None else estimates
    _write_csv(directory / "estimates.csv", ESTIMATE_COLUMNS, rows)
    names = ["estimates.csv", "thresholds.parquet"]
    for name, columns, extra in (
        ("matchers.csv", MATCHER_COLUMNS, matchers),
        ("weights.csv", WEIGHT_COLUMNS, weights),
        ("years.csv", YEAR_COLUMNS, years),
    ):
        if extra is not None:
            _write_csv(directory / name, columns, extra)
            names.append(name)
    if explored is not None:
        policies = policies_table(explored, replicates=REPLICATES)
        pq.write_table(policies, directory / "policies.parquet")
        names.append("policies.parquet")
    grid = threshold_rows() if thresholds is None else thresholds
    header = THRESHOLD_COLUMNS if len(grid[0]) == len(THRESHOLD_COLUMNS) else SCORE_COLUMNS
    table = pa.table(dict(zip(header, map(list, zip(*grid, strict=True)), strict=True)))
    pq.write_table(table, directory / "thresholds.parquet")
    resolved = Scenario(
        title="Baseline: the law as written",
        question="How many of the people returned are somebody else, and who are they?",
    ).model_dump(mode="json")
    resolved.update(scenario or {})
    manifest = {
        "overmatch": "0.1.0",
        "scenario": resolved,
        "scenario_sha256": fields_sha256(resolved),
        "seed": resolved["seed"],
        "replicates": REPLICATES,
        "confidence": 0.95,
        "versions": {"numpy": "2.4.0", "pyarrow": "24.0.0"},
        "reference_tables": {"surnames.parquet": "0a" * 32, "zips.parquet": "1b" * 32},
        "tables": {
            name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in names
        },
        "setting": {
            "people": 1_000_000.0,
            "accounts": 612_345.6,
            "lawful_residents": 957_120.4,
            "requests": 10_000.0,
            "mated_requests": 4_870.2,
            "candidate_pairs": 48_123_456.7,
            "mix_shortfall": 0.0159,
        },
    }
    if explored is not None:
        manifest["explored"] = explored
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    return directory


HOSTILE = '</script><script>document.title = "struck"</script><b>bold</b> & "quoted" {{ 7 * 7 }}'


def scored_scenario() -> dict[str, Any]:
    """Return the part of a scenario that links by match weights."""
    matching = Scenario().matching.model_dump(mode="json")
    return {"matching": matching | {"decision_rule": "fellegi_sunter", "score_threshold": 12.0}}


@pytest.fixture(scope="session")
def scored_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write one whole report of a scenario that links by match weights, with every table."""
    directory = write_results(
        tmp_path_factory.mktemp("scored") / "results",
        estimates=[(*row[:2], "score>=12.00", *row[3:]) for row in estimate_rows()],
        scenario=scored_scenario(),
        thresholds=score_rows(),
        matchers=matcher_rows(),
        weights=weight_rows(),
    )
    write_report(directory)
    return directory


@pytest.fixture(scope="session")
def report_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write one whole report whose scenario speaks markup; tests only look at it."""
    directory = write_results(
        tmp_path_factory.mktemp("report") / "results",
        scenario={"title": HOSTILE, "question": HOSTILE, "description": HOSTILE},
        explored=explored_part(replicates=REPLICATES),
    )
    write_report(directory)
    return directory


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def results_directory(tmp_path: Path) -> Path:
    return write_results(tmp_path / "results")


@pytest.fixture
def fabricate(tmp_path: Path) -> Callable[..., Path]:
    """Write further results directories with other rows or another scenario."""

    def write(name: str = "other", **parts: Any) -> Path:
        return write_results(tmp_path / name, **parts)

    return write


@pytest.fixture
def rows() -> list[Row]:
    return estimate_rows()


@pytest.fixture
def grid() -> list[Row]:
    return threshold_rows()


@pytest.fixture
def weights() -> list[Row]:
    return weight_rows()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Start one browser for every test of a page."""
    session = started(tmp_path_factory.mktemp("profile"))
    yield session
    session.quit()
