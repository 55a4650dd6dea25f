"""Which requests are turned away before any matching: the scenario's part about validity."""

from simulator.scenario.choices import AddressCheck
from simulator.scenario.fields import Integer, Number, Part, Switch, group, parameter, share


class CourtOrderPart(Part):
    """An order of a court in place of the agency's own letter."""

    required: Switch = parameter(
        False,
        "Every request needs the order of a court.",
        unit="true or false",
        source="26 USC 6103(i)(1): ex parte order of a federal judge [seen]; the exchange of 2025 "
        "rested on (i)(2), which needs none [seen]",
    )
    grant_rate: Number = share(
        0.9,
        "Share of requests for people listed rightly that a court grants.",
        source="no rate is published for these orders [assumption]; vary it from 0.5 to 1",
    )
    grant_rate_listing_error: Number = share(
        0.5,
        "Share of requests granted for people who should not be on the list, among them those "
        "who have died or never existed: a court asks for the file.",
        source="[assumption]; vary it from 0 to 1",
    )


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
    detention_facilities_rejected: Switch = parameter(
        False,
        "A request that gives a detention facility as the address is rejected: the agency itself "
        "holds the person there.",
        unit="true or false",
        source="jails stood among the addresses of 2025 [seen]; the rule is a proposal",
    )
    max_requests_per_address: Integer | None = parameter(
        None,
        "Requests whose address (without its unit) more requests than this share are all "
        "rejected; null allows any number.",
        unit="requests",
        source="OIG-23-47: 780 addresses used more than 20 times, 7 more than 500 [seen]; the rule "
        "is a proposal",
        ge=1,
        le=1_000_000,
    )
    birth_date_required: Switch = parameter(
        False,
        "A request without a birth date is rejected.",
        unit="true or false",
        source="a proposal",
    )
    period_required: Switch = parameter(
        True,
        "A request must state the taxable periods it is about.",
        unit="true or false",
        source="26 USC 6103(i)(2) [seen]",
    )
    statute_required: Switch = parameter(
        True,
        "A request must state the statute under which the person is pursued.",
        unit="true or false",
        source="26 USC 6103(i)(2) [seen]",
    )
    reason_required: Switch = parameter(
        True,
        "A request must state the specific reason why the information is needed.",
        unit="true or false",
        source="26 USC 6103(i)(2) [seen]",
    )
    min_order_age_days: Integer | None = parameter(
        None,
        "A request about an order must show a date of the order at least this long ago; null asks "
        "for none. Investigations have no order and pass.",
        unit="days",
        source="8 USC 1253(a)(1): failure to depart within 90 days of the final order [seen]",
        ge=0,
        le=3650,
    )
    removable_class_required: Switch = parameter(
        False,
        "A request about an order must state a class of 8 USC 1227(a). Investigations pass.",
        unit="true or false",
        source="8 USC 1253(a)(1) reaches only those classes [seen]",
    )
    wilfulness_evidence_required: Switch = parameter(
        False,
        "A request about an order must come with evidence that this person failed to depart "
        "wilfully. Investigations pass.",
        unit="true or false",
        source="8 USC 1253(a)(1): wilful failure; two prosecutions in FY2024 [seen]",
    )
    officer_required: Switch = parameter(
        False,
        "A request must name the officer personally and directly engaged in the case.",
        unit="true or false",
        source="26 USC 6103(i): personally and directly engaged [seen]",
    )
    sole_purpose_required: Switch = parameter(
        False,
        "A request must attest that it serves a criminal proceeding or investigation alone.",
        unit="true or false",
        source="26 USC 6103(i)(2): for use in a criminal investigation or proceeding [seen]",
    )
    court_order: CourtOrderPart = group(
        CourtOrderPart,
        "An order of a court, (i)(1), instead of the agency's letter, (i)(2).",
        unit="part",
        source="-",
    )
    batch_cap: Integer | None = parameter(
        None,
        "Valid requests heard in one batch, in the order of the list; the others stay unanswered. "
        "Null hears all.",
        unit="requests",
        source="batches of 7.3M and 7.6M were refused in June 2025 [seen]; the cap is a proposal",
        ge=0,
        le=2_000_000,
    )
