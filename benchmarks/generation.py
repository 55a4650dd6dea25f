"""People generated per second and peak memory, beside three peers in the same run.

    python benchmarks/generation.py [--people 2000000] [--rounds 5] [--workers 2]
                                    [--environments FOLDER]

Ours are complete people (see complete.py), on one process and on several. The peers make less:
faker weighted names alone; gecko-syndata independent records of name, sex, ZIP and birth date from
frequency tables, here those of people that we generated; pseudopeople draws errors for returns of
people it ships. Ratios therefore flatter the peers. gecko-syndata and pseudopeople are installed
into environments of their own, which are kept if a folder is named; where that fails they are left
out with a line that says so. Every round is a process of its own, and rounds take turns;
compilation, imports and warm-up are not timed. Machines differ and are shared: quote medians and
ratios, not single times. Rates per core second leave out the time when others held the core.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from complete import SEED, plan

from simulator import lexicon
from simulator.population.names import generate_names
from simulator.population.people import generate_people
from simulator.randomness import Streams
from simulator.reference import tables
from simulator.scenario.schema import Scenario

HERE = Path(__file__).resolve().parent
FAKER_NAMES, GECKO_RECORDS, TABULATED = 20_000, 300_000, 100_000
GECKO, PSEUDOPEOPLE = "gecko-syndata==0.6.4", "pseudopeople==1.3.1"


class Contestant(NamedTuple):
    """A command that prints one round as JSON; ``{round}`` in it stands for the round's number."""

    name: str
    command: tuple[str, ...]


class Result(NamedTuple):
    """People a second and a core second, medians of rounds, and the highest peak memory."""

    per_second: float
    per_core_second: float
    megabytes: float


def environment(folder: Path, requirement: str) -> Path | None:
    """Return the Python of an environment that holds a package; None if it cannot be made."""
    home = folder / requirement
    python = home / "bin" / "python"
    ready = home / "ready"
    if not ready.exists():
        commands = (
            [sys.executable, "-m", "venv", str(home)],
            [str(python), "-m", "pip", "install", "--quiet", *requirement.split()],
        )
        for command in commands:
            made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
            if made.returncode:
                reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
                sys.stdout.write(f"left out: {requirement} does not install here: {reason}\n")
                return None
        ready.touch()
    return python


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write how often each row occurs."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*header, "count"))
        writer.writerows((*row, count) for row, count in Counter(map(tuple, rows)).items())


def write_tables(folder: Path) -> None:
    """Write the frequency tables of people we generated, for a peer that draws from such."""
    rng, scenario = Streams(SEED, 0), Scenario()
    sample, parts = plan(TABULATED, 0)
    people = generate_people(parts[0], sample, scenario.population, rng=rng)
    names = generate_names(people, scenario.names, np.arange(len(people)), rng=rng)
    text = cache(lexicon.names().lexicon.text)
    given = zip(map(text, names.given.tolist()), map(str, people.sex), strict=True)
    write_table(folder / "given.csv", ("given", "sex"), given)
    write_table(folder / "surname.csv", ("surname",), zip(map(text, names.surname_1.tolist())))
    write_table(folder / "zip.csv", ("zip",), zip(map(str, tables.zips().zip[people.place])))


def contestants(
    people: int, workers: int, environments: Path, folder: Path
) -> Iterator[Contestant]:
    """Yield ourselves, on one process and on several, and the peers that are to be had."""

    def script(name: str) -> str:
        return str(HERE / "peers" / f"{name}.py")

    ours = (sys.executable, script("overmatch"), str(people), "{round}")
    yield Contestant("Overmatch, 1 process", (*ours, "1"))
    yield Contestant(f"Overmatch, {workers} processes", (*ours, str(workers)))
    yield Contestant(
        "faker, names", (sys.executable, script("faker_names"), str(FAKER_NAMES), "{round}")
    )
    if python := environment(environments, GECKO):
        write_tables(folder)
        records = (script("gecko_records"), str(GECKO_RECORDS), "{round}", str(folder))
        yield Contestant("gecko-syndata, records", (str(python), *records))
    if python := environment(environments, PSEUDOPEOPLE):
        returns = (script("pseudopeople_returns"), "{round}")
        yield Contestant("pseudopeople, returns", (str(python), *returns))


def one_round(contestant: Contestant, number: int) -> dict[str, float]:
    """Run one round in a process of its own; raise CalledProcessError where it fails."""
    command = [part.replace("{round}", str(number)) for part in contestant.command]
    ours = contestant.command[0] == sys.executable
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    surroundings = {**os.environ, "PYTHONPATH": paths if ours else str(HERE)}
    done = subprocess.run(command, stdout=-1, stderr=None, env=surroundings, check=True)  # noqa: S603  # our own command
    result: dict[str, float] = json.loads(done.stdout)
    return result


def measure(field: list[Contestant], rounds: int) -> list[Result]:
    """Return what everybody did, with rounds taking turns."""
    done: list[list[dict[str, float]]] = [[] for _ in field]
    for number in range(1, rounds + 1):
        for contestant, results in zip(field, done, strict=True):
            results.append(one_round(contestant, number))
    return [
        Result(
            statistics.median(each["people"] / each["seconds"] for each in results),
            statistics.median(each["people"] / each["core_seconds"] for each in results),
            max(each["megabytes"] for each in results),
        )
        for results in done
    ]


def main() -> None:
    """Print everybody's rate and peak memory, and the ratios of our rates to theirs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--environments", type=Path, help="kept for the next run if named")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        kept = arguments.environments or folder
        field = list(contestants(arguments.people, arguments.workers, kept, folder))
        results = measure(field, arguments.rounds)
    one, several = results[:2]
    sys.stdout.write(f"median of {arguments.rounds} rounds; ratios of our rates to each\n")
    sys.stdout.write(
        f"{'':26}{'people a second':>16}{'a core second':>15}{'peak MB':>9}"
        f"{'1 process':>12}{f'{arguments.workers} processes':>14}\n"
    )
    for contestant, result in zip(field, results, strict=True):
        sys.stdout.write(
            f"{contestant.name:26}{result.per_second:>16,.0f}"
            f"{result.per_core_second:>15,.0f}{result.megabytes:>9,.0f}"
            f"{one.per_second / result.per_second:>12,.1f}"
            f"{several.per_second / result.per_second:>14,.1f}\n"
        )


if __name__ == "__main__":
    main()
