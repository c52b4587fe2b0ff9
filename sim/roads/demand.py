"""Random demand: who drives from where to where, when, in which EV, with how much in its battery.

How many are expected: see `pairs.py`.

Days and holidays differ
------------------------
In one replication the expected trips are multiplied by G_period, one factor of the whole calendar,
and by G_day, one of each day, both gamma of mean 1 with the coefficients of variation of
`demand.variation`; given these, the trips are Poisson.  The factors are the same for the whole
network and for all designs: they are drawn from streams named by the calendar's name and by the
day.  Where the level is `known`, G_period is 1 and the days that count are scaled so that their
mean, weighted by factor(day), is 1.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from sim.clock import ns
from sim.evs import make_evs
from sim.lifecycle import Rule
from sim.model import Change
from sim.roads.pairs import Pairs
from sim.roads.scenario import Scenario
from sim.roads.schema import SocByNode
from sim.stations import failures as outages
from sim.stats.streams import stream, streams, uniforms
from sim.stats.variation import gamma


@dataclass(frozen=True)
class Draw:
    """The random inputs of one replication.

    `evs` (`kernels.records.EV`, input fields) holds the EVs that may stop, in order of
    "origin>destination" and time of entry; `changes` the failures and repairs of EVSEs.  `trips`
    counts EV trips: `drawn` on routes that pass a station, of which `passing` never stop and
    `simulated` may; `elsewhere` is the expected number on routes that pass no station.
    """

    evs: np.ndarray
    changes: list[Change]
    trips: dict[str, float]


class Demand:
    """Expected EV trips, and random draws from them.

    Attributes
    ----------
    pairs : the pairs of nodes.
    flows : expected EV trips, [pair, day].
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self.pairs = Pairs(scenario.network)
        self.flows = np.stack(
            [self.pairs.flow(scenario.config.demand, day) for day in scenario.calendar], axis=1
        )
        ways, passes = scenario.network.ways, self.pairs.passes
        self._names = [
            f"{ways.ends[a]}>{ways.ends[b]}" for a, b in self.pairs.ends[passes].tolist()
        ]
        self._km, self._kmh = self.pairs.km[passes], self.pairs.kmh[passes]
        self._first_km = ways.first_km[tuple(self.pairs.ends[passes].T)]
        self._ends = self.pairs.ends[passes]
        kind = {node.node: node.kind for node in scenario.network.nodes}
        self._kinds = np.array([kind[name] for name in ways.ends])
        self._shares = np.array([scenario.hourly[day.kind] for day in scenario.calendar])

    def draw(self, seed: int, replication: int) -> Draw:
        """The random inputs of a replication, from streams named by it and by each pair."""
        evs, trips = self.traffic(seed, replication)
        return Draw(evs, failures(self._scenario, seed, replication), trips)

    def variation(self, seed: int, replication: int) -> np.ndarray:
        """What the expected trips of each day are multiplied by in a replication, [day]."""
        demand, calendar = self._scenario.config.demand, self._scenario.calendar
        own = demand.variation

        def u(purpose: str, entity: str) -> float:
            return stream(seed, replication, purpose, entity).random()

        days: np.ndarray = gamma(
            [u("day", f"{demand.name}/{day.date}") for day in calendar], own.day_cv
        )
        if not own.known:
            days = days * gamma(u("period", demand.name), own.period_cv)
            return days
        counted = list(self._scenario.counted_days())
        weights = np.array([calendar[day].factor for day in counted])
        if own.day_cv > 0.0 and weights.any():
            days[counted] /= np.average(days[counted], weights=weights)
        return days

    def traffic(self, seed: int, replication: int) -> tuple[np.ndarray, dict[str, float]]:
        """The EVs and the trips of a `Draw`, which do not depend on what stands at stations."""
        passes, factors = self.pairs.passes, self.variation(seed, replication)
        taken, entries = self._entries(seed, replication, self.flows[passes] * factors)
        counts = [len(times) for times in entries]
        evs = self._evs(seed, replication, np.concatenate([[], *entries]), taken, counts)
        trips = {
            "drawn": float(sum(counts)),
            "passing": float(sum(counts) - len(evs)),
            "simulated": float(len(evs)),
            "elsewhere": float((self.flows[~passes] * factors).sum()),
        }
        return evs, trips

    def _entries(
        self, seed: int, replication: int, flows: np.ndarray
    ) -> tuple[list[int], list[np.ndarray]]:
        """Numbers of the routes that anybody takes, and times of entry [h] of their trips:
        inversion of the cumulative rate of `flows` [route, day], which is made where it is
        needed."""
        hours = np.arange(self._shares.size + 1.0)
        cumulative = np.zeros(len(hours))
        taken, entries = [], []
        most = (flows.sum(axis=1) * (1.0 + 1e-6)).tolist()
        rngs = streams(seed, replication, "departure", self._names)
        for number, rng in enumerate(rngs):
            first = rng.standard_exponential()
            if first >= most[number]:  # nobody is under way: on most routes of a large network
                continue
            np.cumsum(flows[number][:, None] * self._shares, out=cumulative[1:])
            steps = _steps(rng, first, cumulative[-1])
            if count := steps.searchsorted(cumulative[-1]):
                taken.append(number)
                entries.append(np.interp(steps[:count], cumulative, hours))
        return taken, entries

    def _evs(
        self, seed: int, replication: int, entry_h: np.ndarray, taken: list[int], counts: list[int]
    ) -> np.ndarray:
        """The EVs that may stop; those with enough for their whole trip are left out."""
        fleet, season = self._scenario.config.fleet, self._scenario.config.demand.season_factor
        kept = np.arange(len(entry_h))
        names = [self._names[number] for number in taken]

        def u(purpose: str) -> np.ndarray:
            return uniforms(seed, replication, purpose, zip(names, counts, strict=True))[kept]

        route = np.repeat(np.array(taken, np.int64), counts)
        types = [fleet.types[vehicle.name] for vehicle in self._scenario.vehicles]
        ends = np.cumsum([kind.share for kind in types])
        vehicle = np.minimum(np.searchsorted(ends, u("vehicle"), side="right"), len(ends) - 1)
        battery = np.array([v.battery_kwh for v in self._scenario.vehicles])[vehicle]
        of_speed = (self._kmh / fleet.speed.reference_kmh) ** fleet.speed.exponent
        of_type = np.array([kind.consumption_factor for kind in types])
        same = fleet.terrain_factor * fleet.load_factor * season
        kwh_per_km = fleet.kwh_per_km.quantile(u("consumption"))
        kwh_per_km *= (same * of_speed)[route] * of_type[vehicle]
        entry_kwh = battery * _by_kind(fleet.entry_soc, self._kinds[self._ends[route, 0]], u("soc"))
        # Nobody sets out who cannot reach the first station with the reserve, if full is enough:
        # but for hybrids, which reach it on fuel.
        first_kwh = kwh_per_km * self._first_km[route] + fleet.reserve_soc * battery
        first_kwh[np.array([kind.hybrid for kind in types])[vehicle]] = 0.0
        entry_kwh = np.maximum(entry_kwh, np.minimum(first_kwh, battery))
        dest_kwh = battery * _by_kind(
            fleet.destination_soc, self._kinds[self._ends[route, 1]], u("destination")
        )

        # The first decision of every driver: enough to arrive as wanted means no stop.
        kept = np.flatnonzero(entry_kwh - kwh_per_km * self._km[route] < dest_kwh)
        battery = battery[kept]
        evs = make_evs(len(kept), place=-1)
        evs["route"], evs["vehicle"] = route[kept], vehicle[kept]
        evs["entry_ns"] = ns(entry_h[kept])
        evs["entry_kwh"], evs["dest_kwh"] = entry_kwh[kept], dest_kwh[kept]
        evs["kwh_per_km"] = kwh_per_km[kept]
        evs["target_kwh"] = battery * fleet.target_soc.quantile(u("target"))
        evs["stop_kwh"] = battery * fleet.stop_soc.quantile(u("stop"))
        evs["reserve_kwh"] = battery * fleet.reserve_soc
        evs["patience_ns"] = ns(fleet.patience_min.quantile(u("patience")) / 60.0)
        evs["overstay_ns"] = ns(fleet.overstay_min.quantile(u("overstay")) / 60.0)
        evs["balk_per_evse"] = fleet.balk_per_evse.quantile(u("balk"))
        plans = u("rule") < fleet.plan_ahead_share
        evs["rule"] = np.where(plans, Rule.PLAN_AHEAD, Rule.THRESHOLD)
        evs["informed"] = u("informed") < fleet.informed_share
        return evs


def failures(scenario: Scenario, seed: int, replication: int) -> list[Change]:
    """Failures and repairs of every EVSE."""
    section, horizon_h = scenario.config.station.failures, scenario.horizon_h
    return [
        change
        for number, own in enumerate(scenario.hardware.values())
        for change in outages.changes(
            own.name, number, scenario.opens_h(own), section, horizon_h, seed, replication
        )
    ]


def _steps(rng: np.random.Generator, first: float, most: float) -> np.ndarray:
    """Sums of the exponential steps of a stream, of which the first is drawn, to beyond `most`."""
    steps = np.array([first])
    while steps[-1] <= most:
        left = most - steps[-1]
        more = np.empty(int(left + 5.0 * sqrt(left)) + 9)
        more[0] = steps[-1]
        rng.standard_exponential(out=more[1:])
        steps = np.concatenate([steps[:-1], np.cumsum(more, out=more)])
    return steps


def _by_kind(soc: SocByNode, kinds: np.ndarray, u: np.ndarray) -> np.ndarray:
    """SOC of every trip; `kinds` are those of the nodes where it begins, or ends."""
    out = np.empty(len(kinds))
    for name in type(soc).model_fields:
        mine = kinds == name
        out[mine] = getattr(soc, name).quantile(u[mine])
    return out
