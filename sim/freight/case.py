"""The case of a freight corridor, and what is done for a replication of it.

Replication r of every corridor draws from the same named streams, and a fleet of N trucks is the
first N of any greater one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Self

import numpy as np

from sim import audit
from sim.config.section import HOURS, CurvePoint
from sim.engine import simulate
from sim.freight.corridor import Corridor
from sim.freight.fleet import Drawn, Fleet
from sim.freight.metrics import METRICS, Measured
from sim.freight.posterior import Posterior
from sim.freight.schema import CorridorSection
from sim.metrics.platform import shown
from sim.model import Model
from sim.stats.estimate import Metric
from sim.stats.streams import stream
from sim.study import kpis, store
from sim.study.case import Replication

BOOKED = 0.0  # priority of a truck with an appointment


@dataclass(frozen=True)
class Freight:
    """A corridor with the trucks of its section, drawn from a seed."""

    corridor: Corridor
    seed: int

    works: ClassVar[str] = __name__
    metrics: ClassVar[Mapping[str, Metric]] = METRICS

    @cached_property
    def key(self) -> str:
        return store.digest([_packed(self.corridor), self.seed])

    @property
    def traffic(self) -> str:
        """All corridors draw from the same streams."""
        return str(self.seed)

    def with_(self, **changes: Any) -> Self:
        return replace(self, corridor=self.corridor.with_(**changes))

    def __reduce__(self) -> Any:
        return _unpickled, (_packed(self.corridor), self.seed)

    @property
    def trucks(self) -> int:
        return self.corridor.section.trucks_in_fleet

    def of(self, replication: int) -> Self:
        """What is run in a replication."""
        own = self.corridor.of(replication)
        return self if own is self.corridor else replace(self, corridor=own)

    def drawn(
        self, replication: int, trucks: int | None = None, logged: int = 0
    ) -> tuple[Model, Drawn]:
        """What a replication is run from: so many trucks, those of the section if None."""
        corridor = self.corridor.of(replication)
        own = Fleet(corridor).draw(self.seed, replication, trucks, logged)
        return corridor.model.with_changes(own.changes), own

    def run(self, replication: int, trucks: int | None = None, logged: int = 0) -> Measured:
        """One replication; the steps of the first `logged` trucks are written down."""
        here = self.of(replication)
        model, own = here.drawn(replication, trucks, logged)
        return Measured(here.corridor, simulate(model, own.evs, own.factors))


def _packed(corridor: Corridor) -> str:
    """All of a corridor, as text."""
    curves = {k: [p.model_dump() for p in own] for k, own in corridor.curves.items()}
    section = json.loads(corridor.section.model_dump_json())
    own = corridor.posterior
    known = own and [own.names, own.points.tolist(), dict(own.expected), dict(own.made)]
    plain = [section, curves, corridor.bin_h, corridor.curve_tolerance, known]
    return json.dumps([*plain, corridor.posterior_of])


@lru_cache(maxsize=32)
def _unpickled(text: str, seed: int) -> Freight:
    section, curves, bin_h, tolerance, known, posterior_of = json.loads(text)
    corridor = Corridor(
        CorridorSection.model_validate_json(json.dumps(section)),
        {k: tuple(CurvePoint.model_validate(p) for p in own) for k, own in curves.items()},
        bin_h,
        tolerance,
        _points(known),
        posterior_of,
    )
    return Freight(corridor, seed)


def _points(known: Any) -> Posterior | None:
    if known is None:
        return None
    names, points, expected, made = known
    return Posterior(tuple(names), np.array(points), expected, made)


# ---- works -----------------------------------------------------------------------------------


def figures(freight: Freight, replication: int) -> Replication:
    """Figures of the corridor and of every site; of sites over the hours of the day, the mean over
    the days: `line`, `occupied`, `power_kw`, `power_max_kw`."""
    return _figures(freight, replication)[0]


def overseen(
    freight: Freight, replication: int, platform: Mapping[str, float] | None = None
) -> Replication:
    """The same with the key figures of the sites (`sim.metrics.kpis`), of trucks and cars alike,
    and what a `platform` shows of them that asks every `sample_min` and loses the share
    `lost_messages` of the answers."""
    found, measured = _figures(freight, replication)
    ledger, numbers = measured.ledger, np.array(_sites(freight.corridor))
    hours = np.arange(measured.begin_h, measured.end_h).astype(np.int64)
    seen = {}
    if platform:
        rng = stream(freight.seed, replication, "platform", "")
        seen = shown(ledger, hours, **platform, rng=rng, numbers=None)
    return kpis.added(found, ledger, hours, seen, numbers)


def _sites(corridor: Corridor) -> list[int]:
    """Numbers of the stations that are sites."""
    return [corridor.number[name] for name in corridor.section.sites]


def _figures(freight: Freight, replication: int) -> tuple[Replication, Measured]:
    corridor, measured = freight.corridor, freight.run(replication)
    audit.check(measured.ledger)
    numbers = _sites(corridor)
    hours = {name: own[numbers] for name, own in measured.hourly().items()}
    hub = list(corridor.section.sites).index(corridor.section.hub)
    peak = {"hub_grid_peak_kw": _grid_peak(corridor, hours["power_max_kw"][hub].tolist())}
    found = {**measured.summary(), **_booked(measured), **peak}
    stations = measured.sites().rename(columns={"site": "station"})
    return Replication(found, stations, hours), measured


def day(freight: Freight, replication: int, logged: int) -> Replication:
    """What the first trucks of a replication did on the first day that counts: `more` has their
    `steps`, and the mean `hours` of a truck's day by activity."""
    measured = freight.run(replication, logged=logged)
    audit.check(measured.ledger)
    steps = measured.steps()
    begin, end = measured.begin_h, measured.begin_h + 24.0
    steps = steps[(steps["end_h"] > begin) & (steps["begin_h"] < end)].copy()
    for name in ("begin_h", "end_h"):
        steps[name] = steps[name].clip(begin, end) - begin
    steps["ev"] -= steps["ev"].min() if len(steps) else 0
    return Replication(
        more={"steps": steps.to_dict("records"), "hours": measured.hours_per_truck_day()}
    )


def _grid_peak(corridor: Corridor, power_max_kw: Sequence[float]) -> float:
    """What the hub takes from the grid at most, its storage and sun giving and taking [kW]."""
    section = corridor.section
    site = section.sites[section.hub]
    sun = section.shapes[site.pv_shape].hours if site.pv_shape else [0.0] * HOURS
    gives = [
        site.pv_kw * sun[h] + sum(store.lift_kw[h] for store in site.storage) for h in range(HOURS)
    ]
    return max(max(0.0, kw - give) for kw, give in zip(power_max_kw, gives, strict=True))


def _booked(measured: Measured) -> dict[str, float]:
    """P95 wait at the hub of trucks with an appointment, and of the others."""
    hub = measured.corridor.number[measured.corridor.section.hub]
    visits = measured.visits[measured.visits["station"] == hub]
    booked = measured.ledger.evs["priority"][visits["ev"]] == BOOKED
    return {
        name: float(np.quantile(own["wait_h"], 0.95) * 60.0) if len(own) else 0.0
        for name, own in (
            ("booked_wait_min_p95", visits[booked]), ("others_wait_min_p95", visits[~booked])
        )
    }  # fmt: skip
