"""Where service fails, on two replications by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from numpy import nan

from sim.metrics import METRICS
from sim.roads.service import Service
from sim.study.case import Replication
from sim.study.results import Results

LIMITS = SimpleNamespace(fails_wait_p90_min=30.0, fails_lost_share=0.05)


def test_service_fails_by_wait_or_by_who_is_lost():
    found = Service(
        np.array([[40, 10], [40, 30], [0, 0], [nan, nan], [nan, 31]]),
        np.array([[0, 0], [0, 0], [0.08, 0.04], [nan, nan], [nan, 0]]),
        30.0, 0.05,
    )  # fmt: skip
    # Means of 25 and 35 min; 6 % lost; nobody ever there; one replication with visits, 31 min.
    assert found.fails().tolist() == [False, True, True, False, True]
    assert found.fails_each().astype(int).tolist() == [[1, 0], [1, 0], [1, 0], [0, 0], [0, 1]]
    again = found.fails(np.array([[2.0, 0.0], [0.0, 2.0]]))  # each replication alone
    assert again.tolist() == found.fails_each().tolist()


def test_lost_are_those_who_balk_or_renege():
    columns = {"visits": [20, 0], "balked": [1, 0], "reneged": [2, 0], "wait_min_p90": [5.0, 0.0]}
    run = Replication({}, pd.DataFrame({"station": ["a", "b"], **columns}))
    found = Service.of(Results({"base": [run]}, METRICS), "base", LIMITS)
    np.testing.assert_allclose(found.lost_share, [[3 / 20], [nan]])
    np.testing.assert_allclose(found.wait_p90_min, [[5.0], [nan]])
