"""Where an EV looks for a station when it has to charge: a zone, and the stations around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isfinite

MOST = 12  # candidates of a zone

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Candidate:
    """A station that drivers of a zone know: `km` away, `there_h` and `back_h` of driving."""

    station: int
    km: float = 0.0
    there_h: float = 0.0
    back_h: float = 0.0


@dataclass(frozen=True)
class Zone:
    """`hop_km` and `hop_h` [candidate, candidate] lead from one candidate to another; where they
    are not given, the way leads through the zone."""

    name: str
    candidates: tuple[Candidate, ...]
    hop_km: Matrix = ()
    hop_h: Matrix = ()

    @property
    def ways_km(self) -> Matrix:
        """From each candidate to each other one."""
        own = self.candidates
        return self.hop_km or tuple(tuple(a.km + b.km for b in own) for a in own)

    @property
    def ways_h(self) -> Matrix:
        own = self.candidates
        return self.hop_h or tuple(tuple(a.back_h + b.there_h for b in own) for a in own)


def impossible(zones: Sequence[Zone], closed: Sequence[bool]) -> Iterator[str]:
    """Why nobody could drive around there; `closed`: stations that are for others, [station]."""
    for zone in zones:
        own, where = zone.candidates, f"zone {zone.name}"
        known = [c.station for c in own if 0 <= c.station < len(closed)]
        if len(own) > MOST:
            yield f"{where} has {len(own)} candidates: {MOST} are the most"
        if len(known) < len(own):
            yield f"{where} has a candidate that does not exist"
        if len(set(known)) < len(known):
            yield f"{where} has the same candidate twice"
        if any(closed[s] for s in known):
            yield f"{where} has a candidate that swaps packs or has an opposite side"
        ways = chain(((c.km, c.there_h, c.back_h) for c in own), zone.hop_km, zone.hop_h)
        if not all(x >= 0 and isfinite(x) for way in ways for x in way):
            yield f"{where} has a way that is negative or no number"
        for hops in (zone.hop_km, zone.hop_h):
            if hops and [len(row) for row in hops] != len(own) * [len(own)]:
                yield f"{where} needs a way from each candidate to each other one"
