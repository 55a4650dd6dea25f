"""Many independent replicates of one small world, kept on disk so that they are made once.

The world is the baseline made small and loose: addresses need only lie in one ZIP, names agree at
0.88, and the request is checked as in 2025, so that each replicate has some thirty wrong links and
every measure of the headline has events. The same replicates are also read at the baseline's own
thresholds, where wrong links are about one a replicate and exact intervals rule.

The pool lies in the cache of the package, under a name that holds a hash of everything its counts
follow from; another version of the simulator makes another pool. Nothing of it enters a repository.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import simulator
from simulator.kernels import cache_base
from simulator.measures.own_counts import OwnCounts, own_counts
from simulator.measures.quantities import SELECTIONS
from simulator.measures.rates import own_values
from simulator.randomness import FloatArray
from simulator.scenario.files import load_scenario
from simulator.scenario.schema import Scenario, Selection
from simulator.study.executors import worker_pool
from simulator.study.replicate import run_replicate

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.yaml"
SMALL = ("population.size=50000", "listing.requests=1000")
LOOSE = (
    *("matching.name_threshold=0.88", "matching.address_threshold=zip5"),
    *("guardrails.address_check=zip_proxy", "guardrails.placeholders_rejected=false"),
    "guardrails.statute_required=false",
)
STRICT = ("matching.name_threshold=0.92", "matching.address_threshold=building")
OTHER = ("requests.stale_address=0.3",)
"""What the second world differs in: it shares people, list and every other error with the first."""

REPLICATES, OTHER_REPLICATES, WORKERS = 1_000, 400, 2
# Rooms that no count of a replicate follows from.
_WORDS_AND_ESTIMATES = {"report", "cli", "fidelity", "exchange"}
_ESTIMATORS = {"estimates.py", "rated.py", "rates.py", "paired.py"}


def scenario(*changes: str) -> Scenario:
    """Return the small baseline with some fields changed."""
    return load_scenario(BASELINE, [*SMALL, *changes])


@dataclass(frozen=True)
class Pool:
    """Counts of independent replicates of one world, read by several policies.

    ``own`` is at the loose policy; ``strict`` and ``unique`` hold quantities as ``own.quantities``
    does, at the baseline's thresholds and for requests with one link only.
    """

    own: OwnCounts
    strict: FloatArray
    unique: FloatArray

    def __len__(self) -> int:
        return self.own.replicates


def _replicate(changes: tuple[str, ...], number: int) -> dict[str, FloatArray]:
    """Return what one replicate counts, by array; runs in a process of its own."""
    loose = scenario(*LOOSE, *changes)
    counts = run_replicate(loose, number)
    own, chosen = own_counts([counts], loose), SELECTIONS.index(loose.matching.selection)
    return {
        "quantities": own.quantities[0],
        "details": own.details[0],
        "challenges": own.challenges[0],
        "strict": own_values(counts, chosen, scenario(*LOOSE, *STRICT)),
        "unique": own_values(counts, SELECTIONS.index(Selection.UNIQUE), loose),
    }


def simulator_hash() -> str:
    """Return a hash of every file of the package that a replicate's counts can follow from."""
    root, digest = Path(simulator.__file__).parent, hashlib.sha256()
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        skipped = inside.parts[0] in _WORDS_AND_ESTIMATES or path.name in _ESTIMATORS
        if path.is_file() and path.suffix != ".pyc" and not skipped:
            digest.update(str(inside).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def kept(
    name: str, key: str, replicates: int, one: Callable[..., dict[str, FloatArray]], *given: Any
) -> dict[str, FloatArray]:
    """Return ``one(*given, number)`` of every replicate, stacked, from disk where it lies there.

    ``key`` names what the counts follow from beside the package itself. Any: arguments that
    processes can be handed.
    """
    digest = hashlib.sha256(f"{simulator_hash()} {key} {replicates}".encode()).hexdigest()
    path = cache_base() / "verification" / f"{name}-{digest[:16]}.npz"
    if not path.exists():
        made = _made(replicates, one, *given)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".part.npz")
        np.savez_compressed(fresh, allow_pickle=False, **made)
        fresh.replace(path)
    with np.load(path) as stored:
        return {array: stored[array] for array in stored.files}


def _made(
    replicates: int, one: Callable[..., dict[str, FloatArray]], *given: Any
) -> dict[str, FloatArray]:
    def counted() -> Iterator[dict[str, FloatArray]]:
        with worker_pool(WORKERS) as workers:
            waiting = [workers.submit(one, *given, number) for number in range(replicates)]
            yield from (future.result() for future in waiting)

    rows = list(counted())
    return {array: np.stack([row[array] for row in rows]) for array in rows[0]}


def pool(name: str = "loose", changes: tuple[str, ...] = (), replicates: int = REPLICATES) -> Pool:
    """Return the pool of a world, made if it was not yet: some 0.3 s of a core a replicate."""
    key = scenario(*LOOSE, *changes).model_dump_json() + " ".join(STRICT)
    found = kept(name, key, replicates, _replicate, changes)
    own = OwnCounts(found["quantities"], found["details"], found["challenges"])
    return Pool(own, found["strict"], found["unique"])


def other_pool() -> Pool:
    """Return the replicates of the world with fresher addresses, paired with those of ``pool``."""
    return pool("fresher", OTHER, OTHER_REPLICATES)
