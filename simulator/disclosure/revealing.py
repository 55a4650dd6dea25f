"""Whom the release of an account shows beside its holder, by the scope of the disclosure.

An address shows everybody who lives there. It is the home of the holder's household unless they
moved since the return, or get their mail at a PO box: nobody lives in a box. Where names are
released too, everybody on the return is shown, wherever they live, but for those whom a guardrail
blacks out. Whoever is blacked out is still shown by an address at which they live.

The return released with an account is the one the account belongs to: that of the primary filer for
spouses and dependants, their own for all who file, those too who are claimed on another. On a
return, whoever is claimed there is a dependant and the others are joint filers of the holder.

``FIELDS`` counts the items of return information about a person that each scope releases: of the
holder the address; with names the name as filed, and name and relation of the others on the return;
with the whole return number, filing status, occupation, income, employer and bank account (of the
joint filer all but the account, of dependants name, number and relation). Counted off Form 1040 and
W-2 [recalled]; what is one item is an [assumption]. Nothing of theirs is on a return of people who
only live at its address.

Limits: households stay together, so that nobody on a return lives elsewhere than the holder.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.disclosure.guardrails import Guardrail
from simulator.records import AccountTruth, BoolArray, Frozen, Int64Array, People, Role, Roll
from simulator.scenario.choices import Scope
from simulator.scenario.schema import DisclosurePart
from simulator.written_addresses import po_box_street

NO_RETURN: Final = -1
# Of the holder, a joint filer, a dependant.
FIELDS: Final = {
    Scope.ADDRESS: (1, 0, 0),
    Scope.RETURN_NAMES: (2, 2, 2),
    Scope.FULL_RETURN: (8, 7, 3),
}


@dataclass(frozen=True)
class Returns(Frozen):
    """The return each account belongs to, and the one that names its holder, by primary filer.

    ``as_dependant`` says whether the latter claims the holder.
    """

    own: Int64Array
    naming: Int64Array
    as_dependant: BoolArray


@dataclass(frozen=True)
class Reveals(Frozen):
    """What each account shows of the household of its holder, account by account.

    ``at_home``: the address is where the household lives. ``shown`` is the return whose names are
    released with the account and ``named`` the one on which its holder's name can be read, both
    NO_RETURN if none: an account shows others of the household named on ``shown``.
    """

    at_home: BoolArray
    shown: Int64Array
    named: Int64Array


def to_po_boxes(roll: Roll) -> BoolArray:
    """Say which addresses are PO boxes."""
    return np.asarray(roll.street == po_box_street())


def at_home(roll: Roll, accounts: AccountTruth, people: People) -> BoolArray:
    """Say which addresses are where the holder's household lives."""
    row = accounts.row
    same = (accounts.filed_place == people.place[row]) & (
        accounts.filed_dwelling == people.dwelling[row]
    )
    return np.asarray(same & ~to_po_boxes(roll))


def returns_of(roll: Roll, accounts: AccountTruth) -> Returns:
    """Return the returns of all accounts."""
    files = roll.role == Role.PRIMARY
    claimed = (roll.role == Role.DEPENDANT) | (files & (accounts.primary != accounts.person))
    return Returns(
        np.where(files, accounts.person, accounts.primary), accounts.primary.copy(), claimed
    )


def blacked_out(part: DisclosurePart, as_dependant: BoolArray) -> Int64Array:
    """Return the bits of guardrails that black people out of the return that names them."""
    joint = part.joint_filers_suppressed << Guardrail.JOINT_FILERS_SUPPRESSED
    dependants = part.dependants_suppressed << Guardrail.DEPENDANTS_SUPPRESSED
    return np.where(as_dependant, np.int64(dependants), np.int64(joint))


def reveals(roll: Roll, accounts: AccountTruth, people: People, part: DisclosurePart) -> Reveals:
    """Return what the release of each account shows."""
    returns, home = returns_of(roll, accounts), at_home(roll, accounts, people)
    if part.scope == Scope.ADDRESS:
        nothing = np.full(len(accounts), NO_RETURN, np.int64)
        return Reveals(home, nothing, nothing.copy())
    out = blacked_out(part, returns.as_dependant) != 0
    return Reveals(home, returns.own, np.where(out, NO_RETURN, returns.naming))
