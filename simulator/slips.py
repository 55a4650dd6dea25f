"""Which listed names lie one slip of the pen apart.

A slip leaves a letter out, doubles one, transposes two neighbours or strikes a neighbouring key:
the slips of ``simulator.lexicon.misspell``. The lists of names hold many that are slips of commoner
ones (GARICA, RODRIQUEZ); a misspelling that stays in a register is taken to be one of them
[assumption].

Every slip of every name is looked up in a table of all of them; a name is one integer in base 27,
which up to 13 letters fits 63 bits. Longer names have no slips.
"""

from collections.abc import Sequence

import numpy as np

from simulator.kernels import compiled
from simulator.randomness import IntArray
from simulator.records import Int32Array
from simulator.reference import tables

_BASE = 27
LONGEST = 13
_SHORTEST = 2
_FREE = 0  # no name packs to 0
_SCATTER = np.uint64(0x9E3779B97F4A7C15)
_DROP_BITS = np.uint64(20)
_LEFT_OUT, _DOUBLED, _TRANSPOSED, _KEYS = 0, 1, 2, 3


def _letter(letter: str) -> int:
    return ord(letter) - ord("A") + 1


def _keyboard() -> IntArray:
    """Return the neighbours of each letter on the keyboard, 0 past the last."""
    neighbours = tables.confusions()["keyboard"]
    keys = np.zeros((_BASE, max(map(len, neighbours.values()))), np.int64)
    for letter, options in neighbours.items():
        keys[_letter(letter), : len(options)] = [_letter(option) for option in options]
    return keys


def _packed(texts: Sequence[str]) -> IntArray:
    """Return names of up to ``LONGEST`` letters as integers in base 27, A being 1."""
    letters = np.array(texts, dtype=f"S{LONGEST}").view(np.uint8).reshape(-1, LONGEST)
    packed = np.zeros(len(texts), np.int64)
    for column in letters.T.astype(np.int64):
        packed = np.where(column > 0, packed * _BASE + column - ord("A") + 1, packed)
    return packed


@compiled
def _home(packed: int, room: int) -> int:
    mixed = (np.uint64(packed) * _SCATTER) >> _DROP_BITS
    return np.int64(mixed & np.uint64(room - 1))  # type: ignore[return-value]  # compiled: an int


@compiled
def _hold(packed: IntArray, keys: IntArray, held: IntArray) -> None:
    """Put names into a table of open addresses, whose size is a power of two."""
    for i in range(packed.size):
        at = _home(packed[i], keys.size)
        while keys[at] != _FREE:
            at = (at + 1) & (keys.size - 1)
        keys[at], held[at] = packed[i], i


@compiled
def _find(packed: int, keys: IntArray, held: IntArray) -> int:
    """Return the number of a name in the table of ``_hold``, or -1."""
    at = _home(packed, keys.size)
    while keys[at] != _FREE:
        if keys[at] == packed:
            return int(held[at])
        at = (at + 1) & (keys.size - 1)
    return -1


@compiled
def _unpack(packed: int, letters: IntArray) -> int:
    """Write the letters of a name and return how many there are."""
    length, rest = 0, packed
    while rest:
        rest //= _BASE
        length += 1
    for k in range(length - 1, -1, -1):
        letters[k] = packed % _BASE
        packed //= _BASE
    return length


@compiled
def _slipped(letters: IntArray, length: int, k: int, slip: int, keys: IntArray) -> int:
    """Return a name packed after a slip at letter ``k``; 0 where there is no such slip."""
    packed = 0
    for i in range(length):
        letter = letters[i]
        if i == k and slip == _LEFT_OUT:
            continue
        if slip == _TRANSPOSED and k + 1 < length and (i == k or i == k + 1):
            letter = letters[2 * k + 1 - i]
        if i == k and slip >= _KEYS:
            letter = keys[letter, slip - _KEYS]
            if letter == 0:
                return 0
        packed = packed * _BASE + letter
        if i == k and slip == _DOUBLED:
            packed = packed * _BASE + letter
    return packed


@compiled
def _neighbours(
    packed: IntArray, keyboard: IntArray, keys: IntArray, held: IntArray
) -> tuple[IntArray, IntArray]:
    """Return (name, other) for every slip that leads from one name to another, by number."""
    names, others, found = np.empty(1 << 16, np.int64), np.empty(1 << 16, np.int64), 0
    letters = np.zeros(LONGEST, np.int64)
    for i in range(packed.size):
        length = _unpack(packed[i], letters)
        for k in range(length):
            for slip in range(_KEYS + keyboard.shape[1]):
                new_length = length + (slip == _DOUBLED) - (slip == _LEFT_OUT)
                if new_length < _SHORTEST or new_length > LONGEST:
                    continue
                other = _find(_slipped(letters, length, k, slip, keyboard), keys, held)
                if other < 0 or other == i:
                    continue
                if found == names.size:
                    names = np.concatenate((names, np.empty_like(names)))
                    others = np.concatenate((others, np.empty_like(others)))
                names[found], others[found] = i, other
                found += 1
    return names[:found].copy(), others[:found].copy()


def one_slip_away(codes: Int32Array, texts: Sequence[str]) -> tuple[Int32Array, Int32Array]:
    """Return (code, other code) for every slip that leads from one of the names to another.

    ``codes`` number the names ``texts`` (A to Z). Two names that several slips connect occur as
    often.
    """
    kept = codes[np.array([len(text) <= LONGEST for text in texts], dtype=np.bool_)]
    packed = _packed([text for text in texts if len(text) <= LONGEST])
    room = 1 << max(1, 2 * kept.size).bit_length()
    keys, held = np.full(room, _FREE, np.int64), np.empty(room, np.int64)
    _hold(packed, keys, held)
    names, others = _neighbours(packed, _keyboard(), keys, held)
    return kept[names], kept[others]
