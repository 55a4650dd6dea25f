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
from typing import Any

import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

from simulator.kernels import compiled

UInt64Array = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

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


@intrinsic
def _multiply_high(typing_context: Any, left: Any, right: Any) -> Any:
    """Compile to the high 64 bits of a 64 x 64 bit product, one machine instruction."""
    signature = types.uint64(types.uint64, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir  # only the compiler needs it

        wide = ir.IntType(128)
        product = builder.mul(
            builder.zext(arguments[0], wide), builder.zext(arguments[1], wide)
        )
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return signature, generate


@compiled
def philox(
    key_0: int, key_1: int, counter_0: int, counter_1: int, counter_2: int, counter_3: int
) -> tuple[int, int, int, int]:
    """Return the four 64-bit words of one Philox4x64-10 block; all arguments are uint64."""
    k0, k1 = np.uint64(key_0), np.uint64(key_1)
    c0, c1 = np.uint64(counter_0), np.uint64(counter_1)
    c2, c3 = np.uint64(counter_2), np.uint64(counter_3)
    for _ in range(10):
        high_0, low_0 = _multiply_high(_MULTIPLIER_0, c0), _MULTIPLIER_0 * c0
        high_1, low_1 = _multiply_high(_MULTIPLIER_1, c2), _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = high_1 ^ c1 ^ k0, low_1, high_0 ^ c3 ^ k1, low_0
        k0 = k0 + _WEYL_0
        k1 = k1 + _WEYL_1
    return c0, c1, c2, c3


@compiled
def uniforms(
    seed: int, replicate: int, stage: int, slot: int, place: int, record: int
) -> tuple[float, float, float, float]:
    """Return four uniforms in [0, 1) for one decision point."""
    first = (np.uint64(stage) << _STAGE_BITS) | np.uint64(slot)
    a, b, c, d = philox(
        seed, replicate, first, np.uint64(record), np.uint64(place), np.uint64(0)
    )
    return (
        (a >> _ELEVEN) * _TO_UNIT,
        (b >> _ELEVEN) * _TO_UNIT,
        (c >> _ELEVEN) * _TO_UNIT,
        (d >> _ELEVEN) * _TO_UNIT,
    )


@compiled
def _uniform_table(
    seed: int, replicate: int, stage: int, slot: int, place: int, records: IntArray
) -> FloatArray:
    table = np.empty((4, records.size))
    for i in range(records.size):
        a, b, c, d = uniforms(seed, replicate, stage, slot, place, records[i])
        table[0, i], table[1, i], table[2, i], table[3, i] = a, b, c, d
    return table


@compiled
def _uniform_columns(
    seed: int, replicate: int, stage: int, slots: IntArray, places: IntArray, records: IntArray
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

    def table(self, stage: Stage, slot: int, records: IntArray, *, place: int = 0) -> FloatArray:
        """Return uniforms of shape (4, records) for one slot of every record."""
        return _uniform_table(
            np.uint64(self.seed), np.uint64(self.replicate), int(stage), slot, place, records
        )



    def columns(
        self, stage: Stage, slots: IntArray, places: IntArray, records: IntArray
    ) -> FloatArray:
        """Return uniforms of shape (4, records), each record with its own slot and place."""
        return _uniform_columns(
            np.uint64(self.seed), np.uint64(self.replicate), int(stage), slots, places, records
        )
