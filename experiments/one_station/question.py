"""Which single change helps one station most in a holiday, and what does it cost?"""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, JsonValue

from experiments.one_station.page import WAIT, page
from experiments.question import ROADS, SITE_RULE, Answer, Asked, Question, column, in_folder
from sim import metrics
from sim.config.section import Section
from sim.config.table import Name, Text
from sim.report import comparison, kpis, nobody
from sim.report.finding import Finding, Given, Term, found, station, stations
from sim.roads import case as roads
from sim.roads.changes import cost, designs
from sim.roads.scenario import Scenario, check
from sim.stations.costs import prices
from sim.stats.estimate import Estimate, Metric

SHOWN = (WAIT, "wait_min_mean", "over_30_share", "lost", "rerouted")


class OneStation(Section):
    """`changes`: by name, the settings that differ (`sim/roads/changes.py`)."""

    station: Text
    costs: Text
    changes: dict[Name, dict[Text, JsonValue]] = Field(min_length=1)


def load(right: Mapping[str, Any], problems: list[str]) -> Scenario | None:
    """The scenario, and what is wrong with what is asked of it."""
    scenario, own = check(right, problems), right.get("one_station")
    if scenario and own:
        prices(own.costs, problems)
        changed(scenario, own, problems)
    return scenario


def changed(base: Scenario, own: OneStation, problems: list[str]) -> dict[str, Scenario]:
    return designs(base, own.changes, "one_station.changes", problems, own.station)


def answer(asked: Asked) -> Answer:
    """Simulate every change on the same EVs, and compare."""
    base, own = asked.case, asked.config
    cases = {"": base, **changed(base, own, [])}
    results = asked.study.run(cases, asked.engine.replications, work=roads.courses)
    here = results.at(own.station).sums(lost=("balked", "reneged"))
    figures = {**here.compared(SHOWN), "network": results.compared([WAIT])[WAIT]}
    table, tables = prices(own.costs, []), [case.station_table() for case in cases.values()]
    costs = [cost(base, case, table) for case in cases.values()]
    row, hours = results.names().index(own.station), metrics.Window(base.counted_days()).hours()
    queues = [results.hours("queue", name)[:, row, hours].mean(axis=1) for name in cases]
    numbers = {
        "station": station(tables[0].loc[row]), "stations": stations(tables[0].to_dict("records")),
        "demand": base.config.demand.name, "replications": asked.engine.replications,
        "names": [Term(f"changes.{name or 'today'}", name) for name in cases],
        "settings": ["", *(", ".join(f"{key}={value}" for key, value in own.items())
                           for own in own.changes.values())],
        "leading": [[*cases].index(name) for name in here.best(WAIT, own.changes, least=True)],
        "figures": figures, "kpis": kpis.numbers(results[""], results[""], asked.kpis),
        "stands": {key: [at.loc[row, key] for at in tables]
                   for key in ("evses", "rated_kw", "cap_kw")},
        "cost": [own.estimate for own in costs],
        "per": [own.per(by) for own, by in zip(costs, figures[WAIT]["change"], strict=True)],
        "queue": [Estimate.each(own.T, Metric("queue")) for own in queues],
    }  # fmt: skip
    kpis.keep(asked.output, results)
    nothing = nobody.finding(base.config.demand.name, results[""])
    return Answer.of([nothing] if nothing else verdict(numbers), numbers, here, SHOWN, results)


def verdict(answer: Mapping[str, Any]) -> list[Finding]:
    """What helps most, or may; then every change, what it costs, and what the network has of it."""
    names, figures, of = answer["names"], answer["figures"], answer["station"]
    today = {key: own["of"][0] for key, own in figures.items()}
    rows = zip(names, answer["cost"], answer["per"], figures[WAIT]["change"], strict=True)
    costs = [found("verdict.paid", name=name, cost=cost, per_min=per) if per
             else found("verdict.free", name=name)
             for name, cost, per, by in rows if by.sign < 0]  # fmt: skip
    return [
        *comparison.most("verdict", names, figures[WAIT], answer["leading"], station=of),
        found("verdict.today", station=of, demand=Given(answer["demand"]), wait=today[WAIT],
              lost=today["lost"], long=today["over_30_share"], evses=answer["stands"]["evses"][0]),
        *comparison.each("verdict", names, figures[WAIT]),
        *([found("verdict.costs", costs=costs)] if costs else []),
        *comparison.each("network", names, figures["network"]),
        found("verdict.brackets", replications=answer["replications"]),
    ]  # fmt: skip


QUESTION = Question(
    answer,
    reads=(*ROADS, *SITE_RULE, "one_station", "engine", "-engine.half_width", "kpis.weights"),
    section="one_station",
    config=OneStation,
    load=load,
    study=in_folder,
    page=page,
    works="sim.roads.case",
    tables=("costs",),
    figures=lambda of: [column(key, own) for key in SHOWN for own in ("", *of.own.changes)],
    files=(kpis.TABLE,),
)
