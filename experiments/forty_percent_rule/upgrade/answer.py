"""Does upgrading help, and whom?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import change, described
from experiments.forty_percent_rule.upgrade.verdict import PARTS
from sim.report.finding import Term
from sim.roads.neighbors import NETWORK, UPGRADED, groups, totals, with_sums
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Action, Rule
from sim.stations.costs import Cost
from sim.stats import interval
from sim.study.results import BASE, Results, means
from sim.study.study import Study

AS_THE_RULE_SAYS = "as_the_rule_says"  # its name, if `rule_study.actions` has none for it
OF_NETWORK = ("wait_min_mean", "wait_min_p95", "stranded", "plugged_h")  # no sums over stations
ALONG = ("wait_min_p95", "wait_h", "visits")  # of every station

Estimate = dict[str, Any]
Group = Mapping[str, np.ndarray]


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """What the rule's action and the others change at the flagged stations and elsewhere.

    Intervals are 95 % Student t over replications, of differences paired by replication; those of
    P95 waits that are not differences BCa.
    """
    rule, numbers = Rule.of(scenario), range(runs.engine.replications)
    results = runs.run({BASE: scenario}, numbers)
    seen = results[BASE]
    if rule.is_everyday:
        seen = runs.run({"week": scenario.reference()}, numbers, "doing.weeks")["week"]
    table = means(seen)
    upgraded = rule.chosen(scenario, table)
    every = actions(scenario)
    found: dict[str, Any] = {
        "question": Term("upgrade.question"),
        "rule": described(rule),
        "budget_cny": rule.budget_cny,
        "replications": len(numbers),
        "stations": len(table),
        "flagged": rule.flagged(table),
        "upgraded": upgraded,
        "action": next(iter(every)),
        "actions": {},
    }
    if not upgraded:
        return found
    names = scenario.network.stations
    sites = {name: action.able(scenario, upgraded) for name, action in every.items()}
    designs = {name: every[name].apply(scenario, own) for name, own in sites.items() if own}
    results = results.and_(runs.run(designs, numbers, "doing.upgrades"))
    members = groups(scenario.routes, len(names), {names.index(name) for name in upgraded})
    costs = {name: every[name].cost(scenario, sites[name]).typical for name in designs}
    return found | {
        "groups": {group: [names[s] for s in own] for group, own in members.items()},
        "cannot": {name: [n for n in upgraded if n not in sites[name]] for name in every},
        "actions": {
            name: {
                **built(every[name], scenario, design, sites[name]),
                "groups": effect(results, name, with_sums(members)),
                **saving(results, name, every[name].cost(scenario, sites[name])),
                **dearer(results, name, costs),
            }
            for name, design in designs.items()
        },
        "along": along(results, found["action"]),
    }


def actions(scenario: Ruled) -> dict[str, Action]:
    """The rule's own action, then the others that the config names."""
    rule, named = Rule.of(scenario).action, scenario.own.actions
    same = [name for name, upgrade in named.items() if upgrade == rule.upgrade]
    own = same[0] if same else AS_THE_RULE_SAYS
    others = {n: replace(rule, upgrade=u) for n, u in named.items() if n not in same}
    return {own: rule, **others}


def built(
    action: Action, scenario: Ruled, design: Scenario, stations: Sequence[str]
) -> dict[str, Any]:
    """What is built at these stations, mobile units included, and what it costs."""
    before, after = (own.station_table() for own in (scenario, design))
    return {
        "stations": len(stations),
        "changed": sum(action.cost(scenario, [name]).high > 0 for name in stations),
        "evses": int((after["evses"] - before["evses"]).sum()),
        "rated_kw": float((after["rated_kw"] - before["rated_kw"]).sum()),
        "kva": float((after["kva"] - before["kva"]).sum()),
        "cost_cny": action.cost(scenario, stations)._asdict(),
    }


def effect(results: Results, design: str, members: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Every figure of every group before, after, and changed; `than_part`: the change of the hours
    waited at the upgraded stations, minus that part of the change in all."""
    before, after = (totals(results, name, members) for name in (BASE, design))
    found: dict[str, Any] = {
        group: {name: paired(x, after[group][name]) for name, x in own.items()}
        | {"wait_min_per_visit": _per_visit(own, after[group])}
        for group, own in before.items()
    }
    less, all_less = (after[g]["wait_h"] - before[g]["wait_h"] for g in (UPGRADED, NETWORK))
    found[UPGRADED]["than_part"] = {
        part: interval.difference(less - share * all_less) for part, share in PARTS.items()
    }
    found[NETWORK] |= {
        name: paired(*(of_network(results, name, own) for own in (BASE, design)))
        for name in OF_NETWORK
    }
    return found


def of_network(results: Results, name: str, design: str) -> np.ndarray:
    """A figure of the network [replication]; `plugged_h`: hours that all sessions together occupy
    an EVSE, which faster charging saves."""
    if name != "plugged_h":
        return results.values(name, design)
    hours: np.ndarray = (
        results.values("sessions", design) * results.values("occupancy_min", design) / 60.0
    )
    return hours


def paired(before: np.ndarray, after: np.ndarray) -> dict[str, Estimate]:
    """Means before and after, and the mean of the differences [replication]."""
    return {
        "before": interval.mean(before), "after": interval.mean(after),
        "change": change(before, after),
    }  # fmt: skip


def _per_visit(before: Group, after: Group) -> dict[str, Estimate] | None:
    """Minutes waited for each visit; None if a replication has none."""
    if not (before["visits"].all() and after["visits"].all()):
        return None
    x, y = (60.0 * own["wait_h"] / own["visits"] for own in (before, after))
    return paired(x, y)


def saving(results: Results, design: str, cost: Cost) -> dict[str, Any]:
    """What an action saves, what an hour saved costs, and how far it is from the best;
    `saved_all_h`: hours of waiting and plugged in."""
    today, *others = (results.values("wait_h", name) for name in results)
    wait, best = results.values("wait_h", design), min(others, key=np.mean)
    plugged, later = (of_network(results, "plugged_h", name) for name in (BASE, design))
    saved = interval.difference(today - wait)
    return {
        "saved_h": saved,
        "saved_all_h": interval.difference(today - wait + plugged - later),
        "cny_per_h": per_hour(cost, saved),
        "less_than_best_h": interval.difference(wait - best),
    }


def dearer(results: Results, design: str, costs: Mapping[str, float]) -> dict[str, Any]:
    """Over points, where intervals of ratios say nothing of pairs: `dearer_cny`, how much more
    an action costs than the cheapest would for as many hours saved in the same world, there.

    The cheapest is that of the least cost over its mean saving.
    """
    if not interval.are_points():
        return {}
    today = results.values("wait_h")
    saved = {name: today - results.values("wait_h", name) for name in costs}
    useful = [name for name, own in saved.items() if own.mean() > 0.0]
    if not useful:
        return {}
    least = min(useful, key=lambda name: costs[name] / saved[name].mean())
    more = costs[design] * saved[least] - costs[least] * saved[design]
    return {"dearer_cny": interval.change(more / saved[least].mean())}


def per_hour(cost: Cost, saved_h: Mapping[str, float]) -> dict[str, Estimate] | None:
    """CNY for an hour of waiting saved in one holiday, at low, typical and high prices.

    The cost over the mean saving.  Fieller's interval of this ratio (J. R. Stat. Soc. B 16, 1954):
    as the cost does not vary, the cost over the ends of the interval of the saving.  None where
    the saving is not shown to be above 0.
    """
    if saved_h["low"] <= 0.0:
        return None
    ends = {"mean": "mean", "low": "high", "high": "low"}
    return {
        price: {name: cny / saved_h[end] for name, end in ends.items()}
        for price, cny in cost._asdict().items()
    }


def along(results: Results, design: str) -> dict[str, Any]:
    """P95 wait and visits of every station before, after, and changed."""
    found: dict[str, Any] = {name: {} for name in results.names()}
    for column in ALONG:
        before, after = (results.of_stations(column, name) for name in (BASE, design))
        changes = map(change, results.stations(column), results.stations(column, design))
        for own, x, y, by in zip(found.values(), before, after, changes, strict=True):
            own[column] = {"before": x.ends, "after": y.ends, "change": by}
    return found
