"""Retrofits: which stations a rule flags, what becomes of one, and what that takes.

A rule has clauses about the age of a station, the power of its guns and that of the site.  What the
plan means by the last two is open: the weakest gun, their mean or the strongest one; all guns in
sum, or what the cabinets behind them can deliver together.  Super stations are never flagged.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from sim.config import limits
from sim.config.problems import InputError, did_you_mean
from sim.config.section import RatedKw, Section, Sourced
from sim.config.table import Text, number
from sim.region.equipment import Equipment
from sim.region.region import Region
from sim.region.schema import RegionSection, SomeCount
from sim.region.stations import NO_YEAR, Stations
from sim.region.tables import written
from sim.stations.costs import Cost, bill_of, priced, summed
from sim.stations.hardware import cabinet_of, staying
from sim.stations.schema import Cabinets, CostRow, counts

GUN_KW = {  # by how a clause reads "the power of a gun"
    "weakest": lambda rows: rows["least_gun_kw"],
    "mean": lambda rows: rows["guns_kw"] / rows["guns"],
    "most": lambda rows: rows["most_gun_kw"],
}
SITE_KW = {"guns": lambda rows: rows["guns_kw"], "stack": lambda rows: rows["kw"]}


class GunClause(Section):
    """Stations whose gun has less [kW]; of several guns, `of` says which counts."""

    under_kw: RatedKw
    of: Literal["weakest", "mean", "most"]


class SiteClause(Section):
    """Stations that have less [kW]: all guns in sum, each alone, or what its stacks deliver."""

    under_kw: Annotated[float, number(limits.CAP_KW)]
    of: Literal["guns", "stack"]


class Rebuilding(Section):
    """What is built, all of it at once; the transformer is the least that carries what stands then.

    `replace`: a cabinet that takes the bays of weaker ones; `add`: further cabinets.
    """

    replace: Cabinets | None = None
    add: Cabinets | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.replace or self.add):
            raise ValueError("it changes nothing: give replace or add")
        return self


class RetrofitRule(Sourced):
    """Whom to make a super station, and how.

    age_years : in operation, at the end of a year; None, as of the others: no such clause.
    combine : whether one clause is enough.
    budget_stations : so many are retrofitted.
    """

    elsewhere: ClassVar = {"combine", "costs"}
    age_years: Annotated[float, number(limits.YEARS)] | None
    gun: GunClause | None
    site: SiteClause | None
    combine: Literal["any", "all"]
    budget_stations: SomeCount
    action: Rebuilding
    costs: Text

    @model_validator(mode="after")
    def _has_a_clause(self) -> Self:
        if self.age_years is None and self.gun is None and self.site is None:
            raise ValueError("the rule has no clause: give age_years, gun or site")
        return self


def by_clause(rule: RetrofitRule, stations: Stations, year: int) -> dict[str, np.ndarray]:
    """Whom each clause of the rule flags at the end of a year, bool [station].

    Raises InputError for stations without their year, where a clause asks for it.
    """
    rows, found = stations.rows, {}
    if rule.age_years is not None:
        found["age"] = year - _years(rule, stations) >= rule.age_years
    if rule.gun is not None:
        found["gun"] = GUN_KW[rule.gun.of](rows) < rule.gun.under_kw
    if rule.site is not None:
        found["site"] = SITE_KW[rule.site.of](rows) < rule.site.under_kw
    return {name: own & ~rows["is_super"] for name, own in found.items()}


def flagged(rule: RetrofitRule, stations: Stations, year: int) -> np.ndarray:
    """Whom the rule flags at the end of a year, bool [station]; errors as of `by_clause`."""
    clauses = [*by_clause(rule, stations, year).values()]
    combined = np.logical_or if rule.combine == "any" else np.logical_and
    found: np.ndarray = combined.reduce(clauses)
    return found


def _years(rule: RetrofitRule, stations: Stations) -> np.ndarray:
    found: np.ndarray = stations.rows["year"]
    lacking = np.flatnonzero((found == NO_YEAR) & ~stations.rows["is_super"]).tolist()
    if lacking:
        raise InputError(
            f"station `{stations.names[n]}` has no year, but `{rule.name}` asks for its age"
            for n in lacking
        )
    return found


def check(rule: RetrofitRule, region: Region) -> Iterator[str]:
    """What keeps the rule from being followed in a region, a sentence each."""
    section, action = region.section, rule.action
    wrong = [*no_super(f"`{rule.name}`", [action.replace, action.add], section)]
    yield from wrong
    if wrong:
        return
    try:
        own = np.flatnonzero(flagged(rule, region.stations, section.now.year)).tolist()
        if not own:
            yield f"`{rule.name}` flags no station of {section.totals.name}: it retrofits nobody"
        retrofitted(region, action, own)
    except InputError as error:
        yield from error.problems


def no_super(what: str, cabinets: Iterable[str | None], section: RegionSection) -> Iterator[str]:
    """Why that makes no super station, a sentence each."""
    names = [name for text in cabinets for name in dict.fromkeys(_names(text))]
    unknown = [name for name in names if name not in section.cabinet_types]
    for name in unknown:
        yield f"unknown type of cabinet `{name}`{did_you_mean(name, section.cabinet_types)}"
    if unknown:
        return
    most = max(evse.kw for name in names for evse in cabinet_of(name, section).evses)
    if most < section.super_kw:
        yield (
            f"{what} builds guns of {most:g} kW at most, but a super station has one of "
            f"{section.super_kw:g}"
        )


def retrofitted(region: Region, action: Rebuilding, stations: Iterable[int]) -> Region:
    """The region in which these have been rebuilt; who lives there is the same.

    Raises InputError with a sentence for each station that no transformer carries then.
    """
    section, problems = region.section, []
    rows, cabinets = region.stations.rows.copy(), list(region.stations.cabinets)
    for n in stations:
        row, before = rows[n], cabinets[n]
        cabinets[n] = rebuilt(before, action, section)
        equipment = Equipment.of(cabinets[n], section)
        for name, value in equipment._asdict().items():
            row[name] = value
        more = _chargers(cabinets[n], section) - _chargers(before, section)
        row["chargers"] = max(1, row["chargers"] + more)
        row["is_super"] = equipment.most_gun_kw >= section.super_kw
        try:
            row["kva"] = max(row["kva"], equipment.kva(region.stations.names[n], section))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    built = Stations(region.stations.names, rows, tuple(cabinets))
    return replace(region, stations=built)


def rebuilt(cabinets: str, action: Rebuilding, section: RegionSection) -> str:
    """What stands at a station then, such as dual_120*2+stack_600*1."""
    names = _names(cabinets)
    for new in _names(action.replace):
        own = [cabinet_of(name, section) for name in names]
        names = [*(names[n] for n in staying(own, cabinet_of(new, section))), new]
    names += _names(action.add)
    return written((name, names.count(name)) for name in dict.fromkeys(names))


def _names(cabinets: str | None) -> list[str]:
    parts = counts(cabinets) if cabinets else ()
    return [name for name, count in parts for _ in range(count)]


def _chargers(cabinets: str, section: RegionSection) -> int:
    """As the shipped kinds of stations count them: each terminal of a stack, else each cabinet."""
    guns = [len(cabinet_of(name, section).evses) for name in _names(cabinets)]
    return sum(own if own > MOST_GUNS_OF_A_CHARGER else 1 for own in guns)


MOST_GUNS_OF_A_CHARGER = 2


def cost(
    region: Region, action: Rebuilding, stations: Iterable[int], prices: Mapping[str, CostRow]
) -> Cost:
    """What it costs to rebuild these: the money laid out, at prices by item."""
    own = [*stations]
    after = retrofitted(region, action, own).stations.rows["kva"]
    before = region.stations.rows["kva"]
    return summed(priced(_bill(region.section, action, before[n], after[n]), prices) for n in own)


def _bill(
    section: RegionSection, action: Rebuilding, kva: float, kva_then: float
) -> dict[str, float]:
    """How much of every item of the table of costs it takes at a station."""
    new = [*_names(action.replace), *_names(action.add)]
    raised = kva_then > kva
    return {
        **bill_of([cabinet_of(name, section) for name in new]),
        "transformer_kva": float(kva_then * raised),
        "transformer_works": float(raised),
    }
