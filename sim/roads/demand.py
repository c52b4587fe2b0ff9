"""Random demand: who drives from where to where, when, in which EV, with how much in its battery.

The gravity model, for one day
------------------------------
Of vehicles_per_day x factor(day) vehicles, local_share stay around one town.  The others, V, make
three kinds of trips, each spread over ordered pairs of nodes in proportion to a weight; the masses
m of scenic spots are first multiplied by scenic(kind of day).

- inside, (1 - crossing_share) V: between core, districts and scenic spots,
  weight m m' exp(-km / deterrence_km(kind of day));
- in or out, crossing_share (1 - through_share) V: between a gate and one of these,
  weight m m' exp(-km / crossing_km);
- through, crossing_share through_share V: between gates through_min_km apart or more, weight m m'.

Trips from the core to elsewhere are then multiplied by 2 outbound(day), those to the core by
2 (1 - outbound(day)).  Trips of EVs that may charge are ev_share x dc_share x station_share x scale
of this.  Within a day they are spread by the hourly shares of its kind, evenly within the hour.

Days and holidays differ
------------------------
These are expected trips.  In one replication they are multiplied by G_period, one factor of the
whole calendar, and by G_day, one of each day, both gamma of mean 1 with the coefficients of
variation of `demand.variation`; given these, the trips are Poisson.  The factors are the same for
the whole network and for all designs: they are drawn from streams named by the calendar's name and
by the day.  Where the level is `known`, G_period is 1 and the days that count are scaled so that
their mean, weighted by factor(day), is 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from sim.clock import ns
from sim.evs import make_evs
from sim.lifecycle import Rule
from sim.model import Change
from sim.roads.network import Network
from sim.roads.scenario import Scenario
from sim.roads.schema import Day, DemandSection, SocByNode
from sim.stations import failures as outages
from sim.stats.streams import first_steps, stream, uniforms

LEAST_CV = 1e-6  # less moves no trip


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


class Pairs:
    """Ordered pairs of nodes as arrays, in the order of `network.routes`.

    Attributes
    ----------
    ends : the numbers of both nodes in `network.ways.ends`, [pair, 2].
    km, kmh : of the routes.
    passes : which routes pass a station.
    masses : of both nodes, [pair, 2].
    """

    def __init__(self, network: Network) -> None:
        ways, node = network.ways, {node.node: node for node in network.nodes}
        self._names = ways.ends
        self._kinds = np.array([node[name].kind for name in ways.ends])
        self.ends = np.argwhere(~np.eye(len(ways.ends), dtype=bool)).astype(np.int32)
        way = tuple(self.ends.T)
        self.km = ways.km[way]
        self.kmh = self.km / ways.h[way]
        self.passes = ways.stops[way] > 0
        self.masses = np.array([node[name].mass for name in ways.ends])[self.ends]

    @property
    def kinds(self) -> np.ndarray:
        """Of both nodes, [pair, 2]."""
        return self._kinds[self.ends]

    def _are(self, kind: str) -> np.ndarray:
        """Which nodes are of that kind, [pair, 2]."""
        found: np.ndarray = (self._kinds == kind)[self.ends]
        return found

    @property
    def names(self) -> list[str]:
        return [f"{self._names[a]}>{self._names[b]}" for a, b in self.ends.tolist()]

    def spread(self, demand: DemandSection, kind: str) -> np.ndarray:
        """Share of all trips of a day of that kind that each pair has, before `outbound`."""
        gates = self._are("gate").sum(axis=1)
        scenic = np.where(self._are("scenic"), demand.kinds[kind].scenic, 1.0)
        mass = (self.masses * scenic).prod(axis=1)
        inside = np.exp(-self.km / demand.kinds[kind].deterrence_km) * (gates == 0)
        crossing = np.exp(-self.km / demand.crossing_km) * (gates == 1)
        through = (self.km >= demand.through_min_km) & (gates == 2)
        out, on = demand.crossing_share, demand.through_share
        shares = ((1.0 - out, inside), (out * (1.0 - on), crossing), (out * on, through))
        found: np.ndarray = sum(
            share * mass * weight / (mass * weight).sum() for share, weight in shares if share > 0
        )
        return found

    def tide(self, outbound: float) -> np.ndarray:
        """What each pair is multiplied by when that share of the core's trips goes out."""
        core = self._are("core")
        leaves, enters = core[:, 0] & ~core[:, 1], core[:, 1] & ~core[:, 0]
        return np.where(leaves, 2.0 * outbound, np.where(enters, 2.0 * (1.0 - outbound), 1.0))


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
        self.flows = np.stack([self._flow(day) for day in scenario.calendar], axis=1)
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

    def _flow(self, day: Day) -> np.ndarray:
        demand = self._scenario.config.demand
        of_vehicles = demand.ev_share * demand.dc_share * demand.station_share * demand.scale
        vehicles = demand.vehicles_per_day * day.factor * (1.0 - demand.local_share)
        found: np.ndarray = (
            vehicles
            * of_vehicles
            * self.pairs.spread(demand, day.kind)
            * self.pairs.tide(day.outbound)
        )
        return found

    def draw(self, seed: int, replication: int) -> Draw:
        """The random inputs of a replication, from streams named by it and by each pair."""
        evs, trips = self.traffic(seed, replication)
        return Draw(evs, failures(self._scenario, seed, replication), trips)

    def variation(self, seed: int, replication: int) -> np.ndarray:
        """What the expected trips of each day are multiplied by in a replication, [day]."""
        demand, calendar = self._scenario.config.demand, self._scenario.calendar
        own = demand.variation

        def factor(purpose: str, entity: str, cv: float) -> float:
            return gamma(stream(seed, replication, purpose, entity).random(), cv)

        days = np.array(
            [factor("day", f"{demand.name}/{day.date}", own.day_cv) for day in calendar]
        )
        if not own.known:
            return days * factor("period", demand.name, own.period_cv)
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
        # On most routes of a large network nobody is under way: their first step tells.
        first = first_steps(seed, replication, "departure", self._names)
        for number in np.flatnonzero(first < flows.sum(axis=1) * (1.0 + 1e-6)).tolist():
            name = self._names[number]
            np.cumsum(flows[number][:, None] * self._shares, out=cumulative[1:])
            expected = cumulative[-1]
            size = int(expected + 5.0 * np.sqrt(expected)) + 8
            while True:  # a longer draw begins with the same numbers
                rng = stream(seed, replication, "departure", name)
                steps = np.cumsum(rng.standard_exponential(size))
                if steps[-1] > expected:
                    break
                size *= 2
            if count := np.searchsorted(steps, expected):
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
        # Nobody sets out who cannot reach the first station with the reserve, if full is enough.
        first_kwh = kwh_per_km * self._first_km[route] + fleet.reserve_soc * battery
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


def gamma(u: float, cv: float) -> float:
    """The quantile `u` of the gamma distribution of mean 1 and that coefficient of variation."""
    return float(cv**2 * gammaincinv(cv**-2.0, u)) if cv > LEAST_CV else 1.0


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


def _by_kind(soc: SocByNode, kinds: np.ndarray, u: np.ndarray) -> np.ndarray:
    """SOC of every trip; `kinds` are those of the nodes where it begins, or ends."""
    out = np.empty(len(kinds))
    for name in type(soc).model_fields:
        mine = kinds == name
        out[mine] = getattr(soc, name).quantile(u[mine])
    return out
