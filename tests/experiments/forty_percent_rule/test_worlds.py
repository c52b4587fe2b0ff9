"""The study over worlds: intervals made by hand, and a small town with a made posterior."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.forty_percent_rule import question, worlds
from experiments.forty_percent_rule.flags import answer as flags
from experiments.forty_percent_rule.flags import verdict as flags_verdict
from experiments.forty_percent_rule.measure import HERE
from experiments.forty_percent_rule.parts import PARTS
from experiments.forty_percent_rule.threshold import staffing
from experiments.forty_percent_rule.threshold import verdict as threshold_verdict
from experiments.forty_percent_rule.upgrade import verdict as upgrade_verdict
from sim.report.blocks import Folded
from sim.report.finding import unpacked
from sim.report.language import LANGUAGES, Words
from sim.roads import scenario
from sim.stats import interval, roc
from sim.stats.estimate import Estimate
from sim.study.contest import Contest
from tests import small
from tests.roads.test_posterior import write

WORLDS = 40


# ---- intervals made by hand ------------------------------------------------------------------


def test_over_points_a_resample_is_a_world():
    with interval.over_points():
        assert (interval.resamples(3) == np.eye(3)).all()
        each = np.arange(WORLDS, dtype=float)
        found = interval.percentiles(99.0, each)
        low, high = interval.of_points(each)
        assert found == {"mean": each.mean(), "low": low, "high": high}
        assert interval.percentiles(1.0, np.append(each, np.nan)) == found
        assert interval.percentiles(1.0, np.array([np.nan, 0.4])) == {
            "mean": 0.4, "low": None, "high": None,
        }  # fmt: skip
        shares = np.linspace(0.5, 1.0, WORLDS)
        own = interval.mirrored(0.9, shares)  # not mirrored in 0.9
        assert (own["mean"], own["high"]) == (pytest.approx(0.75), pytest.approx(1.0, abs=1e-2))
        assert interval.mirrored(0.9, shares[::13])["high"] == 1.0  # Student's t would go beyond
    assert interval.resamples(3).shape == (interval.RESAMPLES, 3)


def judged(values, fails):
    values, fails = np.array(values, float), np.array(fails, bool)
    thresholds = np.arange(1, 10) / 10.0
    with interval.over_points():
        weights = interval.resamples(values.shape[1])
        scores = roc.Scores(values, fails.mean(axis=1) > 0.5, fails, weights)
        return scores.judged(0.4, thresholds, [1.0])


def test_counts_and_best_thresholds_are_those_of_the_worlds():
    """Two stations; in every other world the first one fails, at another utilization."""
    odd = np.arange(WORLDS) % 2 == 1
    values = np.vstack([np.where(odd, 0.35, 0.65), np.full(WORLDS, 0.2)])
    fails = np.vstack([np.ones(WORLDS, bool), np.zeros(WORLDS, bool)])
    found = judged(values, fails)
    assert found["at_threshold"]["missed"] == {"mean": 0.5, "low": 0.0, "high": 1.0}
    assert found["at_threshold"]["flagged"]["mean"] == 0.5
    assert found["at_threshold"]["sensitivity"]["mean"] == 0.5
    assert found["at_threshold"]["precision"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    best = found["best"][0]["threshold"]  # 0.2 or 0.3 in odd worlds, 0.2 to 0.6 in the others
    assert (best["low"], best["high"]) == (pytest.approx(0.2), pytest.approx(0.4))
    assert best["mean"] == pytest.approx(0.3)
    assert found["area"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert max(found["curve"]["loss_high"]) == 1.0


@pytest.mark.parametrize(
    ("missed", "needless", "balance", "said"),
    [
        ((0, 0), (1, 9), (-9, -1), "needless"), ((0, 0), (0, 0), (0, 0), "nothing"),
        ((0, 1), (1, 9), (-9, -1), "more_needless"), ((0, 0), (0, 9), (-9, 0), "unshown"),
        ((2, 4), (0, 1), (1, 4), "more_missed"), ((0, 2), (0, 2), (-2, 2), "unshown"),
    ],
)  # fmt: skip
def test_what_a_number_loses_in_nearly_all_worlds(missed, needless, balance, said):
    own = {name: Estimate(sum(ends) / 2, *ends)
           for name, ends in (("missed", missed), ("needless", needless))}  # fmt: skip
    found = {"at_threshold": own, "balance": Estimate(sum(balance) / 2, *balance)}
    assert threshold_verdict._loses(found) == said


def test_sizes_are_compared_in_the_same_worlds():
    """Intervals of levels overlap, though in every world large stations pass the limit later."""
    level = np.linspace(0.3, 0.6, WORLDS)
    at = np.vstack([level, level + 0.05])
    evses = np.array([2, 8])
    with interval.over_points():
        found = staffing._by_size(evses, np.hstack([at.mean(axis=1, keepdims=True), at]))
    own = unpacked({"window": "x", "windows": {"x": found | {"sizes": {
        str(c): size for c, size in found["sizes"].items()}}}})  # fmt: skip
    first, last = (size["critical"] for size in own["windows"]["x"]["sizes"].values())
    assert last.apart(first) == 0
    assert [said.key for said in staffing.plain(own)] == ["threshold.sizes.small"]
    assert "later" not in staffing._by_size(evses, np.hstack([at[:, :1], at]))


def test_what_is_not_known_is_a_cause_of_flags_over_worlds():
    """Of three stations two are flagged in every other world, and no reading moves any."""
    some = np.where(np.arange(WORLDS) % 2, 0.5, 0.3)
    values = np.vstack([some, some, np.full(WORLDS, 0.1)])
    with interval.over_points():
        found = flags.causes([values, values], [values, values], 0.4)
    assert found["spread"]["unknown"] == {"mean": 2.0, "low": 2.0, "high": 2.0}
    assert found["spread"]["reading"]["mean"] == found["spread"]["holiday"]["mean"] == 0.0
    answer = unpacked({"causes": found, "rule": {"threshold": 0.4}})
    (said,) = flags_verdict.plain(answer)
    assert said.key == "flags.decided.first"
    assert said.values["first"].key == "flags.causes.unknown"
    assert "unknown" not in flags.causes([values, values], [values, values], 0.4)["spread"]


def test_the_cheapest_hour_is_that_of_the_same_worlds():
    hour = {"typical": Estimate(10.0, 5.0, 30.0)}
    more = {"stack": Estimate(5.0, 1.0, 9.0), "mobile": Estimate(0.0, 0.0, 0.0)}
    own = {name: {"cny_per_h": hour, "dearer_cny": by} for name, by in more.items()}
    assert upgrade_verdict.cheapest({"actions": own}, own) == ["mobile"]
    plain = {name: {"cny_per_h": hour} for name in own}
    assert upgrade_verdict.cheapest({"actions": plain}, plain) == ["stack", "mobile"]


class Known:
    """A study whose designs lose, in world r, what `losses` says."""

    def __init__(self, losses):
        self.engine, self.losses = SimpleNamespace(replications=WORLDS), losses

    def run(self, designs, numbers, what):
        return {name: [SimpleNamespace(figures={"lost": self.losses[name][r]}) for r in numbers]
                for name in designs}  # fmt: skip


@pytest.mark.parametrize(("tenth", "left"), [(9.0, ("b",)), (14.0, ("b", "c"))])
def test_who_saves_most_in_nearly_all_worlds(tenth, left):
    """b loses least by the mean, c less than b by 4 in every tenth world, or by no more than 1."""
    world = np.arange(2 * WORLDS)
    losses = {"a": 20.0 + world, "b": 10.0 + world, "c": np.where(world % 10, 18.0, 20 - tenth)}
    losses["c"] = losses["c"] + world
    contest = Contest(Known(losses), {"a": 0, "b": 1, "c": 2}, lambda own: own["lost"])
    with interval.over_points():
        found = contest.over_worlds({"b": "b", "c": "c"}, 1.5)
    assert found.left == left
    assert len(found.values["b"]) == WORLDS


# ---- where a replication is run ----------------------------------------------------------------


def config(folder):
    """A town with four worlds and a posterior of four points."""
    base = small.build(folder)
    cfg = small.ruled(folder, threshold=0.78)
    cfg["engine"] |= {"replications": 2, "uncertainty": "posterior",
                      "posterior": write(folder, base)}  # fmt: skip
    cfg["rule_study"] |= {"fails_wait_p90_min": 1600.0, "fails_lost_share": 0.1}
    return cfg


def test_all_holidays_of_a_world_are_at_its_point(tmp_path):
    town = small.put_to_the_test(config(tmp_path))
    numbers = {(w, k): town.number(w, k, 3) for w in range(20) for k in range(3)}
    assert len(set(numbers.values())) == 60
    for (w, _), r in numbers.items():
        assert (r % 4, r % scenario.LAYOUTS) == (w % 4, w % scenario.LAYOUTS)
    known = town.expected()
    assert [known.number(w, k, 3) for w in range(2) for k in range(3)] == [0, 1, 2, 3, 4, 5]
    assert known.of(1) is known


# ---- a tiny run of the whole -------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    cfg = config(tmp_path_factory.mktemp("town"))
    out = tmp_path_factory.mktemp("out")
    small.asked(cfg, "forty_percent_rule", out)
    return cfg, out, json.loads((out / "answer.json").read_text())


def test_with_luck_alone_the_answer_is_that_without_a_posterior(ran, tmp_path):
    cfg, _, answer = ran
    cfg = {**cfg, "engine": cfg["engine"] | {"uncertainty": "none"}}
    small.asked(cfg, "forty_percent_rule", tmp_path)
    alone = json.loads((tmp_path / "answer.json").read_text())
    assert "survival" not in alone
    for name in {*alone} - {"verdict", "lead", "said", "kpis"}:
        assert answer[name] == alone[name], name
    both = alone["kpis"], answer["kpis"]
    assert [(own["replications"], own["worlds"]) for own in both] == [(2, 0), (2, 4)]
    assert both[0]["ranks"] == both[1]["ranks"]  # of luck alone
    sessions = [own["figures"]["sessions_per_evse_day"] for own in both]
    assert sessions[0] != sessions[1]


def test_every_plain_sentence_has_its_row(ran):
    *_, answer = ran
    own = unpacked(answer["survival"])
    for part in PARTS:
        rows = [row for row in own["rows"] if row["part"] == part and row["luck"]]
        assert [row["luck"] for row in rows] == unpacked(answer[part]["plain"])
        assert all((row["state"] == "unasked") == (part in worlds.UNASKED) for row in rows)
        assert all(row["state"] != "survives" or row["worlds"] for row in rows)
    assert own["worlds"] == 4
    assert unpacked(answer["lead"])[1] == unpacked(answer["verdict"])[0] == worlds.summary(own)[0]


def test_the_page_says_what_survives_in_both_languages(ran):
    _, out, answer = ran
    text = (out / "report.html").read_text("utf-8")
    for language in LANGUAGES:
        say = Words(language, HERE)
        page = question.page(say, unpacked(answer))
        assert page.sections[0].key == "survival"
        assert say("survival.heading") in text
        assert say("worlds.unasked") in page.sections[0].blocks
        folded = [block for block in page.sections[0].blocks if isinstance(block, Folded)]
        assert say("worlds.selection", of=0.1) in folded[0].blocks
        assert len(folded) == 1 + len(worlds.ASKED)
        assert say("survival.states.unasked") in text
        assert all(card.note for card in page.cards if card.value is not None)
        (count,) = [say(own) for own in worlds.summary(unpacked(answer["survival"]))][:1]
        assert count in answer["said"][language]


def test_how_many_worlds_is_idle_without_a_posterior():
    given = SimpleNamespace(key="rule_study.worlds")
    cfg = {"engine": {"uncertainty": "none"}, "rule_study": {"quick": False}}
    assert question.overruled(given, cfg) == "without engine.uncertainty=posterior"
    cfg["engine"]["uncertainty"] = "posterior"
    assert question.overruled(given, cfg) == ""
    cfg["rule_study"]["quick"] = True
    assert "quick" in question.overruled(given, cfg)
