"""Names as people live with them: by origin, sex and birth cohort, and as they run in families.

Rests on the reference tables of names by origin; ``families`` says how names run in families,
``vocabulary`` which distribution a person's names come from, ``alias`` how one is drawn. A name is
a pure function of (seed, replicate, ZIP, dwelling, member) and of who lives in that dwelling: it
depends neither on the shard nor on which rows are asked for. What records make of a name is the
records' business.
"""

import numpy as np

from simulator import lexicon
from simulator.kernels import compiled
from simulator.population.alias import class_of, draw, draw_in_class
from simulator.population.families import (
    Customs,
    Household,
    Residents,
    name_rows,
    written_order,
)
from simulator.population.vocabulary import Vocabulary, given_table, vocabulary
from simulator.randomness import FloatArray, IntArray, Streams
from simulator.records import MEMBER_BITS, Int32Array, Names, People
from simulator.reference import tables
from simulator.scenario.schema import NamesPart

HISPANIC = tables.NAME_GROUPS.index("hispanic")
DRAWS_OF_A_NAME = 6
"""Uniforms that the name of somebody outside all households takes."""
LARGEST_HOUSEHOLD = 2**MEMBER_BITS


def _by_origin(part: NamesPart) -> tuple[FloatArray, FloatArray]:
    """Return by origin the chance of a husband's surname and that of a middle name."""
    origin = tables.origins()
    hispanic, abroad = origin.name_group == HISPANIC, origin.foreign_born
    east_asian = abroad & origin.family_name_first
    sharing = np.full(len(origin.names), part.partner_same_surname)
    sharing[hispanic] = part.partner_same_surname_hispanic
    sharing[east_asian] = part.partner_same_surname_east_asian
    middle = np.full(len(origin.names), part.middle_name.us_born)
    middle[abroad] = part.middle_name.elsewhere
    middle[abroad & hispanic] = part.middle_name.latin_american
    middle[east_asian] = part.middle_name.east_asian
    return sharing, middle


def _customs(part: NamesPart) -> Customs:
    sharing, middle = _by_origin(part)
    return Customs(
        sharing,
        middle,
        dependence=part.given_surname_dependence,
        named_after=part.child_named_after_parent,
        suffix=part.suffix_share,
        twins_similar=part.twins_similar,
        relative_same=part.relative_same_surname,
        daughters_child_other=part.daughters_child_other_surname,
    )


def _room() -> Household:
    codes, classes, draws = (
        np.empty((rows, LARGEST_HOUSEHOLD), kind)
        for rows, kind in ((4, np.int32), (3, np.int8), (2, np.float64))
    )
    return Household(*codes, *classes, *draws)


def generate_names(people: People, part: NamesPart, rows: IntArray, *, rng: Streams) -> Names:
    """Name the people in ``rows``; a name does not depend on which rows are asked for.

    ``people`` must hold whole households. Rows of one household cost least side by side.
    """
    residents = Residents(
        tables.zips().zip,
        people.place,
        people.dwelling,
        people.member,
        people.size,
        people.relationship,
        people.sex,
        people.origin,
        people.birth,
    )
    wide, suffix = np.empty((4, rows.size), np.int32), np.empty(rows.size, np.int8)
    room = _room()
    name_rows(*rng.key, rows, residents, vocabulary(), _customs(part), room, wide, suffix)
    return Names(wide[0], wide[1], wide[2], wide[3], suffix)


@compiled
def _draw_rows(
    origins: IntArray,
    sexes: IntArray,
    births: IntArray,
    draws: FloatArray,
    words: Vocabulary,
    customs: Customs,
    wide: Int32Array,
) -> None:
    """Fill ``wide`` (given, middle, first, second surname) from six uniforms for each person."""
    for i in range(origins.size):
        origin = origins[i]
        table = given_table(origin, sexes[i], births[i], words)
        paternal = draw(origin, draws[0, i], words.surnames)
        maternal = draw(origin, draws[1, i], words.surnames)
        follows = draws[3, i] < customs.dependence
        in_class = class_of(draws[0, i]) if follows else class_of(draws[2, i])
        given = draw_in_class(table, in_class, draws[2, i], words.given)
        wide[0, i], wide[1, i] = given, lexicon.ABSENT
        if draws[4, i] < customs.middle[origin]:
            middle = draw(table, draws[5, i], words.given)
            wide[1, i] = middle if middle != given else lexicon.ABSENT
        custom = words.custom[origin]
        wide[2, i], wide[3, i] = written_order(paternal, maternal, custom)


def draw_names(
    origins: IntArray,
    sexes: IntArray,
    births: IntArray,
    draws: FloatArray,
    part: NamesPart,
) -> Names:
    """Name people who belong to no household here; births are yyyymmdd.

    ``draws`` are uniforms of shape (DRAWS_OF_A_NAME, people): first and second surname, given name,
    whether it follows the surname's class, whether there is a middle name, the middle name.
    """
    wide = np.empty((4, origins.size), np.int32)
    _draw_rows(
        origins.astype(np.int64),
        sexes.astype(np.int64),
        births.astype(np.int64),
        draws,
        vocabulary(),
        _customs(part),
        wide,
    )
    return Names(wide[0], wide[1], wide[2], wide[3], np.zeros(origins.size, np.int8))
