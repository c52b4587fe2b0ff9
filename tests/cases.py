"""Small networks built by hand, for tests."""

import numpy as np

from sim.model import Cabinet, Evse, Model, Station, Vehicle, make_evs

FLAT = Vehicle("flat", battery_kwh=100.0, steps=((1.0, 1000.0),))


def station(name="a", evses=1, kw=60.0, **fields) -> Station:
    return Station(name, (Cabinet(tuple(Evse(kw) for _ in range(evses))),), **fields)


def evs(n=1, **fields) -> np.ndarray:
    """EVs without a route that never lose patience, from 20 to 50 kWh of 100."""
    return make_evs(n, **{"entry_kwh": 20.0, "target_kwh": 50.0, "kwh_per_km": 0.2} | fields)


def model(*stations, vehicles=(FLAT,), **fields) -> Model:
    return Model(stations or (station(),), vehicles, **fields)
