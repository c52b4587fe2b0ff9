"""EVs with diaries, by hand: batteries of 100 kWh that charge up to 40, EVSEs of 4 kW."""

from math import inf

import numpy as np
import pytest

from sim import audit
from sim.diaries import Diaries, make_diaries
from sim.engine import ChargingEnvironment, simulate
from sim.ledger import Ledger
from sim.lifecycle import Change as Kind
from sim.lifecycle import Outcome
from sim.model import Change, Model, Route, Swap, Vehicle
from tests import cases

SERVED, PARTLY, RENEGED = Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED
PHEV = Vehicle("phev", 100.0, ((1.0, 1000.0),), hybrid=True)
DAYS = np.arange(7)


def home(evses=1, **fields) -> Model:
    return cases.model(cases.station("home", evses, kw=4.0, **fields), vehicles=(cases.FLAT, PHEV))


def nights(arrive=18.0, leave=32.0, used_kwh=10.0, diary=0, **fields) -> dict:
    """A stay at home every night of a week."""
    own = {"diary": diary, "arrive_h": 24.0 * DAYS + arrive, "leave_h": 24.0 * DAYS + leave}
    rows = own | {"used_kwh": used_kwh, "place": 0} | fields
    return {name: np.broadcast_to(value, len(DAYS)) for name, value in rows.items()}


def diaries(*own: dict) -> Diaries:
    return make_diaries(**{name: np.concatenate([x[name] for x in own]) for name in own[0]})


def residents(own: Diaries, entry_kwh, **fields) -> np.ndarray:
    """One for each diary, who plug in whenever something is missing."""
    entry_ns = own.stays["arrive_ns"][own.diaries["start"]]
    rows = {"diary": np.arange(len(entry_ns)), "entry_ns": entry_ns, "entry_kwh": entry_kwh}
    return cases.evs(len(entry_ns), **rows | {"target_kwh": 40.0, "stop_kwh": inf} | fields)


def live(model: Model, own: Diaries, entry_kwh, **fields) -> Ledger:
    ledger = simulate(model, residents(own, entry_kwh, **fields), diaries=own)
    audit.check(ledger)
    return ledger


def of(ledger: Ledger, ev: int, *names: str) -> list:
    rows = ledger.visits[ledger.visits["ev"] == ev]
    return [tuple(row[name] for name in names) for row in rows]


def test_a_week_of_two_cars_with_a_plug_each():
    """One uses 30 kWh a day and needs 7.5 h for them, the other 10 kWh and 2.5 h; both keep their
    plugs until they leave, at 8 and at 6."""
    own = diaries(nights(used_kwh=30.0), nights(20.0, 30.0, 10.0, diary=1))
    ledger = live(home(2), own, [10.0, 30.0])
    names = ("arrival_h", "plug_h", "charge_end_h", "leave_h", "arrival_kwh", "leave_kwh")
    for ev, (arrive, charge_h, leave, kwh) in enumerate([(18, 7.5, 32, 10.0), (20, 2.5, 30, 30.0)]):
        assert of(ledger, ev, *names) == [
            (h + arrive, h + arrive, h + arrive + charge_h, h + leave, kwh, 40.0)
            for h in 24.0 * DAYS
        ]
    assert set(ledger.visits["outcome"]) == {SERVED}
    assert ledger.ends["kwh"].tolist() == [10.0, 30.0]
    assert ledger.ends["turns"].tolist() == [7, 7]


def test_a_week_of_two_cars_at_one_plug():
    """The first comes first and never unplugs before it leaves: the other one waits every night
    until it has to leave, and lacks the next day what it did not get."""
    own = diaries(nights(used_kwh=30.0), nights(20.0, 30.0, 10.0, diary=1))
    ledger = live(home(), own, [10.0, 25.0])
    assert of(ledger, 0, "outcome", "leave_kwh") == 7 * [(SERVED, 40.0)]
    assert of(ledger, 1, "wait_h", "leave_h", "arrival_kwh", "outcome") == [
        (10.0, 30.0, 25.0, RENEGED), (10.0, 54.0, 15.0, RENEGED), (10.0, 78.0, 5.0, RENEGED),
        (0.0, 78.0, 5.0, Outcome.STRANDED),
    ]  # fmt: skip
    assert ledger.ends["turns"].tolist() == [7, 2]


def test_who_has_an_engine_drives_on_fuel_where_the_battery_is_short():
    own = diaries(nights(used_kwh=30.0), nights(20.0, 30.0, 10.0, diary=1))
    ledger = live(home(), own, [10.0, 25.0], vehicle=[0, 1])
    assert of(ledger, 1, "arrival_kwh", "fuel_kwh", "outcome") == [
        (kwh, fuel, RENEGED) for kwh, fuel in
        [(25.0, 0.0), (15.0, 0.0), (5.0, 0.0), (0.0, 5.0), (0.0, 10.0), (0.0, 10.0), (0.0, 10.0)]
    ]  # fmt: skip
    assert ledger.ends["fuel_kwh"].tolist() == [0.0, 10.0]


def test_what_it_does_not_get_it_lacks_at_the_next_stay():
    """4 hours a night bring 16 kWh, and 20 are used: 4 less every day, until at
    the end of the last night it would not get to where it goes."""
    ledger = live(home(), diaries(nights(22.0, 26.0, 20.0)), 24.0)
    assert of(ledger, 0, "arrival_kwh", "leave_kwh", "outcome", "leave_h")[:7] == [
        (24.0 - 4.0 * n, 40.0 - 4.0 * n, SERVED if n == 0 else PARTLY, 24.0 * n + 26.0)
        for n in DAYS
    ]
    assert ledger.visits["outcome"][7:].tolist() == [Outcome.STRANDED]


@pytest.mark.parametrize(
    ("fields", "sessions"),
    [
        ({"stop_kwh": inf}, 7),
        ({"stop_kwh": 20.0}, 3),  # comes with 30, 20, 30, 20, 30, 20, 30
        ({"stop_kwh": 0.0, "dest_kwh": 0.0}, 1),  # 30, 20, 10, 0: it would not get to work
        ({"stop_kwh": 0.0, "dest_kwh": 5.0}, 2),  # 30, 20, 10, 30, 20, 10, 30
        ({"target_kwh": 30.0}, 6),
    ],
)
def test_who_plugs_in(fields, sessions):
    """10 kWh a day: by its threshold, or where it would come to its next stay with too little."""
    ledger = live(home(), diaries(nights()), 30.0, **fields)
    assert len(ledger.visits) == sessions
    assert ledger.ends["turns"] == 7


def test_a_full_place_turns_away_who_then_stays_without_charging():
    own = diaries(nights(), nights(20.0, 30.0, diary=1))
    ledger = live(home(line_places=0), own, [30.0, 80.0], target_kwh=[40.0, 90.0])
    assert of(ledger, 1, "outcome", "leave_h") == [(Outcome.BALKED, 24.0 * n + 20.0) for n in DAYS]
    assert ledger.ends["kwh"].tolist() == [30.0, 10.0]


def test_who_comes_late_stays_late_until_a_stay_makes_up_for_it():
    """The handshake of half an hour is not over when it should leave at 1, after six minutes: it
    leaves at 1.4, and comes to its next stay, at 2, as much later."""
    own = make_diaries(
        [0, 0, 0], arrive_h=[0.9, 2.0, 5.0], leave_h=[1.0, 3.0, 6.0], used_kwh=1.0, place=0
    )
    ledger = live(home(handshake_h=0.5), own, 20.0)
    assert of(ledger, 0, "arrival_h", "leave_h") == [
        pytest.approx(x) for x in [(0.9, 1.4), (2.4, 3.0), (5.0, 6.0)]
    ]


def test_a_stay_that_is_over_when_it_comes_is_none():
    """It leaves the first one at 1.4, comes to the second one at 1.5 and goes on, for 3.8 h."""
    own = make_diaries(
        [0, 0, 0], arrive_h=[0.9, 1.1, 5.0], leave_h=[1.0, 1.2, 6.0], used_kwh=1.0, place=0
    )
    ledger = live(home(handshake_h=0.5), own, 20.0)
    assert of(ledger, 0, "arrival_h", "arrival_kwh") == [(0.9, 20.0), (pytest.approx(5.3), 18.0)]


def test_a_failure_sends_it_to_the_line_until_it_leaves():
    down = [Change(20.0, 0, Kind.EVSE_DOWN, 0), Change(50.0, 0, Kind.EVSE_UP, 0)]
    model = cases.model(cases.station("home", kw=4.0), changes=down)
    ledger = live(model, diaries(nights(used_kwh=5.0)), 10.0)
    assert of(ledger, 0, "leave_kwh", "leave_h", "outcome", "wait_h")[:3] == [
        (18.0, 32.0, PARTLY, 12.0), (37.0, 56.0, PARTLY, 8.0), (40.0, 80.0, SERVED, 0.0)
    ]  # fmt: skip


def test_diaries_may_be_shared():
    own = diaries(nights())
    evs = np.repeat(residents(own, 30.0), 2)
    ledger = simulate(home(2), evs, diaries=own)
    audit.check(ledger)
    assert of(ledger, 0, "plug_h", "leave_kwh") == of(ledger, 1, "plug_h", "leave_kwh")


def test_an_ev_with_a_diary_may_come_to_a_run_that_goes_on():
    own = diaries(nights())
    env = ChargingEnvironment(home(), diaries=own)
    env.run(until=18.0)
    env.add_ev(diary=0, entry_kwh=30.0, target_kwh=40.0, stop_kwh=inf)
    env.run()
    ledger = env.ledger()
    audit.check(ledger)
    assert len(ledger.visits) == 7


def test_a_ledger_keeps_the_stays_of_its_visits_when_the_run_goes_on():
    own = diaries(nights())
    env = ChargingEnvironment(home(), residents(own, 30.0), diaries=own)
    env.run(until=50.0)
    early = env.ledger()
    audit.check(early)
    env.run()
    assert early.of_stay.tolist() == [0, 1]
    assert env.ledger().of_stay.tolist() == DAYS.tolist()


GOOD = {"diary": [0, 0], "arrive_h": [1.0, 3.0], "leave_h": [2.0, 4.0]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"leave_h": [0.5, 4.0]}, "stay 0 ends before it begins: 0.5"),
        ({"arrive_h": [1.0, 1.5]}, "stay 1 begins at 1.5 h, but the one before ends at 2.0 h"),
        ({"arrive_h": [1.0, -3.0]}, "stay 1 begins at a time that cannot be: -3.0"),
        ({"arrive_h": [1.0, np.nan]}, "stay 1 begins at a time that cannot be: nan"),
        ({"arrive_h": [1.0, inf], "leave_h": [2.0, inf]}, "stay 1 begins at a time that cannot be"),
        ({"leave_h": [inf, 4.0]}, "stay 1 begins at 3.0 h, but the one before ends at inf h"),
        ({"used_kwh": [0.0, -1.0]}, "stay 1 uses energy that is no amount: -1.0"),
        ({"used_kwh": np.nan}, "stay 0 uses energy that is no amount: nan"),
        ({"place": [0, 1]}, "stay 1 is at a place that does not exist: 1"),
        ({"place": -2}, "stay 0 is at a place that does not exist: -2"),
    ],
)
def test_stays_that_cannot_be(fields, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        live(home(), make_diaries(**GOOD | fields), 20.0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"route": 0}, "EV 0 has both a diary and a route"),
        ({"diary": 1}, "EV 0 has an impossible diary: 1"),
        ({"diary": -2}, "EV 0 has an impossible diary: -2"),
        ({"entry_ns": 0}, "EV 0 does not enter as its first stay begins"),
    ],
)
def test_evs_that_cannot_have_this_diary(fields, said):
    model = cases.model(routes=(Route("r", 1.0, 1.0),))
    with pytest.raises(ValueError, match=said):
        live(model, make_diaries(**GOOD), 20.0, **fields)


@pytest.mark.parametrize("start", [0, 1])
def test_a_diary_without_stays(start):
    own = make_diaries(**GOOD)
    own.diaries["start"], own.diaries["end"] = start, 3 * start
    with pytest.raises(ValueError, match="diary 0 has no stays"):
        simulate(home(), residents(own, 20.0), diaries=own)


@pytest.mark.parametrize("fields", [{"swap": Swap(0)}, {"opposite": 1}])
def test_nobody_stays_at_a_station_for_others(fields):
    stations = (
        cases.station("a", **fields),
        cases.station("b", opposite=fields.get("opposite", 0) - 1),
    )
    with pytest.raises(ValueError, match="stay 0 is at a station for others"):
        live(cases.model(*stations), make_diaries(**GOOD, place=0), 20.0)
