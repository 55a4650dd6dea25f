"""How many people of each kind, origin and legal status a list asks for.

Rests on the scenario's shares and on the table of origins. Counts are rounded, never drawn: parts
of a whole by largest remainder, kinds one after the other.

Limits: by largest remainder a part can lose one when the whole grows by one (Alabama paradox), so a
longer list contains the shorter but for the odd person at the edge of an origin or status.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulator.randomness import FloatArray, IntArray
from simulator.records import ABSENT_KINDS, STATUSES, UNAUTHORIZED, Listed
from simulator.reference import tables
from simulator.scenario.choices import ListedFrom
from simulator.scenario.schema import ListingPart

_EVERYBODY = {"other": 1.0}  # every foreign-born origin, by its unauthorized residents


class ListingError(ValueError):
    """The list asks for more people of a kind than the population holds."""


@dataclass(frozen=True)
class Quotas:
    """How many people of each kind a list holds, duplicates apart.

    ``removable`` counts residents rightly listed by origin, ``any_origin`` those whose origin the
    list does not ask about; ``absent`` counts people of each of ``ABSENT_KINDS`` by origin,
    ``wrongly`` the wrongly listed by legal status.
    """

    removable: IntArray
    any_origin: int
    absent: Mapping[Listed, IntArray]
    wrongly: IntArray


def _largest_remainder(weights: FloatArray, total: int) -> IntArray:
    """Split ``total`` in proportion to ``weights`` so that the parts sum to it."""
    exact = weights / weights.sum() * total
    parts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - parts), kind="stable")
    parts[order[: total - int(parts.sum())]] += 1
    return np.asarray(parts)


def _mix(part: ListingPart) -> tuple[str, Mapping[str, float]]:
    """Return the name and the weights of the mix that ``drawn_from`` calls for."""
    if part.drawn_from == ListedFrom.OVERSTAYS:
        return "listing.overstay_mix", part.overstay_mix
    if part.drawn_from == ListedFrom.ALL_UNAUTHORIZED:
        return "listing.drawn_from", _EVERYBODY
    return "listing.nationality_mix", part.nationality_mix


def mix_weights(part: ListingPart) -> FloatArray:
    """Return the weight of every origin under ``drawn_from``, shape (origins,).

    'other' is split by unauthorized residents, as everybody is under ``all_unauthorized``. Raises
    ListingError where no origin has any weight.
    """
    table = tables.origins()
    field, mix = _mix(part)
    weights = np.array([mix.get(name, 0.0) for name in table.names])
    named = np.array([name in mix for name in table.names])
    rest = table.population * table.status_shares[:, UNAUTHORIZED]
    rest = np.where(named | ~table.foreign_born.astype(bool), 0.0, rest)
    other = mix.get("other", 0.0)
    if other > 0 and rest.sum() > 0:
        weights = weights + other * rest / rest.sum()
    if weights.sum() <= 0.0:
        raise ListingError(
            f"{field} gives weight to 'other' alone, but names every origin that has unauthorized "
            "residents; give one of those weight or leave it out"
        )
    return np.asarray(weights)


def quotas(part: ListingPart) -> Quotas:
    """Return how many people of each kind, origin and status the list asks for."""
    left, counts = part.requests, []
    for share in (
        part.departed_share,
        part.wrongly_listed_share,
        part.died_share,
        part.never_existed_share,
    ):
        # Several shares may round up; together they leave no less than nobody.
        counts.append(min(round(part.requests * share), left))
        left -= counts[-1]
    departed, wrongly, died, never_existed = counts
    weights = mix_weights(part)
    status = part.wrongly_listed_status.model_dump()
    status_weights = np.array([status.get(name, 0.0) for name in STATUSES])
    of_any = left if part.drawn_from == ListedFrom.ALL_UNAUTHORIZED else 0
    absent = zip(ABSENT_KINDS, (departed, died, never_existed), strict=True)
    return Quotas(
        _largest_remainder(weights, left - of_any),
        of_any,
        {kind: _largest_remainder(weights, count) for kind, count in absent},
        _largest_remainder(status_weights, wrongly),
    )
