"""The C program beside the engine: built when it is asked for, and compared session by session."""

import shutil
import subprocess
from pathlib import Path

import numpy as np

from sim.clock import hours
from sim.ledger import Ledger
from sim.model import Model

SOURCE = Path(__file__).parent / "witness.c"
FLAGS = ("-std=gnu11", "-O3", "-march=native")  # none that changes what arithmetic means


class Witness:
    """The program, in a folder that it may write to.

    Raises FileNotFoundError where the system has no `cc`, RuntimeError where that cannot build it.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise FileNotFoundError("cc")
        self._folder = folder
        _run(compiler, *FLAGS, str(SOURCE), "-o", str(folder / "witness"), "-lm")

    def take(self, model: Model, evs: np.ndarray) -> None:
        """Write down a case: stations that are alike, under max-min sharing; one type of vehicle,
        which leaves when it is done."""
        station, vehicle = model.stations[0], model.vehicles[0]
        steps = np.array(vehicle.steps)
        cap_kw = station.cap_kw * station.efficiency
        numbers = (
            np.array([len(model.stations), len(station.evses), len(evs), len(steps)]),
            np.array([cap_kw, station.evses[0].limit_kw(vehicle.volts)]),
            steps[:, 0] * vehicle.battery_kwh, steps[:, 1],
            hours(evs["entry_ns"]), evs["entry_kwh"], evs["target_kwh"],
            evs["place"].astype(np.int64),
        )  # fmt: skip
        (self._folder / "case").write_bytes(b"".join(own.tobytes() for own in numbers))

    def run(self) -> tuple[float, np.ndarray]:
        """Simulate it: seconds from inputs to results, and when each EV plugs in [h], when its
        session ends [h] and at which EVSE of its station it was [3, EVs]."""
        case, found = self._folder / "case", self._folder / "found"
        _run(str(self._folder / "witness"), str(case), str(found))
        took, *times = np.split(np.fromfile(found), _places(found.stat().st_size))
        evses = times[2].view(np.int64).astype(float)
        return float(took[0]), np.array([*times[:2], evses])


def apart_by(ledger: Ledger, found: np.ndarray) -> float:
    """The most by which the engine and the program differ on a session [h]; inf where an EV was at
    another EVSE."""
    visits = ledger.visits[np.argsort(ledger.visits["ev"])]
    first = ledger.model.arrays.stations["slot_start"][visits["station"]]
    if len(visits) != found.shape[1] or np.any(visits["slot"] - first != found[2]):
        return np.inf
    ours = np.array([visits["plug_h"], visits["charge_end_h"]])
    return float(np.abs(ours - found[:2]).max())


def _places(size: int) -> list[int]:
    """Where the columns of the results begin, after the seconds."""
    evs = (size // 8 - 1) // 3
    return [1, 1 + evs, 1 + 2 * evs]


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(words[0]).name} ended with {done.returncode}: {done.stderr}")
