"""One timed round of our matching, as JSON: python overmatch_matching.py FOLDER LINKS MODE.

MODE cold forgets all similar names first, warm finds them on disk where an earlier round left them.
Timed is everything from tables of codes to links: similar names, index, pairs, levels, weights and
threshold. Compilation is not (a small table is matched before), nor loading. With --coding the time
to turn the others' text into our codes is measured too, apart. LINKS - writes none.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from matching_rule import BLOCKING, FIELDS, THRESHOLD
from matching_tables import Records, fresh, read_codes, written_again
from memory import peak_megabytes

from simulator import kernels, lexicon
from simulator.matching.decision import decision
from simulator.matching.linkage import name_search, prepare, scored_blocks
from simulator.matching.prepared import told_apart_from
from simulator.records import Requests, Roll
from simulator.reference import tables
from simulator.scenario.schema import MatchingPart

THREADS = 2
Links = npt.NDArray[np.int32]


def matching_part() -> MatchingPart:
    """Return the rule as a scenario states it."""
    levels = {}
    for name, field in FIELDS.items():
        cuts = "at_least" if name in ("given_name", "surname") else "levels"
        points = [0.0] * len(field.m)
        levels[name] = {cuts: field.levels, "m": field.m, "u": field.u, "points": points}
    return MatchingPart.model_validate(
        {
            "blocking": BLOCKING,
            "dissimilar_names_compared": True,
            "decision_rule": "fellegi_sunter",
            "weights_from": "given",
            "score_threshold": THRESHOLD,
            "surname_tokens": "first",
            "birth_date_days": 0,
            "fields": levels,
        }
    )


def _blank(size: int) -> dict[str, npt.NDArray[np.integer]]:
    """Return the columns that nobody fills here."""
    absent = ("middle", "surname_2", "street")
    zeros = ("form", "number", "unit")
    return {
        **{name: np.full(size, lexicon.ABSENT, np.int32) for name in absent},
        **{name: np.zeros(size, np.int32) for name in zeros},
        "suffix": np.zeros(size, np.int8),
        "name_style": np.zeros(size, np.int8),
        "style": np.zeros(size, np.int8),
        "tin": np.full(size, -1, np.int64),
    }


def as_requests(records: Records) -> Requests:
    """Return records as a list of requests."""
    size = records.given.size
    return Requests(
        given=records.given,
        surname_1=records.surname,
        birth=records.birth,
        place=records.place,
        address_kind=np.zeros(size, np.int8),
        **_blank(size),
    )


def as_roll(records: Records) -> Roll:
    """Return records as a roll, all of them primary filers."""
    size = records.given.size
    small = ("role", "filing_status", "years_since_filing")
    return Roll(
        given=records.given,
        surname_1=records.surname,
        birth=records.birth,
        place=records.place,
        **{name: np.zeros(size, np.int8) for name in small},
        **_blank(size),
    )


class Round:
    """One pass over the tables, with what it counted and where its time went."""

    def __init__(self, requests: Requests, roll: Roll, part: MatchingPart) -> None:
        """Match and keep the links, shape (2, links)."""
        self.pairs, start = 0, time.perf_counter()
        search = name_search(told_apart_from(part))
        prepared = prepare(requests, part, search, threads=THREADS)
        self.names_seconds = time.perf_counter() - start
        heard, cut = np.ones(len(requests), np.bool_), decision(part).cut(THRESHOLD, requests)
        found = [np.empty((2, 0), np.int32)]
        for block in scored_blocks(prepared, heard, roll, part, cut, threads=THREADS):
            self.pairs += block.compared
            found.append(np.stack([block.pairs.request, block.pairs.account]))
        self.links: Links = np.concatenate(found, axis=1)
        self.seconds = time.perf_counter() - start


def forget() -> None:
    """Remove the similar names on disk; the cache is this benchmark's own."""
    for folder in kernels.cache_base().glob("similar-*"):
        shutil.rmtree(folder)


def _coded(texts: pa.ChunkedArray, codes: dict[str, int]) -> npt.NDArray[np.int32]:
    """Turn text into codes, by one look-up for each distinct text of a chunk."""

    def chunks() -> Iterator[npt.NDArray[np.int32]]:
        for chunk in texts.chunks:
            encoded = chunk.dictionary_encode()
            known = np.array([codes[word] for word in encoded.dictionary.to_pylist()], np.int32)
            yield known[encoded.indices.to_numpy()]

    return np.concatenate(list(chunks()))


def coding_seconds(folder: Path, requests: Records, accounts: Records) -> float:
    """Return how long it takes to turn the text of both tables into codes."""
    words, zips = lexicon.names().lexicon, tables.zips()
    known = np.unique(np.concatenate([np.unique(requests.given), np.unique(requests.surname)]))
    names = {text: code for code, text in enumerate(words.texts)}
    names = {words.text(int(code)): int(code) for code in known} | names
    place = {f"{code:05d}": row for row, code in enumerate(zips.zip.tolist())}
    total = 0.0
    for name, records in (("requests", requests), ("accounts", accounts)):
        table = pq.read_table(
            folder / f"{name}.parquet", columns=["given", "surname", "zip5", "birth"]
        )
        start = time.perf_counter()
        given, surname = _coded(table["given"], names), _coded(table["surname"], names)
        places = _coded(table["zip5"], place)
        days = table["birth"].to_numpy()
        month = days.astype("datetime64[M]")
        number = month.astype(np.int32)
        birth = (1970 + number // 12) * 10_000 + (number % 12 + 1) * 100
        birth += (days - month).astype(np.int32) + 1
        total += time.perf_counter() - start
        same = [places == records.place, birth == records.birth]
        text = [words.text(int(code)) for code in (given[0], surname[-1])]
        held = [words.text(int(code)) for code in (records.given[0], records.surname[-1])]
        if not (all(column.all() for column in same) and text == held):
            raise RuntimeError("the text does not say what the codes say")
    return total


def main() -> None:
    """Print seconds, peak memory, candidate pairs and links; write the links."""
    folder, links, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    requests, accounts = read_codes(folder / "codes.npz")
    asked, roll, part = as_requests(requests), as_roll(accounts), matching_part()
    rng = np.random.default_rng(0)
    small = fresh(20_000, rng)
    Round(as_requests(written_again(small, 500, rng)), as_roll(small), part)
    if mode == "cold":
        forget()
    loaded = peak_megabytes()
    one = Round(asked, roll, part)
    result = {
        "seconds": one.seconds,
        "names_seconds": one.names_seconds,
        "megabytes": peak_megabytes(),
        "megabytes_loaded": loaded,
        "pairs": one.pairs,
        "links": one.links.shape[1],
    }
    if links != "-":
        table = pa.table({"request": one.links[0], "account": one.links[1]})
        pq.write_table(table, links)
    if "--coding" in sys.argv:
        result["coding_seconds"] = coding_seconds(folder, requests, accounts)
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
