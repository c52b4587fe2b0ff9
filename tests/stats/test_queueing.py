"""How busy several servers may be: formulas by hand, and laws fitted to exact figures."""

from math import exp, nan

import numpy as np
import pytest

from sim.stats import queueing


def test_erlang_c():
    assert queueing.wait_share(1, 0.5, 2.0) == pytest.approx(0.5 * exp(-1.0))
    assert queueing.wait_share(2, 1.0, 0.0) == pytest.approx(1 / 3)
    assert queueing.wait_share(2, 1.0, 0.7) == pytest.approx(exp(-0.7) / 3)


def test_theory_is_the_utilization_at_which_a_tenth_waits_longer():
    limits = [queueing.busiest(c, 0.9) for c in (1, 2, 4, 8, 16)]
    assert limits == sorted(limits)
    for c, u in zip((1, 2, 4, 8, 16), limits, strict=True):
        assert queueing.wait_share(c, c * u, 0.9) == pytest.approx(0.1)


def test_critical_is_where_the_wait_passes_the_limit():
    u = np.array([[0.6, 0.2, 0.5, 0.1], [0.2, 0.3, 0.6, 0.2], [0.4, 0.4, 0.7, 0.3]])
    w = np.array([[50.0, 0, 40, 0], [0, 10, 50, 60], [20, 30, 60, 20]])
    # 20 to 50 min between 40 and 60 %; never over 30; always over 30; 0 to 60 from 10 to 20 %.
    np.testing.assert_allclose(queueing.critical(u, w, 30.0), [0.4 + 0.2 / 3, nan, nan, 0.15])


def test_the_square_root_law_is_fitted():
    evses = np.array([4, 9, 16])
    exact = 1 - 0.6 / np.sqrt(evses)
    assert queueing.square_root(exact, evses) == pytest.approx(0.6)
    assert queueing.square_root(np.where(evses == 9, nan, exact), evses) == pytest.approx(0.6)
    assert np.isnan(queueing.square_root(np.full(3, nan), evses))
    assert queueing.law(0.6, 9) == pytest.approx(0.8)
