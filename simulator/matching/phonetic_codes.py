"""Codes of how a name sounds in English, from well-kept libraries.

Double Metaphone (Lawrence Philips, C/C++ Users Journal, June 2000) gives a name two codes, the
second for another way to say it, as the library ``doublemetaphone`` computes them from the code
published with the article. NYSIIS (Taft 1970, New York State Identification and Intelligence
System) gives one, as the library ``jellyfish`` computes it; it is not cut to six letters.

Limits: both were made for English and for names as Americans say them. A code of no letter (HH, W)
says nothing about a name and is left out.
"""

from doublemetaphone import doublemetaphone
from jellyfish import nysiis

Codes = frozenset[str]


def double_metaphone_codes(text: str) -> Codes:
    """Return the one or two Double Metaphone codes of a name in capitals, none if it is silent."""
    return frozenset(doublemetaphone(text)) - {""}


def nysiis_codes(text: str) -> Codes:
    """Return the NYSIIS code of a name in capitals: a set of one, or none."""
    return frozenset((nysiis(text),)) - {""}
