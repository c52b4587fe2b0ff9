"""The map of the stations: what colors them and what sizes them is chosen."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.holiday_highway.shown import Answer, class_of, other, use_of
from experiments.holiday_highway.verdict import HOLIDAY, estimate, named
from sim.report import charts
from sim.report.blocks import Choice, Classes, Key, Play, Section, Shown
from sim.report.finding import Given, Name, station
from sim.report.language import Words
from sim.stats import chance

LEVELS = (0, 1, 2, 4, 5)  # shades of the classes, from sure not to sure
SHARES = (0.25, 0.5, 0.75, 1.0, 1.5)  # of the threshold: bounds of the classes of utilization
WAIT_MIN = (5.0, 15.0, 30.0, 45.0, 60.0)
UNITS = {"use": "%", "wait": "min", "lost": "%"}
LOST = (0.01, 0.02, 0.05, 0.1, 0.2)  # of the visits

Colored = tuple[list[int], list[Key]]  # shade of each station, and the key of the shades


def corridors(say: Words, answer: Answer) -> Section:
    places, of = answer["places"], answer["stations"]
    looks = [*COLORS] if answer["worlds"] else [key for key in COLORS if key != "chance"]
    colored = {key: COLORS[key](say, answer) for key in looks}
    level = next(iter(colored.values()))[0]
    spots = [
        charts.Spot(
            p["site"], say(Name(p["name_en"], p["name_zh"])), p["lon"], p["lat"],
            p["road"], p["order"], p["side"], p["evses"], charts.BLUES[k],
            say(station(p, full=True)) + "\n" + hover, other(use["mean"], 0.0),
            p["evidence"] == "inferred", p["station"],
        )
        for p, use, k, hover in zip(
            places, use_of(answer, "time", HOLIDAY), level, _hovers(say, answer), strict=True
        )
    ]  # fmt: skip
    # Beside it stands what runs along the roads, where that is kept.
    half = bool(answer.get("ways"))
    visits = [other(of[p["station"]]["visits"].mean, 0.0) for p in places]
    figure = charts.map_of(
        say, spots, *_roads(say, answer), alt=say("corridors.alt"), half=half,
        colors={key: [charts.BLUES[k] for k in own] for key, (own, _) in colored.items()},
        sizes={"by_evses": [p["evses"] for p in places], "by_visits": visits},
    )  # fmt: skip
    limit = answer["threshold"]
    keys = [Shown(key, [Classes([*own, *_inferred(say, places)], _label(say, key, limit))])
            for key, (_, own) in colored.items()]  # fmt: skip
    sized = Choice(say("corridors.size"), _options(say, ("by_evses", "by_visits")), [figure])
    options = _options(say, looks, limit=limit)
    chosen = Choice(say("corridors.color"), options, [*keys, sized])
    return Section.of(say, "corridors", [say("corridors.about"), chosen])


def play(say: Words, answer: Answer) -> list[Section]:
    """The lines hour by hour; nothing where no courses are kept."""
    if "courses" not in answer:
        return []
    spots = [
        charts.Spot(
            p["site"], "" if p["evidence"] == "inferred" else say(Name(p["name_en"], p["name_zh"])),
            p["lon"], p["lat"], p["road"], p["order"], p["side"], p["evses"], charts.RUSTS[0],
            say(station(p, full=True)),
            other(answer["stations"][p["station"]]["wait_min"]["p95"].mean, 0.0),
            station=p["station"],
        )
        for p in answer["places"]
    ]  # fmt: skip
    figure = charts.map_of(say, spots, *_roads(say, answer), alt=say("play.alt"))
    own = answer["courses"]["queue"]
    played = Play(
        figure, say("play.longest"), f"{answer['calendar'][0]['date']}T00:00:00", own["hours"],
        "queue", own["series"] - 1, charts.QUEUES, charts.RUSTS, say("play.none"),
    )  # fmt: skip
    key = Classes(charts.queue_key(say), say("queues.waiting"))
    return [Section.of(say, "play", [say("play.about"), key, played])]


def _roads(
    say: Words, answer: Answer
) -> tuple[list[charts.Place], list[tuple[charts.Place, charts.Place]]]:
    """Towns, and roads between them."""
    towns = {
        t["node"]: charts.Place(say(Name(t["name_en"], t["name_zh"])), t["lon"], t["lat"])
        for t in answer["towns"]
    }
    return list(towns.values()), [(towns[a], towns[b]) for a, b, _ in answer["links"]]


def _options(say: Words, keys: Sequence[str], **values: Any) -> dict[str, str]:
    return {key: say(f"corridors.{key}", **values) for key in keys}


def _label(say: Words, key: str, limit: float) -> str:
    unit = UNITS.get(key)
    text = say(f"corridors.{key}", limit=limit)
    return text + (f" [{say(f'units.{unit}.text', n='').strip()}]" if unit else "")


def _inferred(say: Words, places: Sequence[Mapping[str, Any]]) -> list[Key]:
    if len(named(places)) == len(places):
        return []
    return [Key(charts.BLUES[-1], say("corridors.inferred"), "diamond")]


def _hovers(say: Words, answer: Answer) -> list[str]:
    of, sure = answer["stations"], class_of(answer)
    return [
        say("corridors.hover_worlds" if answer["worlds"] else "corridors.hover",
            road=Given(p["road"]), evses=p["evses"], use=estimate(use), limit=answer["threshold"],
            p=use["p_over"], position=Given(p["position"]),
            wait=of[p["station"]]["wait_min"]["p95"],
            **{"class": say(f"classes.{sure[p['station']]}")})
        for p, use in zip(answer["places"], use_of(answer, "time", HOLIDAY), strict=True)
    ]  # fmt: skip


# ---- what colors them --------------------------------------------------------------------------


def _by_chance(say: Words, answer: Answer) -> Colored:
    """How likely they exceed the threshold, the surest the darkest."""
    of, order = class_of(answer), list(reversed(chance.CLASSES))
    shown = [LEVELS[order.index(of[place["station"]])] for place in answer["places"]]
    keys = [
        Key(charts.BLUES[k], say(f"classes.{name}"), "spot")
        for k, name in reversed([*zip(LEVELS, order, strict=True)])
    ]
    return shown, keys


def _by_use(say: Words, answer: Answer) -> Colored:
    means = [other(use["mean"], 0.0) for use in use_of(answer, "time", HOLIDAY)]
    return _classed(say, means, [answer["threshold"] * share for share in SHARES], "%")


def _by_wait(say: Words, answer: Answer) -> Colored:
    of = answer["stations"]
    waits = [other(of[p["station"]]["wait_min"]["p95"].mean, 0.0) for p in answer["places"]]
    return _classed(say, waits, WAIT_MIN, "min")


def _by_lost(say: Words, answer: Answer) -> Colored:
    of = [answer["stations"][place["station"]] for place in answer["places"]]
    lost = [(own["balked"].mean + own["reneged"].mean) / max(1.0, own["visits"].mean) for own in of]
    return _classed(say, lost, LOST, "%")


def _classed(say: Words, values: Sequence[float], edges: Sequence[float], unit: str) -> Colored:
    level = np.searchsorted(np.array(edges), np.array(values), "left").tolist()
    scale = float(say.text(f"units.{unit}.scale"))
    ends = [say.number(scale * edge, "g") for edge in edges]
    labels = [say("charts.up_to", n=ends[0]),
              *(say("interval.range", low=a, high=b) for a, b in pairwise(ends)),
              say("charts.over", n=ends[-1])]  # fmt: skip
    return level, [
        Key(color, label, "spot") for color, label in zip(charts.BLUES, labels, strict=True)
    ]


COLORS: dict[str, Callable[[Words, Answer], Colored]] = {
    "chance": _by_chance, "use": _by_use, "wait": _by_wait, "lost": _by_lost,
}  # fmt: skip
