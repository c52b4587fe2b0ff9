"""Where drivers of a city find a charger: the engine's choice around a place, or the nearest site.

In the engine's terms a stay is a session at 1 kW of as many kWh as it has hours.  A driver is
where it wants to be, knows the nearest sites, and walks from the one that it takes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from experiments.validate.city.demand import Visits
from experiments.validate.city.records import City, Spans
from experiments.validate.city.settings import CitySection
from sim import audit
from sim.diaries import make_diaries
from sim.engine import simulate
from sim.evs import make_evs
from sim.model import Cabinet, Evse, Model, Station, Vehicle
from sim.stats import streams
from sim.zone import Candidate, Zone

POINTS = 8  # around a site, where drivers may want to be


@dataclass(frozen=True)
class Network:
    """The sites of a city, and what drivers know of them: with `choice` the nearest ones, else the
    nearest alone."""

    city: City
    settings: CitySection
    choice: bool
    longest_h: float  # stay

    @cached_property
    def model(self) -> Model:
        usual_h = float((self.city.spans.end_h - self.city.spans.begin_h).mean())
        stations = tuple(
            Station(str(n), (Cabinet((Evse(kw=1.0),) * int(evses)),), service_h=usual_h)
            for n, evses in enumerate(self.city.evses)
        )
        occupancy = Vehicle("occupancy", self.longest_h, ((1.0, 1.0),))
        return Model(stations, (occupancy,), zones=self._zones())

    def _zones(self) -> tuple[Zone, ...]:
        """One for each point, site by site."""
        own, at = self.settings, self.city.at_km
        points = (at[:, None] + _disc(own.around_km)).reshape(-1, 2)
        known = min(own.known if self.choice else 1, len(at))
        km, site = cKDTree(at).query(points, k=[*range(1, known + 1)])
        found = []
        for point, (row, sites) in enumerate(zip(km * own.detour, site, strict=True)):
            few = max(1, int((row <= own.walk_km).sum()))
            km_apart = np.hypot(*(at[sites[:few], None] - at[sites[:few]]).T) * own.detour
            candidates = tuple(
                Candidate(int(s), back_h=float(walk) / own.walk_kmh)
                for s, walk in zip(sites[:few], row[:few], strict=True)
            )
            hop_h = tuple(map(tuple, (km_apart / own.drive_kmh).tolist()))
            found.append(Zone(str(point), candidates, (), hop_h))
        return tuple(found)

    def play(self, visits: Visits, seed: int, replication: int, purpose: str) -> tuple[Spans, int]:
        """When chargers are in use, after the audit, and how many drivers found none."""
        many = len(visits.site)
        rng = streams.stream(seed, replication, f"validate city, {purpose}", "informed")
        own = make_diaries(
            np.arange(many), arrive_h=visits.arrive_h, leave_h=visits.arrive_h,
            zone=visits.site * POINTS + (visits.u * POINTS).astype(int),
        )  # fmt: skip
        evs = make_evs(
            many, diary=np.arange(many), entry_ns=own.stays["arrive_ns"],
            target_kwh=visits.stay_h, dest_kwh=np.inf, balk_per_evse=0.0,
            informed=rng.random(many) < self.settings.informed_share,
        )  # fmt: skip
        ledger = simulate(self.model, evs, diaries=own)
        audit.check(ledger)
        rows = ledger.visits[~np.isnan(ledger.visits["plug_h"])]
        return Spans(rows["station"], rows["plug_h"], rows["unplug_h"]), many - len(rows)


def _disc(radius_km: float) -> np.ndarray:
    """Points evenly over a disc (Vogel's spiral), [point, 2]."""
    n = np.arange(POINTS)
    turn, radius = n * np.pi * (3.0 - np.sqrt(5.0)), radius_km * np.sqrt((n + 0.5) / POINTS)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
