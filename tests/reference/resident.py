"""One EV with a diary: a SimPy process from its first stay to its last."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from sim.lifecycle import Kind, Outcome
from sim.model import Vehicle
from tests.reference.clock import Clock
from tests.reference.diary import Diary
from tests.reference.driver import Driver, Part
from tests.reference.ledger import Ledger
from tests.reference.nanoseconds import NEVER
from tests.reference.station import Station


class Resident(Driver):
    """At a station it does what every driver does; its diary says when it comes and leaves."""

    def __init__(
        self, clock: Clock, number: int, ev: Mapping[str, Any], vehicle: Vehicle, diary: Diary,
        stations: Sequence[Station], ledger: Ledger,
    ) -> None:  # fmt: skip
        super().__init__(clock, number, ev, vehicle, diary, ledger)
        self.diary, self.stations = diary, stations

    def drive(self) -> Part:
        """The process."""
        yield self.arrival(self.ev["entry_ns"])
        while True:
            yield from self._stay()
            yield from self._charge_around()
            if self._is_stranded:
                return
            if not self.diary.is_in_reach():
                self._strand()
                return
            takes_ns = self.diary.go_on()
            if takes_ns is None:
                return
            yield self.arrival(self.clock.now + takes_ns)

    @property
    def _is_stranded(self) -> bool:
        return self.visit is not None and self.visit.outcome == Outcome.STRANDED

    def _charge_around(self) -> Part:
        """Before it drives on, if it has to; a station that it does not like, or that does not
        give it enough, is not the last one."""
        j, came_from = self.diary.wants_station(), -1
        while j is not None and j >= 0:
            yield self.arrival(self.clock.now + self.diary.drive_to(j))
            station = self.stations[self.diary.at.station]
            j = yield from self._visit(station, came_from)
            came_from = station.number if j is not None else -1
            if j is None:
                j = self.diary.wants_station()

    def _stay(self) -> Part:
        """Until it leaves; it may come later than that."""
        stay = self.diary.stay
        if self.clock.now >= stay.leave_ns:
            return
        if stay.place >= 0 and self.diary.plugs_in(self.stations[stay.place]):
            yield from self._plug_in(self.stations[stay.place])
        if self.clock.now < stay.leave_ns:
            yield self.clock.at(stay.leave_ns, Kind.ARRIVAL, -1, self.number, beside=0.0)

    def _open(self, station: int, need_kwh: float, came_from: int) -> None:
        super()._open(station, need_kwh, came_from)
        self.visit.stay, self.visit.hop = self.diary.number, len(self.diary.tried) - 1

    def _plug_in(self, station: Station) -> Part:
        """It waits, and keeps its plug, until it leaves."""
        given, leave_ns = self.ev, self.diary.stay.leave_ns
        self.ev = {**given, "patience_ns": NEVER, "balk_per_evse": inf, "deadline_ns": leave_ns}
        self.overstay_ns = NEVER
        yield from self._visit(station)
        self.ev, self.overstay_ns = given, given["overstay_ns"]
