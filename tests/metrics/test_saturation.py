"""Saturation worked out by hand, and against a count at every minute."""

import numpy as np
import pytest

from sim import metrics
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.metrics import Window
from sim.metrics.saturation import saturation, spells
from sim.metrics.stays import stays
from sim.model import Change
from tests import cases

DAY = Window((0,))


def run(evses, evs, changes=(), horizon_h=24.0):
    model = cases.model(cases.station(evses=evses), changes=list(changes), horizon_h=horizon_h)
    return simulate(model, evs)


def times(ledger):
    found = spells(ledger)
    return list(zip(found.begin_h.tolist(), found.end_h.tolist(), strict=True))


@pytest.mark.parametrize(
    ("evses", "taken", "is_saturated"),
    [(10, 9, False), (10, 10, True), (11, 9, False), (11, 10, True), (20, 18, False),
     (20, 19, True), (21, 18, False), (21, 19, True), (30, 27, False), (30, 28, True)],
)  # fmt: skip
def test_fewer_than_a_tenth_is_free(evses, taken, is_saturated):
    """30 kWh at 60 kW: all of them from 10:00 to 10:30."""
    assert times(run(evses, cases.evs(taken, entry_h=10.0))) == (
        [pytest.approx((10.0, 10.5))] if is_saturated else []
    )


def test_an_evse_out_of_service_is_not_usable():
    """Of 12 with 10 taken 2 are free, which is no saturation.  One fails at 10:10: 1 of 11.
    Another one at 10:20: none of 10.  Both are back at 10:25."""
    down, up = Kind.EVSE_DOWN, Kind.EVSE_UP
    changes = [Change(10 + 1 / 6, 0, down, 10), Change(10 + 1 / 3, 0, down, 11),
               Change(10 + 5 / 12, 0, up, 10), Change(10 + 5 / 12, 0, up, 11)]  # fmt: skip
    ledger = run(12, cases.evs(10, entry_h=10.0), changes)
    assert times(ledger) == [pytest.approx((10 + 1 / 6, 10 + 5 / 12))]
    ledger = run(11, cases.evs(9, entry_h=10.0), changes=[Change(10.1, 0, down, 10)])
    assert times(ledger) == []  # 1 of 10 is free


def test_a_station_out_of_service_is_not_saturated():
    changes = [Change(9.0, 0, Kind.EVSE_DOWN, 0), Change(12.0, 0, Kind.EVSE_UP, 0)]
    assert times(run(1, cases.evs(1, entry_h=14.0), changes)) == [pytest.approx((14.0, 14.5))]


def test_one_after_the_other_is_one_spell():
    """Forty of them, each plugging in as the one before leaves, at thirds of hours and so on."""
    ledger = run(1, cases.evs(40, entry_h=1.0, target_kwh=np.linspace(30.1, 41.7, 40)), (), 48.0)
    hours = (np.linspace(30.1, 41.7, 40) - 20.0).sum() / 60.0
    assert times(ledger) == [pytest.approx((1.0, 1.0 + hours), abs=1e-6)]


def test_figures_of_a_station():
    """20 minutes in hour 9; 14 in hour 12 and 16 in hour 13, of one spell; exactly 15 in hour 20;
    on the next day an hour and a half."""
    evs = cases.evs(4, entry_h=[9.0, 12 + 46 / 60, 20.0, 33.0],
                    target_kwh=[40.0, 50.0, 35.0, 100.0])  # fmt: skip
    ledger = run(1, evs, horizon_h=48.0)
    found = saturation(ledger, DAY)
    assert found["saturated_h_per_day"].tolist() == [3.0]
    assert found["saturated_worst_min"] == pytest.approx([20.0])
    assert found["saturated_spell_h"] == pytest.approx([0.5])
    both = saturation(ledger, Window((0, 1)))
    assert both["saturated_h_per_day"].tolist() == [(3 + 2) / 2]
    assert both["saturated_worst_min"] == pytest.approx([60.0])
    assert both["saturated_spell_h"] == pytest.approx([80 / 60])
    table = metrics.stations(ledger, Window((0, 1)))
    for name, values in both.items():
        assert table[name].tolist() == values.tolist()
    assert metrics.network(ledger, Window((0, 1)))["saturated_h_per_day"] == 2.5


def test_a_spell_counts_as_far_as_it_lies_on_the_days():
    """From 23:00 of day 0 to 00:20 of day 1; days 0 and 2 do not follow each other."""
    ledger = run(1, cases.evs(1, entry_h=23.0, target_kwh=100.0), horizon_h=72.0)
    for days, hours in (((0,), 1.0), ((1,), 1 / 3), ((0, 1), 4 / 3), ((0, 2), 1.0), ((2,), 0.0)):
        assert saturation(ledger, Window(days))["saturated_spell_h"] == pytest.approx([hours])


@pytest.mark.parametrize("seed", range(4))
def test_spells_are_what_a_count_at_every_minute_finds(seed):
    """Every time is a whole minute, so a count in the middle of each is exact."""
    rng = np.random.default_rng(seed)
    n, minute = 12, (np.arange(1440) + 0.5) / 60
    changes = []
    for evse in range(0, n, 2):
        at = np.sort(rng.choice(np.arange(1, 1440), 4, replace=False))
        changes += [Change(float(t) / 60, 0, (Kind.EVSE_DOWN, Kind.EVSE_UP)[k % 2], evse)
                    for k, t in enumerate(at)]  # fmt: skip
    entry = np.sort(rng.integers(1, 1400, 200)) / 60
    evs = cases.evs(200, entry_h=entry, overstay_h=rng.integers(0, 40, 200) / 60)
    ledger = run(n, evs, changes)
    taken, works = np.zeros((n, 1440), bool), np.ones((n, 1440), bool)
    for k, plug, unplug in zip(*stays(ledger)[:3], strict=True):
        taken[k] |= (plug <= minute) & (minute < unplug)
    for change in sorted(changes, key=lambda c: c.time_h):
        works[change.evse, minute >= change.time_h] = change.kind == Kind.EVSE_UP
    free, usable = (works & ~taken).sum(axis=0), works.sum(axis=0)
    expected = (usable > 0) & (10 * free < usable)
    found = np.zeros(1440, bool)
    for begin, end in times(ledger):
        found |= (begin <= minute) & (minute < end)
    assert (found == expected).all()
    assert 0.1 < expected.mean() < 0.9
    assert len(times(ledger)) == (np.diff(expected.astype(int), prepend=0) == 1).sum()
    hours = expected.reshape(24, 60).sum(axis=1)
    own = saturation(ledger, DAY)
    assert own["saturated_h_per_day"].tolist() == [(hours >= 15).sum()]
    assert own["saturated_worst_min"] == pytest.approx([hours.max()])
