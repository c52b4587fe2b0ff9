"""The quick part of `experiment=verify`, and that its verdicts can be bad."""

import json
from pathlib import Path

import pandas as pd
import pytest

from experiments import oracles, verify
from sim.__main__ import main
from sim.scenario import configs_dir

SHARED = Path(__file__).parents[2] / "shared" / "theory" / "oracles.json"


def test_quick(tmp_path, capsys):
    assert main(["experiment=verify", "verify.quick=true", f"out={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "FAIL" not in out, out
    table = pd.read_csv(tmp_path / "verify.csv")
    assert (table["verdict"] == "pass").all()
    assert table["oracle"].nunique() == len(verify.QUICK) + 9
    assert (table["se"] <= 0.003 * table["exact"].abs() + 1e-9).all()


@pytest.mark.skipif(not SHARED.exists(), reason="the shared oracles are not beside the repository")
def test_the_oracles_are_the_shared_ones():
    ours = json.loads((configs_dir() / "verify" / "oracles.json").read_text())
    assert ours == json.loads(SHARED.read_text())


def test_every_section_is_simulated():
    table = json.loads((configs_dir() / "verify" / "oracles.json").read_text())
    exact = {name for name in table if name.startswith("worked")} | {"taper"}
    assert set(oracles.CASES) | exact == set(table)


def test_a_wrong_queue_fails(monkeypatch):
    """An engine that served at 1.02 kW would be caught."""
    monkeypatch.setattr(
        oracles,
        "station",
        lambda c, **_: oracles.Station("q", (oracles.Cabinet((oracles.Evse(1.02),) * c),)),
    )
    row = {"c": 1.0, "rho": 0.5, "P(wait)=C": 0.5, "Wq": 1.0, "p95 wait": 4.605}
    lines = verify.estimate("mmc/0", row, {"P(wait)=C": 0.5})
    assert lines[0]["verdict"] == "FAIL"
