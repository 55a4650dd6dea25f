"""What a run stores of every replicate suffices for every number of its estimates."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator.measures.rated import rated_rows
from simulator.study.results import ESTIMATES, MANIFEST, REPLICATES, rounded
from simulator.study.run import run_scenario
from simulator.study.stored_counts import StoredCountsError, read_counts
from tests.study.tiny import quiet, tiny

NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator"]


def run(output: Path, change: dict[str, Any] | None = None) -> Path:
    run_scenario(tiny(change), output, workers=1, progress=quiet)
    return output


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a tiny run; not to be written to."""
    return run(tmp_path_factory.mktemp("stored") / "tiny")


def own_rows(results: Path, selection: str) -> pd.DataFrame:
    table = pd.read_csv(results / ESTIMATES)
    return table[table["policy"] == selection].drop(columns=["policy", "threshold"])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"matching": {"selection": "best"}},
        {"searched_roll": "voter"},
        {"matching": {"decision_rule": "points"}},
    ],
    ids=["plain", "best", "voter", "points"],
)
def test_every_row_at_the_own_policy_comes_from_what_was_stored(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    scenario = tiny(change)
    counts = read_counts(run(tmp_path / "run", change))
    found = pd.concat(
        rated_rows(counts.rated(scenario.searched_roll), scenario.confidence), ignore_index=True
    )
    for name in NUMBERS:
        found[name] = [rounded(value) for value in found[name]]
    written = own_rows(tmp_path / "run", str(scenario.matching.selection)).reset_index(drop=True)
    assert len(written) > 100
    pd.testing.assert_frame_equal(found, written, check_exact=True, check_dtype=False)


def test_one_count_more_would_be_seen(results: Path) -> None:
    counts = read_counts(results)
    counts.quantities[0, 3, 0] += 1.0  # links
    found = pd.concat(rated_rows(counts.rated(tiny().searched_roll), 0.95), ignore_index=True)
    written = own_rows(results, "all").reset_index(drop=True)
    different = found["denominator"].map(rounded) != written["denominator"]
    assert different.any()


def copied(results: Path, target: Path) -> Path:
    target.mkdir()
    for path in results.iterdir():
        if path.is_file():
            (target / path.name).write_bytes(path.read_bytes())
    return target


def test_what_is_not_a_run_is_refused_in_one_sentence(results: Path, tmp_path: Path) -> None:
    with pytest.raises(StoredCountsError, match="is not a results folder"):
        read_counts(tmp_path)
    other = copied(results, tmp_path / "other")
    manifest = json.loads((other / MANIFEST).read_text(encoding="utf-8"))
    (other / MANIFEST).write_text(json.dumps(manifest | {"kind": "ablation"}), encoding="utf-8")
    with pytest.raises(StoredCountsError, match="kind 'ablation'"):
        read_counts(other)
    tables = {name: hashed for name, hashed in manifest["tables"].items() if name != REPLICATES}
    (other / MANIFEST).write_text(json.dumps(manifest | {"tables": tables}), encoding="utf-8")
    with pytest.raises(StoredCountsError, match="run it again"):
        read_counts(other)
    (other / MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(StoredCountsError, match="no JSON"):
        read_counts(other)


def test_a_table_changed_afterwards_is_refused(results: Path, tmp_path: Path) -> None:
    other = copied(results, tmp_path / "other")
    text = (other / ESTIMATES).read_text(encoding="utf-8")
    (other / ESTIMATES).write_text(text.replace("all", "al1", 1), encoding="utf-8")
    with pytest.raises(StoredCountsError, match="changed afterwards"):
        read_counts(other)
    (other / ESTIMATES).unlink()
    with pytest.raises(StoredCountsError, match="is missing"):
        read_counts(other)
