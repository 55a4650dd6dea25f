"""What is said to have no effect has none: counts and estimates stay to the last bit.

The other half, that each field has an effect where it is not idle, is held by test_fields: a change
of it that shows stands there, and here it is seen that no entry would call it idle.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator.measures.quantities import SELECTIONS
from simulator.measures.rates import estimate_table
from simulator.scenario.files import field_documentation
from simulator.scenario.idle import IDLE, TIES, Idle
from simulator.scenario.schema import Scenario, Selection
from simulator.study.replicate import run_replicate
from tests.scenario.test_idle import AWAY
from tests.study.test_fields import CHANGES, scenarios
from tests.study.tiny import Values, merged, same, tiny

OPEN: Values = {
    "population": {"size": 12_000},
    "listing": {
        "requests": 120,
        "wrongly_listed_share": 0.3,
        "detained_share": 0.1,
        "investigation_share": 0.1,
    },
    "matching": {"address_threshold": "zip5"},
    "replicates": 1,
}
# Values other than the default where a rule ties several fields together.
OTHERWISE: Mapping[str, Any] = {
    "listing.overstay_mix": {"mexico": 1.0},
    "listing.nationality_mix": {"china": 1.0},
    "listing.years_since_order": [0.0, 1.0],
    "listing.wrongly_listed_status": {"permanent_resident": 0.8, "protected": 0.0},
    "matching.blocking": [["zip5"]],
    "roll.years_since_filing": [1.0],
    "matching.tin_threshold": "exact",
    "matching.name_threshold": 0.95,
    "voter_roll.years_since_registration": [1.0],
    "benefit_roll.years_since_renewal": [1.0],
    "chilling.revenue.per_ten_points": 9.0,
    "chilling.revenue.per_ten_points_low": 4.0,
    "chilling.revenue.per_ten_points_high": 15.0,
    "notice.eligible_statuses": ["protected"],
    "vary.base": 16,
    "vary.measures": ["recall"],
}
SAME_KIND = {"matching.tin_threshold"}  # one_digit_off is refused without the path


def other(path: str, default: Any, allowed: str) -> Any:
    """Return a value that a field may have and does not."""
    if path in OTHERWISE:
        return OTHERWISE[path]
    if isinstance(default, bool):
        return not default
    if isinstance(default, str):
        return next(word for word in reversed(allowed.split(", ")) if word != default)
    if isinstance(default, int):
        return default + 1
    if isinstance(default, float):
        return 0.5 if default != 0.5 else 0.25
    if isinstance(default, list):  # shares of levels
        return [1.0 / len(default)] * len(default)
    return 0.5  # null


def changed(entry: Idle) -> Values:
    """Return every field of an entry at another value."""
    if entry.path == "listing.wrongly_listed_status":
        return {"listing": {"wrongly_listed_status": OTHERWISE[entry.path]}}
    values: Values = {}
    for field in field_documentation():
        if entry.holds(field.path):
            inner: Any = other(field.path, field.default, field.allowed)
            for step in reversed(field.path.split(".")):
                inner = {step: inner}
            values = merged(values, inner)
    return values


def idle_base(entry: Idle) -> Values:
    return merged(OPEN, AWAY.get(f"{entry.path} {entry.because}", AWAY.get(entry.path, {})))


@cache
def _ran(written: str) -> Any:
    scenario = Scenario.model_validate_json(written)
    counts = run_replicate(scenario, 0)
    return counts, estimate_table([counts], scenario)


def ran(values: Values) -> Any:
    """Return counts and estimates of a small run."""
    return _ran(tiny(values).model_dump_json())


def unchanged_but_for_ties(before: Any, after: Any) -> bool:
    """Say whether what is released in full, or only where it is alone, is the same."""
    (counts, _), (others, _) = before, after
    untied = [SELECTIONS.index(Selection.ALL), SELECTIONS.index(Selection.UNIQUE)]
    return bool(
        np.array_equal(counts.grid_values[untied], others.grid_values[untied])
        and np.array_equal(counts.group_values[untied], others.group_values[untied])
        and np.array_equal(counts.details, others.details)
        and counts.setting == others.setting
    )


def unchanged(before: Any, after: Any) -> bool:
    (counts, table), (others, beside) = before, after
    columns = [name for name in table.columns if name != "threshold"]
    return same(counts, others) and bool(table[columns].equals(beside[columns]))


@pytest.mark.parametrize("entry", IDLE, ids=lambda entry: f"{entry.path} {entry.because}")
def test_a_field_without_effect_changes_nothing(entry: Idle) -> None:
    base = idle_base(entry)
    after = merged(base, changed(entry))
    assert entry.when(tiny(base))
    assert entry.when(tiny(after)), "still idle with the value changed"
    if entry.path not in SAME_KIND:
        assert tiny(base) != tiny(after)
    compare = unchanged_but_for_ties if entry.because.endswith(TIES) else unchanged
    assert compare(ran(base), ran(after))


def test_the_comparison_sees_an_effect() -> None:
    after = merged(OPEN, {"requests": {"given_misspelt": 0.5}})
    assert not unchanged(ran(OPEN), ran(after))
    assert not unchanged_but_for_ties(ran(OPEN), ran(after))


@pytest.mark.parametrize(
    "path",
    sorted(path for path in CHANGES if any(entry.holds(path) for entry in IDLE)),
)
def test_no_field_is_called_idle_where_its_change_shows(path: str) -> None:
    _, after = scenarios(path)
    idle = [entry for entry in IDLE if entry.holds(path) and entry.when(after)]
    assert idle == []
