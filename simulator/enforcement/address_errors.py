"""Error channels of addresses: whose address a request gives, and what of it.

First the address is chosen (today's home or a former one, a shared address, a detention facility),
then written, then it decays: misspelt, in part, or not there at all.
"""

from dataclasses import replace

import numpy as np

from simulator import lexicon
from simulator.enforcement.drafts import Draft, lacking_ratio, thinned, with_columns
from simulator.lexicon import ABSENT
from simulator.population.addresses import mailing_addresses, postal_addresses
from simulator.population.places import Sample
from simulator.randomness import FloatArray, IntArray
from simulator.records import AddressKind, BoolArray, Int32Array, Listing
from simulator.scenario.schema import RequestsPart
from simulator.written_addresses import po_box_street, written_styles

# Texts from the court record of February 2026; the first three hold no five-digit number.
PLACEHOLDERS = ("UNKNOWN ADDRESS", "FAILED TO PROVIDE", "NA NA", "DON'T CARE 12345", "00000")
_PLAIN_PLACEHOLDERS = 3


def address_ages(part: RequestsPart, ratio: FloatArray, u: FloatArray) -> IntArray:
    """Return how many years old the list's address of each row is, by ``years_since_address``.

    It is older than t years with the stated chance times ``ratio``; a low uniform is an old one.
    """
    older_than = 1.0 - np.cumsum(part.years_since_address)[:-1]
    return np.asarray((thinned(u, ratio)[:, None] < older_than[None, :]).sum(axis=1))


def stale_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the address of the former dwelling of those who moved since the list was made.

    A list goes stale by people moving. Its errors must come from the same moves as those of the
    roll, or both would hardly ever hold the same former address: the wrong door. Where the ages of
    addresses are stated, whoever moved within that many years is struck: with a yearly rate of
    moving m, an address of t years is current with chance (1 - m)**t. Elsewhere ``recency`` ranks
    people among those who move as often as they do: the same share of each kind is struck, of each
    those who moved last.
    """
    ratio = lacking_ratio(listing, part)
    if part.years_since_address:
        stale = listing.years_since_move < address_ages(part, ratio, u[0])
    else:
        stale = listing.recency < part.stale_address * ratio
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


def _elsewhere(draft: Draft, addresses: Int32Array, which: IntArray, struck: BoolArray) -> Draft:
    """Write one of ``addresses`` (4, n), by its number, in place of the home of those struck."""
    rows, old = np.flatnonzero(struck), draft.requests
    columns = {}
    for name, values in zip(("place", "street", "form", "number"), addresses, strict=True):
        columns[name] = getattr(old, name).copy()
        columns[name][rows] = values[which[rows]]
    return with_columns(draft, **columns, unit=np.where(struck, 0, old.unit).astype(np.int32))


def shared_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the address of a shelter, lawyer or reception centre, the k-th with weight 1 / k."""
    weights = np.cumsum(1.0 / np.arange(1, draft.shared.shape[1] + 1))
    which = np.searchsorted(weights / weights[-1], u[1], side="right")
    which = np.minimum(which, weights.size - 1)
    return _elsewhere(draft, draft.shared, which, u[0] < part.shared_address)


def facility_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Give the address of the detention facility of those who are held in one."""
    held = (listing.facility != ABSENT) & (u[0] < part.facility_given)
    return _elsewhere(draft, draft.facilities, listing.facility.astype(np.int64), held)


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
    dropped = u[0] < part.unit_missing * lacking_ratio(listing, part)
    return with_columns(draft, unit=np.where(dropped, 0, draft.requests.unit).astype(np.int32))


def partly_written(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Write city and ZIP alone (low uniforms) or the street without a number (high ones)."""
    ratio, old = lacking_ratio(listing, part), draft.requests
    no_street = u[0] < part.street_missing * ratio
    no_number = no_street | (u[0] >= 1.0 - part.number_missing * ratio)

    def without(struck: BoolArray, column: Int32Array, blank: int) -> Int32Array:
        return np.where(struck, blank, column).astype(np.int32)

    return with_columns(
        draft,
        street=without(no_street, old.street, ABSENT),
        form=without(no_street, old.form, ABSENT),
        number=without(no_number, old.number, ABSENT),
        unit=without(no_number, old.unit, 0),
    )


def no_address(
    draft: Draft, listing: Listing, part: RequestsPart, sample: Sample, u: FloatArray
) -> Draft:
    """Leave the address blank (low uniforms) or put a placeholder there (high ones)."""
    ratio = lacking_ratio(listing, part)
    missing = u[0] < part.address_missing * ratio
    placeholder = u[0] >= 1.0 - part.address_placeholder * ratio
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
