"""Choice among the chargers of a city: parts by hand, and made towns whose drivers choose by a rule
that is known; and Hamburg, where it is beside the repository."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from experiments.validate import question as validate
from experiments.validate import recorded
from experiments.validate.city import choice, compare, demand, neighbors, records, verdict
from experiments.validate.city.records import City, Spans
from experiments.validate.verdict import headline
from sim.config.problems import InputError
from sim.report.language import Words
from sim.stats.estimate import Estimate
from tests.experiments.validate.town import SATURDAY, SETTINGS, town


def city(
    spans: list[tuple[int, float, float]], at_km: object, evses: object, days: int = 2
) -> City:
    site, begin_h, end_h = (np.array(own) for own in zip(*spans, strict=True))
    own = Spans(site.astype(int), begin_h.astype(float), end_h.astype(float))
    return City(np.array(at_km, float), np.array(evses), own, SATURDAY, days)


# ---- what was recorded -------------------------------------------------------------------------


def rows(processes: list[tuple[str, str, str, str]]) -> tuple[list, list]:
    counts = dict.fromkeys([name for name in records.SiteRow.model_fields if "_poi_" in name], 0.0)
    sites = [
        records.SiteRow(location_id=name, x_epsg3035_m=x, y_epsg3035_m=0.0, **counts)
        for name, x in (("a", 0.0), ("b", 1500.0), ("never", 9.0))
    ]
    own = [
        records.ProcessRow(
            charger_id=charger, location_id=site, start_time=start, end_time=end, duration=1.0,
            start_is_weekday="", start_is_saturday="", start_is_sunday="", class_label="0",
            class_short_label="R",
        )
        for site, charger, start, end in processes
    ]  # fmt: skip
    return sites, own


def test_a_city_of_rows():
    sites, processes = rows([
        ("b", "3", "2020-02-08 09:30:00", "2020-02-08 11:00:00"),
        ("a", "1", "2020-02-21 23:00:00", "2020-02-22 01:00:00"),
        ("a", "2", "2020-02-09 00:00:00", "2020-02-09 02:00:00"),
    ])  # fmt: skip
    got = City.of(sites, processes)
    assert got.at_km.tolist() == [[0.0, 0.0], [1.5, 0.0]]  # who recorded nothing is not there
    assert got.evses.tolist() == [2, 1]
    assert (got.first, got.days) == (datetime(2020, 2, 8), 14)
    assert got.kind.tolist() == [1, 2, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0]
    assert got.spans.begin_h.tolist() == [9.5, 13 * 24 + 23.0, 24.0]
    assert got.spans.site.tolist() == [1, 0, 0]
    with pytest.raises(InputError, match="lacks: a"):
        City.of(sites[1:], processes)
    with pytest.raises(InputError, match="1 days, but 14 are needed"):
        City.of(sites, processes[:1])


def test_busy_began_and_full_by_hand():
    own = city(
        [(0, -1.0, 0.5), (0, 0.25, 2.0), (0, 1.5, 3.25), (1, 1.0, 2.0), (1, 2.0, 2.5),
         (1, 47.5, 50.0)],
        [[0, 0], [1, 0]], [2, 1],
    )  # fmt: skip
    busy = own.busy(own.spans)
    assert busy[0, :5].tolist() == [1.25, 1.5, 1.0, 0.25, 0.0]
    assert busy[1, :4].tolist() == [0.0, 1.0, 0.5, 0.0]
    assert busy[1, 46:].tolist() == [0.0, 0.5]
    began = own.began(own.spans)
    assert began[:, :3].tolist() == [[1, 1, 0], [0, 1, 1]]
    full = own.full(own.spans)
    assert full.site.tolist() == [0, 0, 1, 1, 1]
    assert full.begin_h.tolist() == [0.25, 1.5, 1.0, 2.0, 47.5]
    assert full.end_h.tolist() == [0.5, 2.0, 2.0, 2.5, 50.0]


# ---- what is learned ---------------------------------------------------------------------------


def test_no_two_sites_of_a_zone_are_farther_apart():
    at = np.random.default_rng(1).uniform(0.0, 10.0, (80, 2))
    apart = np.hypot(*(at[:, None] - at).T)
    for across in (0.0, 1.0, 3.0, 100.0):
        zone = demand.zones(at, across)
        assert apart[zone[:, None] == zone].max() <= across
    assert zone.max() == 0
    assert demand.zones(at[:1], 1.0).tolist() == [0]


def test_unevenness_is_found_again():
    rng = np.random.default_rng(2)
    part, weight = np.repeat(np.arange(400), 5), rng.choice([1.0, 2.0], 2000)
    level = rng.gamma(4.0, 10.0, 400)[part] * weight
    for cv in (0.0, 0.5):
        factor = rng.gamma(cv**-2.0, cv**2.0, 2000) if cv else 1.0
        count = rng.poisson(level * factor)
        assert demand.unevenness(count, weight, part) == pytest.approx(cv, abs=0.04)
    assert demand.unevenness(count, weight, np.arange(2000)) == 0.0  # nothing to differ from


def test_what_is_drawn_is_what_odd_days_have():
    own = town(1, 4, days=28)
    zone = demand.zones(own.at_km, 0.5)
    assert np.bincount(zone).tolist() == 6 * [2]
    learned = demand.learn(own, zone, zone, False)
    odd = np.repeat(own.is_odd, 24)
    recorded = np.bincount(zone, own.began(own.spans)[:, odd].sum(axis=1))
    drawn = np.zeros((60, 6))
    for n in range(60):
        visits = learned.draw(1, n, "test")
        hours = visits.arrive_h.astype(int)
        assert ((visits.arrive_h >= 0) & (visits.arrive_h < own.hours)).all()
        drawn[n] = np.bincount(zone[visits.site[odd[hours]]], minlength=6)
    assert drawn.mean(axis=0) == pytest.approx(recorded, rel=0.1)
    again = learned.draw(1, 59, "test")
    assert all((a == b).all() for a, b in zip(again, visits, strict=True))
    stays = own.spans.end_h - own.spans.begin_h
    of_zone = [stays[(zone[own.spans.site] == z) & odd[own.spans.begin_h.astype(int)]]
               for z in range(6)]  # fmt: skip
    for z in range(6):
        assert np.isin(visits.stay_h[zone[visits.site] == z], of_zone[z]).all()


def test_sites_have_the_weights_of_their_chargers():
    own = city([(n % 3, 24.0 * (n % 14) + 0.5, 24.0 * (n % 14) + 0.6) for n in range(600)],
               [[0, 0], [0.1, 0], [0.2, 0]], [1, 2, 5], 14)  # fmt: skip
    together = np.zeros(3, int)
    even = demand.learn(own, together, together, False)
    share = np.bincount(even.draw(1, 0, "test").site, minlength=3)
    assert share / share.sum() == pytest.approx([0.125, 0.25, 0.625], abs=0.06)
    uneven = even.with_(even.level, even.hours, 0.8)
    shares = np.array([np.bincount(uneven.draw(1, n, "test").site, minlength=3)
                       for n in range(40)])  # fmt: skip
    of = shares / shares.sum(axis=1, keepdims=True)
    assert (of.std(axis=0) > 0.08).all()  # drawn anew, by chance alone 0.02


# ---- where drivers go --------------------------------------------------------------------------


def test_who_finds_a_site_full_goes_on_by_hand():
    """Three sites in a row with a charger each; all want to be at the first one, and drive 12 min
    to the next one, at 5 km/h."""
    own = city([(0, 0.0, 1.0)], [[0, 0], [1, 0], [9, 0]], [1, 1, 1])
    settings = SETTINGS.model_copy(update={"around_km": 0.0, "walk_km": 2.0, "drive_kmh": 5.0})
    visits = demand.Visits(
        np.zeros(3, int), np.zeros(3), np.array([1.0, 2.0, 3.0]), np.array([9.0, 2.5, 1.0])
    )
    for informed, begins in ((0.0, [1.0, 2.2]), (1.0, [1.0, 2.0])):
        network = choice.Network(
            own, settings.model_copy(update={"informed_share": informed}), True, 9.0
        )
        spans, lost = network.play(visits, 1, 0, "test")
        assert spans.site.tolist() == [0, 1]  # the third one is too far to walk from
        assert spans.begin_h.tolist() == pytest.approx(begins)
        assert spans.end_h.tolist() == pytest.approx([10.0, begins[1] + 2.5])
        assert lost == 1
    nearest = choice.Network(own, settings, False, 9.0)
    spans, lost = nearest.play(visits, 1, 0, "test")
    assert (spans.site.tolist(), lost) == ([0], 2)


def test_points_are_even_over_a_disc():
    points = choice._disc(2.0)
    radius = np.hypot(*points.T)
    assert radius.max() < 2.0
    assert (radius**2).mean() == pytest.approx(2.0)
    assert points.mean(axis=0) == pytest.approx([0.0, 0.0], abs=0.4)


# ---- beside full sites -------------------------------------------------------------------------


def test_the_rise_is_what_a_loop_counts():
    own = town(2, 4, days=14, quarters=2)
    days = np.arange(1, 14, 2)
    got = neighbors.rise(own, own.spans, days)
    apart = np.hypot(*(own.at_km[:, None] - own.at_km).T)
    full = own.full(own.spans)
    for ring, (low, high) in enumerate(pairwise(neighbors.EDGES_KM)):
        for n, day in enumerate(days):
            count = 0
            for site, begin in zip(own.spans.site, own.spans.begin_h, strict=True):
                if begin // 24 != day:
                    continue
                for of, start, end in zip(full.site, full.begin_h, full.end_h, strict=True):
                    km = apart[of, site]
                    is_near = of != site and (low < km <= high or (low == 0 and km <= high))
                    count += bool(is_near and start <= begin < end)
            assert got.began[ring, n] == count
    hour = own.began(own.spans).reshape(-1, 14, 24)[:, days]
    share = hour.sum(axis=(1, 2)) / hour.sum()
    full_h = own.busy(full).reshape(-1, 14, 24)[:, days]
    expected = sum(
        share[b] * (full_h[a] * hour.sum(axis=0)).sum()
        for a in range(len(apart)) for b in range(len(apart))
        if a != b and apart[a, b] <= 0.5
    )  # fmt: skip
    assert got.expected[0].sum() == pytest.approx(expected)
    assert got.ratio[0] == pytest.approx(got.began[0].sum() / expected)


def test_nobody_is_full_and_nothing_rises():
    own = city([(0, 1.0, 2.0), (1, 25.0, 26.0)], [[0, 0], [0.1, 0]], [2, 2])
    assert neighbors.rise(own, own.spans, np.array([1])).ratio.tolist() == [0.0, 0.0, 0.0]


def test_spread_between_sites_without_the_noise_of_counts():
    rng = np.random.default_rng(3)
    evses = rng.choice([1, 2, 4], 4000)
    for sd in (0.0, 0.5):
        load = 20.0 * np.exp(sd * rng.standard_normal(4000) - sd**2 / 2.0)
        assert compare.log_sd(rng.poisson(load * evses), evses) == pytest.approx(sd, abs=0.06)


# ---- towns whose rule is known -----------------------------------------------------------------


def compared(own: City) -> dict:
    found = {model: compare.compare(own, SETTINGS, 1, model) for model in ("choice", "nearest")}
    return compare.answer(own, found)


def test_choice_is_found_where_drivers_choose():
    """Bands with choice hold what was recorded, and by their score they say more; without choice
    fewer hours of the town are inside."""
    found = compared(town(5, 4, per_day=28.0, hot=6.0, days=28, quarters=2))
    inside = {model: own["coverage"] for model, own in found["models"].items()}
    assert verdict.inside(found, "choice") >= 0.9
    assert inside["nearest"]["city"]["inside"] < inside["choice"]["city"]["inside"]
    assert found["gain"]["crps"]["choice"].sign == -1
    assert 0.0 < found["taken"].low < 1.0 < found["taken"].high
    assert found["models"]["nearest"]["level"] > found["models"]["choice"]["level"]


@pytest.mark.long
def test_no_choice_is_found_where_nobody_chooses():
    found = compared(town(3, 1, per_day=36.0))
    assert found["gain"]["crps"]["choice"].sign == 1
    assert found["gain_by_site"] == {}
    assert found["taken"].low < 0.5
    rise = found["models"]["choice"]["rise"][1]
    assert rise["recorded"] < rise["low"]
    rise = found["models"]["nearest"]["rise"][1]
    assert rise["low"] <= rise["recorded"] <= rise["high"]


# ---- what is said ------------------------------------------------------------------------------


def made(by: float, rise: float, inside: int = 95) -> dict:
    """An answer where choice puts `by` more inside, and `rise` is what was recorded."""
    coverage = {
        "inside": inside, "of": 100, "least": 93, "most": 99,
        "share": Estimate(0.95, 0.9, 0.98), "by_chance": Estimate(0.95, 0.93, 0.99),
    }  # fmt: skip
    level = {"recorded": 1.0, "simulated": 1.0, "low": 0.9, "high": 1.1}
    own = {
        "coverage": {"hour": coverage, "site": coverage}, "says_nothing": 0.5, "city_cv": 0.1,
        "log_sd": level, "within_cv": level, "day_ratio": level,
        "by_hour": {"outside": 2, "of": 3, "by_chance": 0.15, "most_by_chance": 1,
                    "recorded": [1.0, 2.0, 3.0], "high": [1.5, 1.5, 4.0]},
    }  # fmt: skip
    rises = {"choice": 1.2, "nearest": 1.0, "even": 1.2, "site": 1.2, "site_nearest": 1.0}
    models = {
        model: own
        | {"rise": [{"recorded": rise, "simulated": r, "low": r - 0.05, "high": r + 0.05}]}
        for model, r in rises.items()
    }
    change = Estimate(by, by - 0.01, by + 0.01, is_change=True)
    gain = {"inside": {"choice": change}, "crps": {"choice": change, "site": change}}
    return {
        "sites": 3, "evses": 6, "even_days": 9, "models": models, "gain": gain,
        "gain_by_site": {"crps": change}, "rise": [Estimate(rise, rise - 0.1, rise + 0.1)],
        "taken": Estimate(0.5, 0.2, 0.8),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("by", "rise", "inside", "told"),
    [
        (0.02, 1.1, 95, ("90 % asked for: met", "choice puts more inside", "Beside that",
                         "worse than the nearest", "more than without", "too much",
                         "2 of 3 means", "1 of them more than simulated")),
        (-0.02, 1.22, 80, ("90 % asked for: missed", "choice puts fewer inside", "says little",
                           "better than the nearest", "which agrees", "bands are too narrow")),
        (0.005, 1.04, 99, ("is not shown", "says little of choice", "not shown to be better",
                           "not told apart from what it is without")),
        (0.02, 0.9, 100, ("less than without choice", "bands are too wide")),
        (0.02, 1.3, 95, ("with choice 1.20 (1.15 to 1.25), too little",)),
    ],
)  # fmt: skip
def test_claims_of_the_city_are_gated(by, rise, inside, told):
    say = Words("en", Path(validate.__file__).parent)
    lines = say.join([say(own) for own in verdict.verdict(made(by, rise, inside))])
    for words in told:
        assert words in lines, (words, lines)
    answer = {"sites": [], "city": made(by, rise, inside)}
    assert headline(answer)["city_inside_choice"] == inside / 100


# ---- the real data -----------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.skipif(
    recorded.absent(*validate.HAMBURG) is not None,
    reason="the recorded sessions of Hamburg are not in ../shared/data",
)
def test_hamburg_as_it_was_recorded():
    own = records.read(*validate.HAMBURG)
    assert (len(own.evses), own.evses.sum(), own.days, len(own.spans.site)) == (399, 792, 18, 12632)
    assert own.busy(own.spans).sum() / own.hours / own.evses.sum() == pytest.approx(0.195, abs=1e-3)
    assert compare.log_sd(own.began(own.spans).sum(axis=1), own.evses) == pytest.approx(
        0.52, abs=0.005
    )
    for ring, least, most in ((0, 1.1, 1.2), (2, 0.98, 1.03)):
        beside = neighbors.rise(own, own.spans, np.arange(own.days)).ratio[ring]
        assert least < beside < most
