"""Key figures of a ledger small enough to work out by hand."""

import numpy as np
import pytest

from sim import metrics
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity
from sim.lifecycle import Step as Do
from sim.metrics import Window
from sim.metrics.stays import stays
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
    assert n["kwh_per_session"] == pytest.approx(30.0)
    assert n["arrival_soc"] == pytest.approx(0.2)
    assert n["energy_kwh"] == pytest.approx(105.0)
    assert n["occupancy_min"] == pytest.approx(45.0)
    assert n["day1_factor"] == pytest.approx(90 / 52.5)
    assert (n["busiest_hour"], n["busy_hours_share"]) == (9, 0.0)


def test_a_failed_start_is_no_session():
    """Of 100 kWh packs: 30 kWh in half an hour, exactly 1 kWh, and a little less."""
    evs = cases.evs(3, entry_h=[1.0, 9.0, 14.0], entry_kwh=[20.0, 49.0, 49.01], overstay_h=0.25)
    n = metrics.network(simulate(cases.model(horizon_h=24.0), evs), Window((0,)))
    assert (n["visits"], n["served"], n["sessions"]) == (3, 3, 2)
    assert n["sessions_per_evse_day"] == 2.0
    assert n["kwh_per_session"] == pytest.approx((30.0 + 1.0) / 2)
    assert n["kwh_per_evse_day"] == pytest.approx(30.0 + 1.0 + 0.99)
    assert n["occupancy_min"] == pytest.approx(((30 + 15) + (1 + 15)) / 2)
    assert n["arrival_soc"] == pytest.approx((0.20 + 0.49) / 2)
    assert n["busy_hours_share"] == 0.0  # the third plugs in at 14 h, and is none


def test_arrival_soc_is_of_who_plugs_in():
    """The second finds the EVSE taken, waits for a quarter of an hour, and gives up."""
    evs = cases.evs(2, entry_kwh=[40.0, 10.0], entry_h=[1.0, 1.0], patience_h=[1.0, 0.05])
    n = metrics.network(simulate(cases.model(horizon_h=24.0), evs), Window((0,)))
    assert (n["sessions"], n["reneged"], n["arrival_soc"]) == (1, 1, pytest.approx(0.4))


# ---- stations with every EVSE taken ----------------------------------------------------------

FULL = Window((0,))


def full(stations, evs, changes=()):
    """Full hours [station, hour], and the share in the fullest hour."""
    model = cases.model(*stations, changes=list(changes), horizon_h=24.0)
    ledger = simulate(model, evs)
    return metrics.full_hours(ledger), metrics.network(ledger, FULL)["full_share_peak"]


def test_a_station_is_full_while_every_evse_is_taken():
    """Two EVSEs; 30 kWh at 60 kW: 10:00 to 10:30 and 10:15 to 10:45, so full for 15 minutes; and
    one EVSE, taken from 10:50 to 11:20.  A third station is empty."""
    two, one, none = cases.station("a", evses=2), cases.station("b"), cases.station("c")
    evs = cases.evs(3, place=[0, 0, 1], entry_h=[10.0, 10.25, 10.0 + 5 / 6])
    hours, share = full((two, one, none), evs)
    expected = np.zeros((3, 24))
    expected[0, 10], expected[1, 10], expected[1, 11] = 1 / 4, 1 / 6, 1 / 3
    assert hours == pytest.approx(expected)
    assert share == pytest.approx((1 / 4 + 1 / 6) / 3)  # hour 10: 5/36; hour 11: 4/36


@pytest.mark.parametrize("q", [0.0, 0.5, 0.9, 0.95, 1.0])
def test_quantiles_of_groups_are_those_of_numpy(q):
    """To the last bit: figures that were kept before stay the same."""
    rng = np.random.default_rng(4)
    groups = [np.sort(rng.exponential(9.0, size).round(1)) for size in (3, 0, 1, 2, 400, 11, 0)]
    found = metrics._quantiles(np.concatenate(groups), np.array([len(own) for own in groups]), q)
    assert found.tolist() == [np.quantile(own, q) if len(own) else 0.0 for own in groups]


def test_a_window_holds_its_days_and_none_beyond():
    held = Window((1, 3)).holds(np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 900.0]))
    assert held.tolist() == [False, True, False, True, False, False, False]


def test_only_hours_of_the_window_count():
    ledger = simulate(cases.model(horizon_h=48.0), cases.evs(2, entry_h=[3.0, 30.0],
                                                             target_kwh=[80.0, 35.0]))  # fmt: skip
    shares = [metrics.network(ledger, Window(days))["full_share_peak"] for days in ((0,), (1,))]
    assert shares == pytest.approx([1.0, 0.25])


def test_one_after_the_other_leaves_no_gap():
    hours, share = full((cases.station(),), cases.evs(4, entry_h=5.0))
    assert hours[0, 4:8] == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert share == pytest.approx(1.0)


def test_an_evse_out_of_order_is_not_left():
    """One of two EVSEs is broken from 08:00 to 12:00, and said to be so twice; the other is taken
    from 10:00 to 10:30.  A station where all are broken and nobody is, is not full."""
    down, up = Kind.EVSE_DOWN, Kind.EVSE_UP
    changes = [Change(8.0, 0, down, 1), Change(9.0, 0, down, 1), Change(12.0, 0, up, 1),
               Change(8.0, 1, down, 0), Change(12.0, 1, up, 0)]  # fmt: skip
    evs = cases.evs(2, entry_h=[10.0, 14.0])
    hours, share = full((cases.station("a", evses=2), cases.station("b")), evs, changes)
    assert hours.sum() == pytest.approx(hours[0, 10]) == pytest.approx(0.5)
    assert share == pytest.approx(0.25)


def test_who_overstays_at_an_evse_that_breaks_takes_one_only():
    """From 10:30 it overstays for an hour, at 10:45 the EVSE fails: the other one is still left."""
    changes = [Change(10.75, 0, Kind.EVSE_DOWN, 0), Change(12.0, 0, Kind.EVSE_UP, 0)]
    evs = cases.evs(2, entry_h=[10.0, 11.0], overstay_h=[1.0, 0.0])
    hours, _ = full((cases.station(evses=2),), evs, changes)
    assert hours[0, 10:13] == pytest.approx([0.0, 0.5, 0.0])


@pytest.mark.parametrize("seed", range(5))
def test_full_hours_are_what_a_count_at_every_minute_finds(seed):
    """Every time is a whole minute, so a count in the middle of each is exact."""
    rng = np.random.default_rng(seed)
    stations = [cases.station(name, evses=n) for name, n in (("a", 1), ("b", 2), ("c", 4))]
    changes = []
    for s, station in enumerate(stations):
        for evse in range(len(station.evses)):
            at = np.sort(rng.choice(np.arange(1, 1440), 6, replace=False))
            changes += [Change(float(t) / 60, s, (Kind.EVSE_DOWN, Kind.EVSE_UP)[n % 2], evse)
                        for n, t in enumerate(at)]  # fmt: skip
    entry = np.sort(rng.choice(np.arange(1, 1400), 80, replace=False)) / 60
    evs = cases.evs(80, place=rng.integers(0, 3, 80), entry_h=entry,
                    overstay_h=rng.integers(0, 40, 80) / 60)  # fmt: skip
    model = cases.model(*stations, changes=changes, horizon_h=24.0)
    ledger = simulate(model, evs)
    minute, of = (np.arange(1440) + 0.5) / 60, model.arrays.slots["station"]
    taken = np.zeros((len(of), 1440), bool)
    for k, plug, unplug in zip(*stays(ledger)[:3], strict=True):
        taken[k] |= (plug <= minute) & (minute < unplug)
    works = np.ones((len(of), 1440), bool)
    for change in sorted(changes, key=lambda c: c.time_h):
        slot = np.flatnonzero(of == change.station)[change.evse]
        works[slot, minute >= change.time_h] = change.kind == Kind.EVSE_UP
    found = metrics.full_hours(ledger)
    for s in range(3):
        own = of == s
        is_full = (taken[own] | ~works[own]).all(axis=0) & taken[own].any(axis=0)
        assert found[s] == pytest.approx(is_full.reshape(24, 60).mean(axis=1), abs=1e-9)
    assert found.sum() > 1.0


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
