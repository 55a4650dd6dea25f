"""`overmatch choose` through the command line: what it prints, refuses and leaves."""

from pathlib import Path

import pytest

from simulator.cli import main
from tests.study.choices import write_run

DIRECT = "over_disclosed_residents_direct_per_1000_requests"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_run(Path("results/small"))


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_verdict_a_table_and_a_folder_are_left(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "choose", run, "--at-most", f"{DIRECT}=1")
    assert (code, err) == (0, "")
    assert "2 of 6 policies keep at most 1 per 1,000 requests" in out
    assert "with 95% confidence" in out
    assert "chosen" in out
    assert "not reached" in out
    assert "In the order fixed by 7 replicates, tested on the other 13" in out
    assert out.endswith("Results: results/small-choice\n")
    assert {path.name for path in Path("results/small-choice").iterdir()} == {
        "choice.csv",
        "harms.csv",
        "manifest.json",
        "figures",
    }


def test_options_reach_the_choice(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--at-most", f"{DIRECT}=1", "--at-most", "false_discovery_rate=0.5")
    code, out, _ = said(
        capsys, "choose", run, *asked, "--guardrails", "--confidence", "0.8", "--output", "mine"
    )
    assert code == 0
    assert "of 24 policies keep" in out
    assert "with 80% confidence" in out
    assert Path("mine/choice.csv").exists()


def test_none_is_an_answer_and_no_failure(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "choose", run, "--at-most", f"{DIRECT}=0.01")
    assert code == 0
    assert "None of 6 policies can be said to keep at most 0.01 per 1,000 requests" in out


def test_nothing_is_said_when_nothing_is_to_be_said(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "choose", run, "--at-most", f"{DIRECT}=1", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--at-most", "recal=1"), "there is no measure 'recal' at every policy"),
        (("--at-most", f"{DIRECT}=-1"), "must be a number above 0"),
        (("--at-most", f"{DIRECT}=1", "--confidence", "1.5"), "confidence"),
        ((), "at-most"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    run: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = said(capsys, "choose", run, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("overmatch: ")
    assert message in err
    assert err.count("\n") == 1
    assert not Path("results/small-choice").exists()


def test_a_run_that_is_too_small_or_none_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = write_run(Path("results/few"), 5)
    code, _, err = said(capsys, "choose", few, "--at-most", f"{DIRECT}=1")
    assert code == 2
    assert "5 replicates are too few to choose on some and certify on the others" in err
    code, _, err = said(capsys, "choose", "results/nowhere", "--at-most", f"{DIRECT}=1")
    assert code == 2
    assert "results/nowhere holds no policies.parquet" in err


def test_the_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "choose", "--help")
    assert code == 0
    assert "overmatch choose results/baseline --at-most" in out
    assert "--guardrails" in out
