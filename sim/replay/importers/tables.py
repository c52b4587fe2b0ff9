"""`stations.csv` and `visits.csv`, as `peakcharge experiment=replay` reads them."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sim.replay.importers.report import Report

STATION_COLUMNS = (
    "station,site,lat,lon,evses,evse_kw,cabinet_kw,cap_kw,efficiency,discipline,sharing"
)
VISIT_COLUMNS = "visit,station,arrival,need_kwh,ev_kw,overstay_min,deadline"
LONGEST = 100  # characters of a name


@dataclass
class Station:
    """One station: EVSEs of one kW.  `evse_kw` is None until a rating is known or guessed."""

    station: str
    site: str
    lat: float | None = None
    lon: float | None = None
    evses: int = 1
    evse_kw: float | None = None


@dataclass(frozen=True)
class Visit:
    """One plug-in: takes `ev_kw` until `need_kwh` is in, then stays for `overstay_min`."""

    visit: str
    station: str
    arrival: datetime
    need_kwh: float
    ev_kw: float
    overstay_min: float


class Names:
    """Names that are safe in a spreadsheet, a path and a terminal, each given once."""

    def __init__(self, what: str, report: Report) -> None:
        self._what, self._report = what, report
        self._taken: Counter[str] = Counter()

    def new(self, text: str) -> str:
        """The text with `_` for what is unsafe, and a number when another has this name."""
        safe = re.sub(r"[^\w .:*#@+=-]", "_", text).replace("..", "__").strip()
        safe = re.sub(r"^[.=+@-]|^$", "_", safe[:LONGEST].strip())
        if safe != text:
            self._report.guess(f"{self._what} with characters replaced by _, or shortened")
        name = safe
        while name in self._taken:
            self._taken[safe] += 1
            name = f"{safe}~{self._taken[safe]}"
        if name != safe:
            self._report.guess(f"{self._what} numbered, because another has the same")
        self._taken[name] = 1
        return name


def stations_csv(stations: Iterable[Station]) -> str:
    rows = (
        [s.station, s.site, _cell(s.lat), _cell(s.lon), s.evses, _cell(s.evse_kw), *[""] * 5]
        for s in stations
    )
    return _csv(STATION_COLUMNS, rows)


def visits_csv(visits: Iterable[Visit]) -> str:
    """In order of arrival; no deadline, because the sources tell none that the EV kept."""
    rows = (
        [
            *(v.visit, v.station, v.arrival.isoformat()),
            *(_cell(v.need_kwh), _cell(v.ev_kw), _cell(v.overstay_min), ""),
        ]
        for v in sorted(visits, key=lambda v: (v.arrival.timestamp(), v.visit))
    )
    return _csv(VISIT_COLUMNS, rows)


def _cell(number: float | None) -> str:
    return "" if number is None else repr(float(number))


def _csv(columns: str, rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns.split(","))
    writer.writerows(rows)
    return text.getvalue()
