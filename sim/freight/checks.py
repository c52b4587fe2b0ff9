"""What can be wrong with a corridor beyond each of its items: names, energy, hours, power.

Every function yields a sentence for each thing that is wrong, in the user's words.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isclose

from sim.config import size as memory
from sim.config.problems import did_you_mean
from sim.config.section import CurvePoint
from sim.freight.schema import (
    Between,
    Charge,
    CorridorSection,
    DutySection,
    PlainStep,
    Site,
    TruckType,
    caps_kw,
)
from sim.stats.streams import mean

Curves = Mapping[str, Sequence[CurvePoint]]


def curve_names(section: CorridorSection) -> set[str]:
    """Curves of all trucks, and of the cars of mixed sites."""
    cars = {site.cars.curve for site in section.sites.values() if site.cars}
    return {truck.curve for truck in section.trucks.values()} | cars


def check(section: CorridorSection, curves: Curves) -> list[str]:
    """All that is wrong; what needs names to be right is told only when they are."""
    problems = [*_names(section), *_numbers(section)]
    for name, duty in section.duties.items():
        problems += _named(f"corridor.duties.{name}", duty, section)
    if problems:
        return problems
    for name, site in section.sites.items():
        problems += _site(f"corridor.sites.{name}", site, section)
    problems += _idle(section)
    for name, duty in section.duties.items():
        problems += _works(f"corridor.duties.{name}", duty, section)
        truck = section.trucks[duty.truck]
        if not problems and truck.curve in curves:
            battery = curves[truck.curve][0].battery_kwh
            problems += _energy(f"corridor.duties.{name}", duty, section, battery)
    return problems


# ---- names and numbers -----------------------------------------------------------------------


def _unknown(place: str, what: str, name: str, known: Mapping[str, object]) -> Iterator[str]:
    if name not in known:
        yield f"`{place}` is an unknown {what} `{name}`{did_you_mean(name, known)}"


def _names(section: CorridorSection) -> Iterator[str]:
    yield from _unknown("corridor.gate", "place", section.gate, section.places)
    yield from _unknown("corridor.hub", "site", section.hub, section.sites)
    named = {**section.places, **section.sites, **section.duties, **section.cabinet_types}
    for name in section.names_zh:
        yield from _unknown("corridor.names_zh", "place, site, duty or cabinet type", name, named)
    for name in section.places:
        if name in section.sites:
            yield f"`corridor` has both a place and a site `{name}`: give one another name"
    for n, berth in enumerate(section.berths):
        yield from _unknown(f"corridor.berths.{n}.place", "place", berth.place, section.places)
    for name, place in section.places.items():
        cranes = sum(berth.cranes for berth in section.berths if berth.place == name)
        if cranes > place.servers:
            yield (
                f"`corridor.berths` have {cranes} cranes at `{name}`, but it has only "
                f"{place.servers} servers"
            )
    for name, cabinet in section.cabinet_types.items():
        for evse in cabinet.evses:
            yield from _unknown(
                f"corridor.cabinet_types.{name}", "class of EVSE", evse, section.evse_classes
            )
    for name, site in section.sites.items():
        path = f"corridor.sites.{name}"
        for kind in site.cabinets:
            yield from _unknown(f"{path}.cabinets", "type", kind, section.cabinet_types)
        shapes = [("other_load_shape", site.other_load_shape), ("pv_shape", site.pv_shape)]
        shapes += [("cars.shape", site.cars.shape)] if site.cars else []
        for key, shape in shapes:
            if shape is not None:
                yield from _unknown(f"{path}.{key}", "shape", shape, section.shapes)
        own = section.shapes.get(site.cars.shape) if site.cars else None
        if own and not any(own.hours):
            yield f"`{path}.cars.shape` names a shape without any share"
        if site.swap:
            yield from _unknown(f"{path}.swap.truck", "truck", site.swap.truck, section.trucks)


def _numbers(section: CorridorSection) -> Iterator[str]:
    total = sum(duty.share for duty in section.duties.values())
    if not isclose(total, 1.0, abs_tol=1e-6):
        yield f"the shares of `corridor.duties` sum to {total:g}, not to 1"


def size(section: CorridorSection, trucks: int, most_gb: float) -> Iterator[str]:
    """One replication with so many trucks has room in memory."""
    days = section.days + section.warm_up_days
    cars = sum(site.cars.per_day for site in section.sites.values() if site.cars)
    parts = {
        f"{trucks:,} trucks": trucks * days * memory.A_TRUCK_DAY,
        "cars of mixed sites": cars * days * memory.A_TRIP,
    }
    yield from memory.too_much(f"{days} days of the corridor", parts, most_gb)


def _all_steps(duty: DutySection) -> Iterator[tuple[str, PlainStep]]:
    """Every step with its path."""
    for n, step in enumerate(duty.turn):
        if step.between:
            yield from _of_block(f"turn.{n}.between", step.between)
        else:
            yield f"turn.{n}", step
    for n, block in enumerate(duty.breaks):
        yield from _of_block(f"breaks.{n}", block)
    for n, plain in enumerate(duty.after_shift):
        yield f"after_shift.{n}", plain


def _of_block(path: str, block: Between) -> Iterator[tuple[str, PlainStep]]:
    for n, step in enumerate(block.steps):
        yield f"{path}.steps.{n}", step


def _named(path: str, duty: DutySection, section: CorridorSection) -> Iterator[str]:
    yield from _unknown(f"{path}.truck", "truck", duty.truck, section.trucks)
    for place, step in _all_steps(duty):
        if step.serve:
            at = step.serve.at
            yield from _unknown(f"{path}.{place}.serve.at", "place", at, section.places)
        if step.charge:
            at = step.charge.at
            yield from _unknown(f"{path}.{place}.charge.at", "site", at, section.sites)
            swap = section.sites[at].swap if at in section.sites else None
            if swap and swap.truck in section.trucks and swap.truck != duty.truck:
                yield (
                    f"`{path}.{place}` swaps at `{at}`, which has packs of `{swap.truck}`, not of "
                    f"`{duty.truck}`"
                )


# ---- sites -----------------------------------------------------------------------------------


def _site(path: str, site: Site, section: CorridorSection) -> Iterator[str]:
    """At every hour it gives one truck at least one power module."""
    caps = [cap * section.efficiency for cap in caps_kw(section, site)]
    if min(caps) < section.module_kw:
        yield (
            f"`{path}` leaves {min(caps):,.4g} kW for batteries at {caps.index(min(caps))}:00, "
            f"less than one truck's minimum, `corridor.module_kw` = {section.module_kw:g}"
        )


def _idle(section: CorridorSection) -> Iterator[str]:
    """What is in question is used: trucks charge at the hub and pass the gate."""
    duties = [duty for duty in section.duties.values() if duty.share > 0.0]
    steps = [step for duty in duties for _, step in _all_steps(duty)]
    sites = sorted({step.charge.at for step in steps if step.charge})
    places = sorted({step.serve.at for step in steps if step.serve})
    for key, name, used, does in (
        ("hub", section.hub, sites, "charges"),
        ("gate", section.gate, places, "is served"),
    ):
        if name not in used:
            listed = ", ".join(f"`{own}`" for own in used) or "nowhere"
            yield f"`corridor.{key}` is `{name}`, but no duty {does} there: they do so at {listed}"


# ---- duties ----------------------------------------------------------------------------------


def _main(duty: DutySection) -> list[PlainStep]:
    """The steps of every turn."""
    return [step for step in duty.turn if not step.between]


def _works(path: str, duty: DutySection, section: CorridorSection) -> Iterator[str]:
    main = _main(duty)
    for word, kind in (("drive", "drives"), ("deliver", "delivers")):
        if not any(getattr(step, word) for step in main):
            yield f"`{path}.turn` never {kind}: it has no step `{word}` that is always done"
    for place, step in _all_steps(duty):
        if step.charge and step.charge.rule == "threshold":
            soc = _soc(step.charge, section)
            if soc <= section.stop_soc:
                yield (
                    f"`{path}.{place}` charges up to SOC {soc:g}, which is no more than "
                    f"`corridor.stop_soc` = {section.stop_soc:g}, below which it stops"
                )
    if not any(step.charge for step in main):
        yield (
            f"`{path}.turn` has no step `charge` that is always done: between others a truck would "
            "not know how far it still has to go"
        )
    if duty.shift:
        served = [section.places[step.serve.at].service_min for step in main if step.serve]
        turn_h = sum(step.drive.h for step in main if step.drive)
        turn_h += sum(map(mean, served)) / 60
        if duty.shift.off_h < turn_h:
            yield (
                f"`{path}.shift` has {duty.shift.off_h:.3g} h off, less than a turn takes, "
                f"{turn_h:.3g} h: a truck that is under way then would never end its shift"
            )


def _energy(
    path: str, duty: DutySection, section: CorridorSection, battery: float
) -> Iterator[str]:
    """From each place to charge, the pack lasts to the next one, with its reserve."""
    truck = section.trucks[duty.truck]
    worst = section.season_factor * section.consumption_spread.greatest
    reserve = section.reserve_soc * battery
    main = _main(duty)
    stops = [n for n, step in enumerate(main) if step.charge]
    for n in stops:
        charge = main[n].charge
        assert charge
        rest = main[n + 1 :] + main[: n + 1]
        need = worst * _kwh_to_charge(rest, truck)
        usable = _soc(charge, section) * battery - reserve
        if need > usable:
            following = next(step.charge.at for step in rest if step.charge)
            yield (
                f"`{path}`: the pack of `{duty.truck}` is too small, from `{charge.at}` to "
                f"`{following}` takes up to {need:,.0f} kWh, but {battery:,.4g} kWh from SOC "
                f"{_soc(charge, section):g} down to `corridor.reserve_soc` = "
                f"{section.reserve_soc:g} give {usable:,.0f}"
            )
    first, least = worst * _kwh_to_charge(main, truck), section.start_soc.least * battery
    if first > least:
        yield (
            f"`{path}`: the first trip to charge takes up to {first:,.0f} kWh, but by "
            f"`corridor.start_soc` the pack of `{duty.truck}` may hold only {least:,.0f}"
        )
    for place, steps in _detours(duty):
        extra = worst * _kwh_to_charge(steps, truck)
        if extra > reserve:
            yield (
                f"`{path}.{place}` drives up to {extra:,.0f} kWh, more than the reserve of "
                f"`{duty.truck}`, {reserve:,.0f} kWh, and the next place to charge on the turn "
                "does not know of it"
            )


def _soc(charge: Charge, section: CorridorSection) -> float:
    swap = section.sites[charge.at].swap
    return min(charge.soc, swap.soc) if swap else charge.soc


def _detours(duty: DutySection) -> Iterator[tuple[str, Sequence[PlainStep]]]:
    for n, step in enumerate(duty.turn):
        if step.between:
            yield f"turn.{n}.between", step.between.steps
    for n, block in enumerate(duty.breaks):
        yield f"breaks.{n}", block.steps
    if duty.after_shift:
        yield "after_shift", duty.after_shift


def _kwh_to_charge(steps: Sequence[PlainStep], truck: TruckType) -> float:
    """What driving takes up to the first place to charge; or to the end."""
    kwh = 0.0
    for step in steps:
        if step.charge:
            break
        if step.drive:
            per_km = {"loaded": truck.kwh_per_km_loaded, "empty": truck.kwh_per_km_empty}
            kwh += step.drive.km * step.drive.grade * per_km[step.drive.load]
    return kwh
