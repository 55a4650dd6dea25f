"""A fabricated policies.parquet: plausible counts at every policy, no simulation behind them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from simulator.measures import explored_groups
from simulator.scenario.schema import AddressThreshold

GUARDRAILS = ("unique_only", "known_status", "birth_date_compared")
GROUPS = explored_groups.labels()
CUTS = tuple(step / 100.0 for step in range(80, 101))
ADDRESSES = tuple(str(name) for name in AddressThreshold)


def explored_part(
    *,
    replicates: int,
    guardrails: Sequence[str] = GUARDRAILS,
    cuts: Sequence[float] = CUTS,
    addresses: Sequence[str] = ADDRESSES,
    own_cut: int = 12,
    own_address: int = 6,
    axis: str = "name_threshold",
) -> dict[str, Any]:
    """Return manifest["explored"] of the table; nobody unauthorized is a lawful resident."""
    lawful = {label: 0 if label == "status=unauthorized" else 100_000 for label in GROUPS}
    return {
        "guardrails": list(guardrails),
        "own": 0,
        "left_out": {"review": "no reviewer in this scenario"},
        "axis": axis,
        "cuts": list(cuts),
        "addresses": list(addresses),
        "own_cut": own_cut,
        "own_address": own_address,
        "selections": ["all"] * (1 << len(guardrails)),
        "groups": list(GROUPS),
        "lawful_residents": {
            label: [people] * replicates for label, people in {"all": 900_000, **lawful}.items()
        },
    }


SHARES = {"status=native_born_citizen": 0.4, "status=unauthorized": 0.0, "region=asia": 0.0}


def _counts(place: tuple[int, int, int], luck: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return the counts of one policy, one entry per replicate; ``luck`` scatters around 1."""
    bits, cut, address = place
    strict = 1.0 - 0.02 * cut - 0.05 * address
    rails = bin(bits).count("1")
    requests = np.full(luck.size, 10_000)
    rejected = np.full(luck.size, 2_400)
    mated = np.full(luck.size, 5_000)
    found = np.rint(2_000 * strict * 0.9**rails * luck).astype(int)
    wrong = np.rint(9_000 * strict * luck * np.exp(-0.9 * address - 0.25 * cut - rails)).astype(int)
    wrong = np.where(address == 8, 0, np.minimum(wrong, 7_000 - found))
    both = np.minimum(wrong // 3, found)
    unique = both if bits & 1 else np.zeros_like(both)
    both, found = both - unique, found - unique
    only = np.minimum(wrong // 2, 7_000 - found)
    exposed = np.rint(found * 0.04 + wrong * 1.6).astype(int)
    zero = np.zeros_like(found)
    return {
        "requests": requests,
        "mated": mated,
        "links": found + wrong,
        "intended": found - found // 30,
        "listing_error": found // 30,
        "wrong_person_lawful": wrong - wrong // 5,
        "wrong_person_other": wrong // 5,
        "wrong_address": (found + wrong) // 5,
        "deficient": zero,
        "linked_requests": found + only,
        "linked_unmated": only // 2,
        "wronged_requests": both + only,
        "found_mated": found,
        "fate_found": found - both,
        "fate_found_with_others": both,
        "fate_wrong_person": only,
        "fate_nobody": requests - rejected - found - only - unique,
        "fate_not_unique": unique,
        "fate_withheld": zero,
        "fate_rejected": rejected,
        "fate_unanswered": zero,
        "exposed": exposed,
        "exposed_direct": exposed // 2,
    }


def policies_table(explored: dict[str, Any], *, replicates: int) -> pa.Table:
    """Return a table of the schema that a run writes, for ``explored_part``."""
    random = np.random.default_rng(20250627)
    axis, size = explored["axis"], 1 << len(explored["guardrails"])
    columns: dict[str, list[Any]] = {}
    for bits in range(size):
        for step, cut in enumerate(explored["cuts"]):
            for place, address in enumerate(explored["addresses"]):
                luck = 1.0 + 0.03 * random.standard_normal(replicates)
                counts = _counts((bits, step, place), luck)
                rest = {
                    "guardrails": np.full(replicates, bits),
                    axis: np.full(replicates, cut),
                    "address_threshold": [address] * replicates,
                    "replicate": np.arange(replicates),
                }
                groups = {
                    f"exposed:{label}": (counts["exposed"] * SHARES.get(label, 0.05)).astype(int)
                    for label in explored["groups"]
                }
                for name, values in {**rest, **counts, **groups}.items():
                    columns.setdefault(name, []).extend(values)
    kinds = {name: pa.int32() for name in columns}
    kinds |= {"guardrails": pa.int16(), "replicate": pa.int16(), axis: pa.float32()}
    kinds["address_threshold"] = pa.dictionary(pa.int8(), pa.string())
    return pa.table({name: pa.array(columns[name], kind) for name, kind in kinds.items()})
