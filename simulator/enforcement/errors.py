"""Error channels: how what the list says departs from the truth.

A channel is one plain function of one type: it takes the draft of the requests, the people listed,
the rates and its own four uniforms per request, and returns a new draft. An error strikes where the
first uniform lies below the rate, so raising a rate keeps every error that was there. A new channel
is a function and a line in ``CHANNELS``; the order of that tuple is the order in which a record
decays.

Names and streets change by code (see ``simulator.lexicon``); no string is touched.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from simulator import lexicon
from simulator.lexicon import ABSENT, VARIANTS
from simulator.population.addresses import mailing_addresses, po_box_street, postal_addresses
from simulator.population.places import Sample
from simulator.population.roll import lender_numbers
from simulator.population.written_addresses import written_styles
from simulator.randomness import FloatArray
from simulator.records import AddressKind, BoolArray, Int32Array, Listing, Requests
from simulator.reference import tables
from simulator.scenario.schema import RequestsPart

# Texts from the court record of February 2026; the first three hold no five-digit number.
PLACEHOLDERS = ("UNKNOWN ADDRESS", "FAILED TO PROVIDE", "NA NA", "DON'T CARE 12345", "00000")
_PLAIN_PLACEHOLDERS = 3
NOBODYS_NUMBER = 1 << 61


@dataclass(frozen=True)
class Draft:
    """Requests while they are being written, with the dwelling the address will name.

    ``po_box_share`` is the share of households that get their mail at a PO box.
    """

    requests: Requests
    dwelling: Int32Array
    po_box_share: float


Channel = Callable[[Draft, Listing, RequestsPart, Sample, FloatArray], Draft]


def _with(draft: Draft, **columns: np.ndarray) -> Draft:
    return replace(draft, requests=replace(draft.requests, **columns))


def _kinds(strikes: BoolArray, u: FloatArray) -> Int32Array:
    """Return a variant number 1 to 16 where an error strikes, else 0."""
    return np.where(strikes, 1 + (u * VARIANTS).astype(np.int32), 0).astype(np.int32)


def stale_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the address of the former dwelling of those who moved most recently.

    A list goes stale by people moving. Its errors must come from the same moves as those of the
    roll, or both would hardly ever hold the same former address: the wrong door.
    """
    stale = listing.recency < part.stale_address
    place = np.where(stale, listing.former_place, listing.place)
    dwelling = np.where(stale, listing.former_dwelling, listing.dwelling)
    moved = _with(draft, place=place.astype(np.int32))
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
    return _with(
        draft,
        street=written[0],
        form=written[1],
        number=written[2],
        unit=written[3],
        style=written_styles(u[1]),
    )


def surnames_swapped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write two surnames in the wrong order."""
    first, second = draft.requests.surname_1, draft.requests.surname_2
    swap = (u[0] < part.surnames_swapped) & (second != ABSENT)
    return _with(
        draft, surname_1=np.where(swap, second, first), surname_2=np.where(swap, first, second)
    )


def surname_dropped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave out the second surname or, less often, the first."""
    first, second = draft.requests.surname_1, draft.requests.surname_2
    double = second != ABSENT
    drop_first = double & (u[0] < part.first_surname_dropped)
    drop_second = double & ~drop_first & (u[1] < part.second_surname_dropped)
    return _with(
        draft,
        surname_1=np.where(drop_first, second, first),
        surname_2=np.where(drop_first | drop_second, ABSENT, second).astype(np.int32),
    )


@cache
def _nickname_codes() -> dict[int, tuple[int, ...]]:
    code = {text: number for number, text in enumerate(lexicon.names().lexicon.texts)}
    return {
        code[formal]: tuple(code[short] for short in shorts if short in code)
        for formal, shorts in tables.nicknames().items()
        if formal in code
    }


def nickname(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Replace the given name by a nickname where it has one."""
    given, known = draft.requests.given.copy(), _nickname_codes()
    for row in np.flatnonzero(u[0] < part.nickname):
        shorts = known.get(int(given[row]), ())
        if shorts:
            given[row] = shorts[int(u[1, row] * len(shorts))]
    return _with(draft, given=given)


def given_misspelt(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misspell the given name."""
    kinds = _kinds(u[0] < part.given_misspelt, u[1])
    size = lexicon.names().lexicon.size
    return _with(draft, given=lexicon.with_misspelling(draft.requests.given, kinds, size))


def given_transcribed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misread or mishear the given name."""
    kinds = _kinds(u[0] < part.given_transcribed, u[1])
    size = lexicon.names().lexicon.size
    return _with(draft, given=lexicon.with_transcription(draft.requests.given, kinds, size))


def _which_surname(draft: Draft, strikes: BoolArray, u: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Split errors between the two surnames of a person who shows both."""
    second = strikes & (draft.requests.surname_2 != ABSENT) & (u < 0.5)
    return strikes & ~second, second


def surname_misspelt(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misspell one surname."""
    first, second = _which_surname(draft, u[0] < part.surname_misspelt, u[2])
    size, old = lexicon.names().lexicon.size, draft.requests
    return _with(
        draft,
        surname_1=lexicon.with_misspelling(old.surname_1, _kinds(first, u[1]), size),
        surname_2=lexicon.with_misspelling(old.surname_2, _kinds(second, u[1]), size),
    )


def surname_transcribed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misread or mishear one surname."""
    first, second = _which_surname(draft, u[0] < part.surname_transcribed, u[2])
    size, old = lexicon.names().lexicon.size, draft.requests
    return _with(
        draft,
        surname_1=lexicon.with_transcription(old.surname_1, _kinds(first, u[1]), size),
        surname_2=lexicon.with_transcription(old.surname_2, _kinds(second, u[1]), size),
    )


def names_swapped(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write the given name in the surname field and the first surname in its place."""
    swap, old = u[0] < part.names_swapped, draft.requests
    return _with(
        draft,
        given=np.where(swap, old.surname_1, old.given),
        surname_1=np.where(swap, old.given, old.surname_1),
    )


def street_misspelt(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Misspell the street name; a PO box has none."""
    is_street = draft.requests.street != po_box_street()
    kinds = _kinds(is_street & (u[0] < part.street_misspelt), u[1])
    size = lexicon.street_names().size
    return _with(draft, street=lexicon.with_misspelling(draft.requests.street, kinds, size))


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
    return _with(draft, number=number)


def unit_missing(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave out the unit."""
    dropped = u[0] < part.unit_missing
    return _with(draft, unit=np.where(dropped, 0, draft.requests.unit).astype(np.int32))


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

    return _with(
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
    return _with(draft, birth=given.astype(np.int32))


def tin_given(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the person's number, or none."""
    return _with(draft, tin=np.where(u[0] < part.tin_present, listing.tin, ABSENT))


def tin_wrong(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Get a digit wrong: the number is then somebody else's, or nobody's."""
    wrong = (u[0] < part.tin_wrong) & (draft.requests.tin != ABSENT)
    somebody = u[1] < part.wrong_tin_is_somebodys
    number = np.where(
        somebody,
        lender_numbers(sample, u[2:], listing.person),
        NOBODYS_NUMBER + (u[2] * 2.0**53).astype(np.int64),
    )
    return _with(draft, tin=np.where(wrong, number, draft.requests.tin))


def tin_borrowed(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give a number that the person borrowed from somebody else."""
    borrowed = (u[0] < part.tin_borrowed) & (draft.requests.tin != ABSENT)
    lent = lender_numbers(sample, u[1:3], listing.person)
    return _with(draft, tin=np.where(borrowed, lent, draft.requests.tin))


# The place of a channel in this tuple numbers its random stream: append, do not reorder.
CHANNELS: tuple[Channel, ...] = (
    stale_address,
    write_address,
    surnames_swapped,
    surname_dropped,
    nickname,
    given_misspelt,
    given_transcribed,
    surname_misspelt,
    surname_transcribed,
    names_swapped,
    street_misspelt,
    number_transposed,
    unit_missing,
    no_address,
    birth_date,
    tin_given,
    tin_borrowed,
    tin_wrong,
)
