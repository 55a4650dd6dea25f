"""Every command and code block of the documentation works as it stands, on smaller worlds."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import vl_convert

from simulator.cli import main
from simulator.scenario.files import load_scenario
from simulator.study.reference_list import load_list
from tests.docs.blocks import LANGUAGES, PAGES, ROOT, Block, blocks, smaller

RESULTS = re.compile(r"results/([\w-]+)")
# What a reader types that is no business of this package.
OUTSIDE = {"source", "git", "cd"}
EXTRA = re.compile(r"overmatch\[(\w+)\]")
INDENTED = re.compile(r"^ {4}(overmatch|make|pip|python) ", re.MULTILINE)
LINKS = "request_id,account_id,score\n"


def of(page: Path, *languages: str) -> list[Block]:
    return [block for block in blocks(page) if block.language in languages]


def named(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


WITH_CODE = [page for page in PAGES if of(page, "console", "python", "yaml")]


@pytest.mark.parametrize("page", PAGES, ids=named(PAGES))
def test_every_block_says_what_it_is(page: Path) -> None:
    unnamed = [block.place for block in blocks(page) if block.language not in LANGUAGES]
    assert not unnamed, f"a fenced block needs one of {LANGUAGES}"
    assert not INDENTED.search(page.read_text(encoding="utf-8")), "commands stand in fences"


EMPTY = {"data": {"values": []}, "mark": "point"}


@pytest.fixture(autouse=True)
def quick_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw figures as SVG alone: PDF and PNG, which tests/report hold, are of an empty chart."""
    pdf, png = vl_convert.vegalite_to_pdf(EMPTY), vl_convert.vegalite_to_png(EMPTY)
    monkeypatch.setattr(vl_convert, "vegalite_to_pdf", lambda *_, **__: pdf)
    monkeypatch.setattr(vl_convert, "vegalite_to_png", lambda *_, **__: png)


Results = Callable[[str], Path]


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return who gives the results of a small run of a library scenario, made when first asked."""
    place = tmp_path_factory.mktemp("documented")

    @cache
    def made(name: str) -> Path:
        scenario = str(ROOT / "scenarios" / f"{name}.yaml")
        assert main([*smaller(["run", scenario]), "--output", str(place / name)]) == 0
        return place / name

    return made


def is_plain_run(words: list[str]) -> bool:
    """Say whether a scenario of the library is run as it is: once for all pages is enough."""
    match words:
        case ["run", scenario]:
            return (ROOT / scenario).exists()
    return False


def prepare(words: list[str], runs: Results) -> None:
    """Put in place the results that a command looks at and that no earlier one has left."""
    for name in RESULTS.findall(" ".join(words)):
        folder = Path("results") / name
        written = "--output" in words and words[words.index("--output") + 1] == str(folder)
        if folder.exists() or written:
            continue
        if (ROOT / "scenarios" / f"{name}.yaml").exists():
            shutil.copytree(runs(name), folder)
        elif (stem := name.removesuffix("-ablation")) != name:
            assert main(smaller(["ablate", f"scenarios/{stem}.yaml"])) == 0
    if words[0] in {"figures", "deposit"} and not list(Path("results").glob("*/manifest.json")):
        shutil.copytree(runs("baseline"), "results/baseline")


def checkout() -> None:
    """Put in the working folder what a checkout has beside the package, its list of runs small."""
    shutil.copytree(ROOT / "scenarios", "scenarios")
    for name in ("CITATION.cff", "LICENSE"):
        shutil.copy(ROOT / name, name)
    listed = load_list(ROOT / "results" / "reference.yaml")
    few = {"people": 10_000, "replicates": 2}
    entries = [entry.model_dump(mode="json", exclude_none=True) | few for entry in listed.entries]
    small = {"scenarios": listed.scenarios, "entries": entries}
    Path("results").mkdir()
    Path("results/reference.yaml").write_text(json.dumps(small), encoding="utf-8")
    Path("links.csv").write_text(LINKS, encoding="utf-8")


def is_target(words: list[str]) -> bool:
    """Say whether make knows what it is asked for; nothing is made."""
    asked = ["make", "--dry-run", *words[1:]]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def is_extra(words: list[str]) -> bool:
    """Say whether pip is asked for an extra that this package has."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = EXTRA.findall(" ".join(words))
    return bool(named) and set(named) <= set(known["optional-dependencies"])


def knows_its_options(words: list[str]) -> bool:
    """Say whether a script of ours explains every option that it is given."""
    asked = [sys.executable, str(ROOT / words[1]), "--help"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    options = {word for word in words if word.startswith("--")}
    return done.returncode == 0 and all(option in done.stdout for option in options)


LOOKED_AT = {"make": is_target, "pip": is_extra, "python": knows_its_options}
"""Commands that take too long, or change the machine, with what is looked at instead."""


def obey(block: Block, runs: Results) -> None:
    """Run the commands of a block."""
    for words in block.commands():
        if words[0] in LOOKED_AT:
            assert LOOKED_AT[words[0]](words), f"{block.place}: {' '.join(words)}"
        elif words[0] == "overmatch":
            output = words[words.index(">") + 1 :] if ">" in words else []
            asked = words[1 : words.index(">")] if output else words[1:]
            if is_plain_run(asked):
                shutil.copytree(runs(Path(asked[1]).stem), f"results/{Path(asked[1]).stem}")
                continue
            prepare(asked, runs)
            assert main(smaller(asked)) == 0, f"{block.place}: {' '.join(words)}"
        else:
            assert words[0] in OUTSIDE, f"{block.place}: {words[0]} is not run by any test"


def load(block: Block) -> None:
    """Load a block as scenarios/mine.yaml, the file that the pages speak of."""
    path = Path("scenarios/mine.yaml")
    extends = "" if "extends:" in block.text else "extends: baseline.yaml\n"
    path.write_text(extends + block.text, encoding="utf-8")
    load_scenario(path)


def changed_package(changes: list[Block], folder: Path) -> Path:
    """Return where the package lies: in a copy with the changes of a page, if it shows any."""
    if not changes:
        return ROOT
    copied = folder / "changed"
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "simulator", copied / "simulator", ignore=left_out)
    for change in changes:
        done = subprocess.run(
            ["git", "apply", "-"],  # noqa: S607  # whichever git is there
            cwd=copied,
            input=change.text,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{change.place}: {done.stderr}"
    return copied


def execute(block: Block, folder: Path, package: Path = ROOT) -> None:
    """Run a block as a program of its own, as a reader would."""
    program = folder / "program.py"
    program.write_text(block.text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), *sys.path])}
    asked = [sys.executable, str(program)]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{block.place}: {done.stderr}"


@pytest.mark.parametrize("page", WITH_CODE, ids=named(WITH_CODE))
def test_every_block_works(
    page: Path, runs: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checkout()
    package = changed_package(of(page, "diff"), tmp_path)
    for block in of(page, "console", "python", "yaml"):
        if block.language == "console":
            obey(block, runs)
        elif block.language == "yaml":
            load(block)
        else:
            prepare([block.text], runs)
            execute(block, tmp_path, package)


def test_a_command_is_made_small_without_losing_what_it_says() -> None:
    command = "run s.yaml --set population.size=9 --set matching.top=2 --replicates 50"
    words = shlex.split(command)
    made = smaller(words)
    assert made[:4] == ["run", "s.yaml", "--set", "matching.top=2"]
    assert "population.size=9" not in made
    assert made[made.index("--replicates") + 1] != "50"
    assert made.count("--replicates") == 1


def test_a_block_that_does_not_work_is_found(
    runs: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    page = ROOT / "README.md"
    with pytest.raises(AssertionError):
        obey(Block(page, 1, "console", "overmatch run scenarios/none.yaml\n"), runs)
    with pytest.raises(AssertionError):
        execute(Block(page, 1, "python", "import nothing_of_this_name\n"), tmp_path)
