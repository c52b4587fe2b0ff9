"""One at a time: every number by hand, and a level that is fitted again."""

import numpy as np
import pytest

from sim.stats import tornado
from sim.stats.tornado import Fit

T_2 = 12.706205  # Student t at 97.5 % for two values

# As expected, demand low and high, patience low and high; two replications.
OUTPUT = np.array([[30.0, 34.0], [20, 22], [50, 50], [30, 33], [37, 40]])
SESSIONS = np.array([[10.0, 10.0], [8, 8], [12, 12], [10, 10], [11, 11]])
TWO = {"demand": "traffic", "patience": "choices"}  # and their groups


def test_the_demand_fitted_again_by_hand():
    found = tornado.fitted_again(OUTPUT, SESSIONS, 0)
    np.testing.assert_allclose(found[0], [30, 34])
    np.testing.assert_allclose(found[1:3], [[30, 34], [30, 34]])  # nothing is left of the demand
    np.testing.assert_allclose(found[3], [30, 33])  # no more sessions
    np.testing.assert_allclose(found[4], [37 - 10, 40 - 8])  # one more: a half of 20 and of 16
    fewer = SESSIONS.copy()
    fewer[4] = 9.0
    np.testing.assert_allclose(tornado.fitted_again(OUTPUT, fewer, 0)[4], [37 + 5, 40 + 6])
    assert np.isnan(tornado.fitted_again(OUTPUT, np.full((5, 2), 9.0), 0)[1:3]).all()


def test_the_tornado_is_paired_by_replication():
    found = tornado.tornado(OUTPUT, SESSIONS, TWO, "demand")
    assert found["expected"]["mean"] == 32.0
    own = found["inputs"]["patience"]
    assert own["as_is"]["low"]["mean"] == -0.5
    assert own["as_is"]["high"]["mean"] == 6.5
    assert own["as_is"]["swing"]["mean"] == 7.0  # 7 and 7: no spread, though the outputs have one
    assert own["as_is"]["swing"]["high"] == 7.0
    assert own["as_is"]["low"]["high"] == pytest.approx(-0.5 + T_2 * 0.5)
    assert own["fitted_again"]["high"]["mean"] == -2.5
    assert found["inputs"]["demand"]["fitted_again"]["swing"]["mean"] == pytest.approx(0.0)
    assert found["shares"]["as_is"]["traffic"]["mean"] == pytest.approx(
        (30**2 + 28**2) / (30**2 + 28**2 + 7**2 + 7**2)
    )


def test_where_demand_brings_no_more_sessions_nothing_is_fitted_again():
    found = tornado.tornado(OUTPUT, np.full((5, 2), 9.0), TWO, "demand")
    assert found["inputs"]["patience"]["fitted_again"] is None
    assert found["shares"]["fitted_again"] == {}


# ---- the demand fitted again -------------------------------------------------------------------


def test_a_line_that_bends_and_goes_on():
    x, y = np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 7.0])
    assert [tornado.bent(x, y, at) for at in (0, 1.5, 2, 3, 5)] == [-1.0, 0.5, 1.0, 4.0, 10.0]
    assert np.isnan(tornado.bent(x[::-1], y, 1.5))


def fit(demand=(8.0, 12.0), other=(5.0, 20.0)):
    inputs = {
        "demand": {"low": 0.5, "expected": 1.0, "high": 2.0},
        "kwh_per_km": {"low": 0.1, "expected": 0.2, "high": 0.3},
    }
    return Fit(inputs, np.array([10.0, *demand, *other]), "demand", 3.0)


def test_the_demand_makes_up_for_what_else_is_assumed():
    # Twice the consumption brings twice the sessions; twice the demand does too, half brings half.
    own = fit((5.0, 20.0))
    assert own.level({"demand": 1.0, "kwh_per_km": 0.3}) == pytest.approx(0.5)
    assert own.level({"demand": 2.0, "kwh_per_km": 0.3}) == pytest.approx(1.0)
    assert own.level({"demand": 2.0, "kwh_per_km": 0.2}) == pytest.approx(2.0)
    assert own.level({"demand": 1.0, "kwh_per_km": 0.25}) == pytest.approx(0.5**0.5)
    # Sessions grow with the root of the demand: four times the demand, so no more than 3.
    slow = fit((10 / 2**0.5, 10 * 2**0.5))
    assert slow.level({"demand": 1.0, "kwh_per_km": 0.25}) == pytest.approx(0.5)
    assert slow.level({"demand": 1.0, "kwh_per_km": 0.1}) == 3.0


def test_how_well_the_sessions_are_kept():
    own = fit((5.0, 20.0))
    wanted = np.array([[1.0, 2.0, 0.5]])
    assert own.error(wanted, np.array([[10.0, 20.0, 5.0]])) == pytest.approx(0.0, abs=1e-12)
    assert own.error(wanted, np.array([[11.0, 18.0, 5.5]])) == pytest.approx(0.1)


def test_where_demand_brings_no_more_sessions_it_is_left_alone():
    own = fit((10.0, 10.0))
    assert not own.possible
    assert own.level({"demand": 2.0, "kwh_per_km": 0.3}) == 2.0
