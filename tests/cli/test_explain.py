"""``overmatch explain`` through the command line: what it prints, draws and refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.cli.explain_table import print_explanation
from simulator.disclosure.guardrails import Guardrail
from simulator.records import Listed
from simulator.reference.tables import table_hashes
from simulator.report.explained import (
    LISTED,
    REJECTIONS,
    WITHHELD,
    agreement_words,
    outcome_sentence,
)
from simulator.report.waterfall import waterfall, waterfall_rows
from simulator.scenario.choices import SearchedRoll
from simulator.scenario.files import fields_sha256
from simulator.scenario.schema import Scenario
from simulator.study.explain import (
    Candidate,
    Explanation,
    FieldShown,
    NoSuchRequestError,
    Person,
    Progress,
)
from simulator.study.results import package_version, package_versions
from simulator.study.written import Paper, in_letters


def _fields(*adds: float, passes: bool | None) -> tuple[FieldShown, ...]:
    said = (
        ("given_name", "JUAN", "JEAN", "0.93"),
        ("surname", "HERNANDEZ VELEZ", "HERNANDEZ", "1.00"),
        ("address", "2707 BAYFALLS RD, PORT SAINT LUCIE, FL 34983", "1 OAK ST", "zip5"),
        ("birth_date", "1985-04-30", "", "missing"),
    )
    return tuple(FieldShown(*field, add, passes) for field, add in zip(said, adds, strict=True))


def _candidate(score: float, **changes: object) -> Candidate:
    plain = Candidate(
        account="0.7",
        paper=Paper("JEAN HERNANDEZ", "JEAN", "HERNANDEZ", "1 OAK ST", "", ""),
        role="primary",
        years_since_filing=1,
        fields=_fields(6.5, score - 7.5, 1.0, 0.0, passes=None),
        score=score,
        rank=1,
        compared=True,
        by_number=False,
        links=score >= 12.0,
        withheld="",
        released=score >= 12.0,
        is_mate=False,
        holder_status="native_born_citizen",
        holder_origin="us_white",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # names are the caller's


def _explanation(**changes: object) -> Explanation:
    mate = _candidate(5.0, is_mate=True, compared=False, released=False)
    plain = Explanation(
        title="A scenario",
        request=17,
        replicate=0,
        rule="fellegi_sunter",
        selection="all",
        thresholds={"score_threshold": "12.00"},
        threshold=12.0,
        paper=Paper("JUAN HERNANDEZ VELEZ", "JUAN", "HERNANDEZ VELEZ", "", "1985-04-30", "1"),
        person=Person("removable", "unauthorized", "mexico", "itin", "3 ELM ST", "searched"),
        rejection="none",
        candidates=(_candidate(20.25), _candidate(-3.0)),
        others=4,
        mate=mate,
        lost="comparison",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # names are the caller's


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave a results folder with a manifest alone, and stand in for the regenerating."""
    scenario = Scenario(title="A scenario").model_dump(mode="json")
    manifest = {
        "overmatch": package_version(),
        "scenario": scenario,
        "scenario_sha256": fields_sha256(scenario),
        "seed": 1,
        "replicates": 3,
        "confidence": 0.95,
        "versions": package_versions(),
        "reference_tables": table_hashes(),
        "tables": {},
        "setting": dict.fromkeys(
            (
                "people",
                "accounts",
                "lawful_residents",
                "requests",
                "mated_requests",
                "candidate_pairs",
                "mix_shortfall",
            ),
            1.0,
        ),
    }
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))

    def told(
        scenario: Scenario, request: int, replicate: int, *, limit: int, progress: Progress
    ) -> Explanation:
        progress(1, 1)
        return _explanation(request=request, replicate=replicate, title=scenario.title)

    monkeypatch.setattr("simulator.cli.explaining.explain_request", told)
    monkeypatch.chdir(tmp_path)
    return folder


Said = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def said(results: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    def run(arguments: str) -> tuple[int, str, str]:
        code = main(["explain", *arguments.split()])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_request_is_told_in_words(said: Said) -> None:
    code, out, err = said("r --request 17 --replicate 2")
    assert (code, err) == (0, "")
    assert out.startswith("Request 17 of replicate 2: A scenario\n")
    for words in (
        "The person was missed: the records are not alike enough to be compared; 1 stranger was",
        "Account 1: released; truly a stranger: native-born citizen, US-born White",
        "one part the same",
        "4 more accounts were compared.",
        "The person's own account: never a candidate",
        "Lost: ",
    ):
        assert words in " ".join(out.split()), words


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(capsys: pytest.CaptureFixture[str], width: int) -> None:
    fields = _fields(20.0, 10.0, 5.0, 0.0, passes=False)
    ranked = _explanation(
        rule="thresholds", threshold=None, candidates=(_candidate(35.0, fields=fields),)
    )
    for explanation in (_explanation(), ranked):
        print_explanation(explanation, width=width)
        lines = capsys.readouterr().out.splitlines()
        assert max(len(line) for line in lines) <= width
        text = "\n".join(lines)
        assert "…" not in text
        assert "BAYFALLS" in text


def test_json_holds_everything(said: Said) -> None:
    code, out, _ = said("r --request 17 --json")
    told = json.loads(out)
    assert code == 0
    assert told["unit"] == "bits"
    assert told["lost"] == "comparison"
    assert [field["adds"] for field in told["candidates"][0]["fields"]] == [6.5, 12.75, 1.0, 0.0]
    assert told["mate"]["is_mate"] is True


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_the_figure_is_written_as_its_name_says(said: Said, suffix: str, start: bytes) -> None:
    code, out, _ = said(f"r --request 17 --figure w.{suffix} --account 2")
    assert code == 0
    assert out.endswith(f"Figure: w.{suffix}\n")
    assert Path(f"w.{suffix}").read_bytes().startswith(start)
    assert sorted(path.name for path in Path().iterdir()) == ["r", f"w.{suffix}"]


def test_a_request_is_told_although_there_is_nothing_to_draw(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _explanation(candidates=(), mate=None, others=0, lost="")
    monkeypatch.setattr("simulator.cli.explaining.explain_request", lambda *_, **__: alone)
    code, out, err = said("r --request 17 --figure w.svg")
    assert code == 2
    assert "No account was compared with this request." in out
    assert err == "overmatch: there is no figure: no account was compared with this request.\n"


def test_an_account_that_is_not_there_cannot_be_drawn(said: Said) -> None:
    code, out, err = said("r --request 1 --account 3 --figure w.svg")
    assert (code, err) == (2, "overmatch: --account 3: there is none; allowed: 1 to 2.\n")
    assert "Account 2" in out


def test_what_was_found_by_number_is_not_said_to_agree() -> None:
    shown = FieldShown("address", "1 ELM ST", "2 OAK ST", "counted_as_same", 10.0, None)
    assert agreement_words(shown) == "not looked at, counted as the same"


def test_what_is_asked_beside_a_number_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    beside = {"number": "exact", "names": "name control", "address": "any"}
    print_explanation(_explanation(thresholds=beside), width=120)
    said = "by number (number exact, names name control, address any); released: "
    assert said in capsys.readouterr().out


def test_no_number_is_written_in_digits() -> None:
    assert in_letters(123456789) == "BCDEFGHIJ"
    assert in_letters(5) == "AAAAAAAAF"


def test_bars_run_from_sum_to_sum() -> None:
    rows = waterfall_rows(_candidate(20.25))
    assert [(row["from"], row["to"]) for row in rows] == [
        (0.0, 6.5),
        (6.5, 19.25),
        (19.25, 20.25),
        (20.25, 20.25),
        (0.0, 20.25),
    ]
    assert rows[-1]["side"] == "sum"
    with pytest.raises(ValueError, match=r"add up to 20\.25, not to 21"):
        waterfall_rows(replace(_candidate(20.25), score=21.0))


def test_a_threshold_is_drawn_only_where_the_score_decides() -> None:
    explanation = _explanation()
    assert "threshold 12" in json.dumps(waterfall(explanation, explanation.candidates[0]))
    ranked = _explanation(rule="thresholds", threshold=None)
    drawn = json.dumps(waterfall(ranked, ranked.candidates[0]))
    assert "threshold 12" not in drawn
    assert "Points only rank" in drawn


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"lost": "rule", "candidates": ()},
            (
                "The person was missed: the pair fell short of the decision rule; "
                "nothing was disclosed."
            ),
        ),
        (
            {
                "lost": "",
                "mate": _candidate(20.0, is_mate=True),
                "candidates": (_candidate(20.0, is_mate=True),),
            },
            "The person was found.",
        ),
        (
            {
                "lost": "",
                "mate": None,
                "candidates": (_candidate(20.0), _candidate(20.0)),
                "person": Person("departed", "unauthorized", "mexico", "none", "", "not_on_roll"),
            },
            "The person has no account; 2 strangers were disclosed.",
        ),
    ],
)
def test_the_outcome_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    assert outcome_sentence(_explanation(**changes)) == sentence


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("r", "Missing option '--request'"),
        ("r --request x", "Invalid value for '--request'"),
        ("r --request 20000", "--request 20000: there is none; allowed: 0 to 19999."),
        ("r --request -1", "--request -1: there is none; allowed: 0 to 19999."),
        ("r --request 1 --replicate 3", "--replicate 3: there is none; allowed: 0 to 2."),
        ("none --request 1", "none is not a directory."),
        (". --request 1", ". holds no manifest.json; it is not the directory of a finished run."),
        (
            "r --request 1 --figure w.gif",
            "--figure w.gif: its name must end in .svg, .png or .pdf.",
        ),
        ("r --request 1 --figure no/w.svg", "--figure no/w.svg cannot be written: No such file"),
        ("r --request 1 --account 11", "--account 11 lies beyond --limit 10."),
    ],
)
def test_what_cannot_be_told_is_one_sentence_and_2(
    said: Said, arguments: str, message: str
) -> None:
    code, out, err = said(arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"overmatch: {message}")
    assert err.count("\n") == 1
    assert not Path("w.svg").exists()


def test_a_request_beyond_the_duplicates_drawn_is_refused(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*given: object, **options: object) -> Explanation:
        raise NoSuchRequestError(10_150)

    monkeypatch.setattr("simulator.cli.explaining.explain_request", short)
    code, _, err = said("r --request 10150")
    assert (code, err) == (2, "overmatch: --request 10150: there is none; allowed: 0 to 10149.\n")


def test_on_another_roll_it_is_said_what_the_words_stand_for(said: Said, results: Path) -> None:
    def change(manifest: dict[str, object]) -> None:
        scenario = Scenario(title="A scenario", searched_roll=SearchedRoll.VOTER)
        manifest["scenario"] = scenario.model_dump(mode="json")
        manifest["scenario_sha256"] = fields_sha256(scenario.model_dump(mode="json"))

    _edit(results, change)
    code, _, err = said("r --request 17")
    assert code == 0
    assert "an entry on the voter roll, released for flagged for removal" in err


def _edit(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_an_edited_manifest_is_refused(said: Said, results: Path) -> None:
    _edit(results, lambda manifest: manifest["scenario"].update(seed=3))  # type: ignore[attr-defined]  # JSON
    code, _, err = said("r --request 1")
    assert code == 2
    assert err.startswith("overmatch: manifest.json was changed")


def test_a_scenario_of_another_version_is_refused(said: Said, results: Path) -> None:
    def change(manifest: dict[str, object]) -> None:
        manifest["scenario"] |= {"gone": 1}  # type: ignore[operator]  # JSON
        manifest["scenario_sha256"] = fields_sha256(manifest["scenario"])  # type: ignore[arg-type]  # JSON

    _edit(results, change)
    code, _, err = said("r --request 1")
    assert code == 2
    assert "this version does not understand its scenario (gone); run it again." in err


def test_other_versions_than_the_runs_are_said(said: Said, results: Path) -> None:
    _edit(results, lambda m: m["versions"].update(numpy="0.1"))  # type: ignore[attr-defined]  # JSON
    _edit(results, lambda m: m.update(reference_tables={}))
    code, out, err = said("r --request 17")
    assert code == 0
    assert out
    assert "the run used numpy 0.1, this is" in err
    assert "the reference tables are not those of the run" in err


def test_there_are_words_for_every_reason_and_every_way_of_being_listed() -> None:
    of_links = {
        g.name.lower() for g in Guardrail if Guardrail.KNOWN_STATUS <= g <= Guardrail.REVIEW
    }
    of_requests = {g.name.lower() for g in Guardrail if g <= Guardrail.NO_TRANSFER}
    assert set(REJECTIONS) == of_requests
    assert set(WITHHELD) == of_links
    assert set(LISTED) == {kind.name.lower() for kind in Listed}
