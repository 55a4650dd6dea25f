"""One match of a replicate with every guardrail relaxed, and the outcome of any set read off it.

Nothing is turned away: requests that the scenario rejects are matched too, accounts that it does
not search are searched, and pairs that a check in matching would drop are kept. What each guardrail
would have stopped is noted beside it, as the scenario words the guardrail, or as ``switches`` words
it where the scenario has it off. A set of guardrails is then a mask over these notes, so that all
sets see the same people, roll, list, errors and draws.

Limits. Learnt weights are those learnt under the scenario's own guardrails, while a run of its own
would learn them under others. Where the TIN path checks names at the name threshold and selection
releases the best few, accounts under one number rank as if names had not been compared.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np

from simulator.disclosure.guardrails import Guardrail, bits
from simulator.disclosure.switches import ABLATABLE, switched
from simulator.disclosure.validity import parseable
from simulator.matching.agreement import BIRTH_LEVELS, passed_step
from simulator.matching.compared import compare
from simulator.matching.decision import Decision, decision
from simulator.matching.grid import policy_cell
from simulator.matching.linkage import (
    PreparedRequests,
    last_four_check,
    searchable,
)
from simulator.matching.tin_path import addresses_agree, same_control
from simulator.matching.weights import Weights
from simulator.measures.detail import Detail
from simulator.measures.ledger import Ledger
from simulator.measures.ledger_counts import evaluate
from simulator.measures.tally import RequestSide
from simulator.randomness import FloatArray, IntArray
from simulator.records import BoolArray, CandidatePairs, Int64Array, Roll, taken
from simulator.scenario.schema import (
    AddressThreshold,
    DecisionRule,
    MatchingPart,
    Scenario,
    Selection,
    TinNameCheck,
)
from simulator.study.blocks import decided_blocks
from simulator.study.ledger import LedgerBuilder, at_policy
from simulator.study.prepared import prepared_replicate
from simulator.study.world import shard_roll

IN_MATCHING: Final = (
    Guardrail.TIN_NAME_CHECK,
    Guardrail.TIN_ADDRESS,
    Guardrail.LAST_FOUR,
    Guardrail.BIRTH_DATE_COMPARED,
    Guardrail.ITIN_ACCOUNTS_ONLY,
    Guardrail.UNIQUE_ONLY,
)
"""Guardrails that matching applies by itself, and that have to be off for it to show their work."""


class Counted(IntEnum):
    """What is counted under a set of guardrails.

    EXPOSED: distinct lawful residents whose information is revealed; WRONG_LAWFUL: disclosures of
    accounts of wrong persons who are here lawfully; INTENDED: disclosures of the account of the
    person requested, rightly listed.
    """

    EXPOSED = 0
    WRONG_LAWFUL = 1
    INTENDED = 2


_DETAILS = {
    Counted.EXPOSED: Detail.OVER_DISCLOSED_RESIDENTS,
    Counted.WRONG_LAWFUL: Detail.LINKS_WRONG_PERSON_LAWFUL,
    Counted.INTENDED: Detail.LINKS_INTENDED,
}


@dataclass(frozen=True)
class Ablated:
    """What one replicate says of each set asked about: counts of shape (sets, Counted).

    ``requests`` is the number on the list, heard or not.
    """

    counts: FloatArray
    requests: int


def everything_on(scenario: Scenario) -> Scenario:
    """Return the scenario with every guardrail on that can be."""
    for guardrail in ABLATABLE:
        scenario = switched(scenario, guardrail, on=True)
    return scenario


def relaxed_matching(scenario: Scenario) -> MatchingPart:
    """Return the scenario's matching without any guardrail of its own."""
    for guardrail in IN_MATCHING:
        scenario = switched(scenario, guardrail, on=False)
    return scenario.matching


def _numbered_stops(
    pairs: CandidatePairs,
    prepared: PreparedRequests,
    roll: Roll,
    part: MatchingPart,
    rule: Decision,
) -> dict[Guardrail, BoolArray]:
    """Return which pairs found by number fail the checks of name and address of that path."""
    request, account = pairs.request.astype(np.int64), pairs.account.astype(np.int64)
    requests, kept = prepared.requests, np.ones(len(pairs), np.bool_)
    names, addresses = kept, kept
    if part.tin_name_check == TinNameCheck.NAME_CONTROL:
        names = same_control(requests, request, roll, account)
    elif part.tin_name_check == TinNameCheck.NAME_THRESHOLD:
        compared = compare(prepared, request, account, roll, part)
        seen = replace(pairs, given=compared.pairs.given, surname=compared.pairs.surname)
        cell = rule.decided(seen, requests, roll).cell
        own = policy_cell(rule.grid, rule.part)
        names = compared.similar & at_policy(cell, own, rule.grid)
    if part.tin_address_threshold != AddressThreshold.ANY:
        compared = compare(prepared, request, account, roll, part)
        addresses = addresses_agree(compared.pairs, part)
    return {Guardrail.TIN_NAME_CHECK: ~names, Guardrail.TIN_ADDRESS: ~addresses}


def matching_stops(
    pairs: CandidatePairs,
    prepared: PreparedRequests,
    roll: Roll,
    part: MatchingPart,
    rule: Decision,
) -> Int64Array:
    """Return for each pair the guardrails by which matching would drop it, as bits.

    The pairs are those of a search without any of these guardrails; ``part`` has all of them on,
    ``rule`` decides without them.
    """
    account = pairs.account
    birth = np.zeros(len(pairs), np.bool_)
    if part.decision_rule == DecisionRule.THRESHOLDS:
        least = BIRTH_LEVELS.index(part.birth_date_threshold)
        birth = ~pairs.by_tin & (passed_step(pairs.birth) < least)
    passes = last_four_check(prepared.requests, roll, part).passes(pairs.request, account)
    stops = bits(
        {
            Guardrail.LAST_FOUR: ~passes,
            Guardrail.BIRTH_DATE_COMPARED: birth,
            Guardrail.ITIN_ACCOUNTS_ONLY: ~searchable(roll, part)[account],
        },
        len(pairs),
    )
    numbered: IntArray = np.flatnonzero(pairs.by_tin)
    if numbered.size:
        some = taken(pairs, numbered)
        stopped = _numbered_stops(some, prepared, roll, part, rule)
        stops[numbered] |= bits(stopped, numbered.size)
    return stops


def relaxed_ledger(
    scenario: Scenario, replicate: int, weights: Weights | None = None, *, threads: int = 1
) -> tuple[Ledger, Scenario]:
    """Match one replicate with every guardrail relaxed.

    Returns the ledger, whose rows carry what would stop them, and the scenario whose guardrails
    these are: all on, but in matching. Raises ListingError where the population cannot supply the
    list.
    """
    strict = everything_on(scenario)
    relaxed = strict.model_copy(update={"matching": relaxed_matching(scenario)})
    asked = prepared_replicate(relaxed, replicate, threads=threads)
    rule = decision(relaxed.matching, weights)
    side = RequestSide(asked.truth, asked.rejected, ~parseable(asked.requests))
    builder = LedgerBuilder(relaxed, asked, side, rule.grid)
    heard = replace(asked, rejected=np.full(len(side.truth), Guardrail.NONE, np.int8))
    for number, places in enumerate(asked.parts):
        shard = shard_roll(places, asked.sample, relaxed, asked.lent, rng=asked.rng)
        for pairs, decided, stops in decided_blocks(shard, relaxed, heard, rule, threads=threads):
            dropped = matching_stops(pairs, asked.prepared, shard.roll, strict.matching, rule)
            builder.add(number, shard, pairs, decided, stops | dropped)
        builder.end(number, shard)
    return builder.ledger(), relaxed


def ablated_replicate(
    scenario: Scenario,
    sets: tuple[int, ...],
    replicate: int,
    weights: Weights | None = None,
    *,
    threads: int = 1,
) -> Ablated:
    """Return the outcome of one replicate under each of some sets of guardrails.

    A pure function of scenario, number and weights; ``threads`` change no result. Raises
    ListingError where the population cannot supply the list.
    """
    ledger, relaxed = relaxed_ledger(scenario, replicate, weights, threads=threads)
    loose = relaxed.matching.selection
    counts = np.empty((len(sets), len(Counted)))
    for row, standing in enumerate(sets):
        unique = standing >> Guardrail.UNIQUE_ONLY & 1
        selection = Selection.UNIQUE if unique else loose
        found = evaluate(ledger, relaxed, standing, selection)
        counts[row] = [found[_DETAILS[counted]] for counted in Counted]
    return Ablated(counts, len(ledger.stops))
