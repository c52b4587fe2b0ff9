"""What the records of OCPI hold: names of 2.2.1, then those of 2.1.1."""

from typing import Any

from pydantic import AliasChoices, Field

from sim.replay.importers.source import Id, Instant, Number, Record, Text


def _named(*names: str, default: Any = ...) -> Any:
    return Field(default, validation_alias=AliasChoices(*names))


class Coordinates(Record):
    latitude: Number | None = None
    longitude: Number | None = None


class Connector(Record):
    power_type: str | None = None
    max_voltage: Number | None = _named("max_voltage", "voltage", default=None)
    max_amperage: Number | None = _named("max_amperage", "amperage", default=None)
    max_electric_power: Number | None = None


class Evse(Record):
    uid: Id
    evse_id: Text | None = None
    status: str | None = None
    connectors: list[Connector] | None = None


class Location(Record):
    country_code: Text | None = None
    party_id: Text | None = None
    id: Id
    coordinates: Coordinates | None = None
    time_zone: str | None = None
    evses: list[Evse] | None = None


class Dimension(Record):
    type: str | None = None
    volume: Number | None = None


class ChargingPeriod(Record):
    start_date_time: Instant | None = None
    dimensions: list[Dimension] | None = None

    def volume(self, kind: str) -> float:
        return sum(d.volume or 0.0 for d in self.dimensions or [] if d.type == kind)


class EvseNames(Record):
    uid: Text | None = None
    evse_id: Text | None = None


class CdrLocation(Record):
    """Where a CDR was: the EVSE by its names (2.2.1), or as a Location with that one (2.1.1)."""

    id: Id
    evse_uid: Text | None = _named("evse_uid", "evses_uid", default=None)
    evse_id: Text | None = None
    evses: list[EvseNames] | None = None

    @property
    def evse(self) -> EvseNames:
        only = self.evses[0] if self.evses and len(self.evses) == 1 else EvseNames()
        return EvseNames(uid=self.evse_uid or only.uid, evse_id=self.evse_id or only.evse_id)


class Charge(Record):
    """What a CDR and a Session object have in common."""

    country_code: Text | None = None
    party_id: Text | None = None
    id: Id
    start_date_time: Instant
    charging_periods: list[ChargingPeriod] | None = None

    @property
    def periods(self) -> list[ChargingPeriod]:
        return self.charging_periods or []

    def volume(self, kind: str) -> float:
        return sum(period.volume(kind) for period in self.periods)

    def tells(self, kind: str) -> bool:
        return any(d.type == kind for period in self.periods for d in period.dimensions or [])


class Cdr(Charge):
    end_date_time: Instant = _named("end_date_time", "stop_date_time")
    cdr_location: CdrLocation = _named("cdr_location", "location")
    session_id: Text | None = None
    total_energy: Number | None = None
    total_time: Number | None = None
    total_parking_time: Number | None = None
    credit: bool | None = None
    credit_reference_id: Text | None = None


class SessionObject(Charge):
    end_date_time: Instant | None = None
    location_id: Text | None = None
    evse_uid: Text | None = None
    evse_id: Text | None = None
    location: CdrLocation | None = None
    kwh: Number | None = None
    status: str | None = None

    @property
    def place(self) -> CdrLocation | None:
        if self.location_id is None:
            return self.location
        return CdrLocation(id=self.location_id, evse_uid=self.evse_uid, evse_id=self.evse_id)
