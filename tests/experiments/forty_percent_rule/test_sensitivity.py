"""Question 6 of the 40 % rule: each kind of number by hand, and a whole without the engine."""

import json

import numpy as np
import pandas as pd
import pytest

from experiments.forty_percent_rule import parts
from experiments.forty_percent_rule.measure import HERE
from experiments.forty_percent_rule.sensitivity import answer as rule_sensitivity
from experiments.forty_percent_rule.sensitivity import page as rule_page
from experiments.forty_percent_rule.sensitivity import verdict as rule_verdict
from sim.report.blocks import Beside, Page, Table
from sim.report.finding import packed, unpacked
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.roads import inputs
from sim.roads.inputs import INPUTS
from sim.roads.upgrade import Rule
from sim.stats import interval
from sim.stats.inputs import MEAN_POINTS
from sim.stats.streams import mean
from sim.study.case import Replication
from sim.study.schema import EngineSection
from tests import small


def town(folder, **rule):
    return small.put_to_the_test(small.ruled(folder, **rule))


# ---- what survives -----------------------------------------------------------------------------


def replication(r, utilization, wait_p90, lost=0.0, **network):
    n = len(utilization)
    table = pd.DataFrame(
        {
            "station": [f"s{k}" for k in range(n)], "visits": 100,
            "time_utilization_holiday_mean": utilization, "wait_min_p90": wait_p90,
            "balked": 100 * np.broadcast_to(lost, n), "reneged": 0,
        }
    )  # fmt: skip
    network = {"wait_min_p95": 1.0, "wait_h": 2.0, "sessions_per_evse_day": 3.0} | network
    return Replication(network, table)


def test_facts_of_one_holiday_by_hand(tmp_path):
    base = town(tmp_path)
    rule, limits = Rule.of(base), base.own
    assert (rule.threshold, limits.fails_wait_p90_min) == (0.4, 30.0)
    own = replication(0, [0.7, 0.6, 0.5, 0.45, 0.3, 0.2], [40, 40, 10, 10, 31, 0])
    found = rule_sensitivity.facts(rule, own, own, limits)
    assert [found[k] for k in ("flagged", "failing", "missed")] == [4, 3, 1]
    # From 50 to 59 % only the one at 30 % is lost; below 30 % two others are, or more.
    assert found["best"] == pytest.approx(0.54)
    assert [found[k] for k in ("wait_min_p95", "wait_h", "sessions_per_evse_day")] == [1, 2, 3]


def test_an_everyday_rule_looks_at_the_ordinary_week(tmp_path):
    rule = Rule.of(town(tmp_path, window="everyday"))
    holiday, week = replication(0, [0.7, 0.6], [40, 40]), replication(0, [0.5, 0.1], [0, 0])
    found = rule_sensitivity.facts(rule, holiday, week, town(tmp_path).own)
    assert (found["flagged"], found["failing"], found["missed"]) == (1, 2, 1)


def test_survival_by_hand():
    sampled = {
        "flagged": np.array([[5, 5, 5], [2, 5, 5.0]]),
        "failing": np.array([[3, 5, 4], [1, 6, 4.0]]),
        "missed": np.array([[0, 0, 0], [0, 1, 0.0]]), "limit": np.full((2, 3), 0.4),
        "best": np.array([[0.5, 0.4, 0.5], [0.5, 0.3, 0.5]]),
    }  # fmt: skip
    found = rule_sensitivity.survives(sampled, {name: own[:1] for name, own in sampled.items()})
    assert (found["more"]["count"], found["more"]["of"]) == (4, 6)
    assert (found["none_missed"]["count"], found["too_low"]["count"]) == (5, 4)
    assert found["none_missed"]["share"] == interval.wilson(2 * 5 / 6, 2)  # two trajectories
    assert found["none_missed"]["share"]["mean"] == pytest.approx(5 / 6)
    assert (found["none_missed"]["expected"], found["none_missed"]["expected_of"]) == (3, 3)


# ---- in words ----------------------------------------------------------------------------------

EVS, STAYS = inputs.TRAFFIC, inputs.STAYS
SAY = Words("en", HERE)


def plain(flags, waits, survives=(1.0, 1.0, 0.6), half=0.4, fitted=True):
    """Findings from the groups that outweigh all others: as it is, fitted again."""

    def shares(groups):
        return {
            way: {group or EVS: {"mean": 0.7, "low": 0.6 if group else 0.5, "high": 0.8}}
            for way, group in zip(("as_is", "fitted_again"), groups, strict=True)
        }

    made = {
        "rule": {"threshold": 0.4}, "fitted": fitted,
        "tornado": {"flagged": {"shares": shares(flags)},
                    "wait_min_p95": {"shares": shares(waits)}},
        "survives": {
            name: {"share": {"mean": mean, "low": mean - half, "high": mean + half}}
            for name, mean in zip(rule_verdict.SAYS, survives, strict=True)
        },
    }  # fmt: skip
    return rule_verdict.plain(unpacked(made))


def told(*groups, **more):
    return [SAY(own) for own in plain(*groups, **more)]


def test_plain_names_what_outweighs_all_else():
    assert told((EVS, STAYS), (EVS, None)) == [
        "How many stations the rule flags and how long drivers wait hang above all on how many EVs "
        "need to charge; once demand is fitted again to the sessions counted, the flags hang above "
        "all on how long drivers stay plugged in, the waits on no one kind of assumption that is "
        "shown to outweigh the others.",
        "Of 40 %, whatever is assumed within its range: it nearly always flags more stations than "
        "fail and is lower than the number that would lose least; whether it misses no failing "
        "station hangs on what is assumed.",
    ]


def test_plain_says_what_does_not_survive():
    decided, survives = told((EVS, STAYS), (None, STAYS), survives=(0.98, 0.02, 0.98))
    assert decided.startswith(
        "How many stations the rule flags hangs above all on how many EVs need to charge, how long "
        "drivers wait on no one kind of assumption that is shown to outweigh the others; once "
        "demand"
    )
    assert survives == (
        "Of 40 %, whatever is assumed within its range: it nearly always flags more stations than "
        "fail and misses no failing station; it hardly ever is lower than the number that would "
        "lose least."
    )


def test_few_trajectories_show_nothing():
    _, survives = told((EVS, STAYS), (EVS, None), survives=(1.0, 0.0, 0.6), half=0.6)
    assert survives == (
        "Of 40 %, whatever is assumed within its range: whether it misses no failing station hangs "
        "on what is assumed; in how many holidays it flags more stations than fail and is lower "
        "than the number that would lose least is not shown."
    )


@pytest.mark.parametrize("group", [*{own.group for own in INPUTS.values()}, None])
@pytest.mark.parametrize("other", [EVS, None])
@pytest.mark.parametrize("fitted", [True, False])
def test_every_kind_of_assumption_is_said_in_both_languages(group, other, fitted):
    decided, _ = plain((group, other), (other, group), fitted=fitted)
    assert len(decided.values["parts"]) == 1 + fitted
    above_all = SAY(decided).count("above all on")
    first, again = {group, other}, {other, group}
    assert above_all == sum(
        own is not None for groups in (first, again)[: 1 + fitted] for own in groups
    )
    assert "above all" not in Words("zh", HERE)(decided)


# ---- the whole ---------------------------------------------------------------------------------


class Made:
    """Replications that are formulas of the config: sessions and utilization grow with the demand
    and the consumption, utilization with the overstay, waits with the patience."""

    def __init__(self, engine):
        self.engine, self.asked = engine, []

    def ask(self, asked, what=""):
        self.asked += asked
        return [self.made(own.config, r) for _, own, r in asked]

    def made(self, config, r):
        evs = config.demand.scale * mean(config.fleet.kwh_per_km, MEAN_POINTS) / 0.2 + 0.01 * r
        stay = mean(config.fleet.overstay_min) / 100
        patience = mean(config.fleet.patience_min)
        return replication(
            r, np.linspace(0.1, 0.7, 30) * evs + stay, np.linspace(0.0, 40.0, 30),
            wait_min_p95=patience, wait_h=1000 * evs, sessions_per_evse_day=13.0 * evs,
        )  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    base = town(tmp_path_factory.mktemp("town"))
    runs = Made(base.engine.model_copy(update={"replications": 10}))
    return base, runs, rule_sensitivity.answer(base, runs)


def test_sizes_follow_the_replications():
    def of(replications):
        return rule_sensitivity.sizes(EngineSection.model_construct(replications=replications))

    assert (of(20), of(5), of(2)) == ((8, 4), (2, 2), (2, 2))


def test_every_point_of_a_trajectory_meets_the_same_draws(found):
    base, runs, answer = found
    k = len(INPUTS)
    assert len(runs.asked) == 2 * (1 + 2 * k) + 4 * (1 + k)
    assert (answer["points"], answer["trajectories"], answer["replications"]) == (44, 4, 2)
    points = [(name.split("_"), r) for name, _, r in runs.asked if name.startswith("trajectory")]
    assert all(int(t) == r for (_, t, _), r in points if t.isdigit())
    alone = {name: own.config for name, own, r in runs.asked if r == 0 and "trajectory" not in name}
    assert alone["base"] is base.config
    assert alone["demand_low"].demand.scale == pytest.approx(0.8)
    assert len(alone) == 1 + 2 * k


def test_the_answer_is_what_the_formulas_say(found):
    _, _, answer = found
    patience = answer["tornado"]["wait_min_p95"]["inputs"]["patience"]["as_is"]
    assert patience["swing"]["is_change"]
    assert [patience["swing"][k] for k in ("mean", "low", "high")] == pytest.approx([65.0] * 3)
    effects = answer["effects"]["wait_min_p95"]
    assert effects["patience"]["mu_star"]["mean"] == pytest.approx(65.0)
    assert effects["demand"]["mu_star"]["mean"] == 0.0
    hours = {way: answer["tornado"]["wait_h"]["inputs"]["kwh_per_km"][way]["swing"]["mean"]
             for way in ("as_is", "fitted_again")}  # fmt: skip
    assert hours["as_is"] == pytest.approx(1000 * (0.2 - 0.155) / 0.2, rel=1e-4)
    assert hours["fitted_again"] == pytest.approx(0.0, abs=1e-6)
    # With the demand fitted again the consumption changes nothing, the demand what it did.
    effects = answer["effects"]["wait_h"]
    assert effects["demand"]["mu"]["mean"] == pytest.approx(400.0, rel=0.1)
    assert effects["kwh_per_km"]["mu_star"]["mean"] < 30.0
    assert answer["fit_error"] < 0.05
    assert answer["effects"]["flagged"]["overstay"]["mu"]["mean"] > 0
    assert answer["effects"]["flagged"]["power"]["mu_star"]["mean"] == 0.0
    json.dumps(packed(answer), allow_nan=False)


def as_a_file_has_it(found):
    """The answer of the study with this part alone."""
    own = found | parts.findings("sensitivity", found)
    return unpacked(json.loads(json.dumps(packed({"sensitivity": own}), allow_nan=False)))


def test_the_verdict_in_numbers(found):
    answer = as_a_file_has_it(found[2])["sensitivity"]
    said = [SAY(own) for own in answer["verdict"]]
    assert said[1].startswith(
        "The P95 wait, 30.0 min (30.0 to 30.0) as expected, from the low to the high end of one "
        "assumption: patience +65.0 min (+65.0 to +65.0), "
    )
    more, none = (answer["survives"][name]["count"] for name in ("more", "none_missed"))
    assert f"of 44 holidays 40 % flags more stations than fail in {more} (" in said[-1]
    assert f"misses no failing station in {none} (" in said[-1]
    assert f"it misses at most {answer['most_missed']}. Least is lost at" in said[-1]
    assert all(Words("zh", HERE)(own) for own in answer["verdict"])


def blocks(sections, kind):
    return [block for section in sections for block in section.blocks if isinstance(block, kind)]


def test_the_page_has_every_figure_and_its_table(found, tmp_path):
    answer = as_a_file_has_it(found[2])
    sections = rule_page.sections(SAY, answer)
    words = {language: Words(language, HERE) for language in LANGUAGES}
    path = write(tmp_path / "r.html", lambda say: Page("t", rule_page.sections(say, answer)), words)
    text = path.read_text("utf-8")
    assert text.count('class="plot"') == 4
    assert "nan" not in text.partition("<main>")[2].partition('id="data"')[0].lower().split()
    tables = blocks(sections, Table)
    assert len(tables) == 8
    rows = {SAY(row[0]): row for row in tables[1].rows}
    swing = found[2]["tornado"]["flagged"]["inputs"]["demand"]["as_is"]["swing"]["mean"]
    assert rows["EV trips (×0.8 to ×1.2)"][3].mean == pytest.approx(swing)  # noqa: RUF001
    tornado = blocks(sections, Beside)[0].parts[1][0]  # of the P95 wait: patience first, low end
    assert (tornado.data[0]["x"][0], tornado.data[0]["base"]) == (pytest.approx(45 - 30), 30.0)
