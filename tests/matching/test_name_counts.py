"""Links by name counted over cells, against the plain nested loop over pairs."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.matching import name_counts
from simulator.matching.agreement import FLOOR, scale
from simulator.matching.linkage import prepare, searchable
from simulator.matching.name_cells import CellFold, index_cells, name_cells
from simulator.matching.name_counts import (
    AskedNames,
    count_links,
    counting_for,
    names_near,
    steps_of,
)
from simulator.matching.plain import plain_pairs
from simulator.matching.similarity import SimilarStrings
from simulator.records import Int64Array
from simulator.scenario.schema import MatchingPart, SurnameTokens
from tests.matching import samples
from tests.matching.samples import code, part, requests_table, roll_table

Rows = Sequence[Mapping[str, int]]
GROUPS = 3
small = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
some_requests = st.lists(samples.requested(), min_size=3, max_size=8)
some_accounts = st.lists(samples.accounts(), min_size=8, max_size=20)
tokens = st.sampled_from(tuple(SurnameTokens))


def asked_names(rows: Rows, how: MatchingPart) -> AskedNames:
    prepared = prepare(requests_table(rows), how, samples.search())
    values = scale(how.name_agreements)
    return AskedNames(
        prepared.given_rows[0],
        prepared.surname_rows[:2],
        counting_for(SimilarStrings(*prepared.given), values),
        counting_for(SimilarStrings(*prepared.surname), values),
    )


def counted(asked: Rows, held: Rows, how: MatchingPart, *, shards: int, threads: int) -> Int64Array:
    names, roll, fold = asked_names(asked, how), roll_table(held), CellFold()
    searched = np.flatnonzero(searchable(roll, how))
    second = roll.surname_2 if how.surname_tokens == SurnameTokens.BEST else roll.surname_2 * 0 - 1
    for rows in np.array_split(searched, shards):
        columns = (roll.given[rows], roll.surname_1[rows], second[rows])
        fold.add(name_cells(*columns, (rows % GROUPS).astype(np.int32), names_near(names)))
    return count_links(names, index_cells(fold.cells()), threads=threads)


def plainly(asked: Rows, held: Rows, how: MatchingPart) -> Counter[tuple[int, int]]:
    pairs = plain_pairs(requests_table(asked), roll_table(held), how)
    return Counter((pair[1] % GROUPS, min(pair[2], pair[3]) - FLOOR) for pair in pairs)


def as_counter(links: Int64Array) -> Counter[tuple[int, int]]:
    return Counter({(int(g), int(s)): int(links[g, s]) for g, s in np.argwhere(links)})


@small
@given(some_requests, some_accounts, tokens, st.booleans(), st.integers(1, 4))
def test_cells_give_the_counts_of_the_plain_loop(
    asked: Rows, held: Rows, how: SurnameTokens, dependants: bool, shards: int
) -> None:
    rule = part(surname_tokens=how, search_dependants=dependants)
    links = counted(asked, held, rule, shards=shards, threads=1 + shards % 2)
    assert as_counter(links) == plainly(asked, held, rule)


def test_the_random_tables_hold_double_surnames_on_both_sides() -> None:
    """Show that the test above is not satisfied by tables without the hard cases."""
    asked = [
        {"surname_1": code("GARCIA"), "surname_2": code("GARZA")},
        {"surname_1": code("GONZALEZ"), "surname_2": code("GARZA")},
        {"surname_1": code("GARZA")},
    ]
    held = [
        {"surname_1": code("GARCIA"), "surname_2": code("GARCIA")},
        {"surname_1": code("GARZA"), "surname_2": code("GONZALES")},
        {"surname_1": code("GARCIA")},
        {"surname_1": code("GARZA"), "surname_2": code("LI")},
    ]
    links = counted(asked, held, part(), shards=2, threads=2)
    assert as_counter(links) == plainly(asked, held, part())
    assert links.sum() >= 8


def test_without_taking_off_what_both_halves_reach_the_counts_are_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [{"surname_1": code("GARCIA"), "surname_2": code("GARZA")}]
    held = [{"surname_1": code("GARCIA")}]
    assert as_counter(counted(asked, held, part(), shards=1, threads=1)) == {(0, 20): 1}
    monkeypatch.setattr(name_counts, "_count_by_both", lambda *_: None)
    assert counted(asked, held, part(), shards=1, threads=1).sum() == 2


@small
@given(some_requests, some_accounts)
def test_the_steps_of_single_pairs_are_those_counted(asked: Rows, held: Rows) -> None:
    names, roll = asked_names(asked, part()), roll_table(held)
    requests, accounts = (
        grid.ravel() for grid in np.meshgrid(np.arange(len(asked)), np.arange(len(held)))
    )
    columns = (roll.given[accounts], roll.surname_1[accounts], roll.surname_2[accounts])
    steps = steps_of(requests, *columns, names)
    kept = (steps >= 0) & searchable(roll, part())[accounts]
    found = Counter(zip((accounts[kept] % GROUPS).tolist(), steps[kept].tolist(), strict=True))
    assert found == plainly(asked, held, part())


def test_the_order_of_shards_does_not_show_in_the_cells() -> None:
    rng = np.random.default_rng(4)
    names = asked_names([{}], part())
    near = names_near(names)._replace(given=np.ones(2**18, bool), surname=np.ones(2**18, bool))
    shards = rng.integers([[0], [0], [-1], [0]], 40, (9, 4, 500)).astype(np.int32)
    forward, backward = CellFold(), CellFold()
    for given_name, first, second, group in shards:
        forward.add(name_cells(given_name, first, second, group, near))
    for given_name, first, second, group in shards[::-1]:
        backward.add(name_cells(given_name, first, second, group, near))
    one, other = forward.cells(), backward.cells()
    assert np.array_equal(one.keys, other.keys)
    assert np.array_equal(one.accounts, other.accounts)
    assert np.all(np.diff(one.keys) > 0)
    assert one.accounts.sum() == 9 * 500


def test_a_group_that_does_not_fit_is_refused() -> None:
    near = names_near(asked_names([{}], part()))
    column = np.zeros(1, np.int32)
    with pytest.raises(ValueError, match="do not fit"):
        name_cells(column, column, column, column + 256, near)
