"""The map of the stations, colored by their utilization, or by how likely they exceed the limit."""

from itertools import pairwise

import numpy as np

from experiments.holiday_highway.shown import Answer, about, class_of, other, use_of
from experiments.holiday_highway.verdict import HOLIDAY, estimate, named
from sim.report import charts
from sim.report.blocks import (
    Classes,
    Key,
    Section,
)
from sim.report.finding import Given, Name, station
from sim.report.language import Words
from sim.stats import chance

LEVELS = (0, 1, 2, 4, 5)  # shades of the classes, from sure not to sure
EDGES = (0.25, 0.5, 0.75, 1.0, 1.5)  # of the threshold: bounds of the classes of the map

Colored = tuple[list[int], list[Key], list[str]]  # color of each station, their key, hovers


def corridors(say: Words, answer: Answer) -> Section:
    places, limit = answer["places"], answer["threshold"]
    uses = use_of(answer, "time", HOLIDAY)
    level, keys, hovers = (_by_chance if answer["worlds"] else _by_use)(say, answer)
    spots = [
        charts.Spot(
            p["site"], say(Name(p["name_en"], p["name_zh"])), p["lon"], p["lat"],
            p["road"], p["order"], p["side"], p["evses"], charts.BLUES[k],
            say(station(p, full=True)) + "\n" + hover, other(use["mean"], 0.0),
            p["evidence"] == "inferred", p["station"],
        )
        for p, use, k, hover in zip(places, uses, level, hovers, strict=True)
    ]  # fmt: skip
    towns = {
        t["node"]: charts.Place(say(Name(t["name_en"], t["name_zh"])), t["lon"], t["lat"])
        for t in answer["towns"]
    }
    links = [(towns[a], towns[b]) for a, b, _ in answer["links"]]
    if len(named(places)) < len(places):
        keys.append(Key(charts.BLUES[-1], say("corridors.inferred"), "ring"))
    figure = charts.map_of(say, spots, list(towns.values()), links, alt=say("corridors.alt"))
    text = about(say, answer, "corridors", limit=limit)
    label = say("corridors.likely" if answer["worlds"] else "corridors.utilization", limit=limit)
    return Section.of(say, "corridors", [text, Classes(keys, label), figure])


def _by_use(say: Words, answer: Answer) -> Colored:
    """Stations colored by their utilization."""
    limit, use = answer["threshold"], [estimate(own) for own in use_of(answer, "time", HOLIDAY)]
    means = np.array([other(u.mean, 0.0) for u in use])
    level = np.searchsorted(np.array([limit * f for f in EDGES]), means, "left").tolist()
    marks = [100 * limit * f for f in (0.0, *EDGES)]
    labels = [say("corridors.between", low=a, high=b) for a, b in pairwise(marks)]
    labels.append(say("corridors.over", low=marks[-1]))
    keys = [Key(color, label) for color, label in zip(charts.BLUES, labels, strict=True)]
    hovers = [
        say("corridors.hover", road=Given(p["road"]), evses=p["evses"], use=u,
            position=Given(p["position"]))
        for p, u in zip(answer["places"], use, strict=True)
    ]  # fmt: skip
    return level, keys, hovers


def _by_chance(say: Words, answer: Answer) -> Colored:
    """The same by how likely they exceed the threshold, the surest the darkest."""
    of, order = class_of(answer), list(reversed(chance.CLASSES))
    shown = [LEVELS[order.index(of[place["station"]])] for place in answer["places"]]
    keys = [
        Key(charts.BLUES[k], say(f"classes.{name}"))
        for k, name in reversed([*zip(LEVELS, order, strict=True)])
    ]
    hovers = [
        say("corridors.hover_worlds", road=Given(p["road"]), evses=p["evses"], use=estimate(use),
            limit=answer["threshold"], p=use["p_over"], position=Given(p["position"]),
            **{"class": say(f"classes.{of[p['station']]}")})
        for p, use in zip(answer["places"], use_of(answer, "time", HOLIDAY), strict=True)
    ]  # fmt: skip
    return shown, keys, hovers
