"""Question 1: what a corridor can carry as it is, and what a given flow needs."""

from collections.abc import Mapping, Sequence
from math import ceil, inf
from typing import Any

from experiments.port_corridor.study import FLOWS, PortStudy, ample, column, gain, mean
from sim.freight.capacity import fewest
from sim.freight.case import day
from sim.freight.corridor import Corridor
from sim.report.words import shown, span
from sim.stats import interval
from sim.study.results import Results

CURVE = (0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7)  # fleets, of the capacity
QUICK_CURVE = CURVE[::2]
ROWS, QUICK_ROWS = 24, 12  # trucks of which a day is shown
SITE_FIGURES = ("visits_per_day", "kwh_per_day", "peak_kw", "time_utilization", "wait_min_p95",
                "off_wait_min_p95")  # fmt: skip
CURVE_FIGURES = ("wait_min_p95", "energy_served_share", "deliveries_per_day")
MOST_CABINETS = 200


def answer(study: PortStudy) -> dict[str, Any]:
    """The greatest fleet and flow; the curve around it; the fewest cabinets and kVA."""
    base = study.corridor
    found = study.capacities({"": base}, study.replications, "capacity", resolution=0.0)
    trucks = mean(found, "capacity")
    out: dict[str, Any] = {
        "question": "What can the corridor carry as it is?",
        "trucks": trucks,
        "each": column(found, "capacity"),
        "at_most": any(own.more["is_most"] for own in found[""]),
        "flow": {name: mean(found, name) for name in FLOWS},
        "breaks": _most(own.more["breaks"] for own in found[""]),
        "fleet": base.section.trucks_in_fleet,
        "fleet_figures": _at_fleet(study),
        **_curve(study, max(1, round(trucks["mean"]))),
        "day": _day(study, max(1, round(trucks["mean"]))),
        "hub": base.section.hub,
        "cap_kw": base.caps_kw(base.section.hub)
        if base.section.sites[base.section.hub].kva
        else None,
        "binds": binding(study, base, round(trucks["mean"])),
        "fewest": _fewest(study),
    }
    out["plain"], out["verdict"] = plain(study, out), verdict(study, out)
    return out


def _most(names: Any) -> str:
    own = list(names)
    return max(own, key=own.count)


def _at_fleet(study: PortStudy) -> dict[str, Any]:
    """What the fleet of the config meets."""
    found = study.each({"": study.corridor}, study.replications, "the fleet as it is")
    names = ("wait_min_p95", "gate_wait_min_p95", "energy_served_share", "stranded", *FLOWS)
    return {name: mean(found, name) for name in names}


def _curve(study: PortStudy, trucks: int) -> dict[str, Any]:
    """Figures of smaller and greater fleets; hours of the hub's day, and all sites, at capacity."""
    factors = QUICK_CURVE if study.own.quick else CURVE
    fleets = sorted({max(1, round(f * trucks)) for f in factors})
    corridors: dict[Any, Corridor] = dict.fromkeys(fleets, study.corridor)
    each = {n: n for n in fleets}
    found = study.each(corridors, study.replications, "the curve", trucks=each)
    sites = list(study.corridor.section.sites)
    hub = sites.index(study.corridor.section.hub)
    at_sites = {f: found.of_stations(f, trucks) for f in SITE_FIGURES}
    return {
        "curve": [
            {"trucks": n, **{name: mean(found, name, n) for name in CURVE_FIGURES}} for n in fleets
        ],
        "hours": {
            name: found.hours(name, trucks)[:, hub].mean(axis=0).tolist()
            for name in ("power_kw", "power_max_kw")
        },
        "sites": {
            name: {f: own[s].ends for f, own in at_sites.items()} for s, name in enumerate(sites)
        },
    }


def _day(study: PortStudy, trucks: int) -> dict[str, Any]:
    """The day of some trucks: as many as there are rows, duties in turn."""
    base, rows = study.corridor, QUICK_ROWS if study.own.quick else ROWS
    what, number = "the day of some trucks", {"": trucks}
    found = study.each({"": base}, 1, what, day, number, logged=rows)
    return dict(found[""][0].more)


# ---- what binds ------------------------------------------------------------------------------


def relaxed(corridor: Corridor, step: float) -> dict[str, Corridor]:
    """The corridor with that much more of each of its limits, one at a time.

    More EVSEs at the same stack power in all; more power of stacks and guns; a bigger transformer;
    more servers at gates, cranes and docks; and all of that at the other sites.
    """
    section, hub = corridor.section, corridor.section.hub
    site = section.sites[hub]
    out = {}
    if site.cabinets:
        (name, count), more = next(iter(site.cabinets.items())), 1.0 + step
        kind = section.cabinet_types[name]
        number = ceil(count * more)
        wide = kind.model_copy(update={"kw": kind.kw * count / number})
        strong = kind.model_copy(
            update={"kw": kind.kw * more, "evses": {f"{e}+": n for e, n in kind.evses.items()}}
        )
        guns = {
            f"{e}+": section.evse_classes[e].model_copy(
                update={x: getattr(section.evse_classes[e], x) * more for x in ("kw", "amps")}
            )
            for e in kind.evses
        }
        types = {**section.cabinet_types, "wide": wide, "strong": strong}
        out["EVSEs"] = corridor.with_(cabinet_types=types).with_site(hub, cabinets={"wide": number})
        out["stacks"] = corridor.with_(
            cabinet_types=types, evse_classes={**section.evse_classes, **guns}
        ).with_site(hub, cabinets={"strong": count})
    elif site.swap:
        packs = ceil(site.swap.packs * (1.0 + step))
        out["packs"] = corridor.with_site(hub, **{"swap.packs": packs})
        out["bays"] = corridor.with_site(hub, **{"swap.bays": site.swap.bays + 1})
    if site.kva:
        out["transformer"] = corridor.with_site(hub, kva=site.kva * (1.0 + step))
    places = {
        name: place.model_copy(update={"servers": ceil(place.servers * (1.0 + step))})
        for name, place in section.places.items()
    }
    out["gate"] = corridor.with_(places=places)
    if site.cabinets and site.kva:
        both = corridor.with_site(hub, kva=site.kva * (1.0 + step))
        out["hub"] = both.with_site(hub, cabinets={name: ceil(count * (1.0 + step))})
    return out


WORDS = {
    "EVSEs": "EVSEs", "stacks": "power of stacks and guns", "transformer": "transformer",
    "packs": "packs", "bays": "swap bays", "gate": "gate, cranes and docks",
    "hub": "hub as a whole", "other sites": "other sites", "drivers": "drivers and their hours",
    "unsure": "not shown",
}  # fmt: skip
FLOW = "deliveries_per_day"  # what a limit is judged by: trucks that wait for docks fill a fleet
LEAST_GAIN = 0.02  # of the flow, and shown to be one: else it does not bind
PARTS = ("EVSEs", "stacks", "transformer", "packs", "bays", "gate")  # rather than all together


def binding(study: PortStudy, base: Corridor, guess: int) -> dict[str, Any]:
    """The limit whose relaxation raises the flow at capacity most; see `named`."""
    changed = relaxed(base, study.own.step)
    changed["other sites"] = ample(base, base.section.hub)
    found = study.capacities(
        {"": base, **changed}, study.fewer, "what binds", dict.fromkeys(["", *changed], guess)
    )
    return named(found)


def named(found: Results) -> dict[str, Any]:
    """Which of the relaxed limits, the designs after the base, binds: the one that raises the flow
    at capacity most, by at least 2 % and shown by its interval; if none does alone, the hub as a
    whole or the other sites, by the same rule.  `drivers`, where all are shown to bring less than
    that; else `unsure`.

    `alike` are all limits that may be the one, because their gains are not told apart from its.
    `gains` are in loads a day.
    """
    _, *names = found
    gains = {name: gain(found, FLOW, name) for name in names}
    flow = mean(found, FLOW)
    least = LEAST_GAIN * flow["mean"]
    binding = [n for n, own in gains.items() if shown(own) > 0 and own["mean"] > least]
    alone = [name for name in binding if name in PARTS] or binding
    leading = found.best(FLOW, alone) if alone else []
    if not leading:
        leading = ["drivers" if all(own["high"] <= least for own in gains.values()) else "unsure"]
    return {
        "capacity": mean(found, "capacity"), "flow": flow, "binds": leading[0], "alike": leading,
        "gains": gains,
    }  # fmt: skip


def bound(found: Mapping[str, Any]) -> str:
    """What binds, in words: `EVSEs`, `EVSEs or transformer`."""
    return " or ".join(WORDS[name] for name in found["alike"])


# ---- the inverse -----------------------------------------------------------------------------


def _fewest(study: PortStudy) -> dict[str, Any]:
    """Cabinets of the hub for the fleet of the config, and then kVA; other sites ample."""
    base, own = study.corridor, study.own
    hub = base.section.hub
    spare = ample(base, hub)
    ((kind, count),) = base.section.sites[hub].cabinets.items()
    asked: dict[str, Any] = {
        "wait_p95_min": own.wait_p95_min,
        "energy_share": own.energy_share,
        "site": hub,
    }
    first = study.each(
        {"": spare}, study.replications, "fewest chargers", fewest,
        **asked, of="cabinets", guess=count, most=MOST_CABINETS,
    )  # fmt: skip
    each: list[Any] = [own.figures["least"] for own in first[""]]
    out: dict[str, Any] = {"site": hub, "kind": kind, "has": count, "each": each}
    out["has_kva"] = base.section.sites[hub].kva
    if None in each:
        return {**out, "cabinets": None, "enough_kva": None}
    out["cabinets"] = interval.mean(each)
    out["enough"] = nine_of_ten(each)
    steps = base.section.transformers.kva
    sized = spare.with_site(hub, cabinets={kind: int(out["enough"])})
    second = study.each(
        {"": sized}, study.replications, "fewest kVA", fewest,
        **asked, of="kva", guess=len(steps) // 2, most=len(steps),
    )  # fmt: skip
    kvas = [own.figures["least"] for own in second[""]]
    out["kva_each"] = kvas
    enough = nine_of_ten([inf if kva is None else kva for kva in kvas])  # None: too few cabinets
    out["enough_kva"] = enough if enough < inf else None
    return out


def nine_of_ten(values: Sequence[float]) -> float:
    """The least that is enough in nine of ten replications."""
    return sorted(values)[ceil(0.9 * len(values)) - 1]


# ---- in words --------------------------------------------------------------------------------


def plain(study: PortStudy, found: Mapping[str, Any]) -> list[str]:
    flow, name = found["flow"], study.corridor.section.name
    bound = " or more" if found["at_most"] else ""
    if _carries_nothing(found):
        wait = found["fleet_figures"]["wait_min_p95"]
        return [
            f"{name} carries nothing: no electric truck of any fleet that was tried within the "
            f"criteria delivers a load. Its fleet of {found['fleet']} would meet a P95 wait for "
            f"charging of {span(wait, 0)} min and bring "
            f"{span(found['fleet_figures']['deliveries_per_day'], 1)} loads a day."
        ]
    return [
        f"{name} can carry {span(flow['deliveries_per_day'], 0)} loads a day with "
        f"{span(found['trucks'], 0)} electric trucks{bound}; {_binds(found['binds'])}."
    ]


def _carries_nothing(found: Mapping[str, Any]) -> bool:
    """Trucks that never arrive may well keep within the criteria: that is no capacity."""
    return found["flow"]["deliveries_per_day"]["mean"] == 0.0


def _binds(found: Mapping[str, Any]) -> str:
    """What binds, if that is shown."""
    if found["binds"] == "drivers":
        return "no limit that is built binds alone: it is drivers and their hours"
    if found["binds"] == "unsure":
        return "which limit binds is not shown"
    rest = ", which are not told apart" if len(found["alike"]) > 1 else ""
    return f"what binds: {bound(found)}{rest}"


def verdict(study: PortStudy, found: Mapping[str, Any]) -> list[str]:
    own, flow, at = study.own, found["flow"], found["fleet_figures"]
    need = found["fewest"]
    teu = f", {span(flow['teu_per_day'], 0)} TEU" if flow["teu_per_day"]["mean"] else ""
    lines = (
        []
        if _carries_nothing(found)
        else [
            f"As long as the P95 wait for charging (on shift) and at the gate is at most "
            f"{own.wait_p95_min:g} min, {100 * own.energy_share:g} % of the energy is served and "
            f"nobody strands, {span(found['trucks'], 1)} trucks bring "
            f"{span(flow['deliveries_per_day'], 0)} loads{teu} and "
            f"{span(flow['tonnes_per_day'], 0)} t a day.",
            f"The fleet of {found['fleet']} trucks would meet a P95 wait of "
            f"{span(at['wait_min_p95'], 0)} min.",
        ]
    )
    if need["cabinets"] is None:
        lines.append(f"It would need more than {MOST_CABINETS} {need['kind']} at {need['site']}.")
    else:
        kva = f"{need['enough_kva']:,.0f} kVA" if need["enough_kva"] else "more kVA than any step"
        has_kva = f"{need['has_kva']:,.0f} kVA" if need["has_kva"] else "no limit"
        lines.append(
            f"For that fleet {need['site']} needs {span(need['cabinets'], 1)} {need['kind']} "
            f"({need['enough']} are enough in nine of ten replications; it has {need['has']}); "
            f"with {need['enough']}, {kva} are enough in nine of ten (it has {has_kva}). The other "
            "sites are taken to be ample."
        )
    return lines
