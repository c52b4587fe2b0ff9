"""Life in a region: who lives there, and where everybody is in a week.

All is drawn before a run, from streams named by seed, replication, and the zone and class of an
NEV: number k of these is the same one however many there are, and whichever districts are drawn.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.clock import ns
from sim.region.apportion import picked
from sim.region.destinations import Destinations
from sim.region.levels import levels
from sim.region.piles import Piles
from sim.region.region import Region
from sim.region.schema import Living
from sim.region.tables import NevClass, Outing
from sim.region.travel import speeds
from sim.region.week import STAY, Week, draws, most_stays
from sim.stats.streams import uniforms

NEV = np.dtype([
    ("zone", "i4"), ("home", "i4"), ("work", "i4"),  # where it lives: zone and block; works: block
    ("nev_class", "i2"), ("vehicle", "i2"),  # numbers of both
    ("own_charger", "?"), ("hybrid", "?"), ("informed", "?"),
    ("kwh_per_km", "f8"), ("start_kwh", "f8"),
    ("need_kwh", "f8"), ("target_kwh", "f8"),  # charges in public before it has less; up to here
    ("pile", "i4"), ("slow_kwh", "f8"),  # station where it is left overnight once it has no more;
    # -1: nowhere
    ("patience_ns", "i8"),
    ("stay_start", "i8"), ("stay_end", "i8"),  # its rows among the stays
])  # fmt: skip
HOME, WORK, VEHICLE, START, NEED, TARGET, PATIENCE, INFORMED, PLUGS = range(9)  # what is drawn once
LIKES, PILE, SLOW = range(3)  # ... of slow charging
AT_ONCE = 8192  # NEVs whose week is drawn together: all that is made on the way stays in the cache


@dataclass(frozen=True)
class Life:
    """The NEVs of some districts, in order of their districts, classes and zones.

    Attributes
    ----------
    nevs : `NEV`.
    stays : `week.STAY`, in order of the NEVs, those of each in order of time: from the beginning
        of the week to its end, with ways between them.
    """

    nevs: np.ndarray
    stays: np.ndarray


def draw(
    region: Region, seed: int, replication: int, districts: Collection[str] | None = None
) -> Life:
    """A week of everybody who lives in these districts (all, if None) and has a diary."""
    level = levels(region, seed, replication)
    numbers = [n for n, row in enumerate(region.tables.districts)
               if districts is None or row.district in districts]  # fmt: skip
    nevs, stays, before = [np.zeros(0, NEV)], np.empty(_room(region, numbers), STAY), 0
    for n in numbers:
        for own in _of_district(region, seed, replication, n, level):
            own.nevs["stay_start"] += before
            own.nevs["stay_end"] += before
            stays[before : before + len(own.stays)] = own.stays
            before += len(own.stays)
            nevs.append(own.nevs)
    return Life(np.concatenate(nevs), stays[:before])


def _room(region: Region, districts: Sequence[int]) -> int:
    """For the most stays that there could be: what is not used takes no memory."""
    zones, days = region.zones.rows["district"], region.section.living.days
    many = region.nevs[np.isin(zones, districts)].sum(axis=(0, 2, 3)).tolist()  # of each class
    return sum(
        count * most_stays(_outings(region, own), days)
        for count, own in zip(many, region.tables.classes, strict=True)
        if own.diary
    )


def _outings(region: Region, own: NevClass) -> list[Outing]:
    return [row for row in region.tables.outings if row.diary == own.diary]


def _of_district(
    region: Region, seed: int, replication: int, district: int, level: np.ndarray
) -> Iterator[Life]:
    """One class after the other, `AT_ONCE` NEVs at a time."""
    living, zones = region.section.living, region.zones.of(district)
    ends, piles = Destinations(region, district), Piles.of(region)
    kmh, _ = speeds(region.tables, region.zones)
    for c, own in enumerate(region.tables.classes):
        counts = region.nevs[zones, c]  # [zone, own charger, hybrid]
        if not own.diary or not counts.any():
            continue
        which = np.argwhere(np.ones(counts.shape))  # [zone of the district, own charger, hybrid]
        many = counts.ravel().tolist()
        names = [
            f"{region.zones.names[zones[z]]}/{own.name}/{charger}{hybrid}"
            for z, charger, hybrid in which.tolist()
        ]
        outings = _outings(region, own)

        def drawn(
            purpose: str, of_each: int, names: list[str] = names, many: list[int] = many
        ) -> np.ndarray:
            asked = [(name, n * of_each) for name, n in zip(names, many, strict=True)]
            return uniforms(seed, replication, purpose, asked).reshape(-1, of_each)

        nevs = np.zeros(sum(many), NEV)
        nevs["zone"], nevs["nev_class"] = np.repeat(zones[which[:, 0]], many), c
        nevs["own_charger"] = np.repeat(which[:, 1] > 0, many)
        nevs["hybrid"] = np.repeat(which[:, 2] > 0, many)
        once = drawn("region nev", 9)
        _settle(region, nevs, once, ends)
        _slow(region, nevs, drawn("region slow", 3), piles)
        _begin(region, nevs, once)
        u = drawn("region week", living.days * draws(outings))
        u = u.reshape(len(nevs), living.days, -1)
        own_level = np.where(nevs["own_charger"][:, None], 1.0, level[nevs["zone"]])
        for first in range(0, len(nevs), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            them = nevs[some]
            week = Week(them, u[some], once[some, PLUGS], own_level[some], kmh[them["zone"]], own,
                        outings, living, ends)  # fmt: skip
            yield Life(them, week.stays)


def _settle(region: Region, nevs: np.ndarray, u: np.ndarray, ends: Destinations) -> None:
    """What does not change in the week, but for where it is left to charge slowly."""
    living, own = region.section.living, region.tables.classes[nevs["nev_class"][0]]
    for hybrid in (False, True):
        mix = [row for row in region.tables.mixes
               if (row.nev_class, row.hybrid) == (own.name, "yes" if hybrid else "no")]  # fmt: skip
        some = nevs["hybrid"] == hybrid
        if some.any():
            number = np.array([region.tables.vehicles.index(row.vehicle) for row in mix])
            share = np.array([row.share for row in mix])
            nevs["vehicle"][some] = number[picked(u[some, VEHICLE], share)]
    kwh = region.tables.battery_kwh[nevs["vehicle"]]
    nevs["home"] = region.blocks.of(nevs["zone"], u[:, HOME])
    nevs["work"] = ends.drawn("works", nevs["home"], u[:, WORK])
    nevs["kwh_per_km"] = own.kwh_per_km * living.energy_scale
    nevs["need_kwh"] = kwh * living.need_soc.quantile(u[:, NEED])
    nevs["target_kwh"] = kwh * living.target_soc.quantile(u[:, TARGET])
    nevs["patience_ns"] = ns(living.patience_min.quantile(u[:, PATIENCE]) / 60.0)
    nevs["informed"] = u[:, INFORMED] < living.informed_share


def _slow(region: Region, nevs: np.ndarray, u: np.ndarray, piles: Piles) -> None:
    """Who likes slow charging better, and where he leaves his car then."""
    living = region.section.living
    likes = ~nevs["own_charger"] & (u[:, LIKES] < living.slow_share)
    nevs["pile"] = np.where(likes, piles.near(nevs["home"], u[:, PILE]), -1)
    kwh = region.tables.battery_kwh[nevs["vehicle"]]
    nevs["slow_kwh"] = kwh * living.slow_soc.quantile(u[:, SLOW])


def _begin(region: Region, nevs: np.ndarray, u: np.ndarray) -> None:
    """What an NEV begins the week with: in a steady state it is anywhere between two charges in
    public, or some days after one at home."""
    own = region.tables.classes[nevs["nev_class"][0]]
    slow = np.where(nevs["pile"] >= 0, nevs["slow_kwh"], 0.0)
    most = np.maximum(0.0, nevs["target_kwh"] - np.maximum(nevs["need_kwh"], slow))
    lacks = np.where(
        nevs["own_charger"], _since_home(region.section.living, own, u), u[:, START] * most
    )
    nevs["start_kwh"] = nevs["target_kwh"] - np.minimum(lacks, most)


def _since_home(living: Living, own: NevClass, u: np.ndarray) -> np.ndarray:
    """What it has used since it was last charged at home: nothing if it is plugged in as the week
    begins, else on that day and on as many before as it was not."""
    share = living.plug_in_share
    before = np.zeros(len(u)) if share == 1.0 else np.full(len(u), np.inf)
    if 0.0 < share < 1.0:
        before = np.floor(np.log1p(-u[:, START]) / np.log1p(-share))
    days = np.where(u[:, PLUGS] < share, 0.0, 1.0 + before)
    return days * own.use_share * own.km_per_day * own.kwh_per_km * living.energy_scale
