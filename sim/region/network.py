"""The model of a region: its stations, own chargers, zones of drivers and prices."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from sim.model import Model, Station, Vehicle
from sim.region.prices import PlaceName, Prices
from sim.region.region import Region
from sim.region.sites import sites
from sim.tariff import Tariff
from sim.zone import Candidate, Zone

PLACES: tuple[PlaceName, ...] = ("public", "home")  # whose tariffs have these numbers


@dataclass(frozen=True)
class Network:
    """A region as a model without failures and without what drivers have learnt.

    Attributes
    ----------
    model : public stations as in `Region.stations`, then own chargers.
    own : number of the first station of a zone's own chargers, [zone]; -1: none.
    """

    model: Model
    own: np.ndarray


def network(
    region: Region, prices: Prices, districts: Collection[int], bin_h: float, tolerance: float
) -> Network:
    """Every block is a zone of the model, in which drivers know its candidates; own chargers are
    those of some districts, by number."""
    charging, vehicles = region.section.charging, region.vehicles(tolerance)
    there = sites(region, districts, handshake_h=charging.handshake_min / 60.0)
    public = len(region.stations.names)
    often = _often(region)
    known: dict[tuple[object, ...], float] = {}
    stations = []
    for n, own in enumerate(there.stations):
        if n >= public:
            stations.append(replace(own, tariff=PLACES.index("home")))
            continue
        if own.cabinets not in known:
            known[own.cabinets] = service_h(own, vehicles, often, charging.usual_kwh)
        stations.append(replace(own, service_h=known[own.cabinets], tariff=0))
    tariffs = tuple(Tariff(place, prices.day(place)) for place in PLACES)
    horizon_h = 24.0 * region.section.living.days
    model = Model(
        tuple(stations), vehicles, horizon_h=horizon_h, bin_h=bin_h, tariffs=tariffs,
        zones=_zones(region),
    )  # fmt: skip
    return Network(model, there.own)


def service_h(
    station: Station, vehicles: tuple[Vehicle, ...], often: np.ndarray, usual_kwh: float
) -> float:
    """How long those who see a line reckon a session to last: the usual energy at an EVSE of the
    station, each as likely, at the mean power of a vehicle's curve behind it."""
    hours = 0.0
    for evse in station.evses:
        for own, share in zip(vehicles, often, strict=True):
            ends = np.array([0.0, *(soc for soc, _ in own.steps)])
            kw = np.minimum([kw for _, kw in own.steps], evse.limit_kw(own.volts))
            mean_h = float((np.diff(ends) / kw).sum())  # of a kWh
            hours += share * usual_kwh * mean_h
    return station.handshake_h + hours / len(station.evses)


def _often(region: Region) -> np.ndarray:
    """Shares of the vehicles among NEVs without a charger of their own, [vehicle]."""
    tables, found = region.tables, np.zeros(len(region.tables.vehicles))
    for c, kind in enumerate(tables.classes):
        for hybrid in (0, 1):
            count = region.nevs[:, c, 0, hybrid].sum()
            for row in tables.mixes:
                if row.nev_class == kind.name and (row.hybrid == "yes") == bool(hybrid):
                    found[tables.vehicles.index(row.vehicle)] += count * row.share
    total = found.sum()
    return found / total if total else np.full(len(found), 1.0 / len(found))


def _zones(region: Region) -> tuple[Zone, ...]:
    of = region.candidates
    rows = list(zip(of.station.tolist(), of.km.tolist(), of.h.tolist(), of.h.tolist(), strict=True))
    return tuple(
        Zone(str(block), tuple(Candidate(*row) for row in rows[of.of(block)]))
        for block in range(len(region.blocks.rows))
    )
