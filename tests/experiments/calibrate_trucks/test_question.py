"""`experiment=calibrate_trucks`: reports of a site, and a posterior that corridors run over."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import command
from experiments.calibrate_trucks import question
from sim.config import compose
from sim.config.problems import InputError
from sim.freight.inputs import INPUTS
from sim.freight.posterior import Posterior
from sim.study import store
from tests import small
from tests.report.reading import texts

HEAD = "network,figure,observed,low,high,source\n"


def config(folder, reports: str, **changes: Any) -> dict[str, Any]:
    (folder / "reports.csv").write_text(HEAD + reports, "utf-8")
    cfg = compose.plain(compose.config(("experiment=calibrate_trucks", "engine.workers=1")))
    cfg["calibrate_trucks"] |= {"observations": str(folder / "reports.csv"), "luck": 3} | changes
    return cfg | {"out": str(folder / "out")}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trucks")
    cfg = config(folder, "suwan,served,50,20,80,test\n", points=16, kept=6)
    return folder, small.asked(cfg, "calibrate_trucks", folder / "out")


def test_kept_points_can_be_run(ran):
    folder, _ = ran
    out = folder / "out"
    own = Posterior.read(str(out / "trucks_posterior.csv"), [])
    assert own is not None
    assert own.points.shape == (6, len(INPUTS))
    assert len({tuple(row) for row in own.points.tolist()}) == 6
    made = json.loads((out / "trucks_posterior.json").read_text("utf-8"))["made"]
    assert made["observations"]["digest"] == store.file_digest(folder / "reports.csv")
    assert made["points"] == 16


def test_what_it_says(ran):
    folder, result = ran
    answer = json.loads((folder / "out" / "answer.json").read_text("utf-8"))
    (row,) = answer["reports"]
    assert row["reported"] == {"mean": 50.0, "low": 20.0, "high": 80.0}
    assert row["posterior"]["high"] <= 50.0  # one that could serve more is not counted as more
    assert len(answer["inputs"]) == len(INPUTS)
    assert result.verdict[0].startswith("Suwan port: trucks served ")
    assert "重卡" in " ".join(texts(folder / "out" / "report.html", "zh"))


def test_a_report_narrows_what_it_depends_on(tmp_path):
    """Twice the energy is drawn only where trucks take more."""
    cfg = config(tmp_path, "suwan,mwh_a_day,14,12,16,test\n", points=64, kept=4)
    small.asked(cfg, "calibrate_trucks", tmp_path / "out")
    kept = pd.read_csv(tmp_path / "out" / "trucks_posterior.csv")
    prior = question.sobol(small_priors(), 64, cfg["engine"]["seed"])
    n = list(kept).index("kwh_per_km")
    assert kept["kwh_per_km"].mean() > np.mean(prior[:, n])


def small_priors():
    return question.inputs.read("calibration/trucks.csv", question.Prior, INPUTS, [])


@pytest.mark.parametrize(
    ("reports", "changes", "says"),
    [
        ("suwann,served,50,20,80,test\n", {},
         "TABLE: there is no network `suwann`: did you mean `suwan`?"),
        ("suwan,served,50,20,80,test\nsuwan,served,50,20,80,test\n", {},
         "TABLE names the network `suwan` 2 times"),
        ("suwan,served,50,20,80,test\n", {"kept": 20, "points": 16},
         "`calibrate_trucks.kept` is more than `calibrate_trucks.points`"),
        ("suwan,served,50,80,20,test\n", {},
         "TABLE line 2: low is 80, but must be below high, 20"),
        ("suwan,served,0,-1,1,test\n", {},
         "TABLE line 2: observed is 0, but at least one truck is served"),
    ],
)  # fmt: skip
def test_bad_input(tmp_path, reports, changes, says):
    cfg = config(tmp_path, reports, **changes)
    with pytest.raises(InputError) as error:
        command.check(cfg)
    assert error.value.problems == [says.replace("TABLE", str(tmp_path / "reports.csv"))]


def test_too_few_points_agree(tmp_path):
    cfg = config(tmp_path, "suwan,mwh_a_day,60,59,61,test\n", points=16, kept=16)
    with pytest.raises(InputError, match="only 1 of 16 points agree with what is reported"):
        small.asked(cfg, "calibrate_trucks", tmp_path / "out")
    assert not (tmp_path / "out" / "answer.json").exists()
