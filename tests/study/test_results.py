"""Estimates and paired changes of designs, against the numbers that they are made of."""

import numpy as np
import pandas as pd
import pytest

from sim import metrics
from sim.freight.metrics import METRICS as OF_TRUCKS
from sim.stats import interval
from sim.stats.estimate import Estimate, Metric
from sim.study.case import Replication
from sim.study.results import Results, costs

METRICS = {
    own.key: own
    for own in (
        Metric("wait_min_p95", "min", interval="bca"), Metric("share", "%", most=1.0),
        Metric("loads"), Metric("drawn"),
    )
}  # fmt: skip
STATIONS = ["a", "b"]
OTHER_SHARES = ("arrival_soc", "full_share_peak", "online_rate")  # by their names no shares


def made(shift, n=8):
    """Replications on common numbers, those of a design shifted."""
    rng = np.random.default_rng(1)
    found = []
    for r in range(n):
        x = rng.exponential(10.0, 2)
        table = pd.DataFrame({"station": STATIONS, "wait_min_p95": x + shift, "share": x > 9.0})
        own = {"wait_min_p95": x.max() + shift, "share": 1.0 - 0.01 * r, "loads": x.sum() + shift}
        hours = {"queue": np.full((2, 24), float(r))}
        found.append(Replication(own, table, hours, {"drawn": 10 + r}, seconds={"run": 0.5}))
    return found


@pytest.fixture
def results():
    return Results({"base": made(0.0), "more": made(3.0), "less": made(-1.0)}, METRICS)


def test_the_first_design_is_the_base(results):
    assert results.estimate("loads") == results.estimate("loads", "base")
    assert list(results) == ["base", "more", "less"]
    assert results.change("loads", "more") == results.change("loads", "more", "base")
    assert results.only(["less", "base"]).estimate("loads") == results.estimate("loads", "less")


def test_values_are_those_of_the_replications_in_their_order(results):
    np.testing.assert_array_equal(results.values("drawn"), range(10, 18))
    x = np.array([r.stations["wait_min_p95"] for r in made(3.0)]).T
    np.testing.assert_array_equal(results.stations("wait_min_p95", "more"), x)
    assert results.hours("queue").shape == (8, 2, 24)
    assert results.names() == STATIONS
    with pytest.raises(KeyError):
        results.values("lodas")


def test_what_does_not_exist_is_not_a_number():
    found = Results({"": [Replication({"least": None}), Replication({"least": 3})]}, METRICS)
    np.testing.assert_array_equal(found.values("least"), [np.nan, 3.0])


def test_estimates_are_those_of_the_intervals(results):
    loads, share = results.values("loads"), results.values("share")
    assert results.estimate("loads").ends == interval.mean(loads)
    assert results.estimate("share").ends == interval.mean(share, 1.0)
    skewed = {k: v[0] for k, v in interval.bootstrap(results.values("wait_min_p95")).items()}
    assert results.estimate("wait_min_p95").ends == skewed
    assert results.estimate("loads").n == 8


def test_stations_are_estimated_as_each_would_be_alone(results):
    rows = results.stations("wait_min_p95")
    each = results.of_stations("wait_min_p95")
    for own, row in zip(each, rows, strict=True):
        alone = {k: v[0] for k, v in interval.bootstrap(row).items()}
        assert own.ends == pytest.approx(alone, rel=1e-12)
    assert len(each) == 2


def test_changes_are_paired(results):
    change = results.change("loads", "more")
    assert (change.mean, change.low, change.high) == pytest.approx((3.0, 3.0, 3.0))
    assert change.sign == 1
    assert results.change("loads", "less", "more").mean == pytest.approx(-4.0)
    assert results.change("loads", "less", "more").sign == -1
    own = interval.paired_difference(results.values("share"), results.values("share", "more"), 1.0)
    assert results.change("share", "more").ends == own


def test_the_best_are_those_that_are_not_told_apart(results):
    assert results.best("loads") == ["more"]
    assert results.best("loads", least=True) == ["less"]
    assert results.best("loads", ["base", "less"]) == ["base"]
    assert results.best("share") == ["base", "more", "less"]  # all the same


def test_further_replications_and_designs_are_added(results):
    both = results.and_(Results({"base": made(9.0, 2), "new": made(0.0)}, METRICS))
    assert [len(own) for _, own in both.items()] == [10, 8, 8, 8]
    assert len(results["base"]) == 8


def test_a_frame_has_a_row_for_each_figure_of_each_station(results):
    frame = results.frame()
    assert len(frame) == 3 * (4 + 2 * 2)
    rows = frame[(frame.design == "more") & (frame.station == "b") & (frame.metric == "share")]
    own = results.of_stations("share", "more")[1]
    (row,) = rows[["mean", "low", "high", "n"]].to_numpy().tolist()
    assert row == [own.mean, own.low, own.high, 8]


def test_costs_are_added_by_part(results):
    assert costs(results["base"]) == {"run": 4.0}


def test_shares_and_their_changes_stay_within_what_they_can_be():
    for table in (metrics.METRICS, OF_TRUCKS):
        for name, metric in table.items():
            assert metric.key == name
            is_share = interval.most(name) == 1.0 or name in OTHER_SHARES
            assert (metric.most == 1.0) == is_share


def test_figures_of_one_station_stand_in_place_of_those_of_all(results):
    there = results.at("b")
    assert there.values("wait_min_p95", "more").tolist() == (
        results.stations("wait_min_p95", "more")[1].tolist()
    )
    assert there.change("wait_min_p95", "more") == Estimate.change(
        *(results.stations("wait_min_p95", name)[1] for name in ("base", "more")),
        METRICS["wait_min_p95"],
    )
    assert there.hours("queue").shape == (8, 2, 24)
    with pytest.raises(KeyError):
        there.values("loads")  # of all together
    with pytest.raises(ValueError, match="nowhere"):
        results.at("nowhere")


def test_sums_of_figures_are_figures(results):
    both = results.sums(both=("wait_min_p95", "loads"))
    assert both.values("both", "more") == pytest.approx(
        results.values("wait_min_p95", "more") + results.values("loads", "more")
    )
    assert both.metrics["both"] == METRICS["wait_min_p95"]._replace(key="both")
    assert both.change("both", "more").mean == pytest.approx(6.0)


def test_all_designs_beside_the_first(results):
    own = results.compared(["share", "loads"])["loads"]
    assert own["of"] == [results.estimate("loads", name) for name in ("base", "more", "less")]
    assert [round(by.mean, 9) for by in own["change"]] == [0.0, 3.0, -1.0]
    assert (own["unit"], own["digits"]) == ("", 1)
