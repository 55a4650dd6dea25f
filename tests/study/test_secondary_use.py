"""The same list against other rolls: nothing of the list depends on which roll is searched."""

from dataclasses import fields

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.records import AccountTruth, Frozen, Roll
from simulator.scenario.schema import Scenario
from simulator.study.prepared import prepared_replicate
from simulator.study.world import shard_roll
from tests.study.tiny import Values, tiny

ROLLS = ("tax", "voter", "benefit")


def equal(left: Frozen, right: Frozen) -> bool:
    """Say whether two tables agree in every column, to the byte."""
    names = [field.name for field in fields(left)]  # type: ignore[arg-type]  # all are dataclasses
    columns = [(getattr(left, name), getattr(right, name)) for name in names]
    return all(one.dtype == two.dtype and np.array_equal(one, two) for one, two in columns)


def test_the_list_is_the_same_whichever_roll_is_searched() -> None:
    drawn = [prepared_replicate(tiny({"searched_roll": roll}), 0) for roll in ROLLS]
    for other in drawn[1:]:
        for table in ("requests", "truth", "grounds"):
            assert equal(getattr(drawn[0], table), getattr(other, table))
        np.testing.assert_array_equal(drawn[0].lent, other.lent)
        np.testing.assert_array_equal(drawn[0].stops, other.stops)
    assert not equal(drawn[0].requests, prepared_replicate(tiny(), 1).requests)


def test_each_roll_is_another_one_of_the_same_people() -> None:
    rolls: list[tuple[Roll, AccountTruth]] = []
    for which in ROLLS:
        scenario = tiny({"searched_roll": which})
        asked = prepared_replicate(scenario, 0)
        shard = shard_roll(asked.parts[0], asked.sample, scenario, asked.lent, rng=asked.rng)
        assert len(shard.roll) == len(shard.accounts) > 100
        rolls.append((shard.roll, shard.accounts))
        held = shard.roll.tin >= 0
        assert held.any() == (which != "voter")
    sizes = [len(roll) for roll, _ in rolls]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"matching": {"tin_path": True}}, "matching.tin_path needs whole numbers"),
        (
            {"matching": {"tin_compared": True, "decision_rule": "points"}},
            "matching.tin_compared needs whole numbers",
        ),
        (
            {"matching": {"accounts_searched": "itin"}},
            "matching.accounts_searched: itin would search nobody",
        ),
    ],
)
def test_whole_numbers_are_for_the_tax_roll_alone(change: Values, culprit: str) -> None:
    Scenario.model_validate(change)
    for which in ("voter", "benefit"):
        with pytest.raises(ValidationError, match=culprit):
            Scenario.model_validate({**change, "searched_roll": which})


def test_last_four_digits_are_not_for_the_voter_roll() -> None:
    change = {"matching": {"last_four_check": "if_present"}}
    for which in ("tax", "benefit"):
        Scenario.model_validate({**change, "searched_roll": which})
    with pytest.raises(ValidationError, match="the voter roll shows none"):
        Scenario.model_validate({**change, "searched_roll": "voter"})
