"""Inputs of roads: each by hand, and what their ranges may not be."""

import json

import pytest

from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.roads import inputs
from sim.roads.inputs import ALL, DEMAND, INPUTS
from tests import small

NAME = "policy/sensitivity.csv"
TABLE = (configs_dir() / NAME).read_text("utf-8")
MOST = {DEMAND: 3.0}


def town(folder):
    return small.put_to_the_test(small.ruled(folder))


TOUCHED = {
    "demand": {"demand.scale"},
    "trip_length": {f"{s}.{k}" for s in ("demand", "reference") for k in (
        "crossing_km", "kinds.plain.deterrence_km", "kinds.rush.deterrence_km")},
    "kwh_per_km": {f"fleet.kwh_per_km.{k}" for k in ("mean", "sd", "low", "high")},
    "entry_soc": {f"fleet.entry_soc.{k}.{end}" for k in ("core", "district", "scenic", "gate")
                  for end in ("low", "high")},
    "target_soc": {"fleet.target_soc.low", "fleet.target_soc.high"},
    "overstay": {"fleet.overstay_min.value"},
    "patience": {"fleet.patience_min.value"},
    "plan_ahead": {"fleet.plan_ahead_share"},
    "power": {f"station.{k}" for k in (
        "evse_classes.plain.kw", "evse_classes.plain.amps", "evse_classes.liquid.kw",
        "evse_classes.liquid.amps", "cabinet_types.pair.kw", "cabinet_types.big.kw")},
    "availability": {"station.failures.mtbf_h"},
}  # fmt: skip


def flat(cfg, place=""):
    if not isinstance(cfg, dict):
        return {place: cfg}
    return {k: v for key, own in cfg.items() for k, v in flat(own, f"{place}.{key}").items()}


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_changes_what_it_names_and_nothing_else(name, tmp_path):
    base = town(tmp_path)
    row = inputs.ranges(base, NAME, MOST)[name]
    value = 0.75 * row.low + 0.25 * row.high
    own = inputs.changed(base, {name: value})
    before, after = (flat(json.loads(s.to_json())) for s in (base, own))
    changed = {k[1:] for k in before.keys() & after.keys() if before[k] != after[k]}
    assert changed - {"policy.upgrade_rule"} == TOUCHED[name]
    assert own.config.policy.upgrade_rule is None
    if INPUTS[name].unit not in ("x", "SOC"):
        assert INPUTS[name].value(json.loads(own.to_json())) == pytest.approx(value)


def test_inputs_do_not_meet_so_their_order_is_nothing(tmp_path):
    base = town(tmp_path)
    highs = {name: row.high for name, row in inputs.ranges(base, NAME, MOST).items()}
    backwards = dict(reversed(highs.items()))
    assert inputs.changed(base, highs).config == inputs.changed(base, backwards).config
    places = [place for touched in TOUCHED.values() for place in touched]
    assert len(places) == len(set(places))
    assert list(TOUCHED) == list(INPUTS)


def test_factors(tmp_path):
    base = town(tmp_path)
    own = inputs.changed(base, {"demand": 1.2, "power": 0.5, "availability": 0.75})
    assert own.config.demand.scale == pytest.approx(1.2)
    assert own.reference().config.demand.scale == pytest.approx(1.2)
    assert own.config.station.evse_classes["plain"].kw == 30.0
    assert own.config.station.failures.mtbf_h == pytest.approx(15.0)  # repairs take 5 h
    assert {s.rated_kw for s in own.stations} == {s.rated_kw / 2 for s in base.stations}


FURTHER = {
    "crossing_share": (0.3, {"reference.crossing_share"}),
    "pack": (1.1, {"fleet.pack_factor"}),
    "stop_soc": (0.05, {"fleet.stop_soc.low", "fleet.stop_soc.high"}),
    "balk": (3.0, {"fleet.balk_per_evse.value"}),
    "informed": (0.25, {"fleet.informed_share"}),
    "handshake": (4.0, {"station.handshake_min"}),
}


def test_further_inputs(tmp_path):
    base = town(tmp_path)
    assert [*FURTHER] == [name for name in ALL if name not in INPUTS]
    for name, (value, touched) in FURTHER.items():
        before, after = (flat(json.loads(s.to_json())) for s in (base, base.at({name: value})))
        assert {k[1:] for k in before if before[k] != after[k]} == touched
        if ALL[name].unit not in ("x", "SOC"):
            assert ALL[name].value(json.loads(base.at({name: value}).to_json())) == value
    places = [p for _, own in FURTHER.values() for p in own]
    assert not set(places) & {place for touched in TOUCHED.values() for place in touched}


def test_the_week_at_a_point_is_that_of_the_holiday_at_that_point(tmp_path):
    base = town(tmp_path)
    point = {name: value for name, (value, _) in FURTHER.items()} | {"demand": 1.2}
    week = base.at(point).reference()
    assert week.config.demand.crossing_share == 0.3
    assert base.reference().at(point).key == week.key != base.reference().key


def test_a_larger_pack_takes_more_power(tmp_path):
    base = town(tmp_path)
    pairs = zip(base.vehicles, base.at({"pack": 1.25}).vehicles, strict=True)
    for before, after in pairs:
        assert after.battery_kwh == 1.25 * before.battery_kwh
        assert after.steps == tuple((soc, 1.25 * kw) for soc, kw in before.steps)
    assert base.at({"pack": 1.25}).traffic != base.traffic


def test_a_point_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"`fleet\.informed_share` is 2"):
        town(tmp_path).at({"informed": 2.0})


# ---- their ranges ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("demand,x", "demnad,x", "TABLE has an unknown input `demnad`: did you mean `demand`?"),
        ("overstay,min,2", "overstay,h,2", "TABLE: `overstay` is in 'h', but must be in 'min'"),
        ("overstay,min,2", "patience,min,2", "TABLE names the input `patience` 2 times"),
        ("overstay,min,2,12,", "overstay,min,12,2,",
         "TABLE line 7: low is 12, but must be below high, 2"),
        ("overstay,min,2,12,", "overstay,min,2,12 min,",
         "TABLE line 7: `high` is '12 min', but must be a number"),
        ("availability,-,0.95,0.995", "availability,-,0.95,1",
         "TABLE: `availability` cannot be 1: `station.failures.mtbf_h` is inf, but must be a "
         "finite number"),
        ("target_soc,SOC,-0.075,0.035", "target_soc,SOC,-0.075,0.4",
         "TABLE: `target_soc` cannot be 0.4: `fleet.target_soc`: low is 1, but must be below "
         "high, 1"),
        ("plan_ahead,-,0,0.6", "plan_ahead,-,0,60",
         "TABLE: `plan_ahead` cannot be 60: `fleet.plan_ahead_share` is 60.0, but must be from 0 "
         "to 1: did you mean 0.6?"),
        ("kwh_per_km,kWh/km,0.155,0.2", "kwh_per_km,kWh/km,0.155,20",
         "TABLE: `kwh_per_km` cannot be 20: `fleet.kwh_per_km`: draws from 10 to 30, but must be "
         "from 0.01 to 20 kWh/km"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_one_sentence(old, new, sentence, tmp_path):
    assert TABLE.count(old) == 1
    table = tmp_path / "own.csv"
    table.write_text(TABLE.replace(old, new), "utf-8")
    with pytest.raises(InputError) as refused:
        inputs.ranges(town(tmp_path), str(table), MOST)
    assert refused.value.problems == [sentence.replace("TABLE", str(table))]


def test_a_table_that_lacks_an_input_says_so(tmp_path):
    lines = TABLE.splitlines(keepends=True)
    table = tmp_path / "own.csv"
    base = town(tmp_path)
    for text, problem in (
        (None, f"there is no table {table}"),
        ("".join(line for line in lines if not line.startswith("power")),
         f"{table} lacks the input `power`"),
    ):  # fmt: skip
        if text:
            table.write_text(text, "utf-8")
        with pytest.raises(InputError) as refused:
            inputs.ranges(base, str(table), MOST)
        assert refused.value.problems == [problem]


def test_what_spans_inputs_is_tried_too(tmp_path):
    """Traffic that only the demand fitted again makes too large."""
    cfg = small.ruled(tmp_path)
    cfg["demand"]["vehicles_per_day"] = 15e6
    with pytest.raises(InputError) as refused:
        inputs.ranges(small.put_to_the_test(cfg), NAME, MOST)
    (problem,) = refused.value.problems
    assert problem.startswith("policy/sensitivity.csv, all at their high end: ")
    assert "would take about" in problem
