"""A whole run: what it leaves, what it leaves alone, and how it goes on after a stop."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from simulator.enforcement.listing import ListingError
from simulator.matching.weights import Weights
from simulator.measures.quantities import ReplicateCounts
from simulator.measures.rates import estimate_table
from simulator.measures.threshold_tables import threshold_table, tradeoff_table
from simulator.scenario.files import scenario_sha256
from simulator.scenario.schema import Scenario
from simulator.study.checkpoints import checkpoint_directory, load, store
from simulator.study.replicate import run_replicate
from simulator.study.results import LOG, MANIFEST, PACKAGES, TABLES, rounded, shortened
from simulator.study.run import RunError, run_replicates, run_scenario
from tests.study.tiny import digests, manifest, quiet, tiny

Finish = Callable[[Path], object]
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "numerator", "denominator"]


def run(output: Path, scenario: Scenario | None = None, **options: Any) -> None:
    run_scenario(scenario or tiny(), output, **{"workers": 1, "progress": quiet, **options})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of the tiny scenario; not to be written to."""
    output = tmp_path_factory.mktemp("once") / "results" / "tiny"
    run(output)
    return output


@pytest.fixture(scope="module")
def counts() -> list[ReplicateCounts]:
    return [run_replicate(tiny(), number, explored=True) for number in range(2)]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_run_leaves_its_results_and_nothing_else(results: Path) -> None:
    assert names(results) == {*TABLES, MANIFEST, LOG}
    assert names(results.parent) == {"tiny"}
    mask = os.umask(0)
    os.umask(mask)
    assert results.stat().st_mode & 0o777 == 0o777 & ~mask


def test_the_manifest_describes_the_run_and_its_tables(results: Path) -> None:
    described = manifest(results)
    assert described["scenario_sha256"] == scenario_sha256(tiny())
    assert Scenario.model_validate(described["scenario"]) == tiny()
    assert (described["seed"], described["replicates"]) == (tiny().seed, 2)
    assert set(described["versions"]) == set(PACKAGES)
    assert set(described["tables"]) == set(TABLES)
    for name, digest in described["tables"].items():
        assert hashlib.sha256((results / name).read_bytes()).hexdigest() == digest
    assert described["setting"]["requests"] == 30


def test_tables_are_those_of_the_measures_rounded(
    results: Path, counts: list[ReplicateCounts]
) -> None:
    written = pd.read_csv(results / "estimates.csv", dtype=str, keep_default_na=False)
    expected = estimate_table(counts, tiny())
    assert list(written.columns) == list(expected.columns)
    for name in expected.columns:
        if name in NUMBERS:
            left = [float(text) if text else np.nan for text in written[name]]
            np.testing.assert_array_equal(left, [rounded(value) for value in expected[name]])
        else:
            assert written[name].tolist() == [str(value) for value in expected[name]]
    grid = pq.read_table(results / "thresholds.parquet").to_pandas()
    whole = threshold_table(counts, tiny())
    assert list(grid.columns) == list(whole.columns)
    short = ("estimate", "std_error", "ci_low", "ci_high")
    for name in NUMBERS:
        numbers = whole[name].to_numpy()
        np.testing.assert_array_equal(grid[name], shortened(numbers) if name in short else numbers)
    curves = pq.read_table(results / "error_tradeoff.parquet").to_pandas()
    assert list(curves.columns) == list(tradeoff_table(counts, tiny()).columns)


def test_comparisons_sum_over_replicates(results: Path, counts: list[ReplicateCounts]) -> None:
    table = pq.read_table(results / "comparisons.parquet").to_pandas()
    assert list(table.columns) == [
        "given",
        "given_by",
        "surname",
        "surname_by",
        "birth_date",
        "address",
        "street",
        "tin",
        "withheld",
        "outcome",
        "holder_status",
        "holder_origin",
        "pairs",
    ]
    assert not table.duplicated(list(table.columns)[:-1]).any()
    assert table["pairs"].sum() == sum(one.comparisons[1].sum() for one in counts) > 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1234567891.0, 1234567891.0),
        (0.1234567891, 0.12345679),
        (123456.7891, 123456.79),
        (float("inf"), float("inf")),
        (-1.23456789123e-10, -1.2345679e-10),
        (1e-60, 0.0),
    ],
)
def test_counts_are_kept_and_other_numbers_rounded(value: float, expected: float) -> None:
    assert rounded(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.123456789, 0.12346), (98765.4321, 98765.0), (-1.23456e-9, -1.2346e-9), (0.0, 0.0)],
)
def test_long_tables_hold_five_digits(value: float, expected: float) -> None:
    found = shortened(np.array([value, np.nan, np.inf, 1e-60]))
    assert found[0] == np.float32(expected)
    np.testing.assert_array_equal(found[1:], np.array([np.nan, np.inf, 0.0], np.float32))


def test_running_again_gives_the_same_bytes(results: Path, tmp_path: Path) -> None:
    run(tmp_path / "tiny")
    run(tmp_path / "two", workers=2)
    assert digests(tmp_path / "tiny") == digests(tmp_path / "two") == digests(results)


def test_another_seed_gives_other_bytes(results: Path, tmp_path: Path) -> None:
    run(tmp_path / "tiny", tiny({"seed": 5}))
    other = digests(tmp_path / "tiny")
    assert all(other[name] != digest for name, digest in digests(results).items())


def test_replay_from_the_manifest_gives_identical_tables(results: Path, tmp_path: Path) -> None:
    described = manifest(results)
    run(tmp_path / "replay", Scenario.model_validate(described["scenario"]))
    assert manifest(tmp_path / "replay") == described
    assert digests(tmp_path / "replay") == digests(results)


def counting(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note which replicates are worked out."""
    worked_out: list[int] = []

    def noting(
        scenario: Scenario, replicate: int, weights: Weights, **options: Any
    ) -> ReplicateCounts:
        worked_out.append(replicate)
        return run_replicate(scenario, replicate, weights, **options)

    monkeypatch.setattr("simulator.study.run.run_replicate", noting)
    return worked_out


def test_an_interrupted_run_resumes_and_ends_the_same(
    results: Path,
    counts: list[ReplicateCounts],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "tiny"
    kept = checkpoint_directory(tiny(), output)
    for number in range(2):
        store(kept, number, counts[number])
    damaged = kept / "replicate-00000.npz"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    worked_out = counting(monkeypatch)
    seen: list[int] = []
    run(output, progress=lambda done, total: seen.append(done))
    assert worked_out == [0]
    assert seen == [1, 2]
    assert digests(output) == digests(results)
    assert names(tmp_path) == {"tiny"}, "no checkpoint is left"


def test_stored_replicates_are_what_the_tables_are_made_of(
    results: Path, counts: list[ReplicateCounts], tmp_path: Path
) -> None:
    output = tmp_path / "tiny"
    store(checkpoint_directory(tiny(), output), 0, counts[1])
    run(output)
    assert digests(output) != digests(results)


def test_a_run_stopped_between_replicates_keeps_what_was_done(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "tiny"

    def stop_after_one(done: int, total: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    worked_out = counting(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        run(output, progress=stop_after_one)
    assert worked_out == [0], "the next replicate was not begun"
    kept = checkpoint_directory(tiny(), output)
    assert [load(kept, number) is not None for number in range(2)] == [True, False]
    assert not output.exists()
    run(output)
    assert worked_out == [0, 1]
    assert digests(output) == digests(results)


def earlier_results(output: Path) -> dict[str, bytes]:
    """Put results of an earlier run in place and return them."""
    run(output, tiny({"seed": 99}))
    (output / "figures").mkdir()
    (output / "figures" / "note.txt").write_text("mine", encoding="utf-8")
    return contents(output)


def contents(output: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(output)): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file()
    }


class FinishError(Exception):
    """What goes wrong in a test while a report is written."""


def test_a_failure_at_the_end_leaves_earlier_results_and_nothing_stray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "tiny"
    before = earlier_results(output)
    seen: list[set[str]] = []

    def fails(fresh: Path) -> None:
        seen.append(names(fresh))
        raise FinishError("no report today")

    with pytest.raises(FinishError, match="no report today"):
        run(output, finish=fails)
    assert seen == [{*TABLES, MANIFEST}], "tables were there to report on"
    assert contents(output) == before
    assert names(tmp_path) == {"tiny", ".work"}
    worked_out = counting(monkeypatch)
    run(output)
    assert worked_out == [], "every replicate was kept"
    assert contents(output).keys() == {*TABLES, MANIFEST, LOG}, "replaced as a whole"
    assert names(tmp_path) == {"tiny"}


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError("disk full")])
def test_a_failure_while_replacing_puts_earlier_results_back(
    error: BaseException | type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "tiny"
    before = earlier_results(output)
    rename = Path.rename

    def fails_for_new(self: Path, target: Path) -> Path:
        if "-new-" in self.name:
            raise error
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fails_for_new)
        with pytest.raises((KeyboardInterrupt, OSError)):
            run(output)
    assert contents(output) == before
    assert names(tmp_path) == {"tiny", ".work"}


def test_what_finish_adds_becomes_part_of_the_results(tmp_path: Path) -> None:
    output = tmp_path / "tiny"
    run(output, finish=lambda fresh: (fresh / "report.html").write_text("<p>", encoding="utf-8"))
    assert (output / "report.html").read_text(encoding="utf-8") == "<p>"


def test_a_list_that_cannot_be_drawn_leaves_earlier_results(tmp_path: Path) -> None:
    output = tmp_path / "tiny"
    before = earlier_results(output)
    with pytest.raises(ListingError, match=r"lower listing\.requests or raise population\.size"):
        run(output, tiny({"listing": {"requests": 1000}}))
    assert contents(output) == before
    assert names(tmp_path) == {"tiny"}


def test_results_that_cannot_be_written_are_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match="file"):
        run(tmp_path / "file" / "tiny")
    assert names(tmp_path) == {"file"}
    assert (tmp_path / "file").read_text(encoding="utf-8") == "not a folder"


class Dying(Executor):
    """A pool whose workers die, at once or when asked for the result."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self.at_once:
            raise BrokenProcessPool("gone")
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("gone"))
        return future


@pytest.mark.parametrize("at_once", [True, False])
def test_a_worker_that_dies_is_a_run_error(at_once: bool) -> None:
    with pytest.raises(RunError, match="a worker process died"):
        run_replicates(tiny(), Dying(at_once=at_once), progress=quiet)
