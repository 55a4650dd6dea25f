"""Derive the table of letters that keyboards, scanners and ears confuse.

Rests on three tables of an open-source noise simulator: neighbouring keys, shapes that optical
character recognition mistakes, and spellings that sound alike. They say what can be mistaken for
what, not how often.
"""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import yaml

from simulator.reference.hand_written import LETTERS

# A phonetic rule holds at one place of the word only; the channel carries the place.
PHONETIC_CHANNELS = {"ALL": "phonetic", "START": "phonetic_start", "END": "phonetic_end"}
NO_CONDITION = "None"


def confusion_table(keyboard: bytes, ocr: bytes, phonetic: bytes) -> pa.Table:
    """Build the table of confusions: channel, original, replacement; sorted, without repeats.

    Only rules from letters to other letters are kept, in upper case. Shapes are confused in both
    directions. Phonetic rules are kept as directed, where they carry no condition but the place.
    """
    rows = _keyboard(keyboard) | _ocr(ocr) | _phonetic(phonetic)
    kept = sorted(
        row
        for row in rows
        if row[1] != row[2] and LETTERS.fullmatch(row[1]) and LETTERS.fullmatch(row[2])
    )
    channels, originals, replacements = zip(*kept, strict=True)
    return pa.table(
        {
            "channel": pa.array(channels),
            "original": pa.array(originals),
            "replacement": pa.array(replacements),
        }
    )


def _keyboard(text: bytes) -> set[tuple[str, str, str]]:
    neighbours = yaml.safe_load(text)
    return {
        ("keyboard", str(key).upper(), str(neighbour).upper())
        for key, others in neighbours.items()
        for neighbour in others
    }


def _ocr(text: bytes) -> set[tuple[str, str, str]]:
    pairs = {(row[0].upper(), row[1].upper()) for row in _records(text, 2)}
    return {("ocr", *pair) for pair in pairs} | {("ocr", b, a) for a, b in pairs}


def _phonetic(text: bytes) -> set[tuple[str, str, str]]:
    return {
        (PHONETIC_CHANNELS[place], original.upper(), replacement.upper())
        for place, original, replacement, *conditions in _records(text, 7)
        if place in PHONETIC_CHANNELS and all(c == NO_CONDITION for c in conditions)
    }


def _records(text: bytes, width: int) -> list[list[str]]:
    lines = (line for line in text.decode("utf-8").splitlines() if not line.startswith("#"))
    rows = csv.reader(io.StringIO("\n".join(lines)))
    return [[cell.strip() for cell in row] for row in rows if len(row) == width]
