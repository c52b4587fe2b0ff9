"""What compares is said only where an interval leaves out 0: made results of every question."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.forty_percent_rule.flags import answer as rule_flags
from experiments.forty_percent_rule.flags import verdict as flags_verdict
from experiments.forty_percent_rule.measure import HERE, MEASURES
from experiments.forty_percent_rule.saturation import verdict as rule_saturation
from experiments.forty_percent_rule.threshold import staffing as rule_staffing
from experiments.forty_percent_rule.threshold import verdict as rule_threshold
from experiments.holiday_highway import calibration
from experiments.holiday_highway import verdict as holiday_verdict
from sim.report.finding import Term, claimed, unpacked
from sim.report.language import Words
from sim.stats import interval
from sim.stats.estimate import Estimate

say = Words("en", Path(holiday_verdict.__file__).parent)


def estimate(mean: float, half: float) -> dict[str, float]:
    return {"mean": mean, "low": mean - half, "high": mean + half}


@pytest.mark.parametrize(
    ("mean", "half", "sign"),
    [(5, 4, 1), (-5, 4, -1), (5, 5, 0), (-5, 5, 0), (5, 6, 0), (0, 0, 0)],
)
def test_a_difference_is_shown_where_its_interval_leaves_out_0(mean, half, sign):
    assert Estimate.from_json(estimate(mean, half)).sign == sign


def test_intervals_are_apart_where_they_have_no_number_in_common():
    low, high = (Estimate.from_json(estimate(mean, 1.0)) for mean in (3.0, 5.5))
    assert (low.apart(high), high.apart(low)) == (-1, 1)
    assert low.apart(Estimate.from_json(estimate(5.0, 1.0))) == 0  # they touch at 4
    assert low.apart(Estimate(9.0, None, None)) == 0
    keys = [claimed("more", high.apart(own), by=high).key for own in (low, high)]
    assert keys == ["more.shown", "more.unshown"]


def test_leaders_are_all_that_are_not_told_apart_from_the_first():
    rng = np.random.default_rng(1)
    luck = rng.normal(0.0, 50.0, 8)  # common random numbers: it does not count
    values = {
        "behind": luck + rng.normal(5.0, 0.1, 8), "first": luck + rng.normal(9.0, 0.1, 8),
        "alike": rng.normal(9.0, 3.0, 8) + luck,
    }  # fmt: skip
    assert set(interval.leaders(values)) == {"first", "alike"}
    del values["alike"]
    assert interval.leaders(values) == ["first"]
    assert interval.leaders({"a": [1.0, 2.0], "b": [1.0, 2.0]}) == ["a", "b"]


# ---- the 40 % rule ---------------------------------------------------------------------------

RULE = Words("en", HERE)
THE_RULE = {"threshold": 0.4, "definition": "time", "unit": "station", "window": "holiday_mean"}


@pytest.mark.parametrize(
    ("gaps", "says"),
    [
        ((3, 3), "first by luck, then by what is measured, least by the demand and the stays."),
        ((3, 0), "first by luck; whether next by what is measured or by the demand and the stays, "
         "is not shown."),
        ((0, 3), "least by the demand and the stays; if first by luck or what is measured, is not "
         "shown."),
        ((0, 0), "What decides first which stations 40 % flags is not shown."),
    ],
)  # fmt: skip
def test_what_decides_the_flags(gaps, says):
    found = {
        "rule": {"threshold": 0.4},
        "causes": {
            "spread": dict.fromkeys(("luck", "reading", "holiday")),
            "gaps": [unpacked(estimate(gap, 1)) for gap in gaps],
        },
    }
    (sentence,) = flags_verdict.plain(found)
    assert RULE(sentence).endswith(says)


def test_causes_of_flags_by_hand():
    """Ten stations; what is measured flags 2 or 8, the holidays 2 to 3, one is luck."""
    sure = np.repeat([[0.9], [0.9], *[[0.1]] * 8], 20, axis=1)
    luck = sure.copy()
    luck[2] = np.tile([0.45, 0.3], 10)  # 0.375 in the mean
    many = np.repeat([*[[0.9]] * 8, [0.1], [0.1]], 20, axis=1)
    more = luck.copy()
    more[3] = 0.5
    found = rule_flags.causes([luck, many], [luck, more], 0.4)
    assert list(found["spread"]) == ["reading", "holiday", "luck"]
    assert [own["mean"] for own in found["spread"].values()] == [6.0, 1.0, 1.0]
    assert [Estimate.from_json(gap).sign for gap in found["gaps"]] == [1, 0]


def threshold(balance: dict[str, float]) -> str:
    """Two missed, three needless: which is more hangs on the replications."""
    return RULE(rule_threshold.plain(judged(balance=balance))[0])


def judged(at: tuple[int, int] = (2, 3), best: float = 0.5, **own: Any) -> dict[str, Any]:
    """A study whose measures are all alike: missed and needless, the best number +-0.05."""
    measure = {
        "best": [{"threshold": estimate(best, 0.05), "loss_at_threshold": estimate(5, 1)}],
        "at_threshold": dict(zip(("missed", "needless"), at, strict=True)),
        "balance": estimate(0, 1), "area": estimate(0.8, 0.05),
    } | own  # fmt: skip
    staffing = {"window": "w", "windows": {"w": {"sizes": {}}}}
    return unpacked(
        {
            "rule": THE_RULE, "miss_cost": 1.0, "staffing": staffing,
            "measures": [measure] * len(MEASURES),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "misses", "sharper", "says"),
    [
        ((-5, 4), (0, 0), (0.1, 0.05), ["fewer", "as_many", "saturation"]),
        ((5, 4), (-3, 2), (-0.1, 0.05), ["more", "fewer", "utilization"]),
        ((5, 5), (3, 2), (0.1, 0.1), ["unshown", "more", "unshown"]),
        ((0, 0), (3, 3), (0.0, 0.0), ["as_many", "unshown", "unshown"]),
    ],
)
def test_whether_saturation_flags_and_misses_less(flags, misses, sharper, says):
    own = {"flags_more": estimate(*flags), "misses_more": estimate(*misses),
           "sharper": estimate(*sharper), "rule": THE_RULE, "saturated_h_per_day": 6.0}  # fmt: skip
    judged, better = rule_saturation.plain(unpacked(own))
    assert judged.values["flags"] == Term(f"saturation.flags.{says[0]}")
    assert judged.values["misses"] == Term(f"saturation.misses.{says[1]}")
    assert better.key == f"saturation.better.{says[2]}"
    (untold,) = rule_saturation.plain(unpacked({**own, "sharper": None}))
    assert untold.key == "saturation.untold"


@pytest.mark.parametrize(
    ("at", "best", "key", "loses"),
    [
        ((0, 0), 0.5, "low", "nothing"), ((0, 3), 0.3, "high", "needless"),
        ((2, 3), 0.42, "unshown", "unshown"),
    ],
)  # fmt: skip
def test_whether_the_number_is_right(at, best, key, loses):
    (says,) = rule_threshold.plain(judged(at, best))
    assert says.key == f"threshold.judged.{key}"
    assert says.values["loses"] == Term(f"threshold.loses.{loses}")


@pytest.mark.parametrize(
    ("loss", "area", "keys"),
    [
        ((2, 1), (0.6, 0.05), ("shown", "shown")), ((2, 2), (0.6, 0.05), ("unshown", "shown")),
        ((2, 1), (0.75, 0.05), ("shown", "unshown")),
    ],
)  # fmt: skip
def test_as_what_the_number_loses_least(loss, area, keys):
    """One reading is made better than all others, and worse to tell failing stations by."""
    found = judged()
    own = {"best": [{"loss_at_threshold": estimate(*loss)}], "area": estimate(*area)}
    found["measures"][1] = found["measures"][1] | unpacked(own)
    says = rule_threshold._other_measures(found)
    assert [own.key for own in says] == [
        f"threshold.{name}.{key}" for name, key in zip(("reading", "area"), keys, strict=True)
    ]
    assert says[0].values["good"] == MEASURES[1].said
    assert "not shown" in RULE(says[0]) or keys[0] == "shown"


@pytest.mark.parametrize(("less", "key"), [(0.39, "shown"), (0.45, "unshown"), (None, "unshown")])
def test_whether_the_best_number_moves(less, key):
    holidays = {
        name: {"label": name, "failing": 3, "best": best and [{"threshold": estimate(best, 0.05)}]}
        for name, best in (("base", 0.5), ("less", less), ("more", 0.5))
    }
    says = rule_threshold._moves(unpacked({"holidays": holidays}))
    assert says.key == f"threshold.moves.{key}"
    first = "threshold.moved" if less else "threshold.unmoved"
    assert [own.key for own in says.values["parts"]] == [first, "threshold.moved"]


@pytest.mark.parametrize(
    ("small", "large", "keys"),
    [
        ((0.4, 0.02), (0.6, 0.02), ["threshold.sizes.small"]),
        ((0.6, 0.02), (0.4, 0.02), ["threshold.sizes.large"]), ((0.5, 0.1), (0.6, 0.1), []),
    ],
)  # fmt: skip
def test_small_stations_and_large_ones(small, large, keys):
    sizes = {"2": {"critical": estimate(*small)}, "8": {"critical": estimate(*large)}}
    found = {"window": "w", "windows": {"w": {"sizes": sizes}}}
    assert [own.key for own in rule_staffing.plain(unpacked(found))] == keys


@pytest.mark.parametrize(("half", "key"), [(3, "shown"), (20, "unshown")])
def test_what_the_flags_hang_on(half, key):
    base = {"flagged": ["a"], "count": estimate(1, 1), "sure": 1, "unsure": 0}
    flags = {"base": base, "more": base | {"difference": estimate(12, half)}}
    reading = {"few": 1, "many": 9, "fewest": "x", "most": "y", "difference": estimate(12, half)}
    found = {
        "rule": THE_RULE, "stations": ["a", "b"], "holidays": {"more": "more"}, "readings": reading,
        "measures": [{"flags": flags}] * len(MEASURES), "causes": {"spread": ["luck"]},
    }  # fmt: skip
    _, *says = flags_verdict.verdict(unpacked(found))
    assert [own.key for own in says] == [f"flags.{name}.{key}" for name in ("reading", "holiday")]
    assert all(("not shown" in RULE(own)) == (key == "unshown") for own in says)


@pytest.mark.parametrize(
    ("mean", "half", "says"),
    [
        (-1, 0.5, "most of what it loses, it loses by needless upgrades."),
        (1, 0.5, "most of what it loses, it loses by missing failing stations."),
        (-1, 2, "if it loses more by missing failing stations or by needless upgrades, is not "
         "shown."),
    ],
)  # fmt: skip
def test_what_a_threshold_loses_most_by(mean, half, says):
    assert threshold(estimate(mean, half)).endswith(says)


# ---- the holiday -----------------------------------------------------------------------------


def test_a_window_decides_if_it_is_shown_to():
    def said(own: Mapping[str, Any]) -> str:
        count = Estimate(45.0, 43.0, 47.0)
        flags = {w: {**own, "count": count} for w in ("peak_day", "day_08_22", "peak_hour")}
        return say(holiday_verdict._window({"flags": {"time": flags}, "worlds": 0}))

    sure, unsure = ({"change": Estimate(12, 12 - half, 12 + half)} for half in (3, 20))
    assert holiday_verdict.decides([unsure, sure])
    assert not holiday_verdict.decides([unsure])
    assert said(sure).startswith("The window decides: in one replication 45.0 (43.0 to 47.0) do")
    assert said(unsure).startswith("The window is not shown to decide: in one replication 45.0 (")


@pytest.mark.parametrize(
    ("mean", "half", "verdict"),
    [
        (10.4, 0.0, "agrees"), (10.6, 0.05, "misses by +6 %"), (9.0, 0.4, "misses by -10 %"),
        (10.6, 0.2, "agrees"),
    ],
)  # fmt: skip
def test_a_figure_misses_where_its_interval_does_not_meet_the_range(mean, half, verdict):
    row = {
        "quantity": "q", "demand": "d", "unit": "u", "role": "check", "source": "s",
        "kind": "measured", "definition": "q", "observed": 10.0, "low": 9.5, "high": 10.5,
    }  # fmt: skip
    assert say(calibration._compared(row, estimate(mean, half))["verdict"]) == verdict
