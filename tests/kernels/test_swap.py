"""Swap stations by hand: packs of 100 kWh, a swap takes a quarter of an hour, racks have 80 kW."""

from math import inf

import numpy as np
import pytest

from sim import audit
from sim.engine import ChargingEnvironment, simulate
from sim.ledger import Ledger
from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity, Outcome
from sim.lifecycle import Step as Do
from sim.model import Change, Duty, Model, Step, Swap
from tests import cases

TO_SWAP = Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS)


def network(*steps, racks=1, bays=1, soc=1.0, changes=(), horizon_h=10.0, **fields) -> Model:
    """A swap station on the way of a duty; by default a truck comes by once and drives on."""
    station = cases.station(
        "swap", racks, kw=80.0, swap=Swap(0, bays, 0.25, soc), **fields
    )  # fmt: skip
    duty = Duty("duty", steps or (TO_SWAP, Step(Do.DRIVE, h=100.0)))
    return cases.model(station, duties=(duty,), changes=changes, horizon_h=horizon_h)


def run(*steps, trucks, pack_kwh=100.0, racks=1, packs=None, **fields) -> Ledger:
    own = cases.packs(0, racks, entry_kwh=pack_kwh, **(packs or {}))
    model = network(*steps, racks=racks, **fields)
    ledger = simulate(model, np.concatenate([own, trucks]))
    audit.check(ledger)
    return ledger


def of_trucks(ledger: Ledger) -> np.ndarray:
    return ledger.visits[~ledger.of_packs]


def of_packs(ledger: Ledger) -> np.ndarray:
    return ledger.visits[ledger.of_packs]


def test_a_truck_leaves_with_the_pack_of_the_rack():
    ledger = run(trucks=cases.trucks(entry_kwh=20.0, entry_h=1.0))
    (truck,) = of_trucks(ledger)
    assert (truck["station"], truck["slot"], truck["outcome"]) == (0, -1, Outcome.SERVED)
    assert truck[["arrival_h", "plug_h", "unplug_h", "leave_h"]].tolist() == (1.0, 1.0, 1.25, 1.25)
    assert truck[["wait_h", "charge_h", "occupied_h", "evse_h"]].tolist() == (0, 0, 0.25, 0)
    assert truck[["arrival_kwh", "leave_kwh", "need_kwh"]].tolist() == (20.0, 100.0, 80.0)
    assert np.isnan(truck["charge_end_h"])
    assert ledger.log["time_h"].tolist() == [1.0, 1.25]


def test_the_pack_that_it_leaves_is_charged():
    ledger = run(trucks=cases.trucks(entry_kwh=20.0), handshake_h=0.5, session_limit_h=0.1,
                 soc_cap=0.9, packs={"deadline_h": 0.5})  # fmt: skip
    (pack,) = of_packs(ledger)
    assert (pack["ev"], pack["station"], pack["slot"], pack["outcome"]) == (0, 0, 0, Outcome.SERVED)
    assert pack[["arrival_h", "plug_h", "wait_h"]].tolist() == (0.25, 0.25, 0.0)
    assert pack[["charge_end_h", "unplug_h", "leave_h"]].tolist() == (1.25, 1.25, 1.25)
    assert pack[["charge_h", "occupied_h", "evse_h"]].tolist() == (1.0, 1.0, 1.0)
    assert pack[["arrival_kwh", "leave_kwh", "need_kwh"]].tolist() == (20.0, 100.0, 80.0)
    assert ledger.bins["occupied_h"][0, :2].tolist() == [0.75, 0.25]
    assert ledger.bins["energy_kwh"].sum() == 80.0
    assert ledger.sessions()["grid_kwh"].tolist() == [0.0, 80.0]


def test_packs_have_a_goal():
    """Packs of 80 kWh: nobody with more stops, and they are charged for 0.5 h."""
    ledger = run(trucks=cases.trucks(2, entry_kwh=[40.0, 80.0]), pack_kwh=80.0, soc=0.8)
    assert of_trucks(ledger)[["leave_kwh", "need_kwh"]].tolist() == [(80.0, 40.0)]
    assert of_packs(ledger)[["charge_h", "leave_kwh"]].tolist() == [(0.5, 80.0)]


def test_who_comes_next_waits_for_the_bay():
    ledger = run(trucks=cases.trucks(3, entry_kwh=20.0), racks=3, bays=2)
    assert of_trucks(ledger)["wait_h"].tolist() == [0.0, 0.0, 0.25]
    assert of_packs(ledger)["slot"].tolist() == [0, 1, 2]


def test_who_comes_next_waits_for_a_pack():
    """The pack of the first, from 60 kWh, is ready after 0.25 + 0.5 h."""
    ledger = run(trucks=cases.trucks(2, entry_kwh=[60.0, 20.0]), bays=2)
    assert of_trucks(ledger)[["wait_h", "plug_h", "leave_kwh"]].tolist() == [
        (0.0, 0.0, 100.0), (0.75, 0.75, 100.0),
    ]  # fmt: skip
    assert of_packs(ledger)["arrival_kwh"].tolist() == [60.0, 20.0]


def test_the_first_rack_that_is_ready_is_taken():
    """The pack of 90 kWh in the first rack is full again before the third truck comes."""
    trucks = cases.trucks(3, entry_h=[0.0, 0.25, 0.5], entry_kwh=[90.0, 20.0, 20.0])
    assert of_packs(run(trucks=trucks, racks=3))["slot"].tolist() == [0, 1, 0]


def test_racks_share_power():
    """160 kWh at 100 kW in all; who comes then waits until the first pack is full."""
    trucks = cases.trucks(2, entry_kwh=20.0)
    ledger = run(trucks=trucks, racks=2, bays=2, cap_kw=100.0)
    assert of_packs(ledger)["charge_h"] == pytest.approx([1.6, 1.6])


def test_a_cap_that_changes():
    changes = [Change(0.75, 0, Kind.CAP, cap_kw=40.0)]
    ledger = run(trucks=cases.trucks(entry_kwh=20.0), changes=changes)
    assert of_packs(ledger)["charge_h"].tolist() == [1.5]


def test_balking_counts_bays():
    """Four racks and a bay: the third in line is one too many for a limit of 2."""
    trucks = cases.trucks(4, entry_kwh=20.0, balk_per_evse=2.0)
    ledger = run(trucks=trucks, racks=4)
    assert of_trucks(ledger)["outcome"].tolist() == [*[Outcome.SERVED] * 3, Outcome.BALKED]


def test_waiting_has_an_end_and_takes_energy():
    trucks = cases.trucks(3, entry_kwh=20.0, aux_kw=4.0, patience_h=[9.0, 9.0, 0.25],
                          deadline_h=[0.1, inf, inf])  # fmt: skip
    ledger = run(trucks=trucks, bays=2)
    first, second, third = of_trucks(ledger)
    assert first["leave_h"] == 0.25  # a deadline does not break a swap off
    assert (third["outcome"], third["leave_kwh"], third["leave_h"]) == (Outcome.RENEGED, 19.0, 0.25)
    assert second[["wait_h", "aux_kwh", "arrival_kwh"]].tolist() == (1.25, 5.0, 20.0)
    assert of_packs(ledger)["arrival_kwh"].tolist() == [20.0, 15.0]


def test_a_full_lot_strands_who_must_swap():
    steps = (Step(Do.CHARGE, station=0), Step(Do.DRIVE, h=100.0, km=50.0))
    ledger = run(*steps, trucks=cases.trucks(2, entry_kwh=20.0), line_places=0)
    assert of_trucks(ledger)["outcome"].tolist() == [Outcome.SERVED, Outcome.STRANDED]


def test_it_comes_back_again_and_again():
    steps = (TO_SWAP, Step(Do.DRIVE, h=1.0, km=50.0), Step(Do.DELIVER))
    ledger = run(*steps, trucks=cases.trucks(entry_kwh=20.0), racks=2, horizon_h=20.0)
    assert of_trucks(ledger)["arrival_kwh"].tolist() == [20.0] + [50.0] * 15
    assert ledger.deliveries.sum() == 15
    assert set(of_packs(ledger)["slot"].tolist()) == {0}


@pytest.mark.parametrize(
    ("horizon_h", "driving", "open_rows"), [(0.2, 0, 1), (0.25, 0, 1), (0.5, 1, 1), (2.0, 1, 0)]
)  # fmt: skip
def test_the_end_of_the_run_comes_at_any_time(horizon_h, driving, open_rows):
    ledger = run(trucks=cases.trucks(entry_kwh=20.0), horizon_h=horizon_h)
    assert ledger.driving == driving
    assert np.isnan(ledger.visits["leave_h"]).sum() == open_rows


def test_what_is_seen_of_a_swap_station():
    trucks = cases.trucks(entry_kwh=20.0)
    env = ChargingEnvironment(
        network(racks=3, bays=2), np.concatenate([cases.packs(0, 3), trucks])
    )  # fmt: skip
    seen = []

    def watch():
        for what in ("arrival", "unplug", "session_end"):
            event = yield env.on(what, "swap")
            look = env.observe("swap")
            seen.append((what, env.now, event.ev, event.evse, look.occupied, look.free))

    env.process(watch())
    env.run(until=3.0)
    assert seen == [
        ("arrival", 0.0, 3, -1, 0, 1),  # it has a bay, and two packs are ready for the other
        ("unplug", 0.25, 3, 0, 1, 2),
        ("session_end", 1.25, 0, 0, 0, 2),
    ]
    with pytest.raises(ValueError, match="racks do not fail"):
        env.set_evse_state("swap", 0, up=False)
