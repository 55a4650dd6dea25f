import numpy as np
import pytest

from simulator.disclosure.release import released
from simulator.scenario.schema import DisclosurePart
from tests.matching.samples import as_candidate_pairs, roll_table


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, [True, True, True, True]),
        (0, [True, False, False, True]),
        (2, [True, True, False, True]),
        (3, [True, True, True, True]),
    ],
)
def test_addresses_older_than_the_limit_are_withheld(
    limit: int | None, expected: list[bool]
) -> None:
    roll = roll_table([{"years_since_filing": years} for years in (3, 2, 0)])
    accounts = np.array([2, 1, 0, 2])
    columns = np.stack([np.arange(4), accounts, *np.full((4, 4), 3)])
    pairs = as_candidate_pairs(columns, False)
    part = DisclosurePart.model_validate({"max_address_age_years": limit})
    assert released(pairs, roll, part).tolist() == expected
