"""Programs of trucks, two guns and what they use in line, by hand on the engine."""

from math import inf

import numpy as np
import pytest

from sim import audit
from sim.engine import ChargingEnvironment, simulate
from sim.ledger import Ledger
from sim.lifecycle import Change as Kind
from sim.lifecycle import Opportunity, Outcome
from sim.lifecycle import Step as Do
from sim.model import Cabinet, Change, Duty, Evse, Station, Step, Vehicle
from tests import cases

TRUCK = Vehicle("truck", 100.0, ((1.0, 1000.0),), guns=2)
HOUR = Step(Do.DRIVE, h=1.0)


def run(*steps, stations=(), evs=None, factors=(), limit_h=inf, rest_h=0.0, **fields) -> Ledger:
    """A truck (or `evs`) of one duty; three gates without limits if no station is given."""
    duty = Duty("duty", steps, limit_h, rest_h)
    model = cases.model(
        *(stations or [cases.station("gate", 3)]), duties=(duty,), **{"horizon_h": 10.0} | fields
    )
    ledger = simulate(model, cases.trucks() if evs is None else evs, factors)
    audit.check(ledger)
    return ledger


def log(ledger: Ledger) -> list[tuple[int, float]]:
    """Steps of the log with their times; all are of EV 0."""
    assert not ledger.log["ev"].any()
    return [(row["step"], row["time_h"]) for row in ledger.log]


# ---- steps --------------------------------------------------------------------------------


def test_a_program_goes_round():
    """Drive an hour, half an hour at the gate, deliver."""
    ledger = run(HOUR, Step(Do.SERVE, h=0.5, station=0), Step(Do.DELIVER), horizon_h=4.0)
    assert log(ledger) == [(0, 0.0), (1, 1.0), (2, 1.5), (0, 1.5), (1, 2.5), (2, 3.0), (0, 3.0)]
    assert ledger.deliveries.tolist() == [[0.0, 1.0, 0.0, 1.0]]
    assert ledger.ends["turns"].tolist() == [2]
    v = ledger.visits
    assert v["arrival_h"].tolist() == [1.0, 2.5]
    assert (v["leave_h"] - v["plug_h"]).tolist() == v["evse_h"].tolist() == [0.5, 0.5]
    assert (v["need_kwh"] == 0).all()
    assert (v["outcome"] == Outcome.SERVED).all()
    assert (v["charge_end_h"] == v["plug_h"]).all()
    assert ledger.driving == 1


def test_it_begins_with_its_first_step():
    evs = cases.trucks(first=1, entry_h=0.25)
    assert log(run(HOUR, Step(Do.DELIVER), evs=evs, horizon_h=1.0)) == [(1, 0.25), (0, 0.25)]


def test_driving_takes_energy_by_the_load():
    steps = (Step(Do.DRIVE, h=1.0, km=10.0, load=1.5), Step(Do.SERVE, h=0.5, station=0))
    assert run(*steps).visits["arrival_kwh"].tolist() == [85.0, 70.0, 55.0, 40.0, 25.0, 10.0, 10.0]


def test_who_cannot_make_it_is_stranded_where_it_is():
    """Of 100 kWh 80 are gone after two drives; the third would need 40."""
    ledger = run(Step(Do.DRIVE, h=1.0, km=40.0), evs=cases.trucks(entry_h=0.5))
    assert log(ledger) == [(0, 0.5), (0, 1.5), (0, 2.5)]
    (visit,) = ledger.visits
    assert (visit["station"], visit["outcome"]) == (-1, Outcome.STRANDED)
    assert (visit["arrival_h"], visit["leave_h"], visit["leave_kwh"]) == (2.5, 2.5, 20.0)
    assert ledger.driving == 0


def test_factors_are_taken_in_turn_and_again():
    steps = (Step(Do.DRIVE, h=1.0, drawn=True), Step(Do.SERVE, h=1.0, station=0, drawn=True))
    evs = cases.trucks(draw_start=1, draw_end=4)
    ledger = run(*steps, evs=evs, factors=[9.0, 0.5, 0.25, 2.0, 9.0])
    assert [t for _, t in log(ledger)] == [0.0, 0.5, 0.75, 2.75, 3.25, 3.5, 5.5, 6.0, 6.25, 8.25,
                                           8.75, 9.0]  # fmt: skip


def test_without_factors_hours_are_as_given():
    steps = (Step(Do.DRIVE, h=1.0, drawn=True), Step(Do.DRIVE, h=2.0))
    assert [t for _, t in log(run(*steps, horizon_h=4.0))] == [0.0, 1.0, 3.0]


def test_a_step_that_is_not_drawn_takes_no_factor():
    evs = cases.trucks(draw_end=2)
    steps = (HOUR, Step(Do.DRIVE, h=1.0, drawn=True))
    ledger = run(*steps, evs=evs, factors=[2.0, 3.0], horizon_h=7.0)
    assert [t for _, t in log(ledger)] == [0.0, 1.0, 3.0, 4.0]


def test_who_drove_long_rests_before_it_drives_on():
    """2 h of 2.5 are driven: half an hour for 1 h more.  At the gate it stood half of that."""
    gate = Step(Do.SERVE, h=0.25, station=0)
    ledger = run(HOUR, HOUR, gate, HOUR, limit_h=2.5, rest_h=0.5, horizon_h=5.6)
    assert log(ledger) == [(0, 0.0), (1, 1.0), (2, 2.0), (-1, 2.25), (3, 2.5),
                           (0, 3.5), (-1, 4.5), (1, 5.0)]  # fmt: skip


def test_whoever_stood_just_long_enough_is_rested():
    steps = (HOUR, Step(Do.SERVE, h=0.5, station=0))
    ledger = run(*steps, limit_h=1.0, rest_h=0.5, horizon_h=4.0)
    assert log(ledger) == [(0, 0.0), (1, 1.0), (0, 1.5), (1, 2.5), (0, 3.0)]


def test_rests_count_plain_hours():
    """Jams do not count: after 1 h by the plan 2 h have gone, and 1 h more is within the limit."""
    ledger = run(Step(Do.DRIVE, h=1.0, drawn=True), evs=cases.trucks(draw_end=1), factors=[2.0],
                 limit_h=2.0, rest_h=0.5, horizon_h=6.0)  # fmt: skip
    assert log(ledger) == [(0, 0.0), (0, 2.0), (-1, 4.0), (0, 4.5)]


def test_a_drive_beyond_the_limit_is_driven_after_a_rest():
    ledger = run(HOUR, limit_h=0.5, rest_h=1.0, horizon_h=3.5)
    assert log(ledger) == [(-1, 0.0), (0, 1.0), (-1, 2.0), (0, 3.0)]


def test_a_pause_lasts_until_it_has_stood_for_so_long():
    steps = (HOUR, Step(Do.SERVE, h=0.25, station=0), Step(Do.PAUSE, h=1.0), Step(Do.PAUSE, h=0.5))
    assert log(run(*steps, horizon_h=3.0)) == [(0, 0.0), (1, 1.0), (2, 1.25), (3, 2.0), (0, 2.0)]


@pytest.mark.parametrize(
    ("from_h", "entry_h", "due_h"), [(6.0, 2.0, 6.0), (6.0, 6.0, 6.0), (6.0, 7.0, 30.0),
                                     (1.0, 25.0, 25.0), (1.0, 26.0, 49.0)],
)  # fmt: skip
def test_until_the_clock_shows_an_hour(from_h, entry_h, due_h):
    steps = (Step(Do.UNTIL, from_h=from_h), HOUR)
    ledger = run(*steps, evs=cases.trucks(entry_h=entry_h), horizon_h=due_h + 0.5)
    assert log(ledger) == [(0, entry_h), (1, due_h)]


@pytest.mark.parametrize(
    ("window", "entry_h", "skips"),
    [((6.0, 8.0), 6.0, True), ((6.0, 8.0), 8.0, False), ((6.0, 8.0), 31.0, True),
     ((22.0, 5.0), 23.0, True), ((22.0, 5.0), 4.5, True), ((22.0, 5.0), 5.0, False),
     ((22.0, 5.0), 12.0, False), ((7.0, 7.0), 7.0, False)],
)  # fmt: skip
def test_steps_are_left_out_at_some_hours(window, entry_h, skips):
    skip = Step(Do.SKIP, from_h=window[0], to_h=window[1], skip=2)
    steps = (skip, Step(Do.DELIVER), Step(Do.DELIVER), HOUR)
    ledger = run(*steps, evs=cases.trucks(entry_h=entry_h), horizon_h=entry_h + 0.5)
    assert ledger.deliveries.sum() == (0 if skips else 2)
    assert log(ledger)[-1] == (3, entry_h)


def test_what_is_left_out_may_go_round_the_end():
    steps = (Step(Do.DELIVER), HOUR, Step(Do.SKIP, from_h=0.0, to_h=24.0, skip=1))
    ledger = run(*steps, horizon_h=3.0)
    assert log(ledger) == [(0, 0.0), (1, 0.0), (2, 1.0), (1, 1.0), (2, 2.0), (1, 2.0)]


def test_a_program_that_stands_still_is_given_a_breath():
    """From 2:00 on the only step that takes time is left out: six steps at once, then a pause."""
    steps = (Step(Do.DELIVER), Step(Do.SKIP, from_h=2.0, to_h=24.0, skip=1), HOUR)
    ledger = run(*steps, horizon_h=2.0015)
    times = [t for _, t in log(ledger)]
    assert times == [0.0] * 3 + [1.0] * 3 + [2.0] * 6 + [2.0 + 1e-3] * 6
    assert log(ledger)[-6:] == [(0, 2.001), (1, 2.001)] * 3


def test_service_that_takes_no_time_is_given_a_breath_too():
    """It has stood for its pause already, and the gate takes no time: two rounds at 1:00."""
    ledger = run(Step(Do.SERVE, station=0), Step(Do.PAUSE, h=1.0), horizon_h=1.0015)
    assert [t for _, t in log(ledger)] == [0.0] * 2 + [1.0] * 4 + [1.0 + 1e-3] * 4
    assert [step for step, _ in log(ledger)] == [0, 1] * 5


def test_rows_of_a_program_find_room():
    """More steps and visits in one event than there was room for at first."""
    many = [Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS, soc=1.0)] * 200
    evs = cases.trucks(2, entry_kwh=50.0, balk_per_evse=0.0, entry_h=[0.0, 0.1])
    hold = cases.evs(3, overstay_h=9.0)
    ledger = run(*many, HOUR, evs=np.concatenate([hold, evs]), horizon_h=5.0)
    assert np.count_nonzero(ledger.visits["outcome"] == Outcome.BALKED) == 2 * 5 * 200
    assert len(ledger.log) == 2 * 5 * 201


# ---- where it may charge ------------------------------------------------------------------


def ahead_km(*steps: Step) -> list[float]:
    model = cases.model(duties=(Duty("a", (HOUR,)), Duty("b", (HOUR, *steps))))
    return model.arrays.program["ahead_km"][2:].tolist()


def test_how_far_it_is_to_the_next_place():
    charge = Step(Do.CHARGE, station=0)
    drive = Step(Do.DRIVE, km=10.0, load=1.5)
    assert ahead_km(charge, drive, charge, drive, drive) == [15.0, 0.0, 30.0, 0.0, 0.0]
    assert ahead_km(drive, charge, drive) == [0.0, 30.0, 0.0]  # round to itself
    skip = Step(Do.SKIP, from_h=1.0, to_h=2.0, skip=2)
    assert ahead_km(charge, skip, charge, drive, drive) == [15.0, 0.0, 30.0, 0.0, 0.0]
    assert ahead_km(charge, drive, Step(Do.SKIP, skip=3)) == [15.0, 0.0, 0.0]


def stops(kwh: float, reserve=0.0, stop_kwh=0.0, soc_cap=1.0, **charge) -> bool:
    """Whether a truck with `kwh` charges where the next place is 40 kWh away."""
    steps = (Step(Do.CHARGE, station=0, **charge), Step(Do.DRIVE, h=1.0, km=40.0))
    evs = cases.trucks(entry_kwh=kwh, reserve_kwh=reserve, stop_kwh=stop_kwh)
    ledger = run(*steps, stations=[cases.station(soc_cap=soc_cap)], evs=evs, horizon_h=0.5)
    return bool((ledger.visits["station"] == 0).any())


def test_who_would_not_reach_the_next_place_charges():
    assert stops(49.9, reserve=10.0)
    assert not stops(50.0, reserve=10.0, stop_kwh=60.0)


def test_who_has_little_charges_by_threshold():
    by = Opportunity.THRESHOLD
    assert stops(60.0, stop_kwh=60.0, rule=by)
    assert not stops(60.1, stop_kwh=60.0, rule=by)
    assert stops(49.0, reserve=10.0, rule=by)


def test_who_always_charges_needs_something():
    by = Opportunity.ALWAYS
    assert stops(79.9, soc=0.8, rule=by)
    assert not stops(80.0, soc=0.8, rule=by)
    assert not stops(70.0, soc=0.8, soc_cap=0.7, rule=by)
    assert not stops(39.0, soc=0.3)


def test_it_charges_up_to_its_goal_and_goes_on_at_once():
    """From 40 to 80 kWh at 60 kW, though it would have had an overstay."""
    steps = (Step(Do.CHARGE, station=0, soc=0.8), Step(Do.DRIVE, h=1.0, km=40.0))
    evs = cases.trucks(entry_kwh=40.0, reserve_kwh=1.0, overstay_h=5.0)
    ledger = run(*steps, evs=evs, horizon_h=1.0)
    assert log(ledger) == [(0, 0.0), (1, pytest.approx(2 / 3))]
    (visit,) = ledger.visits
    assert (visit["need_kwh"], visit["leave_kwh"], visit["outcome"]) == (40.0, 80.0, Outcome.SERVED)


def busy(**truck) -> Ledger:
    """A car holds the only EVSE for 2 h; the next place is 40 kWh away."""
    steps = (Step(Do.CHARGE, station=0), Step(Do.DRIVE, h=1.0, km=40.0))
    station = cases.station(line_places=truck.pop("line_places", -1))
    evs = np.concatenate([cases.evs(overstay_h=1.5), cases.trucks(reserve_kwh=10.0, **truck)])
    return run(*steps, stations=[station], evs=evs, horizon_h=2.5)


def outcomes(ledger: Ledger) -> list[tuple[int, float, float]]:
    v = ledger.visits
    return [(Outcome(o).name, t, u) for o, t, u in
            zip(v["outcome"][1:].tolist(), v["arrival_h"][1:].tolist(), v["leave_h"][1:].tolist(),
                strict=True)]  # fmt: skip


def test_who_need_not_charge_here_balks_or_reneges_and_goes_on():
    """A rule that stops it though it would get to the next place, where it does the same."""
    steps = (Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS), Step(Do.DRIVE, h=1.0, km=30.0))
    for fields, outcome, leave_h in (({"balk_per_evse": 0.0}, Outcome.BALKED, 0.25),
                                     ({"patience_h": 0.5}, Outcome.RENEGED, 0.75)):  # fmt: skip
        evs = cases.trucks(entry_kwh=90.0, entry_h=0.25, reserve_kwh=10.0, **fields)
        evs = np.concatenate([cases.evs(overstay_h=1.5), evs])
        ledger = run(*steps, stations=[cases.station()], evs=evs, horizon_h=1.5)
        assert ledger.visits["outcome"][1] == outcome
        assert ledger.visits["leave_h"][1] == leave_h
        assert ledger.log["time_h"].tolist()[:2] == [0.25, leave_h]


def test_who_must_charge_here_waits_whatever_its_patience():
    ledger = busy(entry_kwh=45.0, patience_h=0.1, balk_per_evse=0.0)
    assert ledger.visits["wait_h"][1] == 2.0
    assert ledger.visits["outcome"][1] == Outcome.IN_SYSTEM_AT_END


def test_who_must_charge_here_is_stranded_by_a_full_lot():
    assert outcomes(busy(entry_kwh=45.0, line_places=0)) == [("STRANDED", 0.0, 0.0)]


def test_who_is_to_be_served_waits_whatever_its_patience():
    steps = (Step(Do.SERVE, h=0.5, station=0), HOUR)
    evs = np.concatenate([cases.evs(), cases.trucks(patience_h=0.1, balk_per_evse=0.0)])
    ledger = run(*steps, stations=[cases.station()], evs=evs, horizon_h=1.5)
    assert ledger.visits[["plug_h", "leave_h"]].tolist() == [(0.0, 0.5), (0.5, 1.0)]


def test_who_is_to_be_served_is_stranded_by_a_full_lot():
    steps = (Step(Do.SERVE, h=0.5, station=0), HOUR)
    evs = np.concatenate([cases.evs(), cases.trucks()])
    ledger = run(*steps, stations=[cases.station(line_places=0)], evs=evs)
    assert outcomes(ledger) == [("STRANDED", 0.0, 0.0)]


# ---- aux ----------------------------------------------------------------------------------


def test_waiting_takes_energy():
    """It waits 0.5 h at 8 kW, and charges what that took as well: 30 + 4 kWh at 60 kW."""
    ledger = simulate(cases.model(), cases.evs(2, aux_kw=[0.0, 8.0]))
    audit.check(ledger)
    visit = ledger.visits[1]
    assert (visit["aux_kwh"], visit["arrival_kwh"], visit["leave_kwh"]) == (4.0, 20.0, 50.0)
    assert visit["charge_h"] == pytest.approx(34 / 60)
    assert ledger.sessions()[["energy_kwh", "aux_kwh"]].to_numpy()[1].tolist() == [34.0, 4.0]


def test_a_battery_is_never_below_empty():
    visit = simulate(cases.model(), cases.evs(2, aux_kw=[0.0, 80.0])).visits[1]
    assert (visit["aux_kwh"], visit["charge_h"]) == (20.0, pytest.approx(50 / 60))


def test_who_gives_up_leaves_with_less():
    ledger = simulate(cases.model(), cases.evs(2, aux_kw=8.0, patience_h=0.25))
    audit.check(ledger)
    visit = ledger.visits[1]
    assert (visit["outcome"], visit["leave_kwh"], visit["aux_kwh"]) == (Outcome.RENEGED, 18.0, 2.0)


def test_who_lost_its_way_out_in_line_goes_all_the_same():
    """It joins with 5 kWh more than the drive and its reserve take, uses 10 in half an hour behind
    a car, and drives with less than its reserve."""
    charge = Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS)
    own = cases.trucks(entry_kwh=30.0, reserve_kwh=10.0, patience_h=0.5, aux_kw=20.0)
    ledger = run(
        charge, Step(Do.DRIVE, h=1.0, km=15.0), stations=[cases.station("a")],
        evs=np.concatenate([cases.evs(target_kwh=80.0), own]), horizon_h=1.75,
    )  # fmt: skip
    left, back = ledger.visits[1:]
    assert (left["outcome"], left["leave_h"], left["leave_kwh"]) == (Outcome.RENEGED, 0.5, 20.0)
    assert (back["arrival_h"], back["arrival_kwh"]) == (1.5, 5.0)


def test_who_waits_at_the_end_has_less():
    ledger = simulate(cases.model(horizon_h=0.25), cases.evs(2, aux_kw=8.0))
    audit.check(ledger)
    assert ledger.visits["leave_kwh"].tolist() == [35.0, 18.0]
    assert ledger.visits["aux_kwh"].tolist() == [0.0, 2.0]


# ---- two guns -----------------------------------------------------------------------------


def two_guns(*cabinets, changes=(), **fields) -> Ledger:
    """Trucks with two guns that charge from 20 to 50 kWh."""
    station = Station("a", cabinets)
    model = cases.model(station, vehicles=(TRUCK,), changes=changes, horizon_h=2.0)
    ledger = simulate(model, cases.evs(**fields))
    audit.check(ledger)
    return ledger


def test_two_guns_take_half_the_time():
    ledger = two_guns(Cabinet((Evse(60.0), Evse(60.0))))
    (visit,) = ledger.visits
    assert (visit["slot"], visit["charge_h"], visit["occupied_h"], visit["evse_h"]) == (
        0, 0.25, 0.25, 0.5,
    )  # fmt: skip
    assert ledger.evse_peak_kw.tolist() == [60.0, 60.0]
    assert ledger.bins["occupied_h"][0, 0] == ledger.bins["charging_h"][0, 0] == 0.5


def test_the_pair_with_the_greatest_limit_is_taken():
    """80 kW alone, 2 x 60 kW, and a 60 kW in another cabinet; then 2 x 50 kW beat 80 kW."""
    mixed = Cabinet((Evse(80.0), Evse(60.0), Evse(50.0), Evse(60.0)))
    ledger = two_guns(mixed, Cabinet((Evse(50.0), Evse(50.0))), n=3)
    assert ledger.visits["slot"].tolist() == [1, 4, 0]
    assert ledger.visits["charge_h"] == pytest.approx([30 / 120, 30 / 100, 30 / 80])


def test_amperes_double_too():
    amps = Cabinet((Evse(amps=100.0), Evse(amps=100.0)))  # 40 kW each at 400 V
    assert two_guns(amps).visits["charge_h"] == pytest.approx([30 / 80])


def test_one_gun_if_only_one_is_free():
    """The second finds one EVSE, and keeps to it when the other is free."""
    ledger = two_guns(Cabinet((Evse(60.0),) * 3), n=2)
    assert ledger.visits["charge_h"].tolist() == [0.25, 0.5]
    assert ledger.visits["evse_h"].tolist() == [0.5, 0.5]


def test_two_guns_are_one_in_sharing():
    """A cabinet of 90 kW for a truck at 2 x 60 kW and a truck at 60 kW: 45 kW each."""
    stack = Cabinet((Evse(60.0),) * 3, kw=90.0)
    assert two_guns(stack, n=2, target_kwh=29.0).visits["charge_h"] == pytest.approx([0.2, 0.2])
    assert two_guns(stack).evse_peak_kw.tolist() == [45.0, 45.0, 0.0]


def test_being_served_takes_one_place():
    evs = cases.trucks(vehicle=0)
    ledger = run(
        Step(Do.SERVE, h=1.0, station=0), HOUR, evs=evs, vehicles=(TRUCK,), horizon_h=1.5
    )  # fmt: skip
    assert ledger.visits["evse_h"].tolist() == ledger.visits["occupied_h"].tolist() == [1.0]


@pytest.mark.parametrize("evse", [0, 1])
def test_a_failure_of_either_evse_cuts_the_session(evse):
    """15 of 30 kWh at 120 kW; it takes the EVSE that is left for the other 15."""
    down = Change(0.125, 0, Kind.EVSE_DOWN, evse)
    (visit,) = two_guns(Cabinet((Evse(60.0), Evse(60.0))), changes=[down]).visits
    assert (visit["cuts"], visit["slot"], visit["leave_h"]) == (1, 1 - evse, 0.375)
    assert (visit["occupied_h"], visit["evse_h"]) == (0.375, 0.5)


@pytest.mark.parametrize("evse", [0, 1])
def test_a_failure_when_it_is_full_cuts_nothing(evse):
    down = Change(0.5, 0, Kind.EVSE_DOWN, evse)
    pair = Cabinet((Evse(60.0), Evse(60.0)))
    first, second = two_guns(pair, changes=[down], n=2, overstay_h=0.5).visits
    assert (first["cuts"], first["leave_h"]) == (0, 0.75)
    assert (second["slot"], second["charge_h"], second["evse_h"]) == (1 - evse, 0.5, 1.0)


def test_others_see_both_evses_taken():
    pair = Station("a", (Cabinet((Evse(60.0), Evse(60.0))),))
    env = ChargingEnvironment(cases.model(pair, vehicles=(TRUCK,)), cases.evs())
    env.run(until=0.1)
    seen = env.observe("a")
    assert (seen.occupied, seen.free, seen.up, seen.power_kw) == (2, 0, 2, 120.0)
    env.run()
    assert env.observe("a").free == 2
