"""Where new super stations go, and what they save."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.city.order import LOST, TAKEN
from experiments.city.plans import HOURS, Plans, estimate, plans_of
from experiments.city.study import CityStudy, agreed
from sim.region.building import Building
from sim.report import charts
from sim.report.blocks import Block, Cell, Column, Points, Table
from sim.report.finding import Finding, Name, claimed, found
from sim.report.language import Words
from sim.stats.estimate import Estimate, Metric

SHARE = Metric("share", "%", most=1.0)
NOTES = ("method", "capacity", "weeks", "taken", "learnt", "made")


def plan(plans: Plans, seed: int) -> Building:
    """The places in a region that serve most of who lacks a free super gun, as far as any does."""
    case = plans.base[seed]
    of = case.region.zones.rows["district"][case.region.blocks.rows["zone"]]
    blocks = np.flatnonzero(np.isin(of, case.numbers))
    own = plans.own.building
    count = plans.share(seed, own.new_stations)
    places = plans.placed(
        seed, case.region.blocks.rows[blocks], count, own.cabinets, own.at_a_place
    )
    return Building(sites=tuple(int(blocks[n]) for n in places), cabinets=own.cabinets)


def answer(study: CityStudy) -> dict[str, Any]:
    """What is placed, and what it saves in weeks on which nobody planned."""
    plans = plans_of(study)
    built = {seed: plan(plans, seed) for seed in plans.base}
    results = plans.judged("doing.sites", built)
    cases = {seed: plans.base[seed].built(own) for seed, own in built.items()}
    stood = {seed: len(case.region.stations.names) for seed, case in plans.base.items()}
    new = {seed: range(n, n + len(built[seed].sites)) for seed, n in stood.items()}
    taken = plans.taken(results, cases, new)
    hours, free = -plans.changed("out_h", results), plans.changed("free_share", results)
    count = [plans.share(seed, plans.own.building.new_stations) for seed in built]
    placed = [len(own.sites) for own in built.values()]
    return {
        "question": found("new_sites.question"), "of": plans.own.building.new_stations,
        "count": Estimate(float(np.mean(count)), min(count), max(count)),
        "placed": Estimate(float(np.mean(placed)), min(placed), max(placed)),
        "hours": estimate(hours, HOURS, is_change=True), "hours_shown": agreed(hours),
        "wait": estimate(-plans.changed("wait_h", results), HOURS, is_change=True),
        "lost": estimate(plans.changed("lost", results), LOST, is_change=True),
        "taken": estimate(taken, TAKEN),
        "before": estimate(np.array([plans.today.values("free_share", s) for s in built]), SHARE),
        "free": estimate(free, SHARE._replace(least=-1.0), is_change=True),
        "free_shown": agreed(free),
        "places": _places(plans, built),
    }  # fmt: skip


def _places(plans: Plans, built: Mapping[int, Building]) -> dict[str, Any]:
    """Those of the first region, by district."""
    seed, own = next(iter(built.items()))
    region = plans.base[seed].region
    at = region.blocks.rows[list(own.sites)]
    lon, lat = region.zones.plane.degrees(at["x_km"], at["y_km"])
    of = [region.tables.districts[n] for n in region.zones.rows["district"][at["zone"]]]
    return {
        "seed": seed, "lon": lon.tolist(), "lat": lat.tolist(),
        "zone": [region.zones.names[zone] for zone in at["zone"].tolist()],
        "district": [Name(row.name_en, row.name_zh) for row in of],
        "seats": [[Name(row.name_en, row.name_zh), row.lon, row.lat]
                  for row in region.tables.districts
                  if row.district in plans.base[seed].districts],
    }  # fmt: skip


# ---- what is said ----------------------------------------------------------------------------


def plain(own: Mapping[str, Any]) -> list[Finding]:
    return [
        claimed("new_sites.saved", own["hours_shown"] > 0, hours=own["hours"]),
        found("new_sites.placed", placed=own["placed"], count=own["count"], n=own["of"]),
    ]


def verdict(own: Mapping[str, Any]) -> list[Finding]:
    said = [claimed("new_sites.free", own["free_shown"] > 0, by=own["free"], before=own["before"])]
    taken = own["taken"]
    return said + ([found("new_sites.taken", share=taken)] if taken.mean is not None else [])


def page(say: Words, own: Mapping[str, Any]) -> list[Block]:
    at = own["places"]
    spots = [
        charts.Spot(f"{n}", "", lon, lat, f"{n}", 0, "both", 2.0, charts.RUST,
                    say("new_sites.hover", n=n, zone=zone, district=district))
        for n, (lon, lat, zone, district) in enumerate(
            zip(at["lon"], at["lat"], at["zone"], at["district"], strict=True), 1
        )
    ]  # fmt: skip
    seats = [charts.Place(say(name), lon, lat) for name, lon, lat in at["seats"]]
    rows: list[list[Cell]] = [
        [say(f"new_sites.rows.{key}"), found(f"new_sites.values.{key}", value=own[key])]
        for key in ("placed", "hours", "wait", "lost", "taken", "free")
        if own[key].mean is not None
    ]
    heads: list[Column | str] = [
        Column(say("new_sites.heads.figure"), wide=True),
        say("new_sites.heads.value"),
    ]
    return [
        say("new_sites.about", seed=at["seed"]),
        charts.map_of(say, spots, seats, [], title=say("new_sites.title"),
                      alt=say("new_sites.alt")),
        Table(heads, rows, say("new_sites.caption"), folds=False),
        Points([say(f"new_sites.notes.{note}") for note in NOTES]),
    ]  # fmt: skip
