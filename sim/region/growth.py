"""What is added until a later year: to every district in proportion to its NEVs."""

import numpy as np

from sim.region.apportion import apportion
from sim.region.schema import GROWN, RegionSection
from sim.region.tables import Tables


def growth(section: RegionSection, tables: Tables) -> dict[str, np.ndarray]:
    """By column of the districts, what each of them gets more, [district]; nothing without growth.

    That growth goes where NEVs are is assumed.
    """
    nevs = np.array([row.nevs for row in tables.districts])
    return {
        name: apportion(
            section.now.in_districts(name) - section.totals.in_districts(name), nevs
        )
        for name in GROWN
    }  # fmt: skip
