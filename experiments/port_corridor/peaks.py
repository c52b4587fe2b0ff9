"""Question 4: where the peaks come from, and what is bought against them.

All at the capacity of the corridor as it is, on common random numbers: what would be without a
cause of peaks, and with each of the levers.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.port_corridor.settings import LeversSection
from experiments.port_corridor.study import PortStudy, gain, mean
from sim.freight.corridor import Corridor
from sim.freight.schema import Between, DutySection
from sim.report.words import shown, signed, span
from sim.stats import interval
from sim.study.results import Results

BASE = "as it is"
CAUSES = {
    "vessels": "vessel batches",
    "shifts": "shifts that begin together",
    "meals": "charging at meals",
    "nights": "charging after the shift",
}
LEVERS = {
    "appointments": "appointments",
    "staggered": "staggered shifts",
    "storage": "storage at the hub",
    "all": "all three",
}
FIGURES = {
    "wait_min_p95": "P95 wait, on shift [min]",
    "hub_wait_min_p95": "P95 wait at the hub [min]",
    "hub_grid_peak_kw": "peak from the grid, hub [kW]",
    "deliveries_per_day": "loads a day",
}
BOOKED = ("others_wait_min_p95", "booked_wait_min_p95")  # at the hub, without and with one
EVENLY = [float(h) for h in range(-12, 12)]


def answer(study: PortStudy) -> dict[str, Any]:
    """Paired differences of every cause and lever, and the hours of the hub's day."""
    base = study.corridor
    designs = {BASE: base, **causes(base), **levers(base, study.own.levers)}
    capacity = study.capacities(designs, study.fewer, "capacity without peaks")
    trucks = round(float(capacity.values("capacity", BASE).mean()))
    found = study.each(
        designs, study.replications, "peaks", trucks=dict.fromkeys(designs, max(1, trucks))
    )
    out: dict[str, Any] = {
        "question": "Where do peaks come from, and what buys them off?",
        "trucks": trucks,
        "base": {name: mean(found, name) for name in FIGURES},
        "capacity": mean(capacity, "capacity"),
        "changes": {
            name: {
                **{f: gain(found, f, name) for f in FIGURES},
                "capacity": gain(capacity, "capacity", name),
            }
            for name in designs
            if name != BASE
        },
        "leaders": {
            "causes": _leaders(found, CAUSES),
            "levers": _leaders(found, [name for name in LEVERS if name != "all"]),
        },
        "booked": {
            **{name: mean(found, name, "appointments") for name in BOOKED},
            "difference": interval.paired_difference(
                found.values(BOOKED[0], "appointments"), found.values(BOOKED[1], "appointments")
            ),
        },
        "hours": {name: _hours(base, found, name) for name in found},
        "share": study.own.levers.appointment_share,
    }
    out["cap_kw"] = (
        base.caps_kw(base.section.hub) if base.section.sites[base.section.hub].kva else None
    )
    out["plain"], out["verdict"] = plain(out), verdict(out)
    return out


def _leaders(found: Results, names: Iterable[str]) -> list[str]:
    """Which of the changes may leave the shortest P95 wait; see `interval.leaders`."""
    there = [name for name in names if name in found]
    return found.best("wait_min_p95", there, least=True) if there else []


def _hours(base: Corridor, found: Results, design: str) -> dict[str, list[float]]:
    """The hub's day, mean over replications."""
    hub = list(base.section.sites).index(base.section.hub)
    return {
        name: found.hours(name, design)[:, hub].mean(axis=0).tolist()
        for name in ("line", "occupied", "power_kw", "power_max_kw")
    }


# ---- causes and levers -----------------------------------------------------------------------


def causes(base: Corridor) -> dict[str, Corridor]:
    """The corridor without each of the causes that it has."""
    section = base.section
    out = {}
    if section.berths:
        out["vessels"] = base.with_(berths=[])
    if any(duty.shift for duty in section.duties.values()):
        out["shifts"] = base.with_(shift_offsets_h=EVENLY)
    for name, without in (("meals", _without_meals), ("nights", _without_nights)):
        duties = {n: without(duty) for n, duty in section.duties.items()}
        if duties != section.duties:
            out[name] = base.with_(duties=duties)
    return out


def _without_meals(duty: DutySection) -> DutySection:
    breaks = []
    for block in duty.breaks:
        rest = [step for step in block.steps if not step.charge]
        if rest:
            breaks.append(Between(from_h=block.from_h, to_h=block.to_h, steps=rest))
    return duty.model_copy(update={"breaks": breaks})


def _without_nights(duty: DutySection) -> DutySection:
    after = [step for step in duty.after_shift if not step.charge]
    return duty.model_copy(update={"after_shift": after})


def levers(base: Corridor, own: LeversSection) -> dict[str, Corridor]:
    """Each of the levers, and all of them."""
    return {
        "appointments": booked(base, own),
        "staggered": base.with_(shift_offsets_h=own.shift_offsets_h),
        "storage": stored(base, own),
        "all": stored(booked(base, own), own).with_(shift_offsets_h=own.shift_offsets_h),
    }


def booked(base: Corridor, own: LeversSection) -> Corridor:
    """A share of the trucks has appointments: called first at the gate and at the hub."""
    section = base.section
    return (
        base.with_(appointment_share=own.appointment_share)
        .with_site(section.hub, discipline="priority")
        .with_(**{f"places.{section.gate}.discipline": "priority"})
    )


def stored(base: Corridor, own: LeversSection) -> Corridor:
    hub = base.section.hub
    return base.with_site(hub, storage=[*base.section.sites[hub].storage, own.storage])


# ---- in words --------------------------------------------------------------------------------


def plain(found: Mapping[str, Any]) -> list[str]:
    """Which cause and which lever do most; only what is shown."""
    at = f"the P95 wait at {found['trucks']} trucks changes by"
    return [
        *_first(
            found, "causes", CAUSES, f"Waits come most of all from {{}}: without, {at} {{}} min.",
            f"Which cause makes the longest waits is not shown: without it, {at} {{}}.",
            f"No cause of the waits is shown: without it, {at} {{}}.",
        ),
        *_first(
            found, "levers", LEVERS, f"Of the levers, most is done by {{}}: {at} {{}} min.",
            f"Which lever does most is not shown: {at} {{}}.",
            f"No lever is shown to shorten the waits: {at} {{}}.",
        ),
    ]  # fmt: skip


def _first(
    found: Mapping[str, Any], kind: str, words: Mapping[str, str], one: str, several: str, none: str
) -> list[str]:
    """Who leads, who may, or that none is shown to shorten the P95 wait."""
    change = {n: own["wait_min_p95"] for n, own in found["changes"].items() if n in words}
    leading = found["leaders"][kind]
    if not leading:
        return []
    first = leading[0]
    if len(leading) == 1 and shown(change[first]) < 0:
        return [one.format(words[first], signed(change[first]))]
    form = several if any(shown(own) < 0 for own in change.values()) else none
    return [form.format(", ".join(f"{signed(change[n])} min ({words[n]})" for n in leading))]


def label(name: str) -> str:
    """Of a change: `without vessel batches`, `staggered shifts`."""
    return f"without {CAUSES[name]}" if name in CAUSES else LEVERS[name]


def verdict(found: Mapping[str, Any]) -> list[str]:
    base = found["base"]
    lines = [
        f"As it is, {found['trucks']} trucks: P95 wait {span(base['wait_min_p95'])} min, peak "
        f"from the grid at the hub {span(base['hub_grid_peak_kw'], 0)} kW, "
        f"{span(base['deliveries_per_day'], 0)} loads a day. Differences, paired:"
    ]
    for name, own in found["changes"].items():
        lines.append(
            f"- {label(name)}: P95 wait {signed(own['wait_min_p95'])} min, peak "
            f"{signed(own['hub_grid_peak_kw'], 0)} kW, loads a day "
            f"{signed(own['deliveries_per_day'])}; capacity {signed(own['capacity'])} trucks"
        )
    booked = found["booked"]
    lines.append(
        f"P95 wait at the hub with an appointment ({100 * found['share']:g} % of the trucks) "
        f"{span(booked['booked_wait_min_p95'])} min, {span(booked['others_wait_min_p95'])} "
        f"without: {signed(booked['difference'])}."
    )
    return lines
