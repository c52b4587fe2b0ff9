"""Every check of the audit sees the ledger that breaks it, and passes the one that does not."""

from dataclasses import replace

import numpy as np
import pytest

from sim import audit
from sim.clock import ns
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Discipline, Opportunity, Outcome
from sim.lifecycle import Step as Do
from sim.model import Cabinet, Change, Duty, Evse, Station, Step, Swap, Vehicle
from tests import cases


@pytest.fixture(scope="module")
def ledger():
    """Two busy stations with failures, a cap, balking and reneging."""
    rng = np.random.default_rng(7)
    n = 600
    changes = [
        Change(10.0 * n + h, 0, kind, evse=n % 3)
        for n in range(9)
        for h, kind in ((0.0, Kind.EVSE_DOWN), (1.0, Kind.EVSE_UP))
    ]
    changes += [Change(50.0, 1, Kind.CAP, cap_kw=60.0), Change(60.0, 1, Kind.CAP, cap_kw=150.0)]
    model = cases.model(
        cases.station("a", 3), cases.station("b", 3, cap_kw=150.0), changes=changes, horizon_h=100.0
    )
    evs = cases.evs(
        n, place=rng.integers(0, 2, n), entry_h=rng.uniform(0, 100, n),
        patience_h=rng.uniform(0.1, 1.0, n), balk_per_evse=0.6, overstay_h=0.05,
    )  # fmt: skip
    return simulate(model, evs)


def spoiled(ledger, field, change, where=None):
    visits = ledger.visits.copy()
    at = np.flatnonzero(where if where is not None else visits["outcome"] == Outcome.SERVED)[5]
    visits[field][at] = change(visits[field][at])
    return replace(ledger, visits=visits)


def test_the_ledger_itself_passes(ledger):
    audit.check(ledger)
    outcomes = set(ledger.visits["outcome"].tolist())
    assert {Outcome.SERVED, Outcome.BALKED, Outcome.RENEGED} <= outcomes
    assert ledger.visits["cuts"].any()


def test_energy(ledger):
    assert audit.energy(spoiled(ledger, "leave_kwh", lambda x: x - 1e-4))


def test_little(ledger):
    waited = ledger.visits["wait_h"] > 0
    assert audit.little(spoiled(ledger, "wait_h", lambda x: x + 1e-5, waited))
    assert audit.little(spoiled(ledger, "occupied_h", lambda x: x - 1e-5))


def test_conservation(ledger):
    def said(bad):
        return [problem.lstrip("0123456789 ") for problem in audit.conservation(bad)]

    assert said(replace(ledger, visits=ledger.visits[:-1])) == ["visits in the rows, 600 counted"]
    balked = ledger.bins["balked"].sum()
    assert said(spoiled(ledger, "outcome", lambda _: Outcome.BALKED)) == [
        f"visits balked in the rows, {balked:g} counted"
    ]
    no_end = "a visit has an end and no outcome, or an outcome and no end"
    assert no_end in said(spoiled(ledger, "leave_h", lambda _: np.nan))
    assert said(spoiled(ledger, "wait_h", lambda x: x - 1e-3)) == [
        "a stay is not waiting plus occupation"
    ]


def test_nobody_is_in_two_places():
    found = simulate(cases.model(horizon_h=0.25), cases.evs(2))
    assert audit.conservation(found) == []
    found.visits["ev"] = 0
    assert audit.conservation(found) == ["an EV is in two places at once"]


@pytest.mark.parametrize(
    ("field", "to", "said"),
    [
        ("arrival_kwh", -0.1, "a battery below empty"),
        ("leave_kwh", 100.1, "a battery above full"),
        ("leave_kwh", 19.0, "a visit that loses energy"),
        ("need_kwh", 29.0, "a visit that gains more than it needs"),
        ("need_kwh", 31.0, "a served visit short of its need"),
    ],
)
def test_battery(ledger, field, to, said):
    """Each charges from 20 to 50 kWh of 100."""
    assert f"{said} (1 visits)" in audit.battery(spoiled(ledger, field, lambda _: to))


def test_limits(ledger):
    bins = ledger.bins.copy()
    bins["power_max_kw"][1, 55] = 100.0  # the cap is 60 kW then
    assert audit.limits(replace(ledger, bins=bins)) == ["b above its cap"]
    assert audit.limits(spoiled(ledger, "charge_h", lambda x: x / 2))


def test_the_cap_holds_at_every_instant_also_within_a_bin(ledger):
    """Bins hold the greatest cap that was in force in them; what is kept over time sees more."""
    moments = ledger.excess_kw.copy()
    moments[1] = 0.1
    assert audit.limits(replace(ledger, excess_kw=moments)) == ["b above its cap"]


def test_an_evse_has_a_limit(ledger):
    peak = ledger.evse_peak_kw.copy()
    assert peak.max() == 60.0
    peak[4] = 60.1
    assert audit.limits(replace(ledger, evse_peak_kw=peak)) == ["EVSE 1 of b above its limit"]


def test_an_evse_is_measured_by_its_own_limit():
    mixed = Station("a", (Cabinet((Evse(60.0), Evse(20.0))),))
    found = simulate(cases.model(mixed), cases.evs(2))
    assert found.evse_peak_kw.tolist() == [60.0, 20.0]
    found.evse_peak_kw[:] = 60.0
    assert audit.limits(found) == ["EVSE 1 of a above its limit"]


def test_a_curve_has_a_least_time():
    """60 kW up to 50 kWh and 20 kW above: 30 kWh from 40 take 10 / 60 + 20 / 20 hours."""
    slow = Vehicle("slow", 100.0, ((0.5, 60.0), (1.0, 20.0)))
    found = simulate(cases.model(vehicles=(slow,)), cases.evs(entry_kwh=40.0, target_kwh=70.0))
    assert audit.limits(found) == []
    found.visits["charge_h"] -= 1e-6
    assert audit.limits(found) == [
        "an EV got more than its EVSE, its curve or its own limit can give"
    ]


def test_a_curve_is_the_one_behind_its_evse():
    mixed = Station("a", (Cabinet((Evse(60.0), Evse(20.0))),))
    found = simulate(cases.model(mixed), cases.evs(2))
    assert found.visits["charge_h"].tolist() == [0.5, 1.5]
    assert audit.limits(found) == []
    found.visits["charge_h"] = 0.5
    assert audit.limits(found) == [
        "an EV got more than its EVSE, its curve or its own limit can give"
    ]


def test_an_ev_has_a_limit_of_its_own():
    found = simulate(cases.model(), cases.evs(ev_kw=20.0))
    assert found.visits["charge_h"][0] == pytest.approx(1.5)
    assert audit.limits(found) == []
    found.evs["ev_kw"] = 19.0
    assert audit.limits(found) == [
        "an EV got more than its EVSE, its curve or its own limit can give"
    ]


def test_line_order(ledger):
    visits = ledger.visits.copy()
    own = np.flatnonzero((visits["station"] == 0) & (visits["wait_h"] > 0) & (visits["slot"] >= 0)
                         & (visits["cuts"] == 0))  # fmt: skip
    a, b = own[3], own[4]
    visits["plug_h"][[a, b]] = visits["plug_h"][[b, a]]
    assert any("earlier arrival" in p for p in audit.line(replace(ledger, visits=visits)))


@pytest.mark.parametrize("discipline", [Discipline.PRIORITY, Discipline.SHORTEST_NEED])
def test_order_of_the_discipline(discipline):
    """Seven wait for one EVSE; a plug of another at the time of the first is out of turn."""
    need, rank = [30, 28, 26, 25, 24, 23, 22, 21], [0, 3, 1, 2, 2, 5, 4, 9]
    evs = cases.evs(8, target_kwh=20.0 + np.array(need), priority=rank, entry_h=np.arange(8) / 100)
    found = simulate(cases.model(cases.station(discipline=discipline)), evs)
    by_need = [0, 7, 6, 5, 4, 3, 2, 1]
    in_turn = by_need if discipline == Discipline.SHORTEST_NEED else [0, 2, 3, 4, 1, 6, 5, 7]
    assert np.argsort(found.visits["plug_h"]).tolist() == in_turn
    assert audit.line(found) == []
    second, third = in_turn[1:3]
    found.visits["plug_h"][[second, third]] = found.visits["plug_h"][[third, second]]
    found.visits["wait_h"] = found.visits["plug_h"] - found.visits["arrival_h"]
    assert audit.line(found)[0] == "somebody at a was served out of turn"


@pytest.mark.parametrize("discipline", [Discipline.PRIORITY, Discipline.SHORTEST_NEED])
def test_equals_are_called_in_order_of_arrival(discipline):
    evs = cases.evs(3, entry_h=[0.0, 0.1, 0.2])
    found = simulate(cases.model(cases.station(discipline=discipline)), evs)
    assert audit.line(found) == []
    found.visits["plug_h"][1:] = found.visits["plug_h"][:0:-1].copy()
    found.visits["wait_h"] = found.visits["plug_h"] - found.visits["arrival_h"]
    assert audit.line(found)[0] == "somebody at a was served out of turn"


def test_waiting_beside_a_free_evse(ledger):
    relieved = np.isin(ledger.visits["leave_h"], ledger.visits["plug_h"])  # by the next in line
    bad = spoiled(ledger, "leave_h", lambda x: x - 0.01, relieved)
    assert any("beside a usable free EVSE" in p for p in audit.line(bad))


def test_patience(ledger):
    gone = ledger.visits["outcome"] == Outcome.RENEGED
    assert audit.patience(spoiled(ledger, "wait_h", lambda x: x + 0.01, gone))
    waited = (ledger.visits["outcome"] == Outcome.SERVED) & (ledger.visits["wait_h"] > 0)
    assert audit.patience(spoiled(ledger, "wait_h", lambda x: x + 1.0, waited))


def test_deadline_ends_patience():
    evs = cases.evs(2, patience_h=1.0, deadline_h=[np.inf, 0.25])
    found = simulate(cases.model(), evs)
    assert found.visits["outcome"].tolist() == [Outcome.SERVED, Outcome.RENEGED]
    assert audit.patience(found) == []
    found.evs["deadline_ns"] = ns(0.3)
    assert audit.patience(found)


def test_check_raises_with_sentences(ledger):
    with pytest.raises(audit.AuditError, match=r"energy \[kWh\] at"):
        audit.check(spoiled(ledger, "leave_kwh", lambda x: x - 1e-4))


def test_no_check_is_left_out():
    ours = ("energy", "little", "conservation", "battery", "limits", "line", "patience", "swaps")
    assert {getattr(audit, name) for name in ours} <= set(audit.CHECKS)


def test_cabinets():
    pair = Station("a", (Cabinet((Evse(60.0), Evse(60.0)), kw=80.0),))
    shared = simulate(cases.model(pair), cases.evs(2))
    assert audit.limits(shared) == []
    shared.cabinet_peak_kw[0] = 80.1
    assert audit.limits(shared) == ["a above a cabinet"]


def test_waiting_beside_a_free_evse_while_another_is_down(ledger):
    """EVSEs of the first station are down in the first of every ten hours."""
    v = ledger.visits
    hour = v["leave_h"] % 10
    relieved = np.isin(v["leave_h"], v["plug_h"]) & (v["station"] == 0) & (v["cuts"] == 0)
    bad = spoiled(ledger, "leave_h", lambda x: x - 0.01, relieved & (hour > 0.02) & (hour < 1.0))
    assert any("beside a usable free EVSE" in p for p in audit.line(bad))


# ---- trucks -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fleet():
    """Trucks with two guns between a gate, a hub with failures and a swap station; cars as well."""
    big = Vehicle("big", 200.0, ((0.5, 300.0), (1.0, 100.0)), guns=2)
    places = (
        cases.station("gate", 2),
        Station("hub", (Cabinet((Evse(90.0),) * 3, 200.0), Cabinet((Evse(60.0),) * 2)), 300.0),
        cases.station("swap", 3, kw=100.0, swap=Swap(1, bays=2, swap_h=0.1, soc=0.9)),
    )
    steps = (
        Step(Do.DRIVE, h=0.5, km=40.0, drawn=True),
        Step(Do.SERVE, h=0.1, station=0, drawn=True),
        Step(Do.CHARGE, station=1, soc=0.9, rule=Opportunity.THRESHOLD),
        Step(Do.DRIVE, h=0.5, km=40.0, drawn=True),
        Step(Do.DELIVER),
        Step(Do.CHARGE, station=2, soc=0.9, rule=Opportunity.ALWAYS),
    )
    changes = [
        Change(4.0 * n + h, 1, kind, evse=n % 5)
        for n in range(10)
        for h, kind in ((0.0, Kind.EVSE_DOWN), (1.0, Kind.EVSE_UP))
    ]
    duty = Duty("shuttle", steps, drive_limit_h=4.0, rest_h=0.75)
    model = cases.model(
        *places, vehicles=(cases.FLAT, big), duties=(duty,), changes=changes, horizon_h=48.0
    )
    rng = np.random.default_rng(5)
    n = 12
    trucks = cases.trucks(
        n, vehicle=1, entry_h=rng.uniform(0.0, 2.0, n), entry_kwh=150.0, aux_kw=5.0,
        stop_kwh=120.0, reserve_kwh=20.0, patience_h=rng.uniform(0.1, 0.8, n), draw_end=200,
    )  # fmt: skip
    packs = cases.packs(2, 3, vehicle=1, entry_kwh=180.0)
    cars = cases.evs(30, place=1, entry_h=rng.uniform(0.0, 48.0, 30), patience_h=0.5)
    evs = np.concatenate([packs, trucks, cars])
    return simulate(model, evs, rng.exponential(1.0, 200))


def first(ledger, where):
    return np.arange(len(ledger.visits)) == np.flatnonzero(where)[0]


def broken(ledger, field, change, where):
    """The ledger with one field of the first visit `where` changed."""
    visits = ledger.visits.copy()
    at = np.flatnonzero(where)[0]
    visits[field][at] = change(visits[field][at])
    return replace(ledger, visits=visits)


def test_the_ledger_of_a_fleet_passes(fleet):
    audit.check(fleet)
    v = fleet.visits
    assert {Outcome.SERVED, Outcome.RENEGED} <= set(v["outcome"].tolist())
    two = v["evse_h"] > 1.5 * v["occupied_h"]
    assert min(two.sum(), fleet.swapped.sum(), fleet.of_packs.sum(), v["cuts"].sum()) > 5
    assert (v["wait_h"][fleet.swapped & (v["plug_h"] > 0)] > 0).any()


def test_energy_of_packs(fleet):
    packs = fleet.of_packs
    assert audit.energy(broken(fleet, "arrival_kwh", lambda x: x + 1e-4, packs))
    waited = (fleet.visits["aux_kwh"] > 0) & (fleet.visits["slot"] >= 0)
    assert audit.energy(broken(fleet, "aux_kwh", lambda x: x - 1e-4, waited))


def test_little_of_two_guns(fleet):
    two = fleet.visits["evse_h"] > 1.5 * fleet.visits["occupied_h"]
    (said,) = audit.little(broken(fleet, "occupied_h", lambda x: 1.1 * x, two))
    assert said == "EVSE-hours of a visit are not its hours at one EVSE or two"
    bad = broken(fleet, "evse_h", lambda x: x / 2, two)
    assert [said.partition(":")[0] for said in audit.little(bad)] == ["occupation [h] at hub"]


def test_a_truck_in_a_bay_has_no_evse(fleet):
    assert len(audit.little(broken(fleet, "evse_h", lambda _: 0.1, fleet.swapped))) == 2


def test_deliveries_are_turns(fleet):
    deliveries = fleet.deliveries.copy()
    deliveries[0, 7] += 1
    assert audit.conservation(replace(fleet, deliveries=deliveries)) == [
        "deliveries of duties are not the turns of their trucks"
    ]


@pytest.mark.parametrize(
    ("field", "by", "said"),
    [
        ("leave_kwh", 1.0, "a visit that gains more than it needs"),
        ("leave_kwh", -1.0, "a served visit short of its need"),
        ("aux_kwh", -100.0, "a visit that loses energy"),
    ],
)
def test_batteries_of_who_waited(fleet, field, by, said):
    v = fleet.visits
    charged = (v["aux_kwh"] > 0) & (v["outcome"] == Outcome.SERVED) & (v["need_kwh"] > 0)
    where = charged & (v["slot"] >= 0) & (v["leave_kwh"] < v["arrival_kwh"] + 100.0)
    assert f"{said} (1 visits)" in audit.battery(broken(fleet, field, lambda x: x + by, where))


def test_a_swap_may_take_no_energy(fleet):
    said = audit.battery(broken(fleet, "leave_kwh", lambda _: 1.0, fleet.swapped))
    assert said == ["a visit that loses energy (1 visits)"]


def test_two_guns_have_a_limit(fleet):
    v = fleet.visits
    two = (v["evse_h"] > 1.5 * v["occupied_h"]) & (v["cuts"] == 0) & (v["charge_h"] > 0)
    fast = ["an EV got more than its EVSE, its curve or its own limit can give"]
    assert audit.limits(broken(fleet, "charge_h", lambda x: x / 2, two)) == fast
    one = broken(fleet, "evse_h", lambda x: x / 2, first(fleet, two))
    assert audit.limits(one) == fast  # with one gun it would have been impossible


def test_nobody_waits_beside_a_free_second_evse(fleet):
    """A pair that is said to be one EVSE leaves a free one beside the line."""
    v = fleet.visits
    bad = v.copy()
    two = (v["evse_h"] > 1.5 * v["occupied_h"]) & (v["cuts"] == 0)
    bad["evse_h"][two] = v["occupied_h"][two]
    assert audit.line(replace(fleet, visits=bad)) == [
        "somebody waits at hub beside a usable free EVSE"
    ]


@pytest.mark.parametrize(("racks", "bays", "of_packs"), [(2, 1, False), (1, 2, True)])
def test_nobody_waits_beside_a_free_bay_and_a_pack(racks, bays, of_packs):
    """The second truck waits for the bay, or for a pack, which is said to be there earlier."""
    place = cases.station("swap", racks, swap=Swap(0, bays, swap_h=0.25))
    duty = Duty("duty", (Step(Do.CHARGE, station=0, rule=Opportunity.ALWAYS),
                         Step(Do.DRIVE, h=100.0)))  # fmt: skip
    evs = np.concatenate([cases.packs(0, racks), cases.trucks(2, entry_kwh=40.0)])
    found = simulate(cases.model(place, duties=(duty,), horizon_h=5.0), evs)
    assert audit.line(found) == []
    bad = broken(found, "leave_h", lambda x: x - 0.05, found.of_packs == of_packs)
    assert audit.line(bad) == ["somebody waits at swap beside a usable free EVSE"]


def test_trucks_are_called_in_turn(fleet):
    v = fleet.visits
    waited = np.flatnonzero(fleet.swapped & (v["wait_h"] > 0) & (v["plug_h"] > 0))
    bad = v.copy()
    bad["plug_h"][waited[0]] += 5.0
    said = audit.line(replace(fleet, visits=bad))
    assert "somebody at swap was served before an earlier arrival" in said


def test_patience_of_trucks(fleet):
    """Who could go on does not wait longer than it would; who is at a gate does."""
    v = fleet.visits
    late = broken(fleet, "wait_h", lambda x: x + 1.0, (v["station"] == 0))
    assert audit.patience(late) == []
    can = fleet.swapped & (v["arrival_kwh"] > 100.0) & (v["outcome"] == Outcome.SERVED)
    late = broken(fleet, "wait_h", lambda x: x + 1.0, can)
    assert audit.patience(late) == ["somebody waited beyond its patience"]


def test_swaps_exchange_what_there_is(fleet):
    exchange = ["a truck and a pack did not exchange what they held"]
    for field, where in (("leave_kwh", fleet.swapped), ("arrival_kwh", fleet.of_packs),
                         ("aux_kwh", fleet.swapped & (fleet.visits["aux_kwh"] > 0))):  # fmt: skip
        assert audit.swaps(broken(fleet, field, lambda x: x + 1e-3, where)) == exchange
    lost = np.flatnonzero(fleet.of_packs)[0]
    said = audit.swaps(replace(fleet, visits=np.delete(fleet.visits, lost)))
    n = fleet.of_packs.sum()
    assert said == [f"{n} trucks swapped {n - 1} packs"]
