"""The measures of the ledger, by hand."""

import numpy as np
import pytest

from simulator.measures.detail_rates import DETAIL_MEASURES, detail_rows
from simulator.measures.ledger_counts import Detail
from simulator.measures.rates import MEASURES
from simulator.randomness import FloatArray

D = Detail


def counts(**values: float) -> FloatArray:
    found = np.zeros(len(Detail))
    for name, value in values.items():
        found[Detail[name]] = value
    return found


def test_rates_are_sums_over_replicates_with_the_counts_beside_them() -> None:
    replicates = [
        counts(REQUESTS=100, LINKS=10, LINKED_REQUESTS=8, LINKS_BY_TIN=4, WRONG_DOORS=3, COPIES=30),
        counts(REQUESTS=300, LINKS=30, LINKED_REQUESTS=20, LINKS_BY_TIN=6, WRONG_DOORS=5),
    ]
    table = detail_rows(replicates, 0.95)
    rows = {row["measure"]: row for row in table.to_dict("records")}
    doors = rows["wrong_doors_per_1000_requests"]
    assert [doors[name] for name in ("estimate", "numerator", "denominator")] == [20.0, 8.0, 400.0]
    assert doors["ci_low"] < 20.0 < doors["ci_high"]
    assert rows["by_number_share_of_links"]["estimate"] == 0.25
    assert rows["copies_passed_on_per_1000_requests"]["estimate"] == 75.0
    nothing = rows["rejected_by_court_order"]
    assert nothing["estimate"] == 0.0
    assert nothing["ci_high"] == pytest.approx(1 - 0.025 ** (1 / 400)), "exact, over requests"
    assert np.isnan(rows["recalled_share_of_wrong_persons"]["estimate"])


def test_names_are_nobody_elses() -> None:
    names = [one.name for one in MEASURES] + [two.name for two in DETAIL_MEASURES]
    assert len(names) == len(set(names))


def test_every_detail_is_reported_or_is_a_grid_measure_too() -> None:
    """What the grid counts as well is reported from there."""
    used = {measure.numerator for measure in DETAIL_MEASURES}
    of_grid = {"REQUESTS", "MATED", "FOUND_MATED", "MISSED_MATED", "LAWFUL_RESIDENTS"}
    of_grid |= {"OVER_DISCLOSED_RESIDENTS", "LINKED_REQUESTS", "WRONGED_REQUESTS", "LINKS"}
    of_grid |= {name for name in Detail.__members__ if name.startswith("FATE_")}
    of_grid |= {f"LINKS_{name}" for name in ("INTENDED", "LISTING_ERROR", "DEFICIENT")}
    of_grid |= {f"LINKS_WRONG_{name}" for name in ("PERSON_LAWFUL", "PERSON_OTHER", "PERSON")}
    of_grid |= {"LINKS_WRONG_ADDRESS", "LINKS_BORROWED_WAGES"}
    assert set(Detail.__members__) - {detail.name for detail in used} == of_grid
