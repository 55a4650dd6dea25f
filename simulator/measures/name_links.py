"""Rates of links by name alone, at every name threshold, from counts over distinct names.

Links are counted before selection and before any guardrail on disclosure. A request's own account
is compared with it by itself, so that the false links are all links less the true ones, exactly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.matching.agreement import FLOOR, FULL, NAME_STEPS
from simulator.measures.estimates import Estimates, ratio_estimates
from simulator.randomness import FloatArray
from simulator.records import STATUSES, BoolArray, Int64Array
from simulator.reference import tables


@dataclass(frozen=True)
class NameLinks:
    """What one replicate counts; the last axis of ``links`` and ``true_links`` is the name step.

    Pairs and accounts by group of the account: origin * 6 + status, shapes (groups, 21) and
    (groups,). A pair counts at the strictest step it passes.
    """

    links: Int64Array
    true_links: Int64Array
    accounts: Int64Array
    requests: int
    heard: int
    mated: int


def groups() -> int:
    """Return how many groups of accounts there are."""
    return len(tables.origins().names) * len(STATUSES)


def _members(lawful: BoolArray) -> Iterator[tuple[str, BoolArray]]:
    """Yield the label of every group reported, and which of the finer groups belong to it."""
    status = np.arange(groups()) % len(STATUSES)
    origin = np.arange(groups()) // len(STATUSES)
    yield "all", np.ones(groups(), np.bool_)
    yield "lawful", lawful[status]
    for number, name in enumerate(tables.origins().names):
        yield f"origin={name}", origin == number
    for number, name in enumerate(STATUSES):
        yield f"status={name}", status == number


def _at_least(counts: Int64Array, members: BoolArray) -> FloatArray:
    """Return the pairs of some groups that pass every step or a stricter one."""
    exactly = counts[members].sum(axis=0)
    return np.asarray(exactly[::-1].cumsum()[::-1], dtype=np.float64)


def _rows(
    measure: str, group: str, estimates: Estimates, replicates: int
) -> Iterator[dict[str, object]]:
    for step in range(NAME_STEPS):
        yield {
            "measure": measure,
            "name_threshold": (FLOOR + step) / FULL,
            "group": group,
            "estimate": estimates.estimate[step],
            "std_error": estimates.std_error[step],
            "ci_low": estimates.ci_low[step],
            "ci_high": estimates.ci_high[step],
            "numerator": estimates.numerator[step],
            "denominator": estimates.denominator[step],
            "replicates": replicates,
        }


def _clump(counted: Sequence[NameLinks]) -> FloatArray:
    """Return how many false links come with one struck request at each step, at the least.

    Which requests are struck is not counted; no more than all of them are.
    """
    everybody = np.ones(groups(), np.bool_)
    false = sum(_at_least(one.links - one.true_links, everybody) for one in counted)
    return np.asarray(np.maximum(1.0, false / max(1, sum(one.requests for one in counted))))


def _constant(values: Sequence[float]) -> FloatArray:
    return np.repeat(np.array(values, dtype=np.float64)[:, None], NAME_STEPS, axis=1)


def _everybody(counted: Sequence[NameLinks], confidence: float) -> Iterator[dict[str, object]]:
    """Yield the rates that are not by group of the account."""
    everybody = np.ones(groups(), np.bool_)
    links = np.stack([_at_least(one.links, everybody) for one in counted])
    true = np.stack([_at_least(one.true_links, everybody) for one in counted])
    requests, mated = [one.requests for one in counted], [one.mated for one in counted]
    pairs = [one.requests * float(one.accounts.sum()) - one.mated for one in counted]
    # Links of one request stand and fall together: no more of them are independent than requests.
    for name, numerator, denominator, proportion, units in (
        ("false_discovery_rate", links - true, links, True, float(sum(requests))),
        (
            "false_match_rate_per_pair",
            links - true,
            _constant(pairs),
            True,
            sum(pairs) / _clump(counted),
        ),
        (
            "false_negative_identification_rate",
            _constant(mated) - true,
            _constant(mated),
            True,
            float(sum(mated)),
        ),
        ("links_per_request", links, _constant(requests), False, None),
    ):
        found = ratio_estimates(
            numerator,
            denominator,
            confidence=confidence,
            proportion=proportion,
            independent_units=units,
        )
        yield from _rows(name, "all", found, len(counted))


def name_table(counted: Sequence[NameLinks], lawful: BoolArray, confidence: float) -> pd.DataFrame:
    """Return every rate at every name threshold, a row each.

    ``selectivity`` is false links to accounts of the group per request; ``false_links_per_account``
    the same per account of the group: how often a member is taken for somebody on the list.
    ``lawful`` is indexed by status. Intervals are over replicates; where no false link was seen,
    they end at what one independently struck request or account would have brought.
    """
    rows = list(_everybody(counted, confidence))
    clump = _clump(counted)
    for group, members in _members(lawful):
        false = np.stack([_at_least(one.links - one.true_links, members) for one in counted])
        for name, totals in (
            ("selectivity", [float(one.requests) for one in counted]),
            ("false_links_per_account", [float(one.accounts[members].sum()) for one in counted]),
        ):
            found = ratio_estimates(
                false,
                _constant(totals),
                confidence=confidence,
                proportion=False,
                independent_units=sum(totals) / clump,
            )
            rows.extend(_rows(name, group, found, len(counted)))
    return pd.DataFrame(rows)
