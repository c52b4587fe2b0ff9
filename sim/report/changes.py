"""One thing beside another, two designs or two studies: in all, and who gains and loses where.

    pair = Pair(("before", "after"), together, stations, answer["places"])
    [together(say, pair), *by_station(say, pair)]

What no interval shows to change is drawn as such, and counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any, NamedTuple

from sim.metrics import METRICS, WINDOWS
from sim.report import charts
from sim.report.blocks import (
    Beside,
    Block,
    Cell,
    Choice,
    Classes,
    Column,
    Figure,
    Key,
    Shown,
    Stations,
    Table,
)
from sim.report.finding import Name, station
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric

MOST = 10  # stations in a figure, each way
LESS, MORE = charts.BLUE, charts.RUST
# From much less to much more, what is not shown in the middle.
DIVERGING = (*(charts.BLUES[n] for n in (4, 3, 1)), charts.RUSTS[0],
             *(charts.RUSTS[n] for n in (1, 3, 4)))  # fmt: skip
MIDDLE = len(DIVERGING) // 2
BETTER_LESS = {
    "wait_min_mean", "wait_min_p50", "wait_min_p90", "wait_min_p95", "wait_h", "over_30_share",
    "waited_share", "balked", "reneged", "stranded", "unserved_kwh", "lost",
}  # fmt: skip


class Change(NamedTuple):
    """A figure of the one, of the other, and the other minus the one, paired."""

    one: Estimate
    other: Estimate
    by: Estimate


@dataclass(frozen=True)
class Pair:
    """What is known of the one and of the other.

    Attributes
    ----------
    names : what the two are called, as it is said.
    together : by figure, of everything together.
    stations : by figure, and by key of the station; the first figure is shown first.
    places : what an answer holds of its stations: `station`, `name_en`, `name_zh`, `side`; a map
        wants `site`, `road`, `order`, `lon`, `lat`, `evses` besides.
    towns, links : of the roads of that map.
    more : further columns of the table of stations, by key of the station.
    """

    names: tuple[str, str]
    together: Mapping[str, Change]
    stations: Mapping[str, Mapping[str, Change]]
    places: Sequence[Mapping[str, Any]] = ()
    towns: Sequence[Mapping[str, Any]] = ()
    links: Sequence[Sequence[str]] = ()
    more: Sequence[tuple[Column, Mapping[str, Cell]]] = ()

    @property
    def has_map(self) -> bool:
        return bool(self.places) and all("lon" in place for place in self.places)

    def name(self, say: Words, key: str) -> str:
        """What people call a station."""
        return self._names(say).get(key, key)

    def _names(self, say: Words) -> dict[str, str]:
        return {place["station"]: say(station(place, full=True)) for place in self.places}


def metric(key: str) -> Metric:
    return METRICS.get(key, Metric(key))


def label(say: Words, key: str) -> str:
    """Of a figure; the mean over all days is what utilization means where nothing else is said."""
    own = key if say.has(f"metrics.{key}") else key.removesuffix(f"_{WINDOWS[0]}")
    return say(f"metrics.{own}") if say.has(f"metrics.{own}") else key


def ordered(own: Mapping[str, Change]) -> list[str]:
    """Stations, the greatest fall first and the greatest rise last."""
    return sorted(own, key=lambda name: own[name].by.mean or 0.0)


def counted(own: Mapping[str, Change]) -> dict[str, int]:
    """At how many stations it is shown to be less, and more, and at how many nothing is shown."""
    signs = [change.by.sign for change in own.values()]
    return {"less": signs.count(-1), "more": signs.count(1), "unshown": signs.count(0),
            "of": len(signs)}  # fmt: skip


# ---- in all ----------------------------------------------------------------------------------


def together(say: Words, pair: Pair, caption: str = "") -> Table:
    """A row for each figure: of the one, of the other, and the change; the unit has a column."""
    columns = [Column(say("changes.figure")), Column(say("changes.unit"), form="text"),
               *map(Column, pair.names), Column(say("comparison.change"))]  # fmt: skip
    rows: list[list[Cell]] = []
    for key, change in pair.together.items():
        unit = metric(key).unit
        scale = float(say.text(f"units.{unit}.scale")) if unit else 1.0
        name = say(f"units.{unit}.text", n="").strip() if unit else ""
        rows.append([label(say, key), name, *(_scaled(own, scale) for own in change)])
    return Table(columns, rows, caption, folds=False)


def _scaled(own: Estimate, scale: float) -> Estimate:
    mean, low, high = (None if end is None else scale * end for end in
                       (own.mean, own.low, own.high))  # fmt: skip
    return Estimate(mean, low, high, own.n, own.correlation, own.is_change)


# ---- station by station ----------------------------------------------------------------------


def by_station(say: Words, pair: Pair, caption: str = "") -> list[Block]:
    """For the figure that is chosen: how many gain and lose, where they are, who they are by how
    much; and a table of all."""
    labels = {key: label(say, key) for key in pair.stations}
    names = pair._names(say)
    known = {key: names.get(key, key) for own in pair.stations.values() for key in own}
    bounds = {key: _bounds(own) for key, own in pair.stations.items()}
    rows: list[Block] = [Shown(key, [_forest(say, pair, key, known)]) for key in labels]
    parts: list[Block] = [*rows]
    if pair.has_map:
        key = [Shown(name, [_key(say, name, bounds[name])]) for name in labels]
        parts = [*key, Beside([[_map(say, pair, bounds, labels)], rows])]
    counts = [Shown(key, [say("changes.counted", figure=labels[key], **counted(own))])
              for key, own in pair.stations.items()]  # fmt: skip
    return [Choice(say("changes.figure"), labels,
                   [*counts, *parts, _table(say, pair, known, caption)])]  # fmt: skip


def _forest(say: Words, pair: Pair, key: str, known: Mapping[str, str]) -> Figure | str:
    """Those that are shown to change, the greatest changes first, each way."""
    own, kind = pair.stations[key], metric(key)
    ways = {-1: ordered(own), 1: ordered(own)[::-1]}
    gains = key in BETTER_LESS
    rows: list[str] = []
    heads: dict[int, str] = {}
    for sign, names in ways.items():
        shown = [name for name in names if own[name].by.sign == sign]
        if shown:
            word = ("gain" if sign < 0 else "lose") if gains else ("less" if sign < 0 else "more")
            heads[len(rows)] = say(f"changes.{word}", n=len(shown), shown=min(MOST, len(shown)))
            rows += ["", *shown[:MOST]]
    if not rows:
        return say("changes.nobody", figure=label(say, key))
    values = [None if n in heads else own[name].by for n, name in enumerate(rows)]
    hover = ["" if n in heads else _from_to(say, pair, key, name) for n, name in enumerate(rows)]
    colors = [LESS if by is None or by.sign < 0 else MORE for by in values]
    return charts.forest(
        say, [heads.get(n) or known[name] for n, name in enumerate(rows)],
        [charts.Marks("", values, colors, hover=hover)],
        charts.Axis(say("comparison.change"), kind.unit), digits=kind.digits, is_change=True,
        heads=list(heads), stations=rows,
        title=say("changes.title", figure=label(say, key), one=pair.names[0], other=pair.names[1]),
    )  # fmt: skip


def _from_to(say: Words, pair: Pair, key: str, name: str) -> str:
    own, kind = pair.stations[key][name], metric(key)
    one, other = (say.number(each.mean, f"{kind.digits}{kind.unit}") for each in own[:2])
    return say("changes.from_to", one=one, other=other)


def _table(say: Words, pair: Pair, known: Mapping[str, str], caption: str) -> Table:
    """All stations and figures, in the order of the first one."""
    columns = [Column(say("changes.station")), *(column for column, _ in pair.more)]
    for key in pair.stations:
        kind = metric(key)
        columns += [Column(head, kind.unit, kind.digits, option=key)
                    for head in (*pair.names, say("comparison.change"))]  # fmt: skip
    order = ordered(next(iter(pair.stations.values())))
    order += [name for name in known if name not in order]
    nothing = (None, None, None)
    rows = [[known[name], *(own.get(name) for _, own in pair.more),
             *(cell for own in pair.stations.values() for cell in own.get(name, nothing))]
            for name in order]  # fmt: skip
    return Table(columns, rows, caption or say("changes.every"), stations=order)


# ---- where -----------------------------------------------------------------------------------


def _bounds(own: Mapping[str, Change]) -> tuple[float, float]:
    """Bounds of the classes of a change, either way: round numbers below half of the greatest."""
    most = max((abs(change.by.mean or 0.0) for change in own.values()), default=0.0)
    if not most:
        return 1.0, 2.0
    power = 10.0 ** floor(log10(most / 2))
    top = max(m for m in (1, 2, 5) if m * power <= most / 2)
    return {1: 0.5, 2: 1, 5: 2}[top] * power, top * power


def _class_of(by: Estimate, bounds: tuple[float, float]) -> int:
    if not by.sign or by.mean is None:
        return MIDDLE
    return MIDDLE + by.sign * (1 + sum(abs(by.mean) > bound for bound in bounds))


def _key(say: Words, key: str, bounds: tuple[float, float]) -> Classes:
    unit = metric(key).unit
    scale = float(say.text(f"units.{unit}.scale")) if unit else 1.0
    low, high = (say.number(scale * bound, "2g") for bound in bounds)
    ends = [say("charts.over", n=high), say("interval.range", low=low, high=high),
            say("charts.up_to", n=low)]  # fmt: skip
    labels = [*(say("changes.by_less", by=end) for end in ends), say("changes.unshown"),
              *(say("changes.by_more", by=end) for end in reversed(ends))]  # fmt: skip
    name = say(f"units.{unit}.text", n="").strip() if unit else ""
    heading = label(say, key) + (f" [{name}]" if name else "")
    return Classes([Key(*own, "spot") for own in zip(DIVERGING, labels, strict=True)], heading)


def _map(
    say: Words, pair: Pair, bounds: Mapping[str, tuple[float, float]], labels: Mapping[str, str]
) -> Figure:
    """Stations colored by the change of the figure that is chosen, sized by their EVSEs."""
    first = next(iter(pair.stations.values()))
    places = [place for place in pair.places if place["station"] in first]
    colors = {
        key: [DIVERGING[_class_of(own[p["station"]].by, bounds[key]) if p["station"] in own
                        else MIDDLE] for p in places]
        for key, own in pair.stations.items()
    }  # fmt: skip
    start = next(iter(colors.values()))
    spots = [
        charts.Spot(
            p["site"], _label(say, p), p["lon"], p["lat"], p["road"], p["order"], p["side"],
            p["evses"], color,
            "\n".join([say(station(p, full=True)), *_hovers(say, pair, p["station"], labels)]),
            abs(first[p["station"]].by.mean or 0.0), station=p["station"],
        )
        for p, color in zip(places, start, strict=True)
    ]  # fmt: skip
    towns = {
        t["node"]: charts.Place(say(Name(t["name_en"], t["name_zh"])), t["lon"], t["lat"])
        for t in pair.towns
    }
    links = [(towns[a], towns[b]) for a, b, *_ in pair.links]
    return charts.map_of(say, spots, list(towns.values()), links, colors=colors, half=True,
                         alt=say("changes.map"), title=say("changes.map"))  # fmt: skip


def _label(say: Words, place: Mapping[str, Any]) -> str:
    """Nobody knows the name of what is inferred."""
    named = place.get("evidence") != "inferred"
    return say(Name(place["name_en"], place["name_zh"])) if named else ""


def _hovers(say: Words, pair: Pair, name: str, labels: Mapping[str, str]) -> list[str]:
    said = []
    for key, own in pair.stations.items():
        if name in own:
            kind = metric(key)
            by = say.number(own[name].by, f"{kind.digits}{kind.unit}")
            said.append(say("changes.hover", figure=labels[key], by=by))
    return said


# ---- the panel -------------------------------------------------------------------------------


def picked(
    say: Words, pair: Pair, courses: Mapping[str, Mapping[str, Any]], figures: Sequence[Figure]
) -> Stations:
    """What can be picked: every station, the greatest changes of the first figure first.

    courses, figures : as `Stations` has them, courses in the order of the stations of the first
    figure.
    """
    first = next(iter(pair.stations.values()))
    names, keys = pair._names(say), list(first)
    columns, cells = [], []
    for key, own in pair.stations.items():
        kind = metric(key)
        columns += [Column(label(say, key), form="text"),
                    Column(say("comparison.change"), kind.unit, kind.digits)]  # fmt: skip
        cells.append([(_from_to(say, pair, key, name), own[name].by) if name in own
                      else (None, None) for name in keys])  # fmt: skip
    rows = [[cell for own in cells for cell in own[n]] for n in range(len(keys))]
    order = sorted(range(len(keys)), key=lambda n: -abs(first[keys[n]].by.mean or 0.0))
    return Stations(keys, [names.get(key, key) for key in keys], Table(columns, rows), order, {},
                    courses, figures)  # fmt: skip
