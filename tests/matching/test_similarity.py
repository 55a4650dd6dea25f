from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.process import cdist

from simulator.matching.agreement import FLOOR
from simulator.matching.similarity import (
    SimilarityCache,
    SimilarStrings,
    Vocabulary,
    similar_strings,
    vocabulary,
)
from simulator.matching.similarity_join import Strings, strings
from simulator.matching.similarity_measures import (
    Requirements,
    hundredths,
    pairwise_hundredths,
    requirements,
)
from simulator.scenario.schema import NameMeasure

Found = set[tuple[int, int, int]]
JARO_WINKLER, DAMERAU_LEVENSHTEIN = NameMeasure.JARO_WINKLER, NameMeasure.DAMERAU_LEVENSHTEIN
MEASURES = st.sampled_from(NameMeasure)

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


def brute_force(
    queries: list[str], texts: list[str], floor: int, measure: NameMeasure = JARO_WINKLER
) -> Found:
    if not queries or not texts:
        return set()
    if measure == JARO_WINKLER:
        values = cdist(queries, texts, scorer=JaroWinkler.similarity, dtype=np.float64)
        some, which = np.unique(values, return_inverse=True)
        levels = np.array([level(value) for value in some.tolist()])[which].reshape(values.shape)
    else:
        edits = cdist(queries, texts, scorer=DamerauLevenshtein.distance, dtype=np.int64)
        longer = np.maximum.outer([len(q) for q in queries], [len(t) for t in texts])
        levels = (longer - edits) * 100 // longer
    rows, columns = np.nonzero(levels >= floor)
    at = levels[rows, columns].tolist()
    return set(zip(rows.tolist(), (7 + columns).tolist(), at, strict=True))


def searched_for(texts: list[str]) -> Vocabulary:
    return vocabulary(texts, np.arange(7, 7 + len(texts), dtype=np.int32))


@settings(deadline=None, max_examples=300)
@given(st.lists(WORDS, min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=25), MEASURES)
def test_search_finds_what_brute_force_finds(
    queries: list[str], texts: list[str], measure: NameMeasure
) -> None:
    table = similar_strings(queries, searched_for(texts), measure=measure)
    assert found(table) == brute_force(queries, texts, FLOOR, measure)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(WORDS, min_size=1, max_size=8),
    st.lists(WORDS, min_size=1, max_size=12),
    st.integers(72, 100),
    MEASURES,
)
def test_search_keeps_to_its_floor(
    queries: list[str], texts: list[str], floor: int, measure: NameMeasure
) -> None:
    table = similar_strings(queries, searched_for(texts), floor=floor, measure=measure)
    assert found(table) == brute_force(queries, texts, floor, measure)


@pytest.mark.parametrize("floor", [-1, 0, 71, 101])
def test_a_floor_without_proof_is_refused(floor: int) -> None:
    with pytest.raises(ValueError, match="floor must be 72 to 100"):
        similar_strings(["MARIA"], searched_for(["MARIA"]), floor=floor)
    with pytest.raises(ValueError, match="floor must be 72 to 100"):
        SimilarityCache(searched_for(["MARIA"]), floor=floor)


def mutated_words() -> tuple[list[str], list[str]]:
    """Return 3,000 words, more of a length than one word of hits has places, and queries."""
    rng = np.random.default_rng(3)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

    def mutated(word: str) -> str:
        at = int(rng.integers(len(word)))
        other = str(letters[rng.integers(26)])
        swapped = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
        return (word[:at] + other + word[at + 1 :], word + other, swapped)[rng.integers(3)]

    words = ["".join(rng.choice(letters[:8], rng.integers(1, 20))) for _ in range(3000)]
    words += ["".join(rng.choice(letters[:2], rng.integers(1, 63))) for _ in range(100)]
    return [mutated(word) for word in words[::8]], words


@pytest.mark.parametrize("measure", list(NameMeasure))
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_search_agrees_with_brute_force_on_thousands_of_words(
    measure: NameMeasure, threads: int
) -> None:
    queries, words = mutated_words()
    table = similar_strings(queries, searched_for(words), measure=measure, threads=threads)
    expected = brute_force(queries, words, FLOOR, measure)
    assert len(expected) > 500
    assert found(table) == expected


def test_threads_do_not_show_in_the_order_either() -> None:
    queries, words = mutated_words()
    one, three = (similar_strings(queries, searched_for(words), threads=n) for n in (1, 3))
    assert np.array_equal(one.starts, three.starts)
    assert np.array_equal(one.codes, three.codes)
    assert np.array_equal(one.hundredths, three.hundredths)


def stricter_letters(measure: NameMeasure, floor: int) -> Requirements:
    letters, window = requirements(measure, floor)
    return Requirements(letters + 1, window)


def narrower_window(measure: NameMeasure, floor: int) -> Requirements:
    letters, window = requirements(measure, floor)
    # The window of the filter and of Jaro's own matching are one number: both narrow.
    return Requirements(letters, np.maximum(window - 1, 0))


@pytest.mark.parametrize("measure", list(NameMeasure))
@pytest.mark.parametrize("broken", [stricter_letters, narrower_window])
def test_a_filter_that_asks_too_much_is_noticed(
    measure: NameMeasure,
    broken: Callable[[NameMeasure, int], Requirements],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("simulator.matching.similarity.requirements", broken)
    queries, words = mutated_words()
    lost = brute_force(queries, words, FLOOR, measure) - found(
        similar_strings(queries, searched_for(words), measure=measure)
    )
    assert lost


@pytest.mark.parametrize("measure", list(NameMeasure))
def test_a_bag_that_forgets_repeated_letters_is_noticed(
    measure: NameMeasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(texts: Sequence[str]) -> Strings:
        ready = strings(texts)
        return ready._replace(uncounted=np.zeros_like(ready.uncounted))

    monkeypatch.setattr("simulator.matching.similarity.strings", forgetful)
    queries, words = mutated_words()
    lost = brute_force(queries, words, FLOOR, measure) - found(
        similar_strings(queries, searched_for(words), measure=measure)
    )
    assert lost


def test_rapidfuzz_decides_where_the_bonus_begins() -> None:
    """Jaro is 0.7 in real numbers: 6 of 10 letters and 6 of 12, none moved."""
    texts = ["ABCDEFZYXWVU", "ABCEDZFYXWVU", "ABCDEFZYXWVT"]
    for queries in (["ABCDEFGHIJ"], texts):
        searched = [*texts, "ABCDEFGHIJ"]
        assert found(similar_strings(queries, searched_for(searched))) == brute_force(
            queries, searched, FLOOR
        )


class Lower:
    """Jaro-Winkler as some other arithmetic might round it."""

    @staticmethod
    def similarity(left: str, right: str) -> float:
        return float(np.nextafter(JaroWinkler.similarity(left, right), 0.0))


def test_rapidfuzz_decides_what_lies_on_a_cut_point(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, words = mutated_words()
    searched = searched_for(words)
    expected = brute_force(queries, words, FLOOR)
    assert found(similar_strings(queries, searched)) == expected
    monkeypatch.setattr("simulator.matching.similarity.JaroWinkler", Lower)
    assert len(found(similar_strings(queries, searched)) ^ expected) > 100


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=20), MEASURES)
def test_pairs_are_measured_as_the_search_measures_them(
    pairs: list[tuple[str, str]], measure: NameMeasure
) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    values = pairwise_hundredths(left, right, measure)
    assert values.dtype == np.int8
    for a, b, value in zip(left, right, values.tolist(), strict=True):
        expected = {(0, 7, value)} if value >= FLOOR else set()
        assert brute_force([a], [b], FLOOR, measure) == expected
        assert found(similar_strings([a], searched_for([b]), measure=measure)) == expected


def test_any_text_can_be_measured_pair_by_pair() -> None:
    left, right = ["", "", "DE LA CRUZ", "MUÑOZ"], ["", "A", "DELACRUZ", "MUNOZ"]
    assert pairwise_hundredths(left, right, DAMERAU_LEVENSHTEIN).tolist() == [100, 0, 80, 80]
    assert pairwise_hundredths(left, right)[:2].tolist() == [100, 0]
    with pytest.raises(ValueError, match="1 strings on the left, 2 on the right"):
        pairwise_hundredths(["A"], ["A", "B"])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("MARIA", "MRAIA", 80),  # one exchange of five
        ("CA", "ABC", None),  # distance 2: exchanged, then edited again
        ("ABCDEFGHIJ", "ABCDEFGHJI", 90),
        ("ABCDEFGHIJ", "BADCEFGHIJ", 80),
        ("SMIT", "SMITH", 80),
        ("SMI", "SMIT", None),
    ],
)
def test_known_edits(left: str, right: str, expected: int | None) -> None:
    table = similar_strings([left], searched_for([right]), measure=DAMERAU_LEVENSHTEIN)
    assert found(table) == (set() if expected is None else {(0, 7, expected)})


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


@pytest.mark.parametrize(("remembered", "segments"), [(1000, 1000), (0, 1000), (1000, 1)])
@pytest.mark.parametrize("measure", list(NameMeasure))
def test_a_cache_answers_as_the_search_does_whatever_was_asked_before(
    remembered: int, segments: int, measure: NameMeasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.matching.similarity._MOST_SEGMENTS", segments)
    monkeypatch.setattr("simulator.matching.similarity.MOST_REMEMBERED", remembered)
    texts = ["MARIA", "MARIE", "MARIO", "JOSE", "JOSEPH"]
    cache = SimilarityCache(searched_for(texts), measure=measure)
    for queries in (["MARIA"], [], ["JOSE", "MARIA", "JOSE", "XQ"], ["XQ", "MARIO"], ["JOSEPH"]):
        assert found(cache.similar(queries)) == brute_force(queries, texts, FLOOR, measure)


def test_a_cache_computes_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noted(queries: Sequence[str], *rest: Any, **options: Any) -> SimilarStrings:
        asked.extend(queries)
        return similar_strings(queries, *rest, **options)

    monkeypatch.setattr("simulator.matching.similarity.similar_strings", noted)
    cache = SimilarityCache(searched_for(["MARIA"]))
    for queries in (["MARIA", "JOSE", "MARIA"], ["JOSE"], ["JOSE", "ANA"]):
        cache.similar(queries)
    assert sorted(asked) == ["ANA", "JOSE", "MARIA"]


@pytest.mark.parametrize("text", ["", "DE LA CRUZ", "O'BRIEN", "Maria", "MUÑOZ", "9A", "A" * 63])
def test_what_is_not_letters_is_refused(text: str) -> None:
    """The kernels would read beyond their tables."""
    codes = np.zeros(1, np.int32)
    with pytest.raises(ValueError, match="letters A-Z"):
        vocabulary([text], codes)
    with pytest.raises(ValueError, match="letters A-Z"):
        similar_strings([text], vocabulary(["SMITH"], codes))
    with pytest.raises(ValueError, match="letters A-Z"):
        SimilarityCache(vocabulary(["SMITH"], codes)).similar([text])
