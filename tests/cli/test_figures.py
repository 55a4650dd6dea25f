"""`overmatch figures` through the command line: what it draws, names, refuses and returns."""

import shutil
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.fidelity import run
from simulator.fidelity.targets import targets
from simulator.scenario.schema import Scenario
from tests.report.papers import ablation, write_folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main(["figures", *(str(argument) for argument in arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def files(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    ablation(tmp_path / "results" / "baseline-ablation")
    return tmp_path / "results"


def test_folders_and_paper_are_drawn_twice_alike(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys)
    assert (code, err) == (0, "")
    assert "baseline-ablation" in out
    assert "no such results." in out, "figures of other results are named"
    assert out.endswith("Results: results/paper\n")
    first = files(results)
    assert "baseline-ablation/figures/ablation.svg" in first
    assert "paper/figures/guardrail_ablation.pdf" in first
    assert "paper/tables/guardrail_ablation.tex" in first
    assert said(capsys, "results", "--quiet") == (0, "", "")
    assert files(results) == first


def test_strict_fails_on_a_figure_that_is_missing(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = said(capsys, results, "--strict", "--quiet")
    assert code == 1
    assert "overmatch: figure fate_flow is missing, from baseline: no such results." in err


def test_a_folder_that_cannot_be_drawn_is_named_and_the_rest_is_done(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(results / "odd", "run", {"estimates.csv": "a\n"})
    code, out, err = said(capsys, results)
    assert code == 1
    assert "odd was not drawn: " in err
    assert (results / "baseline-ablation" / "figures" / "ablation.png").exists()
    assert "odd" in out


def test_one_folder_alone_is_drawn_without_a_paper(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "results/baseline-ablation")
    assert code == 0
    assert out.endswith("Results: results/baseline-ablation\n")
    assert not (results / "paper").exists()
    assert not (results / "baseline-ablation" / "paper").exists()


def test_what_is_no_folder_of_results_is_refused(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, why in (
        ("empty", "holds no results"),
        ("file", "is not a folder"),
        ("nowhere", "does not exist"),
    ):
        code, out, err = said(capsys, name)
        assert (code, out) == (2, "")
        assert err.startswith(f"overmatch: {name} {why}")
        assert err.count("\n") == 1


def test_what_is_no_paper_of_ours_is_not_replaced(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "paper").mkdir()
    (results / "paper" / "thesis.tex").write_text("years of work")
    code, _, err = said(capsys)
    assert code == 2
    assert "will not replace results/paper" in err
    shutil.rmtree(results / "paper")
    ablation(results / "paper")
    assert said(capsys)[0] == 2, "a run may be called so"


def test_the_comparison_with_published_figures_is_drawn_from_its_table(
    results: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def near(scenario: Scenario, replicate: int) -> dict[str, float]:
        factor = 1.0 + (replicate + 1) / 3_000.0  # digits that the table does not hold
        return {target.id: factor * target.published / target.scale for target in targets()}

    monkeypatch.setattr(run, "run_replicate", near)
    small = Scenario.model_validate(
        {"population": {"size": 20_000}, "listing": {"requests": 1}, "replicates": 2}
    )
    run.run_fidelity(small, results / "fidelity", workers=1, progress=lambda done, total: None)
    drawn = files(results / "fidelity")
    assert said(capsys, results / "fidelity", "--quiet") == (0, "", "")
    assert files(results / "fidelity") == drawn
    path = results / "fidelity" / "manifest.json"
    path.write_text(path.read_text().replace('"targets_sha256": "', '"targets_sha256": "0'))
    code, _, err = said(capsys, results / "fidelity", "--quiet")
    assert code == 1
    assert "other published figures" in err
