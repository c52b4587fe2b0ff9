"""Random trucks: who does what, when it begins, and how long everything takes.

Every truck has streams named by its number, so a fleet of N trucks is the first N of any greater
one; the days of a longer run begin with those of a shorter one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from sim.clock import ns
from sim.config.section import HOURS
from sim.evs import make_evs
from sim.freight.corridor import Corridor
from sim.freight.program import DRIVE
from sim.freight.schema import Berth, Cars
from sim.lifecycle import Change as ChangeKind
from sim.model import Change
from sim.stations import failures
from sim.stats.streams import Distribution, mean, stream, uniforms

LEAST_FACTOR = 1e-6  # a service may be short, but takes some time


@dataclass(frozen=True)
class Drawn:
    """The random inputs of one replication.

    `evs` (`kernels.records.EV`, input fields) holds the packs of swap stations, the cars of mixed
    sites, and the trucks, from `first_truck` on; `factors` those of drawn steps; `changes` vessels
    that come and go, failures and repairs of EVSEs.
    """

    evs: np.ndarray
    factors: np.ndarray
    changes: list[Change]
    first_truck: int


class Fleet:
    """Draws for a corridor.

    Attributes
    ----------
    corridor : whose trucks these are.
    """

    def __init__(self, corridor: Corridor) -> None:
        self.corridor = corridor
        self._section = corridor.section
        self._battery = np.array([v.battery_kwh for v in corridor.vehicles])

    def draw(
        self, seed: int, replication: int, trucks: int | None = None, logged: int = 0
    ) -> Drawn:
        """The random inputs of a replication with that many trucks (those of the section, if None);
        the steps of the first `logged` are written to the log."""
        number = self._section.trucks_in_fleet if trucks is None else trucks
        own = self._trucks(seed, replication, number)
        own["logged"] = np.arange(number) < logged
        factors = self._factors(seed, replication, own)
        others = [self._packs(), *self._cars(seed, replication)]
        changes = [*self._vessels(seed, replication), *self._failures(seed, replication)]
        evs = np.concatenate([*others, own])
        return Drawn(evs, factors, changes, len(evs) - number)

    def duties(self, trucks: int) -> np.ndarray:
        """Number of the model's duty of each truck: to every duty its share, whatever the size of
        the fleet, and to the shift offsets in turn."""
        names, offsets = list(self._section.duties), len(self._section.shift_offsets_h)
        share = np.array([self._section.duties[name].share for name in names])
        given = np.zeros(len(names))
        out = np.zeros(trucks, np.int64)
        for k in range(trucks):
            most = int(np.argmax(share * (k + 1) - given))
            out[k] = most * offsets + int(given[most]) % offsets
            given[most] += 1
        return out

    def _trucks(self, seed: int, replication: int, number: int) -> np.ndarray:
        section, programs = self._section, self.corridor.programs
        counts = [(str(k), 1) for k in range(number)]

        def drawn(purpose: str, distribution: Distribution) -> np.ndarray:
            return distribution.quantile(uniforms(seed, replication, f"truck {purpose}", counts))

        duty = self.duties(number)
        kinds = [self.corridor.vehicle_names.index(p.own.truck) for p in programs]
        types = [section.trucks[p.own.truck] for p in programs]
        evs = make_evs(number, place=-1, duty=duty)
        evs["vehicle"] = np.array(kinds)[duty]
        battery = self._battery[evs["vehicle"]]
        use = np.array([t.kwh_per_km_loaded for t in types])[duty] * section.season_factor
        evs["kwh_per_km"] = use * drawn("consumption", section.consumption_spread)
        evs["aux_kw"] = np.array([t.aux_kw for t in types])[duty]
        evs["entry_kwh"] = battery * drawn("soc", section.start_soc)
        evs["stop_kwh"] = battery * section.stop_soc
        evs["reserve_kwh"] = battery * section.reserve_soc
        if section.patience_min:
            evs["patience_ns"] = ns(drawn("patience", section.patience_min) / 60.0)
        if section.balk_per_evse:
            evs["balk_per_evse"] = drawn("balk", section.balk_per_evse)
        late_h = drawn("start", section.start_spread_min) / 60.0
        anywhen = uniforms(seed, replication, "truck hour", counts) * HOURS
        begins = np.array([
            (p.own.shift.begin_h + p.offset_h) % HOURS if p.own.shift else -1.0 for p in programs
        ])[duty]  # fmt: skip
        evs["entry_ns"] = ns(np.where(begins >= 0.0, begins + late_h, anywhen))
        booked = uniforms(seed, replication, "truck appointment", counts)
        evs["priority"] = booked >= section.appointment_share
        return evs

    def _factors(self, seed: int, replication: int, evs: np.ndarray) -> np.ndarray:
        """Fills in `draw_start` and `draw_end`: whole turns, as many as the run can need."""
        programs, horizon = self.corridor.programs, self._section.horizon_h
        turns = [ceil(horizon / max(p.turn_h, 0.05)) + 1 for p in programs]
        counts = np.array([t * len(p.drawn) for t, p in zip(turns, programs, strict=True)])
        own = counts[evs["duty"]]
        evs["draw_end"] = np.cumsum(own)
        evs["draw_start"] = evs["draw_end"] - own
        factors = uniforms(
            seed, replication, "truck factor", [(str(k), int(n)) for k, n in enumerate(own)]
        )
        spread = self._spreads()
        for number, program in enumerate(programs):
            trucks = np.flatnonzero(evs["duty"] == number)
            if not len(program.drawn) or not len(trucks):
                continue
            where = evs["draw_start"][trucks][:, None] + np.arange(counts[number])
            u = factors[where].reshape(-1, len(program.drawn))
            for label in set(program.drawn):
                mine = np.array([x == label for x in program.drawn])
                distribution, average = spread[label]
                drawn = distribution.quantile(u[:, mine].ravel()) / average
                u[:, mine] = drawn.reshape(len(u), -1)
            factors[where] = np.maximum(u, LEAST_FACTOR).reshape(where.shape)
        return factors

    def _spreads(self) -> dict[str, tuple[Distribution, float]]:
        """What each drawn step takes, and its mean."""
        section = self._section
        found: dict[str, Distribution] = {n: p.service_min for n, p in section.places.items()}
        spread = {name: (times, mean(times)) for name, times in found.items()}
        return spread | {DRIVE: (section.drive_spread, 1.0)}

    def _packs(self) -> np.ndarray:
        """One in every rack, charged."""
        rows = []
        for name, site in self._section.sites.items():
            if swap := site.swap:
                vehicle = self.corridor.vehicle_names.index(swap.truck)
                kwh = swap.soc * self._battery[vehicle]
                racks = np.arange(swap.packs)
                own = make_evs(swap.packs, vehicle=vehicle, rack=racks, entry_kwh=kwh)
                own["place"], own["target_kwh"] = self.corridor.number[name], kwh
                rows.append(own)
        return np.concatenate(rows) if rows else make_evs(0)

    def _cars(self, seed: int, replication: int) -> Iterator[np.ndarray]:
        """A Poisson process at every mixed site."""
        days = self._section.days + self._section.warm_up_days
        for name, site in self._section.sites.items():
            if site.cars:
                rng = stream(seed, replication, "cars", name)
                yield self._of_site(site.cars, self.corridor.number[name], days, rng)

    def _of_site(self, cars: Cars, place: int, days: int, rng: np.random.Generator) -> np.ndarray:
        share = np.cumsum([0.0, *self._section.shapes[cars.shape].hours])
        hour = np.arange(HOURS + 1.0)
        entries = [
            HOURS * day + np.interp(rng.random(rng.poisson(cars.per_day)) * share[-1], share, hour)
            for day in range(days)
        ]
        entry_h = np.sort(np.concatenate(entries))
        vehicle = self.corridor.vehicle_names.index(cars.curve)
        battery = self._battery[vehicle]
        entry, target = (
            battery * soc.quantile(rng.random(len(entry_h)))
            for soc in (cars.arrival_soc, cars.target_soc)
        )
        return make_evs(
            len(entry_h), place=place, vehicle=vehicle, entry_h=entry_h, entry_kwh=entry,
            target_kwh=np.maximum(entry, target), priority=1.0,
        )  # fmt: skip

    def _vessels(self, seed: int, replication: int) -> Iterator[Change]:
        """The cranes of a berth are the last servers of its place that no other berth has."""
        left = {name: place.servers for name, place in self._section.places.items()}
        for k, berth in enumerate(self._section.berths):
            left[berth.place] -= berth.cranes
            first = left[berth.place]
            rng = stream(seed, replication, "vessel", f"{berth.place}#{k}")
            yield from self._berth(berth, first, rng)

    def _berth(self, berth: Berth, first: int, rng: np.random.Generator) -> Iterator[Change]:
        place, horizon = self.corridor.number[berth.place], self._section.horizon_h
        cranes = range(first, first + berth.cranes)
        yield from (Change(0.0, place, ChangeKind.EVSE_DOWN, crane) for crane in cranes)
        time = -rng.random() * (mean(berth.gap_h) + mean(berth.stay_h))
        while time < horizon:
            time += float(berth.gap_h.quantile(rng.random(1))[0])
            leaves = time + float(berth.stay_h.quantile(rng.random(1))[0])
            for at, kind in ((time, ChangeKind.EVSE_UP), (leaves, ChangeKind.EVSE_DOWN)):
                if leaves > 0.0 and at < horizon:
                    yield from (Change(max(0.0, at), place, kind, crane) for crane in cranes)
            time = leaves

    def _failures(self, seed: int, replication: int) -> Iterator[Change]:
        if self._section.failures is None:
            return
        for name, site in self._section.sites.items():
            if site.swap:
                continue
            number = self.corridor.number[name]
            yield from failures.changes(
                name, number, [0.0] * len(self.corridor.model.stations[number].evses),
                self._section.failures, self._section.horizon_h, seed, replication,
            )  # fmt: skip
