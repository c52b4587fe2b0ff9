"""The spread of the begin of shifts in corridor/base.yaml, from the table that it comes from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "truck_days"
FLEETS = ("fleet1-beverage-delivery", "fleet2-warehouse-delivery")
DECILES = (0.1, 0.3, 0.5, 0.7, 0.9)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/data/truck_days is not here")
def test_crews_begin_as_far_apart_as_those_of_the_fleets():
    offsets, shifts = [], 0
    for fleet in FLEETS:
        table = pd.read_csv(FOLDER / f"{fleet}_veh_schedules.csv")
        own = table[table["on_shift"] == 1]
        hours = pd.to_timedelta(own["start_time"]).dt.total_seconds() / 3600.0
        begin = hours.groupby(own["veh_op_day_id"]).min()
        offsets.append(begin.quantile(DECILES) - begin.median())
        shifts += len(begin)
    base = yaml.safe_load((ROOT / "configs" / "corridor" / "base.yaml").read_text("utf-8"))
    assert base["shift_offsets_h"] == np.round(np.mean(offsets, axis=0), 1).tolist()
    assert f"{shifts} shifts" in base["sources"]["shift_offsets_h"]
