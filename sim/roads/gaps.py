"""The gaps of a network's roads, and the sites that are missing in them.

Links of one road that continue each other, without a fork of that road, are a chain (a ring is cut
where its first link begins).  The sites of the table cut it into gaps; its ends bound the first and
the last one, for what lies beyond is another road.  The gap whose equal parts are the longest gets
one more site, and so on: how many a gap gets follows from its length, and from that of the others,
alone.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from itertools import pairwise

from sim.roads.network import Link, ServiceArea


@dataclass(frozen=True)
class Piece:
    """A link of a chain, `begin` km after the chain's start; `ahead`: driven from `start`."""

    link: Link
    begin: float
    ahead: bool

    @property
    def end(self) -> float:
        return self.begin + self.link.km

    def turned(self, km: float) -> float:
        """Kilometers of the chain as those of the link, from its start."""
        return km - self.begin if self.ahead else self.end - km


@dataclass(frozen=True)
class Site:
    """A missing site: the part of a gap in which it stands, in km of its link."""

    link: Link
    low: float
    middle: float
    high: float
    number: int = 0  # along its link, from 1

    @property
    def name(self) -> str:
        road = re.sub(r"[^a-z0-9]+", "_", self.link.road.lower()).strip("_")
        parts = ("inferred", road, self.link.start, self.link.end, str(self.number))
        return "_".join(part for part in parts if part)


Along = list[ServiceArea | Site]  # sites of a chain in their order


def chains(links: Sequence[Link]) -> list[list[Piece]]:
    """Links of one road that continue each other, in the direction of the first of them."""
    at: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        for node in (link.start, link.end):
            at[link.road, node].append(link)
    seen: set[str] = set()

    def beyond(link: Link, node: str) -> Iterator[tuple[Link, str]]:
        """The links that follow behind a node of a link, and at which node each is entered."""
        while len(own := at[link.road, node]) == 2:
            link = own[own[0] is link]
            if link.name in seen:
                return
            seen.add(link.name)
            yield link, node
            node = link.end if link.start == node else link.start

    found = []
    for first in links:
        if first.name in seen:
            continue
        seen.add(first.name)
        ahead = [(link, link.start == node) for link, node in beyond(first, first.end)]
        back = [(link, link.end == node) for link, node in beyond(first, first.start)]
        chain: list[Piece] = []
        for link, forward in (*reversed(back), (first, True), *ahead):
            chain.append(Piece(link, chain[-1].end if chain else 0.0, forward))
        found.append(chain)
    return found


def along(links: Sequence[Link], areas: Sequence[ServiceArea], missing: int) -> list[Along]:
    """The sites of every chain in their order, with so many more in the longest gaps."""
    on: dict[frozenset[str], list[ServiceArea]] = defaultdict(list)
    for area in areas:
        on[frozenset((area.start, area.end))].append(area)
    ways = chains(links)
    standing = [_standing(chain, on) for chain in ways]
    bounds = [
        [0.0, *(km for km, _ in own), chain[-1].end]
        for chain, own in zip(ways, standing, strict=True)
    ]
    more = iter(_split([b - a for own in bounds for a, b in pairwise(own)], missing))
    found: list[Along] = []
    for chain, own, ends in zip(ways, standing, bounds, strict=True):
        row: Along = []
        for k, (begin, end) in enumerate(pairwise(ends)):
            row += _parts(chain, begin, end, next(more))
            row += [area for _, area in own[k : k + 1]]
        found.append(_numbered(row))
    return found


def _standing(
    chain: Sequence[Piece], on: Mapping[frozenset[str], Sequence[ServiceArea]]
) -> list[tuple[float, ServiceArea]]:
    """The sites of the table on a chain, by its kilometers."""
    found = []
    for piece in chain:
        for area in on[frozenset((piece.link.start, piece.link.end))]:
            is_ahead = (area.start == piece.link.start) == piece.ahead
            found.append((piece.begin + area.km if is_ahead else piece.end - area.km, area))
    return sorted(found, key=lambda one: one[0])


def _split(gaps_km: Sequence[float], missing: int) -> list[int]:
    """How many sites each gap gets: always one more where equal parts are the longest."""
    more = [0] * len(gaps_km)
    longest = [(-km, n) for n, km in enumerate(gaps_km)]
    heapify(longest)
    for _ in range(missing):
        n = longest[0][1]
        more[n] += 1
        heapreplace(longest, (-gaps_km[n] / (more[n] + 1), n))
    return more


def _parts(chain: Sequence[Piece], begin: float, end: float, count: int) -> Iterator[Site]:
    """The sites of a gap: each in the middle of its part, which ends with the link."""
    half = (end - begin) / (count + 1) / 2.0
    for k in range(count):
        middle = begin + 2.0 * half * (k + 1)
        piece = next(piece for piece in chain if middle <= piece.end)
        ends = (max(middle - half, piece.begin), min(middle + half, piece.end))
        low, high = sorted(piece.turned(km) for km in ends)
        yield Site(piece.link, low, piece.turned(middle), high)


def _numbered(row: Along) -> Along:
    """The same, with the missing sites of each link numbered from the link's start."""
    own = [site for site in row if isinstance(site, Site)]
    return [
        replace(
            site, number=sum(o.link is site.link and o.middle <= site.middle for o in own)
        )
        if isinstance(site, Site)
        else site
        for site in row
    ]  # fmt: skip


def among(
    areas: Sequence[ServiceArea], order: Sequence[Along], drawn: Mapping[str, ServiceArea]
) -> list[ServiceArea]:
    """All sites: those of the table in its order, each missing one beside its neighbor there."""
    place = {area.site: n for n, area in enumerate(areas)}
    before: dict[str, list[ServiceArea]] = defaultdict(list)
    after: dict[str, list[ServiceArea]] = defaultdict(list)
    last: list[ServiceArea] = []
    for row in order:
        named = [site.site for site in row if isinstance(site, ServiceArea)]
        forward = sum(place[a] < place[b] for a, b in pairwise(named))
        if 2 * forward < len(named) - 1:  # the table goes the other way
            row = row[::-1]
            named.reverse()
        behind = before[named[0]] if named else last
        for site in row:
            if isinstance(site, ServiceArea):
                behind = after[site.site]
            else:
                behind.append(drawn[site.name])
    among = (a for area in areas for a in (*before[area.site], area, *after[area.site]))
    return [*among, *last]
