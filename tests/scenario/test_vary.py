"""What a scenario may vary, and every way of getting it wrong."""

from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.files import ScenarioError, load_scenario, load_with_notes
from simulator.scenario.schema import Scenario
from simulator.scenario.vary import MOST_VARIANTS

GRID = """vary:
  parameters:
    {path}: {{values: {values}, source: why not}}
"""
RANGE = """vary:
  design: sobol
  parameters:
    {path}: {{{ends}, source: why not}}
"""


def written(directory: Path, text: str) -> Path:
    path = directory / "s.yaml"
    path.write_text(f"title: x\n{text}", encoding="utf-8")
    return path


def grid(path: str, values: str) -> str:
    return GRID.format(path=path, values=values)


def ranged(path: str, ends: str) -> str:
    return RANGE.format(path=path, ends=ends)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("matching.name_threshold", "[0.8, 0.9]"),
        ("matching.selection", "[all, best]"),
        ("matching.tin_path", "[true, false]"),
        ("disclosure.max_address_age_years", "[null, 0, 3]"),
        ("requests.years_since_address", "[[1.0], [0.0, 1.0]]"),
        ("listing.requests", "[100, 200]"),
    ],
)
def test_a_grid_takes_whatever_a_field_holds(path: str, values: str, tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, grid(path, values)))
    assert scenario.vary.count == len(scenario.vary.parameters[path].values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (grid("matching.no_such", "[1]"), "is no field that holds a value"),
        (grid("matching", "[1]"), "is no field that holds a value"),
        (grid("seed", "[1, 2]"), "cannot be varied"),
        (grid("vary.base", "[8, 16]"), "cannot be varied"),
        (grid("matching.selection", "[all, worst]"), "matching.selection cannot be 'worst'"),
        (grid("matching.tin_path", "[1]"), "matching.tin_path cannot be 1"),
        (grid("listing.requests", "[0.5]"), "listing.requests cannot be 0.5"),
        (grid("requests.stale_address", "[1.5]"), "requests.stale_address cannot be 1.5"),
        (grid("requests.stale_address", "[0.1, 0.1]"), "holds the same twice"),
        (grid("requests.stale_address", "[]"), "design grid needs values"),
        (grid("requests.stale_address", "[0.1], labels: [a, b]"), "need as many labels"),
        (grid("requests.stale_address", "[0.1], low: 0.0"), "are of design sobol"),
        (ranged("requests.stale_address", "values: [0.1]"), "are of design grid"),
        (ranged("requests.stale_address", "low: 0.1"), "needs low and high"),
        (ranged("requests.stale_address", "low: 0.2, high: 0.1"), "low must be less than high"),
        (ranged("requests.stale_address", "low: 0.0, high: 0.1, log: true"), "log needs low"),
        (ranged("requests.stale_address", "low: 0.0, high: 1.1"), "allows 0 to 1; got 1.1"),
        (ranged("matching.tin_path", "low: 0.0, high: 1.0"), "is no field that holds one number"),
        (ranged("matching.selection", "low: 0.0, high: 1.0"), "is no field that holds one number"),
        ("vary: {design: sobol, base: 12}", "base must be a power of two, such as 8 or 16"),
        ("vary: {design: sobol, replicates: 2}", "needs at least 3 replicates"),
        ("vary: {measures: [recall, recall]}", "names 'recall' twice"),
    ],
)
def test_what_cannot_be_varied_is_said_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as error:
        load_scenario(written(tmp_path, text))
    assert said in str(error.value)
    assert "s.yaml:" in str(error.value)


def test_more_variants_than_can_be_run_are_refused(tmp_path: Path) -> None:
    values = [round(0.001 * k, 3) for k in range(50)]
    parameters = {
        path: {"values": values, "source": "x"}
        for path in ("requests.stale_address", "requests.surname_misspelt")
    }
    with pytest.raises(ScenarioError, match=f"2,500 variants .50 x 50.; at most {MOST_VARIANTS:,}"):
        load_scenario(written(tmp_path, f"vary: {{parameters: {parameters}}}"))


def test_every_parameter_says_why(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="source"):
        load_scenario(
            written(tmp_path, "vary: {parameters: {requests.stale_address: {values: [0.1]}}}")
        )


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("vary: {by_group: true}", "vary.by_group"),
        (grid("requests.stale_address", "[0.1]") + "  base: 16\n", "vary.base"),
    ],
)
def test_what_is_set_for_nothing_is_told(text: str, field: str, tmp_path: Path) -> None:
    _, notes = load_with_notes(written(tmp_path, text))
    assert [str(note).split("note: ")[1].split(" has")[0] for note in notes] == [field]


def test_a_scenario_read_back_from_a_manifest_varies_the_same() -> None:
    values: Any = [None, True, 1, 0.5, "text", [0.5, 0.5]]
    part = {
        "parameters": {"disclosure.max_address_age_years": {"values": [None, 3], "source": "x"}}
    }
    scenario = Scenario.model_validate({"vary": part})
    again = Scenario.model_validate_json(scenario.model_dump_json())
    assert again.vary == scenario.vary
    varied = type(scenario.vary.parameters["disclosure.max_address_age_years"])
    one = varied.model_validate({"values": values, "source": "x"})
    assert repr(varied.model_validate_json(one.model_dump_json())) == repr(one)
