"""Question 3: charge or swap, for the same money and on the same transformer.

The hub is built anew for every budget: dual-gun units, megawatt plugs, a swap station, or two of
them side by side.  All trucks that charge there have one type: the smallest pack with which every
leg can be driven; at megawatt plugs a truck that can take them.  Other sites are ample.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np

from experiments.port_corridor.settings import PortMoneySection
from experiments.port_corridor.study import PortStudy, Prices, kva, named, prices
from sim.freight.changes import charges, moved, pack_kwh, smallest_truck, with_truck
from sim.freight.corridor import Corridor
from sim.freight.limits import FLOW, ample
from sim.freight.metrics import METRICS
from sim.freight.schema import CorridorSection, DutySection, Site, SwapBays
from sim.report import charts
from sim.report.blocks import Block, Figure
from sim.report.finding import Finding, Given, Term, found
from sim.report.language import Words
from sim.report.tables import table
from sim.stations.costs import bill_of, priced
from sim.stations.hardware import cabinet_of
from sim.stats import interval
from sim.stats.estimate import Estimate, Metric
from sim.study.results import Results

SECOND = "second_hub"  # the other half of a mix, on its half of the transformer
TECHNOLOGIES = {
    "dual": charts.BLUE, "megawatt": charts.RUST, "swap": charts.INK, "dual+swap": charts.FAINT,
    "dual+megawatt": "var(--q2)",
}  # fmt: skip
ITEMS = ("air_kw", "liquid_kw", "evse", "swap_bay", "swap_pack_kwh")  # of cost
CNY_PER_TONNE = Metric("cny_per_tonne", digits=3)
DAYS = 365.0
At = tuple[str, float]  # technology, budget


def answer(study: PortStudy) -> dict[str, Any]:
    """Capacity, cost of a tonne and peak of every technology for every budget."""
    money, costs = study.own.money, prices(study.own.money, [])
    truck = smallest_truck(study.corridor)
    base = ample(study.corridor, study.corridor.section.hub)
    built = {
        (technology, budget): design(base, technology, budget, truck, money, costs)
        for technology in TECHNOLOGIES
        for budget in money.budgets_cny
    }
    bought = {at: own for at, own in built.items() if own}
    designs = {at: corridor for at, (corridor, _) in bought.items()}
    results = study.capacities(designs, study.fewer, "doing.swap")
    power = base.section.sites[base.section.hub].kva
    tonne = {at: _cny_per_tonne(results, at, own["cny"], money) for at, (_, own) in bought.items()}
    return {
        "question": found("swap.question"),
        "about": found("swap.about", kva=kva(power), truck=truck, megawatt=money.megawatt_truck,
                       years=money.life_years),
        "truck": truck,
        "rows": [_row(results, at, own, tonne[at]) for at, (_, own) in bought.items()],
        "kva": power,
        "best": [_best(results, budget) for budget in money.budgets_cny],
        "cheapest": _cheapest(tonne),
        "prices": {
            item: {"item": Term(f"items.{item}"), "unit": Given(own.unit), "low": own.low,
                   "typical": own.typical, "high": own.high, "source": Given(own.source)}
            for item, own in costs.items() if item in ITEMS
        },
        "life_years": money.life_years,
    }  # fmt: skip


def _row(
    results: Results, at: At, bought: Mapping[str, Any], tonne: np.ndarray | None
) -> dict[str, Any]:
    trucks, tonnes = results.values("trucks", at), results.values("tonnes_per_day", at).sum()
    kwh = (results.values("kwh_per_truck_day", at) * trucks).sum()
    return {
        "technology": at[0], "budget_cny": at[1], **bought,
        "trucks": results.estimate("capacity", at),
        FLOW: results.estimate(FLOW, at),
        "tonnes_per_day": results.estimate("tonnes_per_day", at),
        "cny_per_tonne": None if tonne is None else Estimate.of(tonne, CNY_PER_TONNE),
        "peak_kw": results.estimate("hub_peak_kw", at),
        "kwh_per_tonne": float(kwh / tonnes) if tonnes else None,
    }  # fmt: skip


def _cny_per_tonne(
    results: Results, at: At, cny: float, money: PortMoneySection
) -> np.ndarray | None:
    """Over replications; None where in some of them nothing is brought."""
    tonnes = results.values("tonnes_per_day", at)
    return cny / (money.life_years * DAYS * tonnes) if tonnes.min() > 0.0 else None


def _best(results: Results, budget: float) -> dict[str, Any] | None:
    """Who carries most for a budget, and by how much more than the next (paired)."""
    own = Results({name: runs for (name, at), runs in results.items() if at == budget}, METRICS)
    if not len(own):
        return None
    rank = sorted(own, key=lambda name: -own.values(FLOW, name).mean())
    lead = own.change(FLOW, rank[0], rank[1]) if len(rank) > 1 else None
    return {"budget_cny": budget, "rank": rank, "leading": own.best(FLOW, rank), "lead": lead}


def _cheapest(tonne: Mapping[At, np.ndarray | None]) -> list[At]:
    """With which designs a tonne may cost least; see `interval.leaders`."""
    saved = {at: (-own).tolist() for at, own in tonne.items() if own is not None}
    return interval.leaders(saved) if saved else []


# ---- designs ---------------------------------------------------------------------------------


def design(
    base: Corridor, technology: str, budget: float, truck: str, money: PortMoneySection,
    prices: Prices,
) -> tuple[Corridor, dict[str, Any]] | None:  # fmt: skip
    """The corridor with a hub of a technology (two of them: half of the money, the transformer and
    the trucks each), and what was bought; None where the budget buys none."""
    base, hub = with_truck(base, truck), base.section.hub
    halves = dict(zip((hub, SECOND), technology.split("+"), strict=False))
    share = 1.0 / len(halves)
    sites, cny = {}, 0.0
    for place, name in halves.items():
        bought = _site(base, name, budget * share, share, truck, money, prices)
        if bought is None:
            return None
        sites[place] = bought[0]
        cny += bought[1]
    duties: dict[str, DutySection] = {}
    for key, duty in base.section.duties.items():
        if not charges(duty, hub):
            duties[key] = duty
            continue
        for place, name in halves.items():
            own = money.megawatt_truck if name == "megawatt" else duty.truck
            half = {"share": duty.share * share, "truck": own}
            there = moved(duty, hub, place).model_copy(update=half)
            duties[key if place == hub else f"{key}_2"] = there
    built = base.with_(duties=duties, sites={**base.section.sites, **sites})
    what = [part for site in sites.values() for part in _bought(base, site)]
    return built, {"what": what, "cny": cny}


def _site(
    base: Corridor, name: str, budget: float, share: float, truck: str, money: PortMoneySection,
    prices: Prices,
) -> tuple[Site, float] | None:  # fmt: skip
    """What the money buys of one technology, and what it costs [CNY]."""
    old = base.section.sites[base.section.hub]
    part: dict[str, Any] = {
        "kva": old.kva and old.kva * share, "other_load_kw": old.other_load_kw * share,
        "pv_kw": old.pv_kw * share, "storage": [], "cars": None,
    }  # fmt: skip
    if name == "swap":
        battery = pack_kwh(base, truck)
        n = next(n for n in count() if cost(swap_bill(n + 1, battery, money), prices) > budget)
        if not n:
            return None
        swap = SwapBays(
            truck=truck, bays=_bays(n, money), swap_min=money.swap_min, packs=n,
            rack_kw=money.rack_c_rate * battery, soc=money.pack_soc,
        )  # fmt: skip
        built = old.model_copy(update={**part, "cabinets": {}, "swap": swap})
        return built, cost(swap_bill(n, battery, money), prices)
    kind = money.megawatt if name == "megawatt" else money.dual_gun
    one = cost(cabinet_bill(base.section, kind), prices)
    n = int(budget / one)
    built = old.model_copy(update={**part, "cabinets": {kind: n}, "swap": None})
    return (built, n * one) if n else None


def cabinet_bill(section: CorridorSection, kind: str) -> dict[str, float]:
    """Items of one cabinet of a type."""
    return bill_of([cabinet_of(kind, section)])


def swap_bill(packs: int, battery: float, money: PortMoneySection) -> dict[str, float]:
    """Items of a swap station: bays, spare packs [kWh each], and their chargers."""
    kwh = packs * battery
    return {
        "swap_bay": float(_bays(packs, money)),
        "swap_pack_kwh": kwh,
        "air_kw": money.rack_c_rate * kwh,
    }


def _bays(packs: int, money: PortMoneySection) -> int:
    return -(-packs // money.packs_a_bay)


def cost(bill: Mapping[str, float], prices: Prices) -> float:
    """At typical prices [CNY]."""
    return priced(bill, prices).typical


def _bought(base: Corridor, site: Site) -> list[Finding]:
    if site.swap:
        key = "swap.bay" if site.swap.bays == 1 else "swap.bays"
        return [found(key, bays=site.swap.bays, packs=site.swap.packs)]
    return [found("cabinets", n=n, kind=named(base, kind)) for kind, n in site.cabinets.items()]


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    """Who carries most by budget, and what makes a tonne cheapest; only what is shown."""
    bought = [best for best in own["best"] if best]
    if not bought:
        return [found("swap.none")]
    budgets: dict[str, dict[str, list[Finding]]] = {"most": {}, "only": {}, "unsure": {}}
    for best in bought:
        is_shown = len(best["leading"]) == 1
        kind = "only" if len(best["rank"]) == 1 else "most" if is_shown else "unsure"
        name = best["leading"][0] if is_shown else ""
        money = found("swap.money", cny=best["budget_cny"])
        budgets[kind].setdefault(name, []).append(money)
    most, only = (
        [found("swap.for", technology=_technology(name), budgets=at) for name, at in of.items()]
        for of in (budgets["most"], budgets["only"])
    )
    first = [found("swap.most", by=most)] if most else []
    key = "swap.rest_unsure" if most else "swap.unsure"
    first += [found(key, budgets=at) for at in budgets["unsure"].values()]
    return [
        *([found("swap.clauses", clauses=first)] if first else []),
        *([found("swap.only", of=only)] if only else []),
        found("swap.clauses", clauses=[_highest(own), *_cheap(own)]),
    ]


def _technology(name: str) -> Term:
    return Term(f"technologies.{name}")


def _highest(own: Mapping[str, Any]) -> Finding:
    row = max(own["rows"], key=lambda row: row[FLOW].mean)
    return found("swap.highest", loads=row[FLOW], design=_design(row))


def _cheap(own: Mapping[str, Any]) -> list[Finding]:
    rows = {(row["technology"], row["budget_cny"]): row for row in own["rows"]}
    first, *others = [rows[tuple(at)] for at in own["cheapest"]] or [None]
    if first is None:
        return []
    cost = {"cost": first["cny_per_tonne"], "design": _design(first)}
    if not others:
        is_alone = sum(row["cny_per_tonne"] is not None for row in own["rows"]) == 1
        return [found("swap.costs" if is_alone else "swap.cheapest", **cost)]
    return [found("swap.cheapest_unsure", **cost, others=[_design(row) for row in others])]


def _design(row: Mapping[str, Any]) -> Finding:
    return found("swap.design", technology=_technology(row["technology"]), cny=row["cny"])


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    return [_budget(own["rows"], best) for best in own["best"] if best]


def _budget(rows: list[Mapping[str, Any]], best: Mapping[str, Any]) -> Finding:
    """What every technology carries for a budget, and whether the first is shown to lead."""
    of = {row["technology"]: row for row in rows if row["budget_cny"] == best["budget_cny"]}
    ranked = [
        found("swap.ranked", technology=_technology(name), loads=of[name][FLOW],
              what=of[name]["what"])
        for name in best["rank"]
    ]  # fmt: skip
    values = {"budget": best["budget_cny"], "ranked": ranked}
    if not best["lead"]:
        return found("swap.alone", **values)
    key = "swap.ahead" if best["lead"].sign > 0 else "swap.not_ahead"
    return found(key, **values, lead=best["lead"])


# ---- the page --------------------------------------------------------------------------------


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    rows = [
        {**row, "design": found("swap.row", technology=_technology(row["technology"]),
                                budget=row["budget_cny"], what=row["what"])}
        for row in own["rows"]
    ]  # fmt: skip
    prices = [
        {**row, "item": found("swap.item", item=row["item"], unit=row["unit"])}
        for row in own["prices"].values()
    ]
    return [
        _frontier(say, own["rows"]),
        table(say, "swap.heads", {
            "design": "design", "trucks": ("trucks", "", 0), "loads": (FLOW, "", 0),
            "tonnes": ("tonnes_per_day", "", 0), "cost": ("cny_per_tonne", "", 3),
            "kwh": ("kwh_per_tonne", "kWh", 2), "peak": ("peak_kw", "kW", 0),
        }, rows, say("swap.caption")),
        table(say, "swap.prices", {key: key for key in ("item", "low", "typical", "high")}, prices,
              say("swap.prices.caption")),
    ]  # fmt: skip


def _frontier(say: Words, rows: list[Mapping[str, Any]]) -> Figure:
    """Loads a day against the cost of a tonne, a line per technology along the budgets."""
    lines = []
    for name, color in TECHNOLOGIES.items():
        of = [row for row in rows if row["technology"] == name and row["cny_per_tonne"]]
        if of:
            hover = [say("swap.hover", design=_design(row), **row) for row in of]
            lines.append(
                charts.Line(say(f"technologies.{name}"), [row["cny_per_tonne"].mean for row in of],
                            [row[FLOW] for row in of], color, "bars", has_marks=True, width=1.6,
                            hover=hover)
            )  # fmt: skip
    return charts.curve(
        say, lines, charts.Axis(say("swap.axis_cost"), from_zero=True),
        charts.Axis(say("swap.axis_loads"), from_zero=True), title=say("swap.title"), height=380,
    )  # fmt: skip
