"""Pack whole numbers into few bytes of text that a page can carry and a browser can unpack.

A plane is one array of integers. Each entry, or its difference to the one before, is written as a
variable-length integer of 7 bits a byte, sign in the lowest bit (LEB128, zigzag, as in Protocol
Buffers); all planes together are compressed by zlib, which browsers decompress without a library,
and written in base64. The same planes give the same text wherever zlib is the same.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
_BITS = 7
_MOST_BYTES = 5
LARGEST = 1 << 33
"""What an entry, or a difference of two, must stay below in size."""


@dataclass(frozen=True)
class Plane:
    """Integers of any shape; ``differences`` says that neighbours are near each other."""

    values: IntArray
    differences: bool = False


def variable_length(values: IntArray) -> bytes:
    """Return whole numbers as bytes, few where they are small.

    Raises ValueError where one is not smaller in size than ``LARGEST``.
    """
    flat = np.ascontiguousarray(values, dtype=np.int64).ravel()
    if flat.size and int(np.abs(flat).max()) >= LARGEST:
        raise ValueError(f"a number to be packed is not below {LARGEST}")
    unsigned = ((flat << 1) ^ (flat >> 63)).astype(np.uint64)
    shifts = np.arange(_MOST_BYTES, dtype=np.uint64) * np.uint64(_BITS)
    septets = (unsigned[:, None] >> shifts) & np.uint64(0x7F)
    rest = unsigned[:, None] >> (shifts + np.uint64(_BITS))
    goes_on = rest > 0
    written = np.concatenate([np.ones((flat.size, 1), bool), goes_on[:, :-1]], axis=1)
    with_rest = septets | goes_on.astype(np.uint64) << np.uint64(_BITS)
    return bytes(with_rest[written].astype(np.uint8).data)


def packed(planes: Mapping[str, Plane]) -> dict[str, Any]:  # Any: JSON
    """Return all planes as one text, with where each stands and how many entries it has.

    ``planes`` of the result lists name, number of entries and whether they are differences, in the
    order in which they stand in the unpacked bytes.
    """
    content, listed = b"", []
    for name, plane in planes.items():
        flat = plane.values.astype(np.int64).ravel()
        content += variable_length(np.diff(flat, prepend=0) if plane.differences else flat)
        entry = {"name": name, "count": int(flat.size), "differences": plane.differences}
        listed.append(entry)
    text = base64.b64encode(zlib.compress(content, level=9)).decode("ascii")
    return {"planes": listed, "text": text}
