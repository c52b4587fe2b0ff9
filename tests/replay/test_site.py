"""Sessions of an operator's file, counted as occupied units."""

from datetime import timedelta

import numpy as np

from experiments.validate import recorded
from sim.replay.site import Session, Site
from tests.experiments.validate.test_question import MONDAY, operators_rows, write


def test_sessions_of_one_unit_that_overlap_are_one_occupancy(tmp_path):
    rows = operators_rows()
    t = MONDAY + timedelta(days=8, hours=3)
    extra = [
        ["8", "1", t, t + timedelta(minutes=30), 5, "Hub", ""],
        ["8", "2", t + timedelta(minutes=20), t + timedelta(minutes=50), 5, "Hub", ""],
        ["8", "1", t + timedelta(minutes=50), t + timedelta(minutes=60), 5, "Hub", ""],
        ["8", "1", t, t, 5, "Hub", ""],
        ["8", "1", t, t + timedelta(minutes=300), 5, "Hub", ""],
        ["8", "1", t, t + timedelta(minutes=10), 0, "Hub", ""],
        ["9", "1", t, t + timedelta(minutes=10), 5, "Elsewhere", ""],
    ]
    read = recorded.read(write(tmp_path / "a.csv", rows + extra), Session)
    alone, both = (Site.of(r, "Hub") for r in (read[: len(rows)], read))
    assert (both.units, both.merged) == (2, alone.merged + 1)
    assert list(both.dropped.values()) == [1, 1, 1, 0]
    assert both.sessions == alone.sessions + 3
    assert len(both.begin_h) == len(alone.begin_h) + 2
    assert 8 * 24 + 3.0 in both.begin_h
    assert 8 * 24 + 3 + 50 / 60 in both.begin_h


def test_a_unit_counts_only_in_the_weeks_in_which_it_recorded(tmp_path):
    """Unit 7 records some 300 sessions a week, unit 8 twenty, but one in week 2 and none in week 4;
    unit 9 only before the first whole week."""
    begins = [
        MONDAY + timedelta(weeks=week, hours=7 * number)
        for week, count in enumerate([20, 20, 1, 20, 0, 2]) for number in range(count)
    ]  # fmt: skip
    extra = [["8", "1", t, t + timedelta(minutes=30), 5, "Hub", ""] for t in begins]
    before = MONDAY - timedelta(days=2)
    extra.append(["9", "1", before, before + timedelta(minutes=30), 5, "Hub", ""])
    rows = recorded.read(write(tmp_path / "a.csv", operators_rows() + extra), Session)
    alone, own = (Site.of(r, "Hub") for r in ([r for r in rows if r.cp_id == "7"], rows))
    assert (own.weeks, own.units, own.quiet) == (6, 2, {"8": [2, 4]})
    assert own.there.tolist() == [2, 2, 1, 2, 1, 2]  # two of twenty are a tenth, not fewer
    assert own.dropped["quiet"] == 1
    assert len(own.begin_h) == len(alone.begin_h) + len(begins) - 1
    assert 2 * 168.0 not in own.begin_h
    assert (np.diff(own.begin_h) >= 0).all()


def test_an_offset_counts_for_the_stay_and_not_for_the_hour(tmp_path):
    """From 01:30 summer time to 01:15 winter time are 45 minutes."""
    row = ["7", "1", "2024-10-27T01:30+01:00", "2024-10-27 01:15Z", 3, "Hub", ""]
    (got,) = recorded.read(write(tmp_path / "a.csv", [row]), Session)
    assert got.minutes == 45


def test_a_site_that_nobody_charged_at_has_no_weeks():
    site = Site.of([], "Hub")
    assert (site.weeks, site.units, site.sessions, len(site.begin_h)) == (0, 0, 0, 0)
