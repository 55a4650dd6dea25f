"""Who is heard in the end: caps take the valid requests in the order of the list.

All other guardrails judge a request by itself; these leave valid ones unanswered because of those
that stand before them. The cap of the batch is applied first, then that of each officer to what is
left. Under an injunction against transfer every valid request stays unanswered.

Limits: the order of the list is as good as random, so caps pick nobody in particular; an agency
that sends its surest cases first would do better.
"""

import numpy as np

from simulator.disclosure.guardrails import Guardrail, first_reason
from simulator.randomness import IntArray
from simulator.records import BoolArray, Grounds, Int8Array, Int32Array, Int64Array
from simulator.scenario.schema import GuardrailsPart, Injunction, RecipientPart


def _turn(groups: Int32Array) -> IntArray:
    """Return of each row how many rows of its group stand before it."""
    order = np.argsort(groups, kind="stable")
    held = groups[order]
    turn = np.empty(groups.size, np.int64)
    turn[order] = np.arange(groups.size) - np.searchsorted(held, held, side="left")
    return turn


def standing(
    stops: Int64Array,
    grounds: Grounds,
    guardrails: GuardrailsPart,
    recipient: RecipientPart,
    force: int = -1,
) -> Int8Array:
    """Return for each request the ``Guardrail`` that is why it is not heard, NONE if it is.

    ``stops`` holds the bits of what stops each request by itself, in the order of the list. Only
    guardrails whose bit is in ``force`` count, caps and injunction among them.
    """

    def in_force(guardrail: Guardrail) -> bool:
        return bool(force >> guardrail & 1)

    reasons = first_reason(stops & np.int64(force))
    valid = np.flatnonzero(reasons == Guardrail.NONE)
    if guardrails.batch_cap is not None and in_force(Guardrail.BATCH_CAP):
        reasons[valid[guardrails.batch_cap :]] = Guardrail.BATCH_CAP
        valid = valid[: guardrails.batch_cap]
    if recipient.cases_per_officer is not None and in_force(Guardrail.CASES_PER_OFFICER):
        beyond: BoolArray = _turn(grounds.officer[valid]) >= recipient.cases_per_officer
        reasons[valid[beyond]] = Guardrail.CASES_PER_OFFICER
        valid = valid[~beyond]
    if recipient.injunction == Injunction.NO_TRANSFER and in_force(Guardrail.NO_TRANSFER):
        reasons[valid] = Guardrail.NO_TRANSFER
    return reasons
