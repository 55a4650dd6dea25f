"""What became of a request, in words: shared by the table in the terminal and the figure."""

from simulator.report.wording import ADDRESS_THRESHOLDS, BIRTH_DATE_THRESHOLDS, plain_name
from simulator.study.explain import Candidate, Explanation, FieldShown

FIELD_WORDS = {
    "given_name": "Given name",
    "surname": "Surname",
    "address": "Address",
    "birth_date": "Birth date",
    "tin": "Taxpayer number",
    "given_name_frequency": "How rare the given name is",
    "surname_frequency": "How rare the surname is",
}
_NAMES = {
    "none": "not alike",
    "1.00": "the same",
    "differently_written": "the same, written differently",
    "nickname": "nickname",
    "romanisation": "another spelling of one name",
    "initial": "initial",
    "double_metaphone": "sounds alike (Double Metaphone)",
    "nysiis": "sounds alike (NYSIIS)",
    "name_control": "same first four letters",
}
_OTHERS = {
    "missing": "missing",
    "different": "different",
    "one_digit_off": "one digit off",
    "year": "same year",
    "near": "nearly the same",
    "swapped": "day and month swapped",
    "transposed": "same building, digits swapped",
    "counted_as_same": "not looked at, counted as the same",
}
LOST = {
    "rejected": "the request was rejected before any matching",
    "blocking": "blocking kept the two records from being compared",
    "comparison": "the records are not alike enough to be compared",
    "rule": "the pair fell short of the decision rule",
    "withheld": "the disclosure policy withheld the account",
    "selection": "the selection released other accounts, or none because several qualified",
}
REJECTIONS = {
    "none": "Heard: the request met every requirement.",
    "address_required": "Rejected: it gives no address.",
    "placeholders_rejected": "Rejected: a placeholder stands in place of its address.",
    "detention_facilities_rejected": "Rejected: its address is a detention facility.",
    "address_check": "Rejected: its address fails the check.",
    "max_requests_per_address": "Rejected: too many requests give its address.",
    "birth_date_required": "Rejected: it gives no birth date.",
    "period_required": "Rejected: it states no taxable period.",
    "statute_required": "Rejected: it states no statute.",
    "reason_required": "Rejected: it states no reason.",
    "min_order_age": "Rejected: it shows no order that is old enough.",
    "removable_class_required": "Rejected: it states no class of removability.",
    "wilfulness_evidence_required": "Rejected: it comes without evidence of wilfulness.",
    "officer_required": "Rejected: it names no officer who is engaged in the case.",
    "sole_purpose_required": "Rejected: it does not attest a criminal purpose alone.",
    "court_order": "Rejected: the court granted no order.",
    "batch_cap": "Unanswered: the batch was full.",
    "cases_per_officer": "Unanswered: its officer had as many cases as allowed.",
    "no_transfer": "Unanswered: a court forbade any transfer.",
}
WITHHELD = {
    "known_status": "withheld: known as a citizen or permanent resident",
    "max_address_age": "withheld: the address is too old",
    "units_required": "withheld: the address lacks its unit",
    "shared_addresses": "withheld: others file from the address",
    "review": "stopped by the reviewer",
}
_NOT_CHOSEN = "link, but not chosen"
LISTED = {
    "removable": "rightly listed",
    "departed": "rightly listed, but has left the country",
    "wrongly_listed": "wrongly listed: here lawfully",
    "died": "listed, but has died",
    "never_existed": "listed, but never existed",
}
ON_ROLL = {
    "searched": "has an account that is searched",
    "not_searched": "is on the roll as a dependant only, whose account is not searched",
    "not_on_roll": "has no account",
}


def agreement_words(field: FieldShown) -> str:
    """Return how a field agrees."""
    if field.field.endswith("_frequency"):
        return ""
    if field.agreement == "1.00" and field.asked != field.held:
        return "one part the same"
    if field.field in ("given_name", "surname"):
        return _NAMES.get(field.agreement, f"{field.agreement} alike")
    if field.agreement in _OTHERS:
        return _OTHERS[field.agreement]
    if field.field == "address":
        return ADDRESS_THRESHOLDS.get(field.agreement, field.agreement)
    if field.field == "birth_date":
        return BIRTH_DATE_THRESHOLDS.get(field.agreement, field.agreement)
    return "the same"


def decision_words(candidate: Candidate) -> str:
    """Return what rule, policy and selection decided about an account."""
    if not candidate.compared:
        return "never a candidate"
    if candidate.released:
        return "released"
    if not candidate.links:
        return "no link"
    return f"link, but {WITHHELD[candidate.withheld]}" if candidate.withheld else _NOT_CHOSEN


def holder_words(candidate: Candidate) -> str:
    """Return whose account it truly is."""
    if candidate.is_mate:
        return "the person requested"
    status = plain_name(candidate.holder_status)
    return f"a stranger: {status[0].lower()}{status[1:]}, {plain_name(candidate.holder_origin)}"


def outcome_sentence(explanation: Explanation) -> str:
    """Say in one sentence what came of the request."""
    released = [candidate for candidate in explanation.candidates if candidate.released]
    wrong = sum(not candidate.is_mate for candidate in released)
    found = explanation.mate is not None and explanation.mate.released
    if explanation.lost:
        missed = f"the person was missed: {LOST[explanation.lost]}"
    elif found:
        missed = "the person was found"
    else:
        missed = f"the person {ON_ROLL[explanation.person.on_roll]}"
    if wrong:
        missed += f"; {wrong} {'stranger was' if wrong == 1 else 'strangers were'} disclosed"
    elif not released:
        missed += "; nothing was disclosed"
    return f"{missed[0].upper()}{missed[1:]}."


def signed(value: float) -> str:
    """Return a contribution with its sign, to a hundredth."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")
