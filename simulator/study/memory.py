"""What variants of one scenario share, made once and kept as long as there is room.

Everything that is remembered is a pure function of its key (fields of a scenario, seed, replicate,
shard), so that a result from memory equals one made anew, bit for bit; whoever asks names in the
key every field that the result depends on. What was used longest ago goes first.

Limits: sizes count arrays, not the objects around them. What alone is larger than the room is made
anew each time.
"""

import dataclasses
import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Final, TypeVar, cast

import numpy as np

from simulator.scenario.choices import SearchedRoll
from simulator.scenario.schema import Scenario

T = TypeVar("T")
ROOM: Final = 512 * 1024 * 1024


class Memory:
    """Keeps what was made, by key, up to so many bytes of arrays."""

    def __init__(self, room: int) -> None:
        """Start empty; a memory without room keeps nothing."""
        self._room = room
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self.size = 0
        self.made = 0

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        return self._room > 0

    def remembered(self, key: Callable[[], Hashable], make: Callable[[], T]) -> T:
        """Return what ``make`` gives, from memory if it was made under this key before.

        ``key`` is asked for only where something is kept.
        """
        if not self.keeps:
            return make()
        name = key()
        if name in self._kept:
            self._kept.move_to_end(name)
            return cast("T", self._kept[name][0])
        value = make()
        self.made += 1
        size = bytes_in(value)
        if size <= self._room:
            self._kept[name] = (value, size)
            self.size += size
            while self.size > self._room:
                _, (_, freed) = self._kept.popitem(last=False)
                self.size -= freed
        return value


NO_MEMORY: Final = Memory(0)


def bytes_in(value: object) -> int:
    """Return the bytes of all arrays in a record, tuple, list or mapping, however deep."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if dataclasses.is_dataclass(value):
        return sum(bytes_in(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return sum(bytes_in(inner) for inner in value.values())
    if isinstance(value, tuple | list):
        return sum(bytes_in(inner) for inner in value)
    return 0


_NOT_OF_PEOPLE: Final = {"po_box_share", "lawful_statuses"}
"""Fields of the population part that say nothing about who lives where."""


@dataclasses.dataclass(frozen=True)
class Depends:
    """The keys of one scenario: for each thing that can be shared, what it depends on."""

    scenario: Scenario

    def _of(self, what: str, parts: tuple[str, ...], replicate: int) -> tuple[Hashable, ...]:
        fields = self.scenario.model_dump(mode="json", include=set(parts))
        return (what, self.scenario.seed, replicate, *_people(self.scenario), _text(fields))

    def sample(self, replicate: int) -> Hashable:
        """Return the key of the places that a replicate lives in."""
        part = self.scenario.population
        return ("sample", self.scenario.seed, replicate, part.size, part.group_quarters)

    def sites(self, replicate: int) -> Hashable:
        """Return the key of the addresses of facilities and those that many share."""
        scenario = self.scenario
        counts = scenario.listing.facilities, scenario.requests.shared_addresses
        return ("sites", self.sample(replicate), *counts)

    def people(self, replicate: int, shard: int) -> Hashable:
        """Return the key of the people of a shard; ``shard`` is the row of its first ZIP."""
        return (*self._of("people", (), replicate), shard)

    def names(self, replicate: int, shard: int) -> Hashable:
        """Return the key of the names of a shard."""
        return (*self._of("names", ("names",), replicate), shard)

    def roll(self, replicate: int, shard: int, lent: bytes) -> Hashable:
        """Return the key of the roll of a shard; ``lent`` are the numbers others work under."""
        searched = self.scenario.searched_roll
        others = {SearchedRoll.VOTER: ("voter_roll",), SearchedRoll.BENEFIT: ("benefit_roll",)}
        parts = ("names", "roll", "searched_roll", *others.get(searched, ()))
        boxes = self.scenario.population.po_box_share
        return (*self._of("roll", parts, replicate), boxes, shard, lent)

    def listing(self, replicate: int) -> Hashable:
        """Return the key of who is on the list."""
        return self._of("listing", ("names", "roll", "listing"), replicate)

    def requests(self, replicate: int) -> Hashable:
        """Return the key of the list as written."""
        parts = ("names", "roll", "listing", "requests")
        return (*self._of("requests", parts, replicate), self.scenario.population.po_box_share)

    def prepared(self, replicate: int) -> Hashable:
        """Return the key of the list, ready to be matched."""
        return ("prepared", self.requests(replicate), _text(_matching(self.scenario)))


def _people(scenario: Scenario) -> tuple[Hashable, ...]:
    part = scenario.population.model_dump(mode="json", exclude=_NOT_OF_PEOPLE)
    return (_text(part),)


def _matching(scenario: Scenario) -> dict[str, object]:
    return scenario.matching.model_dump(mode="json")


def _text(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, sort_keys=True)
