"""Tokens of surnames, as the Census would list them."""

import numpy as np
import pytest

from simulator import lexicon
from simulator.fidelity.surnames import (
    UNLISTED,
    SurnameCounts,
    _doubles,
    listed_tokens,
    surname_statistics,
)
from simulator.reference import tables


def code(name: str) -> int:
    return lexicon.names().lexicon.texts.index(name)


def test_two_surnames_are_listed_only_where_the_list_has_them_as_one() -> None:
    listed = listed_tokens()
    first = np.array([code("GARCIA"), code("GARCIA")], np.int32)
    second = np.array([code("LOPEZ"), code("SMITH")], np.int32)
    double, unlisted = _doubles(first, second, listed)
    assert unlisted == UNLISTED
    assert double >= listed.size
    assert listed.controls[double] == listed.controls[code("GARCIA")], "GARC begins both"
    assert _doubles(second[:1], first[:1], listed)[0] != double, "order matters"


def test_names_of_the_tail_are_not_listed() -> None:
    synthetic = lexicon.names().surname_codes[tables.surnames().synthetic]
    assert synthetic.size
    assert not listed_tokens().single[synthetic].any()
    assert listed_tokens().single[code("SMITH")]


def test_statistics_of_a_made_up_list() -> None:
    size = listed_tokens().controls.size
    bearers = np.zeros((len(tables.NAME_GROUPS), size), np.int64)
    bearers[0, [code("SMITH"), code("SMITHSON"), code("GARCIA")]] = 3, 2, 1
    people = np.array([8, 0, 0, 0, 0])
    found = surname_statistics(SurnameCounts(bearers, people))
    assert found["surname_effective_white"] == pytest.approx(30 / 8)
    assert found["control_concentration_white"] == pytest.approx(20 / 30), "SMIT and GARC"
    assert found["other_surname_given_control_white"] == pytest.approx(12 / 20)
    assert float(found["surname_outside_list_white"]) == 2 / 8
    assert found["surname_top10_white"] == pytest.approx(6 / 8)
    assert found["surname_top26_white"] == 1.0
