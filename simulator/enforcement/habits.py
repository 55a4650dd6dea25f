"""Habits: what a person does with the own name shows on the roll and on the list alike.

Who goes by the middle name, by a nickname, by one of two surnames or in another romanisation mostly
does so with every authority. For these channels the list therefore compares the uniforms of the
person that the roll compares (``population.filed_names``) with rates of its own: where both rates
are the same, both records depart from the name as borne or neither does, and in the same way; where
they differ, whoever departs on the side of the lower rate does so on both. Misspellings, swapped
fields and what is left out of a form are nobody's habit and remain independent.

Limits: agreement is complete where it is assumed at all; people who are not here are on no roll
and keep draws of their own.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from simulator.enforcement import name_errors
from simulator.enforcement.drafts import Channel
from simulator.population.filed_names import habit_uniforms
from simulator.randomness import FloatArray, Streams
from simulator.records import ABSENT_KINDS, MEMBER_BITS, Listing, taken
from simulator.reference import tables

_LAST = 1.0 - 2.0**-53  # the greatest uniform
_OF_TWO_SURNAMES = "second_surname_alone", "double_surname_share"

HABITS: Mapping[Channel, str] = MappingProxyType(
    {
        name_errors.goes_by_middle: "goes_by_middle",
        name_errors.nickname: "nickname",
        name_errors.given_shortened: "given_shortened",
        name_errors.given_romanised: "given_romanised",
        name_errors.surname_romanised: "surname_romanised",
        name_errors.particle_dropped: "particle_dropped",
    }
)
"""Channels of the list that are a habit, and the decision about names as filed that shows it."""


def _drawn(listing: Listing, decision: str, *, rng: Streams) -> FloatArray:
    return habit_uniforms(
        decision,
        tables.zips().zip[listing.place].astype(np.int64),
        listing.dwelling.astype(np.int64),
        listing.person & ((1 << MEMBER_BITS) - 1),
        rng=rng,
    )


def habitual(channel: Channel, listing: Listing, u: FloatArray, *, rng: Streams) -> FloatArray:
    """Return the uniforms of a channel, shape (4, n), with residents' habits where it is one.

    ``u`` holds uniforms of the list's own. Of two surnames, whoever files the mother's alone is the
    first to be listed so, and whoever files both the last to be listed under one.
    """
    of_two = channel is name_errors.surname_dropped
    if channel not in HABITS and not of_two:
        return u
    rows = np.flatnonzero(~np.isin(listing.kind, ABSENT_KINDS))
    here, found = taken(listing, rows), u.copy()
    if of_two:
        mothers, both = (_drawn(here, decision, rng=rng)[0] for decision in _OF_TWO_SURNAMES)
        found[0, rows], found[1, rows] = mothers, _LAST - both
    else:
        found[:, rows] = _drawn(here, HABITS[channel], rng=rng)
    return found
