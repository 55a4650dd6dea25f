"""The models: documented throughout, frozen, strict, and their rules hold in Python too."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.reference.tables import origins
from simulator.scenario.documentation import as_markdown, field_documentation, json_schema
from simulator.scenario.fields import Part, parts
from simulator.scenario.schema import (
    AddressThreshold,
    ListingPart,
    MatchingPart,
    PopulationPart,
    RequestsPart,
    Scenario,
    TinShares,
)

ALL_PARTS = dict(parts(Scenario))
EVERY_ORIGIN = {
    name: 0.0
    for name, abroad in zip(origins().names, origins().foreign_born, strict=True)
    if abroad
}
NO_WEIGHT = "nationality_mix needs at least one positive weight"
LAWFUL_BUT_PROTECTED = (
    "native_born_citizen",
    "naturalised_citizen",
    "permanent_resident",
    "temporary_visa",
)


@pytest.mark.parametrize("path", ALL_PARTS)
def test_every_field_has_description_unit_and_source(path: tuple[str, ...]) -> None:
    for name, field in ALL_PARTS[path].model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict), name
        assert field.description, name
        assert field.description.endswith((".", "?")), name
        assert extra["unit"], name
        assert extra["source"], name


def test_marks_of_sources_are_the_four_of_the_vocabulary() -> None:
    for field in field_documentation():
        marks = set(re.findall(r"\[([a-z]+)\]", field.source))
        assert marks <= {"seen", "recalled", "computed", "assumption"}, field.path


def test_every_number_has_a_range() -> None:
    for field in field_documentation():
        assert field.allowed, field.path
        assert "number, any" not in field.allowed, field.path
        assert "or more" not in field.allowed or "list of" in field.allowed, field.path


def test_every_leaf_is_documented_once() -> None:
    def leaves(values: dict[str, Any], model: type[Part], path: str) -> list[str]:
        found = []
        for name, value in values.items():
            inner = model.model_fields[name].annotation
            if isinstance(inner, type) and issubclass(inner, Part):
                found += leaves(value, inner, f"{path}{name}.")
            else:
                found.append(f"{path}{name}")
        return found

    documented = [field.path for field in field_documentation()]
    assert documented == leaves(Scenario().model_dump(), Scenario, "")


def test_defaults_are_valid_and_stand_in_the_documentation() -> None:
    scenario = Scenario()
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    defaults = {field.path: field.default for field in field_documentation()}
    assert defaults["matching.name_threshold"] == 0.92
    assert defaults["disclosure.max_address_age_years"] is None
    assert defaults["matching.blocking"] == [[]]


def test_the_reference_page_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "scenario-fields.md"
    assert page.read_text(encoding="utf-8") == as_markdown(), (
        "refresh it: python -m simulator.scenario.documentation > docs/scenario-fields.md"
    )


def test_allowed_values_are_said_in_words() -> None:
    allowed = {field.path: field.allowed for field in field_documentation()}
    assert allowed["population.size"] == "whole number, 1,000 to 350,000,000"
    assert allowed["requests.nickname"] == "number, 0 to 1"
    assert allowed["matching.tin_path"] == "true or false"
    assert allowed["matching.selection"] == "all, best, unique, top"
    assert allowed["disclosure.max_address_age_years"] == "whole number, 0 to 50 or null"
    assert allowed["roll.years_since_filing"] == "list of 1 to 20: number, 0 to 1"
    assert allowed["title"] == "text of 1 to 200 characters"


def test_scenarios_are_frozen() -> None:
    scenario = Scenario()
    with pytest.raises(ValidationError, match="frozen"):
        scenario.seed = 1  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        scenario.matching.tin_path = True  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": True}, "valid integer"),
        ({"seed": 1.0}, "valid integer"),
        ({"confidence": "0.9"}, "valid number"),
        ({"confidence": True}, "valid number"),
        ({"confidence": float("nan")}, "finite"),
        ({"title": 5}, "valid string"),
        ({"matching": {"tin_path": 1}}, "valid boolean"),
        ({"matching": {"tin_path": "yes"}}, "valid boolean"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_nothing_is_converted_silently(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Scenario.model_validate(values)


def test_numpy_numbers_and_names_of_choices_are_accepted() -> None:
    part = MatchingPart.model_validate(
        {"name_threshold": np.float64(0.9), "address_threshold": "zip5", "blocking": [["zip3"]]}
    )
    assert part.name_threshold == 0.9
    assert part.address_threshold is AddressThreshold.ZIP5


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        (PopulationPart, {"lawful_statuses": ("protected", "protected")}, "a status twice"),
        (PopulationPart, {"lawful_statuses": ("unauthorized",)}, "cannot hold unauthorized"),
        (TinShares, {"ssn": 0.2}, "must sum to 1; they sum to 1.1"),
        (ListingPart, {"departed_share": 0.9, "wrongly_listed_share": 0.2}, "exceed 1"),
        (ListingPart, {"nationality_mix": {"mexco": 1.0}}, "unknown origin 'mexco'"),
        (ListingPart, {"nationality_mix": {"us_white": 1.0}}, "unknown origin 'us_white'"),
        (ListingPart, {"nationality_mix": {"mexico": 0.0}}, "at least one positive weight"),
        (MatchingPart, {"name_threshold": 0.925}, "multiple of 0.01"),
        (MatchingPart, {"street_similarity": 0.8801}, "multiple of 0.01"),
        (MatchingPart, {"name_address_path": False}, "nothing would match"),
        (MatchingPart, {"blocking": (("zip3", "zip3"),)}, "names a field twice"),
        (Scenario, {"population": {"size": 1000}}, "asks for 7,850 people"),
        (
            Scenario,
            {"requests": {"birth_date_missing": 1.0}, "guardrails": {"birth_date_required": True}},
            "guardrails.birth_date_required needs birth dates",
        ),
        (
            Scenario,
            {
                "requests": {"birth_date_missing": 1.0},
                "matching": {"birth_date_threshold": "year"},
            },
            "matching.birth_date_threshold needs birth dates",
        ),
        (
            Scenario,
            {"requests": {"address_missing": 1.0, "address_placeholder": 0.0}},
            "address_required needs addresses",
        ),
        (
            RequestsPart,
            {"address_missing": 0.6, "address_placeholder": 0.41},
            "address_missing and address_placeholder exceed 1 together",
        ),
        (
            RequestsPart,
            {"street_missing": 0.6, "number_missing": 0.41},
            "street_missing and number_missing exceed 1 together",
        ),
        (RequestsPart, {"address_missing": 1.0}, "exceed 1 together"),  # the default is 0.125
        (ListingPart, {"nationality_mix": EVERY_ORIGIN | {"other": 1.0}}, NO_WEIGHT),
        (ListingPart, {"nationality_mix": EVERY_ORIGIN}, NO_WEIGHT),
        (ListingPart, {"nationality_mix": {"mexico": 0.0, "other": 0.0}}, NO_WEIGHT),
        (
            Scenario,
            {"population": {"lawful_statuses": LAWFUL_BUT_PROTECTED}},
            (
                "listing.wrongly_listed_status gives protected a share, but "
                "population.lawful_statuses does not count it as lawful"
            ),
        ),
        (
            Scenario,
            {"population": {"lawful_statuses": ("permanent_resident", "protected")}},
            "listing.wrongly_listed_status gives native_born_citizen a share",
        ),
        (
            Scenario,
            {"requests": {"tin_present": 0.0}, "matching": {"tin_path": True}},
            "matching.tin_path needs numbers",
        ),
    ],
)
def test_rules_hold_for_scenarios_built_in_python(
    part: type[Part], values: dict[str, object], message: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        part.model_validate(values)


@pytest.mark.parametrize(
    ("part", "values"),
    [
        (RequestsPart, {"address_missing": 0.5, "address_placeholder": 0.5}),
        (RequestsPart, {"address_missing": 0.0, "address_placeholder": 1.0}),
        (ListingPart, {"nationality_mix": EVERY_ORIGIN | {"haiti": 1.0, "other": 1.0}}),
        (ListingPart, {"nationality_mix": {"mexico": 0.0, "other": 1.0}}),
        (
            Scenario,
            {
                "population": {"lawful_statuses": LAWFUL_BUT_PROTECTED},
                "listing": {"wrongly_listed_status": {"permanent_resident": 0.8, "protected": 0.0}},
            },
        ),
    ],
)
def test_rules_refuse_no_more_than_they_say(part: type[Part], values: dict[str, object]) -> None:
    assert part.model_validate(values).model_dump(include=set(values)).keys() == values.keys()


def test_every_step_of_a_hundredth_is_a_threshold() -> None:
    for step in range(80, 101):
        assert MatchingPart(name_threshold=step / 100).name_threshold == step / 100


def test_rules_read_fields_that_exist() -> None:
    for model in ALL_PARTS.values():
        for rule in model.rules():
            for read in rule.reads:
                inner: Any = model
                for step in read.split("."):
                    inner = inner.model_fields[step].annotation


def test_json_schema_names_every_field_and_extends() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == {"extends", *Scenario.model_fields}
    assert schema["additionalProperties"] is False
    matching = schema["$defs"]["MatchingPart"]["properties"]
    assert matching["name_threshold"]["minimum"] == 0.8
    assert matching["name_threshold"]["unit"] == "similarity, steps of 0.01"
