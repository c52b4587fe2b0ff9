"""What is assumed of drivers of a city; nothing of it is fitted."""

from typing import Annotated

from sim.config import limits
from sim.config.section import Section, Share
from sim.config.table import number


class CitySection(Section):
    """Ways are straight lines times `detour`."""

    zone_km: Annotated[float, number(limits.ZONE_KM)]
    around_km: Annotated[float, number(limits.AROUND_KM)]
    known: Annotated[int, number(limits.MOST_CANDIDATES)]
    walk_km: Annotated[float, number(limits.AROUND_KM)]
    detour: Annotated[float, number(limits.DETOUR)]
    walk_kmh: Annotated[float, number(limits.KMH)]
    drive_kmh: Annotated[float, number(limits.KMH)]
    informed_share: Share
