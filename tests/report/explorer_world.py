"""What Python knows of the policies of one page, and the page held to it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from simulator.measures.explored import Policy, difference_between, estimates_at
from simulator.report.explorer_words import BY_GROUP, CARDS, DIFFERENCE, MEASURES
from simulator.report.headline import ANSWERED, headline_at
from simulator.report.sentences import say
from simulator.report.stored import Estimate
from simulator.report.wording import level_words, show, shown, shown_decimals
from tests.report.conftest import REPLICATES

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


def world_of(directory: Path) -> World:
    part = json.loads((directory / "manifest.json").read_text())["explored"]
    table = pq.read_table(directory / "policies.parquet").to_pandas()
    return World(directory / "report.html", table, part)


def choose(browser: webdriver.Chrome, world: World, side: str, policy: Policy) -> None:
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


def text_of(browser: webdriver.Chrome, where: str) -> str:
    found: str = browser.execute_script(
        "return document.querySelector(arguments[0]).textContent", where
    )
    return re.sub(r"\s+", " ", found).strip()


def cells_of(browser: webdriver.Chrome, where: str) -> list[list[str]]:
    """Return the cells of a table's body."""
    rows: list[list[str]] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')].map((row) =>"
        " [...row.children].map((cell) => cell.textContent.trim()))",
        where,
    )
    return rows


def brief(estimate: Estimate, measure: str) -> str:
    """Say a number as the page's tables do."""
    text = show(estimate, MEASURES[measure].factor).short
    nothing = " (nothing to count)" if estimate.denominator == 0 else " (no estimate)"
    return text + nothing * (not estimate.available)


def headline_of(estimates: dict[tuple[str, str], Estimate]) -> list[str]:
    def find(measure: str) -> Estimate | None:
        return estimates.get((measure, "all"))

    return [say(ANSWERED, find, LEVEL) or "", *headline_at(find, LEVEL)]


def difference_words(estimate: float, low: float, high: float) -> str:
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


def holds(browser: webdriver.Chrome, world: World, side: str, policy: Policy) -> None:
    """Hold everything that the page says of one policy to Python."""
    estimates = world.estimates(policy)
    place = 1 if side == "a" else 2
    shown_rows = {row[0]: row[1 + place] for row in cells_of(browser, "#numbers")}
    for measure, words in MEASURES.items():
        assert shown_rows[words.name] == brief(estimates[measure, "all"], measure), measure
    groups = [row for row in cells_of(browser, "#groups") if len(row) > 1]
    expected = [
        brief(estimate, BY_GROUP)
        for (measure, group), estimate in estimates.items()
        if measure == BY_GROUP and group != "all"
    ]
    assert [row[1 + place].removeprefix(side.upper()).strip() for row in groups] == expected
    said = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((line) => line.textContent)",
        f"#headline-{side} p, #more-{side} li",
    )
    assert sorted(said) == sorted(headline_of(estimates))
    assert said[0].startswith("Of every 1,000 requests, ")
    flow = browser.find_element(By.CSS_SELECTOR, f"#flow-{side} svg")
    for fate in ("fate_found", "fate_nobody", "fate_rejected"):
        number = brief(estimates[fate, "all"], fate)
        assert f"{MEASURES[fate].name} {number}" in (flow.get_attribute("aria-label") or "")
    det = browser.find_element(By.CSS_SELECTOR, "#det svg").get_attribute("aria-label") or ""
    alarms, missed = (
        brief(estimates[measure, "all"], measure)
        for measure in (
            "false_positive_identification_rate",
            "false_negative_identification_rate",
        )
    )
    assert f"Policy {side.upper()}: false alarms {alarms}, missed {missed}." in det


def cards_hold(browser: webdriver.Chrome, world: World, a: Policy, b: Policy) -> None:
    at_a, at_b = world.estimates(a), world.estimates(b)
    for number, measure in enumerate(CARDS):
        text = show(at_a[measure, "all"], MEASURES[measure].factor)
        big = "None" if text.none_seen else text.value if text.available else "Not available"
        assert text_of(browser, f"#card-{number}-a") == big
        if text.available:
            note = f"none seen; at most {text.high}" if text.none_seen else f"{LEVEL} {text.range}"
            assert text_of(browser, f"#card-{number}-note") == note
        assert text_of(browser, f"#card-{number}-b") == brief(at_b[measure, "all"], measure)
        said = text_of(browser, f"#card-{number}-change")
        assert said == difference_words(*world.difference(a, b, measure)), (measure, a, b)
