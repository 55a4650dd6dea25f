"""The scenarios that ship: valid, titled, and different from the baseline where they say so."""

from pathlib import Path

import pytest

from simulator.cli import main
from simulator.matching.external.extras import EXTRAS, ExtraMissingError
from simulator.matching.external.splink_run import settings
from simulator.scenario.files import load_scenario
from simulator.scenario.schema import (
    AddressCheck,
    AddressThreshold,
    BirthDateThreshold,
    Matcher,
    Scenario,
)
from simulator.study.run import run_scenario
from tests.study.tiny import manifest, quiet

LIBRARY = Path(__file__).parents[2] / "scenarios"


def library(name: str) -> Scenario:
    return load_scenario(LIBRARY / f"{name}.yaml")


def differences(name: str) -> dict[str, object]:
    """Return what the scenario ``name`` sets otherwise than the baseline, by dotted path."""

    def flat(values: dict[str, object], path: str) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in values.items():
            inner = flat(value, f"{path}{key}.") if isinstance(value, dict) else None
            found |= {f"{path}{key}": value} if inner is None else inner
        return found

    baseline = flat(library("baseline").model_dump(), "")
    texts = {"title", "question", "description"}
    return {
        path: value
        for path, value in flat(library(name).model_dump(), "").items()
        if baseline.get(path) != value and path not in texts
    }


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_scenario_is_valid_and_says_what_it_is_for(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.title != Scenario().title
    assert scenario.question.endswith("?")
    assert "expect" in scenario.description


def test_the_baseline_is_the_default_but_for_its_texts() -> None:
    texts = {"title": "x", "question": "", "description": ""}
    assert library("baseline").model_copy(update=texts) == Scenario(title="x")


def test_the_baseline_is_the_law_as_written() -> None:
    scenario = library("baseline")
    assert scenario.guardrails.address_required
    assert scenario.guardrails.address_check is AddressCheck.DELIVERABLE
    assert scenario.population.size == 1_000_000
    assert (scenario.listing.requests, scenario.replicates) == (10_000, 20)


def test_name_only_compares_no_address_and_rejects_none() -> None:
    assert differences("name-only") == {
        "matching.address_threshold": AddressThreshold.ANY,
        "guardrails.address_required": False,
        "guardrails.address_check": AddressCheck.NONE,
        "guardrails.placeholders_rejected": False,
    }


def test_strict_asks_for_exact_agreement() -> None:
    assert differences("strict") == {
        "matching.name_threshold": 1.0,
        "matching.street_similarity": 1.0,
        "matching.address_threshold": AddressThreshold.EXACT,
        "matching.birth_date_threshold": BirthDateThreshold.EXACT,
        "guardrails.birth_date_required": True,
    }


def test_smoke_is_the_baseline_in_small() -> None:
    assert differences("smoke") == {
        "population.size": 10_000,
        "listing.requests": 200,
        "replicates": 3,
    }


def test_thresholds_lets_any_address_agree_on_a_fifth_of_the_people() -> None:
    assert differences("thresholds") == {
        "population.size": 200_000,
        "listing.requests": 4_000,
        "replicates": 10,
        "matching.name_threshold": 0.88,
        "matching.address_threshold": AddressThreshold.ANY,
    }


def test_matchers_need_nothing_that_a_plain_install_lacks() -> None:
    scenario = library("matchers")
    assert not set(scenario.matchers) & set(EXTRAS)
    assert differences("matchers") == {
        "population.size": 100_000,
        "listing.requests": 2_000,
        "replicates": 4,
        "matching.blocking": (("zip5",), ("birth_date",), ("surname", "state")),
        "matchers": scenario.matchers,
    }


def test_splink_stands_beside_the_matchers_on_the_same_records() -> None:
    splink, plain = library("matchers-splink"), library("matchers")
    assert {Matcher.SPLINK, Matcher.SPLINK_EM} < set(splink.matchers)
    texts = {name: getattr(plain, name) for name in ("title", "question", "description")}
    assert splink.model_copy(update={**texts, "matchers": plain.matchers}) == plain
    settings(splink.matching)  # raises where SQL cannot say what the scenario asks for


@pytest.mark.parametrize("name", ["voter-roll", "benefit-roll"])
def test_other_rolls_are_searched_by_name_and_birth_date_with_the_same_list(name: str) -> None:
    changed = differences(name)
    assert changed["searched_roll"] == name.removesuffix("-roll")
    assert changed["matching.birth_date_threshold"] is BirthDateThreshold.EXACT
    assert not [path for path in changed if path.startswith(("listing", "requests", "population"))]


NAMED = {
    "baseline",
    "mou-2025",
    "tin-path-alone",
    "name-and-address-alone",
    "zip-proxy",
    "deliverable-address",
    "placeholders",
    "placeholders-rejected",
    "detention-facilities",
    "stale-addresses",
    "double-surnames",
    "name-control",
    "full-name",
    "unique-match-only",
    "manual-review",
    "court-order",
    "itin-accounts-only",
    "borrowed-numbers",
    "mixed-status-households",
    "list-errors",
    "list-expansion-7-million",
    "both-fields-required",
    "officer-caps",
    "wilfulness-evidence",
    "voter-roll",
    "benefit-roll",
    "chilling-five-years",
    "best-available-guardrails",
}
ALL = sorted(LIBRARY.glob("*.yaml"))
REDUCED = ("population.size=20_000", "listing.requests=200", "replicates=1")


def test_the_library_holds_what_it_names() -> None:
    assert {path.stem for path in ALL} >= NAMED


def test_the_page_about_scenarios_lists_each_once() -> None:
    page = (LIBRARY.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")
    for path in ALL:
        assert page.count(f"| `{path.name}` |") == 1, path.name


def test_titles_and_questions_are_all_different() -> None:
    scenarios = [load_scenario(path) for path in ALL]
    assert len({scenario.title for scenario in scenarios}) == len(ALL)
    assert len({scenario.question for scenario in scenarios}) == len(ALL)


def test_check_passes_on_the_whole_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *map(str, ALL)]) == 0
    said = capsys.readouterr()
    assert said.out.count(": valid, ") == len(ALL)
    assert said.err == "", "nothing is set for nothing"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_every_scenario_runs(path: Path, tmp_path: Path) -> None:
    scenario = load_scenario(path, REDUCED)
    results = tmp_path / "results"
    try:
        run_scenario(scenario, results, workers=1, progress=quiet)
    except ExtraMissingError as error:
        pytest.skip(str(error))
    written = manifest(results)
    assert written["setting"]["requests"] >= 200, "second requests come on top"
    assert (results / "estimates.csv").is_file()


PAIRS = {
    ("zip-proxy", "baseline"): {
        "guardrails.address_check",
        "guardrails.placeholders_rejected",
    },
    ("deliverable-address", "mou-2025"): {
        "guardrails.address_check",
        "guardrails.placeholders_rejected",
    },
    ("placeholders-rejected", "placeholders"): {"guardrails.placeholders_rejected"},
    ("full-name", "name-control"): {"matching.tin_name_check"},
    ("names-suppressed", "mixed-status-households"): {
        "disclosure.joint_filers_suppressed",
        "disclosure.dependants_suppressed",
    },
    ("court-order", "baseline"): {"guardrails.court_order.required"},
    ("unique-match-only", "name-only"): {"matching.selection"},
    ("list-expansion-7-million", "mou-2025"): {"listing.drawn_from"},
    ("shared-homes-withheld", "baseline"): {"disclosure.shared_addresses_withheld"},
}
OF_SIZE = {"population.size", "listing.requests", "replicates"}


@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_pairs_differ_in_what_they_are_about_alone(pair: tuple[str, str]) -> None:
    one, other = (differences(name) for name in pair)
    differing = {path for path in {*one, *other} if one.get(path) != other.get(path)}
    assert differing - OF_SIZE == PAIRS[pair]


def test_the_long_list_has_as_many_for_each_head_as_was_asked_for() -> None:
    long = library("list-expansion-7-million")
    assert long.listing.requests / long.population.size == pytest.approx(7.3 / 330, rel=1e-3)
    replay = library("mou-2025")
    assert replay.listing.requests / replay.population.size == pytest.approx(1.28 / 330, rel=1e-3)
