"""What is released of an account and what is withheld, and what the recipient may do with it."""

from simulator.scenario.choices import Injunction, KnownStatus, Scope
from simulator.scenario.fields import (
    Integer,
    Number,
    Part,
    Switch,
    group,
    parameter,
    share,
)


class ReviewPart(Part):
    """A person who looks at links before they are released."""

    reviewed_share: Number = share(
        0.0,
        "Share of links that are looked at; the others go out unseen.",
        source="none was reported for 2025 [seen]; the share is a proposal",
    )
    sensitivity: Number = share(
        0.95,
        "Chance that a reviewer lets a link with the right person pass.",
        source="[assumption]; vary it from 0.8 to 1",
    )
    specificity: Number = share(
        0.8,
        "Chance that a reviewer stops a link with a wrong person whose names are just similar "
        "enough to be compared (0.80).",
        source="[assumption]; vary it from 0.5 to 0.95",
    )
    specificity_same_name: Number = share(
        0.4,
        "The same for a wrong person who bears the very names requested; in between, in a straight "
        "line by the lesser of the two similarities. Names less alike than 0.80, which a match by "
        "number may have, are as at 0.80.",
        source="reviewers miss namesakes [assumption]; vary it from 0.1 to specificity",
    )


class KnownStatusPart(Part):
    """Accounts that are held back because the tax authority knows whose they are."""

    withheld: KnownStatus = parameter(
        KnownStatus.NONE,
        "Whose accounts are held back: nobody's, those of known citizens, or those of known "
        "citizens and permanent residents.",
        unit="none, citizens or citizens_and_residents",
        source="a proposal",
    )
    known_share: Number = share(
        0.9,
        "Share of people of these statuses with a number of their own whom the records show as "
        "such; who naturalised or adjusted may still be shown as before.",
        source="[assumption]; vary it from 0.6 to 1",
    )
    mistaken_share: Number = share(
        0.01,
        "Share of other people whom the records wrongly show as such; nobody with an ITIN, which "
        "goes to those who can have no other number.",
        source="[assumption]; vary it from 0 to 0.05",
    )


class DisclosurePart(Part):
    """What is released of an account, and what is withheld although a link was made."""

    scope: Scope = parameter(
        Scope.ADDRESS,
        "What is released: the last known address; also the names of joint filer and dependants "
        "on the return; or the whole return.",
        unit="address, return_names or full_return",
        source="the memorandum asks for the last known address [seen]",
    )
    joint_filers_suppressed: Switch = parameter(
        False,
        "The joint filer is blacked out of what is released beyond the address.",
        unit="true or false",
        source="a proposal",
    )
    dependants_suppressed: Switch = parameter(
        False,
        "Dependants are blacked out of what is released beyond the address.",
        unit="true or false",
        source="a proposal",
    )
    shared_addresses_withheld: Switch = parameter(
        False,
        "An address from which somebody files another return is withheld, so that no co-resident "
        "with an account is revealed. Units count as part of the address as written.",
        unit="true or false",
        source="a proposal",
    )
    units_required: Switch = parameter(
        False,
        "An address in a building of several units is withheld where the return left out the unit.",
        unit="true or false",
        source="a proposal",
    )
    max_address_age_years: Integer | None = parameter(
        None,
        "Withhold addresses from returns older than this; null releases every age.",
        unit="years",
        source="a proposal",
        ge=0,
        le=50,
    )
    known_status: KnownStatusPart = group(
        KnownStatusPart,
        "Accounts of known citizens and permanent residents are held back.",
        unit="part",
        source="-",
    )
    review: ReviewPart = group(
        ReviewPart, "Links are looked at before release.", unit="part", source="-"
    )


class RecipientPart(Part):
    """What the agency that receives addresses may do with them."""

    cases_per_officer: Integer | None = parameter(
        None,
        "Valid requests of one officer that are answered, in the order of the list; the others "
        "stay unanswered. Null answers all.",
        unit="requests per officer",
        source="personally and directly engaged, 26 USC 6103(i) [seen]; the cap is a proposal",
        ge=0,
        le=2_000_000,
    )
    other_uses: Integer = parameter(
        0,
        "Other bodies to which the agency passes each address on.",
        unit="bodies",
        source="[assumption]; secondary uses are named beside the arrangement [seen]",
        ge=0,
        le=100,
    )
    redisclosure_barred: Switch = parameter(
        False,
        "Nothing is passed on to other uses.",
        unit="true or false",
        source="26 USC 6103(a) forbids redisclosure [recalled]",
    )
    recalled_share: Number = share(
        0.0,
        "Share of released accounts of wrong persons that are found out and recalled before "
        "anybody acts on them; they stay disclosed.",
        source="none was reported [seen]; the share is a proposal",
    )
    injunction: Injunction = parameter(
        Injunction.NONE,
        "What a court forbids: nothing, any transfer, or acting on what was transferred.",
        unit="none, no_transfer or no_use",
        source="orders of 2025 and 2026 forbade transfer and use [recalled]",
    )
