"""What visits are charged, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from sim import audit
from sim.engine import ChargingEnvironment, simulate
from sim.lifecycle import Change as Kind
from sim.lifecycle import Step as Do
from sim.model import Change, Model, Step
from sim.tariff import Tariff
from tests.cases import evs, model, packs, station, trucks
from tests.kernels.test_swap import TO_SWAP, network
from tests.test_fingerprints import NETWORKS

HOURLY = Tariff("as late as it is", tuple(float(h) for h in range(24)))


def flat(price: float) -> Tariff:
    return Tariff("flat", 24 * (price,))


def charged(case: Model, *args) -> np.ndarray:
    ledger = simulate(case, *args)
    audit.check(ledger)
    return ledger.fees


@pytest.mark.parametrize("name", NETWORKS)
def test_a_flat_tariff_charges_energy_times_its_price(name):
    """Through curves, caps, failures and overstay."""
    case, drawn = NETWORKS[name]()
    stations = tuple(replace(s, tariff=n % 2) for n, s in enumerate(case.stations))
    priced = replace(case, stations=stations, tariffs=(flat(1.25), flat(0.75)))
    ledger = simulate(priced, drawn)
    prices = np.array([1.25, 0.75])[ledger.visits["station"] % 2]
    assert ledger.fees == pytest.approx(ledger.energy_kwh * prices, abs=1e-9)
    assert np.array_equal(ledger.sessions()["fee_cny"], ledger.fees)
    assert "fee_cny" not in simulate(case, drawn).sessions()


def test_a_session_is_split_where_the_price_steps():
    """30 kWh at 10 kW, from half past: half an hour at 0, hours at 1 and 2, half an hour at 3."""
    case = model(station(kw=10.0, tariff=0), tariffs=(HOURLY,))
    assert charged(case, evs(entry_h=0.5)) == pytest.approx([10.0 + 20.0 + 15.0], abs=1e-12)


def test_prices_begin_again_after_a_day_and_after_a_week():
    case = model(station(kw=10.0, tariff=0), tariffs=(HOURLY,))
    weekly = Tariff("week", tuple(float(h) for h in range(168)))
    other = replace(case, tariffs=(weekly,))
    for tariff, begin in ((case, 24.0), (other, 168.0), (other, 336.0)):
        assert charged(tariff, evs(entry_h=begin)) == pytest.approx([10.0 + 20.0], abs=1e-12)
    assert charged(other, evs(entry_h=24.0)) == pytest.approx([10 * (24 + 25 + 26)], abs=1e-9)


def test_both_stays_of_who_was_cut_are_charged():
    """10 kWh in the first hour, then three hours of nothing, then the rest."""
    down = [Change(1.0, 0, Kind.EVSE_DOWN, 0), Change(4.0, 0, Kind.EVSE_UP, 0)]
    case = model(station(kw=10.0, tariff=0), tariffs=(HOURLY,), changes=down)
    assert charged(case, evs(entry_h=0.0)) == pytest.approx([10 * (0 + 4 + 5)], abs=1e-12)


def test_a_tariff_of_one_station_is_not_that_of_the_other():
    case = model(station("a", kw=10.0, tariff=0), station("b", kw=10.0), tariffs=(flat(2.0),))
    assert charged(case, evs(2, place=[0, 1])).tolist() == pytest.approx([60.0, 0.0])


def test_an_open_visit_owes_what_it_has_got():
    case = model(station(kw=10.0, tariff=0), tariffs=(HOURLY,), horizon_h=2.5)
    assert charged(case, evs(entry_h=0.5)) == pytest.approx([10.0 + 10.0], abs=1e-12)


def test_a_ledger_keeps_its_fees_when_the_run_goes_on():
    env = ChargingEnvironment(
        model(station(kw=10.0, tariff=0), tariffs=(HOURLY,)), evs(2, entry_h=[0.5, 5.0])
    )
    env.run(until=2.5)
    early = env.ledger()
    env.run()
    assert early.fees == pytest.approx([20.0])
    assert env.ledger().fees == pytest.approx([45.0, 10 * (5 + 6 + 7)])


def test_more_visits_than_there_was_room_for_at_first():
    """A truck that charges again and again."""
    case = network(TO_SWAP, Step(Do.DRIVE, h=1.0, km=30.0), horizon_h=200.0, tariff=-1)
    priced = replace(case.stations[0], tariff=0)
    case = replace(case, stations=(priced,), tariffs=(flat(2.0),))
    ledger = simulate(case, np.concatenate([packs(0, 1), trucks(1)]))
    audit.check(ledger)
    assert len(ledger.fees) == len(ledger.visits) > 128
    assert set(ledger.fees[ledger.swapped]) == {0.0}
    assert ledger.fees.sum() == pytest.approx(2.0 * ledger.energy_kwh[ledger.of_packs].sum())


@pytest.mark.parametrize(
    ("tariff", "said"),
    [
        (Tariff("t", 23 * (1.0,)), "tariff t has prices of 23 hours: it must be 24 or 168"),
        (Tariff("t", (*23 * (1.0,), np.nan)), "tariff t has a price that is no number"),
    ],
)
def test_tariffs_that_cannot_be(tariff, said):
    with pytest.raises(ValueError, match=said):
        model(tariffs=(tariff,))


@pytest.mark.parametrize("number", [-2, 1])
def test_a_station_charges_by_a_tariff_that_there_is(number):
    said = f"station a charges by a tariff that does not exist: {number}"
    with pytest.raises(ValueError, match=said):
        model(station(tariff=number), tariffs=(HOURLY,))
