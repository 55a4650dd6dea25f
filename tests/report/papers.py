"""A small made-up folder of results of every kind that a paper is drawn from: no simulation."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulator.report.results import ERROR_MEASURES
from simulator.scenario.files import fields_sha256
from simulator.scenario.schema import MatchingPart, Scenario
from simulator.study.ablation_plan import plan_of
from simulator.study.ablation_results import write_ablation
from simulator.study.relaxed import Ablated
from tests.report.conftest import (
    estimate_rows,
    matcher_rows,
    score_rows,
    scored_scenario,
    threshold_rows,
    write_results,
)

EXPOSED = "over_disclosed_residents_per_1000_requests"
NASTY = "R&D: 100% of $5_000 #1 {x} ~y ^z \\end{tabular} <script>*[\n| 人"
PATHS = "requests.years_since_address", "disclosure.max_address_age_years"
NUMBERS = "estimate,std_error,ci_low,ci_high,numerator,denominator,replicates"


def with_kind(directory: Path, kind: str) -> Path:
    """Say in the manifest of a made-up folder what kind of results it holds."""
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"kind": kind}))
    return directory


def write_folder(directory: Path, kind: str, tables: Mapping[str, str], **further: Any) -> Path:
    """Write tables, as text, and a manifest that holds their hashes."""
    directory.mkdir(parents=True)
    for name, text in tables.items():
        (directory / name).write_text(text, encoding="utf-8")
    scenario = Scenario(title="Made up").model_dump(mode="json") | further.pop("scenario", {})
    manifest = {
        "kind": kind,
        "overmatch": "0.1.0",
        "scenario": scenario,
        "scenario_sha256": fields_sha256(scenario),
        "seed": 7,
        "confidence": 0.95,
        "tables": {
            name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in tables
        },
        **further,
    }
    (directory / "manifest.json").write_text(json.dumps(manifest))
    return directory


def baseline(directory: Path) -> Path:
    """Write a run with everything the paper takes from the baseline."""
    rows, grid = estimate_rows(), threshold_rows()
    start = next(row for row in rows if row[0] == EXPOSED and row[3] == "all")
    for at, reason in enumerate(("address_check", "statute_required", "court_order")):
        share = 0.2 - 0.19 * at if at < 2 else 0.0
        counted = (share, 0.01, max(0.0, share - 0.02), share + 0.02, 1e4 * share, 1e4, 20)
        rows.append((f"rejected_by_{reason}", *start[1:4], *counted))
    for at, relation in enumerate(
        ("holder", "joint_filer", "dependant", "co_resident", "occupant", "neighbour")
    ):
        for part, each in (("lawful", 7.0 * at), ("other", 3.0)):
            counted = (each, 0.4, max(0.0, each - 1.0), each + 1.0, 10.0 * each, 1e4, 20)
            rows.append((f"people_{relation}_{part}_per_1000_requests", *start[1:4], *counted))
    more = []
    for row in grid:
        if row[0] == ERROR_MEASURES[0]:
            each = 2000.0 * row[5]
            more.append((EXPOSED, *row[1:5], each, 1.0, 0.9 * each, 1.1 * each, *row[9:]))
    found = write_results(
        directory, estimates=rows, thresholds=[*grid, *more], scenario={"title": NASTY}
    )
    return with_kind(found, "run")


def matchers(directory: Path) -> Path:
    """Write a run with matchers beside its own rule, without its long table."""
    found = write_results(
        directory,
        estimates=[(*row[:2], "score>=12.00", *row[3:]) for row in estimate_rows()],
        scenario=scored_scenario(),
        thresholds=score_rows(),
        matchers=matcher_rows(),
    )
    (found / "thresholds.parquet").unlink()
    return with_kind(found, "run")


def ablation(directory: Path) -> Path:
    """Write an ablation in which every set of guardrails spares a little."""
    scenario = Scenario(title="Made up", replicates=3, matching=MatchingPart(tin_path=True))
    plan = plan_of(scenario, ["on", "review"])
    replicates = [
        Ablated(
            np.array([[100.0 - one % 7 + n, 40.0, 500.0 - one % 5 * n] for one in plan.sets()]),
            2_000,
        )
        for n in range(3)
    ]
    directory.mkdir(parents=True)
    write_ablation(scenario, plan, replicates, directory)
    return directory


def calibration(directory: Path) -> Path:
    """Write the predictions of a calibration."""
    names = (
        *("wrong_person", "wrong_person_by_tin", "wrong_person_by_name_and_address", "lawful"),
        *("wrong_person_lawful", "listing_error", "by_tin", "wrong_address"),
    )
    head = (
        "prediction,estimate,ci_low,ci_high,parameters_low,parameters_high,draws,"
        "accounts,accounts_low,accounts_high"
    )
    lines = [
        f"{name},0.0{at + 1},0.0{at},0.1{at},0.0{at},0.0{at + 2},12,{473 * at},{40 * at},{900 * at}"
        for at, name in enumerate(names)
    ]
    drivers = (
        "prediction,parameter,kind,rank_correlation,ci_low,ci_high,variance_share\n"
        "lawful,requests.tin_wrong,uncertain,0.5,0.2,0.7,0.25\n"
    )
    fitted = Scenario().calibration.model_dump(mode="json") | {"released": 47_300}
    return write_folder(
        directory,
        "calibration",
        {"predictions.csv": "\n".join([head, *lines, ""]), "drivers.csv": drivers},
        scenario={"calibration": fitted},
        draws=12,
        draws_fitted=11,
    )


def grid(directory: Path, paths: tuple[str, str], measures: tuple[str, ...]) -> Path:
    """Write the variants of a grid of two fields, one of numbers and one of words."""
    lines = [f"variant,role,parameter,{','.join(paths)},measure,group,{NUMBERS}"]
    for measure in measures:
        lines.append(f"0,base,,2,any age,{measure},all,0.9,0.1,0.8,0.95,9,10,3")
        for at, (x, series) in enumerate((x, s) for x in (0, 2, 5) for s in ("any age", "new")):
            share = 0.0 if x == 0 else 0.02 * x + 0.01 * (series == "new")
            numbers = f"{share},0.01,{0.5 * share},{share + 0.02},{100 * share:g},100,3"
            lines.append(f"{at + 1},grid,,{x},{series},{measure},all,{numbers}")
            lines.append(f"{at + 1},grid,,{x},{series},{measure},origin=mexico,{numbers}")
    return write_folder(
        directory, "sensitivity", {"variants.csv": "\n".join([*lines, ""])}, replicates=3
    )


def assumptions(directory: Path) -> Path:
    """Write what a sample of two ranges leaves, of one measure."""
    paths = ("requests.stale_address", "listing.departed_share")
    measure = "false_discovery_rate"
    variants = (
        f"variant,role,parameter,{','.join(paths)},measure,group,{NUMBERS}\n"
        f"0,base,,0.4,0.2,{measure},all,0.01,0.001,0.008,0.012,10,1000,3\n"
    )
    tornado = ["measure,parameter,end,value,estimate,base_estimate,difference,ci_low,ci_high"]
    indices = ["measure,parameter,index,estimate,ci_low,ci_high"]
    for at, path in enumerate(paths):
        for end, sign in (("low", -1), ("high", 1)):
            moved = sign * 0.002 * (at + 1)
            low, high = moved - 0.001, moved + 0.001
            tornado.append(f"{measure},{path},{end},0.{5 + sign},0.0,0.01,{moved},{low},{high}")
        for kind, share in (("first", 0.2 + 0.3 * at), ("total", 0.3 + 0.3 * at)):
            indices.append(f"{measure},{path},{kind},{share},{share - 0.4},{share + 0.1}")
    tables = {
        "variants.csv": variants,
        "tornado.csv": "\n".join([*tornado, ""]),
        "indices.csv": "\n".join([*indices, ""]),
    }
    return write_folder(directory, "sensitivity", tables, replicates=3)


def scaling(directory: Path) -> Path:
    """Write links at three sizes, a check, and what is foretold of a nation."""
    runs = ["role,people,requests,part,estimate,ci_low,ci_high,law,in_total"]
    ahead = ["target,people,requests,model,part,in_total,estimate,ci_low,ci_high"]
    sizes = (("fit", 10_000), ("fit", 40_000), ("check", 80_000))
    for part, each in (("coincidence", 1e-3), ("household", 0.0), ("building", 0.0)):
        for role, people in sizes:
            rate = 2.0 if part == "household" else each * people
            numbers = f"{rate},{0.5 * rate},{1.5 * rate + 0.4},{rate}"
            runs.append(f"{role},{people},{people // 100},{part},{numbers},yes")
        rate = 2.0 if part == "household" else each * 3.3e8
        ahead.append(
            f"nation,330000000,1280000,law,{part},yes,{rate},{0.5 * rate},{1.5 * rate + 0.4}"
        )
    tables = {
        "scaling.csv": "\n".join([*runs, ""]),
        "extrapolation.csv": "\n".join([*ahead, ""]),
    }
    return write_folder(directory, "scaling", tables)


def write_all(results: Path) -> Path:
    """Write a folder of every kind that the paper is drawn from."""
    baseline(results / "baseline")
    matchers(results / "matchers")
    ablation(results / "baseline-ablation")
    calibration(results / "mou-2025-calibration")
    doors = ("wrong_address_rate", "false_negative_identification_rate")
    grid(results / "vary-address-age", PATHS, doors)
    grid(
        results / "vary-list-errors",
        ("matching.name_threshold", "requests.surname_misspelt"),
        ("false_discovery_rate", "false_negative_identification_rate"),
    )
    assumptions(results / "vary-assumptions")
    scaling(results / "scaling")
    return results
