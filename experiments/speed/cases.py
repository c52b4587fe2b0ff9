"""What is simulated to measure it: stations alone, a holiday of a country, a week of journeys."""

import numpy as np

from experiments.speed.settings import NationalSection, WeekSection
from sim.clock import HOUR, ns
from sim.evs import make_evs
from sim.lifecycle import Rule
from sim.model import Cabinet, Evse, Model, Route, Station, Stop, Vehicle
from sim.roads.demand import Demand
from sim.roads.scenario import Scenario

TAPER = (np.array([0.0, 0.1, 0.5, 0.7, 0.8, 0.9, 1.0]),
         np.array([60.0, 88.0, 88.0, 66.0, 50.0, 30.0, 8.0]))  # fmt: skip
BATTERY_KWH, TARGET_KWH = 62.0, 49.6
CAP_KW = 40.0  # of a station, for each EVSE
BUSY = 0.85  # of what the caps can carry
HOLIDAY_CAP_KW = 25.0  # the afternoons of a holiday ask for more than this for each EVSE
STOPS, APART_KM, KMH = 12, 60.0, 100.0  # of a route
VISITS = 3.0  # of an EV, as it comes out
A_DAY = 12.0  # sessions that an EVSE is planned for


def midsize(steps: int = 10) -> Vehicle:
    """Its curve in so many steps of equal width, each of which takes as long as the taper does."""
    soc = (np.arange(100 * steps) + 0.5) / (100 * steps)
    slowness = (1.0 / np.interp(soc, *TAPER)).reshape(steps, 100).mean(axis=1)
    ends = (np.arange(steps) + 1) / steps
    curve = tuple(zip(ends.tolist(), (1.0 / slowness).tolist(), strict=True))
    return Vehicle("midsize", BATTERY_KWH, curve)


def stations_only(
    stations: int, evses: int, sessions: int, steps: int = 10, seed: int = 1
) -> tuple[Model, np.ndarray]:
    """Poisson arrivals at `stations` of so many EVSEs under one cap each."""
    cap_kw = CAP_KW * evses
    cabinet = Cabinet((Evse(120.0, 250.0),) * evses)
    model = Model(
        tuple(Station(f"s{i}", (cabinet,), cap_kw=cap_kw) for i in range(stations)),
        (midsize(steps),),
    )
    rng = np.random.default_rng(seed)
    evs = make_evs(sessions, place=rng.integers(0, stations, sessions), target_kwh=TARGET_KWH)
    evs["entry_kwh"] = rng.uniform(6.0, 31.0, sessions)
    rate = BUSY * stations * cap_kw / float(TARGET_KWH - evs["entry_kwh"].mean())
    evs["entry_ns"] = ns(np.cumsum(rng.exponential(1.0 / rate, sessions)))
    return model, evs


def holiday(scenario: Scenario, days: int, every: int = 1) -> tuple[Model, np.ndarray]:
    """The first `days` of the scenario, with all its features; one of so many EVs."""
    draw = Demand(scenario).draw(scenario.engine.seed, 0)
    model, evs = scenario.driven(scenario.model(), draw.evs)
    model = model.with_changes(draw.changes)
    horizon = min(model.horizon_h, 24.0 * days)
    changes = [c for c in model.changes if c.time_h < horizon]
    short = Model(model.stations, model.vehicles, model.routes, changes, horizon, model.bin_h)
    return short, evs[evs["entry_ns"] < ns(horizon)][::every]


def by_day(rng: np.random.Generator, count: int, days: int) -> np.ndarray:
    """Times of so many events, in order [ns]: four times as many at three in the afternoon as at
    three at night."""
    hour = np.linspace(0.0, 24.0 * days, 24 * days + 1)
    share = hour / hour[-1] + 0.6 / hour[-1] * (12.0 / np.pi) * np.sin((hour - 15.0) * np.pi / 12.0)
    share -= share[0]
    found: np.ndarray = ns(np.interp(np.sort(rng.random(count)) * share[-1], share, hour))
    return found


def national(own: NationalSection) -> tuple[Model, np.ndarray]:
    """Sessions with handshake and overstay at stations under a cap, whose EVSEs differ by one in
    number."""
    evses = np.full(own.stations, own.evses // own.stations)
    evses[: own.evses - evses.sum()] += 1
    cabinets = {int(n): Cabinet((Evse(120.0, 250.0),) * int(n)) for n in np.unique(evses)}
    model = Model(
        tuple(
            Station(f"s{i}", (cabinets[n],), cap_kw=HOLIDAY_CAP_KW * n, handshake_h=1.0 / 60.0)
            for i, n in enumerate(evses.tolist())
        ),
        (midsize(),),
        horizon_h=24.0 * own.days,
    )
    rng = np.random.default_rng(2)
    evs = make_evs(own.sessions, target_kwh=TARGET_KWH)
    evs["place"] = rng.choice(np.repeat(np.arange(own.stations), evses), own.sessions)
    evs["entry_ns"] = by_day(rng, own.sessions, own.days)
    evs["entry_kwh"] = rng.uniform(6.0, 31.0, own.sessions)
    evs["overstay_ns"] = (rng.exponential(1.0 / 12.0, own.sessions) * HOUR).astype(np.int64)
    return model, evs


def week(own: WeekSection) -> tuple[Model, np.ndarray]:
    """Journeys along routes of `STOPS` stations each, of which an EV needs about three."""
    routes = own.stations // STOPS
    evses = max(1, round(own.evs * VISITS / own.stations / own.days / A_DAY))
    cabinet = Cabinet((Evse(120.0, 250.0),) * evses)
    km = [APART_KM * (n + 1) for n in range(STOPS + 1)]
    model = Model(
        tuple(
            Station(f"s{i}", (cabinet,), cap_kw=CAP_KW * evses) for i in range(routes * STOPS)
        ),
        (midsize(),),
        tuple(
            Route(f"r{r}", km[-1], km[-1] / KMH,
                  tuple(Stop(r * STOPS + n, km[n], km[n] / KMH) for n in range(STOPS)))
            for r in range(routes)
        ),
        horizon_h=24.0 * own.days,
    )  # fmt: skip
    rng = np.random.default_rng(3)
    evs = make_evs(
        own.evs, kwh_per_km=0.17, target_kwh=TARGET_KWH, dest_kwh=6.0, reserve_kwh=3.0,
        rule=Rule.THRESHOLD,
    )  # fmt: skip
    evs["route"] = rng.integers(0, routes, own.evs)
    evs["entry_ns"] = by_day(rng, own.evs, own.days)
    evs["entry_kwh"] = rng.uniform(20.0, 60.0, own.evs)
    evs["stop_kwh"] = rng.uniform(5.0, 30.0, own.evs)
    return model, evs
