"""Links by name alone at national size: rolls streamed shard by shard and folded into cells.

The list is drawn as in every replicate. Then each shard's roll is generated once more, folded into
distinct names by group and let go; a request's own account is compared with it on the way. Shards
are worked on by any executor; what they have in common (whom the list names, which names are like
theirs) lies in files that every process reads once.
"""

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.lexicon import ABSENT
from simulator.matching.agreement import NAME_STEPS, scale
from simulator.matching.linkage import searchable
from simulator.matching.name_cells import CellFold, NameCells, NamesNear, index_cells, name_cells
from simulator.matching.name_counts import (
    AskedNames,
    count_links,
    counting_for,
    names_near,
    steps_of,
)
from simulator.matching.similarity import SimilarStrings
from simulator.measures.name_links import NameLinks, groups
from simulator.population.places import Places, Sample, draw_sample, shards
from simulator.randomness import Streams
from simulator.records import STATUSES, BoolArray, Int32Array, Int64Array
from simulator.scenario.schema import (
    AddressThreshold,
    BirthDateThreshold,
    DecisionRule,
    LastFourCheck,
    MatchingPart,
    NameOrder,
    Scenario,
    Selection,
    SurnameTokens,
)
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.run import RunError
from simulator.study.world import shard_roll

Progress = Callable[[int, int], None]
_AHEAD = 8  # shards handed out before their turn
_PARTS = 1000  # a replicate's share of the progress bar
_LISTED, _STREAMED = 200, 800


def beyond_names(part: MatchingPart) -> list[str]:
    """Return what a scenario's matching asks besides names, each as FIELD: what it must be."""
    wanted = {
        "matching.address_threshold": (part.address_threshold, AddressThreshold.ANY),
        "matching.birth_date_threshold": (part.birth_date_threshold, BirthDateThreshold.ANY),
        "matching.decision_rule": (part.decision_rule, DecisionRule.THRESHOLDS),
        "matching.selection": (part.selection, Selection.ALL),
        "matching.name_order": (part.name_order, NameOrder.AS_WRITTEN),
        "matching.name_address_path": (part.name_address_path, True),
        "matching.tin_path": (part.tin_path, False),
        "matching.last_four_check": (part.last_four_check, LastFourCheck.NONE),
        "matching.suffix_conflict_rejects": (part.suffix_conflict_rejects, False),
        "matching.middle_conflict_rejects": (part.middle_conflict_rejects, False),
        # Cells hold what names are, not how each record writes them.
        "matching.name_agreements.differently_written": (
            part.name_agreements.differently_written,
            1.0,
        ),
    }
    faults = [
        f"{field} must be {str(needed).lower()}"
        for field, (found, needed) in wanted.items()
        if found != needed
    ]
    if () not in part.blocking:
        faults.append("matching.blocking must hold the empty rule")
    return faults


class _Common(NamedTuple):
    """What all shards of a replicate need; ``order`` sorts the people requested."""

    scenario: Scenario
    replicate: int
    near: NamesNear
    lent: Int64Array
    persons: Int64Array  # sorted
    order: Int64Array


class ShardNames(NamedTuple):
    """What one shard adds: cells, accounts by group, and the requests' own accounts."""

    cells: NameCells
    accounts: Int64Array
    request: Int64Array
    given: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    group: Int32Array


@lru_cache(maxsize=1)
def _common(file: Path) -> tuple[_Common, Sample, list[Places]]:
    """Read what this run wrote for its own processes, and draw the sample."""
    common: _Common = pickle.loads(file.read_bytes())  # noqa: S301  # our own file
    rng = Streams(common.scenario.seed, common.replicate)
    part = common.scenario.population
    sample = draw_sample(part.size, part.group_quarters, rng=rng)
    return common, sample, shards(sample)


def fold_shard(file: Path, number: int) -> ShardNames:
    """Generate one shard and fold its searched accounts into cells."""
    common, sample, parts = _common(file)
    rng, scenario = Streams(common.scenario.seed, common.replicate), common.scenario
    made = shard_roll(parts[number], sample, scenario, common.lent, rng=rng)
    rows = np.flatnonzero(searchable(made.roll, scenario.matching))
    holder = made.accounts.row[rows]
    group = made.people.origin[holder].astype(np.int32) * len(STATUSES) + made.people.status[holder]
    given, surname_1 = made.roll.given[rows], made.roll.surname_1[rows]
    surname_2 = made.roll.surname_2[rows]
    if scenario.matching.surname_tokens == SurnameTokens.FIRST:
        surname_2 = np.full(rows.size, ABSENT, np.int32)
    person = made.accounts.person[rows]
    at = np.minimum(np.searchsorted(common.persons, person), common.persons.size - 1)
    own = np.flatnonzero(common.persons[at] == person)
    return ShardNames(
        name_cells(given, surname_1, surname_2, group, common.near),
        np.bincount(group, minlength=groups()),
        common.order[at[own]],
        given[own],
        surname_1[own],
        surname_2[own],
        group[own],
    )


def asked_names(asked: PreparedReplicate, heard: BoolArray, part: MatchingPart) -> AskedNames:
    """Return the names of the requests; those not heard ask for nobody."""
    prepared, values = asked.prepared, scale(part.name_agreements)
    given, surname = (
        counting_for(SimilarStrings(*table), values) for table in (prepared.given, prepared.surname)
    )
    return AskedNames(
        np.where(heard, prepared.given_rows[0], ABSENT),
        np.where(heard, prepared.surname_rows[:2], ABSENT),
        given,
        surname,
    )


def _in_order(executor: Executor, file: Path, count: int) -> Iterator[ShardNames]:
    """Yield every shard in order, a few being worked on ahead."""
    numbers, waiting = iter(range(count)), deque[Future[ShardNames]]()
    while True:
        for number in islice(numbers, _AHEAD - len(waiting)):
            waiting.append(executor.submit(fold_shard, file, number))
        if not waiting:
            return
        yield waiting.popleft().result()


class _Mates:
    """The true links of one replicate: requests against the accounts of those they mean."""

    def __init__(self, names: AskedNames) -> None:
        self._names = names
        self._found = np.zeros(names.given_row.size, np.bool_)
        self.links = np.zeros((groups(), NAME_STEPS), np.int64)

    def add(self, shard: ShardNames) -> None:
        columns = (shard.given, shard.surname_1, shard.surname_2)
        steps = steps_of(shard.request, *columns, self._names)
        linked = steps >= 0
        np.add.at(self.links, (shard.group[linked], steps[linked]), 1)
        self._found[shard.request] = True

    @property
    def mated(self) -> int:
        """Number of requests whose person has an account."""
        return int(self._found.sum())


def count_replicate(
    scenario: Scenario,
    replicate: int,
    executor: Executor,
    *,
    threads: int,
    progress: Progress = lambda done, total: None,
) -> NameLinks:
    """Count the links by name of one replicate; the same whatever the executor and threads.

    ``progress`` hears (done, 1000). Raises ListingError where the population cannot supply the
    list and RunError where a worker dies.
    """
    asked = prepared_replicate(scenario, replicate)
    heard = np.asarray(asked.rejected == Guardrail.NONE)
    names = asked_names(asked, heard, scenario.matching)
    near = names_near(names)
    order = np.argsort(asked.truth.person, kind="stable")
    persons = asked.truth.person[order]
    common = _Common(scenario, replicate, near, asked.lent, persons, order)
    count, requests = len(asked.parts), len(asked.requests)
    del asked
    progress(_LISTED, _PARTS)
    fold, mates = CellFold(), _Mates(names)
    accounts = np.zeros(groups(), np.int64)
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "common"
        file.write_bytes(pickle.dumps(common))
        try:
            for done, shard in enumerate(_in_order(executor, file, count), 1):
                fold.add(shard.cells)
                mates.add(shard)
                accounts += shard.accounts
                progress(_LISTED + done * (_STREAMED - _LISTED) // count, _PARTS)
        except BrokenProcessPool as error:
            raise RunError(
                "a worker process died, perhaps for want of memory; try fewer --workers"
            ) from error

    def walked(done: int, total: int) -> None:
        progress(_STREAMED + done * (_PARTS - _STREAMED) // max(total, 1), _PARTS)

    index = index_cells(fold.cells())
    links = count_links(names, index, threads=threads, progress=walked)
    return NameLinks(
        links[: groups()], mates.links, accounts, requests, int(heard.sum()), mates.mated
    )
