"""Question 3: charge or swap, for the same money and on the same transformer.

The hub is built anew for every budget: dual-gun units, megawatt plugs, a swap station, or two of
them side by side.  All trucks that charge there have one type: the smallest pack with which every
leg can be driven; at megawatt plugs a truck that can take them.  Other sites are ample.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.port_corridor.settings import PortMoneySection
from experiments.port_corridor.study import PortStudy, Prices, ample, column, gain, mean
from sim.config.problems import InputError
from sim.freight import checks as freight_checks
from sim.freight.corridor import Corridor
from sim.freight.metrics import METRICS
from sim.freight.schema import CorridorSection, DutySection, Site, SwapBays
from sim.report.words import shown, signed, span
from sim.stations.costs import bill_of, priced
from sim.stations.hardware import cabinet_of
from sim.stats import interval
from sim.study.results import Results

SECOND = "second_hub"  # the other half of a mix, on its half of the transformer
LABELS = {
    "dual": "dual-gun units", "megawatt": "megawatt plugs", "swap": "battery swap",
    "dual+swap": "dual-gun and swap", "dual+megawatt": "dual-gun and megawatt",
}  # fmt: skip
DAYS = 365.0


def answer(study: PortStudy) -> dict[str, Any]:
    """Capacity, cost of a tonne and peak of every technology for every budget."""
    money = study.own.money
    truck = smallest_truck(study.corridor)
    base = ample(study.corridor, study.corridor.section.hub)
    designs: dict[tuple[str, float], Corridor] = {}
    bought: dict[tuple[str, float], dict[str, Any]] = {}
    for technology in LABELS:
        for budget in money.budgets_cny:
            built = design(base, technology, budget, truck, money, study.prices)
            if built:
                designs[technology, budget], bought[technology, budget] = built
    found = study.capacities(designs, study.fewer, "charge or swap")
    rows = [_row(at, bought[at], found, money) for at in found]
    out: dict[str, Any] = {
        "question": "Charge or swap?", "truck": truck, "rows": rows,
        "kva": base.section.sites[base.section.hub].kva,
        "best": [_best(budget, found) for budget in money.budgets_cny],
        "cheapest": _cheapest(found, bought, money),
    }  # fmt: skip
    out["plain"], out["verdict"] = plain(out), verdict(study, out)
    return out


def _row(
    at: tuple[str, float], bought: Mapping[str, Any], found: Results, money: PortMoneySection
) -> dict[str, Any]:
    cost = _cny_per_tonne(bought, found, at, money)
    return {
        "technology": at[0], "budget_cny": at[1], **bought,
        "trucks": mean(found, "capacity", at),
        "deliveries_per_day": mean(found, "deliveries_per_day", at),
        "tonnes_per_day": mean(found, "tonnes_per_day", at),
        "cny_per_tonne": interval.mean(cost) if cost else None,
        "peak_kw": mean(found, "hub_peak_kw", at),
        "kwh_per_tonne": _kwh_per_tonne([own.figures for own in found[at]]),
    }  # fmt: skip


def _kwh_per_tonne(own: Sequence[Mapping[str, Any]]) -> float | None:
    kwh = sum(r["kwh_per_truck_day"] * r["trucks"] for r in own)
    tonnes = sum(r["tonnes_per_day"] for r in own)
    return kwh / tonnes if tonnes else None


def _best(budget: float, found: Results) -> dict[str, Any] | None:
    """Who carries most for a budget, and by how much more than the next (paired)."""
    own = Results({name: runs for (name, at), runs in found.items() if at == budget}, METRICS)
    if not len(own):
        return None
    rank = sorted(own, key=lambda n: -mean(own, "deliveries_per_day", n)["mean"])
    lead = gain(own, "deliveries_per_day", rank[0], rank[1]) if len(rank) > 1 else None
    leading = own.best("deliveries_per_day", rank)
    return {"budget_cny": budget, "rank": rank, "leading": leading, "lead": lead}


def _cny_per_tonne(
    bought: Mapping[str, Any], found: Results, at: tuple[str, float], money: PortMoneySection
) -> list[float] | None:
    """Over replications; None where in some of them nothing is brought."""
    tonnes = column(found, "tonnes_per_day", at)
    if min(tonnes) <= 0.0:
        return None
    return [bought["cny"] / (money.life_years * DAYS * t) for t in tonnes]


def _cheapest(
    found: Results, bought: Mapping[tuple[str, float], Any], money: PortMoneySection
) -> list[tuple[str, float]]:
    """With which designs a tonne may cost least; see `interval.leaders`."""
    costs = {at: _cny_per_tonne(bought[at], found, at, money) for at in found}
    saved = {at: [-cny for cny in own] for at, own in costs.items() if own}
    return interval.leaders(saved) if saved else []


# ---- designs ---------------------------------------------------------------------------------


def design(
    base: Corridor, technology: str, budget: float, truck: str, money: PortMoneySection,
    prices: Prices,
) -> tuple[Corridor, dict[str, Any]] | None:  # fmt: skip
    """The corridor with a hub of a technology (two of them: half of the money, the transformer and
    the trucks each), and what was bought; None where the budget buys none."""
    first, _, second = technology.partition("+")
    share = 0.5 if second else 1.0
    section, hub = base.section, base.section.hub
    section = section.model_copy(
        update={"duties": {n: _with_truck(d, section, truck) for n, d in section.duties.items()}}
    )
    battery = pack_kwh(base, truck)
    parts = []
    for place, name in ((hub, first), (SECOND, second)):
        if not name:
            continue
        built = _site(section, name, budget * share, share, truck, battery, money, prices)
        if built is None:
            return None
        parts.append((place, name, *built))
    duties: dict[str, DutySection] = {}
    for name, duty in section.duties.items():
        halves = parts if _charges(duty, hub) else parts[:1]
        for place, technology_, _, _ in halves:
            own = _moved(duty, hub, place).model_copy(
                update={
                    "share": duty.share * (share if len(halves) > 1 else 1.0),
                    "truck": money.megawatt_truck
                    if technology_ == "megawatt" and _charges(duty, hub)
                    else duty.truck,
                }
            )
            duties[name if place == hub else f"{name}_2"] = own
    sites = {**section.sites, **{place: site for place, _, site, _ in parts}}
    bill: dict[str, float] = {}
    for _, _, _, own_bill in parts:
        for item, amount in own_bill.items():
            bill[item] = bill.get(item, 0.0) + amount
    section = section.model_copy(update={"duties": duties, "sites": sites})
    bought = {"what": " and ".join(_said(site) for _, _, site, _ in parts),
              "cny": cost(bill, prices)}  # fmt: skip
    return Corridor(section, base.curves, base.bin_h, base.curve_tolerance), bought


def _site(
    section: CorridorSection, name: str, budget: float, share: float, truck: str, battery: float,
    money: PortMoneySection, prices: Prices,
) -> tuple[Site, dict[str, float]] | None:  # fmt: skip
    """What the money buys of one technology."""
    old = section.sites[section.hub]
    part: dict[str, Any] = {
        "kva": old.kva and old.kva * share, "other_load_kw": old.other_load_kw * share,
        "pv_kw": old.pv_kw * share,
        "storage": [], "cars": None,
    }  # fmt: skip
    if name != "swap":
        kind = money.megawatt if name == "megawatt" else money.dual_gun
        one = cabinet_bill(section, kind)
        count = int(budget / cost(one, prices))
        if count < 1:
            return None
        bill = {item: count * amount for item, amount in one.items()}
        return old.model_copy(update={**part, "cabinets": {kind: count}, "swap": None}), bill
    packs = 0
    while cost(swap_bill(packs + 1, battery, money), prices) <= budget:
        packs += 1
    if packs < 1:
        return None
    swap = SwapBays(
        truck=truck, bays=-(-packs // money.packs_a_bay), swap_min=money.swap_min, packs=packs,
        rack_kw=money.rack_c_rate * battery, soc=money.pack_soc,
    )  # fmt: skip
    return (
        old.model_copy(update={**part, "cabinets": {}, "swap": swap}),
        swap_bill(packs, battery, money),
    )


def cabinet_bill(section: CorridorSection, kind: str) -> dict[str, float]:
    """Items of one cabinet of a type."""
    return bill_of([cabinet_of(kind, section)])


def swap_bill(packs: int, battery: float, money: PortMoneySection) -> dict[str, float]:
    """Items of a swap station: bays, spare packs [kWh each], and their chargers."""
    kwh = packs * battery
    return {
        "swap_bay": float(-(-packs // money.packs_a_bay)),
        "swap_pack_kwh": kwh,
        "air_kw": money.rack_c_rate * kwh,
    }


def cost(bill: Mapping[str, float], prices: Prices) -> float:
    """At typical prices [CNY]."""
    return priced(bill, prices).typical


def pack_kwh(corridor: Corridor, truck: str) -> float:
    return corridor.curves[corridor.section.trucks[truck].curve][0].battery_kwh


def smallest_truck(corridor: Corridor) -> str:
    """The type with two guns and the smallest pack with which every leg of the trucks that charge
    at the hub can be driven.  Raises `InputError` if there is none."""
    section = corridor.section
    types = [name for name, truck in section.trucks.items() if truck.guns > 1]
    for name in sorted(types, key=lambda name: pack_kwh(corridor, name)):
        duties = {n: _with_truck(d, section, name) for n, d in section.duties.items()}
        changed = section.model_copy(update={"duties": duties})
        if not freight_checks.check(changed, corridor.curves):
            return name
    raise InputError("no truck with two guns has a pack with which all legs can be driven")


def _with_truck(duty: DutySection, section: CorridorSection, truck: str) -> DutySection:
    """Where it charges at the hub and swaps nowhere else."""
    swaps = any(_charges(duty, name) for name, site in section.sites.items()
                if site.swap and name != section.hub)  # fmt: skip
    if swaps or not _charges(duty, section.hub):
        return duty
    return duty.model_copy(update={"truck": truck})


def _charges(duty: DutySection, site: str) -> bool:
    """Whether any of its steps charges there."""
    return f'"charge":{{"at":"{site}"' in duty.model_dump_json()


def _moved(duty: DutySection, site: str, to: str) -> DutySection:
    """The duty charging at another site instead."""
    text = duty.model_dump_json()
    return DutySection.model_validate_json(
        text.replace(f'"charge":{{"at":"{site}"', f'"charge":{{"at":"{to}"')
    )


def _said(site: Site) -> str:
    if site.swap:
        bays = "bay" if site.swap.bays == 1 else "bays"
        return f"{site.swap.bays} {bays}, {site.swap.packs} packs"
    return " and ".join(f"{count} {kind}" for kind, count in site.cabinets.items())


# ---- in words --------------------------------------------------------------------------------


def plain(found: Mapping[str, Any]) -> list[str]:
    """Who carries most by budget, and what makes a tonne cheapest; only what is shown."""
    bought = [own for own in found["best"] if own]
    if not bought:
        return ["No budget buys any of them."]
    sure: dict[str, list[str]] = {}
    unsure = []
    for own in bought:
        money = f"{own['budget_cny'] / 1e6:g}"
        if len(own["leading"]) == 1:
            sure.setdefault(own["leading"][0], []).append(money)
        else:
            unsure.append(money)
    parts = [f"by {LABELS[name]} for {_listed(money)} M CNY" for name, money in sure.items()]
    text = f"On the same transformer most is carried {', '.join(parts)}" if parts else ""
    if unsure:
        who = "which of them carries most" if parts else "Which technology carries most"
        text += f"{'; ' * bool(parts)}{who} for {_listed(unsure)} M CNY is not shown"
    return [f"{text}. {_most(found)}{_cheap(found)}."]


def _most(found: Mapping[str, Any]) -> str:
    most = max(found["rows"], key=lambda row: row["deliveries_per_day"]["mean"])
    return (
        f"The highest mean is {span(most['deliveries_per_day'], 0)} loads a day ({_design(most)})"
    )


def _cheap(found: Mapping[str, Any]) -> str:
    rows = {(row["technology"], row["budget_cny"]): row for row in found["rows"]}
    own = [rows[tuple(at)] for at in found["cheapest"]]
    if not own:
        return ""
    cost = f"{span(own[0]['cny_per_tonne'], 3)} CNY ({_design(own[0])})"
    if len(own) == 1:
        return f"; a tonne is cheapest at {cost}"
    others = _listed([_design(row) for row in own[1:]])
    return f"; the cheapest tonne in the mean, {cost}, is not told apart from that of {others}"


def _design(row: Mapping[str, Any]) -> str:
    return f"{LABELS[row['technology']]}, {row['cny'] / 1e6:.1f} M CNY"


def _listed(texts: Sequence[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last


def verdict(study: PortStudy, found: Mapping[str, Any]) -> list[str]:
    lines = []
    for own in found["best"]:
        if own is None:
            continue
        rows = {r["technology"]: r for r in found["rows"] if r["budget_cny"] == own["budget_cny"]}
        parts = [
            f"{LABELS[n]} {span(rows[n]['deliveries_per_day'], 0)} ({rows[n]['what']})"
            for n in own["rank"]
        ]
        lead = ""
        if own["lead"]:
            lead = f"; the first is ahead of the next by {span(own['lead'], 0)} loads, paired"
            if shown(own["lead"]) <= 0:
                lead = f"; the first is not shown to be ahead of the next: {signed(own['lead'], 0)}"
        lines.append(
            f"Loads a day for {own['budget_cny'] / 1e6:g} M CNY: {', '.join(parts)}{lead}."
        )
    return lines
