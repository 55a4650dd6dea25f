"""The search for candidate pairs against its plain twin, whatever the rules and however walked."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.matching import plain
from simulator.matching.agreement import FLOOR
from simulator.matching.decision import decision
from simulator.matching.index import SCAN_UP_TO
from simulator.matching.linkage import (
    candidate_blocks,
    candidate_pairs,
    compare,
    name_address_blocks,
    name_search,
    no_pairs,
    prepare,
    scored_blocks,
)
from simulator.matching.prepared import told_apart_from
from simulator.records import CandidatePairs, joined, taken
from simulator.scenario.schema import MatchingPart, NameOrder
from tests.matching import samples
from tests.matching.samples import all_of, code, part, requests_table, roll_table

Rows = Sequence[Mapping[str, int]]
# The first draw reads the lexicon, which is no fault of the strategy.
small = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
some_requests = st.lists(samples.requested(), min_size=2, max_size=5)
some_accounts = st.lists(samples.accounts(), min_size=6, max_size=12)
any_parts = st.one_of(samples.parts(), samples.parts(), samples.loose_parts())
WALK, SCAN = 0, 10**9


def blocks_of(
    asked: Rows, held: Rows, how: MatchingPart, *, threads: int = 1, room: int = 1000, up_to: int
) -> list[CandidatePairs]:
    requests, roll = requests_table(asked), roll_table(held)
    prepared = prepare(requests, how, samples.search())
    every = np.arange(len(requests))
    return list(
        name_address_blocks(
            prepared, every, roll, how, threads=threads, room=room, scan_up_to=up_to
        )
    )


def in_order(blocks: Sequence[CandidatePairs]) -> list[tuple[int, ...]]:
    """Return all columns of pairs in the order in which they come."""
    pairs = joined(CandidatePairs, [no_pairs(), *blocks])
    columns = (pairs.request, pairs.account, pairs.given, pairs.surname, pairs.address)
    return [tuple(map(int, row)) for row in zip(*columns, strict=True)]


def rows_in_order(pairs: CandidatePairs) -> list[tuple[int, ...]]:
    """Return all columns of pairs in the order in which they come, request and account first."""
    columns = (getattr(pairs, field.name) for field in fields(pairs))
    return [tuple(map(int, row)) for row in zip(*columns, strict=True)]


@small
@given(some_requests, some_accounts, any_parts)
def test_both_walks_equal_the_plain_twin_pair_for_pair(
    asked: Rows, held: Rows, how: MatchingPart
) -> None:
    expected = plain.plain_pairs(requests_table(asked), roll_table(held), how)
    for up_to in (WALK, SCAN):
        pairs = joined(CandidatePairs, [no_pairs(), *blocks_of(asked, held, how, up_to=up_to)])
        assert all_of(pairs) == expected
        assert not pairs.by_tin.any()


@small
@given(some_requests, some_accounts, any_parts, st.integers(1, 5), st.sampled_from((WALK, 1, SCAN)))
def test_full_buffers_and_threads_change_nothing(
    asked: Rows, held: Rows, how: MatchingPart, room: int, up_to: int
) -> None:
    whole = in_order(blocks_of(asked, held, how, up_to=up_to))
    for threads in (1, 2):
        cut = blocks_of(asked, held, how, threads=threads, room=room, up_to=up_to)
        assert in_order(cut) == whole
        assert all(0 < len(block) <= room for block in cut)


def test_many_slices_come_in_order_for_any_number_of_threads() -> None:
    rng = np.random.default_rng(3)
    asked = [{"surname_1": code(str(rng.choice(samples.SURNAMES)))} for _ in range(1500)]
    held = [{"surname_1": code(str(rng.choice(samples.SURNAMES)))} for _ in range(20)]
    one = blocks_of(asked, held, part(), threads=1, room=700, up_to=SCAN_UP_TO)
    two = blocks_of(asked, held, part(), threads=3, room=700, up_to=SCAN_UP_TO)
    assert [in_order([block]) for block in one] == [in_order([block]) for block in two]
    assert len(one) > 6
    rows = [row[0] for row in in_order(one)]
    assert rows == sorted(rows)


@small
@given(some_requests, some_accounts, any_parts)
def test_given_pairs_are_compared_whatever_blocking_and_floor_say(
    asked: Rows, held: Rows, how: MatchingPart
) -> None:
    requests, roll = requests_table(asked), roll_table(held)
    prepared = prepare(requests, how, samples.search())
    r, a = (grid.ravel() for grid in np.indices((len(requests), len(roll))))
    order = np.random.default_rng(1).permutation(r.size)
    found = compare(prepared, r[order], a[order], roll, how)
    for k, i in enumerate(order):
        twin = plain.PlainPair(requests, int(r[i]), roll, int(a[i]), how)
        row = tuple(
            int(getattr(found.pairs, name)[k])
            for name in ("given", "surname", "birth", "address", "street", "tin")
        )
        assert row == twin.levels()
        assert bool(found.similar[k]) == (min(twin.name_codes()) > 0)
        assert bool(found.admitted[k]) == twin.admitted()
        assert bool(found.conflict[k]) == twin.conflict()


@small
@given(some_requests, some_accounts, samples.parts())
def test_blocking_only_removes_pairs(asked: Rows, held: Rows, how: MatchingPart) -> None:
    everything = how.model_copy(update={"blocking": ((),)})
    blocked = in_order(blocks_of(asked, held, how, up_to=SCAN))
    assert len(set(blocked)) == len(blocked), "a pair is returned once"
    assert set(blocked) <= set(in_order(blocks_of(asked, held, everything, up_to=WALK)))


@small
@given(some_requests, some_accounts, any_parts, st.booleans())
def test_a_request_goes_by_number_or_by_name(
    asked: Rows, held: Rows, how: MatchingPart, named: bool
) -> None:
    how = how.model_copy(update={"tin_path": True, "name_address_path": named})
    requests, roll = requests_table(asked), roll_table(held)
    heard = np.arange(len(requests)) % 3 != 1
    prepared = prepare(requests, how, samples.search())
    blocks = list(candidate_blocks(prepared, heard, roll, how, room=2, threads=2))
    pairs = joined(CandidatePairs, [no_pairs(), *blocks])
    numbered = {int(r) for r in np.flatnonzero(heard & (requests.tin >= 0))}
    expected = [row for row in plain.plain_tin_pairs(requests, roll, how) if row[0] in numbered]
    by_name = plain.plain_pairs(requests, roll, how) if named else []
    expected += [row for row in by_name if heard[row[0]] and row[0] not in numbered]
    assert all_of(pairs) == sorted(expected)
    assert all_of(candidate_pairs(prepared, heard, roll, how)) == sorted(expected)
    assert set(pairs.request[pairs.by_tin].tolist()) <= numbered


scored = st.fixed_dictionaries(
    {
        "decision_rule": st.sampled_from(("points", "fellegi_sunter")),
        "term_frequency": st.sampled_from((0.0, 0.5, 1.0)),
        "tin_path": st.booleans(),
    }
)


@small
@given(
    some_requests,
    some_accounts,
    any_parts,
    scored,
    st.integers(0, 100),
    st.sampled_from((0.0, 1 / 64, -1 / 64)),
)
def test_the_cut_leaves_out_exactly_the_pairs_below_it(
    asked: Rows,
    held: Rows,
    how: MatchingPart,
    rule: Mapping[str, object],
    which: int,
    off: float,
) -> None:
    if rule["decision_rule"] == "points":
        rule = {**rule, "term_frequency": 0.0}
    how = part(**{**how.model_dump(exclude_unset=True), **rule})
    requests, roll = requests_table(asked), roll_table(held)
    heard, ready = np.ones(len(requests), np.bool_), decision(how)
    prepared = prepare(requests, how, samples.search())
    every = candidate_pairs(prepared, heard, roll, how)
    scores = ready.score(every, requests, roll)
    least = float(scores[which % scores.size]) + off if scores.size else off
    kept = scores >= least
    expected = [row for row, keep in zip(rows_in_order(every), kept, strict=True) if keep]
    cut = ready.cut(least, requests)
    for floor in {FLOOR, told_apart_from(how)}:
        prepared = prepare(requests, how, name_search(floor))
        blocks = list(scored_blocks(prepared, heard, roll, how, cut, threads=2, room=2))
        assert sum(block.compared for block in blocks) == len(every)
        found = joined(CandidatePairs, [block.pairs for block in blocks])
        by_name = ~found.by_tin
        columns = slice(None) if floor == FLOOR else slice(2)
        numbered = [row for row, by in zip(rows_in_order(every), every.by_tin, strict=True) if by]
        assert [row[columns] for row in rows_in_order(taken(found, np.flatnonzero(by_name)))] == [
            row[columns] for row in expected if row not in numbered
        ]
        assert int(found.by_tin.sum()) == len(numbered), "pairs by number are always kept"


def test_the_better_reading_of_names_counts_and_the_pair_comes_once() -> None:
    turned = {"given": code("RODRIGUEZ"), "surname_1": code("JOSE")}
    held = {"given": code("JOSE"), "surname_1": code("RODRIGUEZ")}
    either, straight = part(name_order=NameOrder.EITHER), part()
    assert in_order(blocks_of([turned], [held], straight, up_to=WALK)) == []
    for up_to in (WALK, SCAN):
        for rule in ((), ("surname",), ("given_name", "zip3"), ("given_initial", "surname")):
            how = either.model_copy(update={"blocking": (rule, ("state",))})
            assert in_order(blocks_of([turned], [held], how, up_to=up_to)) == [(0, 0, 100, 100, 9)]
    same = {"given": code("MARTIN"), "surname_1": code("MARTIN")}
    assert in_order(blocks_of([same], [same], either, up_to=WALK)) == [(0, 0, 100, 100, 9)]


def test_a_pair_that_several_surnames_lead_to_comes_once() -> None:
    """Random tables seldom hold it: two surnames on both sides, of which many agree crosswise."""
    rng = np.random.default_rng(4)
    alike = ("GONZALEZ", "GONZALES", "LOPEZ", "LOPES", "GARCIA")

    def people(many: int) -> list[dict[str, int]]:
        drawn = [rng.choice(alike, 2) for _ in range(many)]
        return [{"surname_1": code(str(a)), "surname_2": code(str(b))} for a, b in drawn]

    asked, held = people(12), people(25)
    for how in (part(), part(name_order=NameOrder.EITHER), part(blocking=((), ("zip5",)))):
        expected = plain.plain_pairs(requests_table(asked), roll_table(held), how)
        assert len(expected) > 50
        for up_to in (WALK, SCAN):
            blocks = blocks_of(asked, held, how, up_to=up_to)
            assert all_of(joined(CandidatePairs, [no_pairs(), *blocks])) == expected
