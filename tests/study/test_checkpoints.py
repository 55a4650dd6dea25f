"""Stored replicates: read back exactly, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from simulator.measures.quantities import ReplicateCounts
from simulator.study.checkpoints import checkpoint_directory, discard, load, store
from simulator.study.replicate import run_replicate
from tests.study.tiny import same, tiny


@pytest.fixture(scope="module")
def counts() -> ReplicateCounts:
    return run_replicate(tiny(), 0, explored=True)


def test_what_was_stored_is_read_back(counts: ReplicateCounts, tmp_path: Path) -> None:
    store(tmp_path / "a" / "b", 3, counts)
    found = load(tmp_path / "a" / "b", 3)
    assert found is not None
    assert same(found, counts)
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["replicate-00003.npz"]
    assert load(tmp_path / "a" / "b", 4) is None
    assert load(tmp_path / "none", 3) is None


def test_a_stored_replicate_with_any_damage_is_not_read(
    counts: ReplicateCounts, tmp_path: Path
) -> None:
    store(tmp_path, 0, counts)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    damaged = [b"", b"junk", whole[:-1], whole[: len(whole) // 2], whole + b"\0", b"\0" * 5000]
    for at in rng.integers(0, len(whole), 300).tolist():
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(rng.integers(8))
        damaged.append(bytes(flipped))
    for content in damaged:
        file.write_bytes(content)
        assert load(tmp_path, 0) is None
    file.write_bytes(whole)
    assert load(tmp_path, 0) is not None


def test_a_folder_in_place_of_a_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "replicate-00000.npz").mkdir()
    assert load(tmp_path, 0) is None


def test_the_folder_is_named_by_what_determines_a_replicate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = Path("results/tiny")
    folder = checkpoint_directory(tiny(), output)
    assert folder.parent == Path("results/.work")
    assert folder.name.startswith("tiny-")
    assert checkpoint_directory(tiny(), output) == folder
    assert checkpoint_directory(tiny({"seed": 1}), output) != folder
    assert checkpoint_directory(tiny(), Path("results/other")) != folder
    with monkeypatch.context() as patch:
        patch.setattr("simulator.study.checkpoints.sources_digest", lambda: "edited")
        assert checkpoint_directory(tiny(), output) != folder
    monkeypatch.setattr("simulator.study.checkpoints.table_hashes", lambda: {"a": "b"})
    assert checkpoint_directory(tiny(), output) != folder


def test_discarding_one_run_leaves_the_others(counts: ReplicateCounts, tmp_path: Path) -> None:
    one, other = tmp_path / ".work" / "one", tmp_path / ".work" / "other"
    store(one, 0, counts)
    store(other, 0, counts)
    discard(one)
    assert not one.exists()
    assert load(other, 0) is not None
    discard(other)
    assert not (tmp_path / ".work").exists()
    discard(other)
