"""Whole runs under rules that add up scores: their tables, and what must not show in them."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from distributed import Client

from simulator.measures.quantities import Quantity
from simulator.measures.rates import estimate_table
from simulator.scenario.schema import Scenario
from simulator.study import run as running
from simulator.study.checkpoints import checkpoint_directory, store
from simulator.study.executors import SerialExecutor
from simulator.study.replicate import run_replicate
from simulator.study.results import MANIFEST, TABLES, WEIGHTS
from simulator.study.run import run_replicates, run_scenario
from simulator.study.training import learnt_weights
from tests.study.tiny import Values, digests, manifest, merged, quiet, same, tiny

POINTS: Values = {"decision_rule": "points", "score_threshold": 60.0}
LEARNT: Values = {"decision_rule": "fellegi_sunter", "weights_from": "em", "term_frequency": 1.0}
RULES = {
    "points": POINTS,
    "given": {"decision_rule": "fellegi_sunter"},
    "oracle": {**LEARNT, "weights_from": "oracle"},
    "em": LEARNT,
}


def scored(matching: Values) -> Scenario:
    """Return a scenario with wrongly listed people, so that there are matches to weigh."""
    return tiny(merged({"listing": {"wrongly_listed_share": 0.5}}, {"matching": matching}))


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.log"}


@pytest.fixture(scope="module")
def learnt_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("learnt") / "r"
    run_scenario(scored(LEARNT), output, workers=1, progress=quiet)
    return output


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_leaves_the_tables_it_should(rule: str, tmp_path: Path) -> None:
    scenario = scored(RULES[rule])
    run_scenario(scenario, tmp_path / "r", workers=1, progress=quiet)
    weighs = rule != "points"
    expected = {*TABLES, WEIGHTS} if weighs else set(TABLES)
    assert set(manifest(tmp_path / "r")["tables"]) == expected
    estimates = pd.read_csv(tmp_path / "r" / "estimates.csv")
    assert set(estimates["threshold"]) == {f"score>={scenario.matching.score_threshold:.2f}"}
    assert set(estimates["policy"]) == {"all", "best", "unique", "top"}
    grid = pq.read_table(tmp_path / "r" / "thresholds.parquet").to_pandas()
    assert list(grid.columns[:3]) == ["measure", "selection", "score_threshold"]
    assert scenario.matching.score_threshold in set(grid["score_threshold"])
    curves = pq.read_table(tmp_path / "r" / "error_tradeoff.parquet").to_pandas()
    assert set(curves["axis"]) == {"score_threshold"}
    if weighs:
        weights = pd.read_csv(tmp_path / "r" / WEIGHTS)
        assert list(weights.columns) == ["field", "level", "m", "u", "weight_bits", "source"]
        assert set(weights["field"]) == {"given_name", "surname", "address", "birth_date", "tin"}
        assert rule in set(weights["source"])
        assert weights["weight_bits"].notna().all()


def test_misses_and_wrong_pairs_are_shared_out_whole(learnt_run: Path) -> None:
    table = pd.read_csv(learnt_run / "estimates.csv")
    everybody = table[table["group"] == "all"].pivot_table(
        index="measure", columns="policy", values="numerator"
    )
    lost = [name for name in everybody.index if name.startswith("missed_")]
    assert len(lost) == 6
    missed = everybody.loc[["false_negative_identification_rate"]].sum()
    pd.testing.assert_series_equal(everybody.loc[lost].sum(), missed)
    assert (missed > 0).all()
    pairs = [name for name in everybody.index if name.startswith("wrong_pairs_")]
    denominator = table[(table["measure"] == "wrong_pairs_linked") & (table["group"] == "all")]
    assert len(pairs) == 4
    assert (everybody.loc[pairs].sum() == denominator["denominator"].iloc[0]).all()


def test_workers_do_not_show_in_learnt_weights_nor_in_what_they_weigh(
    learnt_run: Path, tmp_path: Path
) -> None:
    run_scenario(scored(LEARNT), tmp_path / "r", workers=2, progress=quiet)
    assert tables(tmp_path / "r") == tables(learnt_run)
    assert {WEIGHTS, MANIFEST} < tables(learnt_run).keys()
    assert digests(tmp_path / "r") == digests(learnt_run)


def test_a_cluster_weighs_as_this_process_does() -> None:
    scenario = scored(LEARNT)
    weights = learnt_weights(scenario)
    here = run_replicates(scenario, SerialExecutor(), progress=quiet, weights=weights)
    client: Any = Client(  # type: ignore[no-untyped-call]  # the library ships no types
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None
    )
    with client, client.get_executor() as executor:
        there = run_replicates(scenario, executor, progress=quiet, weights=weights)
    assert all(same(one, other) for one, other in zip(here, there, strict=True))


def test_a_run_with_learnt_weights_goes_on_where_it_stopped(
    learnt_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, output = scored(LEARNT), tmp_path / "r"
    weights = learnt_weights(scenario)
    kept = checkpoint_directory(scenario, output)
    store(kept, 0, run_replicate(scenario, 0, weights, explored=True))
    worked_out: list[int] = []

    def noting(*given: object, **options: int) -> object:
        worked_out.append(given[1])  # type: ignore[arg-type]  # the number of the replicate
        return run_replicate(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "run_replicate", noting)
    run_scenario(scenario, output, workers=1, progress=quiet)
    assert worked_out == [1]
    assert tables(output) == tables(learnt_run)


@pytest.mark.parametrize("rule", ["thresholds", "em"])
def test_threads_do_not_show_in_a_replicate(rule: str) -> None:
    matching = {"address_threshold": "any", "name_threshold": 0.85, "tin_path": True}
    scenario = scored({**matching, **(LEARNT if rule == "em" else {})})
    weights = learnt_weights(scenario)
    one, two = (run_replicate(scenario, 0, weights, threads=threads) for threads in (1, 2))
    assert same(one, two)
    assert one.grid_values[0, Quantity.LINKS, 0] > 0
    assert estimate_table([one], scenario).equals(estimate_table([two], scenario))
