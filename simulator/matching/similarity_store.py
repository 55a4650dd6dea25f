"""Similar strings kept on disk by content: found again by every run that asks the same.

A folder belongs to one vocabulary (texts and codes), measure, floor, format and version of the
sources that compute similarities; its name is a hash of them, so that nothing stale is ever read.
In it lie segments: files that each hold a batch of queries and all they found. A segment is written
under a temporary name and renamed when complete, is named by its content and never changed; any
number of processes may read and add at once, and a query kept twice does no harm. A reader checks
length and checksum, and removes what is damaged.

Segments below 8 MB are merged when there are more than 16. All folders together are kept below
1 GB; those segments used longest ago go first. Where the folder cannot be written, nothing is kept
and nothing said. ``OVERMATCH_CACHE=off`` in the environment switches the store off.
"""

import contextlib
import hashlib
import mmap
import os
import tempfile
import time
import zlib
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator import kernels
from simulator.kernels import compiled
from simulator.matching.similarity_measures import LONGEST
from simulator.randomness import IntArray
from simulator.records import Int8Array, Int32Array

SWITCH = "OVERMATCH_CACHE"
LIMIT = 1_000_000_000  # bytes, over all folders
MOST_SEGMENTS = 16  # small ones in a folder
SMALL = 8_000_000  # bytes
_ABANDONED = 3_600.0  # seconds after which an unfinished file has lost its writer
_FORMAT = b"OVERSIM1"
_HEAD = 32  # bytes: format, queries, pairs, checksum
_FOLDERS, _ENDING, _UNFINISHED = "similar-*", ".segment", ".part"
_SOURCES = ("similarity.py", "similarity_join.py", "similarity_measures.py", "similarity_store.py")
_TEXT = np.dtype(f"S{LONGEST}")
Texts = npt.NDArray[np.bytes_]


class Segment(NamedTuple):
    """Distinct queries in order and, as in ``SimilarStrings``, what each found."""

    texts: Texts
    starts: IntArray
    codes: Int32Array
    levels: Int8Array


def as_texts(queries: Sequence[str]) -> Texts:
    """Return queries as an array; raises ``ValueError`` if one is not ASCII or too long."""
    for text in queries:
        if not text.isascii() or not 0 < len(text) <= LONGEST:
            raise ValueError(f"not 1 to {LONGEST} letters A-Z: {text!r}")
    return np.array([text.encode("ascii") for text in queries], dtype=_TEXT)


def located(distinct: Texts, segments: Sequence[Segment]) -> tuple[IntArray, IntArray]:
    """Return the segment that holds each query, -1 if none does, and its row there."""
    segment = np.full(distinct.size, -1, np.int64)
    row = np.zeros(distinct.size, np.int64)
    for number, held in enumerate(segments):
        lacking = np.flatnonzero(segment < 0)
        if held.texts.size == 0 or lacking.size == 0:
            continue
        at = np.minimum(np.searchsorted(held.texts, distinct[lacking]), held.texts.size - 1)
        there = held.texts[at] == distinct[lacking]
        segment[lacking[there]] = number
        row[lacking[there]] = at[there]
    return segment, row


@compiled
def _copy(
    queries: IntArray,
    rows: IntArray,
    starts: IntArray,
    codes: Int32Array,
    levels: Int8Array,
    to: IntArray,
    copied_codes: Int32Array,
    copied_levels: Int8Array,
) -> None:
    """Copy what the rows of one segment found to where the queries' begins."""
    for k in range(queries.size):
        source, target = starts[rows[k]], to[queries[k]]
        for i in range(starts[rows[k] + 1] - source):
            copied_codes[target + i] = codes[source + i]
            copied_levels[target + i] = levels[source + i]


def taken(
    segments: Sequence[Segment], segment: IntArray, row: IntArray
) -> tuple[IntArray, Int32Array, Int8Array]:
    """Return starts, codes and levels of queries that stand in given rows of given segments."""
    parts = [np.flatnonzero(segment == number) for number in range(len(segments))]
    counts = np.zeros(segment.size, np.int64)
    for part, held in zip(parts, segments, strict=True):
        counts[part] = np.diff(held.starts)[row[part]]
    starts = np.zeros(segment.size + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    codes, levels = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.int8)
    for part, held in zip(parts, segments, strict=True):
        if part.size:
            _copy(part, row[part], *held[1:], starts, codes, levels)
    return starts, codes, levels


def merged(segments: Sequence[Segment]) -> Segment:
    """Return one segment with the queries of several, each once."""
    texts = np.unique(np.concatenate([held.texts for held in segments]))
    return Segment(texts, *taken(segments, *located(texts, segments)))


def _encoded(segment: Segment) -> bytes:
    """Return a segment as a file holds it: head, starts, codes, texts, levels."""
    texts, starts, codes, levels = segment
    body = starts.tobytes() + codes.tobytes() + texts.tobytes() + levels.tobytes()
    sizes = np.array([texts.size, codes.size], np.int64).tobytes()
    checksum = np.array([zlib.crc32(body, zlib.crc32(sizes))], np.int64).tobytes()
    return _FORMAT + sizes + checksum + body


def _decoded(raw: bytes | mmap.mmap) -> Segment | None:
    """Return the segment in a file, without copying it, or None if it is damaged."""
    if len(raw) < _HEAD or raw[: len(_FORMAT)] != _FORMAT:
        return None
    queries, pairs, checksum = np.frombuffer(raw, np.int64, 3, len(_FORMAT)).tolist()
    body = memoryview(raw)[_HEAD:]
    if (
        min(queries, pairs) < 0
        or len(body) != 8 * (queries + 1) + (4 + 1) * pairs + LONGEST * queries
    ):
        return None
    if zlib.crc32(body, zlib.crc32(raw[len(_FORMAT) : _HEAD - 8])) != checksum:
        return None
    at_codes = _HEAD + 8 * (queries + 1)
    at_texts = at_codes + 4 * pairs
    return Segment(
        np.frombuffer(raw, _TEXT, queries, at_texts),
        np.frombuffer(raw, np.int64, queries + 1, _HEAD),
        np.frombuffer(raw, np.int32, pairs, at_codes),
        np.frombuffer(raw, np.int8, pairs, at_texts + LONGEST * queries),
    )


def _read(path: Path) -> Segment | None:
    """Return the segment in a file and note its use; None if it is damaged, which removes it."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    segment = _decoded(raw)
    with contextlib.suppress(OSError):  # where it cannot be written, it can still be read
        if segment is None:
            path.unlink()
        else:
            os.utime(path)
    return segment


@cache
def _sources() -> bytes:
    """Return a hash of what computes similarities."""
    digest = hashlib.sha256(metadata.version("rapidfuzz").encode())
    for name in _SOURCES:
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.digest()


class SimilarityStore:
    """The segments of one folder."""

    def __init__(self, folder: Path, *, limit: int = LIMIT) -> None:
        """Keep segments in a folder; it and those beside it hold at most ``limit`` bytes."""
        self._folder = folder
        self._limit = limit
        self._open: dict[str, Segment | None] = {}  # None: damaged

    @classmethod
    def of(
        cls, texts: Sequence[str], codes: Int32Array, how: str, base: Path | None = None
    ) -> "SimilarityStore | None":
        """Return the store of a vocabulary and a way to compare, None if switched off."""
        if os.environ.get(SWITCH) == "off":
            return None
        digest = hashlib.sha256(_FORMAT + _sources() + f"{how} {len(texts)}\n".encode())
        digest.update("\n".join(texts).encode())
        digest.update(codes.tobytes())
        folder = (base or kernels.cache_base()) / f"{_FOLDERS[:-1]}{digest.hexdigest()[:32]}"
        return cls(folder)

    def segments(self) -> list[Segment]:
        """Return all segments there now, those that other processes added included."""
        names = self._names()
        self._open = {name: self._open[name] for name in names if name in self._open}
        for name in names:
            if name not in self._open:
                with contextlib.suppress(OSError):  # another process may have removed it
                    self._open[name] = _read(self._folder / name)
        return [segment for segment in self._open.values() if segment is not None]

    def add(self, segment: Segment) -> bool:
        """Keep a segment; say whether that was possible."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            kept = self._write(segment)
            if kept:
                self._merge()
                _make_room(self._folder.parent, self._limit)
        except OSError:
            return False
        return kept

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in self._folder.glob(f"*{_ENDING}"))
        except OSError:
            return []

    def _write(self, segment: Segment) -> bool:
        """Write under a temporary name, then rename; refuse what is larger than the limit."""
        raw = _encoded(segment)
        if len(raw) > self._limit:
            return False
        name = hashlib.blake2b(raw, digest_size=16).hexdigest() + _ENDING
        descriptor, unfinished = tempfile.mkstemp(_UNFINISHED, dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(raw)
            Path(unfinished).replace(self._folder / name)
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        return True

    def _merge(self) -> None:
        """Put the small segments into one if there are too many; remove only what is in it."""
        small = [name for name in self._names() if _size(self._folder / name) < SMALL]
        if len(small) <= MOST_SEGMENTS:
            return
        self.segments()
        held = {name: segment for name in small if (segment := self._open.get(name)) is not None}
        if len(held) > 1 and self._write(merged(list(held.values()))):
            for name in held:
                with contextlib.suppress(OSError):
                    (self._folder / name).unlink()


def _size(path: Path) -> int:
    """Return the size of a file, 0 if another process has removed it."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _make_room(base: Path, limit: int) -> None:
    """Remove unfinished files without a writer, and what was used longest ago above the limit."""
    files = []
    for path in base.glob(f"{_FOLDERS}/*"):
        with contextlib.suppress(OSError):
            status = path.stat()
            if path.suffix == _UNFINISHED and status.st_mtime < time.time() - _ABANDONED:
                path.unlink()
            elif path.suffix == _ENDING:
                files.append((status.st_mtime_ns, status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= limit:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            total -= size
    for folder in base.glob(_FOLDERS):
        with contextlib.suppress(OSError):
            folder.rmdir()  # refused unless empty
