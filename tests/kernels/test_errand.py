"""EVs that look for a station around where they are, by hand.

Each needs 30 kWh, which EVSEs of 60 kW give it in half an hour; driving takes 0.2 kWh/km."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from sim import audit
from sim.diaries import make_diaries
from sim.engine import ChargingEnvironment, simulate
from sim.ledger import Ledger
from sim.lifecycle import Outcome
from sim.model import Model, Swap, Vehicle
from sim.tariff import Tariff
from sim.zone import Candidate, Zone
from tests import cases

PHEV = Vehicle("phev", 100.0, ((1.0, 1000.0),), hybrid=True)
SERVED, PARTLY, BALKED = Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.BALKED
RENEGED, REROUTED, STRANDED = Outcome.RENEGED, Outcome.REROUTED, Outcome.STRANDED


def city(*stations, candidates=(), **fields) -> Model:
    """A zone around which these are, by default all at its place."""
    own = stations or tuple(cases.station(name) for name in "ab")
    zone = Zone("z", candidates or tuple(Candidate(s) for s in range(len(own))))
    return cases.model(*own, **{"zones": (zone,), "vehicles": (cases.FLAT, PHEV)} | fields)


def near_and_far(*stations, **fields) -> Model:
    """A station 5 km and 6 minutes away, and one twice as far."""
    ways = Candidate(0, 5.0, 0.1, 0.1), Candidate(1, 10.0, 0.2, 0.2)
    return city(*stations, candidates=ways, **fields)


def visit(model: Model, n=1, entry_h=1.0, cny_per_h=inf, **fields) -> Ledger:
    """EVs that turn up in the zone and leave when they have charged."""
    entry_h = np.broadcast_to(np.asarray(entry_h, float), n)
    own = make_diaries(
        np.arange(n), cny_per_h, arrive_h=entry_h, leave_h=entry_h, zone=0
    )  # fmt: skip
    evs = cases.evs(n, diary=np.arange(n), entry_h=entry_h, **{"dest_kwh": inf} | fields)
    ledger = simulate(model, evs, diaries=own)
    audit.check(ledger)
    return ledger


def rows(ledger: Ledger, *names: str) -> list:
    return [tuple(row[name] for name in names) for row in ledger.visits]


def went(ledger: Ledger) -> list[int]:
    """Stations in order of arrival."""
    return ledger.visits["station"].tolist()


def test_the_nearest_is_taken_and_the_way_there_and_back_takes_energy():
    ledger = visit(near_and_far())
    names = ("station", "arrival_h", "leave_h", "arrival_kwh", "leave_kwh")
    assert rows(ledger, *names) == [(0, 1.1, pytest.approx(1.1 + 31 / 60), 19.0, 50.0)]
    assert ledger.ends["kwh"].tolist() == [49.0]
    assert ledger.hop.tolist() == [0]


def test_the_way_back_counts_too():
    ways = Candidate(0, 5.0, 0.1, 0.5), Candidate(1, 5.0, 0.2, 0.2)
    assert went(visit(city(candidates=ways))) == [1]


def test_a_faster_station_is_worth_a_longer_way():
    """0.25 h shorter at the EVSE, 0.2 h longer on the road; it is not, at 0.3 h."""
    slow, fast = cases.station("a", kw=60.0), cases.station("b", kw=120.0)
    for there_h, chosen in ((0.1, 1), (0.15, 0)):
        ways = Candidate(0), Candidate(1, 0.0, there_h, there_h)
        assert went(visit(city(slow, fast, candidates=ways))) == [chosen]


def test_only_who_is_informed_sees_the_line():
    """Somebody charges at the near one: half an hour of service would be the wait there."""
    stations = [cases.station(name, service_h=0.5) for name in "ab"]
    for informed, chosen in ((1, [0, 1]), (0, [0, 0])):
        found = visit(near_and_far(*stations), 2, entry_h=[1.0, 1.1], informed=informed)
        assert went(found) == chosen


def test_who_sees_nothing_believes_the_table_of_the_hour_in_which_it_would_come():
    waits_h = np.zeros((2, 24))
    waits_h[0, 8] = 0.3
    model = near_and_far().with_waits(waits_h)
    assert near_and_far(waits_h=waits_h).arrays.waits.tolist() == model.arrays.waits.tolist()
    for entry_h, chosen in ((7.8, 0), (7.95, 1), (8.85, 1), (8.95, 0), (31.95, 1)):
        assert went(visit(model, entry_h=entry_h)) == [chosen]


def test_who_has_no_table_believes_what_is_said_of_the_station():
    model = near_and_far(cases.station("a", expected_wait_h=0.3), cases.station("b"))
    assert went(visit(model)) == [1]


@pytest.mark.parametrize(
    ("cny_per_h", "price", "chosen"),
    [(inf, 100.0, 0), (100.0, 2.0, 1), (100.0, 1.5, 0), (1000.0, 2.0, 0), (1000.0, 9.0, 1)],
)
def test_prices_are_weighed_by_the_value_of_time(cny_per_h, price, chosen):
    """At 1 CNY/kWh the far one is cheaper by 31 kWh x (price - 1) + 1, and 0.2 h further and
    0.0167 h longer: those are worth 21.7 CNY at 100 CNY/h."""
    tariffs = tuple(Tariff("t", 24 * (x,)) for x in (price, 1.0))
    stations = tuple(cases.station(name, tariff=n) for n, name in enumerate("ab"))
    ledger = visit(near_and_far(*stations, tariffs=tariffs), cny_per_h=cny_per_h)
    assert went(ledger) == [chosen]
    assert ledger.fees == pytest.approx([31.0 * price if chosen == 0 else 32.0])


def test_the_price_is_that_of_the_hour_in_which_it_would_come():
    night = Tariff("night", (9.0, 9.0, *22 * (0.25,)))
    stations = cases.station("a", tariff=0), cases.station("b")
    model = near_and_far(*stations, tariffs=(night,))
    for entry_h, chosen in ((1.85, 1), (1.95, 0)):
        assert went(visit(model, entry_h=entry_h, cny_per_h=60.0)) == [chosen]


def test_three_hops_and_then_it_is_lost():
    """Five stations without a place to wait, and somebody at each: the sixth tries four of them."""
    stations = tuple(cases.station(name, line_places=0) for name in "abcde")
    ways = tuple(Candidate(s, 0.0, 0.01 * s, 0.01 * s) for s in range(5))
    hop_h = tuple(tuple(0.01 * abs(a - b) for b in range(5)) for a in range(5))
    zone = Zone("z", ways, tuple(5 * (0.0,) for _ in range(5)), hop_h)
    places = cases.evs(5, place=range(5))
    own = make_diaries([0], arrive_h=0.1, leave_h=0.1, zone=0)
    looking = cases.evs(1, diary=0, entry_h=0.1, dest_kwh=inf)
    model = city(*stations, zones=(zone,))
    ledger = simulate(model, np.concatenate([places, looking]), diaries=own)
    audit.check(ledger)
    found = ledger.visits[5:]
    assert found["outcome"].tolist() == [REROUTED, REROUTED, REROUTED, BALKED]
    assert found["rerouted_from"].tolist() == [-1, 0, 1, 2]
    assert found["arrival_h"] == pytest.approx([0.1, 0.11, 0.12, 0.13])
    assert ledger.hop[5:].tolist() == [0, 1, 2, 3]
    assert ledger.ends["kwh"][5] == 20.0


def test_the_next_best_is_weighed_from_where_it_stands():
    """The second nearest to the zone is not the nearest to the first one."""
    ways = tuple(Candidate(s, 0.0, 0.1 * s, 0.1 * s) for s in (0, 1, 2))
    hop_h = ((0.0, 0.5, 0.1), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    stations = tuple(cases.station(name, line_places=0) for name in "abc")
    straight = city(*stations, zones=(Zone("z", ways, 3 * (3 * (0.0,),), hop_h),))
    through = city(*stations, zones=(Zone("z", ways),))
    assert went(visit(straight, 2)) == [0, 0, 2]
    assert went(visit(through, 2)) == [0, 0, 1]


def test_who_loses_patience_tries_the_next_and_who_dislikes_the_line_does_not_join_it():
    model = near_and_far(cases.station("a", expected_wait_h=0.0), cases.station("b"))
    ledger = visit(model, 2, entry_h=[1.0, 1.01], patience_h=[inf, 0.1])
    assert rows(ledger, "station", "outcome", "rerouted_from")[1:] == [
        (0, RENEGED, -1), (1, SERVED, 0)
    ]  # fmt: skip
    assert ledger.visits["arrival_h"][2] == pytest.approx(1.01 + 0.1 + 0.1 + 0.1 + 0.2)
    ledger = visit(model, 2, entry_h=[1.0, 1.01], balk_per_evse=[inf, 0.0])
    assert ledger.visits["outcome"].tolist() == [SERVED, REROUTED, SERVED]


def test_only_stations_in_reach_are_weighed():
    ways = Candidate(0, 20.0, 0.0, 0.0), Candidate(1, 5.0, 0.4, 0.4)
    model = city(candidates=ways)
    assert went(visit(model, entry_kwh=4.0)) == [0]
    assert went(visit(model, entry_kwh=3.0)) == [1]
    ledger = visit(model, entry_kwh=0.5)
    assert rows(ledger, "station", "outcome") == []  # it has enough to go where it goes: 0 kWh
    assert visit(model, entry_kwh=0.5, vehicle=1).visits["fuel_kwh"].tolist() == [3.5]


def test_a_hop_keeps_the_reserve_and_who_has_no_other_way_waits():
    """With 1 kWh it is at the first one, which is taken: the next one is out of reach."""
    ways = Candidate(0), Candidate(1, 4.0, 0.1, 0.1)
    for reserve_kwh, stations in ((0.1, [0, 0, 1]), (0.5, [0, 0])):
        ledger = visit(
            city(candidates=ways), 2, entry_h=[1.0, 1.1], entry_kwh=1.0, patience_h=0.1,
            reserve_kwh=[0.0, reserve_kwh],
        )  # fmt: skip
        assert went(ledger) == stations


def test_a_full_place_strands_who_cannot_go_on():
    """It needs 30 kWh for the way to its next stay, and has 20."""
    own = make_diaries(
        [0, 0], arrive_h=[1.1, 2.0], leave_h=[1.1, 3.0], used_kwh=[30.0, 0.0], zone=0
    )
    evs = np.concatenate([cases.evs(1, entry_h=1.0), cases.evs(1, diary=0, entry_h=1.1)])
    for places, outcome in ((0, STRANDED), (1, SERVED)):
        model = city(cases.station("a", line_places=places))
        ledger = simulate(model, evs, diaries=own)
        audit.check(ledger)
        assert ledger.visits["outcome"].tolist() == [SERVED, outcome]
        assert ledger.ends["turns"].tolist() == [0, 0 if places == 0 else 2]


def test_what_one_station_does_not_give_the_next_one_does():
    """Each lets it charge for a tenth of an hour, 6 kWh; 20 + 6 + 6 + 6 are enough for 35."""
    stations = tuple(cases.station(name, session_limit_h=0.1) for name in "abcd")
    own = make_diaries([0], arrive_h=1.0, leave_h=1.0, used_kwh=35.0, zone=0)
    ledger = simulate(city(*stations), cases.evs(1, diary=0, entry_h=1.0), diaries=own)
    audit.check(ledger)
    assert rows(ledger, "station", "outcome", "rerouted_from") == [
        (0, PARTLY, -1), (1, PARTLY, -1), (2, PARTLY, -1)
    ]  # fmt: skip
    assert ledger.hop.tolist() == [0, 1, 2]
    assert ledger.ends["kwh"] == pytest.approx(3.0)


def test_a_charge_on_the_way_delays_the_next_stay():
    """It leaves at 1, is at the station at 1.1 and back at 1.7167; the way to its next stay takes
    half an hour."""
    own = make_diaries(
        [0, 0], arrive_h=[0.0, 1.5], leave_h=[1.0, 3.0], used_kwh=[25.0, 0.0], zone=[0, -1],
        place=[-1, 1],
    )  # fmt: skip
    evs = cases.evs(1, diary=0, entry_h=0.0, stop_kwh=inf)
    ledger = simulate(near_and_far(), evs, diaries=own)
    audit.check(ledger)
    assert ledger.visits["station"].tolist() == [0, 1]
    assert ledger.visits["arrival_h"] == pytest.approx([1.1, 1.1 + 31 / 60 + 0.1 + 0.5])
    assert ledger.visits["arrival_kwh"] == pytest.approx([19.0, 50.0 - 1.0 - 25.0])
    assert ledger.visits["leave_h"][1] == 3.0
    assert ledger.hop.tolist() == [0, -1]


@pytest.mark.parametrize(("dest_kwh", "visits"), [(0.0, 0), (10.0, 0), (10.1, 1)])
def test_who_charges_before_the_next_drive(dest_kwh, visits):
    """It would come to its next stay with 10 kWh."""
    own = make_diaries([0], arrive_h=1.0, leave_h=1.0, used_kwh=10.0, zone=0)
    evs = cases.evs(1, diary=0, entry_h=1.0, dest_kwh=dest_kwh)
    assert len(simulate(city(), evs, diaries=own).visits) == visits


def test_a_public_station_is_as_the_driver_likes_it_though_it_stayed_plugged_before():
    """At home it neither loses patience nor unplugs when it is done; around it does both."""
    own = make_diaries(
        [0], arrive_h=0.0, leave_h=5.0, used_kwh=0.0, zone=0, place=0,
    )  # fmt: skip
    home, public = cases.station("home", kw=60.0), cases.station("public", soc_cap=0.6)
    zone = Zone("z", (Candidate(1),))
    evs = cases.evs(1, diary=0, entry_h=0.0, dest_kwh=inf, target_kwh=60.0, overstay_h=0.25)
    evs["stop_kwh"] = inf
    home = replace(home, soc_cap=0.5)
    ledger = simulate(cases.model(home, public, zones=(zone,)), evs, diaries=own)
    audit.check(ledger)
    assert rows(ledger, "station", "charge_end_h", "leave_h", "leave_kwh") == [
        (0, 0.5, 5.0, 50.0), (1, pytest.approx(5 + 1 / 6), pytest.approx(5.25 + 1 / 6), 60.0)
    ]  # fmt: skip


def test_a_ledger_keeps_hops_when_the_run_goes_on():
    own = make_diaries([0, 1], arrive_h=[1.0, 4.0], leave_h=[1.0, 4.0], zone=0)
    evs = cases.evs(2, diary=[0, 1], entry_h=[1.0, 4.0], dest_kwh=inf)
    env = ChargingEnvironment(near_and_far(), evs, diaries=own)
    env.run(until=1.05)
    audit.check(env.ledger())  # under way
    env.run(until=3.0)
    early = env.ledger()
    env.run()
    assert early.hop.tolist() == [0]
    assert env.ledger().sessions()["hop"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (Zone("z", tuple(Candidate(0) for _ in range(13))), "z has 13 candidates: 12 are the most"),
        (Zone("z", (Candidate(2),)), "z has a candidate that does not exist"),
        (Zone("z", (Candidate(-1),)), "z has a candidate that does not exist"),
        (Zone("z", (Candidate(1), Candidate(1))), "z has the same candidate twice"),
        (Zone("z", (Candidate(0, -1.0),)), "z has a way that is negative or no number"),
        (Zone("z", (Candidate(0, 0.0, np.nan),)), "z has a way that is negative or no number"),
        (Zone("z", (Candidate(0, 0.0, 0.0, inf),)), "z has a way that is negative or no number"),
        (Zone("z", (Candidate(0),), ((-1.0,),)), "z has a way that is negative or no number"),
        (Zone("z", (Candidate(0),), ((1.0, 2.0),)), "z needs a way from each candidate to each"),
        (Zone("z", (Candidate(0),), (), ((1.0,), (1.0,))), "z needs a way from each candidate"),
    ],
)
def test_zones_that_cannot_be(zone, said):
    with pytest.raises(ValueError, match=f"zone {said}"):
        city(zones=(zone,))


@pytest.mark.parametrize("fields", [{"swap": Swap(0)}, {"opposite": 1}])
def test_no_candidate_is_a_station_for_others(fields):
    other = cases.station("b", opposite=0 if "opposite" in fields else -1)
    with pytest.raises(ValueError, match="zone z has a candidate that swaps packs or has an"):
        city(cases.station("a", **fields), other)


@pytest.mark.parametrize(
    ("waits_h", "said"),
    [
        (np.zeros((1, 24)), "waits must be of 2 stations and 24 or 168 hours"),
        (np.zeros((2, 23)), "waits must be of 2 stations and 24 or 168 hours"),
        (np.full((2, 24), np.nan), "an expected wait is negative or no number"),
        (np.full((2, 168), -1.0), "an expected wait is negative or no number"),
    ],
)
def test_waits_that_cannot_be(waits_h, said):
    with pytest.raises(ValueError, match=said):
        city(waits_h=waits_h)
    with pytest.raises(ValueError, match=said):
        city().with_waits(waits_h)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"zone": 1}, "stay 0 is in a zone that does not exist: 1"),
        ({"zone": -2}, "stay 0 is in a zone that does not exist: -2"),
        ({"cny_per_h": 0.0}, "diary 0 has a value of time that is not above 0: 0.0"),
        ({"cny_per_h": np.nan}, "diary 0 has a value of time that is not above 0: nan"),
    ],
)
def test_diaries_that_cannot_be(fields, said):
    own = make_diaries(**{"diary": [0], "arrive_h": 1.0, "leave_h": 1.0} | fields)
    with pytest.raises(ValueError, match=said):
        simulate(city(), cases.evs(1, diary=0, entry_h=1.0), diaries=own)


def test_stays_come_diary_by_diary():
    with pytest.raises(ValueError, match="stays must come diary by diary, from number 0"):
        make_diaries([0, 1, 0], arrive_h=0.0, leave_h=1.0)
