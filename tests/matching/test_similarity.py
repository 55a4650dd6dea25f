import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cdist

from simulator.matching.similarity import (
    FLOOR,
    SimilarityCache,
    SimilarStrings,
    hundredths,
    similar_strings,
    vocabulary,
)

Found = set[tuple[int, int, int]]

# Few letters make similar strings; one letter alone repeats it beyond what the filter counts.
WORDS = st.one_of(
    st.text("ABC", min_size=1, max_size=9),
    st.text("AB", min_size=1, max_size=20),
    st.text("A", min_size=1, max_size=12),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=15),
    st.text("AEQZ", min_size=55, max_size=62),
)


def found(table: SimilarStrings) -> Found:
    rows = np.repeat(np.arange(table.starts.size - 1), np.diff(table.starts))
    columns = zip(rows.tolist(), table.codes.tolist(), table.hundredths.tolist(), strict=True)
    return set(columns)


def level(similarity: float) -> int:
    return max(k for k in range(101) if k / 100 <= similarity)


def brute_force(queries: list[str], texts: list[str], floor: int) -> Found:
    if not queries:
        return set()
    values = cdist(queries, texts, scorer=JaroWinkler.similarity, dtype=np.float64)
    return {
        (q, 7 + t, level(values[q, t]))
        for q in range(len(queries))
        for t in range(len(texts))
        if level(values[q, t]) >= floor
    }


@settings(deadline=None, max_examples=300)
@given(st.lists(WORDS, min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=25))
def test_search_finds_what_brute_force_finds(queries: list[str], texts: list[str]) -> None:
    codes = np.arange(7, 7 + len(texts), dtype=np.int32)
    table = similar_strings(queries, vocabulary(texts, codes))
    assert found(table) == brute_force(queries, texts, FLOOR)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(WORDS, min_size=1, max_size=8),
    st.lists(WORDS, min_size=1, max_size=12),
    st.integers(72, 100),
)
def test_search_keeps_to_its_floor(queries: list[str], texts: list[str], floor: int) -> None:
    codes = np.arange(7, 7 + len(texts), dtype=np.int32)
    table = similar_strings(queries, vocabulary(texts, codes), floor=floor)
    assert found(table) == brute_force(queries, texts, floor)


def test_search_agrees_with_brute_force_on_a_thousand_mutated_words() -> None:
    rng = np.random.default_rng(3)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

    def mutated(word: str) -> str:
        at = int(rng.integers(len(word)))
        other = str(letters[rng.integers(26)])
        return (word[:at] + other + word[at + 1 :], word + other)[rng.integers(2)]

    words = ["".join(rng.choice(letters[:8], rng.integers(1, 14))) for _ in range(1000)]
    queries = [mutated(word) for word in words[::4]]
    table = similar_strings(queries, vocabulary(words, np.arange(7, 1007, dtype=np.int32)))
    expected = brute_force(queries, words, FLOOR)
    assert len(expected) > 1000
    assert found(table) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("A", "A", 100),
        ("A", "B", None),
        ("AAAAAA", "AAAAAAAA", 95),
        ("AAAAAB", "AAAAAC", 93),
        ("MARTHA", "MARHTA", 96),
        ("DIXON", "DICKSONX", 81),
        ("DWAYNE", "DUANE", 84),
        ("FOURTEENTH", "FOURTH", 92),
    ],
)
def test_known_similarities(left: str, right: str, expected: int | None) -> None:
    table = similar_strings([left], vocabulary([right], np.zeros(1, np.int32)))
    assert found(table) == (set() if expected is None else {(0, 0, expected)})


def test_a_floor_of_hundredths_is_exact_at_every_cut_point() -> None:
    for k in range(101):
        cut = k / 100
        below = np.nextafter(cut, -1.0)
        assert hundredths(np.array([cut, np.nextafter(cut, 2.0)])).tolist() == [k, k]
        if k:
            assert hundredths(np.array([below])).tolist() == [k - 1]


def test_single_precision_is_read_as_the_number_it_is() -> None:
    values = (np.arange(101) / 100).astype(np.float32)
    expected = [level(float(value)) for value in values]
    assert expected != list(range(101)), "some lie below the number they stand for"
    assert hundredths(values).tolist() == expected


def test_nothing_asked_or_nothing_searched_finds_nothing() -> None:
    empty = vocabulary([], np.empty(0, np.int32))
    assert found(similar_strings(["MARIA"], empty)) == set()
    some = vocabulary(["MARIA"], np.zeros(1, np.int32))
    table = similar_strings([], some)
    assert table.starts.tolist() == [0]
    assert table.codes.size == 0


@pytest.mark.parametrize(("at_once", "remembered"), [(1000, 1000), (1, 0), (2, 2)])
def test_a_cache_answers_as_the_search_does_whatever_was_asked_before(
    at_once: int, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.matching.similarity._AT_ONCE", at_once)
    monkeypatch.setattr("simulator.matching.similarity.MOST_REMEMBERED", remembered)
    texts = ["MARIA", "MARIE", "MARIO", "JOSE", "JOSEPH"]
    searched = vocabulary(texts, np.arange(7, 12, dtype=np.int32))
    cache = SimilarityCache(searched)
    for queries in (["MARIA"], [], ["JOSE", "MARIA", "JOSE", "XQ"], ["XQ", "MARIO"]):
        assert found(cache.similar(queries)) == brute_force(queries, texts, FLOOR)


@pytest.mark.parametrize("text", ["", "DE LA CRUZ", "O'BRIEN", "Maria", "MUÑOZ", "9A", "A" * 63])
def test_what_is_not_letters_is_refused(text: str) -> None:
    """The kernels would read beyond their tables."""
    codes = np.zeros(1, np.int32)
    with pytest.raises(ValueError, match="letters A-Z"):
        vocabulary([text], codes)
    with pytest.raises(ValueError, match="letters A-Z"):
        similar_strings([text], vocabulary(["SMITH"], codes))
