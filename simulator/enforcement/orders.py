"""What the agency's file says about a listed person: order or investigation, and detention.

The file is drawn for each person apart from who they are: whether they are under investigation, and
if under an order, how old it is, on what class of removability it rests, whether there is evidence
that they failed to depart wilfully. Each decision compares one uniform, keyed by the person, with
its share; whoever is struck at a lower share is struck at a higher one.

Limits: the file does not depend on origin, kind or legal status. Whoever was granted a status since
has an order no older than others have, and people drawn from overstays or from all unauthorized
adults are asked for as if under an order like those of final orders, though most have none. Age,
class and evidence are independent of one another.
"""

from dataclasses import replace
from typing import TypedDict

import numpy as np

from simulator.lexicon import ABSENT
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import (
    ABSENT_KINDS,
    BoolArray,
    Int8Array,
    Int32Array,
    Listing,
    TargetGroup,
)
from simulator.scenario.schema import ListingPart

DAYS_OF_A_YEAR = 365
# Draws of the listing stage at place 0, where no ZIP is, by ``Listing.key``; slot 0 is the list's.
_ORDER_SLOT, _PERSON_SLOT = 1, 2


class OnFile(TypedDict):
    """The columns of a ``Listing`` that this module fills."""

    group: Int8Array
    order_days: Int32Array
    removable_class: BoolArray
    wilful: BoolArray
    facility: Int32Array


def nothing_on_file(count: int) -> OnFile:
    """Return the columns for people whose file is not drawn yet."""
    return {
        "group": np.full(count, TargetGroup.FINAL_ORDER, np.int8),
        "order_days": np.full(count, ABSENT, np.int32),
        "removable_class": np.zeros(count, np.bool_),
        "wilful": np.zeros(count, np.bool_),
        "facility": np.full(count, ABSENT, np.int32),
    }


def facility_shares(facilities: int) -> FloatArray:
    """Return the share of detained people that each facility holds: the k-th in proportion to 1/k.

    A few facilities hold most people in detention; the law is an [assumption].
    """
    weights = 1.0 / np.arange(1, facilities + 1)
    return np.asarray(weights / weights.sum())


def _drawn(shares: FloatArray, u: FloatArray) -> Int32Array:
    """Return which of ``shares`` each uniform falls to."""
    which = np.searchsorted(np.cumsum(shares), u, side="right")
    return np.minimum(which, shares.size - 1).astype(np.int32)


def order_days(u: FloatArray, part: ListingPart) -> Int32Array:
    """Return the age of orders in days; ``u`` has shape (2, n): the year, the day within it."""
    years = _drawn(np.array(part.years_since_order), u[0])
    return np.asarray(years * DAYS_OF_A_YEAR + (u[1] * DAYS_OF_A_YEAR).astype(np.int32))


def with_files(listing: Listing, part: ListingPart, *, rng: Streams) -> Listing:
    """Return the list with what is on everybody's file, by ``Listing.key``.

    Investigations have no order: ``order_days`` is -1, ``removable_class`` and ``wilful`` false.
    Nobody who is not here is detained.
    """
    order = rng.table(Stage.LISTING, _ORDER_SLOT, listing.key)
    person = rng.table(Stage.LISTING, _PERSON_SLOT, listing.key)
    investigated = person[0] < part.investigation_share
    here = ~np.isin(listing.kind, ABSENT_KINDS)
    detained = here & (person[1] < part.detained_share)
    facility = _drawn(facility_shares(part.facilities), person[2])
    return replace(
        listing,
        group=np.where(investigated, TargetGroup.INVESTIGATION, TargetGroup.FINAL_ORDER).astype(
            np.int8
        ),
        order_days=np.where(investigated, ABSENT, order_days(order[:2], part)).astype(np.int32),
        removable_class=~investigated & (order[2] < part.removable_class_share),
        wilful=~investigated & (order[3] < part.wilful_share),
        facility=np.where(detained, facility, ABSENT).astype(np.int32),
    )
