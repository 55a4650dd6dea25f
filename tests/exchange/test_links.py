"""Links that cannot be used are explained, row by row; links that can are read as they are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.exchange.links import LinkColumns, LinksError, read_links

REQUESTS = pd.Series([f"R{number}" for number in range(10)])
ACCOUNTS = pd.Series([f"A{number}" for number in range(10)])
SCORED = LinkColumns(score="score")


def refused(path: Path, content: str | bytes, columns: LinkColumns = SCORED) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(LinksError) as error:
        read_links(path, columns, REQUESTS, ACCOUNTS)
    return str(error.value).replace(str(path), "L")


def test_links_are_rows_of_the_export(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("score,account_id,request_id\n0.5,A3,R2\n-1e3,A0,R9\n", encoding="utf-8")
    read = read_links(path, SCORED, REQUESTS, ACCOUNTS)
    assert (read.request.tolist(), read.account.tolist()) == ([2, 9], [3, 0])
    assert read.score.tolist() == [0.5, -1000.0]


def test_parquet_is_read_as_csv_is(tmp_path: Path) -> None:
    path = tmp_path / "l.parquet"
    pd.DataFrame({"request_id": ["R1"], "account_id": ["A2"], "score": [3]}).to_parquet(path)
    read = read_links(path, SCORED, REQUESTS, ACCOUNTS)
    assert (read.request[0], read.account[0], read.score[0]) == (1, 2, 3.0)


def test_a_header_alone_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("request_id,account_id,score\n", encoding="utf-8")
    assert read_links(path, SCORED, REQUESTS, ACCOUNTS).request.size == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("request_id,account_id\nR1,A1\n", "L has no column score; it has request_id, account_id."),
        (
            "request_id,acount_id,score\nR1,A1,1\n",
            (
                "L has no column account_id; it has request_id, acount_id, score. "
                "Did you mean acount_id?"
            ),
        ),
        ("request_id;account_id;score\nR1;A1;1\n", "L is separated by semicolons; use commas."),
        (
            "request_id,account_id,score\nR1,A1,1\nR1,A1,2\n",
            "L: row 3: the same request and account as in a row before; give each link once.",
        ),
        (
            "request_id,account_id,score\nR1,A1,1\nX,A1,2\nR2,A2,inf\nR3,A3,high\n",
            (
                "L: row 3: no request of this export has the id 'X'.\n"
                "L: rows 4, 5: score must be a finite number; got 'inf'."
            ),
        ),
        (
            "request_id,account_id,score\nR1,A1,\n",
            "L: row 2: score must be a finite number; got ''.",
        ),
        (b"request_id,account_id\nR\xff,A1\n", "L is not UTF-8 text"),
        ("", "L is empty; a file without links still needs a header"),
    ],
)
def test_malformed_links_are_explained(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert refused(tmp_path / "l.csv", content).startswith(said)


def test_five_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    rows = "".join(f"X{number},A1,1\n" for number in range(1200))
    said = refused(tmp_path / "l.csv", f"request_id,account_id,score\n{rows}")
    assert said.startswith("L: rows 2, 3, 4, 5, 6 and 1,195 more: no request of this export")


def test_a_file_that_is_no_parquet_is_said(tmp_path: Path) -> None:
    assert refused(tmp_path / "l.parquet", "request_id,account_id\n") == (
        "L is not a Parquet file, though its name says so."
    )


def test_links_without_a_score_are_equally_sure(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("request_id,account_id\nR1,A1\nR1,A2\n", encoding="utf-8")
    assert np.ptp(read_links(path, LinkColumns(), REQUESTS, ACCOUNTS).score) == 0.0


def test_a_column_given_twice_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path / "l.csv", "request_id,account_id,account_id,score\nR1,A1,A2,1\n")
    assert said == "L has 2 columns account_id; it needs one."


def test_missing_columns_are_one_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path / "l.csv", "R1,A1,0.5\nR2,A2,0.5\n")
    assert said == "L has no column request_id nor account_id nor score; it has R1, A1, 0.5."


def test_rows_longer_than_the_header_do_not_shift(tmp_path: Path) -> None:
    said = refused(tmp_path / "l.csv", "request_id,account_id,score\nR1,A1,1,x\nR2,A2,1,x\n")
    assert "line 2" in said
    assert "no request of this export" not in said


def test_spreadsheets_are_named_as_what_they_are(tmp_path: Path) -> None:
    said = refused(tmp_path / "l.xlsx", b"PK\x03\x04")
    assert said == "L is neither CSV nor Parquet; save it as one of them."
