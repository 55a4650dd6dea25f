"""What variants share changes nothing: each counts what a run of it alone does, bit for bit."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from simulator.measures import groups
from simulator.measures.quantities import SELECTIONS
from simulator.measures.rates import own_values
from simulator.scenario.schema import Scenario
from simulator.study.memory import ROOM, Memory, bytes_in
from simulator.study.replicate import match_shard, run_replicate
from simulator.study.variants import Wanted, count_variants, match_key
from tests.study.tiny import Values, merged, tiny

BASE: Values = {
    "population": {"size": 5000},
    "listing": {
        "requests": 150,
        "wrongly_listed_share": 0.3,
        "wrongly_listed_status": {
            "native_born_citizen": 0.4,
            "naturalised_citizen": 0.6,
            "permanent_resident": 0.0,
            "temporary_visa": 0.0,
            "protected": 0.0,
        },
    },
    "requests": {"tin_present": 0.3},
    "matching": {"name_threshold": 0.9, "address_threshold": "zip5", "tin_path": True},
    "guardrails": {"address_required": False, "address_check": "none",
                   "placeholders_rejected": False},
}  # fmt: skip
EVERYTHING = Wanted(by_group=True, details=True)
NOBODY_APART = Wanted(by_group=False, details=True)


def variant(change: Values) -> Scenario:
    return tiny(merged(BASE, change))


THRESHOLDS: list[Values] = [
    {},
    {"matching": {"name_threshold": 0.84}},
    {"matching": {"name_threshold": 1.0, "address_threshold": "any"}},
    {"matching": {"selection": "best"}},
    {"matching": {"selection": "unique", "address_threshold": "building"}},
    {"matching": {"selection": "top", "name_threshold": 0.8}},
]
BY_NUMBER: list[Values] = [
    {"matching": {"tin_name_check": "name_threshold", "name_threshold": 0.8}},
    {"matching": {"tin_name_check": "name_threshold", "name_threshold": 1.0}},
    {"matching": {"tin_name_check": "name_threshold", "name_threshold": 0.9, "selection": "best"}},
    {"matching": {"tin_path": False, "decision_rule": "points", "score_threshold": 60.0}},
    {"matching": {"tin_path": False, "decision_rule": "points", "score_threshold": 80.0,
                  "selection": "unique"}},
    {"matching": {"tin_path": False, "decision_rule": "fellegi_sunter", "score_threshold": 12.5}},
    {"matching": {"tin_path": False, "decision_rule": "fellegi_sunter", "score_threshold": 20.0}},
]  # fmt: skip
STAGES: list[Values] = [
    {},
    {"names": {"child_named_after_parent": 0.5}},
    {"population": {"annual_move_rate": 0.3}},
    {"population": {"po_box_share": 0.3}},
    {"population": {"lawful_statuses": ["native_born_citizen", "naturalised_citizen"]}},
    {"roll": {"years_since_filing": [0.5, 0.5]}},
    {"roll": {"unauthorized_tin": {"ssn": 0.0, "itin": 0.2, "borrowed_ssn": 0.6,
                                   "invalid_ssn": 0.0, "none": 0.2}}},
    {"listing": {"wrongly_listed_share": 0.6}},
    {"listing": {"facilities": 3, "detained_share": 0.5}},
    {"requests": {"surname_misspelt": 0.5}},
    {"requests": {"shared_address": 0.5, "shared_addresses": 3}},
    {"matching": {"birth_date_threshold": "exact"}},
    {"matching": {"birth_date_threshold": "exact", "selection": "best"}},
    {"guardrails": {"court_order": {"required": True}}},
    {"disclosure": {"max_address_age_years": 0}},
    {"matching": {"tin_path": False}, "searched_roll": "voter"},
    {"matching": {"tin_path": False}, "searched_roll": "benefit"},
    {"matching": {"tin_path": False, "decision_rule": "points", "score_threshold": 60.0}},
    {"matching": {"tin_path": False, "decision_rule": "points", "score_threshold": 80.0}},
]  # fmt: skip


def alone(scenario: Scenario, replicate: int) -> tuple[Any, Any]:
    """Return what an ordinary run of the variant counts at its own policy."""
    counts = run_replicate(scenario, replicate)
    selection = SELECTIONS.index(scenario.matching.selection)
    return own_values(counts, selection, scenario), counts.details


@pytest.mark.parametrize(
    "changes", [THRESHOLDS, BY_NUMBER, STAGES], ids=["thresholds", "other rules", "stages"]
)
@pytest.mark.parametrize("wanted", [EVERYTHING, NOBODY_APART], ids=["groups", "everybody"])
def test_variants_counted_together_equal_runs_of_their_own(
    changes: list[Values], wanted: Wanted
) -> None:
    scenarios = [variant(change) for change in changes]
    memory = Memory(ROOM)
    for replicate in (0, 1):
        together = count_variants(scenarios, replicate, wanted, memory=memory)
        for row, scenario in enumerate(scenarios):
            quantities, details = alone(scenario, replicate)
            expected = quantities[:, : wanted.groups]
            np.testing.assert_array_equal(together.quantities[row], expected, str(changes[row]))
            np.testing.assert_array_equal(together.details[row], details, str(changes[row]))
    assert len({counted.tobytes() for counted in together.quantities}) > len(scenarios) / 2


def test_variants_of_thresholds_are_one_match() -> None:
    keys = {match_key(variant(change), EVERYTHING) for change in THRESHOLDS}
    assert len(keys) == 1
    stages = {match_key(variant(change), EVERYTHING) for change in STAGES}
    # But for selection, and thresholds of a score on one grid, each of these is a match of its own.
    assert len(stages) == len(STAGES) - 2


def test_matching_reads_thresholds_off_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from simulator.study import variants

    matched: list[int] = []

    def counting(number: int, *rest: Any) -> Any:
        matched.append(number)
        return match_shard(number, *rest)

    monkeypatch.setattr(variants, "match_shard", counting)
    count_variants([variant(change) for change in THRESHOLDS], 0, EVERYTHING, memory=Memory(ROOM))
    assert matched == [0]


def test_people_and_roll_are_made_once_for_variants_that_agree_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from simulator.study import world

    made: dict[str, int] = {"people": 0, "names": 0, "roll": 0}

    def counting(what: str, real: Any) -> Any:
        def call(*values: Any, **named: Any) -> Any:
            made[what] += 1
            return real(*values, **named)

        return call

    for what, name in (
        ("people", "generate_people"),
        ("names", "generate_names"),
        ("roll", "generate_roll"),
    ):
        monkeypatch.setattr(world, name, counting(what, getattr(world, name)))
    changes: list[Values] = [
        {},
        {"requests": {"surname_misspelt": 0.5}},
        {"listing": {"requests": 140}},
        {"disclosure": {"max_address_age_years": 0}},
        {"roll": {"filing_rate": {"unauthorized": 0.9}}},
    ]
    scenarios = [variant(change) for change in changes]
    count_variants(scenarios, 0, Wanted(by_group=False, details=False), memory=Memory(ROOM))
    assert made["people"] == 1
    assert made["names"] == 1
    assert made["roll"] in (2, 3), "another list may lend other numbers"
    count_variants(scenarios, 0, Wanted(by_group=False, details=False), memory=Memory(0))
    assert made["people"] > 2 * len(scenarios), "the check can fail: without memory all is new"


def test_memory_stays_within_its_room_and_forgets_the_oldest() -> None:
    memory = Memory(1000)
    for number in range(5):
        memory.remembered(partial(int, number), lambda: np.zeros(50))
    assert memory.size <= 1000
    before = memory.made
    memory.remembered(lambda: 4, lambda: np.ones(50))
    assert memory.made == before, "the latest is still there"
    found = memory.remembered(lambda: 0, lambda: np.ones(50))
    assert found[0] == 1.0, "the oldest is gone"
    memory.remembered(lambda: "large", lambda: np.zeros(1000))
    assert memory.size <= 1000


def test_bytes_are_counted_through_records() -> None:
    assert bytes_in({"a": (np.zeros(2), [np.zeros(3, np.int8)])}) == 19
    assert len(groups.labels()) == EVERYTHING.groups
