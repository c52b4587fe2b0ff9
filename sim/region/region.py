"""One region, drawn from its tables: a pure function of these and of `region.seed`."""

from dataclasses import dataclass

import numpy as np

from sim.config.problems import InputError
from sim.model import Vehicle
from sim.region import blocks, nevs, stations, travel, zones
from sim.region.blocks import Blocks
from sim.region.checks import check, check_zones
from sim.region.schema import RegionSection
from sim.region.stations import Stations
from sim.region.tables import Tables, read_tables
from sim.region.travel import Candidates
from sim.region.zones import Zones
from sim.stations.curves import vehicle


@dataclass(frozen=True)
class Region:
    """Where people live, and where they charge.

    Attributes
    ----------
    section, tables : what it is made from.
    zones, stations : all of them.
    nevs : how many NEVs, int64, [zone, class, own charger, hybrid].
    blocks : parts of the zones.
    candidates : the stations in reach of every block.
    """

    section: RegionSection
    tables: Tables
    zones: Zones
    stations: Stations
    nevs: np.ndarray
    blocks: Blocks
    candidates: Candidates

    @classmethod
    def of(cls, section: RegionSection, problems: list[str]) -> "Region | None":
        """The region of a section; None, and a sentence for each problem, if there is any."""
        tables = read_tables(section.tables, problems)
        if tables is None:
            return None
        wrong = list(check(section, tables))
        problems += wrong
        return None if wrong else cls.drawn(section, tables, problems)

    @classmethod
    def drawn(
        cls, section: RegionSection, tables: Tables, problems: list[str]
    ) -> "Region | None":  # fmt: skip
        """The same of tables that are one region."""
        own = zones.make(section, tables)
        wrong = list(check_zones(section, tables, own))
        try:
            if not wrong:
                built = stations.make(section, tables, own)
                people = nevs.make(section, tables, own)
                parts = blocks.make(section, own, built)
                found = travel.candidates(section, tables, own, parts, built)
                wrong += travel.unreached(section, own, parts, found)
        except InputError as error:
            wrong += error.problems
        problems += wrong
        return None if wrong else cls(section, tables, own, built, people, parts, found)

    def vehicles(self, tolerance: float) -> tuple[Vehicle, ...]:
        """Of all mixes, in order of their names; those of hybrids drive on fuel, too.

        `tolerance` is that of their curves (`kernels.curve`).
        """
        hybrid = {row.vehicle: row.hybrid == "yes" for row in self.tables.mixes}
        return tuple(
            vehicle(name, self.tables.curves[name], tolerance, hybrid=hybrid[name])
            for name in self.tables.vehicles
        )
