"""Households made by hand, many alike, to test how names run in families."""

from dataclasses import dataclass

import numpy as np

from simulator.population.names import generate_names
from simulator.randomness import Streams
from simulator.records import HouseholdKind, Names, People, Relationship
from simulator.reference import tables
from simulator.scenario.schema import NamesPart
from tests.population.world import SEED

MALE, FEMALE = 0, 1
HEAD, PARTNER, CHILD = Relationship.HEAD, Relationship.PARTNER, Relationship.CHILD


@dataclass(frozen=True)
class Member:
    """One member of a household made by hand; ``birth`` is a year or yyyymmdd."""

    relationship: Relationship
    sex: int
    birth: int = 1980
    origin: str = "us_white"


def code(origin: str) -> int:
    return tables.origins().names.index(origin)


def homes(*members: Member, count: int = 2_000) -> People:
    """Return ``count`` households of the same members, one after the other, head first."""
    size = len(members)

    def column(values: list[int], kind: type = np.int8) -> np.ndarray:
        return np.tile(np.array(values, dtype=kind), count)

    zeros = np.zeros(count * size, np.int32)
    births = [each.birth * 10_000 + 615 if each.birth < 10_000 else each.birth for each in members]
    return People(
        place=zeros,
        dwelling=np.repeat(np.arange(count, dtype=np.int32), size),
        member=column(list(range(size))),
        size=column([size] * size),
        household=column([HouseholdKind.RELATIVES] * size),
        relationship=column([each.relationship for each in members]),
        sex=column([each.sex for each in members]),
        age=column([2025 - birth // 10_000 for birth in births]),
        birth=column(births, np.int32),
        origin=column([code(each.origin) for each in members]),
        status=column([0] * size),
        years_since_move=column([0] * size),
        former_place=zeros.copy(),
        former_dwelling=zeros.copy(),
    )


def names_of(people: People, **rates: object) -> list[Names]:
    """Return the names of every member of the households, one table for each member.

    Rates not named are 0, so that only what a test asks for happens.
    """
    quiet = {
        name: dict.fromkeys(type(value).model_fields, 0.0) if name == "middle_name" else 0.0
        for name, value in NamesPart()
    }
    part = NamesPart.model_validate({**quiet, **rates})
    everybody = generate_names(people, part, np.arange(len(people)), rng=Streams(SEED, 0))
    size = int(people.size[0])
    return [
        Names(**{name: getattr(everybody, name)[member::size].copy() for name in FIELDS})
        for member in range(size)
    ]


FIELDS = ("given", "middle", "surname_1", "surname_2", "suffix")
