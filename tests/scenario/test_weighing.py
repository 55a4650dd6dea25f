"""Weights and scores that a scenario may not ask for, each refused in a sentence."""

import pytest
from pydantic import ValidationError

from simulator.scenario.schema import MatchingPart, Scenario


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"term_frequency": 0.5}, "term_frequency has no effect under decision_rule thresholds"),
        (
            {"term_frequency": 0.5, "decision_rule": "points"},
            "term_frequency has no effect under decision_rule points; it needs fellegi_sunter",
        ),
        (
            {"tin_threshold": "one_digit_off"},
            "tin_threshold: one_digit_off has no effect without tin_path",
        ),
        ({"weights_from": "em"}, "weights_from: em has no effect under decision_rule thresholds"),
        ({"weights_from": "oracle", "decision_rule": "points"}, "it needs fellegi_sunter"),
        (
            {"fields": {"tin": {"points": [100.5, 0, 0]}}},
            "less than or equal to 100",
        ),
        (
            {"fields": {"tin": {"m": [1e-10, 0.5, 0.5]}}},
            "m must be at least 1e-09 each, so that weights are finite",
        ),
    ],
)
def test_what_no_rule_could_use_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MatchingPart.model_validate(values)


@pytest.mark.parametrize("source", ["given", "oracle", "em"])
def test_a_rule_that_weighs_may_ask_for_either(source: str) -> None:
    values = {"decision_rule": "fellegi_sunter", "term_frequency": 1.0, "weights_from": source}
    assert MatchingPart.model_validate(values).weights_from == source


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"matching": {"tin_compared": True}}, "has no effect under matching.decision_rule"),
        (
            {"matching": {"tin_compared": True}, "matchers": ["screening"]},
            "has no effect under matching.decision_rule",
        ),
        (
            {
                "matching": {"tin_compared": True, "decision_rule": "points"},
                "requests": {"tin_present": 0.0},
            },
            "tin_compared needs numbers, but requests.tin_present is 0",
        ),
        ({"matchers": ["points", "splink", "points"]}, "matchers names points twice"),
    ],
)
def test_what_has_no_effect_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Scenario.model_validate(values)


def test_numbers_may_be_weighed_by_a_matcher_alone() -> None:
    values = {"matching": {"tin_compared": True}, "matchers": ["points"]}
    assert Scenario.model_validate(values).matching.tin_compared
