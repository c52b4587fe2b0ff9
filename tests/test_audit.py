"""Every check of the audit sees the ledger that breaks it, and passes the one that does not."""

from dataclasses import replace

import numpy as np
import pytest

from sim import audit
from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Outcome
from sim.model import Cabinet, Change, Evse, Station
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
    assert audit.conservation(replace(ledger, visits=ledger.visits[:-1]))
    assert audit.conservation(spoiled(ledger, "outcome", lambda _: Outcome.BALKED))
    assert audit.conservation(spoiled(ledger, "leave_h", lambda _: np.nan))


def test_battery(ledger):
    assert audit.battery(spoiled(ledger, "arrival_kwh", lambda _: -0.1))
    assert audit.battery(spoiled(ledger, "leave_kwh", lambda _: 100.1))
    assert audit.battery(spoiled(ledger, "need_kwh", lambda x: x + 1.0))


def test_limits(ledger):
    bins = ledger.bins.copy()
    bins["power_max_kw"][1, 55] = 100.0  # the cap is 60 kW then
    assert audit.limits(replace(ledger, bins=bins)) == ["b above its cap"]
    bins["power_max_kw"][0, 55] = 1e9
    assert "a above its cabinets" not in audit.limits(ledger)
    assert audit.limits(spoiled(ledger, "charge_h", lambda x: x / 2))


def test_line_order(ledger):
    visits = ledger.visits.copy()
    own = np.flatnonzero((visits["station"] == 0) & (visits["wait_h"] > 0) & (visits["slot"] >= 0)
                         & (visits["cuts"] == 0))  # fmt: skip
    a, b = own[3], own[4]
    visits["plug_h"][[a, b]] = visits["plug_h"][[b, a]]
    assert any("earlier arrival" in p for p in audit.line(replace(ledger, visits=visits)))


def test_waiting_beside_a_free_evse(ledger):
    relieved = np.isin(ledger.visits["leave_h"], ledger.visits["plug_h"])  # by the next in line
    bad = spoiled(ledger, "leave_h", lambda x: x - 0.01, relieved)
    assert any("beside a usable free EVSE" in p for p in audit.line(bad))


def test_patience(ledger):
    gone = ledger.visits["outcome"] == Outcome.RENEGED
    assert audit.patience(spoiled(ledger, "wait_h", lambda x: x + 0.01, gone))


def test_check_raises_with_sentences(ledger):
    with pytest.raises(audit.AuditError, match=r"energy \[kWh\] at"):
        audit.check(spoiled(ledger, "leave_kwh", lambda x: x - 1e-4))


def test_no_check_is_left_out():
    ours = ("energy", "little", "conservation", "battery", "limits", "line", "patience")
    assert {getattr(audit, name) for name in ours} <= set(audit.CHECKS)


def test_cabinets():
    pair = Station("a", (Cabinet((Evse(60.0), Evse(60.0)), kw=80.0),))
    shared = simulate(cases.model(pair), cases.evs(2))
    assert audit.limits(shared) == []
    shared.bins["power_max_kw"][0, 0] = 80.1
    assert audit.limits(shared) == ["a above its cabinets"]


def test_waiting_beside_a_free_evse_while_another_is_down(ledger):
    """EVSEs of the first station are down in the first of every ten hours."""
    v = ledger.visits
    hour = v["leave_h"] % 10
    relieved = np.isin(v["leave_h"], v["plug_h"]) & (v["station"] == 0) & (v["cuts"] == 0)
    bad = spoiled(ledger, "leave_h", lambda x: x - 0.01, relieved & (hour > 0.02) & (hour < 1.0))
    assert any("beside a usable free EVSE" in p for p in audit.line(bad))
