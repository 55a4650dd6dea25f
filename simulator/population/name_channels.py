"""How a name comes to be written otherwise than it is: rewritings that roll and list share.

A rewriting is one plain function of one type: it takes the names that it strikes and their own
uniforms, shape (k, names), and returns them rewritten. Whom it strikes, and at which rate, is
decided where the records are written: a register and an enforcement list go wrong in the same ways
at rates of their own. Names change by code (see ``simulator.relations``); no string is touched.

A rewriting leaves a name alone that it cannot change: one without a nickname, without a particle,
without a second surname.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace

import numpy as np

from simulator import relations
from simulator.lexicon import ABSENT
from simulator.randomness import FloatArray, IntArray
from simulator.records import BoolArray, Int8Array, Int32Array, Names, Suffix
from simulator.reference import tables
from simulator.relations import related, sole_form

Rewriting = Callable[[Names, FloatArray], Names]
Step = tuple[Rewriting, IntArray, FloatArray]
"""A rewriting, the rows it strikes and their uniforms."""


def rewritten(names: Names, steps: Iterable[Step]) -> Names:
    """Return the names after all steps in turn."""
    columns = {field.name: getattr(names, field.name).copy() for field in fields(Names)}
    for rewrite, rows, u in steps:
        if rows.size:
            before = Names(**{name: column[rows] for name, column in columns.items()})
            after = rewrite(before, u)
            for name, column in columns.items():
                if getattr(after, name) is not getattr(before, name):
                    column[rows] = getattr(after, name)
    return Names(**columns)


def _nobody(names: Names) -> Int32Array:
    return np.full(len(names), ABSENT, np.int32)


def paternal_last(origin: Int8Array) -> BoolArray:
    """Say whose father's surname is the last of two, as in Brazil; by origin, shape (n,).

    It is the one they keep where a form has room for one.
    """
    custom = np.array(tables.origins().surname_custom)
    return np.asarray((custom == "maternal_paternal")[origin])


def first_surname_alone(names: Names, u: FloatArray) -> Names:
    """Leave out the second surname."""
    return replace(names, surname_2=_nobody(names))


def second_surname_alone(names: Names, u: FloatArray) -> Names:
    """Leave out the first of two surnames."""
    double = names.surname_2 != ABSENT
    alone = np.where(double, names.surname_2, names.surname_1)
    return replace(names, surname_1=alone, surname_2=_nobody(names))


def surnames_swapped(names: Names, u: FloatArray) -> Names:
    """Write two surnames in the wrong order."""
    first, second, double = names.surname_1, names.surname_2, names.surname_2 != ABSENT
    return replace(
        names,
        surname_1=np.where(double, second, first),
        surname_2=np.where(double, first, second),
    )


def names_swapped(names: Names, u: FloatArray) -> Names:
    """Write the given name in the surname field and the first surname in its place."""
    return replace(names, given=names.surname_1, surname_1=names.given)


def goes_by_middle(names: Names, u: FloatArray) -> Names:
    """Give the middle name as the given name, and no other."""
    has_one = names.middle != ABSENT
    given = np.where(has_one, names.middle, names.given)
    return replace(names, given=given, middle=_nobody(names))


def nickname(names: Names, u: FloatArray) -> Names:
    """Replace the given name by a nickname."""
    return replace(names, given=related(names.given, relations.nicknames(), u[0]))


def given_shortened(names: Names, u: FloatArray) -> Names:
    """Write the first part of a compound given name alone."""
    return replace(names, given=sole_form(names.given, relations.first_parts()))


def given_romanised(names: Names, u: FloatArray) -> Names:
    """Spell the given name in Latin letters another way."""
    return replace(names, given=related(names.given, relations.given_romanisations(), u[0]))


def surname_romanised(names: Names, u: FloatArray) -> Names:
    """Spell the surnames in Latin letters another way."""
    known = relations.surname_romanisations()
    return replace(
        names,
        surname_1=related(names.surname_1, known, u[0]),
        surname_2=related(names.surname_2, known, u[1]),
    )


def particle_dropped(names: Names, u: FloatArray) -> Names:
    """Write the surnames without their particles."""
    known = relations.without_particle()
    return replace(
        names,
        surname_1=sole_form(names.surname_1, known),
        surname_2=sole_form(names.surname_2, known),
    )


def given_initial(names: Names, u: FloatArray) -> Names:
    """Write the given name as an initial."""
    return replace(names, given=sole_form(names.given, relations.initials()))


def given_slipped(names: Names, u: FloatArray) -> Names:
    """Write a listed given name that is one slip away."""
    return replace(names, given=related(names.given, relations.given_slips(), u[0]))


def surname_slipped(names: Names, u: FloatArray) -> Names:
    """Write a listed surname that is one slip away: of two surnames either, at even odds."""
    known = relations.surname_slips()
    second = (names.surname_2 != ABSENT) & (u[1] < 0.5)
    first, other = (related(column, known, u[0]) for column in (names.surname_1, names.surname_2))
    return replace(
        names,
        surname_1=np.where(second, names.surname_1, first),
        surname_2=np.where(second, other, names.surname_2),
    )


def middle_initial(names: Names, u: FloatArray) -> Names:
    """Write the middle name as an initial."""
    return replace(names, middle=sole_form(names.middle, relations.initials()))


def middle_absent(names: Names, u: FloatArray) -> Names:
    """Leave out the middle name."""
    return replace(names, middle=_nobody(names))


def suffix_absent(names: Names, u: FloatArray) -> Names:
    """Leave out the suffix."""
    return replace(names, suffix=np.full(len(names), Suffix.NONE, np.int8))


def senior(names: Names, u: FloatArray) -> Names:
    """Write SENIOR behind the name."""
    return replace(names, suffix=np.full(len(names), Suffix.SENIOR, np.int8))
