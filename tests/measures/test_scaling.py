"""Where the stranger of a wrong-person link stands, on links written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.disclosure.outcomes import Outcome
from simulator.matching.agreement import AddressAgreement
from simulator.measures.ledger import Links
from simulator.measures.scaling import (
    Part,
    links_by_law,
    national_reach,
    open_parts,
    parts_of,
    reach_of,
    summed,
    wrong_links,
)
from simulator.population.neighbours import buildings_dwellings
from simulator.population.places import Places
from simulator.records import RequestTruth, person_number
from simulator.reference import tables
from simulator.scenario.schema import MatchingPart, Scenario
from tests.measures.hand_ledgers import ledger_of

HOME = 7  # dwelling of the person requested
FRAME = tables.zips()
ZIP = int(np.flatnonzero((FRAME.share_multi_unit > 0.5) & (FRAME.households > 2_000))[0])
OTHER_ZIP = ZIP + 1
WRONG = int(Outcome.WRONG_PERSON_LAWFUL)


def neighbours_in(place: int) -> tuple[int, int, int]:
    """Return a dwelling in a building of several units, another in it, and one elsewhere."""
    for dwelling in range(500):
        _, found = buildings_dwellings(np.array([place]), np.array([dwelling]))
        if found.size > 1:
            further = next(other for other in range(500) if other not in found)
            return dwelling, int(found[found != dwelling][0]), further
    raise AssertionError("no building of several units")


def made(rows: list[tuple[int, int, int]], home: int = HOME) -> tuple[Links, RequestTruth]:
    """Return one link per (place, dwelling, member) of its holder, all for one person."""
    person = int(person_number(ZIP, home, 0))
    links = [(0, int(person_number(*row)), WRONG, False, True, 0, 0) for row in rows]
    ledger = ledger_of([person], [0], links, [])
    place, dwelling = np.array([ZIP], np.int32), np.array([home], np.int32)
    return ledger.links, replace(ledger.side.truth, place=place, dwelling=dwelling)


def parts(rows: list[tuple[int, int, int]], stated: int, home: int = HOME) -> list[int]:
    links, truth = made(rows, home)
    found = parts_of(links, truth, np.full(len(rows), stated, np.int8))
    return [int(part) for part in found]


def test_a_stranger_is_of_the_closest_part_that_applies() -> None:
    home, next_door, further = neighbours_in(ZIP)
    people = [(ZIP, home, 2), (ZIP, next_door, 0), (ZIP, further, 0), (OTHER_ZIP, home, 0)]
    found = parts(people, AddressAgreement.DIFFERENT, home)
    assert found == [Part.HOUSEHOLD, Part.BUILDING, Part.ZIP, Part.ELSEWHERE]


@pytest.mark.parametrize(
    ("stated", "part"),
    [
        (AddressAgreement.MISSING, Part.ELSEWHERE),
        (AddressAgreement.ZIP3, Part.ELSEWHERE),
        (AddressAgreement.ZIP5, Part.ZIP),
        (AddressAgreement.TRANSPOSED, Part.ZIP),
        (AddressAgreement.BUILDING, Part.BUILDING),
        (AddressAgreement.EXACT, Part.BUILDING),
    ],
)
def test_the_address_stated_counts_as_the_home_does(stated: int, part: Part) -> None:
    assert parts([(OTHER_ZIP, HOME, 0)], stated) == [part]


def test_a_person_who_is_not_here_has_no_home_to_be_near() -> None:
    links, truth = made([(0, 0, 0)])
    nowhere = np.array([-1], np.int32)
    absent = replace(truth, place=nowhere, dwelling=nowhere.copy())
    assert parts_of(links, absent, np.zeros(1, np.int8)).tolist() == [Part.ELSEWHERE]


def test_residents_of_one_facility_are_of_one_building() -> None:
    frame = tables.zips()
    place = int(np.flatnonzero(frame.quarters > 1_000)[0])
    first = int(frame.households[place])
    person = int(person_number(place, first, 0))
    holders = [(place, first + 1, 0), (place, first + 900, 0)]
    links = [(0, int(person_number(*row)), WRONG, False, True, 0, 0) for row in holders]
    ledger = ledger_of([person], [0], links, [])
    truth = replace(
        ledger.side.truth,
        place=np.array([place], np.int32),
        dwelling=np.array([first], np.int32),
    )
    found = parts_of(ledger.links, truth, np.zeros(2, np.int8)).tolist()
    assert found[1] == Part.ZIP
    assert found[0] in (Part.BUILDING, Part.ZIP)  # at the edge of a facility, the next one


def test_numbers_are_apart_but_not_from_the_household() -> None:
    links, truth = made([(ZIP, HOME, 1), (OTHER_ZIP, 3, 0)])
    numbered = replace(links, by_tin=np.ones(2, np.bool_))
    found = parts_of(numbered, truth, np.zeros(2, np.int8)).tolist()
    assert found == [Part.HOUSEHOLD, Part.NUMBER]


def test_only_released_links_to_wrong_persons_are_counted() -> None:
    links, truth = made([(ZIP, HOME, 1), (ZIP, HOME, 2), (ZIP, HOME, 0)])
    right = replace(links, outcome=np.array([WRONG, WRONG, Outcome.INTENDED], np.int8))
    released = np.array([True, False, True])
    counted = wrong_links(right, truth, np.zeros(3, np.int8), released)
    assert counted.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_reach_is_that_of_whole_zips_in_the_nation_and_of_parts_in_a_thinned_sample() -> None:
    frame = tables.zips()
    rows = np.arange(40)
    whole = reach_of(Places(rows, frame.households[rows], frame.quarters[rows] * 0))
    half = reach_of(Places(rows, frame.households[rows] // 2, frame.quarters[rows] * 0))
    assert whole.of(Part.BUILDING) == 1.0
    assert half.of(Part.BUILDING) == pytest.approx(0.5, abs=0.01)
    assert half.of(Part.ZIP) == pytest.approx(whole.of(Part.ZIP) / 2.0, rel=0.01)
    nation = national_reach(330e6, 1.0)
    assert nation.of(Part.BUILDING) == 1.0
    assert nation.of(Part.ELSEWHERE) == 330e6
    assert 10_000 < nation.of(Part.ZIP) < 60_000
    assert national_reach(100e6, 1.0).of(Part.ZIP) == nation.of(Part.ZIP), "ZIPs stay as they are"


@pytest.mark.parametrize(
    ("change", "closed"),
    [
        ({"address_threshold": "building"}, {"number", "zip", "elsewhere"}),
        ({"address_threshold": "zip5"}, {"number", "elsewhere"}),
        ({"address_threshold": "zip3"}, {"number"}),
        ({"address_threshold": "any"}, {"number"}),
        ({"address_threshold": "building", "tin_path": True}, {"zip", "elsewhere"}),
        ({"address_threshold": "any", "blocking": [["zip5", "surname"]]}, {"number", "elsewhere"}),
        ({"address_threshold": "any", "blocking": [["zip5"], ["surname"]]}, {"number"}),
    ],
)
def test_a_rule_closes_what_it_cannot_link(change: dict[str, object], closed: set[str]) -> None:
    is_open = open_parts(MatchingPart.model_validate(change))
    assert {part.name.lower() for part in Part if not is_open[part]} == closed


def test_chance_holds_the_same_zip_only_where_it_reaches_further() -> None:
    wrong = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    everywhere, within = np.ones(5, np.bool_), np.array([True, True, True, True, False])
    assert links_by_law(wrong, everywhere)["coincidence"].tolist() == [9.0]
    assert sum(float(links_by_law(wrong, everywhere)[name][0]) for name in summed(everywhere)) == 15
    assert summed(within)[-1] == "zip"
    assert Scenario().matching.address_threshold == "building"
