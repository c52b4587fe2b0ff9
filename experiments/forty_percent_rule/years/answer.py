"""Question 5 of the 40 % rule: holiday after holiday, with more EVs in each."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from experiments.forty_percent_rule.measure import Service, change, described
from experiments.forty_percent_rule.years import holidays as rule_holidays
from experiments.forty_percent_rule.years import plans as rule_years_plans
from experiments.forty_percent_rule.years.holidays import Holiday
from experiments.forty_percent_rule.years.plans import NOTHING, RULE, TARGET, is_super, standing
from experiments.forty_percent_rule.years.worlds import Trail, Trails, replay
from sim.config.problems import InputError
from sim.metrics import METRICS
from sim.report.finding import Given, Term
from sim.roads import checks
from sim.roads.upgrade import Action, Rule
from sim.stations.schema import counts
from sim.stats import interval
from sim.study.results import Results
from sim.study.study import Study

NETWORK = ("wait_h", "wait_min_p95", "unserved_kwh", "stranded")
LEFT = ("failing", *NETWORK)  # what is left to complain of
PAIRS = ((NOTHING, RULE), (NOTHING, TARGET), (RULE, TARGET))
COST_LEVELS = ("low", "typical", "high")


def check(scenario: Ruled) -> None:
    """Raise `InputError` for what is wrong with the holidays or the super station."""
    holidays, rule = rule_holidays.of(scenario), Rule.of(scenario)
    if rule.is_everyday:
        rule_holidays.ordinary(scenario, max(holidays, key=lambda own: own.nevs))
    years, station = scenario.own.years, scenario.config.station
    place, action = "rule_study.years.super_station", years.super_station
    if problems := checks.unknown_types(place, action, station):
        raise InputError(problems)
    names = [name for text in (action.replace, action.add) if text for name, _ in counts(text)]
    if not any(station.cabinet_types[name].kw >= years.super_kw for name in names):
        raise InputError(f"`{place}` brings no cabinet of {years.super_kw:g} kW (`super_kw`)")
    built = Action(action, rule.action.transformers, rule.action.costs)
    possible = len(rule_years_plans.upgradable(built, scenario))
    if possible < (ours := rule_years_plans.target(years)):
        raise InputError(
            f"`{place}` is possible at {possible} of {len(scenario.hardware)} stations, but {ours} "
            "are to be built: elsewhere it would need more than the biggest transformer"
        )


def answer(scenario: Ruled, runs: Study) -> dict[str, Any]:
    """What each plan builds and what is left of the waits."""
    check(scenario)
    holidays = rule_holidays.of(scenario)
    return told(scenario, holidays, replay(scenario, runs, holidays))


def told(scenario: Ruled, holidays: Sequence[Holiday], trails: Trails) -> dict[str, Any]:
    """The answer from the trails."""
    years, names = scenario.own.years, list(scenario.hardware)
    fails = {name: fails_each(scenario, own) for name, own in trails.items()}
    values = {name: figures(holidays, own, fails[name]) for name, own in trails.items()}
    last, first = len(holidays) - 1, _like_the_last(holidays)
    found: dict[str, Any] = {
        "question": Term("years.question"),
        "rule": described(Rule.of(scenario)),
        "worlds": len(trails[RULE]), "stations": len(names),
        "target": {
            "stations": years.super_stations, "share": years.super_share,
            "ours": rule_years_plans.target(years),
            "super_before": sum(is_super(own, years) for own in scenario.hardware.values()),
        },
        "fails": {
            "wait_p90_min": scenario.own.fails_wait_p90_min,
            "lost_share": scenario.own.fails_lost_share,
        },
        "variation": holidays[0].demand.variation.model_dump(),
        "build_months": years.build_months, "super_kw": years.super_kw,
        "builds": {
            RULE: Rule.of(scenario).action.upgrade.model_dump(mode="json"),
            TARGET: years.super_station.model_dump(mode="json"),
        },
        "since": first,
        "holidays": [
            {
                "name": Given(own.name), "first_day": own.first_day,
                "last_day": own.last_day, "nevs": own.nevs,
                "ev_share": own.demand.ev_share,
                "opens": rule_years_plans.opening(own, years),
            }
            for own in holidays
        ],
        "plans": {
            plan: {
                "figures": {name: [mean(x) for x in own] for name, own in of.items()},
                "built": built(holidays, trails[plan]),
                "left": left(scenario, holidays[last], trails[plan], fails[plan][last]),
                "change": change(of["failing"][first], of["failing"][last]),
                "by_station": by_station(names, holidays, trails[plan], fails[plan]),
            }
            for plan, of in values.items()
        },
        "differences": [
            {
                "from": a, "to": b,
                "figures": {
                    name: [
                        change(x, y)
                        for x, y in zip(values[a][name], values[b][name], strict=True)
                    ]
                    for name in (*LEFT, "cost_cny")
                },
            }
            for a, b in PAIRS
        ],
    }  # fmt: skip
    rule, target = ([_open_cost(holidays, own) for own in trails[plan]] for plan in (RULE, TARGET))
    found["money"] = change(rule, target)
    return found


def mean(values: Sequence[float] | np.ndarray) -> dict[str, float]:
    """Of what is never negative, with its 95 % Student-t interval over worlds."""
    return interval.mean(values)


def fails_each(scenario: Ruled, trails: Sequence[Trail]) -> list[np.ndarray]:
    """Where service fails: in each holiday [station, world]."""
    study = scenario.own
    worlds = zip(*(own.seen for own in trails), strict=True)
    return [Service.of(Results({"": own}, METRICS), "", study).fails_each() for own in worlds]


def figures(
    holidays: Sequence[Holiday], trails: Sequence[Trail], fails: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """What a plan builds and leaves, [holiday, world].

    `ordered`, `cost_cny` : after the holiday (typical cost, with the rent of mobile units in it).
    `standing` : stations that have been upgraded and are open in the holiday.
    """
    numbers = range(len(holidays))
    costs = [
        [
            own.rents[k].typical + sum(o.cost.typical for o in own.orders if o.holiday == k)
            for own in trails
        ]
        for k in numbers
    ]
    return {
        "flagged": np.array([[len(own.flagged[k]) for own in trails] for k in numbers]),
        "stuck": np.array([[len(own.stuck[k]) for own in trails] for k in numbers]),
        "ordered": np.array(
            [[sum(o.holiday == k for o in own.orders) for own in trails] for k in numbers]
        ),
        "standing": np.array(
            [[len(standing(own.orders, h.first_day)) for own in trails] for h in holidays]
        ),
        "cost_cny": np.array(costs),
        "failing": np.array([own.sum(axis=0) for own in fails]),
        **{
            name: np.array([[own.seen[k].figures[name] for own in trails] for k in numbers])
            for name in NETWORK
        },
    }


def built(holidays: Sequence[Holiday], trails: Sequence[Trail]) -> dict[str, Any]:
    """How much a plan builds: in all, by year of the order, and what is open in the last holiday.

    `times` : stations by the number of upgrades that are open then.  Costs [CNY] with the rent of
    mobile units; `low`, `typical`, `high` : where sources disagree.
    """
    last = holidays[-1].first_day
    open_ = [[o for o in own.orders if o.opens <= last] for own in trails]
    times = [Counter(Counter(o.station for o in own).values()) for own in open_]
    return {
        "upgrades": mean([len(own.orders) for own in trails]),
        "stations": mean([len({o.station for o in own.orders}) for own in trails]),
        "by_year": {
            str(year): {
                "upgrades": mean(
                    [sum(holidays[o.holiday].last_day.year == year for o in t.orders)
                     for t in trails]
                ),
                "cost_cny": mean([_cost_of_year(holidays, t, year) for t in trails]),
            }
            for year in sorted({own.last_day.year for own in holidays})
        },
        "open": {
            "upgrades": mean([len(own) for own in open_]),
            "stations": mean([len({o.station for o in own}) for own in open_]),
            "times": {
                str(n): mean([own[n] for own in times])
                for n in sorted(set().union(*times))
            },
            "cost_cny": {
                level: mean([_open_cost(holidays, own, level) for own in trails])
                for level in COST_LEVELS
            },
        },
    }  # fmt: skip


def _open_cost(holidays: Sequence[Holiday], trail: Trail, level: str = "typical") -> float:
    """Of what is open in the last holiday, and all rents."""
    open_ = [o.cost for o in trail.orders if o.opens <= holidays[-1].first_day]
    return sum(getattr(cost, level) for cost in [*open_, *trail.rents])


def _cost_of_year(holidays: Sequence[Holiday], trail: Trail, year: int) -> float:
    own = [k for k, holiday in enumerate(holidays) if holiday.last_day.year == year]
    ordered = sum(o.cost.typical for o in trail.orders if o.holiday in own)
    return ordered + sum(trail.rents[k].typical for k in own)


def left(
    scenario: Ruled, holiday: Holiday, trails: Sequence[Trail], fails: np.ndarray
) -> dict[str, dict[str, Any]]:
    """Who fails in a holiday [station, world]: stations that the plan has upgraded, others that
    were super stations before, and the rest."""
    years, own = scenario.own.years, scenario.hardware
    before = np.array([is_super(x, years) for x in own.values()])[:, None]
    stands = [standing(trail.orders, holiday.first_day) for trail in trails]
    upgraded = np.array([[name in these for these in stands] for name in own])
    groups = {
        "upgraded": upgraded, "super_before": before & ~upgraded, "neither": ~before & ~upgraded
    }  # fmt: skip
    return {
        name: {
            "stations": mean(group.sum(axis=0)),
            "failing": mean((group & fails).sum(axis=0)),
        }
        for name, group in groups.items()
    }


def by_station(
    names: Sequence[str], holidays: Sequence[Holiday], trails: Sequence[Trail],
    fails: Sequence[np.ndarray],
) -> dict[str, dict[str, list[float]]]:  # fmt: skip
    """In which share of the worlds each station is upgraded after each holiday, and in which share
    its service fails in it."""
    orders = [{(o.station, o.holiday) for o in own.orders} for own in trails]
    numbers = range(len(holidays))
    return {
        name: {
            "ordered": [float(np.mean([(name, k) in own for own in orders])) for k in numbers],
            "fails": [float(fails[k][s].mean()) for k in numbers],
        }
        for s, name in enumerate(names)
    }


def _like_the_last(holidays: Sequence[Holiday]) -> int:
    """The first holiday with the calendar of the last one."""
    calendars = [own.demand.calendar for own in holidays]
    return calendars.index(calendars[-1])
