"""The replay of 2025 reproduces what was published, at its full size."""

from pathlib import Path

import pytest

from simulator.measures.rates import estimate_table
from simulator.scenario.files import load_scenario
from simulator.scenario.schema import Scenario
from simulator.study.replicate import run_replicate

SCENARIO = Path(__file__).parents[2] / "scenarios" / "mou-2025.yaml"
PUBLISHED = {
    "yield": 0.037,
    "by_number_share_of_links": 0.903,
    "deficient_disclosure_rate": 0.903,
}
"""About 47,300 addresses for 1.28 million requests, 42,695 of them by number and without a valid
address [seen; computed]."""


def intervals(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Return the interval of every published share, at the scenario's own policy."""
    counts = [run_replicate(scenario, number) for number in range(scenario.replicates)]
    own = str(scenario.matching.selection)
    return {
        row["measure"]: (row["ci_low"], row["ci_high"])
        for row in estimate_table(counts, scenario).to_dict("records")
        if row["measure"] in PUBLISHED and row["group"] == "all" and row["policy"] == own
    }


@pytest.mark.slow
def test_the_replay_reproduces_yield_path_and_deficient_requests() -> None:
    found = intervals(load_scenario(SCENARIO))
    assert set(found) == set(PUBLISHED)
    for measure, value in PUBLISHED.items():
        low, high = found[measure]
        assert low <= value <= high, measure


@pytest.mark.slow
def test_another_rate_of_numbers_would_not() -> None:
    changed = load_scenario(SCENARIO, ["requests.tin_present_without_address=0.15"])
    low, _ = intervals(changed)["yield"]
    assert low > PUBLISHED["yield"]
