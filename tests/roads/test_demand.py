from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from sim.clock import hours
from sim.config.problems import InputError
from sim.lifecycle import Change, Rule
from sim.roads import scenario
from sim.roads.demand import Demand
from tests import small


def build(folder, *, tables=None, **figures):
    """Demand of the small scenario with some figures (`demand__scale=2.0`) in place of ours."""
    cfg = small.config(folder, **(tables or {}))
    for path, value in figures.items():
        section, key = path.split("__")
        cfg[section][key] = value
    return Demand(scenario.load(cfg))


def route_names(demand):
    return [route.name for route in demand._scenario.routes]


# ---- expected trips -----------------------------------------------------------------------


def test_trips_of_a_day_are_vehicles_times_shares(tmp_path):
    demand = build(tmp_path, demand__local_share=0.25, demand__scale=1.5)
    evs = 10000 * (1 - 0.25) * 0.2 * 0.5 * 1.5
    assert demand.flows[:, 0].sum() == pytest.approx(evs)  # outbound 0.5: no tide


def test_crossing_and_through_trips_have_their_shares(tmp_path):
    demand = build(tmp_path)
    gates = (demand.pairs.kinds == "gate").sum(axis=1)
    shares = [demand.flows[gates == n, 0].sum() / demand.flows[:, 0].sum() for n in (0, 1, 2)]
    assert shares == pytest.approx([0.6, 0.2, 0.2])


def test_trips_follow_masses_and_distance(tmp_path):
    demand = build(tmp_path)
    flow = dict(zip(demand.pairs.names, demand.flows[:, 0], strict=True))
    km = {"city>town": 110.0, "city>lake": 130.0, "town>lake": 140.0}
    weight = {
        "city>town": 100 * 50 * np.exp(-km["city>town"] / 100),
        "city>lake": 100 * 20 * 0.5 * np.exp(-km["city>lake"] / 100),
        "town>lake": 50 * 20 * 0.5 * np.exp(-km["town>lake"] / 100),
    }
    for pair in weight:
        expected = flow["city>town"] * weight[pair] / weight["city>town"]
        assert flow[pair] == pytest.approx(expected)
    assert flow["town>city"] == pytest.approx(flow["city>town"])
    ratio = flow["east>city"] / flow["west>city"]
    assert ratio == pytest.approx(3 * np.exp(-(260 - 100) / 150))
    assert flow["west>east"] == pytest.approx(flow["east>west"])


def test_the_tide_goes_out_and_comes_back(tmp_path):
    demand = build(tmp_path)
    flow = dict(zip(demand.pairs.names, demand.flows, strict=True))
    out, back = flow["city>town"], flow["town>city"]
    assert out / (out + back) == pytest.approx([0.5, 0.8, 0.4])
    assert flow["town>lake"][1] == pytest.approx(flow["lake>town"][1])


def test_gates_near_each_other_have_no_through_trips(tmp_path):
    nodes = small.TABLES["nodes.csv"] + "south,South gate,南,-1.0,-1.0,gate,5000,test\n"
    links = small.TABLES["links.csv"] + "south,city,80,100,A1,test\n"
    demand = build(tmp_path, tables={"nodes": nodes, "links": links}, demand__through_min_km=200.0)
    flow = dict(zip(demand.pairs.names, demand.flows[:, 0], strict=True))
    assert flow["south>west"] == 0
    assert flow["south>east"] == pytest.approx(5 * flow["west>east"])


# ---- draws --------------------------------------------------------------------------------


def test_numbers_of_trips_are_poisson(tmp_path):
    demand = build(tmp_path)
    expected = demand.flows[demand.pairs.passes].sum()
    drawn = np.array([demand.draw(1, r).trips["drawn"] for r in range(100)])
    assert drawn.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 100))
    dispersion = ((drawn - drawn.mean()) ** 2).sum() / expected
    low, high = stats.chi2.ppf([0.001, 0.999], 99)
    assert low < dispersion < high


# ---- days and periods that differ ---------------------------------------------------------

WORLDS = 2000


def varied(folder, period_cv, day_cv, known, **figures):
    own = {"period_cv": period_cv, "day_cv": day_cv, "known": known}
    return build(folder, demand__variation=own, **figures)


def factors(demand, worlds=WORLDS):
    return np.array([demand.variation(1, r) for r in range(worlds)])


def counts(demand, worlds):
    """Trips on routes that pass a station, by the day of their entry, [world, day]."""
    demand.flows = demand.flows * (200.0 / demand.flows[demand.pairs.passes].sum(axis=0).max())
    found = []
    for r in range(worlds):
        flows = demand.flows[demand.pairs.passes] * demand.variation(1, r)
        _, entries = demand._entries(1, r, flows)
        found.append(np.bincount((np.concatenate(entries) // 24).astype(int), minlength=3))
    return np.array(found)


def test_daily_counts_vary_as_a_gamma_mixture_of_poissons(tmp_path):
    """Mean m, index of dispersion 1 + m cv^2, where 1 + cv^2 = (1 + period^2) (1 + day^2)."""
    period, day, worlds = 0.2, 0.15, 600
    demand = varied(tmp_path, period, day, known=False)
    drawn = counts(demand, worlds)
    m = demand.flows[demand.pairs.passes].sum(axis=0)
    cv2 = (1 + period**2) * (1 + day**2) - 1
    index = 1.0 + m * cv2
    assert (drawn.mean(axis=0) - m) / np.sqrt(m * index / worlds) == pytest.approx(0.0, abs=3.5)
    # Of a variance; a gamma of cv 0.25 has an excess kurtosis of 6 cv^2.
    error = np.sqrt((2.0 + 6.0 * cv2) / worlds)
    assert drawn.var(axis=0, ddof=1) / drawn.mean(axis=0) == pytest.approx(index, rel=4 * error)
    shared = np.corrcoef(drawn.T)[0, 1]  # only the period is common to two days
    theory = period**2 * np.sqrt(m[0] * m[1] / (index[0] * index[1]))
    assert shared == pytest.approx(theory, abs=4 / np.sqrt(worlds))


def test_factors_of_days_and_of_the_period_have_their_variation(tmp_path):
    days = factors(varied(tmp_path, 0.5, 0.1, known=False, demand__name="a"))
    alone = factors(varied(tmp_path, 0.5, 0.0, known=False, demand__name="a"))
    error = 1 / np.sqrt(WORLDS)
    assert np.ptp(alone, axis=1).max() == 0.0  # one of the whole calendar
    assert alone[:, 0].std() == pytest.approx(0.5, rel=4 * error)
    assert alone[:, 0].mean() == pytest.approx(1.0, abs=4 * 0.5 * error)
    own = days / alone  # the same period with days that differ
    assert own.std(axis=0) == pytest.approx(0.1, rel=4 * error)
    assert np.corrcoef(own.T) - np.eye(3) == pytest.approx(0.0, abs=4 * error)


def test_of_a_known_period_only_the_spread_over_days_varies(tmp_path):
    """The mean of the days that count, weighted by their factors 2 and 1.5, is the calendar's."""
    demand = varied(tmp_path, 0.5, 0.2, known=True)
    found, calendar = factors(demand), demand._scenario.calendar
    counted = list(demand._scenario.counted_days())
    weights = np.array([calendar[day].factor for day in counted])
    assert found[:, counted] @ weights == pytest.approx(weights.sum(), rel=1e-12)
    one, other = weights / weights.sum()
    spread = 0.2 * np.sqrt(2) * other, 0.2 * np.sqrt(2) * one  # to first order in the cv
    assert found[:, counted].std(axis=0) == pytest.approx(spread, rel=0.06)
    before = [day for day in range(len(calendar)) if day not in counted]
    assert found[:, before].std(axis=0) == pytest.approx(0.2, rel=0.07)  # only fills roads


def test_without_variation_nothing_is_multiplied(tmp_path):
    for known in (True, False):
        found = varied(tmp_path, 0.0, 0.0, known).variation(1, 0)
        assert found.tolist() == [1.0, 1.0, 1.0]


def test_more_trips_of_a_day_begin_with_the_same_drivers(tmp_path):
    """Factors have streams of their own: no other number is drawn differently."""
    one = build(tmp_path)
    other = varied(tmp_path, 0.2, 0.2, known=False)
    assert one._scenario.calendar == other._scenario.calendar
    a, b = one.draw(1, 0).evs, other.draw(1, 0).evs
    for k in range(len(route_names(one))):
        x, y = (own[own["route"] == k]["kwh_per_km"] for own in (a, b))
        n = min(len(x), len(y))
        assert np.array_equal(x[:n], y[:n])
    assert not np.array_equal(a["entry_ns"][:50], b["entry_ns"][:50])


def test_variation_is_common_to_designs_and_drawn_alone(tmp_path):
    """Whatever a design changes, the days of a replication differ as they do in the others."""
    one = varied(tmp_path, 0.2, 0.1, known=False)
    other = varied(tmp_path, 0.2, 0.1, known=False, demand__scale=2.0,
                   fleet__plan_ahead_share=1.0)  # fmt: skip
    assert factors(one, 20).tolist() == factors(other, 20).tolist()
    assert one.variation(1, 7).tolist() == factors(one, 8)[7].tolist()
    assert one.variation(1, 7).tolist() != one.variation(2, 7).tolist()
    assert len(np.unique(factors(one, 20))) == 60
    next_one = varied(tmp_path, 0.2, 0.1, known=False, demand__name="the next one")
    assert not set(factors(next_one, 20).ravel()) & set(factors(one, 20).ravel())


@pytest.mark.parametrize(
    ("variation", "said"),
    [
        ({"period_cv": -0.1, "day_cv": 0.1, "known": True},
         "`demand.variation.period_cv` is -0.1, but must be from 0 to 1"),
        ({"period_cv": 0.1, "day_cv": 7, "known": True},
         "`demand.variation.day_cv` is 7, but must be from 0 to 1: did you mean 0.07?"),
        ({"period_cv": 0.1, "day_cv": 0.1, "known": "perhaps"},
         "`demand.variation.known` is 'perhaps', but must be true or false"),
        ({"period_cv": 0.1, "known": True}, "`demand.variation.day_cv` is missing"),
    ],
)  # fmt: skip
def test_a_variation_that_cannot_be_is_refused_in_a_sentence(tmp_path, variation, said):
    with pytest.raises(InputError) as refused:
        build(tmp_path, demand__variation=variation)
    assert refused.value.problems == [said]


def test_entries_follow_the_hours_of_their_days(tmp_path):
    full = small.everywhere(small.constant(1.0))
    demand = build(tmp_path, fleet__destination_soc=full)
    draws = [demand.draw(1, r) for r in range(5)]
    assert not any(draw.trips["passing"] for draw in draws)  # all want a full battery at the end
    entry = hours(np.concatenate([draw.evs["entry_ns"] for draw in draws]))
    day = (entry // 24).astype(int)
    assert set(np.unique(entry[day == 1] % 24 // 1)) == {8.0, 9.0}
    assert stats.kstest((entry[day == 1] - 32) / 2, "uniform").pvalue > 0.01
    assert stats.kstest(entry[day == 0] / 24, "uniform").pvalue > 0.01
    expected = 5 * demand.flows[demand.pairs.passes].sum(axis=0)
    assert np.bincount(day) == pytest.approx(expected, abs=4 * np.sqrt(expected.max()))


def test_evs_are_in_order_of_route_and_entry(tmp_path):
    evs = build(tmp_path).draw(1, 0).evs
    assert np.array_equal(np.lexsort((evs["entry_ns"], evs["route"])), np.arange(len(evs)))
    assert np.all(evs["place"] == -1)


def test_fields_keep_their_ranges(tmp_path):
    demand = build(tmp_path)
    model = demand._scenario.model()
    evs = demand.draw(1, 0).evs
    battery = np.array([v.battery_kwh for v in model.vehicles])[evs["vehicle"]]
    for field, low, high in (
        ("entry_kwh", 0.2, 1.0), ("target_kwh", 0.7, 0.9), ("stop_kwh", 0.2, 0.5),
        ("dest_kwh", 0.1, 0.4), ("reserve_kwh", 0.1, 0.1),
    ):  # fmt: skip
        soc = evs[field] / battery
        assert low - 1e-12 <= soc.min(), field
        assert soc.max() <= high + 1e-12, field
    assert set(hours(np.unique(evs["patience_ns"]))) == {0.5}
    assert np.allclose(hours(evs["overstay_ns"]), 0.05)
    assert set(np.unique(evs["balk_per_evse"])) == {2.0}
    assert np.mean(evs["rule"] == Rule.PLAN_AHEAD) == pytest.approx(0.5, abs=0.05)
    assert np.mean(evs["informed"]) == pytest.approx(0.5, abs=0.05)


def test_consumption_is_the_product_of_its_factors(tmp_path):
    flat = {"dist": "constant", "value": 0.2}
    demand = build(tmp_path, fleet__kwh_per_km=flat, demand__season_factor=1.3)
    evs, routes = demand.draw(1, 0).evs, demand._scenario.routes
    kmh = np.array([route.km / route.h for route in routes])[evs["route"]]
    factor = np.array([1.2, 0.9])[evs["vehicle"]]  # big, small
    expected = 0.2 * 1.1 * 1.3 * factor * (kmh / 100) ** 0.5
    assert evs["kwh_per_km"] == pytest.approx(expected, rel=1e-12)


def test_who_has_enough_to_arrive_is_not_simulated_and_nobody_else_is_lost(tmp_path):
    demand = build(tmp_path)
    draw = demand.draw(1, 0)
    km = np.array([route.km for route in demand._scenario.routes])[draw.evs["route"]]
    at_destination = draw.evs["entry_kwh"] - draw.evs["kwh_per_km"] * km
    assert np.all(at_destination < draw.evs["dest_kwh"])
    assert draw.trips["drawn"] == draw.trips["passing"] + draw.trips["simulated"]
    assert draw.trips["simulated"] == len(draw.evs) > 0
    assert draw.trips["passing"] > 0


def test_nobody_sets_out_who_cannot_reach_the_first_station(tmp_path):
    low = small.everywhere(small.constant(0.05))
    demand = build(tmp_path, fleet__entry_soc=low)
    evs, routes = demand.draw(1, 0).evs, demand._scenario.routes
    first = np.array([route.stops[0].km for route in routes])[evs["route"]]
    left = evs["entry_kwh"] - evs["kwh_per_km"] * first
    assert np.all(left > evs["reserve_kwh"] - 1e-9)


def test_hybrids_set_out_with_what_they_have(tmp_path):
    """The first station is far away for those who enter with a twentieth."""
    low = small.everywhere(small.constant(0.05))
    types = small.SECTIONS["fleet"]["types"]
    mixed = types | {"big": types["big"] | {"hybrid": True}}
    evs = build(tmp_path, fleet__entry_soc=low, fleet__types=mixed).draw(1, 0).evs
    hybrid = evs["vehicle"] == 0  # big, small
    assert min(hybrid.sum(), (~hybrid).sum()) > 10
    assert evs["entry_kwh"][hybrid] == pytest.approx(0.05 * 80.0)
    assert (evs["entry_kwh"][~hybrid] > 0.05 * 40.0).all()


def test_a_replication_can_be_drawn_alone_and_again(tmp_path):
    demand = build(tmp_path)
    first = demand.draw(1, 3)
    assert first.evs.tobytes() == build(tmp_path).draw(1, 3).evs.tobytes()
    assert first.evs.tobytes() != demand.draw(1, 4).evs.tobytes()
    assert first.evs.tobytes() != demand.draw(2, 3).evs.tobytes()


def test_order_of_rows_changes_no_draw(tmp_path):
    tables = {}
    for name in ("nodes", "links", "hours"):
        head, *rows = small.TABLES[f"{name}.csv"].splitlines(keepends=True)
        tables[name] = "".join([head, *reversed(rows)])
    first, other = build(tmp_path).draw(1, 0), build(tmp_path, tables=tables).draw(1, 0)
    assert first.evs.tobytes() == other.evs.tobytes()
    assert first.changes == other.changes


def test_designs_meet_the_same_drivers(tmp_path):
    """More cars: the first ones of a pair are the same; another curve of patience: all else is."""
    one, more = build(tmp_path), build(tmp_path, demand__scale=1.3)
    names = route_names(one)
    a, b = one.draw(1, 0).evs, more.draw(1, 0).evs
    for k in range(len(names)):
        x, y = a[a["route"] == k]["kwh_per_km"], b[b["route"] == k]["kwh_per_km"]
        assert np.array_equal(x, y[: len(x)]), names[k]
    patient = build(tmp_path, fleet__patience_min={"dist": "constant", "value": 90.0})
    c = patient.draw(1, 0).evs
    assert np.array_equal(hours(c["patience_ns"]), np.full(len(a), 1.5))
    c["patience_ns"] = a["patience_ns"]
    assert c.tobytes() == a.tobytes()


def test_failures_alternate_and_keep_their_availability(tmp_path):
    demand = build(tmp_path, demand__scale=0.01)
    stations, horizon = demand._scenario.stations, demand._scenario.horizon_h
    down_h, evse_h = 0.0, 0.0
    for r in range(200):
        changes = demand.draw(1, r).changes
        by_evse = {}
        for change in changes:
            assert 0 <= change.time_h < horizon
            by_evse.setdefault((change.station, change.evse), []).append(change)
        for own in by_evse.values():
            kinds = [change.kind for change in own]
            assert kinds[0] == Change.EVSE_DOWN
            assert all(a != b for a, b in pairwise(kinds))
            times = [change.time_h for change in own] + [horizon]
            assert times == sorted(times)
            down_h += sum(times[1::2]) - sum(times[: len(times) - len(times) % 2 : 2])
        evse_h += horizon * sum(len(station.evses) for station in stations)
    assert down_h / evse_h == pytest.approx(5 / 35, rel=0.05)


def test_an_evse_more_leaves_the_failures_of_the_others(tmp_path):
    cfg = small.config(tmp_path)
    before = Counter(Demand(scenario.load(cfg)).draw(1, 0).changes)
    cfg["station"]["overrides"] = {"near_out": {"evses": 5}}
    after = Counter(Demand(scenario.load(cfg)).draw(1, 0).changes)
    assert not before - after
    assert {change.evse for change in after - before} <= {4}


def test_evses_of_a_station_fail_by_themselves(tmp_path):
    times = [change.time_h for change in build(tmp_path).draw(1, 0).changes if change.time_h > 0]
    assert len(set(times)) == len(times) > 10


def test_every_parameter_of_a_driver_has_draws_of_its_own(tmp_path):
    spread = dict.fromkeys(("patience_min", "overstay_min", "balk_per_evse"), small.uniform(1, 9))
    socs = {
        "entry_soc": small.everywhere(small.uniform(0.2, 0.9)),
        "destination_soc": small.everywhere(small.uniform(0.9, 1.0)),  # so that all may stop
    }
    figures = {f"fleet__{name}": value for name, value in (spread | socs).items()}
    evs = build(tmp_path, **figures).draw(1, 0).evs
    battery, factor = (np.array(x)[evs["vehicle"]] for x in ([80.0, 40.0], [1.2, 0.9]))
    drawn = [evs["vehicle"], evs["kwh_per_km"] / factor]
    drawn += [evs[f"{name}_kwh"] / battery for name in ("entry", "dest", "target", "stop")]
    drawn += [evs[name] for name in ("patience_ns", "overstay_ns", "balk_per_evse")]
    drawn += [evs["rule"], evs["informed"]]
    assert np.abs(np.corrcoef(drawn) - np.eye(len(drawn))).max() < 0.3


def test_who_does_not_stop_keeps_its_draws(tmp_path):
    full = small.everywhere(small.constant(1.0))
    every, some = (
        build(tmp_path, **figures).draw(1, 0).evs
        for figures in ({"fleet__destination_soc": full}, {})
    )
    same = every[np.isin(every["entry_ns"], some["entry_ns"])]
    assert len(every) > len(same) == len(some)
    for name in ("target_kwh", "stop_kwh", "rule", "informed"):
        assert np.array_equal(same[name], some[name]), name
