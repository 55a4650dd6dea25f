"""The explorer in a real browser: every number on the page is Python's for the same policy."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from simulator.measures.explored import (
    Policy,
    difference_between,
    estimates_at,
    every_policy,
    own_policy,
)
from simulator.report.explorer_words import BY_GROUP, CARDS, DIFFERENCE, MEASURES
from simulator.report.headline import ANSWERED, headline_at
from simulator.report.sentences import say
from simulator.report.stored import Estimate
from simulator.report.wording import level_words, show, shown, shown_decimals
from simulator.report.write import write_report
from tests.report.browsing import (
    PATIENCE,
    asked,
    log,
    open_page,
    outside,
    scrolls_sideways,
    wait_for_data,
)
from tests.report.conftest import REPLICATES, score_rows, scored_scenario, write_results
from tests.report.explored_tables import explored_part

pytestmark = pytest.mark.page
LEVEL = level_words(0.95)


@dataclass(frozen=True)
class World:
    """What Python knows of the policies of one page."""

    page: Path
    table: pd.DataFrame
    part: dict[str, Any]

    def estimates(self, policy: Policy) -> dict[tuple[str, str], Estimate]:
        rows = estimates_at(self.table, self.part, policy, 0.95)
        return {
            (row["measure"], row["group"]): Estimate(
                row["measure"],
                *("", "", row["group"], row["estimate"], 0.0, row["ci_low"], row["ci_high"]),
                *(row["numerator"], row["denominator"], REPLICATES),
            )
            for row in rows.to_dict("records")
        }

    def difference(self, a: Policy, b: Policy, measure: str) -> tuple[float, float, float]:
        """Return A less B in the unit of the page, with its interval."""
        rows = difference_between(self.table, self.part, b, a, 0.95)
        row = rows[(rows["measure"] == measure) & (rows["group"] == "all")].iloc[0]
        factor = MEASURES[measure].factor
        return factor * row["difference"], factor * row["ci_low"], factor * row["ci_high"]

    def state(self, policy: Policy) -> str:
        """Return a policy as the page writes it after the # of its address."""
        names = self.part["guardrails"]
        on = [name for bit, name in enumerate(names) if policy.guardrails >> bit & 1]
        return f"{policy.cut:.2f}~{policy.address}~{'.'.join(on)}"


def _world(directory: Path) -> World:
    part = json.loads((directory / "manifest.json").read_text())["explored"]
    table = pq.read_table(directory / "policies.parquet").to_pandas()
    return World(directory / "report.html", table, part)


@pytest.fixture(scope="module")
def world(report_directory: Path) -> World:
    return _world(report_directory)


@pytest.fixture
def explorer(browser: webdriver.Chrome, world: World) -> Iterator[webdriver.Chrome]:
    open_page(browser, world.page, 1440, "light")
    wait_for_data(browser, "explored")
    yield browser
    assert log(browser, "browser") == []
    assert outside(asked(browser)) == []


def _choose(browser: webdriver.Chrome, world: World, side: str, policy: Policy) -> None:
    """Set one policy by its controls, as a reader would."""
    cuts = [float(cut) for cut in world.part["cuts"]]
    slider = browser.find_element(By.ID, f"cut-{side}")
    slider.send_keys(Keys.HOME, Keys.ARROW_RIGHT * cuts.index(policy.cut))
    if len(world.part["addresses"]) > 1:
        address = Select(browser.find_element(By.ID, f"address-{side}"))
        address.select_by_index(world.part["addresses"].index(policy.address))
    for bit in range(len(world.part["guardrails"])):
        box = browser.find_element(By.ID, f"rail-{side}-{bit}")
        if box.is_selected() != bool(policy.guardrails >> bit & 1):
            box.click()


def _text(browser: webdriver.Chrome, where: str) -> str:
    found: str = browser.execute_script(
        "return document.querySelector(arguments[0]).textContent", where
    )
    return re.sub(r"\s+", " ", found).strip()


def _table(browser: webdriver.Chrome, where: str) -> list[list[str]]:
    """Return the cells of a table's body."""
    rows: list[list[str]] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map((row) =>"
        " [...row.children].map((cell) => cell.textContent.trim()))",
        where,
    )
    return rows


def _brief(estimate: Estimate, measure: str) -> str:
    """Say a number as the page's tables do."""
    text = show(estimate, MEASURES[measure].factor).short
    nothing = " (nothing to count)" if estimate.denominator == 0 else " (no estimate)"
    return text + nothing * (not estimate.available)


def _headline(estimates: dict[tuple[str, str], Estimate]) -> list[str]:
    def find(measure: str) -> Estimate | None:
        return estimates.get((measure, "all"))

    return [say(ANSWERED, find, LEVEL) or "", *headline_at(find, LEVEL)]


def _words(estimate: float, low: float, high: float) -> str:
    """Say a difference, in Python: what the page's script is held to."""
    decimals = shown_decimals(estimate, low, high)
    value, start, end = (shown(abs(one), decimals) for one in (estimate, low, high))
    if estimate != estimate:
        return str(DIFFERENCE["missing"])
    if low == high == 0.0:
        return str(DIFFERENCE["none"])
    if estimate == 0.0 and low == -high:
        return str(DIFFERENCE["equal"]).format(high=end)
    if low > 0.0:
        return str(DIFFERENCE["more"]).format(value=value, low=start, high=end)
    if high < 0.0:
        return str(DIFFERENCE["fewer"]).format(value=value, low=end, high=start)
    return str(DIFFERENCE["open"]).format(low=start, high=end)


def _holds(browser: webdriver.Chrome, world: World, side: str, policy: Policy) -> None:
    """Hold everything that the page says of one policy to Python."""
    estimates = world.estimates(policy)
    place = 1 if side == "a" else 2
    shown_rows = {row[0]: row[1 + place] for row in _table(browser, "#numbers")}
    for measure, words in MEASURES.items():
        assert shown_rows[words.name] == _brief(estimates[measure, "all"], measure), measure
    groups = [row for row in _table(browser, "#groups") if len(row) > 1]
    expected = [
        _brief(estimate, BY_GROUP)
        for (measure, group), estimate in estimates.items()
        if measure == BY_GROUP and group != "all"
    ]
    assert [row[1 + place].removeprefix(side.upper()).strip() for row in groups] == expected
    said = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((line) => line.textContent)",
        f"#headline-{side} p, #more-{side} li",
    )
    assert sorted(said) == sorted(_headline(estimates))
    assert said[0].startswith("Of every 1,000 requests, ")
    flow = browser.find_element(By.CSS_SELECTOR, f"#flow-{side} svg")
    for fate in ("fate_found", "fate_nobody", "fate_rejected"):
        number = _brief(estimates[fate, "all"], fate)
        assert f"{MEASURES[fate].name} {number}" in (flow.get_attribute("aria-label") or "")
    det = browser.find_element(By.CSS_SELECTOR, "#det svg").get_attribute("aria-label") or ""
    alarms, missed = (
        _brief(estimates[measure, "all"], measure)
        for measure in (
            "false_positive_identification_rate",
            "false_negative_identification_rate",
        )
    )
    assert f"Policy {side.upper()}: false alarms {alarms}, missed {missed}." in det


def _cards_hold(browser: webdriver.Chrome, world: World, a: Policy, b: Policy) -> None:
    at_a, at_b = world.estimates(a), world.estimates(b)
    for number, measure in enumerate(CARDS):
        text = show(at_a[measure, "all"], MEASURES[measure].factor)
        big = "None" if text.none_seen else text.value if text.available else "Not available"
        assert _text(browser, f"#card-{number}-a") == big
        if text.available:
            note = f"none seen; at most {text.high}" if text.none_seen else f"{LEVEL} {text.range}"
            assert _text(browser, f"#card-{number}-note") == note
        assert _text(browser, f"#card-{number}-b") == _brief(at_b[measure, "all"], measure)
        said = _text(browser, f"#card-{number}-change")
        assert said == _words(*world.difference(a, b, measure)), (measure, a, b)


def _sample(part: dict[str, Any], size: int) -> list[Policy]:
    own = own_policy(part)
    others = [policy for policy in every_policy(part) if policy != own]
    chosen = np.random.default_rng(6).choice(len(others), size, replace=False)
    return [others[number] for number in chosen]


def test_numbers_are_those_of_python_after_every_control(
    explorer: webdriver.Chrome, world: World
) -> None:
    own, at = own_policy(world.part), world.estimates(own_policy(world.part))
    assert "as it was run" in _text(explorer, "#same")
    _holds(explorer, world, "a", own)
    # One control at a time: the slider, the address, each guardrail.
    steps = [
        Policy(own.guardrails, 0.93, own.address),
        Policy(own.guardrails, 0.93, "any"),
        Policy(1, 0.93, "any"),
        Policy(3, 0.93, "any"),
        Policy(7, 0.93, "any"),
    ]
    for policy in steps:
        _choose(explorer, world, "a", policy)
        _holds(explorer, world, "a", policy)
        _holds(explorer, world, "b", own)
        _cards_hold(explorer, world, policy, own)
    assert at != world.estimates(steps[-1])


def test_any_two_policies_compare_as_in_python(explorer: webdriver.Chrome, world: World) -> None:
    Select(explorer.find_element(By.ID, "with")).select_by_value("other")
    sample = _sample(world.part, 10)
    # Among them: nobody wrong in either, and one that differs by a guardrail alone.
    pairs = [*zip(sample[:5], sample[5:], strict=True)]
    pairs.append((Policy(0, 0.99, "exact"), Policy(0, 1.0, "exact")))
    pairs.append((Policy(1, 0.85, "zip5"), Policy(0, 0.85, "zip5")))
    for a, b in pairs:
        _choose(explorer, world, "a", a)
        _choose(explorer, world, "b", b)
        _holds(explorer, world, "a", a)
        _holds(explorer, world, "b", b)
        _cards_hold(explorer, world, a, b)


def test_a_number_that_is_not_pythons_is_noticed(explorer: webdriver.Chrome, world: World) -> None:
    own = own_policy(world.part)
    for column in ("exposed_direct", "fate_nobody"):
        table = world.table.assign(**{column: (0.9 * world.table[column]).astype(int)})
        with pytest.raises(AssertionError):
            _holds(explorer, replace(world, table=table), "a", own)
    near = Policy(0, 0.91, "building")
    _choose(explorer, world, "a", near)
    _cards_hold(explorer, world, near, own)
    changed = world.table.copy()
    rows = (changed["name_threshold"] - 0.91).abs() < 0.005
    rows &= changed["address_threshold"] == "building"
    # The same sums and spread, other pairs of replicates: only a paired interval sees it.
    counts = changed.loc[rows, "exposed"].to_numpy().reshape(-1, REPLICATES)
    changed.loc[rows, "exposed"] = counts[:, ::-1].ravel()
    with pytest.raises(AssertionError):
        _cards_hold(explorer, replace(world, table=changed), near, own)


def test_the_words_of_a_difference_can_be_wrong() -> None:
    assert _words(1.5, 1.0, 2.0) == "1.5 more (1.0 to 2.0 more)"
    assert _words(-1.5, -2.0, -1.0) == "1.5 fewer (1.0 to 2.0 fewer)"
    assert _words(0.5, -1.0, 2.0) == "no clear difference (1.0 fewer to 2.0 more)"
    assert _words(0.0, -0.3, 0.3) == "no difference seen (at most 0.30 either way)"
    assert _words(0.0, 0.0, 0.0) == "no difference seen"


def test_the_download_holds_the_numbers_shown(
    explorer: webdriver.Chrome, world: World, tmp_path: Path
) -> None:
    a, b = Policy(2, 0.88, "zip5"), own_policy(world.part)
    _choose(explorer, world, "a", a)
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    explorer.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    explorer.find_element(By.ID, "download").click()
    file = tmp_path / "overmatch-policies.csv"
    WebDriverWait(explorer, PATIENCE).until(lambda _: file.exists())
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    for side, policy in (("A", a), ("B", b)):
        estimates = world.estimates(policy)
        mine = [row for row in rows if row["policy"] == side]
        assert len(mine) > len(MEASURES)
        for row in mine:
            assert row["name_threshold"] == f"{policy.cut:.2f}"
            assert row["address_threshold"] == policy.address
            assert row["guardrails"] == ("known_status" if side == "A" else "")
            estimate = estimates[row["measure"], row["group"]]
            text = show(estimate, MEASURES[row["measure"]].factor)
            numbers = [row["estimate"], row["ci_low"], row["ci_high"]]
            assert numbers == [one.replace(",", "") for one in (text.value, text.low, text.high)]
            assert float(row["numerator"]) == estimate.numerator
            assert float(row["denominator"]) == estimate.denominator
            assert row["note"] == ("none seen" if text.none_seen else "")
    changes = [row for row in rows if row["policy"] == "A minus B"]
    assert [row["measure"] for row in changes] == list(CARDS)
    for row in changes:
        change = world.difference(a, b, row["measure"])
        decimals = shown_decimals(*change)
        expected = [shown(one, decimals).replace(",", "") for one in change]
        assert [row["estimate"], row["ci_low"], row["ci_high"]] == expected


def test_the_address_restores_the_view(explorer: webdriver.Chrome, world: World) -> None:
    a, b = Policy(5, 0.86, "street"), Policy(2, 0.97, "exact")
    Select(explorer.find_element(By.ID, "with")).select_by_value("other")
    _choose(explorer, world, "a", a)
    _choose(explorer, world, "b", b)
    wanted = f"#a={world.state(a)}&b={world.state(b)}"
    WebDriverWait(explorer, PATIENCE).until(
        lambda _: explorer.execute_script("return location.hash") == wanted
    )
    before = _text(explorer, "#explorer .outcome")
    open_page(explorer, world.page, 1440, "light", wanted)
    wait_for_data(explorer, "explored")
    _holds(explorer, world, "a", a)
    _holds(explorer, world, "b", b)
    _cards_hold(explorer, world, a, b)
    said = _text(explorer, "#explorer-said")
    assert before.removeprefix(_text(explorer, "#explorer-said")).endswith(
        _text(explorer, "#explorer .outcome").removeprefix(said)[-2000:]
    )
    asked(explorer)


@pytest.mark.parametrize("state", ["#a=0.77~zip5~", "#a=0.90~nowhere~", "#a=0.90~zip5~<b>", "#a"])
def test_an_address_of_nonsense_is_left_alone(
    explorer: webdriver.Chrome, world: World, state: str
) -> None:
    open_page(explorer, world.page, 1440, "light", state)
    wait_for_data(explorer, "explored")
    _holds(explorer, world, "a", own_policy(world.part))
    asked(explorer)


def test_reset_and_the_second_policy(explorer: webdriver.Chrome, world: World) -> None:
    own, other = own_policy(world.part), Policy(3, 0.9, "zip3")
    _choose(explorer, world, "a", other)
    explorer.find_element(By.ID, "copy").click()
    assert "Both policies are the same" in _text(explorer, "#same")
    _choose(explorer, world, "a", own)
    _holds(explorer, world, "b", other)
    Select(explorer.find_element(By.ID, "with")).select_by_value("none")
    assert not explorer.find_element(By.ID, "headline-b").is_displayed()
    explorer.find_element(By.ID, "reset").click()
    _holds(explorer, world, "a", own)
    assert "as it was run" in _text(explorer, "#same")


def test_everything_is_reached_by_keyboard(explorer: webdriver.Chrome, world: World) -> None:
    explorer.execute_script("document.getElementById('explore').focus()")
    reached = []
    for _ in range(12):
        webdriver.ActionChains(explorer).send_keys(Keys.TAB).perform()
        active = explorer.switch_to.active_element
        reached.append(active.get_attribute("id"))
        outline = explorer.execute_script(
            "const style = getComputedStyle(document.activeElement);"
            "return style.outlineStyle + ' ' + style.outlineWidth"
        )
        assert outline == "solid 3px", reached
        if reached[-1] == "cut-a":
            active.send_keys(Keys.ARROW_LEFT * 2)
        elif reached[-1] == "address-a":
            active.send_keys("same zip")
        elif reached[-1] == "rail-a-1":
            active.send_keys(Keys.SPACE)
    rails = [f"rail-a-{bit}" for bit in range(len(world.part["guardrails"]))]
    expected = ["cut-a", "address-a", *rails, "with", "reset", "copy"]
    assert reached[: len(expected)] == expected
    _holds(explorer, world, "a", Policy(2, 0.9, "zip5"))


def test_a_change_is_read_out(explorer: webdriver.Chrome, world: World) -> None:
    policy = Policy(0, 0.8, "any")
    _choose(explorer, world, "a", policy)
    lines = [line for line in _headline(world.estimates(policy)) if "had their information" in line]
    WebDriverWait(explorer, PATIENCE).until(lambda b: lines[0] in _text(b, "#explorer-said"))
    said = explorer.find_element(By.ID, "explorer-said")
    assert said.get_attribute("role") == "status"
    change = _words(*world.difference(policy, own_policy(world.part), BY_GROUP))
    assert change in _text(explorer, "#explorer-said")
    slider = explorer.find_element(By.ID, "cut-a")
    assert slider.get_attribute("aria-valuetext") == "Names at least 0.80 alike"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_two_policies_fit_the_screen(
    browser: webdriver.Chrome, world: World, width: int, scheme: str
) -> None:
    state = f"#a={world.state(Policy(7, 0.8, 'any'))}&b={world.state(Policy(0, 1.0, 'exact'))}"
    open_page(browser, world.page, width, scheme, state)
    wait_for_data(browser, "explored")
    browser.execute_script(
        "document.querySelectorAll('#explore details').forEach((one) => { one.open = true; })"
    )
    assert not scrolls_sideways(browser, width)
    for where in ("#flow-a", "#flow-b", "#det"):
        holder = browser.find_element(By.CSS_SELECTOR, where)
        drawing = holder.find_element(By.TAG_NAME, "svg")
        assert 200 < drawing.size["width"] <= holder.size["width"] + 1, where
        clipped = browser.execute_script(
            "const right = arguments[0].getBoundingClientRect().right;"
            "return [...arguments[0].querySelectorAll('text')].filter((text) =>"
            " text.getBoundingClientRect().right > right + 1).map((text) => text.textContent)",
            drawing,
        )
        assert clipped == []
    assert log(browser, "browser") == []


def test_a_browser_that_cannot_unpack_shows_the_scenarios_own(
    browser: webdriver.Chrome, world: World
) -> None:
    script = {"source": "delete window.DecompressionStream;"}
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    try:
        open_page(browser, world.page, 1440, "light")
        assert browser.find_element(By.ID, "explorer-note").is_displayed()
        assert not browser.find_element(By.ID, "explorer").is_displayed()
        assert browser.find_element(By.CSS_SELECTOR, ".headline li").is_displayed()
        assert log(browser, "browser") == []
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


@pytest.mark.parametrize("guardrails", [(), ("unique_only",)])
def test_a_score_is_explored_along_its_own_axis(
    browser: webdriver.Chrome, tmp_path: Path, guardrails: tuple[str, ...]
) -> None:
    part = explored_part(
        replicates=REPLICATES,
        guardrails=guardrails,
        cuts=[float(cut) for cut in range(-10, 21, 2)],
        addresses=["any"],
        own_cut=11,
        own_address=0,
        axis="score_threshold",
    )
    directory = write_results(
        tmp_path / "scored",
        scenario=scored_scenario(),
        thresholds=score_rows(),
        explored=part,
    )
    write_report(directory)
    world = _world(directory)
    open_page(browser, world.page, 1440, "light")
    wait_for_data(browser, "explored")
    assert browser.find_elements(By.ID, "address-a") == []
    policy = Policy(len(guardrails), -4.0, "any")
    _choose(browser, world, "a", policy)
    _holds(browser, world, "a", policy)
    _cards_hold(browser, world, policy, own_policy(part))
    assert "A match weight of at least -4.00 bits" in _text(browser, "#policy-words-a")
    assert log(browser, "browser") == []
