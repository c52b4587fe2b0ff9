"""Every station in numbers, what was observed beside what is simulated, and what is meant."""

from collections.abc import Mapping
from typing import Any

from experiments.holiday_highway.shown import WAITS, Answer, about, class_of
from experiments.holiday_highway.verdict import estimate, observation
from sim import metrics
from sim.report.blocks import (
    MANY_ROWS,
    Beside,
    Block,
    Cell,
    Choice,
    Column,
    Heading,
    Over,
    Points,
    Section,
    Table,
    Terms,
    Track,
)
from sim.report.finding import Given, found, station
from sim.report.language import Words
from sim.stats.estimate import Estimate

COUNTED = ("visits", "served", "balked", "reneged", "rerouted", "stranded")
DEFINED = ("time", "charging", "power", "mean", "peak", "wait", "interval", "chance")
WORLDS = ("interval", "chance")  # defined otherwise where there are worlds
MISSING = ("positions", "jams", "prices", "mobile", "homes", "weather", "trucks")


def table(say: Words, answer: Answer) -> Section:
    """Every number of every station."""
    of, limit, sure = answer["stations"], answer["threshold"], class_of(answer)
    uses = [(d, w) for d in metrics.DEFINITIONS for w in metrics.WINDOWS]
    over = say("table.chance", limit=limit)
    columns = [
        Column(say("table.station")), Column(say("table.road"), form="text"),
        *([Column(say("table.class"), form="text")] if answer["worlds"] else []),
        Column(say("table.evses")),
        Column(say("table.rated"), "kW"), Column(say("table.cap"), "kW"),
        *(column for d, w in uses
          for column in (Column(say(f"windows.{w}"), "%", 1, option=d),
                         Column(over, "%", 1, option=d))),
        *(Column(say("table.wait", percentile=say(f"waits.{key}")), "min") for key in WAITS),
        Column(say("metrics.over_30_share"), "%", 1),
        *(Column(say(f"metrics.{key}")) for key in COUNTED),
        Column(say("metrics.energy_kwh"), "kWh"),
    ]  # fmt: skip
    rows = []
    places = _in_order(answer)
    for place in places:
        own = of[place["station"]]
        cells: list[Any] = [say(station(place, full=True)), Given(place["road"])]
        if answer["worlds"]:
            cells.append(say(f"classes.{sure[place['station']]}"))
        cells += [place["evses"], place["rated_kw"], place["cap_kw"]]
        for d, w in uses:
            use = own["utilization"][d][w]
            value = estimate(use)
            cells += [Over(value) if use["mean"] > limit else value, use["p_over"]]
        cells += [own["wait_min"][key] for key in WAITS]
        cells += [own[key] for key in ("over_30_share", *COUNTED, "energy_kwh")]
        rows.append(cells)
    options = {d: say(f"definitions.{d}") for d in metrics.DEFINITIONS}
    chosen = Choice(
        say("table.choice"),
        options,
        [Table(columns, rows, folds=False, stations=[p["station"] for p in places])],
    )
    return Section.of(say, "table", [chosen])


def _in_order(answer: Answer) -> list[Mapping[str, Any]]:
    """Along the roads; where there are too many to show, the longest waits first."""
    places = list(answer["places"])
    if len(places) > MANY_ROWS:
        waits = {key: own["wait_min"]["p95"].mean for key, own in answer["stations"].items()}
        places.sort(key=lambda place: -(waits[place["station"]] or 0.0))
    return places


def calibrated(say: Words, answer: Answer) -> Section:
    """What was observed, beside what was simulated."""
    columns: list[Column | str] = [
        Column(say("calibration.quantity")), Column(say("calibration.verdict"), wide=True),
        say("calibration.unit"),
        *(Column(say(f"calibration.{key}"), form="plain") for key in ("observed", "simulated")),
        Column("", form="track"),
        *(say(f"calibration.{key}") for key in ("role", "kind")),
        Column(say("calibration.source"), wide=True),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for row in answer["calibration"]:
        name = {key: Given(row[key]) for key in ("quantity", "demand")}
        seen = row["observed"], row["observed_low"], row["observed_high"]
        told = {key: Given(row[key]) for key in ("definition", "source")}
        rows.append([
            found("calibration.what", **name), row["verdict"], Given(row["unit"]),
            Estimate(*seen), row["simulated"], Track(*seen, row["simulated"]),
            say(f"calibration.{row['role']}"), say(f"calibration.{row['kind']}"),
            say("calibration.defined", **told),
        ])  # fmt: skip
    verdicts = [row["verdict"].key for row in answer["calibration"]]
    missed = frozenset(n for n, key in enumerate(verdicts) if key == "calibration.misses")
    table = Table(columns, rows, marked=missed, folds=False)
    first = [say(own) for own in observation(answer["calibration"])]
    return Section.of(say, "calibration", [*first, about(say, answer, "calibration"), table])


def method(say: Words, answer: Answer) -> Section:
    of_worlds = WORLDS if answer["worlds"] else ()
    terms = [
        (say(f"define.{key}"), say(f"define.{key}{'_worlds' * (key in of_worlds)}_is"))
        for key in DEFINED
    ]
    there = {"mobile"} if answer["mobile"]["units"] else set()
    missing = [say(f"missing.{key}") for key in MISSING if key not in there]
    defined: list[Block] = [Heading(say("method.definitions")), Terms(terms)]
    left_out: list[Block] = [Heading(say("method.not_modelled")), Points(missing)]
    return Section.of(say, "method", [Beside([defined, left_out])])
