"""The study of the 40 % rule: each number of a small case by hand, and a tiny run of the whole."""

import json
import re
from dataclasses import replace
from html import unescape
from math import sqrt

import numpy as np
import pandas as pd
import pytest

from experiments.forty_percent_rule import designs as rule_designs
from experiments.forty_percent_rule import question as forty_percent_rule
from experiments.forty_percent_rule.flags import answer as rule_flags
from experiments.forty_percent_rule.measure import HERE, MEASURES, Measure, of_measure
from experiments.forty_percent_rule.threshold import answer as rule_threshold
from experiments.forty_percent_rule.threshold import page as threshold_page
from sim import metrics
from sim.__main__ import main
from sim.engine import simulate
from sim.metrics import METRICS, Window
from sim.report.blocks import Beside
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import HAN
from sim.report.spoken import all_of
from sim.roads import case as roads
from sim.roads.service import Service
from sim.stats import interval, roc
from sim.study.case import Replication
from sim.study.results import Results
from tests import cases, small
from tests.report.reading import source

TAG = re.compile(r"<[^>]*>")


# ---- what the rule may look at ---------------------------------------------------------------


def rows(**columns):
    table = pd.DataFrame({"station": ["a", "b"], **columns})
    return Replication({"occupancy_min": 30.0}, table)


def test_everyday_is_the_mean_of_the_ordinary_week():
    def of(x):
        return [rows(time_utilization_holiday_mean=[x, x + 0.1])]

    results = Results({"base": of(0.5), "base_week": of(0.2)}, METRICS)
    assert Measure().values(results, "base")[:, 0].tolist() == [0.5, 0.6]
    everyday = Measure(window="everyday").values(results, "base")
    assert everyday[:, 0] == pytest.approx([0.2, 0.3])
    assert len(set(MEASURES)) == 3 * 3 * 5


# ---- by site and by EVSE -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger():
    """Two sides of a site, of one and of three EVSEs, 60 kW each: half an hour's session at 09:00
    of day 0 at the first, and at 09:00 and 09:15 of day 1 at the second; 15 minutes overstay."""
    evs = cases.evs(3, place=[0, 1, 1], entry_h=[9.0, 33.0, 33.25], overstay_h=0.25)
    stations = cases.station("out"), cases.station("in", evses=3)
    return simulate(cases.model(*stations, horizon_h=48.0, bin_h=0.25), evs)


def test_a_site_weighs_its_evses_and_has_its_own_peak(ledger):
    own = metrics.utilization(ledger, Window((0, 1)))
    site = metrics.utilization(ledger, Window((0, 1)), ["area", "area"])
    assert own["time", "peak_day"] == pytest.approx([0.75 / 24, 1.5 / 72])
    assert site["time", "holiday_mean"] == pytest.approx([2.25 / (4 * 48)] * 2)
    assert site["time", "peak_day"] == pytest.approx([1.5 / (4 * 24)] * 2)  # that of day 1
    assert site["time", "peak_hour"] == pytest.approx([1.5 / 4] * 2)
    assert site["charging", "peak_hour"] == pytest.approx([1.0 / 4] * 2)
    assert site["power", "day_08_22"] == pytest.approx([90 / (240 * 28)] * 2)


def test_the_fullest_evse(ledger):
    found = metrics.fullest_evse(ledger, Window((0, 1)))
    assert found["time", "holiday_mean"] == pytest.approx([0.75 / 48] * 2)
    assert found["time", "peak_day"] == pytest.approx([0.75 / 24] * 2)
    assert found["time", "peak_hour"] == pytest.approx([0.75] * 2)
    assert found["charging", "peak_hour"] == pytest.approx([0.5] * 2)
    assert found["power", "peak_hour"] == pytest.approx([30 / 60] * 2)


def test_hours_of_evses_add_up_to_those_of_the_station():
    """Sessions longer than an hour, one still open at the end; one EVSE, so it is the station."""
    evs = cases.evs(
        5, entry_h=[0.2, 1.1, 5.9, 9.5, 22.4], target_kwh=95.0, overstay_h=[0.4, 0, 0.1, 0, 0]
    )
    ledger = simulate(cases.model(cases.station(kw=30.0), horizon_h=24.0, bin_h=0.25), evs)
    whole, evse = (f(ledger, Window((0,))) for f in (metrics.utilization, metrics.fullest_evse))
    for key in whole:
        assert evse[key] == pytest.approx(whole[key]), key


def test_the_table_has_a_column_for_each():
    table = metrics.stations(simulate(cases.model(horizon_h=24.0), cases.evs()), Window((0,)))
    names = {
        metrics.column(d, w, u)
        for d in metrics.DEFINITIONS
        for w in metrics.WINDOWS
        for u in metrics.UNITS
    }
    assert len(names) == 36
    assert names <= set(table.columns)


# ---- stability of flags --------------------------------------------------------------------------


def test_stability_of_flags():
    base = np.array([[0.5, 0.5, 0.5, 0.5], [0.3, 0.3, 0.5, 0.6], [0.1, 0.1, 0.1, 0.1]])
    more = base + 0.15
    more[0], more[2] = [0.1, 0.1, 0.2, 0.2], [0.5, 0.5, 0.5, 0.5]
    found = rule_flags.stability({"base": base, "more": more}, ["a", "b", "c"], 0.4)
    assert found["base"]["flagged"] == ["a", "b"]  # means 0.5 and 0.425
    assert found["base"]["p"] == [1.0, 0.5, 0.0]
    assert [found["base"][k] for k in ("sure", "unsure", "never")] == [1, 1, 1]
    assert found["base"]["count"]["mean"] == np.mean([1, 1, 2, 2])
    assert (found["more"]["new"], found["more"]["gone"]) == (["c"], ["a"])
    change = found["more"]["difference"]  # from 1, 1, 2, 2 to 2, 2, 2, 2
    assert change["mean"] == 0.5
    assert change["high"] - 0.5 == pytest.approx(3.182446 * sqrt(1 / 3) / 2)  # t(3), sd, root of 4
    assert change["correlation"] is None  # one of them does not vary


# ---- the threshold -----------------------------------------------------------------------------


def service(wait, lost):
    return Service(np.array(wait, float), np.array(lost, float), 30.0, 0.05)


def test_the_loss_minimal_threshold_and_what_the_rule_loses():
    """Scores in steps of 10 %: two fail, at 50 and 70 %; of the others one is at 60 %."""
    values = np.array([[0.5, 0.5], [0.7, 0.7], [0.6, 0.6], [0.3, 0.3], [0.45, 0.45]])
    fails = service([[40, 40], [40, 40], [0, 0], [0, 0], [0, 0]], np.zeros((5, 2)))
    found = rule_threshold.score(values, fails, interval.resamples(2), 0.4, 1.0)
    assert found["area"]["mean"] == pytest.approx(5 / 6)
    even, cheap, dear = found["best"]
    assert [b["miss_cost"] for b in (even, cheap, dear)] == pytest.approx([1, 1 / 3, 3])
    # From 45 to 49 % only the one at 60 % is lost; so it is from 60 to 69 %, where one is missed.
    assert (even["as_good"], even["loss"]["mean"]) == ([0.45, 0.69], 1)
    assert (cheap["as_good"], cheap["loss"]["mean"]) == ([0.6, 0.69], pytest.approx(1 / 3))
    assert (dear["as_good"], dear["threshold"]["mean"]) == ([0.45, 0.49], 0.47)
    assert even["loss_at_threshold"]["mean"] == 2  # needless: 60 and 45 %
    assert even["regret"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert even["threshold"]["low"] == even["threshold"]["high"]  # replications are all alike
    at = rule_threshold.THRESHOLDS.tolist().index(0.5)
    assert found["curve"]["sensitivity"][at] == 0.5
    assert found["curve"]["specificity"][at] == pytest.approx(2 / 3)
    assert found["curve"]["precision"][at] == 0.5
    assert found["curve"]["precision"][-1] is None


def test_flags_of_one_holiday():
    values = np.array([[0.5, 0.3], [0.5, 0.5], [0.1, 0.1]])
    found = roc.Scores(values, np.array([True, False, False]), None, None).each(0.4)
    assert found["sensitivity"]["mean"] == np.mean([1, 0])
    assert found["specificity"]["mean"] == 0.5
    assert found["precision"]["mean"] == np.mean([1 / 2, 0])
    assert 0 <= found["precision"]["low"] <= found["precision"]["high"] <= 1


@pytest.mark.parametrize("wait", [0.0, 40.0])
def test_where_none_or_all_fail_there_is_no_curve(wait):
    values = np.full((3, 2), 0.5)
    found = rule_threshold.score(
        values, service(np.full((3, 2), wait), np.zeros((3, 2))), interval.resamples(2), 0.4, 1.0
    )
    assert (found["area"], found["curve"], found["best"]) == (None, None, None)
    undefined = "sensitivity" if wait == 0 else "specificity"
    assert found["at_threshold"][undefined] is None


# ---- the whole ---------------------------------------------------------------------------------


def town(folder, threshold=0.4, **study):
    return small.put_to_the_test(config(folder, threshold, **study))


def config(folder, threshold=0.4, **study):
    cfg = small.ruled(folder, threshold=threshold)
    cfg["engine"]["replications"] = 2
    cfg["rule_study"] |= study
    return cfg


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The study of a small town where lines are very long, with limits that some stations keep."""
    limits = {"fails_wait_p90_min": 1600.0, "fails_lost_share": 0.1}
    cfg = config(tmp_path_factory.mktemp("town"), 0.78, **limits)
    out = tmp_path_factory.mktemp("out")
    result = small.asked(cfg, "forty_percent_rule", out)
    return small.put_to_the_test(cfg), out, result, json.loads((out / "answer.json").read_text())


def test_designs_differ_in_what_they_say_and_have_an_ordinary_week(tmp_path):
    base = town(tmp_path)
    designs = rule_designs.of(base)
    assert list(designs) == [
        name + week for name in rule_designs.labels(base) for week in ("", "_week")
    ]
    config = {name: own.config for name, own in designs.items()}
    assert config["base"] == base.config
    assert [config[n].demand.scale for n in ("less", "less_week", "more")] == [0.8, 0.8, 1.2]
    assert config["growth"].demand.ev_share == pytest.approx(0.3)
    assert config["growth_week"].demand.ev_share == pytest.approx(0.3)
    assert config["overstay"].fleet.overstay_min.value == 12.0
    assert config["site_rule"].policy.session_limit_min == 30.0
    assert not config["base_week"].demand.holiday
    for name in ("fleet", "station", "network"):
        assert getattr(config["growth"], name) == getattr(config["base"], name)


def test_answer_is_what_the_replications_say(ran):
    small_town, out, result, answer = ran
    progress = small.Quiet()
    with rule_designs.Runs(small_town.engine, out / "replications", progress) as runs:
        again = runs.holidays(small_town)
    assert progress.total == 0  # all of it was there
    u = again.stations("time_utilization_holiday_mean")
    names = again["base"][0].stations["station"].tolist()
    flags = rule_flags.flags_of(answer["flags"])["base"]
    assert flags["flagged"] == [n for n, x in zip(names, u.mean(axis=1), strict=True) if x > 0.78]
    wait = again.stations("wait_min_p90").mean(axis=1)
    lost = again.stations("balked") + again.stations("reneged")
    lost = (lost / again.stations("visits")).mean(axis=1)
    failing = [n for n, w, x in zip(names, wait, lost, strict=True) if w > 1600 or x > 0.1]
    assert answer["threshold"]["fails"]["failing"] == failing
    assert 0 < len(failing) < len(names)
    assert 0 < len(flags["flagged"]) < len(names)
    at = of_measure(answer["threshold"])["at_threshold"]
    assert at["hit"] == len(set(failing) & set(flags["flagged"]))
    assert answer["threshold"]["missed"] == [n for n in failing if n not in flags["flagged"]]
    assert result.headline["failing"] == len(failing)
    assert result.samples["flagged"] == (u > 0.78).sum(axis=0).tolist()
    assert f"at {len(failing)} of {len(names)} stations" in " ".join(answer["said"]["en"])
    assert result.verdict == answer["said"]["en"]
    assert len(answer["said"]["zh"]) == len(answer["verdict"])


def test_key_figures_are_those_of_the_holiday(ran):
    small_town, out, _, answer = ran
    each = [roads.courses(small_town, r) for r in range(2)]
    for key in ("time_utilization", "availability"):
        mean = np.mean([own.more["kpis"][key] for own in each])
        assert answer["kpis"]["figures"][key]["mean"] == pytest.approx(mean), key
    table = pd.read_parquet(out / "kpis.parquet")
    there = np.concatenate([own.stations["availability"] for own in each])
    assert table["availability"].to_numpy() == pytest.approx(there, nan_ok=True)
    assert (out / "report.html").read_text("utf-8").count('id="kpis"') == 1


def test_each_replication_is_kept_once_and_only_its_figures(ran):
    _, out, _, _ = ran
    files = [p for p in (out / "replications").rglob("*") if p.is_file()]
    kept = [p for p in files if p.suffix == ".parquet"]
    assert {p.with_suffix(".json") for p in kept} == set(files) - set(kept)  # their cost
    counts = json.loads((out / "manifest.json").read_text())["replications"]
    assert len(kept) == counts["run"] < counts["used"]
    assert all(re.fullmatch(r"r\d{3}\.parquet", p.name) for p in kept)


def test_the_page_has_the_answer_to_every_question(ran):
    _, out, _, answer = ran
    text = source(out / "report.html")
    for language in LANGUAGES:
        say = Words(language, HERE)
        for question in (
            "flags",
            "threshold",
            "upgrade",
            "money",
            "years",
            "sensitivity",
            "saturation",
        ):
            for own in unpacked(answer[question]["plain"]):
                sentence = say(own)
                assert sentence in TAG.sub("", unescape(text)), question
                assert sentence in answer["said"][language]
    assert text.count('class="plot"') > 20
    assert "nan" not in text.partition('id="figures"')[0].partition("<main>")[2].lower().split()


def test_the_page_is_made_of_the_answer_alone(ran):
    """Two languages, the same shape, no word in the program."""
    *_, answer = ran
    words = [Words(language, HERE) for language in LANGUAGES]
    pages = [forty_percent_rule.page(say, unpacked(answer)) for say in words]
    assert all_of(pages[0], words[:1])
    for english, chinese in zip(*(page.sections for page in pages), strict=True):
        assert HAN.search(chinese.heading), chinese.heading
        assert not HAN.search(english.heading)
        for a, b in zip(english.blocks, chinese.blocks, strict=True):
            assert type(a) is type(b)
            assert not isinstance(b, str) or HAN.search(b), b
    stations = pages[0].sections[-1].blocks[-1]
    assert len(stations.rows) == len(answer["stations"])
    fails = [row[2] for row in stations.rows]
    assert fails == sorted(fails, reverse=True)


def test_where_nothing_fails_the_report_says_so(ran, tmp_path):
    small_town, out, _, _ = ran
    limits = {"fails_wait_p90_min": 1e5, "fails_lost_share": 1.0}
    section = small_town.own.model_copy(update=limits)
    calm = replace(small_town, own=section)
    with rule_designs.Runs(calm.engine, out / "replications", small.Quiet()) as runs:
        found = forty_percent_rule.answer_of(calm, runs)
    answer = unpacked(packed(found))
    say = Words("en", HERE)
    assert say(answer["threshold"]["plain"][0]) == (
        "Whether 78 % is right cannot be told: service fails at no station, so there is no ROC "
        "curve and no best threshold."
    )
    assert forty_percent_rule.headline(answer)["roc_area"] == ""
    first = threshold_page.sections(say, answer)[0]
    assert not any(isinstance(block, Beside) for block in first.blocks)
    assert forty_percent_rule.page(say, answer).cards[-1].value is None


def test_quick_is_fewer_replications(tmp_path):
    for quick, replications in ((False, 2), (True, 5)):
        own = town(tmp_path, quick=quick)
        assert forty_percent_rule.engine_of(own.engine, own.own).replications == replications


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("miss_cost=0", "`rule_study.miss_cost` is 0, but must be from 0.01 to 100"),
        (
            "fails_lost_share=5",
            "`rule_study.fails_lost_share` is 5, but must be from 0 to 1: did you mean 0.05?",
        ),
        ("quick=maybe", "`rule_study.quick` is 'maybe', but must be true or false"),
        (
            "mis_cost=2",
            "unknown key `rule_study.mis_cost`: did you mean `rule_study.miss_cost`?",
        ),
        (
            "ev_share_growth=4",
            "`rule_study.ev_share_growth` makes the EV share 1.07, but it must be at most 1",
        ),
        ("sensitivity.inputs=nowhere.csv", "there is no table nowhere.csv"),
        ("years.holidays=nowhere.csv", "there is no table nowhere.csv"),
        (
            "years.super_station.add=stack_600*4",
            "`rule_study.years.super_station` is possible at 0 of 179 stations, but 100 are to be "
            "built: elsewhere it would need more than the biggest transformer",
        ),
    ],
)
def test_bad_input_is_one_sentence(override, sentence, capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["experiment=forty_percent_rule", f"rule_study.{override}", f"out={out}"]) == 2
    assert capsys.readouterr().err.strip() == sentence
    assert not out.exists()


def test_the_rule_in_words():
    own, site = Measure().said, Measure("power", "site", "peak_day").said
    english, chinese = (Words(language, HERE) for language in LANGUAGES)
    assert (english(own), chinese(own)) == (
        "time utilization over all hours", "全部小时平均的时间利用率"
    )  # fmt: skip
    assert english(site) == "power utilization by site on the peak day"
    assert chinese(site) == "高峰日的按服务区计的功率利用率"
    assert len({english(m.said) for m in MEASURES}) == len(MEASURES)
