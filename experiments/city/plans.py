"""What may be built, planned on some weeks of a region and judged on others, on the same draws.

Only some districts are looked at, which have their share of what the plan builds in the city.  All
stations that the retrofit rule flags there may be rebuilt, in one order or another; new ones may
come to any block.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from experiments.city.settings import CitySection
from experiments.city.study import CityStudy, over_worlds
from sim.config.problems import InputError
from sim.region import cover, retrofit, siting, ways
from sim.region.building import NOTHING, Building
from sim.region.case import Inhabited
from sim.region.cover import Near
from sim.region.equipment import Equipment
from sim.region.retrofit import RetrofitRule
from sim.stations.costs import Cost, prices
from sim.stats.estimate import Estimate, Metric
from sim.study.case import Replication
from sim.study.results import Results

HOURS = Metric("hours", "h", least=-np.inf)


class Plans:
    """What the questions about building share.

    base : by seed, cases of the districts in which something is built.
    retrofits, new : by seed, how many stations are their share.
    """

    def __init__(self, study: CityStudy) -> None:
        own, everywhere = study.own, study.base
        districts = own.built_in(everywhere.region)
        base = replace(everywhere, districts=districts)
        self.study = CityStudy(base, own, study.rule, study.kpis, study.runs)
        self.rule, self.own, self.runs = study.rule, own, study.runs
        self._all = own.every(everywhere.region)

    @property
    def base(self) -> dict[int, Inhabited]:
        return self.study.cases

    @cached_property
    def planning(self) -> Results:
        """The weeks on which is planned; designs are the seeds."""
        return self._run(self.base, range(self.own.runs), "doing.planning")

    def judged(self, what: str, plans: Mapping[int, Building]) -> Results:
        """A plan of each region, in weeks on which nobody planned; designs are the seeds; `what`:
        the key of a message, for the line of progress."""
        cases = {seed: self.base[seed].built(own) for seed, own in plans.items()}
        return self._run(cases, range(self.own.runs, 2 * self.own.runs), what)

    @cached_property
    def today(self) -> Results:
        return self.judged("doing.today", dict.fromkeys(self.base, NOTHING))

    def _run(self, cases: Mapping[Any, Inhabited], numbers: range, what: str) -> Results:
        minutes = self.own.building.near_min
        return self.runs.run(cases, numbers, what, ways.measure, minutes=minutes)

    # ---- what there is to build --------------------------------------------------------------

    @cached_property
    def flagged(self) -> dict[int, list[int]]:
        """By seed, numbers of the stations that the rule flags, in the order of their names."""
        return {seed: self._flagged(case, case.districts) for seed, case in self.base.items()}

    def share(self, seed: int, stations: int) -> int:
        """What the districts get of so many stations: in proportion to who is flagged."""
        here, all_ = len(self.flagged[seed]), len(self._flagged(self.base[seed], self._all))
        return min(here, max(1, round(stations * here / all_))) if here else 0

    def _flagged(self, case: Inhabited, districts: Sequence[str]) -> list[int]:
        flags = retrofit.flagged(self.rule, case.region.stations, case.section.now.year)
        own = replace(case, districts=tuple(districts)).stations
        found: list[int] = own[flags[own]].tolist()
        return found

    def rebuilt(self, stations: Sequence[int]) -> Building:
        return Building(tuple(stations), self.rule.action)

    def cost(self, seed: int, plan: Building) -> Cost:
        """Of retrofits."""
        table = prices(self.rule.costs, [])
        return retrofit.cost(self.base[seed].region, self.rule.action, plan.retrofits, table)

    def lacking(self, seed: int) -> np.ndarray:
        """Drivers who found no free super gun near, in all weeks of planning, int64 [block, hour of
        the day]."""
        return lacking(self.planning[seed], len(self.base[seed].region.blocks.rows))

    def capacity(self, seed: int, cabinets: str) -> int:
        """Sessions that such a station can serve in an hour of the day in all weeks of planning."""
        case = self.base[seed]
        new = case.built(Building(sites=(0,), cabinets=cabinets)).network.model
        station = new.stations[len(case.region.stations.names)]
        hours = len(case.days) * self.own.runs
        return int(len(station.evses) * hours / station.service_h)

    def placed(
        self, seed: int, at: np.ndarray, stations: int, cabinets: str, most: int
    ) -> list[int]:
        """Numbers of the places (rows with `x_km`, `y_km`) that serve most of who lacks a free
        super gun, the first ones first; at most so many stations at one place."""
        case = self.base[seed]
        there = np.column_stack([at["x_km"], at["y_km"]])
        near = cover.near(case.region, there, self.own.building.near_min)
        capacity, lacks = self.capacity(seed, cabinets), self.lacking(seed)
        found = siting.greedy(lacks, near, capacity, stations, len(at), most)
        return [own.place for own in found]

    def gains(self, seed: int, stations: Sequence[int]) -> dict[int, float]:
        """Hours out that rebuilding one station saves, the others as they are, by station: in the
        mean of the weeks of planning, of all drivers who set out from where it is known.

        Stations that are known nowhere together are rebuilt in one run.
        """
        case, known = self.base[seed], self._known(seed)
        groups = apart({station: known[station] for station in stations})
        cases = {f"{seed}/{n}": case.built(self.rebuilt(own)) for n, own in enumerate(groups)}
        results = self._run(cases, range(self.own.runs), "doing.gains")
        before = out_h(self.planning[seed])
        found = {}
        for name, own in zip(cases, groups, strict=True):
            after = out_h(results[name])
            for station in own:
                found[station] = float((before - after)[sorted(known[station])].sum())
        return found

    def _known(self, seed: int) -> dict[int, set[int]]:
        """By station, the blocks in which it is known."""
        of, found = self.base[seed].region.candidates, dict[int, set[int]]()
        for block in range(len(of.start) - 1):
            for station in of.station[of.of(block)].tolist():
                found.setdefault(station, set()).add(block)
        return found

    def neighbors(self, seed: int, case: Inhabited, built: Sequence[int]) -> np.ndarray:
        """Which stations of a case are near a block to which one that is built is near, too;
        without these, [station]."""
        rows = case.region.stations.rows
        there = np.column_stack([rows["x_km"], rows["y_km"]])
        of: Near = cover.near(case.region, there, self.own.building.near_min)
        theirs = np.isin(of.block, of.block[np.isin(of.place, built)])
        near: np.ndarray = np.isin(np.arange(len(rows)), of.place[theirs])
        near[list(built)] = False
        return near

    # ---- what comes of it --------------------------------------------------------------------

    def changed(self, figure: str, results: Results) -> np.ndarray:
        """How much more of a figure there is than today, [seed, replication]."""
        return np.array([
            results.values(figure, seed) - self.today.values(figure, seed) for seed in self.base
        ])  # fmt: skip

    def taken(
        self, results: Results, cases: Mapping[int, Inhabited], built: Mapping[int, Sequence[int]]
    ) -> np.ndarray:
        """Share of the further sessions at what is built that came from neighbors, [seed,
        replication]; NaN where there are no more sessions.  `built`: numbers of what is built."""
        found = []
        for seed, case in cases.items():
            new = built[seed]
            before = self.today.stations("sessions", seed)
            after = results.stations("sessions", seed)
            grown = after - np.pad(before, ((0, len(after) - len(before)), (0, 0)))
            of = case.stations
            gained = grown[np.isin(of, new)].sum(axis=0)
            lost = -grown[self.neighbors(seed, case, new)[of]].sum(axis=0)
            found.append(np.where(gained > 0.0, lost / np.maximum(gained, 1.0), np.nan))
        return np.array(found)


def apart(known: Mapping[int, set[int]]) -> list[list[int]]:
    """Groups in which no two are known in the same block, each as full as may be."""
    groups: list[list[int]] = []
    taken: list[set[int]] = []
    for station, blocks in sorted(known.items(), key=lambda own: (-len(own[1]), own[0])):
        free = next((n for n, own in enumerate(taken) if not own & blocks), len(groups))
        if free == len(groups):
            groups.append([])
            taken.append(set())
        groups[free].append(station)
        taken[free] |= blocks
    return groups


def out_h(weeks: Sequence[Replication]) -> np.ndarray:
    """Hours that drivers from every block are out in a week, [block]."""
    found: np.ndarray = np.mean([own.more["out_h"] for own in weeks], axis=0)
    return found


def lacking(weeks: Sequence[Replication], blocks: int) -> np.ndarray:
    """Drivers who found no free super gun near in all of these weeks, int64 [block, hour of the
    day]."""
    found = np.zeros((blocks, 24), np.int64)
    for week in weeks:
        block, hour, count = np.array(week.more["lacking"], np.int64).reshape(-1, 3).T
        found[block, hour] += count
    return found


@lru_cache(maxsize=1)
def plans_of(study: CityStudy) -> Plans:
    """Those of a study, which all its questions share."""
    return Plans(study)


def impossible(case: Inhabited, rule: RetrofitRule, own: CitySection) -> Iterator[str]:
    """A sentence where nothing could be rebuilt, or where what is new could not be built."""
    region, cabinets = case.region, own.building.cabinets
    there = replace(case, districts=own.built_in(region)).stations
    if not retrofit.flagged(rule, region.stations, case.section.now.year)[there].any():
        yield (
            f"`{rule.name}` flags no station in the districts of `city_study.building`: it "
            "retrofits nobody"
        )
    wrong = [*retrofit.no_super("`city_study.building.cabinets`", [cabinets], case.section)]
    yield from wrong
    try:
        if not wrong:
            Equipment.of(cabinets, case.section).kva("a new station", case.section)
    except InputError as error:
        yield from error.problems


def estimate(values: np.ndarray, metric: Metric, is_change: bool = False) -> Estimate:
    """Over worlds [seed, replication]."""
    return replace(over_worlds(values, metric), is_change=is_change)
