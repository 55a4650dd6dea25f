"""What is withheld between link and release: each guardrail by hand, in the direction it must."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.release import account_stops, pair_stops, released, shared_addresses
from simulator.matching.linkage import prepare
from simulator.population.addresses import postal_addresses
from simulator.randomness import Streams
from simulator.records import STATUSES, Int64Array, Role, Roll, TinKind
from simulator.reference import tables
from simulator.scenario.schema import DisclosurePart, Scenario
from simulator.taxpayer_digits import ITIN_BIT
from tests.disclosure.tables import accounts_table, all_pairs, people_table, truth_table
from tests.disclosure.test_validity import addresses_of, busy_zip
from tests.matching import samples
from tests.matching.samples import requests_table, roll_table

RNG = Streams(3, 1)
Rows = Sequence[Mapping[str, int]]


def stops_of(
    roll: Rows, policy: Mapping[str, Any], truth: Rows = (), people: Rows = ()
) -> Int64Array:
    """Return the stops of the accounts of a roll under a policy."""
    table = roll_table(roll)
    return account_stops(
        np.arange(len(table)),
        table,
        accounts_table(truth or [{}] * len(table)),
        people_table(people or [{}] * len(table)),
        DisclosurePart.model_validate(policy),
        rng=RNG,
    )


def struck(stops: Int64Array, guardrail: Guardrail) -> list[int]:
    """Return the rows that are stopped, and by nothing but this guardrail."""
    assert set(stops.tolist()) <= {0, 1 << guardrail}
    return [int(row) for row in np.flatnonzero(stops)]


@pytest.mark.parametrize(("limit", "old"), [(None, []), (0, [0, 1]), (2, [0]), (3, [])])
def test_addresses_older_than_the_limit_are_withheld(limit: int | None, old: list[int]) -> None:
    roll = [{"years_since_filing": years} for years in (3, 2, 0)]
    stops = stops_of(roll, {"max_address_age_years": limit})
    assert struck(stops, Guardrail.MAX_ADDRESS_AGE) == old


def test_a_flat_without_its_unit_is_withheld() -> None:
    place = busy_zip()
    house = next(address for address in addresses_of(place) if address[3] == 0)
    flat = next(address for address in addresses_of(place) if address[3] > 0)
    names = ("street", "form", "number", "unit")
    roll = [
        {"place": place, **dict(zip(names, written, strict=True))}
        for written in (house, flat, (*flat[:3], 0))
    ]
    assert struck(stops_of(roll, {"units_required": True}), Guardrail.UNITS_REQUIRED) == [2]
    assert not stops_of(roll, {"units_required": False}).any()


def test_every_dwelling_lacks_its_unit_just_where_it_has_one_that_is_left_out() -> None:
    place = busy_zip()
    count = int(tables.zips().households[place])
    written = postal_addresses(np.full(count, place), np.arange(count))
    roll = [
        {"place": place, "street": int(s), "form": int(f), "number": int(n), "unit": 0}
        for s, f, n in written[:3, :400].T
    ]
    found = struck(stops_of(roll, {"units_required": True}), Guardrail.UNITS_REQUIRED)
    assert found == np.flatnonzero(written[3, :400] > 0).tolist()


SHARING: Rows = [
    {"number": 12},
    {"number": 12, "role": Role.SPOUSE},  # on the return above
    {"number": 14},
    {"number": 14, "role": Role.DEPENDANT},  # of the return above
    {"number": 14},  # a return of another
    {"number": 16, "unit": 1},
    {"number": 16, "unit": 2},  # another door of the building
    {"number": 18, "unit": 0},
    {"number": 18, "unit": 0},  # both left out the unit
    {"number": 12, "place": 5},  # the same street and number in another ZIP
]


def test_an_address_on_two_returns_is_withheld_from_all_who_file_there() -> None:
    on = {"shared_addresses_withheld": True}
    assert struck(stops_of(SHARING, on), Guardrail.SHARED_ADDRESSES) == [2, 3, 4, 7, 8]
    assert not stops_of(SHARING, {}).any()


def test_returns_of_people_of_different_zips_are_not_seen_to_share() -> None:
    roll: Rows = [{"number": 12}, {"number": 12}, {"number": 14}, {"number": 14}]
    people: Rows = [{"place": 1}, {"place": 2}, {"place": 3}, {"place": 3}]
    stops = stops_of(roll, {"shared_addresses_withheld": True}, people=people)
    assert struck(stops, Guardrail.SHARED_ADDRESSES) == [2, 3]


rolls = st.lists(
    st.fixed_dictionaries(
        {
            "place": st.integers(0, 1),
            "number": st.integers(1, 3),
            "unit": st.integers(0, 1),
            "role": st.sampled_from((0, 0, 1, 2)),
        }
    ),
    min_size=1,
    max_size=15,
)


@settings(deadline=None)
@given(rolls, st.data())
def test_shared_addresses_equal_a_nested_loop(rows: Rows, data: st.DataObject) -> None:
    roll, accounts = roll_table(rows), accounts_table([{}] * len(rows))
    people = people_table([{}] * len(rows))
    asked = np.array(sorted(data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))))

    def written(row: Mapping[str, int]) -> tuple[int, int, int]:
        return row["place"], row["number"], row["unit"]

    expected = [
        sum(written(other) == written(rows[i]) and other["role"] == 0 for other in rows) > 1
        for i in asked
    ]
    assert shared_addresses(asked, roll, accounts, people).tolist() == expected


MANY = 20_000


def known(status: str, kind: TinKind, tin: int, **policy: object) -> np.ndarray:
    """Say which of many people of one status, with one kind of number, are held back."""
    code = STATUSES.index(status)
    one = roll_table([{"tin": tin}])
    roll = Roll(**{name: np.repeat(column, MANY) for name, column in vars(one).items()})
    stops = account_stops(
        np.arange(MANY),
        roll,
        accounts_table([{"tin_kind": kind}] * MANY),
        people_table([{"status": code}] * MANY),
        DisclosurePart.model_validate({"known_status": policy}),
        rng=RNG,
    )
    return np.asarray(stops == 1 << Guardrail.KNOWN_STATUS)


@pytest.mark.parametrize(
    ("status", "kind", "tin", "withheld", "rate"),
    [
        ("native_born_citizen", TinKind.SSN, 7, "citizens", 0.9),
        ("naturalised_citizen", TinKind.SSN, 7, "citizens_and_residents", 0.9),
        ("permanent_resident", TinKind.SSN, 7, "citizens_and_residents", 0.9),
        ("permanent_resident", TinKind.SSN, 7, "citizens", 0.01),
        ("protected", TinKind.SSN, 7, "citizens", 0.01),
        ("unauthorized", TinKind.BORROWED_SSN, 7, "citizens", 0.01),
        ("unauthorized", TinKind.ITIN, 7 | ITIN_BIT, "citizens", 0.0),
        ("unauthorized", TinKind.NONE, -1, "citizens", 0.0),
        ("native_born_citizen", TinKind.SSN, 7, "none", 0.0),
    ],
)
def test_statuses_are_known_at_their_rates(
    status: str, kind: TinKind, tin: int, withheld: str, rate: float
) -> None:
    held = known(status, kind, tin, withheld=withheld).mean()
    error = np.sqrt(rate * (1 - rate) / MANY)
    assert abs(held - rate) <= 4 * error
    if rate > 0:
        assert abs(held - rate * 1.5) > 4 * error, "the check would see a rate half as high again"


@settings(deadline=None, max_examples=10)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_share_holds_back_whoever_was_held_back(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for field, status in (("known_share", "native_born_citizen"), ("mistaken_share", "protected")):
        fewer, more = (
            known(status, TinKind.SSN, 7, withheld="citizens", **{field: share})
            for share in (low, high)
        )
        assert more[fewer].all()


def test_a_pair_has_the_stops_of_its_account_and_the_reviewers() -> None:
    roll_rows = [{"years_since_filing": years} for years in (3, 0)]
    requests, roll = requests_table([{}, {}]), roll_table(roll_rows)
    tables_of = (roll, accounts_table([{}, {}]), people_table([{}, {}]))
    pairs, truth = all_pairs(2, 2), truth_table([{}, {}])
    review = {"reviewed_share": 1.0, "sensitivity": 0.0, "specificity_same_name": 0.0}
    scenario = Scenario.model_validate(
        {"disclosure": {"max_address_age_years": 1, "review": review}}
    )
    prepared = prepare(requests, scenario.matching, samples.search())
    stops = pair_stops(pairs, prepared, truth, *tables_of, scenario, rng=RNG)
    old, seen = 1 << Guardrail.MAX_ADDRESS_AGE, 1 << Guardrail.REVIEW
    # (0, 0) and (1, 1) are the right person, whom this reviewer never lets pass.
    assert stops.tolist() == [old | seen, 0, old, seen]
    may = released(pairs, prepared, truth, *tables_of, scenario, rng=RNG)
    assert may.tolist() == [False, True, False, False]
