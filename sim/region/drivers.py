"""NEVs of a region as EVs with diaries: what the engine needs to know of who lives there.

Whoever has a charger of his own uses it when his diary says so, and looks for another one only
where he would not get to his next stay.  All others charge in public before they would have less
than they like; some leave the car at a slow pile overnight before it comes to that.
"""

from typing import NamedTuple

import numpy as np

from sim.clock import ns
from sim.diaries import Diaries
from sim.evs import make_evs
from sim.kernels import records
from sim.region.life import Life
from sim.region.region import Region
from sim.region.sites import MOST_OWN
from sim.region.week import StayKind
from sim.stats.streams import uniforms

OVERSTAY, BALK, VALUE, TASTE = range(4)  # what is drawn of a driver

TASTES = 2**31  # different ones


class Drivers(NamedTuple):
    """EVs (`records.EV`), in order of the NEVs, what they do, and who has a charger of his own."""

    evs: np.ndarray
    diaries: Diaries
    has_own: np.ndarray


def drivers(region: Region, life: Life, own: np.ndarray, seed: int, replication: int) -> Drivers:
    """`own`: number of the first station of a zone's own chargers, [zone]."""
    charging, nevs = region.section.charging, life.nevs
    u = uniforms(seed, replication, "region driver", _counts(region, nevs)).reshape(-1, 4)
    reserve_kwh = charging.reserve_soc * region.tables.battery_kwh[nevs["vehicle"]]
    needs_kwh = np.where(nevs["hybrid"], 0.0, reserve_kwh)
    evs = make_evs(
        len(nevs),
        entry_ns=life.stays["arrive_ns"][nevs["stay_start"]],
        entry_kwh=nevs["start_kwh"],
        kwh_per_km=nevs["kwh_per_km"],
        target_kwh=nevs["target_kwh"],
        # At his own charger he plugs in whatever it holds.
        stop_kwh=np.where(nevs["pile"] >= 0, nevs["slow_kwh"], np.inf),
        reserve_kwh=reserve_kwh,
        dest_kwh=np.where(nevs["own_charger"], needs_kwh, nevs["need_kwh"]),
        patience_ns=nevs["patience_ns"],
        overstay_ns=ns(charging.overstay_min.quantile(u[:, OVERSTAY]) / 60.0),
        balk_per_evse=charging.balk_per_evse.quantile(u[:, BALK]),
        vehicle=nevs["vehicle"],
        informed=nevs["informed"],
        diary=np.arange(len(nevs)),
    )
    diaries = np.zeros(len(nevs), records.DIARY)
    diaries["start"], diaries["end"] = nevs["stay_start"], nevs["stay_end"]
    diaries["cny_per_h"] = charging.value_cny_h.quantile(u[:, VALUE])
    diaries["taste_h"] = charging.taste_min / 60.0
    diaries["taste"] = u[:, TASTE] * TASTES
    return Drivers(evs, Diaries(diaries, _stays(region, life, own)), nevs["own_charger"])


def _counts(region: Region, nevs: np.ndarray) -> list[tuple[str, int]]:
    """What is drawn of all NEVs of a zone that are alike, by their name."""
    kind = np.column_stack([nevs[name] for name in ("zone", "nev_class", "own_charger", "hybrid")])
    first = np.flatnonzero(np.append(True, (kind[1:] != kind[:-1]).any(axis=1))[: len(kind)])
    many = np.diff(np.append(first, len(nevs)))
    return [
        (f"{region.zones.names[zone]}/{region.tables.classes[c].name}/{own}{hybrid}", 4 * count)
        for (zone, c, own, hybrid), count in zip(kind[first].tolist(), many.tolist(), strict=True)
    ]


def _stays(region: Region, life: Life, own: np.ndarray) -> np.ndarray:
    stays = np.zeros(len(life.stays), records.SOJOURN)
    for name in ("arrive_ns", "leave_ns", "used_kwh"):
        stays[name] = life.stays[name]
    stays["zone"] = life.stays["block"]
    nevs = life.nevs
    of = np.where(nevs["own_charger"], own[nevs["zone"]] + _numbers(nevs) // MOST_OWN, nevs["pile"])
    plugs_in = life.stays["plugs_in"] & (life.stays["kind"] == StayKind.HOME)
    place = np.repeat(of.astype(np.int32), nevs["stay_end"] - nevs["stay_start"])
    stays["place"] = np.where(plugs_in, place, -1)
    return stays


def _numbers(nevs: np.ndarray) -> np.ndarray:
    """Of each among those of its zone who have a charger of their own."""
    found = np.zeros(len(nevs), np.int64)
    some = np.flatnonzero(nevs["own_charger"])
    some = some[np.argsort(nevs["zone"][some], kind="stable")]
    zone = nevs["zone"][some]
    found[some] = np.arange(len(some)) - np.searchsorted(zone, zone)
    return found
