"""What the guardrails within matching would stop, of pairs that were found without them.

A run applies these guardrails as it matches. To see what each does, one matches without them and
marks the pairs: the same pairs are then links under any set of them. The marks are those of a
scenario in which they are on, at its own thresholds.

Limits: a request that carries a number goes by it alone, whatever fails there, as in matching. Of
rules that add up evidence, none compares birth dates at a threshold of their own.
"""

import numpy as np

from simulator.disclosure.guardrails import Guardrail, bits
from simulator.matching.agreement import BIRTH_LEVELS, FULL, passed_step, scale
from simulator.matching.compared import compare
from simulator.matching.last_four import last_four_check
from simulator.matching.prepared import PreparedRequests
from simulator.matching.tin_path import addresses_agree, same_control
from simulator.randomness import IntArray
from simulator.records import BoolArray, CandidatePairs, Int64Array, Roll
from simulator.scenario.schema import (
    AccountsSearched,
    AddressThreshold,
    DecisionRule,
    LastFourCheck,
    MatchingPart,
    TinNameCheck,
)
from simulator.taxpayer_digits import shows_itin


def _names_agree(compared: CandidatePairs, part: MatchingPart) -> BoolArray:
    """Say which compared pairs have names at the threshold; at the floor where there is none."""
    counts_for = scale(part.name_agreements)
    least = np.minimum(counts_for[compared.given], counts_for[compared.surname])
    thresholds = part.decision_rule == DecisionRule.THRESHOLDS
    return np.asarray(least >= (round(part.name_threshold * FULL) if thresholds else 1))


def _by_number(
    request: IntArray,
    account: IntArray,
    prepared: PreparedRequests,
    roll: Roll,
    part: MatchingPart,
) -> dict[Guardrail, BoolArray]:
    """Return which pairs found by number fail the checks of that path."""
    compared = compare(prepared, request, account, roll, part).pairs
    stopped: dict[Guardrail, BoolArray] = {}
    if part.tin_name_check == TinNameCheck.NAME_CONTROL:
        agree = same_control(prepared.requests, request, roll, account)
        stopped[Guardrail.TIN_NAME_CHECK] = ~agree
    elif part.tin_name_check == TinNameCheck.NAME_THRESHOLD:
        stopped[Guardrail.TIN_NAME_CHECK] = ~_names_agree(compared, part)
    if part.tin_address_threshold != AddressThreshold.ANY:
        stopped[Guardrail.TIN_ADDRESS] = ~addresses_agree(compared, part)
    return stopped


def matching_stops(
    pairs: CandidatePairs, prepared: PreparedRequests, roll: Roll, part: MatchingPart
) -> Int64Array:
    """Return for each pair the guardrails of matching that are on in ``part`` and would stop it.

    TIN_NAME_CHECK, TIN_ADDRESS, LAST_FOUR, BIRTH_DATE_COMPARED and ITIN_ACCOUNTS_ONLY, as bits of
    ``Guardrail``; ``pairs`` are as found where all of them are off.
    """
    request, account = pairs.request.astype(np.int64), pairs.account.astype(np.int64)
    stopped: dict[Guardrail, BoolArray] = {}
    if part.last_four_check != LastFourCheck.NONE:
        check = last_four_check(prepared.requests, roll, part)
        stopped[Guardrail.LAST_FOUR] = ~check.passes(request, account)
    if part.decision_rule == DecisionRule.THRESHOLDS:
        least = BIRTH_LEVELS.index(part.birth_date_threshold)
        below = ~pairs.by_tin & (passed_step(pairs.birth) < least)
        stopped[Guardrail.BIRTH_DATE_COMPARED] = np.asarray(below)
    if part.accounts_searched == AccountsSearched.ITIN:
        stopped[Guardrail.ITIN_ACCOUNTS_ONLY] = ~shows_itin(roll.tin[account])
    stops = bits(stopped, len(pairs))
    numbered = np.flatnonzero(pairs.by_tin)
    if numbered.size:
        checked = _by_number(request[numbered], account[numbered], prepared, roll, part)
        stops[numbered] |= bits(checked, numbered.size)
    return stops
