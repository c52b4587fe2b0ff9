"""The audit sees what EVs with diaries cannot have done or paid, and passes what they did."""

from dataclasses import replace

import numpy as np
import pytest

from sim import audit
from sim.diaries import make_diaries
from sim.engine import simulate
from sim.lifecycle import Outcome
from sim.tariff import Tariff
from sim.zone import Candidate, Zone
from tests import cases
from tests.test_audit import spoiled


@pytest.fixture(scope="module")
def priced():
    """Two stations, one of which charges, another price in each hour."""
    rng = np.random.default_rng(7)
    hourly = Tariff("hourly", tuple(1.0 + h % 5 for h in range(24)))
    stations = cases.station("a", 3, tariff=0), cases.station("b", 3)
    evs = cases.evs(600, place=rng.integers(0, 2, 600), entry_h=rng.uniform(0, 100, 600))
    found = simulate(cases.model(*stations, tariffs=(hourly,)), evs)
    audit.check(found)
    return found


@pytest.mark.parametrize(
    ("station", "changed", "said"),
    [
        (1, lambda fee: fee + 1e-4, "somebody was charged where there is no tariff"),
        (0, lambda fee: 6.0 * fee, "a fee is beyond all prices of its station"),
        (0, lambda fee: 0.1 * fee, "a fee is beyond all prices of its station"),
        (0, lambda fee: fee + 1e-4, "a fee within an hour is not at its price"),
    ],
)
def test_fees(priced, station, changed, said):
    v = priced.visits
    within = np.floor(v["plug_h"]) == np.floor(v["leave_h"])
    at = np.flatnonzero((v["station"] == station) & (priced.energy_kwh > 1.0) & within)[3]
    spoiled = priced.fees.copy()
    spoiled[at] = changed(spoiled[at])
    problems = audit.fees(replace(priced, fees=spoiled))
    assert said in problems
    by_hour = [p for p in problems if p.startswith("fees at a: ")]
    assert len(by_hour) == (station == 0)


@pytest.fixture
def week():
    """Two cars in turn at one plug, for a week: 10 kWh a day, and 4 kW."""
    night = 24.0 * np.tile(np.arange(7), 2)
    own = make_diaries(
        np.repeat([0, 1], 7), arrive_h=night + 18.0, leave_h=night + np.repeat([30.0, 29.0], 7),
        used_kwh=10.0, place=0,
    )  # fmt: skip
    model = cases.model(cases.station("a", 2, kw=4.0), cases.station("b"))
    evs = cases.evs(2, diary=[0, 1], entry_h=18.0, stop_kwh=np.inf)
    found = simulate(model, evs, diaries=own)
    audit.check(found)
    return found


@pytest.mark.parametrize(
    ("field", "change", "said"),
    [
        ("station", lambda _: 1, "an EV is not where its stay is"),
        ("arrival_h", lambda h: h - 0.1, "an EV is at its stay before it comes"),
        ("leave_h", lambda h: h - 0.1, "an EV leaves its stay too early"),
        ("leave_h", lambda h: h + 0.1, "an EV leaves its stay too late"),
        ("leave_kwh", lambda kwh: kwh + 0.1, "an EV with a diary used other energy than it had"),
        ("fuel_kwh", lambda _: 0.1, "an EV with a diary used other energy than it had"),
    ],
)
def test_diaries(week, field, change, said):
    assert audit.diaries(spoiled(week, field, change)) == [said]


def test_a_diary_of_other_ways(week):
    week.diaries.stays["used_kwh"][3] += 1.0
    assert audit.diaries(week) == ["an EV with a diary used other energy than it had"]


def test_who_waits_where_it_stays_leaves_the_line_in_time(week):
    """Both cars at one plug: the second one waits every night."""
    model = replace(week.model, stations=(cases.station("a", 1, kw=4.0), week.model.stations[1]))
    evs = week.evs.copy()
    evs["entry_kwh"] = 90.0
    evs["target_kwh"] = 100.0
    found = simulate(model, evs, diaries=week.diaries)
    audit.check(found)
    waited = found.visits["outcome"] == Outcome.RENEGED
    assert waited.sum() == 7
    found.visits["wait_h"][waited] -= 0.1
    assert audit.patience(found) == ["somebody reneged before or after the end of its patience"]
    found.visits["wait_h"][waited] += 0.2
    assert len(audit.patience(found)) == 2


@pytest.fixture(scope="module")
def out():
    """Many who look for a station around: three of four are full, and some stay at a fifth."""
    stations = [cases.station(name, line_places=0, kw=20.0 + n) for n, name in enumerate("abcd")]
    ways = tuple(Candidate(s, 5.0 + s, 0.1 + 0.01 * s, 0.1) for s in range(4))
    n, entry_h = 60, np.arange(60) * 0.2
    own = make_diaries(
        np.repeat(np.arange(n), 2), arrive_h=np.repeat(entry_h, 2) + np.tile([0.0, 6.0], n),
        leave_h=np.repeat(entry_h, 2) + np.tile([0.5, 7.0], n), used_kwh=5.0,
        zone=np.tile([0, -1], n), place=np.tile([-1, 4], n),
    )  # fmt: skip
    model = cases.model(
        *stations, cases.station("e", 60), zones=(Zone("z", ways),), horizon_h=12.1,
    )  # fmt: skip
    evs = cases.evs(n, diary=np.arange(n), entry_h=entry_h, dest_kwh=30.0, stop_kwh=np.inf)
    found = simulate(model, evs, diaries=own)
    audit.check(found)
    assert set(found.hop) == {-1, 0, 1, 2, 3}
    assert (found.ends["pos"] >= 0).sum() > 3  # under way to a station, or at one
    return found


ENERGY = "an EV with a diary used other energy than it had"


@pytest.mark.parametrize(
    ("hop", "field", "change", "said"),
    [
        (0, "station", lambda _: 4, ["an EV charges at a station that is not around its stay"]),
        (0, "arrival_h", lambda h: h - 1.0, ["an EV is out to charge before it leaves its stay"]),
        (1, "arrival_h", lambda h: h + 1.0, ["an EV does not drive straight to the next station"]),
        (2, "station", lambda s: (s + 1) % 4, [ENERGY]),
    ],
)
def test_errands(out, hop, field, change, said):
    at = np.arange(len(out.hop)) == np.flatnonzero(out.hop == hop)[3]
    visits = out.visits.copy()
    visits[field][at] = change(visits[field][at])
    found = audit.diaries(replace(out, visits=visits))
    assert set(said) <= set(found)


@pytest.mark.parametrize("hop", [4, 1])
def test_errands_count_their_hops(out, hop):
    hops = out.hop.copy()
    hops[np.flatnonzero(hops == 0)[2]] = hop
    said = "an EV looks at more stations than it may, or miscounts them"
    assert said in audit.diaries(replace(out, hop=hops))


def test_nobody_tries_a_station_twice(out):
    again = np.flatnonzero(out.hop == 1)[0]
    visits = out.visits.copy()
    visits["station"][again] = visits["rerouted_from"][again]
    assert "an EV tries a station twice" in audit.diaries(replace(out, visits=visits))


@pytest.mark.parametrize("change", [{"pos": -1}, {"pos": 3}, {"turns": 0}])
def test_who_is_under_way_at_the_end_has_used_what_that_takes(out, change):
    ((name, to),) = change.items()
    ends = out.ends.copy()
    (rows,) = np.nonzero(
        (ends["pos"] >= 0) & (ends["pos"] < 3) if name == "pos" else ends["turns"] > 0
    )
    ends[name][rows[-1]] = to
    assert ENERGY in audit.diaries(replace(out, ends=ends))


def test_energy_of_one_is_not_lost_in_that_of_others():
    """The books of a car are exact beside one that drives a thousand million kWh on fuel."""
    hybrid = replace(cases.FLAT, hybrid=True)
    own = make_diaries(
        [0, 0, 1, 1], arrive_h=[0.0, 2.0, 0.0, 2.0], leave_h=[1.0, 3.0, 1.0, 3.0],
        used_kwh=[1e9, 0.0, 0.1, 0.0],
    )  # fmt: skip
    evs = cases.evs(2, diary=[0, 1], stop_kwh=np.inf)
    audit.check(simulate(cases.model(vehicles=(hybrid,)), evs, diaries=own))
