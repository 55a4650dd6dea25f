"""A real headless Chromium for the tests of pages, and what it asked of the network."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PATIENCE = 60.0


def _needed(*names: str) -> str:
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    message = f"the page tests need {names[0]}: install Debian's chromium and chromium-driver"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def started(profile: Path) -> webdriver.Chrome:
    """Return a browser of its own; the test is skipped where none is installed."""
    options = webdriver.ChromeOptions()
    options.binary_location = _needed("chromium", "chromium-browser", "google-chrome")
    driver = _needed("chromedriver")
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))


def open_page(
    browser: webdriver.Chrome, page: Path, width: int, scheme: str, state: str = ""
) -> list[str]:
    """Open the page at a width in a colour scheme; return what was asked of the network."""
    # Without motion: what is scrolled to smoothly cannot be clicked yet.
    wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
    features = [{"name": name, "value": value} for name, value in wanted.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get("about:blank")
    log(browser, "performance")
    log(browser, "browser")
    browser.get(page.as_uri() + state)
    wait_for_data(browser, "drawn")
    return asked(browser)


def wait_for_data(browser: webdriver.Chrome, name: str) -> None:
    """Wait until a script of the page says that it is done."""
    question = f"return document.documentElement.dataset.{name}"
    WebDriverWait(browser, PATIENCE).until(lambda b: b.execute_script(question) == "true")


def log(browser: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    """Return what was logged since the last call."""
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def asked(browser: webdriver.Chrome) -> list[str]:
    """Return every address asked of the network since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in log(browser, "performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def outside(requests: list[str]) -> list[str]:
    """Return the addresses that are not inside the page itself."""
    return [url for url in requests if not url.startswith(("data:", "blob:"))]


def scrolls_sideways(browser: webdriver.Chrome, width: int) -> bool:
    """Say whether the page is wider than its window."""
    scrolled, shown = browser.execute_script(
        "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    )
    return not scrolled <= shown <= width
