"""Rung 4 and published item 3: how often the last four digits of two different people agree."""

import numpy as np
import pytest

from simulator.matching.decision import decision
from simulator.matching.last_four import last_four_check
from simulator.randomness import FloatArray
from simulator.records import STATUSES
from simulator.scenario.schema import Scenario
from simulator.study.blocks import decided_blocks
from simulator.study.prepared import prepared_replicate
from simulator.study.world import shard_roll
from tests.enforcement.lists import PLAIN
from tests.enforcement.rates import NO_ERRORS
from tests.verification.overlays import Axes
from tests.verification.theory import Held, conclude, scaled, theory_check

pytestmark = pytest.mark.slow

REPLICATES, BY_CHANCE, PUBLISHED_PAIRS = 24, 1e-4, 35_750


def scenario() -> Scenario:
    """Return a run by names alone in which nobody shows or works under somebody else's number."""
    return Scenario.model_validate(
        {
            "population": {"size": 300_000},
            "roll": {"filing_rate": dict.fromkeys(STATUSES, 1.0)},
            "listing": {"requests": 6_000, **PLAIN},
            "requests": NO_ERRORS | {"tin_present": 1.0},
            "matching": {
                "name_threshold": 0.80,
                "address_threshold": "any",
                "last_four_check": "required",
            },
        }
    )


def false_pairs(wanted: Scenario, replicate: int) -> tuple[int, int]:
    """Return the false candidate pairs of a run with digits on both sides, and those that agree."""
    asked = prepared_replicate(wanted, replicate)
    rule, shown, agreeing = decision(wanted.matching, None), 0, 0
    without = wanted.matching.model_copy(update={"last_four_check": "none"})
    open_rule = wanted.model_copy(update={"matching": without})
    for places in asked.parts:
        shard = shard_roll(places, asked.sample, wanted, asked.lent, rng=asked.rng)
        check = last_four_check(asked.requests, shard.roll, wanted.matching)
        for pairs, _, _ in decided_blocks(shard, open_rule, asked, rule):
            same = asked.truth.person[pairs.request] == shard.accounts.person[pairs.account]
            both = (check.asked[pairs.request] >= 0) & (check.held[pairs.account] >= 0)
            wrong = ~same & both
            shown += int(wrong.sum())
            agreeing += int((wrong & check.passes(pairs.request, pairs.account)).sum())
    return shown, agreeing


def shares() -> tuple[FloatArray, int]:
    """Return by replicate the share of false pairs whose digits agree, and all false pairs."""
    found = np.array([false_pairs(scenario(), number) for number in range(REPLICATES)])
    return found[:, 1] / found[:, 0], int(found[:, 0].sum())


def test_digits_of_different_people_agree_as_often_as_by_chance() -> None:
    simulated, pairs = shares()
    assert pairs > 30 * PUBLISHED_PAIRS
    label = f"{PUBLISHED_PAIRS:,} false pairs of a run that agree"
    conclude(
        theory_check(
            "03-last-four-of-a-run",
            "Last four digits that agree on the false pairs of a run",
            f"{pairs:,} pairs of two people with similar names, from {REPLICATES} runs of "
            "300,000 people and 6,000 requests, through the package's own check of the last four "
            "digits; per 35,750 such pairs, as published, 3.575 agree by chance.",
            "35,750 × 10⁻⁴ = 3.575",
            "7.3",
        ),
        [Held(label, PUBLISHED_PAIRS * simulated, PUBLISHED_PAIRS * BY_CHANCE)],
        [scaled(1.7), scaled(0.5)],
        Axes(value="simulated", ratio=True),
        detectable=0.6,
    )
