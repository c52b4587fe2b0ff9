"""Question 5 of the 40 % rule: holiday after holiday, with more EVs in each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import change, described
from experiments.forty_percent_rule.years import plans
from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET, is_super
from sim.config.problems import InputError
from sim.metrics import METRICS
from sim.report.finding import Given, Term
from sim.roads import checks
from sim.roads.service import Service
from sim.roads.upgrade import Rule
from sim.roads.years import holidays as coming
from sim.roads.years.building import upgradable
from sim.roads.years.holidays import Holiday
from sim.roads.years.worlds import Trail, Trails, replay
from sim.stations.costs import Cost
from sim.stations.schema import counts
from sim.stats.interval import mean
from sim.study.results import Results
from sim.study.study import Study

NETWORK = ("wait_h", "wait_min_p95", "unserved_kwh", "stranded")
LEFT = ("failing", *NETWORK)  # what is left to complain of
PAIRS = ((NOTHING, RULE), (NOTHING, TARGET), (RULE, TARGET))

Figures = Mapping[str, np.ndarray]  # [holiday, world]


def holidays_of(scenario: Ruled) -> tuple[Holiday, ...]:
    """Those that are replayed."""
    return coming.of(scenario, scenario.own.years.holidays, scenario.own.years.growth)


def check(scenario: Ruled) -> None:
    """Raise `InputError` for what is wrong with the holidays or the super station."""
    holidays, years, station = holidays_of(scenario), scenario.own.years, scenario.config.station
    if Rule.of(scenario).is_everyday:
        max(holidays, key=lambda own: own.nevs).ordinary(scenario)
    place, action = "rule_study.years.super_station", years.super_station
    if problems := checks.unknown_types(place, action, station):
        raise InputError(problems)
    names = [name for text in (action.replace, action.add) if text for name, _ in counts(text)]
    if not any(station.cabinet_types[name].kw >= years.super_kw for name in names):
        raise InputError(f"`{place}` brings no cabinet of {years.super_kw:g} kW (`super_kw`)")
    possible = len(upgradable(plans.super_station(scenario), scenario))
    if possible < (ours := plans.target(years)):
        raise InputError(
            f"`{place}` is possible at {possible} of {len(scenario.hardware)} stations, but {ours} "
            "are to be built: elsewhere it would need more than the biggest transformer"
        )


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """What each plan builds and what is left of the waits."""
    check(scenario)
    own, years, rule = scenario.own, scenario.own.years, Rule.of(scenario)
    holidays = holidays_of(scenario)
    trails = replayed(scenario, runs, holidays)
    fails = {plan: fails_each(scenario, of) for plan, of in trails.items()}
    values = {plan: figures(of, fails[plan]) for plan, of in trails.items()}
    spent = {plan: [_open_cost(holidays, trail) for trail in of] for plan, of in trails.items()}
    calendars = [holiday.demand.calendar for holiday in holidays]
    since = calendars.index(calendars[-1])  # the first that is like the last one
    return {
        "question": Term("years.question"),
        "rule": described(rule),
        "worlds": len(trails[RULE]), "stations": len(scenario.hardware),
        "target": {
            "stations": years.super_stations, "share": years.super_share,
            "ours": plans.target(years),
            "super_before": sum(is_super(x, years) for x in scenario.hardware.values()),
        },
        "fails": {"wait_p90_min": own.fails_wait_p90_min, "lost_share": own.fails_lost_share},
        "variation": holidays[-1].demand.variation.model_dump(),
        "build_months": years.build_months, "super_kw": years.super_kw,
        "builds": {
            RULE: rule.action.upgrade.model_dump(mode="json"),
            TARGET: years.super_station.model_dump(mode="json"),
        },
        "since": since,
        "holidays": [
            {
                "name": Given(holiday.name), "first_day": holiday.first_day,
                "last_day": holiday.last_day, "nevs": holiday.nevs,
                "ev_share": holiday.demand.ev_share, "opens": holiday.later(years.build_months),
            }
            for holiday in holidays
        ],
        "plans": {
            plan: {
                "figures": {name: [mean(x) for x in each] for name, each in of.items()},
                "built": built(holidays, trails[plan], of),
                "left": left(scenario, holidays[-1], trails[plan], fails[plan][-1]),
                "change": change(of["failing"][since], of["failing"][-1]),
                "by_station": by_station(list(scenario.hardware), trails[plan], fails[plan]),
            }
            for plan, of in values.items()
        },
        "differences": [
            {
                "from": a, "to": b,
                "figures": {
                    name: [change(*pair) for pair in zip(values[a][name], values[b][name],
                                                         strict=True)]
                    for name in (*LEFT, "cost_cny")
                },
            }
            for a, b in PAIRS
        ],
        "money": change(spent[RULE], spent[TARGET]),
    }  # fmt: skip


def replayed(scenario: Ruled, runs: Study, holidays: Sequence[Holiday]) -> Trails:
    """Every plan in every world: two, and one more for every five replications of the study.

    More and more EVs make a world dear, and what plans build differs little between worlds.
    """
    return replay(
        scenario, runs, holidays, plans.of(scenario, holidays), Rule.of(scenario),
        scenario.own.years.build_months, 2 + runs.engine.replications // 5,
    )  # fmt: skip


def fails_each(scenario: Ruled, trails: Sequence[Trail]) -> list[np.ndarray]:
    """Where service fails: in each holiday [station, world]."""
    worlds = zip(*(own.seen for own in trails), strict=True)
    results = [Results({"": own}, METRICS) for own in worlds]
    return [Service.of(own, "", scenario.own).fails_each() for own in results]


def figures(trails: Sequence[Trail], fails: Sequence[np.ndarray]) -> Figures:
    """What a plan builds and leaves; `ordered` and `cost_cny` are those after the holiday, at
    typical prices, with the rent of mobile units in it."""
    rows = [_row(own, k) for k in range(len(fails)) for own in trails]
    shape = len(fails), len(trails)
    return {
        **{name: np.array([row[name] for row in rows]).reshape(shape) for name in rows[0]},
        "failing": np.array([own.sum(axis=0) for own in fails]),
    }


def _row(own: Trail, k: int) -> dict[str, float]:
    orders = own.ordered(k)
    return {
        "flagged": len(own.flagged[k]), "stuck": len(own.stuck[k]), "ordered": len(orders),
        "standing": own.stands[k],
        "cost_cny": own.rents[k].typical + sum(order.cost.typical for order in orders),
        **{name: own.seen[k].figures[name] for name in NETWORK},
    }  # fmt: skip


def built(holidays: Sequence[Holiday], trails: Sequence[Trail], of: Figures) -> dict[str, Any]:
    """How much a plan builds: in all, by year of the order, and what is open in the last holiday.

    `times` : stations by the number of upgrades that are open then.  Costs [CNY] with the rent of
    mobile units; `low`, `typical`, `high` : where sources disagree.
    """
    years = np.array([own.last_day.year for own in holidays])
    by_station = [Counter(o.station for o in own.open(holidays[-1].first_day)) for own in trails]
    times = [Counter(own.values()) for own in by_station]
    return {
        "upgrades": mean(of["ordered"].sum(axis=0)),
        "stations": mean([len({o.station for o in own.orders}) for own in trails]),
        "by_year": {
            str(year): {
                "upgrades": mean(of["ordered"][years == year].sum(axis=0)),
                "cost_cny": mean(of["cost_cny"][years == year].sum(axis=0)),
            }
            for year in np.unique(years).tolist()
        },
        "open": {
            "upgrades": mean([own.total() for own in by_station]),
            "stations": mean([len(own) for own in by_station]),
            "times": {str(n): mean([own[n] for own in times]) for n in sorted(set().union(*times))},
            "cost_cny": {
                level: mean([_open_cost(holidays, own, level) for own in trails])
                for level in Cost._fields
            },
        },
    }  # fmt: skip


def _open_cost(holidays: Sequence[Holiday], trail: Trail, level: str = "typical") -> float:
    """Of what is open in the last holiday, and all rents."""
    costs = [order.cost for order in trail.open(holidays[-1].first_day)]
    total: float = sum(getattr(cost, level) for cost in [*costs, *trail.rents])
    return total


def left(
    scenario: Ruled, holiday: Holiday, trails: Sequence[Trail], fails: np.ndarray
) -> dict[str, dict[str, Any]]:
    """Who fails in a holiday [station, world]: stations that the plan has upgraded, others that
    were super stations before, and the rest."""
    years, own = scenario.own.years, scenario.hardware
    before = np.array([is_super(x, years) for x in own.values()])[:, None]
    stands = [trail.standing(holiday.first_day) for trail in trails]
    upgraded = np.array([[name in these for these in stands] for name in own])
    groups = {
        "upgraded": upgraded, "super_before": before & ~upgraded, "neither": ~before & ~upgraded
    }  # fmt: skip
    return {
        name: {"stations": mean(group.sum(axis=0)), "failing": mean((group & fails).sum(axis=0))}
        for name, group in groups.items()
    }


def by_station(
    names: Sequence[str], trails: Sequence[Trail], fails: Sequence[np.ndarray]
) -> dict[str, dict[str, list[float]]]:
    """In which share of the worlds each station is upgraded after each holiday, and in which share
    its service fails in it."""
    orders = [{(o.station, o.round) for o in own.orders} for own in trails]
    return {
        name: {
            "ordered": [float(np.mean([(name, k) in own for own in orders]))
                        for k in range(len(fails))],
            "fails": [float(own[s].mean()) for own in fails],
        }
        for s, name in enumerate(names)
    }  # fmt: skip
