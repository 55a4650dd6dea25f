"""Our matching beside Splink and hand-written SQL: time, memory, and the same links from all.

    python benchmarks/matching.py [--requests 100000] [--accounts 10000000] [--rounds 3]
                                  [--peers PYTHON] [--tables FOLDER] [--growth]

PYTHON is an interpreter with ``splink==5.0.0`` and ``duckdb==2.0.0``; without it an environment is
made for the occasion. Every matcher gets the same records (matching_tables.py) and the same rule
(matching_rule.py) and works on two threads, each round in a process of its own, rounds taking
turns. Peak memory is that of the whole process, tables included. Loading, compilation and the
registration of tables are not timed; turning text into our codes is measured apart. The links must
be the same to the last pair, or the benchmark fails and says how they differ.

With --growth only we match, against 1, 10 and 50 million accounts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from generation import environment
from matching_rule import FIELDS, THRESHOLD, slack
from matching_tables import write_tables

HERE = Path(__file__).resolve().parent
PEERS = "splink==5.0.0 duckdb==2.0.0"
GROWTH = (1_000_000, 10_000_000, 50_000_000)
Rounds = list[dict[str, Any]]


class Contestant(NamedTuple):
    """A matcher: its interpreter, its script and what the script is told beside the tables."""

    name: str
    python: str
    script: str
    options: tuple[str, ...] = ()


def ours(mode: str, *options: str) -> Contestant:
    """Return ourselves, with similar names forgotten or kept."""
    name = f"Overmatch, {mode} cache of similar names"
    return Contestant(name, sys.executable, "overmatch_matching", (mode, *options))


def one_round(one: Contestant, tables: Path, links: str, cache: Path) -> dict[str, Any]:
    """Run one round in a process of its own; raise CalledProcessError where it fails."""
    script = HERE / "peers" / f"{one.script}.py"
    command = [one.python, str(script), str(tables), links, *one.options]
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    surroundings = {
        **os.environ,
        "PYTHONPATH": paths if one.python == sys.executable else str(HERE),
        "XDG_CACHE_HOME": str(cache),
        "NUMBA_NUM_THREADS": "2",
    }
    done = subprocess.run(command, stdout=-1, stderr=-1, env=surroundings, check=False)  # noqa: S603  # our own
    if done.returncode:
        sys.stderr.write(done.stderr.decode())
        done.check_returncode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def linked_pairs(path: Path) -> npt.NDArray[np.int64]:
    """Return links as sorted numbers, one a pair."""
    table = pq.read_table(path, columns=["request", "account"])
    request, account = (table[name].to_numpy().astype(np.int64) for name in table.column_names)
    return np.sort(request << 32 | account)


def check_links(names: list[str], files: list[Path]) -> None:
    """Stop unless everybody found the same links; say which pairs only one of two found."""
    first = linked_pairs(files[0])
    for name, file in zip(names[1:], files[1:], strict=True):
        other = linked_pairs(file)
        if not np.array_equal(first, other):
            only, lacking = np.setdiff1d(first, other), np.setdiff1d(other, first)
            examples = [(int(pair >> 32), int(pair & 0xFFFFFFFF)) for pair in [*only, *lacking][:5]]
            raise SystemExit(
                f"links differ: {only.size} only of {names[0]}, {lacking.size} only of {name}, "
                f"such as (request, account) {examples}"
            )


def print_results(field: list[Contestant], results: list[Rounds]) -> None:
    """Print medians, peak memories and ratios to both of ours."""
    medians = [statistics.median(one["seconds"] for one in rounds) for rounds in results]
    peaks = [max(one["megabytes"] for one in rounds) for rounds in results]
    sys.stdout.write(
        f"{'':42}{'seconds':>9}{'each round':>24}{'peak MB':>9}{'/ cold':>8}{'/ warm':>8}"
        f"{'memory /':>10}\n"
    )
    for one, rounds, median, peak in zip(field, results, medians, peaks, strict=True):
        each = " ".join(f"{result['seconds']:.2f}" for result in rounds)
        sys.stdout.write(
            f"{one.name:42}{median:>9.2f}{each:>24}{peak:>9,.0f}{median / medians[0]:>8.1f}"
            f"{median / medians[1]:>8.1f}{peak / max(peaks[:2]):>10.1f}\n"
        )
    for name, rounds in zip(("cold", "warm"), results[:2], strict=True):
        names = statistics.median(one["names_seconds"] for one in rounds)
        sys.stdout.write(f"{name}: similar names {names:.2f} s of it\n")
    coding = [one["coding_seconds"] for one in results[1] if "coding_seconds" in one]
    sys.stdout.write(
        f"turning text into codes: {statistics.median(coding):.2f} s more; tables loaded: "
        + ", ".join(f"{rounds[0]['megabytes_loaded']:,.0f} MB" for rounds in results)
        + "\n"
    )


def compare(arguments: argparse.Namespace, folder: Path, peers: Path) -> None:
    """Let all match the same tables, rounds taking turns, and print what they took."""
    tables = write_tables(folder, arguments.requests, arguments.accounts)
    field = [
        ours("cold"),
        ours("warm", "--coding"),
        Contestant("Splink 5.0.0, fixed weights", str(peers), "splink_matching"),
        Contestant("DuckDB 2.0.0, hand-written SQL", str(peers), "duckdb_matching"),
    ]
    files = [folder / f"links-{number}.parquet" for number in range(len(field))]
    results: list[Rounds] = [[] for _ in field]
    for _ in range(arguments.rounds):
        for one, file, rounds in zip(field, files, results, strict=True):
            rounds.append(one_round(one, tables, str(file), folder / "cache"))
            check_links([field[0].name, one.name], [files[0], file])
    counts = {rounds[0]["pairs"] for rounds in results if "pairs" in rounds[0]}
    if len(counts) > 1:
        raise SystemExit(f"candidate pairs differ: {counts}")
    sys.stdout.write(
        f"{arguments.requests:,} requests x {arguments.accounts:,} accounts: "
        f"{counts.pop():,} candidate pairs, {results[0][0]['links']:,} links, the same from all; "
        f"median of {arguments.rounds}; load {os.getloadavg()[0]:.1f} at the end\n"
    )
    print_results(field, results)


def grow(arguments: argparse.Namespace, folder: Path) -> None:
    """Match the same number of requests against more and more accounts."""
    for accounts in GROWTH:
        tables = write_tables(folder, arguments.requests, accounts, texts=False)
        one_round(ours("cold"), tables, "-", folder / "cache")  # leaves the similar names
        rounds = [
            one_round(ours("warm"), tables, "-", folder / "cache") for _ in range(arguments.rounds)
        ]
        seconds = statistics.median(one["seconds"] for one in rounds)
        peak = max(one["megabytes"] for one in rounds)
        loaded = max(one["megabytes_loaded"] for one in rounds)
        sys.stdout.write(
            f"{arguments.requests:,} requests x {accounts:,} accounts: {rounds[0]['pairs']:,} "
            f"pairs, {seconds:.2f} s, peak {peak:,.0f} MB, {loaded:,.0f} of them tables\n"
        )
        sys.stdout.flush()


def main() -> None:
    """Compare, or let only us grow."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="interpreter with splink and duckdb")
    parser.add_argument("--tables", type=Path, help="kept for the next run if named")
    parser.add_argument("--growth", action="store_true")
    arguments = parser.parse_args()
    if slack() < len(FIELDS) / 128:
        raise SystemExit(f"some sum of weights lies on the threshold of {THRESHOLD} bits")
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.tables or Path(temporary)
        if arguments.growth:
            grow(arguments, folder)
            return
        peers = arguments.peers or environment(folder, PEERS)
        if peers is None:
            raise SystemExit("name an interpreter with splink and duckdb by --peers")
        compare(arguments, folder, peers)


if __name__ == "__main__":
    main()
