"""The explorer in a real browser: every number on the page is Python's for the same policy."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from simulator.measures.explored import (
    Policy,
    every_policy,
    own_policy,
)
from simulator.report.explorer_words import BY_GROUP, CARDS, MEASURES
from simulator.report.wording import show, shown, shown_decimals
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
from tests.report.explorer_world import (
    World,
    cards_hold,
    choose,
    difference_words,
    headline_of,
    holds,
    text_of,
    world_of,
)

pytestmark = pytest.mark.page


@pytest.fixture(scope="module")
def world(report_directory: Path) -> World:
    return world_of(report_directory)


@pytest.fixture
def explorer(browser: webdriver.Chrome, world: World) -> Iterator[webdriver.Chrome]:
    open_page(browser, world.page, 1440, "light")
    wait_for_data(browser, "explored")
    yield browser
    assert log(browser, "browser") == []
    assert outside(asked(browser)) == []


def _sample(part: dict[str, Any], size: int) -> list[Policy]:
    own = own_policy(part)
    others = [policy for policy in every_policy(part) if policy != own]
    chosen = np.random.default_rng(6).choice(len(others), size, replace=False)
    return [others[number] for number in chosen]


def test_numbers_are_those_of_python_after_every_control(
    explorer: webdriver.Chrome, world: World
) -> None:
    own, at = own_policy(world.part), world.estimates(own_policy(world.part))
    assert "as it was run" in text_of(explorer, "#same")
    holds(explorer, world, "a", own)
    # One control at a time: the slider, the address, each guardrail.
    steps = [
        Policy(own.guardrails, 0.93, own.address),
        Policy(own.guardrails, 0.93, "any"),
        Policy(1, 0.93, "any"),
        Policy(3, 0.93, "any"),
        Policy(7, 0.93, "any"),
    ]
    for policy in steps:
        choose(explorer, world, "a", policy)
        holds(explorer, world, "a", policy)
        holds(explorer, world, "b", own)
        cards_hold(explorer, world, policy, own)
    assert at != world.estimates(steps[-1])


def test_any_two_policies_compare_as_in_python(explorer: webdriver.Chrome, world: World) -> None:
    Select(explorer.find_element(By.ID, "with")).select_by_value("other")
    sample = _sample(world.part, 10)
    # Among them: nobody wrong in either, and one that differs by a guardrail alone.
    pairs = [*zip(sample[:5], sample[5:], strict=True)]
    pairs.append((Policy(0, 0.99, "exact"), Policy(0, 1.0, "exact")))
    pairs.append((Policy(1, 0.85, "zip5"), Policy(0, 0.85, "zip5")))
    for a, b in pairs:
        choose(explorer, world, "a", a)
        choose(explorer, world, "b", b)
        holds(explorer, world, "a", a)
        holds(explorer, world, "b", b)
        cards_hold(explorer, world, a, b)


def test_a_number_that_is_not_pythons_is_noticed(explorer: webdriver.Chrome, world: World) -> None:
    own = own_policy(world.part)
    for column in ("exposed_direct", "fate_nobody"):
        table = world.table.assign(**{column: (0.9 * world.table[column]).astype(int)})
        with pytest.raises(AssertionError):
            holds(explorer, replace(world, table=table), "a", own)
    near = Policy(0, 0.91, "building")
    choose(explorer, world, "a", near)
    cards_hold(explorer, world, near, own)
    changed = world.table.copy()
    rows = (changed["name_threshold"] - 0.91).abs() < 0.005
    rows &= changed["address_threshold"] == "building"
    # The same sums and spread, other pairs of replicates: only a paired interval sees it.
    counts = changed.loc[rows, "exposed"].to_numpy().reshape(-1, REPLICATES)
    changed.loc[rows, "exposed"] = counts[:, ::-1].ravel()
    with pytest.raises(AssertionError):
        cards_hold(explorer, replace(world, table=changed), near, own)


def test_the_words_of_a_difference_can_be_wrong() -> None:
    assert difference_words(1.5, 1.0, 2.0) == "1.5 more (1.0 to 2.0 more)"
    assert difference_words(-1.5, -2.0, -1.0) == "1.5 fewer (1.0 to 2.0 fewer)"
    assert difference_words(0.5, -1.0, 2.0) == "no clear difference (1.0 fewer to 2.0 more)"
    assert difference_words(0.0, -0.3, 0.3) == "no difference seen (at most 0.30 either way)"
    assert difference_words(0.0, 0.0, 0.0) == "no difference seen"


def test_the_download_holds_the_numbers_shown(
    explorer: webdriver.Chrome, world: World, tmp_path: Path
) -> None:
    a, b = Policy(2, 0.88, "zip5"), own_policy(world.part)
    choose(explorer, world, "a", a)
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
    choose(explorer, world, "a", a)
    choose(explorer, world, "b", b)
    wanted = f"#a={world.state(a)}&b={world.state(b)}"
    WebDriverWait(explorer, PATIENCE).until(
        lambda _: explorer.execute_script("return location.hash") == wanted
    )
    before = text_of(explorer, "#explorer .outcome")
    open_page(explorer, world.page, 1440, "light", wanted)
    wait_for_data(explorer, "explored")
    holds(explorer, world, "a", a)
    holds(explorer, world, "b", b)
    cards_hold(explorer, world, a, b)
    said = text_of(explorer, "#explorer-said")
    assert before.removeprefix(text_of(explorer, "#explorer-said")).endswith(
        text_of(explorer, "#explorer .outcome").removeprefix(said)[-2000:]
    )
    asked(explorer)


@pytest.mark.parametrize("state", ["#a=0.77~zip5~", "#a=0.90~nowhere~", "#a=0.90~zip5~<b>", "#a"])
def test_an_address_of_nonsense_is_left_alone(
    explorer: webdriver.Chrome, world: World, state: str
) -> None:
    open_page(explorer, world.page, 1440, "light", state)
    wait_for_data(explorer, "explored")
    holds(explorer, world, "a", own_policy(world.part))
    asked(explorer)


def test_reset_and_the_second_policy(explorer: webdriver.Chrome, world: World) -> None:
    own, other = own_policy(world.part), Policy(3, 0.9, "zip3")
    choose(explorer, world, "a", other)
    explorer.find_element(By.ID, "copy").click()
    assert "Both policies are the same" in text_of(explorer, "#same")
    choose(explorer, world, "a", own)
    holds(explorer, world, "b", other)
    Select(explorer.find_element(By.ID, "with")).select_by_value("none")
    assert not explorer.find_element(By.ID, "headline-b").is_displayed()
    explorer.find_element(By.ID, "reset").click()
    holds(explorer, world, "a", own)
    assert "as it was run" in text_of(explorer, "#same")


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
    holds(explorer, world, "a", Policy(2, 0.9, "zip5"))


def test_a_change_is_read_out(explorer: webdriver.Chrome, world: World) -> None:
    policy = Policy(0, 0.8, "any")
    choose(explorer, world, "a", policy)
    lines = [
        line for line in headline_of(world.estimates(policy)) if "had their information" in line
    ]
    WebDriverWait(explorer, PATIENCE).until(lambda b: lines[0] in text_of(b, "#explorer-said"))
    said = explorer.find_element(By.ID, "explorer-said")
    assert said.get_attribute("role") == "status"
    change = difference_words(*world.difference(policy, own_policy(world.part), BY_GROUP))
    assert change in text_of(explorer, "#explorer-said")
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
    world = world_of(directory)
    open_page(browser, world.page, 1440, "light")
    wait_for_data(browser, "explored")
    assert browser.find_elements(By.ID, "address-a") == []
    policy = Policy(len(guardrails), -4.0, "any")
    choose(browser, world, "a", policy)
    holds(browser, world, "a", policy)
    cards_hold(browser, world, policy, own_policy(part))
    assert "A match weight of at least -4.00 bits" in text_of(browser, "#policy-words-a")
    assert log(browser, "browser") == []
