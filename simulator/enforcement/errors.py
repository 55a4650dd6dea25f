"""Error channels: how what the list says departs from the truth.

A channel is one plain function of one type: it takes the draft of the requests, the people listed,
the rates and its own four uniforms per request, and returns a new draft. An error strikes where the
first uniform lies below the rate, so raising a rate keeps every error that was there. A new channel
is a function and a line in ``CHANNELS``. The channels of names and those of addresses stand in
rooms of their own; those that are a person's habit are given uniforms that the roll shares
(``habits``), those that are a clerk's slip uniforms by the care of the record (``clerical``).

Names and streets change by code (see ``simulator.lexicon``); no string is touched.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from simulator.enforcement import address_errors, name_errors
from simulator.enforcement.address_errors import PLACEHOLDERS
from simulator.enforcement.drafts import Channel, Draft, lacking_ratio, with_columns
from simulator.lexicon import ABSENT
from simulator.population.places import Sample
from simulator.population.taxpayer_numbers import lender_numbers
from simulator.randomness import FloatArray
from simulator.records import Listing, TargetGroup
from simulator.scenario.schema import RequestsPart
from simulator.taxpayer_digits import one_digit_wrong

__all__ = ("CHANNELS", "PLACEHOLDERS", "birth_date", "tin_borrowed", "tin_given", "tin_wrong")


def birth_date(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give a wrong birth date (day and month swapped, a day or a year off), or none at all."""
    birth = draft.requests.birth
    year, month, day = birth // 10_000, birth // 100 % 100, birth % 100
    sign = np.where(u[2] < 0.5, -1, 1)
    swapped = year * 10_000 + day * 100 + month
    day_off = np.where(day + sign < 1, day + 1, np.where(day + sign > 28, day - 1, day + sign))
    other_day = year * 10_000 + month * 100 + day_off
    other_year = (year + sign) * 10_000 + month * 100 + day
    can_swap = (day <= 12) & (day != month)
    wrong = np.where(
        u[1] < 1 / 3,
        np.where(can_swap, swapped, other_day),
        np.where(u[1] < 2 / 3, other_day, other_year),
    )
    given = np.where(u[0] < part.birth_date_wrong, wrong, birth)
    missing = u[3] < part.birth_date_missing * lacking_ratio(listing, part)
    given = np.where(missing, ABSENT, given)
    return with_columns(draft, birth=given.astype(np.int32))


def tin_given(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the person's number, or none.

    How often may differ where street and number are lacking, and does in investigations.
    """
    rate = np.full(len(listing), part.tin_present)
    if part.tin_present_without_address is not None:
        nowhere = (draft.requests.street == ABSENT) & (draft.requests.number == ABSENT)
        rate[nowhere] = part.tin_present_without_address
    rate[listing.group == TargetGroup.INVESTIGATION] = part.investigation.tin_present
    return with_columns(draft, tin=np.where(u[0] < rate, listing.tin, ABSENT))


def tin_wrong(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Get a digit wrong: the number is then somebody else's, or nobody's."""
    wrong = (u[0] < part.tin_wrong) & (draft.requests.tin != ABSENT)
    somebody = u[1] < part.wrong_tin_is_somebodys
    number = np.where(
        somebody,
        lender_numbers(sample, u[2:], listing.person),
        one_digit_wrong(draft.requests.tin, u[2]),
    )
    return with_columns(draft, tin=np.where(wrong, number, draft.requests.tin))


def tin_borrowed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the number that the person works under, where it is somebody else's, not their own."""
    works = (listing.borrowed != ABSENT) & (draft.requests.tin != ABSENT)
    struck = works & (u[0] < part.tin_borrowed)
    return with_columns(draft, tin=np.where(struck, listing.borrowed, draft.requests.tin))


CHANNELS: Mapping[Channel, int] = MappingProxyType(
    {
        address_errors.stale_address: 0,
        address_errors.write_address: 1,
        address_errors.shared_address: 28,
        address_errors.facility_address: 27,
        name_errors.surnames_swapped: 2,
        name_errors.surname_dropped: 3,
        name_errors.goes_by_middle: 18,
        name_errors.nickname: 4,
        name_errors.given_shortened: 19,
        name_errors.given_romanised: 20,
        name_errors.surname_romanised: 21,
        name_errors.particle_dropped: 22,
        name_errors.given_initial: 26,
        name_errors.given_misspelt: 5,
        name_errors.given_transcribed: 6,
        name_errors.surname_misspelt: 7,
        name_errors.surname_transcribed: 8,
        name_errors.middle_written: 23,
        name_errors.suffix_left_out: 24,
        name_errors.names_swapped: 9,
        name_errors.write_names: 25,
        address_errors.street_misspelt: 10,
        address_errors.number_transposed: 11,
        address_errors.unit_missing: 12,
        address_errors.partly_written: 29,
        address_errors.no_address: 13,
        birth_date: 14,
        tin_given: 15,
        tin_borrowed: 16,
        tin_wrong: 17,
    }
)
"""Every channel in the order in which a record decays, with the number of its random stream.

A stream keeps its number for good, wherever the channel stands: a new one takes the next free one.
"""
