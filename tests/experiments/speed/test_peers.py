"""Other simulators beside the engine: the same queue, and the same car park."""

import numpy as np
import pytest

from experiments.speed import acn, peers
from experiments.speed.apart import apart
from sim import audit
from sim.engine import simulate
from tests.reference import twin


@pytest.mark.parametrize("peer", ["simpy", "ciw"])
def test_all_of_them_simulate_the_queue_of_theory(peer):
    pytest.importorskip(peer)
    found = peers.measured(peer, 6000, 1)
    assert found["customers"] == 6000
    assert found["wait_h"] == pytest.approx(0.2754, abs=1e-4)
    for own in ("engine_wait_h", "peer_wait_h"):
        assert found[own] == pytest.approx(found["wait_h"], rel=0.6)


def test_a_compiled_peer_is_measured_apart():
    pytest.importorskip("cimba")
    found = peers.measured("cimba", 6000, 1)
    assert found["customers"] == 6000 * peers.FAST
    assert found["peer_wait_h"] == pytest.approx(found["wait_h"], rel=0.2)


def test_what_fails_apart_is_told():
    with pytest.raises(RuntimeError, match=r"country\.nothing failed in its own process"):
        apart("country.nothing")


def test_the_park_is_exact():
    """To the twin; ACN-Sim comes closer with shorter steps."""
    model, evs = acn.park(acn.stays(60))
    ledger = simulate(model, evs)
    audit.check(ledger)
    ours = [(v["plug_h"], v["leave_h"], e) for v, e in
            zip(ledger.visits, ledger.energy_kwh, strict=True)]  # fmt: skip
    theirs = [(v["plug_h"], v["leave_h"], v["leave_kwh"] - v["arrival_kwh"])
              for v in twin.run(model, evs).visits]  # fmt: skip
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    assert ledger.excess_kw[0] > -1e-9  # the cap binds


def test_shorter_steps_come_closer():
    pytest.importorskip("acnportal")
    found = acn.measured(60, 1)
    assert found["sessions"] == 60
    assert 0.0 < found["finer_off_kwh"] < found["off_kwh"] / 2
