"""Upgrades by hand on the small scenario: whom the rule flags, what is built, what it costs."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import yaml

from sim import __main__ as cli
from sim import audit, metrics
from sim.config.problems import InputError
from sim.engine import simulate
from sim.lifecycle import Change
from sim.roads import scenario
from sim.roads.demand import Demand
from sim.roads.upgrade import Rule
from sim.stations.costs import Cost
from tests import small
from tests.reference import twin
from tests.roads.test_scenario import CONFIGS, published
from tests.scenarios import close

STORAGE = {
    "kwh": 60.0, "kw": 30.0, "efficiency": 0.8, "discharge_hours": [18, 19],
    "charge_hours": [0, 1, 2, 3, 4],
}  # fmt: skip
BROUGHT = {"kwh": 120.0, "kw": 60.0, "efficiency": 1.0, "discharge_hours": [8, 9, 10],
           "charge_hours": []}  # fmt: skip
MOBILE = {"cabinets": "pair*1", "storage": BROUGHT}
EVERYTHING = {
    "replace": "big*1", "add": "pair*1", "kva": "fit", "storage": STORAGE, "mobile": MOBILE,
}  # fmt: skip


def load(folder, **rule):
    return scenario.load(small.ruled(folder, **rule))


def applied(folder, stations, overrides=None, **action):
    """The scenario before and after, and the action."""
    before = load(folder, overrides=overrides, action=action)
    action = Rule.of(before).action
    return before, action.apply(before, stations), action


def cabinets(built, station):
    """(kW, kW of every EVSE) of each cabinet."""
    own = built.stations[built.network.stations.index(station)]
    return [(c.kw, [evse.kw for evse in c.evses]) for c in own.cabinets]


def caps(built, station):
    """The cap in every hour of the run."""
    model = built.model()
    number = model.station_names.index(station)
    kw = np.full(72, model.stations[number].cap_kw)
    for c in model.changes:
        if c.station == number and c.kind == Change.CAP:
            kw[int(c.time_h) :] = c.cap_kw
    return kw


PAIR, BIG = (80.0, [60.0, 60.0]), (300.0, [250.0, 60.0, 60.0])


# ---- what is built ------------------------------------------------------------------------


def test_cabinets_are_added_at_the_chosen_stations_only(tmp_path):
    before, after, _ = applied(tmp_path, ["near_out", "gate"], add="pair*1+big*1")
    assert cabinets(after, "near_out") == [PAIR, PAIR, PAIR, BIG]
    assert cabinets(after, "gate") == [PAIR, PAIR, BIG]
    assert cabinets(after, "near_in") == cabinets(before, "near_in") == [PAIR, PAIR]
    assert list(after.station_table()["evses"]) == [9, 4, 5, 5, 7]


def test_a_stack_takes_the_bays_of_the_weakest(tmp_path):
    _, after, _ = applied(tmp_path, ["near_out", "far_out", "gate"], replace="big*1")
    assert cabinets(after, "gate") == [BIG]
    assert cabinets(after, "near_out") == [PAIR, BIG]  # three bays: one pair goes, two would not
    assert cabinets(after, "far_out") == [BIG, BIG]  # an equal one stays


def test_a_fitting_transformer_carries_the_rated_power(tmp_path):
    _, after, _ = applied(tmp_path, ["near_out", "gate"], replace="big*1", kva="fit")
    # near: (0.7 * (80 + 300) / 0.9 + 50) / 0.8 = 431.9; gate: (0.7 * 300 / 0.9 + 20) / 0.8 = 316.7
    table = after.station_table().set_index("station")
    assert table["kva"].to_dict() == {
        "near_out": 630, "near_in": 400, "far_out": 800, "far_in": 800, "gate": 400,
    }  # fmt: skip
    assert caps(after, "near_out").tolist() == 3 * (12 * [630 * 0.8 - 25] + 12 * [630 * 0.8 - 50])
    assert table["cap_kw"]["near_out"] == 630 * 0.8 - 50


def test_a_transformer_of_a_step_lowers_none(tmp_path):
    _, after, _ = applied(tmp_path, ["near_out", "far_out", "gate"], kva=300.0)
    kva = after.station_table().set_index("station")["kva"]
    assert (kva["gate"], kva["near_out"], kva["far_out"]) == (400, 400, 800)


def test_storage_lifts_the_cap_by_day_and_takes_more_by_night(tmp_path):
    before, after, _ = applied(tmp_path, ["gate"], storage=STORAGE)
    lift = caps(after, "gate") - caps(before, "gate")
    day = np.zeros(24)
    day[[18, 19]], day[:5] = 30.0, -60 / 0.8 / 5
    assert lift == pytest.approx(np.tile(day, 3))
    given, taken = lift[lift > 0].sum(), -lift[lift < 0].sum()
    assert given == pytest.approx(3 * 60.0)
    assert given == pytest.approx(0.8 * taken)
    assert np.array_equal(caps(after, "near_in"), caps(before, "near_in"))


def test_storage_gives_no_more_than_its_power_and_takes_what_it_gave(tmp_path):
    big = STORAGE | {"kwh": 600.0}
    before, after, _ = applied(tmp_path, ["gate"], storage=big)
    lift = caps(after, "gate") - caps(before, "gate")
    assert lift.max() == pytest.approx(30.0)
    assert lift.min() == pytest.approx(-60 / 0.8 / 5)


def test_the_delivered_energy_obeys_the_lifted_and_lowered_cap(tmp_path):
    """A station so short of power that it takes all it may: storage moves energy, losing some."""
    overrides = {"near_out": {"cap_kw": 20.0}}
    before, after, _ = applied(tmp_path, ["near_out"], overrides, storage=STORAGE)
    draw = Demand(before).draw(1, 0)
    kwh = []
    for built in (before, after):
        ledger = simulate(built.model().with_changes(draw.changes), draw.evs)
        audit.check(ledger)
        number = built.network.stations.index("near_out")
        kwh.append(metrics.hourly(ledger, "energy_kwh")[number, 24:])
    full = kwh[0] > 20 * 0.9 - 1e-6
    assert full[[18, 19, 42, 43]].all()
    assert kwh[1][[18, 19, 42, 43]] == pytest.approx(4 * [(20 + 30) * 0.9])
    assert kwh[1][:5] == pytest.approx((20 - 15) * 0.9)


def test_mobile_units_are_there_on_holidays_only(tmp_path):
    before, after, _ = applied(tmp_path, ["gate"], mobile=MOBILE)
    gate = after.network.stations.index("gate")
    assert cabinets(after, "gate") == [PAIR, PAIR]
    comes = [(c.time_h, c.kind, c.evse) for c in after.model().changes
             if c.station == gate and c.kind != Change.CAP]  # fmt: skip
    assert comes == [
        (0.0, Change.EVSE_DOWN, 2), (24.0, Change.EVSE_UP, 2),
        (0.0, Change.EVSE_DOWN, 3), (24.0, Change.EVSE_UP, 3),
    ]  # fmt: skip
    lift = caps(after, "gate") - caps(before, "gate")
    day = np.zeros(24)
    day[8:11] = 120 / 3
    assert lift == pytest.approx(np.concatenate([np.zeros(24), day, day]))
    assert cabinets(after.reference(), "gate") == [PAIR]
    assert np.array_equal(caps(after.reference(), "gate"), caps(before.reference(), "gate"))


def test_nobody_charges_at_a_mobile_unit_before_the_holiday(tmp_path):
    _, after, _ = applied(tmp_path, ["near_out", "gate"], mobile=MOBILE)
    demand, early, late = Demand(after), 0, 0
    for replication in range(3):
        draw = demand.draw(1, replication)
        ledger = simulate(after.model().with_changes(draw.changes), draw.evs)
        audit.check(ledger)
        rows = ledger.sessions()
        fixed = rows["station"].map({"near_out": 4, "gate": 2})
        there = rows[rows["evse"] >= fixed]  # NaN elsewhere: no
        early += (there["plug_h"] < 24.0).sum()
        late += (there["plug_h"] >= 24.0).sum()
    assert (early, late > 100) == (0, True)


def test_a_second_upgrade_comes_on_top_of_the_first(tmp_path):
    overrides = {"far_in": {"evses": 3}}
    everything = EVERYTHING | {"kva": 400.0}
    _, once, action = applied(tmp_path, ["gate", "far_in"], overrides, **everything)
    twice = action.apply(once, ["gate"])
    assert cabinets(once, "gate") == [BIG, PAIR, PAIR]
    assert cabinets(twice, "gate") == [BIG, BIG, PAIR, PAIR, PAIR]  # mobile units are last, and new
    assert len(twice.config.station.overrides["gate"].storage) == 2
    # of three EVSEs, in a pair and in a big stack without its others, the pair is replaced
    assert cabinets(once, "far_in") == [(300.0, [250.0]), BIG, PAIR, PAIR]
    assert once.config.policy.upgrade_rule is None
    again = scenario.load(json.loads(twice.to_json()))
    assert again.model().arrays.script.tobytes() == twice.model().arrays.script.tobytes()


# ---- what stays ---------------------------------------------------------------------------


def test_the_random_numbers_stay(tmp_path):
    """More EVSEs change no driver, and no failure of those that were there."""
    before, after, _ = applied(tmp_path, ["near_out", "gate"], add="pair*2", mobile=MOBILE)
    a, b = Demand(before).draw(1, 3), Demand(after).draw(1, 3)
    assert a.evs.tobytes() == b.evs.tobytes()
    fixed = [len(s.evses) for s in before.stations]
    old = [c for c in b.changes if c.evse < fixed[c.station]]
    assert old == a.changes
    mobile = [c for c in b.changes if c.evse >= len(after.stations[c.station].evses) - 2
              and before.stations[c.station].name in ("near_out", "gate")]  # fmt: skip
    assert len(b.changes) > len(a.changes)
    assert all(c.time_h > 24.0 for c in mobile)


def test_the_engine_and_the_plain_model_agree_on_an_upgraded_network(tmp_path):
    _, after, _ = applied(tmp_path, ["near_out", "far_in", "gate"], **EVERYTHING)
    draw = Demand(after).draw(2, 0)
    model, evs = after.model().with_changes(draw.changes), draw.evs[::3].copy()
    ledger = simulate(model, evs)
    audit.check(ledger)
    names = ledger.visits.dtype.names
    rows = [dict(zip(names, row.tolist(), strict=True)) for row in ledger.visits]
    truth = twin.run(model, evs)
    close(rows, truth.visits)
    np.testing.assert_allclose(
        ledger.bins["energy_kwh"], truth.bins["energy_kwh"][:, : ledger.bins.shape[1]], atol=1e-8
    )
    new = ledger.model.arrays.stations["slot_end"] - 1  # the last mobile unit
    assert np.isin(new[[0, 4]], ledger.visits["slot"]).all()


# ---- what it costs ------------------------------------------------------------------------


def test_costs_by_hand(tmp_path):
    before, _, action = applied(tmp_path, [], **EVERYTHING)
    # gate: a big stack of 300 kW (liquid-cooled: 600 A) and a pair of 80 kW, five EVSEs;
    # (0.7 * 380 / 0.9 + 20) / 0.8 = 394.4: 400 kVA; 60 kWh; two mobile EVSEs on two days
    assert action.bill(before, "gate") == {
        "air_kw": 80, "liquid_kw": 300, "evse": 5, "transformer_kva": 400, "transformer_works": 1,
        "storage_kwh": 60, "mobile_evse_day": 4,
    }  # fmt: skip
    gate = Cost(
        8000 + 150000 + 5000 + 4000 + 100000 + 60 + 40,
        16000 + 180000 + 10000 + 8000 + 200000 + 120 + 80,
        24000 + 210000 + 15000 + 12000 + 300000 + 180 + 120,
    )
    assert action.cost(before, ["gate"]) == gate
    far = action.cost(before, ["far_in"])  # 800 kVA are enough there
    assert far.typical == gate.typical - 208000
    assert action.cost(before, ["gate", "far_in"]) == tuple(np.add(gate, far))
    assert action.cost(before, []) == (0, 0, 0)


def test_the_published_rule_by_hand():
    cfg = published()
    text = (CONFIGS / "policy/upgrade_rule/forty_percent.yaml").read_text()
    cfg["policy"]["upgrade_rule"] = yaml.safe_load(text)
    built = scenario.load(cfg)
    action, name = Rule.of(built).action, "changshou_lake_out"
    # one 120 kW unit with two EVSEs and four of 60 kW make room for a 600 kW stack with six
    after = action.apply(built, [name])
    row = after.station_table().set_index("station").loc[name]
    assert (row["evses"], row["rated_kw"], row["kva"]) == (6, 600, 800)
    assert row["cap_kw"] == pytest.approx(800 * 0.98 * 0.85 - 100)
    cost = 600 * 650 + 6 * 15000 + 800 * 165 + 670000
    assert action.cost(built, [name]).typical == cost


def test_money_goes_down_the_list(tmp_path):
    built = load(tmp_path, action={"add": "pair*1", "kva": 400.0})
    action = Rule.of(built).action
    cheap, dear = 20000, 228000  # the gate needs a transformer
    stations = ["near_in", "gate", "far_in", "far_out"]
    assert [action.cost(built, [name]).typical for name in stations] == [cheap, dear, cheap, cheap]
    assert action.affordable(built, stations, None) == stations
    assert action.affordable(built, stations, cheap + dear) == ["near_in", "gate"]
    assert action.affordable(built, stations, cheap + dear - 1) == ["near_in", "far_in", "far_out"]
    assert action.affordable(built, stations, cheap - 1) == []


def test_who_cannot_have_a_bigger_transformer_is_passed_over(tmp_path):
    before, after, action = applied(tmp_path, ["gate"], add="big*1", kva="fit")
    assert action.affordable(before, ["gate", "far_in"], None) == ["gate", "far_in"]
    assert action.affordable(after, ["gate", "far_in"], None) == ["far_in"]
    # (0.7 * 680 / 0.9 + 20) / 0.8
    with pytest.raises(InputError, match="`gate` would need a transformer of 686 kVA"):
        action.apply(after, ["gate"])


# ---- whom it flags ------------------------------------------------------------------------


def figures(**columns):
    names = ["near_out", "near_in", "far_out", "far_in", "gate"]
    return pd.DataFrame({"station": names} | columns)


def test_the_fullest_come_first_and_the_threshold_is_not_above_itself(tmp_path):
    rule = Rule.of(load(tmp_path))
    table = figures(
        time_utilization_holiday_mean=[0.5, 0.4, 0.7, 0.39, 0.5],
        time_utilization_holiday_mean_site=[0.45, 0.45, 0.5, 0.5, 0.1],
        time_utilization_holiday_mean_evse=[0.1, 0.1, 0.1, 0.1, 0.9],
        power_utilization_peak_hour=[0.1, 0.9, 0.1, 0.1, 0.1],
    )
    assert rule.flagged(table) == ["far_out", "near_out", "gate"]

    def other(**fields):
        return dataclasses.replace(rule, **fields).flagged(table)

    assert other(unit="site") == ["far_out", "far_in", "near_out", "near_in"]
    assert other(unit="evse") == ["gate"]
    assert other(definition="power", window="peak_hour") == ["near_in"]
    assert other(window="everyday") == ["far_out", "near_out", "gate"]
    assert other(threshold=0.95) == []


def test_the_rule_reads_the_table_of_a_replication(tmp_path):
    built = load(tmp_path)
    draw = Demand(built).draw(1, 0)
    ledger = simulate(built.model().with_changes(draw.changes), draw.evs)
    sites = built.station_table()["site"].tolist()
    table = metrics.stations(ledger, metrics.Window(built.counted_days()), sites)
    occupied_h = ledger.bins["occupied_h"][:, 24:].sum(axis=1)
    share = occupied_h / 48 / [len(s.evses) for s in built.stations]
    rule = dataclasses.replace(Rule.of(built), threshold=float(share.mean()))
    assert set(rule.flagged(table)) == set(table["station"][share > share.mean()])
    for unit in metrics.UNITS:
        for window in (*metrics.WINDOWS, "everyday"):
            for definition in metrics.DEFINITIONS:
                own = dataclasses.replace(rule, unit=unit, window=window, definition=definition)
                assert set(own.flagged(table)) <= set(table["station"])


def test_the_budget_chooses_among_the_flagged(tmp_path):
    built = load(tmp_path, budget_cny=45000.0)
    table = figures(time_utilization_holiday_mean=[0.5, 0.3, 0.7, 0.6, 0.41])
    assert Rule.of(built).chosen(built, table) == ["far_out", "far_in"]


def test_the_ordinary_week_is_looked_at_without_the_rule(tmp_path):
    built = load(tmp_path, window="everyday")
    assert Rule.of(built).is_everyday
    assert built.reference().config.policy.upgrade_rule is None
    with pytest.raises(InputError, match="there is no rule for upgrades"):
        Rule.of(built.reference())


def test_the_table_of_costs_is_among_the_inputs(tmp_path):
    built = load(tmp_path)
    assert str(tmp_path / "costs.csv") in built.input_hashes()
    assert built.reference().input_hashes().keys() < built.input_hashes().keys()


# ---- what is refused ----------------------------------------------------------------------


def refused(cfg):
    with pytest.raises(InputError) as error:
        scenario.load(cfg)
    return error.value.problems


IS = "`policy.upgrade_rule"


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"definition": "usage"},
         f"{IS}.definition` is 'usage', but must be 'time', 'charging' or 'power'"),
        ({"unit": "gun"}, f"{IS}.unit` is 'gun', but must be 'station', 'site' or 'evse'"),
        ({"window": "2025-10-09"},
         f"{IS}.window` is '2025-10-09', but must be 'holiday_mean', 'peak_day', 'peak_hour', "
         "'day_08_22' or 'everyday'"),
        ({"threshold": 0.0}, f"{IS}.threshold` is 0.0, but must be from 0.001 to 0.999"),
        ({"threshold": 1.0}, f"{IS}.threshold` is 1.0, but must be from 0.001 to 0.999"),
        ({"budget_cny": 0.0}, f"{IS}.budget_cny` is 0.0, but must be from 1 to 1e+12"),
        ({"budget_cny": 19999.0},
         f"{IS}.budget_cny` is 19,999, which buys nothing: the cheapest upgrade, that of "
         "`near_out`, costs 20,000 CNY"),
        ({"action": {}},
         f"{IS}.action`: it changes nothing: give replace, add, kva, storage or mobile"),
        ({"action": {"kva": 100.0}}, f"{IS}.action` changes nothing at any station"),
        ({"action": {"kva": 1000.0}},
         f"{IS}.action.kva` is 1,000, but a station may have at most 630 kVA"),
        ({"action": {"kva": "big"}}, f"{IS}.action.kva` is 'big', but must be a number or 'fit'"),
        ({"action": {"add": "big*2", "kva": "fit"}},
         f"{IS}.action`: `near_out` would need a transformer of 801 kVA, but may have at most 630 "
         "(and 4 more)"),
        ({"action": {"add": "pear*1"}},
         f"{IS}.action.add` has an unknown cabinet type `pear`: did you mean `pair`?"),
        ({"action": {"mobile": {"cabinets": "pear*1"}}},
         f"{IS}.action.mobile.cabinets` has an unknown cabinet type `pear`: did you mean `pair`?"),
        ({"action": {"replace": "big"}},
         f"{IS}.action.replace` is 'big', but must be cabinets such as dual_120*2+stack_600*1"),
        ({"action": {"storage": STORAGE | {"charge_hours": []}}},
         f"{IS}.action`: storage has no charge_hours: when is it charged?"),
        ({"action": {"storage": STORAGE | {"charge_hours": [18]}}},
         f"{IS}.action.storage`: an hour is there more than once"),
        ({"action": {"storage": STORAGE | {"charge_hours": [0]}}},
         f"{IS}.action.storage`: to be full again in its charge_hours takes 75 kW, but it has 30"),
        ({"action": {"storage": STORAGE | {"charge_hours": [24]}}},
         f"{IS}.action.storage.charge_hours.0` is 24, but must be from 0 to 23"),
        ({"action": {"storage": STORAGE | {"kwh": 900.0, "kw": 900.0}}},
         f"{IS}.action`: `gate` would have no power for charging at 0:00"),
        ({"action": {"mobile": {"cabinets": "pair*1", "storage": STORAGE}}},
         f"{IS}.action.mobile`: storage of mobile units has no charge_hours: it is charged "
         "elsewhere"),
        ({"transformers": {"kva": [630.0, 400.0], "simultaneity": 0.7, "source": "test"}},
         f"{IS}.transformers`: the steps of kva do not rise"),
        ({"sources": {"threshold": "test", "action": "test"}},
         f"{IS}`: sources lacks budget_cny: give a source, or say assumed"),
        ({"costs": "nowhere.csv"}, "there is no table nowhere.csv"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_one_sentence(tmp_path, rule, sentence):
    assert refused(small.ruled(tmp_path, **rule)) == [sentence]


def test_a_window_outside_the_calendar_is_refused(tmp_path):
    cfg = small.ruled(tmp_path)
    cfg["demand"]["holiday"] = False
    days = cfg["demand"]["calendar"]
    assert refused(cfg) == [f"{IS}.window` is 'holiday_mean', but {days} is no holiday"]
    cfg = small.ruled(tmp_path, window="everyday")
    cfg["reference"]["holiday"] = True
    assert refused(cfg) == [
        f"{IS}.window` is 'everyday', but {days}, the calendar of ordinary days, is a holiday"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("evse,CNY/EVSE,1000,2000", "evse,CNY/EVSE,2000,1000",
         "line 4: low, typical and high do not rise"),
        ("storage_kwh,CNY/kWh,1,2,3,test\n", "", "lacks the item `storage_kwh`"),
        ("air_kw", "air_kv", "line 2: `item` is 'air_kv', but must be"),
        ("liquid_kw", "air_kw", "names the item `air_kw` 2 times"),
        ("20,30,test", "20,30,", "line 5: `source` is '', but must be"),
    ],
)  # fmt: skip
def test_a_wrong_table_of_costs_is_refused(tmp_path, old, new, says):
    assert old in small.COSTS
    problems = refused(small.ruled(tmp_path, table=small.COSTS.replace(old, new, 1)))
    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ({"cap_kw": 77.0, "kva": 400.0},
         "`station.overrides.gate`: cap_kw and kva both limit the power: keep one of them"),
        ({"add": "pear*1"},
         "`station.overrides.gate.add` has an unknown cabinet type `pear`: did you mean `pair`?"),
        ({"kva": 20.0}, "`station.overrides.gate` leaves no power for charging at 12:00"),
    ],
)  # fmt: skip
def test_a_wrong_override_is_one_sentence(tmp_path, override, sentence):
    assert refused(small.ruled(tmp_path, overrides={"gate": override})) == [sentence]


def test_a_fixed_cap_and_a_bigger_transformer_exclude_each_other(tmp_path):
    cfg = small.ruled(tmp_path, overrides={"gate": {"cap_kw": 77.0}}, action={"kva": 630.0})
    assert refused(cfg) == [
        "`station.overrides.gate.cap_kw` fixes the power that `policy.upgrade_rule.action.kva` "
        "would raise: keep one of them"
    ]


# ---- the command line ---------------------------------------------------------------------


RULE_STUDY = ("experiment=forty_percent_rule",)  # other questions apply no rule


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder: its exit code, output, errors and files."""
    monkeypatch.chdir(tmp_path)

    def call(*argv):
        code = cli.main(argv)
        out, err = capsys.readouterr()
        return code, out, err, [path for path in tmp_path.rglob("*") if path.is_file()]

    return call


@pytest.mark.parametrize("name", sorted(p.stem for p in CONFIGS.glob("policy/upgrade_rule/*")))
@pytest.mark.parametrize("policy", ["none", "holiday_80_30"])
def test_every_published_rule_is_right(run, name, policy):
    words = (f"policy={policy}", f"policy/upgrade_rule={name}", *RULE_STUDY)
    code, out, err, _ = run(*words, "--cfg", "job")
    assert (code, err) == (0, "")
    rule = yaml.safe_load(out)["policy"]["upgrade_rule"]
    own = yaml.safe_load((CONFIGS / f"policy/upgrade_rule/{name}.yaml").read_text())
    assert rule["name"] == own["name"]


def test_without_a_choice_there_is_no_rule(run):
    assert "upgrade_rule" not in yaml.safe_load(run("--cfg", "job")[1])["policy"]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["policy.upgrade_rule.definition=usage"],
         f"{IS}.definition` is 'usage', but must be 'time', 'charging' or 'power'"),
        (["demand=ordinary_week"],
         f"{IS}.window` is 'holiday_mean', but demand/ordinary_week.csv is no holiday"),
        (["policy.upgrade_rule.threshold=40"],
         f"{IS}.threshold` is 40, but must be from 0.001 to 0.999: did you mean 0.4?"),
        (["policy.upgrade_rule.budget_cny=1000000"],
         f"{IS}.budget_cny` is 1,000,000, which buys nothing: the cheapest upgrade, that of "
         "`inferred_g50_dianjiang_zhongxian_1_out`, costs 1,253,950 CNY"),
        (["policy.upgrade_rule.action.add=stack_720*1"],
         f"{IS}.action`: `yinglong_out` would need a transformer of 2,372 kVA, but may have at "
         "most 2,000 (and 7 more)"),
        (["policy.upgrade_rule.action.kva=2500"],
         f"{IS}.action.kva` is 2,500, but a station may have at most 2,000 kVA"),
        (["policy.upgrade_rule.thresold=0.4"],
         f"unknown key {IS}.thresold`: did you mean {IS}.threshold`?"),
        (["policy/upgrade_rule=more_evse"],
         "unknown policy/upgrade_rule `more_evse`: did you mean `more_evses`?"),
    ],
)  # fmt: skip
def test_bad_input_ends_before_anything_runs(run, argv, sentence):
    first = [] if "policy/" in argv[0] else ["policy/upgrade_rule=forty_percent"]
    assert run(*first, *argv) == (2, "", sentence + "\n", [])


def test_rules_and_costs_of_ones_own(run, tmp_path):
    own = tmp_path / "own" / "policy" / "upgrade_rule"
    own.mkdir(parents=True)
    text = (CONFIGS / "policy/upgrade_rule/forty_percent.yaml").read_text()
    (own / "mine.yaml").write_text(text.replace("upgrade_costs.csv", "mine.csv"))
    argv = ("--config-dir", "own", "policy/upgrade_rule=mine", *RULE_STUDY, "--cfg", "job")
    assert run(*argv)[:3] == (2, "", "there is no table policy/mine.csv\n")
    (own.parent / "mine.csv").write_text(small.COSTS)
    assert run(*argv)[0] == 0
    (own / "mobile.yaml").write_text(text)
    assert "`policy/upgrade_rule/mobile` is built in" in run(*argv)[2]
