"""Which names lie one slip apart, against every slip written out by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.reference import tables
from simulator.slips import LONGEST, one_slip_away

# Few letters, so that slips of names often are names.
NAMES = st.lists(st.text("ASDZ", min_size=1, max_size=15), min_size=1, max_size=40, unique=True)


def slips_of(text: str) -> set[str]:
    """Return every text that one slip makes of another, by slicing."""
    near = tables.confusions()["keyboard"]
    found = set()
    for at, letter in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        found |= {before + after, before + letter + letter + after}
        found |= {before + key + after for key in near[letter]}
        if after:
            found.add(before + after[0] + letter + after[1:])
    return found - {text}


@settings(max_examples=200, deadline=None)
@given(NAMES)
def test_names_one_slip_apart_are_those_that_a_slip_leads_to(texts: list[str]) -> None:
    codes = np.arange(10, 10 + len(texts), dtype=np.int32)
    names, others = one_slip_away(codes, texts)
    found = {(texts[a - 10], texts[b - 10]) for a, b in zip(names, others, strict=True)}
    short = {text for text in texts if len(text) <= LONGEST}
    expected = {(text, slip) for text in short for slip in slips_of(text) & short if len(slip) > 1}
    assert found == expected


def test_no_names_have_no_slips() -> None:
    names, others = one_slip_away(np.empty(0, np.int32), [])
    assert (names.size, others.size) == (0, 0)
