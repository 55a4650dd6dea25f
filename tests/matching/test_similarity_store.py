import multiprocessing
import os
import signal
import stat
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator import kernels
from simulator.matching import similarity_store
from simulator.matching.similarity import (
    SimilarityCache,
    SimilarStrings,
    Vocabulary,
    similar_strings,
    vocabulary,
)
from simulator.matching.similarity import (
    similarity_store as store_of,
)
from simulator.matching.similarity_store import Segment, SimilarityStore
from simulator.scenario.schema import NameMeasure

TEXTS = ("MARIA", "MARIE", "MARIO", "JOSE", "JOSEPH", "MARTHA", "MARHTA")
QUERIES = ("MARIA", "JOSE", "MARTA", "XQ", "JOSEF")


def searched() -> Vocabulary:
    return vocabulary(TEXTS, np.arange(7, 7 + len(TEXTS), dtype=np.int32))


def opened(base: Path, **how: Any) -> SimilarityStore:
    store = store_of(searched(), base=base, **how)
    assert store is not None
    return store


def cache(base: Path) -> SimilarityCache:
    return SimilarityCache(searched(), store=opened(base))


def files(base: Path, pattern: str = "*.segment") -> list[Path]:
    return sorted(base.glob(f"similar-*/{pattern}"))


def same(table: SimilarStrings, queries: Sequence[str]) -> bool:
    expected = similar_strings(queries, searched())
    return all(np.array_equal(a, b) for a, b in zip(table, expected, strict=True))  # type: ignore[arg-type]  # mypy joins the columns to object


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what caches compute from here on."""
    texts: list[str] = []

    def noted(queries: Sequence[str], *rest: Any, **options: Any) -> SimilarStrings:
        texts.extend(queries)
        return similar_strings(queries, *rest, **options)

    monkeypatch.setattr("simulator.matching.similarity.similar_strings", noted)
    return texts


def test_what_one_run_computed_the_next_finds(tmp_path: Path, computed: list[str]) -> None:
    assert same(cache(tmp_path).similar(QUERIES), QUERIES)
    assert sorted(computed) == sorted(QUERIES)
    computed.clear()
    again = (*reversed(QUERIES), "JOSE", "MARIO")
    assert same(cache(tmp_path).similar(again), again)
    assert computed == ["MARIO"]


def test_a_running_process_sees_what_another_added(tmp_path: Path, computed: list[str]) -> None:
    first, second = cache(tmp_path), cache(tmp_path)
    first.similar(["MARIA"])
    second.similar(["JOSE"])
    computed.clear()
    assert same(first.similar(["JOSE", "MARIA"]), ["JOSE", "MARIA"])
    assert computed == []


def test_another_vocabulary_measure_or_floor_has_another_folder(tmp_path: Path) -> None:
    codes = np.arange(7, 7 + len(TEXTS), dtype=np.int32)
    others = (
        store_of(searched(), base=tmp_path),
        store_of(searched(), base=tmp_path, floor=81),
        store_of(searched(), base=tmp_path, measure=NameMeasure.DAMERAU_LEVENSHTEIN),
        store_of(vocabulary(TEXTS, codes + 1), base=tmp_path),
        store_of(vocabulary((*TEXTS[:-1], "MARHTB"), codes), base=tmp_path),
    )
    segment = Segment(np.array([b"A"], "S62"), np.zeros(2, np.int64), *nothing())
    for store in others:
        assert store is not None
        assert store.segments() == []
        assert store.add(segment)
    assert len({path.parent for path in files(tmp_path)}) == len(others)


def nothing() -> tuple[Any, Any]:
    return np.empty(0, np.int32), np.empty(0, np.int8)


def test_sources_that_compute_otherwise_have_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache(tmp_path).similar(QUERIES)
    monkeypatch.setattr(similarity_store, "_sources", lambda: b"edited")
    assert opened(tmp_path).segments() == []


@pytest.mark.parametrize("at", [0, 8, 16, 24, 40, -1])
def test_a_changed_byte_is_noticed_and_the_file_removed(
    at: int, tmp_path: Path, computed: list[str]
) -> None:
    cache(tmp_path).similar(QUERIES)
    (path,) = files(tmp_path)
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(bytes(raw))
    assert opened(tmp_path).segments() == []
    assert files(tmp_path) == []
    computed.clear()
    assert same(cache(tmp_path).similar(QUERIES), QUERIES)
    assert sorted(computed) == sorted(QUERIES)


def test_a_wrong_checksum_alone_condemns_a_segment(tmp_path: Path) -> None:
    cache(tmp_path).similar(QUERIES)
    (path,) = files(tmp_path)
    raw = path.read_bytes()
    assert int.from_bytes(raw[24:32], "little") == zlib.crc32(raw[8:24] + raw[32:])
    path.write_bytes(raw[:24] + (0).to_bytes(8, "little") + raw[32:])
    assert opened(tmp_path).segments() == []


@pytest.mark.parametrize("length", [0, 1, 31, 32, 100, -1])
def test_a_truncated_file_is_ignored_and_removed(length: int, tmp_path: Path) -> None:
    cache(tmp_path).similar(QUERIES)
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert same(cache(tmp_path).similar(QUERIES), QUERIES)
    assert len(files(tmp_path)) == 1
    assert len(opened(tmp_path).segments()) == 1


@pytest.mark.parametrize("raw", [b"", b"garbage", b"OVERSIM1" + b"\xff" * 200, os.urandom(4096)])
def test_garbage_is_ignored_and_removed(raw: bytes, tmp_path: Path) -> None:
    cache(tmp_path).similar(["MARIA"])
    garbage = files(tmp_path)[0].with_name("0.segment")
    garbage.write_bytes(raw)
    assert same(cache(tmp_path).similar(QUERIES), QUERIES)
    assert not garbage.exists()


def killed_before_the_rename(base: Path) -> None:
    def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    Path.replace = killed  # type: ignore[assignment,method-assign]  # in a process of its own
    cache(base).similar(QUERIES)


def test_a_writer_killed_before_the_rename_leaves_nothing_that_is_read(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=killed_before_the_rename, args=(tmp_path,)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    (unfinished,) = files(tmp_path, "*.part")
    assert opened(tmp_path).segments() == []
    assert same(cache(tmp_path).similar(QUERIES), QUERIES)
    assert unfinished.exists(), "its writer might still be at work"
    long_ago = time.time() - 7200
    os.utime(unfinished, (long_ago, long_ago))
    cache(tmp_path).similar(["MARTHA"])
    assert not unfinished.exists()


def many_names(number: int) -> list[str]:
    rng = np.random.default_rng(number)
    return ["".join(rng.choice(list("AEIMORST"), 6)) for _ in range(40)]


def add_many(base: Path, number: int) -> None:
    similar = cache(base)
    for text in many_names(number):
        similar.similar([text])


def test_processes_may_write_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    numbers = (1, 1, 2)  # two of them write the same
    processes = [context.Process(target=add_many, args=(tmp_path, n)) for n in numbers]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    names = many_names(1) + many_names(2)
    assert files(tmp_path, "*.part") == []
    assert same(cache(tmp_path).similar(names), names)
    held = np.unique(np.concatenate([segment.texts for segment in opened(tmp_path).segments()]))
    assert set(held.tolist()) <= {name.encode() for name in names}
    # Of two that merge at once the slower may lose a file it was about to read; it is recomputed.
    assert held.size > 0


def test_many_small_segments_become_one(tmp_path: Path, computed: list[str]) -> None:
    add_many(tmp_path, 1)
    assert len(files(tmp_path)) <= similarity_store.MOST_SEGMENTS + 1
    computed.clear()
    names = many_names(1)
    assert same(cache(tmp_path).similar(names), names)
    assert computed == []


def test_large_segments_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_store, "SMALL", 1)
    add_many(tmp_path, 1)
    assert len(files(tmp_path)) == len(set(many_names(1)))


def test_the_limit_holds_and_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    segments = [
        Segment(np.array([name.encode()], "S62"), np.zeros(2, np.int64), *nothing())
        for name in ("A", "B", "C")
    ]
    other = SimilarityStore(tmp_path / "similar-other")
    assert other.add(segments[0])
    size = files(tmp_path)[0].stat().st_size
    store = SimilarityStore(tmp_path / "similar-this", limit=2 * size)
    assert store.add(segments[1])
    oldest, newer = files(tmp_path)
    os.utime(newer, (1, 1))
    os.utime(oldest, (2, 2))
    assert len(SimilarityStore(newer.parent).segments()) == 1, "which is a use"
    assert store.add(segments[2])
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 2 * size
    assert not oldest.exists()
    assert not oldest.parent.exists(), "nor is its empty folder"
    assert {name for held in store.segments() for name in held.texts.tolist()} == {b"B", b"C"}


def test_what_is_larger_than_the_limit_is_not_kept(tmp_path: Path) -> None:
    store = SimilarityStore(tmp_path / "similar-this", limit=10)
    similar = SimilarityCache(searched(), store=store)
    assert same(similar.similar(QUERIES), QUERIES)
    assert same(similar.similar(QUERIES), QUERIES)
    assert files(tmp_path, "*") == []


def unwritable(tmp_path: Path, kind: str) -> Path:
    """Return a base below which no folder can be made, also by those who may write anything."""
    if kind == "a file in its way":
        (tmp_path / "file").write_text("")
        return tmp_path / "file"
    return Path("/proc/nowhere")


@pytest.mark.parametrize("kind", ["a file in its way", "no such place"])
def test_an_unwritable_base_does_without(kind: str, tmp_path: Path, computed: list[str]) -> None:
    similar = cache(unwritable(tmp_path, kind))
    for _ in range(2):
        assert same(similar.similar(QUERIES), QUERIES)
    assert sorted(computed) == sorted(QUERIES), "remembered in memory all the same"


def test_a_folder_that_refuses_every_change_is_still_read(
    tmp_path: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache(tmp_path).similar(QUERIES)
    (path,) = files(tmp_path)
    path.with_name("0.segment").write_bytes(b"garbage")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("os.utime", refused)
    monkeypatch.setattr("pathlib.Path.unlink", refused)
    monkeypatch.setattr("tempfile.mkstemp", refused)
    computed.clear()
    again = (*QUERIES, "MARTHA")
    similar = cache(tmp_path)
    for _ in range(2):
        assert same(similar.similar(again), again)
    assert computed == ["MARTHA"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_read(tmp_path: Path) -> None:
    cache(tmp_path).similar(QUERIES)
    (path,) = files(tmp_path)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert same(cache(tmp_path).similar(QUERIES), QUERIES)
        assert same(cache(tmp_path).similar(["MARTHA"]), ["MARTHA"])
    finally:
        path.parent.chmod(stat.S_IRWXU)


def test_the_store_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERMATCH_CACHE", "off")
    assert store_of(searched(), base=tmp_path) is None


def test_the_store_lies_beside_the_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    store = store_of(searched())
    assert store is not None
    SimilarityCache(searched(), store=store).similar(QUERIES)
    assert len(files(kernels.cache_base())) == 1
    assert kernels.cache_base().parent == tmp_path
