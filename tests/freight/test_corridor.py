"""The model of a corridor, its random trucks, and a day of one truck by hand."""

import numpy as np
import pytest

from sim import audit
from sim.clock import hours
from sim.config.problems import InputError
from sim.engine import ChargingEnvironment
from sim.freight.corridor import Corridor
from sim.freight.fleet import Drawn, Fleet
from sim.freight.metrics import Measured
from sim.ledger import Ledger
from sim.lifecycle import Change as ChangeKind
from tests import small
from tests.corridors import corridor
from tests.small import constant, uniform


def run(own: Corridor, drawn: Drawn) -> Ledger:
    model = own.model.with_changes(drawn.changes)
    env = ChargingEnvironment(model, drawn.evs, drawn.factors)
    env.run()
    return env.ledger()


# ---- the model -------------------------------------------------------------------------------


def test_places_and_sites_are_stations_in_order():
    model = corridor().model
    assert model.station_names == ("gate", "yard", "depot", "swap")
    gate, yard, depot, swap = model.stations
    assert (gate.servers, yard.servers, len(depot.evses)) == (1, 3, 4)
    assert [c.kw for c in depot.cabinets] == [150.0, 150.0]
    assert (swap.swap.bays, swap.swap.soc, len(swap.evses)) == (1, 0.9, 2)
    assert [(v.name, v.guns) for v in model.vehicles] == [("small", 1), ("big", 2)]
    assert model.horizon_h == 72.0


def test_the_cap_follows_other_load_sun_and_storage():
    own = corridor()
    assert own.caps_kw("depot") == [400.0] * 8 + [300.0] * 8 + [400.0] * 8
    sunny = own.with_site("depot", pv_kw=50.0, pv_shape="day")
    assert sunny.caps_kw("depot")[7:9] == [400.0, 350.0]
    store = {
        "kwh": 100.0, "kw": 100.0, "efficiency": 0.5,
        "discharge_hours": [18], "charge_hours": [2, 3],
    }  # fmt: skip
    stored = corridor(**{"sites.depot.storage": [store]})
    assert [stored.caps_kw("depot")[h] for h in (2, 3, 18)] == [300.0, 300.0, 500.0]
    changes = [(c.time_h, c.cap_kw) for c in own.model.changes][:3]
    assert changes == [(8.0, 300.0), (16.0, 400.0), (32.0, 300.0)]
    assert own.model.stations[2].cap_kw == 400.0


def test_what_if_is_a_copy():
    own = corridor()
    more = own.with_site("depot", cabinets={"pair": 5}, kva=800.0)
    more = more.with_(**{"sites.swap.swap.packs": 6, "places.gate.servers": 3})
    assert [s.servers for s in more.model.stations] == [3, 3, 10, 1]
    assert len(more.model.stations[3].evses) == 6
    assert [s.servers for s in own.model.stations] == [1, 3, 4, 1]
    assert own.with_(**{"berths.0.cranes": 1}).section.berths[0].cranes == 1


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("sites.depot.swap.packs", "unknown setting `packs`: nothing is there"),
        ("sites.depot.kav", "unknown setting `kav`: did you mean `kva`?"),
    ],
)
def test_what_no_corridor_has_cannot_differ(path, sentence):
    with pytest.raises(InputError) as error:
        corridor().with_(**{path: 2})
    assert error.value.problems == [sentence]


def test_only_a_corridor_has_one(tmp_path):
    with pytest.raises(InputError, match="has no freight corridor: choose network=guoyuan"):
        small.checked(small.config(tmp_path), "port_corridor")


# ---- draws -----------------------------------------------------------------------------------


def test_a_greater_fleet_begins_with_the_smaller():
    fleet = Fleet(corridor(drive_spread=uniform(0.5, 1.5), start_soc=uniform(0.3, 0.9)))
    few, more = fleet.draw(1, 0, trucks=4), fleet.draw(1, 0, trucks=9)
    assert few.first_truck == more.first_truck == 2
    assert (few.evs == more.evs[: len(few.evs)]).all()
    assert (few.factors == more.factors[: len(few.factors)]).all()
    assert few.changes == more.changes
    other = fleet.draw(1, 1, trucks=4)
    assert not (few.factors == other.factors).any()


def test_a_longer_run_begins_with_the_shorter():
    short, long = (Fleet(corridor(days=days)).draw(1, 0, trucks=2) for days in (2, 5))
    for a, b in zip(short.evs[2:], long.evs[2:], strict=True):
        own = short.factors[a["draw_start"] : a["draw_end"]]
        assert len(own) > 0
        assert (own == long.factors[b["draw_start"] :][: len(own)]).all()


def test_every_duty_has_its_share_of_any_fleet():
    fleet = Fleet(corridor(shift_offsets_h=[0.0, 1.0]))
    duties = fleet.duties(12)
    assert (duties[:7] == fleet.duties(7)).all()
    assert np.bincount(duties).tolist() == [2, 1, 5, 4]  # 3 and 9, offsets in turn
    for n in range(1, 12):
        assert abs((duties[:n] >= 2).sum() - 0.75 * n) <= 1.0


def test_factors_come_round_with_the_turns():
    drawn = Fleet(corridor(drive_spread=uniform(0.8, 0.9))).draw(3, 0, trucks=4)
    haul = drawn.evs[drawn.evs["duty"] == 1][0]
    own = drawn.factors[haul["draw_start"] : haul["draw_end"]].reshape(-1, 3)
    drive, yard = own[:, [0, 2]], own[:, 1]
    assert ((drive >= 0.8) & (drive <= 0.9)).all()
    assert yard.min() < 0.8 < 1.2 < yard.max()
    assert ((yard >= 0.5) & (yard <= 1.5)).all()  # 6 to 18 min, of 12
    assert len(own) == 57  # 72 h of 1.3 h, and one more


def test_trucks_begin_with_their_shift():
    own = corridor(start_spread_min=constant(30.0), shift_offsets_h=[-1.0])
    evs = Fleet(own).draw(1, 0, trucks=8).evs[2:]
    assert set(hours(evs["entry_ns"][evs["duty"] == 0])) == {5.5}
    hauls = hours(evs["entry_ns"][evs["duty"] == 1])
    assert ((hauls >= 0.0) & (hauls < 24.0)).all()
    assert len(set(hauls)) == 6  # no shift: at any hour
    assert set(evs["kwh_per_km"]) == {2.0}


def test_cranes_are_there_while_a_vessel_is():
    changes = [c for c in Fleet(corridor()).draw(1, 0).changes if c.station == 1]
    assert {c.evse for c in changes} == {1, 2}
    mine = [c for c in changes if c.evse == 2]
    assert (mine[0].time_h, mine[0].kind) == (0.0, ChangeKind.EVSE_DOWN)
    times = [c.time_h for c in mine[1:]]
    ups = [c.time_h for c in mine if c.kind == ChangeKind.EVSE_UP]
    assert times == sorted(times)
    assert np.allclose(np.diff(ups)[1:], 10.0)
    assert {c.kind for c in mine[1::2]} == {ChangeKind.EVSE_UP}


def test_cars_come_in_the_hours_of_their_shape():
    cars = {
        "per_day": 100.0, "shape": "day", "curve": "t100", "arrival_soc": uniform(0.2, 0.4),
        "target_soc": constant(0.8), "source": "test",
    }  # fmt: skip
    drawn = Fleet(corridor(**{"sites.depot.cars": cars})).draw(1, 0, trucks=2)
    evs = drawn.evs[2 : drawn.first_truck]
    assert 220 < len(evs) < 380
    hour = hours(evs["entry_ns"]) % 24
    assert ((hour >= 8.0) & (hour < 16.0)).all()
    assert set(evs["target_kwh"]) == {80.0}
    assert set(evs["vehicle"]) == {2}


def test_some_have_an_appointment_and_plugs_fail():
    own = corridor(appointment_share=0.3, failures={"mtbf_h": 5.0, "mttr_h": 5.0})
    drawn = Fleet(own).draw(1, 0, trucks=400)
    assert 90 < (drawn.evs["priority"][2:] == 0.0).sum() < 150
    failing = {(c.station, c.evse) for c in drawn.changes if c.station != 1}
    assert failing == {(2, 0), (2, 1), (2, 2), (2, 3)}


# ---- a replication ---------------------------------------------------------------------------


def test_a_random_fleet_passes_the_audit():
    own = corridor(**{"sites.depot.cars": {
        "per_day": 20.0, "shape": "even", "curve": "t100", "arrival_soc": uniform(0.2, 0.4),
        "target_soc": constant(0.8), "source": "test",
    }})  # fmt: skip
    drawn = Fleet(own).draw(1, 0, trucks=6, logged=6)
    ledger = run(own, drawn)
    audit.check(ledger)
    freight = Measured(own, ledger)
    summary = freight.summary()
    assert summary["stranded"] == 0.0
    assert summary["energy_served_share"] == pytest.approx(1.0)
    assert summary["trucks_per_day"] > 20.0
    assert sum(freight.hours_per_truck_day().values()) == pytest.approx(24.0)
    sites = freight.sites().set_index("site")
    assert 10.0 < sites.at["depot", "cars_per_day"] < 30.0
    assert sites.at["depot", "peak_kw"] <= 300.0
    assert freight.hourly()["power_kw"][2].sum() == pytest.approx(sites.at["depot", "kwh_per_day"])


def only_shuttles() -> Corridor:
    """Nothing random, no rests, and packs that are full within an hour."""
    return corridor(
        drive_spread=constant(1.0), drive_limit_h=24.0,
        **{"duties.shuttle.share": 1.0, "duties.haul.share": 0.0, "duties.shuttle.breaks": []},
        **{"places.yard.service_min": constant(6.0), "sites.swap.swap.rack_kw": 60.0},
    )  # fmt: skip


@pytest.fixture(scope="module")
def shuttle():
    """One truck, nothing random.  It begins with 50 kWh; a turn takes 0.55 h and 30 kWh, with a
    swap, every second time, 0.65 h: from 6:00 to 22:00, 27 turns."""
    own = only_shuttles()
    drawn = Fleet(own).draw(1, 0, trucks=1, logged=1)
    return Measured(own, run(own, drawn))


def test_flow_by_hand(shuttle):
    summary = shuttle.summary()
    assert summary["trucks_per_day"] == 27.0
    assert summary["deliveries_per_day"] == 27.0
    assert (summary["teu_per_day"], summary["tonnes_per_day"]) == (54.0, 540.0)
    # Days with 14 swaps and with 13 alternate: who ends with 80 kWh begins so.
    assert summary["swaps_per_day"] == 13.5
    assert summary["kwh_per_truck_day"] == pytest.approx(13.5 * 60.0)
    assert summary["wait_min_p95"] == 0.0
    assert summary["energy_served_share"] == pytest.approx(1.0)


def test_hours_by_hand(shuttle):
    assert shuttle.hours_per_truck_day() == pytest.approx(
        {
            "driving": 27 * 0.45, "service_line": 0.0, "served": 2.7, "charging_line": 0.0,
            "charging": 1.35, "standing": 24.0 - 12.15 - 2.7 - 1.35,
        }
    )  # fmt: skip
    steps = shuttle.steps()
    assert list(steps["label"][:5]) == ["gate", "drive", "swap", "drive", "gate"]
    assert steps["end_h"][:5].tolist() == pytest.approx([6.1, 6.35, 6.45, 6.65, 6.75])
    assert (steps["begin_h"].to_numpy()[1:] == steps["end_h"].to_numpy()[:-1]).all()


def test_the_swap_station_by_hand(shuttle):
    site = shuttle.sites().set_index("site").loc["swap"]
    assert site["peak_kw"] == pytest.approx(60.0)  # one pack at a time
    assert site["kwh_per_day"] == pytest.approx(13.5 * 60.0)
    assert site["load_factor"] == pytest.approx(13.5 * 60.0 / 24.0 / 60.0)
    assert site["time_utilization"] == pytest.approx(13.5 * 1.0 / 48.0)
    assert np.isnan(site["kva"])
    line = shuttle.hourly()
    assert line["line"].sum() == pytest.approx(0.0)
    assert line["occupied"][0].sum() == pytest.approx(2.7)


def test_waits_by_hand():
    """Two trucks come to the gate at 6:00 every morning; the second waits for 6 minutes."""
    own = only_shuttles().with_(**{"sites.swap.swap.packs": 4, "sites.swap.swap.bays": 2})
    freight = Measured(own, run(own, Fleet(own).draw(1, 0, trucks=2, logged=2)))
    summary = freight.summary()
    assert summary["gate_wait_min_mean"] == pytest.approx(6.0 / 54.0)
    assert summary["gate_over_15_share"] == 0.0
    assert freight.hours_per_truck_day()["service_line"] == pytest.approx(0.05)
    places = freight.places().set_index("place")
    assert places.at["gate", "utilization"] == pytest.approx(5.4 / 24.0)
