"""The engine against the plain SimPy twin, visit by visit and bin by bin, over every feature."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sim import audit
from sim.engine import simulate
from tests.reference import twin
from tests.regions import regions
from tests.scenarios import close, close_log, scenarios, truck_scenarios

SETTINGS = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def compare(case):
    model, evs, *more = case  # of trucks their random factors, of residents their diaries
    ledger = simulate(model, evs, *more)
    names = ledger.visits.dtype.names
    rows = [dict(zip(names, row.tolist(), strict=True)) for row in ledger.visits]
    truth = twin.run(model, evs, *more)
    close(rows, truth.visits)
    assert ledger.end_h == pytest.approx(truth.end_h, abs=1e-9)
    np.testing.assert_allclose(ledger.ends["fuel_kwh"], truth.fuel_kwh, rtol=0, atol=1e-9)
    with_diary = evs["diary"] >= 0
    held = ledger.ends["kwh"][with_diary], np.array(truth.kwh)[with_diary]
    np.testing.assert_allclose(*held, rtol=0, atol=1e-9)
    if with_diary.any():
        own = more[1].diaries["start"][evs["diary"][ledger.visits["ev"]]]
        assert (ledger.of_stay - np.where(ledger.of_stay < 0, 0, own)).tolist() == truth.of_stay
        assert ledger.hop.tolist() == truth.hop
    if model.tariffs:
        np.testing.assert_allclose(ledger.fees, truth.fees, rtol=0, atol=1e-9)
    for name, bins in truth.bins.items():
        both = min(bins.shape[1], ledger.bins.shape[1])
        np.testing.assert_allclose(
            ledger.bins[name][:, :both], bins[:, :both], rtol=0, atol=1e-8, err_msg=name
        )
    if model.duties:
        np.testing.assert_array_equal(ledger.deliveries, truth.deliveries)
    close_log(ledger.log.tolist(), truth.log)
    audit.check(ledger)


@settings(SETTINGS, max_examples=150)
@given(scenarios())
def test_agree(case):
    compare(case)


@pytest.mark.long
@settings(SETTINGS, max_examples=600)
@given(scenarios())
def test_agree_at_length(case):
    compare(case)


@settings(SETTINGS, max_examples=60)
@given(truck_scenarios())
def test_trucks_agree(case):
    compare(case)


@pytest.mark.long
@settings(SETTINGS, max_examples=400)
@given(truck_scenarios())
def test_trucks_agree_at_length(case):
    compare(case)


@settings(SETTINGS, max_examples=80)
@given(regions())
def test_regions_agree(case):
    compare(case)


@pytest.mark.long
@settings(SETTINGS, max_examples=300)
@given(regions())
def test_regions_agree_at_length(case):
    compare(case)
