"""`overmatch ablate` through the command line: what it prints, refuses and leaves."""

from pathlib import Path

import numpy as np
import pytest

from simulator.cli import main
from simulator.disclosure.guardrails import Guardrail
from simulator.matching.weights import Weights
from simulator.scenario.schema import Scenario
from simulator.study.relaxed import Ablated
from simulator.study.run import RunError

PEOPLE = 1 << Guardrail.ADDRESS_REQUIRED


def made_up(
    scenario: Scenario,
    sets: tuple[int, ...],
    replicate: int,
    weights: Weights | None = None,
    *,
    threads: int = 1,
) -> Ablated:
    """Stand in for a replicate: address required spares 5 people and costs 2 matches or 3."""
    standing = np.array([[bool(one & PEOPLE)] for one in sets], dtype=np.float64)
    costs = np.array([[5.0, 1.0, 2.0 + replicate % 2]])
    return Ablated(np.array([[60.0, 20.0, 300.0]]) - standing * costs, scenario.listing.requests)


@pytest.fixture
def scenario(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("simulator.study.ablation.ablated_replicate", made_up)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(
        "title: A small one\nreplicates: 4\npopulation: {size: 2_000}\nlisting: {requests: 100}\n",
        encoding="utf-8",
    )
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_table_and_a_folder_are_left(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "ablate", scenario, "--workers", "1")
    assert (code, err) == (0, "")
    assert "A small one" in out
    on, off = out.index("turned off alone"), out.index("turned on alone")
    row = out[on:off]
    assert "address_required" in row
    assert "2.0 (" in row, "5 people spared for 2 or 3 matches lost"
    assert "none seen" in out
    assert "All of these together" in out
    assert "Results: results/small-ablation" in out
    left = tmp_path / "results" / "small-ablation"
    assert {path.name for path in left.iterdir()} == {
        "ablation.csv",
        "shapley.csv",
        "subsets.csv",
        "manifest.json",
        "run.log",
        "figures",
    }


def test_nothing_is_said_when_nothing_is_to_be_said(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "ablate", scenario, "--workers", "1", "--quiet") == (0, "", "")
    assert (tmp_path / "results" / "small-ablation" / "ablation.csv").exists()


def test_more_guardrails_can_be_named(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = "address_required, review"
    code, _, _ = said(
        capsys, "ablate", scenario, "--guardrails", names, "--workers", "1", "--output", "mine"
    )
    assert code == 0
    rows = (tmp_path / "mine" / "subsets.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 4 * 3
    assert rows[-1].startswith("address_required+review,2,")


def test_an_unknown_guardrail_is_refused_before_any_work(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "ablate", scenario, "--guardrails", "reviw")
    assert (code, out) == (2, "")
    assert err.startswith("overmatch: --guardrails: there is no 'reviw'; did you mean review?")
    assert err.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_a_run_that_fails_leaves_earlier_results(
    scenario: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert said(capsys, "ablate", scenario, "--workers", "1", "--quiet")[0] == 0
    kept = (tmp_path / "results" / "small-ablation" / "ablation.csv").read_bytes()

    def dies(*_: object, **__: object) -> None:
        raise RunError("a worker process died")

    monkeypatch.setattr("simulator.study.ablation.ablated_replicates", dies)
    code, out, err = said(capsys, "ablate", scenario, "--seed", "9")
    assert (code, out) == (1, "")
    assert err == "overmatch: the run failed: a worker process died.\n"
    assert (tmp_path / "results" / "small-ablation" / "ablation.csv").read_bytes() == kept


def test_the_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "ablate", "--help")
    assert code == 0
    assert "overmatch ablate scenarios/baseline.yaml" in out
    assert "--guardrails" in out
