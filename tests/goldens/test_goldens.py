"""Small runs, exact to the last digit of its estimates."""

import csv
import io
from pathlib import Path

import pytest

from tests.goldens.refresh import COMMAND, RUNS, fresh_estimates

Row = dict[str, str]
KEYS = ("measure", "policy", "group")
SHOWN = 40
FIRST = next(iter(RUNS.values()))


def read(text: str) -> dict[tuple[str, ...], Row]:
    rows = {tuple(row[key] for key in KEYS): row for row in csv.DictReader(io.StringIO(text))}
    assert rows
    return rows


def ratio(old: str, new: str) -> str:
    try:
        return f"{float(new) / float(old):.4g}"
    except (ValueError, ZeroDivisionError):
        return "-"


def differences(old: str, new: str) -> list[str]:
    """Return one line for every number that differs: where, old, new, ratio."""
    before, after = read(old), read(new)
    lines = []
    for key in [*before, *(key for key in after if key not in before)]:
        left, right = before.get(key, {}), after.get(key, {})
        for column in [*left, *(column for column in right if column not in left)]:
            one, other = left.get(column, "absent"), right.get(column, "absent")
            if one != other:
                where = f"{' '.join(key)} {column}"
                lines.append(f"{where:<100} {one:>14} {other:>14} {ratio(one, other):>8}")
    return lines


def compare(old: str, new: str) -> None:
    """Fail with a table of what differs and the command that accepts it."""
    if old == new:
        return
    lines = differences(old, new)
    head = f"{'measure policy group column':<100} {'old':>14} {'new':>14} {'ratio':>8}"
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    table = "\n".join([head, *lines[:SHOWN], *more])
    pytest.fail(
        f"the estimates of the golden run changed in {len(lines)} numbers\n{table}\n"
        f"If that is meant: {COMMAND}",
        pytrace=False,
    )


@pytest.mark.parametrize("scenario", RUNS, ids=[path.stem for path in RUNS])
def test_a_golden_run_gives_the_committed_estimates(scenario: Path) -> None:
    compare(RUNS[scenario].read_text(encoding="utf-8"), fresh_estimates(scenario))


def test_a_difference_is_shown_with_old_new_ratio_and_the_command() -> None:
    old = FIRST.read_text(encoding="utf-8")
    row = next(line for line in old.splitlines() if line.startswith("yield,all"))
    estimate = row.split(",")[-7]
    new = old.replace(row, row.replace(estimate, str(2 * float(estimate)), 1))
    with pytest.raises(pytest.fail.Exception, match="changed in 1 numbers") as failure:
        compare(old, new)
    message = str(failure.value)
    assert COMMAND in message
    [line] = [line for line in message.splitlines() if line.startswith("yield all all estimate")]
    assert line.split()[-3:] == [estimate, str(2 * float(estimate)), "2"]


def test_rows_that_come_or_go_are_shown() -> None:
    old = FIRST.read_text(encoding="utf-8")
    fewer = "".join(line for line in old.splitlines(True) if not line.startswith("recall,"))
    assert all(" absent " in line for line in differences(old, fewer))
    assert all(" absent " in line for line in differences(fewer, old))
    assert len(differences(fewer, old)) == len(differences(old, fewer)) > 0
