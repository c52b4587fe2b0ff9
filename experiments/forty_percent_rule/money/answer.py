"""Question 4 of the 40 % rule: what else could the same money buy?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import described
from experiments.forty_percent_rule.money import saving as rule_saving
from experiments.forty_percent_rule.money import strategies as rule_strategies
from experiments.forty_percent_rule.money.judge import TODAY, Design, Judge, figures, lost_h
from experiments.forty_percent_rule.money.strategies import (
    EVENLY,
    INFORMED,
    MOBILE,
    RULE,
    SAVING,
    SITE_RULE,
    WAIT,
    Plan,
    Shop,
)
from experiments.forty_percent_rule.settings import MoneySection
from experiments.forty_percent_rule.upgrade.answer import per_hour
from sim.report.finding import Term
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Rule
from sim.stats import interval, selection
from sim.study.results import means
from sim.study.study import Study

FEW = 10  # replications


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """Strategies with the same money, the cost frontier, and who is best with all of it.

    Plans are made on the replications that the rule sees, and judged on others.
    """
    money, rule, shop = scenario.own.money, Rule.of(scenario), Shop.of(scenario)
    seen = range(runs.engine.replications)
    table = means(runs.run({TODAY: scenario}, seen)[TODAY])
    flags = table
    if rule.is_everyday:
        flags = means(runs.run({TODAY: scenario.reference()}, seen, "ordinary weeks")[TODAY])
    upgraded = dict.fromkeys(rule.chosen(scenario, flags), (rule_strategies.ACTION,))
    budget = money.budget_cny or shop.cost(upgraded).typical
    found: dict[str, Any] = {
        "question": Term("money.question"),
        "rule": described(rule), "flagged": len(rule.flagged(flags)), "budget_cny": budget,
        **money.model_dump(mode="json", exclude={"menu", "budget_cny"}), "menu": _menu(shop),
        "site_rule": scenario.own.site_rule.model_dump(), "strategies": {},
    }  # fmt: skip
    lost = lost_h(table, money)
    if budget > 0.0 and lost.sum() > 0.0:
        by_station = dict(zip(table["station"], lost.tolist(), strict=True))
        steps = _steps(shop, runs, money, by_station)
        orders = {
            RULE: rule_strategies.by_rule(rule, flags),
            WAIT: rule_strategies.by_wait(table),
            SAVING: [step.purchase for step in steps],
            EVENLY: rule_strategies.evenly(shop),
            MOBILE: rule_strategies.mobile(shop, by_station),
        }
        found["steps"] = [
            {"station": s.purchase[0], "item": s.purchase[1], "saving_h": s.saving_h,
             "cost_cny": s.cost_cny} for s in steps
        ]  # fmt: skip
        plans = {
            (name, share): shop.spend(order, share * budget)
            for name, order in orders.items()
            for share in _shares(money, len(seen))
            if order or name == RULE
        }
        found["promised_h"] = promised(steps, plans[SAVING, 1.0]) if steps else 0.0
        judge = Judge(runs, shop.scenario, _designs(scenario, shop, plans), money)
        found |= _judged(judge, shop, plans, money.indifference * float(lost.sum()))
    return found


def _menu(shop: Shop) -> dict[str, Any]:
    """What each thing costs, as the only one, where it can be had."""
    found = {}
    for item, upgrade in shop.items.items():
        prices = [shop.price({}, (name, item)) for name in shop.scenario.hardware]
        real = [price for price in prices if price is not None]
        found[item] = {
            "what": upgrade.model_dump(mode="json", exclude_none=True), "stations": len(real),
            "least_cny": min(real, default=None), "most_cny": max(real, default=None),
        }  # fmt: skip
    return found


def _shares(money: MoneySection, replications: int) -> list[float]:
    """The points of the frontier; if there are to be few replications, all the money and the point
    before the last but one."""
    return money.shares if replications >= FEW else [*money.shares[-3:-2], 1.0]


def _steps(
    shop: Shop, runs: Study, money: MoneySection, today_h: Mapping[str, float]
) -> list[rule_saving.Step]:
    replications = runs.engine.replications
    gauge = rule_saving.Gauge(
        shop, runs, lambda table: lost_h(table, money), max(1, replications // 10),
        max(1, replications // 4), rule_saving.neighbors(shop.scenario),
    )  # fmt: skip
    most_h = {station: rule_saving.RELIEF * hours for station, hours in today_h.items()}
    return rule_saving.greedy(
        most_h, shop.menu, shop.price, gauge.estimate, money.least_saving_h, 2 + replications // 5
    )


def _designs(scenario: Ruled, shop: Shop, plans: Mapping[Design, Plan]) -> dict[Design, Scenario]:
    """Those that are bought, and the free ones."""
    config, own = shop.scenario.config, scenario.own.site_rule
    fleet = config.fleet.model_copy(update={"informed_share": 1.0})
    policy = config.policy.model_copy(update={"when": "holidays", **own.model_dump()})
    return {design: shop.design(plan) for design, plan in plans.items()} | {
        (INFORMED, 1.0): shop.scenario.like(config.model_copy(update={"fleet": fleet})),
        (SITE_RULE, 1.0): shop.scenario.like(config.model_copy(update={"policy": policy})),
    }


def promised(steps: Sequence[rule_saving.Step], plan: Plan) -> float:
    """What the purchases of a plan were estimated to save, one by one [h]."""
    left = Counter((station, item) for station, bought in plan.items() for item in bought)
    total = 0.0
    for step in steps:
        if left[step.purchase] > 0:
            left[step.purchase] -= 1
            total += step.saving_h
    return total


# ---- judged on other draws ---------------------------------------------------------------------


def _judged(
    judge: Judge, shop: Shop, plans: Mapping[Design, Plan], indifference_h: float
) -> dict[str, Any]:
    """The selection with all the money, the frontier with parts of it."""
    replications = judge.runs.engine.replications
    found = selection.select(
        judge.sample, [name for name, share in judge.designs if share == 1.0], indifference_h,
        first=max(6, replications // 2), most=2 * replications, step=max(1, replications // 4),
    )  # fmt: skip
    judge.ask([d for d in judge.designs if d[1] < 1.0], range(max(3, replications // 4)))
    strategies: dict[str, Any] = {}
    for design in judge.designs:
        name, share = design
        own = strategies.setdefault(name, {"points": []})
        own["points"].append(_point(judge, shop, design, plans.get(design, {})))
        if share == 1.0:
            bought = plans.get(design, {})
            own["buys"] = {station: dict(Counter(items)) for station, items in bought.items()}
            own["changes"] = judge.changes(design)
    best = found.best
    return {
        "lost_h_today": judge.lost_today(),
        "today": {
            name: interval.mean(x)
            for name, x in figures(judge.today()).items()
        },
        "strategies": strategies,
        "selection": {
            "best": best, "left": list(found.left), "shown": found.is_shown,
            "indifference_h": indifference_h,
            "replications": {name: len(x) for name, x in found.values.items()},
            "less_than_best_h": {
                name: judge.saved((best, 1.0), (name, 1.0))
                for name in found.values if name != best
            },
        },
    }  # fmt: skip


def _point(judge: Judge, shop: Shop, design: Design, plan: Plan) -> dict[str, Any]:
    """A strategy with a share of the money.  `cny_per_h`: over all holidays that it serves."""
    cost, saved = shop.cost(plan), judge.saved(design)
    over_all = {end: judge.money.holidays * saved[end] for end in ("mean", "low", "high")}
    each = per_hour(cost, over_all) if cost.typical > 0.0 else None
    return {
        "share": design[1], "cost_cny": cost._asdict(), "stations": len(plan),
        "items": dict(Counter(item for bought in plan.values() for item in bought)),
        "replications": len(judge.kept(design)), "saved_h": saved,
        "than_rule_h": judge.saved(design, (RULE, 1.0)),  # which has all the money
        "cny_per_h": each and each["typical"],
    }  # fmt: skip
