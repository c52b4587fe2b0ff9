"""What recorded weeks say of arrivals and stays, on sites made up."""

import numpy as np
import pytest

from sim.replay import law
from tests.experiments.validate.test_question import site


def test_busy_hours_by_hand():
    """0.5-2.25 and 1.0-1.5 h, and one from before the start to 0.25 h."""
    got = law.busy_hours(np.array([-1.0, 0.5, 1.0]), np.array([0.25, 2.25, 1.5]), 3, 2)
    assert got.tolist() == [[0.25, 0.75, 0.0], [0.0, 0.5, 0.5], [0.75, 0.25, 0.0]]


def test_waiting_and_arrivals_are_found_again():
    """A single unit that is often full, where 60 % of those who find it full wait."""
    odd_weeks = range(0, 60, 2)
    for waiting in (0.0, 0.6):
        weeks = law.observe(site(1, 60, 1, per_day=40.0, waiting=waiting))
        own = law.fit(weeks, list(odd_weeks), line=True)
        assert own.waiting_share == pytest.approx(waiting, abs=0.08)
        assert own.per_h.mean() * 24 == pytest.approx(40.0, rel=0.05)
        assert own.stays_h.mean() == pytest.approx(0.4, rel=0.05)
