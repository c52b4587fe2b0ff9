"""Visits of real life, as EVs: what a file says of them, each cell checked."""

from collections.abc import Iterable, Sequence
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc

from sim import clock
from sim.config import frame
from sim.config.frame import Found, name, number
from sim.config.limits import CLOCK_MIN, ENERGY_KWH, EVSE_KW, SOC, STAY_MIN, Limits
from sim.model import Station, Vehicle
from sim.replay.schema import ReplaySection
from sim.replay.timestamps import Timestamps, of_minutes

BYTES_A_BIN, MOST_BYTES = 96, 2**31
MOST_BYTES_OF_SPAN = 2**30

VISITS = pa.DataFrameSchema({
    "visit": name(), "station": name(),
    "arrival": frame.text(instead="arrival_min"), "arrival_min": number(CLOCK_MIN),
    "vehicle": name(needed=False), "soc_arrival": number(SOC), "soc_target": number(SOC),
    "need_kwh": number(ENERGY_KWH), "ev_kw": number(EVSE_KW),
    "patience_min": number(STAY_MIN),
    "overstay_min": number(STAY_MIN),
    "deadline": frame.text(), "deadline_min": number(CLOCK_MIN),
    "priority": number(Limits(-1e6, 1e6)),
})  # fmt: skip


def read(
    section: ReplaySection, stations: Sequence[Station], vehicles: Sequence[Vehicle], found: Found
) -> tuple[pd.DataFrame, int, bool]:
    """The visits in order of arrival, when the run begins, and whether the file has dates."""
    file, reader = str(section.visits), Timestamps()
    parts = [
        _inputs(section, table, wrong, stations, vehicles, reader, found)
        for table, wrong in frame.read(Path(file), VISITS, found)
    ]
    if not parts:
        found.check()
    visits = pd.concat(parts)
    parts.clear()
    if pc.count_distinct(pyarrow.array(visits["visit"], pyarrow.string())).as_py() < len(visits):
        found.once(file, visits, "visit")
    if not visits["entry_ns"].is_monotonic_increasing:
        visits = visits.sort_values("entry_ns", kind="stable")
    first = visits["entry_ns"].to_numpy()[:1]
    start_ns = max(0, int(first[0])) // clock.HOUR * clock.HOUR if len(first) else 0
    visits["entry_ns"] -= start_ns
    endless = visits["deadline_ns"] == clock.NEVER
    visits["deadline_ns"] = (visits["deadline_ns"] - start_ns).where(~endless, clock.NEVER)
    return visits, start_ns, reader.kind == "dates"


def _inputs(
    section: ReplaySection, table: pd.DataFrame, wrong: pd.DataFrame,
    stations: Sequence[Station], vehicles: Sequence[Vehicle], reader: Timestamps, found: Found,
) -> pd.DataFrame:  # fmt: skip
    """The EVs of some rows: first each cell is checked, then what the cells of right rows say."""

    def refuse(bad: np.ndarray, key: str, expected: str) -> None:
        bad = bad & ~wrong[key].to_numpy()
        wrong[key] |= bad
        found.rows(str(section.visits), table, bad, key, expected)

    def numbers(key: str, names: Iterable[str]) -> np.ndarray:
        """Which of the names it is; -1: none of them."""
        known = {name: n for n, name in enumerate(names)}
        return table[key].map(known).fillna(-1).to_numpy(np.int64)

    entry = reader.ns(table["arrival"], table["arrival_min"])
    deadline = reader.ns(table["deadline"], table["deadline_min"])
    for key, time in (("arrival", entry), ("deadline", deadline)):
        text, given = (table[key] != "").to_numpy(), ~np.isnan(table[f"{key}_min"].to_numpy())
        refuse(text & given, f"{key}_min", f"empty, because `{key}` is given")
        needed = key == "arrival"
        if reader.kind == "minutes":
            refuse(text & ~given, key, "empty, because the first row has `arrival_min`")
            refuse(~given & ~text & needed, f"{key}_min", "given, as in the first row")
        else:
            refuse(given & ~text, f"{key}_min", "empty, because the first row has `arrival`")
            refuse((time == clock.UNKNOWN) & (text | needed) & ~given, key, reader.expected)
    place = numbers("station", (station.name for station in stations))
    vehicle = numbers("vehicle", (vehicle.name for vehicle in vehicles))
    if stations:  # else their file is wrong, which is told already
        refuse(place < 0, "station", f"a station of {section.stations}")
    if len(vehicles) > 1:
        refuse(vehicle < 0, "vehicle", f"a vehicle of {section.vehicles}, or empty")
    elif not section.vehicles:
        refuse(vehicle < 0, "vehicle", "empty, or in a file of curves that `replay.vehicles` names")

    soc, target, need, ev_kw, patience_min, overstay_min, priority = (
        table[key].to_numpy()
        for key in ("soc_arrival", "soc_target", "need_kwh", "ev_kw", "patience_min",
                    "overstay_min", "priority")
    )  # fmt: skip
    battery = np.array([*(kind.battery_kwh for kind in vehicles), np.nan])[vehicle]
    entry_kwh = np.where(vehicle == 0, 0.0, soc * battery)
    right = ~wrong.any(axis=1).to_numpy(bool)
    curve, constant = right & (vehicle != 0), right & (vehicle == 0)
    late = "deadline_min" if reader.kind == "minutes" else "deadline"
    known = deadline > clock.UNKNOWN
    refuse(right & known & (deadline <= entry), late, "after the arrival")
    refuse(curve & np.isnan(soc), "soc_arrival", "given, because a vehicle is")
    refuse(constant & ~np.isnan(soc), "soc_arrival", "empty, because no vehicle is given")
    refuse(constant & ~np.isnan(target), "soc_target", "empty, because no vehicle is given")
    refuse(constant & np.isnan(ev_kw), "ev_kw", "given, because no vehicle is")
    refuse(right & np.isnan(need) & np.isnan(target), "need_kwh", "given, or soc_target")
    both = right & ~np.isnan(need) & ~np.isnan(target)
    refuse(both, "need_kwh", "empty, because soc_target is given")
    refuse(right & (target < soc), "soc_target", "at least soc_arrival")
    full = entry_kwh + need > battery * (1.0 + 1e-9)
    refuse(curve & full, "need_kwh", "no more than the battery can take")
    goal = np.where(np.isnan(target), np.minimum(entry_kwh + need, battery), target * battery)
    return pd.DataFrame(
        {
            "visit": table["visit"].to_numpy(), "station": place, "vehicle": vehicle,
            "entry_ns": entry, "offset_min": reader.offset_min(table["arrival"]),
            "entry_kwh": entry_kwh, "target_kwh": goal, "ev_kw": _or(ev_kw, inf),
            "patience_ns": np.where(np.isnan(patience_min), clock.NEVER, of_minutes(patience_min)),
            "overstay_ns": of_minutes(_or(overstay_min, 0.0)),
            "deadline_ns": np.where(known, deadline, clock.NEVER), "priority": _or(priority, 0.0),
        },
        index=table.index,
    )  # fmt: skip


def _or(values: np.ndarray, default: float) -> np.ndarray:
    return np.where(np.isnan(values), default, values)


def refuse_endless(
    stations: Sequence[Station], visits: pd.DataFrame, bin_h: float, found: Found
) -> None:
    """EVs without patience stay until they have all they need: the time that takes at least."""
    calm = visits[visits["patience_ns"] == clock.NEVER]
    at, need_kwh = calm["station"].to_numpy(), (calm["target_kwh"] - calm["entry_kwh"]).to_numpy()
    evse_kw = np.array([s.evses[0].kw for s in stations])
    evses = np.array([len(s.evses) for s in stations])
    limit_kw = np.array([min(s.cabinets[0].kw, s.cap_kw * s.efficiency) for s in stations])
    stay_h = need_kwh / np.minimum(evse_kw[at], calm["ev_kw"]) + clock.hours(calm["overstay_ns"])
    busy_h = np.bincount(at, stay_h, len(stations)) / evses
    fed_h = np.bincount(at, need_kwh, len(stations)) / limit_kw
    for station, hours in zip(stations, np.maximum(busy_h, fed_h), strict=True):
        if (size := hours / bin_h * BYTES_A_BIN) > MOST_BYTES:
            found.add(
                f"station `{station.name}` would take {hours:,.0f} h or more for its visits, and "
                f"{size:,.0f} bytes, more than {MOST_BYTES:,}"
            )


def refuse_long(visits: pd.DataFrame, bin_h: float, found: Found) -> None:
    """From the first arrival to the last there are as many bins, whatever the stations have."""
    span_h = clock.hours(visits["entry_ns"].max())
    if (size := span_h / bin_h * BYTES_A_BIN) > MOST_BYTES_OF_SPAN:
        found.add(
            f"the visits span {span_h:,.0f} h: bins of {60 * bin_h:g} min would take "
            f"{size:,.0f} bytes a station, more than {MOST_BYTES_OF_SPAN:,}; replay a part of them"
        )
