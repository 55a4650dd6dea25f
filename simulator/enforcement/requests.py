"""From listed people to requests: the true record, put through every error channel in turn."""

import numpy as np

from simulator.enforcement.drafts import Draft
from simulator.enforcement.errors import CHANNELS
from simulator.enforcement.habits import habitual
from simulator.lexicon import ABSENT
from simulator.population.places import Sample
from simulator.randomness import Stage, Streams
from simulator.records import (
    AddressKind,
    Int64Array,
    Listed,
    Listing,
    Requests,
    RequestTruth,
)
from simulator.scenario.schema import RequestsPart

_DEPARTED = np.int64(1) << np.int64(62)  # beyond the number of any resident


def _record_keys(listing: Listing) -> Int64Array:
    """Return a key per listed person that does not change when the list grows.

    A resident's key is the person's number; people who left count within their origin, in which
    the longer list begins with the shorter.
    """
    keys = listing.person.copy()
    for origin in np.unique(listing.origin):
        gone = np.flatnonzero((listing.kind == Listed.DEPARTED) & (listing.origin == origin))
        keys[gone] = _DEPARTED + (np.int64(origin) << np.int64(32)) + np.arange(gone.size)
    return keys


def write_requests(
    listing: Listing, sample: Sample, part: RequestsPart, po_box_share: float, *, rng: Streams
) -> tuple[Requests, RequestTruth]:
    """Write one request per listed person, and apart from them whom each is about.

    ``po_box_share`` is the share of households that get their mail at a PO box.
    """
    count = len(listing)
    blank = np.full(count, ABSENT, np.int32)
    draft = Draft(
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
    )
    keys = _record_keys(listing)
    for channel, slot in CHANNELS.items():
        uniforms = habitual(channel, listing, rng.table(Stage.REQUEST, slot, keys), rng=rng)
        draft = channel(draft, listing, part, sample, uniforms)
    here = listing.kind != Listed.DEPARTED
    truth = RequestTruth(
        person=listing.person,
        kind=listing.kind,
        origin=listing.origin,
        status=listing.status,
        tin_kind=listing.tin_kind,
        place=np.where(here, listing.place, ABSENT).astype(np.int32),
        dwelling=np.where(here, listing.dwelling, ABSENT).astype(np.int32),
    )
    return draft.requests, truth
