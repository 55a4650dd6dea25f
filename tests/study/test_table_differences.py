"""Differences between two versions of a table: every kind of them is seen, counted and named."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from simulator.study.table_differences import TableDifference, compare_tables

TABLE = pd.DataFrame(
    {
        "measure": ["precision", "precision", "recall", "recall"],
        "group": ["all", "origin=us_other", "all", "origin=us_other"],
        "estimate": [0.5, 0.25, 0.75, math.nan],
        "numerator": [3.0, 0.0, 3.0, 3.0],
    }
)
Compare = Callable[[pd.DataFrame, pd.DataFrame], TableDifference]


@pytest.fixture(params=["csv", "parquet"])
def compare(request: pytest.FixtureRequest, tmp_path: Path) -> Compare:
    """Return a function of an old and a new table that compares them as files of one format."""

    def written(table: pd.DataFrame, name: str) -> Path:
        path = tmp_path / f"{name}.{request.param}"
        if path.suffix == ".csv":
            table.to_csv(path, index=False)
        else:
            table.to_parquet(path, index=False)
        return path

    return lambda old, new: compare_tables(written(old, "old"), written(new, "new"), shown=2)


def test_the_same_table_does_not_differ(compare: Compare) -> None:
    found = compare(TABLE, TABLE)
    assert found.only_bytes
    assert found.known_by == ("measure", "group")


def test_a_changed_value_is_named_by_the_columns_that_know_its_row(compare: Compare) -> None:
    found = compare(TABLE, TABLE.assign(estimate=[0.5, 0.2, 0.75, math.nan]))
    [column] = found.columns
    assert (column.column, column.count) == ("estimate", 1)
    assert column.largest_relative == pytest.approx(0.2)
    [cell] = column.first
    assert cell.row == "measure=precision, group=origin=us_other"
    assert (cell.old, cell.new) == ("0.25", "0.2")
    assert found.rows_gone.count == found.rows_added.count == 0


def test_all_changed_values_are_counted_and_the_first_shown(compare: Compare) -> None:
    [column] = compare(TABLE, TABLE.assign(numerator=[4.0, 0.0, 6.0, 4.0])).columns
    assert column.count == 3
    assert [cell.new for cell in column.first] in (["4.0", "6.0"], ["4", "6"])
    assert column.largest_relative == pytest.approx(1.0)


@pytest.mark.parametrize("values", [[3.0, 1.0, 3.0, 3.0], [3.0, 0.0, 3.0, math.nan]])
def test_a_change_from_nothing_or_to_nothing_is_infinitely_large(
    compare: Compare, values: list[float]
) -> None:
    [column] = compare(TABLE, TABLE.assign(numerator=values)).columns
    assert math.isinf(column.largest_relative)


def test_rows_gone_and_added_are_named(compare: Compare) -> None:
    new = pd.concat([TABLE.iloc[1:], TABLE.iloc[:1].assign(measure="selectivity")])
    found = compare(TABLE, new)
    assert found.rows_gone.first == ("measure=precision, group=all",)
    assert found.rows_added.first == ("measure=selectivity, group=all",)
    assert found.columns == ()


def test_rows_in_another_order_are_no_other_rows(compare: Compare) -> None:
    found = compare(TABLE, TABLE.iloc[::-1])
    assert found.reordered
    assert not found.only_bytes
    assert (found.rows_gone.count, found.rows_added.count, found.columns) == (0, 0, ())


def test_columns_gone_and_added_are_named(compare: Compare) -> None:
    found = compare(TABLE, TABLE.rename(columns={"numerator": "links"}))
    assert (found.columns_gone, found.columns_added) == (("numerator",), ("links",))


def test_rows_that_nothing_tells_apart_are_known_by_position(compare: Compare) -> None:
    twice = pd.concat([TABLE, TABLE])
    found = compare(twice, twice.assign(numerator=[3.0] * 7 + [5.0]))
    assert found.known_by == ()
    [column] = found.columns
    assert (column.count, column.first[0].row) == (3, "row 1")


def test_another_type_of_the_same_values_is_told(tmp_path: Path) -> None:
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    TABLE.to_parquet(old)
    TABLE.assign(numerator=TABLE["numerator"].astype("int32")).to_parquet(new)
    found = compare_tables(old, new)
    assert (found.retyped, found.columns) == (("numerator",), ())
    assert not found.only_bytes


def test_what_is_only_written_otherwise_is_the_same(tmp_path: Path) -> None:
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    TABLE.to_parquet(old, compression="zstd")
    TABLE.astype({"measure": "category"}).to_parquet(new, compression=None)
    assert old.read_bytes() != new.read_bytes()
    assert compare_tables(old, new).only_bytes
