"""Count many variants of a scenario in one replicate, each thing that they share made once.

Variants that differ in nothing but thresholds of the grid and selection are matched together: one
match, each read off it. The others share, by ``study.memory``, the people, the roll and the list of
a replicate wherever they agree in every field it depends on. Either way the counts are those of a
run of the variant alone, bit for bit.
"""

import io
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.disclosure.validity import parseable
from simulator.matching.decision import Decision, decision
from simulator.matching.grid import policy_cell
from simulator.measures import groups
from simulator.measures.detail import Detail
from simulator.measures.ledger_counts import evaluate
from simulator.measures.policies import is_scored, policies
from simulator.measures.quantities import SELECTIONS, Quantity, ReplicateCounts, count_replicate
from simulator.measures.rates import own_values
from simulator.measures.tally import RequestSide
from simulator.randomness import FloatArray
from simulator.scenario.schema import BirthDateThreshold, Scenario
from simulator.study.ledger import LedgerBuilder
from simulator.study.matcher_links import MatcherCounter
from simulator.study.matchers import NO_WEIGHTS
from simulator.study.memory import ROOM, Memory
from simulator.study.prepared import prepared_replicate
from simulator.study.replicate import match_shard

_MEMORY: Final = Memory(ROOM)
"""What this process remembers between blocks of variants; it holds no state that shows."""


@dataclass(frozen=True)
class Wanted:
    """What is counted: by group or for everybody alone, with the ledger's counts or without."""

    by_group: bool
    details: bool

    @property
    def groups(self) -> int:
        """How many groups are counted."""
        return len(groups.labels()) if self.by_group else 1


@dataclass(frozen=True)
class VariantCounts:
    """What one replicate says of some variants, in their order.

    ``quantities`` has shape (variants, ``Quantity``, groups) at the policy and selection of each;
    ``details`` shape (variants, ``Detail``), zeros where they were not wanted; ``setting`` holds
    people and requests of the first.
    """

    quantities: FloatArray
    details: FloatArray
    setting: FloatArray

    def to_bytes(self) -> bytes:
        """Return the counts as a file holds them."""
        content = io.BytesIO()
        np.savez_compressed(
            content, quantities=self.quantities, details=self.details, setting=self.setting
        )
        return content.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> "VariantCounts":
        """Return the counts in a file."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return VariantCounts(arrays["quantities"], arrays["details"], arrays["setting"])


def match_key(scenario: Scenario, wanted: Wanted) -> Hashable:
    """Return what two variants must agree in to be read off one match.

    That is everything but name and address threshold, selection and, where groups are not told
    apart, the birth date's; and the grid on which a score's threshold lies.
    """
    free = {"name_threshold", "address_threshold", "selection", "score_threshold"}
    part = scenario.matching
    birth = part.birth_date_threshold
    if not wanted.by_group:
        free.add("birth_date_threshold")
        # Ties rank by birth date only where none is asked for.
        birth = BirthDateThreshold.ANY if birth == BirthDateThreshold.ANY else birth.EXACT
    grid = decision(part).grid
    texts = {"title", "question", "description"}
    rest = scenario.model_dump_json(exclude={**dict.fromkeys(texts, True), "matching": free})
    return rest, birth, grid if is_scored(grid) else None


def count_variants(
    scenarios: Sequence[Scenario],
    replicate: int,
    wanted: Wanted,
    *,
    threads: int = 1,
    memory: Memory = _MEMORY,
) -> VariantCounts:
    """Return what one replicate says of every variant; a pure function of its arguments.

    ``threads`` and ``memory`` change no result. Raises ListingError where the population cannot
    supply the list.
    """
    alike: dict[Hashable, list[int]] = {}
    for number, scenario in enumerate(scenarios):
        alike.setdefault(match_key(scenario, wanted), []).append(number)
    quantities = np.zeros((len(scenarios), len(Quantity), wanted.groups))
    details = np.zeros((len(scenarios), len(Detail)))
    setting = np.zeros(2)
    for rows in alike.values():
        some = [scenarios[row] for row in rows]
        counts, found = _matched_once(some, replicate, wanted, threads, memory)
        if rows[0] == 0:
            setting = np.array([counts.setting.people, counts.setting.requests])
        for row, scenario, detail in zip(rows, some, found, strict=True):
            selection = SELECTIONS.index(scenario.matching.selection)
            quantities[row] = own_values(counts, selection, scenario)[:, : wanted.groups]
            details[row] = detail
    return VariantCounts(quantities, details, setting)


def _matched_once(
    scenarios: Sequence[Scenario], replicate: int, wanted: Wanted, threads: int, memory: Memory
) -> tuple[ReplicateCounts, list[FloatArray]]:
    """Match the first of some variants that are alike; return its grid and the details of each."""
    first = scenarios[0]
    asked = prepared_replicate(first, replicate, threads=threads, memory=memory)
    rule = decision(first.matching)
    side = RequestSide(asked.truth, asked.rejected, ~parseable(asked.requests))
    builders: dict[int, LedgerBuilder] = {}
    if wanted.details:
        for scenario in scenarios:
            builders.setdefault(
                _cell(rule, scenario), LedgerBuilder(scenario, asked, side, rule.grid)
            )
    ledgers = list(builders.values())
    with MatcherCounter(first, asked, NO_WEIGHTS, threads=threads) as nothing:
        tallies = (
            match_shard(number, places, first, asked, rule, side, nothing, ledgers, threads, memory)
            for number, places in enumerate(asked.parts)
        )
        own = policies(rule.grid, first.matching)
        counts = count_replicate(tallies, side, asked.mix_shortfall, own)
    kept = {cell: builder.ledger() for cell, builder in builders.items()}
    found = [
        evaluate(kept[_cell(rule, scenario)], scenario) if kept else np.zeros(len(Detail))
        for scenario in scenarios
    ]
    return counts, found


def _cell(rule: Decision, scenario: Scenario) -> int:
    return policy_cell(rule.grid, scenario.matching)
