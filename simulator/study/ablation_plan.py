"""What is worked out of one match per replicate: which sets of guardrails, and whose worth.

A set is an integer, a bit for every guardrail of ``Guardrail``. The list of sets is drawn up before
any replicate, from the scenario alone, so that every replicate answers the same questions.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.disclosure.switches import ABLATABLE, has_work, is_on, switched
from simulator.randomness import IntArray, Stage, Streams
from simulator.scenario.schema import Scenario

EXACT_UP_TO: Final = 10
"""Guardrails over all orders of which Shapley values are averaged; beyond it, over some orders."""
ORDERS: Final = 64  # an even number: each order is followed by its reverse
OWN: Final = "on"
"""Stands in a list of guardrails for those that the scenario has on."""


class GuardrailError(Exception):
    """A list of guardrails that cannot be used; the message is one sentence."""


def name_of(guardrail: Guardrail) -> str:
    """Return the name of a guardrail as users write it."""
    return guardrail.name.lower()


@dataclass(frozen=True)
class Plan:
    """Which sets of guardrails are asked about.

    ``own`` is the set that the scenario has on, ``guardrails`` are those that are turned alone, the
    ones on first. ``players`` are those whose Shapley values are wanted, the others staying as they
    are. ``orders`` holds orders of the players as numbers from 0; empty where all subsets are asked
    about.
    """

    own: int
    guardrails: tuple[Guardrail, ...]
    players: tuple[Guardrail, ...]
    orders: tuple[tuple[int, ...], ...]

    def turned(self, guardrail: Guardrail) -> int:
        """Return the scenario's own set but for one guardrail."""
        return self.own ^ 1 << guardrail

    def with_players(self, subset: int) -> int:
        """Return the set in which of the players those stand whose bit is in ``subset``."""
        standing = self.own
        for number, player in enumerate(self.players):
            bit = 1 << player
            standing = standing | bit if subset >> number & 1 else standing & ~bit
        return standing

    def subsets(self) -> list[int]:
        """Return the set of every subset of the players, in the order of their numbers."""
        return [self.with_players(subset) for subset in range(1 << len(self.players))]

    def along(self, order: Sequence[int]) -> list[int]:
        """Return the sets met as players are introduced one by one."""
        subset, met = 0, [self.with_players(0)]
        for player in order:
            subset |= 1 << player
            met.append(self.with_players(subset))
        return met

    def sets(self) -> tuple[int, ...]:
        """Return every set asked about, each once, in ascending order."""
        asked = {self.own, *(self.turned(rail) for rail in self.guardrails)}
        if self.orders:
            asked.update(one for order in self.orders for one in self.along(order))
        else:
            asked.update(self.subsets())
        return tuple(sorted(asked))


def drawn_orders(players: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Return ``ORDERS`` orders of players, each second one the reverse of the one before."""
    numbers = np.arange(players, dtype=np.int64)
    orders: list[tuple[int, ...]] = []
    for draw in range(ORDERS // 2):
        u = Streams(seed, 0).table(Stage.ABLATION, draw, numbers)[0]
        order = tuple(int(player) for player in np.argsort(u, kind="stable"))
        orders += [order, order[::-1]]
    return tuple(orders)


def _named(words: Sequence[str], on: Sequence[Guardrail]) -> Iterator[Guardrail]:
    known = {name_of(rail): rail for rail in ABLATABLE}
    for word in words:
        if word == OWN:
            yield from on
        elif word in known:
            yield known[word]
        else:
            near = difflib.get_close_matches(word, known, n=1)
            guess = f"did you mean {near[0]}? " if near else ""
            raise GuardrailError(
                f"--guardrails: there is no {word!r}; {guess}allowed: {OWN}, {', '.join(known)}"
            )


def plan_of(scenario: Scenario, words: Sequence[str] = (OWN,)) -> Plan:
    """Return what is to be worked out for a scenario.

    ``words`` name the guardrails whose Shapley values are wanted, ``on`` standing for all that the
    scenario has on. Guardrails that cannot be turned on in this scenario, or that its other choices
    leave without work, are turned nowhere. Raises GuardrailError where a name is unknown or of such
    a guardrail.
    """
    rails = [rail for rail in sorted(ABLATABLE) if has_work(scenario, rail)]
    on = [rail for rail in rails if is_on(scenario, rail)]
    able = [rail for rail in rails if is_on(switched(scenario, rail, on=True), rail)]
    players = tuple(sorted(set(_named(words, on))))
    for player in players:
        if player not in able:
            raise GuardrailError(
                f"--guardrails: {name_of(player)} does nothing in this scenario: what it asks for "
                "or strikes at is never there"
            )
    few = len(players) <= EXACT_UP_TO
    return Plan(
        own=sum(1 << rail for rail in on),
        guardrails=(*on, *(rail for rail in able if rail not in on)),
        players=players,
        orders=() if few else drawn_orders(len(players), scenario.seed),
    )


def positions(sets: Sequence[int], asked: Sequence[int]) -> IntArray:
    """Return where in the ascending ``sets`` each set of ``asked`` stands."""
    return np.searchsorted(np.asarray(sets, np.int64), np.asarray(asked, np.int64))
