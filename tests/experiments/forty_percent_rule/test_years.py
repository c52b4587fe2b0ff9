"""Year after year: each number of a small case by hand, and a tiny run of the whole."""

import copy
import datetime
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.forty_percent_rule import parts, question
from experiments.forty_percent_rule.measure import HERE
from experiments.forty_percent_rule.years import answer as rule_years
from experiments.forty_percent_rule.years import page as rule_page
from experiments.forty_percent_rule.years import verdict as rule_verdict
from sim.config.problems import InputError
from sim.report.blocks import Beside, Figure, Page, Table
from sim.report.finding import Given, packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.roads.upgrade import Rule
from sim.stats.estimate import Estimate
from sim.study.case import Replication
from sim.study.study import Study
from tests import small
from tests.roads.test_scenario import CONFIGS, published

STATIONS = ["near_out", "near_in", "far_out", "far_in", "gate"]
# Time utilization of each station, by world and holiday.
USED = {
    0: [[0.5, 0.3, 0.6, 0.1, 0.2], [0.5, 0.45, 0.6, 0.1, 0.2], [0.5, 0.5, 0.6, 0.1, 0.5]],
    1: [[0.1, 0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1, 0.5], [0.1, 0.1, 0.1, 0.1, 0.5]],
}
T1 = 12.706204736  # 97.5 % quantile of Student's t with one degree of freedom
PAIR = (10_000, 20_000, 30_000)  # [CNY] a pair: 80 kW, air-cooled, and two EVSEs
BIG = 300 * 600 + 3 * 2_000  # [CNY] typical: 300 kW, liquid-cooled, and three EVSEs


def town(folder, years=(), **rule):
    cfg = small.ruled(folder, **rule)
    cfg["rule_study"]["years"] |= dict(years)
    cfg["engine"]["workers"] = 1
    return small.put_to_the_test(cfg)


class Runs:
    """A study whose holidays are as used as `USED` says: where that is over 40 %, people wait 40
    minutes, unless something has been built there."""

    def __init__(self):
        self.engine, self.asked = SimpleNamespace(replications=4), []

    def ask(self, asked, what, told):
        self.asked += asked
        return [self._one(*own) for own in asked]

    def _one(self, name, design, number):
        world, holiday = divmod(number, 3)
        used = np.array(USED[world][holiday])
        if not design.config.demand.holiday:
            used = used[::-1]
        built = [station in design.config.station.overrides for station in STATIONS]
        wait = np.where((used > 0.4) & ~np.array(built), 40.0, 10.0)
        table = pd.DataFrame(
            {
                "station": STATIONS, "time_utilization_holiday_mean": used, "visits": 100,
                "balked": 1, "reneged": 2, "wait_min_p90": wait,
            }
        )  # fmt: skip
        network = {"wait_h": wait.sum(), "wait_min_p95": wait.max(), "unserved_kwh": 7.0 * world,
                   "stranded": float(holiday)}  # fmt: skip
        return Replication(network, table)


def trails_of(own, runs=None):
    return rule_years.replayed(own, runs or Runs(), rule_years.holidays_of(own))


def orders(trail):
    return [(order.station, order.round) for order in trail.orders]


# ---- the holidays ----------------------------------------------------------------------------


def test_ev_share_grows_as_the_stock_does(tmp_path):
    """4 times as many in 1,461 days, from 10 % at the time of the calendar."""
    own = town(tmp_path)
    first, second, third = rule_years.holidays_of(own)
    assert first.demand.ev_share == pytest.approx(0.1 * 4 ** (365 / 1461))
    assert second.demand.ev_share == pytest.approx(0.1 * 4 ** (730 / 1461))
    assert third.nevs == pytest.approx(1000 * 4 ** (1096 / 1461))
    assert (first.first_day, first.last_day) == (
        datetime.date(2026, 10, 1), datetime.date(2026, 10, 2)
    )  # fmt: skip
    design = second.design(own)
    assert design.config.demand.season_factor == 1.2
    assert design.config.demand.scale == own.config.demand.scale
    assert design.config.policy.upgrade_rule is None


def test_the_ordinary_week_grows_too(tmp_path):
    own = town(tmp_path)
    week = rule_years.holidays_of(own)[1].ordinary(own)
    assert not week.config.demand.holiday
    assert week.config.demand.ev_share == pytest.approx(0.2 * 4 ** (730 / 1461))


def test_the_level_of_holidays_to_come_is_not_known():
    """Spring Festival 2026 is its own calendar, which has been counted; the others are to come."""
    own = small.put_to_the_test(published())
    found = rule_years.holidays_of(own)
    assert [h.demand.variation.known for h in found] == [True] + 5 * [False]
    assert found[1].demand.variation.period_cv == own.config.demand.variation.period_cv > 0.0
    assert not found[1].ordinary(own).config.demand.variation.known


def test_the_published_holidays():
    """Six of them, with the figures of the two demands; 2 million NEVs at the end of 2028."""
    own = small.put_to_the_test(published())
    found = rule_years.holidays_of(own)
    assert [h.first_day.isoformat() for h in found] == [
        "2026-02-15", "2026-10-01", "2027-02-04", "2027-10-01", "2028-01-24", "2028-10-01"
    ]  # fmt: skip
    rows = pd.read_csv(CONFIGS / own.own.years.holidays)
    for demand in ("spring_festival", "national_day"):
        figures = yaml.safe_load((CONFIGS / f"demand/{demand}.yaml").read_text())
        same = rows[rows["calendar"] == figures["calendar"]]
        assert len(same) == 3
        for name in ("ev_share", "season_factor"):
            assert set(same[name]) == {figures[name]}
    assert found[0].demand.ev_share == pytest.approx(0.2)  # the calendar's own year
    assert found[0].stock.nevs(datetime.date(2028, 12, 31)) == pytest.approx(2e6)
    assert found[-1].demand.ev_share == pytest.approx(0.202 * (2 / 0.952) ** (1096 / 1096))


# ---- the plans -------------------------------------------------------------------------------


def test_what_is_ordered_opens_after_the_building_delay(tmp_path):
    own = town(tmp_path)
    first = rule_years.holidays_of(own)[0]
    opens = first.later(own.own.years.build_months)
    assert opens == datetime.date(2027, 7, 3)  # 274 days after 2 October


def test_each_world_goes_its_own_way(tmp_path):
    own, runs = town(tmp_path), Runs()
    trails = trails_of(own, runs)
    assert orders(trails["nothing"][0]) == []
    assert orders(trails["rule"][0]) == [
        ("far_out", 0), ("near_out", 0),
        ("far_out", 1), ("near_out", 1), ("near_in", 1),
        ("far_out", 2), ("near_out", 2), ("near_in", 2), ("gate", 2),
    ]  # fmt: skip
    assert orders(trails["rule"][1]) == [("gate", 1), ("gate", 2)]
    # Two new super stations, one after each holiday that is early enough; `far` is one already.
    assert orders(trails["target"][0]) == [("near_out", 0), ("near_in", 1)]
    assert orders(trails["target"][1]) == [("near_out", 0), ("gate", 1)]
    names = {name: number for name, _, number in runs.asked}
    assert names == {
        f"{plan}-{k}-w{w}": 3 * w + k
        for plan in ("nothing", "rule", "target")
        for w in range(2)
        for k in range(3)
    }
    designs = {name: design for name, design, _ in runs.asked}
    stands = designs["rule-2-w0"].config.station.overrides
    assert {name: stands[name].add for name in stands} == {
        "far_out": "pair*1+pair*1", "near_out": "pair*1+pair*1", "near_in": "pair*1"
    }  # fmt: skip
    assert designs["target-2-w1"].config.station.overrides["gate"].replace == "big*1"
    assert not designs["rule-0-w0"].config.station.overrides


def test_nothing_more_is_ordered_where_something_is_under_construction(tmp_path):
    own = town(tmp_path, {"build_months": 13.0})  # from October 2026 to November 2027
    trail = trails_of(own)["rule"][0]
    assert orders(trail) == [
        ("far_out", 0), ("near_out", 0), ("near_in", 1), ("far_out", 2), ("near_out", 2),
        ("gate", 2),
    ]  # fmt: skip
    assert trail.stuck == [[], [], []]


def test_the_budget_goes_to_those_that_can_be_upgraded(tmp_path):
    trail = trails_of(town(tmp_path, {"build_months": 13.0}, budget_cny=PAIR[1] * 1.5))["rule"][0]
    assert orders(trail) == [("far_out", 0), ("near_out", 1), ("far_out", 2)]


def test_no_upgrade_beyond_the_biggest_transformer(tmp_path):
    """A second stack would take 724 kVA or more, but 630 is the most."""
    own = town(tmp_path, action={"add": "big*1", "kva": "fit"})
    trail = trails_of(own)["rule"][0]
    assert orders(trail) == [("far_out", 0), ("near_out", 0), ("near_in", 1), ("gate", 2)]
    assert trail.stuck == [[], ["far_out", "near_out"], ["far_out", "near_out", "near_in"]]
    # 300 kW at 600 CNY, 3 EVSEs at 2,000, 630 kVA at 20, works at 200,000; far has 800 kVA.
    costs = {order.station: order.cost.typical for order in trail.orders}
    assert costs["near_out"] == BIG + 630 * 20 + 200_000
    assert costs["far_out"] == BIG


def test_an_upgrade_that_changes_nothing_is_none(tmp_path):
    trail = trails_of(town(tmp_path, action={"kva": 630.0}))["rule"][0]
    assert orders(trail) == [("near_out", 0), ("near_in", 1), ("gate", 2)]  # far has 800 kVA


def test_mobile_units_are_rented_for_every_holiday(tmp_path):
    """Two EVSEs at 20 CNY a day for two days, as soon as they are there."""
    trail = trails_of(town(tmp_path, action={"mobile": {"cabinets": "pair*1"}}))["rule"][0]
    assert orders(trail) == [("far_out", 0), ("near_out", 0), ("near_in", 1), ("gate", 2)]
    assert {order.cost.typical for order in trail.orders} == {0.0}
    assert [rent.typical for rent in trail.rents] == [0.0, 2 * 80.0, 3 * 80.0]


def test_a_rule_for_every_day_looks_at_the_ordinary_week(tmp_path):
    own, runs = town(tmp_path, window="everyday"), Runs()
    trail = trails_of(own, runs)["rule"][0]
    assert trail.flagged[0] == ["far_out", "gate"]  # the week is the holiday reversed
    assert orders(trail)[:2] == [("far_out", 0), ("gate", 0)]
    assert trail.seen[0].stations["time_utilization_holiday_mean"].tolist() == USED[0][0]
    kinds = [design.config.demand.holiday for _, design, _ in runs.asked]
    assert kinds == ([True] * 6 + [False] * 6) * 3


# ---- the answer ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    own = town(tmp_path_factory.mktemp("town"))
    return own, rule_years.answer(own, Runs())


def interval(values):
    """By hand, for two worlds: t(1) times the standard deviation over the root of two."""
    a, b = values
    middle, half = (a + b) / 2, T1 * abs(a - b) / 2
    return {"mean": middle, "low": middle - half, "high": middle + half}


def near(found, values, least=0.0):
    wanted = interval(values)
    wanted["low"] = max(least, wanted["low"])
    assert {key: found[key] for key in wanted} == pytest.approx(wanted)


def test_figures_of_every_holiday(answered):
    _, found = answered
    plans = {plan: own["figures"] for plan, own in found["plans"].items()}
    assert (found["worlds"], found["stations"]) == (2, 5)
    for plan, by_holiday in {
        "nothing": [(2, 0), (3, 1), (4, 1)],
        "rule": [(2, 0), (1, 1), (1, 0)],
        "target": [(2, 0), (2, 1), (2, 0)],
    }.items():
        for own, values in zip(plans[plan]["failing"], by_holiday, strict=True):
            near(own, values)
    near(plans["rule"]["standing"][2], (3, 1))
    near(plans["target"]["standing"][2], (2, 2))
    near(plans["rule"]["ordered"][1], (3, 1))
    near(plans["rule"]["cost_cny"][1], (3 * PAIR[1], PAIR[1]))
    near(plans["nothing"]["flagged"][2], (4, 1))
    near(plans["nothing"]["wait_h"][2], (4 * 40 + 10, 40 + 4 * 10))
    near(plans["target"]["wait_min_p95"][2], (40, 10))
    near(plans["rule"]["unserved_kwh"][0], (0, 7))


def test_differences_are_paired_by_world(answered):
    _, found = answered
    pairs = {(d["from"], d["to"]): d["figures"] for d in found["differences"]}
    near(pairs["nothing", "rule"]["failing"][2], (-3, -1), least=-np.inf)
    near(pairs["rule", "target"]["failing"][2], (1, 0), least=-np.inf)
    near(pairs["nothing", "target"]["cost_cny"][0], (BIG, BIG), least=-np.inf)
    near(found["money"], (2 * BIG - 5 * PAIR[1], 2 * BIG - PAIR[1]), least=-np.inf)
    change = found["plans"]["nothing"]["change"]
    assert found["holidays"][found["since"]]["name"] == Given("first")
    assert change["is_change"]
    near(change, (2, 1), least=-np.inf)


def test_what_is_built_when(answered):
    _, found = answered
    own = found["plans"]["rule"]["built"]
    near(own["upgrades"], (9, 2))
    near(own["stations"], (4, 1))
    for year, values in {"2026": (2, 0), "2027": (3, 1), "2028": (4, 1)}.items():
        near(own["by_year"][year]["upgrades"], values)
        near(own["by_year"][year]["cost_cny"], [PAIR[1] * n for n in values])
    near(own["open"]["upgrades"], (5, 1))
    near(own["open"]["stations"], (3, 1))
    assert list(own["open"]["times"]) == ["1", "2"]
    near(own["open"]["times"]["1"], (1, 1))
    near(own["open"]["times"]["2"], (2, 0))
    for level, price in zip(("low", "typical", "high"), PAIR, strict=True):
        near(own["open"]["cost_cny"][level], (5 * price, price))


def test_who_still_fails(answered):
    _, found = answered
    left = found["plans"]["target"]["left"]
    assert found["target"] == {"stations": 4, "share": 0.5, "ours": 2, "super_before": 2}
    near(left["upgraded"]["stations"], (2, 2))
    near(left["upgraded"]["failing"], (0, 0))
    near(left["super_before"]["failing"], (1, 0))
    near(left["neither"]["stations"], (1, 1))
    near(left["neither"]["failing"], (1, 0))
    stations = found["plans"]["rule"]["by_station"]
    assert stations["gate"] == {"ordered": [0.0, 0.5, 1.0], "fails": [0.0, 0.5, 0.5]}
    assert list(stations) == STATIONS


def test_service_fails_by_who_is_lost_too(tmp_path):
    """Three of a hundred are lost at every station."""
    cfg = small.ruled(tmp_path)
    cfg["rule_study"]["fails_lost_share"] = 0.02
    found = rule_years.answer(small.put_to_the_test(cfg), Runs())
    assert found["plans"]["rule"]["figures"]["failing"][0]["mean"] == 5


SAY = Words("en", HERE)


@pytest.fixture(scope="module")
def answer(answered):
    """The answer of the study with this part alone, as a file has it."""
    own, found = answered
    years = found | parts.findings("years", found)
    text = json.dumps(packed({"years": years, "stations": question._places(own)}), allow_nan=False)
    return unpacked(json.loads(text))


def test_the_sentences_hold_the_numbers(answer):
    text = " ".join(SAY(own) for own in answer["years"]["verdict"])
    for part in (
        "of 5 stations in first and at 2.5 (0.0 to 21.6) in third",
        "orders 5.5 (0.0 to 50.0) upgrades", "(1.0 once, 1.0 twice)",
        "Of 4 new super stations 2 are at our sites (50.0 %)",
    ):  # fmt: skip
        assert part in text, (part, text)
    assert all(Words("zh", HERE)(own) for own in answer["years"]["verdict"])


def surely(mean, half=0.5):
    return Estimate(mean, mean - half, mean + half)


@pytest.mark.parametrize(
    ("change", "against", "target", "to_rule", "money", "rule", "super_"),
    [
        (-2, -9, 4, 3, -5, "keeps pace", "do not suffice: service fails at more stations than by "
         "the rule; the rule costs more."),
        (2, -9, 4, -3, 5, "does not keep pace", "do not suffice: service fails at fewer stations "
         "than by the rule; the rule costs less."),
        (0, 0, 0.3, 0, 0, "is not shown to gain or lose", "are not shown to suffice: no difference "
         "is shown from the rule."),
        (0, 9, -0.5, 0, 0, "with nothing built, at fewer", "suffice: service fails nowhere."),
    ],
)  # fmt: skip
def test_plain_sentences_say_only_what_is_sure(
    answer, change, against, target, to_rule, money, rule, super_
):
    found = copy.deepcopy(answer["years"])
    found["plans"]["rule"]["change"] = surely(change)
    found["plans"]["target"]["figures"]["failing"][-1] = surely(target)
    pairs = {(d["from"], d["to"]): d["figures"]["failing"] for d in found["differences"]}
    pairs["nothing", "rule"][-1] = surely(against)
    pairs["rule", "target"][-1] = surely(to_rule)
    found["money"] = surely(money)
    first, second = rule_verdict.plain(found)
    assert rule in SAY(first)
    assert SAY(second) == f"4 new super stations by third {super_}"
    assert all(Words("zh", HERE)(own) for own in (first, second))


def test_where_nothing_is_open_nothing_is_said_to_be_upgraded_twice(answer):
    found = copy.deepcopy(answer["years"])
    found["plans"]["rule"]["built"]["open"]["times"] = {}
    builds = next(own for own in rule_verdict.verdict(found) if own.key == "years.builds")
    assert "() " not in SAY(builds)
    assert SAY(rule_verdict.times("3", surely(2))) == "2.0 3 times"


# ---- the page --------------------------------------------------------------------------------


def blocks(section, kind):
    return [block for block in section.blocks if isinstance(block, kind)]


def test_every_figure_has_its_numbers(answer, tmp_path):
    strip, left, stations = rule_page.sections(SAY, answer)
    flagged, standing, failing = blocks(strip, Figure)
    assert [bar["y"] for bar in failing.data] == [[1, 2, 2.5], [1, 1, 0.5], [1, 1.5, 1]]
    assert failing.data[1]["error_y"]["array"] == pytest.approx([T1, 0, T1 / 2])
    assert [len(own.data) for own in (flagged, standing)] == [3, 3]
    (beside,) = blocks(left, Beside)
    cost = beside.parts[3][0]
    assert cost.data[1]["y"] == pytest.approx([0.02, 0.04, 0.05])  # million CNY
    _, figures = blocks(strip, Table)
    heads = [column.head for column in figures.columns]
    row = next(row for row in figures.rows if SAY(row[0]) == "third, rule")
    near(row[heads.index("failing")].to_json(), (1, 0))
    assert len(figures.rows) == 3 * 3
    differences, built, who_fails = blocks(left, Table)
    assert SAY(differences.rows[0][0]) == "second, rule minus nothing"
    assert len(built.rows) == 2 * 3 + 3 + 2 + 3
    assert len(who_fails.rows) == 4
    (who,) = blocks(stations, Table)
    gate = next(row for row in who.rows if SAY(row[0]).startswith("Gate"))
    heads = [column.head for column in who.columns]
    assert gate[heads.index("rule, after Oct 28")] == 1.0
    text = " ".join(blocks(strip, str))
    assert "Built is big*1 in the bays of weaker cabinets; by the rule, pair*1 beside what" in text
    words = {language: Words(language, HERE) for language in LANGUAGES}
    path = write(tmp_path / "r.html", lambda say: Page("t", rule_page.sections(say, answer)), words)
    html = path.read_text("utf-8")
    assert "nan" not in html.partition("<main>")[2].partition('id="data"')[0].lower().split()
    for section in (strip, left, stations):
        for table in blocks(section, Table):
            assert {len(row) for row in table.rows} == {len(table.columns)}


# ---- bad input -------------------------------------------------------------------------------


def refused(own):
    with pytest.raises(InputError) as error:
        rule_years.check(own)
    return error.value.problems


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("build_months", -1.0,
         "`rule_study.years.build_months` is -1.0, but must be from 0 to 120"),
        ("super_stations", 1.5, "`rule_study.years.super_stations` is 1.5, but must be a whole "
         "number"),
        ("super_share", 1.2, "`rule_study.years.super_share` is 1.2, but must be from 0 to 1"),
        ("super_kw", 0.0, "`rule_study.years.super_kw` is 0.0, but must be from 1 to 50,000 kW"),
    ],
)  # fmt: skip
def test_values_that_cannot_be(key, value, sentence, tmp_path):
    with pytest.raises(InputError) as error:
        town(tmp_path, {key: value})
    assert error.value.problems == [sentence]


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"replace": "bigg*1"}, "has an unknown cabinet type `bigg`"),
        ({"add": "pair*1"}, "`rule_study.years.super_station` brings no cabinet of 200 kW"),
        ({"add": "big*3", "kva": "fit"}, "more than the biggest transformer"),
    ],
)
def test_a_super_station_that_cannot_be(action, sentence, tmp_path):
    (problem,) = refused(town(tmp_path, {"super_station": action}))
    assert sentence in problem
    assert "rule_study.years.super_station" in problem


@pytest.mark.parametrize(
    ("table", "old", "new", "sentence"),
    [
        ("holidays", "2027-10-01", "2026-09-01", "`second` does not begin after `first`"),
        ("holidays", "second,", "first,", "names the holiday `first` 2 times"),
        ("holidays", "2028-10-01", "20281001", "must be a date such as 2025-10-01"),
        ("holidays", "0.1,1.0", "0.4,1.0", "makes the EV share of `third` 1.13, but it must be at "
         "most 1"),
        ("holidays", "days.csv,2026", "nowhere.csv,2026", "there is no table"),
        ("growth", "2029-10-01,4000,test\n", "", "has one row, but growth takes two"),
        ("growth", "2029-10-01", "2025-10-01", "2025-10-01 does not come after 2025-10-01"),
        ("growth", "4000", "-5", "must be from 1 to 1e+09"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be(table, old, new, sentence, tmp_path):
    own = town(tmp_path)
    file = tmp_path / f"{table}.csv"
    file.write_text(file.read_text().replace(old, new))
    assert any(sentence in problem for problem in refused(own)), refused(own)


def test_an_ordinary_week_of_evs_only_is_too_much(tmp_path):
    cfg = small.ruled(tmp_path, window="everyday")
    cfg["reference"]["ev_share"] = 0.5
    assert refused(small.put_to_the_test(cfg)) == [
        f"{tmp_path}/growth.csv makes the EV share of the ordinary week at the time of `third` "
        "1.41, but it must be at most 1"
    ]


def test_the_published_study_is_right():
    own = small.put_to_the_test(published())
    rule_years.holidays_of(own)
    with pytest.raises(InputError, match="there is no rule for upgrades"):
        Rule.of(own)


# ---- the whole -------------------------------------------------------------------------------


def test_a_tiny_run_is_the_same_again(tmp_path):
    """Fewer cars in two holidays, really simulated; what is kept on disk gives the same answer."""
    own = town(tmp_path)
    demand = own.config.demand.model_copy(update={"vehicles_per_day": 2000.0})
    own = replace(own, config=own.config.model_copy(update={"demand": demand}))
    answers = []
    for _ in range(2):
        with Study(own.engine, tmp_path / "kept", small.Quiet()) as runs:
            answers.append(json.dumps(packed(rule_years.answer(own, runs)), allow_nan=False))
    assert answers[0] == answers[1]
    found = json.loads(answers[0])
    same = [own["figures"]["wait_h"][0] for own in found["plans"].values()]
    assert same[0] == same[1] == same[2]  # nothing is open in the first holiday
    assert found["worlds"] == 2
    assert sum(own["mean"] for own in found["plans"]["rule"]["figures"]["ordered"]) > 0
