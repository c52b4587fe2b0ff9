"""A check against the outside: sites elsewhere, simulated beside what is reported of them.

Not a validation: what is reported are a few round numbers, and the work of their trucks is
assumed.  It shows whether the model is off by a factor.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.port_corridor.study import PortStudy, named
from sim.config.section import HOURS
from sim.freight.network import corridor_of
from sim.report.blocks import Block, Table
from sim.report.finding import Finding, Given, Term, found
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric
from sim.study.results import Results

SHARES = {"power_utilization": Metric("power_utilization", "%", most=1.0)}
SMALL = 200  # trucks: of larger fleets the capacity is not looked for
REPORTED: dict[str, dict[str, float]] = {
    "beichuan": {
        "trucks_a_day": 700.0, "mwh_a_day": 300.0, "kwh_a_truck": 428.0, "power_utilization": 0.125,
    },
    "suwan": {"trucks_a_day": 50.0},
}  # fmt: skip


def answer(study: PortStudy) -> dict[str, Any]:
    """Every site simulated with the trucks that are reported of it; and its capacity."""
    sites = {name: corridor_of(name, study.engine) for name in study.own.outside}
    results = study.each(sites, study.fewer, "doing.elsewhere")
    small = {name: own for name, own in sites.items() if own.section.trucks_in_fleet <= SMALL}
    most = study.capacities(small, study.fewer, "doing.elsewhere_capacity")
    rows = []
    for name, corridor in sites.items():
        section = corridor.section
        own = {
            key: Estimate.of(values, SHARES.get(key, Metric(key)))
            for key, values in _figures(results.only([name]), section.hub).items()
        }
        if name in most:
            own["capacity"] = most.estimate("capacity", name)
        rows.append(
            {
                "network": name, "name": named(corridor), "simulated": own,
                "reported": REPORTED.get(name, {}),
                "source": Given(section.sites[section.hub].source),
            }
        )  # fmt: skip
    return {"question": found("outside.question"), "about": found("outside.about"), "rows": rows}


def _figures(results: Results, hub: str) -> dict[str, np.ndarray]:
    """Figures that are reported somewhere, over replications of one site."""
    trucks, at_hub = results.values("trucks"), results.at(hub)
    kwh = at_hub.values("kwh_per_day")
    return {
        "trucks_a_day": trucks,
        "mwh_a_day": kwh / 1e3,
        "kwh_a_truck": kwh / trucks,
        "power_utilization": kwh / at_hub.values("rated_kw") / HOURS,
        "visits_a_day": at_hub.values("visits_per_day"),
        "wait_min_p95": at_hub.values("wait_min_p95"),
    }


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    told = [_told(row) for row in own["rows"]]
    return [found("outside.beside", told=told)] if told else []


def _told(row: Mapping[str, Any]) -> Finding:
    own, reported = row["simulated"], row["reported"]
    if "mwh_a_day" in reported:
        return found("outside.draws_reported", name=row["name"], mwh=own["mwh_a_day"],
                     reported=reported["mwh_a_day"])  # fmt: skip
    if "capacity" in own and "trucks_a_day" in reported:
        return found("outside.serves", name=row["name"], trucks=own["capacity"],
                     reported=reported["trucks_a_day"])  # fmt: skip
    return found("outside.draws", name=row["name"], mwh=own["mwh_a_day"])


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    return [
        found("outside.row", name=row["name"], figures=[_figure(row, k) for k in row["simulated"]])
        for row in own["rows"]
    ]


def _figure(row: Mapping[str, Any], key: str) -> Finding:
    """One of its figures, and what is reported of it."""
    values = {"figure": Term(f"outside.figures.{key}"), "value": _value(key, row["simulated"][key])}
    if key not in row["reported"]:
        return found("outside.figure", **values)
    return found("outside.figure_reported", **values, reported=_value(key, row["reported"][key]))


def _value(key: str, value: Estimate | float | None) -> Finding | None:
    """In the unit and with the digits of the figure."""
    return None if value is None else found(f"outside.values.{key}", value=value)


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    rows = [
        [
            found("outside.of", name=row["name"], figure=Term(f"outside.figures.{key}")),
            _value(key, value), _value(key, row["reported"].get(key)),
        ]
        for row in own["rows"]
        for key, value in row["simulated"].items()
    ]  # fmt: skip
    heads = [say(f"outside.heads.{key}") for key in ("figure", "simulated", "reported")]
    return [
        *(say("outside.source", name=row["name"], source=row["source"]) for row in own["rows"]),
        Table(heads, rows),
    ]
