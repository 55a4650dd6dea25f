"""Which requests are rejected before any matching, and what is withheld after it."""

from simulator.scenario.choices import AddressCheck
from simulator.scenario.fields import Integer, Part, Switch, parameter


class GuardrailsPart(Part):
    """Which requests are rejected before any matching."""

    address_required: Switch = parameter(
        True,
        "A request without any address text is rejected.",
        unit="true or false",
        source="26 USC 6103(i)(2): the request must state name and address [seen]",
    )
    address_check: AddressCheck = parameter(
        AddressCheck.DELIVERABLE,
        "What an address must pass: nothing; a five- or nine-digit number anywhere in it (the "
        "proxy of 2025); a street, number and ZIP; or an address that exists, with its unit. A "
        "blank address is the business of address_required.",
        unit="none, zip_proxy, parseable or deliverable",
        source="the ZIP proxy is from the court record of February 2026 [seen]",
    )
    placeholders_rejected: Switch = parameter(
        True,
        "Known placeholder texts ('UNKNOWN ADDRESS', …) are rejected.",
        unit="true or false",
        source="a proposal",
    )
    birth_date_required: Switch = parameter(
        False,
        "A request without a birth date is rejected.",
        unit="true or false",
        source="a proposal",
    )


class DisclosurePart(Part):
    """What is withheld although a link was made."""

    max_address_age_years: Integer | None = parameter(
        None,
        "Withhold addresses from returns older than this; null releases every age.",
        unit="years",
        source="a proposal",
        ge=0,
        le=50,
    )
