"""The clock on the wall: what it shows through changes."""

from datetime import UTC, datetime

import numpy as np
import pytest

from sim.replay.clock import Clock, wall_times

BACK = datetime(2019, 11, 3, tzinfo=UTC)  # Los Angeles: 09:00 UTC is 02:00, and 01:00 again
FORWARD = datetime(2019, 3, 10, tzinfo=UTC)  # 10:00 UTC is 02:00, and 03:00 at once


def offsets(hours: int, at: int, old: float, new: float) -> np.ndarray:
    return np.where(np.arange(hours) < at, old, new)


def curves(values: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values.astype(float) for name in ("occupied", "queue", "power")}


@pytest.mark.parametrize("offset", [-7.0, 0.0, 5.5, 5.75])
def test_a_clock_is_ahead_of_utc_by_its_offset(offset):
    hours = np.array([0.0, 1.5, 30.0])
    clock = wall_times(BACK, hours, np.full(3, offset))
    ahead = (clock - np.datetime64("2019-11-03T00:00:00")) / np.timedelta64(3600, "s")
    assert ahead.tolist() == (hours + offset).tolist()


def test_begin_may_be_written_at_any_offset():
    begin = datetime.fromisoformat("2025-10-01T00:00+08:00")
    assert str(wall_times(begin, np.zeros(1), np.full(1, 8.0))[0]) == "2025-10-01T00:00:00.000000"


def test_an_hour_that_is_there_twice_is_drawn_twice():
    """Three EVs from 12:00 to 14:00 by the clock after the change, as in the files."""
    values = np.zeros(19)
    values[1], values[2], values[13:15] = 5, 7, 3  # 01:00, 01:00 again, 12:00 and 13:00
    clock = Clock(BACK.replace(hour=7), 0.0, offsets(19, 2, -7.0, -8.0))
    first, second = clock.by_hour(curves(values))
    before, after = first["edges"], second["edges"]
    assert before == ["2019-11-03T00:00:00", "2019-11-03T01:00:00", "2019-11-03T02:00:00"]
    assert first["occupied"] == [0.0, 5.0]
    shown = dict(zip(after, second["occupied"], strict=False))
    assert after[:2] == ["2019-11-03T01:00:00", "2019-11-03T02:00:00"]
    assert shown["2019-11-03T01:00:00"] == 7.0
    busy = [time for time, value in shown.items() if value == 3.0]
    assert busy == ["2019-11-03T12:00:00", "2019-11-03T13:00:00"]
    assert shown["2019-11-03T14:00:00"] == 0.0
    assert len(after) == len(second["occupied"]) + 1


def test_an_hour_that_is_left_out_has_nothing():
    clock = Clock(FORWARD, 0.0, offsets(24, 10, -8.0, -7.0))
    before, after = clock.by_hour(curves(np.arange(24)))
    assert before["edges"][-1] == "2019-03-10T02:00:00"
    assert after["edges"][0] == "2019-03-10T03:00:00"
    assert after["queue"][0] == 10.0


def test_the_axis_begins_at_the_hour_of_the_first_arrival():
    (own,) = Clock(BACK.replace(hour=17), 0.0, np.full(48, 8.0)).by_hour(curves(np.ones(48)))
    assert (own["edges"][0], own["edges"][-1]) == ("2019-11-04T01:00:00", "2019-11-06T01:00:00")
    (own,) = Clock(None, 24.0, np.zeros(6)).by_hour(curves(np.ones(6)))
    assert own["edges"] == [24.0, 25.0, 26.0, 27.0, 28.0, 29.0, 30.0]
    assert len(own["power"]) == 6


def test_days_are_those_of_the_clock_with_23_or_25_hours():
    hours = 14 + 24 * 3
    change = 14 + 9
    offset_h = offsets(hours, change, -7.0, -8.0)
    begin = datetime(2019, 11, 2, 10, tzinfo=UTC)
    values = np.zeros(hours)
    values[14 + 7 : 14 + 7 + 25] = 1.0  # all 25 hours of the 3rd
    own = Clock(begin, 0.0, offset_h).by_day(curves(values))
    assert own["edges"] == [f"2019-11-0{n}" for n in (2, 3, 4, 5, 6)]
    assert own["occupied"] == [0.0, 1.0, 0.0, 0.0]


def test_days_of_files_in_hours_are_of_24():
    own = Clock(None, 48.0, np.zeros(30)).by_day(curves(np.ones(30)))
    assert own["edges"] == [48.0, 72.0, 96.0]
    assert own["queue"] == [1.0, 0.25]
