"""What keeps tables from being one region, a sentence each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import fsum, isclose
from typing import Any

import numpy as np

from sim.config.problems import did_you_mean
from sim.config.table import repeated
from sim.region.equipment import Equipment
from sim.region.growth import growth
from sim.region.opened import Law, greatest_gun_kw
from sim.region.schema import GROWN, GROWN_ROAD, RegionSection
from sim.region.tables import TABLES, Tables, key_of
from sim.region.zones import Zones, weights
from sim.stations.schema import counts

TOLERANCE = 1e-6  # of shares that sum to 1


def check(section: RegionSection, tables: Tables) -> Iterator[str]:
    """All of them, if tables are right in themselves."""
    wrong = [*_repeated(section, tables), *_unknown(section, tables)]
    if wrong:  # what follows looks up what they name
        yield from wrong
        return
    wrong += _sums(section, tables)
    wrong += _shares(tables)
    wrong += _districts(section, tables)
    wrong += _years(section, tables)
    wrong += _growth(section, tables)
    wrong += _drawn(section, tables)
    yield from wrong or _supers(section, tables)


def _repeated(section: RegionSection, tables: Tables) -> Iterator[str]:
    for name, kind in TABLES.items():
        keys = [", ".join(map(str, key_of(name, row))) for row in getattr(tables, name)]
        yield from repeated(str(getattr(section.tables, name)), kind.key[0], keys)


def _unknown(section: RegionSection, tables: Tables) -> Iterator[str]:
    """Names that another table does not have."""
    names = {name: {key_of(name, row)[0] for row in getattr(tables, name)} for name in TABLES}
    diaries = {row.diary for row in tables.outings}
    links: list[tuple[str, str, Iterable[Any], str, set[Any]]] = [
        ("districts", "group", tables.districts, "group", names["groups"]),
        ("divisions", "district", tables.divisions, "district", names["districts"]),
        ("zones", "division", tables.zones, "division", names["divisions"]),
        ("zones", "land_use", tables.zones, "land use", names["land_uses"]),
        ("stations", "division", tables.stations, "division", names["divisions"]),
        ("mixes", "nev_class", tables.mixes, "class", names["classes"]),
        ("classes", "diary", [r for r in tables.classes if r.diary], "diary", diaries),
    ]
    for table, column, rows, what, known in links:
        for name in dict.fromkeys(getattr(row, column) for row in rows):
            if name not in known:
                path = getattr(section.tables, table)
                nearest = did_you_mean(name, map(str, known))
                yield f"{path} has an unknown {what} `{name}`{nearest}"
    for own in tables.station_kinds:
        texts = {"first": own.first, "further": own.further}
        for column, text in texts.items():
            yield from _cabinets(section, f"{section.tables.station_kinds}: `{column}`", text)
    for station in tables.stations:
        where = f"{section.tables.stations}: `{station.station}`"
        yield from _cabinets(section, where, station.cabinets)
    for name, kind in section.cabinet_types.items():
        for evse in kind.evses:
            if evse not in section.evse_classes:
                nearest = did_you_mean(evse, section.evse_classes)
                yield f"`region.cabinet_types.{name}` has an unknown class `{evse}`{nearest}"


def _cabinets(section: RegionSection, where: str, text: str) -> Iterator[str]:
    for name, _ in counts(text) if text else []:
        if name not in section.cabinet_types:
            nearest = did_you_mean(name, section.cabinet_types)
            yield f"{where} has an unknown type of cabinet `{name}`{nearest}"


def _sums(section: RegionSection, tables: Tables) -> Iterator[str]:
    """Districts that do not sum to the city."""
    total, path = section.totals, section.tables.districts
    yield from _sum(path, "population", tables.districts, total.population, "")
    for name in GROWN:
        road = total.in_districts(name) != getattr(total, name)
        without = f" without `{GROWN_ROAD[name]}`" if road else ""
        yield from _sum(path, name, tables.districts, total.in_districts(name), without)
    if len(tables.divisions) != total.divisions:
        yield (
            f"{section.tables.divisions} has {len(tables.divisions):,} divisions, but "
            f"`region.totals.divisions` is {total.divisions:,}"
        )


def _sum(path: str, name: str, rows: Sequence[Any], total: int, without: str) -> Iterator[str]:
    found = sum(getattr(row, name) for row in rows)
    if found != total:
        yield (
            f"{path}: `{name}` of all districts sums to {found:,}, but `region.totals.{name}`"
            f"{without} is {total:,}"
        )


def _shares(tables: Tables) -> Iterator[str]:
    """Shares that do not sum to 1, and vehicles that are two things."""
    yield from _share("the shares of classes", [row.share for row in tables.classes])
    for group in tables.groups:
        yield from _share(f"the shares of streets of group `{group.group}`", group.zones)
    for kind in tables.classes:
        parts = {"no": 1.0 - kind.hybrid_share, "yes": kind.hybrid_share}
        for hybrid, part in parts.items():
            own = [r for r in tables.mixes if (r.nev_class, r.hybrid) == (kind.name, hybrid)]
            if own or (kind.diary and part > 0.0):
                what = "hybrids" if hybrid == "yes" else "battery cars"
                shares = [row.share for row in own]
                yield from _share(f"the shares of {what} of class `{kind.name}`", shares)
    is_hybrid = {(row.vehicle, row.hybrid) for row in tables.mixes}
    for name, times in Counter(vehicle for vehicle, _ in is_hybrid).items():
        if times > 1:
            yield f"vehicle `{name}` is a hybrid in one mix, and none in another"


def _share(what: str, shares: Sequence[float]) -> Iterator[str]:
    total = fsum(shares)
    if not isclose(total, 1.0, abs_tol=TOLERANCE):
        yield f"{what} sum to {total:.9g}, not to 1"


def _districts(section: RegionSection, tables: Tables) -> Iterator[str]:
    """A district that contradicts itself, or what is known in it."""
    first = _first_chargers(tables)
    district = {row.division: row.district for row in tables.divisions}
    listed: dict[str, list[Any]] = {row.district: [] for row in tables.districts}
    for station in tables.stations:
        listed[district[station.division]].append(station)
    for row in tables.districts:
        where, own = f"district `{row.district}`", listed[row.district]
        supers = sum(_is_super(section, station.cabinets) for station in own)
        chargers = sum(station.chargers for station in own)
        if row.super_stations > row.public_stations:
            yield (
                f"{where} has {row.super_stations:,} super stations, more than stations, "
                f"{row.public_stations:,}"
            )
        for name, found in (
            ("public_stations", len(own)), ("public_chargers", chargers),
            ("super_stations", supers),
        ):  # fmt: skip
            if found > getattr(row, name):
                yield (
                    f"{where} has {found:,} `{name}` in {section.tables.stations}, but only "
                    f"{getattr(row, name):,} in {section.tables.districts}"
                )
        lacking, more = row.public_stations - len(own), row.super_stations - supers
        least = lacking + max(0, more) * (first - 1)
        if row.super_stations <= row.public_stations and more > lacking >= 0:
            yield (
                f"{where} has {more:,} super stations more than {section.tables.stations}, but "
                f"only {lacking:,} stations that are to be drawn"
            )
        elif 0 <= row.public_chargers - chargers < least and more <= lacking:
            yield (
                f"{where} has {row.public_chargers - chargers:,} chargers for the {lacking:,} "
                f"stations that are to be drawn, but must have {least:,}"
            )
        if lacking == 0 and row.public_chargers > chargers:
            yield (
                f"{where} has {row.public_chargers - chargers:,} chargers more than the stations "
                f"of {section.tables.stations}, which are all that it has"
            )
        if not tables.divisions_of[row.district]:
            yield f"{where} has no division in {section.tables.divisions}"


def check_zones(section: RegionSection, tables: Tables, zones: Zones) -> Iterator[str]:
    """What is wrong with zones: somebody must live, work and go where NEVs are."""
    lives, is_peopled = weights(zones, tables, "lives"), np.zeros(len(zones.names), bool)
    for n, row in enumerate(tables.districts):
        is_peopled[zones.of(n)] = row.nevs > 0
        if row.nevs and not lives[zones.of(n)].any():
            yield f"district `{row.district}` has NEVs, but no zone where people live"
    for of in ("works", "visits"):
        if not weights(zones, tables, of)[is_peopled].any():
            yield (
                f"no zone of a district with NEVs has a land use of {section.tables.land_uses} "
                f"with `{of}` above 0"
            )


def _is_super(section: RegionSection, cabinets: str) -> bool:
    return Equipment.of(cabinets, section).most_gun_kw >= section.super_kw


def _years(section: RegionSection, tables: Tables) -> Iterator[str]:
    """Years in which fewer stand than before, or that do not end in what stands now."""
    path, total = section.tables.years, section.totals
    for before, row in zip(tables.years, tables.years[1:], strict=False):
        if row.stations < before.stations:
            yield f"{path}: at the end of {row.year} fewer stations stand than a year before"
    last = tables.years[-1]
    if (last.year, last.stations) != (total.year, total.public_stations):
        yield (
            f"{path} ends with {last.stations:,} stations in {last.year}, but `region.totals` has "
            f"{total.public_stations:,} in {total.year}"
        )


def _growth(section: RegionSection, tables: Tables) -> Iterator[str]:
    """Targets below what stands, or that contradict each other in a district."""
    then, now = section.growth, section.totals
    if then is None:
        return
    wrong = [
        f"`region.growth.{name}` is {getattr(then, name):,}, less than what there is already, "
        f"{getattr(now, name):,}"
        for name in (*GROWN, *GROWN_ROAD.values())
        if getattr(then, name) < getattr(now, name)
    ]
    if then.year <= now.year:
        wrong.insert(0, f"`region.growth.year` is {then.year}, but must be after {now.year}")
    if wrong:
        yield from wrong
        return
    more, first = growth(section, tables), _first_chargers(tables)
    columns = ("public_stations", "public_chargers", "super_stations")
    by_district = zip(*(more[name].tolist() for name in columns), strict=True)
    for row, (stations, chargers, supers) in zip(tables.districts, by_district, strict=True):
        where = f"`region.growth` brings district `{row.district}`"
        if supers > stations:
            yield f"{where} {supers:,} super stations, more than stations, {stations:,}"
        elif chargers < (least := stations + supers * (first - 1)) or (chargers and not stations):
            yield (
                f"{where} {chargers:,} chargers for {stations:,} stations, but these must have "
                f"{least:,}" + " or more" * (stations > 0)
            )


def _first_chargers(tables: Tables) -> int:
    """What a station has at least, of the kind that has most at any rate."""
    return max(1, *(kind.first_chargers for kind in tables.station_kinds))


def _drawn(section: RegionSection, tables: Tables) -> Iterator[str]:
    """What is to be drawn, and cannot be."""
    kinds = {row.kind for row in tables.divisions} - {
        row.division for row in tables.land_uses if row.pick > 0.0
    }
    known = {row.division for row in tables.zones}
    for kind in sorted(kinds):
        if any(row.kind == kind and row.division not in known for row in tables.divisions):
            yield f"{section.tables.land_uses} has no land use that a {kind} may have"
    lasting = section.growth.year if section.growth else section.totals.year
    years = [row.year for row in tables.years] + list(range(section.totals.year + 1, lasting + 1))
    gun_kw = {own.kind: greatest_gun_kw(own, section) for own in tables.station_kinds}
    for year in years:
        open_ = [row for row in tables.station_kinds if row.since <= year <= row.until]
        fast = [row for row in open_ if section.fast_kw <= gun_kw[row.kind] < section.super_kw]
        if not any(row.weight for row in fast):
            yield f"{section.tables.station_kinds} has no fast kind of station in {year}"


def _supers(section: RegionSection, tables: Tables) -> Iterator[str]:
    """Super stations that no kind opens as, in the years in which they come."""
    now, then = section.totals, section.now
    coming = (
        (now.super_stations, Law.until_now(section, tables), now.year),
        (then.super_stations - now.super_stations, Law.of_growth(section, tables), then.year),
    )
    for count, law, year in coming:
        if count and not law.supers.any():
            yield f"{section.tables.station_kinds} has no kind of super station by {year}"
