"""The page of a freight corridor: a section for each question, and all that is assumed."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from experiments.port_corridor import figures
from experiments.port_corridor.capacity import WORDS, bound
from experiments.port_corridor.outside import WORDS as OUTSIDE
from experiments.port_corridor.peaks import BASE, FIGURES, label
from experiments.port_corridor.study import PortStudy
from experiments.port_corridor.swap import LABELS
from sim.config.section import HOURS
from sim.report.simple import Cell, Figure, Section, Table
from sim.report.words import signed, span

FLOW_WORDS = {
    "deliveries_per_day": "loads a day", "trucks_per_day": "trucks through the gate a day",
    "teu_per_day": "TEU a day", "tonnes_per_day": "tonnes a day",
}  # fmt: skip
USED = ("air_kw", "liquid_kw", "evse", "swap_bay", "swap_pack_kwh")  # items of cost
UNKNOWN = ("assumed", "from memory", "scaled", "memory shape")
Answer = Mapping[str, Any]


def sections(study: PortStudy, answer: Answer) -> list[Section]:
    """Those of the questions that were asked, in their order."""
    makers = {
        "capacity": _capacity, "surface": _surface, "swap": _swap, "peaks": _peaks,
        "plan": _plan, "outside": _outside,
    }  # fmt: skip
    asked = [name for name in makers if name in answer]
    return [
        *(makers[name](study, answer[name], n) for n, name in enumerate(asked, 1)),
        _assumed(study),
    ]


def lead(answer: Answer) -> list[str]:
    """One plain sentence for each answer."""
    return [line for own in answer.values() if isinstance(own, Mapping) for line in own["plain"]]


def _head(own: Answer, number: int) -> str:
    return f"{number}. {own['question']}"


def _capacity(study: PortStudy, own: Answer, number: int) -> Section:
    criteria, day, section = study.own, own["day"], study.corridor.section
    drawn: list[Figure] = [
        figures.curve(own, criteria.wait_p95_min),
        figures.power(own["hours"], own["cap_kw"], own["hub"]),
        figures.gains(own["binds"], study.own.step),
    ]
    if day["steps"]:
        drawn.insert(2, figures.strip(day))
    caps = own["cap_kw"] or [None] * HOURS
    return Section(
        _head(own, number),
        [
            *own["verdict"],
            f"Capacity: in each of {study.replications} replications the greatest number of trucks "
            f"for which the P95 wait is at most {criteria.wait_p95_min:g} min, for charging at all "
            "sites by trucks on shift and in line at the gate, at least "
            f"{100 * criteria.energy_share:g} % of the energy wanted is served and nobody strands; "
            "found on the way up from a smaller fleet by 15 % at a time, then by secant and "
            "bisection, to one truck. A fleet of N is the first "
            "N trucks of any greater one, so that fleets differ by their size only. The wait "
            "grows with the fleet in the mean, not in every step: what is found holds and, with "
            "one truck more, does not. Intervals: 95 %, Student's t over replications of "
            f"{section.days} days, after {section.warm_up_days} that only fill the corridor.",
        ],
        drawn,
        [
            Table(
                ["Trucks", "P95 wait [min]", "energy served %", "loads a day"],
                [
                    [f"{row['trucks']}", span(row["wait_min_p95"]),
                     span(row["energy_served_share"], 2, 100.0),
                     span(row["deliveries_per_day"], 0)]
                    for row in own["curve"]
                ],
                "Fleets around the capacity",
            ),
            Table(
                ["Flow", "at capacity", f"with the fleet of {own['fleet']}"],
                [
                    [words, span(own["flow"][name], 0), span(own["fleet_figures"][name], 0)]
                    for name, words in FLOW_WORDS.items()
                ],
                "Flows",
            ),
            _gains(own["binds"], study.own.step),
            Table(
                ["Site", "visits a day", "kWh a day", "peak kW", "EVSE time utilization %",
                 "P95 wait, on shift [min]", "off shift [min]"],
                [
                    [name.replace("_", " "), span(s["visits_per_day"], 0),
                     span(s["kwh_per_day"], 0), span(s["peak_kw"], 0),
                     span(s["time_utilization"], 0, 100.0), span(s["wait_min_p95"]),
                     span(s["off_wait_min_p95"])]
                    for name, s in own["sites"].items()
                ],
                "Sites at capacity",
            ),
            Table(
                ["Hour", "mean kW", "highest kW", "left by the transformer kW"],
                [[f"{h}:00", own["hours"]["power_kw"][h], own["hours"]["power_max_kw"][h], caps[h]]
                 for h in range(HOURS)],
                f"Power of {own['hub']} by hour, at capacity",
            ),
            Table(
                ["Activity", "hours of a truck's day"],
                [[figures.ACTIVITY_WORDS[name], hours] for name, hours in day["hours"].items()],
                "The day of the trucks shown, mean of all days",
            ),
        ],
    )  # fmt: skip


def _gains(own: Answer, step: float) -> Table:
    rows = sorted(own["gains"].items(), key=lambda pair: -pair[1]["mean"])
    return Table(
        ["Limit", "more loads a day, paired"],
        [[WORDS[name], signed(value)] for name, value in rows],
        f"What {100 * step:g} % more of a limit brings (other sites: as much as they can use)",
    )


def _surface(study: PortStudy, own: Answer, number: int) -> Section:
    names = [n for n in WORDS if any(n in row["gains"] for row in own["rows"])]
    return Section(
        _head(own, number),
        [
            *own["verdict"],
            f"The hub in {len(own['rows'])} sizes, all other sites with more than they need; at "
            f"each {study.fewer} replications, the fleet to {100 * study.own.resolution:g} %. What "
            f"binds is the limit of which {100 * study.own.step:g} % more raises the loads a day "
            "most (on common random numbers): EVSEs at the same stack power in all, power of "
            "stacks and of guns, the transformer, or gate lanes, cranes and docks; where none of "
            "them alone is shown to raise it, and by 2 %, the hub as a whole (EVSEs, stacks and "
            "transformer); drivers and their hours, where all are shown to bring less than that. "
            "Several, where their gains are not told apart.",
        ],
        figures.binding_maps(own),
        [
            Table(
                ["Hub", "kVA", "loads a day", "trucks", "binds", *(WORDS[n] for n in names)],
                [
                    [f"{row['cabinets']} {row['type']}", f"{row['kva']:,.0f}",
                     span(row["flow"], 0), span(row["capacity"]), bound(row),
                     *(signed(row["gains"][n]) for n in names)]
                    for row in own["rows"]
                ],
                "Every point; the last columns: loads a day gained by more of a limit, paired",
            )
        ],
    )  # fmt: skip


def _swap(study: PortStudy, own: Answer, number: int) -> Section:
    money, prices = study.own.money, study.prices
    kva = f"{own['kva']:,.0f} kVA" if own["kva"] else "no limit"
    return Section(
        _head(own, number),
        [
            *own["verdict"],
            f"The hub built anew, on the transformer that it has ({kva}); other sites ample. All "
            f"trucks that charge there are {own['truck']}, the smallest pack with which every leg "
            f"can be driven; at megawatt plugs {money.megawatt_truck}. A mix has half of the "
            "money, of the transformer and of the trucks on each side. Cost of a tonne: what the "
            f"hub costs, over {money.life_years:g} years at capacity; without energy, trucks and "
            "their own packs, land, the transformer (the same for all) and interest. Peak of a "
            "mix: of its first half.",
        ],
        [figures.frontier(own)],
        [
            Table(
                ["Technology and budget", "what it buys", "trucks", "loads a day", "tonnes a day",
                 "CNY a tonne", "kWh a tonne", "peak kW"],
                [
                    [f"{LABELS[row['technology']]}, {row['budget_cny'] / 1e6:g} M CNY", row["what"],
                     span(row["trucks"], 0), span(row["deliveries_per_day"], 0),
                     span(row["tonnes_per_day"], 0), span(row["cny_per_tonne"], 3),
                     row["kwh_per_tonne"], span(row["peak_kw"], 0)]
                    for row in own["rows"]
                ],
                "Every design",
            ),
            Table(
                ["Item", "unit", "low", "typical", "high"],
                [[i, p.unit, p.low, p.typical, p.high]
                 for i, p in prices.items()
                 if i in USED],
                "Prices; typical ones are used, sources at the end of the page",
            ),
        ],
    )  # fmt: skip


def _peaks(study: PortStudy, own: Answer, number: int) -> Section:
    levers = study.own.levers
    offsets = ", ".join(f"{h:+g}" for h in levers.shift_offsets_h)
    return Section(
        _head(own, number),
        [
            *(line for line in own["verdict"] if not line.startswith("- ")),
            f"{study.replications} replications with {own['trucks']} trucks, on common random "
            f"numbers; capacity from {study.fewer}. Appointments: {100 * own['share']:g} % of the "
            "trucks are called first at the gate and at the hub, they come no other time than "
            f"without. Staggered: shifts (and meals) begin {offsets} h later, in turn. Storage: "
            f"{levers.storage.kwh:,.0f} kWh, {levers.storage.kw:,.0f} kW at the hub.",
        ],
        [figures.levers(own), figures.lines(own)],
        [
            Table(
                ["Change", *FIGURES.values(), "capacity [trucks]"],
                [
                    [label(name), *(signed(values[f], 0 if f == "hub_grid_peak_kw" else 1)
                                    for f in FIGURES), signed(values["capacity"])]
                    for name, values in own["changes"].items()
                ],
                "Paired differences to the corridor as it is",
            ),
            Table(
                ["Hour", *(BASE if n == BASE else label(n) for n in own["hours"])],
                [[f"{h}:00", *(hours["line"][h] for hours in own["hours"].values())]
                 for h in range(HOURS)],
                "Trucks in line at the hub by hour",
            ),
        ],
    )  # fmt: skip


def _plan(study: PortStudy, own: Answer, number: int) -> Section:
    return Section(
        _head(own, number),
        [
            *own["verdict"],
            "Trucks and stations are split over the corridors by the shares in their configs, "
            "which are assumed. A corridor is taken as it stands in its config (sites, gates, "
            "cranes, berths) so many times as it has stations in 2028: once with all of it shared, "
            "any line being anyone's, and once with trucks tied to groups of stations as large as "
            f"the config. {study.fewer} replications; works: the interval of the capacity is above "
            "the plan.",
        ],
        [figures.plan(own)],
        [
            Table(
                ["Corridor", "trucks", "stations", "capacity, shared", "of the plan %",
                 "capacity, groups", "of the plan %", "P95 wait as planned [min]",
                 "energy served %", "loads a day"],
                [
                    [row["name"], row["trucks"], row["stations"], span(row["pooled"], 0),
                     span(row["ratio"], 0, 100.0), span(row["apart"], 0),
                     span(row["ratio_apart"], 0, 100.0), span(row["wait_min_p95"], 0),
                     span(row["energy_served_share"], 1, 100.0),
                     span(row["deliveries_per_day"], 0)]
                    for row in own["rows"]
                ],
                "Corridors in 2028",
            )
        ],
    )  # fmt: skip


def _outside(study: PortStudy, own: Answer, number: int) -> Section:
    rows: list[list[Cell]] = []
    for row in own["rows"]:
        for name, value in row["simulated"].items():
            digits = 3 if abs(value["mean"]) < 1 else 0
            said = row["reported"].get(name)
            rows.append([f"{row['name']}: {OUTSIDE[name]}", span(value, digits), said])
    return Section(
        _head(own, number),
        [
            "Trucks and their number are as reported, their work is assumed: this shows whether "
            "the model is off by a factor, and no more.",
            *(f"{row['name']}: {row['source']}." for row in own["rows"]),
        ],
        [],
        [Table(["Figure", "simulated", "reported"], rows)],
    )


# ---- what is assumed -------------------------------------------------------------------------


def _assumed(study: PortStudy) -> Section:
    rows: list[list[Cell]] = [list(row) for row in assumed(study.corridor.section)]
    if "swap" in study.own.questions:
        rows += [[f"price of {i}", p.source] for i, p in study.prices.items() if i in USED]
        rows.append(["life of what is bought", f"{study.own.money.life_years:g} years: assumed"])
    return Section(
        "All that is assumed",
        [
            "Figures of the corridor without a source of their own. Further: all trucks of a duty "
            "are alike but for their consumption; drivers take the turns that their shift gives "
            "them and know nothing of lines elsewhere; nobody gives up waiting unless the config "
            "says so; a wait off shift costs no turn and has no limit.",
        ],
        [],
        [Table(["Figure", "what is known"], rows)],
    )


def assumed(section: BaseModel, path: str = "") -> Iterator[tuple[str, str]]:
    """Places of the config whose source says that it is none, and what it says."""
    sources = getattr(section, "sources", None)
    if isinstance(sources, Mapping):
        for name, text in sources.items():
            if _is_assumed(text):
                yield _said(path, name), text
    text = getattr(section, "source", None)
    if isinstance(text, str) and _is_assumed(text):
        yield path, text
    for name in type(section).model_fields:
        value = getattr(section, name)
        items = value.items() if isinstance(value, Mapping) else enumerate(value, 1) if isinstance(
            value, list) else ((None, value),)  # fmt: skip
        for key, child in items:
            if isinstance(child, BaseModel):
                inner = _said(path, name) + (f" {key}" if key is not None else "")
                yield from assumed(child, inner)


def _said(path: str, name: str) -> str:
    return f"{path} {name}".strip().replace("_", " ")


def _is_assumed(text: str) -> bool:
    return any(word in text.lower() for word in UNKNOWN)
