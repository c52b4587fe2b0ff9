"""The staircase against the continuous curve."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from sim.kernels import curve, records

SOC = np.array([0.0, 0.1, 0.5, 0.7, 0.8, 0.9, 1.0])
KW = np.array([45.0, 58.0, 58.0, 42.0, 34.0, 20.0, 6.0])


def hours(soc, kw, a, b, limit=np.inf):
    """Plug time for 1 kWh by quadrature, split where the curve bends or meets the limit."""
    power = lambda s: min(float(np.interp(s, soc, kw)), limit)  # noqa: E731
    fine = np.linspace(0.0, 1.0, 2001)
    meets = fine[np.flatnonzero(np.diff(np.sign(np.interp(fine, soc, kw) - min(limit, 1e9))))]
    points = sorted({p for p in (*soc, *meets) if a < p < b})
    edges = [a, *points, b]
    return sum(quad(lambda s: 1 / power(s), u, v)[0] for u, v in pairwise(edges))


def stepped(steps, a, b, limit=np.inf):
    total, begin = 0.0, 0.0
    for end, kw in steps:
        total += max(0.0, min(end, b) - max(begin, a)) / min(kw, limit)
        begin = end
    return total


def test_whole_steps_take_the_exact_time():
    steps = curve.staircase(SOC, KW)
    begin = 0.0
    for end, kw in steps:
        assert (end - begin) / kw == pytest.approx(hours(SOC, KW, begin, end), rel=1e-6)
        begin = end
    assert begin == 1.0


@pytest.mark.parametrize("tolerance", [1e-3, 5e-3])
@pytest.mark.parametrize("limit", [np.inf, 50.0, 37.0, 15.0])
def test_error_of_any_session_is_below_the_tolerance(tolerance, limit):
    steps = curve.staircase(SOC, KW, tolerance)
    rng = np.random.default_rng(1)
    for a, gain in zip(rng.uniform(0, 0.75, 40), rng.uniform(0.2, 1.0, 40), strict=True):
        b = min(1.0, a + gain)
        true = hours(SOC, KW, a, b, limit)
        assert stepped(steps, a, b, limit) == pytest.approx(true, rel=1.1 * tolerance)


def test_fewer_steps_for_a_larger_tolerance_and_one_for_a_flat_curve():
    assert len(curve.staircase(SOC, KW, 1e-2)) < len(curve.staircase(SOC, KW, 1e-3))
    ((end, kw),) = curve.staircase(np.array([0.0, 1.0]), np.array([60.0, 60.0]))
    assert (end, kw) == (1.0, pytest.approx(60.0))


def test_flat_stretches_are_one_exact_step():
    assert (0.5, pytest.approx(58.0, rel=1e-12)) in curve.staircase(SOC, KW, 1e-2)


def test_full_power_hours_walk_the_steps():
    step = np.array([(30.0, 60.0), (48.0, 36.0), (60.0, 12.0)], records.STEP)
    assert curve.full_power_h(step, 0, 3, 0.0, 60.0, np.inf) == pytest.approx(2.0)
    assert curve.full_power_h(step, 0, 3, 15.0, 48.0, np.inf) == pytest.approx(0.25 + 0.5)
    assert curve.full_power_h(step, 0, 3, 15.0, 48.0, 40.0) == pytest.approx(15 / 40 + 0.5)
    assert curve.full_power_h(step, 0, 3, 50.0, 50.0, np.inf) == 0.0
    assert curve.step_at(step, 0, 3, 30.0) == 1
    assert curve.step_at(step, 0, 3, 60.0) == 2
