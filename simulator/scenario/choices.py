"""The named choices of a scenario: what each switch can be set to."""

from enum import StrEnum


class LegalStatus(StrEnum):
    """Legal status of a resident, in the order used by every table."""

    NATIVE_BORN_CITIZEN = "native_born_citizen"
    NATURALISED_CITIZEN = "naturalised_citizen"
    PERMANENT_RESIDENT = "permanent_resident"
    TEMPORARY_VISA = "temporary_visa"
    PROTECTED = "protected"
    UNAUTHORIZED = "unauthorized"


class AddressThreshold(StrEnum):
    """Least agreement of addresses that a link needs, from none to the whole address."""

    ANY = "any"
    ZIP3 = "zip3"
    ZIP5 = "zip5"
    STREET = "street"
    BUILDING = "building"
    EXACT = "exact"


class BirthDateThreshold(StrEnum):
    """Least agreement of birth dates that a link needs."""

    ANY = "any"
    YEAR = "year"
    NEAR = "near"
    EXACT = "exact"


class AddressCheck(StrEnum):
    """What an address on a request must pass to count as valid."""

    NONE = "none"
    ZIP_PROXY = "zip_proxy"
    PARSEABLE = "parseable"
    DELIVERABLE = "deliverable"


class Selection(StrEnum):
    """Which of the accounts that qualify for a request are released."""

    ALL = "all"
    BEST = "best"
    UNIQUE = "unique"


class SurnameTokens(StrEnum):
    """How two surnames are compared when either is double."""

    BEST = "best"
    FIRST = "first"


class TinNameCheck(StrEnum):
    """What must agree beside the number on the TIN path."""

    NONE = "none"
    NAME_CONTROL = "name_control"
    NAME_THRESHOLD = "name_threshold"


class BlockingKey(StrEnum):
    """A field that must agree exactly before two records are compared."""

    ZIP3 = "zip3"
    ZIP5 = "zip5"
    STATE = "state"
    BIRTH_YEAR = "birth_year"
    GIVEN_INITIAL = "given_initial"
