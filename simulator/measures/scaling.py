"""Where the stranger behind a wrong-person link stands to the person requested.

Each released link to a wrong person falls into the first ``Part`` that applies. What makes links of
one part likelier differs: a namesake in the household is there whatever the size of the country,
while strangers of the same name elsewhere are as many as there are people elsewhere. ``reach`` says
how many that are, for every part, so that each can be held to a law of its own.

Rests on the truth of requests and accounts, and on how the address stated agrees with the one on
the account: links to whoever now lives at a former home of the person are of that building, not of
the country.

Limits: for people who are not in the country no home is known, so that a namesake in their former
household counts with the building. A former home that is no longer stated is elsewhere.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from simulator.disclosure.outcomes import Outcome
from simulator.matching.agreement import ADDRESS_LEVELS, AddressAgreement
from simulator.measures.ledger import Links
from simulator.population.buildings import facilities
from simulator.population.neighbours import buildings_dwellings
from simulator.population.places import Places, people_in
from simulator.randomness import FloatArray, IntArray
from simulator.records import (
    HOUSEHOLD_BITS,
    MEMBER_BITS,
    BoolArray,
    Int8Array,
    RequestTruth,
)
from simulator.reference import tables
from simulator.scenario.schema import AddressThreshold, BlockingKey, DecisionRule, MatchingPart


class Part(IntEnum):
    """Where the stranger is found; the first that applies.

    HOUSEHOLD: lives in the dwelling of the person requested. NUMBER: found by taxpayer number.
    BUILDING: lives in the person's building, or the account's address is in the building that the
    request states. ZIP: the same of the ZIP. ELSEWHERE: beyond it.
    """

    HOUSEHOLD = 0
    NUMBER = 1
    BUILDING = 2
    ZIP = 3
    ELSEWHERE = 4


PARTS = tuple(part.name.lower() for part in Part)


@dataclass(frozen=True)
class Reach:
    """How many strangers each part can find, of shape (Part,).

    HOUSEHOLD 1 throughout; NUMBER and ELSEWHERE all people; BUILDING the share of a building's
    dwellings that are lived in; ZIP the mean number of people in a person's ZIP.
    """

    values: FloatArray

    def of(self, part: Part) -> float:
        """Return the reach of one part."""
        return float(self.values[part])


def reach_of(places: Places) -> Reach:
    """Return what each part can find where the people are those of ``places``.

    A sample of few people holds a part of every ZIP only, and few ZIPs, so that neighbours are
    missing in it that the country has.
    """
    people = people_in(places)
    total = float(people.sum())
    same_zip = float(np.square(people).sum() / total)
    lived_in = places.households / tables.zips().households[places.rows]
    filled = float((people * lived_in).sum() / total)
    return Reach(np.array([1.0, total, filled, same_zip, total]))


def national_reach(people: float, group_quarters: float) -> Reach:
    """Return what each part can find in a country of so many people, its ZIPs as they are.

    ``group_quarters`` is the share of places in group quarters that are in use. People beyond
    those of the ZIP table live in further ZIPs of the same kind.
    """
    frame = tables.zips()
    quarters = np.round(frame.quarters * group_quarters).astype(np.int64)
    whole = reach_of(Places(np.arange(frame.households.size), frame.households, quarters))
    return Reach(np.array([1.0, people, 1.0, whole.of(Part.ZIP), people]))


def open_parts(part: MatchingPart) -> BoolArray:
    """Return which parts the rule can link at all, shape (Part,).

    What it cannot is 0 at any size, without any doubt.
    """
    found = np.ones(len(Part), np.bool_)
    found[Part.NUMBER] = part.tin_path
    near = [set(keys) for keys in part.blocking]
    within_zip = all({BlockingKey.ZIP5, BlockingKey.BUILDING} & keys for keys in near)
    within_building = all(BlockingKey.BUILDING in keys for keys in near)
    if part.decision_rule == DecisionRule.THRESHOLDS:
        asked = ADDRESS_LEVELS.index(part.address_threshold)
        within_zip |= asked >= ADDRESS_LEVELS.index(AddressThreshold.ZIP5)
        within_building |= asked >= ADDRESS_LEVELS.index(AddressThreshold.BUILDING)
    found[Part.ELSEWHERE] = part.name_address_path and not within_zip
    found[Part.ZIP] = part.name_address_path and not within_building
    found[Part.BUILDING] = part.name_address_path
    return found


def buildings(place: IntArray, dwelling: IntArray) -> IntArray:
    """Return a number of the building of each dwelling, unique within its ZIP."""
    of, found = buildings_dwellings(place, dwelling)
    first = np.searchsorted(of, np.arange(place.size))
    number = np.minimum.reduceat(found, first) if place.size else np.empty(0, np.int64)
    households = tables.zips().households[place]
    quarters = np.flatnonzero(dwelling >= households)
    # A facility is one address; its numbers lie behind those of all dwellings.
    number[quarters] = -1 - facilities(place[quarters], dwelling[quarters])
    return np.asarray(number, dtype=np.int64)


def parts_of(links: Links, truth: RequestTruth, stated: Int8Array) -> Int8Array:
    """Return the ``Part`` of every link, whoever it is to.

    ``stated`` is how the address that the request states agrees with the one on the account, an
    ``AddressAgreement`` per link, MISSING where they were not compared.
    """
    place = truth.place[links.request].astype(np.int64)
    dwelling = truth.dwelling[links.request].astype(np.int64)
    theirs_place = links.holder >> np.int64(HOUSEHOLD_BITS + MEMBER_BITS)
    theirs = (links.holder >> np.int64(MEMBER_BITS)) & np.int64((1 << HOUSEHOLD_BITS) - 1)
    same_zip = (place >= 0) & (place == theirs_place)
    same_home = same_zip & (dwelling == theirs)
    rows = np.flatnonzero(same_zip & ~same_home)
    near = buildings(place[rows], dwelling[rows]) == buildings(place[rows], theirs[rows])
    same_building = same_home.copy()
    same_building[rows] = near
    part = np.full(len(links), Part.ELSEWHERE, np.int8)
    part[same_zip | (stated >= AddressAgreement.ZIP5)] = Part.ZIP
    part[same_building | (stated >= AddressAgreement.BUILDING)] = Part.BUILDING
    part[links.by_tin] = Part.NUMBER
    part[same_home] = Part.HOUSEHOLD
    return part


def wrong_links(
    links: Links, truth: RequestTruth, stated: Int8Array, released: BoolArray
) -> FloatArray:
    """Count the released links to a wrong person by part, shape (Part,)."""
    wrong = released & (links.outcome >= Outcome.WRONG_PERSON_LAWFUL)
    part = parts_of(links, truth, stated)[wrong]
    return np.bincount(part, minlength=len(Part)).astype(np.float64)


LAWS = ("household", "number", "building", "zip", "coincidence")
"""What laws of growth are fitted to.

``coincidence`` holds all strangers beyond the building, those in the same ZIP among them: only
together are they as many as the people of the country, since a sample of few ZIPs has more of a
person's namesakes in the person's own. ``zip`` is the part of them in the same ZIP.
"""
REACH = {
    "household": Part.HOUSEHOLD,
    "number": Part.NUMBER,
    "building": Part.BUILDING,
    "zip": Part.ZIP,
    "coincidence": Part.ELSEWHERE,
}


def links_by_law(wrong: FloatArray, is_open: BoolArray) -> dict[str, FloatArray]:
    """Return the links each law is fitted to, from counts whose last axis is ``Part``.

    Under a rule that cannot link beyond the ZIP there is no ``coincidence``.
    """
    links = {name: wrong[..., REACH[name]] for name in LAWS}
    links["coincidence"] = (
        wrong[..., Part.ELSEWHERE] + is_open[Part.ELSEWHERE] * (wrong[..., Part.ZIP])
    )
    return links


def summed(is_open: BoolArray) -> tuple[str, ...]:
    """Return the laws that add up to all wrong-person links."""
    chance = "coincidence" if is_open[Part.ELSEWHERE] else "zip"
    return ("household", "number", "building", chance)
