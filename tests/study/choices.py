"""A finished run as a choice reads it, made up: two guardrails, three cuts, two address levels."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.measures import explored_groups
from simulator.measures.explored_table import EXPOSED
from simulator.measures.policy_counts import COUNTED
from simulator.scenario.files import scenario_sha256
from simulator.study.choice import POLICIES
from tests.study.tiny import tiny

CUTS, ADDRESSES, GUARDRAILS = [0.8, 0.92, 1.0], ["any", "building"], ["review", "unique_only"]
REQUESTS, MATED, RESIDENTS = 10_000, 5_000, 100_000
# Residents exposed directly and true matches, by cut and address, per replicate and no guardrail.
HARM = {(0.8, "any"): 400, (0.92, "any"): 90, (1.0, "any"): 20}
HARM |= {(0.8, "building"): 24, (0.92, "building"): 8, (1.0, "building"): 2}
FOUND = {(0.8, "any"): 4_000, (0.92, "any"): 3_600, (1.0, "any"): 3_000}
FOUND |= {(0.8, "building"): 2_800, (0.92, "building"): 2_500, (1.0, "building"): 2_000}


def write_run(directory: Path, replicates: int = 20, **further: Any) -> Path:
    """Write manifest and counts of every policy; guardrails halve harm and cost 100 matches."""
    rng, rows = np.random.default_rng(1), []
    for subset in range(4):
        for cut in CUTS:
            for address in ADDRESSES:
                standing = bin(subset).count("1")
                mean = HARM[cut, address] / 2**standing
                for replicate in range(replicates):
                    row: dict[str, Any] = dict.fromkeys((q.name.lower() for q in COUNTED), 0)
                    found = FOUND[cut, address] - 100 * standing + replicate % 3
                    exposed = int(rng.poisson(mean))
                    row |= {
                        "requests": REQUESTS,
                        "mated": MATED,
                        "links": found + exposed,
                        "intended": found,
                        "wrong_person_lawful": exposed,
                        "linked_requests": found + exposed,
                        "wronged_requests": exposed,
                        "found_mated": found,
                        "exposed": exposed,
                        "exposed_direct": exposed,
                    }
                    row |= {EXPOSED + label: 0 for label in explored_groups.labels()}
                    row[f"{EXPOSED}status=permanent_resident"] = exposed
                    place = {"guardrails": subset, "name_threshold": cut}
                    rows.append(
                        {**place, "address_threshold": address, "replicate": replicate, **row}
                    )
    directory.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_parquet(directory / POLICIES)
    digest = hashlib.sha256((directory / POLICIES).read_bytes()).hexdigest()
    scenario = tiny({"replicates": replicates})
    lawful = {label: [RESIDENTS // 10] * replicates for label in explored_groups.labels()}
    manifest = {
        "kind": "run",
        "scenario": scenario.model_dump(mode="json"),
        "scenario_sha256": scenario_sha256(scenario),
        "seed": scenario.seed,
        "confidence": 0.95,
        "replicates": replicates,
        "setting": {"people": 150_000.0, "requests": float(REQUESTS)},
        "tables": {POLICIES: digest},
        "explored": {
            "guardrails": GUARDRAILS,
            "own": 0,
            "axis": "name_threshold",
            "cuts": CUTS,
            "addresses": ADDRESSES,
            "own_cut": 1,
            "own_address": 1,
            "selections": ["all"] * 4,
            "groups": list(explored_groups.labels()),
            "lawful_residents": {"all": [RESIDENTS] * replicates, **lawful},
        },
        **further,
    }
    (directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return directory
