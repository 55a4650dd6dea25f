"""Every guardrail can be turned off and on in any scenario, and leaves the rest as it was."""

from pathlib import Path
from typing import Any

import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import ABLATABLE, SWITCHES, has_work, is_on, switched
from simulator.scenario.schema import Scenario

BARE: dict[str, Any] = {
    "matching": {"tin_name_check": "none"},
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
        "period_required": False,
        "statute_required": False,
        "reason_required": False,
    },
}


def test_every_guardrail_has_a_switch() -> None:
    assert set(ABLATABLE) == set(Guardrail) - {Guardrail.NONE}
    assert list(ABLATABLE) == sorted(ABLATABLE)
    assert len({switch.path for switch in SWITCHES.values()}) == len(SWITCHES)


@pytest.mark.parametrize("guardrail", ABLATABLE)
def test_turned_on_and_off_again_is_the_scenario_that_was(guardrail: Guardrail) -> None:
    bare = Scenario.model_validate(BARE)
    assert not is_on(bare, guardrail)
    on = switched(bare, guardrail, True)
    assert is_on(on, guardrail)
    assert [other for other in ABLATABLE if is_on(on, other)] == [guardrail]
    assert switched(on, guardrail, False) == bare
    assert switched(on, guardrail, True) is on
    assert switched(bare, guardrail, False) is bare


def test_the_baseline_has_what_the_law_asks_for_on() -> None:
    on = {guardrail for guardrail in ABLATABLE if is_on(Scenario(), guardrail)}
    assert on == {
        Guardrail.ADDRESS_REQUIRED,
        Guardrail.PLACEHOLDERS_REJECTED,
        Guardrail.ADDRESS_CHECK,
        Guardrail.PERIOD_REQUIRED,
        Guardrail.STATUTE_REQUIRED,
        Guardrail.REASON_REQUIRED,
        Guardrail.TIN_NAME_CHECK,
    }


@pytest.mark.parametrize(
    ("guardrail", "path", "value"),
    [
        (Guardrail.ADDRESS_CHECK, "guardrails.address_check", "deliverable"),
        (Guardrail.MIN_ORDER_AGE, "guardrails.min_order_age_days", 90),
        (Guardrail.MAX_REQUESTS_PER_ADDRESS, "guardrails.max_requests_per_address", 20),
        (Guardrail.BATCH_CAP, "guardrails.batch_cap", 500),  # of 10,000
        (Guardrail.CASES_PER_OFFICER, "recipient.cases_per_officer", 40),  # of 400 each
        (Guardrail.MAX_ADDRESS_AGE, "disclosure.max_address_age_years", 1),
        (Guardrail.KNOWN_STATUS, "disclosure.known_status.withheld", "citizens_and_residents"),
        (Guardrail.REVIEW, "disclosure.review.reviewed_share", 1.0),
        (Guardrail.TIN_NAME_CHECK, "matching.tin_name_check", "name_control"),
        (Guardrail.TIN_ADDRESS, "matching.tin_address_threshold", "building"),
        (Guardrail.LAST_FOUR, "matching.last_four_check", "if_present"),
        (Guardrail.BIRTH_DATE_COMPARED, "matching.birth_date_threshold", "exact"),
        (Guardrail.ITIN_ACCOUNTS_ONLY, "matching.accounts_searched", "itin"),
        (Guardrail.UNIQUE_ONLY, "matching.selection", "unique"),
        (Guardrail.NO_TRANSFER, "recipient.injunction", "no_transfer"),
        (Guardrail.COURT_ORDER, "guardrails.court_order.required", True),
    ],
)
def test_a_guardrail_is_turned_on_at_its_value(
    guardrail: Guardrail, path: str, value: object
) -> None:
    found: Any = switched(Scenario.model_validate(BARE), guardrail, True)
    for step in path.split("."):
        found = getattr(found, step)
    assert found == value


def test_a_guardrail_that_is_on_keeps_its_own_value() -> None:
    strict = Scenario.model_validate({"guardrails": {"address_check": "zip_proxy"}})
    assert switched(strict, Guardrail.ADDRESS_CHECK, True) is strict
    assert switched(strict, Guardrail.ADDRESS_CHECK, False).guardrails.address_check == "none"


def test_other_choices_of_a_field_are_not_the_guardrail() -> None:
    best = Scenario.model_validate(
        {"matching": {"selection": "best"}, "recipient": {"injunction": "no_use"}}
    )
    for guardrail in (Guardrail.UNIQUE_ONLY, Guardrail.NO_TRANSFER):
        assert not is_on(best, guardrail)
        assert switched(best, guardrail, False) is best
        assert is_on(switched(best, guardrail, True), guardrail)


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        (
            {"requests": {"birth_date_missing": 1.0}},
            {Guardrail.BIRTH_DATE_REQUIRED, Guardrail.BIRTH_DATE_COMPARED},
        ),
        ({"requests": {"tin_present": 0.0}}, {Guardrail.LAST_FOUR}),
        (
            {"requests": {"address_missing": 1.0, "address_placeholder": 0.0}},
            {Guardrail.ADDRESS_REQUIRED},
        ),
        ({"searched_roll": "voter"}, {Guardrail.LAST_FOUR, Guardrail.ITIN_ACCOUNTS_ONLY}),
        ({"searched_roll": "benefit"}, {Guardrail.ITIN_ACCOUNTS_ONLY}),
    ],
)
def test_what_the_scenario_leaves_nothing_to_work_on_stays_off(
    values: dict[str, Any], refused: set[Guardrail]
) -> None:
    scenario = Scenario.model_validate(BARE | values)
    off = {guardrail for guardrail in ABLATABLE if switched(scenario, guardrail, True) is scenario}
    assert off == refused


@pytest.mark.parametrize(
    ("values", "without_work"),
    [
        (
            {"requests": {"facility_given": 0.0}},
            {
                Guardrail.DETENTION_FACILITIES_REJECTED,
                Guardrail.TIN_NAME_CHECK,
                Guardrail.TIN_ADDRESS,
                Guardrail.JOINT_FILERS_SUPPRESSED,
                Guardrail.DEPENDANTS_SUPPRESSED,
            },
        ),
        (
            {
                "matching": {"tin_path": True},
                "disclosure": {"scope": "return_names"},
                "listing": {"detained_share": 0.1},
            },
            set(),
        ),
    ],
)
def test_a_guardrail_works_where_there_is_something_to_strike(
    values: dict[str, Any], without_work: set[Guardrail]
) -> None:
    scenario = Scenario.model_validate(values)
    assert {rail for rail in ABLATABLE if not has_work(scenario, rail)} == without_work


def test_the_documentation_states_what_is_not_merely_true() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ablation.md").read_text(encoding="utf-8")
    for guardrail, switch in SWITCHES.items():
        row = f"| `{guardrail.name.lower()}` | `{'.'.join(switch.path)}` | "
        assert (row in page) == (switch.on is not True)
