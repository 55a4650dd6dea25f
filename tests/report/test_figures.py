"""Figures: the numbers drawn are the numbers stored, and the files are the same every time."""

import csv
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulator.report.error_figures import matcher_table, weights
from simulator.report.error_shapes import deviate, seen
from simulator.report.figures import all_figures
from simulator.report.pdf import canonical_pdf
from simulator.report.rendering import svg_text
from simulator.report.results import read_results
from simulator.report.shapes import MOST_CUTS, THRESHOLD_PANELS, thinned
from simulator.report.stored import ReportError, Weight
from simulator.report.wording import LOST
from simulator.report.write import write_report
from simulator.scenario.schema import AddressThreshold, BirthDateThreshold, Scenario

NAMES = (
    "collateral",
    "error_tradeoff",
    "fates",
    "lost",
    "over_disclosure",
    "precision_recall",
    "thresholds",
)
SOMETIMES = ("matchers", "weights")
FALSE_ALARM, MISSED = "false_positive_identification_rate", "false_negative_identification_rate"


def _rows(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / "figures" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_figure_comes_as_picture_and_table(report_directory: Path) -> None:
    found = sorted(path.name for path in (report_directory / "figures").iterdir())
    assert found == sorted(f"{n}.{kind}" for n in NAMES for kind in ("csv", "pdf", "png", "svg"))


@pytest.mark.parametrize("name", ["over_disclosure", "collateral"])
def test_the_csv_behind_a_figure_equals_the_estimates(report_directory: Path, name: str) -> None:
    results = read_results(report_directory)
    rows = _rows(report_directory, name)
    assert rows
    for row in rows:
        stored = results.get(row["measure"], row["group"])
        numbers = [float(row[column]) for column in ("estimate", "ci_low", "ci_high")]
        assert numbers == [stored.estimate, stored.ci_low, stored.ci_high]


def test_the_fates_behind_the_figure_are_per_thousand(report_directory: Path) -> None:
    results = read_results(report_directory)
    rows = _rows(report_directory, "fates")
    assert sum(float(row["estimate"]) for row in rows) == pytest.approx(1000.0)
    for row in rows:
        assert float(row["estimate"]) == 1000.0 * results.get(row["measure"]).estimate


def test_the_threshold_figure_shows_the_scenarios_own_rule(report_directory: Path) -> None:
    results = read_results(report_directory)
    stored = {
        (row.measure, row.cut): row.estimate
        for row in results.thresholds
        if row.policy == "all"
        and row.address_threshold == "building"
        and row.measure in THRESHOLD_PANELS
    }
    rows = _rows(report_directory, "thresholds")
    drawn = {(r["measure"], float(r["name_threshold"])): float(r["estimate"]) for r in rows}
    assert drawn == stored
    assert len(drawn) == 42


def test_a_score_stands_on_the_axis_of_rules_that_score(scored_directory: Path) -> None:
    results = read_results(scored_directory)
    rows = _rows(scored_directory, "thresholds")
    assert {row["score_threshold"] for row in rows} >= {"12.0"}
    stored = {(row.measure, row.policy, row.cut): row.estimate for row in results.thresholds}
    for row in rows:
        at = (row["measure"], row["selection"], float(row["score_threshold"]))
        assert float(row["estimate"]) == stored[at]
    found = sorted({path.stem for path in (scored_directory / "figures").iterdir()})
    assert found == sorted((*NAMES, *SOMETIMES))


def test_scores_are_thinned_evenly_with_the_scenarios_own_kept(scored_directory: Path) -> None:
    results = read_results(scored_directory)
    for own in (12.0, -29.75, 45.0):
        cuts = sorted({row.cut for row in thinned(results.thresholds, own)})
        assert own in cuts
        assert len(cuts) <= MOST_CUTS
        assert len({round(b - a, 6) for a, b in pairwise(cuts)}) == 1


@pytest.mark.parametrize("name", ["error_tradeoff", "precision_recall"])
def test_curves_hold_the_stored_errors_of_every_line(report_directory: Path, name: str) -> None:
    results = read_results(report_directory)
    rows = _rows(report_directory, name)
    assert len(rows) == 9 * 21
    assert len({row["series"] for row in rows}) == 9
    stored = {(row.measure, row.estimate) for row in results.thresholds if row.policy == "all"}
    measures = (FALSE_ALARM, MISSED) if name == "error_tradeoff" else ("recall", "precision")
    for row in rows:
        assert all((measure, float(row[measure])) in stored for measure in measures)
    [own] = [row for row in rows if row["operating"] == "True"]
    assert (own["series"], own["cut"]) == ("Same building", "0.92")


def test_only_the_scenarios_birth_date_threshold_is_read(fabricate: Callable[..., Path]) -> None:
    matching = Scenario().matching.model_dump(mode="json") | {"birth_date_threshold": "exact"}
    exact = read_results(fabricate("exact", scenario={"matching": matching})).thresholds
    anything = read_results(fabricate("any")).thresholds
    assert len(exact) == len(anything) == 5 * 4 * 9 * 21
    assert all(
        a.estimate < b.estimate
        for a, b in zip(exact, anything, strict=True)
        if a.measure == "false_discovery_rate"
    )


def test_what_is_lost_adds_up_to_what_is_missed(report_directory: Path) -> None:
    results = read_results(report_directory)
    rows = _rows(report_directory, "lost")
    own = [float(row["estimate"]) for row in rows if row["selection"] == "all"]
    assert len(own) == len(LOST)
    assert sum(own) == pytest.approx(1000.0 * results.get(MISSED).estimate)
    assert {row["seen"] for row in rows} == {"seen", "none seen"}


def test_deviates_leave_out_what_has_none() -> None:
    assert deviate(0.5) == pytest.approx(0.0)
    assert deviate(0.975) == pytest.approx(1.959964)
    assert [deviate(share) for share in (0.0, 1.0, 1e-9, None)] == [None] * 4


def test_each_matcher_stands_at_a_threshold_with_no_more_false_alarms(
    scored_directory: Path,
) -> None:
    results = read_results(scored_directory)
    table = matcher_table(results)
    assert table is not None
    names = [row[0] for row in table.rows]
    assert names == ["Match weights as given", "Splink, its own EM", "Ours Own", "List screening"]
    allowed = results.get(FALSE_ALARM).estimate
    for matcher, row in zip(("fellegi_sunter_given", "splink_em"), table.rows, strict=False):
        cuts = {
            r.cut: r.estimate
            for r in results.matchers
            if (r.matcher, r.measure, r.policy) == (matcher, FALSE_ALARM, "all")
        }
        loosest = min(cut for cut, estimate in cuts.items() if estimate <= allowed)
        assert float(row[1]) == loosest
    assert table.rows[3][1] == "none so strict"
    assert matcher_table(replace(results, matchers=())) is None


def test_weights_that_em_did_not_settle_on_are_said_to_be_so(scored_directory: Path) -> None:
    results = read_results(scored_directory)
    unsettled = [replace(weight, source="em, not converged") for weight in results.weights]
    settled = weights(results)
    warned = weights(replace(results, weights=tuple(unsettled)))
    assert settled is not None
    assert warned is not None
    assert "did not converge" not in settled.caption
    assert "did not converge" in warned.caption


def test_two_renderings_are_identical(report_directory: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.mkdir()
    for path in report_directory.iterdir():
        if path.suffix in {".json", ".csv", ".parquet"}:
            shutil.copy(path, again)
    write_report(again)
    for path in sorted(report_directory.rglob("*.*")):
        copy = again / path.relative_to(report_directory)
        assert copy.read_bytes() == path.read_bytes(), path.name
    assert not list(again.rglob(".*"))


@pytest.mark.parametrize("name", NAMES)
def test_pictures_carry_no_date_and_their_own_font(report_directory: Path, name: str) -> None:
    pdf = (report_directory / "figures" / f"{name}.pdf").read_bytes()
    svg = (report_directory / "figures" / f"{name}.svg").read_text()
    assert b"Date" not in pdf
    assert b"OvermatchSans-Regular" in pdf
    assert "font-family:'Overmatch Sans'" in svg
    assert "http://" not in svg.replace("http://www.w3.org/", "")


def test_large_numbers_on_an_axis_are_written_out(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    large = [(*row[:4], *(100.0 * number for number in row[4:8]), *row[8:]) for row in rows]
    results = read_results(fabricate(estimates=large))
    figures = {figure.name: figure for figure in all_figures(results)}
    for name in ("over_disclosure", "collateral"):
        drawn = svg_text(figures[name].file_specification(results))
        assert ">1,000<" in drawn, name
        assert "e+" not in drawn, name


def test_markup_in_a_title_is_drawn_as_text(report_directory: Path) -> None:
    svg = (report_directory / "figures" / "fates.svg").read_text()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_what_is_not_available_leaves_a_gap(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    group = "origin=mexico"
    blank = [(*r[:4], *(math.nan,) * 4, 0, 0, 20) if r[3] == group else r for r in rows]
    figures = {f.name: f for f in all_figures(read_results(fabricate(estimates=blank)))}
    row = next(r for r in figures["over_disclosure"].rows if r["group"] == group)
    assert row["estimate"] is None
    assert row["shown"] == "not available"


def test_a_table_without_a_group_measure_is_named(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    gone = "over_disclosed_residents_collateral_per_1000_requests"
    kept = [row for row in rows if (row[0], row[3]) != (gone, "status=protected")]
    with pytest.raises(ReportError, match=rf"no {gone} for group status=protected"):
        all_figures(read_results(fabricate(estimates=kept)))


def test_tables_without_what_a_figure_shows_are_refused(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    together = [row for row in rows if row[3] == "all"]
    with pytest.raises(ReportError, match="is given for no group"):
        all_figures(read_results(fabricate("together", estimates=together)))
    matching = Scenario().matching.model_dump(mode="json") | {"address_threshold": "county"}
    with pytest.raises(ReportError, match="nothing at the scenario's selection rule all and"):
        all_figures(read_results(fabricate("county", scenario={"matching": matching})))


def _plain_pdf(first: int, second: int) -> bytes:
    """Write a tiny document whose two fonts are numbered and listed in a given order."""
    listed = f"      /fo{first} {first + 3} 0 R\n      /fo{second} {second + 3} 0 R\n"
    bodies = {
        1: "<<\n  /Type /Catalog\n  /Pages 2 0 R\n>>",
        2: f"<<\n  /Font <<\n{listed}    >>\n>>",
        first + 3: f"<<\n  /BaseFont /F{first}\n>>",
        second + 3: f"<<\n  /BaseFont /F{second}\n>>",
        5: "<<\n  /Producer (test)\n>>",
    }
    content, offsets = b"%PDF-1.7\n%\x80\x80\x80\x80\n", {}
    for number, body in bodies.items():
        content += b"\n"
        offsets[number] = len(content)
        content += f"{number} 0 obj\n{body}\nendobj\n".encode()
    content += b"\n"
    entries = "".join(f"{offsets[number]:010d} 00000 n\r\n" for number in sorted(offsets))
    tail = (
        f"xref\n0 6\n0000000000 65535 f\r\n{entries}trailer\n<<\n  /Size 6\n  /Root 1 0 R\n"
        f"  /Info 5 0 R\n>>\nstartxref\n{len(content)}\n%%EOF"
    )
    return content + tail.encode()


def test_the_order_of_a_pdfs_objects_does_not_matter() -> None:
    one, other = _plain_pdf(0, 1), _plain_pdf(1, 0)
    assert one != other
    assert canonical_pdf(one) == canonical_pdf(other)
    assert canonical_pdf(canonical_pdf(one)) == canonical_pdf(one)


def test_a_pdf_laid_out_otherwise_is_refused() -> None:
    with pytest.raises(ValueError, match="no plain header and trailer"):
        canonical_pdf(b"%PDF-1.7\nsomething else")


def test_points_off_the_curve_do_not_stretch_its_axis() -> None:
    rows: list[dict[str, Any]] = [
        {"x": 0.1, "y": 0.2},
        {"x": None, "y": 3.0},
        {"x": 0.4, "y": None},
    ]
    assert seen(rows, "y") == [0.2]
    assert seen(rows, "x") == [0.1]


def test_no_label_of_a_weight_is_longer_than_its_axis(scored_directory: Path) -> None:
    results = read_results(scored_directory)
    levels = [("address", str(level)) for level in AddressThreshold]
    levels += [("birth_date", str(level)) for level in BirthDateThreshold]
    every = tuple(Weight(field, level, 0.5, 0.1, -2.0, "given") for field, level in levels)
    figure = weights(replace(results, weights=every))
    assert figure is not None
    assert len({(row["series"], row["label"]) for row in figure.rows}) == len(levels)
    assert "…</text>" not in svg_text(figure.file_specification(results))
