"""What recorded weeks say of arrivals and stays, on sites made up."""

import numpy as np
import pytest

from sim.replay import law
from sim.replay.site import Site
from tests.experiments.validate.test_question import MONDAY, site


def test_busy_hours_by_hand():
    """0.5-2.25 and 1.0-1.5 h, and one from before the start to 0.25 h."""
    got = law.busy_hours(np.array([-1.0, 0.5, 1.0]), np.array([0.25, 2.25, 1.5]), 3, 2)
    assert got.tolist() == [[0.25, 0.75, 0.0], [0.0, 0.5, 0.5], [0.75, 0.25, 0.0]]


def test_a_site_is_full_when_the_units_are_busy_that_it_has_that_week():
    """Of two units one is away in week 1 and both in week 2."""
    begin, end = np.array([10.0, 10.5, 178.0, 400.0]), np.array([11.0, 11.5, 179.0, 400.5])
    quiet = {"a": [1, 2], "b": [2]}
    own = Site("Hub", MONDAY, 4, 2, begin[:3], end[:3], 3, {}, 0, quiet)
    assert own.there.tolist() == [2, 1, 0, 2]
    spans = np.array(law.full_spans(own)).T.tolist()
    assert spans == [[10.5, 11.0], [178.0, 179.0], [336.0, 504.0]]
    weeks = law.observe(own)
    assert weeks.free_h[2].sum() == weeks.full_h[2].sum() == 0.0  # tells nothing
    assert weeks.full_h[:2].sum(axis=(1, 2)).tolist() == [0.5, 1.0]


def test_the_variation_of_a_made_site_is_found_again():
    """Of what would come, not of what was plugged in: a full site loses more on busy days."""
    known = (0.25, 0.15)
    for units, per_day in ((2, 45.0), (1, 30.0)):
        found = [
            law.fit(law.observe(own), range(60), line=True).variation
            for own in (site(s, 60, units, per_day=per_day, cvs=known) for s in range(8))
        ]
        assert np.mean(found, axis=0) == pytest.approx(known, abs=0.03)
        plain = law.fit(law.observe(site(9, 60, units, per_day=per_day)), range(60), line=True)
        assert max(plain.variation) < 0.08


def test_waiting_and_arrivals_are_found_again():
    """A single unit that is often full, where 60 % of those who find it full wait."""
    odd_weeks = range(0, 60, 2)
    for waiting in (0.0, 0.6):
        weeks = law.observe(site(1, 60, 1, per_day=40.0, waiting=waiting))
        own = law.fit(weeks, list(odd_weeks), line=True)
        assert own.waiting_share == pytest.approx(waiting, abs=0.08)
        assert own.per_h.mean() * 24 == pytest.approx(40.0, rel=0.05)
        assert own.stays_h.mean() == pytest.approx(0.4, rel=0.05)
