"""Imports go one way, matching never sees the truth, and nothing draws but keyed streams.

Every rule is a function from the sources of the package to its violations, and is shown to fail on
a violation planted in them.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "simulator"
Sources = Mapping[str, str]

# Each stage imports what stands before it, never what comes later.
ORDER = (
    "reference",
    "scenario",
    "kernels",
    "inversion",
    "randomness",
    "records",
    "lexicon",
    "written_addresses",
    "taxpayer_digits",
    "slips",
    "relations",
    "population",
    "enforcement",
    "matching",
    "disclosure",
    "measures",
    "exchange",
    "study",
    "report",
    "fidelity",
    "cli",
    "__main__",
)
SHARED = {
    "reference",
    "scenario",
    "kernels",
    "inversion",
    "randomness",
    "records",
    "lexicon",
    "slips",
    "relations",
    "written_addresses",
    "taxpayer_digits",
}
TRUTH = {"AccountTruth", "RequestTruth", "Listing", "People"}
MEETS_THE_TRUTH = (
    "population",
    "enforcement",
    "disclosure.court",
    "disclosure.outcomes",
    "disclosure.release",
    "disclosure.review",
    "disclosure.revealing",
    "measures",
    "exchange",
    "study.export",
    "study.matcher_links",
    "study.prepared",
    "study.evaluation",
    "study.ledger",
    "study.replicate",
    "study.explain",
    "study.training",
    "study.world",
    "fidelity",
)
CLOSED_FORMS = (
    "measures.estimates",
    "measures.closed_forms",
    "measures.expectation",
    "measures.expected_linkage",
    "measures.expected_names",
    "measures.expected_recall",
    "measures.theory",
)
DRAWS = {"random", "secrets", "numpy.random", "faker"}


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append((name, path.read_text(encoding="utf-8")))
    return tuple(found)


def sources() -> dict[str, str]:
    """Return the text of every module of the package by its name."""
    return dict(_sources())


def planted(module: str, line: str) -> dict[str, str]:
    """Return the sources with one more line at the end of a module."""
    return {**sources(), module: f"{sources()[module]}\n{line}\n"}


def imported(text: str, known: set[str]) -> Iterator[str]:
    """Return every module that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are banned"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known or node.module == "numpy" else str(node.module)


def arrows(modules: Sources) -> Iterator[tuple[str, str]]:
    """Return (importer, imported) for every import of one module of the package by another."""
    for name, text in modules.items():
        for target in imported(text, set(modules)):
            if target == "simulator" or target.startswith("simulator."):
                yield name, target


def stage(module: str) -> str:
    """Return the part of the package that a module belongs to; the package itself is ''."""
    return module.partition(".")[2].partition(".")[0]


def backward_arrows(modules: Sources) -> list[str]:
    def rank(module: str) -> int:
        return ORDER.index(stage(module)) if stage(module) else -1

    return [f"{a} -> {b}" for a, b in arrows(modules) if rank(a) < rank(b)]


def cycle(modules: Sources) -> list[str]:
    """Return the modules of a circle of imports, or nothing."""
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for importer, target in arrows(modules):
        if target != importer:
            graph[importer].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def strangers_in_matching(modules: Sources) -> list[str]:
    """Return imports by which matching would reach more than the tables all stages share."""
    return [
        f"{importer} -> {target}"
        for importer, target in arrows(modules)
        if stage(importer) == "matching" and stage(target) not in SHARED | {"matching", ""}
    ]


def _words(text: str) -> set[str]:
    words = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            words.add(node.id)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.alias):
            words.update(node.name.split("."))
    return words


def truth_out_of_place(modules: Sources) -> list[str]:
    """Return the modules that name a table of truth and have no business with it."""
    allowed = ("records", *MEETS_THE_TRUTH)
    return [
        f"{name}: {', '.join(sorted(TRUTH & _words(text)))}"
        for name, text in modules.items()
        if TRUTH & _words(text)
        and not any(f"{name}.".startswith(f"simulator.{prefix}.") for prefix in allowed)
    ]


def grounds_in_matching(modules: Sources) -> list[str]:
    """Return the modules of matching that name what a request states beside who it is about."""
    return [
        name
        for name, text in modules.items()
        if stage(name) == "matching" and "Grounds" in _words(text)
    ]


def theory_that_shares_code(modules: Sources) -> list[str]:
    """Return imports by which a closed form would rest on the stages it checks."""
    allowed = {"reference", "scenario"}
    closed = {f"simulator.{name}" for name in CLOSED_FORMS}
    return [
        f"{importer} -> {target}"
        for importer, target in arrows(modules)
        if importer in closed and target not in closed and stage(target) not in allowed
    ]


def other_randomness(modules: Sources) -> list[str]:
    """Return uses of random numbers other than the keyed streams, outside the table builder."""
    found = []
    for name, text in modules.items():
        if stage(name) == "reference":
            continue
        found += [
            f"{name}: import {target}"
            for target in imported(text, set(modules))
            if any(f"{target}.".startswith(f"{source}.") for source in DRAWS)
        ]
        found += [
            f"{name}: {ast.unparse(node)}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Attribute)
            and node.attr == "random"
            and isinstance(node.value, ast.Name)
            and node.value.id in ("np", "numpy")
        ]
    return found


def type_checking_blocks(modules: Sources) -> list[str]:
    return [name for name, text in modules.items() if "TYPE_CHECKING" in _words(text)]


def test_every_module_belongs_to_a_stage() -> None:
    assert {stage(name) for name in sources()} - {""} == set(ORDER)


def test_no_stage_imports_a_later_one() -> None:
    assert backward_arrows(sources()) == []
    assert len(list(arrows(sources()))) > 150, "imports are seen at all"


def test_there_is_no_circle_of_imports() -> None:
    assert cycle(sources()) == []


def test_matching_reaches_only_what_all_stages_share() -> None:
    assert strangers_in_matching(sources()) == []


def test_tables_of_truth_are_named_only_where_truth_is_made_or_judged() -> None:
    assert truth_out_of_place(sources()) == []


def test_matching_never_sees_the_grounds_of_a_request() -> None:
    assert grounds_in_matching(sources()) == []
    line = "from simulator.records import Grounds"
    assert grounds_in_matching(planted("simulator.matching.pair", line)) == [
        "simulator.matching.pair"
    ]


def test_closed_forms_share_no_code_with_the_stages() -> None:
    assert theory_that_shares_code(sources()) == []


def test_nothing_draws_but_keyed_streams() -> None:
    assert other_randomness(sources()) == []


def test_no_import_hides_from_the_interpreter() -> None:
    assert type_checking_blocks(sources()) == []


@pytest.mark.parametrize(
    ("module", "line", "seen"),
    [
        (
            "simulator.population.roll",
            "from simulator.enforcement import listing",
            "simulator.population.roll -> simulator.enforcement.listing",
        ),
        (
            "simulator.matching.linkage",
            "def f():\n    import simulator.measures.tally",
            "simulator.matching.linkage -> simulator.measures.tally",
        ),
        (
            "simulator.records",
            "from simulator.population.roll import ADULT",
            "simulator.records -> simulator.population.roll",
        ),
        (
            "simulator.reference.tables",
            "from simulator.scenario.schema import Scenario",
            "simulator.reference.tables -> simulator.scenario.schema",
        ),
    ],
)
def test_a_planted_backward_import_is_seen(module: str, line: str, seen: str) -> None:
    assert backward_arrows(planted(module, line)) == [seen]


def test_a_planted_circle_is_seen() -> None:
    line = "from simulator.matching.linkage import prepare"
    circle = cycle(planted("simulator.matching.similarity", line))
    assert {"simulator.matching.similarity", "simulator.matching.linkage"} <= set(circle)


@pytest.mark.parametrize(
    "line",
    [
        "from simulator.disclosure.outcomes import judge",
        "from simulator.enforcement.listing import draw_listing",
        "from simulator.population import roll",
    ],
)
def test_a_planted_stranger_in_matching_is_seen(line: str) -> None:
    assert len(strangers_in_matching(planted("simulator.matching.plain", line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "from simulator.records import AccountTruth",
        "from simulator.records import RequestTruth as Observed",
        "from simulator import records\nx = records.Listing",
    ],
)
def test_planted_truth_in_matching_is_seen(line: str) -> None:
    [seen] = truth_out_of_place(planted("simulator.matching.linkage", line))
    assert seen.startswith("simulator.matching.linkage: ")


def test_a_planted_stage_under_theory_is_seen() -> None:
    line = "from simulator.matching.similarity import similar_strings"
    assert len(theory_that_shares_code(planted("simulator.measures.theory", line))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "import random",
        "from random import shuffle",
        "from numpy.random import default_rng",
        "from numpy import random",
        "import numpy as np\nnp.random.seed(1)",
        "rng = np.random.default_rng()",
    ],
)
def test_planted_randomness_is_seen(line: str) -> None:
    assert len(other_randomness(planted("simulator.study.run", line))) == 1


def test_a_planted_type_checking_block_is_seen() -> None:
    line = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os"
    assert type_checking_blocks(planted("simulator.records", line)) == ["simulator.records"]
