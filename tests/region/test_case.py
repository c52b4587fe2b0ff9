"""The case of a region: who lives in some districts, run and measured."""

from dataclasses import replace

import numpy as np
import pytest

from sim import audit
from sim.config.problems import InputError
from sim.diaries import make_diaries
from sim.engine import simulate
from sim.lifecycle import Outcome
from sim.region import case as regions
from sim.region import load, metrics, waits
from sim.region.case import Inhabited
from sim.region.prices import TariffSection
from sim.zone import Candidate, Zone
from tests import cases
from tests.region.regions import config

FLAT = TariffSection(name="flat", prices="tariff/flat.csv")


def inhabited(*districts: str, name: str = "toy", **changes: object) -> Inhabited:
    section = load.checked(config(name, **{"living.days": 8} | changes))
    return Inhabited(section, FLAT, districts or ("east", "west"), 1, 1.0, 1e-3)


def test_figures_are_those_of_the_ledger():
    toy = inhabited()
    model, people = toy.draw(0)
    ledger = simulate(model, people.evs, (), people.diaries)
    found = regions.figures(toy, 0)
    v, own, table = ledger.visits, found.figures, found.stations
    counts = v["arrival_h"] >= 24.0
    public = counts & (v["station"] >= 0) & (v["station"] < 5)
    assert table["station"].tolist() == ["arcade", "depot", "inn", "mill", "yard"]
    arrivals = np.bincount(v["station"][public], minlength=5)
    assert table["arrivals"].tolist() == arrivals.tolist()
    assert own["arrivals"] == arrivals.sum() > 10
    assert own["nevs"] == 12
    assert own["energy_kwh"] == pytest.approx(table["energy_kwh"].sum())
    kwh = ledger.bins["energy_kwh"][:, 24:].sum(axis=1) / 0.92
    assert own["kwh_per_nev_day"] == pytest.approx(kwh.sum() / 12 / 7)
    assert own["public_share"] == pytest.approx(kwh[:5].sum() / kwh.sum())
    assert own["price_cny_kwh"] == pytest.approx(1.1)  # the flat tariff
    assert own["kwh_per_charger_day"] == pytest.approx(kwh[:5].sum() / 15 / 7)
    assert sum(found.more["kw"]["public"]) == pytest.approx(kwh[:5].sum() * 0.92 / 7)


def test_who_comes_home_finds_his_charger_free(monkeypatch):
    """Whatever the stations that a zone's chargers are counted among."""
    toy = inhabited(**{"charging.failures": None})
    ledgers = []
    for most, bin_h in ((100, 1.0), (1, 0.5)):  # of other bins another network is made
        monkeypatch.setattr("sim.region.sites.MOST_OWN", most)
        monkeypatch.setattr("sim.region.drivers.MOST_OWN", most)
        model, people = replace(toy, bin_h=bin_h).draw(0)
        ledger = simulate(model, people.evs, (), people.diaries)
        audit.check(ledger)
        ledgers.append(ledger.visits[ledger.at_stay])
    few, many = ledgers
    assert len(few) > 20
    assert (few["wait_h"] == 0.0).all()
    for name in ("ev", "arrival_h", "leave_h", "leave_kwh"):
        np.testing.assert_array_equal(few[name], many[name])


def test_districts_that_share_no_station_run_together_as_apart():
    """The same visits to the last digit, of those who live there."""
    visits = {}
    for districts in (("east", "west"), ("east",), ("west",)):
        toy = inhabited(*districts, **{"reach_min": 12.0, "living.decay_km": 1.0})
        model, people = toy.draw(0)
        ledger = simulate(model, people.evs, (), people.diaries)
        names = np.array([*model.station_names, ""])
        v = ledger.visits
        columns = ("arrival_h", "plug_h", "leave_h", "arrival_kwh", "leave_kwh", "vehicle")
        rows = zip(names[v["station"]], *(v[name] for name in columns), strict=True)
        visits[districts] = sorted(map(str, rows))
        assert len(people.evs) == 4 * ("west" in districts) + 8 * ("east" in districts)
    both, *each = visits.values()
    assert all(each)
    assert both == sorted(each[0] + each[1])


def test_designs_share_their_traffic_and_differ_in_their_keys():
    toy = inhabited()
    expected = toy.expecting(np.zeros((8, 168)))
    other = toy.with_(**{"region.living.informed_share": 0.25})
    assert len({toy.key, expected.key, other.key, replace(toy, bin_h=0.5).key}) == 4
    assert toy.traffic == expected.traffic == replace(toy, bin_h=0.5).traffic != other.traffic
    assert (toy.draw(0)[1].evs == inhabited().draw(0)[1].evs).all()
    with pytest.raises(InputError, match=r"`living\.days` is no setting of a region"):
        toy.with_(**{"living.days": 3})
    with pytest.raises(InputError, match="informed_share"):
        toy.with_(**{"region.living.informed_share": 2.0})


# ---- figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sd", [0.0, 0.5, 1.0])
def test_the_spread_between_stations_is_found_behind_poisson_noise(sd):
    rng = np.random.default_rng(3)
    chargers = rng.integers(2, 12, 20_000).astype(float)
    expected = 4.0 * chargers * np.exp(sd * rng.normal(size=20_000) - sd**2 / 2.0)
    assert metrics.log_sd(rng.poisson(expected).astype(float), chargers) == pytest.approx(
        sd, abs=0.05
    )
    assert metrics.log_sd(np.zeros(3), np.ones(3)) == 0.0


def test_late_is_who_waits_too_long_or_is_lost():
    """Three come at once to one EVSE of the yard: 0, 30 and 60 min of waiting; then one who would
    wait for no more than 6 min gives up."""
    toy = inhabited(**{"charging.failures": None, "charging.warm_up_days": 0})
    region = toy.region
    own = tuple(cases.station(name, 1) for name in region.stations.names)
    model = cases.model(*own, horizon_h=24.0 * 8)
    evs = cases.evs(4, place=4, entry_h=[1.0, 1.0, 1.0, 1.1], patience_h=[9.0, 9.0, 9.0, 0.1])
    ledger = simulate(model, evs)
    found = metrics.Measured(region, ledger, toy.stations, toy.numbers, np.zeros(4, bool))
    row = found.stations().iloc[4]
    assert ledger.visits["outcome"].tolist().count(Outcome.RENEGED) == 1
    assert (row["arrivals"], row["late"], row["sessions"]) == (4, 3, 3)
    assert row["wait_min_p90"] == pytest.approx(60.0)


# ---- what is expected ------------------------------------------------------------------------


def test_what_could_be_seen_is_what_informed_drivers_reckon():
    """One EVSE taken from 1:00 to 2:00, somebody in line from 1:30: at first half an hour of
    service is to be waited for, then twice that."""
    model = cases.model(cases.station(service_h=0.5), horizon_h=24.0 * 8)
    evs = cases.evs(2, entry_h=[1.0, 1.5], target_kwh=[80.0, 50.0])
    ledger = simulate(model, evs)
    found = waits.seen(ledger, range(8), 1)
    assert found.shape == (1, 168)
    hours = found[0].reshape(7, 24)
    # Mondays come twice in the eight days, workdays six times.
    assert hours[0, 1] == pytest.approx((1.0 + 0.5) * 0.5 / 6)
    assert hours[0, 2] == pytest.approx(0.5 * 0.5 / 6)  # the other charges for half an hour
    assert hours[4].tolist() == hours[0].tolist()
    assert not hours[5:].any()


def test_expectations_are_averages_of_what_was_seen():
    """Who expects more stays away, so that less is seen: x = 6 - x has its fixed point at 3."""
    some = np.array([0])
    found, off = waits.learnt(lambda x: 6.0 - x, np.zeros((2, 3)), 12, some)
    assert off[0] == pytest.approx(360.0)
    assert found == pytest.approx(np.full((2, 3), 3.0))
    assert off[-1] == pytest.approx(0.0)


def test_drivers_learn_in_runs_of_one_replication():
    found = regions.learn(inhabited(), 0, 2)
    assert found.hours["waits"].shape == (8, 168)
    assert len(found.more["off"]) == found.counts["runs"] == 2
    assert not found.hours["waits"][5:].any()  # own chargers


# ---- tastes ----------------------------------------------------------------------------------


def chosen(taste_h: float) -> np.ndarray:
    """Which of two stations, alike, each of 2,000 drivers goes to."""
    n = 2_000
    stations = tuple(cases.station(name, n) for name in "ab")
    model = cases.model(*stations, zones=(Zone("z", (Candidate(0), Candidate(1))),))
    taste = np.random.default_rng(5).integers(0, 2**31, n)
    own = make_diaries(
        np.arange(n), taste=taste, taste_h=taste_h, arrive_h=1.0, leave_h=1.0, zone=0
    )
    evs = cases.evs(n, diary=np.arange(n), entry_h=1.0, dest_kwh=np.inf)
    ledger = simulate(model, evs, diaries=own)
    found = np.zeros(n, int)
    found[ledger.visits["ev"]] = ledger.visits["station"]
    return found


def test_of_stations_that_are_alike_each_is_liked_by_as_many():
    assert not chosen(0.0).any()
    assert chosen(0.5).mean() == pytest.approx(0.5, abs=0.035)  # three standard deviations


@pytest.mark.long
def test_a_district_is_in_a_steady_state():
    """Yuzhong: batteries gain nothing to speak of, and chargers at home give as much every day."""
    own = inhabited("500103", name="chongqing_2025")
    model, people = own.draw(0)
    ledger = simulate(model, people.evs, (), people.diaries)
    audit.check(ledger)
    measured = own.measured(ledger, people)
    assert abs(measured.figures(measured.stations())["gained_share"]) < 0.03
    days = ledger.bins["energy_kwh"][len(own.region.stations.names) :].sum(axis=0)
    days = days.reshape(8, 24).sum(axis=1)
    assert days[1:7] == pytest.approx(days[1:7].mean(), rel=0.08)  # the first one warms up
    assert days[7] > 0.85 * days[1:7].mean()
