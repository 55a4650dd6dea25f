"""Build the ledger of a replicate while its shards are matched.

Of every block of candidate pairs, those that pass the scenario's own thresholds are kept, with what
would stop them. Whom an account shows is worked out once per account: its holder and, as far as the
scope of the disclosure goes, the holder's household in its shard; then, after all shards, whoever
lives at an address where the holder does not, and everybody in the building where the address lacks
the unit. They may live in any ZIP of the sample: who lives in a ZIP is a pure function, so that the
ZIPs needed are generated again, shard by shard.

Limits: nobody lives outside the sample, so that an address there would open on nobody; returns name
none, since former homes lie in the sample. In the last ZIP, which is cut short, units beyond the
cut are empty. PO boxes have no occupants.
"""

from dataclasses import dataclass

import numpy as np

from simulator.disclosure.outcomes import judge, lawful_statuses
from simulator.disclosure.revealing import (
    FIELDS,
    NO_RETURN,
    at_home,
    blacked_out,
    returns_of,
    to_po_boxes,
)
from simulator.matching.decision import Decided
from simulator.matching.grid import Grid, policy_cell
from simulator.matching.linkage import searchable
from simulator.measures.contenders import ACCOUNT_BITS, pack, references
from simulator.measures.ledger import Exposures, Ledger, Links, Relation
from simulator.measures.policies import steps
from simulator.measures.tally import RequestSide, kinds_of
from simulator.population.neighbours import buildings_dwellings, units_in
from simulator.population.people import generate_people
from simulator.population.places import Places
from simulator.randomness import IntArray
from simulator.records import (
    HOUSEHOLD_BITS,
    BoolArray,
    CandidatePairs,
    Frozen,
    Int8Array,
    Int32Array,
    Int64Array,
    People,
    joined,
    person_number,
    rows_of_runs,
    taken,
)
from simulator.scenario.choices import Scope
from simulator.scenario.schema import Scenario
from simulator.study.prepared import PreparedReplicate
from simulator.study.world import ShardRoll


@dataclass(frozen=True)
class Shown(Frozen):
    """Whom an account shows, a row per account reference and person; columns of ``Exposures``."""

    account: Int64Array
    person: Int64Array
    relation: Int8Array
    origin: Int8Array
    status: Int8Array
    fields: Int8Array
    stops: Int64Array


@dataclass(frozen=True)
class Addresses(Frozen):
    """The address of each linked account: the dwelling behind it and what it lacks."""

    account: Int64Array
    place: Int32Array
    dwelling: Int32Array
    at_home: BoolArray
    po_box: BoolArray
    lacks_unit: BoolArray


@dataclass(frozen=True)
class _Ranked(Frozen):
    """Beside ``Links``: what they are ordered by."""

    packed: Int64Array


def doors(place: Int32Array, dwelling: Int32Array) -> Int64Array:
    """Return numbers of dwellings over all ZIPs."""
    return np.asarray((place.astype(np.int64) << HOUSEHOLD_BITS) | dwelling.astype(np.int64))


def at_policy(cell: Int32Array, own: int, grid: Grid) -> BoolArray:
    """Say which pairs, by their strictest cell, the policy ``own`` links."""
    _, second, third = grid.shape
    reached = (cell // (second * third), cell // third % second, cell % third)
    passes = cell >= 0
    for step, asked in zip(reached, steps(grid, own), strict=True):
        passes = passes & (step >= asked)
    return np.asarray(passes)


def shown_at(
    account: Int64Array,
    row: IntArray,
    people: People,
    relation: Int8Array | Relation,
    fields: Int8Array | int = 0,
    stops: Int64Array | int = 0,
) -> Shown:
    """Return rows that show the people in rows ``row``."""
    count = row.size
    return Shown(
        account=account.copy(),
        person=person_number(people.place[row], people.dwelling[row], people.member[row]),
        relation=np.broadcast_to(np.int8(relation), count).copy(),
        origin=people.origin[row],
        status=people.status[row],
        fields=np.broadcast_to(np.int8(fields), count).copy(),
        stops=np.broadcast_to(np.int64(stops), count).copy(),
    )


def addresses_of(world: ShardRoll, account: IntArray, reference: Int64Array) -> Addresses:
    """Return the addresses of some accounts of a shard."""
    truth = world.accounts
    place, dwelling = truth.filed_place[account], truth.filed_dwelling[account]
    several = units_in(place.astype(np.int64), dwelling.astype(np.int64)) > 1
    po_box = to_po_boxes(world.roll)[account]
    return Addresses(
        account=reference.copy(),
        place=place,
        dwelling=dwelling,
        at_home=at_home(world.roll, truth, world.people)[account],
        po_box=po_box,
        lacks_unit=several & (world.roll.unit[account] == 0) & ~po_box,
    )


def shown_of_household(
    world: ShardRoll, account: IntArray, reference: Int64Array, scenario: Scenario
) -> Shown:
    """Return whom accounts of a shard show of the households of their holders."""
    people, truth, part = world.people, world.accounts, scenario.disclosure
    returns, home = returns_of(world.roll, truth), at_home(world.roll, truth, people)
    naming = np.full(len(people), NO_RETURN, np.int64)
    naming[truth.row] = returns.naming
    claimed = np.zeros(len(people), np.bool_)
    claimed[truth.row] = returns.as_dependant
    holder = truth.row[account].astype(np.int64)
    size = people.size[holder].astype(np.int64)
    of = np.repeat(np.arange(account.size), size)
    member = rows_of_runs(holder - people.member[holder], size)
    other = member != holder[of]
    of_holder, joint, dependant = FIELDS[part.scope]
    on_return = other & (naming[member] == returns.own[account][of])
    named = np.flatnonzero(on_return & (part.scope != Scope.ADDRESS))
    living = np.flatnonzero(other & home[account][of])
    is_dependant = claimed[member[named]]
    return joined(
        Shown,
        [
            shown_at(reference, holder, people, Relation.HOLDER, of_holder),
            shown_at(
                reference[of[named]],
                member[named],
                people,
                np.where(is_dependant, Relation.DEPENDANT, Relation.JOINT_FILER).astype(np.int8),
                np.where(is_dependant, dependant, joint).astype(np.int8),
                blacked_out(part, is_dependant),
            ),
            shown_at(reference[of[living]], member[living], people, Relation.CO_RESIDENT),
        ],
    )


@dataclass(frozen=True)
class WantedDoors(Frozen):
    """Dwellings whose people an account shows, whoever they are."""

    account: Int64Array
    door: Int64Array
    relation: Int8Array


def wanted_doors(addresses: Addresses) -> WantedDoors:
    """Return the dwellings behind addresses that show more than the holder's household."""
    strange = taken(addresses, np.flatnonzero(~addresses.at_home & ~addresses.po_box))
    lacking = taken(addresses, np.flatnonzero(addresses.lacks_unit))
    of, dwelling = buildings_dwellings(
        lacking.place.astype(np.int64), lacking.dwelling.astype(np.int64)
    )
    others = np.flatnonzero(dwelling != lacking.dwelling[of])
    of, dwelling = of[others], dwelling[others]
    return WantedDoors(
        np.concatenate([strange.account, lacking.account[of]]),
        np.concatenate(
            [
                doors(strange.place, strange.dwelling),
                doors(lacking.place[of], dwelling.astype(np.int32)),
            ]
        ),
        np.repeat(
            np.array([Relation.OCCUPANT, Relation.NEIGHBOUR], np.int8), [len(strange), of.size]
        ),
    )


def shown_at_doors(wanted: WantedDoors, people: People) -> Shown:
    """Return the people among ``people``, whole households, who live behind wanted doors."""
    heads = np.flatnonzero(people.member == 0)
    door = doors(people.place[heads], people.dwelling[heads])
    order = np.argsort(door)
    heads, door = heads[order], door[order]
    at = np.minimum(np.searchsorted(door, wanted.door), max(door.size - 1, 0))
    known = door[at] == wanted.door if door.size else np.zeros(len(wanted), np.bool_)
    found = np.flatnonzero(known)
    head = heads[at[found]] if door.size else np.empty(0, np.int64)
    size = people.size[head].astype(np.int64)
    rows = np.repeat(found, size)
    return shown_at(wanted.account[rows], rows_of_runs(head, size), people, wanted.relation[rows])


class LedgerBuilder:
    """Keeps the links of a replicate as blocks of pairs come, and whom their accounts show."""

    def __init__(
        self, scenario: Scenario, asked: PreparedReplicate, side: RequestSide, grid: Grid
    ) -> None:
        """Begin with an empty ledger."""
        self._scenario, self._asked, self._side, self._grid = scenario, asked, side, grid
        self._own = policy_cell(grid, scenario.matching)
        self._lawful = lawful_statuses(scenario.population.lawful_statuses)
        self._links: list[Links] = [_no_links()]
        self._ranked = [_Ranked(np.empty(0, np.int64))]
        self._linked: list[IntArray] = []
        self._shown: list[Shown] = []
        self._addresses: list[Addresses] = []
        self._mated = np.zeros(len(side.truth), np.bool_)
        self._lawful_residents = 0

    def add(
        self,
        number: int,
        world: ShardRoll,
        pairs: CandidatePairs,
        decided: Decided,
        stops: Int64Array,
    ) -> None:
        """Keep what links at the scenario's own policy of a block of pairs of shard ``number``.

        ``stops`` holds the bits of guardrails that stop each pair.
        """
        rows = np.flatnonzero(at_policy(decided.cell, self._own, self._grid))
        some = taken(pairs, rows)
        people, truth = world.people, world.accounts
        judged = judge(some, truth, people, self._side.truth, self._lawful)
        packed = pack(decided.rank[rows], some.account, kinds_of(judged), number)
        holder = truth.row[some.account]
        self._linked.append(some.account.astype(np.int64))
        self._ranked.append(_Ranked(packed))
        self._links.append(
            Links(
                request=some.request.copy(),
                account=references(packed),
                holder=truth.person[some.account],
                outcome=judged.outcome.copy(),
                wrong_address=judged.wrong_address.copy(),
                borrowed_wages=judged.borrowed_wages.copy(),
                by_tin=some.by_tin.copy(),
                address_current=at_home(world.roll, truth, people)[some.account],
                door=np.where(
                    to_po_boxes(world.roll)[some.account],
                    -1,
                    doors(truth.filed_place[some.account], truth.filed_dwelling[some.account]),
                ),
                origin=people.origin[holder],
                status=people.status[holder],
                stops=stops[rows],
            )
        )

    def end(self, number: int, world: ShardRoll) -> None:
        """Note whom the accounts linked in shard ``number`` show of their households."""
        account = np.unique(np.concatenate([np.empty(0, np.int64), *self._linked]))
        self._linked = []
        reference = (np.int64(number) << np.int64(ACCOUNT_BITS)) | account
        self._shown.append(shown_of_household(world, account, reference, self._scenario))
        self._addresses.append(addresses_of(world, account, reference))
        searched = searchable(world.roll, self._scenario.matching)
        self._mated |= np.isin(self._side.truth.person, world.accounts.person[searched])
        self._lawful_residents += int(self._lawful[world.people.status].sum())

    def _at_doors(self) -> list[Shown]:
        """Generate the ZIPs again in which somebody else may be shown, and return who is."""
        asked, part = self._asked, self._scenario.population
        wanted = wanted_doors(joined(Addresses, self._addresses))
        zips = np.unique(wanted.door >> np.int64(HOUSEHOLD_BITS))
        found = []
        for places in asked.parts:
            needed = np.flatnonzero(np.isin(places.rows, zips))
            if needed.size:
                some = Places(
                    places.rows[needed], places.households[needed], places.quarters[needed]
                )
                people = generate_people(some, asked.sample, part, rng=asked.rng)
                found.append(shown_at_doors(wanted, people))
        return found

    def links(self) -> Links:
        """Return the links of all blocks so far."""
        links = joined(Links, self._links)
        packed = joined(_Ranked, self._ranked).packed
        return taken(links, np.lexsort((-packed, links.request)))

    def ledger(self) -> Ledger:
        """Return the ledger, once all shards have ended."""
        links = self.links()
        shown = joined(Shown, [*self._shown, *self._at_doors()])
        return Ledger(
            side=self._side,
            grounds=self._asked.grounds,
            stops=self._asked.stops,
            mated=self._mated,
            links=links,
            exposures=exposures_of(links, shown, self._lawful),
            lawful_residents=self._lawful_residents,
            rng=self._asked.rng,
        )


def exposures_of(links: Links, shown: Shown, lawful: BoolArray) -> Exposures:
    """Return whom every link reveals; ``lawful`` is indexed by status code."""
    shown = taken(shown, np.lexsort((shown.relation, shown.person, shown.account)))
    low = np.searchsorted(shown.account, links.account, side="left")
    size = np.searchsorted(shown.account, links.account, side="right") - low
    rows = rows_of_runs(low, size)
    return Exposures(
        link=np.repeat(np.arange(len(links), dtype=np.int32), size),
        person=shown.person[rows],
        relation=shown.relation[rows],
        lawful=lawful[shown.status[rows]],
        origin=shown.origin[rows],
        status=shown.status[rows],
        fields=shown.fields[rows],
        stops=shown.stops[rows],
    )


def _no_links() -> Links:
    whole, narrow, flags = np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0, np.bool_)
    return Links(
        request=np.empty(0, np.int32),
        account=whole,
        holder=whole,
        outcome=narrow,
        wrong_address=flags,
        borrowed_wages=flags,
        by_tin=flags,
        address_current=flags,
        door=whole,
        origin=narrow,
        status=narrow,
        stops=whole,
    )
