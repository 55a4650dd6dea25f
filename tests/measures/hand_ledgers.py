"""Ledgers written out by hand, and random ones, for tests of what is read off them."""

from collections.abc import Sequence

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.measures.ledger import Exposures, Ledger, Links
from simulator.measures.tally import RequestSide
from simulator.randomness import Streams
from simulator.records import Grounds, RequestTruth

LinkRow = tuple[int, int, int, int, bool, int, int]
"""Request, holder, outcome, wrong address, address current, door, stops."""
ExposureRow = tuple[int, int, int, bool, int, int]
"""Link, person, relation, lawful, fields, stops."""


def bit(*rails: Guardrail) -> int:
    """Return the bits of guardrails."""
    return sum(1 << rail for rail in rails)


def grounds_of(requests: int) -> Grounds:
    """Return grounds that state everything, from one officer."""
    yes = np.ones(requests, np.bool_)
    return Grounds(
        purpose=np.zeros(requests, np.int8),
        officer=np.zeros(requests, np.int32),
        officer_named=yes.copy(),
        states_period=yes.copy(),
        states_statute=yes.copy(),
        states_reason=yes.copy(),
        about_order=yes.copy(),
        order_days=np.full(requests, 365, np.int32),
        removable_class=yes.copy(),
        wilfulness_evidence=yes.copy(),
    )


def ledger_of(
    persons: Sequence[int],
    stops: Sequence[int],
    links: Sequence[LinkRow],
    exposures: Sequence[ExposureRow],
    *,
    deficient: Sequence[int] = (),
    by_tin: Sequence[bool] | None = None,
    borrowed_wages: Sequence[bool] | None = None,
) -> Ledger:
    """Return a ledger of requests for ``persons`` (-1: nobody here), all others mated.

    ``by_tin`` and ``borrowed_wages`` are of links, none unless stated.
    """
    count = len(persons)
    person, rows = np.array(persons, np.int64), np.array(stops, np.int64)
    lacking = np.zeros(count, np.bool_)
    lacking[list(deficient)] = True
    truth = RequestTruth(
        person=person,
        key=np.arange(count, dtype=np.int64),
        kind=np.zeros(count, np.int8),
        group=np.zeros(count, np.int8),
        origin=np.zeros(count, np.int8),
        status=np.full(count, 5, np.int8),
        tin_kind=np.zeros(count, np.int8),
        place=np.zeros(count, np.int32),
        dwelling=np.zeros(count, np.int32),
    )
    link = np.array(links, np.int64).reshape(-1, 7).T
    shown = np.array(exposures, np.int64).reshape(-1, 6).T
    no = np.zeros(link.shape[1], np.bool_)
    return Ledger(
        side=RequestSide(truth, np.zeros(count, np.int8), lacking),
        grounds=grounds_of(count),
        stops=rows,
        mated=person >= 0,
        links=Links(
            request=link[0].astype(np.int32),
            account=link[1].copy(),
            holder=link[1].copy(),
            outcome=link[2].astype(np.int8),
            wrong_address=link[3].astype(np.bool_),
            borrowed_wages=no.copy() if borrowed_wages is None else np.array(borrowed_wages),
            by_tin=no.copy() if by_tin is None else np.array(by_tin),
            address_current=link[4].astype(np.bool_),
            door=link[5].copy(),
            origin=np.zeros(no.size, np.int8),
            status=np.zeros(no.size, np.int8),
            stops=link[6].copy(),
        ),
        exposures=Exposures(
            link=shown[0].astype(np.int32),
            person=shown[1].copy(),
            relation=shown[2].astype(np.int8),
            lawful=shown[3].astype(np.bool_),
            origin=np.zeros(shown.shape[1], np.int8),
            status=np.zeros(shown.shape[1], np.int8),
            fields=shown[4].astype(np.int8),
            stops=shown[5].copy(),
        ),
        lawful_residents=100,
        rng=Streams(3, 0),
    )
