"""From listed people to requests: the true record, put through every error channel in turn."""

import numpy as np

from simulator.enforcement.clerical import by_care
from simulator.enforcement.drafts import Draft
from simulator.enforcement.errors import CHANNELS
from simulator.enforcement.grounds import grounds
from simulator.enforcement.habits import habitual
from simulator.lexicon import ABSENT
from simulator.population.facilities import facility_addresses, shared_addresses
from simulator.population.places import Sample
from simulator.randomness import Stage, Streams
from simulator.records import (
    ABSENT_KINDS,
    AddressKind,
    Grounds,
    Int32Array,
    Listing,
    Requests,
    RequestTruth,
)
from simulator.scenario.schema import ListingPart, RequestsPart

Sites = tuple[Int32Array, Int32Array]
"""Addresses of detention facilities and of shelters and the like, shape (4, addresses) each."""


def write_requests(
    listing: Listing,
    sample: Sample,
    part: RequestsPart,
    listing_part: ListingPart,
    po_box_share: float,
    sites: Sites | None = None,
    *,
    rng: Streams,
) -> tuple[Requests, Grounds, RequestTruth]:
    """Write one request per row of the list, with its grounds, and apart whom each is about.

    ``listing_part`` says how many detention facilities and officers there are; ``po_box_share`` is
    the share of households that get their mail at a PO box; ``sites`` are as from ``sites_of``,
    where they are known already.
    """
    if sites is None:
        sites = sites_of(sample, part, listing_part, rng=rng)
    draft = _unwritten(listing, po_box_share, sites)
    for channel, slot in CHANNELS.items():
        uniforms = habitual(channel, listing, rng.table(Stage.REQUEST, slot, listing.key), rng=rng)
        uniforms = by_care(channel, listing, part, uniforms, rng=rng)
        draft = channel(draft, listing, part, sample, uniforms)
    return draft.requests, grounds(listing, part, listing_part, rng=rng), _truth(listing)


def sites_of(
    sample: Sample, part: RequestsPart, listing_part: ListingPart, *, rng: Streams
) -> Sites:
    """Return the addresses of detention facilities and those that many people share."""
    return (
        facility_addresses(sample, listing_part.facilities, rng=rng),
        shared_addresses(sample, part.shared_addresses, rng=rng),
    )


def _unwritten(listing: Listing, po_box_share: float, sites: Sites) -> Draft:
    """Return requests before any channel: true names and birth dates, no address, no number."""
    count = len(listing)
    blank = np.full(count, ABSENT, np.int32)
    return Draft(
        Requests(
            given=listing.given,
            middle=listing.middle,
            surname_1=listing.surname_1,
            surname_2=listing.surname_2,
            suffix=listing.suffix,
            name_style=np.zeros(count, np.int8),
            birth=listing.birth,
            address_kind=np.full(count, AddressKind.WRITTEN, np.int8),
            place=listing.place,
            street=blank,
            form=blank,
            number=blank,
            unit=blank,
            style=np.zeros(count, np.int8),
            tin=np.full(count, ABSENT, np.int64),
        ),
        listing.dwelling,
        po_box_share,
        *sites,
    )


def _truth(listing: Listing) -> RequestTruth:
    """Return whom each request is about; people who are not here live nowhere."""
    here = ~np.isin(listing.kind, ABSENT_KINDS)
    return RequestTruth(
        person=listing.person,
        key=listing.key,
        kind=listing.kind,
        group=listing.group,
        origin=listing.origin,
        status=listing.status,
        tin_kind=listing.tin_kind,
        place=np.where(here, listing.place, ABSENT).astype(np.int32),
        dwelling=np.where(here, listing.dwelling, ABSENT).astype(np.int32),
    )
