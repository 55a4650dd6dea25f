"""Invent names for the people whose real names the published lists leave out.

Rests on a chain over letters: the next letter depends on the three before it, with the frequencies
of a group's listed names. The names look like the group's names and are nobody's in particular; a
real rare name can appear among them by coincidence. How many names the tail holds and that they
weigh alike is an assumption, not a measurement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate
from random import Random

CONTEXT = 3
END = "."
SHORTEST, LONGEST = 4, 11
# A chain trained on all bearers would only recite the commonest names; the tail is of rare ones.
TRAINING_WEIGHT_CAP = 1_000
ATTEMPTS_PER_NAME = 200

Chain = dict[str, tuple[str, tuple[int, ...]]]


def letter_chain(names: Sequence[str], bearers: Sequence[int]) -> Chain:
    """Count which letter follows each three letters.

    `bearers` weigh the names, capped at `TRAINING_WEIGHT_CAP`. Returns for each context the
    letters that follow it, in alphabetical order, and their cumulative weights.
    """
    counts: dict[str, dict[str, int]] = {}
    for name, weight in zip(names, bearers, strict=True):
        capped = min(weight, TRAINING_WEIGHT_CAP)
        if capped <= 0:
            continue
        padded = END * CONTEXT + name + END
        for position in range(CONTEXT, len(padded)):
            following = counts.setdefault(padded[position - CONTEXT : position], {})
            letter = padded[position]
            following[letter] = following.get(letter, 0) + capped
    chain: Chain = {}
    for context, following in counts.items():
        letters = "".join(sorted(following))
        chain[context] = (letters, tuple(accumulate(following[letter] for letter in letters)))
    return chain


def invent_names(chain: Chain, count: int, taken: AbstractSet[str], *, rng: Random) -> list[str]:
    """Draw `count` distinct names of 4 to 11 letters from the chain, none of them in `taken`.

    Only `rng.random()` is used, whose sequence Python guarantees for a given seed. Raises
    ValueError when the chain is too poor to yield so many names.
    """
    invented: dict[str, None] = {}
    for _ in range(ATTEMPTS_PER_NAME * count):
        if len(invented) == count:
            return list(invented)
        name = _walk(chain, rng)
        if SHORTEST <= len(name) <= LONGEST and name not in taken and name not in invented:
            invented[name] = None
    if len(invented) < count:
        raise ValueError(f"the letter chain yields only {len(invented)} of {count} new names")
    return list(invented)


def _walk(chain: Chain, rng: Random) -> str:
    context, name = END * CONTEXT, ""
    while len(name) <= LONGEST:
        letters, cumulative = chain[context]
        letter = letters[bisect_right(cumulative, int(rng.random() * cumulative[-1]))]
        if letter == END:
            break
        name += letter
        context = context[1:] + letter
    return name
