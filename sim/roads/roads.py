"""Roads as they are configured: a configuration, its tables, and the model that they describe."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from sim.config.section import HOURS, CurvePoint
from sim.lifecycle import Change as ChangeKind
from sim.model import Change, Model, Route, Station, Vehicle
from sim.roads import mobile
from sim.roads.network import Network
from sim.roads.posterior import Posterior
from sim.roads.schema import Config, Day
from sim.stations import hardware, storage
from sim.stations.curves import larger, vehicle
from sim.stations.hardware import Hardware
from sim.stations.schema import CostRow
from sim.study.schema import EngineSection

MOST_ROUTES = 20_000  # of a network whose routes are all kept: each takes a few kB


@dataclass(frozen=True)
class Roads:
    """A checked configuration with its tables.  Times are hours since the first day, 00:00."""

    config: Config
    network: Network
    calendar: tuple[Day, ...]
    hourly: dict[str, np.ndarray]  # kind of day -> share of its vehicles in every hour
    curves: dict[str, tuple[CurvePoint, ...]]  # by name of the vehicle type, in order of names
    costs: dict[str, CostRow]  # by item; none without an upgrade rule
    posterior: Posterior | None  # what is not known, if replications are to differ in it

    @property
    def horizon_h(self) -> float:
        return float(HOURS * len(self.calendar))

    @property
    def engine(self) -> EngineSection:
        return self.config.engine

    def counted_days(self) -> tuple[int, ...]:
        """Numbers of the days that count; those before only fill roads and stations."""
        return tuple(k for k, day in enumerate(self.calendar) if day.counted == "yes")

    # ---- the model ---------------------------------------------------------------------------

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes that pass a station, in order of their names "origin>destination"."""
        return self.network.passing

    @cached_property
    def _passing(self) -> np.ndarray:
        """Numbers of the ends of these routes, [route, 2]."""
        return np.argwhere(self.network.ways.stops > 0)

    def _route(self, number: int) -> Route:
        origin, end = (self.network.ways.ends[n] for n in self._passing[number])
        return self.network.route(origin, end)

    @cached_property
    def vehicles(self) -> tuple[Vehicle, ...]:
        tolerance, fleet = self.config.engine.curve_tolerance, self.config.fleet
        own = (
            vehicle(name, knots, tolerance, hybrid=fleet.types[name].hybrid)
            for name, knots in self.curves.items()
        )
        return tuple(larger(one, fleet.pack_factor) for one in own)

    @cached_property
    def stations(self) -> tuple[Station, ...]:
        """Every side of every service area, in the order of the table."""
        built = tuple(self._station(own) for own in self.hardware.values())
        guidance = self.config.policy.guidance
        if not guidance or not self._has_policy:
            return built
        cross_h = guidance.cross_min / 60
        return tuple(
            station if other < 0 else replace(station, opposite=other, cross_h=cross_h)
            for station, other in zip(built, self.network.opposite, strict=True)
        )

    @property
    def _has_policy(self) -> bool:
        """Whether what the policy says holds in these days."""
        return self.config.policy.when == "always" or self.config.demand.holiday

    @cached_property
    def hardware(self) -> dict[str, Hardware]:
        """What stands at every station, in the order of the model."""
        return hardware.of(self.network.places, self.config.station, self.sent)

    @cached_property
    def sent(self) -> dict[str, int]:
        """Mobile units by station, in a holiday: the same whatever is built at stations."""
        section, demand = self.config.station, self.config.demand
        if section.mobile is None or not demand.holiday:
            return {}
        today = section.model_copy(update={"overrides": {}})
        evses = {
            name: sum(len(cabinet.evses) for cabinet in own.cabinets)
            for name, own in hardware.of(self.network.places, today).items()
        }
        unit = len(hardware.cabinet_of(section.mobile.cabinet, section).evses)
        days = [self.calendar[n] for n in self.counted_days()]
        return mobile.sent(section.mobile, self.network, demand, days, evses, unit)

    def _station(self, own: Hardware) -> Station:
        station, policy = self.config.station, self.config.policy
        limit_min = policy.session_limit_min if self._has_policy else None
        return Station(
            own.name,
            own.cabinets + (own.mobile if self.config.demand.holiday else ()),
            cap_kw=self._caps_kw(own)[0],
            efficiency=station.efficiency,
            line_places=station.line_places,
            handshake_h=station.handshake_min / 60,
            soc_cap=policy.soc_cap if self._has_policy else 1.0,
            session_limit_h=inf if limit_min is None else limit_min / 60,
            service_h=station.service_min / 60,
            expected_wait_h=station.expected_wait_min / 60,
        )

    def _caps_kw(self, own: Hardware) -> list[float]:
        """Grid-side power left for charging in every hour of the run."""
        counted = self.counted_days() if self.config.demand.holiday else ()
        kinds = {holiday: own.caps_kw(holiday) for holiday in (False, True)}
        return [kw for day in range(len(self.calendar)) for kw in kinds[day in counted]]

    def opens_h(self, own: Hardware) -> list[float]:
        """From when on each EVSE is there: mobile units from the first day that counts, to the
        end, with which the calendar ends."""
        station = self.stations[self.network.stations.index(own.name)]
        mobile = sum(len(cabinet.evses) for cabinet in own.mobile) * self.config.demand.holiday
        begin = float(HOURS * self.counted_days()[0])
        return [0.0] * (len(station.evses) - mobile) + [begin] * mobile

    def _changes(self) -> list[Change]:
        """The other load of a service area rises and falls over the day, the cap against it;
        storage adds and takes; mobile units come."""
        changes = []
        for number, own in enumerate(self.hardware.values()):
            changes += storage.changes(number, self._caps_kw(own))
            for evse, opens_h in enumerate(self.opens_h(own)):
                if opens_h > 0.0:
                    changes.append(Change(0.0, number, ChangeKind.EVSE_DOWN, evse))
                    changes.append(Change(opens_h, number, ChangeKind.EVSE_UP, evse))
        return changes

    def model(self) -> Model:
        """What the engine and the plain SimPy twin run; for a large network without routes, which
        `driven` adds."""
        return Model(
            self.stations,
            self.vehicles,
            () if self._is_large else self.routes,
            self._changes(),
            self.horizon_h,
            self.config.engine.bin_min / 60,
        )

    @property
    def _is_large(self) -> bool:
        return len(self._passing) > MOST_ROUTES

    def driven(self, model: Model, evs: np.ndarray) -> tuple[Model, np.ndarray]:
        """A model of `model()` and EVs whose routes are numbered as `routes`, as the engine takes
        them: in a large network only routes that somebody takes are there."""
        if not self._is_large:
            return model, evs
        taken, route = np.unique(evs["route"], return_inverse=True)
        renumbered = evs.copy()
        renumbered["route"] = route
        return replace(model, routes=tuple(map(self._route, taken.tolist()))), renumbered

    @cached_property
    def sites(self) -> list[str]:
        """The site of every station, in the order of the model."""
        return [area.site for area in self.network.areas for _ in area.stations]

    def station_table(self) -> pd.DataFrame:
        """One row per station, in the order of the model; `order` counts along the road."""
        rows: list[dict[str, Any]] = []
        along: dict[str, int] = {}
        for area in self.network.areas:
            along[area.road] = along.get(area.road, 0) + 1
            for name, side in area.stations.items():
                station, own = self.stations[len(rows)], self.hardware[name]
                rows.append(
                    {
                        "station": name,
                        "site": area.site,
                        "side": side,
                        "name_en": area.name_en,
                        "name_zh": area.name_zh,
                        "road": area.road,
                        "order": along[area.road],
                        "lon": area.lon,
                        "lat": area.lat,
                        "position": area.position,
                        "evses": len(station.evses),
                        "rated_kw": station.rated_kw,
                        "cap_kw": min(self._caps_kw(own)),
                        "kva": own.kva,
                        "evidence": area.evidence,
                        "note": area.note,
                    }
                )
        return pd.DataFrame(rows)
