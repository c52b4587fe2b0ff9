"""A calibration in a town of five stations: what it finds, says, keeps and refuses."""

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from experiments.calibrate import design, fit, question
from experiments.calibrate.answer import middle, truths, what_to_ask
from experiments.calibrate.observed import observations
from experiments.calibrate.verdict import verdict
from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.report.finding import unpacked
from sim.report.language import LANGUAGES, Words
from sim.roads import scenario
from sim.roads.inputs import ALL
from sim.stats.estimate import Estimate
from tests import small
from tests.report.reading import foreign, texts

HERE = Path(question.__file__).parent
SAY = {language: Words(language, HERE) for language in LANGUAGES}
TABLE = (configs_dir() / "calibration" / "inputs.csv").read_text("utf-8")


def config(folder, **own):
    cfg = small.config(folder)
    cfg["demand"]["name"] = "a holiday"
    cfg["reference"]["name"] = "a week"
    for place in (cfg["demand"], cfg["reference"], cfg["calibrate"]["check"]):
        place["vehicles_per_day"] = 800.0  # few enough that all who want to charge
    path = folder / "observed.csv"
    text = path.read_text("utf-8").replace("three days", "a holiday")
    path.write_text(text.replace("20,15,25", "7.5,7.2,7.8"), "utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(
            "a week,sessions_per_evse_day,sessions,1/day,fitted,7.3,6.9,7.7,measured,counted,t\n"
        )
        file.write("a check,arrival_soc,charge,share,check,0.3,0.1,0.6,measured,counted,test\n")
    cfg["calibrate"] |= own
    return cfg


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The config, the folder of its answer, and what was said."""
    folder = tmp_path_factory.mktemp("town")
    cfg, out = config(folder, points=32), folder / "out"
    return cfg, out, small.asked(cfg, "calibrate", out)


@pytest.fixture(scope="module")
def answer(study):
    return unpacked(json.loads((study[1] / "answer.json").read_text("utf-8")))


def test_everything_is_there(study, answer):
    assert answer["points"] == 32
    assert answer["kept"] == 4
    assert [row["name"] for row in answer["inputs"]] == [*ALL]
    assert [row["role"] for row in answer["observations"]] == [
        "fitted", "fitted", "check", "fitted", "check",
    ]  # fmt: skip
    outputs = [(row["calendar"], row["metric"]) for row in answer["emulators"]]
    assert outputs == [
        ("holiday", "sessions_per_evse_day"), ("holiday", "kwh_per_session"),
        ("week", "sessions_per_evse_day"), ("holiday", "over"), ("holiday", "wait_min_p95"),
    ]  # fmt: skip
    assert sum(answer["classes"].values()) == answer["stations"] == 5
    assert 1.0 <= answer["effective"] <= answer["sample"]
    assert answer["truths"]["count"] == 32
    assert {path.name for path in study[2].paths} >= {"posterior.csv", "posterior.json"}


def test_predictions_are_runs_at_the_points_that_are_written(study, answer):
    """The headline of the posterior, from the points in the file, one replication each."""
    cfg, out, _ = study
    plain = {key: own for key, own in cfg.items() if key in scenario.Config.model_fields}
    base = scenario.load(plain)
    names, *rows = [line.split(",") for line in (out / "posterior.csv").read_text().splitlines()]
    points = [dict(zip(names, map(float, row), strict=True)) for row in rows]
    from sim.roads.case import figures

    runs = [figures(base.at(point), p) for p, point in enumerate(points)]
    waits = np.array([own.figures["wait_min_p95"] for own in runs])
    over = np.array([(own.stations[design.UTILIZATION] > 0.4).sum() for own in runs], float)
    assert answer["headlines"]["wait_min_p95"]["posterior"] == middle(waits)
    assert answer["headlines"]["over"]["posterior"] == middle(over)
    own = next(row for row in answer["observations"] if row["metric"] == "kwh_per_session")
    assert own["posterior"] == middle(np.array([r.figures["kwh_per_session"] for r in runs]))


def test_the_posterior_can_be_run_and_only_with_its_own_inputs(study, tmp_path):
    cfg, out, _ = study
    for name in ("posterior.csv", "posterior.json"):
        shutil.copy(out / name, tmp_path / name)
    own = json.loads(json.dumps(cfg))
    own["engine"] |= {"uncertainty": "posterior", "posterior": str(tmp_path / "posterior.csv")}
    unknown = small.checked(own, "holiday_highway").case
    assert unknown.posterior is not None
    assert unknown.of(0).config.demand.scale != unknown.of(1).config.demand.scale
    again = small.checked(own, "calibrate").case  # it makes one, and stands on none
    assert again.posterior is None
    made = json.loads((tmp_path / "posterior.json").read_text("utf-8"))["made"]
    assert made["inputs"]["table"] == "calibration/inputs.csv"
    assert {"observations", "scenarios", "figures_hash", "peakcharge", "seed"} <= made.keys()


def test_what_was_observed_narrows_what_it_depends_on(answer):
    by = {row["name"]: row["narrower"] for row in answer["inputs"]}
    assert by["demand"] > 0.3
    assert max(by, key=lambda name: by[name]) == "demand"
    assert abs(by["availability"]) < 0.15


def test_it_is_said_and_shown_in_both_languages(study, answer):
    _, out, result = study
    kept = json.loads((out / "answer.json").read_text("utf-8"))["said"]
    assert result.verdict == kept["en"]
    assert len(kept["en"]) == len(kept["zh"]) == len(verdict(answer))
    page = out / "report.html"
    facts = re.findall(r"<pre.*?</pre>|<dd.*?</dd>", page.read_text("utf-8"), re.DOTALL)
    given = {"sessions", "energy", "charge", "state of charge", "counted", "metered", "as said",
             "test", "a holiday", "a week", "a check", "posterior csv json configs calibration",
             "engine uncertainty calibrate level_sd level", "Sobol day charg holi"}  # fmt: skip
    assert foreign(page, {*given, *facts, *_sources("zh")}) == []
    for language, name in (("en", "Level of traffic"), ("zh", "交通水平")):
        assert name in texts(page, language)


def _sources(language):
    """What names in sources are called in that language too."""
    rows = csv.DictReader(TABLE.splitlines())
    return [SAY[language].given(row["source"]) for row in rows]


def test_every_source_is_there_in_chinese():
    assert all(re.search("[\u4e00-\u9fff]", own) for own in _sources("zh"))


# ---- by hand ---------------------------------------------------------------------------------


def test_truths_by_hand():
    ranks = np.array([[0.01, 0.5], [0.5, 0.99], [0.4, 0.6], [0.3, 0.7]])
    own = truths(ranks, ["a", "b"])
    assert own["covered"] == 0.75
    assert own["by_input"] == {"a": 0.75, "b": 0.75}
    assert sum(own["ranks"]) == 8
    assert own["even"] == 0.4


MADE = {
    "headlines": {name: dict.fromkeys(("prior", "posterior"), Estimate(3.0, 1.0, 5.0))
                  for name in ("over", "wait_min_p95")},
    "stations": 9, "threshold": 0.4, "demand": "a holiday", "kept": 20, "level_sd": 0.03,
    "classes": dict.fromkeys(("sure", "likely", "undecided", "unlikely", "never"), 1),
    "truths": {"covered": 0.95, "count": 200},
}  # fmt: skip


def made(
    away=1.0, agrees=True, informed=True, asked=0.3, narrower=0.2, covered=0.95, leading="x",
    half=0.05,
):  # fmt: skip
    row = {"role": "fitted", "away": away, "agrees": agrees, "plausible": away < 3.0,
           "quantity": "sessions", "demand": "a holiday"}  # fmt: skip
    over = asked if isinstance(asked, Estimate) else Estimate(asked, asked / 2, 2 * asked)
    nothing = Estimate(0.0, 0.0, 0.1)
    own = {
        "name": "x",
        "label": "x",
        "narrower": narrower,
        "asked": {"over": over, "wait_min_p95": nothing},
    }
    less = Estimate(0.1, max(0.0, 0.1 - half), 0.2)
    other = {
        "name": "y",
        "label": "y",
        "narrower": 0.0,
        "asked": {"over": less, "wait_min_p95": nothing},
    }
    emulators = [{"metric": "over", "calendar": "holiday", "informed": True, "r2": 0.9},
                 {"metric": "day1_factor", "calendar": "holiday", "informed": informed,
                  "r2": 0.5}]  # fmt: skip
    known = {"covered": covered, "count": 200}
    return MADE | {"observations": [row, row | {"role": "check"}], "inputs": [own, other],
                   "emulators": emulators, "truths": known,
                   "leading": {"over": [*leading], "wait_min_p95": ["x", "y"]}}  # fmt: skip


def keys(**own):
    return [one.key for one in verdict(made(**own))]


def test_what_is_said_is_what_is_shown():
    well = keys()
    assert {"verdict.fitted", "verdict.check", "verdict.emulators", "verdict.truths"} < {*well}
    assert well.count("verdict.asked") == well.count("verdict.none_asked") == 1
    assert {"verdict.fitted_but", "verdict.check_but"} < {*keys(agrees=False)}
    assert {"verdict.fitted_but", "verdict.check_but"} < {*keys(away=3.1)}
    assert "verdict.emulators_but" in keys(informed=False)
    assert keys(leading="xy").count("verdict.most_unsure") == 1
    assert "verdict.only_asked" in keys(asked=Estimate(0.3, 0.0, 0.6))  # only y is shown
    assert "verdict.unsure_asked" in keys(asked=Estimate(0.3, 0.0, 0.6), half=0.2)
    assert "verdict.nothing_learned" in keys(narrower=0.0)
    assert "verdict.truths_off" in keys(covered=0.9)
    assert "verdict.truths_off" in keys(covered=0.99)


def test_what_narrows_most_is_said_only_where_it_is_ahead_of_all_others():
    whole = np.array([[0.3, 0.28, 0.05], [0.2, 0.0, 0.0]])
    pseudo = np.random.default_rng(0).normal(whole, 0.01, (16, 2, 3))
    own = what_to_ask(["a", "b", "c"], whole, pseudo)["over"]
    assert own["leading"] == ["a"]
    assert own["by"]["a"].low > 0.29
    pseudo[:, 0, 1] += np.tile([0.1, -0.1], 8)  # how far b goes is not known
    own = what_to_ask(["a", "b", "c"], whole, pseudo)
    assert own["over"]["leading"] == ["a", "b"]
    assert own["wait_min_p95"]["leading"] == ["a"]


def test_a_miss_is_named():
    (said,) = [own for own in verdict(made(away=3.24)) if own.key == "verdict.check_but"]
    assert SAY["en"](said).endswith("not so: sessions, a holiday (3.2 standard deviations).")


def test_outputs_that_nothing_informs_are_named_alone():
    own = made(informed=False)
    own["emulators"] = own["emulators"][1:]
    said = [SAY["en"](one) for one in verdict(own)]
    assert ("No input informs first day over the mean day, holiday: the emulators say nothing."
            in said)  # fmt: skip


# ---- what is refused -------------------------------------------------------------------------


def refused(cfg):
    with pytest.raises(InputError) as error:
        small.checked(cfg, "calibrate")
    return error.value.problems


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("a holiday,kwh_per_session", "a holiday,kwh_per_sesion",
         "has an unknown metric `kwh_per_sesion`: did you mean `kwh_per_session`?"),
        ("fitted,7.5,7.2,7.8", "fitted,30,7.2,7.8",
         "line 2: observed is 30, but must lie in a range of some width, and that is 7.2 to 7.8"),
        ("fitted,7.5,7.2,7.8", "fited,7.5,7.2,7.8", "`role` is 'fited'"),
        ("a holiday,kwh_per_session", "a holiday,sessions_per_evse_day",
         "has `sessions_per_evse_day` of a holiday more than once"),
        ("fitted", "check", "has nothing to fit to of a holiday or a week"),
    ],
)  # fmt: skip
def test_a_wrong_observation_is_one_sentence(old, new, sentence, tmp_path):
    cfg = config(tmp_path)
    path = tmp_path / "observed.csv"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    (problem,) = refused(cfg)
    assert sentence in problem
    assert str(path) in problem
    problems: list[str] = []
    observations(str(path), ("a holiday", "a week"), problems)
    assert problems == [problem]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("demand,x", "demnad,x", "unknown input `demnad`: did you mean `demand`?"),
        ("overstay,min,2,12,lognormal", "overstay,min,0,12,lognormal",
         "low is 0, but must be above 0 for a lognormal"),
        ("overstay,min,2,12,lognormal", "overstay,min,2,12,triangle", "`law` is 'triangle'"),
        ("availability,-,0.95,0.995", "availability,-,0.95,1", "`availability` cannot be 1: "),
        ("informed,-,0.1,0.7", "informed,-,0.1,1.2", "`informed` cannot be 1.2: "),
    ],
)  # fmt: skip
def test_a_wrong_prior_is_one_sentence(old, new, sentence, tmp_path):
    assert TABLE.count(old) == 1
    table = tmp_path / "priors.csv"
    table.write_text(TABLE.replace(old, new), "utf-8")
    (problem,) = refused(config(tmp_path, inputs=str(table)))
    assert sentence in problem
    assert str(table) in problem


def test_calendars_need_names(tmp_path):
    cfg = config(tmp_path)
    cfg["reference"]["name"] = "a holiday"
    assert refused(cfg) == [
        "calendars need names of their own, but these are a holiday, a holiday, a check"
    ]


def test_observations_that_nothing_explains_are_refused(tmp_path, monkeypatch):
    """Where the likelihood leaves too few points, it says so."""
    monkeypatch.setattr(fit, "MOST_SAMPLED", 2048)
    cfg = config(tmp_path, kept=100_000, points=16)
    with pytest.raises(InputError, match="points of the inputs only"):
        small.asked(cfg, "calibrate", tmp_path / "out")
    assert not (tmp_path / "out" / "answer.json").exists()


def test_a_point_that_cannot_be_is_named(tmp_path):
    base = small.build(tmp_path)
    with pytest.raises(InputError, match=r"allow what cannot be: `fleet\.informed_share` is 2"):
        design.at(base, ["demand", "informed"], np.array([[1.0, 0.5], [1.0, 2.0]]))
