"""What stands at a station (cabinets, transformer, storage, mobile units), and what is built."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from sim.config.problems import InputError
from sim.model import Cabinet, Evse
from sim.stations import storage
from sim.stations.costs import bill_of
from sim.stations.schema import (
    CabinetType,
    EvseClass,
    Override,
    StationSection,
    Transformers,
    Upgrade,
    counts,
)


class Types(Protocol):
    """The types of cabinets and the classes of EVSEs that a section of settings knows."""

    @property
    def evse_classes(self) -> Mapping[str, EvseClass]: ...
    @property
    def cabinet_types(self) -> Mapping[str, CabinetType]: ...


def cabinet_of(name: str, types: Types) -> Cabinet:
    """A cabinet of that type."""
    kind = types.cabinet_types[name]
    own = [types.evse_classes[name] for name, count in kind.evses.items() for _ in range(count)]
    return Cabinet(tuple(Evse(evse.kw, evse.amps) for evse in own), kind.kw)


def cabinets_of(counts: Iterable[tuple[str, int]], types: Types) -> list[Cabinet]:
    """So many of every type."""
    return [cabinet_of(name, types) for name, count in counts for _ in range(count)]


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
    numbered as they came: those of the table, replacements, additions, mobile units.  `sent`: so
    many of the mobile units of the section are among these, whatever is built.
    """

    name: str
    area: Place
    section: StationSection
    override: Override
    sent: int = 0

    @cached_property
    def cabinets(self) -> tuple[Cabinet, ...]:
        """Those that stay."""
        found = self._first()
        for new in self._of(self.override.replace):
            found = [*(found[n] for n in staying(found, new)), new]
        return (*found, *self._of(self.override.add))

    @cached_property
    def mobile(self) -> tuple[Cabinet, ...]:
        """Those that are there on holidays only."""
        own, fleet = self.override.mobile, self.section.mobile
        sent = cabinets_of([(fleet.cabinet, self.sent)], self.section) if fleet else []
        return (*self._of(own.cabinets if own else None), *sent)

    @property
    def kva(self) -> float:
        return self.override.kva or self.area.kva

    @property
    def rated_kw(self) -> float:
        """What the cabinets that stay can deliver to batteries."""
        return sum(cabinet.rated_kw for cabinet in self.cabinets)

    def caps_kw(self, holiday: bool) -> list[float]:
        """Grid-side power left for charging in every hour of such a day."""
        section, override = self.section, self.override
        stores = list(override.storage)
        if holiday and override.mobile and override.mobile.storage:
            stores.append(override.mobile.storage)
        supply_kw = self.kva * section.power_factor * section.loading_limit
        left_kw = [override.cap_kw or supply_kw - self.area.other_load_kw * part
                   for part in section.other_load_shape]  # fmt: skip
        return storage.caps_kw(left_kw, stores)

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
        kwh = upgrade.storage.kwh if upgrade.storage else 0.0
        mobile = self._of(upgrade.mobile.cabinets if upgrade.mobile else None)
        return self._bill(after, new, kwh, mobile, days)

    def bill_of(self, after: "Hardware", days: int) -> dict[str, float]:
        """The same of another design of this station, however it came about: what is not there
        today is bought, and nothing is sold.  A granted cap is no item."""
        new, mobile = (
            list((Counter(now) - Counter(then)).elements())
            for now, then in ((after.cabinets, self.cabinets), (after.mobile, self.mobile))
        )
        kwh = after._stored_kwh - self._stored_kwh
        return self._bill(after, new, max(0.0, kwh), mobile, days)

    def _bill(
        self, after: "Hardware", new: Sequence[Cabinet], kwh: float, mobile: Sequence[Cabinet],
        days: int,
    ) -> dict[str, float]:  # fmt: skip
        raised = after.kva > self.kva
        return {
            **bill_of(new),
            "transformer_kva": after.kva * raised,
            "transformer_works": float(raised),
            "storage_kwh": kwh,
            "mobile_evse_day": float(days * sum(len(c.evses) for c in mobile)),
        }

    @property
    def _stored_kwh(self) -> float:
        return sum(store.kwh for store in self.override.storage)

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
            cabinet = cabinet_of(types.pop(0) if types else more, self.section)
            if evses is not None:
                cabinet = replace(cabinet, evses=cabinet.evses[: evses - have])
            have += len(cabinet.evses)
            if cabinet.evses:
                built.append(cabinet)
        return built

    def _of(self, text: str | None) -> list[Cabinet]:
        return cabinets_of(counts(text) if text else (), self.section)


def of(
    places: Mapping[str, Place], section: StationSection, sent: Mapping[str, int] | None = None
) -> dict[str, Hardware]:
    """That of every station, by its name; `sent`: mobile units of the section, by station."""
    sent = sent or {}
    return {
        name: Hardware(
            name, place, section, section.overrides.get(name, Override()), sent.get(name, 0)
        )
        for name, place in places.items()
    }


def staying(cabinets: Sequence[Cabinet], new: Cabinet) -> list[int]:
    """Numbers of those that stay, in their order: a new stack takes the bays of weaker cabinets,
    the weakest first, as many as it has EVSEs, so that a station never has fewer than before."""
    left, bays = [*range(len(cabinets))], len(new.evses)
    for n in sorted(left, key=lambda n: cabinets[n].kw):  # stable
        if cabinets[n].kw >= new.kw or len(cabinets[n].evses) > bays:
            break
        left.remove(n)
        bays -= len(cabinets[n].evses)
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
