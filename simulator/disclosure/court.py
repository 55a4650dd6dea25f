"""The order of a court, 26 USC 6103(i)(1), in place of the agency's own letter, (i)(2).

A court sees the file: it grants what is asked about people who are listed rightly at one rate, and
about everybody else (listed by mistake, dead, or nobody at all) at another. One uniform per request
decides, so that a higher rate keeps every order that was granted at a lower one.

Limits: requests are decided one by one, also two about one person; nothing that the request itself
says, and no officer's record, sways the court.
"""

import numpy as np

from simulator.disclosure.guardrails import Guardrail, bits
from simulator.randomness import Stage, Streams
from simulator.records import Int64Array, Listed, RequestTruth
from simulator.scenario.schema import GuardrailsPart

_SLOT = 0
_RIGHTLY = (Listed.REMOVABLE, Listed.DEPARTED)


def court_stops(truth: RequestTruth, part: GuardrailsPart, *, rng: Streams) -> Int64Array:
    """Return for each request the bit of ``COURT_ORDER`` where the court refuses, else 0.

    All are 0 where the scenario requires no order.
    """
    if not part.court_order.required:
        return np.zeros(len(truth), np.int64)
    rightly = np.isin(truth.kind, _RIGHTLY)
    rate = np.where(rightly, part.court_order.grant_rate, part.court_order.grant_rate_listing_error)
    refused = rng.table(Stage.COURT, _SLOT, truth.key)[0] >= rate
    return bits({Guardrail.COURT_ORDER: np.asarray(refused)}, len(truth))
