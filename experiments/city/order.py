"""Which of the flagged stations are to be rebuilt first, by what that saves per CNY."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.city.plans import HOURS, Plans, estimate, plans_of
from experiments.city.study import CityStudy, agreed
from sim.region.building import Building
from sim.report import charts
from sim.report.blocks import Block, Column, Points, Table
from sim.report.finding import Finding, Term, claimed, found
from sim.report.language import Words
from sim.stats import interval
from sim.stats.estimate import Estimate, Metric

ORDERS = ("age", "use", "wait", "cover", "gain")
PER, TAKEN = Metric("per", least=-np.inf), Metric("taken", "%", least=-np.inf)
LOST = Metric("lost", digits=0, least=-np.inf)
NOTES = ("orders", "weeks", "hours", "share", "taken", "learnt", "made")


def answer(study: CityStudy) -> dict[str, Any]:
    """Every order in weeks on which nobody planned, and which saves most per CNY."""
    plans = plans_of(study)
    chosen: dict[str, dict[int, Building]] = {name: {} for name in ORDERS}
    for seed in plans.base:
        for name, stations in orders(plans, seed).items():
            chosen[name][seed] = plans.rebuilt(stations)
    rows: list[dict[str, Any]] = []
    saved: dict[str, list[float]] = {}
    for name, own in chosen.items():
        results = plans.judged(f"doing.order.{name}", own)
        hours = -plans.changed("out_h", results)
        million = np.array([plans.cost(seed, plan).typical / 1e6 for seed, plan in own.items()])
        cases = {seed: plans.base[seed].built(plan) for seed, plan in own.items()}
        taken = plans.taken(results, cases, {seed: plan.retrofits for seed, plan in own.items()})
        per = hours / np.where(million > 0.0, million, np.nan)[:, None]
        saved[name] = per[~np.isnan(per)].tolist()  # without regions where nobody is flagged
        rows.append({
            "name": name, "hours": estimate(hours, HOURS, is_change=True),
            "wait": estimate(-plans.changed("wait_h", results), HOURS, is_change=True),
            "lost": estimate(plans.changed("lost", results), LOST, is_change=True),
            "per": estimate(per, PER, is_change=True), "taken": estimate(taken, TAKEN),
            "million": Estimate(float(million.mean()), float(million.min()), float(million.max())),
            "shown": agreed(hours), "slow": _slow_share(plans, own),
        })  # fmt: skip
    out = np.array([plans.today.values("out_h", seed) for seed in plans.base])
    return {
        "question": found("order.question"),
        "flagged": _range([len(own) for own in plans.flagged.values()]),
        "built": _range([len(own.retrofits) for own in chosen["age"].values()]),
        "of": plans.rule.budget_stations, "rows": rows,
        "leading": interval.leaders(saved),
        "out": estimate(out, HOURS),
        "alike": _alike(chosen),
    }  # fmt: skip


def _range(values: Sequence[float]) -> Estimate:
    return Estimate(float(np.mean(values)), float(min(values)), float(max(values)))


def _slow_share(plans: Plans, own: Mapping[int, Building]) -> float:
    """Of the stations that are rebuilt in all regions, those that are slow today."""
    gun_kw = [
        plans.base[seed].region.stations.rows["most_gun_kw"][[*plan.retrofits]]
        for seed, plan in own.items()
    ]
    slow = np.concatenate(gun_kw) < plans.base[min(own)].section.fast_kw
    return float(slow.mean()) if len(slow) else 0.0


def _alike(chosen: Mapping[str, Mapping[int, Building]]) -> dict[str, float]:
    """Share of the stations of an order that the rule's own, the oldest first, has too."""
    return {
        name: float(np.mean([
            len({*plan.retrofits} & {*chosen["age"][seed].retrofits}) / max(1, len(plan.retrofits))
            for seed, plan in own.items()
        ]))
        for name, own in chosen.items()
    }  # fmt: skip


def known_orders(plans: Plans, seed: int) -> dict[str, list[int]]:
    """All flagged stations of a region in every order that needs no further run."""
    case, flagged = plans.base[seed], plans.flagged[seed]
    rows, place = case.region.stations.rows[flagged], np.searchsorted(case.stations, flagged)
    year = rows["year"]

    def first(score: np.ndarray) -> list[int]:
        """Those of the highest score, of equals the oldest."""
        return [flagged[n] for n in np.lexsort((year, -score))]

    def seen(figure: str) -> np.ndarray:
        of_all: np.ndarray = plans.planning.stations(figure, seed).mean(axis=1)
        return of_all[place]

    found = {"age": first(-year), "use": first(seen("used")), "wait": first(seen("wait_h"))}
    count, cabinets = plans.share(seed, plans.rule.budget_stations), plans.rule.action.replace
    places = plans.placed(seed, rows, count, cabinets or "", most=1) if cabinets else []
    found["cover"] = [*dict.fromkeys([*(flagged[n] for n in places), *found["age"]])]
    return found


def orders(plans: Plans, seed: int) -> dict[str, list[int]]:
    """The stations that each order rebuilds in a region; `gain` is simulated for those that come
    first in the others."""
    count, found = plans.share(seed, plans.rule.budget_stations), known_orders(plans, seed)
    pool = {station for own in found.values() for station in own[: plans.own.building.pool * count]}
    gains = plans.gains(seed, sorted(pool))
    found["gain"] = sorted(sorted(pool), key=lambda station: -gains[station])
    return {name: own[:count] for name, own in found.items()}


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    by_name = {row["name"]: row for row in own["rows"]}
    leading = [Term(f"order.of.{name}") for name in own["leading"]]
    best = by_name[own["leading"][0]]
    budget = found("order.budget", flagged=own["flagged"], built=own["built"], n=own["of"])
    if best["shown"] <= 0:
        first = found("order.none", out=own["out"], hours=best["hours"], name=leading[0])
    elif len(leading) == 1:
        first = found("order.most", name=leading[0], per=best["per"], hours=best["hours"])
    else:
        first = found("order.may", names=leading)
    return [first, budget]


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    each = [
        found("order.one", name=Term(f"order.of.{row['name']}"), hours=row["hours"], per=row["per"])
        for row in own["rows"]
    ]
    age = next(row for row in own["rows"] if row["name"] == "age")
    known = [row for row in own["rows"] if row["taken"].mean is not None]
    taken = [found("order.taken_one", name=Term(f"order.of.{row['name']}"), share=row["taken"])
             for row in known]  # fmt: skip
    slow = [found("order.slow_one", name=Term(f"order.of.{row['name']}"), share=row["slow"])
            for row in own["rows"]]  # fmt: skip
    return [
        found("order.each", orders=each),
        claimed("order.rule", age["shown"] > 0, hours=age["hours"], out=own["out"]),
        *([found("order.taken", orders=taken)] if taken else []),
        found("order.slow", orders=slow),
    ]


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    names = [say(f"order.of.{row['name']}") for row in own["rows"]]
    marks = [charts.Marks("", [row["per"] for row in own["rows"]])]
    axis = charts.Axis(say("order.axis"))
    heads = [Column(say("order.heads.order")), Column(say("order.heads.hours"), "h", 1),
             Column(say("order.heads.wait"), "h", 1), Column(say("order.heads.lost"), digits=1),
             Column(say("order.heads.million"), digits=1), Column(say("order.heads.per"), digits=2),
             Column(say("order.heads.taken"), "%", 0), Column(say("order.heads.slow"), "%", 0),
             Column(say("order.heads.alike"), "%", 0)]  # fmt: skip
    keys = ("hours", "wait", "lost", "million", "per", "taken", "slow")
    rows = [[name, *(row[key] for key in keys), own["alike"][row["name"]]]
            for name, row in zip(names, own["rows"], strict=True)]  # fmt: skip
    return [
        charts.forest(say, names, marks, axis, title=say("order.title"), digits=2, is_change=True,
                      row_px=28),
        Table(heads, rows, say("order.caption"), folds=False),
        Points([say(f"order.notes.{note}") for note in NOTES]),
    ]  # fmt: skip
