"""Stations of a model: the public ones, then those of the chargers that people own in each zone.

A zone's own chargers are stations of `MOST_OWN` EVSEs, the last of which may have fewer; nobody
takes another's, so that whoever comes home finds his own free.  Transformers are not looked at.

At slow piles, where cars stay for hours, nobody waits in line.
"""

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
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
    own : number of the first station of a zone's own chargers, [zone]; -1 where nobody has one.
    """

    stations: tuple[Station, ...]
    own: np.ndarray


MOST_OWN = 100  # EVSEs of a station of own chargers: more are slower to look through


def sites(
    region: Region, districts: Collection[int] | None = None, **settings: Any
) -> Sites:  # fmt: skip
    """`settings` of public stations: fields of `sim.model.Station` such as `handshake_h`;
    `districts`: numbers of those whose own chargers are wanted (all, if None)."""
    section, public = region.section, region.stations
    usable = section.power_factor * section.loading_limit
    stations = [
        Station(
            name, tuple(cabinets_of(counts(text), section)), cap_kw=kva * usable,
            efficiency=section.efficiency, line_places=0 if most_kw < section.fast_kw else -1,
            **settings,
        )
        for name, text, kva, most_kw in zip(
            public.names, public.cabinets, public.rows["kva"].tolist(),
            public.rows["most_gun_kw"].tolist(), strict=True,
        )
    ]  # fmt: skip
    diary = [c for c, kind in enumerate(region.tables.classes) if kind.diary]
    chargers = region.nevs.take(1, axis=OWN)[:, diary].sum(axis=(1, 2))
    own = np.full(len(chargers), -1)
    evse = Evse(section.own_kw)
    if districts is not None:
        chargers *= np.isin(region.zones.rows["district"], [*districts])
    for zone in np.flatnonzero(chargers).tolist():
        own[zone], left = len(stations), int(chargers[zone])
        for n in range(ceil(left / MOST_OWN)):
            cabinet = Cabinet((evse,) * min(MOST_OWN, left - n * MOST_OWN))
            name = f"{region.zones.names[zone]}/own" + (f"/{n + 1}" if n else "")
            stations.append(Station(name, (cabinet,), efficiency=section.efficiency))
    return Sites(tuple(stations), own)
