"""Where mates are lost, and what becomes of pairs with a wrong person.

A request whose person has a searched account is mated. If that account is not released, it was lost
at exactly one point, the first of these that applies:

* ``REJECTED``: the request was turned away;
* ``COMPARISON``: the records were not compared, or would not have been if every pair were: names
  below the floor, conflicting suffixes or middle names, no path open;
* ``BLOCKING``: they would have been a candidate pair, but no blocking rule admits them;
* the rule: the pair is below the policy;
* withheld: it is a link, but the disclosure policy answers with silence;
* selection: another account was chosen, or it was not the only one.

A request that is matched by number is compared by number only: a mate whose account does not carry
that number, or fails the check of the name, is lost to ``COMPARISON``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.outcomes import Outcome
from simulator.measures.policies import IntGrid, from_strict
from simulator.randomness import IntArray
from simulator.records import AccountTruth, BoolArray, Int8Array, Int32Array, Int64Array

NO_CELL = -1


class Loss(IntEnum):
    """How far a mated request and its mate came."""

    NOT_COMPARED = 0
    REJECTED = 1
    BLOCKING = 2
    COMPARISON = 3
    WITHHELD = 4
    RELEASED = 5


NOT_COMPARED = Loss.NOT_COMPARED


@dataclass
class Mates:
    """The mated requests whose mate is on one roll, and how far each came.

    ``row_of`` gives the row of a request in the other columns, -1 where the mate is not here;
    ``loss`` is a ``Loss`` and ``cell`` the cell of a candidate pair.
    """

    request: IntArray
    account: IntArray
    loss: Int8Array
    cell: Int32Array
    row_of: IntArray

    def meet(
        self, request: Int32Array, cell: Int32Array, released: BoolArray, outcome: Int8Array
    ) -> None:
        """Note the candidate pairs of requests with their mates."""
        mate = np.flatnonzero(outcome < Outcome.WRONG_PERSON_LAWFUL)
        row = self.row_of[request[mate]]
        mate, row = mate[row >= 0], row[row >= 0]
        self.cell[row] = cell[mate]
        self.loss[row] = np.where(released[mate], Loss.RELEASED, Loss.WITHHELD)

    def uncompared(self) -> tuple[IntArray, IntArray]:
        """Return requests that were heard and the mates with whom they were no pair."""
        rows = self.loss == Loss.NOT_COMPARED
        return self.request[rows], self.account[rows]

    def explain(self, reasons: Int8Array) -> None:
        """Note why each of ``uncompared`` was no pair."""
        self.loss[self.loss == Loss.NOT_COMPARED] = reasons


def all_mates(parts: Sequence[Mates]) -> Mates:
    """Return the mates of several rolls as one table, through with meeting pairs."""
    return Mates(
        np.concatenate([part.request for part in parts]),
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.loss for part in parts]),
        np.concatenate([part.cell for part in parts]),
        np.empty(0, np.int64),
    )


def mates_of(
    person: Int64Array, rejected: Int8Array, accounts: AccountTruth, searched: BoolArray
) -> Mates:
    """Find the mates of requests for these person numbers (-1: nobody here)."""
    held = np.flatnonzero(searched)
    held = held[np.argsort(accounts.person[held], kind="stable")]
    numbers = accounts.person[held]
    at = np.minimum(np.searchsorted(numbers, person), max(numbers.size - 1, 0))
    found = np.zeros(person.size, np.bool_)
    if numbers.size:
        found = (person >= 0) & (numbers[at] == person)
    request = np.flatnonzero(found)
    row_of = np.full(person.size, -1, np.int64)
    row_of[request] = np.arange(request.size)
    heard = rejected[request] == Guardrail.NONE
    return Mates(
        request,
        held[at[request]] if numbers.size else np.empty(0, np.int64),
        np.where(heard, Loss.NOT_COMPARED, Loss.REJECTED).astype(np.int8),
        np.full(request.size, NO_CELL, np.int32),
        row_of,
    )


@dataclass
class PairFates:
    """Candidate pairs with a wrong person by cell, released and withheld.

    Column 0 of ``pairs``, shape (2, 1 + cells), counts what is a link at no policy; ``requests``
    says which requests have any.
    """

    pairs: Int64Array
    requests: BoolArray

    @classmethod
    def nothing(cls, cells: int, requests: int) -> Self:
        """Return counts of nothing."""
        return cls(np.zeros((2, 1 + cells), np.int64), np.zeros(requests, np.bool_))

    def add(
        self, request: Int32Array, cell: Int32Array, released: BoolArray, outcome: Int8Array
    ) -> None:
        """Count a block of candidate pairs."""
        wrong = outcome >= Outcome.WRONG_PERSON_LAWFUL
        for withheld, rows in enumerate((wrong & released, wrong & ~released)):
            self.pairs[withheld] += np.bincount(cell[rows] + 1, minlength=self.pairs.shape[1])
        self.requests[request[wrong]] = True


def below_and_withheld(
    passed: IntGrid, held_back: IntGrid, total: IntGrid | int, shape: tuple[int, ...]
) -> tuple[IntGrid, IntGrid]:
    """Return what is below each policy, and what passes it but is withheld.

    ``passed`` and ``held_back`` count, by cell on the last axis, what is released and withheld
    there; ``total`` counts all of it, whatever passes any policy or none.
    """
    withheld = from_strict(held_back, shape)
    return np.asarray(total - from_strict(passed, shape) - withheld), withheld
