"""The frozen tables that stages hand to each other, one column per array.

Observed columns and truth never share a table: ``Roll`` and ``Requests`` hold what a clerk could
see; ``AccountTruth`` and ``RequestTruth`` hold who they truly are, and only disclosure and measures
receive those. Every array is read-only once its table is built.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

STATUSES = (
    "native_born_citizen",
    "naturalised_citizen",
    "permanent_resident",
    "temporary_visa",
    "protected",
    "unauthorized",
)
UNAUTHORIZED = STATUSES.index("unauthorized")
MEMBER_BITS = 6
HOUSEHOLD_BITS = 26


class Relationship(IntEnum):
    """Place of a person in the household."""

    HEAD = 0
    PARTNER = 1
    CHILD = 2
    PARENT = 3
    GRANDCHILD = 4
    RELATIVE = 5
    HOUSEMATE = 6
    QUARTERS = 7


class HouseholdKind(IntEnum):
    """Who lives together; QUARTERS is one person in a dormitory, barracks, prison or home."""

    ALONE = 0
    COUPLE = 1
    COUPLE_WITH_CHILDREN = 2
    ONE_PARENT = 3
    THREE_GENERATIONS = 4
    RELATIVES = 5
    HOUSEMATES = 6
    QUARTERS = 7


class Suffix(IntEnum):
    """Generation suffix of a name."""

    NONE = 0
    JUNIOR = 1
    SENIOR = 2
    THIRD = 3


class TinKind(IntEnum):
    """Kind of taxpayer number; an invalid one was never issued to anybody."""

    SSN = 0
    ITIN = 1
    BORROWED_SSN = 2
    INVALID_SSN = 3
    NONE = 4


TIN_KINDS = tuple(kind.name.lower() for kind in TinKind)


class Role(IntEnum):
    """Place of an account's holder on the return."""

    PRIMARY = 0
    SPOUSE = 1
    DEPENDANT = 2


class FilingStatus(IntEnum):
    """Filing status of the return an account belongs to."""

    SINGLE = 0
    JOINT = 1
    SEPARATE = 2
    HEAD_OF_HOUSEHOLD = 3


class Listed(IntEnum):
    """Whether a person is rightly on the enforcement list; ``ABSENT_KINDS`` are not here."""

    REMOVABLE = 0
    DEPARTED = 1
    WRONGLY_LISTED = 2
    DIED = 3
    NEVER_EXISTED = 4


ABSENT_KINDS = (Listed.DEPARTED, Listed.DIED, Listed.NEVER_EXISTED)


class TargetGroup(IntEnum):
    """The two groups of the memorandum: why the agency asks about somebody."""

    FINAL_ORDER = 0
    INVESTIGATION = 1


class Purpose(IntEnum):
    """What a request attests to serve."""

    CRIMINAL = 0
    CIVIL_TOO = 1


class AddressKind(IntEnum):
    """What the address field of a request holds; from PLACEHOLDER on, a placeholder text."""

    WRITTEN = 0
    MISSING = 1
    PLACEHOLDER = 2


class Frozen:
    """Base of every table: its arrays become read-only and must be equally long."""

    def __post_init__(self) -> None:
        """Freeze the arrays; raise ValueError if their lengths differ."""
        lengths = set()
        for field in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            array = getattr(self, field.name)
            array.setflags(write=False)
            lengths.add(array.shape[-1])
        if len(lengths) > 1:
            raise ValueError(f"columns of {type(self).__name__} differ in length: {lengths}")

    def __len__(self) -> int:
        """Return the number of rows."""
        first = getattr(self, fields(self)[0].name)  # type: ignore[arg-type]  # as above
        return int(first.shape[-1])


@dataclass(frozen=True)
class People(Frozen):
    """Residents, household by household, the head first.

    ``place`` is a row of the ZIP table, ``dwelling`` the index within it (one household each),
    ``member`` the place in the household, ``size`` its number of people. ``birth`` is yyyymmdd.
    ``household`` is a ``HouseholdKind``. ``years_since_move`` counts whole years; before that the
    household lived at (``former_place``, ``former_dwelling``).
    """

    place: Int32Array
    dwelling: Int32Array
    member: Int8Array
    size: Int8Array
    household: Int8Array
    relationship: Int8Array
    sex: Int8Array
    age: Int8Array
    birth: Int32Array
    origin: Int8Array
    status: Int8Array
    years_since_move: Int8Array
    former_place: Int32Array
    former_dwelling: Int32Array


@dataclass(frozen=True)
class Names(Frozen):
    """Names as lexicon codes; ``middle`` and ``surname_2`` are ABSENT where there is none.

    ``suffix`` is a ``Suffix``.
    """

    given: Int32Array
    middle: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    suffix: Int8Array


@dataclass(frozen=True)
class Roll(Frozen):
    """What the tax authority sees of each account; ``unit`` 0 means none, ``tin`` -1 none.

    ``style`` numbers the written form of the address (abbreviations, unit designator) and
    ``name_style`` that of the name (``lexicon.written_name``).
    """

    given: Int32Array
    middle: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    suffix: Int8Array
    name_style: Int8Array
    birth: Int32Array
    place: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    style: Int8Array
    tin: Int64Array
    role: Int8Array
    filing_status: Int8Array
    years_since_filing: Int8Array


@dataclass(frozen=True)
class AccountTruth(Frozen):
    """Who each account of a roll truly is: the row in ``People`` and what the measures group by.

    ``primary`` is the person number of the primary filer of the return that names the holder: the
    own number, but for spouses and dependants; whoever files and is claimed as a dependant as well
    has that of the claimant. ``carries_borrowed_wages`` says that somebody else works or worked
    under the holder's number. ``filed_place`` and ``filed_dwelling`` are the dwelling behind the
    address on the roll.
    """

    row: Int32Array
    person: Int64Array
    primary: Int64Array
    tin_kind: Int8Array
    carries_borrowed_wages: BoolArray
    filed_place: Int32Array
    filed_dwelling: Int32Array


@dataclass(frozen=True)
class Listing(Frozen):
    """The people on the enforcement list, in full: the truth from which requests are written.

    ``person`` is -1 for those of ``ABSENT_KINDS``; their dwelling is where they last lived or, if
    they never existed, somebody else's. ``recency`` ranks people by their last move among those who
    move as often, 0 the latest and 1 the longest ago; ``years_since_move`` counts whole years as in
    ``People`` (0 of absent people, whose former home is their last). ``borrowed`` is the number of
    somebody else under which the person works or worked, -1 if there is none. ``key`` is a number
    per row that does not change when the list grows and differs between two requests for one
    person; ``group`` is a ``TargetGroup``; ``order_days`` the days since the order (-1: an
    investigation), ``removable_class`` and ``wilful`` what is on its file; ``facility`` the
    detention facility, -1 for people at liberty.
    """

    person: Int64Array
    key: Int64Array
    kind: Int8Array
    group: Int8Array
    order_days: Int32Array
    removable_class: BoolArray
    wilful: BoolArray
    facility: Int32Array
    given: Int32Array
    middle: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    suffix: Int8Array
    birth: Int32Array
    origin: Int8Array
    status: Int8Array
    place: Int32Array
    dwelling: Int32Array
    recency: npt.NDArray[np.float64]
    years_since_move: Int8Array
    former_place: Int32Array
    former_dwelling: Int32Array
    tin_kind: Int8Array
    tin: Int64Array
    borrowed: Int64Array


@dataclass(frozen=True)
class Requests(Frozen):
    """What the enforcement list says, with its errors; ABSENT (-1) marks a missing field.

    ``style`` and ``name_style`` as in ``Roll``.
    """

    given: Int32Array
    middle: Int32Array
    surname_1: Int32Array
    surname_2: Int32Array
    suffix: Int8Array
    name_style: Int8Array
    birth: Int32Array
    address_kind: Int8Array
    place: Int32Array
    street: Int32Array
    form: Int32Array
    number: Int32Array
    unit: Int32Array
    style: Int8Array
    tin: Int64Array


@dataclass(frozen=True)
class Grounds(Frozen):
    """What each request states beside name, address and number; matching never sees it.

    ``purpose`` is a ``Purpose``, ``officer`` the number of the officer who sends it, from 0;
    ``officer_named`` says whether the request names that officer. ``order_days`` is ABSENT where no
    date of an order is stated; ``about_order`` is false for investigations.
    """

    purpose: Int8Array
    officer: Int32Array
    officer_named: BoolArray
    states_period: BoolArray
    states_statute: BoolArray
    states_reason: BoolArray
    about_order: BoolArray
    order_days: Int32Array
    removable_class: BoolArray
    wilfulness_evidence: BoolArray


@dataclass(frozen=True)
class RequestTruth(Frozen):
    """Who each request is truly about and where that person lives today (-1: not here).

    ``key`` and ``group`` as in ``Listing``.
    """

    person: Int64Array
    key: Int64Array
    kind: Int8Array
    group: Int8Array
    origin: Int8Array
    status: Int8Array
    tin_kind: Int8Array
    place: Int32Array
    dwelling: Int32Array


@dataclass(frozen=True)
class CandidatePairs(Frozen):
    """Pairs of a request and an account that are compared, and how each field agrees.

    ``given`` and ``surname`` are name agreements (``matching.agreement``), ``birth``, ``address``
    and ``tin`` values of the enumerations there. ``address`` takes street names as agreeing from
    the floor on; ``street`` is their similarity in hundredths, 0 if below or in different ZIPs.
    ``by_tin`` marks the pairs found by number, which no name or address comparison binds.
    """

    request: Int32Array
    account: Int32Array
    given: Int8Array
    surname: Int8Array
    birth: Int8Array
    address: Int8Array
    street: Int8Array
    tin: Int8Array
    by_tin: BoolArray


T = TypeVar("T", bound=Frozen)


def joined(table: type[T], parts: Sequence[T]) -> T:
    """Return tables of one type end to end."""
    names = [field.name for field in fields(table)]  # type: ignore[arg-type]  # as above
    return table(
        **{name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names}
    )


def taken(table: T, rows: Int64Array) -> T:
    """Return the given rows of a table, in that order."""
    names = [field.name for field in fields(table)]  # type: ignore[arg-type]  # as above
    return type(table)(**{name: getattr(table, name)[..., rows] for name in names})


def rows_of_runs(first: Int64Array, size: Int64Array) -> Int64Array:
    """Return the rows of several runs end to end: first, first + 1, … for ``size`` rows each."""
    offset = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    return np.asarray(np.repeat(first, size) + offset)


def person_number(
    place: npt.ArrayLike, dwelling: npt.ArrayLike, member: npt.ArrayLike
) -> Int64Array:
    """Return the number of a person: one integer from place, dwelling and member."""
    number = (
        (np.asarray(place, dtype=np.int64) << (HOUSEHOLD_BITS + MEMBER_BITS))
        | (np.asarray(dwelling, dtype=np.int64) << MEMBER_BITS)
        | np.asarray(member, dtype=np.int64)
    )
    return np.asarray(number, dtype=np.int64)
