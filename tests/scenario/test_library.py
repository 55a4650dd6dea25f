"""The scenarios that ship: valid, titled, and different from the baseline where they say so."""

from pathlib import Path

import pytest

from simulator.matching.external.extras import EXTRAS
from simulator.matching.external.splink_run import settings
from simulator.scenario.files import load_scenario
from simulator.scenario.schema import (
    AddressCheck,
    AddressThreshold,
    BirthDateThreshold,
    Matcher,
    Scenario,
)

LIBRARY = Path(__file__).parents[2] / "scenarios"


def library(name: str) -> Scenario:
    return load_scenario(LIBRARY / f"{name}.yaml")


def differences(name: str) -> dict[str, object]:
    """Return what the scenario ``name`` sets otherwise than the baseline, by dotted path."""

    def flat(values: dict[str, object], path: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in values.items():
            inner = flat(value, f"{path}{key}.") if isinstance(value, dict) else None
            found |= {f"{path}{key}": value} if inner is None else inner
        return found

    baseline = flat(library("baseline").model_dump(), "")
    texts = {"title", "question", "description"}
    return {
        path: value
        for path, value in flat(library(name).model_dump(), "").items()
        if baseline[path] != value and path not in texts
    }


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_is_valid_and_says_what_it_is_for(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.title != Scenario().title
    assert scenario.question.endswith("?")
    assert "expect" in scenario.description


def test_the_baseline_is_the_default_but_for_its_texts() -> None:
    texts = {"title": "x", "question": "", "description": ""}
    assert library("baseline").model_copy(update=texts) == Scenario(title="x")


def test_the_baseline_is_the_law_as_written() -> None:
    scenario = library("baseline")
    assert scenario.guardrails.address_required
    assert scenario.guardrails.address_check is AddressCheck.DELIVERABLE
    assert scenario.population.size == 1_000_000
    assert (scenario.listing.requests, scenario.replicates) == (10_000, 20)


def test_name_only_compares_no_address_and_rejects_none() -> None:
    assert differences("name-only") == {
        "matching.address_threshold": AddressThreshold.ANY,
        "guardrails.address_required": False,
        "guardrails.address_check": AddressCheck.NONE,
        "guardrails.placeholders_rejected": False,
    }


def test_strict_asks_for_exact_agreement() -> None:
    assert differences("strict") == {
        "matching.name_threshold": 1.0,
        "matching.street_similarity": 1.0,
        "matching.address_threshold": AddressThreshold.EXACT,
        "matching.birth_date_threshold": BirthDateThreshold.EXACT,
        "guardrails.birth_date_required": True,
    }


def test_smoke_is_the_baseline_in_small() -> None:
    assert differences("smoke") == {
        "population.size": 10_000,
        "listing.requests": 200,
        "replicates": 3,
    }


def test_thresholds_lets_any_address_agree_on_a_fifth_of_the_people() -> None:
    assert differences("thresholds") == {
        "population.size": 200_000,
        "listing.requests": 4_000,
        "replicates": 10,
        "matching.name_threshold": 0.88,
        "matching.address_threshold": AddressThreshold.ANY,
    }


def test_matchers_need_nothing_that_a_plain_install_lacks() -> None:
    scenario = library("matchers")
    assert not set(scenario.matchers) & set(EXTRAS)
    assert differences("matchers") == {
        "population.size": 100_000,
        "listing.requests": 2_000,
        "replicates": 4,
        "matching.blocking": (("zip5",), ("birth_date",), ("surname", "state")),
        "matchers": scenario.matchers,
    }


def test_splink_stands_beside_the_matchers_on_the_same_records() -> None:
    splink, plain = library("matchers-splink"), library("matchers")
    assert {Matcher.SPLINK, Matcher.SPLINK_EM} < set(splink.matchers)
    texts = {name: getattr(plain, name) for name in ("title", "question", "description")}
    assert splink.model_copy(update={**texts, "matchers": plain.matchers}) == plain
    settings(splink.matching)  # raises where SQL cannot say what the scenario asks for


@pytest.mark.parametrize("name", ["voter-roll", "benefit-roll"])
def test_other_rolls_are_searched_by_name_and_birth_date_with_the_same_list(name: str) -> None:
    changed = differences(name)
    assert changed["searched_roll"] == name.removesuffix("-roll")
    assert changed["matching.birth_date_threshold"] is BirthDateThreshold.EXACT
    assert not [path for path in changed if path.startswith(("listing", "requests", "population"))]
