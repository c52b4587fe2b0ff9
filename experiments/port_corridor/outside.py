"""A check against the outside: sites elsewhere, simulated beside what is reported of them.

Not a validation: what is reported are a few round numbers, and the work of their trucks is
assumed.  It shows whether the model is off by a factor.
"""

from collections.abc import Mapping
from typing import Any

from experiments.port_corridor.study import PortStudy, corridor_of, mean
from sim.config.section import HOURS
from sim.freight.corridor import Corridor
from sim.report.words import span
from sim.stats.estimate import Estimate, Metric
from sim.study.case import Replication

SHARES = {"power_utilization": Metric("power_utilization", "%", most=1.0)}
SMALL = 200  # trucks: of larger fleets the capacity is not looked for
REPORTED: dict[str, dict[str, float]] = {
    "beichuan": {
        "trucks_a_day": 700.0, "mwh_a_day": 300.0, "kwh_a_truck": 428.0, "power_utilization": 0.125,
    },
    "suwan": {"trucks_a_day": 50.0},
}  # fmt: skip
WORDS = {
    "trucks_a_day": "trucks that charge, a day",
    "mwh_a_day": "energy [MWh a day]",
    "kwh_a_truck": "energy of a truck [kWh a day]",
    "power_utilization": "energy over what the rated power could give",
    "visits_a_day": "visits to charge, a day",
    "wait_min_p95": "P95 wait [min]",
    "capacity": "most trucks that the criteria allow",
}


def answer(study: PortStudy) -> dict[str, Any]:
    """Every site simulated with the trucks that are reported of it; and its capacity."""
    sites = {name: corridor_of(name, study.engine) for name in study.own.outside}
    found = study.each(sites, study.fewer, "sites elsewhere")
    small = {name: own for name, own in sites.items() if own.section.trucks_in_fleet <= SMALL}
    most = study.capacities(small, study.fewer, "sites elsewhere, capacity")
    rows = []
    for name, corridor in sites.items():
        own = {
            k: Estimate.of([f(r) for r in found[name]], SHARES.get(k, Metric(k))).ends
            for k, f in _of(corridor).items()
        }
        if name in most:
            own["capacity"] = mean(most, "capacity", name)
        rows.append(
            {
                "network": name, "name": corridor.section.name, "simulated": own,
                "reported": REPORTED.get(name, {}),
                "source": corridor.section.sites[corridor.section.hub].source,
            }
        )  # fmt: skip
    out: dict[str, Any] = {
        "question": "Does the model agree with what is reported elsewhere?", "rows": rows,
    }  # fmt: skip
    out["plain"], out["verdict"] = plain(out), verdict(out)
    return out


def _of(corridor: Corridor) -> dict[str, Any]:
    """Figures of a replication that are reported somewhere."""
    hub = corridor.section.hub

    number = list(corridor.section.sites).index(hub)

    def site(own: Replication, name: str) -> float:
        return float(own.stations[name].iloc[number])

    return {
        "trucks_a_day": lambda own: own.figures["trucks"],
        "mwh_a_day": lambda own: site(own, "kwh_per_day") / 1e3,
        "kwh_a_truck": lambda own: site(own, "kwh_per_day") / own.figures["trucks"],
        "power_utilization": lambda own: site(own, "kwh_per_day") / site(own, "rated_kw") / HOURS,
        "visits_a_day": lambda own: site(own, "visits_per_day"),
        "wait_min_p95": lambda own: site(own, "wait_min_p95"),
    }


# ---- in words --------------------------------------------------------------------------------


def plain(found: Mapping[str, Any]) -> list[str]:
    parts = []
    for row in found["rows"]:
        own, said = row["simulated"], row["reported"]
        if "mwh_a_day" in said:
            told = f"draws {span(own['mwh_a_day'], 0)} MWh a day ({said['mwh_a_day']:.0f} reported)"
        elif "capacity" in own and "trucks_a_day" in said:
            most = span(own["capacity"], 0)
            told = f"could serve {most} trucks ({said['trucks_a_day']:.0f} reported)"
        else:
            told = f"draws {span(own['mwh_a_day'], 1)} MWh a day"
        parts.append(f"{row['name']} {told}")
    return [f"Simulated beside reported: {'; '.join(parts)}."] if parts else []


def verdict(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for row in found["rows"]:
        told = [
            f"{WORDS[name]} {span(value, 3 if value['mean'] < 1 else 0)}"
            + (f" (reported {row['reported'][name]:g})" if name in row["reported"] else "")
            for name, value in row["simulated"].items()
        ]
        lines.append(f"{row['name']}: {'; '.join(told)}.")
    return lines
