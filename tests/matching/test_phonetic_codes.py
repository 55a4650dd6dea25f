"""The libraries give the codes that were published with the algorithms."""

import pytest

from simulator.matching.phonetic_codes import double_metaphone_codes, nysiis_codes


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("SMITH", {"SM0", "XMT"}),
        ("SCHMIDT", {"XMT", "SMT"}),
        ("THUMB", {"0M", "TM"}),
        ("CAESAR", {"SSR"}),
        ("ARNOW", {"ARN", "ARNF"}),
        ("FILIPOWICZ", {"FLPTS", "FLPFX"}),
        ("CATHERINE", {"K0RN", "KTRN"}),
        ("JOSE", {"HS"}),
        ("HH", set()),
    ],
)
def test_double_metaphone(name: str, codes: set[str]) -> None:
    assert double_metaphone_codes(name) == codes


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BISHOP", "BASAP"),
        ("CARLSON", "CARLSAN"),
        ("CHAPMAN", "CAPNAN"),
        ("FRANKLIN", "FRANCLAN"),
        ("GREENE", "GRAN"),
        ("LAWRENCE", "LARANC"),
        ("MACKENZIE", "MCANSY"),
        ("MCCORMACK", "MCARNAC"),
        ("MORRISON", "MARASAN"),
        ("OBRIEN", "OBRAN"),
        ("WHEELER", "WALAR"),
        ("KNIGHT", "NAGT"),
    ],
)
def test_nysiis(name: str, code: str) -> None:
    assert nysiis_codes(name) == {code}
