"""Score pairs by the logic of list screening: nomenklatura's ``logic-v2`` (MIT, OpenSanctions).

It compares whole names by their parts, in any order and across spellings, and takes birth dates and
addresses as qualifiers: a date that differs lowers the score, an address that agrees raises it. A
score is the confidence of a screening analyst's tool, 0 to 1; its makers call 0.7 a match.

It scores pairs that somebody else found (here: the scenario's blocking); it does not search. Names
and addresses are read as written on paper, which is what it is made for.

Limits: about a thousand pairs a second. Its library brings PyICU, which many machines have to
compile.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from simulator.randomness import FloatArray

_PROPERTIES = (
    ("full_name", "name"),
    ("given_name", "firstName"),
    ("middle_name", "middleName"),
    ("birth_date", "birthDate"),
)


def entity(record: Mapping[str, Any]) -> Any:
    """Return a record as an entity of followthemoney.

    Its id is a hash of what it says: nomenklatura remembers the names of an entity by its id alone,
    so that two records of one id would be compared by the names of the first.
    """
    from followthemoney import EntityProxy  # an optional extra, loaded only here

    held = {theirs: [record[ours]] for ours, theirs in _PROPERTIES if _given(record[ours])}
    surnames = [record[name] for name in ("surname_1", "surname_2") if _given(record[name])]
    if surnames:
        held["lastName"] = [" ".join(surnames)]
    places = [record[name] for name in ("address", "city", "state", "zip") if _given(record[name])]
    if places:
        held["address"] = [", ".join(places)]
    properties = {**held, "country": ["us"]}
    said = json.dumps(properties, sort_keys=True)
    identifier = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
    return EntityProxy.from_dict({"id": identifier, "schema": "Person", "properties": properties})


def _given(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def screening_scores(
    requests: pd.DataFrame,
    accounts: pd.DataFrame,
    pairs: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
) -> FloatArray:
    """Return the score of every pair, 0 to 1.

    The tables hold the columns of ``exchange.written``; ``pairs`` the rows of both sides.
    """
    from nomenklatura.matching import LogicV2  # an optional extra, loaded only here
    from nomenklatura.matching.types import ScoringConfig

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own deprecations
        asked = {int(row): entity(requests.iloc[row].to_dict()) for row in np.unique(pairs[0])}
        held = {int(row): entity(accounts.iloc[row].to_dict()) for row in np.unique(pairs[1])}
        config = ScoringConfig.defaults()
        scores = [
            LogicV2.compare(asked[int(left)], held[int(right)], config).score
            for left, right in zip(*pairs, strict=True)
        ]
    return np.clip(np.array(scores, dtype=np.float64), 0.0, 1.0)
