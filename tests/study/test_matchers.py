"""Matchers side by side: an own rule counted as a matcher gives what the run itself counts."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.cli import main
from simulator.measures.quantities import Quantity
from simulator.scenario.schema import Matcher, Scenario
from simulator.study.checkpoints import checkpoint_directory, load, store
from simulator.study.prepared import prepared_replicate
from simulator.study.replicate import run_replicate
from simulator.study.run import RunError, run_replicates, run_scenario
from simulator.study.training import learns, learnt_matcher_weights
from tests.study.tiny import digests, quiet, same, tiny

TINY = str(Path(__file__).parents[1] / "goldens" / "tiny.yaml")
EXACT = ["numerator", "denominator", "estimate", "ci_low", "ci_high"]
MEASURES = [
    "false_discovery_rate",
    "recall",
    "false_positive_identification_rate",
    "over_disclosed_residents_per_1000_requests",
    "wrong_address_rate",
    "fate_found_with_others",
]


BLOCKED = {"blocking": [["zip5"], ["surname", "state"]], "tin_path": False}
OWN = ["thresholds", "points", "fellegi_sunter_given", "fellegi_sunter_em"]
needs_splink = pytest.mark.skipif(
    importlib.util.find_spec("splink") is None, reason="the extra splink is not installed"
)


def beside(*matchers: str, **change: object) -> Scenario:
    return tiny({"matching": BLOCKED, "matchers": matchers, **change})


def run(output: Path, scenario: Scenario, workers: int = 1) -> dict[str, str]:
    run_scenario(scenario, output, workers=workers, progress=quiet)
    return digests(output)


def test_matchers_change_nothing_else_and_neither_workers_nor_stops_change_them(
    tmp_path: Path,
) -> None:
    scenario = beside(*OWN)
    once = run(tmp_path / "once", scenario)
    assert "matchers.csv" in once
    assert run(tmp_path / "two", scenario, workers=2) == once
    alone = run(tmp_path / "alone", beside())
    assert all(once[name] == digest for name, digest in alone.items() if name != "manifest.json")
    stopped = tmp_path / "stopped"
    counts = run_replicate(scenario, 1, matcher_weights=learnt_matcher_weights(scenario))
    store(checkpoint_directory(scenario, stopped), 1, counts)
    kept = load(checkpoint_directory(scenario, stopped), 1)
    assert kept is not None
    assert same(kept, counts)
    assert list(kept.matchers) == OWN
    assert run(stopped, scenario) == once


def test_matchers_of_a_stored_replicate_are_those_of_the_table(tmp_path: Path) -> None:
    scenario = beside("thresholds")
    once = run(tmp_path / "once", scenario)
    store(
        checkpoint_directory(scenario, tmp_path / "r"), 0, run_replicate(scenario, 1, explored=True)
    )
    assert run(tmp_path / "r", scenario)["matchers.csv"] != once["matchers.csv"]


def test_nothing_depends_on_how_the_population_was_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = beside("thresholds", "points")
    whole = run_replicate(scenario, 0)
    monkeypatch.setattr("simulator.population.places.PEOPLE_PER_SHARD", 500)
    assert len(prepared_replicate(scenario, 0).parts) > 1
    assert same(run_replicate(scenario, 0), whole)


def test_weights_are_learnt_for_the_matchers_that_need_them() -> None:
    assert not learns(beside("points", "fellegi_sunter_given"))
    scenario = beside("points", "fellegi_sunter_oracle")
    assert learns(scenario)
    assert list(learnt_matcher_weights(scenario)) == [Matcher.FELLEGI_SUNTER_ORACLE]
    with pytest.raises(ValueError, match="weights"):
        run_replicate(scenario, 0)


def test_the_user_hears_of_learning_and_of_em_that_did_not_settle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    def hear(output: str) -> None:
        scenario = beside("fellegi_sunter_em", replicates=1)
        run_scenario(scenario, tmp_path / output, workers=1, progress=quiet, notice=heard.append)

    hear("settled")
    assert heard == ["Learning weights from one more replicate."]
    monkeypatch.setattr("simulator.matching.em.STEPS", 1)
    hear("stopped")
    assert "fellegi_sunter_em were learnt by EM that did not settle" in heard[-1]


def test_want_of_memory_is_a_run_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.study.executors import SerialExecutor

    def too_much(*_: object, **__: object) -> None:
        raise MemoryError("Splink needs more than it may take")

    monkeypatch.setattr("simulator.study.run.run_replicate", too_much)
    with pytest.raises(RunError, match="memory did not suffice"):
        run_replicates(tiny(), SerialExecutor(), progress=quiet)


@needs_splink
@pytest.mark.slow
def test_splink_counts_as_the_given_weights_do_however_the_roll_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = beside("fellegi_sunter_given", "splink", "splink_em")
    whole = run_replicate(scenario, 0)
    links = {name: values[0, 0, Quantity.LINKS, :, 0] for name, values in whole.matchers.items()}
    ours, theirs = links["fellegi_sunter_given"], links["splink"]
    # Rounding to a sixty-fourth of a bit moves a link by less than one cut point.
    assert (theirs[1:-1] <= ours[:-2]).all()
    assert (theirs[1:-1] >= ours[2:]).all()
    assert ours[20] > 0
    assert not np.array_equal(links["splink_em"], theirs)
    assert same(run_replicate(scenario, 0, threads=2), whole)
    monkeypatch.setattr("simulator.population.places.PEOPLE_PER_SHARD", 500)
    in_parts = run_replicate(scenario, 0)
    np.testing.assert_array_equal(in_parts.matchers["splink"], whole.matchers["splink"])


def test_thresholds_as_a_matcher_are_the_thresholds_of_the_run(tmp_path: Path) -> None:
    output = tmp_path / "r"
    changed = ["matching.tin_path=false", "matchers=[thresholds]"]
    settings = [part for change in changed for part in ("--set", change)]
    code = main(["run", TINY, *settings, "--output", str(output), "--workers", "1", "--quiet"])
    assert code == 0
    matched = pd.read_csv(output / "matchers.csv")
    run = pd.read_parquet(output / "thresholds.parquet")
    run = run[run["address_threshold"] == "any"]
    if "birth_date_threshold" in run:
        run = run[run["birth_date_threshold"] == "any"]
    for selection in ("all", "unique"):
        for measure in MEASURES:
            ours = matched[(matched["measure"] == measure) & (matched["selection"] == selection)]
            theirs = run[(run["measure"] == measure) & (run["selection"] == selection)]
            left = ours.sort_values("score_threshold")[EXACT].to_numpy()
            right = theirs.sort_values("name_threshold")[EXACT].to_numpy()
            assert left.shape == right.shape
            np.testing.assert_array_equal(left[:, :2], right[:, :2], err_msg=measure)
            np.testing.assert_allclose(left[:, 2], right[:, 2], rtol=1e-4, err_msg=measure)


@pytest.mark.skipif(
    importlib.util.find_spec("nomenklatura") is None, reason="the extra screening is not installed"
)
def test_screening_remembers_no_other_record() -> None:
    from simulator.matching.external.screening import screening_scores

    def records(*rows: tuple[str, str]) -> pd.DataFrame:
        names = ["middle_name", "surname_2", "address", "city", "state", "zip"]
        table = pd.DataFrame(rows, columns=["full_name", "birth_date"]).astype(object)
        table["given_name"] = table["full_name"].str.split().str[0]
        table["surname_1"] = table["full_name"].str.split().str[1]
        return table.assign(**dict.fromkeys(names))

    first = records(("MARIA LOPEZ", "1980-01-02"))
    other = records(("BORIS IVANOV", "1975-05-06"))
    pairs = (np.array([0]), np.array([0]))
    assert screening_scores(first, first, pairs)[0] > 0.95
    assert screening_scores(other, other, pairs)[0] > 0.95
    assert screening_scores(first, other, pairs)[0] < 0.5
