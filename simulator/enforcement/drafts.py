"""What an error channel is, and what it works on: requests while they are being written."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simulator.population.places import Sample
from simulator.randomness import FloatArray
from simulator.records import Int32Array, Listing, Requests, TargetGroup
from simulator.scenario.schema import RequestsPart


@dataclass(frozen=True)
class Draft:
    """Requests while they are being written, with the dwelling that counts as home.

    ``po_box_share`` is the share of households that get their mail at a PO box. ``facilities`` and
    ``shared`` hold the addresses (place, street, form, number; shape (4, n)) that stand in place of
    homes: of detention facilities by number, and of shelters and lawyers from the most used on.
    """

    requests: Requests
    dwelling: Int32Array
    po_box_share: float
    facilities: Int32Array
    shared: Int32Array


Channel = Callable[[Draft, Listing, RequestsPart, Sample, FloatArray], Draft]


def with_columns(draft: Draft, **columns: np.ndarray) -> Draft:
    """Return the draft with other columns in its requests."""
    return replace(draft, requests=replace(draft.requests, **columns))


def lacking_ratio(listing: Listing, part: RequestsPart) -> FloatArray:
    """Return for each row how often something is lacking in its records, against the rates."""
    investigated = listing.group == TargetGroup.INVESTIGATION
    return np.where(investigated, part.investigation.lacking_ratio, 1.0)


def thinned(u: FloatArray, ratio: FloatArray) -> FloatArray:
    """Return uniforms that lie below a rate p with chance p * ratio, at most 1.

    A higher ratio or rate keeps every error that was there; a ratio of 0 leaves none.
    """
    some = ratio > 0.0
    return np.where(some, u / np.where(some, ratio, 1.0), 1.0)
