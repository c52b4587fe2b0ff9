"""What the cabinets of a station amount to."""

from typing import NamedTuple

from sim.config.problems import InputError
from sim.region.schema import RegionSection
from sim.stations.hardware import cabinet_of
from sim.stations.schema import counts


class Equipment(NamedTuple):
    """Guns; what cabinets can deliver together, and all guns, each of them alone, in sum; the least
    and the greatest gun alone [kW]."""

    guns: int
    kw: float
    guns_kw: float
    least_gun_kw: float
    most_gun_kw: float

    @classmethod
    def of(cls, cabinets: str, section: RegionSection) -> "Equipment":
        """Of cabinets such as dual_120*2+stack_600*1."""
        parts = [(cabinet_of(name, section), count) for name, count in counts(cabinets)]
        guns = [min(evse.kw, own.kw) for own, _ in parts for evse in own.evses]
        return cls(
            sum(count * len(own.evses) for own, count in parts),
            sum(count * own.rated_kw for own, count in parts),
            sum(count * min(evse.kw, own.kw) for own, count in parts for evse in own.evses),
            min(guns),
            max(guns),
        )

    def kva(self, station: str, section: RegionSection) -> float:
        """The least transformer that carries it.  Raises InputError where none is big enough."""
        usable = section.efficiency * section.power_factor * section.loading_limit
        needed = self.kw * section.transformers.simultaneity / usable
        for step in section.transformers.kva:
            if step >= needed:
                return step
        raise InputError(
            f"`{station}` would need a transformer of {needed:,.0f} kVA, but may have at most "
            f"{section.transformers.kva[-1]:,.0f}"
        )
