"""The paper: every figure and table, the numbers stored, sizes of print, the same bytes."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import pytest

from simulator.report.folder import read_folder
from simulator.report.latex import faults
from simulator.report.paper import FIGURES, LIBRARY, TABLES
from simulator.report.paper_flow import flow_nodes
from simulator.report.paper_set import Item, in_markdown, write_paper
from simulator.report.printed import MILLIMETRE, Printed, printed_specification
from simulator.report.rendering import svg_text
from simulator.report.results import read_results
from simulator.report.shapes import inline, layered
from simulator.report.stored import ReportError
from tests.report.papers import EXPOSED, PATHS, grid, write_all

NAMES = tuple(figure.name for figure in FIGURES)
PLANNED = {figure.name: figure for figure in FIGURES}


def heard(done: int, total: int) -> None:
    assert 0 <= done <= total


def written(results: Path) -> list[Item]:
    folders = sorted(path for path in results.iterdir() if (path / "manifest.json").exists())
    return write_paper(results, folders, progress=heard)


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Item]]:
    results = write_all(tmp_path_factory.mktemp("paper") / "results")
    return results, written(results)


def rows(made: tuple[Path, list[Item]], name: str) -> list[dict[str, str]]:
    with (made[0] / "paper" / "figures" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def drawn(made: tuple[Path, list[Item]], name: str) -> Printed:
    planned = PLANNED[name]
    return planned.draw(read_folder(made[0] / planned.source))


def test_at_least_ten_figures_and_eight_tables_are_made(made: tuple[Path, list[Item]]) -> None:
    results, items = made
    assert [item.reason for item in items if not item.made] == []
    found = files(results / "paper")
    expected = {f"figures/{name}.{end}" for name in NAMES for end in ("svg", "pdf", "png", "csv")}
    tables = [*(table.name for table in TABLES), LIBRARY]
    expected |= {f"tables/{name}.{end}" for name in tables for end in ("tex", "csv")}
    assert set(found) == expected | {"captions.md"}
    assert len(NAMES) >= 10
    assert len(tables) >= 8


def test_the_same_tables_give_the_same_bytes(made: tuple[Path, list[Item]], tmp_path: Path) -> None:
    again = tmp_path / "elsewhere"
    shutil.copytree(made[0], again)
    shutil.rmtree(again / "paper")
    written(again)
    assert files(again / "paper") == files(made[0] / "paper")


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_fits_its_column_and_says_all_it_has_to(
    made: tuple[Path, list[Item]], name: str
) -> None:
    svg = (made[0] / "paper" / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg[:600])
    assert size is not None
    figure = drawn(made, name)
    assert 0.55 * figure.width <= float(size[1]) / MILLIMETRE <= figure.width
    assert float(size[2]) / MILLIMETRE <= 230.0, "a page is no taller"
    for part in (figure.caption, figure.units, figure.intervals):
        assert part.endswith(".")
    assert "…</text>" not in svg, "a label was cut off"
    sizes = {float(found) for found in re.findall(r'font-size="([\d.]+)px"', svg)}
    assert min(sizes) >= 5.0
    assert "<script" not in svg


def test_a_label_that_is_cut_off_would_be_seen() -> None:
    rows = ({"label": "a label far longer than any axis has room for " * 3, "x": 1},)
    chart = layered([alt.Chart(inline(rows)).mark_point().encode(x="x:Q", y="label:N")])
    figure = Printed("A.", "B.", "C.", chart, rows)
    assert "…</text>" in svg_text(printed_specification(figure))


def test_origins_hold_the_stored_numbers(made: tuple[Path, list[Item]]) -> None:
    results = read_results(made[0] / "baseline", ())
    found = rows(made, "over_disclosure_by_origin")
    assert len(found) == len(results.groups(EXPOSED, "origin"))
    for row in found:
        stored = results.get(EXPOSED, row["group"])
        assert float(row["exposed"]) == stored.estimate
        assert float(row["exposed_high"]) == stored.ci_high
        ratio = results.get("disparity", row["group"])
        assert float(row["ratio"]) == ratio.estimate


def test_collateral_exposure_holds_the_stored_numbers(made: tuple[Path, list[Item]]) -> None:
    results = read_results(made[0] / "baseline", ())
    found = rows(made, "collateral_exposure")
    assert len(found) == 12
    for row in found:
        stored = results.get(row["measure"])
        at = [float(row[name]) for name in ("estimate", "estimate_low", "estimate_high")]
        assert at == [stored.estimate, stored.ci_low, stored.ci_high]


def test_the_map_holds_the_stored_numbers_and_frames_its_own_cell(
    made: tuple[Path, list[Item]],
) -> None:
    table = pd.read_parquet(made[0] / "baseline" / "thresholds.parquet")
    table = table[(table["measure"] == EXPOSED) & (table["selection"] == "all")]
    table = table[table["birth_date_threshold"] == "any"]
    stored = {
        (round(row["name_threshold"], 2), row["address_threshold"]): row["estimate"]
        for row in table.to_dict("records")
    }
    found = rows(made, "threshold_map")
    assert len(found) == 11 * 9
    for row in found:
        at = (float(row["name_threshold"]), row["address_threshold"])
        assert float(row["estimate"]) == pytest.approx(stored[at], rel=1e-6)
    [own] = [row for row in found if row["own"] == "True"]
    assert (own["name_threshold"], own["address_threshold"]) == ("0.92", "building")


def test_matchers_hold_the_stored_numbers_and_mark_one_point_each(
    made: tuple[Path, list[Item]],
) -> None:
    stored = pd.read_csv(made[0] / "matchers" / "matchers.csv")
    measure = "false_positive_identification_rate"
    values = set(stored[stored["measure"] == measure]["estimate"])
    found = rows(made, "det_by_matcher")
    assert all(float(row[measure]) in values for row in found)
    marked = [row["series"] for row in found if row["chosen"] == "True"]
    assert len(marked) == len(set(marked)) == 3


def test_the_flow_is_of_the_stored_fates_and_loses_nobody(made: tuple[Path, list[Item]]) -> None:
    results = read_results(made[0] / "baseline", ())
    nodes = flow_nodes(results)
    by_name = {node.name: node for node in nodes}
    for node in nodes:
        expected = 1000.0 * sum(results.get(measure).estimate for measure in node.measures)
        assert node.value == pytest.approx(expected)
    for source in ("On the list", "Heard", "Answered with an account"):
        into = sum(node.value for node in nodes if node.source == source)
        assert into == pytest.approx(by_name[source].value)
    assert {row["to"] for row in rows(made, "fate_flow")} == set(by_name)


def test_a_flow_whose_fates_do_not_add_up_is_refused(
    made: tuple[Path, list[Item]], tmp_path: Path
) -> None:
    results = read_results(made[0] / "baseline", ())
    lost = tuple(row for row in results.estimates if row.measure != "fate_nobody")
    kept = [row for row in results.estimates if row.measure == "fate_nobody"]
    halved = tuple(row.__class__(**{**vars(row), "estimate": row.estimate / 2.0}) for row in kept)
    broken = results.__class__(**{**vars(results), "estimates": lost + halved})
    with pytest.raises(ReportError, match="not to 1"):
        flow_nodes(broken)


def test_ablation_and_predictions_hold_the_stored_numbers(made: tuple[Path, list[Item]]) -> None:
    effects = pd.read_csv(made[0] / "baseline-ablation" / "ablation.csv")
    spared = effects[effects["measure"] == "residents_spared_per_1000_requests"]
    stored = dict(zip(spared["guardrail"], spared["estimate"], strict=True))
    for row in rows(made, "guardrail_ablation"):
        assert float(row["spared"]) == stored[row["guardrail"]]
    table = pd.read_csv(made[0] / "mou-2025-calibration" / "predictions.csv")
    shares = dict(zip(table["prediction"], table["estimate"], strict=True))
    for row in rows(made, "replay_2025"):
        assert float(row["estimate"]) == pytest.approx(100.0 * shares[row["prediction"]])


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("wrong_door_by_address_age", "vary-address-age"),
        ("list_error_against_false_match", "vary-list-errors"),
    ],
)
def test_a_sweep_holds_the_stored_grid_in_percent(
    made: tuple[Path, list[Item]], name: str, source: str
) -> None:
    table = pd.read_csv(made[0] / source / "variants.csv")
    points = table[(table["role"] == "grid") & (table["group"] == "all")]
    found = rows(made, name)
    assert len(found) == len(points) == 12
    drawn_numbers = sorted((row["measure"], float(row["estimate"])) for row in found)
    assert drawn_numbers == sorted(
        (row["measure"], 100.0 * row["estimate"]) for row in points.to_dict("records")
    )


def test_sensitivity_and_scaling_hold_the_stored_numbers(made: tuple[Path, list[Item]]) -> None:
    table = pd.read_csv(made[0] / "vary-assumptions" / "tornado.csv")
    found = [row for row in rows(made, "sensitivity") if row["panel"] == "tornado"]
    stored = {(row["parameter"], row["end"]): row for row in table.to_dict("records")}
    for row in found:
        difference = stored[row["parameter"], row["kind"]]["difference"]
        assert float(row["estimate"]) == pytest.approx(100.0 * difference)
    runs = pd.read_csv(made[0] / "scaling" / "scaling.csv")
    at = {(row["part"], row["people"]): row["estimate"] for row in runs.to_dict("records")}
    for row in rows(made, "scaling"):
        if row["kind"] != "nation":
            assert float(row["estimate"]) == at[row["part"], float(row["people"])]
    assert "same building" in drawn(made, "scaling").caption, "no link of it was seen"


def test_every_table_would_compile_and_holds_stored_numbers(made: tuple[Path, list[Item]]) -> None:
    tables = sorted((made[0] / "paper" / "tables").glob("*.tex"))
    assert len(tables) == len(TABLES) + 1
    for path in tables:
        text = path.read_text(encoding="utf-8")
        assert faults(text) == [], path.name
        assert "人" not in "".join(line for line in text.splitlines() if line[:1] != "%")
    results = read_results(made[0] / "baseline", ())
    with (made[0] / "paper" / "tables" / "headline.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            stored = results.get(row["measure"])
            assert float(row["estimate"]) == stored.estimate
            assert float(row["denominator"]) == stored.denominator


def test_the_library_has_a_line_for_every_run(made: tuple[Path, list[Item]]) -> None:
    with (made[0] / "paper" / "tables" / "library.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert {row["folder"] for row in found} == {"baseline", "matchers"}
    text = (made[0] / "paper" / "tables" / "library.tex").read_text(encoding="utf-8")
    assert r"R\&D: 100\% of \$5\_000 \#1 \{x\} \textasciitilde{}y" in text


def test_captions_say_units_intervals_and_source_of_everything(
    made: tuple[Path, list[Item]],
) -> None:
    text = (made[0] / "paper" / "captions.md").read_text(encoding="utf-8")
    entries = text.split("\n## ")[1:]
    assert len(entries) == len(made[1])
    for entry in entries:
        for part in ("Units: ", "Intervals: ", "Source: ", "Files: "):
            assert entry.count(f"\n{part}") == 1, entry
    assert "<script>" not in text
    assert in_markdown("<b> a_b\n*c*") == r"\<b\> a\_b \*c\*"


def test_what_is_missing_is_named_and_the_rest_is_made(
    made: tuple[Path, list[Item]], tmp_path: Path
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    shutil.copytree(made[0] / "matchers", results / "matchers")
    (results / "matchers" / "matchers.csv").unlink()
    shutil.copytree(made[0] / "vary-assumptions", results / "vary-assumptions-sensitivity")
    wrong = json.loads((made[0] / "scaling" / "manifest.json").read_text())
    shutil.copytree(made[0] / "scaling", results / "scaling")
    (results / "scaling" / "manifest.json").write_text(json.dumps(wrong | {"kind": "guess"}))
    items = {(item.what, item.name): item for item in written(results)}
    assert items["figure", "fate_flow"].reason == "no such results."
    assert "matchers.csv" in items["figure", "det_by_matcher"].reason
    assert "'guess' is no kind of results" in items["figure", "scaling"].reason
    assert items["figure", "sensitivity"].made
    text = (results / "paper" / "captions.md").read_text(encoding="utf-8")
    assert "## Not made" in text
    assert r"figure `fate_flow`, from baseline: no such results." in text


def test_nothing_is_put_in_place_where_nothing_can_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "captions.md").write_text("old")
    assert not any(item.made for item in written(tmp_path))
    assert files(tmp_path / "paper") == {"captions.md": b"old"}


def test_an_edited_table_is_not_drawn(made: tuple[Path, list[Item]], tmp_path: Path) -> None:
    folder = shutil.copytree(made[0] / "scaling", tmp_path / "scaling")
    path = folder / "scaling.csv"
    path.write_text(
        path.read_text().replace("fit,10000,100,household,2.0", "fit,10000,100,household,9.0")
    )
    with pytest.raises(ReportError, match=r"scaling\.csv is not the table"):
        PLANNED["scaling"].draw(read_folder(folder))


def test_a_grid_of_three_fields_is_refused(tmp_path: Path) -> None:
    measures = ("wrong_address_rate", "false_negative_identification_rate")
    folder = grid(tmp_path / "three", (f"{PATHS[0]},extra.one", PATHS[1]), measures)
    text = (folder / "variants.csv").read_text().replace("any age", "1,any age")
    changed: dict[str, Any] = {"variants.csv": text.replace(",new,", ",1,new,")}
    shutil.rmtree(folder)
    from tests.report.papers import write_folder

    write_folder(folder, "sensitivity", changed)
    with pytest.raises(ReportError, match="varies 3 fields"):
        PLANNED["wrong_door_by_address_age"].draw(read_folder(folder))


def test_what_was_drawn_before_leaves_no_trace(made: tuple[Path, list[Item]]) -> None:
    specification = printed_specification(drawn(made, "threshold_map"))
    first, second = svg_text(specification), svg_text(specification)
    assert "url(#gradient_0)" in first
    assert first == second
