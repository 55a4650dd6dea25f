"""The plain twin of the pair kernel: a nested loop over strings, for tests and small tables.

It shares with the kernel neither search nor definitions: every request is compared with every
account, dates by the calendar, numbers as text, names by rapidfuzz.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Literal

from rapidfuzz.distance import JaroWinkler

from simulator import lexicon
from simulator.lexicon import HYPHENATED
from simulator.matching.agreement import (
    FLOOR,
    FULL,
    AddressAgreement,
    BirthAgreement,
    NamedAgreement,
    TinAgreement,
    scale,
)
from simulator.matching.plain_names import plain_agreement, plain_written
from simulator.matching.prepared import searchable
from simulator.records import Requests, Roll, Suffix
from simulator.reference import tables
from simulator.scenario.schema import (
    AddressThreshold,
    BlockingKey,
    MatchingPart,
    NameOrder,
    SurnameTokens,
    TinNameCheck,
    TinThreshold,
)
from simulator.taxpayer_digits import DIGITS, nine_digits
from simulator.written_addresses import written_address

Pair = tuple[int, int, int, int, int, int, int, int]
Agreement = Callable[[str, str, Literal["given", "surname"], MatchingPart], int]
Names = tuple[str, tuple[str, ...]]  # given name, surnames that count


def hundredths(similarity: float) -> int:
    """Return the largest k with k / 100 <= similarity, 0 below the floor."""
    level = max(k for k in range(FULL + 1) if k / FULL <= similarity)
    return level if level >= FLOOR else 0


@dataclass(frozen=True)
class PlainPair:
    """One request and one account, and how they are compared."""

    requests: Requests
    r: int
    roll: Roll
    a: int
    part: MatchingPart
    agreement: Agreement = plain_agreement

    def names(self) -> tuple[Names, Names]:
        """Return the names of request and account."""
        text, found = lexicon.names().lexicon.text, []
        for table, row in ((self.requests, self.r), (self.roll, self.a)):
            first, second = text(int(table.surname_1[row])), text(int(table.surname_2[row]))
            both = second and self.part.surname_tokens == SurnameTokens.BEST
            found.append((text(int(table.given[row])), (first, second) if both else (first,)))
        return found[0], found[1]

    def _agree(self, left: str, right: str, field: Literal["given", "surname"]) -> int:
        code = self.agreement(left, right, field, self.part) if left and right else 0
        asked, held = (plain_written(right, field, style) for style in self._name_styles())
        return self._told_apart() if code == FULL and asked != held else code

    def _name_styles(self) -> tuple[int, int]:
        return int(self.requests.name_style[self.r]), int(self.roll.name_style[self.a])

    def _told_apart(self) -> int:
        """Return how names of the same letters agree that are written differently."""
        normalised = self.part.name_agreements.differently_written == 1.0
        return FULL if normalised else NamedAgreement.DIFFERENTLY_WRITTEN

    def _strength(self, code: int) -> tuple[int, bool, int]:
        """Order agreements: what they count for, the same letters, named ones, similarity."""
        return (
            int(scale(self.part.name_agreements)[code]),
            code == FULL,
            -code % 256 if (code > FULL) else 0,
        )

    def _surname(self, left: tuple[str, ...], right: tuple[str, ...]) -> int:
        def agree(i: int, j: int) -> int:
            return self._agree(left[i], right[j], "surname")

        if len(left) == len(right) == 2:
            straight = min(agree(0, 0), agree(1, 1), key=self._strength)
            crossed = min(agree(0, 1), agree(1, 0), key=self._strength)
            code = max(straight, crossed, key=self._strength)
            asked, held = (style & HYPHENATED for style in self._name_styles())
            return self._told_apart() if code == FULL and asked != held else code
        ways = product(range(len(left)), range(len(right)))
        return max((agree(i, j) for i, j in ways), key=self._strength)

    def readings(self) -> Iterator[tuple[int, int]]:
        """Return agreements of given name and surname in every reading, as written first."""
        asked, held = self.names()
        yield self._agree(asked[0], held[0], "given"), self._surname(asked[1], held[1])
        if self.part.name_order == NameOrder.EITHER:
            given = (self._agree(surname, held[0], "given") for surname in asked[1])
            yield max(given, key=self._strength), self._surname((asked[0],), held[1])

    def name_codes(self) -> tuple[int, int]:
        """Return the agreements in the better reading."""
        worth = scale(self.part.name_agreements)

        def quality(codes: tuple[int, int]) -> tuple[int, int]:
            values = [int(worth[code]) for code in codes]
            return min(values), sum(values)

        return max(self.readings(), key=quality)  # the first of equals

    def conflict(self) -> bool:
        """Say whether suffixes or middle names forbid the pair."""
        suffixes = {int(self.requests.suffix[self.r]), int(self.roll.suffix[self.a])}
        if self.part.suffix_conflict_rejects and len(suffixes - {int(Suffix.NONE)}) == 2:
            return True
        text = lexicon.names().lexicon.text
        asked, held = text(int(self.requests.middle[self.r])), text(int(self.roll.middle[self.a]))
        shorter, longer = sorted((asked, held), key=len)
        compatible = asked == held or shorter in ("", longer[:1])
        return self.part.middle_conflict_rejects and not compatible

    def _shared(self) -> set[BlockingKey]:
        """Return the keys on which the pair agrees whatever its names."""
        frame, keys = tables.zips(), set()
        here, there = int(self.requests.place[self.r]), int(self.roll.place[self.a])
        if here >= 0:
            if str(frame.zip[here]).zfill(5)[:3] == str(frame.zip[there]).zfill(5)[:3]:
                keys.add(BlockingKey.ZIP3)
            if frame.state[here] == frame.state[there]:
                keys.add(BlockingKey.STATE)
            if here == there:
                keys.add(BlockingKey.ZIP5)
                left, right = self._house(self.requests, self.r), self._house(self.roll, self.a)
                if left == right and left[0]:
                    keys.add(BlockingKey.BUILDING)
        asked, held = int(self.requests.birth[self.r]), int(self.roll.birth[self.a])
        if asked >= 0 and asked == held:
            keys.add(BlockingKey.BIRTH_DATE)
        if asked >= 0 and str(asked)[:4] == str(held)[:4]:
            keys.add(BlockingKey.BIRTH_YEAR)
        return keys

    @staticmethod
    def _house(table: Requests | Roll, row: int) -> tuple[str, int, int]:
        street = lexicon.street_names().text(int(table.street[row]))
        return street, int(table.form[row]), int(table.number[row])

    def admitted(self) -> bool:
        """Say whether some rule admits the pair in some reading of its names."""
        asked, held = self.names()
        readings = [(asked[0], surname) for surname in asked[1]]
        if self.part.name_order == NameOrder.EITHER:
            readings += [(surname, given) for given, surname in readings]
        shared = self._shared()
        for given, surname in readings:
            keys = set(shared)
            if given and given[0] == held[0][0]:
                keys.add(BlockingKey.GIVEN_INITIAL)
            if given == held[0]:
                keys.add(BlockingKey.GIVEN_NAME)
            if surname in held[1]:
                keys.add(BlockingKey.SURNAME)
            if any(set(rule) <= keys for rule in self.part.blocking):
                return True
        return False

    def birth(self) -> BirthAgreement:
        """Return how the birth dates agree."""
        asked, held = int(self.requests.birth[self.r]), int(self.roll.birth[self.a])
        if asked < 0 or held < 0:
            return BirthAgreement.MISSING
        left, right = ((d // 10_000, d // 100 % 100, d % 100) for d in (asked, held))
        if left == right:
            return BirthAgreement.EXACT
        if left == (right[0], right[2], right[1]):
            return BirthAgreement.SWAPPED
        days = [date(y, m, 1) + timedelta(days=d - 1) for y, m, d in (left, right)]
        off = [abs(a - b) for a, b in zip(left, right, strict=True)]
        if abs((days[0] - days[1]).days) <= self.part.birth_date_days or sorted(off) == [0, 0, 1]:
            return BirthAgreement.NEAR
        return BirthAgreement.YEAR if off[0] == 0 else BirthAgreement.DIFFERENT

    def _street(self) -> int:
        """Return the similarity of the street names, 0 where they do not agree or are illegible."""
        asked = self._house(self.requests, self.r)
        held = self._house(self.roll, self.a)
        if not asked[0]:
            return 0
        style, other = int(self.requests.style[self.r]), int(self.roll.style[self.a])
        mine = (*asked, int(self.requests.unit[self.r]))
        alike = written_address(*mine, style) == written_address(*mine, other)
        if not (self.part.addresses_standardised or alike):
            return 0
        return hundredths(JaroWinkler.similarity(asked[0], held[0]))

    def address(self) -> tuple[AddressAgreement, int]:
        """Return how the addresses agree, and how similar the street names are."""
        if self.requests.place[self.r] < 0:
            return AddressAgreement.MISSING, 0
        keys = self._shared()
        if BlockingKey.ZIP5 not in keys:
            if BlockingKey.ZIP3 in keys:
                return AddressAgreement.ZIP3, 0
            same_state = BlockingKey.STATE in keys
            return AddressAgreement.STATE if same_state else AddressAgreement.DIFFERENT, 0
        street = self._street()
        return (self._house_level() if street else AddressAgreement.ZIP5), street

    def _house_level(self) -> AddressAgreement:
        """Return the level of two addresses on similar streets."""
        asked, held = self._house(self.requests, self.r), self._house(self.roll, self.a)
        if asked[1] != held[1] or lexicon.ABSENT in (asked[2], held[2]):
            return AddressAgreement.STREET
        left, right = str(asked[2]), str(held[2])
        if left != right:
            exchanged = {
                left[:i] + left[i + 1] + left[i] + left[i + 2 :] for i in range(len(left) - 1)
            }
            return AddressAgreement.TRANSPOSED if right in exchanged else AddressAgreement.STREET
        units = {int(self.requests.unit[self.r]), int(self.roll.unit[self.a])}
        if len(units) == 1 and asked[0] == held[0]:
            return AddressAgreement.EXACT
        both_given = len(units - {0, lexicon.ABSENT}) == 2
        return AddressAgreement.BUILDING if both_given else AddressAgreement.UNIT_COMPATIBLE

    def tin(self) -> TinAgreement:
        """Return how the taxpayer numbers agree."""
        asked, held = self.requests.tin[[self.r]], self.roll.tin[[self.a]]
        if asked[0] < 0 or held[0] < 0:
            return TinAgreement.MISSING
        if asked[0] == held[0]:
            return TinAgreement.EXACT
        left, right = (str(int(nine_digits(tin)[0])).zfill(DIGITS) for tin in (asked, held))
        off = sum(a != b for a, b in zip(left, right, strict=True))
        return TinAgreement.ONE_DIGIT_OFF if off == 1 else TinAgreement.DIFFERENT

    def levels(self) -> tuple[int, int, int, int, int, int]:
        """Return given, surname, birth, address, street and TIN, as in ``CandidatePairs``."""
        address, street = self.address()
        tin = self.tin() if self.part.tin_compared else 0
        return (*self.name_codes(), int(self.birth()), int(address), street, int(tin))


def _every_pair(
    requests: Requests, roll: Roll, part: MatchingPart, agreement: Agreement
) -> Iterator[PlainPair]:
    searched = searchable(roll, part)
    for r, a in product(range(len(requests)), range(len(roll))):
        if searched[a]:
            yield PlainPair(requests, r, roll, a, part, agreement)


def plain_pairs(
    requests: Requests, roll: Roll, part: MatchingPart, agreement: Agreement = plain_agreement
) -> list[Pair]:
    """Return (request, account, levels) of every pair by name and address, sorted."""
    return sorted(
        (pair.r, pair.a, *pair.levels())
        for pair in _every_pair(requests, roll, part, agreement)
        if (part.dissimilar_names_compared or min(pair.name_codes()) > 0)
        and pair.admitted()
        and not pair.conflict()
    )


def _name_check(pair: PlainPair) -> tuple[int, int] | None:
    """Return the name agreements of a pair by number, None if it fails the check."""
    if pair.part.tin_name_check == TinNameCheck.NAME_THRESHOLD:
        return pair.name_codes() if min(pair.name_codes()) > 0 else None
    asked, held = (names[1][0] for names in pair.names())
    if pair.part.tin_name_check == TinNameCheck.NAME_CONTROL and asked[:4] != held[:4]:
        return None
    return FULL, FULL


def _address_check(pair: PlainPair) -> bool:
    """Say whether a pair by number reaches the threshold of addresses set for it."""
    level, street = pair.address()
    if level >= AddressAgreement.STREET and street < round(pair.part.street_similarity * FULL):
        level = AddressAgreement.ZIP5
    named = "any" if level <= AddressAgreement.DIFFERENT else level.name.lower()
    order = list(AddressThreshold)
    return order.index(AddressThreshold(named)) >= order.index(pair.part.tin_address_threshold)


def plain_tin_pairs(
    requests: Requests, roll: Roll, part: MatchingPart, agreement: Agreement = plain_agreement
) -> list[Pair]:
    """Return (request, account, levels) of every pair by number, sorted."""
    found: list[Pair] = []
    least = TinAgreement.EXACT
    if part.tin_threshold == TinThreshold.ONE_DIGIT_OFF:
        least = TinAgreement.ONE_DIGIT_OFF
    for pair in _every_pair(requests, roll, part, agreement):
        level = pair.tin()
        names = _name_check(pair) if level >= least else None
        if names is not None and _address_check(pair):
            top = int(BirthAgreement.EXACT), int(AddressAgreement.EXACT), FULL
            found.append((pair.r, pair.a, *names, *top, int(level)))
    return sorted(found)
