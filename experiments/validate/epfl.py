"""The EPFL fast charger: recorded arrivals, needs and SOC replayed under its sharing rule.

One charger with two plugs that share 172.5 kW equally and pass on what one does not use.  Two
questions are put to every session:

- `time`: charged to the SOC that was recorded, how long is the stay?  The energy is no question
  here: the table derives each battery's capacity from the recorded energy.
- `energy`: plugged in from the recorded arrival to the recorded departure and charged towards
  full, how much energy is taken?

What an EV accepts at which SOC is not recorded.  It is `Acceptance`: either published by makers and
testers for other cars, or learned on the weeks that are not compared: even weeks are predicted
from odd ones, odd ones from even ones, so that every session is out of sample.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator
from scipy.optimize import nnls

from experiments.validate import recorded
from sim import audit
from sim.config.table import Name, Row
from sim.engine import simulate
from sim.evs import make_evs
from sim.kernels.curve import staircase
from sim.lifecycle import Outcome, Sharing
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.replay.site import Time
from sim.report.finding import Finding, found, packed
from sim.stats import interval, streams

FILE = recorded.SHARED / "epfl_fast_charger" / "sessions_2022-04_2023-01.csv"
CURVES = recorded.SHARED / "charge_curves" / "open_ev_data_2022_curves.csv"
SITE_KW = 172.5  # grid side
EFFICIENCY = 0.95  # with which the table turns recorded energy into battery capacity
BANDS = np.linspace(0.0, 1.0, 11)  # of SOC, where an acceptance is learned
SLOWED_MIN = 0.5  # of charging time: a session that sharing slows
RESAMPLES = 2000
QUANTITIES = ("kwh", "stay_min")


class FastSession(Row):
    """One row of the table; see its SOURCE.txt."""

    session: Name
    ccs: Name
    arrival: Time
    departure: Time
    stay_min: float = Field(gt=0)
    energy_wh: float = Field(gt=0)
    pmax_w: float
    preq_max_w: float = Field(gt=0)
    controlled: str
    total_capacity: float
    bulk_capacity: float
    soc_arrival: float = Field(ge=0, le=100)
    soc_departure: float = Field(ge=0, le=100)
    energy_capacity_wh: float = Field(gt=0)

    @model_validator(mode="after")
    def _gains(self) -> Self:
        if not self.soc_departure > self.soc_arrival:
            raise ValueError("soc_departure must be above soc_arrival")
        return self


@dataclass(frozen=True)
class Acceptance:
    """What every EV is assumed to accept: (SOC at the end of the step, share of its greatest
    power), and the minutes of its stay without power."""

    steps: tuple[tuple[float, float], ...]
    idle_min: float


def sessions(path: Path) -> pd.DataFrame:
    """One row per recorded session in order of arrival; energies at the battery side.

    `peak_kw` is the most the EV asked for, or what the charger has if that is less.  `week` counts
    from the first Monday; `shared` tells whether the other plug was in use for a part of the stay.
    """
    table = pd.DataFrame([row.model_dump() for row in recorded.read(path, FastSession)])
    table = table.sort_values(["arrival", "ccs"], ignore_index=True)
    first = table.arrival.min().normalize()
    first -= pd.Timedelta(days=first.weekday())
    found = pd.DataFrame(
        {
            "plug": table.ccs,
            "begin_h": (table.arrival - first).dt.total_seconds() / 3600.0,
            "stay_min": table.stay_min,  # counts the minute of departure
            "kwh": table.energy_wh / 1000.0 * EFFICIENCY,
            "battery_kwh": table.energy_capacity_wh / 1000.0,
            "soc_begin": table.soc_arrival / 100.0,
            "soc_end": table.soc_departure / 100.0,
            "peak_kw": np.minimum(table.preq_max_w / 1000.0, SITE_KW * EFFICIENCY),
            "month": table.arrival.dt.month,
            "day": (table.arrival - first).dt.days,
        }
    )
    found["week"] = found.day // 7
    begin, end = found.begin_h.to_numpy(), (found.begin_h + found.stay_min / 60.0).to_numpy()
    plug = found["plug"].to_numpy()
    together = (begin[:, None] < end) & (begin < end[:, None]) & (plug[:, None] != plug)
    found["shared"] = together.any(axis=1)
    return found


# ---- what an EV accepts ------------------------------------------------------------------------


def published(path: Path) -> Acceptance:
    """Median over cars of published power against SOC, each as a share of the car's greatest."""
    table = pd.read_csv(path, keep_default_na=False, dtype={"variant": str})
    grid = np.linspace(0.0, 1.0, 41)
    cars = [
        np.interp(grid, car.soc_pct / 100.0, car.power_kw / car.power_kw.max())
        for _, car in table.groupby(["brand", "model", "variant", "year"])
    ]
    return Acceptance(staircase(grid, np.median(cars, axis=0)), 0.0)


def learned(sessions: pd.DataFrame, relative: bool = False) -> Acceptance:
    """Least squares of the stays, or of their relative errors, of sessions that shared with nobody.

    stay = idle + sum over SOC bands of (time at greatest power) x (1 + d_1 + .. + d_band), all
    unknowns at least 0: no EV exceeds its greatest power, and it accepts less the fuller it is.
    """
    alone = sessions[~sessions.shared]
    low, high = alone.soc_begin.to_numpy()[:, None], alone.soc_end.to_numpy()[:, None]
    gained = np.clip(np.minimum(high, BANDS[1:]) - np.maximum(low, BANDS[:-1]), 0.0, None)
    least_min = 60.0 * gained * (alone.battery_kwh / alone.peak_kw).to_numpy()[:, None]
    later = np.cumsum(least_min[:, ::-1], axis=1)[:, ::-1]  # d_k counts in band k and above
    known = np.column_stack([later, np.ones(len(alone))])
    stay = alone.stay_min.to_numpy()
    weight = 1.0 / stay if relative else np.ones(len(stay))
    found, _ = nnls(known * weight[:, None], (stay - least_min.sum(axis=1)) * weight)
    slower = 1.0 + np.cumsum(found[:-1])
    steps = zip(BANDS[1:].tolist(), (1.0 / slower).tolist(), strict=True)
    return Acceptance(tuple(steps), float(found[-1]))


# ---- replay ------------------------------------------------------------------------------------


def model(sessions: pd.DataFrame, acceptance: Acceptance, sharing: bool) -> Model:
    """The charger; without `sharing` each plug is a station that has all of its power."""
    plugs = sorted(set(sessions["plug"]))
    groups = [plugs] if sharing else [[plug] for plug in plugs]
    stations = tuple(
        Station(
            "+".join(group),
            (Cabinet((Evse(),) * len(group)),),
            cap_kw=SITE_KW,
            efficiency=EFFICIENCY,
            sharing=Sharing.EQUAL_SHARE,
            handshake_h=acceptance.idle_min / 60.0,
        )
        for group in groups
    )
    vehicles = tuple(
        Vehicle(str(n), battery, tuple((end, share * peak) for end, share in acceptance.steps))
        for n, (battery, peak) in enumerate(
            zip(sessions.battery_kwh, sessions.peak_kw, strict=True)
        )
    )
    return Model(stations, vehicles)


def replay(
    sessions: pd.DataFrame, acceptance: Acceptance, sharing: bool, to_departure: bool
) -> np.ndarray:
    """Visits (`records.VISIT`) in the order of `sessions`, after the audit.

    `to_departure`: charging towards full until the recorded departure; else to the recorded SOC.
    """
    site = model(sessions, acceptance, sharing)
    place = [
        next(n for n, name in enumerate(site.station_names) if plug in name.split("+"))
        for plug in sessions["plug"]
    ]
    battery = sessions.battery_kwh.to_numpy()
    departure_h = (sessions.begin_h + sessions.stay_min / 60.0).to_numpy()
    evs = make_evs(
        len(sessions), place=place, vehicle=np.arange(len(sessions)),
        entry_h=sessions.begin_h.to_numpy(), entry_kwh=sessions.soc_begin.to_numpy() * battery,
        target_kwh=battery if to_departure else sessions.soc_end.to_numpy() * battery,
        deadline_h=departure_h if to_departure else inf,
    )  # fmt: skip
    ledger = simulate(site, evs)
    audit.check(ledger)
    visits = ledger.visits[np.argsort(ledger.visits["ev"])]
    assert len(visits) == len(sessions)
    assert np.isin(visits["outcome"], [Outcome.SERVED, Outcome.SERVED_PARTLY]).all()
    return visits


def predict(
    sessions: pd.DataFrame, acceptances: Sequence[Acceptance], sharing: bool
) -> pd.DataFrame:
    """Simulated stay [min] and energy [kWh] of every session.

    `acceptances`: what predicts the even and what predicts the odd weeks.
    """
    found = pd.DataFrame(index=sessions.index, columns=list(QUANTITIES), dtype=float)
    for parity, acceptance in enumerate(acceptances):
        mine = (sessions.week % 2 == parity).to_numpy()
        if mine.any():
            some = sessions[mine]
            timed = replay(some, acceptance, sharing, to_departure=False)
            until = replay(some, acceptance, sharing, to_departure=True)
            found.loc[mine, "stay_min"] = 60.0 * timed["occupied_h"]
            found.loc[mine, "kwh"] = until["leave_kwh"] - until["arrival_kwh"]
    return found


# ---- comparison --------------------------------------------------------------------------------


def errors(simulated: pd.Series, sessions: pd.DataFrame, seed: int) -> dict[str, Any]:
    """How far `simulated` is from the recorded column of its name, with 95 % intervals.

    Intervals are percentiles of a bootstrap over days, because sessions of one day share a weather.
    """
    recorded = sessions[simulated.name]
    error = simulated - recorded
    sums = pd.DataFrame(
        {"n": 1.0, "error": error, "abs": error.abs(), "square": error**2, "recorded": recorded}
    )
    days = sums.groupby(sessions.day).sum().to_numpy()
    rng = streams.stream(seed, 0, "validate, days", "epfl")
    drawn = rng.multinomial(len(days), np.full(len(days), 1.0 / len(days)), RESAMPLES) @ days
    found: dict[str, Any] = {"n": len(error), "recorded_mean": float(recorded.mean())}
    resampled = _figures(*drawn.T)
    for name, value in _figures(*days.sum(axis=0)).items():
        low, high = np.percentile(resampled[name], [2.5, 97.5])
        found[name] = {"mean": float(value), "low": float(low), "high": float(high)}
    return found


def _figures(n: Any, error: Any, absolute: Any, square: Any, recorded: Any) -> dict[str, Any]:
    """The figures of an error from its sums."""
    return {
        "mean_error": error / n, "mean_abs_error": absolute / n,
        "rms_error": np.sqrt(square / n), "bias_frac": error / recorded,
    }  # fmt: skip


def compare(path: Path, curves: Path, seed: int) -> dict[str, Any]:
    """Every number of the comparison, with every session (`each`) as the main model has it.

    Models: `shared`, the main one, with the learned acceptance; `unshared`, the same without the
    sharing rule; `relative`, learned by relative errors; `published`.  `slowed` are the sessions
    that the main one says are longer for sharing: only there can the rule be seen.
    """
    table = sessions(path)
    folds = [table[table.week % 2 != parity] for parity in (0, 1)]
    learnt = [learned(fold) for fold in folds]
    relative = [learned(fold, relative=True) for fold in folds]
    models = {
        "shared": predict(table, learnt, sharing=True),
        "unshared": predict(table, learnt, sharing=False),
        "relative": predict(table, relative, sharing=True),
        "published": predict(table, [published(curves)] * 2, sharing=True),
    }
    main = models["shared"]
    slowed = main.stay_min - models["unshared"].stay_min > SLOWED_MIN
    everything = pd.Series(True, index=table.index)
    groups = {"all": everything, "overlapping": table.shared, "slowed": slowed}
    rows = [
        {"quantity": quantity, "group": group, "model": model,
         **errors(simulated.loc[own, quantity], table[own], seed)}
        for quantity in QUANTITIES
        for group, own in groups.items()
        for model, simulated in models.items()
    ]  # fmt: skip
    gained = [
        {"quantity": quantity, "group": group,
         **_gain(models["unshared"][own], main[own], table[own], quantity)}
        for quantity in QUANTITIES
        for group, own in groups.items()
    ]  # fmt: skip
    where = [
        {"quantity": quantity, "group": packed(part),
         **errors(main.loc[own, quantity], table[own], seed)}
        for quantity in QUANTITIES
        for part, own in _parts(table)
        if own.any()
    ]  # fmt: skip
    each = table[["shared", *QUANTITIES]].join(main.add_suffix("_simulated")).round(2)
    return {
        "sessions": len(table), "days": int(table.day.nunique()),
        "overlapping": int(table.shared.sum()), "slowed": int(slowed.sum()),
        "acceptance": [{"idle_min": a.idle_min, "steps": a.steps} for a in learnt],
        "errors": rows, "gained_by_sharing": gained, "where": where,
        "each": each.to_dict("list"),
    }  # fmt: skip


def _gain(
    before: pd.DataFrame, after: pd.DataFrame, sessions: pd.DataFrame, quantity: str
) -> dict[str, Any]:
    """How another model changes the absolute error, session by session."""
    was, now = ((own[quantity] - sessions[quantity]).abs().to_numpy() for own in (before, after))
    return interval.paired_by_cluster(was, now, sessions.day.to_numpy())


def _parts(table: pd.DataFrame) -> Iterator[tuple[Finding, pd.Series]]:
    """Parts of the sessions in which the error may differ; bounds belong to the lower part."""
    for column, bounds in (
        ("soc_end", (0.0, 0.6, 0.8, 0.9, 1.0)),
        ("peak_kw", (0.0, 60.0, 130.0, SITE_KW)),
        ("stay_min", (0.0, 30.0, 45.0, inf)),
    ):
        for low, high in pairwise(bounds):
            own = (table[column] > low) & (table[column] <= high)
            ends = {"low": low} if high == inf else {"low": low, "high": high}
            yield found(f"part.{column}.{'over' if high == inf else 'to'}", **ends), own
    yield found("part.summer"), table.month < 9
    yield found("part.autumn"), table.month >= 9
