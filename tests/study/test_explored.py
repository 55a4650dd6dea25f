"""What is counted of every policy is, exactly, what a run of its own says of each.

The runs that it is held to turn guardrails in the scenario and do everything again; each of them
counts its own grid by the way that the tables of a run rest on (``measures.quantities``), which
shares no counting with what is tested here. A run of one set of guardrails checks every threshold.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import ABLATABLE, switched
from simulator.disclosure.toggles import Toggles, toggles_of
from simulator.measures import explored_groups
from simulator.measures.detail import Detail
from simulator.measures.ledger_counts import evaluate
from simulator.measures.policies import policies, steps
from simulator.measures.policy_counts import COUNTED, thresholds_alone
from simulator.measures.quantities import Quantity, ReplicateCounts
from simulator.records import Int32Array
from simulator.scenario.explore import Explorable
from simulator.scenario.schema import Scenario
from simulator.scenario.unexplored import without_work
from simulator.study.policy_pairs import PolicyPairs
from simulator.study.relaxed import relaxed_ledger
from simulator.study.replicate import run_replicate
from tests.study.test_relaxed import LOOSE, STRICT
from tests.study.tiny import merged, tiny

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
    "others": exploring(LOOSE, OTHERS, matching={"address_threshold": "zip5"}),
    "again": exploring(LOOSE, AGAIN),
    "numbers": exploring(LOOSE, ["last_four", "review"], matching={"tin_path": False}),
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
    names = [*(quantity.name for quantity in COUNTED), *explored_groups.labels()]
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


def test_every_toggle_tells_so_that_one_ignored_would_be_seen() -> None:
    """Show that the sets above differ: a bit that no row carried would leave two of them alike."""
    told = {
        guardrail.name.lower()
        for name in SCENARIOS
        for number, guardrail in enumerate(toggles(name).guardrails)
        if not np.array_equal(explored(name).explored[0], explored(name).explored[1 << number])
    }
    asked = {name for values in SCENARIOS.values() for name in values["explore"]["guardrails"]}
    assert told == asked


@pytest.mark.parametrize("name", ["loose", "others", "again"])
def test_a_note_that_is_not_taken_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Show that the agreement above can fail: take no notes of links, requests or people."""
    own = explored(name).explored
    monkeypatch.setattr(Toggles, "noted", lambda self, stops: np.zeros(stops.size, np.int8))
    assert not np.array_equal(run_replicate(scenario(name), 0, explored=True).explored, own)


@pytest.mark.parametrize("name", ["loose", "strict", "again", "best", "unique", "voters"])
def test_every_set_agrees_with_the_ledger_at_the_scenarios_own_thresholds(name: str) -> None:
    own = scenario(name)
    ledger, relaxed = relaxed_ledger(own, 0)
    grid = explored(name).grid
    first, second, _ = steps(grid, policies(grid, own.matching).own)
    for subset in range(toggles(name).sets):
        found = explored(name).explored[subset, first, second]
        force = toggles(name).in_force(subset)
        expected = evaluate(ledger, relaxed, force, toggles(name).selection(subset))
        for quantity, detail in IN_BOTH.items():
            assert found[COUNTED.index(quantity)] == expected[detail], (subset, detail.name)


# What a check in matching drops is no longer told from what release withholds in that ledger.
_ALIKE = {quantity for quantity in COUNTED if quantity.name in Detail.__members__}
IN_BOTH = {
    quantity: Detail[quantity.name]
    for quantity in _ALIKE - {Quantity.FATE_NOBODY, Quantity.FATE_WITHHELD}
} | {
    Quantity.INTENDED: Detail.LINKS_INTENDED,
    Quantity.LISTING_ERROR: Detail.LINKS_LISTING_ERROR,
    Quantity.WRONG_PERSON_LAWFUL: Detail.LINKS_WRONG_PERSON_LAWFUL,
    Quantity.WRONG_PERSON_OTHER: Detail.LINKS_WRONG_PERSON_OTHER,
    Quantity.WRONG_ADDRESS: Detail.LINKS_WRONG_ADDRESS,
    Quantity.DEFICIENT: Detail.LINKS_DEFICIENT,
    Quantity.EXPOSED: Detail.OVER_DISCLOSED_RESIDENTS,
}


LARGE = {"population": {"size": 10_000_001}}


def test_what_cannot_be_answered_is_left_out_and_said() -> None:
    def left_out(asked: list[str], **change: Any) -> Mapping[str, str]:
        plain = Scenario.model_validate(merged({"explore": {"guardrails": asked}}, change))
        found = toggles_of(plain)
        noted = {str(name) for name, _ in without_work(plain)}
        assert noted == set(found.left_out) or change == LARGE, "told before as after the run"
        kept = [guardrail.name.lower() for guardrail in found.guardrails]
        assert sorted([*kept, *found.left_out]) == sorted(asked)
        return found.left_out

    assert set(left_out([*AGAIN[:2], *OTHERS[3:5], "detention_facilities_rejected"])) == {
        *AGAIN[:2],
        *OTHERS[3:5],
    }
    voters: dict[str, Any] = {"searched_roll": "voter", "requests": {"facility_given": 0.0}}
    refused = ["last_four", "address_required", "detention_facilities_rejected"]
    voters["requests"] |= {"address_missing": 1.0, "address_placeholder": 0.0}
    voters["guardrails"] = {"address_required": False}
    assert set(left_out(refused, **voters)) == set(refused)
    asked = ["tin_address", "joint_filers_suppressed", "known_status"]
    assert set(left_out(asked)) == {"tin_address", "joint_filers_suppressed"}
    assert not left_out(asked, matching={"tin_path": True}, disclosure={"scope": "return_names"})
    dates = ["birth_date_compared", "unique_only"]
    assert not left_out(dates)
    assert set(left_out(dates, matching={"decision_rule": "points"})) == {"birth_date_compared"}
    assert set(left_out(dates, requests={"birth_date_missing": 1.0})) == {"birth_date_compared"}
    by_name = {"tin_path": True, "tin_name_check": "name_threshold"}
    assert set(left_out(["tin_name_check"], matching=by_name)) == {"tin_name_check"}
    assert not left_out(asked[2:], population={"size": 10_000_000})
    [reason] = left_out(asked[2:], **LARGE).values()
    assert "too many pairs" in reason


def test_all_that_can_be_named_is_a_guardrail_that_is_answered() -> None:
    named = {Guardrail[name.name] for name in Explorable}
    assert named == set(ABLATABLE) - {Guardrail.ITIN_ACCOUNTS_ONLY}


def test_without_toggles_the_thresholds_are_there_and_nothing_is_matched_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PolicyPairs, "add", None)
    alone = tiny({"explore": {"guardrails": []}})
    counts = run_replicate(alone, 0, explored=True)
    np.testing.assert_array_equal(counts.explored, thresholds_alone(counts, alone))
    assert counts.explored.shape[0] == 1
    assert run_replicate(tiny(), 0).explored.size == 0, "not asked for"
