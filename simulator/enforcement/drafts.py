"""What an error channel is, and what it works on: requests while they are being written."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simulator.population.places import Sample
from simulator.randomness import FloatArray
from simulator.records import Int32Array, Listing, Requests
from simulator.scenario.schema import RequestsPart


@dataclass(frozen=True)
class Draft:
    """Requests while they are being written, with the dwelling the address will name.

    ``po_box_share`` is the share of households that get their mail at a PO box.
    """

    requests: Requests
    dwelling: Int32Array
    po_box_share: float


Channel = Callable[[Draft, Listing, RequestsPart, Sample, FloatArray], Draft]


def with_columns(draft: Draft, **columns: np.ndarray) -> Draft:
    """Return the draft with other columns in its requests."""
    return replace(draft, requests=replace(draft.requests, **columns))
