"""Small networks built by hand, for tests."""

import numpy as np

from sim.evs import make_evs
from sim.model import Cabinet, Evse, Model, Station, Vehicle

FLAT = Vehicle("flat", battery_kwh=100.0, steps=((1.0, 1000.0),))


def station(name="a", evses=1, kw=60.0, **fields) -> Station:
    return Station(name, (Cabinet(tuple(Evse(kw) for _ in range(evses))),), **fields)


def evs(n=1, **fields) -> np.ndarray:
    """EVs without a route that never lose patience, from 20 to 50 kWh of 100."""
    return make_evs(n, **{"entry_kwh": 20.0, "target_kwh": 50.0, "kwh_per_km": 0.2} | fields)


def model(*stations, vehicles=(FLAT,), **fields) -> Model:
    return Model(stations or (station(),), vehicles, **fields)


def trucks(n=1, **fields) -> np.ndarray:
    """Trucks of duty 0 with full batteries that use 1 kWh/km and are logged."""
    return make_evs(
        n, **{"duty": 0, "entry_kwh": 100.0, "kwh_per_km": 1.0, "logged": 1} | fields
    )  # fmt: skip


def packs(station: int, racks: int, **fields) -> np.ndarray:
    """Full packs at all racks of a swap station."""
    own = {"place": station, "rack": np.arange(racks), "entry_kwh": 100.0}
    return make_evs(racks, **own | fields)
