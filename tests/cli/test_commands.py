"""Every command through the command line: what it prints, what it refuses, how it ends."""

import inspect
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.cli import main, script
from simulator.scenario.files import json_schema, load_scenario, scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.run import Progress, RunError

ROOT = Path(__file__).parents[2]
Finish = Callable[[Path], object]


@dataclass
class Run:
    """What a stand-in for the run was asked for, and how it shall end."""

    scenario: Scenario | None = None
    output: Path | None = None
    workers: int = 0
    finish: Finish | None = None
    ends_with: BaseException | None = None

    def run_scenario(
        self,
        scenario: Scenario,
        output: Path,
        *,
        workers: int,
        progress: Progress,
        finish: Finish,
        notice: Callable[[str], None],
    ) -> None:
        self.scenario, self.output, self.workers = scenario, output, workers
        self.finish = finish
        progress(0, 2)
        if self.ends_with is not None:
            raise self.ends_with
        progress(2, 2)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Stand in for the run and its headline, in an empty working directory with one scenario."""
    asked = Run()
    monkeypatch.setattr("simulator.study.run.run_scenario", asked.run_scenario)
    monkeypatch.setattr(
        "simulator.report.headline.headline_lines",
        lambda directory: [f"Of every 1,000 in {directory}, 7."],
    )
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text("title: My scenario\n", encoding="utf-8")
    return asked


def said(capsys: pytest.CaptureFixture[str], arguments: str | list[str]) -> tuple[int, str, str]:
    given = arguments.split() if isinstance(arguments, str) else arguments
    code = main(given)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_run_writes_to_results_and_the_name_of_the_file(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(capsys, "run s.yaml --workers 2") == (
        0,
        "My scenario\n  - Of every 1,000 in results/s, 7.\nResults: results/s\n",
        "",
    )
    assert run.scenario == load_scenario(Path("s.yaml"))
    assert (run.output, run.workers) == (Path("results/s"), 2)
    written: list[Path] = []
    monkeypatch.setattr("simulator.report.write.write_report", written.append)
    assert run.finish is not None
    run.finish(Path("r"))
    assert written == [Path("r")], "the report is part of what is put in place at once"
    assert not Path("results").exists(), "looking whether results can be written leaves no trace"


def test_run_options_change_the_scenario(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--set population.size=20_000 --set seed=1 --replicates 5 --seed 9 --output a/b --quiet"
    )
    assert said(capsys, f"run s.yaml {options}") == (0, "", "")
    assert run.scenario is not None
    assert run.scenario.population.size == 20_000
    assert (run.scenario.replicates, run.scenario.seed) == (5, 9)
    assert run.output == Path("a/b")
    assert run.workers >= 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("run s.yaml --replicates 0", "--replicates: 0 is too small; allowed: whole number, 1 to"),
        ("run s.yaml --seed -1", "--seed: -1 is too small; allowed: whole number, 0 to"),
        ("run s.yaml --set seed=x", "--set seed: the text 'x' is not a whole number; allowed:"),
        ("run s.yaml --seed x", "overmatch: Invalid value for '--seed': "),
        ("run s.yaml --workers 0", "overmatch: Invalid value for '--workers': "),
        ("run s.yaml --wrokers 2", "overmatch: No such option: --wrokers "),
        ("run", "overmatch: Missing argument 'SCENARIO.yaml'. See: overmatch --help"),
        ("run none.yaml", "none.yaml:1: does not exist"),
        ("run s.yaml --output s.yaml", "overmatch: cannot write results to s.yaml: it is a file."),
        ("run s.yaml --output s.yaml/a", "overmatch: cannot write results to s.yaml/a: "),
        ("run s.yaml --output .", "overmatch: will not replace .: it holds files but no results "),
        ("run s.yaml --output /proc/results", "overmatch: cannot write results to /proc/results: "),
        (
            f"run s.yaml --output {'a' * 300}",
            f"overmatch: cannot write results to {'a' * 300}: File name too long.",
        ),
        ("rnu", "overmatch: No such command 'rnu'. Did you mean 'run'? See: overmatch --help"),
        ("frobnicate", "overmatch: No such command 'frobnicate'. See: overmatch --help"),
        ("--frobnicate", "overmatch: No such option: --frobnicate. See: overmatch --help"),
        ("scenarios none", "overmatch: none is not a directory; give one that holds scenarios."),
        ("theory none.yaml", "none.yaml:1: does not exist"),
        ("report none", "overmatch: "),
    ],
)
def test_what_the_user_got_wrong_is_one_sentence_and_2(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: str, message: str
) -> None:
    code, out, err = said(capsys, arguments)
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert err.count("\n") == 1
    assert run.scenario is None


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "overmatch: interrupted; nothing half-written was left.\n"),
        (
            OSError(28, "No space left on device", "r"),
            1,
            "overmatch: r: No space left on device.\n",
        ),
        (
            OSError(5, "Input/output error"),
            1,
            "overmatch: a file could not be used: Input/output error.\n",
        ),
        (PermissionError(13, "Permission denied", "r"), 2, "overmatch: r: Permission denied.\n"),
        (MemoryError(), 1, "overmatch: the run failed: not enough memory.\n"),
        (
            RunError("a worker process died; try fewer --workers"),
            1,
            "overmatch: the run failed: a worker process died; try fewer --workers.\n",
        ),
    ],
)
def test_a_run_that_fails_is_one_sentence_and_its_code(
    run: Run,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    message: str,
) -> None:
    run.ends_with = error
    assert said(capsys, "run s.yaml") == (code, "", message)


def test_a_list_too_long_for_the_population_is_wrong_input(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    from simulator.enforcement.listing import ListingError

    run.ends_with = ListingError("too many requests")
    assert said(capsys, "run s.yaml") == (2, "", "overmatch: s.yaml: too many requests\n")


def test_results_may_replace_results_and_empty_folders_only(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    results = Path("r")
    results.mkdir()
    assert said(capsys, "run s.yaml --output r --quiet")[0] == 0
    (results / "notes.txt").write_text("mine", encoding="utf-8")
    assert said(capsys, "run s.yaml --output r --quiet")[0] == 2
    (results / "manifest.json").write_text("{}", encoding="utf-8")
    assert said(capsys, "run s.yaml --output r --quiet")[0] == 0
    Path("broken").symlink_to("nowhere")
    assert said(capsys, "run s.yaml --output broken")[::2] == (
        2,
        "overmatch: cannot write results to broken: it is a broken link.\n",
    )


def test_a_full_disk_is_found_before_the_run(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert said(capsys, "run s.yaml") == (
        2,
        "",
        "overmatch: cannot write results to results/s: No space left on device.\n",
    )
    assert run.scenario is None


def test_check_says_valid_or_every_problem(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    digest = scenario_sha256(load_scenario(Path("s.yaml")))
    assert said(capsys, "check s.yaml") == (0, f"s.yaml: valid, sha256 {digest}\n", "")
    Path("t.yaml").write_text("seed: -1\nconfidence: 2\n", encoding="utf-8")
    code, out, err = said(capsys, "check s.yaml t.yaml none.yaml")
    assert (code, out) == (2, f"s.yaml: valid, sha256 {digest}\n")
    assert [line.split(" ")[0] for line in err.splitlines()] == [
        "t.yaml:1:",
        "t.yaml:2:",
        "none.yaml:1:",
    ]


def test_scenarios_lists_one_line_each(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("f")
    folder.mkdir()
    assert said(capsys, "scenarios f")[::2] == (
        2,
        "overmatch: f holds no scenario (no .yaml file).\n",
    )
    text = 'title: "A\\tB"\nquestion: >-\n  Is\n\n  it?\n'
    (folder / "long-name.yaml").write_text(text, encoding="utf-8")
    (folder / "b.yaml").write_text("title: B\n", encoding="utf-8")
    (folder / "c.txt").write_text("no scenario", encoding="utf-8")
    assert said(capsys, "scenarios f") == (0, "b          B\nlong-name  A B: Is it?\n", "")
    (folder / "bad.yaml").write_text("seed: x", encoding="utf-8")
    code, out, err = said(capsys, "scenarios f")
    assert (code, out) == (2, "b          B\nlong-name  A B: Is it?\n")
    assert err.startswith("f/bad.yaml:1: seed: ")


def test_theory_prints_a_table_or_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "theory s.yaml")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].strip() == "My scenario"
    code, out, err = said(capsys, "theory s.yaml --json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert {"name", "value", "unit", "formula", "note"} == set(rows[0])
    larger = json.loads(said(capsys, "theory s.yaml --json --set population.size=2000000")[1])
    assert larger[0]["value"] == pytest.approx(2 * rows[0]["value"])


def test_schema_is_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "schema")
    assert (code, err) == (0, "")
    assert json.loads(out) == json_schema()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["run", "check", "scenarios", "theory", "report", "schema", "--version"]),
        (["--help"], ["Begin with:", "overmatch run scenarios/smoke.yaml"]),
        (["run", "--help"], ["Example:", "--set", "--replicates", "--workers", "--output"]),
        (["check", "--help"], ["Example:", "SCENARIO.yaml"]),
        (["scenarios", "--help"], ["Example:"]),
        (["theory", "--help"], ["Example:", "--json"]),
        (["report", "--help"], ["Example:", "DIR"]),
        (["schema", "--help"], ["Example:"]),
    ],
)
def test_help_teaches(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    code, out, err = said(capsys, arguments)
    assert (code, err) == (0, "")
    for word in words:
        assert word in out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "--version")
    assert (code, err) == (0, "")
    assert out.startswith("overmatch ")


def process(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_checking_loads_no_heavy_library() -> None:
    ended = process(
        "import sys; from simulator.cli import main; "
        "assert main(['check', 'scenarios/baseline.yaml']) == 0; "
        "print(sorted({'numba', 'altair', 'scipy', 'pandas', 'vl_convert'} & set(sys.modules)))"
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("\n[]\n")


def test_an_unforeseen_error_is_one_sentence_and_1() -> None:
    code = (
        "import sys; from simulator.cli import entry\n"
        "def break_down(arguments): raise KeyError('a\\nb')\n"
        "entry.main = break_down; sys.exit(entry.script())"
    )
    ended = process(code, OVERMATCH_TRACEBACK="")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "overmatch: the run failed: KeyError: 'a\\nb' "
        "(set OVERMATCH_TRACEBACK=1 and run it again to see where)\n"
    )
    assert "Traceback" in process(code, OVERMATCH_TRACEBACK="1").stderr


def test_the_installed_command_is_the_one_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"overmatch": "simulator.cli:script"}
    assert not inspect.signature(script).parameters


def test_python_m_simulator_is_the_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "simulator", "check", "none.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "none.yaml:1: does not exist\n"


def test_an_interrupted_compiled_loop_is_an_interruption(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.yaml").write_text("title: T\n", encoding="utf-8")
    run.ends_with = SystemError("returned a result with an exception set")
    run.ends_with.__cause__ = KeyboardInterrupt()
    assert said(capsys, "run t.yaml")[0] == 130
