"""Scenario files: merging, overrides, and every mistake with its line."""

import re
from pathlib import Path

import pytest

from simulator.reference.tables import origins
from simulator.scenario.files import (
    MAX_CHAIN,
    ScenarioError,
    load_scenario,
    scenario_sha256,
)
from simulator.scenario.schema import FINAL_ORDERS, Scenario

LAWFUL_BUT_NATIVES = "naturalised_citizen, permanent_resident, temporary_visa, protected"
TOP = (
    "extends, title, question, description, seed, replicates, confidence, precision, population, "
    "names, roll, searched_roll, voter_roll, benefit_roll, listing, requests, matching, "
    "guardrails, disclosure, recipient, notice, chilling, calibration, vary, explore, matchers"
)
VALIDITY = (
    "address_required, address_check, placeholders_rejected, detention_facilities_rejected, "
    "max_requests_per_address, birth_date_required, period_required, statute_required, "
    "reason_required, min_order_age_days, removable_class_required, wilfulness_evidence_required, "
    "officer_required, sole_purpose_required, court_order, batch_cap"
)
RELEASE = (
    "scope, joint_filers_suppressed, dependants_suppressed, shared_addresses_withheld, "
    "units_required, max_address_age_years, known_status, review"
)
EVERY_ORIGIN = ", ".join(
    f"{name}: 0"
    for name, abroad in zip(origins().names, origins().foreign_born, strict=True)
    if abroad
)


def write(directory: Path, text: str | bytes, name: str = "s.yaml") -> Path:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(path: Path, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path, overrides)
    return str(raised.value).replace(f"{path.parent}/", "").splitlines()


def test_a_file_sets_what_it_names_and_leaves_the_defaults(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, "title: T\nrequests: {nickname: 1}\n"))
    assert scenario.title == "T"
    assert scenario.requests.nickname == 1.0
    assert scenario.requests.given_misspelt == Scenario().requests.given_misspelt


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbftitle: T\r\nseed: x\r\n")
    assert problems(path)[0].startswith("s.yaml:2: seed: the text 'x' is not a whole number")


def test_extends_merges_groups_and_replaces_values(tmp_path: Path) -> None:
    write(
        tmp_path,
        "title: base\nroll:\n  years_since_filing: [0.5, 0.5]\n  unauthorized_tin: "
        "{ssn: 0.2, itin: 0.52}\nlisting:\n  nationality_mix: {mexico: 1, haiti: 2}\n",
        "base.yaml",
    )
    middle = "extends: base.yaml\nroll: {joint_filing_share: 0.5}\n"
    (tmp_path / "deeper").mkdir()
    write(tmp_path, middle, "middle.yaml")
    path = write(
        tmp_path,
        "extends: ../middle.yaml\ntitle: top\nlisting: {nationality_mix: {cuba: 3}}\n",
        "deeper/top.yaml",
    )
    scenario = load_scenario(path)
    assert scenario.title == "top"
    assert scenario.roll.years_since_filing == (0.5, 0.5)
    assert scenario.roll.joint_filing_share == 0.5
    assert scenario.roll.unauthorized_tin.itin == 0.52
    assert scenario.roll.unauthorized_tin.borrowed_ssn == 0.16
    assert scenario.listing.nationality_mix == {"cuba": 3.0}
    assert Scenario().listing.nationality_mix == FINAL_ORDERS


def test_problems_stand_where_the_value_was_given(tmp_path: Path) -> None:
    write(tmp_path, "title: base\nseed: -1\nconfidence: 2\n", "base.yaml")
    path = write(tmp_path, "extends: base.yaml\n\n\nconfidence: 3\n")
    assert [line.split(" ")[0] for line in problems(path)] == ["base.yaml:2:", "s.yaml:4:"]


def test_overrides_come_last_and_are_read_as_yaml(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 3\nmatching: {tin_path: true}\n")
    scenario = load_scenario(
        path,
        [
            "seed=4",
            "seed=5",
            "matching.name_threshold=0.9",
            "matching.blocking=[[zip3], [birth_year, state]]",
            "matching={selection: best}",
            "listing.nationality_mix={mexico: 1}",
            "title=a=b",
            "disclosure.max_address_age_years=null",
        ],
    )
    assert scenario.seed == 5
    assert scenario.matching.name_threshold == 0.9
    assert scenario.matching.blocking == (("zip3",), ("birth_year", "state"))
    assert (scenario.matching.selection, scenario.matching.tin_path) == ("best", True)
    assert scenario.listing.nationality_mix == {"mexico": 1.0}
    assert scenario.title == "a=b"


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        (
            "matching.name_threshold=2",
            "--set matching.name_threshold: 2 is too large; allowed: number, 0.8 to 1",
        ),
        ("matching.name_treshold=0.9", "; did you mean name_threshold?"),
        ("matchng.tin_path=true", "; did you mean matching?"),
        ("name_threshold=0.9", "; did you mean matching.name_threshold?"),
        ("seed", "--set seed: must read FIELD=VALUE, as in population.size=20000"),
        ("=5", "--set : must read FIELD=VALUE, as in population.size=20000"),
        ("extends=a.yaml", "--set extends: extends can stand in a file only"),
        ("seed=[1", "--set seed: is not valid YAML: "),
        ("seed=", "--set seed: nothing is not a whole number; allowed: "),
        ("seed=*x", "--set seed: anchors and aliases (& and *) are not allowed"),
        ("seed={a: 1, a: 2}", "--set seed: is given twice; first on line 1"),
        (
            "listing.nationality_mix.mexico=5",
            (
                "--set listing.nationality_mix.mexico: "
                "listing.nationality_mix is set as a whole; allowed: "
            ),
        ),
        (
            "matching.tin_path=yes",
            "is not true or false; allowed: true or false; did you mean true?",
        ),
        ("a\x1b.b=1", r"--set 'a\x1b.b': unknown key"),
    ],
)
def test_a_wrong_override_is_named(tmp_path: Path, override: str, problem: str) -> None:
    assert problem in problems(write(tmp_path, "seed: 1"), override)[0]


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
title: x
seed: true
replicates: 1.5
confidense: 0.9
population:
  size: "1000000"
  annual_move_rate: .nan
  lawful_statuses: [permanent_resident, citizen]
name_threshold: 0.9
listing:
  departed_share: 0.9
  wrongly_listed_share: 0.2
  nationality_mix: {mexico: 1, haiti: -2, brasil: 3}
matching:
  name_threshold: 0.921
  tin_path: yes
  selection: bst
  blocking: [[zip3, zip3], [foo]]
roll:
  years_since_filing: [0.5, 0.4]
  unauthorized_tin: {ssn: 0.3}
disclosure:
guardrails: 5
requests:
  nickname: 2
  nickname: 3
""",
    )
    assert problems(path) == [
        (
            "s.yaml:2: seed: true is not a whole number; allowed: whole number, 0 to "
            "9,223,372,036,854,775,807"
        ),
        "s.yaml:3: replicates: 1.5 is not a whole number; allowed: whole number, 1 to 10,000",
        (f"s.yaml:4: confidense: unknown key; allowed: {TOP}; did you mean confidence?"),
        (
            "s.yaml:6: population.size: the text '1000000' is not a whole number; allowed: whole "
            "number, 1,000 to 350,000,000"
        ),
        "s.yaml:7: population.annual_move_rate: nan is not a finite number; allowed: number, 0 to 1",
        (
            "s.yaml:8: population.lawful_statuses[1]: 'citizen' is unknown; allowed: list of 1 or more: "
            "native_born_citizen, naturalised_citizen, permanent_resident, temporary_visa, protected, "
            "unauthorized"
        ),
        (
            f"s.yaml:9: name_threshold: unknown key; allowed: {TOP}; did you mean "
            "matching.name_threshold?"
        ),
        (
            "s.yaml:11: listing.departed_share: departed_share, died_share, never_existed_share and "
            "wrongly_listed_share exceed 1 together"
        ),
        (
            "s.yaml:13: listing.nationality_mix.haiti: -2 is too small; allowed: pairs of a name and a "
            "number, 0 to 1,000,000,000,000"
        ),
        (
            "s.yaml:13: listing.nationality_mix.brasil: unknown origin 'brasil'; allowed: mexico, "
            "guatemala, honduras, el_salvador, nicaragua, cuba, dominican_republic, colombia, ecuador, "
            "venezuela, other_central_america, other_south_america, haiti, other_caribbean, "
            "sub_saharan_africa, china, india, philippines, vietnam, korea, south_asia_other, "
            "east_southeast_asia_other, brazil, europe, middle_east_north_africa, canada_oceania, "
            "other; did you mean brazil?"
        ),
        "s.yaml:15: matching.name_threshold: name_threshold must be a multiple of 0.01; got 0.921",
        (
            "s.yaml:16: matching.tin_path: the text 'yes' is not true or false; allowed: true or false; "
            "did you mean true?"
        ),
        (
            "s.yaml:17: matching.selection: 'bst' is unknown; allowed: all, best, unique, top; "
            "did you mean best?"
        ),
        (
            "s.yaml:18: matching.blocking[1][0]: 'foo' is unknown; allowed: list of 1 to 8: list of "
            "any: zip3, zip5, state, building, birth_year, birth_date, given_initial, given_name, "
            "surname"
        ),
        "s.yaml:20: roll.years_since_filing: years_since_filing must sum to 1; they sum to 0.9",
        (
            "s.yaml:21: roll.unauthorized_tin.ssn: ssn, itin, borrowed_ssn, invalid_ssn and none must sum to 1; they "
            "sum to 1.24"
        ),
        f"s.yaml:22: disclosure: nothing is not a group of fields; allowed: {RELEASE}",
        f"s.yaml:23: guardrails: 5 is not a group of fields; allowed: {VALIDITY}",
        "s.yaml:25: requests.nickname: 2 is too large; allowed: number, 0 to 1",
        "s.yaml:26: requests.nickname: is given twice; first on line 25",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "requests: {address_missing: 1, address_placeholder: 0}",
            (
                "s.yaml:1: requests.address_missing: "
                "guardrails.address_required needs addresses, but requests.address_missing is 1"
            ),
        ),
        (
            "requests:\n  address_missing: 0.3\n  address_placeholder: 0.8",
            (
                "s.yaml:2: requests.address_missing: "
                "address_missing and address_placeholder exceed 1 together"
            ),
        ),
        (
            "requests: {address_placeholder: 0.95}",
            (
                "s.yaml:1: requests.address_placeholder: "
                "address_missing and address_placeholder exceed 1 together"
            ),
        ),
        (
            f"seed: 1\npopulation:\n  lawful_statuses: [{LAWFUL_BUT_NATIVES}]",
            (
                "s.yaml:3: population.lawful_statuses: listing.wrongly_listed_status gives "
                "native_born_citizen a share, but population.lawful_statuses does not count it "
                "as lawful"
            ),
        ),
        (
            f"listing:\n  departed_share: 0.2\n  nationality_mix: {{{EVERY_ORIGIN}, other: 5}}",
            (
                "s.yaml:3: listing.nationality_mix: nationality_mix needs at least one positive "
                "weight"
            ),
        ),
        (
            "matching:\n  name_address_path: false",
            (
                "s.yaml:2: matching.name_address_path: "
                "name_address_path and tin_path are both false: nothing would match"
            ),
        ),
        (
            "population: {size: 1000}",
            (
                "s.yaml:1: population.size: listing.requests asks for 7,850 "
                "people in the country, but population.size is 1,000"
            ),
        ),
        ("title: ''", "s.yaml:1: title: is too short: it has 0 characters; allowed: "),
        ("title: 5", "s.yaml:1: title: 5 is not text; put it in quotes; allowed: "),
        ("seed: 010", "s.yaml:1: seed: the text '010' is not a whole number; "),
        ("seed: 1:30", "s.yaml:1: seed: the text '1:30' is not a whole number; "),
        ("seed: " + "9" * 300, "s.yaml:1: seed: 99"),
        ("confidence: '0.9'", "s.yaml:1: confidence: the text '0.9' is not a number; "),
        ("confidence: 1e999", "s.yaml:1: confidence: inf is not a finite number; "),
        ("confidence: -.inf", "s.yaml:1: confidence: -inf is not a finite number; "),
        ("no: 1", "s.yaml:1: no: unknown key; "),
        ("a b: 1", "s.yaml:1: 'a b': unknown key; "),
        ("matching: {tin_path: 1}", "s.yaml:1: matching.tin_path: 1 is not true or false; "),
        (
            "matching: {blocking: zip3}",
            "s.yaml:1: matching.blocking: the text 'zip3' is not a list; ",
        ),
        (
            "matching: {blocking: []}",
            "s.yaml:1: matching.blocking: is too short: it has 0 entries; ",
        ),
        (
            "listing: {nationality_mix: [mexico]}",
            "s.yaml:1: listing.nationality_mix: a list is not a set of name: value pairs; ",
        ),
        (
            "listing: {nationality_mix: {}}",
            "s.yaml:1: listing.nationality_mix: is too short: it has 0 entries; ",
        ),
        ('title: "\\ud800"', "s.yaml:1: title: '\\ud800' holds a character that is none; "),
        ("[a, b]", "s.yaml:1: holds a list; a scenario has fields"),
        ("just words", "s.yaml:1: holds 'just words'; a scenario has fields"),
        ("", "s.yaml:1: is empty; a scenario has fields"),
        ("# only a comment\n", "s.yaml:1: is empty; a scenario has fields"),
        ("---\n...\n", "s.yaml:1: is empty; a scenario has fields"),
        (b"title: \xff\xfe", "s.yaml:1: is not UTF-8 text (byte 8)"),
        (b"a: 1\nb: \x00\x01", "s.yaml:2: holds the control character U+0000; is it text?"),
        (b"\x7fELF\x02\x01\x01\x00\x9c", "s.yaml:1: is not UTF-8 text (byte 9)"),
        ("a" * 1_000_001, "s.yaml:1: is larger than 1,000,000 bytes"),
        ("a: &a [*a]", "s.yaml:1: a: anchors and aliases (& and *) are not allowed"),
        (
            "extends: s.yaml",
            "s.yaml:1: extends: 's.yaml' leads back to a file already read: a cycle",
        ),
        ("seed: 1\nextends: none.yaml", "s.yaml:2: extends: none.yaml does not exist"),
        ("extends: .", "s.yaml:1: extends: "),
        ("extends: [a]", "s.yaml:1: extends: a list is not the name of a scenario file"),
        ("extends:", "s.yaml:1: extends: nothing is not the name of a scenario file"),
        ('extends: "a\\0b"', "s.yaml:1: extends: 'a\\x00b' is not the name of a scenario file"),
        (f"extends: {'a' * 300}", "s.yaml:1: extends: "),
        ("extends: /dev/zero", "s.yaml:1: extends: /dev/zero is not a regular file"),
    ],
)
def test_one_mistake_one_line(tmp_path: Path, text: str | bytes, problem: str) -> None:
    lines = problems(write(tmp_path, text))
    assert len(lines) == 1
    assert lines[0].startswith(problem)


def test_what_is_no_readable_file_is_said_in_one_line(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.yaml") == ["none.yaml:1: does not exist"]
    (tmp_path / "d").mkdir()
    assert problems(tmp_path / "d") == ["d:1: is a directory, not a scenario file"]
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert re.fullmatch(r"loop:1: cannot be read: .*symbolic links", problems(tmp_path / "loop")[0])
    under = write(tmp_path, "x") / "below.yaml"
    assert problems(under) == ["below.yaml:1: cannot be read: Not a directory"]


def test_an_unreadable_file_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "seed: 1")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert problems(path) == ["s.yaml:1: cannot be read: Permission denied"]


def test_a_long_chain_is_refused_and_a_long_cycle_found(tmp_path: Path) -> None:
    for number in range(MAX_CHAIN + 1):
        write(tmp_path, f"extends: {number + 1}.yaml", f"{number}.yaml")
    message = f"{MAX_CHAIN - 1}.yaml:1: extends: more than {MAX_CHAIN} files extend one another"
    assert problems(tmp_path / "0.yaml") == [message]
    write(tmp_path, "extends: 1.yaml", "3.yaml")
    assert "a cycle" in problems(tmp_path / "0.yaml")[0]


def test_the_hash_rests_on_values_not_on_how_they_are_written(tmp_path: Path) -> None:
    written = write(tmp_path, "confidence: 0.950\nseed: 20_250_407\n# a comment\n")
    mix = ", ".join(f"{name}: {int(weight)}" for name, weight in FINAL_ORDERS.items())
    longer = write(tmp_path, f"listing: {{nationality_mix: {{{mix}}}}}", "t.yaml")
    default = scenario_sha256(Scenario())
    assert re.fullmatch("[0-9a-f]{64}", default)
    assert scenario_sha256(load_scenario(written)) == default
    assert scenario_sha256(load_scenario(longer)) == default
    assert scenario_sha256(load_scenario(written, ["seed=1"])) != default


@pytest.mark.parametrize("character", ["\\e", "\\0", "\\uFFFE", "\\x7F", "\\uFDD0"])
def test_text_that_cannot_be_shown_is_refused(
    character: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(f'title: "a{character}b"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"^s\.yaml:1: title: .*cannot be shown"):
        load_scenario(Path("s.yaml"))


def test_a_base_that_is_missing_hides_no_other_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text("extends: no.yaml\nreplicates: 0\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(Path("s.yaml"))
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (1, "extends"),
        (2, "replicates"),
    ]


@pytest.mark.parametrize("value", ["[[zip9]]", "[zip5]", "[[zip5], [zip9]]"])
def test_a_refused_entry_is_not_also_said_to_be_absent(tmp_path: Path, value: str) -> None:
    path = write(tmp_path, f"title: T\nmatching:\n  blocking: {value}\n")
    (said,) = problems(path)
    assert said.startswith("s.yaml:3: matching.blocking")
    assert "too short" not in said
