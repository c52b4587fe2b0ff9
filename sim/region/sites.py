"""Stations of a model: the public ones, then one of the chargers that people own in each zone.

A zone's own chargers are one station with as many EVSEs, since nobody takes another's: whoever
comes home finds his own free.  Its transformer is not looked at here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.model import Cabinet, Evse, Station
from sim.region.nevs import OWN
from sim.region.region import Region
from sim.stations.hardware import cabinets_of
from sim.stations.schema import counts


@dataclass(frozen=True)
class Sites:
    """Stations of a region, numbered as `Region.stations`, own chargers after them.

    Attributes
    ----------
    stations : of the model.
    own : number of the station of a zone's own chargers, [zone]; -1 where nobody has one.
    """

    stations: tuple[Station, ...]
    own: np.ndarray


def sites(region: Region, **settings: Any) -> Sites:
    """`settings` of public stations: fields of `sim.model.Station` such as `handshake_h`."""
    section, public = region.section, region.stations
    usable = section.power_factor * section.loading_limit
    stations = [
        Station(
            name, tuple(cabinets_of(counts(text), section)), cap_kw=kva * usable,
            efficiency=section.efficiency, **settings,
        )
        for name, text, kva in zip(
            public.names, public.cabinets, public.rows["kva"].tolist(), strict=True
        )
    ]  # fmt: skip
    diary = [c for c, kind in enumerate(region.tables.classes) if kind.diary]
    chargers = region.nevs.take(1, axis=OWN)[:, diary].sum(axis=(1, 2))
    own = np.full(len(chargers), -1)
    evse = Evse(section.own_kw)
    for zone in np.flatnonzero(chargers).tolist():
        own[zone] = len(stations)
        cabinet = Cabinet((evse,) * int(chargers[zone]))
        name = f"{region.zones.names[zone]}/own"
        stations.append(Station(name, (cabinet,), efficiency=section.efficiency))
    return Sites(tuple(stations), own)
