"""Estimates at every policy: those of a run at its own, and paired differences between any two."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from simulator.measures import explored
from simulator.measures.estimates import ratio_estimates
from simulator.measures.explored import (
    Policy,
    all_policies,
    difference_between,
    estimates_at,
    every_policy,
    measures,
    own_policy,
    policy_counts,
)
from simulator.measures.explored_table import count_columns, policy_table
from simulator.measures.quantities import Quantity
from simulator.measures.rates import DISPARITY, MEASURES
from simulator.study.replicate import run_replicate
from simulator.study.results import ESTIMATES, MANIFEST, POLICIES, rounded
from simulator.study.run import run_scenario
from tests.study.tiny import merged, quiet, tiny

NUMBERS = ["estimate", "ci_low", "ci_high", "numerator", "denominator"]
OPEN: dict[str, Any] = {
    "population": {"size": 8_000},
    "listing": {"requests": 120, "wrongly_listed_share": 0.3},
    "matching": {"name_threshold": 0.85, "address_threshold": "zip5"},
    "replicates": 3,
}
BITS = {"matching": {"decision_rule": "fellegi_sunter", "score_threshold": 8.0}}
Stored = tuple[pd.DataFrame, Mapping[str, Any], Path]


@pytest.fixture(scope="module", params=[{}, BITS], ids=["thresholds", "bits"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    folder = tmp_path_factory.mktemp("run") / "open"
    run_scenario(tiny(merged(OPEN, request.param)), folder, workers=1, progress=quiet)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return pd.read_parquet(folder / POLICIES), manifest["explored"], folder


def at_own(table: pd.DataFrame, explored: Mapping[str, Any]) -> Any:
    found = estimates_at(table, explored, own_policy(explored), 0.95)
    return found.set_index(["measure", "group"])


def of_a_run(folder: Path) -> Any:
    table = pd.read_csv(folder / ESTIMATES)
    return table[table["policy"] == "all"].set_index(["measure", "group"])


def test_the_own_policy_has_the_estimates_of_the_run_to_the_digit(stored: Stored) -> None:
    table, explored, folder = stored
    found, of_run = at_own(table, explored), of_a_run(folder)
    shared = [row for row in found.index if row in of_run.index]
    left_out = {row[0] for row in set(found.index) - set(shared) if "region=" not in row[1]}
    assert left_out == set()
    assert {row[0] for row in shared} == {*(measure.name for measure in measures()), DISPARITY}
    for name in NUMBERS:
        ours = [rounded(value) for value in found.loc[shared, name]]
        np.testing.assert_array_equal(ours, of_run.loc[shared, name].to_numpy())


def test_regions_of_one_origin_have_the_estimates_of_that_origin(stored: Stored) -> None:
    table, explored, folder = stored
    found, of_run = at_own(table, explored), of_a_run(folder)
    compared = 0
    for measure, group in found.index:
        origin = group.replace("region=", "origin=")
        if group.startswith("region=") and (measure, origin) in of_run.index:
            ours = [rounded(value) for value in found.loc[(measure, group), NUMBERS]]
            np.testing.assert_array_equal(ours, of_run.loc[(measure, origin), NUMBERS].tolist())
            compared += 1
    assert compared > 10


def test_rows_stand_in_the_order_that_is_promised(stored: Stored) -> None:
    table, explored, folder = stored
    axis, cuts, addresses = explored["axis"], explored["cuts"], explored["addresses"]
    assert list(table.columns) == [
        "guardrails",
        axis,
        "address_threshold",
        "replicate",
        *count_columns(),
    ]
    expected = [
        (policy.guardrails, np.float32(policy.cut), policy.address, replicate)
        for policy in every_policy(explored)
        for replicate in range(3)
    ]
    keys = table[["guardrails", axis, "address_threshold", "replicate"]]
    assert list(keys.itertuples(index=False, name=None)) == expected
    assert len(table) == 2 ** len(explored["guardrails"]) * len(cuts) * len(addresses) * 3
    types = {field.name: str(field.type) for field in pq.read_schema(folder / POLICIES)}
    assert {types[name] for name in count_columns()} == {"int32"}
    assert types["guardrails"] == types["replicate"] == "int16"
    assert types[axis] == "float"
    assert types["address_threshold"].startswith("dictionary")


def test_the_manifest_says_what_the_table_holds(stored: Stored) -> None:
    _, explored, folder = stored
    assert explored["guardrails"][0] == "address_check"
    assert explored["own"] == 1, "the check of addresses is on, the others are off"
    assert explored["selections"][0] == "all"
    assert explored["selections"][-1] == "unique"
    assert explored["left_out"] == {}
    lawful = explored["lawful_residents"]
    for kind in ("status", "region"):
        of_kind = [lawful[label] for label in explored["groups"] if label.startswith(kind)]
        assert np.sum(of_kind, axis=0).tolist() == lawful["all"]
    assert POLICIES in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["tables"]


def test_all_policies_are_each_policy(stored: Stored) -> None:
    table, explored, _ = stored
    whole = all_policies(table, explored, 0.9)
    rng = np.random.default_rng(1)
    for number in {0, len(whole.policies) - 1, *rng.integers(0, len(whole.policies), 12).tolist()}:
        alone = estimates_at(table, explored, whole.policies[number], 0.9)
        together = whole.table(number)
        assert together[["measure", "group"]].equals(alone[["measure", "group"]])
        for name in NUMBERS:
            np.testing.assert_allclose(together[name], alone[name], rtol=1e-12, atol=1e-15)


def test_stricter_thresholds_and_more_guardrails_release_no_more(stored: Stored) -> None:
    table, explored, _ = stored
    counts = policy_counts(table, explored)
    shape = (2 ** len(explored["guardrails"]), len(explored["cuts"]), len(explored["addresses"]))
    links = counts.of[Quantity.LINKS].reshape(-1, *shape)
    assert (np.diff(links[:, : shape[0] // 2], axis=2) <= 0).all(), "unique releases more at times"
    assert (np.diff(links[:, : shape[0] // 2], axis=3) <= 0).all()
    for number in range(len(explored["guardrails"])):
        bit = 1 << number
        without = [subset for subset in range(shape[0]) if not subset & bit and subset < 8]
        turned = [subset | bit for subset in without]
        assert (links[:, turned] <= links[:, without]).all()


def test_differences_are_paired_by_replicate(stored: Stored) -> None:
    table, explored, _ = stored
    own = own_policy(explored)
    other = Policy(own.guardrails ^ 2, own.cut, own.address)
    differences = difference_between(table, explored, own, other, 0.95)
    found: Any = differences.set_index(["measure", "group"])
    np.testing.assert_allclose(found["second"] - found["first"], found["difference"], atol=1e-12)
    counts = policy_counts(table, explored, [own, other])
    exposed, requests = counts.of[Quantity.EXPOSED], counts.of[Quantity.REQUESTS]
    spared = np.diff(exposed, axis=1)
    name = "over_disclosed_residents_per_1000_requests"
    assert (spared < 0).all()
    plain = ratio_estimates(
        -spared, requests[:, :1], confidence=0.95, scale=1000.0, proportion=False
    )
    row = found.loc[(name, "all")]
    assert row["difference"] == pytest.approx(-plain.estimate[0])
    error = plain.std_error[0]
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * 4.302652729911275 * error)
    apart = policy_counts(table.sample(frac=1.0, random_state=0), explored, [own, other])
    assert not np.array_equal(apart.of[Quantity.EXPOSED], exposed), "order is what pairs them"


def test_a_policy_beside_itself_differs_by_nothing(stored: Stored) -> None:
    table, explored, _ = stored
    own = own_policy(explored)
    found = difference_between(table, explored, own, own, 0.95)
    assert (found[["difference", "ci_low", "ci_high"]] == 0.0).all(axis=None)


def test_what_is_not_in_the_table_is_refused(stored: Stored) -> None:
    table, explored, _ = stored
    own = own_policy(explored)
    for policy, culprit in (
        (Policy(16, own.cut, own.address), "set 16"),
        (Policy(0, 0.1234, own.address), "0.1234"),
        (Policy(0, own.cut, "planet"), "planet"),
    ):
        with pytest.raises(ValueError, match=culprit):
            estimates_at(table, explored, policy, 0.95)
    with pytest.raises(ValueError, match="rows"):
        all_policies(table[:-1], explored, 0.95)
    with pytest.raises(ValueError, match="without counting"):
        policy_table([run_replicate(tiny(), 0)])


def test_measures_are_those_that_the_counts_suffice_for() -> None:
    names = [measure.name for measure in measures()]
    assert len(names) == len(set(names)) == 26
    assert {"recall", "false_discovery_rate", "yield", "fate_not_unique"} <= set(names)
    assert set(names) < {measure.name for measure in MEASURES}
    assert "false_match_rate_per_pair" not in names, "its pairs are not stored"


def test_a_change_of_ratios_has_students_interval_on_its_residuals() -> None:
    above = np.array([[4.0, 6.0], [5.0, 9.0], [9.0, 10.0]])
    below = np.array([[10.0, 20.0], [12.0, 22.0], [11.0, 30.0]])
    ratio = above.sum(axis=0) / below.sum(axis=0)
    pull = np.diff((above - ratio * below) / below.sum(axis=0), axis=1)
    reach = 4.302652729911275 * np.sqrt(3.0 / 2.0 * np.square(pull).sum())
    change, low, high = explored._moving(above, below, 0.95)
    assert change == pytest.approx(ratio[1] - ratio[0])
    assert (high - change, change - low) == pytest.approx((reach, reach))
