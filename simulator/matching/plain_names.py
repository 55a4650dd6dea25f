"""The plain twin of name agreement: two strings at a time, by the definitions themselves.

It shares with ``matching.name_agreement`` the reference tables and the libraries, not the keys, the
tables of similar strings or the search.
"""

from doublemetaphone import doublemetaphone
from jellyfish import nysiis
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from simulator.lexicon import RUN_TOGETHER
from simulator.matching.agreement import FLOOR, FULL, NamedAgreement
from simulator.matching.equivalences import NameField
from simulator.reference import tables
from simulator.scenario.choices import NameMeasure
from simulator.scenario.schema import MatchingPart


def _same_formal_name(left: str, right: str) -> bool:
    pair = {left, right}
    return any(pair <= {formal, *shorts} for formal, shorts in tables.nicknames().items())


def _same_family(left: str, right: str, field: NameField) -> bool:
    return any({left, right} <= set(family) for family in tables.romanisations()[field])


def _initial_of(left: str, right: str) -> bool:
    return (len(left) == 1) != (len(right) == 1) and left[0] == right[0]


def _sound_alike(left: str, right: str) -> bool:
    return any(code and code in doublemetaphone(right) for code in doublemetaphone(left))


def plain_named(left: str, right: str, field: NameField) -> set[NamedAgreement]:
    """Return the ways in which two different names agree otherwise than by spelling."""
    ways = {
        NamedAgreement.ROMANISATION: _same_family(left, right, field),
        NamedAgreement.DOUBLE_METAPHONE: _sound_alike(left, right),
        NamedAgreement.NYSIIS: nysiis(left) == nysiis(right) != "",
    }
    if field == NameField.GIVEN:
        ways[NamedAgreement.NICKNAME] = _same_formal_name(left, right)
        ways[NamedAgreement.INITIAL] = _initial_of(left, right)
    else:
        ways[NamedAgreement.NAME_CONTROL] = left[:4] == right[:4]
    return {way for way, agree in ways.items() if agree}


def plain_similarity(left: str, right: str, measure: NameMeasure) -> int:
    """Return how alike two spellings are, in hundredths rounded down."""
    if measure == NameMeasure.DAMERAU_LEVENSHTEIN:
        longer = max(len(left), len(right))
        return (longer - int(DamerauLevenshtein.distance(left, right))) * FULL // longer
    similarity = JaroWinkler.similarity(left, right)
    return max(k for k in range(FULL + 1) if k / FULL <= similarity)


def plain_written(text: str, field: str, style: int) -> str:
    """Return a name as a style writes it in a field (a ``NameField``)."""
    if style & RUN_TOGETHER:
        return text
    if NameField(field) == NameField.GIVEN:
        return " ".join(tables.compound_given().get(text, (text,)))
    return tables.particles()[text][0] if text in tables.particles() else text


def plain_agreement(left: str, right: str, field: str, part: MatchingPart) -> int:
    """Return how two names agree in a field (a ``NameField``): a code of agreement, 0 if not."""
    best, similarity = 0, plain_similarity(left, right, part.name_measure)
    counts_for = similarity if similarity >= FLOOR else 0
    if counts_for == FULL:
        return FULL
    for way in sorted(plain_named(left, right, NameField(field))):
        worth = getattr(part.name_agreements, way.name.lower())
        named_before = best > 0
        if worth is None:
            continue
        hundredths = round(worth * FULL)
        if hundredths > counts_for or (hundredths == counts_for and not named_before):
            best, counts_for = int(way), hundredths
    return best or counts_for
