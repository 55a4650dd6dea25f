"""Sentences about estimates as data: text, and the measures whose numbers stand in it.

The command line, the static page and the script inside the page say the same sentences, each word
and digit alike; a test holds the script to this module. Rests on nothing but stored estimates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.report.stored import Estimate
from simulator.report.wording import show

UNKNOWN = "an unknown number (not available)"
NONE_BOUNDED = "none (none seen; at most {high})"
NONE_SEEN = "none seen"
ALONE = "{value} (no interval: too few replicates)"
WITH_INTERVAL = "{value} ({level} {low} to {high})"
MISSING = "{start}: how many {end} is not available ({reason})."
NOTHING_TO_COUNT, NO_ESTIMATE = "nothing to count", "no estimate"

Find = Callable[[str], Estimate | None]


@dataclass(frozen=True)
class Slot:
    """The place of a number: an estimate times ``factor``, with its interval."""

    measure: str
    factor: float = 1000.0


@dataclass(frozen=True)
class Sentence:
    """One sentence: texts and slots in order.

    ``start`` and ``end`` are given where the sentence has one slot between them; it then says why
    there is no number where there is none. ``only_if_seen`` leaves it out while nothing was seen.
    ``key`` marks those that come first where there is little room.
    """

    parts: tuple[str | Slot, ...]
    start: str = ""
    end: str = ""
    only_if_seen: bool = False
    key: bool = False

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures whose numbers stand in the sentence."""
        return tuple(part.measure for part in self.parts if isinstance(part, Slot))

    def as_data(self) -> dict[str, Any]:  # Any: JSON
        """Return the sentence for the script inside the page."""
        return {
            "parts": [
                part if isinstance(part, str) else {"measure": part.measure, "factor": part.factor}
                for part in self.parts
            ],
            "start": self.start,
            "end": self.end,
            "onlyIfSeen": self.only_if_seen,
            "key": self.key,
        }


def of_each(start: str, measure: str, end: str, factor: float = 1000.0, **rest: Any) -> Sentence:
    """Return a sentence with one number, such as "Of every 1,000 requests, 3 were rejected."."""
    return Sentence((f"{start}, ", Slot(measure, factor), f" {end}."), start, end, **rest)


def words_as_data(level: str) -> dict[str, str]:
    """Return the wording of numbers for the script inside the page, at a level in words."""
    return {
        "unknown": UNKNOWN,
        "noneBounded": NONE_BOUNDED,
        "noneSeen": NONE_SEEN,
        "alone": ALONE,
        "withInterval": WITH_INTERVAL.replace("{level}", level),
        "missing": MISSING,
        "nothingToCount": NOTHING_TO_COUNT,
        "noEstimate": NO_ESTIMATE,
    }


def phrase(estimate: Estimate, level: str, factor: float) -> str:
    """Say a number with its interval, or in words why there is none."""
    words = show(estimate, factor)
    if not words.available:
        return UNKNOWN
    if words.none_seen:
        return NONE_BOUNDED.format(high=words.high) if words.has_interval else NONE_SEEN
    if not words.has_interval:
        return ALONE.format(value=words.value)
    return WITH_INTERVAL.format(value=words.value, level=level, low=words.low, high=words.high)


def say(sentence: Sentence, find: Find, level: str) -> str | None:
    """Say a sentence about the estimates that ``find`` gives.

    Returns None where one of them is not stored, or where the sentence waits for an event and none
    was seen.
    """
    found = {measure: find(measure) for measure in sentence.measures}
    if any(estimate is None for estimate in found.values()):
        return None
    known = {measure: estimate for measure, estimate in found.items() if estimate is not None}
    if sentence.only_if_seen and not any(estimate.numerator > 0 for estimate in known.values()):
        return None
    if sentence.start:
        (estimate,) = known.values()
        if not estimate.available:
            reason = NOTHING_TO_COUNT if estimate.denominator == 0 else NO_ESTIMATE
            return MISSING.format(start=sentence.start, end=sentence.end, reason=reason)
    return "".join(
        part if isinstance(part, str) else phrase(known[part.measure], level, part.factor)
        for part in sentence.parts
    )
