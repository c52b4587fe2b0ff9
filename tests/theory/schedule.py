"""Exact schedules on given arrivals: waits of a line, departures under a shared cap."""

from collections.abc import Sequence
from fractions import Fraction


def fcfs_waits(arrivals: Sequence[float], sessions: Sequence[float], c: int) -> list[float]:
    """Wait of each customer of G/G/c, first come, first served (arrivals in order).

    Kiefer and Wolfowitz, Trans. AMS 78 (1955): the sorted vector of work at the servers.
    """
    free_at = [arrivals[0]] * c
    waits = []
    for arrival, session in zip(arrivals, sessions, strict=True):
        free_at.sort()
        plug = max(arrival, free_at[0])
        waits.append(plug - arrival)
        free_at[0] = plug + session
    return waits


def water_fill(limits: Sequence[Fraction], cap: Fraction) -> list[Fraction]:
    """Max-min fair shares of `cap` under `limits`: the smallest limits are met first."""
    shares = [Fraction(0)] * len(limits)
    left, asking = cap, len(limits)
    for n in sorted(range(len(limits)), key=lambda n: limits[n]):
        shares[n] = min(limits[n], left / asking)
        left -= shares[n]
        asking -= 1
    return shares


def shared_departures(
    arrivals: Sequence[Fraction], kwh: Sequence[Fraction], kw: Sequence[Fraction], cap: Fraction
) -> tuple[list[Fraction], Fraction]:
    """Departures and peak power of EVs that share `cap` max-min fairly, an EVSE for each.

    In rational numbers, event by event: no rounding anywhere.
    """
    left = [Fraction(x) for x in kwh]
    gone: dict[int, Fraction] = {}
    now = peak = Fraction(0)
    while len(gone) < len(left):
        here = [n for n in range(len(left)) if arrivals[n] <= now and n not in gone]
        shares = water_fill([Fraction(kw[n]) for n in here], Fraction(cap))
        peak = max([peak, sum(shares, Fraction(0))])
        ends = [now + left[n] / share for n, share in zip(here, shares, strict=True)]
        then = min(ends + [Fraction(a) for a in arrivals if a > now])
        for n, share in zip(here, shares, strict=True):
            left[n] -= share * (then - now)
            if left[n] == 0:
                gone[n] = then
        now = then
    return [gone[n] for n in range(len(left))], peak
