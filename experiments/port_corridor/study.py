"""What all questions about a freight corridor share: the corridor, how sure, and whom to ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from experiments.port_corridor.settings import SWAP_ITEMS, PortStudySection, SwapCostRow
from sim.config import choices, compose
from sim.config.folder import configs_dir
from sim.config.problems import InputError, did_you_mean
from sim.config.table import read, repeated
from sim.freight import checks as freight_checks
from sim.freight import corridor as freight
from sim.freight.capacity import Criteria, capacity
from sim.freight.case import Freight
from sim.freight.corridor import Corridor
from sim.freight.schema import CorridorSection
from sim.report.finding import Finding, Name
from sim.report.finding import found as said
from sim.stations.schema import CostRow
from sim.study.case import Work
from sim.study.results import Results
from sim.study.schema import EngineSection
from sim.study.study import Study

QUICK, QUICK_FEWER = 5, 3  # replications
FLOWS = ("deliveries_per_day", "trucks_per_day", "teu_per_day", "tonnes_per_day")
Prices = Mapping[str, CostRow | SwapCostRow]


@dataclass(frozen=True)
class PortStudy:
    """A corridor, what is asked about it, and the runs that answer it."""

    corridor: Corridor
    own: PortStudySection
    engine: EngineSection
    runs: Study

    @property
    def criteria(self) -> Criteria:
        return Criteria(self.own.wait_p95_min, self.own.energy_share)

    @property
    def replications(self) -> int:
        return min(QUICK, self.own.replications) if self.own.quick else self.own.replications

    @property
    def fewer(self) -> int:
        own = self.own
        return min(QUICK_FEWER, own.fewer_replications) if own.quick else own.fewer_replications

    @cached_property
    def prices(self) -> Prices:
        """What things cost, by item."""
        return prices(self.own)

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
            corridors, replications, what, capacity, guess,
            wait_p95_min=own.wait_p95_min, energy_share=own.energy_share, most=own.most_trucks,
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
        seed, designs = self.engine.seed, {}
        for name, corridor in corridors.items():
            number = trucks[name] if trucks else corridor.section.trucks_in_fleet
            designs[name] = Freight(corridor.with_(trucks_in_fleet=number), seed)
        return self.runs.run(designs, replications, what, work, **asked)


def named(corridor: Corridor, key: str = "") -> Name:
    """What people call the corridor, or something of it: in English its key, in Chinese what
    `names_zh` says."""
    section = corridor.section
    if not key:
        return Name(section.name, section.name_zh)
    is_kind = key in section.cabinet_types
    return Name(
        key if is_kind else key.replace("_", " ").capitalize(), section.names_zh.get(key, "")
    )


def kva(found: float | None) -> Finding:
    """Of a transformer, in words."""
    return said("kva", kva=found) if found else said("no_limit")


def hourly(found: Results, design: Any, site: int, names: Iterable[str]) -> dict[str, list[float]]:
    """The day of a site by hour, mean over replications."""
    return {name: found.hours(name, design)[:, site].mean(axis=0).tolist() for name in names}


def limits_kw(corridor: Corridor) -> list[float] | None:
    """What the transformer of the hub leaves for charging in every hour; None: no limit."""
    hub = corridor.section.hub
    return corridor.caps_kw(hub) if corridor.section.sites[hub].kva else None


def ample(corridor: Corridor, besides: str) -> Corridor:
    """All other sites have more than they need, so that only `besides` is in question."""
    for name, site in corridor.section.sites.items():
        if name == besides:
            continue
        if site.swap:
            more = site.swap.model_copy(
                update={"bays": 3 * site.swap.bays, "packs": 4 * site.swap.packs}
            )
            corridor = corridor.with_site(name, swap=more, kva=None)
        else:
            counts = {kind: 4 * count for kind, count in site.cabinets.items()}
            corridor = corridor.with_site(name, cabinets=counts, kva=None)
    return corridor


@lru_cache(maxsize=32)
def corridor_of(network: str, engine: EngineSection) -> Corridor:
    """That of another choice of `network`, with this engine.  Raises `InputError` where there is
    none."""
    known = choices.names("network")
    if network not in known:
        raise InputError(f"there is no network `{network}`{did_you_mean(network, known)}")
    own = compose.plain(compose.config((f"network={network}",))).get("corridor")
    if own is None:
        raise InputError(f"network `{network}` has no freight corridor")
    problems: list[str] = []
    right = {"corridor": CorridorSection.model_validate(own), "engine": engine}
    found = freight.check(right, problems)
    if found is None:
        raise InputError(problems)
    return found


def prices(own: PortStudySection) -> dict[str, CostRow | SwapCostRow]:
    """Both tables of costs.  Raises `InputError` with all that is wrong in them."""
    problems: list[str] = []
    found: dict[str, CostRow | SwapCostRow] = {}
    for name, row, items in (
        (own.money.costs, CostRow, ("air_kw", "liquid_kw", "evse")),
        (own.money.swap_costs, SwapCostRow, SWAP_ITEMS),
    ):
        rows: list[Any] = read(configs_dir() / name, name, row, problems)
        problems += repeated(name, "item", [r.item for r in rows])
        found |= {r.item: r for r in rows}
        problems += [f"{name} lacks the item `{i}`" for i in items if rows and i not in found]
    if problems:
        raise InputError(problems)
    return found


def check(corridor: Corridor, own: PortStudySection, engine: EngineSection) -> list[str]:
    """A sentence for all that is wrong with what is asked."""
    section, problems = corridor.section, []
    kinds = {
        **{f"surface.types.{n}": name for n, name in enumerate(own.surface.types)},
        "money.dual_gun": own.money.dual_gun,
        "money.megawatt": own.money.megawatt,
    }
    for place, name in kinds.items():
        if name not in section.cabinet_types:
            nearest = did_you_mean(name, section.cabinet_types)
            problems.append(f"`port_study.{place}` is an unknown cabinet type `{name}`{nearest}")
    truck = own.money.megawatt_truck
    if "swap" in own.questions and truck not in section.trucks:
        nearest = did_you_mean(truck, section.trucks)
        problems.append(f"`port_study.money.megawatt_truck` is an unknown truck `{truck}`{nearest}")
    hub = section.sites[section.hub]
    if len(hub.cabinets) != 1 and {"capacity", "surface", "swap"} & set(own.questions):
        problems.append(
            f"the hub `{section.hub}` must have cabinets of one type: their number is in question"
        )
    for question, names in (("plan", own.plan), ("outside", own.outside)):
        if question in own.questions:
            for name in names:
                try:
                    corridor_of(name, engine)
                except InputError as error:
                    problems += [f"`port_study.{question}`: {text}" for text in error.problems]
    asked = max(own.replications, own.fewer_replications)
    if asked > engine.most_replications and not own.quick:
        problems.append(
            f"`port_study.replications` or fewer_replications are {asked:,}, more than "
            f"`engine.most_replications` = {engine.most_replications:,}: raise that too, or ask "
            "for fewer"
        )
    problems += freight_checks.size(section, own.most_trucks, engine.most_memory)
    if not problems:
        try:
            prices(own)
        except InputError as error:
            problems += error.problems
    return problems
