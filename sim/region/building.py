"""What is built in a region beside what stands: stations retrofitted, and new ones."""

from dataclasses import dataclass

from sim.config.section import plain
from sim.region import retrofit, siting
from sim.region.region import Region
from sim.region.retrofit import Rebuilding


@dataclass(frozen=True)
class Building:
    """Attributes
    ----------
    retrofits : numbers of stations that are rebuilt by `action`.
    sites : blocks in which a new station of these `cabinets` comes, one for each time.
    """

    retrofits: tuple[int, ...] = ()
    action: Rebuilding | None = None
    sites: tuple[int, ...] = ()
    cabinets: str = ""

    @property
    def text(self) -> list[object]:
        """Names it among others."""
        return [list(self.retrofits), plain(self.action), list(self.sites), self.cabinets]

    def of(self, region: Region) -> Region:
        """With all that is built.  Raises InputError where no transformer carries it."""
        if self.retrofits and self.action:
            region = retrofit.retrofitted(region, self.action, self.retrofits)
        return siting.built(region, list(self.sites), self.cabinets) if self.sites else region


NOTHING = Building()
