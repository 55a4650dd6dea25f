"""Intervals of rates counted by name alone: as wide as replicates differ, and never without end."""

import numpy as np
import pandas as pd
import pytest

from simulator.matching.agreement import NAME_STEPS
from simulator.measures.name_links import NameLinks, groups, name_table
from simulator.records import STATUSES

REPLICATES, REQUESTS, MATED, ACCOUNTS = 10, 1_000, 800, 1_000_000


def replicate(false: float, rng: np.random.Generator) -> NameLinks:
    """Draw links of one replicate; all pairs stand at the strictest step."""
    links = np.zeros((groups(), NAME_STEPS), np.int64)
    true, accounts = links.copy(), np.zeros(groups(), np.int64)
    true[0, -1] = rng.binomial(MATED, 0.9)
    links[0, -1] = true[0, -1] + rng.poisson(false)
    accounts[0] = ACCOUNTS
    return NameLinks(links, true, accounts, REQUESTS, REQUESTS, MATED)


def rates(false: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    counted = [replicate(false, rng) for _ in range(REPLICATES)]
    table = name_table(counted, np.ones(len(STATUSES), np.bool_), 0.95)
    return table[(table["group"] == "all") & (table["name_threshold"] == 1.0)].set_index("measure")


FALSE_LINKS = {
    "false_match_rate_per_pair": REQUESTS * ACCOUNTS - MATED,
    "selectivity": REQUESTS,
    "false_links_per_account": ACCOUNTS,
}


@pytest.mark.slow
@pytest.mark.parametrize("false", [0.3, 50.0, 20_000.0])
def test_rates_of_false_links_cover_them_whatever_they_are_counted_against(false: float) -> None:
    covered = dict.fromkeys(FALSE_LINKS, 0)
    for seed in range(100):
        table = rates(false, seed)
        for name, against in FALSE_LINKS.items():
            row = table.loc[name]
            covered[name] += bool(row["ci_low"] <= false / against <= row["ci_high"])
    # 95% of 100: at least 86 but for 1 in 10,000.
    assert min(covered.values()) >= 86, covered


@pytest.mark.parametrize("name", list(FALSE_LINKS))
def test_rates_of_false_links_are_as_wide_as_they_vary(name: str) -> None:
    row = rates(50.0, 1).loc[name]
    width = (row["ci_high"] - row["ci_low"]) / row["estimate"]
    assert 0.5 < width / (2 * 2.26 / np.sqrt(500.0)) < 2.0


@pytest.mark.parametrize("name", list(FALSE_LINKS))
def test_no_false_link_at_all_leaves_less_than_four(name: str) -> None:
    row = rates(0.0, 1).loc[name]
    assert row["estimate"] == row["ci_low"] == 0.0
    assert row["ci_high"] * FALSE_LINKS[name] * REPLICATES == pytest.approx(3.69, abs=0.02)
