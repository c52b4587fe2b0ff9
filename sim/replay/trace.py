"""A trace: stations, visits and vehicles of real life, read from files, as models to be replayed.

Stations have no influence on each other in a replay, so they can be simulated a few at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from math import inf, isnan
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pandera.pandas as pa

from sim import clock
from sim.config import frame
from sim.config.frame import Found, name, number, one_of
from sim.config.limits import (
    BATTERY_KWH,
    EFFICIENCY,
    EVSE_KW,
    EVSES,
    SITE_KW,
    SOC,
    Limits,
)
from sim.config.overrides import unknown_station
from sim.config.section import DisciplineName, SharingName
from sim.evs import make_evs
from sim.lifecycle import Discipline, Sharing
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.replay.clock import Clock, wall_times
from sim.replay.schema import ReplaySection, StationChange
from sim.replay.visits import MOST_BYTES, refuse_endless
from sim.replay.visits import read as read_visits
from sim.stations import curves

BYTES_AN_EVSE = 100

STATIONS = pa.DataFrameSchema({
    "station": name(), "site": name(needed=False),
    "lat": number(Limits(-90, 90)), "lon": number(Limits(-180, 180)),
    "evses": number(EVSES, needed=True, whole=True),
    "evse_kw": number(EVSE_KW, needed=True),
    "cabinet_kw": number(SITE_KW),
    "cap_kw": number(SITE_KW),
    "efficiency": number(EFFICIENCY),
    "discipline": one_of(*get_args(DisciplineName)), "sharing": one_of(*get_args(SharingName)),
    "module_kw": number(EVSE_KW),
})  # fmt: skip
VEHICLES = pa.DataFrameSchema({
    "vehicle": name(), "battery_kwh": number(BATTERY_KWH, needed=True),
    "soc": number(SOC, needed=True),
    "power_kw": number(EVSE_KW, needed=True),
})  # fmt: skip

MODULES = "given (power is shared by modules), and at most what cabinet and cap can give"
NO_FIELDS = ("visit", "station", "offset_min")  # columns that are no input of an EV
HOURS_A_YEAR = 8766.0
A_SECOND_H = 1.0 / 3600.0
OVERRIDES = "replay.station_overrides"
NO_MODULES = "empty, because power is not shared by modules (sharing)"
CONSTANT = Vehicle("", 1e9, ((1.0, inf),))  # of visits without a vehicle: it takes its `ev_kw`


@dataclass(frozen=True)
class Trace:
    """What the files say.

    Attributes
    ----------
    stations : as nouns of the model, in the order of their file.
    vehicles : the types that have a curve; number 0 is `CONSTANT`.
    visits : in order of arrival (ties: of the file): `visit` (its name), `station` and `vehicle`
        (numbers), the input fields of `kernels.records.EV`, and `offset_min`: how far the clock on
        the wall was ahead of UTC by what the file says beside the arrival.
    begin_h : when the run begins, which is the whole hour before the first arrival: in the hours of
        the file, or since `begin`.  Whatever hour of the file that is, the run is the same.
    begin : midnight before, on the clock of the first arrival; None where the file has no dates.
    sites : per station: site, lat, lon.
    """

    stations: tuple[Station, ...]
    vehicles: tuple[Vehicle, ...]
    visits: pd.DataFrame
    begin_h: float
    begin: datetime | None
    sites: pd.DataFrame

    def model(self, numbers: Sequence[int], bin_h: float, changed: Mapping[int, Station]) -> Model:
        """Some of the stations, with what is changed about them."""
        own = tuple(changed.get(n, self.stations[n]) for n in numbers)
        return Model(own, self.vehicles, bin_h=bin_h)

    def evs(self, rows: pd.DataFrame, numbers: Sequence[int]) -> np.ndarray:
        """The EVs of some visits, at the stations of these numbers."""
        place = np.zeros(len(self.stations), np.int64)
        place[list(numbers)] = np.arange(len(numbers))
        fields = {c: rows[c].to_numpy() for c in rows.columns if c not in NO_FIELDS}
        return make_evs(len(rows), place=place[rows["station"]], **fields)

    @property
    def start(self) -> datetime | None:
        """When the run begins, in UTC; None where the file has no dates."""
        return self.begin and self.begin.astimezone(UTC) + timedelta(hours=self.begin_h)

    @property
    def wall_clock(self) -> list[tuple[float, float]]:
        """From which hour of the run on the clock on the wall was how many hours ahead of UTC.

        It is what the arrivals say where they tell of clocks that are put forward and back, by an
        hour at most and twice a year at most; where they mix zones, it is that of the first one.
        """
        offset = self.visits["offset_min"].to_numpy().astype(np.int64)
        change = np.diff(offset)
        first = np.flatnonzero(np.append(True, change != 0))
        hours = clock.hours(self.visits["entry_ns"].to_numpy()[first])
        often = len(first) > 3 + 2.0 * hours[-1] / HOURS_A_YEAR
        if often or (np.abs(change) > 60).any():
            first, hours = first[:1], hours[:1]
        return list(zip(hours.tolist(), (offset[first] / 60.0).tolist(), strict=True))

    def ahead_h(self, hours: np.ndarray) -> np.ndarray:
        """How far the clock on the wall is ahead of UTC at hours of the run [h]."""
        since, ahead = np.array(self.wall_clock).T
        found: np.ndarray = ahead[np.maximum(0, np.searchsorted(since, hours, "right") - 1)]
        return found

    def clock(self, hours: int) -> Clock:
        """The clock on the wall through so many hours of the run.

        It is changed on the hour: what it shows at the end of an hour holds for all of it.
        """
        ends_h = np.arange(1, hours + 1) - A_SECOND_H
        return Clock(self.start, self.begin_h, self.ahead_h(ends_h))

    def days(self, hours: np.ndarray) -> np.ndarray:
        """The days of the clock on the wall at hours of the run: dates, or numbers in order."""
        if self.start is None:
            return (hours + self.begin_h) // 24
        return wall_times(self.start, hours, self.ahead_h(hours)).astype("datetime64[D]")


def read(section: ReplaySection, tolerance: float) -> Trace:
    """The trace that the files of a replay describe.

    `tolerance` is that of the charging curves' staircase.  Raises `InputError` with a sentence for
    everything that is wrong, the first 20 of all.
    """
    found = Found()
    for key in ("stations", "visits"):
        if getattr(section, key) is None:
            found.add(f"`replay.{key}` names no file")
    found.check()
    stations, sites = _stations(section, found)
    vehicles = (CONSTANT, *_vehicles(section, tolerance, found))
    visits, start_ns, dated = read_visits(section, stations, vehicles, found)
    found.check()
    refuse_endless(stations, visits, section.bin_min / 60, found)
    found.check()
    begin, begin_h = None, start_ns / clock.HOUR
    if dated:
        zone = timezone(timedelta(minutes=int(visits["offset_min"].iloc[0])))
        start = datetime.fromtimestamp(start_ns // clock.HOUR * 3600, zone)
        begin = start.replace(hour=0, minute=0)
        begin_h = (start - begin) / timedelta(hours=1)
    return Trace(tuple(stations), vehicles, visits, begin_h, begin, sites)


def _table(
    file: str, schema: pa.DataFrameSchema, found: Found
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All rows of a file, and which of their cells are wrong."""
    parts = list(frame.read(Path(file), schema, found))
    none = pd.DataFrame({column: [] for column in schema.columns})
    return (
        pd.concat([table for table, _ in parts]) if parts else none,
        pd.concat([wrong for _, wrong in parts]) if parts else none.astype(bool),
    )


# ---- stations --------------------------------------------------------------------------------


def _stations(section: ReplaySection, found: Found) -> tuple[list[Station], pd.DataFrame]:
    """The stations and their sites; no stations where anything is wrong with their file."""
    file, before = str(section.stations), found.count
    table, wrong = _table(file, STATIONS, found)
    right = table[~wrong.any(axis=1).to_numpy(bool)]
    found.once(file, table, "station")
    size = right["evses"].sum() * BYTES_AN_EVSE
    if size > MOST_BYTES:
        found.add(f"{file}: its EVSEs would take {size:,.0f} bytes, more than {MOST_BYTES:,}")
        return [], table
    stations = [_station(row, section) for row in right.to_dict("records")]
    lacking = np.array([_lacks_modules(station) for station in stations], bool)
    found.rows(file, right, lacking, "module_kw", MODULES)
    plain = np.array([station.sharing != Sharing.MODULAR for station in stations], bool)
    idle = plain & right["module_kw"].notna().to_numpy()
    found.rows(file, right, idle, "module_kw", NO_MODULES)
    sites = table[["station", "site", "lat", "lon"]].reset_index(drop=True)
    return stations if found.count == before else [], sites


def _lacks_modules(station: Station) -> bool:
    """Modules have a size, and one of them fits under every limit: else nobody would charge."""
    limit = min(station.cabinets[0].kw, station.cap_kw * station.efficiency)
    size = station.module_kw
    return station.sharing == Sharing.MODULAR and (size == inf or size > limit)


def _station(row: Mapping[Any, Any], section: ReplaySection) -> Station:
    def limit(key: str) -> float:
        return inf if isnan(row[key]) else float(row[key])

    module_kw = limit("module_kw")
    return Station(
        row["station"],
        (Cabinet((Evse(row["evse_kw"]),) * int(row["evses"]), limit("cabinet_kw")),),
        cap_kw=limit("cap_kw"),
        efficiency=1.0 if isnan(row["efficiency"]) else row["efficiency"],
        discipline=Discipline[(row["discipline"] or section.discipline).upper()],
        sharing=Sharing[(row["sharing"] or section.sharing).upper()],
        module_kw=(section.module_kw or inf) if module_kw == inf else module_kw,
    )


def overridden(trace: Trace, section: ReplaySection, found: Found) -> dict[int, Station]:
    """The stations that a what-if changes, as it would have them; in vain it changes nothing."""
    names = {s.name: n for n, s in enumerate(trace.stations)}
    changed = {}
    for key, change in section.station_overrides.items():
        asked = change.model_dump(exclude_none=True)
        if key not in names:
            found.add(unknown_station(OVERRIDES, key, names, asked))
            continue
        station = trace.stations[names[key]]
        new = _rebuilt(station, change)
        found.add(*_idle(f"{OVERRIDES}.{key}", asked, station, new))
        if _lacks_modules(new):
            found.add(f"`{OVERRIDES}.{key}`: `module_kw` must be {MODULES}")
        changed[names[key]] = new
    every = (*trace.stations, *changed.values())
    if section.module_kw and all(station.sharing != Sharing.MODULAR for station in every):
        found.add("`replay.module_kw` has no effect: no station shares its power as `modular`")
    return changed


def _rebuilt(station: Station, change: StationChange) -> Station:
    (cabinet,) = station.cabinets
    evse = Evse(change.evse_kw or cabinet.evses[0].kw)
    evses = (evse,) * (change.evses or len(cabinet.evses))
    kept = {name: getattr(change, name) for name in ("cap_kw", "efficiency", "module_kw")}
    new = replace(
        station,
        cabinets=(Cabinet(evses, change.cabinet_kw or cabinet.kw),),
        **{name: value for name, value in kept.items() if value is not None},
    )
    if change.discipline:
        new = replace(new, discipline=Discipline[change.discipline.upper()])
    if change.sharing:
        new = replace(new, sharing=Sharing[change.sharing.upper()])
    return new


def _idle(place: str, asked: Mapping[str, Any], station: Station, new: Station) -> Iterator[str]:
    """What is asked of a station in vain, since it is so already or since it contradicts itself."""
    if not asked:
        yield f"`{place}` changes nothing: say what, such as evses"
    (cabinet,) = station.cabinets
    now = {
        "evses": len(cabinet.evses), "evse_kw": cabinet.evses[0].kw, "cabinet_kw": cabinet.kw,
        "cap_kw": station.cap_kw, "efficiency": station.efficiency,
        "discipline": station.discipline.name.lower(), "sharing": station.sharing.name.lower(),
        "module_kw": station.module_kw,
    }  # fmt: skip
    for key, value in asked.items():
        if key == "module_kw" and new.sharing != Sharing.MODULAR:
            yield f"`{place}.module_kw` has no effect: only sharing=modular has modules"
        elif value == now[key]:
            yield f"`{place}.{key}` changes nothing: it is {value} already"


# ---- vehicles --------------------------------------------------------------------------------


def _vehicles(section: ReplaySection, tolerance: float, found: Found) -> list[Vehicle]:
    """The types that have a curve; none where anything is wrong with their file."""
    if not section.vehicles:
        return []
    file, before = section.vehicles, found.count
    table, wrong = _table(file, VEHICLES, found)
    vehicles = []
    for kind, knots in table.assign(wrong=wrong.any(axis=1)).groupby("vehicle", sort=False):
        soc, battery_kwh = knots["soc"].to_numpy(), knots["battery_kwh"].to_numpy()
        if knots["wrong"].any():
            continue
        if battery_kwh.min() < battery_kwh.max():
            found.add(f"{file}: battery_kwh of `{kind}` differs from row to row")
        if soc[0] != 0.0 or soc[-1] != 1.0 or not (np.diff(soc) > 0.0).all():
            found.add(f"{file}: the soc of `{kind}` does not rise from 0 to 1")
        if found.count == before:
            curve = knots[["battery_kwh", "soc", "power_kw"]].assign(volts=CONSTANT.volts)
            rows = tuple(curve.itertuples(index=False))
            vehicles.append(curves.vehicle(str(kind), rows, tolerance))
    return vehicles if found.count == before else []


def groups(trace: Trace, bin_h: float, visits: int, cells: int) -> Iterator[list[int]]:
    """Numbers of stations that are simulated together: with so many visits and bins at most."""
    per = np.bincount(trace.visits["station"], minlength=len(trace.stations))
    bins = int(trace.visits["entry_ns"].max()) // clock.ns(bin_h) + 1
    group: list[int] = []
    for n in range(len(trace.stations)):
        full = per[[*group, n]].sum() > visits or (len(group) + 1) * bins > cells
        if group and full:
            yield group
            group = []
        group.append(n)
    yield group
