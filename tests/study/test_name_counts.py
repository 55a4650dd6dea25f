"""Links by name alone against the run that lists every pair, and against the closed form."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.cli import main
from simulator.disclosure.outcomes import lawful_statuses
from simulator.matching.name_cells import CellFold, NamesNear, index_cells, name_cells
from simulator.matching.name_counts import AskedNames, count_links
from simulator.matching.similarity import SimilarStrings
from simulator.measures import name_links
from simulator.measures.name_links import NameLinks, name_table
from simulator.measures.quantities import SELECTIONS, Quantity
from simulator.records import Int64Array
from simulator.scenario.schema import Scenario, Selection
from simulator.study.executors import SerialExecutor, worker_pool
from simulator.study.name_counts import beyond_names, count_replicate
from simulator.study.name_results import TABLE, count_scenario
from simulator.study.replicate import run_replicate
from tests.study.tiny import quiet, tiny

NAMES_ALONE = {
    "matching": {"address_threshold": "any"},
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
    },
    "listing": {"requests": 200},
    "population": {"size": 20_000},
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return tiny(NAMES_ALONE)


@pytest.fixture(scope="module")
def counted(scenario: Scenario) -> NameLinks:
    return count_replicate(scenario, 0, SerialExecutor(), threads=1)


def test_cells_count_what_the_run_over_pairs_counts(scenario: Scenario, counted: NameLinks) -> None:
    ran = run_replicate(scenario, 0)
    values = ran.grid_values[SELECTIONS.index(Selection.ALL)]
    assert counted.links.sum() > 100

    def run(quantity: Quantity) -> list[int]:
        grid = values[quantity].reshape(ran.grid.shape)
        return [int(value) for value in grid[:, 0, 0]]  # any address and birth date

    def at_least(pairs: Int64Array) -> list[int]:
        return [int(value) for value in pairs.sum(axis=0)[::-1].cumsum()[::-1]]

    assert at_least(counted.links) == run(Quantity.LINKS)
    assert at_least(counted.links - counted.true_links) == run(Quantity.WRONG_PERSON)
    assert counted.mated == run(Quantity.MATED)[0]
    assert (
        counted.requests * int(counted.accounts.sum()) - counted.mated
        == (run(Quantity.NON_MATCHING_PAIRS)[0])
    )


def test_processes_and_threads_do_not_show(scenario: Scenario, counted: NameLinks) -> None:
    with worker_pool(2) as executor:
        again = count_replicate(scenario, 0, executor, threads=2)
    for name in ("links", "true_links", "accounts"):
        assert np.array_equal(getattr(again, name), getattr(counted, name))


def test_results_are_a_table_and_a_manifest(scenario: Scenario, tmp_path: Path) -> None:
    found = count_scenario(scenario, tmp_path / "out", workers=1, progress=quiet)
    table = pd.read_csv(tmp_path / "out" / TABLE)
    everybody = table[(table["measure"] == "links_per_request") & (table["group"] == "all")]
    assert len(everybody) == 21
    loosest = everybody.iloc[0]
    assert loosest["numerator"] == sum(int(one.links.sum()) for one in found)
    assert loosest["denominator"] == 400
    assert loosest["ci_low"] < loosest["estimate"] < loosest["ci_high"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["setting"]["requests"] == 200
    assert manifest["tables"].keys() == {TABLE}


def test_groups_add_up_to_everybody(scenario: Scenario, counted: NameLinks) -> None:
    lawful = lawful_statuses(scenario.population.lawful_statuses)
    table = name_table([counted, counted], lawful, 0.95)
    false = table[table["measure"] == "selectivity"].set_index(["group", "name_threshold"])
    numerator = false["numerator"]
    for kind in ("origin=", "status="):
        parts = numerator[[group.startswith(kind) for group, _ in numerator.index]]
        summed = parts.groupby(level="name_threshold").sum()
        assert np.array_equal(summed.to_numpy(), numerator["all"].to_numpy())
    assert (numerator["lawful"] <= numerator["all"]).all()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"address_threshold": "zip5"}, "matching.address_threshold must be any"),
        ({"birth_date_threshold": "year"}, "matching.birth_date_threshold must be any"),
        ({"selection": "best"}, "matching.selection must be all"),
        ({"tin_path": True}, "matching.tin_path must be false"),
        ({"decision_rule": "points"}, "matching.decision_rule must be thresholds"),
        ({"name_order": "either"}, "matching.name_order must be as_written"),
        ({"blocking": [["zip3"]]}, "matching.blocking must hold the empty rule"),
        ({"suffix_conflict_rejects": True}, "matching.suffix_conflict_rejects must be false"),
    ],
)
def test_a_rule_that_needs_more_than_names_is_refused(
    change: dict[str, object], fault: str
) -> None:
    matching = {"address_threshold": "any", **change}
    assert beyond_names(tiny({"matching": matching}).matching) == [fault]


def test_the_command_refuses_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text("title: Mine\n", encoding="utf-8")
    assert main(["count", "s.yaml"]) == 2
    assert capsys.readouterr().err == (
        "overmatch: s.yaml: count compares names alone: matching.address_threshold must be any "
        "(in the file or with --set).\n"
    )


def test_the_command_prints_rates_and_leaves_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "title: Mine\npopulation: {size: 2000}\nlisting: {requests: 30}\nreplicates: 2\n"
    Path("s.yaml").write_text(f"{text}matching: {{address_threshold: any}}\n", encoding="utf-8")
    assert main(["count", "s.yaml", "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "accounts are linked per request" in out
    assert "Results: results/s-names" in out
    assert (tmp_path / "results" / "s-names" / TABLE).exists()


# Exact agreement of names drawn independently: N * L * sum over names of p^2 pairs are expected.
ACCOUNTS, REQUESTS, ROUNDS = 20_000, 500, 40


def _exact_agreements(shares: Int64Array, seed: int) -> int:
    """Count exact agreements of one draw of accounts and requests by name, over cells."""
    rng = np.random.default_rng(seed)
    size, own = shares.size, np.arange(shares.size)
    alone = SimilarStrings(np.arange(size + 1), own.astype(np.int32), np.full(size, 100, np.int8))
    weights = shares / shares.sum()
    given, surname = rng.choice(size, (2, ACCOUNTS), p=weights).astype(np.int32)
    asked = rng.choice(size, (2, REQUESTS), p=weights)
    near = NamesNear(np.ones(2**18, np.bool_), np.ones(2**18, np.bool_))
    fold, nobody = CellFold(), np.full(ACCOUNTS, -1, np.int32)
    fold.add(name_cells(given, surname, nobody, np.zeros(ACCOUNTS, np.int32), near))
    rows = np.stack([asked[1], np.full(REQUESTS, -1)])
    names = AskedNames(asked[0], rows, alone, alone)
    return int(count_links(names, index_cells(fold.cells()))[0, 20])


def _z(expected: float) -> float:
    shares = np.arange(1, 61)[::-1] ** 2
    counts = np.array([_exact_agreements(shares, 70 + number) for number in range(ROUNDS)])
    error = counts.std(ddof=1) / np.sqrt(ROUNDS)
    assert error / counts.mean() < 0.02, "the check sees errors of a tenth"
    return float((counts.mean() - expected) / error)


def test_exact_agreements_by_chance_are_as_many_as_the_closed_form_says() -> None:
    weights = np.arange(1, 61)[::-1] ** 2.0
    share = weights / weights.sum()
    expected = ACCOUNTS * REQUESTS * float((share**2).sum()) ** 2
    assert abs(_z(expected)) < 3.9
    assert abs(_z(1.1 * expected)) > 3.9, "a closed form off by a tenth is noticed"


def test_the_numbers_of_groups_fit_into_a_cell() -> None:
    assert name_links.groups() <= 256
