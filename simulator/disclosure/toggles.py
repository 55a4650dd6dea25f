"""The guardrails that a reader can turn after a run, and the scenario in which all of them are on.

A set of them is a number: bit i says whether the i-th stands. All others stay as the scenario has
them. ``strict`` has every toggle on, so that what each would stop can be noted beside a pair, a
request or a person; which notes count is then a matter of the set.

Limits: a guardrail that has no work in a scenario, or of which the scenario cannot say exactly what
turning it would do, is no toggle there; ``left_out`` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import ABLATABLE, has_work, is_on, switched
from simulator.records import Int8Array, Int64Array
from simulator.scenario.choices import DecisionRule, Selection, TinNameCheck
from simulator.scenario.schema import Scenario

MOST_PAIRINGS: Final = 10**11
"""People times requests up to which pairs are kept; ten times those of the baseline.

Candidate pairs grow with this product. Those of the baseline are some 340 thousand a replicate,
about 30 bytes each while they are counted.
"""
ALWAYS: Final = 1 << 6
"""The bit, in the eight that a toggled row has, of guardrails that are on whatever is toggled."""


@dataclass(frozen=True)
class Toggles:
    """Which guardrails can be turned after a run of a scenario.

    ``own`` is the set at which the scenario itself stands; ``left_out`` gives the reason for each
    of its ``explore.guardrails`` that is none of them. ``fixed`` holds the bits of the guardrails
    that stand under every set, ``loose`` the selection where ``unique_only`` does not stand.
    """

    guardrails: tuple[Guardrail, ...]
    own: int
    left_out: Mapping[str, str]
    strict: Scenario
    fixed: int
    loose: Selection

    @property
    def sets(self) -> int:
        """How many sets there are."""
        return 1 << len(self.guardrails)

    def in_force(self, subset: int) -> int:
        """Return the bits of ``Guardrail`` that are in force under a set."""
        return self.fixed | sum(
            1 << guardrail
            for number, guardrail in enumerate(self.guardrails)
            if subset >> number & 1
        )

    def noted(self, stops: Int64Array) -> Int8Array:
        """Return bits of ``Guardrail`` as bits of toggles, ``ALWAYS`` for those that stay."""
        local = np.where(stops & np.int64(self.fixed) != 0, ALWAYS, 0)
        for number, guardrail in enumerate(self.guardrails):
            local |= ((stops >> np.int64(guardrail)) & 1) << number
        return local.astype(np.int8)

    def selection(self, subset: int) -> Selection:
        """Return which links a set releases."""
        unique = self.in_force(subset) >> Guardrail.UNIQUE_ONLY & 1
        return Selection.UNIQUE if unique else self.loose


def _refusal(scenario: Scenario, guardrail: Guardrail) -> str | None:
    """Return why a guardrail cannot be turned after a run of a scenario, or None if it can."""
    if not has_work(scenario, guardrail):
        return "it has nothing to strike under the scenario's other choices"
    strict = switched(scenario, guardrail, on=True)
    if not is_on(strict, guardrail):
        return "it cannot be turned on: what it asks for is never there"
    ruled = scenario.matching.decision_rule != DecisionRule.THRESHOLDS
    if guardrail == Guardrail.BIRTH_DATE_COMPARED and ruled:
        return "the rule weighs birth dates and has no threshold for them"
    by_name = strict.matching.tin_name_check == TinNameCheck.NAME_THRESHOLD
    if guardrail == Guardrail.TIN_NAME_CHECK and by_name:
        return "it checks names at the name threshold, which moves by itself"
    return None


def toggles_of(scenario: Scenario) -> Toggles:
    """Return which of a scenario's ``explore.guardrails`` can be turned after a run of it."""
    kept: list[Guardrail] = []
    left_out: dict[str, str] = {}
    pairings = scenario.population.size * scenario.listing.requests
    for name in scenario.explore.guardrails:
        guardrail = Guardrail[name.name]
        reason = _refusal(scenario, guardrail)
        if pairings > MOST_PAIRINGS:
            reason = f"people times requests exceed {MOST_PAIRINGS:.0e}, too many pairs to keep"
        if reason is None:
            kept.append(guardrail)
        else:
            left_out[str(name)] = reason
    strict = scenario
    for guardrail in kept:
        strict = switched(strict, guardrail, on=True)
    stands = [guardrail for guardrail in ABLATABLE if is_on(scenario, guardrail)]
    own = scenario.matching.selection
    return Toggles(
        tuple(kept),
        sum(1 << number for number, guardrail in enumerate(kept) if guardrail in stands),
        left_out,
        strict,
        sum(1 << guardrail for guardrail in stands if guardrail not in kept),
        Selection.ALL if own == Selection.UNIQUE else own,
    )
