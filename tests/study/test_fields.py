"""No field of a scenario is dead: changing any of them changes the results of a small run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from simulator.measures.rates import estimate_table
from simulator.measures.years import year_table
from simulator.records import TIN_KINDS
from simulator.report.headline import headline_lines
from simulator.scenario.schema import Scenario
from simulator.study.replicate import run_replicate
from simulator.study.run import run_scenario
from simulator.study.training import learnt_weights
from tests.study.tiny import LISTED, Values, merged, quiet, same, same_grid, tiny

# Enough errors, wrongly listed people and open doors that any change can show.
BASE: Values = {
    "replicates": 1,
    "population": {"size": 6000},
    "roll": {
        "unauthorized_tin": {
            "ssn": 0.0,
            "itin": 0.5,
            "borrowed_ssn": 0.5,
            "invalid_ssn": 0.0,
            "none": 0.0,
        }
    },
    "listing": LISTED | {"requests": 200, "wrongly_listed_share": 0.5},
    "requests": {"tin_present": 0.3},
    "matching": {"name_threshold": 0.9, "address_threshold": "zip5", "tin_path": True},
    "guardrails": {
        "address_required": False,
        "address_check": "none",
        "placeholders_rejected": False,
    },
}
LEFT: Values = {"departed_share": 1.0, "wrongly_listed_share": 0.0, "requests": 600}
# Few have twins, grandchildren or relatives at home: many are listed, and dependants searched too.
MANY: Values = {
    "population": {"size": 20_000},
    "listing": LEFT | {"requests": 3_000, "nationality_mix": {"mexico": 1.0}},
    "matching": {"search_dependants": True},
}
# Everybody without status works under somebody else's number and has an ITIN of their own.
WORKING: Values = {
    "roll": {"unauthorized_tin": {"itin": 1.0, "borrowed_ssn": 0.0}, "itin_borrowed_wages": 1.0},
    "requests": {"tin_present": 1.0, "tin_borrowed": 0.5},
}
STATUSES = (
    "native_born_citizen",
    "naturalised_citizen",
    "permanent_resident",
    "temporary_visa",
    "protected",
)
TEXT = {"title", "question", "description"}
OF_TABLES = {
    "confidence",
    "matching.name_threshold",
    "matching.address_threshold",
    "matching.score_threshold",
}
OF_THE_RUN = {"replicates", "matching.selection", "matchers"}
OF_CALIBRATION = {  # put to the test in test_calibration
    f"calibration.{name}"
    for name in ("draws", "replicates", "released", "targets", "free", "uncertain")
}


def moved(group: str, field: str, fields: tuple[str, ...]) -> tuple[Values, Values]:
    """Return two groups of shares: all on another field, and part of it moved to ``field``."""
    other = fields[0] if field != fields[0] else fields[1]
    before = {name: float(name == other) for name in fields}
    after = {**before, other: 0.5, field: 0.5}
    part, inner = group.split(".")
    few = {"listing": {"requests": 60}}  # there are not many people of the rarer statuses
    return merged(few, {part: {inner: before}}), merged(few, {part: {inner: after}})


def alone(path: str, value: object, **switches: Values) -> tuple[Values, Values]:
    """Return the switches that the field needs, and the same with the field changed."""
    change: Any = value
    for step in reversed(path.split(".")):
        change = {step: change}
    return switches, merged(switches, change)


# Every middle name in full on both sides, and compared.
_IN_FULL: Values = {"middle_absent": 0.0, "middle_initial": 0.0}
MIDDLES: Values = {
    "population": {"size": 20_000},
    "listing": {"requests": 600},
    "roll": {"names_as_filed": _IN_FULL},
    "requests": _IN_FULL,
    "matching": {"middle_conflict_rejects": True},
}
# Sons named after their fathers, with the suffix, on a list of people born here.
SUFFIXES: Values = {
    "population": {"size": 12_000},
    "names": {"child_named_after_parent": 0.5, "suffix_share": 1.0},
    "listing": {
        "requests": 2_000,
        "wrongly_listed_share": 1.0,
        "departed_share": 0.0,
        "wrongly_listed_status": {
            **dict.fromkeys(STATUSES, 0.0),
            "native_born_citizen": 1.0,
        },
    },
    "requests": {"suffix_left_out": 0.0},
}
CHANGES: dict[str, tuple[Values, Values]] = {
    path: alone(path, value)
    for path, value in {
        "seed": 7,
        "population.size": 6500,
        "population.annual_move_rate": 0.4,
        "population.hispanic_move_ratio": 3.0,
        "population.same_zip_move_share": 0.9,
        "population.po_box_share": 0.3,
        "names.partner_same_surname": 0.0,
        "names.partner_same_surname_hispanic": 1.0,
        "population.partner_same_origin": 0.0,
        "population.partner_same_status": 0.0,
        "population.native_born_children": 0.0,
        "population.twin_share": 1.0,
        "population.group_quarters": 0.5,
        "names.child_named_after_parent": 1.0,
        "names.given_surname_dependence": 1.0,
        "population.lawful_statuses": [
            "native_born_citizen",
            "naturalised_citizen",
            "permanent_resident",
            "protected",
        ],
        "roll.years_since_filing": [0.5, 0.5],
        "roll.joint_filing_share": 0.0,
        "roll.filing_ratio.age_18_24": 0.1,
        "roll.filing_ratio.age_45_64": 0.1,
        "roll.filing_ratio.age_65_over": 0.1,
        "roll.filing_ratio.partner": 0.5,
        "roll.filing_ratio.children": 0.5,
        "roll.married_share.with_children": 0.0,
        "roll.teenager_filing_rate": 1.0,
        "roll.claimed.child": 0.1,
        "roll.claimed.student": 0.0,
        "roll.claimed.parent": 0.0,
        "roll.claimed.relative": 0.0,
        "roll.protected_itin": 1.0,
        "roll.visa_dependant_itin": 1.0,
        "roll.unit_missing": 1.0,
        "roll.names_as_filed.double_surname_share": 0.9,
        "roll.names_as_filed.second_surname_alone": 0.9,
        "roll.names_as_filed.goes_by_middle": 0.9,
        "roll.names_as_filed.nickname": 0.9,
        "roll.names_as_filed.given_romanised": 1.0,
        "roll.names_as_filed.surname_romanised": 1.0,
        "roll.names_as_filed.given_misspelt": 0.9,
        "roll.names_as_filed.surname_misspelt": 0.9,
        "roll.names_as_filed.names_swapped": 0.9,
        "matching.addresses_standardised": False,
        "listing.requests": 210,
        "listing.departed_share": 0.3,
        "listing.wrongly_listed_share": 0.4,
        "listing.nationality_mix": {"china": 1.0},
        "requests.given_misspelt": 0.9,
        "requests.surname_misspelt": 0.9,
        "requests.given_transcribed": 0.9,
        "requests.surname_transcribed": 0.9,
        "requests.nickname": 0.9,
        "requests.second_surname_dropped": 1.0,
        "requests.first_surname_dropped": 0.9,
        "requests.surnames_swapped": 0.9,
        "requests.names_swapped": 0.9,
        "requests.names_swapped_family_name_first": 0.9,
        "requests.goes_by_middle": 0.9,
        "requests.given_romanised": 1.0,
        "requests.surname_romanised": 1.0,
        "requests.stale_address": 0.0,
        "requests.address_missing": 0.5,
        "requests.address_placeholder": 0.5,
        "requests.unit_missing": 1.0,
        "requests.po_box_given": 1.0,
        "requests.street_misspelt": 0.9,
        "requests.number_transposed": 0.9,
        "requests.birth_date_missing": 0.9,
        "requests.birth_date_wrong": 0.9,
        "requests.tin_present": 0.9,
        "requests.tin_wrong": 0.9,
        "matching.birth_date_threshold": "near",
        "matching.surname_tokens": "first",
        "matching.blocking": [["zip3"]],
        "matching.name_address_path": False,
        "matching.tin_path": False,
        "matching.search_dependants": True,
        "guardrails.address_required": True,
        "guardrails.address_check": "deliverable",
        "guardrails.placeholders_rejected": True,
        "guardrails.birth_date_required": True,
        "disclosure.max_address_age_years": 0,
        "confidence": 0.8,
        "matching.name_threshold": 0.95,
        "matching.address_threshold": "any",
    }.items()
}
CHANGES |= {
    f"population.move_ratio_by_status.{name}": alone(
        f"population.move_ratio_by_status.{name}",
        5.0,
        listing={
            "requests": 80,
            "wrongly_listed_status": dict.fromkeys(STATUSES, 0.0) | {name: 1.0},
        },
        population={"size": 12_000, "move_ratio_by_status": {name: 0.0}},
        roll={"years_since_filing": [0.0, 0.0, 1.0]},
    )
    for name in STATUSES
}
CHANGES |= {
    "population.move_ratio_by_status.unauthorized": alone(
        "population.move_ratio_by_status.unauthorized",
        5.0,
        listing={"requests": 250, "wrongly_listed_share": 0.0},
        population={"size": 40_000, "move_ratio_by_status": {"unauthorized": 0.0}},
        roll={"years_since_filing": [0.0, 0.0, 1.0]},
    )
}
CHANGES |= {
    f"population.move_ratio_by_age.{name}": alone(
        f"population.move_ratio_by_age.{name}",
        5.0,
        listing={"requests": 250},
        population={"size": 40_000},
        roll={"years_since_filing": [0.0, 0.0, 1.0]},
    )
    for name in ("under_35", "from_35_to_64", "from_65")
}
CHANGES |= {
    "population.quarters_move_ratio": alone(
        "population.quarters_move_ratio",
        0.0,
        listing={"requests": 1_000},
        population={"size": 20_000},
    )
}
# Names of the few: all of the list is of people from where they are borne, who left the country.
FROM = {
    "us_born": "mexico",
    "latin_american": "mexico",
    "east_asian": "china",
    "elsewhere": "india",
}
CHANGES |= {
    f"names.middle_name.{name}": alone(
        f"names.middle_name.{name}",
        1.0,
        names={"middle_name": {name: 0.0}},
        listing=LEFT | {"nationality_mix": {origin: 1.0}},
        roll={"names_as_filed": {"goes_by_middle": 1.0}},
    )
    for name, origin in FROM.items()
}
CHANGES |= {
    "names.partner_same_surname_east_asian": alone(
        "names.partner_same_surname_east_asian",
        1.0,
        **merged(MANY, {"listing": {"nationality_mix": {"mexico": 0.0, "china": 1.0}}}),
    ),
    "names.suffix_share": alone(
        "names.suffix_share",
        1.0,
        names={"child_named_after_parent": 1.0, "suffix_share": 0.0},
        requests={"suffix_left_out": 0.0, "surname_misspelt": 0.0, "given_misspelt": 0.0},
        roll={"names_as_filed": {"suffix_left_out": 0.0}},
        matching={"suffix_conflict_rejects": True},
    ),
}
CHANGES |= {
    f"names.{name}": alone(f"names.{name}", value, **MANY)
    for name, value in {
        "twins_similar": 1.0,
        "relative_same_surname": 0.0,
        "daughters_child_other_surname": 0.0,
    }.items()
}
CHANGES |= {f"roll.filing_rate.{name}": alone(f"roll.filing_rate.{name}", 0.1) for name in STATUSES}
CHANGES |= {
    # Spouses share the year of their address: many couples, whose returns are of all ages.
    f"roll.married_share.{name}": alone(
        f"roll.married_share.{name}",
        0.0,
        population={"size": 20_000, "annual_move_rate": 0.4},
        listing=SUFFIXES["listing"],
        roll={"years_since_filing": [0.25, 0.25, 0.25, 0.25]},
    )
    for name in ("under_35", "from_35")
}
CHANGES |= {
    "roll.filing_rate.unauthorized": alone("roll.filing_rate.unauthorized", 0.1),
    # Wages under many a number of those who are disclosed.
    "roll.itin_borrowed_wages": alone(
        "roll.itin_borrowed_wages",
        1.0,
        roll={"unauthorized_tin": {"itin": 1.0, "borrowed_ssn": 0.0}, "itin_borrowed_wages": 0.0},
    ),
    "requests.placeholder_with_number": alone(
        "requests.placeholder_with_number", 1.0, guardrails={"address_check": "zip_proxy"}
    ),
    "requests.wrong_tin_is_somebodys": alone(
        "requests.wrong_tin_is_somebodys",
        1.0,
        requests={"tin_present": 1.0, "tin_wrong": 1.0, "wrong_tin_is_somebodys": 0.0},
        matching={"tin_name_check": "none"},
    ),
    "matching.tin_name_check": alone("matching.tin_name_check", "none", **WORKING),
    "requests.tin_borrowed": alone(
        "requests.tin_borrowed", 1.0, **WORKING, matching={"tin_name_check": "none"}
    ),
    # Departures that strike few names show where every account or request has them.
    "roll.names_as_filed.given_shortened": alone(
        "roll.names_as_filed.given_shortened", 1.0, **MANY
    ),
    "roll.names_as_filed.particle_dropped": alone(
        "roll.names_as_filed.particle_dropped", 1.0, **MANY
    ),
    "requests.given_shortened": alone("requests.given_shortened", 1.0, **MANY),
    "requests.particle_dropped": alone("requests.particle_dropped", 1.0, **MANY),
    "roll.names_as_filed.names_swapped_family_name_first": alone(
        "roll.names_as_filed.names_swapped_family_name_first",
        1.0,
        listing={"requests": 60, "nationality_mix": {"china": 1.0, "vietnam": 1.0}},
    ),
    # Middle names and suffixes are compared only where a scenario says so.
    "matching.middle_conflict_rejects": alone("matching.middle_conflict_rejects", True),
    "matching.suffix_conflict_rejects": alone("matching.suffix_conflict_rejects", True, **SUFFIXES),
    **{
        f"{part}.{field}": alone(f"{part}.{field}", 1.0, **MIDDLES)
        for part in ("roll.names_as_filed", "requests")
        for field in ("middle_absent", "middle_initial")
    },
    **{
        path: alone(path, 1.0, **SUFFIXES, matching={"suffix_conflict_rejects": True})
        for path in (
            "roll.names_as_filed.suffix_left_out",
            "roll.names_as_filed.senior_written",
            "requests.suffix_left_out",
        )
    },
    # A street that is misspelt in every request must be similar enough.
    "matching.street_similarity": alone(
        "matching.street_similarity", 1.0, requests={"street_misspelt": 1.0}
    ),
}
# Two surnames on either side, and told apart if they are written differently.
WRITTEN: Values = {
    **MANY,
    "roll": {
        "names_as_filed": {
            "double_surname_share": 1.0,
            "surnames_hyphenated": 0.0,
        }
    },
    "requests": {
        "second_surname_dropped": 0.0,
        "first_surname_dropped": 0.0,
        "surnames_hyphenated": 0.0,
    },
    "matching": {"search_dependants": True, "name_agreements": {"differently_written": 0.9}},
}
# Many listed people have accounts: enough names with particles, and told apart as above.
TOGETHER: Values = merged(
    SUFFIXES,
    {
        "roll": {"names_as_filed": {"names_run_together": 0.0}},
        "requests": {"names_run_together": 0.0},
        "matching": {"name_agreements": {"differently_written": 0.9}},
    },
)
CHANGES |= {
    **{
        f"{side}.{field}": alone(f"{side}.{field}", 1.0, **base)
        for side in ("roll.names_as_filed", "requests")
        for field, base in (("names_run_together", TOGETHER), ("surnames_hyphenated", WRITTEN))
    },
    "matching.name_agreements.differently_written": alone(
        "matching.name_agreements.differently_written",
        0.8,
        **merged(TOGETHER, {"requests": {"names_run_together": 1.0}}),
    ),
    "requests.given_initial": alone("requests.given_initial", 0.9),
    # Every request departs in a way that the agreement allows for.
    **{
        f"matching.name_agreements.{way}": alone(
            f"matching.name_agreements.{way}",
            1.0,
            **merged(MANY, {"requests": dict.fromkeys(channels, 1.0)}),
        )
        for way, channels in {
            "nickname": ("nickname",),
            "romanisation": ("given_romanised", "surname_romanised"),
            "initial": ("given_initial",),
            "double_metaphone": ("given_transcribed", "surname_transcribed"),
            "nysiis": ("given_transcribed", "surname_transcribed"),
            "name_control": ("surname_misspelt", "surname_transcribed"),
        }.items()
    },
}
CHANGES |= {
    f"listing.wrongly_listed_status.{name}": moved("listing.wrongly_listed_status", name, STATUSES)
    for name in STATUSES
}
# Everybody listed and here is held in a facility, and gives its address.
HELD: Values = {"listing": {"detained_share": 1.0}, "requests": {"facility_given": 1.0}}
CHANGES |= {
    "listing.drawn_from": alone("listing.drawn_from", "all_unauthorized"),
    "listing.overstay_mix": alone(
        "listing.overstay_mix", {"china": 1.0}, listing={"drawn_from": "overstays"}
    ),
    "listing.died_share": alone("listing.died_share", 0.3),
    "listing.never_existed_share": alone("listing.never_existed_share", 0.3),
    "listing.duplicate_share": alone("listing.duplicate_share", 0.5),
    # What is on a file shows through the guardrails that ask for it.
    "listing.investigation_share": alone(
        "listing.investigation_share",
        1.0,
        listing={"wilful_share": 0.0},
        guardrails={"wilfulness_evidence_required": True},
    ),
    "listing.years_since_order": alone(
        "listing.years_since_order",
        [1.0],
        listing={"years_since_order": [0.0, 1.0]},
        guardrails={"min_order_age_days": 365},
    ),
    "listing.removable_class_share": alone(
        "listing.removable_class_share", 0.0, guardrails={"removable_class_required": True}
    ),
    "listing.wilful_share": alone(
        "listing.wilful_share", 1.0, guardrails={"wilfulness_evidence_required": True}
    ),
    "listing.detained_share": alone(
        "listing.detained_share",
        0.0,
        **HELD,
        guardrails={"detention_facilities_rejected": True},
    ),
    # The first of twenty facilities holds 45 of these people, a single one all of them.
    "listing.facilities": alone(
        "listing.facilities", 1, **HELD, guardrails={"max_requests_per_address": 90}
    ),
    "listing.officers": alone("listing.officers", 1, recipient={"cases_per_officer": 5}),
}
CHANGES |= {
    f"roll.unauthorized_tin.{name}": moved("roll.unauthorized_tin", name, TIN_KINDS)
    for name in TIN_KINDS
}


# What weighs pairs is seen at the scenario's own threshold: the grid follows what scores can be.
ERRORS: Values = {
    "population": {"size": 30_000},
    "listing": {"requests": 1_000, "departed_share": 0.0, "wrongly_listed_share": 0.6},
    "requests": {
        "given_misspelt": 0.5,
        "surname_misspelt": 0.5,
        "birth_date_wrong": 0.5,
        "tin_present": 0.5,
    },
}
POINTS: Values = merged(
    ERRORS,
    {
        "matching": {
            "decision_rule": "points",
            "score_threshold": 90.0,
            "tin_path": False,
            "tin_compared": True,
        }
    },
)
BITS: Values = merged(
    POINTS, {"matching": {"decision_rule": "fellegi_sunter", "score_threshold": 40.0}}
)
# Every number on the list has a digit wrong.
WRONG_DIGIT: Values = {
    "requests": {"tin_present": 1.0, "tin_wrong": 1.0, "wrong_tin_is_somebodys": 0.0}
}


def of_two(levels: list[str]) -> Values:
    """Return levels of a field with weights."""
    weights = {"points": [40.0, 10.0], "m": [0.9, 0.1], "u": [0.001, 0.999]}
    if len(levels) == 2:
        weights = {"points": [40.0, 20.0, 0.0], "m": [0.8, 0.1, 0.1], "u": [0.001, 0.01, 0.989]}
    return {"levels": levels, **weights}


def of_levels(field: str, before: list[str], after: list[str], base: Values) -> Any:
    """Return the same weights for other levels."""
    return tuple(
        merged(base, {"matching": {"fields": {field: of_two(levels)}}})
        for levels in (before, after)
    )


EVEN = {"given_name": 6, "surname": 6, "address": 9, "birth_date": 5, "tin": 3}
CUTS = [0.84, 0.83, 0.82, 0.81, 0.80]
WEIGHED: dict[str, tuple[Values, Values]] = {
    **{
        f"matching.fields.{field}.points": alone(
            f"matching.fields.{field}.points", [0.0] * levels, **POINTS
        )
        for field, levels in EVEN.items()
    },
    **{
        f"matching.fields.{field}.{chance}": alone(
            f"matching.fields.{field}.{chance}", [1.0 / levels] * levels, **BITS
        )
        for field, levels in EVEN.items()
        for chance in ("m", "u")
    },
    **{
        f"matching.fields.{field}.at_least": alone(
            f"matching.fields.{field}.at_least", CUTS, **POINTS
        )
        for field in ("given_name", "surname")
    },
    "matching.fields.address.levels": of_levels(
        "address", ["exact", "building"], ["exact", "zip5"], POINTS
    ),
    "matching.fields.birth_date.levels": of_levels(
        "birth_date", ["exact", "near"], ["exact", "swapped"], POINTS
    ),
    "matching.fields.tin.levels": of_levels(
        "tin", ["exact"], ["one_digit_off"], merged(POINTS, WRONG_DIGIT)
    ),
    "matching.decision_rule": alone(
        "matching.decision_rule", "points", matching={"tin_path": False}
    ),
    "matching.weights_from": alone("matching.weights_from", "oracle", **BITS),
    "matching.term_frequency": alone("matching.term_frequency", 1.0, **BITS),
    "matching.tin_compared": alone(
        "matching.tin_compared", True, **merged(POINTS, {"matching": {"tin_compared": False}})
    ),
    "matching.dissimilar_names_compared": alone(
        "matching.dissimilar_names_compared",
        True,
        **merged(POINTS, {"matching": {"blocking": [["zip5"]], "score_threshold": 20.0}}),
    ),
}
CHANGES |= WEIGHED
CHANGES |= {
    "matching.score_threshold": alone("matching.score_threshold", 20.0, **POINTS),
    "matching.name_measure": alone("matching.name_measure", "damerau_levenshtein", **ERRORS),
    "matching.name_order": alone("matching.name_order", "either", requests={"names_swapped": 0.9}),
    # Few strangers are born within a year of each other and share a name: many are listed.
    "matching.birth_date_days": alone("matching.birth_date_days", 366, **MANY),
    "matching.top": alone("matching.top", 2),
    "matching.tin_threshold": alone("matching.tin_threshold", "one_digit_off", **WRONG_DIGIT),
}

# Other rolls: whole numbers are on none of them, and everybody is flagged by name alone.
FLAGGED: Values = {
    "matching": {"tin_path": False, "address_threshold": "any", "name_threshold": 0.8},
}
STATUSES_OF_ALL = (*STATUSES, "unauthorized")
VOTERS: Values = merged(FLAGGED, {"searched_roll": "voter"})
RECEIVERS: Values = merged(FLAGGED, {"searched_roll": "benefit"})
CHANGES |= {
    "searched_roll": alone("searched_roll", "voter", **FLAGGED),
    **{
        f"voter_roll.registered.{name}": alone(f"voter_roll.registered.{name}", 0.9, **VOTERS)
        for name in STATUSES_OF_ALL
    },
    "voter_roll.registered.native_born_citizen": alone(
        "voter_roll.registered.native_born_citizen", 0.1, **VOTERS
    ),
    "voter_roll.years_since_registration": alone(
        "voter_roll.years_since_registration", [0.0, 0.0, 1.0], **VOTERS
    ),
    **{
        f"benefit_roll.enrolled.{name}": alone(f"benefit_roll.enrolled.{name}", 0.9, **RECEIVERS)
        for name in STATUSES_OF_ALL
    },
    "benefit_roll.child_ratio": alone("benefit_roll.child_ratio", 4.0, **RECEIVERS),
    "benefit_roll.years_since_renewal": alone(
        "benefit_roll.years_since_renewal", [0.0, 0.0, 1.0], **RECEIVERS
    ),
    # Every request and every entry shows its digits, and they must agree.
    "benefit_roll.ssn4_missing": alone(
        "benefit_roll.ssn4_missing",
        1.0,
        **merged(
            RECEIVERS,
            {"requests": {"tin_present": 1.0}, "matching": {"last_four_check": "required"}},
        ),
    ),
    "notice.eligible_statuses": alone("notice.eligible_statuses", ["unauthorized"], **VOTERS),
    "notice.lost_in_mail": alone("notice.lost_in_mail", 0.9, **VOTERS),
    "notice.reply_rate": alone("notice.reply_rate", 0.9, **VOTERS),
}

# What requests carry. Most lists here are of people with wrong names and dates, so that it shows
# when the same ones are struck.
INVESTIGATED: Values = merged(ERRORS, {"listing": {"investigation_share": 1.0}})
STATED: dict[str, tuple[float, Values]] = {
    "period_present": (0.5, {"period_required": True}),
    "statute_present": (0.5, {"statute_required": True}),
    "reason_present": (0.5, {"reason_required": True}),
    "officer_named": (0.1, {"officer_required": True}),
    "order_date_present": (0.0, {"min_order_age_days": 90}),
    "class_present": (0.0, {"removable_class_required": True}),
    "evidence_present": (1.0, {"wilfulness_evidence_required": True}),
    "civil_purpose": (1.0, {"sole_purpose_required": True}),
}
CHANGES |= {
    f"requests.grounds.{name}": alone(
        f"requests.grounds.{name}", value, listing={"wilful_share": 1.0}, guardrails=guardrails
    )
    for name, (value, guardrails) in STATED.items()
}
CHANGES |= {
    "requests.investigation.error_ratio": alone(
        "requests.investigation.error_ratio", 1.0, **INVESTIGATED
    ),
    "requests.investigation.lacking_ratio": alone(
        "requests.investigation.lacking_ratio", 1.0, **INVESTIGATED
    ),
    "requests.investigation.tin_present": alone(
        "requests.investigation.tin_present", 0.1, **INVESTIGATED
    ),
    "requests.error_clustering": alone("requests.error_clustering", 1.0, **ERRORS),
    "requests.error_ratio_by_origin": alone(
        "requests.error_ratio_by_origin", {"mexico": 20.0}, **ERRORS
    ),
    "requests.years_since_address": alone("requests.years_since_address", [0.0, 0.0, 0.0, 1.0]),
    "requests.facility_given": alone(
        "requests.facility_given", 0.0, listing={"detained_share": 1.0}
    ),
    "requests.shared_address": alone("requests.shared_address", 0.9),
    # Of 200 requests a third give the first of ten addresses, all the first of one.
    "requests.shared_addresses": alone(
        "requests.shared_addresses",
        1,
        requests={"shared_address": 1.0},
        guardrails={"max_requests_per_address": 100},
    ),
    "requests.street_missing": alone("requests.street_missing", 0.9),
    "requests.number_missing": alone("requests.number_missing", 0.9),
    "requests.tin_present_without_address": alone(
        "requests.tin_present_without_address", 1.0, requests={"address_missing": 0.5}
    ),
}

# What is released, and what the recipient does with it.
NAMES: Values = {"disclosure": {"scope": "return_names"}}
CHANGES |= {
    "disclosure.scope": alone("disclosure.scope", "return_names"),
    "disclosure.joint_filers_suppressed": alone(
        "disclosure.joint_filers_suppressed", True, **NAMES
    ),
    "disclosure.dependants_suppressed": alone("disclosure.dependants_suppressed", True, **NAMES),
    "recipient.other_uses": alone("recipient.other_uses", 3),
    "recipient.redisclosure_barred": alone(
        "recipient.redisclosure_barred", True, recipient={"other_uses": 3}
    ),
    # Among names alone, many wrong persons are released.
    "recipient.recalled_share": alone(
        "recipient.recalled_share",
        0.5,
        matching={"name_threshold": 0.8, "address_threshold": "any", "birth_date_threshold": "any"},
    ),
}


# Guardrails: what a request states, who is heard, and what is withheld of a link.
UNSTATED: Values = {
    "requests": {
        "grounds": {
            **dict.fromkeys(
                (
                    "period_present",
                    "statute_present",
                    "reason_present",
                    "order_date_present",
                    "class_present",
                    "evidence_present",
                    "officer_named",
                    "civil_purpose",
                ),
                0.5,
            )
        }
    },
    "guardrails": {"period_required": False, "statute_required": False, "reason_required": False},
}
# A tenth of the list in few facilities, whose addresses many requests share.
IN_FACILITIES: Values = {
    "listing": {"detained_share": 0.5, "facilities": 2},
    "requests": {"facility_given": 1.0},
}
COURT: Values = {"guardrails": {"court_order": {"required": True}}}
KNOWN: Values = {"disclosure": {"known_status": {"withheld": "citizens_and_residents"}}}
# Everybody is looked at, by somebody who errs.
REVIEWED: Values = {"disclosure": {"review": {"reviewed_share": 1.0}}}
NAMESAKES: Values = merged(
    REVIEWED,
    {
        "population": {"size": 20_000},
        "listing": {"requests": 1_000},
        "matching": {"name_threshold": 0.8, "address_threshold": "any"},
    },
)
# Numbers on half of the requests, many wrong, and all matched by name.
NUMBERED: Values = {
    "requests": {"tin_present": 0.5, "tin_wrong": 0.9},
    "matching": {"tin_path": False},
}
CHANGES |= {
    **{
        f"guardrails.{field}": alone(f"guardrails.{field}", value, **UNSTATED)
        for field, value in {
            "period_required": True,
            "statute_required": True,
            "reason_required": True,
            "min_order_age_days": 90,
            "removable_class_required": True,
            "wilfulness_evidence_required": True,
            "officer_required": True,
            "sole_purpose_required": True,
        }.items()
    },
    **{
        f"guardrails.{field}": alone(f"guardrails.{field}", value, **IN_FACILITIES)
        for field, value in {
            "detention_facilities_rejected": True,
            "max_requests_per_address": 5,
        }.items()
    },
    "guardrails.court_order.required": alone("guardrails.court_order.required", True),
    "guardrails.court_order.grant_rate": alone("guardrails.court_order.grant_rate", 0.1, **COURT),
    "guardrails.court_order.grant_rate_listing_error": alone(
        "guardrails.court_order.grant_rate_listing_error", 1.0, **COURT
    ),
    "guardrails.batch_cap": alone("guardrails.batch_cap", 50),
    "recipient.cases_per_officer": alone("recipient.cases_per_officer", 2),
    "recipient.injunction": alone("recipient.injunction", "no_transfer"),
    "matching.tin_address_threshold": alone(
        "matching.tin_address_threshold", "building", requests={"tin_present": 1.0}
    ),
    "matching.last_four_check": alone("matching.last_four_check", "if_present", **NUMBERED),
    "matching.accounts_searched": alone("matching.accounts_searched", "itin"),
    "disclosure.units_required": alone(
        "disclosure.units_required", True, roll={"unit_missing": 1.0}
    ),
    "disclosure.shared_addresses_withheld": alone("disclosure.shared_addresses_withheld", True),
    "disclosure.known_status.withheld": alone("disclosure.known_status.withheld", "citizens"),
    "disclosure.known_status.known_share": alone(
        "disclosure.known_status.known_share", 0.1, **KNOWN
    ),
    "disclosure.known_status.mistaken_share": alone(
        "disclosure.known_status.mistaken_share", 1.0, **KNOWN
    ),
    "disclosure.review.reviewed_share": alone("disclosure.review.reviewed_share", 0.2, **NAMESAKES),
    "disclosure.review.sensitivity": alone("disclosure.review.sensitivity", 0.2, **REVIEWED),
    "disclosure.review.specificity": alone("disclosure.review.specificity", 0.1, **NAMESAKES),
    "disclosure.review.specificity_same_name": alone(
        "disclosure.review.specificity_same_name", 1.0, **NAMESAKES
    ),
}


# Two years in which many stop filing, some for what was disclosed in the year before.
CHANGES |= {
    "chilling.years": alone("chilling.years", 1),
    **{
        f"chilling.{field}": alone(f"chilling.{field}", value, chilling={"years": 2})
        for field, value in {
            "cessation.unauthorized": 0.5,
            "cessation.mixed_status_household": 0.5,
            "cessation.others": 0.5,
            "cessation.per_disclosure": 50.0,
        }.items()
    },
    "chilling.address_kept_years": alone(
        "chilling.address_kept_years",
        0,
        chilling={"years": 2, "cessation": {"unauthorized": 0.5}},
    ),
}
OF_YEARS = {
    "chilling.revenue.per_ten_points": 10.0,
    "chilling.revenue.per_ten_points_low": 5.0,
    "chilling.revenue.per_ten_points_high": 14.0,
}
CHANGES |= {
    path: alone(path, value, chilling={"years": 1, "cessation": {"unauthorized": 0.5}})
    for path, value in OF_YEARS.items()
}


# What can be asked after a run, of which a replicate counts nothing unless it is told to.
OF_EXPLORING = {"explore.guardrails"}
CHANGES |= {"explore.guardrails": alone("explore.guardrails", ["known_status"])}


def leaves(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Return the path of every field that holds a value."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, f"{path}{name}.")
        else:
            yield f"{path}{name}"


def scenarios(path: str) -> tuple[Scenario, Scenario]:
    """Return the scenario without and with the change of a field."""
    before, after = CHANGES[path]
    return (
        Scenario.model_validate(merged(BASE, before)),
        Scenario.model_validate(merged(BASE, after)),
    )


def reached(scenario: Scenario, path: str) -> object:
    found: Any = scenario
    for step in path.split("."):
        found = getattr(found, step)
    return found


def test_every_field_is_put_to_the_test() -> None:
    assert set(leaves(Scenario)) - TEXT - OF_THE_RUN - OF_CALIBRATION == set(CHANGES)


ELSEWHERE = OF_TABLES | set(WEIGHED) | set(OF_YEARS) | OF_EXPLORING


@pytest.mark.parametrize("path", sorted(set(CHANGES) - ELSEWHERE))
def test_a_changed_field_changes_the_counts(path: str) -> None:
    before, after = scenarios(path)
    assert reached(before, path) != reached(after, path)
    assert not same(run_replicate(before, 0), run_replicate(after, 0))


@pytest.mark.parametrize("path", sorted(WEIGHED))
def test_a_changed_weight_changes_the_estimates(path: str) -> None:
    before, after = scenarios(path)
    assert reached(before, path) != reached(after, path)
    tables = [
        estimate_table([run_replicate(scenario, 0, learnt_weights(scenario))], scenario)
        for scenario in (before, after)
    ]
    before_table, after_table = (table.drop(columns="threshold") for table in tables)
    assert not before_table.equals(after_table)


@pytest.mark.parametrize("path", sorted(OF_TABLES))
def test_a_changed_point_of_operation_changes_the_estimates(path: str) -> None:
    before, after = scenarios(path)
    counts = [run_replicate(before, number) for number in range(2)]
    assert same_grid(counts[0], run_replicate(after, 0)), "the whole grid is in every run"
    assert not estimate_table(counts, before).equals(estimate_table(counts, after))


@pytest.mark.parametrize("path", sorted(OF_YEARS))
def test_a_changed_elasticity_changes_the_years(path: str) -> None:
    before, after = scenarios(path)
    counts = run_replicate(before, 0)
    assert same(counts, run_replicate(after, 0)), "whoever stops filing does not ask what it costs"
    tables = [year_table([counts.years], s.chilling.revenue, s.confidence) for s in (before, after)]
    assert not tables[0].equals(tables[1])


def test_other_guardrails_to_explore_give_other_policies() -> None:
    before, after = scenarios("explore.guardrails")
    counts = [run_replicate(scenario, 0, explored=True) for scenario in (before, after)]
    assert same(*(replace(each, explored=counts[0].explored) for each in counts))
    assert not same(*counts)


@pytest.mark.parametrize(
    "change",
    [{"replicates": 2}, {"matching": {"selection": "unique"}}],
    ids=["replicates", "matching.selection"],
)
def test_a_changed_run_changes_the_headline(change: Mapping[str, Any], tmp_path: Path) -> None:
    base = merged(BASE, {"matching": {"name_threshold": 0.8, "address_threshold": "any"}})
    for name, values in (("before", base), ("after", merged(base, change))):
        run_scenario(Scenario.model_validate(values), tmp_path / name, workers=1, progress=quiet)
    assert headline_lines(tmp_path / "before") != headline_lines(tmp_path / "after")


def test_a_listed_matcher_leaves_its_estimates(tmp_path: Path) -> None:
    left = []
    for matchers in ([], ["thresholds"], ["points"]):
        scenario = tiny({"matchers": matchers, "replicates": 1})
        run_scenario(scenario, tmp_path, workers=1, progress=quiet)
        table = tmp_path / "matchers.csv"
        left.append(table.read_text(encoding="utf-8") if table.exists() else "")
    assert left[0] == ""
    assert len(set(left)) == 3
