"""The settings of this question: `speed` in a config."""

from typing import Annotated, Literal, Self

from pydantic import Field

from sim.config import limits
from sim.config.section import Distinct, Section
from sim.config.table import number

Part = Literal[
    "witness", "twin", "evses", "national", "week", "tick", "replication", "compile", "workers",
    "pool", "peers", "acn", "port",
]  # fmt: skip
Rounds = Annotated[int, number(limits.ROUNDS)]
Sessions = Annotated[int, number(limits.SESSIONS)]
Stations = Annotated[int, number(limits.SERVERS)]
Days = Annotated[int, number(limits.DAYS)]
QUICK = 100  # times less


class NationalSection(Section):
    """A holiday of a country: sessions at stations that no journey couples."""

    stations: Stations
    evses: Sessions
    days: Days
    sessions: Sessions
    rounds: Rounds

    def part(self, times: int) -> Self:
        """The same with so many times less of everything but days."""
        less = {name: max(1, getattr(self, name) // times) for name in ("stations", "evses")}
        return self.model_copy(update={**less, "sessions": self.sessions // times})


class WeekSection(Section):
    """A week of a country: journeys along routes, with several visits each."""

    stations: Stations
    days: Days
    evs: Sessions
    rounds: Rounds

    def part(self, times: int) -> Self:
        """The same with so many times less of everything but days."""
        less = {"stations": max(12, self.stations // times), "evs": max(1, self.evs // times)}
        return self.model_copy(update=less)


class PoolSection(Section):
    """A sweep of many small designs, and tasks that do nothing but take their time."""

    designs: Annotated[int, number(limits.DESIGNS)]
    design_s: Annotated[float, number(limits.TASK_S)]
    replications: Annotated[int, number(limits.REPLICATIONS)]
    bare: Annotated[int, number(limits.REPLICATIONS)]
    tasks: Annotated[int, number(limits.REPLICATIONS)]
    task_s: Annotated[float, number(limits.TASK_S)]
    short: Annotated[int, number(limits.REPLICATIONS)]

    def part(self, times: int) -> Self:
        """The same with so many times fewer designs and tasks, each as long as it is."""
        fewer = {
            name: max(20, getattr(self, name) // times)
            for name in ("designs", "bare", "tasks", "short")
        }
        return self.model_copy(update={**fewer, "replications": 2})


class SpeedSection(Section):
    parts: Annotated[list[Part], Distinct] = Field(min_length=1)
    rounds: Rounds
    sessions: Sessions
    twin_sessions: Sessions
    peer_customers: Sessions
    replications: Annotated[int, number(limits.REPLICATIONS)]
    national: NationalSection
    week: WeekSection
    pool: PoolSection
    profile: bool
    quick: bool

    @property
    def every(self) -> int:
        """One of so many EVs of the scenario drives."""
        return QUICK if self.quick else 1

    def in_short(self) -> Self:
        """The same, or a hundredth of it where `quick` asks."""
        if not self.quick:
            return self
        less = {
            name: max(10, getattr(self, name) // QUICK)
            for name in ("sessions", "twin_sessions", "peer_customers")
        }
        of = {"rounds": 1}
        return self.model_copy(update={
            **less, "rounds": 1, "replications": 4,
            "national": self.national.part(QUICK).model_copy(update=of),
            "week": self.week.part(QUICK).model_copy(update=of),
            "pool": self.pool.part(QUICK),
        })  # fmt: skip
