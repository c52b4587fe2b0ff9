"""Ways out to charge: what they take of drivers, from leaving where they stay to being back.

Of a replication of a case, over those who set out on the days that count:

- ``out_h``       hours out: driving, in line, at the charger
- ``wait_h``      of these, in line
- ``lost``        ways that end without a charge: at the last station the driver balks, gives up or
  strands
- ``ways``        all of them
- ``near_share``  those who have a super gun near as they set out
- ``free_share``  those near whom one of these is free, and works (`cover.py`)

Ways that are not over at the end of the run have no end, and are left out of the hours.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sim import clock
from sim.audit.errands import Out
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.region import cover
from sim.region.case import Inhabited, audited, counts, parts
from sim.study.case import Replication

LOST = (Outcome.BALKED, Outcome.RENEGED, Outcome.REROUTED, Outcome.STRANDED)
OPEN = Outcome.IN_SYSTEM_AT_END


class Ways(NamedTuple):
    """Each an array [way]."""

    block: np.ndarray  # from which it sets out
    hour: np.ndarray  # of the run, in which it does
    out_h: np.ndarray  # NaN where it is not over
    wait_h: np.ndarray
    is_lost: np.ndarray


def ways(ledger: Ledger) -> Ways:
    """All of a ledger, EV by EV."""
    out, v, fixed = Out.of(ledger), ledger.visits, ledger.model.arrays
    last = np.flatnonzero(out.last)
    way = np.cumsum(out.before < 0) - 1
    stay = ledger.diaries.stays[out.stay[last]]
    leave_h = clock.hours(stay["leave_ns"])
    end = v[out.row[last]]
    back_h = clock.hours(fixed.candidates["back_ns"][fixed.zones["start"][out.zone] + out.at])
    over = end["outcome"] != OPEN
    out_h = np.where(over, end["leave_h"] + back_h[last] - leave_h, np.nan)
    waited = np.bincount(way, np.nan_to_num(v["wait_h"][out.row]), len(last))
    lost = over & np.isin(end["outcome"], LOST)
    return Ways(out.zone[last], np.floor(leave_h).astype(int), out_h, waited, lost)


def measure(case: Inhabited, replication: int, minutes: float) -> Replication:
    """Figures of the ways; `stations`: sessions, hours in line and use of every public station of
    the districts; `more`: by block `out_h`, `ways` and who is `lacking` a free super gun within so
    many minutes, [[block, hour of the day, count]]; shares of those who have one `near`, or `free`,
    by the hour of the day."""
    ledger, _, began = audited(case, replication)
    region, own = case.region, ways(ledger)
    counted = np.isin(own.hour // 24, case.days)
    over = counted & ~np.isnan(own.out_h)
    wishes = cover.wishes(ledger, region, minutes, case.days)
    blocks = len(region.blocks.rows)
    figures = {
        "out_h": own.out_h[over].sum(), "wait_h": own.wait_h[counted].sum(),
        "lost": own.is_lost[counted].sum(), "ways": counted.sum(),
        "near_share": wishes.in_reach.mean() if len(wishes.block) else np.nan,
        "free_share": wishes.is_free.mean() if len(wishes.block) else np.nan,
    }  # fmt: skip
    return Replication(
        {name: None if np.isnan(value) else float(value) for name, value in figures.items()},
        _stations(case, ledger),
        {},
        counts(ledger),
        {"out_h": np.bincount(own.block[over], own.out_h[over], blocks).tolist(),
         "ways": np.bincount(own.block[counted], minlength=blocks).tolist(),
         "lacking": _rows(cover.lacking(wishes, blocks)),
         "near": _plain(cover.shares(wishes, wishes.in_reach)),
         "free": _plain(cover.shares(wishes, wishes.is_free))},
        parts(began),
    )  # fmt: skip


def _rows(counts: np.ndarray) -> list[list[int]]:
    """Those of a table that are not 0: row, column, count."""
    row, column = np.nonzero(counts)
    found: list[list[int]] = np.column_stack([row, column, counts[row, column]]).tolist()
    return found


def _plain(shares: np.ndarray) -> list[float | None]:
    return [None if np.isnan(own) else own for own in shares.tolist()]


def _stations(case: Inhabited, ledger: Ledger) -> pd.DataFrame:
    """Of visits that arrive on days that count."""
    v, own = ledger.visits, case.stations
    rows = v[np.isin(v["arrival_h"] // 24, case.days) & (v["station"] >= 0)]
    n = len(ledger.model.stations)

    def of(weight: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.bincount(rows["station"], np.nan_to_num(weight), n)[own]
        return found

    guns = case.region.stations.rows["guns"][own]
    return pd.DataFrame({
        "station": np.array(case.region.stations.names, object)[own],
        "sessions": of(rows["plug_h"] >= 0.0), "wait_h": of(rows["wait_h"]),
        "used": of(rows["occupied_h"]) / (guns * 24.0 * len(case.days)),
    })  # fmt: skip
