"""The page and figure of a comparison in a real browser: offline, silent, its numbers the table's.

The runs behind it are fabricated: their counts are drawn, their manifests those of real scenarios.
"""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulator.measures import challenges, groups
from simulator.measures.challenges import Challenge
from simulator.measures.detail import Detail
from simulator.measures.own_counts import OwnCounts
from simulator.measures.quantities import Quantity
from simulator.report.compare_page import compare_html, write_comparison_report
from simulator.report.compared import read_comparison
from simulator.report.stored import ReportError
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.comparability import Run
from simulator.study.comparing import COMPARISON, write_comparison
from simulator.study.kind import Kind
from simulator.study.results import MANIFEST, write_manifest
from tests.report.browsing import asked, log

REPLICATES = 6
MARKUP = "<script>document.title='caught'</script><b>bold</b> & \"more\""
Q = Quantity


def drawn_counts(factor: float, seed: int) -> OwnCounts:
    """Return counts that add up as far as the measures look at them."""
    rng = np.random.default_rng(3)
    own = np.random.default_rng(seed)
    columns = len(groups.labels())
    values = np.zeros((REPLICATES, len(Quantity), columns))
    values[:, Q.REQUESTS] = 1000.0
    values[:, Q.MATED] = 800.0
    values[:, Q.UNMATED] = 200.0
    values[:, Q.LINKS] = rng.poisson(300, (REPLICATES, columns))
    values[:, Q.LINKED_REQUESTS] = values[:, Q.LINKS] - 5
    values[:, Q.WRONG_PERSON] = rng.poisson(60, (REPLICATES, columns)) * factor // 1
    values[:, Q.WRONGED_REQUESTS] = values[:, Q.WRONG_PERSON]
    values[:, Q.EXPOSED] = rng.poisson(90, (REPLICATES, columns)) * factor // 1
    values[:, [Q.NON_MATCHING_PAIRS, Q.WRONG_CANDIDATES, Q.WRONG_CANDIDATE_REQUESTS]] = 1e6
    values[:, Q.INTENDED] = 240.0
    values[:, Q.LAWFUL_RESIDENTS] = 9000.0
    values[:, Q.MISSED_MATED] = 500 + own.poisson(4, (REPLICATES, columns))
    details = np.zeros((REPLICATES, len(Detail)))
    details[:, [Detail.REQUESTS, Detail.LINKS]] = 1000.0
    details[:, Detail.LINKED_REQUESTS] = 300.0
    none = np.zeros((REPLICATES, len(Challenge), len(challenges.labels())))
    return OwnCounts(values, details, none)


def fabricated(folder: Path, name: str, factor: float, change: dict[str, Any]) -> Run:
    scenario = Scenario.model_validate({"replicates": REPLICATES, **change})
    folder.mkdir()
    fields = ("people", "accounts", "lawful_residents", "requests", "mated_requests")
    setting = dict.fromkeys((*fields, "candidate_pairs", "mix_shortfall"), 1000.0)
    write_manifest(Kind.RUN, scenario, [], folder, replicates=REPLICATES, setting=setting)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["scenario_sha256"] == scenario_sha256(scenario)
    return Run(name, folder, scenario, drawn_counts(factor, len(name)), manifest)


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a comparison of three runs, the last the same as the first."""
    around = tmp_path_factory.mktemp("compared")
    runs = [
        fabricated(around / "one", "one", 1.0, {"title": MARKUP}),
        fabricated(
            around / "two", f"two {MARKUP[8:20]}", 0.5, {"matching": {"name_threshold": 0.99}}
        ),
        fabricated(around / "three", "one (2)", 1.0, {"title": "Again"}),
    ]
    runs[2] = Run("one (2)", runs[2].directory, runs[2].scenario, runs[0].counts, runs[2].manifest)
    directory = around / "comparison"
    directory.mkdir()
    write_comparison(runs, directory)
    write_comparison_report(directory)
    return directory


@pytest.fixture
def opened(browser: webdriver.Chrome, comparison: Path) -> webdriver.Chrome:
    show(browser, comparison, 1440, "light")
    return browser


def show(browser: webdriver.Chrome, directory: Path, width: int, scheme: str) -> list[str]:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get("about:blank")
    log(browser, "performance")
    log(browser, "browser")
    browser.get((directory / "compare.html").as_uri())
    return asked(browser)


@pytest.mark.page
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_silent_offline_and_fits(
    browser: webdriver.Chrome, comparison: Path, width: int, scheme: str
) -> None:
    requests = show(browser, comparison, width, scheme)
    outside = [url for url in requests if not url.startswith(("data:", "blob:"))]
    assert outside == [(comparison / "compare.html").as_uri()]
    assert log(browser, "browser") == []
    for details in browser.find_elements(By.CSS_SELECTOR, "details"):
        browser.execute_script("arguments[0].open = true", details)
    scrolled, shown = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    assert scrolled <= shown <= width
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(19, 19, 18)") == (scheme == "dark")


def table_rows(directory: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    with (directory / COMPARISON).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(row["compared"], row["measure"], row["group"]): row for row in rows}


def number(text: str) -> float:
    return float(text) if text else math.nan


@pytest.mark.page
def test_every_number_on_the_page_is_one_of_the_table(
    opened: webdriver.Chrome, comparison: Path
) -> None:
    rows, stored = table_rows(comparison), read_comparison(comparison)
    cells = opened.execute_script(
        "return [...document.querySelectorAll('[data-measure]')]"
        ".map((cell) => [{...cell.dataset}, cell.textContent])"
    )
    seen = set()
    for data, text in cells:
        key = data["run"], data["measure"], data["group"]
        row = rows[key]
        for name, column in (
            ("difference", "difference"),
            ("low", "difference_low"),
            ("high", "difference_high"),
        ):
            np.testing.assert_equal(number(data[name]), number(row[column]))
        assert stored.rows[key].words in text
        seen.add(key)
    assert seen == set(rows)
    half, same = (
        float(rows[run.name, "over_disclosed_residents_per_1000_requests", "all"]["difference"])
        for run in stored.others
    )
    assert half < -20.0
    assert same == 0.0


@pytest.mark.page
def test_markup_in_names_and_titles_stays_text(opened: webdriver.Chrome, comparison: Path) -> None:
    assert opened.title != "caught"
    assert opened.find_elements(By.CSS_SELECTOR, "script, main b") == []
    assert MARKUP in opened.find_element(By.ID, "results").text
    assert "<script>" not in (comparison / "compare.html").read_text(encoding="utf-8")


@pytest.mark.page
def test_a_keyboard_reaches_everything_and_pictures_have_words(opened: webdriver.Chrome) -> None:
    opened.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert opened.switch_to.active_element.text == "Skip to the results"
    opened.switch_to.active_element.send_keys(Keys.ENTER)
    assert opened.execute_script("return document.activeElement.id") == "results"
    for region in opened.find_elements(By.CSS_SELECTOR, ".wide"):
        assert region.get_attribute("tabindex") == "0"
        assert region.get_attribute("aria-label")
    for line in opened.find_elements(By.CSS_SELECTOR, ".forest li"):
        assert line.text.count("\n") >= 1 or line.text.strip()  # name and number as text
        assert line.find_element(By.CSS_SELECTOR, ".track").get_attribute("aria-hidden") == "true"


def test_the_words_say_what_was_found(comparison: Path) -> None:
    stored = read_comparison(comparison)
    html = compare_html(stored)
    assert "no change seen (at most" in html
    assert "matching.name_threshold" in html
    two = stored.others[0]
    exposed = stored.get(two.name, "over_disclosed_residents_per_1000_requests")
    assert exposed.direction == -1
    assert exposed.words.startswith("−")
    assert "fewer (" in html
    same = stored.get("one (2)", "false_discovery_rate")
    assert (same.difference, same.direction, same.note) == (0.0, 0, "no change seen")
    assert same.ratio_words.startswith("1")
    assert same.low < 0.0 < same.high


def test_the_same_table_gives_the_same_page_and_figures(comparison: Path) -> None:
    files = [comparison / "compare.html", *sorted((comparison / "figures").iterdir())]
    before = [path.read_bytes() for path in files]
    write_comparison_report(comparison)
    assert [path.read_bytes() for path in files] == before
    assert {path.suffix for path in files} == {".html", ".svg", ".pdf", ".png", ".csv"}


def test_a_table_changed_afterwards_is_refused(comparison: Path, tmp_path: Path) -> None:
    for name in (MANIFEST, COMPARISON):
        (tmp_path / name).write_bytes((comparison / name).read_bytes())
    with (tmp_path / COMPARISON).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(ReportError, match="sha256 differs"):
        read_comparison(tmp_path)
