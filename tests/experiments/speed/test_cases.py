"""The cases of `experiment=speed` are what they are called, whatever they take."""

import numpy as np
import pytest

from experiments.speed import cases, country, growth, kinds
from experiments.speed.settings import NationalSection, WeekSection
from sim import audit
from sim.clock import DAY, HOUR
from sim.engine import simulate
from sim.lifecycle import Outcome

NATIONAL = NationalSection.model_construct(
    stations=65, evses=484, days=2, sessions=12_000, rounds=1
)
WEEK = WeekSection.model_construct(stations=40, days=7, evs=9_000, rounds=1)


def test_a_curve_of_steps_takes_as_long_as_the_taper():
    soc = np.linspace(0.0, 1.0, 100_001)
    hours = np.trapezoid(1.0 / np.interp(soc, *cases.TAPER), soc)
    for steps in (1, 10, 50):
        curve = cases.midsize(steps).steps
        assert len(curve) == steps
        own = sum((end - start) / kw for (end, kw), start in
                  zip(curve, [0.0, *(end for end, _ in curve)], strict=False))  # fmt: skip
        assert own == pytest.approx(hours, rel=1e-3)


def test_a_national_holiday():
    model, evs = cases.national(NATIONAL)
    assert len(model.stations) == 65
    assert sum(len(station.evses) for station in model.stations) == 484
    assert len(evs) == 12_000
    assert np.all(np.diff(evs["entry_ns"]) >= 0)
    assert evs["entry_ns"].max() < 2 * DAY
    by_hour = np.bincount(evs["entry_ns"] % DAY // HOUR, minlength=24)
    assert by_hour[14:16].sum() > 3 * by_hour[2:4].sum()
    audit.check(simulate(model, evs))


def test_a_national_week_is_of_several_visits_each():
    model, evs = cases.week(WEEK)
    assert len(model.stations) == 36  # whole routes
    ledger = simulate(model, evs)
    audit.check(ledger)
    charged = ledger.visits["slot"] >= 0
    assert 2.5 * len(evs) < np.count_nonzero(charged) < 4.0 * len(evs)
    visited = np.bincount(ledger.visits["ev"][charged], minlength=len(evs))
    assert visited.max() <= cases.STOPS
    assert not np.any(ledger.visits["outcome"] == Outcome.STRANDED)


def test_what_is_told_of_a_country_is_counted():
    found = country.national(NATIONAL.model_dump(), 1)
    ledger = simulate(*cases.national(NATIONAL))
    assert found["events"] == ledger.events
    assert found["sessions"] == np.count_nonzero(ledger.visits["slot"] >= 0)
    assert found["visits"] == len(ledger.visits)


def test_kinds_differ_by_events_of_one_kind():
    """With finer curves there are more changes of power alone; at a station without power an EV
    that turns away is one event, and one that gives up is two."""
    usual = cases.stations_only(2, 3, 500)
    finer = cases.stations_only(2, 3, 500, 50)
    events = simulate(*usual).events
    assert simulate(*finer).events > 2 * events
    for joins, each in ((False, 1), (True, 2)):
        ledger = simulate(*kinds.nobody_served(usual, 300, joins))
        audit.check(ledger)
        assert ledger.events == events + each * (300 - 1) + 1
        turned = ledger.visits["outcome"][ledger.visits["station"] == 2]
        expected = Outcome.RENEGED if joins else Outcome.BALKED
        assert np.count_nonzero(turned == expected) == 299


@pytest.mark.parametrize("name", growth.GROWS)
def test_what_grows_is_simulated(name):
    sizes, case = growth.GROWS[name]
    for size in sizes[:2]:
        model, evs = case(size, 200)
        ledger = simulate(model, evs)
        audit.check(ledger)
        assert np.count_nonzero(ledger.visits["slot"] >= 0) == len(evs)


def test_an_exponent_is_a_slope():
    assert growth.exponent([1, 10, 100], [3.0, 30.0, 300.0]) == pytest.approx(1.0)
    assert growth.exponent([1, 10, 100], [5.0, 5.0, 5.0]) == pytest.approx(0.0)
