"""What stands at a station (cabinets, transformer, storage, mobile units), and what is built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Protocol

from sim.config.problems import InputError
from sim.config.section import HOURS
from sim.model import Cabinet, Evse
from sim.stations.schema import CostRow, Override, StationSection, Transformers, Upgrade, counts

MOST_AIR_AMPS = 250.0  # what an air-cooled cable carries; above that it is liquid-cooled


class Cost(NamedTuple):
    """What something costs [CNY], and how far sources disagree."""

    low: float
    typical: float
    high: float


class Place(Protocol):
    """What a table says of where a station stands; `cabinets` such as dual_120*2."""

    @property
    def cabinets(self) -> str: ...
    @property
    def kva(self) -> float: ...
    @property
    def other_load_kw(self) -> float: ...


@dataclass(frozen=True)
class Hardware:
    """What stands at the station of that name, by the tables and by what `override` says.

    Each side of a service area has a transformer and an other load of its own.  Cabinets are
    numbered as they came: those of the table, replacements, additions, mobile units.
    """

    name: str
    area: Place
    section: StationSection
    override: Override

    @cached_property
    def cabinets(self) -> tuple[Cabinet, ...]:
        """Those that stay."""
        found = self._first()
        for new in self._of(self.override.replace):
            found = [*_without_weakest(found, new), new]
        return (*found, *self._of(self.override.add))

    @cached_property
    def mobile(self) -> tuple[Cabinet, ...]:
        """Those that are there on holidays only."""
        mobile = self.override.mobile
        return tuple(self._of(mobile.cabinets if mobile else None))

    @property
    def kva(self) -> float:
        return self.override.kva or self.area.kva

    @property
    def rated_kw(self) -> float:
        """What the cabinets that stay can deliver to batteries."""
        return sum(min(c.kw, sum(evse.kw for evse in c.evses)) for c in self.cabinets)

    def caps_kw(self, holiday: bool) -> list[float]:
        """Grid-side power left for charging in every hour of such a day."""
        section, override = self.section, self.override
        stores = list(override.storage)
        if holiday and override.mobile and override.mobile.storage:
            stores.append(override.mobile.storage)
        supply_kw = self.kva * section.power_factor * section.loading_limit
        caps = [override.cap_kw or supply_kw - self.area.other_load_kw * part
                for part in section.other_load_shape]  # fmt: skip
        lifts = [store.lift_kw for store in stores]
        return [caps[h] + sum(lift[h] for lift in lifts) for h in range(HOURS)]

    def needed_kva(self, simultaneity: float) -> float:
        """The transformer that gives the cabinets this share of their rated power at any hour."""
        section = self.section
        charging_kw = self.rated_kw * simultaneity / section.efficiency
        other_kw = self.area.other_load_kw * max(section.other_load_shape)
        return (charging_kw + other_kw) / (section.power_factor * section.loading_limit)

    def built(self, upgrade: Upgrade, transformers: Transformers) -> "Hardware":
        """The same station after an upgrade, which may be its second; mobile units of an earlier
        one are gone.  Raises `InputError` where no transformer is big enough."""
        old = self.override
        new = {
            "replace": "+".join(text for text in (old.replace, upgrade.replace) if text) or None,
            "add": "+".join(text for text in (old.add, upgrade.add) if text) or None,
            "storage": [*old.storage, *([upgrade.storage] if upgrade.storage else [])],
            "mobile": upgrade.mobile,
        }
        bigger = replace(self, override=old.model_copy(update=new))
        wanted = upgrade.kva or 0.0
        if wanted == "fit":
            wanted = bigger.needed_kva(transformers.simultaneity)
        if wanted <= self.kva:
            return bigger
        kva = _step(wanted, transformers, self.name)
        return replace(bigger, override=bigger.override.model_copy(update={"kva": kva}))

    def bill(self, upgrade: Upgrade, after: "Hardware", days: int) -> dict[str, float]:
        """How much of every item of the table of costs it takes to make this into `after`."""
        new = [*self._of(upgrade.replace), *self._of(upgrade.add)]
        kws = {liquid: sum(c.kw for c in new if _is_liquid(c) == liquid) for liquid in (0, 1)}
        raised = after.kva > self.kva
        return {
            "air_kw": kws[0],
            "liquid_kw": kws[1],
            "evse": float(sum(len(c.evses) for c in new)),
            "transformer_kva": after.kva * raised,
            "transformer_works": float(raised),
            "storage_kwh": upgrade.storage.kwh if upgrade.storage else 0.0,
            "mobile_evse_day": float(days * sum(len(c.evses) for c in after.mobile)),
        }

    def _first(self) -> list[Cabinet]:
        """The cabinets of the table.

        An override to fewer EVSEs keeps the first ones.  Further EVSEs come in more cabinets of
        the type that it names (the first type of the table, if none); the last may lack some.
        """
        evses = self.override.evses
        types = [name for name, count in counts(self.area.cabinets) for _ in range(count)]
        more = self.override.cabinet or types[0]
        built: list[Cabinet] = []
        have = 0
        while types or (evses is not None and have < evses):
            cabinet = self._cabinet(types.pop(0) if types else more)
            if evses is not None:
                cabinet = replace(cabinet, evses=cabinet.evses[: evses - have])
            have += len(cabinet.evses)
            if cabinet.evses:
                built.append(cabinet)
        return built

    def _of(self, text: str | None) -> list[Cabinet]:
        own = counts(text) if text else []
        return [self._cabinet(name) for name, count in own for _ in range(count)]

    def _cabinet(self, name: str) -> Cabinet:
        kind, classes = self.section.cabinet_types[name], self.section.evse_classes
        own = [classes[name] for name, count in kind.evses.items() for _ in range(count)]
        return Cabinet(tuple(Evse(evse.kw, evse.amps) for evse in own), kind.kw)


def of(places: Mapping[str, Place], section: StationSection) -> dict[str, Hardware]:
    """That of every station, by its name."""
    return {
        name: Hardware(name, place, section, section.overrides.get(name, Override()))
        for name, place in places.items()
    }


def _without_weakest(cabinets: Sequence[Cabinet], new: Cabinet) -> list[Cabinet]:
    """A new stack takes the bays of weaker cabinets, the weakest first, as many as it has EVSEs:
    so a station never has fewer EVSEs than before."""
    left, bays = list(cabinets), len(new.evses)
    for old in sorted(cabinets, key=lambda cabinet: cabinet.kw):  # stable
        if old.kw >= new.kw or len(old.evses) > bays:
            break
        left.remove(old)
        bays -= len(old.evses)
    return left


def _step(kva: float, transformers: Transformers, station: str) -> float:
    """The least transformer of at least `kva`."""
    for step in transformers.kva:
        if step >= kva:
            return step
    raise InputError(
        f"`{station}` would need a transformer of {kva:,.0f} kVA, but may have at most "
        f"{transformers.kva[-1]:,.0f}"
    )


def _is_liquid(cabinet: Cabinet) -> bool:
    return any(evse.amps > MOST_AIR_AMPS for evse in cabinet.evses)


def priced(bill: Mapping[str, float], costs: Mapping[str, CostRow]) -> Cost:
    """What a bill comes to."""

    def total(level: str) -> float:
        return sum(amount * getattr(costs[item], level) for item, amount in bill.items())

    return Cost(total("low"), total("typical"), total("high"))
