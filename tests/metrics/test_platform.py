"""What a platform shows that samples and loses messages: by hand, and where it is wrong."""

import numpy as np
import pytest

from sim.engine import simulate
from sim.lifecycle import Change as Kind
from sim.metrics.kpis import figures, sums
from sim.metrics.platform import DOWN, FREE, TAKEN, UNKNOWN, reports, screens, shown
from sim.model import Change
from sim.stats.streams import stream
from tests import cases

DAY = np.arange(24)


def rng():
    return stream(1, 0, "platform", "")


@pytest.fixture(scope="module")
def ledger():
    """Two EVSEs of 60 kW: 30 kWh from 09:05 to 09:35, and from 09:20 to 09:50; the second one is
    out of order from 12:00 to 13:00."""
    changes = [Change(12.0, 0, Kind.EVSE_DOWN, 1), Change(13.0, 0, Kind.EVSE_UP, 1)]
    evs = cases.evs(2, entry_h=[9 + 5 / 60, 9 + 20 / 60])
    model = cases.model(cases.station(evses=2), changes=changes, horizon_h=24.0)
    return simulate(model, evs)


def test_every_evse_is_asked_every_quarter_of_an_hour(ledger):
    found = reports(ledger, 15.0)
    assert found.shape == (2, 96)
    assert np.flatnonzero(found[0] == TAKEN).tolist() == [37, 38]  # 09:15, 09:30
    assert np.flatnonzero(found[1] == TAKEN).tolist() == [38, 39]  # 09:30, 09:45
    assert np.flatnonzero(found[1] == DOWN).tolist() == [48, 49, 50, 51]  # 12:00 to 12:45
    assert (found == FREE).sum() == 192 - 8


def test_without_losses_it_shows_the_samples(ledger):
    own = shown(ledger, DAY, 15.0, 0.0, rng())
    assert own["shown_utilization"] == pytest.approx([4 / 192])
    assert own["shown_availability"] == pytest.approx([1.0 - 4 / 192])
    morning = shown(ledger, np.array([9]), 15.0, 0.0, rng())
    assert morning["shown_utilization"] == pytest.approx([4 / 8])


def test_a_lost_message_leaves_the_last_one_on_the_screen():
    came = np.array([[False, True, True, False, False, True]])
    seen = screens(np.array([[TAKEN, TAKEN, FREE, DOWN, DOWN, FREE]]), came)
    assert seen.tolist() == [[UNKNOWN, TAKEN, FREE, FREE, FREE, FREE]]


@pytest.mark.parametrize("lost", [0.0, 0.3])
def test_many_samples_come_near_the_truth(lost):
    """A busy week with failures, asked every minute: losses delay what is shown, so that on the
    mean it stays what it is."""
    draws = np.random.default_rng(4)
    changes = [Change(float(h), 0, (Kind.EVSE_DOWN, Kind.EVSE_UP)[h % 2], 3) for h in range(168)]
    evs = cases.evs(700, entry_h=np.sort(draws.uniform(0.0, 165.0, 700)))
    model = cases.model(cases.station(evses=4), changes=changes, horizon_h=168.0)
    ledger, week = simulate(model, evs), np.arange(168)
    truth = figures(sums(ledger, week), 168.0)
    own = shown(ledger, week, 1.0, lost, rng())
    assert own["shown_utilization"] == pytest.approx(truth["time_utilization"], abs=0.003)
    assert own["shown_availability"] == pytest.approx(truth["availability"], abs=0.003)


def test_the_draws_are_its_own(ledger):
    one, same = (shown(ledger, DAY, 15.0, 0.5, rng()) for _ in range(2))
    assert one["shown_utilization"].tolist() == same["shown_utilization"].tolist()
    other = shown(ledger, DAY, 15.0, 0.5, stream(1, 1, "platform", ""))
    assert one["shown_utilization"].tolist() != other["shown_utilization"].tolist()


def test_what_was_never_shown_is_not_known(ledger):
    own = shown(ledger, DAY, 15.0, 1.0, rng())
    assert np.isnan(own["shown_availability"]).all()
    assert own["online_rate"].tolist() == [0.0]


def test_the_online_rate_is_the_share_of_messages_that_came(ledger):
    assert shown(ledger, DAY, 15.0, 0.0, rng())["online_rate"].tolist() == [1.0]
    came = rng().random((2, 96)) >= 0.3  # the same draws
    assert shown(ledger, DAY, 15.0, 0.3, rng())["online_rate"] == pytest.approx([came.mean()])
    morning = shown(ledger, np.arange(6), 15.0, 0.3, rng())["online_rate"]
    assert morning == pytest.approx([came[:, :24].mean()])


def test_some_stations_are_asked_apart_from_the_others(monkeypatch):
    """Of three stations the last two, as if there were no other; in any portions."""
    evs = cases.evs(6, place=[0, 1, 2] * 2, entry_h=np.linspace(1.0, 20.0, 6))
    stations = [cases.station(name, evses=2) for name in "abc"]
    whole = simulate(cases.model(*stations, horizon_h=24.0), evs)
    own = shown(whole, DAY, 15.0, 0.3, rng(), np.array([1, 2]))
    few = simulate(cases.model(*stations[1:], horizon_h=24.0), cases.evs(
        4, place=[0, 1] * 2, entry_h=np.linspace(1.0, 20.0, 6)[[1, 2, 4, 5]]))  # fmt: skip
    other = shown(few, DAY, 15.0, 0.3, rng())
    for key, x in own.items():
        assert np.isnan(x[0]), key
        assert x[1:].tolist() == other[key].tolist(), key
    monkeypatch.setattr("sim.metrics.platform.AT_ONCE", 3)
    again = shown(whole, DAY, 15.0, 0.3, rng(), np.array([1, 2]))
    assert {key: x[1:].tolist() for key, x in again.items()} == (
        {key: x[1:].tolist() for key, x in own.items()}
    )
