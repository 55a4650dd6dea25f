"""Counter-based random numbers: any decision of any replicate, in any order, in O(1).

The generator is Philox4x64-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11),
bit for bit the one in NumPy, which tests hold it to. The key is (seed, replicate); the counter is
(stage and slot, record, place, 0). A decision is thus named by what it is about, never by how many
draws came before it: raising an error rate keeps every error that was there, and a population does
not depend on how it was cut into shards.

One call gives four uniforms with 53 bits each; a slot is one such call.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from simulator.kernels import compiled, inlined, multiply_high

UInt64Array = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Word = int | np.uint64
"""An integer of a compiled loop, 64 bits without sign."""

_MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
_MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
_WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
_WEYL_1 = np.uint64(0xBB67AE8584CAA73B)
_TO_UNIT = 2.0**-53
_STAGE_BITS = np.uint64(32)
_ELEVEN = np.uint64(11)


class Stage(IntEnum):
    """Stages that draw; each has streams of its own."""

    SAMPLE = 1
    HOUSEHOLD = 2
    PERSON = 3
    NAME = 4
    ROLL = 5
    LISTING = 6
    DEPARTED = 7
    REQUEST = 8
    ADDRESS = 9
    SELECTION = 10
    FILED_NAME = 11
    CENSUS = 12
    TRAINING = 13
    COURT = 14
    REVIEW = 15
    KNOWN_STATUS = 16
    RECIPIENT = 17
    OTHER_ROLL = 18
    NOTICE = 19
    EXPORT = 20
    CESSATION = 21
    CALIBRATION = 22
    ABLATION = 23
    SENSITIVITY = 24


@inlined
def philox(
    key_0: Word, key_1: Word, counter_0: Word, counter_1: Word, counter_2: Word, counter_3: Word
) -> tuple[Word, Word, Word, Word]:
    """Return the four 64-bit words of one Philox4x64-10 block; all arguments are uint64."""
    k0, k1 = np.uint64(key_0), np.uint64(key_1)
    c0, c1 = np.uint64(counter_0), np.uint64(counter_1)
    c2, c3 = np.uint64(counter_2), np.uint64(counter_3)
    for _ in range(10):
        high_0, low_0 = multiply_high(_MULTIPLIER_0, c0), _MULTIPLIER_0 * c0
        high_1, low_1 = multiply_high(_MULTIPLIER_1, c2), _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = high_1 ^ c1 ^ k0, low_1, high_0 ^ c3 ^ k1, low_0
        k0 = k0 + _WEYL_0
        k1 = k1 + _WEYL_1
    return c0, c1, c2, c3


@inlined
def uniforms(
    seed: Word, replicate: Word, stage: int, slot: int, place: int, record: int
) -> tuple[float, float, float, float]:
    """Return four uniforms in [0, 1) for one decision point."""
    first = (np.uint64(stage) << _STAGE_BITS) | np.uint64(slot)
    a, b, c, d = philox(seed, replicate, first, np.uint64(record), np.uint64(place), np.uint64(0))
    return (
        (a >> _ELEVEN) * _TO_UNIT,
        (b >> _ELEVEN) * _TO_UNIT,
        (c >> _ELEVEN) * _TO_UNIT,
        (d >> _ELEVEN) * _TO_UNIT,
    )


@compiled
def _uniform_table(
    seed: Word, replicate: Word, stage: int, slot: int, place: int, records: IntArray
) -> FloatArray:
    table = np.empty((4, records.size))
    for i in range(records.size):
        a, b, c, d = uniforms(seed, replicate, stage, slot, place, records[i])
        table[0, i], table[1, i], table[2, i], table[3, i] = a, b, c, d
    return table


@compiled
def _uniform_columns(
    seed: Word, replicate: Word, stage: int, slots: IntArray, places: IntArray, records: IntArray
) -> FloatArray:
    table = np.empty((4, records.size))
    for i in range(records.size):
        a, b, c, d = uniforms(seed, replicate, stage, slots[i], places[i], records[i])
        table[0, i], table[1, i], table[2, i], table[3, i] = a, b, c, d
    return table


@dataclass(frozen=True)
class Streams:
    """The random streams of one replicate: everything that draws takes one of these."""

    seed: int
    replicate: int

    @property
    def key(self) -> tuple[np.uint64, np.uint64]:
        """Return seed and replicate as compiled loops take them."""
        return np.uint64(self.seed), np.uint64(self.replicate)

    def table(self, stage: Stage, slot: int, records: IntArray, *, place: int = 0) -> FloatArray:
        """Return uniforms of shape (4, records) for one slot of every record."""
        return _uniform_table(*self.key, int(stage), slot, place, records)

    def columns(
        self, stage: Stage, slots: IntArray, places: IntArray, records: IntArray
    ) -> FloatArray:
        """Return uniforms of shape (4, records), each record with its own slot and place."""
        return _uniform_columns(*self.key, int(stage), slots, places, records)
