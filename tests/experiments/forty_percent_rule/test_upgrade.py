"""Question 3 of the 40 % rule: each kind of number by hand, and the small town upgraded."""

import json
from math import sqrt

import numpy as np
import pandas as pd
import pytest
import yaml

from experiments.forty_percent_rule import question
from experiments.forty_percent_rule.measure import HERE
from experiments.forty_percent_rule.parts import findings
from experiments.forty_percent_rule.upgrade import answer as rule_upgrade
from experiments.forty_percent_rule.upgrade import page as rule_upgrade_page
from experiments.forty_percent_rule.upgrade import verdict as upgrade_verdict
from sim.config.problems import InputError
from sim.metrics import METRICS
from sim.report.blocks import Beside, Choice, Page, Table
from sim.report.charts.roads import SIGNS
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.roads import neighbors as rule_neighbors
from sim.roads.upgrade import Rule
from sim.stations.costs import Cost
from sim.stations.schema import Upgrade
from sim.study.case import Replication
from sim.study.results import Results, means
from sim.study.study import Study
from tests import small
from tests.roads.test_scenario import CONFIGS

T1 = 12.706204736  # Student t with 1 degree of freedom, 97.5 %
HUGE = {
    "kwh": 8000.0, "kw": 2000.0, "efficiency": 0.8, "discharge_hours": [18],
    "charge_hours": [0, 1, 2, 3, 4],
}  # fmt: skip


def load(folder, actions=None, engine=None, **rule):
    cfg = small.ruled(folder, **rule)
    cfg["engine"] |= engine or {}
    if actions is not None:
        cfg["rule_study"]["actions"] = actions
    return small.put_to_the_test(cfg)


# ---- numbers by hand -------------------------------------------------------------------------


def rows(r, wait_h, visits, network=None, **columns):
    """A replication at three stations."""
    zero = [0, 0, 0]
    table = pd.DataFrame(
        {
            "station": ["a", "b", "c"], "wait_h": wait_h, "visits": visits, "balked": zero,
            "reneged": zero, "rerouted": zero, "unserved_kwh": zero, "energy_kwh": zero,
            "wait_min_p95": zero, **columns,
        }
    )  # fmt: skip
    own = {
        "wait_h": float(sum(wait_h)), "wait_min_mean": 1.0, "wait_min_p95": 2.0, "stranded": 3.0,
        "sessions": 10.0, "occupancy_min": 30.0,
    }  # fmt: skip
    return Replication(own | (network or {}), table)


BASE = [rows(0, [10.0, 4, 1], [20, 10, 5], reneged=[3, 1, 0], balked=[1, 0, 0]),
        rows(1, [14.0, 6, 1], [24, 12, 5], reneged=[5, 1, 0])]  # fmt: skip
AFTER = [rows(0, [3.0, 3, 1], [25, 7, 5], {"wait_min_p95": 1.0, "occupancy_min": 24.0}),
         rows(1, [5.0, 3, 2], [27, 9, 5], {"wait_min_p95": 0.5}, reneged=[1, 0, 0])]  # fmt: skip
MEMBERS = rule_neighbors.with_sums(
    {"upgraded": [0], "between": [], "upstream": [1], "downstream": [], "elsewhere": [2]}
)


def compared(after, base=BASE):
    return Results({"base": base, "after": after}, METRICS)


def test_changes_of_each_group_paired_by_replication():
    found = rule_upgrade.effect(compared(AFTER), "after", MEMBERS)
    wait = found["upgraded"]["wait_h"]
    assert (wait["before"]["mean"], wait["after"]["mean"]) == (12.0, 4.0)
    assert wait["change"]["mean"] == -8.0  # -7 and -9
    assert wait["change"]["high"] == pytest.approx(-8.0 + T1 * sqrt(2) / sqrt(2))
    assert found["upgraded"]["visits"]["change"]["mean"] == 4.0  # 5 and 3
    assert found["upgraded"]["lost"]["change"]["mean"] == np.mean([0 - 4, 1 - 5])
    assert found["upstream"]["wait_h"]["change"]["mean"] == -2.0
    assert found["elsewhere"]["wait_h"]["change"]["mean"] == 0.5
    assert found["between"]["wait_h"]["change"]["mean"] == 0.0
    assert found["between"]["wait_min_per_visit"] is None
    each = found["upgraded"]["wait_min_per_visit"]
    assert each["before"]["mean"] == pytest.approx(np.mean([600 / 20, 840 / 24]))
    assert each["change"]["mean"] == pytest.approx(
        np.mean([180 / 25 - 600 / 20, 300 / 27 - 840 / 24])
    )
    net = found["network"]
    assert net["wait_h"]["change"]["mean"] == -9.5
    assert net["wait_min_p95"]["change"]["mean"] == -1.25
    assert net["plugged_h"]["before"]["mean"] == 10 * 30 / 60
    assert net["plugged_h"]["change"]["mean"] == -0.5  # 6 min of 10 sessions in one of the two


def test_what_is_saved_beyond_a_part_may_be_negative_to_both_ends():
    found = rule_upgrade.effect(compared(AFTER), "after", MEMBERS)["upgraded"]["than_part"]["most"]
    assert found["mean"] == -3.25  # -7 and -9, less half of -8 and -11
    assert found["low"] == pytest.approx(-3.25 - T1 * 0.25)
    assert found["high"] == pytest.approx(-3.25 + T1 * 0.25)


@pytest.mark.parametrize("name", rule_neighbors.COLUMNS)
def test_parts_add_up_to_the_network(name):
    found = rule_upgrade.effect(compared(AFTER), "after", MEMBERS)
    for when in ("before", "after", "change"):
        parts = sum(found[group][name][when]["mean"] for group in rule_neighbors.GROUPS)
        assert parts == pytest.approx(found["network"][name][when]["mean"])


def test_cost_of_an_hour_is_fiellers():
    saved = {"mean": 8.0, "low": 5.0, "high": 11.0}
    found = rule_upgrade.per_hour(Cost(80.0, 160.0, 320.0), saved)
    assert found["typical"] == {"mean": 20.0, "low": 160 / 11, "high": 32.0}
    assert (found["low"]["mean"], found["high"]["mean"]) == (10.0, 40.0)
    for bound in (found["typical"]["low"], found["typical"]["high"]):
        # Fieller: |cost - bound x mean| = t x error of (cost - bound x saving) = bound x 3
        assert abs(160.0 - bound * 8.0) == pytest.approx(bound * 3.0)


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_there_is_no_cost_of_an_hour_that_is_not_shown_to_be_saved(low):
    assert (
        rule_upgrade.per_hour(Cost(1.0, 2.0, 3.0), {"mean": 5.0, "low": low, "high": 9.0}) is None
    )


def test_actions_are_compared_on_the_same_replications():
    less = [rows(0, [9.0, 4, 1], [20, 10, 5]), rows(1, [12.0, 6, 1], [24, 12, 5])]
    results = Results({"base": BASE, "much": AFTER, "little": less}, METRICS)
    cost = Cost(70.0, 95.0, 190.0)
    found = {name: rule_upgrade.saving(results, name, cost) for name in ("much", "little")}
    assert found["much"]["saved_h"]["mean"] == np.mean([15 - 7, 21 - 10])
    assert found["little"]["saved_h"]["mean"] == np.mean([1, 2])
    assert found["much"]["less_than_best_h"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert found["little"]["less_than_best_h"]["mean"] == np.mean([14 - 7, 19 - 10])
    assert found["much"]["saved_all_h"]["mean"] == 9.5 + 0.5
    assert found["little"]["cny_per_h"] is None  # 1.5 h, but from -4.9 to 7.9
    assert found["much"]["cny_per_h"] is None  # 9.5 h, but from -9.6 to 28.6


def test_stations_before_and_after():
    base = [rows(0, [1.0, 0, 0], [5, 0, 0], wait_min_p95=[10.0, 0, 0]),
            rows(1, [2.0, 0, 0], [5, 0, 0], wait_min_p95=[20.0, 0, 0])]  # fmt: skip
    later = [rows(r, [0.0, 0, 0], [6, 0, 0], wait_min_p95=[4.0, 0, 0]) for r in (0, 1)]
    found = rule_upgrade.along(compared(later, base), "after")
    assert list(found) == ["a", "b", "c"]
    p95 = found["a"]["wait_min_p95"]
    assert (p95["before"]["mean"], p95["change"]["mean"]) == (15.0, -11.0)
    assert 10.0 <= p95["before"]["low"] < p95["before"]["high"] <= 20.0  # a bootstrap stays inside
    assert p95["after"] == {"mean": 4.0, "low": 4.0, "high": 4.0}
    assert found["a"]["visits"]["change"]["mean"] == 1.0
    assert found["c"]["wait_min_p95"]["change"]["mean"] == 0.0


def test_means_over_replications():
    table = means(BASE)
    assert table["station"].tolist() == ["a", "b", "c"]
    assert table["wait_h"].tolist() == [12.0, 5.0, 1.0]
    assert BASE[0].stations["wait_h"].tolist() == [10.0, 4.0, 1.0]  # left alone


# ---- what is built ---------------------------------------------------------------------------


def test_the_rules_action_comes_first_by_its_own_name(tmp_path):
    found = rule_upgrade.actions(load(tmp_path))
    assert list(found) == ["pair", "transformer"]
    assert [a.upgrade for a in found.values()] == [Upgrade(add="pair*1"), Upgrade(kva=250.0)]
    found = rule_upgrade.actions(load(tmp_path, action={"replace": "big*1", "kva": "fit"}))
    assert list(found) == ["as_the_rule_says", "pair", "transformer"]


def test_a_station_that_cannot_have_it_is_left_out(tmp_path):
    capped = load(tmp_path, overrides={"gate": {"cap_kw": 77.0}})
    pair, transformer = rule_upgrade.actions(capped).values()
    assert pair.able(capped, ["near_out", "gate"]) == ["near_out", "gate"]
    assert transformer.able(capped, ["near_out", "gate"]) == ["near_out"]
    more = {"hall": {"add": "big*1+pair*2", "kva": "fit"}, "battery": {"storage": HUGE}}
    town = load(tmp_path, more)
    hall, battery = (rule_upgrade.actions(town)[name] for name in more)
    # gate: (0.7 x 540 / 0.9 + 20) / 0.8 = 550 kVA; near needs 665 and far 879, of at most 630
    assert hall.able(town, ["near_out", "gate", "far_in"]) == ["gate"]
    # To be full again takes 2,000 / 0.8 / 5 = 500 kW at night; far has 800 x 0.8 - 25 = 615.
    assert battery.able(town, list(town.hardware)) == ["far_out", "far_in"]


def test_what_is_built_and_what_it_costs(tmp_path):
    town = load(tmp_path)
    action = rule_upgrade.actions(town)["transformer"]
    names = ["near_out", "gate"]
    found = rule_upgrade.built(action, town, action.apply(town, names), names)
    assert (found["stations"], found["changed"]) == (2, 1)  # 400 kVA are there already
    assert (found["evses"], found["rated_kw"], found["kva"]) == (0, 0.0, 50.0)
    assert found["cost_cny"] == {"low": 102_500.0, "typical": 205_000.0, "high": 307_500.0}
    pair = rule_upgrade.actions(town)["pair"]
    found = rule_upgrade.built(pair, town, pair.apply(town, names), names)
    assert (found["evses"], found["rated_kw"]) == (4, 160.0)
    assert found["cost_cny"]["typical"] == 2 * (80 * 200 + 2 * 2000)


@pytest.mark.parametrize(
    ("actions", "sentences"),
    [
        ({"x": {"add": "pear*1"}},
         ["`rule_study.actions.x.add` has an unknown cabinet type `pear`: did you mean `pair`?"]),
        ({"x": {"kva": 900.0}, "y": {"kva": 700.0}},
         ["`rule_study.actions.x.kva` is 900, but a station may have at most 630 kVA",
          "`rule_study.actions.y.kva` is 700, but a station may have at most 630 kVA"]),
        ({"x": {}},
         ["`rule_study.actions.x`: it changes nothing: give replace, add, kva, storage or mobile"]),
    ],
)  # fmt: skip
def test_a_wrong_action_is_refused_before_anything_runs(tmp_path, actions, sentences):
    with pytest.raises(InputError) as error:
        load(tmp_path, actions)
    assert list(error.value.problems) == sentences


def test_without_a_rule_actions_do_not_matter(tmp_path):
    cfg = small.config(tmp_path)
    cfg["rule_study"]["actions"] = {"x": {"add": "pear*1"}}
    assert small.put_to_the_test(cfg).own.actions["x"].add == "pear*1"


def test_the_actions_are_those_of_the_published_rules():
    def read(name):
        return yaml.safe_load((CONFIGS / name).read_text())

    first = read("policy/upgrade_rule/forty_percent.yaml")["action"]
    published = [
        Upgrade.model_validate(first | read(path)["action"])
        for path in CONFIGS.glob("policy/upgrade_rule/*.yaml")
    ]
    actions = read("experiment/forty_percent_rule.yaml")["rule_study"]["actions"].values()
    assert len(actions) == len(published)
    assert all(Upgrade.model_validate(action) in published for action in actions)


# ---- in words --------------------------------------------------------------------------------


SAY = Words("en", HERE)


def estimate(mean, half):
    return {"mean": mean, "low": mean - half, "high": mean + half}


@pytest.mark.parametrize(
    ("mean", "half", "says"),
    [(50, 9, "less"), (50, 60, "unsure"), (-50, 9, "more"), (5, 4, "little"), (-5, 4, "little"),
     (5, 40, "unsure")],
)  # fmt: skip
def test_kinds_of_a_saving(mean, half, says):
    assert upgrade_verdict.kind(unpacked(estimate(mean, half)), 1000.0) == says


def told(wait=(-900, 0, 0), visits=0.0, half=5.0, **actions):
    """An answer; `wait`: change upgraded, upstream, in the network elsewhere, +-50 h of 1000.
    `half`: of the interval of what is waited at the upgraded stations beyond a part of all."""

    def change(mean, half=5.0):
        return {"before": estimate(1000.0, 9.0), "change": estimate(mean, half)}

    places = dict(zip(("upgraded", "upstream", "elsewhere"), wait, strict=True))
    groups = {
        name: {"wait_h": change(places.get(name, 0.0)), "visits": change(visits)}
        for name in rule_neighbors.GROUPS
    } | {"network": {"wait_h": change(sum(wait))}}
    groups["upgraded"]["than_part"] = {
        part: estimate(wait[0] - share * sum(wait), half)
        for part, share in upgrade_verdict.PARTS.items()
    }
    own = {
        "saved_h": estimate(-sum(wait), 5.0), "less_than_best_h": estimate(0.0, 0.0), "evses": 1,
        "rated_kw": 60.0, "cny_per_h": {"typical": estimate(10.0, 1.0)}, "groups": groups,
    }  # fmt: skip
    others = {name: own | more for name, more in actions.items()}
    return unpacked(
        {
            "upgraded": ["a"], "flagged": ["a"], "action": "stack",
            "actions": {"stack": own} | others,
        }
    )  # fmt: skip


ALL = "saves waiting, nearly all of it at these stations"
NOWHERE = ", and there is not notably more waiting before them, after them or elsewhere."


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (told(), ALL + NOWHERE),
        (told(visits=20), f"{ALL}: more drivers come there{NOWHERE}"),
        (told(visits=-20), f"{ALL}: fewer drivers come there{NOWHERE}"),
        (told((-600, 0, -300)), f"saves waiting, most of it at these stations{NOWHERE}"),
        (
            told((-400, -200, -300)),
            f"saves waiting, less than half of it at these stations{NOWHERE}",
        ),
        (
            told((-600, 0, -300), half=160.0),
            f"saves waiting, how much of it at these stations is not shown{NOWHERE}",
        ),
        (
            told((-900, 50, 0)),
            f"{ALL}, but there is more waiting at the last stations before them.",
        ),
        (told((-900, 12, 0)), f"{ALL}, and whether there is more waiting elsewhere is not shown."),
        (told((-12, 0, 0), half=1.0), ALL + NOWHERE),
        (told((-3, 0, 0)), "saves next to no waiting."),
        (told((40, 0, 0)), "makes people wait longer in all."),
    ],
)
def test_whether_it_helps_and_whom(found, sentence):
    (says,) = upgrade_verdict.plain(found)
    assert SAY(says) == f"Upgrading the flagged stations {sentence}"


def choice(**actions):
    return SAY(upgrade_verdict.plain(told(**actions))[1])


def test_what_would_have_been_best():
    worse = {"less_than_best_h": estimate(100.0, 9.0)}
    cheap = {"cny_per_h": {"typical": estimate(5.0, 1.0)}}
    none = {"saved_h": estimate(1.0, 2.0), "evses": 0, "rated_kw": 0.0, "cny_per_h": None} | worse
    assert choice(more_evses=worse | cheap, storage=none) == (
        "At the same stations most waiting is saved by stack; each hour of one holiday at the "
        "least cost by more EVSEs; next to nothing by storage; the grid connection is not what is "
        "short."
    )
    assert choice(more_evses=cheap, storage=none | {"evses": 1}) == (
        "At the same stations most waiting is saved by stack or more EVSEs; each hour of one "
        "holiday at the least cost by more EVSEs; next to nothing by storage."
    )
    alike = {"cny_per_h": {"typical": estimate(11.5, 1.0)}}  # 10.5 to 12.5, against 9 to 11
    assert choice(more_evses=alike) == (
        "At the same stations most waiting, and each hour at the least cost, is saved by stack or "
        "more EVSEs."
    )


def test_an_action_of_ones_own_is_called_by_its_key():
    names = [upgrade_verdict.label(key) for key in ("more_evses", "two_more")]
    assert [SAY.format_field(name, "") for name in names] == ["more EVSEs", "two more"]


@pytest.mark.parametrize(("name", "text"), [("en", "above 0"), ("zh", "尚不能证实大于 0")])
def test_a_saving_that_is_not_shown_has_no_price(name, text):
    own = {
        "saved_h": estimate(3.0, 9.0), "cny_per_h": None, "stations": 4,
        "cost_cny": {"low": 1e6, "typical": 2e6, "high": 4e6},
    }  # fmt: skip
    found = {"actions": {"storage": own}, "cannot": {"storage": ["b"]}}
    says = upgrade_verdict._each(unpacked(found), "storage")
    assert says.key == "upgrade.each.unpriced"
    assert text in Words(name, HERE)(says)


# ---- the small town --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """The small town, where only `far` is not flagged, and all that was simulated."""
    own = load(tmp_path_factory.mktemp("town"), threshold=0.8, engine={"replications": 2})
    folder = tmp_path_factory.mktemp("runs")
    with Study(own.engine, folder, small.Quiet()) as runs:
        return own, rule_upgrade.answer(own, runs), folder


def test_answer_is_what_the_replications_say(town):
    own, found, folder = town
    rule, progress = Rule.of(own), small.Quiet()
    with Study(own.engine, folder, progress) as runs:
        base = runs.run({"a": own}, range(2))["a"]
        upgraded = rule.chosen(own, means(base))
        after = runs.run({"b": rule.action.apply(own, upgraded)}, range(2))["b"]
    assert progress.total == 0  # all of it was there
    assert 0 < len(upgraded) < 5
    assert found["upgraded"] == upgraded
    assert found["action"] == "pair"
    action = found["actions"]["pair"]
    saved = [a.figures["wait_h"] - b.figures["wait_h"] for a, b in zip(base, after, strict=True)]
    assert action["saved_h"]["mean"] == pytest.approx(np.mean(saved))
    for name in ("visits", "wait_h", "unserved_kwh"):
        change = np.mean([b.figures[name] - a.figures[name]
                          for a, b in zip(base, after, strict=True)])  # fmt: skip
        parts = [action["groups"][g][name]["change"]["mean"] for g in rule_neighbors.GROUPS]
        assert sum(parts) == pytest.approx(change)
        assert action["groups"]["network"][name]["change"]["mean"] == pytest.approx(change)
    stranded = action["groups"]["network"]["stranded"]["after"]["mean"]
    assert stranded == np.mean([r.figures["stranded"] for r in after])
    cost = rule.action.cost(own, upgraded)
    assert action["cost_cny"] == cost._asdict()
    assert action["saved_h"]["low"] < 0  # two replications of a crowded town show nothing
    assert action["cny_per_h"] is None
    name = upgraded[0]
    s = own.network.stations.index(name)
    p95 = found["along"][name]["wait_min_p95"]["after"]["mean"]
    assert p95 == pytest.approx(np.mean([r.stations["wait_min_p95"][s] for r in after]))
    grouped = [name for names in found["groups"].values() for name in names]
    assert sorted(grouped) == sorted(own.network.stations)


def test_numbers_are_plain_data(town):
    _, found, _ = town
    plain = packed(found)
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def answered(own, found):
    """The answer of the study with this part alone, as a file has it."""
    text = json.dumps(packed({"upgrade": found | findings("upgrade", found),
                              "stations": question._places(own)}))  # fmt: skip
    return unpacked(json.loads(text))


def parts(sections, kind):
    blocks = [block for section in sections for block in section.blocks]
    return [block for block in blocks if isinstance(block, kind)]


def test_the_page_has_every_figure_and_its_numbers(town, tmp_path):
    own, found, _ = town
    answer = answered(own, found)
    sections = rule_upgrade_page.sections(SAY, answer)
    assert [len(beside.parts) for beside in parts(sections, Beside)] == [4, 1]
    assert [len(table.rows) for table in parts(sections, Table)] == [2, 4, 6, 10]
    (choice,) = parts(sections, Choice)
    assert list(choice.options) == ["wait_min_p95", "wait_h", "visits"]
    (stations,) = (block for block in choice.blocks if isinstance(block, Table))
    assert sorted(stations.stations) == sorted(own.network.stations)
    changes = [row[5].mean for row in stations.rows]
    assert changes == sorted(changes)  # who gains most comes first
    words = {language: Words(language, HERE) for language in LANGUAGES}
    path = write(
        tmp_path / "r.html",
        lambda say: Page("t", rule_upgrade_page.sections(say, answer)), words,
    )  # fmt: skip
    text = path.read_text("utf-8")
    for say in words.values():
        assert say(answer["upgrade"]["verdict"][0]) in text
    assert "nan" not in text.partition("<main>")[2].partition('id="data"')[0].lower().split()


def test_what_is_left_out_is_said(town):
    own, found, _ = town
    without = {"pair": [], "transformer": ["near_in", "gate"]}
    (left,) = rule_upgrade_page._left_out(SAY, answered(own, found | {"cannot": without}))
    assert left.startswith("Left out: transformer at Near 近 in, Gate 门 (the cap is fixed, ")
    assert rule_upgrade_page._left_out(SAY, answered(own, found)) == []


def test_corridors_go_along_the_road(town):
    own, found, _ = town
    answer = answered(own, found)
    (figure,) = rule_upgrade_page._along(SAY, answer)
    rows = figure.layout["yaxis"]["ticktext"]
    assert [r.replace("<b>", "").replace("</b>", "") for r in rows] == [
        "", "Near 近 out", "Near 近 in", "Far 远 out", "Far 远 in", "Gate 门",
    ]  # fmt: skip
    assert sum(r.startswith("<b>") for r in rows) == len(found["upgraded"])
    near = answer["upgrade"]["along"]["near_out"]["wait_min_p95"]
    after = [
        (x, trace["marker"]["color"])
        for trace in figure.data
        if trace["mode"] == "markers" and trace["marker"]["symbol"] == "circle"
        for x, y in zip(trace["x"], trace["y"], strict=True)
        if y == 1
    ]
    assert after == [(near["after"].mean, SIGNS[near["change"].sign])]


class Seen:
    """Replications of which only the use of the gate is known."""

    def __init__(self, own, used):
        self.engine, self.used, self.asked = own.engine, used, {}
        self.names = list(own.hardware)

    def run(self, designs, numbers, *_):
        self.asked |= designs
        use = [self.used if name == "gate" else 0.0 for name in self.names]
        table = pd.DataFrame({"station": self.names, "time_utilization_holiday_mean": use})
        own = [Replication({}, table) for r in numbers]
        return Results(dict.fromkeys(designs, own), METRICS)


@pytest.mark.parametrize(
    ("used", "plain", "flagged"),
    [
        (0.4, "The rule changes nothing: it flags no station.", []),
        (0.5, "The rule changes nothing: its budget buys no upgrade.", ["gate"]),
    ],
)
def test_where_nothing_is_upgraded_the_report_says_so(used, plain, flagged, tmp_path):
    # A stack costs 186,000 CNY where there are 800 kVA, and at the gate a transformer more.
    poor = load(tmp_path, action={"replace": "big*1", "kva": "fit"}, budget_cny=300_000.0)
    found = rule_upgrade.answer(poor, Seen(poor, used))
    answer = answered(poor, found)
    assert (found["flagged"], found["upgraded"]) == (flagged, [])
    assert SAY(answer["upgrade"]["plain"][0]) == plain
    (section,) = rule_upgrade_page.sections(SAY, answer)
    assert all(isinstance(block, str) for block in section.blocks)


def test_a_rule_of_ordinary_days_looks_at_the_ordinary_week(tmp_path):
    everyday = load(tmp_path, window="everyday")
    seen = Seen(everyday, 0.4)
    assert rule_upgrade.answer(everyday, seen)["flagged"] == []
    assert [own.config.demand.holiday for own in seen.asked.values()] == [True, False]
