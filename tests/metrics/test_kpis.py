"""Key figures of the five families by hand, and their identities."""

import numpy as np
import pytest

from sim import metrics
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.metrics import Window
from sim.metrics.kpis import (
    FAMILIES,
    figures,
    index,
    lasting,
    overdue,
    repairs,
    sums,
    together,
)
from sim.model import Change
from sim.tariff import Tariff
from tests import cases

DAY = np.arange(24)
DOWN, UP = Kind.EVSE_DOWN, Kind.EVSE_UP


def run(stations, evs, changes=(), horizon_h=48.0, **fields):
    model = cases.model(*stations, changes=list(changes), horizon_h=horizon_h, **fields)
    return simulate(model, evs)


@pytest.fixture(scope="module")
def ledger():
    """Station a of one EVSE: three EVs at 09:00 that want 30 kWh at 60 kW; the first is served at
    once, the second waits for half an hour, the third loses patience after 12 minutes.  Station b
    of two, both in one cabinet: one at 10:00; one EVSE is out of order from 06:00 to 18:00."""
    evs = cases.evs(4, place=[0, 0, 0, 1], entry_h=[9.0, 9.0, 9.0, 10.0],
                    patience_h=[9.0, 9.0, 0.2, 9.0])  # fmt: skip
    changes = [Change(6.0, 1, DOWN, 1), Change(18.0, 1, UP, 1)]
    return run((cases.station("a"), cases.station("b", evses=2)), evs, changes)


def test_each_station_by_hand(ledger):
    table = sums(ledger, DAY)
    own = {key: x.tolist() for key, x in figures(table, 24.0).items()}
    assert own["time_utilization"] == pytest.approx([1.0 / 24, 0.5 / 48])
    assert own["power_utilization"] == pytest.approx([60 / (60 * 24), 30 / (120 * 24)])
    assert own["kwh_per_evse_day"] == pytest.approx([60.0, 15.0])
    assert own["kwh_per_cabinet_day"] == own["kwh_per_station_day"] == pytest.approx([60.0, 30.0])
    assert own["sessions_per_evse_day"] == [2.0, 0.5]
    assert own["load_factor"] == pytest.approx([60 / (60 * 24), 30 / (60 * 24)])
    assert own["availability"] == pytest.approx([1.0, 1.0 - 12 / 48])
    assert own["availability_met"] == [1.0, 0.5]
    assert own["prompt_share"] == pytest.approx([1 / 3, 1.0])
    assert own["served_share"] == own["first_try_share"] == pytest.approx([2 / 3, 1.0])
    assert own["cuts_per_1000"] == [0.0, 0.0]


def test_all_together_are_made_from_sums_and_not_the_mean(ledger):
    found = together(ledger, DAY, sums(ledger, DAY))
    assert found["prompt_share"] == pytest.approx(2 / 4)
    assert found["availability"] == pytest.approx(1.0 - 12 / 72)
    assert found["availability_met"] == pytest.approx(3.5 / 4)
    assert found["kwh_per_station_day"] == pytest.approx(45.0)
    assert (found["repair_h_p50"], found["repair_h_p90"]) == pytest.approx((12.0, 12.0))
    assert found["repeat_share"] == 0.0
    assert "price_per_kwh" not in found  # nobody is charged


def test_they_are_the_figures_of_the_network(ledger):
    """By another way to the same numbers."""
    found, other = together(ledger, DAY, sums(ledger, DAY)), metrics.network(ledger, Window((0,)))
    for key in ("time_utilization", "charging_utilization", "power_utilization",
                "kwh_per_evse_day", "sessions_per_evse_day"):  # fmt: skip
        assert found[key] == pytest.approx(other[key]), key


def test_a_station_to_which_nobody_comes_is_not_perfect():
    ledger = run((cases.station("a"), cases.station("b")), cases.evs(1, entry_h=9.0))
    own = figures(sums(ledger, DAY), 24.0)
    for key in ("prompt_share", "served_share", "first_try_share", "availability_met"):
        assert own[key][0] == 1.0
        assert np.isnan(own[key][1]), key
    assert own["availability"].tolist() == [1.0, 1.0]


def test_where_nothing_fails_there_is_no_figure_of_operation():
    ledger = run((cases.station("a"), cases.station("b")), cases.evs(1, entry_h=9.0))
    own = together(ledger, DAY, sums(ledger, DAY))
    assert not {*own} & {*FAMILIES["operation"]}
    assert own["availability"] == 1.0


def test_a_session_that_is_cut_is_no_first_try():
    """The only EVSE fails at 09:10 for an hour; the EV goes on afterwards."""
    changes = [Change(9 + 1 / 6, 0, DOWN, 0), Change(10 + 1 / 6, 0, UP, 0)]
    ledger = run((cases.station(),), cases.evs(1, entry_h=9.0), changes)
    own = together(ledger, DAY, sums(ledger, DAY))
    assert own["served_share"] == 1.0
    assert own["first_try_share"] == 0.0
    assert own["cuts_per_1000"] == pytest.approx(1000.0)


def test_faults_and_repairs():
    """0 fails at 1:00 for 2 h, and at 8:00 for 1 h: a repeat.  1 fails at 20:00 and is never
    repaired.  2 fails on the next day: it does not count."""
    changes = [Change(1.0, 0, DOWN, 0), Change(3.0, 0, UP, 0), Change(8.0, 0, DOWN, 0),
               Change(9.0, 0, UP, 0), Change(20.0, 0, DOWN, 1), Change(30.0, 0, DOWN, 2),
               Change(31.0, 0, UP, 2)]  # fmt: skip
    ledger = run((cases.station(evses=3),), cases.evs(1, entry_h=40.0), changes)
    length, is_over = repairs(ledger, DAY, np.array([0]))
    assert length[:2].tolist() == [2.0, 1.0]
    assert is_over.tolist() == [True, True, False]
    own = together(ledger, DAY, sums(ledger, DAY))
    assert own["repair_h_p50"] == pytest.approx(2.0)
    assert own["repair_h_p90"] is None  # that of the third is not known yet
    # It lasts for 28 hours so far, and of three faults two are over within 24.
    assert own["overdue_24_share"] == pytest.approx(1 / 3)
    assert own["overdue_48_share"] is None  # none was seen for as long
    assert own["repeat_share"] == pytest.approx(1 / 2)
    assert own["availability"] == pytest.approx(1.0 - (2 + 1 + 4) / 72)


def test_how_long_repairs_last_where_some_are_not_over():
    """Kaplan and Meier by hand: 1, 2+, 3, 4 leave 3/4, 3/4, 3/8, 0."""
    length, is_over = np.array([3.0, 1.0, 4.0, 2.0]), np.array([True, True, True, False])
    assert [lasting(length, is_over, q) for q in (0.25, 0.5, 0.9)] == [1.0, 3.0, 4.0]
    assert lasting(length, ~is_over, 0.5) is None
    rng = np.random.default_rng(1)
    true, end = rng.exponential(4.0, 20_000), rng.exponential(8.0, 20_000)
    found = lasting(np.minimum(true, end), true <= end, 0.9)
    assert found == pytest.approx(4.0 * np.log(10.0), rel=0.05)


def test_how_many_repairs_are_overdue_where_some_are_not_over():
    """1, 2+, 3, 4 leave 3/4, 3/4, 3/8, 0: at the hour itself a repair is in time."""
    length, is_over = np.array([3.0, 1.0, 4.0, 2.0]), np.array([True, True, True, False])
    shares = [overdue(length, is_over, h) for h in (0.5, 1.0, 2.5, 3.0, 4.0, 9.0)]
    assert shares == pytest.approx([1.0, 3 / 4, 3 / 4, 3 / 8, 0.0, 0.0])
    assert overdue(length, ~is_over, 2.5) == pytest.approx(2 / 3)  # of three that were left at 2
    assert overdue(length, ~is_over, 4.0) == pytest.approx(2 / 3)
    assert overdue(length, ~is_over, 9.0) is None
    assert overdue(length[:0], is_over[:0], 9.0) is None
    rng = np.random.default_rng(1)
    true, end = rng.exponential(12.0, 20_000), rng.uniform(0.0, 60.0, 20_000)
    found = overdue(np.minimum(true, end), true <= end, 24.0)
    assert found == pytest.approx(np.exp(-2.0), rel=0.05)


def test_fees_are_the_sum_of_those_of_visits_and_prices_differ_among_stations():
    """Station a by night at 1, b in the evening at 2 CNY/kWh, c has no tariff; what is asked of a
    part of the stations does not depend on the others."""
    tariffs = (Tariff("day", (1.0,) * 18 + (2.0,) * 6), Tariff("dear", (9.0,) * 24))
    stations = [cases.station(name, tariff=0) for name in "ab"]
    stations += [cases.station("c"), cases.station("d", tariff=1)]
    evs = cases.evs(6, place=[0, 0, 1, 2, 3, 3], entry_h=[9.0, 12.0, 19.0, 9.0, 9.0, 12.0])
    ledger = run(stations, evs, tariffs=tariffs)
    table, own = sums(ledger, DAY), sums(ledger, DAY, numbers=np.array([0, 1, 2]))
    assert table["fees_cny"].sum() == pytest.approx(ledger.fees.sum())
    assert table["fees_cny"].tolist() == pytest.approx([60.0, 60.0, 0.0, 540.0])
    assert own.index.tolist() == [0, 1, 2]
    assert own["cheap"].tolist() == [2, 0, 0]  # of 1, 1 and 2
    assert table["cheap"].tolist() == [2, 1, 0, 0]  # the median is 2 with those of d
    shared = own.columns.drop("cheap")
    assert own[shared].equals(table.loc[own.index, shared])
    found = together(ledger, DAY, own)
    assert found["price_per_kwh"] == pytest.approx(own["fees_cny"].sum() / own["paid_kwh"].sum())
    assert found["price_per_kwh"] == pytest.approx(120 / 90)
    assert found["price_spread"] == pytest.approx(0.8)  # of 1 and 2, from a tenth to nine tenths


def test_fees_and_who_pays_little():
    """1 CNY/kWh, from 18:00 on 2: sessions of 30 kWh at 9, 10 and 19 h; the median is 1."""
    tariff = Tariff("evening", (1.0,) * 18 + (2.0,) * 6)
    ledger = run((cases.station(tariff=0),), cases.evs(3, entry_h=[9.0, 10.0, 19.0]),
                 tariffs=(tariff,))  # fmt: skip
    own = together(ledger, DAY, sums(ledger, DAY))
    assert own["price_per_kwh"] == pytest.approx((1 + 1 + 2) * 30 / 90)
    assert own["cheap_share"] == pytest.approx(2 / 3)
    assert "session_cny" not in own
    for hour, price in ((17, 1.0), (19, 2.0)):
        table = sums(ledger, np.arange(48), session=(24.0, hour))
        found = together(ledger, np.arange(48), table)
        assert found["session_cny"] == pytest.approx(24.0 * price)


def test_a_fault_that_is_never_repaired_is_met_at_its_own_station_alone():
    """Who arrives at a as an EVSE fails meets one of two; at b, later, all work."""
    stations = cases.station("a", evses=2), cases.station("b", evses=2)
    evs = cases.evs(3, place=[0, 0, 1], entry_h=[0.5, 1.0, 9.0])
    ledger = run(stations, evs, [Change(1.0, 0, DOWN, 1)])
    own = figures(sums(ledger, DAY), 24.0)
    assert own["availability_met"] == pytest.approx([0.75, 1.0])


def test_availability_met_is_the_time_average_under_poisson_arrivals():
    """PASTA: one EVSE of two is out of order in every other hour, for 200 days."""
    changes = [Change(float(h), 0, (DOWN, UP)[h % 2], 1) for h in range(4800)]
    rng = np.random.default_rng(2)
    entry = np.sort(rng.uniform(0.0, 4800.0, 9600))
    evs = cases.evs(9600, entry_h=entry, target_kwh=21.0)
    ledger = run((cases.station(evses=2),), evs, changes, horizon_h=4801.0)
    own = together(ledger, np.arange(4800), sums(ledger, np.arange(4800)))
    assert own["availability"] == pytest.approx(0.75)
    assert own["availability_met"] == pytest.approx(0.75, abs=4 * 0.25 / np.sqrt(9600))


def test_the_index_is_the_weighted_mean_of_its_components():
    own = {"prompt_share": 0.9, "served_share": 0.8, "first_try_share": 0.4}
    assert index(own, {"prompt": 1.0, "served": 1.0, "first_try": 2.0, "price": 0.0}) == (
        pytest.approx((0.9 + 0.8 + 0.8) / 4)
    )
