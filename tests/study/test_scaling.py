"""A scaling from plan to tables: sizes, attribution that adds up, remaking, what cannot be used."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.measures.detail import Detail
from simulator.measures.scaling import Part
from simulator.report.scaled import read_scaling, span
from simulator.report.scaling_figure import scaling_figure, write_figure
from simulator.report.stored import ReportError
from simulator.scenario.schema import Scenario
from simulator.study.executors import SerialExecutor
from simulator.study.kind import Kind
from simulator.study.replicate import run_replicate
from simulator.study.scaled_worlds import WorldCounts, count_world
from simulator.study.scaling import remake, scale_scenario, scaled_worlds
from simulator.study.scaling_plan import Cell, Plan, ScalingError, checked, plan_from, sized
from simulator.study.scaling_results import (
    CHECK,
    EXTRAPOLATION,
    LAW,
    LINEAR,
    NATION,
    SCALING,
    Scaled,
    write_scaling,
)
from tests.study.tiny import manifest, merged, quiet, tiny

BY_NAME: Mapping[str, Any] = {
    "matching": {"address_threshold": "any", "name_threshold": 0.88},
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
    },
}
SMALL = Plan(sizes=(2_000, 4_000), densities=(0.02,), replicates=2)


def by_name(change: Mapping[str, Any] | None = None) -> Scenario:
    return tiny(merged(BY_NAME, change or {}))


@pytest.mark.parametrize("selection", ["all", "unique"])
def test_parts_add_up_to_the_wrong_links_of_a_run(selection: str) -> None:
    size = {"population": {"size": 20_000}, "listing": {"requests": 200}}
    scenario = by_name({**size, "matching": {"selection": selection}})
    world = count_world(scenario, 1)
    run = run_replicate(scenario, 1).details
    assert world.wrong.sum() == run[Detail.LINKS_WRONG_PERSON]
    assert world.wrong.sum() > 0
    assert world.requests == run[Detail.REQUESTS]
    assert world.wrong[Part.NUMBER] == 0.0


def made_up(plan: Plan, *, check: bool = True, factor: float = 1.0) -> Scaled:
    """Return worlds whose households give 4 per 1,000 requests, chance 3 per million people."""
    rng = np.random.default_rng(7)

    def one(cell: Cell, times: float = 1.0) -> WorldCounts:
        requests = float(cell.requests)
        chance = rng.poisson(requests * 3e-6 * cell.people * times)
        wrong = np.array([rng.poisson(requests * 0.004), 0, 0, chance // 10, chance - chance // 10])
        full = min(1.0, cell.people / 4e5)
        people = float(cell.people)
        reach = np.array([1.0, people, full, 28_000.0 * full, people])
        return WorldCounts(cell.requests, wrong.astype(float), reach)

    worlds = tuple(tuple(one(cell) for cell in plan.cells()) for _ in range(plan.replicates))
    larger = plan.check_cell()
    more = () if larger is None or not check else (one(larger, factor),) * 1
    return Scaled(plan.cells(), worlds, more)


def written(directory: Path, plan: Plan, **options: Any) -> dict[str, pd.DataFrame]:
    directory.mkdir()
    write_scaling(by_name(), plan, made_up(plan, **options), directory)
    return {name: pd.read_csv(directory / name) for name in (SCALING, LAW, EXTRAPOLATION)}


def foretold(table: pd.DataFrame, target: str, part: str) -> pd.Series:
    rows = table[(table["target"] == target) & (table["part"] == part) & (table["model"] == LINEAR)]
    return rows.iloc[0]


def test_the_nation_is_foretold_part_by_part(tmp_path: Path) -> None:
    tables = written(tmp_path / "a", Plan())
    nation = tables[EXTRAPOLATION]
    household, chance = (foretold(nation, NATION, part) for part in ("household", "coincidence"))
    assert household["ci_low"] < 4.0 < household["ci_high"]
    assert chance["ci_low"] < 3e-6 * 3.3e8 * 1000.0 < chance["ci_high"]
    assert chance["wrong_links"] == pytest.approx(chance["estimate"] * 1280.0, rel=1e-6)
    parts = [foretold(nation, NATION, part) for part in ("household", "building", "coincidence")]
    whole = foretold(nation, NATION, "total")
    assert whole["estimate"] == pytest.approx(sum(part["estimate"] for part in parts), rel=1e-6)
    laws = tables[LAW].set_index("part")
    assert laws.loc["number", "note"] == "closed to the rule"
    assert laws.loc["building", "note"] == "none seen"
    assert laws.loc["coincidence", "slope_per_1000"] == pytest.approx(3000.0, rel=0.1)
    seen = tables[SCALING]
    assert list(dict.fromkeys(seen["people"])) == list(Plan().sizes)
    assert seen[seen["part"] == "coincidence"]["closed_form"].notna().all()
    assert (tmp_path / "a" / "manifest.json").exists()
    assert manifest(tmp_path / "a")["kind"] == Kind.SCALING


@pytest.mark.parametrize(("factor", "held"), [(1.0, "yes"), (1.5, "no")])
def test_the_check_says_whether_a_larger_world_came_out_as_foretold(
    tmp_path: Path, factor: float, held: str
) -> None:
    tables = written(tmp_path / "a", Plan(check=4_000_000, check_replicates=1), factor=factor)
    assert foretold(tables[EXTRAPOLATION], CHECK, "coincidence")["held"] == held
    assert (tables[SCALING]["role"] == "check").sum() == 6


def test_a_scaling_is_made_again_from_its_manifest_byte_for_byte(tmp_path: Path) -> None:
    scenario, plan = by_name(), Plan(**{**vars(SMALL), "check": 6_000, "check_replicates": 1})
    first, again = tmp_path / "first", tmp_path / "again"
    scale_scenario(scenario, plan, first, workers=1, progress=quiet, finish=write_figure)
    again.mkdir()
    remake(json.loads((first / "manifest.json").read_text()), again, workers=1, progress=quiet)
    for name in (SCALING, LAW, EXTRAPOLATION, "manifest.json"):
        assert (first / name).read_bytes() == (again / name).read_bytes()
    assert sorted(path.name for path in (first / "figures").iterdir()) == [
        "scaling.csv",
        "scaling.pdf",
        "scaling.png",
        "scaling.svg",
    ]


def test_worlds_of_the_check_are_of_numbers_that_the_fit_has_not_seen() -> None:
    plan = Plan(**{**vars(SMALL), "check": 6_000, "check_replicates": 1})
    done: list[tuple[int, int]] = []
    scaled = scaled_worlds(
        by_name(),
        plan,
        SerialExecutor(),
        progress=lambda now, whole: done.append((now, whole)),
    )
    cell = plan.check_cell()
    assert cell is not None
    alone = count_world(sized(by_name(), cell), plan.replicates)
    assert np.array_equal(scaled.check[0].wrong, alone.wrong)
    assert done[-1][0] == done[-1][1]
    assert [now for now, _ in done] == sorted(now for now, _ in done)


def test_plans_are_stored_and_read_back() -> None:
    plan = Plan(check=3_000_000)
    assert plan_from(json.loads(json.dumps(plan.as_json()))) == plan


@pytest.mark.parametrize(
    ("plan", "change", "said"),
    [
        ({"sizes": (100_000,)}, {}, "--sizes needs two sizes"),
        ({"sizes": (100_000, 150_000)}, {}, "the largest twice the smallest"),
        ({"sizes": (0, 150_000)}, {}, "--sizes must be at least 1, not 0"),
        ({"densities": (0.5,)}, {}, "--densities must lie above 0"),
        ({"sizes": (1_000, 2_000)}, {}, "1,000 people at density 0.004 make 4 requests"),
        ({"people": 5_000}, {}, "--people must be larger than every size"),
        ({"check": 800_000}, {}, "--check must be larger than every size that is fitted (800,000)"),
        ({"requests": 0}, {}, "--requests must be at least 1"),
        ({}, {"guardrails": {"batch_cap": 10}}, "guardrails.batch_cap does not grow with the list"),
    ],
)
def test_what_cannot_be_scaled_is_refused_in_a_sentence(
    plan: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScalingError) as error:
        checked(Plan(**plan), tiny(change))
    assert said in str(error.value)


def test_sizes_are_put_in_order_once_each() -> None:
    plan = Plan(sizes=(400_000, 100_000, 400_000))
    assert checked(plan, tiny()).sizes == (100_000, 400_000)


def test_the_figure_shows_what_was_seen_and_no_more(tmp_path: Path) -> None:
    written(tmp_path / "a", Plan(check=4_000_000))
    figure = scaling_figure(read_scaling(tmp_path / "a"))
    assert {row["part"] for row in figure.rows} == {
        "Same household",
        "Same ZIP",
        "By chance, anywhere",
    }
    assert {row["kind"] for row in figure.rows} == {"fit", "check", "nation", "law"}
    assert "330,000,000 people" in figure.caption


def test_stored_tables_that_are_broken_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a", Plan())
    (tmp_path / "a" / LAW).write_text("part,events\nzip,3\n", encoding="utf-8")
    with pytest.raises(ReportError, match=r"laws\.csv:2: a column is missing"):
        read_scaling(tmp_path / "a")
    (tmp_path / "a" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ReportError, match="holds no scaling"):
        read_scaling(tmp_path / "a")


def test_numbers_in_the_thousands_are_rounded_by_their_interval() -> None:
    assert span(983_516.4, 711_584.2, 1_255_448.0) == "984,000 (712,000 to 1,255,000)"
    assert span(204.2, 100.1, 309.4) == "204 (100 to 309)"
    assert span(0.0, 0.0, 7.32) == "none seen (at most 7.32)"
