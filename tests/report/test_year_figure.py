"""The figure of the years: drawn where a run had them, and drawn as stored."""

import csv
from pathlib import Path

import pytest

from simulator.report.results import read_results
from simulator.report.stored import ReportError
from simulator.report.write import write_report
from simulator.report.year_figure import PANELS, years
from tests.report.conftest import write_results, year_rows


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = write_results(tmp_path_factory.mktemp("years") / "results", years=year_rows())
    write_report(found)
    return found


def test_a_run_without_years_has_no_such_figure(tmp_path: Path) -> None:
    assert years(read_results(write_results(tmp_path / "results"))) is None


def test_the_csv_behind_the_figure_equals_the_table(directory: Path) -> None:
    stored = {(row.measure, row.group, row.year): row for row in read_results(directory).years}
    with (directory / "figures" / "years.csv").open(newline="") as file:
        drawn = list(csv.DictReader(file))
    factor = {heading.heading: heading.factor for heading in PANELS}
    assert len(drawn) == len(stored)
    for row in drawn:
        own = stored[row["measure"], row["group"], int(row["year"])]
        for name in ("estimate", "ci_low", "ci_high"):
            assert float(row[name]) == pytest.approx(factor[row["panel"]] * getattr(own, name))


def test_the_page_shows_the_figure_with_words_for_those_who_do_not_see_it(directory: Path) -> None:
    page = (directory / "report.html").read_text()
    assert 'id="figure-years"' in page
    figure = years(read_results(directory))
    assert figure is not None
    assert "Unauthorized, year 0: 62.0% (" in figure.description
    assert "High end, year 5: " in figure.description
    assert "year 3" not in figure.description


def test_ends_of_the_range_differ_from_the_centre_in_more_than_colour(directory: Path) -> None:
    figure = years(read_results(directory))
    assert figure is not None
    marks = [layer["mark"] for layer in figure.page_specification()["vconcat"][-1]["layer"]]
    assert len({str(m["strokeDash"]) for m in marks if m["type"] == "line"}) == 3
    assert len({m["shape"] for m in marks if m["type"] == "point"}) == 3
    assert sum(m["type"] == "text" for m in marks) == 3, "each line is named where it ends"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("filing_rate,unauthorized,0", "filing_rate,unauthorized,", "a year is empty"),
        ("filing_rate,unauthorized,0", "filing_rate,unauthorized,x", "year is not a number"),
        ("measure,group,year", "measure,group,season", "no column year"),
    ],
)
def test_a_broken_table_is_refused_in_one_sentence(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    directory = write_results(tmp_path / "results", years=year_rows())
    table = directory / "years.csv"
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new, 1))
    manifest = directory / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"years.csv"', '"other.csv"'))
    with pytest.raises(ReportError, match=said):
        read_results(directory)
