"""The power that the grid and storage leave for charging, hour by hour."""

from collections.abc import Iterable, Sequence

from sim.lifecycle import Change as Kind
from sim.model import Change
from sim.stations.schema import Storage


def caps_kw(grid_kw: Sequence[float], stores: Iterable[Storage]) -> list[float]:
    """Caps of a station [kW, grid side] in every hour of the day, from what the grid leaves it:
    storage adds where it gives and takes where it is charged."""
    lifts = [store.lift_kw for store in stores]
    return [kw + sum(lift[h] for lift in lifts) for h, kw in enumerate(grid_kw)]


def changes(station: int, caps: Sequence[float]) -> list[Change]:
    """The caps of a station number in every hour of a run; before it stands the last of them."""
    return [
        Change(float(h), station, Kind.CAP, cap_kw=kw)
        for h, kw in enumerate(caps)
        if kw != caps[h - 1]
    ]
