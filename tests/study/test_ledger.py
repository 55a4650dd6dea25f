"""The ledger: a world of three households by hand, and whole runs against the grid.

In a building of three units live a couple with a joint return and their child (unit a), and two
strangers (units b and c, two people and one). The couple's return gives their own address; b's
household moved in lately, and one of it has a return from the unit c.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest

from simulator.disclosure.guardrails import Guardrail
from simulator.matching.grid import policy_cell
from simulator.measures.ledger import Ledger, Links, Relation
from simulator.measures.ledger_counts import Detail, evaluate
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts
from simulator.population.neighbours import buildings_dwellings, units_in
from simulator.records import AccountTruth, Names, People, Role, Roll, joined, person_number
from simulator.reference import tables
from simulator.scenario.schema import Scenario
from simulator.study.ledger import (
    Shown,
    addresses_of,
    exposures_of,
    shown_at_doors,
    shown_of_household,
    wanted_doors,
)
from simulator.study.replicate import replicate_with_ledger
from simulator.study.world import ShardRoll
from simulator.written_addresses import po_box_street
from tests.study.tiny import Values, merged

D, R = Detail, Relation
PLACE = int(np.argmax(tables.zips().households))


def three_units() -> list[int]:
    """Return the dwellings of one building of three units."""
    dwellings = np.arange(int(tables.zips().households[PLACE]))
    places = np.full(dwellings.size, PLACE)
    first = int(dwellings[units_in(places, dwellings) == 3][0])
    return sorted(buildings_dwellings(np.array([PLACE]), np.array([first]))[1].tolist())


class Account(NamedTuple):
    """One account by hand: row of people, row of the primary filer, role, dwelling, box, unit."""

    row: int
    primary: int
    role: Role
    dwelling: int
    po_box: bool
    unit: int


A, B, C = three_units()
HOMES = {A: 3, B: 2, C: 1}
COUPLE = [
    Account(0, 0, Role.PRIMARY, A, False, 1),
    Account(1, 0, Role.SPOUSE, A, False, 1),
    Account(2, 0, Role.DEPENDANT, A, False, 1),
]
MOVED = Account(3, 3, Role.PRIMARY, C, False, 1)


def column(values: list[int], dtype: Any) -> Any:
    return np.array(values, dtype=dtype)


def everybody() -> People:
    """Return the six people: rows 0-2 in A, 3 and 4 in B, 5 in C; all native-born."""
    homes = [(dwelling, member) for dwelling in HOMES for member in range(HOMES[dwelling])]
    dwelling = [home for home, _ in homes]
    columns: dict[str, Any] = {
        name: column([0] * len(homes), np.int8)
        for name in ("household", "relationship", "sex", "age", "origin", "status")
    }
    return People(
        place=column([PLACE] * len(homes), np.int32),
        dwelling=column(dwelling, np.int32),
        member=column([member for _, member in homes], np.int8),
        size=column([HOMES[home] for home in dwelling], np.int8),
        birth=column([19800101] * len(homes), np.int32),
        years_since_move=column([0] * len(homes), np.int8),
        former_place=column([PLACE] * len(homes), np.int32),
        former_dwelling=column(dwelling, np.int32),
        **columns,
    )


def world_of(accounts: list[Account]) -> ShardRoll:
    people, count = everybody(), len(accounts)
    number = person_number(people.place, people.dwelling, people.member)
    wide = {
        name: column([0] * count, np.int32)
        for name in ("given", "middle", "surname_1", "surname_2", "birth", "form", "number")
    }
    roll = Roll(
        suffix=column([0] * count, np.int8),
        name_style=column([0] * count, np.int8),
        place=column([PLACE] * count, np.int32),
        street=column([po_box_street() if one.po_box else 0 for one in accounts], np.int32),
        unit=column([one.unit for one in accounts], np.int32),
        style=column([0] * count, np.int8),
        tin=column([-1] * count, np.int64),
        role=column([one.role for one in accounts], np.int8),
        filing_status=column([0] * count, np.int8),
        years_since_filing=column([0] * count, np.int8),
        **wide,
    )
    row = column([one.row for one in accounts], np.int32)
    truth = AccountTruth(
        row=row,
        person=number[row],
        primary=number[[one.primary for one in accounts]],
        tin_kind=column([0] * count, np.int8),
        carries_borrowed_wages=column([0] * count, np.bool_),
        filed_place=column([PLACE] * count, np.int32),
        filed_dwelling=column([one.dwelling for one in accounts], np.int32),
    )
    nobody = {name: column([0] * 6, np.int32) for name in ("given", "middle", "surname_1")}
    names = Names(surname_2=column([0] * 6, np.int32), suffix=column([0] * 6, np.int8), **nobody)
    return ShardRoll(people, names, roll, truth)


def shown_by(
    accounts: list[Account], which: int, **disclosure: Any
) -> dict[str, list[tuple[int, int, int]]]:
    """Return (row of the person, fields, stops) shown by one account, by relation."""
    world, some = world_of(accounts), np.array([which])
    scenario = Scenario.model_validate({"disclosure": disclosure})
    addresses = addresses_of(world, some, some)
    shown = joined(
        Shown,
        [
            shown_of_household(world, some, some, scenario),
            shown_at_doors(wanted_doors(addresses), world.people),
        ],
    )
    people = world.people
    number = person_number(people.place, people.dwelling, people.member).tolist()
    found: dict[str, list[tuple[int, int, int]]] = {}
    for i in range(len(shown)):
        row = number.index(int(shown.person[i]))
        relation = Relation(int(shown.relation[i])).name
        found.setdefault(relation, []).append((row, int(shown.fields[i]), int(shown.stops[i])))
    return {relation: sorted(rows) for relation, rows in found.items()}


def test_an_address_shows_the_household_that_lives_there() -> None:
    assert shown_by(COUPLE, 0) == {
        "HOLDER": [(0, 1, 0)],
        "CO_RESIDENT": [(1, 0, 0), (2, 0, 0)],
    }


def test_names_show_the_joint_return_and_the_whole_return_more_of_each() -> None:
    names = shown_by(COUPLE, 1, scope="return_names")
    assert names["JOINT_FILER"] == [(0, 2, 0)], "the primary filer, seen from the spouse"
    assert names["DEPENDANT"] == [(2, 2, 0)]
    assert names["CO_RESIDENT"] == [(0, 0, 0), (2, 0, 0)], "whoever is blacked out lives there"
    whole = shown_by(COUPLE, 1, scope="full_return")
    assert whole["HOLDER"] == [(1, 8, 0)]
    assert whole["JOINT_FILER"] == [(0, 7, 0)]
    assert whole["DEPENDANT"] == [(2, 3, 0)]


def test_whoever_is_blacked_out_carries_the_bit() -> None:
    out = {"joint_filers_suppressed": True, "dependants_suppressed": True}
    shown = shown_by(COUPLE, 0, scope="return_names", **out)
    assert shown["JOINT_FILER"] == [(1, 2, 1 << Guardrail.JOINT_FILERS_SUPPRESSED)]
    assert shown["DEPENDANT"] == [(2, 2, 1 << Guardrail.DEPENDANTS_SUPPRESSED)]


def test_a_former_address_shows_its_occupants_and_nobody_of_the_household() -> None:
    assert shown_by([MOVED], 0) == {"HOLDER": [(3, 1, 0)], "OCCUPANT": [(5, 0, 0)]}


def test_names_are_read_at_a_former_address_too() -> None:
    moved = [one._replace(dwelling=C) for one in COUPLE]
    shown = shown_by(moved, 0, scope="return_names")
    assert shown["JOINT_FILER"] == [(1, 2, 0)]
    assert shown["OCCUPANT"] == [(5, 0, 0)]
    assert "CO_RESIDENT" not in shown


def test_a_missing_unit_shows_the_building() -> None:
    lacking = [one._replace(unit=0) for one in COUPLE]
    assert shown_by(lacking, 0) == {
        "HOLDER": [(0, 1, 0)],
        "CO_RESIDENT": [(1, 0, 0), (2, 0, 0)],
        "NEIGHBOUR": [(3, 0, 0), (4, 0, 0), (5, 0, 0)],
    }
    moved = shown_by([MOVED._replace(unit=0)], 0)
    assert moved["OCCUPANT"] == [(5, 0, 0)]
    assert [row for row, _, _ in moved["NEIGHBOUR"]] == [0, 1, 2, 3, 4]


def test_nobody_lives_in_a_po_box() -> None:
    assert shown_by([MOVED._replace(po_box=True, unit=0)], 0) == {"HOLDER": [(3, 1, 0)]}
    assert shown_by([one._replace(po_box=True) for one in COUPLE], 0) == {"HOLDER": [(0, 1, 0)]}


def test_a_student_with_a_return_of_their_own_shows_that_one() -> None:
    """Claimed on the parents' return, which names them; their own names nobody else."""
    student = [*COUPLE[:2], COUPLE[2]._replace(role=Role.PRIMARY)]
    own = shown_by([one._replace(po_box=True) for one in student], 2, scope="return_names")
    assert own == {"HOLDER": [(2, 2, 0)]}
    parents = shown_by(student, 0, scope="return_names")
    assert parents["DEPENDANT"] == [(2, 2, 0)]


def test_exposures_stand_by_link_person_and_relation() -> None:
    world, some = world_of(COUPLE), np.array([0, 2])
    scenario = Scenario.model_validate({"disclosure": {"scope": "return_names"}})
    shown = shown_of_household(world, some, some, scenario)
    order = np.array([2, 0, 2])
    empty: dict[str, Any] = {
        name: np.zeros(3, dtype)
        for name, dtype in (
            ("outcome", np.int8),
            ("wrong_address", np.bool_),
            ("borrowed_wages", np.bool_),
            ("by_tin", np.bool_),
            ("address_current", np.bool_),
            ("door", np.int64),
            ("origin", np.int8),
            ("status", np.int8),
            ("stops", np.int64),
            ("holder", np.int64),
        )
    }
    links = Links(
        request=np.arange(3, dtype=np.int32),
        account=order,
        **empty,
    )
    found = exposures_of(links, shown, np.ones(6, np.bool_))
    keys = list(zip(found.link.tolist(), found.person.tolist(), found.relation, strict=True))
    assert keys == sorted(keys)
    assert np.bincount(found.link).tolist() == [5, 5, 5], "the holder, and two people twice"


LOOSE: Values = {
    "population": {"size": 20_000},
    "listing": {"requests": 400, "wrongly_listed_share": 0.2},
    "requests": {"tin_present": 0.2},
    "roll": {"unit_missing": 0.5},
    "matching": {
        "name_threshold": 0.8,
        "address_threshold": "any",
        "birth_date_threshold": "any",
        "tin_path": True,
    },
    "guardrails": {"address_required": False, "address_check": "zip_proxy"},
    "disclosure": {"max_address_age_years": 1, "scope": "return_names"},
}
SAME = {
    "OVER_DISCLOSED_RESIDENTS": "EXPOSED",
    "PEOPLE_HOLDER_LAWFUL": "EXPOSED_DIRECT",
    "LINKS_DEFICIENT": "DEFICIENT",
    "LINKS_WRONG_ADDRESS": "WRONG_ADDRESS",
    "LINKS_INTENDED": "INTENDED",
    "LINKS_LISTING_ERROR": "LISTING_ERROR",
    "LINKS_WRONG_PERSON_LAWFUL": "WRONG_PERSON_LAWFUL",
    "LINKS_WRONG_PERSON_OTHER": "WRONG_PERSON_OTHER",
    "LINKS_BORROWED_WAGES": "BORROWED_WAGES",
}
BY_NAME = {name: name for name in Detail.__members__ if name in Quantity.__members__}


@pytest.fixture(scope="module", params=["address", "return_names"])
def run(request: pytest.FixtureRequest) -> tuple[Scenario, ReplicateCounts, Ledger]:
    change = {"disclosure": {"scope": request.param, "dependants_suppressed": True}}
    scenario = Scenario.model_validate(merged(LOOSE, change))
    return scenario, *replicate_with_ledger(scenario, 0)


@pytest.mark.parametrize("number", range(len(SELECTIONS)))
def test_the_ledger_agrees_with_the_grid_at_the_scenarios_own_policy(
    run: tuple[Scenario, ReplicateCounts, Ledger], number: int
) -> None:
    scenario, counts, ledger = run
    own = policy_cell(counts.grid, scenario.matching)
    grid = counts.grid_values[number, :, own]
    found = evaluate(ledger, scenario, selection=SELECTIONS[number])
    for detail, quantity in (SAME | BY_NAME).items():
        assert found[Detail[detail]] == grid[Quantity[quantity]], detail
    assert {"FATE_WITHHELD", "FATE_NOT_UNIQUE", "MISSED_MATED", "LAWFUL_RESIDENTS"} < set(BY_NAME)
    assert grid[Quantity.FATE_WITHHELD] > 0
    assert grid[Quantity.EXPOSED] > 20
    assert grid[Quantity.WRONG_PERSON] > 20


def test_a_run_keeps_the_details_of_its_own_selection(
    run: tuple[Scenario, ReplicateCounts, Ledger],
) -> None:
    scenario, counts, ledger = run
    assert np.array_equal(counts.details, evaluate(ledger, scenario))
    assert counts.details[D.PEOPLE_OCCUPANT_LAWFUL] > 0
    assert counts.details[D.PEOPLE_NEIGHBOUR_LAWFUL] > 0
    assert counts.details[D.WRONG_DOORS_EMPTY] == 0, "former homes are lived in"
    assert counts.details[D.LINKS_TO_PO_BOXES] > 0


def test_scopes_nest() -> None:
    by_scope = [
        replicate_with_ledger(Scenario.model_validate(merged(LOOSE, {"disclosure": part})), 0)
        for part in (
            {"scope": "address"},
            {"scope": "return_names"},
            {"scope": "full_return"},
        )
    ]
    exposed = [counts.details[D.OVER_DISCLOSED_RESIDENTS] for counts, _ in by_scope]
    fields = [counts.details[D.FIELDS_LAWFUL] for counts, _ in by_scope]
    assert exposed[0] < exposed[1] == exposed[2]
    assert fields[0] < fields[1] < fields[2]
    for (less, _), (more, _) in pairwise(by_scope):
        grids = [counts.grid_values[:, Quantity.EXPOSED] for counts in (less, more)]
        assert (grids[0] <= grids[1]).all()
