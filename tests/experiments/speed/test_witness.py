"""The C program is a second witness: it agrees with the engine on every session."""

import shutil

import numpy as np
import pytest

from experiments.speed import witness
from experiments.speed.cases import stations_only
from experiments.speed.witness import Witness, apart_by
from sim.engine import simulate

HOURS = 1e-9


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    if shutil.which("cc") is None:
        pytest.skip("this system has no `cc`")
    return Witness(tmp_path_factory.mktemp("witness"))


@pytest.mark.parametrize(
    ("stations", "evses", "steps"),
    [(1, 1, 10), (1, 20, 10), (1, 8, 1), (7, 3, 10), (40, 10, 25), (3, 33, 10)],
)
def test_it_agrees_on_every_session(program, stations, evses, steps):
    model, evs = stations_only(stations, evses, 2000, steps)
    program.take(model, evs)
    _, found = program.run()
    ledger = simulate(model, evs)
    assert apart_by(ledger, found) < HOURS
    assert np.any(ledger.visits["wait_h"] > 0.0)
    assert np.any(ledger.excess_kw > -1e-6)  # some cap binds


def test_who_is_apart_is_seen(program):
    model, evs = stations_only(2, 3, 200)
    program.take(model, evs)
    _, found = program.run()
    ledger = simulate(model, evs)
    later = found.copy()
    later[1, 7] += 1e-6
    assert apart_by(ledger, later) == pytest.approx(1e-6, rel=1e-3)
    found[2, 7] = 5
    assert apart_by(ledger, found) == np.inf


def test_a_system_without_a_compiler(tmp_path, monkeypatch):
    monkeypatch.setattr(witness.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError):
        Witness(tmp_path)
