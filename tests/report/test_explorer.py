"""What the page carries of every policy: packed, in words, refused where it is not the run's."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from markupsafe import escape

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import SWITCHES
from simulator.measures.explored import all_policies, every_policy, own_policy
from simulator.report.ablated import LABELS
from simulator.report.explorer import NO_TABLE, explorer_data, why_not
from simulator.report.explorer_words import BY_GROUP, CARDS, MEASURES, RAILS, STANDINGS
from simulator.report.headline import ANSWERED, DISCLOSED, headline_from, lead_sentence
from simulator.report.packing import LARGEST, Plane, packed, variable_length
from simulator.report.results import read_results
from simulator.report.stored import ReportError
from simulator.report.tables import error_cards, main_estimates
from simulator.report.write import write_report
from tests.report.conftest import REPLICATES
from tests.report.explored_tables import explored_part

POLICIES_MD = Path(__file__).parents[2] / "docs" / "policies.md"
# Guardrails that are one value of a field whose other values stand otherwise in docs/policies.md.
ONE_VALUE = {"no_transfer"}


def unpacked(data: dict[str, Any]) -> dict[str, list[int]]:
    """Unpack as the page's script does, in plain Python."""
    content, at = zlib.decompress(base64.b64decode(data["text"])), 0
    planes: dict[str, list[int]] = {}
    for plane in data["planes"]:
        values, before = [], 0
        for _ in range(plane["count"]):
            number, size = 0, 1
            while True:
                byte, at = content[at], at + 1
                number += (byte & 127) * size
                size *= 128
                if not byte & 128:
                    break
            value = -(number + 1) // 2 if number % 2 else number // 2
            before = before + value if plane["differences"] else value
            values.append(before)
        planes[plane["name"]] = values
    assert at == len(content)
    return planes


def test_numbers_come_back_from_their_bytes() -> None:
    numbers = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 10**9, -(10**9), LARGEST - 1, 1 - LARGEST]
    planes = {
        "plain": Plane(np.array(numbers)),
        "near": Plane(np.array([[5, 6], [6, 1_000_000]]), differences=True),
        "none": Plane(np.array([], np.int64)),
    }
    found = unpacked(packed(planes))
    assert found == {"plain": numbers, "near": [5, 6, 6, 1_000_000], "none": []}
    assert packed(planes) == packed(planes)


def test_a_number_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="not below"):
        variable_length(np.array([LARGEST]))


@pytest.fixture(scope="module")
def data(report_directory: Path) -> dict[str, Any]:
    found = explorer_data(read_results(report_directory))
    assert found is not None
    return found


def test_all_policies_are_carried_in_little_room(data: dict[str, Any]) -> None:
    planes = unpacked(data["packed"])
    policies = len(data["cuts"]) * len(data["addresses"]) * 2 ** len(data["guardrails"])
    assert len(planes["value"]) == policies * len(data["columns"])
    assert len(planes["each:exposed"]) == policies * REPLICATES
    assert len(json.dumps(data)) < 400_000
    groups = [column["group"] for column in data["columns"] if column["group"] != "all"]
    assert "status=protected" in groups
    assert "status=unauthorized" not in groups  # nobody there is a lawful resident


def test_counts_stand_where_the_page_looks_for_them(
    data: dict[str, Any], report_directory: Path
) -> None:
    part = json.loads((report_directory / "manifest.json").read_text())["explored"]
    table = pq.read_table(report_directory / "policies.parquet").to_pandas()
    evaluated = all_policies(table, part, 0.95)
    planes, number = unpacked(data["packed"]), len(every_policy(part))
    row = evaluated.rows.index((BY_GROUP, "all"))
    column = [(one["measure"], one["group"]) for one in data["columns"]].index((BY_GROUP, "all"))
    cuts, addresses = len(data["cuts"]), len(data["addresses"])
    own = own_policy(part)
    for place, policy in enumerate(evaluated.policies):
        at = policy.guardrails * addresses + part["addresses"].index(policy.address)
        at = at * cuts + part["cuts"].index(policy.cut)
        assert planes["events"][column * number + at] == evaluated.numerator[place, row]
        if policy == own:
            stands = data["own"]
            assert at == (stands["rails"] * addresses + stands["address"]) * cuts + stands["cut"]


def test_every_guardrail_is_said_in_a_sentence() -> None:
    names = {guardrail.name.lower() for guardrail in SWITCHES}
    assert set(RAILS) == names
    assert names <= set(LABELS)
    for words in RAILS.values():
        assert words.standing in STANDINGS
        assert words.sentence.endswith(".")
        assert len(words.sentence) < 90


def test_guardrails_stand_where_the_documentation_says() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \|[^|]*\| (\w+) \|", POLICIES_MD.read_text(), re.MULTILINE)
    standing = dict(rows)
    for name in set(RAILS) - ONE_VALUE:
        path = ".".join(SWITCHES[Guardrail[name.upper()]].path)
        assert RAILS[name].standing == standing[path], name


def test_the_page_says_what_the_headline_says(report_directory: Path) -> None:
    results = read_results(report_directory)
    sentences = (ANSWERED, *DISCLOSED)
    assert escape(lead_sentence(results)) in (report_directory / "report.html").read_text()
    assert sum(sentence.key for sentence in sentences) == 2
    shown = {measure for sentence in sentences for measure in sentence.measures} - set(MEASURES)
    assert shown == {"people_at_wrong_doors_lawful_per_1000_requests"}
    assert set(CARDS) <= set(MEASURES)
    assert len(headline_from(results)) >= 5


def test_a_run_without_the_table_says_so(fabricate: Callable[..., Path]) -> None:
    directory = fabricate()
    assert why_not(read_results(directory)) == NO_TABLE
    page = write_report(directory).read_text(encoding="utf-8")
    assert escape(NO_TABLE) in page
    assert "explorer-data" not in page


CHALLENGES = (
    "flagged_per_1000_requests",
    "eligible_share_of_flagged",
    "wrongly_flagged_listing_error_per_1000_requests",
    "wrongly_flagged_wrong_person_per_1000_requests",
    "restored_after_notice",
    "removed_without_notice",
    "removed_without_reply",
    "wrongly_removed_per_1000_requests",
)


def test_nothing_is_released_where_people_are_flagged(
    fabricate: Callable[..., Path], rows: list[tuple[Any, ...]]
) -> None:
    own = rows[0][1:4]
    challenged = [(name, *own, 0.4, 0.02, 0.36, 0.44, 400, 1_000, 20) for name in CHALLENGES]
    directory = fabricate(
        "voter",
        estimates=[*rows, *challenged],
        scenario={"searched_roll": "voter"},
        explored=explored_part(replicates=REPLICATES),
    )
    results = read_results(directory)
    assert "on the voter roll people are flagged" in why_not(results)
    assert explorer_data(results) is None
    cards = error_cards(results)
    assert [card.heading for card in cards] == ["Wrong person", "Missed match"]
    assert not any("released" in card.meaning or "account" in card.meaning for card in cards)
    main = main_estimates(results)
    assert main.heading == "Flagged: every entry that qualifies"
    for line in main.lines:
        assert "released" not in f"{line.name} {line.meaning}".lower()
    assert "voter roll being flagged." in lead_sentence(results)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda part: part.pop("groups"), "explored has no field groups"),
        (lambda part: part["cuts"].append(1.5), r"policies\.parquet has 30240 rows instead of"),
        (lambda part: part["groups"].append("status=x"), "has no column exposed:status=x"),
        (lambda part: part["lawful_residents"].pop("all"), "of which manifest.json speaks: 'all'"),
    ],
)
def test_a_table_that_is_not_the_manifests_is_refused(
    fabricate: Callable[..., Path], harm: Callable[[dict[str, Any]], Any], message: str
) -> None:
    directory = fabricate(explored=explored_part(replicates=REPLICATES))
    path = directory / "manifest.json"
    manifest = json.loads(path.read_text())
    harm(manifest["explored"])
    path.write_text(json.dumps(manifest))
    with pytest.raises(ReportError, match=message):
        explorer_data(read_results(directory))
