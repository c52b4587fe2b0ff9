"""What the page of `city` has beside the answers: cards, the stations, and what is assumed."""

from collections.abc import Mapping
from typing import Any

from sim.report import charts, kpis
from sim.report.blocks import Block, Card, Cell, Classes, Column, Key, Section, Table
from sim.report.finding import Name, Term, found
from sim.report.language import Words

CARDS = ("kwh_per_nev_day", "public_share", "wait_min_mean", "late_share")
BOUNDS = (0.02, 0.05, 0.1, 0.2)  # of the share of arrivals that wait too long or are lost
COLUMNS = ("arrivals", "late_share", "wait_min_p90", "kwh_per_charger_day", "time_utilization")


def cards(say: Words, answer: Mapping[str, Any]) -> list[Card]:
    return [
        Card(say(f"cards.{key}"), own["value"], own["unit"], own["digits"])
        for key, own in answer["network"].items()
    ]


def overseen(say: Words, answer: Mapping[str, Any]) -> list[Section]:
    """Key figures of the stations."""
    names = {name: name for name in answer["stations"]["station"]}
    return kpis.sections(say, answer.get("kpis"), names)


def stations(say: Words, answer: Mapping[str, Any]) -> Section:
    """The map and the table of the stations of one world of regions."""
    own = answer["stations"]
    level = [sum(share > bound for bound in BOUNDS) for share in own["late_share"]]
    spots = [
        charts.Spot(
            station, "", lon, lat, station, 0, "both", max(1.0, guns / 8.0),
            charts.RUSTS[min(k, len(charts.RUSTS) - 1)],
            say("stations.hover", station=station, guns=guns, share=share),
        )
        for station, lon, lat, guns, share, k in zip(
            own["station"], own["lon"], own["lat"], own["guns"], own["late_share"], level,
            strict=True,
        )
    ]  # fmt: skip
    seats = [charts.Place(say(name), lon, lat) for name, lon, lat in answer["seats"]]
    figure = charts.map_of(say, spots, seats, [], title=say("stations.title"),
                           alt=say("stations.alt"))  # fmt: skip
    edges = (0.0, *BOUNDS)
    keys = [
        Key(charts.RUSTS[min(n, len(charts.RUSTS) - 1)],
            say("stations.above" if n else "stations.upto",
                share=edges[n] if n else BOUNDS[0]))
        for n in range(len(edges))
    ]  # fmt: skip
    blocks: list[Block] = [
        say("stations.about", seed=answer["seed"]),
        Classes(keys, say("stations.key")), figure, _table(say, own),
    ]  # fmt: skip
    return Section.of(say, "stations", blocks)


def _table(say: Words, own: Mapping[str, Any]) -> Table:
    units = {"late_share": ("%", 1), "wait_min_p90": ("min", 1), "kwh_per_charger_day": ("kWh", 1),
             "time_utilization": ("%", 1), "arrivals": ("", 0)}  # fmt: skip
    heads: list[Column | str] = [
        *(say(f"stations.heads.{key}") for key in ("station", "district", "year", "guns")),
        Column(say("stations.heads.kw"), "kW", 0),
        *(say(f"stations.heads.{key}") for key in ("is_super", "flagged")),
        *(Column(say(f"stations.heads.{key}"), *units[key]) for key in COLUMNS),
    ]
    order = sorted(range(len(own["station"])), key=lambda n: -own["late_share"][n])
    rows: list[list[Cell]] = [
        [
            own["station"][n], Name(*own["district"][n]), str(own["year"][n] or ""),
            own["guns"][n], own["kw"][n], Term("yes" if own["is_super"][n] else "no"),
            Term("yes" if own["flagged"][n] else "no"), *(own[key][n] for key in COLUMNS),
        ]
        for n in order
    ]  # fmt: skip
    return Table(heads, rows, say("stations.caption"))


def assumed(say: Words, answer: Mapping[str, Any]) -> Section:
    """All that is assumed of the region."""
    rows: list[list[Cell]] = [
        [found("assumed.place", place=place), source] for place, source in answer["assumed"]
    ]
    heads = [Column(say(f"assumed.{head}"), wide=True) for head in ("figure", "known")]
    table = Table(heads, rows, say("assumed.caption"))
    return Section.of(say, "assumed", [say("assumed.about"), table])
