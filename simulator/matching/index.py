"""Accounts by the keys of every blocking rule, laid out for one of two walks.

A *scanned* rule keeps each block as what its accounts show, row by row, to be read from end to
end. A *walked* rule sorts each block by surname and given name into cells, so that a request goes
through the names that agree with its own and common surnames cost no scan. Small blocks are
scanned; where the blocks that requests meet are large on average, walking reads less. Which one is
taken never shows in the pairs.

Everything is a counting sort: stable, so that accounts stay in order within a cell or block.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from simulator.kernels import compiled
from simulator.matching.pair import Frame, Left, Right
from simulator.matching.request_keys import Keys, account_keys, key_parts, request_keys
from simulator.randomness import IntArray
from simulator.records import BoolArray, Int8Array, Int32Array

SCAN_UP_TO: Final = 20_000  # accounts of a block; beyond, walking is faster
_CHUNKS: Final = 8
_MOST_LOOKED_UP: Final = 1 << 22  # surnames of all blocks, in a table of 16 MB


_WORDS: Final = ("accounts", "given", "surname_1", "surname_2", "birth", "place", "middle")
_ROW: Final = np.dtype(
    [*((name, np.int32) for name in _WORDS), ("suffix", np.int8), ("name_style", np.int8)],
    align=True,
)


class Scanned(NamedTuple):
    """Blocks of scanned rules: the accounts of block b and what they show, ``starts[b]`` on.

    Row by row in 32 bytes, in the order in which they are read: each account costs one look into
    memory while a block is laid out, and none but the next while it is read.
    """

    starts: IntArray
    accounts: Int32Array
    given: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    birth: Int32Array
    place: Int32Array
    middle: Int32Array
    suffix: Int8Array
    name_style: Int8Array


class Walked(NamedTuple):
    """Blocks of walked rules: block, runs of one surname, cells of one given name, accounts.

    Runs of block b are ``blocks[b]`` on, cells of run k ``runs[k]`` on, accounts of cell c
    ``cells[c]`` on. An account stands under each surname that counts. ``run_of`` holds the run of
    every surname in every block, -1 for none, or nothing where that would be too large.
    """

    blocks: IntArray
    run_of: Int32Array
    run_surname: Int32Array
    runs: IntArray
    cell_given: Int32Array
    cells: IntArray
    accounts: Int32Array


class Index(NamedTuple):
    """Accounts by key: ``asked`` numbers the block of (rule, way, request), -1 for none."""

    asked: Int32Array
    walks: Int8Array  # by rule
    scanned: Scanned
    walked: Walked


@dataclass(frozen=True)
class _Rule:
    """One rule in the making: its keys, and key numbers and counts of accounts in chunks."""

    keys: Keys
    ids: Int32Array  # (parts, accounts)
    counts: IntArray  # (chunks, keys)

    @property
    def sizes(self) -> IntArray:
        return np.asarray(self.counts.sum(axis=0))


@compiled
def _scatter(
    ids: Int32Array,
    first: int,
    last: int,
    position: IntArray,
    right: Right,
    out: Scanned,
) -> None:
    """Write the accounts of one chunk where their blocks continue."""
    for a in range(first, last):
        for part in range(ids.shape[0]):
            block = ids[part, a]
            if block < 0:
                continue
            at = position[block]
            position[block] = at + 1
            out.accounts[at], out.given[at] = a, right.given[a]
            out.surname_1[at], out.surname_2[at] = right.surname_1[a], right.surname_2[a]
            out.birth[at], out.place[at] = right.birth[a], right.place[a]
            out.middle[at], out.suffix[at] = right.middle[a], right.suffix[a]
            out.name_style[at] = right.name_style[a]


@compiled
def _entries(
    ids: Int32Array, total: int, right: Right, best: bool
) -> tuple[Int32Array, Int32Array, Int32Array]:
    """Return account, block and surname of every way to come upon an account."""
    room = 2 * total if best else total
    accounts, blocks = np.empty(room, np.int32), np.empty(room, np.int32)
    surnames, found = np.empty(room, np.int32), 0
    for a in range(ids.shape[1]):
        for part in range(ids.shape[0]):
            if ids[part, a] < 0:
                continue
            first, second = right.surname_1[a], right.surname_2[a]
            accounts[found], blocks[found], surnames[found] = a, ids[part, a], first
            found += 1
            if best and second >= 0 and second != first:
                accounts[found], blocks[found], surnames[found] = a, ids[part, a], second
                found += 1
    return accounts[:found].copy(), blocks[:found].copy(), surnames[:found].copy()


@compiled
def _counting_order(codes: Int32Array, order: Int32Array, size: int) -> Int32Array:
    """Return ``order`` sorted by the code of what it points to; codes are below ``size``."""
    starts = np.zeros(size + 1, np.int64)
    for i in range(codes.size):
        starts[codes[i] + 1] += 1
    for code in range(size):
        starts[code + 1] += starts[code]
    result = np.empty(order.size, np.int32)
    for i in range(order.size):
        code = codes[order[i]]
        result[starts[code]] = order[i]
        starts[code] += 1
    return result


@compiled
def _cells(
    order: Int32Array,
    accounts: Int32Array,
    blocks: Int32Array,
    surnames: Int32Array,
    given: Int32Array,
    n_blocks: int,
) -> Walked:
    """Cut sorted entries into blocks, runs of one surname and cells of one given name."""
    size = order.size
    starts = np.zeros(n_blocks + 1, np.int64)
    run_surname, runs = np.empty(size, np.int32), np.empty(size + 1, np.int64)
    cell_given, cells = np.empty(size, np.int32), np.empty(size + 1, np.int64)
    held = np.empty(size, np.int32)
    n_runs, n_cells, block, surname, name = 0, 0, -1, -1, -1
    for i in range(size):
        entry = order[i]
        held[i] = accounts[entry]
        same = blocks[entry] == block and surnames[entry] == surname
        if not same:
            run_surname[n_runs], runs[n_runs] = surnames[entry], n_cells
            n_runs += 1
            block, surname = blocks[entry], surnames[entry]
            starts[block + 1] = n_runs
        if not same or given[held[i]] != name:
            name = given[held[i]]
            cell_given[n_cells], cells[n_cells] = name, i
            n_cells += 1
    runs[n_runs], cells[n_cells] = n_cells, size
    for block in range(n_blocks):
        starts[block + 1] = max(starts[block + 1], starts[block])
    return Walked(
        starts,
        np.empty(0, np.int32),
        run_surname[:n_runs].copy(),
        runs[: n_runs + 1].copy(),
        cell_given[:n_cells].copy(),
        cells[: n_cells + 1].copy(),
        held,
    )


def _chunks(size: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, size, _CHUNKS + 1).astype(int).tolist()
    return list(pairwise(edges))


def _rule(
    mask: int,
    active: IntArray,
    left: Left,
    right: Right,
    frame: Frame,
    searched: BoolArray,
    pool: ThreadPoolExecutor,
) -> _Rule:
    """Return the keys of one rule, numbered, and those of all accounts."""
    keys = request_keys(mask, active, left, frame)
    size = searched.size
    ids = np.empty((key_parts(mask, frame), size), np.int32)
    counts = np.zeros((_CHUNKS, keys.place.size), np.int64)
    list(
        pool.map(
            lambda job: account_keys(
                keys, job[1][0], job[1][1], searched, right, frame, ids, counts[job[0]]
            ),
            enumerate(_chunks(size)),
        )
    )
    return _Rule(keys, ids, counts)


def _scan_layout(rules: Sequence[_Rule], right: Right, pool: ThreadPoolExecutor) -> Scanned:
    sizes = np.concatenate([np.zeros(1, np.int64), *(rule.sizes for rule in rules)])
    starts = np.cumsum(sizes)
    total = int(starts[-1])
    # Two rows at least: one alone would pass for contiguous, and kernels be compiled again.
    rows = np.empty(max(total, 2), _ROW)
    out = Scanned(starts, *(rows[name] for name in _ROW.names or ()))
    first = 0
    for rule in rules:
        blocks = rule.counts.shape[1]
        before = np.cumsum(rule.counts, axis=0) - rule.counts
        positions = before + starts[first : first + blocks]
        list(
            pool.map(
                lambda job, rule=rule, positions=positions: _scatter(
                    rule.ids, job[1][0], job[1][1], positions[job[0]], right, out
                ),
                enumerate(_chunks(rule.ids.shape[1])),
            )
        )
        first += blocks
    return out


def _walk_layout(rules: Sequence[_Rule], right: Right, frame: Frame) -> Walked:
    size, layouts = frame.initials.size, []
    for rule in rules:
        total = int(rule.counts.sum())
        accounts, blocks, surnames = _entries(rule.ids, total, right, frame.best)
        order = np.arange(accounts.size, dtype=np.int32)
        order = _counting_order(right.given[accounts], order, size)
        order = _counting_order(surnames, order, size)
        n_blocks = rule.counts.shape[1]
        if n_blocks > 1:
            order = _counting_order(blocks, order, n_blocks)
        layouts.append(_cells(order, accounts, blocks, surnames, right.given, n_blocks))
    whole = _end_to_end(layouts)
    if (whole.blocks.size - 1) * size > _MOST_LOOKED_UP:
        return whole
    return whole._replace(run_of=_runs_by_surname(whole, size))


@compiled
def _runs_by_surname(walked: Walked, surnames: int) -> Int32Array:
    """Return the run of every surname in every block, -1 for none."""
    n_blocks = walked.blocks.size - 1
    run_of = np.full(n_blocks * surnames, -1, np.int32)
    for block in range(n_blocks):
        for run in range(walked.blocks[block], walked.blocks[block + 1]):
            run_of[block * surnames + walked.run_surname[run]] = run
    return run_of


def _end_to_end(layouts: Sequence[Walked]) -> Walked:
    """Join the layouts of several rules, numbering blocks, runs, cells and accounts on."""
    if len(layouts) == 1:
        return layouts[0]
    starts, runs, cells = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    for layout in layouts:
        for so_far, more in ((starts, layout.blocks), (runs, layout.runs), (cells, layout.cells)):
            so_far.append(more[1:] + so_far[-1][-1])
    none = [np.empty(0, np.int32)]
    return Walked(
        np.concatenate(starts),
        np.empty(0, np.int32),
        np.concatenate([layout.run_surname for layout in layouts] or none),
        np.concatenate(runs),
        np.concatenate([layout.cell_given for layout in layouts] or none),
        np.concatenate(cells),
        np.concatenate([layout.accounts for layout in layouts] or none),
    )


def _walked(rule: _Rule, scan_up_to: int) -> bool:
    """Say whether the blocks that requests meet are larger on average than is good to scan."""
    met = rule.keys.asked[rule.keys.asked >= 0]
    return bool(rule.sizes[met].sum() > scan_up_to * max(met.size, 1))


def index_accounts(
    active: IntArray,
    left: Left,
    right: Right,
    frame: Frame,
    searched: BoolArray,
    *,
    threads: int = 1,
    scan_up_to: int = SCAN_UP_TO,
) -> Index:
    """Index the searched accounts by what active requests ask for under every rule.

    ``scan_up_to``: largest mean size of blocks that are scanned. Memory: 32 bytes for each scanned
    account and rule, about 20 for each walked one, and 4 more while it is built.
    """
    scanned: list[_Rule] = []
    walked: list[_Rule] = []
    asked, walks, blocks = [], [], {True: 0, False: 0}
    with ThreadPoolExecutor(threads) as pool:
        for mask in frame.rules.tolist():
            rule = _rule(mask, active, left, right, frame, searched, pool)
            walk = not frame.any_names and _walked(rule, scan_up_to)
            (walked if walk else scanned).append(rule)
            asked.append(np.where(rule.keys.asked >= 0, rule.keys.asked + blocks[walk], -1))
            blocks[walk] += rule.counts.shape[1]
            walks.append(walk)
        return Index(
            np.stack(asked).astype(np.int32),
            np.array(walks, dtype=np.int8),
            _scan_layout(scanned, right, pool),
            _walk_layout(walked, right, frame),
        )
