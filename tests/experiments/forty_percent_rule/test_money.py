"""Question 4 of the 40 % rule: prices, orders, the optimizer, and the answer of a small town."""

import json

import numpy as np
import pandas as pd
import pytest

from experiments.forty_percent_rule import parts, question
from experiments.forty_percent_rule.measure import HERE
from experiments.forty_percent_rule.money import answer as rule_money
from experiments.forty_percent_rule.money import page as rule_money_page
from experiments.forty_percent_rule.money import strategies
from experiments.forty_percent_rule.money import verdict as rule_verdict
from experiments.forty_percent_rule.money.strategies import ACTION, shop_of
from sim.config.problems import InputError
from sim.report.blocks import Beside, Page, Table
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.roads.money import orders
from sim.roads.money.gauge import Gauge
from sim.roads.money.greedy import greedy
from sim.roads.upgrade import Rule
from sim.stats.estimate import Estimate
from sim.study.case import Replication
from sim.study.contest import Contest
from sim.study.study import Study
from tests import small
from tests.report.reading import source

# Fit for 0.7 of the rated power, beside the other load: 400 kVA carry two pairs more at `near`.
PAIR = {"add": "pair*1", "kva": "fit"}
MENU = {"pair": PAIR, "mobile": {"mobile": {"cabinets": "pair*1"}}}
SAY = Words("en", HERE)


def town(folder, menu=MENU, **money):
    cfg = small.ruled(folder, action={"replace": "big*1"}, threshold=0.5)
    cfg["demand"]["vehicles_per_day"] = 4000.0
    cfg["rule_study"]["money"] |= {"menu": menu, **money}
    return small.put_to_the_test(cfg)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return shop_of(town(tmp_path_factory.mktemp("town"), most_evses=10))


# ---- prices ------------------------------------------------------------------------------------


def test_prices_by_hand(shop):
    """A pair: 80 kW at 200 CNY and two EVSEs at 2,000; a mobile one: two EVSEs for two holidays of
    two days at 20."""
    assert shop.price({}, ("near_out", "pair")) == 80 * 200 + 2 * 2000
    assert shop.price({}, ("near_out", "mobile")) == 2 * 2 * 2 * 20
    assert shop.price({}, ("near_out", ACTION)) == 300 * 600 + 3 * 2000
    assert shop.cost({"near_out": ("mobile", "pair")}).low == (80 * 100 + 2000) + 2 * 2 * 2 * 10


def test_the_transformer_is_paid_once(shop):
    """At `gate` with 200 kVA and one pair: with one more 0.7 x 160 / 0.9 + 20 kW over a loading
    limit of 0.8 need 181 kVA, with two 258, with three 336: the second takes another one."""
    plan: dict[str, tuple[str, ...]] = {}
    prices = []
    for _ in range(3):
        prices.append(shop.price(plan, ("gate", "pair")))
        plan["gate"] = (*plan.get("gate", ()), "pair")
    assert prices == [20_000, 20_000 + 400 * 20 + 200_000, 20_000]
    assert shop.design(plan).hardware["gate"].kva == 400
    assert len(shop.design(plan).hardware["gate"].cabinets) == 4


def test_there_is_only_so_much_room(shop):
    assert shop.evses("near_out", ("pair", "mobile", "mobile")) == 4 + 6
    assert shop.price({"near_out": ("pair", "mobile", "mobile")}, ("near_out", "pair")) is None
    assert shop.price({"near_out": ("pair", "mobile")}, ("near_out", "mobile")) is not None


def test_what_needs_too_big_a_transformer_cannot_be_had(tmp_path):
    """Eight pairs at `near` and seven at `gate` take more than 630 kVA: six of them are new."""
    own = shop_of(town(tmp_path, menu={"six": {"add": "pair*6", "kva": "fit"}}, most_evses=99))
    assert own.price({}, ("near_out", "six")) is None
    assert own.price({}, ("gate", "six")) == 6 * 20_000 + 630 * 20 + 200_000


# ---- orders ------------------------------------------------------------------------------------


def test_orders(shop):
    names = list(shop.scenario.hardware)
    a, b, c, d, e = names
    table = pd.DataFrame(
        {"station": names, "wait_min_p95": [30.0, 60.0, 0.0, 10.0, 60.0],
         "time_utilization_holiday_mean": [0.6, 0.55, 0.9, 0.1, 0.2]}
    )  # fmt: skip
    rule = Rule("time", "station", "holiday_mean", 0.5, None, None)
    assert strategies.by_rule(rule, table) == [(c, ACTION), (a, ACTION), (b, ACTION)]
    assert [name for name, _ in strategies.by_wait(table)] == [b, e, a, d]
    even = orders.evenly(shop)
    assert even[: len(names)] == [(name, "mobile") for name in sorted(names)]  # the cheapest here
    assert len(even) == 10 * len(names)


def test_mobile_units_go_where_most_is_lost_per_evse(shop):
    """Four EVSEs at near, two at gate; units of two: 120 / 4, 120 / 6, 120 / 8 against 50 / 2,
    50 / 4."""
    order = strategies.mobile(shop, {"near_out": 120.0, "gate": 50.0, "far_out": 0.0})
    assert [name for name, _ in order[:5]] == ["near_out", "gate", "near_out", "near_out", "gate"]
    assert {item for _, item in order} == {"mobile"}


def test_what_cannot_be_paid_is_passed_over(shop):
    order = [("near_out", ACTION), ("near_in", "pair"), ("near_out", ACTION), ("near_in", "pair")]
    assert shop.spend(order, 45_000) == {"near_in": ("pair", "pair")}
    assert shop.spend(order, 206_000) == {"near_out": (ACTION,), "near_in": ("pair",)}
    assert shop.spend(order, 19_999) == {}


# ---- by simulation -----------------------------------------------------------------------------

TWO_SITES = """\
site,name_en,name_zh,road,from,to,km,sides,lon,lat,position,cabinets,kva,other_load_kw,evidence,note
near,Near,近,A1,city,fork,20,one,0.2,0.0,approximate,pair*1,400,50,given,
far,Far,远,A1,town,east,30,one,1.2,0.0,approximate,pair*3,400,50,assumed,
"""


def test_two_simulated_stations_get_what_saves_most(tmp_path):
    """All plans that the money can pay, on the same draws: none saves more than the optimizer's."""
    cfg = small.ruled(tmp_path, action={"add": "pair*1"})
    (tmp_path / "areas.csv").write_text(TWO_SITES)
    cfg["rule_study"]["money"] |= {"menu": {"pair": {"add": "pair*1"}}, "most_evses": 12}
    cfg["demand"]["vehicles_per_day"] = 3000.0
    own = small.put_to_the_test(cfg)
    shop, money = shop_of(own), own.own.money
    one, other = own.hardware
    with Study(own.engine, tmp_path / "runs", small.Quiet()) as runs:
        gauge = Gauge(shop, runs, lambda t: rule_money.lost_h(t, money), 1, 2)

        def lost(plan):
            found = runs.run({"": shop.design(plan)}, range(2))[""]
            return np.mean([rule_money.lost_h(r.figures, money) for r in found])

        today = runs.run({"": shop.scenario}, range(2))[""]
        hours = np.mean([rule_money.lost_h(r.stations, money) for r in today], axis=0)
        most_h = {name: 1.2 * h for name, h in zip(own.hardware, hours, strict=True)}
        steps = greedy(most_h, shop.menu, shop.price, gauge.savings, 1.0, 3)
        for budget in (20_000.0, 60_000.0):
            plan = shop.spend([step.purchase for step in steps], budget)
            n = int(budget / 20_000)
            every = [
                {one: ("pair",) * k, other: ("pair",) * (m - k)}
                for m in range(n + 1)
                for k in range(m + 1)
            ]
            assert lost(plan) <= min(lost(p) for p in every) * 1.000001


# ---- judged ------------------------------------------------------------------------------------


def replication(wait_h, balked=0.0, reneged=0.0, **more):
    network = {
        "wait_h": wait_h, "balked": balked, "reneged": reneged, "unserved_kwh": 0.0,
        "stranded": 0.0, "energy_kwh": 100.0, "sessions": 4.0, "occupancy_min": 30.0, **more,
    }  # fmt: skip
    return Replication(network)


def test_figures_of_the_network(tmp_path):
    class Played:
        engine = town(tmp_path).engine

        def run(self, designs, numbers, what):
            return {name: [own] * len(numbers) for name, own in designs.items()}

    contest = Contest(
        Played(), {("today", 0.0): replication(1.0), ("x", 1.0): replication(2.0, 3, 4)}, len
    )
    contest.ask([("x", 1.0)], range(2))
    found = rule_money._figures(contest, ("x", 1.0))
    assert found["lost"] == [7.0, 7.0]
    assert found["plugged_h"] == [4 * 0.5] * 2
    assert (found["wait_h"], found["energy_kwh"]) == ([2.0] * 2, [100.0] * 2)


def test_the_objective_counts_who_gives_up(tmp_path):
    money = town(tmp_path).own.money.model_copy(update={"lost_h": 0.5})
    assert rule_money.lost_h(replication(100.0, 3, 7).figures, money) == 105.0


# ---- the whole ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    own = town(tmp_path_factory.mktemp("town"), shares=[0.25, 0.5, 1.0], least_saving_h=200.0)
    with Study(own.engine, tmp_path_factory.mktemp("runs"), small.Quiet()) as runs:
        found = rule_money.answer(own, runs)
        table = runs.run({"": own}, range(2))[""][0].stations
        lost = {
            name: [
                rule_money.lost_h(r.figures, own.own.money)
                for r in runs.run({"": design}, range(2, 8))[""]
            ]
            for name, design in {
                "today": own.with_overrides({}),
                "rule": Rule.of(own).action.apply(own, found["strategies"]["rule"]["buys"]),
            }.items()
        }
    return own, found, table, lost


def test_the_answer_is_what_the_replications_say(answered):
    own, found, table, lost = answered
    rule = Rule.of(own)
    point = found["strategies"]["rule"]["points"][-1]
    assert found["budget_cny"] == rule.action.cost(own, found["strategies"]["rule"]["buys"]).typical
    assert found["flagged"] == point["stations"]
    difference = np.array(lost["today"]) - np.array(lost["rule"])
    assert point["saved_h"]["mean"] == pytest.approx(difference.mean())
    assert point["cny_per_h"]["mean"] == pytest.approx(
        found["budget_cny"] / (2 * difference.mean())
    )
    assert found["lost_h_today"]["mean"] == pytest.approx(np.mean(lost["today"]))
    assert len(table) == len(own.hardware)


def test_nobody_spends_more_than_there_is(answered):
    _, found, _, _ = answered
    names = {"rule", "wait", "saving", "evenly", "mobile", "informed", "site_rule"}
    assert set(found["strategies"]) == names
    for name, strategy in found["strategies"].items():
        for point in strategy["points"]:
            cost = point["cost_cny"]["typical"]
            assert cost <= point["share"] * found["budget_cny"]
            assert (cost == 0.0) == (not point["items"]), name
        bought = sum(sum(items.values()) for items in strategy["buys"].values())
        assert bought == sum(strategy["points"][-1]["items"].values())


def test_the_best_is_the_one_that_saves_most(answered):
    _, found, _, _ = answered
    chosen = found["selection"]
    saved = {n: own["points"][-1]["saved_h"]["mean"] for n, own in found["strategies"].items()}
    assert chosen["best"] == chosen["left"][0]
    if chosen["shown"]:
        assert all(saved[chosen["best"]] > saved[n] - chosen["indifference_h"] for n in saved)
    assert set(chosen["less_than_best_h"]) == set(saved) - {chosen["best"]}


def as_a_file_has_it(own, found):
    """The answer of the study with this part alone."""
    text = json.dumps(
        packed({"money": found | parts.findings("money", found),
                "stations": question._places(own)}), allow_nan=False,
    )  # fmt: skip
    return unpacked(json.loads(text))


def blocks(sections, kind):
    return [block for section in sections for block in section.blocks if isinstance(block, kind)]


def test_the_page_has_every_figure_and_its_numbers(answered, tmp_path):
    own, found, _, _ = answered
    answer = as_a_file_has_it(own, found)
    sections = rule_money_page.sections(SAY, answer)
    assert [len(beside.parts) for beside in blocks(sections, Beside)] == [2]
    points, changes, selection, steps, menu, where = blocks(sections, Table)
    assert [len(t.rows) for t in (points, changes, selection, menu)] == [5, 7, 7, 3]
    assert len(steps.rows) == min(len(found["steps"]), rule_money_page.MOST_STEPS)
    upgraded = {name for own in found["strategies"].values() for name in own["buys"]}
    assert len(where.rows) == len(upgraded)
    words = {language: Words(language, HERE) for language in LANGUAGES}
    path = write(
        tmp_path / "r.html",
        lambda say: Page("t", rule_money_page.sections(say, answer)), words,
    )  # fmt: skip
    text = source(path)
    for say in words.values():
        for finding in answer["money"]["verdict"]:
            assert say(finding).replace("'", "&#39;") in text
    assert "nan" not in text.partition("<main>")[2].partition('id="data"')[0].lower().split()


def test_where_nothing_is_flagged_there_is_no_money(tmp_path):
    cfg = small.ruled(tmp_path, threshold=0.99)
    cfg["demand"]["vehicles_per_day"] = 100.0
    own = small.put_to_the_test(cfg)
    with Study(own.engine, None, small.Quiet()) as runs:
        found = rule_money.answer(own, runs)
    answer = as_a_file_has_it(own, found)
    assert found["budget_cny"] == 0.0
    assert answer["money"]["verdict"] == []
    assert [finding.key for finding in answer["money"]["plain"]] == ["money.best.nothing"]
    (section,) = rule_money_page.sections(SAY, answer)
    assert [type(block) for block in section.blocks] == [str, Table]


def test_few_replications_draw_fewer_points(shop):
    money = shop.scenario.own.money
    for shares, few in (
        ([1.0], [1.0]),
        ([0.5, 1.0], [1.0]),
        ([0.05, 0.1, 0.25, 0.5, 1.0], [0.25, 1.0]),
    ):
        own = money.model_copy(update={"shares": shares})
        assert rule_money._shares(own, 20) == shares
        assert rule_money._shares(own, 5) == few


# ---- what is said -------------------------------------------------------------------------------


def told(best="saving", shown=True, less=(50.0, 60.0), part=(5.0, 9.0), whom=(-1.0, 1.0)):
    """A made answer: `less` the rule and another save than the best, by how much `part` of the
    money in the best and in `wait` (`whom`) saves more than the rule."""

    def estimate(low, high):
        return Estimate((low + high) / 2, low, high)

    def strategy(than):
        cost = {"typical": 2e6, "low": 1e6, "high": 4e6}
        points = [
            {"share": share, "than_rule_h": estimate(*than), "stations": 3, "cost_cny": cost,
             "saved_h": estimate(90.0, 110.0)}
            for share in (0.05, 0.25, 0.5, 1.0)
        ]  # fmt: skip
        return {"points": points, "changes": {"energy_kwh": estimate(-1.0, 1.0)}}

    than = {"rule": (0.0, 0.0), "saving": part, "wait": whom, "mobile": part}
    free = dict.fromkeys(("informed", "site_rule"), part)
    return {
        "site_rule": {"soc_cap": 0.8, "session_limit_min": 30.0}, "lost_h": 1.0,
        "budget_cny": 2e6, "holidays": 20, "lost_h_today": estimate(400.0, 500.0),
        "strategies": {name: strategy(own) for name, own in {**than, **free}.items()},
        "selection": {
            "best": best, "shown": shown, "indifference_h": 10.0, "left": [best, "wait"],
            "replications": {best: 8, "wait": 6},
            "less_than_best_h": {"rule": estimate(*less), "saving": estimate(*less)},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "first", "second", "chosen", "cheaper"),
    [
        (told(), "part", "unshown", "behind", True),
        (told(part=(-1.0, 9.0)), "more", "unshown", "behind", False),
        (told(less=(-5.0, 60.0)), "alike", "unshown", "alike", True),
        (told(shown=False), "unshown", None, "unshown", True),
        (told(best="rule"), "rule", None, "rule", False),
        (told(whom=(11.0, 19.0)), "part", "more", "behind", True),
        (told(whom=(-19.0, -11.0)), "part", "less", "behind", True),
        (told(whom=(1.0, 9.0)), "part", "unshown", "behind", True),  # less than what counts
        (told(whom=(-5.0, 29.0)), "part", "unshown", "behind", True),
    ],
)
def test_only_what_is_shown_is_said(answer, first, second, chosen, cheaper):
    plain, says = rule_verdict.plain(answer), rule_verdict.verdict(answer)
    keys = [finding.key for finding in says]
    expected = [f"money.best.{first}"] + ([f"money.whom.{second}"] if second else [])
    assert [finding.key for finding in plain] == expected
    assert [key for key in keys if key.startswith("money.chosen.")] == [f"money.chosen.{chosen}"]
    assert ("money.cheaper" in keys) == cheaper
    for language in LANGUAGES:
        assert all(Words(language, HERE)(finding) for finding in [*plain, *says])


def test_sentences_in_both_languages():
    plain = rule_verdict.plain(told())
    assert SAY(plain[0]) == (
        "For the rule's money, the most waiting is saved by buying first what saves most per CNY; "
        "with a quarter of the money, that saves more than the rule with all of it."
    )
    assert Words("zh", HERE)(plain[0]).startswith("同样的钱")
    cheaper = next(f for f in rule_verdict.verdict(told()) if f.key == "money.cheaper")
    assert SAY(cheaper) == (
        "5 % of the budget, 2.0 million CNY spent on buying first what saves most per CNY, saves "
        "7 (5 to 9) h more than the rule does with all of it."
    )


def test_mobile_units_are_hired_anew_where_there_are_several_holidays():
    def keys(**more):
        return [finding.key for finding in rule_verdict.verdict(told() | more)]

    assert "money.hire" in keys()
    assert "money.hire" not in keys(holidays=1)


# ---- bad input ---------------------------------------------------------------------------------

PLACE = "rule_study.money"


@pytest.mark.parametrize(
    ("money", "sentence"),
    [
        ({"shares": [0.5, 0.25, 1.0]}, "the shares do not rise to 1"),
        ({"shares": [0.5]}, "the shares do not rise to 1"),
        ({"shares": [0.0, 1.0]}, f"`{PLACE}.shares.0` is 0.0, but must be from 0.001 to 1"),
        ({"holidays": 0}, f"`{PLACE}.holidays` is 0, but must be from 1 to 1,000"),
        ({"lost_h": -1.0}, f"`{PLACE}.lost_h` is -1.0, but must be from 0 to 24 hours"),
        ({"indifference": 0.0}, f"`{PLACE}.indifference` is 0.0, but must be from 0.001 to 0.999"),
        ({"least_saving_h": 0.0}, f"`{PLACE}.least_saving_h` is 0.0, but must be from 0.001 to "),
        ({"menu": {}}, f"`{PLACE}.menu`"),
        (
            {"menu": {"x": {"add": "pear*1"}}},
            f"`{PLACE}.menu.x.add` has an unknown cabinet type `pear`: did you mean `pair`?",
        ),
        (
            {"menu": {"x": {"storage": {
                "kwh": 10.0, "kw": 10.0, "efficiency": 0.9, "discharge_hours": [10],
                "charge_hours": [1, 2, 3]}}}},
            "menu.x has storage, which cannot be bought by the piece",
        ),
        (
            {"budget_cny": 100.0},
            f"`{PLACE}.budget_cny` is 100, which buys nothing of the menu: the cheapest, mobile "
            "for `near_out`, costs 160 CNY",
        ),
        (
            {"budget_cny": 1e9, "menu": {"x": {"add": "pair*9", "kva": "fit"}}},
            f"`{PLACE}.budget_cny` is 1,000,000,000, which buys nothing of the menu",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(money, sentence, tmp_path):
    with pytest.raises(InputError) as error:
        town(tmp_path, **money)
    assert len(error.value.problems) == 1
    assert sentence in error.value.problems[0]
