from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import lexicon, relations
from simulator.lexicon import ABSENT
from simulator.reference import tables
from simulator.relations import Relation, related, relation, sole_form

EACH = pytest.mark.parametrize(
    "known",
    [
        relations.nicknames,
        relations.initials,
        relations.without_particle,
        relations.first_parts,
        relations.surname_romanisations,
        relations.given_romanisations,
        relations.surname_slips,
        relations.given_slips,
    ],
)
OF_GIVEN_NAMES = (
    relations.nicknames,
    relations.first_parts,
    relations.given_romanisations,
    relations.given_slips,
)
OF_SURNAMES = (
    relations.without_particle,
    relations.surname_romanisations,
    relations.surname_slips,
)


def codes(*names: str) -> np.ndarray:
    texts = lexicon.names().lexicon.texts
    return np.array([texts.index(name) for name in names], dtype=np.int32)


def texts(found: np.ndarray) -> list[str]:
    return [lexicon.names().lexicon.text(int(code)) for code in found]


def forms(name: str, known: Relation) -> set[str]:
    [code] = codes(name)
    return set(texts(known.codes[known.starts[code] : known.starts[code + 1]]))


@EACH
def test_every_relation_is_one_of_entries_to_other_entries(known: Callable[[], Relation]) -> None:
    table, size = known(), lexicon.names().lexicon.size
    assert table.starts.size == size + 1
    assert table.codes.size > 0
    names = np.repeat(np.arange(size), np.diff(table.starts))
    assert ((table.codes >= 0) & (table.codes < size) & (table.codes != names)).all()
    last = table.starts[1:][np.diff(table.starts) > 0] - 1
    assert (table.cumulative[last] == 1.0).all()
    within = np.diff(table.cumulative, prepend=0.0)[np.setdiff1d(np.arange(last[-1]), last + 1)]
    assert (within > 0.0).all(), "every form has a chance"


@EACH
@pytest.mark.parametrize("u", [0.0, 0.37, 0.999999])
def test_names_without_a_form_variants_and_absent_stay(
    known: Callable[[], Relation], u: float
) -> None:
    table, size = known(), lexicon.names().lexicon.size
    alone = np.flatnonzero(np.diff(table.starts) == 0)[:50]
    some = np.flatnonzero(np.diff(table.starts))[:50]
    kept = np.concatenate([[ABSENT], alone, some + size, some + size * 288]).astype(np.int32)
    np.testing.assert_array_equal(related(kept, table, np.full(kept.size, u)), kept)
    changed = related(some.astype(np.int32), table, np.full(some.size, u))
    assert (changed != some).all()


def test_forms_are_drawn_at_their_weights() -> None:
    weights = np.zeros(lexicon.names().lexicon.size)
    weights[[3, 5, 8]] = 1.0, 2.0, 5.0
    known = relation(np.array([1, 1, 1, 1]), np.array([8, 3, 5, 3]), weights)
    u = np.array([0.0, 0.124, 0.126, 0.374, 0.376, 0.99])
    found = related(np.full(6, 1, np.int32), known, u)
    assert found.tolist() == [3, 3, 5, 5, 8, 8]
    even = relation(np.array([1, 1]), np.array([8, 3]))
    found = related(np.full(2, 1, np.int32), even, np.array([0.49, 0.51]))
    assert found.tolist() == [3, 8]


@given(st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=1, max_size=5))
def test_what_is_drawn_depends_on_the_own_uniform_alone(draws: list[float]) -> None:
    known = relations.nicknames()
    [william] = codes("WILLIAM")
    together = related(np.full(len(draws), william, np.int32), known, np.array(draws))
    alone = [related(np.array([william], np.int32), known, np.array([u]))[0] for u in draws]
    assert together.tolist() == alone


def test_known_forms() -> None:
    assert {"BILL", "WILL"} <= forms("WILLIAM", relations.nicknames())
    assert "PEPE" in forms("JOSE", relations.nicknames())
    assert forms("GARCIA", relations.initials()) == {"G"}
    assert forms("G", relations.initials()) == set()
    assert forms("DELACRUZ", relations.without_particle()) == {"CRUZ"}
    assert forms("GARCIA", relations.without_particle()) == set()
    assert forms("MARYANN", relations.first_parts()) == {"MARY"}
    assert "LEE" in forms("LI", relations.surname_romanisations())
    assert "LI" in forms("LEE", relations.surname_romanisations())
    assert "GONZALES" in forms("GONZALEZ", relations.surname_romanisations())
    assert "MUHAMMAD" in forms("MOHAMED", relations.given_romanisations())
    assert "RODRIQUEZ" not in forms("RODRIGUEZ", relations.surname_slips()), "Q is no neighbour"
    assert {"GARICA", "GARCI", "GACIA"} <= forms("GARCIA", relations.surname_slips())


def test_a_sole_form_needs_no_draw() -> None:
    found = sole_form(codes("DELACRUZ", "GARCIA"), relations.without_particle())
    assert texts(found) == ["CRUZ", "GARCIA"]


def test_given_names_stay_given_names_and_surnames_surnames() -> None:
    """A register is searched by what its fields may hold."""
    names = lexicon.names()
    for known in OF_GIVEN_NAMES:
        assert np.isin(known().codes, names.given_codes).all()
        assert relations.may_be_given()[known().codes].all()
    for known in OF_SURNAMES:
        assert np.isin(known().codes, names.surname_codes).all()
        assert relations.may_be_surname()[known().codes].all()
    assert relations.may_be_given()[names.given_codes].all()
    assert relations.may_be_surname()[names.surname_codes].all()
    assert relations.may_be_given()[codes("GARCIA", "NGUYEN")].all()
    assert not relations.may_be_given().all()


def test_romanisations_name_each_other() -> None:
    for known in (relations.surname_romanisations(), relations.given_romanisations()):
        names = np.repeat(np.arange(known.starts.size - 1), np.diff(known.starts))
        pairs = set(zip(names.tolist(), known.codes.tolist(), strict=True))
        assert pairs == {(b, a) for a, b in pairs}


def test_a_slip_rather_turns_a_rare_name_into_a_common_one() -> None:
    known = relations.surname_slips()
    [rare] = codes("GARICA")
    chances = np.diff(known.cumulative[known.starts[rare] : known.starts[rare + 1]], prepend=0.0)
    found = known.codes[known.starts[rare] : known.starts[rare + 1]]
    likeliest = found[np.argmax(chances)]
    assert texts(np.array([likeliest])) == ["GARCIA"]
    assert len(tables.surnames().names) > 100_000, "the whole table is searched"
