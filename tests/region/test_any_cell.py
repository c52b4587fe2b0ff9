"""Whatever stands in a cell: a region whose sums hold, or sentences."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.config.problems import InputError
from sim.region import life, load
from sim.region.tables import TABLES
from tests.region.regions import rewritten

CELLS = (
    "", "0", "1", "2", "3", "7", "0.5", "-1", "1e9", "nan", "x", "no", "yes", "home", "none",
    "street", "town", "stack_600*1", "dual_120*99", "A7_PHEV_EREV", "2019", "2030",
)  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(TABLES)), st.integers(0, 20), st.integers(0, 20),
            st.sampled_from(CELLS),
        ),
        min_size=1, max_size=2,
    )
)  # fmt: skip
def test_any_cell_is_used_or_refused_in_sentences(tmp_path_factory, changes):
    def edit(table, rows):
        for name, row, column, text in changes:
            if name == table:
                at = rows[row % len(rows)]
                at[list(at)[column % len(at)]] = text
        return rows

    settings = rewritten(tmp_path_factory.mktemp("cells"), "toy", edit)
    try:
        region = load.drawn(load.checked(settings))
    except InputError:
        return
    assert region.nevs.sum() == 12
    assert region.stations.rows["chargers"].sum() == 15
    assert np.isfinite(region.stations.rows["kw"]).all()
    week = life.draw(region, 1, 0)
    assert (week.stays["arrive_ns"] < week.stays["leave_ns"]).all()
    assert np.isfinite(week.stays["used_kwh"]).all()
