"""Error channels: how what the list says departs from the truth.

A channel is one plain function of one type: it takes the draft of the requests, the people listed,
the rates and its own four uniforms per request, and returns a new draft. An error strikes where the
first uniform lies below the rate, so raising a rate keeps every error that was there. A new channel
is a function and a line in ``CHANNELS``. The channels of names stand in a room of their own; those
that are a person's habit are given uniforms that the roll shares (``habits``).

Names and streets change by code (see ``simulator.lexicon``); no string is touched.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from simulator import lexicon
from simulator.enforcement import name_errors
from simulator.enforcement.drafts import Channel, Draft, with_columns
from simulator.lexicon import ABSENT
from simulator.population.addresses import mailing_addresses, postal_addresses
from simulator.population.places import Sample
from simulator.population.taxpayer_numbers import lender_numbers
from simulator.randomness import FloatArray
from simulator.records import AddressKind, Int32Array, Listing
from simulator.scenario.schema import RequestsPart
from simulator.taxpayer_digits import one_digit_wrong
from simulator.written_addresses import po_box_street, written_styles

# Texts from the court record of February 2026; the first three hold no five-digit number.
PLACEHOLDERS = ("UNKNOWN ADDRESS", "FAILED TO PROVIDE", "NA NA", "DON'T CARE 12345", "00000")
_PLAIN_PLACEHOLDERS = 3


def stale_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the address of the former dwelling of those who moved recently for their kind.

    A list goes stale by people moving. Its errors must come from the same moves as those of the
    roll, or both would hardly ever hold the same former address: the wrong door. ``recency`` ranks
    people among those who move as often as they do: the same share of each kind is struck, of each
    those who moved last.
    """
    stale = listing.recency < part.stale_address
    place = np.where(stale, listing.former_place, listing.place)
    dwelling = np.where(stale, listing.former_dwelling, listing.dwelling)
    moved = with_columns(draft, place=place.astype(np.int32))
    return replace(moved, dwelling=dwelling.astype(np.int32))


def write_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write the address of the chosen dwelling in somebody's way; no error.

    Of those who have a PO box, some gave the agency the box and not the street.
    """
    place, dwelling = draft.requests.place.astype(np.int64), draft.dwelling.astype(np.int64)
    gives_box = u[0] < part.po_box_given
    street = postal_addresses(place, dwelling)
    written = np.where(gives_box, mailing_addresses(place, dwelling, draft.po_box_share), street)
    return with_columns(
        draft,
        street=written[0],
        form=written[1],
        number=written[2],
        unit=written[3],
        style=written_styles(u[1]),
    )


def street_misspelt(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misspell the street name; a PO box has none."""
    is_street = draft.requests.street != po_box_street()
    kinds = lexicon.drawn_variants(is_street & (u[0] < part.street_misspelt), u[1])
    size = lexicon.street_names().size
    return with_columns(draft, street=lexicon.with_misspelling(draft.requests.street, kinds, size))


def number_transposed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Transpose the last two digits of the house number that differ, where there are two."""
    number = draft.requests.number.copy()
    for row in np.flatnonzero(u[0] < part.number_transposed):
        digits = list(str(number[row]))
        for at in range(len(digits) - 1, 0, -1):
            if digits[at] != digits[at - 1] and not (at == 1 and digits[at] == "0"):
                digits[at], digits[at - 1] = digits[at - 1], digits[at]
                break
        number[row] = int("".join(digits))
    return with_columns(draft, number=number)


def unit_missing(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave out the unit."""
    dropped = u[0] < part.unit_missing
    return with_columns(draft, unit=np.where(dropped, 0, draft.requests.unit).astype(np.int32))


def no_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave the address blank (low uniforms) or put a placeholder there (high ones)."""
    missing = u[0] < part.address_missing
    placeholder = u[0] >= 1.0 - part.address_placeholder
    numbered = u[1] < part.placeholder_with_number
    plain = (u[2] * _PLAIN_PLACEHOLDERS).astype(int)
    with_number = _PLAIN_PLACEHOLDERS + (u[2] * (len(PLACEHOLDERS) - _PLAIN_PLACEHOLDERS)).astype(
        int
    )
    text = AddressKind.PLACEHOLDER + np.where(numbered, with_number, plain)
    kind = np.where(missing, AddressKind.MISSING, np.where(placeholder, text, 0))
    blank, old = kind != AddressKind.WRITTEN, draft.requests

    def emptied(column: Int32Array) -> Int32Array:
        return np.where(blank, ABSENT, column).astype(np.int32)

    return with_columns(
        draft,
        address_kind=kind.astype(np.int8),
        place=emptied(old.place),
        street=emptied(old.street),
        form=emptied(old.form),
        number=emptied(old.number),
        unit=emptied(old.unit),
    )


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
    given = np.where(u[3] < part.birth_date_missing, ABSENT, given)
    return with_columns(draft, birth=given.astype(np.int32))


def tin_given(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the person's number, or none."""
    return with_columns(draft, tin=np.where(u[0] < part.tin_present, listing.tin, ABSENT))


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
        stale_address: 0,
        write_address: 1,
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
        street_misspelt: 10,
        number_transposed: 11,
        unit_missing: 12,
        no_address: 13,
        birth_date: 14,
        tin_given: 15,
        tin_borrowed: 16,
        tin_wrong: 17,
    }
)
"""Every channel in the order in which a record decays, with the number of its random stream.

A stream keeps its number for good, wherever the channel stands: a new one takes the next free one.
"""
