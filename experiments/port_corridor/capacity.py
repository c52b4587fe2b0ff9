"""Question 1: what a corridor can carry as it is, and what a given flow needs."""

from collections.abc import Mapping, Sequence
from math import ceil, inf
from typing import Any

from experiments.port_corridor.study import (
    FLOWS,
    PortStudy,
    hourly,
    kva,
    limits,
    limits_kw,
    named,
    rounded,
)
from sim.config.section import HOURS
from sim.freight.capacity import fewest
from sim.freight.case import day, overseen
from sim.freight.corridor import Corridor
from sim.freight.limits import ample, bound, by_world, relaxed
from sim.freight.metrics import METRICS
from sim.report import charts, kpis
from sim.report.blocks import Beside, Block, Column, Figure, Key, Table
from sim.report.finding import Finding, Term, found
from sim.report.language import Words
from sim.report.tables import table
from sim.stats.estimate import Estimate
from sim.study.results import Results

CURVE = (0.4, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.7)  # fleets, of the capacity
QUICK_CURVE = CURVE[::2]
ROWS, QUICK_ROWS = 24, 12  # trucks of which a day is shown
SITE_FIGURES = ("visits_per_day", "kwh_per_day", "peak_kw", "time_utilization", "wait_min_p95",
                "off_wait_min_p95")  # fmt: skip
CURVE_FIGURES = ("wait_min_p95", "energy_served_share", "deliveries_per_day")
FLEET_FIGURES = ("wait_min_p95", "gate_wait_min_p95", "energy_served_share", "stranded", *FLOWS)
MOST_CABINETS = 200
ACTIVITIES = {
    "driving": "var(--u2)", "service_line": "var(--q1)", "served": "var(--u4)",
    "charging_line": charts.RUST, "charging": "var(--q2)", "standing": charts.FAINTEST,
}  # fmt: skip


def answer(study: PortStudy) -> dict[str, Any]:
    """The greatest fleet and flow; the curve around it; the fewest cabinets and kVA."""
    base, own = study.corridor, study.own
    section = base.section
    results = study.capacities({"": base}, study.replications, "doing.capacity", resolution=0.0)
    trucks = rounded(results)
    breaks = [run.more["breaks"] for run in results[""]]
    fleet = _overseen(study)
    luck = _overseen(study.assumed) if study.worlds else fleet
    kpis.keep(study.output, luck)
    return {
        "question": found("capacity.question"),
        "about": found(
            "capacity.about_worlds" if study.worlds else "capacity.about",
            runs=study.counted(study.replications), wait=own.wait_p95_min,
            share=own.energy_share, days=section.days, warm_up=section.warm_up_days,
        ),
        "corridor": named(base),
        **study.criteria,
        "trucks": results.estimate("capacity"),
        "each": results.values("capacity").tolist(),
        "at_most": any(run.more["is_most"] for run in results[""]),
        "flow": {name: results.estimate(name) for name in FLOWS},
        "breaks": max(breaks, key=breaks.count),
        "fleet": section.trucks_in_fleet,
        "kpis": kpis.numbers(fleet[""], luck[""], study.kpis),
        "fleet_figures": {name: fleet.estimate(name) for name in FLEET_FIGURES},
        **_curve(study, trucks),
        "day": _day(study, trucks),
        "hub": named(base, section.hub),
        "cap_kw": limits_kw(base),
        "binds": _binding(study, trucks),
        "step": own.step,
        "fewest": _fewest(study),
    }  # fmt: skip


def _overseen(study: PortStudy) -> Results:
    """The fleet as it is, with the key figures of the sites."""
    platform = study.kpis.model_dump(include=set(kpis.PLATFORM))
    what, number = "doing.fleet", study.replications
    return study.each({"": study.corridor}, number, what, overseen, platform=platform)


def _curve(study: PortStudy, trucks: int) -> dict[str, Any]:
    """Figures of smaller and greater fleets; hours of the hub's day, and all sites, at capacity."""
    factors = QUICK_CURVE if study.own.quick else CURVE
    fleets = {n: n for n in sorted({max(1, round(f * trucks)) for f in factors})}
    corridors = dict.fromkeys(fleets, study.corridor)
    results = study.each(corridors, study.replications, "doing.curve", trucks=fleets)
    at_sites = {f: results.of_stations(f, trucks) for f in SITE_FIGURES}
    return {
        "curve": [
            {"trucks": n, **{name: results.estimate(name, n) for name in CURVE_FIGURES}}
            for n in fleets
        ],
        "hours": hourly(results, study.corridor, ("power_kw", "power_max_kw"), trucks),
        "sites": {
            key: {"name": named(study.corridor, key), **{f: own[s] for f, own in at_sites.items()}}
            for s, key in enumerate(study.corridor.section.sites)
        },
    }


def _day(study: PortStudy, trucks: int) -> dict[str, Any]:
    """The day of some trucks: as many as there are rows, duties in turn; what they and the places
    are called."""
    base, rows = study.corridor, QUICK_ROWS if study.own.quick else ROWS
    what, number = "doing.day", {"": trucks}
    results = study.each({"": base}, 1, what, day, number, logged=rows)[""][0].more
    used = {step[key] for step in results["steps"] for key in ("duty", "label")}
    places = [*base.section.duties, *base.section.places, *base.section.sites]
    return {**results, "names": {key: named(base, key) for key in places if key in used}}


def _binding(study: PortStudy, trucks: int) -> dict[str, Any]:
    """The limit whose relaxation raises the flow at capacity most; see `bound`."""
    base = study.corridor
    others = {"others": ample(base, base.section.hub)}
    designs = {"": base, **relaxed(base, study.own.step), **others}
    guess = dict.fromkeys(designs, trucks)
    results = study.capacities(designs, study.fewer, "doing.binds", guess)
    shares = {"by_world": by_world(results)} if study.worlds else {}
    return bound(results) | shares


# ---- the inverse -----------------------------------------------------------------------------


def _fewest(study: PortStudy) -> dict[str, Any]:
    """Cabinets of the hub for the fleet of the config, and then kVA; other sites ample."""
    base, hub = study.corridor, study.corridor.section.hub
    site, steps = base.section.sites[hub], base.section.transformers.kva
    ((kind, count),) = site.cabinets.items()

    def least(corridor: Corridor, what: str, **asked: Any) -> list[Any]:
        asked |= {"site": hub, **study.criteria}
        results = study.each({"": corridor}, study.replications, what, fewest, **asked)
        return [own.figures["least"] for own in results[""]]

    spare = ample(base, hub)
    each = least(spare, "doing.chargers", of="cabinets", guess=count, most=MOST_CABINETS)
    out: dict[str, Any] = {
        "site": named(base, hub), "kind": named(base, kind), "has": count, "each": each,
        "has_kva": site.kva, "of": Term(f"run.{'worlds' if study.worlds else 'luck'}"),
    }  # fmt: skip
    if None in each:
        return {**out, "cabinets": None, "enough_kva": None}
    enough = nine_of_ten(each)
    sized = spare.with_site(hub, cabinets={kind: int(enough)})
    kvas = least(sized, "doing.kva", of="kva", guess=len(steps) // 2, most=len(steps))
    kva = nine_of_ten([inf if kva is None else kva for kva in kvas])  # None: too few cabinets
    return {
        **out, "cabinets": Estimate.of(each, METRICS["least"]), "enough": enough,
        "kva_each": kvas, "enough_kva": kva if kva < inf else None,
    }  # fmt: skip


def nine_of_ten(values: Sequence[float]) -> float:
    """The least that is enough in nine of ten replications."""
    return sorted(values)[ceil(0.9 * len(values)) - 1]


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    name, flow = own["corridor"], own["flow"]["deliveries_per_day"]
    if _carries_nothing(own):
        at = own["fleet_figures"]
        return [found("capacity.nothing", name=name, fleet=own["fleet"], wait=at["wait_min_p95"],
                      loads=at["deliveries_per_day"])]  # fmt: skip
    key = "capacity.carries_more" if own["at_most"] else "capacity.carries"
    return [found(key, name=name, loads=flow, trucks=own["trucks"], binds=_binds(own["binds"]))]


def _carries_nothing(own: Mapping[str, Any]) -> bool:
    """Trucks that never arrive may well keep within the criteria: that is no capacity."""
    return bool(own["flow"]["deliveries_per_day"].mean == 0.0)


def _binds(own: Mapping[str, Any]) -> Finding:
    """What binds, if that is shown."""
    if own["binds"] in ("drivers", "unsure"):
        return found(f"capacity.binds.{own['binds']}")
    key = "several" if len(own["alike"]) > 1 else "one"
    return found(f"capacity.binds.{key}", limits=limits(own["alike"]))


def brackets(own: Mapping[str, Any], luck: Mapping[str, Any], worlds: int) -> list[Finding]:
    """What we do not know beside luck, and what binds world by world."""
    flow = "deliveries_per_day"
    shares = [found("capacity.bind_share", limit=Term(f"limits.{name}"), share=share)
              for name, share in own["binds"]["by_world"].items()]  # fmt: skip
    return [
        found("capacity.brackets", worlds=worlds, trucks=own["trucks"], loads=own["flow"][flow],
              trucks_luck=luck["trucks"], loads_luck=luck["flow"][flow]),
        found("capacity.bind_shares", shares=shares),
    ]  # fmt: skip


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    carried = [
        found(f"capacity.flows.{name}", n=own["flow"][name])
        for name in ("deliveries_per_day", "teu_per_day", "tonnes_per_day")
        if name != "teu_per_day" or own["flow"][name].mean
    ]
    first = [
        found("capacity.holds", wait=own["wait_p95_min"], share=own["energy_share"],
              trucks=own["trucks"], carried=carried),
        found("capacity.fleet", fleet=own["fleet"], wait=own["fleet_figures"]["wait_min_p95"]),
    ]  # fmt: skip
    return [*([] if _carries_nothing(own) else first), _needs(own["fewest"])]


def _needs(own: Mapping[str, Any]) -> Finding:
    """What the hub needs for the fleet."""
    what = {"site": own["site"], "kind": own["kind"]}
    if own["cabinets"] is None:
        return found("capacity.needs_more", **what, most=MOST_CABINETS)
    enough = kva(own["enough_kva"]) if own["enough_kva"] else found("capacity.no_step")
    return found("capacity.needs", **what, cabinets=own["cabinets"], enough=own["enough"],
                 has=own["has"], of=own["of"], kva=enough, has_kva=kva(own["has_kva"]))  # fmt: skip


# ---- the page --------------------------------------------------------------------------------


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    day, hours, caps = own["day"], own["hours"], own["cap_kw"] or [None] * HOURS
    figures = [_waits(say, own), _power(say, own), *([_strip(say, day)] if day["steps"] else []),
               _gains(say, own)]  # fmt: skip
    flows = [
        [Term(f"capacity.flow.{name}"), own["flow"][name], own["fleet_figures"][name]]
        for name in FLOWS
    ]
    return [
        Beside([[figure] for figure in figures]),
        table(say, "capacity.curve.heads", {
            "trucks": "trucks", "wait_min_p95": ("wait_min_p95", "min", 1),
            "energy_served_share": ("energy_served_share", "%", 2),
            "deliveries_per_day": ("deliveries_per_day", "", 0),
        }, own["curve"], say("capacity.curve.caption")),
        Table(
            [say("capacity.flow.head"), Column(say("capacity.flow.most"), digits=0),
             Column(say("capacity.flow.fleet", fleet=own["fleet"]), digits=0)],
            flows, say("capacity.flow.caption"),
        ),
        Table(
            [say("capacity.gains.limit"), Column(say("capacity.gains.loads"), digits=1)],
            [[Term(f"limits.{name}"), gain] for name, gain in _ranked(own["binds"]["gains"])],
            say("capacity.gains.caption", step=own["step"]),
        ),
        table(say, "capacity.sites.heads", {
            "name": "name", "visits_per_day": ("visits_per_day", "", 0),
            "kwh_per_day": ("kwh_per_day", "kWh", 0), "peak_kw": ("peak_kw", "kW", 0),
            "time_utilization": ("time_utilization", "%", 0),
            "wait_min_p95": ("wait_min_p95", "min", 1),
            "off_wait_min_p95": ("off_wait_min_p95", "min", 1),
        }, own["sites"].values(), say("capacity.sites.caption")),
        Table(
            [say("hour"), *(Column(say(f"capacity.power.{key}"), "kW")
                            for key in ("mean", "highest", "left"))],
            [[f"{h}:00", hours["power_kw"][h], hours["power_max_kw"][h], caps[h]]
             for h in range(HOURS)],
            say("capacity.power.caption", hub=own["hub"]),
        ),
        Table(
            [say("capacity.day.activity"), Column(say("capacity.day.hours"), "h", 2)],
            [[Term(f"activities.{name}"), hours] for name, hours in day["hours"].items()],
            say("capacity.day.caption"),
        ),
    ]  # fmt: skip


def _ranked(gains: Mapping[str, Estimate]) -> list[tuple[str, Estimate]]:
    return sorted(gains.items(), key=lambda pair: -(pair[1].mean or 0.0))


def _waits(say: Words, own: Mapping[str, Any]) -> Figure:
    """P95 wait against the fleet, and where it passes the limit."""
    rows, trucks, limit = own["curve"], own["trucks"], own["wait_p95_min"]
    line = charts.Line(say("capacity.curve.line"), [row["trucks"] for row in rows],
                       [row["wait_min_p95"] for row in rows], has_marks=True)  # fmt: skip
    return charts.curve(
        say, [line], charts.Axis(say("capacity.curve.trucks"), from_zero=True),
        charts.Axis(say("capacity.curve.wait"), "min", from_zero=True),
        title=say("capacity.curve.title"), at_y=[(limit, say.number(limit, "gmin"))],
        at_x=[(trucks.mean, say("capacity.curve.most", n=trucks))],
        span=(trucks.low, trucks.high, say("capacity.curve.span")),
    )  # fmt: skip


def _power(say: Words, own: Mapping[str, Any]) -> Figure:
    """What the hub draws in every hour of the day, against what the transformer leaves."""
    edges, hours, caps = list(range(HOURS + 1)), own["hours"], own["cap_kw"]
    lines = [charts.Line(say("capacity.power.mean"), edges, hours["power_kw"], charts.BLUES[2],
                         columns=True)]  # fmt: skip
    if caps:
        left = say("capacity.power.left")
        lines.append(charts.Line(left, edges, caps, charts.RUST, steps=True))
    highest = charts.Dots(
        say("capacity.power.highest"), [h + 0.5 for h in range(HOURS)], hours["power_max_kw"],
        charts.INK, "line-ew-open", hover=[say.number(kw, "0kW") for kw in hours["power_max_kw"]],
    )  # fmt: skip
    return charts.by_hour(
        say, lines, charts.Axis(say("capacity.power.axis", hub=own["hub"]), "kW", from_zero=True),
        dots=[highest], title=say("capacity.power.title"), digits=0,
    )  # fmt: skip


def _gains(say: Words, own: Mapping[str, Any]) -> Figure:
    """How much more of each limit raises the flow."""
    rows, alike = _ranked(own["binds"]["gains"]), own["binds"]["alike"]
    colors = [charts.RUST if name in alike else charts.BLUE for name, _ in rows]
    return charts.forest(
        say, [say(f"limits.{name}") for name, _ in rows],
        [charts.Marks("", [gain for _, gain in rows], colors)],
        charts.Axis(say("capacity.gains.axis")), is_change=True, row_px=30,
        title=say("capacity.gains.title", step=own["step"]),
        key=[Key(charts.RUST, say("capacity.gains.binds")),
             Key(charts.BLUE, say("capacity.gains.rest"))],
    )  # fmt: skip


def _strip(say: Words, day: Mapping[str, Any]) -> Figure:
    """A day of some trucks, one above the other."""
    names = {key: say(name) for key, name in day["names"].items()}
    duties = {step["ev"]: step["duty"] for step in day["steps"]}
    order = sorted(duties, key=lambda ev: (duties[ev], ev))
    return charts.gantt(
        say, [names[duties[ev]] for ev in order],
        [charts.Step(order.index(s["ev"]), s["activity"], s["begin_h"], s["end_h"],
                     names.get(s["label"], "")) for s in day["steps"]],
        {name: Key(color, say(f"activities.{name}"), "square")
         for name, color in ACTIVITIES.items()},
        title=say("capacity.day.title"), alt=say("capacity.day.alt"),
        x_title=say("capacity.day.axis"),
    )  # fmt: skip
