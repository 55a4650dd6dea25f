"""The order of the accounts that qualify for a request: ties that fall fairly."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest

from simulator.matching.ranking import RANK_BITS, TIE_BITS, ranking
from simulator.records import Requests, Roll, taken
from tests.matching.samples import as_candidate_pairs

PLAIN = ranking((0, 100))


def _records(table: type[Requests] | type[Roll], count: int, first: int) -> Requests | Roll:
    """Return records that differ in their house number alone."""
    columns: dict[str, npt.NDArray[np.integer]] = {}
    for field in dataclasses.fields(table):
        columns[field.name] = np.full(count, 7, np.int64 if field.name == "tin" else np.int32)
    columns["number"] = np.arange(first, first + count, dtype=np.int32)
    return table(**columns)  # type: ignore[arg-type]  # widths do not matter to a fingerprint


@pytest.mark.parametrize("apart", [1, 2, 5, 8, 1000])
def test_ties_fall_to_nobody_in_particular_and_not_by_position(apart: int) -> None:
    count = 2000
    requests, roll = _records(Requests, count, 1), _records(Roll, apart + 1, 50)
    assert isinstance(requests, Requests)
    assert isinstance(roll, Roll)
    rows = np.repeat(np.arange(count), 2)
    accounts = np.tile([0, apart], count)
    level = np.full((4, 2 * count), [[95], [95], [0], [3]])
    pairs = as_candidate_pairs(np.vstack([rows, accounts, level]), False)
    score = np.full(2 * count, 63)
    rank = PLAIN.ranks(score, pairs, requests, roll).reshape(count, 2)
    assert rank.min() >= 0
    assert rank.max() < 1 << RANK_BITS
    assert (rank >> TIE_BITS == 63).all()
    assert 900 < int((rank[:, 0] > rank[:, 1]).sum()) < 1100, "4.5 standard errors"
    turned = taken(roll, np.arange(apart + 1)[::-1])
    mirrored = as_candidate_pairs(np.vstack([rows, apart - accounts, level]), False)
    again = PLAIN.ranks(score, mirrored, requests, turned).reshape(count, 2)
    np.testing.assert_array_equal(rank, again)
