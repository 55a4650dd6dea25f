"""Names as filed: how the roll writes the names that people bear.

Of two surnames most accounts show one, mostly the father's, be it the first or (Brazil) the last;
middle names shrink to initials; some people file under a nickname, another romanisation or in the
wrong field. Decisions are drawn in one pass, eight to a
block of random numbers; few strike, and only whom they strike is rewritten, by the rewritings that
the enforcement list shares (``population.name_channels``).

Every name filed is an entry of the lexicon, never a variant: a register is searched by its entries.

Limits: rates are the same for everybody but for the order of names and for what a name allows;
errors are independent of one another; a wife who files under her former surname is left out, since
names as lived hold one state of each person.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from simulator import lexicon, relations
from simulator.kernels import compiled
from simulator.lexicon import ABSENT
from simulator.population import name_channels
from simulator.population.name_channels import Rewriting, Step, rewritten
from simulator.randomness import FloatArray, IntArray, Stage, Streams, Word, uniforms
from simulator.records import (
    MEMBER_BITS,
    BoolArray,
    Int8Array,
    Int32Array,
    Names,
    People,
    Relationship,
    Suffix,
    taken,
)
from simulator.reference import tables
from simulator.scenario.schema import NamesAsFiled

_STAGE = int(Stage.FILED_NAME)
_MEMBERS = 1 << MEMBER_BITS
_PER_BLOCK = 8
_HALF = 2.0**26  # a uniform's bits beyond the 26th serve as a second one
_CHILD = int(Relationship.CHILD)
_Draws = Callable[[str, IntArray], FloatArray]

# What is decided of every account, one uniform each. Its place in this tuple numbers the uniform:
# append, do not reorder.
_DECISIONS = (
    "double_surname_share",
    "second_surname_alone",
    "goes_by_middle",
    "nickname",
    "given_shortened",
    "given_romanised",
    "surname_romanised",
    "particle_dropped",
    "given_misspelt",
    "surname_misspelt",
    "names_swapped",
    "middle_absent",
    "middle_initial",
    "suffix_left_out",
    "senior_written",
)
_BLOCKS = -(-len(_DECISIONS) // _PER_BLOCK)
_WRITING = 15  # the block of uniforms for how a name is written
_DRAWS_FROM = 16  # the block of uniforms from which on decisions draw what they need besides
# Rewritings that strike few accounts, in the order in which they are applied; each with uniforms of
# its own for whom it strikes.
_RARE = (
    ("nickname", name_channels.nickname),
    ("given_shortened", name_channels.given_shortened),
    ("given_romanised", name_channels.given_romanised),
    ("surname_romanised", name_channels.surname_romanised),
    ("particle_dropped", name_channels.particle_dropped),
    ("given_misspelt", name_channels.given_slipped),
    ("surname_misspelt", name_channels.surname_slipped),
)
_NO_DRAWS = np.empty((4, 0))


@compiled
def _decided(
    seed: Word,
    replicate: Word,
    zips: IntArray,
    dwelling: IntArray,
    member: IntArray,
    family_name_first: BoolArray,
    rates: FloatArray,
) -> Int32Array:
    """Return for each person a bit per decision, set where its uniform lies below the rate.

    ``rates`` has shape (2, _PER_BLOCK x _BLOCKS): for origins that write the given name first, and
    for others.
    """
    decided = np.empty(member.size, np.int32)
    for i in range(member.size):
        own, bits = int(family_name_first[i]), np.int64(0)
        for block in range(_BLOCKS):
            slot = block * _MEMBERS + member[i]
            drawn = uniforms(seed, replicate, _STAGE, slot, zips[i], dwelling[i])
            for k in range(4):
                at = _PER_BLOCK * block + 2 * k
                u = drawn[k] * _HALF
                bits |= np.int64(drawn[k] < rates[own, at]) << at
                bits |= np.int64(u - int(u) < rates[own, at + 1]) << (at + 1)
        decided[i] = bits
    return decided


def _rates(part: NamesAsFiled) -> FloatArray:
    """Return the rate of every decision, for origins that write the given name first and others.

    Uniforms that decide nothing have rate 0.
    """
    rates = np.zeros((2, _PER_BLOCK * _BLOCKS))
    rates[:, : len(_DECISIONS)] = [getattr(part, decision) for decision in _DECISIONS]
    rates[1, _DECISIONS.index("names_swapped")] = part.names_swapped_family_name_first
    return rates


def fathers_of_juniors(names: Names, people: People) -> BoolArray:
    """Say who lives with a child that bears the same given name and JUNIOR behind it."""
    found = np.zeros(len(people), np.bool_)
    children = np.flatnonzero((names.suffix == Suffix.JUNIOR) & (people.relationship == _CHILD))
    for member in (0, 1):  # the head and, where there is one, the partner
        parent = children - people.member[children] + member
        same = (people.sex[parent] == people.sex[children]) & (
            names.given[parent] == names.given[children]
        )
        found[parent[same & (people.relationship[parent] != _CHILD)]] = True
    return found


def _swapped(names: Names, u: FloatArray) -> Names:
    """Swap given name and first surname where a register may hold them in each other's field."""
    as_given, as_surname = relations.may_be_given(), relations.may_be_surname()
    may = as_given[names.surname_1] & as_surname[names.given]
    swapped = name_channels.names_swapped(names, u)
    return replace(
        names,
        given=np.where(may, swapped.given, names.given),
        surname_1=np.where(may, swapped.surname_1, names.surname_1),
    )


def _steps(
    names: Names, paternal_last: BoolArray, father: BoolArray, decided: Int32Array, draws: _Draws
) -> Iterator[Step]:
    """Yield what befalls the names of accounts, in the order of application.

    ``paternal_last`` says whose usual single surname is the second, ``father`` who has a JUNIOR.
    """

    def strikes(decision: str) -> BoolArray:
        return np.asarray(decided & np.int32(1 << _DECISIONS.index(decision)) != 0)

    def plain(rewrite: Rewriting, struck: BoolArray) -> Step:
        return rewrite, np.flatnonzero(struck), _NO_DRAWS

    one_of_two = (names.surname_2 != ABSENT) & ~strikes("double_surname_share")
    second = strikes("second_surname_alone") ^ paternal_last
    middle, suffix = names.middle != ABSENT, names.suffix != Suffix.NONE
    yield plain(name_channels.second_surname_alone, one_of_two & second)
    yield plain(name_channels.first_surname_alone, one_of_two & ~second)
    yield plain(name_channels.goes_by_middle, middle & strikes("goes_by_middle"))
    for decision, rewrite in _RARE:
        rows = np.flatnonzero(strikes(decision))
        yield rewrite, rows, draws(decision, rows)
    yield plain(name_channels.middle_absent, middle & strikes("middle_absent"))
    yield plain(name_channels.middle_initial, middle & strikes("middle_initial"))
    yield plain(name_channels.suffix_absent, suffix & strikes("suffix_left_out"))
    yield plain(name_channels.senior, father & ~suffix & strikes("senior_written"))
    yield plain(_swapped, strikes("names_swapped"))


def habit_uniforms(
    decision: str, zips: IntArray, dwelling: IntArray, member: IntArray, *, rng: Streams
) -> FloatArray:
    """Return the uniforms behind one decision about residents' names, shape (4, n).

    The first is the one that lies below the rate of those whom it strikes; the others are those
    that the rewriting draws from. Whatever else writes names can follow a person's habits by these.
    """
    block, at = divmod(_DECISIONS.index(decision), _PER_BLOCK)
    drawn = rng.columns(Stage.FILED_NAME, block * _MEMBERS + member, zips, dwelling)[at // 2]
    if at % 2:
        drawn = drawn * _HALF % 1.0
    block = _DRAWS_FROM + _DECISIONS.index(decision)
    further = rng.columns(Stage.FILED_NAME, block * _MEMBERS + member, zips, dwelling)
    return np.concatenate([drawn[np.newaxis], further[:3]])


def filed_names(
    names: Names, people: People, part: NamesAsFiled, rows: IntArray, *, rng: Streams
) -> Names:
    """Return the names that the accounts of the people in ``rows`` show.

    ``names`` must name all of ``people``, row by row, as they live. A name filed does not depend on
    which rows are asked for.
    """
    zips = tables.zips().zip[people.place[rows]].astype(np.int64)
    dwelling = people.dwelling[rows].astype(np.int64)
    member = people.member[rows].astype(np.int64)
    family_name_first = tables.origins().family_name_first[people.origin[rows]]
    decided = _decided(*rng.key, zips, dwelling, member, family_name_first, _rates(part))

    def draws(decision: str, struck: IntArray) -> FloatArray:
        block = _DRAWS_FROM + _DECISIONS.index(decision)
        slots = block * _MEMBERS + member[struck]
        return rng.columns(Stage.FILED_NAME, slots, zips[struck], dwelling[struck])

    father = fathers_of_juniors(names, people)[rows]
    last = name_channels.paternal_last(people.origin[rows])
    own = taken(names, rows)
    return rewritten(own, _steps(own, last, father, decided, draws))


def filed_name_styles(
    people: People, part: NamesAsFiled, rows: IntArray, *, rng: Streams
) -> Int8Array:
    """Return in which styles the accounts of the people in ``rows`` write names; nobody's habit."""
    u = rng.columns(
        Stage.FILED_NAME,
        _WRITING * _MEMBERS + people.member[rows].astype(np.int64),
        tables.zips().zip[people.place[rows]].astype(np.int64),
        people.dwelling[rows].astype(np.int64),
    )
    return lexicon.name_styles(u[0] < part.names_run_together, u[1] < part.surnames_hyphenated)
