import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.randomness import Stage, Streams, eight_uniforms, philox, uniforms

WORD = st.integers(0, 2**64 - 1)


def numpy_philox(key: tuple[int, int], counter: tuple[int, int, int, int]) -> np.random.Philox:
    """Return NumPy's generator at a counter; it adds one before its first block."""
    whole = sum(word << (64 * place) for place, word in enumerate(counter))
    return np.random.Philox(counter=(whole - 1) % 2**256, key=key[0] | key[1] << 64)


@settings(deadline=None)
@given(key=st.tuples(WORD, WORD), counter=st.tuples(WORD, WORD, WORD, WORD))
def test_philox_is_numpys_bit_for_bit(
    key: tuple[int, int], counter: tuple[int, int, int, int]
) -> None:
    block = philox(*(np.uint64(word) for word in (*key, *counter)))
    theirs = numpy_philox(key, counter).random_raw(4)
    assert [int(word) for word in block] == [int(word) for word in theirs]


def test_philox_at_the_ends_of_the_counter_is_numpys() -> None:
    top = 2**64 - 1
    for key, counter in (
        ((0, 0), (0, 0, 0, 0)),
        ((top, top), (top, top, top, top)),
        ((0, 1), (0, 1, 0, 0)),
    ):
        block = philox(*(np.uint64(word) for word in (*key, *counter)))
        assert [int(word) for word in block] == numpy_philox(key, counter).random_raw(4).tolist()


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    replicate=st.integers(0, 10_000),
    stage=st.sampled_from(Stage),
    slot=st.integers(0, 2**20),
    place=st.integers(0, 99_999),
    record=st.integers(0, 2**62),
)
def test_uniforms_are_numpys_doubles_at_the_stated_key_and_counter(
    seed: int, replicate: int, stage: Stage, slot: int, place: int, record: int
) -> None:
    counter = (int(stage) << 32 | slot, record, place, 0)
    theirs = np.random.Generator(numpy_philox((seed, replicate), counter)).random(4)
    ours = uniforms(np.uint64(seed), np.uint64(replicate), int(stage), slot, place, record)
    assert list(ours) == theirs.tolist()


def test_eight_uniforms_are_the_halves_of_numpys_words_the_high_one_first() -> None:
    counter = (int(Stage.ROLL) << 32 | 5, 17, 90210, 0)
    words = [int(word) for word in numpy_philox((3, 4), counter).random_raw(4)]
    halves = [half / 2**32 for word in words for half in divmod(word, 2**32)]
    seed, replicate = np.uint64(3), np.uint64(4)
    assert list(eight_uniforms(seed, replicate, int(Stage.ROLL), 5, 90210, 17)) == halves


def test_uniforms_fill_the_unit_interval_with_53_bits() -> None:
    drawn = Streams(1, 2).table(Stage.NAME, 3, np.arange(50_000))
    assert drawn.shape == (4, 50_000)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    scaled = drawn * 2.0**53
    assert (scaled == np.floor(scaled)).all()
    assert (scaled % 2 == 1).mean() > 0.49
    assert np.abs(np.histogram(drawn, bins=20, range=(0, 1))[0] / drawn.size - 0.05).max() < 0.003
    assert np.abs(np.corrcoef(drawn) - np.eye(4)).max() < 0.025


def test_every_part_of_the_key_gives_streams_of_their_own() -> None:
    records = np.array([0, 1, 2**32, 2**40])
    seen = [
        Streams(seed, replicate).table(stage, slot, records, place=place)
        for seed, replicate, stage, slot, place in itertools.product(
            (0, 1, 2**62), (0, 1, 7), (Stage.SAMPLE, Stage.HOUSEHOLD, Stage.ROLL), (0, 1, 9), (0, 1)
        )
    ]
    everything = np.concatenate([drawn.ravel() for drawn in seen])
    assert np.unique(everything).size == everything.size


def test_a_draw_depends_on_its_own_key_only() -> None:
    rng, records = Streams(3, 4), np.arange(100, dtype=np.int64)
    table = rng.table(Stage.ROLL, 5, records, place=6)
    backwards = rng.table(Stage.ROLL, 5, records[::-1].copy(), place=6)
    np.testing.assert_array_equal(backwards[:, ::-1], table)
    np.testing.assert_array_equal(rng.table(Stage.ROLL, 5, records[7:8], place=6), table[:, 7:8])


def test_columns_give_each_record_its_slot_and_place() -> None:
    rng = Streams(3, 4)
    slots, places, records = np.array([0, 9, 2]), np.array([5, 5, 1]), np.array([11, 11, 12])
    columns = rng.columns(Stage.LISTING, slots, places, records)
    for at in range(3):
        alone = rng.table(
            Stage.LISTING, int(slots[at]), records[at : at + 1], place=int(places[at])
        )
        np.testing.assert_array_equal(columns[:, at : at + 1], alone)
