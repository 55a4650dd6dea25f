"""One world of a given size: its wrong-person links, counted by where the stranger stands.

A replicate is matched as in every run, at the scenario's own policy and selection, but whom a link
reveals beside its holder is not worked out: nothing here asks for it.
"""

from dataclasses import dataclass

import numpy as np

from simulator.disclosure.validity import parseable
from simulator.matching.agreement import AddressAgreement
from simulator.matching.decision import decision
from simulator.matching.grid import policy_cell
from simulator.matching.weights import Weights
from simulator.measures.contenders import ACCOUNT_BITS
from simulator.measures.ledger import Exposures, Ledger, Links
from simulator.measures.ledger_counts import standing
from simulator.measures.scaling import reach_of, wrong_links
from simulator.measures.tally import RequestSide
from simulator.randomness import FloatArray
from simulator.records import CandidatePairs, Frozen, Int8Array, Int32Array, Int64Array, joined
from simulator.scenario.schema import Scenario
from simulator.study.blocks import decided_blocks
from simulator.study.ledger import LedgerBuilder, at_policy
from simulator.study.prepared import PreparedReplicate, prepared_replicate
from simulator.study.world import shard_roll


@dataclass(frozen=True)
class WorldCounts:
    """What one world gives: requests on its list, wrong links and reach, both by ``Part``."""

    requests: int
    wrong: FloatArray
    reach: FloatArray


@dataclass(frozen=True)
class _Stated(Frozen):
    """How the address a request states agrees with that on the account of each link."""

    request: Int32Array
    account: Int64Array
    agreement: Int8Array


def _stated(number: int, pairs: CandidatePairs, rows: Int64Array) -> _Stated:
    reference = (np.int64(number) << np.int64(ACCOUNT_BITS)) | pairs.account[rows].astype(np.int64)
    # Pairs found by number are given an exact address, which says nothing.
    agreement = np.where(pairs.by_tin[rows], AddressAgreement.MISSING, pairs.address[rows])
    return _Stated(pairs.request[rows], reference, agreement.astype(np.int8))


def _in_order_of(links: Links, stated: _Stated) -> Int8Array:
    """Return the agreements in the order of the links, of which each pair is one."""
    if len(links) != len(stated):
        raise AssertionError(f"{len(links)} links, but {len(stated)} pairs that link")
    result = np.empty(len(links), np.int8)
    by_pair = np.lexsort((stated.account, stated.request))
    result[np.lexsort((links.account, links.request))] = stated.agreement[by_pair]
    return result


def count_world(scenario: Scenario, replicate: int, weights: Weights | None = None) -> WorldCounts:
    """Match one replicate and count its wrong-person links; a pure function of its arguments.

    ``weights`` are as from ``study.training.learnt_weights``. Raises ListingError where the
    population cannot supply the list.
    """
    asked = prepared_replicate(scenario, replicate)
    rule = decision(scenario.matching, weights)
    side = RequestSide(asked.truth, asked.rejected, ~parseable(asked.requests))
    builder = LedgerBuilder(scenario, asked, side, rule.grid)
    own = policy_cell(rule.grid, scenario.matching)
    nothing = np.empty(0, np.int64)
    found = [_Stated(nothing.astype(np.int32), nothing.copy(), nothing.astype(np.int8))]
    for number, places in enumerate(asked.parts):
        shard = shard_roll(places, asked.sample, scenario, asked.lent, rng=asked.rng)
        for pairs, decided, stops in decided_blocks(shard, scenario, asked, rule):
            builder.add(number, shard, pairs, decided, stops)
            linked = np.flatnonzero(at_policy(decided.cell, own, rule.grid))
            found.append(_stated(number, pairs, linked))
    links = builder.links()
    released = standing(_without_people(asked, side, links), scenario).released
    wrong = wrong_links(links, asked.truth, _in_order_of(links, joined(_Stated, found)), released)
    return WorldCounts(len(asked.requests), wrong, reach_of(asked.sample.places).values)


def _without_people(asked: PreparedReplicate, side: RequestSide, links: Links) -> Ledger:
    """Return a ledger of which only requests and links may be read."""
    return Ledger(
        side=side,
        grounds=asked.grounds,
        stops=asked.stops,
        mated=np.zeros(len(asked.requests), np.bool_),
        links=links,
        exposures=_nobody(),
        lawful_residents=0,
        rng=asked.rng,
    )


def _nobody() -> Exposures:
    whole, narrow = np.empty(0, np.int64), np.empty(0, np.int8)
    return Exposures(
        link=np.empty(0, np.int32),
        person=whole,
        relation=narrow,
        lawful=np.empty(0, np.bool_),
        origin=narrow,
        status=narrow,
        fields=narrow,
        stops=whole,
    )
