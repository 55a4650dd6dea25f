"""Small tables of people, their accounts and the truth about requests, by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from simulator.records import AccountTruth, CandidatePairs, People, RequestTruth
from tests.matching.pairs import pairs_table

_WIDE = {"person", "primary", "key"}
_SMALL = {
    *("member", "size", "household", "relationship", "sex", "age", "origin", "status"),
    *("years_since_move", "tin_kind", "kind", "group"),
}


def _table(kind: type[Any], rows: Sequence[Mapping[str, int]]) -> Any:
    """Return a table of one of these types, nought where a row says nothing."""

    def dtype(name: str) -> type[np.generic]:
        if name == "carries_borrowed_wages":
            return np.bool_
        return np.int64 if name in _WIDE else np.int8 if name in _SMALL else np.int32

    return kind(
        **{
            field.name: np.array([row.get(field.name, 0) for row in rows], dtype(field.name))
            for field in fields(kind)
        }
    )


def people_table(rows: Sequence[Mapping[str, int]]) -> People:
    """Return people; what is not said is nought."""
    table: People = _table(People, rows)
    return table


def accounts_table(rows: Sequence[Mapping[str, int]]) -> AccountTruth:
    """Return the truth about accounts, by default of persons 0, 1, … in rows 0, 1, …"""
    filled = [{"row": i, "person": i, "primary": i, **row} for i, row in enumerate(rows)]
    table: AccountTruth = _table(AccountTruth, filled)
    return table


def truth_table(rows: Sequence[Mapping[str, int]]) -> RequestTruth:
    """Return the truth about requests, by default for persons 0, 1, … under keys 0, 1, …"""
    filled = [{"person": i, "key": i, **row} for i, row in enumerate(rows)]
    table: RequestTruth = _table(RequestTruth, filled)
    return table


def all_pairs(requests: int, accounts: int, **levels: Any) -> CandidatePairs:
    """Return every pair of so many requests and accounts, all agreeing in the same way."""
    return pairs_table(
        [{"request": r, "account": a, **levels} for r in range(requests) for a in range(accounts)]
    )
