"""What falls into one instant on paper does so in a run, whatever arithmetic led there.

Each test runs on the plain twin and on the engine.  Times are whole minutes, or sums that make
some, written as hours in different ways; `lifecycle.py` says what happens first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

import numpy as np
import pytest

from sim import engine
from sim.evs import make_evs
from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity, Outcome, Sharing
from sim.lifecycle import Step as Does
from sim.model import (
    Cabinet,
    Change,
    Duty,
    Evse,
    Model,
    Route,
    Station,
    Step,
    Stop,
    Swap,
    Vehicle,
)
from tests.reference import twin
from tests.reference.nanoseconds import HOUR, ns

MINUTE = HOUR // 60
REST = -1  # in the log
BIG = Vehicle("big", battery_kwh=1000.0, steps=((1.0, 1000.0),))

WAYS: tuple[Callable[[int], float], ...] = (  # of minutes to hours
    lambda m: m / 60,
    lambda m: m // 60 + m % 60 / 60,
    lambda m: m / 1440 * 24,
    lambda m: 24 * (1 + m // 1440) - (1440 - m % 1440) / 60,
    lambda m: m // 60 + sum([1 / 60] * (m % 60)),
    lambda m: sum([0.1] * (m // 6)) + m % 6 / 60 if m < 1440 else m * 60 / 3600,
)


def h(minutes: int, turn: int) -> float:
    """Whole minutes in hours, each time in another way."""
    return WAYS[turn % len(WAYS)](minutes)


def test_all_ways_mean_the_same_minute():
    assert all(ns(h(m, turn)) == m * MINUTE for m in range(7500) for turn in range(len(WAYS)))
    assert all(len({way(m) for way in WAYS}) > 1 for m in (103, 1439, 4000))


# -- one adapter for the twin and the engine


class Run(NamedTuple):
    visits: dict[str, np.ndarray]
    bins: dict[str, np.ndarray]
    log: list[tuple[int, int, float]]
    deliveries: np.ndarray

    def of(self, name: str) -> np.ndarray:
        """A column, by EV; of EVs that have one visit each."""
        order = np.argsort(self.visits["ev"], kind="stable")
        assert (self.visits["ev"][order] == np.arange(len(order))).all()
        return self.visits[name][order]

    def ns(self, name: str) -> np.ndarray:
        return in_ns(self.of(name))


Simulate = Callable[[Model, np.ndarray], Run]


def in_ns(hours: np.ndarray) -> np.ndarray:
    """-1: it never happened."""
    return np.where(np.isnan(hours), -1.0, np.rint(hours * HOUR)).astype(np.int64)


def by_twin(model: Model, evs: np.ndarray) -> Run:
    result = twin.run(model, evs)
    names = result.visits[0] if result.visits else ()
    visits = {name: np.array([row[name] for row in result.visits]) for name in names}
    return Run(visits, result.bins, result.log, result.deliveries)


def by_engine(model: Model, evs: np.ndarray) -> Run:
    ledger = engine.simulate(model, evs)
    visits = {name: ledger.visits[name] for name in ledger.visits.dtype.names}
    bins = {name: ledger.bins[name] for name in ledger.bins.dtype.names}
    return Run(visits, bins, ledger.log.tolist(), ledger.deliveries)


@pytest.fixture(params=[by_twin, by_engine], ids=["twin", "engine"])
def simulate(request: pytest.FixtureRequest) -> Simulate:
    return request.param


def table(**fields: Sequence[float] | np.ndarray) -> np.ndarray:
    """EVs; their times in hours are read by the twin's own rule, for both."""
    for name in ("entry", "patience", "overstay", "deadline"):
        if f"{name}_h" in fields:
            fields[f"{name}_ns"] = [ns(x) for x in fields.pop(f"{name}_h")]
    return make_evs(len(fields["place"]), **fields)


def rows(evs: Sequence[Mapping[str, float]]) -> np.ndarray:
    return table(**{name: [ev[name] for ev in evs] for name in evs[0]})


def ev(place: int, entry_h: float, need_kwh: float, **fields: float) -> dict[str, float]:
    return {
        "place": place, "entry_h": entry_h, "entry_kwh": 0.0, "target_kwh": need_kwh,
        "patience_h": inf, "overstay_h": 0.0, "deadline_h": inf, "vehicle": 0, "ev_kw": inf,
    } | fields  # fmt: skip


def station(evses: int = 1, kw: float = 60.0, **fields) -> Station:
    return Station("any", (Cabinet((Evse(kw),) * evses),), **fields)


def nobody_waits(run: Run) -> None:
    assert (run.of("outcome") == Outcome.SERVED).all()
    assert (run.of("wait_h") == 0.0).all()
    assert (run.of("plug_h") == run.of("arrival_h")).all()


# -- back to back, without any patience

KWS = (60.0, 50.0, 11.2, 7.4, 43.7, 150.0)


def back_to_back(durations: Sequence[int]) -> tuple[Model, np.ndarray, np.ndarray]:
    """EVs that begin at each minute of a day, for each duration, and when they end [ns].

    Who begins `duration` later comes to the same EVSE.  Some minutes of a duration are for the
    handshake and some for overstay.
    """
    hours = np.array([[way(m) for way in WAYS] for m in range(1440)])
    stations, evs, ends = [], [], []
    start = np.arange(1440)
    for d in durations:
        handshake, overstay = min(d - 1, d % 3), max(0, min(d - 3, d % 4))
        kw = KWS[d % len(KWS)]
        already = 12.3 if d % 5 == 0 else 0.0
        need = kw * (d - handshake - overstay) / 60
        evs.append({
            "place": len(stations) + start % d,
            "entry_h": hours[start, (start + d) % len(WAYS)],
            "entry_kwh": np.full(1440, already),
            "target_kwh": np.full(1440, already + need),
            "patience_h": np.zeros(1440),
            "overstay_h": np.full(1440, h(overstay, d)),
        })  # fmt: skip
        ends.append((start + d) * MINUTE)
        stations += [station(kw=kw, handshake_h=h(handshake, d + 1))] * d
    fields = {name: np.concatenate([part[name] for part in evs]) for name in evs[0]}
    return Model(tuple(stations), (BIG,), bin_h=24.0), table(**fields), np.concatenate(ends)


@pytest.mark.parametrize(
    ("by", "durations"),
    [
        pytest.param(by_twin, (1, 7, 25, 61, 240), id="twin"),
        pytest.param(by_engine, (*range(1, 91), *range(97, 241, 11)), id="engine"),
        pytest.param(by_engine, range(1, 241), id="all", marks=pytest.mark.long),
    ],
)
def test_every_minute_and_duration(by, durations):
    model, evs, ends = back_to_back(durations)
    run = by(model, evs)
    nobody_waits(run)
    assert (run.ns("leave_h") == ends).all()


NEEDS = [  # kWh, kW and minutes
    (7.0, 11.2, 37.5), (0.1 + 0.2, 0.6, 30), (0.3, 0.6, 30), (11.1, 7.4, 90), (3.7, 22.2, 10),
    (4.4, 13.2, 20), (1.1, 3.3, 20), (16.1, 48.3, 20), (0.7 * 3, 4.2, 30), (33.3, 99.9, 20),
    (0.1 + 0.7, 2.4, 20), (62.5, 150.0, 25), (22.0, 22.0, 60), (1.1 + 2.2, 99.0, 2),
]  # fmt: skip


def test_needs_at_powers(simulate):
    """Arrivals as sums of quotients, as multiples of one, and as minutes."""
    stations, evs, ends = [], [], []
    for need, kw, minutes in NEEDS:
        sums = np.cumsum([0.0, *[need / kw] * 29])
        for n in range(30):
            entry_h = (n * minutes / 60, sums[n], n * need / kw)[n % 3]
            evs.append(ev(len(stations), entry_h, need, patience_h=0.0))
            ends.append(round((n + 1) * minutes * MINUTE))
        stations.append(station(kw=kw))
    run = simulate(Model(tuple(stations), (BIG,)), rows(evs))
    nobody_waits(run)
    assert run.ns("leave_h").tolist() == ends


def share(kw: float, other_kw: float, cap_kw: float) -> float:
    """Of two that take as much as `kw` and `other_kw`."""
    return min(kw, max(cap_kw / 2, cap_kw - other_kw))


def test_relays_under_a_cap(simulate):
    """Two EVSEs with power for one: each EV comes as the last but one ends, so that the power of
    the other changes in that minute, too."""
    luck = np.random.default_rng(11)
    stations, evs, ends = [], [], []
    for place in range(40):
        gaps = luck.integers(1, 60, 32).tolist()
        kws = luck.choice([20.0, 35.0, 60.0, 11.2], 33).tolist()
        kws[0] = 60.0
        marks = np.cumsum([place, *gaps]).tolist()
        for n in range(30):
            before = share(kws[n], kws[n - 1], 60.0) if n else 60.0
            after = share(kws[n], kws[n + 1], 60.0) if n < 29 else kws[n]
            need = (before * gaps[n] + after * gaps[n + 1]) / 60
            evs.append(ev(place, h(marks[n], n), need, ev_kw=kws[n], patience_h=0.0))
            ends.append(marks[n + 2] * MINUTE)
        stations.append(station(evses=2, cap_kw=60.0))
    run = simulate(Model(tuple(stations), (BIG,)), rows(evs))
    nobody_waits(run)
    assert run.ns("leave_h").tolist() == ends


def stairs(luck: np.random.Generator, minutes: int, most_kw: float) -> Vehicle:
    """Charged in whole minutes at `most_kw`, in steps of which some end on a minute."""
    within = luck.uniform(0, minutes, luck.integers(1, 25))
    on = luck.integers(1, minutes, 3) if minutes > 1 else []
    marks = np.unique([0.0, *within, *on, minutes])
    kws = luck.uniform(20.0, 150.0, len(marks) - 1)
    kwh = np.cumsum(np.minimum(kws, most_kw) * np.diff(marks) / 60)
    ends = [*(kwh[:-1] / kwh[-1]).tolist(), 1.0]
    return Vehicle("stairs", float(kwh[-1]), tuple(zip(ends, kws.tolist(), strict=True)))


@pytest.mark.parametrize(
    ("evses", "most_kw", "fields"),
    [
        pytest.param(1, 150.0, {}, id="alone"),
        pytest.param(1, 70.0, {"cap_kw": 87.5, "efficiency": 0.8}, id="throttled"),
        pytest.param(2, 70.0, {"cap_kw": 140.0}, id="halves"),
        pytest.param(3, 55.0, {"cap_kw": 165.0}, id="thirds"),
    ],
)
def test_steps_of_the_curve(simulate, evses, most_kw, fields):
    """So many equal EVs at a time, which begin and end together."""
    luck = np.random.default_rng(12)
    stations, vehicles, evs, ends = [], [], [], []
    for place in range(40):
        minutes = int(luck.integers(1, 100))
        vehicles.append(stairs(luck, minutes, most_kw))
        for n in range(12):
            begin, need = place + n * minutes, vehicles[-1].battery_kwh
            one = ev(place, h(begin, n + place), need, vehicle=place, patience_h=0.0)
            evs += [one] * evses
            ends += [(begin + minutes) * MINUTE] * evses
        stations.append(station(evses, 150.0, **fields))
    run = simulate(Model(tuple(stations), tuple(vehicles)), rows(evs))
    nobody_waits(run)
    assert run.ns("leave_h").tolist() == ends


@pytest.mark.parametrize("sharing", [Sharing.MAX_MIN, Sharing.FCFS])
def test_a_neighbor_between_nanoseconds(simulate, sharing):
    """Two EVs share 140 kW; one takes less, in steps that end within nanoseconds, and the other
    what it leaves.  Both end on the minute, and two others come then."""
    luck = np.random.default_rng(13)
    stations, vehicles, evs, ends = [], [BIG], [], []
    for place in range(60):
        minutes = int(luck.integers(1, 100))
        own = stairs(luck, minutes, 69.0)
        vehicles.append(replace(own, steps=tuple((end, min(kw, 69.0)) for end, kw in own.steps)))
        for n in range(6):
            begin, first = place + n * minutes, own.battery_kwh
            rest = 140.0 * minutes / 60 - first
            evs.append(ev(place, h(begin, n), first, vehicle=place + 1, patience_h=0.0))
            evs.append(ev(place, h(begin, n + 1), rest, patience_h=0.0))
            ends += [(begin + minutes) * MINUTE] * 2
        stations.append(station(2, 150.0, cap_kw=140.0, sharing=sharing))
    run = simulate(Model(tuple(stations), tuple(vehicles)), rows(evs))
    nobody_waits(run)
    assert run.ns("leave_h").tolist() == ends


@pytest.mark.parametrize("fields", [{}, {"handshake_h": 1 / 7200}], ids=["at once", "handshake"])
def test_parts_of_a_minute_one_after_another(simulate, fields):
    """A line of 7, 11, ... EVs of which each takes that part of a minute: after the last one it
    is the next minute, and somebody comes who would not wait."""
    stations, evs, last = [], [], []
    for place, parts in enumerate((7, 11, 13, 17, 19, 21, 23, 77, 91)):
        hours = 1 / 60 / parts - fields.get("handshake_h", 0.0)
        for minute in range(30):
            evs += [ev(place, h(minute, minute), 60.0 * hours, overstay_h=0.0)] * parts
            last += [n == 0 for n in range(parts)]
        stations.append(station(**fields))
    run = simulate(Model(tuple(stations), (BIG,)), rows(evs))
    assert (run.of("wait_h")[np.array(last)] == 0.0).all()
    ends = run.ns("leave_h")[np.array([*last[1:], True])]
    assert (ends % MINUTE == 0).all()


# -- everything in one instant
#
# Every pair of kinds whose order can be seen in what a run returns.  The others are those of POWER
# (but for STATE before it): nothing is counted of a power that holds for no time.

TIMES = [61 + 47 * place for place in range(120)]  # minutes of the instant, up to the fourth day


class Stage:
    """One kind of station, once for every instant, with its EVs and changes."""

    def __init__(self, evses: int = 1, **fields) -> None:
        self.given = station(evses, **fields)
        self.evs: list[dict[str, float]] = []
        self.changes: list[Change] = []
        self.turn = 0

    def h(self, minutes: int) -> float:
        self.turn += 1
        return h(minutes, self.turn)

    def ev(self, place: int, begin: int, until: int, **fields: float) -> None:
        """It would charge at 60 kW from one minute until another."""
        need = 60.0 * self.h(until - begin)
        self.evs.append(ev(place, self.h(begin), need, **fields))

    def change(self, place: int, at: int, kind: Kind, evse: int = 0, cap_kw: float = inf) -> None:
        self.changes.append(Change(self.h(at), place, kind, evse, cap_kw))

    def play(self, simulate: Simulate) -> Run:
        model = Model((self.given,) * len(TIMES), (BIG,), changes=self.changes, horizon_h=200.0)
        return simulate(model, rows(self.evs))


def at_instant(run: Run, name: str, each: int, number: int) -> bool:
    """Whether it happens in the instant, to EV `number` of `each` at a station."""
    return run.ns(name)[number::each].tolist() == [t * MINUTE for t in TIMES]


def outcomes(run: Run, each: int) -> list[set[Outcome]]:
    return [set(map(Outcome, run.of("outcome")[n::each].tolist())) for n in range(each)]


SERVED, PARTLY, RENEGED = {Outcome.SERVED}, {Outcome.SERVED_PARTLY}, {Outcome.RENEGED}
BALKED, AT_END = {Outcome.BALKED}, {Outcome.IN_SYSTEM_AT_END}


def test_session_end_before_unplug(simulate):
    """EVSE 0 ends a session and EVSE 1 an overstay: who waits is called to EVSE 0."""
    s = Stage(evses=2)
    for place, t in enumerate(TIMES):
        s.ev(place, t - 50, t)
        s.ev(place, t - 40, t - 7, overstay_h=s.h(7))
        s.ev(place, t - 30, t)
    run = s.play(simulate)
    assert at_instant(run, "plug_h", 3, 2)
    assert (run.of("slot")[2::3] == run.of("slot")[0::3]).all()


def test_session_end_before_failure(simulate):
    s = Stage()
    for place, t in enumerate(TIMES):
        s.ev(place, t - 23, t, overstay_h=1.0)
        s.change(place, t, Kind.EVSE_DOWN)
    run = s.play(simulate)
    assert outcomes(run, 1) == [SERVED]
    assert at_instant(run, "charge_end_h", 1, 0)
    assert not run.of("cuts").any()


def test_session_end_before_patience_and_arrival(simulate):
    """The EVSE goes to who has waited; who comes then has no patience."""
    s = Stage()
    for place, t in enumerate(TIMES):
        s.ev(place, t - 35, t)
        s.ev(place, t - 17, t, patience_h=s.h(17))
        s.ev(place, t, t + 5, patience_h=0.0)
    run = s.play(simulate)
    assert outcomes(run, 3) == [SERVED, SERVED, RENEGED]
    assert at_instant(run, "plug_h", 3, 1)
    assert at_instant(run, "leave_h", 3, 2)


def test_unplug_before_failure(simulate):
    """Who waits is called as the EVSE goes down, and cut."""
    s = Stage()
    for place, t in enumerate(TIMES):
        s.ev(place, t - 35, t - 13, overstay_h=s.h(13))
        s.ev(place, t - 11, t)
        s.change(place, t, Kind.EVSE_DOWN)
    run = s.play(simulate)
    assert outcomes(run, 2) == [SERVED, AT_END]
    assert at_instant(run, "plug_h", 2, 1)
    assert run.of("cuts").tolist() == [0, 1] * len(TIMES)


def test_unplug_before_patience_and_arrival(simulate):
    s = Stage()
    for place, t in enumerate(TIMES):
        s.ev(place, t - 35, t - 13, overstay_h=s.h(13))
        s.ev(place, t - 11, t, patience_h=s.h(11))
        s.ev(place, t, t + 5, patience_h=0.0)
    run = s.play(simulate)
    assert outcomes(run, 3) == [SERVED, SERVED, RENEGED]
    assert at_instant(run, "plug_h", 3, 1)


def test_repair_before_patience_and_arrival(simulate):
    s = Stage(evses=2)
    for place, t in enumerate(TIMES):
        s.change(place, 0, Kind.EVSE_DOWN, 0)
        s.change(place, 0, Kind.EVSE_DOWN, 1)
        s.change(place, t, Kind.EVSE_UP, 0)
        s.change(place, t, Kind.EVSE_UP, 1)
        s.ev(place, t - 29, t, patience_h=s.h(29))
        s.ev(place, t, t + 9, patience_h=0.0)
    run = s.play(simulate)
    assert outcomes(run, 2) == [SERVED, SERVED]
    assert at_instant(run, "plug_h", 2, 0)
    assert at_instant(run, "plug_h", 2, 1)


def test_failure_before_arrival(simulate):
    s = Stage()
    for place, t in enumerate(TIMES):
        s.change(place, t, Kind.EVSE_DOWN)
        s.ev(place, t, t + 9, patience_h=0.0)
    run = s.play(simulate)
    assert outcomes(run, 1) == [RENEGED]
    assert (run.of("slot") == -1).all()


def test_failure_before_power(simulate):
    """It goes down as the handshake ends."""
    s = Stage(handshake_h=3 / 60)
    for place, t in enumerate(TIMES):
        s.change(place, t, Kind.EVSE_DOWN)
        s.ev(place, t - 3, t + 9, patience_h=0.0)
    run = s.play(simulate)
    assert outcomes(run, 1) == [RENEGED]
    assert (run.ns("charge_end_h") == -1).all()
    assert (run.of("cuts") == 1).all()


def test_patience_before_arrival(simulate):
    """There is one place in line: it is left as the next one comes."""
    s = Stage(line_places=1)
    for place, t in enumerate(TIMES):
        s.ev(place, t - 60, t + 60)
        s.ev(place, t - 19, t, patience_h=s.h(19))
        s.ev(place, t, t + 9)
        s.ev(place, t, t + 9)
    run = s.play(simulate)
    assert outcomes(run, 4) == [SERVED, RENEGED, SERVED, BALKED]
    assert at_instant(run, "leave_h", 4, 1)


def test_a_cap_that_changes_as_sessions_begin_and_end(simulate):
    """No power until the instant for the first; none from the instant on, for the last."""
    s = Stage(evses=3, cap_kw=0.0)
    for place, t in enumerate(TIMES):
        s.change(place, t, Kind.CAP, cap_kw=120.0)
        s.change(place, t + 17, Kind.CAP, cap_kw=0.0)
        s.ev(place, t - 21, t - 4)
        s.ev(place, t, t + 17)
    run = s.play(simulate)
    assert outcomes(run, 2) == [SERVED, SERVED]
    assert run.ns("leave_h").tolist() == [(t + 17) * MINUTE for t in TIMES for _ in (0, 1)]
    assert (run.of("leave_kwh") == [ev["target_kwh"] for ev in s.evs]).all()


@pytest.mark.parametrize(("more", "outcome"), [(0, SERVED), (-1, PARTLY), (1, SERVED)])
def test_a_limit_at_the_target(simulate, more, outcome):
    """Of the site and of the driver: a minute sooner, both at once, a minute later."""
    for session_limit_h, own in ((h(37 + more, 1), False), (inf, True)):
        s = Stage(session_limit_h=session_limit_h)
        for place, t in enumerate(TIMES):
            s.ev(place, t - 37, t, deadline_h=s.h(t + more) if own else inf)
        run = s.play(simulate)
        assert outcomes(run, 1) == [outcome]
        assert run.ns("leave_h").tolist() == [(t + min(0, more)) * MINUTE for t in TIMES]


def test_a_pack_is_ready_before_patience_and_arrival(simulate):
    """The pack that the first truck left, in the instant; who comes then has no patience."""
    stations, duties, evs = [], [], []
    for place, t in enumerate(TIMES):
        stations.append(station(swap=Swap(vehicle=0, swap_h=h(5, place), soc=0.2)))
        stop = Step(Does.CHARGE, station=place, rule=Opportunity.ALWAYS)
        duties.append(Duty("any", (stop, Step(Does.DRIVE, 1000.0))))
        truck = {"rack": -1, "duty": place, "entry_kwh": 200.0 - 60.0 * h(41, place)}
        evs += [
            ev(place, 0.0, 0.0, rack=0, duty=-1, entry_kwh=200.0),
            ev(place, h(t - 46, t), 0.0, **truck),
            ev(place, h(t - 31, t + 1), 0.0, **truck, patience_h=h(31, t + 2)),
            ev(place, h(t, t + 3), 0.0, **truck, patience_h=0.0),
        ]
    model = Model(tuple(stations), (BIG,), horizon_h=200.0, duties=tuple(duties))
    run = simulate(model, rows([one | {"route": -1} for one in evs]))
    ev_of, plug_ns = run.visits["ev"], in_ns(run.visits["plug_h"])
    for number, outcome in ((1, Outcome.SERVED), (2, Outcome.SERVED), (3, Outcome.RENEGED)):
        assert (run.visits["outcome"][ev_of % 4 == number] == outcome).all()
    called = ev_of % 4 == 2
    assert plug_ns[called].tolist() == [TIMES[n // 4] * MINUTE for n in ev_of[called]]
    assert called.sum() == len(TIMES)


def test_all_of_it(simulate):
    """A session and an overstay end, EVSE 2 is repaired, the cap changes: three of those who wait
    are called, the fourth loses its patience, and who comes takes its place in line."""
    s = Stage(evses=3, line_places=4, cap_kw=180.0)
    for place, t in enumerate(TIMES):
        s.change(place, 0, Kind.EVSE_DOWN, 2)
        s.ev(place, t - 55, t)
        s.ev(place, t - 53, t - 7, overstay_h=s.h(7))
        for n in (23, 19, 17, 13):
            s.ev(place, t - n, t, patience_h=s.h(n))
        s.ev(place, t, t + 9, patience_h=s.h(9))
        s.change(place, t, Kind.CAP, cap_kw=90.0)
        s.change(place, t, Kind.EVSE_UP, 2)
    run = s.play(simulate)
    *others, last = outcomes(run, 7)
    assert others == [SERVED] * 5 + [RENEGED]
    assert last == RENEGED  # at half the power nobody is done before
    slots = run.of("slot").reshape(-1, 7)
    first = 3 * np.arange(len(TIMES))[:, None]
    assert (slots[:, :5] - first == [0, 1, 0, 1, 2]).all()
    assert (slots[:, 5:] == -1).all()
    for number in (2, 3, 4):
        assert at_instant(run, "plug_h", 7, number)
    assert at_instant(run, "leave_h", 7, 5)
    assert run.ns("leave_h")[6::7].tolist() == [(t + 9) * MINUTE for t in TIMES]


def test_roads_meet(simulate):
    """EVs come over different roads, and from none, in the instant in which the one before ends;
    who has the lower number is first."""
    stations = (station(), station())
    routes = tuple(
        Route("any", 1.0, 100.0, (Stop(1, 0.0, h(t, n)),)) for n, t in enumerate(TIMES[:20])
    )
    evs = []
    for n, t in enumerate(TIMES[:20]):
        begin = 7000 + 60 * n
        evs.append(ev(1, h(begin - 37, n), 37.0))
        evs.append(ev(1, h(begin - t, n + 1), 9.0, route=n, dest_kwh=9.0, patience_h=0.0))
        evs.append(ev(1, h(begin, n + 2), 9.0, patience_h=0.0))
    run = simulate(
        Model(stations, (BIG,), routes), rows([{"route": -1, "dest_kwh": 0.0} | e for e in evs])
    )
    assert outcomes(run, 3) == [SERVED, SERVED, RENEGED]
    assert (run.of("wait_h") == 0.0).all()


# -- edges of bins, and of the run


@pytest.mark.parametrize("minutes", [1, 5, 15, 20, 60])
def test_an_arrival_on_every_mark(simulate, minutes):
    """Each lies in the bin that begins there, for three days."""
    count = 3 * 1440 // minutes
    evs = [ev(0, h(n * minutes, n), 0.1, patience_h=0.0) for n in range(count)]
    model = Model((station(),), (BIG,), bin_h=minutes / 60, horizon_h=h(3 * 1440, 2))
    run = simulate(model, rows(evs))
    assert run.bins["arrivals"].tolist() == [[1.0] * count]


def test_sessions_from_bin_to_bin(simulate):
    """What lasts from one edge to another is in the bins between, and in no other."""
    spans = [(n, n + 1 + n % 5) for n in range(0, 500, 7)]
    evs = [ev(0, h(5 * a, a), 60.0 * h(5 * (b - a), b)) for a, b in spans]
    run = simulate(Model((station(),), (BIG,), bin_h=5 / 60), rows(evs))
    for name, whole in (("occupied_h", 5 / 60), ("charging_h", 5 / 60), ("energy_kwh", 5.0)):
        (row,) = run.bins[name]
        inside = np.zeros(len(row), bool)
        for a, b in spans:
            inside[a:b] = True
        assert row[inside] == pytest.approx(whole, abs=1e-9)
        assert (row[~inside] == 0.0).all()
    assert (run.bins["power_max_kw"][0][~inside] == 0.0).all()


@pytest.mark.parametrize("t", TIMES[:40:3])
def test_the_horizon_on_a_mark(simulate, t):
    """What is due at the end of the run does not happen; a nanosecond later it does."""
    evs = rows([
        ev(0, h(t - 37, t), 37.0), ev(1, h(t - 9, t), 1.0, overstay_h=h(8, t)),
        ev(2, h(t, t), 1.0), ev(3, h(t - 9, t), 60.0), ev(3, h(t - 4, t), 1.0, patience_h=h(4, t)),
    ])  # fmt: skip
    model = Model((station(),) * 4, (BIG,), horizon_h=h(t, t + 1), bin_h=1 / 60)
    run = simulate(model, evs)
    assert run.visits["ev"].tolist() == [0, 1, 3, 4]
    assert (run.visits["outcome"] == Outcome.IN_SYSTEM_AT_END).all()
    assert run.visits["leave_kwh"][0] == 37.0
    assert run.bins["arrivals"].shape == (4, t)
    later = Model(model.stations, (BIG,), horizon_h=(t * MINUTE + 1) / HOUR, bin_h=1 / 60)
    run = simulate(later, evs)
    assert run.of("outcome").tolist() == [
        Outcome.SERVED, Outcome.SERVED, Outcome.IN_SYSTEM_AT_END, Outcome.IN_SYSTEM_AT_END,
        Outcome.RENEGED,
    ]  # fmt: skip
    assert run.bins["arrivals"].shape == (4, t + 1)


# -- trucks


def diary(simulate: Simulate, *steps: Step, entry_h: float = 0.0, horizon_h=100.0, **law) -> list:
    """(step, ns) of a truck that does these steps round and round."""
    model = Model((station(),), (BIG,), horizon_h=horizon_h, duties=(Duty("any", steps, **law),))
    own = {"route": -1, "duty": 0, "first": 0, "logged": 1}
    run = simulate(model, rows([ev(0, entry_h, 0.0) | own]))
    return [(step, ns(at)) for _, step, at in run.log]


def drive(hours: float) -> Step:
    return Step(Does.DRIVE, hours)


@pytest.mark.parametrize(
    ("parts", "limit_h"),
    [
        ((1.5, 1.5, 1.5), 4.5), ((0.1, 0.1, 0.1), 0.3), ((1.1, 2.2), 3.3), ((0.7, 0.1), 0.8),
        ((h(20, 1), h(41, 2), h(59, 3)), 2.0), ((1 / 3, 1 / 3, 1 / 3, 1 / 60), 61 / 60),
    ],
)  # fmt: skip
def test_drives_up_to_the_limit(simulate, parts, limit_h):
    """Together they are as long as the law allows: the rest is due after the last."""
    log = diary(simulate, *map(drive, parts), drive_limit_h=limit_h, rest_h=0.5)
    assert [step for step, _ in log[: len(parts) + 2]] == [*range(len(parts)), REST, 0]
    assert log[len(parts) + 1][1] == ns(limit_h) + HOUR // 2


@pytest.mark.parametrize("parts", [(0.1, 0.2), (0.2, 0.1), (h(7, 1), h(11, 3))])
def test_a_rest_that_is_just_long_enough(simulate, parts):
    """It stands at two gates; together that is a rest."""
    stands = [Step(Does.SERVE, hours, station=0) for hours in parts]
    rest_h = round(60 * sum(parts)) / 60
    log = diary(simulate, drive(1.0), *stands, drive_limit_h=1.0, rest_h=rest_h)
    assert [step for step, _ in log[:7]] == [0, 1, 2, 0, 1, 2, 0]
    assert log[3][1] == HOUR + ns(rest_h)


@pytest.mark.parametrize("minutes", [1, 7, 12, 20, 48])
def test_windows_on_the_minute(simulate, minutes):
    """It looks at the clock after each drive, for a week: from 22 to 6 it delivers nothing, so
    nothing at 22:00, and something at 6:00."""
    steps = (
        drive(h(minutes, 1)), Step(Does.SKIP, from_h=h(1320, 3), to_h=h(360, 2), skip=1),
        Step(Does.DELIVER),
    )  # fmt: skip
    log = diary(simulate, *steps, entry_h=h(1320 - 10 * minutes, 5), horizon_h=24.0 * 8)
    looks = [at for step, at in log if step == 1]
    assert 22 * HOUR in looks
    assert looks == [looks[0] + n * minutes * MINUTE for n in range(len(looks))]
    by_day = [at for at in looks if 6 * HOUR <= at % (24 * HOUR) < 22 * HOUR]
    assert [at for step, at in log if step == 2] == by_day


def test_windows_that_are_met_exactly(simulate):
    """A drive that ends at 22:00 is inside, one that ends at 6:00 is not, and what waits for the
    time of day that it is goes on at once."""
    inside = diary(
        simulate, drive(h(22 * 60 - 61, 4)), Step(Does.SKIP, from_h=h(1320, 3), to_h=6.0, skip=1),
        Step(Does.UNTIL, from_h=0.5), Step(Does.PAUSE, 9.0), entry_h=h(61, 3), horizon_h=23.0,
    )  # fmt: skip
    assert [step for step, _ in inside] == [0, 1, 3]
    outside = diary(
        simulate, drive(h(360 + 61, 4)), Step(Does.SKIP, from_h=22.0, to_h=h(360, 2), skip=1),
        Step(Does.UNTIL, from_h=h(360, 4)), Step(Does.PAUSE, 9.0),
        entry_h=h(24 * 60 - 61, 3), horizon_h=31.0,
    )  # fmt: skip
    assert outside[1:] == [(1, 30 * HOUR), (2, 30 * HOUR), (3, 30 * HOUR)]


def test_deliveries_on_the_edges_of_bins(simulate):
    """One every 20 minutes, in bins of 20 minutes."""
    duty = Duty("any", (drive(1 / 3), Step(Does.DELIVER)))
    model = Model((station(),), (BIG,), horizon_h=24.0, bin_h=20 / 60, duties=(duty,))
    run = simulate(model, rows([ev(0, 0.0, 0.0) | {"route": -1, "duty": 0, "first": 0}]))
    assert run.deliveries.tolist() == [[0.0] + [1.0] * 71]
