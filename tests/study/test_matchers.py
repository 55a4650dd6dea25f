"""Matchers side by side: an own rule counted as a matcher gives what the run itself counts."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.cli import main

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
