"""Question 4 of the 40 % rule: what else could the same money buy?"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import change, described
from experiments.forty_percent_rule.money import strategies
from experiments.forty_percent_rule.settings import MoneySection
from experiments.forty_percent_rule.upgrade.answer import per_hour
from sim.report.finding import Term
from sim.roads.money.gauge import Gauge
from sim.roads.money.greedy import Step, greedy, promised
from sim.roads.money.orders import evenly
from sim.roads.money.shop import Plan, Shop
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Rule
from sim.stations.costs import Cost
from sim.stats import interval
from sim.study.contest import Contest
from sim.study.results import means
from sim.study.study import Study

FEW = 10  # replications
FIGURES = ("wait_h", "unserved_kwh", "stranded", "energy_kwh")
RELIEF = 1.2  # purchases save at most so many times the hours lost at their station; seldom more

Design = tuple[str, float]  # a strategy, and its share of the money
TODAY: Design = ("today", 0.0)


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """Strategies with the same money, the cost frontier, and who is best with all of it.

    Plans are made on the replications that the rule sees, and judged on others.  Over points these
    are other worlds; as a selection is about means, it is not made there: who saves most is told
    by what each saves in the same worlds.
    """
    money, rule, shop = scenario.own.money, Rule.of(scenario), strategies.shop_of(scenario)
    replications = runs.engine.replications
    table = flags = means(runs.run({"": scenario}, replications)[""])
    if rule.is_everyday:
        flags = means(runs.run({"": scenario.reference()}, replications, "doing.weeks")[""])
    upgraded = dict.fromkeys(rule.chosen(scenario, flags), (strategies.ACTION,))
    budget = money.budget_cny or shop.cost(upgraded).typical
    found: dict[str, Any] = {
        "question": Term("money.question"),
        "rule": described(rule), "flagged": len(rule.flagged(flags)), "budget_cny": budget,
        **money.model_dump(mode="json", exclude={"menu", "budget_cny"}), "menu": _menu(shop),
        "site_rule": scenario.own.site_rule.model_dump(), "strategies": {},
    }  # fmt: skip
    lost = dict(zip(table["station"], lost_h(table, money).tolist(), strict=True))
    if budget <= 0.0 or not any(lost.values()):
        return found
    steps = _steps(shop, runs, money, lost)
    orders = {
        strategies.RULE: strategies.by_rule(rule, flags),
        strategies.WAIT: strategies.by_wait(table),
        strategies.SAVING: [step.purchase for step in steps],
        strategies.EVENLY: evenly(shop),
        strategies.MOBILE: strategies.mobile(shop, lost),
    }
    plans = {
        (name, share): shop.spend(order, share * budget)
        for name, order in orders.items()
        for share in _shares(money, replications)
        if order or name == strategies.RULE
    }
    designs = _designs(scenario, shop, plans)
    contest = Contest(runs, designs, lambda own: lost_h(own, money), "doing.strategies")
    chosen = _selected(contest, money.indifference * sum(lost.values()))  # asks for most draws
    return {
        **found,
        "steps": [
            {"station": s.purchase[0], "item": s.purchase[1], "saving_h": s.saving_h,
             "cost_cny": s.cost_cny} for s in steps
        ],
        "promised_h": promised(steps, plans[strategies.SAVING, 1.0]) if steps else 0.0,
        "selection": chosen, "strategies": _judged(contest, shop, plans, money.holidays),
        "lost_h_today": interval.mean(contest.losses(TODAY)),
        "today": {name: interval.mean(own) for name, own in _figures(contest, TODAY).items()},
    }  # fmt: skip


def lost_h(table: Any, money: MoneySection) -> Any:
    """The objective [h]: hours waited, and those that each driver counts as who gave up; of a
    table of stations, or of the figures of the network."""
    return table["wait_h"] + money.lost_h * (table["balked"] + table["reneged"])


def _menu(shop: Shop) -> dict[str, Any]:
    """What each thing costs, as the only one, where it can be had."""
    prices = {item: shop.prices(item) for item in shop.items}
    return {
        item: {
            "what": upgrade.model_dump(mode="json", exclude_none=True),
            "stations": len(prices[item]), "least_cny": min(prices[item], default=None),
            "most_cny": max(prices[item], default=None),
        }
        for item, upgrade in shop.items.items()
    }  # fmt: skip


def _shares(money: MoneySection, replications: int) -> list[float]:
    """The points of the frontier; all the money and the point before the last but one, if there are
    to be few replications, or each is to be simulated in all worlds."""
    is_whole = replications >= FEW and not interval.are_points()
    return money.shares if is_whole else [*money.shares[-3:-2], 1.0]


def _steps(shop: Shop, runs: Study, money: MoneySection, today: Mapping[str, float]) -> list[Step]:
    """What saves most per CNY, of the hours lost `today` by station."""
    number = runs.engine.replications
    gauge = Gauge(
        shop, runs, lambda table: lost_h(table, money), max(1, number // 10), max(1, number // 4)
    )
    most_h = {station: RELIEF * hours for station, hours in today.items()}
    least_h, rounds = money.least_saving_h, 2 + number // 5
    return greedy(most_h, shop.menu, shop.price, gauge.savings, least_h, rounds)


def _designs(scenario: Ruled, shop: Shop, plans: Mapping[Design, Plan]) -> dict[Design, Scenario]:
    """Today, those that are bought, and the free ones."""
    rule = {"when": "holidays", **scenario.own.site_rule.model_dump()}
    free = {
        strategies.INFORMED: {"fleet.informed_share": 1.0},
        strategies.SITE_RULE: {f"policy.{key}": value for key, value in rule.items()},
    }
    return {
        TODAY: shop.scenario,
        **{design: shop.design(plan) for design, plan in plans.items()},
        **{(name, 1.0): shop.scenario.with_(**changes) for name, changes in free.items()},
    }


# ---- judged on other draws ---------------------------------------------------------------------


def _selected(contest: Contest, indifference_h: float) -> dict[str, Any]:
    """Who is best with all the money; over points, in 95 % of the worlds."""
    whole = {name: (name, share) for name, share in contest.designs if share == 1.0}
    found = (contest.over_worlds if interval.are_points() else contest.select)(
        whole, indifference_h
    )
    others = [name for name in found.values if name != found.best]
    return {
        "best": found.best, "left": list(found.left), "shown": found.is_shown,
        "indifference_h": indifference_h,
        "replications": {name: len(x) for name, x in found.values.items()},
        "less_than_best_h": {
            name: contest.saved(whole[found.best], whole[name]) for name in others
        },
    }  # fmt: skip


def _judged(
    contest: Contest, shop: Shop, plans: Mapping[Design, Plan], holidays: int
) -> dict[str, Any]:
    """The frontier: what strategies do with all the money, and with parts of it."""
    parts = [own for own in contest.designs if 0.0 < own[1] < 1.0]
    planned = contest.study.engine.replications
    contest.ask(parts, range(planned if interval.are_points() else max(3, planned // 4)))
    today, found = _figures(contest, TODAY), dict[str, Any]()
    for design in (own for own in contest.designs if own != TODAY):
        own, plan = found.setdefault(design[0], {"points": []}), plans.get(design, {})
        own["points"].append(_point(contest, design, shop.cost(plan), plan, holidays))
        if design not in parts:
            own["buys"] = {station: dict(Counter(items)) for station, items in plan.items()}
            own["changes"] = {
                name: change(today[name][: len(x)], x)
                for name, x in _figures(contest, design).items()
            }
    return found


def _figures(contest: Contest, design: Design) -> dict[str, list[float]]:
    """Of the network; `plugged_h`: hours that all sessions together occupy an EVSE, which faster
    charging saves."""
    each = [own.figures for own in contest[design]]
    return {
        **{name: [own[name] for own in each] for name in FIGURES},
        "lost": [own["balked"] + own["reneged"] for own in each],
        "plugged_h": [own["sessions"] * own["occupancy_min"] / 60.0 for own in each],
    }


def _point(
    contest: Contest, design: Design, cost: Cost, plan: Plan, holidays: int
) -> dict[str, Any]:
    """A strategy with a share of the money.  `cny_per_h`: over all holidays that it serves."""
    saved = contest.saved(design)
    over_all = {end: holidays * saved[end] for end in ("mean", "low", "high")}
    each = per_hour(cost, over_all) if cost.typical > 0.0 else None
    return {
        "share": design[1], "cost_cny": cost._asdict(), "stations": len(plan),
        "items": dict(Counter(item for bought in plan.values() for item in bought)),
        "replications": len(contest[design]), "saved_h": saved,
        "than_rule_h": contest.saved(design, (strategies.RULE, 1.0)),  # which has all the money
        "cny_per_h": each and each["typical"],
    }  # fmt: skip
