"""A sweep from scenario to tables: its plan, its numbers, and that it can be stopped and remade."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.measures.chosen import UnknownMeasureError
from simulator.scenario.schema import Scenario
from simulator.study import sensitivity_run
from simulator.study.run import run_scenario
from simulator.study.sensitivity_run import remake, run_sensitivity
from simulator.study.variants import count_variants
from simulator.study.variation import Role, VariationError, idle_parameters, samples, variation
from tests.study.tiny import Values, merged, quiet, tiny

LOOSE: Values = {
    "population": {"size": 4000},
    "listing": {"requests": 120, "wrongly_listed_share": 0.3},
    "matching": {"name_threshold": 0.9, "address_threshold": "zip5"},
}
GRID: Values = merged(
    LOOSE,
    {
        "vary": {
            "replicates": 2,
            "measures": [
                "false_discovery_rate",
                "over_disclosed_residents_per_1000_requests",
                "wrong_doors_per_1000_requests",
            ],
            "parameters": {
                "requests.surname_misspelt": {"values": [0.0, 0.4], "source": "x"},
                "matching.name_threshold": {"values": [0.8, 0.9, 1.0], "source": "x"},
            },
        }
    },
)
SAMPLE: Values = merged(
    LOOSE,
    {
        "vary": {
            "design": "sobol",
            "base": 8,
            "replicates": 3,
            "measures": ["false_negative_identification_rate", "wrong_address_rate"],
            "parameters": {
                "requests.stale_address": {"low": 0.1, "high": 0.9, "source": "x"},
                "listing.requests": {"low": 100, "high": 120, "source": "x"},
                "requests.surname_misspelt": {
                    "low": 0.01, "high": 0.5, "log": True, "source": "x"},
            },
        }
    },
)  # fmt: skip


def hashes(directory: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.iterdir()
        if path.suffix in {".csv", ".json"}
    }


def swept(scenario: Scenario, directory: Path, **named: Any) -> dict[str, pd.DataFrame]:
    run_sensitivity(scenario, directory, workers=1, progress=quiet, **named)
    return {path.stem: pd.read_csv(path) for path in directory.glob("*.csv")}


def test_a_sample_is_two_and_the_first_with_one_parameter_of_the_second_at_a_time() -> None:
    plan = variation(tiny(SAMPLE))
    assert plan.paths == (
        "listing.requests",
        "requests.stale_address",
        "requests.surname_misspelt",
    )
    first, second = plan.numbers(Role.SAMPLE_A), plan.numbers(Role.SAMPLE_B)
    assert (first.size, second.size) == (8, 8)
    for path in plan.paths:
        for a, b, mixed in zip(first, second, plan.numbers(Role.SAMPLE_AB, path), strict=True):
            for other in plan.paths:
                source = b if other == path else a
                assert plan.variants[mixed].shown[other] == plan.variants[source].shown[other]
    assert len(plan.variants) == 1 + 6 + 8 * 5
    assert all(isinstance(one.scenario.listing.requests, int) for one in plan.variants)


def test_samples_fill_the_ranges_evenly_or_on_the_log_scale() -> None:
    scenario = tiny(merged(SAMPLE, {"vary": {"base": 256}}))
    first, second = samples(scenario)
    assert not np.array_equal(first, second)
    for sample in (first, second):
        assert sample[:, 1].min() >= 0.1
        assert sample[:, 1].max() <= 0.9
        assert sample[:, 1].mean() == pytest.approx(0.5, abs=0.01)
        assert np.log(sample[:, 2]).mean() == pytest.approx(np.log(0.01 * 0.5) / 2, abs=0.05)
    other = samples(scenario.model_copy(update={"seed": 1}))[0]
    assert not np.array_equal(first, other)
    assert np.array_equal(first, samples(scenario)[0])


def test_the_order_of_a_file_changes_nothing() -> None:
    turned = dict(reversed(list(SAMPLE["vary"]["parameters"].items())))
    other = tiny({**SAMPLE, "vary": {**SAMPLE["vary"], "parameters": turned}})
    assert variation(other) == variation(tiny(SAMPLE))


def test_a_variant_that_breaks_a_rule_is_named_by_its_values() -> None:
    change: Values = {
        "vary": {
            "parameters": {
                "listing.departed_share": {"values": [0.2, 0.9], "source": "x"},
                "listing.wrongly_listed_share": {"values": [0.0, 0.5], "source": "x"},
            }
        }
    }
    with pytest.raises(
        VariationError,
        match=r"variant \d+ .listing.departed_share=0.9, listing.wrongly_listed_share=0.5. breaks",
    ):
        variation(tiny(change))


def test_what_cannot_be_varied_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VariationError, match=r"no vary\.parameters"):
        variation(tiny())
    learnt = merged(SAMPLE, {"matching": {"decision_rule": "fellegi_sunter", "weights_from": "em"}})
    with pytest.raises(VariationError, match="learns its weights"):
        variation(tiny(learnt))
    unknown = tiny(merged(GRID, {"vary": {"measures": ["false_discovry_rate"]}}))
    with pytest.raises(UnknownMeasureError, match="did you mean false_discovery_rate"):
        run_sensitivity(unknown, tmp_path / "r", workers=1, progress=quiet)
    assert not (tmp_path / "r").exists()


def test_a_parameter_without_effect_is_told() -> None:
    idle = merged(SAMPLE, {"requests": {"years_since_address": [1.0]}})
    assert list(idle_parameters(variation(tiny(idle)))) == [
        "requests.stale_address has no effect while requests.years_since_address is given"
    ]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("grid") / "results"
    swept(tiny(GRID), directory)
    return directory


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("sample") / "results"
    swept(tiny(SAMPLE), directory)
    return directory


def test_a_variant_has_the_estimates_of_a_run_of_its_own(grid: Path, tmp_path: Path) -> None:
    variants = pd.read_csv(grid / "variants.csv")
    own = merged(
        LOOSE, {"requests": {"surname_misspelt": 0.4}, "matching": {"name_threshold": 0.8}}
    )
    run_scenario(tiny(own), tmp_path / "own", workers=1, progress=quiet)
    estimates = pd.read_csv(tmp_path / "own" / "estimates.csv")
    for measure in tiny(GRID).vary.measures:
        (row,) = variants[
            (variants["role"] == "grid")
            & (variants["requests.surname_misspelt"] == 0.4)
            & (variants["matching.name_threshold"] == 0.8)
            & (variants["measure"] == measure)
        ].to_dict("records")
        (alone,) = estimates[
            (estimates["measure"] == measure)
            & (estimates["policy"] == "all")
            & (estimates["group"] == "all")
        ].to_dict("records")
        for column in ("estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator"):
            assert repr(row[column]) == repr(alone[column]) or row[column] == alone[column]


def test_differences_are_those_of_the_estimates(grid: Path) -> None:
    variants = pd.read_csv(grid / "variants.csv")
    differences = pd.read_csv(grid / "differences.csv")
    base = variants[variants["role"] == "base"].set_index("measure")["estimate"]
    both = differences.merge(variants, on=["variant", "measure", "group"])
    expected = both["estimate_y"] - both["measure"].map(base)
    np.testing.assert_allclose(both["estimate_x"], expected, atol=1e-6)
    own = differences[
        (differences["matching.name_threshold"] == 0.9)
        & (differences["requests.surname_misspelt"] == 0.03)
    ]
    assert (own["estimate"] == 0.0).all(), "the end of a tornado that is the base itself"


def test_groups_are_reported_where_asked_for(grid: Path, tmp_path: Path) -> None:
    assert set(pd.read_csv(grid / "variants.csv")["group"]) == {"all"}
    tables = swept(tiny(merged(GRID, {"vary": {"by_group": True}})), tmp_path / "r")
    assert len(set(tables["variants"]["group"])) > 20
    everybody = tables["variants"][tables["variants"]["group"] == "all"]
    stored = pd.read_csv(grid / "variants.csv")
    pd.testing.assert_frame_equal(everybody.reset_index(drop=True), stored)


def test_a_sample_has_indices_and_says_how_sure_each_measure_is(sample: Path) -> None:
    indices = pd.read_csv(sample / "indices.csv")
    assert len(indices) == 2 * 3 * 2
    missed = indices[indices["measure"] == "false_negative_identification_rate"]
    total = missed[missed["index"] == "total"].set_index("parameter")["estimate"]
    assert total.idxmax() == "requests.stale_address", "old addresses are what misses people"
    sure = pd.read_csv(sample / "uncertainty.csv").set_index("measure")
    assert (sure["draws"] == 16).all()
    row = sure.loc["false_negative_identification_rate"]
    assert row["parameter_std"] > row["monte_carlo_std_error"] > 0.0
    assert row["parameters_low"] < row["estimate"] < row["parameters_high"]
    assert row["both_low"] <= row["parameters_low"]


CHANGED: list[tuple[str, Any]] = [
    ("design", "grid"),
    ("base", 16),
    ("replicates", 4),
    ("measures", ["recall"]),
    ("parameters", {"requests.stale_address": {"low": 0.2, "high": 0.9, "source": "x"}}),
]


@pytest.mark.parametrize(("field", "value"), CHANGED, ids=[field for field, _ in CHANGED])
def test_every_field_changes_what_is_run_or_reported(field: str, value: Any) -> None:
    before = tiny(SAMPLE)
    vary = {**SAMPLE["vary"], field: value}
    if field == "design":
        vary["parameters"] = {"requests.stale_address": {"values": [0.2, 0.9], "source": "x"}}
    after = tiny({**SAMPLE, "vary": vary})
    if field in {"design", "base", "parameters"}:
        assert len(variation(after).variants) != len(variation(before).variants)
    else:
        assert getattr(after.vary, field) != getattr(before.vary, field)


def test_a_manifest_makes_the_same_tables_again_on_several_workers(
    sample: Path, grid: Path, tmp_path: Path
) -> None:
    for number, stored in enumerate((grid, sample)):
        manifest = json.loads((stored / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["kind"] == "sensitivity"
        again = tmp_path / str(number)
        again.mkdir()
        remake(manifest, again, workers=1 + number, progress=quiet)
        assert hashes(again) == hashes(stored)


def test_an_interrupted_sweep_goes_on_where_it_stopped(
    grid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensitivity_run, "BLOCK", 1)
    counted: list[int] = []

    def stopping(after: int) -> Callable[..., Any]:
        def count(scenarios: Any, replicate: int, *rest: Any, **named: Any) -> Any:
            if len(counted) == after:
                raise KeyboardInterrupt
            counted.append(replicate)
            return count_variants(scenarios, replicate, *rest, **named)

        return count

    monkeypatch.setattr(sensitivity_run, "count_variants", stopping(3))
    with pytest.raises(KeyboardInterrupt):
        swept(tiny(GRID), tmp_path / "results")
    assert not (tmp_path / "results").exists()
    monkeypatch.setattr(sensitivity_run, "count_variants", stopping(100))
    swept(tiny(GRID), tmp_path / "results")
    matches = 3  # two error rates and that of the scenario itself; thresholds are read off
    assert len(counted) == 2 * matches, "nothing that was finished is counted again"
    assert hashes(tmp_path / "results") == hashes(grid)
    assert not (tmp_path / ".work").exists()
