"""What the panel of a station says: its numbers, its rank, and its courses over the hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from experiments.holiday_highway.shown import Answer, class_of
from experiments.holiday_highway.verdict import HOLIDAY, estimate
from sim.report.blocks import Cell, Column, Figure, Stations, Table
from sim.report.charts import Span
from sim.report.charts import station as charts
from sim.report.finding import Given, found, station
from sim.report.language import Words

FATES = ("served", "balked", "reneged", "rerouted")
FACTS = ("evses", "evse_kw", "rated_kw", "cap_kw")
WAITS = ("p50", "p90", "p95")


def stations(say: Words, answer: Answer) -> Stations | None:
    """All of them, the longest waits first; nothing where no courses are kept."""
    if "courses" not in answer:
        return None
    places, of = answer["places"], answer["stations"]
    keys = [place["station"] for place in places]
    order = ranked([of[key]["wait_min"]["p95"].mean for key in keys])
    facts = {fact: [place[fact] for place in places] for fact in FACTS}
    facts["named"] = [float(place["evidence"] != "inferred") for place in places]
    names = [say(station(place, full=True)) for place in places]
    return Stations(keys, names, _numbers(say, answer, order), order, facts, answer["courses"],
                    _figures(say, answer))  # fmt: skip


def ranked(values: Sequence[float | None]) -> list[int]:
    """Numbers of the values, the greatest first; equals in their order."""
    return sorted(range(len(values)), key=lambda n: -(values[n] or 0.0))


def _numbers(say: Words, answer: Answer, by_wait: Sequence[int]) -> Table:
    places, of, sure = answer["places"], answer["stations"], class_of(answer)
    uses = [of[p["station"]]["utilization"]["time"][HOLIDAY] for p in places]
    by_use = ranked([use["mean"] for use in uses])
    place_of = [{n: rank for rank, n in enumerate(order, 1)} for order in (by_wait, by_use)]
    columns = [
        Column(say("table.road"), form="text"), Column(say("panel.evses")),
        Column(say("metrics.time_utilization"), "%", 1),
        Column(say("table.chance", limit=answer["threshold"]), "%", 0),
        *([Column(say("table.class"))] if answer["worlds"] else []),
        Column(say("panel.rank_use")), Column(say("panel.rank_wait")),
        *(Column(say("table.wait", percentile=say(f"waits.{key}")), "min", 0) for key in WAITS),
        Column(say("metrics.over_30_share"), "%", 1),
        *(Column(say(f"metrics.{key}"), digits=0) for key in ("visits", *FATES)),
        Column(say("metrics.energy_kwh"), "MWh", 1),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for n, (place, use) in enumerate(zip(places, uses, strict=True)):
        own = of[place["station"]]
        rank = [found("panel.of", n=by[n], of=len(places)) for by in place_of]
        rows.append([
            Given(place["road"]), place["evses"], estimate(use), use["p_over"],
            *([say(f"classes.{sure[place['station']]}")] if answer["worlds"] else []),
            rank[1], rank[0],
            *(own["wait_min"][key] for key in WAITS), own["over_30_share"],
            *(own[key] for key in ("visits", *FATES)), own["energy_kwh"],
        ])  # fmt: skip
    return Table(columns, rows)


def _figures(say: Words, answer: Answer) -> list[Figure]:
    first = datetime.fromisoformat(answer["calendar"][0]["date"])
    span = Span(first, answer["courses"]["queue"]["hours"])
    limits: Mapping[str, Any] = {
        "evse_kw": say("panel.evse_limit"), "rated_kw": say("panel.cabinet_limit"),
        "cap_kw": say("panel.site_limit"),
    }  # fmt: skip
    fates = [say(f"metrics.{fate}") for fate in FATES]
    return [
        charts.line(say, span, "queue", title=say("panel.queue")),
        charts.used(say, span, "occupied", "evses", title=say("panel.used")),
        charts.power(say, span, "power", limits, title=say("panel.power")),
        charts.arrivals(say, span, "arrivals", fates, title=say("panel.arrivals")),
    ]
