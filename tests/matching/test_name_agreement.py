"""Names that agree otherwise than by spelling: the search equals its plain twin."""

from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simulator import lexicon
from simulator.matching.agreement import FLOOR, FULL, NamedAgreement, scale
from simulator.matching.comparison import strengths
from simulator.matching.equivalences import WAYS, NameField
from simulator.matching.name_agreement import AgreeingNames, agreeing
from simulator.matching.plain_names import plain_agreement, plain_named, plain_similarity
from simulator.matching.similarity import SimilarStrings, Vocabulary, vocabulary
from simulator.reference import tables
from simulator.scenario.choices import NameMeasure
from simulator.scenario.comparisons import NamedAgreements
from simulator.scenario.schema import MatchingPart
from tests.matching.samples import part

FIELDS = tuple(NameField)
SWITCHES = tuple(way.name.lower() for way in NamedAgreement if way.name != "DIFFERENTLY_WRITTEN")
LISTED = (
    *("WILLIAM", "BILL", "WILL", "WILLIE", "ROBERT", "BOB", "ROB", "JOSE", "PEPE", "MARIA", "M"),
    *("J", "JO", "MOHAMED", "MUHAMMAD", "MOHAMMED", "SERGEI", "SERGEY", "KATHERINE", "CATHERINE"),
    *("KATE", "KATHY", "W", "H", "LEE", "LI", "YI", "GONZALEZ", "GONZALES", "GARCIA", "GARZA"),
    *(
        "SMITH",
        "SCHMIDT",
        "SMYTHE",
        "THOMPSON",
        "THOMSON",
        "RODRIGUEZ",
        "RODRIQUEZ",
        "LEON",
        "LEONE",
    ),
)
LETTERS = st.text("ABEHIJKLMNORSTWZ", min_size=1, max_size=7)
WORTH = st.one_of(st.none(), st.sampled_from((0.8, 0.81, 0.88, 0.92, 0.95, 1.0)))


@cache
def listed_names() -> tuple[str, ...]:
    """Return names that some table lists beside each other."""
    nicknames = [(formal, *shorts) for formal, shorts in tables.nicknames().items()]
    families = [family for kind in tables.romanisations().values() for family in kind]
    return tuple(name for group in (*nicknames[::60], *families[::90]) for name in group)


NAMES = st.one_of(st.sampled_from(LISTED), st.sampled_from(listed_names()), LETTERS)


def switched(**worths: float | None) -> MatchingPart:
    return part(name_agreements=worths)


def parts() -> st.SearchStrategy[MatchingPart]:
    return st.builds(
        lambda worths, measure: part(name_agreements=worths, name_measure=measure),
        st.fixed_dictionaries(dict.fromkeys(SWITCHES, WORTH)),
        st.sampled_from(tuple(NameMeasure)),
    )


def searched(texts: list[str]) -> Vocabulary:
    """Return a vocabulary with codes in no order."""
    codes = np.random.default_rng(1).permutation(3 * len(texts))[: len(texts)]
    return vocabulary(texts, codes.astype(np.int32))


def spelt_alike(
    queries: list[str], known: Vocabulary, measure: NameMeasure = NameMeasure.JARO_WINKLER
) -> SimilarStrings:
    """Return the table of similar strings by brute force, whatever the measure."""
    starts, codes, hundredths = [0], [], []
    for query in queries:
        for text, code in zip(known.texts, known.codes.tolist(), strict=True):
            similarity = plain_similarity(query, text, measure)
            if similarity >= FLOOR:
                codes.append(code)
                hundredths.append(similarity)
        starts.append(len(codes))
    return SimilarStrings(
        np.array(starts, dtype=np.int64),
        np.array(codes, dtype=np.int32),
        np.array(hundredths, dtype=np.int8),
    )


def as_pairs(
    found: AgreeingNames, queries: list[str], known: Vocabulary
) -> dict[tuple[str, str], int]:
    text = dict(zip(known.codes.tolist(), known.texts, strict=True))
    pairs = [
        ((query, text[int(found.codes[k])]), int(found.agreement[k]))
        for q, query in enumerate(queries)
        for k in range(found.starts[q], found.starts[q + 1])
    ]
    assert len(dict(pairs)) == len(pairs), "each code once"
    return dict(pairs)


def agreeing_pairs(
    queries: list[str], texts: list[str], field: NameField, rules: MatchingPart
) -> dict[tuple[str, str], int]:
    known = searched(texts)
    similar = spelt_alike(queries, known, rules.name_measure)
    return as_pairs(agreeing(similar, queries, known, field, rules), queries, known)


@settings(max_examples=300, deadline=None)
@given(
    queries=st.lists(NAMES, max_size=12, unique=True),
    texts=st.lists(NAMES, max_size=25, unique=True),
    field=st.sampled_from(FIELDS),
    rules=parts(),
)
def test_the_search_equals_its_plain_twin(
    queries: list[str], texts: list[str], field: NameField, rules: MatchingPart
) -> None:
    plain = {
        (query, text): plain_agreement(query, text, field, rules)
        for query in queries
        for text in texts
    }
    expected = {pair: code for pair, code in plain.items() if code}
    assert agreeing_pairs(queries, texts, field, rules) == expected


@settings(max_examples=300, deadline=None)
@given(left=NAMES, right=NAMES, field=st.sampled_from(FIELDS))
def test_every_way_of_agreeing_is_symmetric(left: str, right: str, field: NameField) -> None:
    assume(left != right)
    for way in WAYS[field]:
        there = bool(way.asked(left) & way.answered(right))
        assert there == bool(way.asked(right) & way.answered(left))
        assert there == (way.agreement in plain_named(left, right, field))
    assert plain_named(left, right, field) == plain_named(right, left, field)


@settings(max_examples=100, deadline=None)
@given(worths=st.fixed_dictionaries(dict.fromkeys(SWITCHES, WORTH)))
def test_what_counts_for_more_ranks_higher_and_equals_have_an_order(
    worths: dict[str, float | None],
) -> None:
    agreements = NamedAgreements.model_validate(worths)
    counts_for = scale(agreements)
    order = strengths(counts_for)
    used = np.flatnonzero(counts_for)
    assert np.unique(order[used]).size == used.size
    assert (order[counts_for == 0] == 0).all()
    assert (np.diff(counts_for[used[np.argsort(order[used])]]) >= 0).all()
    assert order[FULL] == order.max()


@pytest.mark.parametrize(
    ("field", "switch", "agree", "differ"),
    [
        ("given", "nickname", ("WILLIAM", "BILL"), ("BILL", "KATE")),
        ("given", "nickname", ("BILL", "WILLIE"), ("WILLIAM", "KATHERINE")),
        ("given", "romanisation", ("MOHAMED", "MUHAMMAD"), ("MOHAMED", "SERGEI")),
        ("surname", "romanisation", ("GONZALES", "GONZALEZ"), ("GONZALES", "GARCIA")),
        ("given", "initial", ("W", "WILLIAM"), ("B", "WILLIAM")),
        ("given", "initial", ("WILLIAM", "W"), ("WILLIAM", "WB")),
        ("surname", "double_metaphone", ("SMITH", "SCHMIDT"), ("SMITH", "JONES")),
        ("given", "double_metaphone", ("CATHERINE", "KATHRYN"), ("H", "W")),
        ("surname", "nysiis", ("THOMPSON", "TOMPSON"), ("SMITH", "SCHMIDT")),
        ("surname", "name_control", ("RODRIGUEZ", "RODRALES"), ("LEE", "LEEDS")),
    ],
)
def test_a_way_joins_these_and_not_those(
    field: str, switch: str, agree: tuple[str, str], differ: tuple[str, str]
) -> None:
    rules = switched(**{switch: 1.0})
    for (left, right), expected in ((agree, True), (differ, False)):
        found = agreeing_pairs([left], [right], NameField(field), rules)
        named = NamedAgreement[switch.upper()]
        assert (found.get((left, right)) == named) == expected
        assert (
            agreeing_pairs([left], [right], NameField(field), part()).get((left, right), 0) < FULL
        )


NICKNAME, DOUBLE_METAPHONE, NYSIIS = (
    NamedAgreement.NICKNAME,
    NamedAgreement.DOUBLE_METAPHONE,
    NamedAgreement.NYSIIS,
)


@pytest.mark.parametrize(
    ("pair", "worths", "expected"),
    [
        # WILLIAM and WILL are 91 alike: a nickname worth less does not show, one worth it does.
        (("WILLIAM", "WILL"), {"nickname": 0.90}, 91),
        (("WILLIAM", "WILL"), {"nickname": 0.91}, NICKNAME),
        (("THOMPSON", "TOMPSON"), {"nysiis": 1.0, "double_metaphone": 0.97}, NYSIIS),
        (("THOMPSON", "TOMPSON"), {"nysiis": 0.97, "double_metaphone": 1.0}, DOUBLE_METAPHONE),
        (("THOMPSON", "TOMPSON"), {"nysiis": 0.97, "double_metaphone": 0.97}, DOUBLE_METAPHONE),
        (("WILL", "WILL"), {"nickname": 1.0, "nysiis": 1.0}, FULL),
    ],
)
def test_the_way_that_counts_for_more_stands(
    pair: tuple[str, str], worths: dict[str, float], expected: int
) -> None:
    found = agreeing_pairs([pair[0]], [pair[1]], NameField.GIVEN, switched(**worths))
    assert found == {pair: expected}


def test_with_no_way_looked_at_the_similarity_table_is_handed_on() -> None:
    known = searched(list(LISTED))
    similar = spelt_alike(["WILLIAM"], known)
    for field, rules in ((NameField.GIVEN, part()), (NameField.SURNAME, switched(nickname=1.0))):
        found = agreeing(similar, ["WILLIAM"], known, field, rules)
        assert found.codes is similar.codes
        assert found.agreement is similar.hundredths


def test_nothing_agrees_with_nothing() -> None:
    rules = switched(**dict.fromkeys(SWITCHES, 1.0))
    assert agreeing_pairs([], list(LISTED), NameField.GIVEN, rules) == {}
    assert agreeing_pairs(["WILLIAM"], [], NameField.GIVEN, rules) == {}


def test_an_unknown_field_is_refused() -> None:
    known = searched(["WILLIAM"])
    with pytest.raises(ValueError, match="street"):
        agreeing(spelt_alike([], known), [], known, "street", part())


def test_misspelt_names_agree_as_what_they_are_spelt_like() -> None:
    """Of the misspellings of CATHERINE most are no listed name; they sound like it all the same."""
    words = lexicon.names().lexicon
    code = words.texts.index("CATHERINE")
    slots = range(1, lexicon.VARIANTS + 1)
    spelt = sorted({words.text(code + words.size * slot) for slot in slots})
    rules = switched(**dict.fromkeys(SWITCHES, 1.0))
    found = agreeing_pairs(spelt, ["KATHRYN", "CATHY"], NameField.GIVEN, rules)
    assert any(code == DOUBLE_METAPHONE for code in found.values())
