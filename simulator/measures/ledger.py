"""The ledger of a replicate: every link at the scenario's own thresholds, and whom it would reveal.

The grid of policies (``measures.quantities``) moves thresholds; the ledger stays at the scenario's
own and moves guardrails. Each row carries what would stop it as bits of ``Guardrail``, so that the
outcome under any set of guardrails is read off one ledger: caps, selection and sums are worked out
for the rows that stand. Links are those before selection.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from simulator.measures.tally import RequestSide
from simulator.randomness import IntArray, Streams
from simulator.records import (
    BoolArray,
    Frozen,
    Grounds,
    Int8Array,
    Int32Array,
    Int64Array,
)


class Relation(IntEnum):
    """How somebody is revealed by an account; a person has the first that applies to a link.

    HOLDER: the account is theirs. JOINT_FILER, DEPENDANT: named on the return, where names are
    released. CO_RESIDENT: of the holder's household, who lives at the address disclosed. OCCUPANT:
    lives there now, though the holder does not. NEIGHBOUR: lives in the building, where the address
    lacks the unit.
    """

    HOLDER = 0
    JOINT_FILER = 1
    DEPENDANT = 2
    CO_RESIDENT = 3
    OCCUPANT = 4
    NEIGHBOUR = 5


@dataclass(frozen=True)
class Links(Frozen):
    """Pairs that pass the scenario's own thresholds, by request and, within it, the best first.

    ``account`` numbers accounts over all shards (``measures.contenders``' reference), ``holder`` is
    a person number. ``outcome`` is an ``Outcome``, judged as if disclosed; ``stops`` holds the bits
    of guardrails that stop this link, those of its request apart. ``address_current`` says whether
    the holder lives at the address on the account. ``door`` numbers the dwelling behind that
    address over all ZIPs, -1 for a PO box, at which nobody lives.
    """

    request: Int32Array
    account: Int64Array
    holder: Int64Array
    outcome: Int8Array
    wrong_address: BoolArray
    borrowed_wages: BoolArray
    by_tin: BoolArray
    address_current: BoolArray
    door: Int64Array
    origin: Int8Array
    status: Int8Array
    stops: Int64Array


@dataclass(frozen=True)
class Exposures(Frozen):
    """Whom each link reveals, holder included: by link, person and relation, in this order.

    ``link`` is a row of ``Links``, ``relation`` a ``Relation``; ``stops`` holds the bits of
    guardrails that black this person out (joint filers, dependants); ``fields`` is the number of
    items of return information about the person that are released. Whoever is named on the return
    and lives at its address has a row for either, so that the home still reveals those whose name
    is blacked out; where both stand, the first counts.
    """

    link: Int32Array
    person: Int64Array
    relation: Int8Array
    lawful: BoolArray
    origin: Int8Array
    status: Int8Array
    fields: Int8Array
    stops: Int64Array


@dataclass(frozen=True)
class Ledger:
    """What one replicate would disclose, and what would stop it.

    ``stops`` holds the bits of guardrails that stop each request (caps apart); ``mated`` says which
    requests are for somebody on the roll; ``lawful_residents`` is their number in the replicate.
    ``rng`` draws what happens after release.
    """

    side: RequestSide
    grounds: Grounds
    stops: Int64Array
    mated: BoolArray
    links: Links
    exposures: Exposures
    lawful_residents: int
    rng: Streams

    @cached_property
    def who(self) -> IntArray:
        """Return for each exposure the number of its person among all who are revealed."""
        return np.unique(self.exposures.person, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def lawful_people(self) -> BoolArray:
        """Return for each person of ``who`` whether they are lawful."""
        lawful = np.zeros(int(self.who.max(initial=-1)) + 1, np.bool_)
        lawful[self.who] = self.exposures.lawful
        return lawful

    @cached_property
    def repeated(self) -> BoolArray:
        """Return which requests are for somebody whom an earlier one was for already."""
        person = self.side.truth.person
        again = np.ones(person.size, np.bool_)
        again[np.unique(person, return_index=True)[1]] = False
        return np.asarray(again & (person >= 0))
