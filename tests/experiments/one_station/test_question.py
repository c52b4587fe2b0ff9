# ruff: noqa: RUF001 - Chinese punctuation
"""Which single change helps one station most, in a town of five stations."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.one_station import question
from experiments.one_station.question import WAIT, verdict
from sim.__main__ import main
from sim.config.problems import InputError
from sim.report import comparison
from sim.report.finding import Finding, Given, Term, found, unpacked
from sim.report.language import LANGUAGES, Words
from sim.roads import case as roads
from sim.stats.estimate import Estimate
from tests import small
from tests.report.reading import foreign, texts
from tests.report.showing import FOLD, OVERFLOW, READY, SWITCH, WORDS_OF_HEAD

HERE = Path(question.__file__).parent
ROOT = HERE.parents[1]
SAY = {language: Words(language, HERE) for language in LANGUAGES}
CHANGES = ["more_evses", "transformer", "site_rule", "live_queues", "my own"]


def config(folder: Path, **own: object) -> dict:
    (folder / "costs.csv").write_text(small.COSTS)
    cfg = small.config(folder)
    cfg["one_station"] |= {"costs": str(folder / "costs.csv")} | own
    cfg["policy"]["session_limit_min"] = None
    cfg["demand"]["vehicles_per_day"] = 20_000.0  # lines at all stations
    cfg["engine"]["replications"] = 3
    return cfg


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The config, the folder of its answer, and what was said."""
    folder = tmp_path_factory.mktemp("town")
    cfg, out = config(folder), folder / "out"
    return cfg, out, small.asked(cfg, "one_station", out)


@pytest.fixture(scope="module")
def answer(study):
    return unpacked(json.loads((study[1] / "answer.json").read_text("utf-8")))


def test_key_figures_are_those_of_the_network_as_it_is(study, answer):
    base = small.checked(study[0], "one_station").case
    each = [roads.courses(base, r) for r in range(3)]
    own, table = answer["kpis"]["figures"], pd.read_parquet(study[1] / "kpis.parquet")
    for key in ("time_utilization", "availability", "repeat_share"):
        assert own[key].mean == pytest.approx(np.mean([run.more["kpis"][key] for run in each])), key
    assert "price_per_kwh" not in own
    assert table["design"].unique().tolist() == ["", *CHANGES]
    today = table[table["design"] == ""]
    for key in ("availability", "prompt_share", "load_factor"):
        there = np.concatenate([run.stations[key] for run in each])
        assert today[key].to_numpy() == pytest.approx(there, nan_ok=True), key


def test_figures_are_those_of_the_station_and_changes_are_paired(study, answer):
    base = small.checked(study[0], "one_station").case
    own = {"": base, "my own": base.with_(**{"station.overrides.near_out": {"evses": 8}})}
    runs = {name: [roads.figures(case, r) for r in range(3)] for name, case in own.items()}
    rows = {
        name: [r.stations.set_index("station").loc["near_out"] for r in each]
        for name, each in runs.items()
    }
    wait = {name: np.array([row[WAIT] for row in each]) for name, each in rows.items()}
    assert wait[""].mean() > 1.0
    figures, last = answer["figures"], answer["names"].index(Term("changes.my own", "my own"))
    assert figures[WAIT]["of"][0].mean == pytest.approx(wait[""].mean())
    assert figures[WAIT]["change"][last].mean == pytest.approx((wait["my own"] - wait[""]).mean())
    lost = [row["balked"] + row["reneged"] for row in rows[""]]
    assert figures["lost"]["of"][0].mean == pytest.approx(np.mean(lost))
    network = [r.figures[WAIT] for r in runs[""]]
    assert figures["network"]["of"][0].mean == pytest.approx(np.mean(network))
    assert figures[WAIT]["change"][0] == Estimate(0.0, 0.0, 0.0, 3, pytest.approx(1.0), True)
    assert len(figures[WAIT]["of"]) == len(answer["queue"]) == 1 + len(CHANGES)


def test_what_stands_there_what_it_costs_and_what_differs(answer):
    assert answer["names"] == [
        Term("changes.today"), *(Term(f"changes.{name}", name) for name in CHANGES)
    ]  # fmt: skip
    assert answer["stands"]["evses"] == [4, 6, 4, 4, 4, 8]
    pair = 80 * 200.0 + 2 * 2000.0
    costs = [own.mean for own in answer["cost"]]
    assert costs == [0.0, pair, 800 * 20.0 + 200_000.0, 0.0, 0.0, 2 * pair]
    assert answer["settings"][1:3] == ["here.add=pair*1", "here.kva=800.0"]
    for cost, per, by in zip(
        answer["cost"], answer["per"], answer["figures"][WAIT]["change"], strict=True
    ):
        is_shown = by.sign < 0 and cost.mean > 0.0
        assert (per is not None) == is_shown
        assert not is_shown or per.mean == pytest.approx(cost.mean / -by.mean)


def test_the_line_by_hour_is_the_mean_over_days_that_count(study, answer):
    base = small.checked(study[0], "one_station").case
    queue = np.array([roads.courses(base, r).hours["queue"] for r in range(3)])
    near = list(base.hardware).index("near_out")
    hours = queue[:, near, 24:].reshape(3, 2, 24).mean(axis=(0, 1))  # without the eve
    assert [own.mean for own in answer["queue"][0]] == pytest.approx(hours)


def test_it_is_said_and_shown_in_both_languages(study, answer):
    _, out, result = study
    kept = json.loads((out / "answer.json").read_text("utf-8"))["said"]
    assert result.verdict == kept["en"]
    assert len(kept["en"]) == len(kept["zh"])
    assert not [line for line in kept["zh"] if re.search("wait|EVs", line)]
    page = out / "report.html"
    assert foreign(page, {"my own", *answer["settings"], *_config_of(page)}) == []
    for language, name in (("en", "more EVSEs"), ("zh", "增加充电枪")):
        shown = texts(page, language)
        assert name in shown
        assert "my own" in shown  # what somebody adds is called as they named it


def _config_of(page: Path) -> list[str]:
    """What the footer says of the run is in the words of the command line."""
    return re.findall(r"<pre.*?</pre>|<dd.*?</dd>", page.read_text("utf-8"), re.DOTALL)


def test_the_page_can_be_made_again_alone(study):
    cfg, out, result = study
    before = (out / "report.html").read_text("utf-8")
    (out / "report.html").write_text("gone")
    again = small.asked(cfg | {"report": {**cfg["report"], "only": True}}, "one_station", out)
    assert again.verdict == result.verdict
    after = (out / "report.html").read_text("utf-8")
    assert after.partition("<footer")[0] == before.partition("<footer")[0]
    assert "<footer" in after


def test_another_table_of_costs_is_another_answer(study, tmp_path):
    cfg, out, _ = study
    table = Path(cfg["one_station"]["costs"])
    old = table.read_text()
    table.write_text(old.replace("evse,CNY/EVSE,1000", "evse,CNY/EVSE,999"))
    with pytest.raises(InputError, match=r"costs\.csv"):
        small.asked(cfg, "one_station", out)
    table.write_text(old)


# ---- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"station": "near_ot"}, "there is no station `near_ot`: did you mean `near_out`?"),
        ({"changes": {}}, "one_station.changes"),
        ({"changes": {"x": {"here.kva": 400.0}}}, "`one_station.changes.x`: `station.overrides"),
        ({"changes": {"x": {"demand.scale": 2.0}}}, "`demand.scale` is no place of a change"),
        ({"costs": "policy/sensitivity.csv"}, "policy/sensitivity.csv"),
    ],
)
def test_a_wrong_question_is_told(tmp_path, own, says):
    with pytest.raises(InputError) as error:
        small.checked(config(tmp_path, **own), "one_station")
    assert any(says in problem for problem in error.value.problems), error.value.problems


def test_a_station_that_is_given_as_a_choice_is_told_how_to_name_it(capsys):
    assert main(["experiment=one_station", "station=fengdu_out"]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "`station=fengdu_out`: did you mean `one_station.station=fengdu_out`?"
    ]
    assert main(["experiment=holiday_highway", "station=fengdu_out"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


# ---- claims ----------------------------------------------------------------------------------


def by(mean: float, half: float) -> Estimate:
    return Estimate(mean, mean - half, mean + half, 20, 0.9, is_change=True)


def made(a: Estimate, b: Estimate, leading: list[int], network: Estimate) -> list[Finding]:
    """The verdict on two changes, `a` with a price."""
    zero, level = by(0.0, 0.0), Estimate(70.0, 60.0, 80.0, 20)
    figures = {key: {"of": [level] * 3, "change": [zero, a, b]} for key in question.SHOWN}
    return verdict(
        {
            "station": found("station.out", name=Given("Here")), "demand": "holiday",
            "replications": 20, "leading": leading, "stands": {"evses": [4, 8, 4]},
            "names": [Term("changes.today"), Term("changes.a", "A"), Term("changes.b", "B")],
            "figures": figures | {"network": {"of": [level] * 3, "change": [zero, network, zero]}},
            "cost": [Estimate(0.0, 0.0, 0.0), Estimate(9.0, 8.0, 12.0), Estimate(0.0, 0.0, 0.0)],
            "per": [None, Estimate(0.5, 0.4, 0.6) if a.sign < 0 else None, None],
        }
    )  # fmt: skip


EN = {
    "most": "Of 2 single changes, the one that helps Here out most is A: P95 wait -20.0 min",
    "may": "Which of 2 single changes helps Here out most is not shown; it may be",
    "none": "None of 2 single changes is shown to shorten the P95 wait at Here out.",
}
ZH = {"most": "最有效的是“A”", "may": "未能证实；可能是", "none": "没有一项能证实"}
SHORTER, UNSURE, LONGER = by(-20.0, 5.0), by(-20.0, 25.0), by(20.0, 5.0)


@pytest.mark.parametrize(
    ("a", "b", "leading", "keys"),
    [
        (SHORTER, by(-9.0, 5.0), [1], ["most", "today", "less", "costs"]),
        (SHORTER, UNSURE, [1, 2], ["may", "today", "less", "unclear", "costs"]),
        (SHORTER, UNSURE, [2], ["may", "today", "less", "unclear", "costs"]),
        (UNSURE, LONGER, [1], ["none", "today", "more", "unclear"]),
        (UNSURE, UNSURE, [1, 2], ["none", "today", "unclear"]),
    ],
)
def test_what_helps_most_is_said_only_where_it_is_shown(a, b, leading, keys):
    said = made(a, b, leading, UNSURE)
    expected = [*(f"verdict.{key}" for key in keys), "network.unclear", "verdict.brackets"]
    assert [finding.key for finding in said] == expected
    texts = {language: [say(finding) for finding in said] for language, say in SAY.items()}
    assert texts["en"][0].startswith(EN[keys[0]])
    assert ZH[keys[0]] in texts["zh"][0]


@pytest.mark.parametrize(("network", "key"), [(SHORTER, "less"), (LONGER, "more")])
def test_the_network_is_judged_by_itself(network, key):
    said = made(UNSURE, UNSURE, [1, 2], network)
    assert f"network.{key}" in [finding.key for finding in said]
    line = next(SAY["en"](finding) for finding in said if finding.key == f"network.{key}")
    assert line.endswith(
        ": A -20.00 min (-25.00 to -15.00)." if key == "less" else "(+15.00 to +25.00)."
    )


def test_costs_are_of_what_is_shown_to_help():
    (costs,) = (f for f in made(SHORTER, UNSURE, [1], UNSURE) if f.key == "verdict.costs")
    assert [own.key for own in costs.values["costs"]] == ["verdict.paid"]
    (costs,) = (f for f in made(SHORTER, SHORTER, [1, 2], UNSURE) if f.key == "verdict.costs")
    assert [own.key for own in costs.values["costs"]] == ["verdict.paid", "verdict.free"]


def test_the_first_screen_says_it_in_few_words(study, chromium):
    tab = chromium.open(study[1] / "report.html", 390, 844, ready=READY)
    for width, height in ((390, 844), (1280, 800), (1920, 1080)):
        tab.resize(width, height)
        for language in LANGUAGES:
            tab.js(SWITCH.replace("LANGUAGE", language))
            tab.wait(READY)
            assert tab.js(FOLD) < height
            assert tab.js(WORDS_OF_HEAD) <= 80
            assert not tab.js(OVERFLOW)
    assert tab.js("document.querySelectorAll('header .cards li').length") == 5
    assert tab.js("document.querySelectorAll('.findings .lead').length") > 4  # all else is below
    assert tab.problems() == []
    tab.close()


@pytest.mark.parametrize(
    ("a", "b", "leading", "said"),
    [
        (SHORTER, by(-9.0, 5.0), [1], "Of 2 changes A helps most: P95 wait -20.0 min"),
        (SHORTER, UNSURE, [1, 2], "Which of 2 changes helps most is not shown; maybe A, B."),
        (UNSURE, LONGER, [1], "None of 2 changes is shown to shorten the P95 wait."),
    ],
)
def test_the_head_claims_no_more_than_is_shown(a, b, leading, said):
    own = {"of": [Estimate(40.0, 39.0, 41.0)] * 3, "change": [Estimate(0.0, 0.0, 0.0), a, b]}
    names = [Term(f"changes.{name}", name) for name in ("today", "A", "B")]
    assert comparison.head(SAY["en"], names, own, leading).startswith(said)
    own["of"] = [Estimate(None, None, None)] * 3
    assert comparison.head(SAY["en"], names, own, leading) == ""
