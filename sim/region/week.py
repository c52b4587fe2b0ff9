"""The week of NEVs of one class: when they arrive where, and what they use on the way.

An NEV is at home until it goes out.  On a day on which it is used, the outings of its diary come in
their order, each with its chance; it leaves so as to arrive when the outing begins, and is home
again when it has driven back.  Who roams leaves when an outing is over, and is on the road until
the next one.  The km of the day are lognormal about the mean of its class, and spread evenly over
its ways.  Who is late arrives later: nobody is at two places.
"""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from scipy.special import ndtri

from sim.clock import ns
from sim.config.section import HOURS
from sim.region.destinations import Destinations
from sim.region.schema import Living
from sim.region.tables import DayKind, NevClass, Outing

LEAST_STAY_H = 0.1
USED, KM, PLUGS = range(3)  # columns of the draws of a day; four for each outing follow
HAPPENS, ARRIVES, STAYS, WHERE = range(4)
STAY = np.dtype([
    ("arrive_ns", "i8"), ("leave_ns", "i8"),
    ("used_kwh", "f8"),  # on the way to the next one
    ("block", "i4"), ("kind", "i1"), ("plugs_in", "?"),  # where it may: its own charger, or a pile
])  # fmt: skip


class StayKind(IntEnum):
    """Where an NEV is."""

    HOME = 0
    WORK = 1
    OTHER = 2


def day_kind(day: int) -> DayKind:
    """The first day is a Monday."""
    return "weekend" if day % 7 >= 5 else "workday"


def draws(outings: Sequence[Outing]) -> int:
    """Numbers that a day of such a diary takes."""
    return 3 + 4 * max((len(_of(outings, kind)) for kind in ("workday", "weekend")), default=0)


def most_stays(outings: Sequence[Outing], days: int) -> int:
    """Of an NEV that goes wherever such a diary may lead it."""
    return 1 + sum(1 + len(_of(outings, day_kind(day))) for day in range(days))


def _of(outings: Sequence[Outing], kind: DayKind) -> list[Outing]:
    return [own for own in outings if own.day == kind]


class Week:
    """Fills the stays of all NEVs of a class, day by day.

    Parameters
    ----------
    nevs : `life.NEV`, whose `stay_start` and `stay_end` are set.
    u : uniforms, [nev, day, draw].
    first : uniforms, [nev]: whether it is plugged in when the week begins.
    level : times the km of a day, [nev, day].
    kmh : of the ways of each, [nev].

    Attributes
    ----------
    stays : `STAY`.
    """

    def __init__(
        self, nevs: np.ndarray, u: np.ndarray, first: np.ndarray, level: np.ndarray,
        kmh: np.ndarray, own: NevClass, outings: Sequence[Outing], living: Living,
        ends: Destinations,
    ) -> None:  # fmt: skip
        self._nevs, self._level, self._kmh = nevs, level, kmh
        self._u = np.ascontiguousarray(u.transpose(1, 2, 0))  # a draw of all lies together
        self._class, self._living, self._ends = own, living, ends
        self._days = [_of(outings, day_kind(day)) for day in range(living.days)]
        goes = [self._goes(day) for day in range(living.days)]
        rows = 1 + sum(own.sum(axis=1) + own.any(axis=1) for own in goes)
        nevs["stay_end"] = np.cumsum(rows)
        nevs["stay_start"] = nevs["stay_end"] - rows
        self.stays = np.zeros(int(rows.sum()), STAY)
        self._arrive_h, self._leave_h = np.zeros((2, len(self.stays)))
        self._row = nevs["stay_start"].copy()  # where each NEV is
        self._free_h = np.full(len(nevs), LEAST_STAY_H)  # when it may leave
        self.stays["block"][self._row] = nevs["home"]
        self._at_home(np.arange(len(nevs)), first)
        for day, own_goes in enumerate(goes):
            self._day(day, own_goes)
        end_h = np.maximum(HOURS * living.days, self._arrive_h[self._row] + LEAST_STAY_H)
        self._leave_h[self._row] = end_h
        self.stays["arrive_ns"], self.stays["leave_ns"] = ns(self._arrive_h), ns(self._leave_h)

    def _goes(self, day: int) -> np.ndarray:
        """Which outings of the day each NEV makes, [nev, outing]."""
        outings, u = self._days[day], self._u[day]
        used = u[USED] < self._class.use_share
        share = np.array([own.share for own in outings])
        happens = u[3 + HAPPENS :: 4][: len(outings)].T
        found: np.ndarray = used[:, None] & (happens < share)
        return found

    def _day(self, day: int, goes: np.ndarray) -> None:
        u, own = self._u[day], self._class
        km = own.km_per_day * np.exp(own.km_sigma * ndtri(u[KM]) - own.km_sigma**2 / 2.0)
        km *= self._level[:, day] / (1.0 + goes.sum(axis=1))  # of each way
        h, kwh = km / self._kmh, km * self._nevs["kwh_per_km"]
        for k, outing in enumerate(self._days[day]):
            out = np.flatnonzero(goes[:, k])
            draws = u[3 + 4 * k : 7 + 4 * k, out]
            begin_h = HOURS * day + outing.arrive_h + outing.arrive_sd_h * ndtri(draws[ARRIVES])
            arrive_h = np.maximum(begin_h, self._free_h[out] + h[out])
            where = self._nevs["work"][out]
            if outing.place == "other":
                where = self._ends.drawn("visits", self._nevs["home"][out], draws[WHERE])
            self._move(out, arrive_h, h, kwh, where, StayKind[outing.place.upper()])
            stay_h = outing.stay_h + outing.stay_sd_h * ndtri(draws[STAYS])
            self._free_h[out] = arrive_h + np.maximum(stay_h, LEAST_STAY_H)
        back = np.flatnonzero(goes.any(axis=1))
        home_h = self._free_h[back] + h[back]
        self._move(back, home_h, h, kwh, self._nevs["home"][back], StayKind.HOME)
        self._at_home(back, u[PLUGS, back])
        self._free_h[back] = home_h + self._living.least_home_h

    def _at_home(self, who: np.ndarray, u: np.ndarray) -> None:
        """They have come home, and plug in or not."""
        own = self._nevs["own_charger"][who] & (u < self._living.plug_in_share)
        self.stays["plugs_in"][self._row[who]] = own | (self._nevs["pile"][who] >= 0)

    def _move(
        self, who: np.ndarray, arrive_h: np.ndarray, h: np.ndarray, kwh: np.ndarray,
        block: np.ndarray, kind: StayKind,
    ) -> None:  # fmt: skip
        """They leave where they are, and arrive there after so many hours of driving, which all
        NEVs have in `h`."""
        here = self._row[who]
        roams = (self._class.roams == "yes") & (self.stays["kind"][here] != StayKind.HOME)
        self._leave_h[here] = np.where(roams, self._free_h[who], arrive_h - h[who])
        self.stays["used_kwh"][here] = kwh[who]
        self._row[who] += 1
        row = self._row[who]
        self._arrive_h[row] = arrive_h
        self.stays["block"][row], self.stays["kind"][row] = block, kind
