"""Sessions of an operator's file, counted as occupied units."""

from datetime import timedelta

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
    assert list(both.dropped.values()) == [1, 1, 1]
    assert both.sessions == alone.sessions + 3
    assert len(both.begin_h) == len(alone.begin_h) + 2
    assert 8 * 24 + 3.0 in both.begin_h
    assert 8 * 24 + 3 + 50 / 60 in both.begin_h


def test_an_offset_counts_for_the_stay_and_not_for_the_hour(tmp_path):
    """From 01:30 summer time to 01:15 winter time are 45 minutes."""
    row = ["7", "1", "2024-10-27T01:30+01:00", "2024-10-27 01:15Z", 3, "Hub", ""]
    (got,) = recorded.read(write(tmp_path / "a.csv", [row]), Session)
    assert got.minutes == 45


def test_a_site_that_nobody_charged_at_has_no_weeks():
    site = Site.of([], "Hub")
    assert (site.weeks, site.units, site.sessions, len(site.begin_h)) == (0, 0, 0, 0)
