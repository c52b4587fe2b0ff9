"""The city: the toy region answered whole, and what may be said of worlds."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import command
from experiments.city import backcast, question, rule
from experiments.city.study import agreed, over_worlds
from experiments.question import run
from sim.config import compose
from sim.config.problems import InputError
from sim.report.finding import found, unpacked
from sim.report.language import LANGUAGES, Words
from sim.stats import interval
from sim.stats.estimate import Estimate, Metric
from tests import small
from tests.report.reading import foreign, texts

HERE = Path(question.__file__).parent
SAY = {language: Words(language, HERE) for language in LANGUAGES}
TOY = ("experiment=city", "region=toy", "city_study.districts=null", "city_study.rounds=2",
       "city_study.replications=2", "city_study.seeds=[1,2]", "engine.workers=1")  # fmt: skip


def checked(*words: str):
    return command.check(compose.plain(compose.config(words)))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of the answer about the toy, and what was said."""
    out = tmp_path_factory.mktemp("toy") / "out"
    return out, run(question.QUESTION, checked(*TOY), out, small.Quiet())


@pytest.fixture(scope="module")
def answer(study):
    return unpacked(json.loads((study[0] / "answer.json").read_text("utf-8")))


def test_every_figure_is_beside_what_is_observed(answer):
    rows = {row["figure"]: row for row in answer["backcast"]["rows"]}
    assert [row["role"] for row in rows.values()].count("fitted") == 1
    assert len(rows) == 7
    for row in rows.values():
        own = row["simulated"]
        assert own.n == 4
        assert row["agrees"] == (own.low <= row["high"] and row["low"] <= own.high)
    assert answer["network"]["kwh_per_nev_day"]["value"] == rows["kwh_per_nev_day"]["simulated"]
    assert answer["stations"]["station"] == ["arcade", "depot", "inn", "mill", "yard"]
    assert answer["stations"]["flagged"] == [True, False, True, False, True]


def test_the_rule_is_counted_by_hand(answer):
    """Old are arcade and inn; weak guns have arcade and yard; four of 120 kW at the mill are just
    enough, and the depot is super."""
    own = answer["rule"]
    by_name = {row["name"]: row["flagged"].mean for row in own["readings"]}
    assert own["ordinary"].mean == 4
    assert by_name["rule"] == 0.75
    assert by_name["age"] == 0.5
    assert own["readings"][0]["sensitivity"].mean is None  # nobody fails


def test_key_figures_are_those_of_all_worlds_and_of_their_stations(study, answer):
    """Fees too: what was paid over what was charged, as by the visits themselves."""
    own, table = answer["kpis"], pd.read_parquet(study[0] / "kpis.parquet")
    assert own["worlds"] == len(table) / 5 == 4
    assert table.groupby(["design", "replication"], sort=False)["station"].agg(list).tolist() == (
        [answer["stations"]["station"]] * 4
    )
    figures = own["figures"]
    assert figures["price_per_kwh"].mean == pytest.approx(
        answer["backcast"]["service"]["price_cny_kwh"].mean
    )
    assert figures["session_cny"].mean == pytest.approx(24.0 * 1.1)  # from 19 h on
    assert figures["time_utilization"].n == 4
    assert own["weights"]["price"] == 1.0
    assert own["online_rate"].mean == pytest.approx(0.98, abs=0.01)
    by_hand = (table["shown_availability"] - table["availability"]).abs().max()
    assert 0.0 < by_hand < 0.02


def test_the_page_is_whole_in_each_language(study, answer):
    """But for sources, keys of settings and names of stations, which are as they are."""
    page = study[0] / "report.html"
    assert {len(texts(page, language)) > 100 for language in LANGUAGES} == {True}
    given = [row["source"].text for row in answer["backcast"]["rows"]]
    given += [text for place, own in answer["assumed"] for text in (place, own.text)]
    assert foreign(page, {*given, *answer["stations"]["station"], "ROC living.energy_scale"}) == []


# ---- claims ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ([[1.0, 1.1], [1.2, 1.0]], 1),
        ([[-1.0, -1.1], [-1.2, -1.0]], -1),
        ([[1.0, 1.1], [-1.2, 1.0]], 0),  # another sign in the second region
        ([[0.1, 3.0], [1.2, 0.2]], 0),  # worlds may lie on either side
        ([[1.0, np.nan], [1.2, 1.0]], 0),
    ],
)
def test_a_claim_needs_all_regions_and_nearly_all_worlds(values, sign):
    with interval.over_points():
        assert agreed(np.array(values)) == sign


def test_a_figure_that_hardly_exists_has_no_interval():
    assert over_worlds(np.array([[np.nan, 1.0]]), Metric("x")) == Estimate(None, None, None)


def made_rule(shown: int, sensitivity: Estimate) -> dict:
    share = Estimate(0.7, 0.6, 0.8)
    reading = {"name": "rule", "flagged": share, "sensitivity": sensitivity, "precision": share,
               "lift": Estimate(0.1, -0.1, 0.3, is_change=True), "shown": shown}  # fmt: skip
    areas = {name: {"area": share, "shown": shown} for name in rule.SCORES}
    return {"readings": [reading], "areas": areas, "ordinary": Estimate(9.0, 9.0, 9.0),
            "name": "it", "late_share": 0.1, "prevalence": share, "supers": share}  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "better", "areas"),
    [(1, "rule.better.shown", "rule.areas"), (0, "rule.better.unshown", "rule.no_area"),
     (-1, "rule.better.unshown", "rule.no_area")],
)  # fmt: skip
def test_what_the_rule_finds_is_said_only_where_it_is_shown(shown, better, areas):
    own = made_rule(shown, Estimate(0.5, 0.4, 0.6))
    keys = [finding.key for finding in rule.verdict(own)]
    assert keys[-2:] == [better, areas]
    for say in SAY.values():
        assert all(map(say, [*rule.plain(own), *rule.verdict(own)]))


def test_where_nothing_fails_there_is_nothing_to_find():
    said = rule.plain(made_rule(0, Estimate(None, None, None)))
    assert said[-1] == found("rule.none")


def test_misses_are_told_beside_what_agrees():
    row = {
        "role": "predicted", "figure": "public_share", "where": "nation", "observed": 0.6,
        "low": 0.53, "high": 0.67, "simulated": Estimate(0.6, 0.5, 0.7), "agrees": True,
    }  # fmt: skip
    miss = row | {
        "figure": "load_log_sd", "where": "Hamburg", "low": 0.52, "high": 0.52,
        "observed": 0.52, "simulated": Estimate(1.1, 1.0, 1.2), "agrees": False,
    }  # fmt: skip
    said = [SAY["en"](own) for own in backcast.plain({"rows": [row, miss]})]
    assert said == [
        "What is observed and what is predicted agree in 1 of 2 figures.",
        "These agree: share charged in public 60.0 % (50.0 to 70.0), observed 53.0 % to 67.0 % "
        "(nation).",
        "These do not: log-sd of load between stations 1.10 (1.00 to 1.20), observed 0.52 "
        "(Hamburg).",
    ]


# ---- what is refused -------------------------------------------------------------------------

WRONG = [
    (["city_study.districts=[eas]"], "`city_study`: unknown district `eas`: did you mean `east`?"),
    (["city_study.districts=[]"], "`city_study.districts` is [], but must be a list of at least 1"),
    (["region.charging.warm_up_days=8"], "no day would count"),
    (["city_study.seeds=[1]"], "`city_study.seeds` is [1], but must be a list of at least 2"),
    (["city_study.observed=region/toy/years.csv"], "region/toy/years.csv"),
    (["retrofit_rule.age_years=null", "retrofit_rule.gun=null", "retrofit_rule.site=null"],
     "the rule has no clause"),
    (["region.totals.nevs=13"], "`nevs` of all districts sums to 12"),
    (["region.reach_min=1"], "has no station within `region.reach_min` = 1 minutes"),
    (["region.charging.value_cny_h.low=-1"], "value_cny_h"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "says"), WRONG, ids=lambda own: re.sub(r"\W+", "_", str(own))[:40]
)
def test_what_cannot_be_is_told_in_a_sentence(words, says):
    with pytest.raises(InputError) as error:
        checked(*TOY[:3], *words)
    assert any(says in problem for problem in error.value.problems), error.value.problems


def test_all_districts_of_a_region_are_known_by_name():
    with pytest.raises(InputError) as error:
        checked("experiment=city", "region=toy")
    assert len(error.value.problems) == 9
