"""The settings of this study: `city_study` in a config."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from sim.config import limits
from sim.config.folder import configs_dir
from sim.config.problems import did_you_mean
from sim.config.section import Distinct, Section, SomeShare
from sim.config.table import Name, Row, Text, number, read, repeated
from sim.region.region import Region
from sim.region.schema import SomeCount
from sim.stations.schema import Cabinets
from sim.study.schema import Replications

Seen = Annotated[float, number(limits.OBSERVED)]
CityQuestion = Literal["backcast", "rule", "order", "new_sites", "cover"]
OF_RULE, OF_BUILDING = ("rule", "order", "cover"), ("order", "new_sites", "cover")
QUICK_REPLICATIONS, QUICK_ROUNDS = 2, 2


class BuildingSection(Section):
    """What may be built, and where that is tried.

    districts : in which; they have their share of what the plan builds in all that are looked at.
    near_min : by car, to a super gun that is near.
    pool : so many times the budget come first in an order, and are simulated one by one.
    new_stations : super stations with these `cabinets`, at most so many `at_a_place`.
    """

    districts: Annotated[list[Text], Distinct] = Field(min_length=1)
    near_min: Annotated[float, number(limits.REACH_MIN)]
    pool: Annotated[int, number(limits.POOL)]
    new_stations: SomeCount
    cabinets: Cabinets
    at_a_place: Annotated[int, number(limits.AT_A_PLACE)]


class CitySection(Section):
    """What is asked, of which districts (None: of all), and how many runs answer it.

    seeds : of the region, whose made parts are drawn anew with each.
    rounds : runs in which drivers learn what to expect.
    late_share : service fails where more of the arrivals wait too long or are lost.
    building : what is tried, if that is asked.
    """

    questions: Annotated[list[CityQuestion], Distinct] = Field(min_length=1)
    districts: Annotated[list[Text], Distinct, Field(min_length=1)] | None
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Distinct] = Field(min_length=2)
    replications: Replications
    rounds: Annotated[int, number(limits.ROUNDS)]
    late_share: SomeShare
    observed: Text
    building: BuildingSection
    quick_districts: Annotated[list[Text], Distinct] = Field(min_length=1)
    quick: bool

    def of(self, region: Region) -> tuple[str, ...]:
        """The districts that are looked at, in the order of the tables."""
        every = [row.district for row in region.tables.districts]
        asked = self.quick_districts if self.quick else self.districts
        return tuple(own for own in every if asked is None or own in asked)

    def built_in(self, region: Region) -> tuple[str, ...]:
        """The districts in which building is tried, in the order of the tables."""
        asked = self.quick_districts if self.quick else self.building.districts
        return tuple(row.district for row in region.tables.districts if row.district in asked)

    def every(self, region: Region) -> tuple[str, ...]:
        """The districts of whose building theirs is a share, quick or not."""
        every = [row.district for row in region.tables.districts]
        return tuple(own for own in every if self.districts is None or own in self.districts)

    @property
    def builds(self) -> bool:
        """Whether anything is asked about building."""
        return bool({*OF_BUILDING} & {*self.questions})

    @property
    def runs(self) -> int:
        """Replications of each seed."""
        return QUICK_REPLICATIONS if self.quick else self.replications

    @property
    def learning(self) -> int:
        return QUICK_ROUNDS if self.quick else self.rounds


class Observed(Row):
    """What is observed of a figure of `sim.region.metrics`, and its range; a point where none is
    known."""

    figure: Name
    role: Literal["fitted", "predicted"]
    observed: Seen
    low: Seen
    high: Seen
    where: Name
    source: Text


def read_observed(own: CitySection, metrics: set[str], problems: list[str]) -> list[Observed]:
    """A sentence for each problem; then what is returned is of no use."""
    wrong: list[str] = []
    rows = read(configs_dir() / own.observed, own.observed, Observed, wrong)
    wrong += repeated(own.observed, "figure", [row.figure for row in rows])
    for row in rows:
        if row.figure not in metrics:
            wrong.append(
                f"{own.observed}: unknown figure `{row.figure}`{did_you_mean(row.figure, metrics)}"
            )
        if not row.low <= row.observed <= row.high:
            wrong.append(f"{own.observed}: `{row.figure}` is observed outside of its range")
    problems += wrong
    return rows


def unknown(own: CitySection, region: Region) -> Iterator[str]:
    """A sentence for each district that the region does not have."""
    known = [row.district for row in region.tables.districts]
    asked = own.quick_districts if own.quick else own.districts or ()
    if own.builds and not own.quick:
        asked = [*dict.fromkeys([*asked, *own.building.districts])]
    for name in asked:
        if name not in known:
            yield f"`city_study`: unknown district `{name}`{did_you_mean(name, known)}"
