"""What stands at a station, on figures worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.config.section import CurvePoint
from sim.lifecycle import Change as Kind
from sim.model import Cabinet, Evse
from sim.stations import costs, curves, failures, storage
from sim.stations.costs import Cost
from sim.stations.hardware import cabinets_of
from sim.stations.schema import CabinetType, EvseClass, Failures, Storage
from sim.stats.estimate import Estimate

TYPES = SimpleNamespace(
    evse_classes={
        "slow": EvseClass(kw=60.0, amps=200.0, source="s"),
        "fast": EvseClass(kw=480.0, amps=600.0, source="s"),
    },
    cabinet_types={
        "air": CabinetType(kw=120.0, evses={"slow": 2}, source="s"),
        "mixed": CabinetType(kw=480.0, evses={"fast": 1, "slow": 3}, source="s"),
    },
)


def test_cabinets_come_type_by_type():
    air, *others = cabinets_of([("air", 1), ("mixed", 2)], TYPES)
    assert air == Cabinet((Evse(60.0, 200.0),) * 2, 120.0)
    assert others == [Cabinet((Evse(480.0, 600.0), *(Evse(60.0, 200.0),) * 3), 480.0)] * 2
    assert [air.rated_kw, others[0].rated_kw] == [120.0, 480.0]
    assert Cabinet((Evse(60.0),), 120.0).rated_kw == 60.0


def test_a_stack_with_one_liquid_cooled_cable_is_paid_as_such():
    bill = costs.bill_of(cabinets_of([("air", 2), ("mixed", 1)], TYPES))
    assert bill == {"air_kw": 240.0, "liquid_kw": 480.0, "evse": 8.0}
    prices = dict.fromkeys(bill, Cost(1.0, 2.0, 4.0)) | {"evse": Cost(10.0, 10.0, 10.0)}
    paid = costs.priced(bill, prices)
    assert paid == Cost(800.0, 1520.0, 2960.0)
    assert costs.summed([paid, paid, Cost(1.0, 1.0, 1.0)]) == Cost(1601.0, 3041.0, 5921.0)
    assert costs.summed([]) == costs.NOTHING


def test_a_price_for_one_less_is_there_where_less_is_shown_and_paid_for():
    paid, less = Cost(50.0, 100.0, 200.0), Estimate(-20.0, -25.0, -10.0, 5, 0.9, is_change=True)
    assert paid.per(less) == Estimate(5.0, 4.0, 10.0)
    assert paid.estimate == Estimate(100.0, 50.0, 200.0)
    assert costs.NOTHING.per(less) is None
    assert paid.per(Estimate(-20.0, -45.0, 5.0)) is None  # not shown
    assert paid.per(Estimate(20.0, 10.0, 25.0)) is None  # more
    assert paid.per(Estimate(None, None, None)) is None


def test_storage_gives_in_its_hours_and_is_charged_in_others():
    store = Storage(
        kwh=200.0, kw=100.0, efficiency=0.8, discharge_hours=[18, 19], charge_hours=[1, 2, 3, 4, 5]
    )
    caps = storage.caps_kw([300.0] * 24, [store, store])
    assert [caps[h] for h in (0, 1, 5, 6, 18, 19, 20)] == [300, 200, 200, 300, 500, 500, 300]


def test_a_cap_changes_where_it_differs_from_the_hour_before():
    found = storage.changes(3, [5.0, 5.0, 7.0, 5.0])
    assert [(c.time_h, c.station, c.kind, c.cap_kw) for c in found] == [
        (2.0, 3, Kind.CAP, 7.0), (3.0, 3, Kind.CAP, 5.0),
    ]  # fmt: skip
    first, *_ = storage.changes(0, [5.0, 6.0])
    assert (first.time_h, first.cap_kw) == (0.0, 5.0)  # the run begins with the last one


def test_an_evse_that_comes_later_is_up_when_it_comes():
    often = Failures(mtbf_h=10.0, mttr_h=1000.0)  # up 1 % of the time
    downs = {0.0: 0, 50.0: 0}
    for opens in downs:
        for number in range(50):
            time, up = next(failures.outages(np.random.default_rng(number), often, 1e9, opens))
            assert time >= opens
            assert not up
            downs[opens] += time == opens
    assert downs[50.0] == 0
    assert downs[0.0] > 45


def test_every_evse_fails_by_itself():
    often = Failures(mtbf_h=10.0, mttr_h=10.0)
    both = list(failures.changes("a", 0, [0.0, 0.0], often, 1000.0, 1, 2))
    one = [(c.time_h, c.kind) for c in both if c.evse == 0]
    other = [(c.time_h, c.kind) for c in both if c.evse == 1]
    assert one != other
    assert one == [(c.time_h, c.kind) for c in failures.changes("a", 9, [0.0], often, 1e3, 1, 2)]
    assert max(time for time, _ in one) < 1000.0


def test_a_curve_that_is_flat_is_one_step():
    knot = CurvePoint(
        vehicle="t", battery_kwh=80.0, volts=700.0, soc=0.0, power_kw=120.0, source="s"
    )
    flat = (knot, knot.model_copy(update={"soc": 1.0}))
    made = curves.vehicle("truck", flat, 1e-3, guns=2)
    assert (made.name, made.battery_kwh, made.volts, made.guns) == ("truck", 80.0, 700.0, 2)
    assert made.steps[-1][0] == 1.0
    assert [kw for _, kw in made.steps] == pytest.approx([120.0] * len(made.steps))
