"""The answer of `holiday_highway` as its report shows it."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from sim.roads.scenario import Scenario
from sim.study.results import Results

DEFINITIONS = {
    "time utilization": "Occupied EVSE-hours over EVSEs x hours: from plug-in to unplug, with "
    "handshake and overstay. The definition of Chongqing's own expressway platform.",
    "charging utilization": "EVSE-hours with power flowing over EVSEs x hours.",
    "power utilization": "Energy delivered to batteries over rated kW x hours.",
    "mean of all hours": "All hours of the counted days, day and night.",
    "peak day, peak hour": "The station's own fullest day, and its own fullest clock hour, of each "
    "replication; the eve and other warm-up days do not count.",
    "wait": "Time in line of visits that joined it or plugged in at once; not of those who balked "
    "or drove on.",
    "interval": "95 % over replications: Student t; for waits a BCa bootstrap.",
    "probability over the threshold": "Share of replications in which the station exceeds it.",
}
NOT_MODELLED = [
    "Positions of service areas are approximate (up to 20 km off) and only the 44 named ones are "
    "there, of about 90; the demand scale makes up for what the others carry.",
    "Traffic jams: speeds do not depend on the traffic.",
    "Prices, and drivers who choose by price; number tickets; guidance to the opposite side.",
    "Mobile chargers, which Chongqing does bring to service areas in holidays.",
    "Home and city charging before the trip, other than through the state of charge on entry.",
    "Battery temperature; heating and air conditioning while waiting.",
    "Trucks and buses at service areas.",
]


def of(
    scenario: Scenario,
    answer: dict[str, Any],
    results: Results,
    manifest: dict[str, Any],
) -> dict[str, Any]:
    """The `view` that `sim.report.render` shows."""
    queue = results.hours("queue")  # [replication, station, hour]
    hours = queue.mean(axis=0)
    first = scenario.calendar[0].date
    start = datetime(first.year, first.month, first.day)
    table = scenario.station_table()
    worst = answer["worst"][0]
    return {
        "title": f"Highway charging, {scenario.config.demand.name}",
        "question": answer["question"],
        "verdict": answer["verdict"],
        "threshold": answer["threshold"],
        "cards": cards(answer) if answer["network"]["energy_kwh"]["mean"] else [],
        "stations": [
            _station(row, answer["stations"][row["station"]]) for row in table.to_dict("records")
        ],
        "flags": {
            d: {
                w: {
                    "count_mean": flag["count"]["mean"],
                    "low": flag["count"]["low"],
                    "high": flag["count"]["high"],
                    "flagged": flag["flagged"],
                }
                for w, flag in windows.items()
            }
            for d, windows in answer["flags"].items()
        },
        "hours": {"start": start.isoformat(), "queue_mean": hours.tolist()},
        "days": [
            {"date": d.date.isoformat(), "label": d.label, "weekday": d.date.strftime("%A")}
            for d in scenario.calendar
        ],
        "network": {
            "nodes": [
                {"node": n.node, "name_en": n.name_en, "name_zh": n.name_zh, "lon": n.lon,
                 "lat": n.lat}
                for n in scenario.network.nodes
            ],
            "links": [[k.start, k.end, k.road] for k in scenario.network.links],
        },
        "calibration": answer["calibration"],
        "worst": answer["worst"],
        "definitions": [{"term": t, "text": text} for t, text in DEFINITIONS.items()],
        "not_modelled": NOT_MODELLED,
        "manifest": manifest,
        "profile": _profile(start, queue[:, table["station"].tolist().index(worst)], worst),
    }  # fmt: skip


def _station(row: dict[Any, Any], figures: dict[str, Any]) -> dict[str, Any]:
    return {**row, "position_note": row["position"], **figures}


def cards(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The few numbers that a meeting remembers."""
    net, flags = answer["network"], answer["flags"]["time"]

    def card(label: str, key: str, unit: str, note: str, factor: float = 1.0) -> dict[str, Any]:
        e = net[key]
        return {
            "label": label, "value": round(factor * e["mean"], 1),
            "interval": [round(factor * e[k], 1) for k in ("low", "high")], "unit": unit,
            "note": note,
        }  # fmt: skip

    count = flags["holiday_mean"]["count"]
    return [
        {
            "label": f"stations over {100 * answer['threshold']:.0f} %",
            "value": len(flags["holiday_mean"]["flagged"]),
            "interval": [round(count["low"], 1), round(count["high"], 1)],
            "unit": f"of {len(answer['stations'])}",
            "note": "time utilization, mean of all hours",
        },
        card("time utilization", "time_utilization", "%", "all EVSEs, all hours", 100.0),
        card("median wait", "wait_min_p50", "min", "in line"),
        card("P95 wait", "wait_min_p95", "min", "one visit in twenty waits longer"),
        card("wait over 30 min", "over_30_share", "%", "of visits that stayed", 100.0),
        card("energy", "energy_kwh", "MWh", "delivered to batteries", 1e-3),
    ]


def _profile(start: datetime, queue: np.ndarray, name: str) -> dict[str, Any]:
    """EVs waiting at one station [replication, hour]: median and the middle 95 %, by hour."""
    low, median, high = np.quantile(queue, [0.025, 0.5, 0.975], axis=0)
    return {
        "station": name,
        "hours": [(start + timedelta(hours=h)).isoformat() for h in range(queue.shape[1])],
        "median": median.tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
    }
