"""What the page says of the clock on the wall."""

from pathlib import Path

import numpy as np
import pytest

from experiments.replay import clock as replay_clock
from experiments.replay.clock import told
from sim.replay.clock import Clock
from sim.report.language import Words
from tests.replay.test_clock import BACK, FORWARD, offsets


@pytest.mark.parametrize(
    ("begin", "offset_h", "hourly", "said"),
    [
        (BACK, np.full(24, 5.5), True, "Times are those of the clock on the wall: UTC+05:30."),
        (BACK, offsets(24, 9, -7.0, -8.0), True,
         "Times are those of the clock on the wall: UTC-07:00; by the arrivals from 2019-11-03 "
         "01:00 on, UTC-08:00: 01:00 to 02:00 is there twice, one drawn over the other."),
        (FORWARD, offsets(24, 10, -8.0, -7.0), True,
         "Times are those of the clock on the wall: UTC-08:00; by the arrivals from 2019-03-10 "
         "03:00 on, UTC-07:00: nothing is between 02:00 and 03:00."),
        (FORWARD, offsets(24, 10, -8.0, -7.0), False,
         "Times are those of the clock on the wall: UTC-08:00; by the arrivals from 2019-03-10 "
         "03:00 on, UTC-07:00, so that this day has 23 hours."),
        (BACK, np.arange(24) % 2.0, True, "19 more changes follow."),
    ],
)  # fmt: skip
def test_the_page_says_whose_time_it_shows(begin, offset_h, hourly, said):
    (own,) = told(Clock(begin, 0.0, offset_h), hourly)
    assert Words("en", Path(replay_clock.__file__).parent)(own).endswith(said)


def test_files_in_hours_have_no_clock():
    assert told(Clock(None, 0.0, np.zeros(3)), hourly=True) == []
