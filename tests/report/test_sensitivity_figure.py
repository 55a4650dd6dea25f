"""Figures of a sweep: drawn from stored tables alone, the same bytes, nothing executed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.measures.detail import Detail
from simulator.measures.quantities import Quantity
from simulator.report.results import ReportError
from simulator.report.sensitivity_figure import sensitivity_figures, write_figure
from simulator.report.varied import (
    measure_words,
    parameter_words,
    read_sweep,
    value_words,
    with_interval,
)
from simulator.scenario.schema import Scenario
from simulator.study.sensitivity_results import write_sensitivity
from simulator.study.variants import VariantCounts
from simulator.study.variation import variation
from tests.study.tiny import Values, tiny

MEASURES = ["false_discovery_rate", "over_disclosed_residents_per_1000_requests"]
TWO: Values = {
    "requests.surname_misspelt": {"values": [0.0, 0.1, 0.2, 0.3, 0.4], "source": "x"},
    "matching.selection": {"values": ["all", "best"], "source": "x"},
}
MANY: Values = TWO | {
    "matching.selection": {
        "values": [0.8, 0.84, 0.88, 0.92, 0.96],
        "source": "x",
    }
}
MANY["matching.name_threshold"] = MANY.pop("matching.selection")
RANGES: Values = {
    "requests.surname_misspelt": {"low": 0.0, "high": 0.1, "source": "x"},
    "listing.wrongly_listed_share": {"low": 0.0, "high": 0.1, "source": "x"},
}


def stored(directory: Path, parameters: Values, **vary: Any) -> Path:
    """Write the results of a sweep whose counts are made up."""
    part = {"replicates": 3, "measures": MEASURES, "parameters": parameters, **vary}
    scenario: Scenario = tiny({"title": "<b>A & B</b>", "vary": part})
    plan, rng = variation(scenario), np.random.default_rng(3)
    replicates = []
    for _ in range(3):
        quantities = np.zeros((len(plan.variants), len(Quantity), 1))
        for row, one in enumerate(plan.variants):
            rate = one.scenario.requests.surname_misspelt
            quantities[row, [Quantity.LINKS, Quantity.LINKED_REQUESTS, Quantity.REQUESTS], 0] = (
                500.0
            )
            quantities[row, Quantity.WRONG_PERSON, 0] = rng.binomial(500, 0.1 + 0.5 * rate)
            quantities[row, Quantity.EXPOSED, 0] = rng.binomial(500, 0.3 + 0.2 * rate)
        details = np.zeros((len(plan.variants), len(Detail)))
        replicates.append(VariantCounts(quantities, details, np.array([1000.0, 500.0])))
    directory.mkdir()
    write_sensitivity(scenario, plan, replicates, directory)
    return directory


@pytest.mark.parametrize(
    ("parameters", "vary", "names"),
    [
        (dict([next(iter(TWO.items()))]), {}, ["grid"]),
        (TWO, {}, ["grid", "tornado"]),
        (MANY, {}, ["grid", "tornado"]),
        (RANGES, {"design": "sobol", "base": 8}, ["tornado", "indices"]),
    ],
    ids=["one", "lines", "map", "sample"],
)
def test_figures_are_drawn_twice_with_the_same_bytes(
    parameters: Values, vary: Values, names: list[str], tmp_path: Path
) -> None:
    directory = stored(tmp_path / "sweep", parameters, **vary)
    assert [figure.name for figure in sensitivity_figures(directory)] == names
    drawn = []
    for _ in range(2):
        write_figure(directory)
        drawn.append({path.name: path.read_bytes() for path in (directory / "figures").iterdir()})
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {
        f"{name}.{kind}" for name in names for kind in ("svg", "pdf", "png", "csv")
    }
    for name in names:
        svg = drawn[0][f"{name}.svg"].decode("utf-8")
        assert "<b>" not in svg
        assert "&lt;b&gt;A &amp; B" in svg


def test_what_is_drawn_is_what_is_stored(tmp_path: Path) -> None:
    directory = stored(tmp_path / "sweep", TWO)
    grid, tornado = sensitivity_figures(directory)
    sweep = read_sweep(directory)
    cells = [row for row in sweep.variants if row["role"] == "grid"]
    assert len(grid.rows) == len(cells) == 10 * len(MEASURES)
    for row, cell in zip(grid.rows, cells, strict=True):
        factor = measure_words(cell["measure"]).factor
        assert row["estimate"] == pytest.approx(factor * float(cell["estimate"]))
    assert len(tornado.rows) == len(sweep.tornado)
    first = [row["label"] for row in tornado.rows[:2]]
    assert first == ["Surname misspelt (0 to 0.4)"] * 2, "what changes most stands above"


def test_words() -> None:
    assert measure_words("over_disclosed_residents_per_1000_requests").title == (
        "Over-disclosed residents, per 1,000 requests"
    )
    assert measure_words("recall").title == "Recall, %"
    assert measure_words("selectivity").unit == "ratio"
    paths = ("roll.given_misspelt", "requests.given_misspelt", "matching.tin_path")
    assert parameter_words("matching.tin_path", paths) == "Tin path"
    assert parameter_words("roll.given_misspelt", paths) == "roll.given misspelt"
    assert [value_words(value) for value in ("0.30000001", "best", "")] == ["0.3", "best", ""]


def test_results_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    directory = stored(tmp_path / "sweep", TWO)
    (directory / "tornado.csv").unlink()
    with pytest.raises(ReportError, match="no results of a sweep"):
        sensitivity_figures(directory)
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "sensitivity"
    (directory / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReportError, match="no results of a sweep"):
        read_sweep(directory)


def test_numbers_are_rounded_by_their_intervals_and_as_far_as_asked() -> None:
    assert with_interval(0.12345, 0.1, 0.2) == "0.12 (0.10 to 0.20)"
    assert with_interval(-0.00002, -0.0004, 0.0003, most_decimals=2) == "0.00 (0.00 to 0.00)"
    assert with_interval(float("nan"), 0.0, 1.0) == "not available"
