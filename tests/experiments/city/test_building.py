"""What to build in a city, in the toy region: planned, judged, and said in both languages."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.city import cover, order, question, sites
from experiments.city.plans import Plans, apart
from sim.__main__ import main
from sim.region import load
from sim.region.building import Building
from sim.report.finding import Finding, Term, found, unpacked
from sim.report.language import LANGUAGES, Words
from sim.stats.estimate import Estimate
from tests.report.reading import texts

HERE = Path(question.__file__).parent
SAY = {language: Words(language, HERE) for language in LANGUAGES}
BOTH = '["east","west"]'
WORDS = (
    "experiment=city", "region=toy", "tariff=flat", f"city_study.districts={BOTH}",
    f"city_study.building.districts={BOTH}", "city_study.seeds=[1,2]", "city_study.replications=2",
    "city_study.rounds=1", "city_study.building.new_stations=2", "retrofit_rule.budget_stations=2",
    "engine.workers=1",
)  # fmt: skip
ASKED = "city_study.questions=[order,new_sites,cover]"
ARCADE, DEPOT, INN, MILL, YARD = range(5)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("city") / "out"
    assert main([*WORDS, ASKED, f"out={folder}"]) == 0
    return folder


@pytest.fixture(scope="module")
def answer(out):
    return unpacked(json.loads((out / "answer.json").read_text("utf-8")))


def test_orders_spend_the_same_budget_and_are_judged_on_the_same_weeks(answer):
    """Three are flagged, two rebuilt: 2 x 1,253,950 CNY, by hand in `test_retrofit.py`."""
    own = answer["order"]
    assert own["flagged"].mean == 3.0
    assert own["built"].mean == own["of"] == 2
    assert [row["name"] for row in own["rows"]] == [*order.ORDERS]
    for row in own["rows"]:
        assert row["million"].mean == pytest.approx(2 * 1.25395)
        assert row["per"].mean == pytest.approx(row["hours"].mean / row["million"].mean)
        assert row["hours"].is_change
    assert own["alike"]["age"] == 1.0
    assert {*own["leading"]} <= {*order.ORDERS}


def test_new_stations_are_placed_where_drivers_have_none(answer):
    own = answer["new_sites"]
    assert own["placed"].mean == own["count"].mean == 2.0
    assert {*own["places"]["zone"]} <= {"farm", "hamlet"}  # the market has the depot
    assert own["free"].mean > 0.0


def test_cover_is_by_hour_and_by_block(answer):
    own = answer["cover"]
    assert own["near"].mean >= own["free"]["today"].mean
    for name, by in own["by"].items():
        assert by.mean == pytest.approx(own["free"][name].mean - own["free"]["today"].mean)
        assert len(own["hours"][name]) == 24
    blocks = own["blocks"]
    lacks = np.array(blocks["lacks"]["today"]) @ blocks["ways"] / sum(blocks["ways"])
    assert 0.0 < lacks < 1.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_of_it_in_both_languages(out, answer, language):
    say, said = SAY[language], "\n".join(texts(out / "report.html", language))
    for name in ("order", "new_sites", "cover"):
        for line in (answer[name]["question"], *answer[name]["plain"], *answer[name]["verdict"]):
            assert say(line) in said


# ---- by themselves -----------------------------------------------------------------------------


def test_stations_of_a_run_are_known_nowhere_together():
    known = {1: {10, 11}, 2: {11, 12}, 3: {12, 13}, 4: {14}}
    groups = apart(known)
    assert groups == [[1, 3, 4], [2]]


class Made:
    """Plans of the toy whose weeks of planning say what the test says."""

    def __new__(cls, used, wait_h, lacking):
        toy = load.region("toy")
        flagged = [ARCADE, INN, YARD]
        plans = object.__new__(Plans)
        rule = SimpleNamespace(budget_stations=1, action=SimpleNamespace(replace="stack_600*1"))
        building = SimpleNamespace(pool=1, near_min=5.0)
        plans.rule, plans.own = rule, SimpleNamespace(building=building, runs=2)
        case = SimpleNamespace(region=toy, stations=np.arange(5), districts=("east", "west"))
        figures = {"used": np.array(used)[:, None], "wait_h": np.array(wait_h)[:, None]}
        plans.study = SimpleNamespace(cases={1: case})
        plans.__dict__ |= {
            "flagged": {1: flagged},
            "planning": SimpleNamespace(stations=lambda figure, seed: figures[figure]),
            "share": lambda seed, stations: stations,
            "lacking": lambda seed: np.array(lacking),
            "capacity": lambda seed, cabinets: 10,
            "gains": lambda seed, stations: dict.fromkeys(stations, 0.0) | {YARD: 1.0},
        }
        return plans


def test_each_order_by_hand():
    """The arcade is of 2016, the inn of 2019, the yard of 2025; who has no free gun near sets out
    from the hamlet, where the inn is."""
    lacking = np.zeros((3, 24), np.int64)
    lacking[1, 8] = 5
    made = Made(used=[0.2, 0.9, 0.1, 0.9, 0.3], wait_h=[0.0, 9.0, 4.0, 9.0, 3.0], lacking=lacking)
    every = order.known_orders(made, 1)
    assert every["age"] == [ARCADE, INN, YARD]
    assert every["use"] == [YARD, ARCADE, INN]
    assert every["wait"] == [INN, YARD, ARCADE]
    assert every["cover"] == [INN, ARCADE, YARD]
    assert order.orders(made, 1) == {
        "age": [ARCADE], "use": [YARD], "wait": [INN], "cover": [INN], "gain": [YARD]
    }  # fmt: skip


def test_slow_piles_among_those_rebuilt_are_told():
    """The yard has 7 kW a pile."""
    made = Made([0.0] * 5, [0.0] * 5, np.zeros((3, 24), int))
    made.base[1].section = made.base[1].region.section
    plans = {name: {1: Building(own)} for name, own in (("a", (INN, YARD)), ("b", (INN,)))}
    assert order._slow_share(made, plans["a"]) == 0.5
    assert order._slow_share(made, plans["b"]) == 0.0
    assert order._slow_share(made, {1: Building()}) == 0.0  # nobody is flagged


def row(name, mean, shown):
    of = Estimate(mean, mean - 1.0, mean + 1.0, is_change=True)
    return {"name": name, "hours": of, "per": of, "shown": shown, "taken": of, "slow": 0.25}


@pytest.mark.parametrize(
    ("shown", "leading", "key"),
    [(1, ["wait"], "order.most"), (1, ["wait", "use"], "order.may"), (0, ["wait"], "order.none"),
     (-1, ["wait", "use"], "order.none")],
)  # fmt: skip
def test_an_order_is_the_best_only_if_that_is_shown(shown, leading, key):
    one = Estimate(3.0, 3.0, 3.0)
    own = {"rows": [row("age", 0.0, 0), row("wait", 2.0, shown), row("use", 1.5, shown)],
           "leading": leading, "flagged": one, "built": one, "of": 100, "out": one}  # fmt: skip
    said = order.plain(own)
    assert said[0].key == key
    rule = next(line for line in order.verdict(own) if line.key.startswith("order.rule"))
    assert rule.key == "order.rule.unshown"
    for say in SAY.values():
        assert all(say(line) for line in (*said, *order.verdict(own)))


@pytest.mark.parametrize(("shown", "end"), [(1, "shown"), (0, "unshown"), (-1, "unshown")])
def test_what_building_brings_is_claimed_only_if_that_is_shown(shown, end):
    of = Estimate(0.1, 0.0, 0.2, is_change=True)
    own = {"hours_shown": shown, "free_shown": shown, "taken": Estimate(None, None, None)} | (
        dict.fromkeys(("placed", "count", "hours", "free", "before"), of) | {"of": 100}
    )
    assert sites.plain(own)[0].key == f"new_sites.saved.{end}"
    assert [line.key for line in sites.verdict(own)] == [f"new_sites.free.{end}"]
    after = cover.verdict({"hours": {"today": [of] * 24}, "shown": {"sites": shown},
                           "by": {"sites": of}})  # fmt: skip
    assert after == [
        found("cover.least", hour="00:00", share=of),
        Finding(f"cover.after.{end}", {"by": of, "what": Term("cover.of.sites")}),
    ]


WRONG = [
    (["retrofit_rule.age_years=50", "retrofit_rule.gun=null", "retrofit_rule.site=null"],
     "flags no station of Toy, end of 2025: it retrofits nobody"),
    (["city_study.building.districts=[est]"],
     "`city_study`: unknown district `est`: did you mean `west`?"),
    (["retrofit_rule.budget_stations=0"], "`retrofit_rule.budget_stations` is 0, but must be from"),
    (["city_study.building.cabinets=dual_120*4"], "builds guns of 120 kW at most"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "says"), WRONG, ids=[says[:30] for _, says in WRONG])
def test_what_cannot_be_built_is_told(tmp_path, capsys, words, says):
    keys = {word.partition("=")[0] for word in words}
    others = [word for word in WORDS if word.partition("=")[0] not in keys]
    assert main([*others, ASKED, *words, f"out={tmp_path / 'out'}"]) == 2
    assert says in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
