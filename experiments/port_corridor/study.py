"""What all questions about a freight corridor share: the corridor, how sure, and whom to ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.port_corridor.settings import PortMoneySection, PortStudySection
from sim.config.problems import InputError, did_you_mean
from sim.freight import checks as freight_checks
from sim.freight.capacity import capacity
from sim.freight.case import Freight
from sim.freight.corridor import Corridor
from sim.freight.metrics import METRICS
from sim.freight.network import corridor_of
from sim.metrics.schema import KpisSection
from sim.report.finding import Finding, Name, Term, found
from sim.stations import costs
from sim.stations.schema import SWAP_ITEMS, CostRow, PriceRow, SwapCostRow
from sim.study.case import Work
from sim.study.output import Output
from sim.study.results import Results
from sim.study.schema import EngineSection
from sim.study.study import Study

QUICK, QUICK_FEWER, QUICK_WORLDS = 5, 3, 8  # replications
FLOWS = ("deliveries_per_day", "trucks_per_day", "teu_per_day", "tonnes_per_day")
Prices = Mapping[str, PriceRow]


@dataclass(frozen=True)
class PortStudy:
    """A corridor, what is asked about it, and the runs that answer it."""

    corridor: Corridor
    own: PortStudySection
    engine: EngineSection
    kpis: KpisSection
    runs: Study
    output: Output

    @property
    def assumed(self) -> "PortStudy":
        """The same where replications differ by luck alone."""
        engine = self.engine.model_copy(update={"uncertainty": "none"})
        return replace(self, corridor=self.corridor.assumed, engine=engine)

    @property
    def worlds(self) -> int:
        """How many points of the posterior are run, a replication each; 0: there is none."""
        if self.corridor.posterior is None:
            return 0
        return min(QUICK_WORLDS, self.own.worlds) if self.own.quick else self.own.worlds

    @property
    def replications(self) -> int:
        if worlds := self.worlds:
            return worlds
        return min(QUICK, self.own.replications) if self.own.quick else self.own.replications

    @property
    def fewer(self) -> int:
        if worlds := self.worlds:
            return worlds
        own = self.own
        return min(QUICK_FEWER, own.fewer_replications) if own.quick else own.fewer_replications

    def counted(self, n: int) -> Finding:
        """So many replications, or worlds where each is one."""
        return found("runs.worlds" if self.worlds else "runs.luck", n=n)

    @property
    def criteria(self) -> dict[str, float]:
        """What holds of a fleet that the corridor can carry."""
        return {"wait_p95_min": self.own.wait_p95_min, "energy_share": self.own.energy_share}

    def capacities(
        self,
        corridors: Mapping[Any, Corridor],
        replications: int,
        what: str,
        guess: Mapping[Any, int] | None = None,
        resolution: float | None = None,
    ) -> Results:
        """The capacity of every corridor in every replication: common random numbers."""
        own = self.own
        return self.each(
            corridors, replications, what, capacity, guess, **self.criteria, most=own.most_trucks,
            resolution=own.resolution if resolution is None else resolution,
        )  # fmt: skip

    def each(
        self,
        corridors: Mapping[Any, Corridor],
        replications: int,
        what: str,
        work: Work | None = None,
        trucks: Mapping[Any, int] | None = None,
        **asked: Any,
    ) -> Results:
        """The same work on replications of every corridor; with so many `trucks` by corridor, those
        of its fleet if None."""
        designs = {
            name: Freight(
                own.with_(trucks_in_fleet=trucks[name]) if trucks else own, self.engine.seed
            )
            for name, own in corridors.items()
        }
        return self.runs.run(designs, replications, what, work, **asked)

    def at(self, corridors: Mapping[Any, Corridor], fleets: Sequence[int], what: str) -> Results:
        """Figures of every corridor, in every replication with a fleet of its own: so that worlds
        that carry less and more are compared where each of them is full."""
        asked = [
            (name, Freight(own.with_(trucks_in_fleet=trucks), self.engine.seed), r)
            for name, own in corridors.items()
            for r, trucks in enumerate(fleets)
        ]
        ran = iter(self.runs.ask(asked, what))
        return Results({name: [next(ran) for _ in fleets] for name in corridors}, METRICS)


def named(corridor: Corridor, key: str = "") -> Name:
    """What people call the corridor, or something of it: in English its key, in Chinese what
    `names_zh` says."""
    section = corridor.section
    if not key:
        return Name(section.name, section.name_zh)
    is_kind = key in section.cabinet_types
    english = key if is_kind else key.replace("_", " ").capitalize()
    return Name(english, section.names_zh.get(key, ""))


def kva(power: float | None) -> Finding:
    """Of a transformer, in words."""
    return found("kva", kva=power) if power else found("no_limit")


def limits(names: Iterable[str]) -> list[Term]:
    return [Term(f"limits.{name}") for name in names]


def rounded(results: Results, design: Any = "") -> int:
    """The capacity of a design as a number of trucks: the mean, at least one."""
    return max(1, round(float(results.values("capacity", design).mean())))


def hourly(
    results: Results, corridor: Corridor, names: Iterable[str], design: Any = ""
) -> dict[str, list[float]]:
    """The day of the hub by hour, mean over replications."""
    hub = results.names().index(corridor.section.hub)
    return {name: results.hours(name, design)[:, hub].mean(axis=0).tolist() for name in names}


def limits_kw(corridor: Corridor) -> list[float] | None:
    """What the transformer of the hub leaves for charging in every hour; None: no limit."""
    hub = corridor.section.hub
    return corridor.caps_kw(hub) if corridor.section.sites[hub].kva else None


def prices(money: PortMoneySection, problems: list[str]) -> dict[str, PriceRow]:
    """Both tables of costs by item; a sentence is added for all that is wrong in them."""
    charging = costs.listed(money.costs, CostRow, ("air_kw", "liquid_kw", "evse"), problems)
    return {**charging, **costs.listed(money.swap_costs, SwapCostRow, SWAP_ITEMS, problems)}


def check(corridor: Corridor, own: PortStudySection, engine: EngineSection) -> list[str]:
    """A sentence for all that is wrong with what is asked."""
    section, money, problems = corridor.section, own.money, list[str]()

    def unknown(place: str, what: str, name: str, known: Mapping[str, object]) -> None:
        if name not in known:
            nearest = did_you_mean(name, known)
            problems.append(f"`port_study.{place}` is an unknown {what} `{name}`{nearest}")

    kinds = {f"surface.types.{n}": name for n, name in enumerate(own.surface.types)}
    kinds |= {"money.dual_gun": money.dual_gun, "money.megawatt": money.megawatt}
    for place, name in kinds.items():
        unknown(place, "cabinet type", name, section.cabinet_types)
    if "swap" in own.questions:
        unknown("money.megawatt_truck", "truck", money.megawatt_truck, section.trucks)
    hub = section.sites[section.hub]
    if len(hub.cabinets) != 1 and {"capacity", "surface", "swap"} & set(own.questions):
        problems.append(
            f"the hub `{section.hub}` must have cabinets of one type: their number is in question"
        )
    for question, names in (("plan", own.plan), ("outside", own.outside)):
        for name in names if question in own.questions else ():
            try:
                corridor_of(name, engine)
            except InputError as error:
                problems += [f"`port_study.{question}`: {text}" for text in error.problems]
    asked = max(own.replications, own.fewer_replications)
    if corridor.posterior:
        asked = max(asked, own.worlds)
    if asked > engine.most_replications and not own.quick:
        problems.append(
            f"`port_study.replications`, fewer_replications or worlds are {asked:,}, more than "
            f"`engine.most_replications` = {engine.most_replications:,}: raise that too, or ask "
            "for fewer"
        )
    problems += freight_checks.size(section, own.most_trucks, engine.most_memory)
    if not problems:
        prices(money, problems)
    return problems
