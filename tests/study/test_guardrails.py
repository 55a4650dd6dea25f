"""Turning a guardrail on in a whole run only takes links away, and takes some away."""

from functools import cache

import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import ABLATABLE, is_on, switched
from simulator.measures.quantities import ALL_LINKS, Quantity, ReplicateCounts
from simulator.scenario.schema import Scenario
from simulator.study.replicate import run_replicate
from tests.study.tiny import Values, merged

# Everybody matches much, numbers are borrowed and wrong, and nothing is guarded.
OPEN: Values = {
    "replicates": 1,
    "population": {"size": 6000},
    "roll": {
        "unauthorized_tin": {
            "ssn": 0.0,
            "itin": 0.5,
            "borrowed_ssn": 0.5,
            "invalid_ssn": 0.0,
            "none": 0.0,
        },
        "unit_missing": 0.5,
    },
    "listing": {
        "requests": 300,
        "wrongly_listed_share": 0.5,
        "detained_share": 0.3,
        "facilities": 2,
    },
    "requests": {
        "tin_present": 0.5,
        "tin_borrowed": 0.3,
        "tin_wrong": 0.3,
        "wrong_tin_is_somebodys": 1.0,
        "birth_date_missing": 0.2,
        "facility_given": 1.0,
        "grounds": dict.fromkeys(
            ("period_present", "statute_present", "reason_present", "officer_named"), 0.5
        ),
    },
    "matching": {
        "name_threshold": 0.8,
        "address_threshold": "any",
        "tin_path": True,
        "tin_name_check": "none",
    },
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
        "period_required": False,
        "statute_required": False,
        "reason_required": False,
    },
}
# Numbers are checked beside names only where requests that carry one are matched by name.
BY_NAME: Values = merged(OPEN, {"matching": {"tin_path": False}})
# What is moved along the grid, or bears on what a link reveals, takes no link from the grid.
ELSEWHERE = {
    Guardrail.BIRTH_DATE_COMPARED,
    Guardrail.JOINT_FILERS_SUPPRESSED,
    Guardrail.DEPENDANTS_SUPPRESSED,
    Guardrail.UNIQUE_ONLY,
}


@cache
def unguarded(by_name: bool) -> tuple[Scenario, ReplicateCounts]:
    scenario = Scenario.model_validate(BY_NAME if by_name else OPEN)
    return scenario, run_replicate(scenario, 0)


@pytest.mark.parametrize("guardrail", [g for g in ABLATABLE if g not in ELSEWHERE])
def test_a_guardrail_only_takes_links_away(guardrail: Guardrail) -> None:
    off, before = unguarded(guardrail == Guardrail.LAST_FOUR)
    assert not is_on(off, guardrail)
    after = run_replicate(switched(off, guardrail, True), 0)
    links, kept = (counts.grid_values[ALL_LINKS, Quantity.LINKS] for counts in (before, after))
    assert (kept <= links).all()
    assert kept.sum() < links.sum()
