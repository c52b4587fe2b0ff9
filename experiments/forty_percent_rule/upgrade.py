"""Question 3 of the 40 % rule: does upgrading help, and whom?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import change, described, figure
from experiments.forty_percent_rule.neighbors import NETWORK, UPGRADED, groups, totals, with_sums
from experiments.forty_percent_rule.upgrade_verdict import PARTS
from sim.config.problems import InputError
from sim.report.finding import Term
from sim.roads.scenario import Scenario
from sim.roads.upgrade import Action, Rule
from sim.stations.costs import Cost
from sim.stats import interval
from sim.study.case import Replication
from sim.study.study import Study

AS_THE_RULE_SAYS = "as_the_rule_says"  # its name, if `rule_study.actions` has none for it

Estimate = dict[str, Any]
Group = Mapping[str, np.ndarray]


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """What the rule's action and the others change at the flagged stations and elsewhere.

    Intervals are 95 % Student t over replications, of differences paired by replication; those of
    P95 waits that are not differences BCa.
    """
    rule, numbers = Rule.of(scenario), range(runs.engine.replications)
    base = runs.run({"base": scenario}, numbers)["base"]
    seen = base
    if rule.is_everyday:
        seen = runs.run({"week": scenario.reference()}, numbers, "ordinary weeks")["week"]
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
    if upgraded:
        names = scenario.network.stations
        sites = {name: able(action, scenario, upgraded) for name, action in every.items()}
        designs = {name: every[name].apply(scenario, own) for name, own in sites.items() if own}
        after = runs.run(designs, numbers, "replications of upgrades")
        members = groups(scenario.routes, len(names), {names.index(name) for name in upgraded})
        found["groups"] = {group: [names[s] for s in own] for group, own in members.items()}
        found["cannot"] = {name: [n for n in upgraded if n not in sites[name]] for name in every}
        found["actions"] = {
            name: {
                **built(every[name], scenario, design, sites[name]),
                "groups": effect(base, after[name], with_sums(members)),
            }
            for name, design in designs.items()
        }
        compare(found["actions"], base, dict(after.items()))
        found["along"] = along(base, after[found["action"]])
    return found


def means(replications: Sequence[Replication]) -> pd.DataFrame:
    """The table of stations, every figure the mean over replications."""
    table = replications[0].stations.copy()
    for name in table.columns.drop("station"):
        table[name] = figure(replications, name).mean(axis=1)
    return table


def actions(scenario: Ruled) -> dict[str, Action]:
    """The rule's own action, then the others that the config names."""
    rule, named = Rule.of(scenario).action, scenario.own.actions
    same = [name for name, upgrade in named.items() if upgrade == rule.upgrade]
    own = same[0] if same else AS_THE_RULE_SAYS
    others = {n: replace(rule, upgrade=u) for n, u in named.items() if n not in same}
    return {own: rule, **others}


def able(action: Action, scenario: Ruled, stations: Sequence[str]) -> list[str]:
    """Those that can have it: no cap that a transformer would not raise, a transformer that is big
    enough, and power left at every hour."""
    overrides, found = scenario.config.station.overrides, []
    for name in stations:
        if action.upgrade.kva and name in overrides and overrides[name].cap_kw:
            continue
        try:
            action.apply(scenario, [name])
        except InputError:
            continue
        found.append(name)
    return found


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


def effect(
    base: Sequence[Replication], after: Sequence[Replication], members: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """Every figure of every group before, after, and changed; `than_part`: the change of the hours
    waited at the upgraded stations, minus that part of the change in all."""
    before, later = totals(base, members), totals(after, members)
    found: dict[str, Any] = {
        group: {name: paired(x, later[group][name]) for name, x in own.items()}
        | {"wait_min_per_visit": _per_visit(own, later[group])}
        for group, own in before.items()
    }
    changes = {g: later[g]["wait_h"] - own["wait_h"] for g, own in before.items()}
    found[UPGRADED]["than_part"] = {
        part: interval.mean(changes[UPGRADED] - share * changes[NETWORK])
        for part, share in PARTS.items()
    }
    later_all = of_network(after)
    found[NETWORK] |= {name: paired(x, later_all[name]) for name, x in of_network(base).items()}
    return found


def of_network(replications: Sequence[Replication]) -> dict[str, np.ndarray]:
    """Figures of the network that are no sums over stations [replication]; `plugged_h`: hours
    that all sessions together occupy an EVSE, which faster charging saves."""
    names = ("wait_min_mean", "wait_min_p95", "stranded", "sessions", "occupancy_min")
    found = {name: np.array([r.figures[name] for r in replications]) for name in names}
    plugged_h = found.pop("sessions") * found.pop("occupancy_min") / 60.0
    return {**found, "plugged_h": plugged_h}


def paired(before: np.ndarray, after: np.ndarray) -> dict[str, Estimate]:
    """Means before and after, and the mean of the differences [replication]."""
    return {
        "before": interval.mean(before), "after": interval.mean(after),
        "change": change(before.tolist(), after.tolist()),
    }  # fmt: skip


def _per_visit(before: Group, after: Group) -> dict[str, Estimate] | None:
    """Minutes waited for each visit; None if a replication has none."""
    if not (before["visits"].all() and after["visits"].all()):
        return None
    x, y = (60.0 * own["wait_h"] / own["visits"] for own in (before, after))
    return paired(x, y)


def compare(
    found: dict[str, Any], base: Sequence[Replication],
    after: Mapping[str, Sequence[Replication]],
) -> None:  # fmt: skip
    """Add what each action saves, what an hour saved costs, and how far it is from the best;
    `saved_all_h`: hours of waiting and plugged in."""
    wait = {name: _wait_h(own) for name, own in after.items()}
    best = min(wait, key=lambda name: float(wait[name].mean()))
    for name, own in found.items():
        saved = interval.difference(_wait_h(base) - wait[name])
        plugged = of_network(base)["plugged_h"] - of_network(after[name])["plugged_h"]
        own["saved_h"] = saved
        own["saved_all_h"] = interval.difference(_wait_h(base) - wait[name] + plugged)
        own["cny_per_h"] = per_hour(Cost(**own["cost_cny"]), saved)
        own["less_than_best_h"] = interval.difference(wait[name] - wait[best])


def _wait_h(replications: Sequence[Replication]) -> np.ndarray:
    return np.array([r.figures["wait_h"] for r in replications])


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


def along(base: Sequence[Replication], after: Sequence[Replication]) -> dict[str, Any]:
    """P95 wait and visits of every station before, after, and changed."""
    names = base[0].stations["station"].tolist()
    found: dict[str, Any] = {name: {} for name in names}
    for column in ("wait_min_p95", "wait_h", "visits"):
        x, y = figure(base, column), figure(after, column)
        skewed = column == "wait_min_p95"
        ends = [interval.bootstrap(own) for own in (x, y)] if skewed else []
        for s, name in enumerate(names):
            own = paired(x[s], y[s])
            for when, values in zip(("before", "after"), ends, strict=False):
                own[when] = {end: float(value[s]) for end, value in values.items()}
            found[name][column] = own
    return found
