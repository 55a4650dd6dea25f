"""The plain twin of the pair kernel: a nested loop over strings, for tests and small tables.

It shares with the kernel the definition of levels, not the search: every request is compared with
every account by rapidfuzz, with no index, no table of similarities and no filter.
"""

from rapidfuzz.distance import JaroWinkler

from simulator import lexicon
from simulator.matching.comparison import address_level, birth_level
from simulator.matching.linkage import searchable
from simulator.matching.similarity import FLOOR
from simulator.records import Requests, Roll, Suffix
from simulator.reference import tables
from simulator.scenario.schema import BlockingKey, MatchingPart, SurnameTokens

Pair = tuple[int, int, int, int, int, int]


def _hundredths(left: str, right: str) -> int:
    similarity = JaroWinkler.similarity(left, right)
    level = max(k for k in range(101) if k / 100 <= similarity)
    return level if level >= FLOOR else 0


def _surname(request: tuple[str, str], account: tuple[str, str], tokens: SurnameTokens) -> int:
    if tokens == SurnameTokens.FIRST:
        return _hundredths(request[0], account[0])
    if request[1] and account[1]:
        straight = [_hundredths(request[0], account[0]), _hundredths(request[1], account[1])]
        crossed = [_hundredths(request[0], account[1]), _hundredths(request[1], account[0])]
        return max(min(straight), min(crossed))
    return max(_hundredths(a, b) for a in request if a for b in account if b)


def _conflict(requests: Requests, r: int, roll: Roll, a: int, part: MatchingPart) -> bool:
    """Say whether suffixes or middle names forbid a pair."""
    suffixes = {int(requests.suffix[r]), int(roll.suffix[a])} - {int(Suffix.NONE)}
    if part.suffix_conflict_rejects and len(suffixes) == 2:
        return True
    words = lexicon.names().lexicon
    asked, held = words.text(int(requests.middle[r])), words.text(int(roll.middle[a]))
    shorter, longer = sorted((asked, held), key=len)
    compatible = asked == held or shorter in ("", longer[:1])
    return part.middle_conflict_rejects and not compatible


def _keys(requests: Requests, r: int, roll: Roll, a: int, given: tuple[str, str]) -> set[str]:
    frame, keys = tables.zips(), set()
    here, there = int(requests.place[r]), int(roll.place[a])
    if here >= 0:
        if frame.zip[here] // 100 == frame.zip[there] // 100:
            keys.add(BlockingKey.ZIP3)
        if here == there:
            keys.add(BlockingKey.ZIP5)
        if frame.state[here] == frame.state[there]:
            keys.add(BlockingKey.STATE)
    if requests.birth[r] >= 0 and requests.birth[r] // 10_000 == roll.birth[a] // 10_000:
        keys.add(BlockingKey.BIRTH_YEAR)
    if given[0][0] == given[1][0]:
        keys.add(BlockingKey.GIVEN_INITIAL)
    return {str(key) for key in keys}


def _address(
    requests: Requests, r: int, roll: Roll, a: int, keys: set[str], part: MatchingPart
) -> int:
    streets, least = lexicon.street_names(), round(part.street_similarity * 100)
    legible = part.addresses_standardised or requests.style[r] == roll.style[a]
    same_zip5, written = BlockingKey.ZIP5 in keys, requests.street[r] >= 0
    similar = (
        written
        and _hundredths(streets.text(int(requests.street[r])), streets.text(int(roll.street[a])))
        >= least
    )
    return address_level(
        BlockingKey.ZIP3 in keys,
        same_zip5,
        bool(similar and legible),
        requests.street[r] == roll.street[a],
        requests.form[r] == roll.form[a],
        requests.number[r] == roll.number[a],
        requests.unit[r] == roll.unit[a],
    )


def plain_pairs(requests: Requests, roll: Roll, part: MatchingPart) -> list[Pair]:
    """Return (request, account, given, surname, birth, address) of every candidate pair, sorted."""
    words, pairs = lexicon.names().lexicon, []
    searched = searchable(roll, part)
    for r in range(len(requests)):
        for a in range(len(roll)):
            if not searched[a]:
                continue
            names = words.text(int(requests.given[r])), words.text(int(roll.given[a]))
            given = _hundredths(*names)
            surname = _surname(
                (words.text(int(requests.surname_1[r])), words.text(int(requests.surname_2[r]))),
                (words.text(int(roll.surname_1[a])), words.text(int(roll.surname_2[a]))),
                part.surname_tokens,
            )
            keys = _keys(requests, r, roll, a, names)
            if not (given and surname and any(set(rule) <= keys for rule in part.blocking)):
                continue
            if _conflict(requests, r, roll, a, part):
                continue
            birth = birth_level(int(requests.birth[r]), int(roll.birth[a]))
            address = _address(requests, r, roll, a, keys, part)
            pairs.append((r, a, given, surname, int(birth), int(address)))
    return sorted(pairs)
