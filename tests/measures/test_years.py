"""The table of years by hand: what is divided by what, and what revenue it stands for."""

import numpy as np
import pandas as pd
import pytest

from simulator.measures.detail import Detail
from simulator.measures.ledger import Relation
from simulator.measures.years import LABELS, YearQuantity, disclosed, year_table, year_values
from simulator.population.silence import Census
from simulator.scenario.schema import RevenuePart, Scenario
from tests.measures.hand_ledgers import ledger_of

FIRST = Census(
    adults=np.array([100.0, 50.0, 850.0]),
    filers=np.array([60.0, 40.0, 700.0]),
    filing=np.array([60.0, 40.0, 700.0]),
    stopped=np.zeros(3),
    exposed=np.array([6.0, 2.0, 7.0]),
    accounts=np.array([70.0, 60.0, 900.0]),
    outdated=np.array([7.0, 3.0, 90.0]),
)
SECOND = FIRST._replace(
    filing=np.array([50.0, 38.0, 700.0]),
    stopped=np.array([10.0, 2.0, 0.0]),
    accounts=np.array([65.0, 59.0, 900.0]),
)


def details(**counts: float) -> np.ndarray:
    values = np.zeros(len(Detail))
    for name, count in counts.items():
        values[Detail[name]] = count
    return values


FOUND = details(
    REQUESTS=200,
    LINKED_REQUESTS=50,
    FOUND_MATED=40,
    LINKS=60,
    LINKS_WRONG_ADDRESS=15,
    LINKS_WRONG_PERSON=12,
    OVER_DISCLOSED_RESIDENTS=30,
)


def table(replicates: int = 1) -> pd.DataFrame:
    years = np.stack(
        [
            year_values(FIRST, np.zeros(3), FOUND),
            year_values(SECOND, FIRST.filing, FOUND),
        ]
    )
    return year_table([years] * replicates, RevenuePart(), 0.95)


def estimate(found: pd.DataFrame, year: int, measure: str, group: str = "all") -> float:
    rows = found[(found.year == year) & (found.measure == measure) & (found.group == group)]
    assert len(rows) == 1, f"{measure} of {group} in year {year}"
    return float(rows["estimate"].iloc[0])


@pytest.mark.parametrize(
    ("year", "measure", "group", "expected"),
    [
        (0, "accounts_on_roll", "all", 1030.0),
        (1, "accounts_on_roll", "unauthorized", 65.0),
        (1, "outdated_address_rate", "all", 100 / 1024),
        (0, "filing_rate", "unauthorized", 0.6),
        (1, "filing_rate", "unauthorized", 0.5),
        (1, "filing_rate", "all", 788 / 1000),
        (1, "cessation_rate", "unauthorized", 10 / 60),
        (1, "cessation_rate", "mixed_status_household", 2 / 40),
        (1, "filers_lost", "unauthorized", 10 / 60),
        (0, "filers_exposed", "unauthorized", 0.1),
        (1, "filers_exposed", "mixed_status_household", 2 / 38),
        (1, "yield", "all", 0.25),
        (1, "found_per_1000_requests", "all", 200.0),
        (1, "wrong_address_rate", "all", 0.25),
        (1, "false_discovery_rate", "all", 0.2),
        (1, "over_disclosed_residents_per_1000_requests", "all", 150.0),
        (1, "compliance_points_lost", "unauthorized", 10.0),
        (1, "revenue_lost", "unauthorized", 9.5),
        (1, "revenue_lost_low", "unauthorized", 4.6),
        (1, "revenue_lost_high", "unauthorized", 14.8),
    ],
)
def test_every_measure_of_a_year_by_hand(
    year: int, measure: str, group: str, expected: float
) -> None:
    assert estimate(table(), year, measure, group) == pytest.approx(expected, rel=1e-12)


def test_what_is_nothing_by_definition_begins_in_the_second_year() -> None:
    first = set(table()[lambda rows: rows.year == 0].measure)
    second = set(table()[lambda rows: rows.year == 1].measure)
    assert second - first == {
        "cessation_rate",
        "filers_lost",
        "compliance_points_lost",
        "revenue_lost",
        "revenue_lost_low",
        "revenue_lost_high",
    }


def test_counts_are_sums_over_replicates_and_rows_are_whole() -> None:
    found = table(3)
    row = found[(found.year == 1) & (found.measure == "cessation_rate")].iloc[0]
    assert (row.numerator, row.denominator, row.replicates) == (30.0, 180.0, 3)
    assert not found.duplicated(["year", "measure", "group"]).any()
    wide = found[found.measure != "accounts_on_roll"]
    assert (wide.ci_low <= wide.estimate).all()
    assert (wide.estimate <= wide.ci_high).all()


def test_couples_who_stop_as_one_are_one_unit() -> None:
    """None of 700 others stopped: at most 350 returns, each of which might have."""
    found = table()
    row = found[(found.year == 1) & (found.measure == "cessation_rate") & (found.group == "others")]
    assert row.iloc[0].estimate == 0.0
    assert row.iloc[0].ci_high == pytest.approx(1.0 - 0.025 ** (1.0 / 350.0))


def test_an_elasticity_of_nothing_leaves_no_row() -> None:
    years = np.stack([year_values(FIRST, np.zeros(3), FOUND)] * 2)
    part = RevenuePart(per_ten_points_low=0.0)
    assert "revenue_lost_low" not in set(year_table([years], part, 0.95).measure)


def test_everybody_is_the_sum_of_the_communities() -> None:
    values = year_values(FIRST, np.zeros(3), FOUND)
    for quantity in (YearQuantity.ADULTS, YearQuantity.FILING, YearQuantity.ACCOUNTS):
        assert values[quantity, LABELS.index("all")] == values[quantity, :3].sum()


def test_whom_an_account_reveals_is_exposed_once_and_whoever_lives_elsewhere_is_not() -> None:
    holder, wife, neighbour = 11, 12, 13
    ledger = ledger_of(
        persons=[holder, 99],
        stops=[0, 0],
        links=[(0, holder, 0, 0, True, 5, 0), (1, holder, 2, 1, True, 5, 0)],
        exposures=[
            (0, holder, Relation.HOLDER, False, 1, 0),
            (0, wife, Relation.CO_RESIDENT, True, 1, 0),
            (0, neighbour, Relation.NEIGHBOUR, True, 0, 0),
            (1, holder, Relation.HOLDER, False, 1, 0),
            (1, wife, Relation.CO_RESIDENT, True, 1, 0),
        ],
    )
    found = disclosed(ledger, Scenario())
    assert found.exposed.tolist() == [holder, wife]
    assert found.details[Detail.LINKS] == 2
