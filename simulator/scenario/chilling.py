"""How people stop filing when returns are disclosed: the scenario's part about years to come."""

from collections.abc import Iterator

from simulator.scenario.fields import Fault, Integer, Number, Part, group, parameter, rule, share


class CessationPart(Part):
    """Share of filers who stop in a year for each way of being touched."""

    unauthorized: Number = share(
        0.05,
        "Unauthorized filers, whatever is disclosed: news of the arrangement.",
        unit="share of filers a year",
        source="ITIN filings about 15% down in 2026, weak source [seen]; vary it from 0 to 0.15",
    )
    mixed_status_household: Number = share(
        0.03,
        "Other filers, citizens included, who share a household with somebody unauthorized.",
        unit="share of filers a year",
        source="[assumption]; vary it from 0 to 0.1",
    )
    others: Number = share(
        0.0, "Everybody else.", unit="share of filers a year", source="[assumption]"
    )
    per_disclosure: Number = parameter(
        1.0,
        "How much last year's disclosures add: times the share of that community (unauthorized "
        "filers, others in mixed-status households) that was exposed. At 1 as many more stop as "
        "were exposed.",
        unit="ratio",
        source="[assumption]; vary it from 0 to 10",
        ge=0.0,
        le=100.0,
    )


class RevenuePart(Part):
    """What is lost when people stop filing: national figures, scaled by compliance lost."""

    per_ten_points: Number = parameter(
        9.5,
        "Federal, state and local revenue lost a year for each ten percentage points by which the "
        "share of unauthorized adults who file falls.",
        unit="billion dollars a year",
        source="ITEP: $9.5B, of which $8.6B federal [seen]",
        ge=0.0,
        le=100.0,
    )
    per_ten_points_low: Number = parameter(
        4.6,
        "The same at the low end.",
        unit="billion dollars a year",
        source="9.5 times 12/25, the low end over the centre of the published loss of 2026 "
        "[computed]",
        ge=0.0,
        le=100.0,
    )
    per_ten_points_high: Number = parameter(
        14.8,
        "The same at the high end.",
        unit="billion dollars a year",
        source="9.5 times 39/25, as above [computed]",
        ge=0.0,
        le=100.0,
    )

    @rule("per_ten_points", "per_ten_points_low", "per_ten_points_high")
    def range_holds_the_centre(self) -> Iterator[Fault]:
        """Have the central figure inside its range."""
        if not self.per_ten_points_low <= self.per_ten_points <= self.per_ten_points_high:
            yield Fault("per_ten_points must lie between per_ten_points_low and _high")


class ChillingPart(Part):
    """What years of disclosures do to filing."""

    years: Integer = parameter(
        0,
        "Years after the first in which the same list is run again, filing having fallen in "
        "between; 0 for none. The other tables are those of the first year.",
        unit="years",
        source="a choice",
        ge=0,
        le=10,
    )
    cessation: CessationPart = group(
        CessationPart, "Who stops filing.", unit="shares a year", source="-"
    )
    address_kept_years: Integer = parameter(
        4,
        "Age of the latest return of somebody who stopped filing beyond which the account no "
        "longer counts as having a last known address.",
        unit="years",
        source="[assumption]",
        ge=0,
        le=20,
    )
    revenue: RevenuePart = group(RevenuePart, "Revenue lost.", unit="part", source="-")
