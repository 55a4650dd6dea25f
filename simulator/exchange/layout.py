"""What an export consists of: its files, their columns, and the page that explains them.

    requests.parquet or .csv   what the list says, one row per request
    roll.parquet or .csv       what the tax authority holds, one row per account searched
    truth/requests.parquet     whom each request is about, and whether it would be heard
    truth/accounts.parquet     whose account each is
    truth/residents.parquet    every lawful resident, for whom a disclosure exposes
    about.json                 where it came from, and the hash of every file
    README.txt                 all this for people

A matcher is given the first two and nothing under truth/.
"""

from enum import StrEnum
from typing import Final

import pyarrow as pa

COLUMNS = {
    "full_name": "the name as written on paper",
    "given_name": "given name: capitals, no spaces or marks",
    "middle_name": "middle name or initial",
    "surname_1": "first surname",
    "surname_2": "second surname, where two are shown",
    "suffix": "JR, SR or III",
    "birth_date": "year-month-day",
    "address": "delivery line as written on paper, or what stands in its place",
    "number": "house number, or number of the PO box",
    "street": "street name without type and direction; PO BOX for a box",
    "street_type": "ST, AVE, ...",
    "street_direction": "N, SW, ...",
    "unit": "apartment or unit",
    "city": "city",
    "state": "state, two letters",
    "zip": "five digits",
    "tin": "fifteen digits in the place of a taxpayer number; no such number is issued",
}
"""Every column of both files and what it holds, in their order, behind the id."""


ABOUT: Final = "about.json"
README: Final = "README.txt"
REQUEST_ID, ACCOUNT_ID = "request_id", "account_id"
TRUTH_REQUESTS = "truth/requests.parquet"
TRUTH_ACCOUNTS = "truth/accounts.parquet"
TRUTH_RESIDENTS = "truth/residents.parquet"
KIND = "overmatch export"
VERSION = 1


class TableFormat(StrEnum):
    """How the two observed tables are written; the truth is always Parquet."""

    PARQUET = "parquet"
    CSV = "csv"


def _text(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.string()) for name in names]


REQUESTS_SCHEMA = pa.schema(_text(REQUEST_ID, *COLUMNS))
ROLL_SCHEMA = pa.schema(_text(ACCOUNT_ID, *COLUMNS))
_GROUPS = [("origin", pa.int8()), ("status", pa.int8()), ("tin_kind", pa.int8())]
ACCOUNT_TRUTH_COLUMNS = [
    ("person", pa.int64()),
    ("lawful", pa.bool_()),
    *_GROUPS,
    ("filed_place", pa.int32()),
    ("filed_dwelling", pa.int32()),
    ("carries_borrowed_wages", pa.bool_()),
    ("withheld", pa.bool_()),
]
TRUTH_ACCOUNTS_SCHEMA = pa.schema([*_text(ACCOUNT_ID), *ACCOUNT_TRUTH_COLUMNS])
TRUTH_REQUESTS_SCHEMA = pa.schema(
    [
        *_text(REQUEST_ID),
        ("mate", pa.string()),
        ("person", pa.int64()),
        *_text("listed"),
        *_GROUPS,
        ("place", pa.int32()),
        ("dwelling", pa.int32()),
        *_text("rejected"),
        ("deficient", pa.bool_()),
    ]
)
TRUTH_RESIDENTS_SCHEMA = pa.schema([("person", pa.int64()), *_GROUPS])


def observed_file(table: str, form: TableFormat) -> str:
    """Return the name of an observed table's file."""
    return f"{table}.{form}"


def readme(title: str, replicate: int, form: TableFormat) -> str:
    """Return the page that explains an export to people."""
    columns = "\n".join(f"  {name:<17} {what}" for name, what in COLUMNS.items())
    return f"""\
{title}: replicate {replicate}, written by overmatch export

Nobody in these files exists. Names, addresses and numbers are drawn; the numbers are never issued.

requests.{form}    one row per request on the enforcement list, with its errors
roll.{form}        one row per account on the roll that is searched
truth/              who they truly are. Keep it from your matcher: it is the answer.
about.json          scenario, seed and the hash of every file

Columns of both tables, behind {REQUEST_ID} or {ACCOUNT_ID}:
{columns}

The name and the address stand twice: as written on paper, and in parts brought to one form. What is
missing is empty. Ids are numbered in a random order that says nothing about anybody. Accounts that
the scenario does not search (dependants, as a rule) are not in the roll.

Link requests to accounts with whatever you like. Write a table with the columns {REQUEST_ID} and
{ACCOUNT_ID}, one row per link, and a score if you have one (the larger, the surer). Then

  overmatch evaluate THIS_FOLDER links.csv --score-column score

Requests that the scenario's guardrails reject are in the list; the truth marks them, and links of
theirs are not counted, nor links to accounts that the scenario withholds from everybody. Both are
said when they occur. If the scenario has a reviewer who looks at links, none of yours is looked at.
"""
