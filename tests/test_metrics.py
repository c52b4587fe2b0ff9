"""Key figures of a ledger small enough to work out by hand."""

import numpy as np
import pytest

from sim import metrics
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity
from sim.lifecycle import Step as Do
from sim.metrics import Window
from sim.model import Change, Duty, Step, Swap, Vehicle
from tests import cases


@pytest.fixture(scope="module")
def ledger():
    """One station, two EVSEs of 60 kW.  Day 1 (the second day): three half-hour sessions at 09:00,
    the last of which waits half an hour; 15 minutes overstay.  Day 2: one session at 23:45."""
    evs = cases.evs(
        5, entry_h=[1.0, 33.0, 33.0, 33.0, 71.75], overstay_h=[0.0, 0.25, 0.25, 0.25, 0.0]
    )
    return simulate(cases.model(cases.station(evses=2), horizon_h=72.0, bin_h=0.25), evs)


def test_utilization(ledger):
    u = metrics.utilization(ledger, Window((1, 2)))
    occupied = [3 * 0.75, 0.25]  # hours, by day
    assert u["time", "holiday_mean"] == pytest.approx(sum(occupied) / (2 * 48))
    assert u["time", "peak_day"] == pytest.approx(occupied[0] / (2 * 24))
    assert u["time", "peak_hour"] == pytest.approx((0.75 + 0.75 + 0.25) / 2)
    assert u["time", "day_08_22"] == pytest.approx(occupied[0] / (2 * 28))
    assert u["charging", "holiday_mean"] == pytest.approx((1.5 + 0.25) / (2 * 48))
    assert u["power", "holiday_mean"] == pytest.approx((90 + 15) / (120 * 48))


def test_stations(ledger):
    row = metrics.stations(ledger, Window((1,))).iloc[0]
    assert (row.visits, row.served, row.balked) == (3, 3, 0)
    assert row.wait_min_p50 == 0.0
    assert row.wait_min_p90 == pytest.approx(0.8 * 45.0)  # between 0, 0 and 45 min
    assert row.over_30_share == pytest.approx(1 / 3)
    assert row.energy_kwh == pytest.approx(90.0)


def test_network(ledger):
    n = metrics.network(ledger, Window((1, 2)))
    assert n["sessions"] == 3  # the one that is still there at the end is not counted
    assert n["sessions_per_evse_day"] == pytest.approx(3 / 4)
    assert n["energy_kwh"] == pytest.approx(105.0)
    assert n["occupancy_min"] == pytest.approx(45.0)
    assert n["day1_factor"] == pytest.approx(90 / 52.5)
    assert (n["busiest_hour"], n["busy_hours_share"]) == (9, 0.0)


def test_waits_of_the_network(ledger):
    n = metrics.network(ledger, Window((1, 2)))
    assert (n["wait_min_p50"], n["wait_min_p90"]) == (0.0, pytest.approx(0.8 * 45.0))


def test_who_gives_up_has_waited():
    ledger = simulate(cases.model(horizon_h=24.0), cases.evs(2, patience_h=0.25))
    assert metrics.stations(ledger, Window((0,)))["wait_min_mean"][0] == pytest.approx(7.5)
    assert metrics.network(ledger, Window((0,)))["wait_min_mean"] == pytest.approx(7.5)


def test_the_grid_gives_more_than_batteries_take():
    sessions = simulate(cases.model(cases.station(efficiency=0.8)), cases.evs()).sessions()
    assert (sessions["energy_kwh"][0], sessions["grid_kwh"][0]) == (30.0, 37.5)


@pytest.mark.parametrize("seed", range(12))
def test_hours_of_evses_are_those_of_the_bins(seed):
    """On random stations with failures that cut sessions, some of them unfinished at the end."""
    rng = np.random.default_rng(seed)
    stations = [
        cases.station(name, evses=int(rng.integers(1, 5)), kw=float(rng.choice([7.0, 60.0])))
        for name in "abc"
    ]
    changes = []
    for s, station in enumerate(stations):
        for evse in range(len(station.evses)):
            times = np.cumsum(rng.exponential(2.0, 40))
            changes += [
                Change(float(t), s, (Kind.EVSE_DOWN, Kind.EVSE_UP)[n % 2], evse)
                for n, t in enumerate(times[times < 47.0])
            ]
    evs = cases.evs(
        150,
        place=rng.integers(0, 3, 150),
        entry_h=np.sort(rng.random(150) * 48.0),
        overstay_h=rng.random(150) * 0.3,
        patience_h=rng.choice([0.5, np.inf], 150),
    )
    ledger = simulate(cases.model(*stations, changes=changes, horizon_h=48.0, bin_h=0.25), evs)
    assert (ledger.visits["cuts"] > 0).sum() > 5
    of = ledger.model.arrays.slots["station"]
    found = metrics.evse_hours(ledger)
    for name, hours in zip(("occupied_h", "charging_h", "energy_kwh"), found, strict=True):
        together = np.array([hours[of == s].sum(axis=0) for s in range(3)])
        bins = metrics.hourly(ledger, name)
        np.testing.assert_allclose(together[:, : bins.shape[1]], bins, atol=1e-9)
    occupied, charging, _ = found
    assert occupied.max() <= 1.0 + 1e-9
    assert min(hours.min() for hours in found) >= 0.0
    assert (charging <= occupied + 1e-9).all()
    for s, own in enumerate(stations):
        if len(own.evses) == 1:  # the fullest EVSE is the station
            u, fullest = (f(ledger, Window((0, 1)))["time", "peak_hour"][s]
                          for f in (metrics.utilization, metrics.fullest_evse))  # fmt: skip
            assert fullest == pytest.approx(u)


def test_a_visit_that_is_cut_and_never_ends_leaves_no_negative_hours():
    """A station that gives next to nothing: it charges for three hours before the cut, and is
    unfinished at the end."""
    changes = [Change(3.0, 0, Kind.EVSE_DOWN, 0), Change(20.0, 0, Kind.EVSE_UP, 0)]
    evs = cases.evs(1, entry_h=[0.0])
    ledger = simulate(cases.model(cases.station(cap_kw=1e-9), changes=changes, horizon_h=24.0), evs)
    occupied, charging, _ = metrics.evse_hours(ledger)
    assert occupied.sum() == pytest.approx(3.0 + 4.0)
    assert occupied[0, :4] == pytest.approx([1.0, 1.0, 1.0, 0.0])
    assert charging.sum() == pytest.approx(7.0)


def test_packs_are_nobodys_visits():
    """A truck swaps 60 kWh within a quarter of an hour; the rack takes an hour at 60 kW."""
    swap = cases.station("s", swap=Swap(0, swap_h=0.25))
    steps = (Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS), Step(Do.DRIVE, h=100.0))
    model = cases.model(swap, duties=(Duty("duty", steps),), horizon_h=24.0)
    evs = np.concatenate([cases.packs(0, 1), cases.trucks(2, entry_kwh=[40.0, 50.0])])
    ledger = simulate(model, evs)
    table = metrics.stations(ledger, Window((0,))).iloc[0]
    assert (table["visits"], table["served"]) == (2, 2)
    assert table["wait_min_mean"] == 60.0 * 1.25 / 2
    assert table["energy_kwh"] == 60.0 + 50.0
    assert table["time_utilization_holiday_mean"] == pytest.approx((60.0 + 50.0) / 60.0 / 24.0)
    network = metrics.network(ledger, Window((0,)))
    assert (network["sessions"], network["occupancy_min"]) == (2.0, 15.0)


def test_each_of_two_guns_gives_its_part():
    """120 kW for a quarter of an hour, at 2 x 60 kW."""
    truck = Vehicle("truck", 100.0, ((1.0, 1000.0),), guns=2)
    model = cases.model(cases.station(evses=2), vehicles=(truck,), horizon_h=24.0)
    fullest = metrics.fullest_evse(simulate(model, cases.evs()), Window((0,)))
    for definition in metrics.DEFINITIONS:
        assert fullest[definition, "holiday_mean"] == pytest.approx([0.25 / 24])


def test_bins_are_laid_into_hours():
    bins = np.arange(10.0).reshape(2, 5)
    hours = metrics.by_hour(bins, 0.5)
    assert hours.tolist() == [[[0, 1], [2, 3], [4, 0]], [[5, 6], [7, 8], [9, 0]]]
    assert metrics.by_hour(bins, 0.5, 2).tolist() == hours[:, :2].tolist()
    assert metrics.by_hour(bins, 0.5, 4).sum() == bins.sum()
    assert metrics.by_hour(bins, 1.0).tolist() == bins[:, :, None].tolist()
