"""What is not known, and luck: two brackets, classes of stations, and what is claimed of them."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from experiments.holiday_highway import calibration, question
from experiments.holiday_highway import page as holiday_page
from experiments.holiday_highway.head import head
from experiments.holiday_highway.verdict import HOLIDAY, verdict
from sim.report.finding import unpacked
from sim.report.language import LANGUAGES, Words
from sim.roads import scenario
from sim.stats import chance, interval
from sim.stats.estimate import Metric
from sim.stats.prior import sobol
from sim.study.case import Replication
from sim.study.results import Results
from tests import small
from tests.experiments.holiday_highway import made
from tests.experiments.holiday_highway.test_page import written
from tests.report.reading import foreign
from tests.roads.test_posterior import PRIORS, write

WORDS = {of: Words(of, Path(question.__file__).parent) for of in LANGUAGES}
POINTS = 41
LUCK = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("worlds")


def config(folder, **engine):
    """Of a town in which the holiday is known, at `POINTS` points of its inputs."""
    base = small.build(folder)
    points = sobol(PRIORS, 64, seed=5)[:POINTS].round(6)
    cfg = small.config(folder)
    kept = write(folder, base, points)
    cfg["engine"] |= {"uncertainty": "posterior", "posterior": kept, "replications": LUCK,
                      "most_replications": LUCK, **engine}  # fmt: skip
    return cfg


@pytest.fixture(scope="module")
def town(folder):
    done = small.asked(config(folder), "holiday_highway", folder / "out")
    return done, json.loads((folder / "out" / "answer.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def lucky(folder, tmp_path_factory):
    """The same town by luck alone."""
    out = tmp_path_factory.mktemp("luck")
    small.asked(config(folder, uncertainty="none"), "holiday_highway", out)
    return json.loads((out / "answer.json").read_text("utf-8"))


def test_every_point_is_run_once_and_luck_besides(town, folder):
    done, answer = town
    assert (answer["worlds"], answer["replications"]) == (POINTS, LUCK)
    manifest = json.loads((folder / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["replications"] == {
        "holiday": LUCK, "reference": LUCK, "worlds_holiday": POINTS, "worlds_reference": POINTS,
    }  # fmt: skip
    assert {len(own) for own in done.samples.values()} == {POINTS}
    there = folder / "out" / "replications"
    assert len(list(there.glob("holiday/r*/sessions.parquet"))) == LUCK
    assert not list(there.glob("worlds_*/r*/sessions.parquet"))  # nobody reads them
    assert len(list(there.glob("worlds_holiday/r*/figures-*.parquet"))) == POINTS


def test_luck_is_what_the_study_without_the_posterior_finds(town, lucky):
    _, answer = town
    assert answer["luck"]["flags"] == lucky["flags"]
    assert answer["luck"]["network"] == lucky["network"]
    assert lucky["worlds"] == 0
    assert "luck" not in lucky


def test_the_two_brackets_are_of_worlds_and_of_luck(town):
    _, answer = town
    for key in ("time_utilization", "energy_kwh", "wait_min_p95"):
        worlds, luck = (own["network"][key] for own in (answer, answer["luck"]))
        values = np.array(town[0].samples[key])
        low, high = interval.of_points(values)
        assert worlds["mean"] == pytest.approx(values.mean())
        assert [worlds["low"], worlds["high"]] == pytest.approx([max(0.0, low), high])
        assert worlds["high"] - worlds["low"] > luck["high"] - luck["low"]


def test_the_verdict_says_both_and_the_cards_show_it(town):
    _, answer = town
    kept = unpacked(answer)
    flag, luck = (own["flags"]["time"][HOLIDAY] for own in (kept, kept["luck"]))
    for tongue, say in WORDS.items():
        said = answer["said"][tongue]
        for own in (flag, luck):
            e = own["count"]
            assert all(f"{end:.1f}" in said[0] for end in (e.mean, e.low, e.high))
        assert str(POINTS) in said[1]
        shown = head(say, kept)
        assert shown["cards"][0].value == flag["count"]
        assert f"{flag['count'].mean:.1f}" in shown["answer"]
        assert f"{luck['count'].low:.1f}" in shown["sure"]
    assert "what we do not know (assumptions, layouts, level)" in answer["said"]["en"][1]
    assert "未知因素" in answer["said"]["zh"][1]
    for own in (kept, kept | {"level_sd": 0.15}):
        (line,) = [one for one in verdict(own) if one.key == "verdict.level_sd"]
        assert f"is known to {own['level_sd']:.0%}".replace("%", " %") in WORDS["en"](line)
    assert not [one for one in verdict(kept | {"level_sd": 0.0}) if one.key == line.key]


def test_the_window_is_said_of_one_world_and_by_luck_of_one_replication(town, lucky):
    for answer, here, elsewhere in (
        (town[1], "world", "replication"), (lucky, "replication", "world"),
    ):  # fmt: skip
        (line,) = [own for own in unpacked(answer)["verdict"]
                   if own.key.startswith("verdict.window_")]  # fmt: skip
        for say in WORDS.values():
            assert say(f"one.{here}") in say(line)
            assert say(f"one.{elsewhere}") not in say(line)


def test_what_is_predicted_of_an_observation_holds_the_level():
    """A tenth of it, where nothing else varies; and only where the figure grows with it."""
    metrics = {key: Metric(key) for key in ("kwh_per_evse_day", "kwh_per_session")}
    each = [Replication(dict.fromkeys(metrics, 100.0)) for _ in range(400)]
    results = Results({"holiday": each}, metrics)
    with interval.over_points():
        day, session, known = (
            calibration._simulated(results, "holiday", key, sd, 1)
            for key, sd in (("kwh_per_evse_day", 0.1), ("kwh_per_session", 0.1),
                            ("kwh_per_evse_day", 0.0))
        )  # fmt: skip
    assert day["low"] == pytest.approx(100.0 * (1.0 - 0.196), abs=3.0)
    assert day["high"] == pytest.approx(100.0 * (1.0 + 0.196), abs=3.0)
    assert session["low"] == session["high"] == known["low"] == known["high"] == 100.0


def test_by_luck_alone_nothing_is_said_of_worlds(lucky):
    for said in lucky["said"]["en"]:
        assert "world" not in said
        assert "luck" not in said
    flag = unpacked(lucky)["flags"]["time"][HOLIDAY]
    assert head(WORDS["en"], unpacked(lucky))["cards"][0].value == flag["count"]
    assert not holiday_page.classes(WORDS["en"], unpacked(lucky))


def test_classes_are_by_the_share_of_worlds(town):
    _, answer = town
    for definition, windows in answer["flags"].items():
        for window, flag in windows.items():
            of = {name: own for own, names in flag["classes"].items() for name in names}
            assert set(of) == set(answer["stations"])
            for name, own in of.items():
                use = answer["stations"][name]["utilization"][definition][window]
                assert own == chance.classes(np.array([use["p_over"]]))[0]


def test_limits_of_the_classes():
    shares = np.array([1.0, 0.975, 0.974, 0.8, 0.79, 0.2, 0.19, 0.025, 0.024, 0.0])
    found = chance.classes(shares)
    assert found == [own for own in chance.CLASSES for _ in range(2)]
    assert chance.counts(shares) == dict.fromkeys(chance.CLASSES, 2)


def test_what_the_worlds_do_not_agree_on_is_not_claimed():
    answer = made.answer(worlds=True)
    clear = [WORDS["en"](own) for own in answer["verdict"]]
    assert any(said.startswith("The window decides") for said in clear)
    torn = {key: value for key, value in copy.deepcopy(answer).items() if key != "verdict"}
    for windows in torn["flags"].values():
        for flag in windows.values():
            flag["change"] = flag["change"].__class__(9.0, -1.0, 19.0)
    unclear = [WORDS["en"](own) for own in verdict(torn)]
    assert any(said.startswith("The window is not shown to decide") for said in unclear)
    assert any(said.startswith("The definition is not shown to decide") for said in unclear)


def test_the_page_names_stations_by_class_on_map_and_in_the_table(tmp_path):
    answer = made.answer(worlds=True)
    say = WORDS["en"]
    by = answer["flags"]["time"][HOLIDAY]["classes"]
    (section,) = holiday_page.classes(say, answer)
    lists = [part[0] for part in section.blocks[1].parts]
    for own, (name, stations) in zip(lists, by.items(), strict=True):
        label = say(f"classes.{name}")
        assert own.summary == f"{label}: {len(stations)} stations"
        assert len(own.names) == max(1, len(stations))
    _, color = holiday_page.corridors(say, answer).blocks
    assert color.blocks[0].option == "chance"
    (key,) = color.blocks[0].blocks
    assert [k.label for k in key.keys] == [say(f"classes.{name}") for name in by]
    text = str(holiday_page.table(say, answer))
    assert "Class" in text
    path = written(answer, tmp_path / "report.html")
    assert foreign(path, {place["road"] for place in answer["places"]}) == []


def test_the_page_is_made_again_from_the_answer(town, folder):
    cfg = config(folder)
    cfg["report"]["only"] = True
    before = (folder / "out" / "report.html").read_text("utf-8")
    small.asked(cfg, "holiday_highway", folder / "out")
    assert (folder / "out" / "report.html").read_text("utf-8") == before


def test_expected_is_the_scenario_without_the_posterior(folder):
    unknown = scenario.load(config(folder))
    known = scenario.load(config(folder, uncertainty="none"))
    assert unknown.expected().key == known.key != unknown.key
    assert known.expected() is known
