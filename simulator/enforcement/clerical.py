"""Clerical errors: slips of whoever keeps the record, which do not strike all records alike.

Two scenario parameters depart from errors that strike each field of each record by itself:

* Records differ in care. With chance c = ``error_clustering``, drawn for every record and channel,
  the channel's first uniform is the record's own, W, and not one of the channel's. Either is
  uniform, so no rate changes. Two channels with rates p <= q both look at W with chance c**2, and
  then the rarer error comes with the other; else they are independent:
  P(both) = c**2 * p + (1 - c**2) * p * q.
* Origins and target groups differ in rates. The uniform is divided by the ratio of the record's
  origin and by that of its group: an error of rate p strikes with chance p * ratio, at most 1.

What is a person's own habit (``habits``), what is left out of a form, and which address is given
are not clerical. Limits: the care of a record is one number, and no channel depends on a certain
other one.
"""

import numpy as np

from simulator.enforcement import address_errors, errors, name_errors
from simulator.enforcement.drafts import Channel, thinned
from simulator.enforcement.errors import CHANNELS
from simulator.randomness import FloatArray, Stage, Streams
from simulator.records import Listing, TargetGroup
from simulator.reference import tables
from simulator.scenario.schema import RequestsPart

# Of the request stage, beside the streams of the channels: the care of a record, and from the
# second number on, at the stream of a channel, whether it shares in that care.
RECORD_SLOT, SHARING_SLOTS = 127, 128

CLERICAL: frozenset[Channel] = frozenset(
    {
        name_errors.surnames_swapped,
        name_errors.given_misspelt,
        name_errors.given_transcribed,
        name_errors.surname_misspelt,
        name_errors.surname_transcribed,
        name_errors.names_swapped,
        address_errors.street_misspelt,
        address_errors.number_transposed,
        errors.birth_date,
        errors.tin_wrong,
    }
)
"""The channels that are clerical: each strikes where its first uniform lies below its rate."""


def error_ratios(listing: Listing, part: RequestsPart) -> FloatArray:
    """Return for each row how often clerical errors strike it, against the rates stated."""
    by_origin = [part.error_ratio_by_origin.get(name, 1.0) for name in tables.origins().names]
    investigated = listing.group == TargetGroup.INVESTIGATION
    by_group = np.where(investigated, part.investigation.error_ratio, 1.0)
    return np.asarray(np.array(by_origin)[listing.origin] * by_group)


def by_care(
    channel: Channel, listing: Listing, part: RequestsPart, u: FloatArray, *, rng: Streams
) -> FloatArray:
    """Return the uniforms of a channel, shape (4, n), by the care of each record if it is clerical.

    ``u`` holds uniforms of the channel's own; only the first row changes.
    """
    if channel not in CLERICAL:
        return u
    found = u.copy()
    if part.error_clustering > 0.0:
        coin = rng.table(Stage.REQUEST, SHARING_SLOTS + CHANNELS[channel], listing.key)[0]
        care = rng.table(Stage.REQUEST, RECORD_SLOT, listing.key)[0]
        found[0] = np.where(coin < part.error_clustering, care, u[0])
    found[0] = thinned(found[0], error_ratios(listing, part))
    return found
