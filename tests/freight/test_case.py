"""A corridor as the case of a study."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sim.freight.capacity import capacity
from sim.freight.case import Freight, day, figures
from sim.freight.metrics import METRICS
from sim.study.study import Study
from tests import corridors, small

SEARCH = {"wait_p95_min": 15.0, "energy_share": 0.99, "most": 20, "resolution": 0.5}


@pytest.fixture
def four():
    return Freight(corridors.corridor(trucks_in_fleet=4), 1)


def test_a_worker_gets_the_same_case(four):
    there = pickle.loads(pickle.dumps(four))
    assert (there.key, there.traffic, there.trucks) == (four.key, four.traffic, 4)
    here, found = figures(four, 1), figures(there, 1)
    assert here.figures == found.figures
    pd.testing.assert_frame_equal(here.stations, found.stations)


def test_every_figure_is_a_metric(four):
    found = figures(four, 0)
    names = [*found.figures, *found.stations.columns.drop("station")]
    assert [name for name in names if name not in METRICS] == []
    assert found.stations["station"].tolist() == list(four.corridor.section.sites)
    assert {own.shape for own in found.hours.values()} == {(len(found.stations), 24)}
    own = four.run(0)
    assert found.figures["deliveries_per_day"] == own.summary()["deliveries_per_day"]
    number = four.corridor.number["depot"]
    np.testing.assert_array_equal(found.hours["line"][0], own.hourly()["line"][number])


def test_the_day_of_a_truck_has_24_hours(four):
    found = day(four, 0, logged=3).more
    assert {step["ev"] for step in found["steps"]} == {0, 1, 2}
    assert sum(found["hours"].values()) == pytest.approx(24.0)
    assert all(0.0 <= step["begin_h"] < step["end_h"] <= 24.0 for step in found["steps"])


def test_a_search_is_done_once(four, tmp_path):
    engine = small.build(tmp_path).engine
    with Study(engine, tmp_path / "kept", small.Quiet()) as runs:
        first, second = (runs.run({"": four}, 1, work=capacity, **SEARCH) for _ in "ab")
    assert first[""][0].figures == second[""][0].figures
    assert runs.counts == {"used": 2, "run": 1, "simulated": first[""][0].counts["runs"]}
    assert set(runs.cpu_s) == {"capacity"}


@pytest.mark.parametrize("kind", [".parquet", ".json"])
@pytest.mark.parametrize("harm", ["flip", "truncate", "empty", "swap", "remove"])
def test_what_is_kept_is_believed_only_as_it_was_written(four, tmp_path, kind, harm):
    engine, folder = small.build(tmp_path).engine, tmp_path / "kept"

    def ask(progress):
        with Study(engine, folder, progress) as runs:
            return runs, runs.run({"": four}, 2)[""]

    runs, first = ask(small.Quiet())
    again, found = ask(small.Quiet())
    assert [r.figures for r in found] == [r.figures for r in first]
    assert (again.counts["run"], again.cpu_s) == (0, runs.cpu_s)  # what it cost is kept, too
    path, other = (next(folder.rglob(f"r00{r}{kind}")) for r in (0, 1))
    data = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(
            {
                "flip": bytes([*data[:20], data[20] ^ 1, *data[21:]]), "truncate": data[:20],
                "empty": b"", "swap": other.read_bytes(),
            }[harm]
        )  # fmt: skip
    progress = small.Quiet()
    runs, found = ask(progress)
    assert [r.figures for r in found] == [r.figures for r in first]
    whole = harm == "remove" and kind == ".parquet"  # nothing is kept: nothing is damaged
    assert len(progress.warned) == 1 - whole
    assert all(str(path) in text for text in progress.warned)
    assert runs.counts["run"] == 1
    assert kind == ".json" or path.read_bytes() == data


def test_two_workers_find_what_one_does(four, tmp_path):
    designs = {"four": four, "five": four.with_(trucks_in_fleet=5)}
    found = []
    for workers in (1, 2):
        engine = small.build(tmp_path).engine.model_copy(update={"workers": workers})
        with Study(engine, None, small.Quiet()) as runs:
            found.append(runs.run(designs, 4))
    one, two = found
    for name in designs:
        for a, b in zip(one[name], two[name], strict=True):
            assert (a.figures, a.more) == (b.figures, b.more)
            pd.testing.assert_frame_equal(a.stations, b.stations)
    assert one.values("trucks", "five").tolist() == [5.0] * 4
