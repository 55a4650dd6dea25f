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
    """Least agreement of addresses that a link needs, from none to the whole address.

    ``transposed``: two neighbouring digits of the house number stand in each other's place;
    ``building``: units differ; ``unit_compatible``: they do not, though one may be missing.
    """

    ANY = "any"
    STATE = "state"
    ZIP3 = "zip3"
    ZIP5 = "zip5"
    STREET = "street"
    TRANSPOSED = "transposed"
    BUILDING = "building"
    UNIT_COMPATIBLE = "unit_compatible"
    EXACT = "exact"


class BirthDateThreshold(StrEnum):
    """Least agreement of birth dates that a link needs.

    ``near``: a few days apart, or one of year, month and day off by one; ``swapped``: day and month
    in each other's place.
    """

    ANY = "any"
    YEAR = "year"
    NEAR = "near"
    SWAPPED = "swapped"
    EXACT = "exact"


class TinThreshold(StrEnum):
    """Least agreement of taxpayer numbers."""

    ANY = "any"
    ONE_DIGIT_OFF = "one_digit_off"
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
    TOP = "top"


class NameMeasure(StrEnum):
    """How alike two spellings are, between 0 and 1."""

    JARO_WINKLER = "jaro_winkler"
    DAMERAU_LEVENSHTEIN = "damerau_levenshtein"


class NameOrder(StrEnum):
    """Whether given name and surname may stand in each other's field."""

    AS_WRITTEN = "as_written"
    EITHER = "either"


class DecisionRule(StrEnum):
    """What makes a compared pair a link."""

    THRESHOLDS = "thresholds"
    POINTS = "points"
    FELLEGI_SUNTER = "fellegi_sunter"


class WeightsFrom(StrEnum):
    """Where match weights come from: the scenario, the simulation's truth, or the data alone."""

    GIVEN = "given"
    ORACLE = "oracle"
    EM = "em"


class Matcher(StrEnum):
    """A whole way of matching that is evaluated beside the scenario's own."""

    THRESHOLDS = "thresholds"
    POINTS = "points"
    FELLEGI_SUNTER_GIVEN = "fellegi_sunter_given"
    FELLEGI_SUNTER_ORACLE = "fellegi_sunter_oracle"
    FELLEGI_SUNTER_EM = "fellegi_sunter_em"
    SPLINK = "splink"
    SPLINK_EM = "splink_em"
    SCREENING = "screening"


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
    BUILDING = "building"
    BIRTH_YEAR = "birth_year"
    BIRTH_DATE = "birth_date"
    GIVEN_INITIAL = "given_initial"
    GIVEN_NAME = "given_name"
    SURNAME = "surname"


class ListedFrom(StrEnum):
    """From whom the list is drawn, those listed by mistake apart."""

    FINAL_ORDERS = "final_orders"
    OVERSTAYS = "overstays"
    ALL_UNAUTHORIZED = "all_unauthorized"


class SearchedRoll(StrEnum):
    """A roll of people that a list can be run against."""

    TAX = "tax"
    VOTER = "voter"
    BENEFIT = "benefit"


class AccountsSearched(StrEnum):
    """Which accounts are searched, by the number they are filed under."""

    ALL = "all"
    ITIN = "itin"


class LastFourCheck(StrEnum):
    """Whether the last four digits of the numbers must agree."""

    NONE = "none"
    IF_PRESENT = "if_present"
    REQUIRED = "required"


class Scope(StrEnum):
    """How much of an account is released."""

    ADDRESS = "address"
    RETURN_NAMES = "return_names"
    FULL_RETURN = "full_return"


class KnownStatus(StrEnum):
    """Whose accounts are held back as those of people known to be lawful."""

    NONE = "none"
    CITIZENS = "citizens"
    CITIZENS_AND_RESIDENTS = "citizens_and_residents"


class Injunction(StrEnum):
    """What a court forbids."""

    NONE = "none"
    NO_TRANSFER = "no_transfer"
    NO_USE = "no_use"


class TargetMeasure(StrEnum):
    """A measure of a run that calibration can aim at.

    ``tin_path_share``: accounts released by number / accounts released; the others are measures of
    estimates.csv.
    """

    YIELD = "yield"
    TIN_PATH_SHARE = "tin_path_share"
    DEFICIENT_DISCLOSURE_RATE = "deficient_disclosure_rate"
    FALSE_DISCOVERY_RATE = "false_discovery_rate"
    WRONG_ADDRESS_RATE = "wrong_address_rate"
