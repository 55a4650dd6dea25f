"""The page in a real browser: drawn, silent, offline, narrow enough, text kept as text."""

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.report.browsing import PATIENCE, log, open_page, outside, scrolls_sideways

pytestmark = pytest.mark.page
CHARTS = {
    "fates": 5,
    "lost": 30,
    "thresholds": 42,
    "error_tradeoff": 189,
    "precision_recall": 189,
    "over_disclosure": 19,
    "collateral": 12,
}
SCORED_CHARTS = {"thresholds": 100, "error_tradeoff": 200, "matchers": 80, "weights": 4}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_drawn_silent_and_offline(
    browser: webdriver.Chrome, report_directory: Path, width: int, scheme: str
) -> None:
    _is_drawn(browser, report_directory / "report.html", width, scheme, CHARTS)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_of_a_score_is_drawn_too(
    browser: webdriver.Chrome, scored_directory: Path, width: int
) -> None:
    _is_drawn(browser, scored_directory / "report.html", width, "light", SCORED_CHARTS)
    reading = browser.find_element(By.ID, "reading-thresholds")
    assert reading.text.startswith("A match weight of at least 12.00 bits, released every account")
    slider = browser.find_element(By.CSS_SELECTOR, "#controls-thresholds input[type=range]")
    slider.send_keys(Keys.ARROW_RIGHT)
    WebDriverWait(browser, PATIENCE).until(lambda _: "12.75 bits" in reading.text)
    assert "wrong person" in reading.text
    assert len(browser.find_elements(By.CSS_SELECTOR, "#controls-thresholds select")) == 1


def _is_drawn(
    browser: webdriver.Chrome, page: Path, width: int, scheme: str, charts: dict[str, int]
) -> None:
    requests = open_page(browser, page, width, scheme)
    assert outside(requests) == [page.as_uri()]
    assert log(browser, "browser") == []
    assert not scrolls_sideways(browser, width)
    for name, marks in charts.items():
        chart = browser.find_element(By.ID, f"chart-{name}")
        drawing = chart.find_element(By.CSS_SELECTOR, "svg")
        assert chart.get_attribute("role") == "graphics-document"
        assert chart.get_attribute("aria-label"), name
        assert drawing.size["width"] <= chart.size["width"] + 1
        assert len(chart.find_elements(By.CSS_SELECTOR, "svg path[aria-label]")) >= marks, name


def test_the_ground_follows_the_readers_choice(
    browser: webdriver.Chrome, report_directory: Path
) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        open_page(browser, report_directory / "report.html", 1440, scheme)
        grounds.append(
            browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        )
    assert grounds == ["rgb(250, 249, 247)", "rgb(19, 19, 18)"]


def test_markup_stays_text(browser: webdriver.Chrome, report_directory: Path, hostile: str) -> None:
    open_page(browser, report_directory / "report.html", 1440, "light")
    assert browser.find_element(By.TAG_NAME, "h1").text == hostile
    assert browser.title == f"{hostile} · Overmatch"
    assert browser.find_elements(By.CSS_SELECTOR, "h1 *, .question *") == []


def test_the_threshold_moves_by_keyboard(browser: webdriver.Chrome, report_directory: Path) -> None:
    open_page(browser, report_directory / "report.html", 1440, "light")
    reading = browser.find_element(By.ID, "reading-thresholds")
    assert reading.text.startswith("Names at least 0.92 alike, same building")
    slider = browser.find_element(By.CSS_SELECTOR, "#controls-thresholds input[type=range]")
    slider.send_keys(Keys.ARROW_RIGHT)
    WebDriverWait(browser, PATIENCE).until(lambda _: "0.93 alike" in reading.text)
    chosen = browser.find_elements(By.CSS_SELECTOR, "#controls-thresholds select")[0]
    chosen.send_keys(Keys.HOME)
    WebDriverWait(browser, PATIENCE).until(lambda _: "address not compared" in reading.text)
    assert log(browser, "browser") == []


def test_every_control_and_region_has_a_name(
    browser: webdriver.Chrome, report_directory: Path
) -> None:
    open_page(browser, report_directory / "report.html", 360, "light")
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = {"slider", "combobox", "region", "figure", "link", "heading", "graphics-document"}
    unnamed = [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in named
        and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
