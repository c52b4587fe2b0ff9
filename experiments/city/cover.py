"""Who has a free and working super gun near, by the hour, before and after something is built."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.city import sites
from experiments.city.order import known_orders
from experiments.city.plans import Plans, estimate, lacking, plans_of
from experiments.city.study import CityStudy, agreed
from sim.region.building import Building
from sim.report import charts
from sim.report.blocks import Block, Choice, Classes, Figure, Key, Points
from sim.report.finding import Finding, Name, Term, claimed, found
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric
from sim.study.results import Results

SHARE = Metric("share", "%", most=1.0)
BOUNDS = (0.01, 0.05, 0.1, 0.25)  # of the share of drivers who have none
NOTES = ("asked", "near", "all", "made")


def answer(study: CityStudy) -> dict[str, Any]:
    """Today, with retrofits in the order of cover, and with new stations where they serve most."""
    plans = plans_of(study)
    results = {"today": plans.today} | {
        name: plans.judged(f"doing.{name}", {seed: of(plans, seed) for seed in plans.base})
        for name, of in (("retrofits", _retrofits), ("sites", sites.plan))
    }
    near = np.array([plans.today.values("near_share", seed) for seed in plans.base])
    free = {name: np.array([own.values("free_share", seed) for seed in plans.base])
            for name, own in results.items()}  # fmt: skip
    by = {name: own - free["today"] for name, own in free.items() if name != "today"}
    change = SHARE._replace(least=-1.0)
    return {
        "question": found("cover.question"), "minutes": plans.own.building.near_min,
        "near": estimate(near, SHARE), "hours_near": _by_hour(plans.today, "near"),
        "free": {name: estimate(own, SHARE) for name, own in free.items()},
        "by": {name: estimate(own, change, is_change=True) for name, own in by.items()},
        "shown": {name: agreed(own) for name, own in by.items()},
        "hours": {name: _by_hour(own, "free") for name, own in results.items()},
        "blocks": _blocks(plans, results),
    }  # fmt: skip


def _retrofits(plans: Plans, seed: int) -> Building:
    count = plans.share(seed, plans.rule.budget_stations)
    return plans.rebuilt(known_orders(plans, seed)["cover"][:count])


def _by_hour(results: Results, name: str) -> list[Estimate]:
    """Of the drivers who set out in an hour of the day, over the worlds."""
    each = np.array([own.more[name] for seed in results for own in results[seed]], float)
    return [estimate(hour, SHARE) for hour in each.T]


def _blocks(plans: Plans, results: Mapping[str, Results]) -> dict[str, Any]:
    """Share of the drivers who have none, from blocks of the first region, in the mean of its
    weeks."""
    seed, case = next(iter(plans.base.items()))
    region = case.region
    wishes = _ways(plans.today, seed)
    of = region.zones.rows["district"][region.blocks.rows["zone"]]
    own = np.flatnonzero(np.isin(of, case.numbers) & (wishes > 0.0))
    at = region.blocks.rows[own]
    lon, lat = region.zones.plane.degrees(at["x_km"], at["y_km"])

    def lacks(name: str) -> list[float]:
        without = lacking(results[name][seed], len(wishes)).sum(axis=1)[own]
        shares = without / np.maximum(1.0, _ways(results[name], seed)[own])
        found: list[float] = shares.round(6).tolist()
        return found

    return {
        "seed": seed, "lon": lon.tolist(), "lat": lat.tolist(),
        "zone": [region.zones.names[zone] for zone in at["zone"].tolist()],
        "ways": wishes[own].tolist(), "lacks": {name: lacks(name) for name in results},
        "seats": [[Name(row.name_en, row.name_zh), row.lon, row.lat]
                  for row in region.tables.districts if row.district in case.districts],
    }  # fmt: skip


def _ways(results: Results, seed: int) -> np.ndarray:
    """How often drivers set out from every block, in all weeks, [block]."""
    found: np.ndarray = np.sum([own.more["ways"] for own in results[seed]], axis=0)
    return found


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    return [
        found("cover.today", near=own["near"], free=own["free"]["today"], minutes=own["minutes"])
    ]


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    hours = [(value.mean, n) for n, value in enumerate(own["hours"]["today"])
             if value.mean is not None]  # fmt: skip
    said = []
    if hours:
        n = min(hours)[1]
        said = [found("cover.least", hour=f"{n:02}:00", share=own["hours"]["today"][n])]
    return said + [
        claimed("cover.after", own["shown"][name] > 0, by=by, what=Term(f"cover.of.{name}"))
        for name, by in own["by"].items()
    ]


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    colors = {"today": charts.RUST, "retrofits": charts.BLUE, "sites": charts.INK}
    lines = [
        charts.Line(say(f"cover.of.{name}"), list(range(24)), own["hours"][name], color)
        for name, color in colors.items()
    ]
    x = charts.Axis(say("cover.hour"), "clock")
    y = charts.Axis(say("cover.axis"), "%")
    keys = [
        Key(charts.RUSTS[n], say("cover.above" if n else "cover.upto",
                                 share=BOUNDS[n - 1] if n else BOUNDS[0]))
        for n in range(len(BOUNDS) + 1)
    ]  # fmt: skip
    return [
        charts.curve(say, lines, x, y, title=say("cover.title"), height=300),
        say("cover.about", seed=own["blocks"]["seed"]),
        Choice(say("cover.choice"), {name: say(f"cover.of.{name}") for name in colors},
               [Classes(keys, say("cover.key")), _map(say, own["blocks"])]),
        Points([say(f"cover.notes.{note}", minutes=own["minutes"]) for note in NOTES]),
    ]  # fmt: skip


def _map(say: Words, at: Mapping[str, Any]) -> Figure:
    colors = {
        name: [charts.RUSTS[sum(share > bound for bound in BOUNDS)] for share in shares]
        for name, shares in at["lacks"].items()
    }
    hover = [
        say("cover.hover", zone=zone, today=today, retrofits=retrofits, sites=built)
        for zone, today, retrofits, built in zip(at["zone"], *at["lacks"].values(), strict=True)
    ]
    spots = [
        charts.Spot(f"{n}", "", lon, lat, f"{n}", 0, "both", max(0.5, ways / 300.0), color, text)
        for n, (lon, lat, ways, color, text) in enumerate(
            zip(at["lon"], at["lat"], at["ways"], colors["today"], hover, strict=True)
        )
    ]
    seats = [charts.Place(say(own), lon, lat) for own, lon, lat in at["seats"]]
    return charts.map_of(say, spots, seats, [], title=say("cover.map_title"),
                         alt=say("cover.alt"), colors=colors)  # fmt: skip
