"""What is counted of every policy is, exactly, what a run of its own says of each.

The runs that it is held to turn guardrails in the scenario and do everything again; each of them
counts its own grid by the way that the tables of a run rest on (``measures.quantities``), which
shares no counting with what is tested here. A run of one set of guardrails checks every threshold.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import switched
from simulator.disclosure.toggles import MOST_PAIRINGS, Toggles, toggles_of
from simulator.measures import policy_counts
from simulator.measures.detail import Detail
from simulator.measures.ledger_counts import evaluate
from simulator.measures.policies import policies, steps
from simulator.measures.policy_counts import COUNTED, KeptPairs, ShownPeople, thresholds_alone
from simulator.measures.quantities import Quantity, ReplicateCounts
from simulator.randomness import IntArray
from simulator.records import Int32Array
from simulator.scenario.schema import Scenario
from simulator.study.relaxed import relaxed_ledger
from simulator.study.replicate import run_replicate
from tests.study.test_relaxed import LOOSE, STRICT
from tests.study.tiny import merged

ASKED = ["address_check", "known_status", "max_address_age", "shared_addresses", "unique_only"]
OTHERS = [
    "batch_cap",
    "birth_date_compared",
    "review",
    "tin_name_check",
    "tin_address",
    "last_four",
]
AGAIN = ["joint_filers_suppressed", "dependants_suppressed", "cases_per_officer", "court_order"]
BITS = {"decision_rule": "fellegi_sunter", "score_threshold": 5.0}
VOTERS: dict[str, Any] = {
    "searched_roll": "voter",
    "matching": {"tin_path": False},
    "listing": {"wrongly_listed_share": 0.5},
}


def exploring(base: Mapping[str, Any], asked: list[str], **change: Any) -> dict[str, Any]:
    return merged(merged(base, {"explore": {"guardrails": asked}}), change)


SCENARIOS: Mapping[str, dict[str, Any]] = {
    "loose": exploring(LOOSE, ASKED),
    "strict": exploring(STRICT, OTHERS),
    "again": exploring(STRICT, AGAIN),
    "best": exploring(LOOSE, ["tin_address", *ASKED], matching={"selection": "best"}),
    "top": exploring(
        LOOSE, ["birth_date_compared", "max_address_age"], matching={"selection": "top", "top": 3}
    ),
    "unique": exploring(STRICT, [*ASKED, "batch_cap"], matching={"selection": "unique"}),
    "bits": exploring(LOOSE, [*ASKED, "birth_date_compared"], matching=BITS),
    "bits, best": exploring(STRICT, ASKED, matching=BITS | {"selection": "best"}),
    "by name": exploring(
        LOOSE, [*ASKED[1:], "tin_name_check"], matching={"tin_name_check": "name_threshold"}
    ),
    "voters": exploring(LOOSE, ASKED, **VOTERS),
}


@cache
def scenario(name: str) -> Scenario:
    return Scenario.model_validate(SCENARIOS[name])


@cache
def toggles(name: str) -> Toggles:
    return toggles_of(scenario(name))


@cache
def explored(name: str, replicate: int = 0) -> ReplicateCounts:
    return run_replicate(scenario(name), replicate, explored=True)


def turned(name: str, subset: int) -> Scenario:
    """Return the scenario with the guardrails of a set on and the other toggles off."""
    changed = scenario(name)
    for number, guardrail in enumerate(toggles(name).guardrails):
        changed = switched(changed, guardrail, on=bool(subset >> number & 1))
    return changed


def differing(found: Int32Array, expected: Int32Array) -> list[str]:
    """Return the names of counts that differ anywhere, with how far."""
    names = [*(quantity.name for quantity in COUNTED), *policy_counts.explored_groups.labels()]
    return [
        f"{name}: {np.abs(found[..., at] - expected[..., at]).max()}"
        for at, name in enumerate(names)
        if not np.array_equal(found[..., at], expected[..., at])
    ]


def run_of_its_own(name: str, subset: int, replicate: int = 0) -> Int32Array:
    changed = turned(name, subset)
    whole: Int32Array = thresholds_alone(run_replicate(changed, replicate), changed)[0]
    return whole


@pytest.mark.parametrize("replicate", [0, 1])
@pytest.mark.parametrize("name", SCENARIOS)
def test_the_scenarios_own_set_counts_what_its_run_counts(name: str, replicate: int) -> None:
    counts = explored(name, replicate)
    own = counts.explored[toggles(name).own]
    assert not differing(own, thresholds_alone(counts, scenario(name))[0])


RANDOM = np.random.default_rng(7)
SETS = [
    (name, int(subset))
    for name in SCENARIOS
    for subset in {
        0,
        2 ** len(SCENARIOS[name]["explore"]["guardrails"]) - 1,
        *RANDOM.integers(0, 2 ** len(SCENARIOS[name]["explore"]["guardrails"]), 3).tolist(),
    }
]


@pytest.mark.parametrize(("name", "subset"), SETS)
def test_a_set_counts_what_a_run_with_these_switches_counts(name: str, subset: int) -> None:
    subset &= toggles(name).sets - 1
    found = explored(name).explored[subset]
    assert not differing(found, run_of_its_own(name, subset))
