"""The quick part of `experiment=verify`, and that its verdicts can be bad."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.verify import controls, oracles
from experiments.verify import question as verify
from experiments.verify.verdict import verdict
from sim.__main__ import main
from sim.config.folder import configs_dir
from sim.report.language import Words
from tests.report.reading import foreign

PUBLISHED = Path(__file__).parents[3] / "results" / "published" / "verify.md"
SHARED = Path(__file__).parents[4] / "shared" / "theory" / "oracles.json"


def figures_of(text: str) -> list[list[str]]:
    """Rows of figures of a page in Markdown."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in lines]


def test_quick(tmp_path, capsys):
    assert main(["experiment=verify", "verify.quick=true", f"out={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "FAIL" not in out, out
    table = pd.read_csv(tmp_path / "verify.csv")
    assert (table["verdict"] == "pass").all()
    assert table["oracle"].nunique() == len(verify.QUICK) + 9
    assert (table["se"] <= 0.003 * table["exact"].abs() + 1e-9).all()
    written = figures_of((tmp_path / "verify.md").read_text("utf-8"))
    assert sorted(row[:2] for row in written) == sorted(
        table[["oracle", "figure"]].to_numpy().tolist()
    )
    assert foreign(tmp_path / "report.html", {"Bonferroni", "rps"}) == []


def made(z: float, verdict: str = "pass", error: float = 1e-12) -> list[dict]:
    """A figure of a queue that is `z` standard errors off, and an exact one."""
    return [
        {"oracle": "mmc/0", "figure": "Wq", "exact": 1.0, "simulated": 1.0 + 0.001 * z,
         "se": 0.001, "z": z, "batches": 40, "verdict": verdict},
        {"oracle": "taper/0", "figure": "charging time [h]", "exact": 0.5, "simulated": 0.5,
         "se": error, "z": None, "batches": 0, "verdict": "pass" if error < 1e-9 else "FAIL"},
    ]  # fmt: skip


def test_what_fails_is_said():
    say = Words("en", Path(verify.__file__).parent)
    rare = [{"oracle": "rps/9", "figure": "P(empty)", "exact": 2.4e-9}]
    good, bad = (
        [say(own) for own in verdict(made(*facts), rare)]
        for facts in ((1.5,), (-5.0, "FAIL", 2e-3))
    )
    assert good == [
        "1 of 1 figures of 1 queues agree with theory (|z| < 4, standard error at most 0.3 %).",
        "Greatest |z| 1.50; by Bonferroni at 1 % it may be 2.58: pass.",
        "1 of 1 exact figures agree to 1e-9; the worst is off by 1e-12.",
        "Left out, because so rare: rps/9 P(empty) (2.4e-09).",
    ]
    assert bad[0].startswith("0 of 1 figures")
    assert bad[1].endswith("it may be 2.58: FAIL.")
    assert bad[2].startswith("0 of 1 exact figures agree to 1e-9; the worst is off by 0.002")
    assert bad[3] == "FAIL: mmc/0 Wq: 1, simulated 0.995, standard error 0.001"
    assert bad[4].startswith("FAIL: taper/0 charging time [h]: 0.5,")


@pytest.mark.long
def test_in_full(tmp_path, capsys):
    """Every row passes, and the published table is of this very suite."""
    assert main(["experiment=verify", f"out={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert "FAIL" not in out, out
    table = pd.read_csv(tmp_path / "verify.csv")
    assert (table["verdict"] == "pass").all()
    # The page has exact figures apart.
    table = pd.concat([table[table["z"].notna()], table[table["z"].isna()]])
    cells = figures_of(PUBLISHED.read_text("utf-8"))
    assert [row[:2] for row in cells] == table[["oracle", "figure"]].to_numpy().tolist()
    theirs = np.array([float(row[3]) for row in cells])
    # Another processor rounds differently, no more.
    assert (np.abs(theirs - table["simulated"]) <= 1e-5 * np.abs(theirs) + 1e-9).all()


@pytest.mark.skipif(not SHARED.exists(), reason="the shared oracles are not beside the repository")
def test_the_oracles_are_the_shared_ones():
    ours = json.loads((configs_dir() / "verify" / "oracles.json").read_text())
    assert ours == json.loads(SHARED.read_text())


def test_every_section_is_simulated():
    table = json.loads((configs_dir() / "verify" / "oracles.json").read_text())
    exact = {name for name in table if name.startswith("worked")} | {"taper"}
    assert set(oracles.CASES) | exact == set(table)


def test_a_wrong_queue_fails(monkeypatch):
    """An engine that served at 1.01 kW would be caught: controls know nothing of the engine."""
    monkeypatch.setattr(
        oracles,
        "station",
        lambda c, **_: oracles.Station("q", (oracles.Cabinet((oracles.Evse(1.01),) * c),)),
    )
    row = {"c": 1.0, "rho": 0.5, "P(wait)=C": 0.5, "Wq": 1.0, "p95 wait": 4.605170185988092}
    lines = verify.estimate("mmc/0", row, {k: row[k] for k in ("P(wait)=C", "Wq", "p95 wait")})
    assert [line["verdict"] for line in lines] == ["FAIL"] * 3
    assert all(line["z"] < -4 for line in lines)


def test_without_controls_it_is_the_plain_mean():
    x = np.random.default_rng(1).normal(5.0, 2.0, (50, 3))
    mean, error = verify.controlled(x, np.empty((50, 0)))
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(error, x.std(axis=0, ddof=1) / np.sqrt(50), rtol=1e-12)


def test_controls_take_out_the_luck_and_leave_the_mean_alone():
    """500 times 30 batches of known mean 7: the intercept is unbiased, and its error as stated."""
    rng = np.random.default_rng(2)
    luck = rng.normal(0.0, 1.0, (500, 30, 2))
    x = 7.0 + luck @ [3.0, -2.0] + rng.normal(0.0, 0.5, (500, 30))
    t = []
    for n in range(500):
        mean, error = verify.controlled(x[n, :, None], luck[n])
        assert error[0] < 0.2  # 0.09; of the plain mean 0.66
        t.append((mean[0] - 7.0) / error[0])
    assert abs(np.mean(t)) < 4 / np.sqrt(500)
    assert np.var(t) == pytest.approx(27 / 25, rel=4 * np.sqrt(2 / 500))  # Student, 27 freedoms


@pytest.mark.parametrize("servers", [1, 2.5, 12])
@pytest.mark.parametrize("need", list(controls.SECOND))
def test_controls_are_zero_on_average(need, servers):
    """Their known means are right; a wrong one would pull the estimates off."""
    rate = 0.8 * servers
    off = []
    for n in range(40):
        batch = oracles.Batch(f"controls {need} {servers}", n, 3)
        evs = oracles.customers(oracles.poisson(batch, rate), oracles.law(batch, need))
        own = controls.draws(evs, rate) + controls.mean_wait(evs, rate, servers, need)
        own += controls.crowded(evs, rate, 1, servers)
        if need == "exponential":
            own += controls.long_waits(evs, rate, servers, 0.05)
        off.append(own)
    mean, error = verify.controlled(np.array(off), np.empty((40, 0)))
    assert (error > 0).all()
    assert (np.abs(mean) < 4 * error).all(), mean / error
