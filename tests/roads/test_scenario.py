import json
from math import inf, isinf

import numpy as np
import pytest
import yaml

from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.lifecycle import Change
from sim.roads import checks, scenario
from tests import small

CONFIGS = configs_dir()
DEMANDS = ("national_day", "spring_festival", "ordinary_week")


def published(demand="national_day", policy="holiday_80_30"):
    """The config that the package publishes, composed by hand from its files."""

    def section(name):
        return yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())

    cfg = {g: section(f"{g}/chongqing") for g in ("network", "fleet", "station")}
    cfg |= {g: section(f"{g}/default") for g in ("engine", "kpis", "report")}
    base = section("demand/base")
    for key, name in (("demand", demand), ("reference", "ordinary_week")):
        own = section(f"demand/{name}")
        own.pop("defaults")
        cfg[key] = base | own | {"sources": base["sources"] | own["sources"]}
    for experiment, name in (("forty_percent_rule", "rule_study"), ("port_corridor", "port_study")):
        cfg[name] = section(f"experiment/{experiment}")[name]
    cfg["policy"] = section(f"policy/{policy}")
    return cfg | {"experiment": "test", "out": "nowhere", "overwrite": False}


def refused(cfg):
    with pytest.raises(InputError) as error:
        scenario.load(cfg)
    return error.value.problems


# ---- what we publish ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def chongqing():
    return scenario.load(published())


@pytest.mark.parametrize("demand", DEMANDS)
@pytest.mark.parametrize("policy", ["none", "holiday_80_30", "opposite_side"])
def test_the_published_configs_are_right(demand, policy):
    days = scenario.load(published(demand, policy)).calendar
    assert len(days) == {"national_day": 9, "spring_festival": 10, "ordinary_week": 8}[demand]


def test_a_holiday_out_is_a_holiday_back(chongqing):
    for demand in DEMANDS:
        days = scenario.load(published(demand)).calendar
        out = sum(day.factor * (2 * day.outbound - 1) for day in days)
        assert abs(out) < 0.1 * sum(day.factor for day in days), demand


def test_the_facts_about_evses_hold(chongqing):
    table = chongqing.station_table()
    evses = table.groupby("site")["evses"].sum()
    named = table[table["evidence"] != "inferred"]
    assert (len(table), len(evses), table["evses"].sum()) == (179, 90, 992)
    assert (len(named), named["site"].nunique(), named["evses"].sum()) == (87, 44, 524)
    assert (evses["longxing"], evses["yinglong"]) == (32, 24)
    assert table["evses"].min() >= 4
    super_sides = [
        any(min(evse.kw, cabinet.kw) >= 480 for cabinet in s.cabinets for evse in cabinet.evses)
        for s in chongqing.stations
    ]
    assert sum(super_sides) == 40
    assumed = table[(table["evidence"] == "assumed") & (table["side"] != "both")]
    assert assumed["evses"].mean() == pytest.approx(992 / 179, abs=0.1)


def test_every_position_says_that_it_is_approximate(chongqing):
    assert chongqing.station_table()["position"].str.startswith("approximate").all()
    assert "approximate" in chongqing.config.network.note


def test_sourced_distances_between_service_areas_hold(chongqing):
    route = chongqing.network.routes["dianjiang", "wanzhou"]
    km = {chongqing.stations[stop.station].name: stop.km for stop in route.stops}
    assert km["liangping_out"] - km["longxi_river_out"] == 29
    route = chongqing.network.routes["changshou", "liangping"]
    km = {chongqing.stations[stop.station].name: stop.km for stop in route.stops}
    assert km["longxi_river_out"] - km["dianjiang_out"] == 41
    route = chongqing.network.routes["youyang", "g65_hunan"]
    km = {chongqing.stations[stop.station].name: stop.km for stop in route.stops}
    assert km["hongan_out"] - km["xiushan"] == 25


def test_sites_follow_each_other_along_the_corridor(chongqing):
    route = chongqing.network.routes["core_south", "g65_hunan"]
    assert [chongqing.stations[stop.station].name for stop in route.stops] == [
        "daguan_out", "inferred_g65_nanchuan_wulong_1_out", "shuijiang_out",
        "inferred_g65_nanchuan_wulong_2_out", "wulong_out", "inferred_g65_wulong_pengshui_1_out",
        "pengshui_out", "inferred_g65_pengshui_qianjiang_1_out", "qianjiang_out",
        "inferred_g65_qianjiang_youyang_1_out", "inferred_g65_qianjiang_youyang_2_out",
        "youyang_out", "banxi_out", "inferred_g65_youyang_xiushan_1_out", "xiushan", "hongan_out",
    ]  # fmt: skip


def test_the_way_from_the_core_is_no_great_detour(chongqing):
    """Roads in the mountains are longer than straight lines, but not twice as long."""
    core = [node for node in chongqing.network.nodes if node.kind == "core"]
    for there in chongqing.network.nodes:
        if there.kind in ("core", "junction"):
            continue
        here = min(core, key=lambda a: chongqing.network.routes[a.node, there.node].km)
        km = chongqing.network.routes[here.node, there.node].km
        east = (here.lon - there.lon) * 111.3 * np.cos(np.radians((here.lat + there.lat) / 2))
        line = np.hypot(east, (here.lat - there.lat) * 111.3)
        assert 0.98 * line < km < 2.0 * line, (here.node, there.node, line, km)


# ---- the model ----------------------------------------------------------------------------


def test_the_cap_is_what_the_other_load_leaves(tmp_path):
    model = small.build(tmp_path).model()
    near = model.station_names.index("near_out")
    assert model.stations[near].cap_kw == 400 * 0.8 - 25
    changes = [(c.time_h, c.cap_kw) for c in model.changes if c.station == near]
    assert changes[:3] == [(0.0, 295.0), (12.0, 270.0), (24.0, 295.0)]
    assert all(c.kind == Change.CAP for c in model.changes)
    assert model.horizon_h == 72.0


def test_cabinets_come_from_their_text(tmp_path):
    far = next(s for s in small.build(tmp_path).stations if s.name == "far_out")
    assert [(c.kw, [(e.kw, e.amps) for e in c.evses]) for c in far.cabinets] == [
        (80.0, [(60.0, 200.0)] * 2),
        (300.0, [(250.0, 600.0), (60.0, 200.0), (60.0, 200.0)]),
    ]


@pytest.mark.parametrize(
    ("override", "sizes"),
    [
        ({"evses": 3}, [2, 1]),
        ({"evses": 5}, [2, 3]),
        ({"evses": 8}, [2, 3, 2, 1]),
        ({"evses": 9, "cabinet": "big"}, [2, 3, 3, 1]),
    ],
)
def test_an_override_sets_the_number_of_evses(tmp_path, override, sizes):
    cfg = small.config(tmp_path)
    cfg["station"]["overrides"] = {"far_out": override}
    built = scenario.load(cfg)
    far = built.stations[built.network.stations.index("far_out")]
    assert [len(cabinet.evses) for cabinet in far.cabinets] == sizes
    other = built.stations[built.network.stations.index("far_in")]
    assert len(other.evses) == 5


def test_an_override_of_the_cap_holds_all_day(tmp_path):
    cfg = small.config(tmp_path)
    cfg["station"]["overrides"] = {"gate": {"cap_kw": 77.0}}
    model = scenario.load(cfg).model()
    gate = model.station_names.index("gate")
    assert model.stations[gate].cap_kw == 77.0
    assert not [c for c in model.changes if c.station == gate]


def test_the_site_rule_holds_in_holidays_only_or_always(tmp_path):
    cfg = small.config(tmp_path)
    rule = {(s.soc_cap, s.session_limit_h) for s in scenario.load(cfg).stations}
    assert rule == {(0.8, 0.5)}
    cfg["demand"]["holiday"] = False
    assert all(s.soc_cap == 1 and isinf(s.session_limit_h) for s in scenario.load(cfg).stations)
    cfg["policy"] |= {"when": "always", "session_limit_min": None}
    rule = {(s.soc_cap, s.session_limit_h) for s in scenario.load(cfg).stations}
    assert rule == {(0.8, inf)}


def test_guidance_where_there_are_two_sides(tmp_path):
    """`near` and `far` have two sides, `gate` has one; not where the policy does not hold."""
    cfg = small.config(tmp_path)
    assert {s.opposite for s in scenario.load(cfg).stations} == {-1}
    cfg["policy"]["guidance"] = {"cross_min": 6.0, "source": "test"}
    model = scenario.load(cfg).model()
    other = [model.station_names[s.opposite] if s.opposite >= 0 else "" for s in model.stations]
    assert dict(zip(model.station_names, other, strict=True)) == {
        "near_out": "near_in", "near_in": "near_out", "far_out": "far_in", "far_in": "far_out",
        "gate": "",
    }  # fmt: skip
    assert [s.cross_h for s in model.stations] == [0.1] * 4 + [0.0]
    cfg["demand"]["holiday"] = False
    assert {s.opposite for s in scenario.load(cfg).stations} == {-1}
    cfg["policy"]["when"] = "always"
    assert {s.opposite for s in scenario.load(cfg).stations} == {-1, 0, 1, 2, 3}


def test_vehicles_and_days(tmp_path):
    built = small.build(tmp_path)
    assert [vehicle.name for vehicle in built.vehicles] == ["big", "small"]
    assert [vehicle.hybrid for vehicle in built.vehicles] == [False, False]
    assert built.vehicles[1].battery_kwh == 40
    assert built.vehicles[1].steps[-1][0] == 1.0
    assert built.counted_days() == (1, 2)


def test_a_scenario_comes_back_from_json(tmp_path):
    built = small.build(tmp_path)
    again = scenario.load(json.loads(built.to_json()))
    assert again.config == built.config
    assert again.model().arrays.stops.tobytes() == built.model().arrays.stops.tobytes()


def test_the_table_of_stations_is_in_the_order_of_the_model(tmp_path):
    built = small.build(tmp_path)
    table = built.station_table()
    assert list(table["station"]) == list(built.model().station_names)
    far = table.set_index("station").loc["far_in"]
    assert (far["evses"], far["rated_kw"], far["side"], far["order"]) == (5, 380.0, "in", 2)


# ---- what is refused ----------------------------------------------------------------------


def test_every_problem_is_told_at_once(tmp_path):
    cfg = small.config(
        tmp_path, hours=small.TABLES["hours.csv"].replace("rush,8,0.5", "rush,8,0.4")
    )
    cfg["demnd"] = {}
    cfg["fleet"]["terrain_factor"] = 0.0
    cfg["station"]["overrides"] = {"far_ot": {"evses": 4}}
    with pytest.raises(InputError) as error:
        small.checked(cfg, "holiday_highway")
    problems = error.value.problems
    assert len(problems) == 4
    assert "unknown key `demnd`: did you mean `demand`?" in problems
    assert "`fleet.terrain_factor` is 0.0, but must be from 0.1 to 10" in problems
    nearest = "did you mean station.overrides.far_out.evses=4?"
    assert f"`station.overrides` has an unknown station `far_ot`: {nearest}" in problems
    assert any(p.endswith("hours.csv: the shares of `rush` sum to 0.9, not to 1") for p in problems)


def set_at(cfg, path, value):
    *parents, last = path.split(".")
    for key in parents:
        cfg = cfg[key]
    cfg[last] = value


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("fleet.types.big.share", 0.5, "the shares of the types sum to 1.25, not to 1"),
        ("fleet.types.huge", {"share": 0.0, "consumption_factor": 1.0, "source": "test"},
         "has no curve `huge`"),
        ("fleet.stop_soc", {"dist": "uniform", "low": 0.5, "high": 1.5}, "from 0 to 1"),
        ("fleet.patience_min", {"dist": "uniform", "low": -5.0, "high": 5.0},
         "from 0 to 10,080 minutes"),
        ("fleet.sources", {}, "sources lacks balk_per_evse"),
        ("demand.kinds", {"plain": {"deterrence_km": 9.0, "scenic": 1.0, "source": "test"}},
         "days of an unknown kind `rush`"),
        ("demand.through_min_km", 999.0, "no two gates are `demand.through_min_km` = 999 km"),
        ("demand.scale", "1.2", "`demand.scale` is '1.2', but must be a number"),
        ("demand.holiday", "yes", "`demand.holiday` is 'yes', but must be true or false"),
        ("demand.ev_share", float("nan"), "must be"),
        ("station.cabinet_types.big.evses", {"liqid": 1}, "class of EVSE `liqid`: did you mean"),
        ("station.cabinet_types", {}, "unknown cabinet type `pair`"),
        ("station.loading_limit", 0.1, "site `near`: other load takes all"),
        ("station.overrides", {"near_in": {"evses": 4, "cabinet": "bigg"}}, "unknown type `bigg`"),
        ("station.overrides", {"near_in": {"cabinet": "big"}}, "but not how many evses"),
        ("station.overrides", {"near_in": {"evses": 0}}, "from 1 to 500"),
        ("policy.when", "sundays", "`policy.when` is 'sundays'"),
        ("engine.replications", 1, "from 2 to 100,000"),
        ("fleet.target_soc", small.uniform(0.2, 0.5), "of 100 drivers"),
        ("fleet.target_soc", small.uniform(0.05, 0.9), "which is below reserve_soc = 0.1"),
        ("policy.soc_cap", 0.3, "drivers stop at a SOC of up to 0.5 (`fleet.stop_soc`)"),
        ("demand.season_factor", 100.0, "from 0.3 to 3"),
        ("fleet.overstay_min", small.constant(100_000.0), "from 0 to 1,440 minutes"),
        ("demand.kinds.plain.deterrence_km", 1e-6, "from 1 to 20,000 km"),
        ("engine.half_width", 1e-12, "from 0.001 to 0.99"),
        ("station.cabinet_types.pair.kw", 0.08, "from 1 to 50,000 kW: did you mean 80?"),
        ("engine.bin_min", 7, "`engine.bin_min` is 7"),
        ("network.nodes", "nowhere.csv", "there is no table nowhere.csv"),
        ("reference.calendar", "nowhere.csv", "there is no table nowhere.csv"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(tmp_path, path, value, says):
    cfg = small.config(tmp_path)
    set_at(cfg, path, value)
    problems = refused(cfg)
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("table", "old", "new", "says"),
    [
        ("days", "2025-10-02", "2025-10-03", "2025-10-03 does not follow 2025-10-01 by one day"),
        ("days", "0.8,yes", "0.8,no", None),
        ("days", "0.4,yes", "0.4,no", "does not count, but comes after"),
        ("days", "rush,2.0", "rush,-2", "days.csv line 3: `factor` is '-2'"),
        ("hours", "rush,3,0,test\n", "", "has not each hour 0 to 23 once"),
        ("hours", "rush,3,", "rush,4,", "has not each hour 0 to 23 once"),
        ("curves", "big,80,800,0,", "big,80,800,0.1,", "the soc of `big` does not rise from 0"),
        ("curves", "small,40,400,0.5", "small,41,400,0.5", "differ from row to row"),
        ("curves", "400,1,10,", "400,1,0,", "curves.csv line 4: `power_kw` is '0'"),
        ("nodes", "district", "village", "nodes.csv line 3: `kind` is 'village'"),
        ("nodes", "town,Town", "Town,Town", "nodes.csv line 3: `node` is 'Town'"),
        ("areas", "pair*2", "pair*0", "`cabinets` is 'pair*0'"),
        ("areas", "pair*2", "pear*2", "unknown cabinet type `pear`: did you mean `pair`?"),
        ("areas", "fork,20", "fork,70", "is at km 70 of link `city-fork`, which is only 50"),
        ("links", "fork,lake", "fork,lane", "unknown node `lane`"),
    ],
)
def test_a_wrong_cell_is_refused(tmp_path, table, old, new, says):
    text = small.TABLES[f"{table}.csv"]
    assert old in text
    cfg = small.config(tmp_path, **{table: text.replace(old, new, 1)})
    if says is None:
        scenario.load(cfg)
        return
    problems = refused(cfg)
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("override", "idle"),
    [
        ({"evses": 3}, []),
        ({"evses": 2}, ["evses"]),
        ({"evses": 1, "cabinet": "big"}, ["cabinet"]),
        ({"kva": 200.0}, ["kva"]),
        ({"kva": 150.0, "evses": 2}, ["evses"]),
        ({"cap_kw": 50.0}, []),
        ({"add": "pair*1"}, []),
        ({}, [""]),
    ],
)
def test_an_override_that_leaves_the_station_as_it_stands_is_told(override, idle, tmp_path):
    cfg = small.config(tmp_path)
    cfg["station"]["overrides"] = {"gate": override}
    built = scenario.load(cfg)
    found = checks.idle_overrides(built.network, built.config.station)
    assert list(found) == [f"station.overrides.gate.{name}".rstrip(".") for name in idle]
    for key, sentence in found.items():
        assert sentence.startswith(f"`{key}` changes nothing")
