"""A request told again: what is shown is what was decided, and the truth only beside it."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.matching.decision import decision
from simulator.matching.grid import policy_cell
from simulator.measures.quantities import SELECTIONS, Quantity
from simulator.scenario.schema import MatchingPart, Scenario, Selection
from simulator.study.explain import Candidate, Explanation, chosen, explain_request
from simulator.study.replicate import run_replicate
from simulator.study.written import Paper
from tests.study.tiny import quiet, tiny

PAPER = Paper("A B", "A", "B", "1 OAK ST", "1980-01-02", "")
STEPS = ("rejected", "blocking", "comparison", "rule", "withheld", "selection")
LOST = {step: Quantity[f"MISSED_{step.upper()}"] for step in STEPS}


def _candidate(rank: int, *, links: bool = True, withheld: str = "") -> Candidate:
    return Candidate(
        account=f"0.{rank}",
        paper=PAPER,
        role="primary",
        years_since_filing=0,
        fields=(),
        score=float(rank),
        rank=rank,
        compared=True,
        by_number=False,
        links=links,
        withheld=withheld,
        released=False,
        is_mate=False,
        holder_status="protected",
        holder_origin="mexico",
    )


def _released(selection: Selection, candidates: list[Candidate]) -> set[int]:
    part = MatchingPart(selection=selection, top=2)
    return {c.rank for c in chosen(candidates, part) if c.released}


def test_selection_releases_as_it_says() -> None:
    three = [_candidate(5), _candidate(9), _candidate(7)]
    beside = [*three, _candidate(20, links=False), _candidate(30, withheld="review")]
    assert _released(Selection.ALL, beside) == {5, 7, 9}
    assert _released(Selection.BEST, beside) == {9}
    assert _released(Selection.TOP, beside) == {7, 9}
    assert _released(Selection.UNIQUE, beside) == set()
    assert _released(Selection.UNIQUE, beside[2:]) == {7}
    assert _released(Selection.BEST, []) == set()


def _all(scenario: Scenario) -> list[Explanation]:
    return [
        explain_request(scenario, request, 0, limit=10_000, progress=quiet)
        for request in range(scenario.listing.requests)
    ]


# Enough that every guardrail between link and release withholds something, and not everything.
WITHHOLDING = {
    "max_address_age_years": 1,
    "known_status": {"withheld": "citizens", "known_share": 0.3},
    "review": {"reviewed_share": 0.3},
    "shared_addresses_withheld": True,
}


@pytest.mark.parametrize(
    "matching",
    [
        {"address_threshold": "any", "name_threshold": 0.84, "selection": "top"},
        {"address_threshold": "zip5", "blocking": [["zip5"]], "selection": "unique"},
        {"decision_rule": "fellegi_sunter", "score_threshold": 6.0, "selection": "best"},
        {"tin_path": True},
    ],
)
def test_what_is_explained_adds_up_to_what_was_counted(matching: dict[str, object]) -> None:
    scenario = tiny(
        {
            "population": {"size": 4000},
            "matching": matching,
            "disclosure": WITHHOLDING,
        }
    )
    told = _all(scenario)
    if scenario.matching.tin_path:
        assert {"number" in e.thresholds for e in told} == {False, True}
        assert all(("number" in e.thresholds) == (e.paper.tin != "") for e in told)
    kept_back = {c.withheld for e in told for c in e.candidates} - {""}
    assert kept_back, "something is withheld"
    assert kept_back <= {"known_status", "max_address_age", "shared_addresses", "review"}
    counts = run_replicate(scenario, 0)
    rule = decision(scenario.matching)
    cell = policy_cell(rule.grid, scenario.matching)
    at = SELECTIONS.index(scenario.matching.selection)
    values = counts.grid_values[at, :, cell]
    released = [c for e in told for c in e.candidates if c.released]
    assert len(released) == values[Quantity.LINKS]
    assert sum(not c.is_mate for c in released) == values[Quantity.WRONG_PERSON]
    assert sum(e.person.on_roll == "searched" for e in told) == values[Quantity.MATED]
    assert sum(len(e.candidates) for e in told) == counts.setting.candidate_pairs
    for step, quantity in LOST.items():
        assert sum(e.lost == step for e in told) == values[quantity], step


def test_contributions_add_up_and_candidates_come_best_first() -> None:
    scenario = tiny({"matching": {"decision_rule": "fellegi_sunter", "term_frequency": 1.0}})
    told = _all(scenario)
    compared = [c for e in told for c in e.candidates]
    assert compared
    for candidate in compared:
        assert sum(field.adds for field in candidate.fields) == candidate.score
        assert candidate.links == (candidate.score >= scenario.matching.score_threshold)
    for explanation in told:
        keys = [(c.released, c.links, c.rank) for c in explanation.candidates]
        assert keys == sorted(keys, reverse=True)


def test_the_persons_own_account_is_shown_though_it_was_no_candidate() -> None:
    told = [e for e in _all(tiny({"population": {"size": 4000}})) if e.lost == "rejected"]
    assert told
    for explanation in told:
        assert explanation.mate is not None
        assert not explanation.mate.compared
        assert not explanation.mate.released
        assert explanation.candidates == ()
        assert {field.field for field in explanation.mate.fields} >= {"given_name", "address"}


def test_fewer_shown_leaves_the_others_counted_and_the_outcome_as_it_was() -> None:
    scenario = tiny({"population": {"size": 4000}, "matching": {"address_threshold": "any"}})
    told = _all(scenario)
    most = max(told, key=lambda explanation: len(explanation.candidates))
    assert len(most.candidates) > 1
    few = explain_request(scenario, most.request, 0, limit=1, progress=quiet)
    assert few.candidates == most.candidates[:1]
    assert few.others == len(most.candidates) - 1
    assert (few.mate, few.lost, few.person) == (most.mate, most.lost, most.person)


def test_truth_changes_nothing_that_was_decided() -> None:
    """Show the same decisions whoever the accounts belong to: ``chosen`` sees no truth."""
    candidates = [_candidate(rank) for rank in (3, 8)]
    mated = [replace(candidate, is_mate=True) for candidate in candidates]
    part = MatchingPart(selection=Selection.BEST)
    ours, theirs = (np.array([c.released for c in chosen(x, part)]) for x in (candidates, mated))
    assert (ours == theirs).all()
